"""`werkstand calibrate`: plans, targets and measures, and a spoilt parameter that is put right on a known model."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
import yaml

from abm.parameters import load
from abm.parameters.reading import read_file
from analysis import calibration
from analysis.calibration import PlanError
from analysis.cli import main
from analysis.validation.record import Record
from experiments.targets import TargetError
from tests import made_frames as made

STATED = {
    "parameters": {"housing_effort": {"range": [0.5, 1.1]}, "vbi_acceptance": {"range": [0.4, 0.95]}},
    "targets": ["P03", "P05", "P11"],
    "hindcast": False,
    "scale": 0.5,
    "until": "2026-12-31",
    "waves": 2,
    "points": 15,
    "replicates": 2,
}


@pytest.fixture
def known(monkeypatch):
    """Let the runs be made by a model whose measures are known."""
    monkeypatch.setattr(calibration, "MODEL", "tests.sensitivity.measured_model:KnownMeasures")


def test_a_spoilt_parameter_is_put_right_and_nothing_is_changed(known, tmp_path, capsys):
    plan = tmp_path / "plan.yaml"
    plan.write_text(yaml.safe_dump(STATED))
    command = ["calibrate", str(plan), "--set", "housing_effort=1.1", "--set", "vbi_acceptance=0.5"]
    command += ["--out", str(tmp_path / "made"), "--executor", "threads", "--workers", "1"]
    assert main(command) == 0
    said = capsys.readouterr().out

    assert "one: 0 targets met before, 2 after" in said and "No point meets: P05" in said
    folder = tmp_path / "made" / "one"
    fit = pd.read_csv(folder / "after.csv").set_index("target")
    assert fit.loc[["P03", "P11"], "met"].all() and not fit.loc["P05", "met"]
    proposed = read_file(folder / "proposed.yaml")  # it can be read as parameters are
    assert proposed["housing_effort"].value == pytest.approx(0.75, abs=0.1)
    assert proposed["housing_effort"].source.kind == "estimate" and "now 1.1" in proposed["housing_effort"].source.note
    sample = pd.read_csv(folder / "posterior.csv")
    assert len(sample) == 1000 and sample["vbi_acceptance"].between(0.65, 0.9).mean() > 0.9
    assert load()["housing_effort"].value != proposed["housing_effort"].value

    # what was made is not made again, and gives the same
    assert main(command) == 0
    assert "2 after" in capsys.readouterr().out


def test_structures_are_calibrated_side_by_side(known, tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    from experiments.runner import run

    stated = {**STATED, "parameters": {"vbi_acceptance": None}, "targets": ["P03", "P11"]}
    stated["structures"] = {
        "free": {"parameters": {"housing_effort": {"range": [0.5, 1.1]}}},
        "stuck": {"set": {"housing_effort": 1.1}},
    }

    def make(experiment):
        with ThreadPoolExecutor(1) as executor:
            run(experiment, executor)

    outcomes = calibration.run(calibration.from_mapping(stated, "two"), tmp_path / "two", make)
    table = calibration.compared(outcomes).set_index("structure")
    assert table.loc["free", "met_after"] == 2 and table.loc["stuck", "met_after"] == 1
    assert table.loc["stuck", "set_aside"] == 1 or table.loc["stuck", "behind_best"] > 2
    assert (tmp_path / "two" / "free" / "proposed.yaml").is_file()


def test_the_shipped_plan_has_two_structures_and_no_pattern_that_is_held_out(capsys):
    assert main(["calibrate", "--dry-run"]) == 0
    assert "structures: heterogeneity, churn" in capsys.readouterr().out

    from analysis.cli.sensitivity import find

    plan = calibration.read(find("calibration", "calibrations"))
    ids = {target.name.split("_")[0] for target in plan.targets}
    assert {"P01", "P20", "P21", "P24", "hindcast"} <= ids
    assert not ids & {"P02", "P06", "P12", "P13", "P14", "P15", "P19", "P27", "P42", "P45", "P48"}
    by_name = {structure.name: structure for structure in plan.structures}
    assert by_name["churn"].fixed == {"readiness_variance": 0.0}
    assert "readiness_variance" in {factor.name for factor in by_name["heterogeneity"].factors}


def test_every_target_is_measured_in_a_run():
    run = made.smooth_run(1)
    record = Record(run.weekly, run.cohorts, run.costs, run.persons, 1.0, date(2030, 12, 31))
    measured = calibration.measure(record)
    asked = calibration.targets_of(["P03", "P05", "P16"], hindcast=True, until=date(2030, 12, 31))

    assert {target.name for target in asked} <= set(measured)
    assert np.isfinite(measured["P03"]) and measured["hindcast_in_reception"] > 0
    weights = {target.name: target.weight for target in asked}
    assert weights["P16"] + weights["P16_2"] + weights["P16_3"] == pytest.approx(2)


def test_the_level_of_the_past_is_simulated_over_observed():
    weekly = made.weekly(
        "2024-12-31", in_reception=64_405.0, status_holders_in_reception=1.0, open_cases=1.0, housed=1.0
    )
    found = calibration.levels(weekly)

    assert found["hindcast_in_reception"] == pytest.approx(64_405 / 50_000, rel=0.2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"targets": ["P03", "P27"]}, "P27: its use is 'hold'"),
        ({"targets": ["P32"]}, "P32: needs paired runs"),
        ({"wave": 2}, "unknown key 'wave'. Did you mean 'waves'"),
        ({"parameters": {"housing_efort": None}}, "Did you mean 'housing_effort'"),
        ({"structures": {"a": {"sets": {}}}}, "unknown key 'sets'. Did you mean 'set'"),
        ({"parameters": {}}, "varies no parameter"),
        ({"until": "2020-01-01"}, "lies before the first week"),
    ],
)
def test_a_mistake_in_a_plan_is_named(change, message):
    with pytest.raises((PlanError, TargetError, ValueError), match=message):
        calibration.from_mapping({**STATED, **change}, "plan")
