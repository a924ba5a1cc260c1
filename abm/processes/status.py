"""Two statuses: part of the permit holders have subsidiary protection, with conditions for their family.

    subsidiary  if  draw < share_subsidiary              (once in a life, by household)
    each week:  M <- M - motivation_uncertainty * subsidiary_uncertainty

While ``two_status_on`` their families must wait (reunification.py), and knowing it wears on motivation; it does so on
the scale of ``temporary_status_uncertainty`` (motivation.py). The loss counts for all weeks until the next
visit (visits.py).

Source: procedure.yaml (two_status_on and what follows), mind.yaml (motivation_uncertainty).
"""

from typing import NamedTuple

import numpy as np

from abm.draws import decision, draw_once, luck_of, uniforms_once
from abm.kernels import kernel
from abm.states import Legal

KIND = decision("status_kind")


class Columns(NamedTuple):
    """Columns of people."""

    legal: np.ndarray
    household: np.ndarray
    motivation: np.ndarray


WRITES = ("motivation",)


class Rates(NamedTuple):
    """Parameters."""

    two_status_on: bool
    share_subsidiary: float
    reunification_condition_weeks: float
    subsidiary_uncertainty: float
    motivation_uncertainty: float


def subsidiary(keys: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Say which households (by key) have subsidiary protection (bool)."""
    return uniforms_once(luck_of(seed, 0), "status_kind", keys) < share


@kernel
def wear(rows, c, keys, weeks, rates, luck):
    """Lower the motivation of the adults in ``rows`` with subsidiary protection by ``weeks`` weeks; give their number.

    weeks: float64 by position. keys: uint64 by household.
    """
    worn = 0
    loss = rates.motivation_uncertainty * rates.subsidiary_uncertainty
    for p in range(rows.shape[0]):
        i = rows[p]
        if c.legal[i] == Legal.PERMIT and draw_once(luck, KIND, keys[c.household[i]]) < rates.share_subsidiary:
            c.motivation[i] = max(np.float64(c.motivation[i]) - weeks[p] * loss, 0.0)
            worn += 1
    return worn
