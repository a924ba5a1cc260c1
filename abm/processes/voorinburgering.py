"""Pre-integration (voorinburgering) and lessons during the procedure: offers, consent, seats, completion.

Permit holders in reception who will be obliged (below pension age, see intake.py) are asked once, two weeks after the
permit, whatever their site offers: ``share_vbi_asked`` of them at the usual ``interview_coverage`` of 0.9, and more or
fewer in proportion with another. They consent with

    odds = vbi_acceptance / (1 - vbi_acceptance) * exp(acceptance_by_motivation * (M - 0.667)
        + acceptance_by_capacity * (D - 0.8) + acceptance_by_peers * share of contacts in a programme
        + acceptance_with_job * [job] + acceptance_after_move * [moved less than 8 weeks ago])
    P = odds / (1 + odds)

Where taking part is a duty (``participation_duty``) those who would not consent take part all the same with chance
``duty_compliance``; what that does to their motivation is in motivation.py. Shared lesson sites bring the offer of a
share ``share_central_lessons`` of the other sites to that of regular ones (with travel, lessons.py).

Courses start once in four weeks, in the week of a person's turn. Each time there is one to begin with chance
``vbi_site_offer`` * ``programme_offer_by_site``, by the kind of place. People then wait for a seat (seats bind), follow
it for ``vbi_weeks``, and drop out on a move with chance ``drop_on_move``.
Applicants get early lessons if ``vbi_eligibility`` reaches them and there are any (``day1_hours``) or, in the general
track, with ``nt2_likely_share``, both times ``programme_offer_by_site``; they leave them on a move, or in each week
after a refusal, with chance ``drop_on_move``. Housing ends either programme.

Source: integration.yaml; 69 % consent is a fit target.
"""

from typing import NamedTuple

import numpy as np

from abm.arithmetic import exp
from abm.draws import decision, draw, draw_once, lanes_once
from abm.kernels import allocating, kernel
from abm.people import NEVER
from abm.processes.intake import begin_duty
from abm.queues import in_order
from abm.states import Activity, Housing, Integration, Legal, Work

PROGRAMME, OFFER, EARLY, DROP = (
    decision("programme"),
    decision("programme_offer"),
    decision("early_lessons"),
    decision("drop"),
)
PERMIT_ONLY, LIKELY, ALL = range(3)
COURSES = 4  # weeks between two courses


class Columns(NamedTuple):
    """Columns of people."""

    key: np.ndarray
    turn: np.ndarray
    legal: np.ndarray
    housing: np.ndarray
    integration: np.ndarray
    work: np.ndarray
    activity: np.ndarray
    exempt_drawn: np.ndarray
    birth_week: np.ndarray
    motivation: np.ndarray
    capacity: np.ndarray
    contacts_enrolled: np.ndarray
    permit_week: np.ndarray
    move_week: np.ndarray
    asked_week: np.ndarray
    consented: np.ndarray
    pre_start_week: np.ndarray
    pre_end_week: np.ndarray
    pre_completed: np.ndarray
    finish_week: np.ndarray


WRITES = (
    "integration",
    "activity",
    "asked_week",
    "consented",
    "pre_start_week",
    "pre_end_week",
    "pre_completed",
    "finish_week",
)


class Rates(NamedTuple):
    """Parameters."""

    share_vbi_asked: float
    vbi_site_offer: np.ndarray
    programme_offer_by_site: np.ndarray
    interview_coverage: float
    vbi_weeks: int
    vbi_acceptance: float
    acceptance_by_motivation: float
    acceptance_by_capacity: float
    acceptance_by_peers: float
    acceptance_with_job: float
    acceptance_after_move: float
    drop_on_move: float
    vbi_eligibility: int
    nt2_likely_share: float
    day1_hours: float
    participation_duty: bool
    duty_compliance: float
    share_central_lessons: float


@kernel
def consent_chance(motivation, capacity, enrolled_share, has_job, moved_recently, rates):
    """Give the chance that someone consents when asked."""
    x = (
        rates.acceptance_by_motivation * (motivation - 0.667)
        + rates.acceptance_by_capacity * (capacity - 0.8)
        + rates.acceptance_by_peers * enrolled_share
    )
    if has_job:
        x += rates.acceptance_with_job
    if moved_recently:
        x += rates.acceptance_after_move
    odds = rates.vbi_acceptance / (1.0 - rates.vbi_acceptance) * exp(x)
    return odds / (1.0 + odds)


@kernel
def site_offer(offer, kind, central):
    """Give the offer at a kind of place when a share ``central`` of its residents can go to a regular site for it."""
    return offer[kind] + central * max(offer[Housing.REGULAR] - offer[kind], 0.0)


@kernel
def takes_part(i, c, uniform, chance, rates):
    """Say whether person ``i`` takes part, of their own will or by duty; the second is noted."""
    if uniform < chance:
        return True
    if rates.participation_duty and uniform < rates.duty_compliance:
        c.activity[i] |= np.uint8(Activity.OBLIGED)
        return True
    return False


@kernel
def leave_early_lessons(i, c):
    """Write that person ``i`` leaves the lessons of the procedure."""
    c.integration[i] = Integration.NONE
    c.activity[i] &= ~np.uint8(Activity.OBLIGED)


@kernel
def keep_concerned(rows, c, now, concerned, newcomers):
    """Copy to the two lists the rows of people for whom something may happen this week; give their lengths.

    concerned: those in a programme, permit holders who do not wait for an intake yet or were not asked yet, and permit
    holders whose turn it is (``now``). newcomers: people in the procedure without lessons whose turn it is.
    """
    n = m = 0
    for i in rows:
        state = c.integration[i]
        permit, turn = int(c.legal[i] == Legal.PERMIT), int(c.turn[i] % COURSES == now)
        in_programme = int(state == Integration.EARLY_LESSONS) | int(state == Integration.PRE_INTEGRATION)
        unasked = int(state == Integration.AWAITING_INTAKE) & int(c.asked_week[i] == NEVER)
        concerned[n] = newcomers[m] = i
        n += in_programme | permit & (turn | unasked | int(state == Integration.NONE))
        m += turn & (1 - permit) & int(state == Integration.NONE)
    return n, m


@allocating
def offer_early_lessons(rows, c, rates, luck):
    """Offer lessons to people in the procedure who have none, in ``rows``; give how many begin."""
    begun = 0
    reach = rates.vbi_eligibility
    draws = lanes_once(luck, EARLY, c.key[rows])[0]
    for k in range(rows.shape[0]):
        i = rows[k]
        if c.housing[i] >= Housing.TRANSITION:
            continue
        general = c.legal[i] == Legal.GENERAL_TRACK
        offer = site_offer(rates.programme_offer_by_site, c.housing[i], rates.share_central_lessons)
        if not ((reach == ALL or (reach == LIKELY and general)) and rates.day1_hours > 0.0):
            offer = offer * rates.nt2_likely_share if general else 0.0
        if np.float64(draws[k]) >= offer:
            continue
        chance = consent_chance(
            np.float64(c.motivation[i]),
            np.float64(c.capacity[i]),
            np.float64(c.contacts_enrolled[i]),
            False,
            c.move_week[i] == luck.week,
            rates,
        )
        if takes_part(i, c, draw(luck, PROGRAMME, c.key[i]), chance, rates):
            c.integration[i] = Integration.EARLY_LESSONS
            begun += 1
    return begun


@allocating
def update(rows, c, free_seats, rates, luck, counts):
    """Run the programmes in reception for the adults in ``rows``; give the free seats left.

    free_seats: seats that are free this week, given in the order of a draw. counts: int64 (4,), adds asked, consented,
    started, completed.
    """
    week = luck.week
    now = week % COURSES
    concerned, newcomers = np.empty(rows.shape[0], np.uint32), np.empty(rows.shape[0], np.uint32)
    n, m = keep_concerned(rows, c, now, concerned, newcomers)
    concerned = concerned[:n]
    offer_early_lessons(newcomers[:m], c, rates, luck)
    n = 0
    asking = np.empty(concerned.shape[0], np.uint32)
    order = np.empty(concerned.shape[0])
    for i in concerned:
        state = c.integration[i]
        in_reception = c.housing[i] < Housing.TRANSITION
        moved = c.move_week[i] == week
        if state == Integration.PRE_INTEGRATION:
            ended = week - c.pre_start_week[i] >= rates.vbi_weeks
            dropped = moved and in_reception and draw(luck, DROP, c.key[i]) < rates.drop_on_move
            if ended or dropped or not in_reception:
                begin_duty(i, c, week)
                c.activity[i] &= ~np.uint8(Activity.OBLIGED)
                c.pre_end_week[i] = week
                c.pre_completed[i] = ended
                free_seats += 1.0
                if ended:
                    counts[3] += 1
            continue
        if not in_reception:
            if state == Integration.EARLY_LESSONS:
                leave_early_lessons(i, c)
            continue
        kind = c.housing[i]
        if c.legal[i] == Legal.PERMIT:
            if state == Integration.EARLY_LESSONS or state == Integration.NONE:
                begin_duty(i, c, week)
                c.activity[i] &= ~np.uint8(Activity.OBLIGED)
            if c.integration[i] == Integration.EXEMPT or c.exempt_drawn[i] or state > Integration.AWAITING_INTAKE:
                continue
            if c.asked_week[i] == NEVER and week - c.permit_week[i] >= 2:
                c.asked_week[i] = week
                if draw_once(luck, OFFER, c.key[i]) < rates.share_vbi_asked * min(rates.interview_coverage / 0.9, 1.1):
                    counts[0] += 1
                    job = c.work[i] == Work.EMPLOYED_BASIC or c.work[i] == Work.EMPLOYED_MATCHED
                    chance = consent_chance(
                        np.float64(c.motivation[i]),
                        np.float64(c.capacity[i]),
                        np.float64(c.contacts_enrolled[i]),
                        job,
                        week - c.move_week[i] < 8,
                        rates,
                    )
                    if takes_part(i, c, draw_once(luck, PROGRAMME, c.key[i]), chance, rates):
                        c.consented[i] = True
                        counts[1] += 1
                else:
                    c.asked_week[i] = -1000  # never asked: kept apart from "not yet"
            if c.consented[i] and c.pre_start_week[i] == NEVER and c.turn[i] % COURSES == now:
                u = draw(luck, OFFER, c.key[i])
                central = rates.share_central_lessons
                offered = site_offer(rates.vbi_site_offer, kind, central)
                if u < offered * site_offer(rates.programme_offer_by_site, kind, central):
                    asking[n] = i
                    order[n] = u
                    n += 1
        elif state == Integration.EARLY_LESSONS and (moved or c.legal[i] == Legal.REJECTED):
            if draw(luck, DROP, c.key[i]) < rates.drop_on_move:
                leave_early_lessons(i, c)
    for k in in_order(order[:n]):
        if free_seats < 1.0:
            break
        i = asking[k]
        c.integration[i] = Integration.PRE_INTEGRATION
        c.pre_start_week[i] = week
        free_seats -= 1.0
        counts[2] += 1
    return free_seats
