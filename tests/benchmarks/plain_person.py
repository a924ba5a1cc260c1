"""The persons of the plain-Mesa twin, with those they know.

Left out are the work programmes (a few thousand places in the country), host families, and the rules of levers that do
nothing at their baseline values (interim tests, fines, duties to take part, extra lessons, two statuses).
"""

import mesa

from abm.arithmetic import chance_of
from abm.people import NEVER
from abm.processes import (
    capacity_to_act,
    exams,
    guidance,
    help_to_work,
    intake,
    job_loss,
    job_search,
    lessons,
    mental_health,
    money,
    motivation,
    referral,
    ties,
    visits,
    volunteering,
    voorinburgering,
    work_access,
    working_hours,
)
from abm.processes.ties import COLLEAGUE, COMPATRIOT, CORESIDENT, NATIVE
from abm.processes.work_access import PENSION_WEEKS
from abm.states import Activity, Diploma, FoundThrough, Housing, Integration, Legal, Work
from abm.turns import ADULT_WEEKS, LONG_VISITS, VISITS, weeks_until

#: The most contacts of each kind.
MOST_NEAR, MOST_FRIENDS, MOST_MATES, MOST_RESIDENTS = (
    last - first for first, last in (CORESIDENT, COMPATRIOT, COLLEAGUE, NATIVE)
)

#: Draws that a person keeps for life.
PERSON_LUCK = (
    "asked_luck",
    "consent_luck",
    "early_luck",
    "intake_luck",
    "warm_luck",
    "order_luck",
    "route_luck",
    "seat_luck",
    "dual_luck",
    "hours_luck",
    "coach_luck",
    "documents_luck",
    "partners_luck",
    "buddy_luck",
)

# the rules of the model in their plain Python form
effort = motivation.effort.py_func
idleness = motivation.idleness.py_func
drift = motivation.drift.py_func
after_event = motivation.after_event.py_func
guided = guidance.guided.py_func
keeps_part = money.keeps_part.py_func
works = help_to_work.works.py_func
next_capacity = capacity_to_act.next_capacity.py_func
onset_chance = mental_health.onset_chance.py_func
recovery_chance = mental_health.recovery_chance.py_func
weeks_until_access = work_access.weeks_until_access.py_func
consent_chance = voorinburgering.consent_chance.py_func
begin_chance = volunteering.begin_chance.py_func
native_chance = ties.native_chance.py_func
filled_at_start = ties.filled_at_start.py_func
test_score = intake.test_score.py_func
school_dutch = intake.school_dutch.py_func
choose_route = intake.choose_route.py_func
attendance = lessons.attendance.py_func
course_weeks = lessons.course_weeks.py_func
progress = lessons.progress.py_func
practice = lessons.practice.py_func
practice_worth = lessons.practice_worth.py_func
hours_at_work = working_hours.hours_at_work.py_func
pass_chance = exams.pass_chance.py_func
predicted_level = exams.predicted_level.py_func
job_loss_chance = job_loss.chance.py_func
referral_hazard = referral.referral_hazard.py_func
personal_factor = job_search.personal_factor.py_func
moves_factor = job_search.moves_factor.py_func
ban_factor = job_search.ban_factor.py_func
lock_factor = job_search.lock_factor.py_func
match_chance = job_search.match_chance.py_func
job_hours = job_search.job_hours.py_func
beside_lessons = working_hours.beside_lessons.py_func
own_contribution = money.own_contribution.py_func
benefit_due = money.benefit_due.py_func
weeks_until = weeks_until.py_func
is_settled = visits.is_settled.py_func


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
        self.visited, self.visit_weeks, self.since_visit = False, VISITS, VISITS
        self.place = None  # what people who live together have in common
        self.near, self.friends, self.residents, self.mates = [], [], [], []
        self.volunteer = None
        self.find_week, self.find_through, self.loss_week = NEVER, FoundThrough.NONE, NEVER
        self.may_work_now = False

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
        loss = rates.complaint_effort_loss
        return float(effort(self.motivation, self.capacity, self.complaint, rates.effort_scale, loss))

    def take_in(self, event):
        """Change motivation by an event (motivation.shock)."""
        self.motivation = after_event(self.motivation, event, self.model.rates.shocks)

    # What comes before the queues of intakes and lesson seats ---------------------------------------------------------

    def step(self):
        """Gain access to work, meet people, follow programmes and lessons."""
        visit = self.is_visited()
        state = self.integration
        in_route = Integration.B1_ROUTE <= state <= Integration.A2_ROUTE
        if in_route:
            self.model.seats_taken[self.region] += 1
        if self.model.week - self.birth_week == ADULT_WEEKS:
            self.come_of_age()
        self.may_work_now = not visit and self.work == Work.BARRED and self.may_work()
        if visit or self.may_work_now:
            self.gain_access()
        if visit:
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
        elif visit and (in_route or (learning and self.integration == state)):
            self.attend()

    def is_visited(self):
        """Note whether there is a visit this week, and plan the next one (visits.py)."""
        week = self.model.week
        round_weeks = self.visit_weeks
        self.visited = self.turn % round_weeks == week % round_weeks
        self.since_visit = round_weeks
        if self.visited and self.turn == week % LONG_VISITS:
            settled = is_settled(self.housing, week - self.housed_week, self.integration, self.activity)
            self.visit_weeks = LONG_VISITS if settled else VISITS
        return self.visited

    def come_of_age(self):
        """Turn 18 with the Dutch of school, exempt after some years there (intake.come_of_age)."""
        week = self.model.week
        per_year = self.model.timetable.value("school_dutch_per_year", week)
        self.language = school_dutch(week - self.birth_week, week - self.arrival_week, per_year)
        if self.legal == Legal.PERMIT and self.permit_week - self.birth_week < intake.GREW_UP_HERE_WEEKS:
            self.exempt()

    def gain_access(self):
        """Gain or lose access to work (work_access.py)."""
        week = self.model.week
        if week - self.birth_week >= PENSION_WEEKS or self.unfit:
            self.work, self.earnings, self.employer = Work.OUTSIDE, 0.0, 0
            return
        if self.work == Work.OUTSIDE:
            self.work = Work.BARRED
        allowed = self.may_work()
        if self.work == Work.BARRED:
            if allowed:
                self.work = Work.ELIGIBLE
                if self.access_week == NEVER:
                    self.access_week = week
        elif not allowed:
            self.work, self.earnings, self.employer = Work.BARRED, 0.0, 0

    def may_work(self):
        """Whether the person has the right to work and the number needed (work_access.py)."""
        week, rates = self.model.week, self.model.rates.access
        return weeks_until_access(self.legal, week - self.application_week, week - self.permit_week, rates) <= 0

    def begin_contacts(self):
        """Know those whom someone here for so long knows when the run starts (ties.begin)."""
        model = self.model
        since = -self.arrival_week if self.housing < Housing.TRANSITION else -self.housed_week
        chances = filled_at_start(self.housing, float(max(since, 0)), model.rates.ties, model.rates.moves)
        for chance, contacts, group, most in zip(
            chances,
            (self.near, self.friends, self.residents),
            (
                model.by_place[self.place] if self.place is not None else [],
                model.by_origin[self.region, self.origin] if self.region >= 0 else [],
                model.residents[self.municipality] if self.municipality >= 0 else [],
            ),
            (MOST_NEAR, MOST_FRIENDS, MOST_RESIDENTS),
            strict=True,
        ):
            for _ in range(most):
                if self.random.random() < chance:
                    model.introduce(self, contacts, group, most)

    def change_contacts(self):
        """Make and lose contacts (ties.py)."""
        model, rates, random = self.model, self.model.rates.ties, self.random
        uniform = random.random
        near, friends, residents, mates = self.near, self.friends, self.residents, self.mates
        kept = []
        if near:
            for other in [other for other in near if other.place != self.place]:
                near.remove(other)
                stays = other.legal != Legal.LEFT and len(friends) < MOST_FRIENDS and other not in friends
                if stays and uniform() < rates.coresident_kept:
                    friends.append(other)
                    kept.append(other)
        if self.place is not None and uniform() < self.visit_weeks * rates.coresident_chance:
            model.introduce(self, near, model.by_place[self.place], MOST_NEAR)
        if friends:
            self.lose_one(friends, self.visit_weeks * rates.coethnic_loss)
        room = 1.0 - len(friends) / MOST_FRIENDS
        if self.region >= 0 and uniform() < self.visit_weeks * rates.coethnic_chance * room:
            model.introduce(self, friends, model.by_origin[self.region, self.origin], MOST_FRIENDS)
        if residents:
            self.lose_one(residents, self.visit_weeks * rates.native_loss)
        if self.municipality >= 0:
            volunteers = (self.activity & Activity.VOLUNTEERING) != 0
            if uniform() < self.visit_weeks * native_chance(self.housing, volunteers, rates):
                model.introduce(self, residents, model.residents[self.municipality], MOST_RESIDENTS)
        if not self.employed:
            mates.clear()
        else:
            mates[:] = [other for other in mates if other.employer == self.employer]
            if uniform() < self.visit_weeks * rates.coworker_chance:
                model.introduce(self, mates, model.by_employer[self.employer], MOST_MATES)
        if self.move_week >= 0 and model.week - self.move_week < self.since_visit:
            for other in [other for other in friends if other.region != self.region and other not in kept]:
                if uniform() >= rates.coresident_kept:
                    friends.remove(other)
            if self.housing < Housing.TRANSITION:
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
        if uniform() >= VISITS * rates.volunteer_match_chance:
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

    def courses_start(self):
        """Say whether this is the week in four in which courses start for this person."""
        return (self.turn - self.model.week) % voorinburgering.COURSES == 0

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
                self.begin_duty()
                self.pre_end_week, self.pre_completed = week, ended
                model.free_seats += 1.0
                model.in_course -= 1
            return
        if not in_reception:
            self.integration = Integration.NONE
            return
        if self.legal == Legal.PERMIT:
            if state == Integration.EARLY_LESSONS or state == Integration.NONE:
                self.begin_duty()
            if self.integration == Integration.EXEMPT or self.exempt_drawn or state > Integration.AWAITING_INTAKE:
                return
            if self.asked_week == NEVER and week - self.permit_week >= 2:
                self.asked_week = week
                if self.asked_luck < rates.share_vbi_asked * min(rates.interview_coverage / 0.9, 1.1):
                    recent = week - self.move_week < 8
                    self.consented = self.consent_luck < consent_chance(
                        self.motivation, self.capacity, self.contacts_enrolled, self.employed, recent, rates
                    )
            if self.consented and self.pre_start_week == NEVER and self.courses_start():
                offer = rates.vbi_site_offer[self.housing] * rates.programme_offer_by_site[self.housing]
                if uniform() < offer:
                    model.asking.append(self)
        elif state == Integration.NONE:
            if not self.courses_start():
                return
            general = self.legal == Legal.GENERAL_TRACK
            reached = rates.vbi_eligibility == voorinburgering.ALL
            reached = reached or (rates.vbi_eligibility == voorinburgering.LIKELY and general)
            offer = rates.programme_offer_by_site[self.housing]
            if not (reached and rates.day1_hours > 0.0):
                offer = offer * rates.nt2_likely_share if general else 0.0
            if self.early_luck < offer:
                chance = consent_chance(self.motivation, self.capacity, self.contacts_enrolled, False, moved, rates)
                if uniform() < chance:
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
            moved = in_reception and self.model.week - self.move_week < VISITS
            if moved or (self.employed and not in_reception) or uniform < rates.volunteering_stop * self.visit_weeks:
                self.activity &= ~Activity.VOLUNTEERING
            return
        if self.employed:
            return
        has_desk = in_reception and self.model.desk_luck[self.site] < rates.participation_desk_coverage
        if uniform < begin_chance(in_reception, has_desk, self.effort(), rates) * self.visit_weeks:
            self.activity |= Activity.VOLUNTEERING

    def become_obliged(self):
        """Begin to wait for an intake without having been in a programme (intake.oblige)."""
        state = self.integration
        if self.legal != Legal.PERMIT:
            return
        if state == Integration.NONE:
            if self.housing >= Housing.TRANSITION:
                self.begin_duty()
        elif Integration.AWAITING_INTAKE <= state <= Integration.A2_ROUTE or state == Integration.TERM_EXPIRED:
            if self.of_pension_age:
                self.exempt()

    @property
    def of_pension_age(self):
        """Whether the person has reached the age at which the duty ends (intake.of_pension_age)."""
        return self.model.week - self.birth_week >= PENSION_WEEKS

    def exempt(self):
        """Have no duty to integrate (intake.exempt)."""
        self.integration, self.finish_week = Integration.EXEMPT, self.model.week

    def begin_duty(self):
        """Begin to wait for an intake, or be exempt by age (intake.begin_duty)."""
        if self.of_pension_age:
            self.exempt()
        else:
            self.integration = Integration.AWAITING_INTAKE

    def ask_for_intake(self):
        """Stand in line for an intake (intake.hold)."""
        model, rates = self.model, self.model.rates.intake
        if self.integration != Integration.AWAITING_INTAKE or self.legal != Legal.PERMIT:
            return
        if self.exempt_drawn or self.of_pension_age:
            self.exempt()
            return
        if self.municipality < 0:
            return
        since = max(self.permit_week, self.housed_week)
        if self.housing < Housing.TRANSITION:
            more = rates.early_start_by_extension if rates.extension_weeks > 0 else 0.0
            if self.intake_luck >= rates.early_start_share + more:
                return
            self.early_start = True
        elif model.week - self.housed_week < rates.pip_chores_weeks:
            return
        warm = self.warm_luck < rates.warm_handover_share * (0.5 + rates.data_sharing)
        model.awaiting.append((since - (rates.warm_handover_weeks if warm else 0.0) + self.order_luck * 12.0, self))

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
        """Attend lessons and learn, four weeks at a time (lessons.attend)."""
        model, rates = self.model, self.model.rates.lessons
        state, weeks = self.integration, VISITS
        in_reception = self.housing < Housing.TRANSITION
        in_route = state >= Integration.B1_ROUTE
        if state == Integration.EARLY_LESSONS:
            hours = model.early_hours
        elif state == Integration.PRE_INTEGRATION:
            hours = rates.vbi_hours
            weeks = course_weeks(model.week - self.pre_start_week, VISITS, rates.vbi_weeks)
        else:
            hours = float(rates.class_hours[self.kind_of_route()])
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
        no_care = model.week < self.care_until_week and self.childcare_week == NEVER
        moved = model.week - self.move_week < 4
        online = rates.online_share
        if in_route and model.week < self.lessons_from_week:
            hours = 0.0
        share = attendance(travel, online, no_care, self.employed and not dual, person_effort, moved, rates)
        attended = share * hours
        handy = self.digital_skill - float(rates.digital_skill_mean[self.education])
        worth = max(float(rates.online_effect[self.education]) + rates.online_by_digital_skill * handy, 0.0)
        online_effect = worth * facilities * (1.0 - rates.online_fraud_loss)
        taught = attended * (model.quality * (1.0 - online) + online * online_effect)
        if in_route:
            taught *= 1.0 - rates.overhead_hours / float(rates.route_hours[self.kind_of_route()])
        learned = taught + self.practised(dual) * practice_worth(self.language, rates.practice_ceiling)
        gain = weeks * float(progress(self.language, learned, person_effort, self.ability, self.education, rates))
        self.language += gain
        self.motivation = min(self.motivation + rates.motivation_progress * gain, 1.0)
        self.class_hours += weeks * attended
        if in_route:
            self.route_hours += weeks * hours

    def kind_of_route(self):
        """Number of the route whose hours someone in lessons has: B1 (also A2), education, Z."""
        if self.integration == Integration.EDUCATION_ROUTE:
            return 1
        return 2 if self.integration == Integration.Z_ROUTE else 0

    # What comes between the queue of lesson seats and that of jobs ----------------------------------------------------

    def work_on(self):
        """Practise Dutch, take exams, lose a job or look for one."""
        state = self.integration
        visit = self.visited
        if visit:
            self.practise()
            in_route = Integration.B1_ROUTE <= state <= Integration.A2_ROUTE
            if (in_route and self.route_start_week != self.model.week) or state == Integration.TERM_EXPIRED:
                self.take_exam()
            self.end_studies()
            self.naturalise()
        if visit and self.model.week % 52 < VISITS:
            self.weeks_worked = 0
        if self.employed:
            if visit:
                self.risk_job()
                self.work_more()
            self.end_job()
        elif self.work == Work.PERMIT_PENDING:
            self.await_permit()
        lost = self.loss_week == self.model.week
        if (visit or lost or self.may_work_now) and (self.work == Work.ELIGIBLE or self.work == Work.SEARCHING):
            self.consider()
        if self.work == Work.SEARCHING and self.region >= 0:
            self.search()

    def practised(self, dual=False):
        """Give the hours of informal learning in a week (lessons.practised)."""
        rates = self.model.rates.lessons
        worked = hours_at_work(self.work, self.earnings, rates.hourly_wage, rates.wage_premium_matched)
        if dual and worked <= 0.0:
            worked = rates.weekly_hours_job
        return practice(self.volunteer is not None, worked, self.natives, rates)

    def practise(self):
        """Practise or forget Dutch outside lessons (lessons.practise)."""
        rates, state = self.model.rates.lessons, self.integration
        if 1 <= state <= Integration.PRE_INTEGRATION or Integration.B1_ROUTE <= state <= Integration.A2_ROUTE:
            return
        person_effort = self.effort()
        hours = self.practised() * practice_worth(self.language, rates.practice_ceiling)
        offered = rates.long_tail_hours if state == Integration.TERM_EXPIRED else 0.0
        if rates.bridge_course and Integration.AWAITING_INTAKE <= state <= Integration.PLAN_MADE:
            offered = rates.bridge_hours
        if offered > 0.0:
            share = attendance(0.0, 0.0, False, self.employed, person_effort, False, rates)
            hours += offered * self.model.quality * share
        if hours > 0.0 or self.practised() > 0.0:
            gain = progress(self.language, hours, person_effort, self.ability, self.education, rates)
            self.language += self.visit_weeks * float(gain)
        elif self.language > 0.1:
            self.language *= 1.0 - self.visit_weeks * rates.language_forgetting

    def take_exam(self):
        """Take an exam, scale down or pass the term (exams.update)."""
        week, rates, uniform = self.model.week, self.model.rates.exams, self.random.random
        state, hours, language = self.integration, self.route_hours, self.language
        if state == Integration.Z_ROUTE:
            if hours >= rates.route_hours[2] and hours >= rates.participation_hours_z:
                self.integration, self.finish_week = Integration.FINISHED_Z, week
            elif language >= 1.0 and uniform() < VISITS * rates.chance_route_switch:
                self.change_route(Integration.B1_ROUTE)
            return
        a2 = state == Integration.A2_ROUTE or (state == Integration.TERM_EXPIRED and self.expired_at_a2)
        required = exams.A2_LEVEL if a2 else exams.B1_LEVEL
        if state == Integration.B1_ROUTE and hours >= rates.scale_down_hours:
            self.scale_down_checked = True
            level = predicted_level(language, self.class_hours, rates.scale_down_predicted_hours)
            cannot = level < exams.B1_LEVEL or self.attempts >= rates.exam_attempts_b1
            if cannot and uniform() < VISITS * rates.scale_down_chance:
                self.change_route(Integration.A2_ROUTE)
                self.scaled_down = True
                self.motivation = max(self.motivation - rates.motivation_scaled_down, 0.0)
                return
        if self.term_end != NEVER and week >= self.term_end and state != Integration.TERM_EXPIRED:
            self.integration, self.expired_at_a2 = Integration.TERM_EXPIRED, a2
            if self.work == Work.STUDY:
                self.work = Work.ELIGIBLE
            return
        if self.exam_week != NEVER and week - self.exam_week < rates.exam_interval_weeks:
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

    def change_route(self, state):
        """Change route, which takes weeks without lessons (exams.change_route)."""
        self.integration, self.attempts = state, 0
        self.lessons_from_week = self.model.week + self.model.rates.exams.switch_delay_weeks

    def end_studies(self):
        """End the studies that follow the education route (exams.end_studies)."""
        if self.work == Work.STUDY and self.integration >= Integration.PASSED_B1:
            if self.random.random() < self.visit_weeks / self.model.rates.exams.study_weeks:
                self.work = Work.ELIGIBLE

    def naturalise(self):
        """Become a citizen (exams.naturalise)."""
        rates = self.model.rates.exams
        if self.legal != Legal.PERMIT or self.model.week - self.permit_week < rates.naturalisation_years * 52.18:
            return
        done = Integration.PASSED_B1 <= self.integration <= Integration.EXEMPT
        if done and self.language >= rates.naturalisation_level - 0.5:
            if self.random.random() < self.visit_weeks * rates.chance_naturalisation:
                self.legal = Legal.NATURALISED

    @property
    def in_procedure(self):
        """Whether there is no decision yet."""
        return self.legal == Legal.GENERAL_TRACK or self.legal == Legal.SHORT_TRACK

    def risk_job(self):
        """Draw whether and when the job ends before the next visit (job_loss.update)."""
        week, rates = self.model.week, self.model.rates.job_loss
        coached = self.coach_luck < rates.coach_share
        chance = job_loss_chance(self.work == Work.EMPLOYED_MATCHED, coached, rates)
        self.loss_week = week + weeks_until(chance, self.random.random(), self.visit_weeks)
        if self.in_procedure:
            self.weeks_worked += min(week - self.job_week, VISITS)
            if rates.max_weeks_of_52 < 52:
                self.loss_week = min(self.loss_week, week + max(rates.max_weeks_of_52 - self.weeks_worked, 0))

    def work_more(self):
        """Work more hours as time in the job goes on (working_hours.update)."""
        rates = self.model.rates.hours
        matched = self.work == Work.EMPLOYED_MATCHED
        most = working_hours.FULL_TIME * rates.hourly_wage * (rates.wage_premium_matched if matched else 1.0)
        if self.earnings < most and not beside_lessons(self.integration, self.activity):
            share = self.visit_weeks / working_hours.WEEKS_IN_YEAR * rates.hours_growth
            self.earnings += share * (most - self.earnings)

    def end_job(self):
        """Lose the job when its week has come, or perhaps by a move (job_loss.end, job_loss.drop)."""
        week, rates = self.model.week, self.model.rates.job_loss
        ends = self.loss_week == week
        if self.move_week == week and self.housing < Housing.TRANSITION:
            ends = ends or self.random.random() < rates.job_loss_on_move
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

    def consider(self):
        """Decide whether to search in the next four weeks, and how likely that is to help (job_search.consider)."""
        model, rates = self.model, self.model.rates.search
        in_reception = self.housing < Housing.TRANSITION
        settling = not in_reception and model.week - self.housed_week < rates.settle_in_weeks
        kept = keeps_part(model.week, self.off_benefit_week, rates)
        at_home = model.gain_at_home if kept else model.gain_later
        gain = model.gain_in_reception if in_reception else at_home
        person_effort = self.effort()
        wish = person_effort * gain / rates.search_gain_scale + rates.search_noise * (self.random.random() - 0.5)
        if settling or wish <= rates.search_threshold or self.region < 0:
            self.work = Work.ELIGIBLE
            return
        self.work = Work.SEARCHING
        in_lessons = Integration.B1_ROUTE <= self.integration <= Integration.A2_ROUTE
        done = Integration.PASSED_B1 <= self.integration <= Integration.FINISHED_Z
        common = model.work_in_region[self.region] * moves_factor(self.woman, self.moves, rates)
        common *= lock_factor(in_lessons, (self.activity & Activity.DUAL) != 0, rates)
        if self.in_procedure and rates.twv_on:
            common *= 1.0 - rates.twv_deterrence
        if in_reception:
            common *= rates.job_in_reception * model.keen
        partner = self.partner
        one_has_a_job = partner is not None and works(partner.work, partner.job_week, model.week)
        helped = not one_has_a_job or self.partners_luck < rates.support_both_partners
        served = self.centre_draw < model.coverage[self.region]
        if helped and served and model.week - self.arrival_week >= rates.work_centre_lag_weeks:
            common *= rates.work_centre_effect
        if helped and self.subsidy_draw < rates.wage_subsidy_share:
            common *= rates.wage_subsidy_effect
        if helped and self.activity & Activity.WORKSHOP:
            common *= 1.0 + (rates.map_effect - 1.0) * rates.map_hours / job_search.MAP_HOURS
        factor = personal_factor(
            self.language,
            self.education,
            self.woman,
            model.week < self.care_until_week,
            self.complaint,
            self.household.scored_early,
            done,
            rates,
        )
        since = max(self.application_week, self.birth_week + ADULT_WEEKS)
        banned = min(max(self.access_week - since, 0), job_search.LONGEST_BAN)
        own = rates.job_finding_base * self.readiness * factor * person_effort * ban_factor(float(banned), rates)
        heard = referral_hazard(
            self.contacts, self.contacts_employed, self.natives_employed, person_effort, self.readiness, rates
        )
        ahead = self.visit_weeks if self.visited else (self.turn - model.week) % self.visit_weeks
        by_search = weeks_until(float(chance_of(own * common)), self.random.random(), ahead)
        by_contacts = weeks_until(float(chance_of(heard * common)), self.random.random(), ahead)
        first = min(by_search, by_contacts)
        self.find_week = model.week + first if first < ahead else NEVER
        self.find_through = FoundThrough.SEARCH if by_search <= by_contacts else FoundThrough.CONTACTS

    def search(self):
        """Find a job when its week has come (job_search.search)."""
        if self.find_week != self.model.week:
            return
        if self.in_procedure and self.weeks_worked >= self.model.rates.search.max_weeks_of_52:
            return
        self.model.finds.append((self, self.find_through))

    def start_job(self):
        """Start a job (job_search.start_job)."""
        week, rates = self.model.week, self.model.rates.search
        recognised = self.diploma == Diploma.RECOGNISED
        matched = self.random.random() < match_chance(self.language, recognised, self.natives > 0, rates)
        wage = rates.hourly_wage * (rates.wage_premium_matched if matched else 1.0)
        self.work = Work.EMPLOYED_MATCHED if matched else Work.EMPLOYED_BASIC
        size = self.hours_luck
        if self.first_job_week != NEVER:
            size = max(size, self.random.random())
        aside = beside_lessons(self.integration, self.activity)
        self.earnings = job_hours(rates.hours_beside_lessons if aside else rates.weekly_hours_job, size) * wage
        self.job_week = week
        self.subsidised = self.subsidy_draw < rates.wage_subsidy_share
        if self.first_job_week == NEVER:
            self.first_job_week = week
        if self.housing >= Housing.TRANSITION and self.off_benefit_week == NEVER:
            self.off_benefit_week = week

    # What comes after the queue of jobs -------------------------------------------------------------------------------

    def feel(self):
        """Update the mind by the last four weeks; book money (for those who are visited)."""
        self.use_diploma()
        in_reception = self.housing < Housing.TRANSITION
        idle = idleness(in_reception, self.integration, self.work, self.activity, self.model.half_lessons)
        self.change_motivation(idle)
        self.change_capacity(idle)
        self.change_complaint()
        self.book_money()

    def use_diploma(self):
        """Ask for, get and use recognition (diplomas.py)."""
        rates, uniform = self.model.rates.diplomas, self.random.random
        if self.diploma == Diploma.NONE or self.legal != Legal.PERMIT:
            return
        if self.diploma == Diploma.UNRECOGNISED:
            if uniform() < self.visit_weeks * rates.diploma_ask_chance:
                self.diploma, self.diploma_week = Diploma.ASKED, self.model.week
        elif self.diploma == Diploma.ASKED:
            if self.model.week - self.diploma_week >= rates.diploma_weeks:
                missing = self.documents_luck < rates.diploma_documents_missing
                self.diploma = Diploma.NONE if missing else Diploma.RECOGNISED
        elif self.work == Work.EMPLOYED_BASIC and self.language >= 2.0:
            if uniform() < self.visit_weeks * rates.diploma_ask_chance:
                self.work = Work.EMPLOYED_MATCHED
                self.earnings *= rates.wage_premium_matched

    def change_motivation(self, idle):
        """Update motivation (motivation.update)."""
        rates, heard = self.model.rates.motivation, self.contacts > 0
        m = drift(
            self.motivation, self.motivation_trait, idle, heard, self.contacts_motivation, self.visit_weeks, rates
        )
        change = -rates.motivation_uncertainty * rates.temporary_status_uncertainty
        if self.household.abroad > 0:
            change -= rates.motivation_family_apart
        if self.volunteer is not None:
            change += rates.motivation_volunteer
        if self.savings > 0.0 and m < self.motivation_trait + rates.motivation_savings_ceiling:
            change += rates.motivation_savings * min(rates.savings_perceived * self.savings / 1000.0, 1.0)
        self.motivation = min(max(m + self.visit_weeks * change, 0.0), 1.0)

    def change_capacity(self, idle):
        """Update the capacity to act (capacity_to_act.update)."""
        week, rates = self.model.week, self.model.rates.capacity
        supported = self.volunteer is not None or guided(
            week - self.birth_week,
            self.housed_week - self.birth_week,
            self.guided_until > week,
            self.household.kind == guidance.MINOR_ALONE,
            rates.guidance_exempt_groups,
            rates.guidance_weeks,
            rates.guardianship_until,
        )
        self.capacity = float(
            next_capacity(
                self.capacity, self.capacity_trait, self.complaint, self.debt, idle, supported, self.visit_weeks, rates
            )
        )

    def change_complaint(self):
        """Let complaints begin or pass (mental_health.update)."""
        model, rates, uniform = self.model, self.model.rates.health, self.random.random
        if self.complaint:
            treated = (self.activity & Activity.TREATED) != 0
            if uniform() < self.visit_weeks * recovery_chance(treated, self.housing < Housing.TRANSITION, rates):
                self.complaint = False
                self.activity &= ~Activity.TREATED
            elif not treated and uniform() < self.visit_weeks * rates.treatment_chance:
                self.activity |= Activity.TREATED
        else:
            end = self.decision_week if self.decision_week != NEVER else model.week
            if uniform() < self.visit_weeks * onset_chance(end - self.application_week, self.debt, rates):
                self.complaint = True
                if self.complaint_week == NEVER:
                    self.complaint_week = model.week

    def book_money(self):
        """Settle benefit; book contribution, savings and debts (money.update)."""
        rates, uniform = self.model.rates.money, self.random.random
        self.benefit = 0.0
        if self.model.week - self.birth_week < PENSION_WEEKS:
            student = self.work == Work.STUDY and self.integration >= Integration.PASSED_B1
            partner = self.partner
            together = self.earnings + (partner.earnings if partner else 0.0)
            earner = partner if partner is not None and self.earnings <= 0.0 else self
            keeps = keeps_part(self.model.week, earner.off_benefit_week, rates)
            paired = partner is not None
            young = self.model.week - self.birth_week < money.FULL_BENEFIT_WEEKS
            self.benefit = benefit_due(self.legal, self.housing, student, together, paired, rates, keeps, young)
        if self.housing < Housing.TRANSITION:
            if self.earnings > 0.0:
                monthly = self.earnings * money.WEEKS_IN_MONTH
                paid = own_contribution(monthly, rates.reba_rate, rates.reba_free, rates.reba_cap)
                paid = paid / money.WEEKS_IN_MONTH * self.visit_weeks
                self.contribution += paid
                self.savings += paid * rates.savings_share
            return
        since = self.model.week - self.housed_week
        if 0 < since <= VISITS:
            saved = min((self.savings + rates.setup_grant) / (2.0 * rates.deposit_need), 1.0)
            if uniform() < rates.debt_at_start * (1.0 - saved):
                self.debt = True
            self.savings = 0.0
        elif self.debt:
            if uniform() < self.visit_weeks * rates.debt_clear_chance:
                self.debt = False
        elif self.benefit > 0.0:
            chance = self.visit_weeks * rates.debt_chance * (rates.debt_capacity_level - self.capacity)
            if since < rates.relief_weeks:
                chance *= rates.debt_relief_effect
            if uniform() < chance:
                self.debt = True
