"""What a figure was made of, carried inside the figure, so that anyone who has the picture can make its runs again.

    origin = of_runs("hindcast", run)                      # from stored runs
    origin = of_experiment("regret", experiment)           # from the finished runs of an experiment
    theme.save(figure, folder, "hindcast", provenance=origin)
    read("hindcast.png")                                   # from a PNG, SVG or PDF, wherever it came from
    for verdict in verify("hindcast.png", rows=2): ...     # runs two of its rows again

A row is one run of the model: seed, scale, last day, changed parameters, policies, and a digest of its weekly table (of
a run of an experiment: of its outcomes), bit for bit. PNG keeps the record in a text chunk, SVG in its metadata, PDF
among its keywords. The record holds no date and no folder, so the same figure of the same runs is the same file. The
record of a design of thousands of runs is compressed, all values of an input side by side: some tens of kilobytes.
"""

import base64
import binascii
import hashlib
import json
import lzma
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd

from abm.policies import WAYS, Change, Policy, Source
from experiments.folder import Experiment
from experiments.manifest import code
from experiments.outcomes import Outcome
from experiments.store import Run
from experiments.worker import Job, Setting, Success, make

#: Formats that can carry a record, and the field of the format that does.
FIELDS = {".png": "Werkstand", ".svg": "Description", ".pdf": "Keywords"}

_FORM = 1
#: A record of more rows than this is compressed.
PLAIN_ROWS = 40
#: Hexadecimal digits of the digest of the outcomes of a run of an experiment.
DIGITS = 16
_INDEX = ("replicate", "date")


class ProvenanceError(ValueError):
    """A picture carries no record, or one that cannot be read; the message is one line."""


@dataclass(frozen=True)
class Row:
    """One run behind a figure: how to make it again, and the digest of what it gave (weekly table or outcomes)."""

    seed: int
    until: str
    scale: float
    weekly: str
    changed: Mapping[str, Any] = field(default_factory=dict)
    policies: tuple[str, ...] = ()
    run: str = ""
    outcomes: str = ""

    @property
    def design(self) -> dict[str, Any]:
        """What was asked for, without what came out."""
        return {
            "seed": self.seed,
            "until": self.until,
            "scale": self.scale,
            "changed": dict(self.changed),
            "policies": list(self.policies),
        }


@dataclass(frozen=True)
class Provenance:
    """What a figure was made of: which code, which runs, and what the policies of these change, by their key.

    `setting` is what all runs of an experiment share; it is empty for stored runs.
    """

    figure: str
    version: str
    code: str
    commit: str | None
    dirty: bool | None
    rows: tuple[Row, ...]
    policies: Mapping[str, Any] = field(default_factory=dict)
    setting: Mapping[str, Any] = field(default_factory=dict)

    @property
    def design(self) -> str:
        """A hash of all that was asked for, in order; the same for the same design under any code."""
        return _short([self.setting, *(row.design for row in self.rows)])

    def text(self) -> str:
        """Give the record as JSON in plain ASCII, which every format can hold."""
        held = {"werkstand": _FORM, "design": self.design, **asdict(self)}
        return _json(held if len(self.rows) <= PLAIN_ROWS else {"werkstand": _FORM, "packed": _pack(held)})

    def words(self) -> str:
        """Give the record in one line for people."""
        seeds = len({row.seed for row in self.rows})
        state = " with changes not committed" if self.dirty else ""
        commit = f", commit {self.commit[:7]}{state}" if self.commit else ""
        runs = f"{len(self.rows)} run{'s' if len(self.rows) != 1 else ''}, {seeds} seed{'s' if seeds != 1 else ''}"
        return f"Werkstand {self.version}{commit}; {runs}, design {self.design}"


@dataclass(frozen=True)
class Verdict:
    """Whether one row was made again bit for bit."""

    row: Row
    reproduces: bool
    same_code: bool
    seconds: float

    @property
    def words(self) -> str:
        """The verdict in words."""
        if self.reproduces:
            return "reproduces bit for bit"
        return "differs" if self.same_code else "differs; the figure was made by other code"


def of_runs(figure: str, *runs: Run) -> Provenance:
    """Give the record of a figure drawn from stored runs; each replicate is a row."""
    if not runs:
        raise ValueError("a figure needs at least one run")
    first = runs[0].manifest
    policies: dict[str, Any] = {}
    rows = [row for run in runs for row in _rows(run, policies)]
    made_by = {run.manifest["code"]["sha256"] for run in runs}
    if len(made_by) > 1:
        raise ProvenanceError(f"{figure}: its runs were made by different code; make them again with one version")
    return Provenance(
        figure=figure,
        version=first["version"],
        code=first["code"]["sha256"],
        commit=first["code"].get("commit"),
        dirty=first["code"].get("dirty"),
        rows=tuple(rows),
        policies=policies,
    )


def of_experiment(figure: str, experiment: Experiment) -> Provenance:
    """Give the record of a figure drawn from an experiment; each finished run is a row.

    Policies are named as the specification names them; one in a file of its own is needed again to verify.
    """
    manifest = experiment.manifest
    results = experiment.results()
    numbers = results[experiment.outcome_names].to_numpy(float)
    rows = []
    for run, found in zip(results["run"], numbers, strict=True):
        job = experiment.job(run)
        changed = {name: _plain(value) for name, value in job.values.items()}
        rows.append(
            Row(
                seed=int(job.seed),
                until=manifest["until"],
                scale=float(manifest["scale"]),
                weekly="",
                changed=changed,
                policies=tuple(str(name) for name in job.policies),
                run=str(run),
                outcomes=_digest_of(found),
            )
        )
    shared = {key: manifest[key] for key in ("model", "set", "starts", "outcomes")}
    return Provenance(
        figure=figure,
        version=manifest["version"],
        code=manifest["code"]["sha256"],
        commit=manifest["code"].get("commit"),
        dirty=manifest["code"].get("dirty"),
        rows=tuple(rows),
        setting=json.loads(json.dumps(shared, default=str)),
    )


def _digest_of(numbers: Any) -> str:
    values = np.array(numbers, "<f8")
    values[np.isnan(values)] = np.nan
    return hashlib.sha256(values.tobytes()).hexdigest()[:DIGITS]


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _rows(run: Run, policies: dict[str, Any]) -> Iterator[Row]:
    """Give a row for each replicate, and add what its policies change to `policies`."""
    manifest = run.manifest
    named = {_key(held): held for held in map(_essence, manifest.get("policies", ()))}
    policies |= named
    for replicate, weekly in run.weekly.groupby("replicate"):
        row = Row(
            seed=int(manifest["seeds"][int(str(replicate))]),
            until=manifest["until"],
            scale=float(manifest["scale"]),
            weekly=digest(weekly),
            changed=manifest["changed"],
            policies=tuple(named),
        )
        identity = _short({**row.design, "code": manifest["code"]["sha256"]})
        yield Row(**{**row.__dict__, "run": identity})


def digest(weekly: pd.DataFrame) -> str:
    """Give a hash of the values of a weekly table, bit for bit, whatever the order of its columns.

    Dates and the number of the replicate are left out: the first follow from the week, the second says nothing about
    the run.
    """
    made = hashlib.sha256()
    ordered = weekly.sort_values("week")
    for name in sorted(set(weekly.columns) - set(_INDEX)):
        values = ordered[name].to_numpy("<f8").copy()
        values[np.isnan(values)] = np.nan  # one pattern of bits for unknown
        made.update(name.encode() + b"\0" + values.tobytes())
    return made.hexdigest()


def metadata(suffix: str, origin: Provenance | None) -> dict[str, Any]:
    """Give the metadata with which matplotlib saves a figure in a format: the record, and no date."""
    plain: dict[str, Any] = {
        ".png": {"Software": None},
        ".svg": {"Date": None},
        ".pdf": {"CreationDate": None, "Producer": None, "Creator": None},
    }[suffix]
    if origin is None:
        return plain
    named = {".svg": {"Title": origin.figure}, ".pdf": {"Title": origin.figure}}.get(suffix, {})
    return {**plain, **named, FIELDS[suffix]: origin.text()}


def read(path: str | Path) -> Provenance:
    """Read the record that a picture carries; raises `ProvenanceError`."""
    path = Path(path)
    if not path.is_file():
        raise ProvenanceError(f"{path}: there is no such file")
    if path.suffix.lower() not in FIELDS:
        raise ProvenanceError(f"{path}: is not a figure; give a file that ends in {', '.join(FIELDS)}")
    text = {".png": _from_png, ".svg": _from_svg, ".pdf": _from_pdf}[path.suffix.lower()](path)
    if text is None:
        raise ProvenanceError(f"{path}: carries no record of the runs behind it; was it saved again by a program?")
    try:
        held = json.loads(text)
        if "packed" in held:
            held = _unpack(held["packed"])
        form = held.pop("werkstand")
        if form != _FORM:
            raise ProvenanceError(f"{path}: its record has form {form}; this version reads form {_FORM}")
        stated = held.pop("design")
        rows = tuple(Row(**{**row, "policies": tuple(row["policies"])}) for row in held.pop("rows"))
        origin = Provenance(rows=rows, **held)
    except (ValueError, KeyError, TypeError, AttributeError, lzma.LZMAError, binascii.Error) as error:
        if isinstance(error, ProvenanceError):
            raise
        raise ProvenanceError(f"{path}: its record is damaged ({type(error).__name__})") from error
    missing = {key for row in rows if not row.outcomes for key in row.policies} - origin.policies.keys()
    if origin.design != stated or missing or any(_key(held) != key for key, held in origin.policies.items()):
        raise ProvenanceError(f"{path}: its record was changed (the design hash does not fit)")
    return origin


def verify(path: str | Path, *, rows: int = 2, seed: int | None = None) -> Iterator[Verdict]:
    """Run a random few of the rows behind a figure again, one after another, and compare their weekly tables.

    `seed` fixes which rows are taken. Raises `ProvenanceError` when the figure carries no record.
    """
    from experiments.run import replicates

    origin = read(path)
    if rows < 1:
        raise ProvenanceError(f"rows: {rows} is too few; at least 1")
    same_code = origin.code == code()["sha256"]
    chosen = np.random.default_rng(seed).permutation(len(origin.rows))[:rows]
    for number in sorted(chosen.tolist()):
        row = origin.rows[number]
        if row.outcomes:
            yield _again(row, origin, same_code)
            continue
        outcome = next(iter(replicates(settings_of(row, origin))))
        again = digest(outcome.results.weekly)
        yield Verdict(row, again == row.weekly, same_code, outcome.seconds)


def _again(row: Row, origin: Provenance, same_code: bool) -> Verdict:
    """Make a run of an experiment again and compare its outcomes."""
    held = origin.setting
    outcomes = tuple(
        Outcome(**{**one, "cohorts": tuple(one["cohorts"]), "categories": tuple(one["categories"])})
        for one in held["outcomes"]
    )
    starts = {name: date.fromisoformat(day) for name, day in held["starts"].items()}
    setting = Setting(held["model"], row.until, row.scale, outcomes, held["set"], starts)
    made = make(setting, Job(row.run, row.seed, row.policies, row.changed))
    # a figure of an older version has more digits; the first are the same
    same = isinstance(made, Success) and _digest_of(made.numbers) == row.outcomes[:DIGITS]
    return Verdict(row, same, same_code, made.seconds)


def settings_of(row: Row, origin: Provenance) -> Any:
    """Give the settings with which a row of a record is run again."""
    from experiments.run import Settings

    chosen = policies_of([origin.policies[key] for key in row.policies])
    return Settings(until=row.until, scale=row.scale, seed=row.seed, replicates=1, changes=row.changed, policies=chosen)


def policies_of(held: Sequence[Mapping[str, Any]]) -> list[Policy]:
    """Give policies from what a manifest or a record says of them, exactly as they were, wherever their files are."""
    return [
        Policy(
            name=one["name"],
            title=one.get("title", one["name"]),
            why=one.get("why", ""),
            source=Source("record", "of a run that was made"),
            status=one.get("status", "own"),
            starts=date.fromisoformat(one["starts"]),
            ends=date.fromisoformat(one["ends"]) if one.get("ends") else None,
            changes=tuple(_change(change) for change in one["changes"]),
            reach=one.get("reach", ""),
            cost=one.get("cost", ""),
            file=one.get("file", f"{one['name']}.yaml"),
            parts=tuple(policies_of(one.get("policies", ()))),
        )
        for one in held
    ]


def _change(held: Mapping[str, Any]) -> Change:
    way = next(way for way in WAYS if way in held)
    return Change(str(held["parameter"]), way, held[way])


def _essence(policy: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a policy does, without the words about it."""
    kept = {key: policy[key] for key in ("name", "starts", "ends", "changes")}
    return kept | {"policies": [_essence(part) for part in policy.get("policies", ())]}


def _key(essence: Mapping[str, Any]) -> str:
    return f"{essence['name']}-{_short(essence)[:6]}"


def _short(held: Any) -> str:
    return hashlib.sha256(_json(held).encode()).hexdigest()[:12]


def _json(held: Any) -> str:
    return json.dumps(held, sort_keys=True, separators=(",", ":"))


def _pack(held: Mapping[str, Any]) -> str:
    """Give a record compressed; values of one field and of one input stand together, since these repeat."""
    rows = held["rows"]
    fields = {key: [row[key] for row in rows] for key in rows[0] if key != "changed"}
    names = list(dict.fromkeys(name for row in rows for name in row["changed"]))
    inputs = {name: [[row["changed"][name]] if name in row["changed"] else [] for row in rows] for name in names}
    columns = _json({**held, "rows": {"fields": fields, "inputs": inputs}})
    return base64.b64encode(lzma.compress(columns.encode(), preset=9)).decode("ascii")


def _unpack(packed: str) -> dict[str, Any]:
    """Give the record that was packed."""
    held: dict[str, Any] = json.loads(lzma.decompress(base64.b64decode(packed, validate=True)))
    fields, inputs = held["rows"]["fields"], held["rows"]["inputs"]
    made = [dict(zip(fields, values, strict=True)) for values in zip(*fields.values(), strict=True)]
    for number, row in enumerate(made):
        row["changed"] = {name: values[number][0] for name, values in inputs.items() if values[number]}
    return {**held, "rows": made}


# Formats --------------------------------------------------------------------------------------------------------


def _from_png(path: Path) -> str | None:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            found = picture.info.get(FIELDS[".png"])
    except (UnidentifiedImageError, OSError) as error:
        raise ProvenanceError(f"{path}: is not a PNG picture") from error
    return str(found) if found else None


def _from_svg(path: Path) -> str | None:
    try:
        tree = ElementTree.parse(path)
    except ElementTree.ParseError as error:
        raise ProvenanceError(f"{path}: is not an SVG picture") from error
    for element in tree.iter("{http://purl.org/dc/elements/1.1/}description"):
        if element.text and element.text.lstrip().startswith('{"'):
            return element.text
    return None


def _from_pdf(path: Path) -> str | None:
    """Find the keywords in the information of a PDF as matplotlib writes it: a string in brackets, not compressed."""
    content = path.read_bytes()
    if not content.startswith(b"%PDF"):
        raise ProvenanceError(f"{path}: is not a PDF")
    found = re.search(rb"/Keywords \(((?:\\.|[^\\()])*)\)", content, re.DOTALL)
    if found is None:
        return None
    return re.sub(rb"\\(.)", lambda match: match[1], found[1], flags=re.DOTALL).decode("latin-1")
