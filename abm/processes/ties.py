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
def free_slot(slots):
    """Give the first free place in a person's slots, or -1."""
    for s in range(slots.shape[0]):
        if slots[s] == 0:
            return s
    return -1


@kernel
def has(slots, other):
    """Say whether a tie exists already."""
    for s in range(slots.shape[0]):
        if slots[s] == other:
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
def lose(slots, chance, uniform):
    """Lose each tie with ``chance``; one uniform number serves all slots (at most one tie is lost a visit)."""
    lost = int(uniform / chance) if chance > 0.0 else slots.shape[0]
    if lost < slots.shape[0]:
        slots[lost] = 0


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
        near = ties.coresident[i]
        friends = ties.compatriot[i]
        for s in range(near.shape[0]):
            other = near[s]
            if other != 0 and groups.place_of[other] != place:
                near[s] = 0
                gone = c.legal[other] == Legal.LEFT
                kept = draw(luck, KEPT, key ^ c.key[other]) < rates.coresident_kept
                slot = free_slot(friends)
                if kept and not gone and slot >= 0 and not has(friends, other):
                    friends[slot] = other
        slot = free_slot(near)
        if place >= 0 and slot >= 0 and meet_near < VISITS * rates.coresident_chance:
            other = partner(groups.place_starts, groups.place_members, place, draw(luck, PARTNER, key))
            if other != 0 and other != i and not has(near, other):
                near[slot] = other
                made += 1
        lose(friends, VISITS * rates.coethnic_loss, lose_compatriot)
        filled = 0
        for s in range(friends.shape[0]):
            if friends[s] != 0:
                filled += 1
        room = 1.0 - filled / friends.shape[0]
        if c.region[i] >= 0 and meet_compatriot < VISITS * rates.coethnic_chance * room:
            group = c.region[i] * n_origins + c.origin[i]
            other = partner(
                groups.compatriot_starts,
                groups.compatriot_members,
                group,
                draw(luck, PARTNER, key ^ (np.uint64(1) << np.uint64(60))),
            )
            slot = free_slot(friends)
            if slot >= 0 and other != 0 and other != i and not has(friends, other):
                friends[slot] = other
                made += 1
        residents = ties.native[i]
        m = c.municipality[i]
        lose(residents, VISITS * rates.native_loss, lose_native)
        if m >= 0:
            volunteering = (c.activity[i] & Activity.VOLUNTEERING) != 0
            slot = free_slot(residents)
            if slot >= 0 and meet_native < VISITS * native_chance(c.housing[i], volunteering, rates):
                count = resident_starts[m + 1] - resident_starts[m]
                other = resident_starts[m] + int(draw(luck, PARTNER, key ^ (np.uint64(2) << np.uint64(60))) * count) + 1
                if not has(residents, other):
                    residents[slot] = other
                    made += 1
        mates = ties.colleague[i]
        employed = c.work[i] == Work.EMPLOYED_BASIC or c.work[i] == Work.EMPLOYED_MATCHED
        if not employed:
            mates[:] = 0
        else:
            for s in range(mates.shape[0]):
                if mates[s] != 0 and c.employer[mates[s]] != c.employer[i]:
                    mates[s] = 0
            slot = free_slot(mates)
            if slot >= 0 and meet_colleague < VISITS * rates.coworker_chance:
                other = partner(
                    groups.employer_starts,
                    groups.employer_members,
                    c.employer[i],
                    draw(luck, PARTNER, key ^ (np.uint64(3) << np.uint64(60))),
                )
                if other != 0 and other != i and not has(mates, other):
                    mates[slot] = other
                    made += 1
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
