"""Worlds of one to three people, luck that a test chooses, and two recorded runs that many tests look at.

`rates(job_loss.Rates, job_loss_base=0.5)` gives the project's parameters with those named changed, so a rule can be
worked out by hand without listing the others. `people(job_loss.Columns, work=[...])` gives a table whose row 0 is
nobody. `plain` runs every rule as plain Python; without it a rule is compiled, which takes a second.
"""

import copy
import sys
from collections import defaultdict
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest

from abm import Model
from abm.columns import declared
from abm.draws import luck_of
from abm.households import Household
from abm.institutions.volunteers import Volunteer
from abm.parameters import load
from abm.people import Person
from abm.timetable import Timetable

TABLES = ("people", "households", "volunteers", "employers")


@pytest.fixture(scope="session")
def timetable():
    return Timetable(load(), 600)


@pytest.fixture(scope="session")
def rates(timetable):
    """Give the rates of a class in a week, with those named in the call changed; an unknown name raises."""

    def make(cls, week=0, **changes):
        return timetable.rates(cls, week)._replace(**changes)

    return make


def table(view_class, cls, n, columns):
    """Give the arrays that a class of columns names, n rows and row 0; one value serves all rows."""
    known = declared(view_class)
    unknown = set(columns) - set(cls._fields)
    if unknown:
        raise ValueError(f"{cls.__module__} has no columns {sorted(unknown)}")
    arrays = []
    for name in cls._fields:
        array = np.full(n + 1, known[name].initial, known[name].dtype)
        if name in columns:
            array[1:] = columns[name]
        elif name == "key":
            array[1:] = np.arange(1, n + 1)
        arrays.append(array)
    return cls(*arrays)


@pytest.fixture
def people():
    """Give columns of people by name; a name the process does not use raises."""
    return lambda cls, n=1, **columns: table(Person, cls, n, columns)


@pytest.fixture
def households():
    """Give columns of households by name; a name the process does not use raises."""
    return lambda cls, n=1, **columns: table(Household, cls, n, columns)


@pytest.fixture
def volunteers():
    """Give columns of volunteers by name."""
    return lambda cls, n=1, **columns: table(Volunteer, cls, n, columns)


@pytest.fixture
def luck():
    """Give the luck of a week."""
    return lambda week=0, seed=1: luck_of(seed, week)


@pytest.fixture
def lanes():
    """Give the draws of n positions: ``every``, but for the lanes named, one number or one for each position."""

    def make(names, n=3, every=0.5, **numbers):
        unknown = set(numbers) - set(names)
        if unknown:
            raise ValueError(f"there are no lanes {sorted(unknown)}; there are {names}")
        made = np.full((len(names), n), every, np.float32)
        for name, number in numbers.items():
            made[names.index(name)] = number
        return made

    return make


@pytest.fixture
def drawn(monkeypatch, plain):
    """Choose the draws of a module: every draw gives this number (by decision, if a dictionary is given)."""

    def choose(module, number):
        def one(luck, decision, key):
            return number.get(decision, 0.5) if isinstance(number, dict) else number

        for name in ("draw", "draw_once"):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, one)
        for name in ("draw_four", "draw_four_once"):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, lambda luck, decision, key: (one(luck, decision, key),) * 4)
        if hasattr(module, "lanes_once"):
            monkeypatch.setattr(
                module,
                "lanes_once",
                lambda luck, decision, keys: np.full((4, len(keys)), one(luck, decision, None), np.float32),
            )

    return choose


def compiled_functions():
    """Give (module, name, function) for every compiled function of the model, wherever it is imported."""
    for module_name, module in sorted(sys.modules.items()):
        if module_name == "abm" or module_name.startswith("abm."):
            for name, item in sorted(vars(module).items()):
                if hasattr(item, "py_func"):
                    yield module, name, item


@pytest.fixture
def plain(monkeypatch):
    """Replace every compiled function of the model by its plain Python form, so that rules call plain rules."""
    for module, name, function in list(compiled_functions()):
        monkeypatch.setattr(module, name, function.py_func)


def same_bits(one: Any, other: Any) -> bool:
    """Say whether two values are equal bit for bit (NaN equals NaN, -0.0 does not equal 0.0)."""
    if isinstance(one, tuple):
        return len(one) == len(other) and all(same_bits(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    return bool(np.asarray(one, float).tobytes() == np.asarray(other, float).tobytes())


class Call(NamedTuple):
    """One call of a process: its arguments before and after, what it gave, and the columns that changed."""

    week: int
    before: tuple
    after: tuple
    result: Any
    passed: dict  # (table, column) that were handed over -> name of the class of columns, "" for a bare array
    changed: frozenset  # (table, column) that are not what they were


def snapshot(model):
    """Copy the used rows of all columns of all tables."""
    return {
        (table, name): array[: getattr(model, table).n].copy()
        for table in TABLES
        for name, array in getattr(model, table).columns.items()
    }


def differences(model, before):
    """Give (table, column) of what differs from a snapshot, in the rows that were there."""
    return frozenset(
        (table, name)
        for (table, name), old in before.items()
        if not same_bits(getattr(model, table).columns[name][: len(old)], old)
    )


def handed_over(model, arguments):
    """Give which columns are among the arguments, and as part of which class of columns."""
    names = {id(array): (table, name) for table in TABLES for name, array in getattr(model, table).columns.items()}
    found = {}
    for argument in arguments:
        for array in argument if isinstance(argument, tuple) else (argument,):
            if id(array) in names:
                found[names[id(array)]] = type(argument).__name__ if isinstance(argument, tuple) else ""
    return found


class Recording:
    """Stands in for a compiled function and keeps its calls."""

    def __init__(self, function, calls, stage) -> None:
        self.function, self.calls, self.stage = function, calls, stage

    def __call__(self, *arguments):
        if not self.stage.on:
            return self.function(*arguments)
        before, tables = copy.deepcopy(arguments), snapshot(self.stage.model)
        result = self.function(*arguments)
        model = self.stage.model
        passed, changed = handed_over(model, arguments), differences(model, tables)
        self.calls.append(Call(model.week, before, copy.deepcopy(arguments), result, passed, changed))
        return result


#: Weeks whose calls are kept: the start, the first permits, the end of the 24-week rule, and later states.
RECORDED_WEEKS = {*range(4), *range(60, 64), *range(150, 154), *range(260, 264)}
#: Levers that wake processes with nothing to do in the baseline; recorded in the second year of a run of their own.
LEVERS_ON = {
    "two_tracks_on": True,
    "two_status_on": True,
    "unlikely_offer": "none",
    "decision_order": "unlikely_first",
    "share_guest": 0.2,
    "responsibility_from": "address",
    "participation_duty": True,
    "interim_test": "a2",
    "scale_down_hours": 0,
    "loan_for_lessons": True,
    "bridge_course": True,
    "share_elderly_lessons": 1,
    "return_training_share": 0.5,
    "participation_job_places": 20_000,
    "municipal_task_asylum": True,
    "share_profiled": 0.5,
    "b1_participation_hours": 200,
    "unfit_offer": 0.5,
    "recognition_by_practice": 0.5,
    "guidance_exempt_groups": True,
    "term_sanction": 1250,
    "relief_mode": "mandatory",
}
RECORDED_WITH_LEVERS = {*range(70, 74)}


@pytest.fixture(scope="session")
def recorded():
    """Give the calls of every compiled function that Python calls in the week, by (module, function)."""
    from tests.processes import loops

    patch = pytest.MonkeyPatch()
    calls: dict[str, list[Call]] = defaultdict(list)
    stage = SimpleNamespace(on=False, model=None)
    for name, (module, attribute) in loops.LOOPS.items():
        patch.setattr(module, attribute, Recording(getattr(module, attribute), calls[name], stage))
    try:
        for weeks, changes in ((RECORDED_WEEKS, {}), (RECORDED_WITH_LEVERS, LEVERS_ON)):
            stage.on = False
            model = stage.model = Model(scale=0.008, until="2026-01-31", seed=7, parameters=load().replace(changes))
            while model.week <= max(weeks):
                stage.on = model.week in weeks
                model.step()
    finally:
        patch.undo()
    return calls
