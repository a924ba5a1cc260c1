"""One simulated history in the form the estimators read, and the windows in which patterns are measured."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import pandas as pd

from abm.parameters.dates import date_of, week_from, week_of
from abm.people import NEVER
from analysis.flows import total

WEEKS_IN_YEAR = 52.18
#: A person who was passed over when others were asked for pre-integration carries this week.
NEVER_ASKED = -1000


@dataclass(frozen=True)
class Record:
    """The frames of one replicate, with the scale and the last day of the run.

    Counts in `weekly`, `cohorts` and `costs` are real persons and euros; in `people` each row stands for 1
    / scale persons, all rows alike.
    """

    weekly: pd.DataFrame
    cohorts: pd.DataFrame
    costs: pd.DataFrame
    persons: pd.DataFrame
    scale: float
    until: date

    @cached_property
    def people(self) -> pd.DataFrame:
        """The persons with weeks as floats; NaN did not happen, and any comparison with it is False."""
        weeks = {
            name: self.persons[name].astype(np.float64).where(self.persons[name] > NEVER)
            for name in self.persons.columns
            if name.endswith("_week")
        }
        return self.persons.assign(**weeks)

    @cached_property
    def _first_days(self) -> pd.Series:
        return pd.to_datetime(self.weekly["date"])

    def mean(self, column: str, first: date, last: date) -> float:
        """Give the mean of a weekly column over the weeks that begin in a window."""
        inside = self._first_days.between(pd.Timestamp(first), pd.Timestamp(last))
        return float(self.weekly.loc[inside, column].mean())

    def total(self, column: str, first: date, last: date) -> float:
        """Give the sum of a weekly flow over the days of a window."""
        return total(self._first_days, self.weekly[column], first, last)

    def at(self, column: str, day: date) -> float:
        """Give a weekly column in the week that a day falls in."""
        values = self.weekly.loc[self.weekly["week"] == week_of(day), column]
        return float(values.iloc[0]) if len(values) else float("nan")

    def covers(self, last: date, lag_weeks: int = 0) -> bool:
        """Say whether the run reaches a day and `lag_weeks` beyond it, give or take a week."""
        return last + timedelta(weeks=lag_weeks) <= self.until + timedelta(days=7)


def window(text: str) -> tuple[date, date]:
    """Give the first and last day that a window of patterns.csv names.

    >>> window("permits of 2021-2023")
    (datetime.date(2021, 1, 1), datetime.date(2023, 12, 31))
    >>> window("mid 2025")
    (datetime.date(2025, 7, 1), datetime.date(2025, 7, 1))
    >>> window("28-02-2023")
    (datetime.date(2023, 2, 28), datetime.date(2023, 2, 28))
    """
    if day := re.search(r"(\d\d)-(\d\d)-(\d{4})", text):
        found = date(int(day[3]), int(day[2]), int(day[1]))
        return found, found
    years = [int(year) for year in re.findall(r"\d{4}", text)]
    if not years:
        raise ValueError(f"'{text}' names no year")
    if text.startswith("mid"):
        return date(years[0], 7, 1), date(years[0], 7, 1)
    return date(years[0], 1, 1), date(years[-1], 12, 31)


def weeks_of(first: date, last: date) -> tuple[int, int]:
    """Give the first and last week that begin in a window (a day gives the week it falls in, twice).

    >>> weeks_of(date(2021, 1, 1), date(2021, 12, 31))
    (0, 52)
    """
    if first == last:
        return week_of(first), week_of(first)
    return week_from(first), week_of(last)


def inside(weeks: pd.Series, first: date, last: date) -> pd.Series:
    """Say for each week whether it begins in a window; False for what did not happen."""
    return weeks.between(*weeks_of(first, last))


def age(people: pd.DataFrame, week: "pd.Series | float") -> pd.Series:
    """Give the age in years in a week."""
    return (week - people["birth_week"]) / WEEKS_IN_YEAR


def adult(people: pd.DataFrame, week: "pd.Series | float", oldest: float = 67) -> pd.Series:
    """Say who is 18 or older and below an age in a week."""
    years = age(people, week)
    return (years >= 18) & (years < oldest)


def obliged(people: pd.DataFrame) -> pd.Series:
    """Say who has the duty to integrate: 18 to 66 at the permit (or since), and not exempt."""
    grown = adult(people, people["permit_week"])
    since = people["plan_week"].notna()
    return people["permit_week"].notna() & (grown | since) & ~people["exempt_drawn"].astype(bool)


def applicants(people: pd.DataFrame) -> pd.Series:
    """Say who came by a procedure: not resettled and not joining family, whose permit dates from arrival."""
    return people["application_week"].notna() & ~(people["permit_week"] == people["application_week"])


def in_reception(people: pd.DataFrame, week: float) -> pd.Series:
    """Say who holds a permit and is still in reception at the end of a week."""
    there = (people["permit_week"] <= week) & (people["arrival_week"] <= week)
    gone = (people["housed_week"] <= week) | (people["left_week"] <= week)
    return there & ~gone


def day_of(week: float) -> date:
    """Give the first day of a week."""
    return date_of(int(week))
