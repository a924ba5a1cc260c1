"""What each institution decides, worked out by hand in a country of two regions."""

from types import SimpleNamespace

import mesa
import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import kstest

from abm import data
from abm.draws import VISIT_LANES, luck_of, uniforms
from abm.households import Households
from abm.institutions import childcare, coa, corporation, employers, ind, language_school, municipality, volunteers
from abm.model import Model
from abm.people import NEVER, People
from abm.processes import home_allocation
from abm.states import Housing, Integration, Legal, Work

pytestmark = pytest.mark.usefixtures("plain")


class Country(mesa.Model):
    """Two regions, and the rates that a test gives."""

    members = Model.members

    def __init__(self, rates, week=0, scale=1.0, **changes):
        super().__init__(rng=1)
        self.week, self.scale, self.n_regions, self.n_sites = week, scale, 2, 6
        self.seed_value, self.make_rates, self.changes = 1, rates, changes
        self.luck = luck_of(1, week)
        self.timetable = SimpleNamespace(rates=self._rates, value=lambda name, week: self.changes[name])
        self.region_of = np.array([0, 1])
        self.counted = {}

    def _rates(self, cls, week):
        return self.make_rates(cls, **{k: v for k, v in self.changes.items() if k in cls._fields})

    def count(self, name, value):
        self.counted[name] = self.counted.get(name, 0) + value


@pytest.fixture
def country(rates):
    return lambda **given: Country(rates, **given)


# COA -------------------------------------------------------------------------------------------------------

PATTERN = np.array([[0.75, 0.25], [0.5, 0.5], [1.0, 0.0]])
RECEPTION = {
    "regular_places": 1000.0,
    "stable_floor_places": 400.0,
    "elsewhere_places": 100.0,
    "share_places_usable": 0.96,
    "emergency_buffer": 0.05,
    "scaling_lag_weeks": 2,
    "scaling_gain": 1.0,
}


def plan(agency, persons):
    """Plan a week in which ``persons`` live in regular places."""
    occupancy = np.zeros((3, 2))
    occupancy[Housing.REGULAR] = np.array([0.75, 0.25]) * persons
    return agency.plan(occupancy)


def test_places_follow_the_dated_totals_and_the_pattern_of_the_regions(country):
    world = country(scale=0.5, **RECEPTION)
    agency = coa.COA(world, PATTERN, last_dated_week=99)
    free = plan(agency, 100.0)

    assert agency.places[Housing.REGULAR].tolist() == pytest.approx([360.0, 120.0])
    assert agency.places[Housing.ELSEWHERE].tolist() == pytest.approx([50.0, 0.0])
    assert free[Housing.REGULAR].tolist() == pytest.approx([285.0, 95.0])


def test_emergency_places_follow_what_does_not_fit_with_a_lag(country):
    world = country(**RECEPTION)
    agency = coa.COA(world, PATTERN, last_dated_week=99)
    planned = []
    for world.week, persons in enumerate((1060.0, 1260.0, 1260.0, 1260.0)):
        plan(agency, persons)
        planned.append(agency.places[Housing.EMERGENCY].sum())

    # 1,260 - 960 - 100 = 200 too many, with five in a hundred to spare, two weeks later
    assert planned == pytest.approx([0.0, 0.0, 0.0, 210.0])


def test_emergency_places_that_are_lived_in_are_not_closed(country):
    agency = coa.COA(country(**RECEPTION), PATTERN, last_dated_week=99)
    occupancy = np.zeros((3, 2))
    occupancy[Housing.EMERGENCY] = [7.0, 3.0]
    free = agency.plan(occupancy)

    assert agency.places[Housing.EMERGENCY].tolist() == [7.0, 3.0]
    assert free[Housing.EMERGENCY].tolist() == [0.0, 0.0]


def test_crisis_places_are_noted(country):
    agency = coa.COA(country(**RECEPTION), PATTERN, last_dated_week=99)
    agency.plan(np.zeros((3, 2)))
    occupancy = np.zeros((3, 2))
    occupancy[Housing.EMERGENCY, 1] = 4.0
    agency.after_placement(occupancy)

    assert agency.places[Housing.EMERGENCY].tolist() == [0.0, 4.0]


def test_after_the_last_dated_total_places_that_are_not_needed_close_down_to_a_floor(country):
    world = country(**RECEPTION)
    agency = coa.COA(world, PATTERN, last_dated_week=0)
    totals = []
    for world.week in range(5):
        plan(agency, 700.0 if world.week < 2 else 100.0)
        totals.append(agency.places[Housing.REGULAR].sum())

    assert totals[0] == pytest.approx(960.0)
    assert totals[-2] == pytest.approx(600.0)  # 700 needed less 100 elsewhere, two weeks ago
    plan(agency, 100.0)
    assert agency.places[Housing.REGULAR].sum() == pytest.approx(400.0)


def test_a_site_knows_its_number_places_and_people(country):
    world = country(**RECEPTION)
    world.people = People(world)
    world.people.add(3)
    agency = world.coa = coa.COA(world, PATTERN, last_dated_week=99)
    agency.plan(np.zeros((3, 2)))
    site = agency.sites[3]
    world.people.site[1:] = [3, 3, 0]

    assert (site.kind, site.region, site.number) == (Housing.EMERGENCY, 1, 3)
    assert site.occupancy == 2 and site.places == 0.0
    assert len({s.number for s in agency.sites}) == 6


# IND -------------------------------------------------------------------------------------------------------


@pytest.fixture
def service(country):
    """The IND with cases of these sizes, in the general track, that applied in weeks 0, 1, 2, ..."""

    def make(sizes, week=60, **changes):
        given = {
            "general_decisions_per_week": 0.0,
            "short_track_decisions_per_week": 0.0,
            "ind_capacity_multiplier": 1.0,
            "decision_order": ind.FIRST_COME,
            "decision_order_noise_weeks": 0.0,
            "decision_hold_weeks": 0,
            "legal_decision_term_weeks": 59,
            "registration_from": 1,
            **changes,
        }
        world = country(week=week, **given)
        n = len(sizes)
        world.households, world.people = Households(world), People(world)
        homes, people = world.households, world.people
        rows = homes.add(n)
        homes.size[rows] = sizes
        homes.first_row[rows] = 1 + np.cumsum([0, *sizes[:-1]])
        homes.key[rows] = rows
        homes.legal[rows] = Legal.GENERAL_TRACK
        homes.application_week[rows] = np.arange(n)
        homes.order_noise[rows] = 0.0
        members = people.add(sum(sizes))
        people.household[members] = np.repeat(rows, sizes)
        people.legal[members] = Legal.GENERAL_TRACK
        world.ind, world.permits_given = ind.IND(world), []
        return world

    return make


def open_cases(world):
    return np.arange(1, world.households.n)


def choose(world, capacity, cases=None):
    rates = world._rates(ind.Rates, world.week)
    cases = open_cases(world) if cases is None else np.array(cases)
    return world.ind.choose(cases, Legal.GENERAL_TRACK, capacity, rates).tolist()


def test_only_open_cases_of_the_track_are_taken(service):
    world = service([1, 1, 1, 1])
    world.households.legal[2] = Legal.SHORT_TRACK

    assert choose(world, 9.0, cases=[4, 2, 3]) == [3, 4]


def test_the_order_of_rows_decides_nothing(service):
    sizes = np.random.default_rng(1).integers(1, 6, 40).tolist()
    taken = []
    for seed in (None, 1, 2):
        world = service(sizes)
        world.households.application_week[1:] = np.arange(40) // 10  # ten applied in each week
        cases = open_cases(world)
        taken.append(choose(world, 30.0, cases if seed is None else np.random.default_rng(seed).permutation(cases)))

    assert len(taken[0]) > 8 and taken[0] == taken[1] == taken[2]


@pytest.mark.parametrize(
    ("order", "first"),
    [(ind.FIRST_COME, [1, 2]), (ind.LAST_COME, [4, 3]), (ind.LIKELY_FIRST, [3, 1]), (ind.UNLIKELY_FIRST, [2, 4])],
)
def test_cases_are_taken_in_the_order_that_policy_sets(service, order, first):
    world = service([1, 1, 1, 1], decision_order=order, grant_rate_by_origin=np.array([0.2, 0.9]))
    world.households.origin[1:] = [1, 0, 1, 0]
    chosen = choose(world, 2.0)

    assert chosen == (first if order != ind.LIKELY_FIRST else [1, 3])


def test_capacity_is_in_persons_and_what_is_left_is_carried_over(service):
    world = service([2, 2, 2])

    assert choose(world, 3.0) == [1]
    assert world.ind.carry[Legal.GENERAL_TRACK] == pytest.approx(1.0)
    world.households.legal[1] = Legal.PERMIT
    assert choose(world, 3.0) == [2, 3]


def test_a_fraction_of_a_decision_waits(service):
    world = service([1])

    assert choose(world, 0.4) == [] and choose(world, 0.4) == [] and choose(world, 0.4) == [1]


def test_a_large_family_is_decided_once_the_capacity_has_added_up(service):
    world = service([5])
    weeks = 0
    while not choose(world, 1.0):
        weeks += 1

    assert weeks == 4


def test_capacity_nobody_needs_is_not_saved_up(service):
    world = service([1])
    for _ in range(9):
        choose(world, 10.0)
    assert world.ind.carry[Legal.GENERAL_TRACK] <= 10.0

    world.households.legal[1] = Legal.PERMIT
    for _ in range(9):
        assert choose(world, 10.0) == []
    assert world.ind.carry[Legal.GENERAL_TRACK] <= 10.0


def test_a_hold_on_decisions_binds_until_its_weeks_are_over(service):
    world = service([1, 1], week=10, decision_hold_weeks=10)

    assert choose(world, 9.0) == [1]


def test_cases_of_the_same_week_are_taken_by_their_key_not_by_their_row(service):
    """With equal scores the choice must not depend on how a sort breaks ties."""
    n = 200
    chosen = []
    for keys in (np.arange(1, n + 1), np.arange(n, 0, -1)):
        world = service([1] * n)
        world.households.application_week[1:] = 0
        world.households.key[1:] = keys
        chosen.append(sorted(world.households.key[choose(world, 50.0)].tolist()))

    assert chosen[0] == chosen[1] == list(range(1, 51))


def test_the_chances_meet_the_national_rate(service):
    share = np.array([0.3, 0.1, 0.1, 0.2, 0.3])
    world = service([1], grant_rate=0.6, origin_share=share)
    chances = world.ind.chances(world._rates(ind.Rates, 0))

    assert float(share @ chances) == pytest.approx(0.6)
    assert chances.argmin() == 4  # unlikely


def test_decisions_are_written_to_all_members(service):
    world = service([2, 1], general_decisions_per_week=9.0, grant_rate=0.6)
    world.ind.chances = lambda rates: np.zeros(5)
    world.luck = luck_of(1, 60)
    people = world.people
    people.work[1:] = [Work.EMPLOYED_BASIC, Work.OUTSIDE, Work.SEARCHING]
    people.earnings[1:] = [300.0, 0.0, 0.0]
    people.employer[1] = 4
    granted, refused = world.ind.decide(open_cases(world))

    assert (granted.tolist(), refused.tolist()) == ([], [1, 2, 3])
    assert (people.legal[1:] == Legal.REJECTED).all() and (people.decision_week[1:] == 60).all()
    assert people.work[1:].tolist() == [Work.BARRED, Work.OUTSIDE, Work.BARRED]
    assert not people.earnings[1:].any() and not people.employer[1:].any()
    # the first case waited 60 weeks, over the term of 59; the second exactly 59
    assert world.counted == {"decisions_general": 3, "granted": 0, "refused": 3, "overdue_decisions": 2}


def test_a_grant_is_written_and_told_to_all_members(service):
    world = service([2, 1], general_decisions_per_week=2.0, grant_rate=0.6)
    world.ind.chances = lambda rates: np.ones(5)
    world.luck = luck_of(1, 60)
    world.households.housing[1] = Housing.PRIVATE
    granted, refused = world.ind.decide(open_cases(world))
    people = world.people

    assert (granted.tolist(), refused.tolist()) == ([1, 2], [])
    assert [cases.tolist() for cases in world.permits_given] == [[1]]  # whose families are added to those abroad
    assert people.legal[1:].tolist() == [Legal.PERMIT, Legal.PERMIT, Legal.GENERAL_TRACK]
    assert people.permit_week[1:3].tolist() == people.decision_week[1:3].tolist() == [60, 60]
    # who lives with relatives has a home from the permit on
    assert people.housed_week[1:3].tolist() == [60, 60] and people.housed_week[3] < 0


def test_a_week_without_capacity_decides_nothing(service):
    world = service([1, 1])
    world.luck = luck_of(1, 60)
    granted, refused = world.ind.decide(open_cases(world))

    assert len(granted) == len(refused) == 0 and world.counted == {}


# Municipalities --------------------------------------------------------------------------------------------

STEADY = {
    "housing_task_on": True,
    "housing_effort": 0.8,
    "effort_reaction_to_arrears": 0.0,
    "effort_reaction_to_support": 0.0,
    "effort_sd": 0.0,
    "effort_spread": 0.0,
    "effort_after_abolition": 0.5,
    "acceleration_multiplier": 1.0,
    "municipal_learning": 0.0,
    "welcome": 0.5,
    "pip_capacity_per_week": 300.0,
    "pip_capacity_reaction": 0.1,
    "pip_spread": 0.0,
    "funding_gap": 0.0,
    "funding_gap_effect": 0.4,
    "warm_handover_share": 0.0,
    "warm_handover_effect": 0.5,
    "caseload_norm": 1e6,
}
RECORD = {"name": "A", "code": "GM0001", "region": 1, "population_2024": 1000}
LUCK = np.zeros((1, 4))  # standard normal


@pytest.fixture
def town(country):
    """A municipality with one hundredth of the task of 2,600 and arrears of 13 persons."""

    def make(**changes):
        world = country(**{**STEADY, **changes})
        made = municipality.Municipalities(world, [RECORD], np.array([0.01]), 1300.0)
        made.start_half_year(2600.0)
        return made[0]

    return make


def decide(made, waiting=0, clients=0, demand=0.0):
    made.table.decide(np.array([waiting]), np.array([clients]), np.array([demand]), LUCK)
    return made


def test_a_municipality_offers_its_task_and_arrears_over_the_half_year_times_its_effort(town):
    assert decide(town()).offers_per_week == pytest.approx((26 + 13) / 26 * 0.8)
    assert decide(town(acceleration_multiplier=1.5)).offers_per_week == pytest.approx(1.5 * 0.8 * 1.5)


def test_the_balance_of_a_half_year_is_carried_over(town):
    made = town()
    made.realised = 30.0
    made.table.start_half_year(5200.0)

    assert (made.arrears, made.task, made.realised) == (pytest.approx(13 + 26 - 30), 52.0, 0.0)


def test_a_municipality_that_is_ahead_offers_no_less_than_nothing(town):
    made = town()
    made.arrears = -50.0

    assert decide(made).offers_per_week == 0.0 and made.need == 0.0


def test_need_is_the_share_that_is_still_open(town):
    made = town()
    assert made.need == 1.0
    made.realised = 19.5
    assert made.need == pytest.approx(0.5)
    made.realised = 99.0
    assert made.need == 0.0


def test_effort_rises_with_arrears_and_support_and_stays_within_bounds(town):
    # arrears are half the task; four weeks of 26
    assert decide(town(effort_reaction_to_arrears=0.1)).effort == pytest.approx(0.8 + 4 / 26 * 0.05)
    assert decide(town(effort_reaction_to_support=0.1, welcome=0.8)).effort == pytest.approx(0.8 + 4 / 26 * 0.03)
    assert decide(town(effort_reaction_to_arrears=99.0)).effort == 1.2
    assert decide(town(effort_reaction_to_support=-99.0, welcome=1.0)).effort == 0.0


def test_without_a_task_only_part_of_the_demand_is_housed(town):
    assert decide(town(housing_task_on=False), demand=52.0).offers_per_week == pytest.approx(52 / 26 * 0.5 * 0.8)


def test_plans_follow_staff_handover_funding_and_learning(town):
    assert decide(town()).plans_per_week == pytest.approx(3.0)
    assert decide(town(warm_handover_share=0.4)).plans_per_week == pytest.approx(3.0 * 1.2)
    assert decide(town(funding_gap=0.5)).plans_per_week == pytest.approx(3.0 * 0.8)
    assert decide(town(municipal_learning=0.01)).plans_per_week == pytest.approx(3.0 * 1.04)
    made = town(municipal_learning=0.01)
    for _ in range(20):
        decide(made)
    assert made.plans_per_week == pytest.approx(3.0 * 1.25)


def test_a_queue_of_more_than_ten_weeks_brings_extra_staff(town):
    assert decide(town(), waiting=30).plans_per_week == pytest.approx(3.0)
    assert decide(town(), waiting=50).plans_per_week == pytest.approx(3.0 + 0.1 * 20)


def test_case_managers_with_too_many_clients_make_fewer_plans(town):
    # twice 10 x 3 clients is what they can have: with four times as many, half the plans
    assert decide(town(caseload_norm=10.0), clients=60).plans_per_week == pytest.approx(3.0)
    assert decide(town(caseload_norm=10.0), clients=240).plans_per_week == pytest.approx(1.5)


def test_clients_learners_and_newcomers_are_counted_by_place(people):
    states = [
        Integration.AWAITING_INTAKE,  # at home: waits for the municipality
        Integration.AWAITING_INTAKE,  # in reception: not yet
        Integration.B1_ROUTE,
        Integration.A2_ROUTE,
        Integration.PLAN_MADE,
        Integration.PASSED_B1,
        Integration.B1_ROUTE,  # has left
    ]
    c = people(
        municipality.ClientColumns,
        7,
        legal=[Legal.PERMIT] * 6 + [Legal.LEFT],
        integration=states,
        housing=[Housing.SOCIAL, Housing.REGULAR] + [Housing.SOCIAL] * 5,
        municipality=[0, 0, 1, 1, 1, -1, 0],
        region=[0, 0, 1, 1, 0, -1, 0],
        housed_week=[0, NEVER, 49, 48, 0, 99, 99],
    )
    waiting, clients, wanted, fresh = (np.zeros(3, np.int64) for _ in range(4))
    municipality.count_clients(np.arange(1, 8), c, 100, waiting, clients, wanted, fresh)

    assert waiting.tolist() == [1, 0, 0]
    assert clients.tolist() == [0, 2, 0]
    assert wanted.tolist() == [1, 2, 0]
    # in reception, housed 51 weeks ago (not 52), and one without a region in the last cell
    assert fresh.tolist() == [1, 1, 1]


# Housing corporations --------------------------------------------------------------------------------------


def homes_of_a_week(country, **changes):
    given = {
        "corporation_relets_per_year": 5200.0,
        "relet_ceiling": 0.1,
        "relet_share_moving_on": 0.02,
        "home_size_share": np.array([0.5, 0.2, 0.2, 0.1, 0.0]),
        "shared_homes_per_year": 0.0,
        "persons_per_shared_home": 3,
        "start_homes_per_year": 0.0,
        "start_home_build_lag_weeks": 52,
        "start_home_share_status_holders": 0.4,
        "flex_homes_per_year": 0.0,
        "flex_share_reserved": 0.3,
        "building_cap_per_year": 10_000.0,
        **changes,
    }
    week = given.pop("week", 60)
    world = country(week=week, **given)
    world.area_of = np.array([0, 1])
    world.weekly_homes = corporation.no_homes(2)
    corporation.HousingCorporations(world, np.array([0.25, 0.75])).decide()
    return world.weekly_homes


def test_re_lets_are_spread_over_stock_and_sizes(country):
    homes = homes_of_a_week(country)

    # 100 re-lets a week, a quarter of them here, one in ten for status holders
    assert homes.new[0].tolist() == pytest.approx([1.25, 0.5, 0.5, 0.25, 0.0])
    assert homes.new.sum() == pytest.approx(10.0) and homes.again.sum() == pytest.approx(2.0)
    assert homes.shared.sum() == homes.start.sum() == 0.0


def test_shared_flexible_and_start_homes_add_their_places(country):
    assert homes_of_a_week(country, shared_homes_per_year=520.0).shared.tolist() == pytest.approx([7.5, 22.5])
    assert homes_of_a_week(country, flex_homes_per_year=520.0).start.sum() == pytest.approx(3.0)
    assert homes_of_a_week(country, start_homes_per_year=520.0).start.sum() == pytest.approx(4.0)


def test_start_homes_take_time_to_build_and_share_the_building_capacity(country):
    assert homes_of_a_week(country, start_homes_per_year=520.0, week=51).start.sum() == 0.0
    capped = homes_of_a_week(
        country, start_homes_per_year=5200.0, flex_homes_per_year=520.0, building_cap_per_year=1040.0
    )
    # 520 flexible homes leave room for 520 start homes
    assert capped.start.sum() == pytest.approx((520 * 0.4 + 520 * 0.3) / 52)


def test_homes_are_kept_four_weeks_or_two_of_a_size():
    weekly = corporation.no_homes(1)
    weekly.new[0] = [1.0, 0.1, 0.0, 0.0, 0.0]
    weekly.shared[0] = 2.0
    fields = {name: np.zeros(1) for name in home_allocation.Supply._fields}
    supply = home_allocation.Supply(**{**fields, "dwellings": np.zeros((1, 5))})
    moving = np.zeros((1, 5))
    for _ in range(100):
        corporation.release(weekly, supply, moving)

    assert supply.dwellings[0].tolist() == pytest.approx([4.0, 2.0, 0.0, 0.0, 0.0])
    assert supply.shared[0] == 200.0 and not moving.any()


# Language schools and childcare ----------------------------------------------------------------------------


@pytest.mark.parametrize(("certified", "staff"), [(0.85, 1.0), (0.8, 1.0), (0.7, 1.0), (0.6, 1.0), (0.3, 0.5)])
def test_uncertified_teachers_fill_a_shortage_down_to_the_floor(rates, certified, staff):
    made = rates(language_school.Rates, share_certified=certified, teacher_norm=0.8, teacher_floor=0.6)

    assert language_school.staff(made) == pytest.approx(staff)


def test_uncertified_teachers_lower_the_quality(rates):
    made = rates(language_school.Rates, share_certified=0.7, uncertified_quality=0.8)

    assert language_school.quality(made) == pytest.approx(0.7 + 0.3 * 0.8)


def test_seats_follow_staff_class_size_and_slowly_the_learners(country):
    world = country(
        scale=0.5, lesson_seats=1000.0, teacher_fte=0.8, share_certified=0.9, teacher_norm=0.8, class_size=7.0
    )
    schools = language_school.LanguageSchools(world, np.array([0.2, 0.8]))
    schools.decide(np.array([0.4, 0.6]))

    assert schools.share == pytest.approx([0.22, 0.78])
    assert schools.seats == pytest.approx(1000 * 0.8 * 0.5 * np.array([0.22, 0.78]) * 0.5)
    assert schools[1].region == 1 and schools[1].share == schools.share[1] and schools[1] in world.agents


def test_places_for_children_come_free_by_the_length_of_the_list(country):
    world = country(childcare_long_wait_share=0.5, childcare_list_spread=0.0, childcare_places_multiplier=1.5)

    opened = childcare.ChildcareCentres(world).openings(np.array([26, 0]))

    assert opened == pytest.approx([26 * 1.5 / 13, 0.0])


def test_the_stated_share_of_regions_has_long_lists():
    rates = childcare.Rates(0.15, 0.6, 1.0)
    weeks = childcare.list_weeks(rates, ndtri((np.arange(200) + 0.5) / 200))

    assert np.mean(weeks > 13.0) == pytest.approx(0.15)
    assert np.median(weeks) == pytest.approx(13.0 * np.exp(-0.6 * 1.0364), rel=0.01)  # 85 percent lie below z = 1.0364


# Employers -------------------------------------------------------------------------------------------------

MARKET = {
    "employer_openness": 0.5,
    "openness_trend": 0.0,
    "openness_by_stay": 0.4,
    "vacancy_index": 1.0,
    "vacancies_open_share": 0.02,
    "all_vacancies": 400_000.0,
    "employers_per_100_vacancies": 50,
    "usual_moves": 0.05,
    "region_sd": 0.0,
}


@pytest.fixture
def market(country):
    def make(**changes):
        week, scale = changes.pop("week", 0), changes.pop("scale", 0.01)
        world = country(week=week, scale=scale, **{**MARKET, **changes})
        world.employers = employers.Employers(world, np.array([0.25, 0.75]))
        return employers.LabourMarkets(world, np.array([0.25, 0.75]))

    return make


def test_employers_stand_by_region_and_share_its_vacancies(market):
    table = market().model.employers
    region = table.region[1:]

    assert (np.diff(region) >= 0).all() and np.bincount(region).tolist() == table.counts.tolist()
    assert table.counts.tolist() == [10, 30]  # 8,000 vacancies, half an employer each, one in a hundred
    assert [table.weight[1:][region == r].sum() for r in (0, 1)] == pytest.approx([1.0, 1.0])


def test_a_region_opens_its_share_of_the_vacancies(market):
    markets = market()
    markets.decide(MARKET["usual_moves"])
    table = markets.model.employers

    assert table.vacancies[1:][table.region[1:] == 1].sum() == pytest.approx(400_000 * 0.02 * 0.75 * 0.01)
    assert table.vacancies[1:][table.region[1:] == 0].sum() == pytest.approx(400_000 * 0.02 * 0.25 * 0.01)
    assert table.vacancies[0] == 0.0  # row 0 is nobody


def test_vacancies_that_stay_open_are_not_piled_up(market):
    markets = market()
    for _ in range(50):
        markets.decide(MARKET["usual_moves"])
    table = markets.model.employers
    opened = np.array([20, 60])[table.region[1:]]

    assert (table.vacancies[1:] <= opened * table.weight[1:] + 1.0 + 1e-9).all()


def test_openness_follows_the_trend_and_how_long_people_stay(market):
    def openness(moves, **changes):
        markets = market(**changes)
        markets.decide(moves)
        return markets[1].openness

    assert openness(0.05) == pytest.approx(0.5)
    assert openness(0.0) == pytest.approx(0.7)
    assert openness(0.5) == pytest.approx(0.3)
    assert openness(0.05, openness_trend=0.1, week=104) == pytest.approx(0.6)
    assert openness(0.0, employer_openness=0.9) == 1.0


def test_a_work_centre_becomes_known_in_half_a_year(country):
    centres = employers.WorkCentres(country(work_centre_coverage=0.8))
    centres.decide()
    assert centres.coverage == pytest.approx([0.8 * 4 / 26] * 2)
    for _ in range(60):
        centres.decide()
    assert centres.coverage == pytest.approx([0.8] * 2, abs=1e-3)


# Volunteers ------------------------------------------------------------------------------------------------

HELP = {
    "volunteers_per_100": 20.0,
    "volunteer_supply": 0.5,
    "volunteer_attrition": 0.0,
    "volunteer_clients_max": 2,
    "volunteer_match_chance": 0.25,
    "buddy_coverage": 1.0,
}


@pytest.fixture
def organisation(country):
    def make(**changes):
        world = country(**{**HELP, **changes})
        world.luck = luck_of(1, 0)
        world.volunteers = volunteers.Volunteers(world)
        return volunteers.VolunteerOrganisation(world)

    return make


def test_volunteers_are_recruited_up_to_what_there_is_to_do(organisation):
    made = organisation()
    made.recruit(np.array([100.0, 30.0]))
    table = made.model.volunteers

    # 20 for each 100, half of them to be found
    assert made.starts.tolist() == [0, 10, 13]
    assert table.region[made.members].tolist() == [0] * 10 + [1] * 3
    made.recruit(np.array([50.0, 30.0]))
    assert len(table) == 13  # nobody is sent away


def test_volunteers_who_stop_are_no_longer_matched(organisation):
    made = organisation(volunteer_attrition=0.25)
    made.recruit(np.array([100.0, 0.0]))
    first = made.members.tolist()
    made.recruit(np.array([50.0, 0.0]))

    assert len(made.members) == 5 and not set(first) & set(made.members.tolist())
    assert not made.model.volunteers.active[first].any()


class Visits:
    """People in region 0 and its volunteers."""

    def __init__(self, people, helpers, rates, luck, lanes, n=1, n_volunteers=1, **columns):
        given = {"legal": Legal.PERMIT, "housing": Housing.REGULAR, "region": 0, "integration": 0, **columns}
        self.c = people(volunteers.Columns, n, **given)
        self.v = helpers(volunteers.VolunteerColumns, n_volunteers, region=0, active=True)
        self.starts = np.array([0, n_volunteers, n_volunteers])
        self.rates, self.luck, self.lanes = rates(volunteers.Rates, **HELP), luck, lanes
        self.rows = np.arange(1, n + 1)

    def match(self, draws=0.0, **changes):
        """Make and end ties; ``draws`` say who asks, and in which order."""
        members = np.arange(1, self.starts[-1] + 1)
        rates = self.rates._replace(**changes)
        made = self.lanes(VISIT_LANES, len(self.rows), every=0.99, volunteer_match=draws)
        return volunteers.match(self.rows, self.c, self.v, self.starts, members, rates, made, self.luck())


@pytest.fixture
def visits(people, volunteers, rates, luck, lanes):
    def make(n=1, n_volunteers=1, **columns):
        return Visits(people, volunteers, rates, luck, lanes, n, n_volunteers, **columns)

    return make


def test_a_volunteer_visits_no_more_people_than_the_maximum(visits):
    world = visits(3)

    assert world.match() == 2 and world.v.clients[1] == 2
    assert world.c.volunteer[1:].tolist() == [1, 1, 0]


def test_who_asks_first_is_served_first(visits):
    """The order is that of the draw, not of the table; a draw of 0.4 or more does not ask (4 x 0.1)."""
    world = visits(4)

    assert world.match(draws=[0.3, 0.41, 0.1, 0.2], volunteer_match_chance=0.1) == 2
    assert world.c.volunteer[1:].tolist() == [0, 0, 1, 1]


def test_the_order_of_rows_decides_nothing_when_volunteers_are_matched(visits):
    draws, outcomes = np.random.default_rng(3).random(60), []
    for seed in (None, 1, 2):
        world = visits(60, 12)
        order = slice(None) if seed is None else np.random.default_rng(seed).permutation(60)
        world.rows = world.rows[order]
        outcomes.append((world.match(draws[order]), world.c.volunteer.tolist(), world.v.clients.tolist()))

    assert 10 < outcomes[0][0] <= 24 and outcomes[0] == outcomes[1] == outcomes[2]


def test_nobody_is_matched_with_a_volunteer_of_another_region(visits):
    assert visits(region=1).match() == 0


def test_a_tie_with_a_volunteer_needs_luck_and_reach(visits):
    assert visits().match(volunteer_match_chance=0.0) == 0
    assert visits().match(buddy_coverage=0.0) == 0


@pytest.mark.parametrize(
    ("columns", "ended"),
    [
        ({}, False),
        ({"region": 1}, True),
        ({"legal": Legal.LEFT}, True),
        ({"integration": Integration.PASSED_B1, "housing": Housing.SOCIAL}, True),
        ({"integration": Integration.PASSED_B1}, False),
    ],
)
def test_the_tie_ends_with_the_region_the_stay_or_the_duty(visits, columns, ended):
    world = visits(volunteer=1, **columns)
    world.v.clients[1] = 1
    world.match()

    assert (world.c.volunteer[1] == 0) == ended
    assert world.v.clients[1] == (0 if ended else 1)


def test_the_tie_ends_when_the_volunteer_stops(visits):
    world = visits(volunteer=1)
    world.v.clients[1], world.v.active[1] = 1, False
    world.match()

    assert world.c.volunteer[1] == 0 and world.v.clients[1] == 0


# Areas --------------------------------------------------------------------------------------------------------------


def test_at_scale_one_every_municipality_is_an_area():
    region_of, population = np.array([1, 0, 1, 0]), np.array([900.0, 5e5, 2e4, 3e3])
    assert municipality.areas(region_of, population, 1.0).tolist() == [0, 1, 2, 3]


def test_in_a_small_run_small_neighbours_of_a_region_pool_their_homes():
    least = municipality.POOLED_INHABITANTS  # at scale 0.5
    region_of = np.array([0, 0, 0, 0, 0, 1, 1, 1])
    population = np.array([3.0, 0.2, 0.6, 0.5, 0.3, 0.4, 0.2, 0.1]) * least
    area = municipality.areas(region_of, population, 0.5)
    assert area[0] not in area[1:]  # the largest has enough by itself
    assert area[2] == area[3]  # 0.6 and 0.5 together have enough
    assert area[1] == area[4] == area[2]  # what is left in a region is too little and joins the last
    assert len(set(area[5:])) == 1 and area[5] not in area[:5]  # a small region is one area, and regions do not mix
    assert set(area) == set(range(area.max() + 1))


def test_the_smaller_the_run_the_fewer_the_areas():
    places = data.municipalities()
    region_of, population = places["region"].to_numpy(), places["population_2024"].to_numpy(float)
    number = [municipality.areas(region_of, population, scale).max() + 1 for scale in (1.0, 0.5, 0.1, 0.05, 0.001)]
    assert number == sorted(number, reverse=True)
    assert number[0] == len(places) and number[-1] == len(set(region_of))


# Which municipalities give no priority, or take part in a trial -------------------------------------------------------


def numbers_by_seed(seeds):
    """Give the numbers of municipalities by seed (seeds x municipalities), their part of the population, and region."""
    places = data.municipalities()
    region_of, population = places["region"].to_numpy(), places["population_2024"].to_numpy(float)
    keys = np.arange(len(places) + 1, dtype=np.uint64)
    numbers = []
    for seed in range(1, seeds + 1):
        draws = uniforms(luck_of(seed, 0), "support", keys)
        numbers.append(municipality.spread_draws(draws[1:], draws[0, 0], population, region_of))
    return np.array(numbers), population / population.sum(), region_of


def test_each_municipality_stands_in_the_middle_of_its_arc_of_inhabitants():
    population, region_of = np.array([10.0, 20.0, 30.0, 40.0]), np.array([0, 0, 1, 1])
    draws = np.array([[0.9, 0.5], [0.2, 0.5], [0.3, 0.6], [0.7, 0.6]])
    # in region 0 the second stands first (0.25), then the first (0.75); in region 1 0.3 and 0.8: so 1, 2, 0, 3
    assert municipality.spread_draws(draws, 0.0, population, region_of) == pytest.approx([0.55, 0.1, 0.35, 0.8])
    assert municipality.spread_draws(draws, 0.45, population, region_of) == pytest.approx([0.0, 0.55, 0.8, 0.25])


def test_the_number_of_a_municipality_is_uniform_over_seeds():
    numbers, part, _ = numbers_by_seed(200)
    assert numbers.min() >= 0.0 and numbers.max() < 1.0
    largest = np.argsort(-part)[:4]
    for m in [*largest, 0, 100, 341]:
        assert kstest(numbers[:, m], "uniform").pvalue > 0.001
    for share in (0.1, 0.5, 0.9):  # each of them is below a share with that chance
        assert ((numbers < share).mean(axis=0) - share).std() < 1.5 * np.sqrt(share * (1 - share) / 200)


@pytest.mark.parametrize("share", [0.5, 0.8, 0.9])
def test_those_beyond_a_share_hold_the_rest_of_the_people(share):
    numbers, part, region_of = numbers_by_seed(200)
    beyond = numbers >= share
    held = beyond @ part
    alone = uniforms(luck_of(1, 0), "support", np.arange(200 * len(part), dtype=np.uint64))[:, 0].reshape(200, -1)
    held_when_independent = (alone >= share) @ part

    assert held.mean() == pytest.approx(1.0 - share, abs=0.005)
    assert np.abs(held - (1.0 - share)).max() <= part.max()  # an arc cut at both ends
    assert held.std() < 0.01 and held_when_independent.std() > 0.025
    of_region = np.array([beyond[:, region_of == r] @ part[region_of == r] for r in range(region_of.max() + 1)])
    alone_of_region = np.array(
        [(alone >= share)[:, region_of == r] @ part[region_of == r] for r in range(region_of.max() + 1)]
    )
    assert of_region.std(axis=1).mean() < alone_of_region.std(axis=1).mean()  # regions are spread


def test_a_model_draws_priority_and_trials_apart_and_the_same_at_every_scale():
    one, other = (Model(scale=scale, seed=3, until="2021-01-07") for scale in (0.002, 0.004))

    assert (one.priority_draw == other.priority_draw).all()
    assert abs(np.corrcoef(one.priority_draw, one.pilot_draw)[0, 1]) < 0.2
    assert (one.supply.priority == (one.priority_draw < 0.9)).all()
