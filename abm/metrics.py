"""What is counted, over people present: stocks each week, means and money as of the last visit, cohort curves.

Motivation, capacity, language, complaints, benefit and pay mostly change at the visit that each person has once in four
weeks, or in twelve when settled (processes/visits.py). They are added up then, and the sum over the turns of both
rounds is what a week reports: what an event has changed since the visit is seen at the next. Everything is an integer:
counts, and sums in thousandths, so results do not depend on the order of addition. Two sums share one integer
(``unpack``), which halves the work of adding. The group table has one row for each cell of sex (2) x education (4) x
household (3) x origin (5), the region table one for each labour-market region; columns are combinations of six yes/no
states of adults of 18 to 66.
"""

from typing import NamedTuple

import numpy as np

from abm.kernels import kernel
from abm.processes.home_search import municipality_pays
from abm.states import Activity, Housing, Integration, Legal, Work
from abm.turns import LONG_VISITS, PENSION_WEEKS, VISITS

N_GROUPS = 120
N_STATES = 64
PERMIT, RECEPTION, EMPLOYED, BENEFIT, ROUTE, VOLUNTEER = 1, 2, 4, 8, 16, 32
COHORT_FIRST_YEAR = 2015
COHORT_YEARS = 16
COHORT_STEP = 13  # weeks
COHORT_STEPS = 48
COHORT_METRICS = (
    "people",
    "employed",
    "benefit",
    "housed",
    "permit",
    "started",
    "finished",
    "volunteering",
    "language",
    "motivation",
    "capacity",
)
STATUS_TERM_WEEKS = 14
THOUSAND, CENTS = np.float32(1000.0), np.float32(100.0)
HALF = 32  # two sums share an int64: 2**32 thousandths are 4 million persons
COHORT_AGE_WEEKS = int(65.0 * 52.18)


class Columns(NamedTuple):
    """Columns of people."""

    turn: np.ndarray
    visit_weeks: np.ndarray
    group: np.ndarray
    legal: np.ndarray
    housing: np.ndarray
    integration: np.ndarray
    work: np.ndarray
    activity: np.ndarray
    motivation: np.ndarray
    capacity: np.ndarray
    complaint: np.ndarray
    language: np.ndarray
    earnings: np.ndarray
    benefit: np.ndarray
    subsidised: np.ndarray
    region: np.ndarray
    application_week: np.ndarray
    permit_week: np.ndarray
    birth_week: np.ndarray
    route_start_week: np.ndarray
    finish_week: np.ndarray


class Tally(NamedTuple):
    """Tables of stocks, filled each week (int64; int32 for groups and regions)."""

    legal_housing: np.ndarray  # (8, 9) persons of all ages
    integration_work: np.ndarray  # (14, 8) adults of 18 to 66
    groups: np.ndarray  # (N_GROUPS, N_STATES)
    regions: np.ndarray  # (1 + regions, N_STATES); row 0 is nowhere
    region_people: np.ndarray  # (1 + regions,) of all ages
    late: np.ndarray  # (1,) status holders in reception for over 14 weeks


TURNS = VISITS + LONG_VISITS


class Visited(NamedTuple):
    """Sums over adults of 18 to 66 as they were at their last visit (int64), by turn: those of VISITS first."""

    groups: np.ndarray  # (TURNS, 2, N_GROUPS, 3) by reception; thousandths, packed (``unpack``), and adults
    regions: np.ndarray  # (TURNS, 1 + regions, 3)
    extra: np.ndarray  # (TURNS, len(EXTRA))


EXTRA = (
    "complaint_status_holders",
    "adult_status_holders",
    "language_in_route",
    "in_route",
    "benefit_cents",
    "earnings_cents",
    "treated",
    "subsidised",
)


def new_tally(n_regions: int) -> Tally:
    """Give empty tables."""
    return Tally(
        np.zeros((8, 9), np.int64),
        np.zeros((14, 8), np.int64),
        np.zeros((N_GROUPS, N_STATES), np.int32),
        np.zeros((n_regions + 1, N_STATES), np.int32),
        np.zeros(n_regions + 1, np.int64),
        np.zeros(1, np.int64),
    )


def new_visited(n_regions: int) -> Visited:
    """Give empty tables."""
    return Visited(
        np.zeros((TURNS, 2, N_GROUPS, 3), np.int64),
        np.zeros((TURNS, n_regions + 1, 3), np.int64),
        np.zeros((TURNS, len(EXTRA)), np.int64),
    )


def new_cohorts() -> np.ndarray:
    """Give an empty table of cohort curves (int64: clock, year, step, metric), which adds up over the run."""
    return np.zeros((2, COHORT_YEARS, COHORT_STEPS, len(COHORT_METRICS)), np.int64)


@kernel
def count_everyone(rows, c, tally, week):
    """Count the people in ``rows`` by legal state and housing, and by region."""
    late = 0
    for i in rows:
        legal, home = c.legal[i], c.housing[i]
        tally.legal_housing[legal, home] += 1
        tally.region_people[c.region[i] + 1] += 1  # row 0: no region
        if legal == Legal.PERMIT and home < Housing.TRANSITION and week - c.permit_week[i] > STATUS_TERM_WEEKS:
            late += 1
    tally.late[0] += late


@kernel
def count_adults(rows, c, tally, week):
    """Count the adults in ``rows`` by their states, up to 66 years of age."""
    for i in rows:
        legal = c.legal[i]
        if week - c.birth_week[i] >= PENSION_WEEKS or legal == Legal.LEFT:
            continue
        state, work = c.integration[i], c.work[i]
        bits = (int(legal == Legal.PERMIT) | int(legal == Legal.NATURALISED)) * PERMIT
        bits |= int(c.housing[i] < Housing.TRANSITION) * RECEPTION
        bits |= (int(work == Work.EMPLOYED_BASIC) | int(work == Work.EMPLOYED_MATCHED)) * EMPLOYED
        bits |= (int(state >= Integration.B1_ROUTE) & int(state <= Integration.A2_ROUTE)) * ROUTE
        bits |= int(c.benefit[i] > 0.0) * BENEFIT
        bits |= int((c.activity[i] & Activity.VOLUNTEERING) != 0) * VOLUNTEER
        tally.integration_work[state, work] += 1
        tally.groups[c.group[i], bits] += 1
        tally.regions[c.region[i] + 1, bits] += 1


@kernel
def count_visited(rows, c, tally, week):
    """Add the adults of 18 to 66 in ``rows`` to the sums of their turn."""
    for i in rows:
        legal = c.legal[i]
        if legal == Legal.LEFT or week - c.birth_week[i] >= PENSION_WEEKS:
            continue
        state, work = c.integration[i], c.work[i]
        turn = c.turn[i] % VISITS if c.visit_weeks[i] == VISITS else VISITS + c.turn[i]
        reception = int(c.housing[i] < Housing.TRANSITION)
        permit = int(legal == Legal.PERMIT) | int(legal == Legal.NATURALISED)
        employed = int(work == Work.EMPLOYED_BASIC) | int(work == Work.EMPLOYED_MATCHED)
        in_route = int(state >= Integration.B1_ROUTE) & int(state <= Integration.A2_ROUTE)
        language = int(c.language[i] * THOUSAND)
        complaint = int(c.complaint[i])
        mind = int(c.motivation[i] * THOUSAND) + (int(c.capacity[i] * THOUSAND) << HALF)
        level = language + ((1000 * complaint) << HALF)
        group, place = c.group[i], c.region[i] + 1
        tally.groups[turn, reception, group, 0] += mind
        tally.groups[turn, reception, group, 1] += level
        tally.groups[turn, reception, group, 2] += 1
        tally.regions[turn, place, 0] += mind
        tally.regions[turn, place, 1] += level
        tally.regions[turn, place, 2] += 1
        tally.extra[turn, 0] += complaint * permit
        tally.extra[turn, 1] += permit
        tally.extra[turn, 2] += language * in_route
        tally.extra[turn, 3] += in_route
        tally.extra[turn, 4] += int(c.benefit[i] * CENTS)
        tally.extra[turn, 5] += int(c.earnings[i] * CENTS)
        tally.extra[turn, 6] += int((c.activity[i] & Activity.TREATED) != 0)
        tally.extra[turn, 7] += employed & int(c.subsidised[i])


@kernel
def count_cohorts(rows, c, cohorts, year_of_week, since_visit, week):
    """Add the adults in ``rows`` whose turn it is (up to 64 years of age) to the cohort curves.

    Each step of 13 weeks is read once, at the first visit from half a round before it on; a visit after more than 13
    weeks can be that of two steps. since_visit: float64 by position, weeks since the last one. year_of_week: int64,
    the cohort year of week + 1024.
    """
    for p in range(rows.shape[0]):
        i = rows[p]
        legal = c.legal[i]
        if week - c.birth_week[i] >= COHORT_AGE_WEEKS or legal == Legal.LEFT:
            continue
        permit = legal == Legal.PERMIT or legal == Legal.NATURALISED
        for clock in range(2):
            start = c.application_week[i] if clock == 0 else c.permit_week[i]
            since = week - start + VISITS // 2
            past = since % COHORT_STEP  # weeks since the last step
            if start < -312 or since < 0 or past >= since_visit[p] or since >= COHORT_STEP * COHORT_STEPS:
                continue
            if clock == 1 and not permit:
                continue
            work = c.work[i]
            last = since // COHORT_STEP
            first = last - int(past + COHORT_STEP < since_visit[p] and last > 0)
            for step in range(first, last + 1):
                cell = cohorts[clock, year_of_week[start + 1024], step]
                cell[0] += 1
                cell[1] += int(work == Work.EMPLOYED_BASIC) + int(work == Work.EMPLOYED_MATCHED)
                cell[2] += int(c.benefit[i] > 0.0)
                cell[3] += int(c.housing[i] >= Housing.TRANSITION)
                cell[4] += int(permit)
                cell[5] += int(c.route_start_week[i] > -5000)
                cell[6] += int(c.finish_week[i] > -5000)
                cell[7] += int((c.activity[i] & Activity.VOLUNTEERING) != 0)
                cell[8] += int(c.language[i] * THOUSAND)
                cell[9] += int(c.motivation[i] * THOUSAND)
                cell[10] += int(c.capacity[i] * THOUSAND)


class LodgingColumns(NamedTuple):
    """Columns of households."""

    size: np.ndarray
    housing: np.ndarray
    referent: np.ndarray
    arrival_week: np.ndarray
    guest: np.ndarray


@kernel
def count_lodging(rows, c, week, rates, counts):
    """Count the persons elsewhere whose municipality pays, and the guests, of households in ``rows``.

    counts: int64 (2,). rates: those of home_allocation.py, whose rule on who pays is used.
    """
    counts[:] = 0
    for i in rows:
        if c.housing[i] != Housing.ELSEWHERE:
            continue
        if c.guest[i]:
            counts[1] += c.size[i]
        elif municipality_pays(i, c, week, rates):
            counts[0] += c.size[i]


def unpack(sums: np.ndarray) -> np.ndarray:
    """Give motivation, capacity, language and complaints (thousandths), and adults, from the sums on the last axis."""
    out = np.empty((*sums.shape[:-1], 5), np.int64)
    out[..., 0:4:2] = sums[..., :2] & ((1 << HALF) - 1)
    out[..., 1:4:2] = sums[..., :2] >> HALF
    out[..., 4] = sums[..., 2]
    return out
