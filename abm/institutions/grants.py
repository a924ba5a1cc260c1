"""Grants of the ministry to municipalities: whether money follows the number of learners, and the education route.

    paid for = 1 while grant_follows_volume; else learners when it last did / learners now, at most 1
    coverage of the education route = education_route_coverage
                                      + coverage_by_grant * (education_grant - education_grant_reference), 0 to 1

Municipalities make plans in proportion to what is paid for. One agent for the country.
Source: governance.yaml, integration.yaml (education_route_coverage).
"""

from typing import NamedTuple

import mesa

from abm.arithmetic import clip


class Rates(NamedTuple):
    """Parameters."""

    grant_follows_volume: bool
    education_route_coverage: float
    education_grant: float
    education_grant_reference: float
    coverage_by_grant: float


class Ministry(mesa.Agent):
    """Pays for integration."""

    def __init__(self, model: mesa.Model) -> None:
        super().__init__(model)
        self.learners_paid = 0.0
        self.paid_for = 1.0

    def _rates(self) -> Rates:
        return self.model.timetable.rates(Rates, self.model.week)

    def decide(self, learners: float) -> None:
        """Set the share of the learners (simulated persons in a route) that is paid for."""
        if self._rates().grant_follows_volume or not self.learners_paid > 0.0:
            self.learners_paid, self.paid_for = learners, 1.0
        else:
            self.paid_for = min(self.learners_paid / learners, 1.0) if learners > 0.0 else 1.0

    def education_coverage(self) -> float:
        """Give the share of municipalities in which the education route is on offer."""
        rates = self._rates()
        added = rates.coverage_by_grant * (rates.education_grant - rates.education_grant_reference)
        return float(clip(rates.education_route_coverage + added, 0.0, 1.0))
