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

from abm.kernels import kernel

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
    "tie_compatriot",
    "tie_native",
    "tie_volunteer",
    "tie_kept",
    "tie_colleague",
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
_KEEP = np.uint64(9)
_UNIT = 2.0**-23
#: Added to the week, so that weeks before the start (weeks of the initial state) are counted from zero too.
WEEK_OFFSET = 4096


class Luck(NamedTuple):
    """This week's luck: the seed in two halves, the week, and the four weekly lanes by row (float32, 4 x rows)."""

    seed_low: np.uint64
    seed_high: np.uint64
    week: int
    lanes: np.ndarray


def decision(name: str) -> int:
    """Give the number of a decision; it raises ValueError for a name that is not in the list.

    >>> decision("weekly")
    0
    """
    return DECISIONS.index(name)


def luck_of(seed: int, week: int, lanes: np.ndarray | None = None) -> Luck:
    """Give the luck of a seed (0 to 2**64 - 1) in a week."""
    if lanes is None:
        lanes = np.empty((4, 0), np.float32)
    return Luck(np.uint64(seed & 0xFFFFFFFF), np.uint64((seed >> 32) & 0xFFFFFFFF), week, lanes)


@kernel
def philox(c0, c1, c2, c3, k0, k1):
    """Give the four 32-bit words of Philox4x32-10 for a counter and a key (all uint64 holding 32 bits)."""
    for _ in range(10):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0, c1, c2, c3 = (p1 >> _WIDTH) ^ c1 ^ k0, p1 & _MASK, (p0 >> _WIDTH) ^ c3 ^ k1, p0 & _MASK
        k0 = (k0 + _W0) & _MASK
        k1 = (k1 + _W1) & _MASK
    return c0, c1, c2, c3


@kernel
def unit(word):
    """Turn a 32-bit word into a number inside (0, 1) that float32 holds exactly (23 bits and a half)."""
    return (np.float64(word >> _KEEP) + 0.5) * _UNIT


@kernel
def draw(luck, decision_number, key):
    """Give one uniform number in (0, 1) for a decision of the person (or household, or pair) with this key."""
    a, _, _, _ = philox(
        key & _MASK,
        key >> _WIDTH,
        np.uint64(luck.week + WEEK_OFFSET),
        np.uint64(decision_number),
        luck.seed_low,
        luck.seed_high,
    )
    return unit(a)


@kernel
def draw_once(luck, decision_number, key):
    """Give a uniform number that is the same in every week: for decisions taken once in a life."""
    a, _, _, _ = philox(
        key & _MASK, key >> _WIDTH, np.uint64(0), np.uint64(decision_number), luck.seed_low, luck.seed_high
    )
    return unit(a)


@kernel
def fill_lanes(luck, keys, n, lanes):
    """Fill ``lanes`` (float32, 4 x rows) with the weekly draws of rows 0 to n - 1."""
    week = np.uint64(luck.week + WEEK_OFFSET)
    zero = np.uint64(0)
    one, two, three, four = lanes[0], lanes[1], lanes[2], lanes[3]
    for i in range(n):
        a, b, c, d = philox(keys[i] & _MASK, keys[i] >> _WIDTH, week, zero, luck.seed_low, luck.seed_high)
        one[i] = np.float32(unit(a))
        two[i] = np.float32(unit(b))
        three[i] = np.float32(unit(c))
        four[i] = np.float32(unit(d))


@kernel
def _fill(luck, decision_number, keys, out):
    for i in range(keys.shape[0]):
        a, b, c, d = philox(
            keys[i] & _MASK,
            keys[i] >> _WIDTH,
            np.uint64(luck.week + WEEK_OFFSET),
            np.uint64(decision_number),
            luck.seed_low,
            luck.seed_high,
        )
        out[i, 0] = unit(a)
        out[i, 1] = unit(b)
        out[i, 2] = unit(c)
        out[i, 3] = unit(d)


def uniforms(luck: Luck, name: str, keys: np.ndarray) -> np.ndarray:
    """Give four uniform numbers for each key (float64, n x 4), for a decision by name."""
    out = np.empty((len(keys), 4))
    _fill(luck, decision(name), np.ascontiguousarray(keys, np.uint64), out)
    return out


def normals(luck: Luck, name: str, keys: np.ndarray) -> np.ndarray:
    """Give four standard normal numbers for each key (float64, n x 4), for a decision by name."""
    return ndtri(uniforms(luck, name, keys))
