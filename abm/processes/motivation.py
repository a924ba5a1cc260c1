"""How waiting changes motivation, and how motivation becomes effort.

Motivation M (wanting to act, 0-1) decays in idle waiting and otherwise recovers slowly towards the person's own
level M0. Each week:

    idle x = 1 in reception without lessons, voluntary work, a work programme or a job; 0.5 with few hours of lessons;
             else 0
    M <- M * exp(-motivation_decay_idle * x) + motivation_recovery * (M0 - M) * (1 - x)
         + motivation_peer_effect * (mean motivation of contacts - M)        (those who have contacts)
         - motivation_family_apart * [family abroad] - motivation_uncertainty * temporary_status_uncertainty
         + motivation_volunteer * [visited by a volunteer] - motivation_duty * [in a programme only by duty]
         + motivation_savings * min(savings felt as one's own in thousands, 1)   (while M < M0 + ceiling)
    M clipped to [0, 1]

All weeks until the next visit are done at once (visits.py): decay as one power, the rest as many times.
Events count in the week they happen (``shock``):

    permit + motivation_permit, refusal - motivation_rejected, first home + motivation_housed,
    move between sites - motivation_move * M

Progress in Dutch and scaling down are added where they happen (lessons.py, exams.py). Decay is the discouragement of
long asylum waits, not loss of skill: a year of waiting lowers later employment by 16 to 23 percent of its mean
(Hainmueller, Hangartner & Lawrence 2016, Science Advances), which gives -ln(1 - x) / 52 = 0.0034 to 0.0050 a week.
Recovery has to be slow for the effect to last (0.002 to 0.004); together with lost time the model then reproduces 3 to
5 points less employment for a year of waiting.

Effort: E = M * D * (1 - complaint_effort_loss * complaint) / effort_scale, with D the capacity to act.

Reads and writes: see ``Columns`` and ``WRITES``.   Source: mind.yaml.
"""

from typing import NamedTuple

import numpy as np

from abm.arithmetic import clip, exp
from abm.kernels import inlined, kernel
from abm.states import Activity, Housing, Integration, Work

GRANTED, REFUSED, HOUSED, MOVED = range(4)
#: Activities that end idle waiting.
OCCUPIED = Activity.VOLUNTEERING | Activity.IN_PROGRAMME


class Columns(NamedTuple):
    """Columns of people."""

    housing: np.ndarray
    integration: np.ndarray
    work: np.ndarray
    activity: np.ndarray
    household: np.ndarray
    motivation: np.ndarray
    motivation_trait: np.ndarray
    contacts: np.ndarray
    contacts_motivation: np.ndarray
    volunteer: np.ndarray
    savings: np.ndarray


WRITES = ("motivation",)


class Rates(NamedTuple):
    """Parameters."""

    motivation_decay_idle: float
    motivation_recovery: float
    motivation_peer_effect: float
    motivation_family_apart: float
    motivation_uncertainty: float
    temporary_status_uncertainty: float
    motivation_volunteer: float
    motivation_duty: float
    motivation_savings: float
    motivation_savings_ceiling: float
    savings_perceived: float


class ShockRates(NamedTuple):
    """Parameters of events."""

    motivation_permit: float
    motivation_rejected: float
    motivation_housed: float
    motivation_move: float


class EffortRates(NamedTuple):
    """Parameters of effort."""

    effort_scale: float
    complaint_effort_loss: float


@inlined
def effort(motivation, capacity, complaint, effort_scale, complaint_effort_loss):
    """Give effective effort: wanting times being able, 1 for a mean person at arrival."""
    return np.float64(motivation) * capacity * (1.0 - complaint_effort_loss * int(complaint)) / effort_scale


@inlined
def idleness(in_reception, integration, work, activity, half_lessons):
    """Give how idle someone's waiting is: 1 idle, 0.5 with few hours of lessons, 0 active or not in reception."""
    if not in_reception:
        return 0.0
    if work == Work.EMPLOYED_BASIC or work == Work.EMPLOYED_MATCHED or (activity & OCCUPIED) != 0:
        return 0.0
    if integration == Integration.EARLY_LESSONS:
        return 0.5 if half_lessons else 0.0
    if integration == Integration.PRE_INTEGRATION:
        return 0.0
    if Integration.B1_ROUTE <= integration <= Integration.A2_ROUTE:
        return 0.0
    return 1.0


@inlined
def drift(motivation, trait, idle, has_contacts, contacts_motivation, weeks, rates):
    """Give motivation after ``weeks`` weeks of waiting or recovery and of hearing from contacts."""
    kept = motivation
    if idle > 0.0:
        kept = motivation * exp(-rates.motivation_decay_idle * idle * weeks)
    change = rates.motivation_recovery * (trait - motivation) * (1.0 - idle)
    if has_contacts:
        change += rates.motivation_peer_effect * (contacts_motivation - motivation)
    return kept + weeks * change


@kernel
def update(rows, c, abroad, half_lessons, weeks, rates):
    """Update the motivation of the adults in ``rows`` for ``weeks`` weeks (by position); give the number who were idle.

    abroad: int32 by household, family members who wait abroad. half_lessons: whether early lessons are so few hours
    that they count half.
    """
    idle_people = 0
    uncertainty = rates.motivation_uncertainty * rates.temporary_status_uncertainty
    for p in range(rows.shape[0]):
        i = rows[p]
        reception = c.housing[i] < Housing.TRANSITION
        idle = idleness(reception, c.integration[i], c.work[i], c.activity[i], half_lessons)
        if idle > 0.0:
            idle_people += 1
        m = np.float64(c.motivation[i])
        trait = np.float64(c.motivation_trait[i])
        m = drift(m, trait, idle, c.contacts[i] > 0, np.float64(c.contacts_motivation[i]), weeks[p], rates)
        change = -uncertainty
        if abroad[c.household[i]] > 0:
            change -= rates.motivation_family_apart
        if c.volunteer[i] > 0:
            change += rates.motivation_volunteer
        if (c.activity[i] & Activity.OBLIGED) != 0:
            change -= rates.motivation_duty
        if c.savings[i] > 0.0 and m < trait + rates.motivation_savings_ceiling:
            felt = rates.savings_perceived * np.float64(c.savings[i]) / 1000.0
            change += rates.motivation_savings * min(felt, 1.0)
        c.motivation[i] = clip(m + weeks[p] * change, 0.0, 1.0)
    return idle_people


@kernel
def after_event(motivation, event, rates):
    """Give motivation after GRANTED, REFUSED, HOUSED or MOVED."""
    if event == GRANTED:
        motivation += rates.motivation_permit
    elif event == REFUSED:
        motivation -= rates.motivation_rejected
    elif event == HOUSED:
        motivation += rates.motivation_housed
    else:
        motivation -= rates.motivation_move * motivation
    return clip(motivation, 0.0, 1.0)


@kernel
def shock(rows, motivation, event, rates):
    """Let the people in ``rows`` take in an event of this week."""
    for i in rows:
        motivation[i] = after_event(np.float64(motivation[i]), event, rates)
