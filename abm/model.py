"""The model: the Dutch chain from asylum application to work, week by week.

``step`` is the order of the week. Order matters in three places: decisions come before placement, so a new permit
competes for a home from the next week on; placement comes before lessons and work, so a move disrupts the same week;
the mind is updated after lessons and work of the week are known.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from numbers import Integral, Real
from typing import Any

import mesa
import numpy as np

from abm import data, start
from abm.draws import (
    HOUSEHOLD_BLOCKS,
    MOVING_BLOCKS,
    VISIT_BLOCKS,
    Lanes,
    luck_of,
    normals,
    uniforms,
)
from abm.households import Households, members_of
from abm.institutions.building import Building
from abm.institutions.childcare import ChildcareCentres
from abm.institutions.coa import COA
from abm.institutions.corporation import HousingCorporations, no_homes, release
from abm.institutions.employers import Employers, LabourMarkets, WorkCentres
from abm.institutions.grants import Ministry
from abm.institutions.ind import IND
from abm.institutions.language_school import LanguageSchools, quality
from abm.institutions.language_school import Rates as SchoolRates
from abm.institutions.municipality import (
    ADDRESS,
    Charge,
    ClientColumns,
    Municipalities,
    count_clients,
    in_charge,
    spread_draws,
)
from abm.institutions.municipality import areas as areas_of
from abm.institutions.volunteers import Columns as VolunteerPeople
from abm.institutions.volunteers import Rates as VolunteerRates
from abm.institutions.volunteers import VolunteerColumns, VolunteerOrganisation, Volunteers, match
from abm.kernels import mark_compiled
from abm.network import Network
from abm.parameters import Parameters, load
from abm.parameters.categories import CATEGORIES
from abm.people import LAST_WEEK, People
from abm.policies import Asked, choose, lay_over
from abm.processes import (
    arrivals,
    capacity_to_act,
    contacts,
    coupling,
    departures,
    diplomas,
    exams,
    guests,
    home_allocation,
    intake,
    job_loss,
    job_search,
    lessons,
    loans,
    mental_health,
    money,
    motivation,
    moving_on,
    placement,
    reunification,
    status,
    ties,
    triage,
    visits,
    volunteering,
    voorinburgering,
    work_access,
    work_programmes,
    working_hours,
)
from abm.recorder import Recorder, Results
from abm.states import Housing, Legal, Programme, Work
from abm.timetable import Timetable, date_of, week_from, week_of
from abm.turns import (
    ADULT,
    ADULT_WEEKS,
    PRESENT,
    VISITS,
    Columns,
    HouseholdColumns,
    HouseholdLists,
    Lists,
    larger_due,
    list_households,
    list_people,
    new_due,
    room_for_marks,
    rows_between,
    rows_marked,
    take_due,
)

PREPARED_WEEKS = 26
WEEKS_IN_YEAR = 52.18
DECIDE_EVERY = 4  # weeks between two decisions of institutions
OFFERS_KEPT_WEEKS = 8  # an offer that found nobody is kept as long as a small municipality needs to make it up
LARGEST_HOUSEHOLD = 9.0


class Model(mesa.Model):
    """The national chain from 1 January 2021, one agent one person at ``scale=1``.

    until: last day simulated (date or ISO text). scale: agents for each real person, 0 < scale <= 1. seed: 0 to
    2**64 - 1. parameters: from ``abm.load()``, possibly changed by ``replace``. policies: names ("start_homes",
    "start_homes@2027-01-01:2030-01-01"), paths of policy files or ``Policy`` objects. snapshots: a day or several; all
    persons are kept as they are at the end of those weeks. It raises ValueError for a scale, seed or date out of range,
    ParameterError for a bad parameter and PolicyError for a bad policy.
    """

    def __init__(
        self,
        *,
        until: str | date = "2030-12-31",
        scale: float = 1.0,
        seed: int = 1,
        parameters: Parameters | None = None,
        policies: Asked | Sequence[Asked] = (),
        snapshots: str | date | Sequence[str | date] = (),
    ) -> None:
        if not _is(scale, Real) or not 0.0 < scale <= 1.0:
            raise ValueError(f"scale: {scale} is not above 0 and at most 1 (agents for each real person).")
        if not _is(seed, Integral) or not 0 <= seed < 2**64:
            raise ValueError(f"seed: {seed} is not a whole number from 0 to 2**64 - 1.")
        try:
            last = week_of(until)
        except (TypeError, ValueError) as problem:
            raise ValueError(f"until: '{until}' is not a date such as 2030-12-31 ({problem}).") from None
        if last < 0:
            raise ValueError(f"until: {until} is before the start, 2021-01-01.")
        if last > LAST_WEEK:
            raise ValueError(f"until: {until} is after {date_of(LAST_WEEK)}, the last week that can be simulated.")
        super().__init__(rng=seed)
        self.seed_value = int(seed)
        self.scale = float(scale)
        self.n_weeks = last + 1
        self.week = 0
        self.steps_done = 0
        self.parameters = load() if parameters is None else parameters
        if not _is(self.parameters, Parameters):
            raise TypeError("parameters: give what abm.load() gives, changed with its replace().")
        self.policies = choose(policies, self.parameters)
        laid_over = lay_over(self.policies, self.parameters, self.n_weeks)
        self.timetable = Timetable(self.parameters, self.n_weeks, laid_over)
        self.luck = luck_of(self.seed_value, 0)
        self._make_place()
        size = int(700_000 * self.scale * max(self.n_weeks / 522, 0.15)) + 4096
        self.people = People(self, size)
        self.households = Households(self, max(size // 2, 2048))
        self.abroad = np.zeros(0, np.int64)  # households that wait abroad, in order
        self.persons_abroad = 0
        self.permits_given: list[np.ndarray] = []  # households whose families are still to be added to those abroad
        self.reunifiers_due = 0.0
        self.expected_cases: dict[int, np.ndarray] = {}
        self.prepared_until = 0
        self._room = self.lists = Lists(*(np.zeros(0, np.uint32) for _ in Lists._fields))
        self._home_room = self.home_lists = HouseholdLists(*(np.zeros(0, np.uint32) for _ in HouseholdLists._fields))
        self._marks, self._home_marks = np.zeros(0, np.uint8), np.zeros(0, np.uint8)
        self._lanes = {blocks: Lanes(blocks) for blocks in (VISIT_BLOCKS, HOUSEHOLD_BLOCKS, MOVING_BLOCKS)}
        self._lanes_between = Lanes(VISIT_BLOCKS)  # of those who lose a job between two visits
        self._listed = 0  # rows there were when the lists were made
        self.visit_weeks = self.since_visit = np.zeros(0)  # until the next visit, and since the last, by position
        self._word = np.zeros(0, np.int32)  # what contacts hear of a person, as of their last visit
        self.jobs_found, self.jobs_ending, self.access_opening = new_due(0), new_due(0), new_due(0)
        self.work_permits_asked = np.zeros(0, np.uint32)  # rows of people whose employer waits for the permit
        self.any_guests = False
        self.moved = np.zeros(0, np.int64)  # rows of people who moved between sites this week
        self.waiting = np.zeros(0, np.uint32)  # rows of households with a permit that are in reception this week
        self.heard = (0.0, np.nan)
        self._make_institutions()
        self.network = Network(
            self, self.places["population_2024"].to_numpy(float), self._value("share_natives_employed")
        )
        days = snapshots if isinstance(snapshots, Iterable) and not isinstance(snapshots, str) else [snapshots]
        self.recorder = Recorder(self, frozenset(self._week_inside(day) for day in days))
        start.build(self)
        getattr(mesa.Agent, "_ids", {}).pop(self, None)  # Mesa 3.3 numbers agents in a table that keeps models alive

    def _week_inside(self, day: str | date) -> int:
        try:
            week = week_of(day)
        except (TypeError, ValueError) as problem:
            raise ValueError(f"snapshots: '{day}' is not a date such as 2025-12-31 ({problem}).") from None
        if not 0 <= week < self.n_weeks:
            raise ValueError(f"snapshots: {day} lies outside the run, 2021-01-01 to {date_of(self.n_weeks - 1)}.")
        return week

    # Building ------------------------------------------------------------------------------------------------------

    def _value(self, name: str) -> Any:
        return self.timetable.value(name, self.week)

    def _make_place(self) -> None:
        self.places = data.municipalities()
        self.regions = data.regions()
        self.n_municipalities = len(self.places)
        self.n_regions = len(self.regions)
        self.n_sites = 3 * self.n_regions
        self.n_origins = len(CATEGORIES["origin"])
        self.region_of = np.array(self.places["region"], np.int64)  # a copy: pandas gives a read-only view
        population = self.places["population_2024"].to_numpy(float)
        self.population_share = population / population.sum()
        self.population_edges = arrivals.running_sum(self.population_share)
        self.region_share = np.bincount(self.region_of, weights=self.population_share, minlength=self.n_regions)

    def _make_institutions(self) -> None:
        places = self.places

        def by_region(column: str) -> np.ndarray:
            total = np.bincount(self.region_of, weights=places[column].to_numpy(float), minlength=self.n_regions)
            return total / total.sum()

        pattern = np.stack(
            [
                by_region("reception_capacity_regular"),
                by_region("reception_capacity_emergency"),
                self.region_share,
            ]
        )
        self.ind = IND(self)
        dated = self.parameters["regular_places"].values
        last_dated = week_of(max(dated)) if dated else self.n_weeks
        self.coa = COA(self, pattern, last_dated)
        arrears = float(self._value("task_arrears_at_start"))
        self.municipalities = Municipalities(self, places.to_dict("records"), self.population_share, arrears)
        stock = places["corporation_dwellings_est"].to_numpy(float)
        stock = stock / stock.sum()
        self.building = Building(self, stock)
        self.ministry = Ministry(self)
        self.corporations = HousingCorporations(self, stock)
        self.schools = LanguageSchools(self, self.region_share)
        self.childcare = ChildcareCentres(self)
        self.employers = Employers(self, self.region_share)
        self.labour_markets = LabourMarkets(self, self.region_share)
        self.work_centres = WorkCentres(self)
        self.volunteers = Volunteers(self)
        self.volunteer_organisation = VolunteerOrganisation(self)
        self.half_years = {
            max(week_from(date(year, month, 1)), 0)
            for year in range(2021, date_of(self.n_weeks).year + 1)
            for month in (1, 7)
        }
        self._make_supply()

    def _make_supply(self) -> None:
        n = self.n_municipalities
        population = self.places["population_2024"].to_numpy(float)
        self.area_of = areas_of(self.region_of, population, self.scale)
        areas = int(self.area_of.max()) + 1
        self.area_share = np.bincount(self.area_of, weights=self.population_share, minlength=areas)
        keys = np.arange(1, n + 1, dtype=np.uint64)
        luck = luck_of(self.seed_value, 0)
        share = float(self._value("share_municipalities_with_priority"))
        mean, sd = float(self._value("registration_years_mean")), float(self._value("registration_years_sd"))
        noise = normals(luck, "fit", keys)[:, 0]
        self.priority_draw, self.pilot_draw = (
            spread_draws(draws[1:], draws[0, 0], population, self.region_of)
            for draws in (uniforms(luck, name, np.arange(n + 1, dtype=np.uint64)) for name in ("support", "pilot"))
        )
        self.supply = home_allocation.Supply(
            offers=np.zeros(areas),
            dwellings=uniforms(luck, "vacancy", keys[:areas])[:, [0, 1, 2, 3, 0]].copy(),  # fractions in steady state
            shared=np.zeros(areas),
            start_homes=np.zeros(areas),
            lent=np.zeros(areas),
            transition=np.zeros(areas),
            area_of=self.area_of,
            need=np.zeros(n),
            priority=self.priority_draw < share,
            registration_years=np.clip(mean + sd * noise, 3.0, 17.0),
            region_of=self.region_of,
            quota=np.zeros(areas),
        )
        self.moving_on_dwellings = np.zeros((areas, 5))
        self.weekly_homes = no_homes(areas)
        self.transition_total = 0.0
        self.plan_carry = np.zeros(n)
        self.childcare_carry = np.zeros(self.n_regions)
        self.training_places = 0.0
        self.in_programme = np.zeros((VISITS, work_programmes.KINDS), np.int64)  # by the turn of the person

    # What others ask -----------------------------------------------------------------------------------------------

    def members(self, cases: np.ndarray) -> np.ndarray:
        """Give the rows of the people of these households, household by household (int64)."""
        c = self.households.columns
        return members_of(cases, c["first_row"], c["size"])

    def count(self, name: str, value: float | np.integer) -> None:
        """Add to a flow of this week (see ``recorder.FLOWS``)."""
        self.recorder.count(name, value)

    @property
    def present(self) -> np.ndarray:
        """Rows of everybody in the country when the lists of this week were made (uint32, ascending)."""
        return rows_marked(self._marks[: self._listed], PRESENT)

    @property
    def adults(self) -> np.ndarray:
        """Rows of the adults among ``present``."""
        return rows_marked(self._marks[: self._listed], ADULT)

    def local_wait_change(self) -> float:
        """Give the weeks that lettings to status holders add to the wait of other home seekers for a corporation home.

        Others queue for what is left: their wait is the registration time times all homes over homes left, less the
        registration time.
        """
        lettings = self.recorder.flows["relet_new"] + self.recorder.flows["relet_moving_on"]
        relets = self.weekly_homes.relets.sum()
        years = float(self.supply.registration_years.sum()) / self.n_municipalities
        return years * WEEKS_IN_YEAR * lettings / max(relets - lettings, 1e-9) if relets > 0.0 else np.nan

    def results(self) -> Results:
        """Give the record so far as pandas frames, in real persons, dwellings and euros."""
        return self.recorder.results()

    def run(self, progress: Callable[[int, int], None] | None = None) -> "Model":
        """Run all weeks that are left; ``progress`` is called with (weeks done, weeks in all)."""
        while self.steps_done < self.n_weeks:
            self.step()
            if progress is not None:
                progress(self.steps_done, self.n_weeks)
        return self

    # The week ------------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Simulate one week; it raises RuntimeError after the last one."""
        self._begin()
        self._arrive()
        self._decide()
        self._place()
        self._visit()
        self._open_work()
        self._couple()
        self._meet()
        self._come_of_age()
        self._offer_programmes()
        self._plan()
        self._learn()
        self._examine()
        self._train()
        self._work()
        self._change_minds()
        self._pay()
        self._house()
        self._depart()
        self._record()

    def _begin(self) -> None:
        if self.steps_done >= self.n_weeks:
            raise RuntimeError(f"the run ended on week {self.n_weeks - 1}; make a new model to go further.")
        if self.week >= self.prepared_until:
            last = min(self.week + PREPARED_WEEKS, self.n_weeks)
            arrivals.prepare(self, self.week, last)
            self.prepared_until = last
        self.luck = luck_of(self.seed_value, self.week)
        if self.week in self.half_years:
            self.municipalities.start_half_year(float(self._value("housing_task_per_half_year")))
        if self.week % DECIDE_EVERY == 0:
            self._institutions_decide()

    def _rates(self, cls: Any) -> Any:
        return self.timetable.rates(cls, self.week)

    def _take(self, module: Any) -> Any:
        return self.people.take(module.Columns)

    def _visit(self) -> None:
        people = self.people
        if len(self._marks) < people.allocated:
            self._marks = room_for_marks(people.allocated)
            self._room = Lists(*(np.zeros(len(self._marks), np.uint32) for _ in Lists._fields))
            self.jobs_found, self.jobs_ending, self.access_opening = (
                larger_due(due, people.allocated) for due in (self.jobs_found, self.jobs_ending, self.access_opening)
            )
            self._word = _grown(self._word, people.allocated)
        in_class = np.zeros(self.n_regions + 1, np.int64)
        c = people.take(Columns)
        lengths = list_people(people.n, c, self.week, self._marks, self._room, in_class)
        self.lists = Lists(*(rows[:n] for rows, n in zip(self._room, lengths, strict=True)))
        self._listed = people.n
        self.in_route_by_region, self.in_pre_integration = in_class[:-1], int(in_class[-1])
        visited = self.lists.visited
        self.visit_weeks, self.since_visit = np.empty(len(visited)), np.empty(len(visited))
        visits.plan(visited, self._take(visits), self.week, self.visit_weeks, self.since_visit)
        keys = people.columns["key"]
        self.visit = self._lanes[VISIT_BLOCKS].fill(self.luck, keys, visited)
        self.network.fit()

    def _list_households(self) -> None:
        homes = self.households
        if len(self._home_marks) < homes.allocated:
            self._home_marks = room_for_marks(homes.allocated)
            room = len(self._home_marks)
            self._home_room = HouseholdLists(*(np.zeros(room, np.uint32) for _ in HouseholdLists._fields))
        c = homes.take(HouseholdColumns)
        lengths = list_households(homes.n, c, self.week, self._home_marks, self._home_room)
        self.home_lists = HouseholdLists(*(rows[:n] for rows, n in zip(self._home_room, lengths, strict=True)))
        keys = homes.columns["key"]
        self.home_lanes = self._lanes[HOUSEHOLD_BLOCKS].fill(self.luck, keys, self.home_lists.unsettled)
        self.moving_lanes = self._lanes[MOVING_BLOCKS].fill(self.luck, keys, self.home_lists.movers)

    def _shock(self, rows: np.ndarray, event: int) -> None:
        rates = self._rates(motivation.ShockRates)
        motivation.shock(rows, self.people.columns["motivation"], event, rates)

    def _arrive(self) -> None:
        arrivals.arrive(self)
        reunification.arrive(self)
        self._list_households()
        homes = self.households
        changed = np.empty_like(self.home_lists.unsettled)
        rates = self._rates(triage.Rates)
        _, n = triage.assign(self.home_lists.unsettled, homes.take(triage.Columns), rates, self.luck, changed)
        members = self.members(changed[:n])
        self.people.legal[members] = homes.legal[self.people.household[members]]

    def _decide(self) -> None:
        self.granted, refused = self.ind.decide(self.home_lists.unsettled)
        self._shock(self.granted, motivation.GRANTED)
        self._shock(refused, motivation.REFUSED)

    def _place(self) -> None:
        homes, cases = self.households, self.home_lists.unsettled
        c = homes.take(placement.Columns)
        there = np.zeros((3, self.n_regions))
        placement.occupancy(cases, c, there)
        residents = there.sum()
        if self.any_guests:
            guests.count(cases, homes.take(guests.Columns), self.n_regions, self.coa.guests)
        free = self.coa.plan(there)
        counts, gone = np.zeros(3, np.int64), np.empty_like(cases)
        n = placement.place(
            cases,
            c,
            self.people.take(placement.Members),
            there,
            free,
            self.coa.pattern[Housing.EMERGENCY],
            self.region_of,
            self._rates(placement.Rates),
            self.home_lanes,
            self.luck,
            counts,
            gone,
        )
        movers = self.members(gone[:n])
        self._shock(movers, motivation.MOVED)
        self.moved = movers
        ages = self.week - self.people.columns["birth_week"][movers]
        self.count("children_moved", np.count_nonzero(ages < ADULT_WEEKS))
        self.coa.after_placement(there)
        for name, value in zip(("placed", "crisis", "moved"), counts, strict=True):
            self.count(name, value)
        self.moved_share = counts[2] / max(residents, 1.0)

    def _open_work(self) -> None:
        c, rates, due = self._take(work_access), self._rates(work_access.Rates), self.access_opening
        visited, opened = self.lists.visited, np.empty(self.people.n, np.uint32)
        work_access.update(visited, c, self.visit_weeks, rates, self.luck, due, opened)
        work_access.foresee(self.granted, c, rates, self.luck, due)
        foreseen, _ = take_due(due, self.week)
        n = work_access.update(foreseen, c, np.zeros(len(foreseen)), rates, self.luck, due, opened)
        self.may_work_now = opened[:n]

    def _in_reception(self, cases: np.ndarray) -> np.ndarray:
        return rows_between(cases, self.households.columns["housing"], 0, Housing.TRANSITION)

    def _with_permit(self, cases: np.ndarray) -> np.ndarray:
        return rows_between(cases, self.households.columns["legal"], Legal.PERMIT, Legal.PERMIT + 1)

    def _coupled(self, cases: np.ndarray) -> np.ndarray:
        return rows_between(cases, self.households.columns["municipality"], 0, self.n_municipalities)

    def _couple(self) -> None:
        homes = self.households
        self.waiting = waiting = self._in_reception(self._with_permit(self.home_lists.unsettled))
        coupling.uncouple(waiting, homes.take(coupling.Columns), self._rates(coupling.Rates), self.luck)
        coupled = coupling.couple(
            rows_between(waiting, homes.columns["municipality"], -1, 0),
            homes.take(coupling.Columns),
            self.people.take(coupling.Members),
            self.quota,
            self.region_of,
            self.market_openness,
            self._rates(coupling.Rates),
            self.luck,
        )
        self.count("coupled", coupled)
        if self.week == 0:
            start.search_before(self)
        self._stay_with_hosts(waiting)

    def _stay_with_hosts(self, cases: np.ndarray) -> None:
        rates = self._rates(guests.Rates)
        if rates.share_guest > 0.0:
            guests.stay(
                cases,
                self.households.take(guests.Columns),
                self.people.take(guests.Members),
                self.network.slots,
                self.region_of,
                self.network.resident_starts,
                self.n_regions,
                rates,
                self.luck,
            )
            self.any_guests = True

    def _meet(self) -> None:
        people, homes, network = self.people, self.households, self.network
        if self.week % VISITS == 0:
            self._groups = network.groups(self.adults)
        if self.week == 0:
            start.acquaint(self, self._groups, self._word)
        made = ties.change(
            self.lists.visited,
            self._take(ties),
            network.slots,
            self._groups._replace(place_of=network.place_of),
            network.resident_starts,
            self.n_origins,
            self.visit_weeks,
            self._rates(ties.Rates),
            self.visit,
            self.luck,
        )
        ties.forget_region(
            self.lists.visited,
            self._take(ties),
            network.slots,
            people.columns["move_week"],
            self.since_visit,
            self._rates(ties.Rates),
            self.luck,
        )
        organisation = self.volunteer_organisation
        made += match(
            self.lists.visited,
            people.take(VolunteerPeople),
            self.volunteers.take(VolunteerColumns),
            organisation.starts,
            organisation.members,
            self._rates(VolunteerRates),
            self.visit,
            self.luck,
        )
        c = self._take(contacts)
        contacts.publish(self.lists.visited, c, self._word)
        sums = np.zeros(2)
        contacts.hear(
            self.lists.visited,
            c,
            self._word,
            network.slots,
            network.resident_employed,
            homes.columns["first_row"],
            homes.columns["size"],
            self.visit_weeks,
            sums,
        )
        self.count("ties_made", made)
        known, employed = sums.tolist()
        self.heard = (known / max(self.visit_weeks.sum(), 1.0), employed / known if known else np.nan)

    def _come_of_age(self) -> None:
        rows = self.lists.come_of_age
        intake.come_of_age(rows, self._take(intake), float(self._value("school_dutch_per_year")), self.week)

    def _offer_programmes(self) -> None:
        rates = self._rates(voorinburgering.Rates)
        free = self.coa.seats() * self.scale - self.in_pre_integration
        counts = np.zeros(4, np.int64)
        residents, visited, lanes, weeks = self.lists.residents, self.lists.visited, self.visit, self.visit_weeks
        offer = self._rates(triage.OfferRates)
        if offer.two_tracks_on and offer.unlikely_offer != triage.FULL:
            residents = residents[self._offered(residents)]
            if offer.unlikely_offer == triage.NO_OFFER:
                positions = self._offered(visited)
                visited, lanes, weeks = visited[positions], lanes[:, positions], weeks[positions]
        voorinburgering.update(residents, self._take(voorinburgering), free, rates, self.luck, counts)
        for name, value in zip(("asked", "consented", "pre_started", "pre_completed"), counts, strict=True):
            self.count(name, value)
        wishes = self._rates(volunteering.Rates)
        has_desk = volunteering.sites_with_desk(self.n_sites, wishes.participation_desk_coverage, self.luck)
        c = self._take(volunteering)
        volunteering.update(visited, c, has_desk, weeks, wishes, lanes, self.luck)

    def _offered(self, rows: np.ndarray) -> np.ndarray:
        columns = self.people.columns
        return triage.reached(rows, columns["legal"], columns["housing"])

    def _plan(self) -> None:
        c = self._take(intake)
        intake.oblige(self.lists.visited, c, self.luck)
        self.plan_carry = np.minimum(self.plan_carry, 1.0) + self.plans_per_week
        rates = self._rates(intake.Rates)
        coverage = self.ministry.education_coverage()
        if coverage != rates.education_route_coverage:
            rates = rates._replace(education_route_coverage=coverage)
        waiting, charge = self.lists.awaiting, self._rates(Charge)
        if charge.responsibility_from == ADDRESS:
            housing, since = self.people.columns["housing"], self.people.columns["housed_week"]
            waiting = in_charge(waiting, housing, since, self.week, charge.address_weeks)
        if charge.pilot_municipalities > 0.0:  # plans are made by municipality, so the two parts do not compete
            municipality = self.people.columns["municipality"][waiting]
            trial = (municipality >= 0) & (self.pilot_draw[municipality] < charge.pilot_municipalities)
            tried = rates._replace(
                early_start_share=min(rates.early_start_share + charge.pilot_early_start, 1.0),
                warm_handover_share=min(rates.warm_handover_share + charge.pilot_warm_handover, 1.0),
            )
            self.count("plans_made", intake.hold(waiting[trial], c, self.plan_carry, tried, self.luck))
            waiting = waiting[~trial]
        self.count("plans_made", intake.hold(waiting, c, self.plan_carry, rates, self.luck))

    def _learn(self) -> None:
        rates = self._rates(lessons.Rates)
        free = np.maximum(self.schools.seats - self.in_route_by_region, 0.0)
        waiting = lessons.waiting_for_childcare(self.lists.planned, self._take(lessons), self.week, self.n_regions)
        self.childcare_carry = np.minimum(self.childcare_carry, 4.0) + self.childcare.openings(waiting)
        c = self._take(lessons)
        teaching = quality(self._rates(SchoolRates))
        self.count(
            "class_hours",
            lessons.attend(self.lists.learners, c, teaching, float(VISITS), rates, self.luck),
        )
        started = lessons.take_seats(self.lists.planned, c, free, self.childcare_carry, rates.dual_share, self.luck)
        self.count("routes_started", started)
        loans.lend(self.lists.planned, self._take(loans), self._rates(loans.Rates), self.luck)
        lessons.practise(self.lists.visited, c, teaching, self.visit_weeks, rates, self.luck)

    def _examine(self) -> None:
        c = self._take(exams)
        rates = self._rates(exams.Rates)
        counts = np.zeros(3, np.int64)
        rows = self.lists.candidates
        self.count("finished", exams.update(rows, c, rates, self.luck, counts))
        for name, value in zip(("scaled_down", "exams", "passed"), counts, strict=True):
            self.count(name, value)
        exams.end_studies(self.lists.visited, c, self.visit_weeks, rates, self.visit)
        new = exams.naturalise(self.lists.visited, c, self.visit_weeks, rates, self.visit, self.luck)
        self.count("naturalised", new)

    def _train(self) -> None:
        places = self._rates(work_programmes.PlaceRates)
        a_week = places.training_places_per_year * self.scale / 52.0
        self.training_places = min(self.training_places, max(13.0 * a_week, 1.0)) + a_week
        taken = self.in_programme.sum(axis=0)
        jobs = np.array([0.0, places.participation_job_places, places.development_places, 0.0]) * self.scale
        free = jobs - taken[: work_programmes.PLACES]
        free[Programme.TRAINING] = self.training_places
        here = self.in_programme[self.week % VISITS]
        c = self._take(work_programmes)
        rates = self._rates(work_programmes.Rates)
        visited, weeks = self.lists.visited, self.visit_weeks
        begun = work_programmes.update(visited, c, free, here, weeks, rates, self.visit, self.luck)
        self.training_places = float(free[Programme.TRAINING])
        self.count("programmes_begun", begun)

    def _search(self, rows: np.ndarray, weeks: np.ndarray, lanes: np.ndarray) -> None:
        """Let the people in ``rows`` look for work in the weeks until their next visit."""
        c = self._take(job_search)
        job_search.consider(
            rows,
            c,
            self.households.columns["scored_early"],
            self.market_openness,
            self.work_centres.coverage,
            self._rates(job_search.Rates),
            lanes,
            self.luck,
        )
        found = self.people.take(job_search.FindColumns)
        job_search.search(rows, found, weeks, lanes, self.week, self.jobs_found)

    def _work(self) -> None:
        people, visited, weeks = self.people, self.lists.visited, self.visit_weeks
        c = self._take(job_loss)
        rates = self._rates(job_loss.Rates)
        job_loss.update(visited, c, weeks, rates, self.visit, self.luck, self.jobs_ending)
        ending, _ = take_due(self.jobs_ending, self.week)
        self.count("job_losses", job_loss.end(ending, c) + job_loss.drop(self.moved, c, rates, self.luck))
        working_hours.update(visited, self._take(working_hours), weeks, self._rates(working_hours.Rates))
        c = self._take(job_search)
        rates = self._rates(job_search.Rates)
        counts = np.zeros(4, np.int64)
        job_search.grant_work_permits(self.work_permits_asked, c, rates, self.luck, counts)
        self._search(visited, weeks, self.visit)
        looking = np.concatenate([self.may_work_now, ending])
        looking, weeks_left = visits.between(looking, self._take(visits), self.week)
        self._search(looking, weeks_left, self._lanes_between.fill(self.luck, people.columns["key"], looking))
        finds, through = take_due(self.jobs_found, self.week)
        job_search.hire(
            finds,
            through,
            c,
            self.employers.columns["vacancies"],
            self.employers.first,
            self.employers.counts,
            rates,
            self.luck,
            counts,
        )
        asked = np.concatenate([self.work_permits_asked, finds])
        work = self.people.columns["work"]
        self.work_permits_asked = rows_between(asked, work, Work.PERMIT_PENDING, Work.PERMIT_PENDING + 1)
        for name, value in zip(("hires", "work_permits_asked", "work_permits", "no_vacancy"), counts, strict=True):
            self.count(name, value)
        diplomas.update(visited, self._take(diplomas), weeks, self._rates(diplomas.Rates), self.visit, self.luck)

    def _change_minds(self) -> None:
        rates = self._rates(lessons.Rates)
        hours = max(rates.day1_hours, rates.nt2_likely_hours)
        half = bool(hours < self._value("half_activity_hours"))
        abroad = self.households.columns["abroad"]
        visited, weeks = self.lists.visited, self.visit_weeks
        motivation.update(visited, self._take(motivation), abroad, half, weeks, self._rates(motivation.Rates))
        statuses = self._rates(status.Rates)
        if statuses.two_status_on:
            keys = self.households.columns["key"]
            status.wear(visited, self._take(status), keys, weeks, statuses, self.luck)
        c = self._take(capacity_to_act)
        kinds = self.households.columns["kind"]
        capacity_to_act.update(visited, c, kinds, half, weeks, self._rates(capacity_to_act.Rates), self.luck)
        c = self._take(mental_health)
        rates = self._rates(mental_health.Rates)
        new = mental_health.update(visited, c, weeks, rates, self.visit, self.luck)
        self.count("new_complaints", new)

    def _pay(self) -> None:
        sums = np.zeros(2, np.int64)
        visited, weeks = self.lists.visited, self.visit_weeks
        money.update(visited, self._take(money), weeks, self._rates(money.Rates), self.visit, self.luck, sums)
        self.count("contribution", sums[0] / 100)
        self.count("saved", sums[1] / 100)

    def _house(self) -> None:
        homes, people, supply = self.households, self.people, self.supply
        keep_weeks = float(self._value("vacancy_kept_weeks"))
        self.count("start_homes_to_others", release(self.weekly_homes, supply, self.moving_on_dwellings, keep_weeks))
        self.count("homes_built", self.weekly_homes.start.sum())
        self.count("homes_converted", self.weekly_homes.converted.sum())
        transition = float(self._value("transition_places")) * self.scale
        supply.transition[:] += (transition - self.transition_total) * self.area_share
        self.transition_total = transition
        kept = np.minimum(supply.offers, OFFERS_KEPT_WEEKS * self.offers_per_week + LARGEST_HOUSEHOLD)
        supply.offers[:] = kept + self.offers_per_week
        queue = self._coupled(self.waiting)
        counts = np.zeros(6, np.int64)
        rates = self._rates(home_allocation.Rates)
        columns = homes.take(home_allocation.Columns)
        housed = home_allocation.allocate(
            queue, columns, people.take(home_allocation.Members), supply, rates, self.luck, counts
        )
        again = np.zeros(2, np.int64)
        left = moving_on.move_on(
            self.home_lists.movers,
            columns,
            people.take(moving_on.Members),
            supply,
            self.moving_on_dwellings,
            self._rates(moving_on.Rates),
            rates,
            self.moving_lanes,
            self.luck,
            again,
        )
        gone = rows_between(queue, homes.columns["housing"], Housing.TRANSITION, Housing.NONE + 1)
        self._shock(self.members(gone), motivation.HOUSED)
        realised = np.bincount(homes.municipality[gone], weights=homes.size[gone], minlength=self.n_municipalities)
        self.municipalities.all.realised[:] += realised / self.scale
        self.count("housed", housed + left)
        names = (
            "housed_joined",
            "housed_social",
            "housed_shared",
            "housed_start_home",
            "housed_transition",
            "relet_new",
        )
        for name, value in zip(names, counts, strict=True):
            self.count(name, value)
        self.count("relet_moving_on", again[0])
        self.count("relets_to_others", self.weekly_homes.relets.sum() - counts[5] - again[0])
        self.count("housed_private", left)

    def _depart(self) -> None:
        homes, people = self.households, self.people
        rows = self.home_lists.unsettled
        counts, gone = np.zeros(5, np.int64), np.empty_like(rows)
        _, n = departures.leave(
            rows,
            homes.take(departures.Columns),
            people.take(departures.Members),
            self._rates(departures.Rates),
            self.home_lanes,
            self.luck,
            counts,
            gone,
        )
        gone = gone[:n]
        names = ("left_supervised", "left_forced", "left_unsupervised", "reopened")
        for name, value in zip(names, counts[1:], strict=True):
            self.count(name, value)
        homes.site[gone] = -1
        members = self.members(gone)
        for name in ("site", "region"):
            people.columns[name][members] = -1
        visitors = people.volunteer[members]
        np.subtract.at(self.volunteers.clients, visitors[visitors > 0], 1)
        for name in ("volunteer", "earnings", "employer"):
            people.columns[name][members] = 0
        self._word[members] = 0

    def _record(self) -> None:
        self.recorder.record()
        self.steps_done += 1
        self.week += 1
        if self.steps_done == 2 * VISITS:
            mark_compiled()

    # Every four weeks ----------------------------------------------------------------------------------------------

    def _institutions_decide(self) -> None:
        people, homes = self.people, self.households
        n = self.n_municipalities
        waiting, clients, wanted, fresh = (
            np.zeros(size + 1, np.int64) for size in (n, n, self.n_regions, self.n_regions)
        )
        count_clients(self.present, people.take(ClientColumns), self.week, waiting, clients, wanted, fresh)
        waiting_cases = self._in_reception(self._with_permit(self.home_lists.unsettled))
        queue = self._coupled(waiting_cases)
        demand = np.bincount(homes.municipality[queue], weights=homes.size[queue], minlength=n)
        municipalities = self.municipalities
        municipalities.all.in_pilot[:] = self.pilot_draw < float(self._value("pilot_municipalities"))
        draws = normals(self.luck, "municipality", np.arange(1, n + 1, dtype=np.uint64))
        municipalities.decide(waiting, clients, demand, draws)
        offers = municipalities.all.offers_per_week
        self.offers_per_week = np.bincount(self.area_of, weights=offers, minlength=len(self.area_share))
        self.weekly_homes = no_homes(len(self.area_share))
        self.corporations.decide()
        self.building.decide(float(homes.size[waiting_cases].sum()) / self.scale)
        self.supply.registration_years[:] *= (1.0 + self._value("local_demand_growth")) ** (DECIDE_EVERY / 52.0)
        self.ministry.decide(float(clients.sum()))
        self.plans_per_week = municipalities.all.plans_per_week * self.ministry.paid_for
        self.supply.need[:] = municipalities.need()
        self.supply.priority[:] = self.priority_draw < float(self._value("share_municipalities_with_priority"))
        open_task = municipalities.open_task() * self.scale
        self.quota = np.maximum(open_task - demand, 0.0) + 0.05 * self.population_share * self.scale * 1000.0
        wanted = wanted[:-1]
        self.schools.decide(wanted / wanted.sum() if wanted.sum() else self.region_share)
        markets = self.labour_markets
        markets.decide(getattr(self, "moved_share", 0.04))
        self.market_openness = markets.openness * markets.factor
        self.work_centres.decide()
        self.volunteer_organisation.recruit(fresh[:-1].astype(float))

    def __repr__(self) -> str:
        return (
            f"<Werkstand model: week {self.week} of {self.n_weeks} ({date_of(self.week)}), scale {self.scale}, "
            f"{len(self.present)} people present>"
        )


def _is(given: Any, kind: type) -> bool:
    """Say whether what was given is of a kind, whatever its annotation promises."""
    return isinstance(given, kind)


def _grown(rows: np.ndarray, length: int) -> np.ndarray:
    """Give a longer list of rows that begins with the same rows."""
    longer = np.zeros(length, rows.dtype)
    longer[: len(rows)] = rows
    return longer
