"""The staged recipe and the command, on a model whose answer is known."""

import re
from pathlib import Path

import pandas as pd
import pytest

import experiments
from abm import load
from analysis.cli import main
from experiments.factors import INERT, parameter_of
from experiments.runner import run as make
from experiments.sensitivity import morris, recipe
from experiments.sensitivity.recipe import RecipeError

SHIPPED = Path(experiments.__path__[0]) / "specs" / "recipes"
STATED = {
    "question": "Is the answer found?",
    "roles": [],
    "parameters": ["housing_effort", "motivation_recovery", "twv_on", "job_finding_base", "scale:grant_rate"],
    "outcomes": {"stock": {"column": "in_reception", "summary": "last", "label": "people"}, "open_cases": None},
    "over_time": ["in_reception"],
    "scale": 0.5,
    "until": "2022-12-31",
    "curves": {"n": 3, "replicates": 2},
    "screen": {"n": 8, "replicates": 2},
    "survivors": 3,
    "sobol": {"n": 64, "replicates": 2},
    "model": "tests.sensitivity.linear_model:LinearModel",
}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Give what the recipe found, and its folder."""
    folder = tmp_path_factory.mktemp("recipe") / "known"
    return recipe.follow(recipe.from_mapping(STATED, "known"), folder, lambda experiment: _here(experiment)), folder


def _here(experiment):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as executor:
        make(experiment, executor)


def test_what_matters_survives_and_gets_its_index(found):
    result, _ = found
    total = result.indices["stock"].total

    assert set(result.kept) == {"housing_effort", "motivation_recovery", "twv_on"}
    assert total.loc["housing_effort", "value"] == pytest.approx(100 / 116, abs=0.08)
    assert total.loc["motivation_recovery", "value"] == pytest.approx(16 / 116, abs=0.08)
    assert result.indices["stock"].outranks.loc["housing_effort", "motivation_recovery"] == 1
    assert result.indices["open_cases"].total["value"].idxmax() == "twv_on"


def test_no_outcome_is_left_without_the_inputs_that_move_it():
    def screened(effects):
        table = pd.DataFrame({"input": list("abcd"), "effect": effects, "above": True})
        return morris.Screening(table, 4, 0, 2)

    screening = {"one": screened([3, 2, 0.1, 0]), "other": screened([0, 0.1, 0.1, 1])}
    assert recipe.survivors(screening, 2) == ("d", "a")
    assert recipe.carried(screening["one"], ("d", "a")) == pytest.approx(9 / 13.01)


def test_the_inert_input_cannot_be_told_from_zero(found):
    result, _ = found

    for each in result.indices.values():
        (name,) = [name for name in each.total.index if name.startswith(INERT)]
        assert each.total.loc[name, "low"] <= 0 <= each.total.loc[name, "high"]
    for each in result.screening.values():
        assert not each.table.set_index("input").filter(like=INERT, axis=0)["above"].any()


def test_every_figure_of_the_report_carries_the_runs_of_its_stage(found, tmp_path):
    from analysis import provenance
    from analysis.sensitivity import write

    result, folder = found
    written = write(result, tmp_path / "report")
    pictures = sorted((tmp_path / "report" / "figures").glob("*.png"))
    stages = {"curves": "1-curves", "screen": "2-screen", "sobol": "3-sobol", "convergence": "3-sobol"}

    assert len(pictures) == written.figures == 9
    for picture in pictures:
        origin = provenance.read(picture)
        stage = stages.get(picture.stem.partition("_")[0], "3-sobol")
        runs = pd.read_parquet(folder / stage / "design.parquet")["run"]
        assert origin.figure == picture.stem and sorted(row.run for row in origin.rows) == sorted(runs)
        assert all(verdict.reproduces for verdict in provenance.verify(picture, rows=3, seed=1))
        assert main(["verify", str(picture), "--rows", "1"]) == 0


def test_curves_show_the_change_from_the_present(found):
    curve = found[0].curves["stock"].set_index("input").loc["housing_effort"]

    assert curve["change"].diff().dropna().tolist() == pytest.approx([10 * 104 / 2] * 2, rel=0.02)
    assert curve["low"].tolist() == pytest.approx(curve["high"].tolist())  # the same luck cancels


def test_indices_are_followed_over_time(found):
    table = found[0].over_time["in_reception"]

    assert sorted(table["week"].unique()) == [52, 78]
    assert table[(table["order"] == "total") & (table["input"] == "housing_effort")]["value"].min() > 0.7


def test_a_finished_recipe_makes_no_run_again_and_another_is_refused(found):
    _, folder = found
    asked = []

    recipe.follow(
        recipe.from_mapping(STATED, "known"), folder, lambda experiment: asked.append(len(experiment.waiting()))
    )
    assert asked == [0, 0, 0]
    with pytest.raises(ValueError, match="was made with another seed"):
        recipe.follow(recipe.from_mapping({**STATED, "seed": 2}, "known"), folder, _here)


def test_the_report_holds_tables_figures_and_a_plain_answer(found, tmp_path):
    from analysis.sensitivity import write

    written = write(found[0], tmp_path / "report")
    text = written.report.read_text()

    assert written.figures == 9 and written.tables == 11
    assert "The inert input cannot be told from zero in any outcome." in text
    assert "housing effort (0." in text and "indistinguishable from zero" in text
    pictures = re.findall(r"\((figures/[^)]+)\)", text)
    assert len(pictures) == 9 and all((tmp_path / "report" / name).stat().st_size > 5_000 for name in pictures)
    total = pd.read_csv(tmp_path / "report" / "tables" / "sobol_stock.csv")
    assert {"input", "order", "value", "low", "high", "estimand"} <= set(total.columns)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rols": []}, "unknown key 'rols'. Did you mean 'roles'"),
        ({"roles": ["levr"]}, "there is no 'levr'. Did you mean 'lever'"),
        ({"sobol": {"n": 64, "replicates": 1}}, "one replicate cannot tell noise from effects"),
        ({"screen": {"m": 4}}, "screen: unknown key 'm'"),
        ({"parameters": ["housing_efort"]}, "Did you mean 'housing_effort'"),
    ],
)
def test_a_mistake_in_a_recipe_is_named(change, message):
    with pytest.raises((RecipeError, ValueError), match=message):
        recipe.from_mapping({**STATED, **change}, "known")


# --- the command


def test_the_shipped_recipe_varies_all_that_is_uncertain_and_the_levers_of_a_first_analysis(capsys):
    assert main(["sensitivity", "recipe", "--dry-run"]) == 0
    said = capsys.readouterr().out

    assert re.search(r"recipe: 3\d\d inputs, about \d+ runs \(curves \d+, screen \d+, sobol \d+\), scale 0.1", said)
    whole, first = (recipe.read(SHIPPED / f"{name}.yaml") for name in ("recipe", "first"))
    varied = {parameter_of(one.name) for one in whole.factors}
    uncertain = {name for name, parameter in load().items() if parameter.role == "uncertainty"}
    assert uncertain <= varied | set(whole.left_out)
    assert {parameter_of(one.name) for one in first.factors} <= varied


@pytest.fixture
def specification(tmp_path):
    """Give a specification of the known model."""
    path = tmp_path / "known.yaml"
    path.write_text(
        "design: {kind: lhs, n: 8}\nparameters: [housing_effort, motivation_recovery, twv_on]\n"
        "outcomes: {stock: {column: in_reception, summary: last}}\n"
        "scale: 0.5\nuntil: 2021-12-31\nmodel: tests.sensitivity.linear_model:LinearModel\n"
    )
    return path


@pytest.mark.parametrize("method", ["screen", "sobol", "pawn", "rsa", "given-data"])
def test_one_method_on_one_specification(method, specification, tmp_path, capsys):
    if method == "given-data":
        pytest.importorskip("openturns")
    size = {"screen": "4", "sobol": "16"}.get(method, "80")
    folder = str(tmp_path / "made")
    command = ["sensitivity", str(specification), "--method", method, "--n", size, "--executor", "threads"]

    assert main([*command, "--workers", "1", "--out", folder]) == 0
    report = tmp_path / "made" / f"analysis-{method}" / "report.md"
    assert str(report) in capsys.readouterr().out
    assert "housing effort" in report.read_text().replace("_", " ")
    # the folder alone is enough to analyse it once more
    assert main(["sensitivity", folder, "--method", method]) == 0


def test_runs_that_fail_are_left_out_and_the_bias_is_told(specification, tmp_path, capsys):
    specification.write_text(specification.read_text().replace("LinearModel", "BreakingModel"))
    command = ["sensitivity", str(specification), "--method", "rbd-fast", "--n", "80", "--executor", "threads"]

    assert main([*command, "--workers", "1", "--out", str(tmp_path / "made")]) == 0
    assert "the analysis goes on without them" in capsys.readouterr().err
    report = (tmp_path / "made" / "analysis-rbd-fast" / "report.md").read_text()
    assert "runs failed or are missing" in report
    assert "failures come with high values of housing_effort" in report


def test_a_plan_proposes_what_fits(specification, tmp_path, capsys):
    command = ["sensitivity", "plan", str(specification), "--hours", "0.2", "--executor", "threads", "--workers", "1"]

    assert main([*command, "--out", str(tmp_path / "pilot")]) == 0
    said = capsys.readouterr().out
    assert "luck is" in said and re.search(r"Shortest that is enough: --n \d+ --replicates \d --scale 0.\d+", said)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["sensitivity", "nowhere.yaml", "--method", "sobol"], "nowhere.yaml: there is no such file"),
        (["sensitivity", "futures"], "name a --method: screen, sobol"),
        (["sensitivity", "futures", "--method", "sobl"], "there is no 'sobl'. Did you mean 'sobol'"),
        (["sensitivity", "futures", "--method", "sobol", "--n", "100"], "not a power of two; take 64 or 128"),
        (["sensitivity", "policies", "--method", "sobol"], "several sets of policies; leave one under 'policies'"),
        (["sensitivity", "recipe", "one", "two"], "write recipe"),
        (["calibrate", "nowhere.yaml"], "nowhere.yaml: there is no such file"),
    ],
)
def test_a_mistake_in_a_command_is_one_line(command, message, capsys):
    assert main(command) == 2
    said = capsys.readouterr().err

    assert message in said and said.count("\n") == 1
