"""`werkstand decide`: which of several policies holds up in uncertain futures, and where one fails."""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.cli import BadInputError, Parser

if TYPE_CHECKING:
    import numpy as np

    from experiments.folder import Experiment


def parser(subparsers: Any) -> Parser:
    """Give the parser of the command."""
    made: Parser = subparsers.add_parser(
        "decide",
        help="rank policies over uncertain futures, with intervals on the ranking",
        description="Score the policies of an experiment of policies x futures by regret, maximin, satisficing and "
        "others; draw futures and luck again for intervals. With --policy, find the futures in which it fails.",
    )
    made.add_argument("folder", metavar="FOLDER", help="folder of an experiment with several policies and futures")
    made.add_argument("--outcome", metavar="NAME", help="outcome to judge by (default: the first)")
    made.add_argument("--less-is-better", action="store_true", help="low values are good (waiting, cost)")
    made.add_argument(
        "--threshold", type=float, metavar="X", help="value that satisfies; failing it is what --policy looks for"
    )
    made.add_argument("--quantile", type=float, metavar="Q", help="quantile over luck to judge by, instead of the mean")
    made.add_argument("--policy", metavar="NAME", help="policy whose failures are looked for (needs --threshold)")
    made.add_argument("--method", default="prim", metavar="M", help="prim or cart (default: %(default)s)")
    made.add_argument("--out", metavar="DIR", help="folder for tables and figures (default: FOLDER/decision)")
    made.add_argument("--seed", type=int, default=1, metavar="N", help="seed of the resampling (default: %(default)s)")
    return made


def decide(asked: Namespace) -> None:
    """Print the ranking, and where a policy fails when that is asked; write tables and figures."""
    from experiments.discovery import DiscoveryError
    from experiments.folder import open_folder
    from experiments.robustness import RobustnessError, of_experiment
    from experiments.sensitivity.given_data import MissingExtraError

    if asked.policy and asked.threshold is None:
        raise BadInputError("decide: --policy needs --threshold, the value below (or above) which it fails")
    if asked.quantile is not None and not 0 <= asked.quantile <= 1:
        raise BadInputError(f"decide: --quantile: {asked.quantile:g} does not lie between 0 and 1")
    experiment = open_folder(asked.folder)
    try:
        outcome = asked.outcome or experiment.outcome_names[0]
        cube, policies = of_experiment(experiment, outcome)
        folder = Path(asked.out) if asked.out else experiment.folder / "decision"
        rank(asked, experiment, outcome, cube, policies, folder)
        if asked.policy:
            where_it_fails(asked, experiment, outcome, cube, policies, folder)
    except (RobustnessError, DiscoveryError, MissingExtraError) as error:
        raise BadInputError(f"decide: {error}") from error
    print(f"Tables and figures: {folder}")


def rank(
    asked: Namespace, experiment: "Experiment", outcome: str, cube: "np.ndarray", policies: list[str], folder: Path
) -> None:
    """Print and write the ranking."""
    from analysis import provenance, theme
    from analysis.cli.tables import console, table
    from analysis.figures import regret
    from analysis.figures.inputs import policy_titles
    from experiments import robustness

    better = not asked.less_is_better
    found = robustness.rank(
        cube, policies, higher_is_better=better, threshold=asked.threshold, quantile=asked.quantile, seed=asked.seed
    )
    regrets = robustness.regret_table(cube, policies, higher_is_better=better, quantile=asked.quantile)
    kept = regrets.dropna(axis=1)
    drawn = table("Metric", *(name.replace("_", " ") for name in policies), right=range(1, len(policies) + 1))
    for metric, rows in found.scores.groupby("metric", sort=False):
        own = {row["policy"]: row for row in rows.to_dict("records")}
        drawn.add_row(str(metric), *(_cell(own[policy]) for policy in policies))
    console().print(drawn)
    print(
        f"{experiment.label(outcome)}; {found.futures} futures, {found.replicates} replicates; rank, 95 percent limits."
    )
    print("Regret and undesirable deviations stand with a minus: the nearer to zero, the better.")
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    found.scores.to_csv(folder / "ranking.csv", index=False)
    regrets.to_csv(folder / "regret.csv")
    one = next(one for one in experiment.outcomes if one.name == outcome)
    caption = (
        f"Werkstand, scale {experiment.manifest['scale']:g}; {found.futures} futures, {found.replicates} replicates."
    )
    titles = policy_titles(experiment.policies)
    name = one.label or one.name
    figure = regret.draw(kept, found.scores, outcome=name, unit=one.unit, titles=titles, caption=caption)
    theme.save(figure, folder / "figures", "regret", provenance=provenance.of_experiment("regret", experiment))


def where_it_fails(
    asked: Namespace, experiment: "Experiment", outcome: str, cube: "np.ndarray", policies: list[str], folder: Path
) -> None:
    """Print and write the box of futures in which the policy misses the threshold."""
    import pandas as pd

    from abm.parameters import closest
    from analysis import provenance, theme
    from analysis.cli.tables import console, table
    from analysis.figures import discovery as figure_of
    from analysis.figures.inputs import factors_of, label, policy_titles, varied
    from experiments import discovery

    if asked.policy not in policies:
        raise BadInputError(f"decide: --policy: there is no '{asked.policy}'.{closest(asked.policy, policies)}")
    names, unit = discovery.futures_of(experiment)
    limit = asked.threshold

    def fails(means: "np.ndarray") -> "np.ndarray":
        return means > limit if asked.less_is_better else means < limit

    own = cube[policies.index(asked.policy)]
    found = discovery.boxes(names, unit, own, fails, method=asked.method, seed=asked.seed)
    drawn = table("Input", "Low", "High", "Resamples that agree", right=(1, 2, 3))
    for row in found.limits[found.limits["restricted"]].to_dict("records"):
        drawn.add_row(
            label(row["input"]), f"{row['low']:.0%} of its range", f"{row['high']:.0%}", f"{row['share']:.0%}"
        )
    console().print(drawn)
    for row in found.quality.to_dict("records"):
        print(f"{row['measure']}: {row['inside']:.0%}; in futures left out {row['left_out']:.0%}")
    print(f"{found.failed.mean():.0%} of the futures fail")
    print(f"Found in most resamples: {', '.join(found.stable) or 'nothing'}")
    found.limits.to_csv(folder / f"box_{asked.policy}.csv", index=False)
    known = pd.DataFrame(unit[_known(own)], columns=names).assign(failed=found.failed)
    word = "above" if asked.less_is_better else "below"
    figure = figure_of.draw(
        found.limits,
        found.quality,
        known,
        failure=f"{experiment.label(outcome)} lies {word} {limit:,g}",
        policy=policy_titles(experiment.policies)[asked.policy],
        ranges=varied(factors_of(experiment.manifest)),
        caption=f"Werkstand, scale {experiment.manifest['scale']:g}; {len(found.failed)} futures, "
        f"{own.shape[1]} replicates.",
    )
    name = f"box_{asked.policy}"
    theme.save(figure, folder / "figures", name, provenance=provenance.of_experiment(name, experiment))


def _known(own: "np.ndarray") -> "np.ndarray":
    import numpy as np

    return np.asarray(np.isfinite(own).any(axis=1))


def _cell(row: dict[Any, Any]) -> str:
    value = f"{row['value']:,.3g}" if abs(row["value"]) < 1000 else f"{row['value']:,.0f}"
    return f"{value}  #{row['rank']:.3g} ({row['rank_low']:.3g} to {row['rank_high']:.3g})"
