"""`werkstand run`: run the model, save the results, draw the figures, print a summary by year."""

import json
import math
import shlex
import shutil
import signal
import sys
import threading
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from abm.parameters import ParameterError, Parameters, load
from abm.timetable import date_of
from analysis.cli import BadInputError, FailedError
from experiments import run as running
from experiments import store
from experiments.progress import reporter
from experiments.summary import by_year

#: Folder for the results of runs that were given no name.
RESULTS = Path("results")

WEEK = timedelta(weeks=1)

#: Column of the summary: heading, and how a value is shown.
SHOWN = {
    "in_reception": ("In reception", "{:,.0f}"),
    "status_holders_in_reception": ("Status holders\nin reception", "{:,.0f}"),
    "open_cases": ("Open cases", "{:,.0f}"),
    "housed": ("Housed\nin the year", "{:,.0f}"),
    "employed": ("Employed status\nholders", "{:,.0f}"),
    "motivation_in_reception": ("Motivation\nin reception", "{:.2f}"),
    "cost": ("Cost\n(million euros)", "{:,.0f}"),
}


def run(asked: Namespace, command: list[str]) -> None:
    """Run, save, draw and print. Everything that was asked is checked before anything is made."""
    changes = read_changes(asked.changes, load())
    try:
        settings = running.Settings(
            asked.until,
            asked.scale,
            asked.seed,
            asked.replicates,
            changes,
            tuple(asked.policies),
            tuple(asked.snapshots),
        )
    except ParameterError:
        raise
    except ValueError as error:
        raise BadInputError(f"run: --{error}") from error
    if asked.workers < 1:
        raise BadInputError(f"run: --workers: {asked.workers} is too few; at least 1")
    folder = Path(asked.out) if asked.out else unused_name()
    start = time.perf_counter()
    try:
        with _ending_like_ctrl_c(), reporter(asked.replicates) as progress:
            made = running.run(folder, settings, workers=asked.workers, progress=progress, command=shlex.join(command))
    except KeyboardInterrupt:
        saved = f"the results are complete in {folder}" if folder.exists() else "nothing was saved"
        raise KeyboardInterrupt(saved) from None
    seconds = time.perf_counter() - start
    for name in never_read(made, changes):
        print(f"werkstand: run: the model never read '{name}', so setting it changed nothing", file=sys.stderr)
    for one in made.manifest["idle_policies"]:
        said = f"policy {one['policy']} is not active: {one['reason']}"
        print(f"werkstand: run: {said}", file=sys.stderr)
    summary = by_year(made)
    if asked.json:
        figures = [] if asked.no_figures else draw(folder)
        print(json.dumps(as_json(made, summary, figures, seconds), indent=1))
        return
    show(summary, made)
    print(f"Results: {folder} ({seconds:.0f} s)")
    if not asked.no_figures:
        print(f"Figures: {len(draw(folder))} files in {folder / 'figures'}")


@contextmanager
def _ending_like_ctrl_c() -> Iterator[None]:
    """Let being ended from outside (a batch system, a closed terminal) tidy up as Ctrl-C does."""
    before = {}
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):
            if number := getattr(signal, name, None):
                before[number] = signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def read_changes(given: list[str], parameters: Parameters) -> dict[str, Any]:
    """Read NAME=VALUE texts; the values are checked by `Parameters.replace`, which knows what each may be."""
    changes: dict[str, Any] = {}
    for text in given:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name or not value:
            raise BadInputError(f"run: --set {text}: write it as NAME=VALUE")
        if name in changes:
            raise BadInputError(f"run: --set {name}: is given twice")
        try:
            changes[name] = _value(value)
            parameters.replace({name: changes[name]})
        except ParameterError as error:
            raise BadInputError(f"run: --set {text}: {error}{_categories(name, parameters)}") from error
    return changes


def _value(text: str) -> Any:
    """Read a number, true or false, a mapping by category ({syria: 0.1, ...}), or else a word."""
    if text.startswith("{"):
        import yaml

        try:
            return yaml.safe_load(text)
        except yaml.YAMLError:
            raise ParameterError("is not a mapping; write it as {first: 0.1, second: 0.2}") from None
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _categories(name: str, parameters: Parameters) -> str:
    """Show how one category is set, where a parameter has them."""
    if "." in name or name not in parameters or not parameters[name].by:
        return ""
    return f"; one of them: --set {parameters[name].cells()[0]}=VALUE"


def unused_name() -> Path:
    """Give a folder that does not exist, named after the time."""
    name = f"run-{datetime.now():%Y-%m-%d-%H%M%S}"
    folder = RESULTS / name
    number = 2
    while folder.exists():
        folder = RESULTS / f"{name}-{number}"
        number += 1
    return folder


def never_read(made: store.Run, changes: dict[str, Any]) -> list[str]:
    """Give the names that were set although the model does not ask for them."""
    parameters = made.manifest["parameters"]
    return [name for name in changes if not parameters[name.split(".")[0]]["used"]]


def draw(folder: Path) -> list[Path]:
    """Draw all figures of a saved run; the results stay whatever happens here."""
    figures = folder / "figures"
    try:
        from analysis.figures import write_all

        return write_all(folder)
    except KeyboardInterrupt:
        shutil.rmtree(figures, ignore_errors=True)
        raise KeyboardInterrupt(f"the results are complete in {folder}, without figures") from None
    except Exception as error:
        shutil.rmtree(figures, ignore_errors=True)
        failed = FailedError(
            f"the results are complete in {folder}, but drawing failed: {type(error).__name__}: {error}"
        )
        raise failed from error


def show(summary: pd.DataFrame, made: store.Run) -> None:
    """Print one row a year: the mean over replicates and, when there are more, lowest and highest."""
    from analysis.cli.tables import console, table

    drawn = table("Year", *(heading for heading, _ in SHOWN.values()), right=range(1, len(SHOWN) + 1))
    spread = summary["replicate"].nunique() > 1
    for year, rows in summary.groupby("year"):
        cells = []
        for column, (_, form) in SHOWN.items():
            values = rows[column] / 1e6 if column == "cost" else rows[column]
            text = _number(values.mean(), form)
            if spread:
                text += f"\n[dim]{_number(values.min(), form)} to {_number(values.max(), form)}[/dim]"
            cells.append(text)
        drawn.add_row(_year(int(str(year)), made), *cells)
    console().print(drawn)
    over = f"; mean of {summary['replicate'].nunique()} replicates, lowest to highest below" if spread else ""
    print(f"People and cases: last week of the year; housed and cost: sum over the year{over}.")


def _year(year: int, made: store.Run) -> str:
    """Name a year, and the last day where the run ends more than a week before the year does."""
    after = date_of(made.manifest["n_weeks"])
    return f"{year} to {after - timedelta(days=1):%d %b}" if (after + WEEK).year == year else str(year)


def _number(value: float, form: str) -> str:
    return "unknown" if math.isnan(value) else form.format(value)


def as_json(made: store.Run, summary: pd.DataFrame, figures: list[Path], seconds: float) -> dict[str, Any]:
    """Give the summary, a row for each replicate and year, as JSON can hold it; unknown is null."""
    rows = summary.astype(object).where(summary.notna(), None).to_dict("records")
    return {
        "folder": str(made.folder),
        "until": made.manifest["until"],
        "scale": made.manifest["scale"],
        "seeds": made.manifest["seeds"],
        "changed": made.manifest["changed"],
        "policies": made.manifest["policies"],
        "idle_policies": made.manifest["idle_policies"],
        "seconds": round(seconds, 1),
        "years": rows,
        "figures": [str(path) for path in figures],
    }
