"""What holds for every process: compiled and plain code agree bit for bit, and only declared columns change.

The calls are those of a small run (see ``recorded`` in conftest.py); the lists of processes are read from the source.
"""

import copy
import inspect

import numpy as np
import pytest

from tests.conftest import same_bits
from tests.processes import loops


def arrays(value, path=""):
    """Give (path, array) for every array in the arguments of a call."""
    if isinstance(value, np.ndarray):
        yield path, value
    elif isinstance(value, tuple):
        for name, item in zip(getattr(value, "_fields", range(len(value))), value, strict=True):
            yield from arrays(item, f"{path}.{name}")


def differing(one, other):
    """Give the paths of the arrays in which the arguments of two calls differ."""
    return [path for (path, a), (_, b) in zip(arrays(one), arrays(other), strict=True) if not same_bits(a, b)]


@pytest.mark.parametrize("name", sorted(loops.LOOPS))
def test_compiled_and_plain_code_give_the_same_bits(name, recorded, plain):
    module, attribute = loops.LOOPS[name]
    function = getattr(module, attribute)
    assert not loops.is_compiled(function)
    assert recorded[name], "it was never called in the recorded weeks"

    for call in recorded[name]:
        arguments = copy.deepcopy(call.before)
        result = function(*arguments)

        assert not differing(arguments, call.after), f"week {call.week}"
        assert call.result is None or same_bits(result, call.result), f"week {call.week}: {result} {call.result}"


#: Arrays that a process says it changes besides columns of people or households.
IN_PLACE = {"job_search.hire": {("employers", "vacancies")}}


@pytest.mark.parametrize("name", sorted(name for name in loops.LOOPS if name.split(".")[0] in loops.DECLARING))
def test_a_process_writes_only_the_columns_it_declares(name, recorded):
    declared = set(loops.DECLARING[name.split(".")[0]].WRITES)
    for call in recorded[name]:
        allowed = {at for at, kind in call.passed.items() if kind == "Columns" and at[1] in declared}
        allowed |= {at for at, kind in call.passed.items() if kind not in ("Columns", "")}
        undeclared = call.changed - allowed - IN_PLACE.get(name, set())

        assert not undeclared, f"week {call.week}"


@pytest.mark.parametrize("name", sorted(loops.DECLARING))
def test_a_process_declares_exactly_the_columns_it_assigns(name):
    module = loops.DECLARING[name]

    assert set(module.WRITES) == loops.assigned(module)
    assert set(module.WRITES) <= set(module.Columns._fields)


#: What may have nothing to do in the recorded weeks of a small run.
RARE = {"exams.naturalise", "exams.end_studies", "job_search.grant_work_permits"}
CHANGES_NO_COLUMN = {
    "ties.change",
    "ties.forget_region",
    "contacts.publish",
    "moving_on.visited",
    "job_search.search",
}


def test_the_recorded_weeks_show_almost_every_process_at_work(recorded):
    processes = {name for name in loops.LOOPS if name.split(".")[0] in loops.DECLARING}
    idle = {name for name in processes if not any(call.changed for call in recorded[name])}

    assert idle - CHANGES_NO_COLUMN <= RARE


#: Processes that serve people as they stand in the table while something lasts, or fill a list in that order.
ORDER_MATTERS = {
    "placement.place": "free places of sites",
    "coupling.couple": "what municipalities still have to take",
    "voorinburgering.update": "seats of courses",
    "volunteers.match": "volunteers with room",
    "moving_on.move_on": "homes, between households registered in the same week",
    "job_search.search": "fills a list; hire() puts it in the order of luck",
    "queues.group_members": "fills a list",
}


def takes_rows(name):
    module, attribute = loops.LOOPS[name]
    arguments = list(inspect.signature(getattr(module, attribute).py_func).parameters)
    return arguments[0] in ("rows", "cases", "queue")


@pytest.mark.parametrize("name", sorted(name for name in loops.LOOPS if takes_rows(name) and name not in ORDER_MATTERS))
def test_the_order_of_people_changes_nothing(name, recorded):
    module, attribute = loops.LOOPS[name]
    function = getattr(module, attribute)
    several = [call for call in recorded[name] if len(call.before[0]) > 1]
    assert several, "it was never called with two or more rows"

    for call in several:
        arguments = copy.deepcopy(call.before)
        backwards = np.ascontiguousarray(arguments[0][::-1])
        result = function(backwards, *arguments[1:])

        assert not differing(arguments[1:], call.after[1:]), f"week {call.week}"
        assert result is None or result == pytest.approx(call.result, rel=1e-12)


def test_processes_in_which_order_matters_are_still_there():
    assert set(ORDER_MATTERS) <= set(loops.LOOPS)
