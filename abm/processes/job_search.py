"""Finding work: who searches, who finds, through which channel, and in what kind of job.

At each visit (visits.py), and when they lose a job, people decide to search, and what they then know and can decides
until the next time how likely they are to find a job in a week; whether they do, and in which of those weeks, is drawn
at once. They search if
E * (net gain / search_gain_scale) + search_noise * (u - 0.5) > search_threshold.
In reception the net gain is what is left after the own contribution (money.py), the saved part counting as far as it
is felt as one's own; outside, what is kept beside the benefit. In reception both hazards below are also multiplied by
1 + search_by_kept_share * (kept / (earnings * usual_kept_share) - 1), kept being that net gain: who keeps more of a job
looks harder for one.

Formal search finds a job with hazard

    lambda = job_finding_base * readiness * exp(job_by_language * min(L, job_language_cap)
             + job_by_education * (education - 1.5) + job_women * [woman] * (1 + job_women_young_child * [young child])
             + job_by_complaint * [complaints] + job_by_match * [coupled by match] + job_after_completion * [duty done])
             * E * move_factor^min(moves, 4) * (job_in_reception in reception) * lock * open * vacancies of the region
             * exp(-ban_memory * (1 - exp(-ban weeks / ban_memory_weeks))) * wage subsidy
             * work centre * labour-market module * participation in the route * work programme

``readiness`` holds unobserved readiness (gamma, variance ``readiness_variance``) times ability^``ability_exponent``;
``lock`` is ``lesson_lock`` during lessons (``lesson_lock_dual`` if combined with work, evenings or online free part of
it); ``open`` is the openness of employers, lowered by the work permit for people in procedure. Referral adds its own
hazard (referral.py), times all that stands after E in the formula but the ban. Who gets subsidy, centre and module, and
what participation and work programmes add, is in help_to_work.py. Offers bind: a find needs a vacancy of the region
(institutions/employers.py).

Ban weeks are those from the application, or from the age of 18, to the access to work.

Number of moves: women with two moves found work 34 % less, men with three or more 32 % less (WODC and others 2024).
Employment ban: Fasani, Frattini & Minale (JEEA): concave in length, about 15 % less employment.
Regions: best against worst about 1.5 (CPB 2018).
The job is matched to skills with chance logistic(match_base + match_by_language * (L - 2) + match_by_diploma *
[recognised] + match_by_bridge * [knows residents] + match_by_profile * [profile of skills] + match_by_training *
[retrained]); earnings are hours x wage, with a premium when matched. Later
jobs have more hours: the larger of two draws. Beside lessons that are not combined with work jobs are smaller
(``hours_beside_lessons``); later hours grow (working_hours.py).

Who keeps part of the earnings beside benefit (``taper_months``, money.py) counts on the larger of that part and what
the job pays more than benefit; later only the second counts. In the first ``settle_in_weeks`` in a home people do not
search yet: registration, furnishing, school for the children and the intake come first.

Source: work.yaml.
"""

from typing import NamedTuple

import numpy as np

from abm.arithmetic import chance_of, exp, logistic
from abm.draws import LANE_JOB, LANE_REFERRAL, LANE_SEARCH, decision, draw, draw_once
from abm.kernels import allocating, inlined, kernel
from abm.people import NEVER
from abm.processes.help_to_work import gets_help, participation_factor, programme_factor, works
from abm.processes.money import keeps_part, net_gain
from abm.processes.motivation import effort
from abm.processes.referral import referral_hazard
from abm.processes.working_hours import FULL_TIME, beside_lessons
from abm.queues import in_order
from abm.states import Activity, Diploma, FoundThrough, Housing, Integration, Legal, Programme, Work
from abm.turns import ADULT_WEEKS, put, weeks_until

MATCH, HOURS, EMPLOYER, SUBSIDY, PROFILE, PARTNERS = (
    decision("job_match"),
    decision("job_hours"),
    decision("employer"),
    decision("subsidy"),
    decision("work_profile"),
    decision("both_partners"),
)
COMPLETED = Activity.EXPERIENCED | Activity.TRAINED
LONGEST_BAN = 260  # weeks without the right to work after which more weeks do no more harm (within 1 in 10,000)
MAP_HOURS = 54.0  # hours of the module at which ``map_effect`` is stated; policy may buy up to four times as many


class Columns(NamedTuple):
    """Columns of people."""

    key: np.ndarray
    household: np.ndarray
    partner: np.ndarray
    birth_week: np.ndarray
    woman: np.ndarray
    education: np.ndarray
    readiness: np.ndarray
    care_until_week: np.ndarray
    subsidy_draw: np.ndarray
    centre_draw: np.ndarray
    legal: np.ndarray
    housing: np.ndarray
    integration: np.ndarray
    work: np.ndarray
    activity: np.ndarray
    programme: np.ndarray
    route: np.ndarray
    route_start_week: np.ndarray
    motivation: np.ndarray
    capacity: np.ndarray
    complaint: np.ndarray
    language: np.ndarray
    moves: np.ndarray
    region: np.ndarray
    application_week: np.ndarray
    permit_week: np.ndarray
    housed_week: np.ndarray
    access_week: np.ndarray
    arrival_week: np.ndarray
    diploma: np.ndarray
    contacts: np.ndarray
    contacts_employed: np.ndarray
    natives: np.ndarray
    natives_employed: np.ndarray
    weeks_worked: np.ndarray
    job_chance: np.ndarray
    referral_chance: np.ndarray
    employer: np.ndarray
    earnings: np.ndarray
    job_week: np.ndarray
    first_job_week: np.ndarray
    first_job_through: np.ndarray
    off_benefit_week: np.ndarray
    work_permit_week: np.ndarray
    had_work_permit: np.ndarray
    subsidised: np.ndarray


class FindColumns(NamedTuple):
    """Columns of people of which a find is drawn; few, since numba unpacks each at every call."""

    work: np.ndarray
    job_chance: np.ndarray
    referral_chance: np.ndarray


WRITES = (
    "work",
    "activity",
    "job_chance",
    "referral_chance",
    "employer",
    "earnings",
    "job_week",
    "first_job_week",
    "first_job_through",
    "off_benefit_week",
    "work_permit_week",
    "had_work_permit",
    "subsidised",
)


class Rates(NamedTuple):
    """Parameters."""

    search_threshold: float
    search_noise: float
    search_gain_scale: float
    search_by_kept_share: float
    usual_kept_share: float
    settle_in_weeks: float
    job_finding_base: float
    job_by_language: float
    job_language_cap: float
    job_by_education: float
    job_women: float
    job_women_young_child: float
    job_by_complaint: float
    job_by_match: float
    job_after_completion: float
    move_factor_men: float
    move_factor_women: float
    job_in_reception: float
    lesson_lock: float
    lesson_lock_dual: float
    online_share: float
    evening_share: float
    twv_on: bool
    twv_weeks: float
    twv_refusal: float
    twv_deterrence: float
    max_weeks_of_52: int
    map_hours: float
    map_effect: float
    b1_participation_hours: float
    b1_participation_effect: float
    integration_term_weeks: int
    participation_job_effect: float
    development_effect: float
    training_effect: float
    support_both_partners: float
    municipal_task_asylum: bool
    municipal_task_coverage: float
    ban_memory: float
    ban_memory_weeks: float
    work_centre_effect: float
    work_centre_lag_weeks: int
    wage_subsidy_share: float
    wage_subsidy_effect: float
    referral_chance: float
    referral_weak: float
    jobless_drag: float
    match_base: float
    match_by_language: float
    match_by_diploma: float
    match_by_bridge: float
    share_profiled: float
    match_by_profile: float
    match_by_training: float
    weekly_hours_job: float
    hours_beside_lessons: float
    hourly_wage: float
    wage_premium_matched: float
    reba_rate: float
    reba_free: float
    reba_cap: float
    own_contribution_on: bool
    savings_share: float
    savings_perceived: float
    benefit_single: float
    benefit_taper: float
    taper_months: int
    effort_scale: float
    complaint_effort_loss: float


@inlined
def personal_factor(language, education, woman, young_child, complaint, matched_place, done, rates):
    """Give how a person's traits and history raise or lower the hazard of finding a job."""
    x = rates.job_by_language * min(language, rates.job_language_cap) + rates.job_by_education * (education - 1.5)
    x += rates.job_women * int(woman) * (1.0 + rates.job_women_young_child * int(young_child))
    x += rates.job_by_complaint * int(complaint) + rates.job_by_match * int(matched_place)
    return exp(x + rates.job_after_completion * int(done))


@kernel
def moves_factor(woman, moves, rates):
    """Give what moves between sites leave of the chance to find work, by search or through contacts."""
    factor = 1.0
    for _ in range(min(moves, 4)):
        factor *= rates.move_factor_women if woman else rates.move_factor_men
    return factor


@kernel
def ban_factor(ban_weeks, rates):
    """Give the lasting effect of the weeks in which someone was not allowed to work."""
    return exp(-rates.ban_memory * (1.0 - exp(-max(ban_weeks, 0.0) / rates.ban_memory_weeks)))


@inlined
def lock_factor(in_lessons, dual, rates):
    """Give how much lessons hold people back from work."""
    if not in_lessons:
        return 1.0
    if dual:
        return rates.lesson_lock_dual
    free = min(rates.online_share + rates.evening_share, 1.0) * 0.5
    return rates.lesson_lock + (rates.lesson_lock_dual - rates.lesson_lock) * free


@kernel
def match_chance(language, recognised, knows_natives, rates, more=0.0):
    """Give the chance that a job found is matched to the skills; ``more`` is added to the logit."""
    x = rates.match_base + rates.match_by_language * (language - 2.0)
    if recognised:
        x += rates.match_by_diploma
    if knows_natives:
        x += rates.match_by_bridge
    return logistic(x + more)


@kernel
def job_hours(mean_hours, uniform):
    """Give the weekly hours of a job: uniform between 8 and twice the mean less 8, at most full time."""
    return min(8.0 + uniform * 2.0 * (mean_hours - 8.0), FULL_TIME)


@inlined
def own_effort(i, c, rates):
    """Give the effort of person ``i``."""
    return effort(
        np.float64(c.motivation[i]),
        np.float64(c.capacity[i]),
        c.complaint[i],
        rates.effort_scale,
        rates.complaint_effort_loss,
    )


@inlined
def hazards(i, c, week, person_effort, matched_place, helped, common, rates):
    """Give the hazards a week at which person ``i``, who searches, finds a job by search and through contacts.

    helped: whether the person gets help to work. common: all that lowers or raises both alike, see ``consider``.
    """
    state = c.integration[i]
    in_procedure = int(c.legal[i] == Legal.GENERAL_TRACK) | int(c.legal[i] == Legal.SHORT_TRACK)
    in_lessons = int(state >= Integration.B1_ROUTE) & int(state <= Integration.A2_ROUTE)
    done = int(state >= Integration.PASSED_B1) & int(state <= Integration.FINISHED_Z)
    common *= lock_factor(in_lessons, (c.activity[i] & Activity.DUAL) != 0, rates)
    common *= 1.0 - rates.twv_deterrence if in_procedure & int(rates.twv_on) else 1.0
    common *= rates.job_in_reception if c.housing[i] < Housing.TRANSITION else 1.0
    subsidy = int(helped) & int(c.subsidy_draw[i] < rates.wage_subsidy_share)
    common *= rates.wage_subsidy_effect if subsidy else 1.0
    module = 1.0 + (rates.map_effect - 1.0) * rates.map_hours / MAP_HOURS
    workshop = int(helped) & int((c.activity[i] & Activity.WORKSHOP) != 0)
    common *= module if workshop else 1.0
    readiness = np.float64(c.readiness[i])
    factor = personal_factor(
        np.float64(c.language[i]),
        np.float64(c.education[i]),
        c.woman[i],
        week < c.care_until_week[i],
        c.complaint[i],
        matched_place,
        done,
        rates,
    )
    heard = referral_hazard(
        np.float64(c.contacts[i]),
        np.float64(c.contacts_employed[i]),
        np.float64(c.natives_employed[i]),
        person_effort,
        readiness,
        rates,
    )
    return rates.job_finding_base * readiness * factor * person_effort * common, heard * common


@allocating
def consider(rows, c, early_match, openness, centre, rates, lanes, luck):
    """Let the adults in ``rows`` decide whether they search until the next visit; give the number who do.

    What they can expect each week is written to ``job_chance`` and ``referral_chance`` and holds until the next visit.
    early_match: bool by household. openness: of employers times vacancies, centre: share of people served by a regional
    work centre, both float64 (regions,). lanes: draws by position (``draws.VISIT_LANES``).
    """
    lane = lanes[LANE_SEARCH]
    week = luck.week
    full = rates.weekly_hours_job * rates.hourly_wage * 52.0 / 12.0
    most = rates.reba_cap if rates.own_contribution_on else 0.0
    gain_reception = net_gain(full, rates.reba_rate, rates.reba_free, most)
    gain_reception += (full - gain_reception) * rates.savings_share * rates.savings_perceived
    keen = 1.0 + rates.search_by_kept_share * (gain_reception / (full * rates.usual_kept_share) - 1.0)
    gain_later = max(full - rates.benefit_single, 0.0)
    gain_home = max(gain_later, rates.benefit_taper * full)
    bans = np.empty(LONGEST_BAN + 1)
    for weeks in range(LONGEST_BAN + 1):
        bans[weeks] = ban_factor(float(weeks), rates)
    moves = np.empty((2, 5))
    for count in range(5):
        moves[0, count] = moves_factor(False, count, rates)
        moves[1, count] = moves_factor(True, count, rates)
    n = 0
    free = np.empty(rows.shape[0], np.uint32)  # positions of those who may search
    for p in range(rows.shape[0]):
        free[n] = p
        n += int(c.work[rows[p]] == Work.ELIGIBLE) | int(c.work[rows[p]] == Work.SEARCHING)
    searching = 0
    efforts = np.empty(n)  # of those who search
    for p in free[:n]:
        i = rows[p]
        unpaid = int(c.programme[i] != Programme.PARTICIPATION_JOB)
        training = int((c.activity[i] & Activity.IN_PROGRAMME) != 0) & unpaid
        reception = c.housing[i] < Housing.TRANSITION
        settling = int(not reception) & int(week - c.housed_week[i] < rates.settle_in_weeks)
        gain = gain_home if keeps_part(week, c.off_benefit_week[i], rates) else gain_later
        efforts[searching] = own_effort(i, c, rates)
        wish = efforts[searching] * (gain_reception if reception else gain) / rates.search_gain_scale
        wish += rates.search_noise * (np.float64(lane[p]) - 0.5)
        may = int(wish > rates.search_threshold) & int(c.region[i] >= 0)
        searches = may & int((training | settling) == 0)  # in training people do not until it ends
        c.work[i] = Work.SEARCHING if searches else Work.ELIGIBLE
        free[searching] = p
        searching += searches
    for k in range(searching):
        i = rows[free[k]]
        reception = c.housing[i] < Housing.TRANSITION
        region = c.region[i]
        since = max(c.application_week[i], c.birth_week[i] + ADULT_WEEKS)
        banned = min(max(c.access_week[i] - since, 0), LONGEST_BAN)
        common = (keen if reception else 1.0) * openness[region] * moves[int(c.woman[i]), min(c.moves[i], 4)]
        helped = True
        partner = np.uint32(c.partner[i])  # row 0, for those without, has no job
        if works(c.work[partner], c.job_week[partner], week):
            helped = gets_help(True, draw_once(luck, PARTNERS, c.key[i]), rates.support_both_partners)
        reached = centre[region]
        if rates.municipal_task_asylum and (c.legal[i] == Legal.GENERAL_TRACK or c.legal[i] == Legal.SHORT_TRACK):
            reached = max(reached, rates.municipal_task_coverage)
            if c.centre_draw[i] < rates.municipal_task_coverage:
                c.activity[i] |= np.uint8(Activity.WORKSHOP)
        if (c.activity[i] & COMPLETED) != 0:
            common *= programme_factor(
                c.activity[i],
                c.programme[i],
                rates.participation_job_effect,
                rates.development_effect,
                rates.training_effect,
            )
        if rates.b1_participation_hours > 0.0 and c.route_start_week[i] != NEVER:
            common *= participation_factor(
                c.route[i],
                week - c.route_start_week[i],
                rates.b1_participation_hours,
                rates.b1_participation_effect,
                rates.integration_term_weeks,
            )
        served = int(c.centre_draw[i] < reached) & int(week - c.arrival_week[i] >= rates.work_centre_lag_weeks)
        common *= rates.work_centre_effect if int(helped) & served else 1.0
        by_search, by_contacts = hazards(i, c, week, efforts[k], early_match[c.household[i]], helped, common, rates)
        c.job_chance[i] = chance_of(by_search * bans[banned])
        c.referral_chance[i] = chance_of(by_contacts)
    return searching


@allocating
def search(rows, c, weeks, lanes, week, due):
    """Draw which of the searching adults in ``rows`` find a vacancy before their next visit, and when; give how many.

    weeks: until the next visit, float64 by position. lanes: draws by position. due: ``turns.Due``, filled
    for ``hire`` with the channel.
    """
    job_lane, referral_lane = lanes[LANE_JOB], lanes[LANE_REFERRAL]
    n = finds = 0
    searching = np.empty(rows.shape[0], np.uint32)  # positions
    for p in range(rows.shape[0]):
        searching[n] = p
        n += int(c.work[rows[p]] == Work.SEARCHING)
    for p in searching[:n]:
        i = rows[p]
        chance, u = np.float64(c.job_chance[i]), np.float64(job_lane[p])
        chance_by_contacts, v = np.float64(c.referral_chance[i]), np.float64(referral_lane[p])
        if u >= weeks[p] * chance and v >= weeks[p] * chance_by_contacts:  # the chance in those weeks is below that
            continue
        ahead = int(weeks[p])
        by_search, by_contacts = weeks_until(chance, u, ahead), weeks_until(chance_by_contacts, v, ahead)
        first = min(by_search, by_contacts)
        if first < ahead:
            put(due, i, FoundThrough.SEARCH if by_search <= by_contacts else FoundThrough.CONTACTS, week + first)
            finds += 1
    return finds


@allocating
def hire(finds, through, c, vacancies, first_employer, n_employers, rates, luck, counts):
    """Match the people in ``finds``, if they still search, with vacancies of their region, by luck; give those hired.

    vacancies: float64 (employers,), open vacancies, reduced in place. first_employer, n_employers: int64 (regions,).
    through: uint8, the channel of each. counts: int64 (4,), adds hired, work permits asked, those granted, no vacancy.
    People in procedure wait for the work permit (``grant_work_permits``).
    """
    week = luck.week
    order = np.empty(finds.shape[0])
    for k in range(finds.shape[0]):
        order[k] = draw(luck, HOURS, c.key[finds[k]])
    hired = 0
    for k in in_order(order):
        i = finds[k]
        region = c.region[i]
        if c.work[i] != Work.SEARCHING or region < 0:  # no longer, since the visit
            continue
        in_procedure = c.legal[i] == Legal.GENERAL_TRACK or c.legal[i] == Legal.SHORT_TRACK
        if in_procedure and c.weeks_worked[i] >= rates.max_weeks_of_52:
            continue
        count = n_employers[region]
        start = int(draw(luck, EMPLOYER, c.key[i]) * count)
        chosen = -1
        for step in range(min(count, 8)):
            e = first_employer[region] + (start + step) % count
            if vacancies[e] >= 1.0:
                chosen = e
                break
        if chosen < 0:
            counts[3] += 1
            continue
        vacancies[chosen] -= 1.0
        c.employer[i] = chosen
        if c.first_job_through[i] == FoundThrough.NONE:
            c.first_job_through[i] = through[k]
        if in_procedure and rates.twv_on:
            c.work[i] = Work.PERMIT_PENDING
            c.work_permit_week[i] = week
            counts[1] += 1
        else:
            start_job(i, c, rates, luck)
            hired += 1
            counts[0] += 1
    return hired


@kernel
def start_job(i, c, rates, luck):
    """Write the start of a job."""
    later_job = c.first_job_week[i] != NEVER
    more = rates.match_by_training if (c.activity[i] & Activity.TRAINED) != 0 else 0.0
    if draw_once(luck, PROFILE, c.key[i]) < rates.share_profiled:
        more += rates.match_by_profile
    matched = draw(luck, MATCH, c.key[i]) < match_chance(
        np.float64(c.language[i]), c.diploma[i] == Diploma.RECOGNISED, c.natives[i] > 0, rates, more
    )
    size = draw_once(luck, HOURS, c.key[i])
    if later_job:
        size = max(size, draw(luck, EMPLOYER, c.key[i]))
    aside = beside_lessons(c.integration[i], c.activity[i])
    hours = job_hours(rates.hours_beside_lessons if aside else rates.weekly_hours_job, size)
    wage = rates.hourly_wage * (rates.wage_premium_matched if matched else 1.0)
    c.work[i] = Work.EMPLOYED_MATCHED if matched else Work.EMPLOYED_BASIC
    c.earnings[i] = hours * wage
    c.job_week[i] = luck.week
    c.subsidised[i] = c.subsidy_draw[i] < rates.wage_subsidy_share
    partner = np.uint32(c.partner[i])
    if c.subsidised[i] and works(c.work[partner], c.job_week[partner], luck.week):
        c.subsidised[i] = gets_help(True, draw_once(luck, PARTNERS, c.key[i]), rates.support_both_partners)
    if c.first_job_week[i] == NEVER:
        c.first_job_week[i] = luck.week
    if c.housing[i] >= Housing.TRANSITION and c.off_benefit_week[i] == NEVER:
        c.off_benefit_week[i] = luck.week


@kernel
def grant_work_permits(rows, c, rates, luck, counts):
    """Decide the work permits of the people in ``rows`` asked ``twv_weeks`` ago; give the number granted."""
    granted = 0
    for i in rows:
        if c.work[i] != Work.PERMIT_PENDING:
            continue
        free = c.legal[i] == Legal.PERMIT or not rates.twv_on
        if not free and luck.week - c.work_permit_week[i] < rates.twv_weeks:
            continue
        if free or draw(luck, SUBSIDY, c.key[i]) >= rates.twv_refusal:
            if not free:
                c.had_work_permit[i] = True
                counts[2] += 1
                granted += 1
            start_job(i, c, rates, luck)
            counts[0] += 1
        else:
            c.work[i] = Work.SEARCHING
            c.employer[i] = 0
            if c.first_job_week[i] == NEVER:
                c.first_job_through[i] = FoundThrough.NONE
    return granted
