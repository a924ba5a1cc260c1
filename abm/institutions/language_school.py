"""Language schools: seats and quality of lessons, by labour-market region.

    seats   = lesson_seats * teacher_fte * (staff allowed by the quality mark) * class_size / 14 * share of the region
    staff   = 1 if certified teachers reach teacher_norm; else the shortage is filled with uncertified teachers as far
              as the floor allows: min(1, share_certified / teacher_floor)
    quality = certified + uncertified_quality * (1 - certified)

The share of a region starts at its share of the population and moves slowly to where learners are.
Source: integration.yaml.
"""

from typing import NamedTuple

import mesa
import numpy as np

from abm.columns import Column, InstitutionOfRegion, Together


class Rates(NamedTuple):
    """Parameters."""

    lesson_seats: float
    teacher_fte: float
    share_certified: float
    teacher_norm: float
    teacher_floor: float
    uncertified_quality: float
    class_size: float


#: Class size at which ``lesson_seats`` is stated.
NORMAL_CLASS = 14.0


def quality(rates: Rates) -> float:
    """Give the effect of an hour of lessons relative to a certified teacher."""
    return rates.share_certified + rates.uncertified_quality * (1.0 - rates.share_certified)


def staff(rates: Rates) -> float:
    """Give the share of groups that may be taught under the quality mark."""
    if rates.share_certified >= rates.teacher_norm:
        return 1.0
    return min(max(rates.share_certified / rates.teacher_floor, 0.0), 1.0)


class LanguageSchool(InstitutionOfRegion):
    """The language schools of one labour-market region."""

    share = Column("f8", "Share of the country's seats.", unit="share")
    seats = Column("f8", "Seats until the next decision.", unit="simulated persons", initial=0.0)


class LanguageSchools(Together[LanguageSchool]):
    """The language schools of all regions."""

    def __init__(self, model: mesa.Model, shares: np.ndarray) -> None:
        """Take the share of each region at the start (float64, sums to one)."""
        super().__init__(model, LanguageSchool, len(shares))
        self.share[:] = shares

    def decide(self, demand_share: np.ndarray) -> None:
        """Set the seats for the next four weeks; ``demand_share``: each region's share of learners and queue."""
        rates = self.model.timetable.rates(Rates, self.model.week)
        self.share[:] += 0.1 * (demand_share - self.share)
        groups = rates.lesson_seats * rates.teacher_fte * staff(rates) * rates.class_size / NORMAL_CLASS
        self.seats[:] = groups * self.share * self.model.scale
