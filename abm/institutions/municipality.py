"""Municipalities: how hard each works on housing status holders, and how many integration plans it makes.

Each half-year a municipality gets its share (by population) of the national task; what it did not do is added to the
next (arrears), what it did beyond is subtracted. Each week it offers

    offers = max(task + arrears, 0) / 26 * effort * acceleration_multiplier
             * (1 + effort_by_payment * one_off_payment / 10,000)                         persons

Effort starts at ``housing_effort``, differs between municipalities (``effort_spread``), and every four weeks moves
towards its own level, up with its arrears and with local support, and at random (``effort_sd``), up to
``effort_ceiling``. After abolition of the task a week's offer is a 26th part of the coupled persons who wait, times
effort and ``effort_after_abolition``.

Plans (PIP): each week ``pip_capacity_per_week`` times its share, raised by part of the backlog when the queue is longer
than ``pip_term_weeks`` (extra staff), lowered by the funding gap and by case managers with too many clients (as many
managers as plans a week: each is taken to make one), raised slowly by learning from others (``municipal_learning``) and
by files handed over warm, the more the more complete they are: warm_handover_effect * share handed over warm * (0.5 +
data_sharing).

Responsibility for integration starts with coupling, or with the address (``responsibility_from``): then nobody starts
early and nobody is seen before ``address_weeks`` in a home (``in_charge``). A share of municipalities takes part in
trials (``pilot_municipalities``; the same first, whatever the share) with more early starts and warm handovers.

Source: housing.yaml, governance.yaml, integration.yaml, network.yaml (caseload_norm).
"""

from math import sqrt
from typing import NamedTuple

import mesa
import numpy as np

from abm.columns import Column, Institution, Together
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
        here, housed = int(c.legal[i] != Legal.LEFT), int(c.housing[i] >= Housing.TRANSITION)
        fresh[c.region[i]] += here & ((1 - housed) | int(week - c.housed_week[i] < 52))
        state = c.integration[i]
        if Integration.AWAITING_INTAKE <= state <= Integration.A2_ROUTE:
            route = here & int(state >= Integration.B1_ROUTE)
            waiting[c.municipality[i]] += here & housed & int(state == Integration.AWAITING_INTAKE)
            clients[c.municipality[i]] += route
            wanted[c.region[i]] += route | (here & int(state == Integration.PLAN_MADE))


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


def spread_draws(draws: np.ndarray, start: float, population: np.ndarray, region_of: np.ndarray) -> np.ndarray:
    """Give each municipality a number in [0, 1) such that those below any share hold about that share of the people.

    Systematic sampling on a circle of inhabitants. Municipalities stand around it in an order drawn within regions and
    merged, so that every part of the circle has some of each region; each takes an arc as long as its part of the
    population, and its number is the middle of the arc, counted from a ``start`` drawn evenly. So for each municipality
    the number is uniform, whatever the order, and those below a share are the same and more when the share grows. Only
    the arcs at the two ends can make a difference, half the largest city each. Drawn independently, a tenth of the
    municipalities holds 4 to 23 percent of the people.

    draws: float64 (municipalities, 2), uniform numbers. start: a uniform number, independent of them. population:
    persons, region_of: int64, both by municipality.
    """
    place = np.empty(len(population))
    for region in np.unique(region_of):
        members = np.flatnonzero(region_of == region)
        members = members[np.argsort(draws[members, 0], kind="stable")]
        place[members] = (np.arange(len(members)) + draws[members, 1]) / len(members)
    order = np.argsort(place, kind="stable")
    arc = population[order] / population.sum()
    number = np.empty(len(population))
    number[order] = (start + np.cumsum(arc) - 0.5 * arc) % 1.0
    return number


class Columns(NamedTuple):
    """Columns of municipalities."""

    share: np.ndarray
    arrears: np.ndarray
    task: np.ndarray
    realised: np.ndarray
    effort: np.ndarray
    level: np.ndarray
    intake_level: np.ndarray
    experience: np.ndarray
    offers_per_week: np.ndarray
    plans_per_week: np.ndarray
    in_pilot: np.ndarray


@kernel
def set_effort(c, m, noise, rates):
    """Move the effort of municipality ``m`` by four weeks; noise: a standard normal draw."""
    own = rates.housing_effort * c.level[m]
    step = WEEKS_BETWEEN_DECISIONS / HALF_YEAR
    gap = min(max(c.arrears[m] / c.task[m], -1.0), 1.0) if c.task[m] > 0 else 0.0
    effort = c.effort[m] + step * (
        rates.effort_reaction_to_arrears * gap
        + rates.effort_reaction_to_support * (rates.welcome - 0.5)
        + rates.effort_return * (own - c.effort[m])
    )
    effort += sqrt(step) * rates.effort_sd * noise
    c.effort[m] = min(max(effort, 0.0), rates.effort_ceiling)


@kernel
def set_offers(c, m, demand, rates, scale):
    """Set what municipality ``m`` offers a week; demand: coupled persons who wait (simulated persons)."""
    if rates.housing_task_on:
        whole = max(c.task[m] + c.arrears[m], 0.0)
        offers = whole / HALF_YEAR * c.effort[m] * rates.acceleration_multiplier * scale
    else:
        offers = demand / HALF_YEAR * rates.effort_after_abolition * c.effort[m]
    c.offers_per_week[m] = offers * (1.0 + rates.effort_by_payment * rates.one_off_payment / 10_000.0)


@kernel
def set_plans(c, m, waiting, clients, rates, scale):
    """Set the plans municipality ``m`` can make a week; waiting, clients: for an intake, and in a route."""
    learned = WEEKS_BETWEEN_DECISIONS * rates.municipal_learning
    c.experience[m] = min(c.experience[m] + learned, rates.learning_ceiling)
    warm = min(rates.warm_handover_share + rates.pilot_warm_handover * int(c.in_pilot[m]), 1.0)
    base = rates.pip_capacity_per_week * c.share[m] * c.intake_level[m] * scale
    base *= 1.0 + c.experience[m] + rates.warm_handover_effect * warm * (0.5 + rates.data_sharing)
    base *= 1.0 - rates.funding_gap_effect * rates.funding_gap
    managers = max(rates.caseload_norm * base, 1e-9)
    load = clients / (managers * rates.caseload_slack)
    base *= 1.0 / max(load, 1.0) ** rates.plans_by_load
    backlog = max(waiting - rates.pip_term_weeks * base, 0.0)
    c.plans_per_week[m] = base + rates.pip_capacity_reaction * backlog


@kernel
def decide(c, waiting, clients, demand, luck, rates, scale):
    """Let all municipalities decide; arguments as in ``Municipalities.decide``."""
    for m in range(c.share.shape[0]):
        set_effort(c, m, luck[m, 1], rates)
        set_offers(c, m, demand[m], rates, scale)
        set_plans(c, m, waiting[m], clients[m], rates, scale)


def open_share(task, arrears, realised):
    """Give the share of the task and arrears that is still open, 0 to 1 (floats, or arrays)."""
    whole = task + arrears
    return np.clip((whole - realised) / np.where(whole > 0.0, whole, 1.0), 0.0, 1.0) * (whole > 0.0)


class Municipality(Institution):
    """One of the 342 municipalities; its numbers stand in the columns of ``Municipalities``."""

    share = Column("f8", "Share of the population, and so of the task.", unit="share", initial=0.0)
    arrears = Column("f8", "Task of earlier half-years not done yet.", unit="persons", initial=0.0)
    task = Column("f8", "Task of this half-year.", unit="persons", initial=0.0)
    realised = Column("f8", "Housed this half-year.", unit="persons", initial=0.0)
    effort = Column("f8", "Part of the task that is offered.", unit="share")
    level = Column("f8", "Own level of effort relative to the mean.", unit="ratio")
    intake_level = Column("f8", "Own level of plans relative to the mean.", unit="ratio")
    experience = Column("f8", "Learned from others.", unit="share", initial=0.0)
    offers_per_week = Column("f8", "Homes offered.", unit="simulated persons a week", initial=0.0)
    plans_per_week = Column("f8", "Integration plans that can be made.", unit="simulated plans a week", initial=0.0)
    in_pilot = Column("?", "Takes part in trials.")

    def __init__(self, table: "Municipalities", row: int) -> None:
        """Take the table of its numbers and the position in it."""
        super().__init__(table, row)
        record = table.records[row]
        self.index = row
        self.name = record["name"]
        self.code = record["code"]
        self.region = int(record["region"])
        self.population = int(record["population_2024"])

    @property
    def need(self) -> float:
        """Share of the task and arrears that is still open, 0 to 1."""
        return float(open_share(self.task, self.arrears, self.realised))


class Municipalities(Together[Municipality]):
    """All municipalities."""

    def __init__(self, model: mesa.Model, records: list[dict], shares: np.ndarray, arrears: float) -> None:
        """Take the records of municipalities.csv, their shares of the task (float64) and the national arrears."""
        self.records = records
        super().__init__(model, Municipality, len(records))
        self.all = Columns(**self.columns)
        self.all.share[:] = shares
        self.all.arrears[:] = arrears * shares

    def start_half_year(self, task: float) -> None:
        """Take a new half-year task (persons, national); the balance of the last one is carried over."""
        c = self.all
        c.arrears[:] += c.task - c.realised
        c.task[:] = task * c.share
        c.realised[:] = 0.0

    def open_task(self) -> np.ndarray:
        """Give the task and arrears that are not done yet (persons; negative where more was done)."""
        return self.all.task + self.all.arrears - self.all.realised

    def need(self) -> np.ndarray:
        """Give the share of the task and arrears that is still open, 0 to 1."""
        return open_share(self.all.task, self.all.arrears, self.all.realised)

    def decide(self, waiting: np.ndarray, clients: np.ndarray, demand: np.ndarray, luck: np.ndarray) -> None:
        """Set effort, offers and plan capacity for the next four weeks.

        waiting: people who wait for an intake (int64). clients: people in a route (int64). demand: coupled persons who
        wait (float64; all simulated persons). luck: float64 (municipalities, 4), this period's standard normal draws.
        """
        model, c = self.model, self.all
        rates = model.timetable.rates(Rates, model.week)
        if np.isnan(c.effort[0]):
            c.level[:] = np.exp(rates.effort_spread * luck[:, 0] - 0.5 * rates.effort_spread**2)
            c.effort[:] = rates.housing_effort * c.level
            c.intake_level[:] = np.exp(rates.pip_spread * luck[:, 2] - 0.5 * rates.pip_spread**2)
        decide(c, waiting, clients, demand, luck, rates, model.scale)
