"""Who lives at which site, who has to move, and to which municipality a permit holder is coupled."""

import numpy as np
import pytest

from abm.draws import HOUSEHOLD_LANES
from abm.people import NEVER
from abm.processes import coupling, placement
from abm.states import Housing, Legal

pytestmark = pytest.mark.usefixtures("plain")

REGULAR, EMERGENCY, ELSEWHERE = Housing.REGULAR, Housing.EMERGENCY, Housing.ELSEWHERE
REGIONS = 2


# Placement -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("free", "region", "uniform", "found"),
    [
        ([1.0, 3.0], -1, 0.24, 0),  # drawn by free places: a quarter and three quarters
        ([1.0, 3.0], -1, 0.26, 1),
        ([0.9, 3.0], -1, 0.00, 1),  # no room for one
        ([0.9, 0.5], -1, 0.50, -1),
        ([1.0, 3.0], 0, 0.99, 0),
        ([0.0, 3.0], 0, 0.99, -1),  # the region asked for is full
    ],
)
def test_a_site_is_drawn_by_its_free_places(free, region, uniform, found):
    assert placement.find_site(np.array(free), region, 1.0, uniform) == found


class Reception:
    """Households of one person in two regions, municipality 0 in region 1, and the places that are free."""

    def __init__(self, households, people, rates, luck, lanes, free, sizes=(1,), **columns):
        n = len(sizes)
        first = 1 + np.cumsum([0, *sizes[:-1]])
        columns = {"legal": Legal.GENERAL_TRACK, "housing": Housing.NONE, **columns}
        self.c = households(placement.Columns, n, size=sizes, first_row=first, **columns)
        self.members = people(placement.Members, int(np.sum(sizes)), housing=Housing.NONE)
        self.free = np.array(free, float)
        self.spread = np.array([1.0, 0.0])
        self.counts = np.zeros(3, np.int64)
        self.rates, self.luck, self.lanes = rates, luck, lanes
        self.rows = np.arange(1, n + 1)

    def place(self, week=5, relocation=0.5, site=0.5, **changes):
        """Give the persons who move; ``relocation`` and ``site`` are the draws of the households in the list."""
        made = {"chance_relocation": np.zeros(3), "share_regional_placement": 0.0, "chance_to_hotel": 0.0}
        made |= {"relocation_multiplier": 1.0, "region_lock": False, "hotel_scheme_on": False}
        rates = self.rates(placement.Rates, **{**made, **changes})
        there = np.zeros((3, REGIONS))
        placement.occupancy(self.rows, self.c, there)
        drawn = self.lanes(HOUSEHOLD_LANES, len(self.rows), every=0.0, relocation=relocation, site=site)
        people = (self.rows, self.c, self.members)
        places = (there, self.free, self.spread, np.array([1]))
        before, gone = self.counts[2], np.zeros(len(self.rows), np.uint32)
        n = placement.place(*people, *places, rates, drawn, self.luck(week), self.counts, gone)
        self.gone = gone[:n].tolist()
        self.there = np.zeros((3, REGIONS))
        placement.occupancy(self.rows, self.c, self.there)
        assert (there == self.there).all()  # kept up while people are placed
        return self.counts[2] - before


@pytest.fixture
def reception(households, people, rates, luck, lanes):
    return lambda free, **columns: Reception(households, people, rates, luck, lanes, free, **columns)


def test_the_people_at_each_site_are_counted(households):
    c = households(placement.Columns, 4, size=[2, 3, 1, 4], site=[0, 3, 3, -1])
    there = np.full((3, REGIONS), 7.0)
    placement.occupancy(np.array([1, 2, 3, 4]), c, there)

    assert there.tolist() == [[2, 0], [0, 4], [0, 0]]


def test_a_family_that_arrives_takes_regular_places_together(reception):
    world = reception([[0, 4], [9, 9], [9, 9]], sizes=(3,))

    assert world.place() == 0
    assert world.c.housing[1] == REGULAR and world.c.region[1] == 1
    assert world.members.site[1:].tolist() == [1, 1, 1]
    assert world.members.moves[1:].tolist() == [0, 0, 0] and world.members.move_week[1] == NEVER
    assert world.free[0].tolist() == [0, 1]
    assert world.counts.tolist() == [3, 0, 0] and world.gone == []


@pytest.mark.parametrize(
    ("legal", "kind"), [(Legal.PERMIT, ELSEWHERE), (Legal.GENERAL_TRACK, EMERGENCY), (Legal.REJECTED, EMERGENCY)]
)
def test_when_regular_places_are_full_permit_holders_go_elsewhere_and_others_to_emergency(reception, legal, kind):
    world = reception([[0.5, 0], [0, 2], [2, 0]], legal=legal)
    world.place()

    assert world.c.housing[1] == kind == world.members.housing[1]
    assert world.free[kind].sum() == 1.0


def test_crisis_places_are_opened_when_nothing_is_free(reception):
    world = reception(np.zeros((3, 2)), sizes=(2,))
    world.place()

    assert world.c.housing[1] == EMERGENCY and world.c.region[1] == 0  # where `spread` opens it
    assert world.counts.tolist() == [2, 2, 0]
    assert world.free[1].tolist() == [0, 0]


def test_nobody_moves_without_a_reason(reception):
    world = reception([[0, 5], [5, 5], [5, 5]], sizes=(1, 1), site=[0, 2], housing=[REGULAR, EMERGENCY], region=0)

    assert world.place() == 0
    assert world.c.site[1:].tolist() == [0, 2]


def test_a_move_is_noted_and_frees_the_place_that_was_left(reception):
    world = reception([[0, 5], [0, 0], [0, 0]], site=2, housing=EMERGENCY, region=0)

    assert world.place(week=8, chance_relocation=np.array([0.0, 1.0, 0.0])) == 1
    assert world.c.site[1] == 1 and world.members.housing[1] == REGULAR
    assert world.members.moves[1] == 1 and world.members.move_week[1] == 8 and world.gone == [1]
    assert world.free.tolist() == [[0, 4], [1, 0], [0, 0]]


def test_the_number_of_moves_stops_at_255(reception):
    world = reception([[0, 5], [0, 0], [0, 0]], site=2, housing=EMERGENCY, region=0)
    world.members.moves[1] = 255
    world.place(chance_relocation=np.array([0.0, 1.0, 0.0]))

    assert world.members.moves[1] == 255


@pytest.mark.parametrize(("draw", "moved"), [(0.49, 1), (0.51, 0)])
def test_where_a_site_is_over_its_places_the_share_over_has_to_move(reception, draw, moved):
    # two persons at a site with one place: one of two is over
    world = reception([[-1, 5], [0, 0], [0, 0]], sizes=(1, 1), site=0, housing=REGULAR, region=0)

    assert world.place(relocation=draw) == 2 * moved


def test_each_household_moves_by_a_draw_of_its_own_in_the_list(reception):
    half = np.full(3, 0.25)
    for rows in ((1, 2), (2, 1)):
        world = reception([[0, 5], [0, 0], [0, 0]], sizes=(1, 1), site=2, housing=EMERGENCY, region=0)
        world.rows = np.array(rows)

        assert world.place(chance_relocation=half, relocation_multiplier=2.0, relocation=[0.51, 0.49]) == 1
        assert (world.c.site[rows[0]], world.c.site[rows[1]]) == (2, 1)


def test_all_who_move_leave_their_place_before_anyone_is_placed(reception):
    """Two who change places need no third place, whoever is first."""
    for site in ([0.1, 0.9], [0.9, 0.1]):
        world = reception([[0, 0], [0, 0], [0, 0]], sizes=(1, 1), site=[0, 1], housing=REGULAR, region=[0, 1])
        world.place(chance_relocation=np.ones(3), relocation=0.0, site=site)

        assert sorted(world.c.site[1:].tolist()) == [0, 1] and world.counts[:2].tolist() == [0, 0]
        assert world.free[0].tolist() == [0, 0]


@pytest.mark.parametrize(("site", "inside"), [([0.1, 0.9], 1), ([0.9, 0.1], 2)])
def test_the_last_place_goes_to_the_first_in_the_order_of_the_draw(reception, site, inside):
    world = reception([[0, 1], [5, 5], [0, 0]], sizes=(1, 1))
    world.place(site=site)

    assert world.c.housing[inside] == REGULAR and world.c.housing[3 - inside] == EMERGENCY


def crowd(reception, n=60):
    """Make a full country: arrivals, movers at full sites and permit holders, in families of one to three."""
    make = np.random.default_rng(2)
    inside = make.random(n) < 0.6
    kind = make.integers(0, 3, n)
    region = make.integers(0, 2, n)
    world = reception(
        [[-3.0, 8.0], [4.0, -2.0], [3.0, 3.0]],
        sizes=make.integers(1, 4, n),
        legal=make.choice([Legal.GENERAL_TRACK, Legal.PERMIT, Legal.REJECTED], n),
        housing=np.where(inside, kind, Housing.NONE),
        site=np.where(inside, 2 * kind + region, -1),
        region=np.where(inside, region, -1),
        municipality=make.integers(-1, 1, n),
        referent=make.integers(0, 2, n),
    )
    return world, make


@pytest.mark.parametrize("lock", [False, True])
def test_the_order_of_rows_decides_nothing_when_people_are_placed(reception, lock):
    """The list is shuffled together with its draws: the same people end up in the same place."""
    outcomes = []
    for shuffle in (False, True, True):
        world, make = crowd(reception)
        draws = make.random((2, len(world.rows)))
        order = np.random.default_rng(len(outcomes)).permutation(len(world.rows)) if shuffle else slice(None)
        world.rows, draws = world.rows[order], draws[:, order]
        moved = world.place(
            relocation=draws[0],
            site=draws[1],
            chance_relocation=np.full(3, 0.3),
            chance_to_hotel=0.2,
            share_regional_placement=0.5,
            hotel_scheme_on=True,
            region_lock=lock,
        )
        columns = (*world.c, *world.members, world.free, world.counts)
        outcomes.append((moved, [array.tolist() for array in columns]))

    assert outcomes[0][0] > 10 and outcomes[0] == outcomes[1] == outcomes[2]


def test_a_region_lock_keeps_a_move_within_the_region(reception):
    everywhere = np.array([1.0, 1.0, 1.0])
    places = [[1, 100], [0, 0], [0, 0]]
    world = reception(places, site=2, housing=EMERGENCY, region=0)
    world.place(chance_relocation=everywhere, region_lock=True, relocation=0.9)

    assert world.c.site[1] == 0


def test_coupled_permit_holders_can_be_placed_near_their_municipality(reception):
    places = [[1000, 1], [0, 0], [0, 0]]
    world = reception(places, legal=Legal.PERMIT, municipality=0)
    world.place(share_regional_placement=1.0)

    assert world.c.region[1] == 1


def test_families_that_follow_go_to_a_hotel_under_the_scheme(reception):
    places = [[9, 9], [9, 9], [9, 9]]
    for on, kind in ((False, REGULAR), (True, ELSEWHERE)):
        world = reception(places, legal=Legal.PERMIT, referent=1)
        world.place(hotel_scheme_on=on)

        assert world.c.housing[1] == kind


def test_permit_holders_in_emergency_reception_are_moved_to_a_hotel(reception):
    world = reception([[9, 9], [9, 9], [0, 1]], sizes=(1, 1), site=2, housing=EMERGENCY, region=0)
    world.c.legal[1:] = [Legal.PERMIT, Legal.GENERAL_TRACK]

    assert world.place(chance_to_hotel=1.0) == 1
    assert world.c.housing[1:].tolist() == [ELSEWHERE, EMERGENCY]


def test_more_than_255_people_who_move_are_counted(reception):
    world = reception([[0, 400], [0, 0], [0, 0]], sizes=(3,) * 100, site=2, housing=EMERGENCY, region=0)

    assert world.place(chance_relocation=np.ones(3)) == 300
    assert world.members.moves[1:].sum() == 300


# Coupling --------------------------------------------------------------------------------------------------

REGION_OF = np.array([0, 1])


class Coupling:
    """Permit holders and two municipalities, one in each region."""

    def __init__(self, households, people, rates, luck, quota, n=1, size=1, **columns):
        first = 1 + np.arange(n) * size
        given = {"legal": Legal.PERMIT, "permit_week": 0, "region": 0, **columns}
        self.c = households(coupling.Columns, n, size=size, first_row=first, **given)
        self.members = people(coupling.Members, n * size)
        self.quota, self.rates, self.luck = np.array(quota, float), rates, luck
        self.rows = np.arange(1, n + 1)

    def couple(self, week=4, work=(1.0, 1.0), **changes):
        given = {"coupling_weeks": 4, "share_regional_placement": 0.0, "match_quality": 0.0, **changes}
        rates = self.rates(coupling.Rates, **given)
        args = (self.c, self.members, self.quota, REGION_OF, np.array(work), rates, self.luck(week))
        return coupling.couple(self.rows, *args)


@pytest.fixture
def permit_holders(households, people, rates, luck):
    return lambda quota, **columns: Coupling(households, people, rates, luck, quota, **columns)


def test_a_household_is_coupled_after_the_weeks_it_takes(permit_holders):
    world = permit_holders([0, 9], size=2)

    assert world.couple(week=3) == 0 and world.c.municipality[1] == -1
    assert world.couple(week=4) == 1
    assert world.c.municipality[1] == 1 and world.c.coupled_week[1] == 4
    assert world.members.municipality[1:].tolist() == [1, 1]
    assert world.quota.tolist() == [0, 7]


def test_only_permit_holders_without_a_municipality_are_coupled(permit_holders):
    world = permit_holders([5, 0], n=2, legal=[Legal.REJECTED, Legal.PERMIT], municipality=[-1, 1])

    assert world.couple() == 0
    assert world.c.municipality[1:].tolist() == [-1, 1]


@pytest.mark.parametrize(("draw", "municipality"), [(0.24, 0), (0.26, 1)])
def test_the_municipality_is_drawn_by_what_it_still_has_to_take(permit_holders, drawn, draw, municipality):
    drawn(coupling, draw)
    world = permit_holders([1, 3])
    world.couple()

    assert world.c.municipality[1] == municipality


def test_a_quota_that_is_used_up_keeps_a_sliver(permit_holders):
    world = permit_holders([0, 1], size=5)
    world.couple()

    assert world.quota[1] == pytest.approx(0.01)


def test_a_family_goes_to_the_municipality_of_its_referent_at_once(permit_holders):
    world = permit_holders([9, 0], n=2, permit_week=[0, 4], referent=[0, 1], municipality=[1, -1])

    assert world.couple(week=4) == 1
    assert world.c.municipality[2] == 1


def test_regional_placement_prefers_the_region_where_people_live(permit_holders):
    world = permit_holders([1, 1000], region=0)
    world.couple(share_regional_placement=1.0)

    assert world.c.municipality[1] == 0

    nothing_near = permit_holders([0, 1000], region=0)
    nothing_near.couple(share_regional_placement=1.0)

    assert nothing_near.c.municipality[1] == 1


def test_matching_takes_the_better_of_two_and_marks_it(permit_holders, drawn):
    drawn(coupling, {coupling.COUPLING: 0.1, coupling.MUNICIPALITY: 0.9, coupling.MATCH: 0.2})
    better = permit_holders([1, 1])
    better.couple(match_quality=0.3, work=(0.8, 1.2))
    worse = permit_holders([1, 1])
    worse.couple(match_quality=0.3, work=(1.2, 0.8))
    unmatched = permit_holders([1, 1])
    unmatched.couple(match_quality=0.1, work=(0.8, 1.2))

    assert [w.c.municipality[1] for w in (better, worse, unmatched)] == [1, 0, 0]
    assert [bool(w.c.scored_early[1]) for w in (better, worse, unmatched)] == [True, True, False]


def test_the_order_of_rows_decides_nothing_when_people_are_coupled(permit_holders):
    """Each coupling lowers a quota, and a family follows a referent who may be coupled in the same week."""
    outcomes = []
    for seed in (None, 1, 2):
        make = np.random.default_rng(5)
        n = 40
        referent = np.where(make.random(n) < 0.3, make.integers(1, n + 1, n), 0)
        region = make.integers(0, 2, n)
        world = permit_holders([9.0, 20.0], n=n, size=2, referent=referent, region=region)
        rows = np.arange(1, n + 1)
        world.rows = rows if seed is None else np.random.default_rng(seed).permutation(rows)
        coupled = world.couple(share_regional_placement=0.4, match_quality=0.5, work=(1.0, 1.1))
        outcomes.append((coupled, [array.tolist() for array in (*world.c, *world.members, world.quota)]))

    assert outcomes[0] == outcomes[1] == outcomes[2]
    assert outcomes[0][0] == 40 and len(set(world.c.municipality[1:])) == 2


def test_a_household_that_waits_in_vain_is_coupled_anew(households, luck, rates):
    made = rates(coupling.Rates, recoupling_weeks=26)
    for coupled, municipality in ((74, -1), (75, 0)):
        c = households(coupling.Columns, 1, legal=Legal.PERMIT, municipality=0, coupled_week=coupled)
        coupling.uncouple(np.array([1]), c, made, luck(week=100))

        assert c.municipality[1] == municipality


@pytest.mark.parametrize(("referent_in", "family_in"), [(1, -1), (0, 0), (-1, 0)])
def test_a_family_follows_when_its_referent_is_coupled_elsewhere(households, luck, rates, referent_in, family_in):
    made = rates(coupling.Rates, recoupling_weeks=26)
    given = {"legal": Legal.PERMIT, "coupled_week": 0, "referent": [0, 1], "municipality": [referent_in, 0]}
    c = households(coupling.Columns, 2, **given)
    coupling.uncouple(np.array([2]), c, made, luck(week=100))

    assert c.municipality[2] == family_in
