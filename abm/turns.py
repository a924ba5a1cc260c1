"""Who has a turn this week: one scan over the people, and one over the households, makes the lists of the week.

Slow changes (lessons, exams, ties, motivation, the capacity to act, complaints, money) happen once in four weeks for
each person, four weeks at a time; a quarter of the people, those whose ``turn`` it is, is visited each week. Rows are
never moved: the scan walks over the list of those who have not left and drops the others from it for good.
"""

from typing import NamedTuple

import numpy as np

from abm.kernels import kernel
from abm.states import Housing, Integration, Legal

ADULT_WEEKS = int(18 * 52.18)
PENSION_WEEKS = int(67 * 52.18)
VISITS = 4  # weeks between two visits


class Lists(NamedTuple):
    """Rows of people for whom something happens this week (uint32, ascending)."""

    here: np.ndarray  # everybody with a row who has not left: present, abroad, or prepared to arrive
    present: np.ndarray
    adults: np.ndarray
    counted: np.ndarray  # adults below pension age
    visited: np.ndarray  # the quarter of the adults whose turn it is
    residents: np.ndarray  # adults in reception, or in a programme of reception
    awaiting: np.ndarray  # adults who wait for an intake
    planned: np.ndarray  # adults with a plan who wait for a seat
    learners: np.ndarray  # adults in lessons whose turn it is
    candidates: np.ndarray  # adults in a route or past their term, who may take exams, whose turn it is


class Columns(NamedTuple):
    """Columns of people."""

    turn: np.ndarray
    legal: np.ndarray
    birth_week: np.ndarray
    housing: np.ndarray
    integration: np.ndarray
    region: np.ndarray


@kernel
def list_people(known, first_new, n, c, week, lists, in_class):
    """Fill the lists from the rows in ``lists.here[:known]`` and the new rows first_new to n - 1; give their lengths.

    in_class: int64 (regions + 1,), filled with the people in a route by region; the last cell holds those in
    pre-integration.
    """
    h = a = b = d = q = r = w = p = m = k = 0
    in_class[:] = 0
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
        lists.present[a] = i
        a += 1
        # appending without a branch: a row is written, and kept by moving on
        age = week - c.birth_week[i]
        adult = int(age >= ADULT_WEEKS)
        lists.adults[b] = i
        b += adult
        lists.counted[d] = i
        d += adult & int(age < PENSION_WEEKS)
        visit = adult & int(c.turn[i] == now)
        lists.visited[q] = i
        q += visit
        state = c.integration[i]
        early = int(state == Integration.EARLY_LESSONS) | int(state == Integration.PRE_INTEGRATION)
        lists.residents[r] = i
        r += adult & (int(c.housing[i] < Housing.TRANSITION) | early)
        if (state >= Integration.PASSED_B1 and state != Integration.TERM_EXPIRED) or adult == 0:
            continue
        if state == Integration.AWAITING_INTAKE:
            lists.awaiting[w] = i
            w += 1
        elif state == Integration.PLAN_MADE:
            lists.planned[p] = i
            p += 1
        elif state == Integration.PRE_INTEGRATION:
            in_class[-1] += 1
        route = Integration.B1_ROUTE <= state <= Integration.A2_ROUTE
        if route:
            in_class[max(c.region[i], 0)] += 1
        if visit and (early or route):
            lists.learners[m] = i
            m += 1
        if visit and (route or state == Integration.TERM_EXPIRED):
            lists.candidates[k] = i
            k += 1
    return h, a, b, d, q, r, w, p, m, k


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
        if with_permit and housing <= Housing.PRIVATE and c.turn[i] == now and c.municipality[i] >= 0:
            lists.movers[m] = i
            m += 1
        if not with_permit or housing < Housing.TRANSITION or housing > Housing.PRIVATE:
            lists.unsettled[u] = i
            u += 1
    return h, u, m
