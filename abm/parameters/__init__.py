"""The numbers of the model: each with its meaning, unit, range, role and source, in one YAML file a theme.

    parameters = load()
    parameters["grant_rate"].source
    parameters.at("grant_rate", week=200)
    parameters.replace({"start_homes_per_year": 5000, "chance_relocation.emergency": 0.05})

What an entry holds stands in `README.md` of this folder; the groups of `by` in `categories.py`; weeks in
`dates.py`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace as with_changes
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from abm.parameters.categories import CATEGORIES
from abm.parameters.reading import read_file
from abm.parameters.record import (
    Parameter,
    ParameterError,
    Source,
    UnknownParameterError,
    checked,
    checked_cell,
    closest,
    table_of,
)

__all__ = ["CATEGORIES", "Parameter", "ParameterError", "Parameters", "Source", "closest", "load"]

FOLDER = Path(__file__).parent


class Parameters(Mapping[str, Parameter]):
    """All parameters by name, in the order of the files; never changed, only replaced by a changed copy."""

    def __init__(self, entries: Mapping[str, Parameter]) -> None:
        self._entries = dict(entries)

    def __getitem__(self, name: str) -> Parameter:
        try:
            return self._entries[name]
        except KeyError:
            hint = closest(name, self._entries)
            raise UnknownParameterError(f"no parameter is called '{name}'.{hint}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<Parameters: {len(self)} in {', '.join(self.themes)}>"

    def _repr_html_(self) -> str:
        """Show how many there are of each theme and where they come from, in a notebook."""
        rows = []
        for theme, names in self.themes.items():
            kinds = [self[name].source.kind for name in names]
            counted = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(sorted(kinds)))
            rows.append((theme, f"{len(names)} parameters", counted))
        return table_of(rows)

    @property
    def themes(self) -> dict[str, tuple[str, ...]]:
        """The names of the parameters of each theme (the file they stand in)."""
        names: dict[str, list[str]] = {}
        for parameter in self._entries.values():
            names.setdefault(parameter.theme, []).append(parameter.name)
        return {theme: tuple(members) for theme, members in names.items()}

    def at(self, name: str, week: int) -> Any:
        """Give the value in a week: float, int, bool, the name of a choice, or an array over categories."""
        parameter = self[name]
        value = parameter.over(np.array([week]))[0]
        if parameter.type == "choice":
            return parameter.choices[value]
        return value if parameter.by else value.item()

    def replace(self, changes: Mapping[str, Any]) -> "Parameters":
        """Give a copy with other values, which hold in all weeks.

        A parameter with categories takes a full mapping under its name, or single numbers under
        "name.category" ("name.first.second" for two); those keep the other categories, and their dates, as
        they are. Raises `ParameterError` for an unknown name, a value outside the range or of the wrong type.
        """
        entries = dict(self._entries)
        # whole parameters first, so that the order in which changes are named never matters
        for key in sorted(changes, key=lambda key: "." in key):
            name, *path = key.split(".")
            self[name]  # raises with advice
            old = entries[name]
            where = f"{old.theme}.yaml: {key}"
            if not path:
                value = checked(changes[key], old, where)
                entries[name] = with_changes(old, value=value, values=None, interpolate="step")
                continue
            if key not in old.cells():
                raise ParameterError(f"{where}: there is no such category.{closest(key, old.cells())}")
            cell = checked_cell(changes[key], old, where)
            if old.values is None:
                entries[name] = with_changes(old, value=_with_cell(old.value, path, cell))
            else:
                dated = {day: _with_cell(value, path, cell) for day, value in old.values.items()}
                entries[name] = with_changes(old, values=dated)
        return Parameters(entries)


def load(folder: str | Path | None = None) -> Parameters:
    """Give the parameters in the files (*.yaml) of a folder, by default the model's; raises `ParameterError`.

    The model's own are read once in a process.
    """
    return _own() if folder is None else _read(Path(folder))


@cache
def _own() -> Parameters:
    return _read(FOLDER)


def _read(folder: Path) -> Parameters:
    entries: dict[str, Parameter] = {}
    for path in sorted(folder.glob("*.yaml")):
        for name, parameter in read_file(path).items():
            if name in entries:
                raise ParameterError(f"{path.name}: {name}: already stands in {entries[name].theme}.yaml")
            entries[name] = parameter
    if not entries:
        raise ParameterError(f"{folder}: holds no parameter files (*.yaml)")
    return Parameters(entries)


def _with_cell(value: Mapping[str, Any], path: list[str], cell: Any) -> dict[str, Any]:
    first, *rest = path
    return {**value, first: _with_cell(value[first], rest, cell) if rest else cell}
