"""Who may work, who searches and finds, how contacts help, who loses a job, and what is left of the money."""

from math import exp

import numpy as np
import pytest

from abm.draws import VISIT_LANES
from abm.people import NEVER
from abm.processes import diplomas, job_loss, job_search, money, referral, work_access, working_hours
from abm.states import Activity, Diploma, FoundThrough, Housing, Integration, Legal, Work
from abm.turns import ADULT_WEEKS, VISITS, new_due, take_due

pytestmark = pytest.mark.usefixtures("plain")

ONE = np.array([1])
THREE = np.array([1, 2, 3])


# Access to work --------------------------------------------------------------------------------------------


@pytest.fixture
def access(rates):
    return rates(work_access.Rates, work_access_weeks=26, bsn_queue_weeks=8.0)


@pytest.mark.parametrize(
    ("legal", "since_application", "since_permit", "weeks"),
    [
        (Legal.GENERAL_TRACK, 33, 0, 1),  # 26 weeks and 8 for the number
        (Legal.GENERAL_TRACK, 34, 0, 0),
        (Legal.SHORT_TRACK, 36, 0, -2),
        (Legal.REGISTERING, 99, 0, np.inf),
        (Legal.REJECTED, 99, 99, np.inf),
        (Legal.LEFT, 99, 99, np.inf),
        (Legal.PERMIT, 20, 3, 1),
        (Legal.PERMIT, 20, 4, 0),
        (Legal.PERMIT, 40, 0, -6),  # had the number already
        (Legal.NATURALISED, 0, 0, 0),
    ],
)
def test_when_someone_has_the_right_to_work(access, legal, since_application, since_permit, weeks):
    assert work_access.weeks_until_access(legal, since_application, since_permit, access) == weeks


def test_part_of_a_week_until_access_is_waited_for(people, luck, access):
    c, due = barred(people, legal=Legal.GENERAL_TRACK, application_week=67), new_due(1)
    look(c, ONE, access._replace(bsn_queue_weeks=7.5), luck, weeks=8.0, due=due)

    assert take_due(due, 101)[0].tolist() == [1]


def look(c, rows, access, luck, week=100, weeks=0.0, due=None):
    """Look whether people have access, ``weeks`` before their next visit; give the rows that gained it."""
    opened = np.zeros(len(rows), np.uint32)
    n = work_access.update(rows, c, np.full(len(rows), weeks), access, luck(week=week), due or new_due(9), opened)
    return opened[:n].tolist()


def employed(people, module, n=1, **columns):
    given = {"work": Work.EMPLOYED_BASIC, "earnings": 300.0, "employer": 5, **columns}
    return people(module.Columns, n, **{name: v for name, v in given.items() if name in module.Columns._fields})


def test_access_opens_and_its_week_is_kept(people, luck, access):
    c = people(
        work_access.Columns, 3, legal=Legal.GENERAL_TRACK, application_week=[0, 66, 67], access_week=[7, NEVER, NEVER]
    )
    c.birth_week[:] = -1500
    c.work[1:] = [Work.BARRED, Work.OUTSIDE, Work.OUTSIDE]

    assert look(c, THREE, access, luck) == [1, 2]
    assert c.work[1:].tolist() == [Work.ELIGIBLE, Work.ELIGIBLE, Work.BARRED]
    assert c.access_week[1:].tolist() == [7, 100, NEVER]


def barred(people, n=1, **columns):
    return people(work_access.Columns, n, **{"work": Work.BARRED, "birth_week": -1500, **columns})


def test_access_between_two_visits_is_foreseen_at_the_first(people, luck, access):
    c, due = barred(people, 3, legal=Legal.GENERAL_TRACK, application_week=[67, 73, 74]), new_due(3)

    assert look(c, THREE, access, luck, weeks=8.0, due=due) == []
    foreseen = {week: rows.tolist() for week in range(101, 109) if len(rows := take_due(due, week)[0])}
    assert foreseen == {101: [1], 107: [2]}
    assert look(c, ONE, access, luck, week=101) == [1]
    assert c.access_week[1] == 101


def test_who_gets_a_permit_may_work_when_the_number_is_there(people, luck, access):
    states = {"work": [Work.BARRED, Work.BARRED, Work.SEARCHING], "application_week": [90, 40, 40]}
    c, due = barred(people, 3, legal=Legal.PERMIT, permit_week=100, **states), new_due(3)

    assert work_access.foresee(THREE, c, access, luck(week=100), due) == 2
    assert [take_due(due, week)[0].tolist() for week in (100, 104)] == [[2], [1]]


@pytest.mark.parametrize(
    ("columns", "state"),
    [
        ({"legal": Legal.REJECTED}, Work.BARRED),
        ({"legal": Legal.NATURALISED, "unfit": True}, Work.OUTSIDE),
        ({"legal": Legal.NATURALISED, "birth_week": 100 - int(67 * 52.18) - 1}, Work.OUTSIDE),
        ({"legal": Legal.NATURALISED}, Work.EMPLOYED_BASIC),
    ],
)
def test_a_job_ends_with_the_right_to_work(people, luck, access, columns, state):
    c = employed(people, work_access, **{"birth_week": -1500, **columns})
    look(c, ONE, access, luck)

    assert c.work[1] == state
    assert (c.earnings[1] > 0, c.employer[1] > 0) == (state == Work.EMPLOYED_BASIC,) * 2


# Finding work ----------------------------------------------------------------------------------------------


@pytest.fixture
def finding(rates):
    """Rates at which everybody searches, nothing adds to the hazard, and nobody is held back."""

    def make(**changes):
        neutral = {name: 0.0 for name in job_search.Rates._fields if name.startswith("job_")}
        neutral |= {
            "search_threshold": -9.0,
            "search_noise": 0.0,
            "search_gain_scale": 500.0,
            "search_by_kept_share": 0.0,
            "settle_in_weeks": 0.0,
            "map_effect": 1.0,
            "job_finding_base": 0.1,
            "job_in_reception": 1.0,
            "move_factor_men": 1.0,
            "move_factor_women": 1.0,
            "lesson_lock": 1.0,
            "lesson_lock_dual": 1.0,
            "online_share": 0.0,
            "evening_share": 0.0,
            "twv_on": True,
            "twv_weeks": 4.0,
            "twv_refusal": 0.0,
            "twv_deterrence": 0.0,
            "max_weeks_of_52": 52,
            "ban_memory": 0.0,
            "wage_subsidy_share": 0.0,
            "referral_chance": 0.0,
            "match_base": -40.0,
            "effort_scale": 0.5,
            "complaint_effort_loss": 0.0,
        }
        return rates(job_search.Rates, **{**neutral, **changes})

    return make


def factor(finding, language=0.0, education=1.5, woman=False, child=False, **others):
    """Give the personal factor; ``complaint``, ``match`` and ``done`` are facts, the rest are rates."""
    facts = [others.pop(name, False) for name in ("complaint", "match", "done")]
    return job_search.personal_factor(language, education, woman, child, *facts, finding(**others))


def test_traits_and_history_raise_or_lower_the_hazard(finding):
    made = {"job_by_language": 0.3, "job_language_cap": 3.5, "job_by_education": 0.15}
    assert factor(finding, language=2.0, education=3.0, **made) == pytest.approx(exp(0.6 + 0.225))
    assert factor(finding, language=5.0, **made) == pytest.approx(exp(0.3 * 3.5))

    made = {"job_women": -0.6, "job_women_young_child": 0.5}
    assert factor(finding, woman=True, **made) == pytest.approx(exp(-0.6))
    assert factor(finding, woman=True, child=True, **made) == pytest.approx(exp(-0.9))
    assert factor(finding, woman=False, child=True, **made) == 1.0

    assert factor(finding, complaint=True, job_by_complaint=-0.4) == pytest.approx(exp(-0.4))
    assert factor(finding, match=True, job_by_match=0.2) == pytest.approx(exp(0.2))
    assert factor(finding, done=True, job_after_completion=0.5) == pytest.approx(exp(0.5))


def test_moves_between_sites_count_up_to_four(finding):
    made = finding(move_factor_women=0.8, move_factor_men=0.9)

    assert job_search.moves_factor(True, 2, made) == pytest.approx(0.64)
    assert job_search.moves_factor(False, 3, made) == pytest.approx(0.729)
    assert job_search.moves_factor(False, 9, made) == pytest.approx(0.9**4)


def test_an_employment_ban_is_remembered_concavely(finding):
    made = finding(ban_memory=0.15, ban_memory_weeks=13.0)

    assert job_search.ban_factor(0.0, made) == 1.0
    assert job_search.ban_factor(-5.0, made) == 1.0
    assert job_search.ban_factor(13.0, made) == pytest.approx(exp(-0.15 * (1 - exp(-1))))
    assert job_search.ban_factor(9e9, made) == pytest.approx(exp(-0.15))


def test_lessons_hold_people_back_less_when_combined_with_work_or_in_the_evening(finding):
    made = finding(lesson_lock=0.4, lesson_lock_dual=0.8, online_share=0.1, evening_share=0.3)

    assert job_search.lock_factor(False, False, made) == 1.0
    assert job_search.lock_factor(True, True, made) == 0.8
    assert job_search.lock_factor(True, False, made) == pytest.approx(0.4 + 0.4 * 0.2)


def test_language_diploma_and_residents_raise_the_match(finding):
    made = finding(match_base=-2.0, match_by_language=0.8, match_by_diploma=1.0, match_by_bridge=0.5)

    assert job_search.match_chance(2.0, False, False, made) == pytest.approx(1 / (1 + exp(2.0)))
    assert job_search.match_chance(3.0, True, True, made) == pytest.approx(1 / (1 + exp(-0.3)))


def test_hours_run_from_eight_to_full_time():
    assert job_search.job_hours(20.0, 0.0) == 8.0
    assert job_search.job_hours(20.0, 0.5) == 20.0
    assert job_search.job_hours(28.0, 0.9) == 36.0  # 8 + 0.9 x 40 = 44 is more than full time


class Seekers:
    """Jobless permit holders in region 0, who have effort 1 and readiness 1."""

    def __init__(self, people, make_luck, make_lanes, n=1, week=100, **columns):
        given = {
            "household": 1,
            "education": 1,
            "readiness": 1.0,
            "subsidy_draw": 0.5,
            "centre_draw": 0.5,
            "legal": Legal.PERMIT,
            "housing": Housing.SOCIAL,
            "integration": Integration.PASSED_B1,
            "work": Work.SEARCHING,
            "birth_week": -1500,
            "motivation": 0.5,
            "capacity": 1.0,
            "language": 2.0,
            "region": 0,
            **columns,
        }
        self.c = people(job_search.Columns, n, **given)
        self.n, self.rows, self.make_lanes = n, np.arange(1, n + 1), make_lanes
        self.luck = make_luck(week=week)

    def consider(self, rates, openness=1.0, centre=0.0, search=0.5, early_match=False):
        """Let people decide whether they search, and how likely they are to find; ``search`` is their draw."""
        made = self.make_lanes(VISIT_LANES, self.n, every=0.99, search=search)
        early, region = np.array([False, early_match]), (np.array([openness]), np.array([centre]))
        return job_search.consider(self.rows, self.c, early, *region, rates, made, self.luck)

    def search(self, job=0.0, referral=0.99):
        """Let people find vacancies with these draws; give who does so this week."""
        made = self.make_lanes(VISIT_LANES, self.n, every=0.5, job=job, referral=referral)
        self.due = new_due(self.n)
        job_search.search(self.rows, self.c, np.full(len(self.rows), 4.0), made, self.luck.week, self.due)
        self.finds, self.through = (found.copy() for found in take_due(self.due, self.luck.week))
        return self.finds.tolist()

    def find(self):
        """Let everybody who searches find a vacancy."""
        self.c.job_chance[1:] = 1.0
        return self.search()

    def hire(self, rates, vacancies):
        counts, open_jobs = np.zeros(4, np.int64), np.array([0.0, *vacancies])
        first, number = np.array([1]), np.array([len(vacancies)])
        job_search.hire(self.finds, self.through, self.c, open_jobs, first, number, rates, self.luck, counts)
        return counts.tolist(), open_jobs[1:].tolist()


@pytest.fixture
def seekers(people, luck, lanes):
    return lambda n=1, **columns: Seekers(people, luck, lanes, n, **columns)


@pytest.mark.parametrize(
    ("changes", "market", "columns", "hazard"),
    [
        ({}, {}, {}, 0.1),
        ({}, {"openness": 0.5}, {}, 0.05),
        ({}, {}, {"readiness": 2.0}, 0.2),
        ({}, {}, {"motivation": 0.25}, 0.05),
        ({"job_in_reception": 0.5}, {}, {"housing": Housing.REGULAR}, 0.05),
        ({"job_in_reception": 0.5}, {}, {}, 0.1),
        ({"lesson_lock": 0.5}, {}, {"integration": Integration.B1_ROUTE}, 0.05),
        ({"lesson_lock_dual": 0.7}, {}, {"integration": Integration.B1_ROUTE, "activity": Activity.DUAL}, 0.07),
        ({"job_after_completion": 0.5}, {}, {}, 0.1 * exp(0.5)),
        ({"job_after_completion": 0.5}, {}, {"integration": Integration.EXEMPT}, 0.1),
        ({"twv_deterrence": 0.4}, {}, {"legal": Legal.GENERAL_TRACK}, 0.06),
        ({"twv_deterrence": 0.4, "twv_on": False}, {}, {"legal": Legal.GENERAL_TRACK}, 0.1),
        ({"twv_deterrence": 0.4}, {}, {}, 0.1),
        ({"work_centre_effect": 1.5, "work_centre_lag_weeks": 39}, {"centre": 0.51}, {"arrival_week": 61}, 0.15),
        ({"work_centre_effect": 1.5, "work_centre_lag_weeks": 39}, {"centre": 0.49}, {"arrival_week": 61}, 0.1),
        ({"work_centre_effect": 1.5, "work_centre_lag_weeks": 39}, {"centre": 1.0}, {"arrival_week": 62}, 0.1),
        ({"wage_subsidy_share": 0.51, "wage_subsidy_effect": 1.3}, {}, {}, 0.13),
        ({"wage_subsidy_share": 0.49, "wage_subsidy_effect": 1.3}, {}, {}, 0.1),
        (
            {"ban_memory": 0.2, "ban_memory_weeks": 13.0},
            {},
            {"application_week": 20, "access_week": 33},
            0.1 * exp(-0.2 * (1 - exp(-1))),
        ),
        ({"ban_memory": 0.2, "ban_memory_weeks": 13.0}, {}, {"application_week": 20, "access_week": NEVER}, 0.1),
        (  # who came as a child is barred from 18 on
            {"ban_memory": 0.2, "ban_memory_weeks": 13.0},
            {},
            {"application_week": -90, "access_week": 33, "birth_week": 20 - ADULT_WEEKS},
            0.1 * exp(-0.2 * (1 - exp(-1))),
        ),
        (
            {"ban_memory": 0.2, "ban_memory_weeks": 13.0},
            {},
            {"application_week": 0, "access_week": 30_000},  # longer than any ban on record
            0.1 * exp(-0.2),
        ),
        ({"job_women": -0.6}, {}, {"woman": True}, 0.1 * exp(-0.6)),
        (
            {"job_women": -0.6, "job_women_young_child": 0.5},
            {},
            {"woman": True, "care_until_week": 101},
            0.1 * exp(-0.9),
        ),
        (
            {"job_women": -0.6, "job_women_young_child": 0.5},
            {},
            {"woman": True, "care_until_week": 100},
            0.1 * exp(-0.6),
        ),
        ({"job_by_match": 0.2}, {"early_match": True}, {}, 0.1 * exp(0.2)),
        ({"job_by_match": 0.2}, {"early_match": False}, {}, 0.1),
        ({"job_by_complaint": -0.4}, {}, {"complaint": True}, 0.1 * exp(-0.4)),
        ({"move_factor_men": 0.9}, {}, {"moves": 2}, 0.081),
        ({"move_factor_men": 0.9}, {}, {"moves": 9}, 0.1 * 0.9**4),
        ({"move_factor_women": 0.8}, {}, {"moves": 1, "woman": True}, 0.08),
        ({"map_effect": 1.2, "map_hours": 27.0}, {}, {"activity": Activity.WORKSHOP}, 0.11),
        ({"map_effect": 1.2, "map_hours": 27.0}, {}, {}, 0.1),
    ],
)
def test_at_the_visit_it_is_settled_how_likely_someone_is_to_find_work_in_a_week(
    seekers, finding, changes, market, columns, hazard
):
    world = seekers(**columns)

    assert world.consider(finding(**changes), **market) == 1
    assert world.c.job_chance[1] == pytest.approx(1 - exp(-hazard), rel=1e-5)
    assert world.c.referral_chance[1] == 0.0  # nobody to hear of


@pytest.mark.parametrize(
    ("changes", "market", "columns", "hazard"),
    [
        # two employed contacts and four employed residents: 0.05 x (2 + 0.25 x 4) = 0.15
        ({}, {}, {}, 0.15),
        ({}, {}, {"motivation": 0.125}, 0.075),  # the square root of effort
        ({"jobless_drag": 0.1}, {}, {"contacts": 5}, 0.15 * 0.7),
        ({}, {"openness": 0.5}, {}, 0.075),
        ({"lesson_lock": 0.5}, {}, {"integration": Integration.B1_ROUTE}, 0.075),
        ({"move_factor_men": 0.9}, {}, {"moves": 1}, 0.135),
        # no effect on what is heard: language, sex, the memory of a ban
        ({"job_by_language": 0.3, "job_women": -0.6, "ban_memory": 0.2}, {}, {"woman": True, "access_week": 300}, 0.15),
    ],
)
def test_at_the_visit_it_is_settled_how_likely_contacts_are_to_help(seekers, finding, changes, market, columns, hazard):
    made = finding(**{"referral_chance": 0.05, "referral_weak": 0.25, "jobless_drag": 0.0, **changes})
    world = seekers(**{"contacts": 2, "contacts_employed": 2, "natives_employed": 4, "application_week": 0, **columns})
    world.consider(made, **market)

    assert world.c.referral_chance[1] == pytest.approx(1 - exp(-hazard), rel=1e-5)


@pytest.mark.parametrize(
    ("job", "referral", "through"),
    [
        (0.29, 0.99, FoundThrough.SEARCH),
        (0.31, 0.99, None),
        (0.31, 0.19, FoundThrough.CONTACTS),
        (0.31, 0.21, None),
        (0.29, 0.19, FoundThrough.SEARCH),  # who finds alone needs no one
    ],
)
def test_a_weeks_draws_are_compared_with_the_chances_of_the_visit(seekers, finding, job, referral, through):
    world = seekers(job_chance=0.3, referral_chance=0.2)

    assert world.search(job, referral) == ([1] if through else [])
    assert through is None or world.through[0] == through
    assert world.c.work[1] == Work.SEARCHING


def test_everybody_searches_with_draws_of_their_own(seekers, finding):
    world = seekers(3, job_chance=[0.3, 0.1, 0.3], referral_chance=[0.0, 0.3, 0.0])

    assert world.search(job=[0.5, 0.2, 0.2], referral=[0.1, 0.2, 0.9]) == [2, 3]
    assert world.through[:2].tolist() == [FoundThrough.CONTACTS, FoundThrough.SEARCH]


def test_the_chances_of_the_last_visit_hold_until_the_next(seekers, finding):
    world = seekers()
    world.consider(finding())
    before = float(world.c.job_chance[1])
    world.c.language[1], world.c.motivation[1] = 4.0, 1.0

    assert world.search(job=before + 1e-4) == []
    assert world.search(job=before - 1e-4) == [1]


def test_people_search_only_while_it_is_worth_it(seekers, finding):
    # outside reception: gain max(1000 - 600, 0.25 x 1000) = 400; effort 1; wish 400 / 500 + 0.3 x (u - 0.5)
    made = {"weekly_hours_job": 24.0, "hourly_wage": 1000 / (24 * 52 / 12), "benefit_single": 600.0}
    made |= {"benefit_taper": 0.25, "search_noise": 0.3, "search_threshold": 0.8}
    for before in (Work.ELIGIBLE, Work.SEARCHING):
        for u, after in ((0.49, Work.ELIGIBLE), (0.51, Work.SEARCHING)):
            world = seekers(work=before)

            assert world.consider(finding(**made), search=u) == (after == Work.SEARCHING)
            assert world.c.work[1] == after


def test_in_reception_the_own_contribution_lowers_the_gain_unless_it_is_saved_and_felt(seekers, finding):
    # a wage of 1,000 a month, contribution min(1000 - 185, 600) = 600: gain 400, wish 0.8
    made = {"weekly_hours_job": 24.0, "hourly_wage": 1000 / (24 * 52 / 12), "reba_rate": 0.75, "reba_free": 185.0}
    made |= {"reba_cap": 600.0, "savings_perceived": 0.5}
    for share, threshold, searches in ((0.0, 0.79, 1), (0.0, 0.81, 0), (0.5, 1.09, 1), (0.5, 1.11, 0)):
        world = seekers(housing=Housing.REGULAR)

        # felt: 600 x 0.5 x 0.5 = 150, wish (400 + 150) / 500 = 1.1
        assert world.consider(finding(search_threshold=threshold, savings_share=share, **made)) == searches


def test_people_settle_in_a_new_home_before_they_search(seekers, finding):
    for housed, searches in ((91, 0), (90, 1)):
        world = seekers(week=100, housed_week=housed)

        assert world.consider(finding(settle_in_weeks=10.0)) == searches


def test_nobody_searches_where_there_is_no_labour_market(seekers, finding):
    world = seekers(region=-1)

    assert world.consider(finding()) == 0 and world.c.work[1] == Work.ELIGIBLE


@pytest.mark.parametrize("state", [s for s in Work if s not in (Work.ELIGIBLE, Work.SEARCHING)])
def test_only_those_who_may_and_need_to_search_do(seekers, finding, state):
    world = seekers(work=state, job_chance=1.0, referral_chance=1.0)

    assert world.consider(finding()) == 0
    assert world.search(job=0.0, referral=0.0) == []
    assert world.c.work[1] == state


def test_who_stopped_searching_finds_nothing_with_the_chances_of_before(seekers, finding):
    world = seekers(work=Work.ELIGIBLE, job_chance=1.0, referral_chance=1.0)

    assert world.search(job=0.0, referral=0.0) == []


@pytest.mark.parametrize(("legal", "worked", "found"), [(3, 24, []), (2, 24, []), (2, 23, [1]), (4, 24, [1])])
def test_people_in_procedure_who_worked_their_weeks_are_not_hired(seekers, finding, legal, worked, found):
    world = seekers(legal=legal, weeks_worked=worked)
    world.find()
    counts, _ = world.hire(finding(max_weeks_of_52=24), [1.0])

    assert counts[:2] == [0, 0] if not found else sum(counts[:2]) == 1


def test_a_find_waits_for_its_week_and_the_first_channel_counts(seekers):
    """Chances of 0.3 and 0.2 a week: 1 - 0.7^2 = 0.51 within two weeks; 1 - 0.8^3 = 0.488 within three."""
    world = seekers(4, job_chance=0.3, referral_chance=0.2)

    assert world.search(job=[0.5, 0.52, 0.9, 0.9], referral=[0.9, 0.48, 0.48, 0.9]) == []
    due = [take_due(world.due, world.luck.week + weeks) for weeks in (1, 2, 3)]
    assert [rows.tolist() for rows, _ in due] == [[1], [2, 3], []]
    assert [kinds.tolist() for _, kinds in due] == [
        [FoundThrough.SEARCH],
        [FoundThrough.SEARCH, FoundThrough.CONTACTS],
        [],
    ]


@pytest.mark.parametrize("change", [{"work": Work.ELIGIBLE}, {"work": Work.BARRED}, {"region": -1}])
def test_who_no_longer_searches_when_the_week_comes_is_not_hired(seekers, finding, change):
    world = seekers()
    world.find()
    for name, value in change.items():
        getattr(world.c, name)[1] = value

    assert world.hire(finding(), [1.0]) == ([0, 0, 0, 0], [1.0])


def test_a_find_needs_a_vacancy(seekers, finding):
    world = seekers(3)
    made = finding()
    world.find()
    counts, left = world.hire(made, [1.0, 0.9])

    assert counts == [1, 0, 0, 2]
    assert left == [0.0, 0.9]
    assert sorted(world.c.work[1:].tolist()) == [Work.SEARCHING, Work.SEARCHING, Work.EMPLOYED_BASIC]
    assert sorted(world.c.employer[1:].tolist()) == [0, 0, 1]


def test_a_job_that_starts_is_written_down(seekers, finding):
    world = seekers(first_job_week=NEVER)
    made = finding(weekly_hours_job=8.0, hourly_wage=10.0, wage_premium_matched=1.5, match_base=40.0)
    world.find()
    world.hire(made, [1.0])
    c = world.c

    assert c.work[1] == Work.EMPLOYED_MATCHED and c.earnings[1] == 120.0  # 8 hours x 10 x 1.5
    assert (c.job_week[1], c.first_job_week[1], c.off_benefit_week[1]) == (100, 100, 100)
    assert c.first_job_through[1] == FoundThrough.SEARCH and not c.subsidised[1]


def test_a_wage_subsidy_is_for_those_whose_luck_is_below_the_share(seekers, finding):
    world = seekers(2, subsidy_draw=[0.29, 0.31])
    made = finding(wage_subsidy_share=0.3)
    world.find()
    world.hire(made, [2.0])

    assert world.c.subsidised[1:].tolist() == [True, False]


def test_a_later_job_has_the_larger_of_two_draws_of_hours(seekers, finding, drawn):
    drawn(job_search, {job_search.HOURS: 0.25, job_search.EMPLOYER: 0.5})
    made = finding(weekly_hours_job=20.0, hourly_wage=10.0)
    earned = []
    for first in (NEVER, 50):
        world = seekers(first_job_week=first)
        world.find()
        world.hire(made, [1.0])
        earned.append(float(world.c.earnings[1]))

    assert earned == [140.0, 200.0]  # 8 + u x 24 hours


def test_jobs_beside_lessons_are_smaller_unless_these_are_combined_with_work(seekers, finding, drawn):
    drawn(job_search, {job_search.HOURS: 0.5})
    made = finding(weekly_hours_job=20.0, hours_beside_lessons=12.0, hourly_wage=10.0)
    earned = []
    for activity in (0, Activity.DUAL):
        world = seekers(first_job_week=NEVER, integration=Integration.B1_ROUTE, activity=activity)
        world.find()
        world.hire(made, [1.0])
        earned.append(float(world.c.earnings[1]))

    assert earned == [120.0, 200.0]


def test_a_job_in_reception_is_not_yet_a_way_off_benefit(seekers, finding):
    world = seekers(housing=Housing.REGULAR)
    world.find()
    world.hire(finding(), [1.0])

    assert world.c.first_job_week[1] == 100 and world.c.off_benefit_week[1] == NEVER


def test_the_way_the_first_job_was_found_stays_on_record(seekers, finding):
    world = seekers(first_job_through=FoundThrough.CONTACTS, first_job_week=3)
    world.find()
    world.hire(finding(), [1.0])

    assert world.c.first_job_through[1] == FoundThrough.CONTACTS and world.c.first_job_week[1] == 3


def test_people_in_procedure_wait_for_the_work_permit(seekers, finding, luck):
    world = seekers(legal=Legal.GENERAL_TRACK)
    made = finding(twv_weeks=4.0)
    world.find()
    counts, _ = world.hire(made, [1.0])
    c, counts_later = world.c, np.zeros(4, np.int64)

    assert counts == [0, 1, 0, 0] and c.work[1] == Work.PERMIT_PENDING and c.earnings[1] == 0
    assert job_search.grant_work_permits(ONE, c, made, luck(week=103), counts_later) == 0
    assert c.work[1] == Work.PERMIT_PENDING
    assert job_search.grant_work_permits(ONE, c, made, luck(week=104), counts_later) == 1
    assert c.work[1] == Work.EMPLOYED_BASIC and c.had_work_permit[1] and c.job_week[1] == 104
    assert counts_later.tolist() == [1, 0, 1, 0]


def test_a_refused_work_permit_sends_people_back_to_search(seekers, finding, luck):
    found = {"first_job_through": FoundThrough.SEARCH, "first_job_week": NEVER}
    world = seekers(work=Work.PERMIT_PENDING, legal=Legal.GENERAL_TRACK, work_permit_week=90, employer=4, **found)

    assert (
        job_search.grant_work_permits(ONE, world.c, finding(twv_refusal=1.0), luck(week=100), np.zeros(4, np.int64))
        == 0
    )
    assert world.c.work[1] == Work.SEARCHING and world.c.employer[1] == 0
    assert world.c.first_job_through[1] == FoundThrough.NONE  # no first job has been found


def test_who_gets_a_permit_needs_no_work_permit(seekers, finding, luck):
    world = seekers(work=Work.PERMIT_PENDING, work_permit_week=100, employer=4)
    counts = np.zeros(4, np.int64)
    job_search.grant_work_permits(ONE, world.c, finding(twv_refusal=1.0), luck(week=100), counts)

    assert world.c.work[1] == Work.EMPLOYED_BASIC and not world.c.had_work_permit[1]
    assert counts.tolist() == [1, 0, 0, 0]


# Referral --------------------------------------------------------------------------------------------------


def test_employed_contacts_help_and_jobless_ones_do_not(finding):
    made = finding(referral_chance=0.004, referral_weak=0.25, jobless_drag=0.02)

    assert referral.referral_hazard(5.0, 0.0, 0.0, 1.0, 1.0, made) == 0.0
    # 0.004 x (2 + 0.25 x 4) x 1 x (1 - 0.02 x 3)
    assert referral.referral_hazard(5.0, 2.0, 4.0, 1.0, 1.0, made) == pytest.approx(0.01128)
    assert referral.referral_hazard(2.0, 2.0, 4.0, 0.25, 1.0, made) == pytest.approx(0.006)  # square root of effort
    assert referral.referral_hazard(2.0, 2.0, 4.0, 1.0, 9.0, made) == pytest.approx(0.036)  # readiness up to 3


# Working more hours ----------------------------------------------------------------------------------------


@pytest.fixture
def growing(rates):
    return rates(working_hours.Rates, hours_growth=0.5, hourly_wage=10.0, wage_premium_matched=1.5)


def test_hours_grow_towards_full_time_of_the_kind_of_job(people, growing):
    """A year at half the gap: from 200 euros towards 36 x 10, and towards 36 x 15 in a matched job."""
    work = [Work.EMPLOYED_BASIC, Work.EMPLOYED_MATCHED, Work.SEARCHING, Work.EMPLOYED_BASIC]
    c = people(working_hours.Columns, 4, work=work, earnings=[200.0, 200.0, 0.0, 400.0])

    assert working_hours.update(np.arange(1, 5), c, np.full(4, working_hours.WEEKS_IN_YEAR), growing) == 2
    assert c.earnings[1:] == pytest.approx([280.0, 370.0, 0.0, 400.0])


def test_hours_do_not_grow_beside_lessons_unless_these_are_combined_with_work(people, growing):
    state = [Integration.B1_ROUTE, Integration.B1_ROUTE, Integration.PASSED_B1]
    activity = [0, Activity.DUAL, 0]
    c = people(working_hours.Columns, 3, work=Work.EMPLOYED_BASIC, earnings=200.0, integration=state, activity=activity)

    assert working_hours.update(np.arange(1, 4), c, np.full(3, 4.0), growing) == 2
    assert c.earnings[1] == 200.0
    assert c.earnings[2:] == pytest.approx(200.0 + 4.0 / 52.18 * 0.5 * 160.0)


# Losing work -----------------------------------------------------------------------------------------------


@pytest.fixture
def losing(rates):
    def make(**changes):
        given = {"job_loss_base": 0.01, "job_loss_matched": 0.5, "coach_share": 0.0, "coach_loss": 0.75}
        return rates(job_loss.Rates, **{**given, "job_loss_on_move": 0.0, "max_weeks_of_52": 52, **changes})

    return make


def test_a_match_and_a_coach_make_jobs_last(losing):
    assert job_loss.chance(False, False, losing()) == 0.01
    assert job_loss.chance(True, False, losing()) == 0.005
    assert job_loss.chance(True, True, losing()) == pytest.approx(0.00375)


@pytest.fixture
def risk(luck, lanes):
    """Visit the people of ``c`` with these draws; give how many lose their job this week."""

    def make(c, rates, draw, week, due=None, weeks=4.0):
        rows = np.arange(1, len(c.work))
        drawn, due = lanes(VISIT_LANES, len(rows), every=0.0, job_loss=draw), due or new_due(len(rows))
        job_loss.update(rows, c, np.full(len(rows), weeks), rates, drawn, luck(week=week), due)
        return job_loss.end(take_due(due, week)[0], c)

    return make


def test_nobody_loses_a_job_when_luck_is_best(people, risk, losing):
    c = employed(people, job_loss, 3, legal=Legal.PERMIT, housing=Housing.SOCIAL)

    assert risk(c, losing(), 0.99, week=10) == 0
    assert (c.work[1:] == Work.EMPLOYED_BASIC).all()


def test_everybody_has_a_draw_of_their_own_and_nobody_else_loses_the_job(people, risk, losing):
    c = employed(people, job_loss, 3, legal=Legal.PERMIT, housing=Housing.SOCIAL)

    assert risk(c, losing(), [0.9, 0.001, 0.9], week=10) == 1
    assert c.work[1:].tolist() == [Work.EMPLOYED_BASIC, Work.ELIGIBLE, Work.EMPLOYED_BASIC]


@pytest.mark.parametrize("factor", ["job_loss_matched", "coach_loss"])
def test_jobs_that_last_less_long_are_seen_too(people, risk, losing, factor):
    """The quick look at the draw must not pass by those whose risk is above the base."""
    made = losing(**{"coach_share": 1.0, "job_loss_matched": 1.0, "coach_loss": 1.0, factor: 3.0})
    for draw, lost in ((0.029, 1), (0.031, 0)):
        c = employed(people, job_loss, legal=Legal.PERMIT, housing=Housing.SOCIAL, work=Work.EMPLOYED_MATCHED)

        assert risk(c, made, draw, week=10) == lost


def test_a_lost_job_takes_earnings_and_employer_along(people, risk, losing):
    c = employed(people, job_loss, 3, legal=Legal.PERMIT, work=[Work.EMPLOYED_BASIC, Work.EMPLOYED_MATCHED, Work.STUDY])

    assert risk(c, losing(), 0.006, week=10) == 1
    assert c.work[1:].tolist() == [Work.ELIGIBLE, Work.EMPLOYED_MATCHED, Work.STUDY]
    assert c.earnings[1] == 0 and c.employer[1] == 0 and c.earnings[2] == 300


def test_a_loss_waits_for_its_week(people, risk, losing):
    """A chance of 0.01 a week: 1 - 0.99^3 = 0.0297 within three weeks."""
    c, due = employed(people, job_loss, 2, legal=Legal.PERMIT), new_due(2)

    assert risk(c, losing(), [0.0296, 0.0298], week=10, due=due) == 0
    assert [take_due(due, week)[0].tolist() for week in (11, 12, 13)] == [[], [1], [2]]


def test_who_lost_the_job_before_its_week_loses_it_once(people):
    c = employed(people, job_loss, 2, work=[Work.SEARCHING, Work.EMPLOYED_BASIC])

    assert job_loss.end(np.array([1, 2]), c) == 1


def test_a_move_between_sites_ends_jobs_by_chance(people, losing, luck, drawn):
    drawn(job_loss, 0.4)
    c = employed(people, job_loss, 3, legal=Legal.PERMIT, work=[Work.EMPLOYED_BASIC, Work.EMPLOYED_MATCHED, Work.STUDY])

    assert job_loss.drop(np.arange(1, 4), c, losing(job_loss_on_move=0.39), luck(week=10)) == 0
    assert job_loss.drop(np.arange(1, 4), c, losing(job_loss_on_move=0.41), luck(week=10)) == 2
    assert c.work[1:].tolist() == [Work.ELIGIBLE, Work.ELIGIBLE, Work.STUDY] and c.earnings[1] == 0


@pytest.mark.parametrize("turn", range(VISITS))
def test_people_in_procedure_work_24_weeks_of_a_year_and_permit_holders_as_long_as_they_like(
    people, risk, losing, turn
):
    c, due = employed(people, job_loss, 2, legal=[Legal.GENERAL_TRACK, Legal.PERMIT], job_week=60), new_due(2)
    made = losing(max_weeks_of_52=24)
    worked = [0, 0]
    for week in range(61, 100):
        for person in range(2):
            worked[person] += c.work[person + 1] == Work.EMPLOYED_BASIC
        if week % VISITS == turn:
            risk(c, made, 0.9, week=week, due=due, weeks=VISITS)
        else:
            job_loss.end(take_due(due, week)[0], c)

    assert worked == [24, 39]


@pytest.mark.parametrize("late", range(4))
def test_the_weeks_worked_begin_anew_each_year_also_for_those_without_a_job(people, risk, losing, late):
    c = employed(people, job_loss, 2, legal=Legal.GENERAL_TRACK, weeks_worked=24, job_week=70)
    c.work[1:] = [Work.ELIGIBLE, Work.EMPLOYED_BASIC]
    risk(c, losing(max_weeks_of_52=24), 0.9, week=104 + late)

    assert c.weeks_worked[1:].tolist() == [0, late]  # this week is still to be worked


# Diplomas --------------------------------------------------------------------------------------------------


@pytest.fixture
def recognition(people, luck, lanes, rates):
    """Visit people of whom ``draw`` says who asks; the chance to ask is 0.02 a week."""

    def make(n=1, draw=0.0, missing=0.0, week=100, **columns):
        made = rates(
            diplomas.Rates,
            diploma_ask_chance=0.02,
            diploma_weeks=30.0,
            diploma_documents_missing=missing,
            wage_premium_matched=1.2,
        )
        c = people(diplomas.Columns, n, **{"legal": Legal.PERMIT, **columns})
        lane = lanes(VISIT_LANES, n, every=0.99, diploma=draw)
        return c, diplomas.update(np.arange(1, n + 1), c, np.full(n, 4.0), made, lane, luck(week=week))

    return make


def test_permit_holders_ask_for_recognition(recognition):
    states = [Diploma.UNRECOGNISED, Diploma.UNRECOGNISED, Diploma.NONE]
    c, new = recognition(n=3, diploma=states, legal=[Legal.PERMIT, Legal.GENERAL_TRACK, Legal.PERMIT])

    assert c.diploma[1:].tolist() == [Diploma.ASKED, Diploma.UNRECOGNISED, Diploma.NONE]
    assert c.diploma_week[1] == 100 and new == 0


def test_the_chance_to_ask_counts_for_the_four_weeks_between_two_visits(recognition):
    c, _ = recognition(n=2, draw=[0.0799, 0.0801], diploma=Diploma.UNRECOGNISED)

    assert c.diploma[1:].tolist() == [Diploma.ASKED, Diploma.UNRECOGNISED]


@pytest.mark.parametrize(
    ("asked", "missing", "state"),
    [(71, 0.0, Diploma.ASKED), (70, 0.0, Diploma.RECOGNISED), (70, 1.0, Diploma.NONE)],
)
def test_recognition_takes_its_weeks_and_needs_documents(recognition, asked, missing, state):
    c, new = recognition(diploma=Diploma.ASKED, diploma_week=asked, missing=missing)

    assert c.diploma[1] == state and new == (state == Diploma.RECOGNISED)


def test_a_recognised_diploma_and_dutch_turn_a_job_into_a_matched_one(recognition):
    given = {"diploma": Diploma.RECOGNISED, "work": Work.EMPLOYED_BASIC, "earnings": 100.0}
    c, _ = recognition(n=3, draw=[0.0, 0.0, 0.081], language=[1.9, 2.0, 2.0], **given)

    assert c.work[1:].tolist() == [Work.EMPLOYED_BASIC, Work.EMPLOYED_MATCHED, Work.EMPLOYED_BASIC]
    assert c.earnings[1:] == pytest.approx([100.0, 120.0, 100.0])


# Money -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("monthly", "contribution"),
    [(0.0, 0.0), (400.0, 300.0), (739.0, 554.25), (741.0, 556.0), (784.0, 599.0), (800.0, 600.0), (2000.0, 600.0)],
)
def test_the_own_contribution_leaves_185_euros_and_stops_at_600(monthly, contribution):
    # three quarters of the wage while what is left is under 185, then all above 185
    assert money.own_contribution(monthly, 0.75, 185.0, 600.0) == pytest.approx(contribution)
    assert money.net_gain(monthly, 0.75, 185.0, 600.0) == pytest.approx(monthly - contribution)


@pytest.mark.parametrize(
    ("legal", "housing", "student", "earnings", "benefit"),
    [
        (Legal.PERMIT, Housing.SOCIAL, False, 0.0, True),
        (Legal.NATURALISED, Housing.TRANSITION, False, 230.0, True),  # 230 x 52 / 12 = 996.67 a month
        (Legal.PERMIT, Housing.SOCIAL, False, 231.0, False),  # 1,001
        (Legal.PERMIT, Housing.SOCIAL, True, 0.0, False),
        (Legal.PERMIT, Housing.REGULAR, False, 0.0, False),
        (Legal.PERMIT, Housing.NONE, False, 0.0, False),
        (Legal.GENERAL_TRACK, Housing.PRIVATE, False, 0.0, False),
    ],
)
def test_who_is_on_benefit(legal, housing, student, earnings, benefit):
    assert money.on_benefit(legal, housing, student, earnings, 1000.0) == benefit


@pytest.fixture
def purse(rates):
    def make(**changes):
        given = {"reba_rate": 0.75, "reba_free": 185.0, "reba_cap": 600.0, "savings_share": 0.5}
        given |= {"benefit_single": 1000.0, "benefit_couple": 1400.0, "benefit_taper": 0.0}
        given |= {"deposit_need": 1000.0, "setup_grant": 0.0, "debt_chance": 0.0, "debt_clear_chance": 0.0}
        return rates(money.Rates, **{**given, "debt_relief_effect": 0.5, "relief_weeks": 26.0, **changes})

    return make


def test_benefit_fills_up_to_the_norm_and_a_part_of_earnings_is_kept(purse):
    norm, couple = 1000 * 12 / 52, 1400 * 12 / 52
    made = purse(benefit_taper=0.25, benefit_young=0.25)

    def due(earnings=0.0, partner=False, legal=Legal.PERMIT, housing=Housing.SOCIAL, student=False, young=False):
        return money.benefit_due(legal, housing, student, earnings, partner, made, True, young)

    assert due() == pytest.approx(norm)
    assert due(100.0) == pytest.approx(norm - 75.0)
    assert due(100.0, partner=True) == pytest.approx((couple - 75.0) / 2)
    assert due(norm + 1.0) == 0.0 and due(norm - 1e-9) > 0.0
    assert due(norm + 1.0, partner=True) > 0.0  # the norm of a couple is higher
    assert due(young=True) == pytest.approx(norm / 4) and due(young=True, partner=True) == due(partner=True)
    assert due(student=True) == due(housing=Housing.REGULAR) == due(legal=Legal.REJECTED) == 0.0


class Purses:
    """People of 30 with a permit at home since week 0, without earnings, and a visit in week 30."""

    def __init__(self, people, luck, lanes, n=1, **columns):
        given = {"housing": Housing.SOCIAL, "legal": Legal.PERMIT, "housed_week": 0, "capacity": 0.5}
        self.c = people(money.Columns, n, **{**given, "birth_week": -1500, **columns})
        self.n, self.luck, self.lanes, self.sums = n, luck, lanes, np.zeros(2, np.int64)

    def visit(self, rates, week=30, debt=0.99):
        """Settle money; ``debt`` is the draw that says whether debts begin or clear."""
        rows, made = np.arange(1, self.n + 1), self.lanes(VISIT_LANES, self.n, every=0.0, debt=debt)
        return money.update(rows, self.c, np.full(len(rows), 4.0), rates, made, self.luck(week=week), self.sums)


@pytest.fixture
def purses(people, luck, lanes):
    return lambda n=1, **columns: Purses(people, luck, lanes, n, **columns)


def test_who_is_alone_and_below_21_gets_the_norm_of_the_young(purses, purse):
    born = [30 - int(20.9 * 52.18), 30 - int(21.1 * 52.18)]
    world = purses(2, birth_week=born)
    world.visit(purse(benefit_young=0.25))

    assert world.c.benefit[1:] == pytest.approx([250 * 12 / 52, 1000 * 12 / 52])


def test_the_contribution_of_four_weeks_is_booked_and_half_is_saved(purses, purse):
    earnings = 2600 * 12 / 52  # 2,600 a month: 600 a month to COA
    world = purses(2, housing=Housing.REGULAR, earnings=[earnings, 0.0])
    world.visit(purse())

    paid = 600 * 12 / 52 * 4
    assert world.c.contribution[1:] == pytest.approx([paid, 0.0])
    assert world.c.savings[1:] == pytest.approx([paid / 2, 0.0])
    assert world.sums.tolist() == [int(paid * 100), int(paid * 50)]


def test_the_benefit_is_settled_at_the_visit(purses, purse):
    norm = 1000 * 12 / 52
    world = purses(
        5,
        housing=[Housing.SOCIAL, Housing.SOCIAL, Housing.REGULAR, Housing.SOCIAL, Housing.SOCIAL],
        legal=[Legal.PERMIT, Legal.PERMIT, Legal.PERMIT, Legal.GENERAL_TRACK, Legal.NATURALISED],
        earnings=[0.0, 100.0, 0.0, 0.0, 0.0],
        benefit=99.0,
    )
    world.visit(purse())

    assert world.c.benefit[1:] == pytest.approx([norm, norm - 100.0, 0.0, 0.0, norm])


def test_a_couple_is_one_household_for_benefit(purses, purse):
    couple = 1400 * 12 / 52
    world = purses(3, partner=[2, 1, 0], earnings=[100.0, 0.0, 0.0])
    world.visit(purse())

    assert world.c.benefit[1:] == pytest.approx([(couple - 100.0) / 2, (couple - 100.0) / 2, 1000 * 12 / 52])


def test_students_in_the_route_and_not_after_it_and_nobody_of_pension_age_get_benefit(purses, purse):
    world = purses(
        3,
        work=[Work.STUDY, Work.STUDY, Work.OUTSIDE],
        integration=[Integration.EDUCATION_ROUTE, Integration.PASSED_B1, Integration.EXEMPT],
        birth_week=[-1500, -1500, 30 - money.PENSION_WEEKS],
    )
    world.visit(purse())

    assert (world.c.benefit[1:] > 0).tolist() == [True, False, False]


def test_savings_are_released_at_the_first_visit_in_a_home(purses, purse):
    """Homes are given after the money of the week, so the first visit comes one to eight weeks later."""
    for week in range(11, 11 + VISITS):
        world = purses(housed_week=10, savings=500.0)
        world.visit(purse(), week=week)

        assert world.c.savings[1] == 0.0, f"{week - 10} weeks after the move"


def test_savings_lower_the_chance_to_start_with_debts(purses, purse):
    # 500 saved of a need of 2 x 1,000: shortfall 0.75, chance 0.375
    world = purses(2, housed_week=10, savings=500.0)

    assert world.visit(purse(), week=11, debt=[0.374, 0.376]) == 1
    assert world.c.debt[1:].tolist() == [True, False]


def test_debts_begin_on_benefit_and_less_with_financial_relief(purses, purse):
    made = purse(debt_chance=0.01)  # four weeks x 0.01 x (1.5 - 0.5) = 0.04, with relief 0.02
    for week, edge in ((25, 0.02), (26, 0.04)):
        world = purses(2)
        world.visit(made, week=week, debt=[edge - 0.001, edge + 0.001])

        assert world.c.debt[1:].tolist() == [True, False]

    world = purses(earnings=999.0)
    world.visit(made, debt=0.0)

    assert not world.c.debt[1]


def test_debts_are_cleared_by_chance(purses, purse):
    world = purses(2, debt=True)

    assert world.visit(purse(debt_clear_chance=0.01), debt=[0.039, 0.041]) == 1
    assert world.c.debt[1:].tolist() == [False, True]
