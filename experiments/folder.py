"""An experiment on disk: what was asked, the table of runs, what became of each, and the numbers.

    experiment = create("results/policies", specification)   # everything is on disk before anything runs
    experiment = open_folder("results/policies")
    experiment.results()      # one row a finished run: run, point, replicate, seed, policies, factors, outcomes
    experiment.failures()     # one row a run that has no number, and why

    experiment.json           the specification, the code, parameters with sources and units, labels of outcomes
    specification.yaml (.py)  the file as it was given
    design.parquet            one row a run            points.parquet  one row a point, with its place in the design
    ledger.jsonl              everything that happened (see `experiments.ledger`)
    shards/                   the numbers (see `experiments.shards`)
    lock                      held by the process that is running it

A number is read only when the ledger says that its run finished and its file is as it was written. A failed run has
no row, so no analysis can take it for a number.
"""

import hashlib
import json
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from abm.parameters import load
from experiments import ledger, shards
from experiments.design import INDEX
from experiments.factors import apply
from experiments.ledger import ATTEMPTS, State
from experiments.manifest import code, record, version
from experiments.metrics import all_tables
from experiments.outcomes import Outcome
from experiments.specification import Limits, Specification, hash_of_policy, load_model, policy_files
from experiments.store import Manifest, StoreError, refuse_existing
from experiments.worker import Job, Setting

SCHEMA = 1
MANIFEST, LEDGER, SHARDS, LOCK = "experiment.json", "ledger.jsonl", "shards", "lock"
DESIGN, POINTS = "design.parquet", "points.parquet"


@dataclass(frozen=True)
class Experiment:
    """A stored experiment. Frames are read when asked for; the state of the ledger is read anew each time."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def name(self) -> str:
        """What the specification is called."""
        return str(self.manifest["name"])

    @cached_property
    def design(self) -> pd.DataFrame:
        """One row a run, in the order in which they are made."""
        return _read_parquet(self.folder / DESIGN)

    @cached_property
    def points(self) -> pd.DataFrame:
        """One row a point: point, policies, where it stands in the design, values, and `unit.<factor>`."""
        return _read_parquet(self.folder / POINTS)

    @property
    def factors(self) -> list[str]:
        """The names of what the design varies."""
        return [str(one["name"]) for one in self.manifest["design"]["factors"]]

    @cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The outcomes, as they are taken from a run."""
        return tuple(
            Outcome(**{**stated, "cohorts": tuple(stated["cohorts"]), "categories": tuple(stated["categories"])})
            for stated in self.manifest["outcomes"]
        )

    @property
    def outcome_names(self) -> list[str]:
        """The names of the outcomes, in order."""
        return [one.name for one in self.outcomes]

    @cached_property
    def policies(self) -> dict[str, tuple[str, ...]]:
        """The policies of each set, by the name of the set."""
        return {name: tuple(members) for name, members in self.manifest["policies"].items()}

    @property
    def setting(self) -> Setting:
        """What all runs share, for the worker."""
        m = self.manifest
        starts = {name: date.fromisoformat(day) for name, day in m["starts"].items()}
        return Setting(
            m["model"],
            m["until"],
            m["scale"],
            self.outcomes,
            m["set"],
            starts,
            tuple(m["keep"]),
            m["limits"]["seconds"],
            m["limits"]["megabytes"],
        )

    def label(self, outcome: str) -> str:
        """Give the label of an outcome with its unit in brackets, for an axis."""
        one = next(one for one in self.outcomes if one.name == outcome)
        return f"{one.label} ({one.unit})"

    def state(self) -> State:
        """Give what became of the runs, as the ledger says now."""
        return ledger.read(self.folder / LEDGER)

    def job(self, run: str) -> Job:
        """Give what is to be done for a run."""
        position = self._position[run]
        return self._jobs(self.design.iloc[position : position + 1])[0]

    def waiting(self, state: State | None = None) -> list[Job]:
        """Give the runs that are neither finished nor given up, in their order."""
        state = self.state() if state is None else state
        done = state.finished.keys() | state.failed.keys()
        return self._jobs(self.design[~self.design["run"].isin(done)])

    def results(self) -> pd.DataFrame:
        """Give one row a finished run: run, point, replicate, seed, policies, a column a factor and an outcome.

        Rows are in the order of the design. Raises `StoreError` when a shard is damaged; resuming the experiment
        makes the runs in it again.
        """
        numbers = self.read(shards.OUTCOMES)
        return self.design.merge(numbers, on="run", how="inner", validate="one_to_one")

    def read(self, table: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Give a stored table of all finished runs: `outcomes`, or one that the experiment keeps (`weekly`, ...)."""
        known = [shards.OUTCOMES, *self.manifest["keep"]]
        if table not in known:
            raise StoreError(f"{self.folder}: keeps no table '{table}', only {', '.join(known)}")
        wanted = None if columns is None else list(dict.fromkeys(["run", *columns]))
        for attempt in range(3):
            try:
                return self._read(table, wanted)
            except FileNotFoundError as error:  # merged by a session that is running
                if attempt == 2:
                    raise StoreError(f"{error.filename or self.folder}: is missing; resume to make its runs") from error
        raise AssertionError("unreachable")

    def failures(self) -> pd.DataFrame:
        """Give one row a run that failed so far, the given-up first: what it was, and its last attempt.

        Columns: run, point, replicate, seed, policies, factors, attempts, given_up, kind, message, details.
        """
        state = self.state()
        rows = []
        for run, tries in state.attempts.items():
            if run not in state.finished:
                last = tries[-1]
                given_up = len(tries) >= ATTEMPTS
                rows.append((run, len(tries), given_up, last["kind"], last["message"], last["details"]))
        columns = ["run", "attempts", "given_up", "kind", "message", "details"]
        frame = self.design.merge(
            pd.DataFrame(rows, columns=columns).astype({"run": self.design["run"].dtype}), on="run"
        )
        return frame.sort_values(["given_up", "point", "replicate"], ascending=[False, True, True], ignore_index=True)

    def damaged(self, state: State | None = None) -> dict[str, str]:
        """Give the shards that are not as they were written, and what is wrong with each."""
        state = self.state() if state is None else state
        found = {name: shards.check(self.folder / SHARDS, name, files) for name, files in state.shards.items()}
        return {name: problem for name, problem in found.items() if problem}

    def check_code(self) -> None:
        """Raise `StoreError` when the code, or a policy in a file of its own, is not what the experiment began with."""
        begun, now = self.manifest["code"], code_of(self.manifest["model"])
        other = [key for key in ("sha256", "outcomes") if begun.get(key, now[key]) != now[key]]
        if other:
            what = "other code of the model" if other[0] == "sha256" else "other code that takes outcomes from a run"
            raise StoreError(
                f"{self.folder}: began with {what} ({begun[other[0]][:10]}, now {now[other[0]][:10]}); runs of two "
                "versions do not belong in one experiment: run it in a new folder, or check out commit "
                f"{str(self.manifest['code'].get('commit'))[:10]}"
            )
        for asked, sha in self.manifest["policy_files"].items():
            if hash_of_policy(asked) != sha:
                raise StoreError(f"{self.folder}: the policy {asked} is not what it was when the experiment began")

    @cached_property
    def _position(self) -> dict[str, int]:
        return {run: position for position, run in enumerate(self.design["run"])}

    def find(self, start: str) -> str:
        """Give the id of the run that begins so; raises `StoreError` when none or several do."""
        found = [run for run in self.design["run"] if run.startswith(start)]
        if len(found) == 1:
            return str(found[0])
        many = f"{len(found)} runs begin with '{start}'" if found else f"has no run '{start}'"
        raise StoreError(f"{self.folder}: {many}")

    def _jobs(self, rows: pd.DataFrame) -> list[Job]:
        names = self.factors
        values = [rows[name].tolist() for name in names]
        each = zip(*values, strict=True) if names else [()] * len(rows)
        return [
            Job(run, int(seed), self.policies[policies], dict(zip(names, of, strict=True)))
            for run, seed, policies, of in zip(rows["run"], rows["seed"], rows["policies"], each, strict=True)
        ]

    def _read(self, table: str, columns: Sequence[str] | None) -> pd.DataFrame:
        state = self.state()
        if damage := self.damaged(state):
            name, problem = next(iter(damage.items()))
            if "is missing" in problem:
                raise FileNotFoundError(2, problem, str(self.folder / SHARDS / name))
            runs = len(state.runs_in(name))
            raise StoreError(f"{self.folder}: {problem}; resume to make its {runs} runs again")
        inside: dict[str, list[str]] = {name: [] for name in state.shards}
        for run, entry in state.finished.items():
            inside[entry["shard"]].append(run)
        parts = [
            shards.read(self.folder / SHARDS, table, name, columns).to_pandas().pipe(_only, runs)
            for name, runs in inside.items()
        ]
        if not parts:
            names = ["run", *self.outcome_names] if table == shards.OUTCOMES else ["run", *all_tables()[table]]
            return pd.DataFrame({name: pd.Series(dtype=str if name == "run" else float) for name in columns or names})
        return pd.concat(parts, ignore_index=True)


def create(folder: str | Path, specification: Specification) -> Experiment:
    """Write an experiment that has not run yet; complete or not at all. Raises `StoreError`."""
    folder = Path(folder)
    refuse_existing(folder)
    design = specification.design
    runs = runs_of(specification)
    points = design.points.join(design.unit.add_prefix("unit."))
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".part", dir=folder.parent))
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written ({error.strerror})") from error
    try:
        pq.write_table(pa.Table.from_pandas(runs, preserve_index=False), part / DESIGN, compression="zstd")
        pq.write_table(pa.Table.from_pandas(points, preserve_index=False), part / POINTS, compression="zstd")
        text = json.dumps(_manifest(specification, len(runs)), indent=1, ensure_ascii=False, default=str)
        (part / MANIFEST).write_text(text + "\n", encoding="utf-8")
        if specification.source:
            (part / f"specification{specification.suffix}").write_text(specification.source, encoding="utf-8")
        (part / LEDGER).touch()
        (part / SHARDS).mkdir()
        mask = os.umask(0)
        os.umask(mask)
        part.chmod(0o777 & ~mask)
        refuse_existing(folder)
        part.rename(folder)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written ({error.strerror})") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return open_folder(folder)


def runs_of(specification: Specification) -> pd.DataFrame:
    """Give one row a run, with the id that it has under the present code; see `Design.runs`."""
    made_by, files = code_of(specification.model), policy_files(specification)
    code_sha = made_by["sha256"] + made_by["outcomes"]
    runs = specification.design.runs(specification.replicates, specification.seed, specification.luck)
    runs.insert(0, "run", [_id(row, specification, files, code_sha) for row in runs.to_dict("records")])
    return runs


def open_folder(folder: str | Path) -> Experiment:
    """Open a stored experiment; raises `StoreError` when there is none."""
    folder = Path(folder)
    path = folder / MANIFEST
    if not folder.is_dir():
        raise StoreError(f"{folder}: there is no such folder{_hint(folder.parent, folder.name)}")
    if not path.is_file():
        raise StoreError(f"{folder}: is not a folder of an experiment (it has no {MANIFEST}){_hint(folder)}")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        schema = manifest["schema"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{path}: is not the manifest of an experiment ({type(error).__name__})") from error
    if schema != SCHEMA:
        raise StoreError(f"{path}: has schema {schema}; this version reads schema {SCHEMA}")
    return Experiment(folder, Manifest(path, manifest))


def results_table(folder: str | Path) -> pd.DataFrame:
    """Give one row a finished run of a stored experiment; see `Experiment.results`."""
    return open_folder(folder).results()


def failures(folder: str | Path) -> pd.DataFrame:
    """Give one row a run that failed, and why; see `Experiment.failures`."""
    return open_folder(folder).failures()


class Lock:
    """Held by the process that runs an experiment, so that no second one does; falls with the process.

    Raises `StoreError` on entering when it is held, or when the folder cannot be written. `holder` names the process
    that holds it, or nobody.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / LOCK
        self._file: int | None = None

    def __enter__(self) -> "Lock":
        import fcntl

        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise StoreError(f"{self.path.parent}: cannot be written ({error.strerror})") from error
        for _ in range(3):  # `holder` holds it for a moment
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                time.sleep(0.02)
        else:
            os.close(self._file)
            self._file = None
            raise StoreError(f"{self.path.parent}: is being run already, by process {self.holder()}") from None
        try:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, f"{os.getpid()} on {socket.gethostname()}\n".encode(), 0)
        except OSError as error:
            os.close(self._file)
            raise StoreError(f"{self.path.parent}: cannot be written ({error.strerror})") from error
        return self

    def holder(self) -> str:
        """Name the process that runs the experiment now ("4228 on ijsberg"), or give "" when none does."""
        import fcntl

        try:
            with self.path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return self.path.read_text(errors="replace").strip() or "that has just begun"
        except OSError:
            pass
        return ""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            with suppress(OSError):
                os.ftruncate(self._file, 0)
            os.close(self._file)


def code_of(model: str) -> dict[str, Any]:
    """Identify the code that makes the numbers of a run.

    `sha256` is that of `abm` and, for another model, the file that holds it too; `outcomes` that of the files which
    lay values over parameters and take outcomes from a run.
    """
    import inspect

    found = dict(code())
    if not model.startswith("abm:"):
        file = inspect.getsourcefile(load_model(model))
        digest = hashlib.sha256(found["sha256"].encode())
        digest.update(Path(str(file)).read_bytes())
        found["sha256"] = digest.hexdigest()
    layer = [Path(__file__).with_name(name).read_bytes() for name in ("factors.py", "outcomes.py")]
    found["outcomes"] = hashlib.sha256(b"".join(layer)).hexdigest()
    return found


def _id(row: Mapping[Any, Any], specification: Specification, files: Mapping[str, str], code_sha: str) -> str:
    """Give the id of a run: a hash of everything that decides its result, and of its point."""
    content = {
        "code": code_sha,
        "model": specification.model,
        "until": specification.until,
        "scale": specification.scale,
        "set": dict(specification.fixed),
        "starts": specification.starts,
        "policies": specification.design.policies[row["policies"]],
        "files": files,
        "row": {name: value for name, value in row.items() if name not in ("run", "policies")},
    }
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _manifest(specification: Specification, n_runs: int) -> dict[str, Any]:
    design = specification.design
    parameters = apply(load(), specification.fixed)
    return {
        "schema": SCHEMA,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "name": specification.name,
        "question": specification.question,
        "runs": n_runs,
        "until": specification.until,
        "scale": specification.scale,
        "replicates": specification.replicates,
        "seed": specification.seed,
        "luck": specification.luck,
        "model": specification.model,
        "set": dict(specification.fixed),
        "starts": {name: day.isoformat() for name, day in specification.starts.items()},
        "policies": {name: list(members) for name, members in design.policies.items()},
        "policy_files": policy_files(specification),
        "design": {
            "kind": design.kind,
            "options": dict(design.options),
            "structure": list(design.structure),
            "points": len(design),
            "factors": [asdict(one) for one in design.factors],
        },
        "outcomes": [asdict(one) for one in specification.outcomes],
        "keep": list(specification.keep),
        "limits": asdict(specification.limits or Limits()),
        "version": version(),
        "code": code_of(specification.model),
        "parameters": {name: record(parameter) for name, parameter in parameters.items()},
        "metrics": {
            table: {column: words._asdict() for column, words in all_tables()[table].items()}
            for table in specification.keep
        },
        "columns": list(INDEX) + design.names + [one.name for one in specification.outcomes],
    }


def _only(frame: pd.DataFrame, runs: Sequence[str]) -> pd.DataFrame:
    if len(frame) == len(runs):
        return frame
    return frame[frame["run"].isin(set(runs))]


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        return pq.read_table(path).to_pandas()
    except (OSError, pa.ArrowException) as error:
        raise StoreError(f"{path}: cannot be read ({str(error).splitlines()[0]})") from error


def _hint(folder: Path, name: str = "") -> str:
    from abm.parameters import closest

    inside = sorted(path.parent.name for path in folder.glob(f"*/{MANIFEST}"))
    if name:
        return f".{closest(name, inside)}" if inside else ""
    return f"; experiments in it: {', '.join(inside[:5])}" if inside else ""
