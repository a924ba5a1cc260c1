"""Interactions: the arithmetic on numbers made by hand, and that every script runs."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from experiments.interactions.command import main, report, sentence
from experiments.interactions.contrasts import contrast, level
from experiments.interactions.design import Interaction, Lever, Split, combinations, every
from experiments.outcomes import outcome
from experiments.run import Settings, replicates

STARTS, UNTIL = "2021-02-05", "2021-06-30"
HEAT = Lever("heat", ("low", "high"), ("savings_scheme",))
LIGHT = Lever("light", ("dark", "bright"), ("work_access_4",))
WIND = Lever("wind", ("calm", "storm"), ("online_lessons",))


def made(factors, number):
    """Give a frame of three replicates with `number(replicate, *settings)` as the outcome."""
    rows = [
        {"replicate": replicate, **setting, "language": number(replicate, *setting.values())}
        for replicate in range(3)
        for setting in combinations(factors)
    ]
    return pd.DataFrame(rows)


@cache
def _simulated(settings_key):
    until, policies = settings_key
    return list(replicates(Settings(until, 0.005, replicates=2, policies=policies)))


def simulate(settings):
    """Run each set of policies once, however many interactions ask for it."""
    return _simulated((settings.until, tuple(settings.policies)))


def test_the_interaction_of_two_is_the_difference_of_differences():
    frame = made([HEAT, LIGHT], lambda r, a, b: 10.0 * r + 2 * a + 5 * b + (3 + r) * a * b)

    found = contrast(frame, "language", ["heat", "light"])
    by_hand = [(10 * r + 10 + r) - (10 * r + 5) - (10 * r + 2) + 10 * r for r in range(3)]

    assert by_hand == [3, 4, 5]
    assert found.mean == pytest.approx(4)
    assert found.high - found.mean == pytest.approx(4.302653 * np.std(by_hand, ddof=1) / np.sqrt(3))


def test_a_main_effect_is_the_mean_over_the_settings_of_the_other():
    frame = made([HEAT, LIGHT], lambda r, a, b: r + 2 * a + 5 * b + 4 * a * b)

    assert contrast(frame, "language", ["heat"]).mean == pytest.approx((2 + 6) / 2)
    assert contrast(frame, "language", ["heat"], {"light": True}).mean == pytest.approx(6)


def test_the_interaction_of_three_is_how_that_of_two_changes():
    frame = made([HEAT, LIGHT, WIND], lambda r, a, b, c: r + a + 2 * a * b + 6 * a * b * c + 8 * b * c)

    assert contrast(frame, "language", ["heat", "light"]).mean == pytest.approx(2 + 6 / 2)
    assert contrast(frame, "language", ["heat", "light", "wind"]).mean == pytest.approx(6)


def test_luck_shared_by_all_combinations_does_not_widen_the_interval():
    frame = made([HEAT, LIGHT], lambda r, a, b: 1000.0 * r + a * b)

    found = contrast(frame, "language", ["heat", "light"])

    assert (found.low, found.high) == (pytest.approx(1), pytest.approx(1))
    assert level(frame, "language", {"heat": False, "light": False}).high > 2000


def test_a_replicate_without_a_number_in_one_combination_is_left_out():
    frame = made([HEAT, LIGHT], lambda r, a, b: np.nan if r == 1 and a and b else r * a * b)

    found = contrast(frame, "language", ["heat", "light"])

    assert (found.n, found.missing, found.mean) == (2, 1, pytest.approx(1))


@pytest.mark.parametrize(
    ("number", "verb"),
    [
        (lambda r, a, b: a + (2 + 0.01 * r) * a * b, "grows"),
        (lambda r, a, b: -4 * a + (2 + 0.01 * r) * a * b, "shrinks"),
        (lambda r, a, b: -a + (2 + 0.01 * r) * a * b, "turns around"),
        (lambda r, a, b: a + (r - 1) * a * b, "no interaction"),
        (lambda r, a, b: np.nan, "unknown"),
    ],
)
def test_the_sentence_says_what_the_interval_says(number, verb):
    said = sentence([HEAT, LIGHT], made([HEAT, LIGHT], number), outcome("language", {"column": "language_in_route"}))

    assert verb in said


def test_an_interaction_of_one_lever_or_a_split_of_weekly_numbers_is_refused():
    with pytest.raises(ValueError, match="two or three factors"):
        Interaction("One", "h", "s", (HEAT,), {"housed": {}})
    with pytest.raises(ValueError, match="table 'groups'"):
        Interaction("Split", "h", "s", (HEAT, Split("sex", "sex", ("men", "women"))), {"housed": {}})


@pytest.mark.parametrize("arguments", [["--replicates", "1"], ["--until", "2020"], ["--starts", "2035-01-01"]])
def test_bad_input_is_one_line(arguments, capsys):
    assert main(every()["savings_and_work_access"], arguments) == 2

    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1


def test_there_is_a_script_for_each_of_the_eleven_interactions():
    assert len(every()) == 11


@pytest.mark.parametrize("name", sorted(every()))
def test_every_interaction_runs_all_its_combinations_and_prints_them(name):
    interaction = every()[name]
    runs = interaction.run(Settings(UNTIL, 0.005, replicates=2), STARTS, simulate)

    factors = [factor.name for factor in interaction.factors]
    assert len(runs.frame) == 2 * 2 ** len(factors)
    assert not runs.frame.duplicated(["replicate", *factors]).any()
    assert set(runs.frame) == {"replicate", *factors, *interaction.outcomes}

    wide = runs.frame.pivot(index="replicate", columns=factors, values=next(iter(interaction.outcomes)))
    by_hand = sum(wide[setting] * np.prod([1 if on else -1 for on in setting]) for setting in wide)
    found = contrast(runs.frame, next(iter(interaction.outcomes)), factors)
    assert found.mean == pytest.approx(by_hand.mean(), nan_ok=True)

    lines = report(interaction, runs, "A run.")
    assert sum(line.startswith("  interaction of") for line in lines) == len(interaction.outcomes) * (
        1 if len(factors) == 2 else 4
    )


def test_a_split_reads_two_groups_of_the_same_runs():
    interaction = every()["online_and_education"]
    runs = interaction.run(Settings(UNTIL, 0.005, replicates=2), STARTS, simulate)

    without = runs.frame[~runs.frame["online lessons"] & ~runs.frame["study space"] & (runs.frame["replicate"] == 0)]
    groups = simulate(Settings(UNTIL, 0.005, replicates=2))[0].results.groups
    last = groups[(groups["week"] == groups["week"].max()) & (groups["dimension"] == "education")].set_index("group")
    assert without.set_index("education")["language"].to_dict() == {
        False: last.loc["low", "language"],
        True: last.loc["high", "language"],
    }
