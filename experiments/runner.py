"""Make the runs of an experiment with any executor of `concurrent.futures`, and lose none.

    with Processes(2) as executor:
        summary = run(experiment, executor)
    run(experiment, ThreadPoolExecutor(4))
    run(experiment, dask_client.get_executor())

Runs are handed out in the order of the design (replicate by replicate), a few more than there are workers, so memory
and bookkeeping do not grow with the experiment. What comes back is written in shards every few seconds, and counts
once the ledger says so; a kill costs at most what came back since then, and those runs are made again with the same
seed. A run that fails is tried at most twice more, after the others.

One process at a time runs an experiment. It alone writes, so workers on other machines need not see the folder.
"""

import platform
import sys
import time
import traceback
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import Any

import pyarrow as pa

from experiments import shards, worker
from experiments.folder import LEDGER, SHARDS, Experiment, Lock, code_of
from experiments.forecast import Silence
from experiments.ledger import ATTEMPTS, Ledger, State, read
from experiments.manifest import PACKAGES, version_of
from experiments.processes import Processes, WorkerLostError
from experiments.store import StoreError
from experiments.worker import Failure, Job, Setting, Success

#: Results are written when the oldest has waited this many seconds, or there are so many, or so many bytes.
WRITE_SECONDS, WRITE_RUNS, WRITE_BYTES = 2.0, 1000, 32_000_000
#: Runs handed out for each worker: the one it works on and one that is ready for it.
EACH = 2
#: Shards are written together at the end of a session when there are more than this.
FEW_SHARDS = 8


class ExecutorLostError(RuntimeError):
    """The executor itself failed; what was done is stored. The message is one line."""


@dataclass
class Summary:
    """What a session did: runs finished now and in all, given up in all, failed attempts by kind, seconds.

    `never_read` names factors that a run never asked for; `idle` counts the runs in which a policy changed nothing.
    """

    total: int
    finished: int = 0
    finished_now: int = 0
    given_up: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    never_read: set[str] = field(default_factory=set)
    idle: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    run_seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether every run has a result."""
        return self.finished == self.total


def run(
    experiment: Experiment,
    executor: Executor | None = None,
    *,
    workers: int = 1,
    limits: Mapping[str, float | None] | None = None,
    progress: Silence | None = None,
) -> Summary:
    """Make all runs that are neither finished nor given up; without an executor, in `workers` processes here.

    `limits` (seconds, megabytes) replace those of the experiment. Raises `StoreError` when the experiment is being
    run already, its folder cannot be written or its code has changed, and `ExecutorLostError` when the executor
    fails; after either, as after Ctrl-C, the finished runs are stored and `run` goes on from there.
    """
    experiment.check_code()
    progress = progress or Silence()
    setting = experiment.setting
    if limits:
        setting = _limited(setting, limits)
    with Lock(experiment.folder), Ledger(experiment.folder / LEDGER) as ledger:
        session = _Session(experiment, ledger, setting, progress)
        session.begin(executor, workers)
        if not session.queue:
            session.end("nothing to do")
            return session.summary
        own = executor is None
        if executor is None:
            prepare(setting, progress)
            executor = Processes(
                workers,
                seconds=setting.seconds,
                megabytes=setting.megabytes,
                initializer=worker.get_ready,
                initargs=(setting,),
            )
        try:
            session.work(executor)
        except BaseException as error:
            reason = "interrupted" if isinstance(error, KeyboardInterrupt) else f"stopped: {_first_line(error)}"
            with suppress(StoreError):  # the disk may be what failed; what the ledger has stays
                session.end(reason)
            raise
        finally:
            if own:
                executor.shutdown(wait=True, cancel_futures=True)
        session.end("finished")
    return session.summary


def retry(experiment: Experiment, runs: list[str] | None = None) -> list[str]:
    """Let runs that were given up (all, or these) be tried anew, and give their ids."""
    with Lock(experiment.folder), Ledger(experiment.folder / LEDGER) as ledger:
        failed = experiment.state().failed
        chosen = list(failed) if runs is None else runs
        for one in chosen:
            if one not in failed:
                raise StoreError(f"{experiment.folder}: run {one} was not given up")
        if chosen:
            ledger.add([{"event": "retry", "at": _now(), "runs": chosen}])
    return chosen


def prepare(setting: Setting, progress: Silence | None = None) -> None:
    """Compile the kernels of the model once, before several processes would all do it."""
    if not setting.model.startswith("abm:"):
        return
    from abm.kernels import compiled_before
    from abm.parameters import load
    from experiments.run import compile_model

    if not compiled_before():
        (progress or Silence()).message("First run of this version: compiling the model takes about a minute, once.")
        compile_model(load())


class _Session:
    """One command that makes runs: what waits, what is under way, what came back and is not written yet."""

    def __init__(self, experiment: Experiment, ledger: Ledger, setting: Setting, progress: Silence) -> None:
        self.experiment, self.ledger, self.setting, self.progress = experiment, ledger, setting, progress
        self.state: State = read(experiment.folder / LEDGER)
        self.folder = experiment.folder / SHARDS
        self.queue: deque[Job] = deque()
        self.back: SimpleQueue[tuple[Job, Future[Any]]] = SimpleQueue()
        self.under_way = 0
        self.results: list[tuple[Job, Success]] = []
        self.bytes = 0
        self.oldest = 0.0
        self.number = 0
        self.begun = time.monotonic()
        self.summary = Summary(len(experiment.design))

    def begin(self, executor: Executor | None, workers: int) -> None:
        """Enter the session in the ledger; find damaged shards, whose runs are made again, and remove leftovers."""
        found = code_of(self.setting.model)
        self.number = len(self.state.sessions) + 1
        entry: dict[str, Any] = {
            "event": "session",
            "session": self.number,
            "at": _now(),
            "where": worker.where(),
            "executor": "processes" if executor is None else type(executor).__name__,
            "workers": workers if executor is None else _workers_of(executor),
            "code": found,
            "python": platform.python_version(),
            "platform": sys.platform,
            "packages": {name: version_of(name) for name in PACKAGES},
        }
        self._note([entry])
        for shard, problem in self.experiment.damaged(self.state).items():
            lost = self.state.runs_in(shard)
            self._note([{"event": "lost", "at": _now(), "shard": shard, "runs": lost, "reason": problem}])
            self.progress.message(f"{problem}: its {len(lost)} runs are made again")
        shards.remove_others(self.folder, self.state.shards)
        self.queue.extend(self.experiment.waiting(self.state))
        self.summary.finished = len(self.state.finished)
        self.summary.given_up = len(self.state.failed)
        self._tell()

    def work(self, executor: Executor) -> None:
        """Hand out runs and take what comes back until nothing is left."""
        window = EACH * _workers_of(executor)
        while self.queue or self.under_way:
            while self.queue and self.under_way < window:
                self._hand_out(executor)
            try:
                job, future = self.back.get(timeout=self._patience())
            except Empty:
                self.write()
                continue
            self.under_way -= 1
            self._take(job, future)
            if self.results and (
                len(self.results) >= WRITE_RUNS
                or self.bytes >= WRITE_BYTES
                or time.monotonic() - self.oldest > WRITE_SECONDS
            ):
                self.write()

    def end(self, reason: str) -> None:
        """Write what came back, write small shards together, and say in the ledger how the session ended."""
        while not self.back.empty():  # came back while the session was interrupted
            job, future = self.back.get()
            if not future.cancelled() and future.exception() is None and isinstance(future.result(), Success):
                self._take(job, future)
        self.write()
        if reason in ("finished", "nothing to do") and len(self.state.shards) > FEW_SHARDS:
            self._merge()
        self.summary.seconds = time.monotonic() - self.begun
        entry = {"event": "ended", "at": _now(), "session": self.number, "reason": reason}
        self._note([{**entry, "seconds": round(self.summary.seconds, 3)}])

    def write(self) -> None:
        """Write the results that came back into a shard, and then enter it and its runs in the ledger."""
        if not self.results:
            return
        shard = self._new_name()
        files = shards.write(self.folder, shard, self._tables())
        entries: list[dict[str, Any]] = [{"event": "shard", "at": _now(), "shard": shard, "files": files}]
        for job, done in self.results:
            entry = {
                "event": "finished",
                "run": done.run,
                "seed": job.seed,
                "attempt": len(self.state.attempts.get(done.run, ())) + 1,
                "session": self.number,
                "seconds": round(done.seconds, 4),
                "megabytes": round(done.megabytes, 1),
                "where": done.where,
                "shard": shard,
            }
            useless = {"never_read": list(done.never_read), "idle": list(done.idle)}
            entries.append(entry | {name: found for name, found in useless.items() if found})
        self._note(entries)
        self.results, self.bytes = [], 0

    def _hand_out(self, executor: Executor) -> None:
        job = self.queue.popleft()
        try:
            future = executor.submit(worker.make, self.setting, job)
        except Exception as error:  # whatever an executor raises: it takes no more work
            self.queue.appendleft(job)
            raise ExecutorLostError(f"the executor takes no runs ({_first_line(error)})") from error
        self.under_way += 1
        future.add_done_callback(lambda done: self.back.put((job, done)))

    def _take(self, job: Job, future: Future[Any]) -> None:
        try:
            outcome = future.result()
        except WorkerLostError as error:
            outcome = Failure(job.run, error.kind, str(error), "", 0.0, "")
        except (BrokenExecutor, CancelledError, OSError) as error:
            raise ExecutorLostError(f"the executor broke ({_first_line(error)})") from error
        except Exception as error:
            kind = "killed" if type(error).__name__ == "KilledWorker" else "raised"
            details = "".join(traceback.format_exception(error))
            outcome = Failure(job.run, kind, _first_line(error), details, 0.0, "")
        if isinstance(outcome, Success):
            if not self.results:
                self.oldest = time.monotonic()
            self.results.append((job, outcome))
            self.bytes += sum(len(content) for content in outcome.tables.values())
            self.summary.finished += 1
            self.summary.finished_now += 1
            self.summary.run_seconds += outcome.seconds
            self.summary.never_read |= set(outcome.never_read)
            self.summary.idle.update(outcome.idle)
        else:
            self._failed(job, outcome)
        self._tell()

    def _failed(self, job: Job, failure: Failure) -> None:
        attempt = len(self.state.attempts.get(job.run, ())) + 1
        entry = {
            "event": "failed",
            "at": _now(),
            "run": job.run,
            "seed": job.seed,
            "attempt": attempt,
            "session": self.number,
            "kind": failure.kind,
            "message": failure.message,
            "details": failure.details,
            "seconds": round(failure.seconds, 4),
            "where": failure.where,
        }
        self._note([entry])
        self.summary.failures[failure.kind] += 1
        if attempt < ATTEMPTS:
            self.queue.append(job)
        else:
            self.summary.given_up += 1

    def _tables(self) -> dict[str, list[pa.Table]]:
        """Give the results as tables: a row a run, and the kept tables with the run before their columns."""
        done = [success for _, success in self.results]
        names = [one.name for one in self.setting.outcomes]
        columns: dict[str, Any] = {"run": pa.array([one.run for one in done], pa.string())}
        for position, name in enumerate(names):
            columns[name] = pa.array([one.numbers[position] for one in done], pa.float64())
        tables = {shards.OUTCOMES: [pa.table(columns)]}
        for table in self.setting.keep:
            tables[table] = [_kept(one.run, one.tables[table]) for one in done]
        return tables

    def _merge(self) -> None:
        """Write small shards together; the old ones are removed once the ledger no longer names them."""
        for group in shards.groups_to_merge(self.state.shards):
            runs: dict[str, list[str]] = {name: [] for name in group}
            for run_id, entry in self.state.finished.items():
                if entry["shard"] in runs:
                    runs[entry["shard"]].append(run_id)
            shard = self._new_name()
            parts: dict[str, Iterable[pa.Table]] = {
                table: shards.merged(self.folder, table, group, runs) for table in (shards.OUTCOMES, *self.setting.keep)
            }
            files = shards.write(self.folder, shard, parts)
            self._note([{"event": "merged", "at": _now(), "shard": shard, "files": files, "from": group}])
        shards.remove_others(self.folder, self.state.shards)

    def _new_name(self) -> str:
        numbers = [int(name) for name in self.state.shards]
        return f"{max(numbers, default=0) + 1:06d}"

    def _note(self, entries: list[dict[str, Any]]) -> None:
        self.ledger.add(entries)
        for entry in entries:
            self.state.apply(entry)

    def _patience(self) -> float:
        return max(self.oldest + WRITE_SECONDS - time.monotonic(), 0.0) if self.results else 60.0

    def _tell(self) -> None:
        self.progress.runs(self.summary.finished, self.summary.given_up, self.summary.total)


def _kept(run_id: str, content: bytes) -> pa.Table:
    table = pa.ipc.open_stream(content).read_all()
    runs = pa.DictionaryArray.from_arrays(pa.array([0] * len(table), pa.int32()), pa.array([run_id], pa.string()))
    return table.add_column(0, "run", runs.cast(pa.string())).replace_schema_metadata(None)


def _limited(setting: Setting, limits: Mapping[str, float | None]) -> Setting:
    from dataclasses import replace

    return replace(setting, **{name: limit for name, limit in limits.items() if limit is not None})  # type: ignore[arg-type]


def _workers_of(executor: Executor) -> int:
    """Give the number of workers of an executor: what it says, or that of a Dask client, or this machine's."""
    from experiments.run import processors

    if stated := getattr(executor, "_max_workers", None):
        return int(stated)
    client = getattr(executor, "_client", None)
    return max(len(client.nthreads()), 1) if client is not None else processors()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _first_line(error: BaseException) -> str:
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
