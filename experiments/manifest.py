"""What a run was made of and by, in a form that still reads in ten years: JSON with words and units."""

import hashlib
import platform
import subprocess
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import abm
from abm.parameters import Parameter, Parameters
from abm.policies import Idle, Policy
from experiments.metrics import all_tables

PACKAGES = ("mesa", "numba", "numpy", "pandas", "pyarrow", "scipy", "networkx")


def manifest(
    *,
    until: str,
    scale: float,
    seeds: Sequence[int],
    parameters: Parameters,
    changed: Mapping[str, Any],
    used: Collection[str],
    n_weeks: int,
    policies: Sequence[Policy] = (),
    idle: Sequence[Idle] = (),
    command: str | None = None,
) -> dict[str, Any]:
    """Give the manifest of a run, but for the files, which the store adds.

    `seeds` are in the order of the replicates; `changed` is what was set; `used` holds the names of the
    parameters that the model asked for; `idle` those policies that changed nothing, with the reason.
    """
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
        "until": until,
        "n_weeks": n_weeks,
        "scale": scale,
        "replicates": len(seeds),
        "seeds": list(seeds),
        "changed": {name: _plain(value) for name, value in changed.items()},
        "policies": [policy.record() for policy in policies],
        "idle_policies": [{"policy": str(one.policy), "reason": one.reason} for one in idle],
        "version": version(),
        "code": code(),
        "python": platform.python_version(),
        "packages": {name: version_of(name) for name in PACKAGES},
        "parameters": {name: {**record(parameter), "used": name in used} for name, parameter in parameters.items()},
        "metrics": {
            table: {column: words._asdict() for column, words in columns.items()}
            for table, columns in all_tables().items()
        },
    }


def record(parameter: Parameter) -> dict[str, Any]:
    """Give everything that is known about a parameter; keys that say nothing are left out."""
    known = {
        "theme": parameter.theme,
        "meaning": parameter.meaning,
        "unit": parameter.unit,
        "value": _plain(parameter.value),
        "values": _plain(parameter.values),
        "interpolate": parameter.interpolate if parameter.dated else None,
        "by": list(parameter.by),
        "type": parameter.type,
        "choices": list(parameter.choices),
        "range": _plain(parameter.range),
        "distribution": parameter.distribution,
        "role": parameter.role,
        "source": {key: text for key, text in parameter.source._asdict().items() if text},
    }
    return {key: value for key, value in known.items() if value is not None and value != []}


def version() -> str:
    """Give the version of this distribution, "unknown" where it is not installed."""
    return version_of("werkstand") or "unknown"


@cache
def code() -> dict[str, Any]:
    """Identify the source code: a hash of the files of the model and, in a git checkout, commit and state.

    `dirty` is true when something in the checkout was not committed.
    """
    folder = Path(abm.__path__[0])
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".py", ".yaml", ".csv"):
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    found: dict[str, Any] = {"sha256": digest.hexdigest()}
    root = folder.parent
    if (root / ".git").exists():
        commit, state = _git(root, "rev-parse", "HEAD"), _git(root, "status", "--porcelain")
        found |= {"commit": commit, "dirty": None if state is None else bool(state)}
    return found


def _git(root: Path, *command: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *command], capture_output=True, text=True, check=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError):  # no git, or nothing committed yet
        return None
    return done.stdout.strip()


def version_of(name: str) -> str | None:
    """Give the version of an installed distribution."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _plain(value: Any) -> Any:
    """Give a value as JSON can hold it."""
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(part) for part in value]
    if isinstance(value, date):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value
