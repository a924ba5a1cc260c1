"""Regret and its relatives by hand on a 3 x 3 table, and rankings that know their noise."""

import numpy as np
import pandas as pd
import pytest

from experiments import robustness
from experiments.robustness import METRICS, RobustnessError, rank

#: Three policies (rows) in three futures; higher is better.
TABLE = np.array([[10.0, 6.0, 2.0], [7.0, 7.0, 5.0], [4.0, 9.0, 4.0]])
NAMES = ["a", "b", "c"]


def test_regret_by_hand():
    assert robustness.regret(TABLE).tolist() == [[0, 3, 3], [3, 2, 0], [6, 0, 1]]


@pytest.mark.parametrize(
    ("metric", "by_hand"),
    [
        ("maximin", [2, 5, 4]),
        ("maximax", [10, 7, 9]),
        ("hurwicz", [6, 6, 6.5]),
        ("expected", [6, 19 / 3, 17 / 3]),
        ("10th percentile", [2.8, 5.4, 4]),
        ("max regret", [-3, -3, -6]),
        ("90th percentile regret", [-3, -2.8, -5]),
        ("undesirable deviations", [-4 / 3, -2 / 3, 0]),
    ],
)
def test_metrics_by_hand(metric, by_hand):
    assert METRICS[metric](TABLE) == pytest.approx(by_hand)


def test_the_share_of_futures_that_satisfy_by_hand():
    assert robustness.satisficing(TABLE, 5).tolist() == pytest.approx([2 / 3, 1, 1 / 3])


def test_without_noise_the_scores_are_those_of_the_table():
    found = rank(np.repeat(TABLE[..., None], 2, axis=2), NAMES, threshold=5, draws=50).scores
    values = found.pivot(index="metric", columns="policy", values="value")

    assert values.loc["maximin"].tolist() == [2, 5, 4]
    assert values.loc["satisficing"].tolist() == pytest.approx([2 / 3, 1, 1 / 3])
    best = found[found["metric"] == "maximin"].set_index("policy")["rank"]
    assert best.tolist() == [3, 1, 2]


def test_where_less_is_better_the_order_turns_and_values_keep_their_sign():
    cube = np.repeat(TABLE[..., None], 2, axis=2)
    found = rank(cube, NAMES, higher_is_better=False, threshold=5, draws=50).scores.set_index(["metric", "policy"])

    assert found.loc["maximin", "value"].tolist() == [10, 7, 9]  # the worst is the highest
    assert found.loc[("maximin", "b"), "rank"] == 1
    assert found.loc["max regret", "value"].tolist() == [-6, -3, -3]  # least is 4, 6, 2
    assert found.loc["satisficing", "value"].tolist() == pytest.approx([1 / 3, 1 / 3, 2 / 3])


def test_equal_policies_are_not_ranked_apart_and_luck_does_not_win():
    rng = np.random.default_rng(1)
    cube = rng.standard_normal((4, 40, 6)) + np.array([0, 0, 0, 3])[:, None, None]
    found = rank(cube, ["a", "b", "c", "good"], draws=300)
    expected = found.scores[found.scores["metric"] == "expected"].set_index("policy")

    assert expected.loc["good", ["rank_low", "rank_high", "chance_best"]].tolist() == [1, 1, 1]
    assert expected.loc["good", "chance_first_apart"] == 1
    assert (expected.loc[["a", "b", "c"], "rank_high"] - expected.loc[["a", "b", "c"], "rank_low"] >= 1).all()
    same = rank(rng.standard_normal((3, 40, 6)), NAMES, draws=300).scores
    first_twice = same[same["metric"] == "maximin"]["chance_first_apart"].sum()
    assert first_twice < 0.75  # a winner on one half of the luck is rarely the winner on the other


def test_limits_of_a_mean_cover():
    rng = np.random.default_rng(3)
    covered = 0
    for seed in range(100):
        cube = rng.standard_normal((2, 30, 4)) + rng.standard_normal((1, 30, 1))
        found = rank(cube, ["a", "b"], metrics={"expected": METRICS["expected"]}, draws=200, seed=seed).scores.iloc[0]
        covered += found["low"] <= 0 <= found["high"]

    assert covered >= 88


def test_failed_runs_take_their_pair_along():
    cube = np.repeat(TABLE[..., None], 3, axis=2)
    cube[0, 1, 2] = np.nan  # leaves two replicates of the future
    cube[2, 2, :2] = np.nan  # leaves one
    found = rank(cube, NAMES, draws=20)

    assert (found.futures, found.left_out) == (2, 1)
    assert found.scores.set_index(["metric", "policy"]).loc["maximin", "value"].tolist() == [6, 7, 4]


def test_bad_luck_can_count_instead_of_the_mean():
    luck = np.array([-3.0, 0.0, 3.0])
    cube = np.stack([np.full((2, 3), 1.0), np.tile(2 + luck, (2, 1))])
    mean, fearful = (
        rank(cube, ["safe", "risky"], quantile=q, draws=20).scores.set_index(["metric", "policy"]) for q in (None, 0.0)
    )

    assert mean.loc[("expected", "risky"), "rank"] == 1
    assert fearful.loc[("expected", "risky"), ["value", "rank"]].tolist() == [-1, 2]


def test_a_results_table_becomes_a_cube():
    rows = [("b", 0, 0, 1.0), ("b", 1, 0, 2.0), ("a", 0, 0, 3.0), ("a", 1, 1, 4.0)]
    table = pd.DataFrame(rows, columns=["policies", "future", "replicate", "y"])
    cube, names = robustness.cube(table, "y")

    assert names == ["b", "a"] and cube.shape == (2, 2, 2)
    assert cube[1, 1].tolist() == pytest.approx([np.nan, 4.0], nan_ok=True)
    with pytest.raises(RobustnessError, match="no column 'z'"):
        robustness.cube(table, "z")
    with pytest.raises(RobustnessError, match="two rows"):
        robustness.cube(pd.concat([table, table]), "y")


def test_what_cannot_be_ranked_is_told():
    with pytest.raises(RobustnessError, match="at least two policies"):
        rank(np.ones((1, 3, 2)), ["a"])
    with pytest.raises(RobustnessError, match="only 0 of 3 futures"):
        rank(np.ones((2, 3, 1)), ["a", "b"])
