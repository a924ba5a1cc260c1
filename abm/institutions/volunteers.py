"""Volunteers and their organisation: language buddies and guides with a limited load.

Volunteers are rows with views. Every four weeks the organisation recruits up to ``volunteers_per_100`` for each 100
persons in reception or housed less than a year, times ``volunteer_supply``; volunteers stop with
``volunteer_attrition`` a week. People who are reached (``buddy_coverage``, drawn once) and have no volunteer are
matched with ``volunteer_match_chance`` a week to one of their region who has fewer than ``volunteer_clients_max``.
The tie ends when the person leaves the region, fulfils the duty, or the volunteer stops.

Source: network.yaml; 9,000 volunteers to 45,000 persons in 2022; effects of mentoring on ties and language rather
than directly on work (Journal of Ethnic and Migration Studies 2022).
"""

from typing import NamedTuple

import mesa
import numpy as np

from abm.columns import Column, ColumnAgent, Table
from abm.draws import LANE_VOLUNTEER, Lanes, decision, draw, draw_once
from abm.kernels import allocating
from abm.queues import group_members, in_order
from abm.states import Housing, Integration, Legal
from abm.turns import VISITS

VOLUNTEER, REACHED = decision("volunteer"), decision("tie_volunteer")


class Rates(NamedTuple):
    """Parameters."""

    volunteers_per_100: float
    volunteer_supply: float
    volunteer_attrition: float
    volunteer_clients_max: int
    volunteer_match_chance: float
    buddy_coverage: float


class Volunteer(ColumnAgent):
    """One volunteer."""

    key = Column("u8", "Key of this volunteer's luck.")
    region = Column("i2", "Labour-market region.")
    clients = Column("i4", "Persons visited.", unit="persons", initial=0)
    active = Column("?", "Still a volunteer.")


class Volunteers(Table[Volunteer]):
    """All volunteers of a model."""

    def __init__(self, model) -> None:
        super().__init__(Volunteer, model, 256)


class VolunteerColumns(NamedTuple):
    """Columns of volunteers."""

    region: np.ndarray
    clients: np.ndarray
    active: np.ndarray


class Columns(NamedTuple):
    """Columns of people."""

    key: np.ndarray
    legal: np.ndarray
    housing: np.ndarray
    integration: np.ndarray
    region: np.ndarray
    volunteer: np.ndarray


WRITES = ("volunteer",)


@allocating
def match(rows, c, v, starts, members, rates, lanes, luck):
    """End and make ties with volunteers for the adults in ``rows`` (visited once in eight weeks); give ties made.

    starts, members: active volunteers by region. lanes: draws by position (``draws.VISIT_LANES``). Who asks first is
    served first: the order is that of the draw.
    """
    lane = lanes[LANE_VOLUNTEER]
    n = 0
    asking = np.empty(rows.shape[0], np.int64)
    for p in range(rows.shape[0]):
        i = rows[p]
        own = c.volunteer[i]
        if np.float64(lane[p]) >= VISITS * rates.volunteer_match_chance and own == 0:
            continue
        finished = c.integration[i] >= Integration.PASSED_B1 and c.housing[i] > Housing.TRANSITION
        if own > 0:
            if finished or not v.active[own] or v.region[own] != c.region[i] or c.legal[i] == Legal.LEFT:
                v.clients[own] -= 1
                c.volunteer[i] = 0
            continue
        if finished or c.region[i] < 0:
            continue
        if draw_once(luck, REACHED, c.key[i]) < rates.buddy_coverage:
            asking[n] = p
            n += 1
    order = np.empty(n, np.float32)
    for k in range(n):
        order[k] = lane[asking[k]]
    made = 0
    for k in in_order(order):
        i = rows[asking[k]]
        begin = starts[c.region[i]]
        count = starts[c.region[i] + 1] - begin
        if count == 0:
            continue
        start = int(draw(luck, VOLUNTEER, c.key[i]) * count)
        for step in range(min(count, 5)):
            other = members[begin + (start + step) % count]
            if v.clients[other] < rates.volunteer_clients_max:
                v.clients[other] += 1
                c.volunteer[i] = other
                made += 1
                break
    return made


class VolunteerOrganisation(mesa.Agent):
    """Recruits volunteers and matches them with people."""

    def __init__(self, model: mesa.Model) -> None:
        super().__init__(model)
        self.starts = np.zeros(model.n_regions + 1, np.int64)
        self.members = np.zeros(0, np.uint32)
        self.lanes = Lanes(("volunteer",))

    def recruit(self, served_by_region: np.ndarray) -> None:
        """Let volunteers stop and recruit new ones; ``served_by_region``: persons to be served (float64, regions)."""
        model = self.model
        rates = model.timetable.rates(Rates, model.week)
        table = model.volunteers
        rows = np.flatnonzero(table.active).astype(np.uint32)
        if len(rows):
            draws = self.lanes.fill(model.luck, table.columns["key"], rows)[0, : len(rows)]
            table.active[rows[draws.astype(float) < 4.0 * rates.volunteer_attrition]] = False
        active = np.bincount(table.region[table.active], minlength=model.n_regions)
        wanted = served_by_region * rates.volunteers_per_100 / 100.0 * rates.volunteer_supply
        new = np.maximum(np.round(wanted - active), 0).astype(np.int64)
        if new.sum():
            rows = table.add(int(new.sum()))
            table.key[rows] = rows.astype(np.uint64)
            table.region[rows] = np.repeat(np.arange(model.n_regions), new)
            table.active[rows] = True
        rows = np.flatnonzero(table.active).astype(np.uint32)
        self.members = np.empty(len(rows), np.uint32)
        group_members(rows, table.region[rows], model.n_regions, self.starts, self.members)
