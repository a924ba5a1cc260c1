"""Who arrives, triage, decisions, departures and reunification, worked out by hand."""

from collections import Counter
from math import exp, log
from types import SimpleNamespace

import numpy as np
import pytest

from abm.draws import HOUSEHOLD_LANES, luck_of
from abm.households import Households
from abm.model import Model
from abm.people import NEVER, People
from abm.processes import arrivals, decisions, departures, reunification, triage
from abm.states import Housing, Legal
from abm.turns import LONG_VISITS

pytestmark = pytest.mark.usefixtures("plain")


# Arrivals --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uniform", "number"),
    # Poisson with mean 2: P(0) = 0.1353, P(at most 1) = 0.4060, P(at most 2) = 0.6767
    [(0.01, 0), (0.13, 0), (0.14, 1), (0.40, 1), (0.41, 2), (0.67, 2), (0.68, 3)],
)
def test_the_number_that_arrives_is_the_poisson_quantile(uniform, number):
    assert arrivals.poisson(2.0, uniform) == number


def test_nobody_arrives_when_nobody_is_expected():
    assert arrivals.poisson(0.0, 0.999) == 0


def test_a_case_holds_the_mean_of_its_kinds(rates):
    profiles = rates(arrivals.Profiles, case_share=np.array([0.5, 0.0, 0.2, 0.2, 0.1]), children_mean=2.0)
    # 0.5 x 1 + 0.2 x 2 + 0.2 x (2 + 2) + 0.1 x (1 + 2)
    assert arrivals.mean_case_size(profiles) == pytest.approx(2.0)


def test_first_applications_peak_in_week_39_and_follow_the_multiplier(rates):
    made = rates(
        arrivals.Rates,
        first_applications_per_week=400.0,
        other_entrants_per_week=60.0,
        resettled_per_week=9.0,
        seasonal_amplitude=0.35,
        inflow_multiplier=0.5,
    )

    assert arrivals.expected_persons(made, arrivals.FIRST, 39.0) == pytest.approx(400 * 1.35 * 0.5)
    assert arrivals.expected_persons(made, arrivals.FIRST, 13.0) == pytest.approx(400 * 0.65 * 0.5)
    assert arrivals.expected_persons(made, arrivals.OTHER, 39.0) == 60.0
    assert arrivals.expected_persons(made, arrivals.RESETTLED, 39.0) == 9.0


def test_one_parent_cares_until_the_youngest_child_who_came_along_turns_12():
    model = Model(scale=0.02, until="2021-03-31")
    homes, people = model.households, model.people
    rows = np.flatnonzero((homes.kind >= arrivals.COUPLE_CHILDREN) & (homes.referent == 0) & (homes.size > 1))
    assert len(rows) > 50

    for row in rows:
        parents = homes.first_row[row] + np.arange(2 if homes.kind[row] == arrivals.COUPLE_CHILDREN else 1)
        children = np.arange(parents[-1] + 1, homes.first_row[row] + homes.size[row])
        turns_12 = people.birth_week[children].max() + int(12 * 52.18)
        assert people.care_until_week[parents].tolist() == [NEVER] * (len(parents) - 1) + [turns_12]
        assert (people.care_until_week[children] == NEVER).all()

    alone = np.flatnonzero((homes.kind == arrivals.MINOR_ALONE) & (homes.referent == 0))
    assert (people.care_until_week[homes.first_row[alone]] == NEVER).all()


def test_no_two_cases_share_a_key():
    weeks, kinds = (-1, 0, 1, 521), (0, 1, 2, 4, 8)
    keys = np.concatenate([arrivals.case_keys(week, kind, 500) for week in weeks for kind in kinds])

    assert len(np.unique(keys)) == len(weeks) * len(kinds) * 500
    assert int(keys.max()) < 2**46  # room for the mark of a family abroad and the number of a member


def test_a_uniform_number_picks_the_share_it_falls_in():
    shares = np.array([1.0, 1.5, 2.5])  # edges at 0.2, 0.5 and 1

    assert arrivals.pick(shares, np.array([0.1, 0.2, 0.49, 0.5, 0.9999999])).tolist() == [0, 1, 1, 2, 2]


def test_the_tables_of_quantiles_have_the_mean_and_variance_they_should():
    grid = (np.arange(100_000) + 0.5) / 100_000
    motivation = arrivals.beta(2 / 3, 9.0, grid)  # Beta(6, 3): variance 6 x 3 / (81 x 10)
    readiness = arrivals.frailty(1.55, grid)

    assert motivation.mean() == pytest.approx(2 / 3, abs=1e-4)
    assert motivation.var() == pytest.approx(18 / 810, rel=1e-2)
    assert readiness.mean() == pytest.approx(1.0, abs=0.01)
    assert readiness.var() == pytest.approx(1.55, rel=0.03)
    assert (arrivals.frailty(0.0, grid[:3]) == 1.0).all()


class World:
    """Households and people without a model around them."""

    members = Model.members

    def __init__(self, timetable, week=0, seed=1):
        self.timetable, self.week, self.seed_value, self.scale = timetable, week, seed, 1.0
        self.households, self.people = Households(self), People(self)
        self.abroad, self.persons_abroad, self.reunifiers_due = np.zeros(0, np.int64), 0, 0.0
        self.permits_given = []
        self.counted = Counter()

    def count(self, name, value):
        self.counted[name] += value


@pytest.fixture
def world(timetable):
    return World(timetable)


def add(world, rates, n=400, **profiles):
    """Let n cases of week 0 be made; give the frames of households and people."""
    made = rates(arrivals.Profiles, **profiles)
    arrivals.add_cases(world, made, arrivals.case_keys(0, 0, n), np.zeros(n, np.int64))
    return world.households.frame(), world.people.frame()


def test_members_stand_together_and_know_their_household(world, rates):
    homes, people = add(world, rates, 300)

    assert homes["size"].sum() == len(people)
    for row, home in homes.iterrows():
        mine = people.iloc[home.first_row - 1 : home.first_row - 1 + home["size"]]
        assert (mine.household == row).all()
    assert people.key.is_unique


def test_members_and_relatives_have_the_turn_of_their_household(world, rates):
    """What happens to a household and to its people at the visit happens in the same week."""
    homes, people = add(world, rates, 2000)
    made = arrivals.add_family_abroad(world, rates(arrivals.Profiles), np.array([1, 600, 1200]), np.full(3, 2))

    assert set(homes.turn) <= set(range(LONG_VISITS)) and set(homes.turn) == {0, 1, 2, 3}  # four blocks in a week
    assert (people.turn.to_numpy() == homes.turn.to_numpy()[people.household - 1]).all()
    assert world.households.turn[made].tolist() == homes.turn.to_numpy()[[0, 599, 1199]].tolist()
    assert world.people.turn[world.members(made)].tolist() == np.repeat(world.households.turn[made], 2).tolist()


def test_the_luck_for_life_of_subsidies_and_work_centres_is_even(world, rates):
    _, people = add(world, rates, 800)
    for name in ("subsidy_draw", "centre_draw"):
        assert people[name].between(0, 1).all() and people[name].mean() == pytest.approx(0.5, abs=0.04)
    assert abs(np.corrcoef(people.subsidy_draw, people.centre_draw)[0, 1]) < 0.1


def test_families_have_children_and_people_alone_do_not(world, rates):
    homes, people = add(world, rates)
    minor = people.birth_week > -18 * 52.18
    minors = minor.groupby(people.household).sum().to_numpy()
    alone = homes.kind == arrivals.ALONE

    assert (minors[alone] == 0).all() and (homes["size"][alone] == 1).all()
    assert (minors[homes.kind == arrivals.MINOR_ALONE] == 1).all()
    assert (minors[homes.kind >= arrivals.COUPLE_CHILDREN] >= 1).all()
    assert (homes.children == np.where(homes.kind == arrivals.MINOR_ALONE, 0, minors)).all()


def test_shares_of_who_arrives_are_those_of_the_parameters(world, rates):
    share = np.array([0.5, 0.1, 0.1, 0.2, 0.1])
    homes, people = add(world, rates, 800, origin_share=share, share_exempt=0.25)

    assert np.bincount(homes.origin, minlength=5) / len(homes) == pytest.approx(share, abs=0.06)
    assert people.exempt_drawn.mean() == pytest.approx(0.25, abs=0.05)


def test_relatives_abroad_keep_their_luck_whenever_they_are_made(timetable, rates):
    profiles = rates(arrivals.Profiles)
    frames = []
    for extra in (0, 5):  # in the second world others were granted first
        world = World(timetable)
        keys = arrivals.case_keys(0, 0, 10)
        rows = arrivals.add_cases(world, profiles, keys, np.zeros(10, np.int64))
        if extra:
            arrivals.add_family_abroad(world, profiles, rows[-extra:], np.full(extra, 2))
        made = arrivals.add_family_abroad(world, profiles, rows[:1], np.array([3]))
        frames.append(world.people.frame().iloc[world.members(made) - 1].drop(columns="household"))

    assert len(frames[0]) == 3
    assert frames[0].reset_index(drop=True).equals(frames[1].reset_index(drop=True))


def test_the_two_adults_of_a_couple_are_each_others_partner(world, rates):
    homes, _ = add(world, rates, 300)
    partner = world.people.partner
    couples = homes.kind.isin([arrivals.COUPLE, arrivals.COUPLE_CHILDREN])
    heads = homes.first_row[couples].to_numpy()

    assert len(heads) > 10
    assert (partner[heads] == heads + 1).all() and (partner[heads + 1] == heads).all()
    assert np.count_nonzero(partner) == 2 * len(heads)


# Triage and decisions --------------------------------------------------------------------------------------


class Screening:
    """Cases to be given a track."""

    def __init__(self, households, luck, n=1, **columns):
        self.c, self.luck, self.n = households(triage.Columns, n, **columns), luck, n

    def assign(self, rates, week=0):
        """Give the number assigned and the rows whose track changed."""
        changed = np.full(self.n, 99, np.uint32)
        assigned, n = triage.assign(np.arange(1, self.n + 1), self.c, rates, self.luck(week=week), changed)
        return assigned, changed[:n].tolist()


@pytest.fixture
def screening(households, luck):
    return lambda n=1, **columns: Screening(households, luck, n, **columns)


def test_a_case_gets_a_track_once_screening_is_over(screening, rates):
    made = rates(triage.Rates, screening_weeks=2, origin_short_track_share=np.array([0, 1, 0, 0, 0.0]))
    world = screening(3, legal=Legal.REGISTERING, arrival_week=[0, 1, 0], origin=[0, 1, 1])

    assert world.assign(made, week=1) == (0, [])
    assert world.assign(made, week=2) == (2, [1, 3])
    assert world.c.legal[1:].tolist() == [Legal.GENERAL_TRACK, Legal.REGISTERING, Legal.SHORT_TRACK]


@pytest.mark.parametrize(
    ("chance", "track", "changed"), [(0.0, Legal.SHORT_TRACK, []), (1.0, Legal.GENERAL_TRACK, [1])]
)
def test_a_case_in_the_short_track_can_be_corrected(screening, rates, chance, track, changed):
    world = screening(legal=Legal.SHORT_TRACK)

    assert world.assign(rates(triage.Rates, chance_track_correction=chance)) == (0, changed)
    assert world.c.legal[1] == track


def test_what_is_decided_is_not_screened_again(screening, rates):
    states = [Legal.GENERAL_TRACK, Legal.PERMIT, Legal.REJECTED, Legal.LEFT]
    world = screening(4, legal=states)

    assert world.assign(rates(triage.Rates, screening_weeks=0, chance_track_correction=1.0), week=9) == (0, [])
    assert world.c.legal[1:].tolist() == states


def test_the_shift_brings_the_mean_chance_to_the_national_rate():
    half = np.array([0.5, 0.5])

    assert decisions.shift_to(0.8, np.array([0.5, 0.5]), half) == pytest.approx(log(4))
    assert decisions.shift_to(0.5, np.array([0.9, 0.1]), half) == pytest.approx(0.0, abs=1e-9)


def test_a_case_is_granted_when_its_draw_is_below_the_chance_of_its_origin(households, people, luck, drawn):
    drawn(decisions, 0.3)
    c = households(decisions.Columns, 2, legal=Legal.GENERAL_TRACK, origin=[0, 1], first_row=[1, 2], size=[1, 2])
    members = people(decisions.Members, 3)
    granted = decisions.decide(np.array([1, 2]), c, members, np.array([0.31, 0.3]), False, luck(week=7))

    assert granted == 1
    assert c.legal[1:].tolist() == [Legal.PERMIT, Legal.REJECTED]
    assert members.legal[1:].tolist() == [Legal.PERMIT, Legal.REJECTED, Legal.REJECTED]
    assert c.permit_week[1:].tolist() == [7, NEVER]
    assert c.registration_week[1] == NEVER


def test_a_case_that_was_refused_before_is_decided_with_new_luck(households, people, luck, drawn):
    drawn(decisions, {decisions.GRANT: 0.9, decisions.APPEAL: 0.4})
    c = households(decisions.Columns, 2, legal=Legal.GENERAL_TRACK, first_row=[1, 2], size=1)
    members = people(decisions.Members, 2, decision_week=[NEVER, -5])

    assert decisions.decide(np.array([1, 2]), c, members, np.array([0.5]), False, luck(week=7)) == 1
    assert c.legal[1:].tolist() == [Legal.REJECTED, Legal.PERMIT]
    assert members.decision_week[1:].tolist() == [7, 7]


def test_registration_can_start_at_the_permit(households, people, luck, drawn):
    drawn(decisions, 0.0)
    c = households(decisions.Columns, 1)
    decisions.decide(np.array([1]), c, people(decisions.Members, 1), np.array([1.0]), True, luck(week=7))

    assert c.registration_week[1] == 7


# Departures ------------------------------------------------------------------------------------------------


@pytest.fixture
def leaving(rates):
    return rates(
        departures.Rates,
        chance_supervised_departure=0.01,
        chance_forced_departure=0.02,
        chance_unsupervised_departure_rejected=0.03,
        chance_reopened_after_rejection=0.04,
        chance_unsupervised_departure_general=0.001,
        chance_unsupervised_departure_short=0.01,
        departure_by_year_of_waiting=0.15,
        return_per_thousand_saved=0.1,
        save_return_share=1.0,
    )


@pytest.mark.parametrize(
    ("uniform", "how"),
    [
        (0.009, departures.SUPERVISED),
        (0.011, departures.FORCED),
        (0.029, departures.FORCED),
        (0.031, departures.UNSUPERVISED),
        (0.061, departures.REOPENED),
        (0.101, departures.STAYS),
    ],
)
def test_one_draw_says_how_a_rejected_person_leaves(leaving, uniform, how):
    assert departures.outcome(Legal.REJECTED, 1.0, 0.0, uniform, leaving) == how


def test_released_savings_raise_return_with_support(leaving):
    # 0.01 x exp(0.1 x 2) = 0.012214 with 2,000 euros
    assert departures.outcome(Legal.REJECTED, 0.0, 2000.0, 0.0122, leaving) == departures.SUPERVISED
    assert departures.outcome(Legal.REJECTED, 0.0, 2000.0, 0.0123, leaving) == departures.FORCED


def test_people_in_procedure_disappear_sooner_the_longer_they_wait(leaving):
    edge = 0.01 * exp(0.15 * 2)

    assert departures.outcome(Legal.SHORT_TRACK, 2.0, 0.0, edge - 1e-6, leaving) == departures.UNSUPERVISED
    assert departures.outcome(Legal.SHORT_TRACK, 2.0, 0.0, edge + 1e-6, leaving) == departures.STAYS
    assert departures.outcome(Legal.GENERAL_TRACK, 2.0, 0.0, edge / 5, leaving) == departures.STAYS


class Families:
    """A couple in rows 1 and 2 and one person alone in row 3, who applied in week 0."""

    def __init__(self, households, people, luck, lanes, legal):
        self.c = households(
            departures.Columns, 2, legal=legal, housing=0, first_row=[1, 3], size=[2, 1], application_week=0
        )
        self.members = people(departures.Members, 3, legal=[legal[0], legal[0], legal[1]], housing=0)
        self.luck, self.lanes, self.counts = luck, lanes, np.zeros(5, np.int64)

    def leave(self, rates, departure, cases=(1, 2), week=9):
        """Let the households leave with these draws; give the persons who left."""
        made = self.lanes(HOUSEHOLD_LANES, len(cases), every=0.0, departure=departure)
        gone = np.zeros(len(cases), np.uint32)
        args = (self.c, self.members, rates, made, self.luck(week=week), self.counts, gone)
        left, n = departures.leave(np.array(cases), *args)
        assert gone[:n].tolist() == [case for case in cases if self.c.legal[case] == Legal.LEFT]
        return left


@pytest.fixture
def families(households, people, luck, lanes):
    return lambda *legal: Families(households, people, luck, lanes, legal)


def test_a_household_leaves_together_and_permit_holders_stay(families, leaving):
    world = families(Legal.REJECTED, Legal.PERMIT)

    assert world.leave(leaving, 0.025) == 2  # forced
    assert world.counts.tolist() == [0, 0, 2, 0, 0]
    members, c = world.members, world.c
    assert members.legal[1:].tolist() == [Legal.LEFT, Legal.LEFT, Legal.PERMIT]
    assert members.housing[1:].tolist() == [Housing.NONE, Housing.NONE, 0]
    assert members.left_week[1:].tolist() == [9, 9, NEVER]
    assert members.departure[1:].tolist() == [departures.FORCED, departures.FORCED, 0]
    assert c.legal[1:].tolist() == [Legal.LEFT, Legal.PERMIT]


def test_a_reopened_case_goes_back_to_the_general_track(families, leaving):
    world = families(Legal.REJECTED, Legal.REJECTED)

    assert world.leave(leaving, 0.08, cases=[1]) == 0
    assert world.c.legal[1:].tolist() == [Legal.GENERAL_TRACK, Legal.REJECTED]
    assert world.members.legal[1:].tolist() == [Legal.GENERAL_TRACK, Legal.GENERAL_TRACK, Legal.REJECTED]
    assert world.counts[departures.REOPENED] == 2


def test_each_household_has_a_draw_of_its_own_by_its_place_in_the_list(families, leaving):
    for cases in ((1, 2), (2, 1)):
        world = families(Legal.REJECTED, Legal.REJECTED)
        world.leave(leaving, [0.9, 0.025], cases=cases)
        stays, leaves = cases

        assert (world.c.legal[stays], world.c.legal[leaves]) == (Legal.REJECTED, Legal.LEFT)


def test_people_still_in_registration_do_not_disappear(families, leaving):
    world = families(Legal.REGISTERING, Legal.PERMIT)

    assert world.leave(leaving, 0.0) == 0


def test_who_has_waited_ten_years_or_more_is_not_passed_by(families, leaving):
    """The quick look at the draw must not miss those with the highest chance; more than ten years add nothing."""
    edge = 0.01 * exp(0.15 * 10)
    for weeks in (522, 900):
        for draw, left in ((edge - 1e-5, 2), (edge + 1e-5, 0)):
            world = families(Legal.SHORT_TRACK, Legal.PERMIT)

            assert world.leave(leaving, draw, week=weeks) == left


# Reunification ---------------------------------------------------------------------------------------------


def test_only_those_who_came_alone_have_relatives_abroad(luck, rates):
    made = rates(reunification.Rates, share_referents=1.0, family_abroad_mean=4.4)
    keys = np.arange(1, 2001, dtype=np.uint64)
    alone = reunification.family_sizes(keys, np.zeros(2000, np.int64), made, luck())
    couples = reunification.family_sizes(keys, np.full(2000, arrivals.COUPLE), made, luck())

    assert couples.sum() == 0
    assert alone.min() == 1 and alone.max() <= reunification.MAX_FAMILY
    assert alone.mean() == pytest.approx(4.4, abs=0.15)


def test_the_size_of_a_family_does_not_depend_on_the_week(luck, rates):
    made = rates(reunification.Rates)
    keys = np.arange(1, 51, dtype=np.uint64)
    sizes = [reunification.family_sizes(keys, np.zeros(50, np.int64), made, luck(week=w)) for w in (3, 90)]

    assert sizes[0].sum() > 0 and sizes[0].tolist() == sizes[1].tolist()


CERTAIN = {reunification.Rates: {"share_referents": 1.0}}


def wait_abroad(world, rates, sizes, weeks=None, noise=0.0):
    """Let referents 1, 2, ... wait for families of these sizes since these weeks; give the rows of both."""
    n = len(sizes)
    profiles = rates(arrivals.Profiles)
    referents = arrivals.add_cases(world, profiles, arrivals.case_keys(0, 0, n), np.zeros(n, np.int64))
    world.households.legal[referents] = Legal.PERMIT
    world.households.permit_week[referents] = 1
    rows = arrivals.add_family_abroad(world, profiles, referents, np.array(sizes))
    world.households.application_week[rows] = np.arange(n) - n if weeks is None else weeks
    world.households.order_noise[rows] = noise
    world.abroad = rows
    world.persons_abroad = sum(sizes)
    return referents, rows


def coming(rates, persons, refused=0.0):
    """Give the rates of any class, with this many family members a week and this share of families refused."""
    given = {"reunifier_arrivals_per_week": persons, "share_families_refused": refused, "family_wait_spread": 0.5}

    def make(cls, week):
        return rates(cls, **given) if cls is reunification.Rates else rates(cls)

    return SimpleNamespace(rates=make)


def test_families_arrive_in_order_as_far_as_the_number_of_the_week_goes(world, rates):
    referents, rows = wait_abroad(world, rates, [3, 4, 1])
    world.week = 5
    world.timetable = coming(rates, 5.0)

    assert reunification.arrive(world) == 3
    homes = world.households
    assert homes.legal[rows].tolist() == [Legal.PERMIT, Legal.ABROAD, Legal.ABROAD]
    assert homes.abroad[referents].tolist() == [0, 4, 1]
    assert world.people.permit_week[world.members(rows[:1])].tolist() == [5, 5, 5]
    assert world.counted["arrived_reunifiers"] == 3
    head = homes.first_row[rows[0]]
    adult = world.people.birth_week[head] <= 5 - 18 * 52
    assert world.people.partner[head] == (homes.first_row[referents[0]] if adult else 0)

    assert reunification.arrive(world) == 5  # 2 left over and 5 new: the family of four, then that of one
    assert world.abroad.tolist() == [] and world.persons_abroad == 0


def test_families_that_begin_to_wait_are_counted_and_stand_last(world, rates):
    wait_abroad(world, rates, [3])
    profiles = rates(arrivals.Profiles, case_share=np.array([1.0, 0, 0, 0, 0]))
    granted = arrivals.add_cases(world, profiles, arrivals.case_keys(0, 1, 2), np.zeros(2, np.int64))
    world.timetable = SimpleNamespace(rates=lambda cls, week: rates(cls, **CERTAIN.get(cls, {})))
    first = world.abroad.tolist()
    new = reunification.begin_waiting(world, granted, luck_of(1, 3))

    assert new >= 2 and world.persons_abroad == 3 + new
    assert world.abroad[:1].tolist() == first and len(world.abroad) == 3
    assert (world.households.order_noise[world.abroad[1:]] != 0.0).all()
    assert world.households.abroad[granted].sum() == new


def test_families_of_new_permit_holders_are_added_once_in_four_weeks_and_wait_from_the_permit_on(world, rates):
    profiles = rates(arrivals.Profiles, case_share=np.array([1.0, 0, 0, 0, 0]))
    granted = arrivals.add_cases(world, profiles, arrivals.case_keys(0, 1, 2), np.zeros(2, np.int64))
    world.households.permit_week[granted] = [5, 6]
    world.permits_given = [granted[:1], granted[1:]]
    given = {"share_referents": 1.0, "reunifier_arrivals_per_week": 0.0, "share_families_refused": 0.0}
    world.timetable = SimpleNamespace(
        rates=lambda cls, week: rates(cls, **given) if cls is reunification.Rates else rates(cls)
    )
    sizes = []
    for world.week in (7, 8, 9):
        reunification.arrive(world)
        sizes.append(len(world.abroad))

    assert sizes == [0, 2, 2] and world.permits_given == []
    assert world.households.application_week[world.abroad].tolist() == [5, 6]


def test_a_family_does_not_come_when_the_person_it_would_join_has_left(world, rates):
    referents, rows = wait_abroad(world, rates, [2, 1])
    world.households.legal[referents[0]] = Legal.LEFT
    world.timetable = coming(rates, 9.0)

    assert reunification.arrive(world) == 1
    assert world.households.legal[rows].tolist() == [Legal.LEFT, Legal.PERMIT]
    assert world.households.abroad[referents[0]] == 0 and world.persons_abroad == 0


def test_the_order_of_families_is_their_wait_by_how_they_depart_from_it():
    waited = np.array([100, 80, 80, 61])
    noise = np.array([0.0, 0.0, -1.0, -1.0])  # 100, 80, 80 x 1.65 and 61 x 1.65 weeks with a spread of one half

    assert reunification.in_order(waited, noise, 0.5).tolist() == [2, 3, 0, 1]
    assert reunification.in_order(waited, noise, 0.0).tolist() == [0, 1, 2, 3]


def test_families_are_put_in_order_every_four_weeks(world, rates):
    _, rows = wait_abroad(world, rates, [1, 1, 1], weeks=[3, 1, 2])
    world.timetable = coming(rates, 1.0)
    came = []
    for world.week in (7, 8, 9):  # in week 7 they stand as they are
        before = world.households.legal[rows] == Legal.PERMIT
        assert reunification.arrive(world) == 1
        came.append(np.flatnonzero((world.households.legal[rows] == Legal.PERMIT) & ~before).tolist())

    assert came == [[0], [1], [2]]
    assert (world.households.arrival_week[rows] == [7, 8, 9]).all()


def test_waits_that_begin_together_spread_as_the_noise_does(world, rates):
    """All 60 families wait since week 0 and one comes a week: the order is the noise's, whatever the rows."""
    noise = np.random.default_rng(3).permutation(np.linspace(-2, 2, 60))
    _, rows = wait_abroad(world, rates, [1] * 60, weeks=0, noise=noise)
    world.timetable = coming(rates, 1.0)
    for world.week in range(4, 64):
        reunification.arrive(world)
    waits = world.households.arrival_week[rows]

    assert waits[np.argsort(noise)].tolist() == list(range(4, 64))


def test_refused_families_leave_the_list_use_no_place_and_are_waited_for_no_longer(world, rates):
    referents, rows = wait_abroad(world, rates, [3] * 300)
    world.timetable = coming(rates, 600.0, refused=0.25)
    homes = world.households
    came = reunification.arrive(world)
    refused = homes.legal[rows] == Legal.LEFT

    assert came == 600 and np.count_nonzero(homes.legal[rows] == Legal.PERMIT) == 200
    assert refused.sum() / (200 + refused.sum()) == pytest.approx(0.25, abs=0.06)
    assert world.counted["reunifiers_not_coming"] == 3 * refused.sum()
    assert (world.people.legal[world.members(rows[refused])] == Legal.LEFT).all()
    waiting = homes.legal[rows] == Legal.ABROAD
    assert world.abroad.tolist() == rows[waiting].tolist() and world.persons_abroad == 3 * waiting.sum()
    assert homes.abroad[referents].tolist() == np.where(waiting, 3, 0).tolist()


def test_who_is_refused_depends_neither_on_the_week_nor_on_who_waits_beside_them(timetable, rates):
    outcomes = []
    for week, kept in ((8, slice(None)), (41, slice(0, None, 2))):
        world = World(timetable)
        _, rows = wait_abroad(world, rates, [1] * 200)
        world.abroad, world.week, world.timetable = rows[kept], week, coming(rates, 999.0, refused=0.3)
        reunification.arrive(world)
        outcomes.append(world.households.legal[rows[::2]].tolist())

    assert outcomes[0] == outcomes[1]
    assert set(outcomes[0]) == {Legal.PERMIT, Legal.LEFT}


def test_families_wait_as_long_as_no_place_is_left(world, rates):
    _, rows = wait_abroad(world, rates, [2, 2, 2])
    world.timetable = coming(rates, 0.0, refused=0.0)

    assert reunification.arrive(world) == 0
    assert world.abroad.tolist() == rows.tolist() and world.reunifiers_due == 0.0
    world.abroad = rows[:0]
    world.timetable = coming(rates, 50.0)
    assert reunification.arrive(world) == 0
    assert world.reunifiers_due == reunification.MAX_FAMILY  # places that nobody may use are not saved up
