"""Work and benefit (P20 to P31, P33, P40, P44, P48)."""

from datetime import date

import numpy as np
import pandas as pd

from abm.states import FoundThrough, Integration, Work
from analysis.validation import estimate, regression
from analysis.validation.estimate import Estimate
from analysis.validation.record import Record, adult, age, inside, weeks_of

WEEKS_IN_YEAR = 52.18
END_OF_THE_RULE = date(2023, 11, 28)  # last day of the 24-week rule for asylum seekers
YOUNG = 6  # years; below school age for most


def employed(people: pd.DataFrame) -> pd.Series:
    """Say who has a job."""
    return people["work"].isin([int(Work.EMPLOYED_BASIC), int(Work.EMPLOYED_MATCHED)])


def _numbers(people: pd.DataFrame, column: str) -> np.ndarray:
    return people[column].to_numpy(float)


def _cohort_share(record: Record, column: str, weeks: int, first: date, last: date) -> Estimate:
    frame = record.cohorts
    frame = frame[(frame["clock"] == "permit") & (frame["weeks"] == weeks)]
    frame = frame[frame["cohort"].between(first.year, last.year)]
    people = float(frame["people"].sum())
    return estimate.share_of_count(float(frame[column].sum()), people, record.scale).times(100)


def employed_at_18_months(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P20: share employed 18 months after the permit."""
    return (_cohort_share(record, "employed", 78, first, last),)


def employed_at_36_months(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P21: share employed 36 months after the permit."""
    return (_cohort_share(record, "employed", 156, first, last),)


def on_benefit(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P24: share with benefit 2 and 5 years after the permit."""
    return (
        _cohort_share(record, "benefit", 104, first, last),
        _cohort_share(record, "benefit", 260, first, last),
    )


def _in_route(record: Record, column: str, first: date, last: date) -> Estimate:
    people = record.mean("in_route", first, last)
    note = "mean of the weeks; interval as for the persons of one week"
    return estimate.share_of_count(record.mean(column, first, last), people, record.scale, note).times(100)


def employed_in_route(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P25: share of people in a route with paid work."""
    return (_in_route(record, "employed_in_route", first, last),)


def volunteering_in_route(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P26: share of people in a route who volunteer."""
    return (_in_route(record, "volunteering_in_route", first, last),)


def completers(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P27: share employed of those who completed in the two years before the end of the window."""
    people = record.people
    _, end = weeks_of(first, last)
    there = people["finish_week"].between(end - 104, end) & people["left_week"].isna()
    exempt = people["exempt_drawn"].astype(bool) | (people["integration"] == Integration.EXEMPT)
    people = people[there & ~exempt & adult(people, end, 65)]
    share = estimate.mean(employed(people), people["household"], "exemptions are no completion").times(100)
    return share, estimate.difference(share, employed_in_route(record, first, last)[0])


def work_permits(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P31: share of asylum seekers allowed to work with a work permit while the 24-week rule held."""
    people = record.people
    end = min(last, END_OF_THE_RULE)
    seeker = people["permit_week"].isna() | (people["access_week"] < people["permit_week"])
    people = people[inside(people["access_week"], first, end) & seeker]
    under = people["had_work_permit"].astype(bool) & (people["work_permit_week"] <= weeks_of(first, end)[1])
    note = "allowed to work, and last permit asked, before the rule ended on 29-11-2023"
    return (estimate.mean(under, people["household"], note).times(100),)


def moves_and_leaving_benefit(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P33: how much less often people with more moves leave benefit for work (hazard, percent)."""
    people = record.people
    people = people[inside(people["permit_week"], first, last) & people["housed_week"].notna()]
    people = people[adult(people, people["housed_week"], 65) & ~people["unfit"].astype(bool)]
    note = "Poisson by half-year, given age, education, origin and years to the home; counts moves between sites"
    men = _hazard_by_moves(people[~people["woman"].astype(bool)], record, 3)
    women = _hazard_by_moves(people[people["woman"].astype(bool)], record, 2)
    return men.says(note), women


def _hazard_by_moves(people: pd.DataFrame, record: Record, group: int) -> Estimate:
    """Give how much lower (percent) the hazard of a group is than with up to one move.

    group: 2 for two moves, 3 for three or more.
    """
    end = float(record.weekly["week"].max()) + 1
    start = _numbers(people, "housed_week")
    stop = np.fmin(np.fmin(_numbers(people, "off_benefit_week"), _numbers(people, "left_week")), end)
    event = (_numbers(people, "off_benefit_week") == stop) & (stop > start)
    rows, period, time, events = regression.split(
        np.zeros(len(people)), stop - start, event, np.append(np.arange(0, 26 * 12 + 1, 26.0), 1000.0)
    )
    moves = np.clip(people["moves"].to_numpy(int), 1, 3)
    if not len(rows) or min(events[moves[rows] == level].sum() for level in (1, group)) < estimate.LEAST:
        return estimate.UNKNOWN
    years = ((people["housed_week"] - people["arrival_week"]) / WEEKS_IN_YEAR).clip(0, 6).fillna(0).to_numpy(float)
    own = np.column_stack(
        [
            regression.dummies(moves, 4)[:, 1:],  # two, three or more
            np.ones(len(people)),
            age(people, people["housed_week"]).to_numpy(float) / 10,
            years,
            regression.dummies(people["education"].to_numpy(int), 4),
            regression.dummies(people["origin"].to_numpy(int), 5),
        ]
    )
    fit = regression.poisson(np.column_stack([own[rows], regression.dummies(period, 13)]), events, time)
    log_ratio = estimate.from_normal(float(fit.coefficients[group - 2]), fit.error(group - 2))
    return log_ratio.through(lambda value: 100 * (np.exp(value) - 1))


def first_jobs_through_contacts(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P40: share of first jobs found through contacts."""
    people = record.people
    people = people[inside(people["first_job_week"], first, last) & (people["first_job_through"] > 0)]
    found = people["first_job_through"] == int(FoundThrough.CONTACTS)
    return (estimate.mean(found, people["household"]).times(100),)


def regions(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P44: chance of a first job in the best over the worst labour market region, given who lives there."""
    people = record.people
    people = people[people["housed_week"].notna() & (people["region"] >= 0)]
    people = people[adult(people, people["housed_week"], 65)]
    low, high = (float(week) for week in weeks_of(first, last))
    housed = _numbers(people, "housed_week")
    stop = np.fmin(np.fmin(_numbers(people, "off_benefit_week"), _numbers(people, "left_week")), high)
    event = _numbers(people, "off_benefit_week") == stop
    rows, period, time, events = regression.split(
        np.maximum(housed, low) - housed, stop - housed, event, np.append(np.arange(0, 261, 52.0), 2000.0)
    )
    if events.sum() < 35 * estimate.LEAST:
        return (Estimate(float("nan"), note="too few first jobs by region at this scale"),)
    own = np.column_stack(
        [
            np.ones(len(people)),
            _numbers(people, "woman"),
            age(people, people["housed_week"]).to_numpy(float) / 10,
            regression.dummies(people["education"].to_numpy(int), 4),
            regression.dummies(people["origin"].to_numpy(int), 5),
        ]
    )
    fit = regression.poisson(np.column_stack([own[rows], regression.dummies(period, 6)]), events, time)
    places = people["region"].to_numpy(int)[rows]
    observed = np.bincount(places, events.astype(float))
    expected = np.bincount(places, fit.fitted)
    return (spread(observed[expected > 0], expected[expected > 0]),)


def spread(observed: np.ndarray, expected: np.ndarray) -> Estimate:
    """Give the ratio of the best to the worst of places with so many events observed and expected.

    The best and the worst of many small numbers lie apart by chance alone. Log ratios are therefore drawn
    towards their mean by the share of their variance that is chance (empirical Bayes, DerSimonian and Laird
    1986).
    """
    ratio = np.log((observed + 0.5) / (expected + 0.5))
    chance = 1 / (observed + 0.5)
    weight = 1 / chance
    centre = weight @ ratio / weight.sum()
    excess = weight @ (ratio - centre) ** 2 - (len(ratio) - 1)
    between = max(0.0, excess / (weight.sum() - (weight**2).sum() / weight.sum()))
    kept = between / (between + chance)
    shrunk = centre + kept * (ratio - centre)
    best, worst = int(np.argmax(shrunk)), int(np.argmin(shrunk))
    error = float(np.sqrt((kept * chance)[[best, worst]].sum()))
    raw = float(np.exp(ratio.max() - ratio.min()))
    logs = estimate.from_normal(float(shrunk[best] - shrunk[worst]), error)
    note = (
        "first job after housing, observed over expected (sex, age, education, origin, time), drawn to the "
        f"mean; without drawing {raw:.2f}"
    )
    return logs.through(np.exp).says(note)


def women_and_men(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P48: employed men minus women with a permit at the window's end; how much wider with young children."""
    people = record.people
    _, end = weeks_of(first, last)
    years = age(people, end)
    young = (years < YOUNG) & (people["birth_week"] <= end) & people["left_week"].isna()
    parent = people["household"].isin(people.loc[young, "household"].unique())
    here = (people["permit_week"] <= end) & people["left_week"].isna() & adult(people, end, 65)
    woman = people["woman"].astype(bool)

    def share(chosen: pd.Series) -> Estimate:
        group = people[here & chosen]
        return estimate.mean(employed(group), group["household"]).times(100)

    gap = estimate.difference(share(~woman), share(woman), "adults with a permit")
    # a father whose family followed stands in another household, so men are not split
    wider = estimate.difference(
        share(woman & ~parent), share(woman & parent), "women without minus with children under 6"
    )
    return gap, wider
