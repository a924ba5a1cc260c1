"""The command `werkstand`: one file a subcommand; here what they share.

It stands in this package, not beside the experiments, because it draws figures of what it ran, and nothing
upstream may import this package. Imports are late, so that a mistake in the command is answered at once.

What goes wrong is told in one line on the error stream. The exit code is 2 for a mistake in what was asked, 1
when a run or a figure fails, 130 after Ctrl-C.
"""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

BAD_INPUT, FAILED, INTERRUPTED = 2, 1, 130


class BadInputError(Exception):
    """What was asked cannot be done; the message is one line."""


class FailedError(Exception):
    """What was asked for failed under way; the message is one line, `details` a traceback."""

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details


class Parser(argparse.ArgumentParser):
    """A parser that answers a mistake in one line, with what may have been meant."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage and leaving."""
        raise BadInputError(message)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what a command line says and give the exit code."""
    for name in ("stdout", "stderr"):  # closed by the caller (>&-), where libraries expect a stream
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115
    try:
        code = _do(sys.argv[1:] if arguments is None else list(arguments))
        sys.stdout.flush()
        return code
    except KeyboardInterrupt as interruption:
        print(f"werkstand: interrupted{_because(interruption)}", file=sys.stderr)
        return INTERRUPTED
    except BadInputError as error:
        print(f"werkstand: {error}", file=sys.stderr)
        return BAD_INPUT
    except FailedError as error:
        print(f"werkstand: {error}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:  # the reader of our output has left, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _do(arguments: list[str]) -> int:
    parser, commands = _parsers()
    asked, unknown = _parse(parser, commands, arguments)
    if unknown:
        known = commands[asked.command] if asked.command else parser
        raise BadInputError(f"{_called(asked)}unknown argument '{unknown[0]}'.{_near(unknown[0], known)}")
    if asked.version:
        print(f"werkstand {_version()}")
        return 0
    if not asked.command:
        parser.print_help()
        return 0
    try:
        match asked.command:
            case "run":
                from analysis.cli.run import run

                run(asked, ["werkstand", *arguments])
            case "validate":
                from analysis.cli.validate import validate

                validate(asked)
            case "parameters":
                from analysis.cli.parameters import parameters

                parameters(asked)
            case "report":
                from analysis.cli.report import report

                report(asked)
            case "odd":
                from analysis.cli.report import odd

                odd(asked)
            case "figures":
                from analysis.cli.figures import figures

                figures(asked)
            case "verify":
                from analysis.cli.verify import verify_figure

                verify_figure(asked)
            case "policies":
                from analysis.cli.policies import policies

                policies(asked)
            case "policy":
                from analysis.cli.policies import policy

                policy(asked)
            case "systems":
                from analysis.cli.systems import systems

                systems(asked)
            case "experiment":
                from analysis.cli.experiment import experiment

                experiment(asked, ["werkstand", *arguments])
            case "compare":
                from analysis.cli.compare import compare

                compare(asked, ["werkstand", *arguments])
            case "sensitivity":
                from analysis.cli.sensitivity import sensitivity

                sensitivity(asked)
            case "calibrate":
                from analysis.cli.calibrate import calibrate

                calibrate(asked)
            case "decide":
                from analysis.cli.decide import decide

                decide(asked)
    except (BadInputError, FailedError, KeyboardInterrupt, BrokenPipeError):
        raise
    except Exception as error:
        from abm.parameters import ParameterError
        from experiments.store import StoreError

        if isinstance(error, (ParameterError, StoreError)):
            raise BadInputError(f"{_called(asked)}{error}") from error
        raise _failure(error, asked) from error
    return 0


def _parsers() -> tuple[Parser, dict[str, Parser]]:
    parser = Parser(
        prog="werkstand",
        description="An agent-based laboratory for Dutch asylum, housing and civic integration policy.",
    )
    parser.add_argument("--version", action="store_true", help="print the version and stop")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)

    run = subparsers.add_parser(
        "run",
        help="run the model and save results and figures",
        description="Run the national model from 1 January 2021 and save weekly results, cohorts, costs, "
        "people, network and figures in one folder.",
    )
    run.add_argument("--until", default="2030-12-31", metavar="DATE", help="last day (default: %(default)s)")
    run.add_argument("--scale", type=float, default=1.0, metavar="S", help="agents per person (default: %(default)s)")
    run.add_argument("--seed", type=int, default=1, metavar="N", help="seed of luck (default: %(default)s)")
    run.add_argument(
        "--replicates",
        type=int,
        default=1,
        metavar="N",
        help="runs with other luck (default: %(default)s)",
    )
    run.add_argument(
        "--set",
        action="append",
        default=[],
        dest="changes",
        metavar="NAME=VALUE",
        help="give a parameter another value in all weeks; name.category=VALUE for one category; repeatable",
    )
    run.add_argument(
        "--policy",
        action="append",
        default=[],
        dest="policies",
        metavar="NAME[@START[:END]]",
        help="lay a policy or package over the parameters, by name or path of a file; repeatable",
    )
    run.add_argument(
        "--snapshot",
        action="append",
        default=[],
        dest="snapshots",
        metavar="DATE",
        help="also keep everybody as they are at the end of the week of DATE; repeatable",
    )
    run.add_argument("--out", metavar="DIR", help="folder to make for the results (default: results/run-<date>-<time>)")
    run.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes for replicates (default: %(default)s)"
    )
    run.add_argument("--no-figures", action="store_true", help="save the results only")
    run.add_argument("--json", action="store_true", help="print the summary as JSON")

    validate = subparsers.add_parser(
        "validate",
        help="compare a run with the observed patterns",
        description="Print each observed pattern with target, acceptance band, the model's value and the "
        "verdict. A pattern that fails is a finding, not an error: the exit code stays 0.",
    )
    validate.add_argument(
        "results", nargs="?", metavar="RESULTS", help="folder of a run (default: the newest in results/)"
    )
    validate.add_argument("--full", action="store_true", help="also make the runs that paired patterns need")
    validate.add_argument("--json", action="store_true", help="print as JSON")

    parameters = subparsers.add_parser(
        "parameters",
        help="print the parameters with their sources",
        description="Print the parameters whose name (or else meaning) has PATTERN in it, or that belong to "
        "the theme PATTERN; * and ? stand for anything. One that matches alone is printed in full.",
    )
    parameters.add_argument("pattern", nargs="?", metavar="PATTERN", help="part of a name, or a theme")
    parameters.add_argument("--json", action="store_true", help="print as JSON")

    policies = subparsers.add_parser(
        "policies",
        help="list the policies and packages, or explain one",
        description="List the policies and packages that are shipped, or explain the one called NAME: what it "
        "changes, from when to when, whom it reaches, how its cost counts and where it was proposed.",
    )
    policies.add_argument("name", nargs="?", metavar="NAME", help="name, part of a name, or path of a file")
    policies.add_argument("--json", action="store_true", help="print as JSON")

    policy = subparsers.add_parser(
        "policy",
        help="write a new policy, or check one before a run",
        description="`policy new NAME` writes a commented template to NAME.yaml; `policy check FILE` says, week by "
        "week, what a policy would change, before any run.",
    )
    policy.add_argument("action", metavar="new|check", help="what to do")
    policy.add_argument("name", metavar="NAME", help="name of the new policy; file or name of the one to check")
    policy.add_argument("--until", default="2030-12-31", metavar="DATE", help="last day (default: %(default)s)")
    policy.add_argument("--json", action="store_true", help="print as JSON")

    systems = subparsers.add_parser(
        "systems",
        help="show how each system of the source documents is represented",
        description="Print the register of systems: for each the parameters, process, institution, policies and "
        "metrics that carry it, and one sentence on how.",
    )
    systems.add_argument("id", nargs="?", metavar="ID", help="id or part of it, or a block such as 1D")
    systems.add_argument("--json", action="store_true", help="print as JSON")

    commands = {
        "run": run,
        "validate": validate,
        "parameters": parameters,
        "policies": policies,
        "policy": policy,
        "systems": systems,
        **_parsers_of_outputs(subparsers),
    }
    from analysis.cli import calibrate, compare, decide, experiment, sensitivity

    commands |= {
        "experiment": experiment.parser(subparsers),
        "compare": compare.parser(subparsers),
        "sensitivity": sensitivity.parser(subparsers),
        "calibrate": calibrate.parser(subparsers),
        "decide": decide.parser(subparsers),
    }
    for command in commands.values():
        command.add_argument("--traceback", action="store_true", help="show where it failed")
    return parser, commands


def _parsers_of_outputs(subparsers: Any) -> dict[str, Parser]:
    """Give the parsers of the commands that turn results into figures and texts, and check them."""
    verify = subparsers.add_parser(
        "verify",
        help="run a few of the runs behind a figure again",
        description="Read from a figure (PNG, SVG or PDF) which runs it was made of, run a random few of them again "
        "and say whether their weekly values are the same, bit for bit. The exit code is 1 when one differs.",
    )
    verify.add_argument("figure", metavar="FIGURE", help="file of a figure that werkstand drew")
    verify.add_argument("--rows", type=int, default=2, metavar="N", help="runs to make again (default: %(default)s)")
    verify.add_argument("--seed", type=int, metavar="N", help="fix which runs are taken (default: at random)")
    verify.add_argument("--list", action="store_true", help="only print the runs behind the figure")
    verify.add_argument("--json", action="store_true", help="print as JSON")
    figures = subparsers.add_parser(
        "figures",
        help="draw the figures of stored runs",
        description="Draw figures of a run or, with more than one, also comparisons with the first, the baseline. Each "
        "file carries what it was made of (see verify). --list prints what there is.",
    )
    figures.add_argument(
        "results", nargs="*", metavar="RESULTS", help="folders of runs, the baseline first (default: the newest)"
    )
    figures.add_argument("--only", action="append", default=[], metavar="NAME", help="a figure by name; repeatable")
    figures.add_argument(
        "--format", action="append", default=[], choices=["png", "svg", "pdf"], help="repeatable (default: png and svg)"
    )
    figures.add_argument("--out", metavar="DIR", help="folder for the figures (default: figures/ in the first run)")
    figures.add_argument("--list", action="store_true", help="only list the figures there are")
    figures.add_argument("--json", action="store_true", help="print as JSON")
    report = subparsers.add_parser(
        "report",
        help="write a report for policy readers",
        description="Write one HTML file and a PDF: what was compared, effects in plain words with intervals, figures, "
        "claims checked, method, parameters with sources, limits. The first run is the baseline; or "
        "name one experiment.",
    )
    report.add_argument(
        "results", nargs="*", metavar="RESULTS", help="folders of runs, the baseline first (default: the newest)"
    )
    report.add_argument("--question", default="", metavar="TEXT", help="the question, used as the title")
    report.add_argument("--claims", metavar="FILE", help="claims to check (YAML)")
    report.add_argument("--no-validation", action="store_true", help="leave out the comparison with observed patterns")
    report.add_argument("--out", metavar="DIR", help="folder to make (default: report-NAME beside the last run)")
    report.add_argument("--json", action="store_true", help="print as JSON")

    odd = subparsers.add_parser(
        "odd",
        help="write the description of the model (ODD+D)",
        description="Write the description of the model by the ODD+D protocol with TRACE notes, made from the code, "
        "the parameter files and the data around written text.",
    )
    odd.add_argument("--out", metavar="FILE", help="file that ends in .md, .html or .pdf (default: print Markdown)")
    return {"report": report, "odd": odd, "figures": figures, "verify": verify}


def _parse(parser: Parser, commands: dict[str, Parser], arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    first = next((argument for argument in arguments if not argument.startswith("-")), None)
    if first is not None and first not in commands:
        raise BadInputError(f"there is no command '{first}'.{_closest(first, list(commands))}")
    try:
        return parser.parse_known_args(arguments)
    except BadInputError as error:
        raise BadInputError(f"{first}: {error}" if first else str(error)) from None


def _called(asked: argparse.Namespace) -> str:
    return f"{asked.command}: " if asked.command else ""


def _near(unknown: str, parser: Parser) -> str:
    if not unknown.startswith("-"):
        return ""
    options = sorted(set(re.findall(r"--[a-z-]+", parser.format_help())))
    return _closest(unknown.split("=")[0], options)


def _closest(name: str, names: list[str]) -> str:
    from abm.parameters import closest

    return closest(name, names)


def _failure(error: Exception, asked: argparse.Namespace) -> FailedError:
    """Give one line for what nobody foresaw; the traceback is shown to those who ask."""
    import traceback

    details = getattr(error, "details", "") or "".join(traceback.format_exception(error))
    if asked.traceback:
        sys.stderr.write(details)
    first = (str(error).splitlines() or [""])[0]
    kind = "" if hasattr(error, "details") else f"{type(error).__name__}: "
    again = "" if asked.traceback else " (--traceback shows where)"
    return FailedError(f"{asked.command}: {kind}{first}{again}")


def _because(interruption: KeyboardInterrupt) -> str:
    said = str(interruption)
    return f"; {said}" if said else ""


def _version() -> str:
    """Give the installed version, without importing the model."""
    from importlib import metadata

    try:
        return metadata.version("werkstand")
    except metadata.PackageNotFoundError:
        return "(not installed)"
