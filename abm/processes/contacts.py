"""What people hear from their contacts: motivation, work, programmes.

Each adult is visited once in four weeks and reads the state of the people they have ties with: how many there are,
how many have a job, their mean motivation and how many follow a programme. Family members at home count among them;
so do colleagues. Residents of long standing are counted apart. What is heard is stored and used every week until the
next visit, so the order of people cannot matter within a week beyond those four weeks.

What flows: motivation (motivation.py), job referrals (referral.py), information about programmes
(voorinburgering.py), language practice (lessons.py), capacity to act through volunteers (capacity_to_act.py), worry
about family abroad (motivation.py).
"""

from typing import NamedTuple

import numpy as np

from abm.kernels import kernel
from abm.states import Integration, Legal, Work


class Columns(NamedTuple):
    """Columns of people."""

    household: np.ndarray
    legal: np.ndarray
    work: np.ndarray
    integration: np.ndarray
    motivation: np.ndarray
    contacts: np.ndarray
    contacts_employed: np.ndarray
    contacts_motivation: np.ndarray
    contacts_enrolled: np.ndarray
    natives: np.ndarray
    natives_employed: np.ndarray


WRITES = (
    "contacts",
    "contacts_employed",
    "contacts_motivation",
    "contacts_enrolled",
    "natives",
    "natives_employed",
)


@kernel
def hear(rows, c, coresident, compatriot, colleague, native, resident_employed, first_row, size, adult):
    """Read the contacts of the adults in ``rows``; give the number of contacts read.

    The tie slots are int32 (rows, width). resident_employed: bool (residents + 1,). first_row, size: by household.
    adult: bool by row.
    """
    read = 0
    for i in rows:
        n = 0
        employed = 0
        enrolled = 0
        motivation = 0.0
        for layer in (coresident, compatriot, colleague):
            for s in range(layer.shape[1]):
                j = layer[i, s]
                if j == 0 or c.legal[j] == Legal.LEFT:
                    continue
                n += 1
                motivation += float(c.motivation[j])
                if c.work[j] == Work.EMPLOYED_BASIC or c.work[j] == Work.EMPLOYED_MATCHED:
                    employed += 1
                state = c.integration[j]
                if (
                    state == Integration.EARLY_LESSONS
                    or state == Integration.PRE_INTEGRATION
                    or Integration.B1_ROUTE <= state <= Integration.A2_ROUTE
                ):
                    enrolled += 1
        home = c.household[i]
        for j in range(first_row[home], first_row[home] + size[home]):
            if j != i and adult[j]:
                n += 1
                motivation += float(c.motivation[j])
                if c.work[j] == Work.EMPLOYED_BASIC or c.work[j] == Work.EMPLOYED_MATCHED:
                    employed += 1
        known = 0
        working = 0
        for s in range(native.shape[1]):
            j = native[i, s]
            if j != 0:
                known += 1
                if resident_employed[j]:
                    working += 1
        c.contacts[i] = n
        c.contacts_employed[i] = employed
        c.contacts_motivation[i] = motivation / n if n > 0 else 0.0
        c.contacts_enrolled[i] = enrolled / n if n > 0 else 0.0
        c.natives[i] = known
        c.natives_employed[i] = working
        read += n + known
    return read
