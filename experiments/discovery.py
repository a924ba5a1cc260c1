"""In which futures does a policy fail? Scenario discovery, with what survives drawing the futures and luck again.

    found = boxes(factors, futures, outcomes, fails=lambda value: value > 18_000)
    found.limits       # input, low, high, restricted, share (of resamples that restrict it)
    found.quality      # coverage, density, mass; and out of sample

PRIM (Friedman & Fisher 1999) peels the space of futures until most of what is left is a failure; CART (Breiman et al.
1984) splits it. Both find boxes in pure noise, so each is repeated on resamples: futures are drawn again and, within
each, its replicates. An input that most resamples restrict is a finding; coverage and density are reported on the
futures that a resample left out. Bryant, B. P. & Lempert, R. J. (2010). Thinking inside the box. Technological
Forecasting and Social Change 77, 34-49.

PRIM is that of the EMA Workbench, an extra (`pip install '.[discovery]'`); CART is scikit-learn's.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from experiments.factors import Factor
from experiments.sensitivity.given_data import MissingExtraError

RESAMPLES = 50
#: A box holds at least this share of the futures.
LEAST_MASS = 0.05
#: A limit counts as a restriction when it cuts off at least this share of the range: PRIM peels slivers off anything.
MATERIAL = 0.1
#: An input restricted in this share of the resamples counts as found.
STABLE = 0.5


class DiscoveryError(ValueError):
    """Nothing can be discovered in these runs; the message is one line."""


@dataclass(frozen=True)
class Boxes:
    """One box (PRIM) or the leaf with most failures (CART).

    `limits`: input, low, high (unit cube; 0 and 1 where free), restricted (a tenth of the range or more is cut off),
    share of the resamples that restrict it, and the middle of their limits. `quality`: measure, inside (the sample),
    left_out (mean over resamples, of the futures left out). `contains` says which futures lie in the box, `failed`
    which fail, `chance` the share of resamples in which a future lies in the box found there.
    """

    method: str
    limits: pd.DataFrame
    quality: pd.DataFrame
    contains: np.ndarray
    failed: np.ndarray
    chance: np.ndarray

    @property
    def stable(self) -> list[str]:
        """The inputs restricted in the box and in at least half the resamples."""
        keep = self.limits["restricted"] & (self.limits["share"] >= STABLE)
        return list(self.limits.loc[keep, "input"])


def boxes(
    names: Sequence[str],
    unit: np.ndarray,
    outcomes: np.ndarray,
    fails: Callable[[np.ndarray], np.ndarray],
    *,
    method: str = "prim",
    resamples: int = RESAMPLES,
    seed: int = 1,
) -> Boxes:
    """Find the box. unit: futures in the unit cube (futures, inputs); outcomes: (futures, replicates).

    A future fails when the mean of its replicates does (`fails` takes an array of means). Futures without a number
    are left out. Raises `DiscoveryError` when fewer than 10 futures fail, or all but 10 do.
    """
    if method not in ("prim", "cart"):
        raise DiscoveryError(f"there is no method '{method}'; choose prim or cart")
    values = np.atleast_2d(np.asarray(outcomes, float).T).T
    known = np.isfinite(values).any(axis=1)
    unit, values = np.asarray(unit, float)[known], values[known]
    failed = np.asarray(fails(np.nanmean(values, axis=1)), bool)
    if min(failed.sum(), (~failed).sum()) < 10:
        raise DiscoveryError(f"{failed.sum()} of {len(failed)} futures fail; at least 10 have to fail and 10 not to")
    find = _prim if method == "prim" else _cart
    box = find(unit, failed)
    rng = np.random.default_rng(seed)
    drawn, left_out, inside = [], [], np.zeros(len(unit))
    for _ in range(resamples):
        rows = rng.integers(0, len(unit), len(unit))
        again = np.asarray(fails(_redrawn(values[rows], rng)), bool)
        if min(again.sum(), (~again).sum()) < 5:
            continue
        other = find(unit[rows], again)
        drawn.append(other)
        inside += _in(unit, other)
        rest = np.setdiff1d(np.arange(len(unit)), rows)
        left_out.append(_quality(_in(unit[rest], other), failed[rest]))
    if not drawn:
        raise DiscoveryError("no resample has enough failures; make more futures")
    each = np.array(drawn)
    restricted = (each[:, 0] >= MATERIAL) | (each[:, 1] <= 1 - MATERIAL)
    own = (box[0] >= MATERIAL) | (box[1] <= 1 - MATERIAL)
    limits = pd.DataFrame(
        {
            "input": list(names),
            "low": box[0],
            "high": box[1],
            "restricted": own,
            "share": restricted.mean(axis=0),
            "middle_low": np.median(each[:, 0], axis=0),
            "middle_high": np.median(each[:, 1], axis=0),
        }
    )
    contains = _in(unit, box)
    measures = _quality(contains, failed)
    quality = pd.DataFrame(
        {
            "measure": list(measures),
            "inside": list(measures.values()),
            "left_out": [float(np.nanmean([one[name] for one in left_out])) for name in measures],
        }
    )
    return Boxes(method, limits, quality, contains, failed, inside / len(drawn))


def futures_of(experiment: Any) -> tuple[list[str], np.ndarray]:
    """Give the names of what the futures of an experiment of policies x futures vary, and them in the unit cube."""
    points = experiment.points.drop_duplicates("future").sort_values("future")
    names = [name for name in experiment.factors if f"unit.{name}" in points]
    if not names:
        raise DiscoveryError(f"{experiment.folder}: its futures were not drawn from ranges, so there are no boxes")
    return names, points[[f"unit.{name}" for name in names]].to_numpy(float)


def values_of(limits: pd.DataFrame, factors: Sequence[Factor]) -> pd.DataFrame:
    """Give the limits in the values of the factors: input, from, to; restricted inputs only."""
    by_name = {one.name: one for one in factors}
    rows = [
        (row["input"], *by_name[row["input"]].at(np.array([row["low"], row["high"]])).tolist(), row["share"])
        for row in limits.to_dict("records")
        if row["restricted"]
    ]
    return pd.DataFrame(rows, columns=["input", "from", "to", "share"])


def _redrawn(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Give the mean of replicates drawn again in each future; failed ones stay failed."""
    columns = rng.integers(0, values.shape[1], values.shape)
    drawn = np.take_along_axis(values, columns, axis=1)
    lost = ~np.isfinite(drawn).any(axis=1)
    drawn[lost] = values[lost]
    return np.asarray(np.nanmean(drawn, axis=1))


def _in(unit: np.ndarray, box: np.ndarray) -> np.ndarray:
    return np.asarray(((unit >= box[0]) & (unit <= box[1])).all(axis=1))


def _quality(contains: np.ndarray, failed: np.ndarray) -> dict[str, float]:
    hits = float((contains & failed).sum())
    return {
        "coverage": hits / failed.sum() if failed.any() else np.nan,
        "density": hits / contains.sum() if contains.any() else np.nan,
        "mass": float(contains.mean()),
    }


def _prim(unit: np.ndarray, failed: np.ndarray) -> np.ndarray:
    """Give the box (2, inputs) of the peeling trajectory with the best harmonic mean of coverage and density."""
    prim = _workbench()
    columns = [f"x{i}" for i in range(unit.shape[1])]
    frame = pd.DataFrame(unit, columns=columns)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of pandas' future in places of its own
        found = prim.Prim(frame, failed, threshold=0.5, mass_min=LEAST_MASS).find_box()
    box = np.array([np.zeros(len(columns)), np.ones(len(columns))])
    if found is None:
        return box
    trail = found.peeling_trajectory
    coverage, density = trail["coverage"].to_numpy(float), trail["density"].to_numpy(float)
    best = int(np.nanargmax(2 * coverage * density / np.maximum(coverage + density, 1e-12)))
    limits = found.box_lims[best]
    for position, name in enumerate(columns):
        low, high = float(limits[name].iloc[0]), float(limits[name].iloc[1])
        # the box begins at the outermost points, not at the ends of the range
        box[0, position] = 0.0 if low <= unit[:, position].min() else low
        box[1, position] = 1.0 if high >= unit[:, position].max() else high
    return box


def _cart(unit: np.ndarray, failed: np.ndarray) -> np.ndarray:
    """Give the leaf (2, inputs) with the best harmonic mean of coverage and density."""
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(min_samples_leaf=max(2, int(LEAST_MASS * len(unit))), max_depth=6, random_state=1)
    tree.fit(unit, failed)
    best, score = np.array([np.zeros(unit.shape[1]), np.ones(unit.shape[1])]), -1.0
    for box in _leaves(tree.tree_, 0, np.array([np.zeros(unit.shape[1]), np.ones(unit.shape[1])])):
        found = _quality(_in(unit, box), failed)
        coverage, density = found["coverage"], found["density"]
        both = 2 * coverage * density / max(coverage + density, 1e-12)
        if np.isfinite(both) and both > score:
            best, score = box, both
    return best


def _leaves(tree: Any, node: int, box: np.ndarray) -> list[np.ndarray]:
    """Give the boxes of a tree, whole branches included: a branch may be the better box."""
    found = [box]
    if tree.children_left[node] < 0:
        return found
    position, threshold = int(tree.feature[node]), float(tree.threshold[node])
    below, above = box.copy(), box.copy()
    below[1, position] = min(below[1, position], threshold)
    above[0, position] = max(above[0, position], threshold)
    found += _leaves(tree, int(tree.children_left[node]), below)
    return found + _leaves(tree, int(tree.children_right[node]), above)


def _workbench() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of further packages that are not installed
            from ema_workbench.analysis import prim
    except ImportError:
        raise MissingExtraError(
            "PRIM needs the EMA Workbench; in the clone: pip install -c constraints.txt '.[discovery]'"
        ) from None
    return prim
