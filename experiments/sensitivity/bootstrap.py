"""Intervals for ratios of means over independent blocks: the symmetric studentised bootstrap.

An index of sensitivity is a mean over blocks divided by a variance over the same blocks. Blocks are drawn again
with replacement, numerator and denominator together, and each resample is studentised with its own standard error
(the linearised residual of the ratio). The limits are

    value -/+ c * standard error,   c = the level-quantile of |value of a resample - value| / its standard error.

For means of skewed numbers this covers better than percentile, BCa or equal-tailed studentised limits, and where tails
are heavy better than normal limits too (docs/sensitivity.md has the five side by side). Hall, P. (1988). On symmetric
bootstrap confidence intervals. Journal of the Royal Statistical Society B 50(1), 35-45.
"""

from typing import NamedTuple

import numpy as np

DRAWS = 1000
LEVEL = 0.95
#: Least standard error of a resample, as a share of that of the sample.
LEAST_SPREAD = 0.25


class Interval(NamedTuple):
    """Values of k ratios with limits, shape (k,), and the values of the resamples, shape (draws, k)."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    resampled: np.ndarray


class Variance(NamedTuple):
    """A variance over blocks in pieces that can be weighted: mean(square) - mean(line)^2, times `factor`.

    `square` and `line` have shape (blocks,). Noise has been subtracted from `square`.
    """

    square: np.ndarray
    line: np.ndarray
    factor: float = 1.0

    def over(self, weights: np.ndarray) -> np.ndarray:
        """Give the variance under each row of weights, shape (rows, blocks), rows adding up to 1."""
        return np.asarray((weights @ self.square - (weights @ self.line) ** 2) * self.factor)


def resamples(blocks: int, draws: int = DRAWS, seed: int = 1) -> np.ndarray:
    """Give weights of blocks drawn with replacement, shape (draws, blocks); each row adds up to 1."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(blocks, np.full(blocks, 1 / blocks), draws) / blocks


def ratio(top: np.ndarray, bottom: Variance, weights: np.ndarray, level: float = LEVEL) -> Interval:
    """Give mean(top) / variance for each row of `top`, shape (k, blocks), with limits.

    Where the variance is not above zero nothing can be divided by it: value and limits are NaN. Where that is so in
    more resamples than the level leaves out, nothing limits the ratio: the limits are infinite.
    """
    k, blocks = top.shape
    variance = float(bottom.over(np.full((1, blocks), 1 / blocks))[0])
    if not variance > 0:
        nothing = np.full(k, np.nan)
        return Interval(nothing, nothing, nothing, np.full((len(weights), k), np.nan))
    value = top.mean(axis=1) / variance
    # a resample whose variance is not above zero cannot be studentised; it counts as far away
    resampled_variance = bottom.over(weights)
    usable = resampled_variance > 0
    safe = np.where(usable, resampled_variance, np.nan)[:, None]
    resampled = (weights @ top.T) / safe
    own = _standard_error(top, bottom, np.full((1, blocks), 1 / blocks), value[None], np.array([[variance]]))[0]
    # where few blocks carry an effect a resample can have hardly any spread of its own
    spread = np.maximum(_standard_error(top, bottom, weights, resampled, safe), LEAST_SPREAD * own)
    distance = np.zeros_like(resampled)
    np.divide(np.abs(resampled - value), spread, out=distance, where=(own > 0) & usable[:, None])
    distance[~usable] = np.inf
    reach = np.quantile(distance, level, axis=0, method="higher")
    half = np.zeros_like(own)
    np.multiply(reach, own, out=half, where=own > 0)
    return Interval(value, value - half, value + half, resampled)


def mean(top: np.ndarray, weights: np.ndarray, level: float = LEVEL) -> Interval:
    """Give the mean of each row of `top`, shape (k, blocks), with limits."""
    return ratio(top, Variance(np.ones(top.shape[1]), np.zeros(top.shape[1])), weights, level)


def _standard_error(
    top: np.ndarray, bottom: Variance, weights: np.ndarray, value: np.ndarray, variance: np.ndarray
) -> np.ndarray:
    """Give the standard error of each ratio under each row of weights: (rows, k).

    The residual of block j is (top_j - value * (square_j - 2 * mean(line) * line_j)) / variance; its variance
    under the weights is written out, so that no array of rows x k x blocks is made.
    """
    line = weights @ bottom.line
    square, product = weights @ bottom.square, weights @ (bottom.square * bottom.line)
    second, fourth = weights @ bottom.line**2, weights @ bottom.square**2
    # moments of b_j = square_j - 2 * line * line_j
    first_b = square - 2 * line * line
    second_b = fourth - 4 * line * product + 4 * line**2 * second
    mixed = weights @ (top * bottom.square).T - 2 * line[:, None] * (weights @ (top * bottom.line).T)
    first_top, second_top = weights @ top.T, weights @ (top**2).T
    spread = second_top - 2 * value * mixed + value**2 * second_b[:, None] - (first_top - value * first_b[:, None]) ** 2
    return np.asarray(np.sqrt(np.maximum(spread, 0.0) / (top.shape[1] - 1)) / variance)
