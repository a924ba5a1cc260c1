"""Functions with known Sobol indices, and noise of known size on top of them."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from experiments import design as designs
from experiments.factors import Factor
from experiments.sensitivity.layout import of_design


class Known(NamedTuple):
    """A function on the unit cube (points, k), its variance and its indices; the last input does nothing."""

    function: Callable[[np.ndarray], np.ndarray]
    k: int
    variance: float
    first: np.ndarray
    total: np.ndarray


def _ishigami(unit):
    x = np.pi * (2 * unit - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


_V1 = 0.5 * (1 + 0.1 * np.pi**4 / 5) ** 2
_V2 = 49 / 8
_V13 = 0.1**2 * np.pi**8 * (1 / 18 - 1 / 50)
_V = _V1 + _V2 + _V13

ISHIGAMI = Known(_ishigami, 4, _V, np.array([_V1, _V2, 0, 0]) / _V, np.array([_V1 + _V13, _V2, _V13, 0]) / _V)
ISHIGAMI_13 = _V13 / _V

_A = np.array([0, 1, 4.5, 9])


def _g(unit):
    return np.prod((np.abs(4 * unit[:, :4] - 2) + _A) / (1 + _A), axis=1)


_PARTS = 1 / (3 * (1 + _A) ** 2)
_WHOLE = np.prod(1 + _PARTS) - 1
SOBOL_G = Known(
    _g,
    5,
    _WHOLE,
    np.append(_PARTS / _WHOLE, 0),
    np.append(_PARTS * np.prod(1 + _PARTS) / (1 + _PARTS) / _WHOLE, 0),
)


def factors(k):
    """Give k factors on [0, 1]."""
    return [Factor(f"x{i + 1}", "float") for i in range(k)]


def laid_out(kind, k, *arguments, **settings):
    """Give the layout of a design of k factors."""
    return of_design(getattr(designs, kind)(factors(k), *arguments, **settings))


def noisy(design, known, replicates, share, rng, *, uneven=False, luck="own"):
    """Give results (points, replicates) whose noise is `share` of the variance of a single run.

    `uneven` noise has a standard deviation that grows e-fold over half the range of the first input. With luck
    "block" four fifths of the noise is the same in all runs of a block.
    """
    truth = known.function(design.unit)
    spread = np.full(len(truth), np.sqrt(share / (1 - share) * known.variance))
    if uneven:
        growth = np.exp(2 * design.unit[:, 0])
        spread = spread * growth / np.sqrt((np.exp(4) - 1) / 4)
    draws = rng.standard_normal((len(truth), replicates))
    if luck == "block":
        common = rng.standard_normal((design.n, replicates))[design.block]
        draws = np.sqrt(0.8) * common + np.sqrt(0.2) * draws
    return truth[:, None] + spread[:, None] * draws


def sobol_of(known, n, replicates, share, seed, **settings):
    """Give the blocks of one noisy Sobol design."""
    design = laid_out("sobol", known.k, n, seed=seed)
    wide = noisy(design, known, replicates, share, np.random.default_rng([seed, 17]), **settings)
    return design.blocks(wide, settings.get("luck", "own"))
