"""`werkstand figures`: draw the figures of stored runs."""

import json
from argparse import Namespace
from pathlib import Path

from analysis.cli import BadInputError
from analysis.cli.run import RESULTS
from experiments import store


def figures(asked: Namespace) -> None:
    """Draw the figures that were asked for, or list what there is."""
    from analysis.effects import EffectsError
    from analysis.figures import CATALOGUE, FigureError, write
    from analysis.provenance import ProvenanceError

    if asked.list:
        show(CATALOGUE, asked.json)
        return
    folders = [Path(folder) for folder in asked.results] or [store.newest(RESULTS)]
    out = Path(asked.out) if asked.out else folders[0] / "figures"
    try:
        paths = write(folders, out, asked.only or None, formats=list(dict.fromkeys(asked.format)) or ["png", "svg"])
    except (FigureError, EffectsError, ProvenanceError) as error:
        raise BadInputError(f"figures: {error}") from error
    except OSError as error:
        raise BadInputError(f"figures: {out}: cannot be written ({error.strerror})") from error
    if asked.json:
        print(json.dumps({"figures": [str(path) for path in paths]}, indent=1))
        return
    for path in paths:
        print(path)


def show(catalogue, as_json: bool) -> None:
    """Print what figures there are and what each needs."""
    from analysis.cli.tables import console, table

    if as_json:
        print(
            json.dumps(
                {name: {"shows": entry.shows, "needs": entry.needs} for name, entry in catalogue.items()}, indent=1
            )
        )
        return
    needs = {
        "run": "a run",
        "policies": "a baseline and runs to compare with it",
        "contacts": "a baseline and a run with motivation_peer_effect=0",
        "model": "a run, which is made again; named with --only",
    }
    drawn = table("Name", "Shows", "Needs")
    for name, entry in catalogue.items():
        drawn.add_row(name, entry.shows, needs[entry.needs])
    console().print(drawn)
