"""How much of a result is luck: variance over replicates, the share of it, and summaries of replicates.

Results have shape (points, replicates); NaN is a run that failed.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

#: What can be summarised over replicates beside the mean: each needs this many runs in each half.
LEAST: Mapping[str, int] = {"log_variance": 2, "quantile": 3}


def variance(wide: np.ndarray) -> float:
    """Give the mean over points of the variance over replicates; NaN where no point has two.

    >>> round(variance(np.array([[1.0, 3.0], [2.0, 2.0]])), 3)
    1.0
    """
    own = _over_replicates(wide, lambda good: float(np.var(good, ddof=1)), 2)
    return float(np.nanmean(own)) if np.isfinite(own).any() else float("nan")


def share(wide: np.ndarray) -> float:
    """Give the share of the variance of single runs that is luck, from a sample of points with replicates."""
    noise = variance(wide)
    means = _over_replicates(wide, lambda good: float(good.mean()), 1)
    counts = np.isfinite(wide).sum(axis=1)
    inputs = float(np.nanvar(means, ddof=1)) - noise * float(np.mean(1 / counts[counts > 0]))
    return noise / (max(inputs, 0.0) + noise)


def fold(wide: np.ndarray, summary: str, quantile: float = 0.9) -> np.ndarray:
    """Give a summary of each half of the replicates: (points, 2), two results that know their own noise.

    `summary` is log_variance or quantile. The even and the odd replicates are summarised apart, so the corrected
    estimators can subtract the noise of the summary as they do that of a single run; the estimand is then
    `distribution`. Needs at least twice as many replicates as a half needs (4 for log_variance, 6 for a quantile).
    """
    if summary not in LEAST:
        raise ValueError(f"there is no summary '{summary}'; choose from {', '.join(LEAST)}")
    least = LEAST[summary]
    if wide.shape[1] < 2 * least:
        raise ValueError(f"{summary} needs at least {2 * least} replicates, not {wide.shape[1]}")
    halves = [wide[:, 0::2], wide[:, 1::2]]
    if summary == "quantile":
        return np.stack(
            [_over_replicates(half, lambda good: float(np.quantile(good, quantile)), least) for half in halves], axis=1
        )

    def log_variance(good: np.ndarray) -> float:
        spread = float(np.var(good, ddof=1))
        return float(np.log(spread)) if spread > 0 else float("nan")

    return np.stack([_over_replicates(half, log_variance, least) for half in halves], axis=1)


def stability(wide: np.ndarray) -> pd.DataFrame:
    """Give replicates, coefficient_of_variation and change: when do more replicates stop changing the spread?

    The coefficient of variation over the first n replicates, median over points (Lee et al. 2015, Journal of
    Artificial Societies and Social Simulation 18(4) 4); `change` is the relative change from n - 1.
    """
    rows = []
    for n in range(2, wide.shape[1] + 1):
        part = wide[:, :n]
        spread = _over_replicates(part, lambda good: float(np.std(good, ddof=1) / abs(np.mean(good))), 2)
        rows.append({"replicates": n, "coefficient_of_variation": float(np.nanmedian(spread))})
    frame = pd.DataFrame(rows, columns=["replicates", "coefficient_of_variation"])
    return frame.assign(change=frame["coefficient_of_variation"].pct_change().abs())


def _over_replicates(wide: np.ndarray, summary: Callable[[np.ndarray], float], least: int) -> np.ndarray:
    values = np.full(len(wide), np.nan)
    for row, own in enumerate(wide):
        good = own[np.isfinite(own)]
        if len(good) >= least:
            values[row] = summary(good)
    return values
