"""One policy: what it changes from when to when, why, and where it was proposed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from abm.parameters import ParameterError

#: How the source documents speak of it; `opposed` means proposed by some and opposed by others, `own` is yours.
STATUSES = ("existing", "proposed", "opposed", "abolished", "own")
#: The order in which changes are applied, whatever the order of policies.
WAYS = ("set", "scale", "add")


class PolicyError(ParameterError):
    """Something about a policy is wrong; the message is one line: file, key, and what may be meant."""


class Source(NamedTuple):
    """The document and the heading under which it is proposed, and the ids of the register of systems."""

    document: str
    where: str
    systems: tuple[str, ...] = ()


class Change(NamedTuple):
    """One parameter (or one category of it, `chance_relocation.emergency`) that is set, scaled or added to."""

    parameter: str
    way: str
    value: Any


@dataclass(frozen=True)
class Policy:
    """Dated changes of parameters, or a package of other policies with dates of their own, or both.

    It holds from the first week that begins on or after `starts` up to the one that begins on or after `ends`,
    the first day on which it no longer holds (None: until the end of the run).
    """

    name: str
    title: str
    why: str
    source: Source
    status: str
    starts: date
    ends: date | None
    changes: tuple[Change, ...]
    reach: str
    cost: str
    file: str
    parts: tuple["Policy", ...] = ()
    package: str = ""

    def __str__(self) -> str:
        return f"{self.name} (in {self.package})" if self.package else self.name

    @property
    def first_day(self) -> date:
        """The day on which the first of its changes begins."""
        days = [part.first_day for part in self.parts]
        return min([self.starts, *days] if self.changes or not days else days)

    def leaves(self) -> Iterator["Policy"]:
        """Give the policies that change something themselves: this one, and those it is made of."""
        if self.changes:
            yield replace(self, parts=())
        for part in self.parts:
            yield from part.leaves()

    def dated(self, starts: date | None, ends: date | None) -> "Policy":
        """Give the same policy on other dates; the parts of a package move along and end at the latest at `ends`.

        Raises `PolicyError` when it would end before it starts.
        """
        moved = self if starts is None else self._moved(starts - self.first_day)
        return moved if ends is None else moved._cut(ends)

    def record(self) -> dict[str, Any]:
        """Give everything about it as JSON can hold it, for the manifest of a run."""
        return {
            "name": self.name,
            "title": self.title,
            "why": self.why,
            "source": {**self.source._asdict(), "systems": list(self.source.systems)},
            "status": self.status,
            "starts": self.starts.isoformat(),
            "ends": self.ends.isoformat() if self.ends else None,
            "changes": [{"parameter": change.parameter, change.way: change.value} for change in self.changes],
            "reach": self.reach,
            "cost": self.cost,
            "file": self.file,
            "policies": [part.record() for part in self.parts],
        }

    def _moved(self, shift: timedelta) -> "Policy":
        return replace(
            self,
            starts=self.starts + shift,
            ends=self.ends + shift if self.ends else None,
            parts=tuple(part._moved(shift) for part in self.parts),
        )

    def _cut(self, ends: date) -> "Policy":
        if ends <= self.first_day:
            raise PolicyError(f"{self.file}: it would end on {ends}, not after its start on {self.first_day}")
        parts = tuple(part._cut(ends) for part in self.parts if part.first_day < ends)
        return replace(self, ends=min(self.ends, ends) if self.ends else ends, parts=parts)
