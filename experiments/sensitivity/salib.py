"""SALib's analyses, each behind the same three checks: the design is theirs, no NaN goes in, the seed is heeded.

    analyse("pawn", layout, wide.mean(axis=1), seed=1)

Every method gives a frame with columns input, measure, value, low, high (NaN where SALib gives no interval). SALib
knows nothing of replicates: its variance-based indices and their intervals take noise for effect, so they serve to
compare with other studies and for models without luck; `sobol.py` and `morris.py` are the ones to report. The
interval of eFAST is left out, because SALib itself calls it unreliable.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd

from abm.parameters import closest
from experiments.design import DesignError
from experiments.sensitivity.layout import Layout

#: Methods that need a design of their own; the others take any design that fills the cube.
OWN_DESIGN = {"sobol": "sobol", "morris": "morris", "efast": "efast"}
#: Size of a design where none is asked for: blocks, trajectories, points a curve, points.
LEAST = {"sobol": 64, "morris": 10, "efast": 129, "lhs": 300}
METHODS = ("sobol", "morris", "efast", "rbd_fast", "delta", "pawn", "hdmr", "rsa")


def analyse(method: str, layout: Layout, outcome: np.ndarray, *, seed: int = 1, identity: str = "") -> pd.DataFrame:
    """Give the indices of one outcome, one number for each point of the design.

    `identity` is that of the design the results were made with; another one is refused. Raises `DesignError`, also
    when a number is missing: leave the whole block out or fill it knowingly before.
    """
    if method not in METHODS:
        raise DesignError(f"there is no method '{method}'.{closest(method, METHODS)}")
    if identity:
        layout.check(identity)
    needed = OWN_DESIGN.get(method)
    if needed and layout.kind != needed:
        raise DesignError(f"{method}: needs a {needed} design; this one is {layout.kind}")
    if not needed and layout.kind in ("morris", "ofat"):
        raise DesignError(f"{method}: needs points that fill the cube (lhs); this design is {layout.kind}")
    if not needed and layout.grouped:
        raise DesignError(f"{method}: takes factors, not groups")
    values = np.asarray(outcome, float)
    if values.shape != (len(layout.unit),):
        raise DesignError(f"{method}: {values.shape} results do not fit the {len(layout.unit)} points of the design")
    if missing := int((~np.isfinite(values)).sum()):
        raise DesignError(f"{method}: {missing} of {len(values)} results are missing; SALib would answer with zeros")
    if np.ptp(values) == 0:
        raise DesignError(f"{method}: the outcome never varies, so there is nothing to explain")
    with isolated(seed) as safe:
        rows = _ANALYSES[method](layout, values, safe)
    frame = pd.DataFrame(rows, columns=["input", "measure", "value", "low", "high"])
    return frame.assign(method=method, design=layout.identity)


@contextmanager
def isolated(seed: int) -> Iterator[int]:
    """Give a seed SALib heeds (it ignores 0), and put numpy's global generator back afterwards."""
    state = np.random.get_state()  # noqa: NPY002
    try:
        yield int(np.random.SeedSequence(seed).generate_state(1)[0] % (2**31 - 2)) + 1
    finally:
        np.random.set_state(state)  # noqa: NPY002


Row = tuple[str, str, float, float, float]


def _around(names: tuple[str, ...], measure: str, values: Any, half: Any = None) -> list[Row]:
    half = np.full(len(names), np.nan) if half is None else np.asarray(half, float)
    return [
        (name, measure, float(value), float(value - reach), float(value + reach))
        for name, value, reach in zip(names, np.asarray(values, float), half, strict=True)
    ]


def _sobol(layout: Layout, values: np.ndarray, seed: int) -> list[Row]:
    from SALib.analyze import sobol

    found = sobol.analyze(layout.problem(), values, calc_second_order=layout.second_order, seed=seed)
    names = layout.units
    rows = _around(names, "first", found["S1"], found["S1_conf"])
    rows += _around(names, "total", found["ST"], found["ST_conf"])
    if layout.second_order:
        pairs = [(i, j) for i in range(len(names)) for j in range(i + 1, len(names))]
        labels = tuple(f"{names[i]} x {names[j]}" for i, j in pairs)
        second, half = ([found[key][i, j] for i, j in pairs] for key in ("S2", "S2_conf"))
        rows += _around(labels, "second", second, half)
    return rows


def _morris(layout: Layout, values: np.ndarray, seed: int) -> list[Row]:
    from SALib.analyze import morris

    found = morris.analyze(layout.problem(), layout.unit, values, num_levels=layout.levels, seed=seed)
    rows = _around(layout.units, "mu_star", found["mu_star"], found["mu_star_conf"])
    if layout.grouped:  # the sign and spread of a group have no meaning; SALib leaves them empty
        return rows
    return rows + _around(layout.units, "mu", found["mu"]) + _around(layout.units, "sigma", found["sigma"])


def _efast(layout: Layout, values: np.ndarray, seed: int) -> list[Row]:
    from SALib.analyze import fast

    found = fast.analyze(layout.problem(), values, M=4, num_resamples=2, seed=seed)
    return _around(layout.names, "first", found["S1"]) + _around(layout.names, "total", found["ST"])


def _rbd_fast(layout: Layout, values: np.ndarray, seed: int) -> list[Row]:
    from SALib.analyze import rbd_fast

    found = rbd_fast.analyze(layout.problem(), layout.unit, values, seed=seed)
    return _around(layout.names, "first", found["S1"], found["S1_conf"])


def _delta(layout: Layout, values: np.ndarray, seed: int) -> list[Row]:
    from SALib.analyze import delta

    found = delta.analyze(layout.problem(), layout.unit, values, seed=seed)
    rows = _around(layout.names, "delta", found["delta_balanced"], found["delta_balanced_conf"])
    return rows + _around(layout.names, "first", found["S1"], found["S1_conf"])


def _pawn(layout: Layout, values: np.ndarray, seed: int) -> list[Row]:
    from SALib.analyze import pawn

    found = pawn.analyze(layout.problem(), layout.unit, values, seed=seed)
    return [row for measure in ("median", "maximum") for row in _around(layout.names, measure, found[measure])]


def _hdmr(layout: Layout, values: np.ndarray, seed: int) -> list[Row]:
    from SALib.analyze import hdmr

    if len(values) < 300:
        raise DesignError(f"hdmr: {len(values)} points are too few; SALib needs at least 300")
    # it changes its arguments
    found = hdmr.analyze(layout.problem(), layout.unit.copy(), values.copy(), seed=seed)
    k = len(layout.names)
    rows = _around(layout.names, "first", found["Sa"][:k], found["Sa_conf"][:k])
    return rows + _around(layout.names, "total", found["ST"][:k], found["ST_conf"][:k])


def _rsa(layout: Layout, values: np.ndarray, seed: int) -> list[Row]:
    """Give the mean Cramer-von Mises distance, over ten bands of the outcome, between an input's values in the band
    and outside it.
    """
    from SALib.analyze import rsa

    found = rsa.analyze(layout.problem(), layout.unit, values, bins=10, target="Y", seed=seed)
    averages = [np.nanmean(np.asarray(found[name], float)) for name in layout.names]
    return _around(layout.names, "regional", averages)


_ANALYSES: dict[str, Callable[[Layout, np.ndarray, int], list[Row]]] = {
    "sobol": _sobol,
    "morris": _morris,
    "efast": _efast,
    "rbd_fast": _rbd_fast,
    "delta": _delta,
    "pawn": _pawn,
    "hdmr": _hdmr,
    "rsa": _rsa,
}
