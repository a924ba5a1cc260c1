"""Lay policies over the parameters: what every changed parameter is worth in every week.

All `set`s come first, then `scale`, then `add`, so the order in which policies are named never matters. Two policies
that set the same number in the same week contradict each other, which raises; so does a result outside the range.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from abm.parameters import Parameter, Parameters
from abm.policies.reading import cells_of
from abm.policies.record import WAYS, Change, Policy, PolicyError
from abm.timetable import START, Timetable, date_of, week_from


class Idle(NamedTuple):
    """A policy that changed nothing in a run, and why."""

    policy: Policy
    reason: str


class Step(NamedTuple):
    """A stretch of weeks in which a number has one value without and one with the policies."""

    cell: str
    first_week: int
    last_week: int
    before: float
    after: float


def lay_over(policies: Sequence[Policy], parameters: Parameters, n_weeks: int) -> dict[str, np.ndarray]:
    """Give what policies make of parameters, (n_weeks, *categories) by name, as `Timetable` takes it.

    Raises `PolicyError` for a policy outside the horizon, two that set one number in one week, or a value outside
    the range.
    """
    for policy in policies:
        _check_dates(policy, n_weeks)
    return _lay([leaf for policy in policies for leaf in policy.leaves()], parameters, n_weeks)


def idle(policies: Sequence[Policy], timetable: Timetable) -> list[Idle]:
    """Give the policies that changed nothing in a run that used this timetable.

    A policy is idle when the run is the same without it: it lies outside the weeks, what it gives is what was there
    anyway, or the model asked for none of its parameters while it held.
    """
    parameters, n_weeks = timetable.parameters, timetable.n_weeks
    leaves = [leaf for policy in policies for leaf in policy.leaves()]
    whole = _lay(leaves, parameters, n_weeks)
    found = []
    for place, leaf in enumerate(leaves):
        first, after = _weeks(leaf, n_weeks)
        if first >= after:
            found.append(Idle(leaf, "it holds in no week of the run"))
            continue
        without = _lay(leaves[:place] + leaves[place + 1 :], parameters, n_weeks)
        starts = _first_differences(whole, without, timetable)
        if not starts:
            found.append(Idle(leaf, "its values are those without it"))
        elif all(timetable.last_asked(name) < week for name, week in starts.items()):
            found.append(Idle(leaf, f"the model never read {' or '.join(sorted(starts))} while it held"))
    return found


def steps(policies: Sequence[Policy], parameters: Parameters, n_weeks: int) -> list[Step]:
    """Give what policies change, number by number, as stretches of weeks; weeks without change are left out."""
    baseline = Timetable(parameters, n_weeks)
    found: list[Step] = []
    for name, column in lay_over(policies, parameters, n_weeks).items():
        before = baseline.weekly(name).reshape(n_weeks, -1)
        after = column.reshape(n_weeks, -1)
        for cell, old, new in zip(parameters[name].cells(), before.T, after.T, strict=True):
            found += _stretches(cell, old, new)
    return found


def _stretches(cell: str, old: np.ndarray, new: np.ndarray) -> Iterator[Step]:
    edges = np.flatnonzero((old[1:] != old[:-1]) | (new[1:] != new[:-1])) + 1
    for first, after in zip([0, *edges], [*edges, len(old)], strict=True):
        if old[first] != new[first]:
            yield Step(cell, int(first), int(after) - 1, old[first].item(), new[first].item())


def _check_dates(policy: Policy, n_weeks: int) -> None:
    if policy.first_day > date_of(n_weeks - 1):
        last = date_of(n_weeks - 1)
        raise PolicyError(f"{policy.file}: starts on {policy.first_day}, after the last week of the run ({last})")
    if policy.ends is not None and policy.ends <= START:
        raise PolicyError(f"{policy.file}: ends on {policy.ends}, before the first week of the run ({START})")


def _weeks(policy: Policy, n_weeks: int) -> tuple[int, int]:
    after = n_weeks if policy.ends is None else min(week_from(policy.ends), n_weeks)
    return max(week_from(policy.starts), 0), after


def _lay(leaves: Sequence[Policy], parameters: Parameters, n_weeks: int) -> dict[str, np.ndarray]:
    baseline = Timetable(parameters, n_weeks)
    columns: dict[str, np.ndarray] = {}
    setters: dict[tuple[str, int], np.ndarray] = {}
    for way in WAYS:
        for number, leaf in enumerate(leaves):
            first, after = _weeks(leaf, n_weeks)
            for change in leaf.changes:
                if change.way != way or first >= after:
                    continue
                parameter = parameters[change.parameter.split(".")[0]]
                column = columns.get(parameter.name)
                if column is None:
                    kept = baseline.weekly(parameter.name)
                    column = columns[parameter.name] = kept.astype(float) if parameter.range else kept
                if way == "set":
                    _refuse_two(change, number, first, after, leaves, setters, parameters, n_weeks)
                _apply(change, parameter, column[first:after])
    for name, column in columns.items():
        _check_range(parameters[name], column, baseline.weekly(name), leaves, n_weeks)
        if parameters[name].type == "int" and not parameters[name].by:
            columns[name] = column.astype(np.int64)
    return columns


def _apply(change: Change, parameter: Parameter, weeks: np.ndarray) -> None:
    """Change some weeks of a column (weeks, *categories) in place."""
    numbers = weeks.reshape(len(weeks), -1)
    cells = parameter.cells()
    reached = [cells.index(change.parameter)] if "." in change.parameter else list(range(len(cells)))
    match change.way:
        case "set":
            numbers[:, reached] = _flat(change.value, parameter)
        case "scale":
            numbers[:, reached] *= change.value
        case _:
            numbers[:, reached] += change.value


def _flat(value: Any, parameter: Parameter) -> list[float]:
    """Give the numbers of a value in the order of the cells; a choice as its position."""
    if isinstance(value, Mapping):
        return [number for part in value.values() for number in _flat(part, parameter)]
    return [parameter.choices.index(value)] if parameter.type == "choice" else [value]


def _refuse_two(
    change: Change,
    number: int,
    first: int,
    after: int,
    leaves: Sequence[Policy],
    setters: dict[tuple[str, int], np.ndarray],
    parameters: Parameters,
    n_weeks: int,
) -> None:
    name = change.parameter.split(".")[0]
    cells = parameters[name].cells()
    for cell in cells_of(change, parameters):
        by = setters.setdefault((name, cells.index(cell)), np.full(n_weeks, -1))
        taken = by[first:after]
        if (taken >= 0).any():
            week = first + int(np.flatnonzero(taken >= 0)[0])
            other = leaves[by[week]]
            raise PolicyError(
                f"policies '{other}' and '{leaves[number]}' both set {cell} in the week of {date_of(week)}; "
                "end one before the other starts, or let one scale or add"
            )
        taken[:] = number


def _check_range(
    parameter: Parameter, column: np.ndarray, before: np.ndarray, leaves: Sequence[Policy], n_weeks: int
) -> None:
    if parameter.range is None:
        return
    lowest, highest = parameter.range
    numbers = column.reshape(n_weeks, -1)
    changed = numbers != before.reshape(n_weeks, -1)
    slack = 1e-9 * max(abs(lowest), abs(highest))
    outside = changed & ((numbers < lowest - slack) | (numbers > highest + slack))
    broken = changed & (numbers != np.round(numbers)) if parameter.type == "int" else np.zeros_like(changed)
    for wrong, what in ((outside, f"lies outside the range {lowest:g} to {highest:g}"), (broken, "is not whole")):
        if wrong.any():
            week, cell = (int(place[0]) for place in np.nonzero(wrong))
            files = ", ".join(_files(parameter.cells()[cell], week, leaves, n_weeks))
            raise PolicyError(
                f"{files}: changes: {parameter.cells()[cell]}: {numbers[week, cell]:g} in the week of "
                f"{date_of(week)} {what}"
            )
    np.clip(numbers, lowest, highest, out=numbers, where=changed)


def _files(cell: str, week: int, leaves: Sequence[Policy], n_weeks: int) -> Iterable[str]:
    for leaf in leaves:
        first, after = _weeks(leaf, n_weeks)
        if first <= week < after and any(change.parameter in (cell, cell.split(".")[0]) for change in leaf.changes):
            yield leaf.file


def _first_differences(
    whole: dict[str, np.ndarray], without: dict[str, np.ndarray], timetable: Timetable
) -> dict[str, int]:
    """Give, by parameter, the first week in which two ways to lay policies over differ."""
    found = {}
    baseline = Timetable(timetable.parameters, timetable.n_weeks)
    for name, column in whole.items():
        other = without[name] if name in without else baseline.weekly(name)
        differ = (column != other).reshape(timetable.n_weeks, -1).any(axis=1)
        if differ.any():
            found[name] = int(np.flatnonzero(differ)[0])
    return found
