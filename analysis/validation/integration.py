"""Civic integration: plans, pre-integration (voorinburgering), routes and tests (P07 to P19)."""

from datetime import date

import numpy as np

from analysis.validation import estimate, regression
from analysis.validation.estimate import Estimate
from analysis.validation.record import (
    NEVER_ASKED,
    Record,
    age,
    applicants,
    in_reception,
    inside,
    obliged,
    weeks_of,
)

B1, EDUCATION, Z = 1, 2, 3
PLAN_TERM_WEEKS = 10
WEEKS_IN_YEAR = 52.18


def permit_to_plan(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P07: weeks from permit to plan, mean and 95th percentile."""
    people = record.people
    people = people[inside(people["plan_week"], first, last) & (people["plan_week"] >= people["permit_week"])]
    weeks = people["plan_week"] - people["permit_week"]
    return (
        estimate.mean(weeks, people["household"], "plans set in the window"),
        estimate.quantile(weeks, 0.95, people["household"]),
    )


def late_plans(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P08: plans set over 10 weeks after housing."""
    people = record.people
    people = people[inside(people["plan_week"], first, last)]
    late = people["plan_week"] - people["housed_week"] > PLAN_TERM_WEEKS
    return (estimate.mean(late, people["household"], "plans set in reception count as in time").times(100),)


def plans_in_reception(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P09: share of obliged status holders in reception with a plan, on a day."""
    people = record.people
    week, _ = weeks_of(first, last)
    people = people[obliged(people) & in_reception(people, week) & (age(people, week) >= 18)]
    return (estimate.mean(people["plan_week"] <= week, people["household"]).times(100),)


def consent(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P11: share of those asked who consent."""
    people = record.people
    people = people[inside(people["asked_week"], first, last)]
    return (estimate.mean(people["consented"], people["household"]).times(100),)


def asked(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P12: share asked of those whose turn came."""
    people = record.people
    people = people[inside(people["permit_week"], first, last) & people["asked_week"].notna()]
    note = "permits of the window still in reception when their turn came"
    return (estimate.mean(people["asked_week"] > NEVER_ASKED, people["household"], note).times(100),)


def consent_by_wait(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P13: points of consent lost with a year of waiting (average slope of a logistic regression)."""
    people = record.people
    people = people[inside(people["asked_week"], first, last) & applicants(people)]
    if len(people) < 10 * estimate.LEAST:
        return (estimate.UNKNOWN,)
    years = ((people["asked_week"] - people["application_week"]) / WEEKS_IN_YEAR).to_numpy(float)
    x = np.column_stack([np.ones(len(people)), years])
    fit = regression.logistic(x, people["consented"].to_numpy(float))
    steepness = float((fit.fitted * (1 - fit.fitted)).mean())
    note = "years since the application; people who came by a procedure; model-based interval"
    slope = estimate.from_normal(float(fit.coefficients[1]), fit.error(1), note)
    return (slope.times(100 * steepness),)


def completion(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P14: share of starters of pre-integration who complete it."""
    people = record.people
    people = people[inside(people["pre_start_week"], first, last) & people["pre_end_week"].notna()]
    return (estimate.mean(people["pre_completed"], people["household"]).times(100),)


def gap_to_route(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P15: mean weeks from the end of pre-integration to the first lesson of the route."""
    people = record.people
    people = people[inside(people["route_start_week"], first, last) & people["pre_completed"].astype(bool)]
    gap = people["route_start_week"] - people["pre_end_week"]
    return (estimate.mean(gap, people["household"], "routes that started in the window"),)


def routes(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P16: shares of the routes in the plans of a permit cohort."""
    people = record.people
    people = people[inside(people["permit_week"], first, last) & people["plan_week"].notna()]
    note = "plans of those who got a permit in the window, whenever set; route of the plan"
    return tuple(
        estimate.mean(people["route"] == route, people["household"], note if route == B1 else "").times(100)
        for route in (B1, EDUCATION, Z)
    )


def scaled_down(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P17: share of B1 learners at the gate who are scaled down to A2."""
    people = record.people
    # the week of reaching the gate is not kept; 600 hours take a year or a little more
    before = date(first.year - 1, first.month, first.day), date(last.year - 1, last.month, last.day)
    people = people[inside(people["route_start_week"], *before) & people["scale_down_checked"].astype(bool)]
    note = "reached the gate, lessons begun a year before the window or later; until the end of the run"
    return (estimate.mean(people["scaled_down"], people["household"], note).times(100),)


def feasible(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P19: share of learnability tests that find B1 feasible."""
    people = record.people
    people = people[inside(people["plan_week"], first, last) & people["tested"].astype(bool)]
    return (estimate.mean(people["feasible"], people["household"], "tests at the plan").times(100),)
