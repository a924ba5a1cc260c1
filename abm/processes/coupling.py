"""Coupling: a permit holder is assigned to the municipality that will house and guide them.

After ``coupling_weeks`` a household is coupled to a municipality drawn by how many persons it still has to take
(``quota``). With chance ``share_regional_placement`` only municipalities of the present region take part. With chance
``match_quality`` two municipalities are drawn and the one in the region with more work is taken (kansrijke koppeling);
such a household is marked ``scored_early`` and finds work a little sooner (within the region the mark is all it gets).
A family that follows is coupled to the municipality of its referent at once. A household that has waited
``recoupling_weeks`` for its municipality in vain is coupled anew; a family that follows is then housed elsewhere in the
region together with its referent (home_allocation.py).

Source: reception.yaml, housing.yaml (coupling_weeks, match_quality, recoupling_weeks).
"""

from typing import NamedTuple

import numpy as np

from abm.draws import decision, draw, draw_once
from abm.kernels import allocating, kernel
from abm.queues import in_order, pick_weighted
from abm.states import Legal

COUPLING, REGION, MUNICIPALITY, MATCH = (
    decision("coupling"),
    decision("coupling_region"),
    decision("municipality"),
    decision("job_match"),
)


class Columns(NamedTuple):
    """Household columns."""

    key: np.ndarray
    size: np.ndarray
    legal: np.ndarray
    first_row: np.ndarray
    referent: np.ndarray
    region: np.ndarray
    permit_week: np.ndarray
    municipality: np.ndarray
    coupled_week: np.ndarray
    scored_early: np.ndarray


class Members(NamedTuple):
    """Columns of people."""

    municipality: np.ndarray


WRITES = ("municipality", "coupled_week", "scored_early")


class Rates(NamedTuple):
    """Parameters."""

    coupling_weeks: int
    recoupling_weeks: int
    share_regional_placement: float
    match_quality: float


@kernel
def uncouple(cases, c, rates, luck):
    """End couplings that have not led to a home within ``recoupling_weeks``; give the number of households.

    A family that follows is coupled anew when the person it joins has been coupled elsewhere.
    """
    ended = 0
    for i in cases:
        if c.legal[i] != Legal.PERMIT or c.municipality[i] < 0:
            continue
        referent = c.referent[i]
        if referent > 0:
            ends = c.municipality[referent] >= 0 and c.municipality[referent] != c.municipality[i]
        else:
            ends = luck.week - c.coupled_week[i] >= rates.recoupling_weeks
        if ends:
            c.municipality[i] = -1
            ended += 1
    return ended


@allocating
def couple(cases, c, members, quota, region_of, work_in_region, rates, luck):
    """Couple the permit holders in ``cases`` (household rows) and give the number of households.

    quota: float64 (municipalities,), persons a municipality has still to take; reduced in place, kept above a sliver.
    region_of: int64 (municipalities,). work_in_region: float64 (regions,), factor on finding a job.
    """
    line = np.empty(cases.shape[0], np.int64)
    order = np.empty(cases.shape[0])
    n = 0
    for i in cases:
        too_early = luck.week - c.permit_week[i] < rates.coupling_weeks
        if c.legal[i] == Legal.PERMIT and c.municipality[i] < 0 and (c.referent[i] > 0 or not too_early):
            line[n] = i
            order[n] = draw(luck, COUPLING, c.key[i])
            n += 1
    coupled = 0
    local = np.zeros(quota.shape[0])
    for p in in_order(order[:n]):  # each coupling lowers a quota, so the order is drawn
        i = line[p]
        referent = c.referent[i]
        if referent > 0 and c.municipality[referent] >= 0:
            m = int(c.municipality[referent])
        else:
            if luck.week - c.permit_week[i] < rates.coupling_weeks:
                continue
            regional = draw_once(luck, REGION, c.key[i]) < rates.share_regional_placement
            if regional:
                for k in range(quota.shape[0]):
                    local[k] = quota[k] if region_of[k] == c.region[i] else 0.0
                m = pick_weighted(local, draw_once(luck, COUPLING, c.key[i]))
                if m < 0:
                    m = pick_weighted(quota, draw_once(luck, COUPLING, c.key[i]))
            else:
                m = pick_weighted(quota, draw_once(luck, COUPLING, c.key[i]))
            if draw_once(luck, MATCH, c.key[i]) < rates.match_quality:
                other = pick_weighted(quota, draw_once(luck, MUNICIPALITY, c.key[i]))
                if not regional and work_in_region[region_of[other]] > work_in_region[region_of[m]]:
                    m = other
                c.scored_early[i] = True
        quota[m] = max(quota[m] - c.size[i], 0.01)
        c.municipality[i] = m
        c.coupled_week[i] = luck.week
        for j in range(c.first_row[i], c.first_row[i] + c.size[i]):
            members.municipality[j] = m
        coupled += 1
    return coupled
