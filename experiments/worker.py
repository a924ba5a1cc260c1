"""One run of an experiment, wherever it is made: from a job to numbers, or to what went wrong.

`make` never raises for what a model does: an exception, an outcome that is NaN, too much time or memory become a
`Failure`. So an executor that raises has itself a problem, and the runner can tell the two apart. Limits are looked
at after every week; where runs have processes of their own (`experiments.processes`), a run that hangs within a
week, or whose memory explodes there, is ended from outside as well.

Nothing of a run outlives it: Mesa 3.3 keeps every model that made an agent in a register of identifiers for as long
as the process lives, so the model is taken out of it.
"""

import gc
import math
import os
import socket
import sys
import time
import traceback
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from experiments.outcomes import Outcome

#: Weeks between two looks at the memory, which cost more than a look at the clock.
LOOK_EVERY = 4
#: A run this long (seconds) is followed by a collection of garbage, which takes some hundredths of a second.
LONG = 0.5


@dataclass(frozen=True)
class Setting:
    """What all runs of an experiment share."""

    model: str
    until: str
    scale: float
    outcomes: tuple[Outcome, ...]
    fixed: Mapping[str, Any]
    starts: Mapping[str, date]
    keep: tuple[str, ...] = ()
    seconds: float | None = None
    megabytes: float | None = None


class Job(NamedTuple):
    """One run: its id and seed, the policies, and the values of the factors."""

    run: str
    seed: int
    policies: tuple[str, ...]
    values: Mapping[str, Any]


class Success(NamedTuple):
    """A finished run: a number an outcome; kept tables as Arrow bytes; what had no effect; its cost.

    `never_read` names factors that the model never asked for, `idle` policies that changed nothing in this run.
    """

    run: str
    numbers: tuple[float, ...]
    tables: Mapping[str, bytes]
    never_read: tuple[str, ...]
    idle: tuple[str, ...]
    seconds: float
    megabytes: float
    where: str


class Failure(NamedTuple):
    """A failed attempt. `kind`: raised, unknown (an outcome is NaN), killed, time, memory."""

    run: str
    kind: str
    message: str
    details: str
    seconds: float
    where: str


class LimitExceededError(RuntimeError):
    """A run took more time or memory than it may."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def make(setting: Setting, job: Job) -> Success | Failure:
    """Make one run; what the model raises becomes a `Failure`."""
    start = time.perf_counter()
    try:
        model, results = simulate(setting, job)
        numbers = tuple(one.of(results) for one in setting.outcomes)
        unknown = [
            one.name
            for one, number in zip(setting.outcomes, numbers, strict=True)
            if not math.isfinite(number) and not one.may_be_unknown
        ]
        seconds = time.perf_counter() - start
        if unknown:
            said = f"the outcome '{unknown[0]}' is {numbers[[o.name for o in setting.outcomes].index(unknown[0])]}"
            more = f", and {len(unknown) - 1} more" if len(unknown) > 1 else ""
            return Failure(job.run, "unknown", said + more, "", seconds, where())
        tables = {table: _as_bytes(getattr(results, table)) for table in setting.keep}
        never, unused = _without_effect(model, job)
        return Success(job.run, numbers, tables, never, unused, seconds, megabytes(), where())
    except KeyboardInterrupt:
        raise
    except LimitExceededError as error:
        return Failure(job.run, error.kind, str(error), "", time.perf_counter() - start, where())
    except MemoryError as error:
        seconds = time.perf_counter() - start
        return Failure(job.run, "memory", f"MemoryError: {error}", traceback.format_exc(), seconds, where())
    except BaseException as error:  # a model may even call sys.exit
        lines = str(error).splitlines()
        seconds = time.perf_counter() - start
        message = f"{type(error).__name__}: {lines[0] if lines else ''}"
        return Failure(job.run, "raised", message, traceback.format_exc(), seconds, where())
    finally:
        model = results = None
        if time.perf_counter() - start > LONG:
            gc.collect()


def get_ready(setting: Setting) -> None:
    """Import the model and read the parameters, so that the first run of a process is not charged for it."""
    from abm.parameters import load
    from experiments.specification import load_model

    load_model(setting.model)
    load()


def simulate(setting: Setting, job: Job) -> tuple[Any, Any]:
    """Run the model for a job and give it with its results; limits are checked every week."""
    from experiments.specification import load_model

    parameters, model_class = _parameters(setting, job), load_model(setting.model)
    begun = time.monotonic()

    def weekly(week: int, n_weeks: int) -> None:
        if setting.seconds is not None and time.monotonic() - begun > setting.seconds:
            raise LimitExceededError("time", f"took more than {setting.seconds:g} s (week {week} of {n_weeks})")
        if setting.megabytes is not None and week % LOOK_EVERY == 0 and megabytes() > setting.megabytes:
            message = f"used more than {setting.megabytes:g} MB (week {week} of {n_weeks})"
            raise LimitExceededError("memory", message)

    policies = {"policies": job.policies} if job.policies else {}
    model = model_class(until=setting.until, scale=setting.scale, seed=job.seed, parameters=parameters, **policies)
    try:
        model.run(progress=weekly)
        return model, model.results()
    finally:
        forget(model)


def _without_effect(model: Any, job: Job) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the factors that the model never asked for, and the policies that changed nothing, where it can say."""
    from abm.policies import idle
    from abm.timetable import Timetable

    timetable = getattr(model, "timetable", None)
    used = getattr(timetable, "used", None)
    never = () if used is None else tuple(name for name in job.values if _unread(name, used))
    if not job.policies or not isinstance(timetable, Timetable):
        return never, ()
    return never, tuple(f"{one.policy.name}: {one.reason}" for one in idle(model.policies, timetable))


def forget(model: Any) -> None:
    """Take a model out of the register in which Mesa 3.3 keeps all models alive."""
    mesa = sys.modules.get("mesa")
    register = getattr(getattr(mesa, "Agent", None), "_ids", None)
    if isinstance(register, dict):
        register.pop(model, None)


def megabytes() -> float:
    """Give the memory that this process has in use now (resident); where the system does not say, at its most."""
    return megabytes_of(os.getpid())


def megabytes_of(process: int) -> float:
    """Give the memory that a process has in use (resident); NaN when it is gone."""
    try:
        with open(f"/proc/{process}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        if process != os.getpid():
            return float("nan")
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / 1e6 if sys.platform == "darwin" else used / 1e3


def where() -> str:
    """Name this process, on whatever machine it is."""
    return f"{socket.gethostname()}:{os.getpid()}"


def _unread(name: str, used: Collection[str]) -> bool:
    """Say whether the model never read the parameter of a factor; an inert factor has none to read."""
    from experiments.factors import parameter_of

    parameter = parameter_of(name)
    return bool(parameter) and parameter not in used


def _parameters(setting: Setting, job: Job) -> Any:
    from abm.parameters import load
    from experiments.factors import apply

    return apply(load(), {**setting.fixed, **job.values}, setting.starts)


def _as_bytes(frame: Any) -> bytes:
    import pyarrow as pa

    table = pa.Table.from_pandas(frame, preserve_index=False)
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())
