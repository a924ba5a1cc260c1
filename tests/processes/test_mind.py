"""Motivation, capacity to act, complaints and voluntary work, worked out by hand."""

from math import exp

import numpy as np
import pytest

from abm.draws import VISIT_LANES
from abm.people import NEVER
from abm.processes import capacity_to_act, mental_health, motivation, volunteering
from abm.states import Activity, Housing, Integration, Work

pytestmark = pytest.mark.usefixtures("plain")

ONE = np.array([1])


# Motivation ------------------------------------------------------------------------------------------------


def test_effort_is_wanting_times_being_able_less_complaints():
    assert motivation.effort(0.6, 0.8, False, 0.5, 0.15) == pytest.approx(0.96)
    assert motivation.effort(0.6, 0.8, True, 0.5, 0.15) == pytest.approx(0.816)


def test_effort_has_the_same_bits_for_columns_and_for_numbers():
    """A product of two float32 numbers must not be rounded to float32: plain Python does not."""
    one, other = np.float32(0.1), np.float32(0.3)

    assert motivation.effort(one, other, False, 0.5, 0.0) == float(one) * float(other) / 0.5


@pytest.mark.parametrize(
    ("idle", "in_reception", "integration", "work", "activity", "half_lessons"),
    [
        (1.0, True, Integration.NONE, Work.BARRED, 0, False),
        (1.0, True, Integration.AWAITING_INTAKE, Work.SEARCHING, Activity.TREATED, False),
        (0.0, False, Integration.NONE, Work.BARRED, 0, False),
        (0.0, True, Integration.NONE, Work.EMPLOYED_BASIC, 0, False),
        (0.0, True, Integration.NONE, Work.EMPLOYED_MATCHED, 0, False),
        (0.0, True, Integration.NONE, Work.BARRED, Activity.VOLUNTEERING, False),
        (0.0, True, Integration.EARLY_LESSONS, Work.BARRED, 0, False),
        (0.5, True, Integration.EARLY_LESSONS, Work.BARRED, 0, True),
        (0.0, True, Integration.PRE_INTEGRATION, Work.BARRED, 0, True),
        (0.0, True, Integration.B1_ROUTE, Work.BARRED, 0, True),
        (1.0, True, Integration.PASSED_B1, Work.BARRED, 0, False),
    ],
)
def test_waiting_is_idle_without_lessons_voluntary_work_or_a_job(
    idle, in_reception, integration, work, activity, half_lessons
):
    assert motivation.idleness(in_reception, integration, work, activity, half_lessons) == idle


@pytest.fixture
def weekly(rates):
    """Rates at which nothing happens but what a test asks for."""

    def make(**changes):
        still = dict.fromkeys(motivation.Rates._fields, 0.0)
        return rates(motivation.Rates, **{**still, **changes})

    return make


def drift(level, rates, weeks=1.0, trait=0.6, idle=0.0, contacts=None):
    """Give motivation after some weeks; ``contacts`` is their mean motivation, if there are any."""
    return motivation.drift(level, trait, idle, contacts is not None, contacts or 0.0, weeks, rates)


def test_a_year_of_idle_waiting_costs_what_the_study_found(weekly):
    made = weekly(motivation_decay_idle=0.0038)
    level = 0.6
    for _ in range(13):
        level = drift(level, made, weeks=4.0, trait=0.9, idle=1.0)

    assert level == pytest.approx(0.6 * exp(-0.0038 * 52))
    assert 0.16 < 1 - level / 0.6 < 0.23  # Hainmueller and others 2016


def test_motivation_recovers_slowly_when_waiting_is_not_idle(weekly):
    made = weekly(motivation_decay_idle=0.0038, motivation_recovery=0.003)

    assert drift(0.6, made, trait=0.8) == pytest.approx(0.6006)
    half = 0.6 * exp(-0.0019) + 0.003 * 0.2 * 0.5
    assert drift(0.6, made, trait=0.8, idle=0.5) == pytest.approx(half)


def test_four_weeks_at_once_are_nearly_four_weeks_one_by_one(weekly):
    made = weekly(motivation_decay_idle=0.0038, motivation_recovery=0.003, motivation_peer_effect=0.01)
    for idle in (0.0, 0.5, 1.0):
        slow = 0.5
        for _ in range(4):
            slow = drift(slow, made, trait=0.8, idle=idle, contacts=0.7)

        assert drift(0.5, made, weeks=4.0, trait=0.8, idle=idle, contacts=0.7) == pytest.approx(slow, abs=3e-4)


def test_motivation_moves_towards_that_of_contacts(weekly):
    made = weekly(motivation_peer_effect=0.01)

    assert drift(0.6, made, contacts=0.9) == pytest.approx(0.603)
    assert drift(0.6, made, weeks=4.0, contacts=0.9) == pytest.approx(0.612)
    assert drift(0.6, made) == 0.6


def one_person(people, rates, abroad=0, weeks=4.0, half_lessons=False, **columns):
    """Visit one housed person with motivation 0.5 after four weeks and give it, and whether they were idle."""
    given = {"motivation": 0.5, "motivation_trait": 0.5, "housing": Housing.SOCIAL, "work": Work.BARRED, **columns}
    c = people(motivation.Columns, 1, household=1, **given)
    idle = motivation.update(ONE, c, np.array([0, abroad], np.int32), half_lessons, np.array([weeks]), rates)
    return float(c.motivation[1]), idle


@pytest.mark.parametrize(
    ("rate", "columns", "change"),
    [
        ({"motivation_family_apart": 0.02}, {"abroad": 2}, -0.02),
        ({"motivation_family_apart": 0.02}, {"abroad": 0}, 0.0),
        ({"motivation_volunteer": 0.02}, {"volunteer": 3}, 0.02),
        ({"motivation_volunteer": 0.02}, {}, 0.0),
        ({"motivation_uncertainty": 0.1, "temporary_status_uncertainty": 0.5}, {}, -0.05),
    ],
)
def test_what_lasts_changes_motivation_every_week_of_the_visit(people, weekly, rate, columns, change):
    for weeks in (1.0, 4.0):
        level, _ = one_person(people, weekly(**rate), weeks=weeks, **columns)

        assert level == pytest.approx(0.5 + weeks * change, abs=1e-6)


def test_early_lessons_of_a_few_hours_are_half_idle(people, weekly):
    made = weekly(motivation_decay_idle=0.01)
    given = {"housing": Housing.REGULAR, "integration": Integration.EARLY_LESSONS}

    assert one_person(people, made, half_lessons=True, **given)[0] == pytest.approx(0.5 * exp(-0.02), abs=1e-6)
    assert one_person(people, made, half_lessons=False, **given)[0] == 0.5


def test_savings_that_are_felt_as_ones_own_lift_motivation_up_to_a_ceiling(people, weekly):
    made = weekly(motivation_savings=0.01, savings_perceived=0.6, motivation_savings_ceiling=0.1)

    assert one_person(people, made, weeks=1.0, savings=500.0)[0] == pytest.approx(0.503, abs=1e-6)
    assert one_person(people, made, savings=500.0)[0] == pytest.approx(0.512, abs=1e-6)
    assert one_person(people, made, savings=90_000.0)[0] == pytest.approx(0.54, abs=1e-6)
    above = one_person(people, made, savings=90_000.0, motivation=0.61)
    assert above[0] == pytest.approx(0.61, abs=1e-6)


def test_motivation_stays_between_zero_and_one(people, weekly):
    assert one_person(people, weekly(motivation_volunteer=9.0), volunteer=1)[0] == 1.0
    assert one_person(people, weekly(motivation_family_apart=9.0), abroad=1)[0] == 0.0


def test_the_idle_are_counted(people, weekly):
    assert one_person(people, weekly(), housing=Housing.REGULAR)[1] == 1
    assert one_person(people, weekly())[1] == 0


SHOCKS = {"motivation_permit": 0.05, "motivation_rejected": 0.1, "motivation_housed": 0.03, "motivation_move": 0.2}


@pytest.mark.parametrize(
    ("event", "before", "after"),
    [
        (motivation.GRANTED, 0.5, 0.55),
        (motivation.REFUSED, 0.5, 0.4),
        (motivation.HOUSED, 0.5, 0.53),
        (motivation.MOVED, 0.5, 0.4),  # a share of what there is
        (motivation.GRANTED, 0.99, 1.0),
        (motivation.REFUSED, 0.05, 0.0),
        (motivation.MOVED, 0.0, 0.0),
    ],
)
def test_an_event_changes_motivation_at_once_and_within_bounds(rates, event, before, after):
    made = rates(motivation.ShockRates, **SHOCKS)

    assert motivation.after_event(before, event, made) == pytest.approx(after)


def test_an_event_reaches_those_it_happens_to_and_no_one_else(rates):
    level = np.array([0.5, 0.5, 0.5, 0.5], np.float32)
    motivation.shock(np.array([1, 3]), level, motivation.REFUSED, rates(motivation.ShockRates, **SHOCKS))

    assert level == pytest.approx([0.5, 0.4, 0.5, 0.4])


# Capacity to act -------------------------------------------------------------------------------------------


@pytest.fixture
def able(rates):
    return rates(
        capacity_to_act.Rates,
        capacity_complaint=0.001,
        capacity_debt=0.002,
        capacity_waiting=0.0008,
        capacity_guidance=0.003,
        capacity_recovery=0.01,
    )


@pytest.mark.parametrize(
    ("complaint", "debt", "idle", "supported", "change"),
    [
        (False, False, 0.0, False, 0.001),  # 0.01 x (0.8 - 0.7)
        (True, False, 0.0, False, 0.0),
        (False, True, 0.0, False, -0.001),
        (False, False, 0.5, False, 0.0006),
        (False, False, 0.0, True, 0.004),
        (True, True, 1.0, True, 0.0002),
    ],
)
def test_capacity_to_act_returns_to_its_level_but_for_complaints_debts_and_waiting(
    able, complaint, debt, idle, supported, change
):
    for weeks in (1.0, 4.0):
        level = capacity_to_act.next_capacity(0.7, 0.8, complaint, debt, idle, supported, weeks, able)

        assert level == pytest.approx(0.7 + weeks * change)


def test_capacity_to_act_stays_between_zero_and_one(able):
    assert capacity_to_act.next_capacity(1.0, 1.0, False, False, 0.0, True, 4.0, able) == 1.0
    assert capacity_to_act.next_capacity(0.0, 0.0, True, True, 1.0, False, 4.0, able) == 0.0


def test_the_recovery_of_capacity_has_the_same_bits_for_columns_and_for_numbers(able):
    one, other = np.float32(0.1), np.float32(0.7)
    plain = float(one) + (able.capacity_recovery * (float(other) - float(one)) - able.capacity_waiting * 0.0)

    assert capacity_to_act.next_capacity(one, other, False, False, 0.0, False, 1.0, able) == plain


def test_support_is_guidance_that_still_runs_or_a_volunteer(people, luck, able):
    c = people(
        capacity_to_act.Columns,
        3,
        housing=Housing.SOCIAL,
        capacity=0.5,
        capacity_trait=0.5,
        birth_week=-1500,
        housed_week=0,
        guided_until=[11, 10, NEVER],
        volunteer=[0, 0, 4],
    )

    assert (
        capacity_to_act.update(np.array([1, 2, 3]), c, np.zeros(1, int), False, np.full(3, 4.0), able, luck(week=10))
        == 2
    )
    assert c.capacity[1:] == pytest.approx([0.512, 0.5, 0.512], abs=1e-6)


# Complaints ------------------------------------------------------------------------------------------------


@pytest.fixture
def health(rates):
    return rates(
        mental_health.Rates,
        complaint_onset=0.001,
        onset_ratio_year2=1.22,
        onset_ratio_later=1.46,
        complaint_per_debt=1.2,
        complaint_recovery=0.002,
        complaint_recovery_treated=0.01,
        treatment_chance=0.0,
        reception_quality=0.5,
    )


@pytest.mark.parametrize(
    ("weeks", "debt", "chance"),
    [(52, False, 0.001), (53, False, 0.00122), (104, False, 0.00122), (105, False, 0.00146), (0, True, 0.0012)],
)
def test_complaints_begin_sooner_the_longer_someone_has_waited(health, weeks, debt, chance):
    assert mental_health.onset_chance(weeks, debt, health) == pytest.approx(chance)


def test_treatment_speeds_recovery_and_poor_reception_slows_it(health):
    assert mental_health.recovery_chance(False, False, health) == pytest.approx(0.002)
    assert mental_health.recovery_chance(True, True, health) == pytest.approx(0.012)
    poor = health._replace(reception_quality=0.0)
    assert mental_health.recovery_chance(True, True, poor) == pytest.approx(0.006)


@pytest.fixture
def waits(people, luck, lanes):
    """Update complaints over four weeks; ``draw`` says whether complaints begin or pass, ``treatment`` if not."""

    def make(rates, draw, n=1, treatment=0.5, week=200, **columns):
        c = people(mental_health.Columns, n, application_week=0, **columns)
        made = lanes(VISIT_LANES, n, every=0.99, complaint=draw, treatment=treatment)
        new = mental_health.update(np.arange(1, n + 1), c, np.full(n, 4.0), rates, made, luck(week=week))
        return c, new

    return make


def test_waiting_counts_until_the_decision(waits, health):
    c, new = waits(health, 4 * 0.0012, n=3, decision_week=[NEVER, 30, 60])

    assert new == 2 and c.complaint[1:].tolist() == [True, False, True]
    assert c.complaint_week[1:].tolist() == [200, NEVER, 200]


def test_everybody_has_a_draw_of_their_own(waits, health):
    c, new = waits(health, [0.9, 4 * 0.0014, 4 * 0.0015], n=3)

    assert new == 1 and c.complaint[1:].tolist() == [False, True, False]


def test_the_first_onset_stays_on_record(waits, health):
    c, _ = waits(health, 0.0, complaint_week=50)

    assert c.complaint[1] and c.complaint_week[1] == 50


def test_complaints_pass_and_end_treatment(waits, health):
    activity = Activity.TREATED | Activity.TRAINED
    c, _ = waits(health, 4 * 0.0119, complaint=True, activity=activity, housing=Housing.SOCIAL)

    assert not c.complaint[1] and c.activity[1] == Activity.TRAINED


def test_treatment_begins_by_chance(waits, health):
    made = health._replace(treatment_chance=0.1)
    for draw, activity in ((0.39, Activity.TREATED), (0.41, 0)):
        c, _ = waits(made, 0.5, complaint=True, treatment=draw)

        assert c.complaint[1] and c.activity[1] == activity


# Voluntary work --------------------------------------------------------------------------------------------


@pytest.fixture
def unpaid(rates):
    return rates(
        volunteering.Rates,
        volunteering_chance_reception=0.01,
        volunteering_chance_home=0.005,
        volunteering_stop=0.02,
        desk_effect=3.0,
        participation_desk_coverage=0.0,
        effort_scale=0.5,
        complaint_effort_loss=0.0,
    )


def test_a_participation_desk_triples_the_chance_to_begin(unpaid):
    assert volunteering.begin_chance(True, False, 1.2, unpaid) == pytest.approx(0.012)
    assert volunteering.begin_chance(True, True, 1.2, unpaid) == pytest.approx(0.036)
    assert volunteering.begin_chance(False, True, 1.2, unpaid) == pytest.approx(0.006)


@pytest.mark.parametrize("coverage", [0.0, 0.3, 1.0])
def test_the_desks_are_a_share_of_the_sites_and_stay_where_they_are(luck, coverage):
    desks = volunteering.sites_with_desk(400, coverage, luck(week=1))

    assert desks.mean() == pytest.approx(coverage, abs=0.08)
    assert desks.tolist() == volunteering.sites_with_desk(400, coverage, luck(week=300)).tolist()
    more = volunteering.sites_with_desk(400, min(coverage + 0.2, 1.0), luck())
    assert (more >= desks).all()  # a policy adds desks and moves none


@pytest.fixture
def volunteers_after(people, luck, lanes, unpaid):
    """Say whether someone in reception volunteers after a visit with this draw."""

    def visit(draw, desk=False, week=10, **columns):
        given = {"housing": Housing.REGULAR, "motivation": 0.5, "capacity": 1.0, "site": 0, **columns}
        c = people(volunteering.Columns, 1, **given)
        made = lanes(VISIT_LANES, 1, every=0.99, volunteering=draw)
        active = volunteering.update(ONE, c, np.array([desk]), np.array([4.0]), unpaid, made, luck(week=week))
        assert active == bool(c.activity[1] & Activity.VOLUNTEERING)
        return bool(active)

    return visit


def test_who_begins_and_who_stops(volunteers_after):
    after = volunteers_after

    assert after(0.039) and not after(0.041)  # effort 1, four weeks at 0.01
    assert not after(0.0, work=Work.EMPLOYED_BASIC)
    active = {"activity": Activity.VOLUNTEERING}
    assert after(0.081, **active) and not after(0.079, **active)
    assert not after(0.9, move_week=7, **active) and after(0.9, move_week=6, **active)
    assert after(0.9, work=Work.EMPLOYED_BASIC, **active)
    assert not after(0.9, work=Work.EMPLOYED_BASIC, housing=Housing.SOCIAL, **active)


def test_a_desk_at_the_site_counts_and_effort_does_too(volunteers_after):
    after = volunteers_after

    assert after(0.119, desk=True) and not after(0.121, desk=True)
    assert not after(0.041, desk=True, motivation=0.1) and after(0.023, desk=True, motivation=0.1)
    assert after(0.019, desk=True, housing=Housing.SOCIAL) and not after(0.021, desk=True, housing=Housing.SOCIAL)


def test_nobody_of_the_highest_effort_is_skipped(volunteers_after):
    """The quick look at the draw must not pass by anyone who could begin: effort 2 is the most there is."""
    assert volunteers_after(0.239, desk=True, motivation=1.0)
    assert volunteers_after(0.079, motivation=1.0)
