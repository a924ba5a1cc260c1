"""Lessons: who gets a seat, how many lessons are attended, and how Dutch is learned and forgotten.

Seats bind by region (institutions/language_school.py): people with a plan take a free seat in order of plan, carers
of a young child only once childcare is there. Each week in class:

    attendance = logistic(attendance_base + attendance_per_travel_hour * hours one way * (1 - online)
                 + attendance_without_childcare * (1 - online) * [carer of a young child, no place]
                 + attendance_with_work * (1 - evening) * (1 - online) * [job, lessons not combined with it]
                 + attendance_by_effort * (E / 2 - 0.5) + attendance_after_move * [moved in the last 4 weeks])
    h = attendance * hours * (1 - overhead_hours / hours of the route)
        * (quality * (1 - online) + online * online_worth * facilities * (1 - fraud))
        + p(L) * (practice_volunteer * volunteer_hours * [visited] + practice_work * hours at work / 2
                  + practice_natives * native_hours * contacts with residents)
    dL = ability * h * (language_effort_base + (1 - language_effort_base) * E) / (hours_per_level * hours_scale)

    online_worth = online_effect[education] + online_by_digital_skill * (digital skill - mean of that education)
    p(L) = 1 up to B1 (L = 3), and from there less and less: (practice_ceiling - L) / (practice_ceiling - 3), down to 0

up to the ceiling of the education. Hours at work are those of the job (its pay over its wage an hour), of the work
programme, or of a job as most have it for who combines lessons with work and has no job yet; half of them are in
Dutch. Practice makes the language of every day, not that of study: without lessons nobody comes beyond
``practice_ceiling`` (assumption). ``overhead_hours`` go to knowledge of society, orientation on work and the
participation statement (KNM, ONA, PVT). Who changes route has no lessons before ``lessons_from_week`` (exams.py). The
course in reception asks for travel only of those who go to a shared site (``share_central_lessons``). Outside the
routes there are a bridging course between reception and the route (``bridge_hours``), lessons for people whose term
has ended (``long_tail_hours``) and, of their own will, for people of pension age (``elderly_hours``). Progress
in a course or route motivates: M rises by ``motivation_progress`` a level. Without lessons or practice, L shrinks by
``language_forgetting`` a week above 0.1.
Lessons are booked at visits, for eight weeks at a time, from the first visit after the start of a course or route on.
The course in reception is short (``vbi_weeks``): its first visit also books the weeks since its start, and its last one
no more than are left; one of at most eight weeks can fall between two visits.

Hours per CEFR level rise with the level and fall with education (Flemish and German course statistics). An hour of
travel less gives 46 to 71 class hours more, 100 hours 8 to 9 percent more fluency (Foged & van der Werf 2023, Labour
Economics 84), which fix the travel slope and the hours.

Source: integration.yaml.
"""

from typing import NamedTuple

import numpy as np

from abm.arithmetic import logistic
from abm.draws import decision, draw_once
from abm.kernels import allocating, inlined, kernel
from abm.people import NEVER
from abm.processes.intake import A2, B1, EDUCATION, Z
from abm.processes.motivation import effort
from abm.processes.working_hours import hours_at_work
from abm.queues import serve
from abm.states import Activity, Housing, Integration, Programme, Work
from abm.turns import PENSION_WEEKS

FULL_PRACTICE = 3.0  # level (B1) up to which practice counts in full
DUAL, SEAT, ELDERLY = decision("dual"), decision("seat"), decision("elderly_lessons")


class Columns(NamedTuple):
    """Columns of people."""

    key: np.ndarray
    housing: np.ndarray
    integration: np.ndarray
    work: np.ndarray
    activity: np.ndarray
    programme: np.ndarray
    earnings: np.ndarray
    birth_week: np.ndarray
    education: np.ndarray
    digital_skill: np.ndarray
    ability: np.ndarray
    care_until_week: np.ndarray
    motivation: np.ndarray
    capacity: np.ndarray
    complaint: np.ndarray
    language: np.ndarray
    class_hours: np.ndarray
    route_hours: np.ndarray
    route: np.ndarray
    plan_week: np.ndarray
    pre_start_week: np.ndarray
    route_start_week: np.ndarray
    lessons_from_week: np.ndarray
    region: np.ndarray
    move_week: np.ndarray
    childcare_week: np.ndarray
    volunteer: np.ndarray
    natives: np.ndarray


WRITES = (
    "integration",
    "activity",
    "language",
    "class_hours",
    "route_hours",
    "route_start_week",
    "childcare_week",
    "motivation",
    "work",
)


class Rates(NamedTuple):
    """Parameters."""

    class_hours: np.ndarray
    route_hours: np.ndarray
    overhead_hours: float
    vbi_hours: float
    vbi_weeks: int
    day1_hours: float
    nt2_likely_hours: float
    online_share: float
    online_effect: np.ndarray
    online_by_digital_skill: float
    digital_skill_mean: np.ndarray
    online_fraud_loss: float
    evening_share: float
    facility_index: np.ndarray
    attendance_base: float
    attendance_per_travel_hour: float
    attendance_without_childcare: float
    attendance_with_work: float
    attendance_by_effort: float
    attendance_after_move: float
    travel_hours_reception: float
    travel_hours_home: float
    travel_reimbursement: float
    share_central_lessons: float
    central_travel_hours: float
    hours_per_level: np.ndarray
    hours_scale: float
    language_ceiling: np.ndarray
    practice_volunteer: float
    volunteer_hours: float
    practice_work: float
    programme_hours: float
    practice_natives: float
    practice_ceiling: float
    native_hours: float
    language_effort_base: float
    language_forgetting: float
    bridge_course: bool
    bridge_hours: float
    long_tail_hours: float
    share_elderly_lessons: float
    elderly_hours: float
    dual_share: float
    dual_class_loss: float
    weekly_hours_job: float
    hourly_wage: float
    wage_premium_matched: float
    motivation_progress: float
    effort_scale: float
    complaint_effort_loss: float


@inlined
def attendance(travel_hours, online, no_care, clash, person_effort, moved, rates):
    """Give the share of the offered lessons that someone attends."""
    x = rates.attendance_base + rates.attendance_per_travel_hour * travel_hours * (1.0 - online)
    x += rates.attendance_by_effort * (0.5 * person_effort - 0.5)
    if no_care:
        x += rates.attendance_without_childcare * (1.0 - online)
    if clash:
        x += rates.attendance_with_work * (1.0 - rates.evening_share) * (1.0 - online)
    if moved:
        x += rates.attendance_after_move
    return logistic(x)


@inlined
def progress(language, hours, person_effort, ability, education, rates):
    """Give the gain in CEFR level from ``hours`` of effective learning and practice in a week."""
    if language >= rates.language_ceiling[education]:
        return 0.0
    level = min(int(language), 3)
    needed = rates.hours_per_level[education, level] * rates.hours_scale
    pace = rates.language_effort_base + (1.0 - rates.language_effort_base) * person_effort
    return ability * hours * pace / needed


@inlined
def practice(visited, hours_worked, natives, rates):
    """Give the hours of informal learning in a week, in hours of lessons."""
    hours = rates.practice_natives * rates.native_hours * natives
    hours += rates.practice_volunteer * rates.volunteer_hours * int(visited)
    return hours + rates.practice_work * hours_worked * 0.5  # half of working time in Dutch


@inlined
def practice_worth(language, ceiling):
    """Give what practice is worth at a level, of what it is up to B1."""
    if language <= FULL_PRACTICE:
        return 1.0
    return max(ceiling - language, 0.0) / max(ceiling - FULL_PRACTICE, 1e-9)


@inlined
def practised(i, c, dual, rates):
    """Give the hours of informal learning of person ``i`` in a week."""
    worked = hours_at_work(c.work[i], np.float64(c.earnings[i]), rates.hourly_wage, rates.wage_premium_matched)
    if worked <= 0.0:
        in_programme = (c.activity[i] & Activity.IN_PROGRAMME) != 0 and c.programme[i] != Programme.RETURN_TRAINING
        worked = rates.weekly_hours_job if dual else rates.programme_hours * int(in_programme)
    return practice(c.volunteer[i] > 0, worked, np.float64(c.natives[i]), rates)


def waiting_for_childcare(rows, c, week, n_regions):
    """Give the number of carers among the people with a plan in ``rows`` who wait for a place, by region (int64)."""
    waiting = rows[(week < c.care_until_week[rows]) & (c.childcare_week[rows] == NEVER) & (c.region[rows] >= 0)]
    return np.bincount(c.region[waiting], minlength=n_regions)


@allocating
def take_seats(rows, c, seats, childcare, dual_share, luck):
    """Give free seats to people with a plan, and childcare to carers; give the number who start.

    seats, childcare: float64 (regions,), free this week, reduced in place. A share ``dual_share`` of those who start
    combines lessons with work (drawn once).
    """
    n = 0
    waiting = np.empty(rows.shape[0], np.int64)
    for i in rows:
        if c.integration[i] == Integration.PLAN_MADE and c.region[i] >= 0:
            waiting[n] = i
            n += 1
    order = np.empty(n)
    group = np.empty(n, np.int64)
    for k in range(n):
        i = waiting[k]
        order[k] = np.float64(c.plan_week[i]) + draw_once(luck, SEAT, c.key[i])
        needs_care = luck.week < c.care_until_week[i] and c.childcare_week[i] == NEVER
        group[k] = c.region[i] if needs_care else -1
    served = np.zeros(n, np.bool_)
    serve(order, group, childcare, served)
    for k in range(n):
        i = waiting[k]
        if served[k]:
            c.childcare_week[i] = luck.week
        waits_for_care = luck.week < c.care_until_week[i] and c.childcare_week[i] == NEVER
        group[k] = -1 if waits_for_care else c.region[i]
        served[k] = False
    started = serve(order, group, seats, served)
    for k in range(n):
        if not served[k]:
            continue
        i = waiting[k]
        c.route_start_week[i] = luck.week
        if draw_once(luck, DUAL, c.key[i]) < dual_share:
            c.activity[i] |= np.uint8(Activity.DUAL)
        if c.route[i] == EDUCATION:
            c.integration[i] = Integration.EDUCATION_ROUTE
            if c.work[i] != Work.OUTSIDE and c.work[i] < Work.EMPLOYED_BASIC:
                c.work[i] = Work.STUDY
        elif c.route[i] == Z:
            c.integration[i] = Integration.Z_ROUTE
        elif c.route[i] == A2:
            c.integration[i] = Integration.A2_ROUTE
        elif c.route[i] == B1:
            c.integration[i] = Integration.B1_ROUTE
    return started


@inlined
def course_weeks(since, weeks, course):
    """Give the weeks of lessons to book at a visit ``since`` weeks after the start of a course of so many weeks.

    Visits are ``weeks`` apart; none is in the week of the start.
    """
    return min(weeks + since, course) if since <= weeks else min(weeks, max(course - since, 0))


@kernel
def attend(rows, c, quality, weeks, rates, luck):
    """Let learners (``rows``: people in a programme) attend and learn for ``weeks`` weeks; give the class hours.

    In the course in reception for as many as it has left.
    """
    total = 0.0
    for i in rows:
        booked = weeks
        state = c.integration[i]
        in_route = Integration.B1_ROUTE <= state <= Integration.A2_ROUTE
        if not in_route and state != Integration.EARLY_LESSONS and state != Integration.PRE_INTEGRATION:
            continue  # left the programme this week
        reception = c.housing[i] < Housing.TRANSITION
        route = 0
        if state == Integration.EARLY_LESSONS:
            hours = max(rates.day1_hours, rates.nt2_likely_hours)
        elif state == Integration.PRE_INTEGRATION:
            hours = rates.vbi_hours
            booked = course_weeks(luck.week - c.pre_start_week[i], weeks, rates.vbi_weeks)
        elif state == Integration.EDUCATION_ROUTE:
            route = 1
        elif state == Integration.Z_ROUTE:
            route = 2
        if in_route:
            hours = rates.class_hours[route]
        if in_route and luck.week < c.lessons_from_week[i]:
            hours = 0.0
        employed = c.work[i] == Work.EMPLOYED_BASIC or c.work[i] == Work.EMPLOYED_MATCHED
        dual = in_route and (c.activity[i] & Activity.DUAL) != 0
        if dual:
            hours *= 1.0 - rates.dual_class_loss
        site = c.housing[i] if reception else 0
        facilities = rates.facility_index[site] if reception else 1.0
        travel = 0.0
        if in_route:
            travel = rates.travel_hours_home
            if reception:
                travel = rates.travel_hours_reception * (1.0 - rates.travel_reimbursement)
        elif state == Integration.PRE_INTEGRATION and site != Housing.REGULAR:
            travel = rates.share_central_lessons * rates.central_travel_hours
        e = effort(
            np.float64(c.motivation[i]),
            np.float64(c.capacity[i]),
            c.complaint[i],
            rates.effort_scale,
            rates.complaint_effort_loss,
        )
        no_care = luck.week < c.care_until_week[i] and c.childcare_week[i] == NEVER
        moved = luck.week - c.move_week[i] < 4
        online = rates.online_share
        share = attendance(travel, online, no_care, employed and not dual, e, moved, rates)
        attended = share * hours
        handy = np.float64(c.digital_skill[i]) - rates.digital_skill_mean[c.education[i]]
        worth = max(rates.online_effect[c.education[i]] + rates.online_by_digital_skill * handy, 0.0)
        taught = attended * (quality * (1.0 - online) + online * worth * facilities * (1.0 - rates.online_fraud_loss))
        if in_route:
            taught *= 1.0 - rates.overhead_hours / rates.route_hours[route]
        language = np.float64(c.language[i])
        h = taught + practice_worth(language, rates.practice_ceiling) * practised(i, c, dual, rates)
        gain = progress(language, h, e, np.float64(c.ability[i]), c.education[i], rates)
        c.language[i] = language + booked * gain
        c.motivation[i] = min(np.float64(c.motivation[i]) + rates.motivation_progress * booked * gain, 1.0)
        c.class_hours[i] = np.float64(c.class_hours[i]) + booked * attended
        if in_route:
            c.route_hours[i] = np.float64(c.route_hours[i]) + booked * hours
        total += booked * attended
    return total


@kernel
def practise(rows, c, quality, weeks, rates, luck):
    """Let people outside the routes learn, practise or forget in ``weeks`` weeks; give the number who forget.

    weeks: float64 by position. quality: of an hour of lessons (institutions/language_school.py).
    """
    forgot = 0
    elderly = rates.share_elderly_lessons
    for p in range(rows.shape[0]):
        i = rows[p]
        state = c.integration[i]
        if state == Integration.EARLY_LESSONS or state == Integration.PRE_INTEGRATION:
            continue
        if Integration.B1_ROUTE <= state <= Integration.A2_ROUTE:
            continue
        language = np.float64(c.language[i])
        employed = c.work[i] == Work.EMPLOYED_BASIC or c.work[i] == Work.EMPLOYED_MATCHED
        h = practised(i, c, False, rates)
        offered = 0.0
        if state == Integration.TERM_EXPIRED:
            offered = rates.long_tail_hours
        elif rates.bridge_course and Integration.AWAITING_INTAKE <= state <= Integration.PLAN_MADE:
            offered = rates.bridge_hours
        elif elderly > 0.0 and state == Integration.EXEMPT and luck.week - c.birth_week[i] >= PENSION_WEEKS:
            if draw_once(luck, ELDERLY, c.key[i]) < elderly:
                offered = rates.elderly_hours
        if h + offered > 0.0 and language >= rates.language_ceiling[c.education[i]]:
            continue
        if h + offered > 0.0:
            e = effort(
                np.float64(c.motivation[i]),
                np.float64(c.capacity[i]),
                c.complaint[i],
                rates.effort_scale,
                rates.complaint_effort_loss,
            )
            h *= practice_worth(language, rates.practice_ceiling)
            if offered > 0.0:
                h += offered * quality * attendance(0.0, 0.0, False, employed, e, False, rates)
            gain = weeks[p] * progress(language, h, e, np.float64(c.ability[i]), c.education[i], rates)
            if offered <= 0.0:  # a step of many weeks goes no further than the rule does
                gain = min(gain, max(rates.practice_ceiling - language, 0.0))
            c.language[i] = language + gain
        elif language > 0.1:
            c.language[i] = language * (1.0 - weeks[p] * rates.language_forgetting)
            forgot += 1
    return forgot
