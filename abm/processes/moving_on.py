"""Moving on: households leave a transition, shared, start or private home for a home of their own, or find their own.

    chance to apply for a home of one's own = chance_moving_on (chance_moving_again from a social home)
    chance to find a private home           = private_housing_chance * (1 + private_by_contact * natives)
                                              * (1 + private_by_job * [job])
                                              * (1 + private_by_savings * min(savings / deposit_need, 1))
                                              * (1 + housing_guidance_effect * [guided])

Households that are guided (``share_housing_guidance``) also register for a regular home at once.

Applications are served in order of registration time from the regular lettings of the municipality
(``dwellings``, homes by size); a stay in a start home ends after ``start_home_max_stay_weeks``, when the household
goes to the front; so do residents of start homes where more homes were taken away than stand empty (temporary
units at the end of their life). Households still in reception can find a private home too.

Each household is visited once in eight weeks, so chances count eight times.
Source: housing.yaml.
"""

from typing import NamedTuple

import numpy as np

from abm.draws import LANE_MOVING_ON, LANE_PRIVATE, decision, draw_once
from abm.kernels import allocating, kernel
from abm.processes.home_allocation import Columns, Supply, house, leave_place
from abm.processes.home_allocation import Rates as HomeRates
from abm.processes.home_search import size_class, smallest_free
from abm.processes.ties import NATIVE
from abm.queues import in_order
from abm.states import Housing, Legal, Work
from abm.turns import VISITS

GUIDANCE = decision("home_guidance")

__all__ = ["Columns", "HomeRates", "Members", "Rates", "Supply", "move_on"]


class Members(NamedTuple):
    """Columns of people."""

    housing: np.ndarray
    site: np.ndarray
    region: np.ndarray
    work: np.ndarray
    housed_week: np.ndarray
    move_week: np.ndarray
    guided_until: np.ndarray
    natives: np.ndarray
    savings: np.ndarray


WRITES = (
    "housing",
    "region",
    "site",
    "housed_week",
    "registration_week",
    "home_size",
    "home_week",
    "moving_on",
)


class Rates(NamedTuple):
    """Parameters."""

    chance_moving_on: float
    chance_moving_again: float
    private_housing_chance: float
    deposit_need: float
    start_home_max_stay_weeks: int
    private_by_contact: float
    private_by_job: float
    private_by_savings: float
    share_housing_guidance: float
    housing_guidance_effect: float


@kernel
def private_chance(base, natives, employed, savings, deposit_need, by_contact=0.25, by_job=1.0, by_savings=0.5):
    """Give the chance in a week that someone finds a home without help of the municipality.

    The factors are parameters; their defaults are the values of housing.yaml (a test holds them equal).
    """
    saved = min(savings / deposit_need, 1.0)
    return base * (1.0 + natives * by_contact) * (1.0 + by_job * int(employed)) * (1.0 + by_savings * saved)


@kernel
def most_private(rates):
    """Give the highest chance in a week that anybody has to find a private home."""
    return private_chance(
        rates.private_housing_chance * (1.0 + max(rates.housing_guidance_effect, 0.0)),
        NATIVE[1] - NATIVE[0],
        True,
        np.inf,
        rates.deposit_need,
        max(rates.private_by_contact, 0.0),
        max(rates.private_by_job, 0.0),
        max(rates.private_by_savings, 0.0),
    )


@kernel
def keep_candidates(cases, c, rates, lanes, kept):
    """Copy to ``kept`` the positions of households for whom something may happen; give how many.

    They have applied or apply now, have a draw low enough to find a private home, may be guided, or live in a start
    home, where the stay ends.
    """
    private, applying = lanes[LANE_PRIVATE], lanes[LANE_MOVING_ON]
    low = VISITS * most_private(rates)
    guided = rates.share_housing_guidance > 0.0
    n = 0
    for k in range(cases.shape[0]):
        home = c.housing[cases[k]]
        chance = rates.chance_moving_on if home != Housing.SOCIAL else rates.chance_moving_again
        applies = int(c.moving_on[cases[k]]) | int(np.float64(applying[k]) < VISITS * chance)
        finds = int(home < Housing.SOCIAL) & (int(np.float64(private[k]) < low) | int(guided))
        kept[n] = k
        n += applies | finds | int(home == Housing.START_HOME)
    return n


@allocating
def move_on(cases, c, members, supply, dwellings, rates, home_rates, lanes, luck, counts):
    """Let permit holders move on; give the persons who left reception for a private home.

    cases: household rows whose turn it is (``turns.HouseholdLists.movers``). dwellings: float64 (areas, home sizes),
    regular lettings, changed in place. lanes: draws by position (``draws.MOVING_LANES``). counts: int64 (2,), adds
    dwellings let to households that moved on, and persons who found a private home.
    """
    candidates = np.empty(cases.shape[0], np.int64)
    candidates = candidates[: keep_candidates(cases, c, rates, lanes, candidates)]
    waiting = np.empty(candidates.shape[0], np.int64)
    order = np.empty(candidates.shape[0])
    found = 0
    left = 0
    largest = np.full(dwellings.shape[0], -1)  # size class of a free dwelling
    for area in range(dwellings.shape[0]):
        for size in range(dwellings.shape[1]):
            if dwellings[area, size] >= 1.0:
                largest[area] = size
    start_homes = supply.start_homes.copy()  # of the start of the week, so that the order of households does not matter
    for k in candidates:
        i = cases[k]
        home = c.housing[i]
        m = c.municipality[i]
        small = home == Housing.SHARED or home == Housing.TRANSITION or home == Housing.START_HOME
        if home < Housing.SOCIAL:
            first = c.first_row[i]
            employed = members.work[first] == Work.EMPLOYED_BASIC or members.work[first] == Work.EMPLOYED_MATCHED
            base = rates.private_housing_chance
            share = rates.share_housing_guidance
            if share > 0.0 and draw_once(luck, GUIDANCE, c.key[i]) < share:
                base *= 1.0 + rates.housing_guidance_effect
                if c.registration_week[i] < -5000 and c.legal[i] == Legal.PERMIT:
                    c.registration_week[i] = luck.week
            chance = private_chance(
                base,
                np.float64(members.natives[first]),
                employed,
                np.float64(members.savings[first]),
                rates.deposit_need,
                rates.private_by_contact,
                rates.private_by_job,
                rates.private_by_savings,
            )
            if c.legal[i] == Legal.PERMIT and np.float64(lanes[LANE_PRIVATE, k]) < VISITS * chance:
                leave_place(i, c, supply)
                if home < Housing.TRANSITION:
                    left += c.size[i]
                house(i, Housing.PRIVATE, c, members, m, supply.region_of[m], home_rates, luck)
                counts[1] += c.size[i]
                continue
        if home < Housing.TRANSITION or home > Housing.PRIVATE:
            continue
        if not c.moving_on[i]:
            chance = rates.chance_moving_on if home != Housing.SOCIAL else rates.chance_moving_again
            if np.float64(lanes[LANE_MOVING_ON, k]) < VISITS * chance:
                c.moving_on[i] = True
        overdue = home == Housing.START_HOME and (
            luck.week - c.home_week[i] >= rates.start_home_max_stay_weeks or start_homes[supply.area_of[m]] <= -1.0
        )
        if overdue:
            c.moving_on[i] = True
        if c.moving_on[i] and size_class(int(c.size[i])) <= largest[supply.area_of[m]]:
            waiting[found] = i
            order[found] = np.float64(c.registration_week[i]) - (1000.0 if overdue or small else 0.0)
            found += 1
    for k in in_order(order[:found]):
        i = waiting[k]
        m = c.municipality[i]
        area = supply.area_of[m]
        wanted = smallest_free(dwellings[area], size_class(int(c.size[i])))
        if wanted >= 0:
            dwellings[area, wanted] -= 1.0
            leave_place(i, c, supply)
            c.home_size[i] = wanted
            house(i, Housing.SOCIAL, c, members, m, supply.region_of[m], home_rates, luck)
            counts[0] += 1
    return left
