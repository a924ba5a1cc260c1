"""Results of an experiment in Parquet files, each holding many runs and none ever changed.

A shard is written under a hidden name, flushed to the disk, given its name, and only then entered in the ledger
with its sha256. So a shard that the ledger names is whole, and what a kill left behind is not named and is removed
by the next session. Small shards are written together into larger ones at the end of a session.

A shard has a file `outcomes` (one row a run) and one for each table that the experiment keeps (weekly, ...), which
has a column `run` before those of the table.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from experiments.store import StoreError

OUTCOMES = "outcomes"
#: Shards are written together until a file has about this size.
FULL_BYTES = 64_000_000


def file_of(folder: Path, table: str, shard: str) -> Path:
    """Give the file of a table in a shard."""
    return folder / f"{table}-{shard}.parquet"


def write(folder: Path, shard: str, tables: Mapping[str, Iterable[pa.Table]]) -> dict[str, dict[str, Any]]:
    """Write a shard and give what the ledger says of it: table to sha256, rows and bytes. Raises `StoreError`."""
    entry = {}
    for table, parts in tables.items():
        path = file_of(folder, table, shard)
        part = path.with_name(f".{path.name}.part")
        try:
            rows = _write_parts(part, parts)
            with part.open("rb") as file:
                os.fsync(file.fileno())
                entry[table] = {
                    "sha256": hashlib.file_digest(file, "sha256").hexdigest(),
                    "rows": rows,
                    "bytes": file.tell(),
                }
            part.rename(path)
        except (OSError, pa.ArrowException) as error:
            for made in (part, *(file_of(folder, name, shard) for name in tables)):
                with suppress(OSError):
                    made.unlink()
            reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
            raise StoreError(f"{path}: cannot be written ({reason})") from error
    _sync_folder(folder)
    return entry


def check(folder: Path, shard: str, files: Mapping[str, Mapping[str, Any]]) -> str:
    """Say what is wrong with a shard, or nothing."""
    for table, known in files.items():
        path = file_of(folder, table, shard)
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            return f"{path.name} is missing"
        except OSError as error:
            return f"{path.name} cannot be read ({error.strerror})"
        if found != known["sha256"]:
            return f"{path.name} is not the file that was written (sha256 differs)"
    return ""


def read(folder: Path, table: str, shard: str, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a table of a shard; raises `StoreError`, and FileNotFoundError when it was merged meanwhile."""
    path = file_of(folder, table, shard)
    try:
        return pq.read_table(path, columns=list(columns) if columns is not None else None, partitioning=None)
    except FileNotFoundError:
        raise
    except (OSError, pa.ArrowException) as error:
        raise StoreError(f"{path}: cannot be read ({str(error).splitlines()[0]})") from error


def groups_to_merge(shards: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> list[list[str]]:
    """Give the shards that should become one each, in their order; none when there is little to gain."""
    groups: list[list[str]] = []
    group: list[str] = []
    size = 0
    for name, files in shards.items():
        own = max((int(known["bytes"]) for known in files.values()), default=0)
        if own >= FULL_BYTES // 2:
            continue
        if size + own > FULL_BYTES:
            groups, group, size = [*groups, group], [], 0
        group, size = [*group, name], size + own
    return [names for names in [*groups, group] if len(names) > 1]


def merged(folder: Path, table: str, shards: Sequence[str], runs: Mapping[str, Iterable[str]]) -> Iterable[pa.Table]:
    """Give the rows of a table in several shards, those of each for the runs that the ledger says are in it."""
    for shard in shards:
        rows = read(folder, table, shard)
        wanted = pa.array(list(runs[shard]), pa.string())
        yield rows.filter(pc.is_in(rows["run"].cast(pa.string()), value_set=wanted))


def remove_others(folder: Path, shards: Iterable[str]) -> list[str]:
    """Remove the files that belong to none of these shards, which a kill left behind, and give their names."""
    known = set(shards)
    removed = []
    for path in sorted(folder.iterdir()):
        if path.suffix == ".part" or (path.suffix == ".parquet" and path.stem.rpartition("-")[2] not in known):
            path.unlink(missing_ok=True)
            removed.append(path.name)
    return removed


def _write_parts(path: Path, parts: Iterable[pa.Table]) -> int:
    writer: pq.ParquetWriter | None = None
    rows = 0
    try:
        for part in parts:
            if writer is None:
                writer = pq.ParquetWriter(path, part.schema, compression="zstd")
            writer.write_table(part.cast(writer.schema))
            rows += part.num_rows
    finally:
        if writer is not None:
            writer.close()
    return rows


def _sync_folder(folder: Path) -> None:
    """Make new names in a folder outlive a crash of the machine, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
