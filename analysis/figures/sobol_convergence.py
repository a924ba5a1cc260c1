"""How total indices and their limits settle as the design grows."""

import pandas as pd
from matplotlib.figure import Figure

from analysis import theme
from analysis.figures.inputs import label

MOST = 6


@theme.styled
def draw(table: pd.DataFrame, *, outcome: str, caption: str = "") -> Figure:
    """Draw the total indices of the six largest inputs against the number of blocks.

    table: n, input, order, value, low, high (`experiments.sensitivity.sobol.convergence`).
    """
    total = table[table["order"] == "total"]
    sizes = sorted(total["n"].unique())
    last = total[total["n"] == sizes[-1]].set_index("input")["value"].sort_values(ascending=False)
    shown = list(last.index[:MOST])
    figure, axes = theme.canvas(1, 1, theme.PAGE, 78)
    axis = axes[0, 0]
    for rank, name in enumerate(shown):
        own = total[total["input"] == name].set_index("n").reindex(sizes)
        places = [position + 0.09 * (rank - (len(shown) - 1) / 2) for position in range(len(sizes))]
        half = ((own["high"] - own["low"]) / 2).clip(upper=9)
        axis.errorbar(
            places,
            own["value"],
            yerr=half,
            fmt="osD^vP"[rank],
            markersize=3.2,
            linewidth=0.9,
            color=theme.ORDERED[rank],
            label=label(str(name)),
        )
    axis.axhline(0, color=theme.INK, linewidth=0.6)
    axis.set_ylim(-0.5, 1.5)
    axis.set_xticks(range(len(sizes)), [f"{size:g}" for size in sizes])
    axis.set_xlabel("blocks of the design")
    axis.set_ylabel("total index")
    axis.legend(fontsize=5.8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    text = (
        "Each design is the beginning of the next larger one. Lines: 95 percent limits; those beyond the panel are "
        "cut off."
    )
    return theme.finish(
        figure, f"Is it enough? {outcome[:1].upper()}{outcome[1:]}", f"{caption}\n{text}" if caption else text
    )
