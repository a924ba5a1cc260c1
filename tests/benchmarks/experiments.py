"""Measure what making many runs costs beside the runs, and whether it matters how they are made, and print one table.

    python -m tests.benchmarks.experiments                    some five minutes: the figures to quote
    python -m tests.benchmarks.experiments overhead           one part: overhead (workers too), many or same
    python -m tests.benchmarks.experiments --quick            half a minute: shows that it works, not how fast
    python -m tests.benchmarks.experiments --out layer.json   also write what was measured as JSON

Overhead is the time from one result to the next with one worker, beside that of a loop that makes the same runs of
`Spinning`, which computes for 100 ms, and keeps nothing. Two workers are compared with one by the same pace, with that
model and with the model itself; the starts of processes do not count. Each pace is the quickest of some rounds, which
is the one that other work on the machine disturbed least; the numbers of each round alone stand in brackets. The second
worker gets what other work leaves: the load of the machine when the benchmark began is printed above the table.

The 10,000 runs do nothing; they pass through two processes, ledger and shards, and time and memory are those of the
process that writes, from the specification to the table of results. Results are called identical when every number of
every run, and every week that is kept, has the same bits as in one process. Nothing is asserted: the column ``bar``
says what was aimed at.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # run as a plain script
    sys.path.insert(0, str(ROOT))

from abm.parameters import load  # noqa: E402
from experiments.folder import create, open_folder  # noqa: E402
from experiments.forecast import Silence  # noqa: E402
from experiments.runner import run  # noqa: E402
from experiments.specification import from_mapping  # noqa: E402
from tests.quick_experiments import specification  # noqa: E402
from tests.quick_models import QuickModel  # noqa: E402

#: Seconds that a run of `Spinning` computes.
SPIN = 0.1
MODEL = "tests.benchmarks.experiments"


class Spinning(QuickModel):
    """Computes for a tenth of a second."""

    def run(self, progress=None):
        """Take ten weeks of a hundredth of a second of this process."""
        start = time.process_time()
        for week in range(1, 11):
            while time.process_time() - start < SPIN * week / 10:
                pass
            if progress:
                progress(week, 10)


@dataclass(frozen=True)
class Settings:
    """What is measured: numbers of runs, and how often."""

    spinning: int = 200
    stub: int = 10_000
    model_runs: int = 16
    model_scale: float = 0.02
    model_until: str = "2025-12-31"
    rounds: int = 3
    same_until: str = "2021-12-31"


QUICK = Settings(10, 200, 2, 0.01, "2021-02-28", 1, "2021-02-28")


@dataclass(frozen=True)
class Row:
    """One line of the table, and the same number from each round alone."""

    name: str
    value: str
    bar: str
    rounds: tuple[float, ...] = ()

    def text(self):
        """Give the line."""
        spread = f"  ({', '.join(f'{one:.3g}' for one in self.rounds)})" if len(self.rounds) > 1 else ""
        return f"{self.name:<58}{self.value:>12}   {self.bar}{spread}"


class Clock(Silence):
    """Notes when results come back."""

    def __init__(self):
        self.times = []

    def runs(self, finished, failed, total):
        """Note the time."""
        if finished and (not self.times or finished > self.times[-1][1]):
            self.times.append((time.perf_counter(), finished))

    @property
    def pace(self):
        """Give the seconds from one result to the next."""
        (first, before), (last, after) = self.times[0], self.times[-1]
        return (last - first) / (after - before)


def model_specification(settings, runs, until):
    """Give runs of the model itself: two sets of policies, the rest replicates."""
    stated = {
        "policies": ["baseline", "savings_scheme@2021-02-01"],
        "replicates": max(runs // 2, 1),
        "scale": settings.model_scale,
        "until": until,
        "outcomes": ["in_reception", "employed", "motivation_in_reception"],
        "keep": ["weekly"],
    }
    return from_mapping(stated, "measured")


def pace_of(made, workers):
    """Make the runs of a specification in a new folder and give the seconds from one result to the next."""
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        run(create(Path(folder) / "runs", made), workers=workers, progress=clock)
    return clock.pace


def pace_alone(n):
    """Give the seconds of a run of `Spinning` in a plain loop."""
    parameters = load()
    start = time.perf_counter()
    for seed in range(n):
        model = Spinning(until="2027-12-31", seed=seed, parameters=parameters)
        model.run()
        model.results()
    return (time.perf_counter() - start) / n


def overhead_and_workers(settings):
    """Give the rows about `Spinning` and about the model: one worker beside a loop, two beside one, in turn."""
    made = specification(f"{MODEL}:Spinning", settings.spinning, keep=["weekly"])
    whole = model_specification(settings, settings.model_runs, settings.model_until)
    pace_of(model_specification(settings, 2, "2021-02-28"), 1)  # compiles, if that was not done before
    rounds = []
    for _ in range(settings.rounds):
        paces = (
            pace_alone(settings.spinning),
            pace_of(made, 1),
            pace_of(made, 2),
            pace_of(whole, 1),
            pace_of(whole, 2),
        )
        rounds.append(paces)
    best = [min(pace) for pace in zip(*rounds, strict=True)]  # the round that other work disturbed least

    def row(name, of, bar, shown):
        return Row(name, shown(of(*best)), bar, tuple(of(*paces) for paces in rounds))

    return [
        row("Overhead of the layer at 100 ms a run", lambda a, b, *_: b / a - 1, "< 5%", "{:.1%}".format),
        row("Two workers beside one, 100 ms a run", lambda _, b, c, *__: b / c, ">= 1.8 x", "{:.2f} x".format),
        row(
            f"Two workers beside one, the model at scale {settings.model_scale:g}",
            lambda *paces: paces[3] / paces[4],
            "",
            "{:.2f} x".format,
        ),
    ]


STUB = """
import json, resource, sys, time
from pathlib import Path
from tests.quick_experiments import specification
from experiments.folder import create
from experiments.runner import run
if __name__ == "__main__":
    begun = time.perf_counter()
    made = create(Path(sys.argv[1]) / "runs", specification(n=int(sys.argv[2]) // 2, replicates=2))
    summary = run(made, workers=2)
    rows = len(made.results())
    seconds, megabytes = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(json.dumps([rows, seconds, megabytes]))
"""


def many_runs(settings):
    """Give the rows about many runs that do nothing."""
    with tempfile.TemporaryDirectory() as folder:
        rows, seconds, megabytes = json.loads(_python(STUB, folder, settings.stub))
    named = f"{rows:,} runs of a model that does nothing"
    return [
        Row(f"{named}: time", f"{seconds:.1f} s", "< 60 s for 10,000"),
        Row(f"{named}: memory of the writer", f"{megabytes:.0f} MB", "< 500 MB for 10,000"),
    ]


RUN = """
import sys
from experiments import runner
from experiments.folder import open_folder
runner.WRITE_SECONDS = 0.05
if __name__ == "__main__":
    runner.run(open_folder(sys.argv[1]), workers=1)
"""


def sameness(settings):
    """Give a row for each way of making the same runs of the model."""
    with tempfile.TemporaryDirectory() as folder:

        def fresh(name):
            return create(Path(folder) / name, model_specification(settings, 8, settings.same_until))

        one = fresh("one")
        run(one, workers=1)
        ways = {"two processes": fresh("two"), "resumed after kill -9": fresh("killed")}
        run(ways["two processes"], workers=2)
        killed = _kill(ways["resumed after kill -9"])
        run(ways["resumed after kill -9"], workers=1)
        note = "" if killed else "it was complete before it was killed"
        rows = [
            Row(f"Identical to one process: {name}", "yes" if _same(one, other) else "NO", note)
            for name, other in ways.items()
        ]
        with _dask(folder) as address:
            if address is None:
                return [*rows, Row("Identical to one process: Dask", "not measured", "Dask is not installed")]
            from experiments.adapters.dask import cluster

            there = fresh("dask")
            with cluster(address) as executor:
                run(there, executor)
            return [
                *rows,
                Row("Identical to one process: two workers of Dask", "yes" if _same(one, there) else "NO", ""),
            ]


PARTS = {"overhead": overhead_and_workers, "many": many_runs, "same": sameness}


def _python(text, *arguments):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", text, *map(str, arguments)]
    return subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout


def _kill(experiment):
    """Run an experiment in a process of its own, kill that once something is stored, and say whether runs were left."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", RUN, str(experiment.folder)], env=environment, cwd=ROOT)
    while process.poll() is None and len(experiment.state().finished) < 2:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return 0 < len(experiment.state().finished) < len(experiment.design)


def _same(one, other):
    """Say whether two experiments hold the same numbers, bit for bit."""
    one, other = open_folder(one.folder), open_folder(other.folder)
    order = ["run", "week"]
    weekly = [experiment.read("weekly").sort_values(order, ignore_index=True) for experiment in (one, other)]
    return (
        len(one.results()) == len(one.design) and one.results().equals(other.results()) and weekly[0].equals(weekly[1])
    )


@contextmanager
def _dask(folder):
    """Give the address of a scheduler of Dask on this machine with two workers, or nothing when it is not installed."""
    try:
        from distributed import LocalCluster
    except ImportError:
        yield None
        return
    settings = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with LocalCluster(host="127.0.0.1", local_directory=folder, silence_logs=50, **settings) as local:
        yield local.scheduler_address


def main(arguments=None):
    """Measure, print the table, and write JSON if asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="show that it works, not how fast")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"there is no part '{min(unknown)}'; choose from {', '.join(PARTS)}")
    busy = os.getloadavg()[0]
    print(f"{os.cpu_count()} processors; {busy:.1f} of them busy with other work when the benchmark began", flush=True)
    rows = []
    for name in asked.parts or PARTS:
        made = PARTS[name](QUICK if asked.quick else Settings())
        print("\n".join(row.text() for row in made), flush=True)
        rows += made
    if asked.out:
        asked.out.write_text(json.dumps({"load": busy, "rows": [asdict(row) for row in rows]}, indent=1) + "\n")


if __name__ == "__main__":
    main()
