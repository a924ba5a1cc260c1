"""Loans for lessons: under the act of 2013 people paid for their lessons with a loan.

Where that is so (``loan_for_lessons``) a share ``loan_debt_share`` of those who begin a route gets into problem debts
through it (drawn once). Status holders do not borrow under the act of 2021.

Source: integration.yaml; VluchtelingenWerk and government on the act of 2013.
"""

from typing import NamedTuple

import numpy as np

from abm.draws import decision, draw_once
from abm.kernels import kernel

LOAN = decision("lesson_loan")


class Columns(NamedTuple):
    """Columns of people."""

    key: np.ndarray
    route_start_week: np.ndarray
    debt: np.ndarray


WRITES = ("debt",)


class Rates(NamedTuple):
    """Parameters."""

    loan_for_lessons: bool
    loan_debt_share: float


@kernel
def lend(rows, c, rates, luck):
    """Lend to the people in ``rows`` who began a route this week; give the number who get into debt."""
    if not rates.loan_for_lessons:
        return 0
    in_debt = 0
    for i in rows:
        if c.route_start_week[i] == luck.week and draw_once(luck, LOAN, c.key[i]) < rates.loan_debt_share:
            c.debt[i] = True
            in_debt += 1
    return in_debt
