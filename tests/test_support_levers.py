"""Levers of support and money: who is guided, relief, trust, savings, benefit, debts, activities, duty."""

import numpy as np
import pytest

from abm.draws import VISIT_LANES
from abm.people import NEVER
from abm.processes import capacity_to_act, money, motivation, volunteering
from abm.processes.guidance import guided
from abm.states import Activity, Housing, Integration, Legal, Work

pytestmark = pytest.mark.usefixtures("plain")

ONE = np.array([1])
YEAR = 52.18


# Guidance ----------------------------------------------------------------------------------------------------------


def has_guidance(age, housed_at, runs=True, alone=False, exempt=False, weeks=52, until=18):
    """Say whether someone of this age (years) is guided, who was housed at another."""
    return guided(age * YEAR, housed_at * YEAR, runs, alone, exempt, weeks, until)


def test_the_right_to_guidance_is_that_of_obliged_adults():
    assert has_guidance(30, 29.5)
    assert not has_guidance(30, 28, runs=False)
    assert not has_guidance(68, 67.5)
    assert not has_guidance(18.2, 17.5)  # turned 18 at home


def test_exempt_groups_are_guided_where_they_have_the_right():
    assert has_guidance(68, 67.5, exempt=True)
    assert not has_guidance(68, 66, exempt=True, runs=False)
    assert has_guidance(18.9, 12, runs=False, exempt=True)
    assert not has_guidance(19.1, 12, runs=False, exempt=True)  # a year from the birthday
    assert not has_guidance(18.2, -60, runs=False, exempt=True)  # not housed yet


def test_a_guardian_stays_until_an_age_with_those_who_came_alone():
    assert not has_guidance(18.2, -60, runs=False, alone=True)
    assert has_guidance(20.9, -60, runs=False, alone=True, until=21)
    assert not has_guidance(21.1, -60, runs=False, alone=True, until=21)
    assert not has_guidance(20.9, -60, runs=False, until=21)


@pytest.fixture
def capacity(people, rates, luck):
    """Give what four weeks add to the capacity to act of a guided adult."""

    def make(columns=None, kind=0, week=100, **changes):
        given = {"birth_week": -1500, "housed_week": 90, "guided_until": 200, "housing": Housing.SOCIAL}
        mind = {"capacity": 0.5, "capacity_trait": 0.5, "household": 1}
        c = people(capacity_to_act.Columns, **{**given, **mind, **(columns or {})})
        made = {"capacity_guidance": 0.01, "trust_by_confidentiality": 0.5, "data_sharing": 0.5, **changes}
        made = rates(capacity_to_act.Rates, **made)
        capacity_to_act.update(ONE, c, np.array([0, kind]), False, np.array([4.0]), made, luck(week=week))
        return pytest.approx(float(c.capacity[1]) - 0.5, abs=1e-6)

    return make


def test_guidance_works_better_when_little_of_it_is_shared(capacity):
    assert capacity() == 0.04
    assert capacity(data_sharing=0.0) == 0.05
    assert capacity(data_sharing=1.0) == 0.03
    assert capacity(data_sharing=0.0, trust_by_confidentiality=0.0) == 0.04
    assert capacity({"guided_until": 100}, data_sharing=0.0) == 0.0


def test_the_guardian_supports_those_who_came_alone_as_minors(capacity):
    young = {"birth_week": 100 - int(19 * YEAR), "guided_until": NEVER, "housed_week": NEVER}

    assert capacity(young, kind=1) == 0.0
    assert capacity(young, kind=1, guardianship_until=21) == 0.04
    assert capacity(young, kind=0, guardianship_until=21) == 0.0


def test_relief_without_choice_brings_unrest_to_those_with_higher_education_on_benefit(capacity):
    high = {"education": 3, "benefit": 300.0, "guided_until": NEVER}
    mandatory = {"relief_mode": money.MANDATORY, "relief_weeks": 26.0, "capacity_relief_unrest": 0.001}

    assert capacity(high, **mandatory) == -0.004
    assert capacity(high, **{**mandatory, "relief_mode": money.TAILORED}) == 0.0
    assert capacity({**high, "education": 2}, **mandatory) == 0.0
    assert capacity({**high, "benefit": 0.0}, **mandatory) == 0.0
    assert capacity({**high, "housed_week": 74}, **mandatory) == 0.0


# Money -------------------------------------------------------------------------------------------------------------


class Purse:
    """One adult, visited in week 100."""

    def __init__(self, people, rates, luck, lanes, **columns):
        given = {"birth_week": -1500, "legal": Legal.PERMIT, "housing": Housing.SOCIAL, "housed_week": 0}
        self.c = people(money.Columns, **{**given, "capacity": 0.5, "work": Work.ELIGIBLE, **columns})
        self.rates, self.luck, self.lanes = rates, luck, lanes

    def visit(self, draw=0.99, **changes):
        given = {"benefit_single": 1300.0, "reba_free": 0.0, "reba_cap": 9e9, **changes}  # all of it is paid
        lane = self.lanes(VISIT_LANES, 1, debt=draw)
        sums = np.zeros(2, np.int64)
        money.update(ONE, self.c, np.array([4.0]), self.rates(money.Rates, **given), lane, self.luck(week=100), sums)
        return self.c


@pytest.fixture
def purse(people, rates, luck, lanes):
    return lambda **columns: Purse(people, rates, luck, lanes, **columns)


def test_part_of_the_earnings_is_kept_for_some_months_after_the_first_job(purse):
    taper = {"benefit_taper": 0.25, "taper_months": 6}

    def benefit(first_job):
        return purse(earnings=100.0, off_benefit_week=first_job).visit(**taper).benefit[1]

    assert benefit(75) == pytest.approx(300 - 75)  # 25 of the 26 weeks have gone
    assert benefit(74) == pytest.approx(300 - 100)
    assert benefit(NEVER) == pytest.approx(300 - 75)


def test_savings_not_meant_for_a_home_are_paid_out_at_the_permit(purse):
    reception = {"housing": Housing.REGULAR, "savings": 1000.0}

    assert purse(permit_week=98, **reception).visit(save_housing_share=0.4).savings[1] == pytest.approx(400.0)
    assert purse(permit_week=96, **reception).visit(save_housing_share=0.4).savings[1] == 1000.0  # at an earlier visit
    asking = {**reception, "legal": Legal.GENERAL_TRACK}
    assert purse(permit_week=NEVER, **asking).visit(save_housing_share=0.4).savings[1] == 1000.0


def test_what_is_saved_with_a_permit_is_for_a_home_only_in_part(purse):
    worker = {"housing": Housing.REGULAR, "earnings": 100.0, "permit_week": 20}
    scheme = {"savings_share": 0.5, "save_housing_share": 0.4}

    assert purse(**worker).visit(**scheme).savings[1] == pytest.approx(4 * 100 * 0.5 * 0.4)
    applicant = {**worker, "legal": Legal.GENERAL_TRACK, "permit_week": NEVER}
    assert purse(**applicant).visit(**scheme).savings[1] == pytest.approx(4 * 100 * 0.5)


def test_nobody_pays_where_the_contribution_is_abolished(purse):
    worker = {"housing": Housing.REGULAR, "earnings": 100.0, "legal": Legal.GENERAL_TRACK}

    assert purse(**worker).visit().contribution[1] == pytest.approx(400.0)
    assert purse(**worker).visit(own_contribution_on=False).contribution[1] == 0.0


@pytest.mark.parametrize(("savings", "chance"), [(0.0, 0.6), (1000.0, 0.3), (2000.0, 0.0)])
def test_money_at_hand_decides_the_chance_of_debts_at_the_first_home(purse, savings, chance):
    costs = {"setup_grant": 0.0, "deposit_need": 1000.0, "debt_at_start": 0.6}

    below = purse(housed_week=98, savings=savings).visit(max(chance - 0.01, 0.0), **costs)
    above = purse(housed_week=98, savings=savings).visit(chance + 0.01, **costs)
    assert below.debt[1] == (chance > 0.0) and not above.debt[1]
    assert below.savings[1] == 0.0


def test_relief_halves_the_chance_of_debts_and_no_relief_does_not(purse):
    debts = {"debt_chance": 0.01, "debt_capacity_level": 1.5, "debt_relief_effect": 0.5, "relief_weeks": 52.0}

    def chance_lies_above(draw, **changes):
        return bool(purse(housed_week=60).visit(draw, **{**debts, **changes}).debt[1])

    # 4 weeks x 0.01 x (1.5 - 0.5), halved by relief
    assert chance_lies_above(0.019) and not chance_lies_above(0.021)
    assert chance_lies_above(0.039, relief_mode=money.NO_RELIEF)
    assert not chance_lies_above(0.041, relief_mode=money.NO_RELIEF)
    assert chance_lies_above(0.029, debt_capacity_level=2.0)


# Motivation and activities -----------------------------------------------------------------------------------------


def test_being_in_a_programme_only_by_duty_wears_on_motivation(people, rates):
    c = people(
        motivation.Columns,
        2,
        housing=Housing.REGULAR,
        integration=Integration.PRE_INTEGRATION,
        activity=[0, Activity.OBLIGED],
        motivation=0.5,
        motivation_trait=0.5,
    )
    motivation.update(
        np.array([1, 2]), c, np.zeros(2, int), False, np.full(2, 4.0), rates(motivation.Rates, motivation_duty=0.001)
    )

    assert c.motivation[1] == pytest.approx(0.5) and c.motivation[2] == pytest.approx(0.496)


def test_a_work_programme_ends_idle_waiting():
    def idle(activity):
        return motivation.idleness(True, Integration.NONE, Work.BARRED, activity, False)

    assert idle(0) == 1.0
    assert idle(Activity.IN_PROGRAMME) == 0.0
    assert idle(Activity.EXPERIENCED | Activity.TRAINED | Activity.OBLIGED) == 1.0  # over, or only a duty


@pytest.mark.parametrize(
    ("unfit", "offer", "begins"),
    [(True, 0.0, False), (True, 0.4, False), (True, 0.6, True), (False, 0.6, False)],
)
def test_an_offer_of_activities_doubles_the_chance_to_begin(people, rates, luck, lanes, drawn, unfit, offer, begins):
    drawn(volunteering, 0.5)
    state = {"housing": Housing.SOCIAL, "work": Work.OUTSIDE, "motivation": 0.5, "capacity": 1.0}
    c = people(volunteering.Columns, unfit=unfit, **state)
    made = rates(volunteering.Rates, volunteering_chance_home=0.01, unfit_offer=offer, unfit_offer_effect=2.0)
    lane = lanes(VISIT_LANES, 1, volunteering=0.06)  # between 4 x 0.01 and twice that
    volunteering.update(ONE, c, np.zeros(1, bool), np.array([4.0]), made, lane, luck(week=50))

    assert (c.activity[1] == Activity.VOLUNTEERING) == begins
