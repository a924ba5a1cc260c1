"""A report for a policy reader: question, effects in plain words with intervals, figures, method, sources, limits.

    write(["results/baseline", "results/start_homes"], "report", question="Do start homes shorten the wait?")
    write(["results/policies"], "report")                  # of an experiment, with its own outcomes

It is written once, in Markdown, and given as one HTML file and as PDF, with `numbers.json`, which holds every
effect that the text states. Every number in a sentence comes from the runs; claims (analysis/claims.py) are checked
and marked.
"""

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from abm.parameters import Parameters, load
from abm.policies import choose
from analysis import claims as claiming
from analysis import effects, figures, odd, pages, provenance, theme
from analysis.markdown import slug, table
from analysis.provenance import Provenance
from experiments import store
from experiments.folder import MANIFEST, Experiment, open_folder

TEMPLATES = Path(__file__).parent / "templates"
BASELINE_FIGURES = ("hindcast", "where_people_are", "cohort_curves", "fans")
MARKS = {"true": "**true**", "false": "**false**", "undecided": "*undecided*"}


class ReportError(ValueError):
    """A report cannot be written; the message is one line."""


@dataclass(frozen=True)
class Report:
    """A report before it is a file: its title, its text, its pictures, the numbers it states, and their origin."""

    title: str
    text: str
    pictures: dict[str, Any]
    numbers: dict[str, Any]
    origin: Provenance


def write(
    folders: Sequence[str | Path],
    out: str | Path,
    *,
    question: str = "",
    claims: str | Path | None = None,
    validation: bool = True,
) -> list[Path]:
    """Write report.html, report.pdf, numbers.json and the figures into a new folder; give the paths.

    The first of `folders` is the baseline; or there is one, which holds an experiment. Nothing is left behind when
    something fails. Raises `ReportError` when the folder exists, and what the parts raise: `EffectsError`,
    `ClaimError`, `FigureError`, `StoreError`.
    """
    import shutil
    import tempfile

    out = Path(out)
    if out.exists():
        raise ReportError(f"{out}: exists already and is not overwritten; choose another folder with --out")
    stated = claiming.read(claims) if claims is not None else []
    experiments = [folder for folder in folders if (Path(folder) / MANIFEST).is_file()]
    if experiments and len(folders) > 1:
        raise ReportError(f"{experiments[0]}: is an experiment, which is reported on its own; name it alone")
    if experiments:
        report = make_of_experiment(open_folder(experiments[0]), question=question, claims=stated)
    else:
        runs = [store.load(Path(folder)) for folder in folders]
        report = make(runs, question=question, claims=stated, validation=validation)
    out.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".part", dir=out.parent))
    try:
        pictures = part / "figures"
        pictures.mkdir()
        for name, figure in report.pictures.items():
            made_of = replace(report.origin, figure=name)
            theme.save(figure, pictures, name, provenance=made_of, formats=["svg", "png"], outlines=True)
        generator = report.origin.words()
        page = pages.html(report.title, report.text, part, generator=generator)
        (part / "report.html").write_text(page, encoding="utf-8")
        pages.pdf(report.title, report.text, part, part / "report.pdf", generator=generator)
        numbers = json.dumps(report.numbers, indent=1, ensure_ascii=False)
        (part / "numbers.json").write_text(numbers + "\n", encoding="utf-8")
        part.chmod(0o755)
        part.rename(out)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return [out / "report.html", out / "report.pdf", out / "numbers.json"]


def make(
    runs: Sequence[store.Run],
    *,
    question: str = "",
    claims: Sequence[claiming.Claim] = (),
    validation: bool = True,
) -> Report:
    """Give the report of a baseline and the runs to compare with it, without writing it."""
    material = figures.Material(runs)
    origin = provenance.of_runs("report", *runs)
    verdicts = claiming.evaluate(claims, material.paired) if claims else []
    drawn = figures.draw(runs, [*BASELINE_FIGURES, *_comparisons(material)])
    title = question.strip() or _title(material)
    parts = _OfRuns(material, origin, verdicts, validation)
    return Report(title, f"# {title}\n\n" + "\n\n".join(parts.sections(drawn)) + "\n", drawn, parts.numbers(), origin)


def make_of_experiment(experiment: Experiment, *, question: str = "", claims: Sequence[claiming.Claim] = ()) -> Report:
    """Give the report of the finished runs of an experiment: effects on its outcomes against its baseline."""
    pairs = effects.pairs_of_experiment(experiment)
    if pairs.empty:
        raise ReportError(f"{experiment.folder}: has no finished pair of runs to report")
    found = effects.in_millions(effects.of_experiment(experiment))
    origin = provenance.of_experiment("report", experiment)
    verdicts = claiming.evaluate(claims, pairs) if claims else []
    drawn = figures.draw_experiment(experiment, _drawn_of(found))
    title = " ".join((question or experiment.manifest["question"] or f"The experiment {experiment.name}").split())
    parts = _OfExperiment(experiment, found, origin, verdicts)
    return Report(title, f"# {title}\n\n" + "\n\n".join(parts.sections(drawn)) + "\n", drawn, parts.numbers(), origin)


def sentence(row: dict[str, Any]) -> str:
    """Say one effect in plain words, with its interval and the level it starts from.

    >>> row = {"outcome": "People in reception", "effect": -100.0, "low": -120.0, "high": -80.0, "unit": "persons"}
    >>> sentence({**row, "baseline": 1000.0, "pairs": 5})
    'People in reception: 100 persons fewer (80 to 120 fewer), from 1,000 in the baseline.'
    """
    name, before = row["outcome"], theme.rounded(row["baseline"])
    unit = row["unit"].replace("% points", "percentage points")
    before += " percent" if unit == "percentage points" else ""
    effect, low, high = row["effect"], row["low"], row["high"]
    if math.isnan(effect):
        return f"{name}: unknown."
    up, down = ("more", "fewer") if unit == "persons" else ("higher", "lower")
    way = up if effect > 0 else down
    if math.isnan(low):
        return f"{name}: {theme.rounded(abs(effect))} {unit} {way} in the one pair of runs; no interval is known."
    if low == high == 0:
        return f"{name}: no change at all."
    if low <= 0 <= high:
        return f"{name}: no clear change ({_signed(low)} to {_signed(high)} {unit}), from {before}."
    near, far = sorted((abs(low), abs(high)))
    interval = f"{theme.rounded(near)} to {theme.rounded(far)} {way}"
    return f"{name}: {theme.rounded(abs(effect))} {unit} {way} ({interval}), from {before} in the baseline."


def _signed(value: float) -> str:
    return ("+" if value > 0 else "") + theme.rounded(value)


def _comparisons(material: figures.Material) -> list[str]:
    names = []
    if material.policies:
        names += ["policy_effects", "policy_outcomes", "who_gains", "cost_waterfall"]
    if material.without_contacts is not None:
        names.append("motivation_network")
    return names


def _title(material: figures.Material) -> str:
    names = list(material.policies)
    if not names:
        return "The baseline of Werkstand"
    return "What would change: " + (", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0])


def _drawn_of(found: pd.DataFrame) -> list[str]:
    return ["policy_effects", "policy_outcomes"] if found["policy"].nunique() > 1 else ["policy_effects"]


class _Parts:
    """Writes the sections that reports on runs and on experiments share."""

    def __init__(
        self, found: pd.DataFrame, counted: str, origin: Provenance, verdicts: Sequence[claiming.Verdict]
    ) -> None:
        self.effects = found
        self.counted = counted  # over which weeks the effects are taken, in a sentence
        self.names = list(dict.fromkeys(found["policy"]))
        self.origin = origin
        self.verdicts = verdicts
        self.parameters: Parameters = load()

    def numbers(self) -> dict[str, Any]:
        """Give every effect and verdict that the text states, as JSON can hold it."""
        known = self.effects.astype(object).where(self.effects.notna(), None)
        return {
            "effects": known.to_dict("records"),
            "claims": [
                {"says": one.says, "verdict": one.verdict, "why": one.why, "policy": one.claim.policy}
                for one in self.verdicts
            ],
            "design": self.origin.design,
            "runs": [row.run for row in self.origin.rows],
        }

    # Sections

    def _in_short(self) -> Iterator[str]:
        yield "## In short"
        if not self.names:
            yield "One setting was run, and nothing is compared; name runs of policies after the baseline."
            return
        for policy in self.names:
            own = self._of(policy)
            clear = [row for row in own if row["low"] > 0 or row["high"] < 0]
            unclear = [row["outcome"].lower() for row in own if row not in clear]
            yield f"**{_capital(policy)}**, against the baseline:"
            lines = [f"- {sentence(row)}" for row in clear] or ["- No outcome changes beyond what chance explains."]
            yield "\n".join(lines)
            if clear and unclear:
                yield f"No clear change: {_listed(unclear)}."
            if single := [row for row in own if row["pairs"] < 2]:
                yield f"*{len(single)} outcomes rest on a single pair of runs and have no interval.*"
        yield self.counted

    def _claims(self) -> Iterator[str]:
        yield "## Claims, checked"
        rows = [(one.says, MARKS[one.verdict], one.why) for one in self.verdicts]
        yield table(["claim", "verdict", "why"], rows)
        yield "A claim is undecided when the runs leave room for both; more runs narrow the interval."

    def _effects(self, drawn: dict[str, Any]) -> Iterator[str]:
        yield "## What changes"
        yield _picture("policy_effects", "Effects of each policy with 95 percent intervals")
        if "policy_outcomes" in drawn:
            yield _picture("policy_outcomes", "Policies and outcomes")
        own = self.effects[self.effects["group"] == effects.EVERYONE]
        yield table(["policy", *_EFFECT], [(row["policy"], *_effect(row, own)) for row in _records(own)], right=[2, 3])

    def _sources(self, changed: Iterator[str]) -> Iterator[str]:
        yield "## Where the numbers come from"
        kinds = pd.Series([p.source.kind for p in self.parameters.values()]).value_counts()
        counted = _listed([f"{count} {_plural(str(kind), int(count))}" for kind, count in kinds.items()])
        yield (
            f"The model has {len(self.parameters)} parameters: {counted}. Those that were changed here are listed "
            "first, all follow in the appendix."
        )
        touched = list(dict.fromkeys(changed))
        if touched:
            yield table(_HEADINGS, [_parameter(self.parameters, name) for name in touched])
        yield _documents()
        yield "## Appendix: all parameters"
        for name, members in self.parameters.themes.items():
            yield f"### {_capital(name)}"
            yield table(_HEADINGS, [_parameter(self.parameters, member) for member in members])

    def _method(self, scale: float, pairs: str) -> Iterator[str]:
        yield "## The method in a page"
        people = (
            "One agent is one person."
            if scale == 1
            else f"Here one agent stands for {1 / scale:g} persons; results to quote want one agent a person."
        )
        makers = {"people": lambda: people, "pairs": lambda: pairs, "counted": lambda: self.counted}
        yield odd.fill((TEMPLATES / "method.md").read_text(encoding="utf-8"), makers, "method.md").strip()

    def _limits(self) -> Iterator[str]:
        yield "## What it must not be used for"
        yield (TEMPLATES / "limits.md").read_text(encoding="utf-8").strip()

    def _again(self, commands: Sequence[str | None]) -> Iterator[str]:
        yield "## How to make it again"
        yield f"{self.origin.words()}."
        if any(commands):
            yield "```\n" + "\n".join(command for command in commands if command) + "\n```"
        yield (
            "`werkstand verify` reads from each figure which runs it was made of, makes a few of them again and says "
            "whether their numbers are the same, bit for bit."
        )

    def _of(self, policy: str) -> list[dict[str, Any]]:
        own = self.effects[(self.effects["policy"] == policy) & (self.effects["group"] == effects.EVERYONE)]
        return _records(own)


class _OfRuns(_Parts):
    """Writes the report of a baseline and the runs that are compared with it."""

    def __init__(
        self,
        material: figures.Material,
        origin: Provenance,
        verdicts: Sequence[claiming.Verdict],
        validation: bool,
    ) -> None:
        found = material.effects if material.policies else pd.DataFrame(columns=effects.COLUMNS)
        super().__init__(found, effects.counted(material.until), origin, verdicts)
        self.material = material
        self.validation = validation

    def sections(self, drawn: dict[str, Any]) -> Iterator[str]:
        """Give the sections in order."""
        n = self.material.replicates
        yield from self._in_short()
        if self.verdicts:
            yield from self._claims()
        if self.material.policies:
            yield from self._policies()
            yield from self._effects(drawn)
            yield from self._who(drawn)
            yield from self._costs(drawn)
        if self.material.without_contacts is not None:
            yield "## The part of contacts"
            yield _picture(
                "motivation_network", "Motivation by weeks waited, with and without the influence of contacts"
            )
        yield from self._baseline(drawn)
        pairs = f"Each policy was run {n} times, with other luck each time." if n > 1 else "Each policy was run once."
        yield from self._method(self.material.scale, pairs)
        yield from self._sources(self._changed())
        yield from self._limits()
        yield from self._again([run.manifest.get("command") for run in self.material.runs])

    def _policies(self) -> Iterator[str]:
        yield "## What was compared"
        rows = []
        for name, run in self.material.policies.items():
            held = run.manifest.get("policies", ())
            for policy in held:
                where = f"{policy['source']['document']}, {policy['source']['where']}" if policy.get("source") else ""
                days = policy["starts"] + (f" to {policy['ends']}" if policy.get("ends") else "")
                rows.append((name, policy["title"], " ".join(policy["why"].split()), policy["status"], days, where))
            for parameter, value in run.manifest["changed"].items():
                if self.material.baseline.manifest["changed"].get(parameter) != value:
                    meaning = self.parameters[parameter.split(".")[0]].meaning
                    rows.append((name, f"`{parameter}` at {value}", meaning, "changed", "all weeks", ""))
        yield table(["called", "policy", "why", "status", "from", "source"], rows)
        for name, run in self.material.policies.items():
            for one in run.manifest.get("idle_policies", ()):
                reason = one["reason"].rstrip(".")
                yield f"**Not active** in the run called {name}: `{one['policy']}`, because {reason}."
        yield "S0 to S4 are the policy documents listed under the sources."

    def _who(self, drawn: dict[str, Any]) -> Iterator[str]:
        yield "## Who gains and who loses"
        for policy in self.material.policies:
            own = _records(
                self.effects[(self.effects["policy"] == policy) & (self.effects["group"] != effects.EVERYONE)]
            )
            worse = [row for row in own if _worse(row)]
            yield f"### {_capital(policy)}"
            if worse:
                yield f"Worse off, with an interval that leaves out zero, in {len(worse)} of {len(own)} comparisons:"
                held = self.effects[self.effects["policy"] == policy]
                yield table(["group", *_EFFECT], [(row["group"], *_effect(row, held)) for row in worse], right=[2, 3])
            else:
                yield f"In none of {len(own)} comparisons is a group worse off with an interval that leaves out zero."
            yield _picture(_file("who_gains", policy, drawn), f"Effects within groups of people: {policy}")

    def _costs(self, drawn: dict[str, Any]) -> Iterator[str]:
        yield "## Cost"
        for policy in self.material.policies:
            yield _picture(
                _file("cost_waterfall", policy, drawn), f"Cost by category and days in reception saved: {policy}"
            )

    def _baseline(self, drawn: dict[str, Any]) -> Iterator[str]:
        yield "## The baseline, and how it agrees with the past"
        yield _picture("hindcast", "The chain as simulated and as observed")
        if self.validation:
            yield from self._validation()
        yield _picture("where_people_are", "Where people are, week by week")
        yield _picture("cohort_curves", "What happens to the people of a year")
        if self.material.replicates > 1:
            yield _picture("fans", "How far results differ by chance")

    def _validation(self) -> Iterator[str]:
        from analysis.validation import validate

        found = validate(self.material.baseline.folder)
        counts = found["verdict"].value_counts()
        judged = int(counts.get("pass", 0) + counts.get("fail", 0))
        yield (
            f"Of {len(found)} observed patterns {judged} were judged on this run: {int(counts.get('pass', 0))} lie "
            f"within the band that is accepted, {int(counts.get('fail', 0))} do not. Those that do not:"
        )
        failed = _records(found[found["verdict"] == "fail"])
        rows = [
            (row["id"], row["pattern"], row["target"], row["acceptance"], theme.number(row["value"])) for row in failed
        ]
        yield table(["id", "pattern", "observed", "accepted", "model"], rows, right=[4]) if rows else "None."

    def _changed(self) -> Iterator[str]:
        for run in self.material.policies.values():
            yield from (name.split(".")[0] for name in run.manifest["changed"])
            todo = list(run.manifest.get("policies", ()))
            while todo:
                policy = todo.pop(0)
                yield from (str(change["parameter"]).split(".")[0] for change in policy["changes"])
                todo += policy.get("policies", ())


class _OfExperiment(_Parts):
    """Writes the report of an experiment: effects on its outcomes, over its futures."""

    def __init__(
        self,
        experiment: Experiment,
        found: pd.DataFrame,
        origin: Provenance,
        verdicts: Sequence[claiming.Verdict],
    ) -> None:
        super().__init__(found, effects.taken(experiment), origin, verdicts)
        self.experiment = experiment

    def sections(self, drawn: dict[str, Any]) -> Iterator[str]:
        """Give the sections in order."""
        manifest = self.experiment.manifest
        yield from self._in_short()
        if self.verdicts:
            yield from self._claims()
        yield from self._compared()
        yield from self._effects(drawn)
        futures = manifest["design"]["points"] // max(len(self.experiment.policies), 1)
        pairs = (
            f"{futures} future{'s' if futures != 1 else ''} and {manifest['replicates']} "
            f"replicate{'s' if manifest['replicates'] != 1 else ''} were asked for; {len(self.origin.rows)} of "
            f"{manifest['runs']} runs are finished."
        )
        yield from self._method(float(manifest["scale"]), pairs)
        yield from self._sources(self._changed())
        yield from self._limits()
        yield from self._again([])

    def _compared(self) -> Iterator[str]:
        yield "## What was compared"
        rows = []
        for name, members in self.experiment.policies.items():
            chosen = choose(members) if members else ()
            rows.append((name, "; ".join(one.title for one in chosen) or "the rules as they are"))
        yield table(["set", "policies"], rows)
        if factors := self.experiment.factors:
            yield f"Over futures that differ in {_listed([f'`{name}`' for name in factors])}."
        said = [(one.name, one.label, one.unit) for one in self.experiment.outcomes]
        yield table(["outcome", "meaning", "unit"], said)

    def _changed(self) -> Iterator[str]:
        yield from (name.split(".")[0] for name in self.experiment.factors)
        for members in self.experiment.policies.values():
            for policy in choose(members) if members else ():
                yield from (change.parameter.split(".")[0] for leaf in policy.leaves() for change in leaf.changes)


_HEADINGS = ["parameter", "meaning", "value", "range", "role", "source"]


def _parameter(parameters: Parameters, name: str) -> tuple[str, ...]:
    return odd.parameter_row(parameters[name])[:6]


def _documents() -> str:
    """Give the table of the documents S0 to S4, from the page on parameters."""
    text = (Path(load.__code__.co_filename).parent / "README.md").read_text(encoding="utf-8")
    found = re.search(r"^\| code \|.*?(?=\n\n)", text, re.MULTILINE | re.DOTALL)
    if found is None:
        raise ReportError("abm/parameters/README.md: the table of the source documents is not there")
    return found[0]


def _worse(row: dict[str, Any]) -> bool:
    return (row["better"] == "higher" and row["high"] < 0) or (row["better"] == "lower" and row["low"] > 0)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [dict(zip(frame.columns, row, strict=True)) for row in frame.itertuples(index=False)]


_EFFECT = ["outcome", "baseline", "effect", "95 % interval", "unit"]


def _effect(row: dict[str, Any], among: pd.DataFrame) -> tuple[str, ...]:
    """Give the cells of an effect, rounded as the largest one on the same outcome is."""
    reach = float(among[among["outcome"] == row["outcome"]]["effect"].abs().max())

    def shown(value: float) -> str:
        return theme.on_scale(value, reach, short=False)

    interval = "none (one pair)" if math.isnan(row["low"]) else f"{shown(row['low'])} to {shown(row['high'])}"
    return row["outcome"], theme.rounded(row["baseline"]), shown(row["effect"]), interval, row["unit"]


def _picture(name: str, words: str) -> str:
    return f"![{words}](figures/{name}.svg)"


def _file(name: str, policy: str, drawn: dict[str, Any]) -> str:
    return next(key for key in drawn if key.startswith(f"{name}-") and slug(key.split("-", 1)[1]) == slug(policy))


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _plural(kind: str, count: int) -> str:
    many = {"study": "studies"}.get(kind, f"{kind}s")
    return f"from {kind if count == 1 else many}" if kind != "law" else "from law"
