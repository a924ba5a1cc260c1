"""Capacity to act (doenvermogen): being able to begin, plan and persist. Kept apart from motivation.

    D <- D + capacity_recovery * (D0 - D) - capacity_complaint * [complaints] - capacity_debt * [problem debts]
         - capacity_waiting * [idle waiting] + capacity_guidance * [guided, or visited by a volunteer]
    clipped to [0, 1]; a week at a time in the equation, four weeks at a time in the run.

Long waiting erodes it (Government reaction and VluchtelingenWerk letter name it; the numbers are assumptions).
Source: mind.yaml, capacity_*.
"""

from typing import NamedTuple

import numpy as np

from abm.arithmetic import clip
from abm.kernels import inlined, kernel
from abm.processes.motivation import idleness
from abm.states import Housing


class Columns(NamedTuple):
    """Columns of people."""

    housing: np.ndarray
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


class Rates(NamedTuple):
    """Parameters."""

    capacity_complaint: float
    capacity_debt: float
    capacity_waiting: float
    capacity_guidance: float
    capacity_recovery: float


@inlined
def next_capacity(capacity, trait, complaint, debt, idle, supported, weeks, rates):
    """Give the capacity to act after ``weeks`` weeks."""
    change = rates.capacity_recovery * (np.float64(trait) - capacity) - rates.capacity_waiting * idle
    change += rates.capacity_guidance * int(supported)
    change -= rates.capacity_complaint * int(complaint) + rates.capacity_debt * int(debt)
    return clip(capacity + weeks * change, 0.0, 1.0)


@kernel
def update(rows, c, half_lessons, weeks, rates, luck):
    """Update the capacity to act of the adults in ``rows``, visited every ``weeks`` weeks; give those supported."""
    supported_people = 0
    for i in rows:
        idle = idleness(c.housing[i] < Housing.TRANSITION, c.integration[i], c.work[i], c.activity[i], half_lessons)
        supported = c.guided_until[i] > luck.week or c.volunteer[i] > 0
        if supported:
            supported_people += 1
        c.capacity[i] = next_capacity(
            float(c.capacity[i]),
            float(c.capacity_trait[i]),
            c.complaint[i],
            c.debt[i],
            idle,
            supported,
            weeks,
            rates,
        )
    return supported_people
