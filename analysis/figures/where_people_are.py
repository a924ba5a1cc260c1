"""Where everyone in the chain is, week by week."""

import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import theme

#: Fill, hatching and colour of the hatching for each area; neighbours differ in lightness.
STYLES = {
    "in procedure": ("#12405f", None, "white"),
    "refused": ("#d9e4ec", "//////", "#12405f"),
    "permit, waits for a home": ("#5f9cc4", None, "white"),
    "transition or start home": ("#f7ead2", ".....", "#8a5a1f"),
    "shared home": ("#b06a1c", None, "white"),
    "social rented home": ("#f2c98a", None, "white"),
    "private home": ("#7a4a14", None, "white"),
    "regular": ("#12405f", None, "white"),
    "emergency": ("#a9c9de", "//////", "#12405f"),
    "hotel, host family": ("#f7ead2", ".....", "#8a5a1f"),
}


@theme.styled
def draw(states: pd.DataFrame, places: pd.DataFrame, *, caption: str = "") -> Figure:
    """Draw two stacked areas: where everyone stands and lives, and people in reception by kind of place.

    states, places: index date, one column a state (`frames.states`), in persons, stacked in the order of
    the columns.
    """
    figure, axes = theme.canvas(1, 2, theme.PAGE, 92)
    first, last = states.index.min().date(), (states.index.max() + pd.Timedelta(days=7)).date()
    reception = list(states.columns[:3])
    for axis, frame, title in (
        (axes[0, 0], states, "Everyone in the chain"),
        (axes[0, 1], places, "In reception, by kind of place"),
    ):
        _stack(axis, frame)
        axis.set_title(title)
        theme.years(axis, first, last, short=True)
        theme.thousands(axis, "persons")
        axis.set_ylim(0, 1.08 * float(frame.sum(axis=1).max()))
        theme.not_compared(axis, first, last, say=False)
        _label(axis, frame)
    top = states[reception].sum(axis=1)
    axes[0, 0].plot(top.index, top, color=theme.INK, linewidth=1.0, zorder=4)
    text = (
        "Below the black line: in reception. Above: who received a home since 2021 or was still in civic "
        "integration on 1 January 2021. Grey: the first simulated year settles; after 2025 the inputs are "
        "projections."
    )
    return theme.finish(figure, "Where people are", f"{caption}\n{text}" if caption else text)


def _stack(axis: Axes, frame: pd.DataFrame) -> None:
    lower = np.zeros(len(frame))
    for name in frame.columns:
        fill, hatch, ink = STYLES[name]
        upper = lower + frame[name].to_numpy(float)
        with plt.rc_context({"hatch.linewidth": 0.5}):
            area = axis.fill_between(frame.index, lower, upper, facecolor=fill, edgecolor=ink, linewidth=0.0, zorder=2)
            if hatch:
                area.set_hatch(hatch)
        axis.plot(frame.index, upper, color="white", linewidth=0.7, zorder=3)
        lower = upper


def _label(axis: Axes, frame: pd.DataFrame) -> None:
    """Name each area to the right of its end, with a thin line where the name had to move aside."""
    ends = frame.iloc[-1].to_numpy(float)
    middles = np.cumsum(ends) - ends / 2
    top = axis.get_ylim()[1]
    placed = theme.spread(middles.tolist(), 0.058 * top)
    shift = min(0.0, top - placed[-1])  # not above the panel
    right = mdates.date2num(frame.index[-1]) + 7
    width = right - mdates.date2num(frame.index[0])
    for name, middle, height in zip(frame.columns, middles, placed, strict=True):
        height += shift
        axis.annotate(
            name,
            (right, middle),
            xytext=(right + 0.09 * width, height),
            annotation_clip=False,
            fontsize=6.2,
            va="center",
            ha="left",
            color=theme.INK,
            arrowprops={
                "arrowstyle": "-",
                "linewidth": 0.5,
                "color": theme.FAINT,
                "relpos": (0, 0.5),  # from the middle of the left side, so that no line runs through a name
                "shrinkA": 1,
                "shrinkB": 0,
            },
        )
