"""Do failures depend on the inputs? Then what is left is a biased sample, and no index repairs that.

For each input the values of the points with a failed run are compared with the others (Mann-Whitney), with Holm's
correction over the inputs.
"""

import numpy as np
import pandas as pd
from scipy import stats

from experiments.sensitivity.layout import Layout


def dependence(layout: Layout, wide: np.ndarray, alpha: float = 0.05) -> pd.DataFrame:
    """Give input, p (corrected), higher (share of failed points above the others) and biased, least p first.

    `wide` has shape (points, replicates), NaN for a failed run. Empty when fewer than 3 points failed.
    """
    failed = np.isnan(wide).any(axis=1)
    columns = ["input", "p", "higher", "biased"]
    if failed.sum() < 3 or (~failed).sum() < 3:
        return pd.DataFrame({name: [] for name in columns})
    tests = [stats.mannwhitneyu(layout.unit[failed, i], layout.unit[~failed, i]) for i in range(len(layout.names))]
    p = np.array([test.pvalue for test in tests])
    pairs = failed.sum() * (~failed).sum()
    order = np.argsort(p)
    holm = np.empty(len(p))
    holm[order] = np.minimum(np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p)))), 1.0)
    frame = pd.DataFrame(
        {"input": layout.names, "p": holm, "higher": [test.statistic / pairs for test in tests], "biased": holm < alpha}
    )
    return frame.sort_values("p", ignore_index=True)


def warnings(layout: Layout, wide: np.ndarray) -> list[str]:
    """Give a line for each input that failures depend on, and one that says how many runs failed."""
    failed = int(np.isnan(wide).sum())
    if not failed:
        return []
    said = [f"{failed} of {wide.size} runs failed or are missing"]
    for row in dependence(layout, wide).itertuples():
        if row.biased:
            side = "high" if float(str(row.higher)) > 0.5 else "low"
            said.append(f"failures come with {side} values of {row.input} (p {row.p:.2g}): indices are biased")
    return said
