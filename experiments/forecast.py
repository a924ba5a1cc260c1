"""How far an experiment is and when it will end: a bar on a terminal, lines elsewhere, nothing when nobody asks.

The forecast is the pace since the first result of the session came back, so starting processes does not count. All
of it costs the same however many runs there are.
"""

import sys
import time
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, TextIO

#: Without a terminal a line is written when this share of the runs or this many seconds have gone by.
SHARE, SECONDS = 0.05, 30.0


class Silence(AbstractContextManager["Silence"]):
    """Says nothing; the form the other two follow."""

    def message(self, text: str) -> None:
        """Tell something that happens once."""

    def runs(self, finished: int, failed: int, total: int) -> None:
        """Tell how many runs have finished, how many were given up, and how many there are."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Clear what was shown."""


class Pace:
    """How fast runs come back in this session."""

    def __init__(self) -> None:
        self._first: tuple[float, int] | None = None

    def left(self, done: int, total: int, now: float) -> float | None:
        """Give the seconds that are left, or nothing while there is no pace."""
        if self._first is None or done < self._first[1]:
            self._first = (now, done)
        start, before = self._first
        if done == before or now <= start:
            return None
        return (total - done) * (now - start) / (done - before)


class Lines(Silence):
    """Writes a line now and then, for log files."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr
        self._pace = Pace()
        self._told: int | None = None
        self._told_at = time.monotonic()

    def message(self, text: str) -> None:
        """Write a line."""
        print(text, file=self.stream, flush=True)

    def runs(self, finished: int, failed: int, total: int) -> None:
        """Write a line when enough has happened since the last one."""
        now, done = time.monotonic(), finished + failed
        left = self._pace.left(done, total, now)
        if self._told is None:
            self._told = done
        due = done - self._told >= SHARE * total or now - self._told_at > SECONDS or done == total
        if done == self._told or not due:
            return
        self._told, self._told_at = done, now
        self.message(f"{done / total:4.0%}  {words(finished, failed, total)}{_until(left)}")


class Bar(Silence):
    """Shows a bar."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

        self._pace = Pace()
        columns: list[Any] = [TextColumn("{task.description}"), BarColumn(), TaskProgressColumn()]
        self._progress = Progress(
            *columns, TextColumn("{task.fields[until]}"), console=Console(stderr=True), transient=True
        )
        self._task = self._progress.add_task("starting", total=None, until="")

    def __enter__(self) -> "Bar":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def message(self, text: str) -> None:
        """Write a line above the bar."""
        self._progress.console.print(text, highlight=False, markup=False)

    def runs(self, finished: int, failed: int, total: int) -> None:
        """Move the bar."""
        done = finished + failed
        left = self._pace.left(done, total, time.monotonic())
        said = words(finished, failed, total)
        self._progress.update(self._task, description=said, completed=done, total=total, until=_until(left).strip(" ,"))


def words(finished: int, failed: int, total: int) -> str:
    """Say how far it is.

    >>> words(17, 0, 100), words(17, 2, 100)
    ('17 of 100 runs', '17 of 100 runs, 2 failed')
    """
    return f"{finished} of {total} runs" + (f", {failed} failed" if failed else "")


def span(seconds: float) -> str:
    """Say how long something takes.

    >>> span(42), span(600), span(7300)
    ('42 s', '10 min', '2 h 2 min')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def reporter() -> Silence:
    """Give a bar when errors go to a terminal, lines when they do not."""
    return Bar() if sys.stderr.isatty() else Lines()


def _until(left: float | None) -> str:
    if left is None or left < 1:
        return ""
    end = datetime.now() + timedelta(seconds=left)
    day = "" if end.date() == datetime.now().date() else f"{end:%d %b} "
    return f", about {span(left)} left (until {day}{end:%H:%M})"
