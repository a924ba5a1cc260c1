"""Who is visited how often: once in eight weeks, or in sixteen.

Slow changes happen at a visit, for all weeks until the next one. The lives of people who are settled change slowly:
who has had a home for over a year (``SETTLED_WEEKS``), has no duty of integration left and follows no programme is
visited once in sixteen weeks. Both rounds meet once in sixteen weeks; the long one is begun, and left, in that week
only, so each week lies in exactly one visit. Who begins a programme goes back to eight weeks at once; the eight weeks
that the visit was ahead of the next one are then counted twice.

Jobs begin and end, and access to work opens, in their own week at either pace. Whose job ends or whose access opens
between two visits looks for work at once (``between``); who loses a job by moving to another site does so at the visit.
What is read from people who are visited seldom (benefit, hours, motivation, ties) can be sixteen weeks old.

The round is a step of computation, not a claim about people. Against rounds of four and twelve weeks, in three pairs of
runs at scale 1, a national run takes a quarter less time; benefit begins at the first visit in a home, so 2 percent
fewer adults have it in 2022 to 2025; 4 percent more learners scale down (P17), 3 percent more volunteer (P26), and 2 to
4 percent more permit holders wait in reception, or do so beyond the term (P03, P04). Employment and its curve by time
since the permit, plans, routes and people housed lie within 1 percent from 2022 on. (In those pairs people noticed at a
visit only that they may work.) What the rounds do to small differences between policies was not measured. Source:
assumption, ``SETTLED_WEEKS`` included.
"""

from typing import NamedTuple

import numpy as np

from abm.kernels import kernel
from abm.states import Activity, Housing, Integration
from abm.turns import LONG_VISITS, VISITS

SETTLED_WEEKS = 52  # weeks in a home after which someone can be settled


class Columns(NamedTuple):
    """Columns of people."""

    turn: np.ndarray
    visit_weeks: np.ndarray
    housing: np.ndarray
    housed_week: np.ndarray
    integration: np.ndarray
    activity: np.ndarray


WRITES = ("visit_weeks",)


@kernel
def is_settled(housing, weeks_housed, integration, activity):
    """Say whether someone has had a home for over a year, no duty left, and is in no programme."""
    at_home = Housing.START_HOME <= housing <= Housing.PRIVATE and weeks_housed > SETTLED_WEEKS
    done = Integration.PASSED_B1 <= integration <= Integration.EXEMPT
    return at_home and done and (activity & Activity.IN_PROGRAMME) == 0


@kernel
def plan(rows, c, week, weeks, since):
    """Write in how many weeks the next visit of the people in ``rows`` is; give the number of those settled.

    weeks, since: float64 by position, filled with the weeks until the next visit, for which this one is, and those
    since the last one.
    """
    now = week % LONG_VISITS
    n = 0
    for p in range(rows.shape[0]):
        i = rows[p]
        since[p] = c.visit_weeks[i]
        if c.turn[i] == now:
            settled = is_settled(c.housing[i], week - c.housed_week[i], c.integration[i], c.activity[i])
            c.visit_weeks[i] = LONG_VISITS if settled else VISITS
            n += int(settled)
        weeks[p] = c.visit_weeks[i]
    return n


def between(rows: np.ndarray, c: Columns, week: int) -> tuple[np.ndarray, np.ndarray]:
    """Give those of ``rows`` who are not visited this week, and the weeks until they are (float64)."""
    weeks = (c.turn[rows].astype(np.int64) - week) % c.visit_weeks[rows]
    return rows[weeks > 0], weeks[weeks > 0].astype(float)
