"""One factor at a time: the change of an outcome from the present, paired under the same luck.

Start of the staged recipe (ten Broeke, G., van Voorn, G. & Ligtenberg, A. (2016). Which sensitivity analysis method
should I use for my agent-based model? Journal of Artificial Societies and Social Simulation 19(1) 5): it shows shapes
and jumps, and nothing of interactions.
"""

import numpy as np
import pandas as pd

from experiments.design import DesignError
from experiments.sensitivity.layout import Layout


def curves(layout: Layout, wide: np.ndarray) -> pd.DataFrame:
    """Give input, value, position, change, low, high, replicates from results (points, replicates) of an ofat design.

    `position` is 0 at the lowest and 1 at the highest value; `change` is the mean over replicates, `low` and `high`
    are the lowest and the highest of them (two or three replicates say too little for an interval of the mean).
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
            mean, low, high = (float(good.mean()), float(good.min()), float(good.max())) if n else (np.nan,) * 3
            rows.append((name, layout.points[name].iloc[point], rank / max(len(at) - 1, 1), mean, low, high, n))
    return pd.DataFrame(rows, columns=["input", "value", "position", "change", "low", "high", "replicates"])
