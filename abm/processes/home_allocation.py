"""Who gets the next home: households are housed within the offer of their municipality.

What limits housing is the offer: each week a municipality takes ``offers`` persons (its task and arrears over the
half-year times its effort; institutions/municipality.py). Within the offer, the household with the highest score is
served first, once a home can have been found, viewed and furnished: from ``home_search_weeks`` after coupling on, times
a factor between 0.5 and 1.5 that differs between households. A start home that stands free need not be found: for it
``start_home_ready_weeks`` take the place of the search.

    score = task_weight * need of the municipality + waiting_weight * max(weeks since permit - housing_term_weeks, 0)
            + registration_weight * years registered + job_in_region_weight * [has a job]
            + vulnerable_weight * [vulnerable] + order_noise * noise
            + municipal_lodging_weight * [the municipality pays for the hotel of this family]
    noise: uniform from -1 to 1, kept for life

and gets the first of these that exists:

    1. the home of the family member who waits for it, if that home fits, or a start home that can be joined to it
       (``mergeable_share``): at once, whatever the offer (it counts for the task, so it lowers what is offered to
       others)
    2. a start home, for one or two persons whom ``start_home_entry`` admits, before they have searched for another: it
       is the bridge between reception and a regular home (S2 Doorstroom naar (opstart)woningen). Start homes are built
       for this, so they are let beyond the offer (they count for the task like any other). Who joins someone, but not
       in one home, has this as the last choice
    3. a place in a shared home, for people alone who accept it (not if they are vulnerable and wait for family)
    4. the smallest free corporation dwelling that is large enough, if the household may have it (``access``);
       homes for six and more from the whole country under ``large_home_pool``
    5. a place at a transition location.

A household may have a dwelling where the municipality gives priority, after ``registration_years`` or by lottery (each
week in which one stands free for it within the offer, with chance ``lottery_share`` / 52); without priority also under
the rules that do not name status: people alone in small dwellings (``alone_keep_priority``), families
(``family_priority``), and lettings reserved for institutions (``quota``).

Offers, dwellings, shared homes and places are capacities by area that carry fractions over. An area is a municipality;
in a run at a small scale small neighbours pool theirs (``municipality.areas``), or homes would be lost in fractions.
Under ``regional_pool`` a household whose own municipality has no offer, priority or home is housed by the municipality
of the region with the greatest need that has them, and belongs there from then on. A family that follows and does not
fit in the home of its referent is given one home together with the referent, who gives up the other. After
``recoupling_weeks`` in the municipality of the referent it is housed as under ``regional_pool``, and the referent moves
along: within the region, where a job can be kept.

Source: housing.yaml, building.yaml. Equation: score and allocation within offers; the weights are assumptions.
"""

from typing import NamedTuple

import numpy as np

from abm.draws import decision, draw, draw_four_once, draw_once
from abm.kernels import allocating, inlined, kernel
from abm.processes.home_search import (
    LARGE,
    SMALL,
    in_region,
    may_enter_start_home,
    municipality_pays,
    neediest,
    offered,
    registered_years,
    size_class,
    smallest_free,
)
from abm.queues import in_order
from abm.states import Housing, Legal, Work

ORDER, TYPE, FIT, LOTTERY, MERGE = (
    decision("housing_order"),
    decision("housing_type"),
    decision("fit"),
    decision("vacancy"),
    decision("merge_home"),
)

JOINED, SOCIAL, SHARED, START, TRANSITION, NOTHING = range(6)
REFUSED, PRIORITY, QUOTA = range(3)  # whether a household may have a dwelling, and on what ground
ALONE_KINDS = 1  # household kinds up to this one are people alone
FAMILY_KINDS = 3  # household kinds from this one on have children
NOTHING_RESERVED = np.zeros(0)


class Columns(NamedTuple):
    """Household columns."""

    key: np.ndarray
    first_row: np.ndarray
    size: np.ndarray
    kind: np.ndarray
    legal: np.ndarray
    housing: np.ndarray
    referent: np.ndarray
    abroad: np.ndarray
    vulnerable: np.ndarray
    permit_week: np.ndarray
    arrival_week: np.ndarray
    region: np.ndarray
    municipality: np.ndarray
    site: np.ndarray
    coupled_week: np.ndarray
    housed_week: np.ndarray
    registration_week: np.ndarray
    home_size: np.ndarray
    home_week: np.ndarray
    moving_on: np.ndarray


class Members(NamedTuple):
    """Columns of people."""

    housing: np.ndarray
    site: np.ndarray
    region: np.ndarray
    municipality: np.ndarray
    work: np.ndarray
    housed_week: np.ndarray
    move_week: np.ndarray
    guided_until: np.ndarray


WRITES = (
    "housing",
    "region",
    "municipality",
    "site",
    "housed_week",
    "registration_week",
    "home_size",
    "home_week",
    "moving_on",
)


class Rates(NamedTuple):
    """Parameters."""

    home_search_weeks: float
    start_home_ready_weeks: float
    task_weight: float
    waiting_weight: float
    registration_weight: float
    job_in_region_weight: float
    vulnerable_weight: float
    order_noise: float
    lottery_share: float
    share_shared_housing: float
    share_referent_home_fits: float
    guidance_weeks: float
    guidance_clock: int
    registration_from: int
    housing_term_weeks: float
    alone_keep_priority: bool
    family_priority: bool
    large_home_pool: bool
    regional_pool: bool
    recoupling_weeks: int
    start_home_entry: int
    mergeable_share: float
    hotel_scheme_on: bool
    hotel_scheme_weeks: int
    municipal_lodging_weight: float


class Supply(NamedTuple):
    """What municipalities have this week (float64, changed in place)."""

    offers: np.ndarray  # persons (areas,)
    dwellings: np.ndarray  # corporation dwellings for new status holders (areas, home sizes)
    shared: np.ndarray  # places in shared homes (areas,)
    start_homes: np.ndarray  # homes that stand free (areas,)
    lent: np.ndarray  # start homes that no status holder needed, let to others (areas,)
    transition: np.ndarray  # places (areas,)
    area_of: np.ndarray  # int64 (municipalities,)
    need: np.ndarray  # 0-1, share of the task still open (municipalities,)
    priority: np.ndarray  # bool (municipalities,)
    registration_years: np.ndarray  # years for a regular letting (municipalities,)
    region_of: np.ndarray  # int64 (municipalities,)
    quota: np.ndarray = NOTHING_RESERVED  # lettings reserved without naming status (areas,); empty is none


@inlined
def score(weeks_waited, years_registered, has_job, vulnerable, need, noise, rates):
    """Give the place in line of a household: higher is served first."""
    return (
        rates.task_weight * need
        + rates.waiting_weight * max(weeks_waited - rates.housing_term_weeks, 0.0)
        + rates.registration_weight * years_registered
        + (rates.job_in_region_weight if has_job else 0.0)
        + (rates.vulnerable_weight if vulnerable else 0.0)
        + rates.order_noise * noise
    )


@kernel
def house(i, how, c, members, m, region, rates, luck):
    """Write that household ``i`` moves into a home of kind ``how`` in municipality ``m``."""
    from_reception = c.housing[i] < Housing.TRANSITION
    c.housing[i] = how
    c.region[i] = region
    c.site[i] = -1
    c.home_week[i] = luck.week
    c.moving_on[i] = False
    first_home = c.housed_week[i] < -5000
    if first_home:
        c.housed_week[i] = luck.week
    counts = how >= Housing.SHARED or rates.registration_from == 0 or (rates.registration_from == 1)
    if c.registration_week[i] < -5000 and counts and how != Housing.TRANSITION:
        c.registration_week[i] = luck.week
    for j in range(c.first_row[i], c.first_row[i] + c.size[i]):
        members.housing[j] = how
        members.site[j] = -1
        members.region[j] = region
        members.move_week[j] = luck.week
        if first_home:
            members.housed_week[j] = luck.week
        clock_runs = rates.guidance_clock == 0 or how != Housing.TRANSITION
        if clock_runs and (members.guided_until[j] < -5000 or from_reception):
            members.guided_until[j] = luck.week + rates.guidance_weeks


@kernel
def employed(i, c, members):
    """Say whether anybody of household ``i`` has a job."""
    for j in range(c.first_row[i], c.first_row[i] + c.size[i]):
        if members.work[j] == Work.EMPLOYED_BASIC or members.work[j] == Work.EMPLOYED_MATCHED:
            return True
    return False


@kernel
def access(i, m, alone, dwelling, c, supply, rates, luck):
    """Say on what ground household ``i`` may have a dwelling of a size class in ``m``: PRIORITY, QUOTA or REFUSED."""
    if supply.priority[m] or registered_years(i, c, luck.week) >= supply.registration_years[m]:
        return PRIORITY
    if draw(luck, LOTTERY, c.key[i]) < rates.lottery_share / 52.0:
        return PRIORITY
    if rates.alone_keep_priority and alone and dwelling <= SMALL:
        return PRIORITY
    if rates.family_priority and c.kind[i] >= FAMILY_KINDS:
        return PRIORITY
    area = supply.area_of[m]
    return QUOTA if area < supply.quota.shape[0] and supply.quota[area] >= 1.0 else REFUSED


@kernel
def belong(i, m, c, members):
    """Write that household ``i`` belongs to municipality ``m`` from now on."""
    c.municipality[i] = m
    for j in range(c.first_row[i], c.first_row[i] + c.size[i]):
        members.municipality[j] = m


@kernel
def free_start_home(i, area, c, members, supply, rates):
    """Say whether a start home stands free in an area that household ``i`` may enter."""
    if supply.start_homes[area] < 1.0 or c.size[i] > 2:
        return False
    return may_enter_start_home(rates.start_home_entry, employed(i, c, members), c.vulnerable[i])


@kernel
def bridge(i, area, c, members, supply, rates):
    """Say whether household ``i``, which joins nobody, can go to a start home first."""
    alone = c.referent[i] <= 0 or c.legal[c.referent[i]] == Legal.LEFT
    return alone and free_start_home(i, area, c, members, supply, rates)


@allocating
def allocate(queue, c, members, supply, rates, luck, counts):
    """House the households in ``queue`` (rows in reception, coupled) within supply; give the persons housed.

    counts: int64 (6,), adds persons by JOINED, SOCIAL, SHARED, START, TRANSITION; the last counts dwellings let.
    """
    n = 0
    line = np.empty(queue.shape[0], np.int64)
    areas = np.empty(queue.shape[0], np.int64)  # of those in line: most find no offer there and are not read again
    follows = np.empty(queue.shape[0], np.bool_)
    searched = np.empty(queue.shape[0], np.bool_)
    order = np.empty(queue.shape[0])
    for i in queue:
        m = c.municipality[i]
        area = supply.area_of[m]
        join = joins(i, c.referent[i], c, supply, rates, luck)
        if not join and supply.start_homes[area] < 1.0 and not offered(m, in_region(i, c, luck.week, rates), supply):
            continue
        weeks = luck.week - c.coupled_week[i]
        if not join and supply.start_homes[area] < 1.0 and weeks < rates.home_search_weeks * 0.5:
            continue  # too early, whatever their pace
        tie, pace, _, _ = draw_four_once(luck, ORDER, c.key[i])
        found = join or weeks >= rates.home_search_weeks * (0.5 + pace)
        if not found:
            if weeks < rates.start_home_ready_weeks * (0.5 + pace) or not bridge(i, area, c, members, supply, rates):
                continue
        points = score(
            float(luck.week - c.permit_week[i]),
            registered_years(i, c, luck.week),
            rates.job_in_region_weight != 0.0 and employed(i, c, members),
            c.vulnerable[i],
            supply.need[m],
            2.0 * tie - 1.0,
            rates,
        )
        if municipality_pays(i, c, luck.week, rates):
            points += rates.municipal_lodging_weight
        line[n] = i
        areas[n] = area
        follows[n] = c.referent[i] > 0
        searched[n] = found
        order[n] = -points
        n += 1
    housed = 0
    for k in in_order(order[:n]):
        own = areas[k]
        if not follows[k] and supply.offers[own] <= 0.0 and supply.start_homes[own] < 1.0 and not rates.regional_pool:
            continue
        i = line[k]
        m = int(c.municipality[i])
        size = int(c.size[i])
        referent = int(c.referent[i])
        how = NOTHING
        together = size
        if joins(i, referent, c, supply, rates, luck):
            how = JOINED
        elif referent > 0 and c.legal[referent] != Legal.LEFT:
            if c.housing[referent] < Housing.TRANSITION:
                continue  # housed together with the referent, when the referent's turn comes
            together = size + int(c.size[referent])
        if how == NOTHING and bridge(i, own, c, members, supply, rates):
            how = START
        if how == NOTHING and not searched[k]:
            continue
        needed = size_class(together)
        if how == NOTHING and in_region(i, c, luck.week, rates):
            if supply.offers[own] <= 0.0 or not supply.priority[m] or smallest_free(supply.dwellings[own], needed) < 0:
                other = neediest(m, -1, True, needed, supply)
                m = other if other >= 0 else m
        area = supply.area_of[m]
        within_offer = supply.offers[area] > 0.0
        alone = c.kind[i] <= ALONE_KINDS and size == 1 and referent == 0
        willing = alone and (c.abroad[i] == 0 or c.vulnerable[i] == 0)
        if how == NOTHING and within_offer and willing and supply.shared[area] >= 1.0:
            if draw_once(luck, TYPE, c.key[i]) < rates.share_shared_housing:
                how = SHARED
        if how == NOTHING and within_offer:
            wanted = smallest_free(supply.dwellings[area], needed)
            if wanted < 0 and needed == LARGE and rates.large_home_pool:
                place = np.argmax(supply.dwellings[:, LARGE])
                if supply.dwellings[place, LARGE] >= 1.0:
                    m, area, wanted = neediest(m, place, False, LARGE, supply), place, LARGE
            ground = access(i, m, alone, wanted, c, supply, rates, luck) if wanted >= 0 else REFUSED
            if ground != REFUSED:
                supply.dwellings[area, wanted] -= 1.0
                if ground == QUOTA:
                    supply.quota[area] -= 1.0
                c.home_size[i] = wanted
                how = SOCIAL
        if how == NOTHING and free_start_home(i, area, c, members, supply, rates):
            how = START
        if how == NOTHING and within_offer and supply.transition[area] >= size:
            how = TRANSITION
        if how == NOTHING:
            continue
        region = supply.region_of[m]
        if how == JOINED:
            if c.housing[referent] == Housing.START_HOME:
                supply.start_homes[area] -= 1.0
            house(i, c.housing[referent], c, members, m, region, rates, luck)
            c.home_size[i] = c.home_size[referent]
        elif how == SOCIAL:
            counts[5] += 1
            house(i, Housing.SOCIAL, c, members, m, region, rates, luck)
            if together > size:
                leave_place(referent, c, supply)
                c.home_size[referent] = c.home_size[i]
                house(referent, Housing.SOCIAL, c, members, m, region, rates, luck)
                if m != c.municipality[i]:
                    belong(referent, m, c, members)
        elif how == SHARED:
            supply.shared[area] -= 1.0
            house(i, Housing.SHARED, c, members, m, region, rates, luck)
        elif how == START:
            supply.start_homes[area] -= 1.0
            house(i, Housing.START_HOME, c, members, m, region, rates, luck)
        else:
            supply.transition[area] -= size
            house(i, Housing.TRANSITION, c, members, m, region, rates, luck)
        if m != c.municipality[i]:
            belong(i, m, c, members)
        counts[how] += size
        if how != START:
            supply.offers[area] -= size
        housed += size
    return housed


@kernel
def joins(i, referent, c, supply, rates, luck):
    """Say whether family ``i`` can move in with its referent, in a home that fits or a start home that is enlarged."""
    if referent <= 0 or c.legal[referent] == Legal.LEFT:
        return False
    home = c.housing[referent]
    if Housing.SOCIAL <= home <= Housing.PRIVATE:
        return draw_once(luck, FIT, c.key[i]) < rates.share_referent_home_fits
    if home == Housing.START_HOME and c.municipality[referent] == c.municipality[i]:
        if supply.start_homes[supply.area_of[c.municipality[i]]] >= 1.0:
            return draw_once(luck, MERGE, c.key[i]) < rates.mergeable_share
    return False


@kernel
def leave_place(i, c, supply):
    """Give back the shared, start or transition place of a household that moves on."""
    m = c.municipality[i]
    if m < 0:
        return
    area = supply.area_of[m]
    if c.housing[i] == Housing.SHARED:
        supply.shared[area] += c.size[i]
    elif c.housing[i] == Housing.START_HOME:
        supply.start_homes[area] += 1.0
    elif c.housing[i] == Housing.TRANSITION:
        supply.transition[area] += c.size[i]
