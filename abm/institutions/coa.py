"""COA, the reception agency: how many places there are, by region and type of site.

Regular and elsewhere places follow the dated totals, spread over the labour-market regions as the published capacity
of November 2025 is. After the last dated total COA keeps the regular places it needs, and at least
``stable_floor_places``; it closes the rest after ``scaling_lag_weeks``. Emergency places follow, with the same lag,
what does not fit in the rest plus ``emergency_buffer``; if that is too late, crisis places are opened at once.

Source: reception.yaml.
"""

from collections import deque
from typing import NamedTuple

import mesa
import numpy as np

from abm.states import Housing


class Rates(NamedTuple):
    """Parameters."""

    regular_places: float
    stable_floor_places: float
    elsewhere_places: float
    share_places_usable: float
    emergency_buffer: float
    scaling_lag_weeks: int
    scaling_gain: float
    vbi_seats: float


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
        self.targets: deque[tuple[float, float]] = deque()
        self.sites = [ReceptionSite(model, kind, r) for kind in Housing if kind <= 2 for r in range(pattern.shape[1])]

    def plan(self, occupancy: np.ndarray) -> np.ndarray:
        """Set this week's places; give the free ones (float64, 3 x regions; negative where a site is over).

        occupancy: float64 (3, regions), persons now. Units are simulated persons.
        """
        model = self.model
        rates = model.timetable.rates(Rates, model.week)
        usable = rates.share_places_usable
        total = occupancy.sum() / model.scale
        dated = rates.regular_places * usable
        if model.week <= self.last_dated_week + rates.scaling_lag_weeks:
            self.regular_total = dated
        elsewhere = rates.elsewhere_places
        want_regular = min(dated, max(rates.stable_floor_places, total - elsewhere))
        want_emergency = max(total - self.regular_total - elsewhere, 0.0) * (1.0 + rates.emergency_buffer)
        self.targets.append((want_regular, want_emergency * rates.scaling_gain))
        while len(self.targets) > rates.scaling_lag_weeks + 1:
            self.targets.popleft()
        lagged = self.targets[0]
        if model.week > self.last_dated_week + rates.scaling_lag_weeks:
            self.regular_total = lagged[0]
        self.places[Housing.REGULAR] = self.pattern[Housing.REGULAR] * self.regular_total * model.scale
        self.places[Housing.ELSEWHERE] = self.pattern[Housing.ELSEWHERE] * elsewhere * model.scale
        planned = self.pattern[Housing.EMERGENCY] * lagged[1] * model.scale
        self.places[Housing.EMERGENCY] = np.maximum(planned, occupancy[Housing.EMERGENCY])
        return self.places - occupancy

    def after_placement(self, occupancy: np.ndarray) -> None:
        """Take note of crisis places that had to be opened while placing people."""
        self.places[Housing.EMERGENCY] = np.maximum(self.places[Housing.EMERGENCY], occupancy[Housing.EMERGENCY])
