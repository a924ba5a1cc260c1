"""A plain-Mesa twin of the model: the same rules, called object by object, to compare speed and results with.

``PlainModel`` is how the model would be written in Mesa alone: a ``Person`` and a ``Household`` are ``mesa.Agent``
objects with attributes, contacts are Python lists of persons, the week is a few ``shuffle_do`` calls over
``agents_by_type`` with the queues of institutions between them, luck is ``self.random`` and a ``DataCollector`` keeps
the main metrics. Every equation is the function of ``abm/processes`` in its plain Python form (``.py_func``); loops,
queues and bookkeeping are written again here, in the order of ``abm.model.Model.step``.

What it does not do again, all in favour of the twin's speed:

- Who people are. The start and the arrivals are read from the tables of an ``abm.Model`` that is never stepped
  (``self.world``), so both models simulate the same applicants.
- Institutions. Municipalities, COA, corporations, schools, childcare, work centres and employers are ordinary Mesa
  agents already; those of ``self.world`` decide here too. The IND and the volunteers' organisation, which go through
  people, are written again.
- ``exp``, ``logistic``, ``chance_of`` and ``clip`` inside a rule stay compiled.
- Group tables, cohort curves, costs and network statistics: it records much less.

Luck differs, so results agree in distribution and not person by person.
"""

from collections import defaultdict
from types import SimpleNamespace

import mesa
import numpy as np

from abm.draws import luck_of, normals
from abm.institutions.corporation import no_homes, release
from abm.institutions.ind import FIRST_COME, IND, LAST_COME, LIKELY_FIRST
from abm.institutions.ind import Rates as INDRates
from abm.institutions.language_school import Rates as SchoolRates
from abm.institutions.language_school import quality
from abm.institutions.volunteers import Rates as VolunteerRates
from abm.model import DECIDE_EVERY, LARGEST_HOUSEHOLD, OFFERS_KEPT_WEEKS, PREPARED_WEEKS, Model
from abm.people import NEVER
from abm.processes import (
    arrivals,
    capacity_to_act,
    coupling,
    departures,
    diplomas,
    exams,
    home_allocation,
    intake,
    job_loss,
    job_search,
    lessons,
    mental_health,
    money,
    motivation,
    moving_on,
    placement,
    reunification,
    ties,
    triage,
    volunteering,
    voorinburgering,
    work_access,
    working_hours,
)
from abm.processes.motivation import GRANTED, REFUSED
from abm.processes.work_access import PENSION_WEEKS
from abm.queues import pick_weighted
from abm.states import FoundThrough, Housing, Integration, Legal, Work
from abm.turns import ADULT_WEEKS
from tests.benchmarks.plain_household import Household
from tests.benchmarks.plain_person import VISITS, Person, Resident, Volunteer

# the rules of the model in their plain Python form
net_gain = money.net_gain.py_func
size_class = home_allocation.size_class.py_func
smallest_free = home_allocation.smallest_free.py_func


class PlainIND(IND):
    """The IND, choosing from a list of households."""

    def choose(self, open_cases, track, capacity, rates):
        """Give the households to decide this week."""
        week = self.model.week
        cases = [case for case in open_cases if case.legal == track]
        if rates.decision_hold_weeks > 0:
            cases = [case for case in cases if week - case.application_week >= rates.decision_hold_weeks]
        self.carry[track] += capacity
        budget = self.carry[track]
        if not cases or budget < 1.0:
            self.carry[track] = min(budget, max(capacity, 1.0))
            return []

        def order(case):
            turn = case.application_week + rates.decision_order_noise_weeks * case.order_noise
            if rates.decision_order == FIRST_COME:
                return turn, case.key
            if rates.decision_order == LAST_COME:
                return -turn, case.key
            sign = -1.0 if rates.decision_order == LIKELY_FIRST else 1.0
            return turn + sign * 1000.0 * rates.grant_rate_by_origin[case.origin], case.key

        chosen = []
        for case in sorted(cases, key=order):
            if case.size > self.carry[track] + 1e-9:
                break
            self.carry[track] -= case.size
            chosen.append(case)
        if len(chosen) == len(cases):
            self.carry[track] = min(self.carry[track], max(capacity, 1.0))
        return chosen

    def decide(self, open_cases):
        """Decide this week's cases."""
        model = self.model
        rates = model.timetable.rates(INDRates, model.week)
        scale = model.scale * rates.ind_capacity_multiplier
        chances = self.chances(rates)
        granted = []
        for track, capacity in (
            (Legal.GENERAL_TRACK, rates.general_decisions_per_week),
            (Legal.SHORT_TRACK, rates.short_track_decisions_per_week),
        ):
            for case in self.choose(open_cases, track, capacity * scale, rates):
                again = case.members[0].decision_week != NEVER
                grant = (model.random.random() if again else case.grant_luck) < chances[case.origin]
                case.set_legal(Legal.PERMIT if grant else Legal.REJECTED)
                for person in case.members:
                    person.decision_week = model.week
                    person.take_in(GRANTED if grant else REFUSED)
                if grant:
                    granted.append(case)
                    if rates.registration_from == 0:
                        case.registration_week = model.week
                    at_home = case.housing == Housing.PRIVATE
                    for one in (case, *case.members):
                        one.permit_week = model.week
                        if at_home:
                            one.housed_week = model.week
                else:
                    for person in case.members:
                        person.work = Work.OUTSIDE if person.work == Work.OUTSIDE else Work.BARRED
                        person.earnings, person.employer = 0.0, 0
        model.await_families(granted)


class PlainModel(mesa.Model):
    """The twin; the arguments are those of ``abm.Model``."""

    def __init__(self, *, until="2030-12-31", scale=0.02, seed=1, parameters=None):
        super().__init__(rng=seed)
        self.world = Model(until=until, scale=scale, seed=seed, parameters=parameters)
        world = self.world
        self.scale, self.n_weeks, self.timetable = world.scale, world.n_weeks, world.timetable
        self.week = self.steps_done = 0
        self.person_weeks = self.in_course = 0
        self.prepared_until = 0
        self.supply = world.supply
        self.spread = world.coa.pattern[Housing.EMERGENCY]
        self.n_regions, self.region_of = world.n_regions, world.region_of.tolist()
        self.ind = PlainIND(self)
        uniform = self.random.random
        self.desk_luck = [uniform() for _ in range(world.n_sites)]
        share = world.timetable.value("share_natives_employed", 0)
        per_place = np.diff(world.network.resident_starts).tolist()
        self.residents = [[Resident(uniform() < share) for _ in range(count)] for count in per_place]
        self.volunteers_of = defaultdict(list)
        self.moved_share, self.transition_total, self.reunifiers_due = 0.04, 0.0, 0.0
        self.plan_carry = [0.0] * world.n_municipalities
        self.childcare_carry = [0.0] * self.n_regions
        self.household_in_row, self.person_in_row = {}, {}
        legal = world.households.legal
        self.enter(np.flatnonzero((legal != Legal.ABROAD) & (legal != Legal.LEFT)))
        reporters = ("in_reception", "status_holders_in_reception", "open_cases", "housed", "hires", "employed")
        reporters += ("in_route", "motivation_in_reception", "motivation_housed", "capacity_in_reception")
        reporters += ("capacity_housed", "language_in_route", "complaint_share", "contacts_mean")
        self.datacollector = mesa.DataCollector(model_reporters={name: name for name in reporters})

    def enter(self, rows):
        """Make agents of the households in these rows of ``world``, with their members."""
        homes, people = self.world.households, self.world.people
        columns = {name: array[rows].tolist() for name, array in homes.columns.items()}
        for row, *values in zip(rows.tolist(), *columns.values(), strict=True):
            household = Household(self, dict(zip(columns, values, strict=True)))
            household.waits_for = self.household_in_row.get(household.referent)
            household.row = row
            self.household_in_row[row] = household
        members = self.world.members(rows)
        columns = {name: array[members].tolist() for name, array in people.columns.items()}
        new = []
        for row, *values in zip(members.tolist(), *columns.values(), strict=True):
            record = dict(zip(columns, values, strict=True))
            person = self.person_in_row[row] = Person(self, self.household_in_row[record["household"]], record)
            new.append(person)
        for person in new:
            person.partner = self.person_in_row.get(person.partner)

    # The week ------------------------------------------------------------------------------------------------------

    def step(self):
        """Simulate one week."""
        self.begin()
        self.arrive()
        self.pending = self.agents_by_type[Household].select(lambda household: household.pending)
        self.pending.do("screen")
        self.ind.decide(self.pending)
        self.place()
        self.couple()
        self.person_weeks += len(self.agents_by_type[Person])
        adults = self.agents_by_type[Person].select(lambda person: person.adult)
        if self.week % DECIDE_EVERY == 0:
            self.group(adults)
        if self.week == 0:
            adults.do("begin_contacts")
        adults.shuffle_do("step")
        self.give_courses()
        self.hold_intakes()
        self.give_seats()
        adults.do("work_on")  # order matters only where people compete or hear from each other
        self.hire()
        adults.select(lambda person: person.visited).do("feel")
        self.house()
        self.pending.do("leave")
        self.count()
        self.datacollector.collect(self)
        self.steps_done += 1
        self.week += 1

    def run(self):
        """Run all weeks that are left."""
        while self.steps_done < self.n_weeks:
            self.step()
        return self

    def begin(self):
        """Set what holds for the whole week; let institutions decide."""
        world, week = self.world, self.week
        world.week = week
        world.luck = luck_of(world.seed_value, week)
        if week >= self.prepared_until:
            self.prepared_until = min(week + PREPARED_WEEKS, self.n_weeks)
            arrivals.prepare(world, week, self.prepared_until)
        self.turn = week % VISITS
        self.set_rates()
        self.moved = self.housed = self.hires = 0
        self.seats_taken = [0] * self.n_regions
        self.asking, self.awaiting, self.planned, self.finds, self.movers = [], [], [], [], []
        if week in world.half_years:
            task = float(self.timetable.value("housing_task_per_half_year", week))
            world.municipalities.start_half_year(task)
        if week % DECIDE_EVERY == 0:
            self.institutions_decide()
        self.free_seats = self.timetable.value("vbi_seats", week) * self.scale - self.in_course

    def set_rates(self):
        """Take the parameters of the week."""

        def rates(cls):
            return self.timetable.rates(cls, self.week)

        self.rates = SimpleNamespace(
            triage=rates(triage.Rates),
            placement=rates(placement.Rates),
            coupling=rates(coupling.Rates),
            access=rates(work_access.Rates),
            ties=rates(ties.Rates),
            moves=rates(ties.MoveRates),
            volunteers=rates(VolunteerRates),
            programmes=rates(voorinburgering.Rates),
            volunteering=rates(volunteering.Rates),
            intake=rates(intake.Rates),
            lessons=rates(lessons.Rates),
            exams=rates(exams.Rates),
            job_loss=rates(job_loss.Rates),
            hours=rates(working_hours.Rates),
            search=rates(job_search.Rates),
            diplomas=rates(diplomas.Rates),
            effort=rates(motivation.EffortRates),
            motivation=rates(motivation.Rates),
            shocks=rates(motivation.ShockRates),
            capacity=rates(capacity_to_act.Rates),
            health=rates(mental_health.Rates),
            money=rates(money.Rates),
            homes=rates(home_allocation.Rates),
            moving_on=rates(moving_on.Rates),
            departures=rates(departures.Rates),
        )
        self.quality = quality(rates(SchoolRates))
        self.early_hours = max(self.rates.lessons.day1_hours, self.rates.lessons.nt2_likely_hours)
        self.half_lessons = self.early_hours < self.timetable.value("half_activity_hours", self.week)
        r = self.rates.search
        full = r.weekly_hours_job * r.hourly_wage * 52.0 / 12.0
        gain = net_gain(full, r.reba_rate, r.reba_free, r.reba_cap)
        self.gain_in_reception = gain + (full - gain) * r.savings_share * r.savings_perceived
        self.gain_later = max(full - r.benefit_single, 0.0)
        self.gain_at_home = max(self.gain_later, r.benefit_taper * full)
        kept = self.gain_in_reception / (full * r.usual_kept_share)
        self.keen = 1.0 + r.search_by_kept_share * (kept - 1.0)

    def arrive(self):
        """Let this week's cases apply and families follow (arrivals.arrive, reunification.arrive)."""
        world, homes = self.world, self.world.households
        rows = world.expected_cases.get(self.week, np.zeros(0, np.int64))
        arrivals.arrive(world)
        self.enter(rows)
        rates = self.timetable.rates(reunification.Rates, self.week)
        self.reunifiers_due += rates.reunifier_arrivals_per_week * self.scale
        if self.week % reunification.ORDER_EVERY == 0:
            reunification.put_in_order(world, rates)
        arriving, up = [], 0
        for row in world.abroad.tolist():
            referent = self.household_in_row[int(homes.referent[row])]
            if referent.legal == Legal.LEFT or self.random.random() < rates.share_families_refused:
                referent.abroad = 0
            elif self.reunifiers_due >= homes.size[row]:
                self.reunifiers_due -= int(homes.size[row])
                referent.abroad = 0
                arriving.append(row)
            else:
                break
            up += 1
        world.abroad = world.abroad[up:]
        self.enter(np.array(arriving, np.int64))
        for row in arriving:
            family = self.household_in_row[row]
            family.set_legal(Legal.PERMIT)
            family.permit_week = family.arrival_week = self.week
            for person in family.members:
                person.permit_week = person.decision_week = self.week
                person.arrival_week = person.application_week = self.week
            head, waiting = family.members[0], family.waits_for.members[0]
            if head.adult:
                head.partner, waiting.partner = waiting, head

    def await_families(self, granted):
        """Let families of newly granted cases begin to wait abroad."""
        if not granted:
            return
        rows = np.array([case.row for case in granted])
        waiting = len(self.world.abroad)
        self.world.households.permit_week[rows] = self.week
        reunification.begin_waiting(self.world, rows, self.world.luck)
        for row in self.world.abroad[waiting:].tolist():
            referent = self.household_in_row[int(self.world.households.referent[row])]
            referent.abroad += int(self.world.households.size[row])

    def occupancy(self):
        """Give the persons by kind and region of reception."""
        count = [[0.0] * self.n_regions for _ in range(3)]
        for case in self.pending:
            if case.site >= 0:
                kind, region = divmod(case.site, self.n_regions)
                count[kind][region] += case.size
        return np.array(count)

    def place(self):
        """Place arrivals and movers in reception, in the order of luck."""
        coa = self.world.coa
        there = self.occupancy()
        free = coa.plan(there)
        self.over = np.where((free < 0) & (there > 0), np.minimum(-free / np.maximum(there, 1.0), 1.0), 0.0).tolist()
        self.free = free
        self.room_elsewhere = float(np.maximum(free[Housing.ELSEWHERE], 0.0).sum())
        markets = self.world.labour_markets
        self.work_in_region = [market.factor * market.openness for market in markets]
        movers = self.pending.select(lambda household: household.must_find_place())
        for household in movers:
            if household.site >= 0:  # all who move leave their place first
                kind, region = divmod(household.site, self.n_regions)
                self.free[kind][region] += household.size
        movers.shuffle_do("find_place")
        coa.after_placement(self.occupancy())
        self.moved_share = self.moved / max(there.sum(), 1.0)

    def couple(self):
        """End couplings that led nowhere; couple permit holders in reception, in the order of luck (coupling.py)."""
        holders = self.pending.select(lambda household: household.legal == Legal.PERMIT and household.in_reception)
        holders.select(lambda household: household.municipality >= 0).do("uncouple")
        holders.select(lambda household: household.municipality < 0).shuffle_do("couple")

    def pick_municipality(self, uniform, region=None):
        """Draw a municipality by what it has still to take, if given in a region."""
        if region is not None:
            local = [q if r == region else 0.0 for q, r in zip(self.quota, self.region_of, strict=True)]
            if any(local):
                return pick_weighted(np.array(local), uniform)
        return pick_weighted(np.array(self.quota), uniform)

    def work_in(self, municipality):
        """Give the factor on finding work in the region of a municipality."""
        return self.work_in_region[self.region_of[municipality]]

    def group(self, adults):
        """List people by place, by region and origin, and by employer."""
        self.by_place, self.by_origin, self.by_employer = defaultdict(list), defaultdict(list), defaultdict(list)
        for person in adults:
            if person.housing < Housing.TRANSITION:
                person.place = ("site", person.site)
            elif person.housing <= Housing.SHARED and person.municipality >= 0:
                person.place = ("shared", person.municipality)
            else:
                person.place = None
            self.by_place[person.place].append(person)
            self.by_origin[person.region, person.origin].append(person)
            self.by_employer[person.employer].append(person)

    def introduce(self, person, contacts, group, most):
        """Let someone meet a member of a group, if there are not ``most`` contacts of the kind already."""
        if group and len(contacts) < most:
            other = self.random.choice(group)
            if other is not person and other not in contacts:
                contacts.append(other)

    def give_courses(self):
        """Give the free seats of pre-integration to those who ask, by luck (voorinburgering.update)."""
        self.random.shuffle(self.asking)
        for person in self.asking:
            if self.free_seats < 1.0:
                break
            person.integration, person.pre_start_week = Integration.PRE_INTEGRATION, self.week
            self.free_seats -= 1.0
            self.in_course += 1

    def hold_intakes(self):
        """Let municipalities hold intakes, longest wait first."""
        plans = self.plans_per_week
        self.plan_carry = [min(carry, 1.0) + new for carry, new in zip(self.plan_carry, plans, strict=True)]
        for _, person in sorted(self.awaiting, key=lambda entry: entry[0]):
            waits = person.integration == Integration.AWAITING_INTAKE  # and did not begin a course this week
            if waits and self.plan_carry[person.municipality] >= 1.0:
                self.plan_carry[person.municipality] -= 1.0
                person.make_plan()

    def give_seats(self):
        """Let schools give seats in order of plan; carers need childcare first."""
        taken = zip(self.world.schools, self.seats_taken, strict=True)
        seats = [max(school.seats - n, 0.0) for school, n in taken]
        waiting = [0] * self.n_regions
        for person in self.planned:
            waiting[person.region] += int(self.week < person.care_until_week and person.childcare_week == NEVER)
        openings = self.world.childcare.openings(np.array(waiting))
        care = [min(carry, 4.0) + new for carry, new in zip(self.childcare_carry, openings, strict=True)]
        for person in sorted(self.planned, key=lambda p: p.plan_week + p.seat_luck):
            waits = self.week < person.care_until_week and person.childcare_week == NEVER
            if waits and care[person.region] >= 1.0:
                care[person.region] -= 1.0
                person.childcare_week = self.week
                waits = False
            if not waits and seats[person.region] >= 1.0:
                seats[person.region] -= 1.0
                person.start_route()
        self.childcare_carry = care

    def hire(self):
        """Match finds with vacancies of the region, by luck (job_search.hire)."""
        employers, rates = self.world.employers, self.rates.search
        vacancies = employers.vacancies
        self.random.shuffle(self.finds)
        for person, through in self.finds:
            first, count = int(employers.first[person.region]), int(employers.counts[person.region])
            start = int(self.random.random() * count)
            for step in range(min(count, 8)):
                employer = first + (start + step) % count
                if vacancies[employer] >= 1.0:
                    break
            else:
                continue
            vacancies[employer] -= 1.0
            person.employer = employer
            if person.first_job_through == FoundThrough.NONE:
                person.first_job_through = through
            if person.in_procedure and rates.twv_on:
                person.work, person.work_permit_week = Work.PERMIT_PENDING, self.week
            else:
                person.start_job()
                self.hires += 1

    def house(self):
        """Let municipalities and corporations house people, and people move on."""
        world, supply = self.world, self.supply
        release(world.weekly_homes, supply, world.moving_on_dwellings)
        transition = float(self.timetable.value("transition_places", self.week)) * self.scale
        supply.transition[:] += (transition - self.transition_total) * world.area_share
        self.transition_total = transition
        kept = np.minimum(supply.offers, OFFERS_KEPT_WEEKS * self.offers_per_week + LARGEST_HOUSEHOLD)
        supply.offers[:] = kept + self.offers_per_week
        queue = [
            case
            for case in self.pending
            if case.legal == Legal.PERMIT and case.municipality >= 0 and case.housing < Housing.TRANSITION
        ]
        for household in sorted(queue, key=lambda household: -household.place_in_line()):
            if household.housing < Housing.TRANSITION:
                household.find_home()
        self.agents_by_type[Household].select(lambda h: h.turn % VISITS == self.turn).shuffle_do("look_around")
        for _, household in sorted(self.movers, key=lambda entry: entry[0]):
            free = world.moving_on_dwellings[supply.area_of[household.municipality]]
            wanted = smallest_free(free, size_class(household.size))
            if wanted >= 0:
                free[wanted] -= 1.0
                household.leave_place()
                household.home_size = wanted
                household.move_home(Housing.SOCIAL)

    def institutions_decide(self):
        """Let the institutions decide for four weeks (``Model._institutions_decide``)."""
        world, n = self.world, self.world.n_municipalities
        waiting, clients, demand = [0] * n, [0] * n, [0.0] * n
        wanted, fresh = [0] * self.n_regions, [0.0] * self.n_regions
        for p in self.agents_by_type[Person]:
            in_route = Integration.B1_ROUTE <= p.integration <= Integration.A2_ROUTE
            housed = p.housing >= Housing.TRANSITION
            if p.municipality >= 0:
                clients[p.municipality] += in_route
                waiting[p.municipality] += housed and p.integration == Integration.AWAITING_INTAKE
            if p.region >= 0:
                wanted[p.region] += in_route or p.integration == Integration.PLAN_MADE
                fresh[p.region] += not housed or self.week - p.housed_week < 52
        for h in self.agents_by_type[Household]:
            if h.legal == Legal.PERMIT and h.municipality >= 0 and h.housing < Housing.TRANSITION:
                demand[h.municipality] += h.size
        draws = normals(world.luck, "municipality", np.arange(1, n + 1, dtype=np.uint64))
        world.municipalities.decide(np.array(waiting), np.array(clients), np.array(demand, float), draws)
        offers = np.array([m.offers_per_week for m in world.municipalities])
        self.offers_per_week = np.bincount(world.area_of, weights=offers, minlength=len(world.area_share))
        self.plans_per_week = [m.plans_per_week for m in world.municipalities]
        world.weekly_homes = no_homes(len(world.area_share))
        world.corporations.decide()
        self.supply.need[:] = [m.need for m in world.municipalities]
        share = self.timetable.value("share_municipalities_with_priority", self.week)
        self.supply.priority[:] = world.priority_draw < share
        sliver = (0.05 * world.population_share * self.scale * 1000.0).tolist()
        self.quota = [
            max((m.task + m.arrears - m.realised) * self.scale - demand[m.index], 0.0) + sliver[m.index]
            for m in world.municipalities
        ]
        world.schools.decide(np.array(wanted) / sum(wanted) if sum(wanted) else world.region_share)
        world.labour_markets.decide(self.moved_share)
        world.work_centres.decide()
        self.coverage = [centre.coverage for centre in world.work_centres]
        self.recruit(fresh)

    def recruit(self, served):
        """Let volunteers stop and recruit new ones (``VolunteerOrganisation.recruit``)."""
        rates = self.rates.volunteers
        for volunteer in list(self.agents_by_type.get(Volunteer, ())):
            if self.random.random() < VISITS * rates.volunteer_attrition:
                volunteer.active = False
                volunteer.remove()
        self.volunteers_of = defaultdict(list)
        for volunteer in self.agents_by_type.get(Volunteer, ()):
            self.volunteers_of[volunteer.region].append(volunteer)
        for region, persons in enumerate(served):
            wanted = persons * rates.volunteers_per_100 / 100.0 * rates.volunteer_supply
            for _ in range(round(wanted) - len(self.volunteers_of[region])):
                self.volunteers_of[region].append(Volunteer(self, region))

    # What is reported ----------------------------------------------------------------------------------------------

    def count(self):
        """Count what the data collector reports, in simulated persons and means over adults of 18 to 66."""
        week = self.week
        self.in_reception = self.status_holders_in_reception = self.open_cases = 0
        self.employed = self.in_route = 0
        n, motivation_sum, capacity_sum = [0, 0], [0.0, 0.0], [0.0, 0.0]
        language = contacts = 0.0
        adults_permit = complaints = heard = 0
        for p in self.agents_by_type[Person]:
            in_reception = p.housing < Housing.TRANSITION
            if in_reception:
                self.in_reception += 1
                if p.legal == Legal.PERMIT:
                    self.status_holders_in_reception += 1
            if Legal.REGISTERING <= p.legal <= Legal.SHORT_TRACK:
                self.open_cases += 1
            age = week - p.birth_week
            if age < ADULT_WEEKS or age >= PENSION_WEEKS:
                continue
            n[in_reception] += 1
            motivation_sum[in_reception] += p.motivation
            capacity_sum[in_reception] += p.capacity
            if p.employed:
                self.employed += 1
            if Integration.B1_ROUTE <= p.integration <= Integration.A2_ROUTE:
                self.in_route += 1
                language += p.language
            if p.legal == Legal.PERMIT or p.legal == Legal.NATURALISED:
                adults_permit += 1
                complaints += p.complaint
            if p.visited:
                heard += p.visit_weeks
                contacts += p.visit_weeks * p.contacts
        self.motivation_housed, self.motivation_in_reception = (
            s / max(k, 1) for s, k in zip(motivation_sum, n, strict=True)
        )
        self.capacity_housed, self.capacity_in_reception = (s / max(k, 1) for s, k in zip(capacity_sum, n, strict=True))
        self.language_in_route = language / max(self.in_route, 1)
        self.complaint_share = complaints / max(adults_permit, 1)
        self.contacts_mean = contacts / max(heard, 1)

    def weekly(self):
        """Give the collected metrics as a frame, counts in real persons."""
        frame = self.datacollector.get_model_vars_dataframe()
        means = [name for name in frame if name.startswith(("motivation", "capacity", "language"))]
        means += ["complaint_share", "contacts_mean"]
        counts = [name for name in frame if name not in means]
        frame[counts] = frame[counts] / self.scale
        return frame
