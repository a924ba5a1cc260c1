"""Triage: after screening, a case goes to the general track or to the short track.

    track = short  if  draw < origin_short_track_share[origin]  else general

The draw is made once in a life. Afterwards a case in the short track is moved to the general one with
``chance_track_correction`` a week.

With two tracks (``two_tracks_on``) the merits are estimated at the start, and the short track is that of unlikely
cases: those in it by the rule above, and all of the origin ``unlikely``. The estimate is wrong with chance
``track_error``; a case in the wrong track is moved with ``early_track_correction`` a week, and the IND decides no case
in the short track that does not belong there (institutions/ind.py). ``unlikely_offer`` says what people in it are
offered: nothing, activities (voluntary work) or what all get (``reached``).

Source: procedure.yaml (origin_short_track_share, screening_weeks, chance_track_correction, two_tracks_on, track_error).
"""

from typing import NamedTuple

import numpy as np

from abm.draws import decision, draw, draw_once
from abm.kernels import allocating, kernel
from abm.parameters.categories import CATEGORIES
from abm.states import Housing, Legal

TRIAGE = decision("triage")
CORRECTION = decision("screening")
ERROR = decision("track_error")
UNLIKELY = CATEGORIES["origin"].index("unlikely")
NO_OFFER, ACTIVITIES, FULL = range(3)


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
    two_tracks_on: bool
    track_error: float
    early_track_correction: float


@kernel
def unlikely(key, origin, two_tracks, short_share, luck):
    """Say whether a case belongs in the short track. short_share: float64 (origins,)."""
    if two_tracks and origin == UNLIKELY:
        return True
    return draw_once(luck, TRIAGE, key) < short_share[origin]


@kernel
def unlikely_cases(rows, c, short_share, luck, found):
    """Write to ``found`` (bool, by position) which cases belong in the short track when there are two tracks."""
    for p in range(rows.shape[0]):
        i = rows[p]
        found[p] = unlikely(c.key[i], c.origin[i], True, short_share, luck)


class OfferRates(NamedTuple):
    """What is offered in the track for unlikely cases."""

    two_tracks_on: bool
    unlikely_offer: int


@allocating
def reached(rows, legal, housing):
    """Give the positions in ``rows`` of people who are offered something: all but the unlikely cases in reception."""
    kept = np.empty(rows.shape[0], np.int64)
    n = 0
    for p in range(rows.shape[0]):
        if legal[rows[p]] != Legal.SHORT_TRACK or housing[rows[p]] >= Housing.TRANSITION:
            kept[n] = p
            n += 1
    return kept[:n]


@kernel
def assign(rows, c, rates, luck, changed):
    """Assign tracks to the open cases in ``rows`` and give the number assigned.

    changed: uint32, filled with the rows whose track changed; the number is the second result.
    """
    assigned = 0
    n = 0
    for i in rows:
        legal = c.legal[i]
        if legal == Legal.REGISTERING:
            if luck.week - c.arrival_week[i] >= rates.screening_weeks:
                short = unlikely(c.key[i], c.origin[i], rates.two_tracks_on, rates.origin_short_track_share, luck)
                if rates.two_tracks_on and draw_once(luck, ERROR, c.key[i]) < rates.track_error:
                    short = not short
                c.legal[i] = Legal.SHORT_TRACK if short else Legal.GENERAL_TRACK
                assigned += 1
                changed[n] = i
                n += 1
        elif legal == Legal.SHORT_TRACK or (legal == Legal.GENERAL_TRACK and rates.two_tracks_on):
            chance = rates.chance_track_correction
            if rates.two_tracks_on:
                short = unlikely(c.key[i], c.origin[i], True, rates.origin_short_track_share, luck)
                chance = rates.early_track_correction if short != (legal == Legal.SHORT_TRACK) else 0.0
            if draw(luck, CORRECTION, c.key[i]) < chance:
                c.legal[i] = Legal.GENERAL_TRACK if legal == Legal.SHORT_TRACK else Legal.SHORT_TRACK
                changed[n] = i
                n += 1
    return assigned, n
