"""Whatever goes wrong in a run, or around it, no other run is lost and no failed run is a number."""

import os
import resource
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from experiments.folder import Lock, open_folder
from experiments.processes import Processes, WorkerLostError
from experiments.runner import ExecutorLostError, retry, run
from experiments.store import StoreError
from tests.quick_experiments import finished, make, run_in_threads, script

#: What each model of `quick_models` does wrong, how it is recorded, and what is said.
WRONG = {
    "Raising": ("raised", "ZeroDivisionError: nobody left"),
    "Unknown": ("unknown", "the outcome 'in_reception' is nan"),
    "Leaving": ("raised", "SystemExit: 3"),
    "Slow": ("time", "took more than 0.5 s"),
}
#: Those that only a process of their own can stop.
WORSE = {
    "Dying": ("killed", "its process ended by signal 9"),
    "Hanging": ("time", "took more than 0.5 s"),
    "Leaking": ("memory", "used more than 500 MB"),
}


def check_one_failed_run(experiment, kind, message, n=30):
    """Three attempts with one seed, recorded as what they were; the others are finished."""
    failed = experiment.failures()
    others = experiment.results()

    assert 0 < len(failed) < n / 2 and len(others) == n - len(failed)
    assert set(failed["kind"]) == {kind} and failed["message"].str.startswith(message).all()
    assert failed["given_up"].all() and (failed["attempts"] == 3).all()
    assert not set(others["run"]) & set(failed["run"])
    for run_id, tries in experiment.state().attempts.items():
        assert {entry["seed"] for entry in tries} == {experiment.job(run_id).seed}
        assert [entry["attempt"] for entry in tries] == [1, 2, 3]


@pytest.mark.parametrize("model", WRONG)
def test_a_model_that_fails_in_some_runs_costs_only_those(tmp_path, model):
    experiment = make(tmp_path, model=model, n=30, limits={"seconds": 0.5})
    summary = run_in_threads(experiment, workers=4)

    check_one_failed_run(experiment, *WRONG[model])
    assert summary.given_up == 30 - summary.finished and not summary.complete


@pytest.mark.parametrize("model", WORSE)
def test_a_process_that_dies_hangs_or_leaks_costs_only_its_run(tmp_path, model):
    experiment = make(
        tmp_path, model=model, n=12, limits={"seconds": 0.5} if model == "Hanging" else {"megabytes": 500}
    )
    run(experiment, workers=2)

    check_one_failed_run(experiment, *WORSE[model], n=12)


def test_the_traceback_of_a_failure_is_kept(tmp_path):
    experiment = finished(tmp_path, model="Raising", n=30)
    details = experiment.failures()["details"][0]

    assert "quick_models.py" in details and 'raise ZeroDivisionError("nobody left' in details


def test_a_failure_that_passes_leaves_a_result(tmp_path, monkeypatch):
    from experiments import worker

    made = worker.make
    failed = set()

    def unlucky_once(setting, job):
        if job.run in failed:
            return made(setting, job)
        failed.add(job.run)
        return worker.Failure(job.run, "killed", "lost once", "", 0.0, "here")

    monkeypatch.setattr(worker, "make", unlucky_once)
    experiment = make(tmp_path)
    summary = run_in_threads(experiment)

    assert summary.complete and len(experiment.results()) == 8 and experiment.failures().empty
    assert {entry["attempt"] for entry in experiment.state().finished.values()} == {2}


def test_given_up_runs_are_left_alone_until_somebody_asks(tmp_path):
    experiment = finished(tmp_path, model="Raising", n=30)
    given_up = set(experiment.failures()["run"])

    assert run_in_threads(experiment).failures.total() == 0
    assert set(retry(experiment)) == given_up
    assert run_in_threads(experiment).failures["raised"] == 3 * len(given_up)
    assert (experiment.failures()["attempts"] == 3).all()


def test_a_run_that_did_not_fail_cannot_be_retried(tmp_path):
    experiment = finished(tmp_path)
    with pytest.raises(StoreError, match="was not given up"):
        retry(experiment, [experiment.design["run"][0]])


def test_an_unknown_outcome_is_a_result_where_that_is_said(tmp_path):
    outcomes = {"in_reception": {"summary": "mean", "may_be_unknown": True}}
    experiment = finished(tmp_path, model="Unknown", n=30, outcomes=outcomes)

    assert len(experiment.results()) == 30 and experiment.results()["in_reception"].isna().any()


def test_an_executor_that_breaks_loses_nothing(tmp_path, monkeypatch):
    class Breaking(ThreadPoolExecutor):
        left = 5

        def submit(self, *work):
            self.left -= 1
            if self.left < 0:
                raise RuntimeError("cannot schedule new futures after shutdown")
            return super().submit(*work)

    experiment = make(tmp_path)
    with pytest.raises(ExecutorLostError, match="the executor takes no runs"), Breaking(1) as executor:
        run(experiment, executor)
    before = len(experiment.results())
    run_in_threads(experiment)

    assert 0 < before < 8 and len(experiment.results()) == 8
    assert experiment.state().sessions[0]["ended"].startswith("stopped: ")


def test_a_second_session_in_one_folder_is_refused(tmp_path):
    experiment = make(tmp_path)
    with (
        Lock(experiment.folder),
        pytest.raises(StoreError, match=rf"is being run already, by process {os.getpid()} on"),
    ):
        run_in_threads(experiment)

    assert run_in_threads(experiment).complete


def test_a_second_process_in_one_folder_is_refused(tmp_path):
    experiment = make(tmp_path, model="Patient", n=100)
    other = script(RUN, experiment.folder)
    try:
        wait_for_entries(experiment, 1)
        with pytest.raises(StoreError, match=f"is being run already, by process {other.pid}"):
            run_in_threads(experiment)
    finally:
        other.kill()
        other.wait()


def test_a_shard_that_was_damaged_is_found_named_and_its_runs_made_again(tmp_path, monkeypatch):
    monkeypatch.setattr("experiments.runner.WRITE_RUNS", 3)
    experiment = make(tmp_path)
    run_in_threads(experiment)
    whole = experiment.results()
    path = sorted((experiment.folder / "shards").glob("*.parquet"))[1]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    with pytest.raises(
        StoreError, match=rf"{path.name} is not the file that was written.*resume to make its 3 runs again"
    ):
        experiment.results()
    assert run_in_threads(experiment).finished_now == 3
    pd.testing.assert_frame_equal(experiment.results(), whole, check_exact=True)


def test_a_shard_that_is_gone_is_found_and_its_runs_made_again(tmp_path):
    experiment = finished(tmp_path)
    whole = experiment.results()
    next((experiment.folder / "shards").glob("*.parquet")).unlink()

    with pytest.raises(StoreError, match="is missing"):
        experiment.results()
    run_in_threads(experiment)
    pd.testing.assert_frame_equal(experiment.results(), whole, check_exact=True)


def test_leftovers_of_a_kill_are_no_results_and_are_removed(tmp_path):
    experiment = finished(tmp_path)
    whole = experiment.results()
    shard = next((experiment.folder / "shards").glob("*.parquet"))
    for name in ("outcomes-000009.parquet", ".outcomes-000010.parquet.part"):
        (shard.parent / name).write_bytes(shard.read_bytes())

    pd.testing.assert_frame_equal(experiment.results(), whole)
    run_in_threads(experiment)
    assert [path.name for path in shard.parent.iterdir()] == [shard.name]


#: Runs what is left of an experiment in threads; writes often, so that a kill meets many writes.
RUN = """
import sys
from concurrent.futures import ThreadPoolExecutor
from experiments import runner
from experiments.folder import open_folder
runner.WRITE_SECONDS = 0.02
if __name__ == "__main__":
    with ThreadPoolExecutor(2) as executor:
        runner.run(open_folder(sys.argv[1]), executor)
"""


def wait_for_entries(experiment, n, seconds=60):
    """Wait until the ledger has n lines."""
    end = time.monotonic() + seconds
    ledger = experiment.folder / "ledger.jsonl"
    while ledger.read_bytes().count(b"\n") < n:
        assert time.monotonic() < end, "the process writes nothing"
        time.sleep(0.005)


MAIN = 'if __name__ == "__main__":'
LIMITED = RUN.replace(
    MAIN,
    f"""{MAIN}
    import resource, signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT))""",
)


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="no limit on the size of a file")
@pytest.mark.parametrize("limit", [2000, 6000, 9000])
def test_a_disk_that_is_full_stops_with_one_line_and_loses_nothing(tmp_path, limit):
    """A limit on the size of a file stands for it: it meets the ledger, and then also shards."""
    experiment = make(tmp_path, n=60)
    other = script(LIMITED.replace("LIMIT, LIMIT", f"{limit}, {limit}"), experiment.folder)
    _, said = other.communicate(timeout=120)
    before = open_folder(experiment.folder).results()
    run_in_threads(experiment)
    after = experiment.results()

    assert other.returncode == 1 and "cannot be written (File too large)" in said.splitlines()[-1]
    assert len(before) < 60 and len(after) == 60
    pd.testing.assert_frame_equal(after[after["run"].isin(before["run"])].reset_index(drop=True), before)


@pytest.fixture
def small_disk(tmp_path):
    """Give a folder on a disk of a megabyte, where such a one can be mounted."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1000k", "tmpfs", folder]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_small_disk_that_fills_up_stops_with_one_line_and_loses_nothing(small_disk):
    experiment = make(small_disk, n=20, keep=["weekly"])
    (small_disk / "filler").write_bytes(b"x" * (1_000_000 - used(small_disk) - 20_000))
    with pytest.raises(StoreError, match="cannot be written") as caught:
        while True:
            run_in_threads(experiment)
            with Lock(experiment.folder):
                (small_disk / "filler").open("ab").write(b"x" * 5_000)
    (small_disk / "filler").unlink()
    run_in_threads(experiment)

    assert "\n" not in str(caught.value) and len(experiment.results()) == 20


def used(folder):
    """Give the bytes in use on the disk of a folder."""
    found = os.statvfs(folder)
    return (found.f_blocks - found.f_bfree) * found.f_frsize


@pytest.fixture
def read_only(tmp_path):
    """Give a finished experiment in a folder that cannot be written, where that can be arranged."""
    experiment = finished(tmp_path)
    if os.geteuid():
        for path in (experiment.folder / "lock", experiment.folder):
            path.chmod(0o500)
        yield experiment
        experiment.folder.chmod(0o700)
        return
    bind = ["mount", "--bind", "-o", "ro", experiment.folder, experiment.folder]
    if subprocess.run(bind, capture_output=True, check=False).returncode:
        pytest.skip("run by root, for whom every folder can be written, and nothing can be mounted read-only")
    subprocess.run(["mount", "-o", "remount,ro,bind", experiment.folder], check=True)
    yield experiment
    subprocess.run(["umount", experiment.folder], check=True)


def test_a_folder_that_cannot_be_written_is_read_all_the_same(read_only):
    with pytest.raises(StoreError, match="cannot be written"):
        run_in_threads(read_only)

    assert len(open_folder(read_only.folder).results()) == 8


# --- the executor of processes


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def wrong():
    raise ValueError("no such luck")


def environment(name):
    return os.environ.get(name)


def test_processes_do_what_they_are_given_and_survive_a_death():
    with Processes(1) as executor:
        dead, failed, fine = executor.submit(die), executor.submit(wrong), executor.submit(pow, 2, 10)
        with pytest.raises(WorkerLostError, match="ended by signal 9"):
            dead.result()
        with pytest.raises(ValueError, match="no such luck"):
            failed.result()

        assert fine.result() == 1024
        assert executor.submit(environment, "OMP_NUM_THREADS").result() == "1"
    with pytest.raises(RuntimeError, match="was shut down"):
        executor.submit(pow, 2, 10)


def test_processes_take_turns_when_they_have_made_their_calls():
    with Processes(1, recycle=2) as executor:
        ids = [executor.submit(os.getpid).result() for _ in range(5)]

    assert ids[0] == ids[1] != ids[2] == ids[3] != ids[4]


def test_shutting_down_cancels_what_waits_and_ends_what_runs():
    executor = Processes(1)
    running, waiting = executor.submit(time.sleep, 60), executor.submit(time.sleep, 60)
    while not running.running():
        time.sleep(0.01)
    executor.shutdown(cancel_futures=True)

    assert waiting.cancelled() and isinstance(running.exception(), WorkerLostError)
