"""New homes beside the start homes of the corporations: by type, from money for reception, from reception places.

    flexible new building, converted offices, temporary units   ordered a year, delivered after the lag of their type
    reinvested   reinvest_share * cost of a year of reception of permit holders / start_home_cost_unit
                 ordered a year, delivered after start_home_build_lag_weeks

Together they get what ``building_cap_per_year`` leaves, and status holders get ``start_home_share_status_holders`` of
them. Temporary units are taken away after ``temporary_unit_life_years``; who lives in one then moves on first
(processes/moving_on.py). Places of reception that are converted make homes without building: converted_places_per_year
/ persons_per_converted_home, all for status holders (institutions/coa.py closes the places).

One agent for the country; homes are spread as the corporations' stock is. It decides every four weeks.
Source: building.yaml, housing.yaml.
"""

from math import fsum
from typing import NamedTuple

import mesa
import numpy as np

WEEKS_IN_YEAR = 52.0
TYPES = ("flexible_newbuild", "converted_offices", "temporary_units")


class Rates(NamedTuple):
    """Parameters."""

    flexible_newbuild_per_year: float
    converted_offices_per_year: float
    temporary_units_per_year: float
    flexible_newbuild_lag_weeks: int
    converted_offices_lag_weeks: int
    temporary_units_lag_weeks: int
    temporary_unit_life_years: int
    reinvest_share: float
    converted_places_per_year: float
    persons_per_converted_home: float
    building_cap_per_year: float
    flex_homes_per_year: float
    start_homes_per_year: float
    start_home_build_lag_weeks: int
    start_home_share_status_holders: float
    start_home_cost_unit: float
    cost_regular_day: float


class Building(mesa.Agent):
    """Orders, delivers and takes away homes."""

    def __init__(self, model: mesa.Model, stock_share: np.ndarray) -> None:
        """Take the share of the national stock of corporation dwellings by municipality (float64)."""
        super().__init__(model)
        self.stock_share = stock_share
        self.reinvested: dict[int, float] = {}  # homes a year, by week of order
        self.temporary: list[tuple[int, float]] = []  # week of delivery, homes a year for status holders

    def decide(self, status_holders: float) -> None:
        """Set the homes of the next four weeks in ``model.weekly_homes``.

        status_holders: permit holders in reception (real persons).
        """
        model = self.model
        rates = model.timetable.rates(Rates, model.week)
        cost = rates.cost_regular_day * 7.0 * WEEKS_IN_YEAR * status_holders
        self.reinvested[model.week] = rates.reinvest_share * cost / rates.start_home_cost_unit
        delivered = self.delivered(rates)
        share = rates.start_home_share_status_holders
        self.temporary.append((model.week, delivered["temporary_units"] * share))
        homes = model.weekly_homes
        self._spread(homes.start, fsum(delivered.values()) * share)
        self._spread(homes.expired, self._expired(rates))
        self._spread(homes.converted, rates.converted_places_per_year / rates.persons_per_converted_home)

    def delivered(self, rates: Rates) -> dict[str, float]:
        """Give the homes a year that are delivered now, by type, within what can be built."""
        model = self.model
        ready = {name: self._ordered(name, getattr(rates, f"{name}_lag_weeks")) for name in TYPES}
        ordered = model.week - rates.start_home_build_lag_weeks
        ready["reinvested"] = self.reinvested.get(ordered - ordered % 4, 0.0)
        started = model.timetable.value("start_homes_per_year", ordered) if ordered >= 0 else 0.0
        room = max(rates.building_cap_per_year - rates.flex_homes_per_year - started, 0.0)
        total = fsum(ready.values())
        fits = min(room / total, 1.0) if total > 0.0 else 1.0
        return {name: homes * fits for name, homes in ready.items()}

    def _ordered(self, name: str, lag: int) -> float:
        week = self.model.week - lag
        return float(self.model.timetable.value(f"{name}_per_year", week)) if week >= 0 else 0.0

    def _expired(self, rates: Rates) -> float:
        """Give the temporary units a year whose life ends now."""
        life = round(rates.temporary_unit_life_years * WEEKS_IN_YEAR)
        ended = [homes for week, homes in self.temporary if self.model.week - week >= life]
        self.temporary = [(week, homes) for week, homes in self.temporary if self.model.week - week < life]
        return fsum(ended)

    def _spread(self, homes: np.ndarray, per_year: float) -> None:
        """Add a week of homes to the areas (float64, changed in place)."""
        np.add.at(homes, self.model.area_of, per_year / WEEKS_IN_YEAR * self.model.scale * self.stock_share)
