"""Waiting lines: whoever is first in order is served while their group has capacity left.

Every institution that binds (lesson seats, plans, homes, childcare) uses this one rule, so people wait because
capacity is short and never because a delay was drawn.
"""

import numpy as np

from abm.kernels import allocating, kernel


@allocating
def group_members(rows, group, n_groups, starts, members):
    """Sort ``rows`` by ``group`` (one for each): members of group g are ``members[starts[g]:starts[g + 1]]``, in order.

    Rows with a negative group are left out. starts: int64 (n_groups + 1,). members: uint32 (len(rows),).
    """
    starts[:] = 0
    grouped = np.empty(rows.shape[0], np.uint32)  # positions of those who have a group: often a minority
    n = 0
    for p in range(rows.shape[0]):
        grouped[n] = p  # appending without a branch: a position is written, and kept by moving on
        n += int(group[p] >= 0)
    for p in grouped[:n]:
        starts[group[p] + 1] += 1
    for g in range(n_groups):
        starts[g + 1] += starts[g]
    cursor = starts[:n_groups].copy()
    for p in grouped[:n]:
        members[cursor[group[p]]] = rows[p]
        cursor[group[p]] += 1


@allocating
def serve(order, group, capacity, served):
    """Serve places in order of ``order`` (low first, ties by position), one unit of ``capacity[group]`` each.

    order: float64 (n,). group: int (n,), negative is never served. capacity: float64 (groups,), reduced in place and
    never below zero. served: bool (n,), set in place. Gives the number served.

    Each group serves its ``floor(capacity)`` lowest; they are found without sorting the line.
    """
    n = order.shape[0]
    starts = np.zeros(capacity.shape[0] + 1, np.int64)
    members = np.empty(n, np.uint32)
    group_members(np.arange(n), group, capacity.shape[0], starts, members)
    total = 0
    for g in range(capacity.shape[0]):
        line = members[starts[g] : starts[g + 1]]
        units = min(int(capacity[g]), line.shape[0])
        if units <= 0:
            continue
        if units < line.shape[0]:
            orders = np.empty(line.shape[0])
            for k in range(line.shape[0]):
                orders[k] = order[line[k]]
            last = np.partition(orders, units - 1)[units - 1]
            below = 0
            for k in range(line.shape[0]):
                if orders[k] < last:
                    served[line[k]] = True
                    below += 1
            for k in range(line.shape[0]):
                if orders[k] == last and below < units:
                    served[line[k]] = True
                    below += 1
        else:
            for k in line:
                served[k] = True
        capacity[g] -= units
        total += units
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
