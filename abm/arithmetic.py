"""Exponential and logistic function with the same bits on every machine, compiled or not.

Library versions of ``exp`` differ in the last bit between processors and between numba and Python. One differing
bit can flip a decision years later. These use only multiplication and addition:
exp(x) = (Taylor polynomial of x/1024)^1024, relative error below 3e-12 for |x| <= 40.
"""

from abm.kernels import kernel


@kernel
def exp(x):
    """Give e to the power x, for x clipped to [-40, 40].

    >>> abs(exp(1.0) - 2.718281828459045) < 1e-11
    True
    """
    x = min(max(x, -40.0), 40.0)
    y = x * 0.0009765625  # x / 1024, exact
    p = 1.0 + y * (1.0 + y * (0.5 + y * (1.0 / 6.0 + y * (1.0 / 24.0 + y * (1.0 / 120.0 + y * (1.0 / 720.0))))))
    p = p * p
    p = p * p
    p = p * p
    p = p * p
    p = p * p
    p = p * p
    p = p * p
    p = p * p
    p = p * p
    return p * p


@kernel
def logistic(x):
    """Give 1 / (1 + exp(-x)).

    >>> logistic(0.0)
    0.5
    """
    return 1.0 / (1.0 + exp(-x))


@kernel
def clip(x, low, high):
    """Give x, but not below ``low`` or above ``high``."""
    return min(max(x, low), high)
