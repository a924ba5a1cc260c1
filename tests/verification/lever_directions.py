"""Does each lever move what the documents say it should move? Paired runs for every check in the register.

    python -m tests.verification.lever_directions              run what is missing and write docs/levers.md
    python -m tests.verification.lever_directions priority_ban start_homes --replicates 4

A check of `abm/data/register.yaml` gives two values of a lever, an outcome and the direction in which the documents
expect it to move. Both are run with the same seeds, so the same people have the same luck; the difference is judged by
its paired interval (Student's t, 98 percent, because up to three looks are taken: after 4, 8 and 12 pairs). Outcomes
are means over the last year of a run:

    NAME                       a column of the weekly table
    costs.CATEGORY             euros a week; costs.reception and costs.total are sums
    groups.DIMENSION.GROUP.COLUMN
    persons.NAME               what ``snapshot`` counts

Every run is kept as one small file named by a hash of code, values, seed, scale and last day, so a broken run resumes
and checks share their baselines.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import t as student

from abm import Model, load
from abm.register import Check, System, register
from abm.states import Housing, Legal
from experiments.metrics import WEEKLY

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "levers.md"
LOOKS = (4, 8, 12)
NEGLIGIBLE = 0.01  # of the level: an effect that is surely smaller is nothing to speak of, whatever its sign
CONFIDENCE = 0.98
SCALE = 0.05
YEAR = 52
SNAPSHOT_EVERY = 13
FIRST_SEED = 101


class Run(NamedTuple):
    """One run of the model: changed parameters as sorted pairs, so that equal runs are equal."""

    changes: tuple[tuple[str, Any], ...]
    seed: int
    until: str
    scale: float

    def file(self, folder: Path, version: str) -> Path:
        """Give where its outcomes are kept."""
        text = json.dumps([version, *self], sort_keys=True, default=str)
        return folder / f"{hashlib.blake2b(text.encode(), digest_size=10).hexdigest()}.json"


@dataclass(frozen=True)
class Verdict:
    """What a comparison found: the mean at the low end, the difference when the lever goes up, and its interval."""

    system: str
    check: Check
    pairs: int
    low: float
    difference: float
    half_width: float

    @property
    def moves(self) -> str:
        """Say which way the outcome moves: up, down, or nothing that can be told from chance."""
        if not abs(self.difference) > self.half_width:
            return "nothing"
        return "up" if self.difference > 0.0 else "down"

    @property
    def agrees(self) -> bool:
        """Say whether it is what the documents expect."""
        return self.moves == self.check.direction

    @property
    def as_registered(self) -> bool:
        """Say whether the register knows what the model finds."""
        if self.check.found == "nothing":
            negligible = abs(self.difference) + self.half_width < NEGLIGIBLE * abs(self.low)
            return self.moves in ("nothing", self.check.direction) or negligible
        return self.agrees != (self.check.found == "opposite") and self.moves != "nothing"


def version_of_model() -> str:
    """Give a hash of what a run depends on: not of policies or the register, whose words may change."""
    folder = ROOT / "abm"
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        if path.suffix in (".py", ".yaml", ".csv") and place.parts[0] != "policies" and "register" not in path.name:
            digest.update(place.as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def key_of(changes: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Give changes in a fixed order, without those that are the baseline anyway."""
    parameters = load()
    plain = {name: value for name, value in changes.items() if not _is_baseline(parameters[name.split(".")[0]], value)}
    return tuple(sorted(plain.items()))


def _is_baseline(parameter: Any, value: Any) -> bool:
    return parameter.values is None and not parameter.by and parameter.value == value


def snapshot(model: Model) -> dict[str, float]:
    """Count what no table holds: who waits for a home, how many residents people know, and how small groups fare."""
    homes, people = model.households, model.people
    waiting = (homes.legal == Legal.PERMIT) & (homes.housing < Housing.TRANSITION) & (homes.size > 0)
    size = homes.size / model.scale

    def persons(which: np.ndarray) -> float:
        return float(size[waiting & which].sum())

    grown = model.week - people.birth_week >= 18 * 52
    tenants = (people.housing == Housing.START_HOME) & (people.legal == Legal.PERMIT) & grown
    reception = (people.housing < Housing.TRANSITION) & (people.legal == Legal.GENERAL_TRACK) & grown
    lately = (people.housing >= Housing.TRANSITION) & (people.legal == Legal.PERMIT) & grown
    lately &= (model.week - people.housed_week < YEAR) & (people.housed_week >= 0)

    def mean(values: np.ndarray, which: np.ndarray) -> float:
        return float(values[which].mean()) if which.any() else np.nan

    def known(which: np.ndarray) -> float:
        return mean(people.natives, which)

    years = (model.week - people.birth_week) / 52.18
    at_home = (people.housing >= Housing.TRANSITION) & (people.housing < Housing.NONE) & (people.legal == Legal.PERMIT)
    elderly, came_alone = at_home & (years >= 67), homes.kind[people.household] == 1
    young = (years >= 18) & (years < 21) & (people.legal == Legal.PERMIT)

    return {
        "persons.waiting_alone": persons((homes.kind <= 1) & (homes.referent == 0)),
        "persons.waiting_families": persons(homes.kind >= 3),
        "persons.waiting_large_families": persons(homes.size >= 6),
        "persons.waiting_followers": persons(homes.referent > 0),
        "persons.natives_in_start_homes": known(tenants),
        "persons.natives_in_reception": known(reception),
        "persons.natives_of_the_housed": known(lately),
        "persons.debt_of_savers": mean(people.debt, lately & (people.contribution > 0)),
        "persons.natives_of_the_unfit": known(at_home & people.unfit & (years < 67)),
        "persons.capacity_of_the_young": mean(people.capacity, young & at_home),
        "persons.capacity_of_minors_alone": mean(people.capacity, young & came_alone),
        "persons.capacity_of_the_elderly": mean(people.capacity, elderly),
        "persons.language_of_the_elderly": mean(people.language, elderly),
    }


def outcomes(run: Run) -> dict[str, float]:
    """Run the model and give all outcomes by name."""
    parameters = load().replace(dict(run.changes))
    model = Model(until=run.until, scale=run.scale, seed=run.seed, parameters=parameters)
    seen = []
    while model.steps_done < model.n_weeks:
        model.step()
        left = model.n_weeks - model.steps_done
        if left < YEAR and left % SNAPSHOT_EVERY == 0:
            seen.append(snapshot(model))
    results = model.results()
    found = {name: float(np.mean([one[name] for one in seen])) for name in seen[0]}
    weekly = results.weekly.drop(columns=["week", "date"]).tail(YEAR).mean()
    found |= weekly.to_dict()
    costs = results.costs[results.costs["week"] >= model.n_weeks - YEAR].groupby("category")["euros"].sum() / YEAR
    found |= {f"costs.{name}": float(euros) for name, euros in costs.items()}
    found["costs.reception"] = float(costs[[name for name in costs.index if name.startswith("reception")]].sum())
    found["costs.total"] = float(costs.sum())
    groups = results.groups[results.groups["week"] >= model.n_weeks - YEAR].drop(columns=["week", "date"])
    means = groups.groupby(["dimension", "group"]).mean()
    for (dimension, group), row in means.iterrows():
        if dimension != "region":
            found |= {f"groups.{dimension}.{group}.{name}": float(value) for name, value in row.items()}
    return found


def perform(run: Run, folder: Path, version: str) -> None:
    """Make the file of a run, unless it is there."""
    file = run.file(folder, version)
    if not file.exists():
        text = json.dumps(outcomes(run))
        part = file.with_suffix(".part")
        part.write_text(text, encoding="utf-8")
        part.replace(file)


class Laboratory:
    """Runs what is asked for and keeps it in a folder."""

    def __init__(self, folder: Path, scale: float = SCALE, workers: int = 1) -> None:
        self.folder, self.scale, self.workers = folder, scale, workers
        self.pool: ProcessPoolExecutor | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self.version = version_of_model()

    def run(self, check: Check, side: Mapping[str, Any], seed: int) -> Run:
        """Give the run of one side of a check."""
        return Run(key_of(side), seed, check.until, self.scale)

    def fill(self, runs: Iterable[Run]) -> None:
        """Perform all runs that are missing, each once."""
        todo = [run for run in dict.fromkeys(runs) if not run.file(self.folder, self.version).exists()]
        if self.workers == 1:
            for run in todo:
                perform(run, self.folder, self.version)
            return
        self.pool = self.pool or ProcessPoolExecutor(self.workers)  # kept: starting one costs as much as a run
        for done in [self.pool.submit(perform, run, self.folder, self.version) for run in todo]:
            done.result()

    def read(self, run: Run, outcome: str) -> float:
        """Give an outcome of a performed run; it raises KeyError with the name if there is none such."""
        return json.loads(run.file(self.folder, self.version).read_text(encoding="utf-8"))[outcome]

    def judge(self, system: str, check: Check, looks: Iterable[int] = LOOKS) -> Verdict:
        """Run pairs until the interval excludes zero or the last look is taken."""
        verdict = None
        for pairs in looks:
            seeds = range(FIRST_SEED, FIRST_SEED + pairs)
            self.fill(self.run(check, side, seed) for seed in seeds for side in (check.low, check.high))
            low, high = (
                np.array([self.read(self.run(check, side, seed), check.outcome) for seed in seeds])
                for side in (check.low, check.high)
            )
            verdict = compare(system, check, low, high)
            if verdict.moves != "nothing":
                break
        if verdict is None:
            raise ValueError("a comparison needs at least one look")
        return verdict


def compare(system: str, check: Check, low: np.ndarray, high: np.ndarray) -> Verdict:
    """Judge paired outcomes (float64, one for each seed)."""
    difference = high - low
    n = len(difference)
    error = difference.std(ddof=1) / np.sqrt(n)
    half_width = float(student.ppf(0.5 + CONFIDENCE / 2.0, n - 1) * error)
    return Verdict(system, check, n, float(low.mean()), float(difference.mean()), half_width)


def checks(only: Iterable[str] = ()) -> list[tuple[System, Check]]:
    """Give the checks of the register, of all systems or of those named."""
    systems = register()
    chosen = [systems[name] for name in only] or list(systems.values())
    return [(system, check) for system in chosen for check in system.checks]


# The page ----------------------------------------------------------------------------------------------------------

HEAD = """# Levers: what moves, and which way

For each system of the source documents with a lever, the lever is set to a low and to a high value in all weeks and
the model is run with the same seeds. The difference (high less low) of an outcome that the mechanism should reach, as a
mean over the last year of the run, is given with its paired interval ({confidence:.0%}). `yes`: it moves as documents
expect. `no`: the model says otherwise, and the note says why. `unclear`: it cannot be told from chance in {most} pairs.

Made by `python -m tests.verification.lever_directions` at scale {scale:g}, {count} comparisons: {agree} as expected,
{opposite} opposite, {nothing} unclear. Sizes are those of extreme values of a lever, not of a policy.

| system | lever | outcome | last day | expected | difference | as expected |
|---|---|---|---|---|---|---|
"""


def page(verdicts: list[Verdict], scale: float) -> str:
    """Give the table as Markdown."""
    agree = sum(v.agrees for v in verdicts)
    nothing = sum(v.moves == "nothing" for v in verdicts)
    opposite = len(verdicts) - agree - nothing
    head = HEAD.format(
        confidence=CONFIDENCE,
        most=LOOKS[-1],
        scale=scale,
        count=len(verdicts),
        agree=agree,
        opposite=opposite,
        nothing=nothing,
    )
    return head + "\n".join(_row(v) for v in verdicts) + "\n"


def _row(v: Verdict) -> str:
    answer = "yes" if v.agrees else "unclear" if v.moves == "nothing" else "no"
    said = f"{answer}: {v.check.note}" if v.check.note and not v.agrees else answer
    unit = WEEKLY[v.check.outcome].unit if v.check.outcome in WEEKLY else ""
    change = f"{_number(v.difference)} ± {_number(v.half_width)} from {_number(v.low)} {unit}".rstrip()
    cells = (v.system, _lever(v.check), f"`{v.check.outcome}`", v.check.until, v.check.direction, change, said)
    return "| " + " | ".join(cells) + " |"


def _lever(check: Check) -> str:
    changed = [name for name in check.high if check.low.get(name) != check.high[name]]
    fixed = [f"{name} {_value(check.high[name])}" for name in check.high if name not in changed]
    moved = [f"`{name}` {_value(check.low.get(name, 'baseline'))} to {_value(check.high[name])}" for name in changed]
    return ", ".join(moved) + (f" (with {', '.join(fixed)})" if fixed else "")


def _value(value: Any) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)


def _number(value: float) -> str:
    size = abs(value)
    if size >= 1e6:
        return f"{value / 1e6:.2f} million"
    return f"{value:,.0f}" if size >= 100 else f"{value:.3g}"


def main(arguments: list[str] | None = None) -> int:
    """Run the comparisons and write the page; 1 if the register does not know what was found."""
    parser = argparse.ArgumentParser(description="Paired runs for every check in the register of systems.")
    parser.add_argument("systems", nargs="*", help="ids of systems; all when left out")
    parser.add_argument("--replicates", type=int, help="pairs of runs, one look; else up to 12 in three looks")
    parser.add_argument("--scale", type=float, default=SCALE)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--results", type=Path, default=ROOT / "results" / "levers")
    asked = parser.parse_args(arguments)
    laboratory = Laboratory(asked.results, asked.scale, asked.workers)
    looks = (asked.replicates,) if asked.replicates else LOOKS
    verdicts = []
    for system, check in checks(asked.systems):
        verdict = laboratory.judge(system.id, check, looks)
        verdicts.append(verdict)
        mark = "ok " if verdict.as_registered else "!! "
        print(mark + _row(verdict), flush=True)
    if not asked.systems:
        PAGE.write_text(page(verdicts, asked.scale), encoding="utf-8")
    return 0 if all(verdict.as_registered for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
