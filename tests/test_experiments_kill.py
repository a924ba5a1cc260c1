"""Kill -9 at random moments, many times: after resuming, the results are those of an undisturbed experiment.

Slow. Each experiment is killed again and again until it is complete, so that kills meet the start, the work, the
writing of shards and the ledger, their merging, and sessions that clean up after a kill.
"""

import os
import random
import signal
import time
from pathlib import Path

import pandas as pd
import pytest

from experiments.folder import open_folder
from tests.quick_experiments import finished, make, run_in_threads, script
from tests.test_experiments_failures import RUN

pytestmark = pytest.mark.slow
STATED = {"n": 60, "replicates": 3, "keep": ["weekly"], "policies": ["baseline", "savings_scheme"]}

PROCESSES = """
import sys
from experiments import runner
from experiments.folder import open_folder
runner.WRITE_SECONDS = 0.05
if __name__ == "__main__":
    runner.run(open_folder(sys.argv[1]), workers=2)
"""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Give the results of an experiment that nothing happened to."""
    experiment = finished(tmp_path_factory.mktemp("undisturbed"), **STATED)
    return experiment.results(), experiment.read("weekly")


def check(experiment, undisturbed):
    """Everything is there once, and as it should be."""
    results, weekly = undisturbed
    found = experiment.read("weekly")
    order = ["run", "week"]

    pd.testing.assert_frame_equal(experiment.results(), results, check_exact=True)
    pd.testing.assert_frame_equal(
        found.sort_values(order, ignore_index=True), weekly.sort_values(order, ignore_index=True), check_exact=True
    )
    named = {f"{table}-{shard}.parquet" for shard, files in experiment.state().shards.items() for table in files}
    assert {path.name for path in (experiment.folder / "shards").iterdir()} == named


def progress(experiment):
    """Give the number of bytes in the ledger."""
    return (experiment.folder / "ledger.jsonl").stat().st_size


def kill_at_random(experiment, process, luck, victim=None):
    """Kill once the ledger has grown by some amount, and a moment more has passed; give whether it was in time."""
    grown = progress(experiment) + luck.choice([1, 100, 400, 3000, 9000])
    while progress(experiment) < grown and process.poll() is None:
        time.sleep(0.001)
    time.sleep(luck.random() * luck.choice([0.001, 0.03, 0.2]))
    for pid in [process.pid] if victim is None else victim(process):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
    return process.poll() in (None, -9)


def children(process):
    """Give one of the worker processes of a process, chosen at random, if there is any."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = path.read_text().rsplit(")", 1)[1].split()
            command = (path.parent / "cmdline").read_text()
        except OSError:
            continue
        if int(words[1]) == process.pid and "resource_tracker" not in command:
            found.append(int(path.parent.name))
    return random.sample(found, 1) if found else []


@pytest.mark.parametrize("attempt", range(4))
def test_the_whole_process_is_killed_again_and_again(tmp_path, undisturbed, attempt):
    """Six kills each; an experiment that is complete before is checked, and another is begun."""
    luck = random.Random(attempt)
    kills = number = 0
    while kills < 6:
        experiment = make(tmp_path / str(number), **STATED)
        while kills < 6 and len(experiment.state().finished) < 360:
            process = script(RUN, experiment.folder)
            kills += kill_at_random(experiment, process, luck)
            process.communicate()
        run_in_threads(experiment)
        check(experiment, undisturbed)
        number += 1


@pytest.mark.parametrize("attempt", range(2))
def test_the_process_that_writes_is_killed_and_its_workers_leave(tmp_path, undisturbed, attempt):
    luck = random.Random(100 + attempt)
    experiment = make(tmp_path, **STATED)
    for _ in range(3):
        process = script(PROCESSES, experiment.folder)
        kill_at_random(experiment, process, luck)
        process.communicate(timeout=30)  # ends when the workers, which hold the pipes, have left too
    run_in_threads(experiment)

    check(experiment, undisturbed)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc to find the workers")
def test_workers_are_killed_while_an_experiment_runs(tmp_path, undisturbed):
    """A run whose process is killed is tried again; whoever is hit three times is given up, and made by a retry."""
    from experiments.runner import retry

    luck = random.Random(7)
    experiment = make(tmp_path, **STATED)
    kills = 0
    while len(experiment.state().finished) + len(experiment.state().failed) < 360:
        process = script(PROCESSES, experiment.folder)
        while process.poll() is None:
            kills += kill_at_random(experiment, process, luck, children) if kills < 10 else False
            time.sleep(0.1)
        process.communicate()
    assert kills >= 3 and process.returncode == 0
    assert {entry["kind"] for tries in experiment.state().attempts.values() for entry in tries} <= {"killed"}
    retry(experiment)
    run_in_threads(experiment)

    check(open_folder(experiment.folder), undisturbed)
