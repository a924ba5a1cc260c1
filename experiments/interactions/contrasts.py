"""Main effects and interactions as paired contrasts of a factorial design.

With y(a, b) the outcome of one replicate, a and b off (0) or on (1):

    main effect of a   = [y(1, 0) - y(0, 0) + y(1, 1) - y(0, 1)] / 2
    interaction        = [y(1, 1) - y(0, 1)] - [y(1, 0) - y(0, 0)]

Both are taken replicate by replicate, then given with the paired interval of `experiments.compare.effect`. The main
effect is the mean over the settings of the other factors. With three factors an interaction of two is the mean over
both settings of the third, and the interaction of three is how that difference of differences changes with the third.
A replicate in which some combination has no number is left out of every contrast that needs it.

The interaction is a difference of amounts, not of ratios (Rothman, K. J., Greenland, S. & Lash, T. L. (2008). Modern
Epidemiology, 3rd ed., chapter 5): two measures that each work in proportion interact here, and should.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from experiments.compare import Effect, effect


def contrast(frame: pd.DataFrame, outcome: str, of: Sequence[str], at: Mapping[str, bool] | None = None) -> Effect:
    """Give the main effect of one factor, or the interaction of several, with its paired interval.

    `frame` has the columns `replicate`, one of yes and no for each factor, and `outcome`. Factors named neither in
    `of` nor in `at` are averaged over; `at` holds some at one setting.
    """
    for factor, on in (at or {}).items():
        frame = frame[frame[factor] == on]
    signs = np.where(frame[list(of)].to_numpy(bool), 1, -1).prod(axis=1)
    rest = len(frame) / frame["replicate"].nunique() / 2 ** len(of)
    less, more = (_sums(frame[signs == sign], outcome) / rest for sign in (-1, 1))
    return effect(less.to_numpy(), more.to_numpy(), outcome)


def level(frame: pd.DataFrame, outcome: str, at: Mapping[str, bool]) -> Effect:
    """Give the mean of an outcome in one combination with the interval over replicates."""
    for factor, on in at.items():
        frame = frame[frame[factor] == on]
    numbers = frame[outcome].to_numpy(float)
    return effect(np.zeros(len(numbers)), numbers, outcome)


def _sums(frame: pd.DataFrame, outcome: str) -> pd.Series:
    by_replicate = frame.groupby("replicate", sort=True)[outcome]
    return by_replicate.sum().where(by_replicate.count() == by_replicate.size())
