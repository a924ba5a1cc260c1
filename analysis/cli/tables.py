"""How the commands print tables: readable on a terminal, and complete when sent to a file."""

import os
import sys
from collections.abc import Iterable
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

#: Characters in a line where there is no terminal to ask.
WIDTH = 160


def console() -> Console:
    """Give a console for results (standard output)."""
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else WIDTH
    return Console(width=width, highlight=False)


def table(*headings: str, right: Iterable[int] = (), title: str | None = None, **settings: Any) -> Table:
    """Give an empty table; the columns at the positions `right` hold numbers."""
    made = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold", **settings)
    numbers = set(right)
    for position, heading in enumerate(headings):
        if position == 0:
            made.add_column(heading, no_wrap=True, overflow="fold")
        else:
            made.add_column(heading, justify="right" if position in numbers else "left", overflow="fold")
    return made
