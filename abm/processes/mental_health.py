"""Psychological complaints begin and pass.

    chance of onset    = complaint_onset * ratio(weeks waited) * (complaint_per_debt if problem debts)
    chance of recovery = (complaint_recovery + complaint_recovery_treated * [treated]) * (0.5 + reception quality)
                         the last factor only in reception (1 at the default quality of 0.5)
    ratio = 1 in the first year of waiting, onset_ratio_year2 in the second, onset_ratio_later after that

Waiting is counted until the decision. Ratios: psychiatric diagnosis 1.22 (13-24 months) and 1.46 (25-71 months)
against the first half-year (Hvidtfeldt, Petersen & Norredam 2020, International Journal of Epidemiology 49(2)).
Source: mind.yaml; treatment: support through ``treatment_chance``.
"""

from typing import NamedTuple

import numpy as np

from abm.draws import LANE_COMPLAINT, LANE_TREATMENT
from abm.kernels import inlined, kernel
from abm.states import Activity, Housing


class Columns(NamedTuple):
    """Columns of people."""

    housing: np.ndarray
    activity: np.ndarray
    complaint: np.ndarray
    complaint_week: np.ndarray
    debt: np.ndarray
    application_week: np.ndarray
    decision_week: np.ndarray


WRITES = ("complaint", "complaint_week", "activity")


class Rates(NamedTuple):
    """Parameters."""

    complaint_onset: float
    complaint_recovery: float
    complaint_recovery_treated: float
    treatment_chance: float
    onset_ratio_year2: float
    onset_ratio_later: float
    complaint_per_debt: float
    reception_quality: float


@inlined
def onset_chance(weeks_waited, debt, rates):
    """Give the chance of new complaints in a week."""
    ratio = 1.0
    if weeks_waited > 104:
        ratio = rates.onset_ratio_later
    elif weeks_waited > 52:
        ratio = rates.onset_ratio_year2
    return rates.complaint_onset * ratio * (rates.complaint_per_debt if debt else 1.0)


@inlined
def recovery_chance(treated, in_reception, rates):
    """Give the chance that complaints pass in a week."""
    chance = rates.complaint_recovery + (rates.complaint_recovery_treated if treated else 0.0)
    return chance * (0.5 + rates.reception_quality) if in_reception else chance


@kernel
def update(rows, c, weeks, rates, lanes, luck):
    """Update complaints and treatment of the adults in ``rows`` for ``weeks`` weeks (by position); give new complaints.

    lanes: draws by position (``draws.VISIT_LANES``).
    """
    lane, treatment = lanes[LANE_COMPLAINT], lanes[LANE_TREATMENT]
    new = 0
    most = 0.0  # the largest chance in a week that complaints begin or pass: whoever draws more need not be read
    for waited in (0, 53, 105):
        for yes in (False, True):
            most = max(most, onset_chance(waited, yes, rates))
            most = max(most, recovery_chance(yes, False, rates), recovery_chance(yes, True, rates))
    for p in range(rows.shape[0]):
        i = rows[p]
        u = np.float64(lane[p])
        w = weeks[p]
        if u >= w * most and np.float64(treatment[p]) >= w * rates.treatment_chance:
            continue
        if c.complaint[i]:
            treated = (c.activity[i] & Activity.TREATED) != 0
            if u < w * recovery_chance(treated, c.housing[i] < Housing.TRANSITION, rates):
                c.complaint[i] = False
                c.activity[i] &= ~np.uint8(Activity.TREATED)
            elif not treated and np.float64(treatment[p]) < w * rates.treatment_chance:
                c.activity[i] |= np.uint8(Activity.TREATED)
        else:
            end = c.decision_week[i] if c.decision_week[i] > -5000 else luck.week
            if u < w * onset_chance(end - c.application_week[i], c.debt[i], rates):
                c.complaint[i] = True
                if c.complaint_week[i] < -5000:
                    c.complaint_week[i] = luck.week
                new += 1
    return new
