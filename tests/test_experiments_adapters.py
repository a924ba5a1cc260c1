"""Other tools drive the model, and get what a run of our own gives."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from abm import Model, load
from experiments import export
from experiments.adapters import salib
from experiments.factors import factors
from experiments.runner import ExecutorLostError, run
from experiments.store import StoreError
from tests.quick_experiments import ROOT, finished, make, run_in_threads, specification

MIXED = ["housing_effort", "persons_per_shared_home", "bridge_course", "registration_from"]


# --- Mesa


def test_batch_run_of_mesa_drives_the_model():
    from mesa.batchrunner import batch_run

    from experiments.adapters.mesa import BatchModel, weeks

    until = "2021-01-28"
    stated = {"scale": 0.005, "until": until, "seed": [1, 2], "housing_effort": [0.6, 1.1]}
    rows = pd.DataFrame(batch_run(BatchModel, stated, max_steps=weeks(until) - 1, display_progress=False))
    parameters = load().replace({"housing_effort": 1.1})
    ours = Model(until=until, scale=0.005, seed=2, parameters=parameters).run().results().weekly
    theirs = rows[(rows["seed"] == 2) & (rows["housing_effort"] == 1.1)]

    assert len(rows) == 4 and (rows["Step"] <= weeks(until)).all()
    assert theirs["in_reception"].tolist() == [ours["in_reception"].iloc[-1]]


def test_the_batch_model_takes_policies_and_categories_and_stops():
    from experiments.adapters.mesa import BatchModel

    name = load()["chance_relocation"].cells()[0]
    settings = {name.replace(".", "__"): 0.011, "policies": "baseline + start_homes@2021-01-08"}
    model = BatchModel(until="2021-01-14", scale=0.005, **settings)
    while model.running:
        model.step()

    assert model.parameters["chance_relocation"].cells()[0] == name and [p.name for p in model.policies] == [
        "start_homes"
    ]
    assert model.steps_done == 2 and len(model.datacollector.get_model_vars_dataframe()) == 2


def test_the_controls_of_a_page_lie_within_the_bounds_and_make_the_model():
    from experiments.adapters.mesa import BatchModel, controls

    stated = controls("2021-01-14")
    sliders = {name: one for name, one in stated.items() if isinstance(one, dict) and "min" in one}
    given = {name: one["value"] if isinstance(one, dict) else one for name, one in stated.items()}

    assert sliders and all(one["min"] <= one["value"] <= one["max"] for one in sliders.values())
    assert BatchModel(**given | {"scale": 0.005}).n_weeks == 2


def test_a_page_of_solara_is_made():
    pytest.importorskip("solara")
    from experiments.adapters.mesa import page

    assert page(until="2021-01-14") is not None


# --- SALib


def test_a_problem_of_salib_has_the_bounds_and_distributions_of_the_records():
    parameters = load()
    names = [p.name for p in parameters.values() if p.distribution == "loguniform"][:1] + MIXED
    problem = salib.problem_spec(names, ("waiting",))

    assert problem["names"] == names and problem["dists"] == ["logunif", "unif", "unif", "unif", "unif"]
    assert problem["bounds"][0] == list(parameters[names[0]].range) and problem["bounds"][2] == [0.0, 1.0]


def test_samples_of_salib_become_values_of_every_kind():
    problem = salib.problem_spec(MIXED)
    problem.sample_latin(60, seed=1)
    rows = salib.values(MIXED, problem.samples)
    parameters = load()

    for row in rows:
        parameters.replace(row)
    assert Counter(row["registration_from"] for row in rows) == {"permit": 20, "start_home": 20, "housed": 20}
    assert Counter(row["bridge_course"] for row in rows) == {True: 30, False: 30}


def test_a_triangle_of_salib_has_the_quantiles_of_ours():
    stated = {"housing_effort": {"distribution": "triangular", "range": [0.6, 1.0]}}
    problem = salib.problem_spec(stated)
    problem.sample_sobol(1024, calc_second_order=False, seed=1)
    ours = factors(stated, load())[0].at(np.linspace(0.05, 0.95, 19))

    assert np.allclose(np.quantile(problem.samples[:, 0], np.linspace(0.05, 0.95, 19)), ours, atol=0.003)


# --- EMA Workbench


@pytest.fixture
def workbench():
    return pytest.importorskip("ema_workbench")


def test_the_workbench_sees_uncertainties_levers_and_outcomes(workbench):
    from experiments.adapters.ema import ema_model

    names = [*MIXED, "job_finding_base", load()["chance_relocation"].cells()[0]]
    made = ema_model(specification(parameters=names, policies=["baseline", "savings_scheme"]))

    assert {one.name for one in made.levers} == {
        *(name for name in MIXED if load()[name].role == "lever"),
        "policies",
    }
    assert {one.name for one in made.outcomes} == {"in_reception", "housed"}
    assert "chance_relocation__" in " ".join(one.name for one in made.uncertainties)


def test_experiments_of_the_workbench_are_runs_of_ours(workbench):
    from experiments.adapters.ema import ema_model

    made = ema_model(specification(policies=["baseline", "savings_scheme"], replicates=2))
    with workbench.SequentialEvaluator(made) as evaluator:
        tried, outcomes = evaluator.perform_experiments(scenarios=3, policies=2)
    level = 1000 * tried["housing_effort"] - 50 * (tried["policies"] == "savings_scheme")
    luck = (outcomes["in_reception"] - level).round(6)

    assert len(tried) == 6 and luck.nunique() == 1


def test_a_failed_run_is_unknown_to_the_workbench_and_never_the_run_before(workbench):
    from experiments.adapters.ema import ema_model

    made = ema_model(specification(model="Raising"))
    with workbench.SequentialEvaluator(made) as evaluator:
        tried, outcomes = evaluator.perform_experiments(scenarios=40)
    unlucky = ((tried["housing_effort"] * 1e9).astype("int64") % 10 == 3).to_numpy()

    assert unlucky.any() and (np.isnan(outcomes["in_reception"]) == unlucky).all()
    assert made.function.failed == unlucky.sum()


# --- frames


@pytest.fixture
def done(tmp_path):
    stated = {"model": "Raising", "n": 30, "replicates": 2, "policies": ["baseline", "start_homes"], "keep": ["weekly"]}
    return finished(tmp_path, **stated)


def test_csv_and_parquet_hold_the_results(done, tmp_path):
    export.write(done, tmp_path / "made.csv")
    export.write(done, tmp_path / "made.parquet")
    options = {"check_dtype": False}

    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "made.csv"), done.results(), **options)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "made.parquet"), done.results())
    with pytest.raises(StoreError, match="exists already"):
        export.write(done, tmp_path / "made.csv")
    with pytest.raises(StoreError, match=r"a file ends with \.csv, \.parquet or \.nc"):
        export.write(done, tmp_path / "made.xls")


def test_netcdf_holds_points_by_replicates_with_units_and_failed_runs_unknown(done, tmp_path):
    xarray = pytest.importorskip("xarray")
    export.write(done, tmp_path / "made.nc")
    with xarray.open_dataset(tmp_path / "made.nc", engine="scipy") as made:
        waiting = made["in_reception"].to_series().dropna()
        ours = done.results().set_index(["point", "replicate"])["in_reception"]

        assert made.sizes == {"point": 60, "replicate": 2} and made["in_reception"].attrs["units"] == "persons"
        assert made["housing_effort"].attrs["long_name"] == load()["housing_effort"].meaning
        pd.testing.assert_series_equal(waiting.sort_index(), ours.sort_index(), check_index_type=False)
        assert int(made["in_reception"].isnull().sum()) == len(done.failures()) > 0
        assert (
            made["seed"].to_series().sort_index().to_numpy() == done.design.sort_values(["point", "replicate"])["seed"]
        ).all()


def test_polars_has_the_same_rows(done):
    pl = pytest.importorskip("polars")
    made = export.polars(done)

    assert isinstance(made, pl.DataFrame) and made["in_reception"].to_list() == done.results()["in_reception"].tolist()


def test_duckdb_answers_questions_about_results_attempts_and_kept_tables(done):
    made = export.duckdb(done)
    means = dict(made.sql("SELECT policies, avg(in_reception) FROM results GROUP BY policies").fetchall())
    ours = done.results().groupby("policies")["in_reception"].mean()

    assert means == pytest.approx(ours.to_dict())
    assert made.sql("SELECT count(*) FROM attempts WHERE status = 'failed'").fetchall()[0][0] == 3 * len(
        done.failures()
    )
    assert made.sql("SELECT count(DISTINCT run) FROM weekly").fetchall() == [(len(done.results()),)]
    assert made.sql("SELECT ended FROM sessions").fetchall() == [("finished",)]


# --- Dask: a scheduler and two workers in processes of their own


def start(*command):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-m", *command], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


@pytest.fixture
def dask(tmp_path):
    """Give the address of a scheduler on this machine with two workers, and all three processes."""
    pytest.importorskip("distributed")
    file = tmp_path / "scheduler.json"
    settings = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
    scheduler = start("distributed.cli.dask_scheduler", *settings)
    worker = ("distributed.cli.dask_worker", "--scheduler-file", str(file), "--nthreads", "1", "--no-dashboard")
    workers = [start(*worker, "--local-directory", str(tmp_path)) for _ in range(2)]
    while not file.is_file() or not file.read_text():
        time.sleep(0.05)
    import json

    yield json.loads(file.read_text())["address"], scheduler, workers
    for process in (*workers, scheduler):
        process.send_signal(signal.SIGTERM)
    for process in (*workers, scheduler):
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


@pytest.mark.slow
def test_dask_gives_the_same_numbers_bit_for_bit_also_when_a_worker_is_killed(tmp_path, dask):
    from experiments.adapters.dask import cluster

    _, _, workers = dask
    stated = {"n": 40, "replicates": 3, "model": "Patient", "keep": ["weekly"]}
    ours, theirs = make(tmp_path / "here", **stated), make(tmp_path / "there", **stated)
    run_in_threads(ours, workers=4)

    class Killing:
        def message(self, text):
            pass

        def runs(self, finished, failed, total):
            if finished == 30 and workers[0].poll() is None:
                workers[0].kill()

    with cluster(str(tmp_path / "scheduler.json"), model=theirs.manifest["model"]) as executor:
        summary = run(theirs, executor, progress=Killing())

    assert summary.complete and workers[0].wait(5) is not None
    pd.testing.assert_frame_equal(theirs.results(), ours.results(), check_exact=True)
    assert len({entry["where"] for entry in theirs.state().finished.values()}) >= 2


@pytest.mark.slow
def test_a_scheduler_that_is_killed_loses_nothing(tmp_path, dask):
    from experiments.adapters.dask import cluster

    address, scheduler, _ = dask
    stated = {"n": 40, "replicates": 3, "model": "Patient"}
    ours, theirs = make(tmp_path / "here", **stated), make(tmp_path / "there", **stated)
    run_in_threads(ours, workers=4)

    class Killing:
        def message(self, text):
            pass

        def runs(self, finished, failed, total):
            if finished == 30:
                scheduler.kill()

    with pytest.raises(ExecutorLostError), cluster(address, model=theirs.manifest["model"]) as executor:
        run(theirs, executor, progress=Killing())
    before = len(theirs.results())
    run_in_threads(theirs, workers=4)

    assert before >= 30 and theirs.failures().empty
    pd.testing.assert_frame_equal(theirs.results(), ours.results(), check_exact=True)


def test_a_file_in_which_no_scheduler_has_written_is_refused(tmp_path):
    pytest.importorskip("distributed")
    from experiments.adapters.dask import ClusterError, cluster

    said = pytest.raises(ClusterError, match=r"none\.json: no scheduler of Dask has written its address")
    with said, cluster(str(tmp_path / "none.json"), patience=0.2):
        pass


def test_an_address_where_nobody_answers_is_refused():
    pytest.importorskip("distributed")
    from experiments.adapters.dask import ClusterError, cluster

    with pytest.raises(ClusterError, match="no scheduler of Dask answers at"), cluster("tcp://127.0.0.1:1", patience=1):
        pass
