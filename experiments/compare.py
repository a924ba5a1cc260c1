"""Paired effects: what a set of policies changes, compared run by run with the reference under the same luck.

    for effect in effects(open_folder("results/policies"), reference="baseline"):
        print(effect.outcome, effect.policies, effect.mean, effect.low, effect.high, effect.saved)

With d_i the difference between the two runs that share the luck of replicate i, the effect is the mean of d with the
interval of Student's t on n - 1 degrees of freedom:

    mean(d) +- t * sd(d) / sqrt(n)

Independent runs would give the difference of two means the variance (var(x) + var(y)) / n, where pairing gives
var(d) / n. So each pair is worth as much as `gain` = (var(x) + var(y)) / var(d) pairs of independent runs, and the
same interval would take 2 n gain of them. The gain is itself estimated, from the same n pairs.

In a design with many futures, a pair is a future: the two runs are averaged over the replicates first, and the
interval says how the effect varies over futures. A pair of which one run has no result is left out, and counted.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from abm.parameters import closest
from experiments.design import BASELINE
from experiments.folder import Experiment
from experiments.interval import interval
from experiments.store import StoreError


@dataclass(frozen=True)
class Effect:
    """What a set of policies does to an outcome, and what pairing gave.

    `reference_mean` and `level` are the means without and with the policies, over the same `n` pairs; `missing`
    pairs have no result for one of the two.
    """

    outcome: str
    label: str
    unit: str
    policies: str
    reference: str
    n: int
    missing: int
    reference_mean: float
    level: float
    mean: float
    low: float
    high: float
    variance: float
    variance_independent: float
    runs_each: float = 1.0

    @property
    def gain(self) -> float:
        """How many pairs of independent runs one pair is worth; infinite when no pair differs from another."""
        if math.isnan(self.variance):
            return float("nan")
        if self.variance == 0:
            return float("inf") if self.variance_independent > 0 else float("nan")
        return self.variance_independent / self.variance

    @property
    def saved(self) -> float:
        """How many independent runs more would have been needed for the same interval; negative when pairing hurt."""
        return 2 * self.n * self.runs_each * (self.gain - 1)

    @property
    def clear(self) -> bool:
        """Whether the interval excludes zero."""
        return self.low > 0 or self.high < 0


def effects(
    experiment: Experiment,
    reference: str = BASELINE,
    others: Sequence[str] | None = None,
    outcomes: Sequence[str] | None = None,
    confidence: float = 0.95,
) -> list[Effect]:
    """Give the paired effects of sets of policies (all but the reference, or `others`) on outcomes (all, or these).

    Raises `StoreError` for a set or outcome that the experiment does not have, or when its runs share no luck.
    """
    sets = list(experiment.policies)
    if others is None:
        others = [name for name in sets if name != reference]
    for name in (reference, *others):
        if name not in sets:
            raise StoreError(f"{experiment.folder}: has no set of policies '{name}'.{closest(name, sets)}")
    names = experiment.outcome_names
    for name in outcomes or ():
        if name not in names:
            raise StoreError(f"{experiment.folder}: has no outcome '{name}'.{closest(name, names)}")
    if experiment.manifest["luck"] != "shared":
        raise StoreError(f"{experiment.folder}: its runs have luck of their own, so none are paired")
    units = _units(experiment)
    each = experiment.manifest["replicates"] if "future" in experiment.points else 1
    found = []
    for one in experiment.outcomes:
        if outcomes is not None and one.name not in outcomes:
            continue
        table = units.pivot(index="unit", columns="policies", values=one.name)
        for name in others:
            x, y = table[reference].to_numpy(), table[name].to_numpy()
            found.append(
                effect(x, y, one.name, one.label, one.unit, name, reference, confidence=confidence, runs_each=each)
            )
    return found


def effect(
    x: np.ndarray,
    y: np.ndarray,
    outcome: str = "",
    label: str = "",
    unit: str = "",
    policies: str = "",
    reference: str = "",
    *,
    confidence: float = 0.95,
    runs_each: float = 1.0,
) -> Effect:
    """Give the effect from the outcomes without (x) and with (y), pair by pair; NaN is no result.

    >>> made = effect(np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 4.5]))
    >>> round(made.mean, 2), round(made.low, 2), round(made.high, 2)
    (1.17, 0.45, 1.88)
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    both = np.isfinite(x) & np.isfinite(y)
    missing = int(len(x) - both.sum())
    x, y = x[both], y[both]
    n = len(x)
    nan = float("nan")
    if n == 0:
        return Effect(
            outcome, label, unit, policies, reference, 0, missing, nan, nan, nan, nan, nan, nan, nan, runs_each
        )
    d = y - x
    mean, low, high = interval(d, confidence)
    variance = independent = nan
    if n > 1:
        variance = float(d.var(ddof=1))
        independent = float(x.var(ddof=1) + y.var(ddof=1))
    return Effect(
        outcome,
        label,
        unit,
        policies,
        reference,
        n,
        missing,
        float(x.mean()),
        float(y.mean()),
        mean,
        low,
        high,
        variance,
        independent,
        runs_each,
    )


def frame(found: Sequence[Effect]) -> pd.DataFrame:
    """Give effects as a frame, one row each, with `gain` and `saved`."""
    return pd.DataFrame([{**vars(one), "gain": one.gain, "saved": one.saved, "clear": one.clear} for one in found])


def _units(experiment: Experiment) -> pd.DataFrame:
    """Give one row a unit (a replicate, or a future averaged over replicates) and set of policies."""
    points = experiment.points
    design = experiment.design[["run", "point", "replicate", "policies"]]
    numbers = experiment.results()[["run", *experiment.outcome_names]]
    rows = design.merge(numbers, on="run", how="left")
    if "future" not in points:
        if rows.duplicated(["replicate", "policies"]).any():
            raise StoreError(f"{experiment.folder}: its points differ in more than policies, so none are paired")
        return rows.assign(unit=rows["replicate"])
    rows = rows.merge(points[["point", "future"]], on="point")
    names = experiment.outcome_names
    grouped = rows.groupby(["future", "policies"], sort=False)[names]
    means = grouped.mean().where(grouped.count().eq(grouped.size(), axis=0))  # unknown unless every replicate is known
    return means.reset_index().rename(columns={"future": "unit"})
