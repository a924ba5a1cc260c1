"""One factor at a time: the change of an outcome from the present, paired under the same luck.

Start of the staged recipe (ten Broeke, G., van Voorn, G. & Ligtenberg, A. (2016). Which sensitivity analysis method
should I use for my agent-based model? Journal of Artificial Societies and Social Simulation 19(1) 5): it shows shapes
and jumps, and nothing of interactions.
"""

import numpy as np
import pandas as pd
from scipy import stats

from experiments.design import DesignError
from experiments.sensitivity.layout import Layout


def curves(layout: Layout, wide: np.ndarray, level: float = 0.95) -> pd.DataFrame:
    """Give input, value, position, change, low, high, replicates from results (points, replicates) of an ofat design.

    `position` is 0 at the lowest and 1 at the highest value. Limits are t intervals over replicates; NaN from one.
    """
    if layout.kind != "ofat":
        raise DesignError(f"curves need an ofat design; this one is {layout.kind}")
    varied = layout.points["varied"].to_numpy()
    change = wide - wide[0]
    rows = []
    for name in layout.names:
        at = np.flatnonzero(varied == name)
        for rank, point in enumerate(at):
            good = change[point][np.isfinite(change[point])]
            n = len(good)
            mean = float(good.mean()) if n else np.nan
            reach = float(stats.t.ppf((1 + level) / 2, n - 1) * good.std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan
            rows.append(
                (name, layout.points[name].iloc[point], rank / max(len(at) - 1, 1), mean, mean - reach, mean + reach, n)
            )
    return pd.DataFrame(rows, columns=["input", "value", "position", "change", "low", "high", "replicates"])
