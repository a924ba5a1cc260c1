"""Read one policy file; refuse what is wrong in it, in one line that names the file and the key."""

import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from abm import data
from abm.parameters import ParameterError, Parameters, closest
from abm.parameters.reading import read_yaml
from abm.parameters.record import checked, checked_cell
from abm.policies.record import STATUSES, WAYS, Change, Policy, PolicyError, Source

KEYS = ("title", "why", "source", "status", "starts", "ends", "changes", "policies", "reach", "cost")
TEXTS = ("title", "why", "reach", "cost")
SOURCE_KEYS = ("document", "where", "systems")
PART_KEYS = ("policy", "starts", "ends")


def read_file(path: Path, parameters: Parameters, find: Callable[[str], Policy]) -> Policy:
    """Give the policy of one file, named after it; raises `PolicyError`.

    `find(name)` gives the policies a package is made of.
    """
    entry = _read_yaml(path)
    if not isinstance(entry, Mapping):
        raise PolicyError(f"{path.name}: is not a policy; it has the keys {', '.join(KEYS)}")
    _refuse_unknown(entry, KEYS, path.name)
    for key in ("title", "why", "source", "status", "reach", "cost"):
        if key not in entry:
            raise PolicyError(f"{path.name}: '{key}' is missing")
    if "changes" not in entry and "policies" not in entry:
        raise PolicyError(f"{path.name}: give 'changes' (of parameters) or 'policies' (of which it is a package)")
    if "changes" in entry and "starts" not in entry:
        raise PolicyError(f"{path.name}: 'starts' is missing; write it as 2026-07-01")
    parts = _parts(entry.get("policies", []), path, find)
    starts = _day(entry["starts"], f"{path.name}: starts") if "starts" in entry else None
    ends = _day(entry["ends"], f"{path.name}: ends") if entry.get("ends") is not None else None
    first = starts or min((part.first_day for part in parts), default=date(2026, 1, 1))
    if ends is not None and ends <= first:
        raise PolicyError(f"{path.name}: ends: {ends} is not after the start on {first}")
    texts = {key: _text(entry[key], f"{path.name}: {key}") for key in TEXTS}
    policy = Policy(
        name=path.stem,
        source=_source(entry["source"], f"{path.name}: source"),
        status=_one_of(entry["status"], STATUSES, f"{path.name}: status"),
        starts=first,
        ends=None,
        changes=_changes(entry.get("changes", []), parameters, f"{path.name}: changes"),
        file=path.name,
        parts=parts,
        **texts,
    )
    return policy if ends is None else policy.dated(None, ends)


def day(text: Any, where: str) -> date:
    """Read a date such as 2026-07-01, or raise `PolicyError`."""
    return _day(text, where)


def _read_yaml(path: Path) -> Any:
    try:
        return read_yaml(path)
    except PolicyError:
        raise
    except ParameterError as error:
        raise PolicyError(str(error)) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise PolicyError(f"{path}: cannot be read ({reason})") from None


def _parts(given: Any, path: Path, find: Callable[[str], Policy]) -> tuple[Policy, ...]:
    where = f"{path.name}: policies"
    if not isinstance(given, list):
        raise PolicyError(f"{where}: give a list, such as [{{policy: start_homes, starts: 2026-07-01}}]")
    parts = []
    for position, entry in enumerate(given, 1):
        here = f"{where}, number {position}"
        entry = {"policy": entry} if isinstance(entry, str) else entry
        if not isinstance(entry, Mapping) or "policy" not in entry:
            raise PolicyError(f"{here}: write it as {{policy: NAME, starts: 2026-07-01, ends: 2028-07-01}}")
        _refuse_unknown(entry, PART_KEYS, here)
        part = find(_text(entry["policy"], f"{here}: policy"))
        starts = _day(entry["starts"], f"{here}: starts") if "starts" in entry else None
        ends = _day(entry["ends"], f"{here}: ends") if "ends" in entry else None
        try:
            part = part.dated(starts, ends)
        except PolicyError as error:
            raise PolicyError(f"{here}: {error}") from None
        parts.append(_inside(part, path.stem))
    return tuple(parts)


def _inside(part: Policy, package: str) -> Policy:
    inner = tuple(_inside(one, package) for one in part.parts)
    return Policy(**{**vars(part), "parts": inner, "package": part.package or package})


def _changes(given: Any, parameters: Parameters, where: str) -> tuple[Change, ...]:
    if not isinstance(given, list):
        raise PolicyError(f"{where}: give a list, such as [{{parameter: savings_share, set: 0.5}}]")
    changes = [_change(entry, parameters, f"{where}, number {n}") for n, entry in enumerate(given, 1)]
    seen: dict[tuple[str, str], str] = {}
    for change in changes:
        for cell in cells_of(change, parameters):
            if (cell, change.way) in seen:
                raise PolicyError(f"{where}: {cell}: '{change.way}' stands twice")
            seen[cell, change.way] = change.parameter
    return tuple(changes)


def cells_of(change: Change, parameters: Parameters) -> list[str]:
    """Give the numbers a change reaches, as `Parameters.replace` names them."""
    parameter = parameters[change.parameter.split(".")[0]]
    return [change.parameter] if "." in change.parameter else parameter.cells()


def _change(entry: Any, parameters: Parameters, where: str) -> Change:
    if not isinstance(entry, Mapping) or "parameter" not in entry:
        raise PolicyError(f"{where}: write it as {{parameter: NAME, set: VALUE}} (or scale, or add)")
    _refuse_unknown(entry, ("parameter", *WAYS), where)
    ways = [way for way in WAYS if way in entry]
    if len(ways) != 1:
        raise PolicyError(f"{where}: give one of {', '.join(WAYS)}, not {' and '.join(ways) or 'none'}")
    key = _text(entry["parameter"], f"{where}: parameter")
    name, _, category = key.partition(".")
    file = where.split(":")[0]
    if name not in parameters:
        raise PolicyError(f"{file}: changes: no parameter is called '{name}'.{closest(name, parameters)}")
    parameter = parameters[name]
    if category and key not in parameter.cells():
        hint = closest(key, parameter.cells()) if parameter.by else f" '{name}' has no categories."
        raise PolicyError(f"{file}: changes: {key}: there is no such category.{hint}")
    way, value = ways[0], entry[ways[0]]
    here = f"{file}: changes: {key}: {way}"
    if way == "set":
        try:
            value = checked_cell(value, parameter, here) if category else checked(value, parameter, here)
        except ParameterError as error:
            raise PolicyError(str(error)) from None
    elif parameter.type not in ("float", "int"):
        raise PolicyError(f"{here}: only numbers can be scaled or added to; use 'set'")
    elif isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= sys.float_info.max:
        raise PolicyError(f"{here}: {value!r} is not a number")
    else:
        value = float(value)
    return Change(key, way, value)


@cache
def _system_ids() -> frozenset[str]:
    return frozenset(data.systems()["id"])


def _source(given: Any, where: str) -> Source:
    if not isinstance(given, Mapping):
        raise PolicyError(f'{where}: write it as {{document: S2, where: "heading", systems: [start_homes]}}')
    _refuse_unknown(given, SOURCE_KEYS, where)
    for key in ("document", "where"):
        if key not in given:
            raise PolicyError(f"{where}: '{key}' is missing")
    systems = given.get("systems", [])
    if not isinstance(systems, list) or not all(isinstance(name, str) for name in systems):
        raise PolicyError(f"{where}.systems: give ids of the register of systems, such as [start_homes]")
    for name in systems:
        if name not in _system_ids():
            hint = closest(name, _system_ids()) or " `werkstand systems` lists them."
            raise PolicyError(f"{where}.systems: no system is called '{name}'.{hint}")
    document, heading = (_text(given[key], f"{where}.{key}") for key in ("document", "where"))
    return Source(document, heading, tuple(systems))


def _day(given: Any, where: str) -> date:
    if isinstance(given, date) and not isinstance(given, datetime):
        return given
    try:
        return datetime.strptime(given, "%Y-%m-%d").date()
    except (TypeError, ValueError):
        raise PolicyError(f"{where}: '{given}' is not a date; write it as 2026-07-01") from None


def _one_of(given: Any, names: tuple[str, ...], where: str) -> str:
    if not isinstance(given, str) or given not in names:
        raise PolicyError(f"{where}: there is no '{given}'.{closest(given, names)}")
    return given


def _text(given: Any, where: str) -> str:
    if not isinstance(given, str) or not given.strip():
        raise PolicyError(f"{where}: '{'' if given is None else given}' is not text")
    return " ".join(given.split())


def _refuse_unknown(entry: Mapping[Any, Any], keys: Iterable[str], where: str) -> None:
    for key in entry:
        if key not in keys:
            raise PolicyError(f"{where}: unknown key '{key}'.{closest(key, keys)}")
