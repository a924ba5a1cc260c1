"""Who knows whom: ties are made and lost.

Chances a week count for all weeks until the next visit, eight or sixteen (visits.py).

    co-residents   made with coresident_chance at the same site, or in shared and transition homes of a municipality;
                   when one moves away the tie is lost, but a share coresident_kept stays, as a friend, among the
                   compatriots and friends
    compatriots    made with coethnic_chance among people of the same origin in the region, the less likely the more
                   one has; lost with coethnic_loss, and after a move to another region, where a share coresident_kept
                   of them (and of friends) stays
    residents      made with native_chance_home when housed, native_chance_mixed in a start home,
                   native_chance_volunteering as a volunteer, meeting_events everywhere, all times 2 * welcome;
                   in start homes in proportion to the other residents (1 - start_home_share_status_holders) and
                   to 1 + contact_by_form; lost with native_loss and on leaving the region
    colleagues     made with coworker_chance at the same employer; lost with the job

Who is here when the run starts knows people already (``begin``). Each place for a tie is filled with the chance that
the rules above have filled it in the t weeks since the person came to reception, or got a home:

    compatriots    g / (g + l) * (1 - exp(-(g + l) * t)), with g = coethnic_chance / places and l = coethnic_loss, in
                   reception plus (1 - coresident_kept) * moves a week
    residents      native_chance / l * (1 - exp(-l * t)) / places, up to 1, with l = native_loss; at home only
    co-residents   coresident_chance / l * (1 - exp(-l * t)) / places, up to 1, with l = 2 * moves a week: either of
                   the two can leave the site; in reception only

with moves a week = chance_relocation * relocation_multiplier. What was known before a move to a home is left out.

Ties with volunteers are made by the volunteers' organisation, family ties are the household, and the tie with a case
manager follows from the municipality: see network.py. Whom someone meets is drawn from the list of the group by the
number that let the two meet: u below a chance p is, as u / p, uniform again.

Source: network.yaml, building.yaml.
"""

from math import exp
from typing import NamedTuple

import numpy as np

from abm.draws import (
    LANE_LOSE_COMPATRIOT,
    LANE_LOSE_NATIVE,
    LANE_MEET_COLLEAGUE,
    LANE_MEET_COMPATRIOT,
    LANE_MEET_NATIVE,
    LANE_MEET_NEAR,
    decision,
    draw,
    draw_four,
)
from abm.kernels import allocating, inlined, kernel
from abm.states import Activity, Housing, Legal, Work

KEPT, BEGIN = decision("tie_kept"), decision("first_ties")


class Columns(NamedTuple):
    """Columns of people."""

    key: np.ndarray
    legal: np.ndarray
    housing: np.ndarray
    work: np.ndarray
    activity: np.ndarray
    origin: np.ndarray
    site: np.ndarray
    region: np.ndarray
    municipality: np.ndarray
    employer: np.ndarray


WRITES = ()


#: Which of the 16 slots of a person hold the ties of a stored layer: from, up to. Residents stand last.
CORESIDENT, COMPATRIOT, COLLEAGUE, NATIVE = (0, 4), (4, 10), (10, 12), (12, 16)


class Groups(NamedTuple):
    """Lists of people by place, by region and origin, and by employer: starts and members of each."""

    place_starts: np.ndarray
    place_members: np.ndarray
    place_of: np.ndarray
    compatriot_starts: np.ndarray
    compatriot_members: np.ndarray
    employer_starts: np.ndarray
    employer_members: np.ndarray


class GroupColumns(NamedTuple):
    """Columns of people that say who can meet whom."""

    housing: np.ndarray
    site: np.ndarray
    region: np.ndarray
    municipality: np.ndarray
    origin: np.ndarray
    employer: np.ndarray


class Rates(NamedTuple):
    """Parameters."""

    coresident_chance: float
    coresident_kept: float
    coethnic_chance: float
    coethnic_loss: float
    native_chance_home: float
    native_chance_mixed: float
    native_chance_volunteering: float
    meeting_events: float
    native_loss: float
    coworker_chance: float
    welcome: float
    start_home_share_status_holders: float
    start_home_share_of_contacts: float
    start_home_form: int
    contact_by_form: np.ndarray


class MoveRates(NamedTuple):
    """Parameters of moves between sites, which end ties."""

    chance_relocation: np.ndarray
    relocation_multiplier: float


@kernel
def number_groups(rows, c, place_of, place, compatriot, employer, n_sites, n_origins):
    """Number the groups in which the people in ``rows`` can meet (int32 by position); -1 for none.

    place: the reception site, or after the sites the municipality for those in shared, start and transition homes;
    written by row to ``place_of`` too.
    """
    for p in range(rows.shape[0]):
        i = rows[p]
        home = c.housing[i]
        where = -1
        if home < Housing.TRANSITION:
            where = c.site[i]
        elif home <= Housing.SHARED and c.municipality[i] >= 0:
            where = n_sites + c.municipality[i]
        place[p] = where
        place_of[i] = where
        compatriot[p] = c.region[i] * n_origins + c.origin[i] if c.region[i] >= 0 else -1
        employer[p] = c.employer[i] if c.employer[i] > 0 else -1


@inlined
def has_any(slots, i, layer):
    """Say whether person ``i`` has any tie in a layer."""
    found = np.uint32(0)
    for s in range(layer[0], layer[1]):
        found |= slots[i, s]
    return found != 0


@kernel
def add(slots, i, layer, other):
    """Make a tie of person ``i`` with ``other`` if both are someone and there is room; give 1 or 0."""
    free = -1
    for s in range(layer[0], layer[1]):
        if slots[i, s] == other:
            return 0
        if slots[i, s] == 0:
            free = s
    if free < 0 or other == 0 or other == i:
        return 0
    slots[i, free] = other
    return 1


@kernel
def free_share(slots, i, layer):
    """Give the share of the slots of person ``i`` in a layer that are free."""
    free = 0
    for s in range(layer[0], layer[1]):
        free += int(slots[i, s] == 0)
    return free / (layer[1] - layer[0])


@inlined
def part(i, place, c, slots, place_of, rates, luck):
    """End the ties of person ``i`` with co-residents who live elsewhere now; some are kept as friends."""
    for s in range(CORESIDENT[0], CORESIDENT[1]):
        other = slots[i, s]
        if other != 0 and place_of[other] != place:
            slots[i, s] = 0
            here = c.legal[other] != Legal.LEFT
            if here and draw(luck, KEPT, c.key[i] ^ c.key[other]) < rates.coresident_kept:
                add(slots, i, COMPATRIOT, other)


@kernel
def partner(starts, members, group, uniform):
    """Give a member of a group drawn by a uniform number, or 0 if the group is empty."""
    count = starts[group + 1] - starts[group]
    if count <= 0:
        return np.uint32(0)
    return members[starts[group] + min(int(uniform * count), count - 1)]


@kernel
def lose(slots, i, layer, chance, uniform):
    """Lose each tie of ``i`` in a layer with ``chance``; one uniform number serves all slots (at most one a visit)."""
    if uniform < chance * (layer[1] - layer[0]):
        slots[i, layer[0] + int(uniform / chance)] = 0


@kernel
def native_chance(housing, volunteering, rates):
    """Give the chance in a week to get to know a resident of long standing."""
    chance = rates.meeting_events
    if housing == Housing.START_HOME:
        others = (1.0 - rates.start_home_share_status_holders) / (1.0 - rates.start_home_share_of_contacts)
        chance += rates.native_chance_mixed * others * (1.0 + rates.contact_by_form[rates.start_home_form])
    elif housing >= Housing.TRANSITION:
        chance += rates.native_chance_home
    if volunteering:
        chance += rates.native_chance_volunteering
    return chance * 2.0 * rates.welcome


@allocating
def change(rows, c, slots, groups, resident_starts, n_origins, weeks, rates, lanes, luck):
    """Make and lose ties of the adults in ``rows`` in ``weeks`` weeks (by position); give the number of ties made.

    slots: uint32 (rows, 16), changed in place. resident_starts: int64 (municipalities + 1,), numbers of the residents
    of each municipality (from 1). lanes: draws by position (``draws.VISIT_LANES``).
    """
    native = np.zeros((9, 2))
    for home in range(9):
        native[home, 0] = native_chance(home, False, rates)
        native[home, 1] = native_chance(home, True, rates)
    return _change(rows, c, slots, groups, resident_starts, n_origins, weeks, native, rates, lanes, luck)


@kernel
def _change(rows, c, slots, groups, resident_starts, n_origins, weeks, native, rates, lanes, luck):
    made = 0
    meet_near, meet_compatriot, meet_native, meet_colleague, lose_compatriot, lose_native = (
        lanes[LANE_MEET_NEAR],
        lanes[LANE_MEET_COMPATRIOT],
        lanes[LANE_MEET_NATIVE],
        lanes[LANE_MEET_COLLEAGUE],
        lanes[LANE_LOSE_COMPATRIOT],
        lanes[LANE_LOSE_NATIVE],
    )
    for p in range(rows.shape[0]):
        i = rows[p]
        w = weeks[p]
        place = groups.place_of[i]
        if has_any(slots, i, CORESIDENT):
            part(i, place, c, slots, groups.place_of, rates, luck)
        u, chance = np.float64(meet_near[p]), min(w * rates.coresident_chance, 1.0)
        if u < chance and place >= 0:
            made += add(slots, i, CORESIDENT, partner(groups.place_starts, groups.place_members, place, u / chance))
        lose(slots, i, COMPATRIOT, w * rates.coethnic_loss, np.float64(lose_compatriot[p]))
        u, chance = np.float64(meet_compatriot[p]), min(w * rates.coethnic_chance, 1.0)
        if u < chance and c.region[i] >= 0:
            chance *= free_share(slots, i, COMPATRIOT)
            if u < chance:
                group = c.region[i] * n_origins + c.origin[i]
                other = partner(groups.compatriot_starts, groups.compatriot_members, group, u / chance)
                made += add(slots, i, COMPATRIOT, other)
        lose(slots, i, NATIVE, w * rates.native_loss, np.float64(lose_native[p]))
        volunteering = int((c.activity[i] & Activity.VOLUNTEERING) != 0)
        u, chance = np.float64(meet_native[p]), min(w * native[c.housing[i], volunteering], 1.0)
        if u < chance and c.municipality[i] >= 0:
            m = c.municipality[i]
            count = resident_starts[m + 1] - resident_starts[m]
            made += add(slots, i, NATIVE, np.uint32(resident_starts[m] + int(u / chance * count) + 1))
        employed = c.work[i] == Work.EMPLOYED_BASIC or c.work[i] == Work.EMPLOYED_MATCHED
        if has_any(slots, i, COLLEAGUE):
            for s in range(COLLEAGUE[0], COLLEAGUE[1]):
                other = slots[i, s]
                if not employed or (other != 0 and c.employer[other] != c.employer[i]):
                    slots[i, s] = 0
        u, chance = np.float64(meet_colleague[p]), min(w * rates.coworker_chance, 1.0)
        if employed and u < chance:
            other = partner(groups.employer_starts, groups.employer_members, c.employer[i], u / chance)
            made += add(slots, i, COLLEAGUE, other)
    return made


@kernel
def forget_region(rows, c, slots, move_week, since, rates, luck):
    """Lose ties with people of the region that was left, of those who moved since the last visit; give the number.

    since: weeks since that visit, by position. Ties with residents are lost when moved between sites; of those with
    compatriots and friends who now live in another region a share ``coresident_kept`` stays.
    """
    lost = 0
    for p in range(rows.shape[0]):
        i = rows[p]
        if luck.week - move_week[i] >= since[p] or move_week[i] < 0:
            continue
        for s in range(COMPATRIOT[0], COMPATRIOT[1]):
            other = slots[i, s]
            if other != 0 and c.region[other] != c.region[i]:
                if draw(luck, KEPT, c.key[i] ^ c.key[other]) >= rates.coresident_kept:
                    slots[i, s] = 0
                    lost += 1
        if c.housing[i] < Housing.TRANSITION:
            for s in range(NATIVE[0], NATIVE[1]):
                if slots[i, s] != 0:
                    slots[i, s] = 0
                    lost += 1
    return lost


@kernel
def grown(gain, loss, weeks):
    """Give how much there is after ``weeks`` weeks of what grows by ``gain`` a week and of which a share is lost."""
    return gain * weeks if loss <= 0.0 else gain / loss * (1.0 - exp(-loss * weeks))


@kernel
def filled_at_start(housing, weeks, rates, moves):
    """Give the chances that a place for a co-resident, a compatriot and a resident is filled after ``weeks`` weeks.

    weeks: since the person came to reception, or got a home.
    """
    places = COMPATRIOT[1] - COMPATRIOT[0]
    meets = rates.coethnic_chance / places
    if housing < Housing.TRANSITION:
        move = moves.chance_relocation[housing] * moves.relocation_multiplier
        near = grown(rates.coresident_chance, 2.0 * move, weeks) / (CORESIDENT[1] - CORESIDENT[0])
        compatriot = grown(meets, meets + rates.coethnic_loss + (1.0 - rates.coresident_kept) * move, weeks)
        return min(near, 1.0), compatriot, 0.0
    native = grown(native_chance(housing, False, rates), rates.native_loss, weeks) / (NATIVE[1] - NATIVE[0])
    return 0.0, grown(meets, meets + rates.coethnic_loss, weeks), min(native, 1.0)


@kernel
def begin(rows, c, slots, groups, resident_starts, n_origins, weeks, rates, moves, luck):
    """Give the adults in ``rows`` the ties they had before the run starts; give the number.

    weeks: float64 by position, since they came to reception or got a home.
    """
    made = 0
    for p in range(rows.shape[0]):
        i = rows[p]
        near, compatriot, native = filled_at_start(c.housing[i], weeks[p], rates, moves)
        for s in range(NATIVE[1]):
            u, v, _, _ = draw_four(luck, BEGIN, c.key[i] ^ (np.uint64(s) << np.uint64(60)))
            if s < CORESIDENT[1]:
                if u < near and groups.place_of[i] >= 0:
                    other = partner(groups.place_starts, groups.place_members, groups.place_of[i], v)
                    made += add(slots, i, CORESIDENT, other)
            elif s < COMPATRIOT[1]:
                if u < compatriot and c.region[i] >= 0:
                    group = c.region[i] * n_origins + c.origin[i]
                    other = partner(groups.compatriot_starts, groups.compatriot_members, group, v)
                    made += add(slots, i, COMPATRIOT, other)
            elif s >= NATIVE[0] and u < native and c.municipality[i] >= 0:
                m = c.municipality[i]
                count = resident_starts[m + 1] - resident_starts[m]
                made += add(slots, i, NATIVE, np.uint32(resident_starts[m] + int(v * count) + 1))
    return made
