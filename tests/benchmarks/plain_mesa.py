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
- ``exp``, ``logistic`` and ``clip`` inside a rule stay compiled, and the hazard of finding a job is skipped where the
  draw shows that it cannot matter, as in the model.
- Group tables, cohort curves, costs and network statistics: it records much less.

Luck differs, so results agree in distribution and not person by person.
"""

from collections import defaultdict
from types import SimpleNamespace

import mesa
import numpy as np

from abm.arithmetic import exp
from abm.draws import luck_of
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
    referral,
    reunification,
    ties,
    triage,
    volunteering,
    voorinburgering,
    work_access,
)
from abm.queues import pick_weighted
from abm.states import Activity, Diploma, FoundThrough, Housing, Integration, Legal, Work

ADULT_WEEKS = int(18 * 52.18)
PENSION_WEEKS = 67.0 * 52.18
JOBS = (Work.EMPLOYED_BASIC, Work.EMPLOYED_MATCHED)

#: Draws that a person, and a household, keep for life.
PERSON_LUCK = (
    "asked_luck",
    "consent_luck",
    "early_luck",
    "intake_luck",
    "order_luck",
    "route_luck",
    "seat_luck",
    "dual_luck",
    "centre_luck",
    "subsidy_luck",
    "hours_luck",
    "coach_luck",
    "documents_luck",
    "buddy_luck",
)
HOUSEHOLD_LUCK = ("track_luck", "regional_luck", "municipality_luck", "match_luck", "score_luck", "fit_luck", "type_luck")


def plain(rule):
    """Give the plain Python form of a rule."""
    return getattr(rule, "py_func", rule)


effort = plain(motivation.effort)
idleness = plain(motivation.idleness)
drift = plain(motivation.drift)
next_capacity = plain(capacity_to_act.next_capacity)
onset_chance = plain(mental_health.onset_chance)
recovery_chance = plain(mental_health.recovery_chance)
may_work = plain(work_access.may_work)
consent_chance = plain(voorinburgering.consent_chance)
begin_chance = plain(volunteering.begin_chance)
native_chance = plain(ties.native_chance)
test_score = plain(intake.test_score)
choose_route = plain(intake.choose_route)
attendance = plain(lessons.attendance)
progress = plain(lessons.progress)
practice = plain(lessons.practice)
pass_chance = plain(exams.pass_chance)
predicted_level = plain(exams.predicted_level)
job_loss_chance = plain(job_loss.chance)
referral_hazard = plain(referral.referral_hazard)
personal_factor = plain(job_search.personal_factor)
ban_factor = plain(job_search.ban_factor)
lock_factor = plain(job_search.lock_factor)
match_chance = plain(job_search.match_chance)
job_hours = plain(job_search.job_hours)
own_contribution = plain(money.own_contribution)
net_gain = plain(money.net_gain)
on_benefit = plain(money.on_benefit)
find_site = plain(placement.find_site)
score = plain(home_allocation.score)
size_class = plain(home_allocation.size_class)
smallest_free = plain(home_allocation.smallest_free)
private_chance = plain(moving_on.private_chance)
outcome = plain(departures.outcome)


class Resident:
    """A resident of long standing, who can be known."""

    def __init__(self, employed):
        self.employed = employed


class Volunteer(mesa.Agent):
    """A volunteer with a few clients."""

    def __init__(self, model, region):
        super().__init__(model)
        self.region = region
        self.clients = 0
        self.active = True


class Household(mesa.Agent):
    """People who are decided on, moved and housed together."""

    def __init__(self, model, record):
        super().__init__(model)
        for name, value in record.items():
            setattr(self, name, value)
        for name in HOUSEHOLD_LUCK:
            setattr(self, name, self.random.random())
        self.turn = self.key & 3
        self.waits_for = None  # the household that this family joins
        self.members = []

    @property
    def in_reception(self):
        """Whether the household lives in reception, or is on its way there."""
        return self.housing < Housing.TRANSITION or self.housing == Housing.NONE

    @property
    def pending(self):
        """Whether the household waits for a decision, for departure or, with a permit, for a home."""
        return self.legal < Legal.PERMIT or self.legal == Legal.REJECTED or self.in_reception

    def set_legal(self, legal):
        """Change the legal state of all members."""
        self.legal = legal
        for person in self.members:
            person.legal = legal

    def screen(self):
        """Give the case a track (triage.py)."""
        rates = self.model.rates.triage
        if self.legal == Legal.REGISTERING:
            if self.model.week - self.arrival_week >= rates.screening_weeks:
                short = self.track_luck < rates.origin_short_track_share[self.origin]
                self.set_legal(Legal.SHORT_TRACK if short else Legal.GENERAL_TRACK)
        elif self.legal == Legal.SHORT_TRACK and self.random.random() < rates.chance_track_correction:
            self.set_legal(Legal.GENERAL_TRACK)

    def step(self):
        """Find a place in reception, or move; be coupled to a municipality."""
        if not self.in_reception:
            return
        self.find_place()
        if self.legal == Legal.PERMIT and self.municipality < 0:
            self.couple()

    def find_place(self):
        """Take a place in reception (placement.py)."""
        model, rates, uniform = self.model, self.model.rates.placement, self.random.random
        free, n_regions = model.free, model.n_regions
        old = self.site
        if old >= 0:
            kind, r = divmod(old, n_regions)
            chance = rates.chance_relocation[kind] * rates.relocation_multiplier + model.over[kind][r]
            to_hotel = self.legal == Legal.PERMIT and kind == Housing.EMERGENCY
            if to_hotel:
                chance += rates.chance_to_hotel
            if uniform() >= chance:
                return
            free[kind][r] += self.size
        else:
            to_hotel = self.waits_for is not None and rates.hotel_scheme_on
        wanted = -1
        if rates.region_lock and old >= 0:
            wanted = self.region
        elif self.municipality >= 0 and self.legal == Legal.PERMIT and uniform() < rates.share_regional_placement:
            wanted = model.region_of[self.municipality]
        tries = []
        if to_hotel:
            tries.append((Housing.ELSEWHERE, -1))
        if wanted >= 0:
            tries.append((Housing.REGULAR, wanted))
        tries.append((Housing.REGULAR, -1))
        if self.legal == Legal.PERMIT:
            tries.append((Housing.ELSEWHERE, -1))
        tries += [(Housing.EMERGENCY, wanted), (Housing.EMERGENCY, -1)]
        where = uniform()
        for kind, near in tries:
            region = find_site(free[kind], n_regions, near, self.size, where)
            if region >= 0:
                break
        else:  # open crisis places
            region = wanted if wanted >= 0 else pick_weighted(model.spread, where)
            free[kind][region] += self.size
        free[kind][region] -= self.size
        site = int(kind) * n_regions + int(region)
        if site == old:
            return
        self.site, self.region, self.housing = site, int(region), kind
        for person in self.members:
            person.site, person.region, person.housing = site, self.region, kind
            if old >= 0:
                person.moves += 1
                person.move_week = model.week
        if old >= 0:
            model.moved += self.size

    def couple(self):
        """Be assigned to a municipality (coupling.py)."""
        model, rates = self.model, self.model.rates.coupling
        referent = self.waits_for
        if referent is not None and referent.municipality >= 0:
            m = referent.municipality
        else:
            if model.week - self.permit_week < rates.coupling_weeks:
                return
            regional = self.regional_luck < rates.share_regional_placement
            m = model.pick_municipality(self.municipality_luck, self.region if regional else None)
            if self.match_luck < rates.match_quality:
                other = model.pick_municipality(self.random.random())
                if not regional and model.work_in(other) > model.work_in(m):
                    m = other
                self.scored_early = True
        model.quota[m] = max(model.quota[m] - self.size, 0.01)
        self.municipality = m
        self.coupled_week = model.week
        for person in self.members:
            person.municipality = m

    def move_home(self, how):
        """Move into a home of kind ``how`` in the own municipality (home_allocation.house)."""
        model, rates = self.model, self.model.rates.homes
        week, from_reception = model.week, self.housing < Housing.TRANSITION
        if from_reception:
            model.world.municipalities[self.municipality].realised += self.size / model.scale
        self.housing, self.site, self.region = how, -1, model.region_of[self.municipality]
        self.home_week, self.moving_on = week, False
        first_home = self.housed_week == NEVER
        if first_home:
            self.housed_week = week
        counts = how >= Housing.SHARED or rates.registration_from in (0, 1)
        if self.registration_week == NEVER and counts and how != Housing.TRANSITION:
            self.registration_week = week
        guided = rates.guidance_clock == 0 or how != Housing.TRANSITION
        for person in self.members:
            person.housing, person.site, person.region, person.move_week = how, -1, self.region, week
            if first_home:
                person.housed_week = week
            if guided and (person.guided_until == NEVER or from_reception):
                person.guided_until = week + rates.guidance_weeks

    def leave_place(self):
        """Give back the shared, start or transition place."""
        if self.municipality < 0:
            return
        supply = self.model.supply
        area = supply.area_of[self.municipality]
        if self.housing == Housing.SHARED:
            supply.shared[area] += self.size
        elif self.housing == Housing.START_HOME:
            supply.start_homes[area] += 1.0
        elif self.housing == Housing.TRANSITION:
            supply.transition[area] += self.size

    def years_registered(self):
        """Give the years of registration for a regular home."""
        return (self.model.week - self.registration_week) / 52.18 if self.registration_week != NEVER else 0.0

    def place_in_line(self):
        """Give the score that decides who is housed first."""
        model = self.model
        has_job = any(person.work in JOBS for person in self.members)
        need = model.supply.need[self.municipality]
        waited = float(model.week - self.permit_week)
        noise = 2.0 * self.score_luck - 1.0
        return score(waited, self.years_registered(), has_job, self.vulnerable, need, noise, model.rates.homes)

    def find_home(self):
        """Take the first home there is within the offer of the municipality (home_allocation.allocate)."""
        model, rates, supply = self.model, self.model.rates.homes, self.model.supply
        area = supply.area_of[self.municipality]
        if supply.offers[area] <= 0.0 or model.week - self.coupled_week < rates.home_search_weeks:
            return
        size = together = self.size
        referent = self.waits_for
        how = None
        if referent is not None and referent.legal != Legal.LEFT:
            if referent.housing < Housing.TRANSITION:
                return  # housed together with the referent, when the referent's turn comes
            if referent.housing >= Housing.SOCIAL and self.fit_luck < rates.share_referent_home_fits:
                how = referent.housing
                self.home_size = referent.home_size
            else:
                together = size + referent.size
        if how is None and self.kind <= home_allocation.ALONE_KINDS and size == 1 and referent is None:
            willing = self.abroad == 0 or not self.vulnerable
            if willing and supply.shared[area] >= 1.0 and self.type_luck < rates.share_shared_housing:
                supply.shared[area] -= 1.0
                how = Housing.SHARED
        if how is None:
            regular = self.years_registered() >= supply.registration_years[self.municipality]
            if supply.priority[self.municipality] or regular or self.random.random() < rates.lottery_share / 52.0:
                wanted = smallest_free(supply.dwellings[area], size_class(together))
                if wanted >= 0:
                    supply.dwellings[area, wanted] -= 1.0
                    self.home_size = wanted
                    how = Housing.SOCIAL
                    if together > size:
                        referent.leave_place()
                        referent.home_size = wanted
                        referent.move_home(how)
        if how is None and supply.start_homes[area] >= 1.0 and size <= 2:
            supply.start_homes[area] -= 1.0
            how = Housing.START_HOME
        if how is None and supply.transition[area] >= size:
            supply.transition[area] -= size
            how = Housing.TRANSITION
        if how is None:
            return
        self.move_home(how)
        supply.offers[area] -= size
        model.housed += size

    def look_around(self):
        """Find a private home, or begin to look for another one (moving_on.py)."""
        model, rates, uniform = self.model, self.model.rates.moving_on, self.random.random
        settled = self.legal == Legal.PERMIT or self.legal == Legal.NATURALISED
        if not settled or self.municipality < 0 or self.housing > Housing.PRIVATE:
            return
        home = self.housing
        if home < Housing.SOCIAL:
            first = self.members[0]
            base = rates.private_housing_chance
            chance = private_chance(base, first.natives, first.work in JOBS, first.savings, rates.deposit_need)
            if self.legal == Legal.PERMIT and uniform() < moving_on.VISITS * chance:
                self.leave_place()
                if home < Housing.TRANSITION:
                    model.housed += self.size
                self.move_home(Housing.PRIVATE)
                return
        if home < Housing.TRANSITION:
            return
        overdue = home == Housing.START_HOME and model.week - self.home_week >= rates.start_home_max_stay_weeks
        chance = rates.chance_moving_on if home != Housing.SOCIAL else rates.chance_moving_again
        if overdue or (not self.moving_on and uniform() < moving_on.VISITS * chance):
            self.moving_on = True
        if self.moving_on:
            first_in_line = overdue or home in (Housing.SHARED, Housing.TRANSITION, Housing.START_HOME)
            model.movers.append((self.registration_week - (1000.0 if first_in_line else 0.0), self))

    def leave(self):
        """Perhaps leave the country (departures.py)."""
        model = self.model
        if self.legal == Legal.REGISTERING or self.legal == Legal.PERMIT:
            return
        years = (model.week - self.application_week) / 52.18
        how = outcome(self.legal, years, self.members[0].savings, self.random.random(), model.rates.departures)
        if how == departures.STAYS:
            return
        if how == departures.REOPENED:
            self.set_legal(Legal.GENERAL_TRACK)
            return
        self.set_legal(Legal.LEFT)
        self.housing, self.site = Housing.NONE, -1
        for person in self.members:
            person.housing, person.site, person.region = Housing.NONE, -1, -1
            person.left_week, person.place = model.week, None
            person.remove()
        self.remove()


class Person(mesa.Agent):
    """One person."""

    def __init__(self, model, household, record):
        super().__init__(model)
        for name, value in record.items():
            setattr(self, name, value)
        for name in PERSON_LUCK:
            setattr(self, name, self.random.random())
        self.household = household
        household.members.append(self)
        self.turn = self.key & 3  # visited once in four weeks
        self.place = None  # what people who live together have in common
        self.near, self.friends, self.residents, self.mates = [], [], [], []
        self.volunteer = None

    @property
    def adult(self):
        """Whether the person is 18 or older."""
        return self.model.week - self.birth_week >= ADULT_WEEKS

    @property
    def employed(self):
        """Whether the person has a job."""
        return self.work == Work.EMPLOYED_BASIC or self.work == Work.EMPLOYED_MATCHED

    def effort(self):
        """Give effective effort."""
        rates = self.model.rates.effort
        return effort(
            self.motivation, self.capacity, self.complaint, rates.effort_scale, rates.complaint_effort_loss
        )

    # What comes before the queues of intakes and lesson seats ---------------------------------------------------------

    def step(self):
        """Gain access to work, meet people, follow programmes and lessons."""
        visit = self.turn == self.model.turn
        state = self.integration
        if visit:
            self.gain_access()
            self.change_contacts()
            self.change_volunteer()
            self.listen()
        learning = state == Integration.EARLY_LESSONS or state == Integration.PRE_INTEGRATION
        if learning or self.housing < Housing.TRANSITION:
            self.follow_programme()
        if visit:
            self.begin_or_stop_volunteering()
            self.become_obliged()
        if state == Integration.AWAITING_INTAKE:
            self.ask_for_intake()
        elif state == Integration.PLAN_MADE:
            if self.region >= 0:
                self.model.planned.append(self)
        elif (learning and self.integration == state) or Integration.B1_ROUTE <= state <= Integration.A2_ROUTE:
            self.attend()

    def gain_access(self):
        """Gain or lose access to work (work_access.py)."""
        week = self.model.week
        if week - self.birth_week >= PENSION_WEEKS or self.unfit:
            self.work, self.earnings, self.employer = Work.OUTSIDE, 0.0, 0
            return
        if self.work == Work.OUTSIDE:
            self.work = Work.BARRED
        rates = self.model.rates.access
        allowed = may_work(self.legal, week - self.application_week, week - self.permit_week, rates)
        if self.work == Work.BARRED:
            if allowed:
                self.work = Work.ELIGIBLE
                if self.access_week == NEVER:
                    self.access_week = week
        elif not allowed:
            self.work, self.earnings, self.employer = Work.BARRED, 0.0, 0

    def change_contacts(self):
        """Make and lose contacts (ties.py)."""
        model, rates, random = self.model, self.model.rates.ties, self.random
        uniform = random.random
        near, friends, residents, mates = self.near, self.friends, self.residents, self.mates
        if near:
            for other in [other for other in near if other.place != self.place]:
                near.remove(other)
                stays = other.legal != Legal.LEFT and len(friends) < 6 and other not in friends
                if stays and uniform() < rates.coresident_kept:
                    friends.append(other)
        if self.place is not None and len(near) < 4 and uniform() < 4.0 * rates.coresident_chance:
            model.introduce(self, near, model.by_place[self.place])
        if friends:
            self.lose_one(friends, 4.0 * rates.coethnic_loss)
        room = 1.0 - len(friends) / 6
        if self.region >= 0 and uniform() < 4.0 * rates.coethnic_chance * room:
            model.introduce(self, friends, model.by_origin[self.region, self.origin])
        if residents:
            self.lose_one(residents, 4.0 * rates.native_loss)
        if self.municipality >= 0 and len(residents) < 4:
            volunteers = (self.activity & Activity.VOLUNTEERING) != 0
            if uniform() < 4.0 * native_chance(self.housing, volunteers, rates):
                model.introduce(self, residents, model.residents[self.municipality])
        if not self.employed:
            mates.clear()
        else:
            mates[:] = [other for other in mates if other.employer == self.employer]
            if len(mates) < 3 and uniform() < 4.0 * rates.coworker_chance:
                model.introduce(self, mates, model.by_employer[self.employer])
        if self.housing < Housing.TRANSITION and 0 <= model.week - self.move_week < 4:
            residents.clear()

    def lose_one(self, contacts, chance):
        """Lose each contact with ``chance``, at most one."""
        lost = int(self.random.random() / chance) if chance > 0.0 else len(contacts)
        if lost < len(contacts):
            del contacts[lost]

    def change_volunteer(self):
        """Begin or end to be visited by a volunteer (volunteers.py)."""
        model, rates, uniform = self.model, self.model.rates.volunteers, self.random.random
        finished = self.integration >= Integration.PASSED_B1 and self.housing > Housing.TRANSITION
        own = self.volunteer
        if own is not None:
            if finished or not own.active or own.region != self.region:
                own.clients -= 1
                self.volunteer = None
            return
        if finished or self.region < 0 or self.buddy_luck >= rates.buddy_coverage:
            return
        if uniform() >= 4.0 * rates.volunteer_match_chance:
            return
        there = model.volunteers_of[self.region]
        start = int(uniform() * len(there))
        for step in range(min(len(there), 5)):
            other = there[(start + step) % len(there)]
            if other.clients < rates.volunteer_clients_max:
                other.clients += 1
                self.volunteer = other
                break

    def listen(self):
        """Hear from contacts (contacts.py)."""
        heard = employed = enrolled = 0
        total = 0.0
        for other in (*self.near, *self.friends, *self.mates, *self.household.members):
            if other is self or other.legal == Legal.LEFT or not other.adult:
                continue
            heard += 1
            total += other.motivation
            if other.work == Work.EMPLOYED_BASIC or other.work == Work.EMPLOYED_MATCHED:
                employed += 1
            state = other.integration
            if 1 <= state <= Integration.PRE_INTEGRATION or Integration.B1_ROUTE <= state <= Integration.A2_ROUTE:
                enrolled += 1
        self.contacts = heard
        self.contacts_employed = employed
        self.contacts_motivation = total / heard if heard else 0.0
        self.contacts_enrolled = enrolled / heard if heard else 0.0
        self.natives = len(self.residents)
        self.natives_employed = sum(resident.employed for resident in self.residents)

    def follow_programme(self):
        """Be asked for, follow and leave programmes in reception (voorinburgering.py)."""
        model, rates, uniform = self.model, self.model.rates.programmes, self.random.random
        week, state = model.week, self.integration
        in_reception = self.housing < Housing.TRANSITION
        moved = self.move_week == week
        if state == Integration.PRE_INTEGRATION:
            ended = week - self.pre_start_week >= rates.vbi_weeks
            dropped = moved and in_reception and uniform() < rates.drop_on_move
            if ended or dropped or not in_reception:
                self.integration = Integration.AWAITING_INTAKE
                self.pre_end_week, self.pre_completed = week, ended
                model.free_seats += 1.0
                model.in_course -= 1
            return
        if not in_reception:
            self.integration = Integration.NONE
            return
        if self.legal == Legal.PERMIT:
            if state == Integration.EARLY_LESSONS or state == Integration.NONE:
                self.integration = Integration.AWAITING_INTAKE
            if self.exempt_drawn or state > Integration.AWAITING_INTAKE:
                return
            if self.asked_week == NEVER and week - self.permit_week >= 2:
                self.asked_week = week
                if self.asked_luck < rates.share_vbi_asked * min(rates.interview_coverage / 0.9, 1.1):
                    recent = week - self.move_week < 8
                    self.consented = self.consent_luck < consent_chance(
                        self.motivation, self.capacity, self.contacts_enrolled, self.employed, recent, rates
                    )
            if self.consented and self.pre_start_week == NEVER and model.free_seats >= 1.0:
                offer = rates.vbi_site_offer[self.housing] * rates.programme_offer_by_site[self.housing]
                if uniform() < offer / voorinburgering.STARTS_EVERY:
                    self.integration, self.pre_start_week = Integration.PRE_INTEGRATION, week
                    model.free_seats -= 1.0
                    model.in_course += 1
        elif state == Integration.NONE:
            general = self.legal == Legal.GENERAL_TRACK
            reached = rates.vbi_eligibility == voorinburgering.ALL
            reached = reached or (rates.vbi_eligibility == voorinburgering.LIKELY and general)
            offer = rates.programme_offer_by_site[self.housing]
            if not (reached and rates.day1_hours > 0.0):
                offer = offer * rates.nt2_likely_share if general else 0.0
            if self.early_luck < offer:
                chance = consent_chance(
                    self.motivation, self.capacity, self.contacts_enrolled, False, moved, rates
                )
                if uniform() < chance / voorinburgering.STARTS_EVERY:
                    self.integration = Integration.EARLY_LESSONS
        elif state == Integration.EARLY_LESSONS and (moved or self.legal == Legal.REJECTED):
            if uniform() < rates.drop_on_move:
                self.integration = Integration.NONE

    def begin_or_stop_volunteering(self):
        """Begin or stop unpaid work (volunteering.py)."""
        rates = self.model.rates.volunteering
        in_reception = self.housing < Housing.TRANSITION
        uniform = self.random.random()
        if self.activity & Activity.VOLUNTEERING:
            moved = in_reception and self.model.week - self.move_week < 4
            if moved or (self.employed and not in_reception) or uniform < rates.volunteering_stop * 4.0:
                self.activity &= ~Activity.VOLUNTEERING
            return
        if self.employed:
            return
        has_desk = in_reception and self.model.desk_luck[self.site] < rates.participation_desk_coverage
        if uniform < begin_chance(in_reception, has_desk, self.effort(), rates) * 4.0:
            self.activity |= Activity.VOLUNTEERING

    def become_obliged(self):
        """Begin to wait for an intake without having been in a programme (intake.oblige)."""
        waits = self.legal == Legal.PERMIT and self.housing >= Housing.TRANSITION
        if waits and self.integration == Integration.NONE:
            if self.model.week - self.birth_week >= PENSION_WEEKS:
                self.integration, self.finish_week = Integration.EXEMPT, self.model.week
            else:
                self.integration = Integration.AWAITING_INTAKE

    def ask_for_intake(self):
        """Stand in line for an intake (intake.hold)."""
        model, rates = self.model, self.model.rates.intake
        if self.integration != Integration.AWAITING_INTAKE or self.legal != Legal.PERMIT:
            return
        if self.exempt_drawn:
            self.integration, self.finish_week = Integration.EXEMPT, model.week
            return
        if self.municipality < 0:
            return
        since = self.housed_week
        if self.housing < Housing.TRANSITION:
            share = min(rates.early_start_share + (0.1 if rates.extension_weeks > 0 else 0.0), 1.0)
            if self.intake_luck >= share:
                return
            self.early_start, since = True, self.permit_week
        elif model.week - since < rates.pip_chores_weeks:
            return
        warm = self.route_luck < rates.warm_handover_share * (0.5 + rates.data_sharing)
        model.awaiting.append((since - (intake.WARM_WEEKS if warm else 0.0) + self.order_luck * 12.0, self))

    def make_plan(self):
        """Take the test and choose a route (intake.hold)."""
        week, rates = self.model.week, self.model.rates.intake
        noise = (sum(self.random.random() for _ in range(4)) - 2.0) * 3.0**0.5
        self.tested = True
        self.feasible = bool(test_score(self.education, self.digital_skill, noise, rates) >= rates.learnability_cut)
        age = week - self.birth_week
        self.route = choose_route(self.feasible, age, self.education, self.route_luck, rates)
        self.plan_week = week
        self.plan_in_reception = self.housing < Housing.TRANSITION
        extra = rates.extension_weeks if self.plan_in_reception else 0
        self.term_end = week + rates.integration_term_weeks + extra
        self.integration = Integration.PLAN_MADE
        self.activity |= Activity.WORKSHOP

    def start_route(self):
        """Take a seat (lessons.take_seats)."""
        self.route_start_week = self.model.week
        if self.dual_luck < self.model.rates.lessons.dual_share:
            self.activity |= Activity.DUAL
        if self.route == intake.EDUCATION:
            self.integration = Integration.EDUCATION_ROUTE
            if self.work != Work.OUTSIDE and self.work < Work.EMPLOYED_BASIC:
                self.work = Work.STUDY
        elif self.route == intake.Z:
            self.integration = Integration.Z_ROUTE
        elif self.route == intake.A2:
            self.integration = Integration.A2_ROUTE
        elif self.route == intake.B1:
            self.integration = Integration.B1_ROUTE

    def attend(self):
        """Attend lessons and learn (lessons.attend)."""
        model, rates = self.model, self.model.rates.lessons
        state = self.integration
        in_reception = self.housing < Housing.TRANSITION
        in_route = state >= Integration.B1_ROUTE
        if state == Integration.EARLY_LESSONS:
            hours = model.early_hours
        elif state == Integration.PRE_INTEGRATION:
            hours = rates.vbi_hours
        elif state == Integration.EDUCATION_ROUTE:
            hours = float(rates.class_hours[1])
        elif state == Integration.Z_ROUTE:
            hours = float(rates.class_hours[2])
        else:
            hours = float(rates.class_hours[0])
        dual = in_route and (self.activity & Activity.DUAL) != 0
        if dual:
            hours *= 1.0 - rates.dual_class_loss
        facilities = float(rates.facility_index[self.housing]) if in_reception else 1.0
        travel = 0.0
        if in_route:
            travel = rates.travel_hours_home
            if in_reception:
                travel = rates.travel_hours_reception * (1.0 - rates.travel_reimbursement)
        person_effort = self.effort()
        no_care = self.carer and self.childcare_week == NEVER
        moved = model.week - self.move_week < 4
        online = rates.online_share
        share = attendance(travel, online, no_care, self.employed and not dual, person_effort, moved, rates)
        attended = share * hours
        online_effect = float(rates.online_effect[self.education]) * facilities * (1.0 - rates.online_fraud_loss)
        taught = attended * (model.quality * (1.0 - online) + online * online_effect)
        learned = taught + practice(self.volunteer is not None, self.employed or dual, self.natives, rates)
        self.language += float(progress(self.language, learned, person_effort, self.ability, self.education, rates))
        self.class_hours += attended
        if in_route:
            self.route_hours += hours
            model.seats_taken[self.region] += 1

    # What comes between the queue of lesson seats and that of jobs ----------------------------------------------------

    def work_on(self):
        """Practise Dutch, take exams, lose a job or look for one."""
        state = self.integration
        if self.turn == self.model.turn:
            self.practise()
        if Integration.B1_ROUTE <= state <= Integration.A2_ROUTE or state == Integration.TERM_EXPIRED:
            if self.route_start_week != self.model.week:
                self.take_exam()
        if self.turn == self.model.turn:
            self.end_studies()
            self.naturalise()
        work = self.work
        if work == Work.EMPLOYED_BASIC or work == Work.EMPLOYED_MATCHED:
            self.risk_job()
        elif work == Work.PERMIT_PENDING:
            self.await_permit()
        if self.work == Work.ELIGIBLE or self.work == Work.SEARCHING:
            self.search()

    def practise(self):
        """Practise or forget Dutch outside lessons (lessons.practise)."""
        rates, state = self.model.rates.lessons, self.integration
        if 1 <= state <= Integration.PRE_INTEGRATION or Integration.B1_ROUTE <= state <= Integration.A2_ROUTE:
            return
        hours = practice(self.volunteer is not None, self.employed, self.natives, rates)
        if rates.bridge_course and Integration.AWAITING_INTAKE <= state <= Integration.PLAN_MADE:
            hours += 1.0
        if hours > 0.0:
            gain = progress(self.language, hours, self.effort(), self.ability, self.education, rates)
            self.language += 4.0 * float(gain)
        elif self.language > 0.1:
            self.language *= 1.0 - 4.0 * rates.language_forgetting

    def take_exam(self):
        """Take an exam, scale down or pass the term (exams.update)."""
        week, rates, uniform = self.model.week, self.model.rates.exams, self.random.random
        state, hours, language = self.integration, self.route_hours, self.language
        if state == Integration.Z_ROUTE:
            if hours >= rates.route_hours[2] and hours >= rates.participation_hours_z:
                self.integration, self.finish_week = Integration.FINISHED_Z, week
            elif language >= 1.0 and uniform() < rates.chance_route_switch:
                self.integration = Integration.B1_ROUTE
            return
        a2 = state == Integration.A2_ROUTE or state == Integration.TERM_EXPIRED
        required = exams.A2_LEVEL if a2 else exams.B1_LEVEL
        if state == Integration.B1_ROUTE and hours >= rates.scale_down_hours:
            self.scale_down_checked = True
            level = predicted_level(language, self.class_hours, rates.scale_down_predicted_hours)
            if level < exams.B1_LEVEL and uniform() < rates.scale_down_chance:
                self.integration, self.scaled_down = Integration.A2_ROUTE, True
                self.motivation = max(self.motivation - rates.motivation_scaled_down, 0.0)
                return
        if self.term_end != NEVER and week >= self.term_end and state != Integration.TERM_EXPIRED:
            self.integration = Integration.TERM_EXPIRED
            if self.work == Work.STUDY:
                self.work = Work.ELIGIBLE
            return
        if self.exam_week != NEVER and week - self.exam_week < rates.exam_interval_weeks:
            return
        milestone = rates.a2_milestone and state == Integration.B1_ROUTE and self.exam_week == NEVER
        if milestone and language >= exams.A2_LEVEL - rates.exam_margin:
            self.exam_week = week
            self.motivation = min(self.motivation + rates.motivation_scaled_down / 2.0, 1.0)
            return
        tried_enough = hours >= 2.0 * rates.route_hours[0] and language > 0.5
        if language < required - rates.exam_margin and not tried_enough:
            return
        self.exam_week = week
        if uniform() < pass_chance(language, required, rates.exam_slope):
            self.integration = Integration.PASSED_A2 if a2 else Integration.PASSED_B1
            self.finish_week = week
        else:
            self.attempts += 1
            if self.attempts >= rates.exam_attempts_exempt and hours >= rates.route_hours[0]:
                self.integration, self.finish_week = Integration.EXEMPT, week

    def end_studies(self):
        """End the studies that follow the education route (exams.end_studies)."""
        if self.work == Work.STUDY and self.integration >= Integration.PASSED_B1:
            if self.random.random() < 4.0 / self.model.rates.exams.study_weeks:
                self.work = Work.ELIGIBLE

    def naturalise(self):
        """Become a citizen (exams.naturalise)."""
        rates = self.model.rates.exams
        if self.legal != Legal.PERMIT or self.model.week - self.permit_week < rates.naturalisation_years * 52.18:
            return
        done = Integration.PASSED_B1 <= self.integration <= Integration.EXEMPT
        if done and self.language >= rates.naturalisation_level - 0.5:
            if self.random.random() < 4.0 * rates.chance_naturalisation:
                self.legal = Legal.NATURALISED

    @property
    def in_procedure(self):
        """Whether there is no decision yet."""
        return self.legal == Legal.GENERAL_TRACK or self.legal == Legal.SHORT_TRACK

    def risk_job(self):
        """Perhaps lose the job (job_loss.py)."""
        week, rates, uniform = self.model.week, self.model.rates.job_loss, self.random.random
        if self.job_week == week:
            return
        if week % 52 == 0:
            self.weeks_worked = 0
        if self.in_procedure:
            self.weeks_worked += 1
        coached = self.coach_luck < rates.coach_share
        ends = uniform() < job_loss_chance(self.work == Work.EMPLOYED_MATCHED, coached, rates)
        if self.move_week == week and self.housing < Housing.TRANSITION:
            ends = ends or uniform() < rates.job_loss_on_move
        if self.in_procedure and self.weeks_worked >= rates.max_weeks_of_52 and rates.max_weeks_of_52 < 52:
            ends = True
        if ends:
            self.work, self.earnings, self.employer = Work.ELIGIBLE, 0.0, 0

    def await_permit(self):
        """Start the job once the work permit is there (job_search.grant_work_permits)."""
        week, rates = self.model.week, self.model.rates.search
        free = self.legal == Legal.PERMIT or not rates.twv_on
        if not free and week - self.work_permit_week < rates.twv_weeks:
            return
        if free or self.random.random() >= rates.twv_refusal:
            self.had_work_permit = self.had_work_permit or not free
            self.start_job()
        else:
            self.work, self.employer = Work.SEARCHING, 0

    def search(self):
        """Look for a job (job_search.search)."""
        model, rates, uniform = self.model, self.model.rates.search, self.random.random
        in_procedure = self.in_procedure
        if in_procedure and self.weeks_worked >= rates.max_weeks_of_52:
            return
        in_reception = self.housing < Housing.TRANSITION
        person_effort = self.effort()
        gain = model.gain_in_reception if in_reception else model.gain_at_home
        wish = person_effort * gain / rates.search_gain_scale + rates.search_noise * (uniform() - 0.5)
        if wish <= rates.search_threshold:
            self.work = Work.ELIGIBLE
            return
        self.work = Work.SEARCHING
        region = self.region
        if region < 0:
            return
        in_lessons = Integration.B1_ROUTE <= self.integration <= Integration.A2_ROUTE
        done = Integration.PASSED_B1 <= self.integration <= Integration.FINISHED_Z
        common = model.work_in_region[region] * lock_factor(in_lessons, (self.activity & Activity.DUAL) != 0, rates)
        if in_procedure and rates.twv_on:
            common *= 1.0 - rates.twv_deterrence
        if in_reception:
            common *= rates.job_in_reception
        coverage = model.coverage[region]
        if coverage > 0.0 and model.week - self.arrival_week >= rates.work_centre_lag_weeks:
            if self.centre_luck < coverage:
                common *= rates.work_centre_effect
        if self.subsidy_luck < rates.wage_subsidy_share:
            common *= rates.wage_subsidy_effect
        heard = referral_hazard(
            self.contacts, self.contacts_employed, self.natives_employed, person_effort, self.readiness, rates
        )
        job_luck, referral_luck = uniform(), uniform()
        base = rates.job_finding_base * self.readiness * person_effort * common
        if job_luck >= base * model.largest_factor and referral_luck >= heard * common:
            return  # 1 - exp(-h) < h
        factor = personal_factor(
            self.language,
            self.education,
            self.woman,
            self.carer,
            self.complaint,
            self.household.scored_early,
            done,
            self.moves,
            rates,
        )
        banned = float(self.access_week - self.application_week) if self.access_week != NEVER else 0.0
        if job_luck < 1.0 - exp(-base * factor * ban_factor(banned, rates)):
            model.finds.append((self, FoundThrough.SEARCH))
        elif heard > 0.0 and referral_luck < 1.0 - exp(-heard * common):
            model.finds.append((self, FoundThrough.CONTACTS))

    def start_job(self):
        """Start a job (job_search.start_job)."""
        week, rates = self.model.week, self.model.rates.search
        recognised = self.diploma == Diploma.RECOGNISED
        matched = self.random.random() < match_chance(self.language, recognised, self.natives > 0, rates)
        wage = rates.hourly_wage * (rates.wage_premium_matched if matched else 1.0)
        self.work = Work.EMPLOYED_MATCHED if matched else Work.EMPLOYED_BASIC
        self.earnings = job_hours(rates.weekly_hours_job, self.hours_luck) * wage
        self.job_week = week
        self.subsidised = self.subsidy_luck < rates.wage_subsidy_share
        if self.first_job_week == NEVER:
            self.first_job_week = week
        if self.housing >= Housing.TRANSITION and self.off_benefit_week == NEVER:
            self.off_benefit_week = week

    # What comes after the queue of jobs -------------------------------------------------------------------------------

    def feel(self):
        """Update the mind by what happened this week; book money."""
        visit = self.turn == self.model.turn
        if visit:
            self.use_diploma()
        idle = idleness(
            self.housing < Housing.TRANSITION, self.integration, self.work, self.activity, self.model.half_lessons
        )
        self.change_motivation(idle)
        self.change_capacity(idle)
        self.change_complaint()
        if visit:
            self.book_money()

    def use_diploma(self):
        """Ask for, get and use recognition (diplomas.py)."""
        rates, uniform = self.model.rates.diplomas, self.random.random
        if self.diploma == Diploma.NONE or self.legal != Legal.PERMIT:
            return
        if self.diploma == Diploma.UNRECOGNISED:
            if uniform() < 4.0 * rates.diploma_ask_chance:
                self.diploma, self.diploma_week = Diploma.ASKED, self.model.week
        elif self.diploma == Diploma.ASKED:
            if self.model.week - self.diploma_week >= rates.diploma_weeks:
                missing = self.documents_luck < rates.diploma_documents_missing
                self.diploma = Diploma.NONE if missing else Diploma.RECOGNISED
        elif self.work == Work.EMPLOYED_BASIC and self.language >= 2.0:
            if uniform() < 4.0 * rates.diploma_ask_chance:
                self.work = Work.EMPLOYED_MATCHED
                self.earnings *= rates.wage_premium_matched

    def change_motivation(self, idle):
        """Update motivation (motivation.update)."""
        week, rates = self.model.week, self.model.rates.motivation
        m = drift(
            self.motivation, self.motivation_trait, idle, self.contacts > 0, self.contacts_motivation, rates
        )
        if self.household.abroad > 0:
            m -= rates.motivation_family_apart
        if self.volunteer is not None:
            m += rates.motivation_volunteer
        m -= rates.motivation_uncertainty * rates.temporary_status_uncertainty
        if self.savings > 0.0:
            m += rates.motivation_savings * min(rates.savings_perceived * self.savings / 1000.0, 1.0)
        if self.permit_week == week and self.arrival_week < week:
            m += rates.motivation_permit
        if self.decision_week == week and self.legal == Legal.REJECTED:
            m -= rates.motivation_rejected
        if self.housed_week == week:
            m += rates.motivation_housed
        elif self.move_week == week and self.housing < Housing.TRANSITION:
            m -= rates.motivation_move * m
        self.motivation = min(max(m, 0.0), 1.0)

    def change_capacity(self, idle):
        """Update the capacity to act (capacity_to_act.update)."""
        supported = self.guided_until > self.model.week or self.volunteer is not None
        self.capacity = next_capacity(
            self.capacity, self.capacity_trait, self.complaint, self.debt, idle, supported, self.model.rates.capacity
        )

    def change_complaint(self):
        """Let complaints begin or pass (mental_health.update)."""
        model, rates, uniform = self.model, self.model.rates.health, self.random.random
        if self.complaint:
            treated = (self.activity & Activity.TREATED) != 0
            if uniform() < recovery_chance(treated, self.housing < Housing.TRANSITION, rates):
                self.complaint = False
                self.activity &= ~Activity.TREATED
            elif not treated and uniform() < rates.treatment_chance:
                self.activity |= Activity.TREATED
        else:
            end = self.decision_week if self.decision_week != NEVER else model.week
            if uniform() < onset_chance(end - self.application_week, self.debt, rates):
                self.complaint = True
                if self.complaint_week == NEVER:
                    self.complaint_week = model.week

    def book_money(self):
        """Book contribution, savings and debts (money.update)."""
        rates, uniform = self.model.rates.money, self.random.random
        if self.housing < Housing.TRANSITION:
            if self.earnings > 0.0:
                monthly = self.earnings * money.WEEKS_IN_MONTH
                paid = own_contribution(monthly, rates.reba_rate, rates.reba_free, rates.reba_cap)
                paid = paid / money.WEEKS_IN_MONTH * 4.0
                self.contribution += paid
                self.savings += paid * rates.savings_share
            return
        since = self.model.week - self.housed_week
        if 0 <= since < 4:
            saved = min((self.savings + rates.setup_grant) / (2.0 * rates.deposit_need), 1.0)
            if uniform() < 0.5 * (1.0 - saved):
                self.debt = True
            self.savings = 0.0
        elif self.debt:
            if uniform() < 4.0 * rates.debt_clear_chance:
                self.debt = False
        elif on_benefit(self.legal, self.housing, self.work == Work.STUDY, self.earnings, rates.benefit_single):
            chance = 4.0 * rates.debt_chance * (1.5 - self.capacity)
            if since < rates.relief_weeks:
                chance *= rates.debt_relief_effect
            if uniform() < chance:
                self.debt = True


class PlainIND(IND):
    """The IND, choosing from a list of households."""

    def choose(self, track, capacity, rates):
        """Give the households to decide this week."""
        week = self.model.week
        cases = [case for case in self.model.pending if case.legal == track]
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
                return turn
            if rates.decision_order == LAST_COME:
                return -turn
            sign = -1.0 if rates.decision_order == LIKELY_FIRST else 1.0
            return turn + sign * 1000.0 * rates.grant_rate_by_origin[case.origin]

        chosen = []
        for case in sorted(cases, key=order):
            if case.size > self.carry[track] + 1e-9:
                break
            self.carry[track] -= case.size
            chosen.append(case)
        if len(chosen) == len(cases):
            self.carry[track] = min(self.carry[track], max(capacity, 1.0))
        return chosen

    def decide(self):
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
            for case in self.choose(track, capacity * scale, rates):
                grant = self.random.random() < chances[case.origin]
                case.set_legal(Legal.PERMIT if grant else Legal.REJECTED)
                for person in case.members:
                    person.decision_week = model.week
                if grant:
                    granted.append(case)
                    case.permit_week = model.week
                    if rates.registration_from == 0:
                        case.registration_week = model.week
                    for person in case.members:
                        person.permit_week = model.week
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
        self.household_in_row = {}
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
            self.household_in_row[row] = household
        members = self.world.members(rows)
        columns = {name: array[members].tolist() for name, array in people.columns.items()}
        for values in zip(*columns.values(), strict=True):
            record = dict(zip(columns, values, strict=True))
            Person(self, self.household_in_row[record["household"]], record)

    # The week ------------------------------------------------------------------------------------------------------

    def step(self):
        """Simulate one week."""
        self.begin()
        self.arrive()
        self.pending = self.agents_by_type[Household].select(lambda household: household.pending)
        self.pending.do("screen")
        self.ind.decide()
        self.place()
        self.person_weeks += len(self.agents_by_type[Person])
        adults = self.agents_by_type[Person].select(lambda person: person.adult)
        if self.week % DECIDE_EVERY == 0:
            self.group(adults)
        adults.shuffle_do("step")
        self.hold_intakes()
        self.give_seats()
        adults.do("work_on")  # order matters only where people compete or hear from each other
        self.hire()
        adults.do("feel")
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
        self.turn = week % 4
        self.set_rates()
        self.moved = self.housed = self.hires = 0
        self.seats_taken = [0] * self.n_regions
        self.awaiting, self.planned, self.finds, self.movers = [], [], [], []
        if week in world.half_years:
            task = float(self.timetable.value("housing_task_per_half_year", week))
            for municipality in world.municipalities:
                municipality.start_half_year(task)
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
            volunteers=rates(VolunteerRates),
            programmes=rates(voorinburgering.Rates),
            volunteering=rates(volunteering.Rates),
            intake=rates(intake.Rates),
            lessons=rates(lessons.Rates),
            exams=rates(exams.Rates),
            job_loss=rates(job_loss.Rates),
            search=rates(job_search.Rates),
            diplomas=rates(diplomas.Rates),
            effort=rates(motivation.EffortRates),
            motivation=rates(motivation.Rates),
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
        self.gain_at_home = max(full - r.benefit_single, r.benefit_taper * full)
        self.largest_factor = exp(
            max(r.job_by_language, 0.0) * r.job_language_cap
            + 1.5 * abs(r.job_by_education)
            + max(r.job_women * (1.0 + r.job_women_young_child), 0.0)
            + max(r.job_by_complaint, 0.0)
            + max(r.job_by_match, 0.0)
            + max(r.job_after_completion, 0.0)
        )

    def arrive(self):
        """Let this week's cases apply and families follow (arrivals.arrive, reunification.arrive)."""
        world, homes = self.world, self.world.households
        rows = world.expected_cases.get(self.week, np.zeros(0, np.int64))
        arrivals.arrive(world)
        self.enter(rows)
        rates = self.timetable.rates(reunification.Rates, self.week)
        self.reunifiers_due += rates.reunifier_arrivals_per_week * self.scale
        arriving = []
        while world.abroad:
            row = world.abroad[0]
            referent = self.household_in_row[int(homes.referent[row])]
            if referent.legal == Legal.LEFT:
                referent.abroad = 0
            elif self.reunifiers_due >= homes.size[row]:
                self.reunifiers_due -= int(homes.size[row])
                referent.abroad = 0
                arriving.append(row)
            else:
                break
            world.abroad.popleft()
        self.enter(np.array(arriving, np.int64))
        for row in arriving:
            family = self.household_in_row[row]
            family.set_legal(Legal.PERMIT)
            family.permit_week = family.arrival_week = self.week
            for person in family.members:
                person.permit_week = person.arrival_week = person.application_week = self.week

    def await_families(self, granted):
        """Let families of newly granted cases begin to wait abroad."""
        if not granted:
            return
        row_of = {id(household): row for row, household in self.household_in_row.items()}
        rows = np.array([row_of[id(case)] for case in granted])
        waiting = len(self.world.abroad)
        reunification.begin_waiting(self.world, rows, self.world.luck)
        for row in list(self.world.abroad)[waiting:]:
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
        """Place arrivals and movers in reception; couple permit holders."""
        coa = self.world.coa
        there = self.occupancy()
        free = coa.plan(there)
        self.over = np.where((free < 0) & (there > 0), np.minimum(-free / np.maximum(there, 1.0), 1.0), 0.0).tolist()
        self.free = free.tolist()
        markets = self.world.labour_markets
        self.work_in_region = [market.factor * market.openness for market in markets]
        self.pending.shuffle_do("step")
        coa.after_placement(np.array(self.free), self.occupancy())
        self.moved_share = self.moved / max(there.sum(), 1.0)

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

    def introduce(self, person, contacts, group):
        """Let someone meet a member of a group."""
        if group:
            other = self.random.choice(group)
            if other is not person and other not in contacts:
                contacts.append(other)

    def hold_intakes(self):
        """Let municipalities hold intakes, longest wait first."""
        plans = self.plans_per_week
        self.plan_carry = [min(carry, 1.0) + new for carry, new in zip(self.plan_carry, plans, strict=True)]
        for _, person in sorted(self.awaiting, key=lambda entry: entry[0]):
            if self.plan_carry[person.municipality] >= 1.0:
                self.plan_carry[person.municipality] -= 1.0
                person.make_plan()

    def give_seats(self):
        """Let schools give seats in order of plan; carers need childcare first."""
        taken = zip(self.world.schools, self.seats_taken, strict=True)
        seats = [max(school.seats - n, 0.0) for school, n in taken]
        openings = [childcare.openings() for childcare in self.world.childcare]
        care = [min(carry, 4.0) + new for carry, new in zip(self.childcare_carry, openings, strict=True)]
        for person in sorted(self.planned, key=lambda p: p.plan_week + p.seat_luck):
            waits = person.carer and person.childcare_week == NEVER
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
        self.agents_by_type[Household].select(lambda h: h.turn == self.turn).shuffle_do("look_around")
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
        for m in world.municipalities:
            m.decide(waiting[m.index], clients[m.index], demand[m.index])
        offers = np.array([m.offers_per_week for m in world.municipalities])
        self.offers_per_week = np.bincount(world.area_of, weights=offers, minlength=len(world.area_share))
        self.plans_per_week = [m.plans_per_week for m in world.municipalities]
        world.weekly_homes = no_homes(len(world.area_share))
        for corporations in world.corporations:
            corporations.decide()
        self.supply.need[:] = [m.need for m in world.municipalities]
        share = self.timetable.value("share_municipalities_with_priority", self.week)
        self.supply.priority[:] = world.priority_draw < share
        sliver = (0.05 * world.population_share * self.scale * 1000.0).tolist()
        self.quota = [
            max((m.task + m.arrears - m.realised) * self.scale - demand[m.index], 0.0) + sliver[m.index]
            for m in world.municipalities
        ]
        total = sum(wanted)
        for school in world.schools:
            here = wanted[school.region] / total if total else world.region_share[school.region]
            school.decide(float(here))
        for market in world.labour_markets:
            market.decide(self.moved_share)
        for centre in world.work_centres:
            centre.decide()
        self.coverage = [centre.coverage for centre in world.work_centres]
        self.recruit(fresh)

    def recruit(self, served):
        """Let volunteers stop and recruit new ones (``VolunteerOrganisation.recruit``)."""
        rates = self.rates.volunteers
        for volunteer in list(self.agents_by_type.get(Volunteer, ())):
            if self.random.random() < 4.0 * rates.volunteer_attrition:
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
            if p.turn == self.turn:
                heard += 1
                contacts += p.contacts
        self.motivation_housed, self.motivation_in_reception = (s / max(k, 1) for s, k in zip(motivation_sum, n, strict=True))
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
