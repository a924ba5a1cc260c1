"""Recognition of diplomas: people with a trade or profession ask for it, wait, and some lack the documents.

    ask        with diploma_ask_chance * exp(-diploma_fee / diploma_fee_scale) a week, from the permit on
    recognised after diploma_weeks, unless documents are missing (share diploma_documents_missing, drawn once); of those
               without, recognition_by_practice are recognised by what they can do (EVC), after twice as long

A recognised diploma raises the chance that a job is matched to the skills; an employed person with a recognised
diploma and Dutch at A2 or more is upgraded to a matched job with the same chance.
Source: work.yaml, diploma_*.
"""

from typing import NamedTuple

import numpy as np

from abm.arithmetic import exp
from abm.draws import LANE_DIPLOMA, decision, draw_once
from abm.kernels import kernel
from abm.states import Diploma, Legal, Work

DIPLOMA, PRACTICE = decision("diploma"), decision("recognition_by_practice")


class Columns(NamedTuple):
    """Columns of people."""

    key: np.ndarray
    legal: np.ndarray
    work: np.ndarray
    language: np.ndarray
    diploma: np.ndarray
    diploma_week: np.ndarray
    earnings: np.ndarray


WRITES = ("diploma", "diploma_week", "work", "earnings")


class Rates(NamedTuple):
    """Parameters."""

    diploma_ask_chance: float
    diploma_weeks: float
    diploma_documents_missing: float
    diploma_fee: float
    diploma_fee_scale: float
    recognition_by_practice: float
    wage_premium_matched: float


@kernel
def update(rows, c, weeks, rates, lanes, luck):
    """Ask for, grant and use recognition for the adults in ``rows``, for ``weeks`` weeks each; give the recognised."""
    new = 0
    lane = lanes[LANE_DIPLOMA]
    ask = rates.diploma_ask_chance * exp(-rates.diploma_fee / rates.diploma_fee_scale)
    most = max(ask, rates.diploma_ask_chance)
    for p in range(rows.shape[0]):
        i = rows[p]
        state = c.diploma[i]
        if np.float64(lane[p]) >= weeks[p] * most and state != Diploma.ASKED:
            continue
        if state == Diploma.NONE or c.legal[i] != Legal.PERMIT:
            continue
        if state == Diploma.UNRECOGNISED:
            if np.float64(lane[p]) < weeks[p] * ask:
                c.diploma[i] = Diploma.ASKED
                c.diploma_week[i] = luck.week
        elif state == Diploma.ASKED:
            waited = luck.week - c.diploma_week[i]
            if waited >= rates.diploma_weeks:
                missing = draw_once(luck, DIPLOMA, c.key[i]) < rates.diploma_documents_missing
                by_practice = missing and draw_once(luck, PRACTICE, c.key[i]) < rates.recognition_by_practice
                if by_practice and waited < 2.0 * rates.diploma_weeks:
                    continue
                recognised = by_practice or not missing
                c.diploma[i] = Diploma.RECOGNISED if recognised else Diploma.NONE
                new += int(recognised)
        elif c.work[i] == Work.EMPLOYED_BASIC and np.float64(c.language[i]) >= 2.0:
            if np.float64(lane[p]) < weeks[p] * rates.diploma_ask_chance:
                c.work[i] = Work.EMPLOYED_MATCHED
                c.earnings[i] = np.float64(c.earnings[i]) * rates.wage_premium_matched
    return new
