"""What every parameter is worth in every week of a run.

    timetable = Timetable(load(), n_weeks=522)
    timetable.value("grant_rate", week)
    timetable.rates(job_loss.Rates, week)

The model never asks which policy is on: policies are laid over the parameters here, before the run. A process
names the parameters it needs as the fields of a NamedTuple and gets them filled in for the week, for all
processes together some 25 times a week; so everything is computed when a class is first asked for and `rates`
only looks it up.
"""

from collections.abc import Mapping
from typing import Any, TypeVar, get_type_hints

import numpy as np
import pandas as pd

from abm.parameters import Parameter, ParameterError, Parameters, closest
from abm.parameters.dates import START, date_of, week_from, week_of

__all__ = ["START", "Timetable", "date_of", "week_from", "week_of"]

Rates = TypeVar("Rates", bound=tuple)

# which kinds of parameter a field annotated so can hold without losing anything
_FITS = {float: ("float", "int"), int: ("int", "choice"), bool: ("bool",)}


class Timetable:
    """Parameters by week, for weeks 0 to n_weeks - 1.

    `laid_over` holds what policies make of a parameter: an array (n_weeks, *categories) that takes its place;
    start from `weekly` of a timetable without policies. `used` holds the names that were asked for; `last_asked`
    says when last, so that a policy on something read at the start only is not taken for active.
    """

    def __init__(self, parameters: Parameters, n_weeks: int, laid_over: Mapping[str, np.ndarray] | None = None) -> None:
        if n_weeks < 1:
            raise ValueError(f"a timetable needs at least one week, not {n_weeks}")
        self.parameters = parameters
        self.n_weeks = n_weeks
        self.used: set[str] = set()
        self._columns: dict[str, np.ndarray] = {}
        self._plans: dict[type, list[Any]] = {}
        self._asked: dict[str | type, int] = {}
        self._laid_over = set(laid_over or {})
        for name, column in (laid_over or {}).items():
            expected = (n_weeks, *parameters[name].shape)
            if np.shape(column) != expected:
                raise ParameterError(f"{name}: laid over with shape {np.shape(column)}, not {expected}")
            own = parameters[name].over(np.zeros(1, np.int64))
            self._columns[name] = np.array(column, dtype=own.dtype, order="C")

    def weekly(self, name: str) -> np.ndarray:
        """Give a copy of the value in every week, shape (n_weeks, *categories); a choice as its position."""
        column = self._column(name)
        return np.array(np.broadcast_to(column, (self.n_weeks, *column.shape[1:])))

    def value(self, name: str, week: int) -> Any:
        """Give the value in one week: float, int, bool, position of a choice, or array over categories."""
        self._check(week)
        column = self._column(name)
        self.used.add(name)
        self._asked[name] = week
        value = column[week if len(column) > 1 else 0]
        return value if column.ndim > 1 else value.item()

    def rates(self, cls: type[Rates], week: int) -> Rates:
        """Give the parameters that the fields of a NamedTuple class name, as they are in one week.

        The same object comes back as long as none of them changes. A field is annotated float, int (also for
        the position of a choice) or bool, or np.ndarray for a parameter with categories (float64,
        contiguous). Raises `ParameterError` when no parameter has the name of a field or its kind does not
        fit the annotation.
        """
        plan = self._plans.get(cls) or self._plan(cls)
        if week < 0 or week >= self.n_weeks:
            self._check(week)
        self._asked[cls] = week
        return plan[week]

    def last_asked(self, name: str) -> int:
        """Give the week for which a parameter was asked last, itself or in a class of rates; -1 if never."""
        asked = (week for key, week in self._asked.items() if key == name or name in getattr(key, "_fields", ()))
        return max(asked, default=-1)

    def changes(self) -> pd.DataFrame:
        """Give the dated parameters in the horizon as rows of week, parameter and value, for the manifest.

        The first row of a parameter is week 0; then a row for each change. An interpolated parameter has a
        row for the weeks of its dates and the last week. Categories are written name.category, a choice by
        its name.
        """
        rows = []
        for name, parameter in self.parameters.items():
            if not (parameter.dated or name in self._laid_over):
                continue
            cells = self._column(name).reshape(self.n_weeks, -1)
            for week in self._weeks_to_report(parameter, cells):
                for cell, value in zip(parameter.cells(), cells[week].tolist(), strict=True):
                    shown = parameter.choices[value] if parameter.type == "choice" else value
                    rows.append((week, cell, shown))
        return pd.DataFrame(rows, columns=["week", "parameter", "value"])

    def _weeks_to_report(self, parameter: Parameter, cells: np.ndarray) -> list[int]:
        last = self.n_weeks - 1
        if parameter.interpolate == "linear" and parameter.name not in self._laid_over:
            knots = {week_from(day) for day in parameter.values or ()}
            return sorted({0, last} | {week for week in knots if 0 <= week <= last})
        return [0, *_first_weeks(cells)]

    def _column(self, name: str) -> np.ndarray:
        """Give the values by week, or one row when they are the same in all weeks."""
        column = self._columns.get(name)
        if column is None:
            parameter = self.parameters[name]
            weeks = np.arange(self.n_weeks if parameter.dated else 1)
            column = self._columns[name] = np.ascontiguousarray(parameter.over(weeks))
        return column

    def _plan(self, cls: type[Rates]) -> list[Rates]:
        """Make the instance of every week; weeks between two changes share one."""
        fields: tuple[str, ...] = cls._fields  # type: ignore[attr-defined]
        hints = get_type_hints(cls)
        columns = [self._field(cls, field, hints[field]) for field in fields]
        starts = sorted({0}.union(*(_first_weeks(column) for column in columns)))
        plan: list[Rates] = []
        for start, end in zip(starts, [*starts[1:], self.n_weeks], strict=True):
            row = [
                _plain(column[start if len(column) > 1 else 0], hints[field])
                for column, field in zip(columns, fields, strict=True)
            ]
            plan.extend([cls(*row)] * (end - start))
        self._plans[cls] = plan
        return plan

    def _field(self, cls: type, field: str, annotation: Any) -> np.ndarray:
        where = f"{cls.__module__}.{cls.__qualname__}"
        if field not in self.parameters:
            raise ParameterError(f"{where}: no parameter is called '{field}'.{closest(field, self.parameters)}")
        parameter = self.parameters[field]
        if parameter.by and annotation in _FITS:
            raise ParameterError(f"{where}: '{field}' has categories; annotate it np.ndarray")
        if not parameter.by and parameter.type not in _FITS.get(annotation, ()):
            fit = next(kind.__name__ for kind, types in _FITS.items() if parameter.type in types)
            raise ParameterError(f"{where}: '{field}' is of type {parameter.type}; annotate it {fit}")
        self.used.add(field)
        return self._column(field)

    def _check(self, week: int) -> None:
        if not 0 <= week < self.n_weeks:
            raise IndexError(f"week {week} lies outside the timetable, which has weeks 0 to {self.n_weeks - 1}")


def _first_weeks(column: np.ndarray) -> list[int]:
    """Give the weeks whose value differs from the week before."""
    cells = column.reshape(len(column), -1)
    return [int(week) + 1 for week in np.flatnonzero((cells[1:] != cells[:-1]).any(axis=1))]


def _plain(value: Any, annotation: Any) -> Any:
    return annotation(value) if annotation in _FITS else value
