"""Runs on many machines, with Dask distributed (extra `cluster`).

    with cluster("tcp://host:8786") as executor:       # or cluster("scheduler.json")
        run(experiment, executor)

Dask starts and watches the workers; the experiment is still written by one process, so workers need not share a
disk. Before the first run the versions of the code are compared: a worker with other code of the model is refused,
because its numbers would not be those of this experiment. A worker that dies is replaced by another, and its run made
again there with the same seed; after several deaths Dask blames the run, which counts as a failed attempt.

Limits of time and memory are looked at after every week of a run; a run that hangs within a week is not ended.
"""

import json
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

#: Seconds to wait for the scheduler, and for a first worker.
PATIENCE = 30.0


class ClusterError(RuntimeError):
    """The cluster cannot be used; the message is one line."""


@contextmanager
def cluster(address: str, patience: float = PATIENCE, model: str = "abm:Model") -> Iterator[Executor]:
    """Give an executor for the workers of a scheduler; raises `ClusterError`.

    `address` is that of the scheduler, or the name of the file (.json) in which it was told to write it.
    """
    try:
        from distributed import Client
    except ImportError:
        raise ClusterError("Dask is not installed; in the clone: pip install -c constraints.txt '.[cluster]'") from None
    if address.endswith(".json"):
        address = _read(Path(address), patience)
    try:
        client = Client(address, timeout=patience, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise ClusterError(f"no scheduler of Dask answers at {address} ({_first_line(error)})") from error
    try:
        _check(client, patience, model)
        yield client.get_executor(pure=False)
    finally:
        with suppress(Exception):  # a scheduler that is gone cannot be left in good order
            client.close(timeout=5)


def _read(path: Path, patience: float) -> str:
    """Give the address that a scheduler writes into a file, which may take a moment."""
    until = time.monotonic() + patience
    while True:
        try:
            return str(json.loads(path.read_text())["address"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            if time.monotonic() > until:
                raise ClusterError(
                    f"{path}: no scheduler of Dask has written its address ({_first_line(error)})"
                ) from error
            time.sleep(0.1)


def _check(client: Any, patience: float, model: str) -> None:
    """Wait for a worker, and refuse those whose model is other code than ours."""
    try:
        client.wait_for_workers(1, timeout=patience)
    except TimeoutError:
        raise ClusterError(f"the scheduler has had no worker for {patience:g} s") from None
    ours = _code_here(model)
    for worker, theirs in client.run(_code_here, model, on_error="return").items():
        if isinstance(theirs, BaseException):
            raise ClusterError(f"worker {worker} cannot import the model ({_first_line(theirs)})")
        if theirs != ours:
            found, here = next((there, here) for there, here in zip(theirs, ours, strict=True) if there != here)
            raise ClusterError(f"worker {worker} has other code of the model ({found[:10]}, here {here[:10]})")


def _code_here(model: str) -> tuple[str, str]:
    from experiments.folder import code_of

    found = code_of(model)
    return found["sha256"], found["outcomes"]


def _first_line(error: BaseException) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).splitlines()[0]
