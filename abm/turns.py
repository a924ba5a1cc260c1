"""Who has a turn this week: scans over the people, and one over the households, make the lists of the week.

Slow changes (lessons, exams, ties, motivation, the capacity to act, complaints, money) happen once in eight weeks for
each person, or in sixteen for those who are settled (processes/visits.py), for all those weeks at a time; those whose
``turn`` it is are visited each week. Events that fall in one week, such as finding or losing a job, are drawn at the
visit for all weeks until the next one, and wait in a ``Due`` until their week.

Lists are made in two steps. First every row gets its marks, one bit for each list it may be on: a loop without
branches over whole columns, which the compiler turns into vector code, so that rows of those who have left cost next
to nothing. Then short loops append the rows by their marks, again without a branch: a row is written, and kept by
moving on. A processor cannot guess who is kept, and a wrong guess costs it more than a needless write. Where few rows
are kept, the marks of eight neighbours are read as one word, and passed together if none of them is.
"""

from typing import NamedTuple

import numpy as np

from abm.kernels import allocating, kernel
from abm.states import Housing, Integration, Legal

ADULT_WEEKS = int(18 * 52.18)
PENSION_WEEKS = int(67 * 52.18)
VISITS = 8  # weeks between two visits
LONG_VISITS = 16  # weeks between two visits of people who are settled (processes/visits.py)
#: Marks of people, see Lists, and of households, see HouseholdLists.
PRESENT, ADULT, COME_OF_AGE, VISITED, RESIDENT, AWAITING, PLANNED, IN_CLASS = (1 << bit for bit in range(8))
UNSETTLED, MOVER = 1, 2
WORD = 8  # marks in a word


class Lists(NamedTuple):
    """Rows of people for whom something happens this week (uint32, ascending)."""

    come_of_age: np.ndarray  # adults since this week
    visited: np.ndarray  # the adults whose turn it is: once in eight weeks, or in sixteen
    residents: np.ndarray  # adults in reception, or in a programme of reception
    in_class: np.ndarray  # adults in pre-integration or in a route
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
def keep_between(rows, column, low, high, kept):
    """Copy to ``kept`` the rows of which a column lies from ``low`` up to (not including) ``high``; give how many."""
    n = 0
    for i in rows:
        kept[n] = i
        n += int(low <= column[i] < high)
    return n


def room_for_marks(rows: int) -> np.ndarray:
    """Give room for the marks of that many rows (uint8, whole words), all 0."""
    return np.zeros(-(-rows // WORD) * WORD, np.uint8)


@kernel
def keep_marked(marks, bit, kept):
    """Write to ``kept`` the rows that have a mark, in order; give how many.

    marks: from ``room_for_marks``; kept: as much room.
    """
    words, wanted = marks.view(np.uint64), np.uint64(bit) * np.uint64(0x0101010101010101)
    n = 0
    for w in range(words.shape[0]):
        if words[w] & wanted != 0:
            for i in range(WORD * w, WORD * w + WORD):
                kept[n] = i
                n += int(marks[i] & bit != 0)
    return n


def rows_marked(marks: np.ndarray, bit: int) -> np.ndarray:
    """Give the rows that have a mark, in order (uint32), for lists that are not needed every week."""
    return np.flatnonzero((marks & bit) != 0).astype(np.uint32)


@kernel
def mark_people(n, c, week, marks):
    """Fill the marks (uint8) of the first ``n`` rows: the bits PRESENT, ADULT, COME_OF_AGE, VISITED and so on.

    Weeks of birth have a loop of their own: a loop handles as many rows at a time as its widest column allows.
    """
    grown_up = np.int16(week - ADULT_WEEKS)
    for i in range(n):
        born = c.birth_week[i]
        marks[i] = int(born <= grown_up) * ADULT | int(born == grown_up) * COME_OF_AGE
    both, short = np.uint8(week % LONG_VISITS), np.uint8((week + VISITS) % LONG_VISITS)
    for i in range(n):
        turn, state = c.turn[i], c.integration[i]
        present = (c.legal[i] != Legal.LEFT) & (c.legal[i] != Legal.ABROAD)
        adult = present & (marks[i] & ADULT != 0)
        visited = (turn == both) | ((turn == short) & (c.visit_weeks[i] == VISITS))
        pre_integration = state == Integration.PRE_INTEGRATION
        resident = (c.housing[i] < Housing.TRANSITION) | (state == Integration.EARLY_LESSONS) | pre_integration
        in_class = pre_integration | (state >= Integration.B1_ROUTE) & (state <= Integration.A2_ROUTE)
        mark = marks[i] | int(visited) * VISITED | int(resident) * RESIDENT | int(in_class) * IN_CLASS
        mark |= int(state == Integration.AWAITING_INTAKE) * AWAITING | int(state == Integration.PLAN_MADE) * PLANNED
        marks[i] = int(present) * PRESENT | int(adult) * mark


@kernel
def list_people(n, c, week, marks, lists, in_class):
    """Fill the lists from the first ``n`` rows; give their lengths.

    marks: from ``room_for_marks``. lists: with as much room. in_class: int64 (regions + 1,), filled with the people in
    a route by region; the last cell holds those in pre-integration.
    """
    mark_people(n, c, week, marks)
    rows = marks[: -(-n // WORD) * WORD]
    y, q = keep_marked(rows, COME_OF_AGE, lists.come_of_age), keep_marked(rows, VISITED, lists.visited)
    r, g = keep_marked(rows, RESIDENT, lists.residents), keep_marked(rows, IN_CLASS, lists.in_class)
    w, p = keep_marked(rows, AWAITING, lists.awaiting), keep_marked(rows, PLANNED, lists.planned)
    m = k = 0
    for i in lists.visited[:q]:
        state = c.integration[i]
        early = int(state == Integration.EARLY_LESSONS) | int(state == Integration.PRE_INTEGRATION)
        route = int(state >= Integration.B1_ROUTE) & int(state <= Integration.A2_ROUTE)
        lists.learners[m] = lists.candidates[k] = i
        m += early | route
        k += route | int(state == Integration.TERM_EXPIRED)
    in_class[:] = early = 0
    for i in lists.in_class[:g]:
        before = int(c.integration[i] == Integration.PRE_INTEGRATION)
        early += before
        in_class[max(c.region[i], 0)] += 1 - before
    in_class[-1] = early
    return y, q, r, g, w, p, m, k


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


class HouseholdColumns(NamedTuple):
    """Columns of households."""

    turn: np.ndarray
    legal: np.ndarray
    housing: np.ndarray
    municipality: np.ndarray


class HouseholdLists(NamedTuple):
    """Rows of households for whom something happens this week (uint32, ascending)."""

    unsettled: np.ndarray  # in procedure, refused, or with a permit but without a home
    movers: np.ndarray  # permit holders with a municipality, housed or not, whose turn it is


@kernel
def mark_households(n, c, week, marks):
    """Fill the marks (uint8) of the first ``n`` rows: the bits UNSETTLED and MOVER."""
    now, later = np.uint8(week % LONG_VISITS), np.uint8((week + VISITS) % LONG_VISITS)
    for i in range(n):
        legal, housing = c.legal[i], c.housing[i]
        present = (legal != Legal.LEFT) & (legal != Legal.ABROAD)
        with_permit = (legal == Legal.PERMIT) | (legal == Legal.NATURALISED)
        homeless = (housing < Housing.TRANSITION) | (housing > Housing.PRIVATE)
        unsettled = present & (homeless | (not with_permit))
        mover = (
            with_permit
            & (housing <= Housing.PRIVATE)
            & ((c.turn[i] == now) | (c.turn[i] == later))
            & (c.municipality[i] >= 0)
        )
        marks[i] = int(unsettled) * UNSETTLED | int(mover) * MOVER


@kernel
def list_households(n, c, week, marks, lists):
    """Fill the lists from the first ``n`` rows; give their lengths. marks, lists: as for ``list_people``."""
    mark_households(n, c, week, marks)
    rows = marks[: -(-n // WORD) * WORD]
    return keep_marked(rows, UNSETTLED, lists.unsettled), keep_marked(rows, MOVER, lists.movers)
