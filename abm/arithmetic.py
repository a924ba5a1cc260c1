"""Exponential and logistic function with the same bits on every machine, compiled or not.

Library versions of ``exp`` differ in the last bit between processors and between numba and Python. One differing
bit can flip a decision years later. These use only multiplication, addition and two small tables made by exact
doubling and by square roots, which are correctly rounded everywhere:
exp(x) = 2^k * 2^(j/64) * exp(r), with x = (64 k + j) ln(2) / 64 + r and |r| < 0.0055. The relative error is below
1e-13 for |x| <= 40.
"""

from math import floor, sqrt

import numpy as np

from abm.kernels import kernel

_ROOT = sqrt(sqrt(sqrt(sqrt(sqrt(sqrt(2.0))))))  # 2^(1/64)
_ROOTS = np.cumprod(np.array([1.0] + 63 * [_ROOT]))
_POWERS = 2.0 ** np.arange(-64, 65)
_STEPS = 64.0 / 0.6931471805599453
_STEP = 0.6931471805599453 / 64.0


@kernel
def exp(x):
    """Give e to the power x, for x clipped to [-40, 40].

    >>> abs(exp(1.0) - 2.718281828459045) < 1e-12
    True
    """
    x = min(max(x, -40.0), 40.0)
    n = floor(x * _STEPS + 0.5)
    r = x - n * _STEP
    p = 1.0 + r * (1.0 + r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0))))
    return p * _ROOTS[n & 63] * _POWERS[(n >> 6) + 64]


@kernel
def logistic(x):
    """Give 1 / (1 + exp(-x)).

    >>> logistic(0.0)
    0.5
    """
    return 1.0 / (1.0 + exp(-x))


@kernel
def chance_of(hazard):
    """Give 1 - exp(-hazard): the chance that something with this hazard a week happens within it.

    >>> abs(chance_of(0.02) - 0.0198013267) < 1e-9 and abs(chance_of(1.0) - 0.6321205588) < 1e-9
    True
    """
    if hazard < 0.05:  # four terms of the series are right to 3 in 10 million
        return hazard * (1.0 - hazard * (0.5 - hazard * (1.0 / 6.0 - hazard / 24.0)))
    return 1.0 - exp(-hazard)


@kernel
def clip(x, low, high):
    """Give x, but not below ``low`` or above ``high``."""
    return min(max(x, low), high)
