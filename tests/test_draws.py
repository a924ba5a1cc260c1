"""Luck: the published vectors, and that a draw depends on seed, decision, week and person alone."""

import subprocess
import sys

import numpy as np
import pytest

from abm import draws
from abm.draws import (
    DECISIONS,
    Lanes,
    decision,
    draw,
    draw_four,
    draw_four_once,
    draw_once,
    lanes_once,
    luck_of,
    normals,
    uniforms,
)

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


@pytest.mark.parametrize("name", ["draw", "draw_once", "draw_four", "draw_four_once"])
def test_compiled_and_plain_draws_are_the_same(name, request):
    compiled = getattr(draws, name)
    luck = luck_of(2**64 - 3, 77)
    expected = [compiled(luck, 14, key) for key in KEYS[::400]]
    request.getfixturevalue("plain")

    assert [getattr(draws, name)(luck, 14, key) for key in KEYS[::400]] == expected


# Lanes: the draws of a list of people ------------------------------------------------------------------------

BLOCKS = {
    draws.VISIT_BLOCKS: draws.VISIT_LANES,
    draws.HOUSEHOLD_BLOCKS: draws.HOUSEHOLD_LANES,
    draws.MOVING_BLOCKS: draws.MOVING_LANES,
}


@pytest.mark.parametrize("blocks", BLOCKS, ids=lambda blocks: blocks[0])
def test_each_position_holds_the_words_of_the_blocks_for_the_person_in_the_list(blocks):
    luck, rows = luck_of(5, 30), np.array([7, 3, 1999, 7, 0], np.uint32)
    lanes = Lanes(blocks).fill(luck, KEYS, rows)

    assert lanes.dtype == np.float32 and len(lanes) == 4 * len(blocks)
    for position, row in enumerate(rows):
        expected = [number for name in blocks for number in draw_four(luck, decision(name), KEYS[row])]
        assert lanes[:, position].tolist() == expected


def test_the_lanes_of_a_person_do_not_depend_on_who_else_is_in_the_list():
    luck, room = luck_of(5, 30), Lanes(draws.VISIT_BLOCKS)
    alone = room.fill(luck, KEYS, np.array([12], np.uint32))[:, 0].copy()
    many = room.fill(luck, KEYS, np.arange(1000, dtype=np.uint32))[:, 12].copy()
    few = room.fill(luck, KEYS, np.array([5, 12], np.uint32))[:, 1]

    assert alone.tolist() == many.tolist() == few.tolist()


def test_an_empty_list_has_no_lanes_to_fill():
    assert Lanes(draws.HOUSEHOLD_BLOCKS).fill(luck_of(1, 1), KEYS, np.zeros(0, np.uint32)).shape == (4, 0)


def test_every_week_has_other_lanes():
    room, rows = Lanes(draws.HOUSEHOLD_BLOCKS), np.arange(50, dtype=np.uint32)
    one = room.fill(luck_of(5, 30), KEYS, rows)[:, :50].copy()
    other = room.fill(luck_of(5, 31), KEYS, rows)[:, :50]

    assert (one != other).all()


def test_plain_lanes_are_the_same(request):
    luck, rows = luck_of(5, 30), np.array([3, 1, 2500], np.uint32)
    compiled = Lanes(draws.VISIT_BLOCKS).fill(luck, KEYS, rows)[:, :3].tolist()
    request.getfixturevalue("plain")

    assert Lanes(draws.VISIT_BLOCKS).fill(luck, KEYS, rows)[:, :3].tolist() == compiled


@pytest.mark.parametrize("blocks", BLOCKS, ids=lambda blocks: blocks[0])
def test_every_lane_has_a_number_of_its_own(blocks):
    """Two decisions on one lane would be the same luck; a lane that is not there would be another block's."""
    names = BLOCKS[blocks]
    used = [name for name in names if name != "spare"]

    assert len(names) == 4 * len(blocks) and len(set(used)) == len(used)


@pytest.mark.parametrize(
    ("number", "names", "name"),
    [
        (draws.LANE_JOB, draws.VISIT_LANES, "job"),
        (draws.LANE_REFERRAL, draws.VISIT_LANES, "referral"),
        (draws.LANE_JOB_LOSS, draws.VISIT_LANES, "job_loss"),
        (draws.LANE_RELOCATION, draws.HOUSEHOLD_LANES, "relocation"),
        (draws.LANE_SITE, draws.HOUSEHOLD_LANES, "site"),
        (draws.LANE_DEPARTURE, draws.HOUSEHOLD_LANES, "departure"),
        (draws.LANE_PRIVATE, draws.MOVING_LANES, "private_home"),
        (draws.LANE_MOVING_ON, draws.MOVING_LANES, "moving_on"),
        (draws.LANE_SEARCH, draws.VISIT_LANES, "search"),
        (draws.LANE_COMPLAINT, draws.VISIT_LANES, "complaint"),
        (draws.LANE_TREATMENT, draws.VISIT_LANES, "treatment"),
        (draws.LANE_VOLUNTEERING, draws.VISIT_LANES, "volunteering"),
        (draws.LANE_MEET_NEAR, draws.VISIT_LANES, "meet_near"),
        (draws.LANE_MEET_COMPATRIOT, draws.VISIT_LANES, "meet_compatriot"),
        (draws.LANE_MEET_NATIVE, draws.VISIT_LANES, "meet_native"),
        (draws.LANE_MEET_COLLEAGUE, draws.VISIT_LANES, "meet_colleague"),
        (draws.LANE_LOSE_COMPATRIOT, draws.VISIT_LANES, "lose_compatriot"),
        (draws.LANE_LOSE_NATIVE, draws.VISIT_LANES, "lose_native"),
        (draws.LANE_DEBT, draws.VISIT_LANES, "debt"),
        (draws.LANE_DIPLOMA, draws.VISIT_LANES, "diploma"),
        (draws.LANE_VOLUNTEER, draws.VISIT_LANES, "volunteer_match"),
        (draws.LANE_NATURALISATION, draws.VISIT_LANES, "naturalisation"),
        (draws.LANE_STUDIES, draws.VISIT_LANES, "end_of_studies"),
    ],
)
def test_the_number_of_a_lane_is_its_place_among_the_names(number, names, name):
    assert names[number] == name


def test_the_first_of_four_draws_is_the_single_draw():
    luck = luck_of(9, 4)

    assert all(draw_four(luck, 7, key)[0] == draw(luck, 7, key) for key in KEYS[:50])
    assert all(draw_four_once(luck, 7, key)[0] == draw_once(luck, 7, key) for key in KEYS[:50])
    lanes = lanes_once(luck, 7, KEYS)
    assert lanes.T.tolist() == [list(draw_four_once(luck, 7, key)) for key in KEYS]
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


def test_turns_are_spread_over_both_rounds_and_change_by_blocks_of_cases():
    """A visit reads neighbouring rows: 512 cases of a week share a turn; the next block and the next week do not."""
    first = [(np.uint64(4096 + week) << np.uint64(32)) for week in range(48)]
    turns = draws.turn(np.concatenate([key + np.arange(1024, dtype=np.uint64) for key in first])).reshape(48, 1024)

    assert (turns[:, :512] == turns[:, :1]).all() and (turns[:, 512:] == turns[:, 512:513]).all()
    assert (turns[:, 0] != turns[:, 512]).all() and (turns[1:, 0] != turns[:-1, 0]).all()
    assert np.bincount(turns.ravel()).tolist() == [3072] * 16


def test_the_list_of_decisions_is_append_only():
    """A number that moves changes every result: these are where results of version 0.1 have them."""
    assert len(set(DECISIONS)) == len(DECISIONS)
    assert [decision(name) for name in ("visit_work", "arrival", "grant", "coupling", "job_match", "subsidy")] == [
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
