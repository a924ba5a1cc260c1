"""What holds for every process: compiled and plain code agree bit for bit, and only declared columns change.

The calls are those of a small run (see ``recorded`` in conftest.py); the lists of processes are read from the source.
"""

import copy

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
    return [
        path for (path, a), (_, b) in zip(arrays(one), arrays(other), strict=True) if not same_bits(a, b)
    ]


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


def test_the_recorded_weeks_show_almost_every_process_at_work(recorded):
    idle = {name for name in loops.LOOPS if not any(call.changed for call in recorded[name])}
    fill_lists = {name for name in idle if name.split(".")[0] not in loops.DECLARING}
    change_ties_only = {"ties.change", "ties.forget_region", "contacts.publish", "moving_on.visited"}

    assert idle - fill_lists - change_ties_only <= {"exams.naturalise", "exams.end_studies"}
