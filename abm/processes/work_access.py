"""Access to work: who is allowed to work.

    permit holders:          bsn_queue_weeks (for a citizen service number), at most 4, after the permit; or as below,
                             if that is sooner
    people in procedure:     work_access_weeks after the application, and that number
    children, 67 and older, and people lastingly unfit: outside the labour market

The number of weeks that someone in procedure may work in a year (``max_weeks_of_52``) was 24 until the Council of
State set the rule aside at the end of November 2023.

Access is looked at in three weeks: that of a visit, that which was foreseen at the last visit, and that which was
foreseen when the permit was given. A rule that changes between two visits is noticed at the second.
Source: work.yaml (law), procedure.yaml.
"""

from math import ceil
from typing import NamedTuple

import numpy as np

from abm.kernels import inlined, kernel
from abm.people import NEVER
from abm.states import Legal, Work
from abm.turns import put

ADULT_WEEKS = 18.0 * 52.18
PENSION_WEEKS = 67.0 * 52.18


class Columns(NamedTuple):
    """Columns of people."""

    legal: np.ndarray
    work: np.ndarray
    unfit: np.ndarray
    birth_week: np.ndarray
    application_week: np.ndarray
    permit_week: np.ndarray
    access_week: np.ndarray
    earnings: np.ndarray
    employer: np.ndarray


WRITES = ("work", "access_week", "earnings", "employer")


class Rates(NamedTuple):
    """Parameters."""

    work_access_weeks: int
    bsn_queue_weeks: float


@inlined
def weeks_until_access(legal, since_application, since_permit, rates):
    """Give in how many weeks (float) someone has the right to work and the number needed to use it.

    It is 0 or less for those who have both, and infinite for those without prospect of it. Weeks are those since the
    application and since the permit.
    """
    if legal == Legal.NATURALISED:
        return 0.0
    weeks = rates.work_access_weeks + rates.bsn_queue_weeks - since_application
    if legal == Legal.PERMIT:
        return min(weeks, min(rates.bsn_queue_weeks, 4.0) - since_permit)
    return weeks if legal == Legal.GENERAL_TRACK or legal == Legal.SHORT_TRACK else np.inf


@kernel
def update(rows, c, weeks, rates, luck, due, opened):
    """Open or close access to work for the adults in ``rows``; give the number who gained access.

    weeks: until the next visit, float64 by position; 0 for those of whom no visit is due. due: ``turns.Due``, filled
    with those who gain access before the next visit. opened: uint32, filled with those who gained it now.
    """
    week = luck.week
    new = 0
    for p in range(rows.shape[0]):
        i = rows[p]
        work = c.work[i]
        if week - c.birth_week[i] >= PENSION_WEEKS or c.unfit[i]:
            c.work[i] = Work.OUTSIDE
            c.earnings[i] = 0.0
            c.employer[i] = 0
            continue
        if work == Work.OUTSIDE:
            c.work[i] = Work.BARRED
            work = np.uint8(Work.BARRED)
        ahead = weeks_until_access(c.legal[i], week - c.application_week[i], week - c.permit_week[i], rates)
        if work == Work.BARRED and ahead <= 0.0:
            c.work[i] = Work.ELIGIBLE
            if c.access_week[i] == NEVER:
                c.access_week[i] = week
            opened[new] = i
            new += 1
        elif ahead > 0.0 and work > Work.BARRED:
            c.work[i] = Work.BARRED
            c.earnings[i] = 0.0
            c.employer[i] = 0
        elif 0.0 < ahead <= weeks[p] - 1.0:
            put(due, i, 0, week + ceil(ahead))
    return new


@kernel
def foresee(rows, c, rates, luck, due):
    """Put the people in ``rows``, who got a permit this week, and cannot use it yet, in ``due``; give their number."""
    n = 0
    for i in rows:
        ahead = weeks_until_access(c.legal[i], luck.week - c.application_week[i], 0, rates)
        if c.work[i] == Work.BARRED:
            put(due, i, 0, luck.week + ceil(max(ahead, 0.0)))
            n += 1
    return n
