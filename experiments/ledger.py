"""The ledger of an experiment: one line of JSON for everything that happened, only ever added to.

    with Ledger(folder / "ledger.jsonl") as ledger:
        ledger.add([{"event": "failed", "run": "1a2b...", "attempt": 1, "kind": "raised", ...}])
    state = read(folder / "ledger.jsonl")
    state.finished, state.failed, state.shards

Events
    session    a command began to run: time, machine, code version, commit and dirty state, packages, executor
    shard      a file of results was written, with its sha256; it is on disk before this line is
    finished   a run is in a shard: run, seed, attempt, seconds, memory, which worker
    failed     an attempt failed: kind (raised, unknown, killed, time, memory), message, traceback
    merged     shards were written together into a new one, and are no longer read
    lost       a shard was found damaged, so the runs in it are to be made again
    retry      somebody asked to try failed runs anew, so their earlier attempts no longer count
    ended      a session came to its end

A line counts once its newline is written. What a kill left of a last line is cut off before the next is added.
A broken line anywhere else means that the file was damaged, and is refused.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from experiments.store import StoreError

#: Attempts that a run is given: the first and two more, all with the same seed.
ATTEMPTS = 3


@dataclass
class State:
    """What a ledger amounts to.

    `finished`: run to its entry, which names its shard. `attempts`: run to its failed attempts since the last
    retry, kept after it finished. `shards`: name to the files in it. `sessions`: entries, the last one now.
    """

    finished: dict[str, dict[str, Any]] = field(default_factory=dict)
    attempts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    shards: dict[str, dict[str, Any]] = field(default_factory=dict)
    sessions: list[dict[str, Any]] = field(default_factory=list)

    @property
    def failed(self) -> dict[str, list[dict[str, Any]]]:
        """The runs that failed in every attempt they are given."""
        return {
            run: tries for run, tries in self.attempts.items() if run not in self.finished and len(tries) >= ATTEMPTS
        }

    def runs_in(self, shard: str) -> list[str]:
        """Give the runs whose results are in a shard."""
        return [run for run, entry in self.finished.items() if entry["shard"] == shard]

    def apply(self, entry: Mapping[str, Any]) -> None:
        """Take in one more entry."""
        match entry["event"]:
            case "session":
                self.sessions.append(dict(entry))
            case "ended":
                self.sessions[-1]["ended"] = entry["reason"]
            case "shard":
                self.shards[entry["shard"]] = dict(entry["files"])
            case "finished":
                self.finished[entry["run"]] = dict(entry)
            case "failed":
                self.attempts.setdefault(entry["run"], []).append(dict(entry))
            case "merged":
                self.shards[entry["shard"]] = dict(entry["files"])
                former = set(entry["from"])
                for name in former:
                    self.shards.pop(name, None)
                for done in self.finished.values():
                    if done["shard"] in former:
                        done["shard"] = entry["shard"]
            case "lost":
                self.shards.pop(entry["shard"], None)
                for run in entry["runs"]:
                    self.finished.pop(run, None)
            case "retry":
                for run in entry["runs"]:
                    self.attempts.pop(run, None)


def read(path: Path) -> State:
    """Give what a ledger amounts to; raises `StoreError` when it is missing or damaged."""
    state = State()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error.strerror})") from error
    lines = content.split(b"\n")
    for number, line in enumerate(lines[:-1], start=1):  # after the last newline: nothing, or what a kill left
        try:
            state.apply(json.loads(line))
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise StoreError(f"{path}: line {number} is damaged ({type(error).__name__})") from error
    return state


class Ledger:
    """Adds to a ledger; one process at a time (see `experiments.folder.Lock`). Raises `StoreError`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
            self._length = _cut(self._file)
        except OSError as error:
            raise StoreError(f"{path}: cannot be written ({error.strerror})") from error

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)

    def add(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Write entries so that they outlive a crash of the machine; all of them or, when it fails, none."""
        text = b"".join(json.dumps(entry, ensure_ascii=False).encode() + b"\n" for entry in entries)
        try:
            written = 0
            while written < len(text):
                written += os.write(self._file, text[written:])
            os.fsync(self._file)
        except OSError as error:
            os.ftruncate(self._file, self._length)
            raise StoreError(f"{self.path}: cannot be written ({error.strerror})") from error
        self._length += len(text)


def _cut(file: int) -> int:
    """Cut off an unfinished last line and give the length that is left."""
    length = os.fstat(file).st_size
    position, end = length, length
    while position > 0:
        start = max(position - 65536, 0)
        block = os.pread(file, position - start, start)
        found = block.rfind(b"\n")
        if found >= 0:
            end = start + found + 1
            break
        position = end = start
    if end < length:
        os.ftruncate(file, end)
    return end
