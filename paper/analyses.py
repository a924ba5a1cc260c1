"""Sensitivity and robustness for the paper: what is run for them, and the numbers, tables and figures that they give.

The sensitivity analysis follows a recipe (curves, Morris, Sobol with the noise of replicates subtracted); robustness is
an experiment of policies in uncertain futures. Both are stored in the folder of the runs and gone on with there. The
first outcome of each is drawn; all outcomes of the recipe stand in its table. A future is called a failure when its
outcome lies above the median over the futures of the baseline, so that no threshold is chosen by hand.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

import experiments
from abm.parameters.reading import read_yaml
from analysis import provenance, theme
from analysis.figures import discovery as discovery_figure
from analysis.figures import regret as regret_figure
from analysis.figures.inputs import bounded, factors_of, key, label, policy_titles, varied
from analysis.markdown import table
from analysis.sensitivity import drawn, drawn_over_time
from experiments import discovery, robustness, runner
from experiments.factors import INERT
from experiments.folder import MANIFEST, Experiment, create, open_folder, runs_of
from experiments.sensitivity import recipe
from experiments.sensitivity.sobol import SobolIndices
from experiments.specification import Specification, from_mapping
from experiments.store import StoreError
from paper.runs import Plan

SPECS = Path(experiments.__path__[0]) / "specs"
#: Inputs named in a row of the table of indices.
NAMED = 3
#: Figures of the first outcome that the text shows.
KINDS = ("curves", "screen", "sobol")
#: What ranks policies in the table of robustness, and whether a value is a share.
RANKED = {"max regret": False, "expected": False, "satisficing": True}


@dataclass(frozen=True)
class Analyses:
    """What was found: by the recipe, and by policies x futures (`cube`: policies, futures, replicates)."""

    sensitivity: recipe.Found
    futures: Experiment
    outcome: str
    cube: np.ndarray
    policies: list[str]
    ranking: robustness.Ranking
    threshold: float
    box: discovery.Boxes


def recipe_of(plan: Plan) -> recipe.Recipe:
    """Give the recipe of a plan."""
    return recipe.read(SPECS / "recipes" / f"{plan.recipe}.yaml", **plan.recipe_instead)


def futures_of(plan: Plan) -> Specification:
    """Give the experiment of policies x futures of a plan."""
    return from_mapping({**read_yaml(SPECS / f"{plan.futures}.yaml"), **plan.futures_instead}, plan.futures)


def number_of_runs(plan: Plan) -> dict[str, int]:
    """Give how many runs a plan makes for its comparisons, its recipe (at most) and its futures."""
    futures = futures_of(plan)
    return {
        "comparisons": plan.replicates * len(plan.settings()),
        "sensitivity": sum(recipe_of(plan).runs.values()),
        "futures": len(futures.design) * futures.replicates,
    }


def make(plan: Plan, folder: Path, *, workers: int, tell: Callable[[str], None]) -> Analyses:
    """Make the runs that are missing and analyse all."""

    def run(experiment: Experiment) -> None:
        summary = runner.run(experiment, workers=workers)
        if summary.given_up:
            raise StoreError(f"{experiment.folder}: {summary.given_up} runs failed in every attempt")

    found = recipe.follow(recipe_of(plan), folder / "sensitivity", run, lambda line: tell(f"paper: {line}"))
    specification = futures_of(plan)
    tell(f"paper: policies x futures: {len(specification.design) * specification.replicates} runs")
    experiment = _futures(folder / "futures", specification)
    run(experiment)
    return _judged(found, experiment)


def _futures(folder: Path, specification: Specification) -> Experiment:
    """Give the experiment in a folder, made when there is none; one of another design is refused."""
    if not (folder / MANIFEST).exists():
        return create(folder, specification)
    experiment = open_folder(folder)
    if list(experiment.design["run"]) != list(runs_of(specification)["run"]):
        raise StoreError(f"{folder}: holds runs of other settings or other code; name another folder, or remove it")
    return experiment


def _judged(found: recipe.Found, experiment: Experiment) -> Analyses:
    outcome = experiment.outcome_names[0]
    cube, policies = robustness.of_experiment(experiment, outcome)
    baseline = cube[policies.index("baseline")]
    threshold = float(np.median(baseline.mean(axis=1)))
    ranking = robustness.rank(cube, policies, higher_is_better=False, threshold=threshold)
    names, unit = discovery.futures_of(experiment)
    box = discovery.boxes(names, unit, baseline, lambda means: means > threshold, method="cart")
    return Analyses(found, experiment, outcome, cube, policies, ranking, threshold, box)


# Numbers --------------------------------------------------------------------------------------------------------


def facts(found: Analyses) -> dict[str, str]:
    """Give the numbers of the text by name: `sensitivity/...` and `robustness/...`."""
    return {f"sensitivity/{name}": said for name, said in _of_sensitivity(found.sensitivity).items()} | {
        f"robustness/{name}": said for name, said in _of_robustness(found).items()
    }


def _of_sensitivity(found: recipe.Found) -> dict[str, str]:
    stated, first = found.recipe, found.recipe.outcomes[0]
    result = found.indices[first.name]
    luck = np.clip([each.noise[0] for each in found.indices.values()], 0, 1)
    wrong = sum(any(name.startswith(INERT) for name in _clear(each)) for each in found.indices.values())
    runs = {stage: len(one.results()) for stage, one in found.experiments.items()}
    total = result.total["value"].sort_values(ascending=False)
    largest = next(str(name) for name in total.index if not str(name).startswith(INERT))
    return {
        "inputs": str(len(stated.factors) - 1),
        "runs": theme.number(sum(runs.values())),
        "agents": theme.agents(stated.scale),
        "last year": stated.until[:4],
        "values": str(stated.stages["curves"]["n"]),
        "trajectories": str(stated.stages["screen"]["n"]),
        "kept": str(len(found.kept)),
        "blocks": str(result.blocks),
        "replicates": str(result.replicates),
        "outcomes": str(len(found.indices)),
        "outcome": first.label or first.name,
        "above the floor": str(int(found.screening[first.name].table["above"].sum())),
        "largest": label(largest),
        "meaning of the largest": _meaning(found, largest),
        "largest index": _interval(result.total.loc[[largest]].iloc[0]),
        "least luck": f"{luck.min():.0%}",
        "most luck": f"{luck.max():.0%}",
        "outcomes with a clear inert input": str(wrong),
    }


def _of_robustness(found: Analyses) -> dict[str, str]:
    one = found.futures.outcomes[0]
    titles = policy_titles(found.futures.policies)
    scores = found.ranking.scores
    by_regret = scores[scores["metric"] == "max regret"].sort_values("rank")
    first = by_regret.iloc[0].to_dict()
    quality = {row["measure"]: row for row in found.box.quality.to_dict("records")}
    limits = found.box.limits.set_index("input")[["low", "high"]].astype(float)
    stable = [
        bounded(one, *limits.loc[one.name])
        for one in factors_of(found.futures.manifest)
        if one.name in found.box.stable
    ]
    return {
        "policies": str(len(found.policies)),
        "futures": str(found.ranking.futures),
        "replicates": str(found.ranking.replicates),
        "runs": theme.number(len(found.futures.results())),
        "agents": theme.agents(float(found.futures.manifest["scale"])),
        "last year": str(found.futures.manifest["until"])[:4],
        "inputs": str(len(found.futures.factors)),
        "outcome": one.label or one.name,
        "unit": one.unit,
        "first": titles[first["policy"]],
        "largest regret of the first": theme.rounded(abs(first["value"])),
        "largest regret of the last": theme.rounded(abs(by_regret.iloc[-1]["value"])),
        "chance of the first": f"{first['chance_best']:.0%}",
        "threshold": theme.rounded(found.threshold),
        "share that fails": f"{found.box.failed.mean():.0%}",
        "coverage": f"{quality['coverage']['inside']:.0%}",
        "density": f"{quality['density']['inside']:.0%}",
        "coverage left out": f"{quality['coverage']['left_out']:.0%}",
        "density left out": f"{quality['density']['left_out']:.0%}",
        "found": ", ".join(stable) or "nothing",
    }


def _meaning(found: recipe.Found, name: str) -> str:
    (row,) = key([one for one in found.recipe.factors if one.name == name])
    return row[1][0].lower() + row[1][1:]


def _clear(result: SobolIndices) -> list[str]:
    """Give the inputs whose limits exclude zero, the largest first."""
    total = result.total.sort_values("value", ascending=False)
    return [str(name) for name, low in total["low"].items() if low > 0]


def _interval(row: Mapping[Any, Any] | pd.Series) -> str:
    value, low, high = (float(row[part]) for part in ("value", "low", "high"))
    if not np.isfinite([value, low, high]).all():
        return "hidden by noise"
    return f"{value:.2f} ({low:.2f} to {high:.2f})".replace("-", "\u2212")


# Tables ---------------------------------------------------------------------------------------------------------


def inputs_table(found: Analyses) -> str:
    """Give a row for each input that is varied: its meaning, from what to what in either analysis, and its source."""
    either = [key(found.sensitivity.recipe.factors), key(factors_of(found.futures.manifest))]
    meaning = {row[0]: row[1] for rows in either for row in rows}
    source = {row[0]: row[3] for rows in either for row in rows}
    first, second = ({row[0]: row[2] for row in rows} for rows in either)
    rows = [(name, meaning[name], first.get(name, ""), second.get(name, ""), source[name]) for name in meaning]
    return table(["input", "meaning", "varied in sensitivity", "varied in futures", "source"], rows)


def indices_table(found: recipe.Found) -> str:
    """Give a row for each outcome: the share of luck, the largest clear inputs, and the inert one."""
    rows = []
    for one in found.recipe.outcomes:
        result = found.indices[one.name]
        value, low, high = np.clip(result.noise, 0, 1)
        named = [name for name in _clear(result) if not name.startswith(INERT)][:NAMED]
        (inert,) = (name for name in result.total.index if str(name).startswith(INERT))
        said = "; ".join(f"{label(name)} {_interval(result.total.loc[[name]].iloc[0])}" for name in named)
        luck = f"{value:.0%} ({low:.0%} to {high:.0%})"
        rows.append(
            (one.label or one.name, luck, said or "none is clear", _interval(result.total.loc[[inert]].iloc[0]))
        )
    return table(["outcome", "luck, of one run", "largest total indices that are clear", "inert input"], rows)


def ranks_table(found: Analyses) -> str:
    """Give a row for each policy: what it scores by regret, mean and satisficing, and its rank with limits."""
    titles, scores = policy_titles(found.futures.policies), found.ranking.scores
    rows = []
    for policy in found.policies:
        cells = []
        for metric, share in RANKED.items():
            own = scores[(scores["metric"] == metric) & (scores["policy"] == policy)].iloc[0]
            sign = -1.0 if metric == "max regret" else 1.0
            value = f"{own['value']:.0%}" if share else theme.rounded(sign * own["value"])
            cells.append(f"{value} (rank {own['rank']:.3g}, {own['rank_low']:.3g} to {own['rank_high']:.3g})")
        rows.append((titles[policy], *cells))
    unit = found.futures.outcomes[0].unit
    heads = ["policy", f"largest regret ({unit})", f"mean over futures ({unit})", "futures that are satisfactory"]
    return table(heads, rows)


# Figures --------------------------------------------------------------------------------------------------------


def draw(found: Analyses, folder: Path) -> dict[str, str]:
    """Draw the figures of the section into a folder, each with the runs of its stage; give their captions by name."""
    made_of = {stage: provenance.of_experiment("", one) for stage, one in found.sensitivity.experiments.items()}
    made_of["futures"] = provenance.of_experiment("", found.futures)
    notes = {}
    for name, (stage, figure) in (_of_recipe(found.sensitivity) | _of_futures(found)).items():
        origin = replace(made_of[stage], figure=name)
        theme.save(figure, folder, name, provenance=origin, formats=["svg"], outlines=True)
        notes[name] = theme.remark(figure)
    return notes


def _of_recipe(found: recipe.Found) -> dict[str, tuple[str, Figure]]:
    made = drawn(found, found.recipe.outcomes[0])
    column = found.recipe.over_time[0]
    return {kind: made[kind] for kind in KINDS} | {"over_time": ("sobol", drawn_over_time(found, column))}


def _of_futures(found: Analyses) -> dict[str, tuple[str, Figure]]:
    one = found.futures.outcomes[0]
    name = one.label or one.name
    agents = theme.agents(float(found.futures.manifest["scale"]))
    caption = f"{found.ranking.futures} futures, {found.ranking.replicates} replicates, {agents}."
    regrets = robustness.regret_table(found.cube, found.policies, higher_is_better=False).dropna(axis=1)
    titles = policy_titles(found.futures.policies)
    names, unit = discovery.futures_of(found.futures)
    known = pd.DataFrame(unit, columns=names).assign(failed=found.box.failed)
    failure = f"{found.futures.label(found.outcome)} in the baseline lies above {found.threshold:,.0f}"
    return {
        "regret": (
            "futures",
            regret_figure.draw(
                regrets, found.ranking.scores, outcome=name, unit=one.unit, titles=titles, caption=caption
            ),
        ),
        "box": (
            "futures",
            discovery_figure.draw(
                found.box.limits,
                found.box.quality,
                known,
                failure=failure,
                policy="baseline",
                ranges=varied(factors_of(found.futures.manifest)),
                caption=caption,
            ),
        ),
    }
