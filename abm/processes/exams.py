"""Exams, scaling down, the end of the term, and naturalisation.

    attempt       when the level is within ``exam_margin`` of the required one, or above 0.5 after twice the hours of
                  the B1 route; at the first visit that is ``exam_interval_weeks`` or more after the last attempt (with
                  thirteen weeks: after sixteen)
    P(pass)     = logistic(exam_slope * (L - L required))
    scale down    in the B1 route from ``scale_down_hours`` on, if the level predicted at
                  ``scale_down_predicted_hours`` is below B1 or after ``exam_attempts_b1`` failed attempts, with
                  ``scale_down_chance`` a week (eight times that at a visit); costs motivation, and attempts are counted
                  anew; hours are those of all routes together
    no release    failing does not end the duty, at no level: the exemption for failed attempts (AGI) belongs to the
                  act of 2013; who is exempt under the act of 2021 is drawn on arrival (arrivals.py)
    interim test  (``interim_test`` A1 or A2) on the way to B1, when that level is near: passing it motivates by
                  ``motivation_interim_pass``; of those who are not expected to reach B1 a share
                  ``share_content_with_interim`` then chooses: after A2 they have finished, after A1 they go to the A2
                  route. Whoever has passed A2 keeps it when they scale down or the term ends
    change        of route (scaling down; from Z to B1 with ``chance_route_switch`` a week from A1 on) costs
                  ``switch_delay_weeks`` without lessons, in steps of visits: those of the present visit are followed,
                  those of later visits before that week are not (with ten weeks: eight without)
    Z route       finishes with its hours of language and participation (no exam)
    term          ends after ``integration_term_weeks``: still obliged, in the long tail, and keeps trying at the level
                  of the route, B1 or A2; a fine (``term_sanction``) costs motivation and brings debts with
                  ``debt_by_sanction`` a thousand euros; the Z route ends by its hours, not by the term

Those who pass the education route study on (mbo, hbo, university) for ``study_weeks`` on average.
Naturalisation: after ``naturalisation_years`` with a permit, for those whose duty is done, from half a level below
``naturalisation_level`` on (the test was passed before, and Dutch can wear off).
Source: integration.yaml, procedure.yaml; 42 % of B1 learners were expected to scale down (5 to 90).
"""

from typing import NamedTuple

import numpy as np

from abm.arithmetic import logistic
from abm.draws import LANE_NATURALISATION, LANE_STUDIES, decision, draw, draw_once
from abm.kernels import kernel
from abm.people import NEVER
from abm.states import Integration, Legal, Work
from abm.turns import VISITS

EXAM, SCALE_DOWN, SUPPORT = decision("exam"), decision("scale_down"), decision("support")
CHOICE, SANCTION = decision("interim_choice"), decision("term_sanction")
A1_LEVEL, A2_LEVEL, B1_LEVEL = 1.0, 2.0, 3.0
NO_TEST, TEST_A1, TEST_A2 = range(3)


class Columns(NamedTuple):
    """Columns of people."""

    key: np.ndarray
    legal: np.ndarray
    integration: np.ndarray
    work: np.ndarray
    language: np.ndarray
    class_hours: np.ndarray
    route_hours: np.ndarray
    attempts: np.ndarray
    exam_week: np.ndarray
    interim_week: np.ndarray
    lessons_from_week: np.ndarray
    scaled_down: np.ndarray
    scale_down_checked: np.ndarray
    term_end: np.ndarray
    expired_at_a2: np.ndarray
    finish_week: np.ndarray
    permit_week: np.ndarray
    motivation: np.ndarray
    debt: np.ndarray


WRITES = (
    "legal",
    "integration",
    "work",
    "attempts",
    "exam_week",
    "interim_week",
    "lessons_from_week",
    "scaled_down",
    "scale_down_checked",
    "expired_at_a2",
    "finish_week",
    "motivation",
    "debt",
)


class Rates(NamedTuple):
    """Parameters."""

    exam_slope: float
    exam_margin: float
    exam_interval_weeks: int
    exam_attempts_b1: int
    scale_down_hours: float
    scale_down_predicted_hours: float
    scale_down_chance: float
    interim_test: int
    share_content_with_interim: float
    motivation_interim_pass: float
    switch_delay_weeks: int
    route_hours: np.ndarray
    participation_hours_z: float
    motivation_scaled_down: float
    term_sanction: float
    debt_by_sanction: float
    motivation_sanction: float
    chance_route_switch: float
    study_weeks: float
    naturalisation_years: int
    naturalisation_level: float
    chance_naturalisation: float


@kernel
def pass_chance(language, required, slope):
    """Give the chance to pass an exam at the required CEFR level."""
    return logistic(slope * (language - required))


@kernel
def predicted_level(language, hours, at_hours):
    """Give the level expected at ``at_hours`` of lessons if learning goes on at the pace so far."""
    if hours <= 0.0:
        return language
    return language * max(at_hours / hours, 1.0)


@kernel
def finish(i, state, c, week):
    """Write that someone has fulfilled the duty."""
    c.integration[i] = state
    c.finish_week[i] = week


@kernel
def change_route(i, state, c, rates, luck):
    """Write that someone changes route; lessons go on after the weeks that takes, attempts are counted anew."""
    c.integration[i] = state
    c.attempts[i] = 0
    c.lessons_from_week[i] = luck.week + rates.switch_delay_weeks


@kernel
def reaches_b1(i, c, rates):
    """Say whether person ``i`` is expected to reach B1, at the pace so far."""
    hours = np.float64(c.class_hours[i])
    predicted = predicted_level(np.float64(c.language[i]), hours, rates.scale_down_predicted_hours)
    return hours <= 0.0 or predicted >= B1_LEVEL


@kernel
def sit_interim_test(i, c, level, rates, luck):
    """Let person ``i`` sit the test on the way to B1 and, once passed, choose; say whether the duty is fulfilled."""
    c.exam_week[i] = luck.week
    if draw(luck, EXAM, c.key[i]) >= pass_chance(np.float64(c.language[i]), level, rates.exam_slope):
        return False
    c.interim_week[i] = luck.week
    c.motivation[i] = min(np.float64(c.motivation[i]) + rates.motivation_interim_pass, 1.0)
    if reaches_b1(i, c, rates) or draw_once(luck, CHOICE, c.key[i]) >= rates.share_content_with_interim:
        return False
    if level >= A2_LEVEL:
        finish(i, Integration.PASSED_A2, c, luck.week)
        return True
    change_route(i, Integration.A2_ROUTE, c, rates, luck)
    return False


@kernel
def fine(i, c, rates, luck):
    """Fine person ``i``, whose term has ended."""
    c.motivation[i] = max(np.float64(c.motivation[i]) - rates.motivation_sanction, 0.0)
    if draw(luck, SANCTION, c.key[i]) < rates.debt_by_sanction * rates.term_sanction / 1000.0:
        c.debt[i] = True


@kernel
def update(rows, c, rates, luck, counts):
    """Hold exams for the learners in ``rows``, visited once in eight weeks; give the number who finish.

    counts: int64 (3,), adds scaled down, attempts, passes.
    """
    week = luck.week
    finished = 0
    for i in rows:
        state = c.integration[i]
        if state == Integration.EXEMPT:
            continue  # reached pension age this week
        hours = np.float64(c.route_hours[i])
        language = np.float64(c.language[i])
        if state == Integration.Z_ROUTE:
            # participation runs beside the lessons, at the same weekly load
            if hours >= rates.route_hours[2] and hours >= rates.participation_hours_z:
                finish(i, Integration.FINISHED_Z, c, week)
                finished += 1
            elif language >= 1.0 and draw(luck, SUPPORT, c.key[i]) < VISITS * rates.chance_route_switch:
                change_route(i, Integration.B1_ROUTE, c, rates, luck)
            continue
        has_a2 = rates.interim_test == TEST_A2 and c.interim_week[i] != NEVER and state == Integration.B1_ROUTE
        at_a2 = state == Integration.A2_ROUTE or (state == Integration.TERM_EXPIRED and c.expired_at_a2[i])
        required = A2_LEVEL if at_a2 else B1_LEVEL
        if state == Integration.B1_ROUTE and hours >= rates.scale_down_hours:
            c.scale_down_checked[i] = True
            cannot = c.attempts[i] >= rates.exam_attempts_b1 or not reaches_b1(i, c, rates)
            if cannot and draw(luck, SCALE_DOWN, c.key[i]) < VISITS * rates.scale_down_chance:
                c.scaled_down[i] = True
                counts[0] += 1
                if has_a2:
                    finish(i, Integration.PASSED_A2, c, week)
                    finished += 1
                    continue
                change_route(i, Integration.A2_ROUTE, c, rates, luck)
                c.motivation[i] = max(np.float64(c.motivation[i]) - rates.motivation_scaled_down, 0.0)
                continue
        if week >= c.term_end[i] and state != Integration.TERM_EXPIRED and c.term_end[i] != NEVER:
            if c.work[i] == Work.STUDY:
                c.work[i] = Work.ELIGIBLE
            if has_a2:
                finish(i, Integration.PASSED_A2, c, week)
                finished += 1
                continue
            c.integration[i] = Integration.TERM_EXPIRED
            c.expired_at_a2[i] = at_a2
            if rates.term_sanction > 0.0:
                fine(i, c, rates, luck)
            continue
        if week - c.exam_week[i] < rates.exam_interval_weeks and c.exam_week[i] != NEVER:
            continue
        if rates.interim_test != NO_TEST and state == Integration.B1_ROUTE and c.interim_week[i] == NEVER:
            level = A1_LEVEL if rates.interim_test == TEST_A1 else A2_LEVEL
            if level - rates.exam_margin <= language < B1_LEVEL - rates.exam_margin:
                finished += int(sit_interim_test(i, c, level, rates, luck))
                continue
        tried_enough = hours >= 2.0 * rates.route_hours[0]
        if language < required - rates.exam_margin and not (tried_enough and language > 0.5):
            continue
        c.exam_week[i] = week
        counts[1] += 1
        if draw(luck, EXAM, c.key[i]) < pass_chance(language, required, rates.exam_slope):
            counts[2] += 1
            finish(i, Integration.PASSED_A2 if at_a2 else Integration.PASSED_B1, c, week)
            finished += 1
        else:
            c.attempts[i] = min(c.attempts[i] + 1, 200)
    return finished


@kernel
def end_studies(rows, c, weeks, rates, lanes):
    """Let students who finished the education route end their studies in ``weeks`` weeks (by position); give how many.

    lanes: draws by position (``draws.VISIT_LANES``).
    """
    ended = 0
    lane = lanes[LANE_STUDIES]
    for p in range(rows.shape[0]):
        i = rows[p]
        if c.work[i] == Work.STUDY and c.integration[i] >= Integration.PASSED_B1:
            if np.float64(lane[p]) < weeks[p] / rates.study_weeks:
                c.work[i] = Work.ELIGIBLE
                ended += 1
    return ended


@kernel
def naturalise(rows, c, weeks, rates, lanes, luck):
    """Let permit holders in ``rows`` become citizens in ``weeks`` weeks (by position); give their number.

    lanes: draws by position (``draws.VISIT_LANES``).
    """
    new = 0
    lane = lanes[LANE_NATURALISATION]
    for p in range(rows.shape[0]):
        i = rows[p]
        if np.float64(lane[p]) >= weeks[p] * rates.chance_naturalisation:
            continue
        if c.legal[i] != Legal.PERMIT or luck.week - c.permit_week[i] < rates.naturalisation_years * 52.18:
            continue
        done = Integration.PASSED_B1 <= c.integration[i] <= Integration.EXEMPT
        if done and np.float64(c.language[i]) >= rates.naturalisation_level - 0.5:
            c.legal[i] = Legal.NATURALISED
            new += 1
    return new
