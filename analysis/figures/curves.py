"""One input at a time: how an outcome changes from the lowest to the highest value of each input."""

import textwrap
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from analysis import theme
from analysis.figures.inputs import UNKNOWN, Varied, in_words, label

COLUMNS, MOST = 4, 16


@theme.styled
def draw(
    table: pd.DataFrame,
    *,
    outcome: str,
    unit: str,
    ranges: Mapping[str, Varied] | None = None,
    caption: str = "",
) -> Figure:
    """Draw a small panel for each of the 16 inputs with the largest change.

    table: input, position (0 lowest to 1 highest value), change (from the present), low, high
    (`experiments.sensitivity.curves.curves`). ranges: what the ends of the axes are (`inputs.varied`).
    """
    reach = table.groupby("input")["change"].agg(np.ptp).sort_values(ascending=False)
    shown = list(reach.index[:MOST])
    rows = -(-len(shown) // COLUMNS)
    columns = max(min(COLUMNS, len(shown)), 2)
    figure, axes = theme.canvas(rows, columns, theme.PAGE, 26 + 36 * rows)
    divisor, in_unit = in_words(float(table[["low", "high"]].abs().max().max()), unit)
    table = table.assign(**{name: table[name] / divisor for name in ("change", "low", "high")})
    lowest, highest = float(table["low"].min()), float(table["high"].max())
    margin = 0.06 * (highest - lowest) or 1.0
    for axis, name in zip(axes.flat, shown, strict=False):
        own = table[table["input"] == name].sort_values("position")
        axis.axhline(0, color=theme.FAINT, linewidth=0.6, zorder=1)
        axis.fill_between(own["position"], own["low"], own["high"], color=theme.SIMULATED, alpha=0.18, linewidth=0)
        axis.plot(own["position"], own["change"], "o-", color=theme.SIMULATED, markersize=2.4, linewidth=1.1)
        words = label(str(name)).removesuffix(" (times)")
        axis.set_title(words.removesuffix(" (does nothing)"), fontsize=5.8)
        axis.set_ylim(lowest - margin, highest + margin)
        ends = (ranges or {}).get(str(name), UNKNOWN)
        axis.set_xticks([0, 1], [ends.low or "lowest", ends.high or "highest"])
        for tick, side in zip(axis.get_xticklabels(), ("left", "right"), strict=True):
            tick.set_horizontalalignment(side)
        axis.set_xlabel("\n".join(textwrap.wrap(ends.unit, 34)), fontsize=5.8, labelpad=1)
    for axis in axes[:, 1:].flat:
        axis.tick_params(labelleft=False)
    for axis in list(axes.flat)[len(shown) :]:
        axis.set_visible(False)
    for axis in axes[:, 0]:
        axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
        axis.set_ylabel(f"change\n({in_unit})", fontsize=6)
    text = (
        "Each input from its lowest to its highest value, the others as they are; difference from the present under "
        "the same luck, mean of the replicates and their lowest and highest. No interactions are seen in this way."
    )
    return theme.finish(figure, f"One at a time: {outcome}", f"{caption}\n{text}" if caption else text)
