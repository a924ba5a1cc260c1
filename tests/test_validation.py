"""The comparison with observed patterns: bands as printed, estimators by hand, verdicts that hide nothing."""

import re
from datetime import date

import numpy as np
import pandas as pd
import pytest

from abm import data, load
from abm.parameters.dates import week_from, week_of
from abm.people import NEVER
from analysis import validation
from analysis.bands import BANDS, Band
from analysis.validation import (
    ON_A_DAY,
    ONE_RUN,
    PAIRED,
    estimate,
    integration,
    mind,
    paired,
    reception,
    record,
    regression,
    trials,
    work,
)
from analysis.validation.estimate import Estimate
from analysis.validation.record import Record, window
from tests import made_frames as made

YEAR_2024 = date(2024, 1, 1), date(2024, 12, 31)


def a_record(persons=None, weekly=None, cohorts=None, costs=None, scale=1.0, until="2030-12-31"):
    """Give a record of made frames; what is not given is empty."""
    return Record(
        made.weekly(until) if weekly is None else weekly,
        made.cohorts([{"clock": "permit", "cohort": 2021, "weeks": 0, "people": 0}]) if cohorts is None else cohorts,
        made.costs({"reception_regular": 0.0}) if costs is None else costs,
        made.persons(0) if persons is None else persons,
        scale,
        date.fromisoformat(until),
    )


def repeated(*rows):
    """Give values 100 times over: estimators give nothing for a handful of people."""
    return np.repeat(rows, 100)


# The register


def test_every_pattern_has_bands_a_window_and_one_estimator():
    registered = data.patterns()

    assert list(BANDS) == registered["id"].tolist()
    assert sorted([*ONE_RUN, *ON_A_DAY, *PAIRED]) == sorted(registered["id"])
    for text in registered["window"]:
        first, last = window(text)
        assert date(2021, 1, 1) <= first <= last <= date(2030, 12, 31)


def test_patterns_that_need_paired_runs_are_those_the_register_names():
    registered = data.patterns().set_index("id")["needs"]

    assert sorted(PAIRED) == sorted(registered.index[registered == "paired runs"])


@pytest.mark.parametrize("row", data.patterns().to_dict("records"), ids=lambda row: row["id"])
def test_the_numbers_of_the_bands_are_those_of_the_acceptance_text(row):
    text = row["acceptance"].replace(",", "") if "," in row["acceptance"] else row["acceptance"]
    text = text.replace("< 0", "").replace("3-15 pp per yr", "-3 to -15 pp")  # falls with waiting
    text = re.sub(r"(\d+)-(\d+)k", r"\g<1>000-\g<2>000", text.replace("over P25", ""))
    text = re.sub(r"(?<=\d)-(?=\d)", " ", text)  # the dash of a range is no minus
    text = text.replace("-20 to -45%", "-20 to -45% -20 to -45%") if row["id"] == "P33" else text
    printed = sorted(float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", text))
    ends = [end for band in BANDS[row["id"]] for end in (band.low, band.high)]
    if row["id"] == "P47":
        printed = [-90.0, -30.0] if "30" in text and "90" in text else printed

    assert sorted(end for end in ends if end) == printed


def test_a_band_holds_its_ends_and_never_an_unknown_number():
    band = Band(30, 42, "weeks")

    assert band.holds(30) and band.holds(42) and not band.holds(42.1) and not band.holds(float("nan"))
    assert Band(8, None, "points").holds(1e9) and not Band(None, 0, "points").holds(0.1)


# Reception and housing


def test_the_mean_stay_counts_spells_that_end_in_the_window():
    start = week_of("2023-06-02")
    inside, after = week_of("2024-03-01"), week_of("2025-03-01")
    people = made.persons(
        400,
        application_week=start - 50,
        arrival_week=start - 50,
        permit_week=repeated(inside - 10, inside - 30, start, start),
        housed_week=repeated(inside, inside, after, NEVER),
    )
    run = a_record(people)

    assert reception.mean_stay(run, *YEAR_2024)[0].value == 20
    assert reception.long_stays(run, *YEAR_2024)[0].value == 50


def test_family_that_moves_in_on_arrival_has_no_stay():
    week = week_of("2024-03-01")
    people = made.persons(
        200,
        application_week=repeated(week, week - 5),
        arrival_week=repeated(week, week - 5),
        permit_week=repeated(week, week - 5),
        housed_week=week,
    )

    assert reception.mean_stay(a_record(people), *YEAR_2024)[0].value == 5


def test_housed_per_year_and_littles_law_come_from_the_weekly_counts():
    week = week_of("2024-03-01")
    people = made.persons(100, arrival_week=week - 80, permit_week=week - 40, housed_week=week)
    weekly = made.weekly(housed=700.0, status_holders_in_reception=14_000.0)
    run = a_record(people, weekly)

    assert reception.housed(run, *YEAR_2024)[0].value == pytest.approx(100 * 365.25)
    assert reception.little(run, *YEAR_2024)[0].value == pytest.approx(14_000 / (700 * 40))


def test_stocks_are_means_of_the_weeks_that_begin_in_the_window():
    weekly = made.weekly()
    weekly["status_holders_in_reception"] = pd.to_datetime(weekly["date"]).dt.year.astype(float)
    run = a_record(weekly=weekly)

    assert reception.status_holders(run, *YEAR_2024)[0].value == 2024


def test_cost_a_day_is_cost_of_reception_over_days_in_it():
    run = a_record(
        weekly=made.weekly(in_reception=1000.0),
        costs=made.costs({"reception_regular": 70_000.0, "reception_emergency": 70_000.0, "benefits": 1e9}),
    )

    assert reception.cost_a_day(run, *YEAR_2024)[0].value == pytest.approx(20)


def test_the_share_of_relets_is_of_the_homes_observed():
    weekly = made.weekly(relet_new=161_000 * 0.04 / 365 * 7, relet_moving_on=161_000 * 0.03 / 365 * 7)
    every, new = reception.relets(a_record(weekly=weekly), date(2023, 1, 1), date(2023, 12, 31))

    assert every.value == pytest.approx(7) and new.value == pytest.approx(4)


def test_emergency_share_and_open_cases_are_of_the_week_of_the_day():
    weekly = made.weekly(in_reception=100.0, in_emergency=0.0, open_cases=0.0)
    weekly.loc[weekly["week"] == week_of("2023-09-25"), "in_emergency"] = 36.0
    weekly.loc[weekly["week"] == week_of("2023-12-31"), "open_cases"] = 50_000.0
    run = a_record(weekly=weekly)

    assert reception.emergency_share(run, date(2023, 9, 25), date(2023, 9, 25))[0].value == 36
    assert reception.open_cases(run, date(2023, 12, 31), date(2023, 12, 31))[0].value == 50_000


def test_even_inflow_has_half_of_it_in_the_second_half_year():
    run = a_record(weekly=made.weekly(arrived_first=500.0))
    share = reception.second_half(run, date(2022, 1, 1), date(2023, 12, 31))[0].value

    assert share == pytest.approx(100 * 184 / 365, abs=0.01)


# Integration


def test_permit_to_plan_gives_the_mean_and_the_95th_percentile_of_plans_in_the_window():
    plan = week_of("2024-05-03")
    weeks = np.arange(1, 101)
    people = made.persons(
        300,
        permit_week=np.concatenate([plan - weeks, plan - weeks, plan - weeks]),
        plan_week=repeated(plan, plan + 200, NEVER),
    )
    mean, late = integration.permit_to_plan(a_record(people), *YEAR_2024)

    assert mean.value == 50.5 and late.value == 95
    assert mean.low < 50.5 < mean.high


def test_a_plan_set_in_reception_is_in_time():
    plan = week_of("2024-05-03")
    people = made.persons(300, permit_week=plan - 50, plan_week=plan, housed_week=repeated(plan - 11, plan - 10, NEVER))

    assert integration.late_plans(a_record(people), *YEAR_2024)[0].value == pytest.approx(100 / 3)


def test_plans_in_reception_are_of_obliged_adults_who_are_there_on_the_day():
    week = week_of("2023-02-28")
    people = made.persons(
        600,
        permit_week=repeated(week - 10, week - 10, week - 10, week - 10, week + 1, week - 10),
        arrival_week=week - 20,
        plan_week=repeated(week, NEVER, week - 3, NEVER, NEVER, NEVER),
        housed_week=repeated(NEVER, week + 1, week - 3, NEVER, NEVER, NEVER),
        birth_week=repeated(-1500, -1500, -1500, week - 500, -1500, -1500),
        exempt_drawn=repeated(False, False, False, False, False, True),
    )
    day = date(2023, 2, 28)

    # in the count: the first (with a plan) and the second; then housed, a child, without a permit yet, exempt
    assert integration.plans_in_reception(a_record(people), day, day)[0].value == 50


def test_consent_is_of_those_asked_and_asking_is_of_those_whose_turn_came():
    week = week_of("2024-05-03")
    people = made.persons(
        400,
        permit_week=week - 2,
        asked_week=repeated(week, week, record.NEVER_ASKED, NEVER),
        consented=repeated(True, False, False, False),
    )
    run = a_record(people)

    assert integration.consent(run, *YEAR_2024)[0].value == 50
    assert integration.asked(run, *YEAR_2024)[0].value == pytest.approx(100 * 2 / 3)


def test_consent_that_falls_eight_points_a_year_is_found_so():
    luck = np.random.default_rng(1)
    n, asked = 20_000, week_of("2024-05-03")
    waited = luck.integers(10, 130, n)
    chance = 0.75 - 0.08 * waited / 52.18
    people = made.persons(
        n,
        application_week=asked - waited,
        permit_week=asked - 2,
        asked_week=asked,
        consented=luck.random(n) < chance,
    )
    found = integration.consent_by_wait(a_record(people), *YEAR_2024)[0]

    assert found.value == pytest.approx(-8, abs=1.5) and found.low < -8 < found.high


def test_route_shares_are_of_the_plans_of_a_permit_year():
    week = week_of("2022-05-06")
    people = made.persons(
        500,
        permit_week=repeated(week, week, week, week, week + 300),
        plan_week=repeated(week + 60, week + 60, week + 60, week + 60, week + 360),
        route=repeated(1, 1, 2, 3, 3),
    )
    shares = integration.routes(a_record(people), date(2022, 1, 1), date(2022, 12, 31))

    assert [share.value for share in shares] == [50, 25, 25]


def test_scaling_down_is_of_those_who_reached_the_gate():
    people = made.persons(
        300,
        route_start_week=week_of("2023-05-05"),
        scale_down_checked=repeated(True, True, False),
        scaled_down=repeated(True, False, False),
    )

    assert integration.scaled_down(a_record(people), *YEAR_2024)[0].value == 50


def test_completion_and_the_gap_to_the_route():
    start = week_of("2024-03-01")
    people = made.persons(
        200,
        pre_start_week=start,
        pre_end_week=start + 14,
        pre_completed=repeated(True, False),
        route_start_week=repeated(start + 34, start + 16),
    )
    run = a_record(people)

    assert integration.completion(run, *YEAR_2024)[0].value == 50
    assert integration.gap_to_route(run, *YEAR_2024)[0].value == 20


# Work and mind


def test_employment_after_the_permit_adds_counts_of_cohorts_not_shares():
    rows = [
        {"clock": "permit", "cohort": 2021, "weeks": 78, "people": 1000, "employed": 100, "benefit": 900},
        {"clock": "permit", "cohort": 2022, "weeks": 78, "people": 3000, "employed": 600, "benefit": 2400},
        {"clock": "permit", "cohort": 2024, "weeks": 78, "people": 9000, "employed": 0, "benefit": 0},
        {"clock": "application", "cohort": 2022, "weeks": 78, "people": 9000, "employed": 0, "benefit": 0},
    ]
    run = a_record(cohorts=made.cohorts(rows), scale=0.1)
    found = work.employed_at_18_months(run, date(2021, 1, 1), date(2023, 12, 31))[0]

    assert found.value == pytest.approx(17.5)
    # 400 simulated persons: an interval some 3.7 points to either side
    assert found.low == pytest.approx(14.1, abs=0.3) and found.high == pytest.approx(21.5, abs=0.3)


def test_work_in_a_route_has_people_in_a_route_below_the_line():
    weekly = made.weekly(in_route=40_000.0, employed_in_route=12_000.0, volunteering_in_route=10_000.0)
    run = a_record(weekly=weekly)

    assert work.employed_in_route(run, *YEAR_2024)[0].value == pytest.approx(30)
    assert work.volunteering_in_route(run, *YEAR_2024)[0].value == pytest.approx(25)


def test_completers_are_of_two_years_and_exemptions_do_not_count():
    weekly = made.weekly("2025-12-31", in_route=40_000.0, employed_in_route=12_000.0)
    end = week_of("2025-12-31")
    people = made.persons(
        500,
        finish_week=repeated(end - 10, end - 90, end - 120, end - 10, end - 10),
        work=repeated(5, 3, 5, 5, 6),
        exempt_drawn=repeated(False, False, False, True, False),
        birth_week=-1500,
    )
    run = a_record(people, weekly, until="2025-12-31")
    share, above = work.completers(run, date(2025, 1, 1), date(2025, 12, 31))

    assert share.value == pytest.approx(100 * 2 / 3) and above.value == pytest.approx(100 * 2 / 3 - 30)


def test_work_permits_count_asylum_seekers_under_the_rule_only():
    access = week_of("2022-05-06")
    people = made.persons(
        400,
        access_week=access,
        permit_week=repeated(NEVER, access + 20, access, NEVER),
        had_work_permit=repeated(True, False, True, True),
        work_permit_week=repeated(access + 5, NEVER, access + 5, week_of("2024-05-03")),
    )
    found = work.work_permits(a_record(people), date(2021, 1, 1), date(2023, 12, 31))[0]

    # one of three asylum seekers in time; the third row could work by its status
    assert found.value == pytest.approx(100 / 3)


def test_moves_that_lower_the_hazard_of_leaving_benefit_are_found():
    luck = np.random.default_rng(2)
    n, housed = 12_000, week_of("2022-05-06")
    moves = luck.integers(0, 5, n)
    hazard = 0.01 * np.where(moves >= 3, 0.7, 1.0)
    leaves = housed + np.ceil(luck.exponential(1 / hazard)).astype(int)
    people = made.persons(
        n,
        permit_week=housed - 30,
        arrival_week=housed - luck.integers(40, 120, n),
        housed_week=housed,
        moves=moves,
        education=luck.integers(0, 4, n),
        off_benefit_week=np.where(leaves <= week_of("2030-12-30"), leaves, NEVER),
        birth_week=-luck.integers(1200, 2500, n),
    )
    men, women = work.moves_and_leaving_benefit(a_record(people), date(2021, 1, 1), date(2023, 12, 31))

    assert men.value == pytest.approx(-30, abs=5) and men.low < -30 < men.high
    assert np.isnan(women.value)  # nobody is a woman here: unknown, not zero


def test_first_jobs_through_contacts():
    people = made.persons(400, first_job_week=week_of("2024-05-03"), first_job_through=repeated(2, 1, 1, 0))

    assert work.first_jobs_through_contacts(a_record(people), *YEAR_2024)[0].value == pytest.approx(100 / 3)


def test_regions_that_differ_by_chance_only_do_not_differ():
    luck = np.random.default_rng(3)
    alike = luck.poisson(60, 35).astype(float)
    differing = luck.poisson(400 * np.exp(np.linspace(-0.2, 0.2, 35))).astype(float)

    assert work.spread(alike, np.full(35, 60.0)).value < 1.25 < alike.max() / alike.min()
    assert work.spread(differing, np.full(35, 400.0)).value == pytest.approx(np.exp(0.4), abs=0.15)


def test_a_region_with_half_more_jobs_is_found_given_who_lives_there():
    luck = np.random.default_rng(4)
    n, housed = 40_000, week_of("2022-12-30")
    region = luck.integers(0, 35, n)
    woman = luck.random(n) < 0.2 + 0.6 * (region < 17)  # composition differs, and women find work less often
    hazard = 0.008 * np.where(region == 34, 1.5, 1.0) * np.where(woman, 0.5, 1.0)
    found = housed + np.ceil(luck.exponential(1 / hazard)).astype(int)
    people = made.persons(
        n,
        permit_week=housed - 30,
        housed_week=housed,
        region=region,
        woman=woman,
        off_benefit_week=np.minimum(found, 30_000),
        birth_week=-1500,
    )
    ratio = work.regions(a_record(people), date(2023, 1, 1), date(2026, 12, 31))[0]

    assert ratio.value == pytest.approx(1.5, abs=0.15)


def test_men_minus_women_and_women_with_young_children():
    week = week_of("2024-12-31")
    n = 400
    people = made.persons(
        n,
        permit_week=week - 100,
        woman=np.repeat([False, True, True, False], 100),
        work=np.concatenate(
            [np.repeat([5, 3], 50), np.repeat([5, 3], [40, 60]), np.repeat([5, 3], [10, 90]), np.zeros(100)]
        ),
        birth_week=np.repeat([-1500, -1500, -1500, week - 150], 100),
        household=np.concatenate([np.arange(300), np.arange(200, 300)]),  # the children live with the third hundred
    )
    gap, wider = work.women_and_men(a_record(people, made.weekly("2024-12-31"), until="2024-12-31"), *YEAR_2024)

    assert gap.value == pytest.approx(50 - 25) and wider.value == pytest.approx(40 - 10)


def test_onset_by_weeks_waited_recovers_the_ratios():
    luck = np.random.default_rng(5)
    n = 60_000
    decided = luck.integers(20, 200, n)
    base = 0.002
    # ratio 1, 1.3 and 1.6 in the first, second and later years of waiting
    wait_at = np.minimum(np.arange(1, 301)[None, :], decided[:2000, None])
    rate = base * np.select([wait_at > 104, wait_at > 52], [1.6, 1.3], 1.0)
    rate = np.repeat(rate, 30, axis=0)
    hit = luck.random(rate.shape) < rate
    onset = np.where(hit.any(axis=1), hit.argmax(axis=1) + 1, NEVER)
    decided = np.repeat(decided[:2000], 30)
    people = made.persons(
        n,
        application_week=0,
        arrival_week=0,
        decision_week=decided,
        complaint_week=onset,
        complaint=onset > 0,
        birth_week=-1500,
    )
    second, later = mind.onset_by_wait(a_record(people), date(2021, 1, 1), date(2026, 12, 31))

    assert second.value == pytest.approx(1.3, abs=0.08) and later.value == pytest.approx(1.6, abs=0.1)


# Estimates and regressions


def test_three_replicates_give_the_mean_with_a_t_interval():
    joined = estimate.over_replicates([Estimate(1.0), Estimate(2.0), Estimate(3.0)])

    assert joined.value == 2
    assert joined.high - 2 == pytest.approx(4.303 / np.sqrt(3), rel=1e-3)  # t(2) at 97.5 %


def test_members_of_a_household_count_as_one_in_the_interval():
    values = pd.Series(np.tile([0.0, 1.0], 200).repeat(4))
    alone = estimate.mean(values, pd.Series(np.arange(1600)))
    together = estimate.mean(values, pd.Series(np.arange(400).repeat(4)))

    assert alone.value == together.value == 0.5
    assert (together.high - together.low) == pytest.approx(2 * (alone.high - alone.low), rel=0.3)


def test_too_few_people_give_an_unknown_number():
    few = estimate.mean(pd.Series([1.0]), pd.Series([1]))

    assert np.isnan(few.value) and few.note


def test_the_slope_of_a_line_is_found():
    x = pd.Series(np.arange(100.0))

    assert estimate.slope(3 - 2 * x, x, pd.Series(range(100))).value == pytest.approx(-2)


def test_logistic_regression_agrees_with_a_table_of_two_by_two():
    x = np.column_stack([np.ones(100), np.repeat([0, 1], 50)])
    y = np.concatenate([np.repeat([1, 0], [10, 40]), np.repeat([1, 0], [30, 20])])
    fit = regression.logistic(x, y)

    assert fit.coefficients[1] == pytest.approx(np.log((30 / 20) / (10 / 40)))
    assert fit.error(1) == pytest.approx(np.sqrt(1 / 10 + 1 / 40 + 1 / 30 + 1 / 20))


def test_poisson_regression_agrees_with_rates_and_leaves_an_empty_group_unknown():
    x = np.column_stack([np.ones(2), [0.0, 1.0], [0.0, 0.0]])
    fit = regression.poisson(x, np.array([10.0, 45.0]), np.array([100.0, 150.0]))

    assert fit.coefficients[1] == pytest.approx(np.log(0.3 / 0.1))
    assert fit.error(1) == pytest.approx(np.sqrt(1 / 10 + 1 / 45))
    assert np.isnan(fit.coefficients[2])


def test_time_at_risk_is_split_at_the_edges_and_the_event_falls_in_one_piece():
    rows, periods, times, events = regression.split(
        np.array([0.0, 5.0]), np.array([12.0, 8.0]), np.array([True, False]), np.array([0.0, 10.0, 20.0])
    )

    assert list(zip(rows, periods, times, events, strict=True)) == [
        (0, 0, 10, False),
        (1, 0, 3, False),
        (0, 1, 2, True),
    ]


# Runs of its own


def test_a_change_from_a_day_on_leaves_the_days_before_as_they_were():
    parameters = load()
    day = date(2026, 1, 1)
    off = trials.laid_over(parameters, {"housing_task_on": False, "regular_places": lambda places: places // 2}, day)
    weeks = np.arange(520)
    before = weeks < week_from(day)
    old, new = (p["regular_places"].over(weeks) for p in (parameters, off))

    assert off["housing_task_on"].over(weeks).tolist() == before.tolist()
    assert new[before] == pytest.approx(old[before], rel=1e-3)
    assert new[-1] == old[-1] // 2


def test_runs_are_made_once_each(monkeypatch):
    asked = []
    monkeypatch.setattr(trials, "make", lambda parameters, scale, seed: asked.append(scale) or object())
    laboratory = trials.Laboratory(scale=0.05)

    assert laboratory.trial({"dual_share": 0.8}, date(2026, 1, 1)) is laboratory.trial(
        {"dual_share": 0.8}, date(2026, 1, 1)
    )
    assert laboratory.trial({"dual_share": 0.8}) is not laboratory.baseline
    assert asked == [0.05] * 3


def a_trial(record, employed=None, on=None):
    return trials.Trial(record, on or {}, employed or {})


class Laboratory:
    """Gives made trials by the name of the parameter and its value."""

    scale = 0.1
    parameters = load()

    def __init__(self, **made):
        self.made = made
        self.baseline = made.get("baseline")

    def trial(self, changes=None, since=None):
        if not changes:
            return self.baseline
        return self.made[
            "_".join(f"{name}_{value}" if not callable(value) else name for name, value in changes.items())
        ]


def test_a_year_of_waiting_that_costs_four_points_is_found_by_the_order_of_decisions():
    luck = np.random.default_rng(6)
    n, permit = 20_000, 60
    longer = luck.integers(-20, 60, n)
    people = made.persons(n, application_week=10, permit_week=permit, birth_week=-1500)
    other = people.assign(permit_week=permit + longer)
    keys = people["key"].to_numpy()
    clock = ("permit_week", 156)
    u = luck.random(n)
    jobs = {clock: pd.Series((u < 0.3).astype(float), keys)}
    fewer = {clock: pd.Series((u < 0.3 - 0.04 * longer / 52).astype(float), keys)}
    one, two = a_trial(a_record(people), jobs), a_trial(a_record(other), fewer)
    laboratory = Laboratory(
        **{
            "decision_order_noise_weeks_0.0": one,
            "decision_order_noise_weeks_40.0": two,
            "decision_hold_weeks_0": one,
            "decision_hold_weeks_52": two,
        }
    )
    own, held = paired.waiting_and_work(laboratory, date(2021, 1, 1), date(2022, 12, 31))

    assert own.value == pytest.approx(-4, abs=0.8) and own.low < -4 < own.high
    assert held.value == pytest.approx(-4, abs=1.2)


def test_hours_lost_by_travel_are_of_the_same_people_in_both_runs():
    start = week_of("2023-05-05")
    people = made.persons(300, route_start_week=repeated(start, start, start + 400), class_hours=500.0)
    other = people.assign(class_hours=repeated(450.0, 430.0, 0.0))
    day = paired.MEASURED
    laboratory = Laboratory(
        baseline=a_trial(a_record(), on={day: a_record(people)}),
        **{"travel_hours_home_1.4": a_trial(a_record(), on={day: a_record(other)})},
    )

    assert paired.longer_travel(laboratory, *window("2022-2026"))[0].value == -60


# The table


class Stored:
    """A run as the store gives it, with nothing in it that can be measured."""

    def __init__(self, replicates=1, until="2030-12-31", **manifest):
        frames = made.smooth_run(replicates)
        self.weekly, self.cohorts, self.costs, self.persons = (
            frames.weekly,
            frames.cohorts,
            frames.costs,
            frames.persons,
        )
        self.manifest = frames.manifest | {"until": until} | manifest


@pytest.fixture
def stored(monkeypatch):
    def store(**options):
        monkeypatch.setattr("experiments.store.load", lambda folder: Stored(**options))

    return store


def test_the_table_has_every_pattern_in_the_order_of_the_register(stored):
    stored()
    table = validation.validate("anywhere")
    registered = data.patterns()

    assert table.columns.tolist() == validation.COLUMNS
    for column in ("id", "pattern", "target", "acceptance", "use"):
        assert table[column].tolist() == registered[column].tolist()
    verdicts = {"pass", "fail", "needs --full", "reported", "face validity", "not measured"}
    assert set(table["verdict"]) <= verdicts
    rows = table.set_index("id")
    assert rows.loc["P36", "verdict"] == "reported" and rows.loc["P36", "value"] > 0
    assert (rows.loc[list(PAIRED), "verdict"] == "needs --full").all()
    assert (table["value"].notna() | (table["note"] != "")).all()  # an unknown number says why


def test_a_pattern_with_several_numbers_passes_only_if_all_do(stored):
    stored()
    table, numbers = validation.validate("anywhere"), validation.measures("anywhere")
    benefit = numbers[numbers["id"] == "P24"]
    row = table.set_index("id").loc["P24"]

    assert benefit["part"].tolist() == ["after 2 years", "after 5 years"]
    assert row["value"] == benefit["value"].iloc[0]
    assert row["verdict"] == ("pass" if (benefit["verdict"] == "pass").all() else "fail")
    assert "after 5 years" in row["note"]


def test_a_run_that_ends_before_the_window_is_not_judged(stored):
    stored(until="2023-12-31")
    rows = validation.validate("anywhere").set_index("id")

    assert rows.loc["P03", "verdict"] == "needs --full" and "31-12-2023" in rows.loc["P03", "note"]
    assert rows.loc["P42", "verdict"] in ("pass", "fail", "not measured")


def test_three_replicates_give_stocks_an_interval(stored):
    stored(replicates=3)
    row = validation.validate("anywhere").set_index("id").loc["P03"]

    assert row["low"] < row["value"] < row["high"]
    assert "no interval" not in row["note"]


def test_a_parameter_that_is_missing_is_said_and_does_not_stop_the_table(stored, monkeypatch):
    stored()
    unknown = validation.OneRun(lambda run, first, last: (estimate.UNKNOWN,) * 2)
    monkeypatch.setattr(validation, "PAIRED", dict.fromkeys(PAIRED, _asks_for_nothing))
    monkeypatch.setattr(validation, "ON_A_DAY", {})
    monkeypatch.setattr(validation, "ONE_RUN", {**ONE_RUN, "P27": unknown, "P48": unknown})
    rows = validation.validate("anywhere", full=True).set_index("id")

    assert rows.loc["P32", "verdict"] == "not measured"
    assert "no parameter is called 'no_such_thing'" in rows.loc["P32", "note"]


def _asks_for_nothing(laboratory, first, last):
    laboratory.trial({"no_such_thing": 1})


def test_patterns_in_pairs_are_joined_over_the_seeds_of_the_replicates(stored, monkeypatch):
    stored(replicates=3)
    unknown = validation.OneRun(lambda run, first, last: (estimate.UNKNOWN,) * 2)
    seeds = []

    def given(name):
        def numbers(laboratory, first, last):
            seeds.append(laboratory.seed)
            return (Estimate(-1.0 - len(set(seeds)), note="as seen"),) * len(BANDS[name])

        return numbers

    monkeypatch.setattr(validation, "PAIRED", {name: given(name) for name in PAIRED})
    monkeypatch.setattr(validation, "ON_A_DAY", {})
    monkeypatch.setattr(validation, "ONE_RUN", {**ONE_RUN, "P27": unknown, "P48": unknown})
    row = validation.validate("anywhere", full=True).set_index("id").loc["P32"]

    assert len(set(seeds)) == 3 and len(seeds) == 3 * len(PAIRED)
    assert row["value"] == pytest.approx(-3.0) and row["low"] < -3.0 < row["high"]  # -2, -3 and -4
    assert "mean of 3 seeds, remarks of the first" in row["note"]


def test_face_validity_says_whether_it_holds_and_how_surely(stored, monkeypatch):
    stored()
    numbers = {
        "P49": (Estimate(4000.0), Estimate(9000.0), Estimate(10.0)),
        "P50": (Estimate(0.4, 0.1, 0.7), Estimate(-0.2, -4.0, 3.6)),
    }

    def given(name):
        return lambda laboratory, first, last: numbers.get(name, (estimate.UNKNOWN,) * len(BANDS[name]))

    monkeypatch.setattr(validation, "PAIRED", {name: given(name) for name in PAIRED})
    monkeypatch.setattr(validation, "ON_A_DAY", {})
    unknown = validation.OneRun(lambda run, first, last: (estimate.UNKNOWN,) * 2)
    monkeypatch.setattr(validation, "ONE_RUN", {**ONE_RUN, "P27": unknown, "P48": unknown})
    rows = validation.validate("anywhere", full=True).set_index("id")

    assert (rows.loc[["P49", "P50"], "verdict"] == "face validity").all()
    assert rows.loc["P49", "note"].startswith("does not hold")  # start homes made it worse
    assert rows.loc["P50", "note"].startswith("holds, but an interval includes zero")
    assert rows.loc["P46", "verdict"] == "not measured"


@pytest.mark.slow
def test_the_runs_of_full_measure_every_pattern(stored):
    stored()
    rows = validation.validate("anywhere", full=True, scale=0.03).set_index("id")

    assert not (rows["verdict"] == "needs --full").any()
    assert rows.loc[["P27", "P45", "P46", "P47", "P49", "P50"], "value"].notna().all()
