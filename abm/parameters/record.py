"""One parameter: what it means, its value over time, how uncertain it is, and where that was found."""

import difflib
import html
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from abm.parameters.categories import CATEGORIES
from abm.parameters.dates import START

DTYPES = {"float": np.float64, "int": np.int64, "bool": np.bool_, "choice": np.int64}


class ParameterError(ValueError):
    """Something about a parameter is wrong; the message is one line: where, what, and what may be meant."""


class UnknownParameterError(ParameterError, KeyError):
    """No parameter has this name."""

    def __str__(self) -> str:  # KeyError would show the message in quotes
        return str(self.args[0])


class Source(NamedTuple):
    """Where a value was found: `kind` is law, statistic, study, estimate or assumption."""

    kind: str
    where: str
    note: str = ""


@dataclass(frozen=True)
class Parameter:
    """One entry of a parameter file.

    Either `value` is set, or `values` (date to value, in order of date). A value is a number, True or False,
    or one of `choices`; for a parameter given `by` one or two categories it is a mapping, nested in that
    order.
    """

    name: str
    meaning: str
    unit: str
    value: Any
    values: Mapping[date, Any] | None
    interpolate: str
    by: tuple[str, ...]
    type: str
    choices: tuple[str, ...]
    range: tuple[float, float] | None
    distribution: str
    role: str
    source: Source
    theme: str

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of categories along each axis of `by`; () for a single number."""
        return tuple(len(CATEGORIES[axis]) for axis in self.by)

    @property
    def dated(self) -> bool:
        """Whether the value can differ between weeks."""
        return self.values is not None and len(self.values) > 1

    def _repr_html_(self) -> str:
        """Show all that is known about it, in a notebook."""
        values = self.values if self.values is not None else self.value
        shown = {str(day): value for day, value in values.items()} if isinstance(values, Mapping) else values
        rows = [
            ("meaning", self.meaning),
            ("value", f"{shown} {self.unit}".strip()),
            ("range", "" if self.range is None else f"{self.range[0]:g} to {self.range[1]:g}, {self.distribution}"),
            ("role", self.role),
            ("source", f"{self.source.kind}: {self.source.where}"),
            ("note", self.source.note),
        ]
        return table_of([("", f"{self.name} ({self.theme}.yaml)"), *(row for row in rows if row[1])])

    def over(self, weeks: np.ndarray) -> np.ndarray:
        """Give the value on the first day of each week, shape (weeks, *shape); a choice as its position.

        A dated value holds from its date on, so a date in the middle of a week counts from the next week;
        before the first date the first value holds.
        """
        values = self.values or {START: self.value}
        dtype = np.float64 if self.by else DTYPES[self.type]
        table: np.ndarray = np.array([self._numbers(value) for value in values.values()], dtype)
        knots = np.array([day.toordinal() for day in values])
        days = START.toordinal() + 7 * np.asarray(weeks)
        if self.interpolate == "linear":
            cells = [np.interp(days, knots, cell) for cell in table.reshape(len(knots), -1).T]
            return np.stack(cells, axis=1).reshape(len(days), *self.shape)
        return table[np.maximum(np.searchsorted(knots, days, side="right") - 1, 0)]

    def cells(self) -> list[str]:
        """Give the names under which `Parameters.replace` reaches each number: the name, or name.category."""
        names = [self.name]
        for axis in self.by:
            names = [f"{name}.{category}" for name in names for category in CATEGORIES[axis]]
        return names

    def _numbers(self, value: Any) -> Any:
        if self.type == "choice":
            return self.choices.index(value)
        if isinstance(value, Mapping):
            return [self._numbers(part) for part in value.values()]
        return value


def table_of(rows: Iterable[tuple[str, ...]]) -> str:
    """Give rows of text as a table of a notebook; the first column is a heading.

    >>> table_of([("a", "1 < 2")])
    '<table><tr><th>a</th><td style="text-align:left">1 &lt; 2</td></tr></table>'
    """
    lines = []
    for first, *others in rows:
        cells = "".join(f'<td style="text-align:left">{html.escape(cell)}</td>' for cell in others)
        lines.append(f"<tr><th>{html.escape(first)}</th>{cells}</tr>")
    return f"<table>{''.join(lines)}</table>"


def closest(name: object, names: Iterable[str]) -> str:
    """Give a hint to add to a message: the nearest of the names, all of them when they are few, or nothing.

    >>> closest("start_hommes", ["start_homes", "grant_rate"])
    " Did you mean 'start_homes'?"
    >>> closest("x", ["linear", "step"])
    ' Choose from: linear, step.'
    """
    names = list(names)
    if near := difflib.get_close_matches(str(name), names, n=1, cutoff=0.6):
        return f" Did you mean '{near[0]}'?"
    return f" Choose from: {', '.join(names)}." if 0 < len(names) <= 15 else ""


def checked(value: Any, parameter: Parameter, where: str) -> Any:
    """Give one value in the form a `Parameter` holds it, or raise `ParameterError` when it is not allowed."""
    return _checked(value, parameter, where, parameter.by)


def checked_cell(value: Any, parameter: Parameter, where: str) -> Any:
    """Give one number of a parameter (of a single category, where it is given by categories), or raise."""
    return _checked(value, parameter, where, ())


def _checked(value: Any, parameter: Parameter, where: str, axes: tuple[str, ...]) -> Any:
    if axes:
        return _checked_mapping(value, parameter, where, axes)
    value = value.item() if isinstance(value, np.generic) else value
    match parameter.type:
        case "choice":
            return _checked_choice(value, parameter, where)
        case "bool":
            if not isinstance(value, bool):
                raise ParameterError(f"{where}: {value!r} is not true or false")
            return value
        case "int":
            if not _is_number(value) or value != int(value):
                raise ParameterError(f"{where}: {value!r} is not a whole number")
            value = int(value)
        case _:
            if not _is_number(value):
                raise ParameterError(f"{where}: {value!r} is not a number{_exponent_hint(value)}")
            value = float(value)
    if parameter.range is not None and not parameter.range[0] <= value <= parameter.range[1]:
        lowest, highest = parameter.range
        raise ParameterError(f"{where}: {value:g} lies outside the range {lowest:g} to {highest:g}")
    return value


def _checked_mapping(value: Any, parameter: Parameter, where: str, axes: tuple[str, ...]) -> dict[str, Any]:
    categories = CATEGORIES[axes[0]]
    if not isinstance(value, Mapping):
        raise ParameterError(f"{where}: give a value for each {axes[0]}: {', '.join(categories)}")
    for key in value:
        if key not in categories:
            raise ParameterError(f"{where}: no {axes[0]} is called '{key}'.{closest(key, categories)}")
    for category in categories:
        if category not in value:
            raise ParameterError(f"{where}: no value for {axes[0]} '{category}'")
    return {category: _checked(value[category], parameter, f"{where}.{category}", axes[1:]) for category in categories}


def _checked_choice(value: Any, parameter: Parameter, where: str) -> str:
    if not isinstance(value, str) or value not in parameter.choices:
        raise ParameterError(f"{where}: no choice is called '{value}'.{closest(value, parameter.choices)}")
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _exponent_hint(value: Any) -> str:
    """Explain that YAML reads 1e-3 as text: the number wants a point and a sign."""
    try:
        return f" (write {float(value)!r})" if isinstance(value, str) else ""
    except ValueError:
        return ""
