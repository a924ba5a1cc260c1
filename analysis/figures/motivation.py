"""What waiting does to motivation."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import theme

WEEKS_IN_YEAR = 52.18


@theme.styled
def draw(waiting: pd.DataFrame, cohorts: pd.DataFrame, *, until: str = "", caption: str = "") -> Figure:
    """Draw two panels: people who still wait for a decision, and all applicants of a year as time passes.

    waiting: weeks, median, lower, upper, persons (`frames.motivation_of_waiting`); cohorts: cohort, weeks,
    value, low, high (`frames.motivation_by_cohort`). `until` names the day on which the first panel was
    taken.
    """
    figure, axes = theme.canvas(1, 2, theme.PAGE, 80)
    _waiting(axes[0, 0], waiting)
    _cohorts(axes[0, 1], cohorts)
    axes[0, 0].set_title(f"Without a decision{f' on {until}' if until else ''}")
    axes[0, 1].set_title("All applicants of a year, also after the decision")
    for axis in axes.flat:
        axis.set_ylim(0, 1)
        axis.set_ylabel("motivation (0 none, 1 full)")
        axis.set_xlabel("weeks since the application")
    text = (
        "Adults. Left: simulated persons without a decision, in bins of 13 weeks with at least 30 of them. "
        "Right: mean of 18- to 64-year-olds still in the country, by year of application; it turns when "
        "permits, homes and courses come. Decline while idle: 0.34 to 0.50 percent a week (after "
        "Hainmueller, Hangartner and Lawrence 2016). No Dutch panel of motivation by waiting time was found."
    )
    return theme.finish(figure, "Motivation by weeks waited", f"{caption}\n{text}" if caption else text)


def _waiting(axis: Axes, frame: pd.DataFrame) -> None:
    if frame.empty:
        axis.set_xlim(0, 104)
        axis.text(0.5, 0.5, "too few people wait\nat the end of the run", transform=axis.transAxes, ha="center")
        return
    axis.fill_between(
        frame["weeks"],
        frame["lower"],
        frame["upper"],
        facecolor="#b9d3e4",
        edgecolor=theme.SIMULATED,
        linewidth=0.4,
    )
    axis.plot(frame["weeks"], frame["median"], color=theme.SIMULATED, marker="o", markersize=2.8)
    longest = max(26.0, float(frame["weeks"].max()))
    axis.set_xlim(0, 1.16 * longest)
    end, at = frame.iloc[-1], frame.iloc[len(frame) // 2]
    style: dict[str, Any] = {"fontsize": 6.5, "color": theme.SIMULATED, "textcoords": "offset points"}
    axis.annotate("median", (end["weeks"], end["median"]), (4, 0), va="center", **style)
    axis.annotate("middle half of the persons", (at["weeks"], at["lower"]), (0, -5), ha="center", va="top", **style)


def _cohorts(axis: Axes, frame: pd.DataFrame) -> None:
    years = sorted(frame["cohort"].unique())[: len(theme.DASHES)]
    longest = max(13.0, float(frame["weeks"].max())) if len(frame) else 260.0
    for index, cohort in enumerate(years):
        line = frame[frame["cohort"] == cohort].sort_values("weeks")
        colour = theme.ORDERED[index]
        axis.plot(line["weeks"], line["value"], color=colour, linestyle=theme.DASHES[index], linewidth=1.1)
        if line["low"].notna().any():
            axis.fill_between(line["weeks"], line["low"], line["high"], color=colour, alpha=0.15, linewidth=0)
    axis.set_xlim(0, longest)
    for rank, cohort in enumerate(years):
        height = 0.06 + 0.062 * (len(years) - 1 - rank)
        axis.plot(
            [0.66 * longest, 0.77 * longest],
            [height, height],
            color=theme.ORDERED[rank],
            linestyle=theme.DASHES[rank],
            linewidth=1.2,
        )
        axis.text(0.79 * longest, height, f"applied {cohort}", fontsize=5.8, va="center", color=theme.INK)
