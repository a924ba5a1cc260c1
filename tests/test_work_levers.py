"""Levers of work: participation jobs, training, help to work, profiles, diplomas, return."""

from math import exp

import numpy as np
import pytest

from abm.draws import HOUSEHOLD_LANES, VISIT_LANES, decision
from abm.people import NEVER
from abm.processes import departures, diplomas, job_search, work_programmes
from abm.processes.help_to_work import gets_help, participation_factor, programme_factor, works
from abm.states import Activity, Diploma, Housing, Integration, Legal, Programme, Work

pytestmark = pytest.mark.usefixtures("plain")

ONE, TWO = np.array([1]), np.array([1, 2])
JOB, COMPANY, TRAINING, RETURN = (
    Programme.PARTICIPATION_JOB,
    Programme.DEVELOPMENT,
    Programme.TRAINING,
    Programme.RETURN_TRAINING,
)


# Work programmes ---------------------------------------------------------------------------------------------------


class Seekers:
    """Housed permit holders without a job who know Dutch at A2 and have effort 1; they ask with a chance of 0.4."""

    def __init__(self, people, rates, luck, lanes, n=1, **columns):
        given = {"legal": Legal.PERMIT, "housing": Housing.SOCIAL, "work": Work.SEARCHING, "language": 2.0}
        mind = {"motivation": 0.5, "capacity": 1.0, "integration": Integration.PASSED_A2}
        self.c = people(work_programmes.Columns, n, **{**given, **mind, **columns})
        self.rows, self.n, self.rates, self.luck, self.lanes = np.arange(1, n + 1), n, rates, luck, lanes
        self.taken = np.zeros(work_programmes.KINDS, np.int64)

    def visit(self, draw=0.9, places=(0.0, 0.0, 0.0), week=100, **changes):
        """Visit everybody; ``draw`` is 0 to 1 within the chance to ask, ``places`` are those free by programme."""
        given = {
            "chance_programme": 0.1,
            "training_language": 1.5,
            "participation_job_weeks": 26,
            "development_weeks": 26,
            "training_weeks": 40,
            "programme_effect_weeks": 104,
            "return_training_share": 0.0,
            **changes,
        }
        self.free = np.array([0.0, *places])
        lane = self.lanes(VISIT_LANES, self.n, programme=0.4 * np.array(draw))
        made = self.rates(work_programmes.Rates, **given)
        return work_programmes.update(
            self.rows, self.c, self.free, self.taken, np.full(len(self.rows), 4.0), made, lane, self.luck(week=week)
        )

    def kinds(self):
        """Give the programme of each who is in one now."""
        inside = (self.c.activity[1:] & Activity.IN_PROGRAMME) != 0
        return [Programme(k) if now else None for k, now in zip(self.c.programme[1:], inside, strict=True)]


@pytest.fixture
def seekers(people, rates, luck, lanes):
    return lambda n=1, **columns: Seekers(people, rates, luck, lanes, n, **columns)


def test_who_asks_gets_a_place_in_what_was_asked_for(seekers):
    world = seekers(4)

    assert world.visit([0.2, 0.5, 0.8, 1.01], (1.0, 1.0, 1.0)) == 3
    assert world.kinds() == [TRAINING, COMPANY, JOB, None]
    assert world.taken.tolist() == [0, 1, 1, 1, 0] and world.free.tolist() == [0.0, 0.0, 0.0, 0.0]
    assert world.c.programme_week[1:].tolist() == [100, 100, 100, NEVER]


def test_places_bind_and_go_in_the_order_of_the_draw(seekers):
    world = seekers(3)

    assert world.visit([0.9, 0.7, 0.8], (1.9, 0.0, 0.0)) == 1
    assert world.kinds() == [None, JOB, None] and world.free[JOB] == pytest.approx(0.9)
    assert world.visit([0.9, 0.5, 0.8], (-5.0, 0.0, 0.0)) == 0  # more people than places, after a cut


def test_effort_raises_the_chance_to_ask(seekers):
    world = seekers(2, motivation=[0.5, 0.4])

    assert world.visit([0.9, 0.9], (9.0, 9.0, 9.0)) == 1 and world.kinds() == [JOB, None]


def test_retraining_asks_for_dutch_and_a_home(seekers):
    world = seekers(3, language=[1.4, 1.5, 2.0], housing=[Housing.SOCIAL, Housing.SOCIAL, Housing.REGULAR])
    world.visit(0.1, (9.0, 9.0, 9.0))

    assert world.kinds() == [COMPANY, TRAINING, COMPANY]


@pytest.mark.parametrize(
    ("columns", "may"),
    [
        ({"legal": Legal.GENERAL_TRACK, "housing": Housing.REGULAR, "work": Work.BARRED}, True),
        ({"legal": Legal.PERMIT, "housing": Housing.EMERGENCY, "work": Work.ELIGIBLE}, True),
        ({"legal": Legal.SHORT_TRACK, "housing": Housing.REGULAR, "work": Work.BARRED}, False),
        ({"legal": Legal.REJECTED, "housing": Housing.REGULAR, "work": Work.BARRED}, False),
        ({"work": Work.EMPLOYED_BASIC}, False),
        ({"work": Work.STUDY}, False),
        ({"work": Work.OUTSIDE}, False),
        ({"integration": Integration.B1_ROUTE}, False),
        ({"activity": Activity.EXPERIENCED, "programme_week": 90}, False),
        ({"activity": Activity.TRAINED}, False),
    ],
)
def test_who_may_ask_for_a_place(seekers, columns, may):
    assert seekers(**columns).visit(0.9, (1.0, 1.0, 1.0)) == int(may)


@pytest.mark.parametrize(
    ("programme", "weeks", "gained"),
    [(JOB, 26, Activity.EXPERIENCED), (COMPANY, 26, Activity.EXPERIENCED), (TRAINING, 40, Activity.TRAINED)],
)
def test_a_completed_programme_leaves_experience_and_frees_its_place(seekers, programme, weeks, gained):
    world = seekers(activity=Activity.IN_PROGRAMME, programme=programme, programme_week=100 - weeks)
    world.visit(week=99)
    assert world.kinds() == [programme] and world.taken[programme] == 1

    world.visit(week=100)
    assert world.c.activity[1] == gained and world.c.programme[1] == programme and world.c.programme_week[1] == 100
    assert world.taken.sum() == 0 and world.free[programme] == (0.0 if programme == TRAINING else 1.0)


@pytest.mark.parametrize(
    "columns",
    [{"move_week": 98}, {"work": Work.EMPLOYED_BASIC}, {"work": Work.OUTSIDE}, {"legal": Legal.REJECTED}],
)
def test_a_move_a_job_or_a_refusal_ends_a_programme_without_effect(seekers, columns):
    world = seekers(activity=Activity.IN_PROGRAMME, programme=COMPANY, programme_week=10, **columns)
    world.visit()

    assert world.c.activity[1] == 0 and world.c.programme[1] == Programme.NONE


def test_experience_of_a_job_lapses_and_retraining_does_not(seekers):
    world = seekers(2, activity=[Activity.EXPERIENCED, Activity.TRAINED], programme_week=0)
    world.visit(week=103)
    assert world.c.activity[1:].tolist() == [Activity.EXPERIENCED, Activity.TRAINED]

    world.visit(week=104)
    assert world.c.activity[1:].tolist() == [0, Activity.TRAINED]


def test_a_share_of_those_unlikely_to_stay_follows_training_for_return(seekers, drawn):
    drawn(work_programmes, 0.4)
    legal = [Legal.SHORT_TRACK, Legal.REJECTED, Legal.GENERAL_TRACK, Legal.PERMIT]
    world = seekers(4, legal=legal, housing=Housing.REGULAR, work=Work.BARRED)

    assert world.visit(2.0, return_training_share=0.3) == 0
    assert world.visit(2.0, return_training_share=0.5) == 2 and world.kinds() == [RETURN, RETURN, None, None]
    assert world.taken[RETURN] == 2
    world.c.legal[1] = Legal.PERMIT
    world.visit(2.0, return_training_share=0.5)
    assert world.kinds() == [None, RETURN, None, None]
    world.visit(2.0, return_training_share=0.0)  # the policy has ended
    assert world.kinds() == [None] * 4


def test_training_for_return_makes_supervised_departure_likelier(rates):
    made = rates(
        departures.Rates,
        chance_supervised_departure=0.01,
        chance_forced_departure=0.0,
        chance_unsupervised_departure_rejected=0.0,
        chance_reopened_after_rejection=0.0,
        return_by_training=0.3,
    )

    def leaves(uniform, trained):
        return departures.outcome(Legal.REJECTED, 1.0, 0.0, uniform, made, trained)

    assert leaves(0.0099, False) == departures.SUPERVISED and leaves(0.0101, False) == departures.STAYS
    assert leaves(0.01 * exp(0.3) - 1e-5, True) == departures.SUPERVISED
    assert leaves(0.01 * exp(0.3) + 1e-5, True) == departures.STAYS


@pytest.mark.parametrize(("programme", "leaves"), [(RETURN, True), (JOB, False)])
def test_a_household_leaves_by_the_training_of_its_first_member(
    people, households, rates, luck, lanes, programme, leaves
):
    c = households(departures.Columns, legal=Legal.REJECTED, first_row=1, size=1, application_week=0)
    m = people(departures.Members, legal=Legal.REJECTED, activity=Activity.IN_PROGRAMME, programme=programme)
    made = rates(
        departures.Rates,
        chance_supervised_departure=0.01,
        chance_forced_departure=0.0,
        chance_unsupervised_departure_rejected=0.0,
        chance_reopened_after_rejection=0.0,
        return_by_training=0.3,
    )
    drawn = lanes(HOUSEHOLD_LANES, 1, departure=0.012)
    departures.leave(ONE, c, m, made, drawn, luck(week=52), np.zeros(5, np.int64), np.zeros(1, np.uint32))

    assert (c.legal[1] == Legal.LEFT) == leaves


# Help to work ------------------------------------------------------------------------------------------------------


def test_a_partner_with_a_job_ends_help_except_for_a_share():
    assert gets_help(False, 0.9, 0.0)
    assert not gets_help(True, 0.31, 0.3) and gets_help(True, 0.29, 0.3)


def test_a_partner_counts_from_the_week_after_the_job_began():
    assert works(Work.EMPLOYED_BASIC, 99, 100) and works(Work.EMPLOYED_MATCHED, 99, 100)
    assert not works(Work.EMPLOYED_BASIC, 100, 100) and not works(Work.SEARCHING, 10, 100)


def test_what_a_completed_programme_adds():
    effects = (1.15, 1.3, 1.2)

    assert programme_factor(0, JOB, *effects) == 1.0
    assert programme_factor(Activity.EXPERIENCED, JOB, *effects) == 1.15
    assert programme_factor(Activity.EXPERIENCED, COMPANY, *effects) == 1.3
    assert programme_factor(Activity.TRAINED, TRAINING, *effects) == 1.2
    assert programme_factor(Activity.EXPERIENCED | Activity.TRAINED, COMPANY, *effects) == pytest.approx(1.56)


def test_participation_counts_as_far_as_the_term_has_run_and_not_in_the_z_route():
    b1, education, z = 1, 2, 3

    assert participation_factor(b1, 0, 200.0, 1.05, 156) == 1.0
    assert participation_factor(b1, 78, 200.0, 1.05, 156) == pytest.approx(1.05)
    assert participation_factor(education, 900, 200.0, 1.05, 156) == pytest.approx(1.1)
    assert participation_factor(z, 900, 200.0, 1.05, 156) == 1.0


@pytest.fixture
def hazard(people, rates, luck, lanes, drawn):
    """Give the weekly hazard at which the first of two people finds work; 0.1 without any help."""

    def ask(changes=None, centre=0.0, **columns):
        drawn(job_search, 0.5)
        c = people(
            job_search.Columns,
            2,
            **{
                "household": 1,
                "education": 1,
                "readiness": 1.0,
                "subsidy_draw": 0.5,
                "centre_draw": 0.5,
                "legal": Legal.PERMIT,
                "housing": Housing.SOCIAL,
                "integration": Integration.EXEMPT,
                "work": Work.SEARCHING,
                "motivation": 0.5,
                "capacity": 1.0,
                "region": 0,
                "arrival_week": 0,
                "access_week": NEVER,
                **columns,
            },
        )
        given = {
            "search_threshold": 0.0,
            "job_finding_base": 0.1,
            "job_by_language": 0.0,
            "job_by_education": 0.0,
            "job_women": 0.0,
            "ban_memory": 0.0,
            "referral_chance": 0.0,
            "twv_deterrence": 0.0,
            "wage_subsidy_share": 0.0,
            "map_effect": 1.0,
            "support_both_partners": 0.3,
            "job_in_reception": 1.0,
            "search_by_kept_share": 0.0,
            **(changes or {}),
        }
        market = (np.zeros(2, bool), np.ones(1), np.array([centre]))
        draws = lanes(VISIT_LANES, 1, search=0.5)
        job_search.consider(ONE, c, *market, rates(job_search.Rates, **given), draws, luck(week=100))
        return pytest.approx(-np.log(1 - c.job_chance[1]), rel=1e-4) if c.work[1] == Work.SEARCHING else None, c

    return ask


def test_help_is_for_those_whose_partner_has_no_job(hazard):
    help_given = {"wage_subsidy_share": 1.0, "wage_subsidy_effect": 1.5}
    working = {"partner": [2, 1], "work": [Work.SEARCHING, Work.EMPLOYED_BASIC], "job_week": [NEVER, 50]}

    assert hazard(help_given)[0] == 0.15
    assert hazard(help_given, **{**working, "work": Work.SEARCHING})[0] == 0.15
    assert hazard(help_given, **working)[0] == 0.1  # drawn 0.5, kept by 0.3
    assert hazard({**help_given, "support_both_partners": 0.6}, **working)[0] == 0.15


def test_the_module_and_the_work_centre_are_help_too(hazard):
    working = {"partner": [2, 1], "work": [Work.SEARCHING, Work.EMPLOYED_BASIC], "job_week": [NEVER, 50]}
    module = {"map_effect": 1.2, "map_hours": 54.0}

    assert hazard(module, activity=Activity.WORKSHOP)[0] == 0.12
    assert hazard(module, activity=Activity.WORKSHOP, **working)[0] == 0.1
    assert hazard({"work_centre_effect": 1.4}, centre=0.6)[0] == 0.14
    assert hazard({"work_centre_effect": 1.4}, centre=0.6, **working)[0] == 0.1


def test_the_municipal_task_brings_module_and_centre_to_people_in_the_procedure(hazard):
    changes = {"work_centre_effect": 1.5, "map_effect": 1.2, "map_hours": 54.0, "municipal_task_coverage": 0.6}
    applicant = {"legal": Legal.GENERAL_TRACK, "housing": Housing.REGULAR}

    assert hazard(changes, **applicant)[0] == 0.1
    found, c = hazard({**changes, "municipal_task_asylum": True}, **applicant)
    assert found == 0.18 and c.activity[1] == Activity.WORKSHOP
    assert hazard({**changes, "municipal_task_asylum": True, "municipal_task_coverage": 0.4}, **applicant)[0] == 0.1
    assert hazard({**changes, "municipal_task_asylum": True})[0] == 0.1  # with a permit the task was there


def test_people_in_reception_look_harder_when_they_keep_more(hazard):
    pay = {"weekly_hours_job": 20.0, "hourly_wage": 12.0}  # 1,040 euros a month, of which 624 is the usual 60 percent
    rules = {"reba_rate": 1.0, "reba_free": 0.0, "search_by_kept_share": 0.3, "usual_kept_share": 0.6}
    here = {"housing": Housing.REGULAR}

    assert hazard({**pay, **rules, "reba_cap": 416.0}, **here)[0] == 0.1
    assert hazard({**pay, **rules, "reba_cap": 0.0}, **here)[0] == 0.12  # all of it is kept: 1 + 0.3 x (1 / 0.6 - 1)
    scheme = {"savings_share": 1.0, "savings_perceived": 0.5}  # half of the contribution feels like one's own
    assert hazard({**pay, **rules, "reba_cap": 416.0, **scheme}, **here)[0] == 0.11
    assert hazard({**pay, **rules, "reba_cap": 0.0})[0] == 0.1  # at home


def test_programmes_and_participation_raise_the_hazard(hazard):
    worked = {"activity": Activity.EXPERIENCED, "programme": COMPANY}
    follows = {"route": 1, "route_start_week": 22, "integration": Integration.EXEMPT}

    assert hazard({"development_effect": 1.3}, **worked)[0] == 0.13
    assert hazard({"b1_participation_hours": 0.0}, **follows)[0] == 0.1
    changes = {"b1_participation_hours": 400.0, "b1_participation_effect": 1.1, "integration_term_weeks": 156}
    assert hazard(changes, **follows)[0] == 0.12  # half of the term has run: 1 + 0.1 x 400 x 0.5 / 100


def test_training_jobs_and_retraining_hold_people_from_searching_and_participation_jobs_do_not(hazard):
    inside = {"activity": Activity.IN_PROGRAMME}

    assert hazard(programme=COMPANY, **inside)[0] is None
    assert hazard(programme=TRAINING, **inside)[0] is None
    assert hazard(programme=JOB, **inside)[0] == 0.1


def test_part_of_the_earnings_counts_only_in_the_months_it_is_kept(hazard):
    pay = {"weekly_hours_job": 20.0, "hourly_wage": 12.0, "benefit_single": 1200.0, "benefit_taper": 0.5}
    # 1,040 euros a month: half of it is kept at first, and nothing is gained once it is all taken off
    pay |= {"search_gain_scale": 520.0, "search_threshold": 0.5, "taper_months": 6}

    assert hazard(pay)[0] == 0.1
    assert hazard(pay, off_benefit_week=[80, NEVER])[0] == 0.1
    assert hazard(pay, off_benefit_week=[70, NEVER])[0] is None  # 30 weeks are more than six months
    assert hazard({**pay, "taper_months": 12}, off_benefit_week=[70, NEVER])[0] == 0.1


@pytest.mark.parametrize(
    ("columns", "share", "logit"),
    [({}, 0.0, 0.0), ({}, 0.6, 0.4), ({}, 0.4, 0.0), ({"activity": Activity.TRAINED}, 0.6, 1.0)],
)
def test_a_profile_and_retraining_raise_the_match(people, rates, luck, drawn, columns, share, logit):
    matched = []
    for uniform in (1 / (1 + exp(-logit)) - 1e-4, 1 / (1 + exp(-logit)) + 1e-4):
        drawn(job_search, {job_search.PROFILE: 0.5, job_search.MATCH: uniform})
        c = people(job_search.Columns, language=2.0, housing=Housing.SOCIAL, **columns)
        given = {"match_base": 0.0, "match_by_profile": 0.4, "match_by_training": 0.6, "share_profiled": share}
        job_search.start_job(1, c, rates(job_search.Rates, **given), luck(week=50))
        matched.append(c.work[1] == Work.EMPLOYED_MATCHED)

    assert matched == [True, False]


# Diplomas ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def diploma(people, rates, luck, lanes, drawn):
    """Visit one permit holder; give the state of the diploma."""

    def make(state, asked=NEVER, lane=0.5, missing=0.4, practice=0.4, week=100, **changes):
        drawn(diplomas, {diplomas.DIPLOMA: missing, diplomas.PRACTICE: practice})
        c = people(diplomas.Columns, legal=Legal.PERMIT, diploma=state, diploma_week=asked)
        given = {"diploma_ask_chance": 0.01, "diploma_weeks": 30.0, "diploma_documents_missing": 0.5, **changes}
        diplomas.update(
            ONE,
            c,
            np.array([4.0]),
            rates(diplomas.Rates, **given),
            lanes(VISIT_LANES, 1, diploma=lane),
            luck(week=week),
        )
        return Diploma(c.diploma[1])

    return make


def test_a_fee_deters_people_from_asking(diploma):
    fee = {"diploma_fee": 100.0, "diploma_fee_scale": 200.0}
    edge = 0.04 * exp(-0.5)

    assert diploma(Diploma.UNRECOGNISED, lane=0.039) == Diploma.ASKED
    assert diploma(Diploma.UNRECOGNISED, lane=0.039, **fee) == Diploma.UNRECOGNISED
    assert diploma(Diploma.UNRECOGNISED, lane=edge - 1e-4, **fee) == Diploma.ASKED


def test_who_lacks_papers_can_be_recognised_by_practice_after_twice_as_long(diploma):
    asked = {"state": Diploma.ASKED, "asked": 40}

    assert diploma(**asked, missing=0.6) == Diploma.RECOGNISED
    assert diploma(**asked) == Diploma.NONE
    assert diploma(**asked, recognition_by_practice=0.5, week=99) == Diploma.ASKED
    assert diploma(**asked, recognition_by_practice=0.5, week=100) == Diploma.RECOGNISED
    assert diploma(**asked, recognition_by_practice=0.3) == Diploma.NONE


def test_new_decisions_have_luck_of_their_own():
    names = ("interim_choice", "return_training", "work_profile", "recognition_by_practice", "both_partners")

    assert len({decision(name) for name in names}) == len(names)
