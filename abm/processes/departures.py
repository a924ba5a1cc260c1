"""Departures: people leave with support, are returned, or disappear from view.

Chance per week, by legal state:

    rejected:       supervised  chance_supervised_departure * exp(return_per_thousand_saved * released savings / 1000
                                + return_by_training * [follows short training of use on return])
                    forced      chance_forced_departure
                    unsupervised chance_unsupervised_departure_rejected
                    reopened    chance_reopened_after_rejection (back to the general track)
    in procedure:   unsupervised chance of the track * exp(departure_by_year_of_waiting * years waited)

One draw a week decides which of these happens. A household leaves together; savings and training are those of its
first member. A reopened case keeps the date of its application and is decided with new luck (decisions.py).
Source: procedure.yaml; the split of 2024 over supervised, forced and unsupervised.
"""

from typing import NamedTuple

import numpy as np

from abm.arithmetic import exp
from abm.draws import LANE_DEPARTURE
from abm.kernels import allocating, inlined
from abm.states import Activity, Housing, Legal, Programme

SUPERVISED, FORCED, UNSUPERVISED = 1, 2, 3
STAYS, REOPENED = 0, 4
LONGEST_WAIT_YEARS = 10.0  # more years of waiting do not raise the chance to leave further


class Columns(NamedTuple):
    """Household columns."""

    legal: np.ndarray
    housing: np.ndarray
    first_row: np.ndarray
    size: np.ndarray
    application_week: np.ndarray


class Members(NamedTuple):
    """Columns of people."""

    legal: np.ndarray
    housing: np.ndarray
    left_week: np.ndarray
    departure: np.ndarray
    savings: np.ndarray
    activity: np.ndarray
    programme: np.ndarray


WRITES = ("legal", "housing")


class Rates(NamedTuple):
    """Parameters."""

    chance_supervised_departure: float
    chance_forced_departure: float
    chance_unsupervised_departure_rejected: float
    chance_unsupervised_departure_general: float
    chance_unsupervised_departure_short: float
    departure_by_year_of_waiting: float
    chance_reopened_after_rejection: float
    return_per_thousand_saved: float
    save_return_share: float
    return_by_training: float


@inlined
def outcome(legal, years_waited, saved, uniform, rates, trained=False):
    """Say how someone leaves this week: STAYS, SUPERVISED, FORCED, UNSUPERVISED, or REOPENED."""
    if legal == Legal.REJECTED:
        supported = rates.chance_supervised_departure * exp(
            rates.return_per_thousand_saved * rates.save_return_share * saved / 1000.0
            + rates.return_by_training * int(trained)
        )
        edge = supported
        if uniform < edge:
            return SUPERVISED
        edge += rates.chance_forced_departure
        if uniform < edge:
            return FORCED
        edge += rates.chance_unsupervised_departure_rejected
        if uniform < edge:
            return UNSUPERVISED
        edge += rates.chance_reopened_after_rejection
        return REOPENED if uniform < edge else STAYS
    chance = (
        rates.chance_unsupervised_departure_short
        if legal == Legal.SHORT_TRACK
        else rates.chance_unsupervised_departure_general
    )
    years = min(years_waited, LONGEST_WAIT_YEARS)
    return UNSUPERVISED if uniform < chance * exp(rates.departure_by_year_of_waiting * years) else STAYS


@allocating
def leave(cases, c, members, rates, lanes, luck, counts, gone):
    """Let households in procedure or refused leave; give the persons and the households that left.

    lanes: draws by position (``draws.HOUSEHOLD_LANES``). counts: int64 (5,), adds persons by outcome. gone: uint32,
    filled with the rows of the households that left.
    """
    left = m = 0
    most = max(rates.chance_unsupervised_departure_short, rates.chance_unsupervised_departure_general)
    most *= exp(max(rates.departure_by_year_of_waiting, 0.0) * LONGEST_WAIT_YEARS)
    refused = rates.chance_supervised_departure * exp(max(rates.return_by_training, 0.0))
    refused += rates.chance_forced_departure
    refused += rates.chance_unsupervised_departure_rejected
    refused += rates.chance_reopened_after_rejection  # the highest chance of a refused person without savings
    lane = lanes[LANE_DEPARTURE]
    kept = np.empty(cases.shape[0], np.int64)  # positions of those who are refused or have a draw low enough
    n = 0
    for p in range(cases.shape[0]):
        kept[n] = p
        n += int(c.legal[cases[p]] == Legal.REJECTED) | int(np.float64(lane[p]) < most)
    for p in kept[:n]:
        i = cases[p]
        if c.legal[i] != Legal.GENERAL_TRACK and c.legal[i] != Legal.SHORT_TRACK and c.legal[i] != Legal.REJECTED:
            continue
        first = c.first_row[i]
        if np.float64(lane[p]) >= max(most, refused) and members.savings[first] == 0.0:
            continue
        years = (luck.week - c.application_week[i]) / 52.18
        trained = (members.activity[first] & Activity.IN_PROGRAMME) != 0
        trained = trained and members.programme[first] == Programme.RETURN_TRAINING
        uniform = np.float64(lane[p])
        how = outcome(c.legal[i], years, np.float64(members.savings[first]), uniform, rates, trained)
        counts[how] += c.size[i]
        if how == STAYS:
            continue
        if how == REOPENED:
            c.legal[i] = Legal.GENERAL_TRACK
            for j in range(first, first + c.size[i]):
                members.legal[j] = Legal.GENERAL_TRACK
            continue
        c.legal[i] = Legal.LEFT
        c.housing[i] = Housing.NONE
        for j in range(first, first + c.size[i]):
            members.legal[j] = Legal.LEFT
            members.housing[j] = Housing.NONE
            members.left_week[j] = luck.week
            members.departure[j] = how
        left += c.size[i]
        gone[m] = i
        m += 1
    return left, m
