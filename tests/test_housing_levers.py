"""Levers of housing: who may have which home, new types of homes, and what it means for others, worked out by hand."""

from types import SimpleNamespace

import mesa
import numpy as np
import pytest

from abm.draws import decision
from abm.institutions import building, corporation, municipality
from abm.parameters import load
from abm.people import NEVER
from abm.processes import home_allocation as homes
from abm.processes import home_search, moving_on, ties
from abm.states import Housing, Legal, Work

pytestmark = pytest.mark.usefixtures("plain")

NONE = (0.0, 0.0, 0.0, 0.0, 0.0)
BAN = {"priority": (False, False, False)}


class World:
    """Households in reception; three municipalities, two of them (0 and 1) in region 4, the third in region 5."""

    def __init__(self, households, people, rates, luck, sizes, **columns):
        n = len(sizes)
        given = {"legal": Legal.PERMIT, "permit_week": 0, "coupled_week": 0, "municipality": 0, "region": 1, "site": 1}
        first = 1 + np.cumsum([0, *sizes[:-1]])
        given = {**given, "housing": Housing.REGULAR, **columns}
        self.c = households(homes.Columns, n, size=sizes, first_row=first, **given)
        self.members = people(homes.Members, int(np.sum(sizes)), housing=Housing.REGULAR, municipality=0)
        self.make_rates, self.luck = rates, luck
        self.queue = np.arange(1, n + 1)

    def allocate(self, rules=None, week=30, dwellings=(NONE, NONE, NONE), offers=(9.0, 9.0, 9.0), **supply):
        given = {"priority": (True, True, True), "need": (0.0, 0.5, 0.9), "quota": (0.0, 0.0, 0.0), **supply}
        self.supply = homes.Supply(
            offers=np.array(offers),
            dwellings=np.array(dwellings, float),
            shared=np.zeros(3),
            start_homes=np.array(given.get("start_homes", (0.0, 0.0, 0.0))),
            lent=np.zeros(3),
            transition=np.zeros(3),
            area_of=np.arange(3),
            need=np.array(given["need"]),
            priority=np.array(given["priority"]),
            registration_years=np.full(3, 8.0),
            region_of=np.array([4, 4, 5]),
            quota=np.array(given["quota"]),
        )
        plain = {"lottery_share": 0.0, "home_search_weeks": 0.0, "share_shared_housing": 0.0, "order_noise": 0.0}
        rates = self.make_rates(homes.Rates, **{**plain, "share_referent_home_fits": 0.0, **(rules or {})})
        self.counts = np.zeros(6, np.int64)
        args = (self.queue, self.c, self.members, self.supply, rates, self.luck(week=week), self.counts)
        homes.allocate(*args)
        return self.c.housing[1:].tolist()


@pytest.fixture
def world(households, people, rates, luck):
    return lambda *sizes, **columns: World(households, people, rates, luck, sizes, **columns)


# Who may have a dwelling -------------------------------------------------------------------------------------------


def test_under_a_ban_people_alone_keep_priority_for_small_dwellings_only(world):
    exempt = {"alone_keep_priority": True}

    assert world(1, 2).allocate({}, dwellings=[(9, 9, 9, 9, 9)] * 3, **BAN) == [Housing.REGULAR] * 2
    assert world(1, 2).allocate(exempt, dwellings=[(9, 9, 9, 9, 9)] * 3, **BAN) == [Housing.SOCIAL, Housing.REGULAR]
    assert world(1).allocate(exempt, dwellings=[(0, 0, 9, 9, 9)] * 3, **BAN) == [Housing.REGULAR]


def test_a_family_has_priority_that_does_not_name_status(world):
    rule = {"family_priority": True}
    one, family = 0, 3

    assert world(1, 4, kind=[one, family]).allocate(rule, dwellings=[(9, 9, 9, 9, 9)] * 3, **BAN) == [
        Housing.REGULAR,
        Housing.SOCIAL,
    ]


def test_lettings_reserved_for_institutions_are_used_up_one_by_one(world):
    reserved = world(1, 1, 1, permit_week=[0, 1, 2])
    found = reserved.allocate(dwellings=[(9, 0, 0, 0, 0)] * 3, quota=(1.5, 0.0, 0.0), **BAN)

    assert found == [Housing.SOCIAL, Housing.REGULAR, Housing.REGULAR]
    assert reserved.supply.quota.tolist() == [0.5, 0.0, 0.0] and reserved.supply.dwellings[0, 0] == 8.0


def test_where_there_is_priority_nothing_is_taken_from_the_reserved_lettings(world):
    reserved = world(1)
    reserved.allocate(dwellings=[(9, 0, 0, 0, 0)] * 3, quota=(1.5, 0.0, 0.0))

    assert reserved.supply.quota[0] == 1.5


def test_the_large_family_goes_to_where_the_large_home_is(world):
    large = [NONE, NONE, (0, 0, 0, 0, 1)]
    stays, goes = world(7), world(7)

    assert stays.allocate({}, dwellings=large) == [Housing.REGULAR]
    assert goes.allocate({"large_home_pool": True}, dwellings=large) == [Housing.SOCIAL]
    assert (goes.c.municipality[1], goes.c.region[1]) == (2, 5)
    assert goes.members.municipality[1:].tolist() == [2] * 7
    assert goes.supply.dwellings[2].sum() == 0.0 and goes.supply.offers.tolist() == [9.0, 9.0, 2.0]


def test_small_households_do_not_use_the_pool_of_large_homes(world):
    assert world(4).allocate({"large_home_pool": True}, dwellings=[NONE, NONE, (0, 0, 0, 0, 1)]) == [Housing.REGULAR]


def test_municipalities_of_a_region_help_each_other_but_not_those_of_another(world):
    rule = {"regional_pool": True}
    near, far = [NONE, (9, 9, 9, 9, 9), NONE], [NONE, NONE, (9, 9, 9, 9, 9)]
    helped = world(2)

    assert world(2).allocate({}, dwellings=near) == [Housing.REGULAR]
    assert helped.allocate(rule, dwellings=near) == [Housing.SOCIAL]
    assert helped.c.municipality[1] == 1 and helped.supply.offers.tolist() == [9.0, 7.0, 9.0]
    assert world(2).allocate(rule, dwellings=far) == [Housing.REGULAR]


def test_who_has_no_offer_or_priority_at_home_is_helped_in_the_region(world):
    rule, full = {"regional_pool": True}, [(9, 9, 9, 9, 9)] * 3

    assert world(2).allocate(rule, dwellings=full, offers=(0.0, 9.0, 9.0)) == [Housing.SOCIAL]
    without = world(2)
    assert without.allocate(rule, dwellings=full, priority=(False, True, True)) == [Housing.SOCIAL]
    assert without.c.municipality[1] == 1
    assert world(2).allocate(rule, dwellings=full, offers=(0.0, 0.0, 9.0)) == [Housing.REGULAR]


def test_the_order_of_households_does_not_matter(world):
    rules = {"regional_pool": True, "large_home_pool": True, "family_priority": True, "alone_keep_priority": True}
    sizes, kinds, since = (1, 4, 7, 2, 1), (0, 3, 3, 2, 0), (5, 4, 3, 2, 1)
    supply = {"dwellings": [(1, 0, 1, 0, 0), (0, 1, 0, 0, 0), (0, 0, 0, 0, 1)], "priority": (False, True, True)}
    forth, back = (world(*sizes, kind=kinds, permit_week=since) for _ in range(2))
    back.queue = back.queue[::-1].copy()

    assert forth.allocate(rules, **supply) == back.allocate(rules, **supply)
    assert forth.supply.dwellings.tolist() == back.supply.dwellings.tolist()


def test_the_municipality_that_pays_for_a_hotel_houses_that_family_first(world):
    rules = {"hotel_scheme_on": True, "hotel_scheme_weeks": 26, "municipal_lodging_weight": 5.0}
    made = world(
        1, 2, 2, referent=[0, 1, 1], housing=[Housing.SOCIAL, *[Housing.ELSEWHERE] * 2], arrival_week=[0, 9, 3]
    )
    made.queue = np.array([2, 3])

    assert made.allocate(rules, week=30, dwellings=[(0, 0, 1, 0, 0), NONE, NONE])[1:] == [
        Housing.ELSEWHERE,
        Housing.SOCIAL,
    ]
    half_a_year = made.make_rates(homes.Rates, hotel_scheme_on=True, hotel_scheme_weeks=26)
    assert [home_search.municipality_pays(2, made.c, week, half_a_year) for week in (34, 35)] == [False, True]


# Start homes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "admitted"),
    [(0, [True] * 4), (1, [False, True, False, True]), (2, [False, False, True, True]), (3, [False, True, True, True])],
)
def test_the_entry_rule_admits_people_with_work_or_vulnerable_people(entry, admitted):
    cases = [(False, False), (True, False), (False, True), (True, True)]

    assert [home_search.may_enter_start_home(entry, *case) for case in cases] == admitted


def test_a_start_home_stays_empty_when_nobody_may_enter(world):
    made = world(1, 1, vulnerable=[False, False])
    made.members.work[2] = Work.EMPLOYED_BASIC

    assert made.allocate({"start_home_entry": 1}, start_homes=(2.0, 0.0, 0.0)) == [Housing.REGULAR, Housing.START_HOME]
    assert made.supply.start_homes[0] == 1.0


def test_a_start_home_needs_no_search_but_some_weeks_to_be_ready(world):
    waiting = {"home_search_weeks": 100.0, "start_home_ready_weeks": 20.0}  # times a factor between 0.5 and 1.5

    def housed(week, **rules):
        return world(1).allocate({**waiting, **rules}, week=week, start_homes=(1.0, 0.0, 0.0))[0]

    assert housed(9) == Housing.REGULAR and housed(31) == Housing.START_HOME
    assert housed(31, start_home_entry=1) == Housing.REGULAR  # no job: the search goes on
    assert world(1).allocate(waiting, week=31, dwellings=[(9, 9, 9, 9, 9)] * 3) == [Housing.REGULAR]


def test_a_start_home_comes_before_a_regular_home_and_leaves_that_to_others(world):
    made = world(1, 1, 3)
    free = {"dwellings": [(2, 2, 2, 0, 0)] * 3, "start_homes": (1.0, 0.0, 0.0)}

    assert sorted(made.allocate({}, **free)) == [Housing.START_HOME, Housing.SOCIAL, Housing.SOCIAL]
    assert made.supply.start_homes[0] == 0.0 and made.supply.offers[0] == 9.0 - 4.0  # beyond the offer


def test_those_who_join_someone_have_a_start_home_as_the_last_choice(world):
    made = world(1, 1, referent=[0, 1], housing=[Housing.SOCIAL, Housing.REGULAR])
    made.queue = np.array([2])
    made.allocate({}, dwellings=[(0, 1, 0, 0, 0), NONE, NONE], start_homes=(1.0, 0.0, 0.0))

    assert made.c.housing[1:].tolist() == [Housing.SOCIAL] * 2 and made.supply.start_homes[0] == 1.0


def test_a_start_home_is_joined_to_a_second_when_the_family_comes(world, drawn):
    def family(share, free):
        made = world(1, 3, referent=[0, 1], housing=[Housing.START_HOME, Housing.REGULAR])
        made.queue = np.array([2])
        drawn(homes, {decision("merge_home"): 0.4})
        made.allocate({"mergeable_share": share}, start_homes=(free, 0.0, 0.0))
        return made

    joined = family(0.5, 1.0)
    assert joined.c.housing[1:].tolist() == [Housing.START_HOME] * 2 and joined.supply.start_homes[0] == 0.0
    assert joined.counts[homes.JOINED] == 3
    assert family(0.5, 0.5).c.housing[2] == Housing.REGULAR  # no second home
    assert family(0.3, 1.0).c.housing[2] == Housing.REGULAR  # cannot be joined


def test_neighbours_are_met_by_mix_and_form(rates):
    chance = {"native_chance_mixed": 0.02, "meeting_events": 0.0, "welcome": 0.5, "start_home_share_of_contacts": 0.4}

    def met(share, form):
        changed = rates(ties.Rates, **chance, start_home_share_status_holders=share, start_home_form=form)
        return ties.native_chance(Housing.START_HOME, False, changed)

    assert met(0.4, 2) == 0.02
    assert met(0.7, 2) == pytest.approx(0.01)
    assert met(0.4, 0) == pytest.approx(0.02 * 0.4) and met(0.4, 1) == pytest.approx(0.02 * 0.7)


# Own initiative ----------------------------------------------------------------------------------------------------


class Movers(World):
    def move_on(self, week=30, start_homes=0.0, dwellings=NONE, private=0.9, **rules):
        self.allocate(offers=(0.0, 0.0, 0.0), start_homes=(start_homes, 0.0, 0.0))
        people = moving_on.Members(*(getattr(self.members, n, np.zeros(9)) for n in moving_on.Members._fields))
        lanes = np.full((4, len(self.queue)), 0.9, np.float32)
        lanes[0] = private
        again = np.zeros(2, np.int64)
        stock = np.array([dwellings, NONE, NONE], float)
        rates = self.make_rates(moving_on.Rates, **rules)
        home_rates = self.make_rates(homes.Rates)
        args = (self.queue, self.c, people, self.supply, stock, rates, home_rates, lanes, self.luck(week=week), again)
        moving_on.move_on(*args)
        return self.c.housing[1:].tolist()


def test_who_is_guided_registers_at_once_and_finds_a_home_more_often(households, people, rates, luck):
    def found(share):
        mover = Movers(households, people, rates, luck, (1,))
        mover.move_on(private=0.022, private_housing_chance=0.002, share_housing_guidance=share)
        return mover.c.housing[1], mover.c.registration_week[1]

    assert found(0.0) == (Housing.REGULAR, NEVER)  # 8 x 0.002 = 0.016 < 0.022
    assert found(1.0) == (Housing.PRIVATE, 30)  # 8 x 0.002 x 1.5 = 0.024


def test_residents_move_on_when_their_temporary_home_is_taken_away(households, people, rates, luck):
    def moved(start_homes):
        home = {"housing": Housing.START_HOME, "home_week": 20, "registration_week": 20}
        mover = Movers(households, people, rates, luck, (1,), **home)
        return mover.move_on(start_homes=start_homes, dwellings=(1, 0, 0, 0, 0))

    assert moved(0.0) == [Housing.START_HOME] and moved(-0.9) == [Housing.START_HOME]
    assert moved(-1.0) == [Housing.SOCIAL]


def test_defaults_of_rules_are_the_values_of_the_records():
    parameters = load()
    private, release = moving_on.private_chance, corporation.release

    assert private.__defaults__ == tuple(
        parameters[f"private_by_{name}"].value for name in ("contact", "job", "savings")
    )
    assert release.__defaults__ == (parameters["vacancy_kept_weeks"].value,)


# Corporations and building -----------------------------------------------------------------------------------------


class Country(mesa.Model):
    """Two municipalities, each its own area, and the rates a test gives."""

    def __init__(self, rates, **changes):
        super().__init__(rng=1)
        self.week, self.scale, self.changes, self.make = 0, 1.0, changes, rates
        self.timetable = SimpleNamespace(rates=self.rates, value=self.value)
        self.area_of = self.region_of = np.arange(2)
        self.n_regions = 2
        self.weekly_homes = corporation.no_homes(2)

    def rates(self, cls, week):
        return self.make(cls, **{k: v for k, v in self.changes.items() if k in cls._fields})

    def value(self, name, week):
        value = self.changes.get(name, 0.0)
        return value(week) if callable(value) else value


SIZES = np.array([0.2, 0.2, 0.2, 0.2, 0.2])
LETTINGS = {"corporation_relets_per_year": 5200.0, "relet_ceiling": 0.1, "home_size_share": SIZES}


def let(rates, decisions=1, **changes):
    world = Country(rates, **LETTINGS, **changes)
    corporations = corporation.HousingCorporations(world, np.array([0.5, 0.5]))
    for _ in range(decisions):
        world.weekly_homes = corporation.no_homes(2)
        corporations.decide()
    return world.weekly_homes


def test_supply_grows_by_the_year(rates):
    assert let(rates).relets.sum() == 100.0
    assert let(rates, decisions=13, housing_supply_growth=0.05).relets.sum() == pytest.approx(105.0)


def test_when_all_families_have_priority_status_holders_keep_part_of_the_larger_homes(rates):
    homes_let = let(rates, family_priority=True, family_priority_share=0.5)

    assert homes_let.new[0] == pytest.approx([1.0, 1.0, 0.5, 0.5, 0.5])


def test_reserved_lettings_are_a_share_within_what_status_holders_can_be_let(rates):
    assert let(rates, institution_quota=0.1, institution_quota_reception=0.3).reserved.sum() == pytest.approx(3.0)
    assert let(rates, institution_quota=0.3, institution_quota_reception=0.8).reserved.sum() == pytest.approx(10.0)


def empty_supply():
    one = {name: np.zeros(1) for name in ("shared", "start_homes", "lent", "quota")}
    return SimpleNamespace(dwellings=np.zeros((1, 5)), **one)


def test_start_homes_that_nobody_needs_are_let_to_others_after_some_weeks():
    weekly, supply = corporation.no_homes(1), empty_supply()
    weekly.start[:] = 1.0
    lent = [corporation.release(weekly, supply, np.zeros((1, 5))) for _ in range(9)]

    assert lent == [0.0] * 4 + [1.0] * 5
    assert supply.start_homes[0] == 4.0 and supply.lent[0] == 5.0


def test_few_start_homes_that_nobody_needs_are_kept():
    weekly, supply = corporation.no_homes(1), empty_supply()
    weekly.start[:] = 0.25
    assert sum(corporation.release(weekly, supply, np.zeros((1, 5))) for _ in range(12)) == 1.0
    assert supply.start_homes[0] == corporation.KEEP_HOMES


def test_units_taken_away_are_free_ones_then_those_let_to_others_then_homes_of_status_holders():
    weekly, supply = corporation.no_homes(1), empty_supply()
    weekly.expired[:] = 3.0
    supply.start_homes[:], supply.lent[:] = 1.0, 4.0

    assert corporation.release(weekly, supply, np.zeros((1, 5))) == 0.0
    assert supply.start_homes[0] == 0.0 and supply.lent[0] == 2.0
    corporation.release(weekly, supply, np.zeros((1, 5)))
    assert supply.start_homes[0] == -1.0 and supply.lent[0] == 0.0  # one household has to move on


def test_reserved_lettings_are_kept_some_weeks_and_end_with_the_rule():
    weekly = corporation.no_homes(1)
    weekly.reserved[:] = 1.0
    supply = empty_supply()
    for _ in range(9):
        corporation.release(weekly, supply, np.zeros((1, 5)))
    assert supply.quota[0] == 4.0
    corporation.release(corporation.no_homes(1), supply, np.zeros((1, 5)))
    assert supply.quota[0] == 0.0


BUILD = {"building_cap_per_year": 100_000.0, "flex_homes_per_year": 0.0, "start_home_share_status_holders": 0.5}


def built(rates, weeks, status_holders=0.0, **changes):
    """Give start homes delivered, taken away and converted in the week of each decision."""
    world = Country(rates, **{**BUILD, **changes})
    agent = building.Building(world, np.array([0.75, 0.25]))
    rows = []
    for world.week in range(0, weeks, 4):
        world.weekly_homes = corporation.no_homes(2)
        agent.decide(status_holders)
        homes_now = world.weekly_homes
        rows.append((homes_now.start.sum(), homes_now.expired.sum(), homes_now.converted.sum()))
    return np.array(rows)


def test_each_type_comes_after_its_own_lag(rates):
    for name, lag in (("flexible_newbuild", 104), ("converted_offices", 65), ("temporary_units", 26)):
        start = built(rates, 120, **{f"{name}_per_year": 5200.0})[:, 0]
        first = next(week for week in range(0, 120, 4) if week >= lag)

        assert np.flatnonzero(start)[0] * 4 == first
        assert start[-1] == pytest.approx(50.0)  # half of a hundred a week


def test_types_share_what_the_cap_leaves(rates):
    many = {"temporary_units_per_year": 5200.0, "converted_offices_per_year": 5200.0}
    start = built(rates, 80, **many, building_cap_per_year=6200.0, flex_homes_per_year=1000.0)[:, 0]

    assert start[-1] == pytest.approx(50.0)  # room for 5,200, half for status holders


def test_temporary_units_are_taken_away_after_their_life(rates):
    world = Country(rates, **BUILD, temporary_units_per_year=lambda week: 5200.0 if week < 4 else 0.0)
    world.timetable.rates = lambda cls, week: rates(cls, **BUILD, temporary_unit_life_years=1)
    agent = building.Building(world, np.array([1.0, 0.0]))
    delivered, gone = [], []
    for world.week in range(0, 120, 4):
        world.weekly_homes = corporation.no_homes(2)
        agent.decide(0.0)
        delivered.append(world.weekly_homes.start.sum())
        gone.append(world.weekly_homes.expired.sum())

    assert np.flatnonzero(delivered).tolist() == [7] and np.flatnonzero(gone).tolist() == [7 + 13]
    assert delivered[7] == gone[20] == pytest.approx(50.0)


def test_money_for_reception_orders_homes_that_come_after_the_lag(rates):
    money = {"reinvest_share": 0.5, "cost_regular_day": 50.0, "start_home_cost_unit": 182_000.0}
    start = built(rates, 80, status_holders=1000.0, start_home_build_lag_weeks=52, **money)[:, 0]

    assert np.flatnonzero(start)[0] == 13
    # 0.5 x 50 x 364 x 1,000 / 182,000 = 50 homes a year, half for status holders
    assert start[-1] == pytest.approx(25.0 / 52.0)


def test_reception_places_become_homes_for_status_holders(rates):
    converted = built(rates, 4, converted_places_per_year=520.0, persons_per_converted_home=2.0)[:, 2]

    assert converted[0] == pytest.approx(5.0)


# Municipalities ----------------------------------------------------------------------------------------------------


def decided(rates, **changes):
    world = Country(rates, effort_sd=0.0, effort_spread=0.0, pip_spread=0.0, **changes)
    record = {"name": "", "code": "", "region": 0, "population_2024": 9}
    one = municipality.Municipalities(world, [record], np.array([0.1]), 0.0)[0]
    one.task = 260.0
    one.in_pilot = bool(changes.get("pilot", False))
    one.table.decide(np.zeros(1, int), np.zeros(1, int), np.zeros(1), np.zeros((1, 4)))
    return one


def test_a_payment_raises_what_a_municipality_offers(rates):
    plain, paid = decided(rates), decided(rates, one_off_payment=20_000.0, effort_by_payment=0.05)

    assert paid.offers_per_week == pytest.approx(1.1 * plain.offers_per_week)


def test_in_a_trial_more_files_are_handed_over_warm(rates):
    given = {"warm_handover_share": 0.2, "pilot_warm_handover": 0.5, "warm_handover_effect": 0.5, "funding_gap": 0.0}
    plain, tried = decided(rates, **given), decided(rates, **given, pilot=True)
    learned = plain.experience

    assert tried.plans_per_week / plain.plans_per_week == pytest.approx((1.35 + learned) / (1.1 + learned))


def test_the_address_decides_some_weeks_after_housing():
    housing = np.array([0, Housing.REGULAR, Housing.SOCIAL, Housing.SOCIAL])
    housed = np.array([0, NEVER, 20, 24])

    assert municipality.in_charge(np.array([1, 2, 3]), housing, housed, 26, 6.0).tolist() == [2]


def test_a_coupling_outlasts_the_longest_search_for_a_home():
    """Or nobody coupled would ever be housed; a search takes between half and one and a half times its mean."""
    parameters = load()

    assert parameters["recoupling_weeks"].range[0] > 1.5 * parameters["home_search_weeks"].range[1]
