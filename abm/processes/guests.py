"""Guests: permit holders alone stay with a host family until their municipality has a home for them (logeerregeling).

    goes to stay  if  coupled, alone, nobody to follow, in a centre  and  draw < share_guest      (once in a life)

A guest stays reception on paper: the wait for a home goes on, in the region of the municipality, without a place in a
centre, without moves between centres, and for an allowance. Going to stay is a move: courses, jobs and ties feel it.
The host is a resident of the municipality, who becomes a contact of the guest once the move is over (eight weeks).

Source: reception.yaml (share_guest), cost.yaml (cost_guest_day).
"""

from typing import NamedTuple

import numpy as np

from abm.draws import decision, draw_once
from abm.kernels import kernel
from abm.processes.home_allocation import ALONE_KINDS
from abm.processes.ties import NATIVE, add
from abm.states import Housing, Legal
from abm.turns import VISITS

GUEST, HOST = decision("guest"), decision("guest_host")
ELSEWHERE = int(Housing.ELSEWHERE)


class Columns(NamedTuple):
    """Household columns."""

    key: np.ndarray
    first_row: np.ndarray
    size: np.ndarray
    kind: np.ndarray
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


WRITES = ("housing", "site", "region", "guest")


class Rates(NamedTuple):
    """Parameters."""

    share_guest: float


@kernel
def stay(cases, c, members, slots, region_of, resident_starts, n_regions, rates, luck):
    """Let households in reception go to a host family; give their number.

    slots: uint32 (people, 16), ties. region_of: int64 (municipalities,). resident_starts: int64 (municipalities + 1,).
    """
    gone = 0
    for i in cases:
        m = c.municipality[i]
        alone = c.kind[i] <= ALONE_KINDS and c.size[i] == 1 and c.referent[i] == 0
        if c.guest[i] and m >= 0 and c.housing[i] == Housing.ELSEWHERE:
            if luck.week - members.move_week[c.first_row[i]] == VISITS:
                residents = resident_starts[m + 1] - resident_starts[m]
                host = resident_starts[m] + int(draw_once(luck, HOST, c.key[i]) * residents) + 1
                add(slots, c.first_row[i], NATIVE, np.uint32(host))
        if c.guest[i] or not alone or m < 0 or c.legal[i] != Legal.PERMIT or c.housing[i] >= Housing.TRANSITION:
            continue
        if draw_once(luck, GUEST, c.key[i]) >= rates.share_guest:
            continue
        region = region_of[m]
        site = ELSEWHERE * n_regions + region
        c.guest[i] = True
        c.housing[i] = Housing.ELSEWHERE
        c.site[i] = site
        c.region[i] = region
        j = c.first_row[i]
        members.housing[j] = Housing.ELSEWHERE
        members.site[j] = site
        members.region[j] = region
        members.moves[j] = min(int(members.moves[j]) + 1, 255)
        members.move_week[j] = luck.week
        gone += 1
    return gone


@kernel
def count(cases, c, n_regions, there):
    """Count the guests by region: ``there`` (float64, regions) is filled; give their number."""
    there[:] = 0.0
    total = 0
    for i in cases:
        if c.guest[i] and c.housing[i] == Housing.ELSEWHERE and c.site[i] >= 0:
            there[c.site[i] % n_regions] += c.size[i]
            total += c.size[i]
    return total
