"""Housing corporations: how many homes, of which size, come free for status holders.

One agent stands for the corporations of a labour-market region (they agree regionally). Per municipality and week:

    dwellings for new status holders = re-lets * share of stock * home_size_share * relet_ceiling
    dwellings for households that move on = the same with relet_share_moving_on
    shared homes, start homes (after their build lag), flexible homes (the reserved share)

Homes that find no one within ``KEEP_WEEKS`` weeks go to other home seekers, except the last ``KEEP_HOMES`` of a
size in a municipality, which keep fractions from being lost where few homes come free.
Source: housing.yaml; corporation dwellings by municipality are estimated from CBS figures.
"""

from typing import NamedTuple

import mesa
import numpy as np

KEEP_WEEKS = 4.0
KEEP_HOMES = 2.0


class Rates(NamedTuple):
    """Parameters."""

    corporation_relets_per_year: float
    relet_ceiling: float
    relet_share_moving_on: float
    home_size_share: np.ndarray
    shared_homes_per_year: float
    persons_per_shared_home: int
    start_homes_per_year: float
    start_home_build_lag_weeks: int
    start_home_share_status_holders: float
    flex_homes_per_year: float
    flex_share_reserved: float
    building_cap_per_year: float
    transition_places: float


class HousingCorporations(mesa.Agent):
    """The housing corporations of one labour-market region."""

    def __init__(self, model: mesa.Model, region: int, municipalities: np.ndarray, stock_share: np.ndarray) -> None:
        """Take the region, its municipalities (int64) and their share of the national corporation stock."""
        super().__init__(model)
        self.region = region
        self.municipalities = municipalities
        self.stock_share = stock_share

    def release(self) -> None:
        """Add a week of homes to what the municipalities of the region can let."""
        model = self.model
        rates = model.timetable.rates(Rates, model.week)
        supply, mine = model.supply, self.municipalities
        relets = rates.corporation_relets_per_year / 52.0 * model.scale * self.stock_share
        sizes = rates.home_size_share / rates.home_size_share.sum()
        weekly = relets[:, None] * sizes * rates.relet_ceiling
        supply.dwellings[mine] = np.minimum(supply.dwellings[mine] + weekly, np.maximum(KEEP_WEEKS * weekly, KEEP_HOMES))
        again = relets[:, None] * sizes * rates.relet_share_moving_on
        moving = model.moving_on_dwellings
        moving[mine] = np.minimum(moving[mine] + again, np.maximum(KEEP_WEEKS * again, KEEP_HOMES))
        per_year = model.scale * self.stock_share / 52.0
        supply.shared[mine] += rates.shared_homes_per_year * rates.persons_per_shared_home * per_year
        ordered = max(model.week - rates.start_home_build_lag_weeks, 0)
        built = model.week >= rates.start_home_build_lag_weeks
        started = model.timetable.value("start_homes_per_year", ordered) if built else 0.0
        flexible = min(rates.flex_homes_per_year, rates.building_cap_per_year)
        room = max(rates.building_cap_per_year - flexible, 0.0)
        homes = min(started, room) * rates.start_home_share_status_holders + flexible * rates.flex_share_reserved
        supply.start_homes[mine] += homes * per_year
        model.count("homes_built", float((homes * per_year).sum()))
