"""The simulated chain beside what was observed, 2021 to the end of the run."""

from datetime import date
from typing import Any

import matplotlib.dates as mdates
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import theme

PANELS = {
    "in_reception": ("People in reception", "persons"),
    "status_holders_in_reception": ("Status holders in reception", "persons"),
    "open_cases": ("Open asylum cases", "cases"),
    "housed": ("Status holders housed by half-year", "persons"),
}

SOURCES = (
    "Observed: COA (reception, status holders); IND (open cases, without family reunification); ministers' "
    "answers to parliament (housed; for 2025 only that the task of 28,000 was met). Filled: as reported; "
    "open: rounded, derived or through a third party; cross: general procedure only. Grey: the first "
    "simulated year settles; after 2025 the inputs are projections."
)

HALF_YEAR = 182  # days

_MARKERS: dict[str, dict[str, Any]] = {
    "reported": {"marker": "o", "facecolor": theme.OBSERVED, "edgecolor": "white", "linewidth": 0.5},
    "rounded": {"marker": "o", "facecolor": "white", "edgecolor": theme.OBSERVED, "linewidth": 0.9},
    "other definition": {"marker": "x", "facecolor": theme.OBSERVED, "linewidth": 1.0},
}


@theme.styled
def draw(simulated: pd.DataFrame, observed: pd.DataFrame, *, caption: str = "") -> Figure:
    """Draw four panels: three stocks by week as lines, persons housed by half-year as steps.

    simulated: panel, date, value, low, high (`frames.hindcast`); observed: panel, date, value, kind
    (`frames.observations`). `caption` says what run it is and stands before the sources.
    """
    figure, axes = theme.canvas(2, 2, theme.PAGE, 128)
    weeks = simulated[simulated["panel"] == "in_reception"]["date"]
    first, last = weeks.min().date(), (weeks.max() + pd.Timedelta(days=7)).date()
    for axis, (panel, (title, unit)) in zip(axes.flat, PANELS.items(), strict=True):
        own, points = simulated[simulated["panel"] == panel], observed[observed["panel"] == panel]
        points = points[points["date"] <= pd.Timestamp(last)]
        _panel(axis, own, points, steps=panel == "housed")
        axis.set_title(title)
        highest = max(own[["value", "high"]].max().max(), points["value"].max() if len(points) else 0.0)
        theme.years(axis, first, last)
        theme.thousands(axis, unit if panel != "housed" else "persons per half-year")
        axis.set_ylim(0, 1.18 * highest if highest > 0 else 1)
        theme.not_compared(axis, first, last)
    for axis in axes[0]:
        axis.set_xlabel("")
    _name_lines(axes[0, 0], simulated[simulated["panel"] == "in_reception"], observed, last)
    text = f"{caption}\n{SOURCES}" if caption else SOURCES
    return theme.finish(figure, "The chain as simulated and as observed", text)


def _panel(axis: Axes, own: pd.DataFrame, points: pd.DataFrame, *, steps: bool) -> None:
    if steps:
        last, settled = pd.Timestamp(theme.LAST_OBSERVED), pd.Timestamp(theme.SETTLED)
        compared = own["date"].between(settled, last)
        for chosen, fill in ((own[compared], "#b9d3e4"), (own[~compared], "#f4f8fb")):
            axis.bar(
                chosen["date"],
                chosen["value"],
                width=0.86 * HALF_YEAR,
                facecolor=fill,
                edgecolor=theme.SIMULATED,
                linewidth=0.7,
                zorder=2,
            )
        if own["low"].notna().any():
            spread = [(own["value"] - own["low"]).clip(lower=0), (own["high"] - own["value"]).clip(lower=0)]
            axis.errorbar(own["date"], own["value"], spread, fmt="none", ecolor=theme.INK, elinewidth=0.7, zorder=3)
    else:
        axis.plot(own["date"], own["value"], color=theme.SIMULATED, zorder=3)
        if own["low"].notna().any():
            axis.fill_between(
                own["date"], own["low"], own["high"], color=theme.SIMULATED, alpha=0.25, linewidth=0, zorder=2
            )
    for kind, style in _MARKERS.items():
        chosen = points[points["kind"] == kind]
        axis.scatter(chosen["date"], chosen["value"], s=15 if kind != "other definition" else 18, zorder=5, **style)


def _name_lines(axis: Axes, own: pd.DataFrame, observed: pd.DataFrame, last: date) -> None:
    """Write "simulated" and "observed" once, beside the line and beside a point."""
    points = observed[(observed["panel"] == "in_reception") & (observed["date"] <= pd.Timestamp(last))]
    top = axis.get_ylim()[1]
    at = own.iloc[int(0.62 * (len(own) - 1))]
    style: dict[str, Any] = {"fontsize": 6.5, "fontweight": "bold"}
    if len(points):
        point = points.iloc[-1]
        line = float(own.iloc[(own["date"] - point["date"]).abs().argmin()]["value"])
        side = 0 if abs(line - point["value"]) > 0.08 * top else (10 if point["value"] >= line else -10)
        axis.annotate(
            "observed",
            (mdates.date2num(point["date"]), point["value"]),
            xytext=(5, side),
            textcoords="offset points",
            va="center",
            color=theme.OBSERVED,
            **style,
        )
    below = at["value"] > 0.25 * top
    axis.annotate(
        "simulated",
        (mdates.date2num(at["date"]), at["value"]),
        xytext=(0, -9 if below else 9),
        textcoords="offset points",
        ha="left",
        va="top" if below else "bottom",
        color=theme.SIMULATED,
        **style,
    )
