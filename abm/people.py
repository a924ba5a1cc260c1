"""The people: one row for each person, declared column by column.

The class body of ``Person`` is the data dictionary of the model (``People.dictionary()`` prints it). Weeks are
counted from 1 January 2021; a week of ``NEVER`` means that it has not happened. Events are stored as the week they
happened, so waiting time costs no write: it is the difference of two weeks.
"""

from abm.columns import Column, ColumnAgent, Table
from abm.states import Diploma, FoundThrough, Housing, Integration, Legal, Programme, Work

#: Week of something that has not happened. Weeks are held by two bytes, and so are their differences up to LAST_WEEK.
NEVER, LAST_WEEK = -20_000, 12_000


def week_column(meaning: str) -> Column:
    """Declare a column that holds the week in which something happened."""
    return Column("i2", meaning, unit="week", initial=NEVER)


class Person(ColumnAgent):
    """One person: asylum seeker, status holder, family member awaiting reunification or former applicant."""

    # Who someone is
    key = Column("u8", "Key of this person's luck; does not depend on policy or order of arrival.")
    turn = Column("u1", "Week of the sixteen in which a visit falls; of the eight, its remainder.", unit="0-15")
    visit_weeks = Column("u1", "Weeks from the last visit to the next: 8, or 16 for those long settled.", initial=8)
    household = Column("i4", "Row of the household.", initial=0)
    partner = Column("i4", "Row of the partner who lives in the country; 0 for none.", initial=0)
    origin = Column("u1", "Origin group, in the order of the category `origin`.")
    woman = Column("?", "Is a woman or girl.")
    group = Column("u1", "Cell of sex, education, household and origin for the group tables (metrics.py).")
    birth_week = Column("i2", "Week of birth.", unit="week", initial=0)
    education = Column("u1", "Education from abroad, in the order of the category `education`.")
    digital_skill = Column("f4", "Skill with computer and phone.", unit="0-1")
    trauma = Column("f4", "Load from before arrival.", unit="0-1")
    ability = Column("f4", "Speed of learning, median near 0.9.", unit="factor")
    readiness = Column("f4", "Unobserved readiness for the labour market, times ability to a power.", unit="factor")
    skilled = Column("?", "Has a trade or profession.")
    unfit = Column("?", "Is lastingly unfit for work.")
    care_until_week = week_column("Until when this parent cares for a child who needs childcare.")
    subsidy_draw = Column("f4", "Luck for life: a wage subsidy is to be had for those below the share.", unit="0-1")
    centre_draw = Column("f4", "Luck for life: a regional work centre serves those below its coverage.", unit="0-1")
    motivation_trait = Column("f4", "Motivation this person returns to.", unit="0-1")
    capacity_trait = Column("f4", "Capacity to act this person returns to.", unit="0-1")

    # The five states
    legal = Column("u1", "Legal state.", initial=Legal.ABROAD, codes=Legal)
    housing = Column("u1", "Where the person lives.", initial=Housing.NONE, codes=Housing)
    integration = Column("u1", "State of civic integration.", codes=Integration)
    work = Column("u1", "State on the labour market.", codes=Work)
    activity = Column("u1", "Activities and support: the bits of states.Activity.")

    # Mind
    motivation = Column("f4", "Wanting to act.", unit="0-1")
    capacity = Column("f4", "Capacity to act (doenvermogen).", unit="0-1")
    complaint = Column("?", "Has psychological complaints, light to severe.")
    complaint_at_arrival = Column("?", "Had psychological complaints on arrival.")
    complaint_week = week_column("Onset of the first new complaint after arrival.")

    # Language and integration
    language = Column("f4", "Level of Dutch: 0 none, 1 A1, 2 A2, 3 B1, 4 B2.", unit="CEFR level", initial=0.0)
    class_hours = Column("f4", "Class hours attended in all.", unit="hours", initial=0.0)
    route_hours = Column("f4", "Class hours offered in the present route and any before.", unit="hours", initial=0.0)
    asked_week = week_column("Asked for pre-integration (voorinburgering).")
    consented = Column("?", "Consented to pre-integration.")
    pre_start_week = week_column("Start of pre-integration.")
    pre_end_week = week_column("End of pre-integration.")
    pre_completed = Column("?", "Completed pre-integration.")
    plan_week = week_column("Integration plan (PIP) set.")
    plan_in_reception = Column("?", "Plan set while still in reception.")
    route = Column("u1", "Route of the plan, in the order of the category `route`, from 1; 0 is none.")
    feasible = Column("?", "Learnability test says B1 is feasible.")
    tested = Column("?", "Took the learnability test.")
    route_start_week = week_column("First lesson of the route.")
    finish_week = week_column("Duty fulfilled or exempted.")
    scaled_down = Column("?", "Scaled down from B1 to A2.")
    scale_down_checked = Column("?", "Reached the hours at which scaling down is possible.")
    attempts = Column("u1", "Failed exam attempts in the present route.")
    interim_week = week_column("Passed the fixed test on the way to B1.")
    lessons_from_week = week_column("Lessons go on from this week, after a change of route.")
    exam_week = week_column("Last exam attempt.")
    exempt_drawn = Column("?", "Is exempt from the duty on medical or other grounds.")

    # Procedure and reception
    application_week = week_column("Application for asylum, or arrival for reunification.")
    permit_week = week_column("Permit granted, or arrived with a derived permit.")
    decision_week = week_column("Decision of the first instance.")
    arrival_week = week_column("Arrival in reception.")
    housed_week = week_column("Left reception for a home.")
    left_week = week_column("Left the country or disappeared from view.")
    departure = Column("u1", "How someone left: 1 supervised, 2 forced, 3 unsupervised.")
    site = Column("i2", "Reception site.")
    region = Column("i2", "Labour-market region of residence.")
    municipality = Column("i2", "Coupled or home municipality.")
    moves = Column("u1", "Moves between reception sites.")
    move_week = week_column("Last move of any kind.")

    # Work and money
    programme = Column("u1", "Present or last work programme.", codes=Programme)
    programme_week = week_column("Start of the present work programme, or end of the last one.")
    diploma = Column("u1", "Recognition of the diploma or skill.", codes=Diploma)
    diploma_week = week_column("Recognition asked.")
    access_week = week_column("Became allowed to work.")
    job_week = week_column("Start of the present job.")
    first_job_week = week_column("Start of the first job.")
    first_job_through = Column("u1", "How the first job was found.", codes=FoundThrough)
    work_permit_week = week_column("Employer asked for the work permit (TWV).")
    had_work_permit = Column("?", "Ever had a work permit granted.")
    off_benefit_week = week_column("First job after leaving reception.")
    weeks_worked = Column("u1", "Weeks worked in the present year, for the former 24-week rule.", unit="weeks")
    earnings = Column("f4", "Gross earnings.", unit="euros a week", initial=0.0)
    benefit = Column("f4", "Benefit (bijstand), own share.", unit="euros a week", initial=0.0)
    savings = Column("f4", "Balance of the savings scheme.", unit="euros", initial=0.0)
    contribution = Column("f4", "Own contribution paid to reception in all.", unit="euros", initial=0.0)
    debt = Column("?", "Has problem debts.")
    job_chance = Column("f4", "To find a job by search, as of the last visit.", unit="chance a week", initial=0.0)
    referral_chance = Column("f4", "To find one through contacts, idem.", unit="chance a week", initial=0.0)
    employer = Column("i4", "Row of the employer.", initial=0)
    subsidised = Column("?", "Wage subsidy in the present job.")
    guided_until = week_column("End of social guidance.")
    childcare_week = week_column("Childcare available from this week.")
    term_end = week_column("End of the integration term.")
    expired_at_a2 = Column("?", "Was in the A2 route when the term ended, so A2 is what remains due.")
    early_start = Column("?", "Follows the regular route from reception.")

    # What is heard from contacts, read at each visit (see processes/contacts.py)
    contacts = Column("u1", "Contacts with other newcomers.", unit="persons")
    contacts_employed = Column("u1", "Employed among them, colleagues and family included.", unit="persons")
    contacts_motivation = Column("f4", "Mean motivation among them.", unit="0-1")
    contacts_enrolled = Column("f4", "Share of them in a programme.", unit="share", initial=0.0)
    natives = Column("u1", "Contacts with residents of long standing.", unit="persons")
    natives_employed = Column("u1", "Employed among them.", unit="persons")
    volunteer = Column("i4", "Row of the volunteer who visits (language buddy or guide).", initial=0)

    def age(self) -> float:
        """Age in years this week."""
        return (self.model.week - self.birth_week) / 52.18

    def effort(self) -> float:
        """Effective effort: motivation times capacity to act, 1 for a mean person at arrival."""
        from abm.processes.motivation import effort

        r = self.model.timetable.rates(effort_rates(), min(self.model.week, self.model.n_weeks - 1))
        return effort(self.motivation, self.capacity, self.complaint, r.effort_scale, r.complaint_effort_loss)


def effort_rates() -> type:
    """Give the rates that effort needs (imported late: processes import this module)."""
    from abm.processes.motivation import EffortRates

    return EffortRates


class People(Table[Person]):
    """All persons of a model."""

    def __init__(self, model, capacity: int = 1024) -> None:
        super().__init__(Person, model, capacity)
