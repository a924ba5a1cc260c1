"""How often people are visited: the two rounds, and what falls between two visits."""

import numpy as np
import pytest

from abm.processes import visits
from abm.states import Activity, Housing, Integration
from abm.turns import LONG_VISITS, VISITS

pytestmark = pytest.mark.usefixtures("plain")


def is_settled(**changes):
    given = {"housing": Housing.SOCIAL, "weeks_housed": 53, "integration": Integration.EXEMPT, "activity": 0, **changes}
    return visits.is_settled(**given)


@pytest.mark.parametrize(
    ("changes", "settled"),
    [
        ({}, True),
        ({"weeks_housed": 52}, False),
        ({"housing": Housing.START_HOME}, True),
        ({"housing": Housing.TRANSITION}, False),
        ({"housing": Housing.NONE}, False),
        ({"integration": Integration.PASSED_B1}, True),
        ({"integration": Integration.TERM_EXPIRED}, False),
        ({"integration": Integration.A2_ROUTE}, False),
        ({"integration": Integration.NONE}, False),
        ({"activity": Activity.IN_PROGRAMME}, False),
        ({"activity": Activity.VOLUNTEERING | Activity.TREATED}, True),
    ],
)
def test_who_is_settled_has_a_home_for_a_year_and_no_duty_or_programme(changes, settled):
    assert is_settled(**changes) == settled


@pytest.mark.parametrize("turn", range(LONG_VISITS))
@pytest.mark.parametrize("begins", [5, 30, 31, 50])
def test_every_week_is_in_one_visit_whenever_someone_settles_and_no_longer_is(people, turn, begins):
    home = {"housing": Housing.SOCIAL, "housed_week": -60, "integration": Integration.EXEMPT}
    c = people(visits.Columns, 1, turn=turn, visit_weeks=VISITS, **home)
    weeks, since, covered, starts = np.zeros(1), np.zeros(1), [], []
    for week in range(130):
        c.integration[1] = Integration.EXEMPT if begins <= week < begins + 40 else Integration.B1_ROUTE
        if turn % VISITS == week % VISITS and (c.visit_weeks[1] == VISITS or turn == week % LONG_VISITS):
            visits.plan(np.array([1]), c, week, weeks, since)
            assert not starts or since[0] == week - starts[-1]
            starts.append(week)
            covered.extend(range(week, week + int(weeks[0])))

    assert covered == list(range(turn % VISITS, covered[-1] + 1))
    assert {LONG_VISITS, VISITS} == set(np.diff(starts))


def test_who_is_not_visited_this_week_is_given_with_the_weeks_until_they_are(people):
    """In week 21 those with turn 5 or 13 are visited, in the long round those with turn 5."""
    c = people(visits.Columns, 5, turn=[5, 6, 5, 13, 4], visit_weeks=[8, 8, 16, 16, 16])
    rows, weeks = visits.between(np.arange(1, 6), c, 21)

    assert rows.tolist() == [2, 4, 5] and weeks.tolist() == [1.0, 8.0, 15.0]
