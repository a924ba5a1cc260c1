"""Who knows whom and what people hear, in worlds of two or three people."""

import numpy as np
import pytest

from abm.draws import VISIT_LANES
from abm.model import Model
from abm.network import NEWCOMER_SLOTS
from abm.people import NEVER
from abm.processes import contacts, ties
from abm.processes.ties import COLLEAGUE, COMPATRIOT, CORESIDENT, NATIVE
from abm.states import Activity, Housing, Integration, Legal, Work

pytestmark = pytest.mark.usefixtures("plain")

LAYERS = {"coresident": CORESIDENT, "compatriot": COMPATRIOT, "colleague": COLLEAGUE, "native": NATIVE}
WIDTH = NATIVE[1]


def empty(n):
    """Give the slots of n people and row 0."""
    return np.zeros((n + 1, WIDTH), np.uint32)


def known(slots, i, layer):
    """Give whom person ``i`` knows in a layer, in order."""
    return sorted(slots[i, layer[0] : layer[1]][slots[i, layer[0] : layer[1]] > 0].tolist())


# Rules -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_a_tie_is_made_once_while_there_is_room_and_never_with_nobody_or_oneself(layer):
    slots, width = empty(2), layer[1] - layer[0]
    made = [ties.add(slots, 1, layer, np.uint32(other)) for other in (1, 0, *range(10, 10 + width), 10, 99)]

    assert made == [0, 0, *[1] * width, 0, 0]
    assert known(slots, 1, layer) == list(range(10, 10 + width))
    assert np.count_nonzero(slots) == width  # no slot of another layer or person


def test_the_share_of_free_slots_is_of_the_layer_alone():
    slots = empty(1)
    slots[1, : COMPATRIOT[0]] = 9
    slots[1, COMPATRIOT[0] : COMPATRIOT[0] + 2] = [7, 8]

    assert ties.free_share(slots, 1, COMPATRIOT) == pytest.approx(4 / 6)
    assert ties.has_any(slots, 1, COMPATRIOT) and not ties.has_any(slots, 1, NATIVE)


def test_a_partner_is_drawn_evenly_from_a_group():
    starts, members = np.array([0, 2, 2]), np.array([7, 9], np.uint32)

    assert [ties.partner(starts, members, 0, u) for u in (0.0, 0.49, 0.5, 1.0)] == [7, 7, 9, 9]
    assert ties.partner(starts, members, 1, 0.5) == 0


@pytest.mark.parametrize(
    ("uniform", "lost"), [(0.05, 0), (0.15, 1), (0.39, 3), (0.41, None), (0.99, None)]
)  # four slots, a tenth each
def test_each_tie_is_lost_with_the_same_chance_and_at_most_one_a_visit(uniform, lost):
    slots = empty(1)
    slots[1] = range(1, WIDTH + 1)
    ties.lose(slots, 1, NATIVE, 0.1, uniform)
    expected = list(range(1, WIDTH + 1))
    if lost is not None:
        expected[NATIVE[0] + lost] = 0

    assert slots[1].tolist() == expected


@pytest.fixture
def meeting(rates):
    def make(**changes):
        still = dict.fromkeys(ties.Rates._fields, 0.0)
        mixed = {"start_home_form": 0, "contact_by_form": np.zeros(3)}
        return rates(ties.Rates, **{**still, **mixed, "welcome": 0.5, **changes})

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
    """People at one place (0), of one origin in region 0, with employers as given; draws are those of a test."""

    def __init__(self, people, luck, lanes, n=2, place=0, **columns):
        given = {"legal": Legal.PERMIT, "housing": Housing.REGULAR, "region": 0, "origin": 0, "municipality": 0}
        self.c = people(ties.Columns, n, **{**given, **columns})
        self.n, self.luck, self.lanes = n, luck, lanes
        self.place_of = np.array([-1, *np.broadcast_to(place, n)])
        self.slots = empty(n)

    def known(self, i, layer):
        return known(self.slots, i, layer)

    def groups(self):
        def sort(group, size):
            rows = [[i for i in range(1, self.n + 1) if group[i] == g] for g in range(size)]
            starts = np.cumsum([0, *(len(r) for r in rows)])
            return starts, np.array([i for r in rows for i in r], np.uint32)

        compatriot = np.where(np.arange(self.n + 1) > 0, self.c.region * 1 + self.c.origin, -1)
        employer = np.where(self.c.employer > 0, self.c.employer, -1)
        return ties.Groups(*sort(self.place_of, 2), self.place_of, *sort(compatriot, 2), *sort(employer, 9))

    def meet(self, rates, rows=None, week=10, **lanes):
        """Let people meet and lose sight of each other: all draws are 0, so every chance above 0 comes true."""
        rows = np.arange(1, self.n + 1) if rows is None else np.array(rows)
        residents = np.array([0, 40, 60])
        made = self.lanes(VISIT_LANES, len(rows), **{"every": 0.0, **lanes})
        return ties.change(
            rows,
            self.c,
            self.slots,
            self.groups(),
            residents,
            1,
            np.full(len(rows), 4.0),
            rates,
            made,
            self.luck(week=week),
        )

    def begin(self, rates, moves, weeks):
        """Give people the ties of ``weeks`` weeks before the start."""
        rows = np.arange(1, self.n + 1)
        since, residents = np.full(self.n, weeks), np.array([0, 40, 60])
        return ties.begin(rows, self.c, self.slots, self.groups(), residents, 1, since, rates, moves, self.luck(week=0))


@pytest.fixture
def site(people, luck, lanes):
    return lambda n=2, **columns: Site(people, luck, lanes, n, **columns)


def meet_often(world, rates, weeks=60):
    """Let people meet for weeks in which their draws lie spread over 0 to 1; give the number of ties made."""
    return sum(world.meet(rates, week=week, every=(7 * week % weeks + 0.5) / weeks) for week in range(weeks))


def test_two_people_at_one_site_get_to_know_each_other_once(site, meeting):
    world = site()
    made = meet_often(world, meeting(coresident_chance=0.25))

    assert made == 2
    assert [world.known(i, CORESIDENT) for i in (1, 2)] == [[2], [1]]


@pytest.mark.parametrize(("lane", "made"), [(0.0999, 1), (0.1001, 0)])
def test_a_chance_counts_for_the_four_weeks_between_two_visits(site, meeting, lane, made):
    """Each person's own draw decides: 4 x 0.025."""
    world = site()
    met = sum(world.meet(meeting(coresident_chance=0.025), week=week, meet_near=[lane, 0.9]) for week in range(60))

    assert met == made
    assert world.known(1, CORESIDENT) == [2] * made and world.known(2, CORESIDENT) == []


@pytest.mark.parametrize(
    ("rate", "lane", "layer"),
    [
        ("coresident_chance", "meet_near", CORESIDENT),
        ("coethnic_chance", "meet_compatriot", COMPATRIOT),
        ("native_chance_home", "meet_native", NATIVE),
        ("coworker_chance", "meet_colleague", COLLEAGUE),
    ],
)
def test_each_kind_of_tie_has_a_draw_of_its_own(site, meeting, rate, lane, layer):
    given = {"housing": Housing.SHARED, "work": Work.EMPLOYED_BASIC, "employer": 5}
    every = meeting(coresident_chance=0.2, coethnic_chance=0.2, native_chance_home=0.2, coworker_chance=0.2)
    for draw, met in ((0.79, True), (0.81, False)):
        world = site(**given)
        for week in range(60):
            world.meet(every, week=week, every=0.99, **{lane: draw})

        assert {name: bool(world.known(1, slots)) for name, slots in LAYERS.items()} == {
            name: met and slots == layer for name, slots in LAYERS.items()
        }, rate


def test_nobody_knows_oneself_and_nobody_is_known_twice(site, meeting):
    chances = meeting(coresident_chance=0.25, coethnic_chance=0.25, coworker_chance=0.25, native_chance_home=0.25)
    world = site(4, housing=Housing.SHARED, work=Work.EMPLOYED_BASIC, employer=5)
    meet_often(world, chances)

    for name, layer in LAYERS.items():
        contacts_of = {i: world.known(i, layer) for i in range(1, 5)}
        assert any(contacts_of.values()), f"no {name} was made"
        for i, others in contacts_of.items():
            assert len(set(others)) == len(others)
            assert name == "native" or i not in others


def test_people_at_different_places_are_no_co_residents(site, meeting):
    world = site(place=[0, 1])

    assert meet_often(world, meeting(coresident_chance=0.25)) == 0


def test_compatriots_share_origin_and_region(site, meeting):
    world = site(3, region=[0, 0, 1], place=-1)
    meet_often(world, meeting(coethnic_chance=0.25))

    assert [world.known(i, COMPATRIOT) for i in (1, 2, 3)] == [[2], [1], []]


def test_who_has_all_the_friends_there_is_room_for_makes_no_more(site, meeting):
    world = site(place=-1)
    world.slots[1, COMPATRIOT[0] : COMPATRIOT[1]] = range(7, 13)
    meet_often(world, meeting(coethnic_chance=0.25))

    assert world.known(1, COMPATRIOT) == [*range(7, 13)]


@pytest.mark.parametrize(("friends", "edge"), [(0, 0.4), (3, 0.2)])
def test_the_more_friends_someone_has_the_fewer_new_ones(site, meeting, friends, edge):
    for lane, made in ((edge - 1e-4, True), (edge + 1e-4, False)):
        world = site(place=-1)
        world.slots[1, COMPATRIOT[0] : COMPATRIOT[0] + friends] = range(7, 7 + friends)
        for week in range(60):
            world.meet(meeting(coethnic_chance=0.1), rows=[1], week=week, meet_compatriot=lane)
            if 2 in world.known(1, COMPATRIOT):
                break

        assert (2 in world.known(1, COMPATRIOT)) == made


@pytest.mark.parametrize(
    ("layer", "rate", "lane"),
    [(COMPATRIOT, "coethnic_loss", "lose_compatriot"), (NATIVE, "native_loss", "lose_native")],
)
def test_at_most_one_tie_of_a_layer_is_lost_at_a_visit(site, meeting, layer, rate, lane):
    """4 x 0.025 a slot: the draw says which slot, and beyond the last slot none."""
    full = list(range(20, 20 + layer[1] - layer[0]))
    for draw, left in ((0.05, full[1:]), (0.15, [full[0], *full[2:]]), (0.1 * len(full) + 0.01, full)):
        world = site(place=-1)
        world.slots[1, layer[0] : layer[1]] = full
        world.meet(meeting(**{rate: 0.025}), rows=[1], every=0.99, **{lane: draw})

        assert world.known(1, layer) == left


@pytest.mark.parametrize(("kept", "friend"), [(0.0, []), (1.0, [2])])
def test_a_co_resident_who_moves_away_is_lost_or_stays_a_friend(site, meeting, kept, friend):
    world = site(place=[0, 1])
    world.slots[1, CORESIDENT[0]] = 2
    world.meet(meeting(coresident_kept=kept))

    assert world.known(1, CORESIDENT) == []
    assert world.known(1, COMPATRIOT) == friend


def test_a_co_resident_who_has_left_the_country_stays_no_friend(site, meeting):
    world = site(place=[0, -1], legal=[Legal.PERMIT, Legal.LEFT])
    world.slots[1, CORESIDENT[0]] = 2
    world.meet(meeting(coresident_kept=1.0), rows=[1])

    assert not world.slots[1].any()


def test_residents_are_met_in_the_own_municipality(site, meeting):
    chances = meeting(native_chance_home=0.25)
    world = site(3, municipality=[0, 1, -1], housing=Housing.SOCIAL, place=-1)
    meet_often(world, chances)
    first, second, third = (np.array(world.known(i, NATIVE)) for i in (1, 2, 3))

    assert len(first) == 4 and (first <= 40).all()  # residents 1 to 40 live in municipality 0
    assert len(second) == 4 and (second > 40).all() and (second <= 60).all()
    assert len(third) == 0


def test_volunteers_meet_residents_in_reception(site, meeting):
    world = site(2, activity=[Activity.VOLUNTEERING, 0], place=-1)
    meet_often(world, meeting(native_chance_volunteering=0.25))

    assert len(world.known(1, NATIVE)) == 4 and world.known(2, NATIVE) == []


def test_colleagues_are_lost_with_the_job_or_the_employer(site, meeting):
    world = site(3, work=Work.EMPLOYED_BASIC, employer=5, place=-1)
    meet_often(world, meeting(coworker_chance=0.25))
    assert [world.known(i, COLLEAGUE) for i in (1, 2, 3)] == [[2, 3], [1, 3], [1, 2]]

    world.c.work[1], world.c.employer[1] = Work.ELIGIBLE, 0
    world.meet(meeting())
    assert [world.known(i, COLLEAGUE) for i in (1, 2, 3)] == [[], [3], [2]]


# Ties from before the start --------------------------------------------------------------------------------


@pytest.fixture
def moving(rates):
    return rates(ties.MoveRates, chance_relocation=np.array([0.03, 0.08, 0.03]), relocation_multiplier=0.5)


def test_what_grows_and_is_lost_comes_near_a_level():
    assert ties.grown(0.5, 0.0, 6.0) == pytest.approx(3.0)
    assert ties.grown(0.5, 0.1, 0.0) == 0.0
    assert ties.grown(0.5, 0.1, 10.0) == pytest.approx(5.0 * (1.0 - np.exp(-1.0)))
    assert ties.grown(0.5, 0.1, 1e6) == pytest.approx(5.0)


def test_people_at_home_know_compatriots_and_residents_by_the_time_they_live_there(meeting, moving):
    made = meeting(coethnic_chance=0.03, coethnic_loss=0.001, native_chance_home=0.004, native_loss=0.002)
    near, compatriot, native = ties.filled_at_start(Housing.SOCIAL, 100.0, made, moving)

    assert near == 0.0
    assert compatriot == pytest.approx(0.005 / 0.006 * (1.0 - np.exp(-0.6)))  # of six places
    assert native == pytest.approx(2.0 * (1.0 - np.exp(-0.2)) / 4.0)
    assert ties.filled_at_start(Housing.SOCIAL, 0.0, made, moving) == (0.0, 0.0, 0.0)
    assert ties.filled_at_start(Housing.SOCIAL, 1e6, made._replace(native_chance_home=0.02), moving)[2] == 1.0


def test_people_in_reception_know_those_whom_moves_have_left_them(meeting, moving):
    made = meeting(coresident_chance=0.03, coethnic_chance=0.03, coethnic_loss=0.001, coresident_kept=0.2)
    regular = ties.filled_at_start(Housing.REGULAR, 20.0, made, moving)
    emergency = ties.filled_at_start(Housing.EMERGENCY, 20.0, made, moving)

    assert regular[0] == pytest.approx(0.03 / 0.03 * (1.0 - np.exp(-0.6)) / 4.0)  # 0.015 moves a week of either
    assert regular[1] == pytest.approx(0.005 / 0.018 * (1.0 - np.exp(-0.36)))  # lost: 0.001 + 0.8 x 0.015
    assert regular[2] == 0.0
    assert emergency[0] < regular[0] and emergency[1] < regular[1]


def test_the_level_is_the_one_at_which_the_rules_of_the_week_stay(site, meeting, moving):
    """People who stay: how many they know after 150 weeks of the rules, and how many they are given for 150 weeks."""
    made = meeting(coethnic_chance=0.06, coethnic_loss=0.005, native_chance_home=0.012, native_loss=0.005)
    given = {"housing": Housing.SOCIAL, "place": -1}
    lived, begun = site(400, **given), site(400, **given)
    rng = np.random.default_rng(1)
    for week in range(0, 150, 4):
        lived.meet(made, week=week, **dict(zip(VISIT_LANES, rng.random((len(VISIT_LANES), 400)), strict=True)))
    begun.begin(made, moving, 150.0)

    for layer in (COMPATRIOT, NATIVE):
        after, at_start = (
            np.mean([len(known(world.slots, i, layer)) for i in range(1, 401)]) for world in (lived, begun)
        )
        assert at_start == pytest.approx(after, abs=0.2) and after > 1.0


def test_nobody_begins_with_oneself_or_with_people_of_another_place_or_region(site, meeting, moving):
    made = meeting(coresident_chance=1.0, coethnic_chance=99.0, coresident_kept=1.0)
    world = site(4, place=[0, 0, 1, -1], region=[0, 1, 0, 1])

    assert world.begin(made, moving, 50.0) == np.count_nonzero(world.slots)
    assert [world.known(i, CORESIDENT) for i in (1, 2, 3, 4)] == [[2], [1], [], []]
    assert [world.known(i, COMPATRIOT) for i in (1, 2, 3, 4)] == [[3], [4], [1], [2]]
    assert not world.slots[0].any()


def test_the_people_of_the_start_know_others_after_a_round_of_visits():
    model = Model(scale=0.02, seed=1, until="2021-02-25").run()
    columns, rows = model.people.columns, model.adults
    home = (columns["housing"][rows] >= Housing.TRANSITION) & (columns["housed_week"][rows] < 0)
    long = rows[(columns["housed_week"][rows] < -100) & (columns["housed_week"][rows] > -150) & home]
    short = rows[(columns["housed_week"][rows] > -50) & home]

    assert columns["natives"][long].mean() > 1.4 > columns["natives"][short].mean() > 0.2
    assert columns["contacts"][long].mean() > columns["contacts"][short].mean() > 1.0
    assert columns["contacts"][rows].mean() > 1.2


class Moved:
    """Three people in region 0 who know each other and all residents; the first moved there in week ``moved``."""

    def __init__(self, people, luck, moved=8, regions=(0, 0, 0), housing=Housing.REGULAR):
        self.c, self.luck = people(ties.Columns, 3, region=regions, housing=housing), luck
        self.slots = empty(3)
        self.slots[1:, NATIVE[0] : NATIVE[1]] = 1
        self.slots[1:, CORESIDENT[0]] = [2, 3, 1]
        self.slots[1, COMPATRIOT[0] : COMPATRIOT[0] + 2] = [2, 3]
        self.moved = np.array([0, moved, NEVER, NEVER], np.int32)

    def forget(self, rates, kept=0.0, week=10):
        made = rates(ties.Rates, coresident_kept=kept)
        return ties.forget_region(
            np.array([1, 2, 3]), self.c, self.slots, self.moved, np.full(3, 4.0), made, self.luck(week=week)
        )

    def left(self):
        """Give the residents, and the compatriots and friends, that the first still knows."""
        return len(known(self.slots, 1, NATIVE)), known(self.slots, 1, COMPATRIOT)


@pytest.mark.parametrize(
    ("moved", "housing", "residents"),
    [
        (10, Housing.REGULAR, 0),
        (7, Housing.REGULAR, 0),
        (6, Housing.REGULAR, 4),  # seen at the last visit
        (10, Housing.SOCIAL, 4),  # a home: not a move between sites
    ],
)
def test_a_move_between_sites_costs_the_residents_one_knew(people, luck, rates, moved, housing, residents):
    world = Moved(people, luck, moved, housing=housing)

    assert world.forget(rates) == 4 - residents
    assert world.left() == (residents, [2, 3])
    assert (world.slots[2:, NATIVE[0] : NATIVE[1]] == 1).all()  # of who stayed
    assert world.slots[1:, CORESIDENT[0]].tolist() == [2, 3, 1]


@pytest.mark.parametrize(
    ("kept", "moved", "friends"), [(0.0, 8, [3]), (1.0, 8, [2, 3]), (0.0, 6, [2, 3]), (0.0, NEVER, [2, 3])]
)
@pytest.mark.parametrize("housing", [Housing.REGULAR, Housing.SOCIAL])
def test_a_move_to_another_region_costs_most_friends_who_stay_behind(
    people, luck, rates, kept, moved, friends, housing
):
    world = Moved(people, luck, moved, regions=(0, 1, 0), housing=housing)
    world.forget(rates, kept)

    assert world.left()[1] == friends


def test_friends_are_kept_with_the_chance_of_co_residents(people, luck, rates):
    kept = []
    for week in range(400):
        world = Moved(people, luck, week, regions=(0, 1, 1))
        world.forget(rates, kept=0.3, week=week)
        kept += [friend in world.left()[1] for friend in (2, 3)]

    assert np.mean(kept) == pytest.approx(0.3, abs=0.06)


@pytest.mark.parametrize(
    ("rate", "lane", "layer", "others"),
    [
        ("coresident_chance", "meet_near", CORESIDENT, [1, 2, 3, 4, 5]),
        ("coethnic_chance", "meet_compatriot", COMPATRIOT, [1, 2, 3, 4, 5]),
        ("native_chance_home", "meet_native", NATIVE, range(1, 41)),
        ("coworker_chance", "meet_colleague", COLLEAGUE, [1, 2, 3, 4, 5]),
    ],
)
def test_the_draw_that_lets_people_meet_chooses_evenly_whom(site, meeting, rate, lane, layer, others):
    met = []
    for k in range(len(others)):  # 4 weeks x 0.025: draws below 0.1, in the middle of each equal part
        world = site(5, housing=Housing.SHARED, work=Work.EMPLOYED_BASIC, employer=5)
        world.meet(meeting(**{rate: 0.025}), rows=[3], every=0.99, **{lane: 0.1 * (k + 0.5) / len(others)})
        met += world.known(3, layer) or [3]  # oneself: nobody

    assert met == list(others)


# What is heard ---------------------------------------------------------------------------------------------


class Ears:
    """Three people, the second and third known to the first; a couple in household 2."""

    def __init__(self, people, **columns):
        given = {"household": [1, 2, 2], "motivation": [0.1, 0.5, 0.8], **columns}
        self.c = people(contacts.Columns, 3, **given)
        self.slots = empty(3)
        self.employed = np.array([False, True, False, True])
        self.word = np.zeros(6, np.int32)

    def hear(self, published=(1, 2, 3)):
        contacts.publish(np.array(published), self.c, self.word)
        homes = np.array([0, 1, 2]), np.array([0, 1, 2])  # first row and size of each household
        self.sums = np.zeros(2)
        rows = np.array([1, 2, 3], np.uint32)
        employed, sums = self.employed, self.sums
        return contacts.hear(rows, self.c, self.word, self.slots, employed, *homes, np.full(len(rows), 4.0), sums)


@pytest.fixture
def ears(people):
    return lambda **columns: Ears(people, **columns)


def test_people_hear_how_many_work_learn_and_how_motivated_they_are(ears):
    world = ears(work=[0, Work.EMPLOYED_BASIC, Work.SEARCHING], integration=[0, Integration.Z_ROUTE, Integration.NONE])
    world.slots[1, CORESIDENT[0]], world.slots[1, COMPATRIOT[1] - 1] = 2, 3
    world.hear()
    c = world.c

    assert (c.contacts[1], c.contacts_employed[1]) == (2, 1)
    assert (world.sums / 4.0).tolist() == [4, 2]  # with the couple, who hear each other
    assert c.contacts_motivation[1] == pytest.approx(0.65, abs=2e-3)
    assert c.contacts_enrolled[1] == pytest.approx(0.5)


def test_family_at_home_counts_and_oneself_does_not(ears):
    world = ears(work=[0, Work.EMPLOYED_MATCHED, 0])
    world.hear()

    assert world.c.contacts[1:].tolist() == [0, 1, 1]
    assert world.c.contacts_employed[1:].tolist() == [0, 0, 1]
    assert world.c.contacts_motivation[2] == pytest.approx(0.8, abs=2e-3)
    assert world.c.contacts_motivation[1] == 0.0


def test_who_was_never_visited_is_heard_by_no_one(ears):
    world = ears()
    world.slots[1, COLLEAGUE[0] : COLLEAGUE[1]] = [2, 3]
    world.hear(published=(1, 2))

    assert world.c.contacts[1] == 1


def test_what_people_told_at_their_last_visit_is_heard_until_the_next(ears):
    world = ears(work=[0, Work.EMPLOYED_BASIC, 0])
    world.slots[1, COLLEAGUE[0]] = 2
    world.hear()
    world.c.work[2] = Work.ELIGIBLE

    assert world.hear(published=(1,)) and world.c.contacts_employed[1] == 1
    assert world.hear(published=(2,)) and world.c.contacts_employed[1] == 0


def test_residents_of_long_standing_are_counted_apart(ears):
    world = ears()
    world.slots[1, NATIVE[0] : NATIVE[0] + 2] = [1, 2]
    world.slots[3, NATIVE[1] - 1] = 3
    world.hear()

    assert world.c.natives[1:].tolist() == [2, 0, 1]
    assert world.c.natives_employed[1:].tolist() == [1, 0, 1]
    assert world.c.contacts[1] == 0


def test_the_most_contacts_someone_can_have_fit_in_one_word(people):
    """12 ties and 8 adults in the family, all employed, learning and fully motivated."""
    n = NEWCOMER_SLOTS + 9
    c = people(
        contacts.Columns,
        n,
        household=1,
        motivation=1.0,
        work=Work.EMPLOYED_BASIC,
        integration=Integration.B1_ROUTE,
    )
    word, slots, sums = np.zeros(n + 1, np.int32), empty(n), np.zeros(2)
    slots[1, :NEWCOMER_SLOTS] = range(10, n + 1)
    slots[1, NEWCOMER_SLOTS:] = 1
    contacts.publish(np.arange(1, n + 1), c, word)
    homes = np.array([0, 1]), np.array([0, 9])
    read = contacts.hear(np.array([1]), c, word, slots, np.array([False, True]), *homes, np.array([4.0]), sums)

    assert c.contacts[1] == c.contacts_employed[1] == NEWCOMER_SLOTS + 8 == 20
    assert c.contacts_motivation[1] == pytest.approx(1.0) and c.contacts_enrolled[1] == pytest.approx(1.0)
    assert c.natives[1] == c.natives_employed[1] == 4
    assert (sums / 4.0).tolist() == [20, 20] and read == 24


def test_as_many_contacts_as_a_word_holds_are_counted_right(people):
    """31 of them: the sums of four numbers in one word do not run into each other."""
    n = 32
    c = people(contacts.Columns, n, household=1, motivation=1.0, work=Work.EMPLOYED_BASIC)
    word, sums = np.zeros(n + 1, np.int32), np.zeros(2)
    contacts.publish(np.arange(1, n + 1), c, word)
    homes = np.array([0, 1]), np.array([0, n])
    contacts.hear(np.array([1]), c, word, empty(n), np.zeros(1, bool), *homes, np.array([4.0]), sums)

    assert (c.contacts[1], c.contacts_employed[1], c.contacts_enrolled[1]) == (31, 31, 0)
    assert c.contacts_motivation[1] == pytest.approx(1.0)
