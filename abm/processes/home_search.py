"""Where there is a home: sizes, the municipalities that have one, and who may enter what.

The rules that home_allocation.py and moving_on.py share. ``c`` are columns of households, ``supply`` is what
municipalities have (``home_allocation.Supply``), ``rates`` are parameters of housing.yaml.
"""

from abm.kernels import kernel
from abm.states import Housing

SMALL, LARGE = 1, 4  # size classes: up to two persons, six and more
ANYONE, WORK, VULNERABLE, WORK_OR_VULNERABLE = range(4)  # start_home_entry


@kernel
def size_class(persons):
    """Give the home size class for a number of persons: one, two, three_four, five, six_plus."""
    if persons <= 2:
        return persons - 1
    if persons <= 4:
        return 2
    return 3 if persons == 5 else 4


@kernel
def smallest_free(dwellings, needed):
    """Give the smallest size class with a free dwelling that is large enough, or -1. dwellings: float64 (sizes,)."""
    for k in range(needed, dwellings.shape[0]):
        if dwellings[k] >= 1.0:
            return k
    return -1


@kernel
def registered_years(i, c, week):
    """Give the years for which household ``i`` has been registered for a regular home."""
    return (week - c.registration_week[i]) / 52.18 if c.registration_week[i] > -5000 else 0.0


@kernel
def municipality_pays(i, c, week, rates):
    """Say whether the municipality, no longer COA, pays for the lodging of a family that follows (metrics.py too)."""
    return (
        rates.hotel_scheme_on
        and c.referent[i] > 0
        and c.housing[i] == Housing.ELSEWHERE
        and week - c.arrival_week[i] >= rates.hotel_scheme_weeks
    )


@kernel
def neediest(m, area, in_region, size, supply):
    """Give the municipality with the greatest need, with a free dwelling of at least a size class, or -1.

    area: the area to look in, or -1: all municipalities of the region of ``m`` with an offer and priority, as far as
    ``in_region``, else of the country.
    """
    best = -1
    for k in range(supply.need.shape[0]):
        place = supply.area_of[k]
        if area >= 0 and place != area:
            continue
        if in_region:
            if supply.region_of[k] != supply.region_of[m] or supply.offers[place] <= 0.0 or not supply.priority[k]:
                continue
        if smallest_free(supply.dwellings[place], size) >= 0 and (best < 0 or supply.need[k] > supply.need[best]):
            best = k
    return best


@kernel
def in_region(i, c, week, rates):
    """Say whether any municipality of the region may house household ``i``, not only its own.

    So it is under ``regional_pool``, and for a family that follows after ``recoupling_weeks`` in vain.
    """
    return rates.regional_pool or (c.referent[i] > 0 and week - c.coupled_week[i] >= rates.recoupling_weeks)


@kernel
def offered(m, whole_region, supply):
    """Say whether municipality ``m``, or with ``whole_region`` any of its region, has an offer this week."""
    if supply.offers[supply.area_of[m]] > 0.0:
        return True
    if whole_region:
        for k in range(supply.need.shape[0]):
            if supply.region_of[k] == supply.region_of[m] and supply.offers[supply.area_of[k]] > 0.0:
                return True
    return False


@kernel
def may_enter_start_home(entry, has_job, vulnerable):
    """Say whether the entry rule of start homes admits a household."""
    by_work = has_job and entry in (WORK, WORK_OR_VULNERABLE)
    by_need = vulnerable and entry in (VULNERABLE, WORK_OR_VULNERABLE)
    return entry == ANYONE or by_work or by_need
