"""Who has a turn this week: scans over the people, and one over the households, make the lists of the week.

Slow changes (lessons, exams, ties, motivation, the capacity to act, complaints, money) happen once in eight weeks for
each person, or in sixteen for those who are settled (processes/visits.py), for all those weeks at a time; those whose
``turn`` it is are visited each week. Events that fall in one week, such as finding or losing a job, are drawn at the
visit for all weeks until the next one, and wait in a ``Due`` until their week. Rows are never moved: the scan walks
over the list of those who have not left and drops the others from it for good.

Lists of people are made from one another by short loops that append without a branch: a row is written, and kept by
moving on. A processor cannot guess who is kept, and a wrong guess costs it more than a needless write; households
come in blocks with the same turn, where it guesses well.
"""

from typing import NamedTuple

import numpy as np

from abm.kernels import allocating, kernel
from abm.states import Housing, Integration, Legal

ADULT_WEEKS = int(18 * 52.18)
PENSION_WEEKS = int(67 * 52.18)
VISITS = 8  # weeks between two visits
LONG_VISITS = 16  # weeks between two visits of people who are settled (processes/visits.py)
EARLIEST = -(2**31)  # a week before all others


class Lists(NamedTuple):
    """Rows of people for whom something happens this week (uint32, ascending)."""

    here: np.ndarray  # everybody with a row who has not left: present, abroad, or prepared to arrive
    present: np.ndarray
    adults: np.ndarray
    visited: np.ndarray  # the adults whose turn it is: once in eight weeks, or in sixteen
    residents: np.ndarray  # adults in reception, or in a programme of reception
    integrating: np.ndarray  # adults in lessons, waiting for an intake or a seat, or in a route
    awaiting: np.ndarray  # adults who wait for an intake
    planned: np.ndarray  # adults with a plan who wait for a seat
    learners: np.ndarray  # adults in lessons whose turn it is
    candidates: np.ndarray  # adults in a route or past their term, who may take exams, whose turn it is


class Columns(NamedTuple):
    """Columns of people."""

    turn: np.ndarray
    visit_weeks: np.ndarray
    legal: np.ndarray
    birth_week: np.ndarray
    housing: np.ndarray
    integration: np.ndarray
    region: np.ndarray


@kernel
def keep_here(known, first_new, n, legal, here, present):
    """Keep in ``here`` those of its first ``known`` rows, and of the rows first_new to n - 1, who have not left.

    Those in the country are copied to ``present``. Gives the lengths of both.
    """
    for row in range(first_new, n):
        here[known + row - first_new] = row
    h = a = 0
    for i in here[: known + n - first_new]:
        here[h] = present[a] = i
        stays = int(legal[i] != Legal.LEFT)
        h += stays
        a += stays & int(legal[i] != Legal.ABROAD)
    return h, a


@kernel
def keep_between(rows, column, low, high, kept):
    """Copy to ``kept`` the rows of which a column lies from ``low`` up to (not including) ``high``; give how many."""
    n = 0
    for i in rows:
        kept[n] = i
        n += int(low <= column[i] < high)
    return n


@kernel
def list_people(known, first_new, n, c, week, lists, in_class):
    """Fill the lists from the rows in ``lists.here[:known]`` and the new rows first_new to n - 1; give their lengths.

    in_class: int64 (regions + 1,), filled with the people in a route by region; the last cell holds those in
    pre-integration.
    """
    h, a = keep_here(known, first_new, n, c.legal, lists.here, lists.present)
    b = keep_between(lists.present[:a], c.birth_week, EARLIEST, week - ADULT_WEEKS + 1, lists.adults)
    now, now_long = week % VISITS, week % LONG_VISITS
    q = r = g = 0
    for i in lists.adults[:b]:
        state = c.integration[i]
        early = int(state == Integration.EARLY_LESSONS) | int(state == Integration.PRE_INTEGRATION)
        lists.visited[q] = lists.residents[r] = lists.integrating[g] = i
        q += int(c.turn[i] % VISITS == now) & (int(c.visit_weeks[i] == VISITS) | int(c.turn[i] == now_long))
        r += int(c.housing[i] < Housing.TRANSITION) | early
        g += int(state != Integration.NONE) & int(state < Integration.PASSED_B1)
    m = k = 0
    for i in lists.visited[:q]:
        state = c.integration[i]
        early = int(state == Integration.EARLY_LESSONS) | int(state == Integration.PRE_INTEGRATION)
        route = int(state >= Integration.B1_ROUTE) & int(state <= Integration.A2_ROUTE)
        lists.learners[m] = lists.candidates[k] = i
        m += early | route
        k += route | int(state == Integration.TERM_EXPIRED)
    integrating = lists.integrating[:g]
    w = keep_between(
        integrating, c.integration, Integration.AWAITING_INTAKE, Integration.AWAITING_INTAKE + 1, lists.awaiting
    )
    p = keep_between(integrating, c.integration, Integration.PLAN_MADE, Integration.PLAN_MADE + 1, lists.planned)
    in_class[:] = early = 0
    for i in integrating:
        state = c.integration[i]
        early += int(state == Integration.PRE_INTEGRATION)
        in_class[max(c.region[i], 0)] += int(state >= Integration.B1_ROUTE) & int(state <= Integration.A2_ROUTE)
    in_class[-1] = early
    return h, a, b, q, r, g, w, p, m, k


class Due(NamedTuple):
    """Events drawn at a visit that wait for their week: those of week w stand in line w % LONG_VISITS."""

    rows: np.ndarray  # uint32 (LONG_VISITS, room), rows of people
    kinds: np.ndarray  # uint8 (LONG_VISITS, room), what it is, in the terms of the process
    n: np.ndarray  # int64 (LONG_VISITS,), how many wait


def new_due(room: int) -> Due:
    """Give lines with room for that many people each, and nobody in them."""
    shape = (LONG_VISITS, room)
    return Due(np.zeros(shape, np.uint32), np.zeros(shape, np.uint8), np.zeros(LONG_VISITS, np.int64))


def larger_due(due: Due, room: int) -> Due:
    """Give lines with more room and the same people in them."""
    larger = new_due(room)
    larger.rows[:, : due.rows.shape[1]] = due.rows
    larger.kinds[:, : due.kinds.shape[1]] = due.kinds
    larger.n[:] = due.n
    return larger


def take_due(due: Due, week: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the rows and kinds that are due in a week, and forget them."""
    line = week % LONG_VISITS
    n = int(due.n[line])
    due.n[line] = 0
    return due.rows[line, :n], due.kinds[line, :n]


@kernel
def put(due, row, kind, week):
    """Let an event wait for ``week``, at most LONG_VISITS - 1 weeks from now."""
    line = week % LONG_VISITS
    due.rows[line, due.n[line]] = row
    due.kinds[line, due.n[line]] = kind
    due.n[line] += 1


@kernel
def weeks_until(chance, uniform, horizon):
    """Give in how many weeks (0 is this one) that happens which has a chance a week; ``horizon`` if not before that."""
    missed = 1.0
    for weeks in range(horizon):
        missed *= 1.0 - chance
        if uniform < 1.0 - missed:
            return weeks
    return horizon


def rows_between(rows: np.ndarray, column: np.ndarray, low: int, high: int) -> np.ndarray:
    """Give the rows of which a column lies from ``low`` up to (not including) ``high``, in order (uint32)."""
    return _rows_between(rows, column, int(low), int(high))  # numba takes longer over the type of an enumeration


@allocating
def _rows_between(rows, column, low, high):
    kept = np.empty(rows.shape[0], np.uint32)
    return kept[: keep_between(rows, column, low, high, kept)]


@allocating
def rows_moved(rows, before, now):
    """Give the rows that were somewhere ``before`` (0 or more) and are elsewhere ``now``, in order (uint32)."""
    kept = np.empty(rows.shape[0], np.uint32)
    n = 0
    for i in rows:
        kept[n] = i
        n += int(before[i] >= 0) & int(now[i] != before[i])
    return kept[:n]


class HouseholdColumns(NamedTuple):
    """Columns of households."""

    turn: np.ndarray
    legal: np.ndarray
    housing: np.ndarray
    municipality: np.ndarray


class HouseholdLists(NamedTuple):
    """Rows of households for whom something happens this week (uint32, ascending)."""

    here: np.ndarray  # those that have not left: present, abroad, or prepared to arrive
    unsettled: np.ndarray  # in procedure, refused, or with a permit but without a home
    movers: np.ndarray  # permit holders with a municipality, housed or not, whose turn it is


@kernel
def list_households(known, first_new, n, c, week, lists):
    """Fill the lists from the rows in ``lists.here[:known]`` and the rows first_new to n - 1; give their lengths."""
    h = u = m = 0
    now = week % VISITS
    for position in range(known + n - first_new):
        i = lists.here[position] if position < known else np.uint32(first_new + position - known)
        legal = c.legal[i]
        if legal == Legal.LEFT:
            continue
        lists.here[h] = i
        h += 1
        if legal == Legal.ABROAD:
            continue
        housing = c.housing[i]
        with_permit = legal == Legal.PERMIT or legal == Legal.NATURALISED
        if with_permit and housing <= Housing.PRIVATE and c.turn[i] % VISITS == now and c.municipality[i] >= 0:
            lists.movers[m] = i
            m += 1
        if not with_permit or housing < Housing.TRANSITION or housing > Housing.PRIVATE:
            lists.unsettled[u] = i
            u += 1
    return h, u, m
