"""Outcomes: one number a run, each a named summary of a recorded table.

    outcome("waiting", {"column": "status_holders_in_reception", "summary": "mean", "from": "2026-01-01"})
    outcome("work_5y", {"table": "cohorts", "column": "employed", "per": "people", "cohort": 2021, "weeks": 260})
    outcome("cost", {"table": "costs", "from": "2026-01-01"})

Weekly numbers, numbers of a group and costs are summarised over weeks (`mean`, `sum`, `last`, `min`, `max`, from and
until a day) or read on a day (`at`). Without a summary, flows (units "per week") are summed and the rest is read in
the last week. Cohorts are read a number of weeks since their event, for one year of cohorts, several, or all: counts
are added, means weighed by people. With `per`, two columns are summarised in the same way and divided.

What is not known in some week is not known in the summary: NaN, never a sum over the rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from abm.parameters import closest
from abm.parameters.dates import START, date_of, week_of
from experiments.metrics import all_tables

TABLES = ("weekly", "groups", "cohorts", "costs")
SUMMARIES = ("mean", "sum", "last", "min", "max")
CLOCKS = ("application", "permit")
COHORT_STEP = 13
#: Columns of cohorts that are means over their people; the others are counts.
COHORT_MEANS = ("language", "motivation", "capacity")
#: Keys that an outcome of a table may have, beside those that all have.
KEYS = {
    "weekly": ("summary", "from", "until", "at", "per"),
    "groups": ("summary", "from", "until", "at", "per", "dimension", "group"),
    "cohorts": ("clock", "cohort", "weeks", "per"),
    "costs": ("summary", "from", "until", "at", "category"),
}
ALWAYS = ("table", "column", "label", "unit", "may_be_unknown")


class OutcomeError(ValueError):
    """An outcome is described wrongly, or a run does not hold what it needs; the message is one line."""


@dataclass(frozen=True)
class Outcome:
    """One summary of a run. Weeks count from the start of the run; `may_be_unknown` accepts NaN as an answer."""

    name: str
    table: str
    column: str
    summary: str = "last"
    first: int = 0
    last: int | None = None
    per: str | None = None
    dimension: str | None = None
    group: str | None = None
    clock: str = "permit"
    cohorts: tuple[int, ...] = ()
    weeks: int = 0
    categories: tuple[str, ...] = ()
    label: str = ""
    unit: str = ""
    may_be_unknown: bool = False

    def of(self, results: Any) -> float:
        """Give the number for one run (an object with a frame for each table); raises `OutcomeError`."""
        frame = getattr(results, self.table)
        if self.table == "cohorts":
            return self._of_cohorts(frame)
        chosen = self._chosen(frame)
        value = self._summary(frame, chosen, self.column)
        return value if self.per is None else _ratio(value, self._summary(frame, chosen, self.per))

    def taken(self) -> str:
        """Say over which weeks, or how long after the event, the number is taken.

        >>> outcome("cost", {"table": "costs", "summary": "sum", "from": "2026-07-01"}).taken()
        'sum over the weeks from 2026-06-26'
        >>> outcome("work", {"table": "cohorts", "column": "employed", "weeks": 104, "cohort": [2026, 2027]}).taken()
        '104 weeks after the permit, of 2026 and 2027'
        """
        if self.table == "cohorts":
            years = f", of {' and '.join(map(str, self.cohorts))}" if self.cohorts else ", of all years"
            return f"{self.weeks} weeks after the {self.clock}{years}"
        if self.summary == "last":
            return "in the last week" if self.last is None else f"in the week from {date_of(self.last)}"
        what = {"min": "lowest", "max": "highest"}.get(self.summary, self.summary)
        begins = f" from {date_of(self.first)}" if self.first else ""
        ends = f" to {date_of(self.last + 1) - timedelta(days=1)}" if self.last is not None else ""
        return f"{what} over {'the' if begins or ends else 'all'} weeks{begins}{ends}"

    def _chosen(self, frame: pd.DataFrame) -> np.ndarray:
        """Say which rows count; raises `OutcomeError` when none does."""
        weeks = frame["week"].to_numpy()
        chosen = weeks >= self.first
        if self.last is not None:
            chosen &= weeks <= self.last
        if self.table == "groups":
            chosen &= ((frame["dimension"] == self.dimension) & (frame["group"] == self.group)).to_numpy()
        if self.categories:
            missing = set(self.categories) - set(frame["category"])
            if missing:
                raise OutcomeError(f"{self.name}: the run has no cost category '{min(missing)}'")
            chosen &= frame["category"].isin(self.categories).to_numpy()
        if not chosen.any():
            raise OutcomeError(f"{self.name}: the run holds no row of '{self.table}' for it")
        return np.asarray(chosen)

    def _summary(self, frame: pd.DataFrame, chosen: np.ndarray, column: str) -> float:
        numbers = frame[column].to_numpy(float)[chosen]
        if self.table == "costs":  # a row a week and category
            _, position = np.unique(frame["week"].to_numpy()[chosen], return_inverse=True)
            numbers = np.bincount(position, weights=numbers)
        if self.summary == "last":
            return float(numbers[-1])
        return float(getattr(np, self.summary)(numbers))

    def _of_cohorts(self, frame: pd.DataFrame) -> float:
        rows = frame[(frame["clock"] == self.clock) & (frame["weeks"] == self.weeks)]
        if self.cohorts:
            rows = rows[rows["cohort"].isin(self.cohorts)]
        if rows.empty or not rows["people"].sum(skipna=False) > 0:
            return float("nan")
        return _ratio(_pooled(rows, self.column), _pooled(rows, self.per)) if self.per else _pooled(rows, self.column)


def outcome(name: str, stated: Any, until: str | date = "2030-12-31") -> Outcome:
    """Give the outcome that a specification describes; raises `OutcomeError` in one line.

    `stated` is a mapping, or a text with the name of a weekly column.
    """
    stated = {"column": stated} if isinstance(stated, str) else {} if stated is None else stated
    where = f"outcomes: {name}"
    if not isinstance(name, str) or not name.isidentifier():
        raise OutcomeError(f"{where}: a name holds letters, digits and underscores only")
    if not isinstance(stated, Mapping):
        raise OutcomeError(f"{where}: give a mapping with the keys table, column, summary, ...")
    table = _one_of(stated.get("table", "weekly"), TABLES, f"{where}.table")
    for key in stated:
        if key not in (*ALWAYS, *KEYS[table]):
            raise OutcomeError(f"{where}: unknown key '{key}'.{closest(key, [*ALWAYS, *KEYS[table]])}")
    words = all_tables()[table]
    numbers = [column for column in words if column not in ("replicate", "week", "date", "dimension", "group")]
    numbers = [column for column in numbers if column not in ("clock", "cohort", "weeks", "category")]
    column = _one_of(stated.get("column", "euros" if table == "costs" else name), numbers, f"{where}.column")
    per = stated.get("per")
    if per is not None:
        _one_of(per, numbers, f"{where}.per")
    unit = f"{words[column].unit}, share of {words[per].label}" if per else words[column].unit
    made: dict[str, Any] = {
        "label": str(stated.get("label", words[column].label)),
        "unit": str(stated.get("unit", "share" if per else unit)),
        "may_be_unknown": _true_or_false(stated.get("may_be_unknown", False), f"{where}.may_be_unknown"),
        "per": per,
    }
    end = week_of(until)
    if table == "cohorts":
        return Outcome(name, table, column, **made, **_of_cohorts(stated, where, until))
    if table == "groups":
        made |= _of_groups(stated, where)
    if table == "costs" and "category" in stated:
        made["categories"] = _categories(stated["category"], where)
    summary, first, last = _over(stated, words[column].unit, where, end)
    if summary == "sum" and not per and made["unit"].endswith(" per week") and "unit" not in stated:
        made["unit"] = made["unit"].removesuffix(" per week")
    return Outcome(name, table, column, summary, first, last, **made)


def outcomes(stated: Any, until: str | date = "2030-12-31") -> tuple[Outcome, ...]:
    """Give the outcomes of a list of weekly columns, or of a mapping of names to descriptions."""
    if isinstance(stated, Mapping):
        items = list(stated.items())
    elif isinstance(stated, Sequence) and not isinstance(stated, str):
        items = [(name, None) for name in stated]
    else:
        raise OutcomeError("outcomes: give a mapping of names, or a list of weekly columns")
    if not items:
        raise OutcomeError("outcomes: name at least one")
    names = [name for name, _ in items]
    for name in names:
        if not isinstance(name, str):
            raise OutcomeError(f"outcomes: {name} is not a name")
    if len(set(names)) < len(names):
        raise OutcomeError("outcomes: a name stands twice")
    return tuple(outcome(name, details, until) for name, details in items)


def usual(until: str | date = "2030-12-31") -> tuple[Outcome, ...]:
    """Give the outcomes for those who name none: waiting, wanting, learning, work, housing and cost from 2026 on.

    For a run that ends before 2027 they are taken over the whole run.
    """
    start = {"from": "2026-01-01"} if week_of(until) > week_of("2027-01-01") else {}
    stated: dict[str, Mapping[str, Any]] = {
        "waiting": {"column": "status_holders_in_reception", "summary": "mean", **start},
        "in_reception": {"column": "in_reception", "summary": "mean", **start},
        "motivation": {"column": "motivation_in_reception", "summary": "mean", **start},
        "language": {"column": "language_in_route", "summary": "last"},
        "employed": {"column": "employed_permit", "per": "adults_permit", "summary": "last"},
        "housed": {"column": "housed", "summary": "sum", **start},
        "cost": {"table": "costs", "summary": "sum", **start},
    }
    return outcomes(stated, until)


def _over(stated: Mapping[str, Any], unit: str, where: str, end: int) -> tuple[str, int, int | None]:
    """Give the summary and the first and last week; a day means the week it lies in."""
    if "at" in stated:
        for key in ("summary", "from", "until"):
            if key in stated:
                raise OutcomeError(f"{where}: give either 'at' or '{key}', one of the two")
        week = _week(stated["at"], f"{where}.at", end)
        return "last", week, week
    usual = "sum" if unit.endswith("per week") else "last"
    summary = _one_of(stated.get("summary", usual), SUMMARIES, f"{where}.summary")
    first = _week(stated["from"], f"{where}.from", end) if "from" in stated else 0
    last = _week(stated["until"], f"{where}.until", end) if "until" in stated else None
    if last is not None and last < first:
        raise OutcomeError(f"{where}: 'until' lies before 'from'")
    return summary, first, last


def _of_groups(stated: Mapping[str, Any], where: str) -> dict[str, Any]:
    from abm.data import regions
    from abm.parameters.categories import CATEGORIES

    groups = {
        "sex": ("men", "women"),
        "education": CATEGORIES["education"],
        "household": ("alone", "couple", "with_children"),
        "origin": CATEGORIES["origin"],
        "region": tuple(regions()["name"]),
    }
    for key in ("dimension", "group"):
        if key not in stated:
            raise OutcomeError(f"{where}: '{key}' is missing")
    dimension = _one_of(stated["dimension"], tuple(groups), f"{where}.dimension")
    return {"dimension": dimension, "group": _one_of(stated["group"], groups[dimension], f"{where}.group")}


def _of_cohorts(stated: Mapping[str, Any], where: str, until: str | date) -> dict[str, Any]:
    if "weeks" not in stated:
        raise OutcomeError(f"{where}: 'weeks' (since the event) is missing")
    weeks = stated["weeks"]
    if type(weeks) is not int or weeks < 0 or weeks % COHORT_STEP:
        raise OutcomeError(f"{where}.weeks: {weeks} is not a multiple of {COHORT_STEP}")
    given = stated.get("cohort", [])
    cohorts = tuple(given) if isinstance(given, (list, tuple)) else (given,)
    end = date_of(week_of(until) + 1)
    for year in cohorts:
        if type(year) is not int or not 2015 <= year <= 2100:
            raise OutcomeError(f"{where}.cohort: '{year}' is not a year")
        if week_of(date(year, 1, 1)) + weeks > week_of(end):
            raise OutcomeError(f"{where}: nobody of cohort {year} is followed for {weeks} weeks by {until}")
    return {
        "clock": _one_of(stated.get("clock", "permit"), CLOCKS, f"{where}.clock"),
        "cohorts": cohorts,
        "weeks": weeks,
    }


def _categories(given: Any, where: str) -> tuple[str, ...]:
    found = tuple(given) if isinstance(given, (list, tuple)) else (given,)
    if not found or not all(isinstance(name, str) for name in found):
        raise OutcomeError(f"{where}.category: give the name of a category of cost, or a list of names")
    return found


def _week(given: Any, where: str, end: int) -> int:
    try:
        week = week_of(given)
    except (TypeError, ValueError, AttributeError):
        raise OutcomeError(f"{where}: '{given}' is not a date; write it as 2026-01-01") from None
    if not 0 <= week <= end:
        raise OutcomeError(f"{where}: {given} lies outside the run, from {START} to {date_of(end + 1)}")
    return int(week)


def _one_of(given: Any, names: Sequence[str], where: str) -> Any:
    if not isinstance(given, str) or given not in names:
        raise OutcomeError(f"{where}: there is no '{given}'.{closest(given, names)}")
    return given


def _true_or_false(given: Any, where: str) -> bool:
    if not isinstance(given, bool):
        raise OutcomeError(f"{where}: '{given}' is not true or false")
    return given


def _pooled(rows: pd.DataFrame, column: str) -> float:
    values = rows[column].to_numpy(float)
    if column in COHORT_MEANS:
        people = rows["people"].to_numpy(float)
        there = people > 0
        return float((values[there] * people[there]).sum() / people[there].sum())
    return float(values.sum())


def _ratio(value: float, base: float) -> float:
    return value / base if base else float("nan")
