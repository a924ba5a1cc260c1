"""Waiting lines: whoever is first in order is served while their group has capacity left.

Every institution that binds (lesson seats, plans, homes, childcare) uses this one rule, so people wait because
capacity is short and never because a delay was drawn.
"""

import numpy as np

from abm.kernels import allocating, kernel

CROWD = 256  # more than this in one box are sorted in the general way


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
def in_order(values):
    """Give the positions (int64) of ``values``, which are finite, from low to high; equals keep their order.

    The way of a sorter of letters: as many boxes as values, of equal width; then who shares a box with others is moved
    to their place there. That takes a tenth of the time of a general sort, unless a box is crowded.
    """
    n = values.shape[0]
    found = np.empty(n, np.int64)
    if n == 0:
        return found
    low, high = values.min(), values.max()
    scale = n / (np.float64(high) - low) if high > low else 0.0
    boxes = np.empty(n, np.int64)
    ends = np.zeros(n + 1, np.int64)
    for k in range(n):
        boxes[k] = min(int((np.float64(values[k]) - low) * scale), n - 1)
        ends[boxes[k] + 1] += 1
    if ends.max() > CROWD:
        return np.argsort(values, kind="mergesort")
    for box in range(n):
        ends[box + 1] += ends[box]
    for k in range(n):
        found[ends[boxes[k]]] = k
        ends[boxes[k]] += 1
    for place in range(1, n):
        k = found[place]
        while place > 0 and values[found[place - 1]] > values[k]:
            found[place] = found[place - 1]
            place -= 1
        found[place] = k
    return found


@kernel
def lowest(values, count):
    """Give the ``count``-th lowest of ``values``, which are moved about: below it to its left, above it to its right.

    This is Hoare's selection: as sorting by parts, but only of the part that holds that place.
    """
    low, high, place = 0, values.shape[0] - 1, count - 1
    while low < high:
        pivot, left, right = values[(low + high) // 2], low, high
        while left <= right:
            while values[left] < pivot:
                left += 1
            while values[right] > pivot:
                right -= 1
            if left <= right:
                values[left], values[right] = values[right], values[left]
                left += 1
                right -= 1
        if place <= right:
            high = right
        elif place >= left:
            low = left
        else:
            break
    return values[place]


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
    orders = np.empty(n)
    total = 0
    for g in range(capacity.shape[0]):
        line = members[starts[g] : starts[g + 1]]
        units = min(int(capacity[g]), line.shape[0])
        if units <= 0:
            continue
        for k in range(line.shape[0]):
            orders[k] = order[line[k]]
        last = lowest(orders[: line.shape[0]], units)
        at_last = units
        for k in line:
            at_last -= int(order[k] < last)
        for k in line:
            if order[k] < last:
                served[k] = True
            elif order[k] == last and at_last > 0:
                served[k] = True
                at_last -= 1
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
