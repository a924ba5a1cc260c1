"""What is counted each week, over people present: stocks, group tables, cohort curves.

Everything is an integer: counts, and sums in thousandths, so results do not depend on the order of addition. Two
sums share one integer (``unpack``), which halves the work of adding. The
group table has one row for each cell of sex (2) x education (4) x household (3) x origin (5), the region table one
for each labour-market region; columns are combinations of six yes/no states of adults of 18 to 66.
"""

from typing import NamedTuple

import numpy as np

from abm.kernels import kernel
from abm.processes.money import WEEKS_IN_MONTH, on_benefit
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
HALF = 32  # two sums share an int64: 2**32 thousandths are 4 million persons
PENSION_WEEKS = 67.0 * 52.18


class Columns(NamedTuple):
    """Columns of people."""

    partner: np.ndarray
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
    region: np.ndarray
    application_week: np.ndarray
    permit_week: np.ndarray
    birth_week: np.ndarray
    route_start_week: np.ndarray
    finish_week: np.ndarray
    volunteer: np.ndarray
    guided_until: np.ndarray


class Tally(NamedTuple):
    """Tables filled by one week's count (int64)."""

    legal_housing: np.ndarray  # (8, 9) persons of all ages
    integration: np.ndarray  # (14,) adults of 18 to 66
    work: np.ndarray  # (8,) adults
    groups: np.ndarray  # (N_GROUPS, N_STATES)
    regions: np.ndarray  # (regions, N_STATES)
    group_sums: np.ndarray  # (2, N_GROUPS, 2) by reception; thousandths, packed (``unpack``)
    region_sums: np.ndarray  # (regions, 3) the same, then people of all ages
    extra: np.ndarray  # (11,) see EXTRA
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
    "volunteer_visits",
    "guided",
    "treated",
)


def new_tally(n_regions: int) -> Tally:
    """Give empty tables."""
    return Tally(
        np.zeros((8, 9), np.int64),
        np.zeros(14, np.int64),
        np.zeros(8, np.int64),
        np.zeros((N_GROUPS, N_STATES), np.int64),
        np.zeros((n_regions, N_STATES), np.int64),
        np.zeros((2, N_GROUPS, 2), np.int64),
        np.zeros((n_regions, 3), np.int64),
        np.zeros(len(EXTRA), np.int64),
        np.zeros((2, COHORT_YEARS, COHORT_STEPS, len(COHORT_METRICS)), np.int64),
    )


@kernel
def count_everyone(rows, c, tally, week):
    """Count people of all ages (``rows``) by legal state and housing, and status holders past the 14-week term."""
    for i in rows:
        legal, home = c.legal[i], c.housing[i]
        if legal == Legal.LEFT:
            continue
        tally.legal_housing[legal, home] += 1
        region = c.region[i]
        if region >= 0:
            tally.region_sums[region, 2] += 1
        if legal == Legal.PERMIT and home < Housing.TRANSITION and week - c.permit_week[i] > STATUS_TERM_WEEKS:
            tally.extra[0] += 1


@kernel
def count_adults(rows, c, tally, year_of_week, week, benefit_single, benefit_couple, benefit_taper):
    """Count adults (``rows``) up to 66; ``year_of_week`` (int64) gives the cohort year of week + 1024."""
    adults_permit = complaints = employed_reception = employed_route = route_language = 0
    earned = paid = visits = guided = treated = 0
    for i in rows:
        if week - c.birth_week[i] >= PENSION_WEEKS or c.legal[i] == Legal.LEFT:
            continue
        legal, home, work, state = c.legal[i], c.housing[i], c.work[i], c.integration[i]
        group = c.group[i]
        reception = home < Housing.TRANSITION
        permit = legal == Legal.PERMIT or legal == Legal.NATURALISED
        employed = work == Work.EMPLOYED_BASIC or work == Work.EMPLOYED_MATCHED
        earnings = np.float64(c.earnings[i])
        partner = c.partner[i]
        norm = benefit_single
        together = earnings
        if partner > 0:
            norm = benefit_couple
            together += float(c.earnings[partner])
        student = work == Work.STUDY and state >= Integration.PASSED_B1
        benefit = on_benefit(legal, home, student, together, norm)
        in_route = Integration.B1_ROUTE <= state <= Integration.A2_ROUTE
        volunteering = (c.activity[i] & Activity.VOLUNTEERING) != 0
        bits = 0
        if permit:
            bits |= PERMIT
        if reception:
            bits |= RECEPTION
        if employed:
            bits |= EMPLOYED
        if benefit:
            bits |= BENEFIT
        if in_route:
            bits |= ROUTE
        if volunteering:
            bits |= VOLUNTEER
        motivation = int(float(c.motivation[i]) * 1000.0)
        capacity = int(float(c.capacity[i]) * 1000.0)
        language = int(float(c.language[i]) * 1000.0)
        complaint = 1000 if c.complaint[i] else 0
        mind = motivation + (capacity << HALF)
        level = language + (complaint << HALF)
        tally.integration[state] += 1
        tally.work[work] += 1
        tally.groups[group, bits] += 1
        side = 1 if reception else 0
        tally.group_sums[side, group, 0] += mind
        tally.group_sums[side, group, 1] += level
        region = c.region[i]
        if region >= 0:
            tally.regions[region, bits] += 1
            tally.region_sums[region, 0] += mind
            tally.region_sums[region, 1] += level
        if permit:
            adults_permit += 1
            complaints += complaint
        if employed:
            employed_reception += side
            earned += int(earnings * 100.0)
        if in_route:
            route_language += language
            if employed:
                employed_route += 1
        if benefit:
            due = norm / WEEKS_IN_MONTH - (1.0 - benefit_taper) * together
            if due > 0.0:
                paid += int(due * (50.0 if partner > 0 else 100.0))
        visits += 1 if c.volunteer[i] > 0 else 0
        guided += 1 if c.guided_until[i] > week else 0
        treated += 1 if (c.activity[i] & Activity.TREATED) != 0 else 0
        for clock in range(2):
            start = c.application_week[i] if clock == 0 else c.permit_week[i]
            since = week - start
            if start < -312 or since % COHORT_STEP != 0 or (clock == 1 and not permit) or since < 0:
                continue
            if week - c.birth_week[i] >= 65 * 52.18 or since >= COHORT_STEP * COHORT_STEPS:
                continue
            year, step = year_of_week[start + 1024], since // COHORT_STEP
            tally.cohorts[clock, year, step, 0] += 1
            if employed:
                tally.cohorts[clock, year, step, 1] += 1
            if benefit:
                tally.cohorts[clock, year, step, 2] += 1
            if not reception:
                tally.cohorts[clock, year, step, 3] += 1
            if permit:
                tally.cohorts[clock, year, step, 4] += 1
            if c.route_start_week[i] > -5000:
                tally.cohorts[clock, year, step, 5] += 1
            if c.finish_week[i] > -5000:
                tally.cohorts[clock, year, step, 6] += 1
            if volunteering:
                tally.cohorts[clock, year, step, 7] += 1
            tally.cohorts[clock, year, step, 8] += language
            tally.cohorts[clock, year, step, 9] += motivation
            tally.cohorts[clock, year, step, 10] += capacity
    counted = (
        employed_reception,
        employed_route,
        complaints // 1000,
        adults_permit,
        route_language,
        paid,
        earned,
        visits,
        guided,
        treated,
    )
    for k in range(len(counted)):
        tally.extra[k + 1] += counted[k]


def unpack(sums: np.ndarray) -> np.ndarray:
    """Give motivation, capacity, language and complaints (thousandths) from two packed sums on the last axis."""
    low, high = sums & ((1 << HALF) - 1), sums >> HALF
    return np.stack([low[..., 0], high[..., 0], low[..., 1], high[..., 1]], axis=-1)
