"""The state of 1 January 2021, built from dated totals; the rest is derived or assumed.

======================================  ===========  =========================================================
what                                    persons      basis
======================================  ===========  =========================================================
open cases of first instance            15,200       observed (IND, 31-12-2020), of which 6,880 from before
                                                     1 April 2020; ages within those two groups are assumed even
permit holders in reception             8,398        observed (COA, 4-1-2021); 62 percent over three months
                                                     (5,700 of 9,200 in April 2021)
refused and other people in reception   3,400        derived: 27,000 residents (27,305 on 1-6-2020; 25,900 at the
                                                     end of April 2021) less the two rows above
permit holders housed since 2018        24,000       derived: permits and family reunifiers of 2018-2020 less those
                                                     in reception; their progress is assumed (see ``_settled``)
family members waiting abroad           12,000       assumed, from 9,300 applications in 2020 and 10,120 arrivals
                                                     in 2021
arrears of the housing task             1,681        observed (second half of 2020)
contacts                                about 2 each assumed: what the rules of ties.py give in the weeks since someone
                                                     came to reception or got a home; made in the first week
searches for a home                     -            assumed: begun ``coupling_weeks`` after the permit
======================================  ===========  =========================================================

Who these people are is drawn as for new arrivals; permit holders by the chance of a grant of their origin. Sites,
municipalities, colleagues and volunteers are given by the ordinary processes in the first weeks. The first simulated
year settles what the start gets wrong and should not be compared with observations.
"""

from typing import NamedTuple

import numpy as np

from abm.draws import luck_of, uniforms
from abm.people import NEVER
from abm.processes import arrivals, contacts, coupling, home_allocation, reunification, ties
from abm.states import Housing, Integration, Legal, Work

OPEN_CASES = 15_200
OPEN_BEFORE_APRIL_2020 = 6_880
PERMIT_HOLDERS = 8_398
REFUSED = 3_400
SETTLED = 24_000
ABROAD = 12_000
WEEKS_SINCE_APRIL_2020 = 39


class Start(NamedTuple):
    """Rates needed to build the start."""

    origin_short_track_share: np.ndarray
    grant_rate_by_origin: np.ndarray
    origin_share: np.ndarray


def build(model) -> None:
    """Add everybody who is there on 1 January 2021."""
    profiles = model.timetable.rates(arrivals.Profiles, 0)
    rates = model.timetable.rates(Start, 0)
    refused_share = rates.origin_share * (1.0 - rates.grant_rate_by_origin)
    granted_share = rates.origin_share * rates.grant_rate_by_origin
    granted = profiles._replace(origin_share=granted_share / granted_share.sum())
    refused = profiles._replace(origin_share=refused_share / refused_share.sum())

    old = _add(model, profiles, OPEN_BEFORE_APRIL_2020, 4, lambda u: -WEEKS_SINCE_APRIL_2020 - 52 * u)
    new = _add(model, profiles, OPEN_CASES - OPEN_BEFORE_APRIL_2020, 5, lambda u: -1 - 38 * u)
    _set_legal(model, old, Legal.GENERAL_TRACK)
    homes = model.households
    luck = luck_of(model.seed_value, 0)
    short = uniforms(luck, "triage", homes.key[new])[:, 0] < rates.origin_short_track_share[homes.origin[new]]
    short &= homes.application_week[new] > -16
    _set_legal(model, new[short], Legal.SHORT_TRACK)
    _set_legal(model, new[~short], Legal.GENERAL_TRACK)

    gone = _add(model, refused, REFUSED, 6, lambda u: -20 - 80 * u)
    _set_legal(model, gone, Legal.REJECTED)

    waiting = _add(model, granted, PERMIT_HOLDERS, 7, lambda u: -35 - 60 * u)
    u = uniforms(luck, "start", homes.key[waiting])
    since = np.where(u[:, 0] < 0.38, 13 * u[:, 1], 13 + 50 * u[:, 1] ** 2)
    _grant(model, waiting, -np.round(since).astype(np.int64) - 1)

    settled = _add(model, granted, SETTLED, 8, lambda u: -60 - 150 * u)
    _grant(model, settled, np.round(homes.application_week[settled] * 0.8).astype(np.int64))
    _settle(model, settled)

    _families_abroad(model, np.concatenate([waiting, settled]))
    _weary(model)


def _add(model, profiles, persons: int, kind: int, week_of) -> np.ndarray:
    """Add cases until they hold ``persons`` (real) persons; ``week_of`` gives weeks of application from draws."""
    wanted = persons * model.scale
    count = int(np.ceil(1.3 * wanted / arrivals.mean_case_size(profiles))) + 2
    keys = arrivals.case_keys(-1, kind, count)
    draws = uniforms(luck_of(model.seed_value, 0), "start", keys)[:, 3]
    weeks = np.round(week_of(draws)).astype(np.int64)
    rows = arrivals.add_cases(model, profiles, keys, weeks)
    total = np.cumsum(model.households.size[rows])
    enough = int(np.searchsorted(total, wanted, side="left")) + 1
    unused = rows[enough:]  # beyond the wanted number
    model.households.legal[unused] = Legal.LEFT
    model.people.legal[model.members(unused)] = Legal.LEFT
    model.people.arrival_week[model.members(unused)] = NEVER
    return rows[:enough]


def _set_legal(model, rows: np.ndarray, legal: Legal) -> None:
    members = model.members(rows)
    model.households.legal[rows] = legal
    model.people.legal[members] = legal
    if legal == Legal.REJECTED:
        model.people.decision_week[members] = -5


def _grant(model, rows: np.ndarray, weeks: np.ndarray) -> None:
    homes, people = model.households, model.people
    _set_legal(model, rows, Legal.PERMIT)
    weeks = np.maximum(weeks, homes.application_week[rows] + 1)
    homes.permit_week[rows] = weeks
    each = np.repeat(weeks, homes.size[rows])
    members = model.members(rows)
    people.permit_week[members] = each
    people.decision_week[members] = each


def _settle(model, rows: np.ndarray) -> None:
    """Give homes and progress to people housed before the start (assumed from time since the permit)."""
    homes, people = model.households, model.people
    luck = luck_of(model.seed_value, 0)
    u = uniforms(luck, "housing_type", homes.key[rows])
    homes.housing[rows] = np.select(
        [u[:, 0] < 0.75, u[:, 0] < 0.87, u[:, 0] < 0.92],
        [Housing.SOCIAL, Housing.PRIVATE, Housing.SHARED],
        Housing.SOCIAL,
    )
    place = arrivals.pick(model.population_share, u[:, 1])
    homes.municipality[rows] = place
    homes.region[rows] = model.region_of[place]
    homes.coupled_week[rows] = homes.permit_week[rows] + 4
    housed = np.minimum(homes.permit_week[rows] + 20, -2)
    homes.housed_week[rows] = housed
    homes.home_week[rows] = housed
    homes.registration_week[rows] = housed
    members = model.members(rows)
    home = people.household[members]
    people.housing[members] = homes.housing[home]
    people.municipality[members] = homes.municipality[home]
    people.region[members] = homes.region[home]
    people.housed_week[members] = homes.housed_week[home]
    people.guided_until[members] = homes.housed_week[home] + 52

    adult = people.birth_week[members] <= -18 * 52.18
    members = members[adult & (people.birth_week[members] > -67 * 52.18)]
    v = uniforms(luck, "start", people.key[members])
    plan = people.housed_week[members] + 10 + 20 * v[:, 0]
    has_plan = (plan < 0) & ~people.exempt_drawn[members]
    people.integration[members] = np.where(
        people.exempt_drawn[members], Integration.EXEMPT, Integration.AWAITING_INTAKE
    )
    people.finish_week[members[people.exempt_drawn[members]]] = -10
    with_plan = members[has_plan]
    people.plan_week[with_plan] = plan[has_plan]
    people.term_end[with_plan] = people.plan_week[with_plan] + 156
    w = v[has_plan]
    in_class = -people.plan_week[with_plan] - 6.0
    route = arrivals.pick(np.array([0.68, 0.10, 0.22]), w[:, 1])
    people.route[with_plan] = route + 1
    people.integration[with_plan] = np.where(in_class > 0, Integration.B1_ROUTE + route, Integration.PLAN_MADE)
    people.route_start_week[with_plan] = np.where(in_class > 0, people.plan_week[with_plan] + 6, NEVER)
    hours = np.clip(in_class, 0, None) * np.array([11.0, 20.0, 9.0])[route]
    people.route_hours[with_plan] = hours
    people.class_hours[with_plan] = 0.7 * hours
    needed = np.array([1900.0, 1000.0, 600.0, 420.0])[people.education[with_plan]]
    people.language[with_plan] = np.minimum(3.0 * 0.7 * hours / needed * people.ability[with_plan], 2.8)
    since = -people.permit_week[members] / 52.18
    employed = v[:, 2] < np.clip(0.11 * (since - 0.5), 0.0, 0.3)
    people.work[members] = np.where(employed, Work.EMPLOYED_BASIC, Work.ELIGIBLE)
    people.earnings[members[employed]] = 24 * 10.5
    people.job_week[members[employed]] = -10
    people.first_job_week[members[employed]] = -10
    people.off_benefit_week[members[employed]] = -10
    region = people.region[members[employed]]
    number = (v[employed, 3] * model.employers.counts[region]).astype(np.int64)
    people.employer[members[employed]] = model.employers.first[region] + number


def _families_abroad(model, referents: np.ndarray) -> None:
    """Let families wait abroad for permit holders, up to the total: those whose turn would come last."""
    homes = model.households
    rates = model.timetable.rates(reunification.Rates, 0)
    luck = luck_of(model.seed_value, 0)
    sizes = reunification.family_sizes(homes.key[referents], homes.kind[referents], rates, luck)
    having, sizes = referents[sizes > 0], sizes[sizes > 0]
    noise = arrivals.family_order(arrivals.family_keys(homes.key[having]), model.seed_value)
    last = reunification.in_order(-homes.permit_week[having], noise, rates.family_wait_spread)[::-1]
    last = last[np.cumsum(sizes[last]) <= ABROAD * model.scale]
    profiles = model.timetable.rates(arrivals.Profiles, 0)
    rows = arrivals.add_family_abroad(model, profiles, having[last], sizes[last])
    model.abroad = rows[np.argsort(homes.key[rows])]
    model.persons_abroad = int(homes.size[rows].sum())


def _weary(model) -> None:
    """Lower the motivation of those who wait by the weeks they have waited (half of them were idle)."""
    people = model.people
    waited = np.clip(-people.application_week.astype(float), 0.0, 120.0)
    waited[people.legal == Legal.ABROAD] = 0.0
    decay = float(model.timetable.value("motivation_decay_idle", 0))
    people.motivation[:] = people.motivation * np.exp(-0.5 * decay * waited)


def search_before(model) -> None:
    """Let those coupled in the first week have searched since they would have been coupled, had the run begun before.

    At most as long as the longest search lasts (processes/home_allocation.py).
    """
    homes = model.households
    rates = model.timetable.rates(coupling.Rates, 0)
    longest = 1.5 * model.timetable.rates(home_allocation.Rates, 0).home_search_weeks
    rows = np.flatnonzero((homes.coupled_week == 0) & (homes.municipality >= 0) & (homes.housing < Housing.TRANSITION))
    homes.coupled_week[rows] = np.clip(homes.permit_week[rows] + rates.coupling_weeks, -longest, 0)


def acquaint(model, groups: ties.Groups, word: np.ndarray) -> None:
    """Give the adults who are there the contacts they had made before, once they have a site (in the first week).

    groups: of the first week. word: what contacts hear (contacts.py); all say how they are, so that those known are
    heard from the first visit on.
    """
    people, adults = model.people, model.adults
    in_reception = people.housing[adults] < Housing.TRANSITION
    since = np.where(in_reception, people.arrival_week[adults], people.housed_week[adults])
    ties.begin(
        adults,
        people.take(ties.Columns),
        model.network.slots,
        groups._replace(place_of=model.network.place_of),
        model.network.resident_starts,
        model.n_origins,
        np.maximum(-since.astype(float), 0.0),
        model.timetable.rates(ties.Rates, 0),
        model.timetable.rates(ties.MoveRates, 0),
        model.luck,
    )
    contacts.publish(adults, people.take(contacts.Columns), word)
