"""`werkstand parameters`: every number of the model with its meaning, unit, range, role and source."""

import json
from argparse import Namespace
from collections.abc import Mapping
from fnmatch import fnmatch
from typing import Any

from rich.markup import escape

from abm.parameters import Parameter, Parameters, closest, load
from analysis.cli import BadInputError
from analysis.cli.tables import console, table

#: Numbers shown in a cell before the rest is counted only.
SHOWN = 5


def parameters(asked: Namespace) -> None:
    """Print the parameters that match, or the whole record of one."""
    known = load()
    found = matching(asked.pattern, known)
    if asked.json:
        from experiments.manifest import record

        print(json.dumps({p.name: record(p) for p in found}, indent=1, ensure_ascii=False))
    elif len(found) == 1:
        show_record(found[0])
    else:
        show_tables(found)


def matching(pattern: str | None, known: Parameters) -> list[Parameter]:
    """Give the parameters with this name; or of this theme; or with it in the name; or in the meaning."""
    if not pattern:
        return list(known.values())
    wanted = pattern.lower()
    if wanted in known:
        return [known[wanted]]
    if wanted.split(".")[0] in known:  # name.category, as --set takes it
        return [known[wanted.split(".")[0]]]
    if wanted in known.themes:
        return [known[name] for name in known.themes[wanted]]
    anywhere = wanted if any(sign in wanted for sign in "*?[") else f"*{wanted}*"
    for text in (lambda p: p.name, lambda p: p.meaning.lower()):
        if found := [p for p in known.values() if fnmatch(text(p), anywhere)]:
            return found
    hint = closest(wanted, [*known, *known.themes])
    themes = f" Themes: {', '.join(known.themes)}."
    raise BadInputError(f"parameters: no parameter matches '{pattern}'.{hint or themes}")


def show_tables(found: list[Parameter]) -> None:
    """Print a table for each theme."""
    out = console()
    for theme in dict.fromkeys(p.theme for p in found):
        drawn = table("Name", "Meaning", "Value", "Unit", "Range", "Role", "Source", title=theme, expand=True)
        for column, ratio in zip(drawn.columns[1:], (5, 4, 2, 2, 2, 4), strict=True):
            column.ratio = ratio
        for p in found:
            if p.theme == theme:
                cells = (p.meaning, short_value(p), p.unit, _range(p), p.role, _source(p))
                drawn.add_row(p.name, *map(escape, cells))
        out.print(drawn)
    out.print(f"{len(found)} parameters; `werkstand parameters NAME` prints one in full")


def show_record(p: Parameter) -> None:
    """Print all that is known about one parameter."""
    drawn = table("", "", show_header=False)
    rows = {
        "meaning": p.meaning,
        "value": "\n".join(full_value(p)),
        "unit": p.unit,
        "by": ", ".join(p.by),
        "between dates": p.interpolate if p.dated else "",
        "range": _range(p),
        "distribution": p.distribution if p.type in ("float", "int") else "",
        "choices": ", ".join(p.choices),
        "role": p.role,
        "source": f"{p.source.kind}: {p.source.where}",
        "note": p.source.note,
        "file": f"abm/parameters/{p.theme}.yaml",
    }
    for name, text in rows.items():
        if text:
            drawn.add_row(name, escape(text))
    console().print(f"[bold]{p.name}[/bold]", drawn)


def short_value(p: Parameter) -> str:
    """Give the value in few words; a dated one by its first and last."""
    if p.values is None:
        return _one(p.value)
    (first, value), *rest = p.values.items()
    if not rest:
        return _one(value)
    last, final = rest[-1]
    between = f" ... ({len(p.values)} dates) ... " if len(rest) > 1 else "; "
    return f"{_one(value)} from {first}{between}{_one(final)} from {last}"


def full_value(p: Parameter) -> list[str]:
    """Give the value with every date and category, a line each."""
    if p.values is None:
        return _lines(p.value)
    return [f"{day}: {line}" for day, value in p.values.items() for line in _lines(value)]


def _one(value: Any) -> str:
    """Give a value in one line; of many categories the first ones."""
    lines = _lines(value)
    return ", ".join(lines[:SHOWN]) + (f", ... ({len(lines)} in all)" if len(lines) > SHOWN else "")


def _lines(value: Any, path: str = "") -> list[str]:
    if isinstance(value, Mapping):
        return [line for name, part in value.items() for line in _lines(part, f"{path}.{name}" if path else name)]
    text = f"{value:,g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)
    return [f"{path} {text}" if path else text]


def _range(p: Parameter) -> str:
    if p.range is None:
        return ", ".join(p.choices)
    return f"{_one(p.range[0])} to {_one(p.range[1])}"


def _source(p: Parameter) -> str:
    """Name the kind of source and the place, without repeating "assumption"."""
    where = p.source.where
    return where if where.lower().startswith(p.source.kind) else f"{p.source.kind}: {where}"
