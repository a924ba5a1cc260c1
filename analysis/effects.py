"""What a policy changes: differences between pairs of runs with the same luck, with their interval.

    effects = of_runs(baseline, {"start homes": run})           # two stored runs, or more
    effects = of_experiment(experiments.folder.open_folder("results/policies"))

Replicate k of the policy and replicate k of the baseline share their luck, so their difference holds only what the
policy changed and what followed from it. The interval is that of the mean difference over pairs (Student's t, 95 %).
With one pair there is a difference and no interval.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any, NamedTuple

import pandas as pd

from abm.parameters.dates import START, date_of
from experiments.folder import Experiment
from experiments.interval import interval, ratio
from experiments.outcomes import Outcome, outcome
from experiments.store import Run

EVERYONE = "everyone"
BASELINE = "baseline"
#: A row a pair of runs: what it is about, the future (empty when there is one), and both numbers.
PAIRS = ["outcome", "policy", "group", "future", "replicate", "baseline", "value", "unit", "better"]
#: A row an outcome, policy and group: the mean difference with its interval.
COLUMNS = ["outcome", "policy", "group", "effect", "low", "high", "unit", "better", "baseline", "pairs"]

#: Groups of the group tables that are compared.
GROUPS = {
    "sex": ("women", "men"),
    "education": ("illiterate", "low", "middle", "high"),
    "household": ("alone", "couple", "with_children"),
    "origin": ("syria", "horn", "turkiye_iran", "other_likely", "unlikely"),
}

#: How groups are called where their name in the data reads badly.
NAMES = {
    "syria": "Syria",
    "horn": "Horn of Africa",
    "turkiye_iran": "Türkiye, Iran",
    "other_likely": "other, often granted",
    "unlikely": "other, seldom granted",
}

#: Money is added up from here on, when a run goes further.
COUNTED_FROM = date(2026, 1, 1)


class EffectsError(ValueError):
    """Runs cannot be compared; the message is one line."""


class CostSteps(NamedTuple):
    """What `figures.cost_waterfall` draws: frames of cost by category and of days saved, the years, and a price.

    price: euros for each day in reception saved, low and high; NaN where the days saved are not told from zero.
    """

    steps: pd.DataFrame
    days: pd.DataFrame
    period: str
    price: tuple[float, float, float]


class Measure(NamedTuple):
    """An outcome as a figure shows it: title, how it is taken from a run, factor to its unit, which side is better."""

    title: str
    outcome: Outcome
    factor: float
    unit: str
    better: str = ""
    group: str = EVERYONE


def measures(until: str | date) -> list[Measure]:
    """Give the outcomes that are compared by default, for a run that ends on this day.

    Stocks and shares are means over the last two years (of a short run: its last half), money and departures are sums
    from 2026 on (of a run that ends before 2027: all of it).
    """
    last = until if isinstance(until, date) else date.fromisoformat(until)
    late = max(last - timedelta(days=730), START + (last - START) / 2).isoformat()
    summed = {"summary": "sum"} | ({"from": COUNTED_FROM.isoformat()} if last.year > COUNTED_FROM.year else {})
    mean = {"summary": "mean", "from": late}
    stated: list[tuple[str, dict[str, Any], float, str, str]] = [
        ("Status holders in reception", {"column": "status_holders_in_reception", **mean}, 1, "persons", "lower"),
        ("People in reception", {"column": "in_reception", **mean}, 1, "persons", ""),
        ("Motivation in reception", {"column": "motivation_in_reception", **mean}, 100, "points of 100", "higher"),
        ("Dutch of people in a route", {"column": "language_in_route", **mean}, 1, "CEFR level", "higher"),
        (
            "Status holders with work",
            {"column": "employed_permit", "per": "adults_permit", **mean},
            100,
            "% points",
            "higher",
        ),
        (
            "Status holders on benefit",
            {"column": "benefit_adults", "per": "adults_permit", **mean},
            100,
            "% points",
            "",
        ),
        ("Psychological complaints", {"column": "complaint_share", **mean}, 100, "% points", "lower"),
        ("Departures with support", {"column": "left_supervised", **summed}, 1, "persons", ""),
        ("Public cost", {"table": "costs", **summed}, 1e-6, "million euros", ""),
    ]
    return [
        Measure(title, outcome(_name(title), words, last), factor, unit, better)
        for title, words, factor, unit, better in stated
    ]


def counted(until: str | date, *, sums: bool = True) -> str:
    """Say over which years `measures` (or, without `sums`, `group_measures`) takes its numbers, in a sentence.

    >>> counted("2030-12-31", sums=False)
    'Means over the last two years, to 31 December 2030.'
    """
    last = until if isinstance(until, date) else date.fromisoformat(until)
    stretch = "the last two years" if last - timedelta(days=730) >= START + (last - START) / 2 else "the last half"
    means = f"means over {stretch}, to {last.day} {last:%B %Y}"
    if not sums:
        return f"M{means[1:]}."
    return f"Stocks and shares: {means}; money and departures: sums over {_years(last)[1]}."


def group_measures(until: str | date) -> list[Measure]:
    """Give the outcomes that are compared within groups, over the last two years of the run (or its last half)."""
    last = until if isinstance(until, date) else date.fromisoformat(until)
    late = max(last - timedelta(days=730), START + (last - START) / 2).isoformat()
    made = []
    for title, words, factor, unit, better in (
        ("Motivation", {"column": "motivation"}, 100, "points of 100", "higher"),
        ("Dutch", {"column": "language"}, 1, "CEFR level", "higher"),
        ("Paid work", {"column": "employed", "per": "adults"}, 100, "% points", "higher"),
        ("On benefit", {"column": "benefit", "per": "adults"}, 100, "% points", ""),
    ):
        for dimension, groups in GROUPS.items():
            for group in groups:
                where = {"table": "groups", "dimension": dimension, "group": group, "summary": "mean", "from": late}
                taken = outcome(_name(f"{title} {group}"), {**words, **where, "may_be_unknown": True}, last)
                named = f"{dimension}: {NAMES.get(group, group.replace('_', ' '))}"
                made.append(Measure(title, taken, float(factor), unit, better, named))
    return made


def pairs_of_runs(baseline: Run, others: Mapping[str, Run], wanted: list[Measure] | None = None) -> pd.DataFrame:
    """Give the pairs frame (`PAIRS`) of runs against a baseline; raises `EffectsError` for runs that do not pair."""
    until = baseline.manifest["until"]
    wanted = wanted or [*measures(until), *group_measures(until)]
    for name, run in others.items():
        _check(baseline, run, name)
    base = _numbers(baseline, wanted)
    rows = []
    for policy, run in others.items():
        for measure, before, after in zip(wanted, base, _numbers(run, wanted), strict=True):
            for replicate, (one, other) in enumerate(zip(before, after, strict=True)):
                numbers = (one * measure.factor, other * measure.factor, measure.unit, measure.better)
                rows.append((measure.title, policy, measure.group, "", replicate, *numbers))
    return pd.DataFrame(rows, columns=PAIRS)


def pairs_of_experiment(experiment: Experiment, baseline: str = BASELINE) -> pd.DataFrame:
    """Give the pairs frame of an experiment: a future is a point of its design, an outcome one of its own.

    Outcomes carry the name that the specification gives them. Raises `EffectsError` when no policy set is called like
    the baseline.
    """
    results = experiment.results()
    if baseline not in set(results["policies"]):
        known = ", ".join(dict.fromkeys(results["policies"])) or "no finished run"
        raise EffectsError(f"{experiment.folder}: has no policy set '{baseline}' to compare with, only {known}")
    factors = experiment.factors
    future = results[factors].astype(str).agg(", ".join, axis=1) if factors else pd.Series("", index=results.index)
    results = results.assign(future=future).set_index(["future", "replicate"])
    base = results[results["policies"] == baseline]
    parts = []
    for policy in dict.fromkeys(results["policies"]):
        if policy == baseline:
            continue
        own = results[results["policies"] == policy]
        for one in experiment.outcomes:
            held = pd.concat({BASELINE: base[one.name], "value": own[one.name]}, axis=1, join="inner").reset_index()
            words = {"outcome": one.name, "policy": policy, "group": EVERYONE, "unit": one.unit, "better": ""}
            parts.append(held.assign(**words)[PAIRS])
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=PAIRS)


def summary(pairs: pd.DataFrame) -> pd.DataFrame:
    """Give the effects frame (`COLUMNS`): a row for each outcome, policy and group, in the order of the pairs.

    Of several futures each counts once: the pairs of a future share what its effect depends on, so they are averaged
    first, as in `experiments.compare`, and the interval says how the effect varies over futures.
    """
    rows = []
    for (outcome_name, policy, group), held in pairs.groupby(["outcome", "policy", "group"], sort=False):
        first = held.iloc[0]
        effect = interval(over_futures(held["value"] - held[BASELINE], held["future"]))
        before = float(held[BASELINE].mean())
        rows.append((outcome_name, policy, group, *effect, first["unit"], first["better"], before, len(held)))
    return pd.DataFrame(rows, columns=COLUMNS)


def over_futures(numbers: pd.Series, future: pd.Series) -> pd.Series:
    """Give numbers that are independent: those of pairs as they are in one future, of several the mean of each."""
    if future.nunique() < 2:
        return numbers
    return numbers.groupby(future.to_numpy(), sort=False).agg(lambda own: own.mean(skipna=False))


def of_runs(baseline: Run, others: Mapping[str, Run], wanted: list[Measure] | None = None) -> pd.DataFrame:
    """Give the effects frame of runs against a baseline; `EffectsError` for runs that do not pair."""
    return summary(pairs_of_runs(baseline, others, wanted))


def of_experiment(experiment: Experiment, baseline: str = BASELINE) -> pd.DataFrame:
    """Give the effects frame of an experiment that has a policy set called like the baseline, with labels."""
    labels = {one.name: one.label for one in experiment.outcomes}
    return summary(pairs_of_experiment(experiment, baseline)).replace({"outcome": labels})


def taken(experiment: Experiment) -> str:
    """Say over which weeks the outcomes of an experiment are taken, in a sentence."""
    return "; ".join(f"{one.label or one.name}: {one.taken()}" for one in experiment.outcomes) + "."


def in_millions(found: pd.DataFrame) -> pd.DataFrame:
    """Give an effects frame in which outcomes in euros that reach a million are in million euros."""
    numbers = ["effect", "low", "high", BASELINE]
    largest = found[numbers].abs().groupby(found["outcome"]).max().max(axis=1)
    large = (found["unit"] == "euros") & (found["outcome"].map(largest) >= 1e6)
    made = found.copy()
    made[numbers] = found[numbers].where(~large, found[numbers] / 1e6)
    made["unit"] = found["unit"].where(~large, "million euros")
    return made


def cost_steps(baseline: Run, run: Run, name: str, *, least: float = 0.01) -> CostSteps:
    """Give cost by category, days saved and the price of a day, for `figures.cost_waterfall`.

    Categories whose change is below `least` of the largest are added up as "other". The interval of the price is that
    of Fieller for the ratio of two means over the same pairs (`experiments.interval.ratio`).
    """
    _check(baseline, run, name)
    first, period = _period(baseline)
    sums = {key: _cost_sums(one, first) for key, one in ((BASELINE, baseline), ("policy", run))}
    change = (sums["policy"] - sums[BASELINE]) / 1e6
    sizes = change.mean().abs()
    small = sizes[sizes < least * sizes.max()].index
    if len(small):
        change = change.drop(columns=small).assign(other=change[small].sum(axis=1))
    order = change.drop(columns="other", errors="ignore").mean().sort_values().index.tolist()
    order += ["other"] * ("other" in change)
    rows = [(category, *interval(change[category])) for category in order]
    rows.append(("net", *interval(change.sum(axis=1))))
    steps = pd.DataFrame(rows, columns=["category", "euros", "low", "high"])
    kinds = {"regular": "in_regular", "emergency": "in_emergency", "elsewhere": "in_elsewhere", "all": "in_reception"}
    saved = []
    for kind, column in kinds.items():
        days = {
            key: 7e-3 * one.weekly[one.weekly["week"] >= first].groupby("replicate")[column].sum()
            for key, one in ((BASELINE, baseline), ("policy", run))
        }
        saved.append((kind, *interval(days[BASELINE] - days["policy"])))
    net = change.sum(axis=1)  # in million euros; the days in all reception, the last kind, are in thousands
    price = ratio(1e3 * net, (days[BASELINE] - days["policy"]).reindex(net.index))
    return CostSteps(steps, pd.DataFrame(saved, columns=["kind", "days", "low", "high"]), period, price)


def label(run: Run) -> str:
    """Say in few words what was changed in a run: its policies and parameters."""
    named = [str(one["name"]).replace("_", " ") for one in run.manifest.get("policies", ())]
    changed = [f"{name} = {value}" for name, value in run.manifest["changed"].items()]
    return ", ".join([*named, *changed]) or BASELINE


def _period(run: Run) -> tuple[int, str]:
    """Give the first week that is counted, and the years in words."""
    last = date.fromisoformat(run.manifest["until"])
    weeks = run.weekly["week"].drop_duplicates()
    first, words = _years(last)
    return min(int(week) for week in weeks if date_of(int(week)) >= first), words


def _years(last: date) -> tuple[date, str]:
    first = START if last.year <= COUNTED_FROM.year else COUNTED_FROM
    return first, f"{first.year} to {last.year}" if first.year != last.year else str(last.year)


def _cost_sums(run: Run, first: int) -> pd.DataFrame:
    own = run.costs[run.costs["week"] >= first]
    return own.groupby(["replicate", "category"])["euros"].agg(lambda euros: euros.sum(skipna=False)).unstack()


def _check(baseline: Run, run: Run, name: str) -> None:
    counts = [len(one.manifest["seeds"]) for one in (run, baseline)]
    if counts[0] != counts[1]:
        raise EffectsError(
            f"{name}: does not pair with the baseline: it has {counts[0]} replicate{'s' if counts[0] > 1 else ''}, the "
            f"baseline {counts[1]}; make both with the same --replicates"
        )
    for key in ("seeds", "until", "scale"):
        if baseline.manifest[key] != run.manifest[key]:
            shown = f"{key} {run.manifest[key]}, the baseline {baseline.manifest[key]}"
            raise EffectsError(f"{name}: does not pair with the baseline: it has {shown}")
    if baseline.manifest["code"]["sha256"] != run.manifest["code"]["sha256"]:
        raise EffectsError(f"{name}: was made by other code than the baseline; make both with one version")


def _numbers(run: Run, wanted: list[Measure]) -> list[list[float]]:
    """Give for each measure the number of every replicate, in their order."""
    tables = {measure.outcome.table for measure in wanted}
    held: list[list[float]] = [[] for _ in wanted]
    for replicate in range(int(run.manifest["replicates"])):
        parts = {}
        for name in tables:
            frame = getattr(run, name)
            parts[name] = frame[frame["replicate"] == replicate]
        grouped = dict(tuple(parts["groups"].groupby(["dimension", "group"]))) if "groups" in parts else {}
        for numbers, measure in zip(held, wanted, strict=True):
            asked = measure.outcome
            own = dict(parts)
            if asked.table == "groups":
                own["groups"] = grouped[(asked.dimension, asked.group)]
            numbers.append(asked.of(SimpleNamespace(**own)))
    return held


def _name(title: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in title.lower())
