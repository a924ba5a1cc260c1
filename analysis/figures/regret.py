"""Policies in uncertain futures: regret in each future, and the rank of each policy by several metrics."""

import textwrap
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from analysis import theme
from analysis.figures.inputs import broken

#: What a metric (`experiments.robustness.METRICS`) looks at, in words that need no textbook.
WORDS = {
    "maximin": "worst future",
    "maximax": "best future",
    "hurwicz": "worst and best",
    "expected": "mean over futures",
    "10th percentile": "worst tenth begins at",
    "max regret": "largest regret",
    "90th percentile regret": "regret, 9 in 10 below",
    "undesirable deviations": "falls below its median",
    "satisficing": "share that satisfies",
}


@theme.styled
def draw(
    regret: pd.DataFrame,
    scores: pd.DataFrame,
    *,
    outcome: str,
    unit: str,
    titles: Mapping[str, str] | None = None,
    caption: str = "",
) -> Figure:
    """Draw the regrets of each policy, and its rank with limits by each metric.

    regret: policies x futures (`experiments.robustness.regret_table`). scores: metric, policy, rank, rank_low,
    rank_high (`experiments.robustness.Ranking.scores`). titles: what the policies are called, by name.
    """
    order = list(regret.max(axis=1).sort_values().index)
    metrics = list(dict.fromkeys(scores["metric"]))
    figure, axes = theme.canvas(1, 2, theme.PAGE, 44 + 8 * max(len(order), 3))
    axes[0, 0].get_gridspec().set_width_ratios([1, 2.2])
    left, right = axes[0]
    rng = np.random.default_rng(1)
    for row, policy in enumerate(order):
        values = regret.loc[policy].to_numpy(float)
        shift = rng.uniform(-0.22, 0.22, len(values))
        left.plot(values, row + shift, "o", markersize=2.0, color=theme.FAINT, alpha=0.6, markeredgewidth=0, zorder=2)
        low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
        left.plot([low, high], [row] * 2, color=theme.SIMULATED, linewidth=3.2, solid_capstyle="butt", zorder=3)
        left.plot([middle] * 2, [row - 0.2, row + 0.2], color="white", linewidth=1.1, zorder=4)
        left.plot(values.max(), row, "D", markersize=4, color=theme.OBSERVED, zorder=4)
    left.set_yticks(range(len(order)), [broken((titles or {}).get(policy, _words(policy))) for policy in order])
    left.set_ylim(len(order) - 0.5, -0.5)
    left.set_xlim(left=0)
    left.set_xlabel(f"regret ({unit})")
    left.xaxis.set_major_locator(theme.MaxNLocator(nbins=4))
    left.xaxis.set_major_formatter(theme.FuncFormatter(lambda value, _: theme.number(value)))
    left.set_title("Regret by future")
    _ranks(right, scores, order, metrics)
    text = (
        "Regret: how far a policy falls short of the best one in a future. "
        "Left: each dot is a future, bar and white mark the middle half and the median, diamond the largest regret; "
        "policies in order of it. Right: rank (1 is best) with 95 percent limits, from drawing futures and, in each, "
        "replicates again, so a policy that was merely lucky has wide limits; darker is better."
    )
    return theme.finish(
        figure, f"Which policy holds up? {outcome[:1].upper()}{outcome[1:]}", f"{caption}\n{text}" if caption else text
    )


def _ranks(axis: Axes, scores: pd.DataFrame, order: list[str], metrics: list[str]) -> None:
    """Draw a table of ranks with limits, policies by metrics."""
    worst = max(len(order) - 1, 1)
    for column, metric in enumerate(metrics):
        own = scores[scores["metric"] == metric].set_index("policy")
        for row, policy in enumerate(order):
            rank, low, high = own.loc[policy, ["rank", "rank_low", "rank_high"]].to_numpy(float)
            depth = 1 - (rank - 1) / worst
            grey = 0.97 - 0.42 * depth
            axis.add_patch(Rectangle((column - 0.48, row - 0.46), 0.96, 0.92, facecolor=str(grey), edgecolor="none"))
            axis.text(column, row - 0.1, f"{rank:.3g}", ha="center", va="center", fontsize=7, fontweight="bold")
            axis.text(column, row + 0.27, f"{low:.3g}–{high:.3g}", ha="center", va="center", fontsize=5.5)
    axis.set_xlim(-0.5, len(metrics) - 0.5)
    axis.set_ylim(len(order) - 0.5, -0.5)
    axis.set_yticks([])
    axis.set_xticks(
        range(len(metrics)),
        ["\n".join(textwrap.wrap(WORDS.get(metric, metric), 8, break_long_words=False)) for metric in metrics],
        fontsize=5.5,
        linespacing=0.95,
    )
    axis.tick_params(length=0, pad=1)
    axis.grid(False)
    for spine in axis.spines.values():
        spine.set_visible(False)
    axis.set_title("Rank by metric")


def _words(name: str) -> str:
    return name.replace("_", " ")
