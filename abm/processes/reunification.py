"""Family reunification: relatives abroad arrive and join the person who waits for them.

People granted alone have relatives abroad with a right to reunite with chance ``share_referents``; their number is
one plus a Poisson number with mean ``family_abroad_mean`` - 1, at most ``MAX_FAMILY``. They wait abroad. How many
arrive in a week is observed until the end of 2025 and a projection after that (``reunifier_arrivals_per_week``);
families arrive in order of the week in which their wait began, up to that number. So the pool abroad is a result.

Under two statuses (``two_status_on``, processes/status.py) the families of people with subsidiary protection wait
until these have had the permit for ``reunification_condition_weeks`` and live in a shared, social or private home;
other families pass them.

Writes: new rows (families abroad); legal, permit_week, arrival_week of those who arrive.
Source: people.yaml, procedure.yaml.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import pdtr

from abm.draws import decision, uniforms
from abm.processes import arrivals, status
from abm.states import Housing, Legal

REUNIFICATION = decision("reunification")
MAX_FAMILY = 9


class Rates(NamedTuple):
    """Parameters."""

    share_referents: float
    family_abroad_mean: float
    reunifier_arrivals_per_week: float


def family_sizes(keys: np.ndarray, kinds: np.ndarray, rates: Rates, luck) -> np.ndarray:
    """Give the number of relatives abroad of each case (int64): 0 for those who came as a family."""
    draws = uniforms(luck._replace(week=0), "reunification", keys)
    has = (kinds <= arrivals.MINOR_ALONE) & (draws[:, 0] < rates.share_referents)
    up_to = pdtr(np.arange(MAX_FAMILY - 1), rates.family_abroad_mean - 1.0)  # chance of at most 0, 1, ... besides one
    return np.where(has, 1 + np.searchsorted(up_to, draws[:, 1]), 0)


def begin_waiting(model, referents: np.ndarray, luck) -> int:
    """Let the families of newly granted cases begin their wait abroad; give the number of persons."""
    homes = model.households
    rates = model.timetable.rates(Rates, model.week)
    sizes = family_sizes(homes.key[referents], homes.kind[referents], rates, luck)
    chosen = sizes > 0
    if not chosen.any():
        return 0
    profiles = model.timetable.rates(arrivals.Profiles, 0)
    rows = arrivals.add_family_abroad(model, profiles, referents[chosen], sizes[chosen], model.week)
    model.abroad.extend(rows.tolist())
    model.persons_abroad += int(sizes.sum())
    return int(sizes.sum())


def must_wait(model) -> np.ndarray | None:
    """Say of each family abroad whether conditions keep it from coming (bool), or give None without conditions."""
    homes = model.households
    rates = model.timetable.rates(status.Rates, model.week)
    if not rates.two_status_on:
        return None
    referents = homes.referent[np.array(model.abroad, np.int64)]
    subsidiary = status.subsidiary(homes.key[referents], rates.share_subsidiary, model.seed_value)
    too_short = model.week - homes.permit_week[referents] < rates.reunification_condition_weeks
    home = homes.housing[referents]
    lasting = (home >= Housing.SHARED) & (home <= Housing.PRIVATE)
    return subsidiary & (too_short | ~lasting)


def arrive(model) -> int:
    """Let families arrive up to this week's number, longest wait first; give the number of persons."""
    homes, people = model.households, model.people
    rates = model.timetable.rates(Rates, model.week)
    model.reunifiers_due += rates.reunifier_arrivals_per_week * model.scale
    gone = int(Legal.LEFT)
    arriving, passed = [], []
    waits = must_wait(model)
    looked_at = 0
    while model.abroad:
        row = model.abroad[0]
        referent, size = homes.referent[row], int(homes.size[row])
        if int(homes.legal[referent]) == gone:
            homes.abroad[referent] = 0
        elif waits is not None and waits[looked_at]:
            passed.append(row)
        elif model.reunifiers_due >= size:
            model.reunifiers_due -= size
            arriving.append(row)
        else:
            break
        model.abroad.popleft()
        looked_at += 1
        if not (passed and passed[-1] == row):
            model.persons_abroad -= size
    if waits is not None and not model.abroad:  # arrivals that nobody may use are not saved up
        model.reunifiers_due = min(model.reunifiers_due, float(MAX_FAMILY))
    model.abroad.extendleft(reversed(passed))
    if not arriving:
        return 0
    rows = np.array(arriving)
    homes.legal[rows] = Legal.PERMIT
    homes.permit_week[rows] = model.week
    homes.arrival_week[rows] = model.week
    homes.abroad[homes.referent[rows]] = 0
    heads, waiting = homes.first_row[rows], homes.first_row[homes.referent[rows]]
    adult = people.birth_week[heads] <= model.week - arrivals.ADULT_WEEKS
    people.partner[heads[adult]] = waiting[adult]
    people.partner[waiting[adult]] = heads[adult]
    members = model.members(rows)
    people.legal[members] = Legal.PERMIT
    people.permit_week[members] = model.week
    people.arrival_week[members] = model.week
    people.application_week[members] = model.week
    people.decision_week[members] = model.week
    model.count("arrived_reunifiers", len(members))
    return len(members)
