"""Sobol indices of a stochastic model, corrected for the noise of its replicates.

Two independent samples of N points, A and B; AB_i is A with column i from B. Each point is run with R replicates;
y is the result of one run, a bar its mean over replicates. Every product of two results is taken between *different*
replicates, which is the same as subtracting the replicate (co)variance of the means:

    d_i     = y(A) - y(AB_i)
    V       = var(ybar(A), ybar(B)) - mean s2(y) / R
    total_i = [ mean(dbar_i^2) - mean s2(d_i) / R ] / (2 V)                    (Jansen 1999)
    first_i = [ mean(ybar(B) (ybar(AB_i) - ybar(A))) - mean c(y(B), y(AB_i) - y(A)) / R ] / V    (Saltelli et al. 2010)

s2(d) is the variance over replicates of the *paired* difference, c a covariance. So numerator and denominator are
unbiased both when every run has luck of its own and when the runs of a block share theirs (`luck="block"`), which
cancels most of the noise of the differences. Without the correction the total index of an input that does nothing
is about the noise share. N blocks of k + 2 points are drawn again as wholes, with the correction inside each
resample (`bootstrap.py`).

Estimands: `mean`, shares of the variance of the expected result E[y | inputs]; `trajectory`, shares of the variance
of a single run with luck held inside a block, so an input's interactions with luck count as its own. For
`distribution` (log-variance, quantiles) give summaries of replicates instead of results (`noise.fold`).

Jansen, M. J. W. (1999). Computer Physics Communications 117, 35-43. Saltelli, A. et al. (2010). Computer Physics
Communications 181, 259-270. Hart, J. L., Alexanderian, A. & Gremaud, P. A. (2017). SIAM/ASA Journal on Uncertainty
Quantification 5, 1170-1190 (random indices).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from experiments.sensitivity import bootstrap
from experiments.sensitivity.bootstrap import DRAWS, LEVEL, Interval, Variance

ESTIMANDS = ("mean", "trajectory", "distribution")
LUCK = ("own", "block", "common")


@dataclass(frozen=True)
class Blocks:
    """Results of a Sobol design: `base` and `other` (N, R), `mixed` and, for second order, `swapped` (k, N, R).

    NaN is a run that failed. `luck` says which runs share a seed: none (`own`), those of the same block and
    replicate (`block`), or all of the same replicate (`common`).
    """

    names: tuple[str, ...]
    base: np.ndarray
    other: np.ndarray
    mixed: np.ndarray
    swapped: np.ndarray | None = None
    luck: str = "own"

    def __post_init__(self) -> None:
        shape = self.base.shape
        if self.base.ndim != 2 or self.other.shape != shape or self.mixed.shape != (len(self.names), *shape):
            raise ValueError(
                f"blocks: base {shape}, other {self.other.shape} and mixed {self.mixed.shape} do not fit "
                f"{len(self.names)} inputs; they are (N, R), (N, R) and (inputs, N, R)"
            )
        if self.swapped is not None and self.swapped.shape != self.mixed.shape:
            raise ValueError(f"blocks: swapped {self.swapped.shape} has not the shape of mixed {self.mixed.shape}")
        if self.luck not in LUCK:
            raise ValueError(f"blocks: luck is one of {', '.join(LUCK)}, not '{self.luck}'")

    @cached_property
    def complete(self) -> np.ndarray:
        """Whether all runs of a block and replicate gave a number, shape (N, R)."""
        good = np.isfinite(self.base) & np.isfinite(self.other) & np.isfinite(self.mixed).all(axis=0)
        return good if self.swapped is None else good & np.isfinite(self.swapped).all(axis=0)

    def usable(self, least: int = 2) -> tuple["Blocks", np.ndarray]:
        """Give the blocks with at least `least` complete replicates, and which replicates of those are complete."""
        keep = self.complete.sum(axis=1) >= least
        swapped = None if self.swapped is None else self.swapped[:, keep]
        made = Blocks(self.names, self.base[keep], self.other[keep], self.mixed[:, keep], swapped, self.luck)
        return made, self.complete[keep]

    def first(self, n: int) -> "Blocks":
        """Give the first n blocks."""
        swapped = None if self.swapped is None else self.swapped[:, :n]
        return Blocks(self.names, self.base[:n], self.other[:n], self.mixed[:, :n], swapped, self.luck)


@dataclass(frozen=True)
class SobolIndices:
    """Indices with limits, and what they rest on.

    `table`: input, order (total, first, second), partner, value, low, high. `noise`: share of the variance of a
    single run that is luck, with limits. `variance`: that of the expected result, with limits. `outranks`: the
    chance that the total index of the row's input is above that of the column's.
    """

    table: pd.DataFrame
    noise: tuple[float, float, float]
    variance: tuple[float, float, float]
    outranks: pd.DataFrame
    estimand: str
    corrected: bool
    blocks: int
    blocks_left_out: int
    replicates: int
    remarks: tuple[str, ...]

    @property
    def total(self) -> pd.DataFrame:
        """The total indices, one row an input."""
        return self.table[self.table["order"] == "total"].set_index("input")

    @property
    def first(self) -> pd.DataFrame:
        """The first-order indices, one row an input."""
        return self.table[self.table["order"] == "first"].set_index("input")


def indices(
    blocks: Blocks,
    *,
    estimand: str = "mean",
    corrected: bool = True,
    deterministic: bool = False,
    draws: int = DRAWS,
    level: float = LEVEL,
    seed: int = 1,
) -> SobolIndices:
    """Give the indices of one outcome.

    One replicate cannot tell noise from effects: it is refused unless the model is said to be `deterministic`.
    A replicate of a block counts only when all its runs gave a number; a block needs two such replicates.
    Raises `ValueError` when fewer than 8 blocks are left.
    """
    if estimand not in ESTIMANDS:
        raise ValueError(f"estimand: one of {', '.join(ESTIMANDS)}, not '{estimand}'")
    if blocks.base.shape[1] < 2 and not deterministic:
        raise ValueError("one replicate cannot tell noise from effects; run at least 2, or say deterministic")
    if estimand == "trajectory" and blocks.luck == "own":
        raise ValueError(
            "estimand: 'trajectory' needs runs of a block that share their luck; these have luck of their own"
        )
    used, complete = blocks.usable(1 if deterministic else 2)
    n = len(used.base)
    if n < 8:
        raise ValueError(
            f"only {n} of {len(blocks.base)} blocks have the complete replicates an index needs; at least 8"
        )
    pieces = _pieces(used, complete, corrected and not deterministic, estimand)
    weights = bootstrap.resamples(n, draws, seed)
    orders = {"total": pieces.total, "first": pieces.first}
    found = {order: bootstrap.ratio(top, pieces.variance, weights, level) for order, top in orders.items()}
    tables = [_table(used.names, order, interval) for order, interval in found.items()]
    if pieces.second is not None:
        tables.append(_pairs(used.names, bootstrap.ratio(pieces.second, pieces.variance, weights, level)))
    whole = Variance(pieces.variance.square + pieces.single, pieces.variance.line, pieces.variance.factor)
    noise = bootstrap.ratio(pieces.single[None], whole, weights, level)
    variance = _variance(pieces.variance, weights, level)
    return SobolIndices(
        table=pd.concat(tables, ignore_index=True).assign(estimand=estimand),
        noise=(float(noise.value[0]), float(noise.low[0]), float(noise.high[0])),
        variance=variance,
        outranks=_outranks(used.names, found["total"].resampled),
        estimand=estimand,
        corrected=corrected and not deterministic,
        blocks=n,
        blocks_left_out=len(blocks.base) - n,
        replicates=blocks.base.shape[1],
        remarks=_remarks(blocks, n, variance),
    )


def convergence(blocks: Blocks, **settings: Any) -> pd.DataFrame:
    """Give the indices over nested prefixes of 16, 32, 64, ... blocks and all: n and the columns of `table`.

    A scrambled Sobol sequence is balanced at powers of two, so these are what smaller designs would have given.
    """
    total = len(blocks.base)
    sizes = [size for power in range(4, 20) if (size := 2**power) < total] + [total]
    return pd.concat(
        [indices(blocks.first(size), **settings).table.assign(n=size) for size in sizes],
        ignore_index=True,
    )


def over_time(weeks: Sequence[int], blocks: Sequence[Blocks], **settings: Any) -> pd.DataFrame:
    """Give the indices in each week: week, noise (share) and the columns of `table`.

    Indices are NaN in weeks where nothing varies, or noise hides what does (the limits of the variance due to the
    inputs include zero).
    """
    rows = []
    for week, own in zip(weeks, blocks, strict=True):
        found = indices(own, **settings)
        table = found.table.assign(week=week, noise=found.noise[0], variance=found.variance[0])
        if not found.variance[1] > 0:
            table[["value", "low", "high"]] = np.nan
        rows.append(table)
    return pd.concat(rows, ignore_index=True)


@dataclass(frozen=True)
class _Pieces:
    """What each block adds: shape (k, N), (pairs, N) or (N,)."""

    total: np.ndarray
    first: np.ndarray
    second: np.ndarray | None
    variance: Variance
    single: np.ndarray  # variance over replicates of a single run


def _pieces(blocks: Blocks, complete: np.ndarray, corrected: bool, estimand: str) -> _Pieces:
    replicates = complete.sum(axis=1)
    centre = _mean((blocks.base + blocks.other) / 2, complete, replicates).mean()
    a, b = blocks.base - centre, blocks.other - centre
    ab = blocks.mixed - centre
    products = _Products(complete, replicates, corrected, estimand == "trajectory")
    total = products.of(a - ab, a - ab) / 2
    first = products.of(b, ab - a)
    ba = None
    if blocks.swapped is not None:
        ba = blocks.swapped - centre
        total = (total + products.of(b - ba, b - ba) / 2) / 2
        first = (first + products.of(a, ba - b)) / 2
    second = None
    if ba is not None:
        pairs = _pair_positions(len(blocks.names))
        both = products.of(a, b)
        second = np.stack([products.of(ba[i], ab[j]) - both - first[i] - first[j] for i, j in pairs])
    square = (products.of(a, a) + products.of(b, b)) / 2
    if blocks.luck == "common" and corrected and estimand != "trajectory":
        square = square + _shared(np.concatenate([a, b]), np.concatenate([complete, complete]))
    line = (_mean(a, complete, replicates) + _mean(b, complete, replicates)) / 2
    n = len(a)
    single = (_covariance(a, a, complete, replicates) + _covariance(b, b, complete, replicates)) / 2
    return _Pieces(total, first, second, Variance(square, line, 2 * n / (2 * n - 1)), single)


@dataclass(frozen=True)
class _Products:
    """Products of results: between different replicates (corrected), of means, or inside a replicate (trajectory)."""

    complete: np.ndarray
    replicates: np.ndarray
    corrected: bool
    inside: bool

    def of(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        if self.inside:
            return _mean(x * y, self.complete, self.replicates)
        product = _mean(x, self.complete, self.replicates) * _mean(y, self.complete, self.replicates)
        if not self.corrected:
            return product
        return product - _covariance(x, y, self.complete, self.replicates) / self.replicates


def _mean(x: np.ndarray, complete: np.ndarray, replicates: np.ndarray) -> np.ndarray:
    return np.asarray(np.where(complete, x, 0.0).sum(axis=-1) / replicates)


def _covariance(x: np.ndarray, y: np.ndarray, complete: np.ndarray, replicates: np.ndarray) -> np.ndarray:
    """Give the covariance over the complete replicates of each block; 0 where there is only one."""
    x_mean, y_mean = (_mean(part, complete, replicates)[..., None] for part in (x, y))
    product = np.where(complete, (x - x_mean) * (y - y_mean), 0.0).sum(axis=-1)
    return np.asarray(product / np.maximum(replicates - 1, 1))


def _shared(rows: np.ndarray, complete: np.ndarray) -> float:
    """Give the covariance between rows of their means, from luck that all rows share."""
    replicates = complete.sum(axis=1)
    apart = np.where(complete, rows - _mean(rows, complete, replicates)[:, None], 0.0)
    between = (apart.sum(axis=0) ** 2).sum() - (apart**2).sum()
    n = len(rows)
    return float(between / (n * (n - 1)) / (replicates.mean() - 1) / replicates.mean())


def _variance(variance: Variance, weights: np.ndarray, level: float) -> tuple[float, float, float]:
    """Give the variance of the expected result with limits, by the same bootstrap (the mean of `square`)."""
    middle = variance.line.mean()
    block = (variance.square - 2 * middle * variance.line + middle**2) * variance.factor
    found = bootstrap.mean(block[None], weights, level)
    return float(found.value[0]), float(found.low[0]), float(found.high[0])


def _table(names: tuple[str, ...], order: str, found: Interval) -> pd.DataFrame:
    return pd.DataFrame(
        {"input": names, "order": order, "partner": "", "value": found.value, "low": found.low, "high": found.high}
    )


def _pairs(names: tuple[str, ...], found: Interval) -> pd.DataFrame:
    pairs = _pair_positions(len(names))
    return pd.DataFrame(
        {
            "input": [names[i] for i, _ in pairs],
            "order": "second",
            "partner": [names[j] for _, j in pairs],
            "value": found.value,
            "low": found.low,
            "high": found.high,
        }
    )


def _pair_positions(k: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(k) for j in range(i + 1, k)]


def _outranks(names: tuple[str, ...], resampled: np.ndarray) -> pd.DataFrame:
    above = (resampled[:, :, None] > resampled[:, None, :]).mean(axis=0)
    level = (resampled[:, :, None] == resampled[:, None, :]).mean(axis=0)
    chance = above + level / 2
    np.fill_diagonal(chance, np.nan)
    return pd.DataFrame(chance, index=list(names), columns=list(names))


def _remarks(blocks: Blocks, used: int, variance: tuple[float, float, float]) -> tuple[str, ...]:
    said = []
    lost, incomplete = len(blocks.base) - used, int((~blocks.complete).sum())
    if incomplete:
        said.append(
            f"{incomplete} of {blocks.complete.size} block replicates had a failed run and were left out"
            + (f", and with them {lost} whole blocks" if lost else "")
        )
    if not variance[1] > 0:
        said.append("the variance due to the inputs cannot be told from zero: noise hides every index")
    if blocks.luck == "common":
        said.append(
            "all points share the luck of a replicate: the limits hold for these seeds; "
            "share luck inside blocks only to have them hold in general"
        )
    return tuple(said)
