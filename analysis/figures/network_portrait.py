"""Who knows whom: the layers of contacts of the people of one region, each with its statistics."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from analysis import theme

#: Layer -> title.
LAYERS = {
    "co_resident": "Same site or shared home",
    "compatriot": "Same origin, friends",
    "native": "Residents of long standing",
    "colleague": "Same employer",
    "volunteer": "Language buddy or guide",
    "family": "Family at home",
    "case_manager": "Case managers",
}

#: Kind of node -> marker, size, face, edge.
NODES: dict[str, tuple[str, float, str, str]] = {
    "person with a job": ("o", 11, theme.SIMULATED, "white"),
    "person without a job": ("o", 9, "#cfe0ec", theme.SIMULATED),
    "child": ("o", 4, "white", theme.FAINT),
    "resident": ("s", 8, theme.TARGET, theme.OBSERVED),
    "volunteer": ("D", 8, "#fbe7cf", theme.OBSERVED),
    "municipality": ("s", 22, theme.INK, "white"),
}


@theme.styled
def draw(nodes: pd.DataFrame, ties: pd.DataFrame, statistics: pd.DataFrame, *, place: str, caption: str = "") -> Figure:
    """Draw a panel for each layer: everyone of the sample at the same spot, and the ties of that layer.

    nodes: node, kind (`NODES`), x, y (0-1), the same in all panels. ties: layer, source, target (nodes). statistics:
    layer, people, mean_degree, assortativity, employed_alters, of the whole country. `place` names the sample.
    """
    figure, axes = theme.canvas(2, 4, theme.PAGE, 118)
    spots = nodes.set_index("node")
    for axis, (layer, title) in zip(axes.flat, LAYERS.items(), strict=False):
        _layer(axis, spots, ties[ties["layer"] == layer])
        axis.set_title(title, fontsize=6.6)
        _say(axis, statistics[statistics["layer"] == layer])
    _legend(axes.flat[7])
    text = (
        f"Sample: {place}, last week of the run; people stand at the same spot in each panel, those with many "
        "ties near each other. Numbers are of the whole country: people with a tie, ties a person present, mixing "
        "(assortativity by origin, 0 at random, 1 only within), and the share of contacts with a job. Unknown where "
        "the other end is no newcomer."
    )
    return theme.finish(figure, "Who knows whom, layer by layer", f"{caption}\n{text}" if caption else text)


def _layer(axis: Axes, spots: pd.DataFrame, ties: pd.DataFrame) -> None:
    axis.grid(False)
    ends = [spots.loc[ties[end], ["x", "y"]].to_numpy(float) for end in ("source", "target")]
    lines = np.stack(ends, axis=1) if len(ties) else np.zeros((0, 2, 2))
    axis.add_collection(LineCollection(list(lines), colors="#5c6670", linewidths=0.35, alpha=0.65, zorder=1))
    met = set(ties["source"]) | set(ties["target"])
    for kind, (marker, size, face, edge) in NODES.items():
        own = spots[spots["kind"] == kind]
        for chosen, alpha in ((own[~own.index.isin(met)], 0.16), (own[own.index.isin(met)], 1.0)):
            if alpha < 1 and kind not in ("person with a job", "person without a job", "child"):
                continue
            style: dict[str, Any] = {"marker": marker, "s": size * 0.55, "facecolor": face, "edgecolor": edge}
            axis.scatter(chosen["x"], chosen["y"], linewidth=0.35, alpha=alpha, zorder=2 + (alpha == 1), **style)
    axis.set_xlim(-0.03, 1.03)
    axis.set_ylim(-0.03, 1.03)
    axis.set_xticks([])
    axis.set_yticks([])
    for spine in axis.spines.values():
        spine.set_visible(False)


def _say(axis: Axes, statistics: pd.DataFrame) -> None:
    if statistics.empty:
        axis.set_xlabel("no statistics", fontsize=5.6)
        return
    row = statistics.iloc[0]

    def share(value: float) -> str:
        return "unknown" if np.isnan(value) else f"{100 * value:.0f} %"

    mixing = "unknown" if np.isnan(row["assortativity"]) else theme.number(round(row["assortativity"], 2))
    axis.set_xlabel(
        f"{theme.number(row['people'])} people, {row['mean_degree']:.2f} ties each\n"
        f"mixing {mixing}; with a job {share(row['employed_alters'])}",
        fontsize=5.6,
        labelpad=2,
    )


def _legend(axis: Axes) -> None:
    axis.set_axis_off()
    for place, (kind, (marker, size, face, edge)) in enumerate(NODES.items()):
        height = 0.86 - 0.13 * place
        axis.scatter(0.12, height, marker=marker, s=1.3 * size, facecolor=face, edgecolor=edge, linewidth=0.5)
        axis.text(0.22, height, kind, fontsize=6, va="center")
    axis.text(0.05, 0.04, "pale: no tie in this layer", fontsize=5.8, color=theme.FAINT)
    axis.set_xlim(0, 1)
    axis.set_ylim(0, 1)
