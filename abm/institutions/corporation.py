"""Housing corporations: how many homes, of which size, come free for status holders.

One agent stands for the corporations of a labour-market region (they agree regionally); the regions decide at once.
Per municipality and week, set every four weeks:

    dwellings for new status holders = re-lets * share of stock * home_size_share * relet_ceiling
    dwellings for households that move on = the same with relet_share_moving_on
    shared homes, start homes (after their build lag), flexible homes (the reserved share)

Re-lets grow or shrink by ``housing_supply_growth`` a year from the week in which it is set. When all families with
children have priority, status holders keep ``family_priority_share`` of the dwellings for three and more. Of all
re-lets ``institution_quota`` is reserved for people from institutions, ``institution_quota_reception`` of it for
status holders, within the dwellings they could be let anyway; it counts where a municipality gives no priority.

Homes that find no one within ``vacancy_kept_weeks`` go to other home seekers, start homes too, except the last
``KEEP_HOMES`` of a size in a municipality, which keep fractions from being lost where few homes come free. Start homes
let to others stay with them; when temporary units are taken away after all, those that stand free go
first, then those let to others, and only then do status holders have to move on.
Source: housing.yaml; corporation dwellings by municipality are estimated from CBS figures.
"""

from typing import NamedTuple

import mesa
import numpy as np

from abm.columns import Column, InstitutionOfRegion, Together
from abm.kernels import kernel

KEEP_HOMES = 2.0
FAMILY_HOMES = 2  # first size class for three persons and more
WEEKS_BETWEEN_DECISIONS = 4.0


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
    housing_supply_growth: float
    family_priority: bool
    family_priority_share: float
    institution_quota: float
    institution_quota_reception: float


class WeeklyHomes(NamedTuple):
    """Homes that come free in a week (float64, by area)."""

    new: np.ndarray  # (areas, home sizes)
    again: np.ndarray  # (areas, home sizes), for households that move on
    shared: np.ndarray  # places
    start: np.ndarray  # start homes and flexible homes
    relets: np.ndarray  # all homes let by corporations, to anybody
    reserved: np.ndarray  # lettings reserved for institutions that status holders may have
    converted: np.ndarray  # start homes made from places of reception
    expired: np.ndarray  # temporary homes taken away


@kernel
def offer(homes, areas, stock_share, growth, started, scale, rates):
    """Add what municipalities get each week to ``homes``, by area.

    areas: int64, stock_share, growth: float64, the area, the share of the national stock and the growth of re-lets (a
    factor) of each municipality. started: start homes a year that were begun when those delivered now were ordered.
    """
    sizes = rates.home_size_share
    all_sizes = sizes.sum()
    reserved = min(rates.institution_quota * rates.institution_quota_reception, rates.relet_ceiling)
    flexible = min(rates.flex_homes_per_year, rates.building_cap_per_year)
    room = max(rates.building_cap_per_year - flexible, 0.0)
    built = min(started, room) * rates.start_home_share_status_holders + flexible * rates.flex_share_reserved
    for m in range(areas.shape[0]):
        area = areas[m]
        relets = rates.corporation_relets_per_year / 52.0 * scale * stock_share[m] * growth[m]
        homes.relets[area] += relets
        homes.reserved[area] += relets * reserved
        for size in range(sizes.shape[0]):
            of_size = relets * (sizes[size] / all_sizes)
            less = rates.family_priority_share if rates.family_priority and size >= FAMILY_HOMES else 1.0
            homes.new[area, size] += of_size * rates.relet_ceiling * less
            homes.again[area, size] += of_size * rates.relet_share_moving_on
        per_week = scale * stock_share[m] / 52.0
        homes.shared[area] += rates.shared_homes_per_year * rates.persons_per_shared_home * per_week
        homes.start[area] += built * per_week


class CorporationsOfRegion(InstitutionOfRegion):
    """The housing corporations of one labour-market region."""

    growth = Column("f8", "Growth of re-lets by the lever.", unit="factor", initial=1.0)


class HousingCorporations(Together[CorporationsOfRegion]):
    """The housing corporations of all regions."""

    def __init__(self, model: mesa.Model, stock_share: np.ndarray) -> None:
        """Take the share of the national corporation stock of each municipality (float64)."""
        super().__init__(model, CorporationsOfRegion, model.n_regions)
        self.stock_share = stock_share

    def decide(self) -> None:
        """Set what is released each week of the next four, by area, in ``model.weekly_homes``."""
        model = self.model
        rates = model.timetable.rates(Rates, model.week)
        self.growth[:] *= (1.0 + rates.housing_supply_growth) ** (WEEKS_BETWEEN_DECISIONS / 52.0)
        ordered = model.week - rates.start_home_build_lag_weeks
        started = model.timetable.value("start_homes_per_year", ordered) if ordered >= 0 else 0.0
        growth = self.growth[model.region_of]
        offer(model.weekly_homes, model.area_of, self.stock_share, growth, started, model.scale, rates)


def no_homes(areas: int) -> WeeklyHomes:
    """Give an empty week."""
    by_size = (np.zeros((areas, 5)) for _ in range(2))
    return WeeklyHomes(*by_size, *(np.zeros(areas) for _ in range(6)))


@kernel
def after_a_week(stock, weekly, keep_weeks):
    """Give the homes that can be let when those of a week are added and the oldest go to others."""
    return min(stock + weekly, max(keep_weeks * weekly, KEEP_HOMES))


@kernel
def add_week(homes, dwellings, quota, shared, start_homes, lent, moving_on, keep_weeks, unlet):
    """Add a week of homes to what can be let, by area (as in ``release``); fill ``unlet`` with those let to others."""
    for area in range(unlet.shape[0]):
        for size in range(dwellings.shape[1]):
            dwellings[area, size] = after_a_week(dwellings[area, size], homes.new[area, size], keep_weeks)
            moving_on[area, size] = after_a_week(moving_on[area, size], homes.again[area, size], keep_weeks)
        reserved = homes.reserved[area]
        quota[area] = after_a_week(quota[area], reserved, keep_weeks) if reserved > 0.0 else 0.0
        shared[area] += homes.shared[area]
        new = homes.start[area] + homes.converted[area]
        start = start_homes[area] + (new - homes.expired[area])
        unlet[area] = max(start - max(keep_weeks * new, KEEP_HOMES), 0.0)
        given_back = min(lent[area], max(-start, 0.0))
        start_homes[area] = start + (given_back - unlet[area])
        lent[area] += unlet[area] - given_back


def release(homes: WeeklyHomes, supply, moving_on: np.ndarray, keep_weeks: float = 4.0) -> float:
    """Add a week of homes to what can be let; give the start homes that are let to others because nobody needed them.

    supply: ``home_allocation.Supply``; moving_on: float64 by area and size. Both are changed in place. keep_weeks:
    ``vacancy_kept_weeks``; the default is its value (a test holds them equal).
    """
    unlet = np.empty(len(supply.lent))
    s = supply
    add_week(homes, s.dwellings, s.quota, s.shared, s.start_homes, s.lent, moving_on, keep_weeks, unlet)
    return float(unlet.sum())
