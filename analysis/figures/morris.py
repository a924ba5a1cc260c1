"""Screening: the mean size of elementary effects, each with the floor below which it may be noise."""

import pandas as pd
from matplotlib.figure import Figure

from analysis import theme
from analysis.figures.inputs import in_words, label
from experiments.factors import INERT

MOST = 30


@theme.styled
def draw(table: pd.DataFrame, *, outcome: str, unit: str, caption: str = "") -> Figure:
    """Draw the inputs with the largest effects, and the inert one.

    table: input, mu_star, mu_star_low, mu_star_high, floor, above (`experiments.sensitivity.morris.Screening.table`).
    """
    columns = ["mu_star", "mu_star_low", "mu_star_high", "floor"]
    divisor, words = in_words(float(table[["mu_star", "floor"]].max().max()), unit)
    table = table.assign(**{name: table[name] / divisor for name in columns})
    ordered = table.sort_values(["above", "mu_star"], ascending=False)
    shown = ordered.head(MOST)
    inert = ordered[ordered["input"].str.startswith(INERT)]
    shown = pd.concat([shown, inert[~inert["input"].isin(shown["input"])]], ignore_index=True)
    figure, axes = theme.canvas(1, 1, theme.PAGE, 36 + 3.6 * len(shown))
    axis = axes[0, 0]
    for row, entry in enumerate(shown.to_dict("records")):
        colour = theme.SIMULATED if entry["above"] else theme.FAINT
        limits = [max(entry["mu_star_low"], 0.0), entry["mu_star_high"]]
        axis.barh(row, entry["floor"], height=0.72, color=theme.SHADE, edgecolor="none", zorder=1)
        axis.plot([entry["floor"]] * 2, [row - 0.36, row + 0.36], color=theme.OBSERVED, linewidth=1.3, zorder=2)
        axis.plot(limits, [row] * 2, color=colour, linewidth=1.0, zorder=3)
        face = colour if entry["above"] else "white"
        axis.plot(
            entry["mu_star"],
            row,
            "o",
            markersize=3.8,
            markerfacecolor=face,
            markeredgecolor=colour,
            clip_on=False,
            zorder=4,
        )
    axis.set_yticks(range(len(shown)), [label(name) for name in shown["input"]])
    axis.set_ylim(len(shown) - 0.4, -0.6)
    largest = float(shown[["mu_star", "floor"]].max().max())
    right = 1.05 * max(float(shown["mu_star_high"].clip(upper=1.6 * largest).max()), largest) or 1.0
    axis.set_xlim(0, right)
    axis.set_xlabel(f"mean size of the effect over the whole range ({words})")
    axis.grid(axis="x")
    axis.grid(False, axis="y")
    below = int((~table["above"]).sum())
    text = (
        "Points: mean size of the elementary effects (mu*) with 95 percent limits. Shaded up to the mark: noise floor, "
        "above which one in twenty inputs that do nothing would lie. Filled: above its floor; open: not ranked. "
        f"{int(table['above'].sum())} of {len(table)} inputs lie above their floor, {below} do not."
        + (" Limits beyond the panel are cut off." if (shown["mu_star_high"] > right).any() else "")
    )
    return theme.finish(figure, f"Which inputs move {outcome}?", f"{caption}\n{text}" if caption else text)
