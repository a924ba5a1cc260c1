"""`werkstand verify`: run a random few of the runs behind a figure again and say whether they reproduce."""

import json
from argparse import Namespace
from dataclasses import asdict

from analysis.cli import BadInputError, FailedError
from analysis.provenance import ProvenanceError, Verdict, read, verify


def verify_figure(asked: Namespace) -> None:
    """Print what a figure was made of and a verdict for each row that was run again; one that differs is a failure."""
    try:
        origin = read(asked.figure)
        if not asked.json:
            print(f"{asked.figure}: '{origin.figure}', {origin.words()}")
        verdicts = []
        if not asked.list:
            for verdict in verify(asked.figure, rows=asked.rows, seed=asked.seed):
                verdicts.append(verdict)
                if not asked.json:
                    print(f"  {_row(verdict)}", flush=True)
    except ProvenanceError as error:
        raise BadInputError(f"verify: {error}") from error
    if asked.json:
        held = {"figure": str(asked.figure), "record": json.loads(origin.text()), "again": [_held(v) for v in verdicts]}
        print(json.dumps(held, indent=1))
    elif asked.list:
        for row in origin.rows:
            print(f"  run {row.run}: seed {row.seed}, scale {row.scale:g}, until {row.until}, {_changed(row)}")
    differ = [verdict for verdict in verdicts if not verdict.reproduces]
    if differ:
        commit = f" (made with commit {origin.commit})" if origin.commit and not differ[0].same_code else ""
        raise FailedError(f"verify: {len(differ)} of {len(verdicts)} runs differ from what the figure shows{commit}")
    if verdicts and not asked.json:
        print(f"{len(verdicts)} of {len(origin.rows)} runs were made again; all reproduce.")


def _row(verdict: Verdict) -> str:
    row = verdict.row
    run = f"run {row.run}: seed {row.seed}, scale {row.scale:g}, {_changed(row)}"
    return f"{run}: {verdict.words} ({verdict.seconds:.0f} s)"


def _changed(row) -> str:
    parts = [f"{name} = {value}" for name, value in row.changed.items()]
    parts += list(row.policies) if row.outcomes else [key.rpartition("-")[0] for key in row.policies]
    return ", ".join(parts) or "baseline"


def _held(verdict: Verdict) -> dict:
    return {**asdict(verdict), "verdict": verdict.words}
