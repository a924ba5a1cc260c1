"""What policies change, against the baseline under the same luck: a forest plot."""

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import theme
from analysis.figures.inputs import broken

EVERYONE = "everyone"
COLUMNS = 3


@theme.styled
def draw(effects: pd.DataFrame, *, caption: str = "") -> Figure:
    """Draw a panel for each outcome and in it a row for each policy, with a paired interval.

    effects: outcome, policy, group, effect, low, high, unit, in the order in which they are shown; only the rows of
    the group "everyone" are drawn. The effect is policy minus baseline. Low and high are NaN for a single pair of
    runs. A column `better` ("higher", "lower" or "") says which side is the better one, where there is one.
    """
    own = effects[effects["group"] == EVERYONE]
    outcomes, policies = list(own["outcome"].unique()), list(own["policy"].unique())
    longest = max((broken(policy).count("\n") + 1 for policy in policies), default=1)  # lines of a name
    columns = min(COLUMNS, len(outcomes))
    rows = math.ceil(len(outcomes) / columns)
    height = 24 + rows * (19 + (4.6 + 1.8 * (longest - 1)) * len(policies))
    figure, axes = theme.canvas(rows, columns, theme.PAGE, height)
    for place, axis in enumerate(axes.flat):
        if place >= len(outcomes):
            axis.set_axis_off()
            continue
        panel = own[own["outcome"] == outcomes[place]].set_index("policy").reindex(policies)
        forest(axis, panel, policies, named=place % columns == 0)
        axis.set_title(outcomes[place])
    text = (
        "Each policy minus the baseline, pairs of runs with the same luck. Lines: 95 percent interval of the mean over "
        "pairs (of an experiment with several futures: over futures). Blue, up: more; brown, down: less. "
        "Filled: the interval does not hold zero; open: it does, or there is one pair only. The arrow points to "
        "the side that the outcome's own measure calls better."
    )
    return theme.finish(figure, "What policies change", f"{caption}\n{text}" if caption else text)


def forest(axis: Axes, panel: pd.DataFrame, names: list[str], *, named: bool, bold: tuple[str, ...] = ()) -> None:
    """Draw a row for each name: a point, its interval, and the number; `panel` is indexed by name."""
    axis.grid(False)
    axis.axvline(0, color=theme.INK, linewidth=0.7, zorder=1)
    for place, name in enumerate(names):
        if place % 2 == 0:
            axis.axhspan(place - 0.5, place + 0.5, color="#f5f7f9", zorder=0)
        row = panel.loc[name].to_dict()
        if math.isnan(row["effect"]):
            axis.text(0, place, " unknown", fontsize=5.8, va="center", color=theme.FAINT)
            continue
        sure = row["low"] > 0 or row["high"] < 0
        colour = (theme.MORE if row["effect"] > 0 else theme.LESS) if sure else theme.UNSURE
        marker = ("^" if row["effect"] > 0 else "v") if sure else "o"
        if not math.isnan(row["low"] + row["high"]):
            axis.plot([row["low"], row["high"]], [place, place], color=colour, linewidth=1.3, zorder=3)
        filling = colour if sure else "white"
        axis.plot(row["effect"], place, marker, markersize=4.2, color=colour, markerfacecolor=filling, zorder=4)
    reach = float(panel[["effect", "low", "high"]].abs().max().max()) or 1.0
    tick = _round_below(reach)
    axis.set_xlim(-1.15 * reach, 1.15 * reach)
    axis.set_ylim(len(names) - 0.5, -0.5)
    axis.set_yticks(range(len(names)), [broken(name) for name in names] if named else [""] * len(names))
    for label, name in zip(axis.get_yticklabels(), names, strict=True):
        label.set_fontweight("bold" if name in bold else "normal")
    axis.tick_params(axis="y", length=0)
    axis.spines["left"].set_visible(False)
    axis.set_xticks([-tick, 0, tick], [theme.signed(value) for value in (-tick, 0, tick)])
    better = next(iter(panel["better"].dropna()), "") if "better" in panel else ""
    unit = next(iter(panel["unit"].dropna()), "")
    axis.set_xlabel({"higher": f"{unit} (better →)", "lower": f"(← better) {unit}"}.get(better, unit))


def _round_below(reach: float) -> float:
    """Give 1, 2 or 5 times a power of ten, at most `reach`.

    >>> _round_below(23_000.0), _round_below(0.7)
    (20000.0, 0.5)
    """
    power = 10.0 ** math.floor(math.log10(reach))
    return max(step * power for step in (1.0, 2.0, 5.0) if step * power <= reach * (1 + 1e-9))
