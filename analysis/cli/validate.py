"""`werkstand validate`: each observed pattern beside what a run gives. Nothing is left out."""

import json
import math
import sys
from argparse import Namespace
from typing import Any

import pandas as pd
from rich.markup import escape

from analysis.cli.run import RESULTS
from analysis.cli.tables import console, table
from experiments import store

STYLES = {"pass": "green", "fail": "bold red"}


def validate(asked: Namespace) -> None:
    """Print the verdict on every pattern."""
    folder = asked.results if asked.results else store.newest(RESULTS)
    made = store.load(folder)
    from analysis import validation

    frame = validation.validate(made.folder, full=asked.full, tell=_tell)
    if asked.json:
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
        print(json.dumps({"folder": str(made.folder), "patterns": rows}, indent=1, ensure_ascii=False))
        return
    show(frame, made)


def show(frame: pd.DataFrame, made: store.Run) -> None:
    """Print a row for each pattern, and how many there are of each verdict."""
    headings = ("Id", "Pattern", "Target", "Accepted", "Use", "Model (95 %)", "Verdict", "Note")
    drawn = table(*headings, title=f"{made.folder}, until {made.manifest['until']}", expand=True)
    for column, ratio in zip(drawn.columns[1:], (5, 4, 4, None, None, None, 6), strict=True):
        column.ratio, column.no_wrap = ratio, ratio is None
    rows: list[dict[str, Any]] = frame.to_dict("records")  # type: ignore[assignment]
    for row in rows:
        style = STYLES.get(row["verdict"], "dim")
        words = (escape(_text(row[name])) for name in ("id", "pattern", "target", "acceptance", "use"))
        value = value_with_interval(row["value"], row["low"], row["high"])
        drawn.add_row(*words, value, f"[{style}]{row['verdict']}[/{style}]", escape(_text(row["note"])))
    out = console()
    out.print(drawn)
    counts = frame["verdict"].value_counts()
    out.print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))


def value_with_interval(value: float, low: float, high: float) -> str:
    """Give a value with its interval, to three figures.

    >>> value_with_interval(0.1234, 0.1, 0.15)
    '0.123 (0.1 to 0.15)'
    >>> value_with_interval(18123.4, float("nan"), float("nan"))
    '18,123'
    """
    if math.isnan(value):
        return ""
    interval = "" if math.isnan(low + high) else f" ({_figure(low)} to {_figure(high)})"
    return f"{_figure(value)}{interval}"


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _figure(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"


def _text(part: Any) -> str:
    return "" if pd.isna(part) else str(part)
