"""`werkstand compare`: the paired effects of policies, with intervals, and what the pairing saved."""

import hashlib
import json
import math
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.cli import BadInputError, Parser
from analysis.cli.experiment import RESULTS, add_executor

#: A pair worth more than this many independent ones is only said to be.
MANY = 1000

if TYPE_CHECKING:
    from experiments.compare import Effect
    from experiments.folder import Experiment
    from experiments.specification import Specification


def parser(subparsers: Any) -> Parser:
    """Give the parser of the command."""
    made: Parser = subparsers.add_parser(
        "compare",
        help="compare policies with the baseline under the same luck",
        description="Run sets of policies under the same luck and print what each changes against the first, with "
        "95 percent intervals. A set is the name of a policy, several joined by +, or 'baseline'.",
    )
    made.add_argument("sets", nargs="+", metavar="SET", help="sets of policies; the first is the reference")
    made.add_argument("--in", dest="folder", metavar="FOLDER", help="take the runs of this experiment; run nothing")
    made.add_argument("--replicates", type=int, default=10, metavar="N", help="pairs of runs (default: %(default)s)")
    made.add_argument("--scale", type=float, default=0.1, metavar="S", help="agents per person (default: %(default)s)")
    made.add_argument("--until", default="2030-12-31", metavar="DATE", help="last day (default: %(default)s)")
    made.add_argument("--seed", type=int, default=1, metavar="N", help="seed of luck (default: %(default)s)")
    made.add_argument(
        "--outcome",
        action="append",
        metavar="NAME",
        help="column of the weekly table, or outcome of FOLDER; repeatable",
    )
    made.add_argument(
        "--set",
        action="append",
        default=[],
        dest="changes",
        metavar="NAME=VALUE",
        help="change a parameter in all runs",
    )
    made.add_argument("--out", metavar="DIR", help="folder for the runs (default: results/compare-...)")
    made.add_argument("--json", action="store_true", help="print as JSON")
    add_executor(made)
    return made


def compare(asked: Namespace, command: list[str]) -> None:
    """Make the runs that are not there yet, and print the effects."""
    from experiments.compare import effects
    from experiments.design import members, name_of

    names = [name_of(members(one)) for one in asked.sets]
    if len(names) < 2 or len(set(names)) < len(names):
        raise BadInputError("compare: name two different sets of policies or more; 'baseline' is one")
    opened = _stored(asked.folder) if asked.folder else _made(asked, names)
    chosen = names if not asked.folder else [_set_of(opened, one) for one in asked.sets]
    found = effects(opened, chosen[0], chosen[1:], asked.outcome if asked.folder else None)
    if asked.json:
        print(json.dumps(as_json(found), indent=1))
    else:
        show(found, opened)


def specification_of(asked: Namespace, names: Sequence[str]) -> "Specification":
    """Give the experiment that a comparison is."""
    from abm.parameters import load
    from analysis.cli.run import read_changes
    from experiments.specification import SpecificationError, from_mapping

    stated = {
        "question": f"What do {', '.join(names[1:])} change against {names[0]}?",
        "policies": list(names),
        "replicates": asked.replicates,
        "scale": asked.scale,
        "until": asked.until,
        "seed": asked.seed,
        "set": read_changes(asked.changes, load()),
        **({"outcomes": asked.outcome} if asked.outcome else {}),
    }
    try:
        return from_mapping(stated, "compare")
    except SpecificationError as error:
        raise BadInputError(f"compare: {error}") from error


def show(found: Sequence["Effect"], opened: "Experiment") -> None:
    """Print a table of all effects, and how to read it."""
    from rich.markup import escape

    from analysis.cli.tables import console, table

    drawn = table("", "Without", "With", "Effect", "95% interval", "Pairs", "A pair is worth", right=(1, 2, 3, 4, 5, 6))
    for column in drawn.columns:
        column.no_wrap = True
    before = None
    for one in found:
        if one.outcome != before:
            drawn.add_row(f"[bold]{one.outcome}[/bold]")
            before = one.outcome
        interval = f"{number(one.low, sign=True)} to {number(one.high, sign=True)}"
        drawn.add_row(
            f"  {escape(one.policies)}",
            number(one.reference_mean),
            number(one.level),
            f"[bold]{number(one.mean, sign=True)}[/bold]" if one.clear else number(one.mean, sign=True),
            "no pair differs" if one.mean == one.variance == 0 else interval,
            f"{one.n}" + (f" ({one.missing} missing)" if one.missing else ""),
            worth(one),
        )
    console().print(drawn)
    labels = {one.outcome: f"{one.label} ({one.unit})" for one in found}
    print("\n".join(f"{name}: {label}" for name, label in labels.items()) + "\n")
    print(saved(found))
    print(f"Without: {found[0].reference}. Both runs of a pair share their luck. Bold: the interval excludes zero.")
    print(f"Runs: {opened.folder}")


def number(value: float, sign: bool = False) -> str:
    """Show a number in four digits.

    >>> number(12345.6), number(0.01234, sign=True), number(7.48e9), number(float("nan"))
    ('12,350', '+0.01234', '7,480 million', 'unknown')
    """
    if math.isnan(value):
        return "unknown"
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    plus = "+" if sign else ""
    if size >= 7:
        return f"{value / 1e6:{plus},.{max(0, 9 - size)}f} million"
    if size < -4:
        return f"{value:{plus}.1e}"
    return f"{round(value, 3 - size):{plus},.{max(0, 3 - size)}f}"


def worth(one: "Effect") -> str:
    """Say how many pairs of independent runs one pair is worth."""
    if one.mean == one.variance == 0 or math.isinf(one.gain):
        return ""
    if math.isnan(one.gain):
        return "unknown"
    return f"over {MANY:,}" if one.gain > MANY else f"{one.gain:.2g}"


def saved(found: Sequence["Effect"]) -> str:
    """Say what pairing saved, effect by effect: the middle of them, and the range."""
    known = sorted(one.saved for one in found if math.isfinite(one.saved))
    if not known:
        return "What pairing saved is unknown: it takes two pairs that differ."
    made = 2 * found[0].n * found[0].runs_each
    least, middle, most = (_runs(known[place], made) for place in (0, len(known) // 2, -1))
    return (
        f"For intervals as short, independent runs would have to be {middle} more than the {made:,.0f} of each "
        f"comparison (the median effect; {least} for the one that gains least, {most} for the one that gains most)."
    )


def _runs(saved_runs: float, made: float) -> str:
    return f"over {MANY * made:,.0f}" if saved_runs > MANY * made else f"{saved_runs:,.0f}"


def as_json(found: Sequence["Effect"]) -> list[dict[str, Any]]:
    """Give the effects as JSON can hold them; unknown and unbounded are null."""
    from experiments.compare import frame

    rows = frame(found).astype(object).to_dict("records")
    return [{str(name): _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _made(asked: Namespace, names: Sequence[str]) -> "Experiment":
    from analysis.cli.experiment import _check, go_on
    from experiments.folder import code_of, create, open_folder

    specification = specification_of(asked, names)
    _check(asked)
    folder = Path(asked.out) if asked.out else RESULTS / _name(asked, names, code_of(specification.model)["sha256"])
    opened = open_folder(folder) if (folder / "experiment.json").is_file() else create(folder, specification)
    if opened.waiting():
        go_on(opened, asked, quiet=asked.json)
    return opened


def _name(asked: Namespace, names: Sequence[str], code: str) -> str:
    """Name the folder after what decides the runs, so that the same comparison finds them again."""
    decides = (*names, asked.replicates, asked.scale, asked.until, asked.seed, asked.changes, asked.outcome, code)
    short = "-".join(name.replace(" + ", "+").split("/")[-1].removesuffix(".yaml") for name in names)[:60]
    return f"compare-{short}-{hashlib.sha256(repr(decides).encode()).hexdigest()[:8]}"


def _stored(folder: str) -> "Experiment":
    from experiments.folder import open_folder

    return open_folder(folder)


def _set_of(opened: "Experiment", given: str) -> str:
    """Give the name that a set has in an experiment: its own name, or that of the policies it lists."""
    from experiments.design import members

    if given in opened.policies:
        return given
    wanted = members(given)
    return next((name for name, policies in opened.policies.items() if policies == wanted), given)
