"""The observed Netherlands: municipalities, provinces, dated national series and the two registers.

Each function reads one file of this folder into a new frame, which the caller may change. What each column
means and where the numbers come from stands in `SOURCES.md`; in the series every row carries its own source
and status.
"""

import calendar
import re
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path(__file__).parent

_MONTHS = {"Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6}
_MONTHS |= {"Jul": 7, "Aug": 8, "Sep": 9, "Oct": 10, "Nov": 11, "Dec": 12}
_HALVES = {"I": 1, "H1": 1, "II": 2, "H2": 2}


def municipalities() -> pd.DataFrame:
    """Give the 342 municipalities in the order of the file.

    `region` (0..34) is the position of the labour market region in `regions()`.
    """
    frame = _read("municipalities")
    _, region = np.unique(frame["labour_market_region_code"].to_numpy(str), return_inverse=True)
    return frame.assign(region=region.astype(np.int64))


def regions() -> pd.DataFrame:
    """Give the 35 labour market regions: `code` and `name`, in the order of their codes."""
    frame = _read("municipalities")[["labour_market_region_code", "labour_market_region"]]
    frame = frame.set_axis(["code", "name"], axis=1).drop_duplicates()
    return frame.sort_values("code", ignore_index=True)


def provinces() -> pd.DataFrame:
    """Give the 12 provinces: population, dwellings by owner, reception and labour force."""
    return _read("provinces")


def national_series() -> pd.DataFrame:
    """Give the dated national series, one row a point.

    `start` and `end` are the first and the last day of the period (the same day for a count on a date), NaT
    where the period is not a date. Read `status` and `note` before two series are joined: definitions differ.
    """
    return _series("national_series")


def extra_series() -> pd.DataFrame:
    """Give further dated points, of mixed definitions, with the columns of `national_series()`."""
    return _series("extra_series")


def patterns() -> pd.DataFrame:
    """Give the register of observed patterns the model is judged by, one row a pattern."""
    return _read("patterns")


def systems() -> pd.DataFrame:
    """Give the register of systems (actors, rules, policies, mechanisms) the model has to represent."""
    return _read("systems")


def period_dates(period: str) -> tuple[date, date] | None:
    """Give the first and last day of a period as the series write it, or None where it is not a date.

    What stands in brackets ("decided 2024-10") is a remark, not a part of the period.

    >>> period_dates("2024Q3")
    (datetime.date(2024, 7, 1), datetime.date(2024, 9, 30))
    >>> period_dates("2025-I")
    (datetime.date(2025, 1, 1), datetime.date(2025, 6, 30))
    >>> period_dates("2019-early") is None
    True
    """
    text = re.sub(r"\(.*?\)", "", period).replace(" per month", "").strip()
    if span := _span(text):
        return span
    if match := re.fullmatch(r"(\d{4}) to (\d{1,2}) ([A-Z][a-z]{2})", text):
        year, day, month = int(match[1]), int(match[2]), _MONTHS[match[3]]
        return date(year, 1, 1), date(year, month, day)
    if match := re.fullmatch(r"(\d{4})Q(\d)-Q(\d)", text):
        return _months(int(match[1]), 3 * int(match[2]) - 2, 3 * int(match[3]))
    if match := re.fullmatch(r"(\d{4})-(\d{4})|(\S+) to (\S+)", text):
        first, last = _span(match[1] or match[3]), _span(match[2] or match[4])
        return (first[0], last[1]) if first and last else None
    return None


def _span(text: str) -> tuple[date, date] | None:
    """Give first and last day of one date, month, quarter, half-year or year."""
    if match := re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text):
        day = date.fromisoformat(text)
        return day, day
    if match := re.fullmatch(r"(\d{4})-(\d{2})", text):
        return _months(int(match[1]), int(match[2]), int(match[2]))
    if match := re.fullmatch(r"(\d{4})Q([1-4])", text):
        return _months(int(match[1]), 3 * int(match[2]) - 2, 3 * int(match[2]))
    if match := re.fullmatch(r"(\d{4})-?(I|II|H1|H2)", text):
        half = _HALVES[match[2]]
        return _months(int(match[1]), 6 * half - 5, 6 * half)
    if re.fullmatch(r"\d{4}", text):
        return _months(int(text), 1, 12)
    return None


def _months(year: int, first: int, last: int) -> tuple[date, date]:
    return date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1])


def _series(name: str) -> pd.DataFrame:
    frame = _read(name, dtype={"period": str})
    dates = [period_dates(period) for period in frame["period"]]
    for position, (column, which) in enumerate((("start", 0), ("end", 1))):
        days = pd.to_datetime(pd.Series([found[which] if found else None for found in dates]))
        frame.insert(2 + position, column, days)
    return frame


def _read(name: str, dtype: dict[str, type] | None = None) -> pd.DataFrame:
    return pd.read_csv(FOLDER / f"{name}.csv", dtype=dtype)
