"""How sure the weekly results are: bands over runs with other luck, or over futures."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import theme

#: Weekly columns that are drawn, with title, unit and what one is divided by.
PANELS = {
    "in_reception": ("People in reception", "thousand persons", 1000.0),
    "status_holders_in_reception": ("Status holders in reception", "thousand persons", 1000.0),
    "open_cases": ("Open asylum cases", "thousand cases", 1000.0),
    "employed_permit": ("Employed adults with a permit", "thousand persons", 1000.0),
    "motivation_in_reception": ("Motivation in reception", "mean, 0-1", 1.0),
    "complaint_share": ("Psychological complaints", "percent of status holders", 0.01),
}


@theme.styled
def draw(bands: pd.DataFrame, *, runs: int, over: str = "runs with other luck", caption: str = "") -> Figure:
    """Draw six weekly results as a median with two bands.

    bands: panel (`PANELS`), date, median, low50, high50, low90, high90 (`frames.fans`), in the unit of the weekly
    table. `runs` is how many runs there are; with fewer than five the bands are the lowest and highest run.
    """
    figure, axes = theme.canvas(2, 3, theme.PAGE, 108)
    first, last = bands["date"].min().date(), (bands["date"].max() + pd.Timedelta(days=7)).date()
    for axis, (panel, (title, unit, divide)) in zip(axes.flat, PANELS.items(), strict=True):
        own = bands[bands["panel"] == panel].sort_values("date")
        _fan(axis, own, divide)
        axis.set_title(title)
        theme.years(axis, first, last, short=True)
        axis.set_ylabel(unit)
        axis.set_ylim(0, 1.12 * float((own[["median", "high90"]] / divide).max().max()))
        theme.not_compared(axis, first, last, say=panel == "in_reception")
    meaning = (
        f"Line: median of {runs} {over}. Dark band: the middle half; light band: nine in ten."
        if runs >= 5
        else f"Line: median of {runs} {over}. Band: the lowest and the highest; five or more give quantiles."
    )
    text = f"{meaning} Bands show chance only as far as the runs differ in it: what all runs assume is not in them."
    return theme.finish(figure, "How far results differ by chance", f"{caption}\n{text}" if caption else text)


def _fan(axis: Axes, own: pd.DataFrame, divide: float) -> None:
    for low, high, colour in (("low90", "high90", "#d3e3ee"), ("low50", "high50", "#94bdd8")):
        axis.fill_between(own["date"], own[low] / divide, own[high] / divide, color=colour, linewidth=0, zorder=2)
    for edge in ("low90", "high90"):
        axis.plot(own["date"], own[edge] / divide, color=theme.SIMULATED, linewidth=0.35, zorder=3)
    axis.plot(own["date"], own["median"] / divide, color=theme.SIMULATED, linewidth=1.2, zorder=4)
