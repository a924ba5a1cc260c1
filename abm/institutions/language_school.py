"""Language schools: seats and quality of lessons, by labour-market region.

    seats   = lesson_seats * teacher_fte * (staff allowed by the quality mark) * share of the region
    staff   = 1 if certified teachers reach teacher_norm; else the shortage is filled with uncertified teachers as far
              as the floor allows: min(1, share_certified / teacher_floor)
    quality = certified + uncertified_quality * (1 - certified)

The share of a region starts at its share of the population and moves slowly to where learners are.
Source: integration.yaml.
"""

from typing import NamedTuple

import mesa


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


class LanguageSchool(mesa.Agent):
    """The language schools of one labour-market region."""

    def __init__(self, model: mesa.Model, region: int, share: float) -> None:
        super().__init__(model)
        self.region = region
        self.share = share
        self.seats = 0.0

    def decide(self, demand_share: float) -> None:
        """Set the seats for the next four weeks; ``demand_share`` is the region's share of learners and queue."""
        rates = self.model.timetable.rates(Rates, self.model.week)
        self.share += 0.1 * (demand_share - self.share)
        groups = rates.lesson_seats * rates.teacher_fte * staff(rates) * rates.class_size / NORMAL_CLASS
        self.seats = groups * self.share * self.model.scale
