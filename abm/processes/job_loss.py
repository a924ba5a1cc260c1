"""Losing work: jobs end, the less often when matched or coached, and more often on a move between sites.

    p = job_loss_base * (job_loss_matched if matched) * (coach_loss if coached)
    a move between reception sites ends a job with chance job_loss_on_move
    people in procedure stop after max_weeks_of_52 weeks in a year

Source: work.yaml, job_loss_*.
"""

from typing import NamedTuple

import numpy as np

from abm.draws import LANE_JOB_LOSS, decision, draw, draw_once
from abm.kernels import inlined, kernel
from abm.states import Housing, Legal, Work

DROP, SUPPORT = decision("drop"), decision("support")


class Columns(NamedTuple):
    """Columns of people."""

    key: np.ndarray
    legal: np.ndarray
    housing: np.ndarray
    work: np.ndarray
    earnings: np.ndarray
    employer: np.ndarray
    move_week: np.ndarray
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
def update(rows, c, rates, lanes, luck):
    """End jobs of the adults in ``rows`` (draws by position in ``lanes``); give the number of jobs lost."""
    lane = lanes[LANE_JOB_LOSS]
    week = luck.week
    if week % 52 == 0:
        for i in rows:
            c.weeks_worked[i] = 0
    most = rates.job_loss_base * max(rates.job_loss_matched, 1.0) * max(rates.coach_loss, 1.0)
    lost = 0
    for p in range(rows.shape[0]):
        i = rows[p]
        work = c.work[i]
        if work != Work.EMPLOYED_BASIC and work != Work.EMPLOYED_MATCHED:
            continue
        u = float(lane[p])
        in_procedure = c.legal[i] == Legal.GENERAL_TRACK or c.legal[i] == Legal.SHORT_TRACK
        reception = c.housing[i] < Housing.TRANSITION
        if u >= most and not in_procedure and not reception:
            continue
        if c.job_week[i] == week:
            continue
        if in_procedure:
            c.weeks_worked[i] = min(c.weeks_worked[i] + 1, 60)
        ends = False
        if u < most:
            coached = draw_once(luck, SUPPORT, c.key[i]) < rates.coach_share
            ends = u < chance(work == Work.EMPLOYED_MATCHED, coached, rates)
        if reception and c.move_week[i] == week:
            ends = ends or draw(luck, DROP, c.key[i]) < rates.job_loss_on_move
        if in_procedure and c.weeks_worked[i] >= rates.max_weeks_of_52 and rates.max_weeks_of_52 < 52:
            ends = True
        if ends:
            c.work[i] = Work.ELIGIBLE
            c.earnings[i] = 0.0
            c.employer[i] = 0
            lost += 1
    return lost
