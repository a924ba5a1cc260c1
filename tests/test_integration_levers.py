"""Levers of language and integration: duty, shared sites, tests on the way to B1, changes of route, lessons outside."""

from math import exp

import numpy as np
import pytest

from abm.people import NEVER
from abm.processes import exams, intake, lessons, loans, voorinburgering
from abm.states import Activity, Housing, Integration, Legal, Programme

pytestmark = pytest.mark.usefixtures("plain")

ONE = np.array([1])
NO_TEST, A1, A2 = range(3)


# Programmes of reception -------------------------------------------------------------------------------------------


@pytest.fixture
def resident(people, rates, luck, drawn):
    """Ask a permit holder in reception whose own chance to consent is 0.5; give the columns."""

    def ask(uniform, kind=Housing.REGULAR, **changes):
        drawn(voorinburgering, {voorinburgering.OFFER: 0.4, voorinburgering.PROGRAMME: uniform})
        c = people(
            voorinburgering.Columns,
            legal=Legal.PERMIT,
            housing=kind,
            integration=Integration.AWAITING_INTAKE,
            motivation=0.667,
            capacity=0.8,
            permit_week=0,
            turn=0,
        )
        given = {
            "share_vbi_asked": 1.0,
            "interview_coverage": 0.9,
            "vbi_acceptance": 0.5,
            "vbi_site_offer": np.array([1.0, 0.2, 0.2]),
            "programme_offer_by_site": np.ones(3),
            **changes,
        }
        counts = np.zeros(4, np.int64)
        voorinburgering.update(ONE, c, 9.0, rates(voorinburgering.Rates, **given), luck(week=20), counts)
        return c

    return ask


def test_a_duty_lets_those_take_part_who_would_not_have_chosen_it(resident):
    duty = {"participation_duty": True, "duty_compliance": 0.85}

    assert not resident(0.6).consented[1]
    obliged, willing, absent = resident(0.6, **duty), resident(0.4, **duty), resident(0.9, **duty)
    assert obliged.consented[1] and obliged.activity[1] == Activity.OBLIGED
    assert willing.consented[1] and willing.activity[1] == 0
    assert not absent.consented[1] and absent.activity[1] == 0


def test_the_duty_is_over_with_the_course(people, rates, luck):
    state = {"integration": Integration.PRE_INTEGRATION, "activity": Activity.OBLIGED, "pre_start_week": 0}
    c = people(voorinburgering.Columns, housing=Housing.REGULAR, legal=Legal.PERMIT, **state)
    voorinburgering.update(
        ONE, c, 0.0, rates(voorinburgering.Rates, vbi_weeks=14), luck(week=14), np.zeros(4, np.int64)
    )

    assert c.integration[1] == Integration.AWAITING_INTAKE and c.activity[1] == 0


def test_a_shared_site_brings_the_offer_of_other_places_towards_that_of_regular_ones(resident):
    started = Integration.PRE_INTEGRATION

    assert resident(0.0).integration[1] == started
    assert resident(0.0, Housing.EMERGENCY).integration[1] != started  # offered to 0.2, drawn 0.4
    assert resident(0.0, Housing.EMERGENCY, share_central_lessons=0.2).integration[1] != started  # 0.36
    assert resident(0.0, Housing.EMERGENCY, share_central_lessons=0.3).integration[1] == started  # 0.44


def test_a_shared_site_never_takes_an_offer_away():
    assert voorinburgering.site_offer(np.array([0.5, 0.8, 0.2]), Housing.EMERGENCY, 1.0) == 0.8


# Intake ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def intakes(people, rates, luck, drawn, monkeypatch):
    """Hold intakes for people who wait; give who got a plan."""

    def hold(capacity=9.0, draws=0.0, warm=0.0, columns=None, **changes):
        def lanes(luck, decision, keys):
            first = [draws if decision == intake.INTAKE else warm if key == 2 else 0.99 for key in keys]
            return np.array([first, *[[0.5] * len(keys)] * 3])

        drawn(intake, draws)
        at_home = {"legal": Legal.PERMIT, "integration": Integration.AWAITING_INTAKE, "municipality": 0}
        given = {"housing": Housing.SOCIAL, "housed_week": 0, "education": 1, **at_home, **(columns or {})}
        c = people(intake.Columns, 2, **given)
        monkeypatch.setattr(intake, "lanes_once", lanes)
        made = rates(intake.Rates, pip_chores_weeks=6.0, **changes)
        intake.hold(np.array([1, 2]), c, np.array([capacity]), made, luck(week=50))
        return (c.integration[1:] == Integration.PLAN_MADE).tolist()

    return hold


def test_more_time_for_those_in_reception_lets_more_start_early(intakes):
    reception = {"housing": Housing.REGULAR, "permit_week": 40}
    extended = {"early_start_share": 0.03, "early_start_by_extension": 0.1}

    assert intakes(draws=0.12, columns=reception, **extended) == [False, False]
    assert intakes(draws=0.12, columns=reception, extension_weeks=26, **extended) == [True, True]
    assert intakes(draws=0.14, columns=reception, extension_weeks=26, **extended) == [False, False]


def test_a_warm_file_counts_as_weeks_of_waiting(intakes):
    later = {"housed_week": [0, 3]}  # the second was housed three weeks after the first
    warm = {"warm_handover_share": 0.5, "data_sharing": 0.5}

    assert intakes(1.0, columns=later, warm=0.4, **warm, warm_handover_weeks=4.0) == [False, True]
    assert intakes(1.0, columns=later, warm=0.4, **warm, warm_handover_weeks=2.0) == [True, False]
    assert intakes(1.0, columns=later, warm=0.6, **warm, warm_handover_weeks=4.0) == [True, False]


def test_under_the_municipal_task_the_files_of_those_reached_are_warm(intakes):
    task = {"warm_handover_share": 0.0, "municipal_task_coverage": 0.5, "data_sharing": 0.5}
    later = {"columns": {"housed_week": [0, 3]}, "warm": 0.4, "warm_handover_weeks": 4.0}

    assert intakes(1.0, municipal_task_asylum=False, **later, **task) == [True, False]
    assert intakes(1.0, municipal_task_asylum=True, **later, **task) == [False, True]


# Exams -------------------------------------------------------------------------------------------------------------


class Learner:
    """One person in the B1 route at A2, with 500 class hours; an exam is passed with a draw below its chance."""

    def __init__(self, people, rates, luck, drawn, **columns):
        self.rates, self.luck, self.drawn = rates, luck, drawn
        given = {"integration": Integration.B1_ROUTE, "language": 2.0, "class_hours": 500.0, "route_hours": 500.0}
        self.c = people(exams.Columns, **{**given, "motivation": 0.5, "term_end": 900, **columns})
        self.counts = np.zeros(3, np.int64)

    def visit(self, week=50, choice=0.5, exam=0.0, other=0.9, **changes):
        self.drawn(exams, {exams.CHOICE: choice, exams.EXAM: exam, exams.SCALE_DOWN: other, exams.SUPPORT: other})
        given = {
            "route_hours": np.array([600.0, 1000.0, 800.0]),
            "scale_down_hours": 600.0,
            "scale_down_predicted_hours": 700.0,  # 2.0 x 700 / 500 = 2.8: not expected to reach B1
            "share_content_with_interim": 0.3,
            "motivation_interim_pass": 0.04,
            "motivation_scaled_down": 0.08,
            "switch_delay_weeks": 10,
            **changes,
        }
        return exams.update(ONE, self.c, self.rates(exams.Rates, **given), self.luck(week=week), self.counts)


@pytest.fixture
def learner(people, rates, luck, drawn):
    return lambda **columns: Learner(people, rates, luck, drawn, **columns)


def test_without_the_test_nothing_happens_at_a2(learner):
    world = learner()

    assert world.visit() == 0 and world.c.exam_week[1] == NEVER and world.c.motivation[1] == np.float32(0.5)


def test_passing_a2_motivates_and_those_content_have_finished(learner):
    content, ambitious, failed = learner(), learner(), learner()

    assert content.visit(interim_test=A2, choice=0.29) == 1
    assert content.c.integration[1] == Integration.PASSED_A2 and content.c.finish_week[1] == 50
    assert ambitious.visit(interim_test=A2, choice=0.31) == 0
    assert ambitious.c.integration[1] == Integration.B1_ROUTE and ambitious.c.interim_week[1] == 50
    assert content.c.motivation[1] == ambitious.c.motivation[1] == pytest.approx(0.54)
    assert failed.visit(interim_test=A2, choice=0.0, exam=0.51) == 0  # half pass at the level itself
    assert failed.c.interim_week[1] == NEVER and failed.c.motivation[1] == np.float32(0.5)
    assert failed.c.attempts[1] == 0  # it does not count as failing at B1


def test_who_is_expected_to_reach_b1_goes_on(learner):
    world = learner(class_hours=400.0)  # 2.0 x 700 / 400 = 3.5

    assert world.visit(interim_test=A2, choice=0.0) == 0 and world.c.integration[1] == Integration.B1_ROUTE


def test_the_test_is_sat_once_and_not_by_those_who_are_near_b1(learner):
    near, passed = learner(language=2.95), learner(interim_week=10)
    near.visit(interim_test=A2, choice=0.0, exam=0.0)
    passed.visit(interim_test=A2, choice=0.0, exam=0.0)

    assert near.c.integration[1] == Integration.PASSED_B1 and near.c.interim_week[1] == NEVER
    assert passed.c.integration[1] == Integration.B1_ROUTE and passed.c.exam_week[1] == NEVER


def test_a_test_at_a1_lets_people_choose_the_a2_route(learner):
    world = learner(language=1.0, attempts=2)

    assert world.visit(interim_test=A1, choice=0.0) == 0
    assert world.c.integration[1] == Integration.A2_ROUTE and not world.c.scaled_down[1]
    assert world.c.attempts[1] == 0
    assert world.c.lessons_from_week[1] == 60 and world.c.motivation[1] == pytest.approx(0.54)


def test_who_has_passed_a2_keeps_it_when_scaling_down_or_at_the_end_of_the_term(learner):
    late = {"route_hours": 600.0, "class_hours": 600.0, "interim_week": 20}
    with_a2, without, expired = (
        learner(**late),
        learner(**{**late, "interim_week": NEVER}),
        learner(**late, term_end=50),
    )

    assert with_a2.visit(interim_test=A2, other=0.0) == 1 and with_a2.c.integration[1] == Integration.PASSED_A2
    assert with_a2.c.motivation[1] == np.float32(0.5)
    assert without.visit(interim_test=A2, other=0.0) == 0 and without.c.integration[1] == Integration.A2_ROUTE
    assert without.c.motivation[1] == pytest.approx(0.42) and without.c.lessons_from_week[1] == 60
    assert expired.visit(interim_test=A2) == 1 and expired.c.integration[1] == Integration.PASSED_A2


def test_without_the_gate_of_600_hours_the_pace_decides_once_there_is_one(learner):
    beginner, slow, quick = (
        learner(language=level, class_hours=hours, route_hours=hours)
        for level, hours in ((0.0, 0.0), (0.2, 60.0), (0.5, 60.0))
    )
    for world in (beginner, slow, quick):
        world.visit(scale_down_hours=0.0, scale_down_chance=0.25, other=0.5)

    assert beginner.c.integration[1] == Integration.B1_ROUTE
    assert slow.c.integration[1] == Integration.A2_ROUTE  # 0.2 x 700 / 60 = 2.3
    assert quick.c.integration[1] == Integration.B1_ROUTE  # 5.8


def test_changing_from_z_to_b1_costs_weeks_without_lessons(learner):
    world = learner(integration=Integration.Z_ROUTE, route_hours=100.0)
    world.visit(chance_route_switch=0.01, other=0.03)

    assert world.c.integration[1] == Integration.B1_ROUTE and world.c.lessons_from_week[1] == 60


@pytest.mark.parametrize(("fine", "uniform", "debt"), [(0.0, 0.0, False), (1000.0, 0.29, True), (1000.0, 0.31, False)])
def test_a_fine_for_an_expired_term_costs_motivation_and_may_bring_debts(learner, fine, uniform, debt):
    world = learner(term_end=50)
    world.drawn(exams, uniform)
    made = world.rates(exams.Rates, term_sanction=fine, debt_by_sanction=0.3, motivation_sanction=0.03)
    exams.update(ONE, world.c, made, world.luck(week=50), world.counts)

    assert world.c.integration[1] == Integration.TERM_EXPIRED and world.c.debt[1] == debt
    assert world.c.motivation[1] == pytest.approx(0.47 if fine else 0.5)


# Lessons -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def school(rates):
    """A school where half of the hours is attended and an hour for each hundredth of a level is needed."""

    def make(**changes):
        given = {
            "class_hours": np.array([10.0, 20.0, 8.0]),
            "route_hours": np.array([600.0, 1000.0, 800.0]),
            "overhead_hours": 60.0,
            "vbi_hours": 9.0,
            "vbi_weeks": 14,
            "online_share": 0.0,
            "attendance_base": 0.0,
            "attendance_per_travel_hour": -1.0,
            "attendance_by_effort": 0.0,
            "attendance_after_move": 0.0,
            "travel_hours_home": 0.0,
            "central_travel_hours": 0.5,
            "hours_per_level": np.full((4, 4), 100.0),
            "hours_scale": 1.0,
            "language_ceiling": np.full(4, 5.0),
            "practice_work": 0.25,
            "programme_hours": 16.0,
            "practice_natives": 0.0,
            "practice_volunteer": 0.0,
            "practice_ceiling": 5.0,
            "language_effort_base": 1.0,
            "language_forgetting": 0.002,
            "motivation_progress": 0.0,
            **changes,
        }
        return rates(lessons.Rates, **given)

    return make


@pytest.fixture
def learn(people, luck, school):
    """Let one person learn for a week in class or outside; give the gain in levels."""

    def make(outside=False, week=100, quality=1.0, columns=None, **changes):
        given = {"ability": 1.0, "motivation": 0.5, "capacity": 1.0, "housing": Housing.SOCIAL, "digital_skill": 0.15}
        given |= {"birth_week": -1500, "pre_start_week": 92}
        c = people(lessons.Columns, **{**given, **(columns or {})})
        before = float(c.language[1])
        if outside:
            lessons.practise(ONE, c, quality, np.array([1.0]), school(**changes), luck(week=week))
        else:
            lessons.attend(ONE, c, quality, 1.0, school(**changes), luck(week=week))
        return float(c.language[1]) - before

    return make


IN_B1 = {"integration": Integration.B1_ROUTE}


def test_hours_on_society_and_orientation_do_not_teach_the_language(learn):
    assert learn(columns=IN_B1, overhead_hours=0.0) == pytest.approx(0.05)  # half of ten hours
    assert learn(columns=IN_B1, overhead_hours=120.0) == pytest.approx(0.05 * 0.8)
    education = {"integration": Integration.EDUCATION_ROUTE}
    assert learn(columns=education, overhead_hours=120.0) == pytest.approx(0.1 * 0.88)
    course = {"integration": Integration.PRE_INTEGRATION, "housing": Housing.REGULAR}
    assert learn(columns=course, overhead_hours=120.0, facility_index=np.ones(3)) == pytest.approx(0.045)


def test_there_are_no_lessons_until_a_change_of_route_is_arranged(learn):
    changed = {**IN_B1, "lessons_from_week": 110}

    assert learn(columns=changed, week=109) == 0.0
    assert learn(columns=changed, week=110) == pytest.approx(0.045)


def test_going_to_a_shared_site_asks_for_travel(learn):
    course = {"integration": Integration.PRE_INTEGRATION, "housing": Housing.EMERGENCY}
    regular = {**course, "housing": Housing.REGULAR}

    assert learn(columns=course) == learn(columns=regular) == pytest.approx(0.045)
    assert learn(columns=course, share_central_lessons=1.0) == pytest.approx(0.09 / (1 + exp(0.5)))
    assert learn(columns=regular, share_central_lessons=1.0) == pytest.approx(0.045)


@pytest.mark.parametrize(
    ("skill", "worth"),
    [(0.4, 0.55), (0.6, 0.65), (0.2, 0.45)],
)
def test_online_hours_teach_by_education_and_digital_skill(learn, skill, worth):
    online = {"online_share": 1.0, "online_effect": np.array([0.25, 0.55, 0.85, 1.0]), "online_by_digital_skill": 0.5}
    more = {"digital_skill_mean": np.array([0.15, 0.4, 0.65, 0.85]), "online_fraud_loss": 0.1, "overhead_hours": 0.0}
    learner = {**IN_B1, "education": 1, "digital_skill": skill}

    assert learn(columns=learner, **online, **more) == pytest.approx(0.05 * worth * 0.9)


def test_facilities_count_for_online_hours_in_reception(learn):
    online = {"online_share": 1.0, "online_effect": np.ones(4), "online_by_digital_skill": 0.0}
    more = {"facility_index": np.array([0.6, 0.3, 0.3]), "online_fraud_loss": 0.0, "overhead_hours": 0.0}
    course = {"integration": Integration.PRE_INTEGRATION}

    assert learn(columns={**course, "housing": Housing.REGULAR}, **online, **more) == pytest.approx(0.045 * 0.6)
    assert learn(columns={**course, "housing": Housing.EMERGENCY}, **online, **more) == pytest.approx(0.045 * 0.3)


def test_a_work_programme_brings_practice_except_training_for_return(learn):
    job = {"activity": Activity.IN_PROGRAMME, "programme": Programme.PARTICIPATION_JOB}
    other = {"activity": Activity.IN_PROGRAMME, "programme": Programme.RETURN_TRAINING}

    assert learn(True, columns=job) == pytest.approx(0.02)  # 0.25 x 16 / 2 hours
    assert learn(True, columns=other) == 0.0
    assert learn(columns={**IN_B1, **job}) == pytest.approx(0.045 + 0.02)


def test_lessons_outside_the_routes(learn):
    waiting, expired = {"integration": Integration.PLAN_MADE}, {"integration": Integration.TERM_EXPIRED}

    assert learn(True, columns=waiting, bridge_hours=3.0) == 0.0
    assert learn(True, columns=waiting, bridge_course=True, bridge_hours=3.0) == pytest.approx(0.015)
    assert learn(True, columns=expired, long_tail_hours=4.0) == pytest.approx(0.02)
    assert learn(True, columns=expired, long_tail_hours=4.0, quality=0.5) == pytest.approx(0.01)
    assert learn(True, columns={**expired, "language": 2.0}, long_tail_hours=0.0) == pytest.approx(-0.004, rel=1e-3)


def test_exempt_people_of_pension_age_learn_of_their_own_will(learn, drawn):
    drawn(lessons, 0.4)
    exempt, old = {"integration": Integration.EXEMPT}, -67 * 53
    offer = {"share_elderly_lessons": 0.5, "elderly_hours": 3.0}

    assert learn(True, columns={**exempt, "birth_week": old}, **offer) == pytest.approx(0.015)
    assert learn(True, columns=exempt, **offer) == 0.0  # exempt for another reason
    assert learn(True, columns={**exempt, "birth_week": old}, **{**offer, "share_elderly_lessons": 0.3}) == 0.0


def test_a_loan_for_lessons_brings_debts_to_a_share_of_those_who_begin(people, rates, luck, drawn):
    def in_debt(**changes):
        c = people(loans.Columns, 3, route_start_week=[50, 49, NEVER])
        made = rates(loans.Rates, loan_debt_share=0.3, **changes)
        return loans.lend(np.array([1, 2, 3]), c, made, luck(week=50)), c.debt[1:].tolist()

    drawn(loans, 0.29)
    assert in_debt(loan_for_lessons=False) == (0, [False, False, False])
    assert in_debt(loan_for_lessons=True) == (1, [True, False, False])
    drawn(loans, 0.31)
    assert in_debt(loan_for_lessons=True) == (0, [False, False, False])
