"""Social guidance (maatschappelijke begeleiding): who of those for whom it runs has a right to it.

A home starts the weeks of guidance of a household (home_allocation.py). The right is that of people obliged to
integrate: adults below pension age who were adults when they were housed. Where exempt groups have it too
(``guidance_exempt_groups``), people of pension age are guided as well, and young people who turn 18 in a home for
``guidance_weeks`` from that birthday. Who came alone as a minor keeps a guide (guardian) until the age of
``guardianship_until``.

What guidance does is in capacity_to_act.py. Source: support.yaml.
"""

from abm.kernels import kernel
from abm.turns import ADULT_WEEKS, PENSION_WEEKS

WEEKS_IN_YEAR = 52.18
MINOR_ALONE = 1  # position in the category `household_type`


@kernel
def guided(i, c, kinds, week, rates):
    """Say whether person ``i``, an adult, has guidance this week. kinds: of the households (int by household)."""
    age = week - c.birth_week[i]
    runs = c.guided_until[i] > week
    if runs and rates.guidance_exempt_groups:
        return True
    adult_when_housed = c.housed_week[i] - c.birth_week[i] >= ADULT_WEEKS
    if runs and age < PENSION_WEEKS and adult_when_housed:
        return True
    if age >= 22.0 * WEEKS_IN_YEAR:
        return False
    housed_as_child = c.housed_week[i] > -5000 and not adult_when_housed
    if rates.guidance_exempt_groups and housed_as_child and age - ADULT_WEEKS < rates.guidance_weeks:
        return True
    return kinds[c.household[i]] == MINOR_ALONE and age < int(rates.guardianship_until * WEEKS_IN_YEAR)
