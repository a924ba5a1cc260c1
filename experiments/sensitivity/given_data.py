"""Sensitivity from any sample of points: rank-based Sobol indices and HSIC with p-values, through OpenTURNS.

No special design is needed, so these answer "what mattered?" for runs that were made for something else. Noise of
the replicates does not bias the p-values of HSIC (an input that does nothing is independent of the outcome, noisy or
not); the rank-based first-order index is a share of the variance of what is given, noise included.

OpenTURNS is optional (`pip install '.[given-data]'`). Gamboa, F. et al. (2022). Global sensitivity analysis: a
novel generation of mighty estimators based on rank statistics. Bernoulli 28, 2345-2374. Da Veiga, S. (2015). Global
sensitivity analysis with dependence measures. Journal of Statistical Computation and Simulation 85, 1283-1305.
"""

from typing import Any

import numpy as np
import pandas as pd

from experiments.design import DesignError

PERMUTATIONS = 1000


class MissingExtraError(ImportError):
    """An optional package is not installed; the message says which and how to get it."""


def given_data(
    names: tuple[str, ...], unit: np.ndarray, outcome: np.ndarray, *, seed: int = 1, level: float = 0.95
) -> pd.DataFrame:
    """Give input, rank_first with low and high, hsic (R2-HSIC), p (permutation) and p_holm.

    unit: (points, inputs), outcome: (points,). Points without a number are left out; raises `DesignError` when
    fewer than 30 are left.
    """
    openturns = _openturns()
    values = np.asarray(outcome, float)
    good = np.isfinite(values)
    if good.sum() < 30:
        raise DesignError(f"given data: {good.sum()} points with a number are too few; at least 30")
    points, values = np.asarray(unit, float)[good], values[good]
    if np.ptp(values) == 0:
        raise DesignError("given data: the outcome never varies, so there is nothing to explain")
    openturns.RandomGenerator.SetSeed(seed)
    x, y = openturns.Sample(points), openturns.Sample(values[:, None])
    ranked = openturns.RankSobolSensitivityAlgorithm(x, y)
    ranked.setConfidenceLevel(level)
    first, limits = list(ranked.getFirstOrderIndices()), ranked.getFirstOrderIndicesInterval()
    low, high = list(limits.getLowerBound()), list(limits.getUpperBound())
    kernels = [_kernel(openturns, column) for column in (*points.T, values)]
    hsic = openturns.HSICEstimatorGlobalSensitivity(kernels, x, y, openturns.HSICVStat())
    hsic.setPermutationSize(PERMUTATIONS)
    # of m permutations none more extreme means p < 1 / m, not 0
    p = (np.array(hsic.getPValuesPermutation()) * PERMUTATIONS + 1) / (PERMUTATIONS + 1)
    return pd.DataFrame(
        {
            "input": names,
            "rank_first": first,
            "low": low,
            "high": high,
            "hsic": list(hsic.getR2HSICIndices()),
            "p": p,
            "p_holm": _holm(p),
        }
    )


def _holm(p: np.ndarray) -> np.ndarray:
    order = np.argsort(p)
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p)))), 1.0)
    return corrected


def _kernel(openturns: Any, column: np.ndarray) -> Any:
    kernel = openturns.SquaredExponential(1)
    kernel.setScale([max(float(column.std()), 1e-12)])
    return kernel


def _openturns() -> Any:
    try:
        import openturns
    except ImportError:
        raise MissingExtraError(
            "rank-based indices and HSIC need OpenTURNS; in the clone: pip install -c constraints.txt '.[given-data]'"
        ) from None
    return openturns
