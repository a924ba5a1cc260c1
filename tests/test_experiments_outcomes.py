"""Outcomes are the summaries they say, and unknown when what they summarise is."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from experiments.outcomes import OutcomeError, outcome, outcomes, usual
from tests import made_frames

UNTIL = "2021-03-11"
WEEKLY = pd.DataFrame(
    {"week": range(10), "in_reception": np.arange(10.0), "housed": 1.0, "employed_permit": 2.0, "adults_permit": 8.0}
)


def of(stated, until=UNTIL, **frames):
    return outcome("made", stated, until).of(SimpleNamespace(**({"weekly": WEEKLY} | frames)))


def test_weekly_numbers_are_summarised_over_the_weeks_named():
    reception = {"column": "in_reception"}

    assert of({**reception, "summary": "mean"}) == 4.5
    assert of({**reception, "summary": "max", "until": "2021-01-28"}) == 3
    assert of({**reception, "summary": "sum", "from": "2021-02-26"}) == 8 + 9
    assert of({**reception, "at": "2021-01-14"}) == 1
    assert of({**reception, "at": "2021-01-15"}) == 2


def test_an_outcome_says_over_which_weeks_it_is_taken():
    reception = {"column": "in_reception"}
    stated = ({**reception, "summary": "mean"}, {**reception, "at": "2021-01-15"}, {"column": "housed"}, reception)

    assert [outcome("made", one, UNTIL).taken() for one in stated] == [
        "mean over all weeks",
        "in the week from 2021-01-15",
        "sum over all weeks",
        "in the last week",
    ]
    between = {**reception, "summary": "max", "from": "2021-01-15", "until": "2021-01-28"}
    assert outcome("made", between, UNTIL).taken() == "highest over the weeks from 2021-01-15 to 2021-01-28"


def test_flows_are_summed_and_stocks_read_at_the_end_unless_told():
    assert of("housed") == 10 and of("in_reception") == 9


def test_a_share_divides_two_columns():
    assert of({"column": "employed_permit", "per": "adults_permit"}) == 0.25


def test_an_unknown_week_makes_the_summary_unknown():
    gap = WEEKLY.assign(in_reception=[np.nan, *range(9)])

    assert np.isnan(of({"column": "in_reception", "summary": "mean"}, weekly=gap))
    assert of({"column": "in_reception", "summary": "mean", "from": "2021-01-08"}, weekly=gap) == 4


def test_costs_are_added_over_categories_week_by_week():
    costs = made_frames.costs({"benefits": 2.0, "wage_tax": -0.5}, until=UNTIL)
    weeks = costs["week"].nunique()

    assert of({"table": "costs", "summary": "sum"}, costs=costs) == 1.5 * weeks
    assert of({"table": "costs", "summary": "mean", "category": "benefits"}, costs=costs) == 2.0
    unknown = costs.assign(euros=costs["euros"].where(costs["week"] != 3))
    assert np.isnan(of({"table": "costs", "summary": "sum"}, costs=unknown))
    with pytest.raises(OutcomeError, match="the run has no cost category 'benefit'"):
        of({"table": "costs", "category": "benefit"}, costs=costs)


def test_cohorts_are_pooled_by_people():
    rows = [
        {"clock": "permit", "cohort": 2021, "weeks": 26, "people": 100, "employed": 10, "language": 1.0},
        {"clock": "permit", "cohort": 2022, "weeks": 26, "people": 300, "employed": 60, "language": 2.0},
        {"clock": "permit", "cohort": 2022, "weeks": 39, "people": 999, "employed": 999, "language": 9.0},
        {"clock": "application", "cohort": 2022, "weeks": 26, "people": 999, "employed": 999, "language": 9.0},
    ]
    cohorts = made_frames.cohorts(rows)
    stated = {"table": "cohorts", "weeks": 26}

    assert of({**stated, "column": "language"}, "2024-12-31", cohorts=cohorts) == 1.75
    assert of({**stated, "column": "employed", "per": "people"}, "2024-12-31", cohorts=cohorts) == 70 / 400
    assert of({**stated, "column": "employed", "cohort": 2021}, "2024-12-31", cohorts=cohorts) == 10
    assert np.isnan(of({**stated, "column": "employed", "cohort": 2023}, "2024-12-31", cohorts=cohorts))


def test_a_group_is_read_alone():
    groups = pd.DataFrame(
        {"week": [0, 0, 1, 1], "dimension": "sex", "group": ["men", "women"] * 2, "employed": [9.0, 1.0, 9.0, 3.0]}
    )
    stated = {"table": "groups", "dimension": "sex", "group": "women", "column": "employed", "summary": "mean"}

    assert of(stated, groups=groups) == 2


def test_the_usual_outcomes_are_known_for_a_run():
    run = made_frames.smooth_run()
    run.weekly = run.weekly.assign(
        motivation_in_reception=0.5, language_in_route=1.0, employed_permit=1, adults_permit=2
    )

    assert all(np.isfinite(one.of(run)) for one in usual())


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"colum": "housed"}, "outcomes: made: unknown key 'colum'. Did you mean 'column'?"),
        ({"column": "in_recption"}, "outcomes: made.column: there is no 'in_recption'. Did you mean 'in_reception'?"),
        ({"column": "housed", "summary": "median"}, "outcomes: made.summary: there is no 'median'."),
        ({"column": "housed", "from": "2031-01-01"}, "outcomes: made.from: 2031-01-01 lies outside the run"),
        ({"column": "housed", "from": "spring"}, "outcomes: made.from: 'spring' is not a date"),
        ({"column": "housed", "at": "2021-02-01", "summary": "sum"}, "outcomes: made: give either 'at' or 'summary'"),
        ({"column": "housed", "from": "2021-03-01", "until": "2021-02-01"}, "outcomes: made: 'until' lies before"),
        ({"table": "cohorts", "column": "employed"}, "outcomes: made: 'weeks' (since the event) is missing"),
        ({"table": "cohorts", "column": "employed", "weeks": 20}, "outcomes: made.weeks: 20 is not a multiple of 13"),
        (
            {"table": "cohorts", "column": "employed", "weeks": 52, "cohort": 2021},
            "outcomes: made: nobody of cohort 2021",
        ),
        ({"table": "groups", "column": "employed"}, "outcomes: made: 'dimension' is missing"),
        (
            {"table": "groups", "column": "employed", "dimension": "sex", "group": "woman"},
            "outcomes: made.group: there is no 'woman'. Did you mean 'women'?",
        ),
        ({"column": "date"}, "outcomes: made.column: there is no 'date'"),
    ],
)
def test_a_wrong_outcome_is_refused_in_one_line(stated, message):
    with pytest.raises(OutcomeError) as caught:
        outcome("made", stated, UNTIL)

    assert str(caught.value).startswith(message) and "\n" not in str(caught.value)


def test_names_are_unique():
    with pytest.raises(OutcomeError, match="a name stands twice"):
        outcomes(["housed", "housed"])
