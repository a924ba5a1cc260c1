"""Who knows whom: ties are made and lost.

Each adult is visited once in four weeks (a quarter of the people each week), so chances a week count four times.

    co-residents   made with coresident_chance at the same site, or in shared and transition homes of a municipality;
                   when one moves away the tie is lost, but a share coresident_kept stays, as a friend, among the
                   compatriots and friends
    compatriots    made with coethnic_chance among people of the same origin in the region, the less likely the more
                   one has; lost with coethnic_loss
    residents      made with native_chance_home when housed, native_chance_mixed in a start home,
                   native_chance_volunteering as a volunteer, meeting_events everywhere, all times 2 * welcome;
                   lost with native_loss and on leaving the region
    colleagues     made with coworker_chance at the same employer; lost with the job

Ties with volunteers are made by the volunteers' organisation, family ties are the household, and the tie with a case
manager follows from the municipality: see network.py. Partners are drawn by keyed luck from the list of the group.

Source: network.yaml.
"""

from typing import NamedTuple

import numpy as np

from abm.draws import decision, draw, draw_four
from abm.kernels import kernel
from abm.states import Activity, Housing, Legal, Work

CORESIDENT, KEPT, PARTNER = decision("tie_coresident"), decision("tie_kept"), decision("partner")
VISITS = 4.0  # weeks between two visits


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


class Ties(NamedTuple):
    """Slots of the stored layers (int32, rows x width); 0 is no one."""

    coresident: np.ndarray
    compatriot: np.ndarray
    native: np.ndarray
    colleague: np.ndarray


class Groups(NamedTuple):
    """Lists of people by place, by region and origin, and by employer: starts and members of each."""

    place_starts: np.ndarray
    place_members: np.ndarray
    place_of: np.ndarray
    compatriot_starts: np.ndarray
    compatriot_members: np.ndarray
    employer_starts: np.ndarray
    employer_members: np.ndarray


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


@kernel
def free_slot(slots, i):
    """Give the first free place among the slots of person ``i``, or -1."""
    for s in range(slots.shape[1]):
        if slots[i, s] == 0:
            return s
    return -1


@kernel
def has(slots, i, other):
    """Say whether person ``i`` has a tie with ``other`` already."""
    for s in range(slots.shape[1]):
        if slots[i, s] == other:
            return True
    return False


@kernel
def partner(starts, members, group, uniform):
    """Give a member of a group drawn by a uniform number, or 0 if the group is empty."""
    count = starts[group + 1] - starts[group]
    if count <= 0:
        return 0
    return members[starts[group] + min(int(uniform * count), count - 1)]


@kernel
def lose(slots, i, chance, uniform):
    """Lose each tie of ``i`` with ``chance``; one uniform number serves all slots (at most one tie a visit)."""
    if uniform < chance * slots.shape[1]:
        slots[i, int(uniform / chance)] = 0


@kernel
def native_chance(housing, volunteering, rates):
    """Give the chance in a week to get to know a resident of long standing."""
    chance = rates.meeting_events
    if housing == Housing.START_HOME:
        chance += rates.native_chance_mixed
    elif housing >= Housing.TRANSITION:
        chance += rates.native_chance_home
    if volunteering:
        chance += rates.native_chance_volunteering
    return chance * 2.0 * rates.welcome


@kernel
def change(rows, c, ties, groups, resident_starts, n_origins, rates, luck):
    """Make and lose ties of the adults in ``rows``; give the number of ties made.

    resident_starts: int64 (municipalities + 1,), numbers of the residents of each municipality (from 1).
    """
    made = 0
    for i in rows:
        key = c.key[i]
        place = groups.place_of[i]
        meet_near, meet_compatriot, meet_native, meet_colleague = draw_four(luck, CORESIDENT, key)
        lose_compatriot, lose_native, _, _ = draw_four(luck, KEPT, key)
        for s in range(ties.coresident.shape[1]):
            other = ties.coresident[i, s]
            if other != 0 and groups.place_of[other] != place:
                ties.coresident[i, s] = 0
                gone = c.legal[other] == Legal.LEFT
                kept = draw(luck, KEPT, key ^ c.key[other]) < rates.coresident_kept
                slot = free_slot(ties.compatriot, i)
                if kept and not gone and slot >= 0 and not has(ties.compatriot, i, other):
                    ties.compatriot[i, slot] = other
        if place >= 0 and meet_near < VISITS * rates.coresident_chance:
            slot = free_slot(ties.coresident, i)
            other = partner(groups.place_starts, groups.place_members, place, draw(luck, PARTNER, key))
            if slot >= 0 and other != 0 and other != i and not has(ties.coresident, i, other):
                ties.coresident[i, slot] = other
                made += 1
        lose(ties.compatriot, i, VISITS * rates.coethnic_loss, lose_compatriot)
        if c.region[i] >= 0 and meet_compatriot < VISITS * rates.coethnic_chance:
            filled = 0
            for s in range(ties.compatriot.shape[1]):
                if ties.compatriot[i, s] != 0:
                    filled += 1
            room = 1.0 - filled / ties.compatriot.shape[1]
            if meet_compatriot < VISITS * rates.coethnic_chance * room:
                group = c.region[i] * n_origins + c.origin[i]
                uniform = draw(luck, PARTNER, key ^ (np.uint64(1) << np.uint64(60)))
                other = partner(groups.compatriot_starts, groups.compatriot_members, group, uniform)
                slot = free_slot(ties.compatriot, i)
                if slot >= 0 and other != 0 and other != i and not has(ties.compatriot, i, other):
                    ties.compatriot[i, slot] = other
                    made += 1
        lose(ties.native, i, VISITS * rates.native_loss, lose_native)
        m = c.municipality[i]
        volunteering = (c.activity[i] & Activity.VOLUNTEERING) != 0
        if m >= 0 and meet_native < VISITS * native_chance(c.housing[i], volunteering, rates):
            slot = free_slot(ties.native, i)
            count = resident_starts[m + 1] - resident_starts[m]
            other = resident_starts[m] + int(draw(luck, PARTNER, key ^ (np.uint64(2) << np.uint64(60))) * count) + 1
            if slot >= 0 and not has(ties.native, i, other):
                ties.native[i, slot] = other
                made += 1
        if c.work[i] == Work.EMPLOYED_BASIC or c.work[i] == Work.EMPLOYED_MATCHED:
            for s in range(ties.colleague.shape[1]):
                other = ties.colleague[i, s]
                if other != 0 and c.employer[other] != c.employer[i]:
                    ties.colleague[i, s] = 0
            slot = free_slot(ties.colleague, i)
            if slot >= 0 and meet_colleague < VISITS * rates.coworker_chance:
                uniform = draw(luck, PARTNER, key ^ (np.uint64(3) << np.uint64(60)))
                other = partner(groups.employer_starts, groups.employer_members, c.employer[i], uniform)
                if other != 0 and other != i and not has(ties.colleague, i, other):
                    ties.colleague[i, slot] = other
                    made += 1
        else:
            for s in range(ties.colleague.shape[1]):
                ties.colleague[i, s] = 0
    return made


@kernel
def forget_region(rows, ties, move_week, housing, luck):
    """Lose the ties with residents of those who moved between regions of reception this visit; give the number."""
    lost = 0
    for i in rows:
        if housing[i] < Housing.TRANSITION and 0 <= luck.week - move_week[i] < VISITS:
            for s in range(ties.native.shape[1]):
                if ties.native[i, s] != 0:
                    ties.native[i, s] = 0
                    lost += 1
    return lost
