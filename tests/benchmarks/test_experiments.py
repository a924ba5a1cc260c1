"""The benchmark of the experiments measures what it says, and its runs are the same however they are made."""

import json
import time

import pytest

from tests.benchmarks import experiments
from tests.benchmarks.experiments import Clock, Spinning


def test_a_spinning_run_takes_its_time_and_gives_results():
    start = time.process_time()
    model = Spinning(until="2021-12-31", seed=3)
    model.run()

    assert time.process_time() - start >= experiments.SPIN and len(model.results().weekly) == 10


def test_the_pace_is_that_between_first_and_last_result():
    clock = Clock()
    clock.times = [(10.0, 2), (11.0, 3), (14.0, 10)]

    assert clock.pace == 0.5


@pytest.mark.slow
def test_the_quick_benchmark_measures_everything_and_finds_the_same_numbers(tmp_path, capsys):
    experiments.main(["--quick", "--out", str(tmp_path / "layer.json")])
    rows = {row["name"]: row["value"] for row in json.loads((tmp_path / "layer.json").read_text())["rows"]}
    same = {name: value for name, value in rows.items() if name.startswith("Identical")}

    assert len(rows) == 8 and len(same) == 3 and set(same.values()) <= {"yes", "not measured"}
    assert all(name in capsys.readouterr().out for name in list(rows)[:1])
