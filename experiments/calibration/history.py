"""History matching: rule out where a target is missed by more than emulator, observation and model error allow.

    I(x)^2 = distance(mean(x))^2 / (emulator variance(x) + spread^2)

A point is not ruled out while the second largest implausibility is at most `CUTOFF` (three: Pukelsheim 1994, the
three sigma rule holds for any unimodal error) and the largest at most one more, so that one bad emulator cannot rule
out the truth.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import qmc

from experiments.calibration.emulator import Emulator
from experiments.targets import Target

CUTOFF = 3.0
TRIED = 20_000


class Wave(NamedTuple):
    """One wave: points so far, share of the space left, targets set aside, error of each emulator."""

    number: int
    points: int
    left: float
    set_aside: tuple[str, ...]
    errors: tuple[float, ...]


def each_implausibility(unit: np.ndarray, emulators: Sequence[Emulator], targets: Sequence[Target]) -> np.ndarray:
    """Give the implausibility of every target at every point, shape (points, targets)."""
    columns = []
    for emulator, target in zip(emulators, targets, strict=True):
        mean, variance = emulator.predict(unit)
        columns.append(np.abs(target.distance(mean)) / np.sqrt(variance + target.spread**2))
    return np.stack(columns, axis=1)


def implausibility(
    unit: np.ndarray, emulators: Sequence[Emulator], targets: Sequence[Target], set_aside: Sequence[str] = ()
) -> np.ndarray:
    """Give the implausibility of points: the second largest over the targets, or the largest less one if larger."""
    used = [i for i, target in enumerate(targets) if target.name not in set_aside]
    if not used:
        return np.zeros(len(unit))
    each = each_implausibility(unit, [emulators[i] for i in used], [targets[i] for i in used])
    if each.shape[1] == 1:
        return np.asarray(each[:, 0])
    ordered = np.sort(each, axis=1)
    return np.asarray(np.maximum(ordered[:, -2], ordered[:, -1] - 1.0))


def unreachable(
    emulators: Sequence[Emulator], targets: Sequence[Target], k: int, rng: np.random.Generator
) -> tuple[str, ...]:
    """Give the targets that no point of the whole space comes within the cut-off of."""
    each = each_implausibility(rng.random((4000, k)), emulators, targets)
    return tuple(target.name for target, least in zip(targets, each.min(axis=0), strict=True) if least > CUTOFF)


def sample_plausible(
    n: int,
    k: int,
    emulators: Sequence[Emulator],
    targets: Sequence[Target],
    set_aside: Sequence[str],
    rng: np.random.Generator,
) -> np.ndarray:
    """Give n points that are not ruled out, spread out; the whole space as a Latin hypercube before any emulator.

    Where few of the points tried are left, the least implausible are taken: the next wave is then about them.
    """
    if not emulators:
        return np.asarray(qmc.LatinHypercube(k, rng=rng).random(n))
    tried = rng.random((TRIED, k))
    score = implausibility(tried, emulators, targets, set_aside)
    least = np.argsort(score)[: max(10 * n, 1)]
    left = tried[score <= CUTOFF] if (score <= CUTOFF).sum() >= n else tried[least]
    return _spread_out(left, n, rng)


def _spread_out(points: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Give n of the points, each the farthest from those before."""
    points = points[rng.permutation(len(points))[: max(20 * n, n)]]
    chosen = [0]
    nearest = ((points - points[0]) ** 2).sum(axis=1)
    for _ in range(n - 1):
        chosen.append(int(np.argmax(nearest)))
        nearest = np.minimum(nearest, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
    return points[chosen]
