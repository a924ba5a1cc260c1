"""What holds for every process: compiled and plain code agree bit for bit, and only declared columns change.

The calls are those of a small run (see ``recorded`` in conftest.py); the lists of processes are read from the source.
"""

import copy
import inspect

import numpy as np
import pytest

from abm import turns
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
        allowed = {at for at, kind in call.passed.items() if kind in ("Columns", "") and at[1] in declared}
        allowed |= {at for at, kind in call.passed.items() if kind not in ("Columns", "")}
        undeclared = call.changed - allowed - IN_PLACE.get(name, set())

        assert not undeclared, f"week {call.week}"


@pytest.mark.parametrize("name", sorted(loops.DECLARING))
def test_a_process_declares_exactly_the_columns_it_assigns(name):
    module = loops.DECLARING[name]

    assert set(module.WRITES) == loops.assigned(module)
    assert set(module.WRITES) <= set(module.Columns._fields)


#: What may have nothing to do in the recorded weeks of a small run.
RARE = {
    *("guests.stay", "loans.lend", "exams.naturalise", "exams.end_studies"),
    *("job_search.grant_work_permits", "job_loss.drop", "reunification.give_up", "reunification.join"),
}
CHANGES_NO_COLUMN = {
    "guests.count",
    "triage.reached",
    "triage.unlikely_cases",
    "ties.begin",
    "ties.change",
    "ties.forget_region",
    "ties.number_groups",
    "contacts.publish",
    "job_search.search",
    "placement.occupancy",
    "work_access.foresee",
    "volunteering.sites_with_desk",
}


def test_the_recorded_weeks_show_almost_every_process_at_work(recorded):
    processes = {name for name in loops.LOOPS if name.split(".")[0] in loops.DECLARING}
    idle = {name for name in processes if not any(call.changed for call in recorded[name])}

    assert idle - CHANGES_NO_COLUMN <= RARE


#: Where the order of rows does matter, and why.
ORDER_MATTERS = {
    "moving_on.move_on": "homes, between households registered in the same week",
    "reunification.take_turns": "families come up in the order in which they stand",
    "queues.group_members": "the members of a group stand in the order of the list",
    "households.members_of": "members are given in the order of the list of households",
    "municipality.in_charge": "those who count are given in the order of the list",
    "triage.reached": "those who are reached are given in the order of the list",
    "turns._rows_between": "the rows are given in the order of the list",
}
#: Arguments that hold a value for each position in the list of rows (in the last dimension).
BY_POSITION = {"lanes", "weeks", "since", "since_visit", "place", "compatriot", "employer", "found", "order"}
#: Arguments that are filled with a list of rows as they are met; the length of the list is (last in) what is given.
FILLED = {
    "triage.assign": ("changed",),
    "placement.place": ("gone",),
    "departures.leave": ("gone",),
    "work_access.update": ("opened",),
}


def parameters(name):
    """Give the names of the arguments of a process."""
    module, attribute = loops.LOOPS[name]
    return list(inspect.signature(getattr(module, attribute).py_func).parameters)


def reordered(name, arguments, order):
    """Give the arguments with the rows, and what stands by position beside them, in another order."""
    out = [np.ascontiguousarray(arguments[0][order])]
    for label, value in zip(parameters(name)[1:], arguments[1:], strict=True):
        if label in BY_POSITION and np.ndim(value):
            value = value.copy()
            value[..., : len(order)] = value[..., order]
        out.append(value)
    return tuple(out)


def line_up(due):
    """Give for each week of the round who waits and for what, sorted by row; what lies behind the lines is left out."""
    lines = zip(due.rows, due.kinds, due.n, strict=True)
    return tuple(np.array(sorted(zip(rows[:n], kinds[:n], strict=True))) for rows, kinds, n in lines)


def lists_sorted(name, arguments, result):
    """Give the arguments, with the lists that the process fills cut to their length and sorted by row."""
    arguments = tuple(line_up(value) if isinstance(value, turns.Due) else value for value in arguments)
    labels = FILLED.get(name, ())
    if not labels:
        return arguments
    arguments, names = list(arguments), parameters(name)
    n = result[-1] if isinstance(result, tuple) else result
    order = np.argsort(arguments[names.index(labels[0])][:n], kind="stable")
    for label in labels:
        at = names.index(label)
        arguments[at] = np.ascontiguousarray(arguments[at][:n][order])
    return tuple(arguments)


def takes_rows(name):
    return parameters(name)[0] in ("rows", "cases", "queue")


@pytest.mark.parametrize("name", sorted(name for name in loops.LOOPS if takes_rows(name) and name not in ORDER_MATTERS))
def test_the_order_of_people_changes_nothing(name, recorded):
    """Rows are shuffled together with their draws: everybody fares the same, and so does what they share."""
    module, attribute = loops.LOOPS[name]
    function = getattr(module, attribute)
    several = [call for call in recorded[name] if len(call.before[0]) > 1]
    assert several or name in RARE, "it was never called with two or more rows"

    for call in several:
        order = np.random.default_rng(call.week).permutation(len(call.before[0]))
        arguments = reordered(name, copy.deepcopy(call.before), order)
        result = function(*arguments)
        back = lists_sorted(name, reordered(name, arguments, np.argsort(order)), result)
        expected = lists_sorted(name, call.after, call.result)

        assert not differing(back, expected), f"week {call.week}"
        assert result is None or result == pytest.approx(call.result, rel=1e-12)


def test_the_shuffled_draws_are_those_of_the_process(recorded):
    """Were the draws left where they are, other people would lose their job: the test above can fail."""
    name = "job_search.search"
    call = max(recorded[name], key=lambda call: call.result)
    order = np.arange(len(call.before[0]))[::-1]
    wrong = list(copy.deepcopy(call.before))
    wrong[0] = np.ascontiguousarray(wrong[0][order])
    module, attribute = loops.LOOPS[name]
    result = getattr(module, attribute)(*wrong)

    assert call.result > 0
    assert differing(lists_sorted(name, tuple(wrong), result)[-1:], lists_sorted(name, call.after, call.result)[-1:])


def test_processes_in_which_order_matters_are_still_there():
    assert set(ORDER_MATTERS) | set(FILLED) <= set(loops.LOOPS)
    used = {label for name in loops.LOOPS for label in parameters(name)}

    assert used >= BY_POSITION
