"""IND, the immigration and naturalisation service: decides how many cases a week, and which.

Two kinds of cases, each with its own capacity (persons a week, carried over in fractions): the general track and the
short track (Dublin, safe country). Within a kind, cases are taken in the order of ``decision_order`` with some noise:
the waiting time is what this capacity makes of the inflow.

With two tracks (processes/triage.py) the cases that belong in the short track are decided first, with the capacity of
both; the general track gets what is left. A decision in the short track takes ``short_decision_work`` of one in the
general track.

Source: procedure.yaml (general_decisions_per_week, short_track_decisions_per_week, decision_order).
"""

from typing import NamedTuple

import mesa
import numpy as np

from abm.kernels import kernel
from abm.processes import decisions, triage
from abm.states import Legal
from abm.turns import rows_between

FIRST_COME, LAST_COME, LIKELY_FIRST, UNLIKELY_FIRST = range(4)


class Rates(NamedTuple):
    """Parameters."""

    general_decisions_per_week: float
    short_track_decisions_per_week: float
    ind_capacity_multiplier: float
    decision_order: int
    decision_order_noise_weeks: float
    decision_hold_weeks: int
    legal_decision_term_weeks: int
    grant_rate: float
    grant_rate_by_origin: np.ndarray
    origin_share: np.ndarray
    registration_from: int
    two_tracks_on: bool
    origin_short_track_share: np.ndarray
    short_decision_work: float


class Columns(NamedTuple):
    """Household columns."""

    application_week: np.ndarray
    order_noise: np.ndarray


@kernel
def come_up(cases, c, noise_weeks, order):
    """Fill ``order`` (float64, by position) with when each case comes up: the first to apply first, but for noise.

    noise_weeks: float32, weeks of noise.
    """
    for p in range(cases.shape[0]):
        i = cases[p]
        order[p] = c.application_week[i] + noise_weeks * c.order_noise[i]


class IND(mesa.Agent):
    """Decides on asylum applications."""

    def __init__(self, model: mesa.Model) -> None:
        super().__init__(model)
        self.carry = {Legal.GENERAL_TRACK: 0.0, Legal.SHORT_TRACK: 0.0}
        self._chances: dict[float, np.ndarray] = {}

    def chances(self, rates: Rates) -> np.ndarray:
        """Give the chance of a grant by origin (float64) at which the national rate of the date is met."""
        if rates.grant_rate not in self._chances:
            by_origin = rates.grant_rate_by_origin
            shift = decisions.shift_to(rates.grant_rate, by_origin, rates.origin_share)
            odds = np.log(by_origin / (1.0 - by_origin)) + shift
            self._chances[rates.grant_rate] = 1.0 / (1.0 + np.exp(-odds))
        return self._chances[rates.grant_rate]

    def choose(self, open_cases: np.ndarray, track: Legal, capacity: float, rates: Rates) -> np.ndarray:
        """Give the household rows to decide this week, at most ``capacity`` persons plus what was carried over."""
        homes, week = self.model.households, self.model.week
        cases = rows_between(open_cases, homes.columns["legal"], track, track + 1)
        if rates.two_tracks_on and track == Legal.SHORT_TRACK:
            cases = cases[self._unlikely(cases, rates)]
        if rates.decision_hold_weeks > 0:
            cases = cases[week - homes.application_week[cases] >= rates.decision_hold_weeks]
        self.carry[track] += capacity
        budget = self.carry[track]
        if len(cases) == 0 or budget < 1.0:
            self.carry[track] = min(budget, max(capacity, 1.0))
            return cases[:0]
        score = np.empty(len(cases))
        come_up(cases, homes.take(Columns), np.float32(rates.decision_order_noise_weeks), score)
        if rates.decision_order == LAST_COME:
            score = -score
        elif rates.decision_order in (LIKELY_FIRST, UNLIKELY_FIRST):
            sign = -1.0 if rates.decision_order == LIKELY_FIRST else 1.0
            score = score + sign * 1000.0 * rates.grant_rate_by_origin[homes.origin[cases]]
        most = min(int(budget) + 1, len(cases))
        last = np.partition(score, most - 1)[most - 1]
        first = np.flatnonzero(score <= last)  # with equal scores more than can be taken; the key decides
        first = first[np.lexsort((homes.key[cases[first]], score[first]))]
        chosen = cases[first]
        total = homes.size[chosen].cumsum()
        taken = int(np.searchsorted(total, budget + 1e-9, side="right"))
        if taken:
            self.carry[track] -= float(total[taken - 1])
        if taken == len(cases):  # nobody left to decide: unused capacity is not saved up
            self.carry[track] = min(self.carry[track], max(capacity, 1.0))
        return chosen[:taken]

    def _unlikely(self, cases: np.ndarray, rates: Rates) -> np.ndarray:
        found = np.zeros(len(cases), bool)
        columns = self.model.households.take(triage.Columns)
        triage.unlikely_cases(cases, columns, rates.origin_short_track_share, self.model.luck, found)
        return found

    def capacities(self, open_cases: np.ndarray, rates: Rates) -> tuple[float, float]:
        """Give the persons to decide this week in the general and in the short track (simulated persons)."""
        scale = self.model.scale * rates.ind_capacity_multiplier
        general, short = rates.general_decisions_per_week * scale, rates.short_track_decisions_per_week * scale
        if not rates.two_tracks_on:
            return general, short
        homes = self.model.households
        cases = open_cases[homes.legal[open_cases] == Legal.SHORT_TRACK]
        work = general + short * rates.short_decision_work
        first = min(float(homes.size[cases[self._unlikely(cases, rates)]].sum()), work / rates.short_decision_work)
        return work - first * rates.short_decision_work, first

    def decide(self, open_cases: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Decide this week's cases and let the decisions be written; give the persons granted and refused (rows).

        open_cases: household rows that hold all cases in procedure.
        """
        model = self.model
        rates = model.timetable.rates(Rates, model.week)
        homes, people = model.households, model.people
        open_cases = rows_between(open_cases, homes.columns["legal"], Legal.GENERAL_TRACK, Legal.SHORT_TRACK + 1)
        general, short = self.capacities(open_cases, rates)
        granted_cases = []
        persons: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
        for track, capacity, name in (
            (Legal.GENERAL_TRACK, general, "decisions_general"),
            (Legal.SHORT_TRACK, short, "decisions_short"),
        ):
            cases = self.choose(open_cases, track, capacity, rates)
            if not len(cases):
                continue
            decisions.decide(
                cases,
                homes.take(decisions.Columns),
                people.take(decisions.Members),
                self.chances(rates),
                rates.registration_from == 0,
                model.luck,
            )
            permit = homes.legal[cases] == int(Legal.PERMIT)  # numpy takes longer over the type of an enumeration
            granted, refused = model.members(cases[permit]), model.members(cases[~permit])
            persons[0].append(granted)
            persons[1].append(refused)
            model.count(name, len(granted) + len(refused))
            model.count("granted", len(granted))
            model.count("refused", len(refused))
            late = model.week - homes.application_week[cases] > rates.legal_decision_term_weeks
            model.count("overdue_decisions", int(homes.size[cases[late]].sum()))
            granted_cases.append(cases[permit])
        if granted_cases:
            model.permits_given.append(np.concatenate(granted_cases))
        nobody = np.zeros(0, np.int64)
        return np.concatenate([nobody, *persons[0]]), np.concatenate([nobody, *persons[1]])
