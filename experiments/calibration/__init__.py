"""Set parameters from observations: history matching with an emulator, then approximate Bayesian computation.

    found = calibrate(evaluate, factors, targets, waves=3, points=100, replicates=3, seed=1)
    found.posterior          # a sample of parameters, with the distance of each
    found.history            # what each wave ruled out

`evaluate(points, replicates, wave)` makes runs and gives an array (points, replicates, targets), NaN where a run
failed or a number is unknown; it is the only contact with a model. The steps:

1. Wave: a Latin hypercube in what is not ruled out yet. Each target is emulated by a Gaussian process that knows the
   noise of the replicates (`emulator.py`).
2. History matching: a point is ruled out where a target is missed by more than three standard deviations of
   observation, emulator and model error together (`history.py`). Targets that no point can meet are named and set
   aside, because they would rule out everything: they are findings about the model, not about parameters.
3. ABC with a Gaussian acceptance kernel, by sequential Monte Carlo on the emulator (`posterior.py`).

Nothing is changed: `proposal.py` writes a proposed parameter file with the posterior beside it.

Craig, P. S. et al. (1997). Pressure matching for hydrocarbon reservoirs. In Case Studies in Bayesian Statistics III.
Vernon, I., Goldstein, M. & Bower, R. G. (2010). Galaxy formation: a Bayesian uncertainty analysis. Bayesian Analysis
5, 619-669. Andrianakis, I. et al. (2015). Bayesian history matching of complex infectious disease models using
emulation. PLoS Computational Biology 11(1) e1003968. Wilkinson, R. D. (2013). Approximate Bayesian computation gives
exact results under the assumption of model error. Statistical Applications in Genetics and Molecular Biology 12,
129-141.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import stats

from experiments.calibration.emulator import Emulator, fit
from experiments.calibration.history import CUTOFF, Wave, implausibility, sample_plausible, unreachable
from experiments.calibration.posterior import Posterior, sample
from experiments.factors import Factor
from experiments.targets import Target

__all__ = ["Calibration", "CalibrationError", "calibrate"]

#: points (unit cube, shape (n, factors)), replicates and number of the wave -> (n, replicates, targets).
Evaluate = Callable[[np.ndarray, int, int], np.ndarray]


class CalibrationError(ValueError):
    """A calibration cannot go on; the message is one line."""


@dataclass(frozen=True)
class Calibration:
    """What a calibration found. Points are in the unit cube; `values` maps them to parameters."""

    factors: tuple[Factor, ...]
    targets: tuple[Target, ...]
    unit: np.ndarray
    outcomes: np.ndarray
    wave_of: np.ndarray
    waves: tuple[Wave, ...]
    posterior: Posterior
    set_aside: tuple[str, ...]
    emulators: tuple[Emulator, ...] = field(repr=False)

    def values(self, unit: np.ndarray | None = None) -> pd.DataFrame:
        """Give the values of the factors at points of the unit cube, by default those of the posterior."""
        unit = self.posterior.unit if unit is None else unit
        return pd.DataFrame({one.name: one.at(unit[:, i]) for i, one in enumerate(self.factors)})

    @property
    def summary(self) -> pd.DataFrame:
        """The posterior of each factor: median, 5th and 95th percentile, share of the prior range left, at an edge."""
        rows = []
        values = self.values()
        for i, one in enumerate(self.factors):
            spots = np.quantile(self.posterior.unit[:, i], [0.05, 0.5, 0.95])
            low, middle, high = (one.at(np.array([spot]))[0] for spot in spots)
            width = spots[2] - spots[0]
            edge = "lowest" if spots[1] < 0.1 else "highest" if spots[1] > 0.9 else ""
            rows.append(
                {
                    "parameter": one.name,
                    "median": middle,
                    "low": low,
                    "high": high,
                    "mean": float(np.mean(values[one.name])) if one.is_number else np.nan,
                    "width_left": width / 0.9,
                    "at_edge": edge,
                }
            )
        return pd.DataFrame(rows)

    @cached_property
    def best(self) -> np.ndarray:
        """The point of the posterior sample that is expected to meet most targets, by weight; shape (factors,).

        A target counts for the chance that its expected value lies in the band, given what the emulator knows.
        """
        unit = self.posterior.unit
        score = np.zeros(len(unit))
        for target, emulator in zip(self.targets, self.emulators, strict=True):
            mean, variance = emulator.predict(unit)
            deviation = np.sqrt(np.maximum(variance, 1e-300))
            score += target.weight * (
                stats.norm.cdf((target.high - mean) / deviation) - stats.norm.cdf((target.low - mean) / deviation)
            )
        return np.asarray(unit[int(np.argmax(score))])

    def fit_of(self, unit: np.ndarray) -> pd.DataFrame:
        """Give target, low, high, emulated (mean), spread (of the emulator) and met at one point."""
        rows = []
        for target, emulator in zip(self.targets, self.emulators, strict=True):
            mean, variance = emulator.predict(np.atleast_2d(unit))
            rows.append(
                {
                    "target": target.name,
                    "low": target.low,
                    "high": target.high,
                    "emulated": float(mean[0]),
                    "spread": float(np.sqrt(variance[0])),
                    "met": target.met(float(mean[0])),
                    "set_aside": target.name in self.set_aside,
                }
            )
        return pd.DataFrame(rows)


def calibrate(
    evaluate: Evaluate,
    factors: Sequence[Factor],
    targets: Sequence[Target],
    *,
    waves: int = 3,
    points: int = 100,
    replicates: int = 3,
    particles: int = 1000,
    seed: int = 1,
    tell: Callable[[str], None] | None = None,
) -> Calibration:
    """Calibrate; raises `CalibrationError` when too few runs give numbers.

    All waves together train the emulators. A wave that rules out nothing more ends the waves early.
    """
    if waves < 1 or points < 10 or replicates < 2:
        raise CalibrationError("a calibration needs a wave, 10 points a wave and 2 replicates at least")
    chosen, wanted = tuple(factors), tuple(targets)
    rng = np.random.default_rng(seed)
    unit = np.zeros((0, len(chosen)))
    outcomes = np.zeros((0, replicates, len(wanted)))
    done: list[Wave] = []
    emulators: tuple[Emulator, ...] = ()
    aside: tuple[str, ...] = ()
    for number in range(waves):
        fresh = sample_plausible(points, len(chosen), emulators, wanted, aside, rng)
        made = np.asarray(evaluate(fresh, replicates, number), float)
        if made.shape != (points, replicates, len(wanted)):
            raise CalibrationError(f"evaluate gave {made.shape}, not {(points, replicates, len(wanted))}")
        unit, outcomes = np.vstack([unit, fresh]), np.concatenate([outcomes, made])
        emulators = tuple(_emulated(unit, outcomes, wanted, seed))
        aside = unreachable(emulators, wanted, len(chosen), rng)
        left = float((implausibility(rng.random((4000, len(chosen))), emulators, wanted, aside) <= CUTOFF).mean())
        done.append(Wave(number, len(unit), left, aside, tuple(emulator.error for emulator in emulators)))
        if tell:
            tell(f"wave {number + 1}: {len(unit)} points, {left:.1%} of the space is not ruled out")
        if number and done[-2].left > 0 and left > 0.95 * done[-2].left:
            break
    used = [position for position, target in enumerate(wanted) if target.name not in aside]
    if not used:
        raise CalibrationError("no point comes near any target; the ranges or the model are wrong")
    posterior = sample(
        [emulators[i] for i in used], [wanted[i] for i in used], len(chosen), particles=particles, seed=seed
    )
    wave_of = np.repeat(np.arange(len(done)), points)
    return Calibration(chosen, wanted, unit, outcomes, wave_of, tuple(done), posterior, aside, emulators)


def _emulated(unit: np.ndarray, outcomes: np.ndarray, targets: Sequence[Target], seed: int) -> list[Emulator]:
    made = []
    for position, target in enumerate(targets):
        emulator = fit(unit, outcomes[:, :, position], seed=seed)
        if emulator is None:
            raise CalibrationError(
                f"{target.name}: fewer than {2 * unit.shape[1] + 5} points gave a number in two replicates; "
                "leave it out, or run longer or at a larger scale"
            )
        made.append(emulator)
    return made
