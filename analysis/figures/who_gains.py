"""Who gains and who loses by a policy: its effects on groups of people."""

import math

import pandas as pd
from matplotlib.figure import Figure

from analysis import theme
from analysis.figures.policy_effects import EVERYONE, forest

COLUMNS = 4


@theme.styled
def draw(effects: pd.DataFrame, policy: str, *, title: str = "", caption: str = "") -> Figure:
    """Draw a panel for each outcome and in it a row for everyone and for each group.

    effects: outcome, policy, group, effect, low, high, unit and, where known, better, as in `policy_effects.draw`; the
    rows of `policy` are drawn, groups in their order ("dimension: group"). title: what the policy is called.
    """
    own = effects[effects["policy"] == policy]
    outcomes = [name for name in own["outcome"].unique() if own[own["outcome"] == name]["group"].nunique() > 1]
    groups = list(own[own["outcome"].isin(outcomes)]["group"].unique())
    groups = [EVERYONE] * (EVERYONE in groups) + [group for group in groups if group != EVERYONE]
    columns = min(COLUMNS, max(1, len(outcomes)))
    rows = max(1, math.ceil(len(outcomes) / columns))
    figure, axes = theme.canvas(rows, columns, theme.PAGE, 24 + rows * (19 + 5.0 * len(groups)))
    for place, axis in enumerate(axes.flat):
        if place >= len(outcomes):
            axis.set_axis_off()
            continue
        panel = own[own["outcome"] == outcomes[place]].set_index("group").reindex(groups)
        forest(axis, panel, groups, named=place % columns == 0, bold=(EVERYONE,))
        axis.set_title(outcomes[place])
    text = (
        "Policy minus baseline within each group, pairs of runs with the same luck; 95 percent interval of the mean "
        "over pairs. Many intervals are shown: one in twenty leaves out zero by chance. Differences between groups are "
        "for finding harm, not for selecting people."
    )
    return theme.finish(
        figure, f"Who gains and who loses: {title or policy}", f"{caption}\n{text}" if caption else text
    )
