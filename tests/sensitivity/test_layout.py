"""Layouts and SALib's analyses: seeds heeded, nothing missing passed on, no results of another design; screening."""

import numpy as np
import pandas as pd
import pytest

from abm.parameters import ParameterError, load
from experiments import design as designs
from experiments import factors as factoring
from experiments.design import DesignError
from experiments.sensitivity import choice, morris, salib
from tests.sensitivity.functions import ISHIGAMI, factors, laid_out, noisy


@pytest.mark.parametrize("seed", [0, 1])
def test_a_seed_is_heeded_and_the_global_generator_left_alone(seed):
    np.random.seed(5)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002

    for method in ("pawn", "delta"):
        layout = laid_out("lhs", 2, 60, seed=seed)
        one, same, other = (
            salib.analyse(method, layout, layout.unit[:, 0], seed=number) for number in (seed, seed, seed + 1)
        )
        assert one.equals(same)
        assert method == "pawn" or not one.equals(other)  # pawn draws nothing
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def test_other_seeds_give_other_designs():
    assert len({laid_out("sobol", 3, 8, seed=seed).identity for seed in range(4)}) == 4
    assert laid_out("sobol", 3, 8, seed=0).identity == laid_out("sobol", 3, 8, seed=0).identity


@pytest.mark.parametrize("method", salib.METHODS)
def test_every_method_finds_the_input_that_matters(method):
    layout = {
        "sobol": lambda: laid_out("sobol", 3, 256),
        "morris": lambda: laid_out("morris", 3, 20),
        "efast": lambda: laid_out("efast", 3, 257),
        "delta": lambda: laid_out("lhs", 3, 100),  # the slowest by far
    }.get(method, lambda: laid_out("lhs", 3, 512))()
    found = salib.analyse(method, layout, layout.unit[:, 1] ** 2 + 0.1 * layout.unit[:, 0], seed=1)

    for _, rows in found.groupby("measure"):
        assert rows.set_index("input")["value"].idxmax() == "x2"
    assert set(found["design"]) == {layout.identity}


@pytest.mark.parametrize("method", salib.METHODS)
def test_no_method_is_given_a_missing_number(method):
    layout = laid_out(salib.OWN_DESIGN.get(method, "lhs"), 2, 128)
    outcome = layout.unit[:, 0].copy()
    outcome[3] = np.nan

    with pytest.raises(DesignError, match=r"1 of .* results are missing"):
        salib.analyse(method, layout, outcome)


def test_results_of_another_design_are_refused():
    one, other = laid_out("lhs", 2, 40, seed=1), laid_out("lhs", 2, 40, seed=2)

    with pytest.raises(DesignError, match=one.identity):
        salib.analyse("pawn", other, one.unit[:, 0], identity=one.identity)
    table = one.points[["point", "x1", "x2"]].assign(replicate=0, y=1.0)
    assert one.wide(table, "y").shape == (40, 1)
    with pytest.raises(DesignError, match="other values of 'x1'"):
        other.wide(table, "y")
    with pytest.raises(DesignError, match=one.identity):
        other.wide(table.drop(columns=["x1", "x2"]).assign(design=one.identity), "y")
    with pytest.raises(DesignError, match="needs a sobol design"):
        salib.analyse("sobol", one, one.unit[:, 0])
    with pytest.raises(DesignError, match="Did you mean 'pawn'"):
        salib.analyse("pawnn", one, one.unit[:, 0])


def test_missing_runs_are_nan_and_doubled_ones_refused():
    layout = laid_out("lhs", 2, 3)
    table = pd.DataFrame({"point": [0, 0, 2], "replicate": [0, 1, 0], "y": [1.0, np.inf, 3.0]})

    expected = np.array([[1, np.nan], [np.nan] * 2, [3, np.nan]])
    assert layout.wide(table, "y") == pytest.approx(expected, nan_ok=True)
    with pytest.raises(DesignError, match="two rows"):
        layout.wide(pd.concat([table, table]), "y")
    with pytest.raises(DesignError, match="no outcome is called 'z'"):
        layout.wide(table, "z")


# --- what is varied


def test_all_uncertain_parameters_and_levers_can_be_chosen_and_laid_over():
    parameters = load()
    chosen = choice.choose(parameters)
    roles = {p.name for p in parameters.values() if p.role != "fact"}

    names = {factoring.parameter_of(factor.name) for factor in chosen.factors} - {""}
    assert names | set(chosen.left_out) == roles and len(chosen.left_out) < 10
    assert "shares of one whole" in chosen.left_out["education_share"]
    points = designs.lhs(chosen.factors, 4).points
    for row in points[[factor.name for factor in chosen.factors]].to_dict("records"):
        factoring.apply(parameters, row)  # raises where a value is not allowed


def test_the_present_changes_nothing():
    parameters = load()
    chosen = choice.choose(parameters)
    dated = [factor for factor in chosen.factors if factor.name.startswith(factoring.SCALE)]

    here = choice.present(dated, parameters)
    assert dict(factoring.apply(parameters, here)) == dict(parameters) and set(here.values()) == {1.0}
    assert choice.present(chosen.factors, parameters)["housing_effort"] == parameters["housing_effort"].value


def test_a_dated_parameter_is_multiplied_and_keeps_its_dates_and_range():
    parameters = load()
    changed = factoring.apply(parameters, {"scale:grant_rate": 1.1})["grant_rate"]
    old, high = parameters["grant_rate"], parameters["grant_rate"].range[1]

    assert list(changed.values) == list(old.values)
    for day, value in old.values.items():
        assert changed.values[day] == pytest.approx(min(1.1 * value, high))


def test_the_inert_input_changes_nothing():
    parameters = load()

    assert dict(factoring.apply(parameters, {choice.DUMMY: 0.7})) == dict(parameters)


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"grant_rat": None}, "Did you mean 'grant_rate'"),
        ({"scale:grant_rat": None}, "Did you mean 'grant_rate'"),
        ({"hours_scale": {"rang": [1, 2]}}, "unknown key 'rang'. Did you mean 'range'"),
        ({"scale:education_share": None}, "shares of one whole"),
        ({"scale:twv_on": None}, "of type bool"),
        ({"scale:grant_rate": {"range": [1.2, 1.1]}}, "two rising numbers"),
        ({"inert:dummy": {"range": [0, 1]}}, "state nothing about it"),
    ],
)
def test_a_mistake_is_named(stated, message):
    with pytest.raises(ParameterError, match=message):
        choice.choose(load(), stated=stated)


def test_points_of_a_block_can_share_their_luck():
    design = designs.sobol(factors(2), 8)
    runs = design.runs(3, root=5, luck="block")
    seeds = runs.assign(block=runs["point"].map(design.points["block"]))

    assert (seeds.groupby(["block", "replicate"])["seed"].nunique() == 1).all()
    assert seeds["seed"].nunique() == 8 * 3
    with pytest.raises(DesignError, match="has no blocks"):
        designs.lhs(factors(2), 8).runs(2, luck="block")


def test_a_curve_moves_one_factor_at_a_time_from_the_present():
    design = designs.ofat(factors(2), 3, {"x1": 0.6, "x2": 0.25})

    assert design.points[["varied", "x1", "x2"]].to_numpy().tolist() == [
        ["", 0.6, 0.25],
        *[["x1", value, 0.25] for value in (0, 0.5, 1)],
        *[["x2", 0.6, value] for value in (0, 0.5, 1)],
    ]


def test_a_group_that_is_misspelt_is_named():
    with pytest.raises(DesignError, match="'x4' is not varied"):
        laid_out("sobol", 3, 8, groups={"x1": "a", "x2": "a", "x4": "b"})


# --- screening


def test_screening_ranks_what_is_above_the_noise_and_nothing_else():
    design = laid_out("morris", 4, 100, seed=2)
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
        design = laid_out("morris", 4, 10, seed=seed)
        wide = noisy(design, ISHIGAMI, 2, 0.3, np.random.default_rng(seed), uneven=True)
        wrong += bool(morris.screen(design, wide, draws=50).table["above"].iloc[-1])

    assert wrong <= 8  # of 60; 3 expected


def test_effects_without_noise_are_slopes():
    design = laid_out("morris", 3, 6)
    effects = morris.elementary_effects(design, (design.unit @ [2.0, -1.0, 0.0])[:, None])

    assert effects[:, :, 0] == pytest.approx(np.repeat([[2.0], [-1.0], [0.0]], 6, axis=1))


def test_groups_are_screened_together():
    design = laid_out("morris", 4, 8, groups={"x1": "one", "x2": "one", "x3": "two", "x4": "two"})
    found = morris.screen(design, (design.unit[:, 0] + 0.0)[:, None], deterministic=True).table.set_index("input")

    assert found.loc["one", "mu_star"] == pytest.approx(1) and found.loc["two", "mu_star"] == 0


def test_limits_stay_finite_where_few_trajectories_have_an_effect():
    from experiments.sensitivity import bootstrap

    rare = np.zeros((2, 6))
    rare[0, 2] = 1.0
    rare[1] = 0.5 + 1e-17 * np.arange(6)
    found = bootstrap.mean(rare, bootstrap.resamples(6, 400))

    assert found.low[0] < 0 < found.value[0] < found.high[0] < 2
    assert found.low[1] == pytest.approx(0.5) and found.high[1] == pytest.approx(0.5)
