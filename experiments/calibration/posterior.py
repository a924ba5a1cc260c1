"""Approximate Bayesian computation on the emulator, by sequential Monte Carlo.

A point is accepted with chance exp(-distance^2 / 2) for each target, the distance measured in the standard deviation
of observation and model error: this Gaussian kernel makes ABC exact for a model with that error (Wilkinson 2013). The
emulator's own variance is added, so where it knows little the kernel is wide. The weight of a target is the power of
its kernel, the strongest counting once. The prior is uniform on the unit cube, that is, the distribution that each
parameter's record states.

Particles are led from prior to posterior through powers of the kernel, chosen so that half the particles stay
effective, with random-walk moves in between (Del Moral, P., Doucet, A. & Jasra, A. (2006). Sequential Monte Carlo
samplers. Journal of the Royal Statistical Society B 68, 411-436). The product of the mean weights estimates the
evidence, by which structural alternatives are compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from experiments.calibration.emulator import Emulator
from experiments.targets import Target

MOVES = 4


@dataclass(frozen=True)
class Posterior:
    """A sample: points of the unit cube (particles, factors), log kernel of each, log evidence."""

    unit: np.ndarray
    log_density: np.ndarray
    log_evidence: float


def log_kernel(unit: np.ndarray, emulators: Sequence[Emulator], targets: Sequence[Target]) -> np.ndarray:
    """Give the log of the acceptance kernel at points, at most 0 where the emulator is sure."""
    strongest = max(target.weight for target in targets)
    total = np.zeros(len(unit))
    for emulator, target in zip(emulators, targets, strict=True):
        mean, variance = emulator.predict(unit)
        whole = variance + target.spread**2
        own = -0.5 * target.distance(mean) ** 2 / whole - 0.5 * np.log(whole / target.spread**2)
        total += target.weight / strongest * own
    return total


def sample(
    emulators: Sequence[Emulator], targets: Sequence[Target], k: int, *, particles: int = 1000, seed: int = 1
) -> Posterior:
    """Give a sample of the posterior."""
    rng = np.random.default_rng(seed)
    unit = rng.random((particles, k))
    density = log_kernel(unit, emulators, targets)
    power, evidence, reach = 0.0, 0.0, 1.0
    while power < 1:
        rise = _next_power(density, 1 - power)
        weights = rise * density
        evidence += float(logsumexp(weights) - np.log(particles))
        chance = np.exp(weights - logsumexp(weights))
        power += rise
        chosen = _systematic(chance, rng)
        unit, density = unit[chosen], density[chosen]
        deviation = np.linalg.cholesky(np.cov(unit.T).reshape(k, k) + 1e-8 * np.eye(k))
        for _ in range(MOVES):
            unit, density, accepted = _moved(
                unit, density, power, reach * 2.38 / np.sqrt(k) * deviation, emulators, targets, rng
            )
            reach = float(np.clip(reach * np.exp(accepted - 0.3), 0.05, 3.0))
    return Posterior(unit, density, evidence)


def _next_power(density: np.ndarray, left: float) -> float:
    """Give the largest step of the power that keeps half the particles effective."""

    def effective(step: float) -> float:
        weights = step * density
        return float(np.exp(2 * logsumexp(weights) - logsumexp(2 * weights))) / len(density)

    if effective(left) >= 0.5:
        return left
    low, high = 0.0, left
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if effective(middle) >= 0.5 else (low, middle)
    return max(low, 1e-6)


def _systematic(chance: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    positions = (rng.random() + np.arange(len(chance))) / len(chance)
    return np.asarray(np.minimum(np.searchsorted(np.cumsum(chance), positions), len(chance) - 1))


def _moved(
    unit: np.ndarray,
    density: np.ndarray,
    power: float,
    step: np.ndarray,
    emulators: Sequence[Emulator],
    targets: Sequence[Target],
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, float]:
    """Move all particles once (Metropolis); proposals outside the cube are refused."""
    proposed = unit + rng.standard_normal(unit.shape) @ step.T
    inside = ((proposed >= 0) & (proposed <= 1)).all(axis=1)
    fresh = np.full(len(unit), -np.inf)
    if inside.any():
        fresh[inside] = log_kernel(proposed[inside], emulators, targets)
    taken = np.log(rng.random(len(unit))) < power * (fresh - density)
    return np.where(taken[:, None], proposed, unit), np.where(taken, fresh, density), float(taken.mean())
