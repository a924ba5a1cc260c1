"""From runs to a PDF: everything that the Typst text reads is made here, into one folder, and the text is compiled.

generated/facts.json           every number of the text
generated/effects.json         the tables of effects
generated/*.typ                ODD+D, parameters, patterns, claims, indices, ranks
generated/figures/*.svg        each with what it was made of
generated/paper.pdf
"""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from abm.parameters import load
from analysis import claims, effects, figures, odd, pages, provenance, theme
from analysis.markdown import table, to_typst
from analysis.report import MARKS
from analysis.validation import validate
from experiments.design import DesignError
from experiments.discovery import DiscoveryError
from experiments.robustness import RobustnessError
from experiments.run import RunError
from experiments.runner import ExecutorLostError
from experiments.sensitivity.recipe import RecipeError
from experiments.specification import SpecificationError
from experiments.store import Run, StoreError
from paper import analyses
from paper.facts import facts
from paper.runs import BASELINE, WITHOUT_CONTACTS, Plan, make

HERE = Path(__file__).parent
SOURCES = ("paper.typ", "style.typ", "references.bib", "sections")
OF_THE_BASELINE = ("hindcast", "cohort_curves", "fans", "parameter_provenance", "tile_map")


class BuildError(RuntimeError):
    """The paper cannot be built; the message is one line."""


def build(plan: Plan, results: Path, out: Path, *, workers: int = 1, tell: Callable[[str], None] = print) -> Path:
    """Make the runs that are missing, then the paper; give the path of the PDF. Raises `BuildError`."""
    try:
        number = analyses.number_of_runs(plan)
        parts = ", ".join(f"{part} {count}" for part, count in number.items())
        tell(f"paper: at most {sum(number.values())} runs ({parts}); those that stand in {results} are not made again")
        runs = make(plan, results, workers=workers, tell=tell)
        found = analyses.make(plan, results, workers=workers, tell=tell)
        tell("paper: numbers, tables and figures")
        fill(plan, runs, found, out)
        return compile_paper(out)
    except (
        RunError,
        StoreError,
        DesignError,
        DiscoveryError,
        ExecutorLostError,
        RecipeError,
        RobustnessError,
        SpecificationError,
        claims.ClaimError,
        effects.EffectsError,
        figures.FigureError,
        odd.OddError,
        pages.PageError,
        provenance.ProvenanceError,
    ) as error:
        raise BuildError(str(error)) from error


def fill(plan: Plan, runs: Mapping[str, Run], found: analyses.Analyses, out: Path) -> None:
    """Write all that the text reads into a folder, which is emptied first."""
    shutil.rmtree(out, ignore_errors=True)
    (out / "figures").mkdir(parents=True)
    compared = {name: run for name, run in runs.items() if name not in (BASELINE, WITHOUT_CONTACTS)}
    pairs = effects.pairs_of_runs(runs[BASELINE], compared)
    validation = validate(runs[BASELINE].folder)
    numbers = facts(plan, runs, pairs, validation) | analyses.facts(found)
    with theme.bare():
        notes = _draw(plan, runs, compared, out / "figures") | analyses.draw(found, out / "figures")
    numbers |= {f"note/{name}": note for name, note in notes.items()}
    _write(out / "facts.json", json.dumps(numbers, indent=1, ensure_ascii=False))
    checked = claims.evaluate(_claims(compared), pairs)
    _write(out / "claims.typ", to_typst(_claim_table(checked)))
    _write(out / "effects.typ", to_typst(_effect_table(pairs, numbers)))
    _write(out / "patterns.typ", to_typst(_pattern_table(validation)))
    _write(out / "failed.typ", to_typst(_pattern_table(validation[validation["verdict"] == "fail"], verdict=False)))
    _write(out / "odd.typ", to_typst(odd.markdown(parameter_table=False), level=1))
    _write(out / "parameters.typ", to_typst(_parameter_tables(), level=1))
    _write(out / "inputs.typ", to_typst(analyses.inputs_table(found)))
    _write(out / "indices.typ", to_typst(analyses.indices_table(found.sensitivity)))
    _write(out / "ranks.typ", to_typst(analyses.ranks_table(found)))


def compile_paper(out: Path) -> Path:
    """Compile the text beside what was made for it; Typst stops at a number that is not there."""
    for name in SOURCES:
        source = HERE / name
        if source.is_dir():
            shutil.copytree(source, out / name, dirs_exist_ok=True)
        else:
            shutil.copy2(source, out / name)
    file = out / "paper.pdf"
    pages.compile_typst(out / "paper.typ", out, file)
    return file


def _write(path: Path, text: str) -> None:
    path.write_text(text.rstrip() + "\n", encoding="utf-8")


def _draw(plan: Plan, runs: Mapping[str, Run], compared: Mapping[str, Run], folder: Path) -> dict[str, str]:
    """Draw the figures of the runs into a folder; give what their captions have to say, by name."""
    notes = {}
    baseline, quiet = runs[BASELINE], runs[WITHOUT_CONTACTS]
    packages, policies = ([runs[name] for name in names] for names in (plan.packages, plan.policies))
    for used, names in (
        ([baseline], {name: name for name in OF_THE_BASELINE}),
        ([baseline, *packages], {"policy_effects": "effects_of_packages"}),  # together they would not fit on a page
        ([baseline, *policies], {"policy_effects": "effects_of_policies"}),
        ([baseline, *compared.values()], {"policy_outcomes": "policy_outcomes"}),
        ([baseline, quiet], {"motivation_network": "motivation_network"}),
    ):
        made_of = provenance.of_runs("", *used)
        for kind, figure in figures.draw(used, list(names)).items():
            name = names[kind]
            theme.save(figure, folder, name, provenance=replace(made_of, figure=name), formats=["svg"], outlines=True)
            notes[name] = theme.remark(figure)
    return notes


def _claims(compared: Mapping[str, Run]) -> list[claims.Claim]:
    """Read the claims on policies that were run; a reduced plan runs fewer."""
    return [one for one in claims.read(HERE / "claims.yaml") if one.about == "baseline" or one.policy in compared]


def _claim_table(checked: list[claims.Verdict]) -> str:
    return table(["claim", "verdict", "why"], [(one.says, MARKS[one.verdict], one.why) for one in checked])


def _effect_table(pairs: pd.DataFrame, numbers: Mapping[str, str]) -> str:
    """Give a row for each outcome, below a row with the title of the policy."""
    found = effects.summary(pairs[pairs["group"] == effects.EVERYONE])
    reach = found.groupby("outcome")["effect"].agg(lambda values: float(values.abs().max()))
    rows: list[tuple[str, ...]] = []
    for policy, own in found.groupby("policy", sort=False):
        rows.append((f"**{numbers[f'{policy}/title']}**", "", "", ""))
        for row in own.to_dict("records"):
            effect, low, high = (
                theme.on_scale(row[part], reach[row["outcome"]], short=False) for part in ("effect", "low", "high")
            )
            rows.append((row["outcome"], effect, f"{low} to {high}", row["unit"]))
    return table(["policy and outcome", "effect", "95 % interval", "unit"], rows, right=[1])


def _pattern_table(validation: pd.DataFrame, *, verdict: bool = True) -> str:
    columns = ["id", "pattern", "observed", "accepted", "use", "model", "verdict"][: 7 if verdict else 6]
    rows = [
        (
            row["id"],
            row["pattern"],
            row["target"],
            row["acceptance"],
            row["use"],
            theme.number(row["value"]),
            row["verdict"].replace("needs --full", "needs more runs"),
        )[: len(columns)]
        for row in validation.to_dict("records")
    ]
    return table(columns, rows, right=[5])


def _parameter_tables() -> str:
    parameters = load()
    blocks = []
    for name, members in parameters.themes.items():
        rows = [odd.parameter_row(parameters[member])[:6] for member in members]
        blocks.append(
            f"# {name.capitalize()}\n\n" + table(["name", "meaning", "value", "range", "role", "source"], rows)
        )
    return "\n\n".join(blocks)
