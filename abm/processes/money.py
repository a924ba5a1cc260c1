"""Money: own contribution in reception, savings, benefits and debts.

In reception people with earnings y (a month) pay an own contribution (Reba)

    c(y) = min(reba_rate * y  if (1 - reba_rate) * y < reba_free  else  y - reba_free,  reba_cap)

(nothing where it is abolished, ``own_contribution_on``), of which ``savings_share`` is credited to a savings account
under the savings scheme. A share ``save_housing_share`` is for a home (the rest is paid out at the permit): at the
first home the chance of problem debts is

    debt_at_start * (1 - (savings + setup_grant) / (2 * deposit_need))        not below 0

Later they begin with ``debt_chance`` * (``debt_capacity_level`` - capacity to act) a week for those on benefit (times
``debt_relief_effect`` during financial relief, unless ``relief_mode`` is none) and clear with ``debt_clear_chance``.

Adults below pension age who are housed with a permit receive benefit as far as their earnings and those of a partner
fall short (``benefit_due``); someone alone of 18 to 20 a share ``benefit_young`` of it, as parents are to maintain
children up to 21. Students in the education route receive it too, students after that do not. A share
``benefit_taper`` of earnings is kept beside it in the ``taper_months`` after the first job at home. Everything here is
settled at the visit, once in eight weeks, or in sixteen (visits.py); municipalities do it monthly.

Source: money.yaml, support.yaml. The threshold of the contribution is printed in the press as a month and as a week;
a month is assumed.
"""

from typing import NamedTuple

import numpy as np

from abm.draws import LANE_DEBT
from abm.kernels import inlined, kernel
from abm.people import NEVER
from abm.states import Housing, Integration, Legal, Work
from abm.turns import VISITS

WEEKS_IN_MONTH = 52.0 / 12.0
PENSION_WEEKS = int(67.0 * 52.18)
FULL_BENEFIT_WEEKS = int(21.0 * 52.18)
NO_RELIEF, MANDATORY, TAILORED = range(3)


class Columns(NamedTuple):
    """Columns of people."""

    partner: np.ndarray
    birth_week: np.ndarray
    legal: np.ndarray
    housing: np.ndarray
    integration: np.ndarray
    work: np.ndarray
    earnings: np.ndarray
    benefit: np.ndarray
    savings: np.ndarray
    contribution: np.ndarray
    debt: np.ndarray
    permit_week: np.ndarray
    off_benefit_week: np.ndarray
    housed_week: np.ndarray
    capacity: np.ndarray


WRITES = ("benefit", "savings", "contribution", "debt")


class Rates(NamedTuple):
    """Parameters."""

    reba_rate: float
    reba_free: float
    reba_cap: float
    own_contribution_on: bool
    savings_share: float
    save_housing_share: float
    deposit_need: float
    setup_grant: float
    debt_at_start: float
    debt_capacity_level: float
    debt_chance: float
    debt_clear_chance: float
    debt_relief_effect: float
    relief_weeks: float
    relief_mode: int
    benefit_single: float
    benefit_couple: float
    benefit_young: float
    benefit_taper: float
    taper_months: int


@kernel
def own_contribution(monthly, rate, free, cap):
    """Give the own contribution to reception in euros a month for earnings in euros a month."""
    part = rate * monthly if (1.0 - rate) * monthly < free else monthly - free
    return max(min(part, cap), 0.0)


@kernel
def net_gain(monthly, rate, free, cap):
    """Give what is left of monthly earnings in reception after the own contribution."""
    return monthly - own_contribution(monthly, rate, free, cap)


@inlined
def on_benefit(legal, housing, student, earnings, norm):
    """Say whether an adult receives (additional) benefit: housed, with a permit, the household earning too little.

    earnings: euros a week of the person and the partner together; norm: benefit of the household, euros a month.
    Students after integration live on student finance.
    """
    with_permit = int(legal == Legal.PERMIT) | int(legal == Legal.NATURALISED)
    at_home = int(housing >= Housing.TRANSITION) & int(housing < Housing.NONE)
    return (with_permit & at_home & int(not student) & int(earnings * WEEKS_IN_MONTH < norm)) != 0


@kernel
def keeps_part(week, off_benefit_week, rates):
    """Say whether part of the earnings is still kept beside benefit, given the week of the first job at home."""
    recent = int(week - off_benefit_week < rates.taper_months * WEEKS_IN_MONTH)
    return (int(off_benefit_week == NEVER) | recent) != 0


@inlined
def benefit_due(legal, housing, student, earnings, has_partner, rates, keeps=True, young=False):
    """Give the benefit of an adult in euros a week (half of that of a couple), 0 for none; see ``on_benefit``.

    A share ``benefit_taper`` of the earnings is kept beside it if ``keeps``. young: below 21.
    """
    alone = rates.benefit_single * (rates.benefit_young if young else 1.0)
    norm = rates.benefit_couple if has_partner else alone
    kept = rates.benefit_taper if keeps else 0.0
    due = max(norm / WEEKS_IN_MONTH - (1.0 - kept) * earnings, 0.01) * (0.5 if has_partner else 1.0)
    return due if on_benefit(legal, housing, student, earnings, norm) else 0.0


@kernel
def update(rows, c, weeks, rates, lanes, luck, sums):
    """Book contributions, savings and debts of the adults in ``rows``, for ``weeks`` weeks each (float64 by position).

    lanes: draws by position (``draws.VISIT_LANES``).
    sums: int64 (2,), adds contribution and savings credited in euro cents over those weeks. Gives the number
    with problem debts.
    """
    in_debt = 0
    lane = lanes[LANE_DEBT]
    cap = rates.reba_cap if rates.own_contribution_on else 0.0
    begins = rates.debt_chance * rates.debt_capacity_level * max(rates.debt_relief_effect, 1.0)
    most = max(begins, rates.debt_clear_chance)  # the largest chance in a week that debts begin or clear
    for p in range(rows.shape[0]):
        i = rows[p]
        u, w = np.float64(lane[p]), weeks[p]
        home = c.housing[i]
        earnings = np.float64(c.earnings[i])
        if home < Housing.TRANSITION:
            c.benefit[i] = 0.0
            with_permit = c.legal[i] == Legal.PERMIT
            if with_permit and c.savings[i] > 0.0 and luck.week - c.permit_week[i] < w:  # the first visit after it
                c.savings[i] = np.float64(c.savings[i]) * rates.save_housing_share
            if earnings > 0.0:
                monthly = earnings * WEEKS_IN_MONTH
                paid = own_contribution(monthly, rates.reba_rate, rates.reba_free, cap)
                paid = paid / WEEKS_IN_MONTH * w
                saved = paid * rates.savings_share * (rates.save_housing_share if with_permit else 1.0)
                c.contribution[i] = np.float64(c.contribution[i]) + paid
                c.savings[i] = np.float64(c.savings[i]) + saved
                sums[0] += int(paid * 100.0)
                sums[1] += int(saved * 100.0)
            continue
        partner = c.partner[i]
        student = (int(c.work[i] == Work.STUDY) & int(c.integration[i] >= Integration.PASSED_B1)) != 0
        together = earnings + np.float64(c.earnings[partner])
        earner = i if earnings > 0.0 else np.uint32(partner)
        keeps = keeps_part(luck.week, c.off_benefit_week[earner], rates)
        age = luck.week - c.birth_week[i]
        no_right, young = student or age >= PENSION_WEEKS, age < FULL_BENEFIT_WEEKS
        benefit = benefit_due(c.legal[i], home, no_right, together, partner > 0, rates, keeps, young)
        c.benefit[i] = benefit
        since = luck.week - c.housed_week[i]
        if 0 < since <= VISITS:  # the first visit after the move; homes are given after the money of the week
            shortfall = 1.0 - min((np.float64(c.savings[i]) + rates.setup_grant) / (2.0 * rates.deposit_need), 1.0)
            if u < rates.debt_at_start * shortfall:
                c.debt[i] = True
            c.savings[i] = 0.0
        elif u < w * most and c.debt[i]:
            if u < w * rates.debt_clear_chance:
                c.debt[i] = False
        elif u < w * most and benefit > 0.0:
            chance = w * rates.debt_chance * (rates.debt_capacity_level - np.float64(c.capacity[i]))
            if since < rates.relief_weeks and rates.relief_mode != NO_RELIEF:
                chance *= rates.debt_relief_effect
            if u < chance:
                c.debt[i] = True
        in_debt += int(c.debt[i])
    return in_debt
