"""`werkstand systems`: how each system of the source documents is represented in the model."""

import json
from argparse import Namespace
from dataclasses import asdict
from fnmatch import fnmatch

from rich.markup import escape

from abm.parameters import closest, load
from abm.policies import names
from abm.register import System, register, unresolved
from analysis.cli import BadInputError, FailedError
from analysis.cli.tables import console, table
from experiments.metrics import COHORTS, COSTS, GROUPS, NETWORK, WEEKLY

BLOCKS = {
    "1A": "Actors and institutions",
    "1B": "Asylum procedure",
    "1C": "Reception",
    "1D": "Housing",
    "1E": "Language and civic integration",
    "1F": "Work",
    "1G": "Social support, health, money",
    "1H": "Governance, financing, economy",
}
#: Columns and categories of cost that can carry a system.
METRICS = {*WEEKLY, *GROUPS, *COHORTS, *COSTS, *NETWORK}


def systems(asked: Namespace) -> None:
    """Print the systems that match, or all that is known of one; exit code 1 if one is not resolved."""
    known = register()
    found = matching(asked.id, known)
    faults = {system.id: wrong for system in known.values() if (wrong := faults_of(system))}
    if asked.json:
        print(json.dumps({system.id: asdict(system) for system in found}, indent=1, ensure_ascii=False))
    elif len(found) == 1:
        show_one(found[0])
    else:
        show_tables(found)
    if not asked.json:
        context = sum(1 for system in known.values() if not system.carriers())
        console().print(f"{len(known) - len(faults)} of {len(known)} resolved; {context} of them context only")
    if faults:
        name, wrong = next(iter(faults.items()))
        raise FailedError(f"systems: {len(faults)} not resolved, the first: {name}: {wrong[0]}")


def faults_of(system: System) -> list[str]:
    """Give what an entry of the register names that does not exist."""
    return unresolved(system, load_names(), names(), METRICS)


def load_names() -> list[str]:
    """Give the names of all parameters."""
    return list(load())


def matching(pattern: str | None, known: dict[str, System]) -> list[System]:
    """Give the system with this id; or those of this block; or with it in the id; or in the names and text."""
    if not pattern:
        return list(known.values())
    wanted = pattern.lower()
    if wanted in known:
        return [known[wanted]]
    if wanted.upper() in BLOCKS:
        return [system for system in known.values() if system.block == wanted.upper()]
    anywhere = wanted if any(sign in wanted for sign in "*?[") else f"*{wanted}*"
    for text in (lambda s: s.id, lambda s: f"{s.dutch} {s.english} {s.how}".lower()):
        if found := [system for system in known.values() if fnmatch(text(system), anywhere)]:
            return found
    blocks = f" Blocks: {', '.join(BLOCKS)}."
    raise BadInputError(f"systems: no system matches '{pattern}'.{closest(wanted, known) or blocks}")


def show_tables(found: list[System]) -> None:
    """Print a table for each block."""
    out = console()
    for block, title in BLOCKS.items():
        rows = [system for system in found if system.block == block]
        if not rows:
            continue
        drawn = table("Id", "English", "Status", "Carried by", "How", title=f"{block} {title}", expand=True)
        for column, ratio in zip(drawn.columns[1:], (4, 1, 5, 7), strict=True):
            column.ratio = ratio
        for system in rows:
            cells = (system.english, system.status, carried(system), system.how)
            drawn.add_row(system.id, *map(escape, cells))
        out.print(drawn)


def carried(system: System) -> str:
    """Give what carries a system in few words."""
    return "; ".join(", ".join(found) for found in system.carriers().values()) or "context"


def show_one(system: System) -> None:
    """Print all that is known about one system."""
    drawn = table("", "", show_header=False)
    rows = {
        "Dutch": system.dutch,
        "English": system.english,
        "documents": system.documents,
        "status": system.status,
        "mechanism": system.mechanism,
        "outcomes": system.outcomes,
        "levers": system.levers.replace("`", ""),
        "how": system.how,
        **{kind: "\n".join(found) for kind, found in system.carriers().items()},
        "context": system.context,
        "lacking": system.lacking,
    }
    for name, text in rows.items():
        if text:
            drawn.add_row(name, escape(text))
    console().print(f"[bold]{system.id}[/bold] ({system.block} {BLOCKS[system.block]})", drawn)
