"""Waiting lines, against the slow version that sorts the whole line."""

import numpy as np
import pytest

from abm import queues
from abm.queues import CROWD, group_members, in_order, pick_weighted, serve


def serve_sorted(order, group, capacity):
    """Serve by sorting everybody: the plain meaning of ``serve``."""
    served, left = np.zeros(len(order), bool), capacity.copy()
    for position in sorted(range(len(order)), key=lambda p: (order[p], p)):
        g = group[position]
        if g >= 0 and left[g] >= 1.0:
            left[g] -= 1.0
            served[position] = True
    return served, left


def a_line(make):
    """Make a line of up to 60 in up to 6 groups, often with equal places, and capacities of which some are short."""
    n, groups = int(make.integers(0, 60)), int(make.integers(1, 7))
    order = make.integers(0, int(make.integers(1, 40)), n) + (make.random(n) if make.random() < 0.5 else 0.0)
    group = make.integers(-1, groups, n)
    return order.astype(float), group, np.round(make.uniform(-1.0, 15.0, groups) * 4) / 4


def values_to_order(make):
    """Make up to 600 values: draws (float32), whole numbers with many equals, all equal, or all but one far away."""
    n, kind = int(make.integers(0, 600)), int(make.integers(0, 4))
    if kind == 0:
        return make.random(n).astype(np.float32)
    if kind == 1:
        return make.integers(-9, 9, n).astype(float)
    values = make.random(n) if kind == 3 else np.full(n, 2.5)
    values[: int(kind == 3)] = -1e9
    return values


@pytest.mark.parametrize("form", [in_order, in_order.py_func], ids=["compiled", "plain"])
def test_the_order_is_that_of_a_stable_sort(form):
    make, crowded = np.random.default_rng(5), 0
    for _ in range(200):
        values = values_to_order(make)
        assert form(values).tolist() == np.argsort(values, kind="stable").tolist()
        crowded += int(len(values) > CROWD + 1 and values.min() < -1e8)
    assert crowded > 20


@pytest.mark.parametrize("form", [serve, serve.py_func], ids=["compiled", "plain"])
def test_a_line_is_served_as_if_everybody_were_sorted(form):
    make, seen = np.random.default_rng(4), np.zeros(3, int)
    for _ in range(1500):
        order, group, capacity = a_line(make)
        expected, left = serve_sorted(order, group, capacity)
        served, free = np.zeros(len(order), bool), capacity.copy()
        total = form(order, group, free, served)

        assert served.tolist() == expected.tolist()
        assert total == expected.sum() and free.tolist() == left.tolist()
        seen += [total == 0, 0 < total < (group >= 0).sum(), 0 < total == (group >= 0).sum()]
    assert (seen > 20).all()  # nobody, some and all were served


def test_equal_places_are_served_by_position():
    served = np.zeros(5, bool)
    serve(np.array([2.0, 1.0, 1.0, 1.0, 0.0]), np.zeros(5, np.int64), np.array([3.0]), served)

    assert served.tolist() == [False, True, True, False, True]


def test_who_was_served_before_stays_served_and_a_fraction_serves_nobody():
    served = np.array([True, False])
    capacity = np.array([0.99])

    assert serve(np.array([1.0, 2.0]), np.array([0, 0]), capacity, served) == 0
    assert served.tolist() == [True, False] and capacity.tolist() == [0.99]


def test_the_members_of_each_group_stand_in_the_order_of_the_list():
    make = np.random.default_rng(5)
    for _ in range(300):
        n, groups = int(make.integers(0, 50)), int(make.integers(1, 8))
        rows, group = make.permutation(1000)[:n].astype(np.uint32), make.integers(-1, groups, n).astype(np.int32)
        starts, members = np.full(groups + 1, 9, np.int64), np.zeros(n, np.uint32)
        group_members(rows, group, groups, starts, members)

        for g in range(groups):
            assert members[starts[g] : starts[g + 1]].tolist() == rows[group == g].tolist()
        assert starts[-1] == (group >= 0).sum()


@pytest.mark.parametrize("form", [pick_weighted, queues.pick_weighted.py_func], ids=["compiled", "plain"])
def test_an_index_is_picked_by_its_weight(form):
    weights = np.array([0.0, 1.0, 0.0, 3.0, 0.0])

    assert [form(weights, u) for u in (0.0, 0.249, 0.251, 0.999999, 1.0)] == [1, 1, 3, 3, 3]
    assert form(np.zeros(3), 0.5) == -1
