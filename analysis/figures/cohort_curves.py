"""What happens to the people of a year, counted from their application and from their permit."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import theme

WEEKS_IN_YEAR = 52.18

#: Panels: (clock, column of the cohort table) -> title.
PANELS = {
    ("application", "permit"): "Has a permit",
    ("application", "housed"): "Has a home",
    ("application", "employed"): "Has paid work",
    ("permit", "housed"): "Has a home",
    ("permit", "started"): "Started the integration route",
    ("permit", "finished"): "Fulfilled the duty",
}


@theme.styled
def draw(curves: pd.DataFrame, *, caption: str = "") -> Figure:
    """Draw six panels, three since the application and three since the permit, with a line for each year.

    curves: clock, panel, cohort, weeks, value, low, high (`frames.cohort_curves`); values are percent of the adults of
    the cohort who are still in the country. Low and high are NaN for a single run.
    """
    figure, axes = theme.canvas(2, 3, theme.PAGE, 118)
    cohorts = sorted(curves["cohort"].unique())[: len(theme.DASHES)]
    for axis, ((clock, panel), title) in zip(axes.flat, PANELS.items(), strict=True):
        own = curves[(curves["clock"] == clock) & (curves["panel"] == panel)]
        _lines(axis, own, cohorts)
        axis.set_title(title)
        axis.set_ylabel("percent of adults")
        axis.set_xlabel(f"years since the {clock}")
    theme.key(axes[0, 2], [f"applied {cohort}" for cohort in cohorts], corner="upper left")
    theme.key(axes[1, 2], [f"permit {cohort}" for cohort in cohorts], corner="lower right")
    text = (
        "Adults of 18 to 64, one line for each year of application (above) or permit (below), of those still in the "
        "country: refused applicants who left are no longer counted, so shares above also rise when people leave. "
        "Families who follow count from the permit of the person they join. A line ends where the last of its year "
        "are no longer followed."
    )
    return theme.finish(figure, "The people of a year", f"{caption}\n{text}" if caption else text)


def _lines(axis: Axes, own: pd.DataFrame, cohorts: list[int]) -> None:
    highest = 0.0
    for index, cohort in enumerate(cohorts):
        line = own[own["cohort"] == cohort].sort_values("weeks")
        years = line["weeks"] / WEEKS_IN_YEAR
        colour = theme.ORDERED[index]
        axis.plot(years, line["value"], color=colour, linestyle=theme.DASHES[index], linewidth=1.1, zorder=3)
        if line["low"].notna().any():
            axis.fill_between(years, line["low"], line["high"], color=colour, alpha=0.15, linewidth=0, zorder=2)
        highest = max(highest, line[["value", "high"]].max().max() if len(line) else 0.0)
    longest = max(1.0, float(own["weeks"].max()) / WEEKS_IN_YEAR) if len(own) else 1.0
    axis.set_xlim(0, longest)
    axis.set_xticks(range(int(longest) + 1))
    axis.set_ylim(0, 102 if highest > 55 else max(10.0, 1.45 * highest))
