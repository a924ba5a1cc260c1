"""Runs made for the comparison: pairs with the same luck, states on a day, people followed for years."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import replace as with_changes
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from abm import Model, Parameters, load
from abm.parameters.dates import START, week_of
from abm.states import Legal, Work
from analysis.validation.record import Record

UNTIL = date(2030, 12, 31)

#: Agents for each real person in these runs. At 0.1 one pair gives P32 as -0.7 or as -3.1 points, by luck alone.
PAIR_SCALE = 0.5

#: Days on which the state of everyone is kept.
SNAPSHOTS = (date(2024, 12, 31), date(2025, 12, 31), date(2026, 12, 31))

#: Whether people have a job so many weeks after an event.
FOLLOWED = (("permit_week", 156), ("route_start_week", 52), ("route_start_week", 156))


@dataclass(frozen=True)
class Trial:
    """One run: its record, the records up to the days of `SNAPSHOTS`, and jobs by key of the person."""

    record: Record
    on: dict[date, Record]
    employed: dict[tuple[str, int], pd.Series]


class Laboratory:
    """Makes runs when they are asked for, each once.

    `changes` are laid over the parameters in every run, as in the run that is judged. The seed is the same
    in all, so that a person has the same luck in both runs of a pair.
    """

    def __init__(
        self,
        changes: Mapping[str, Any] | None = None,
        *,
        scale: float = PAIR_SCALE,
        seed: int = 1,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        self.parameters = load().replace(changes or {})
        self.scale = scale
        self.seed = seed
        self._tell = tell
        self._made: dict[str, Trial] = {}

    @property
    def baseline(self) -> Trial:
        """The run without any change."""
        return self.trial()

    def trial(self, changes: Mapping[str, Any] | None = None, since: date | None = None) -> Trial:
        """Give the run with some parameters changed, from the start or from a day on.

        A value may be a function of the value it replaces.
        """
        name = ", ".join(f"{key} {_words(value)}" for key, value in (changes or {}).items())
        name += f" from {since}" if since else ""
        if name not in self._made:
            if self._tell:
                self._tell(f"running {name or 'the baseline'}")
            laid = laid_over(self.parameters, changes or {}, since)
            self._made[name] = make(laid, self.scale, self.seed)
        return self._made[name]

    def __repr__(self) -> str:
        return f"<Laboratory: scale {self.scale:g}, seed {self.seed}, {len(self._made)} runs made>"


def laid_over(parameters: Parameters, changes: Mapping[str, Any], since: date | None = None) -> Parameters:
    """Give the parameters with other values from a day on; raises `ParameterError` as `replace` does.

    From the start (no day given) this is `replace`. From a day on it takes whole parameters that are not
    given by category, and a value may be a function of the old one; it is then applied to all values that
    follow.
    """
    if since is None:
        return parameters.replace(changes)
    entries = dict(parameters)
    for name, change in changes.items():
        old = parameters[name]
        values = dict(old.values) if old.values is not None else {START: old.value}
        before = {day: value for day, value in values.items() if day < since}
        if since not in values:
            values[since] = parameters.at(name, week_of(since))
            if old.interpolate == "linear":  # keeps the line up to the day before
                before[since - timedelta(days=1)] = values[since]
        if callable(change):
            after = {day: change(value) for day, value in values.items() if day >= since}
        else:
            after = {since: change}
        for value in after.values():
            parameters.replace({name: value})  # checks it
        dated = dict(sorted((before | after).items()))
        entries[name] = with_changes(old, value=None, values=dated)
    return Parameters(entries)


def _words(value: Any) -> str:
    return value.__name__ if callable(value) else str(value)


def make(parameters: Parameters, scale: float, seed: int, until: date = UNTIL) -> Trial:
    """Run the model and keep what the comparisons read."""
    model = Model(until=until, scale=scale, seed=seed, parameters=parameters)
    days = {week_of(day): day for day in SNAPSHOTS}
    kept: dict[date, Record] = {}
    seen: dict[tuple[str, int], list[tuple[np.ndarray, np.ndarray]]] = {follow: [] for follow in FOLLOWED}
    while model.steps_done < model.n_weeks:
        week = model.week
        model.step()
        _follow(model, week, seen)
        if week in days and week < model.n_weeks - 1:
            kept[days[week]] = record_of(model, scale, days[week])
    employed = {
        follow: pd.Series(
            np.concatenate([jobs for _, jobs in found]) if found else np.zeros(0),
            index=np.concatenate([keys for keys, _ in found]) if found else np.zeros(0, np.uint64),
        )
        for follow, found in seen.items()
    }
    return Trial(record_of(model, scale, until), kept, employed)


def record_of(model: Model, scale: float, until: date) -> Record:
    """Give the record of a model as far as it has run."""
    results = model.results()
    return Record(results.weekly, results.cohorts, results.costs, results.persons, scale, until)


def _follow(model: Model, week: int, seen: dict[tuple[str, int], list[tuple[np.ndarray, np.ndarray]]]) -> None:
    people = model.people
    for (clock, weeks), found in seen.items():
        rows = np.flatnonzero((getattr(people, clock) == week - weeks) & (people.legal != int(Legal.LEFT)))
        rows = rows[rows > 0]  # row 0 is nobody
        if len(rows):
            work = people.work[rows]
            job = (work == int(Work.EMPLOYED_BASIC)) | (work == int(Work.EMPLOYED_MATCHED))
            found.append((people.key[rows].copy(), job.astype(float)))
