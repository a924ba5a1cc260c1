"""Luck is keyed, not streamed: every uniform number is a function of (seed, decision, week, person).

A person keeps their luck when another person, or a policy, changes: no draw depends on how many draws were made
before it, on the order of people, or on the number of processor threads. That is what lets a policy and the baseline
be compared person by person.

The generator is Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3",
SC'11), checked in the tests against the published known-answer vectors. The counter holds the person's key
(64 bits), the week and the decision; the key holds the seed.

Decisions are numbered in ``DECISIONS``. The list is append-only: a number that moves changes every result.
Decisions that nearly everybody takes every week share one counter block and are drawn together in four lanes
(``fill_lanes``), which compiles to vector code; all others call ``draw`` when they need it.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from abm.kernels import inlined, kernel

DECISIONS = (
    "weekly",  # block of the four lanes below
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
    "partner",
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
)

LANES = ("complaint", "job", "referral", "search")
LANE_COMPLAINT, LANE_JOB, LANE_REFERRAL, LANE_SEARCH = range(4)

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

    >>> decision("weekly")
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


@inlined
def turn(key):
    """Give the turn (0 to 3) of a person or household in the four-week round; members of a household share it.

    Blocks of 32 cases of a week share a turn too, so that a visit reads neighbouring rows.
    """
    return ((key >> np.uint64(5)) + (key >> _WIDTH)) & np.uint64(3)


@kernel
def draw(luck, decision_number, key):
    """Give one uniform number in (0, 1) for a decision of the person (or household, or pair) with this key."""
    a, _, _, _ = words(luck, decision_number, luck.week + WEEK_OFFSET, key)
    return float(unit(a))


@kernel
def draw_four(luck, decision_number, key):
    """Give four uniform numbers in (0, 1) for a decision, for the price of one."""
    a, b, c, d = words(luck, decision_number, luck.week + WEEK_OFFSET, key)
    return float(unit(a)), float(unit(b)), float(unit(c)), float(unit(d))


@kernel
def draw_once(luck, decision_number, key):
    """Give a uniform number that is the same in every week: for decisions taken once in a life."""
    a, _, _, _ = words(luck, decision_number, 0, key)
    return float(unit(a))


@kernel
def fill_lanes(luck, keys, n, lanes):
    """Fill ``lanes`` (float32, 4 x rows) with the weekly draws of rows 0 to n - 1."""
    one, two, three, four = lanes[0], lanes[1], lanes[2], lanes[3]
    week = np.uint32(luck.week + WEEK_OFFSET)
    zero, low, high = np.uint32(0), np.uint32(luck.seed_low), np.uint32(luck.seed_high)
    for i in range(n):
        key = keys[i]
        a, b, c, d = philox(np.uint32(key & _MASK), np.uint32(key >> _WIDTH), week, zero, low, high)
        one[i] = unit(a)
        two[i] = unit(b)
        three[i] = unit(c)
        four[i] = unit(d)


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


def normals(luck: Luck, name: str, keys: np.ndarray) -> np.ndarray:
    """Give four standard normal numbers for each key (float64, n x 4), for a decision by name."""
    return ndtri(uniforms(luck, name, keys))
