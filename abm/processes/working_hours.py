"""Hours of work grow: who stays in a job and is not in lessons works more hours as time goes on.

    dH = hours_growth * (36 - H)    hours a week, a year, as long as H is below full time (36)

It is pay that is kept for a person: hours times the wage of the kind of job as it is now, so the growth goes towards
what that job pays full time. The hours of a new job are drawn in job_search.py, fewer beside lessons.

Source: work.yaml, hours_growth (assumption: that part-time work is common at first and less so later).
"""

from typing import NamedTuple

import numpy as np

from abm.kernels import kernel
from abm.states import Activity, Integration, Work

WEEKS_IN_YEAR = 52.18
FULL_TIME = 36.0  # hours a week


class Columns(NamedTuple):
    """Columns of people."""

    work: np.ndarray
    integration: np.ndarray
    activity: np.ndarray
    earnings: np.ndarray


WRITES = ("earnings",)


class Rates(NamedTuple):
    """Parameters."""

    hours_growth: float
    hourly_wage: float
    wage_premium_matched: float


@kernel
def beside_lessons(integration, activity):
    """Say whether someone is in lessons that are not combined with work."""
    in_route = Integration.B1_ROUTE <= integration <= Integration.A2_ROUTE
    return in_route and (activity & Activity.DUAL) == 0


@kernel
def hours_at_work(work, earnings, hourly_wage, wage_premium_matched):
    """Give the hours a week in a job: its pay over its wage an hour; 0 without a job."""
    if work == Work.EMPLOYED_MATCHED:
        return earnings / (hourly_wage * wage_premium_matched)
    return earnings / hourly_wage if work == Work.EMPLOYED_BASIC else 0.0


@kernel
def update(rows, c, weeks, rates):
    """Let the hours of the adults in ``rows`` with a job grow in ``weeks`` weeks (by position); give whose pay rose."""
    full_time = FULL_TIME * rates.hourly_wage
    growth = rates.hours_growth / WEEKS_IN_YEAR
    rose = 0
    for p in range(rows.shape[0]):
        i = rows[p]
        work = c.work[i]
        if work != Work.EMPLOYED_BASIC and work != Work.EMPLOYED_MATCHED:
            continue
        most = full_time * (rates.wage_premium_matched if work == Work.EMPLOYED_MATCHED else 1.0)
        pay = np.float64(c.earnings[i])
        if pay < most and not beside_lessons(c.integration[i], c.activity[i]):
            c.earnings[i] = pay + weeks[p] * growth * (most - pay)
            rose += 1
    return rose
