"""Designs on the unit cube, made by SALib and by nothing else, each with an identity that travels with its results.

SALib ignores a seed of 0 in places and seeds numpy's global generator in others; here a seed is always mapped to
one it takes, and the global generator is put back. An analysis asks for the design its results were made with and
refuses another (`Design.check`).
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from abm.parameters import closest
from experiments.sensitivity.factors import Factor, values
from experiments.sensitivity.sobol import Blocks

METHODS = ("sobol", "morris", "efast", "latin", "ofat")
#: Levels of the Morris grid.
LEVELS = 4


class DesignError(ValueError):
    """A design cannot be made, or results do not belong to it; the message is one line."""


@dataclass(frozen=True)
class Design:
    """Points of the unit cube, shape (points, factors), and how they were made.

    `n` is the number of blocks (sobol), trajectories (morris), points a curve (ofat, efast) or points (latin).
    `groups` names the group of each factor, or is empty when each factor is on its own.
    """

    method: str
    factors: tuple[Factor, ...]
    unit: np.ndarray
    n: int
    seed: int
    second_order: bool = False
    groups: tuple[str, ...] = ()

    @cached_property
    def identity(self) -> str:
        """A hash of everything the analysis relies on."""
        about = [self.method, [repr(f) for f in self.factors], self.n, self.seed, self.second_order, self.groups]
        digest = hashlib.sha256(json.dumps(about).encode())
        digest.update(np.ascontiguousarray(self.unit, dtype="<f8").tobytes())
        return digest.hexdigest()[:16]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the factors."""
        return tuple(factor.name for factor in self.factors)

    @property
    def units(self) -> tuple[str, ...]:
        """The names of what indices are given for: groups where there are any, else factors."""
        return tuple(dict.fromkeys(self.groups)) if self.groups else self.names

    @property
    def block(self) -> np.ndarray:
        """The block (sobol), trajectory (morris) or curve (efast) of each point; points of one may share luck."""
        return np.arange(len(self.unit)) // self.points_a_block

    @property
    def points_a_block(self) -> int:
        """How many points belong together."""
        match self.method:
            case "sobol":
                return len(self.units) * (2 if self.second_order else 1) + 2
            case "morris":
                return len(self.units) + 1
            case "efast":
                return self.n
            case _:
                return 1

    def points(self) -> pd.DataFrame:
        """Give the values of the factors at each point, with `point` (its number) and `block`."""
        frame = values(self.factors, self.unit)
        frame.insert(0, "point", np.arange(len(frame)))
        frame.insert(1, "block", self.block)
        return frame

    def problem(self) -> dict[str, Any]:
        """Give SALib's problem on the unit cube."""
        made: dict[str, Any] = {
            "num_vars": len(self.factors),
            "names": list(self.names),
            "bounds": [[0.0, 1.0]] * len(self.factors),
        }
        return made | ({"groups": list(self.groups)} if self.groups else {})

    def check(self, identity: str) -> None:
        """Raise `DesignError` unless results carry the identity of this design."""
        if identity != self.identity:
            raise DesignError(
                f"the results were made with design {identity}, not with this one ({self.identity}); "
                "analyse them with the design they belong to"
            )

    def wide(self, table: pd.DataFrame, outcome: str) -> np.ndarray:
        """Give an outcome of a results table as (points, replicates); NaN where a run is missing or failed.

        The table has columns point, replicate and the outcome, and `design` with the identity where it has one.
        """
        if outcome not in table.columns:
            raise DesignError(f"no outcome is called '{outcome}'.{closest(outcome, map(str, table.columns))}")
        if "design" in table.columns:
            for identity in table["design"].unique():
                self.check(str(identity))
        if table.duplicated(["point", "replicate"]).any():
            raise DesignError("the results have two rows for one point and replicate")
        if len(table) and not table["point"].between(0, len(self.unit) - 1).all():
            raise DesignError(f"the results have points outside the design, which has {len(self.unit)}")
        replicates = int(table["replicate"].max()) + 1 if len(table) else 1
        wide = np.full((len(self.unit), replicates), np.nan)
        wide[table["point"].to_numpy(int), table["replicate"].to_numpy(int)] = table[outcome].to_numpy(float)
        return np.where(np.isfinite(wide), wide, np.nan)

    def blocks(self, wide: np.ndarray, luck: str = "own") -> Blocks:
        """Give results (points, replicates) as the blocks that the Sobol indices are computed from."""
        if self.method != "sobol":
            raise DesignError(f"Sobol indices need a sobol design; this one is {self.method}")
        if len(wide) != len(self.unit):
            raise DesignError(f"{len(wide)} results do not fit the {len(self.unit)} points of the design")
        k = len(self.units)
        folded = wide.reshape(self.n, self.points_a_block, -1)
        mixed = folded[:, 1 : k + 1].transpose(1, 0, 2)
        swapped = folded[:, k + 1 : 2 * k + 1].transpose(1, 0, 2) if self.second_order else None
        return Blocks(self.units, folded[:, 0], folded[:, -1], mixed, swapped, luck)


def sobol(
    factors: Sequence[Factor], n: int, *, seed: int = 1, second_order: bool = False, groups: Sequence[str] = ()
) -> Design:
    """Give n blocks of a scrambled Sobol design; n has to be a power of two."""
    if n < 8 or n & (n - 1):
        near = [power for exponent in range(3, 20) if (power := 2**exponent)]
        below = max((power for power in near if power < n), default=8)
        raise DesignError(f"sobol: {n} is not a power of two from 8 on; take {below} or {2 * below}")
    from SALib.sample import sobol as salib

    draft = _draft("sobol", factors, n, seed, second_order, groups)
    with isolated(seed) as safe:
        unit = salib.sample(draft.problem(), n, calc_second_order=second_order, seed=safe)
    return _with(draft, unit)


def morris(factors: Sequence[Factor], n: int, *, seed: int = 1, groups: Sequence[str] = ()) -> Design:
    """Give n Morris trajectories on a grid of four levels."""
    if n < 2:
        raise DesignError(f"morris: {n} trajectories are too few; at least 2")
    from SALib.sample.morris import morris as salib

    draft = _draft("morris", factors, n, seed, False, groups)
    with isolated(seed) as safe:
        unit = salib.sample(draft.problem(), n, num_levels=LEVELS, seed=safe)
    return _with(draft, unit)


def efast(factors: Sequence[Factor], n: int, *, seed: int = 1) -> Design:
    """Give an eFAST design of n points a factor; SALib needs more than 64."""
    if n <= 64:
        raise DesignError(f"efast: {n} points a factor are too few; more than 64")
    from SALib.sample import fast_sampler as salib

    draft = _draft("efast", factors, n, seed, False, ())
    with isolated(seed) as safe:
        unit = salib.sample(draft.problem(), n, M=4, seed=safe)
    return _with(draft, np.clip(unit, 0.0, 1.0))


def latin(factors: Sequence[Factor], n: int, *, seed: int = 1) -> Design:
    """Give a Latin hypercube of n points: the design for given-data methods, emulators and scenario discovery."""
    if n < 2:
        raise DesignError(f"latin: {n} points are too few; at least 2")
    from SALib.sample import latin as salib

    draft = _draft("latin", factors, n, seed, False, ())
    with isolated(seed) as safe:
        unit = salib.sample(draft.problem(), n, seed=safe)
    return _with(draft, unit)


def ofat(factors: Sequence[Factor], n: int, middle: Sequence[float]) -> Design:
    """Give one factor at a time at n points from lowest to highest, the others at `middle` (unit cube).

    The first point is the middle itself.
    """
    if n < 2:
        raise DesignError(f"ofat: {n} points a curve are too few; at least 2")
    centre = np.asarray(middle, float)
    draft = _draft("ofat", factors, n, 0, False, ())
    rows = [centre]
    for position in range(len(factors)):
        for step in np.linspace(0, 1, n):
            row = centre.copy()
            row[position] = step
            rows.append(row)
    return _with(draft, np.array(rows))


@contextmanager
def isolated(seed: int) -> Iterator[int]:
    """Give a seed SALib heeds (it ignores 0), and put numpy's global generator back afterwards."""
    state = np.random.get_state()  # noqa: NPY002
    try:
        yield int(np.random.SeedSequence(seed).generate_state(1)[0] % (2**31 - 2)) + 1
    finally:
        np.random.set_state(state)  # noqa: NPY002


def _draft(
    method: str, factors: Sequence[Factor], n: int, seed: int, second_order: bool, groups: Sequence[str]
) -> Design:
    if not factors:
        raise DesignError(f"{method}: there is nothing to vary")
    names = [factor.name for factor in factors]
    if len(set(names)) < len(names):
        raise DesignError(f"{method}: a factor stands twice")
    if groups and len(groups) != len(names):
        raise DesignError(f"{method}: {len(groups)} groups do not fit {len(names)} factors")
    return Design(method, tuple(factors), np.zeros((0, len(names))), n, seed, second_order, tuple(groups))


def _with(draft: Design, unit: np.ndarray) -> Design:
    return Design(draft.method, draft.factors, unit, draft.n, draft.seed, draft.second_order, draft.groups)
