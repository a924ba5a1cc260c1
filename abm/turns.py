"""Who has a turn this week: one scan over the people makes every list that the week's processes loop over."""

from typing import NamedTuple

import numpy as np

from abm.draws import turn
from abm.kernels import kernel
from abm.states import Housing, Integration, Legal

ADULT_WEEKS = int(18 * 52.18)


class Lists(NamedTuple):
    """Rows of people for whom something happens this week (int64, as long as the people table).

    Slow changes (lessons, exams, ties, the capacity to act, complaints, money) happen once in four weeks for each
    person, four weeks at a time; a quarter of the people has a turn each week.
    """

    present: np.ndarray
    adults: np.ndarray
    visited: np.ndarray  # the quarter of the adults whose turn it is
    residents: np.ndarray  # adults in reception, or in a programme of reception
    awaiting: np.ndarray  # adults who wait for an intake
    planned: np.ndarray  # adults with a plan who wait for a seat
    learners: np.ndarray  # adults in lessons whose turn it is
    candidates: np.ndarray  # adults in a route or past their term, who may take exams, whose turn it is
    in_class: np.ndarray  # all adults in a route, who use a seat


class Columns(NamedTuple):
    """Columns of people."""

    key: np.ndarray
    legal: np.ndarray
    birth_week: np.ndarray
    housing: np.ndarray
    integration: np.ndarray


@kernel
def list_people(n, c, week, lists):
    """Fill the lists from rows 1 to n - 1 in order; give their lengths."""
    a = b = q = r = w = p = m = k = z = 0
    now = np.uint64(week % 4)
    for i in range(1, n):
        legal = c.legal[i]
        if legal == Legal.ABROAD or legal == Legal.LEFT:
            continue
        lists.present[a] = i
        a += 1
        if week - c.birth_week[i] < ADULT_WEEKS:
            continue
        lists.adults[b] = i
        b += 1
        visit = turn(c.key[i]) == now
        if visit:
            lists.visited[q] = i
            q += 1
        state = c.integration[i]
        programme = state == Integration.EARLY_LESSONS or state == Integration.PRE_INTEGRATION
        route = Integration.B1_ROUTE <= state <= Integration.A2_ROUTE
        if c.housing[i] < Housing.TRANSITION or programme:
            lists.residents[r] = i
            r += 1
        if state == Integration.AWAITING_INTAKE:
            lists.awaiting[w] = i
            w += 1
        elif state == Integration.PLAN_MADE:
            lists.planned[p] = i
            p += 1
        if route:
            lists.in_class[z] = i
            z += 1
        if visit and (programme or route):
            lists.learners[m] = i
            m += 1
        if visit and (route or state == Integration.TERM_EXPIRED):
            lists.candidates[k] = i
            k += 1
    return a, b, q, r, w, p, m, k, z
