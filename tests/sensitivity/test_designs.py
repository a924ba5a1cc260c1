"""Designs, factors and SALib's analyses: seeds heeded, nothing missing passed on, no results of another design."""

import numpy as np
import pandas as pd
import pytest

from abm.parameters import ParameterError, load
from experiments.sensitivity import designs, factors, morris, salib
from experiments.sensitivity.designs import DesignError
from experiments.sensitivity.factors import Factor
from tests.sensitivity.functions import ISHIGAMI, noisy
from tests.sensitivity.functions import factors as plain


@pytest.mark.parametrize("seed", [0, 1])
def test_a_seed_gives_the_same_design_and_leaves_the_global_generator_alone(seed):
    np.random.seed(5)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    made = [designs.morris(plain(3), 4, seed=seed), designs.latin(plain(3), 9, seed=seed)]
    again = [designs.morris(plain(3), 4, seed=seed), designs.latin(plain(3), 9, seed=seed)]

    assert [one.identity for one in made] == [one.identity for one in again]
    for method in ("pawn", "delta"):
        sample = designs.latin(plain(3), 200, seed=seed)
        found = [salib.analyse(method, sample, sample.unit[:, 0], seed=seed) for _ in range(2)]
        assert found[0].equals(found[1])
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def test_other_seeds_give_other_designs():
    assert len({designs.sobol(plain(3), 8, seed=seed).identity for seed in range(4)}) == 4


@pytest.mark.parametrize("n", [4, 48, 100])
def test_a_sobol_design_has_a_power_of_two(n):
    with pytest.raises(DesignError, match="power of two"):
        designs.sobol(plain(3), n)


@pytest.mark.parametrize("method", salib.METHODS)
def test_every_method_finds_the_input_that_matters(method):
    design = {
        "sobol": lambda: designs.sobol(plain(3), 256),
        "morris": lambda: designs.morris(plain(3), 20),
        "efast": lambda: designs.efast(plain(3), 257),
    }.get(method, lambda: designs.latin(plain(3), 512))()
    found = salib.analyse(method, design, design.unit[:, 1] ** 2 + 0.1 * design.unit[:, 0], seed=1)

    for _, rows in found.groupby("measure"):
        assert rows.set_index("input")["value"].idxmax() == "x2"
    assert set(found["design"]) == {design.identity}


@pytest.mark.parametrize("method", salib.METHODS)
def test_no_method_is_given_a_missing_number(method):
    kind = salib.OWN_DESIGN.get(method)
    design = designs.sobol(plain(2), 64) if kind is None else getattr(designs, kind)(plain(2), 128)
    outcome = design.unit[:, 0].copy()
    outcome[3] = np.nan

    with pytest.raises(DesignError, match=r"1 of .* results are missing"):
        salib.analyse(method, design, outcome)


def test_results_of_another_design_are_refused():
    one, other = designs.latin(plain(2), 40, seed=1), designs.latin(plain(2), 40, seed=2)

    with pytest.raises(DesignError, match=one.identity):
        salib.analyse("pawn", other, one.unit[:, 0], identity=one.identity)
    table = pd.DataFrame({"design": one.identity, "point": range(40), "replicate": 0, "y": 1.0})
    with pytest.raises(DesignError, match=one.identity):
        other.wide(table, "y")
    with pytest.raises(DesignError, match="needs a sobol design"):
        salib.analyse("sobol", one, one.unit[:, 0])
    with pytest.raises(DesignError, match="Did you mean 'pawn'"):
        salib.analyse("pawnn", one, one.unit[:, 0])


def test_missing_runs_are_nan_and_doubled_ones_refused():
    design = designs.latin(plain(2), 3)
    table = pd.DataFrame({"point": [0, 0, 2], "replicate": [0, 1, 0], "y": [1.0, np.inf, 3.0]})

    expected = np.array([[1, np.nan], [np.nan] * 2, [3, np.nan]])
    assert design.wide(table, "y") == pytest.approx(expected, nan_ok=True)
    with pytest.raises(DesignError, match="two rows"):
        design.wide(pd.concat([table, table]), "y")
    with pytest.raises(DesignError, match="no outcome is called 'z'"):
        design.wide(table, "z")


# --- factors


def test_bins_have_equal_chances():
    unit = np.random.default_rng(1).random(6000)
    for factor, n in ((Factor("a", kind="int", low=0, high=2), 3), (Factor("b", kind="choice", choices=("x", "y")), 2)):
        _, counts = np.unique(factor.values(unit).astype(str), return_counts=True)
        assert len(counts) == n and counts == pytest.approx(6000 / n, rel=0.1)
    assert Factor("c", kind="bool").values(np.array([0, 0.49, 0.5, 1])).tolist() == [False, False, True, True]


@pytest.mark.parametrize("distribution", factors.DISTRIBUTIONS)
def test_quantiles_rise_from_the_lowest_to_the_highest(distribution):
    values = Factor("a", low=1, high=4, distribution=distribution, mode=2).values(np.linspace(0, 1, 11))

    assert values[[0, -1]] == pytest.approx([1, 4]) and (np.diff(values) > 0).all()
    middle = {"uniform": 2.5, "loguniform": 2.0, "triangular": 4 - np.sqrt(3)}[distribution]
    assert values[5] == pytest.approx(middle)


def test_all_uncertain_parameters_and_levers_can_be_chosen_and_laid_over():
    parameters = load()
    chosen = factors.choose(parameters, roles=["uncertainty", "lever"])
    roles = [p.name for p in parameters.values() if p.role != "fact"]

    names = {factor.name for factor in chosen.factors} - {factors.DUMMY}
    assert names | set(chosen.left_out) == set(roles) and len(chosen.left_out) < 10
    assert "shares of one whole" in chosen.left_out["education_share"]
    design = designs.sobol(chosen.factors, 8)
    for row in design.points().to_dict("records")[:: len(chosen.factors)]:
        factors.applied(parameters, chosen.factors, row)  # raises where a value is not allowed


def test_a_dated_parameter_is_scaled_and_keeps_its_dates_and_range():
    parameters = load()
    made = factors.of_parameter(parameters["grant_rate"])
    changed = factors.applied(parameters, [made], {"grant_rate": 1.1})["grant_rate"]
    old, high = parameters["grant_rate"], parameters["grant_rate"].range[1]

    assert made.how == "scale" and list(changed.values) == list(old.values)
    for day, value in old.values.items():
        assert changed.values[day] == pytest.approx(min(1.1 * value, high))


def test_the_inert_factor_changes_nothing():
    parameters = load()

    assert factors.applied(parameters, [factors.dummy()], {factors.DUMMY: 0.7}) is not None
    assert dict(factors.applied(parameters, [factors.dummy()], {factors.DUMMY: 0.7})) == dict(parameters)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"grant_rat": None}, "Did you mean 'grant_rate'"),
        ({"hours_scale": {"lowest": 1}}, "unknown key 'lowest'. Did you mean 'low'"),
        ({"hours_scale": {"low": 0.1}}, "outside the range"),
        ({"education_share": None}, "shares of one whole"),
        ({"grant_rate": {"scale": [1.2, 1.1]}}, "two rising numbers"),
    ],
)
def test_a_mistake_is_named(names, message):
    with pytest.raises(ParameterError, match=message):
        factors.choose(load(), names=names)


# --- screening


def test_screening_ranks_what_is_above_the_noise_and_nothing_else():
    design = designs.morris(plain(4), 100, seed=2)
    known = ISHIGAMI._replace(function=lambda unit: 3 * unit[:, 0] + unit[:, 1], variance=10 / 12)
    wide = noisy(design, known, 2, 0.3, np.random.default_rng(1))
    found = morris.screen(design, wide, alpha=0.005).table.set_index("input")

    assert found.loc[["x1", "x2"], "rank"].tolist() == [1, 2]
    assert found.loc[["x1", "x2"], "effect"].to_numpy() == pytest.approx([3, 1], abs=0.3)
    assert found.loc[["x3", "x4"], "rank"].isna().all() and found.loc["x4", "mu_star"] > 0.3
    assert (found.loc[["x3", "x4"], "mu_star"] < found.loc[["x3", "x4"], "floor"]).all()


def test_an_inert_factor_is_below_its_floor_in_most_designs():
    wrong = 0
    for seed in range(60):
        design = designs.morris(plain(4), 10, seed=seed)
        wide = noisy(design, ISHIGAMI, 2, 0.3, np.random.default_rng(seed), uneven=True)
        wrong += bool(morris.screen(design, wide, draws=50).table["above"].iloc[-1])

    assert wrong <= 8  # of 60; 3 expected


def test_effects_without_noise_are_slopes():
    design = designs.morris(plain(3), 6)
    effects = morris.elementary_effects(design, (design.unit @ [2.0, -1.0, 0.0])[:, None])

    assert effects[:, :, 0] == pytest.approx(np.repeat([[2.0], [-1.0], [0.0]], 6, axis=1))


def test_groups_are_screened_together():
    design = designs.morris(plain(4), 8, groups=["one", "one", "two", "two"])
    found = morris.screen(design, (design.unit[:, 0] + 0.0)[:, None], deterministic=True).table.set_index("input")

    assert found.loc["one", "mu_star"] == pytest.approx(1) and found.loc["two", "mu_star"] == 0


def test_a_curve_moves_one_factor_at_a_time():
    design = designs.ofat(plain(2), 3, [0.5, 0.25])

    assert design.unit.tolist() == [[0.5, 0.25], [0, 0.25], [0.5, 0.25], [1, 0.25], [0.5, 0], [0.5, 0.5], [0.5, 1]]
