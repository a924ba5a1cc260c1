"""Runs are made once each, in order, on any executor, and what is stored says exactly how each was made."""

import json
import os
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import pandas as pd
import pytest

from experiments import failures, results_table
from experiments.folder import Lock, create, open_folder
from experiments.ledger import Ledger
from experiments.ledger import read as read_ledger
from experiments.processes import Processes
from experiments.replay import as_python
from experiments.runner import run
from experiments.specification import SpecificationError, from_mapping, read
from experiments.store import StoreError
from experiments.worker import Success
from tests.quick_experiments import UNTIL, finished, make, run_in_threads, specification

ALL = {"policies": ["baseline", "savings_scheme", "savings_scheme + start_homes"], "replicates": 3}


def test_a_finished_experiment_has_a_row_for_every_run(tmp_path):
    experiment = finished(tmp_path, **ALL)
    table = results_table(experiment.folder)
    columns = ["run", "point", "replicate", "seed", "policies", "housing_effort", "in_reception", "housed"]

    assert list(table) == columns and len(table) == 8 * 3 * 3
    assert table["run"].is_unique and table["run"].tolist() == experiment.design["run"].tolist()
    assert failures(experiment.folder).empty


def test_numbers_follow_from_values_policies_and_luck(tmp_path):
    table = finished(tmp_path, **ALL).results()
    level = 1000 * table["housing_effort"] - 50 * table["policies"].map(
        {"baseline": 0, "savings_scheme": 1, "savings_scheme + start_homes": 2}
    )
    luck = (table["in_reception"] - level).round(6)

    assert (luck.groupby(table["replicate"]).nunique() == 1).all() and luck.nunique() == 3


def test_the_design_is_stored_before_anything_runs(tmp_path):
    experiment = make(tmp_path, n=5)

    assert len(open_folder(experiment.folder).design) == 5 and experiment.results().empty


@pytest.mark.slow
def test_results_are_the_same_bit_for_bit_on_every_executor(tmp_path):
    spawn = get_context("spawn")
    made = {}
    for name, executor in {
        "one process": Processes(1),
        "two processes": Processes(2),
        "threads": ThreadPoolExecutor(3),
        "standard pool": ProcessPoolExecutor(2, mp_context=spawn),
    }.items():
        experiment = make(tmp_path / name, **ALL)
        with executor:
            run(experiment, executor)
        made[name] = experiment.results()

    for table in made.values():
        pd.testing.assert_frame_equal(table, made["one process"], check_exact=True)


def test_runs_are_handed_out_replicate_by_replicate(tmp_path):
    handed = []

    class Noting(ThreadPoolExecutor):
        def submit(self, function, setting, job):
            handed.append(job.run)
            return super().submit(function, setting, job)

    experiment = make(tmp_path, replicates=3)
    with Noting(1) as executor:
        run(experiment, executor)

    assert handed == experiment.design["run"].tolist()


def test_no_more_runs_are_handed_out_than_workers_can_take(tmp_path):
    most = 0

    class Counting(ThreadPoolExecutor):
        waiting = 0

        def submit(self, function, setting, job):
            nonlocal most
            self.waiting += 1
            most = max(most, self.waiting)
            future = super().submit(function, setting, job)
            future.add_done_callback(lambda _: setattr(self, "waiting", self.waiting - 1))
            return future

    experiment = make(tmp_path, n=50)
    with Counting(2) as executor:
        run(experiment, executor)

    assert most <= 4


def test_an_id_changes_with_everything_that_decides_a_result(tmp_path):
    ids = [
        make(tmp_path / str(number), **({"n": 1} | stated)).design["run"][0]
        for number, stated in enumerate(
            [
                {},
                {"seed": 2},
                {"scale": 0.5},
                {"until": "2027-04-01"},
                {"set": {"grant_rate": 0.5}},
                {"policies": ["savings_scheme"]},
                {"parameters": {"housing_effort": {"range": [0.6, 0.7]}}},
                {"model": "Patient"},
            ]
        )
    ]

    assert len(set(ids)) == len(ids)
    assert make(tmp_path / "same", n=1).design["run"][0] == ids[0]


def test_what_the_ledger_says_of_a_run(tmp_path):
    experiment = finished(tmp_path, n=3)
    state = experiment.state()
    entry = state.finished[experiment.design["run"][1]]
    session = state.sessions[0]

    assert entry["seed"] == experiment.design["seed"][1] and entry["attempt"] == 1 and entry["seconds"] > 0
    assert set(session["code"]) >= {"sha256"} and session["packages"]["numpy"] and session["ended"] == "finished"


def test_the_manifest_carries_parameters_with_sources_and_labels_of_outcomes(tmp_path):
    experiment = make(tmp_path, **ALL)
    m = json.loads((experiment.folder / "experiment.json").read_text())

    assert m["parameters"]["housing_effort"]["source"]["where"] and m["parameters"]["housing_effort"]["unit"]
    assert m["policies"]["savings_scheme + start_homes"] == ["savings_scheme", "start_homes"]
    assert experiment.label("in_reception") == "People in reception (persons)"


def test_kept_tables_are_stored_whole(tmp_path):
    experiment = finished(tmp_path, n=3, keep=["weekly"])
    weekly = experiment.read("weekly")
    means = weekly.groupby("run")["in_reception"].mean()

    assert len(weekly) == 30 and means.round(9).tolist() == (
        experiment.results().set_index("run")["in_reception"].loc[means.index].round(9).tolist()
    )
    with pytest.raises(StoreError, match="keeps no table 'groups', only outcomes, weekly"):
        experiment.read("groups")


def test_many_small_shards_become_one(tmp_path, monkeypatch):
    monkeypatch.setattr("experiments.runner.WRITE_RUNS", 2)
    experiment = make(tmp_path, n=30, keep=["weekly"])
    run_in_threads(experiment)
    files = sorted(path.name for path in (experiment.folder / "shards").iterdir())

    assert len(files) == 2 and len(experiment.results()) == 30 and len(experiment.read("weekly")) == 300


def test_running_again_what_is_finished_does_nothing(tmp_path):
    experiment = finished(tmp_path)
    before = experiment.results()
    summary = run_in_threads(experiment)

    assert summary.finished_now == 0 and summary.complete
    pd.testing.assert_frame_equal(experiment.results(), before)


def test_a_stored_run_is_made_again_by_the_script_that_is_shown(tmp_path, capsys):
    experiment = finished(tmp_path, **ALL, set={"grant_rate": 0.5})
    for run_id in experiment.design["run"].sample(4, random_state=1):
        exec(compile(as_python(experiment, run_id), "replay", "exec"), {})

    assert "but" not in capsys.readouterr().out


def test_a_script_with_dated_values_makes_the_same_run(tmp_path, capsys):
    stated = {"housing_effort": {"range": [0.6, 0.7], "starts": "2021-01-15"}}
    experiment = finished(tmp_path, n=2, parameters=stated)
    exec(compile(as_python(experiment, experiment.design["run"][0]), "replay", "exec"), {})

    assert experiment.results()["in_reception"].nunique() == 1, "the model reads week 0, which is before"


def test_the_script_notices_another_number(tmp_path):
    experiment = finished(tmp_path, n=1)
    run_id = experiment.design["run"][0]
    text = as_python(experiment, run_id).replace(f"seed={experiment.design['seed'][0]}", "seed=99")
    with pytest.raises(AssertionError):
        exec(compile(text, "replay", "exec"), {})


def test_a_parameter_that_the_model_never_read_is_named(tmp_path):
    experiment = make(tmp_path, parameters=["housing_effort", "coupling_weeks"])
    summary = run_in_threads(experiment)

    assert summary.never_read == {"coupling_weeks"}


def test_other_code_than_it_began_with_is_refused(tmp_path, monkeypatch):
    experiment = make(tmp_path)
    changed = {**experiment.manifest["code"], "sha256": "0" * 64}
    monkeypatch.setattr("experiments.folder.code_of", lambda model: changed)
    with pytest.raises(StoreError, match="began with other code of the model"):
        run_in_threads(experiment)


def test_other_code_of_outcomes_than_it_began_with_is_refused(tmp_path, monkeypatch):
    experiment = make(tmp_path)
    changed = {**experiment.manifest["code"], "outcomes": "0" * 64}
    monkeypatch.setattr("experiments.folder.code_of", lambda model: changed)
    with pytest.raises(StoreError, match="began with other code that takes outcomes from a run"):
        run_in_threads(experiment)


def test_a_changed_policy_file_is_refused(tmp_path):
    policy = tmp_path / "mine.yaml"
    text = """title: T
why: W
source: {document: own, where: here, systems: []}
status: proposed
starts: 2021-01-08
changes:
  - {parameter: grant_rate, set: 0.5}
reach: Everybody.
cost: None.
"""
    policy.write_text(text)
    experiment = make(tmp_path, model="AnyPolicy", policies={"baseline": [], "mine": [str(policy)]})
    run_in_threads(experiment)
    policy.write_text(text.replace("0.5", "0.6"))

    with pytest.raises(StoreError, match=r"the policy .*mine.yaml is not what it was"):
        experiment.check_code()


def test_a_folder_is_never_overwritten(tmp_path):
    make(tmp_path)
    with pytest.raises(StoreError, match="exists already"):
        create(tmp_path / "experiment", specification())

    assert [path.name for path in tmp_path.iterdir()] == ["experiment"]


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_what_a_kill_left_of_a_line_is_cut_off(tmp_path, cut):
    path = tmp_path / "ledger.jsonl"
    with Ledger(path) as ledger:
        ledger.add([{"event": "session", "session": 1}, {"event": "retry", "runs": ["a" * 60]}])
    path.write_bytes(path.read_bytes()[:-cut])
    read_ledger(path)
    with Ledger(path) as ledger:
        ledger.add([{"event": "session", "session": 2}])

    assert [entry["session"] for entry in read_ledger(path).sessions] == [1, 2]


def test_a_broken_line_in_the_middle_is_refused(tmp_path):
    path = tmp_path / "ledger.jsonl"
    path.write_text('{"event": "session"}\n{"event": "ses\n{"event": "session"}\n')
    with pytest.raises(StoreError, match="line 2 is damaged"):
        read_ledger(path)


def test_outcomes_are_as_exact_in_the_store_as_in_the_run(tmp_path):
    from experiments.worker import make as make_run

    experiment = finished(tmp_path, n=3)
    for run_id, numbers in experiment.results().set_index("run")[["in_reception", "housed"]].iterrows():
        made = make_run(experiment.setting, experiment.job(run_id))

        assert isinstance(made, Success) and made.numbers == tuple(numbers)


BASE = {"parameters": ["housing_effort"], "design": {"kind": "lhs", "n": 4}, "until": UNTIL}


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"replicats": 3}, "unknown key 'replicats'. Did you mean 'replicates'?"),
        ({"design": {"kind": "lsh", "n": 4}}, "design.kind: there is no 'lsh'. Did you mean 'lhs'?"),
        ({"design": {"kind": "lhs"}}, "design.n: is missing"),
        ({"design": {"kind": "lhs", "m": 4}}, "design: unknown key 'm' for a design of kind lhs."),
        ({"design": {"kind": "sobol", "n": 6}}, "sobol: 6 blocks are not a power of two; take 4 or 8"),
        ({"parameters": ["housing_efort"]}, "no parameter is called 'housing_efort'. Did you mean 'housing_effort'?"),
        ({"parameters": ["nothing_*"]}, "nothing_*: no parameter fits this pattern"),
        ({"set": {"housing_effort": 0.8}}, "set: 'housing_effort' is varied by the design as well"),
        ({"set": {"grant_rat": 0.8}}, "no parameter is called 'grant_rat'. Did you mean 'grant_rate'?"),
        ({"scale": 3}, "scale: 3 lies outside the range"),
        ({"scale": "small"}, "scale: 'small' is not a number"),
        ({"until": "2030-13-01"}, "until: '2030-13-01' is not a date"),
        ({"replicates": 0}, "replicates: 0 is too few"),
        ({"replicates": 2.5}, "replicates: '2.5' is not a whole number"),
        ({"luck": "bad"}, "luck: there is no 'bad'."),
        ({"keep": ["weekly", "person"]}, "keep: there is no table 'person'."),
        ({"limits": {"minutes": 3}}, "limits: unknown key 'minutes'."),
        ({"limits": {"seconds": 0}}, "limits.seconds: give a number above 0"),
        ({"outcomes": []}, "outcomes: name at least one"),
        ({"policies": ["baseline", "saving_scheme"]}, "policies: no policy is called 'saving_scheme'. Did you mean"),
        ({"policies": {"mine": ["savings_scheme", "savngs"]}}, "policies: mine: no policy is called 'savngs'."),
        ({"policies": {"baseline": ["savings_scheme"]}}, "policies: 'baseline' is the set without policies"),
        ({"policies": ["a", "a"]}, "policies: a set stands twice"),
        ({"model": "tests.quick_models:Quick"}, "model: 'tests.quick_models:Quick' cannot be imported"),
    ],
)
def test_a_wrong_specification_is_refused_in_one_line(stated, message):
    with pytest.raises(SpecificationError) as caught:
        from_mapping(BASE | stated, "bad")

    assert str(caught.value).startswith(message) and "\n" not in str(caught.value)


def test_an_error_in_a_file_names_the_file(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text("design: {kind: lhs, n: 4}\nparamters: [housing_effort]\n")
    with pytest.raises(SpecificationError, match=r"^bad.yaml: unknown key 'paramters'. Did you mean 'parameters'\?"):
        read(path)
    path.write_text("design: {kind: lhs\n")
    with pytest.raises(SpecificationError, match=r"^bad\.yaml: line 2 is not valid YAML"):
        read(path)
    with pytest.raises(SpecificationError, match=r"Did you mean 'bad\.yaml'"):
        read(tmp_path / "bed.yaml")


def test_a_python_file_makes_a_specification(tmp_path):
    path = tmp_path / "made.py"
    path.write_text(
        f"from experiments.specification import from_mapping\nspecification = from_mapping({BASE!r}, 'from python')\n"
    )

    assert read(path).name == "from python" and "from_mapping" in read(path).source
    path.write_text("x = 1\n")
    with pytest.raises(SpecificationError, match="makes no Specification called 'specification'"):
        read(path)


def test_the_specifications_that_are_shipped_can_be_read():
    from analysis.cli.experiment import shipped

    sizes = {name: len(read(path).design) for name, path in shipped().items()}

    assert sizes == {"policies": 5, "futures": 64, "decisions": 200, "first_sensitivity": 300, "sketch_decisions": 96}


def test_the_script_of_a_run_with_a_multiplier_a_date_and_an_inert_factor_makes_it_again(tmp_path, capsys):
    varied = {
        "scale:housing_effort": None,
        "grant_rate": {"starts": "2026-01-01", "range": [0.3, 0.6]},
        "inert:a": None,
    }
    experiment = finished(tmp_path, n=2, parameters=varied, replicates=1)
    shown = as_python(experiment, experiment.design["run"][1])
    exec(compile(shown, "shown", "exec"), {})
    said = capsys.readouterr().out

    assert "scale:housing_effort" in shown and "inert:a" in shown and "date.fromisoformat('2026-01-01')" in shown
    assert "but" not in said and "other code" not in said and "not the code" not in said


def test_the_script_of_a_run_says_when_the_code_is_not_what_it_was(tmp_path, capsys):
    experiment = finished(tmp_path, n=1)
    experiment.manifest["code"]["sha256"] = "0" * 64
    exec(compile(as_python(experiment, experiment.design["run"][0]), "shown", "exec"), {})

    assert "This is not the code that the run was made with" in capsys.readouterr().out


def test_a_policy_in_a_file_of_its_own_is_part_of_the_id_wherever_it_lies(tmp_path, monkeypatch):
    from experiments.folder import runs_of
    from experiments.specification import policy_files

    monkeypatch.chdir(tmp_path)
    text = "title: Mine\nwhy: x\nreach: x\ncost: x\nsource: {document: S2, where: here}\nstatus: proposed\n"
    (tmp_path / "mine.yaml").write_text(text + "starts: 2026-01-01\nchanges:\n- {parameter: grant_rate, set: 0.5}\n")
    made = specification(policies=["mine.yaml"], model="AnyPolicy", n=1)
    plain = replace(made, design=replace(made.design, policies=dict.fromkeys(made.design.policies, ("mine.yaml",))))
    before = runs_of(plain)["run"][0]
    (tmp_path / "mine.yaml").write_text(text + "starts: 2026-01-01\nchanges:\n- {parameter: grant_rate, set: 0.6}\n")

    assert list(policy_files(plain)) == ["mine.yaml"] and runs_of(plain)["run"][0] != before


def test_it_is_known_who_runs_an_experiment(tmp_path):
    experiment = make(tmp_path)
    assert Lock(experiment.folder).holder() == ""
    with Lock(experiment.folder):
        assert Lock(experiment.folder).holder().startswith(f"{os.getpid()} on ")
    assert Lock(experiment.folder).holder() == ""
