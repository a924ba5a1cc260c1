"""Sobol indices with their limits, the inert input among them, and luck as a bar of its own."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import theme
from analysis.figures.inputs import label
from experiments.factors import INERT

MOST = 20
#: Rows for which there is room at least, so that the bar beside them can be read.
FEWEST = 7
#: Limits are drawn no farther than this; an index lies between 0 and 1.
WIDEST = (-0.6, 1.6)
APART = 0.17  # of a row, between the two markers


@theme.styled
def draw(table: pd.DataFrame, noise: tuple[float, float, float], *, outcome: str, caption: str = "") -> Figure:
    """Draw the indices of one outcome.

    table: input, order (total, first), value, low, high (`experiments.sensitivity.sobol.SobolIndices.table`).
    noise: share of the variance of a single run that is luck, with limits. Of more than 20 inputs the largest are
    shown, and the inert one.
    """
    total = table[table["order"] == "total"].set_index("input").sort_values("value", ascending=False)
    first = table[table["order"] == "first"].set_index("input")
    shown = list(total.index[:MOST])
    shown += [name for name in total.index[MOST:] if str(name).startswith(INERT)]
    height = 34 + 4.2 * max(len(shown), FEWEST)
    figure, axes = theme.canvas(1, 2, theme.PAGE, height)
    axis, beside = axes[0]
    grid = axes[0, 0].get_gridspec()
    grid.set_width_ratios([5, 1.2])
    for row, name in enumerate(shown):
        clear = total.loc[name, "low"] > 0
        colour = theme.SIMULATED if clear else theme.FAINT
        for frame, shift, face in ((total, -APART, colour), (first, APART, "white")):
            value, low, high = (float(frame.loc[name, part]) for part in ("value", "low", "high"))
            axis.plot(np.clip([low, high], -9, 9), [row + shift] * 2, color=colour, linewidth=1.0, zorder=2)
            axis.plot(value, row + shift, "o", markersize=3.6, markerfacecolor=face, markeredgecolor=colour, zorder=3)
    axis.axvline(0, color=theme.INK, linewidth=0.7, zorder=1)
    axis.set_yticks(range(len(shown)), [label(str(name)) for name in shown])
    axis.set_ylim(len(shown) - 0.4, -0.6)
    drawn = table[["low", "high"]].to_numpy(float).clip(*WIDEST)
    limits = table[table["input"].isin(shown)][["low", "high"]].to_numpy(float)
    cut = bool((limits < WIDEST[0]).any() or (limits > WIDEST[1]).any())
    axis.set_xlim(min(-0.05, drawn.min() - 0.02), max(0.5, drawn.max() + 0.02))
    axis.set_xlabel("share of the variance of the expected result")
    axis.grid(axis="x")
    axis.grid(False, axis="y")
    axis.set_title("Inputs")
    _luck(beside, noise)
    hidden = len(total) - len(shown)
    text = (
        "Filled: total index (with interactions); open: first-order index; lines: 95 percent limits, from drawing "
        "blocks of the design again. Replicate noise is subtracted in every index. Grey: the limits of the total index "
        "include zero, so it cannot be told from doing nothing."
        + (" Limits beyond the panel are cut off." if cut else "")
        + (f" {hidden} smaller inputs are not shown." if hidden else "")
    )
    return theme.finish(figure, f"What moves {outcome}?", f"{caption}\n{text}" if caption else text)


def _luck(axis: Axes, noise: tuple[float, float, float]) -> None:
    value, low, high = noise
    axis.bar([0], [value], width=0.6, color=theme.TARGET, edgecolor=theme.OBSERVED, hatch="///", linewidth=0.6)
    axis.plot([0, 0], np.clip([low, high], 0, 1), color=theme.INK, linewidth=1.0)
    axis.set_ylim(0, 1)
    axis.set_xlim(-0.8, 0.8)
    axis.set_xticks([0], ["one run"])
    axis.set_ylabel("share of its variance")
    axis.set_title("Luck")
