"""Losing work: jobs end, the less often when matched or coached, and more often on a move between sites.

    p = job_loss_base * (job_loss_matched if matched) * (coach_loss if coached)   a week, drawn at each visit
    a move between reception sites ends a job with chance job_loss_on_move
    people in procedure stop after max_weeks_of_52 weeks in a year

Source: work.yaml, job_loss_*.
"""

from typing import NamedTuple

import numpy as np

from abm.draws import LANE_JOB_LOSS, decision, draw, draw_once
from abm.kernels import inlined, kernel
from abm.states import Legal, Work
from abm.turns import VISITS, put, weeks_until

DROP, SUPPORT = decision("drop"), decision("support")


class Columns(NamedTuple):
    """Columns of people."""

    key: np.ndarray
    legal: np.ndarray
    work: np.ndarray
    earnings: np.ndarray
    employer: np.ndarray
    job_week: np.ndarray
    weeks_worked: np.ndarray


WRITES = ("work", "earnings", "employer", "weeks_worked")


class Rates(NamedTuple):
    """Parameters."""

    job_loss_base: float
    job_loss_matched: float
    coach_share: float
    coach_loss: float
    job_loss_on_move: float
    max_weeks_of_52: int


@inlined
def chance(matched, coached, rates):
    """Give the chance that someone loses the job this week."""
    p = rates.job_loss_base
    if matched:
        p *= rates.job_loss_matched
    if coached:
        p *= rates.coach_loss
    return p


@kernel
def update(rows, c, weeks, rates, lanes, luck, due):
    """Draw which jobs of the adults in ``rows`` end before their next visit, and when; give how many.

    weeks: until the next visit, float64 by position. Who works while in procedure has worked up to VISITS weeks more
    since the last visit. lanes: draws by position
    (``draws.VISIT_LANES``). due: ``turns.Due``, filled for ``end``.
    """
    lane = lanes[LANE_JOB_LOSS]
    week = luck.week
    most = rates.job_loss_base * max(rates.job_loss_matched, 1.0) * max(rates.coach_loss, 1.0)
    new_year = week % 52 < VISITS
    counted = min(week % 52, VISITS)  # weeks since the last visit, of this year
    limited = rates.max_weeks_of_52 < 52
    ends = 0
    for p in range(rows.shape[0]):
        i = rows[p]
        if new_year:
            c.weeks_worked[i] = 0
        u = np.float64(lane[p])
        in_procedure = c.legal[i] == Legal.GENERAL_TRACK or c.legal[i] == Legal.SHORT_TRACK
        if u >= weeks[p] * most and not in_procedure:
            continue
        ahead = int(weeks[p])
        work = c.work[i]
        if work != Work.EMPLOYED_BASIC and work != Work.EMPLOYED_MATCHED:
            continue
        coached = draw_once(luck, SUPPORT, c.key[i]) < rates.coach_share
        left = weeks_until(chance(work == Work.EMPLOYED_MATCHED, coached, rates), u, ahead)
        if in_procedure:
            c.weeks_worked[i] = min(c.weeks_worked[i] + min(week - c.job_week[i], counted), 60)
            if limited:
                left = min(left, max(rates.max_weeks_of_52 - int(c.weeks_worked[i]), 0))
        if left < ahead:
            put(due, i, 0, week + left)
            ends += 1
    return ends


@kernel
def stop(i, c):
    """End the job of person ``i``; give 1, or 0 for someone without."""
    if c.work[i] != Work.EMPLOYED_BASIC and c.work[i] != Work.EMPLOYED_MATCHED:
        return 0
    c.work[i] = Work.ELIGIBLE
    c.earnings[i] = 0.0
    c.employer[i] = 0
    return 1


@kernel
def end(rows, c):
    """End the jobs of the people in ``rows`` who still have one; give the number of jobs lost."""
    lost = 0
    for i in rows:
        lost += stop(i, c)
    return lost


@kernel
def drop(rows, c, rates, luck):
    """End some jobs of people who moved to another reception site (``rows``); give the number of jobs lost."""
    lost = 0
    for i in rows:
        if draw(luck, DROP, c.key[i]) < rates.job_loss_on_move:
            lost += stop(i, c)
    return lost
