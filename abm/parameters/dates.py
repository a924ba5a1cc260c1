"""When a week is: week 0 starts on Friday 1 January 2021, week w seven days times w later."""

from datetime import date, timedelta

START = date(2021, 1, 1)


def date_of(week: int) -> date:
    """Give the first day of a week.

    >>> date_of(1)
    datetime.date(2021, 1, 8)
    """
    return START + timedelta(weeks=int(week))


def week_of(day: date | str) -> int:
    """Give the week a day (a date or "2024-07-01") falls in; negative before the start.

    >>> week_of("2021-01-07"), week_of("2021-01-08")
    (0, 1)
    """
    return (_date(day) - START).days // 7


def week_from(day: date | str) -> int:
    """Give the first week that starts on or after a day: the week from which something dated counts.

    >>> week_from("2021-01-02"), week_from("2021-01-08")
    (1, 1)
    """
    return -((START - _date(day)).days // 7)


def _date(day: date | str) -> date:
    return date.fromisoformat(day) if isinstance(day, str) else day
