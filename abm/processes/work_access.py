"""Access to work: who is allowed to work.

    permit holders:          from the permit and a citizen service number (bsn_queue_weeks)
    people in procedure:     work_access_weeks after the application, and that number
    children, 67 and older, and people lastingly unfit: outside the labour market

The number of weeks that someone in procedure may work in a year (``max_weeks_of_52``) was 24 until the Council of
State set the rule aside at the end of November 2023.
Source: work.yaml (law), procedure.yaml.
"""

from typing import NamedTuple

import numpy as np

from abm.kernels import inlined, kernel
from abm.people import NEVER
from abm.states import Legal, Work

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
def may_work(legal, weeks_since_application, weeks_since_permit, rates):
    """Say whether someone has the right to work and the number needed to use it."""
    if legal == Legal.PERMIT:
        return weeks_since_permit >= min(rates.bsn_queue_weeks, 4.0) or (
            weeks_since_application >= rates.work_access_weeks + rates.bsn_queue_weeks
        )
    if legal == Legal.NATURALISED:
        return True
    if legal == Legal.GENERAL_TRACK or legal == Legal.SHORT_TRACK:
        return weeks_since_application >= rates.work_access_weeks + rates.bsn_queue_weeks
    return False


@kernel
def update(rows, c, rates, luck):
    """Open or close access to work for the adults in ``rows``; give the number who gained access."""
    week = luck.week
    new = 0
    for i in rows:
        work = c.work[i]
        if week - c.birth_week[i] >= PENSION_WEEKS or c.unfit[i]:
            c.work[i] = Work.OUTSIDE
            c.earnings[i] = 0.0
            c.employer[i] = 0
            continue
        if work == Work.OUTSIDE:
            c.work[i] = Work.BARRED
            work = np.uint8(Work.BARRED)
        allowed = may_work(c.legal[i], week - c.application_week[i], week - c.permit_week[i], rates)
        if work == Work.BARRED and allowed:
            c.work[i] = Work.ELIGIBLE
            if c.access_week[i] == NEVER:
                c.access_week[i] = week
            new += 1
        elif not allowed and work > Work.BARRED:
            c.work[i] = Work.BARRED
            c.earnings[i] = 0.0
            c.employer[i] = 0
    return new
