"""Designs are what they are called, hold each point once a replicate, and treat every kind of parameter fairly."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from abm.parameters import ParameterError, load
from abm.timetable import week_from
from experiments import design as designs
from experiments.design import DesignError
from experiments.factors import Factor, apply, expand, factor, factors, from_day

PARAMETERS = load()
NUMBERS = [Factor("one", "float", 0, 1), Factor("two", "float", -1, 3), Factor("three", "float", 1, 100, "loguniform")]


def test_whole_numbers_and_choices_get_bins_of_equal_chance():
    u = (np.arange(6000) + 0.5) / 6000
    whole = Factor("places", "int", 2, 4).at(u)
    choice = Factor("from", "choice", values=("permit", "home", "housed")).at(u)
    switch = Factor("on", "bool", values=(False, True)).at(u)

    assert np.unique(whole, return_counts=True)[1].tolist() == [2000, 2000, 2000]
    assert np.unique(choice, return_counts=True)[1].tolist() == [2000, 2000, 2000]
    assert switch.sum() == 3000 and switch.dtype == bool


@pytest.mark.parametrize("distribution", ["uniform", "loguniform", "triangular"])
def test_quantiles_stay_within_the_bounds_and_rise(distribution):
    values = Factor("x", "float", 0.1, 0.9, distribution, mode=0.2).at(np.linspace(0, 1, 101))

    assert values[0] == 0.1 and values[-1] == 0.9 and (np.diff(values) > 0).all()


def test_a_triangle_has_its_top_at_the_value_of_the_record():
    record = PARAMETERS["housing_effort"]
    made = factor("housing_effort", PARAMETERS, {"distribution": "triangular"})

    assert made.mode == (record.value if record.values is None else list(record.values.values())[-1])


def test_a_latin_hypercube_has_a_point_in_every_row_and_column():
    unit = designs.lhs(NUMBERS, 16, seed=5).unit

    for column in unit:
        assert sorted((unit[column] * 16).astype(int)) == list(range(16))


def test_the_blocks_of_a_sobol_design_differ_in_one_factor():
    design = designs.sobol(NUMBERS, 8, seed=3, second_order=True)
    unit = design.unit.to_numpy().reshape(8, 8, 3)
    first, mixed, crossed, last = unit[:, 0], unit[:, 1:4], unit[:, 4:7], unit[:, 7]

    for i in range(3):
        others = [j for j in range(3) if j != i]
        assert (mixed[:, i, i] == last[:, i]).all() and (mixed[:, i, others] == first[:, others]).all()
        assert (crossed[:, i, i] == first[:, i]).all() and (crossed[:, i, others] == last[:, others]).all()
    assert design.points["part"].tolist()[:8] == [
        "A",
        "AB:one",
        "AB:two",
        "AB:three",
        "BA:one",
        "BA:two",
        "BA:three",
        "B",
    ]


def test_a_sobol_prefix_is_the_smaller_design():
    small, large = designs.sobol(NUMBERS, 4, seed=3), designs.sobol(NUMBERS, 16, seed=3)

    pd.testing.assert_frame_equal(small.points, large.points.head(len(small)))


def test_a_sobol_design_wants_a_power_of_two():
    with pytest.raises(DesignError, match="100 blocks are not a power of two; take 64 or 128"):
        designs.sobol(NUMBERS, 100)


def test_each_step_of_a_morris_trajectory_moves_one_factor():
    design = designs.morris(NUMBERS, 5, seed=0, levels=4)
    for _, rows in design.unit.groupby(design.points["trajectory"]):
        moved = np.diff(rows.to_numpy(), axis=0) != 0

        assert (moved.sum(axis=1) == 1).all() and (moved.sum(axis=0) == 1).all()


def test_efast_gives_a_curve_a_factor():
    design = designs.efast(NUMBERS, 65, seed=2)

    assert design.points.groupby("curve").size().to_dict() == {"one": 65, "two": 65, "three": 65}
    with pytest.raises(DesignError, match="more than 64"):
        designs.efast(NUMBERS, 64)


@pytest.mark.parametrize("make", [designs.random, designs.lhs, designs.sobol, designs.morris])
def test_a_design_follows_from_its_seed_and_leaves_global_luck_alone(make):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    one, same, other = make(NUMBERS, 4, seed=0), make(NUMBERS, 4, seed=0), make(NUMBERS, 4, seed=1)

    assert one.points.equals(same.points) and not one.points.equals(other.points)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def test_a_grid_holds_every_combination_once():
    design = designs.grid([Factor("a", "int", values=(1, 2)), Factor("b", "float", 0, 1)], levels=2)

    assert design.points[["a", "b"]].to_numpy().tolist() == [[1, 0.25], [1, 0.75], [2, 0.25], [2, 0.75]]


def test_every_future_is_run_under_every_set_of_policies():
    design = designs.lhs(NUMBERS, 3).across({"baseline": (), "savings": ("savings_scheme",)})

    assert design.points["policies"].tolist() == ["baseline", "savings"] * 3
    assert design.points["point"].tolist() == list(range(6)) and design.points["future"].tolist() == [0, 0, 1, 1, 2, 2]
    assert len(design.unit) == 6 and (design.points["one"].diff()[1::2] == 0).all()


def test_runs_are_ordered_replicate_by_replicate():
    runs = designs.lhs(NUMBERS, 3).runs(replicates=2, root=9)

    assert runs["replicate"].tolist() == [0, 0, 0, 1, 1, 1] and runs["point"].tolist() == [0, 1, 2] * 2


def test_points_share_the_luck_of_their_replicate_and_no_two_replicates_share_theirs():
    runs = designs.lhs(NUMBERS, 50).runs(replicates=40, root=1)

    assert (runs.groupby("replicate")["seed"].nunique() == 1).all() and runs["seed"].nunique() == 40


def test_independent_luck_is_unique_over_the_whole_design_and_differs_from_every_shared_one():
    design = designs.lhs(NUMBERS, 50)
    own, shared = design.runs(40, 1, "independent"), design.runs(40, 1)

    assert own["seed"].nunique() == 2000 and not set(own["seed"]) & set(shared["seed"])


def test_a_replicate_is_the_same_however_many_there_are():
    design = designs.lhs(NUMBERS, 2)

    assert design.runs(3, 7)["seed"].unique().tolist() == design.runs(9, 7)["seed"].unique().tolist()[:3]


def test_a_table_is_read_with_its_types(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("housing_effort,registration_from,bridge_course,policies\n0.7,permit,true,\n0.8,housed,0,a + b\n")
    design = designs.table(path, PARAMETERS)

    assert design.points["bridge_course"].tolist() == [True, False]
    assert design.policies == {"baseline": (), "a + b": ("a", "b")}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("housing_efort\n0.7\n", "points.csv: no parameter is called 'housing_efort'. Did you mean 'housing_effort'?"),
        ("housing_effort\nhigh\n", "points.csv: line 2: housing_effort: 'high' is not a number"),
        ("housing_effort\n7\n", "points.csv: line 2: housing_effort: 7 lies outside the range"),
        ("housing_effort,coupling_weeks\n0.7\n", "points.csv: line 2 has 1 cells, the header has 2"),
        ("housing_effort\n", "points.csv: holds no points"),
        ("housing_effort,housing_effort\n1,1\n", "points.csv: the column 'housing_effort' stands twice"),
    ],
)
def test_a_wrong_table_is_refused_in_one_line(tmp_path, text, message):
    path = tmp_path / "points.csv"
    path.write_text(text)
    with pytest.raises(DesignError) as caught:
        designs.table(path, PARAMETERS)

    assert str(caught.value).startswith(message) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "stated", "message"),
    [
        ("chance_relocation", {}, "has categories; name one, as chance_relocation."),
        ("chance_relocation.hotle", {}, "there is no such category"),
        ("housing_effort", {"rnge": [0, 1]}, "unknown key 'rnge'. Did you mean 'range'?"),
        ("housing_effort", {"range": [0.9, 0.7]}, "give the lowest and the highest value"),
        ("housing_effort", {"range": [0, 100]}, "outside the range"),
        ("housing_effort", {"values": [0.7, 0.7]}, "a value stands twice"),
        ("housing_effort", {"starts": "soon"}, "'soon' is not a date"),
        ("bridge_course", {"range": [0, 1]}, "only numbers have one"),
        ("integration_term_weeks", {}, "is fixed in"),
    ],
)
def test_a_wrong_parameter_is_refused(name, stated, message):
    with pytest.raises(ParameterError, match=message):
        factor(name, PARAMETERS, stated)


def test_parameters_are_named_by_pattern_and_role():
    found = [one.name for one in factors([{"role": "lever"}, "motivation_*"], PARAMETERS)]

    assert "motivation_recovery" in found and len(found) == len(set(found))
    assert set(expand("role: lever", PARAMETERS)) <= set(found) | {
        cell for p in PARAMETERS.values() if p.distribution == "fixed" for cell in p.cells()
    }


def test_a_value_from_a_day_on_leaves_the_days_before_as_they_were():
    old = PARAMETERS["grant_rate"]
    new = from_day(old, "grant_rate", 0.5, date(2026, 1, 1))
    weeks = np.arange(500)
    change = week_from("2026-01-01")

    assert (new.over(weeks)[:change] == old.over(weeks)[:change]).all() and (new.over(weeks)[change:] == 0.5).all()


def test_a_value_from_a_day_on_breaks_no_line_before_it():
    name = next(p.name for p in PARAMETERS.values() if p.interpolate == "linear" and p.dated and not p.by)
    old = PARAMETERS[name]
    days = sorted(old.values)
    middle = days[0] + (days[1] - days[0]) / 2
    new = from_day(old, name, old.range[1], middle)
    weeks = np.arange(max(week_from(middle), 0) + 20)
    change = max(week_from(middle), 0)

    assert np.allclose(new.over(weeks)[:change], old.over(weeks)[:change], rtol=1e-12)
    assert (new.over(weeks)[change:] == old.range[1]).all()


def test_a_category_from_a_day_on_leaves_the_others_alone():
    name = PARAMETERS["chance_relocation"].cells()[0]
    new = apply(PARAMETERS, {name: 0.011}, {name: date(2026, 1, 1)})["chance_relocation"].over(np.array([0, 400]))
    old = PARAMETERS["chance_relocation"].over(np.array([0, 400]))

    assert new[1, 0] == 0.011 and (new[0] == old[0]).all() and (new[1, 1:] == old[1, 1:]).all()
