"""Childcare: places that come free for carers of young children, by labour-market region.

    places a week = carers on the list * childcare_places_multiplier / weeks on the list
    weeks on the list = 13 * exp(childcare_list_spread * (z + Q(childcare_long_wait_share)))

z is the standard normal luck of the region and Q the standard normal quantile: over the regions a share
``childcare_long_wait_share`` of parents waits longer than 13 weeks. Newcomers are few among all parents on the lists
and stand in them like others, so their share of the places is their share of the list, and lists grow longer by what
all parents ask, not by the number of newcomers (an assumption). Carers who wait for a place cannot start lessons
outside their home (lessons.py). A parent cares until the youngest child who came along turns 12, as childcare is for
children until secondary school (law: Wet kinderopvang, article 1.1). Births are not modelled; that all children up to
that age need a place stands in for them (an assumption).

Source: support.yaml.
"""

from typing import NamedTuple

import mesa
import numpy as np
from scipy.special import ndtri

from abm.columns import Column, InstitutionOfRegion, Together
from abm.draws import normals

LONG_WAIT_WEEKS = 13.0


class Rates(NamedTuple):
    """Parameters."""

    childcare_long_wait_share: float
    childcare_list_spread: float
    childcare_places_multiplier: float


def list_weeks(rates: Rates, luck: np.ndarray) -> np.ndarray:
    """Give the weeks that parents wait for a place in regions with this luck (float64, standard normal)."""
    return LONG_WAIT_WEEKS * np.exp(rates.childcare_list_spread * (luck + ndtri(rates.childcare_long_wait_share)))


class Childcare(InstitutionOfRegion):
    """The childcare centres of one labour-market region."""

    noise = Column("f8", "Luck of the region.", unit="standard normal")


class ChildcareCentres(Together[Childcare]):
    """The childcare centres of all regions."""

    def __init__(self, model: mesa.Model) -> None:
        super().__init__(model, Childcare, model.n_regions)
        self.noise[:] = normals(model.luck, "childcare", np.arange(1, model.n_regions + 1, dtype=np.uint64))[:, 0]

    def openings(self, waiting: np.ndarray) -> np.ndarray:
        """Give the places that come free in a week for the ``waiting`` simulated carers on each region's list."""
        model = self.model
        rates = model.timetable.rates(Rates, model.week)
        return waiting * rates.childcare_places_multiplier / list_weeks(rates, self.noise)
