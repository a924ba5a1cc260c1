"""Given-data sensitivity through OpenTURNS, where it is installed."""

import sys

import numpy as np
import pytest

from experiments.design import DesignError
from experiments.sensitivity import given_data as module
from experiments.sensitivity.given_data import MissingExtraError, given_data


def test_without_openturns_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "openturns", None)

    with pytest.raises(MissingExtraError, match=r"pip install -c constraints.txt '.\[given-data\]'"):
        given_data(("a",), np.zeros((40, 1)), np.arange(40.0))


def test_what_matters_has_a_small_p_and_what_does_not_has_not():
    pytest.importorskip("openturns")
    rng = np.random.default_rng(1)
    unit = rng.random((300, 3))
    outcome = np.sin(6 * unit[:, 0]) + unit[:, 1] + 0.3 * rng.standard_normal(300)
    outcome[:5] = np.nan
    found = given_data(("a", "b", "c"), unit, outcome).set_index("input")

    assert (found.loc[["a", "b"], "p_holm"] < 0.01).all() and found.loc["c", "p_holm"] > 0.05
    assert found["rank_first"].idxmax() == "a" and found.loc["c", "low"] < 0.05
    assert (found["p"] >= 1 / (module.PERMUTATIONS + 1)).all()
    with pytest.raises(DesignError, match="too few"):
        given_data(("a", "b", "c"), unit[:20], outcome[:20])
