"""Find policies: by name among those shipped, by path, or as they are; with dates of their own if given."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from abm.parameters import Parameters, closest, load
from abm.policies.reading import day, read_file
from abm.policies.record import Policy, PolicyError

FOLDER = Path(__file__).parent
#: What may be asked for: "name", "name@START", "name@START:END", the same with a path to a file, or a `Policy`.
Asked = str | Path | Policy


def names() -> list[str]:
    """Give the names of the policies and packages that are shipped, in order of the alphabet."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def choose(asked: Asked | Sequence[Asked], parameters: Parameters | None = None) -> tuple[Policy, ...]:
    """Give the policies that are asked for, read and checked against the parameters; raises `PolicyError`."""
    several = list(asked) if isinstance(asked, Iterable) and not isinstance(asked, str) else [asked]
    known = load() if parameters is None else parameters
    return tuple(one if isinstance(one, Policy) else _find(str(one), known) for one in several)


def read(path: str | Path, parameters: Parameters | None = None) -> Policy:
    """Read the policy in a file; raises `PolicyError`."""
    return _read(Path(path), load() if parameters is None else parameters, ())


def _find(asked: str, parameters: Parameters) -> Policy:
    place, starts, ends = _dates(asked)
    if _is_path(place):
        policy = _read(Path(place), parameters, ())
    else:
        policy = _shipped(place, parameters, (), None)
    try:
        return policy.dated(starts, ends)
    except PolicyError as error:
        raise PolicyError(f"{asked}: {error}") from None


def _dates(asked: str) -> tuple[str, date | None, date | None]:
    place, at, period = asked.rpartition("@")
    if not at or re.search(r"\.ya?ml$", asked):
        return asked, None, None
    start, _, end = period.partition(":")
    if not place or not (start or end):
        raise PolicyError(f"{asked}: write it as NAME@2026-07-01 or NAME@2026-07-01:2028-07-01")
    return place, day(start, asked) if start else None, day(end, asked) if end else None


def _is_path(place: str) -> bool:
    return bool(re.search(r"\.ya?ml$", place)) or "/" in place or "\\" in place


def _shipped(name: str, parameters: Parameters, reading: tuple[Path, ...], beside: Path | None) -> Policy:
    """Give a policy by name: one that stands beside the file that names it, else one that is shipped."""
    for folder in (beside, FOLDER):
        if folder is not None and (folder / f"{name}.yaml").is_file():
            return _read(folder / f"{name}.yaml", parameters, reading)
    by = f"{reading[-1].name}: policies: " if reading else ""
    own = f"{name}.yaml"
    here = f" There is a file of that name here: write {own}." if not reading and Path(own).is_file() else ""
    hint = here or closest(name, names()) or " `werkstand policies` lists them."
    raise PolicyError(f"{by}no policy is called '{name}'.{hint}")


def _read(path: Path, parameters: Parameters, reading: tuple[Path, ...]) -> Policy:
    if path in reading:
        chain = ", ".join(one.stem for one in (*reading, path))
        raise PolicyError(f"{path.name}: policies: is made of itself ({chain})")
    if path.is_dir():
        raise PolicyError(f"{path}: is a folder, not a file")
    if not path.is_file():
        beside = sorted(one.name for one in path.parent.glob("*.yaml")) if path.parent.is_dir() else []
        raise PolicyError(f"{path}: there is no such file.{closest(path.name, beside)}")
    return read_file(path, parameters, lambda name: _shipped(name, parameters, (*reading, path), path.parent))
