"""Search over levers for packages that no other beats in all objectives, and check that luck did not choose them.

    found = search(evaluate, factors, objectives, budget=500)
    found.kept          # survivors, scored on fresh luck
    found.optimism      # how much better they looked while they were searched for

A search picks what scored well, and what scored well was partly lucky (the optimiser's curse: Smith & Winkler 2006,
Management Science 52, 311-322). So every survivor is run again with seeds that the search never saw; only what is not
beaten on those is kept, with limits, and the difference is reported. The search is epsilon-NSGA-II (Kollat & Reed
2006) of Platypus, an extra (`pip install '.[discovery]'`).
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from experiments.factors import Factor
from experiments.interval import reach
from experiments.sensitivity.given_data import MissingExtraError

#: points (unit cube), replicates, round (0 the search, 1 the check) -> (points, replicates, objectives); NaN failed.
Evaluate = Callable[[np.ndarray, int, int], np.ndarray]


class Objective(NamedTuple):
    """What is wanted: an outcome, its direction, and the difference (epsilon) that does not matter."""

    name: str
    epsilon: float
    maximise: bool = False


@dataclass(frozen=True)
class Search:
    """What was found. `kept` and `dropped`: values of the levers, and each objective with its low and high on fresh
    luck. `optimism`: objective, mean of search less fresh (positive is flattering), in its unit.
    """

    kept: pd.DataFrame
    dropped: pd.DataFrame
    optimism: pd.DataFrame
    evaluations: int


def search(
    evaluate: Evaluate,
    factors: Sequence[Factor],
    objectives: Sequence[Objective],
    *,
    budget: int = 500,
    population: int = 50,
    replicates: int = 2,
    fresh: int = 10,
    seed: int = 1,
) -> Search:
    """Search with `budget` points of `replicates` runs, then check survivors with `fresh` replicates of other luck."""
    platypus = _platypus()
    if len(objectives) < 2 or budget < 2 * population or fresh < 4 or replicates < 1:
        raise ValueError("a search needs two objectives, a budget of two populations and four fresh replicates")
    signs = np.array([-1.0 if one.maximise else 1.0 for one in objectives])
    k = len(factors)
    problem = platypus.Problem(k, len(objectives))
    problem.types[:] = platypus.Real(0, 1)
    seen = 0

    class Together(platypus.Evaluator):  # type: ignore[name-defined]
        """Makes all points of a generation in one call."""

        def evaluate_all(self, jobs: Any, **_: Any) -> Any:
            nonlocal seen
            jobs = list(jobs)
            points = np.array([job.solution.variables for job in jobs], float)
            seen += len(points)
            means = _means(evaluate(points, replicates, 0)) * signs
            for job, scores in zip(jobs, means, strict=True):
                # a point without a number is as bad as can be, so it never survives
                job.solution.objectives[:] = np.where(np.isfinite(scores), scores, 1e300).tolist()
                job.solution.evaluated = True
            return jobs

    state = random.getstate()
    try:
        random.seed(seed)  # Platypus draws from Python's global generator
        algorithm = platypus.EpsNSGAII(
            problem, [one.epsilon for one in objectives], population_size=population, evaluator=Together()
        )
        algorithm.run(budget)
        survivors = np.array([one.variables for one in algorithm.result], float)
        scored = np.array([list(one.objectives) for one in algorithm.result], float)
    finally:
        random.setstate(state)
    good = (scored < 1e299).all(axis=1)
    if not good.any():
        raise ValueError("no point of the search gave a number in every objective")
    return _checked(survivors[good], scored[good], evaluate, factors, objectives, signs, fresh, seen)


def _checked(
    survivors: np.ndarray,
    scored: np.ndarray,
    evaluate: Evaluate,
    factors: Sequence[Factor],
    objectives: Sequence[Objective],
    signs: np.ndarray,
    fresh: int,
    seen: int,
) -> Search:
    again = np.asarray(evaluate(survivors, fresh, 1), float)
    counts = np.isfinite(again).sum(axis=1)
    means = _means(again)
    with np.errstate(invalid="ignore", divide="ignore"):
        ends = reach(np.nanstd(again, axis=1, ddof=1), counts)
    frame = pd.DataFrame({one.name: one.at(survivors[:, i]) for i, one in enumerate(factors)})
    for position, objective in enumerate(objectives):
        frame[objective.name] = means[:, position]
        frame[f"{objective.name}_low"] = means[:, position] - ends[:, position]
        frame[f"{objective.name}_high"] = means[:, position] + ends[:, position]
    known = np.isfinite(means).all(axis=1)
    keep = known & ~beaten(np.where(known[:, None], means * signs, np.inf))
    better = np.nanmean(means[known] * signs - scored[known], axis=0)
    optimism = pd.DataFrame({"objective": [one.name for one in objectives], "optimism": better})
    evaluations = seen + len(survivors)
    return Search(frame[keep].reset_index(drop=True), frame[~keep].reset_index(drop=True), optimism, evaluations)


def beaten(scores: np.ndarray) -> np.ndarray:
    """Say of each row whether another is at least as low in every column and lower in one.

    >>> beaten(np.array([[1.0, 2.0], [2.0, 1.0], [2.0, 3.0]])).tolist()
    [False, False, True]
    """
    no_worse = (scores[None] <= scores[:, None]).all(axis=2)
    better = (scores[None] < scores[:, None]).any(axis=2)
    return np.asarray(np.any(no_worse & better, axis=1))


def _means(outcomes: np.ndarray) -> np.ndarray:
    values = np.asarray(outcomes, float)
    counts = np.isfinite(values).sum(axis=1)
    total = np.where(np.isfinite(values), values, 0.0).sum(axis=1)
    return np.where(counts > 0, total / np.maximum(counts, 1), np.nan)


def _platypus() -> Any:
    try:
        import platypus
    except ImportError:
        raise MissingExtraError(
            "the search needs Platypus; in the clone: pip install -c constraints.txt '.[discovery]'"
        ) from None
    return platypus
