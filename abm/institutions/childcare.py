"""Childcare: places that come free for carers of young children, by labour-market region.

    places a week = childcare_openings_per_week * share of the population * childcare_places_multiplier

People with a young child who wait for a place cannot start lessons outside their home (lessons.py). The openings are
set so that about three in ten wait, on average 13 weeks, when the inflow of carers is that of 2023.
Source: support.yaml.
"""

from typing import NamedTuple, TypeVar

import mesa
import numpy as np

Share = TypeVar("Share", float, np.ndarray)


class Rates(NamedTuple):
    """Parameters."""

    childcare_openings_per_week: float
    childcare_places_multiplier: float


def openings(rates: Rates, share: Share, scale: float) -> Share:
    """Give the places that come free in a week, in simulated children, where a share of the population lives."""
    return rates.childcare_openings_per_week * rates.childcare_places_multiplier * share * scale


class Childcare(mesa.Agent):
    """The childcare centres of one labour-market region."""

    def __init__(self, model: mesa.Model, region: int, share: float) -> None:
        super().__init__(model)
        self.region = region
        self.share = share

    def openings(self) -> float:
        """Give the places that come free in a week, in simulated children."""
        model = self.model
        return openings(model.timetable.rates(Rates, model.week), self.share, model.scale)
