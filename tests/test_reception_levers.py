"""Levers of procedure, reception and budgets: tracks, statuses, guests, who provides places and who pays."""

from types import SimpleNamespace

import mesa
import numpy as np
import pytest

from abm import metrics
from abm.draws import decision, luck_of
from abm.households import Households
from abm.institutions import coa, grants, ind
from abm.model import Model
from abm.people import People
from abm.processes import guests, home_allocation, placement, reunification, status, ties, triage
from abm.processes import home_allocation as homes
from abm.states import Housing, Legal
from abm.turns import VISITS
from tests.conftest import same_bits

SYRIA, UNLIKELY = 0, 4


class Country(mesa.Model):
    """Two regions, and the rates that a test gives."""

    members = Model.members

    def __init__(self, rates, **changes):
        super().__init__(rng=1)
        self.week, self.scale, self.n_regions, self.seed_value = 0, 1.0, 2, 1
        self.changes, self.make = changes, rates
        self.timetable = SimpleNamespace(rates=self.rates)
        self.luck = luck_of(1, 0)
        self.counted = {}
        self.permits_given = []

    def rates(self, cls, week):
        return self.make(cls, **{k: v for k, v in self.changes.items() if k in cls._fields})

    def count(self, name, value):
        self.counted[name] = self.counted.get(name, 0) + value


# Two tracks --------------------------------------------------------------------------------------------------------


@pytest.fixture
def sorted_cases(households, rates, luck, drawn):
    """Give the tracks of registering cases of some origins, or of cases already in a track."""

    def assign(origins, legal=Legal.REGISTERING, triaged=0.5, error=0.5, noticed=0.5, **changes):
        drawn(triage, {triage.TRIAGE: triaged, triage.ERROR: error, triage.CORRECTION: noticed})
        c = households(triage.Columns, len(origins), origin=origins, legal=legal, arrival_week=0)
        given = {"two_tracks_on": True, "track_error": 0.12, "early_track_correction": 0.02, **changes}
        changed = np.zeros(9, np.uint32)
        triage.assign(np.arange(1, len(origins) + 1), c, rates(triage.Rates, **given), luck(week=9), changed)
        return [Legal(track) for track in c.legal[1:]]

    return assign


def test_the_early_estimate_sends_unlikely_cases_to_the_short_track(sorted_cases):
    likely, unlikely = Legal.GENERAL_TRACK, Legal.SHORT_TRACK

    assert sorted_cases([SYRIA, UNLIKELY], triaged=0.95) == [likely, unlikely]
    assert sorted_cases([SYRIA, UNLIKELY], triaged=0.01) == [unlikely, unlikely]  # a claim in another country
    assert sorted_cases([UNLIKELY], triaged=0.95, two_tracks_on=False) == [likely]


def test_an_error_turns_the_estimate_around(sorted_cases):
    assert sorted_cases([SYRIA, UNLIKELY], error=0.11) == [Legal.SHORT_TRACK, Legal.GENERAL_TRACK]


def test_a_wrong_estimate_is_noticed_and_a_right_one_kept(sorted_cases):
    noticed = {"noticed": 0.01}

    assert sorted_cases([SYRIA, UNLIKELY], Legal.SHORT_TRACK, **noticed) == [Legal.GENERAL_TRACK, Legal.SHORT_TRACK]
    assert sorted_cases([SYRIA, UNLIKELY], Legal.GENERAL_TRACK, **noticed) == [Legal.GENERAL_TRACK, Legal.SHORT_TRACK]
    assert sorted_cases([SYRIA], Legal.SHORT_TRACK, noticed=0.03) == [Legal.SHORT_TRACK]


def test_nothing_is_offered_to_unlikely_cases_in_reception():
    legal = np.array([0, Legal.GENERAL_TRACK, Legal.SHORT_TRACK, Legal.SHORT_TRACK])
    housing = np.array([0, Housing.REGULAR, Housing.REGULAR, Housing.PRIVATE])

    assert triage.reached(np.array([1, 2, 3]), legal, housing).tolist() == [0, 2]


@pytest.fixture
def service(rates, plain):
    """Give an IND with one case of a person for each (origin, track), and the rows of those it decides in a week."""

    def decide(*cases, general, short, **changes):
        world = Country(rates, general_decisions_per_week=general, short_track_decisions_per_week=short, **changes)
        world.households, world.people = Households(world), People(world)
        rows = world.households.add(len(cases))
        world.households.origin[rows] = [origin for origin, _ in cases]
        world.households.legal[rows] = [track for _, track in cases]
        world.households.key[rows] = 1000 + rows
        world.households.size[rows] = 1
        world.households.application_week[rows] = -10 - rows
        given = world.rates(ind.Rates, 0)
        office = ind.IND(world)
        capacity = office.capacities(rows, given)
        short_cases = office.choose(rows, Legal.SHORT_TRACK, capacity[1], given)
        return capacity, (short_cases - rows[0]).tolist()

    return decide


def test_cases_that_belong_in_the_short_track_are_decided_first_with_all_capacity(service):
    cases = [(UNLIKELY, Legal.SHORT_TRACK)] * 3 + [(SYRIA, Legal.GENERAL_TRACK)]
    two_tracks = {"two_tracks_on": True, "short_decision_work": 0.5}

    assert service(*cases, general=4.0, short=1.0)[0] == (4.0, 1.0)
    assert service(*cases, general=4.0, short=1.0, **two_tracks)[0] == (
        3.0,
        3.0,
    )  # 4.5 units of work, 1.5 of them short
    assert service(*cases, general=0.5, short=1.0, **two_tracks)[0] == (0.0, 2.0)


def test_a_likely_case_is_not_decided_in_the_short_track(service):
    never = {"origin_short_track_share": np.zeros(5), "decision_order_noise_weeks": 0.0}
    cases = [(SYRIA, Legal.SHORT_TRACK), (UNLIKELY, Legal.SHORT_TRACK)]
    capacity, decided = service(*cases, general=5.0, short=5.0, two_tracks_on=True, **never)

    assert capacity[1] == 1.0 and decided == [1]


# Two statuses ------------------------------------------------------------------------------------------------------


@pytest.fixture
def families(rates, monkeypatch):
    """Give a country with families of one person abroad, and which of them arrive in a week."""

    def arrive(housing, subsidiary, places=9.0, waited=200, **changes):
        n = len(housing)
        given = {"two_status_on": True, "share_subsidiary": 0.6, "reunification_condition_weeks": 104.0}
        world = Country(rates, reunifier_arrivals_per_week=places, **{**given, **changes})
        world.week, world.reunifiers_due = 200, 0.0
        world.households, world.people = Households(world), People(world)
        referents, rows = world.households.add(n), world.households.add(n)
        for cases in (referents, rows):
            members = world.people.add(n)
            world.households.first_row[cases], world.households.size[cases] = members, 1
            world.people.household[members] = cases
        world.households.legal[referents], world.households.housing[referents] = Legal.PERMIT, housing
        world.households.permit_week[referents] = 200 - waited
        world.households.referent[rows] = referents
        world.households.abroad[referents] = 1
        world.abroad, world.persons_abroad = rows, n
        monkeypatch.setattr(status, "subsidiary", lambda keys, share, seed: np.array(subsidiary)[: len(keys)])
        reunification.arrive(world)
        came = (world.households.legal[rows] == Legal.PERMIT).tolist()
        assert world.persons_abroad == len(world.abroad) == n - sum(came)
        return came

    return arrive


def test_families_of_subsidiary_permit_holders_wait_for_a_lasting_home_and_others_pass_them(families):
    homes_of = [Housing.START_HOME, Housing.SOCIAL, Housing.REGULAR, Housing.SHARED]

    assert families(homes_of, [True, True, False, True]) == [False, True, True, True]
    assert families(homes_of, [True] * 4, two_status_on=False) == [True] * 4


def test_and_for_the_term(families):
    assert families([Housing.SOCIAL] * 2, [True, True], waited=103) == [False, False]
    assert families([Housing.SOCIAL] * 2, [True, True], waited=104) == [True, True]


def test_places_of_those_who_must_wait_go_to_the_next_and_keep_the_order(families):
    housing = [Housing.REGULAR, Housing.SOCIAL, Housing.SOCIAL]

    assert families(housing, [True, False, False], places=1.0) == [False, True, False]


def test_uncertainty_wears_on_subsidiary_permit_holders_only(people, rates, luck, drawn):
    drawn(status, 0.5)
    c = people(status.Columns, 2, legal=[Legal.PERMIT, Legal.GENERAL_TRACK], household=[1, 2], motivation=0.6)
    given = {"motivation_uncertainty": 0.01, "subsidiary_uncertainty": 0.5}
    keys = np.array([0, 7, 8], np.uint64)

    assert (
        status.wear(
            np.array([1, 2]), c, keys, np.full(2, 4.0), rates(status.Rates, share_subsidiary=0.6, **given), luck()
        )
        == 1
    )
    assert c.motivation[1:].tolist() == pytest.approx([0.58, 0.6])
    assert (
        status.wear(
            np.array([1, 2]), c, keys, np.full(2, 4.0), rates(status.Rates, share_subsidiary=0.4, **given), luck()
        )
        == 0
    )


def test_the_status_of_a_household_is_the_same_in_both_places(luck):
    keys = np.arange(1, 9, dtype=np.uint64)
    by_kernel = [bool(status.draw_once(luck(week=77), status.KIND, key) < 0.6) for key in keys]

    assert status.subsidiary(keys, 0.6, 1).tolist() == by_kernel


# COA ---------------------------------------------------------------------------------------------------------------

PATTERN = np.array([[0.75, 0.25], [0.5, 0.5], [0.6, 0.4]])
RECEPTION = {
    "regular_places": 1000.0,
    "stable_floor_places": 400.0,
    "elsewhere_places": 100.0,
    "share_places_usable": 1.0,
    "emergency_buffer": 0.05,
    "scaling_lag_weeks": 0,
    "scaling_gain": 1.0,
    "vbi_seat_lag_weeks": 0,
}


@pytest.fixture
def agency(rates):
    """Give COA before its last dated total, and a way to plan weeks."""

    def make(last_dated=99, **changes):
        world = Country(rates, **{**RECEPTION, **changes})
        return coa.COA(world, PATTERN, last_dated)

    return make


def regular(office, weeks, persons=500.0):
    """Plan some weeks and give the regular places of each."""
    found = []
    for _ in range(weeks):
        occupancy = np.zeros((3, 2))
        occupancy[Housing.REGULAR] = PATTERN[0] * persons
        office.plan(occupancy)
        office.model.week += 1
        found.append(float(office.places[Housing.REGULAR].sum()))
    return found


def test_without_the_dispersal_act_places_run_off_and_recover_when_it_returns(agency):
    office = agency(dispersal_act_on=False, voluntary_decay=0.1, voluntary_places=750.0)

    assert regular(office, 4) == pytest.approx([900.0, 810.0, 750.0, 750.0])
    office.model.changes["dispersal_act_on"] = True
    assert regular(office, 4) == pytest.approx([750 / 0.9, 750 / 0.81, 1000.0, 1000.0])


def test_the_voluntary_level_does_not_add_places(agency):
    assert regular(agency(dispersal_act_on=False, voluntary_places=5000.0), 2) == [1000.0, 1000.0]


def test_places_for_people_from_ukraine_and_conversion_are_taken_from_the_regular_ones(agency):
    assert regular(agency(ukraine_places=300.0), 1) == [700.0]
    assert regular(agency(converted_places_per_year=5200.0), 3) == pytest.approx([900.0, 800.0, 700.0])


def test_municipalities_open_places_as_far_as_they_are_sure_of_the_money(agency):
    given = {"municipal_places": 100.0, "municipal_opening_weeks": 2.0, "municipal_certainty_years": 5.0}
    office = agency(**given, municipal_places_years=5.0)
    willing = 100.0 * (1.0 - np.exp(-1.0))

    assert regular(office, 2) == pytest.approx([1000.0 + 0.5 * willing, 1000.0 + 0.75 * willing])
    assert office.places[Housing.REGULAR, 1] == pytest.approx(250.0 + 0.4 * 0.75 * willing)
    sure = agency(**given, municipal_places_years=10.0)
    assert regular(sure, 1)[0] > regular(agency(**given, municipal_places_years=1.0), 1)[0]


def test_dear_places_close_while_there_is_room_beyond_the_buffer(agency):
    office = agency(expensive_places_closed_per_week=30.0, share_expensive_elsewhere=0.5)
    regular(office, 1, persons=960.0)  # 40 places free, 50 is the buffer
    assert office.places[Housing.ELSEWHERE].sum() == 100.0
    regular(office, 1, persons=940.0)  # 10 beyond the buffer
    assert office.places[Housing.ELSEWHERE].sum() == pytest.approx(90.0)
    regular(office, 5)
    assert office.places[Housing.ELSEWHERE].sum() == pytest.approx(50.0)  # what is left is not dear


def test_a_day_elsewhere_costs_what_is_left_there(agency):
    office = agency(share_expensive_elsewhere=0.5)
    assert office.saved_elsewhere_day(110.0, 200.0) == 0.0
    office.closed = 50.0  # all dear ones: what is left costs 20, for (20 + 200) / 2 = 110
    assert office.saved_elsewhere_day(110.0, 200.0) == pytest.approx(90.0)


def test_guests_need_no_place_of_coa(agency):
    plain, hosted = agency(), agency()
    hosted.guests[:] = [0.0, 40.0]
    for office in (plain, hosted):
        regular(office, 1, persons=1200.0)

    assert hosted.places[Housing.ELSEWHERE].tolist() == [60.0, 80.0]
    assert plain.places[Housing.EMERGENCY].sum() - hosted.places[Housing.EMERGENCY].sum() == pytest.approx(40 * 1.05)


def test_the_forecast_errs_by_one_factor_a_half_year(agency):
    office = agency(last_dated=-1, place_forecast_error=0.3)
    found = regular(office, 60, persons=700.0)

    assert len(set(found)) == 3 and found[0] == found[25] != found[26]
    assert set(regular(agency(last_dated=-1), 60, persons=700.0)) == {600.0}


def test_seats_grow_with_a_lag_and_fall_at_once(agency):
    office = agency(vbi_seats=100.0, vbi_seat_lag_weeks=4)
    assert office.seats() == 100.0
    office.model.changes["vbi_seats"] = 180.0
    assert [office.seats(), office.seats()] == [120.0, 135.0]
    office.model.changes["vbi_seats"] = 50.0
    assert office.seats() == 50.0


# Guests ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def hosted(households, people, rates, luck):
    """Give the columns of households after a week of going to stay with hosts."""

    def stay(share=1.0, week=10, **columns):
        size = np.array(columns.pop("size", [1]))
        n = len(size)
        given = {
            "legal": Legal.PERMIT,
            "housing": Housing.REGULAR,
            "municipality": 1,
            "site": 0,
            "region": 0,
            **columns,
        }
        c = households(guests.Columns, n, size=size, first_row=1 + np.cumsum([0, *size[:-1]]), **given)
        members = people(guests.Members, int(size.sum()), housing=Housing.REGULAR, site=0, region=0)
        slots = np.zeros((len(members.site), 16), np.uint32)
        for now in (week, week + VISITS):
            guests.stay(
                np.arange(1, n + 1),
                c,
                members,
                slots,
                np.array([0, 1]),
                np.array([0, 5, 9]),
                2,
                rates(guests.Rates, share_guest=share),
                luck(week=now),
            )
        return c, members, slots

    return stay


def test_a_guest_lives_in_the_region_of_the_municipality_and_knows_the_host(hosted):
    c, members, slots = hosted()

    assert c.guest[1] and c.housing[1] == Housing.ELSEWHERE and (c.site[1], c.region[1]) == (5, 1)
    assert (members.site[1], members.region[1], members.moves[1], members.move_week[1]) == (5, 1, 1, 10)
    host = slots[1, ties.NATIVE[0] : ties.NATIVE[1]]
    assert np.count_nonzero(host) == 1 and 5 < host.max() <= 9  # a resident of municipality 1


@pytest.mark.parametrize(
    "columns",
    [
        {"municipality": -1},
        {"size": [2]},
        {"referent": [3]},
        {"kind": [2]},
        {"legal": Legal.REJECTED},
        {"housing": Housing.SOCIAL},
        {"share": 0.0},
    ],
)
def test_only_permit_holders_alone_in_reception_who_are_coupled_go_to_stay(hosted, columns):
    assert not hosted(**columns)[0].guest[1]


def test_guests_are_counted_by_region_and_not_moved(households, rates):
    c = households(guests.Columns, 3, guest=[True, True, False], housing=Housing.ELSEWHERE, site=[5, 4, 5], size=1)
    there = np.zeros(2)

    assert guests.count(np.array([1, 2, 3]), c, 2, there) == 2 and there.tolist() == [1.0, 1.0]
    case = households(placement.Columns, 2, guest=[True, False], housing=Housing.ELSEWHERE, site=5, size=1)
    lanes = np.zeros((4, 2), np.float32)
    chosen = np.zeros(2, np.int64)
    n = placement.choose_movers(
        np.array([1, 2]), case, np.ones((3, 2)), np.ones((3, 2)), rates(placement.Rates), lanes, chosen
    )
    assert chosen[:n].tolist() == [1]


def test_who_pays_for_lodging_is_counted(households, rates):
    given = {"housing": [2, 2, 2, 6], "referent": [7, 7, 0, 7], "arrival_week": [0, 9, 0, 0], "size": [2, 3, 1, 4]}
    c = households(metrics.LodgingColumns, 4, guest=[False, False, True, False], **given)
    counts = np.zeros(2, np.int64)
    rules = rates(home_allocation.Rates, hotel_scheme_on=True, hotel_scheme_weeks=26)
    metrics.count_lodging(np.arange(1, 5), c, 30, rules, counts)

    assert counts.tolist() == [2, 1]


# Grants ------------------------------------------------------------------------------------------------------------


def test_a_grant_that_does_not_follow_volume_pays_for_the_learners_there_were(rates):
    office = grants.Ministry(Country(rates, grant_follows_volume=True))
    office.decide(100.0)
    office.model.changes["grant_follows_volume"] = False
    paid = []
    for learners in (80.0, 125.0, 200.0):
        office.decide(learners)
        paid.append(office.paid_for)

    assert paid == [1.0, 0.8, 0.5]


def test_the_education_grant_adds_municipalities(rates):
    def coverage(grant):
        given = {"education_route_coverage": 0.6, "coverage_by_grant": 0.02, "education_grant_reference": 15.0}
        return grants.Ministry(Country(rates, education_grant=grant, **given)).education_coverage()

    assert coverage(15.0) == 0.6
    assert coverage(0.0) == pytest.approx(0.3) and coverage(40.0) == 1.0


# Compiled and plain, and the whole model -----------------------------------------------------------------------------

ALL_ON = {
    "alone_keep_priority": True,
    "family_priority": True,
    "large_home_pool": True,
    "regional_pool": True,
    "start_home_entry": 3,
    "mergeable_share": 0.5,
    "hotel_scheme_on": True,
    "home_search_weeks": 0.0,
}


def allocated(function, households, people, rates, luck):
    """House thirty households of all kinds with every rule on; give all that was changed."""
    chance = np.random.Generator(np.random.Philox(key=5))
    n = 30
    size = chance.integers(1, 8, n)
    places = {"municipality": chance.integers(0, 4, n), "kind": chance.integers(0, 5, n)}
    c = households(
        homes.Columns,
        n,
        size=size,
        first_row=1 + np.cumsum([0, *size[:-1]]),
        legal=Legal.PERMIT,
        housing=np.where(np.arange(n) < 8, Housing.START_HOME, Housing.ELSEWHERE),
        referent=np.where(np.arange(n) % 4 == 3, np.arange(n) // 4 + 1, 0),
        vulnerable=chance.random(n) < 0.3,
        permit_week=chance.integers(-50, 20, n),
        arrival_week=chance.integers(-50, 20, n),
        coupled_week=0,
        **places,
    )
    members = people(homes.Members, int(size.sum()), work=chance.integers(1, 7, int(size.sum())))
    supply = homes.Supply(
        offers=np.array([9.0, 0.0, 5.0, 20.0]),
        dwellings=chance.uniform(0.0, 2.2, (4, 5)),
        shared=np.array([1.0, 0.0, 2.0, 0.5]),
        start_homes=np.array([2.0, 1.0, 0.0, 3.0]),
        lent=np.zeros(4),
        transition=np.array([0.0, 3.0, 1.0, 2.0]),
        area_of=np.arange(4),
        need=chance.random(4),
        priority=np.array([True, False, False, True]),
        registration_years=np.full(4, 8.0),
        region_of=np.array([0, 0, 1, 1]),
        quota=np.array([0.0, 1.5, 2.0, 0.0]),
    )
    counts = np.zeros(6, np.int64)
    queue = np.arange(9, n + 1).astype(np.uint32)
    housed = function(queue, c, members, supply, rates(homes.Rates, **ALL_ON), luck(week=40), counts)
    assert housed > 0
    return housed, c, members, supply, counts


def test_compiled_allocation_gives_the_bits_of_plain_python(households, people, rates, luck):
    compiled, plain = (
        allocated(function, households, people, rates, luck) for function in (homes.allocate, homes.allocate.py_func)
    )

    assert all(same_bits(one, other) for one, other in zip(compiled, plain, strict=True))


def test_compiled_triage_and_wear_give_the_bits_of_plain_python(households, people, rates, luck):
    found = []
    for assign, wear in ((triage.assign, status.wear), (triage.assign.py_func, status.wear.py_func)):
        c = households(triage.Columns, 40, origin=np.arange(40) % 5, legal=1 + np.arange(40) % 3, arrival_week=0)
        changed = np.zeros(41, np.uint32)
        on = rates(triage.Rates, two_tracks_on=True, track_error=0.3, early_track_correction=0.5)
        counted = assign(np.arange(1, 41).astype(np.uint32), c, on, luck(week=30), changed)
        p = people(status.Columns, 40, legal=Legal.PERMIT, household=np.arange(1, 41), motivation=0.7)
        worn = wear(
            np.arange(1, 41), p, np.arange(41, dtype=np.uint64), np.full(40, 4.0), rates(status.Rates), luck(week=30)
        )
        found.append((counted, c, changed, worn, p))

    assert same_bits(tuple(found[0]), tuple(found[1]))


EVERYTHING = {
    "two_tracks_on": True,
    "unlikely_offer": "none",
    "two_status_on": True,
    "dispersal_act_on": False,
    "municipal_places": 5000,
    "converted_places_per_year": 1000,
    "expensive_places_closed_per_week": 50,
    "share_guest": 0.2,
    "regional_pool": True,
    "large_home_pool": True,
    "family_priority": True,
    "alone_keep_priority": True,
    "institution_quota": 0.1,
    "start_homes_per_year": 10000,
    "mergeable_share": 0.5,
    "temporary_units_per_year": 5000,
    "temporary_unit_life_years": 1,
    "reinvest_share": 0.3,
    "share_housing_guidance": 0.5,
    "one_off_payment": 20000,
    "responsibility_from": "address",
    "pilot_municipalities": 0.5,
    "grant_follows_volume": False,
    "education_grant": 0,
    "place_forecast_error": 0.2,
    "ukraine_places": 3000,
    "housing_supply_growth": 0.02,
}


@pytest.fixture(scope="module")
def everything():
    """Run two years with every lever of this file set at once."""
    from abm.parameters import load

    return Model(scale=0.01, until="2022-12-31", seed=3, parameters=load().replace(EVERYTHING)).run()


def test_all_levers_together_keep_people_and_homes_in_order(everything):
    model = everything
    weekly = model.results().weekly
    cases = model.households
    guests_now = (cases.guest) & (cases.housing == Housing.ELSEWHERE)
    same = cases.municipality[model.people.household[1:]] == model.people.municipality[1:]

    assert same.all()
    assert weekly["guests"].iloc[-1] * model.scale == pytest.approx(cases.size[guests_now].sum())
    parts = weekly[["in_regular", "in_emergency", "in_elsewhere"]].sum(axis=1)
    assert np.allclose(parts, weekly["in_reception"])
    assert not weekly.drop(columns="employed_contact_share").isna().any().any()  # unknown while nobody has contacts


def test_lettings_go_to_status_holders_or_to_others(everything):
    weekly = everything.results().weekly
    lettings = weekly[["relet_new", "relet_moving_on", "relets_to_others"]].sum(axis=1)

    assert lettings.iloc[0] == pytest.approx(169_000 / 52, rel=0.01)
    assert (weekly["local_wait_change"].iloc[20:] >= 0.0).all() and weekly["local_wait_change"].mean() > 1.0


def test_what_is_new_is_booked(everything):
    costs = everything.results().costs.groupby("category")["euros"].sum()

    assert costs["reception_guests"] > 0.0 and costs["one_off_payment"] > 0.0 and costs["interpreters"] > 0.0
    assert costs["rent"] < 0.0 and costs["education_grant"] == 0.0


def test_decisions_of_the_levers_stand_at_the_end_of_the_list():
    numbers = [decision(name) for name in ("track_error", "status_kind", "merge_home", "home_guidance", "guest")]

    assert numbers == sorted(numbers) and numbers[0] > decision("intake_order")
