"""Work, language and benefit by time since the permit, beside what the model has to meet."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from analysis import theme

PANELS = {
    "employed": ("Paid work", "percent of adults", (0, 60)),
    "language": ("Dutch language", "mean level (CEFR)", (0, 3.2)),
    "benefit": ("Social assistance", "percent of adults", (0, 100)),
}

LEVELS = {0: "none", 1: "A1", 2: "A2", 3: "B1", 4: "B2"}
WEEKS_IN_YEAR = 52.18
HALF_WIDTH = 0.11  # years, of the box of a target


@theme.styled
def draw(curves: pd.DataFrame, targets: pd.DataFrame, *, caption: str = "") -> Figure:
    """Draw three panels with a line for each permit cohort and a box for each target.

    curves: panel, cohort, weeks, value, low, high (`frames.since_permit`). targets: panel, weeks, low,
    high, observed, pattern (`frames.targets`); the box is the acceptance band, the diamonds are the printed
    percentages.
    """
    figure, axes = theme.canvas(1, 3, theme.PAGE, 78)
    cohorts = sorted(curves["cohort"].unique())[: len(theme.DASHES)]
    longest = max(5.2, curves["weeks"].max() / WEEKS_IN_YEAR) if len(curves) else 5.2
    for axis, (panel, (title, unit, limits)) in zip(axes.flat, PANELS.items(), strict=True):
        own, goals = curves[curves["panel"] == panel], targets[targets["panel"] == panel]
        axis.set_title(title)
        axis.set_ylabel(unit)
        axis.set_xlabel("years since the permit")
        highest = max(own[["value", "high"]].max().max(), goals["high"].max() if len(goals) else 0)
        axis.set_ylim(limits[0], max(limits[1], 1.08 * highest) if panel != "benefit" else 104)
        axis.set_xlim(0, longest)
        axis.set_xticks(range(int(longest) + 1))
        _targets(axis, goals)
        _curves(axis, own, cohorts)
    axes[0, 1].set_yticks(list(LEVELS)[:4], list(LEVELS.values())[:4])
    _name_cohorts(axes[0, 1], cohorts)
    text = (
        "Adults of 18 to 64 with a permit, family members who joined included, still in the country; one "
        "line for each year of permits. Boxes: acceptance bands P20, P21 and P24. Diamonds: percentages as "
        "printed, of other cohorts (work: S1 and CBS cohorts 2014, 2016, 2020; benefit: S1, cohort 2014, at "
        "2 years any benefit)."
    )
    return theme.finish(
        figure, "After the permit: work, language and benefit", f"{caption}\n{text}" if caption else text
    )


def _curves(axis: Axes, own: pd.DataFrame, cohorts: list[int]) -> None:
    for index, cohort in enumerate(cohorts):
        line = own[own["cohort"] == cohort].sort_values("weeks")
        time = line["weeks"] / WEEKS_IN_YEAR
        colour = theme.ORDERED[index]
        axis.plot(time, line["value"], color=colour, linestyle=theme.DASHES[index], linewidth=1.1, zorder=3)
        if line["low"].notna().any():
            axis.fill_between(time, line["low"], line["high"], color=colour, alpha=0.15, linewidth=0, zorder=2)


def _targets(axis: Axes, goals: pd.DataFrame) -> None:
    for _, group in goals.groupby(["weeks", "low"]):
        weeks, low, high = (float(group[column].iloc[0]) for column in ("weeks", "low", "high"))
        middle = weeks / WEEKS_IN_YEAR
        box = Rectangle(
            (middle - HALF_WIDTH, low),
            2 * HALF_WIDTH,
            high - low,
            facecolor=theme.TARGET,
            edgecolor=theme.OBSERVED,
            linewidth=0.7,
            alpha=0.75,
            zorder=1.5,
        )
        axis.add_patch(box)
        axis.scatter(
            np.full(len(group), middle),
            group["observed"],
            marker="D",
            s=11,
            facecolor="white",
            edgecolor=theme.OBSERVED,
            linewidth=0.8,
            zorder=5,
        )
        axis.text(
            middle + 1.5 * HALF_WIDTH,
            low,
            f"target {group['pattern'].iloc[0]}",
            ha="left",
            va="bottom",
            fontsize=5.8,
            color=theme.OBSERVED,
            zorder=5,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.6},
        )


def _name_cohorts(axis: Axes, cohorts: list[int]) -> None:
    """Name the lines in the free lower right corner; they end too close together to be named there."""
    bottom, top = axis.get_ylim()
    room = axis.get_xlim()[1]
    for rank, cohort in enumerate(cohorts):
        height = bottom + (0.06 + 0.062 * (len(cohorts) - 1 - rank)) * (top - bottom)
        axis.plot(
            [0.50 * room, 0.66 * room],
            [height, height],
            color=theme.ORDERED[rank],
            linestyle=theme.DASHES[rank],
            linewidth=1.2,
            zorder=6,
        )
        axis.text(0.69 * room, height, f"permit {cohort}", fontsize=5.8, va="center", zorder=6)
