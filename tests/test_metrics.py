"""What is counted each week, worked out by hand."""

import numpy as np
import pytest

from abm import metrics
from abm.people import NEVER
from abm.states import Activity, Housing, Integration, Legal, Work
from abm.turns import LONG_VISITS, VISITS

pytestmark = pytest.mark.usefixtures("plain")

WEEK = 100


class Count:
    """Adults of 30 with a permit, at home in region 1 of 2."""

    def __init__(self, people, n=1, **columns):
        given = {"legal": Legal.PERMIT, "housing": Housing.SOCIAL, "region": 1, "birth_week": WEEK - 1565, "group": 7}
        given |= {"visit_weeks": VISITS, "motivation": 0.5, "capacity": 0.25, "integration": Integration.PASSED_B1}
        self.c = people(metrics.Columns, n, **{**given, **columns})
        self.rows, self.tally, self.visited = np.arange(1, n + 1), metrics.new_tally(2), metrics.new_visited(2)
        self.words, self.curves = np.zeros(n + 1, np.uint32), metrics.new_cohorts()
        self.years = np.clip(np.arange(-1024, 400) // 52 + 2, 0, metrics.COHORT_YEARS - 1)

    def stocks(self, week=WEEK):
        metrics.count_changed(len(self.words), self.c, week, self.words, np.zeros(2, np.uint32), self.tally)
        return self.tally

    def visit(self, week=WEEK):
        metrics.count_visited(self.rows, self.c, self.visited, week)
        return self.visited

    def cohorts(self, week, since=8):
        metrics.count_cohorts(self.rows, self.c, self.curves, self.years, np.full(len(self.rows), float(since)), week)

    def extra(self):
        return dict(zip(metrics.EXTRA, self.visit().extra.sum(axis=0).tolist(), strict=True))


@pytest.fixture
def count(people):
    return lambda n=1, **columns: Count(people, n, **columns)


def test_people_of_all_ages_are_counted_by_state_home_and_region(count):
    legal = [Legal.PERMIT, Legal.PERMIT, Legal.REJECTED, Legal.LEFT, Legal.ABROAD]
    tally = count(5, legal=legal, housing=[6, 0, 0, 8, 8], region=[1, 1, -1, 1, 1], birth_week=WEEK).stocks()

    assert tally.people[Legal.PERMIT, 6] == tally.people[Legal.PERMIT, 0] == tally.people[Legal.REJECTED, 0] == 1
    assert tally.people.sum() == 3 and tally.places.tolist() == [1, 0, 2]  # the first row is nowhere
    assert tally.groups.sum() == tally.regions.sum() == tally.integration.sum() == tally.work.sum() == 0  # children


def test_permit_holders_in_reception_are_late_after_fourteen_weeks(count):
    world = count(4, housing=[0, 0, 0, 6], permit_week=[86, 85, 85, 85])
    world.c.legal[3] = Legal.GENERAL_TRACK

    assert world.stocks().late.tolist() == [1]


def test_stocks_kept_from_week_to_week_are_those_of_a_count_anew(count, people):
    """Whatever changes of people who come, move, grow old and leave: nothing is left behind in the tables."""
    draw, n = np.random.default_rng(1), 40
    codes = {"legal": 8, "housing": 9, "integration": 14, "work": 8, "activity": 256, "group": 120}

    def anybody():
        return {name: draw.integers(0, number, n) for name, number in codes.items()} | {
            "region": draw.integers(-1, 2, n),
            "birth_week": WEEK - draw.integers(800, 3700, n),
            "permit_week": WEEK - draw.integers(0, 30, n),
            "benefit": draw.integers(0, 2, n),
        }

    world = count(n, **anybody())
    before = [table.copy() for table in world.stocks()]
    for name, values in anybody().items():
        getattr(world.c, name)[1 + n // 4 :] = values[n // 4 :]
    anew = Count(people, n, **{name: column[1:] for name, column in world.c._asdict().items()})
    for kept, was, right in zip(world.stocks(WEEK + 9), before, anew.stocks(WEEK + 9), strict=True):
        assert kept.tolist() == right.tolist() != was.tolist()


def test_six_states_of_adults_are_counted_by_group_and_region(count):
    world = count(
        3,
        group=[7, 7, 119],
        region=[1, -1, 0],
        housing=[Housing.SOCIAL, Housing.REGULAR, Housing.SOCIAL],
        legal=[Legal.NATURALISED, Legal.GENERAL_TRACK, Legal.LEFT],
        work=[Work.EMPLOYED_MATCHED, Work.BARRED, Work.STUDY],
        activity=[0, Activity.VOLUNTEERING, 0],
        integration=[Integration.B1_ROUTE, Integration.EARLY_LESSONS, Integration.B1_ROUTE],
        benefit=[0.01, 0.0, 9.0],
    )
    tally = world.stocks()
    first = metrics.PERMIT + metrics.EMPLOYED + metrics.BENEFIT + metrics.ROUTE
    second = metrics.RECEPTION + metrics.VOLUNTEER

    assert {tuple(at) for at in np.argwhere(tally.groups)} == {(7, first), (7, second)}
    assert {tuple(at) for at in np.argwhere(tally.regions)} == {(2, first), (0, second)}
    assert tally.groups.sum() == tally.integration.sum() == tally.work.sum() == 2  # not who has left
    assert tally.integration[Integration.B1_ROUTE] == tally.work[Work.EMPLOYED_MATCHED] == 1


def test_minds_and_language_come_back_from_the_packed_sums(count):
    """Two sums share one integer; two million people do not run over."""
    n = 3
    world = count(
        n, motivation=[0.2, 0.4, 1.0], capacity=[1.0, 0.5, 0.25], language=[0.0, 3.5, 5.0], complaint=[1, 1, 0]
    )
    world.rows = np.tile(world.rows, 1000)
    sums = metrics.unpack(world.visit().groups.sum(axis=0))

    assert sums[0, 7].tolist() == [1_600_000, 1_750_000, 8_500_000, 2_000_000, 3000]
    assert sums[1].sum() == 0 and sums[0].sum() == sums[0, 7].sum()
    many = np.array([4_000_000_000 + (2_000_000_000 << metrics.HALF), 0, 5])
    assert metrics.unpack(many).tolist() == [4_000_000_000, 2_000_000_000, 0, 0, 5]


def test_sums_by_reception_are_kept_apart(count):
    sums = metrics.unpack(count(2, housing=[0, 6], motivation=[0.1, 0.3]).visit().groups[0])

    assert (sums[1, 7, 0], sums[0, 7, 0]) == (100, 300)


def test_people_of_pension_age_are_in_no_group(count):
    world = count(2, birth_week=[WEEK - metrics.PENSION_WEEKS + 1, WEEK - metrics.PENSION_WEEKS])

    assert world.stocks().groups.sum() == 1 and world.visit().groups[..., 2].sum() == 1
    assert world.stocks().people.sum() == 2


def test_a_visit_counts_for_the_turn_of_the_person(count):
    rounds = [VISITS, VISITS, VISITS, LONG_VISITS]
    world = count(4, turn=[0, 3, 11, 11], visit_weeks=rounds, motivation=[0.1, 0.2, 0.3, 0.4])
    visited = world.visit()
    first, later = np.split(metrics.unpack(visited.regions)[:, 2, 0], [VISITS])

    assert visited.groups[:VISITS, 0, 7, 2].tolist() == [1, 0, 0, 2, 0, 0, 0, 0]
    assert first.tolist() == [100, 0, 0, 500, 0, 0, 0, 0] and later.tolist() == [0] * 11 + [400] + [0] * 4


def test_money_and_what_else_is_reported(count):
    world = count(
        4,
        work=[Work.EMPLOYED_BASIC, Work.SEARCHING, Work.EMPLOYED_BASIC, Work.EMPLOYED_BASIC],
        housing=[0, 6, 6, 6],
        integration=[0, Integration.Z_ROUTE, Integration.B1_ROUTE, 0],
        language=[0.0, 1.0, 2.0, 3.0],
        earnings=[100.5, 0.0, 200.0, 0.25],
        benefit=[0.0, 250.25, 0.0, 0.0],
        subsidised=[True, True, False, False],
        activity=[Activity.TREATED, 0, Activity.TREATED | Activity.TRAINED, 0],
        complaint=[True, True, False, False],
        legal=[Legal.GENERAL_TRACK, Legal.PERMIT, Legal.PERMIT, Legal.NATURALISED],
    )

    assert world.extra() == {
        "complaint_status_holders": 1,
        "adult_status_holders": 3,
        "language_in_route": 3000,
        "in_route": 2,
        "benefit_cents": 25025,
        "earnings_cents": 30075,
        "treated": 2,
        "subsidised": 1,  # the second has no job
    }


@pytest.mark.parametrize("settled", [range(400, 401), range(60, 400), range(60, 120)])
@pytest.mark.parametrize("turn", range(VISITS))
def test_each_step_of_a_cohort_is_read_once_for_everybody(count, turn, settled):
    """Whatever the turn and the round: a step of 13 weeks has one visit that counts, even if it has none of its own.

    The first step has weeks 0 to 3 only, so half of the people are read in it.
    """
    world = count(application_week=0, permit_week=20, birth_week=-1565)
    last = turn - VISITS
    for week in range(204):
        if week % (LONG_VISITS if last in settled else VISITS) == turn:
            world.cohorts(week, week - last)
            last = week
    people = world.curves[..., 0]
    steps = people.sum(axis=1)

    assert set(people[people > 0].tolist()) == {1}
    assert steps[0, :15].tolist() == [int(turn < 4)] + [1] * 14 and not steps[0, 16:].any()
    assert steps[1, 2:13].tolist() == [1] * 11 and not steps[1, 15:].any()
    assert np.flatnonzero(people[0].sum(axis=1)).tolist() == [2]  # the year of the application


def test_a_cohort_curve_tells_what_became_of_people(count):
    world = count(
        3,
        application_week=48,
        permit_week=[NEVER, 48, 48],
        legal=[Legal.GENERAL_TRACK, Legal.PERMIT, Legal.NATURALISED],
        work=[Work.BARRED, Work.EMPLOYED_BASIC, Work.EMPLOYED_MATCHED],
        housing=[0, 6, 6],
        benefit=[0.0, 1.0, 0.0],
        route_start_week=[NEVER, 60, 60],
        finish_week=[NEVER, NEVER, 90],
        activity=[Activity.VOLUNTEERING, 0, 0],
        language=[0.5, 2.0, 3.5],
    )
    world.cohorts(WEEK)  # 52 weeks, step 4
    cells = [dict(zip(metrics.COHORT_METRICS, world.curves[clock].sum(axis=0)[4], strict=True)) for clock in (0, 1)]
    shared = {"employed": 2, "benefit": 1, "housed": 2, "permit": 2, "started": 2, "finished": 1}

    assert cells[0] == {"people": 3, **shared, "volunteering": 1, "language": 6000, "motivation": 1500, "capacity": 750}
    assert cells[1] == {"people": 2, **shared, "volunteering": 0, "language": 5500, "motivation": 1000, "capacity": 500}
    assert world.curves[..., 0].sum() == 5


def test_nobody_over_65_or_gone_is_in_a_cohort(count):
    old = WEEK - metrics.COHORT_AGE_WEEKS
    world = count(3, application_week=48, legal=[Legal.PERMIT, Legal.PERMIT, Legal.LEFT], birth_week=[old, old + 1, 0])
    world.cohorts(WEEK)

    assert world.curves[0, :, :, 0].sum() == 1
