"""The states a person can be in: five dimensions that vary independently, plus small code lists.

A person can be in reception, employed and learning at the same time, so there is no ladder of combined states.
Values are stored as one byte; order matters only where a comment says so.
"""

from enum import IntEnum


class Legal(IntEnum):
    """Where someone stands in the asylum procedure."""

    ABROAD = 0  # family member waiting for reunification
    REGISTERING = 1
    GENERAL_TRACK = 2
    SHORT_TRACK = 3  # Dublin, safe country or otherwise unlikely to be granted
    PERMIT = 4
    REJECTED = 5
    LEFT = 6
    NATURALISED = 7


class Housing(IntEnum):
    """Where someone lives; the first three are reception, in the order of ``site_type``."""

    REGULAR = 0
    EMERGENCY = 1
    ELSEWHERE = 2  # hotel, host family or municipal lodging, still counted as reception
    TRANSITION = 3
    START_HOME = 4
    SHARED = 5
    SOCIAL = 6
    PRIVATE = 7
    NONE = 8  # not in the country


class Integration(IntEnum):
    """Where someone stands in civic integration; the order is that of the route."""

    NONE = 0
    EARLY_LESSONS = 1  # language lessons during the asylum procedure
    PRE_INTEGRATION = 2  # voorinburgering in reception, after the permit
    AWAITING_INTAKE = 3
    PLAN_MADE = 4  # integration plan set, waiting for a seat
    B1_ROUTE = 5
    EDUCATION_ROUTE = 6
    Z_ROUTE = 7
    A2_ROUTE = 8  # scaled down, or direct
    PASSED_B1 = 9
    PASSED_A2 = 10
    FINISHED_Z = 11
    EXEMPT = 12
    TERM_EXPIRED = 13  # long tail, still obliged


class Work(IntEnum):
    """Where someone stands on the labour market; EMPLOYED_BASIC and later EMPLOYED_MATCHED are jobs."""

    OUTSIDE = 0  # child, pension age or lastingly unfit
    BARRED = 1
    ELIGIBLE = 2
    SEARCHING = 3
    PERMIT_PENDING = 4  # employer waits for the work permit (TWV)
    EMPLOYED_BASIC = 5
    EMPLOYED_MATCHED = 6
    STUDY = 7


class Activity(IntEnum):
    """What else someone does or receives: bits of one byte, so several can hold at once."""

    VOLUNTEERING = 1
    IN_PROGRAMME = 2  # follows a work programme or short training (see Programme)
    WORKSHOP = 4  # has done the labour-market module (MAP)
    TREATED = 8
    EXPERIENCED = 16  # had a participation or training job not long ago
    TRAINED = 32  # was retrained for a sector in shortage
    DUAL = 64  # combines lessons with work
    OBLIGED = 128  # follows a programme of reception only because it is a duty


class Programme(IntEnum):
    """Which work programme or training someone follows, or followed last."""

    NONE = 0
    PARTICIPATION_JOB = 1  # unpaid, with Dutch (participatiebaan)
    DEVELOPMENT = 2  # training job at a work development company (werkontwikkelbedrijf)
    TRAINING = 3  # retraining for a sector in shortage
    RETURN_TRAINING = 4  # short training of use on return, for those unlikely to stay


class Diploma(IntEnum):
    """Recognition of a skill or diploma obtained abroad."""

    NONE = 0
    UNRECOGNISED = 1
    ASKED = 2
    RECOGNISED = 3


class FoundThrough(IntEnum):
    """How a first job was found."""

    NONE = 0
    SEARCH = 1
    CONTACTS = 2


#: Reception states are the housing codes below this one.
FIRST_OUTSIDE_RECEPTION = Housing.TRANSITION
