"""Two regressions, logistic and Poisson, by iteratively reweighted least squares.

Both maximise their likelihood by Newton's method: with mean m and weight w at the linear predictor x b +
offset,

    b <- b + (X' W X)^-1 X' (y - m)

logistic: m = n / (1 + exp(-eta)), w = m (1 - m / n), n = 1;   Poisson: m = w = exp(eta).

A Poisson regression of events with log exposure as offset is a proportional hazards model whose baseline is
constant within each row's period (Holford 1980, Biometrics 36; Laird and Olivier 1981, JASA 76).
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np


class Fit(NamedTuple):
    """Coefficients, their covariance and the fitted means."""

    coefficients: np.ndarray
    covariance: np.ndarray
    fitted: np.ndarray

    def error(self, index: int) -> float:
        """Give the standard error of a coefficient."""
        return float(np.sqrt(self.covariance[index, index]))


def logistic(x: np.ndarray, y: np.ndarray) -> Fit:
    """Fit the chance that y is 1. x: (n, k), with a column of ones for a constant; y: (n,) of 0 and 1."""
    return _fit(x, y, np.zeros(len(y)), _logistic)


def poisson(x: np.ndarray, events: np.ndarray, exposure: np.ndarray) -> Fit:
    """Fit the rate of events. x: (n, k); events: (n,) counts; exposure: (n,) times at risk, above 0."""
    return _fit(x, events, np.log(exposure), _poisson)


def split(
    start: np.ndarray, stop: np.ndarray, event: np.ndarray, edges: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Split times at risk at the edges of periods.

    start, stop: (n,) times of entry and exit; event: (n,) whether it ended with the event; edges: (k + 1,)
    rising. Gives, for each piece with time in it: the row, the period, the time at risk and whether the
    event fell in it. Time outside the edges is left out.
    """
    rows, periods, times, events = [], [], [], []
    for period, (low, high) in enumerate(pairwise(edges)):
        time = np.minimum(stop, high) - np.maximum(start, low)
        inside = np.flatnonzero(time > 0)
        rows.append(inside)
        periods.append(np.full(len(inside), period))
        times.append(time[inside])
        events.append(event[inside] & (stop[inside] <= high))
    return np.concatenate(rows), np.concatenate(periods), np.concatenate(times), np.concatenate(events)


def dummies(codes: np.ndarray, levels: int) -> np.ndarray:
    """Give a column of 0 and 1 for each level but the first."""
    return (codes[:, None] == np.arange(1, levels)).astype(float)


def _logistic(eta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    m = 1.0 / (1.0 + np.exp(-np.clip(eta, -30, 30)))
    return m, m * (1.0 - m)


def _poisson(eta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    m = np.exp(np.clip(eta, -30, 30))
    return m, m


def _fit(x, y, offset, family) -> Fit:
    y = np.asarray(y, float)
    used = np.abs(x).sum(axis=0) > 0  # a group nobody is in has no coefficient
    z = np.asarray(x[:, used], float)
    b = np.zeros(z.shape[1])
    if family is _poisson:  # start at the crude rate, or exp() overshoots
        rate = np.log(max(y.sum(), 0.5)) - np.log(np.exp(offset).sum())
        b = np.linalg.lstsq(z, np.full(len(y), rate), rcond=None)[0]
    for _ in range(60):
        m, w = family(z @ b + offset)
        information = (z * w[:, None]).T @ z + 1e-9 * np.eye(z.shape[1])
        step = np.linalg.solve(information, z.T @ (y - m))
        b = b + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-8:
            break
    m, w = family(z @ b + offset)
    covariance = np.linalg.inv((z * w[:, None]).T @ z + 1e-9 * np.eye(z.shape[1]))
    coefficients = np.full(x.shape[1], np.nan)
    coefficients[used] = b
    full = np.full((x.shape[1], x.shape[1]), np.nan)
    full[np.ix_(used, used)] = covariance
    return Fit(coefficients, full, m)
