"""Programmes in reception, intake and route, lessons, seats and exams, worked out by hand."""

from math import exp

import numpy as np
import pytest

from abm.draws import VISIT_LANES
from abm.people import NEVER
from abm.processes import exams, intake, lessons, voorinburgering
from abm.states import Activity, Housing, Integration, Legal, Programme, Work
from abm.turns import PENSION_WEEKS

pytestmark = pytest.mark.usefixtures("plain")

ONE = np.array([1])
THREE = np.array([1, 2, 3])


def logistic(x):
    return 1 / (1 + exp(-x))


# Pre-integration -------------------------------------------------------------------------------------------


@pytest.fixture
def offers(rates):
    """Everybody is asked, agrees and is offered a course at once."""

    def make(**changes):
        given = {
            "share_vbi_asked": 1.0,
            "vbi_site_offer": np.ones(3),
            "programme_offer_by_site": np.ones(3),
            "interview_coverage": 0.9,
            "vbi_weeks": 14,
            "vbi_acceptance": 0.69,
            "acceptance_by_motivation": 2.0,
            "acceptance_by_capacity": 1.0,
            "acceptance_by_peers": 0.3,
            "acceptance_with_job": -0.8,
            "acceptance_after_move": -0.5,
            "drop_on_move": 0.0,
            "vbi_eligibility": voorinburgering.PERMIT_ONLY,
            "nt2_likely_share": 0.0,
            "day1_hours": 0.0,
        }
        return rates(voorinburgering.Rates, **{**given, **changes})

    return make


def test_consent_is_the_stated_share_at_the_mean_and_moves_with_the_rest(offers):
    def consent(motivation=0.667, capacity=0.8, enrolled=0.0, job=False, moved=False):
        return voorinburgering.consent_chance(motivation, capacity, enrolled, job, moved, offers())

    def with_log_odds(x):
        odds = 0.69 / 0.31 * exp(x)
        return pytest.approx(odds / (1 + odds))

    assert consent() == pytest.approx(0.69)
    assert consent(motivation=0.767) == with_log_odds(0.2)
    assert consent(capacity=0.9) == with_log_odds(0.1)
    assert consent(enrolled=0.5) == with_log_odds(0.15)
    assert consent(job=True, moved=True) == with_log_odds(-1.3)


class Residents:
    """Permit holders in regular reception since week 0, whose turn it is in weeks 2, 6, 10, ..."""

    def __init__(self, people, luck, n=1, **columns):
        given = {"legal": Legal.PERMIT, "housing": Housing.REGULAR, "permit_week": 0, "turn": 2, **columns}
        given = {"integration": Integration.NONE, "motivation": 0.667, "capacity": 0.8, **given}
        self.c = people(voorinburgering.Columns, n, **given)
        self.rows, self.luck = np.arange(1, n + 1), luck

    def week(self, week, rates, free=9.0):
        self.counts = np.zeros(4, np.int64)
        return voorinburgering.update(self.rows, self.c, free, rates, self.luck(week=week), self.counts)

    def in_course(self):
        return np.flatnonzero(self.c.integration == Integration.PRE_INTEGRATION).tolist()


@pytest.fixture
def residents(people, luck):
    return lambda n=1, **columns: Residents(people, luck, n, **columns)


def test_a_permit_holder_is_asked_consents_follows_the_course_and_completes_it(residents, offers):
    world, made = residents(), offers(vbi_acceptance=1 - 1e-9)
    c = world.c
    world.week(1, made)
    assert c.integration[1] == Integration.AWAITING_INTAKE and c.asked_week[1] == NEVER

    assert world.week(2, made) == 8.0
    assert c.asked_week[1] == 2 and c.consented[1] and c.pre_start_week[1] == 2
    assert c.integration[1] == Integration.PRE_INTEGRATION and world.counts.tolist() == [1, 1, 1, 0]

    assert world.week(15, made) == 9.0 and c.integration[1] == Integration.PRE_INTEGRATION
    assert world.week(16, made) == 10.0
    assert c.integration[1] == Integration.AWAITING_INTAKE and c.pre_end_week[1] == 16 and c.pre_completed[1]
    assert world.counts.tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize("state", [Integration.NONE, Integration.EARLY_LESSONS, Integration.PRE_INTEGRATION])
def test_people_of_pension_age_in_reception_are_exempt_and_not_asked(residents, offers, state):
    world = residents(integration=state, birth_week=20 - PENSION_WEEKS, pre_start_week=0)
    world.week(20, offers())

    assert world.c.integration[1] == Integration.EXEMPT and world.c.finish_week[1] == 20
    assert world.c.asked_week[1] == NEVER


def test_a_course_starts_only_in_the_week_of_someones_turn(residents, offers):
    world = residents(2, turn=[2, 3])
    made = offers(vbi_acceptance=1 - 1e-9)
    started = []
    for week in range(2, 8):
        world.week(week, made)
        started.append(world.in_course())

    assert world.c.asked_week[1:].tolist() == [2, 2]  # asking does not wait
    assert started == [[1], [1, 2], [1, 2], [1, 2], [1, 2], [1, 2]]


def test_a_site_that_offers_no_course_starts_none(residents, offers):
    world = residents(3, housing=[Housing.REGULAR, Housing.EMERGENCY, Housing.ELSEWHERE])
    world.week(2, offers(vbi_acceptance=1 - 1e-9, vbi_site_offer=np.array([1.0, 0.0, 1.0])))

    assert world.in_course() == [1, 3]


def test_seats_bind(residents, offers):
    world = residents(3)
    left = world.week(2, offers(vbi_acceptance=1 - 1e-9), free=2.9)

    assert len(world.in_course()) == 2
    assert left == pytest.approx(0.9) and world.counts.tolist() == [3, 3, 2, 0]


def test_a_seat_that_comes_free_is_taken_in_the_same_week_whoever_stands_first(residents, offers):
    """Those who complete their course make room, also for people before them in the list."""
    for rows in ([1, 2], [2, 1]):
        state = [Integration.AWAITING_INTAKE, Integration.PRE_INTEGRATION]
        world = residents(2, integration=state, pre_start_week=[NEVER, 4])
        world.rows = np.array(rows)

        assert world.week(18, offers(vbi_acceptance=1 - 1e-9), free=0.0) == 0.0
        assert world.in_course() == [1] and world.counts.tolist() == [1, 1, 1, 1]


def test_the_order_of_rows_decides_nothing_when_seats_are_given(residents, offers):
    given = []
    for seed in (None, 1, 2):
        world = residents(50)
        world.rows = world.rows if seed is None else np.random.default_rng(seed).permutation(world.rows)
        world.week(2, offers(), free=12.0)
        given.append(world.in_course())

    assert len(given[0]) == 12 and given[0] == given[1] == given[2]
    assert given[0] != list(range(1, 13))  # nor is it the first in the table who are served


def test_nobody_is_asked_twice(residents, offers):
    world = residents()
    for week in (2, 3, 4):
        world.week(week, offers(vbi_acceptance=1e-9))
        assert world.counts[0] == (week == 2)
    assert not world.c.consented[1]


def test_a_home_ends_the_course_and_a_move_can(residents, offers):
    for housing, moved, drop, ended in (
        (Housing.SOCIAL, NEVER, 0.0, True),
        (Housing.REGULAR, 6, 1.0, True),
        (Housing.REGULAR, 6, 0.0, False),
        (Housing.REGULAR, 5, 1.0, False),
    ):
        state = Integration.PRE_INTEGRATION
        world = residents(integration=state, pre_start_week=2, housing=housing, move_week=moved)
        world.week(6, offers(drop_on_move=drop))

        assert (world.c.integration[1] == Integration.AWAITING_INTAKE) == ended
        assert not world.c.pre_completed[1]


def test_the_exempt_are_not_asked(residents, offers):
    world = residents(exempt_drawn=True)
    world.week(2, offers())

    assert world.c.asked_week[1] == NEVER


def test_early_lessons_reach_applicants_as_far_as_policy_goes(residents, offers):
    lessons_for = {}
    for reach in (voorinburgering.PERMIT_ONLY, voorinburgering.LIKELY, voorinburgering.ALL):
        world = residents(3, legal=[Legal.GENERAL_TRACK, Legal.SHORT_TRACK, Legal.PERMIT], exempt_drawn=True)
        world.week(2, offers(vbi_eligibility=reach, day1_hours=6.0, vbi_acceptance=1 - 1e-9))
        lessons_for[reach] = (world.c.integration[1:] == Integration.EARLY_LESSONS).tolist()

    assert lessons_for[voorinburgering.PERMIT_ONLY] == [False, False, False]
    assert lessons_for[voorinburgering.LIKELY] == [True, False, False]
    assert lessons_for[voorinburgering.ALL] == [True, True, False]


def test_early_lessons_begin_in_the_week_of_someones_turn(residents, offers):
    world = residents(2, legal=Legal.GENERAL_TRACK, turn=[2, 3])
    made = offers(nt2_likely_share=1.0, vbi_acceptance=1 - 1e-9)
    for week, learning in ((1, [False, False]), (2, [True, False]), (3, [True, True])):
        world.week(week, made)

        assert (world.c.integration[1:] == Integration.EARLY_LESSONS).tolist() == learning


def test_a_permit_ends_early_lessons_and_begins_the_wait_for_an_intake(residents, offers):
    world = residents(integration=Integration.EARLY_LESSONS)
    world.week(1, offers())

    assert world.c.integration[1] == Integration.AWAITING_INTAKE


# Intake ----------------------------------------------------------------------------------------------------


@pytest.fixture
def plans(rates):
    def make(**changes):
        given = {
            "pip_chores_weeks": 5.0,
            "early_start_share": 0.0,
            "extension_weeks": 0,
            "warm_handover_share": 0.0,
            "learnability_cut": 28,
            "learnability_mean": np.array([17.0, 27.0, 31.0, 34.0]),
            "learnability_sd": 5.0,
            "digital_bias": 4.0,
            "overrule_share": 0.2,
            "education_route_share": 0.6,
            "education_route_coverage": 0.3,
            "price_bias": 0.1,
            "a2_direct_route": False,
            "integration_term_weeks": 156,
        }
        return rates(intake.Rates, **{**given, **changes})

    return make


def test_the_test_score_rises_with_education_and_digital_skill(plans):
    assert intake.test_score(2, 0.6, 0.0, plans()) == pytest.approx(31.0)
    assert intake.test_score(0, 0.85, -1.0, plans()) == pytest.approx(17 - 5 + 1)


@pytest.mark.parametrize(
    ("feasible", "age", "education", "uniform", "route"),
    [
        (True, 27, 2, 0.29, intake.EDUCATION),  # 0.6 x 0.3 / 0.6
        (True, 27, 2, 0.31, intake.B1),
        (True, 29, 3, 0.00, intake.B1),
        (True, 20, 1, 0.00, intake.B1),
        (False, 20, 3, 0.22, intake.B1),  # overruled or cheaper: 0.2 x 0.9 + 0.1 x 0.5 = 0.23
        (False, 20, 3, 0.24, intake.Z),
    ],
)
def test_the_route_follows_feasibility_age_and_price(plans, feasible, age, education, uniform, route):
    assert intake.choose_route(feasible, age * 52.18, education, uniform, plans()) == route


def test_a_direct_a2_route_takes_the_place_of_z(plans):
    assert intake.choose_route(False, 2000.0, 0, 0.9, plans(a2_direct_route=True)) == intake.A2


def test_noise_of_the_test_is_nearly_normal_and_kept_for_life(luck):
    draws = [intake.nearly_normal(luck(), intake.TEST, np.uint64(key)) for key in range(1, 801)]
    later = intake.nearly_normal(luck(week=99), intake.TEST, np.uint64(1))

    assert np.mean(draws) == pytest.approx(0.0, abs=0.1)
    assert np.std(draws) == pytest.approx(1.0, abs=0.1)
    assert later == draws[0]


class Waiting:
    """People housed in municipality 0 who wait for an intake."""

    def __init__(self, people, luck, n=1, **columns):
        given = {"legal": Legal.PERMIT, "housing": Housing.SOCIAL, "municipality": 0, "housed_week": 0}
        given |= {"integration": Integration.AWAITING_INTAKE, "education": 2, "birth_week": -2000}
        given |= {"digital_skill": 0.6, **columns}
        self.c = people(intake.Columns, n, **given)
        self.rows, self.luck = np.arange(1, n + 1), luck

    def hold(self, rates, capacity=9.0, week=30):
        self.capacity = np.array([capacity, 0.0])
        return intake.hold(self.rows, self.c, self.capacity, rates, self.luck(week=week))

    def states(self):
        return [Integration(state) for state in self.c.integration[1:]]


@pytest.fixture
def waiting(people, luck):
    return lambda n=1, **columns: Waiting(people, luck, n, **columns)


def test_a_plan_sets_everything_it_should(waiting, plans):
    world = waiting()

    assert world.hold(plans(learnability_cut=0)) == 1
    c = world.c
    assert c.integration[1] == Integration.PLAN_MADE and c.route[1] == intake.B1
    assert c.tested[1] and c.feasible[1]
    assert (c.plan_week[1], c.term_end[1]) == (30, 186)
    assert not c.plan_in_reception[1] and c.activity[1] == Activity.WORKSHOP
    assert world.capacity.tolist() == [8.0, 0.0]


def test_a_municipality_holds_no_more_intakes_than_it_can_and_the_longest_wait_first(waiting, plans, drawn):
    drawn(intake, 0.5)
    world = waiting(3, housed_week=[9, 3, 6])

    assert world.hold(plans(), capacity=2.5) == 2
    assert (world.c.plan_week[1:] > NEVER).tolist() == [False, True, True]


def test_a_warm_handover_counts_as_four_weeks_of_waiting(waiting, plans, drawn, monkeypatch):
    def order(luck, decision, keys):  # the file of the first is complete, that of the second not
        return np.array([np.where(keys == 1, 0.4, 0.6), *[np.full(len(keys), 0.5)] * 3])

    drawn(intake, 0.5)
    monkeypatch.setattr(intake, "lanes_once", order)
    served = []
    for share, housed in ((0.0, 9), (0.5, 9), (0.5, 11)):
        world = waiting(2, housed_week=[housed, 6])
        world.hold(plans(warm_handover_share=share, data_sharing=0.5), capacity=1.0)
        served.append((world.c.plan_week[1:] > NEVER).tolist())

    assert served == [[False, True], [True, False], [False, True]]


def test_the_wait_counts_from_the_later_of_permit_and_home(waiting, plans, drawn):
    drawn(intake, 0.5)
    world = waiting(2, permit_week=[9, 0], housed_week=[0, 6])
    world.hold(plans(), capacity=1.0)

    assert (world.c.plan_week[1:] > NEVER).tolist() == [False, True]


def test_chores_come_first_and_another_municipality_is_no_help(waiting, plans):
    assert waiting(housed_week=26).hold(plans()) == 0
    assert waiting(housed_week=25).hold(plans()) == 1
    assert waiting(municipality=1).hold(plans()) == 0
    assert waiting(municipality=-1).hold(plans()) == 0
    assert waiting(legal=Legal.GENERAL_TRACK).hold(plans()) == 0


def test_an_early_start_makes_the_plan_in_reception_and_can_extend_the_term(waiting, plans):
    world = waiting(housing=Housing.REGULAR, housed_week=NEVER, permit_week=10)
    assert world.hold(plans()) == 0

    assert world.hold(plans(early_start_share=1.0, extension_weeks=20)) == 1
    assert world.c.plan_in_reception[1] and world.c.early_start[1] and world.c.term_end[1] == 30 + 156 + 20


def test_the_exempt_need_no_plan(waiting, plans):
    world = waiting(exempt_drawn=True)

    assert world.hold(plans()) == 0
    assert world.states() == [Integration.EXEMPT] and world.c.finish_week[1] == 30
    assert world.capacity[0] == 9.0


def test_permit_holders_at_home_become_obliged_and_pensioners_do_not(people, luck):
    n = 4
    c = people(
        intake.Columns,
        n,
        legal=[Legal.PERMIT, Legal.PERMIT, Legal.PERMIT, Legal.GENERAL_TRACK],
        housing=[Housing.SOCIAL, Housing.SOCIAL, Housing.REGULAR, Housing.PRIVATE],
        integration=Integration.NONE,
        birth_week=[-2000, -3500, -2000, -2000],
    )

    assert intake.oblige(np.arange(1, n + 1), c, luck(week=10)) == 1
    expected = [Integration.AWAITING_INTAKE, Integration.EXEMPT, Integration.NONE, Integration.NONE]
    assert c.integration[1:].tolist() == expected


def test_who_grew_up_here_starts_adult_life_exempt_and_with_the_dutch_of_school(people):
    eighteen, year = int(18 * 52.18), 52.18
    c = people(
        intake.Columns,
        5,
        legal=[Legal.PERMIT, Legal.PERMIT, Legal.PERMIT, Legal.GENERAL_TRACK, Legal.PERMIT],
        birth_week=100 - eighteen,
        arrival_week=[100 - 104, 100 - 104, 100 - 10 * 52, 100 - 52, 100 - 17 * 52],
        permit_week=[100 - 53, 100 - 52, 100 - 9 * 52, NEVER, 100 - 16 * 52],
        integration=Integration.NONE,
    )

    assert intake.come_of_age(np.arange(1, 6), c, 0.25, 100) == 3
    exempt, obliged = Integration.EXEMPT, Integration.NONE
    assert c.integration[1:].tolist() == [exempt, obliged, exempt, obliged, exempt]
    at_school = [104, 104, 520, 52, eighteen - int(4 * 52.18)]
    assert c.language[1:] == pytest.approx([0.25 * weeks / year for weeks in at_school])
    intake.come_of_age(np.arange(1, 6), c, 0.8, 100)
    assert c.language[[3, 5]].tolist() == [4.0, 4.0]


def test_the_duty_ends_at_pension_age_wherever_someone_stands(people, luck):
    states = [Integration.AWAITING_INTAKE, Integration.PLAN_MADE, Integration.B1_ROUTE, Integration.TERM_EXPIRED]
    states += [Integration.PASSED_B1, Integration.B1_ROUTE]
    birth = [10 - PENSION_WEEKS] * 5 + [11 - PENSION_WEEKS]
    given = {"legal": Legal.PERMIT, "housing": Housing.SOCIAL, "birth_week": birth, "integration": states}
    c = people(intake.Columns, 6, **given)

    assert intake.oblige(np.arange(1, 7), c, luck(week=10)) == 0
    assert c.integration[1:].tolist() == [Integration.EXEMPT] * 4 + [Integration.PASSED_B1, Integration.B1_ROUTE]
    assert c.finish_week[1:].tolist() == [10] * 4 + [NEVER, NEVER]


def test_who_reaches_pension_age_while_waiting_gets_no_plan(waiting, plans):
    world = waiting(2, birth_week=[30 - PENSION_WEEKS, 31 - PENSION_WEEKS])

    assert world.hold(plans()) == 1
    assert world.states() == [Integration.EXEMPT, Integration.PLAN_MADE]


# Lessons ---------------------------------------------------------------------------------------------------


@pytest.fixture
def school(rates):
    """Lessons at which attendance is one half and nothing else counts, but for what a test changes."""

    def make(**changes):
        zero = ("attendance_", "practice_", "travel_", "motivation_progress", "online_", "evening_", "dual_")
        still = {name: 0.0 for name in lessons.Rates._fields if name.startswith(zero)}
        still["online_effect"] = np.array([0.25, 0.5, 0.75, 1.0])
        given = {
            "class_hours": np.array([11.0, 20.0, 9.0]),
            "vbi_hours": 9.0,
            "day1_hours": 0.0,
            "nt2_likely_hours": 2.0,
            "facility_index": np.array([0.5, 0.25, 0.3]),
            "hours_per_level": np.full((4, 4), 100.0),
            "hours_scale": 1.0,
            "language_ceiling": np.full(4, 5.0),
            "volunteer_hours": 1.5,
            "native_hours": 0.5,
            "language_effort_base": 1.0,
            "language_forgetting": 0.002,
            "bridge_course": False,
            "overhead_hours": 0.0,
            "digital_skill_mean": np.full(4, 0.4),
            "weekly_hours_job": 24.0,
            "hourly_wage": 10.0,
            "wage_premium_matched": 1.5,
            "practice_ceiling": 4.5,
            "effort_scale": 0.5,
            "complaint_effort_loss": 0.0,
        }
        return rates(lessons.Rates, **{**still, **given, **changes})

    return make


def test_attendance_falls_with_travel_care_work_and_moves_and_rises_with_effort(school):
    made = school(
        attendance_base=1.1,
        attendance_per_travel_hour=-0.5,
        attendance_without_childcare=-0.9,
        attendance_with_work=-0.6,
        attendance_by_effort=1.5,
        attendance_after_move=-0.4,
        evening_share=0.5,
    )

    def attends(travel=0.0, online=0.0, no_care=False, clash=False, effort=1.0, moved=False):
        return lessons.attendance(travel, online, no_care, clash, effort, moved, made)

    assert attends() == pytest.approx(logistic(1.1))
    assert attends(travel=1.0) == pytest.approx(logistic(0.6))
    assert attends(travel=1.0, online=0.4) == pytest.approx(logistic(0.8))
    assert attends(no_care=True, online=0.5) == pytest.approx(logistic(0.65))
    assert attends(clash=True, online=0.5) == pytest.approx(logistic(0.95))
    assert attends(effort=2.0) == pytest.approx(logistic(1.85))
    assert attends(moved=True) == pytest.approx(logistic(0.7))


def test_progress_is_hours_over_the_hours_a_level_takes(school):
    table = np.tile([100.0, 200.0, 300.0, 400.0], (4, 1))
    made = school(hours_per_level=table, hours_scale=1.2, language_effort_base=0.4)

    assert lessons.progress(0.5, 10.0, 1.0, 1.0, 0, made) == pytest.approx(10 / 120)
    assert lessons.progress(1.0, 10.0, 1.0, 1.0, 0, made) == pytest.approx(10 / 240)
    assert lessons.progress(3.7, 10.0, 1.0, 2.0, 0, made) == pytest.approx(20 / 480)
    assert lessons.progress(4.5, 10.0, 0.0, 1.0, 0, made) == pytest.approx(4 / 480)  # 0.4 without any effort


def test_nobody_learns_beyond_the_ceiling(school):
    made = school(language_ceiling=np.array([2.2, 3.4, 5.0, 5.0]))

    assert lessons.progress(2.2, 10.0, 1.0, 1.0, 0, made) == 0.0
    assert lessons.progress(2.2, 10.0, 1.0, 1.0, 1, made) > 0.0


def test_people_practise_with_volunteers_colleagues_and_residents(school):
    made = school(practice_volunteer=0.5, practice_work=0.25, practice_natives=0.1)

    assert lessons.practice(False, 0.0, 0.0, made) == 0.0
    assert lessons.practice(True, 0.0, 0.0, made) == pytest.approx(0.75)
    assert lessons.practice(False, 24.0, 0.0, made) == pytest.approx(3.0)  # 0.25 x 24 / 2
    assert lessons.practice(False, 0.0, 4.0, made) == pytest.approx(0.2)


def test_practice_counts_in_full_up_to_b1_and_not_at_all_at_its_ceiling():
    worth = [lessons.practice_worth(level, 4.5) for level in (0.0, 3.0, 3.75, 4.2, 4.5, 4.9)]
    assert worth == pytest.approx([1.0, 1.0, 0.5, 0.2, 0.0, 0.0])
    assert lessons.practice_worth(3.1, 3.0) == 0.0


class Class:
    """Adults of effort 1 and ability 1 in the B1 route at home."""

    def __init__(self, people, luck, n=1, **columns):
        given = {"housing": Housing.SOCIAL, "integration": Integration.B1_ROUTE, "motivation": 0.5, "capacity": 1.0}
        given |= {"ability": 1.0, "education": 1, "region": 0, "plan_week": 0, "route": intake.B1, "digital_skill": 0.4}
        given |= {"pre_start_week": 46, **columns}
        self.c = people(lessons.Columns, n, **given)
        self.rows, self.luck = np.arange(1, n + 1), luck

    def attend(self, rates, quality=1.0, weeks=4.0, week=50):
        return lessons.attend(self.rows, self.c, quality, weeks, rates, self.luck(week=week))

    def take_seats(self, seats, childcare=0.0, dual=0.0, week=50):
        self.seats, self.care = np.array([seats, 0.0]), np.array([childcare, 0.0])
        return lessons.take_seats(self.rows, self.c, self.seats, self.care, dual, self.luck(week=week))


@pytest.fixture
def learners(people, luck):
    return lambda n=1, **columns: Class(people, luck, n, **columns)


def test_four_weeks_of_lessons_are_attended_learned_and_counted(learners, school):
    world = learners(language=1.0)

    assert world.attend(school(), quality=0.9) == pytest.approx(22.0)  # half of 4 x 11 hours
    assert world.c.class_hours[1] == pytest.approx(22.0) and world.c.route_hours[1] == pytest.approx(44.0)
    assert world.c.language[1] == pytest.approx(1.0 + 22 * 0.9 / 100)


@pytest.mark.parametrize("first", [4, 8])  # weeks from the start of the course to the first visit
@pytest.mark.parametrize("course", [9, 14, 34])
def test_a_course_in_reception_has_as_many_weeks_of_lessons_as_it_lasts(learners, school, first, course):
    world = learners(integration=Integration.PRE_INTEGRATION, housing=Housing.REGULAR, pre_start_week=50)
    rates = school(vbi_hours=10.0, vbi_weeks=course)
    for since in range(first, course + 8, 8):  # the last is after the end
        world.attend(rates, weeks=8.0, week=50 + since)

    assert world.c.class_hours[1] == pytest.approx(5.0 * course)  # half of 10 hours a week


def test_who_left_the_programme_this_week_attends_nothing(learners, school):
    states = [Integration.AWAITING_INTAKE, Integration.NONE, Integration.PASSED_B1, Integration.TERM_EXPIRED]
    world = learners(4, integration=states, language=1.0)

    assert world.attend(school()) == 0.0
    assert not world.c.class_hours[1:].any() and (world.c.language[1:] == 1.0).all()


@pytest.mark.parametrize(
    ("state", "hours", "counted"),
    [
        (Integration.EARLY_LESSONS, 2.0, 0.0),
        (Integration.PRE_INTEGRATION, 9.0, 0.0),
        (Integration.EDUCATION_ROUTE, 20.0, 20.0),
        (Integration.Z_ROUTE, 9.0, 9.0),
        (Integration.A2_ROUTE, 11.0, 11.0),
    ],
)
def test_each_programme_has_its_hours(learners, school, state, hours, counted):
    world = learners(integration=state)
    world.attend(school(), weeks=1.0)

    assert world.c.class_hours[1] == pytest.approx(hours / 2)
    assert world.c.route_hours[1] == pytest.approx(counted)


def test_progress_motivates(learners, school):
    world = learners()
    world.attend(school(motivation_progress=0.5))

    assert world.c.motivation[1] == pytest.approx(0.5 + 0.5 * 0.22)


def test_online_lessons_work_less_for_the_low_educated_and_in_reception(learners, school):
    made = school(online_share=0.5, online_fraud_loss=0.1)
    home = learners(education=1)
    home.attend(made, quality=0.8, weeks=1.0)
    site = learners(education=1, housing=Housing.EMERGENCY)
    site.attend(made, quality=0.8, weeks=1.0)

    # 5.5 hours: half at 0.8, half at 0.5 x facilities x 0.9
    assert home.c.language[1] == pytest.approx(5.5 * (0.4 + 0.225) / 100)
    assert site.c.language[1] == pytest.approx(5.5 * (0.4 + 0.225 * 0.25) / 100)


def test_combining_with_work_costs_lessons_and_brings_practice(learners, school):
    world = learners(activity=Activity.DUAL)
    world.attend(school(dual_class_loss=0.2, practice_work=0.25), weeks=1.0)

    assert world.c.route_hours[1] == pytest.approx(8.8)
    assert world.c.language[1] == pytest.approx((4.4 + 3.0) / 100)


def test_outside_lessons_dutch_is_practised_or_forgotten(people, luck, school):
    states = [Integration.NONE, Integration.PASSED_A2, Integration.AWAITING_INTAKE, Integration.B1_ROUTE]
    c = people(
        lessons.Columns,
        4,
        integration=states,
        language=2.0,
        ability=1.0,
        motivation=0.5,
        capacity=1.0,
        volunteer=[0, 3, 0, 0],
    )
    made = school(practice_volunteer=1.0, bridge_course=True, bridge_hours=2.0)
    forgot = lessons.practise(np.arange(1, 5), c, 1.0, np.full(4, 4.0), made, luck())

    assert forgot == 1
    # forgotten 4 x 0.002 of 2; practised 4 x 1.5 hours; half of a bridge course of 4 x 2 hours; in class: not here
    assert c.language[1:] == pytest.approx([1.984, 2.06, 2.04, 2.0])


def test_practice_leads_no_further_than_the_ceiling_and_nobody_at_it_forgets(people, luck, school):
    given = {"integration": Integration.PASSED_B1, "ability": 1.0, "motivation": 0.5, "capacity": 1.0}
    c = people(lessons.Columns, 2, education=[0, 1], language=2.5, volunteer=3, **given)
    made = school(practice_volunteer=1.0, language_ceiling=np.array([2.2, 3.4, 5.0, 5.0]))

    assert lessons.practise(np.array([1, 2]), c, 1.0, np.full(2, 4.0), made, luck()) == 0
    assert c.language[1:] == pytest.approx([2.5, 2.56])


def test_work_teaches_by_the_hours_of_the_job(people, luck, school):
    """240 euros a week: 24 hours at 10 euros, 16 in a matched job at 15; others work in a programme, or not at all."""
    given = {"integration": Integration.PASSED_B1, "ability": 1.0, "motivation": 0.5, "capacity": 1.0, "education": 2}
    work = [Work.EMPLOYED_BASIC, Work.EMPLOYED_BASIC, Work.EMPLOYED_MATCHED, Work.SEARCHING, Work.SEARCHING]
    c = people(
        lessons.Columns,
        5,
        language=2.0,
        work=work,
        earnings=[240.0, 120.0, 240.0, 0.0, 0.0],
        activity=[0, Activity.IN_PROGRAMME, 0, Activity.IN_PROGRAMME, Activity.IN_PROGRAMME],
        programme=[0, Programme.TRAINING, 0, Programme.TRAINING, Programme.RETURN_TRAINING],
        **given,
    )
    made = school(practice_work=0.25, programme_hours=32.0)
    lessons.practise(np.arange(1, 6), c, 1.0, np.full(5, 4.0), made, luck())

    hours = np.array([24.0, 12.0, 16.0, 32.0])
    assert c.language[1:5] == pytest.approx(2.0 + 4.0 * hours * 0.25 / 2.0 / 100.0)
    assert c.language[5] == pytest.approx(2.0 * (1.0 - 4 * 0.002))  # training to return is in another language


def test_a_job_beside_lessons_teaches_by_its_hours_and_a_combined_route_as_a_usual_job(learners, school):
    made = school(practice_work=0.25, class_hours=np.zeros(3))
    beside = learners(work=Work.EMPLOYED_BASIC, earnings=120.0)
    combined = learners(activity=Activity.DUAL)
    both = learners(activity=Activity.DUAL, work=Work.EMPLOYED_BASIC, earnings=120.0)
    for world in (beside, combined, both):
        world.attend(made, weeks=1.0)

    assert [float(w.c.language[1]) for w in (beside, combined, both)] == pytest.approx([0.015, 0.03, 0.015])


def test_nobody_reaches_c1_by_work_alone(people, luck, school):
    """Forty years of full-time work: nearer and nearer to the ceiling of practice, and no further."""
    made = school(practice_work=0.25, hours_per_level=np.full((4, 4), 300.0))
    given = {"integration": Integration.PASSED_B1, "ability": 1.0, "motivation": 1.0, "capacity": 1.0, "education": 3}
    c = people(lessons.Columns, 2, language=[3.0, 4.7], work=Work.EMPLOYED_BASIC, earnings=360.0, **given)
    levels = []
    for week in range(0, 2080, 12):
        lessons.practise(np.array([1, 2]), c, 1.0, np.full(2, 12.0), made, luck(week=week))
        levels.append(float(c.language[1]))

    assert all(np.diff(levels) >= 0.0) and 4.4 < levels[-1] <= 4.5
    assert np.diff(levels)[0] > 2.0 * np.diff(levels)[10]  # less and less
    assert c.language[2] == pytest.approx(4.7)  # who came further by lessons keeps it

    c.language[1], c.ability[1] = 4.0, 50.0  # in one step of twelve weeks
    lessons.practise(ONE, c, 1.0, np.array([12.0]), made, luck())
    assert c.language[1] == pytest.approx(4.5)


def test_a_little_dutch_is_never_forgotten(people, luck, school):
    c = people(lessons.Columns, 1, language=0.09, integration=Integration.NONE)

    assert lessons.practise(ONE, c, 1.0, np.array([4.0]), school(), luck()) == 0
    assert c.language[1] == pytest.approx(0.09)


def test_seats_go_to_those_whose_plan_is_oldest_and_no_further_than_there_are(learners):
    world = learners(3, integration=Integration.PLAN_MADE, plan_week=[30, 10, 20])

    assert world.take_seats(2.9) == 2
    assert world.c.integration[1:].tolist() == [Integration.PLAN_MADE, Integration.B1_ROUTE, Integration.B1_ROUTE]
    assert world.c.route_start_week[1:].tolist() == [NEVER, 50, 50]
    assert world.seats[0] == pytest.approx(0.9)


def test_a_seat_in_one_region_is_not_for_another(learners):
    world = learners(integration=Integration.PLAN_MADE, region=1)

    assert world.take_seats(9.0) == 0


def test_carers_start_once_childcare_is_there(learners):
    world = learners(2, integration=Integration.PLAN_MADE, care_until_week=51, plan_week=[20, 10])

    assert world.take_seats(9.0, childcare=1.0) == 1
    assert world.c.childcare_week[1:].tolist() == [NEVER, 50]
    assert world.c.integration[1:].tolist() == [Integration.PLAN_MADE, Integration.B1_ROUTE]


def test_a_parent_whose_youngest_child_is_12_needs_no_childcare(learners):
    world = learners(2, integration=Integration.PLAN_MADE, care_until_week=[50, 51], plan_week=10)

    assert lessons.waiting_for_childcare(np.array([1, 2]), world.c, 50, 1).tolist() == [1]
    assert world.take_seats(9.0, childcare=0.0) == 1
    assert world.c.integration[1:].tolist() == [Integration.B1_ROUTE, Integration.PLAN_MADE]


def test_the_route_of_the_plan_is_followed_and_students_stop_searching(learners):
    routes = [intake.B1, intake.EDUCATION, intake.Z, intake.A2, intake.EDUCATION]
    work = [Work.SEARCHING, Work.SEARCHING, Work.SEARCHING, Work.SEARCHING, Work.EMPLOYED_BASIC]
    world = learners(5, integration=Integration.PLAN_MADE, route=routes, work=work)
    world.take_seats(9.0, dual=1.0)

    followed = [Integration.B1_ROUTE, Integration.EDUCATION_ROUTE, Integration.Z_ROUTE, Integration.A2_ROUTE]
    assert world.c.integration[1:].tolist() == [*followed, Integration.EDUCATION_ROUTE]
    expected = [Work.SEARCHING, Work.STUDY, Work.SEARCHING, Work.SEARCHING, Work.EMPLOYED_BASIC]
    assert world.c.work[1:].tolist() == expected
    assert (world.c.activity[1:] == Activity.DUAL).all()


# Exams -----------------------------------------------------------------------------------------------------


@pytest.fixture
def exam(rates):
    def make(**changes):
        given = {
            "exam_slope": 4.0,
            "exam_margin": 0.1,
            "exam_interval_weeks": 13,
            "exam_attempts_b1": 3,
            "scale_down_hours": 600.0,
            "scale_down_predicted_hours": 1000.0,
            "scale_down_chance": 0.0,
            "interim_test": exams.NO_TEST,
            "route_hours": np.array([600.0, 1000.0, 800.0]),
            "participation_hours_z": 800.0,
            "motivation_scaled_down": 0.08,
            "chance_route_switch": 0.0,
            "naturalisation_years": 6,
            "naturalisation_level": 2.0,
            "chance_naturalisation": 0.25,
        }
        return rates(exams.Rates, **{**given, **changes})

    return make


def test_the_chance_to_pass_is_even_at_the_level_itself(exam):
    assert exams.pass_chance(3.0, 3.0, 4.0) == 0.5
    assert exams.pass_chance(3.25, 3.0, 4.0) == pytest.approx(logistic(1.0))


def test_the_level_is_predicted_from_the_pace_so_far():
    assert exams.predicted_level(1.8, 600.0, 1000.0) == pytest.approx(3.0)
    assert exams.predicted_level(1.8, 1200.0, 1000.0) == 1.8
    assert exams.predicted_level(1.8, 0.0, 1000.0) == 1.8


class Candidates:
    """Learners in the B1 route, with the draws a test chooses."""

    def __init__(self, people, luck, lanes, drawn, n=1, draw=0.5, **columns):
        drawn(exams, draw)
        given = {"legal": Legal.PERMIT, "integration": Integration.B1_ROUTE, "language": 3.0, "motivation": 0.5}
        self.c = people(exams.Columns, n, **{**given, "term_end": 999, **columns})
        self.rows, self.luck, self.n, self.lanes = np.arange(1, n + 1), luck, n, lanes

    def update(self, rates, week=50):
        self.counts = np.zeros(3, np.int64)
        return exams.update(self.rows, self.c, rates, self.luck(week=week), self.counts)

    def end_studies(self, rates, draws):
        return exams.end_studies(
            self.rows, self.c, np.full(self.n, 4.0), rates, self.lanes(VISIT_LANES, self.n, end_of_studies=draws)
        )

    def naturalise(self, rates, draws, week):
        made = self.lanes(VISIT_LANES, self.n, naturalisation=draws)
        return exams.naturalise(self.rows, self.c, np.full(self.n, 4.0), rates, made, self.luck(week=week))


@pytest.fixture
def candidates(people, luck, lanes, drawn):
    return lambda n=1, **columns: Candidates(people, luck, lanes, drawn, n, **columns)


def test_who_became_exempt_this_week_sits_no_exam_and_has_no_term(candidates, exam):
    world = candidates(2, draw=0.0, integration=Integration.EXEMPT, term_end=[999, 40])

    assert world.update(exam()) == 0
    assert world.c.integration[1:].tolist() == [Integration.EXEMPT] * 2 and world.counts[1] == 0


@pytest.mark.parametrize(("draw", "state"), [(0.49, Integration.PASSED_B1), (0.51, Integration.B1_ROUTE)])
def test_an_exam_is_passed_or_failed(candidates, exam, draw, state):
    world = candidates(draw=draw)
    passed = state == Integration.PASSED_B1

    assert world.update(exam()) == passed
    assert world.c.integration[1] == state and world.c.exam_week[1] == 50
    assert world.c.attempts[1] == (not passed) and world.c.finish_week[1] == (50 if passed else NEVER)
    assert world.counts.tolist() == [0, 1, int(passed)]


def test_nobody_takes_an_exam_too_early_or_too_often(candidates, exam):
    world = candidates(3, draw=0.0, language=[2.89, 2.91, 3.0], exam_week=[NEVER, NEVER, 38])
    world.update(exam())

    assert world.counts.tolist() == [0, 1, 1]
    assert world.c.integration[1:].tolist() == [Integration.B1_ROUTE, Integration.PASSED_B1, Integration.B1_ROUTE]


def test_the_a2_route_asks_for_a2(candidates, exam):
    world = candidates(draw=0.0, language=2.0, integration=Integration.A2_ROUTE)
    world.update(exam())

    assert world.c.integration[1] == Integration.PASSED_A2


def test_after_the_term_the_level_of_the_route_stays_due(candidates, exam):
    routes = [Integration.B1_ROUTE, Integration.EDUCATION_ROUTE, Integration.A2_ROUTE]
    world = candidates(3, draw=0.0, language=2.0, integration=routes, term_end=50)
    world.update(exam(), week=50)
    assert world.c.integration[1:].tolist() == [Integration.TERM_EXPIRED] * 3

    world.update(exam(), week=54)
    expired = Integration.TERM_EXPIRED
    assert world.c.integration[1:].tolist() == [expired, expired, Integration.PASSED_A2]

    world.c.language[1:], world.rows = 3.0, np.array([1, 2])
    world.update(exam(), week=58)
    assert world.c.integration[1:3].tolist() == [Integration.PASSED_B1] * 2


@pytest.mark.parametrize("route", ["B1_ROUTE", "EDUCATION_ROUTE", "A2_ROUTE", "TERM_EXPIRED"])
def test_no_number_of_failures_ends_the_duty(candidates, exam, route):
    world = candidates(draw=0.99, integration=Integration[route], attempts=10, route_hours=1200.0, class_hours=600.0)

    assert world.update(exam(scale_down_chance=0.05)) == 0
    assert world.c.integration[1] == Integration[route] and world.c.finish_week[1] == NEVER
    assert world.c.attempts[1] == 11


def test_who_failed_three_times_scales_down_from_the_hours_of_the_gate_on(candidates, exam):
    # a level of 3.0 after 600 hours: expected to reach B1, so that only the failures count
    hours = [599.0, 600.0, 600.0]
    world = candidates(3, draw=0.19, attempts=[3, 3, 2], route_hours=hours, class_hours=600.0, exam_week=49)
    world.update(exam(scale_down_chance=0.05))

    assert world.c.integration[1:].tolist() == [Integration.B1_ROUTE, Integration.A2_ROUTE, Integration.B1_ROUTE]
    assert world.c.attempts[1:].tolist() == [3, 0, 2]  # counted anew at A2
    assert world.c.scaled_down[1:].tolist() == [False, True, False] and world.counts.tolist() == [1, 0, 0]
    assert world.c.motivation[1:] == pytest.approx([0.5, 0.42, 0.5])

    without_gate = candidates(draw=0.19, attempts=3, route_hours=100.0, class_hours=100.0, exam_week=49)
    without_gate.update(exam(scale_down_chance=0.05, scale_down_hours=0.0))
    assert without_gate.c.integration[1] == Integration.A2_ROUTE


def test_scaling_down_after_failures_has_its_chance_too(candidates, exam):
    world = candidates(draw=0.21, attempts=3, route_hours=600.0, class_hours=600.0, exam_week=49)
    world.update(exam(scale_down_chance=0.025))  # 0.2 in eight weeks

    assert world.c.integration[1] == Integration.B1_ROUTE and world.c.attempts[1] == 3


def test_who_will_not_reach_b1_can_scale_down_at_a_cost(candidates, exam):
    # at 600 of 1,000 hours a level of 1.7 predicts 2.83, a level of 1.9 predicts 3.17
    world = candidates(3, draw=0.0, language=[1.7, 1.9, 1.7], class_hours=600.0, route_hours=[600.0, 600.0, 599.0])
    world.update(exam(scale_down_chance=0.05))

    states = [Integration.A2_ROUTE, Integration.B1_ROUTE, Integration.B1_ROUTE]
    assert world.c.integration[1:].tolist() == states
    assert world.c.scaled_down[1:].tolist() == [True, False, False]
    assert world.c.scale_down_checked[1:].tolist() == [True, True, False]
    assert world.c.motivation[1:] == pytest.approx([0.42, 0.5, 0.5])
    assert world.counts[0] == 1


def test_the_z_route_ends_with_its_hours_and_without_an_exam(candidates, exam):
    world = candidates(2, integration=Integration.Z_ROUTE, route_hours=[799.0, 800.0], language=0.5)

    assert world.update(exam()) == 1
    assert world.c.integration[1:].tolist() == [Integration.Z_ROUTE, Integration.FINISHED_Z]
    assert world.counts.tolist() == [0, 0, 0]


def test_the_term_ends_and_the_duty_stays(candidates, exam):
    world = candidates(2, language=1.0, term_end=[50, 51])
    world.update(exam())

    assert world.c.integration[1:].tolist() == [Integration.TERM_EXPIRED, Integration.B1_ROUTE]
    assert world.c.finish_week[1] == NEVER


def test_the_test_at_a2_is_passed_once_and_motivates_once(candidates, exam):
    world = candidates(language=2.0, draw=0.4)
    for week in (50, 70):
        world.update(exam(interim_test=exams.TEST_A2, motivation_interim_pass=0.04), week=week)

    assert world.c.exam_week[1] == world.c.interim_week[1] == 50 and world.c.motivation[1] == pytest.approx(0.54)
    assert world.c.integration[1] == Integration.B1_ROUTE


def test_students_go_on_until_their_studies_end(candidates, exam):
    states = [Integration.PASSED_B1, Integration.PASSED_B1, Integration.EDUCATION_ROUTE]
    world = candidates(3, integration=states, work=Work.STUDY)

    assert world.end_studies(exam(study_weeks=100.0), [0.039, 0.041, 0.0]) == 1  # four weeks in a hundred
    assert world.c.work[1:].tolist() == [Work.ELIGIBLE, Work.STUDY, Work.STUDY]


def test_citizenship_needs_years_a_finished_duty_and_dutch(candidates, exam):
    years = int(6 * 52.18) + 1
    world = candidates(
        5,
        permit_week=[0, 1, 0, 0, 0],
        language=[1.5, 3.0, 1.4, 3.0, 3.0],
        integration=[Integration.EXEMPT, Integration.PASSED_B1, Integration.EXEMPT] + [Integration.B1_ROUTE] * 2,
        legal=[Legal.PERMIT] * 4 + [Legal.NATURALISED],
    )

    assert world.naturalise(exam(), 0.9, week=years) == 1
    assert world.c.legal[1:].tolist() == [Legal.NATURALISED] + [Legal.PERMIT] * 3 + [Legal.NATURALISED]


def test_citizenship_is_asked_by_chance_four_weeks_at_a_time(candidates, exam):
    world = candidates(2, integration=Integration.PASSED_B1, permit_week=0)

    assert world.naturalise(exam(chance_naturalisation=0.01), [0.0401, 0.0399], week=999) == 1
    assert world.c.legal[1:].tolist() == [Legal.PERMIT, Legal.NATURALISED]
