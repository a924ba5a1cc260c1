"""Luck is keyed, not streamed: every uniform number is a function of (seed, decision, week, person).

A person keeps their luck when another person, or a policy, changes: no draw depends on how many draws were made
before it, on the order of people, or on the number of processor threads. That is what lets a policy and the baseline
be compared person by person.

The generator is Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3",
SC'11), checked in the tests against the published known-answer vectors. The counter holds the person's key
(64 bits), the week and the decision; the key holds the seed.

Decisions are numbered in ``DECISIONS``. The list is append-only: a number that moves changes every result.
Decisions that nearly everybody takes share a counter block of four lanes and are drawn together for a list of people
(``fill_lanes``), which compiles to vector code and costs a tenth of single draws; all others call ``draw`` when they
need it.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from abm.kernels import allocating, inlined, kernel

DECISIONS = (
    "visit_work",  # fifth block of VISIT_LANES
    "arrival",
    "profile",
    "profile_abilities",
    "profile_mind",
    "profile_work",
    "profile_more",
    "family",
    "triage",
    "screening",
    "decision_order",
    "grant",
    "appeal",
    "departure",
    "relocation",
    "site",
    "coupling",
    "coupling_region",
    "tie_coresident",
    "tie_volunteer",
    "tie_kept",
    "partner",  # not drawn any more: ties.py
    "programme",
    "programme_offer",
    "early_lessons",
    "volunteering",
    "intake",
    "test",
    "route",
    "seat",
    "exam",
    "scale_down",
    "exemption",
    "work_permit",
    "job_match",
    "job_hours",
    "diploma",
    "debt",
    "housing_order",
    "housing_type",
    "moving_on",
    "private_home",
    "fit",
    "naturalisation",
    "childcare",
    "treatment",
    "municipality",
    "employer",
    "volunteer",
    "start",
    "drop",
    "support",
    "dual",
    "reunification",
    "vacancy",
    "subsidy",
    "household",  # block of HOUSEHOLD_LANES
    "household_visit",  # block of MOVING_LANES
    "visit",  # first block of VISIT_LANES
    "visit_ties",
    "visit_support",
    "visit_more",
    "intake_order",
    "track_error",
    "status_kind",
    "merge_home",
    "home_guidance",
    "guest",
    "guest_host",
    "pilot",
    "forecast",
    "interim_choice",
    "return_training",
    "work_profile",
    "recognition_by_practice",
    "lesson_loan",
    "term_sanction",
    "elderly_lessons",
    "unfit_offer",
    "both_partners",
    "family_order",
    "family_refusal",
    "first_ties",
)

#: Drawn each week for every household that is not settled.
HOUSEHOLD_BLOCKS = ("household",)
HOUSEHOLD_LANES = ("relocation", "site", "departure", "spare")
LANE_RELOCATION, LANE_SITE, LANE_DEPARTURE = range(3)

#: Drawn for every household with a permit and a municipality that is visited (once in eight weeks).
MOVING_BLOCKS = ("household_visit",)
MOVING_LANES = ("private_home", "moving_on", "spare", "spare")
LANE_PRIVATE, LANE_MOVING_ON = range(2)

#: Drawn for every adult who is visited, in lists by position: five blocks of four.
VISIT_BLOCKS = ("visit", "visit_ties", "visit_support", "visit_more", "visit_work")
VISIT_LANES = (
    *("search", "complaint", "treatment", "volunteering"),
    *("meet_near", "meet_compatriot", "meet_native", "meet_colleague"),
    *("lose_compatriot", "lose_native", "debt", "diploma"),
    *("volunteer_match", "naturalisation", "end_of_studies", "programme"),
    *("job", "referral", "job_loss", "spare"),
)
(
    LANE_SEARCH,
    LANE_COMPLAINT,
    LANE_TREATMENT,
    LANE_VOLUNTEERING,
    LANE_MEET_NEAR,
    LANE_MEET_COMPATRIOT,
    LANE_MEET_NATIVE,
    LANE_MEET_COLLEAGUE,
    LANE_LOSE_COMPATRIOT,
    LANE_LOSE_NATIVE,
    LANE_DEBT,
    LANE_DIPLOMA,
    LANE_VOLUNTEER,
    LANE_NATURALISATION,
    LANE_STUDIES,
    LANE_PROGRAMME,
    LANE_JOB,
    LANE_REFERRAL,
    LANE_JOB_LOSS,
) = range(19)

_MASK = np.uint64(0xFFFFFFFF)
_WIDTH = np.uint64(32)
_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_KEEP = np.uint32(9)
_HALF = np.float32(0.5)
_UNIT = np.float32(2.0**-23)
#: Added to the week, so that weeks before the start (weeks of the initial state) are counted from zero too.
WEEK_OFFSET = 4096


class Luck(NamedTuple):
    """This week's luck: the seed in two halves and the week. No array in it, so that passing it costs nothing."""

    seed_low: np.uint64
    seed_high: np.uint64
    week: int


def decision(name: str) -> int:
    """Give the number of a decision; it raises ValueError for a name that is not in the list.

    >>> decision("visit_work")
    0
    """
    return DECISIONS.index(name)


def luck_of(seed: int, week: int) -> Luck:
    """Give the luck of a seed (0 to 2**64 - 1) in a week."""
    return Luck(np.uint64(seed & 0xFFFFFFFF), np.uint64((seed >> 32) & 0xFFFFFFFF), week)


@inlined
def philox(c0, c1, c2, c3, k0, k1):
    """Give the four words of Philox4x32-10 for a counter and a key (all uint32)."""
    for _ in range(10):
        p0 = _M0 * np.uint64(c0)
        p1 = _M1 * np.uint64(c2)
        c0, c2 = np.uint32(p1 >> _WIDTH) ^ c1 ^ k0, np.uint32(p0 >> _WIDTH) ^ c3 ^ k1
        c1, c3 = np.uint32(p1 & _MASK), np.uint32(p0 & _MASK)
        k0 = np.uint32((np.uint64(k0) + _W0) & _MASK)
        k1 = np.uint32((np.uint64(k1) + _W1) & _MASK)
    return c0, c1, c2, c3


@kernel
def words(luck, decision_number, week, key):
    """Give the four random words of a decision in a week, for the person (or household, or pair) with this key."""
    return philox(
        np.uint32(key & _MASK),
        np.uint32(key >> _WIDTH),
        np.uint32(week),
        np.uint32(decision_number),
        np.uint32(luck.seed_low),
        np.uint32(luck.seed_high),
    )


@inlined
def unit(word):
    """Turn a word into a number inside (0, 1) that float32 holds exactly (23 bits and a half)."""
    return (np.float32(np.int32(word >> _KEEP)) + _HALF) * _UNIT


def turn(keys: np.ndarray) -> np.ndarray:
    """Give the turn (0 to 15) in the rounds of eight and of sixteen weeks of households with these keys (uint64).

    Blocks of 512 cases of a week share a turn, so that a visit reads neighbouring rows. Families who follow have that
    of the person they follow.
    """
    block, week = (keys & _MASK) >> np.uint64(9), (keys >> _WIDTH) & np.uint64(0x1FFF)
    return ((block + week) & np.uint64(15)).astype(np.uint8)


@kernel
def draw(luck, decision_number, key):
    """Give one uniform number in (0, 1) for a decision of the person (or household, or pair) with this key."""
    a, _, _, _ = words(luck, decision_number, luck.week + WEEK_OFFSET, key)
    return np.float64(unit(a))


@kernel
def draw_four(luck, decision_number, key):
    """Give four uniform numbers in (0, 1) for a decision, for the price of one."""
    a, b, c, d = words(luck, decision_number, luck.week + WEEK_OFFSET, key)
    return np.float64(unit(a)), np.float64(unit(b)), np.float64(unit(c)), np.float64(unit(d))


@kernel
def draw_once(luck, decision_number, key):
    """Give a uniform number that is the same in every week: for decisions taken once in a life."""
    a, _, _, _ = words(luck, decision_number, 0, key)
    return np.float64(unit(a))


@kernel
def draw_four_once(luck, decision_number, key):
    """Give four uniform numbers that are the same in every week, for the price of one."""
    a, b, c, d = words(luck, decision_number, 0, key)
    return np.float64(unit(a)), np.float64(unit(b)), np.float64(unit(c)), np.float64(unit(d))


@kernel
def fill_block(luck, decision_number, keys, n, one, two, three, four):
    """Fill four lanes (float32, by position) with this week's draws of keys 0 to n - 1: the vector code of a run."""
    week, number = np.uint32(luck.week + WEEK_OFFSET), np.uint32(decision_number)
    low, high = np.uint32(luck.seed_low), np.uint32(luck.seed_high)
    for p in range(n):
        key = keys[p]
        a, b, c, d = philox(np.uint32(key & _MASK), np.uint32(key >> _WIDTH), week, number, low, high)
        one[p] = unit(a)
        two[p] = unit(b)
        three[p] = unit(c)
        four[p] = unit(d)


@kernel
def fill_lanes(luck, numbers, keys, rows, taken, lanes):
    """Draw for ``rows``: four lanes (float32, lanes x positions) for each decision in ``numbers`` (int64).

    keys: uint64, the column of all rows. taken: uint64, room for the keys of ``rows``.
    """
    for p in range(rows.shape[0]):
        taken[p] = keys[rows[p]]
    for block in range(numbers.shape[0]):
        one, two, three, four = lanes[4 * block], lanes[4 * block + 1], lanes[4 * block + 2], lanes[4 * block + 3]
        fill_block(luck, numbers[block], taken, rows.shape[0], one, two, three, four)


@allocating
def lanes_once(luck, decision_number, keys):
    """Give four lanes (float32, 4 x keys) of the draws of ``draw_four_once``."""
    lanes = np.empty((4, keys.shape[0]), np.float32)
    ever = Luck(luck.seed_low, luck.seed_high, -WEEK_OFFSET)
    fill_block(ever, decision_number, keys, keys.shape[0], lanes[0], lanes[1], lanes[2], lanes[3])
    return lanes


class Lanes:
    """Room for the draws of a list of rows, block by block; ``fill`` gives the lanes (float32, lanes x rows)."""

    def __init__(self, blocks: tuple[str, ...]) -> None:
        self.numbers = np.array([decision(name) for name in blocks])
        self.keys = np.zeros(0, np.uint64)
        self.lanes = np.zeros((4 * len(blocks), 0), np.float32)

    def fill(self, luck: Luck, keys: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Draw for ``rows``; ``keys`` is the column of all rows."""
        n = len(rows)
        if len(self.keys) < n:
            self.keys = np.zeros(n + n // 4, np.uint64)
            self.lanes = np.zeros((len(self.lanes), n + n // 4), np.float32)
        fill_lanes(luck, self.numbers, keys, rows, self.keys, self.lanes)
        return self.lanes


@kernel
def _fill(luck, decision_number, keys, out):
    for i in range(keys.shape[0]):
        a, b, c, d = draw_four(luck, decision_number, keys[i])
        out[i, 0] = a
        out[i, 1] = b
        out[i, 2] = c
        out[i, 3] = d


def uniforms(luck: Luck, name: str, keys: np.ndarray) -> np.ndarray:
    """Give four uniform numbers for each key (float64, n x 4), for a decision by name."""
    out = np.empty((len(keys), 4))
    _fill(luck, decision(name), np.ascontiguousarray(keys, np.uint64), out)
    return out


@kernel
def _fill_once(luck, decision_number, keys, out):
    for i in range(keys.shape[0]):
        out[i] = draw_once(luck, decision_number, keys[i])


def uniforms_once(luck: Luck, name: str, keys: np.ndarray) -> np.ndarray:
    """Give the number of each key that is the same in every week (float64), for a decision by name."""
    out = np.empty(len(keys))
    _fill_once(luck, decision(name), np.ascontiguousarray(keys, np.uint64), out)
    return out


def normals(luck: Luck, name: str, keys: np.ndarray) -> np.ndarray:
    """Give four standard normal numbers for each key (float64, n x 4), for a decision by name."""
    return ndtri(uniforms(luck, name, keys))
