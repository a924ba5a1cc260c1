"""How total indices and the share of luck change over the weeks of a run."""

from datetime import date

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from abm.parameters.dates import date_of
from analysis import theme
from analysis.figures.inputs import label

MOST = 6
LIMITS = (-0.25, 1.05)  # of the total index as it is drawn


@theme.styled
def draw(table: pd.DataFrame, *, outcome: str, caption: str = "") -> Figure:
    """Draw a line for each of the six inputs with the largest total index on average, and luck below.

    table: week, input, order, value, low, high, noise (`experiments.sensitivity.sobol.over_time`).
    """
    total = table[table["order"] == "total"]
    largest = total.groupby("input")["value"].mean().sort_values(ascending=False).index[:MOST]
    figure, axes = theme.canvas(2, 1, theme.PAGE, 118)
    axes[0, 0].get_gridspec().set_height_ratios([3, 1])
    upper, lower = axes[:, 0]
    ends = []
    for rank, name in enumerate(largest):
        own = total[total["input"] == name].sort_values("week")
        days = _days(own["week"])
        colour = theme.ORDERED[rank]
        upper.plot(days, own["value"], color=colour, linestyle=theme.DASHES[rank], linewidth=1.2, zorder=3)
        upper.fill_between(
            days, own["low"].clip(-9, 9), own["high"].clip(-9, 9), color=colour, alpha=0.12, linewidth=0, zorder=2
        )
        known = own.dropna(subset=["value"])
        alone = own[own["value"].notna() & own["value"].shift().isna() & own["value"].shift(-1).isna()]
        upper.vlines(_days(alone["week"]), alone["low"], alone["high"], color=colour, linewidth=0.9, zorder=3)
        inside = alone[alone["value"].between(*LIMITS)]
        if len(inside):  # neither a mark far outside nor a line without marks may squeeze the panels
            days = _days(inside["week"])
            upper.plot(days, inside["value"], "o", color=colour, markersize=2.6, clip_on=False, zorder=4)
        ends.append(float(np.clip(known["value"].iloc[-1], *LIMITS)) if len(known) else 0.0)
    shown = total[total["input"].isin(largest)]
    beyond = bool((shown["low"] < LIMITS[0]).any() or (shown["high"] > LIMITS[1]).any())
    weeks = total["week"].drop_duplicates().sort_values()
    first, last = date_of(int(weeks.iloc[0])), date_of(int(weeks.iloc[-1]))
    upper.axhline(0, color=theme.INK, linewidth=0.6)
    upper.set_ylabel("total index")
    upper.set_title("Share of the variance of the expected result")
    upper.set_ylim(*LIMITS)  # where weeks say little, limits are wider; they are cut off
    bottom, top = upper.get_ylim()
    for rank, (place, name) in enumerate(zip(theme.spread(ends, 0.055 * (top - bottom)), largest, strict=True)):
        line = {"color": theme.ORDERED[rank], "linestyle": theme.DASHES[rank], "clip_on": False}
        height = (place - bottom) / (top - bottom)
        upper.plot([1.01, 1.045], [height] * 2, transform=upper.transAxes, linewidth=1.2, **line)
        upper.text(1.052, height, label(str(name)), transform=upper.transAxes, fontsize=5.8, va="center")
    noise = total.drop_duplicates("week").sort_values("week")
    look = {"facecolor": theme.TARGET, "edgecolor": theme.OBSERVED, "hatch": "///", "linewidth": 0.6}
    lower.fill_between(_days(noise["week"]), 0, noise["noise"].clip(0, 1), **look)
    lower.set_ylim(0, 1)
    lower.set_ylabel("share")
    lower.set_title("Luck, of the variance of one run")
    for axis in (upper, lower):
        theme.years(axis, first, last)
    text = (
        f"The {len(largest)} inputs with the largest total index on average; bands: 95 percent limits; "
        "replicate noise is subtracted. Gaps: nothing varies, or noise hides all; a point stands between two gaps."
        + (" What lies beyond the panel is cut off." if beyond else "")
    )
    return theme.finish(figure, f"What moves {outcome}, and when?", f"{caption}\n{text}" if caption else text)


def _days(weeks: pd.Series) -> list[date]:
    return [date_of(int(week)) for week in weeks]
