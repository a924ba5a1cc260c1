"""A number with its interval: across replicates, over simulated persons, or none."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from experiments.interval import interval

DRAWS = 200  # of a bootstrap; enough for a 95 % interval that is read, not tested
LEAST = 20  # simulated persons below which a value is not given
ONE_RUN = "no interval from one run"  # remark on a count of a whole run


class Estimate(NamedTuple):
    """A value with its 95 % interval (NaN where there is none) and a remark on how it was measured."""

    value: float
    low: float = float("nan")
    high: float = float("nan")
    note: str = ""

    def times(self, factor: float) -> "Estimate":
        """Give the estimate in another unit."""
        low, high = sorted((factor * self.low, factor * self.high))
        return Estimate(factor * self.value, low, high, self.note)

    def through(self, function: Callable[[float], float]) -> "Estimate":
        """Give the estimate on another scale; the function must rise."""
        value, low, high = (float(function(number)) for number in self[:3])
        return Estimate(value, low, high, self.note)

    def says(self, note: str) -> "Estimate":
        """Give the estimate with another remark."""
        return self._replace(note=note)


UNKNOWN = Estimate(float("nan"), note="too few simulated persons")


def over_replicates(estimates: Sequence[Estimate]) -> Estimate:
    """Join the estimates of replicates: their mean, with a t interval of the mean from three on.

    With two, the interval is the mean of their own.

    >>> over_replicates([Estimate(1.0), Estimate(2.0), Estimate(3.0)]).value
    2.0
    """
    values = np.array([estimate.value for estimate in estimates])
    mean = float(values.mean())
    note = estimates[0].note
    if len(values) < 3:
        low = float(np.mean([estimate.low for estimate in estimates]))
        high = float(np.mean([estimate.high for estimate in estimates]))
        return Estimate(mean, low, high, note)
    return Estimate(*interval(values), note.removesuffix(ONE_RUN).removesuffix("; "))


def mean(values: pd.Series, households: pd.Series, note: str = "") -> Estimate:
    """Give a mean, or the share of a yes/no column, with a bootstrap over households, which share a fate."""
    numbers = values.to_numpy(float)
    return _bootstrap(lambda weights: float(weights @ numbers / weights.sum()), households, note)


def ratio(above: pd.Series, below: pd.Series, households: pd.Series, note: str = "") -> Estimate:
    """Give the mean of one column over the mean of another, with a bootstrap over households."""
    top, bottom = above.to_numpy(float), below.to_numpy(float)
    return _bootstrap(lambda weights: float(weights @ top / (weights @ bottom)), households, note)


def slope(y: pd.Series, x: pd.Series, households: pd.Series, note: str = "") -> Estimate:
    """Give the slope of a straight line of y on x, with a bootstrap over households."""
    up, along = y.to_numpy(float), x.to_numpy(float)

    def statistic(weights: np.ndarray) -> float:
        off = along - weights @ along / weights.sum()
        return float((weights * off) @ up / ((weights * off) @ off))

    return _bootstrap(statistic, households, note)


def quantile(values: pd.Series, level: float, households: pd.Series, note: str = "") -> Estimate:
    """Give a quantile with a bootstrap over households."""
    numbers = values.to_numpy(float)
    order = np.argsort(numbers, kind="stable")
    ranked = numbers[order]

    def statistic(weights: np.ndarray) -> float:
        run = np.cumsum(weights[order])
        return float(ranked[np.searchsorted(run, level * run[-1])])

    return _bootstrap(statistic, households, note)


def share_of_count(hits: float, persons: float, scale: float, note: str = "") -> Estimate:
    """Give a share of counted persons, of whom persons x scale were simulated, with Wilson's interval.

    >>> share_of_count(50, 100, 1.0).value
    0.5
    """
    n = persons * scale
    if not n >= LEAST:
        return UNKNOWN
    p = hits / persons
    z = 1.959964
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Estimate(float(p), float(centre - reach), float(centre + reach), note)


def from_normal(value: float, error: float, note: str = "") -> Estimate:
    """Give an estimate with the interval of its standard error."""
    return Estimate(value, value - 1.959964 * error, value + 1.959964 * error, note)


def difference(one: Estimate, other: Estimate, note: str = "") -> Estimate:
    """Give one minus the other, as if they were independent."""
    reach = np.hypot((one.high - one.low) / 2, (other.high - other.low) / 2)
    value = one.value - other.value
    return Estimate(value, float(value - reach), float(value + reach), note)


def _bootstrap(statistic: Callable[[np.ndarray], float], households: pd.Series, note: str) -> Estimate:
    if len(households) < LEAST:
        return UNKNOWN
    groups, index = np.unique(households.to_numpy(), return_inverse=True)
    luck = np.random.default_rng(20260101)  # the same table each time
    n = len(groups)
    drawn = [statistic(np.bincount(luck.integers(0, n, n), minlength=n)[index].astype(float)) for _ in range(DRAWS)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Estimate(statistic(np.ones(len(index))), float(low), float(high), note)
