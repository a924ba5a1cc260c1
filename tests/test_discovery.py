"""PRIM and CART on a known box, stability, and a search whose lucky survivors are found out."""

import sys

import numpy as np
import pytest

from experiments import discovery, search
from experiments.discovery import DiscoveryError, boxes
from experiments.factors import Factor
from experiments.search import Objective
from experiments.sensitivity.given_data import MissingExtraError

NAMES = ["a", "b", "c", "d", "e"]


def known_box(noise=0.0, n=400, seed=1):
    """Futures that fail where a > 0.6 and b < 0.4: outcome 1 there, 0 elsewhere, plus noise."""
    rng = np.random.default_rng(seed)
    unit = rng.random((n, 5))
    inside = (unit[:, 0] > 0.6) & (unit[:, 1] < 0.4)
    return unit, inside[:, None] + noise * rng.standard_normal((n, 4)), inside


@pytest.mark.parametrize("method", ["prim", "cart"])
def test_a_known_box_is_found(method):
    if method == "prim":
        pytest.importorskip("ema_workbench")
    unit, outcomes, inside = known_box()
    found = boxes(NAMES, unit, outcomes, lambda value: value > 0.5, method=method, resamples=10)
    limits = found.limits.set_index("input")

    assert limits.loc["a", ["low", "high"]].tolist() == pytest.approx([0.6, 1], abs=0.03)
    assert limits.loc["b", ["low", "high"]].tolist() == pytest.approx([0, 0.4], abs=0.03)
    assert found.stable == ["a", "b"] and (limits.loc[["a", "b"], "share"] == 1).all()
    assert (found.quality["left_out"].iloc[:2] > 0.85).all()
    assert (found.contains == inside).mean() > 0.98


def test_with_noise_the_inputs_that_matter_stay_and_others_do_not():
    pytest.importorskip("ema_workbench")
    unit, outcomes, _ = known_box(noise=0.6)
    found = boxes(NAMES, unit, outcomes, lambda value: value > 0.5, resamples=20)
    limits = found.limits.set_index("input")

    assert (limits.loc[["a", "b"], "share"] > 0.75).all()
    assert set(found.stable) >= {"a", "b"}
    quality = found.quality.set_index("measure")
    assert quality.loc["density", "left_out"] < quality.loc["density", "inside"]


def test_a_box_in_pure_noise_does_not_hold_outside_the_sample():
    pytest.importorskip("ema_workbench")
    rng = np.random.default_rng(2)
    unit = rng.random((300, 5))
    found = boxes(NAMES, unit, rng.standard_normal((300, 3)), lambda value: value > 0.4, resamples=10)
    quality = found.quality.set_index("measure")
    base = found.failed.mean()

    assert quality.loc["density", "left_out"] < base + 0.1


def test_limits_are_given_in_the_values_of_the_inputs():
    unit, outcomes, _ = known_box()
    found = boxes(NAMES, unit, outcomes, lambda value: value > 0.5, method="cart", resamples=5)
    factors = [Factor("a", "float", 0, 10), Factor("b", "bool", values=(False, True))]
    factors += [Factor(name, "float") for name in "cde"]
    values = discovery.values_of(found.limits, factors).set_index("input")

    assert values.loc["a", ["from", "to"]].tolist() == pytest.approx([6, 10], abs=0.3)
    assert values.loc["b", ["from", "to"]].tolist() == [False, False]


def test_too_few_failures_are_told():
    with pytest.raises(DiscoveryError, match="0 of 50 futures fail"):
        boxes(NAMES, np.random.default_rng(1).random((50, 5)), np.zeros((50, 2)), lambda value: value > 1)
    with pytest.raises(DiscoveryError, match="no method 'tree'"):
        boxes(NAMES, np.zeros((1, 5)), np.zeros((1, 1)), lambda value: value > 1, method="tree")


def test_without_the_extra_it_says_how_to_get_it(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] in ("ema_workbench", "platypus")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "ema_workbench", None)
    monkeypatch.setitem(sys.modules, "platypus", None)
    unit, outcomes, _ = known_box()

    with pytest.raises(MissingExtraError, match=r"pip install -c constraints.txt '.\[discovery\]'"):
        boxes(NAMES, unit, outcomes, lambda value: value > 0.5)
    with pytest.raises(MissingExtraError, match=r"pip install -c constraints.txt '.\[discovery\]'"):
        search.search(lambda *_: np.zeros(1), [Factor("a", "float")], OBJECTIVES)


OBJECTIVES = [Objective("cost", 0.02), Objective("gain", 0.02, maximise=True)]


def evaluate(noise, calls):
    """Cost a^2 and gain 1 - (1 - a)^2 - b: the best have b = 0; c does nothing."""
    rng = np.random.default_rng(3)

    def run(points, replicates, round_):
        calls.append((round_, len(points)))
        a, b, _ = points.T
        truth = np.stack([a**2, 1 - (1 - a) ** 2 - b], axis=1)
        return truth[:, None] + noise * rng.standard_normal((len(points), replicates, 2))

    return run


FACTORS = [Factor(name, "float") for name in "abc"]


def test_a_search_finds_what_is_not_beaten():
    pytest.importorskip("platypus")
    calls = []
    found = search.search(evaluate(0.0, calls), FACTORS, OBJECTIVES, budget=1500, population=50, seed=2)

    assert len(found.kept) > 5 and found.kept["b"].max() < 0.1
    assert found.optimism["optimism"].abs().max() < 1e-9
    assert sum(n for round_, n in calls if round_ == 0) >= 1400 and calls[-1][0] == 1


def test_lucky_survivors_are_found_out():
    pytest.importorskip("platypus")
    found = search.search(evaluate(0.3, []), FACTORS, OBJECTIVES, budget=600, population=50, fresh=20, seed=2)

    assert (found.optimism["optimism"] > 0.1).all()  # they looked better than they are
    assert len(found.dropped) > 0
    kept = found.kept
    assert not search.beaten(np.column_stack([kept["cost"], -kept["gain"]])).any()
