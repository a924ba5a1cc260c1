"""One run is one folder: six Parquet tables and a manifest that says what they are.

    with Writer(folder) as writer:
        writer.add(0, model.results())
        writer.finish(manifest)
    run = load(folder)
    run.weekly                      # a pandas frame, read when first asked for, with a column `replicate`
    run.read("persons", columns=["legal", "work"], replicate=0)

The folder appears complete or not at all: it is written beside its place under a hidden name and renamed at
the end. It is never overwritten, and each file is checked against its sha256 in the manifest when it is read.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from abm.parameters.record import table_of

#: Raised by one when a reader of the former form would misread the new one.
SCHEMA = 1
TABLES = ("weekly", "groups", "cohorts", "costs", "persons", "network")
#: Stored only where they were asked for.
OPTIONAL = ("snapshots",)
MANIFEST = "manifest.json"


class StoreError(ValueError):
    """A folder of results cannot be written or read; the message is one line."""


class Manifest(dict[str, Any]):
    """What the manifest at `path` holds; asking for a key that is not there raises `StoreError`."""

    def __init__(self, path: Path, held: Mapping[str, Any]) -> None:
        super().__init__(held)
        self.path = path

    def __missing__(self, key: str) -> Any:
        raise StoreError(f"{self.path}: has no '{key}'; it is damaged or was made by another version")

    def __reduce__(self) -> tuple[Any, ...]:
        return Manifest, (self.path, dict(self))


@dataclass(frozen=True)
class Run:
    """A stored run: its folder, its manifest, and its tables as frames, each read when first asked for."""

    folder: Path
    manifest: dict[str, Any]

    @cached_property
    def weekly(self) -> pd.DataFrame:
        """One row a week."""
        return self.read("weekly")

    @cached_property
    def groups(self) -> pd.DataFrame:
        """One row a week and group."""
        return self.read("groups")

    @cached_property
    def cohorts(self) -> pd.DataFrame:
        """One row a cohort and thirteen weeks since its event."""
        return self.read("cohorts")

    @cached_property
    def costs(self) -> pd.DataFrame:
        """One row a week and category."""
        return self.read("costs")

    @cached_property
    def persons(self) -> pd.DataFrame:
        """One row for every person ever present, as they are at the end."""
        return self.read("persons")

    @cached_property
    def network(self) -> pd.DataFrame:
        """One row a layer and half year."""
        return self.read("network")

    @cached_property
    def snapshots(self) -> pd.DataFrame:
        """One row a person and day that was asked for (`werkstand run --snapshot DATE`)."""
        return self.read("snapshots")

    def read(self, table: str, columns: Iterable[str] | None = None, replicate: int | None = None) -> pd.DataFrame:
        """Read a table, or some columns or one replicate of it; raises `StoreError` when it is damaged."""
        if table not in TABLES + OPTIONAL:
            raise StoreError(f"no table is called '{table}'. Choose from: {', '.join(TABLES + OPTIONAL)}.")
        path = self.folder / f"{table}.parquet"
        if table in OPTIONAL and path.name not in self.manifest["files"]:
            raise StoreError(f"{self.folder}: has no {table}; ask for them when the run is made (--snapshot DATE)")
        self._check(path)
        only = [("replicate", "==", replicate)] if replicate is not None else None
        try:
            wanted = list(columns) if columns is not None else None
            return pq.read_table(path, columns=wanted, filters=only).to_pandas()
        except (OSError, pa.ArrowException) as error:
            raise StoreError(f"{path}: cannot be read ({_first_line(error)})") from error

    def _repr_html_(self) -> str:
        """Show what was run and what there is to read, in a notebook."""
        held = self.manifest
        changed = [f"{name} = {value}" for name, value in held["changed"].items()]
        changed += [str(policy["name"]) for policy in held.get("policies", ())]
        files = {name.removesuffix(".parquet"): about["rows"] for name, about in held["files"].items()}
        rows = [
            ("run", str(self.folder)),
            ("until", f"{held['until']}, {held['n_weeks']} weeks"),
            ("scale", f"{held['scale']:g} agents a person"),
            ("replicates", f"{held['replicates']} (seeds {', '.join(map(str, held['seeds']))})"),
            ("changed", ", ".join(changed) or "nothing: the baseline"),
            ("code", f"{held['version']}, {str(held['code'].get('commit') or held['code']['sha256'])[:10]}"),
            ("tables", ", ".join(f"{name} ({rows:,} rows)" for name, rows in files.items())),
        ]
        return table_of(rows)

    def label(self, table: str, column: str) -> str:
        """Give the label of a column with its unit in brackets, for an axis."""
        words = self.manifest["metrics"][table][column]
        return f"{words['label']} ({words['unit']})"

    def _check(self, path: Path) -> None:
        if not path.is_file():
            raise StoreError(f"{path}: is missing; the run is damaged, make it again")
        expected = self.manifest["files"].get(path.name, {}).get("sha256")
        if _sha256(path) != expected:
            raise StoreError(f"{path}: is not the file that was saved (sha256 differs); make the run again")


def load(folder: str | Path) -> Run:
    """Open a stored run; raises `StoreError` when there is none or a file of it is missing."""
    folder = Path(folder)
    path = folder / MANIFEST
    if not folder.exists():
        raise StoreError(f"{folder}: there is no such folder{_hint(folder)}")
    if not path.is_file():
        raise StoreError(f"{folder}: is not a folder of results (it has no {MANIFEST}){_hint(folder)}")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        schema = manifest["schema"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{path}: is not a manifest ({_first_line(error)})") from error
    if schema != SCHEMA:
        raise StoreError(f"{path}: has schema {schema}; this version reads schema {SCHEMA}")
    for table in TABLES:
        if not (folder / f"{table}.parquet").is_file():
            raise StoreError(f"{folder / table}.parquet: is missing; the run is damaged, make it again")
    return Run(folder, Manifest(path, manifest))


def newest(folder: str | Path) -> Path:
    """Give the run in a folder of runs that was made last; raises `StoreError` when there is none."""
    made = {}
    for path in Path(folder).glob(f"*/{MANIFEST}"):
        try:
            made[path.parent] = str(json.loads(path.read_text(encoding="utf-8"))["created"])
        except (OSError, ValueError, KeyError, TypeError):
            continue  # not a run, or a damaged one; naming it still says what is wrong with it
    if not made:
        raise StoreError(f"{folder}: holds no results yet; make some with: werkstand run")
    return max(made, key=lambda run: made[run])


class Writer:
    """Writes one run; leaving the `with` block without `finish` leaves nothing behind.

    Raises `StoreError` on entering when the folder exists or its place cannot be written.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self._part: Path | None = None
        self._files: dict[str, pq.ParquetWriter] = {}
        self._rows: dict[str, int] = {}
        self._new: list[Path] = []  # folders above that were not there before, the deepest first

    def __enter__(self) -> "Writer":
        refuse_existing(self.folder)
        try:
            self._new = [path for path in self.folder.parents if not path.exists()]
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            part = tempfile.mkdtemp(prefix=f".{self.folder.name}.", suffix=".part", dir=self.folder.parent)
        except OSError as error:
            raise StoreError(f"{self.folder}: cannot be written ({_reason(error)})") from error
        self._part = Path(part)
        return self

    def add(self, replicate: int, results: Any) -> None:
        """Append the frames of one replicate (an object with an attribute for each table)."""
        assert self._part is not None, "use it in a with statement"
        try:
            for table in TABLES:
                self._append(table, replicate, getattr(results, table))
            for table in OPTIONAL:
                if getattr(results, table, None) is not None:
                    self._append(table, replicate, getattr(results, table))
        except OSError as error:
            raise StoreError(f"{self.folder}: cannot be written ({_reason(error)})") from error

    def finish(self, manifest: Mapping[str, Any]) -> Path:
        """Write the manifest, with the files as they are, and move the folder to its place."""
        assert self._part is not None, "use it in a with statement"
        try:
            self._close()
            files = {
                path.name: {"sha256": _sha256(path), "rows": self._rows[path.stem]}
                for path in (self._part / f"{table}.parquet" for table in self._files)
            }
            text = json.dumps({"schema": SCHEMA, **manifest, "files": files}, indent=1, ensure_ascii=False)
            (self._part / MANIFEST).write_text(text + "\n", encoding="utf-8")
            _open_to_others(self._part)
            refuse_existing(self.folder)  # made by someone else meanwhile
            self._part.rename(self.folder)
        except OSError as error:
            raise StoreError(f"{self.folder}: cannot be written ({_reason(error)})") from error
        self._part = None
        return self.folder

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._part is not None:
            try:
                self._close()
            finally:
                shutil.rmtree(self._part, ignore_errors=True)
                for folder in self._new:
                    with suppress(OSError):  # something else stands in it by now
                        folder.rmdir()

    def _append(self, table: str, replicate: int, frame: pd.DataFrame) -> None:
        frame = frame.copy(deep=False)
        frame.insert(0, "replicate", replicate)
        arrow = pa.Table.from_pandas(frame, preserve_index=False)
        writer = self._files.get(table)
        if writer is None:
            path = Path(str(self._part)) / f"{table}.parquet"
            writer = self._files[table] = pq.ParquetWriter(path, arrow.schema, compression="zstd")
        elif arrow.schema.names != writer.schema.names:
            raise StoreError(f"{table}: replicates differ in their columns")
        writer.write_table(arrow.cast(writer.schema))
        self._rows[table] = self._rows.get(table, 0) + len(frame)

    def _close(self) -> None:
        for writer in self._files.values():
            writer.close()


def refuse_existing(folder: str | Path) -> None:
    """Raise `StoreError` when something stands at this place already: results are never overwritten."""
    if os.path.lexists(folder):
        raise StoreError(f"{folder}: exists already and is not overwritten; choose another name")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _open_to_others(folder: Path) -> None:
    """Give a folder made by mkdtemp, which is closed to others, the usual permissions."""
    mask = os.umask(0)
    os.umask(mask)
    folder.chmod(0o777 & ~mask)


def _hint(folder: Path) -> str:
    """Name the runs beside or inside a folder that is not one."""
    from abm.parameters import closest

    inside = sorted(path.parent.name for path in folder.glob(f"*/{MANIFEST}"))
    if inside:
        return f"; runs in it: {', '.join(inside[:5])}"
    beside = sorted(path.parent.name for path in folder.parent.glob(f"*/{MANIFEST}"))
    return f".{closest(folder.name, beside)}" if beside else ""


def _reason(error: OSError) -> str:
    return error.strerror or _first_line(error)


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
