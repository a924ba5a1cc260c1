"""The commands `experiment` and `compare`, from the specification to the effects, and what they refuse."""

import json
import signal

import pandas as pd
import pytest

from analysis.cli import main
from experiments.folder import Lock, open_folder
from tests.quick_experiments import script

SPECIFICATION = """
question: Does it count?
policies: [baseline, savings_scheme]
replicates: 4
outcomes:
  in_reception: {summary: mean}
  housed: {summary: sum}
until: 2027-12-31
model: tests.quick_models:QuickModel
"""
POLICY = """
title: More is granted
why: To see a file of its own.
source: {{document: S2, where: a test}}
status: proposed
starts: 2026-01-01
changes:
  - {{parameter: grant_rate, set: {value}}}
reach: Everybody.
cost: None.
"""
THREADS = ["--executor", "threads", "--workers", "2"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Work in an empty folder with a specification."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")  # no cell is broken over lines
    (tmp_path / "mine.yaml").write_text(SPECIFICATION)
    return tmp_path


def ran(*words, code=0):
    """Give a command and check how it ends."""
    assert main([str(word) for word in words]) == code


def said(capsys, *words, code=0):
    """Give what a command prints, and what it says on the error stream."""
    capsys.readouterr()
    ran(*words, code=code)
    found = capsys.readouterr()
    return found.out, found.err


def test_from_a_specification_to_effects(here, capsys):
    out, err = said(capsys, "experiment", "run", "mine.yaml", *THREADS)
    assert "mine: 8 runs (policies: 2 points x 4 replicates)" in out and "8 of 8 runs finished" in out
    assert "100%  8 of 8 runs" in err

    out, _ = said(capsys, "experiment", "status", "results/mine")
    assert "8 finished, 0 given up, 0 waiting, of 8" in out and "4 complete" in out
    out, _ = said(capsys, "experiment", "status")
    assert "results/mine: 8 of 8 runs" in out

    out, _ = said(capsys, "compare", "baseline", "savings_scheme", "--in", "results/mine", "--json")
    assert [(one["outcome"], round(one["mean"], 6)) for one in json.loads(out)] == [
        ("in_reception", -50),
        ("housed", 0),
    ]
    out, _ = said(capsys, "compare", "baseline", "savings_scheme", "--in", "results/mine")
    assert "-50.00" in out and "no pair differs" in out and "Both runs of a pair share their luck" in out

    ran("experiment", "export", "results/mine", "--to", "mine.csv")
    assert len(pd.read_csv("mine.csv")) == 8


def test_a_run_is_shown_and_made_again_by_its_script(here, capsys):
    ran("experiment", "run", "mine.yaml", *THREADS)
    run_id = open_folder("results/mine").design["run"][3]

    out, _ = said(capsys, "experiment", "show", run_id[:8])
    assert "finished" in out and "savings_scheme" in out
    out, _ = said(capsys, "experiment", "show", run_id[:8], "results/mine", "--as-python")
    exec(compile(out, "shown", "exec"), {})
    assert "but" not in capsys.readouterr().out


def test_failures_are_listed_and_the_code_says_so(here, capsys):
    text = SPECIFICATION.replace("QuickModel", "Raising").replace(
        "replicates: 4", "replicates: 1\ndesign: {kind: lhs, n: 30}\nparameters: [housing_effort]"
    )
    (here / "mine.yaml").write_text(text)
    _, err = said(capsys, "experiment", "run", "mine.yaml", *THREADS, code=1)
    assert "runs failed in every attempt; see: werkstand experiment status results/mine" in err

    out, _ = said(capsys, "experiment", "status", "results/mine")
    assert "ZeroDivisionError: nobody left" in out and "raised" in out
    failed = open_folder("results/mine").failures()
    out, _ = said(capsys, "experiment", "show", failed["run"][0], "results/mine")
    assert "given up" in out and "Attempt 3 failed (raised)" in out and "Traceback" in out
    out, _ = said(capsys, "experiment", "retry", "results/mine", failed["run"][0][:10], *THREADS, code=1)
    assert "Tried again: 1 run" in out


def test_an_interrupted_experiment_says_how_to_go_on(here, capsys):
    (here / "mine.yaml").write_text(SPECIFICATION.replace("QuickModel", "Patient").replace(": 4", ": 200"))
    text = f"import sys, os; os.chdir({str(here)!r}); from analysis.cli import main; sys.exit(main(sys.argv[1:]))"
    process = script(text, "experiment", "run", "mine.yaml", *THREADS)
    ledger = here / "results" / "mine" / "ledger.jsonl"
    while process.poll() is None and not (ledger.is_file() and ledger.stat().st_size > 3000):
        pass
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert err.splitlines()[-1].endswith("go on with: werkstand experiment resume results/mine")
    assert open_folder(here / "results" / "mine").state().sessions[-1]["ended"] == "interrupted"


def test_what_exists_is_not_run_again_but_resumed(here, capsys):
    ran("experiment", "run", "mine.yaml", *THREADS)
    _, err = said(capsys, "experiment", "run", "mine.yaml", *THREADS, code=2)
    assert "results/mine exists already; go on with: werkstand experiment resume results/mine" in err
    out, _ = said(capsys, "experiment", "resume", "results/mine", *THREADS)
    assert "8 of 8 runs finished" in out


def test_a_dry_run_makes_nothing(here, capsys):
    out, _ = said(capsys, "experiment", "run", "policies", "--dry-run", "--replicates", "3", "--scale", "0.02")

    assert (
        out == "policies: 15 runs (policies: 5 points x 3 replicates), scale 0.02\n" and not (here / "results").exists()
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["experiment", "run", "mnie.yaml"], "experiment run: mnie.yaml: there is no such file."),
        (["experiment", "run", "futurs"], "experiment run: futurs: there is no such file. Did you mean 'futures'?"),
        (["experiment", "run", "mine.yaml", "--workers", "0"], "experiment: --workers: 0 is too few; at least 1"),
        (["experiment", "run", "mine.yaml", "--executor", "dsk"], "experiment: --executor: there is no 'dsk'."),
        (["experiment", "run", "mine.yaml", "--executor", "dask"], "experiment: --executor dask needs --address"),
        (["experiment", "run", "mine.yaml", "--seconds", "-1"], "experiment: --seconds: -1 is not above 0"),
        (["experiment", "run", "mine.yaml", "--scale", "7"], "experiment run: scale: 7 lies outside the range"),
        (["experiment", "resume", "results/none"], "experiment: results/none: there is no such folder"),
        (["experiment", "resume", "."], "experiment: .: is not a folder of an experiment (it has no experiment.json)"),
        (["experiment", "status"], "experiment status: there is no experiment in results"),
        (["experiment", "show", "abc"], "experiment show: 0 runs in results begin with 'abc'; name the folder"),
        (["compare", "baseline"], "compare: name two different sets of policies or more"),
        (["compare", "baseline", "baseline"], "compare: name two different sets of policies or more"),
        (["compare", "baseline", "saving_scheme"], "compare: policies: no policy is called 'saving_scheme'. Did you"),
        (["compare", "baseline", "start_homes", "--outcome", "housd"], "compare: outcomes: housd.column: there is no"),
        (["compare", "baseline", "start_homes", "--set", "x=1"], "run: --set x=1: no parameter is called 'x'"),
    ],
)
def test_mistakes_are_answered_in_one_line_and_nothing_is_written(here, capsys, words, message):
    _, err = said(capsys, *words, code=2)

    assert err.startswith(f"werkstand: {message}") and err.count("\n") == 1
    assert [path.name for path in here.iterdir()] == ["mine.yaml"]


@pytest.mark.slow
def test_the_same_comparison_finds_its_runs_again(here, capsys):
    words = ["compare", "baseline", "work_access_4", "--replicates", "2", "--scale", "0.005", "--until", "2026-12-31"]
    words += ["--workers", "2", "--outcome", "employed_in_reception"]
    first, _ = said(capsys, *words)
    again, err = said(capsys, *words)

    assert first.split("\n", 1)[1] == again.split("\n", 1)[1] or again in first
    assert err == "" and len(list((here / "results").iterdir())) == 1


def test_status_says_who_runs_it_that_it_was_killed_and_how_to_go_on(here, capsys):
    ran("experiment", "run", "mine.yaml", *THREADS)
    folder = here / "results" / "mine"
    lines = (folder / "ledger.jsonl").read_text().splitlines(keepends=True)
    (folder / "ledger.jsonl").write_text("".join(lines[:1]))  # as a kill at the start leaves it

    out, _ = said(capsys, "experiment", "status", "results/mine")
    assert "2 workers: killed" in out and "werkstand experiment resume results/mine" in out
    with Lock(folder):
        out, _ = said(capsys, "experiment", "status", "results/mine")
    assert "running, process" in out and "experiment resume" not in out
    ran("experiment", "resume", "results/mine", *THREADS)
    out, _ = said(capsys, "experiment", "status", "results/mine")
    assert ": finished" in out and "experiment resume" not in out


def test_a_comparison_is_not_read_from_the_runs_of_another(here, capsys, monkeypatch):
    """Neither from a folder that holds other runs, nor after a policy in a file of its own has changed."""
    monkeypatch.setattr("experiments.specification.MODEL", "tests.quick_models:AnyPolicy")
    text = POLICY.format(value=0.5)
    (here / "own.yaml").write_text(text)
    words = ["compare", "baseline", "own.yaml", "--until", "2027-12-31", "--outcome", "in_reception", *THREADS]
    ran(*words, "--replicates", "3", "--out", "mine")
    ran(*words, "--replicates", "3", "--out", "mine")
    for changed in (["--replicates", "4"], ["--replicates", "3", "--outcome", "housed"]):
        _, err = said(capsys, *words, *changed, "--out", "mine", code=2)
        assert err.startswith("werkstand: compare: mine holds other runs than these") and "--in mine" in err

    ran(*words, "--replicates", "3")
    (here / "own.yaml").write_text(POLICY.format(value=0.6))
    ran(*words, "--replicates", "3")
    assert len(list((here / "results").iterdir())) == 2


@pytest.mark.parametrize("columns", ["66", "100"])
def test_no_digit_of_a_comparison_is_cut_off(here, capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    ran("experiment", "run", "mine.yaml", *THREADS)
    out, _ = said(capsys, "compare", "baseline", "savings_scheme", "--in", "results/mine")
    row = next(line for line in out.splitlines() if line.strip().startswith("savings_scheme"))

    assert "…" not in out and "-50.00 to -50.00" in row
    assert ("With " in out.splitlines()[2]) == (columns == "100")


def test_a_cluster_that_is_not_there_leaves_an_experiment_to_go_on_with(here, capsys, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("experiments.adapters.dask.cluster.__wrapped__.__defaults__", (0.1, "abm:Model"))
    dask = ["--executor", "dask", "--address", "none.json"]
    _, err = said(capsys, "experiment", "run", "mine.yaml", *dask, code=2)

    assert "none.json: no scheduler of Dask has written its address (No such file or directory)" in err
    assert err.strip().endswith("go on with: werkstand experiment resume results/mine")
