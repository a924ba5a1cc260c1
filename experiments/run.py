"""Replicates of one setting: the same parameters under different luck, in this process or in several.

    run("results/baseline", Settings(until="2030-12-31", replicates=5), workers=2)
    for outcome in replicates(Settings(until="2022-01-01", scale=0.1)):
        outcome.results.weekly

Replicate 0 has the seed that was given. The seeds of the others are derived from it with `SeedSequence` of
numpy, keyed by the number of the replicate. So replicate 3 is the same however many there are, and runs with
neighbouring seeds share no replicate (with seed + number, seeds 1 and 2 would share all but one).
"""

import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from multiprocessing import connection, get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import abm
from abm.parameters import ParameterError, Parameters, load
from abm.people import LAST_WEEK
from abm.policies import Asked, Idle, Policy, choose, idle, lay_over
from abm.timetable import START, date_of, week_of
from experiments import store
from experiments.manifest import manifest
from experiments.progress import Silence

#: Scales that make sense: below, there are fewer people than municipalities; at 1 each agent is one person.
SMALLEST, LARGEST = 0.001, 1.0
#: Replicates at most: more is a slip of the keyboard, which would fill the memory before the first run.
MOST = 100_000
#: A whole run is told of in at most this many messages by a worker.
MESSAGES = 200


class RunError(RuntimeError):
    """A replicate failed; the message is one line, `details` the traceback."""

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details


@dataclass(frozen=True)
class Settings:
    """What is run. `changes` are other values of parameters in all weeks, as `Parameters.replace` takes them;
    `policies` are laid over those, as `abm.policies.choose` takes them; `snapshots` are days on which everybody is
    kept as they are then.

    Raises `ValueError` (a `ParameterError` for `changes`, a `PolicyError` for `policies`) with one line when
    something is not allowed.
    """

    until: str = "2030-12-31"
    scale: float = 1.0
    seed: int = 1
    replicates: int = 1
    changes: Mapping[str, Any] = field(default_factory=dict)
    policies: Asked | Sequence[Asked] = ()
    snapshots: Sequence[str] = ()

    def __post_init__(self) -> None:
        try:
            until = date.fromisoformat(self.until)
        except ValueError:
            raise ValueError(f"until: '{self.until}' is not a date; write it as 2030-12-31") from None
        if until <= START:
            raise ValueError(f"until: {until} lies before the first week, which starts on {START}")
        if week_of(until) > LAST_WEEK:
            raise ValueError(f"until: {until} lies after {date_of(LAST_WEEK)}, the last week that can be simulated")
        if not SMALLEST <= self.scale <= LARGEST:
            raise ValueError(f"scale: {self.scale:g} lies outside the range {SMALLEST:g} to {LARGEST:g}")
        if not 0 <= self.seed < 2**64:
            raise ValueError(f"seed: {self.seed} lies outside the range 0 to 2**64 - 1")
        if self.replicates < 1:
            raise ValueError(f"replicates: {self.replicates} is too few; at least 1")
        if self.replicates > MOST:
            raise ValueError(f"replicates: {self.replicates} is too many; at most {MOST}")
        for day in self.snapshots:
            try:
                kept = date.fromisoformat(day)
            except ValueError:
                raise ValueError(f"snapshot: '{day}' is not a date; write it as 2025-12-31") from None
            if not START <= kept <= until:
                raise ValueError(f"snapshot: {kept} lies outside the run, {START} to {until}")
        lay_over(self.chosen, self.parameters, week_of(until) + 1)

    @cached_property
    def parameters(self) -> Parameters:
        """The parameters as they are used."""
        return load().replace(self.changes)

    @cached_property
    def chosen(self) -> tuple[Policy, ...]:
        """The policies, read."""
        return choose(self.policies, self.parameters)

    def seeds(self) -> list[int]:
        """Give the seed of each replicate."""
        return [seed_of(self.seed, replicate) for replicate in range(self.replicates)]


class Outcome(NamedTuple):
    """One replicate: number, seed, results, parameters the model asked for, time, policies that changed nothing."""

    replicate: int
    seed: int
    results: Any
    used: frozenset[str]
    n_weeks: int
    seconds: float
    idle: tuple[Idle, ...] = ()


def seed_of(seed: int, replicate: int) -> int:
    """Give the seed of a replicate; below 2**53, so that no reader of JSON rounds it.

    >>> seed_of(1, 0), seed_of(1, 1) == seed_of(2, 0)
    (1, False)
    """
    if replicate == 0:
        return seed
    state = np.random.SeedSequence(seed, spawn_key=(replicate,)).generate_state(1, np.uint64)
    return int(state[0]) >> 11


def run(
    folder: str | Path,
    settings: Settings | None = None,
    *,
    workers: int = 1,
    progress: Silence | None = None,
    command: str | None = None,
) -> store.Run:
    """Run all replicates and save them; nothing is left behind when one fails or the run is interrupted.

    Raises `StoreError` when the folder exists or cannot be written, `RunError` when a replicate fails.
    """
    settings = settings or Settings()
    used: set[str] = set()
    unused: list[Idle] | None = None
    n_weeks = 0
    with store.Writer(folder) as writer:
        for outcome in replicates(settings, workers=workers, progress=progress):
            writer.add(outcome.replicate, outcome.results)
            used |= outcome.used
            unused = [one for one in outcome.idle if unused is None or one in unused]
            n_weeks = outcome.n_weeks
            del outcome  # or the frames would stay until the next replicate is done
        writer.finish(
            manifest(
                until=settings.until,
                scale=settings.scale,
                seeds=settings.seeds(),
                parameters=settings.parameters,
                changed=settings.changes,
                used=used,
                policies=settings.chosen,
                idle=unused or (),
                n_weeks=n_weeks,
                command=command,
            )
        )
    return store.load(folder)


def replicates(settings: Settings, *, workers: int = 1, progress: Silence | None = None) -> Iterator[Outcome]:
    """Run the replicates and give them in order, each as soon as it and those before it are done.

    With more than one worker they run in processes, started anew: a script that calls this needs the usual
    `if __name__ == "__main__":`.
    """
    if workers < 1:
        raise ValueError(f"workers: {workers} is too few; at least 1")
    progress = progress or Silence()
    if not _compiled_before():
        progress.message("First run of this version: compiling the model takes about a minute, once.")
    parameters = settings.parameters
    jobs = [
        _Job(number, seed, settings.until, settings.scale, parameters, settings.chosen, tuple(settings.snapshots))
        for number, seed in enumerate(settings.seeds())
    ]
    workers = min(workers, len(jobs))
    if workers == 1:
        yield from (_simulate(job, progress.week) for job in jobs)
    else:
        compile_model(parameters)  # once, before the processes would all do it
        yield from _in_processes(jobs, workers, progress)


class _Job(NamedTuple):
    replicate: int
    seed: int
    until: str
    scale: float
    parameters: Parameters
    policies: tuple[Policy, ...] = ()
    snapshots: tuple[str, ...] = ()


def _simulate(job: _Job, tell: Callable[[int, int, int], None]) -> Outcome:
    start = time.perf_counter()
    reached = 0

    def weekly(week: int, n_weeks: int) -> None:
        nonlocal reached
        reached = week
        tell(job.replicate, week, n_weeks)

    try:
        model = abm.Model(
            until=job.until,
            scale=job.scale,
            seed=job.seed,
            parameters=job.parameters,
            policies=job.policies,
            **({"snapshots": job.snapshots} if job.snapshots else {}),
        )
        model.run(progress=weekly)
        results = model.results()
    except ParameterError:
        raise
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(where.filename).name}, line {where.lineno}"
        cause = (str(error).splitlines() or [""])[0]
        raise RunError(
            f"replicate {job.replicate} (seed {job.seed}) failed in week {reached}: "
            f"{type(error).__name__}: {cause} ({place})",
            traceback.format_exc(),
        ) from error
    seconds = time.perf_counter() - start
    unused = tuple(idle(job.policies, model.timetable)) if job.policies else ()
    used = frozenset(model.timetable.used)
    return Outcome(job.replicate, job.seed, results, used, int(model.n_weeks), seconds, unused)


def _compiled_before() -> bool:
    from abm.kernels import compiled_before

    return compiled_before()


def compile_model(parameters: Parameters) -> None:
    """Run a small model for a year, so that what the processes need is compiled and on disk."""
    _simulate(_Job(-1, 1, "2021-12-31", 0.01, parameters), lambda *_: None)


# --- processes


def _in_processes(jobs: list[_Job], workers: int, progress: Silence) -> Iterator[Outcome]:
    context = get_context("spawn")
    waiting = list(reversed(jobs))
    finished: dict[int, Outcome] = {}
    links: dict[Any, tuple[Any, _Job]] = {}  # our end of the pipe: the process and what it works on
    processes = []
    try:
        with _deaf():  # what is started here does not hear Ctrl-C; we do, and end it
            for _ in range(workers):
                ours, theirs = context.Pipe()
                process = context.Process(target=_work, args=(theirs,), daemon=True)
                process.start()
                theirs.close()
                processes.append(process)
                links[ours] = (process, waiting.pop())
        for link, (_, job) in links.items():
            link.send(job)
        for job in jobs:
            while job.replicate not in finished:
                for ready in connection.wait(list(links)):
                    _hear(ready, links, waiting, finished, progress)
            yield finished.pop(job.replicate)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.join()


def _hear(
    link: Any,
    links: dict[Any, tuple[Any, _Job]],
    waiting: list[_Job],
    finished: dict[int, Outcome],
    progress: Silence,
) -> None:
    """Read one message of a worker and give it the next replicate when it is done."""
    process, job = links[link]
    try:
        kind, *content = link.recv()
    except (EOFError, OSError):
        process.join()
        raise RunError(
            f"replicate {job.replicate} (seed {job.seed}): its process ended with code {process.exitcode}; "
            "with too little memory, use fewer workers or a smaller scale"
        ) from None
    match kind:
        case "week":
            progress.week(*content)
        case "failed":
            raise content[0](*content[1:])
        case "done":
            finished[job.replicate] = content[0]
            if waiting:
                links[link] = (process, waiting.pop())
                link.send(links[link][1])
            else:
                del links[link]
                link.close()


def _work(link: Any) -> None:
    """Run the replicates that come through the pipe until it closes."""

    def tell(replicate: int, week: int, n_weeks: int) -> None:
        if week == n_weeks or week % max(1, n_weeks // MESSAGES) == 0:
            link.send(("week", replicate, week, n_weeks))

    while True:
        try:
            job = link.recv()
        except EOFError:
            return
        try:
            message: tuple[Any, ...] = ("done", _simulate(job, tell))
        except RunError as error:
            message = ("failed", RunError, str(error), error.details)
        except ParameterError as error:
            message = ("failed", ParameterError, str(error))
        try:
            link.send(message)
        except OSError:  # whoever wanted to know is gone
            return


@contextmanager
def _deaf() -> Iterator[None]:
    """Ignore Ctrl-C for a moment; processes started meanwhile ignore it for good."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def processors() -> int:
    """Give the number of processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
