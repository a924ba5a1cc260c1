"""What people hear from their contacts: motivation, work, programmes.

At each visit (visits.py) an adult reads the state of the people they have ties with: how many there are, how many
have a job, their mean motivation and how many follow a programme. Family members at home count among them; so do
colleagues. Residents of long standing are counted apart. People tell how they are at their own visit, before anybody
reads, and what is heard is stored and used until the next one, so the order of people cannot matter.

What flows: motivation (motivation.py), job referrals (referral.py), information about programmes
(voorinburgering.py), language practice (lessons.py), capacity to act through volunteers (capacity_to_act.py), worry
about family abroad (motivation.py).
"""

from typing import NamedTuple

import numpy as np

from abm.kernels import kernel
from abm.processes.ties import NATIVE
from abm.states import Integration, Work


class Columns(NamedTuple):
    """Columns of people."""

    household: np.ndarray
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
def publish(rows, c, word):
    """Publish the state of the adults in ``rows`` for others to read; give the number published.

    word: int32 by row: 1 for the person, employed << 5, in a programme << 10, motivation in thousandths << 15. A sum
    of words is four sums at once, up to 31 contacts. It holds until the next visit; of those never listed it is 0:
    they are heard by no one.
    """
    for i in rows:
        w = 1
        if c.work[i] == Work.EMPLOYED_BASIC or c.work[i] == Work.EMPLOYED_MATCHED:
            w += 1 << 5
        state = c.integration[i]
        if (
            state == Integration.EARLY_LESSONS
            or state == Integration.PRE_INTEGRATION
            or Integration.B1_ROUTE <= state <= Integration.A2_ROUTE
        ):
            w += 1 << 10
        word[i] = w + (int(np.float64(c.motivation[i]) * 1000.0) << 15)
    return len(rows)


#: 1 / n for n contacts; 0 for none.
SHARE = np.array([0.0] + [1.0 / n for n in range(1, 32)])


@kernel
def hear(rows, c, word, slots, resident_employed, first_row, size, weeks, sums):
    """Read the contacts of the adults in ``rows``; give the number of contacts read.

    word: from ``publish``. slots: uint32 (rows, 16), contacts of each person, 0 is nobody; those in ``ties.NATIVE``
    are residents of long standing, those before them newcomers. resident_employed: bool (residents + 1,). first_row,
    size: by household. weeks: float64 by position, until the next visit. sums: float64 (2,), adds contacts and the
    employed among them, both times those weeks, as who is visited less often stands for more.
    """
    read = 0
    contacts = 0.0
    employed = 0.0
    for p in range(rows.shape[0]):
        i = rows[p]
        total = 0
        for s in range(NATIVE[0]):
            total += word[slots[i, s]]
        home = c.household[i]
        if size[home] > 1:
            first = np.uint32(first_row[home])
            for j in range(first, first + np.uint32(size[home])):
                if j != i:
                    total += word[j]
        known = 0
        working = 0
        for s in range(NATIVE[0], NATIVE[1]):
            j = slots[i, s]
            known += int(j != 0)
            working += int(resident_employed[j])
        n = total & 31
        at_work = (total >> 5) & 31
        share = SHARE[n]
        c.contacts[i] = n
        c.contacts_employed[i] = at_work
        c.contacts_enrolled[i] = ((total >> 10) & 31) * share
        c.contacts_motivation[i] = (total >> 15) / 1000.0 * share
        c.natives[i] = known
        c.natives_employed[i] = working
        contacts += weeks[p] * n
        employed += weeks[p] * at_work
        read += n + known
    sums[0] += contacts
    sums[1] += employed
    return read
