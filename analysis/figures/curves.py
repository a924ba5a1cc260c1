"""One input at a time: how an outcome changes from the lowest to the highest value of each input."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from analysis import theme
from analysis.figures.inputs import in_words, label

COLUMNS, MOST = 4, 16


@theme.styled
def draw(table: pd.DataFrame, *, outcome: str, unit: str, caption: str = "") -> Figure:
    """Draw a small panel for each of the 16 inputs with the largest change.

    table: input, position (0 lowest to 1 highest value), change (from the present), low, high
    (`experiments.sensitivity.curves.curves`).
    """
    reach = table.groupby("input")["change"].agg(np.ptp).sort_values(ascending=False)
    shown = list(reach.index[:MOST])
    rows = -(-len(shown) // COLUMNS)
    figure, axes = theme.canvas(rows, COLUMNS, theme.PAGE, 26 + 32 * rows)
    divisor, words = in_words(float(table[["low", "high"]].abs().max().max()), unit)
    table = table.assign(**{name: table[name] / divisor for name in ("change", "low", "high")})
    lowest, highest = float(table["low"].min()), float(table["high"].max())
    margin = 0.06 * (highest - lowest) or 1.0
    for axis, name in zip(axes.flat, shown, strict=False):
        own = table[table["input"] == name].sort_values("position")
        axis.axhline(0, color=theme.FAINT, linewidth=0.6, zorder=1)
        axis.fill_between(own["position"], own["low"], own["high"], color=theme.SIMULATED, alpha=0.18, linewidth=0)
        axis.plot(own["position"], own["change"], "o-", color=theme.SIMULATED, markersize=2.4, linewidth=1.1)
        axis.set_title(label(str(name)).removesuffix(" (does nothing)"), fontsize=5.8)
        axis.set_ylim(lowest - margin, highest + margin)
        axis.set_xticks([0, 1], ["lowest", "highest"])
    for axis in axes[:, 1:].flat:
        axis.tick_params(labelleft=False)
    for axis in list(axes.flat)[len(shown) :]:
        axis.set_visible(False)
    for axis in axes[:, 0]:
        axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
        axis.set_ylabel(f"change\n({words})", fontsize=6)
    text = (
        "Each input from its lowest to its highest value, the others as they are; difference from the present under "
        "the same luck, mean of the replicates and their lowest and highest. No interactions are seen in this way."
    )
    return theme.finish(figure, f"One at a time: {outcome}", f"{caption}\n{text}" if caption else text)
