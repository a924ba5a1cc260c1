"""What is counted, over people present: stocks each week, means and money as of the last visit, cohort curves.

Stocks are kept from week to week. All that they count of a person stands in one word (``note``), and only those whose
word is another than last week are counted again: taken out as they were, put in as they are (``count_changed``).

Motivation, capacity, language, complaints, benefit and pay mostly change at the visit that each person has once in
eight weeks, or in sixteen when settled (processes/visits.py). They are added up then, and the sum over the turns of
both rounds is what a week reports: what an event has changed since the visit is seen at the next. Everything is an
integer: counts, and sums in thousandths, so results do not depend on the order of addition. Two sums share one integer
(``unpack``), which halves the work of adding. The group table has one row for each cell of sex (2) x education (4) x
household (3) x origin (5), the region table one for each labour-market region; columns are combinations of six yes/no
states of adults of 18 to 66.
"""

from typing import NamedTuple

import numpy as np

from abm.kernels import kernel
from abm.processes.home_search import municipality_pays
from abm.states import Activity, Housing, Integration, Legal, Work
from abm.turns import ADULT_WEEKS, LONG_VISITS, PENSION_WEEKS, VISITS

N_GROUPS = 120
N_STATES = 64
PERMIT, RECEPTION, EMPLOYED, BENEFIT, ROUTE, VOLUNTEER = 1, 2, 4, 8, 16, 32
#: Where the parts of a word begin (``note``): four of one bit, then codes of three, three, four, four, seven, six bits.
ADULT_AT, LATE_AT, BENEFIT_AT, VOLUNTEER_AT, LEGAL_AT, WORK_AT, HOUSING_AT, INTEGRATION_AT = 0, 1, 2, 3, 4, 7, 10, 14
GROUP_AT, PLACE_AT = 18, 25
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
BLOCK = 1024  # rows
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
    """Tables of stocks, kept up to date from week to week (int64; int32 for groups and regions)."""

    people: np.ndarray  # (8, 9) persons of all ages by legal state and housing
    places: np.ndarray  # (1 + regions,) persons of all ages; row 0 is nowhere
    late: np.ndarray  # (1,) status holders in reception for over 14 weeks
    integration: np.ndarray  # (14,) adults of 18 to 66
    work: np.ndarray  # (8,) adults of 18 to 66
    groups: np.ndarray  # (N_GROUPS, N_STATES)
    regions: np.ndarray  # (1 + regions, N_STATES); row 0 is nowhere


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
        np.zeros(n_regions + 1, np.int64),
        np.zeros(1, np.int64),
        np.zeros(14, np.int64),
        np.zeros(8, np.int64),
        np.zeros((N_GROUPS, N_STATES), np.int32),
        np.zeros((n_regions + 1, N_STATES), np.int32),
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
def note(first, c, week, words):
    """Fill ``words`` (uint32) for the rows from ``first`` (uint64) on: all that is counted of a person, 0 if not here.

    A loop without branches over columns, which the compiler turns into vector code; weeks are compared in the type of
    their column, or it takes half as many at a time.
    """
    adult, pension = np.int16(week - ADULT_WEEKS), np.int16(week - PENSION_WEEKS)
    term = np.int16(week - STATUS_TERM_WEEKS)
    for k in range(words.shape[0]):
        i = first + np.uint64(k)
        legal, housing, born = c.legal[i], c.housing[i], c.birth_week[i]
        in_reception = int(legal == Legal.PERMIT) & int(housing < Housing.TRANSITION)
        word = (int(born <= adult) & int(born > pension)) << ADULT_AT
        word |= (in_reception & int(c.permit_week[i] < term)) << LATE_AT
        word |= int(c.benefit[i] > 0.0) << BENEFIT_AT
        word |= int((c.activity[i] & Activity.VOLUNTEERING) != 0) << VOLUNTEER_AT
        word |= (int(legal) << LEGAL_AT) | (int(c.work[i]) << WORK_AT)
        word |= (int(housing) << HOUSING_AT) | (int(c.integration[i]) << INTEGRATION_AT)
        word |= (int(c.group[i]) << GROUP_AT) | (int(c.region[i] + 1) << PLACE_AT)
        words[k] = word * (int(legal != Legal.LEFT) & int(legal != Legal.ABROAD))


@kernel
def add(word, one, tally):
    """Add a person with this word to the tables; ``one`` is 1, or -1 to take the person out."""
    if word == 0:
        return
    legal, housing, place = (word >> LEGAL_AT) & 7, (word >> HOUSING_AT) & 15, word >> PLACE_AT
    tally.people[legal, housing] += one
    tally.places[place] += one
    tally.late[0] += one * ((word >> LATE_AT) & 1)
    if (word >> ADULT_AT) & 1:
        state, work = (word >> INTEGRATION_AT) & 15, (word >> WORK_AT) & 7
        bits = (int(legal == Legal.PERMIT) | int(legal == Legal.NATURALISED)) * PERMIT
        bits |= int(housing < Housing.TRANSITION) * RECEPTION
        bits |= (int(work == Work.EMPLOYED_BASIC) | int(work == Work.EMPLOYED_MATCHED)) * EMPLOYED
        bits |= (int(state >= Integration.B1_ROUTE) & int(state <= Integration.A2_ROUTE)) * ROUTE
        bits |= ((word >> BENEFIT_AT) & 1) * BENEFIT | ((word >> VOLUNTEER_AT) & 1) * VOLUNTEER
        tally.integration[state] += one
        tally.work[work] += one
        tally.groups[(word >> GROUP_AT) & 127, bits] += one
        tally.regions[place, bits] += one


@kernel
def count_changed(n, c, week, words, block, tally):
    """Count anew those of the first ``n`` rows whose word has changed; give their number.

    words: uint32 by row, as they were counted last. block: uint32, room for the words of some rows at a time, so few
    that they are still at hand in the processor when they are compared.
    """
    changed = 0
    for first in range(0, n, block.shape[0]):
        now = block[: min(block.shape[0], n - first)]
        before = words[first : first + now.shape[0]]
        note(np.uint64(first), c, week, now)
        for k in range(now.shape[0]):
            if now[k] != before[k]:
                add(int(before[k]), -1, tally)
                add(int(now[k]), 1, tally)
                before[k] = now[k]
                changed += 1
    return changed


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
    weeks can be that of two steps. Step 0 has no weeks before it, so only the half visited in its first four weeks is
    in it: its number of people is no size of the cohort. since_visit: float64 by position, weeks since the last one.
    year_of_week: int64, the cohort year of week + 1024.
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
