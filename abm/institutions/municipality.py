"""Municipalities: how hard each works on housing status holders, and how many integration plans it makes.

Each half-year a municipality gets its share (by population) of the national task; what it did not do is added to the
next (arrears), what it did beyond is subtracted. Each week it offers

    offers = max(task + arrears, 0) / 26 * effort * acceleration_multiplier
             * (1 + effort_by_payment * one_off_payment / 10,000)                         persons

Effort starts at ``housing_effort``, differs between municipalities (``effort_spread``), and every four weeks moves
towards its own level, up with its arrears and with local support, and at random (``effort_sd``), up to
``effort_ceiling``. After abolition of the task it falls to ``effort_after_abolition`` of the demand.

Plans (PIP): each week ``pip_capacity_per_week`` times its share, raised by part of the backlog when the queue is
longer than ``pip_term_weeks`` (extra staff), lowered by the funding gap and by case managers with too many clients,
raised slowly by learning from others (``municipal_learning``) and by files handed over warm, the more the more complete
they are: warm_handover_effect * share handed over warm * (0.5 + data_sharing).

Responsibility for integration starts with coupling, or with the address (``responsibility_from``): then nobody starts
early and nobody is seen before ``address_weeks`` in a home (``in_charge``). A share of municipalities takes part in
trials (``pilot_municipalities``; the same first, whatever the share) with more early starts and warm handovers.

Source: housing.yaml, governance.yaml, integration.yaml, network.yaml (caseload_norm).
"""

from math import sqrt
from typing import NamedTuple

import mesa
import numpy as np

from abm.kernels import allocating, kernel
from abm.states import Housing, Integration, Legal

HALF_YEAR = 26.0  # weeks
POOLED_INHABITANTS = 12_000.0  # by which areas grow as scale falls (numerical choice, see ``areas``)
WEEKS_BETWEEN_DECISIONS = 4.0
COUPLING, ADDRESS = range(2)


class Rates(NamedTuple):
    """Parameters."""

    housing_task_per_half_year: float
    housing_task_on: bool
    housing_effort: float
    effort_reaction_to_arrears: float
    effort_reaction_to_support: float
    effort_sd: float
    effort_spread: float
    effort_after_abolition: float
    acceleration_multiplier: float
    municipal_learning: float
    welcome: float
    pip_capacity_per_week: float
    pip_capacity_reaction: float
    pip_spread: float
    funding_gap: float
    funding_gap_effect: float
    warm_handover_share: float
    warm_handover_effect: float
    caseload_norm: float
    effort_return: float
    effort_ceiling: float
    learning_ceiling: float
    pip_term_weeks: float
    caseload_slack: float
    plans_by_load: float
    one_off_payment: float
    effort_by_payment: float
    pilot_warm_handover: float
    data_sharing: float


class Charge(NamedTuple):
    """From when a municipality is responsible for integration, and what is tried where."""

    responsibility_from: int
    address_weeks: float
    pilot_municipalities: float
    pilot_early_start: float
    pilot_warm_handover: float


class ClientColumns(NamedTuple):
    """Columns of people."""

    legal: np.ndarray
    housing: np.ndarray
    integration: np.ndarray
    municipality: np.ndarray
    region: np.ndarray
    housed_week: np.ndarray


@kernel
def count_clients(rows, c, week, waiting, clients, wanted, fresh):
    """Count the people in ``rows`` for the institutions; the last cell of each result counts those without a place.

    waiting, clients: int64 (municipalities + 1,), housed people who wait for an intake, and people in a route.
    wanted, fresh: int64 (regions + 1,), people in a route or waiting for a seat, and people in reception or housed
    less than a year.
    """
    for i in rows:
        if c.legal[i] == Legal.LEFT:
            continue
        state, m, region = c.integration[i], c.municipality[i], c.region[i]
        housed = c.housing[i] >= Housing.TRANSITION
        if not housed or week - c.housed_week[i] < 52:
            fresh[region] += 1
        if state == Integration.AWAITING_INTAKE and housed:
            waiting[m] += 1
        elif Integration.B1_ROUTE <= state <= Integration.A2_ROUTE:
            clients[m] += 1
            wanted[region] += 1
        elif state == Integration.PLAN_MADE:
            wanted[region] += 1


@allocating
def in_charge(rows, housing, housed_week, week, address_weeks):
    """Give the people in ``rows`` whose municipality is responsible when the address decides."""
    kept = np.empty(rows.shape[0], rows.dtype)
    n = 0
    for i in rows:
        if housing[i] >= Housing.TRANSITION and week - housed_week[i] >= address_weeks:
            kept[n] = i
            n += 1
    return kept[:n]


def areas(region_of: np.ndarray, population: np.ndarray, scale: float) -> np.ndarray:
    """Give the area of each municipality (int64, from 0 on): those of an area pool their offers and homes.

    region_of: int64, population: persons, both by municipality. At scale 1 each is an area by itself. In a smaller run
    a municipality has fewer agents for whole homes, and would wait longer for lack of numbers alone; so small
    neighbours in a region join, from the largest down, until an area has ``POOLED_INHABITANTS * (1 / scale - 1)``
    inhabitants. That number is chosen such that permit holders in reception are as many at scale 0.1 as at scale 1
    (docs/data.md).
    """
    area = np.arange(len(population))  # by the municipality from which it grew
    least = POOLED_INHABITANTS * (1.0 / scale - 1.0)
    for region in np.unique(region_of):
        members = np.flatnonzero(region_of == region)
        core = last = -1
        living = np.inf
        for m in members[np.argsort(-population[members], kind="stable")]:
            if living >= least:
                last, core, living = core, m, 0.0
            area[m] = core
            living += population[m]
        if living < least and last >= 0:  # too few are left for an area of their own
            area[area == core] = last
    return np.unique(area, return_inverse=True)[1]


class Municipality(mesa.Agent):
    """One of the 342 municipalities."""

    def __init__(self, model: mesa.Model, index: int, record: dict, share: float, arrears: float) -> None:
        """Take the position, the record of municipalities.csv, the share of the task and the arrears (persons)."""
        super().__init__(model)
        self.index = index
        self.name = record["name"]
        self.code = record["code"]
        self.region = int(record["region"])
        self.population = int(record["population_2024"])
        self.share = float(share)  # numpy's own numbers are slow one by one
        self.arrears = float(arrears)
        self.task = 0.0
        self.realised = 0.0
        self.effort = np.nan
        self.level = np.nan
        self.intake_level = np.nan
        self.experience = 0.0
        self.offers_per_week = 0.0
        self.plans_per_week = 0.0
        self.in_pilot = False

    def start_half_year(self, task: float) -> None:
        """Take a new half-year task (persons, national); the balance of the last one is carried over."""
        self.arrears += self.task - self.realised
        self.task = task * self.share
        self.realised = 0.0

    @property
    def need(self) -> float:
        """Share of the task and arrears that is still open, 0 to 1."""
        whole = self.task + self.arrears
        return min(max((whole - self.realised) / whole, 0.0), 1.0) if whole > 0 else 0.0

    def decide(self, waiting: int, clients: int, demand: float, luck: np.ndarray) -> None:
        """Set effort, offers and plan capacity for the next four weeks.

        waiting: people who wait for an intake. clients: people in a route. demand: coupled persons who wait
        (all simulated persons). luck: float64 (4,), this period's standard normal draws.
        """
        model = self.model
        rates = model.timetable.rates(Rates, model.week)
        if np.isnan(self.effort):
            self.level = float(np.exp(rates.effort_spread * luck[0] - 0.5 * rates.effort_spread**2))
            self.effort = rates.housing_effort * self.level
            self.intake_level = float(np.exp(rates.pip_spread * luck[2] - 0.5 * rates.pip_spread**2))
        own = rates.housing_effort * self.level
        step = WEEKS_BETWEEN_DECISIONS / HALF_YEAR
        gap = min(max(self.arrears / self.task, -1.0), 1.0) if self.task > 0 else 0.0
        self.effort += step * (
            rates.effort_reaction_to_arrears * gap
            + rates.effort_reaction_to_support * (rates.welcome - 0.5)
            + rates.effort_return * (own - self.effort)
        )
        self.effort += sqrt(step) * rates.effort_sd * float(luck[1])
        self.effort = min(max(self.effort, 0.0), rates.effort_ceiling)
        if rates.housing_task_on:
            whole = max(self.task + self.arrears, 0.0)
            self.offers_per_week = whole / HALF_YEAR * self.effort * rates.acceleration_multiplier * model.scale
        else:
            self.offers_per_week = demand / HALF_YEAR * rates.effort_after_abolition * self.effort
        self.offers_per_week *= 1.0 + rates.effort_by_payment * rates.one_off_payment / 10_000.0
        learned = WEEKS_BETWEEN_DECISIONS * rates.municipal_learning
        self.experience = min(self.experience + learned, rates.learning_ceiling)
        warm = min(rates.warm_handover_share + rates.pilot_warm_handover * int(self.in_pilot), 1.0)
        base = rates.pip_capacity_per_week * self.share * self.intake_level * model.scale
        base *= 1.0 + self.experience + rates.warm_handover_effect * warm * (0.5 + rates.data_sharing)
        base *= 1.0 - rates.funding_gap_effect * rates.funding_gap
        managers = max(rates.caseload_norm * base, 1e-9)
        load = clients / (managers * rates.caseload_slack)
        base *= 1.0 / max(load, 1.0) ** rates.plans_by_load
        backlog = max(waiting - rates.pip_term_weeks * base, 0.0)
        self.plans_per_week = base + rates.pip_capacity_reaction * backlog
