"""What waiting does to motivation, and how much of it is passed on by contacts."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import theme

#: The two runs that are compared: name of the variant -> line, dashes.
VARIANTS = {
    "as it is": (theme.SIMULATED, "solid"),
    "contacts without influence": (theme.OBSERVED, (0, (5, 2))),
}


@theme.styled
def draw(levels: pd.DataFrame, share: pd.DataFrame, *, caption: str = "") -> Figure:
    """Draw motivation by weeks since the application with and without the influence of contacts, and the difference.

    levels: variant (`VARIANTS`), weeks, value, low, high: mean motivation (0-1). share: weeks, value, low, high: the
    first variant minus the second in points of 0-100, its interval over pairs of runs with the same luck. See
    `frames.motivation_with_contacts`. Low and high are NaN for a single pair.
    """
    figure, axes = theme.canvas(1, 2, theme.PAGE, 80)
    _levels(axes[0, 0], levels)
    _share(axes[0, 1], share)
    axes[0, 0].set_title("Mean motivation of applicants")
    axes[0, 1].set_title("What contacts add or take away")
    for axis in axes.flat:
        axis.set_xlim(0, max(52.0, float(levels["weeks"].max())))
        axis.set_xlabel("weeks since the application")
    text = (
        "Adults of 18 to 64 who applied from 2021 to 2025 and are still in the country. Two runs with the same luck: "
        "as it is, and with the parameter motivation_peer_effect at zero, so that contacts no longer draw "
        "motivation to their own. The difference is what contacts pass on; it "
        "has the sign of their motivation against one's own. "
        "Bands: 95 percent interval over pairs of runs."
    )
    return theme.finish(
        figure, "Motivation by weeks waited, and the part of contacts", f"{caption}\n{text}" if caption else text
    )


def _levels(axis: Axes, levels: pd.DataFrame) -> None:
    ends = {}
    for variant, (colour, dashes) in VARIANTS.items():
        line = levels[levels["variant"] == variant].sort_values("weeks")
        axis.plot(line["weeks"], line["value"], color=colour, linestyle=dashes, zorder=3)
        if line["low"].notna().any():
            axis.fill_between(line["weeks"], line["low"], line["high"], color=colour, alpha=0.18, linewidth=0)
        if len(line):
            ends[variant] = line.iloc[int(0.55 * (len(line) - 1)) :]
    lowest, highest = levels["value"].min(), levels["value"].max()
    axis.set_ylim(max(0.0, lowest - 0.07), min(1.0, highest + 0.06))
    axis.set_ylabel("motivation (0 none, 1 full)")
    above = max(ends, key=lambda variant: ends[variant]["value"].mean(), default=None)
    for variant, end in ends.items():
        side = 1 if variant == above else -1
        edge = end["value"].max() if side > 0 else end["value"].min()  # no line runs through a name
        axis.annotate(
            variant,
            (end["weeks"].iloc[-1], edge),
            xytext=(-3, 7 * side),
            textcoords="offset points",
            ha="right",
            va="bottom" if side > 0 else "top",
            fontsize=6.5,
            fontweight="bold",
            color=VARIANTS[variant][0],
        )


def _share(axis: Axes, share: pd.DataFrame) -> None:
    axis.axhline(0, color=theme.INK, linewidth=0.7, zorder=2)
    axis.plot(share["weeks"], share["value"], color=theme.SIMULATED, marker="o", markersize=2.4, zorder=3)
    if share["low"].notna().any():
        axis.fill_between(share["weeks"], share["low"], share["high"], color=theme.SIMULATED, alpha=0.25, linewidth=0)
    axis.set_ylabel("difference (points of 100)")
    edge = max(1.0, 1.2 * float(share[["value", "low", "high"]].abs().max().max()))
    axis.set_ylim(-edge, edge)
    for height, text in ((0.97, "contacts lift motivation"), (0.03, "contacts lower motivation")):
        axis.text(
            0.98, height, text, transform=axis.transAxes, ha="right", va="center", fontsize=5.8, color=theme.FAINT
        )
