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
    """Print a table for each outcome, and how to read it."""
    from analysis.cli.tables import console, table

    out = console()
    headings = ("Outcome", "Policies", "Without", "With", "Effect", "95% interval", "Pairs", "One pair is worth")
    drawn = table(*headings, right=(2, 3, 4, 5, 6, 7))
    before = None
    for one in found:
        name = f"{one.label} ({one.unit})" if one.outcome != before else ""
        drawn.add_row(
            f"{one.outcome}\n[dim]{name}[/dim]" if name else "",
            one.policies,
            number(one.reference_mean),
            number(one.level),
            f"[bold]{number(one.mean, sign=True)}[/bold]" if one.clear else number(one.mean, sign=True),
            f"{number(one.low, sign=True)} to {number(one.high, sign=True)}",
            f"{one.n}" + (f" ({one.missing} missing)" if one.missing else ""),
            worth(one),
        )
        before = one.outcome
    out.print(drawn)
    print(saved(found))
    print(f"Without: {found[0].reference}. Same luck in both runs of a pair; bold where the interval excludes zero.")
    print(f"Runs: {opened.folder}")


def number(value: float, sign: bool = False) -> str:
    """Show a number in about four digits.

    >>> number(12345.6), number(0.01234, sign=True), number(float("nan"))
    ('12,346', '+0.01234', 'unknown')
    """
    if math.isnan(value):
        return "unknown"
    if value == 0:
        return "0"
    digits = max(0, 3 - math.floor(math.log10(abs(value))))
    return f"{value:{'+' if sign else ''},.{digits}f}"


def worth(one: "Effect") -> str:
    """Say how many pairs of independent runs one pair is worth."""
    if math.isnan(one.gain):
        return "no difference" if one.mean == 0 and one.n > 1 else "unknown"
    return "any number" if math.isinf(one.gain) else f"{one.gain:.2g}"


def saved(found: Sequence["Effect"]) -> str:
    """Say what pairing saved over all effects: the middle one, and the range."""
    known = sorted(one.saved for one in found if math.isfinite(one.saved))
    if not known:
        return "What pairing saved is unknown: it takes two pairs that differ."
    middle = known[len(known) // 2]
    runs = 2 * found[0].n * found[0].runs_each
    verb = "saved" if middle >= 0 else "cost"
    return (
        f"Pairing {verb} {abs(middle):,.0f} independent runs for each effect (median; from {known[0]:,.0f} to "
        f"{known[-1]:,.0f}) beside the {runs:,.0f} that were made."
    )


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
