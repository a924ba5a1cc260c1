"""Who knows whom and what people hear, in worlds of two or three people."""

import numpy as np
import pytest

from abm.processes import contacts, ties
from abm.states import Activity, Housing, Integration, Legal, Work

pytestmark = pytest.mark.usefixtures("plain")

WIDTHS = {"coresident": 2, "compatriot": 3, "native": 2, "colleague": 2}


# Rules -----------------------------------------------------------------------------------------------------


def test_the_first_free_slot_is_used_and_a_full_row_has_none():
    slots = np.array([[9, 9, 9], [4, 0, 0], [4, 5, 6]])

    assert [ties.free_slot(slots, person) for person in (1, 2)] == [1, -1]
    assert ties.has(slots, 2, 5) and not ties.has(slots, 2, 9)


def test_a_partner_is_drawn_evenly_from_a_group():
    starts, members = np.array([0, 2, 2]), np.array([7, 9])

    assert [ties.partner(starts, members, 0, u) for u in (0.0, 0.49, 0.5, 1.0)] == [7, 7, 9, 9]
    assert ties.partner(starts, members, 1, 0.5) == 0


@pytest.mark.parametrize(
    ("chance", "uniform", "left"),
    [(0.1, 0.05, [0, 2, 3]), (0.1, 0.15, [1, 0, 3]), (0.1, 0.31, [1, 2, 3]), (0.0, 0.0, [1, 2, 3])],
)
def test_each_tie_is_lost_with_the_same_chance_and_at_most_one_a_visit(chance, uniform, left):
    slots = np.array([[9, 9, 9], [1, 2, 3]])
    ties.lose(slots, 1, chance, uniform)

    assert slots.tolist() == [[9, 9, 9], left]


@pytest.fixture
def meeting(rates):
    def make(**changes):
        still = dict.fromkeys(ties.Rates._fields, 0.0)
        return rates(ties.Rates, **{**still, "welcome": 0.5, **changes})

    return make


def test_residents_are_met_at_home_in_start_homes_as_a_volunteer_and_at_events(meeting):
    made = meeting(
        native_chance_home=0.004, native_chance_mixed=0.02, native_chance_volunteering=0.01, meeting_events=0.001
    )

    assert ties.native_chance(Housing.REGULAR, False, made) == pytest.approx(0.001)
    assert ties.native_chance(Housing.REGULAR, True, made) == pytest.approx(0.011)
    assert ties.native_chance(Housing.SOCIAL, False, made) == pytest.approx(0.005)
    assert ties.native_chance(Housing.START_HOME, False, made) == pytest.approx(0.021)
    assert ties.native_chance(Housing.SOCIAL, False, made._replace(welcome=1.0)) == pytest.approx(0.01)


# Making and losing ties ------------------------------------------------------------------------------------


class Site:
    """People at one place (0), of one origin in region 0, with employers as given."""

    def __init__(self, people, luck, n=2, place=0, **columns):
        given = {"legal": Legal.PERMIT, "housing": Housing.REGULAR, "region": 0, "origin": 0, "municipality": 0}
        self.c = people(ties.Columns, n, **{**given, **columns})
        self.n, self.luck = n, luck
        self.place_of = np.array([-1, *np.broadcast_to(place, n)])
        self.ties = ties.Ties(**{name: np.zeros((n + 1, width), np.int32) for name, width in WIDTHS.items()})

    def groups(self):
        def sort(group, size):
            rows = [[i for i in range(1, self.n + 1) if group[i] == g] for g in range(size)]
            starts = np.cumsum([0, *(len(r) for r in rows)])
            return starts, np.array([i for r in rows for i in r], np.int64)

        compatriot = np.where(np.arange(self.n + 1) > 0, self.c.region * 1 + self.c.origin, -1)
        employer = np.where(self.c.employer > 0, self.c.employer, -1)
        return ties.Groups(*sort(self.place_of, 2), self.place_of, *sort(compatriot, 2), *sort(employer, 9))

    def meet(self, rates, rows=None, week=10):
        rows = np.arange(1, self.n + 1) if rows is None else np.array(rows)
        residents = np.array([0, 40, 60])
        return ties.change(rows, self.c, self.ties, self.groups(), residents, 1, rates, self.luck(week=week))


@pytest.fixture
def site(people, luck):
    return lambda n=2, **columns: Site(people, luck, n, **columns)


def meet_often(world, rates, weeks=60):
    return sum(world.meet(rates, week=week) for week in range(weeks))


def test_two_people_at_one_site_get_to_know_each_other_once(site, meeting):
    world = site()
    made = meet_often(world, meeting(coresident_chance=0.25))

    assert made == 2
    assert world.ties.coresident[1:].tolist() == [[2, 0], [1, 0]]


def test_nobody_knows_oneself_and_nobody_is_known_twice(site, meeting):
    chances = meeting(coresident_chance=0.25, coethnic_chance=0.25, coworker_chance=0.25, native_chance_home=0.25)
    world = site(4, housing=Housing.SHARED, work=Work.EMPLOYED_BASIC, employer=5)
    meet_often(world, chances)

    for name, slots in world.ties._asdict().items():
        assert slots[1:].any(), f"no {name} was made"
        for i, row in enumerate(slots):
            known = row[row > 0].tolist()
            assert len(set(known)) == len(known)
            assert name == "native" or i not in known


def test_people_at_different_places_are_no_co_residents(site, meeting):
    world = site(place=[0, 1])

    assert meet_often(world, meeting(coresident_chance=0.25)) == 0


def test_compatriots_share_origin_and_region(site, meeting):
    world = site(3, region=[0, 0, 1], place=-1)
    meet_often(world, meeting(coethnic_chance=0.25))

    assert world.ties.compatriot[1:].tolist() == [[2, 0, 0], [1, 0, 0], [0, 0, 0]]


def test_who_has_all_the_friends_there_is_room_for_makes_no_more(site, meeting):
    world = site(place=-1)
    world.ties.compatriot[1] = [7, 8, 9]
    world.place_of = np.full(10, -1)
    meet_often(world, meeting(coethnic_chance=0.25))

    assert world.ties.compatriot[1].tolist() == [7, 8, 9]


@pytest.mark.parametrize(("kept", "friend"), [(0.0, 0), (1.0, 2)])
def test_a_co_resident_who_moves_away_is_lost_or_stays_a_friend(site, meeting, kept, friend):
    world = site(place=[0, 1])
    world.ties.coresident[1, 0] = 2
    world.meet(meeting(coresident_kept=kept))

    assert world.ties.coresident[1].tolist() == [0, 0]
    assert world.ties.compatriot[1, 0] == friend


def test_a_co_resident_who_has_left_the_country_stays_no_friend(site, meeting):
    world = site(place=[0, -1], legal=[Legal.PERMIT, Legal.LEFT])
    world.ties.coresident[1, 0] = 2
    world.meet(meeting(coresident_kept=1.0), rows=[1])

    assert not world.ties.compatriot[1].any()


def test_residents_are_met_in_the_own_municipality(site, meeting):
    chances = meeting(native_chance_home=0.25)
    world = site(3, municipality=[0, 1, -1], housing=Housing.SOCIAL, place=-1)
    meet_often(world, chances)
    first, second, third = (row[row > 0] for row in world.ties.native[1:])

    assert len(first) == 2 and (first <= 40).all()  # residents 1 to 40 live in municipality 0
    assert len(second) == 2 and (second > 40).all() and (second <= 60).all()
    assert len(third) == 0


def test_volunteers_meet_residents_in_reception(site, meeting):
    world = site(2, activity=[Activity.VOLUNTEERING, 0], place=-1)
    meet_often(world, meeting(native_chance_volunteering=0.25))

    assert world.ties.native[1].all() and not world.ties.native[2].any()


def test_colleagues_are_lost_with_the_job_or_the_employer(site, meeting):
    world = site(3, work=Work.EMPLOYED_BASIC, employer=5, place=-1)
    meet_often(world, meeting(coworker_chance=0.25))
    assert world.ties.colleague[1:].all()

    world.c.work[1], world.c.employer[1] = Work.ELIGIBLE, 0
    world.meet(meeting())
    assert not world.ties.colleague[1].any()
    assert sorted(world.ties.colleague[2].tolist()) == [0, 3]


def test_a_move_between_sites_costs_the_residents_one_knew(people, luck):
    slots = ties.Ties(**{name: np.ones((4, width), np.int32) for name, width in WIDTHS.items()})
    housing = np.array([0, Housing.REGULAR, Housing.REGULAR, Housing.SOCIAL], np.uint8)
    moved = np.array([0, 7, 6, 10], np.int32)

    assert ties.forget_region(np.array([1, 2, 3]), slots, moved, housing, luck(week=10)) == 2
    assert slots.native[1:].any(axis=1).tolist() == [False, True, True]


def test_no_two_people_share_a_draw(site, meeting, monkeypatch):
    """Keys of cases that arrive together differ in the lowest bits only."""
    asked = []

    def draw(luck, decision, key):
        asked.append((decision, int(key)))
        return 0.5

    monkeypatch.setattr(ties, "draw", draw)
    monkeypatch.setattr(ties, "draw_four", lambda *a: (draw(*a),) + (0.0,) * 3)
    world = site(4, key=[4, 5, 6, 7], housing=Housing.SHARED, work=Work.EMPLOYED_BASIC, employer=5)
    everything = {name: 1.0 for name in ties.Rates._fields if name.endswith(("chance", "home"))}
    world.meet(meeting(**everything))

    assert len(asked) > 4 * 3 and len(set(asked)) == len(asked)


# What is heard ---------------------------------------------------------------------------------------------


class Ears:
    """Three people, the second and third known to the first; a couple in household 2."""

    def __init__(self, people, **columns):
        given = {"household": [1, 2, 2], "legal": Legal.PERMIT, "motivation": [0.1, 0.5, 0.8], **columns}
        self.c = people(contacts.Columns, 3, **given)
        self.ties = {name: np.zeros((4, width), np.int32) for name, width in WIDTHS.items()}
        self.employed = np.array([False, True, False, True])
        self.word = np.full(6, 99)

    def hear(self, published=(1, 2, 3)):
        contacts.publish(np.array(published), self.c, self.word)
        order = ("coresident", "compatriot", "colleague", "native")
        slots = [self.ties[name] for name in order]
        homes = np.array([0, 1, 2]), np.array([0, 1, 2])  # first row and size of each household
        return contacts.hear(np.array([1, 2, 3]), self.c, self.word, *slots, self.employed, *homes)


@pytest.fixture
def ears(people):
    return lambda **columns: Ears(people, **columns)


def test_people_hear_how_many_work_learn_and_how_motivated_they_are(ears):
    world = ears(work=[0, Work.EMPLOYED_BASIC, Work.SEARCHING], integration=[0, Integration.Z_ROUTE, Integration.NONE])
    world.ties["coresident"][1, 0] = 2
    world.ties["compatriot"][1, 2] = 3
    world.hear()
    c = world.c

    assert (c.contacts[1], c.contacts_employed[1]) == (2, 1)
    assert c.contacts_motivation[1] == pytest.approx(0.65, abs=2e-3)
    assert c.contacts_enrolled[1] == pytest.approx(0.5)


def test_family_at_home_counts_and_oneself_does_not(ears):
    world = ears(work=[0, Work.EMPLOYED_MATCHED, 0])
    world.hear()

    assert world.c.contacts[1:].tolist() == [0, 1, 1]
    assert world.c.contacts_employed[1:].tolist() == [0, 0, 1]
    assert world.c.contacts_motivation[2] == pytest.approx(0.8, abs=2e-3)
    assert world.c.contacts_motivation[1] == 0.0


def test_those_who_are_not_there_are_heard_by_no_one(ears):
    world = ears(legal=[Legal.PERMIT, Legal.LEFT, Legal.PERMIT])
    world.ties["colleague"][1] = [2, 3]
    world.hear(published=(1, 2))  # 2 has left and 3 is not among those present

    assert world.c.contacts[1] == 0


def test_residents_of_long_standing_are_counted_apart(ears):
    world = ears()
    world.ties["native"][1] = [1, 2]
    world.ties["native"][3] = [3, 0]
    world.hear()

    assert world.c.natives[1:].tolist() == [2, 0, 1]
    assert world.c.natives_employed[1:].tolist() == [1, 0, 1]
    assert world.c.contacts[1] == 0


def test_the_most_contacts_someone_can_have_fit_in_one_word(people):
    """12 ties and 8 adults in the family, all employed, learning and fully motivated."""
    from abm.network import WIDTHS as STORED

    known = STORED["coresident"] + STORED["compatriot"] + STORED["colleague"]
    n = known + 9
    c = people(
        contacts.Columns,
        n,
        household=1,
        legal=Legal.PERMIT,
        motivation=1.0,
        work=Work.EMPLOYED_BASIC,
        integration=Integration.B1_ROUTE,
    )
    word = np.zeros(n + 1, np.int32)
    slots = {name: np.zeros((n + 1, width), np.int32) for name, width in STORED.items()}
    others = iter(range(10, n + 1))
    for name in ("coresident", "compatriot", "colleague"):
        slots[name][1] = [next(others) for _ in range(STORED[name])]
    contacts.publish(np.arange(1, n + 1), c, word)
    layers = [slots[name] for name in ("coresident", "compatriot", "colleague", "native")]
    contacts.hear(np.array([1]), c, word, *layers, np.zeros(2, bool), np.array([0, 1]), np.array([0, 9]))

    assert c.contacts[1] == c.contacts_employed[1] == known + 8
    assert c.contacts_motivation[1] == 1.0 and c.contacts_enrolled[1] == 1.0
