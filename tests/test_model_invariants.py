"""What holds in every week of a run: people, places, homes and money balance, and nobody does what may not be done.

One small run of three and a half years, with the savings scheme on so that savings flow, is watched week by week
(``history``). Each invariant is a function of a week that gives which rows it looked at and which of them are wrong;
every one must look at something and find nothing.
"""

import os
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from abm import Model, ParameterError, load
from abm.policies import PolicyError
from abm.processes import arrivals
from abm.recorder import FLOWS, GRANT_WEEKS
from abm.states import Housing, Integration, Legal, Work
from abm.timetable import week_of
from abm.turns import LONG_VISITS, VISITS

ROOT = Path(__file__).parent.parent
ADULT, PENSION = int(18 * 52.18), int(67 * 52.18)
EMPLOYED = (Work.EMPLOYED_BASIC, Work.EMPLOYED_MATCHED)
IN_PROCEDURE = (Legal.GENERAL_TRACK, Legal.SHORT_TRACK)
HAPPENED = -5000
YES = np.array([True])


# The invariants --------------------------------------------------------------------------------------------
# w.p and w.h: columns of people and households after the week; w.before.p, w.before.h: the same before it (rows that
# were there); w.here: persons in the country; w.flow(name): flow of the week in simulated persons.


def people_arrive_or_stay_or_leave(w):
    came = sum(w.flow(name) for name in FLOWS if name.startswith("arrived_"))
    went = sum(w.flow(name) for name in ("left_supervised", "left_forced", "left_unsupervised"))
    balance = w.before.here.sum() + came - went
    return YES, np.array([w.here.sum() != round(balance)])


def nobody_comes_back_or_loses_a_permit(w):
    was, now = w.before.p.legal, w.p.legal[: w.before.n]
    kept = np.isin(was, (Legal.LEFT, Legal.NATURALISED)) & (now != was)
    permit = (was == Legal.PERMIT) & ~np.isin(now, (Legal.PERMIT, Legal.NATURALISED))
    other = (was != Legal.PERMIT) & (was != Legal.NATURALISED) & (now == Legal.NATURALISED)
    return was != Legal.ABROAD, kept | permit | other | ((was != Legal.ABROAD) & (now == Legal.ABROAD))


def members_share_the_state_of_their_household(w):
    home = w.p.household
    legal = (w.p.legal == w.h.legal[home]) | ((w.p.legal == Legal.NATURALISED) & (w.h.legal[home] == Legal.PERMIT))
    same = legal & (w.p.housing == w.h.housing[home]) & (w.p.site == w.h.site[home])
    same &= (w.p.municipality == w.h.municipality[home]) & (w.p.region == w.h.region[home])
    return w.here, w.here & ~same


def who_someone_is_does_not_change(w):
    names = ("key", "household", "origin", "woman", "birth_week", "education", "ability", "motivation_trait", "unfit")
    wrong = np.zeros(w.before.n, bool)
    for name in names:
        old, new = getattr(w.before.p, name), getattr(w.p, name)[: w.before.n]
        wrong |= old != new
    return w.before.here, wrong & w.before.here


def people_in_reception_live_at_a_site_of_their_kind_and_region(w):
    inside = w.here & (w.p.housing < Housing.TRANSITION)
    site = w.p.site.astype(int)
    fits = (site // w.model.n_regions == w.p.housing) & (site % w.model.n_regions == w.p.region)
    return inside, inside & ~fits


def people_at_home_live_in_the_region_of_their_municipality_and_at_no_site(w):
    home = w.here & ~(w.p.housing < Housing.TRANSITION)
    region = w.model.region_of[np.maximum(w.p.municipality, 0)]
    fits = (w.p.municipality >= 0) & (w.p.region == region) & (w.p.site == -1) & (w.p.housing <= Housing.PRIVATE)
    return home, home & ~fits


def nobody_is_placed_at_a_site_that_is_full(w):
    before, after, places = w.placing
    return after.ravel() > 0, (after > np.maximum(places, before) + 1e-9).ravel()


def emergency_reception_never_holds_more_than_its_places(w):
    _, after, places = w.placing
    return after[Housing.EMERGENCY] > 0, after[Housing.EMERGENCY] > places[Housing.EMERGENCY] + 1e-9


def lessons_need_a_seat(w):
    before, after, seats = w.learning
    return after > before, after > np.maximum(seats, before) + 1e-9


def courses_of_pre_integration_need_a_seat(w):
    seats = w.model.timetable.value("vbi_seats", w.week) * w.model.scale
    now, was = ((p.integration == Integration.PRE_INTEGRATION).sum() for p in (w.p, w.before.p))
    return np.array([now > 0]), np.array([now > max(seats, was)])


def carers_learn_only_with_childcare(w):
    started = w.p.route_start_week == w.week
    carer = started & (w.week < w.p.care_until_week)
    return carer, carer & (w.p.childcare_week < HAPPENED)


def a_route_follows_a_plan_and_a_plan_an_adult_below_pension_age_with_a_permit(w):
    new = w.p.plan_week == w.week
    age = w.week - w.p.birth_week
    wrong = new & ((w.p.legal < Legal.PERMIT) | (age < ADULT) | (age >= PENSION))
    started = w.p.route_start_week == w.week
    return new | started, wrong | (started & (w.p.plan_week > w.week)) | (started & (w.p.plan_week < HAPPENED))


def no_capacity_falls_below_zero(w):
    m, supply = w.model, w.model.supply
    stocks = [supply.dwellings, supply.shared, supply.start_homes, supply.transition, m.moving_on_dwellings]
    stocks += [m.plan_carry, m.childcare_carry, m.employers.vacancies, m.quota, m.coa.places]
    lowest = np.array([stock.min() for stock in stocks])
    return np.ones(len(lowest), bool), lowest < -1e-9


def an_offer_is_passed_by_one_household_at_most_and_by_families_who_move_in(w):
    m, h = w.model, w.h
    family = (h.housed_week == w.week) & (h.referent > 0)
    moved_in = np.bincount(
        m.area_of[h.municipality[family]], weights=h.size[family], minlength=len(m.area_share)
    )  # whatever the offer is
    least = np.minimum(w.offers_before + m.offers_per_week, 0.0) - h.size.max() - moved_in
    return m.supply.offers < 0, m.supply.offers < least - 1e-9


def transition_places_are_lived_in_or_free(w):
    m = w.model
    lived = np.bincount(m.area_of[w.p.municipality[w.living(Housing.TRANSITION)]], minlength=len(m.area_share))
    places = float(m.timetable.value("transition_places", w.week)) * m.scale * m.area_share
    return lived > 0, np.abs(lived + m.supply.transition - places) > 1e-6


def places_in_shared_homes_are_lived_in_or_free(w):
    total = w.living(Housing.SHARED).sum() + w.model.supply.shared.sum()
    return YES, np.abs(np.array([total - w.start.shared - w.released.shared])) > 1e-6


def start_homes_are_lived_in_let_to_others_or_free(w):
    supply = w.model.supply
    total = (w.h.housing[w.h.size > 0] == Housing.START_HOME).sum() + supply.start_homes.sum() + supply.lent.sum()
    return YES, np.abs(np.array([total - w.released.start])) > 1e-6


def volunteers_visit_whom_they_say_and_no_more_than_they_can(w):
    table = w.model.volunteers
    visited = np.bincount(w.p.volunteer, minlength=table.n)[1:]
    most = w.model.timetable.value("volunteer_clients_max", w.week)
    return visited > 0, (visited != table.clients[1:]) | (visited > most)


def those_who_left_have_no_home_and_no_volunteer(w):
    left = w.p.legal == Legal.LEFT
    return left, left & ((w.p.housing != Housing.NONE) | (w.p.site >= 0) | (w.p.volunteer > 0))


def earnings_are_of_those_who_have_a_job(w):
    employed = w.here & np.isin(w.p.work, EMPLOYED)
    earning = w.here & (w.p.earnings > 0)
    return employed, employed != earning


def a_job_needs_the_right_to_work(w):
    employed = w.here & np.isin(w.p.work, EMPLOYED)
    return employed, employed & ~np.isin(w.p.legal, (*IN_PROCEDURE, Legal.PERMIT, Legal.NATURALISED))


def a_job_in_procedure_needs_26_weeks_and_a_number(w):
    rates = w.model.timetable
    employed = w.here & np.isin(w.p.work, EMPLOYED) & np.isin(w.p.legal, IN_PROCEDURE)
    least = rates.value("work_access_weeks", w.week) + rates.value("bsn_queue_weeks", w.week)
    return employed, employed & (w.week - w.p.application_week < least)


def a_job_starts_after_access(w):
    started = w.p.job_week == w.week
    return started, started & ((w.p.access_week > w.week) | (w.p.access_week < HAPPENED) & (w.p.application_week >= 0))


def a_job_in_procedure_begins_with_a_work_permit(w):
    started = w.here & (w.p.job_week == w.week) & np.isin(w.p.legal, IN_PROCEDURE)
    return started, started & ~w.p.had_work_permit


def nobody_in_procedure_works_more_than_24_weeks_a_year_until_the_ruling(w):
    if w.week % 52 == 0:
        w.start.worked = np.zeros(0, np.int64)
    worked = np.zeros(w.n, np.int64)
    worked[: len(w.start.worked)] = w.start.worked
    worked += w.here & np.isin(w.p.work, EMPLOYED) & np.isin(w.p.legal, IN_PROCEDURE)
    w.start.worked = worked
    before = w.week < week_of("2023-11-29")
    return worked >= 20, (worked > 24) & before


def children_and_pensioners_do_not_work(w):
    age = w.week - w.p.birth_week
    outside = w.here & ((age < ADULT) | (age >= PENSION + 12))
    return outside, outside & (np.isin(w.p.work, EMPLOYED) | (w.p.earnings > 0))


def children_take_no_part_in_integration(w):
    child = w.here & (w.week - w.p.birth_week < ADULT)
    return child, child & (w.p.integration != Integration.NONE)


def each_list_of_the_week_holds_whom_it_says_and_no_one_else(w):
    lists, p = w.model.lists, w.listed
    age = w.week - p.birth_week
    adult = p.here & (age >= ADULT)
    turn = np.where(p.visit_weeks == LONG_VISITS, p.turn == w.week % LONG_VISITS, p.turn % VISITS == w.week % VISITS)
    early = np.isin(p.integration, (Integration.EARLY_LESSONS, Integration.PRE_INTEGRATION))
    route = (p.integration >= Integration.B1_ROUTE) & (p.integration <= Integration.A2_ROUTE)
    truth = {
        "present": p.here,
        "adults": adult,
        "visited": adult & turn,
        "residents": adult & ((p.housing < Housing.TRANSITION) | early),
        "in_class": adult & ((p.integration == Integration.PRE_INTEGRATION) | route),
        "awaiting": adult & (p.integration == Integration.AWAITING_INTAKE),
        "planned": adult & (p.integration == Integration.PLAN_MADE),
        "learners": adult & turn & (early | route),
        "candidates": adult & turn & (route | (p.integration == Integration.TERM_EXPIRED)),
        "come_of_age": adult & (age == ADULT),
    }
    listed = {**lists._asdict(), "present": w.model.present, "adults": w.model.adults}
    assert set(truth) == set(listed)
    return np.array([mask.any() for mask in truth.values()]), np.array(
        [listed[name].tolist() != np.flatnonzero(mask).tolist() for name, mask in truth.items()]
    )


def lists_of_households_hold_whom_they_say_and_no_one_else(w):
    lists, h = w.model.home_lists, w.homes_listed
    permit = np.isin(h.legal, (Legal.PERMIT, Legal.NATURALISED))
    present = ~np.isin(h.legal, (Legal.LEFT, Legal.ABROAD))
    home = (h.housing >= Housing.TRANSITION) & (h.housing <= Housing.PRIVATE)
    turn = (h.turn % VISITS == w.week % VISITS) & (h.municipality >= 0) & (h.housing <= Housing.PRIVATE)
    truth = {
        "unsettled": present & ~(permit & home),
        "movers": present & permit & turn,
    }
    assert set(truth) == set(lists._fields)
    return np.array([mask.any() for mask in truth.values()]), np.array(
        [getattr(lists, name).tolist() != np.flatnonzero(mask).tolist() for name, mask in truth.items()]
    )


def turns_do_not_change_and_are_those_of_the_household(w):
    """Nobody's turn changes, and the turns of a household are the same."""
    turn = w.p.turn[: w.before.n]
    wrong = (turn != w.before.p.turn) | (turn != w.h.turn[w.p.household[: w.before.n]]) | (turn >= LONG_VISITS)
    return w.before.here, wrong & w.before.here


def benefit_is_for_permit_holders_at_home_whose_earnings_fall_short(w):
    settled = np.zeros(w.n, bool)
    settled[w.model.lists.visited] = True
    settled &= w.here & (w.p.move_week != w.week)  # homes are given after the money of the week
    partner = w.p.partner > 0
    alone, couple, part = (w.model.timetable.value(f"benefit_{who}", w.week) for who in ("single", "couple", "young"))
    young = w.week - w.p.birth_week < int(21 * 52.18)
    norm = np.where(partner, couple, np.where(young, part, 1.0) * alone) * 12 / 52
    together = w.p.earnings + w.p.earnings[w.p.partner]
    entitled = np.isin(w.p.legal, (Legal.PERMIT, Legal.NATURALISED)) & (w.p.housing >= Housing.TRANSITION)
    entitled &= (w.week - w.p.birth_week < PENSION) & (together < norm - 1e-3)
    entitled &= ~((w.p.work == Work.STUDY) & (w.p.integration >= Integration.PASSED_B1))
    near = np.abs(together - norm) < 2e-3
    return settled & entitled, settled & ~near & ((w.p.benefit > 0) != entitled)


def chances_to_find_work_are_chances(w):
    wrong = np.zeros(w.n, bool)
    for chance in (w.p.job_chance, w.p.referral_chance):
        wrong |= ~((chance >= 0.0) & (chance < 1.0))
    searching = w.here & (w.p.work == Work.SEARCHING)
    return searching & (w.p.job_chance > 0), wrong


def learners_on_record_are_those_listed(w):
    m, p = w.model, w.listed
    route = p.here & (p.integration >= Integration.B1_ROUTE) & (p.integration <= Integration.A2_ROUTE)
    route &= w.week - p.birth_week >= ADULT
    by_region = np.bincount(np.maximum(p.region[route], 0), minlength=m.n_regions)
    in_course = p.here & (p.integration == Integration.PRE_INTEGRATION) & (w.week - p.birth_week >= ADULT)
    return by_region > 0, (m.in_route_by_region != by_region) | (m.in_pre_integration != in_course.sum())


def families_abroad_are_counted(w):
    m = w.model
    waiting = w.h.size[m.abroad].sum()
    abroad = np.zeros(len(w.h.abroad), np.int64)
    np.add.at(abroad, w.h.referent[m.abroad], w.h.size[m.abroad])
    listed = np.isin(np.arange(len(w.h.legal)), m.abroad) != ((w.h.legal == Legal.ABROAD) & (w.h.referent > 0))
    wrong = waiting != m.persons_abroad or (abroad != w.h.abroad)[1:].any() or listed[1:].any()
    return np.array([waiting > 0]), np.array([wrong])


def families_abroad_come_or_are_refused(w):
    was, now = w.before.p.legal == Legal.ABROAD, w.p.legal[: w.before.n]
    was &= w.h.referent[w.p.household[: w.before.n]] > 0
    came, ended = (np.count_nonzero(was & (now == legal)) for legal in (Legal.PERMIT, Legal.LEFT))
    wrong = came != round(w.flow("arrived_reunifiers")) or ended != round(w.flow("reunifiers_not_coming"))
    return np.array([came > 0]), np.array([wrong])


def registration_time_once_started_is_kept(w):
    was, now = w.before.h.registration_week, w.h.registration_week[: len(w.before.h.registration_week)]
    started = was > HAPPENED
    return started, started & (now != was)


def first_events_stay_on_record(w):
    wrong, seen = np.zeros(w.before.n, bool), np.zeros(w.before.n, bool)
    for name in ("first_job_week", "permit_week", "housed_week", "access_week", "plan_week", "complaint_week"):
        was, now = getattr(w.before.p, name), getattr(w.p, name)[: w.before.n]
        seen |= was > HAPPENED
        wrong |= (was > HAPPENED) & (now != was) & w.before.here
    return seen, wrong


def minds_and_language_stay_within_their_bounds(w):
    wrong = np.zeros(w.n, bool)
    for name, high in (("motivation", 1.0), ("capacity", 1.0), ("language", 6.0)):
        level = getattr(w.p, name)
        wrong |= ~((level >= 0) & (level <= high))
    return w.here, wrong & w.here


def who_holds_a_permit_no_longer_waits_for_a_decision(w):
    permit = w.here & (w.p.legal == Legal.PERMIT)
    return permit, permit & (w.p.decision_week < HAPPENED)


def savings_are_what_was_saved_less_what_was_released(w):
    was = w.before.p.savings.astype(float)
    released = was[(was > 0) & (w.p.savings[: w.before.n] == 0)].sum()
    saved = w.p.savings.astype(float).sum() - was.sum() + released
    return np.array([saved > 0]), np.array([abs(saved - w.flow("saved")) > 0.02 * len(w.model.lists.visited) + 1e-3])


def contributions_are_booked_to_the_cent(w):
    paid = w.p.contribution.astype(float).sum() - w.before.p.contribution.astype(float).sum()
    error = abs(paid - w.flow("contribution"))
    return np.array([paid > 0]), np.array([error > 0.02 * len(w.model.lists.visited) + 1e-3])


def savings_are_released_within_eight_weeks_of_a_home(w):
    home = w.here & (w.p.housed_week > HAPPENED) & (w.week - w.p.housed_week > VISITS)
    return home, home & (w.p.savings > 0)


def what_is_counted_as_housed_left_reception(w):
    left = (w.p.housed_week == w.week) & w.inside_before
    return left, np.full(w.n, left.sum() != round(w.flow("housed")))


def kinds_of_homes_add_up_to_the_housed(w):
    kinds = ("joined", "social", "shared", "start_home", "transition", "private")
    total = sum(w.flow(f"housed_{kind}") for kind in kinds)
    return np.array([total > 0]), np.array([total != w.flow("housed")])


def hires_and_plans_are_counted_once(w):
    hired, planned = (w.p.job_week == w.week).sum(), (w.p.plan_week == w.week).sum()
    return np.array([hired > 0, planned > 0]), np.array(
        [hired != round(w.flow("hires")), planned != round(w.flow("plans_made"))]
    )


def decisions_are_grants_and_refusals(w):
    decided = w.flow("decisions_general") + w.flow("decisions_short")
    return np.array([decided > 0]), np.array([abs(decided - w.flow("granted") - w.flow("refused")) > 1e-9])


def the_ind_decides_no_more_than_its_capacity(w):
    rates = w.model.timetable
    names = ("general_decisions_per_week", "short_track_decisions_per_week")
    w.start.capacity += sum(rates.value(name, w.week) for name in names) * w.model.scale
    w.start.decided += w.flow("decisions_general") + w.flow("decisions_short")
    return YES, np.array([w.start.decided > w.start.capacity + 1e-6])


def what_municipalities_owe_is_the_task_less_the_housed(w):
    m = w.model
    if w.week in m.half_years:
        w.start.task += m.timetable.value("housing_task_per_half_year", w.week)
    w.start.housed += w.flow("housed") / m.scale
    owed = sum(town.arrears + town.task - town.realised for town in m.municipalities)
    return YES, np.array([abs(owed - (w.start.task - w.start.housed)) > 1e-3])


def stocks_on_record_are_the_people(w):
    record, real = w.model.recorder.weekly, w.model.scale
    inside = w.p.housing < Housing.TRANSITION
    working_age = (w.week - w.p.birth_week >= ADULT) & (w.week - w.p.birth_week < PENSION)
    truth = {
        "in_reception": inside,
        "in_emergency": w.p.housing == Housing.EMERGENCY,
        "status_holders_in_reception": inside & (w.p.legal == Legal.PERMIT),
        "rejected_in_reception": inside & (w.p.legal == Legal.REJECTED),
        "open_cases_short": w.p.legal == Legal.SHORT_TRACK,
        "in_social": w.p.housing == Housing.SOCIAL,
        "employed": working_age & np.isin(w.p.work, EMPLOYED),
        "awaiting_intake": working_age & (w.p.integration == Integration.AWAITING_INTAKE),
        "b1_route": working_age & (w.p.integration == Integration.B1_ROUTE),
    }
    pairs = [(record[name][w.week] * real, (mask & w.here).sum()) for name, mask in truth.items()]
    return np.array([count > 0 for _, count in pairs]), np.array([round(value) != count for value, count in pairs])


def stamps_tell_who_is_in_reception(w):
    """Arrival, home and departure as written on each person give the stock of every week (Little's law, exactly)."""
    p = w.p
    arrived = (p.arrival_week > HAPPENED) & (p.arrival_week <= w.week) & ~w.start.never_inside(w)
    gone = (p.housed_week > HAPPENED) | (p.left_week > HAPPENED)
    return w.here, (arrived & ~gone) != (w.here & (p.housing < Housing.TRANSITION))


INVARIANTS = {
    name: item
    for name, item in list(globals().items())
    if callable(item) and getattr(item, "__module__", "") == __name__
}


# Watching a run --------------------------------------------------------------------------------------------


def copy_of(table):
    """Copy the used rows of all columns."""
    return SimpleNamespace(**{name: array[: table.n].copy() for name, array in table.columns.items()})


class Watch:
    """One week of a run: before, during and after."""

    def __init__(self, model, start, released):
        self.model, self.week, self.start, self.released = model, model.week, start, released
        self.before = SimpleNamespace(p=copy_of(model.people), h=copy_of(model.households), n=model.people.n)
        self.before.here = here(self.before.p)
        self.offers_before = model.supply.offers.copy()
        model._arrive, model._place, model._learn = self.watch_arrivals, self.watch_placing, self.watch_learning

    def watch_placing(self):
        before = self.occupancy()
        type(self.model)._place(self.model)
        self.placing = before, self.occupancy(), self.model.coa.places.copy()
        self.placed_inside = self.model.people.housing < Housing.TRANSITION
        self.listed = copy_of(self.model.people)  # as they were when the lists were made
        self.listed.here = here(self.listed)

    def watch_arrivals(self):
        list_them = type(self.model)._list_households

        def list_households():
            list_them(self.model)
            self.homes_listed = copy_of(self.model.households)

        self.model._list_households = list_households
        type(self.model)._arrive(self.model)

    def occupancy(self):
        site = self.model.people.site
        return np.bincount(site[site >= 0], minlength=self.model.n_sites).reshape(3, -1).astype(float)

    def watch_learning(self):
        before = self.in_class()
        type(self.model)._learn(self.model)
        self.learning = before, self.in_class(), self.model.schools.seats.copy()

    def in_class(self):
        people = self.model.people
        state = people.integration
        rows = (state >= Integration.B1_ROUTE) & (state <= Integration.A2_ROUTE) & here(people)
        return np.bincount(people.region[rows], minlength=self.model.n_regions)

    def end(self):
        self.p, self.h, self.n = copy_of(self.model.people), copy_of(self.model.households), self.model.people.n
        self.here = here(self.p)
        self.inside_before = np.zeros(self.n, bool)
        self.inside_before[: len(self.placed_inside)] = self.placed_inside
        self.start.mark(self)

    def flow(self, name):
        return self.model.recorder.weekly[name][self.week] * self.model.scale

    def living(self, housing):
        return self.here & (self.p.housing == housing)


def here(p):
    return ~np.isin(p.legal, (Legal.LEFT, Legal.ABROAD))


class Memory(SimpleNamespace):
    """What the invariants add up over the weeks."""

    def mark(self, w):
        self.inside = np.concatenate([self.inside, np.zeros(w.n - len(self.inside), bool)])
        self.inside |= w.inside_before

    def never_inside(self, w):
        return ~self.inside


for _name in ("copy_of", "here", "Watch", "Memory"):
    INVARIANTS.pop(_name, None)


@pytest.fixture(scope="module")
def history():
    """Give (looked at, wrong) for each invariant over a run: the number of rows, and the weeks that are wrong."""
    parameters = load().replace({"savings_share": 0.5, "transition_places": 2000.0, "start_homes_per_year": 9000.0})
    model = Model(scale=0.02, until="2024-06-30", seed=3, parameters=parameters)
    shared = np.count_nonzero(model.people.housing == Housing.SHARED)
    task = sum(town.arrears + town.task - town.realised for town in model.municipalities)
    start = Memory(
        shared=shared, inside=np.zeros(0, bool), worked=np.zeros(0, np.int64), task=task, housed=0.0, capacity=0.0
    )
    start.decided = 0.0
    released = SimpleNamespace(shared=0.0, start=0.0)
    looked, wrong = defaultdict(int), defaultdict(list)
    while model.steps_done < model.n_weeks:
        week = Watch(model, start, released)
        model.step()
        released.shared += model.weekly_homes.shared.sum()
        released.start += model.weekly_homes.start.sum()
        week.end()
        for name, invariant in INVARIANTS.items():
            rows, bad = invariant(week)
            looked[name] += int(np.count_nonzero(rows))
            if np.any(bad):
                wrong[name].append((week.week, np.flatnonzero(bad)[:5].tolist()))
    return SimpleNamespace(model=model, looked=looked, wrong=wrong)


@pytest.mark.parametrize("name", INVARIANTS)
def test_in_every_week(name, history):
    assert history.looked[name] > 0, "there was nothing to look at"
    found = history.wrong[name]

    assert not found, f"wrong in {len(found)} weeks; (week, rows): {found[:5]}"


# Same seed, same numbers -----------------------------------------------------------------------------------

SMALL = {"scale": 0.005, "until": "2021-09-30"}

#: What a run comes down to: every number of the weekly table, every column of every person, every tie.
HASH = """
import hashlib, sys
from abm import Model
model = Model(scale=0.005, until="2021-09-30", seed=11).run()
results = model.results()
digest = hashlib.blake2b(digest_size=16)
for frame in (results.weekly.drop(columns="date"), results.persons, results.cohorts.drop(columns="clock")):
    digest.update(frame.to_numpy(float).tobytes())
digest.update(model.network.slots[: model.people.n].tobytes())
print(digest.hexdigest())
"""


def hash_in(python, **environment):
    """Run in another process; give the hash."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    done = subprocess.run([python, "-c", HASH], capture_output=True, text=True, check=False, env=environment, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()[-1]


def weekly(model):
    return model.results().weekly


def same(one, other):
    pd.testing.assert_frame_equal(one, other, check_exact=True)


@pytest.fixture(scope="module")
def alone():
    """A run nobody looks at."""
    return Model(**SMALL, seed=11).run()


def test_the_same_seed_gives_the_same_bits_in_another_process():
    first, second = (hash_in(sys.executable, PYTHONHASHSEED=seed) for seed in ("1", "2"))

    assert first == second


def other_pythons():
    """Give interpreters of other versions: from WERKSTAND_PYTHONS, the path, and the usual place of pyenv."""
    named = [name for name in os.environ.get("WERKSTAND_PYTHONS", "").split(os.pathsep) if name]
    found = [shutil.which(f"python3.{minor}") for minor in (11, 12, 13)]
    kept = (Path.home() / ".pyenv" / "versions").glob("3.1[123]*/bin/python")
    return [*named, *filter(None, found), *map(str, kept)]


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bits_on_every_version_of_python():
    versions = {}
    for python in other_pythons():
        asked = [python, "-c", "import abm, sys; print('%d.%d' % sys.version_info[:2])"]
        done = subprocess.run(asked, capture_output=True, text=True, check=False, cwd=ROOT)
        if done.returncode == 0:
            versions[done.stdout.strip()] = python
    versions.pop(f"{sys.version_info[0]}.{sys.version_info[1]}", None)
    if not versions:
        pytest.skip("no other Python with the dependencies; name some in WERKSTAND_PYTHONS")
    here = hash_in(sys.executable)

    assert {version: hash_in(python) for version, python in versions.items()} == dict.fromkeys(versions, here)


def test_another_seed_gives_another_run(alone):
    other = Model(**SMALL, seed=12).run()

    assert not weekly(other)["in_reception"].equals(weekly(alone)["in_reception"])
    assert weekly(other)["regular_places"].iloc[0] == weekly(alone)["regular_places"].iloc[0]


def test_watching_changes_nothing(alone):
    model = Model(**SMALL, seed=11)
    while model.steps_done < model.n_weeks:
        model.step()
        if model.week % 3 == 0:
            model.results(), model.network.statistics(), model.network.graph(("family",)), repr(model)
            people = model.people.agents(model.people.legal == Legal.PERMIT)
            people.select(lambda person: person.language > 0).agg("motivation", np.mean)
            people.shuffle_do(lambda person: person.age())
            model.agents.shuffle()
            model.people.frame(), model.people.dictionary(), model.households[1], model.employers[1]

    same(weekly(model), weekly(alone))
    same(model.results().persons, alone.results().persons)


def test_two_models_alive_do_not_touch(alone):
    one, other = Model(**SMALL, seed=11), Model(**{**SMALL, "scale": 0.008}, seed=5)
    while one.steps_done < one.n_weeks:
        one.step()
        other.step()

    same(weekly(one), weekly(alone))
    same(one.results().persons, alone.results().persons)
    same(weekly(other), weekly(Model(**{**SMALL, "scale": 0.008}, seed=5).run()))


def test_the_past_does_not_depend_on_how_long_a_run_will_last(alone):
    longer = Model(**{**SMALL, "until": "2022-03-31"}, seed=11).run()

    same(weekly(longer).iloc[: len(weekly(alone))], weekly(alone))


def test_tables_that_grow_on_the_way_change_nothing(alone, monkeypatch):
    from abm import model as module

    people, homes = module.People, module.Households
    monkeypatch.setattr(module, "People", lambda model, capacity: people(model, 64))
    monkeypatch.setattr(module, "Households", lambda model, capacity: homes(model, 64))
    grown = Model(**SMALL, seed=11)
    assert grown.people.allocated < alone.people.allocated
    grown.run()

    same(weekly(grown), weekly(alone))
    same(grown.results().persons, alone.results().persons)


TRAITS = ["origin", "woman", "birth_week", "education", "ability", "readiness", "trauma", "unfit", "motivation_trait"]


def test_who_arrives_does_not_depend_on_policy(alone):
    changed = load().replace({"grant_rate": 0.2, "general_decisions_per_week": 900.0, "housing_effort": 0.5})
    other = Model(**SMALL, seed=11, parameters=changed).run()
    arrived = []
    for model in (alone, other):
        persons = model.results().persons
        first = persons[(persons.arrival_week >= 0) & (persons.key < 2**48 * 2) & (persons.key & (1 << 46) == 0)]
        arrived.append(first.set_index("key")[[*TRAITS, "arrival_week"]].sort_index())

    assert len(arrived[0]) > 30
    same(*arrived)
    assert not weekly(other)["granted"].equals(weekly(alone)["granted"])


def test_people_who_arrive_are_those_expected(alone):
    """Kinds and numbers of arrivals are drawn before the week: what was prepared is what came."""
    counted = weekly(alone)[["arrived_first", "arrived_other", "arrived_resettled"]].to_numpy() * alone.scale
    persons = alone.results().persons
    kind = (persons.key.to_numpy() >> np.uint64(28)) & np.uint64(15)
    family = (persons.key.to_numpy() >> np.uint64(46)) & np.uint64(1)
    for number in (arrivals.FIRST, arrivals.OTHER, arrivals.RESETTLED):
        came = persons.arrival_week[(kind == number) & (family == 0) & (persons.arrival_week >= 0)]
        by_week = np.bincount(came, minlength=len(counted))

        assert by_week.tolist() == np.round(counted[:, number]).astype(int).tolist()


# What a model refuses --------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [0.0, -0.1, 1.1, float("nan"), "0.1", None])
def test_a_scale_that_cannot_be_is_refused(scale):
    with pytest.raises(ValueError, match=r"scale: .* is not above 0 and at most 1"):
        Model(scale=scale)


def test_a_date_before_the_start_too_late_or_none_is_refused():
    with pytest.raises(ValueError, match="until: 2020-12-31 is before the start, 2021-01-01"):
        Model(until="2020-12-31")
    with pytest.raises(ValueError, match="until: 2300-01-01 is after 2250-12-27, the last week that can be simulated"):
        Model(until="2300-01-01")
    for none in ("2021-13-01", 5):
        with pytest.raises(ValueError, match=f"until: '{none}' is not a date such as 2030-12-31"):
            Model(until=none)
    with pytest.raises(ValueError, match="snapshots: '5' is not a date such as 2025-12-31"):
        Model(scale=0.002, until="2021-02-28", snapshots=5)


@pytest.mark.parametrize("seed", [-1, 2**64, 1.5, "1", None])
def test_a_seed_that_does_not_fit_is_refused(seed):
    with pytest.raises(ValueError, match=f"seed: {seed} is not a whole number"):
        Model(seed=seed)


def test_arguments_have_names_and_parameters_exist():
    with pytest.raises(TypeError):
        Model("2021-12-31")
    with pytest.raises(TypeError, match=r"parameters: give what abm.load\(\) gives"):
        Model(parameters={"housing_effort": 0.5})
    with pytest.raises(PolicyError, match="no policy is called '5'"):
        Model(policies=5)
    with pytest.raises(ParameterError, match="Did you mean 'housing_effort'"):
        load().replace({"housing_efort": 0.5})


def test_a_run_ends_and_says_so(alone):
    with pytest.raises(RuntimeError, match="the run ended on week 38; make a new model to go further"):
        alone.step()
    assert alone.run() is alone


def test_the_grant_for_integration_is_paid_for_three_years_from_each_plan(alone):
    costs, people = alone.results().costs, alone.people
    week = alone.steps_done - 1
    since = week - people.plan_week[people.plan_week > -GRANT_WEEKS]
    funded = np.count_nonzero((since >= 0) & (since < GRANT_WEEKS)) / alone.scale
    grant = alone.timetable.value("spuk_per_person", week) * alone.ministry.paid_for
    paid = costs[(costs["week"] == week) & (costs["category"] == "integration")]["euros"]

    assert paid.item() == pytest.approx(funded * grant / GRANT_WEEKS) and funded > 0


def test_progress_is_told_every_week_and_the_first_weeks_count():
    told = []
    model = Model(scale=0.005, until="2021-01-20")
    assert model.n_weeks == 3
    model.step()
    model.run(progress=lambda done, all_of_them: told.append((done, all_of_them)))

    assert told == [(2, 3), (3, 3)]


# Waiting comes from capacity -------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_stock_in_reception_is_the_flow_times_the_mean_stay():
    """Little's law over three years in which nothing changes from outside, once the queue of before has shrunk."""
    steady = {
        "first_applications_per_week": 350.0,
        "other_entrants_per_week": 40.0,
        "resettled_per_week": 15.0,
        "reunifier_arrivals_per_week": 150.0,
        "general_decisions_per_week": 450.0,
        "short_track_decisions_per_week": 200.0,
        "housing_task_per_half_year": 14_000.0,
        "regular_places": 40_000.0,
        "seasonal_amplitude": 0.0,
    }
    model = Model(scale=0.05, until="2030-12-31", seed=6, parameters=load().replace(steady)).run()
    first, last = week_of("2028-01-01"), week_of("2030-12-25")
    persons = model.results().persons
    came = persons.arrival_week
    left = persons[["housed_week", "left_week"]].where(lambda week: week > HAPPENED).min(axis=1)
    inside = (came >= 0) & (persons.moves >= 0) & ~((persons.housing == Housing.PRIVATE) & left.isna())
    gone = inside & (left >= first) & (left < last)
    stay = (left - came)[gone].mean()
    flow = gone.sum() / (last - first)
    stock = weekly(model)["in_reception"].iloc[first:last].mean() * model.scale

    within = np.minimum(left.fillna(last), last) - np.maximum(came, first)

    assert gone.sum() > 2000
    assert flow * stay == pytest.approx(stock, rel=0.1)
    assert within.clip(lower=0)[inside].sum() / (last - first) == pytest.approx(stock, rel=0.05)


def mean_of(parameters, column, until="2024-12-31", scale=0.1):
    """Give the mean of a weekly stock in the last year of a run."""
    model = Model(scale=scale, until=until, seed=8, parameters=load().replace(parameters)).run()
    return weekly(model)[column].iloc[-52:].mean()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("parameter", "values", "queue"),
    [
        ("ind_capacity_multiplier", (0.7, 1.0, 1.5), "open_cases_general"),
        ("housing_task_per_half_year", (8_000.0, 13_000.0, 20_000.0), "status_holders_in_reception"),
        ("pip_capacity_per_week", (200.0, 400.0, 800.0), "awaiting_intake"),
        ("lesson_seats", (10_000.0, 20_000.0, 60_000.0), "plan_made"),
    ],
)
def test_more_capacity_means_a_shorter_queue(parameter, values, queue):
    means = [mean_of({parameter: value}, queue) for value in values]

    assert means == sorted(means, reverse=True) and means[-1] < 0.9 * means[0]


def test_who_waits_for_a_home_when_the_run_begins_has_searched_before():
    """Homes are found from the first weeks on; without a search behind them an eighth as many would be."""
    weekly = Model(scale=0.1, until="2021-05-31").run().results().weekly
    first, later = weekly.housed[1:9].mean(), weekly.housed[9:21].mean()

    assert first > 0.5 * later
