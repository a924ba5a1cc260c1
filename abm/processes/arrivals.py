"""Arrivals: people apply for asylum, re-enter the queue, are resettled, or are known to have family abroad.

The number of cases in a week is Poisson with mean (persons a week x scale) / (mean persons a case); persons a week
are observed by quarter until the end of 2025 and a projection with an autumn peak after that,
``1 + seasonal_amplitude * cos(2 pi (week of year - 39) / 52)``.

Part of the other entrants (``share_other_entrants_outside``) live with relatives and never enter reception.

Who arrives in a week depends only on the seed and the week, never on what happened inside the model, so rows are
prepared half a year ahead: a case that arrives under one policy is the same case under every other policy.

Writes: new rows of people and households; of cases that register: legal, permit_week, decision_week, and where those
live who never enter reception.   Source: people.yaml, procedure.yaml.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.special import betaincinv, gammaincinv, ndtri, pdtrik

from abm.draws import decision, draw_four, luck_of, turn, uniforms, uniforms_once
from abm.kernels import kernel
from abm.people import NEVER
from abm.states import Diploma, Housing, Legal

WEEKS_IN_YEAR = 52.18
ADULT_WEEKS = int(18 * WEEKS_IN_YEAR)
CARE_AGE_WEEKS = int(12 * WEEKS_IN_YEAR)  # childcare ends with primary school (law: Wet kinderopvang, article 1.1)
KINDS = FIRST, OTHER, RESETTLED = range(3)
MAX_CHILDREN = 7
ALONE, MINOR_ALONE, COUPLE, COUPLE_CHILDREN, LONE_PARENT = range(5)
AGES = (18.0, 25.0, 35.0, 45.0, 55.0, 67.0)  # between which adults are spread evenly, by ``adult_age_share``
PROFILE, ABILITIES, MIND, WORK, MORE = (
    decision("profile"),
    decision("profile_abilities"),
    decision("profile_mind"),
    decision("profile_work"),
    decision("profile_more"),
)
OUTSIDE = decision("coupling")


class Rates(NamedTuple):
    """How many people arrive in a week, and who of them needs reception."""

    share_other_entrants_outside: float

    first_applications_per_week: float
    other_entrants_per_week: float
    resettled_per_week: float
    seasonal_amplitude: float
    inflow_multiplier: float


class Profiles(NamedTuple):
    """Who arrives: shares and distributions, constant over the run (read in the week of preparation)."""

    origin_share: np.ndarray
    case_share: np.ndarray
    share_men_alone: float
    share_women_lone_parents: float
    children_mean: float
    adult_age_share: np.ndarray
    share_pension_age: float
    education_share: np.ndarray
    horn_education_shift: float
    digital_skill_mean: np.ndarray
    digital_skill_spread: float
    ability_log_mean: float
    ability_log_sd: float
    ability_exponent: float
    readiness_variance: float
    motivation_at_arrival: float
    motivation_concentration: float
    capacity_at_arrival: float
    capacity_concentration: float
    complaint_share_at_arrival: float
    trauma_mean: np.ndarray
    skill_share: np.ndarray
    share_unfit: float
    share_exempt: float
    share_men_adult_reunifiers: float
    share_minor_reunifiers: float


def poisson(mean: np.ndarray | float, uniform: np.ndarray) -> np.ndarray:
    """Give the Poisson quantiles of uniform numbers (int64).

    >>> poisson(3.0, np.array([0.5, 0.99])).tolist()
    [3, 8]
    """
    return np.where(mean > 0.0, np.ceil(np.maximum(pdtrik(uniform, mean), 0.0)), 0.0).astype(np.int64)


def mean_case_size(profiles: Profiles) -> float:
    """Give the mean number of persons in a case."""
    sizes = np.array([1.0, 1.0, 2.0, 2.0 + profiles.children_mean, 1.0 + profiles.children_mean])
    return float(profiles.case_share @ sizes)


def expected_persons(rates: Rates, kind: int, week_of_year: float) -> float:
    """Give the expected number of persons of a kind in a week of the year (0 to 52)."""
    season = 1.0 + rates.seasonal_amplitude * np.cos(2.0 * np.pi * (week_of_year - 39.0) / 52.0)
    if kind == FIRST:
        return rates.first_applications_per_week * season * rates.inflow_multiplier
    return (rates.other_entrants_per_week, rates.resettled_per_week)[kind - 1]


def case_keys(week: int, kind: int, count: int) -> np.ndarray:
    """Give the keys of the cases of a kind that arrive in a week; the same for every policy."""
    base = (np.uint64(week + 4096) << np.uint64(32)) | (np.uint64(kind) << np.uint64(28))
    return base + np.arange(count, dtype=np.uint64)


def running_sum(shares: np.ndarray) -> np.ndarray:
    """Give the running sum of shares, which need not sum to one, as a share of their sum."""
    return shares.cumsum() / shares.sum()


def pick(shares: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Give the index of the share in which each uniform number falls (shares need not sum to one)."""
    return np.minimum(np.searchsorted(running_sum(shares), uniform, side="right"), len(shares) - 1)


_GRID = (np.arange(4096) + 0.5) / 4096


@lru_cache(maxsize=64)
def _beta_table(mean: float, concentration: float) -> np.ndarray:
    return betaincinv(mean * concentration, (1.0 - mean) * concentration, _GRID)


@lru_cache(maxsize=64)
def _frailty_table(variance: float) -> np.ndarray:
    return gammaincinv(1.0 / variance, _GRID) * variance


@kernel
def interpolate(table, uniform, out):
    """Fill ``out`` with quantiles between those in a table over ``_GRID``; beyond its ends the last one holds."""
    last = table.shape[0] - 1
    for p in range(out.shape[0]):
        place = min(max(uniform[p] * table.shape[0] - 0.5, 0.0), float(last))
        low = int(place)
        step = table[min(low + 1, last)] - table[low]
        out[p] = table[low] + step * (place - low)


def _look_up(table: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    out = np.empty(len(uniform))
    interpolate(table, uniform, out)
    return out


def beta(mean: float, concentration: float, uniform: np.ndarray) -> np.ndarray:
    """Give beta quantiles (mean 0-1, concentration a + b) through a table of 4,096 points."""
    return _look_up(_beta_table(mean, concentration), uniform)


def frailty(variance: float, uniform: np.ndarray) -> np.ndarray:
    """Give gamma quantiles with mean 1 through a table of 4,096 points; all 1 at variance 0."""
    if variance <= 0.0:
        return np.ones(len(uniform))
    return _look_up(_frailty_table(variance), uniform)


def add_cases(model, profiles: Profiles, keys: np.ndarray, weeks: np.ndarray) -> np.ndarray:
    """Add applicant households with their members and give their rows.

    keys: uint64 (n,), luck of each case. weeks: int (n,), the week of arrival (may lie before the start).
    """
    luck = luck_of(model.seed_value, 0)
    u = uniforms(luck, "arrival", keys)
    v = uniforms(luck, "family", keys)
    kind = pick(profiles.case_share, u[:, 0])
    origin = pick(profiles.origin_share, u[:, 1])
    p = 1.0 / profiles.children_mean
    children = 1 + np.floor(np.log(u[:, 2]) / np.log(1.0 - p)).astype(np.int64) if p < 1 else np.ones(len(keys), int)
    children = np.where(kind >= COUPLE_CHILDREN, np.minimum(children, MAX_CHILDREN), 0)
    adults = np.where((kind == COUPLE) | (kind == COUPLE_CHILDREN), 2, 1)
    size = adults + children

    homes = model.households
    rows = homes.add(len(keys))
    homes.key[rows] = keys
    homes.turn[rows] = turn(keys)
    homes.kind[rows] = kind
    homes.origin[rows] = origin
    homes.children[rows] = children
    homes.size[rows] = size
    homes.arrival_week[rows] = weeks
    homes.application_week[rows] = weeks
    homes.order_noise[rows] = ndtri(u[:, 3])
    homes.vulnerable[rows] = v[:, 0] < 0.1 * (1 + (kind >= COUPLE_CHILDREN))
    _add_members(model, profiles, rows, reunifying=False)
    return rows


def family_keys(keys: np.ndarray) -> np.ndarray:
    """Give the keys of the families abroad of referent households with these keys (uint64)."""
    return keys | (np.uint64(1) << np.uint64(46))


def family_order(keys: np.ndarray, seed: int) -> np.ndarray:
    """Give families abroad by key their departure from the order of decisions (standard normal)."""
    return ndtri(uniforms_once(luck_of(seed, 0), "family_order", keys))


def add_family_abroad(model, profiles: Profiles, referents: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Add the families that wait abroad for these referent households and give their rows.

    They wait from the permit on. Their luck is keyed on the referent, not on the order of permits.
    """
    homes = model.households
    keys = family_keys(homes.key[referents])
    rows = homes.add(len(referents))
    homes.key[rows] = keys
    homes.turn[rows] = turn(keys)
    homes.origin[rows] = homes.origin[referents]
    homes.size[rows] = sizes
    homes.referent[rows] = referents
    homes.application_week[rows] = homes.permit_week[referents]
    homes.kind[rows] = np.where(sizes > 1, LONE_PARENT, ALONE)
    homes.order_noise[rows] = family_order(keys, model.seed_value)
    homes.abroad[referents] += sizes
    _add_members(model, profiles, rows, reunifying=True)
    return rows


class Columns(NamedTuple):
    """Household columns."""

    key: np.ndarray
    turn: np.ndarray
    first_row: np.ndarray
    size: np.ndarray
    kind: np.ndarray
    origin: np.ndarray
    arrival_week: np.ndarray


class Members(NamedTuple):
    """Columns of people."""

    key: np.ndarray
    turn: np.ndarray
    household: np.ndarray
    origin: np.ndarray
    partner: np.ndarray
    woman: np.ndarray
    group: np.ndarray
    birth_week: np.ndarray
    education: np.ndarray
    skilled: np.ndarray
    diploma: np.ndarray
    unfit: np.ndarray
    exempt_drawn: np.ndarray
    subsidy_draw: np.ndarray
    centre_draw: np.ndarray
    care_until_week: np.ndarray
    arrival_week: np.ndarray
    application_week: np.ndarray


class Traits(NamedTuple):
    """Uniform numbers of new people, one for each, of which their traits are quantiles (float64)."""

    ability: np.ndarray
    readiness: np.ndarray
    digital_skill: np.ndarray
    trauma: np.ndarray
    motivation: np.ndarray
    capacity: np.ndarray
    complaint: np.ndarray


@kernel
def share_of(edges, uniform):
    """Give the index of the share in which a uniform number falls; edges: float64, the running sum of the shares."""
    k = 0
    while k < edges.shape[0] - 1 and uniform >= edges[k]:
        k += 1
    return k


@kernel
def is_woman(kind, member, adults, uniform, profiles):
    """Say whether a member of an applicant household is a woman or girl."""
    if member >= adults:
        return uniform < 0.5
    if adults == 2:
        return member == 1
    if kind == LONE_PARENT:
        return uniform < profiles.share_women_lone_parents
    return uniform >= profiles.share_men_alone


@kernel
def describe(new, c, members, reunifying, profiles, age_edges, education_edges, week, luck, traits):
    """Write who the members of new households are, and fill ``traits`` with their draws.

    new: int64, household rows; their members stand in the last rows of the table, in the same order. One parent cares
    until the youngest child turns ``CARE_AGE_WEEKS``. reunifying: they are families abroad, not applicants. age_edges,
    education_edges: float64, running sums of the shares of adults.
    """
    n = 0
    for i in new:
        kind, origin, start = int(c.kind[i]), int(c.origin[i]), c.arrival_week[i]
        pair = kind in (COUPLE, COUPLE_CHILDREN)
        adults = 2 if pair else 1
        parent, youngest = -1, NEVER
        for member in range(c.size[i]):
            j = c.first_row[i] + member
            key = c.key[i] + (np.uint64(member + 1) << np.uint64(48))
            sex, grown, place, years = draw_four(luck, PROFILE, key)
            school, ability, digital, pension = draw_four(luck, ABILITIES, key)
            motivation, capacity, trauma, complaint = draw_four(luck, MIND, key)
            readiness, skill, unfit, exempt = draw_four(luck, WORK, key)
            dropped, subsidy, centre, _ = draw_four(luck, MORE, key)

            teenager = kind == MINOR_ALONE and not reunifying
            if reunifying:
                minor = grown < profiles.share_minor_reunifiers
                woman = sex < 0.5 if minor else sex >= profiles.share_men_adult_reunifiers
                carer = not minor and woman and c.size[i] > adults
            else:
                minor = teenager or member >= adults
                woman = is_woman(kind, member, adults, sex, profiles)
                carer = not minor and kind >= COUPLE_CHILDREN and (woman or kind == LONE_PARENT)
            if teenager:
                age = 14.0 + 4.0 * place
            elif minor:
                age = 18.0 * place
            else:
                share = share_of(age_edges, place)
                age = AGES[share] + (AGES[share + 1] - AGES[share]) * years
                if pension < profiles.share_pension_age:
                    age = 67.0 + 15.0 * years
                if kind >= COUPLE:
                    age = max(age, 21.0)
            education = share_of(education_edges, school)
            if origin == 1 and education == 3 and dropped < profiles.horn_education_shift / 0.2:
                education = 1
            together = COUPLE if reunifying and kind == ALONE else kind  # who follows alone joins a partner
            household = min(max(together - 1, 0), 2)  # alone, couple, with children
            skilled = not minor and skill < profiles.skill_share[education]

            members.key[j] = key
            members.turn[j] = c.turn[i]
            members.household[j] = i
            members.origin[j] = origin
            if pair and member < adults:
                members.partner[j] = j + 1 if member == 0 else j - 1
            members.woman[j] = woman
            members.group[j] = ((int(woman) * 4 + education) * 3 + household) * 5 + origin
            members.birth_week[j] = int(np.rint((week if start == NEVER else start) - age * WEEKS_IN_YEAR))
            members.education[j] = education
            members.skilled[j] = skilled
            members.diploma[j] = Diploma.UNRECOGNISED if skilled else Diploma.NONE
            members.unfit[j] = not minor and unfit < profiles.share_unfit
            members.exempt_drawn[j] = exempt < profiles.share_exempt
            members.subsidy_draw[j] = subsidy
            members.centre_draw[j] = centre
            if carer and parent < 0:
                parent = j
            if minor and not teenager:
                youngest = max(youngest, members.birth_week[j])
            members.arrival_week[j] = start
            members.application_week[j] = start
            traits.ability[n], traits.readiness[n], traits.digital_skill[n] = ability, readiness, digital
            traits.motivation[n], traits.capacity[n] = motivation, capacity
            traits.trauma[n], traits.complaint[n] = trauma, complaint
            n += 1
        if parent >= 0 and youngest != NEVER:
            members.care_until_week[parent] = youngest + CARE_AGE_WEEKS


def _add_members(model, profiles: Profiles, rows: np.ndarray, reunifying: bool) -> None:
    """Add the members of new households (``rows``)."""
    homes, people = model.households, model.people
    size = homes.size[rows]
    total = int(size.sum())
    new = slice(people.n, people.n + total)
    homes.first_row[rows] = people.n + np.cumsum(size) - size
    people.add(total)
    u = Traits(*np.empty((len(Traits._fields), total)))
    describe(
        rows,
        homes.take(Columns),
        people.take(Members),
        reunifying,
        profiles,
        running_sum(profiles.adult_age_share),
        running_sum(profiles.education_share),
        model.week,
        luck_of(model.seed_value, 0),
        u,
    )
    skill = profiles.digital_skill_mean[people.education[new]] + profiles.digital_skill_spread * ndtri(u.digital_skill)
    people.digital_skill[new] = np.clip(skill, 0.0, 1.0)
    ability = np.exp(profiles.ability_log_mean + profiles.ability_log_sd * ndtri(u.ability))
    people.ability[new] = ability
    people.readiness[new] = frailty(profiles.readiness_variance, u.readiness) * ability**profiles.ability_exponent
    trauma = np.clip(profiles.trauma_mean[people.origin[new]] + 0.2 * ndtri(u.trauma), 0.0, 1.0)
    people.trauma[new] = trauma
    people.motivation_trait[new] = beta(profiles.motivation_at_arrival, profiles.motivation_concentration, u.motivation)
    people.capacity_trait[new] = beta(profiles.capacity_at_arrival, profiles.capacity_concentration, u.capacity)
    people.motivation[new] = people.motivation_trait[new]
    people.capacity[new] = people.capacity_trait[new]
    mean_trauma = float(profiles.origin_share @ profiles.trauma_mean)
    people.complaint_at_arrival[new] = u.complaint < profiles.complaint_share_at_arrival * trauma / mean_trauma
    people.complaint[new] = people.complaint_at_arrival[new]


def prepare(model, first_week: int, last_week: int) -> None:
    """Prepare the rows of all cases that will arrive from ``first_week`` up to (not including) ``last_week``."""
    profiles = model.timetable.rates(Profiles, 0)
    size = mean_case_size(profiles)
    weeks = range(first_week, last_week)
    expected = np.empty((len(weeks), len(KINDS)))
    draws = np.empty_like(expected)
    for place, week in enumerate(weeks):
        rates = model.timetable.rates(Rates, week)
        persons = [expected_persons(rates, kind, week % WEEKS_IN_YEAR) for kind in KINDS]
        expected[place] = np.array(persons) * model.scale / size
        draws[place] = uniforms(luck_of(model.seed_value, week), "arrival", np.array(KINDS, np.uint64))[:, 0]
    cases = poisson(expected, draws)
    keys = [case_keys(week, kind, cases[place, kind]) for place, week in enumerate(weeks) for kind in KINDS]
    rows = add_cases(model, profiles, np.concatenate(keys), np.repeat(weeks, cases.sum(axis=1)))
    model.expected_cases = dict(zip(weeks, np.split(rows, cases.sum(axis=1).cumsum()[:-1]), strict=True))


class Cases(NamedTuple):
    """Household columns of those who register."""

    key: np.ndarray
    first_row: np.ndarray
    size: np.ndarray
    legal: np.ndarray
    permit_week: np.ndarray
    housing: np.ndarray
    municipality: np.ndarray
    region: np.ndarray


class Applicants(NamedTuple):
    """Columns of people who register."""

    legal: np.ndarray
    permit_week: np.ndarray
    decision_week: np.ndarray
    housing: np.ndarray
    municipality: np.ndarray
    region: np.ndarray


@kernel
def register(cases, c, members, outside_share, place_edges, region_of, week, luck, counts):
    """Let ``cases`` register: resettled people have a permit, and part of the other entrants live with relatives.

    place_edges: float64, running sum of the municipalities' shares of the population, by which relatives live.
    counts: int64 (3,), persons by kind, added to.
    """
    for i in cases:
        kind = int(c.key[i] >> np.uint64(28)) & 15
        c.legal[i] = Legal.PERMIT if kind == RESETTLED else Legal.REGISTERING
        if kind == RESETTLED:
            c.permit_week[i] = week
        if kind == OTHER:
            outside, place, _, _ = draw_four(luck, OUTSIDE, c.key[i])
            if outside < outside_share:
                c.housing[i] = Housing.PRIVATE
                c.municipality[i] = share_of(place_edges, place)
                c.region[i] = region_of[c.municipality[i]]
        for j in range(c.first_row[i], c.first_row[i] + c.size[i]):
            members.legal[j] = c.legal[i]
            members.housing[j] = c.housing[i]
            members.municipality[j] = c.municipality[i]
            members.region[j] = c.region[i]
            if kind == RESETTLED:
                members.permit_week[j] = members.decision_week[j] = week
        counts[kind] += c.size[i]


def arrive(model) -> None:
    """Let the cases of this week register."""
    counts = np.zeros(len(KINDS), np.int64)
    register(
        model.expected_cases.pop(model.week, np.zeros(0, np.int64)),
        model.households.take(Cases),
        model.people.take(Applicants),
        model.timetable.rates(Rates, model.week).share_other_entrants_outside,
        model.population_edges,
        model.region_of,
        model.week,
        luck_of(model.seed_value, 0),
        counts,
    )
    for name, persons in zip(("arrived_first", "arrived_other", "arrived_resettled"), counts, strict=True):
        model.count(name, persons)
