"""Read one parameter file; refuse what is wrong in it, in one line that names the file and the key."""

from collections.abc import Hashable, Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from abm.parameters.categories import CATEGORIES
from abm.parameters.record import DTYPES, Parameter, ParameterError, Source, checked, closest

KEYS = (
    *("meaning", "unit", "value", "values", "interpolate", "by", "type", "choices", "range"),
    *("distribution", "role", "source"),
)
DISTRIBUTIONS = ("uniform", "loguniform", "triangular", "fixed")
ROLES = ("fact", "uncertainty", "lever")
SOURCE_KINDS = ("law", "statistic", "study", "estimate", "assumption")
SOURCE_KEYS = ("kind", "where", "note")


def read_file(path: Path) -> dict[str, Parameter]:
    """Give the parameters of one file by name, in its order; raises `ParameterError`."""
    entries = read_yaml(path)
    if not isinstance(entries, Mapping) or not entries:
        raise ParameterError(f"{path.name}: holds no parameters; an entry starts with its name and a colon")
    return {name: _parameter(name, entry, path) for name, entry in entries.items()}


def read_yaml(path: Path) -> Any:
    """Give the contents of a YAML file; raises `ParameterError` for a key that stands twice, broken YAML or no text."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except _BadKeyError as error:
        raise ParameterError(f"{path.name}: {error}") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise ParameterError(f"{path.name}: line {line} is not valid YAML: {error.problem}") from None
    except (UnicodeDecodeError, yaml.reader.ReaderError):
        raise ParameterError(f"{path.name}: cannot be read (it is not text)") from None


def _parameter(name: Any, entry: Any, path: Path) -> Parameter:
    where = f"{path.name}: {name}"
    if not isinstance(name, str) or not name.isidentifier() or name != name.lower():
        raise ParameterError(f"{where}: a name is written in lower case with underscores")
    if not isinstance(entry, Mapping):
        raise ParameterError(f"{where}: an entry has the keys {', '.join(KEYS)}")
    _refuse_unknown(entry, KEYS, where)
    for key in ("meaning", "unit", "role", "source"):
        if key not in entry:
            raise ParameterError(f"{where}: '{key}' is missing")
    if ("value" in entry) == ("values" in entry):
        raise ParameterError(f"{where}: give either 'value' or 'values' (dated), one of the two")
    kind = _one_of(entry.get("type", "float"), tuple(DTYPES), f"{where}.type")
    numeric = kind in ("float", "int")
    draft = Parameter(
        name=name,
        meaning=_text(entry["meaning"], f"{where}.meaning"),
        unit=_text(entry["unit"], f"{where}.unit"),
        value=None,
        values=None,
        interpolate=_interpolate(entry, kind, where),
        by=_by(entry, numeric, where),
        type=kind,
        choices=_choices(entry, kind, where),
        range=_range(entry, numeric, where),
        distribution=_distribution(entry, numeric, where),
        role=_one_of(entry["role"], ROLES, f"{where}.role"),
        source=_source(entry["source"], f"{where}.source"),
        theme=path.stem,
    )
    if "value" in entry:
        value, values = checked(entry["value"], draft, where), None
    else:
        value, values = None, _dated(entry["values"], draft, where)
    return Parameter(**{**vars(draft), "value": value, "values": values})


def _dated(values: Any, draft: Parameter, where: str) -> dict[date, Any]:
    if not isinstance(values, Mapping) or not values:
        raise ParameterError(f"{where}.values: give dates and values, such as {{2021-01-01: 0.5}}")
    dated = {}
    for day, value in values.items():
        when = _day(day, f"{where}.values")
        if when in dated:
            raise ParameterError(f"{where}.values: {when} stands twice")
        dated[when] = checked(value, draft, f"{where}.{when}")
    return dict(sorted(dated.items()))


def _day(day: Any, where: str) -> date:
    if isinstance(day, date) and not isinstance(day, datetime):
        return day
    try:
        return datetime.strptime(day, "%Y-%m-%d").date()
    except (TypeError, ValueError):
        raise ParameterError(f"{where}: '{day}' is not a date; write it as 2024-07-01") from None


def _interpolate(entry: Mapping[str, Any], kind: str, where: str) -> str:
    if "interpolate" in entry and "values" not in entry:
        raise ParameterError(f"{where}.interpolate: only dated 'values' can be interpolated")
    how = _one_of(entry.get("interpolate", "step"), ("step", "linear"), f"{where}.interpolate")
    if how == "linear" and kind != "float":
        raise ParameterError(f"{where}.interpolate: only a float can be interpolated, not type '{kind}'")
    return how


def _by(entry: Mapping[str, Any], numeric: bool, where: str) -> tuple[str, ...]:
    given = entry.get("by", [])
    axes = tuple(given) if isinstance(given, list) else (given,)
    if len(axes) > 2 or len(set(axes)) < len(axes) or ("by" in entry and not axes):
        raise ParameterError(f"{where}.by: give one or two of {', '.join(CATEGORIES)}")
    for axis in axes:
        _one_of(axis, tuple(CATEGORIES), f"{where}.by")
    if axes and not numeric:
        raise ParameterError(f"{where}.by: only numbers can be given by category")
    return axes


def _choices(entry: Mapping[str, Any], kind: str, where: str) -> tuple[str, ...]:
    given = entry.get("choices")
    if kind != "choice":
        if given is not None:
            raise ParameterError(f"{where}.choices: only a parameter of type choice has choices")
        return ()
    if not isinstance(given, list) or len(given) < 2 or not all(isinstance(choice, str) for choice in given):
        raise ParameterError(f"{where}.choices: give the names to choose from, such as [first, last]")
    if len(set(given)) < len(given):
        raise ParameterError(f"{where}.choices: a name stands twice")
    return tuple(given)


def _range(entry: Mapping[str, Any], numeric: bool, where: str) -> tuple[float, float] | None:
    given: Any = entry.get("range")
    if not numeric:
        if given is not None:
            raise ParameterError(f"{where}.range: only numbers have a range")
        return None
    numbers = isinstance(given, list) and len(given) == 2 and all(type(end) in (int, float) for end in given)
    if not numbers or not given[0] <= given[1]:
        raise ParameterError(f"{where}.range: give the lowest and the highest value, such as [0, 1]")
    return (float(given[0]), float(given[1]))


def _distribution(entry: Mapping[str, Any], numeric: bool, where: str) -> str:
    if numeric and "distribution" not in entry:
        raise ParameterError(f"{where}: 'distribution' is missing.{closest('', DISTRIBUTIONS)}")
    given = _one_of(entry.get("distribution", "fixed"), DISTRIBUTIONS, f"{where}.distribution")
    if numeric and given == "fixed" and entry["role"] == "uncertainty":
        raise ParameterError(f"{where}.distribution: an uncertainty is drawn, so it cannot be fixed")
    if given == "loguniform" and not entry["range"][0] > 0:
        raise ParameterError(f"{where}.distribution: loguniform needs a range above 0")
    return given


def _source(given: Any, where: str) -> Source:
    if not isinstance(given, Mapping):
        raise ParameterError(f'{where}: write it as {{kind: ..., where: "..."}}')
    _refuse_unknown(given, SOURCE_KEYS, where)
    for key in ("kind", "where"):
        if key not in given:
            raise ParameterError(f"{where}: '{key}' is missing")
    kind = _one_of(given["kind"], SOURCE_KINDS, f"{where}.kind")
    note = _text(given["note"], f"{where}.note") if "note" in given else ""
    return Source(kind, _text(given["where"], f"{where}.where"), note)


def _one_of(given: Any, names: tuple[str, ...], where: str) -> str:
    if not isinstance(given, str) or given not in names:
        raise ParameterError(f"{where}: there is no '{given}'.{closest(given, names)}")
    return given


def _text(given: Any, where: str) -> str:
    if not isinstance(given, str) or not given.strip():
        raise ParameterError(f"{where}: '{'' if given is None else given}' is not text")
    return given.strip()


def _refuse_unknown(entry: Mapping[Any, Any], keys: Iterable[str], where: str) -> None:
    for key in entry:
        if key not in keys:
            raise ParameterError(f"{where}: unknown key '{key}'.{closest(key, keys)}")


class _BadKeyError(Exception):
    pass


_FastestSafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_FastestSafeLoader):
    """The fastest safe loader there is; refuses a key that stands twice, keeps impossible dates as text."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                line = key.start_mark.line + 1
                raise _BadKeyError(f"line {line}: a key is a word, not a list or a mapping")
            if key.value in seen:
                line = key.start_mark.line + 1
                raise _BadKeyError(f"line {line}: '{key.value}' stands twice; keep one of the two")
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)

    def construct_yaml_timestamp(self, node: yaml.ScalarNode) -> Any:
        try:
            return super().construct_yaml_timestamp(node)
        except ValueError:
            return node.value


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_yaml_timestamp)
