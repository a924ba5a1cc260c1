"""Results: kept whole or not at all, never overwritten, and readable years later without the code."""

import json
import multiprocessing
import os
import signal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from abm.parameters import load
from experiments import run as running
from experiments import store
from experiments.manifest import code, record
from experiments.metrics import all_tables
from experiments.progress import Lines, Silence
from experiments.run import RunError, Settings, replicates, run, seed_of
from experiments.summary import by_year
from tests.stub_model import StubModel, made_results

SHORT = {"until": "2021-06-30", "scale": 0.02}


@pytest.fixture
def stub(monkeypatch):
    """Let a model that computes nothing stand in for the real one."""
    monkeypatch.setattr("abm.Model", StubModel, raising=False)
    monkeypatch.setattr(running, "_compiled_before", lambda: True)
    return monkeypatch


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """Give a run with two replicates of the stub model."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("abm.Model", StubModel, raising=False)
        patch.setattr(running, "_compiled_before", lambda: True)
        settings = Settings(until="2022-03-01", replicates=2, changes={"grant_rate": 0.5})
        return run(tmp_path_factory.mktemp("runs") / "stored", settings, command="werkstand run")


def inside(folder):
    """Give all names in a folder, hidden ones too."""
    return sorted(os.listdir(folder))


# --- what is stored comes back


def test_frames_come_back_as_they_were_with_the_replicate(tmp_path):
    first, second = made_results(1), made_results(2)
    with store.Writer(tmp_path / "run") as writer:
        writer.add(0, first)
        writer.add(1, second)
        writer.finish({})
    made = store.load(tmp_path / "run")

    for table in store.TABLES:
        frame = getattr(made, table)
        for replicate, results in enumerate((first, second)):
            part = frame[frame["replicate"] == replicate].drop(columns="replicate").reset_index(drop=True)
            pd.testing.assert_frame_equal(part, getattr(results, table))


def test_unknown_stays_unknown(tmp_path):
    results = made_results()
    results.weekly["in_reception"] = np.nan
    with store.Writer(tmp_path / "run") as writer:
        writer.add(0, results)
        writer.finish({})

    assert store.load(tmp_path / "run").weekly["in_reception"].isna().all()


def test_some_columns_of_one_replicate_can_be_read(stored):
    frame = stored.read("persons", columns=["legal", "work"], replicate=1)

    assert list(frame) == ["legal", "work"]
    assert len(frame) == len(stored.persons) / 2


def test_the_same_results_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        with store.Writer(tmp_path / name) as writer:
            writer.add(0, made_results())
            writer.finish({})

    assert store.load(tmp_path / "one").manifest["files"] == store.load(tmp_path / "two").manifest["files"]


def test_a_finished_folder_is_open_to_those_who_may_read_its_neighbours(tmp_path):
    with store.Writer(tmp_path / "run") as writer:
        writer.add(0, made_results())
        writer.finish({})
    (tmp_path / "plain").mkdir()

    assert (tmp_path / "run").stat().st_mode == (tmp_path / "plain").stat().st_mode


# --- the manifest


def test_the_manifest_says_what_was_run(stored):
    manifest = stored.manifest

    assert (manifest["until"], manifest["scale"], manifest["replicates"]) == ("2022-03-01", 1.0, 2)
    assert manifest["seeds"] == [1, seed_of(1, 1)]
    assert manifest["command"] == "werkstand run" and manifest["changed"] == {"grant_rate": 0.5}
    assert manifest["packages"]["numpy"] == np.__version__
    assert len(manifest["code"]["sha256"]) == 64 and manifest["schema"] == store.SCHEMA


def test_the_manifest_holds_every_parameter_as_used_with_its_source(stored):
    parameters = stored.manifest["parameters"]
    rate = parameters["grant_rate"]

    assert list(parameters) == list(load())
    assert rate["value"] == 0.5 and "values" not in rate and rate["used"]
    assert not parameters["decision_hold_weeks"]["used"]
    for entry in parameters.values():
        assert entry["source"]["where"] and entry["unit"] and entry["meaning"] and entry["role"]
        assert ("value" in entry) != ("values" in entry)


def test_dates_and_categories_of_a_parameter_survive_json():
    dated = record(load()["first_applications_per_week"])

    assert json.loads(json.dumps(dated)) == dated
    assert dated["values"]["2021-01-01"] == 209.2


def test_every_stored_column_has_a_label_and_a_unit(stored):
    for table in store.TABLES:
        assert set(getattr(stored, table)) <= set(stored.manifest["metrics"][table]), table
    assert stored.label("weekly", "in_reception") == "People in reception (persons)"


def test_the_code_is_identified_by_its_commit_when_it_comes_from_a_checkout():
    found, root = code(), Path(__file__).parents[1]

    assert ("commit" in found) == (root / ".git").exists()
    assert found.get("dirty") in (True, False, None)


# --- whole or not at all


def test_results_are_never_overwritten(stored):
    before = inside(stored.folder)
    with pytest.raises(store.StoreError, match="exists already"), store.Writer(stored.folder):
        pass

    assert inside(stored.folder) == before


def test_a_folder_made_by_someone_else_meanwhile_is_left_alone(tmp_path):
    folder = tmp_path / "run"
    with pytest.raises(store.StoreError, match="exists already"), store.Writer(folder) as writer:
        writer.add(0, made_results())
        folder.mkdir()
        (folder / "note.txt").write_text("mine")
        writer.finish({})

    assert inside(tmp_path) == ["run"] and inside(folder) == ["note.txt"]


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, RuntimeError])
def test_a_run_that_breaks_off_leaves_nothing_behind(tmp_path, interruption):
    with pytest.raises(interruption), store.Writer(tmp_path / "a" / "b" / "run") as writer:
        writer.add(0, made_results())
        raise interruption

    assert inside(tmp_path) == []


def test_a_run_that_breaks_off_leaves_what_stood_there(tmp_path):
    (tmp_path / "runs").mkdir()
    with pytest.raises(RuntimeError), store.Writer(tmp_path / "runs" / "run"):
        raise RuntimeError

    assert inside(tmp_path) == ["runs"]


def test_a_place_that_cannot_be_written_is_refused_before_anything_runs(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(store.StoreError, match="cannot be written"), store.Writer(tmp_path / "file" / "run"):
        pass


def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.pq.ParquetWriter, "write_table", full)
    message = r"run: cannot be written \(No space left on device\)$"
    with pytest.raises(store.StoreError, match=message), store.Writer(tmp_path / "run") as writer:
        writer.add(0, made_results())

    assert inside(tmp_path) == []


# --- damage is told


def copied(stored, tmp_path):
    folder = tmp_path / "copy"
    folder.mkdir()
    for path in stored.folder.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def refusal(folder, table="weekly"):
    with pytest.raises(store.StoreError) as caught:
        getattr(store.load(folder), table)
    message = str(caught.value)
    assert "\n" not in message and str(folder) in message
    return message


def test_a_missing_folder_is_told_with_the_nearest_name(stored):
    assert refusal(stored.folder.with_name("storde")).endswith("Did you mean 'stored'?")


def test_a_folder_that_holds_runs_names_them(stored):
    assert "runs in it: stored" in refusal(stored.folder.parent)


def test_a_missing_table_is_told(stored, tmp_path):
    folder = copied(stored, tmp_path)
    (folder / "costs.parquet").unlink()

    assert "costs.parquet: is missing" in refusal(folder)


def test_one_flipped_bit_is_told(stored, tmp_path):
    folder = copied(stored, tmp_path)
    content = bytearray((folder / "weekly.parquet").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "weekly.parquet").write_bytes(content)

    assert "weekly.parquet: is not the file that was saved" in refusal(folder)
    assert len(store.load(folder).costs)  # the others are still good


@pytest.mark.parametrize("text", ["", "[]", "{}", "{", "\x00"])
def test_a_damaged_manifest_is_told(stored, tmp_path, text):
    folder = copied(stored, tmp_path)
    (folder / store.MANIFEST).write_text(text)

    assert "manifest.json: is not a manifest" in refusal(folder)


def test_a_later_form_is_refused(stored, tmp_path):
    folder = copied(stored, tmp_path)
    (folder / store.MANIFEST).write_text(json.dumps(stored.manifest | {"schema": store.SCHEMA + 1}))

    assert f"has schema {store.SCHEMA + 1}" in refusal(folder)


def test_a_table_that_does_not_exist_is_refused(stored):
    with pytest.raises(store.StoreError, match="no table is called 'weakly'"):
        stored.read("weakly")


def test_the_newest_run_is_found_by_when_it_was_made(stored, tmp_path):
    for name, created in (("a", "2026-02-01"), ("b", "2026-01-01")):
        (tmp_path / name).mkdir()
        (tmp_path / name / store.MANIFEST).write_text(json.dumps({"created": created}))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / store.MANIFEST).write_text("{")

    assert store.newest(tmp_path) == tmp_path / "a"
    with pytest.raises(store.StoreError, match="holds no results yet"):
        store.newest(tmp_path / "a")


# --- replicates


def test_a_replicate_keeps_its_seed_however_many_there_are():
    assert Settings(replicates=3).seeds() == Settings(replicates=5).seeds()[:3]
    assert Settings(seed=7).seeds() == [7]


def test_seeds_share_no_replicate_and_survive_json():
    seeds = [seed for first in range(50) for seed in (seed_of(first, replicate) for replicate in range(20))]

    assert len(set(seeds)) == len(seeds)
    assert max(seeds) < 2**53


def test_replicates_are_derived_the_same_way_on_every_machine():
    assert [seed_of(1, 1), seed_of(1, 2)] == [1973965755700615, 623034932427892]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"until": "2030-13-01"}, "until: '2030-13-01' is not a date; write it as 2030-12-31"),
        ({"until": "2021-01-01"}, "until: 2021-01-01 lies before the first week"),
        ({"scale": 0.0}, "scale: 0 lies outside the range"),
        ({"scale": float("nan")}, "scale: nan lies outside the range"),
        ({"scale": -1.0}, "scale: -1 lies outside the range"),
        ({"seed": -1}, "seed: -1 lies outside the range"),
        ({"seed": 2**64}, "seed: 18446744073709551616 lies outside the range"),
        ({"replicates": 0}, "replicates: 0 is too few"),
        ({"changes": {"grant_rte": 0.5}}, "no parameter is called 'grant_rte'. Did you mean 'grant_rate'?"),
        ({"changes": {"grant_rate": 5}}, "procedure.yaml: grant_rate: 5 lies outside the range"),
    ],
)
def test_settings_that_cannot_be_run_are_refused_at_once(wrong, message):
    with pytest.raises(ValueError) as caught:
        Settings(**wrong)

    assert message in str(caught.value)


def test_the_model_gets_the_settings(stub):
    asked = []

    class Listening(StubModel):
        def __init__(self, **settings):
            asked.append(settings)
            super().__init__(**settings)

    stub.setattr("abm.Model", Listening)
    list(replicates(Settings(until="2021-02-01", scale=0.5, seed=3, changes={"grant_rate": 0.3})))

    assert len(asked) == 1
    assert asked[0]["parameters"].at("grant_rate", 0) == 0.3
    assert (asked[0]["until"], asked[0]["scale"], asked[0]["seed"]) == ("2021-02-01", 0.5, 3)


def test_progress_reaches_the_end_of_every_replicate(stub):
    heard = []

    class Heard(Silence):
        def week(self, replicate, week, n_weeks):
            heard.append((replicate, week, n_weeks))

    list(replicates(Settings(until="2021-01-31", replicates=2), progress=Heard()))

    assert heard == [(replicate, week, 5) for replicate in (0, 1) for week in (1, 2, 3, 4, 5)]


def test_the_first_run_says_that_it_compiles(stub, capsys):
    stub.setattr(running, "_compiled_before", lambda: False)
    list(replicates(Settings(until="2021-01-31"), progress=Lines()))

    assert "compiling the model takes about a minute" in capsys.readouterr().err


def test_lines_are_written_now_and_then_and_at_the_end(capsys):
    lines = Lines(replicates=2)
    for replicate in (0, 1):
        for week in range(1, 1001):
            lines.week(replicate, week, 1000)
    written = capsys.readouterr().err.splitlines()

    assert 20 <= len(written) <= 22
    assert written[0].startswith("  5%  replicate 1 of 2, 2022-12-02")
    assert written[-1].startswith("100%  replicate 2 of 2")


def test_a_failure_names_replicate_seed_week_and_place_and_leaves_nothing(stub, tmp_path):
    stub.setattr(StubModel, "fail_in_week", 3)
    with pytest.raises(RunError) as caught:
        run(tmp_path / "run", Settings(until="2021-12-31", seed=5))

    message = str(caught.value)
    assert message.startswith("replicate 0 (seed 5) failed in week 2: RuntimeError: the well is dry (stub_model.py")
    assert "Traceback" in caught.value.details
    assert inside(tmp_path) == []


def test_an_interruption_leaves_nothing(stub, tmp_path):
    stub.setattr(StubModel, "fail_in_week", 3)
    stub.setattr(StubModel, "raises", KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "run", Settings(until="2021-12-31"))

    assert inside(tmp_path) == []


# --- a year in a row


def test_a_year_has_its_last_stock_and_the_sum_of_its_flows(stored):
    years = by_year(stored).set_index(["replicate", "year"])
    weekly = stored.weekly[stored.weekly["replicate"] == 0].reset_index(drop=True)

    assert list(years.index.get_level_values("year")) == [2021, 2022] * 2
    assert years.loc[(0, 2021), "in_reception"] == weekly["in_reception"][52]  # 31 December 2021 is a Friday
    assert years.loc[(0, 2021), "housed"] == weekly["housed"][:53].sum()
    assert years.loc[(0, 2022), "cost"] == weekly["housed"][53:].sum()  # the stub counts up in every column
    assert years.loc[(0, 2021), "weeks"] == 53 and years["weeks"].groupby("replicate").sum().eq(61).all()


def test_a_flow_with_an_unknown_week_is_unknown(stub, tmp_path):
    class Gap(StubModel):
        def results(self):
            results = super().results()
            results.weekly.loc[3, "housed"] = np.nan
            return results

    stub.setattr("abm.Model", Gap)
    years = by_year(run(tmp_path / "run", Settings(until="2022-03-01"))).set_index("year")

    assert np.isnan(years.loc[2021, "housed"]) and not np.isnan(years.loc[2022, "housed"])


# --- the real model


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """Give a short run of the real model with two replicates, one after the other."""
    return run(tmp_path_factory.mktemp("real") / "serial", Settings(**SHORT, replicates=2))


def test_every_column_the_model_records_has_a_label(real):
    for table, words in all_tables().items():
        if table in store.OPTIONAL:
            continue  # the same columns as persons, with the week and the date
        frame = getattr(real, table)
        assert len(frame), table
        assert set(frame) == set(words), table


def test_processes_give_the_same_bytes_as_one_after_the_other(real, tmp_path):
    made = run(tmp_path / "parallel", Settings(**SHORT, replicates=2), workers=2)

    assert made.manifest["files"] == real.manifest["files"]
    assert made.manifest["seeds"] == real.manifest["seeds"]
    assert multiprocessing.active_children() == []


def test_replicates_differ(real):
    people = real.weekly.groupby("replicate")["in_reception"].last()

    assert people[0] != people[1]


def test_the_last_week_holds_the_last_day(real):
    assert real.weekly["date"].max() <= pd.Timestamp(SHORT["until"])
    assert real.weekly["date"].max() + pd.Timedelta(days=7) > pd.Timestamp(SHORT["until"])


def test_a_failure_in_a_process_comes_back_in_one_line_with_its_traceback():
    jobs = [running._Job(number, 7, "not a date", 0.02, load()) for number in (0, 1)]
    with pytest.raises(RunError, match=r"^replicate [01] \(seed 7\) failed in week 0: ValueError: ") as caught:
        list(running._in_processes(jobs, 2, Silence()))

    assert "Traceback" in caught.value.details and multiprocessing.active_children() == []


def test_processes_do_not_hear_ctrl_c_which_reaches_them_too(real, tmp_path):
    class Pressing(Silence):
        def week(self, replicate, week, n_weeks):
            for process in multiprocessing.active_children():
                os.kill(process.pid, signal.SIGINT)

    made = run(tmp_path / "run", Settings(**SHORT, replicates=2), workers=2, progress=Pressing())

    assert made.manifest["files"] == real.manifest["files"]


def test_a_process_that_is_killed_is_told_and_leaves_nothing(tmp_path):
    class Killing(Silence):
        def week(self, replicate, week, n_weeks):
            for process in multiprocessing.active_children():
                process.kill()

    with pytest.raises(RunError, match="its process ended with code -9; with too little memory"):
        run(tmp_path / "run", Settings(**SHORT, replicates=2), workers=2, progress=Killing())

    assert multiprocessing.active_children() == [] and inside(tmp_path) == []


def test_an_interruption_ends_the_processes_and_leaves_nothing(tmp_path):
    class Interrupting(Silence):
        def week(self, replicate, week, n_weeks):
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "run", Settings(**SHORT, replicates=2), workers=2, progress=Interrupting())

    assert multiprocessing.active_children() == [] and inside(tmp_path) == []
