"""Capacity to act (doenvermogen): being able to begin, plan and persist. Kept apart from motivation.

    D <- D + capacity_recovery * (D0 - D) - capacity_complaint * [complaints] - capacity_debt * [problem debts]
         - capacity_waiting * [idle waiting] + capacity_guidance * trust * [guided, or visited by a volunteer]
         - capacity_relief_unrest * [fixed costs paid from the benefit without choice, higher education]
    trust = 1 + trust_by_confidentiality * (0.5 - data_sharing)
    clipped to [0, 1]; a week at a time in the equation, all weeks until the next visit at once in the run (visits.py).

Long waiting erodes it (Government reaction and VluchtelingenWerk letter name it; the numbers are assumptions).
Source: mind.yaml, capacity_*.
"""

from typing import NamedTuple

import numpy as np

from abm.arithmetic import clip
from abm.kernels import inlined, kernel
from abm.processes.guidance import LAST_GUARDIAN, MINOR_ALONE, guided
from abm.processes.money import MANDATORY
from abm.processes.motivation import idleness
from abm.states import Housing


class Columns(NamedTuple):
    """Columns of people."""

    household: np.ndarray
    birth_week: np.ndarray
    education: np.ndarray
    housing: np.ndarray
    housed_week: np.ndarray
    benefit: np.ndarray
    integration: np.ndarray
    work: np.ndarray
    activity: np.ndarray
    capacity: np.ndarray
    capacity_trait: np.ndarray
    complaint: np.ndarray
    debt: np.ndarray
    guided_until: np.ndarray
    volunteer: np.ndarray


WRITES = ("capacity",)
HIGH_EDUCATION = 3  # position in the category `education`


class Rates(NamedTuple):
    """Parameters."""

    capacity_complaint: float
    capacity_debt: float
    capacity_waiting: float
    capacity_guidance: float
    capacity_recovery: float
    capacity_relief_unrest: float
    relief_mode: int
    relief_weeks: float
    trust_by_confidentiality: float
    data_sharing: float
    guidance_weeks: float
    guidance_exempt_groups: bool
    guardianship_until: int


@inlined
def next_capacity(capacity, trait, complaint, debt, idle, supported, weeks, rates, unrest=False):
    """Give the capacity to act after ``weeks`` weeks."""
    change = rates.capacity_recovery * (np.float64(trait) - capacity) - rates.capacity_waiting * idle
    trust = 1.0 + rates.trust_by_confidentiality * (0.5 - rates.data_sharing)
    change += rates.capacity_guidance * trust * int(supported)
    change -= rates.capacity_complaint * int(complaint) + rates.capacity_debt * int(debt)
    change -= rates.capacity_relief_unrest * int(unrest)
    return clip(capacity + weeks * change, 0.0, 1.0)


@kernel
def update(rows, c, kinds, half_lessons, weeks, rates, luck):
    """Update the capacity to act of the adults in ``rows`` for ``weeks`` weeks (by position); give those supported.

    kinds: of the households (int by household).
    """
    supported_people = 0
    week = luck.week
    for p in range(rows.shape[0]):
        i = rows[p]
        idle = idleness(c.housing[i] < Housing.TRANSITION, c.integration[i], c.work[i], c.activity[i], half_lessons)
        supported = c.volunteer[i] > 0
        age, runs = week - c.birth_week[i], c.guided_until[i] > week
        if not supported and (runs or age < LAST_GUARDIAN):
            supported = guided(
                age,
                c.housed_week[i] - c.birth_week[i],
                runs,
                kinds[c.household[i]] == MINOR_ALONE,
                rates.guidance_exempt_groups,
                rates.guidance_weeks,
                rates.guardianship_until,
            )
        unrest = rates.relief_mode == MANDATORY and c.education[i] == HIGH_EDUCATION and c.benefit[i] > 0.0
        unrest = unrest and 0 <= week - c.housed_week[i] < rates.relief_weeks
        if supported:
            supported_people += 1
        c.capacity[i] = next_capacity(
            np.float64(c.capacity[i]),
            np.float64(c.capacity_trait[i]),
            c.complaint[i],
            c.debt[i],
            idle,
            supported,
            weeks[p],
            rates,
            unrest,
        )
    return supported_people
