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
LAST_GUARDIAN = int(21 * WEEKS_IN_YEAR)  # the highest age in weeks at which a guardian may still be there
MINOR_ALONE = 1  # position in the category `household_type`


@kernel
def guided(age, age_when_housed, runs, minor_alone, exempt_groups, weeks, guardianship_until):
    """Say whether an adult has guidance.

    age, age_when_housed: weeks, the second negative for those never housed. runs: the weeks of the household are not
    over. weeks: of guidance. guardianship_until: years of age.
    """
    if runs and (exempt_groups or (age < PENSION_WEEKS and age_when_housed >= ADULT_WEEKS)):
        return True
    if exempt_groups and 0 <= age_when_housed < ADULT_WEEKS and age - ADULT_WEEKS < weeks:
        return True
    return minor_alone and age < int(guardianship_until * WEEKS_IN_YEAR)
