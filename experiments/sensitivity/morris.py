"""Morris screening with a noise floor.

The elementary effect of a factor in a trajectory is the change of the outcome over the step of the unit cube. Its
mean size, mu* (Campolongo et al. 2007), is positive even for a factor that does nothing, because the difference of
two noisy means is never zero. With s2 the replicate variance of the effect (from differences between runs of the
same replicate, so luck that a trajectory shares cancels):

    floor = q sqrt(mean s2),     q the (1 - alpha) quantile of mean |e| / sqrt(mean s2) when there is no effect,

the quantile by simulation with the spread found in each trajectory, so that noise that differs between them is
allowed for. A factor whose mu* lies below its floor is not ranked; of the factors that do nothing a share `alpha`
lies above. `effect` is the root of the mean squared effect with the noise subtracted; ranks are by it.

Morris, M. D. (1991). Technometrics 33, 161-174. Campolongo, F., Cariboni, J. & Saltelli, A. (2007). Environmental
Modelling & Software 22, 1509-1518.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.design import DesignError
from experiments.sensitivity import bootstrap
from experiments.sensitivity.bootstrap import DRAWS, LEVEL
from experiments.sensitivity.layout import Layout


@dataclass(frozen=True)
class Screening:
    """The table of a screening: input, mu, mu_star, mu_star_low, mu_star_high, sigma, floor, effect, above, rank.

    Units: those of the outcome for a step over the whole range. `rank` is NaN below the floor.
    """

    table: pd.DataFrame
    trajectories: int
    left_out: int
    replicates: int

    @property
    def survivors(self) -> list[str]:
        """The inputs above their floor, the largest effect first."""
        return list(self.table[self.table["above"]].sort_values("rank")["input"])


def screen(
    layout: Layout,
    wide: np.ndarray,
    *,
    alpha: float = 0.05,
    deterministic: bool = False,
    draws: int = DRAWS,
    level: float = LEVEL,
    seed: int = 1,
) -> Screening:
    """Screen with results (points, replicates); a replicate of a trajectory with a failed run is left out."""
    effects = elementary_effects(layout, wide)
    complete = np.isfinite(effects).all(axis=0)
    keep = complete.sum(axis=1) >= (1 if deterministic else 2)
    if wide.shape[1] < 2 and not deterministic:
        raise DesignError("one replicate cannot tell noise from effects; run at least 2, or say deterministic")
    if keep.sum() < 2:
        raise DesignError(f"only {keep.sum()} of {len(keep)} trajectories have the complete replicates that are needed")
    effects, complete = effects[:, keep], complete[keep]
    n, counts = effects.shape[1], complete.sum(axis=1)
    mean = np.where(complete, effects, 0.0).sum(axis=2) / counts
    apart = np.where(complete, effects - mean[..., None], 0.0)
    noise = (apart**2).sum(axis=2) / np.maximum(counts - 1, 1) / counts
    floor = _floor(noise, counts - 1, alpha, draws, seed)
    limits = bootstrap.mean(np.abs(mean), bootstrap.resamples(n, draws, seed), level)
    squared = (mean**2 - noise).mean(axis=1)
    table = pd.DataFrame(
        {
            "input": layout.units,
            "mu": mean.mean(axis=1),
            "mu_star": limits.value,
            "mu_star_low": limits.low,
            "mu_star_high": limits.high,
            "sigma": mean.std(axis=1, ddof=1),
            "floor": floor,
            "effect": np.sqrt(np.maximum(squared, 0.0)),
        }
    )
    # with shared luck an inert factor has neither effect nor noise
    table["above"] = (table["mu_star"] > table["floor"]) & (squared > 0)
    table["rank"] = table["effect"].where(table["above"]).rank(ascending=False, method="min")
    return Screening(table, n, int((~keep).sum()), wide.shape[1])


def _floor(noise: np.ndarray, freedom: np.ndarray, alpha: float, draws: int, seed: int) -> np.ndarray:
    """Give the floor of each factor from its noise in each trajectory, shape (k, n), with n degrees of freedom."""
    spread = np.sqrt(noise)
    if not spread.any():
        return np.zeros(len(noise))
    rng = np.random.default_rng(seed)
    typical = np.sqrt(noise.mean(axis=1))
    quantile = np.zeros(len(noise))
    for factor in np.flatnonzero(typical):
        size = np.abs(rng.standard_normal((draws, noise.shape[1])) * spread[factor]).mean(axis=1)
        found = (rng.chisquare(np.maximum(freedom, 1), (draws, noise.shape[1])) / np.maximum(freedom, 1)) * noise[
            factor
        ]
        quantile[factor] = np.quantile(size / np.sqrt(found.mean(axis=1)), 1 - alpha)
    return np.asarray(quantile * typical)


def elementary_effects(layout: Layout, wide: np.ndarray) -> np.ndarray:
    """Give the effect of each unit in each trajectory and replicate: (units, trajectories, replicates)."""
    if layout.kind != "morris":
        raise DesignError(f"screening needs a morris design; this one is {layout.kind}")
    results = layout.folded(wide)
    n, points = results.shape[:2]
    unit = layout.unit.reshape(n, points, -1)
    steps = np.diff(unit, axis=1)
    rise = np.diff(results, axis=1)
    position = {name: i for i, name in enumerate(layout.units)}
    owner = np.array([position[name] for name in layout.owners])
    effects = np.full((len(layout.units), n, results.shape[2]), np.nan)
    for trajectory in range(n):
        for step in range(points - 1):
            moved = np.flatnonzero(np.abs(steps[trajectory, step]) > 1e-12)
            # members of a group move together, some up and some down; then only the size has a meaning
            signed = (
                steps[trajectory, step, moved[0]] if len(moved) == 1 else np.abs(steps[trajectory, step, moved]).max()
            )
            effects[owner[moved[0]], trajectory] = rise[trajectory, step] / signed
    return effects
