"""COA, the reception agency: how many places there are, by region and type of site.

Regular and elsewhere places follow the dated totals, spread over the labour-market regions as the published capacity
of November 2025 is. After the last dated total COA keeps the regular places it needs, and at least
``stable_floor_places``; it closes the rest after ``scaling_lag_weeks``. Emergency places follow, with the same lag,
what does not fit in the rest plus ``emergency_buffer``; if that is too late, crisis places are opened at once. The
number of people it reckons with has an error of ``place_forecast_error``, drawn each half-year.

What changes the regular places (``regular_places`` below), each nothing in the baseline:

    without the dispersal act  the lower of the dated total and a ceiling that falls by voluntary_decay a week to
                               voluntary_places; when the act returns the ceiling rises as fast
    ukraine_places             are not for asylum
    conversion                 converted_places_per_year are gone for good (they become homes: building.py)
    municipal_places           are added near homes, by population, as municipalities open them:
                               paid for * (1 - exp(-years / municipal_certainty_years)), within municipal_opening_weeks

and elsewhere: guests of host families need no place of COA, and expensive_places_closed_per_week are closed while the
regular places have room beyond the buffer, down to the share that is not expensive.

Seats of pre-integration grow towards the planned ones within ``vbi_seat_lag_weeks``, and fall at once.

Source: reception.yaml, building.yaml, governance.yaml.
"""

from collections import deque
from typing import NamedTuple

import mesa
import numpy as np

from abm.draws import luck_of, normals
from abm.states import Housing

HALF_YEAR = 26  # weeks
WEEKS_IN_YEAR = 52.0


class Rates(NamedTuple):
    """Parameters."""

    regular_places: float
    stable_floor_places: float
    elsewhere_places: float
    share_places_usable: float
    emergency_buffer: float
    scaling_lag_weeks: int
    scaling_gain: float
    dispersal_act_on: bool
    voluntary_decay: float
    voluntary_places: float
    municipal_places: float
    municipal_places_years: float
    municipal_certainty_years: float
    municipal_opening_weeks: float
    converted_places_per_year: float
    ukraine_places: float
    expensive_places_closed_per_week: float
    share_expensive_elsewhere: float
    place_forecast_error: float


class SeatRates(NamedTuple):
    """Seats of pre-integration."""

    vbi_seats: float
    vbi_seat_lag_weeks: int


class ReceptionSite(mesa.Agent):
    """All reception of one type in one labour-market region."""

    def __init__(self, model: mesa.Model, kind: Housing, region: int) -> None:
        super().__init__(model)
        self.kind = kind
        self.region = region

    @property
    def number(self) -> int:
        """Number of the site in the columns ``site``."""
        return int(self.kind) * self.model.n_regions + self.region

    @property
    def places(self) -> float:
        """Places that can be used, in simulated persons."""
        return float(self.model.coa.places[self.kind, self.region])

    @property
    def occupancy(self) -> int:
        """Persons who live here now."""
        return int((self.model.people.site == self.number).sum())


class COA(mesa.Agent):
    """Opens and closes reception places."""

    def __init__(self, model: mesa.Model, pattern: np.ndarray, last_dated_week: int) -> None:
        """Take the regional pattern of places (float64, 3 x regions; rows sum to one) and the last dated week."""
        super().__init__(model)
        self.pattern = pattern
        self.last_dated_week = last_dated_week
        self.places = np.zeros_like(pattern)
        self.regular_total = 0.0
        self.guests = np.zeros(pattern.shape[1])  # by region, simulated persons
        self.municipal = 0.0  # places run by municipalities
        self.converted = 0.0  # regular places that have become homes
        self.closed = 0.0  # dear places outside the centres that were closed
        self.ceiling: float | None = None  # of the regular places, without the dispersal act
        self.vbi_seats = np.nan
        self.targets: deque[tuple[float, float]] = deque()
        self.sites = [ReceptionSite(model, kind, r) for kind in Housing if kind <= 2 for r in range(pattern.shape[1])]

    def plan(self, occupancy: np.ndarray) -> np.ndarray:
        """Set this week's places; give the free ones (float64, 3 x regions; negative where a site is over).

        occupancy: float64 (3, regions), persons now. Units are simulated persons.
        """
        model = self.model
        rates = model.timetable.rates(Rates, model.week)
        expected = occupancy.sum() / model.scale * self._forecast(rates)
        dated = self._regular(rates)
        if model.week <= self.last_dated_week + rates.scaling_lag_weeks:
            self.regular_total = dated
        elsewhere = self._elsewhere(rates, dated, occupancy[Housing.REGULAR].sum() / model.scale)
        others = elsewhere + self.guests.sum() / model.scale + self.municipal
        want_regular = min(dated, max(rates.stable_floor_places, expected - others))
        want_emergency = max(expected - self.regular_total - others, 0.0) * (1.0 + rates.emergency_buffer)
        self.targets.append((want_regular, want_emergency * rates.scaling_gain))
        while len(self.targets) > rates.scaling_lag_weeks + 1:
            self.targets.popleft()
        lagged = self.targets[0]
        if model.week > self.last_dated_week + rates.scaling_lag_weeks:
            self.regular_total = lagged[0]
        self.places[Housing.REGULAR] = self.pattern[Housing.REGULAR] * self.regular_total * model.scale
        self.places[Housing.REGULAR] += self.pattern[Housing.ELSEWHERE] * self.municipal * model.scale
        self.places[Housing.ELSEWHERE] = self.pattern[Housing.ELSEWHERE] * elsewhere * model.scale + self.guests
        planned = self.pattern[Housing.EMERGENCY] * lagged[1] * model.scale
        self.places[Housing.EMERGENCY] = np.maximum(planned, occupancy[Housing.EMERGENCY])
        return self.places - occupancy

    def _forecast(self, rates: Rates) -> float:
        """Give the expected over the real number of people in reception: one factor a half-year."""
        if rates.place_forecast_error == 0.0:
            return 1.0
        key = np.array([self.model.week // HALF_YEAR + 1], np.uint64)
        noise = float(normals(luck_of(self.model.seed_value, 0), "forecast", key)[0, 0])
        return float(np.exp(rates.place_forecast_error * noise))

    def _regular(self, rates: Rates) -> float:
        """Give the regular places COA can have at most; what changes them slowly is remembered."""
        dated = (rates.regular_places - rates.ukraine_places) * rates.share_places_usable
        self.converted += rates.converted_places_per_year / WEEKS_IN_YEAR
        willing = 1.0 - np.exp(-rates.municipal_places_years / rates.municipal_certainty_years)
        self.municipal += (rates.municipal_places * willing - self.municipal) / rates.municipal_opening_weeks
        dated = max(dated - self.converted, 0.0)
        if not rates.dispersal_act_on:
            before = dated if self.ceiling is None else self.ceiling
            self.ceiling = max(before * (1.0 - rates.voluntary_decay), min(rates.voluntary_places, before))
        elif self.ceiling is not None:
            risen = self.ceiling / (1.0 - rates.voluntary_decay)
            self.ceiling = risen if risen < dated else None
        return dated if self.ceiling is None else min(dated, self.ceiling)

    def _elsewhere(self, rates: Rates, regular: float, occupied: float) -> float:
        """Give the places outside the centres; dear ones close while regular places have room beyond the buffer."""
        room = regular + self.municipal - occupied - rates.emergency_buffer * regular
        self.closed += min(rates.expensive_places_closed_per_week, max(room, 0.0))
        self.closed = min(self.closed, rates.share_expensive_elsewhere * rates.elsewhere_places)
        return rates.elsewhere_places - self.closed

    def saved_elsewhere_day(self, cost: float, cost_expensive: float) -> float:
        """Give by how much the mean cost of a day elsewhere is lower because dear places were closed (euros)."""
        if self.closed == 0.0:
            return 0.0
        rates = self.model.timetable.rates(Rates, self.model.week)
        share = rates.share_expensive_elsewhere
        places = rates.elsewhere_places
        left = (share * places - self.closed) / (places - self.closed)
        cheap = (cost - share * cost_expensive) / (1.0 - share)
        return cost - (cheap + (cost_expensive - cheap) * left)

    def seats(self) -> float:
        """Give this week's seats of pre-integration in the country."""
        rates = self.model.timetable.rates(SeatRates, self.model.week)
        if np.isnan(self.vbi_seats) or rates.vbi_seat_lag_weeks == 0 or rates.vbi_seats <= self.vbi_seats:
            self.vbi_seats = rates.vbi_seats
        else:
            self.vbi_seats += (rates.vbi_seats - self.vbi_seats) / rates.vbi_seat_lag_weeks
        return self.vbi_seats

    def after_placement(self, occupancy: np.ndarray) -> None:
        """Take note of crisis places that had to be opened while placing people."""
        self.places[Housing.EMERGENCY] = np.maximum(self.places[Housing.EMERGENCY], occupancy[Housing.EMERGENCY])
