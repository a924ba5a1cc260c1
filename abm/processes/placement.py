"""Reception: who lives at which site, and who has to move.

New arrivals and people who move take a free regular place (those who move, with ``region_lock`` on, in their own region
as far as it has one, else in a region drawn by its free places; permit holders who are coupled are placed in the region
of their municipality with chance ``share_regional_placement``); if no regular place is free, permit holders go
elsewhere (hotel, host family) while there are such places, and all others to emergency reception. COA
(institutions/coa.py) sets the places.

    chance of a move in a week = chance_relocation[type of site] * relocation_multiplier,
    and where a site is over its places: persons over / persons there

Permit holders are also moved to free places elsewhere (hotels, municipal lodging) with ``chance_to_hotel`` a week, and
families that follow go there at once under the hotel scheme of 2026 (``hotel_scheme_on``).

Guests of host families (guests.py) live elsewhere too and are not moved.

Emergency reception is opened on the spot when nothing else is free (``crisis`` counts the persons), so nobody sleeps
outside in the model; people who did in 2022 were not registered anywhere.
All who move leave their place first; then arrivals and movers are placed in the order of a draw of their own. A move
breaks courses, jobs and ties: other processes see ``move_week``.

Source: reception.yaml (chance_relocation: about five moves a stay).
"""

from typing import NamedTuple

import numpy as np

from abm.draws import LANE_RELOCATION, LANE_SITE, decision, draw
from abm.kernels import allocating, kernel
from abm.queues import in_order, pick_weighted
from abm.states import Housing, Legal

SITE, REGION = decision("site"), decision("coupling_region")


class Columns(NamedTuple):
    """Household columns."""

    key: np.ndarray
    first_row: np.ndarray
    size: np.ndarray
    legal: np.ndarray
    housing: np.ndarray
    referent: np.ndarray
    site: np.ndarray
    region: np.ndarray
    municipality: np.ndarray
    guest: np.ndarray


class Members(NamedTuple):
    """Columns of people."""

    housing: np.ndarray
    site: np.ndarray
    region: np.ndarray
    moves: np.ndarray
    move_week: np.ndarray


WRITES = ("housing", "site", "region")


class Rates(NamedTuple):
    """Parameters."""

    chance_relocation: np.ndarray
    relocation_multiplier: float
    region_lock: bool
    share_regional_placement: float
    hotel_scheme_on: bool
    chance_to_hotel: float


@kernel
def find_site(free, region, needed, uniform):
    """Give a site of one type with at least ``needed`` free places: in ``region`` if given (>= 0) or drawn; else -1.

    free: float64 (regions,), free places by region of one type; a region is drawn in proportion to them.
    """
    if region >= 0:
        return region if free[region] >= needed else -1
    total = 0.0
    for r in range(free.shape[0]):
        total += free[r] if free[r] >= needed else 0.0  # adding nothing costs less than a branch
    if total == 0.0:
        return -1
    target = uniform * total
    last = -1
    for r in range(free.shape[0]):
        if free[r] >= needed:
            target -= free[r]
            last = r
            if target < 0.0:
                break
    return last


@kernel
def occupancy(cases, c, there):
    """Count the persons at each site: ``there`` (float64, types x regions) is filled."""
    n_regions = there.shape[1]
    there[:] = 0.0
    for i in cases:
        if c.site[i] >= 0:
            there[c.site[i] // n_regions, c.site[i] % n_regions] += c.size[i]


@allocating
def choose_movers(cases, c, there, free, rates, lanes, chosen):
    """Choose the households that arrive or have to move; give their number.

    chosen: int64, filled with positions in ``cases``. Others as in ``place``. It reads only the state of the start of
    the week, so the order of households does not matter.
    """
    n_regions = free.shape[1]
    room_elsewhere = 0.0
    for r in range(n_regions):
        room_elsewhere += max(free[Housing.ELSEWHERE, r], 0.0)
    chances = np.empty(free.shape)
    for kind in range(free.shape[0]):
        for r in range(n_regions):
            over = min(-free[kind, r] / there[kind, r], 1.0) if free[kind, r] < 0.0 else 0.0
            chances[kind, r] = rates.chance_relocation[kind] * rates.relocation_multiplier + over
    by_site = chances.ravel()
    lane = lanes[LANE_RELOCATION]
    n = 0
    for p in range(cases.shape[0]):
        i = cases[p]
        site = c.site[i]
        if site >= 0:
            chance = by_site[site]
            if np.float64(lane[p]) >= chance + rates.chance_to_hotel:  # most stay whatever their legal state
                continue
            if wants_hotel(c.legal[i], site // n_regions) and room_elsewhere >= c.size[i]:
                chance += rates.chance_to_hotel
            if np.float64(lane[p]) >= chance:
                continue
        if c.guest[i] or (c.housing[i] >= Housing.TRANSITION and c.housing[i] != Housing.NONE):
            continue
        chosen[n] = p
        n += 1
    return n


@kernel
def wants_hotel(legal, kind):
    """Say whether people with this legal state, who live at this type of site, are moved to places elsewhere."""
    return legal == Legal.PERMIT and kind != Housing.ELSEWHERE


@kernel
def find_place(free, spread, size, wanted, to_hotel, permit, uniform, counts):
    """Give the type and region where a household gets a place, and take it from ``free``.

    wanted: the region it should be in, or -1. to_hotel: places elsewhere come first. permit: it may go there if all
    regular places are taken. uniform: its draw. Others as in ``place``.
    """
    kind, region = Housing.REGULAR, -1
    if to_hotel:
        kind, region = Housing.ELSEWHERE, find_site(free[2], -1, size, uniform)
    if region < 0 and wanted >= 0:
        kind, region = Housing.REGULAR, find_site(free[0], wanted, size, uniform)
    if region < 0:
        kind, region = Housing.REGULAR, find_site(free[0], -1, size, uniform)
    if region < 0 and permit:
        kind, region = Housing.ELSEWHERE, find_site(free[2], -1, size, uniform)
    if region < 0 and wanted >= 0:
        kind, region = Housing.EMERGENCY, find_site(free[1], wanted, size, uniform)
    if region < 0:
        kind, region = Housing.EMERGENCY, find_site(free[1], -1, size, uniform)
    if region < 0:  # open crisis places
        region = wanted if wanted >= 0 else pick_weighted(spread, uniform)
        free[1, region] += size
        counts[1] += size
    free[kind, region] -= size
    return kind, region


@allocating
def place(cases, c, members, there, free, spread, region_of, rates, lanes, luck, counts, gone):
    """Place new arrivals and movers, in the order of their luck; give the households that moved between sites.

    cases: household rows, of which those in reception or arriving take part. there, free: float64 (3, regions), persons
    and free places by type and region, changed in place; ``free`` may be negative where a site is over its places.
    spread: float64 (regions,), where emergency reception is opened. region_of: int64 (municipalities,). lanes: draws by
    position (``draws.HOUSEHOLD_LANES``). counts: int64 (3,), persons placed new, in crisis, and moved between sites.
    gone: uint32, filled with the rows of the households that moved, in the order of ``cases``.
    """
    n_regions = free.shape[1]
    chosen = np.empty(cases.shape[0], np.int64)
    n = choose_movers(cases, c, there, free, rates, lanes, chosen)
    order, uniform = np.empty(n, np.float32), np.empty(n)
    size, wanted, site = np.empty(n), np.empty(n, np.int64), np.empty(n, np.int64)
    to_hotel, permit = np.empty(n, np.bool_), np.empty(n, np.bool_)
    for k in range(n):
        i = cases[chosen[k]]
        old = c.site[i]
        order[k] = lanes[LANE_SITE, chosen[k]]
        uniform[k] = draw(luck, SITE, c.key[i])
        size[k] = c.size[i]
        permit[k] = c.legal[i] == Legal.PERMIT
        wanted[k] = -1
        if rates.region_lock and old >= 0:
            wanted[k] = c.region[i]
        elif permit[k] and c.municipality[i] >= 0 and draw(luck, REGION, c.key[i]) < rates.share_regional_placement:
            wanted[k] = region_of[c.municipality[i]]
        if old >= 0:  # all who move leave their place first
            to_hotel[k] = wants_hotel(c.legal[i], old // n_regions)
            free[old // n_regions, old % n_regions] += size[k]
        else:
            to_hotel[k] = c.referent[i] > 0 and rates.hotel_scheme_on
    for k in in_order(order):
        kind, region = find_place(free, spread, size[k], wanted[k], to_hotel[k], permit[k], uniform[k], counts)
        site[k] = kind * n_regions + region
    m = 0
    for k in range(n):
        i = cases[chosen[k]]
        old = c.site[i]
        if site[k] == old:
            continue
        kind, region = site[k] // n_regions, site[k] % n_regions
        there[kind, region] += size[k]
        c.site[i] = site[k]
        c.region[i] = region
        c.housing[i] = kind
        first = c.first_row[i]
        for j in range(first, first + c.size[i]):
            members.housing[j] = kind
            members.site[j] = site[k]
            members.region[j] = region
            if old >= 0:
                members.moves[j] = min(int(members.moves[j]) + 1, 255)
                members.move_week[j] = luck.week
        if old >= 0:
            there[old // n_regions, old % n_regions] -= size[k]
            counts[2] += c.size[i]
            gone[m] = i
            m += 1
        else:
            counts[0] += c.size[i]
    return m
