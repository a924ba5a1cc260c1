"""Where the numbers of the model come from, theme by theme, and how wide their ranges are."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import theme

#: Kinds of source from firm to soft: fill, hatching.
KINDS: dict[str, tuple[str, str | None]] = {
    "law": ("#08304f", None),
    "statistic": ("#2f75a8", None),
    "study": ("#9dc3dc", "....."),
    "estimate": ("#f7ead2", "/////"),
    "assumption": ("#d98a45", None),
}


@theme.styled
def draw(parameters: pd.DataFrame, *, caption: str = "") -> Figure:
    """Draw the number of parameters by theme and kind of source, and the width of the ranges of uncertain ones.

    parameters: name, theme, kind, role, value, low, high (`frames.parameters`), a row for each; value, low and high
    are NaN where there is no single number.
    """
    figure, axes = theme.canvas(1, 2, theme.PAGE, 96)
    _kinds(axes[0, 0], parameters)
    _ranges(axes[0, 1], parameters)
    axes[0, 0].set_title("Parameters by theme and kind of source")
    axes[0, 1].set_title("Range of uncertain parameters and levers")
    count = parameters["kind"].value_counts()
    share = 100 * count.get("assumption", 0) / max(len(parameters), 1)
    text = (
        f"{len(parameters)} parameters; {share:.0f} percent rest on an assumption. Right: highest over lowest value of "
        "the range, of parameters whose range is above zero; a dot each, the bar is the middle one. A wide range is no "
        "fault: it is what a result has to survive."
    )
    return theme.finish(figure, "Where the numbers come from", f"{caption}\n{text}" if caption else text)


def _kinds(axis: Axes, parameters: pd.DataFrame) -> None:
    axis.grid(False)
    axis.grid(axis="x")
    table = parameters.groupby(["theme", "kind"]).size().unstack(fill_value=0)
    table = table.reindex(columns=list(KINDS), fill_value=0)
    table = table.loc[table.sum(axis=1).sort_values(ascending=False).index]
    left = np.zeros(len(table))
    for kind, (fill, hatch) in KINDS.items():
        axis.barh(
            range(len(table)),
            table[kind],
            left=left,
            height=0.7,
            facecolor=fill,
            hatch=hatch,
            edgecolor="white" if hatch is None else theme.FAINT,
            linewidth=0.5,
            zorder=3,
            label=kind,
        )
        left += table[kind].to_numpy()
    for place, total in enumerate(left):
        axis.text(total + 0.012 * left.max(), place, f"{total:.0f}", va="center", fontsize=6)
    axis.set_yticks(range(len(table)), list(table.index))
    axis.set_ylim(len(table) - 0.4, -0.6)
    axis.set_xlim(0, 1.08 * left.max())
    axis.tick_params(axis="y", length=0)
    axis.set_xlabel("parameters")
    axis.legend(loc="lower right", fontsize=6, frameon=False, handlelength=1.4, handleheight=1.1, borderaxespad=0.6)


def _ranges(axis: Axes, parameters: pd.DataFrame) -> None:
    axis.grid(False)
    axis.grid(axis="x")
    held = parameters[parameters["role"].isin(["uncertainty", "lever"]) & (parameters["low"] > 0)]
    held = held.assign(ratio=held["high"] / held["low"])
    kinds = [kind for kind in KINDS if kind in set(held["kind"])]
    luck = np.random.default_rng(1)  # only spreads dots, so that they do not lie over each other
    for place, kind in enumerate(kinds):
        own = held[held["kind"] == kind]
        for role, marker, face in (("uncertainty", "o", theme.SIMULATED), ("lever", "^", "white")):
            chosen = own[own["role"] == role]
            heights = place + luck.uniform(-0.27, 0.27, len(chosen))
            edge = theme.SIMULATED if role == "uncertainty" else theme.OBSERVED
            axis.scatter(
                chosen["ratio"], heights, marker=marker, s=9, facecolor=face, edgecolor=edge, linewidth=0.5, zorder=3
            )
        middle = own["ratio"].median()
        axis.plot([middle, middle], [place - 0.38, place + 0.38], color=theme.INK, linewidth=1.4, zorder=4)
    axis.set_xscale("log")
    axis.set_yticks(range(len(kinds)), kinds)
    axis.set_ylim(len(kinds) - 0.4, -0.75)
    axis.tick_params(axis="y", length=0)
    axis.xaxis.set_major_locator(theme.mpl.ticker.FixedLocator([1, 2, 5, 10, 20, 50, 100, 1000]))
    axis.xaxis.set_minor_locator(theme.mpl.ticker.NullLocator())
    axis.xaxis.set_major_formatter(theme.FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_xlabel("highest over lowest value of the range (log scale)")
    for place, (marker, face, edge, words) in enumerate(
        (("o", theme.SIMULATED, theme.SIMULATED, "uncertainty"), ("^", "white", theme.OBSERVED, "lever"))
    ):
        left = 0.52 + 0.26 * place
        axis.scatter(
            left, 0.965, transform=axis.transAxes, marker=marker, s=12, facecolor=face, edgecolor=edge, linewidth=0.6
        )
        axis.text(left + 0.025, 0.965, words, transform=axis.transAxes, fontsize=6, va="center")
