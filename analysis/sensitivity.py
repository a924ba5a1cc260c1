"""What a sensitivity analysis found, as a folder that can be sent: report.md, tables (CSV) and figures.

write(found, "results/what-matters/report")           # of the staged recipe
write_one("screen", layout, experiment, folder)       # of one method on one experiment
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from abm.parameters import Parameters, load
from analysis import provenance, theme
from analysis.figures import curves as curves_figure
from analysis.figures import morris as morris_figure
from analysis.figures import sensitivity_over_time, sobol_convergence
from analysis.figures import sobol as sobol_figure
from analysis.figures.inputs import key, label, varied
from analysis.markdown import table as markdown_table
from experiments.design import DesignError
from experiments.factors import INERT, parameter_of
from experiments.metrics import all_tables
from experiments.outcomes import Outcome
from experiments.sensitivity import failures, morris, salib, sobol
from experiments.sensitivity.given_data import given_data
from experiments.sensitivity.layout import Layout
from experiments.sensitivity.recipe import Found, Recipe

#: Heads of the table of inputs.
KEY = ("input", "meaning", "from and to", "source")
#: Method of `werkstand sensitivity --method`: the kind of design it needs.
METHODS: Mapping[str, str] = {
    "screen": "morris",
    "sobol": "sobol",
    "given-data": "lhs",
    "efast": "efast",
    "rbd-fast": "lhs",
    "delta": "lhs",
    "pawn": "lhs",
    "hdmr": "lhs",
    "rsa": "lhs",
}


@dataclass(frozen=True)
class Written:
    """What was written: the report and how many tables and figures."""

    report: Path
    tables: int
    figures: int


class _Folder:
    """Writes tables and figures into a folder and remembers them; a figure carries the runs of the stage it is of."""

    def __init__(self, folder: Path, experiments: Mapping[str, Any]) -> None:
        self.folder = folder
        self.made_of = {stage: provenance.of_experiment("", one) for stage, one in experiments.items()}
        self.tables = self.figures = 0
        (folder / "tables").mkdir(parents=True, exist_ok=True)
        (folder / "figures").mkdir(exist_ok=True)

    def table(self, name: str, frame: pd.DataFrame, *, index: bool = False) -> None:
        frame.to_csv(self.folder / "tables" / f"{name}.csv", index=index)
        self.tables += 1

    def figure(self, stage: str, name: str, figure: Figure) -> str:
        made_of = replace(self.made_of[stage], figure=name)
        theme.save(figure, self.folder / "figures", name, provenance=made_of)
        self.figures += 1
        return f"![{name}](figures/{name}.png)"

    def finish(self, lines: list[str]) -> Written:
        path = self.folder / "report.md"
        path.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
        return Written(path, self.tables, self.figures)


def write(found: Found, folder: str | Path) -> Written:
    """Write the report of a recipe."""
    to, recipe = _Folder(Path(folder), found.experiments), found.recipe
    scale = _scale_of(recipe)
    lines = [f"# What moves the outcomes? ({recipe.name})", "", recipe.question, "", _in_short(found), ""]
    lines += _design_lines(found, scale)
    if found.remarks:
        lines += ["## Remarks", "", *(f"- {line}" for line in found.remarks), ""]
    for one in recipe.outcomes:
        name = one.label or one.name
        lines += [f"## {name[0].upper()}{name[1:]}", ""]
        to.table(f"curves_{one.name}", found.curves[one.name])
        to.table(f"screen_{one.name}", found.screening[one.name].table)
        result = found.indices[one.name]
        to.table(f"sobol_{one.name}", result.table)
        to.table(f"outranks_{one.name}", result.outranks, index=True)
        to.table(f"convergence_{one.name}", found.converged[one.name])
        lines += [_verdict(result), "", _markdown(_index_table(result)), ""]
        for kind, (stage, figure) in drawn(found, one).items():
            lines += [to.figure(stage, f"{kind}_{one.name}", figure), ""]
        if one.name in found.spread:
            to.table(f"sobol_log_variance_{one.name}", found.spread[one.name].table)
            lines += ["Indices of the logarithm of the variance over replicates:", ""]
            lines += [_markdown(_index_table(found.spread[one.name])), ""]
    for column, table in found.over_time.items():
        words = all_tables()["weekly"][column].label
        to.table(f"over_time_{column}", table)
        figure = drawn_over_time(found, column)
        lines += [f"## {words} over time", "", to.figure("sobol", f"over_time_{column}", figure), ""]
    lines += _sources(found)
    lines += ["## The inputs", "", markdown_table(KEY, key(recipe.factors)), ""]
    lines += ["## Left out", "", *(f"- `{name}`: {reason}" for name, reason in found.recipe.left_out.items()), ""]
    return to.finish(lines)


def drawn(found: Found, one: Outcome) -> dict[str, tuple[str, Figure]]:
    """Give the figures of an outcome of a recipe, by kind, each with the stage whose runs it is drawn from."""
    name, scale = one.label or one.name, _run_as(found.recipe)
    result, screened = found.indices[one.name], found.screening[one.name]
    blocks = f"Werkstand, {scale}; {result.blocks} blocks, {result.replicates} replicates."
    paths = f"Werkstand, {scale}; {screened.trajectories} trajectories, {screened.replicates} replicates."
    paired = f"Werkstand, {scale}; {found.recipe.stages['curves']['replicates']} replicates."
    curve = curves_figure.draw(
        found.curves[one.name], outcome=name, unit=one.unit, ranges=varied(found.recipe.factors), caption=paired
    )
    return {
        "sobol": ("sobol", sobol_figure.draw(result.table, result.noise, outcome=name, caption=blocks)),
        "screen": ("screen", morris_figure.draw(screened.table, outcome=name, unit=one.unit, caption=paths)),
        "curves": ("curves", curve),
        "convergence": ("sobol", sobol_convergence.draw(found.converged[one.name], outcome=name, caption=blocks)),
    }


def drawn_over_time(found: Found, column: str) -> Figure:
    """Give the figure of the indices of a weekly column over the years; it is of the stage `sobol`."""
    words = all_tables()["weekly"][column].label
    caption = f"Werkstand, {_run_as(found.recipe)}."
    return sensitivity_over_time.draw(found.over_time[column], outcome=words[0].lower() + words[1:], caption=caption)


def _run_as(recipe: Recipe) -> str:
    return f"{theme.agents(recipe.scale)}, until {recipe.until}, seed {recipe.seed}"


def _scale_of(recipe: Recipe) -> str:
    return f"scale {recipe.scale:g}, until {recipe.until}, seed {recipe.seed}"


def write_one(method: str, layout: Layout, experiment: Any, folder: str | Path, *, seed: int = 1) -> Written:
    """Write the tables and figures of one method on a stored experiment."""
    to = _Folder(Path(folder), {method: experiment})
    table = experiment.results()
    m = experiment.manifest
    scale = f"scale {m['scale']:g}, until {m['until']}, {m['replicates']} replicates"
    lines = [
        f"# {experiment.name}: {method}",
        "",
        m["question"],
        "",
        f"Werkstand, {scale}. Design {layout.identity}.",
        "",
    ]
    for one in experiment.outcomes:
        wide = layout.wide(table, one.name)
        name = one.label or one.name
        lines += [f"## {name[0].upper()}{name[1:]}", ""]
        if not one.may_be_unknown:
            lines += [f"- {line}" for line in failures.warnings(layout, wide)]
        lines += _one_outcome(method, layout, wide, one, to, f"Werkstand, {scale}.", m["luck"], seed)
    return to.finish(lines)


def _one_outcome(
    method: str, layout: Layout, wide: np.ndarray, one: Outcome, to: _Folder, caption: str, luck: str, seed: int
) -> list[str]:
    name = one.label or one.name
    if method == "screen":
        screened = morris.screen(layout, wide, seed=seed)
        to.table(f"screen_{one.name}", screened.table)
        figure = morris_figure.draw(screened.table, outcome=name, unit=one.unit, caption=caption)
        shown = screened.table.sort_values("effect", ascending=False).head(20)
        shown = shown.assign(input=shown["input"].map(label))[["input", "mu_star", "floor", "effect", "above"]]
        return [_markdown(shown), "", to.figure(method, f"screen_{one.name}", figure), ""]
    if method == "sobol":
        result = sobol.indices(layout.blocks(wide, luck), seed=seed)
        to.table(f"sobol_{one.name}", result.table)
        to.table(f"outranks_{one.name}", result.outranks, index=True)
        figure = sobol_figure.draw(result.table, result.noise, outcome=name, caption=caption)
        remarks = [f"- {line}" for line in result.remarks]
        picture = to.figure(method, f"sobol_{one.name}", figure)
        return [*remarks, _verdict(result), "", _markdown(_index_table(result)), "", picture, ""]
    means = np.full(len(wide), np.nan)
    some = np.isfinite(wide).any(axis=1)
    means[some] = np.nanmean(wide[some], axis=1)
    if method == "given-data":
        frame = given_data(layout.names, layout.unit, means, seed=seed)
    else:
        if layout.kind == "lhs" and not some.all():  # a space-filling sample stays one without a few points
            layout, means = _without(layout, some), means[some]
        frame = salib.analyse(method.replace("-", "_"), layout, means, seed=seed)
    to.table(f"{method}_{one.name}", frame)
    return [_markdown(frame.drop(columns=["method", "design"], errors="ignore")), ""]


def _without(layout: Layout, keep: np.ndarray) -> Layout:
    points = layout.points[keep].reset_index(drop=True)
    return replace(layout, unit=layout.unit[keep], points=points, block=np.arange(int(keep.sum())))


def _in_short(found: Found) -> str:
    """Say which inputs are clear in each outcome, and whether the inert one is."""
    said, wrong = [], []
    for one in found.recipe.outcomes:
        total = found.indices[one.name].total.sort_values("value", ascending=False)
        clear = [str(name) for name in total.index if total.loc[name, "low"] > 0]
        wrong += [one.label or one.name for name in clear if name.startswith(INERT)]
        value = total["value"].astype(float).to_dict()
        named = ", ".join(f"{label(name)} ({value[name]:.2f})" for name in clear[:3]) or "none is clear"
        said.append(
            f"- **{one.label or one.name}**: {named}; luck {min(found.indices[one.name].noise[0], 1):.0%} of one run"
        )
    inert = (
        f"The inert input is told from zero in {', '.join(wrong)}: something is wrong with those."
        if wrong
        else "The inert input cannot be told from zero in any outcome."
    )
    return "\n".join(["Largest total indices, of those whose limits exclude zero:", "", *said, "", inert])


def _design_lines(found: Found, scale: str) -> list[str]:
    stages = found.recipe.stages
    k = len(found.recipe.factors)
    return [
        "## How",
        "",
        f"{k} inputs, one of them inert; {scale}.",
        "",
        f"1. One at a time: {stages['curves']['n']} values each, {stages['curves']['replicates']} replicates.",
        f"2. Morris: {stages['screen']['n']} trajectories, {stages['screen']['replicates']} replicates.",
        f"3. Sobol on {len(found.kept)} inputs and the inert one: {stages['sobol']['n']} blocks, "
        f"{stages['sobol']['replicates']} replicates; replicate noise subtracted.",
        "",
        "Estimand: shares of the variance of the expected result (`mean`). Runs of a trajectory or block share their "
        "luck, blocks do not.",
        "",
    ]


def _verdict(result: sobol.SobolIndices) -> str:
    value, low, high = np.clip(result.noise, 0, 1)  # a share; what is estimated need not be one
    total = result.total.sort_values("value", ascending=False)
    names = [str(name) for name in total.index]
    said = f"Luck makes {value:.0%} ({low:.0%} to {high:.0%}) of the variance of one run."
    if len(names) > 1:
        chance = result.outranks.loc[names[0]].to_dict()[names[1]]
        said += f" The chance that {label(names[0])} outranks {label(names[1])} is {chance:.0%}."
    return said


def _index_table(result: sobol.SobolIndices) -> pd.DataFrame:
    total, first = result.total, result.first
    order = total.sort_values("value", ascending=False).index
    return pd.DataFrame(
        {
            "input": [label(str(name)) for name in order],
            "total": [_interval(total.loc[name]) for name in order],
            "first": [_interval(first.loc[name]) for name in order],
            "": [_said(total.loc[name]) for name in order],
        }
    )


def _said(row: pd.Series) -> str:
    low, high = row[["low", "high"]].to_numpy(float)
    if not np.isfinite([low, high]).all():
        return "hidden by noise"
    return "" if low > 0 else "indistinguishable from zero"


def _interval(row: pd.Series) -> str:
    value, low, high = row[["value", "low", "high"]].to_numpy(float)
    if not np.isfinite([value, low, high]).all():
        return "unknown"
    return f"{value:.3f} ({low:.3f} to {high:.3f})"


def _sources(found: Found) -> list[str]:
    """List the inputs that matter and rest on an assumption: what to find out first."""
    parameters: Parameters = load()
    rows = []
    for name in found.kept:
        parameter = parameters[parameter_of(name)]
        largest = max(result.total["value"].to_dict()[name] for result in found.indices.values())
        rows.append((label(name), parameter.role, parameter.source.kind, f"{largest:.2f}"))
    frame = pd.DataFrame(rows, columns=["input", "role", "source", "largest total index"])
    return ["## What rests on an assumption?", "", _markdown(frame), ""]


def _markdown(frame: pd.DataFrame) -> str:
    """Give a frame as a table in Markdown, numbers to three figures."""
    rows = ["| " + " | ".join(map(str, frame.columns)) + " |", "|" + "---|" * len(frame.columns)]
    for values in frame.itertuples(index=False):
        cells = [f"{value:.3g}" if isinstance(value, float) else str(value) for value in values]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def layout_for(method: str, layout: Layout) -> None:
    """Raise `DesignError` when a method cannot be used on a design."""
    needed = METHODS[method]
    if needed in ("morris", "sobol", "efast") and layout.kind != needed:
        raise DesignError(f"--method {method} needs a {needed} design; this one is {layout.kind}")
