"""Work programmes: unpaid participation jobs, training jobs at work development companies, retraining, return training.

    participation job   participation_job_places in the country, for participation_job_weeks; unpaid, with Dutch around
    development         development_places, for development_weeks; a training job, no search meanwhile
    training            training_places_per_year begin retraining for a sector in shortage, for training_weeks; Dutch at
                        training_language or more, at home; no search meanwhile
    return training     a share return_training_share of people in reception who are in the short track or refused
                        follows short training of use on return (drawn once); no places bind

People of working age without a job, not in study or in lessons of a route, at home or with or without a permit in
reception, ask for a place with chance_programme * E a week. A third asks for retraining, if it is open to them, and
the others for either kind of job. Places are given in the order of that draw. A move, a paid job or a refusal ends a
programme without effect; so does the permit for return training.

Programmes end idle waiting (motivation.py) and bring practice of Dutch (lessons.py). After a full job people find
paid work sooner for programme_effect_weeks, after retraining for good and more often in a matched job
(job_search.py); return training makes supervised departure more likely (departures.py).

Source: work.yaml; municipalities' plan of 2025 (S2, "Aan de slag", "Maximaal inzetten op ontwikkelkansen").
"""

from typing import NamedTuple

import numpy as np

from abm.draws import LANE_PROGRAMME, decision, draw_once
from abm.kernels import allocating, kernel
from abm.processes.motivation import effort
from abm.queues import serve
from abm.states import Activity, Housing, Integration, Legal, Programme, Work
from abm.turns import VISITS

RETURN = decision("return_training")
PLACES = Programme.TRAINING + 1  # cells of an array of places by programme
KINDS = Programme.RETURN_TRAINING + 1
COMPLETED = Activity.EXPERIENCED | Activity.TRAINED


class Columns(NamedTuple):
    """Columns of people."""

    key: np.ndarray
    legal: np.ndarray
    housing: np.ndarray
    integration: np.ndarray
    work: np.ndarray
    activity: np.ndarray
    motivation: np.ndarray
    capacity: np.ndarray
    complaint: np.ndarray
    language: np.ndarray
    move_week: np.ndarray
    programme: np.ndarray
    programme_week: np.ndarray
    visit_weeks: np.ndarray


WRITES = ("activity", "programme", "programme_week", "visit_weeks")


class Rates(NamedTuple):
    """Parameters."""

    participation_job_weeks: int
    development_weeks: int
    training_weeks: int
    programme_effect_weeks: int
    chance_programme: float
    training_language: float
    return_training_share: float
    effort_scale: float
    complaint_effort_loss: float


class PlaceRates(NamedTuple):
    """Places in the country."""

    participation_job_places: float
    development_places: float
    training_places_per_year: float


@kernel
def employed(work):
    """Say whether someone has a paid job."""
    return work == Work.EMPLOYED_BASIC or work == Work.EMPLOYED_MATCHED


@kernel
def for_return(i, c, rates, luck):
    """Say whether person ``i`` follows training of use on return."""
    unlikely = c.legal[i] == Legal.SHORT_TRACK or c.legal[i] == Legal.REJECTED
    if not unlikely or c.housing[i] >= Housing.TRANSITION or employed(c.work[i]):
        return False
    return draw_once(luck, RETURN, c.key[i]) < rates.return_training_share


@kernel
def length(kind, rates):
    """Give the weeks of a programme."""
    if kind == Programme.PARTICIPATION_JOB:
        return rates.participation_job_weeks
    return rates.development_weeks if kind == Programme.DEVELOPMENT else rates.training_weeks


@kernel
def may_ask(i, c):
    """Say whether person ``i`` may ask for a place."""
    work = c.work[i]
    if work == Work.OUTSIDE or work >= Work.PERMIT_PENDING or (c.activity[i] & COMPLETED) != 0:
        return False
    if Integration.B1_ROUTE <= c.integration[i] <= Integration.A2_ROUTE:
        return False
    if c.housing[i] >= Housing.TRANSITION:
        return work != Work.BARRED
    return c.legal[i] == Legal.GENERAL_TRACK or c.legal[i] == Legal.PERMIT


@kernel
def wanted(i, c, uniform, rates):
    """Give the programme that person ``i`` asks for; ``uniform`` is a draw."""
    if uniform < 1.0 / 3.0:
        if c.housing[i] >= Housing.TRANSITION and np.float64(c.language[i]) >= rates.training_language:
            return Programme.TRAINING
        return Programme.DEVELOPMENT if uniform < 1.0 / 6.0 else Programme.PARTICIPATION_JOB
    return Programme.DEVELOPMENT if uniform < 2.0 / 3.0 else Programme.PARTICIPATION_JOB


@kernel
def go_on(i, c, rates, luck):
    """Let person ``i``, who is in a programme, stay, stop or complete it; say whether the place stays taken."""
    kind = c.programme[i]
    week = luck.week
    if kind == Programme.RETURN_TRAINING:
        stays = for_return(i, c, rates, luck)
    else:
        moved = 0 <= week - c.move_week[i] < VISITS
        stays = not (moved or employed(c.work[i]) or c.work[i] == Work.OUTSIDE or c.legal[i] == Legal.REJECTED)
    if stays and kind != Programme.RETURN_TRAINING and week - c.programme_week[i] >= length(kind, rates):
        gained = Activity.TRAINED if kind == Programme.TRAINING else Activity.EXPERIENCED
        c.activity[i] = (c.activity[i] | np.uint8(gained)) & ~np.uint8(Activity.IN_PROGRAMME)
        c.programme_week[i] = week
        return False
    if not stays:
        c.activity[i] &= ~np.uint8(Activity.IN_PROGRAMME)
        c.programme[i] = Programme.NONE
    return stays


@kernel
def begin(i, kind, c, week):
    """Write that person ``i`` begins a programme, and is visited once in eight weeks from now on."""
    c.visit_weeks[i] = VISITS
    c.activity[i] |= np.uint8(Activity.IN_PROGRAMME)
    c.programme[i] = kind
    c.programme_week[i] = week


@allocating
def update(rows, c, free, taken, weeks, rates, lanes, luck):
    """Run the programmes for the adults in ``rows``, for ``weeks`` weeks (by position); give the number who begin.

    free: float64 (PLACES,), places free by programme (below zero where there are too many), changed in place. taken:
    int64 (KINDS,), filled with the people in a programme among ``rows``. lanes: draws by position
    (``draws.VISIT_LANES``).
    """
    lane = lanes[LANE_PROGRAMME]
    most = rates.chance_programme / rates.effort_scale  # motivation and capacity are at most 1
    taken[:] = 0
    n = 0
    asking = np.empty(rows.shape[0], np.uint32)
    order = np.empty(rows.shape[0])
    kinds = np.empty(rows.shape[0], np.int64)
    begun = 0
    for p in range(rows.shape[0]):
        i = rows[p]
        activity = c.activity[i]
        if (activity & Activity.IN_PROGRAMME) != 0:
            kind = c.programme[i]
            if go_on(i, c, rates, luck):
                taken[kind] += 1
            elif kind < PLACES:
                free[kind] += 1.0 if kind != Programme.TRAINING else 0.0
            continue
        if (activity & Activity.EXPERIENCED) != 0 and luck.week - c.programme_week[i] >= rates.programme_effect_weeks:
            c.activity[i] &= ~np.uint8(Activity.EXPERIENCED)
        if rates.return_training_share > 0.0 and for_return(i, c, rates, luck):
            begin(i, Programme.RETURN_TRAINING, c, luck.week)
            taken[Programme.RETURN_TRAINING] += 1
            begun += 1
            continue
        u = np.float64(lane[p])
        if u >= weeks[p] * most or not may_ask(i, c):
            continue
        e = effort(
            np.float64(c.motivation[i]),
            np.float64(c.capacity[i]),
            c.complaint[i],
            rates.effort_scale,
            rates.complaint_effort_loss,
        )
        chance = weeks[p] * rates.chance_programme * e
        if u < chance:
            asking[n] = i
            order[n] = u / chance
            kinds[n] = wanted(i, c, order[n], rates)
            n += 1
    served = np.zeros(n, np.bool_)
    begun += serve(order[:n], kinds[:n], free, served)
    for k in range(n):
        if served[k]:
            begin(asking[k], kinds[k], c, luck.week)
            taken[kinds[k]] += 1
    return begun
