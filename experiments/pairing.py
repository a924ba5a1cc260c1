"""A check that runs are paired: that one person's luck depends neither on policies nor on anybody else.

    print(check(scale=0.01, until="2022-12-31").text())

A fixed seed does not make runs comparable. When draws come from one stream, a policy that takes one draw more shifts
the luck of everybody after it, and the difference between two runs is mostly noise. Here luck is a function of (seed,
decision, week, person), and five checks see that it stays so. Two models take the weeks side by side, and after every
part of a week (the calls in `step`) each person and household of one is compared with the same one of the other,
found by the key of their luck, column by column, bit by bit. The first week with a difference is made again, and they
are compared after every process in it.

    twice       the baseline is the same, run twice
    null        a policy that changes nothing, and a parameter set to the value it has, change nothing
    not yet     a policy changes nothing before it starts
    one more    a person who takes part in nothing is added; all rows behind move, and nobody else changes
    one other   one person leaves halfway; others may change, as queues and ties pass it on, but only few at first

The first four are exact. In the last, a few follow from one, week after week, while luck that shifts changes many at
once; it fails when more than `AT_ONCE` of the others differ in the first part of a week in which any does. A check
that fails names the first part of a week, the first process in it, the columns, and the decisions that this process
draws: the first decision whose luck shifted is among them.
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

    `part` is the call in `step` after which it was seen (or "start"), `process` the call in that part, as
    module.function ("" when it was none); `columns` what differs, as table.column; `decisions` those that the
    process draws; `share` of the compared people (or households) that differ.
    """

    week: int
    part: str
    process: str
    columns: tuple[str, ...]
    decisions: tuple[str, ...]
    share: float

    def text(self) -> str:
        """Say it in a line."""
        drawn = f", written after the draw of {' or '.join(self.decisions)}" if self.decisions else ""
        where = f"{self.part} ({self.process})" if self.process else self.part
        return f"week {self.week}, {where}: {', '.join(self.columns)}{drawn} ({self.share:.1%} of rows)"


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
    a process (module.function) or, outside of any, in a part of the week.
    """
    if make is None:
        from abm import Model

        def make(**settings: Any) -> Any:
            return Model(until=until, scale=scale, seed=seed, **settings)

    add, change, decisions = add or add_nobody, change or leave_early, decisions or drawn
    n_weeks = make().n_weeks
    start, half = n_weeks - 1, n_weeks // 2
    left: Sequence[int] = ()

    def null() -> Any:
        return make(policies=(f"baseline@{_day(0)}",), parameters=_same_value())

    def later() -> Any:
        return make(policies=(f"{LATE_POLICY}@{_day(start)}",))

    def more() -> Any:
        model = make()
        add(model)
        return model

    def halfway() -> Any:
        model = make()
        for _ in range(half):
            model.step()
        return model

    def other() -> Any:
        nonlocal left
        model = halfway()
        left = change(model)
        return model

    other()  # says who leaves
    late = f"a policy before it starts ({LATE_POLICY})"
    extra, leaves = "a person who takes part in nothing is added", f"one person leaves after {half} weeks"
    checks = [
        _compared("twice", "the baseline, run twice", (make, make), decisions, n_weeks),
        _compared("null", "a policy and a parameter that change nothing", (make, null), decisions, n_weeks),
        _compared("not yet", late, (make, later), decisions, start),
        _compared("one more", extra, (make, more), decisions, n_weeks, rows=False),
        _compared(
            "one other", leaves, (halfway, other), decisions, n_weeks - half, first=half, without=left, few=AT_ONCE
        ),
    ]
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


def drawn(model: Any, where: str, columns: Sequence[str]) -> tuple[str, ...]:
    """Give the decisions that a process (module.function), or any process called in a part of the week, draws.

    Read from the code of the modules: their `decision("...")` calls and lanes. Of a part of the week, only processes
    count that say in `WRITES` that they write these columns, if there are any.
    """
    here = vars(sys.modules[type(model).__module__])
    if "." in where:
        modules = [here[where.split(".")[0]]]
    else:
        method = getattr(type(model), where, None)
        if method is None:
            return ()
        called = dict.fromkeys(re.findall(r"\b(\w+)\.\w+\(", inspect.getsource(method)))
        modules = [here[name] for name in called if inspect.ismodule(here.get(name))]
        names = {column.split(".")[-1] for column in columns}
        modules = [module for module in modules if names & set(getattr(module, "WRITES", ()))] or modules
    sources = [inspect.getsource(module) for module in modules]
    found = [name for source in sources for name in re.findall(r'decision\(\s*"(\w+)"', source)]
    lanes = [lane.lower() for source in sources for lane in re.findall(r"\bLANE_(\w+)", source)]
    return tuple(dict.fromkeys([*found, *lanes]))


def _compared(
    name: str,
    meaning: str,
    makers: tuple[Callable[[], Any], Callable[[], Any]],
    decisions: Callable[[Any, str, Sequence[str]], Sequence[str]],
    weeks: int,
    *,
    first: int = 0,
    rows: bool = True,
    without: Sequence[int] = (),
    few: float = 0.0,
) -> Check:
    """Let two models take weeks until they differ; `rows` counts numbers of rows too, `few` may differ at once."""
    models = [make() for make in makers]
    if difference := _difference(_state(models[0]), _state(models[1]), rows, without):
        return Check(name, meaning, False, 0, _named(models[0], first, ("start", ""), difference, decisions))
    for week in range(weeks):
        if seen := _first_difference(models, False, rows, without):
            again = [make() for make in makers]  # to see that week after every process, which takes long
            for model in again:
                for _ in range(week):
                    model.step()
            place, difference = _first_difference(again, True, rows, without) or seen
            found = _named(models[0], first + week, place, difference, decisions)
            return Check(name, meaning, found.share <= few, week + 1, found)
    return Check(name, meaning, True, weeks)


def _first_difference(
    models: Sequence[Any], closely: bool, rows: bool, without: Sequence[int]
) -> tuple["Place", dict[str, float]] | None:
    """Let both models take a week and give the first place in it after which they differ, and what differs."""
    for place, one, other in _together(*(_take_week(model, closely) for model in models)):
        if difference := _difference(one, other, rows, without):
            return place, difference
    return None


State = dict[str, dict[str, np.ndarray]]
#: A part of the week and a process in it, which is "" once the part is over.
Place = tuple[str, str]


class _Seen:
    """A module of a process, whose functions tell when they are called."""

    def __init__(self, module: Any, tell: Callable[[str], None]) -> None:
        self._module, self._tell = module, tell

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._module, name)
        if isinstance(found, type) or not callable(found):
            return found

        def after(*args: Any, **named: Any) -> Any:
            given = found(*args, **named)
            self._tell(f"{self._module.__name__.rpartition('.')[2]}.{name}")
            return given

        return after


def _take_week(model: Any, closely: bool) -> list[tuple[Place, State]]:
    """Take a step and give the state after each of the calls that `step` makes and, `closely`, each process."""
    states: list[tuple[Place, State]] = []
    parts = dict.fromkeys(re.findall(r"^\s+self\.(\w+)\(\)\s*$", inspect.getsource(type(model).step), re.MULTILINE))
    here = vars(sys.modules[type(model).__module__])
    processes = {name: found for name, found in here.items() if inspect.ismodule(found) and hasattr(found, "WRITES")}
    now = ""

    def note(process: str = "") -> None:
        states.append(((now, process), _state(model)))

    def seen(part: str, call: Callable[[], Any]) -> Callable[[], Any]:
        def after() -> Any:
            nonlocal now
            now = part
            given = call()
            note()
            return given

        return after

    for part in parts:
        setattr(model, part, seen(part, getattr(model, part)))
    if closely:
        here.update({name: _Seen(module, note) for name, module in processes.items()})
    try:
        model.step()
    finally:
        here.update(processes)
        for part in parts:
            delattr(model, part)
    if not parts:
        states.append((("step", ""), _state(model)))
    return states


def _together(
    one: Sequence[tuple[Place, State]], other: Sequence[tuple[Place, State]]
) -> list[tuple[Place, State, State]]:
    """Put states side by side; where the two models call other processes, only the ends of parts are compared."""
    if [place for place, _ in one] != [place for place, _ in other]:
        one, other = ([(place, state) for place, state in of if not place[1]] for of in (one, other))
    return [(place, a, b) for (place, a), (_, b) in zip(one, other, strict=True)]


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
    place: Place,
    difference: Mapping[str, float],
    decisions: Callable[[Any, str, Sequence[str]], Sequence[str]],
) -> Difference:
    columns = tuple(sorted(difference))
    part, process = place
    found = tuple(decisions(model, process or part, columns))
    return Difference(week, part, process, columns, found, max(difference.values()))


def _same_value() -> Any:
    """Give the parameters with one of them set to the value it has."""
    from abm.parameters import load

    parameters = load()
    one = next(p for p in parameters.values() if p.values is None and not p.by and p.type == "float")
    return parameters.replace({one.name: one.value})


def _day(week: int) -> str:
    from abm.parameters.dates import date_of

    return date_of(week).isoformat()
