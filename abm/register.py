"""The register of systems: every actor, rule and proposal of the source documents, and what of the model carries it.

    register()["start_homes"].how
    register()["start_homes"].policies

The facts (what it is called, how it works according to the documents, which outcomes it should move) are the rows of
`data/systems.csv`; `data/register.yaml` maps each id to parameters, processes, institutions, policies or recorded
metrics, with one sentence on how. A row that is context only says why; `lacking` says what of a row is not modelled.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from abm import data
from abm.parameters import ParameterError, closest
from abm.parameters.reading import read_yaml

FILE = data.FOLDER / "register.yaml"
CODE = Path(__file__).parent
#: What can carry a system.
CARRIERS = ("parameters", "processes", "institutions", "policies", "metrics")
KEYS = ("how", *CARRIERS, "context", "lacking", "check")
FACTS = ("id", "block", "status", "dutch", "english", "mechanism", "outcomes", "levers")
#: A check asks for the first four keys.
CHECK_KEYS = ("low", "high", "outcome", "direction", "until", "found", "note")
#: Last day of a comparison that does not say otherwise.
CHECK_UNTIL = "2024-12-31"
FOUND = ("", "nothing", "opposite")


class RegisterError(ParameterError):
    """Something about the register is wrong; the message is one line."""


@dataclass(frozen=True)
class Check:
    """A paired comparison that shows the lever at work: policies or values, and what should move which way.

    `low` and `high` map parameters to values; how `outcome` is read from the results stands in
    tests/verification/lever_directions.py. `direction` is "up" or "down" when the lever goes from low to high, as the
    documents expect. `until` is the last day of the run. `found` is "nothing" or "opposite" where the model says
    otherwise, and `note` then says why.
    """

    low: Mapping[str, Any]
    high: Mapping[str, Any]
    outcome: str
    direction: str
    until: str
    found: str
    note: str


@dataclass(frozen=True)
class System:
    """One row: the facts of the documents and what carries them here."""

    id: str
    block: str
    status: str
    dutch: str
    english: str
    documents: str
    mechanism: str
    outcomes: str
    levers: str
    how: str
    parameters: tuple[str, ...]
    processes: tuple[str, ...]
    institutions: tuple[str, ...]
    policies: tuple[str, ...]
    metrics: tuple[str, ...]
    context: str
    lacking: str
    checks: tuple[Check, ...]

    def carriers(self) -> dict[str, tuple[str, ...]]:
        """Give what carries it, by kind; kinds without any are left out."""
        return {kind: found for kind in CARRIERS if (found := getattr(self, kind))}


def register(path: Path = FILE) -> dict[str, System]:
    """Give all systems by id, in the order of the documents; raises `RegisterError`."""
    facts = data.systems().fillna("").to_dict("records")
    entries = read_yaml(path)
    if not isinstance(entries, Mapping):
        raise RegisterError(f"{path.name}: is not a register; an entry starts with the id of a system and a colon")
    ids = [str(row["id"]) for row in facts]
    for name in entries:
        if name not in ids:
            raise RegisterError(f"{path.name}: no system is called '{name}'.{closest(name, ids)}")
    for name in ids:
        if name not in entries:
            raise RegisterError(f"{path.name}: {name}: is missing")
    return {str(row["id"]): _system(row, entries[row["id"]], path.name) for row in facts}


def unresolved(
    system: System, parameters: Collection[str], policies: Collection[str], metrics: Collection[str]
) -> list[str]:
    """Give what an entry names that does not exist, or that it names nothing; empty when it is resolved."""
    known = {"parameters": parameters, "policies": policies, "metrics": metrics}
    wrong = [
        f"{kind}: there is no '{name}'.{closest(name, known[kind])}"
        for kind in known
        for name in getattr(system, kind)
        if name not in known[kind]
    ]
    for kind in ("processes", "institutions"):
        names = {path.stem for path in (CODE / kind).glob("*.py")} - {"__init__"}
        missing = [name for name in getattr(system, kind) if name not in names]
        wrong += [f"{kind}: there is no '{name}'.{closest(name, names)}" for name in missing]
    levers = {name.split(".")[0] for check in system.checks for name in (*check.low, *check.high)}
    wrong += [f"check: there is no parameter '{name}'.{closest(name, parameters)}" for name in levers - set(parameters)]
    if not system.carriers() and not system.context:
        wrong.append("names nothing of the model and gives no context")
    return wrong


def _system(row: Mapping[Any, Any], entry: Any, file: str) -> System:
    where = f"{file}: {row['id']}"
    if not isinstance(entry, Mapping):
        raise RegisterError(f"{where}: an entry has the keys {', '.join(KEYS)}")
    for key in entry:
        if key not in KEYS:
            raise RegisterError(f"{where}: unknown key '{key}'.{closest(key, KEYS)}")
    how = entry.get("how", "")
    if not isinstance(how, str) or not how.strip():
        raise RegisterError(f"{where}: how: say in one sentence how it is represented")
    for key in CARRIERS:
        given = entry.get(key, [])
        if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
            raise RegisterError(f"{where}: {key}: give a list of names")
    carriers: dict[str, Any] = {key: tuple(entry.get(key, [])) for key in CARRIERS}
    facts: dict[str, Any] = {key: str(row[key]) for key in FACTS}
    return System(
        **facts,
        **carriers,
        documents=str(row["source_documents"]),
        how=" ".join(how.split()),
        context=" ".join(str(entry.get("context", "")).split()),
        lacking=" ".join(str(entry.get("lacking", "")).split()),
        checks=_checks(entry.get("check", []), f"{where}: check"),
    )


def _checks(given: Any, where: str) -> tuple[Check, ...]:
    """Read one check or a list of them."""
    return tuple(_check(one, where) for one in (given if isinstance(given, list) else [given]))


def _check(given: Any, where: str) -> Check:
    if not isinstance(given, Mapping):
        raise RegisterError(f"{where}: give {', '.join(CHECK_KEYS)}")
    for key in given:
        if key not in CHECK_KEYS:
            raise RegisterError(f"{where}: unknown key '{key}'.{closest(key, CHECK_KEYS)}")
    for key in CHECK_KEYS[:4]:
        if key not in given:
            raise RegisterError(f"{where}: '{key}' is missing")
    if given["direction"] not in ("up", "down"):
        raise RegisterError(f"{where}: direction: '{given['direction']}' is neither up nor down")
    found, note = given.get("found", ""), " ".join(str(given.get("note", "")).split())
    if found not in FOUND:
        raise RegisterError(f"{where}: found: '{found}' is neither nothing nor opposite")
    if found and not note:
        raise RegisterError(f"{where}: found: say in a note why the model finds {found}")
    until = str(given.get("until", CHECK_UNTIL))
    return Check(given["low"], given["high"], given["outcome"], given["direction"], until, found, note)
