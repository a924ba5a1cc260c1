"""Waiting lines: whoever is first in order is served while their group has capacity left.

Every institution that binds (lesson seats, plans, homes, childcare) uses this one rule, so people wait because
capacity is short and never because a delay was drawn.
"""

import numpy as np

from abm.kernels import kernel


@kernel
def serve(order, group, capacity, served):
    """Serve places in order of ``order`` (low first, ties by position), one unit of ``capacity[group]`` each.

    order: float64 (n,). group: int (n,), negative is never served. capacity: float64 (groups,), reduced in place and
    never below zero. served: bool (n,), set in place. Gives the number served.
    """
    total = 0
    for k in np.argsort(order, kind="mergesort"):
        g = group[k]
        if g >= 0 and capacity[g] >= 1.0:
            capacity[g] -= 1.0
            served[k] = True
            total += 1
    return total


@kernel
def pick_weighted(weights, uniform):
    """Give the index at which the running sum of ``weights`` passes ``uniform`` x total; -1 if all are zero."""
    total = 0.0
    for w in weights:
        total += w
    if total <= 0.0:
        return -1
    target = uniform * total
    running = 0.0
    last = -1
    for k in range(weights.shape[0]):
        if weights[k] > 0.0:
            running += weights[k]
            last = k
            if running > target:
                return k
    return last


@kernel
def group_members(rows, group, n_groups, starts, members):
    """Sort ``rows`` by ``group[row]``: members of group g are ``members[starts[g]:starts[g + 1]]``, in given order.

    Rows with a negative group are left out. starts: int64 (n_groups + 1,). members: int64 (len(rows),).
    """
    starts[:] = 0
    for i in rows:
        g = group[i]
        if g >= 0:
            starts[g + 1] += 1
    for g in range(n_groups):
        starts[g + 1] += starts[g]
    cursor = starts[:n_groups].copy()
    for i in rows:
        g = group[i]
        if g >= 0:
            members[cursor[g]] = i
            cursor[g] += 1
