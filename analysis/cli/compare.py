"""`werkstand compare`: the paired effects of policies, with intervals, and what the pairing saved."""

import hashlib
import json
import math
import shlex
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

    several = len({(one.n, one.missing) for one in found}) > 1 or any(one.missing for one in found)
    headings = ["", "Without", "With", "Effect", "95% interval", "A pair\nis worth", *(["Pairs"] if several else [])]
    rows = []
    for one in found:
        size, words = scale_of([other for other in found if other.outcome == one.outcome])
        title = f"[bold]{one.outcome}[/bold]{words}"
        if [title] not in rows:
            rows.append([title])
        mean, low, high = differences(one.mean / size, one.low / size, one.high / size)
        rows.append(
            [
                f"  {escape(one.policies)}",
                number(one.reference_mean / size),
                number(one.level / size),
                f"[bold]{mean}[/bold]" if one.clear else mean,
                "no pair differs" if one.mean == one.variance == 0 else f"{low} to {high}",
                worth(one),
                *([f"{one.n}" + (f" ({one.missing} missing)" if one.missing else "")] if several else []),
            ]
        )
    _print_whole(headings, rows)
    taken = {one.name: one.taken() for one in opened.outcomes}
    labels = {one.outcome: f"{one.label} ({one.unit}), {taken[one.outcome]}" for one in found}
    print("\n" + "\n".join(f"{name}: {label}" for name, label in labels.items()) + "\n")
    first = found[0]
    each = f"{first.n} pairs of runs" if first.n != 1 else "one pair of runs, too few for an interval"
    many = f"{first.n} futures, each run {first.runs_each:g} times with and without" if first.runs_each > 1 else each
    print(f"Effect: with the policy less {first.reference}, the mean over {'pairs' if several else many}.")
    print("Both runs of a pair share their luck. Bold: the interval excludes zero.")
    print(saved(found))
    print(f"Runs: {opened.folder}")


def _print_whole(headings: list[str], rows: list[list[str]]) -> None:
    """Print a table; too wide, it is without "With", and at worst goes beyond the edge, but no digit is left out."""
    from rich.measure import Measurement

    from analysis.cli.tables import console, table

    where = console()
    for left_out in ("", "With"):
        kept = [position for position, heading in enumerate(headings) if heading != left_out or not heading]
        shown = [headings[position] for position in kept]
        drawn = table(*shown, right=range(1, len(kept)), pad_edge=False, show_edge=False)
        for column in drawn.columns:
            column.no_wrap = True
        for row in rows:
            drawn.add_row(*(row[position] for position in kept if position < len(row)))
        width = Measurement.get(where, where.options.update(max_width=1000), drawn).maximum
        if width <= where.width:
            break
    where.width = max(width, where.width)
    print()
    where.print(drawn)


def scale_of(found: Sequence["Effect"]) -> tuple[float, str]:
    """Give what the numbers of an outcome are divided by, and the words for it."""
    largest = max((abs(one.reference_mean) for one in found if math.isfinite(one.reference_mean)), default=0.0)
    return (1e6, ", in millions") if largest >= 1e7 else (1.0, "")


def differences(mean: float, low: float, high: float) -> tuple[str, str, str]:
    """Show an effect and the ends of its interval, all as far as two digits of half its width.

    >>> differences(-18.34, -32.81, -3.873), differences(0.000727, 0.000686, 0.000768)
    (('-18', '-33', '-4'), ('+0.000727', '+0.000686', '+0.000768'))
    >>> differences(3.0, float("nan"), float("nan"))
    ('+3.000', 'unknown', 'unknown')
    """
    half = (high - low) / 2
    if not half > 0:
        return number(mean, sign=True), number(low, sign=True), number(high, sign=True)
    decimals = min(max(1 - math.floor(math.log10(half)), 0), 9)
    shown = [f"{round(value, decimals) + 0.0:+,.{decimals}f}" for value in (mean, low, high)]
    return shown[0], shown[1], shown[2]


def number(value: float, sign: bool = False) -> str:
    """Show a number in four digits.

    >>> number(12345.6), number(0.01234, sign=True), number(float("nan"))
    ('12,350', '+0.01234', 'unknown')
    """
    if math.isnan(value):
        return "unknown"
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    plus = "+" if sign else ""
    if size < -4:
        return f"{value:{plus}.1e}"
    return f"{round(value, 3 - size):{plus},.{max(0, 3 - size)}f}"


def worth(one: "Effect") -> str:
    """Say how many pairs of independent runs one pair is worth."""
    if one.mean == one.variance == 0 or math.isinf(one.gain):
        return ""
    if math.isnan(one.gain):
        return "unknown"
    return f">{MANY:,}" if one.gain > MANY else f"{one.gain:.0f}" if one.gain >= 10 else f"{one.gain:.2g}"


def saved(found: Sequence["Effect"]) -> str:
    """Say what pairing saved, effect by effect: the middle of them, and the range."""
    known = sorted(one.saved for one in found if math.isfinite(one.saved))
    if not known:
        return "What pairing saved is unknown: it takes two pairs that differ."
    made = 2 * found[0].n * found[0].runs_each
    least, middle, most = (_runs(known[place], made) for place in (0, len(known) // 2, -1))
    return (
        f"What pairing saved: intervals as short would take {middle} independent runs more than the {made:,.0f} of a "
        f"comparison (the median effect; from {least} to {most})."
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
    from experiments.folder import MANIFEST, create, open_folder, runs_of

    specification = specification_of(asked, names)
    _check(asked)
    runs = runs_of(specification)["run"].tolist()
    folder = Path(asked.out) if asked.out else RESULTS / _name(names, runs, asked.outcome)
    if (folder / MANIFEST).is_file():
        opened = open_folder(folder)
        if opened.design["run"].tolist() != runs or opened.outcomes != specification.outcomes:
            raise BadInputError(
                f"compare: {folder} holds other runs than these (other sets, settings or code); give another --out, or "
                f"compare what is there with: werkstand compare SET SET --in {shlex.quote(str(folder))}"
            )
    else:
        opened = create(folder, specification)
    if opened.waiting():
        go_on(opened, asked, quiet=asked.json)
    return opened


def _name(names: Sequence[str], runs: Sequence[str], outcomes: Sequence[str] | None) -> str:
    """Name the folder after its runs and outcomes, so that the same comparison finds them again."""
    decides = (runs, outcomes)
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
