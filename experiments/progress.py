"""How far a run is: a bar on a terminal, plain lines elsewhere, nothing when nobody wants to know."""

import sys
import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, TextIO

from abm.timetable import date_of

#: Without a terminal a line is written when this share of the run or this many seconds have gone by.
SHARE, SECONDS = 0.05, 10.0


class Silence(AbstractContextManager["Silence"]):
    """Says nothing; the form the other two follow."""

    def message(self, text: str) -> None:
        """Tell something that happens once."""

    def week(self, replicate: int, week: int, n_weeks: int) -> None:
        """Tell that `week` of the `n_weeks` weeks are done in a replicate."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Clear what was shown."""


class Lines(Silence):
    """Writes a line now and then, for log files."""

    def __init__(self, replicates: int = 1, stream: TextIO | None = None) -> None:
        self.replicates = replicates
        self.stream = stream or sys.stderr
        self._done = dict.fromkeys(range(replicates), 0)
        self._start = self._told_at = time.monotonic()
        self._told = 0.0

    def message(self, text: str) -> None:
        """Write a line."""
        print(text, file=self.stream, flush=True)

    def week(self, replicate: int, week: int, n_weeks: int) -> None:
        """Write a line when enough has happened since the last one."""
        self._done[replicate] = week
        share = sum(self._done.values()) / (n_weeks * self.replicates)
        now = time.monotonic()
        if share - self._told < SHARE and now - self._told_at < SECONDS and share < 1:
            return
        self._told, self._told_at = share, now
        which = f"replicate {replicate + 1} of {self.replicates}, " if self.replicates > 1 else ""
        self.message(f"{share:4.0%}  {which}{date_of(week)}  {now - self._start:.0f} s")


class Bar(Silence):
    """Shows one bar for all replicates."""

    def __init__(self, replicates: int = 1) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        self.replicates = replicates
        self._done = dict.fromkeys(range(replicates), 0)
        columns: list[Any] = [TextColumn("{task.description}"), BarColumn(), TaskProgressColumn()]
        self._progress = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task("starting", total=None)

    def __enter__(self) -> "Bar":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def message(self, text: str) -> None:
        """Write a line above the bar."""
        self._progress.console.print(text, highlight=False)

    def week(self, replicate: int, week: int, n_weeks: int) -> None:
        """Move the bar."""
        self._done[replicate] = week
        which = f"replicate {replicate + 1} of {self.replicates}  " if self.replicates > 1 else ""
        self._progress.update(
            self._task,
            description=f"{which}{date_of(week)}",
            completed=sum(self._done.values()),
            total=n_weeks * self.replicates,
        )


def reporter(replicates: int = 1) -> Silence:
    """Give a bar when errors go to a terminal, lines when they do not."""
    return Bar(replicates) if sys.stderr.isatty() else Lines(replicates)
