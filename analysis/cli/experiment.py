"""`werkstand experiment`: many runs from one file; run, resume, status, retry, export, show, pairing."""

import argparse
import json
import shlex
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.cli import BadInputError, FailedError, Parser

if TYPE_CHECKING:
    from experiments.folder import Experiment
    from experiments.runner import Summary

#: Folder for experiments that were given no name, and where `show` and `status` look.
RESULTS = Path("results")
#: Failures that are listed before the rest is counted only.
SHOWN = 10


def parser(subparsers: Any) -> Parser:
    """Give the parser of the command and its own commands."""
    made: Parser = subparsers.add_parser(
        "experiment",
        help="make the many runs of a specification, and lose none",
        description="Make the runs of an experiment, go on after an interruption, and look at what became of them.",
    )
    actions = made.add_subparsers(dest="action", metavar="ACTION", parser_class=Parser, required=True)

    run = _action(actions, "run", "make the runs that a file describes")
    run.add_argument("file", metavar="FILE", help="specification (.yaml, .py), or the name of one that is shipped")
    run.add_argument("--out", metavar="DIR", help="folder to make (default: results/<name of the file>)")
    run.add_argument("--scale", type=float, metavar="S", help="agents per person, instead of that of the file")
    run.add_argument("--replicates", type=int, metavar="N", help="replicates, instead of those of the file")
    run.add_argument("--dry-run", action="store_true", help="say what would be run, and stop")
    resume = _action(actions, "resume", "make the runs that are left, damaged ones included")
    retry = _action(actions, "retry", "try runs that were given up once more")
    status = _action(actions, "status", "say how far an experiment is and what failed")
    status.add_argument("--json", action="store_true", help="print as JSON")
    export = _action(actions, "export", "write the results as CSV, Parquet or netCDF")
    for action in (resume, retry, export):
        action.add_argument("folder", metavar="FOLDER", help="folder of an experiment")
    status.add_argument(
        "folder", nargs="?", metavar="FOLDER", help="folder of an experiment (default: all in results/)"
    )
    retry.add_argument("runs", nargs="*", metavar="RUN", help="beginning of the id of a run (default: all given up)")
    export.add_argument("--to", required=True, metavar="FILE", help="file to make, ending with .csv, .parquet or .nc")
    show = _action(actions, "show", "show one run, or the script that makes it again")
    show.add_argument("run", metavar="RUN", help="beginning of the id of a run")
    show.add_argument("folder", nargs="?", metavar="FOLDER", help="folder of the experiment (default: any in results/)")
    show.add_argument("--as-python", action="store_true", help="print a script that makes the run again")
    for action in (run, resume, retry):
        add_executor(action)
        action.add_argument("--seconds", type=float, metavar="S", help="longest time of a run")
        action.add_argument("--megabytes", type=float, metavar="M", help="largest memory of the process of a run")
    pairing = _action(actions, "pairing", "check that policies and the baseline share their luck")
    pairing.add_argument("--scale", type=float, default=0.01, metavar="S", help="agents per person (%(default)s)")
    pairing.add_argument("--until", default="2022-12-31", metavar="DATE", help="last day (default: %(default)s)")
    pairing.add_argument("--seed", type=int, default=1, metavar="N", help="seed of luck (default: %(default)s)")
    pairing.add_argument("--json", action="store_true", help="print as JSON")
    return made


def add_executor(action: argparse.ArgumentParser) -> None:
    """Add the options that say what makes the runs."""
    action.add_argument("--workers", type=int, metavar="N", help="processes (default: one a processor)")
    action.add_argument(
        "--executor", default="processes", metavar="KIND", help="processes, threads or dask (default: %(default)s)"
    )
    action.add_argument(
        "--address", metavar="ADDRESS", help="scheduler of Dask, as tcp://host:8786, or its file (.json)"
    )


def experiment(asked: Namespace, command: list[str]) -> None:
    """Do what was asked."""
    del command  # the ledger says what ran; specifications say what was asked
    match asked.action:
        case "run":
            run(asked)
        case "resume":
            go_on(_open(asked.folder), asked)
        case "retry":
            again(asked)
        case "status":
            status(asked)
        case "export":
            from experiments.export import write

            print(f"Written: {write(_open(asked.folder), asked.to)}")
        case "show":
            show(asked)
        case "pairing":
            pairing(asked)


def run(asked: Namespace) -> None:
    """Make an experiment and its runs."""
    from dataclasses import replace

    from experiments.folder import create
    from experiments.specification import SpecificationError, read

    try:
        specification = read(_file(asked.file))
        if asked.scale is not None:
            specification = replace(specification, scale=asked.scale)
        if asked.replicates is not None:
            specification = replace(specification, replicates=asked.replicates)
    except SpecificationError as error:
        raise BadInputError(f"experiment run: {error}") from error
    design = specification.design
    number = len(design) * specification.replicates
    each = f"{many(len(design), 'point')} x {many(specification.replicates, 'replicate')}"
    print(f"{specification.name}: {many(number, 'run')} ({design.kind}: {each}), scale {specification.scale:g}")
    if asked.dry_run:
        return
    _check(asked)
    folder = Path(asked.out) if asked.out else RESULTS / specification.name
    if (folder / "experiment.json").exists():
        raise BadInputError(f"experiment run: {folder} exists already; go on with: {_resume(folder)}")
    made = create(folder, specification)
    go_on(made, asked)


def go_on(opened: "Experiment", asked: Namespace, quiet: bool = False) -> None:
    """Make the runs that are left and say what became of them."""
    from experiments.runner import ExecutorLostError
    from experiments.runner import run as make

    _check(asked)
    limits = {"seconds": getattr(asked, "seconds", None), "megabytes": getattr(asked, "megabytes", None)}
    from experiments.forecast import reporter

    with _ending_like_ctrl_c():
        try:
            with executor_of(asked, opened.manifest["model"]) as (executor, workers), reporter() as progress:
                summary = make(opened, executor, workers=workers, limits=limits, progress=progress)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"finished runs are stored; go on with: {_resume(opened.folder)}") from None
        except BadInputError as error:  # no cluster at the address; the experiment is written
            raise BadInputError(f"{error}; go on with: {_resume(opened.folder)}") from error
        except ExecutorLostError as error:
            after = f"finished runs are stored; go on with: {_resume(opened.folder)}"
            raise FailedError(f"experiment: {error}; {after}") from error
    tell(opened, summary, quiet)


def again(asked: Namespace) -> None:
    """Try runs that were given up once more."""
    from experiments.runner import retry

    opened = _open(asked.folder)
    chosen = retry(opened, [opened.find(start) for start in asked.runs] or None)
    print(f"Tried again: {many(len(chosen), 'run')}" if chosen else "No run was given up, so none is tried again")
    if chosen:
        go_on(opened, asked)


def tell(opened: "Experiment", summary: "Summary", quiet: bool = False) -> None:
    """Print how a session ended; raise when runs were given up, so that scripts notice."""
    from experiments.forecast import span

    for name in sorted(summary.never_read):
        print(f"werkstand: the model never read '{name}', so varying it changed nothing", file=sys.stderr)
    for policy, runs in sorted(summary.idle.items()):
        print(f"werkstand: a policy changed nothing in {runs} runs: {policy}", file=sys.stderr)
    pace = f", {summary.finished_now} of them now in {span(summary.seconds)}" if summary.finished_now else ""
    if not quiet:
        print(f"{summary.finished} of {summary.total} runs finished{pace}: {opened.folder}")
    if summary.given_up:
        see = f"werkstand experiment status {_quoted(opened)}"
        raise FailedError(f"experiment: {summary.given_up} runs failed in every attempt; see: {see}")


def status(asked: Namespace) -> None:
    """Print how far an experiment is, or all of them."""
    if asked.folder is None:
        folders = sorted(path.parent for path in RESULTS.glob("*/experiment.json"))
        if not folders:
            raise BadInputError(f"experiment status: there is no experiment in {RESULTS}")
        for folder in folders:
            opened = _open(folder)
            done = opened.state()
            print(f"{folder}: {len(done.finished)} of {len(opened.design)} runs, {len(done.failed)} given up")
        return
    opened = _open(asked.folder)
    found = as_json(opened)
    if asked.json:
        print(json.dumps(found, indent=1))
        return
    from analysis.cli.tables import console, table

    rows = table("", "", show_header=False)
    for name, text in _rows(found):
        rows.add_row(name, text)
    console().print(rows)
    if found["failures"]:
        failed = table("Run", "Point", "Replicate", "Attempts", "Kind", "Message", right=(1, 2, 3))
        for one in found["failures"][:SHOWN]:
            cells = (one["point"], one["replicate"], one["attempts"], one["kind"], one["message"])
            failed.add_row(one["run"], *map(str, cells))
        console().print(failed)
        more = len(found["failures"]) - SHOWN
        if more > 0:
            print(f"and {more} more")
        print(f"One of them in full: werkstand experiment show {found['failures'][0]['run']} {_quoted(opened)}")


def as_json(opened: "Experiment") -> dict[str, Any]:
    """Give the state of an experiment as JSON can hold it."""
    from experiments.folder import Lock

    state = opened.state()
    failures = opened.failures()
    seconds = [entry["seconds"] for entry in state.finished.values()]
    last = state.sessions[-1] if state.sessions else {}
    m = opened.manifest
    return {
        "folder": str(opened.folder),
        "question": m["question"],
        "runs": len(opened.design),
        "finished": len(state.finished),
        "given_up": len(state.failed),
        "waiting": len(opened.design) - len(state.finished) - len(state.failed),
        "replicates_complete": _complete_replicates(opened, state.finished),
        "seconds_per_run": sum(seconds) / len(seconds) if seconds else None,
        "sessions": len(state.sessions),
        "last_session": {key: last.get(key) for key in ("at", "where", "executor", "workers", "ended")},
        "running": Lock(opened.folder).holder(),
        "damaged": opened.damaged(state),
        "code": m["code"],
        "failures": failures[["run", "point", "replicate", "attempts", "kind", "message"]].to_dict("records"),
    }


def show(asked: Namespace) -> None:
    """Print what is known of a run, or the script that makes it again."""
    from experiments.replay import as_python

    opened, run_id = _find(asked.run, asked.folder)
    if asked.as_python:
        print(as_python(opened, run_id), end="")
        return
    from analysis.cli.tables import console, table

    row = opened.design.set_index("run").loc[run_id]
    state = opened.state()
    drawn = table("", "", show_header=False)
    drawn.add_row("run", run_id)
    drawn.add_row("experiment", str(opened.folder))
    for name, value in row.items():
        drawn.add_row(str(name), str(value))
    entry = state.finished.get(run_id)
    tries = state.attempts.get(run_id, [])
    drawn.add_row("status", "finished" if entry else "given up" if run_id in state.failed else "waiting")
    if entry:
        numbers = opened.read("outcomes").set_index("run").loc[run_id]
        for outcome in opened.outcomes:
            drawn.add_row(outcome.name, f"{numbers[outcome.name]:g} {outcome.unit}")
        drawn.add_row(
            "made", f"attempt {entry['attempt']}, {entry['seconds']:g} s, {entry['megabytes']:g} MB, {entry['where']}"
        )
    console().print(drawn)
    for one in tries:
        print(f"Attempt {one['attempt']} failed ({one['kind']}): {one['message']}")
    if tries and tries[-1]["details"]:
        print(tries[-1]["details"])


def pairing(asked: Namespace) -> None:
    """Check that luck is shared, and print what was found; raise when it is not."""
    from experiments.pairing import check

    report = check(until=asked.until, scale=asked.scale, seed=asked.seed)
    if asked.json:
        print(json.dumps(report.as_json(), indent=1))
    else:
        print(report.text())
    if not report.passed:
        raise FailedError("experiment pairing: luck is not shared")


@contextmanager
def executor_of(asked: Namespace, model: str) -> Iterator[tuple[Any, int]]:
    """Give the executor that was asked for, or nothing for processes here, and the number of workers."""
    from experiments.run import processors

    workers = asked.workers or processors()
    match asked.executor:
        case "processes":
            yield None, workers
        case "threads":
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(workers) as executor:
                yield executor, workers
        case "dask":
            from experiments.adapters.dask import ClusterError, cluster

            try:
                with cluster(asked.address, model=model) as executor:
                    yield executor, workers
            except ClusterError as error:
                raise BadInputError(f"experiment: --address: {error}") from error


def _check(asked: Namespace) -> None:
    """Refuse what cannot be, before anything is made."""
    from abm.parameters import closest

    kinds = ("processes", "threads", "dask")
    if asked.executor not in kinds:
        raise BadInputError(f"experiment: --executor: there is no '{asked.executor}'.{closest(asked.executor, kinds)}")
    if asked.executor == "dask" and not asked.address:
        raise BadInputError("experiment: --executor dask needs --address, as tcp://host:8786 or scheduler.json")
    if asked.address and asked.executor != "dask":
        raise BadInputError("experiment: --address is for --executor dask")
    if asked.workers is not None and asked.workers < 1:
        raise BadInputError(f"experiment: --workers: {asked.workers} is too few; at least 1")
    for name in ("seconds", "megabytes"):
        if (value := getattr(asked, name, None)) is not None and not value > 0:
            raise BadInputError(f"experiment: --{name}: {value:g} is not above 0")


def many(number: int, thing: str) -> str:
    """Count things.

    >>> many(1, "run"), many(2000, "run")
    ('1 run', '2,000 runs')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def shipped() -> dict[str, Path]:
    """Give the specifications that come with Werkstand, by name."""
    import experiments

    return {path.stem: path for path in sorted((Path(experiments.__path__[0]) / "specs").glob("*.yaml"))}


def _file(given: str) -> Path:
    from abm.parameters import closest

    path, known = Path(given), shipped()
    if path.exists():
        return path
    if given in known:
        return known[given]
    raise BadInputError(f"experiment run: {given}: there is no such file.{closest(given, known)}")


def _action(actions: Any, name: str, words: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = actions.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.")
    made.add_argument("--traceback", action="store_true", default=argparse.SUPPRESS, help="show where it failed")
    return made


def _open(folder: str | Path) -> "Experiment":
    from experiments.folder import open_folder

    return open_folder(folder)


def _find(start: str, folder: str | None) -> tuple["Experiment", str]:
    if folder is not None:
        opened = _open(folder)
        return opened, opened.find(start)
    found = []
    for path in sorted(RESULTS.glob("*/experiment.json")):
        opened = _open(path.parent)
        found += [(opened, run_id) for run_id in opened.design["run"] if run_id.startswith(start)]
    if len(found) != 1:
        raise BadInputError(f"experiment show: {len(found)} runs in {RESULTS} begin with '{start}'; name the folder")
    return found[0]


def _complete_replicates(opened: "Experiment", finished: dict[str, Any]) -> int:
    done = opened.design["run"].isin(set(finished))
    return int(done.groupby(opened.design["replicate"]).all().sum())


def _rows(found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    from experiments.forecast import span

    yield "folder", found["folder"]
    if found["question"]:
        yield "question", found["question"]
    yield (
        "runs",
        f"{found['finished']} finished, {found['given_up']} given up, {found['waiting']} waiting, of {found['runs']}",
    )
    yield "replicates", f"{found['replicates_complete']} complete"
    if found["seconds_per_run"] is not None:
        left = span(found["seconds_per_run"] * found["waiting"])
        yield "time", f"{found['seconds_per_run']:.3g} s a run" + (f"; {left} left for one worker" * (left != "0 s"))
    last = found["last_session"]
    if found["sessions"]:
        at = datetime.fromisoformat(last["at"]).astimezone()
        number = f"{last['workers']} workers" if last["workers"] != 1 else "1 worker"
        ended = f"running, process {found['running']}" if found["running"] else last["ended"] or "killed"
        yield "sessions", f"{found['sessions']}; last began {at:%Y-%m-%d %H:%M}, {last['executor']}, {number}: {ended}"
    code = found["code"]
    dirty = ", with changes" if code.get("dirty") else ""
    yield "code", f"{code['sha256'][:10]} (commit {str(code.get('commit') or 'unknown')[:10]}{dirty})"
    for shard, problem in found["damaged"].items():
        yield f"shard {shard}", f"{problem}; resume to make its runs again"
    if (found["waiting"] or found["damaged"]) and not found["running"]:
        yield "go on with", _resume(Path(found["folder"]))


def _resume(folder: Path) -> str:
    return f"werkstand experiment resume {shlex.quote(str(folder))}"


def _quoted(opened: "Experiment") -> str:
    return shlex.quote(str(opened.folder))


@contextmanager
def _ending_like_ctrl_c() -> Iterator[None]:
    from analysis.cli.run import _ending_like_ctrl_c as as_there

    with as_there():
        yield
