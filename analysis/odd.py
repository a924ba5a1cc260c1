"""The description of the model by the ODD+D protocol, with TRACE notes: written text around what the code says.

    text = markdown()               # the whole description
    typst = to_typst(markdown())    # analysis.markdown, for the paper

Processes, institutions, tables, decisions, parameters, results, policies and input data are read from the model
(`analysis.anatomy`) each time. Two files hold what a person has to write: `templates/odd.md`, the text with places
for what is read, and `templates/rationale.yaml`, why each part is in the model. A part without a rationale is an
error: a model that grew is described again before it is shown.
"""

import ast
import importlib
import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

import abm
from abm import data
from abm.columns import Column
from abm.parameters import Parameter, closest, load
from abm.timetable import START
from analysis import anatomy
from analysis.anatomy import Anatomy, Part
from analysis.markdown import table
from experiments.manifest import version
from experiments.metrics import all_tables

TEMPLATES = Path(__file__).parent / "templates"
TESTS = Path(__file__).parents[1] / "tests"

#: Where each question of the two protocols is answered.
_CROSSWALK = (
    ("Purpose; patterns", "1", "I.i"),
    ("Entities, state variables, scales", "2", "I.ii"),
    ("Process overview and scheduling", "3", "I.iii"),
    ("Theoretical and empirical background", "4 (basic principles)", "II.i"),
    ("Individual decision-making", "4 (adaptation, objectives)", "II.ii"),
    ("Learning", "4", "II.iii"),
    ("Individual sensing", "4", "II.iv"),
    ("Individual prediction", "4", "II.v"),
    ("Interaction", "4", "II.vi"),
    ("Collectives", "4", "II.vii"),
    ("Heterogeneity", "4", "II.viii"),
    ("Stochasticity", "4", "II.ix"),
    ("Observation and emergence", "4", "II.x"),
    ("Implementation details", "2, TRACE 5", "III.i"),
    ("Initialisation", "5", "III.ii"),
    ("Input data", "6", "III.iii"),
    ("Submodels", "7", "III.iv"),
)


class OddError(ValueError):
    """The description cannot be written; the message is one line."""


def markdown(parts: Anatomy | None = None, *, parameter_table: bool = True) -> str:
    """Give the description as Markdown; raises `OddError` for a part nobody has written about.

    Without `parameter_table` the appendix is left out (the paper has one of its own).
    """
    return _Description(parts or anatomy.read()).text(parameter_table)


def rationale(parts: Anatomy) -> Mapping[str, Mapping[str, str]]:
    """Read why each part is in the model; raises `OddError` when one is missing or not in the model."""
    path = TEMPLATES / "rationale.yaml"
    written = yaml.safe_load(path.read_text(encoding="utf-8"))
    present: dict[str, Any] = {
        "processes": parts.processes,
        "institutions": parts.institutions,
        "tables": parts.tables,
        "themes": load().themes,
    }
    for kind, names in present.items():
        for name in names:
            if not str(written.get(kind, {}).get(name) or "").strip():
                raise OddError(f"{path.name}: {kind}: nothing is written about '{name}'; add why it is in the model")
        for name in written.get(kind, {}):
            if name not in names:
                raise OddError(f"{path.name}: {kind}: '{name}' is not in the model.{closest(name, names)}")
    return written


def fill(template: str, makers: Mapping[str, Callable[[], str]], where: str) -> str:
    """Replace each {{name}} by what its maker gives; raises `OddError` for a name nobody makes."""

    def made(match: re.Match[str]) -> str:
        name = match[1]
        if name not in makers:
            raise OddError(f"{where}: nothing makes '{{{{{name}}}}}'.{closest(name, makers)}")
        return makers[name]()

    return re.sub(r"\{\{(\w+)\}\}", made, template)


class _Description:
    def __init__(self, parts: Anatomy) -> None:
        self.parts = parts
        self.parameters = load()
        self.why = rationale(parts)

    def text(self, parameter_table: bool) -> str:
        path = TEMPLATES / "odd.md"
        template = path.read_text(encoding="utf-8")
        if not parameter_table:
            template = template.split("## Appendix: parameters")[0]
        makers = {name.removeprefix("make_"): getattr(self, name) for name in dir(self) if name.startswith("make_")}
        return fill(template, makers, path.name).rstrip() + "\n"

    # Numbers in the text

    def make_version(self) -> str:
        return version()

    def make_start(self) -> str:
        return f"{START.day} {START:%B %Y}"

    def make_n_patterns(self) -> str:
        return str(len(data.patterns()))

    def make_n_municipalities(self) -> str:
        return str(len(data.municipalities()))

    def make_n_regions(self) -> str:
        return str(len(data.regions()))

    def make_n_institution_kinds(self) -> str:
        return str(len(self.parts.institutions))

    def make_n_layers(self) -> str:
        return str(len(_layers()))

    def make_n_decisions(self) -> str:
        return str(len(self.parts.decisions))

    def make_n_results(self) -> str:
        return str(len(all_tables()))

    def make_n_systems(self) -> str:
        return str(len(data.systems()))

    def make_n_parameters(self) -> str:
        return str(len(self.parameters))

    def make_n_uncertain(self) -> str:
        return str(sum(p.role == "uncertainty" for p in self.parameters.values()))

    def make_n_levers(self) -> str:
        return str(sum(p.role == "lever" for p in self.parameters.values()))

    def make_n_tests(self) -> str:
        count = sum(count for _, _, count in _test_files())
        return f"{count} tests stand beside the code." if count else "The tests stand in the repository."

    # Lists and tables

    def make_crosswalk(self) -> str:
        return table(["element", "section here (ODD 2020)", "ODD+D"], _CROSSWALK)

    def make_patterns(self) -> str:
        rows = [
            (row["id"], row["pattern"], row["target"], row["acceptance"], row["use"])
            for row in data.patterns().fillna("").to_dict("records")
        ]
        return table(["id", "pattern", "observed", "accepted", "use"], rows)

    def make_tables(self) -> str:
        blocks = []
        for name, view in self.parts.tables.items():
            rows = [
                (f"`{column}`", declared.meaning.rstrip("."), _values(declared))
                for column, declared in view.columns.items()
            ]
            head = f"**{name}** (`{view.file}`, {len(rows)} columns). {view.text.splitlines()[0]}"
            blocks.append(f"{head} {self.why['tables'][name]}\n\n{table(['column', 'meaning', 'unit or codes'], rows)}")
        return "\n\n".join(blocks)

    def make_institutions(self) -> str:
        blocks = []
        for name, part in self.parts.institutions.items():
            lines = [f"**{part.title}** (`{part.file}`) {self.why['institutions'][name]}"]
            for agent in part.agents:
                does = "; ".join(f"`{action}`: {_lower(text)}" for action, text in agent.actions.items())
                keeps = ", ".join(f"`{item}`" for item in agent.memory)
                says = anatomy.first_sentence(agent.text)
                told = (f"Keeps {keeps}." if keeps else "", f"Does {does}" if does else "")
                lines.append(" ".join([f"- `{agent.name}`: {says}", *filter(None, told)]))
            blocks.append("\n".join([lines[0], "", *lines[1:]]))
        return "\n\n".join(blocks)

    def make_layers(self) -> str:
        return ", ".join(f"`{layer}`" for layer in _layers())

    def make_week(self) -> str:
        rows = []
        for place, step in enumerate(self.parts.week):
            what = [
                f"{_lower(self.parts.parts[name].title, keep=True)} (`{self.parts.parts[name].file}`)"
                for name in step.parts
                if name in self.parts.processes
            ]
            who = [f"`{name}`" for name in step.parts if name in self.parts.institutions]
            rows.append((place, f"`{step.name.lstrip('_')}`", " ".join(what) or step.text or "-", ", ".join(who)))
        placed = {name for step in self.parts.week for name in step.parts}
        left = [f"`{part.file}`" for name, part in self.parts.parts.items() if name not in placed]
        rest = f"\n\nCalled by these or at the start: {', '.join(left)}." if left else ""
        return table(["step", "name", "processes, in order", "institutions that take part"], rows) + rest

    def make_decisions(self) -> str:
        rows = []
        for name, places in self.parts.decisions.items():
            where = ", ".join(f"`{place}`" for place in places)
            if name in self.parts.lanes:
                where = f"drawn for a whole list at once: {', '.join(self.parts.lanes[name])}"
            rows.append((f"`{name}`", where or "kept for its number; not drawn now"))
        return table(["decision", "drawn in"], rows)

    def make_observation(self) -> str:
        rows = []
        for name, columns in all_tables().items():
            units = Counter(metric.unit for metric in columns.values())
            common = ", ".join(unit for unit, _ in units.most_common(4) if len(unit) < 40)
            rows.append((f"`{name}`", len(columns), common))
        return table(["table", "columns", "units, among others"], rows, right=[1])

    def make_input_data(self) -> str:
        rows = [
            (f"`{name}`", p.meaning.rstrip("."), _dates(p), p.source.where)
            for name, p in self.parameters.items()
            if p.dated and p.role == "fact"
        ]
        return table(["series", "meaning", "dates", "source"], rows)

    def make_submodels(self) -> str:
        order = list(dict.fromkeys(name for step in self.parts.week for name in step.parts))
        rest = [name for name in self.parts.parts if name not in order]
        return "\n\n".join(self._submodel(self.parts.parts[name]) for name in [*order, *rest])

    def _submodel(self, part: Part) -> str:
        title, *body = part.text.split("\n\n", 1)
        reads = f"Parameters: {_named(part.parameters)}." if part.parameters else ""
        takes = f"Takes the columns {_named(part.columns)}." if part.columns else ""
        writes = f"Writes {_named(part.writes)}." if part.writes else ""
        luck = f"Draws {_named(part.decisions)}." if part.decisions else ""
        facts = " ".join(text for text in (takes, writes, luck, reads) if text)
        blocks = [
            f"### `{part.name}`",
            f"*{' '.join(title.split())}* (`{part.file}`)",
            f"**Why.** {self.why[part.kind][part.name]}",
            *body,
            facts,
        ]
        return "\n\n".join(block for block in blocks if block)

    def make_policies(self) -> str:
        rows = policies()
        if not rows:
            return "This version has no policy files; parameters are changed by `--set`."
        return table(["policy", "title", "status", "from", "changes"], rows)

    def make_provenance(self) -> str:
        kinds = list(dict.fromkeys(p.source.kind for p in self.parameters.values()))
        order = sorted(kinds, key=lambda kind: -sum(p.source.kind == kind for p in self.parameters.values()))
        rows = []
        for theme, names in self.parameters.themes.items():
            count = Counter(self.parameters[name].source.kind for name in names)
            rows.append((theme, self.why["themes"][theme], len(names), *(count[kind] for kind in order)))
        return table(["theme", "holds", "all", *order], rows, right=range(2, 3 + len(order)))

    def make_tests(self) -> str:
        rows = [(f"`{name}`", text, count) for name, text, count in _test_files()]
        if not rows:  # installed without the repository
            return "`tests/` of the repository holds them, one file for each module."
        return table(["file", "checks", "tests"], rows, right=[2])

    def make_parameters(self) -> str:
        blocks = []
        for theme, names in self.parameters.themes.items():
            rows = [parameter_row(self.parameters[name], self.parts.used_by[name]) for name in names]
            headings = ["name", "meaning", "value", "range", "role", "source", "used by"]
            blocks.append(f"### {theme.capitalize()}\n\n{self.why['themes'][theme]}\n\n{table(headings, rows)}")
        return "\n\n".join(blocks)


def parameter_row(p: Parameter, used_by: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Give name, meaning, value with unit, range, role, source and readers of a parameter, for a table."""
    from analysis.cli.parameters import full_value, short_value

    value = "; ".join(full_value(p)) if not p.dated and len(p.cells()) <= 6 else short_value(p)
    limits = ", ".join(p.choices) if p.range is None else f"{p.range[0]:,g} to {p.range[1]:,g}"
    source = p.source.where if p.source.where.startswith(p.source.kind) else f"{p.source.kind}: {p.source.where}"
    readers = ", ".join(name.split(".")[-1] for name in used_by)
    return f"`{p.name}`", p.meaning, f"{value} ({p.unit})" if p.unit else value, limits, p.role, source, readers


def policies() -> list[tuple[str, str, str, str, str]]:
    """Give name, title, status, first day and changes of every policy file of the model."""
    folder = Path(abm.__path__[0]) / "policies"
    rows = []
    for path in sorted(folder.rglob("*.yaml")):
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(read, dict):
            raise OddError(f"{path.name}: is not a mapping")
        changes = read.get("changes") or read.get("policies") or []
        named = ", ".join(dict.fromkeys(f"`{_changed(item)}`" for item in changes))
        title, status, starts = (str(read.get(key, "")) for key in ("title", "status", "starts"))
        rows.append((f"`{path.stem}`", title, status, starts, named))
    return rows


def _changed(item: Any) -> str:
    """Give the name of the parameter, or of the policy of a package, that an entry of a policy file names."""
    if isinstance(item, dict):
        return str(item.get("parameter") or item.get("policy") or next(iter(item)))
    return str(item)


def _layers() -> tuple[str, ...]:
    network = importlib.import_module("abm.network")
    return tuple(network.LAYERS)


def _values(column: Column) -> str:
    if column.codes is not None:
        return ", ".join(f"{code.value} {code.name.lower()}" for code in column.codes)
    return column.unit or {"b": "true or false", "f": "number"}.get(np.dtype(column.dtype).kind, "")


def _named(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _lower(text: str, *, keep: bool = False) -> str:
    """Put the first letter in lower case, unless the first word is a name in capitals or `keep` is set."""
    return text if keep or text[:2].isupper() else text[:1].lower() + text[1:]


def _dates(p: Parameter) -> str:
    days = list(p.values or {})
    return f"{len(days)}, {days[0]} to {days[-1]}"


def _test_files() -> list[tuple[str, str, int]]:
    """Give each file of tests with the first sentence of its text and the number of its tests."""
    found = []
    for path in sorted(TESTS.rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        text = anatomy.first_sentence(ast.get_docstring(tree) or "")
        found.append((path.relative_to(TESTS.parent).as_posix(), text, sum(name.startswith("test_") for name in names)))
    return found
