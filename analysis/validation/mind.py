"""Mental health (P34, P35)."""

from datetime import date

import numpy as np
import pandas as pd

from analysis.validation import estimate, regression
from analysis.validation.estimate import ONE_RUN, Estimate
from analysis.validation.record import Record, adult, applicants, weeks_of

EDGES = np.array([-1000.0, 52.0, 104.0, 2000.0])  # weeks waited: up to 12 months, 13-24, 25 and more
WEEKS_IN_YEAR = 52.18


def complaints(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P35: share of adult status holders with complaints."""
    return (Estimate(100 * record.mean("complaint_share", first, last), note=ONE_RUN),)


def onset_by_wait(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P34: hazard of a first new complaint by the months waited for a decision, against up to 12 months."""
    people = record.people
    people = people[applicants(people) & adult(people, people["application_week"].clip(lower=0))]
    note = "Poisson, given sex, age, origin; waiting ends with the decision"
    if "complaint_at_arrival" in people:
        people = people[~people["complaint_at_arrival"].astype(bool)]
    else:
        # complaints brought along are not kept apart once they have passed: too many count as at risk
        people = people[~(people["complaint"].astype(bool) & people["complaint_week"].isna())]
        note += "; biased upwards: people whose complaints from before have passed count as at risk"
    low, high = (float(week) for week in weeks_of(first, last))
    high = min(high, float(record.weekly["week"].max()) + 1)
    start = np.maximum(_numbers(people, "application_week"), low)
    stop = np.fmin(np.fmin(_numbers(people, "complaint_week"), _numbers(people, "left_week")), high)
    event = _numbers(people, "complaint_week") == stop
    return _ratios(people, start, stop, event, note)


def _ratios(
    people: pd.DataFrame, start: np.ndarray, stop: np.ndarray, event: np.ndarray, note: str
) -> tuple[Estimate, ...]:
    applied = _numbers(people, "application_week")
    decided = np.fmin(_numbers(people, "decision_week"), 1e6)
    # while waiting, the group is that of the weeks waited so far; after the decision, of the whole wait
    waiting = regression.split(start - applied, np.minimum(stop, decided) - applied, event & (stop <= decided), EDGES)
    after = np.flatnonzero(stop > np.maximum(decided, start))
    group_after = np.searchsorted(EDGES[1:-1], (decided - applied)[after], side="left")
    rows = np.concatenate([waiting[0], after])
    group = np.concatenate([waiting[1], group_after])
    time = np.concatenate([waiting[2], (stop - np.maximum(decided, start))[after]])
    events = np.concatenate([waiting[3], event[after]])
    if min(np.bincount(group, events.astype(float), minlength=3)) < estimate.LEAST:
        return estimate.UNKNOWN, estimate.UNKNOWN
    own = np.column_stack(
        [
            np.ones(len(people)),
            _numbers(people, "woman"),
            (applied - _numbers(people, "birth_week")) / WEEKS_IN_YEAR / 10,
            regression.dummies(people["origin"].to_numpy(int), 5),
        ]
    )
    fit = regression.poisson(np.column_stack([regression.dummies(group, 3), own[rows]]), events, time)
    ratios = [
        estimate.from_normal(float(fit.coefficients[index]), fit.error(index), said).through(np.exp)
        for index, said in ((0, note), (1, ""))
    ]
    return tuple(ratios)


def _numbers(people: pd.DataFrame, column: str) -> np.ndarray:
    return people[column].to_numpy(float)
