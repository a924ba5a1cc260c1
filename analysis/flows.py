"""Weekly flows added up over calendar periods."""

from datetime import date

import numpy as np
import pandas as pd


def total(dates: pd.Series, flow: pd.Series, first: date, last: date) -> float:
    """Give the sum of a weekly flow from the first to the last day, both included.

    `dates` are the first days of the weeks. Weeks do not end with the month: one on the border counts by
    its days. NaN where the weeks do not cover the period.

    >>> weeks = pd.Series(pd.to_datetime(["2021-01-01", "2021-01-08"]))
    >>> total(weeks, pd.Series([7.0, 14.0]), date(2021, 1, 7), date(2021, 1, 8))
    3.0
    """
    days = pd.to_datetime(dates).to_numpy("datetime64[D]").astype(float)
    edges = np.append(days, days[-1] + 7)
    start, end = np.array([first, last], "datetime64[D]").astype(float) + [0, 1]
    if start < edges[0] or end > edges[-1] + 7:  # a year may end in the middle of a week that was not run
        return float("nan")
    run = np.concatenate([[0.0], np.cumsum(flow.to_numpy(float))])
    return float(np.interp(end, edges, run) - np.interp(start, edges, run))


def half_years(first: date, last: date) -> list[tuple[date, date]]:
    """Give the half-years that lie wholly between two days.

    >>> half_years(date(2021, 1, 1), date(2021, 12, 31))[0]
    (datetime.date(2021, 1, 1), datetime.date(2021, 6, 30))
    """
    halves = [
        half
        for year in range(first.year, last.year + 1)
        for half in ((date(year, 1, 1), date(year, 6, 30)), (date(year, 7, 1), date(year, 12, 31)))
    ]
    return [(start, end) for start, end in halves if start >= first and end <= last]
