"""`werkstand sensitivity`: the staged recipe, one method on one specification, or a plan of how many runs."""

import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.cli import BadInputError, FailedError, Parser
from analysis.cli.experiment import RESULTS, add_executor, go_on, shipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from experiments.folder import Experiment
    from experiments.specification import Specification

#: The recipe that is followed where none is named.
RECIPE = "recipe"


def parser(subparsers: Any) -> Parser:
    """Give the parser of the command."""
    made: Parser = subparsers.add_parser(
        "sensitivity",
        help="find out which inputs move the outcomes, and how sure that is",
        description="'werkstand sensitivity recipe [FILE]' goes through all stages: curves, screening, Sobol indices, "
        "report. 'werkstand sensitivity SPEC --method METHOD' makes and analyses one design; SPEC may also be the "
        "folder of an experiment. 'werkstand sensitivity plan SPEC' proposes how many runs at which scale.",
    )
    made.add_argument("what", nargs="+", metavar="WHAT", help="recipe [FILE], plan SPEC, or a specification or folder")
    made.add_argument("--method", metavar="METHOD", help="screen, sobol, given-data, efast, rbd-fast, delta, pawn, ...")
    made.add_argument("--out", metavar="DIR", help="folder to make or go on with (default: results/<name>)")
    made.add_argument("--n", type=int, metavar="N", help="blocks, trajectories or points (default: by method)")
    made.add_argument("--replicates", type=int, metavar="N", help="runs of each point (default: 2, or those of SPEC)")
    made.add_argument("--scale", type=float, metavar="S", help="agents per person, instead of that of the file")
    made.add_argument("--until", metavar="DATE", help="last day, instead of that of the file")
    made.add_argument("--seed", type=int, metavar="N", help="seed of design and luck, instead of that of the file")
    made.add_argument("--survivors", type=int, metavar="N", help="inputs that get Sobol indices (recipe)")
    made.add_argument("--question", default="value", metavar="Q", help="plan: screen, rank or value (%(default)s)")
    made.add_argument("--hours", type=float, default=4.0, metavar="H", help="plan: time there is (%(default)s)")
    made.add_argument("--dry-run", action="store_true", help="say what would be run, and stop")
    made.add_argument("--json", action="store_true", help="plan: print as JSON")
    add_executor(made)
    return made


def sensitivity(asked: Namespace) -> None:
    """Do what was asked; mistakes in a file or a design are told in one line."""
    from experiments.design import DesignError
    from experiments.planner import PlanError
    from experiments.sensitivity.given_data import MissingExtraError
    from experiments.sensitivity.recipe import RecipeError
    from experiments.specification import SpecificationError

    first, *rest = asked.what
    _check(asked)
    try:
        if first == "recipe" and len(rest) <= 1:
            return follow(asked, rest[0] if rest else RECIPE)
        if first == "plan" and len(rest) == 1:
            return plan(asked, rest[0])
        if rest:
            raise BadInputError("sensitivity: write recipe [FILE], plan SPEC, or one specification")
        return one(asked, first)
    except (DesignError, PlanError, RecipeError, SpecificationError, MissingExtraError) as error:
        raise BadInputError(f"sensitivity: {error}") from error


def _check(asked: Namespace) -> None:
    """Refuse numbers that cannot be, before anything is read or made."""
    from abm.parameters import closest
    from experiments.planner import QUESTIONS

    for name in ("n", "replicates", "survivors"):
        given = getattr(asked, name)
        if given is not None and given < 1:
            raise BadInputError(f"sensitivity: --{name}: {given} is too few; at least 1")
    if not 0 < asked.hours < float("inf"):
        raise BadInputError(f"sensitivity: --hours: {asked.hours:g} is not a time; give hours above 0")
    if asked.question not in QUESTIONS:
        hint = closest(asked.question, QUESTIONS)
        raise BadInputError(f"sensitivity: --question: there is no '{asked.question}'.{hint}")


def follow(asked: Namespace, given: str) -> None:
    """Follow a recipe and write its report."""
    from analysis.sensitivity import write
    from experiments.sensitivity.recipe import follow as go_through
    from experiments.sensitivity.recipe import read

    instead = {name: getattr(asked, name) for name in ("scale", "until", "seed", "survivors")}
    recipe = read(find(given, "recipes"), **instead)
    runs = recipe.runs
    parts = ", ".join(f"{name} {number}" for name, number in runs.items())
    print(
        f"{recipe.name}: {len(recipe.factors)} inputs, about {sum(runs.values())} runs ({parts}), "
        f"scale {recipe.scale:g}"
    )
    if asked.dry_run:
        return
    folder = Path(asked.out) if asked.out else RESULTS / f"sensitivity-{recipe.name}"
    found = go_through(recipe, folder, maker(asked), print)
    written = write(found, folder / "report")
    print(f"Report: {written.report} ({written.tables} tables, {written.figures} figures)")


def one(asked: Namespace, given: str) -> None:
    """Make one design, or take a stored experiment, and analyse it with one method."""
    from analysis.sensitivity import METHODS, layout_for, write_one
    from experiments.folder import MANIFEST, open_folder
    from experiments.sensitivity.layout import of_experiment
    from experiments.sensitivity.stages import Stage

    method = _method(asked, METHODS)
    if (Path(given) / MANIFEST).exists():
        experiment = open_folder(given)
        layout, folder = of_experiment(experiment), experiment.folder
        layout_for(method, layout)
    else:
        specification = _specification(asked, given, METHODS[method])
        number = len(specification.design) * specification.replicates
        print(f"{specification.name}: {method}, {number} runs, scale {specification.scale:g}")
        if asked.dry_run:
            return
        folder = Path(asked.out) if asked.out else RESULTS / specification.name
        layout, experiment = Stage(folder, specification, maker(asked)).run()
    written = write_one(method, layout, experiment, folder / f"analysis-{method}", seed=asked.seed or 1)
    print(f"Report: {written.report} ({written.tables} tables, {written.figures} figures)")


def plan(asked: Namespace, given: str) -> None:
    """Run a short pilot and print what it proposes."""
    from analysis.cli.tables import console, table
    from experiments.planner import measure, proposals
    from experiments.run import processors

    specification = _specification(asked, given, "lhs", n=6)
    scales = sorted({specification.scale / 4, specification.scale})
    print(f"pilot: 6 points x 3 replicates at scale {' and '.join(f'{scale:g}' for scale in scales)}")
    if asked.dry_run:
        return
    folder = Path(asked.out) if asked.out else RESULTS / f"{specification.name}-pilot"
    rows = _pilot(specification, scales, folder, asked)
    workers = asked.workers or processors()
    inputs = len(specification.design.factors)
    found = {}
    for outcome in specification.outcomes:
        try:
            pilot = measure(rows, outcome.name, luck="common")
            found[outcome.name] = pilot, proposals(pilot, inputs, asked.question, hours=asked.hours, workers=workers)
        except ValueError as error:
            print(f"{outcome.name}: {error}")
    if asked.json:
        print(json.dumps({name: proposed.to_dict("records") for name, (_, proposed) in found.items()}, indent=1))
        return
    width = "Smallest effect (sd)" if asked.question == "screen" else "Half-width"
    for name, (pilot, proposed) in found.items():
        best = proposed.iloc[0]
        shift = max((abs(value) for value in pilot.shifts.values()), default=0.0)
        print(
            f"{name}: luck is {pilot.noise_share(scales[-1]):.0%} of one run at scale {scales[-1]:g}, of which "
            f"{pilot.shared:.0%} cancels under shared luck; scales differ by {shift:.1f} sd of luck"
        )
        drawn = table("Scale", "N", "Replicates", "Runs", "Hours", width, "Enough", right=range(7))
        for row in proposed.head(5).to_dict("records"):
            cells = (f"{row['n']}", f"{row['replicates']}", f"{row['runs']}", f"{row['hours']:.2g}")
            drawn.add_row(f"{row['scale']:g}", *cells, f"{row['half_width']:.3f}", "yes" if row["enough"] else "no")
        console().print(drawn)
        kind = "Shortest that is enough" if best["enough"] else f"Not enough; most precise in {asked.hours:g} hours"
        print(f"{kind}: --n {best['n']} --replicates {best['replicates']} --scale {best['scale']:g}")


def _pilot(specification: "Specification", scales: list[float], folder: Path, asked: Namespace) -> Any:
    """Make the runs of a pilot at each scale and give them as the planner reads them."""
    from dataclasses import replace

    import pandas as pd

    from experiments.sensitivity.stages import Stage

    parts = []
    for scale in scales:
        own = replace(specification, scale=scale, replicates=3, luck="shared")
        stage = Stage(folder / f"scale-{scale:g}", own, maker(asked))
        _, experiment = stage.run()
        seconds = {run: entry["seconds"] for run, entry in experiment.state().finished.items()}
        results = experiment.results()
        parts.append(results.assign(scale=scale, seconds=results["run"].map(seconds)))
    return pd.concat(parts, ignore_index=True)


def _specification(asked: Namespace, given: str, kind: str, n: int | None = None) -> "Specification":
    """Read a specification and give it the design that the method needs, with an inert input."""
    from dataclasses import replace

    from abm.parameters import load
    from experiments import design as designs
    from experiments.factors import INERT, factor
    from experiments.sensitivity.choice import DUMMY
    from experiments.sensitivity.salib import LEAST
    from experiments.specification import read

    read_from = read(find(given))
    if len(read_from.design.policies) > 1:
        raise BadInputError("sensitivity: the specification has several sets of policies; leave one under 'policies'")
    if not read_from.design.factors:
        raise BadInputError(f"sensitivity: {given} varies no parameters")
    factors = list(read_from.design.factors)
    if not any(one.name.startswith(INERT) for one in factors):
        factors.append(factor(DUMMY, load()))
    seed = asked.seed if asked.seed is not None else read_from.seed
    size = n or asked.n or LEAST[kind]
    made = getattr(designs, kind)(factors, size, seed=seed).across(read_from.design.policies)
    changes = {name: getattr(asked, name) for name in ("scale", "until") if getattr(asked, name) is not None}
    return replace(
        read_from,
        name=f"{read_from.name}-{kind}",
        design=made,
        replicates=asked.replicates or max(read_from.replicates, 2),
        seed=seed,
        luck="block" if kind in ("sobol", "morris") else "independent",
        source="",
        **changes,
    )


def _method(asked: Namespace, methods: Any) -> str:
    from abm.parameters import closest

    if asked.method is None:
        raise BadInputError(f"sensitivity: name a --method: {', '.join(methods)}")
    if asked.method not in methods:
        raise BadInputError(f"sensitivity: --method: there is no '{asked.method}'.{closest(asked.method, methods)}")
    return str(asked.method)


def maker(asked: Namespace) -> "Callable[[Experiment], None]":
    """Give what makes the runs of an experiment; runs that were given up are told of, and left out of the analysis."""

    def make(experiment: "Experiment") -> None:
        try:
            go_on(experiment, asked, quiet=True)
        except FailedError as error:
            state = experiment.state()
            if not state.failed or len(state.finished) + len(state.failed) < len(experiment.design):
                raise
            print(f"werkstand: {error}; the analysis goes on without them", file=sys.stderr)

    return make


def find(given: str, kind: str = "") -> Path:
    """Give a file, or by its name one that is shipped: a recipe, a calibration, or a specification (no kind)."""
    import experiments
    from abm.parameters import closest

    path = Path(given)
    if path.is_file():
        return path
    known = shipped()
    if kind:
        known = {one.stem: one for one in sorted((Path(experiments.__path__[0]) / "specs" / kind).glob("*.yaml"))}
    if given in known:
        return known[given]
    raise BadInputError(f"{given}: there is no such file.{closest(given, known)}")
