"""Decisions on asylum: a household is granted a permit or refused.

The IND (institutions/ind.py) chooses which cases; this file only writes what was decided. A case is granted if

    draw < logistic(logit(grant_rate_by_origin[origin]) + shift)

where ``shift`` makes the mean over the applicants of a year equal the national ``grant_rate`` of the date. The draw
is made once in a life: the same case has the same luck whenever it is decided.

Source: procedure.yaml (grant_rate, grant_rate_by_origin).
"""

from typing import NamedTuple

import numpy as np

from abm.draws import decision, draw_once
from abm.kernels import kernel
from abm.states import Legal

GRANT = decision("grant")


class Columns(NamedTuple):
    """Household columns."""

    key: np.ndarray
    origin: np.ndarray
    legal: np.ndarray
    permit_week: np.ndarray
    registration_week: np.ndarray


WRITES = ("legal", "permit_week", "registration_week")


def shift_to(rate: float, by_origin: np.ndarray, shares: np.ndarray) -> float:
    """Give the shift in log-odds at which the mean chance over ``shares`` equals ``rate`` (bisection).

    >>> abs(shift_to(0.5, np.array([0.5, 0.5]), np.array([0.3, 0.7]))) < 1e-6
    True
    """
    odds = np.log(by_origin / (1.0 - by_origin))
    low, high = -15.0, 15.0
    for _ in range(80):
        middle = 0.5 * (low + high)
        mean = float(shares @ (1.0 / (1.0 + np.exp(-(odds + middle)))) / shares.sum())
        low, high = (middle, high) if mean < rate else (low, middle)
    return 0.5 * (low + high)


@kernel
def decide(cases, c, chance_by_origin, registers_at_permit, luck):
    """Decide the cases (household rows) and give the number granted.

    chance_by_origin: float64 (origins,). Refused cases become REJECTED.
    """
    granted = 0
    for i in cases:
        if draw_once(luck, GRANT, c.key[i]) < chance_by_origin[c.origin[i]]:
            c.legal[i] = Legal.PERMIT
            c.permit_week[i] = luck.week
            if registers_at_permit:
                c.registration_week[i] = luck.week
            granted += 1
        else:
            c.legal[i] = Legal.REJECTED
    return granted
