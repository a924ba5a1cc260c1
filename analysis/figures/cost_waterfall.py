"""What a policy costs and saves, category by category, beside the days in reception that it saves."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import theme

NET = "net"
#: Where people stay when they stay in reception, in the order in which it is shown.
KINDS = ("regular", "emergency", "elsewhere", "all")


@theme.styled
def draw(
    steps: pd.DataFrame,
    days: pd.DataFrame,
    policy: str,
    price: tuple[float, float, float],
    *,
    period: str,
    caption: str = "",
) -> Figure:
    """Draw the change of public cost as a waterfall, and the days in reception that are saved.

    steps: category, euros, low, high: policy minus baseline, in million euros over the period, in the order in which
    they are shown; the last row is the category "net", their sum. days: kind (`KINDS`), days, low, high: days in
    reception saved, in thousands (baseline minus policy). Intervals are 95 percent over pairs of runs, NaN for one
    pair. price: euros for each day saved, low and high, all NaN where it is not determined
    (`analysis.effects.CostSteps`). `period` says which years are added up.
    """
    figure, axes = theme.canvas(1, 2, theme.PAGE, 44 + 5.4 * len(steps))
    _waterfall(axes[0, 0], steps)
    _days(axes[0, 1], days)
    axes[0, 0].set_title("Public cost, policy minus baseline")
    axes[0, 1].set_title("Days in reception saved")
    position = axes[0, 0].get_subplotspec().get_gridspec()
    position.set_width_ratios([1.9, 1.0])
    text = (
        f"{_price(price, days)}Sums over {period}, not discounted, in prices of the parameter files. Pairs of runs "
        "with the same luck; lines: 95 percent interval of the mean over pairs. Bars to the right: the policy costs "
        "more; to the left: it saves. Rent and care that the model does not hold are not in it."
    )
    return theme.finish(figure, f"Cost and time: {policy}", f"{caption}\n{text}" if caption else text)


def _waterfall(axis: Axes, steps: pd.DataFrame) -> None:
    axis.grid(False)
    axis.grid(axis="x")
    level = 0.0
    names = list(steps["category"])
    reach = _reach(steps)
    for place, (_, step) in enumerate(steps.iterrows()):
        net = step["category"] == NET
        start = 0.0 if net else level
        colour = theme.LESS if step["euros"] > 0 else theme.MORE
        axis.barh(
            place,
            step["euros"],
            left=start,
            height=0.66,
            facecolor=colour if net else ("#efc39c" if step["euros"] > 0 else "#a9cbe2"),
            edgecolor=colour,
            hatch=None if step["euros"] > 0 or net else "////",
            linewidth=0.6,
            zorder=3,
        )
        end = start + step["euros"]
        if not np.isnan(step["low"] + step["high"]):
            edges = [start + step["low"], start + step["high"]]
            axis.plot(edges, [place, place], color=theme.INK, linewidth=0.8, zorder=4)
        if not net:
            axis.plot([end, end], [place, place + 1], color=theme.FAINT, linewidth=0.5, zorder=2)
            level = end
        right = max(start, end, start + (step["high"] if not np.isnan(step["high"]) else step["euros"]))
        weight = "bold" if net else "normal"
        axis.text(
            right + 0.015 * (reach[1] - reach[0]),
            place,
            theme.signed(step["euros"]),
            va="center",
            fontsize=6,
            fontweight=weight,
        )
    axis.axvline(0, color=theme.INK, linewidth=0.7, zorder=2)
    width = reach[1] - reach[0]
    axis.set_xlim(reach[0] - 0.05 * width, reach[1] + 0.16 * width)
    axis.set_ylim(len(names) - 0.4, -0.6)
    axis.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
    axis.get_yticklabels()[-1].set_fontweight("bold")
    axis.tick_params(axis="y", length=0)
    axis.xaxis.set_major_locator(theme.MaxNLocator(nbins=6))
    axis.xaxis.set_major_formatter(theme.FuncFormatter(lambda value, _: theme.number(value)))
    axis.set_xlabel("million euros")


def _reach(steps: pd.DataFrame) -> tuple[float, float]:
    """Give the lowest and highest place that a bar or its interval reaches, zero included."""
    low, high, level = 0.0, 0.0, 0.0
    for _, step in steps.iterrows():
        start = 0.0 if step["category"] == NET else level
        ends = [start + value for value in (step["euros"], step["low"], step["high"]) if not np.isnan(value)]
        low, high = min(low, *ends), max(high, *ends)
        level = start + step["euros"]
    return (low, high) if high > low else (-1.0, 1.0)


def _days(axis: Axes, days: pd.DataFrame) -> None:
    axis.grid(False)
    axis.grid(axis="x")
    shown = days.set_index("kind").reindex([kind for kind in KINDS if kind in set(days["kind"])])
    for place, (kind, row) in enumerate(shown.iterrows()):
        colour = theme.MORE if row["days"] > 0 else theme.LESS
        axis.barh(place, row["days"], height=0.6, facecolor=colour if kind == "all" else "#c9dbe8", edgecolor=colour)
        if not np.isnan(row["low"] + row["high"]):
            axis.plot([row["low"], row["high"]], [place, place], color=theme.INK, linewidth=0.8, zorder=4)
        highest = np.nanmax([row["days"], row["high"], 0.0])
        axis.text(highest, place, f"  {theme.signed(row['days'])}", va="center", fontsize=6)
    low, high = float(np.nanmin(shown.to_numpy(float))), float(np.nanmax(shown.to_numpy(float)))
    low, high = min(low, 0.0), max(high, 0.0)
    width = (high - low) or 1.0
    axis.set_xlim(low - 0.06 * width, high + 0.42 * width)
    axis.axvline(0, color=theme.INK, linewidth=0.7)
    axis.set_yticks(range(len(shown)), list(shown.index))
    axis.set_ylim(len(shown) - 0.4, -0.6)
    axis.tick_params(axis="y", length=0)
    axis.xaxis.set_major_locator(theme.MaxNLocator(nbins=3))
    axis.xaxis.set_major_formatter(theme.FuncFormatter(lambda value, _: theme.number(value)))
    axis.set_xlabel("thousand days")


def _price(price: tuple[float, float, float], days: pd.DataFrame) -> str:
    """Say what a day saved costs, with its interval; a ratio whose denominator may be zero is not determined."""
    begins = "Net cost for each day in reception saved:"
    saved = days[days["kind"] == "all"]
    if saved.empty:
        return ""
    if np.isnan(price).any() or not saved.iloc[0]["low"] > 0:
        lone = np.isnan(saved.iloc[0]["low"])
        reason = "one pair of runs has no interval" if lone else "it is not clear that days are saved"
        if saved.iloc[0]["high"] < 0:
            reason = "no days are saved"
        return f"{begins} not determined ({reason}). "
    value, low, high = (theme.number(part) for part in price)
    return f"{begins} {value} euros (95 percent interval, Fieller: {low} to {high}). "
