"""Run one interaction from the command line and print it: cells, main effects, interaction, and a plain sentence."""

import argparse
import itertools
import sys
from collections.abc import Iterator, Sequence

import pandas as pd

from experiments.compare import Effect
from experiments.interactions.contrasts import contrast, level
from experiments.interactions.design import STARTS, Factor, Interaction, Runs, combinations, every
from experiments.outcomes import Outcome
from experiments.run import RunError, Settings, replicates


def main(interaction: Interaction, arguments: Sequence[str] | None = None) -> int:
    """Run an interaction with the options of the command line; gives the exit code."""
    parser = argparse.ArgumentParser(description=f"{interaction.title}. {interaction.hypothesis}")
    parser.add_argument("--scale", type=float, default=0.1, help="share of the people simulated (0.1)")
    parser.add_argument("--replicates", type=int, default=5, help="runs of each combination, at least 2 (5)")
    parser.add_argument("--until", default="2030-12-31", help="last day (2030-12-31)")
    parser.add_argument("--starts", default=STARTS, help=f"day on which the levers change ({STARTS})")
    parser.add_argument("--workers", type=int, default=1, help="processes (1)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the first replicate (1)")
    given = parser.parse_args(arguments)
    try:
        if given.replicates < 2:
            raise ValueError(f"replicates: {given.replicates} is too few; an interval takes at least 2")
        settings = Settings(given.until, given.scale, given.seed, given.replicates)
        runs = interaction.run(settings, given.starts, lambda one: list(replicates(one, workers=given.workers)))
    except (ValueError, RunError) as error:
        print(error, file=sys.stderr)
        return 2
    period = f"levers from {given.starts}, until {given.until}"
    print("\n".join(report(interaction, runs, f"Scale {given.scale:g}, {given.replicates} replicates, {period}.")))
    return 0


def listing() -> list[str]:
    """Give a line for each interaction: the name of its script and what it is about."""
    found = every()
    width = max(map(len, found))
    return [f"{name:<{width}}  {interaction.title}" for name, interaction in found.items()]


def report(interaction: Interaction, runs: Runs, of: str) -> list[str]:
    """Give the lines that are printed."""
    lines = [interaction.title, interaction.hypothesis, f"Source: {interaction.source}", of]
    lines += [f"Not active in some run: {name} ({reason})." for name, reason in runs.idle.items()]
    for outcome in runs.outcomes:
        lines += ["", f"{outcome.label} ({_summary(outcome)}{outcome.unit})"]
        lines += _table(_rows(interaction.factors, runs.frame, outcome.name))
        lines += [f"  {sentence(chosen, runs.frame, outcome)}" for chosen in _with_the_first(interaction.factors)]
    return [*lines, "", "Intervals are paired 95% intervals, each on its own: of twenty, about one misses by chance."]


def sentence(factors: Sequence[Factor], frame: pd.DataFrame, outcome: Outcome) -> str:
    """Say whether the effect of the first factor (the interaction of the first two, of three) depends on the last.

    Factors of the frame that are not named are averaged over.
    """
    *first, last = factors
    of = [factor.name for factor in first]
    without, with_ = (contrast(frame, outcome.name, of, {last.name: on}) for on in (False, True))
    change = contrast(frame, outcome.name, [*of, last.name])
    what = "The effect of " + of[0] if len(of) == 1 else "The interaction of " + " and ".join(of)
    if change.n < 2:
        return f"{what}: unknown, because {change.missing} of the replicates have no number in some combination."
    words = [f"{_number(one.mean)} at '{word}'" for one, word in zip((without, with_), last.words, strict=True)]
    size = ", ".join(words)
    by = f"a difference of {_number(change.mean)} {_between(change)}"
    if not change.clear:
        return f"{what}: no interaction with {last.name} seen ({size}; {by})."
    if without.mean * with_.mean < 0:
        verb = "turns around"
    else:
        verb = "grows" if abs(with_.mean) > abs(without.mean) else "shrinks"
    return f"{what} {verb} with {last.name} ({size}; {by})."


def _with_the_first(factors: Sequence[Factor]) -> Iterator[Sequence[Factor]]:
    """Give the first factor with each of the others, then all three if there are three."""
    first, *others = factors
    yield from ([first, other] for other in others)
    if len(factors) > 2:
        yield factors


def _rows(factors: Sequence[Factor], frame: pd.DataFrame, outcome: str) -> Iterator[tuple[str, str, str]]:
    for setting in combinations(factors):
        words = [f"{factor.name}: {factor.words[setting[factor.name]]}" for factor in factors]
        yield _row(", ".join(words), level(frame, outcome, setting))
    for size in range(1, len(factors) + 1):
        for chosen in itertools.combinations([factor.name for factor in factors], size):
            name = "effect of " if size == 1 else "interaction of "
            yield _row(name + " x ".join(chosen), contrast(frame, outcome, chosen))


def _row(name: str, found: Effect) -> tuple[str, str, str]:
    return name, _number(found.mean), _between(found)


def _table(rows: Iterator[tuple[str, str, str]]) -> list[str]:
    cells = list(rows)
    name, number, between = (max(len(row[column]) for row in cells) for column in range(3))
    return [f"  {row[0]:<{name}}  {row[1]:>{number}}  {row[2]:>{between}}" for row in cells]


def _summary(outcome: Outcome) -> str:
    return {"mean": "mean, ", "sum": "sum, ", "last": "at the end, "}.get(outcome.summary, f"{outcome.summary}, ")


def _between(found: Effect) -> str:
    return f"[{_number(found.low)}, {_number(found.high)}]"


def _number(value: float) -> str:
    if value != value:
        return "unknown"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
