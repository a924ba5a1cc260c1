"""The box of futures in which a policy fails: its limits, how stable they are, and the futures themselves."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from analysis import theme
from analysis.figures.inputs import UNKNOWN, Varied, broken, label

MOST = 8


@theme.styled
def draw(
    limits: pd.DataFrame,
    quality: pd.DataFrame,
    futures: pd.DataFrame,
    *,
    failure: str,
    policy: str = "",
    ranges: Mapping[str, Varied] | None = None,
    caption: str = "",
) -> Figure:
    """Draw the limits of the most often restricted inputs, and the futures over the first two.

    limits: input, low, high, restricted, share, middle_low, middle_high; quality: measure, inside, left_out
    (`experiments.discovery.Boxes`). futures: a column an input (unit cube) and `failed`. policy: what it is called.
    ranges: from what to what the inputs are varied (`inputs.varied`).
    """
    shown = limits.sort_values(["restricted", "share"], ascending=False).head(MOST)
    ends = {name: (ranges or {}).get(name, UNKNOWN) for name in shown["input"]}
    figure, axes = theme.canvas(1, 2, theme.PAGE, 40 + max(7 * len(shown), 42))
    axes[0, 0].get_gridspec().set_width_ratios([1.25, 1])
    left, right = axes[0]
    for row, one in enumerate(shown.to_dict("records")):
        left.barh(row, 1, height=0.56, color=theme.SHADE, edgecolor="none", zorder=1)
        colour = theme.SIMULATED if one["share"] >= 0.5 else theme.FAINT
        if one["restricted"]:
            left.barh(row, one["high"] - one["low"], left=one["low"], height=0.56, color=colour, zorder=2)
        for end in ("middle_low", "middle_high"):
            left.plot([one[end]] * 2, [row - 0.38, row + 0.38], color=theme.OBSERVED, linewidth=1.2, zorder=3)
        left.text(1.03, row, f"{one['share']:.0%}", va="center", fontsize=6)
    left.text(1.03, -0.75, "resamples", fontsize=5.6, color=theme.FAINT, va="center")
    left.set_yticks(range(len(shown)), [_named(name, ends[name]) for name in shown["input"]])
    left.set_ylim(len(shown) - 0.4, -1.0)
    left.set_xlim(0, 1)
    left.set_xticks([0, 0.5, 1], ["lowest", "middle", "highest"])
    left.grid(False)
    left.set_title("Limits of the box")
    _futures(right, futures, shown, ends)
    numbers = {row["measure"]: row for row in quality.to_dict("records")}
    words = "; ".join(
        f"{name} {numbers[name]['inside']:.0%} (left-out futures {numbers[name]['left_out']:.0%})"
        for name in ("coverage", "density")
    )
    text = (
        f"A future fails when {failure}. Coverage: share of the failures that lie in the box; density: share of the "
        f"box that fails: {words}. Marks: median limits over resamples of futures and luck; numbers: share of the "
        "resamples that cut off a tenth of the range or more. Grey: fewer than half do. Right: filled squares fail."
    )
    return theme.finish(
        figure,
        f"Where does it fail? {policy[:1].upper()}{policy[1:]}".rstrip(),
        f"{caption}\n{text}" if caption else text,
    )


def _named(name: str, ends: Varied) -> str:
    """Give the name of an input and, below it, from what to what it is varied."""
    return f"{label(name).removesuffix(' (times)')}\n{broken(ends.words, 32)}" if ends.words else label(name)


def _futures(axis: Axes, futures: pd.DataFrame, shown: pd.DataFrame, ends: Mapping[str, Varied]) -> None:
    x, y = list(shown["input"])[:2]
    failed = futures["failed"].to_numpy(bool)
    for those, marker, face in ((~failed, "o", "white"), (failed, "s", theme.OBSERVED)):
        edge = theme.OBSERVED if face != "white" else theme.FAINT
        axis.plot(
            futures[x][those],
            futures[y][those],
            marker,
            markersize=3,
            markerfacecolor=face,
            markeredgecolor=edge,
            markeredgewidth=0.6,
            linestyle="none",
        )
    box = shown.set_index("input")
    corner = np.array([box.loc[x, "low"], box.loc[y, "low"]], float)
    size = np.array([box.loc[x, "high"], box.loc[y, "high"]], float) - corner
    axis.add_patch(Rectangle((corner[0], corner[1]), size[0], size[1], fill=False, edgecolor=theme.INK, linewidth=1.2))
    axis.set_xlim(-0.02, 1.02)
    axis.set_ylim(-0.02, 1.02)
    for name, set_ticks, set_label in ((x, axis.set_xticks, axis.set_xlabel), (y, axis.set_yticks, axis.set_ylabel)):
        set_ticks([0, 1], [ends[name].low or "lowest", ends[name].high or "highest"])
        unit = f" ({ends[name].unit})" if ends[name].unit else ""
        set_label(label(name).removesuffix(" (times)") + unit)
    axis.set_title("Futures")
