"""The households of the plain-Mesa twin: screened, placed in reception, coupled, housed, and leaving."""

import mesa

from abm.people import NEVER
from abm.processes import departures, home_allocation, home_search, moving_on, placement
from abm.processes.motivation import HOUSED, MOVED
from abm.queues import pick_weighted
from abm.states import Housing, Legal, Work

JOBS = (Work.EMPLOYED_BASIC, Work.EMPLOYED_MATCHED)

#: Draws that a household keeps for life.
HOUSEHOLD_LUCK = (
    "track_luck",
    "grant_luck",
    "regional_luck",
    "municipality_luck",
    "match_luck",
    "score_luck",
    "pace_luck",
    "fit_luck",
    "type_luck",
)

# the rules of the model in their plain Python form
find_site = placement.find_site.py_func
wants_hotel = placement.wants_hotel.py_func
score = home_allocation.score.py_func
size_class = home_search.size_class.py_func
smallest_free = home_search.smallest_free.py_func
private_chance = moving_on.private_chance.py_func
outcome = departures.outcome.py_func


class Household(mesa.Agent):
    """People who are decided on, moved and housed together."""

    def __init__(self, model, record):
        super().__init__(model)
        for name, value in record.items():
            setattr(self, name, value)
        for name in HOUSEHOLD_LUCK:
            setattr(self, name, self.random.random())
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

    def must_find_place(self):
        """Say whether the household arrives or has to move (placement.choose_movers)."""
        if not self.in_reception:
            return False
        if self.site < 0:
            return True
        model, rates = self.model, self.model.rates.placement
        kind, r = divmod(self.site, model.n_regions)
        chance = rates.chance_relocation[kind] * rates.relocation_multiplier + model.over[kind][r]
        if wants_hotel(self.legal, kind) and model.room_elsewhere >= self.size:
            chance += rates.chance_to_hotel
        return self.random.random() < chance

    def find_place(self):
        """Take a place in reception; all who move have left theirs before (placement.place)."""
        model, rates, uniform = self.model, self.model.rates.placement, self.random.random
        free, n_regions = model.free, model.n_regions
        old = self.site
        if old >= 0:
            to_hotel = wants_hotel(self.legal, old // n_regions)
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
            region = find_site(free[kind], near, self.size, where)
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
                person.take_in(MOVED)
        if old >= 0:
            model.moved += self.size

    def uncouple(self):
        """End a coupling that has not led to a home, or that is not with those who are joined (coupling.py)."""
        model, referent = self.model, self.waits_for
        if referent is not None:
            ends = 0 <= referent.municipality != self.municipality
        else:
            ends = model.week - self.coupled_week >= model.rates.coupling.recoupling_weeks
        if ends:
            self.municipality = -1

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
        self.coupled_week = model.week
        self.belong(m)

    def belong(self, m):
        """Belong to municipality ``m`` from now on (home_allocation.belong)."""
        self.municipality = m
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
            if from_reception:
                person.take_in(HOUSED)

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

    def joins(self):
        """Say whether the household can move in with those who wait for it (home_allocation.joins)."""
        referent = self.waits_for
        if referent is None or referent.legal == Legal.LEFT:
            return False
        at_home = Housing.SOCIAL <= referent.housing <= Housing.PRIVATE
        return at_home and self.fit_luck < self.model.rates.homes.share_referent_home_fits

    def elsewhere_in_the_region(self, needed):
        """Give the municipality that houses a family that has followed in vain (home_allocation.allocate)."""
        supply, m = self.model.supply, self.municipality
        region = supply.region_of[m]

        def can(k):
            free = supply.dwellings[supply.area_of[k]]
            return supply.offers[supply.area_of[k]] > 0.0 and supply.priority[k] and smallest_free(free, needed) >= 0

        if can(m):
            return m
        places = [k for k in range(len(supply.need)) if supply.region_of[k] == region and can(k)]
        return max(places, key=lambda k: supply.need[k], default=m)

    def find_home(self):
        """Take the first home there is within the offer of the municipality (home_allocation.allocate)."""
        model, rates, supply = self.model, self.model.rates.homes, self.model.supply
        area = supply.area_of[self.municipality]
        size = together = self.size
        referent = self.waits_for
        how = None
        if self.joins():
            how = referent.housing
            self.home_size = referent.home_size
        else:
            joins_nobody = referent is None or referent.legal == Legal.LEFT
            weeks, pace = model.week - self.coupled_week, 0.5 + self.pace_luck
            free = supply.start_homes[area] >= 1.0 and size <= 2
            if joins_nobody and free and weeks >= rates.start_home_ready_weeks * pace:
                how = Housing.START_HOME
            elif weeks < rates.home_search_weeks * pace:
                return
            if not joins_nobody:
                if referent.housing < Housing.TRANSITION:
                    return  # housed together with the referent, when the referent's turn comes
                together = size + referent.size
        in_vain = referent is not None and model.week - self.coupled_week >= rates.recoupling_weeks
        if how is None and in_vain:
            m = self.elsewhere_in_the_region(size_class(together))
            if m != self.municipality:  # a home is free there, within the offer and with priority
                area = supply.area_of[m]
                self.belong(m)
        offered = supply.offers[area] > 0.0
        if how is None and offered and self.kind <= home_allocation.ALONE_KINDS and size == 1 and referent is None:
            willing = self.abroad == 0 or not self.vulnerable
            if willing and supply.shared[area] >= 1.0 and self.type_luck < rates.share_shared_housing:
                supply.shared[area] -= 1.0
                how = Housing.SHARED
        if how is None and offered:
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
                        referent.belong(self.municipality)
                        referent.move_home(how)
        if how is None and supply.start_homes[area] >= 1.0 and size <= 2:
            how = Housing.START_HOME
        if how == Housing.START_HOME:
            supply.start_homes[area] -= 1.0
        if how is None and offered and supply.transition[area] >= size:
            supply.transition[area] -= size
            how = Housing.TRANSITION
        if how is None:
            return
        self.move_home(how)
        if how != Housing.START_HOME:  # let beyond the offer
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
            if person.volunteer is not None:
                person.volunteer.clients -= 1
            person.remove()
        self.remove()
