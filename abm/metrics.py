"""What is counted each week, over people present: stocks, group tables, cohort curves.

Everything is an integer: counts, and sums in thousandths, so results do not depend on the order of addition. Two
sums share one integer (``unpack``), which halves the work of adding. The
group table has one row for each cell of sex (2) x education (4) x household (3) x origin (5), the region table one
for each labour-market region; columns are combinations of six yes/no states of adults of 18 to 66.
"""

from typing import NamedTuple

import numpy as np

from abm.kernels import kernel
from abm.processes.home_search import municipality_pays
from abm.states import Activity, Housing, Integration, Legal, Work

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
    """Tables filled by one week's count (int64; int32 for groups and regions)."""

    legal_housing: np.ndarray  # (8, 9) persons of all ages
    integration: np.ndarray  # (14,) adults of 18 to 66
    work: np.ndarray  # (8,) adults
    groups: np.ndarray  # (N_GROUPS, N_STATES)
    regions: np.ndarray  # (1 + regions, N_STATES); row 0 is nowhere
    group_sums: np.ndarray  # (2, N_GROUPS, 2) by reception; thousandths, packed (``unpack``)
    region_sums: np.ndarray  # (1 + regions, 3) the same, then people of all ages
    extra: np.ndarray  # (10,) see EXTRA
    cohorts: np.ndarray  # (2, COHORT_YEARS, COHORT_STEPS, len(COHORT_METRICS)), adds up over the run


EXTRA = (
    "status_holders_over_14_weeks",
    "employed_in_reception",
    "employed_in_route",
    "complaint_status_holders",
    "adult_status_holders",
    "language_in_route",
    "benefit_cents",
    "earnings_cents",
    "treated",
    "subsidised",
)


def new_tally(n_regions: int) -> Tally:
    """Give empty tables."""
    return Tally(
        np.zeros((8, 9), np.int64),
        np.zeros(14, np.int64),
        np.zeros(8, np.int64),
        np.zeros((N_GROUPS, N_STATES), np.int32),
        np.zeros((n_regions + 1, N_STATES), np.int32),
        np.zeros((2, N_GROUPS, 2), np.int64),
        np.zeros((n_regions + 1, 3), np.int64),
        np.zeros(len(EXTRA), np.int64),
        np.zeros((2, COHORT_YEARS, COHORT_STEPS, len(COHORT_METRICS)), np.int64),
    )


@kernel
def count_everyone(rows, c, tally, week):
    """Count people of all ages (``rows``) by legal state and housing, and status holders past the 14-week term."""
    late = 0
    for i in rows:
        legal, home = c.legal[i], c.housing[i]
        tally.legal_housing[legal, home] += 1
        tally.region_sums[c.region[i] + 1, 2] += 1  # row 0: no region
        if legal == Legal.PERMIT and home < Housing.TRANSITION and week - c.permit_week[i] > STATUS_TERM_WEEKS:
            late += 1
    tally.extra[0] += late


@kernel
def count_adults(rows, c, tally):
    """Count the adults in ``rows`` (up to 66 years of age)."""
    adults_permit = complaints = employed_reception = employed_route = route_language = 0
    earned = paid = treated = subsidised = 0
    for i in rows:
        legal, state, work, activity = c.legal[i], c.integration[i], c.work[i], c.activity[i]
        if legal == Legal.LEFT:
            continue
        reception = int(c.housing[i] < Housing.TRANSITION)
        permit = int(legal == Legal.PERMIT) | int(legal == Legal.NATURALISED)
        employed = int(work == Work.EMPLOYED_BASIC) | int(work == Work.EMPLOYED_MATCHED)
        in_route = int(state >= Integration.B1_ROUTE) & int(state <= Integration.A2_ROUTE)
        benefit = int(c.benefit[i] * CENTS)
        bits = permit * PERMIT + reception * RECEPTION + employed * EMPLOYED + int(benefit > 0) * BENEFIT
        bits += in_route * ROUTE + int((activity & Activity.VOLUNTEERING) != 0) * VOLUNTEER
        language = int(c.language[i] * THOUSAND)
        complaint = 1000 * int(c.complaint[i])
        mind = int(c.motivation[i] * THOUSAND) + (int(c.capacity[i] * THOUSAND) << HALF)
        level = language + (complaint << HALF)
        group, place = c.group[i], c.region[i] + 1
        tally.integration[state] += 1
        tally.work[work] += 1
        tally.groups[group, bits] += 1
        tally.group_sums[reception, group, 0] += mind
        tally.group_sums[reception, group, 1] += level
        tally.regions[place, bits] += 1
        tally.region_sums[place, 0] += mind
        tally.region_sums[place, 1] += level
        adults_permit += permit
        complaints += complaint * permit
        employed_reception += employed & reception
        employed_route += employed & in_route
        subsidised += employed & int(c.subsidised[i])
        earned += int(c.earnings[i] * CENTS)
        route_language += language * in_route
        paid += benefit
        treated += int((activity & Activity.TREATED) != 0)
    counted = (
        employed_reception,
        employed_route,
        complaints // 1000,
        adults_permit,
        route_language,
        paid,
        earned,
        treated,
        subsidised,
    )
    for k in range(len(counted)):
        tally.extra[k + 1] += counted[k]


@kernel
def count_cohorts(rows, c, tally, year_of_week, week):
    """Add the adults in ``rows`` whose turn it is (up to 64 years of age) to the cohort curves.

    A person is visited once in four weeks, so each step of 13 weeks is read once, at the visit from two weeks before to
    one week after it. year_of_week: int64, the cohort year of week + 1024.
    """
    for i in rows:
        legal = c.legal[i]
        if week - c.birth_week[i] >= COHORT_AGE_WEEKS or legal == Legal.LEFT:
            continue
        permit = legal == Legal.PERMIT or legal == Legal.NATURALISED
        for clock in range(2):
            start = c.application_week[i] if clock == 0 else c.permit_week[i]
            since = week - start + 2
            if start < -312 or since < 0 or since % COHORT_STEP >= 4 or since >= COHORT_STEP * COHORT_STEPS:
                continue
            if clock == 1 and not permit:
                continue
            work = c.work[i]
            cell = tally.cohorts[clock, year_of_week[start + 1024], since // COHORT_STEP]
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
    """Give motivation, capacity, language and complaints (thousandths) from two packed sums on the last axis."""
    low, high = sums & ((1 << HALF) - 1), sums >> HALF
    return np.stack([low[..., 0], high[..., 0], low[..., 1], high[..., 1]], axis=-1)
