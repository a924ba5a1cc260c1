"""Levers move what the documents say, or the register says what the model finds instead."""

import os
from pathlib import Path

import numpy as np
import pytest

from abm.parameters import load
from abm.register import Check
from tests.verification.lever_directions import SCALE, Laboratory, checks, compare, key_of, outcomes, page

CHECKS = checks()


def a_check(direction="up", found=""):
    return Check(
        {"start_homes_per_year": 0}, {"start_homes_per_year": 9}, "housed", direction, "2024-12-31", found, "x"
    )


def test_a_difference_is_judged_by_its_paired_interval():
    low, high = np.array([10.0, 20.0, 30.0, 40.0]), np.array([12.0, 22.5, 32.0, 42.5])
    verdict = compare("start_homes", a_check(), low, high)

    assert verdict.difference == pytest.approx(2.25) and verdict.half_width < 0.7
    assert verdict.moves == "up" and verdict.agrees and verdict.as_registered


def test_what_contradicts_the_register_is_seen_unless_the_register_says_so():
    low, high = np.array([10.0, 20.0, 30.0]), np.array([8.0, 18.1, 28.0])

    assert not compare("start_homes", a_check("up"), low, high).as_registered
    assert not compare("start_homes", a_check("up", "nothing"), low, high).as_registered
    assert compare("start_homes", a_check("up", "opposite"), low, high).as_registered


def test_what_cannot_be_told_from_chance_needs_a_word_in_the_register():
    low, high = np.array([10.0, 20.0, 30.0]), np.array([30.0, 10.0, 21.0])

    assert not compare("start_homes", a_check(), low, high).as_registered
    assert compare("start_homes", a_check(found="nothing"), low, high).as_registered


def test_what_is_surely_less_than_a_hundredth_is_nothing():
    low = np.array([100.0, 200.0, 300.0])

    assert compare("start_homes", a_check(found="nothing"), low, low - np.array([0.5, 0.6, 0.55])).as_registered
    assert not compare("start_homes", a_check(found="nothing"), low, low - np.array([5.0, 6.0, 5.5])).as_registered


def test_values_that_are_the_baseline_anyway_make_the_same_run():
    assert key_of({"start_homes_per_year": 0, "region_lock": True}) == (("region_lock", True),)
    assert key_of({"region_lock": False}) == ()


def test_the_page_says_which_lever_moved_what():
    verdict = compare("start_homes", a_check(), np.array([10.0, 20.0]), np.array([12.0, 22.5]))

    assert "| start_homes | `start_homes_per_year` 0 to 9 | `housed` | 2024-12-31 | up | 2.25 ±" in page(
        [verdict], 0.05
    )


@pytest.mark.parametrize(("system", "check"), CHECKS, ids=[f"{s.id}-{c.outcome}" for s, c in CHECKS])
def test_a_check_names_values_within_range(system, check):
    parameters = load()

    for side in (check.low, check.high):
        assert parameters.replace(side)


@pytest.fixture(scope="session")
def laboratory(tmp_path_factory):
    """Keep runs where WERKSTAND_LEVERS says, so that a broken session resumes."""
    folder = os.environ.get("WERKSTAND_LEVERS")
    return Laboratory(Path(folder) if folder else tmp_path_factory.mktemp("levers"), SCALE)


@pytest.mark.slow
@pytest.mark.parametrize(("system", "check"), CHECKS, ids=[f"{s.id}-{c.outcome}" for s, c in CHECKS])
def test_a_lever_moves_its_outcome_as_the_register_says(system, check, laboratory):
    verdict = laboratory.judge(system.id, check)

    assert verdict.as_registered, (
        f"{system.id}: {check.outcome} moves {verdict.moves} by {verdict.difference:g} ± {verdict.half_width:g}, "
        f"expected {check.direction}, found '{check.found}'"
    )


@pytest.mark.slow
def test_every_outcome_of_the_register_is_one_that_a_run_gives(laboratory):
    given = outcomes(laboratory.run(CHECKS[0][1], {}, 1)._replace(until="2022-03-31", scale=0.01))

    assert {check.outcome for _, check in CHECKS} <= set(given)
