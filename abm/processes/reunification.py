"""Family reunification: relatives abroad arrive and join the person who waits for them, or are refused.

People granted alone have relatives abroad with a right to reunite with chance ``share_referents``; their number is
one plus a Poisson number with mean ``family_abroad_mean`` - 1, at most ``MAX_FAMILY``. They wait abroad, in order of

    weeks waited * exp(-family_wait_spread * order_noise)

with a standard normal ``order_noise`` that a family keeps, so that waits which begin at one time spread as a lognormal
number and none is near zero. When a family comes up it is refused, or has withdrawn, with chance
``share_families_refused``; its wait then ends without arrival, as does that of a family whose relative here has left.
Otherwise it arrives. How many arrive in a week is observed until the end of 2025 and a projection after that
(``reunifier_arrivals_per_week``); families come up as far as that number goes. So the waits and the pool abroad are
results. Appeals against a refusal are not followed, nor what it does to the person here, who no longer waits.

Under two statuses (``two_status_on``, processes/status.py) the families of people with subsidiary protection wait
until these have had the permit for ``reunification_condition_weeks`` and live in a shared, social or private home;
other families pass them.

Writes: new rows (families abroad); legal, permit_week, arrival_week of those who arrive; legal of those who never will.
Source: people.yaml, procedure.yaml.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import pdtr

from abm import queues
from abm.draws import decision, draw_once, luck_of, uniforms
from abm.kernels import kernel
from abm.processes import arrivals, status
from abm.states import Housing, Legal

ADULT_WEEKS = arrivals.ADULT_WEEKS
REFUSAL = decision("family_refusal")
MAX_FAMILY = 9
ORDER_EVERY = 4  # weeks, as institutions decide; families of new permit holders are added then too
GONE = int(Legal.LEFT)
WAITS, ARRIVES, ENDS = range(3)


class Columns(NamedTuple):
    """Household columns."""

    key: np.ndarray
    size: np.ndarray
    legal: np.ndarray
    referent: np.ndarray


class Families(NamedTuple):
    """Household columns of families that come or give up."""

    first_row: np.ndarray
    size: np.ndarray
    legal: np.ndarray
    referent: np.ndarray
    permit_week: np.ndarray
    arrival_week: np.ndarray


class Members(NamedTuple):
    """Columns of people."""

    legal: np.ndarray
    birth_week: np.ndarray
    partner: np.ndarray
    permit_week: np.ndarray
    decision_week: np.ndarray
    application_week: np.ndarray
    arrival_week: np.ndarray


class Rates(NamedTuple):
    """Parameters."""

    share_referents: float
    family_abroad_mean: float
    family_wait_spread: float
    share_families_refused: float
    reunifier_arrivals_per_week: float


def family_sizes(keys: np.ndarray, kinds: np.ndarray, rates: Rates, luck) -> np.ndarray:
    """Give the number of relatives abroad of each case (int64): 0 for those who came as a family."""
    draws = uniforms(luck._replace(week=0), "reunification", keys)
    has = (kinds <= arrivals.MINOR_ALONE) & (draws[:, 0] < rates.share_referents)
    up_to = pdtr(np.arange(MAX_FAMILY - 1), rates.family_abroad_mean - 1.0)  # chance of at most 0, 1, ... besides one
    return np.where(has, 1 + np.searchsorted(up_to, draws[:, 1]), 0)


def begin_waiting(model, referents: np.ndarray, luck) -> int:
    """Let the families of newly granted cases begin their wait abroad, as of the permit; give the number of persons."""
    homes = model.households
    rates = model.timetable.rates(Rates, model.week)
    sizes = family_sizes(homes.key[referents], homes.kind[referents], rates, luck)
    chosen = sizes > 0
    if not chosen.any():
        return 0
    profiles = model.timetable.rates(arrivals.Profiles, 0)
    rows = arrivals.add_family_abroad(model, profiles, referents[chosen], sizes[chosen])
    model.abroad = np.append(model.abroad, rows[np.argsort(homes.key[rows])])
    model.persons_abroad += int(sizes.sum())
    return int(sizes.sum())


def in_order(waited: np.ndarray, noise: np.ndarray, spread: float) -> np.ndarray:
    """Give the order (positions) in which families that have waited these weeks come up; equals keep theirs.

    noise: standard normal, the departure of each from the order of waiting.
    """
    return queues.in_order(-waited * np.exp(-spread * noise))


def put_in_order(model, rates: Rates) -> None:
    """Put the families that wait abroad in order."""
    homes, rows = model.households, model.abroad
    waited = model.week - homes.application_week[rows]
    model.abroad = rows[in_order(waited, homes.order_noise[rows], rates.family_wait_spread)]


def must_wait(model, rows: np.ndarray) -> np.ndarray:
    """Say of families abroad (``rows``) whether conditions keep them from coming (bool)."""
    homes = model.households
    rates = model.timetable.rates(status.Rates, model.week)
    if not rates.two_status_on:
        return np.zeros(len(rows), bool)
    referents = homes.referent[rows]
    subsidiary = status.subsidiary(homes.key[referents], rates.share_subsidiary, model.seed_value)
    too_short = model.week - homes.permit_week[referents] < rates.reunification_condition_weeks
    home = homes.housing[referents]
    lasting = (home >= Housing.SHARED) & (home <= Housing.PRIVATE)
    return subsidiary & (too_short | ~lasting)


@kernel
def take_turns(rows, held, c, due, share_refused, luck, outcome):
    """Let families (``rows``, in order) come up until the number ``due`` (persons) is used; give what is left of it.

    held: whether conditions keep a family from coming. outcome: filled with what happens to those that came up.
    Gives the number of families that came up as well.
    """
    for p in range(rows.shape[0]):
        i = rows[p]
        if c.legal[c.referent[i]] == GONE:
            outcome[p] = ENDS
        elif held[p]:
            outcome[p] = WAITS
        elif draw_once(luck, REFUSAL, c.key[i]) < share_refused:
            outcome[p] = ENDS
        elif due >= c.size[i]:
            due -= c.size[i]
            outcome[p] = ARRIVES
        else:
            return due, p
    return min(due, float(MAX_FAMILY)), rows.shape[0]  # arrivals that nobody may use are not saved up


@kernel
def give_up(cases, c, members):
    """Write that families abroad will never come; give the number of persons."""
    persons = 0
    for i in cases:
        c.legal[i] = Legal.LEFT
        for j in range(c.first_row[i], c.first_row[i] + c.size[i]):
            members.legal[j] = Legal.LEFT
        persons += c.size[i]
    return persons


@kernel
def join(cases, c, members, week):
    """Write that families arrive, with a permit; the first member, if adult, is the partner of who waits for them."""
    persons = 0
    for i in cases:
        c.legal[i] = Legal.PERMIT
        c.permit_week[i] = c.arrival_week[i] = week
        first, waiting = c.first_row[i], c.first_row[c.referent[i]]
        if members.birth_week[first] <= week - ADULT_WEEKS:
            members.partner[first], members.partner[waiting] = waiting, first
        for j in range(first, first + c.size[i]):
            members.legal[j] = Legal.PERMIT
            members.permit_week[j] = members.decision_week[j] = week
            members.application_week[j] = members.arrival_week[j] = week
        persons += c.size[i]
    return persons


def arrive(model) -> int:
    """Let families arrive up to this week's number and end the wait of those refused; give how many persons arrive."""
    homes, people = model.households, model.people
    rates = model.timetable.rates(Rates, model.week)
    luck = luck_of(model.seed_value, model.week)
    if model.week % ORDER_EVERY == 0:
        if model.permits_given:
            begin_waiting(model, np.concatenate(model.permits_given), luck)
            model.permits_given.clear()
        put_in_order(model, rates)
    outcome = np.empty(len(model.abroad), np.int8)
    model.reunifiers_due, n = take_turns(
        model.abroad,
        must_wait(model, model.abroad),
        homes.take(Columns),
        model.reunifiers_due + rates.reunifier_arrivals_per_week * model.scale,
        rates.share_families_refused,
        luck,
        outcome,
    )
    first, outcome = model.abroad[:n], outcome[:n]
    model.abroad = np.append(first[outcome == WAITS], model.abroad[n:])
    ended, rows, over = first[outcome != WAITS], first[outcome == ARRIVES], first[outcome == ENDS]
    homes.abroad[homes.referent[ended]] = 0
    model.persons_abroad -= int(homes.size[ended].sum())
    c, members = homes.take(Families), people.take(Members)
    model.count("reunifiers_not_coming", give_up(over, c, members))
    came = join(rows, c, members, model.week)
    model.count("arrived_reunifiers", came)
    return came
