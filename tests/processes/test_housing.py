"""Who gets the next home, and who moves on, in two municipalities with a handful of households."""

import numpy as np
import pytest

from abm.draws import MOVING_LANES
from abm.people import NEVER
from abm.processes import home_allocation as homes
from abm.processes import moving_on
from abm.states import Housing, Legal, Work

pytestmark = pytest.mark.usefixtures("plain")

NO_HOMES = (0, 0, 0, 0, 0)


# Rules -----------------------------------------------------------------------------------------------------


def test_size_classes_are_one_two_three_or_four_five_and_more():
    assert [homes.size_class(persons) for persons in (1, 2, 3, 4, 5, 6, 9)] == [0, 1, 2, 2, 3, 4, 4]


def test_the_smallest_free_dwelling_that_is_large_enough_is_let():
    assert homes.smallest_free(np.array([3.0, 0.9, 1.0, 0.0, 2.0]), 1) == 2
    assert homes.smallest_free(np.array([3.0, 0.9, 0.9, 0.0, 2.0]), 1) == 4
    assert homes.smallest_free(np.array([3.0, 0.9, 0.9, 0.0, 0.0]), 1) == -1


@pytest.fixture
def weights(rates):
    return rates(
        homes.Rates,
        task_weight=3.0,
        waiting_weight=0.1,
        registration_weight=1.0,
        job_in_region_weight=2.0,
        vulnerable_weight=4.0,
        order_noise=1.0,
    )


def test_the_score_adds_need_waiting_registration_work_and_urgency(weights):
    # 3 x 0.5 + 0.1 x (20 - 14) + 1 x 2 + 2 + 4 - 0.5
    assert homes.score(20.0, 2.0, True, True, 0.5, -0.5, weights) == pytest.approx(9.6)
    assert homes.score(20.0, 2.0, False, False, 0.5, -0.5, weights) == pytest.approx(3.6)


def test_waiting_counts_from_the_fourteenth_week(weights):
    scores = [homes.score(weeks, 0.0, False, False, 0.0, 0.0, weights) for weeks in (0.0, 14.0, 15.0)]

    assert scores == pytest.approx([0.0, 0.0, 0.1])


# Allocation ------------------------------------------------------------------------------------------------


class Queue:
    """Households of one to nine persons in reception, coupled to municipality 0 unless said otherwise."""

    def __init__(self, households, people, rates, luck, sizes=(1,), week=30, **columns):
        n = len(sizes)
        given = {
            "legal": Legal.PERMIT,
            "housing": Housing.REGULAR,
            "permit_week": 0,
            "coupled_week": 0,
            "municipality": 0,
            "region": 1,
            "site": 1,
            **columns,
        }
        first = 1 + np.cumsum([0, *sizes[:-1]])
        self.c = households(homes.Columns, n, size=sizes, first_row=first, **given)
        self.members = people(homes.Members, int(np.sum(sizes)), housing=Housing.REGULAR, site=1, region=1)
        self.make_rates, self.luck, self.week = rates, luck, week
        self.counts = np.zeros(6, np.int64)
        self.queue = np.arange(1, n + 1)

    def supply(self, offers=99.0, dwellings=NO_HOMES, shared=0.0, start_homes=0.0, transition=0.0, priority=True):
        return homes.Supply(
            offers=np.array([offers, 0.0]),
            dwellings=np.array([dwellings, NO_HOMES], float),
            shared=np.array([shared, 0.0]),
            start_homes=np.array([start_homes, 0.0]),
            lent=np.zeros(2),
            transition=np.array([transition, 0.0]),
            area_of=np.array([0, 1]),
            need=np.zeros(2),
            priority=np.array([priority, True]),
            registration_years=np.array([8.0, 8.0]),
            region_of=np.array([4, 5]),
        )

    def rates(self, **changes):
        given = {"lottery_share": 0.0, "home_search_weeks": 0.0, "share_shared_housing": 0.0, "order_noise": 0.0}
        given |= {"share_referent_home_fits": 0.0, "guidance_weeks": 52.0, "guidance_clock": 0}
        return self.make_rates(homes.Rates, **{**given, "registration_from": 1, **changes})

    def allocate(self, changes=None, **supply):
        self.left = self.supply(**supply)
        rates = self.rates(**(changes or {}))
        return homes.allocate(
            self.queue, self.c, self.members, self.left, rates, self.luck(week=self.week), self.counts
        )


@pytest.fixture
def queue(households, people, rates, luck):
    return lambda *sizes, **columns: Queue(households, people, rates, luck, sizes or (1,), **columns)


def test_a_household_gets_a_dwelling_and_everything_about_the_move_is_written(queue):
    world = queue(2)

    assert world.allocate(dwellings=(1, 1, 1, 1, 1)) == 2
    c, members = world.c, world.members
    assert c.housing[1] == Housing.SOCIAL and c.home_size[1] == 1
    assert (c.region[1], c.site[1]) == (4, -1)
    assert (c.housed_week[1], c.home_week[1], c.registration_week[1]) == (30, 30, 30)
    assert members.housing[1:].tolist() == [Housing.SOCIAL] * 2
    assert members.region[1:].tolist() == [4, 4] and members.site[1:].tolist() == [-1, -1]
    assert members.housed_week[1:].tolist() == [30, 30] and members.move_week[1:].tolist() == [30, 30]
    assert members.guided_until[1:].tolist() == [82, 82]
    assert world.left.dwellings[0].tolist() == [1, 0, 1, 1, 1]
    assert world.left.offers[0] == 97
    assert world.counts.tolist() == [0, 2, 0, 0, 0, 1]


def test_nobody_is_housed_without_an_offer(queue):
    world = queue(1)

    assert world.allocate(offers=0.0, dwellings=(9, 9, 9, 9, 9)) == 0
    assert world.c.housing[1] == Housing.REGULAR


def test_the_offer_of_one_municipality_is_not_for_another(queue):
    world = queue(1, municipality=1)

    assert world.allocate(dwellings=(9, 9, 9, 9, 9)) == 0


def test_an_offer_ends_with_the_household_that_passes_it(queue):
    world = queue(2, 2, 2)

    assert world.allocate(offers=3.0, dwellings=(0, 9, 0, 0, 0)) == 4  # the second passes it, the third waits
    assert world.left.offers[0] == -1


@pytest.mark.parametrize(("pace", "weeks"), [(0.0, 5), (0.5, 10), (0.9, 14)])
def test_finding_a_home_takes_weeks_from_coupling_on_that_differ_between_households(queue, monkeypatch, pace, weeks):
    monkeypatch.setattr(homes, "draw_four_once", lambda luck, decision, key: (0.5, pace, 0.5, 0.5))
    states = []
    for coupled in (30 - weeks + 1, 30 - weeks):
        world = queue(1, coupled_week=coupled)
        world.allocate(changes={"home_search_weeks": 10.0}, dwellings=(9, 9, 9, 9, 9))
        states.append(world.c.housing[1])

    assert states == [Housing.REGULAR, Housing.SOCIAL]


def test_the_highest_score_is_served_first(queue):
    world = queue(1, 1, 1, permit_week=[10, 0, 5])

    world.allocate(dwellings=(1, 0, 0, 0, 0))
    assert world.c.housing[1:].tolist() == [Housing.REGULAR, Housing.SOCIAL, Housing.REGULAR]


def test_a_job_or_urgency_puts_a_household_first(queue):
    employed = queue(1, 1)
    employed.members.work[2] = Work.EMPLOYED_BASIC
    employed.allocate(changes={"job_in_region_weight": 2.0}, dwellings=(1, 0, 0, 0, 0))
    urgent = queue(1, 1, vulnerable=[False, True])
    urgent.allocate(changes={"vulnerable_weight": 2.0}, dwellings=(1, 0, 0, 0, 0))

    for world in (employed, urgent):
        assert world.c.housing[1:].tolist() == [Housing.REGULAR, Housing.SOCIAL]


def test_without_priority_only_registration_time_gives_a_dwelling(queue):
    years = int(8 * 52.18) + 1
    world = queue(1, 1, week=years, registration_week=[0, 2])
    world.allocate(dwellings=(9, 0, 0, 0, 0), priority=False)

    assert world.c.housing[1:].tolist() == [Housing.SOCIAL, Housing.REGULAR]


def test_without_priority_the_lottery_can_give_a_dwelling(queue, drawn):
    drawn(homes, {homes.LOTTERY: 0.0019})
    world = queue(1)
    world.allocate(changes={"lottery_share": 0.1}, dwellings=(9, 0, 0, 0, 0), priority=False)  # 0.1 / 52 = 0.0019

    assert world.c.housing[1] == Housing.SOCIAL


def test_people_alone_who_accept_it_share_a_home(queue):
    world = queue(1, 2, kind=[0, 2])
    world.allocate(changes={"share_shared_housing": 1.0}, shared=1.0, dwellings=(0, 0, 0, 0, 0))

    assert world.c.housing[1:].tolist() == [Housing.SHARED, Housing.REGULAR]
    assert world.left.shared[0] == 0.0
    assert world.counts.tolist() == [0, 0, 1, 0, 0, 0]


def test_start_homes_are_for_one_or_two_and_transition_places_for_all(queue):
    world = queue(2, 4, permit_week=[0, 1])
    world.allocate(start_homes=2.0, transition=4.5)

    assert world.c.housing[1:].tolist() == [Housing.START_HOME, Housing.TRANSITION]
    assert world.left.start_homes[0] == 1.0 and world.left.transition[0] == 0.5
    assert world.counts.tolist() == [0, 0, 0, 2, 4, 0]


def test_a_transition_place_does_not_start_registration_time(queue):
    world = queue(1)
    world.allocate(transition=1.0)

    assert world.c.housing[1] == Housing.TRANSITION and world.c.registration_week[1] == NEVER


def test_registration_time_once_started_is_kept(queue):
    world = queue(1, registration_week=3)
    world.allocate(dwellings=(1, 0, 0, 0, 0))

    assert world.c.registration_week[1] == 3


def test_guidance_can_wait_for_a_permanent_home(queue):
    permanent = {"guidance_clock": 1}
    transition = queue(1)
    transition.allocate(changes=permanent, transition=1.0)
    dwelling = queue(1)
    dwelling.allocate(changes=permanent, dwellings=(1, 0, 0, 0, 0))

    assert transition.members.guided_until[1] == NEVER
    assert dwelling.members.guided_until[1] == 82


def family(queue, housing, kind=(0, 4)):
    """Make a referent (household 1, one person) who lives in ``housing`` and a family of two in reception."""
    world = queue(1, 2, kind=list(kind), referent=[0, 1], housing=[housing, Housing.REGULAR])
    world.c.region[1], world.c.site[1], world.c.housed_week[1] = 4, -1, 3
    world.members.housing[1] = housing
    world.queue = np.array([2])
    return world


def test_a_family_joins_its_referent_when_the_home_fits(queue):
    world = family(queue, Housing.SOCIAL)

    assert world.allocate(changes={"share_referent_home_fits": 1.0}) == 2
    assert world.c.housing[2] == Housing.SOCIAL and world.c.region[2] == 4
    assert world.counts.tolist() == [2, 0, 0, 0, 0, 0]


def test_who_can_move_in_does_so_at_once_whatever_the_offer_and_it_counts_for_the_task(queue):
    fits = {"share_referent_home_fits": 1.0, "home_search_weeks": 99.0}
    world = family(queue, Housing.PRIVATE)
    world.c.coupled_week[2] = world.week

    assert world.allocate(changes=fits, offers=-3.0) == 2
    assert world.c.housing[2] == Housing.PRIVATE and world.left.offers[0] == -5.0
    assert world.left.dwellings.sum() == 0.0


@pytest.mark.parametrize(
    ("housing", "legal", "share", "joins"),
    [
        (Housing.SOCIAL, Legal.PERMIT, 0.5, True),
        (Housing.PRIVATE, Legal.NATURALISED, 0.5, True),
        (Housing.SOCIAL, Legal.PERMIT, 0.3, False),  # the home does not fit
        (Housing.SOCIAL, Legal.LEFT, 1.0, False),
        (Housing.NONE, Legal.PERMIT, 1.0, False),
        (Housing.SHARED, Legal.PERMIT, 1.0, False),
        (Housing.REGULAR, Legal.PERMIT, 1.0, False),
    ],
)
def test_a_family_can_move_in_with_whoever_has_a_home_that_fits(queue, drawn, luck, housing, legal, share, joins):
    drawn(homes, 0.4)
    world = family(queue, housing)
    world.c.legal[1] = legal
    made = world.rates(share_referent_home_fits=share)

    assert homes.joins(2, 1, world.c, world.supply(), made, luck()) == joins
    assert not homes.joins(1, 0, world.c, world.supply(), made, luck())  # nobody waits for the first


def test_otherwise_both_are_given_one_home_that_is_large_enough(queue):
    world = family(queue, Housing.SHARED)

    assert world.allocate(dwellings=(5, 5, 1, 0, 0)) == 2  # three persons together
    assert world.c.housing[1:].tolist() == [Housing.SOCIAL, Housing.SOCIAL]
    assert world.c.home_size[1:].tolist() == [2, 2]
    assert world.left.dwellings[0].tolist() == [5, 5, 0, 0, 0]
    assert world.left.shared[0] == 1.0  # the place of the referent comes free
    assert world.c.housed_week[1:].tolist() == [3, 30]  # the first home of the referent stays the first
    assert world.members.housing[1:].tolist() == [Housing.SOCIAL] * 3


def test_a_family_waits_while_its_referent_is_in_reception_too(queue):
    world = family(queue, Housing.REGULAR)

    assert world.allocate(dwellings=(9, 9, 9, 9, 9)) == 0


# A referent in a social home that is too small, in municipality 0, and a family of two that has been coupled there
# since week 0. Municipality 2 has the greatest need but lies in another region; 1 lies in the region of 0.
NEAR, FAR = 1, 2


def family_that_follows_in_vain(queue, housing=Housing.SOCIAL):
    world = family(queue, housing)
    world.members.municipality[1:] = 0

    def supply(offers=(9.0, 9.0, 9.0), dwellings=(NO_HOMES, NO_HOMES, NO_HOMES), priority=(True, True, True)):
        return homes.Supply(
            offers=np.array(offers),
            dwellings=np.array(dwellings, float),
            shared=np.zeros(3),
            start_homes=np.zeros(3),
            lent=np.zeros(3),
            transition=np.zeros(3),
            area_of=np.arange(3),
            need=np.array([0.2, 0.5, 0.9]),
            priority=np.array(priority),
            registration_years=np.full(3, 8.0),
            region_of=np.array([4, 4, 5]),
        )

    world.supply = supply
    return world


def test_a_family_that_follows_in_vain_is_housed_in_the_region_and_its_referent_moves_along(queue):
    world = family_that_follows_in_vain(queue, Housing.SHARED)
    rule, homes_for_three = {"recoupling_weeks": 26}, (0, 0, 1, 0, 0)

    world.week = 25
    assert world.allocate(rule, dwellings=(NO_HOMES, homes_for_three, homes_for_three)) == 0
    world.week = 26
    assert world.allocate(rule, dwellings=(NO_HOMES, homes_for_three, homes_for_three)) == 2  # the family only
    c, members, left = world.c, world.members, world.left
    assert c.municipality[1:].tolist() == [NEAR, NEAR] and c.region[1:].tolist() == [4, 4]
    assert members.municipality[1:].tolist() == [NEAR] * 3 and members.region[1:].tolist() == [4] * 3
    assert c.housing[1:].tolist() == [Housing.SOCIAL] * 2 and members.housing[1:].tolist() == [Housing.SOCIAL] * 3
    assert c.home_size[1:].tolist() == [2, 2] and c.housed_week[1:].tolist() == [3, 26]
    assert left.dwellings.tolist() == [list(NO_HOMES), list(NO_HOMES), list(homes_for_three)]
    assert left.offers.tolist() == [9.0, 7.0, 9.0]  # two persons leave reception, to where they are housed
    assert left.shared.tolist() == [1.0, 0.0, 0.0]  # the place of the referent comes free where it was
    assert world.counts.tolist() == [0, 2, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("own", "found"),
    [
        ({"offers": (9.0, 9.0, 9.0), "priority": (True, True, True)}, 0),
        ({"offers": (0.0, 9.0, 9.0), "priority": (True, True, True)}, NEAR),
        ({"offers": (9.0, 9.0, 9.0), "priority": (False, True, True)}, NEAR),
        ({"offers": (0.0, 0.0, 9.0), "priority": (True, True, True)}, None),
    ],
)
def test_a_family_that_follows_leaves_the_municipality_only_if_that_cannot_house_it(queue, own, found):
    world = family_that_follows_in_vain(queue)
    housed = world.allocate({"recoupling_weeks": 26}, dwellings=[(0, 0, 1, 0, 0)] * 3, **own)

    assert housed == (0 if found is None else 2)
    assert world.c.municipality[1:].tolist() == [found or 0] * 2


def test_who_follows_nobody_is_not_housed_elsewhere_without_being_coupled_there(queue):
    world = family_that_follows_in_vain(queue)
    world.c.referent[2] = 0

    assert world.allocate({"recoupling_weeks": 26}, dwellings=[NO_HOMES, (9,) * 5, (9,) * 5]) == 0


@pytest.mark.parametrize(
    ("housing", "given_back"),
    [(Housing.SHARED, (2, 0, 0)), (Housing.START_HOME, (0, 1, 0)), (Housing.TRANSITION, (0, 0, 2))],
)
def test_who_leaves_a_temporary_home_gives_the_place_back(queue, housing, given_back):
    world = queue(2, housing=housing)
    supply = world.supply()
    homes.leave_place(1, world.c, supply)

    assert (supply.shared[0], supply.start_homes[0], supply.transition[0]) == given_back
    assert supply.dwellings.sum() == 0


# Moving on -------------------------------------------------------------------------------------------------


def test_contacts_work_and_savings_help_to_find_a_private_home():
    assert moving_on.private_chance(0.001, 0.0, False, 0.0, 2000.0) == 0.001
    # 0.001 x (1 + 2/4) x 2 x (1 + 0.5 x 1000/2000)
    assert moving_on.private_chance(0.001, 2.0, True, 1000.0, 2000.0) == pytest.approx(0.00375)
    assert moving_on.private_chance(0.001, 0.0, False, 9e9, 2000.0) == pytest.approx(0.0015)


class Movers(Queue):
    """Households whose turn it is and who may move on."""

    def __init__(self, households, people, rates, luck, lanes, sizes=(1,), **columns):
        super().__init__(households, people, rates, luck, sizes=sizes, **columns)
        self.members = people(moving_on.Members, int(np.sum(sizes)), housing=self.c.housing[1])
        self.lanes = lanes

    def move_on(self, dwellings=NO_HOMES, week=30, private=0.5, moving=0.5, **changes):
        """Let households move on; ``private`` and ``moving`` are the draws of those in the list."""
        chances = {"chance_moving_on": 0.0, "chance_moving_again": 0.0, "private_housing_chance": 0.0, **changes}
        self.left = self.supply()
        self.dwellings = np.array([dwellings, NO_HOMES], float)
        self.again = np.zeros(2, np.int64)
        rates = self.make_rates(moving_on.Rates, **{"start_home_max_stay_weeks": 156, **chances})
        drawn = self.lanes(MOVING_LANES, len(self.queue), every=0.0, private_home=private, moving_on=moving)
        return moving_on.move_on(
            self.queue,
            self.c,
            self.members,
            self.left,
            self.dwellings,
            rates,
            self.rates(),
            drawn,
            self.luck(week=week),
            self.again,
        )


@pytest.fixture
def movers(households, people, rates, luck, lanes):
    return lambda *sizes, **columns: Movers(households, people, rates, luck, lanes, sizes=sizes or (1,), **columns)


@pytest.mark.parametrize(("lane", "chance"), [("private", "private_housing_chance"), ("moving", "chance_moving_on")])
def test_a_chance_counts_for_the_eight_weeks_between_two_visits_and_draws_are_those_of_the_list(movers, lane, chance):
    for queue in ((1, 2), (2, 1)):
        world = movers(1, 1, housing=Housing.SHARED)
        world.queue = np.array(queue)
        world.move_on(**{lane: [0.0799, 0.0801], chance: 0.01})
        chosen = world.c.moving_on if lane == "moving" else world.c.housing == Housing.PRIVATE

        assert [bool(chosen[row]) for row in queue] == [True, False]


def test_citizens_find_no_private_home_here(movers):
    """Only permit holders look for one; a citizen moves on by the regular lettings."""
    world = movers(1, housing=Housing.SHARED, legal=Legal.NATURALISED)
    world.move_on(private_housing_chance=1.0)

    assert world.c.housing[1] == Housing.SHARED


def test_a_private_home_is_found_from_reception_too(movers):
    world = movers(3)

    assert world.move_on(private_housing_chance=1.0) == 3
    assert world.c.housing[1] == Housing.PRIVATE and world.c.region[1] == 4
    assert world.again.tolist() == [0, 3]


def test_who_lives_in_a_temporary_home_finds_a_private_one_without_leaving_reception(movers):
    world = movers(2, housing=Housing.TRANSITION)

    assert world.move_on(private_housing_chance=1.0) == 0
    assert world.c.housing[1] == Housing.PRIVATE and world.left.transition[0] == 2


def test_households_in_a_social_home_do_not_look_for_a_private_one(movers):
    world = movers(1, housing=Housing.SOCIAL)
    world.move_on(private_housing_chance=1.0)

    assert world.c.housing[1] == Housing.SOCIAL


def test_the_longest_registered_gets_the_regular_letting(movers):
    world = movers(1, 1, housing=Housing.SHARED, registration_week=[20, 10])
    world.move_on(dwellings=(1, 0, 0, 0, 0), chance_moving_on=1.0)

    assert world.c.housing[1:].tolist() == [Housing.SHARED, Housing.SOCIAL]
    assert world.again.tolist() == [1, 0] and world.left.shared[0] == 1
    assert world.c.moving_on[1:].tolist() == [True, False]


def test_a_stay_in_a_start_home_ends(movers):
    for weeks, looks in ((155, False), (156, True)):
        world = movers(1, housing=Housing.START_HOME, home_week=0)
        world.move_on(week=weeks)

        assert world.c.moving_on[1] == looks


def test_a_home_of_the_right_size_is_needed_to_move_on(movers):
    world = movers(4, housing=Housing.SHARED)
    world.move_on(dwellings=(9, 9, 0, 0, 0), chance_moving_on=1.0)

    assert world.c.housing[1] == Housing.SHARED and world.dwellings[0].sum() == 18


def test_more_than_255_people_who_leave_reception_are_counted(movers):
    world = movers(*([3] * 100))

    assert world.move_on(private_housing_chance=1.0) == 300
