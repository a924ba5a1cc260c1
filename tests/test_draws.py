"""Luck: the published vectors, and that a draw depends on seed, decision, week and person alone."""

import subprocess
import sys

import numpy as np
import pytest

from abm import draws
from abm.draws import DECISIONS, decision, draw, draw_four, draw_once, fill_lanes, luck_of, normals, uniforms

KEYS = np.array([*range(1, 2001), *range(4200 << 32, (4200 << 32) + 2000), 2**64 - 1, 2**63], np.uint64)

#: Random123 (Salmon and others 2011), kat_vectors: philox4x32 with 10 rounds, counter, key and result.
PUBLISHED = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize("form", [draws.philox, draws.philox.py_func], ids=["compiled", "plain"])
@pytest.mark.parametrize(("counter", "key", "expected"), PUBLISHED)
def test_the_generator_gives_the_published_words(form, counter, key, expected):
    words = form(*(np.uint32(word) for word in (*counter, *key)))

    assert tuple(int(word) for word in words) == expected


def test_the_counter_holds_person_week_and_decision_and_the_key_the_seed():
    counter, key, expected = PUBLISHED[2]
    luck = luck_of((key[1] << 32) | key[0], 0)
    person = np.uint64((counter[1] << 32) | counter[0])

    assert tuple(int(word) for word in draws.words(luck, counter[3], counter[2], person)) == expected


def test_words_become_numbers_strictly_between_zero_and_one():
    for unit in (draws.unit, draws.unit.py_func):
        assert unit(np.uint32(0)) == 2.0**-24
        assert unit(np.uint32(0xFFFFFFFF)) == 1.0 - 2.0**-24
        assert unit(np.uint32(1 << 31)) == 0.5 + 2.0**-24


@pytest.mark.parametrize("name", ["draw", "draw_once", "draw_four"])
def test_compiled_and_plain_draws_are_the_same(name, request):
    compiled = getattr(draws, name)
    luck = luck_of(2**64 - 3, 77)
    expected = [compiled(luck, 14, key) for key in KEYS[::400]]
    request.getfixturevalue("plain")

    assert [getattr(draws, name)(luck, 14, key) for key in KEYS[::400]] == expected


def test_the_lanes_are_the_four_words_of_the_weekly_block():
    luck, lanes = luck_of(5, 30), np.zeros((4, len(KEYS)), np.float32)
    fill_lanes(luck, KEYS, len(KEYS) - 1, lanes)

    for row in (0, 1, 1999, 2500, len(KEYS) - 2):
        assert tuple(lanes[:, row].tolist()) == draw_four(luck, decision("weekly"), KEYS[row])
    assert not lanes[:, -1].any()  # only the rows in use


def test_plain_lanes_are_the_same(plain):
    luck, keys = luck_of(5, 30), KEYS[::500]
    lanes = np.zeros((4, len(keys)), np.float32)
    draws.fill_lanes(luck, keys, len(keys), lanes)

    assert lanes.tolist() == np.array([draws.draw_four(luck, 0, key) for key in keys]).T.tolist()


def test_the_first_of_four_draws_is_the_single_draw():
    luck = luck_of(9, 4)

    assert all(draw_four(luck, 7, key)[0] == draw(luck, 7, key) for key in KEYS[:50])
    four = uniforms(luck, DECISIONS[7], KEYS)
    assert four.shape == (len(KEYS), 4) and four[3, 0] == draw(luck, 7, KEYS[3])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((1, 5, 7, 9), (2, 5, 7, 9)),  # seed
        ((1, 5, 7, 9), (1 + 2**32, 5, 7, 9)),  # upper half of the seed
        ((1, 5, 7, 9), (1, 6, 7, 9)),  # week
        ((1, 5, 7, 9), (1, 5, 8, 9)),  # decision
        ((1, 5, 7, 9), (1, 5, 7, 10)),  # person
        ((1, 5, 7, 9), (1, 5, 7, 9 + 2**48)),  # member of the household
    ],
)
def test_every_part_of_the_key_counts(one, other):
    first, second = (draw(luck_of(seed, week), number, np.uint64(key)) for seed, week, number, key in (one, other))

    assert first != second


def test_a_decision_taken_once_has_the_same_luck_in_every_week():
    early, late = luck_of(1, -200), luck_of(1, 500)

    assert draw_once(early, 7, KEYS[0]) == draw_once(late, 7, KEYS[0])
    assert draw(early, 7, KEYS[0]) != draw(late, 7, KEYS[0])


def test_draws_are_even_and_independent_over_people_weeks_and_decisions():
    n = len(KEYS)
    one = uniforms(luck_of(1, 10), "departure", KEYS)
    others = {
        "next person": np.roll(one[:, 0], 1),
        "next week": uniforms(luck_of(1, 11), "departure", KEYS)[:, 0],
        "next decision": uniforms(luck_of(1, 10), "relocation", KEYS)[:, 0],
        "next seed": uniforms(luck_of(2, 10), "departure", KEYS)[:, 0],
        "second word": one[:, 1],
    }
    four_errors = 4 / np.sqrt(n)

    assert one.mean() == pytest.approx(0.5, abs=four_errors * np.sqrt(1 / 12))
    assert one.var() == pytest.approx(1 / 12, abs=0.005)
    counts = np.bincount((one[:, 0] * 16).astype(int), minlength=16)
    assert ((counts - n / 16) ** 2 / (n / 16)).sum() < 37.7  # chi-square with 15 degrees: one in a thousand
    for name, other in others.items():
        assert abs(np.corrcoef(one[:, 0], other)[0, 1]) < four_errors, name


def test_normal_numbers_are_normal():
    numbers = normals(luck_of(3, 0), "profile", KEYS)

    assert numbers.mean() == pytest.approx(0.0, abs=0.04) and numbers.std() == pytest.approx(1.0, abs=0.03)
    assert np.mean(np.abs(numbers) < 1.96) == pytest.approx(0.95, abs=0.01)


def test_another_process_draws_the_same():
    script = (
        "import numpy as np; from abm.draws import luck_of, uniforms;"
        "print(uniforms(luck_of(12345678901234567890, 99), 'triage', np.arange(5)).tobytes().hex())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    here = uniforms(luck_of(12345678901234567890, 99), "triage", np.arange(5))

    assert done.stdout.strip() == here.tobytes().hex()


def test_turns_are_spread_over_the_four_weeks_and_shared_by_a_household():
    households = np.concatenate(
        [(np.uint64(4096 + week) << np.uint64(32)) + np.arange(100, dtype=np.uint64) for week in range(40)]
    )
    turns = np.array([int(draws.turn.py_func(key)) for key in households])
    members = np.array([int(draws.turn.py_func(key + (np.uint64(3) << np.uint64(48)))) for key in households])

    assert (turns == members).all()
    assert np.bincount(turns, minlength=4).min() > 0.2 * len(turns)


def test_the_list_of_decisions_is_append_only():
    """A number that moves changes every result: these are where results of version 0.1 have them."""
    assert len(set(DECISIONS)) == len(DECISIONS)
    assert [decision(name) for name in ("weekly", "arrival", "grant", "coupling", "job_match", "subsidy")] == [
        0,
        1,
        11,
        16,
        34,
        55,
    ]


def test_a_decision_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="not in"):
        decision("lottery ticket")
