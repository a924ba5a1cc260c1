"""What an interaction is, and the paired runs that show it: every combination of its levers under the same luck.

    interaction.INTERACTION.run(Settings(until="2030-12-31", scale=0.1, replicates=5), starts="2026-07-01")

A lever has two settings, each a list of policies (by name) and changes of parameters, all of which hold from the same
day on; an empty list is the baseline. Replicate i has the same luck in every combination, so combinations are
compared replicate by replicate. A `Split` is no lever but a pair of groups of people, read from the same runs.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pandas as pd

from abm.policies import Change, Policy, Source
from experiments.outcomes import Outcome, outcome
from experiments.run import Outcome as Replicate
from experiments.run import Settings, replicates

STARTS = "2026-07-01"
Part = str | Change
Simulate = Callable[[Settings], Sequence[Replicate]]


@dataclass(frozen=True)
class Lever:
    """Two settings, `off` and `on`, of what a policy maker (or, for an assumption, nobody) can turn.

    `words` are how the settings read in a table.
    """

    name: str
    words: tuple[str, str]
    on: tuple[Part, ...]
    off: tuple[Part, ...] = ()

    def policies(self, on: bool, starts: str) -> tuple[str | Policy, ...]:
        """Give one setting as policies that hold from a day on."""
        parts = self.on if on else self.off
        named = tuple(f"{part}@{starts}" for part in parts if isinstance(part, str))
        changes = tuple(part for part in parts if not isinstance(part, str))
        if not changes:
            return named
        setting = self.words[on]
        changed = Policy(
            name=f"{self.name}: {setting}",
            title=f"{self.name}: {setting}",
            why="One setting of a lever of an interaction.",
            source=Source("own", "experiments/interactions"),
            status="own",
            starts=date.fromisoformat(starts),
            ends=None,
            changes=changes,
            reach="Everybody the parameters reach.",
            cost="What the model books for the parameters.",
            file=self.name,
        )
        return (*named, changed)


@dataclass(frozen=True)
class Split:
    """Two groups of people, for outcomes of the table `groups`: the effect in one beside the effect in the other."""

    name: str
    dimension: str
    groups: tuple[str, str]

    @property
    def words(self) -> tuple[str, str]:
        """How the groups read in a table."""
        return self.groups


Factor = Lever | Split


@dataclass(frozen=True)
class Interaction:
    """A hypothesis: what is turned, what is watched, why they should act together, and who says so.

    `outcomes` are described as in `experiments/outcomes.py`; without another period they run from the day on which the
    levers change.
    """

    title: str
    hypothesis: str
    source: str
    factors: tuple[Factor, ...]
    outcomes: Mapping[str, Mapping[str, Any]]

    def __post_init__(self) -> None:
        if not 2 <= len(self.factors) <= 3:
            raise ValueError(f"{self.title}: an interaction has two or three factors, not {len(self.factors)}")
        if any(isinstance(factor, Split) for factor in self.factors) and self.tables != {"groups"}:
            raise ValueError(f"{self.title}: outcomes of a split are columns of the table 'groups'")

    @property
    def tables(self) -> set[str]:
        """The tables that its outcomes are read from."""
        return {stated.get("table", "weekly") for stated in self.outcomes.values()}

    @property
    def levers(self) -> tuple[Lever, ...]:
        """The factors that take runs of their own."""
        return tuple(factor for factor in self.factors if isinstance(factor, Lever))

    def watched(self, setting: Mapping[str, bool], until: str, starts: str) -> tuple[Outcome, ...]:
        """Give the outcomes of one combination, for the groups it is about; raises `OutcomeError`."""
        groups = {
            key: value
            for factor in self.factors
            if isinstance(factor, Split)
            for key, value in (("dimension", factor.dimension), ("group", factor.groups[setting[factor.name]]))
        }
        return tuple(
            outcome(name, {**({} if "at" in stated else {"from": starts}), **stated, **groups}, until)
            for name, stated in self.outcomes.items()
        )

    def run(self, settings: Settings, starts: str = STARTS, simulate: Simulate | None = None) -> "Runs":
        """Run every combination of levers with the given settings, and read the outcomes.

        Raises what `Settings` and `replicates` raise, and `OutcomeError` for a period outside the run.
        """
        simulate = simulate or (lambda one: list(replicates(one)))
        asked = {  # all before the first run, so that what is wrong is said at once
            combination: self._settings(settings, combination, starts)
            for combination in itertools.product((False, True), repeat=len(self.levers))
        }
        found = [(setting, self.watched(setting, settings.until, starts)) for setting in combinations(self.factors)]
        rows: list[dict[str, Any]] = []
        idle: dict[str, str] = {}
        for combination, one in asked.items():
            for replicate in simulate(one):
                idle.update({str(unused.policy): unused.reason for unused in replicate.idle})
                for setting, watched in found:
                    if tuple(setting[lever.name] for lever in self.levers) == combination:
                        numbers = {this.name: this.of(replicate.results) for this in watched}
                        rows.append({"replicate": replicate.replicate, **setting, **numbers})
        return Runs(pd.DataFrame(rows), found[0][1], idle)

    def _settings(self, settings: Settings, combination: Sequence[bool], starts: str) -> Settings:
        policies = [
            policy for lever, on in zip(self.levers, combination, strict=True) for policy in lever.policies(on, starts)
        ]
        return replace(settings, policies=tuple(policies))


@dataclass(frozen=True)
class Runs:
    """One row a replicate and combination: `replicate`, a yes or no for each factor, a number for each outcome.

    `idle` are policies that changed nothing in some run, with the reason.
    """

    frame: pd.DataFrame
    outcomes: tuple[Outcome, ...]
    idle: Mapping[str, str] = field(default_factory=dict)


def combinations(factors: Sequence[Factor]) -> Iterator[dict[str, bool]]:
    """Give every combination of settings, the first with all of them off."""
    for settings in itertools.product((False, True), repeat=len(factors)):
        yield {factor.name: on for factor, on in zip(factors, settings, strict=True)}


def every() -> dict[str, Interaction]:
    """Give all interactions by the name of their script."""
    package = __name__.rpartition(".")[0]
    names = sorted(one.name for one in iter_modules([str(Path(__file__).parent)]) if one.name != "__main__")
    modules = {name: import_module(f"{package}.{name}") for name in names}
    return {name: module.INTERACTION for name, module in modules.items() if hasattr(module, "INTERACTION")}
