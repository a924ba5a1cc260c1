"""Columns own the state; Mesa agents are the way to see it.

A class body declares its columns (``motivation = Column("f4", "Wanting to act.", unit="0-1")``); ``Table`` makes one
numpy array for each. A row is an id for the whole run and never moves. ``table[7]`` is a real ``mesa.Agent`` that
reads and writes row 7. Views are made on demand and are not registered with the model, so looking at people costs
nothing to those who do not look and changes no result.

Row 0 of every table is nobody: ties and references that point to it point to no one, so loops need no test for
"empty".

Institutions of one kind, such as the language schools of all regions, decide together: ``Together`` is the list of
their agents, which are few and registered, and has one array for each column that they declare.
"""

import difflib
from typing import Any, Generic, NamedTuple, TypeVar

import mesa
import numpy as np
import pandas as pd


class Column:
    """One declared column: its dtype, meaning, unit, the value of a new row and, for a code, its enumeration."""

    def __init__(self, dtype: str, meaning: str, unit: str = "", initial: Any = None, codes: Any = None) -> None:
        self.dtype = np.dtype(dtype)
        self.meaning = meaning
        self.unit = unit
        self.codes = codes
        if initial is None:
            initial = {"f": np.nan, "b": False, "i": -1, "u": 0}[self.dtype.kind]
        self.initial = initial
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, view: Any, owner: type) -> Any:
        if view is None:
            return self
        value = view.table.columns[self.name][view.row].item()
        return self.codes(value) if self.codes is not None else value

    def __set__(self, view: Any, value: Any) -> None:
        view.table.columns[self.name][view.row] = value


def declared(view_class: type) -> dict[str, Column]:
    """Give the columns that a view class declares, in order of declaration."""
    return {name: item for name, item in vars(view_class).items() if isinstance(item, Column)}


class ColumnAgent(mesa.Agent):
    """A Mesa agent that is a view of one row. Not registered with the model; see ``Table.agents``."""

    table: "Table[Any]"
    row: int

    def __init__(self, table: "Table[Any]", row: int) -> None:
        # mesa.Agent.__init__ would register the agent and draw its id; a view is only a way of looking.
        object.__setattr__(self, "model", table.model)
        object.__setattr__(self, "table", table)
        object.__setattr__(self, "row", row)
        object.__setattr__(self, "unique_id", row)
        object.__setattr__(self, "pos", None)

    def __setattr__(self, name: str, value: Any) -> None:
        kind = type(self)
        if isinstance(getattr(kind, name, None), Column):
            self.table.columns[name][self.row] = value
            return
        if name.startswith("_") or name in ("model", "unique_id", "pos"):
            object.__setattr__(self, name, value)
            return
        close = difflib.get_close_matches(name, declared(kind), n=1)
        advice = f" Did you mean '{close[0]}'?" if close else ""
        raise AttributeError(f"{kind.__name__} has no column '{name}'.{advice}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ColumnAgent) and other.table is self.table and other.row == self.row

    def __hash__(self) -> int:
        return hash((id(self.table), self.row))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in list(declared(type(self)))[:8])
        return f"<{type(self).__name__} {self.row}: {shown}, ...>"

    def remove(self) -> None:
        """Refuse: people are not deleted; they leave by a process, and their row stays."""
        raise TypeError(f"A {type(self).__name__} is a view of a row and cannot be removed.")


class Institution(mesa.Agent):
    """A registered agent whose declared columns stand in the arrays of a ``Together``, at its place in that list."""

    def __init__(self, table: "Together[Any]", row: int) -> None:
        super().__init__(table.model)
        self.table = table
        self.row = row


class InstitutionOfRegion(Institution):
    """An institution of one labour-market region; there is one for each region, in order."""

    @property
    def region(self) -> int:
        """Number of the region."""
        return self.row


Kind = TypeVar("Kind", bound=Institution)


class Together(list[Kind]):
    """Institutions of one kind that decide together: ``schools[3].seats`` is a number, ``schools.seats`` the array."""

    def __init__(self, model: Any, kind: type[Kind], count: int) -> None:
        self.model = model
        self.columns = {name: np.full(count, column.initial, column.dtype) for name, column in declared(kind).items()}
        super().__init__(kind(self, row) for row in range(count))

    def __getattr__(self, name: str) -> np.ndarray:
        columns = self.__dict__.get("columns", {})
        if name in columns:
            return columns[name]
        raise AttributeError(f"{type(self).__name__} has no column '{name}'.")


View = TypeVar("View", bound=ColumnAgent)
Picked = TypeVar("Picked", bound=NamedTuple)


class Table(Generic[View]):
    """One numpy array for each declared column, growing by doubling; rows are ids and never move.

    ``table.column_name`` is the array of the rows in use. ``table.take(Columns)`` gives a named tuple of whole arrays
    for a compiled process.
    """

    def __init__(self, view_class: type[View], model: Any, capacity: int = 1024) -> None:
        self.view_class = view_class
        self.model = model
        self.declared = declared(view_class)
        self.columns: dict[str, np.ndarray] = {
            name: np.full(capacity, column.initial, column.dtype) for name, column in self.declared.items()
        }
        self.n = 1  # row 0 is nobody
        self.version = 0
        self._taken: dict[type, tuple[int, Any]] = {}
        self._in_use: list[str] = []  # columns of which the rows in use are kept as attributes
        self._views: dict[int, View] = {}  # an AgentSet holds weak references only

    @property
    def allocated(self) -> int:
        """Rows that fit before the arrays grow."""
        return len(next(iter(self.columns.values())))

    def add(self, count: int) -> np.ndarray:
        """Add ``count`` rows with the initial values and give their numbers (int64)."""
        while self.n + count > self.allocated:
            self._grow()
        rows = np.arange(self.n, self.n + count)
        self.n += count
        for name in self._in_use:
            del self.__dict__[name]
        self._in_use.clear()
        return rows

    def _grow(self) -> None:
        for name, column in self.declared.items():
            old = self.columns[name]
            self.columns[name] = np.concatenate([old, np.full(len(old), column.initial, column.dtype)])
        self.version += 1

    def take(self, wanted: type[Picked]) -> Picked:
        """Give the arrays that the named tuple class asks for by field name; it raises for an unknown name."""
        cached = self._taken.get(wanted)
        if cached is not None and cached[0] == self.version:
            return cached[1]
        arrays = []
        for name in wanted._fields:
            if name not in self.columns:
                close = difflib.get_close_matches(name, self.columns, n=1)
                advice = f" Did you mean '{close[0]}'?" if close else ""
                raise AttributeError(f"{wanted.__module__}: no column is called '{name}'.{advice}")
            arrays.append(self.columns[name])
        taken = wanted(*arrays)  # type: ignore[call-overload]  # mypy takes a NamedTuple class for the factory
        self._taken[wanted] = (self.version, taken)
        return taken

    def __getattr__(self, name: str) -> np.ndarray:
        columns = self.__dict__.get("columns", {})
        if name in columns:
            rows_in_use = self.__dict__[name] = columns[name][: self.n]  # kept until rows are added
            self._in_use.append(name)
            return rows_in_use
        close = difflib.get_close_matches(name, columns, n=1)
        advice = f" Did you mean '{close[0]}'?" if close else ""
        raise AttributeError(f"{type(self).__name__} has no column '{name}'.{advice}")

    def __len__(self) -> int:
        return self.n - 1

    def __getitem__(self, row: int) -> View:
        if not 0 < row < self.n:
            raise IndexError(f"{self.view_class.__name__} {row} does not exist; rows run from 1 to {self.n - 1}.")
        return self.view_class(self, int(row))

    def agents(self, mask: np.ndarray | None = None) -> mesa.agent.AgentSet:
        """Give a stock ``mesa.AgentSet`` of the rows where ``mask`` (bool, one value a row in use) is true.

        The views live as long as the table; writing to one writes the column.
        """
        chosen = np.ones(self.n, bool) if mask is None else np.array(mask, bool)
        if len(chosen) != self.n:
            raise ValueError(f"The mask has {len(chosen)} values; the table has {self.n} rows (row 0 is nobody).")
        chosen[0] = False
        rows, views = np.flatnonzero(chosen).tolist(), self._views
        for row in rows:
            if row not in views:
                views[row] = self.view_class(self, row)
        return mesa.agent.AgentSet([views[row] for row in rows], random=self.model.random)

    def frame(self) -> pd.DataFrame:
        """Give all rows in use as a pandas frame, one column each, codes as numbers.

        Whole numbers of two bytes, such as weeks, are given as int32, so that what is computed with them does not run
        over.
        """
        rows = pd.RangeIndex(1, self.n, name="row")
        wide = {name: np.int32 if array.dtype == np.int16 else array.dtype for name, array in self.columns.items()}
        columns = {name: array[1 : self.n].astype(wide[name]) for name, array in self.columns.items()}
        return pd.DataFrame(columns, index=rows)

    def dictionary(self) -> pd.DataFrame:
        """Give the data dictionary: name, dtype, unit, meaning and codes of every column."""
        rows = [
            {
                "column": name,
                "dtype": column.dtype.name,
                "unit": column.unit,
                "meaning": column.meaning,
                "codes": "" if column.codes is None else ", ".join(f"{c.value}={c.name.lower()}" for c in column.codes),
            }
            for name, column in self.declared.items()
        ]
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        return f"<{len(self)} {self.view_class.__name__} rows, {len(self.declared)} columns>"
