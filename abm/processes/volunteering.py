"""Volunteering: people begin and stop unpaid work.

    chance to begin in reception = volunteering_chance_reception * E * (desk_effect at a site with a participation desk)
    chance to begin at home      = volunteering_chance_home * E, for those without a job
    for those lastingly unfit for work times unfit_offer_effect with an offer of activities (share unfit_offer)
    chance to stop               = volunteering_stop; a job or a move between sites ends it too

Voluntary work counts as activity: it stops the decay of motivation and brings contacts with residents.
Source: work.yaml; about a quarter volunteer during integration.
"""

from typing import NamedTuple

import numpy as np

from abm.draws import LANE_VOLUNTEERING, decision, draw_once
from abm.kernels import allocating, inlined, kernel
from abm.processes.motivation import effort
from abm.states import Activity, Housing, Work

DESK, OFFER = decision("programme_offer"), decision("unfit_offer")


class Columns(NamedTuple):
    """Columns of people."""

    key: np.ndarray
    unfit: np.ndarray
    housing: np.ndarray
    work: np.ndarray
    activity: np.ndarray
    motivation: np.ndarray
    capacity: np.ndarray
    complaint: np.ndarray
    site: np.ndarray
    move_week: np.ndarray


WRITES = ("activity",)


class Rates(NamedTuple):
    """Parameters."""

    volunteering_chance_reception: float
    volunteering_chance_home: float
    volunteering_stop: float
    desk_effect: float
    participation_desk_coverage: float
    unfit_offer: float
    unfit_offer_effect: float
    effort_scale: float
    complaint_effort_loss: float


@inlined
def begin_chance(in_reception, has_desk, person_effort, rates):
    """Give the chance in a week that someone begins to volunteer."""
    if in_reception:
        return rates.volunteering_chance_reception * person_effort * (rates.desk_effect if has_desk else 1.0)
    return rates.volunteering_chance_home * person_effort


@allocating
def sites_with_desk(n_sites, coverage, luck):
    """Say for each site whether it has a participation desk (bool, drawn once in a life of the site)."""
    has_desk = np.zeros(n_sites, np.bool_)
    for site in range(n_sites):
        has_desk[site] = draw_once(luck, DESK, np.uint64(site + 1)) < coverage
    return has_desk


@kernel
def update(rows, c, has_desk, weeks, rates, lanes, luck):
    """Let the adults in ``rows`` begin or stop in ``weeks`` weeks (by position); give the number who volunteer.

    has_desk: bool by site (``sites_with_desk``). lanes: draws by position (``draws.VISIT_LANES``).
    """
    active = 0
    lane = lanes[LANE_VOLUNTEERING]
    most = max(rates.volunteering_chance_reception * max(rates.desk_effect, 1.0), rates.volunteering_chance_home)
    if rates.unfit_offer > 0.0:
        most *= max(rates.unfit_offer_effect, 1.0)
    most /= rates.effort_scale  # motivation and capacity are at most 1
    for p in range(rows.shape[0]):
        i = rows[p]
        u = np.float64(lane[p])
        volunteers = (c.activity[i] & Activity.VOLUNTEERING) != 0
        if u >= weeks[p] * most and not volunteers:
            continue
        reception = c.housing[i] < Housing.TRANSITION
        employed = c.work[i] == Work.EMPLOYED_BASIC or c.work[i] == Work.EMPLOYED_MATCHED
        if volunteers:
            moved = reception and luck.week - c.move_week[i] < weeks[p]
            if moved or (employed and not reception) or u < rates.volunteering_stop * weeks[p]:
                c.activity[i] &= ~np.uint8(Activity.VOLUNTEERING)
            else:
                active += 1
            continue
        if employed:
            continue
        e = effort(
            np.float64(c.motivation[i]),
            np.float64(c.capacity[i]),
            c.complaint[i],
            rates.effort_scale,
            rates.complaint_effort_loss,
        )
        chance = begin_chance(reception, reception and has_desk[c.site[i]], e, rates)
        if c.unfit[i] and rates.unfit_offer > 0.0 and draw_once(luck, OFFER, c.key[i]) < rates.unfit_offer:
            chance *= rates.unfit_offer_effect
        if u < chance * weeks[p]:
            c.activity[i] |= np.uint8(Activity.VOLUNTEERING)
            active += 1
    return active
