"""The inputs that a design varies: each a parameter with its bounds, its distribution and its type.

A design is drawn in the unit cube; `Factor.at` maps a column of it to values by the quantile function. So whole
numbers, switches and choices get bins of equal chance, where rounding a number drawn between the bounds would give
the first and the last value half a bin, and cutting it would give the last value none.

Bounds, distribution and type come from the parameter record unless a specification states others. A value replaces
the whole dated path of a parameter, or, with `starts`, what holds from that day on: what was observed before stays.

Two prefixes make other inputs. `scale:NAME` multiplies all values of a parameter, over its dates and categories, by
one number and holds the products at the range of the parameter, so its shape stays. `inert:NAME` changes nothing:
whatever an analysis says about it is noise.
"""

import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from scipy import stats

from abm.parameters import Parameter, ParameterError, Parameters, closest
from abm.parameters.dates import START
from abm.parameters.record import checked, checked_cell

DISTRIBUTIONS = ("uniform", "loguniform", "triangular")
ROLES = ("fact", "uncertainty", "lever")
#: What a specification may say of a parameter.
KEYS = ("range", "distribution", "values", "starts")
#: What a name may begin with.
SCALE, INERT = "scale:", "inert:"
#: Range of a multiplier where none is stated.
SCALED = (0.8, 1.25)


@dataclass(frozen=True)
class Factor:
    """One input. `values` are the values of a switch, a choice, or a list that was given, each as likely.

    For a number without `values`: `low` and `high` are the bounds, `mode` is where a triangle has its top.
    """

    name: str
    type: str
    low: float = 0.0
    high: float = 1.0
    distribution: str = "uniform"
    mode: float | None = None
    values: tuple[Any, ...] = ()
    starts: date | None = None

    def at(self, u: np.ndarray) -> np.ndarray:
        """Give the values at these quantiles (0 to 1); whole numbers for an int, objects for a choice.

        >>> Factor("places", "int", 2, 4).at(np.array([0.0, 0.32, 0.34, 0.99, 1.0]))
        array([2, 2, 3, 4, 4])
        """
        u = np.asarray(u, float)
        if self.values:
            position = np.minimum((u * len(self.values)).astype(int), len(self.values) - 1)
            return np.array(self.values)[position]
        if self.type != "int":
            return np.clip(self._quantile(u, self.low, self.high), self.low, self.high)
        found = np.rint(self._quantile(u, self.low - 0.5, self.high + 0.5))
        return np.clip(found, self.low, self.high).astype(np.int64)

    @property
    def is_number(self) -> bool:
        """Whether values lie between bounds, rather than in a list."""
        return not self.values

    def _quantile(self, u: np.ndarray, low: float, high: float) -> np.ndarray:
        if low == high:
            return np.full_like(u, low)
        if self.distribution == "loguniform":
            return np.asarray(stats.loguniform(low, high).ppf(u))
        if self.distribution == "triangular":
            top = (min(max(float(self.mode or 0.0), low), high) - low) / (high - low)
            return np.asarray(stats.triang(top, low, high - low).ppf(u))
        return low + u * (high - low)


def factor(name: str, parameters: Parameters, stated: Mapping[str, Any] | None = None) -> Factor:
    """Give the factor for a parameter (or one category of it, name.category); raises `ParameterError`.

    `stated` may hold `range`, `distribution`, `values` or `starts`, which then replace those of the record.
    """
    stated = dict(stated or {})
    for key in stated:
        if key not in KEYS:
            raise ParameterError(f"{name}: unknown key '{key}'.{closest(key, KEYS)}")
    if name.startswith((SCALE, INERT)):
        return _other(name, parameters, stated)
    parameter = known(name, parameters)
    starts = _starts(stated.get("starts"), name)
    if "values" in stated:
        for key in ("range", "distribution"):
            if key in stated:
                raise ParameterError(f"{name}: give either 'values' or '{key}', one of the two")
        given = stated["values"]
        if not isinstance(given, (list, tuple)) or not given:
            raise ParameterError(f"{name}.values: give a list of values, such as [0.2, 0.4]")
        values = tuple(checked_cell(value, parameter, f"{name}.values") for value in given)
        if len(set(values)) < len(values):
            raise ParameterError(f"{name}.values: a value stands twice")
        return Factor(name, parameter.type, values=values, starts=starts)
    if parameter.type in ("bool", "choice"):
        for key in ("range", "distribution"):
            if key in stated:
                raise ParameterError(f"{name}.{key}: only numbers have one; give 'values'")
        values = (False, True) if parameter.type == "bool" else parameter.choices
        return Factor(name, parameter.type, values=values, starts=starts)
    low, high = _bounds(stated.get("range", parameter.range), parameter, name)
    distribution = stated.get("distribution", parameter.distribution)
    if distribution == "fixed" and "range" in stated:
        distribution = "uniform"
    if distribution not in DISTRIBUTIONS:
        if distribution == "fixed":
            raise ParameterError(
                f"{name}: is fixed in {parameter.theme}.yaml; to vary it all the same, state a 'range'"
            )
        raise ParameterError(
            f"{name}.distribution: there is no '{distribution}'.{closest(distribution, DISTRIBUTIONS)}"
        )
    if distribution == "loguniform" and not low > 0:
        raise ParameterError(f"{name}.distribution: loguniform needs a range above 0")
    mode = _present_value(name, parameter) if distribution == "triangular" else None
    return Factor(name, parameter.type, low, high, distribution, mode, starts=starts)


def factors(stated: Any, parameters: Parameters) -> tuple[Factor, ...]:
    """Give the factors that a specification names, in its order; raises `ParameterError`.

    `stated` is a list of names, in which * and ? stand for anything and `role: uncertainty` for all uncertain
    parameters, or a mapping of names to what is stated about them (nothing, or some of `KEYS`).
    """
    found: dict[str, Factor] = {}
    for name, details in _entries(stated):
        for cell in expand(name, parameters):
            if cell in found and _is_pattern(name):
                continue  # named before, with details of its own
            if cell in found:
                raise ParameterError(f"{cell}: is named twice")
            if _is_pattern(name) and not details and known(cell, parameters).distribution == "fixed":
                if known(cell, parameters).type in ("float", "int"):
                    continue
            found[cell] = factor(cell, parameters, details)
    return tuple(found.values())


def expand(name: str, parameters: Parameters) -> list[str]:
    """Give the names that a name stands for: itself, or those that fit a pattern or have a role."""
    cells = [cell for parameter in parameters.values() for cell in parameter.cells()]
    if name.startswith("role:"):
        role = name.removeprefix("role:").strip()
        if role not in ROLES:
            raise ParameterError(f"role: there is no '{role}'.{closest(role, ROLES)}")
        return [cell for parameter in parameters.values() if parameter.role == role for cell in parameter.cells()]
    if name.startswith((SCALE, INERT)):
        return [name]
    if not _is_pattern(name):
        known(name, parameters)
        return [name]
    if not (matches := fnmatch.filter(cells, name)):
        raise ParameterError(f"{name}: no parameter fits this pattern")
    return matches


def known(name: str, parameters: Parameters) -> Parameter:
    """Give the parameter to which a name, or name.category, belongs; raises `ParameterError` with advice."""
    parameter = parameters[name.split(".")[0]]
    if name in parameter.cells():
        return parameter
    if name == parameter.name:
        cells = parameter.cells()
        raise ParameterError(f"{name}: has categories; name one, as {cells[0]}, or all of them, as '{name}.*'")
    raise ParameterError(f"{name}: there is no such category.{closest(name, parameter.cells())}")


def apply(parameters: Parameters, changes: Mapping[str, Any], starts: Mapping[str, date] | None = None) -> Parameters:
    """Give parameters with other values, in all weeks or, where `starts` has a date, from that day on."""
    starts = starts or {}
    whole = {name: value for name, value in changes.items() if name not in starts and ":" not in name}
    changed = parameters.replace(whole)
    entries = dict(changed)
    for name, value in changes.items():
        if name.startswith(SCALE):
            key = parameter_of(name)
            entries[key] = scaled(changed[key], float(value))
    for name, day in starts.items():
        if name in changes:
            key = name.split(".")[0]
            entries[key] = from_day(entries[key], name, changes[name], day)
    return Parameters(entries)


def parameter_of(name: str) -> str:
    """Give the name of the parameter that a factor changes; "" for an inert one.

    >>> parameter_of("chance_relocation.emergency"), parameter_of("scale:grant_rate"), parameter_of("inert:dummy")
    ('chance_relocation', 'grant_rate', '')
    """
    return "" if name.startswith(INERT) else name.removeprefix(SCALE).split(".")[0]


def scaled(parameter: Parameter, number: float) -> Parameter:
    """Give a parameter with every number multiplied, held at its range."""
    from dataclasses import replace

    assert parameter.range is not None, "numbers have a range"
    low, high = parameter.range

    def product(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: product(part) for key, part in value.items()}
        held = min(max(value * number, low), high)
        return round(held) if parameter.type == "int" else held

    if parameter.values is None:
        return replace(parameter, value=product(parameter.value))
    return replace(parameter, values={day: product(value) for day, value in parameter.values.items()})


def shares_of_a_whole(parameter: Parameter) -> bool:
    """Say whether the categories of a parameter add up to one (at its first date)."""
    if len(parameter.by) != 1:
        return False
    return bool(abs(parameter.over(np.zeros(1, np.int64))[0].sum() - 1) < 1e-6)


def from_day(parameter: Parameter, name: str, value: Any, day: date) -> Parameter:
    """Give a parameter with another value from a day on; the days before keep what they had."""
    from dataclasses import replace

    cell = checked_cell(value, parameter, name) if "." in name else checked(value, parameter, name)
    path = name.split(".")[1:]
    before = dict(parameter.values) if parameter.values is not None else {START: parameter.value}
    values = {date_: held for date_, held in before.items() if date_ < day}
    if parameter.interpolate == "linear":
        eve = day - timedelta(days=1)
        values[eve] = _on(parameter, before, eve)
    held = _on(parameter, before, day)
    values[day] = _with_cell(held, path, cell) if path else cell
    return replace(parameter, value=None, values=dict(sorted(values.items())))


def _on(parameter: Parameter, values: Mapping[date, Any], day: date) -> Any:
    """Give what a dated parameter is worth on a day, in the form in which its values are written."""
    days = list(values)
    if parameter.interpolate == "linear" and days[0] < day < days[-1]:
        after = next(d for d in days if d >= day)
        earlier = [d for d in days if d < after][-1]
        share = (day - earlier).days / (after - earlier).days
        return _between(values[earlier], values[after], share)
    return values[max([d for d in days if d <= day], default=days[0])]


def _between(one: Any, other: Any, share: float) -> Any:
    if isinstance(one, Mapping):
        return {key: _between(one[key], other[key], share) for key in one}
    return one + share * (other - one)


def _with_cell(value: Mapping[str, Any], path: list[str], cell: Any) -> dict[str, Any]:
    first, *rest = path
    return {**value, first: _with_cell(value[first], rest, cell) if rest else cell}


def _other(name: str, parameters: Parameters, stated: Mapping[str, Any]) -> Factor:
    """Give a multiplier or an inert factor."""
    if name.startswith(INERT):
        if stated or not name.removeprefix(INERT).isidentifier():
            raise ParameterError(f"{name}: write it as inert:dummy and state nothing about it")
        return Factor(name, "float")
    parameter = parameters[name.removeprefix(SCALE)]
    if parameter.type not in ("float", "int"):
        raise ParameterError(f"{name}: is of type {parameter.type}, so there is no number to multiply")
    if shares_of_a_whole(parameter):
        raise ParameterError(f"{name}: its categories are shares of one whole, which cannot be multiplied together")
    for key in ("values", "starts"):
        if key in stated:
            raise ParameterError(f"{name}.{key}: a multiplier has a 'range' and a 'distribution' only")
    given = stated.get("range", SCALED)
    numbers = isinstance(given, (list, tuple)) and len(given) == 2 and all(type(end) in (int, float) for end in given)
    if not numbers or not 0 < given[0] < given[1]:
        raise ParameterError(f"{name}.range: give two rising numbers above 0, such as [0.8, 1.25]")
    distribution = stated.get("distribution", "loguniform")
    if distribution not in ("uniform", "loguniform"):
        hint = closest(distribution, ("uniform", "loguniform"))
        raise ParameterError(f"{name}.distribution: there is no '{distribution}' for a multiplier.{hint}")
    return Factor(name, "float", float(given[0]), float(given[1]), distribution)


def _entries(stated: Any) -> Iterable[tuple[str, Mapping[str, Any]]]:
    if isinstance(stated, Mapping):
        items = list(stated.items())
    elif isinstance(stated, (list, tuple)):
        items = []
        for entry in stated:
            if isinstance(entry, Mapping) and set(entry) == {"role"}:
                items.append((f"role: {entry['role']}", None))
            else:
                items.append((entry, None))
    else:
        raise ParameterError(f"parameters: '{stated}' is neither a list of names nor a mapping")
    for name, details in items:
        if not isinstance(name, str):
            raise ParameterError(f"parameters: {name!r} is not the name of a parameter")
        if details is not None and not isinstance(details, Mapping):
            raise ParameterError(f"{name}: give a mapping, such as {{range: [0.2, 0.4]}}, or nothing")
        yield name, details or {}


def _is_pattern(name: str) -> bool:
    return name.startswith("role:") or any(sign in name for sign in "*?[")


def _starts(given: Any, name: str) -> date | None:
    if given is None or (isinstance(given, date) and not hasattr(given, "hour")):
        return given
    try:
        return date.fromisoformat(given)
    except (TypeError, ValueError):
        raise ParameterError(f"{name}.starts: '{given}' is not a date; write it as 2026-01-01") from None


def _bounds(given: Any, parameter: Parameter, name: str) -> tuple[float, float]:
    numbers = isinstance(given, (list, tuple)) and len(given) == 2 and all(type(end) in (int, float) for end in given)
    if not numbers or not given[0] <= given[1]:
        raise ParameterError(f"{name}.range: give the lowest and the highest value, such as [0, 1]")
    for end in given:
        checked_cell(end, parameter, f"{name}.range")
    return float(given[0]), float(given[1])


def _present_value(name: str, parameter: Parameter) -> float:
    """Give the value of the record, the last one where it is dated."""
    value = parameter.value if parameter.values is None else list(parameter.values.values())[-1]
    for category in name.split(".")[1:]:
        value = value[category]
    return float(value)
