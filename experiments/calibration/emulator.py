"""A Gaussian process for the expected value of one outcome, which knows the noise of the replicates.

The training value of a point is the mean of its replicates; its noise, s2 / R, goes on the diagonal of the covariance
and nowhere else, so the prediction is of the expected value and its variance does not contain the noise. With few
replicates s2 of one point says little: it is drawn towards the mean over points (as if the mean had been seen with
`BELIEF` degrees of freedom). Kernel: a constant times a Matern 5/2 with a length for each input.
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

BELIEF = 5.0
RESTARTS = 1


@dataclass(frozen=True)
class Emulator:
    """A fitted process. `noise` is the replicate variance of a single run; `error` the cross-validated RMSE.

    `error` is in standard deviations of what the inputs do; near 1 the emulator knows nothing.
    """

    process: Any
    centre: float
    scale: float
    noise: float
    error: float

    def predict(self, unit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give mean and variance of the expected value at points of the unit cube."""
        mean, deviation = self.process.predict(np.atleast_2d(unit), return_std=True)
        return self.centre + self.scale * mean, (self.scale * deviation) ** 2


def fit(unit: np.ndarray, wide: np.ndarray, *, seed: int = 1) -> Emulator | None:
    """Give the emulator of results (points, replicates); None where too few points have two numbers."""
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern

    good = np.isfinite(wide)
    counts = good.sum(axis=1)
    keep = counts >= 2
    k = unit.shape[1]
    if keep.sum() < 2 * k + 5:
        return None
    unit, wide, good, counts = unit[keep], wide[keep], good[keep], counts[keep]
    filled = np.where(good, wide, 0.0)
    means = filled.sum(axis=1) / counts
    own = (np.where(good, wide - means[:, None], 0.0) ** 2).sum(axis=1) / (counts - 1)
    pooled = float((own * (counts - 1)).sum() / (counts - 1).sum())
    noise = (own * (counts - 1) + BELIEF * pooled) / (counts - 1 + BELIEF)
    centre, scale = float(means.mean()), float(means.std())
    if scale == 0:
        scale = 1.0
    alpha = noise / counts / scale**2 + 1e-8
    kernel = ConstantKernel(1.0, (1e-3, 1e3)) * Matern(np.full(k, 1.0), (0.05, 50.0), nu=2.5)
    process = GaussianProcessRegressor(kernel, alpha=alpha, n_restarts_optimizer=RESTARTS, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a length at its bound is an input that does nothing
        process.fit(unit, (means - centre) / scale)
    return Emulator(process, centre, scale, pooled, _left_out_error(process, alpha))


def _left_out_error(process: Any, alpha: np.ndarray) -> float:
    """Give the leave-one-out error beyond noise, from the inverse of the covariance (Dubrule 1983), in sd units."""
    inverse = np.linalg.inv(process.kernel_(process.X_train_) + np.diag(alpha))
    residual = (inverse @ process.y_train_) / np.diag(inverse)
    return float(np.sqrt(max(float((residual**2 - alpha).mean()), 0.0)))
