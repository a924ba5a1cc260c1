"""Broad intake and integration plan (PIP): who gets a plan, and which route it sets.

Obliged adults wait for an intake at their municipality, once they are housed for ``pip_chores_weeks`` or were picked
for an early start while still in reception (``early_start_share``). The municipality holds as many intakes a week as
its capacity allows (institutions/municipality.py); the longest wait is served first, but for a draw of up to twelve
weeks (once in a life), and a warm handover of the file, with chance ``warm_handover_share`` * (0.5 + ``data_sharing``),
counts as ``warm_handover_weeks`` of waiting. More time for those who start in reception lets
``early_start_by_extension`` more start early. Where people in the procedure are a task of municipalities
(``municipal_task_asylum``) the files of those they reach are warm.

The duty ends at pension age, 67 (law: Wet inburgering 2021; ``turns.PENSION_WEEKS``). Nobody of that age
begins to wait for an intake, and who reaches it while waiting, in a route or past the term is exempt from then on.

Children go to school from the age of 4. Who turns 18 here starts adult life with the Dutch learned there,
``school_dutch_per_year`` levels a year since arrival or that age, at most 4 (B2). Who had a permit before turning 17,
and so had a year or more at school with it, is exempt: the Wet inburgering 2021 frees who studies or went to school
here for long (law; that it frees all of them, and for good, is an assumption).

The plan sets a route:

    test score = learnability_mean[education] + learnability_sd * noise + digital_bias * (digital skill - 0.6)
    feasible   = score >= learnability_cut
    education  if feasible, under 28, middle or high education and draw < education_route_share * coverage / 0.6
    B1         if feasible, or draw < overrule_share * (1 - price_bias) + price_bias / 2
    Z          otherwise  (direct A2 instead where ``a2_direct_route`` is on)

Source: integration.yaml; routes of cohort 2022 were 68 / 10 / 22 percent (B1 / education / Z).
"""

from typing import NamedTuple

import numpy as np

from abm.draws import decision, draw_four_once, draw_once, lanes_once
from abm.kernels import allocating, kernel
from abm.queues import serve
from abm.states import Activity, Housing, Integration, Legal
from abm.turns import PENSION_WEEKS

INTAKE, TEST, ROUTE, INTAKE_ORDER = (
    decision("intake"),
    decision("test"),
    decision("route"),
    decision("intake_order"),
)
NO_ROUTE, B1, EDUCATION, Z, A2 = range(5)
WEEKS_IN_YEAR = 52.18
STUDENT_AGE_WEEKS = 28.0 * WEEKS_IN_YEAR
SCHOOL_AGE_WEEKS = int(4 * WEEKS_IN_YEAR)  # practice of primary schools; attendance is a duty from 5 (Leerplichtwet)
GREW_UP_HERE_WEEKS = int(17 * WEEKS_IN_YEAR)  # the age before which a permit leaves a year at school (an assumption)
HIGHEST_LEVEL = 4.0


class Columns(NamedTuple):
    """Columns of people."""

    key: np.ndarray
    legal: np.ndarray
    housing: np.ndarray
    integration: np.ndarray
    work: np.ndarray
    activity: np.ndarray
    birth_week: np.ndarray
    education: np.ndarray
    digital_skill: np.ndarray
    exempt_drawn: np.ndarray
    early_start: np.ndarray
    language: np.ndarray
    arrival_week: np.ndarray
    municipality: np.ndarray
    permit_week: np.ndarray
    housed_week: np.ndarray
    plan_week: np.ndarray
    plan_in_reception: np.ndarray
    tested: np.ndarray
    feasible: np.ndarray
    route: np.ndarray
    term_end: np.ndarray
    finish_week: np.ndarray


WRITES = (
    "integration",
    "activity",
    "early_start",
    "language",
    "plan_week",
    "plan_in_reception",
    "tested",
    "feasible",
    "route",
    "term_end",
    "finish_week",
)


class Rates(NamedTuple):
    """Parameters."""

    pip_chores_weeks: float
    early_start_share: float
    early_start_by_extension: float
    extension_weeks: int
    warm_handover_share: float
    warm_handover_weeks: float
    municipal_task_asylum: bool
    municipal_task_coverage: float
    data_sharing: float
    learnability_cut: int
    learnability_mean: np.ndarray
    learnability_sd: float
    digital_bias: float
    overrule_share: float
    education_route_share: float
    education_route_coverage: float
    price_bias: float
    a2_direct_route: bool
    integration_term_weeks: int


@kernel
def test_score(education, digital_skill, noise, rates):
    """Give the score of the learnability test (items of 40); ``noise`` is roughly standard normal."""
    return (
        rates.learnability_mean[education] + rates.learnability_sd * noise + rates.digital_bias * (digital_skill - 0.6)
    )


@kernel
def choose_route(feasible, age_weeks, education, uniform, rates):
    """Give the route of a plan: B1, EDUCATION, Z or A2."""
    if feasible:
        student = age_weeks < STUDENT_AGE_WEEKS and education >= 2
        if student and uniform < rates.education_route_share * rates.education_route_coverage / 0.6:
            return EDUCATION
        return B1
    if uniform < rates.overrule_share * (1.0 - rates.price_bias) + rates.price_bias * 0.5:
        return B1
    return A2 if rates.a2_direct_route else Z


@kernel
def nearly_normal(luck, decision_number, key):
    """Give a number with mean 0 and variance 1 from a logistic-like sum of draws kept for life."""
    a, b, c, d = draw_four_once(luck, decision_number, key)
    return (a + b + c + d - 2.0) * 1.7320508075688772


@kernel
def of_pension_age(i, c, week):
    """Say whether person ``i`` has reached the age at which the duty to integrate ends."""
    return week - c.birth_week[i] >= PENSION_WEEKS


@kernel
def exempt(i, c, week):
    """Write that person ``i`` has no duty to integrate."""
    c.integration[i] = Integration.EXEMPT
    c.finish_week[i] = week


@kernel
def begin_duty(i, c, week):
    """Let person ``i`` begin to wait for an intake, or be exempt by age; say whether the person waits."""
    if of_pension_age(i, c, week):
        exempt(i, c, week)
        return False
    c.integration[i] = Integration.AWAITING_INTAKE
    return True


@allocating
def hold(rows, c, capacity, rates, luck):
    """Hold intakes and set plans for the adults in ``rows``; give the number of plans.

    capacity: float64 (municipalities,), intakes this week, reduced in place.
    """
    week = luck.week
    early = rates.early_start_share + (rates.early_start_by_extension if rates.extension_weeks > 0 else 0.0)
    handed_over = rates.warm_handover_share
    if rates.municipal_task_asylum:
        handed_over = max(handed_over, rates.municipal_task_coverage)
    n = 0
    able = np.empty(rows.shape[0], np.uint32)  # those for whom nothing but the capacity stands in the way of an intake
    for i in rows:
        if c.integration[i] != Integration.AWAITING_INTAKE or c.legal[i] != Legal.PERMIT:
            continue
        if c.exempt_drawn[i] or of_pension_age(i, c, week):
            exempt(i, c, week)
            continue
        able[n] = i
        at_home = c.housing[i] >= Housing.TRANSITION
        n += int(c.municipality[i] >= 0) & int(not at_home or week - c.housed_week[i] >= rates.pip_chores_weeks)
    draws = lanes_once(luck, INTAKE, c.key[able[:n]])[0]
    waiting, n = able, 0
    for k in range(draws.shape[0]):
        i = able[k]
        if c.housing[i] < Housing.TRANSITION:
            if np.float64(draws[k]) >= early:
                continue
            c.early_start[i] = True
        waiting[n] = i
        n += int(capacity[c.municipality[i]] >= 1.0)  # else nobody is served and the order does not matter
    waiting = waiting[:n]
    order = np.empty(n)
    group = np.empty(n, np.int64)
    draws, noise, _, _ = lanes_once(luck, INTAKE_ORDER, c.key[waiting])
    for k in range(n):
        i = waiting[k]
        since = max(c.permit_week[i], c.housed_week[i])  # housed_week lies before everything until it happens
        warm = np.float64(draws[k]) < handed_over * (0.5 + rates.data_sharing)
        order[k] = float(since) - (rates.warm_handover_weeks if warm else 0.0) + np.float64(noise[k]) * 12.0
        group[k] = c.municipality[i]
    served = np.zeros(n, np.bool_)
    plans = serve(order, group, capacity, served)
    for k in range(n):
        if not served[k]:
            continue
        i = waiting[k]
        score = test_score(c.education[i], np.float64(c.digital_skill[i]), nearly_normal(luck, TEST, c.key[i]), rates)
        c.tested[i] = True
        c.feasible[i] = score >= rates.learnability_cut
        age = week - c.birth_week[i]
        c.route[i] = choose_route(c.feasible[i], age, c.education[i], draw_once(luck, ROUTE, c.key[i]), rates)
        c.plan_week[i] = week
        c.plan_in_reception[i] = c.housing[i] < Housing.TRANSITION
        extra = rates.extension_weeks if c.plan_in_reception[i] else 0
        c.term_end[i] = week + rates.integration_term_weeks + extra
        c.integration[i] = Integration.PLAN_MADE
        c.activity[i] |= np.uint8(Activity.WORKSHOP)
    return plans


@kernel
def school_dutch(age, weeks_here, per_year):
    """Give the level of Dutch learned at school by someone of ``age`` weeks, of which ``weeks_here`` in the country."""
    return min(per_year * min(weeks_here, age - SCHOOL_AGE_WEEKS) / WEEKS_IN_YEAR, HIGHEST_LEVEL)


@kernel
def come_of_age(rows, c, school_dutch_per_year, week):
    """Let the people in ``rows``, who turn 18 this week, start with the Dutch of school; give how many are exempt."""
    exempted = 0
    for i in rows:
        age = week - c.birth_week[i]
        c.language[i] = school_dutch(age, week - c.arrival_week[i], school_dutch_per_year)
        if c.legal[i] == Legal.PERMIT and c.permit_week[i] - c.birth_week[i] < GREW_UP_HERE_WEEKS:
            exempt(i, c, week)
            exempted += 1
    return exempted


@kernel
def oblige(rows, c, luck):
    """Let permit holders who turn 18, or never were in reception, begin to wait for an intake; give their number.

    The duty of those who have reached pension age ends, wherever they stand after pre-integration.
    """
    new = 0
    for i in rows:
        state = c.integration[i]
        if c.legal[i] != Legal.PERMIT:
            continue
        if state == Integration.NONE and c.housing[i] >= Housing.TRANSITION:
            new += int(begin_duty(i, c, luck.week))
        elif Integration.AWAITING_INTAKE <= state <= Integration.A2_ROUTE or state == Integration.TERM_EXPIRED:
            if of_pension_age(i, c, luck.week):
                exempt(i, c, luck.week)
    return new
