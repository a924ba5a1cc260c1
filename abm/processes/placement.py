"""Reception: who lives at which site, and who has to move.

New arrivals and people who move take a free regular place (in their own region when ``region_lock`` is on, else in a
region drawn by its free places; permit holders who are coupled are placed in the region of their municipality with
chance ``share_regional_placement``); if no regular place is free, permit holders go elsewhere (hotel, host family)
while there are such places, and all others to emergency reception. COA (institutions/coa.py) sets the places.

    chance of a move in a week = chance_relocation[type of site] * relocation_multiplier,
    and where a site is over its places: persons over / persons there

Permit holders are also moved to free places elsewhere (hotels, municipal lodging) with ``chance_to_hotel`` a week, and
families that follow go there at once under the hotel scheme of 2026 (``hotel_scheme_on``).

Emergency reception is opened on the spot when nothing else is free (``crisis`` counts the persons), so nobody sleeps
outside in the model; people who did in 2022 were not registered anywhere.
A move breaks courses, jobs and ties: other processes see ``move_week``.

Source: reception.yaml (chance_relocation: about five moves a stay).
"""

from typing import NamedTuple

import numpy as np

from abm.draws import decision, draw
from abm.kernels import kernel
from abm.queues import pick_weighted
from abm.states import Housing, Legal

RELOCATION, SITE, REGION = decision("relocation"), decision("site"), decision("coupling_region")


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
def find_site(free, n_regions, region, needed, uniform):
    """Give a site of one type with at least ``needed`` free places: in ``region`` if given (>= 0) or drawn; else -1.

    free: float64 (n_regions,), free places by region of one type.
    """
    if region >= 0:
        return region if free[region] >= needed else -1
    fits = np.zeros(n_regions)
    for r in range(n_regions):
        if free[r] >= needed:
            fits[r] = free[r]
    return pick_weighted(fits, uniform)


@kernel
def place(cases, c, members, free, spread, region_of, rates, luck, counts):
    """Place new arrivals and movers; give the number of persons who moved between sites.

    cases: household rows in reception or arriving. free: float64 (3, regions), free places by type and region,
    changed in place; may be negative where a site is over its places. spread: float64 (regions,), where emergency
    reception is opened. region_of: int64 (municipalities,). counts: int64 (2,), persons placed new and in crisis.
    """
    n_regions = free.shape[1]
    over = np.zeros((3, n_regions))
    there = np.zeros((3, n_regions))
    for i in cases:
        if c.site[i] >= 0:
            there[c.site[i] // n_regions, c.site[i] % n_regions] += c.size[i]
    for t in range(3):
        for r in range(n_regions):
            if free[t, r] < 0.0 and there[t, r] > 0.0:
                over[t, r] = min(-free[t, r] / there[t, r], 1.0)
    room_elsewhere = 0.0
    for r in range(n_regions):
        room_elsewhere += max(free[2, r], 0.0)
    moved = 0
    for i in cases:
        old = c.site[i]
        size = float(c.size[i])
        if old >= 0:
            kind, r = old // n_regions, old % n_regions
            chance = rates.chance_relocation[kind] * rates.relocation_multiplier + over[kind, r]
            to_hotel = c.legal[i] == Legal.PERMIT and kind != Housing.ELSEWHERE and room_elsewhere >= size
            if to_hotel:
                chance += rates.chance_to_hotel
            if draw(luck, RELOCATION, c.key[i]) >= chance:
                continue
            free[kind, r] += size
            if kind == Housing.ELSEWHERE:
                room_elsewhere += size
        else:
            to_hotel = c.referent[i] > 0 and rates.hotel_scheme_on
        uniform = draw(luck, SITE, c.key[i])
        wanted = -1
        if rates.region_lock and old >= 0:
            wanted = c.region[i]
        elif (
            c.municipality[i] >= 0
            and c.legal[i] == Legal.PERMIT
            and draw(luck, REGION, c.key[i]) < rates.share_regional_placement
        ):
            wanted = region_of[c.municipality[i]]
        kind, region = Housing.REGULAR, -1
        if to_hotel:
            kind, region = Housing.ELSEWHERE, find_site(free[2], n_regions, -1, size, uniform)
        if region < 0 and wanted >= 0:
            kind, region = Housing.REGULAR, find_site(free[0], n_regions, wanted, size, uniform)
        if region < 0:
            kind, region = Housing.REGULAR, find_site(free[0], n_regions, -1, size, uniform)
        if region < 0 and c.legal[i] == Legal.PERMIT:
            kind, region = Housing.ELSEWHERE, find_site(free[2], n_regions, -1, size, uniform)
        if region < 0:
            kind, region = Housing.EMERGENCY, find_site(free[1], n_regions, wanted, size, uniform)
        if region < 0:
            kind, region = Housing.EMERGENCY, find_site(free[1], n_regions, -1, size, uniform)
        if region < 0:  # open crisis places
            region = wanted if wanted >= 0 else pick_weighted(spread, uniform)
            free[1, region] += size
            counts[1] += c.size[i]
        free[kind, region] -= size
        if kind == Housing.ELSEWHERE:
            room_elsewhere -= size
        site = kind * n_regions + region
        if site == old:
            continue
        c.site[i] = site
        c.region[i] = region
        c.housing[i] = kind
        first = c.first_row[i]
        for j in range(first, first + c.size[i]):
            members.housing[j] = kind
            members.site[j] = site
            members.region[j] = region
            if old >= 0:
                members.moves[j] = min(int(members.moves[j]) + 1, 255)
                members.move_week[j] = luck.week
        if old >= 0:
            moved += c.size[i]
        else:
            counts[0] += c.size[i]
    return moved
