"""Effects are differences within pairs, with intervals that cover, and what pairing gave is counted right."""

import math

import numpy as np
import pytest
from scipy import stats

from experiments.compare import effect, effects, frame
from experiments.store import StoreError
from tests.quick_experiments import finished, make, run_in_threads

SETS = ["baseline", "savings_scheme", "savings_scheme + start_homes"]


def alone(tmp_path, **stated):
    """Give an experiment that varies policies only."""
    return finished(tmp_path, **{"design": None, "parameters": None, "policies": SETS, "replicates": 6} | stated)


def test_an_effect_is_that_of_a_paired_t_test():
    luck = np.random.default_rng(3)
    x = luck.normal(10, 2, 12)
    y = x + luck.normal(1, 0.5, 12)
    made, test = effect(x, y), stats.ttest_rel(y, x).confidence_interval(0.95)

    assert made.mean == pytest.approx((y - x).mean())
    assert (made.low, made.high) == pytest.approx((test.low, test.high))


@pytest.mark.slow
def test_intervals_cover_the_effect_as_often_as_they_say():
    luck = np.random.default_rng(11)
    hits = 0
    for _ in range(4000):
        shared = luck.normal(0, 3, 8)
        made = effect(shared + luck.normal(0, 1, 8), shared + 0.7 + luck.normal(0, 1, 8))
        hits += made.low <= 0.7 <= made.high

    assert 0.94 < hits / 4000 < 0.96


def test_the_gain_is_how_many_independent_pairs_give_the_same_interval():
    """With a correlation of 0.9 a pair is worth 1 / (1 - 0.9) independent ones."""
    luck = np.random.default_rng(5)
    both = luck.multivariate_normal([0, 0], [[1, 0.9], [0.9, 1]], 40_000)
    made = effect(both[:, 0], both[:, 1])
    n = 5000
    independent = stats.sem(luck.normal(size=n)) * math.sqrt(2)

    assert made.gain == pytest.approx(10, rel=0.03)
    assert made.saved == pytest.approx(2 * 40_000 * 9, rel=0.03)
    assert math.sqrt(made.variance / (n / made.gain)) == pytest.approx(independent, rel=0.05)


def test_pairing_that_hurts_is_said_to_cost():
    x = np.array([1.0, 2.0, 3.0, 4.0])

    assert effect(x, -x).gain == pytest.approx(0.5) and effect(x, -x).saved == pytest.approx(-4)


def test_a_pair_without_both_results_is_left_out_and_counted():
    made = effect(np.array([1.0, np.nan, 3.0, 5.0]), np.array([2.0, 9.0, 4.0, np.nan]))

    assert (made.n, made.missing, made.mean, made.reference_mean) == (2, 2, 1.0, 2.0)


def test_what_cannot_be_known_is_unknown():
    none, one = effect(np.array([np.nan]), np.array([1.0])), effect(np.array([1.0]), np.array([3.0]))

    assert none.n == 0 and math.isnan(none.mean) and math.isnan(none.level)
    assert one.mean == 2 and math.isnan(one.low) and math.isnan(one.gain) and not one.clear


def test_policies_that_change_nothing_have_no_effect_in_any_pair():
    x = np.array([1.0, 2.0, 4.0])
    made = effect(x, x)

    assert (made.mean, made.low, made.high) == (0, 0, 0) and not made.clear and math.isinf(made.gain)


def test_effects_of_an_experiment_are_those_of_its_model(tmp_path):
    found = {(one.policies, one.outcome): one for one in effects(alone(tmp_path))}

    assert found["savings_scheme", "in_reception"].mean == pytest.approx(-50)
    assert found["savings_scheme + start_homes", "in_reception"].mean == pytest.approx(-100)
    assert found["savings_scheme", "housed"].mean == 0 and found["savings_scheme", "in_reception"].gain > 1e6


def test_another_reference_and_a_choice_of_outcomes(tmp_path):
    made = effects(alone(tmp_path), SETS[2], [SETS[1]], ["in_reception"])

    assert [(one.mean, one.reference) for one in made] == [(pytest.approx(50), SETS[2])]
    assert list(frame(made)["saved"]) == [made[0].saved]


def test_a_pair_of_futures_is_averaged_over_replicates(tmp_path):
    experiment = finished(tmp_path, policies=SETS, replicates=3, n=5)
    made = effects(experiment, others=["savings_scheme"], outcomes=["in_reception"])[0]

    assert made.n == 5 and made.runs_each == 3 and made.mean == pytest.approx(-50)


def test_a_failed_run_leaves_its_pair_out(tmp_path):
    experiment = finished(tmp_path, policies=SETS[:2], n=30, model="Raising")
    made = effects(experiment)[0]

    assert 0 < made.missing < 15 and made.n == 30 - made.missing and made.mean == pytest.approx(-50)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("base",), "has no set of policies 'base'. Did you mean 'baseline'?"),
        (("baseline", ["saving_scheme"]), "has no set of policies 'saving_scheme'. Did you mean 'savings_scheme'?"),
        (("baseline", None, ["housd"]), "has no outcome 'housd'. Did you mean 'housed'?"),
    ],
)
def test_what_is_not_there_is_refused(tmp_path, arguments, message):
    with pytest.raises(StoreError) as caught:
        effects(alone(tmp_path, replicates=1), *arguments)

    assert message in str(caught.value)


def test_runs_that_share_no_luck_are_not_compared(tmp_path):
    with pytest.raises(StoreError, match="luck of their own"):
        effects(alone(tmp_path, luck="independent"))


def test_points_that_differ_in_more_than_policies_are_not_compared(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("housing_effort,policies\n0.7,baseline\n0.8,baseline\n0.7,savings_scheme\n")
    experiment = make(tmp_path, design={"kind": "table", "file": str(path)}, parameters=None)
    run_in_threads(experiment)
    with pytest.raises(StoreError, match="differ in more than policies"):
        effects(experiment)
