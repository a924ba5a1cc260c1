"""Policies against outcomes on one page: a table whose cells are coloured by the size of the effect."""

import math
from typing import Any

import matplotlib as mpl
import matplotlib.colors as mcolors
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from analysis import theme
from analysis.figures.inputs import broken
from analysis.figures.policy_effects import EVERYONE

#: Letters of an interval that fit beside each other in a cell.
WIDEST = 14
#: From a clear fall over nothing to a clear rise; both ends equally dark, so that the sign is also written.
SHADES = mcolors.LinearSegmentedColormap.from_list("effects", ["#a6470a", "#f6c89d", "#ffffff", "#a7cbe2", "#0b4f7d"])


@theme.styled
def draw(effects: pd.DataFrame, *, caption: str = "") -> Figure:
    """Draw a cell for each policy (row) and outcome (column): the effect and its interval.

    effects: outcome, policy, group, effect, low, high, unit, baseline; only "everyone" is drawn. The colour is the
    effect as a share of the largest effect on that outcome, so columns can be compared in pattern but not in size; a
    cell whose interval holds zero (or is not known) is hatched.
    """
    own = effects[effects["group"] == EVERYONE]
    outcomes, policies = list(own["outcome"].unique()), list(own["policy"].unique())
    figure, axes = theme.canvas(1, 1, theme.PAGE, 40 + 8.6 * len(policies))
    axis = axes[0, 0]
    axis.grid(False)
    for column, outcome in enumerate(outcomes):
        cells = own[own["outcome"] == outcome].set_index("policy").reindex(policies)
        reach = float(cells["effect"].abs().max())
        for row, policy in enumerate(policies):
            _cell(axis, column, row, cells.loc[policy], reach)
    heads = [f"{outcome}\n({own[own['outcome'] == outcome]['unit'].iloc[0]})" for outcome in outcomes]
    axis.set_xlim(0, len(outcomes))
    axis.set_ylim(len(policies), 0)
    axis.set_xticks(np.arange(len(outcomes)) + 0.5, [_broken(head) for head in heads])
    axis.set_yticks(np.arange(len(policies)) + 0.5, [broken(policy, 22) for policy in policies])
    axis.tick_params(length=0, labeltop=True, labelbottom=False, labelsize=5.8)
    for spine in axis.spines.values():
        spine.set_visible(False)
    text = (
        "Policy minus baseline, pairs of runs with the same luck; below it the 95 percent interval of the mean over "
        "pairs (of an experiment with several futures: over futures). "
        "Colour: share of the largest effect in the column (blue more, brown less). Hatched: the interval holds "
        "zero, or there is one pair only."
    )
    return theme.finish(figure, "Policies and outcomes", f"{caption}\n{text}" if caption else text)


def _cell(axis: mpl.axes.Axes, column: int, row: int, cell: pd.Series, reach: float) -> None:
    known = not math.isnan(cell["effect"])
    sure = bool(cell["low"] > 0 or cell["high"] < 0)
    share = cell["effect"] / reach if known and reach > 0 else 0.0
    shade = SHADES(0.5 + 0.5 * share * (1.0 if sure else 0.45))
    box = Rectangle((column + 0.02, row + 0.04), 0.96, 0.92, facecolor=shade, edgecolor="#c9cfd5", linewidth=0.4)
    if known and not sure:
        box.set_hatch("/////")
        box.set_edgecolor("#d9dde2")
    axis.add_patch(box)
    ink = theme.ink_on(shade)
    ground = None if sure or not known else {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.8}
    middle: dict[str, Any] = {"ha": "center", "va": "center", "color": ink, "bbox": ground}
    short = not cell["unit"].startswith("million") if known else True  # not thousands of millions
    text = theme.on_scale(cell["effect"], reach, short=short) if known else "unknown"
    low, high = (theme.on_scale(cell[end], reach, 2, short=short) for end in ("low", "high"))
    if low == high:  # narrow: as many figures as the effect has
        low, high = (theme.on_scale(cell[end], reach, short=short) for end in ("low", "high"))
    split = "\n" if len(f"{low} to {high}") > WIDEST else " "
    axis.text(column + 0.5, row + (0.27 if split == "\n" else 0.36), text, fontsize=6.8, fontweight="bold", **middle)
    if not math.isnan(cell["low"] + cell["high"]):
        below = 0.67 if split == "\n" else 0.72
        axis.text(column + 0.5, row + below, f"{low}{split}to {high}", fontsize=5.5, linespacing=0.95, **middle)


def _broken(head: str) -> str:
    import textwrap

    return "\n".join(line for part in head.splitlines() for line in textwrap.wrap(part, 14))
