"""Which policy holds up when neither the future nor the luck is known?

    rank(outcomes, policies, higher_is_better=True).scores

`outcomes` has shape (policies, futures, replicates): every policy in the same futures, with the replicates of a
future paired. Each metric turns a policy's row of futures into one number in which higher is better (McPhail, C. et
al. (2018). Robustness metrics: how are they calculated, when should they be used and why do they give different
results? Earth's Future 6, 169-191; Savage 1951 for regret; Hurwicz 1953; Kwakkel, J. H., Eker, S. & Pruyt, E. (2016)
for undesirable deviations).

A future is not one number but a distribution over luck. `of_replicates` says what of it counts: its mean, or a
quantile, such as the 10th percentile for those who fear bad luck. Maxima and minima over noisy numbers favour the
lucky, so limits come from drawing futures and, within them, replicates again, and `chance_best` says how often each
policy comes first. `chance_first_apart` is stricter: how often a policy comes first on both of two halves of the luck.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from abm.parameters import closest

DRAWS = 1000
LEVEL = 0.95


class RobustnessError(ValueError):
    """Policies cannot be scored; the message is one line."""


Metric = Callable[[np.ndarray], np.ndarray]


def regret(values: np.ndarray) -> np.ndarray:
    """Give how much each policy falls short of the best policy in each future: (..., policies, futures), 0 is best."""
    return np.asarray(values.max(axis=-2, keepdims=True) - values)


def maximin(values: np.ndarray) -> np.ndarray:
    """Give the worst future of each policy."""
    return np.asarray(values.min(axis=-1))


def maximax(values: np.ndarray) -> np.ndarray:
    """Give the best future of each policy."""
    return np.asarray(values.max(axis=-1))


def hurwicz(values: np.ndarray, pessimism: float = 0.5) -> np.ndarray:
    """Give the worst and the best future weighed by pessimism (1 is maximin)."""
    return pessimism * maximin(values) + (1 - pessimism) * maximax(values)


def expected(values: np.ndarray) -> np.ndarray:
    """Give the mean over futures (Laplace: all as likely)."""
    return np.asarray(values.mean(axis=-1))


def percentile(values: np.ndarray, share: float = 0.1) -> np.ndarray:
    """Give the value that a share of the futures falls below."""
    return np.asarray(np.quantile(values, share, axis=-1))


def minus_max_regret(values: np.ndarray) -> np.ndarray:
    """Give the largest regret of each policy, with a minus so that higher is better (Savage)."""
    return -regret(values).max(axis=-1)


def minus_percentile_regret(values: np.ndarray, share: float = 0.9) -> np.ndarray:
    """Give the regret that is exceeded in few futures only, with a minus: less at the mercy of one future."""
    return -np.quantile(regret(values), share, axis=-1)


def satisficing(values: np.ndarray, threshold: float) -> np.ndarray:
    """Give the share of futures in which a policy meets a threshold (Starr's domain criterion)."""
    return np.asarray((values >= threshold).mean(axis=-1))


def minus_undesirable_deviations(values: np.ndarray) -> np.ndarray:
    """Give the sum of shortfalls below the policy's own median, a future, with a minus."""
    short = np.median(values, axis=-1, keepdims=True) - values
    return -np.maximum(short, 0.0).mean(axis=-1)


METRICS: Mapping[str, Metric] = {
    "maximin": maximin,
    "maximax": maximax,
    "hurwicz": hurwicz,
    "expected": expected,
    "10th percentile": percentile,
    "max regret": minus_max_regret,
    "90th percentile regret": minus_percentile_regret,
    "undesirable deviations": minus_undesirable_deviations,
}


def of_replicates(outcomes: np.ndarray, quantile: float | None = None) -> np.ndarray:
    """Give one number a policy and future, (..., replicates) -> (...): the mean, or a quantile over luck."""
    if quantile is None:
        return np.asarray(outcomes.mean(axis=-1))
    return np.asarray(np.quantile(outcomes, quantile, axis=-1))


@dataclass(frozen=True)
class Ranking:
    """Scores with limits, and the chance that each policy comes first or at each rank.

    `scores`: metric, policy, value, low, high, rank, rank_low, rank_high, chance_best, chance_first_apart. Values
    have the unit of the outcome; regret is shown with a minus. `outranks[metric]`: the chance that the row's policy
    scores above the column's.
    """

    scores: pd.DataFrame
    outranks: Mapping[str, pd.DataFrame]
    futures: int
    replicates: int
    left_out: int


def rank(
    outcomes: np.ndarray,
    policies: Sequence[str],
    *,
    higher_is_better: bool = True,
    threshold: float | None = None,
    quantile: float | None = None,
    metrics: Mapping[str, Metric] | None = None,
    draws: int = DRAWS,
    level: float = LEVEL,
    seed: int = 1,
) -> Ranking:
    """Score and rank policies, shape (policies, futures, replicates); NaN is a run that failed.

    A replicate of a future counts when it gave a number under every policy; a future needs two of them. With a
    `threshold` (in the unit of the outcome) the share of futures that meet it is a metric too.
    """
    values = np.asarray(outcomes, float)
    if values.ndim != 3 or len(values) != len(policies):
        raise RobustnessError(
            f"outcomes of shape {values.shape} do not fit {len(policies)} policies; "
            "they are (policies, futures, replicates)"
        )
    if len(policies) < 2:
        raise RobustnessError("a ranking needs at least two policies")
    signed = values if higher_is_better else -values
    complete = np.isfinite(signed).all(axis=0)
    keep = complete.sum(axis=1) >= 2
    if keep.sum() < 2:
        raise RobustnessError(f"only {keep.sum()} of {len(keep)} futures have two replicates under every policy")
    signed, complete = signed[:, keep], complete[keep]
    chosen = dict(METRICS if metrics is None else metrics)
    if threshold is not None:
        chosen["satisficing"] = partial(satisficing, threshold=threshold if higher_is_better else -threshold)
    own = _summaries(signed, complete, quantile)
    rng = np.random.default_rng(seed)
    drawn = np.stack([_redrawn(signed, complete, quantile, rng) for _ in range(draws)])
    frames, outranks = [], {}
    for name, metric in chosen.items():
        again = metric(drawn)
        frames.append(_scored(name, metric(own), again, policies, level, _flipped(name, higher_is_better)))
        outranks[name] = _above(again, policies)
    apart = _chosen_apart(signed, complete, quantile, chosen, rng, min(draws, 200))
    scores = pd.concat(frames, ignore_index=True)
    scores["chance_first_apart"] = [
        apart[metric][list(policies).index(policy)]
        for metric, policy in zip(scores["metric"], scores["policy"], strict=True)
    ]
    return Ranking(scores, outranks, int(keep.sum()), values.shape[2], int((~keep).sum()))


def regret_table(
    outcomes: np.ndarray, policies: Sequence[str], *, higher_is_better: bool = True, quantile: float | None = None
) -> pd.DataFrame:
    """Give the regret of each policy (row) in each future (column), in the unit of the outcome."""
    values = of_replicates(np.asarray(outcomes, float), quantile)
    signed = values if higher_is_better else -values
    return pd.DataFrame(regret(signed), index=list(policies))


def of_experiment(experiment: Any, outcome: str) -> tuple[np.ndarray, list[str]]:
    """Give (policies, futures, replicates) and the policies of a stored experiment of policies x futures.

    Raises `RobustnessError` when it has one set of policies only, or no futures.
    """
    if len(experiment.manifest["policies"]) < 2 or "future" not in experiment.points:
        raise RobustnessError(f"{experiment.folder}: holds no policies x futures; it needs several sets and a design")
    futures = experiment.points.set_index("point")["future"]
    results = experiment.results()
    if outcome not in results:
        raise RobustnessError(f"no outcome is called '{outcome}'.{closest(outcome, experiment.outcome_names)}")
    filled, names = cube(results.assign(future=results["point"].map(futures)), outcome, list(experiment.policies))
    return filled, names


def cube(results: pd.DataFrame, outcome: str, policies: Sequence[str] | None = None) -> tuple[np.ndarray, list[str]]:
    """Give (policies, futures, replicates) and the policies from a results table.

    The table has columns policies, future, replicate and the outcome; what is missing is NaN.
    """
    missing = {"policies", "future", "replicate", outcome} - set(results.columns)
    if missing:
        raise RobustnessError(f"the results have no column '{min(missing)}'")
    names = list(policies) if policies is not None else list(dict.fromkeys(results["policies"]))
    futures = sorted(results["future"].unique())
    filled = np.full((len(names), len(futures), int(results["replicate"].max()) + 1), np.nan)
    rows = results[results["policies"].isin(names)]
    if rows.duplicated(["policies", "future", "replicate"]).any():
        raise RobustnessError("the results have two rows for one policy, future and replicate")
    place = {name: i for i, name in enumerate(names)}
    where = {future: i for i, future in enumerate(futures)}
    filled[rows["policies"].map(place), rows["future"].map(where), rows["replicate"]] = rows[outcome]
    return filled, names


def _summaries(signed: np.ndarray, complete: np.ndarray, quantile: float | None) -> np.ndarray:
    """Give (policies, futures) over the complete replicates."""
    if complete.all():
        return of_replicates(signed, quantile)
    columns = [of_replicates(signed[:, future, good], quantile) for future, good in enumerate(complete)]
    return np.stack(columns, axis=1)


def _redrawn(signed: np.ndarray, complete: np.ndarray, quantile: float | None, rng: np.random.Generator) -> np.ndarray:
    """Draw futures again, and within each its replicates; the same draws for all policies, which keeps pairs."""
    n, size = signed.shape[1:]
    futures = rng.integers(0, n, size=(n,))
    if complete.all():
        replicates = rng.integers(0, size, size=(n, size))
    else:
        replicates = np.stack([rng.choice(np.flatnonzero(complete[future]), size) for future in futures])
    return of_replicates(signed[:, futures[:, None], replicates], quantile)


def _chosen_apart(
    signed: np.ndarray,
    complete: np.ndarray,
    quantile: float | None,
    metrics: Mapping[str, Metric],
    rng: np.random.Generator,
    draws: int,
) -> dict[str, np.ndarray]:
    """Give how often each policy is first on both of two halves of the luck: a winner by luck is not.

    NaN when a future has fewer than four complete replicates.
    """
    if complete.sum(axis=1).min() < 4:
        return {name: np.full(len(signed), np.nan) for name in metrics}
    both = {name: np.zeros(len(signed)) for name in metrics}
    for _ in range(draws):
        halves = _halves(signed, complete, quantile, rng)
        for name, metric in metrics.items():
            first, second = (_first(metric(half)) for half in halves)
            both[name] += np.minimum(first, second)
    return {name: count / draws for name, count in both.items()}


def _halves(
    signed: np.ndarray, complete: np.ndarray, quantile: float | None, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Give two tables (policies, futures), each over a random half of the replicates of each future."""
    middle = signed.shape[2] // 2
    if complete.all():
        order = np.argsort(rng.random(signed.shape[1:]), axis=1)[None]
        mixed = np.take_along_axis(signed, order, axis=2)
        return of_replicates(mixed[..., :middle], quantile), of_replicates(mixed[..., middle:], quantile)
    halves = np.zeros((2, *signed.shape[:2]))
    for future, good in enumerate(complete):
        own = rng.permutation(np.flatnonzero(good))
        halves[0, :, future] = of_replicates(signed[:, future, own[: len(own) // 2]], quantile)
        halves[1, :, future] = of_replicates(signed[:, future, own[len(own) // 2 :]], quantile)
    return halves[0], halves[1]


def _first(scores: np.ndarray) -> np.ndarray:
    """Give 1 for the policy that scores best, shared between equals: (..., policies)."""
    best = scores == scores.max(axis=-1, keepdims=True)
    return np.asarray(best / best.sum(axis=-1, keepdims=True))


def _ranks(scores: np.ndarray) -> np.ndarray:
    """Give the rank of each policy, 1 the best, equals sharing the mean: (..., policies)."""
    above = (scores[..., None, :] > scores[..., :, None]).sum(axis=-1)
    level = (scores[..., None, :] == scores[..., :, None]).sum(axis=-1)
    return np.asarray(above + (level + 1) / 2)


def _flipped(name: str, higher_is_better: bool) -> bool:
    """Say whether a score is shown with the sign of the outcome turned back."""
    return not higher_is_better and "regret" not in name and name not in ("satisficing", "undesirable deviations")


def _scored(
    name: str, own: np.ndarray, drawn: np.ndarray, policies: Sequence[str], level: float, flip: bool
) -> pd.DataFrame:
    tails = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(drawn, tails, axis=0)
    ranks = np.quantile(_ranks(drawn), tails, axis=0)
    value, low, high = (-own, -high, -low) if flip else (own, low, high)
    return pd.DataFrame(
        {
            "metric": name,
            "policy": list(policies),
            "value": value,
            "low": low,
            "high": high,
            "rank": _ranks(own),
            "rank_low": ranks[0],
            "rank_high": ranks[1],
            "chance_best": _first(drawn).mean(axis=0),
        }
    )


def _above(drawn: np.ndarray, policies: Sequence[str]) -> pd.DataFrame:
    above = (drawn[:, :, None] > drawn[:, None, :]).mean(axis=0)
    level = (drawn[:, :, None] == drawn[:, None, :]).mean(axis=0)
    chance = above + level / 2
    np.fill_diagonal(chance, np.nan)
    return pd.DataFrame(chance, index=list(policies), columns=list(policies))
