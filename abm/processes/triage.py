"""Triage: after screening, a case goes to the general track or to the short track.

    track = short  if  draw < origin_short_track_share[origin]  else general

The draw is made once in a life. Afterwards a case in the short track is moved to the general one with
``chance_track_correction`` a week.

Source: procedure.yaml (origin_short_track_share, screening_weeks, chance_track_correction).
"""

from typing import NamedTuple

import numpy as np

from abm.draws import decision, draw, draw_once
from abm.kernels import kernel
from abm.states import Legal

TRIAGE = decision("triage")
CORRECTION = decision("screening")


class Columns(NamedTuple):
    """Household columns."""

    key: np.ndarray
    origin: np.ndarray
    legal: np.ndarray
    arrival_week: np.ndarray


WRITES = ("legal",)


class Rates(NamedTuple):
    """Parameters."""

    origin_short_track_share: np.ndarray
    screening_weeks: int
    chance_track_correction: float


@kernel
def assign(rows, c, rates, luck, changed):
    """Assign tracks to the open cases in ``rows`` and give the number assigned.

    changed: uint32, filled with the rows whose track changed; the number is the second result.
    """
    assigned = 0
    n = 0
    for i in rows:
        if c.legal[i] == Legal.REGISTERING:
            if luck.week - c.arrival_week[i] >= rates.screening_weeks:
                short = draw_once(luck, TRIAGE, c.key[i]) < rates.origin_short_track_share[c.origin[i]]
                c.legal[i] = Legal.SHORT_TRACK if short else Legal.GENERAL_TRACK
                assigned += 1
                changed[n] = i
                n += 1
        elif c.legal[i] == Legal.SHORT_TRACK and draw(luck, CORRECTION, c.key[i]) < rates.chance_track_correction:
            c.legal[i] = Legal.GENERAL_TRACK
            changed[n] = i
            n += 1
    return assigned, n
