"""Exponential, logistic and the chance of a hazard, against the library of C."""

import math

import numpy as np
import pytest

from abm import arithmetic

FORMS = ["compiled", "plain"]


def form(name, which):
    function = getattr(arithmetic, name)
    return function if which == "compiled" else function.py_func


def over(low, high, n=20_001):
    """Give points from low to high: evenly spread, the ends, and numbers of every size around zero."""
    small = np.geomspace(1e-300, max(abs(low), abs(high)), 2000)
    points = np.concatenate([np.linspace(low, high, n), small, -small])
    return [float(x) for x in points if low <= x <= high]


@pytest.mark.parametrize("which", FORMS)
def test_exp_is_right_to_one_in_ten_million_million(which):
    exp = form("exp", which)
    worst = max(abs(exp(x) / math.exp(x) - 1.0) for x in over(-40.0, 40.0))

    assert worst < 1e-13


@pytest.mark.parametrize("which", FORMS)
def test_exp_is_right_where_one_table_entry_meets_the_next(which):
    exp, step = form("exp", which), math.log(2.0) / 64
    edges = [(n + half) * step + shift for n in range(-3600, 3600) for half in (0.0, 0.5) for shift in (-1e-9, 0, 1e-9)]

    assert max(abs(exp(x) / math.exp(x) - 1.0) for x in edges) < 1e-13


@pytest.mark.parametrize("which", FORMS)
def test_exp_is_exact_at_zero_never_falls_and_stops_at_forty(which):
    exp = form("exp", which)
    values = [exp(x) for x in np.linspace(-41.0, 41.0, 50_001).tolist()]

    assert exp(0.0) == 1.0
    assert (np.diff(values) >= 0.0).all()
    assert exp(1000.0) == exp(40.0) and exp(-1000.0) == exp(-40.0) > 0.0
    assert exp(math.inf) == exp(40.0) and exp(-math.inf) == exp(-40.0)


def test_plain_and_compiled_exp_have_the_same_bits():
    """Library versions differ in the last bit between processors, which can flip a decision years later."""
    for x in over(-45.0, 45.0):
        assert arithmetic.exp(x) == arithmetic.exp.py_func(x)


@pytest.mark.parametrize("which", FORMS)
def test_logistic_is_right_even_and_between_zero_and_one(which):
    logistic = form("logistic", which)
    for x in over(-40.0, 40.0, 5001):
        assert logistic(x) == pytest.approx(1.0 / (1.0 + math.exp(-x)), rel=1e-13)
        assert logistic(x) + logistic(-x) == pytest.approx(1.0, abs=1e-15)
    assert logistic(0.0) == 0.5 and 0.0 < logistic(-1e9) < 1e-17 and logistic(1e9) == 1.0


@pytest.mark.parametrize("which", FORMS)
def test_the_chance_of_a_hazard_is_one_less_the_chance_that_nothing_happens(which):
    chance_of = form("chance_of", which)
    for hazard in [*np.geomspace(1e-12, 0.05, 2000).tolist(), *np.linspace(0.0, 10.0, 5001).tolist()]:
        assert chance_of(hazard) == pytest.approx(-math.expm1(-hazard), rel=3e-7, abs=1e-300)
    assert chance_of(0.0) == 0.0 and chance_of(1e6) == pytest.approx(1.0)


@pytest.mark.parametrize("which", FORMS)
def test_the_chance_never_falls_where_the_series_gives_way_to_the_exponential(which):
    chance_of = form("chance_of", which)
    values = [chance_of(h) for h in np.linspace(0.0499, 0.0501, 2001).tolist()]

    assert (np.diff(values) > 0.0).all()


@pytest.mark.parametrize("which", FORMS)
def test_clip_keeps_what_is_within_its_bounds(which):
    clip = form("clip", which)

    assert [clip(x, 0.0, 1.0) for x in (-0.1, 0.0, 0.4, 1.0, 7.0)] == [0.0, 0.0, 0.4, 1.0, 1.0]
