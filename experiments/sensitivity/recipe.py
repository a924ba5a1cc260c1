"""The staged recipe: curves of one input at a time, Morris on all inputs, Sobol on those that matter.

No single method is complete (ten Broeke et al. 2016, Journal of Artificial Societies and Social Simulation 19(1) 5):
curves show shapes, screening throws out most of some hundreds of inputs at low cost, and Sobol indices share the
variance among the rest, interactions included. All inputs that the parameters call uncertain or a lever take part,
and one that does nothing.

A recipe is a YAML file:

    question: What moves waiting, work and cost?
    roles: [uncertainty, lever]          # or parameters: names with what is stated about them, or both
    without: [cost_return]
    outcomes: {...}                      # as in a specification of an experiment
    over_time: [status_holders_in_reception]   # weekly columns whose indices are followed over the years
    scale: 0.1
    until: 2030-12-31
    curves: {n: 3, replicates: 2}
    screen: {n: 6, replicates: 2}
    survivors: 12
    sobol: {n: 64, replicates: 2}

Each stage is a stored experiment in the folder of the recipe, so an interrupted recipe goes on where it was.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from abm.parameters import ParameterError, closest, load
from abm.parameters.dates import week_of
from abm.parameters.reading import read_yaml
from experiments import design as designs
from experiments import noise
from experiments.factors import INERT, Factor
from experiments.outcomes import Outcome, OutcomeError, outcome, outcomes, usual
from experiments.sensitivity import choice, failures, morris, sobol
from experiments.sensitivity.curves import curves
from experiments.sensitivity.layout import Layout
from experiments.sensitivity.stages import Make, Stage
from experiments.specification import MODEL, Specification

KEYS = (
    *("question", "roles", "parameters", "without", "outcomes", "over_time", "scale", "until", "seed"),
    *("curves", "screen", "survivors", "sobol", "model"),
)
STAGES = {"curves": {"n": 3, "replicates": 2}, "screen": {"n": 6, "replicates": 2}, "sobol": {"n": 64, "replicates": 2}}
#: The inputs kept should carry this share of the squared effects of every outcome.
ENOUGH = 0.8
#: Indices over time are computed every so many months.
MONTHS = (1, 7)


class RecipeError(ValueError):
    """A recipe cannot be used; the message is one line."""


@dataclass(frozen=True)
class Recipe:
    """What is analysed and with how many runs; `stated` is in the words of a specification."""

    name: str
    factors: tuple[Factor, ...]
    outcomes: tuple[Outcome, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)
    question: str = ""
    over_time: tuple[str, ...] = ()
    scale: float = 0.1
    until: str = "2030-12-31"
    seed: int = 1
    stages: Mapping[str, Mapping[str, int]] = field(default_factory=lambda: dict(STAGES))
    survivors: int = 12
    model: str = MODEL

    @property
    def runs(self) -> dict[str, int]:
        """The runs of each stage (of the last one at most)."""
        k = len(self.factors)
        kept = min(self.survivors, k - 1) + 1
        return {
            "curves": len(self.curves().design) * self.stages["curves"]["replicates"],
            "screen": (k + 1) * self.stages["screen"]["n"] * self.stages["screen"]["replicates"],
            "sobol": (kept + 2) * self.stages["sobol"]["n"] * self.stages["sobol"]["replicates"],
        }

    def curves(self) -> Specification:
        """Give the experiment of the curves; all runs of a replicate share their luck, so changes are paired."""
        here = choice.present(self.factors, load())
        design = designs.ofat(self.factors, self.stages["curves"]["n"], here)
        return self._specification("curves", design, self.outcomes, "shared")

    def screen(self) -> Specification:
        """Give the experiment of the screening."""
        design = designs.morris(self.factors, self.stages["screen"]["n"], seed=self.seed)
        return self._specification("screen", design, self.outcomes, "block")

    def sobol(self, names: Sequence[str]) -> Specification:
        """Give the experiment of the indices of the inputs that were kept."""
        kept = [one for one in self.factors if one.name in names]
        design = designs.sobol(kept, self.stages["sobol"]["n"], seed=self.seed)
        return self._specification("sobol", design, (*self.outcomes, *self.series()), "block")

    def series(self) -> tuple[Outcome, ...]:
        """Give an outcome for each column that is followed, on 1 January and 1 July of each year from 2022."""
        end = week_of(self.until)
        days = [date(year, month, 1) for year in range(2022, 2100) for month in MONTHS]
        weeks = [(day, week) for day in days if (week := week_of(day)) < end]
        return tuple(
            outcome(series_name(column, week), {"column": column, "at": day.isoformat()}, self.until)
            for column in self.over_time
            for day, week in weeks
        )

    def _specification(
        self, stage: str, design: designs.Design, wanted: tuple[Outcome, ...], luck: str
    ) -> Specification:
        return Specification(
            name=f"{self.name}-{stage}",
            design=design,
            outcomes=wanted,
            question=self.question,
            replicates=self.stages[stage]["replicates"],
            seed=self.seed,
            luck=luck,
            scale=self.scale,
            until=self.until,
            model=self.model,
        )


def series_name(column: str, week: int) -> str:
    """Give the name of the outcome of a weekly column in a week."""
    return f"{column}_w{week}"


@dataclass(frozen=True)
class Found:
    """What a recipe found, by outcome; frames as the functions that made them describe.

    `experiments` holds the stored experiment of each stage: curves, screen, sobol.
    """

    recipe: Recipe
    curves: Mapping[str, pd.DataFrame]
    screening: Mapping[str, morris.Screening]
    kept: tuple[str, ...]
    indices: Mapping[str, sobol.SobolIndices]
    converged: Mapping[str, pd.DataFrame]
    over_time: Mapping[str, pd.DataFrame]
    spread: Mapping[str, sobol.SobolIndices]
    remarks: tuple[str, ...]
    experiments: Mapping[str, Any]


def follow(recipe: Recipe, folder: str | Path, make: Make, tell: Callable[[str], None] = lambda _: None) -> Found:
    """Go through the stages, each made or gone on with in `folder`, and analyse them."""
    folder = Path(folder)
    remarks: list[str] = []
    made: dict[str, Any] = {}

    def stage(number: int, name: str, specification: Specification) -> tuple[Layout, pd.DataFrame]:
        runs = len(specification.design) * specification.replicates
        tell(f"{name}: {len(specification.design)} points x {specification.replicates} replicates = {runs} runs")
        layout, experiment = Stage(folder / f"{number}-{name}", specification, make).run()
        made[name] = experiment
        table = experiment.results()
        wide = layout.wide(table, recipe.outcomes[0].name)
        padded = np.full((len(layout.points), specification.replicates), np.nan)
        padded[:, : wide.shape[1]] = wide
        if len(layout.names) == layout.unit.shape[1]:
            remarks.extend(f"{name}: {line}" for line in failures.warnings(layout, padded))
        return layout, table

    layout, table = stage(1, "curves", recipe.curves())
    shapes = {one.name: curves(layout, layout.wide(table, one.name)) for one in recipe.outcomes}

    layout, table = stage(2, "screen", recipe.screen())
    screening = {
        one.name: morris.screen(layout, layout.wide(table, one.name), seed=recipe.seed) for one in recipe.outcomes
    }
    kept = survivors(screening, recipe.survivors)
    if len(kept) < 2:
        raise RecipeError("no input moves any outcome above its noise; use more replicates or a larger scale")
    inert = tuple(one.name for one in recipe.factors if one.name.startswith(INERT))
    tell(f"kept for the indices: {', '.join(kept)}")
    for name, each in screening.items():
        if (share := carried(each, kept)) < ENOUGH:
            remarks.append(f"{name}: the inputs kept carry {share:.0%} of the squared effects; keep more survivors")

    layout, table = stage(3, "sobol", recipe.sobol((*kept, *inert)))
    found, converged, spread = {}, {}, {}
    for one in recipe.outcomes:
        wide = layout.wide(table, one.name)
        blocks = layout.blocks(wide, "block")
        found[one.name] = sobol.indices(blocks, seed=recipe.seed)
        converged[one.name] = sobol.convergence(blocks, seed=recipe.seed, draws=300)
        if wide.shape[1] >= 4:
            halves = layout.blocks(noise.fold(wide, "log_variance"), "own")
            spread[one.name] = sobol.indices(halves, estimand="distribution", seed=recipe.seed)
        remarks.extend(f"{one.name}: {line}" for line in found[one.name].remarks)
    followed = {column: _over_time(column, layout, table, recipe) for column in recipe.over_time}
    return Found(recipe, shapes, screening, kept, found, converged, followed, spread, tuple(remarks), made)


def _over_time(column: str, layout: Layout, table: pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
    names = [one.name for one in recipe.series() if one.name.startswith(f"{column}_w")]
    weeks = [int(name.removeprefix(f"{column}_w")) for name in names]
    blocks = [layout.blocks(layout.wide(table, name), "block") for name in names]
    return sobol.over_time(weeks, blocks, seed=recipe.seed, draws=300)


def survivors(screening: Mapping[str, morris.Screening], most: int) -> tuple[str, ...]:
    """Give the inputs to keep, in the order in which they are taken.

    Each time the input is taken that adds most to the share of squared effects carried, summed over the outcomes and
    counted more where little is carried yet; so no outcome is left without the inputs that move it.
    """
    shares = {name: _shares(found) for name, found in screening.items()}
    inputs = {name: None for own in shares.values() for name, part in own.items() if part > 0}
    kept: list[str] = []
    while len(kept) < min(most, len(inputs)):
        left = {name: 1 - sum(own.get(one, 0.0) for one in kept) for name, own in shares.items()}
        gain = {
            one: sum(own.get(one, 0.0) * left[name] for name, own in shares.items())
            for one in inputs
            if one not in kept
        }
        kept.append(max(gain, key=lambda one: gain[one]))
    return tuple(kept)


def carried(found: morris.Screening, kept: Sequence[str]) -> float:
    """Give the share of the squared effects above the floor that the kept inputs carry; NaN where there are none."""
    shares = _shares(found)
    return sum(shares.get(name, 0.0) for name in kept) if shares else float("nan")


def _shares(found: morris.Screening) -> dict[str, float]:
    table = found.table
    squared = np.where(table["above"] & ~table["input"].str.startswith(INERT), table["effect"] ** 2, 0.0)
    whole = float(squared.sum())
    return dict(zip(table["input"], (squared / whole).tolist(), strict=True)) if whole > 0 else {}


def read(path: str | Path, **instead: Any) -> Recipe:
    """Read a recipe; values given by name (scale, until, seed, survivors) take the place of those in the file."""
    path = Path(path)
    if not path.is_file():
        raise RecipeError(f"{path}: there is no such file")
    try:
        return from_mapping(read_yaml(path), path.stem, **instead)
    except (ParameterError, OutcomeError, RecipeError, designs.DesignError) as error:
        message = str(error)
        raise RecipeError(message if message.startswith(path.name) else f"{path.name}: {message}") from error


def from_mapping(stated: Any, name: str, **instead: Any) -> Recipe:
    """Give the recipe that a mapping describes; raises `RecipeError` and its like in one line."""
    if not isinstance(stated, Mapping):
        raise RecipeError(f"a recipe has the keys {', '.join(KEYS)}")
    for key in stated:
        if key not in KEYS:
            raise RecipeError(f"unknown key '{key}'.{closest(key, KEYS)}")
    given = {**stated, **{key: value for key, value in instead.items() if value is not None}}
    until = str(given.get("until", "2030-12-31"))
    named = given.get("parameters") or {}
    if isinstance(named, list):
        named = dict.fromkeys(named)
    roles = given.get("roles", [] if named else ["uncertainty", "lever"])
    for role in roles:
        if role not in ("uncertainty", "lever", "fact"):
            raise RecipeError(f"roles: there is no '{role}'.{closest(role, ('uncertainty', 'lever', 'fact'))}")
    chosen = choice.choose(load(), roles, stated=named, without=given.get("without", []))
    wanted = outcomes(given["outcomes"], until) if "outcomes" in given else usual(until)
    return Recipe(
        name=name,
        factors=chosen.factors,
        outcomes=wanted,
        left_out=chosen.left_out,
        question=str(given.get("question", "")).strip(),
        over_time=tuple(given.get("over_time", [])),
        scale=float(given.get("scale", 0.1)),
        until=until,
        seed=int(given.get("seed", 1)),
        stages={stage: _numbers(given.get(stage, {}), stage) for stage in STAGES},
        survivors=int(given.get("survivors", 12)),
        model=str(given.get("model", MODEL)),
    )


def _numbers(stated: Any, stage: str) -> dict[str, int]:
    if not isinstance(stated, Mapping):
        raise RecipeError(f"{stage}: give a mapping such as {STAGES[stage]}")
    for key, value in stated.items():
        if key not in STAGES[stage]:
            raise RecipeError(f"{stage}: unknown key '{key}'.{closest(key, STAGES[stage])}")
        if type(value) is not int or value < 1:
            raise RecipeError(f"{stage}.{key}: '{value}' is not a whole number from 1 on")
    made = {**STAGES[stage], **stated}
    if stage != "curves" and made["replicates"] < 2:
        raise RecipeError(f"{stage}.replicates: one replicate cannot tell noise from effects; at least 2")
    return made
