"""The record of a run: weekly metrics, group and region tables, cohort curves, costs, the people, the network.

Everything is preset with NaN, so a metric that nobody fills is seen. Numbers are stored in simulated persons and
given in real persons, dwellings and euros (divided by ``scale``).
"""

from dataclasses import dataclass
from math import fsum
from typing import NamedTuple

import numpy as np
import pandas as pd

from abm import metrics
from abm.data import regions
from abm.parameters.categories import CATEGORIES
from abm.people import NEVER
from abm.processes import home_allocation
from abm.states import Housing, Integration, Legal, Work
from abm.timetable import date_of
from abm.turns import LONG_VISITS, VISITS

FLOWS = (
    "arrived_first",
    "arrived_other",
    "arrived_resettled",
    "arrived_reunifiers",
    "decisions_general",
    "decisions_short",
    "granted",
    "refused",
    "overdue_decisions",
    "left_supervised",
    "left_forced",
    "left_unsupervised",
    "reopened",
    "reunifiers_not_coming",
    "coupled",
    "housed",
    "housed_joined",
    "housed_social",
    "housed_shared",
    "housed_start_home",
    "housed_transition",
    "housed_private",
    "relet_new",
    "relet_moving_on",
    "relets_to_others",
    "homes_built",
    "homes_converted",
    "start_homes_to_others",
    "moved",
    "children_moved",
    "placed",
    "crisis",
    "asked",
    "consented",
    "pre_started",
    "pre_completed",
    "plans_made",
    "routes_started",
    "class_hours",
    "exams",
    "passed",
    "scaled_down",
    "finished",
    "naturalised",
    "programmes_begun",
    "hires",
    "work_permits_asked",
    "work_permits",
    "no_vacancy",
    "job_losses",
    "new_complaints",
    "contribution",
    "saved",
    "ties_made",
)

STOCKS = (
    "in_reception",
    "in_regular",
    "in_emergency",
    "in_elsewhere",
    "regular_places",
    "emergency_places",
    "elsewhere_places",
    "status_holders_in_reception",
    "status_holders_over_14_weeks",
    "open_cases",
    "open_cases_general",
    "open_cases_short",
    "rejected_in_reception",
    "reunifiers_abroad",
    "guests",
    "paid_by_municipality",
    "in_transition",
    "in_start_home",
    "in_shared",
    "in_social",
    "in_private",
    "early_lessons",
    "pre_integration",
    "awaiting_intake",
    "plan_made",
    "b1_route",
    "education_route",
    "z_route",
    "a2_route",
    "passed_b1",
    "passed_a2",
    "finished_z",
    "exempt",
    "term_expired",
    "employed",
    "employed_permit",
    "employed_in_reception",
    "searching",
    "in_work_programme",
    "study",
    "benefit_adults",
    "adults_permit",
    "volunteering_in_route",
    "in_route",
    "employed_in_route",
    "task_arrears",
    "lesson_seats",
)

MEANS = (
    "motivation_in_reception",
    "motivation_housed",
    "capacity_in_reception",
    "capacity_housed",
    "language_in_route",
    "complaint_share",
    "contacts_mean",
    "employed_contact_share",
    "local_wait_change",
)


_BITS = np.arange(metrics.N_STATES)
#: Which combinations of yes/no states (rows) hold all states of another (columns).
HAVING = ((_BITS[:, None] & _BITS) == _BITS).astype(float)
#: The dimensions by which groups are shown, in the order of the group table.
DIMENSIONS = {
    "sex": ("men", "women"),
    "education": CATEGORIES["education"],
    "household": ("alone", "couple", "with_children"),
    "origin": CATEGORIES["origin"],
}
_PLACES = np.unravel_index(np.arange(metrics.N_GROUPS), [len(names) for names in DIMENSIONS.values()])
#: Which groups of every dimension (rows) the cells of the group table belong to.
BELONGS = np.concatenate(
    [np.arange(len(n))[:, None] == p for n, p in zip(DIMENSIONS.values(), _PLACES, strict=True)]
).astype(np.int64)
_BELONGS = BELONGS.astype(float)  # numpy multiplies tables of floats much faster
#: What is shown of a group: adults, and how many of them are in each state.
SHOWN = {
    "permit": metrics.PERMIT,
    "employed": metrics.EMPLOYED,
    "benefit": metrics.BENEFIT,
    "in_reception": metrics.RECEPTION,
    "in_route": metrics.ROUTE,
    "volunteering": metrics.VOLUNTEER,
}
GROUP_MEANS = ("motivation", "capacity", "language", "complaint")
_IN_STATE = np.stack([_BITS >= 0, *((_BITS & mask) > 0 for mask in SHOWN.values())], axis=1).astype(float)
HOMES = tuple(f"in_{home.name.lower()}" for home in Housing)
INTEGRATION = tuple(state.name.lower() for state in Integration)
NETWORK_EVERY = 52  # weeks between two network statistics
GRANT_WEEKS = 156  # the grant for integration is spread over three years from the plan


class CostRates(NamedTuple):
    """Unit costs."""

    cost_regular_day: float
    cost_emergency_day: float
    cost_elsewhere_day: float
    cost_transition_day: float
    spuk_per_person: float
    cost_vbi_course: float
    cost_map: float
    cost_volunteer_week: float
    cost_treatment_week: float
    cost_work_programme_week: float
    wage_tax_share: float
    wage_subsidy_month: float
    penalty_per_overdue_decision: float
    cost_return: float
    start_home_cost_unit: float
    cost_expensive_day: float
    cost_guest_day: float
    one_off_payment: float
    education_grant: float
    interpreter_cost: float
    rent_month: float


@dataclass(frozen=True)
class Results:
    """Pandas frames of one run, in real persons, dwellings and euros."""

    weekly: pd.DataFrame
    groups: pd.DataFrame
    cohorts: pd.DataFrame
    costs: pd.DataFrame
    persons: pd.DataFrame
    network: pd.DataFrame
    snapshots: pd.DataFrame | None = None  # as persons, with the week and date, for the days that were asked for

    def __repr__(self) -> str:
        return f"<Results: {len(self.weekly)} weeks, {len(self.persons)} people>"


class Recorder:
    """Collects a run week by week."""

    def __init__(self, model, snapshot_weeks: frozenset[int] = frozenset()) -> None:
        self.model = model
        self.snapshot_weeks = snapshot_weeks
        self.snapshots: list[pd.DataFrame] = []
        n = model.n_weeks
        self.names = (*STOCKS, *FLOWS, *MEANS)
        self.weeks = np.full((n, len(self.names)), np.nan)
        self.weekly = dict(zip(self.names, self.weeks.T, strict=True))  # the same numbers by name
        self.flows = dict.fromkeys(FLOWS, 0.0)
        rows = len(BELONGS) + model.n_regions  # the groups of every dimension, then the regions
        self.groups = np.full((n, rows, 1 + len(SHOWN)), np.nan)  # whole numbers
        self.group_sums = np.zeros((n, rows, 3), np.int64)  # packed, as in metrics.Visited
        self.region_people = np.full((n, model.n_regions), np.nan)
        self.costs: list[dict[str, float]] = []
        self.network: list[pd.DataFrame] = []
        self.tally, self.visited = metrics.new_tally(model.n_regions), metrics.new_visited(model.n_regions)
        self.words = np.zeros(0, np.uint32)  # of each person, as counted last (metrics.count_changed)
        self.block = np.zeros(metrics.BLOCK, np.uint32)
        self.cohorts = metrics.new_cohorts()
        self.plans: list[float] = []  # made in each of the last GRANT_WEEKS weeks, longest ago first
        years = [date_of(week).year - metrics.COHORT_FIRST_YEAR for week in range(-1024, n)]
        self.year_of_week = np.clip(np.array(years), 0, metrics.COHORT_YEARS - 1)

    def count(self, name: str, value: float | np.integer) -> None:
        """Add to a flow of this week (simulated persons or homes); an unknown name raises KeyError."""
        self.flows[name] += float(value)

    def record(self) -> None:
        """Record the end of the week."""
        model, tally = self.model, self.tally
        week, people = model.week, model.people
        rates = model.timetable.rates(CostRates, week)
        columns = people.take(metrics.Columns)
        if len(self.words) < people.allocated:
            self.words = np.concatenate([self.words, np.zeros(people.allocated - len(self.words), np.uint32)])
        metrics.count_changed(people.n, columns, week, self.words, self.block, tally)
        for table in self.visited:
            table[week % VISITS] = table[VISITS + week % LONG_VISITS] = 0
        metrics.count_visited(model.lists.visited if week else model.adults, columns, self.visited, week)
        metrics.count_cohorts(model.lists.visited, columns, self.cohorts, self.year_of_week, model.since_visit, week)
        states = np.concatenate([_BELONGS @ tally.groups, tally.regions[1:]])
        self.groups[week] = states @ _IN_STATE
        having = ((states[0] + states[1]) @ HAVING).tolist()  # men and women
        by_place = self.visited.groups.sum(axis=0)
        self.group_sums[week] = np.concatenate([BELONGS @ by_place.sum(axis=0), self.visited.regions.sum(axis=0)[1:]])
        self.region_people[week] = tally.places[1:]
        extra = dict(zip(metrics.EXTRA, self.visited.extra.sum(axis=0).tolist(), strict=True))
        now = self._stocks(tally, having, metrics.unpack(by_place.sum(axis=1)), extra)
        real = 1.0 / model.scale
        stocks, means = [now[name] * real for name in STOCKS], [now[name] for name in MEANS]
        self.weeks[week] = [*stocks, *(value * real for value in self.flows.values()), *means]
        self.costs.append(self._costs(extra, rates, real, now))
        self.flows = dict.fromkeys(FLOWS, 0.0)
        if week in self.snapshot_weeks:
            frame = self._persons()
            frame.insert(0, "week", week)
            frame.insert(1, "date", pd.Timestamp(date_of(week)))
            self.snapshots.append(frame)
        if week % NETWORK_EVERY == 0:
            self.network.append(model.network.statistics().assign(week=week))

    def _stocks(self, tally, having, means, extra) -> dict[str, float]:
        model = self.model
        by_legal = tally.people.sum(axis=1).tolist()
        by_housing = tally.people.sum(axis=0).tolist()
        reception = tally.people[:, : Housing.TRANSITION].sum(axis=1).tolist()
        at_home, in_reception = means.tolist()
        general = by_legal[Legal.REGISTERING] + by_legal[Legal.GENERAL_TRACK]
        places = model.coa.places.sum(axis=1).tolist()
        heard = model.heard
        lodging = np.zeros(2, np.int64)  # paid by municipalities, guests
        metrics.count_lodging(
            model.home_lists.unsettled,
            model.households.take(metrics.LodgingColumns),
            model.week,
            model.timetable.rates(home_allocation.Rates, model.week),
            lodging,
        )
        return {
            "in_reception": fsum(reception),
            **dict(zip(HOMES, by_housing, strict=True)),
            "regular_places": places[Housing.REGULAR],
            "emergency_places": places[Housing.EMERGENCY],
            "elsewhere_places": places[Housing.ELSEWHERE],
            "status_holders_in_reception": reception[Legal.PERMIT],
            "status_holders_over_14_weeks": int(tally.late[0]),
            "open_cases": general + by_legal[Legal.SHORT_TRACK],
            "open_cases_general": general,
            "open_cases_short": by_legal[Legal.SHORT_TRACK],
            "rejected_in_reception": reception[Legal.REJECTED],
            "reunifiers_abroad": model.persons_abroad,
            "guests": int(lodging[1]),
            "paid_by_municipality": int(lodging[0]),
            **dict(zip(INTEGRATION, tally.integration.tolist(), strict=True)),
            "employed": having[metrics.EMPLOYED],
            "employed_permit": having[metrics.EMPLOYED | metrics.PERMIT],
            "employed_in_reception": having[metrics.EMPLOYED | metrics.RECEPTION],
            "searching": int(tally.work[Work.SEARCHING]),
            "in_work_programme": int(model.in_programme.sum()),
            "study": int(tally.work[Work.STUDY]),
            "benefit_adults": having[metrics.BENEFIT],
            "adults_permit": having[metrics.PERMIT],
            "volunteering_in_route": having[metrics.ROUTE | metrics.VOLUNTEER],
            "in_route": having[metrics.ROUTE],
            "employed_in_route": having[metrics.EMPLOYED | metrics.ROUTE],
            "task_arrears": fsum(model.municipalities.open_task().tolist()) * model.scale,
            "lesson_seats": fsum(model.schools.seats.tolist()),
            "motivation_in_reception": in_reception[0] / 1000 / max(in_reception[4], 1),
            "motivation_housed": at_home[0] / 1000 / max(at_home[4], 1),
            "capacity_in_reception": in_reception[1] / 1000 / max(in_reception[4], 1),
            "capacity_housed": at_home[1] / 1000 / max(at_home[4], 1),
            "language_in_route": extra["language_in_route"] / 1000 / max(extra["in_route"], 1),
            "complaint_share": extra["complaint_status_holders"] / max(extra["adult_status_holders"], 1),
            "contacts_mean": heard[0],
            "employed_contact_share": heard[1],
            "local_wait_change": model.local_wait_change(),
        }

    def _costs(self, extra, rates, real: float, now: dict[str, float]) -> dict[str, float]:
        self.plans = [*(self.plans or self._earlier_plans())[1:], self.flows["plans_made"]]
        funded = fsum(self.plans) * real
        guests, moved_to_municipality = now["guests"] * real, now["paid_by_municipality"] * real
        elsewhere_day = rates.cost_elsewhere_day
        elsewhere_day -= self.model.coa.saved_elsewhere_day(rates.cost_elsewhere_day, rates.cost_expensive_day)
        tenants = (now["in_start_home"] + now["in_shared"]) * real
        flow = {name: value * real for name, value in self.flows.items()}
        return {
            "reception_regular": now["in_regular"] * real * 7 * rates.cost_regular_day,
            "reception_emergency": now["in_emergency"] * real * 7 * rates.cost_emergency_day,
            "reception_elsewhere": (now["in_elsewhere"] * real - guests - moved_to_municipality) * 7 * elsewhere_day,
            "reception_municipal": moved_to_municipality * 7 * elsewhere_day,
            "reception_guests": guests * 7 * rates.cost_guest_day,
            "transition": now["in_transition"] * real * 7 * rates.cost_transition_day,
            "benefits": extra["benefit_cents"] / 100 * real,
            "integration": funded * self.model.ministry.paid_for * rates.spuk_per_person / GRANT_WEEKS,
            "education_grant": rates.education_grant * 1e6 / 52.0,
            "interpreters": flow["plans_made"] * rates.interpreter_cost,
            "one_off_payment": (flow["housed_shared"] + flow["housed_transition"]) * rates.one_off_payment,
            "rent": -tenants * rates.rent_month * 12.0 / 52.0,
            "pre_integration": flow["pre_started"] * rates.cost_vbi_course,
            "labour_market_module": flow["plans_made"] * rates.cost_map,
            "volunteers": int(self.model.volunteers.clients.sum()) * real * rates.cost_volunteer_week,
            "treatment": extra["treated"] * real * rates.cost_treatment_week,
            "wage_subsidy": extra["subsidised"] * real * rates.wage_subsidy_month * 12 / 52,
            "work_programmes": int(self.model.in_programme.sum()) * real * rates.cost_work_programme_week,
            "penalties": flow["overdue_decisions"] * rates.penalty_per_overdue_decision,
            "return_support": flow["left_supervised"] * rates.cost_return,
            "start_homes": flow["homes_built"] * rates.start_home_cost_unit,
            "wage_tax": -extra["earnings_cents"] / 100 * real * rates.wage_tax_share,
            "own_contribution": -(flow["contribution"] - flow["saved"]),
        }

    def _earlier_plans(self) -> list[float]:
        """Give the number of plans made in each of the GRANT_WEEKS weeks before the run."""
        weeks = self.model.people.plan_week + GRANT_WEEKS
        return np.bincount(weeks[(weeks >= 0) & (weeks < GRANT_WEEKS)], minlength=GRANT_WEEKS).astype(float).tolist()

    def results(self) -> Results:
        """Give what has been recorded so far as pandas frames."""
        n = self.model.steps_done
        dates = pd.to_datetime([date_of(week) for week in range(n)])
        weekly = pd.DataFrame({name: values[:n] for name, values in self.weekly.items()})
        weekly.insert(0, "week", np.arange(n))
        weekly.insert(1, "date", dates)
        costs = pd.DataFrame(self.costs).assign(week=np.arange(n), date=dates)
        costs = costs.melt(id_vars=["week", "date"], var_name="category", value_name="euros")
        costs = costs.sort_values(["week", "category"], ignore_index=True)
        if self.network:
            network = pd.concat(self.network, ignore_index=True)
            network[["people", "ties"]] = network[["people", "ties"]] / self.model.scale
        else:
            network = pd.DataFrame(columns=["week", "layer"])
        snapshots = pd.concat(self.snapshots, ignore_index=True) if self.snapshots else None
        return Results(weekly, self._groups(n, dates), self._cohorts(), costs, self._persons(), network, snapshots)

    def _groups(self, n: int, dates: pd.DatetimeIndex) -> pd.DataFrame:
        frames, first = [], 0
        for dimension, names in {**DIMENSIONS, "region": tuple(regions()["name"])}.items():
            rows = slice(first, first + len(names))
            people = self.region_people[:n] if dimension == "region" else None
            sums = metrics.unpack(self.group_sums[:n, rows])
            frames.append(self._table(dimension, names, self.groups[:n, rows], sums, people, dates))
            first = rows.stop
        return pd.concat(frames, ignore_index=True)

    def _table(self, dimension, names, counts, sums, people, dates) -> pd.DataFrame:
        real = 1.0 / self.model.scale
        n, k, _ = counts.shape
        with np.errstate(invalid="ignore", divide="ignore"):
            means = sums[:, :, :4] / 1000.0 / sums[:, :, 4:]  # NaN where nobody is
        return pd.DataFrame(
            {
                "week": np.repeat(np.arange(n), k),
                "date": np.repeat(dates.to_numpy(), k),
                "dimension": dimension,
                "group": np.tile(names, n),
                "people": people.ravel() * real if people is not None else np.nan,
                **{name: counts[:, :, i].ravel() * real for i, name in enumerate(("adults", *SHOWN))},
                **{name: means[:, :, i].ravel() for i, name in enumerate(GROUP_MEANS)},
            }
        )

    def _cohorts(self) -> pd.DataFrame:
        table = self.cohorts
        clock, year, step = np.nonzero(table[..., 0])
        cells = table[clock, year, step].astype(float)
        frame = pd.DataFrame(cells, columns=list(metrics.COHORT_METRICS))
        for name in ("language", "motivation", "capacity"):
            frame[name] = frame[name] / 1000.0 / frame["people"]
        counts = [name for name in metrics.COHORT_METRICS if name not in ("language", "motivation", "capacity")]
        frame[counts] = frame[counts] / self.model.scale
        frame.insert(0, "clock", np.array(["application", "permit"])[clock])
        frame.insert(1, "cohort", year + metrics.COHORT_FIRST_YEAR)
        frame.insert(2, "weeks", step * metrics.COHORT_STEP)
        return frame

    def _persons(self) -> pd.DataFrame:
        people, homes = self.model.people, self.model.households
        frame = people.frame()
        household = people.household[1:]
        frame["household_kind"] = homes.kind[household]
        frame["household_size"] = homes.size[household]
        ever = (frame["arrival_week"] != NEVER) & (frame["arrival_week"] <= self.model.week)
        return frame[ever & (frame["legal"] != Legal.ABROAD)].reset_index(names="row")
