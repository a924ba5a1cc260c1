"""A check that runs are paired: that one person's luck depends neither on policies nor on anybody else.

    print(check(scale=0.01, until="2022-12-31").text())

A fixed seed does not make runs comparable. When draws come from one stream, a policy that takes one draw more shifts
the luck of everybody after it, and the difference between two runs is mostly noise. Here luck is a function of (seed,
decision, week, person), and five checks see that it stays so. Two models take the weeks side by side, and after every
part of a week (the calls in `step`) each person and household of one is compared with the same one of the other,
found by the key of their luck, column by column, bit by bit.

    twice       the baseline is the same, run twice
    null        a policy that changes nothing, and a parameter set to the value it has, change nothing
    not yet     a policy changes nothing before it starts
    one more    a person who takes part in nothing is added; all rows behind move, and nobody else changes
    one other   one person leaves halfway; others may change, as queues and ties pass it on, but only few at first

The first four are exact. In the last, a few follow from one, week after week, while luck that shifts changes many at
once; it fails when more than `AT_ONCE` of the others differ in the first part of a week in which any does. A check
that fails names the first part of a week, the columns, and the decisions that are drawn by the processes that write
them: the first decision whose luck shifted is among them, and mostly it is one.
"""

import inspect
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

#: Share of the others that may differ at once when one person changed.
AT_ONCE = 0.02
#: Tables that are compared, and their columns that number rows, which move when a person is added.
TABLES: Mapping[str, tuple[str, ...]] = {
    "people": ("household", "partner"),
    "households": ("first_row", "referent"),
}
#: Policy that is seen to do nothing before it starts.
LATE_POLICY = "start_homes"
#: Key of the person who is added: no case of the model has it.
NEW_KEY = 2**62 + 12345


@dataclass(frozen=True)
class Difference:
    """The first difference between two models.

    `part` is the call in `step` after which it was seen (or "start"), `columns` what differs, as table.column;
    `decisions` those drawn by the processes of that part which write the columns; `share` of the compared people
    (or households) that differ.
    """

    week: int
    part: str
    columns: tuple[str, ...]
    decisions: tuple[str, ...]
    share: float

    def text(self) -> str:
        """Say it in a line."""
        drawn = f", written after the draw of {' or '.join(self.decisions)}" if self.decisions else ""
        return f"week {self.week}, {self.part}: {', '.join(self.columns)}{drawn} ({self.share:.1%} of rows)"


@dataclass(frozen=True)
class Check:
    """One comparison: whether it passed, how many weeks it took, and the first difference if there was any."""

    name: str
    meaning: str
    passed: bool
    weeks: int
    difference: Difference | None = None


@dataclass(frozen=True)
class Report:
    """All checks."""

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether all passed."""
        return all(check.passed for check in self.checks)

    def text(self) -> str:
        """Say for each check what was found."""
        lines = []
        for one in self.checks:
            found = "no difference" if one.difference is None else f"first difference in {one.difference.text()}"
            lines.append(
                f"{'passed' if one.passed else 'FAILED'}  {one.name}: {one.meaning}; {one.weeks} weeks, {found}"
            )
        return "\n".join(lines)

    def as_json(self) -> list[dict[str, Any]]:
        """Give the checks as JSON can hold them."""
        return [asdict(one) for one in self.checks]


def check(
    make: Callable[..., Any] | None = None,
    *,
    until: str = "2022-12-31",
    scale: float = 0.01,
    seed: int = 1,
    add: Callable[[Any], None] | None = None,
    change: Callable[[Any], Sequence[int]] | None = None,
    decisions: Callable[[Any, str, Sequence[str]], Sequence[str]] | None = None,
) -> Report:
    """Make all checks with a model, by default this one.

    Another model is made by `make(policies=..., parameters=...)` and has `n_weeks`, `step` and the tables `people`
    and, if it likes, `households` (`n` and `columns`, with `key`). `add` adds a person who takes part in nothing,
    `change` changes one person and gives the keys of whom it changed, `decisions` names what was drawn for columns in
    a part of the week.
    """
    if make is None:
        from abm import Model

        def make(**settings: Any) -> Any:
            return Model(until=until, scale=scale, seed=seed, **settings)

    add, change, decisions = add or add_nobody, change or leave_early, decisions or drawn
    checks = [_compared("twice", "the baseline, run twice", make(), make(), decisions)]
    null = make(policies=(f"baseline@{_day(0)}",), parameters=_same_value())
    checks.append(_compared("null", "a policy and a parameter that change nothing", make(), null, decisions))
    late = make()
    start = late.n_weeks - 1
    later = make(policies=(f"{LATE_POLICY}@{_day(start)}",))
    meaning = f"a policy before it starts ({LATE_POLICY})"
    checks.append(_compared("not yet", meaning, late, later, decisions, weeks=start))
    more = make()
    add(more)
    meaning = "a person who takes part in nothing is added"
    checks.append(_compared("one more", meaning, make(), more, decisions, rows=False))
    same, other = make(), make()
    half = same.n_weeks // 2
    for model in (same, other):
        for _ in range(half):
            model.step()
    keys, left = change(other), same.n_weeks - half
    meaning = f"one person leaves after {half} weeks"
    checks.append(
        _compared("one other", meaning, same, other, decisions, weeks=left, first=half, without=keys, few=AT_ONCE)
    )
    return Report(tuple(checks))


def add_nobody(model: Any) -> None:
    """Add a household of one who has left: rows behind move, and nothing else should change."""
    from abm.draws import turn
    from abm.states import Legal

    homes, people = model.households, model.people
    key = np.uint64(NEW_KEY)
    home, row = int(homes.add(1)[0]), int(people.add(1)[0])
    for table, place in ((homes, home), (people, row)):
        table.columns["key"][place] = key
        table.columns["turn"][place] = turn(np.array(key))
        table.columns["legal"][place] = Legal.LEFT
    homes.columns["first_row"][home], homes.columns["size"][home] = row, 1
    people.columns["household"][row] = home


def leave_early(model: Any) -> tuple[int, int]:
    """Let the first person who waits for a decision alone leave, and give the keys of the person and the household."""
    from abm.states import Legal

    homes, people = model.households, model.people
    alone = (homes.columns["size"][: homes.n] == 1) & (homes.columns["legal"][: homes.n] == Legal.GENERAL_TRACK)
    home = int(np.flatnonzero(alone)[0])
    row = int(homes.columns["first_row"][home])
    homes.columns["legal"][home] = people.columns["legal"][row] = Legal.LEFT
    return int(people.columns["key"][row]), int(homes.columns["key"][home])


def drawn(model: Any, part: str, columns: Sequence[str]) -> tuple[str, ...]:
    """Give the decisions that processes called in a part of the week draw, of those that write these columns.

    Read from the code: `WRITES` of each module of a process that the part names, and its `decision("...")` calls.
    """
    method = getattr(type(model), part, None)
    if method is None:
        return ()
    here = vars(sys.modules[type(model).__module__])
    called = dict.fromkeys(re.findall(r"\b(\w+)\.\w+\(", inspect.getsource(method)))
    modules = [here[name] for name in called if inspect.ismodule(here.get(name))]
    names = {column.split(".")[-1] for column in columns}
    writers = [module for module in modules if names & set(getattr(module, "WRITES", ()))] or modules
    found = [name for module in writers for name in re.findall(r'decision\(\s*"(\w+)"', inspect.getsource(module))]
    lanes = [
        lane.lower()
        for module in writers
        for lane in dict.fromkeys(re.findall(r"\bLANE_(\w+)", inspect.getsource(module)))
    ]
    return tuple(dict.fromkeys([*found, *lanes]))


def _compared(
    name: str,
    meaning: str,
    one: Any,
    other: Any,
    decisions: Callable[[Any, str, Sequence[str]], Sequence[str]],
    *,
    weeks: int | None = None,
    first: int = 0,
    rows: bool = True,
    without: Sequence[int] = (),
    few: float = 0.0,
) -> Check:
    """Let two models take weeks until they differ; `rows` counts numbers of rows too, `few` may differ at once."""
    weeks = one.n_weeks if weeks is None else weeks
    if difference := _difference(_state(one), _state(other), rows, without):
        return Check(name, meaning, False, 0, _named(one, first, "start", difference, decisions))
    for week in range(weeks):
        states = [_take_week(model) for model in (one, other)]
        for part, a, b in _together(*states):
            difference = _difference(a, b, rows, without)
            if difference:
                found = _named(one, first + week, part, difference, decisions)
                return Check(name, meaning, found.share <= few, week + 1, found)
    return Check(name, meaning, True, weeks)


State = dict[str, dict[str, np.ndarray]]


def _take_week(model: Any) -> list[tuple[str, State]]:
    """Take a step and give the state after each of the calls on the model that `step` makes."""
    states: list[tuple[str, State]] = []
    parts = dict.fromkeys(re.findall(r"^\s+self\.(\w+)\(\)\s*$", inspect.getsource(type(model).step), re.MULTILINE))

    def seen(part: str, call: Callable[[], Any]) -> Callable[[], Any]:
        def after() -> Any:
            given = call()
            states.append((part, _state(model)))
            return given

        return after

    for part in parts:
        setattr(model, part, seen(part, getattr(model, part)))
    try:
        model.step()
    finally:
        for part in parts:
            delattr(model, part)
    if not parts:
        states.append(("step", _state(model)))
    return states


def _together(one: Sequence[tuple[str, State]], other: Sequence[tuple[str, State]]) -> list[tuple[str, State, State]]:
    return [(part, a, b) for (part, a), (_, b) in zip(one, other, strict=True)]


def _state(model: Any) -> State:
    found = {}
    for name in TABLES:
        table = getattr(model, name, None)
        if table is not None:
            found[name] = {column: values[1 : table.n].copy() for column, values in table.columns.items()}
    return found


def _difference(one: State, other: State, rows: bool, without: Sequence[int]) -> dict[str, float]:
    """Give what differs, as table.column, and the share of the rows in both that do."""
    found = {}
    for table, columns in one.items():
        keys, others = columns["key"], other[table]["key"]
        _, here, there = np.intersect1d(keys, others, return_indices=True)
        keep = ~np.isin(keys[here], np.array(without, keys.dtype))
        here, there = here[keep], there[keep]
        for name, values in columns.items():
            if not rows and name in TABLES[table]:
                continue
            a, b = values[here], other[table][name][there]
            differ = ~((a == b) | ((a != a) & (b != b)))
            if differ.any():
                found[f"{table}.{name}"] = float(differ.mean())
    return found


def _named(
    model: Any,
    week: int,
    part: str,
    difference: Mapping[str, float],
    decisions: Callable[[Any, str, Sequence[str]], Sequence[str]],
) -> Difference:
    columns = tuple(sorted(difference))
    return Difference(week, part, columns, tuple(decisions(model, part, columns)), max(difference.values()))


def _same_value() -> Any:
    """Give the parameters with one of them set to the value it has."""
    from abm.parameters import load

    parameters = load()
    one = next(p for p in parameters.values() if p.values is None and not p.by and p.type == "float")
    return parameters.replace({one.name: one.value})


def _day(week: int) -> str:
    from abm.parameters.dates import date_of

    return date_of(week).isoformat()
