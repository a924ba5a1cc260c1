"""Households: people who applied, or arrive, together. They are decided on, moved and housed together.

Members stand in consecutive rows of the people table (``first_row`` to ``first_row + size - 1``; the first is the main
applicant). A family that follows by reunification is a household of its own whose ``referent`` is the household that
waits for it; when it arrives, both are given one home.
"""

import numpy as np

from abm.columns import Column, ColumnAgent, Table
from abm.kernels import allocating
from abm.people import week_column
from abm.states import Housing, Legal


class Household(ColumnAgent):
    """People who are decided on, moved and housed together."""

    key = Column("u8", "Key of this household's luck.")
    turn = Column("u1", "Week of the sixteen of its members; visited in the remainder by eight.", unit="0-15")
    first_row = Column("i4", "Row of the main applicant.", initial=0)
    size = Column("i2", "Members.", unit="persons", initial=0)
    kind = Column("u1", "Composition on arrival, in the order of the category `household_type`.")
    children = Column("u1", "Children among the members on arrival.", unit="persons")
    origin = Column("u1", "Origin group of the main applicant.")
    legal = Column("u1", "Legal state of the case.", initial=Legal.ABROAD, codes=Legal)
    housing = Column("u1", "Where the household lives.", initial=Housing.NONE, codes=Housing)
    referent = Column("i4", "Household that waits for this one; 0 for applicants.", initial=0)
    abroad = Column("i2", "Family members abroad who wait to join.", unit="persons", initial=0)
    vulnerable = Column("?", "Has a medical or social ground for urgency.")
    application_week = week_column("Application, or start of the wait for reunification.")
    arrival_week = week_column("Arrival in reception.")
    permit_week = week_column("Permit granted.")
    order_noise = Column("f4", "Fixed departure from the order of decisions.", unit="standard normal", initial=0.0)
    site = Column("i2", "Reception site.")
    region = Column("i2", "Labour-market region of residence.")
    municipality = Column("i2", "Coupled or home municipality.")
    coupled_week = week_column("Coupled to a municipality.")
    housed_week = week_column("Left reception for a home.")
    registration_week = week_column("Start of registration time for a regular home.")
    home_size = Column("u1", "Size class of the home, in the order of the category `home_size`.")
    home_week = week_column("Moved into the present home.")
    moving_on = Column("?", "Looks for another home of its own.")
    guest = Column("?", "Stays, or stayed, with a host family while waiting for a home.")
    scored_early = Column("?", "Coupled by work history and network rather than at random.")


class Households(Table[Household]):
    """All households of a model."""

    def __init__(self, model, capacity: int = 1024) -> None:
        super().__init__(Household, model, capacity)


@allocating
def members_of(cases, first_row, size):
    """Give the rows of the people of these households, household by household (int64)."""
    n = 0
    for case in cases:
        n += size[case]
    rows = np.empty(n, np.int64)
    n = 0
    for case in cases:
        for member in range(size[case]):
            rows[n] = first_row[case] + member
            n += 1
    return rows
