"""Childcare: places that come free for carers of young children, by labour-market region.

    places a week = childcare_openings_per_week * share of the population * childcare_places_multiplier

People with a young child who wait for a place cannot start lessons outside their home (lessons.py). The openings are
set so that about three in ten wait, on average 13 weeks, when the inflow of carers is that of 2023.
Source: support.yaml.
"""

from typing import NamedTuple

import mesa


class Rates(NamedTuple):
    """Parameters."""

    childcare_openings_per_week: float
    childcare_places_multiplier: float


class Childcare(mesa.Agent):
    """The childcare centres of one labour-market region."""

    def __init__(self, model: mesa.Model, region: int, share: float) -> None:
        super().__init__(model)
        self.region = region
        self.share = share

    def openings(self) -> float:
        """Give the places that come free in a week, in simulated children."""
        rates = self.model.timetable.rates(Rates, self.model.week)
        return rates.childcare_openings_per_week * rates.childcare_places_multiplier * self.share * self.model.scale
