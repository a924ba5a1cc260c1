"""How the points of a design belong together, for the analysis of its results.

    layout = of_design(design)                 # or of_experiment(experiment), from what is stored
    wide = layout.wide(experiment.results(), "waiting")     # (points, replicates), NaN where a run failed

Results belong to one design. `wide` compares the values of the factors in every row of results with those of the
design and refuses others; so does `check`, by the identity (a hash of the points) that results may carry along.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from abm.parameters import closest
from experiments.design import BLOCKS, Design, DesignError
from experiments.sensitivity.sobol import Blocks

#: What the word of an experiment for its luck means for the blocks of a design.
LUCK = {"shared": "common", "independent": "own", "block": "block"}


@dataclass(frozen=True)
class Layout:
    """The points of a design in the unit cube, shape (points, factors), and how they were made.

    `owners` names what each factor's index is given for: its group, or itself. `points` holds the values of the
    factors, `block` the block, trajectory or curve of each point.
    """

    kind: str
    names: tuple[str, ...]
    unit: np.ndarray
    points: pd.DataFrame
    owners: tuple[str, ...]
    block: np.ndarray
    levels: int = 4
    second_order: bool = False

    @cached_property
    def identity(self) -> str:
        """A hash of everything the analysis relies on."""
        about = [self.kind, self.names, self.owners, self.levels, self.second_order, len(self.points)]
        digest = hashlib.sha256(json.dumps(about).encode())
        digest.update(np.ascontiguousarray(self.unit, dtype="<f8").tobytes())
        return digest.hexdigest()[:16]

    @property
    def units(self) -> tuple[str, ...]:
        """The names of what indices are given for: groups where there are any, else factors."""
        return tuple(dict.fromkeys(self.owners))

    @property
    def n(self) -> int:
        """The number of blocks, trajectories or curves (points, where each is on its own)."""
        return len(np.unique(self.block))

    @property
    def grouped(self) -> bool:
        """Whether factors are taken together."""
        return self.owners != self.names

    def problem(self) -> dict[str, Any]:
        """Give SALib's problem on the unit cube."""
        made: dict[str, Any] = {
            "num_vars": len(self.names),
            "names": list(self.names),
            "bounds": [[0.0, 1.0]] * len(self.names),
        }
        return made | ({"groups": list(self.owners)} if self.grouped else {})

    def check(self, identity: str) -> None:
        """Raise `DesignError` unless results carry the identity of this design."""
        if identity != self.identity:
            raise DesignError(
                f"the results were made with design {identity}, not with this one ({self.identity}); "
                "analyse them with the design they belong to"
            )

    def wide(self, table: pd.DataFrame, outcome: str) -> np.ndarray:
        """Give an outcome of a results table as (points, replicates); NaN where a run is missing or failed.

        The table has columns point, replicate and the outcome. Columns of factors have to hold the values of this
        design, a column `design` its identity.
        """
        if outcome not in table.columns:
            raise DesignError(f"no outcome is called '{outcome}'.{closest(outcome, map(str, table.columns))}")
        if "design" in table.columns:
            for identity in table["design"].unique():
                self.check(str(identity))
        if table.duplicated(["point", "replicate"]).any():
            raise DesignError("the results have two rows for one point and replicate")
        at = table["point"].to_numpy(int)
        if len(at) and not (at.min() >= 0 and at.max() < len(self.unit)):
            raise DesignError(f"the results have points outside the design, which has {len(self.unit)}")
        for name in self.names:
            if name in table.columns and name in self.points.columns:
                expected = self.points[name].to_numpy()[at]
                if not (table[name].to_numpy() == expected).all():
                    raise DesignError(f"the results were made with other values of '{name}' than this design has")
        replicates = int(table["replicate"].max()) + 1 if len(table) else 1
        wide = np.full((len(self.unit), replicates), np.nan)
        wide[at, table["replicate"].to_numpy(int)] = table[outcome].to_numpy(float)
        return np.where(np.isfinite(wide), wide, np.nan)

    def blocks(self, wide: np.ndarray, luck: str = "own") -> Blocks:
        """Give results (points, replicates) as the blocks that the Sobol indices are computed from.

        `luck` as `Blocks` has it, or in the words of an experiment (independent, block, shared).
        """
        if self.kind != "sobol":
            raise DesignError(f"Sobol indices need a sobol design; this one is {self.kind}")
        folded = self.folded(wide)
        k = len(self.units)
        mixed = folded[:, 1 : k + 1].transpose(1, 0, 2)
        swapped = folded[:, k + 1 : 2 * k + 1].transpose(1, 0, 2) if self.second_order else None
        return Blocks(self.units, folded[:, 0], folded[:, -1], mixed, swapped, LUCK.get(luck, luck))

    def folded(self, wide: np.ndarray) -> np.ndarray:
        """Give results as (blocks, points of a block, replicates)."""
        if len(wide) != len(self.unit):
            raise DesignError(f"{len(wide)} results do not fit the {len(self.unit)} points of the design")
        return wide.reshape(self.n, len(self.unit) // self.n, -1)


def of_design(design: Design) -> Layout:
    """Give the layout of a design."""
    return _layout(design.kind, design.names, design.points, design.unit, design.options)


def of_experiment(experiment: Any) -> Layout:
    """Give the layout of a stored experiment (`experiments.folder.Experiment`).

    An experiment that runs several sets of policies has several designs in one; its rows for one set have to be
    chosen first, so it is refused here.
    """
    stated = experiment.manifest["design"]
    if len(experiment.manifest["policies"]) > 1:
        raise DesignError("the experiment has several sets of policies; sensitivity is of one at a time")
    unit = experiment.points[[f"unit.{name}" for name in experiment.factors if f"unit.{name}" in experiment.points]]
    unit = unit.rename(columns=lambda name: name.removeprefix("unit."))
    return _layout(stated["kind"], experiment.factors, experiment.points, unit, stated["options"])


def _layout(
    kind: str, names: Sequence[str], points: pd.DataFrame, unit: pd.DataFrame, options: Mapping[str, Any]
) -> Layout:
    cube = unit.to_numpy(float) if len(unit.columns) else np.zeros((len(points), 0))
    column = BLOCKS.get(kind)
    block = np.arange(len(points)) if column is None else points[column].to_numpy()
    return Layout(
        kind,
        tuple(names),
        cube,
        points,
        tuple(options.get("groups") or names),
        block,
        int(options.get("levels", 4)),
        bool(options.get("second_order", False)),
    )
