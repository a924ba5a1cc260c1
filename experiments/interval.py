"""The interval of a mean over replicates, pairs of runs or futures, after Student (1908), Biometrika 6(1).

    mean +- t(n - 1) * sd / sqrt(n)

and of the ratio of two such means, after Fieller (1954), Journal of the Royal Statistical Society B 16(2).

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


def ratio(above: ArrayLike, below: ArrayLike, confidence: float = 0.95) -> tuple[float, float, float]:
    """Give the ratio of the means of two lists of values in pairs, low and high, after Fieller.

    The interval holds every ratio r for which the interval of the mean of `above - r * below` holds zero, so both means
    and their correlation within pairs count. It has two ends only where the interval of the mean of `below` leaves out
    zero; otherwise, and for fewer than two pairs or unknown values, all is NaN: the ratio is not determined.

    >>> [round(number, 2) for number in ratio([2.0, 4.0, 6.0], [9.0, 10.0, 11.0])]
    [0.4, -0.13, 0.72]
    >>> ratio([2.0, 4.0, 6.0], [-9.0, 10.0, 11.0])
    (nan, nan, nan)
    """
    pairs = np.asarray([above, below], float)
    nan = float("nan")
    if pairs.shape[1] < 2 or not np.isfinite(pairs).all():
        return nan, nan, nan
    one, other = pairs.mean(axis=1)
    allowed = float(reach(1.0, pairs.shape[1], confidence)) ** 2 * np.cov(pairs)
    square = other**2 - allowed[1, 1]
    if not square > 0:
        return nan, nan, nan
    middle = (one * other - allowed[0, 1]) / square
    half = np.sqrt(max(middle**2 - (one**2 - allowed[0, 0]) / square, 0.0))
    return float(one / other), float(middle - half), float(middle + half)
