"""The command: what it prints, and that a mistake costs one clear line, an exit code and nothing else."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from abm.parameters import load
from analysis.cli import main
from experiments import run as running
from experiments import store
from tests.stub_model import StubModel

ROOT = Path(__file__).parents[1]
VERDICTS = pd.DataFrame(
    {
        "id": ["P01", "P32", "P36"],
        "pattern": ["mean stay [weeks]", "a year of waiting", "cost per day"],
        "target": ["34 wk", "-3.2 pp", "EUR 71"],
        "acceptance": ["30-42 wk", "-2 to -7 pp", ""],
        "use": ["fit", "fit", "report"],
        "value": [35.25, np.nan, 70.0],
        "low": [34.0, np.nan, np.nan],
        "high": [36.5, np.nan, np.nan],
        "verdict": ["pass", "needs --full", "reported"],
        "note": ["", "paired runs", None],
    }
)


@pytest.fixture(autouse=True)
def _wide(monkeypatch):
    """Have the same width everywhere."""
    monkeypatch.setenv("COLUMNS", "160")


@pytest.fixture
def stub(monkeypatch, tmp_path):
    """Work in an empty folder, with a model that computes nothing and figures that are not drawn."""
    drawn = []

    def write_all(folder):
        store.load(folder)  # it must be complete by now
        (Path(folder) / "figures").mkdir()
        drawn.append(Path(folder) / "figures" / "one.png")
        drawn[-1].write_bytes(b"")
        return drawn

    monkeypatch.setattr("abm.Model", StubModel, raising=False)
    monkeypatch.setattr(running, "_compiled_before", lambda: True)
    monkeypatch.setitem(sys.modules, "analysis.figures", SimpleNamespace(write_all=write_all))
    monkeypatch.chdir(tmp_path)
    return monkeypatch


@pytest.fixture
def refused(stub, tmp_path, capsys):
    """Give the one line with which a command is refused; nothing is written."""

    def refuse(*arguments, code=2):
        before = sorted(os.listdir(tmp_path))
        assert main(arguments) == code
        out, err = capsys.readouterr()
        assert out == "" and err.count("\n") == 1 and err.startswith("werkstand: ")
        assert sorted(os.listdir(tmp_path)) == before
        return err.removeprefix("werkstand: ").rstrip("\n")

    return refuse


# --- run


def test_a_run_saves_results_and_figures_and_prints_a_row_for_each_year(stub, tmp_path, capsys):
    assert main(["run", "--until", "2022-06-30", "--out", "made"]) == 0
    out, err = capsys.readouterr()

    assert sorted(os.listdir(tmp_path)) == ["made"]
    assert sorted(os.listdir("made/figures")) == ["one.png"]
    assert re.search(r"^ *2021 +53 ", out, re.MULTILINE)  # seed 1 + row 52, the last week of the year
    assert re.search(r"^ *2022 to 30 Jun", out, re.MULTILINE)
    assert "Results: made" in out and "Figures: 1" in out
    assert "100%" in err


def test_without_a_name_results_go_to_a_folder_of_their_own(stub, tmp_path, capsys):
    for _ in range(2):
        assert main(["run", "--until", "2021-03-01", "--no-figures"]) == 0
    made = sorted(os.listdir(tmp_path / "results"))

    assert len(made) == 2 and all(name.startswith("run-20") for name in made)
    assert "figures" not in os.listdir(tmp_path / "results" / made[0])
    assert "Figures" not in capsys.readouterr().out


def test_settings_reach_the_manifest(stub):
    arguments = "run --until 2021-03-01 --scale 0.5 --seed 9 --replicates 3 --no-figures --out made "
    changes = "--set grant_rate=5e-1 --set chance_relocation.emergency=0.1"
    assert main((arguments + changes).split()) == 0
    manifest = store.load("made").manifest

    assert (manifest["until"], manifest["scale"], manifest["replicates"]) == ("2021-03-01", 0.5, 3)
    assert manifest["seeds"][0] == 9 and len(set(manifest["seeds"])) == 3
    assert manifest["changed"] == {"grant_rate": 0.5, "chance_relocation.emergency": 0.1}
    assert manifest["parameters"]["grant_rate"]["value"] == 0.5
    assert manifest["parameters"]["chance_relocation"]["value"]["emergency"] == 0.1
    assert manifest["command"].startswith("werkstand run --until 2021-03-01 --scale 0.5")


def test_json_holds_the_summary_and_nothing_else(stub, capsys):
    assert main(["run", "--until", "2022-06-30", "--out", "made", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)

    assert printed["folder"] == "made" and printed["figures"] == ["made/figures/one.png"]
    assert [row["year"] for row in printed["years"]] == [2021, 2022]
    assert printed["years"][0]["in_reception"] == 53


def test_unknown_is_null_in_json_and_said_in_the_table(stub, capsys):
    class Gap(StubModel):
        def results(self):
            results = super().results()
            results.weekly["open_cases"] = np.nan
            return results

    stub.setattr("abm.Model", Gap)
    assert main(["run", "--until", "2021-06-30", "--out", "one", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["years"][0]["open_cases"] is None
    assert main(["run", "--until", "2021-06-30", "--out", "two"]) == 0
    assert "unknown" in capsys.readouterr().out


def test_replicates_are_shown_with_their_spread(stub, capsys):
    stub.setattr(running, "seed_of", lambda seed, replicate: seed + 10 * replicate)
    assert main(["run", "--until", "2021-06-30", "--replicates", "2", "--out", "made"]) == 0
    out = capsys.readouterr().out

    assert re.search(r"^ *2021 to 01 Jul +31 ", out, re.MULTILINE)  # 26 and 36
    assert "26 to 36" in out and "mean of 2 replicates" in out


def test_setting_what_the_model_never_reads_is_told(stub, capsys):
    assert main(["run", "--until", "2021-06-30", "--no-figures", "--set", "decision_hold_weeks=4"]) == 0

    assert "the model never read 'decision_hold_weeks'" in capsys.readouterr().err


# --- what is refused


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("rnu", "there is no command 'rnu'. Did you mean 'run'?"),
        ("--foo", "unknown argument '--foo'."),
        ("run --utnil 2022-01-01", "run: unknown argument '--utnil'. Did you mean '--until'?"),
        ("run --no-figuers", "run: unknown argument '--no-figuers'. Did you mean '--no-figures'?"),
        ("run more", "run: unknown argument 'more'."),
        ("run --until", "run: argument --until: expected one argument"),
        ("run --until 2030-02-30", "run: --until: '2030-02-30' is not a date; write it as 2030-12-31"),
        ("run --until 2019-12-31", "run: --until: 2019-12-31 lies before the first week"),
        ("run --scale big", "run: argument --scale: invalid float value: 'big'"),
        ("run --scale 0", "run: --scale: 0 lies outside the range 0.001 to 1"),
        ("run --seed -1", "run: --seed: -1 lies outside the range"),
        ("run --replicates 0", "run: --replicates: 0 is too few"),
        ("run --workers 0", "run: --workers: 0 is too few"),
        ("run --set grant_rate", "run: --set grant_rate: write it as NAME=VALUE"),
        ("run --set grant_rate=", "run: --set grant_rate=: write it as NAME=VALUE"),
        ("run --set grant_rte=0.5", "no parameter is called 'grant_rte'. Did you mean 'grant_rate'?"),
        ("run --set grant_rate=5", "procedure.yaml: grant_rate: 5 lies outside the range 0.2 to 0.9"),
        ("run --set grant_rate=many", "procedure.yaml: grant_rate: 'many' is not a number"),
        ("run --set grant_rate=nan", "procedure.yaml: grant_rate: nan is not a number"),
        ("run --set grant_rate=0.5 --set grant_rate=0.6", "run: --set grant_rate: is given twice"),
        ("run --set chance_relocation.emergncy=0.1", "Did you mean 'chance_relocation.emergency'?"),
        ("run --set chance_relocation=0.1", "one of them: --set chance_relocation.regular=VALUE"),
        ("run --set chance_relocation={regular:", "is not a mapping; write it as {first: 0.1, second: 0.2}"),
        ("run --out there", "run: there: exists already and is not overwritten"),
        ("run --out there/file/made", "run: there/file/made: cannot be written (File exists)"),
        ("validate", "validate: results: holds no results yet; make some with: werkstand run"),
        ("validate nowhere", "validate: nowhere: there is no such folder"),
        ("validate there", "validate: there: is not a folder of results (it has no manifest.json)"),
        ("parameters grant_rte", "parameters: no parameter matches 'grant_rte'. Did you mean 'grant_rate'?"),
        ("parameters zzz", "parameters: no parameter matches 'zzz'. Themes: building, cost,"),
    ],
)
def test_a_mistake_costs_one_line(refused, tmp_path, arguments, message):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").write_text("")

    assert message in refused(*(arguments.split() if "{" not in arguments else arguments.split(" ", 2)))


def test_a_run_that_fails_costs_one_line(stub, refused):
    stub.setattr(StubModel, "fail_in_week", 2)
    line = refused("run", "--until", "2021-12-31", code=1)

    assert line.startswith("run: replicate 0 (seed 1) failed in week 1: RuntimeError: the well is dry (")
    assert line.endswith("(--traceback shows where)")


def test_the_traceback_is_there_for_those_who_ask(stub, capsys):
    stub.setattr(StubModel, "fail_in_week", 2)

    assert main(["run", "--until", "2021-12-31", "--traceback"]) == 1
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_an_interrupted_run_leaves_nothing(stub, refused):
    stub.setattr(StubModel, "fail_in_week", 2)
    stub.setattr(StubModel, "raises", KeyboardInterrupt())

    assert refused("run", "--until", "2021-12-31", code=130) == "interrupted; nothing was saved"


@pytest.mark.parametrize(("raises", "code"), [(KeyboardInterrupt(), 130), (ValueError("no ink"), 1)])
def test_results_stay_when_the_figures_fail(stub, capsys, raises, code):
    def write_all(folder):
        (Path(folder) / "figures").mkdir()
        (Path(folder) / "figures" / "half.png").write_bytes(b"")
        raise raises

    stub.setitem(sys.modules, "analysis.figures", SimpleNamespace(write_all=write_all))
    assert main(["run", "--until", "2021-12-31", "--out", "made"]) == code

    last = capsys.readouterr().err.splitlines()[-1]
    assert "the results are complete in made" in last
    assert len(store.load("made").weekly) == 53 and "figures" not in os.listdir("made")


# --- parameters


def test_all_parameters_are_printed_with_name_value_and_source(capsys):
    assert main(["parameters"]) == 0
    out = capsys.readouterr().out

    for name, parameter in load().items():
        assert re.search(rf"^ +{name} ", out, re.MULTILINE), name
        assert parameter.role in out
    assert f"{len(load())} parameters" in out


def test_a_pattern_chooses_by_name_theme_or_meaning(capsys):
    def printed(pattern):
        assert main(["parameters", pattern, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    assert list(printed("grant_rate")) == ["grant_rate"]
    assert set(printed("housing")) == set(load().themes["housing"])
    assert set(printed("start_homes")) >= {"start_homes_per_year"}
    assert all("relocation" in name for name in printed("relocation"))
    assert set(printed("*_per_year")) == {name for name in load() if name.endswith("_per_year")}
    assert list(printed("chance_relocation.emergency")) == ["chance_relocation"]


def test_one_parameter_is_printed_in_full(capsys):
    assert main(["parameters", "first_applications_per_week"]) == 0
    words = " ".join(capsys.readouterr().out.split())

    parameter = load()["first_applications_per_week"]
    for day, value in parameter.values.items():
        assert f"{day}: {value:g}" in words
    for text in (parameter.meaning, parameter.unit, parameter.role, parameter.source.note):
        assert " ".join(text.split()) in words
    assert "abm/parameters/procedure.yaml" in words


def test_a_name_with_brackets_in_its_text_is_printed_as_it_is(capsys):
    found = [p for p in load().values() if "[" in p.meaning + p.source.where + p.source.note]
    for parameter in found[:3]:
        main(["parameters", parameter.name])
        assert "[" in capsys.readouterr().out


# --- validate


@pytest.fixture
def judged(stub):
    """Have a stored run, and verdicts without a judge."""
    asked = []

    def validate(folder, full=False, tell=None):
        asked.append((str(folder), full))
        tell("making a run")
        return VERDICTS

    stub.setattr("analysis.validation", SimpleNamespace(validate=validate), raising=False)
    running.run("results/one", running.Settings(until="2021-03-01"))
    return asked


def test_every_pattern_is_printed_with_its_verdict(judged, capsys):
    assert main(["validate", "results/one", "--full"]) == 0
    out, err = capsys.readouterr()
    out = " ".join(out.split())

    assert err == "making a run\n"
    assert judged == [("results/one", True)]
    assert "mean stay [weeks]" in out and "35.2 (34 to 36.5)" in out and "needs --full" in out
    assert "1 pass, 1 needs --full, 1 reported" in out


def test_without_a_folder_the_newest_run_is_judged(judged, capsys):
    assert main(["validate", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)

    assert judged == [("results/one", False)] and printed["folder"] == "results/one"
    assert [row["id"] for row in printed["patterns"]] == ["P01", "P32", "P36"]
    assert printed["patterns"][1]["value"] is None and printed["patterns"][2]["note"] is None


# --- the command as a user starts it


def start(*arguments, cwd, **settings):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "analysis.cli", *arguments]
    return subprocess.Popen(
        command,
        cwd=cwd,
        env=environment,
        text=True,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        **settings,
    )


def test_help_and_version_do_not_load_the_model(tmp_path):
    code = "import sys; from analysis.cli import main; main(['--version']); main([]); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = done.stdout.split()

    assert "werkstand" in done.stdout
    assert not {"numpy", "pandas", "numba", "mesa", "matplotlib", "rich"} & set(loaded)


def test_output_into_a_pipe_that_closes_is_no_error(tmp_path):
    process = start("parameters", "--json", cwd=tmp_path)
    process.stdout.readline()
    process.stdout.close()

    assert process.stderr.read() == ""
    process.wait()


@pytest.mark.parametrize(("workers", "ending"), [("1", signal.SIGINT), ("1", signal.SIGTERM), ("2", signal.SIGINT)])
def test_ctrl_c_in_the_middle_of_a_real_run_leaves_nothing(tmp_path, workers, ending):
    arguments = f"run --scale 0.05 --replicates 2 --workers {workers} --out here/made".split()
    process = start(*arguments, cwd=tmp_path, start_new_session=True)
    for line in process.stderr:
        if "%" in line:  # it is under way
            break
    assert [path.suffix for path in (tmp_path / "here").iterdir()] == [".part"]
    os.killpg(process.pid, ending) if ending == signal.SIGINT else process.send_signal(ending)
    rest = process.stderr.read().splitlines()

    assert process.wait() == 130
    assert [line for line in rest if "%" not in line] == ["werkstand: interrupted; nothing was saved"]
    assert list(tmp_path.iterdir()) == []


def test_a_real_run_prints_saves_and_draws(tmp_path):
    process = start(*["run", "--until", "2022-03-31", "--scale", "0.02", "--json", "--out", "made"], cwd=tmp_path)
    out, err = process.communicate()
    assert process.returncode == 0, err
    printed = json.loads(out)

    people = {row["year"]: row["in_reception"] for row in printed["years"]}
    assert 10_000 < people[2021] < 100_000  # real persons, whatever the scale
    assert {Path(name).suffix for name in printed["figures"]} == {".png", ".svg"}
    assert all((tmp_path / name).stat().st_size for name in printed["figures"])
    assert "Traceback" not in err and "Warning" not in err
    assert store.load(tmp_path / "made").manifest["parameters"]["grant_rate"]["used"]


# --- policies and systems


MINE = """
title: Fewer grants
why: To test it.
source: {document: own, where: "a test"}
status: own
starts: 2021-02-01
changes: [{parameter: grant_rate, set: 0.3}]
reach: Everybody.
cost: None.
"""


def test_a_policy_reaches_the_manifest(stub, tmp_path):
    (tmp_path / "fewer.yaml").write_text(MINE)
    arguments = "run --until 2021-06-30 --no-figures --out made --policy "
    assert main((arguments + "fewer.yaml@2021-03-01").split()) == 0
    (policy,) = store.load("made").manifest["policies"]

    assert (policy["name"], policy["starts"], policy["ends"]) == ("fewer", "2021-03-01", None)
    assert policy["changes"] == [{"parameter": "grant_rate", "set": 0.3}]
    assert store.load("made").manifest["idle_policies"] == []


def test_a_policy_that_changed_nothing_is_told(stub, tmp_path, capsys):
    (tmp_path / "same.yaml").write_text(MINE.replace("grant_rate, set: 0.3", "savings_share, set: 0.5"))
    (tmp_path / "equal.yaml").write_text(MINE.replace("grant_rate, set: 0.3", "grant_rate, scale: 1"))
    arguments = "run --until 2021-06-30 --no-figures --out made "
    assert main((arguments + "--policy same.yaml --policy equal.yaml").split()) == 0
    told = capsys.readouterr().err

    assert "policy same is not active: the model never read savings_share while it held" in told
    assert "policy equal is not active: its values are those without it" in told
    assert [one["policy"] for one in store.load("made").manifest["idle_policies"]] == ["same", "equal"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("run --policy start_hommes", "run: no policy is called 'start_hommes'. Did you mean 'start_homes'?"),
        ("run --policy start_homes@soon", "run: start_homes@soon: 'soon' is not a date"),
        ("run --policy start_homes@2027-01-01:2026-01-01", "not after its start on 2027-01-01"),
        ("run --until 2025-12-31 --policy start_homes", "start_homes.yaml: starts on 2026-07-01, after the last week"),
        (
            "run --policy work_access_4 --policy work_access_13",
            "'work_access_4' and 'work_access_13' both set work_acc",
        ),
        ("run --policy no/such.yaml", "run: no/such.yaml: there is no such file."),
        ("policies start_hommes", "policies: no policy is called 'start_hommes'. Did you mean 'start_homes'?"),
        ("policy make mine", "policy: there is no 'make'."),
        ("policy new start_homes", "is the name of a policy that is shipped"),
        ("policy new My-Policy", "a name is written in lower case with underscores"),
        ("policy check start_homes --until 2020", "policy: --until: '2020' is not a date"),
        ("systems start_hommes", "systems: no system matches 'start_hommes'. Did you mean 'start_homes'?"),
    ],
)
def test_a_mistake_about_policies_costs_one_line(refused, arguments, said):
    assert said in refused(*arguments.split())


def test_the_template_of_a_new_policy_works_at_once(stub, tmp_path, capsys):
    assert main(["policy", "new", "mine"]) == 0
    assert main(["policy", "check", "mine.yaml"]) == 0
    out = capsys.readouterr().out

    assert "Written: mine.yaml" in out and re.search(r"online_share +2026-07-03 .* 0\.1 +0\.4", out)
    assert "1 number changes, from 2026-07-03 on" in out
    assert main(["policy", "new", "mine"]) == 2
    assert "is not overwritten" in capsys.readouterr().err


def test_a_policy_of_ones_own_named_without_its_ending_is_found_in_the_advice(stub, capsys):
    assert main(["policy", "new", "mine"]) == 0
    assert main(["policy", "check", "mine"]) == 2
    assert "no policy is called 'mine'. There is a file of that name here: write mine.yaml." in capsys.readouterr().err


def test_a_check_as_json_lists_stretches_of_weeks(stub, capsys):
    assert main(["policy", "check", "work_access_4@2027-01-01:2028-01-01", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["changes"]

    assert row == {
        "parameter": "work_access_weeks",
        "from": "2027-01-01",
        "until": "2028-01-07",
        "without": 26,
        "with": 4,
    }


def test_a_check_shortens_what_slides_and_says_what_is_there_anyway(stub, tmp_path, capsys):
    changes = "[{parameter: grant_rate, scale: 1.01}, {parameter: savings_share, set: 0}]"
    (tmp_path / "mine.yaml").write_text(re.sub(r"changes: .*", f"changes: {changes}", MINE))
    assert main(["policy", "check", "mine.yaml"]) == 0
    out = capsys.readouterr().out

    assert "there anyway: savings_share" in out


def test_policies_are_listed_with_packages_first_and_explained_one_by_one(stub, capsys):
    assert main(["policies"]) == 0
    listed = capsys.readouterr().out
    assert main(["policies", "savings_scheme"]) == 0
    one = capsys.readouterr().out

    assert listed.index("vng_alternatief") < listed.index("savings_scheme ")
    assert "savings_share = 0.5" in one and "own contribution" in one.lower() and "S2:" in one


def test_systems_are_all_resolved_and_explained_one_by_one(stub, capsys):
    assert main(["systems"]) == 0
    assert "211 of 211 resolved" in capsys.readouterr().out
    assert main(["systems", "savings_scheme"]) == 0
    assert "spaarregeling" in capsys.readouterr().out
    assert main(["systems", "1D", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 37
