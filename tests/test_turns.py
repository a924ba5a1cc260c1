"""Who is listed each week: adults, those visited, and people for whom something can happen."""

import numpy as np
import pytest

from abm import turns
from abm.states import Housing, Integration, Legal
from abm.turns import ADULT_WEEKS, PENSION_WEEKS, VISITS, Columns, HouseholdColumns, HouseholdLists, Lists

pytestmark = pytest.mark.usefixtures("plain")

WEEK = 21  # the turn of those with turn 5


class Listing:
    """Adults of 30 with a permit in reception of region 0, whose turn it is, and the lists that are made of them."""

    def __init__(self, people, n=1, **columns):
        given = {
            "turn": WEEK % VISITS,
            "visit_weeks": VISITS,
            "legal": Legal.PERMIT,
            "birth_week": -1500,
            "housing": Housing.REGULAR,
            "region": 0,
        }
        self.c = people(Columns, n, **{**given, "integration": Integration.NONE, **columns})
        self.in_class, self.n, self.marks = np.zeros(3, np.int64), n + 1, turns.room_for_marks(n + 1)
        self.room = Lists(*(np.zeros(len(self.marks), np.uint32) for _ in Lists._fields))

    def list(self, week=WEEK, n=None):
        """Make the lists of a week, in which there are rows up to ``n``."""
        n = self.n if n is None else n
        lengths = turns.list_people(n, self.c, week, self.marks, self.room, self.in_class)
        marked = {"present": turns.PRESENT, "adults": turns.ADULT}
        lists = {name: turns.rows_marked(self.marks[:n], bit).tolist() for name, bit in marked.items()}
        rows = zip(Lists._fields, self.room, lengths, strict=True)
        return lists | {name: listed[:k].tolist() for name, listed, k in rows}


@pytest.fixture
def listing(people):
    return lambda n=1, **columns: Listing(people, n, **columns)


def test_adults_are_listed_from_eighteen_on_at_any_age(listing):
    ages = [ADULT_WEEKS - 1, ADULT_WEEKS, PENSION_WEEKS]
    lists = listing(3, birth_week=WEEK - np.array(ages)).list()

    assert lists["present"] == [1, 2, 3]
    assert lists["adults"] == lists["visited"] == [2, 3]


def test_an_eighth_is_visited_each_week_and_everybody_in_eight(listing):
    world = listing(8, turn=[0, 1, 2, 3, 3, 12, 6, 8])
    visited = [world.list(week)["visited"] for week in range(16, 24)]

    assert visited == [[1, 8], [2], [3], [4, 5], [6], [], [7], []]


def test_people_come_of_age_in_one_week(listing):
    world = listing(3, birth_week=WEEK - ADULT_WEEKS + np.array([-1, 0, 1]))

    assert world.list()["come_of_age"] == [2]
    assert world.list(WEEK + 1)["come_of_age"] == [3]


def test_who_is_abroad_or_has_left_is_not_listed_until_they_are_in_the_country(listing):
    world = listing(3, legal=[Legal.LEFT, Legal.ABROAD, Legal.PERMIT])
    assert world.list()["present"] == world.list()["adults"] == [3]

    world.c.legal[2] = Legal.PERMIT
    assert world.list()["present"] == [2, 3]


def test_new_rows_are_taken_in(listing):
    world = listing(4)
    present = [world.list(n=n)["present"] for n in (3, 5, 5)]

    assert present == [[1, 2], [1, 2, 3, 4], [1, 2, 3, 4]]


@pytest.mark.parametrize("state", list(Integration))
@pytest.mark.parametrize("housing", [Housing.REGULAR, Housing.SOCIAL])
@pytest.mark.parametrize("turn", [WEEK % VISITS, 3])
def test_a_state_of_integration_says_on_which_lists_someone_is(listing, state, housing, turn):
    lists = listing(integration=state, housing=housing, turn=turn).list()
    visited = turn == WEEK % VISITS
    early = state in (Integration.EARLY_LESSONS, Integration.PRE_INTEGRATION)
    route = Integration.B1_ROUTE <= state <= Integration.A2_ROUTE
    expected = {
        "present": True,
        "adults": True,
        "come_of_age": False,
        "visited": visited,
        "residents": housing == Housing.REGULAR or early,
        "in_class": state == Integration.PRE_INTEGRATION or route,
        "awaiting": state == Integration.AWAITING_INTAKE,
        "planned": state == Integration.PLAN_MADE,
        "learners": visited and (early or route),
        "candidates": visited and (route or state == Integration.TERM_EXPIRED),
    }

    assert {name: rows == [1] for name, rows in lists.items()} == expected


def test_people_in_a_route_are_counted_by_region_and_those_in_pre_integration_together(listing):
    states = [Integration.B1_ROUTE, Integration.Z_ROUTE, Integration.A2_ROUTE, Integration.PRE_INTEGRATION]
    world = listing(5, integration=[*states, Integration.B1_ROUTE], region=[0, 1, 1, 1, 1])
    world.c.birth_week[5] = WEEK  # a child
    world.in_class[:] = 99
    world.list()

    assert world.in_class.tolist() == [1, 2, 1]


def test_rows_are_kept_by_one_of_their_marks_wherever_they_stand_in_a_word():
    marks = turns.room_for_marks(41)
    marks[[0, 7, 8, 23, 40]] = [3, 2, 1, 255, 2]
    kept = np.zeros(len(marks), np.uint32)

    assert kept[: turns.keep_marked(marks, 2, kept)].tolist() == [0, 7, 23, 40]
    assert kept[: turns.keep_marked(marks, 128, kept)].tolist() == [23]
    assert turns.rows_marked(marks, 2).tolist() == [0, 7, 23, 40]


# Households ------------------------------------------------------------------------------------------------


def households_listed(households, n, **columns):
    given = {"turn": WEEK % VISITS, "legal": Legal.PERMIT, "housing": Housing.REGULAR, "municipality": 0}
    c = households(HouseholdColumns, n, **{**given, **columns})
    marks = turns.room_for_marks(n + 1)
    room = HouseholdLists(*(np.zeros(len(marks), np.uint32) for _ in HouseholdLists._fields))
    lengths = turns.list_households(n + 1, c, WEEK, marks, room)
    return {name: rows[:k].tolist() for name, rows, k in zip(HouseholdLists._fields, room, lengths, strict=True)}


@pytest.mark.parametrize(
    ("legal", "housing", "unsettled"),
    [
        (Legal.REGISTERING, Housing.NONE, True),
        (Legal.GENERAL_TRACK, Housing.EMERGENCY, True),
        (Legal.SHORT_TRACK, Housing.PRIVATE, True),  # with relatives, but in procedure
        (Legal.REJECTED, Housing.REGULAR, True),
        (Legal.PERMIT, Housing.NONE, True),  # just arrived
        (Legal.PERMIT, Housing.ELSEWHERE, True),
        (Legal.PERMIT, Housing.TRANSITION, False),
        (Legal.PERMIT, Housing.PRIVATE, False),
        (Legal.NATURALISED, Housing.SOCIAL, False),
        (Legal.LEFT, Housing.NONE, False),
        (Legal.ABROAD, Housing.NONE, False),
    ],
)
def test_households_are_unsettled_until_they_have_a_permit_and_a_home(households, legal, housing, unsettled):
    lists = households_listed(households, 1, legal=legal, housing=housing)

    assert (lists["unsettled"] == [1]) == unsettled


@pytest.mark.parametrize(
    ("columns", "moves"),
    [
        ({}, True),
        ({"housing": Housing.SOCIAL}, True),
        ({"housing": Housing.SOCIAL, "legal": Legal.NATURALISED}, True),
        ({"housing": Housing.NONE}, False),
        ({"municipality": -1}, False),
        ({"turn": 2}, False),
        ({"legal": Legal.REJECTED}, False),
        ({"legal": Legal.GENERAL_TRACK, "housing": Housing.PRIVATE}, False),
    ],
)
def test_permit_holders_with_a_municipality_may_move_when_it_is_their_turn(households, columns, moves):
    assert (households_listed(households, 1, **columns)["movers"] == [1]) == moves


# Events that wait for their week -----------------------------------------------------------------------------


def test_what_waits_is_given_in_its_week_once():
    due = turns.new_due(3)
    turns.put(due, 7, 1, 22)
    turns.put(due, 9, 2, 24)
    turns.put(due, 8, 1, 22)

    assert [[list(part) for part in turns.take_due(due, week)] for week in range(21, 25)] == [
        [[], []],
        [[7, 8], [1, 1]],
        [[], []],
        [[9], [2]],
    ]
    assert turns.take_due(due, 22)[0].tolist() == []


def test_more_room_loses_nobody():
    due = turns.new_due(1)
    turns.put(due, 7, 1, 22)
    larger = turns.larger_due(due, 2)
    turns.put(larger, 8, 1, 22)

    assert turns.take_due(larger, 22)[0].tolist() == [7, 8]


@pytest.mark.parametrize(
    ("uniform", "weeks"), [(0.0, 0), (0.29, 0), (0.31, 1), (0.5, 1), (0.52, 2), (0.75, 3), (0.77, 4)]
)
def test_the_first_week_of_an_event_follows_from_its_chance_a_week(uniform, weeks):
    """0.3 a week: 0.3, 0.51, 0.657 and 0.7599 within one to four weeks."""
    assert turns.weeks_until(0.3, uniform, 4) == weeks


def test_nothing_happens_without_a_chance_and_all_at_once_for_sure():
    assert turns.weeks_until(0.0, 1e-9, 12) == 12 and turns.weeks_until(1.0, 1.0 - 1e-9, 12) == 0


def test_rows_are_kept_by_a_column_in_order():
    column = np.array([9, 1, 4, 5, 4], np.uint8)

    assert turns.rows_between(np.array([4, 1, 3, 2], np.uint32), column, Legal.PERMIT, Legal.PERMIT + 1).tolist() == [
        4,
        2,
    ]
