"""`werkstand calibrate`: parameters from the observed patterns, as a proposal in a file; nothing is changed."""

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.cli import BadInputError, Parser
from analysis.cli.experiment import RESULTS, add_executor

#: The plan that is followed where none is named.
PLAN = "calibration"


def parser(subparsers: Any) -> Parser:
    """Give the parser of the command."""
    made: Parser = subparsers.add_parser(
        "calibrate",
        help="propose parameters that meet the observed patterns",
        description="Rule out by history matching, then sample what is left, for each structural alternative of a "
        "plan. Patterns held out for testing are never used. Writes a proposed parameter file with a posterior sample.",
    )
    made.add_argument("file", nargs="?", default=PLAN, metavar="FILE", help="plan (default: the one that is shipped)")
    made.add_argument("--out", metavar="DIR", help="folder to make or go on with (default: results/<name>)")
    made.add_argument("--scale", type=float, metavar="S", help="agents per person, instead of that of the plan")
    made.add_argument("--until", metavar="DATE", help="last day, instead of that of the plan")
    made.add_argument("--seed", type=int, metavar="N", help="seed, instead of that of the plan")
    made.add_argument("--waves", type=int, metavar="N", help="waves of history matching, instead of those of the plan")
    made.add_argument("--points", type=int, metavar="N", help="points a wave, instead of those of the plan")
    made.add_argument("--replicates", type=int, metavar="N", help="runs of each point, instead of those of the plan")
    made.add_argument(
        "--set", action="append", default=[], dest="changes", metavar="NAME=VALUE", help="start from another value"
    )
    made.add_argument("--dry-run", action="store_true", help="say what would be run, and stop")
    add_executor(made)
    return made


def calibrate(asked: Namespace) -> None:
    """Calibrate and print what each structure meets and what is proposed."""
    from analysis.calibration import PlanError, compared, read, run
    from analysis.cli.sensitivity import find, maker
    from analysis.cli.tables import console, table
    from experiments.calibration import CalibrationError
    from experiments.design import DesignError
    from experiments.specification import SpecificationError

    try:
        plan = read(find(asked.file, "calibrations"), **_instead(asked))
        structures = ", ".join(one.name for one in plan.structures)
        print(f"{plan.name}: {len(plan.targets)} targets, structures: {structures}; at most {plan.runs} runs")
        if asked.dry_run:
            return
        folder = Path(asked.out) if asked.out else RESULTS / plan.name
        outcomes = run(plan, folder, maker(asked), print)
    except (PlanError, CalibrationError, DesignError, SpecificationError) as error:
        raise BadInputError(f"calibrate: {error}") from error
    for one in outcomes:
        drawn = table("Target", "", "Band", "Before", "After", right=(3, 4), title=one.structure.name)
        for old, row in zip(one.before.to_dict("records"), one.after.to_dict("records"), strict=True):
            drawn.add_row(row["target"], row["label"], f"{row['low']:g} to {row['high']:g}", _shown(old), _shown(row))
        console().print(drawn)
        estimated = table("Parameter", "Median", "90 %", "Prior width left", "", right=(1, 3))
        for row in one.found.summary.to_dict("records"):
            edge = f"presses against its {row['at_edge']} value" if row["at_edge"] else ""
            interval = f"{_number(row['low'])} to {_number(row['high'])}"
            estimated.add_row(row["parameter"], _number(row["median"]), interval, f"{row['width_left']:.0%}", edge)
        console().print(estimated)
        if one.found.set_aside:
            print(f"No point meets: {', '.join(one.found.set_aside)}; a finding about the model, set aside")
    if len(outcomes) > 1:
        side = table("Structure", "Met before", "Met after", "Of", "Log evidence", right=(1, 2, 3, 4))
        for each in compared(outcomes).to_dict("records"):
            numbers = (each["met_before"], each["met_after"], each["targets"])
            side.add_row(each["structure"], *map(str, numbers), f"{each['log_evidence']:.1f}")
        console().print(side)
    for one in outcomes:
        less, more = one.met()
        print(f"{one.structure.name}: {less} targets met before, {more} after: {folder / one.structure.name}")
        print(f"Proposed: {folder / one.structure.name / 'proposed.yaml'} (nothing was changed)")


def _instead(asked: Namespace) -> dict[str, Any]:
    from abm.parameters import load
    from analysis.cli.run import read_changes

    names = ("scale", "until", "seed", "waves", "points", "replicates")
    instead = {name: getattr(asked, name) for name in names}
    return instead | ({"set": read_changes(asked.changes, load())} if asked.changes else {})


def _shown(row: Mapping[Any, Any]) -> str:
    return f"{row['value']:.4g}" if row["met"] else f"[bold red]{row['value']:.4g}[/bold red]"


def _number(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
