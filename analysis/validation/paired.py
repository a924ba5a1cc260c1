"""Patterns that compare two runs with the same luck (P32, P45 to P47, P49, P50)."""

from datetime import date

import numpy as np
import pandas as pd

from analysis.validation import estimate
from analysis.validation.estimate import Estimate
from analysis.validation.integration import B1
from analysis.validation.record import Record, adult, applicants, inside
from analysis.validation.trials import Laboratory, Trial

POLICY_STARTS = date(2026, 1, 1)
MORE_HOURS = 1.25  # times the class hours a week
START_HOMES = 10_000  # a year
FEWER_PLACES = 0.7  # times the regular places
LEARNERS = (date(2022, 1, 1), date(2025, 12, 31))  # first lesson
MEASURED = date(2026, 12, 31)
LEAST_WAIT = 4.0  # weeks of difference below which an effect per year of waiting is not given


def waiting_and_work(laboratory: Laboratory, first: date, last: date) -> tuple[Estimate, ...]:
    """P32: points of employment 36 months after the permit for 52 weeks more of waiting.

    The studies compare people who waited longer than others at the same time. The pair does so by luck:
    with much chance in the order of decisions against none, the same people wait longer or shorter while as
    many are decided in each week, and the slope is that of the difference in jobs on the difference in
    waiting. Holding everyone's decision for 52 weeks, reported beside it, also thins the queue for homes
    and shifts everyone to later years.
    """
    strict = laboratory.trial({"decision_order_noise_weeks": 0.0})
    loose = laboratory.trial({"decision_order_noise_weeks": 40.0})
    both = _waited(strict, loose, first, last)
    spread = float(both["longer"].std())
    if len(both) < estimate.LEAST or spread < LEAST_WAIT:
        own = Estimate(float("nan"), note="the order of decisions hardly changed who waited")
    else:
        note = (
            f"decision_order_noise_weeks 40 against 0, slope of the difference in jobs on that in waiting "
            f"(sd {spread:.0f} weeks); same {len(both):,} simulated persons"
        )
        own = estimate.slope(both["more"], both["longer"], both["household"], note).times(100 * 52)
    none = laboratory.trial({"decision_hold_weeks": 0})
    year = laboratory.trial({"decision_hold_weeks": 52})
    both = _waited(none, year, first, last)
    grown = float(both["longer"].mean())
    if len(both) < estimate.LEAST or grown < LEAST_WAIT:
        held = Estimate(float("nan"), note=f"holding decisions lengthened the wait by {grown:.0f} weeks only")
    else:
        note = f"decision_hold_weeks 52 against 0; the wait grew by {grown:.0f} weeks, effect per 52"
        held = estimate.ratio(both["more"], both["longer"], both["household"], note).times(100 * 52)
    return own, held


def _waited(one: Trial, other: Trial, first: date, last: date) -> pd.DataFrame:
    """Give the adults who applied in a window and were granted in both runs: `longer` (weeks) and `more`
    (jobs).
    """
    columns = ["permit_week", "application_week", "birth_week", "household"]
    both = _both(one.record, other.record, columns)
    both = both[applicants(both) & inside(both["application_week"], first, last)]
    both = both[adult(both, both["permit_week"], 65)]
    both = both.assign(longer=both["permit_week_other"] - both["permit_week"])
    return both.join(_jobs(one, other, ("permit_week", 156)), how="inner")


def work_first(laboratory: Laboratory, first: date, last: date) -> tuple[Estimate, ...]:
    """P45: jobs after 1 and 3 years of the B1 route, and class hours, with most routes dual against none."""
    on = laboratory.trial({"dual_share": 0.8}, POLICY_STARTS)
    off = laboratory.trial({"dual_share": 0.0}, POLICY_STARTS)
    both = _both(off.record, on.record, ["route", "route_start_week", "class_hours", "household"])
    started = [inside(both[name], first, date(2027, 12, 31)) for name in ("route_start_week", "route_start_week_other")]
    both = both[started[0] & started[1] & (both["route"] == B1) & (both["route_other"] == B1)]
    early, late = (both.join(_jobs(off, on, ("route_start_week", weeks)), how="inner") for weeks in (52, 156))
    note = "dual_share 0.8 against 0 from 2026; B1 routes begun in 2026-2027; jobs 52 and 156 weeks later"
    lead = estimate.mean(early["more"], early["household"], note).times(100)
    later = estimate.mean(late["more"], late["household"]).times(100)
    hours = estimate.mean(both["class_hours_other"] - both["class_hours"], both["household"])
    return lead, estimate.difference(later, lead, f"lead after 156 weeks {later.value:+.1f} points"), hours


def more_class_hours(laboratory: Laboratory, first: date, last: date) -> tuple[Estimate, ...]:
    """P46: percent more language for 100 more class hours."""
    entry = laboratory.parameters["class_hours"]
    more = {f"class_hours.{route}": MORE_HOURS * hours for route, hours in dict(entry.value).items()}
    both = _learners(laboratory, more)
    hours = both["class_hours_other"] - both["class_hours"]
    if len(both) < estimate.LEAST or not hours.mean() > 1:
        return (Estimate(float("nan"), note="more class hours a week did not add up to more hours"),)
    level = float(both["language"].mean())
    gain = (both["language_other"] - both["language"]) / level
    note = (
        f"class_hours x {MORE_HOURS}; learners who began in 2022-2025, at the end of 2026: "
        f"{hours.mean():+.0f} hours, level {level:.2f} {gain.mean() * level:+.2f}"
    )
    return (estimate.ratio(gain, hours, both["household"], note).times(100 * 100),)


def longer_travel(laboratory: Laboratory, first: date, last: date) -> tuple[Estimate, ...]:
    """P47: class hours lost in all with an hour more of travel one way."""
    now = laboratory.parameters.at("travel_hours_home", 0)
    both = _learners(laboratory, {"travel_hours_home": now + 1.0})
    note = f"travel_hours_home {now:g} against {now + 1:g}; learners who began in 2022-2025, at the end of 2026"
    return (estimate.mean(both["class_hours_other"] - both["class_hours"], both["household"], note),)


def no_task(laboratory: Laboratory, first: date, last: date) -> tuple[Estimate, ...]:
    """P49: status holders in reception without the task or priority, and with start homes in its place."""

    def stock(changes: dict[str, object]) -> float:
        trial = laboratory.trial(changes, POLICY_STARTS if changes else None)
        return trial.record.mean("status_holders_in_reception", first, last)

    base = stock({})
    off = stock({"housing_task_on": False})
    banned = stock({"share_municipalities_with_priority": 0.0})
    homes = stock({"housing_task_on": False, "start_homes_per_year": START_HOMES})
    both = stock({"share_municipalities_with_priority": 0.0, "start_homes_per_year": START_HOMES})
    note = (
        f"mean stock from 2026: {base:,.0f}; with {START_HOMES:,} start homes a year: {homes:,.0f} with the "
        f"task off, {both:,.0f} without priority; no interval from one pair"
    )
    return Estimate(off - base, note=note), Estimate(banned - base), Estimate(homes - off)


def overflow(laboratory: Laboratory, first: date, last: date) -> tuple[Estimate, ...]:
    """P50: moves and completion of those who start pre-integration, with fewer regular places."""

    def fewer_places(places: float) -> int:
        return round(FEWER_PLACES * places)

    base = laboratory.baseline.record
    fewer = laboratory.trial({"regular_places": fewer_places}, POLICY_STARTS).record
    moves, shares = [], []
    for record in (base, fewer):
        people = record.people
        people = people[inside(people["pre_start_week"], first, last) & people["pre_end_week"].notna()]
        moves.append(estimate.mean(people["moves"], people["household"]))
        shares.append(estimate.mean(people["pre_completed"], people["household"]).times(100))
    note = f"regular places x {FEWER_PLACES} from 2026; {shares[0].value:.0f}% completed in the baseline"
    return estimate.difference(moves[1], moves[0], note), estimate.difference(shares[1], shares[0])


def _learners(laboratory: Laboratory, changes: dict[str, float]) -> pd.DataFrame:
    """Give who began their route in the same years in both runs, as they were at the end of 2026."""
    columns = ["route_start_week", "class_hours", "language", "household"]
    now = laboratory.baseline.on[MEASURED]
    other = laboratory.trial(changes).on[MEASURED]
    both = _both(now, other, columns)
    started = [inside(both[name], *LEARNERS) for name in ("route_start_week", "route_start_week_other")]
    return both[started[0] & started[1]]


def _both(one: Record, other: Record, columns: list[str]) -> pd.DataFrame:
    """Give the persons of both records by key; columns of the other carry `_other`."""
    left = one.people.set_index("key")[columns]
    right = other.people.set_index("key")[columns]
    return left.merge(right, left_index=True, right_index=True, suffixes=("", "_other"))


def _jobs(one: Trial, other: Trial, clock: tuple[str, int]) -> pd.DataFrame:
    jobs = pd.DataFrame({"one": one.employed[clock], "other": other.employed[clock]}).dropna()
    return pd.DataFrame({"more": jobs["other"] - jobs["one"]}, index=jobs.index.astype(np.uint64))
