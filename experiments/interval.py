"""The interval of a mean over replicates, pairs of runs or futures, after Student (1908), Biometrika 6(1).

    mean +- t(n - 1) * sd / sqrt(n)

It holds for values that are independent of each other: replicates, differences within pairs, futures; never weeks of
one run.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats


def reach(deviation: ArrayLike, n: ArrayLike, confidence: float = 0.95) -> np.ndarray:
    """Give half the width of the interval from the standard deviation of n values; NaN for fewer than two."""
    n = np.asarray(n, float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(stats.t.ppf(0.5 + confidence / 2, np.where(n > 1, n - 1, np.nan)) * deviation / np.sqrt(n))


def interval(values: ArrayLike, confidence: float = 0.95) -> tuple[float, float, float]:
    """Give mean, low and high; all NaN when a value is unknown, no ends (NaN) for fewer than two values.

    >>> [round(number, 2) for number in interval([1.0, 2.0, 3.0])]
    [2.0, -0.48, 4.48]
    >>> interval([1.0])
    (1.0, nan, nan)
    """
    known = np.asarray(values, float)
    nan = float("nan")
    if not len(known) or not np.isfinite(known).all():
        return nan, nan, nan
    mean = float(known.mean())
    if len(known) < 2:
        return mean, nan, nan
    half = float(reach(known.std(ddof=1), len(known), confidence))
    return mean, mean - half, mean + half
