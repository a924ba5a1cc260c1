"""Decisions on asylum: a household is granted a permit or refused.

The IND (institutions/ind.py) chooses which cases; this file only writes what was decided, for the household and its
members. Who lives with relatives has a home from the permit on; who is refused may not work. A case is granted if

    draw < logistic(logit(grant_rate_by_origin[origin]) + shift)

where ``shift`` makes the mean over the applicants of a year equal the national ``grant_rate`` of the date. The draw
is made once in a life: the same case has the same luck whenever it is decided first. A case that was refused and is
open again, after appeal or a new application (departures.py), comes up with other grounds and so with new luck at the
same chance (assumption: the sources do not split the outcomes of later decisions).

Source: procedure.yaml (grant_rate, grant_rate_by_origin).
"""

from typing import NamedTuple

import numpy as np

from abm.draws import decision, draw, draw_once
from abm.kernels import kernel
from abm.people import NEVER
from abm.states import Housing, Legal, Work

GRANT, APPEAL = decision("grant"), decision("appeal")


class Columns(NamedTuple):
    """Household columns."""

    key: np.ndarray
    first_row: np.ndarray
    size: np.ndarray
    origin: np.ndarray
    legal: np.ndarray
    housing: np.ndarray
    permit_week: np.ndarray
    registration_week: np.ndarray
    housed_week: np.ndarray


class Members(NamedTuple):
    """Columns of people."""

    legal: np.ndarray
    permit_week: np.ndarray
    decision_week: np.ndarray
    housed_week: np.ndarray
    work: np.ndarray
    earnings: np.ndarray
    employer: np.ndarray


WRITES = ("legal", "permit_week", "registration_week", "housed_week")


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
def decide(cases, c, members, chance_by_origin, registers_at_permit, luck):
    """Decide the cases (household rows) and give the number granted.

    chance_by_origin: float64 (origins,). Refused cases become REJECTED.
    """
    granted = 0
    for i in cases:
        again = members.decision_week[c.first_row[i]] != NEVER
        u = draw(luck, APPEAL, c.key[i]) if again else draw_once(luck, GRANT, c.key[i])
        permit = u < chance_by_origin[c.origin[i]]
        at_home = permit and c.housing[i] == Housing.PRIVATE
        c.legal[i] = Legal.PERMIT if permit else Legal.REJECTED
        if permit:
            granted += 1
            c.permit_week[i] = luck.week
            if registers_at_permit:
                c.registration_week[i] = luck.week
        if at_home:
            c.housed_week[i] = luck.week
        for j in range(c.first_row[i], c.first_row[i] + c.size[i]):
            members.legal[j] = c.legal[i]
            members.decision_week[j] = luck.week
            if permit:
                members.permit_week[j] = luck.week
            else:
                members.work[j] = Work.OUTSIDE if members.work[j] == Work.OUTSIDE else Work.BARRED
                members.earnings[j] = 0.0
                members.employer[j] = 0
            if at_home:
                members.housed_week[j] = luck.week
    return granted
