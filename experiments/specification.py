"""What an experiment asks and how: a YAML file, or a Python file that makes a `Specification`.

    question: What do four policies do to waiting, language, work and cost?
    policies: [baseline, savings_scheme, start_homes]
    design: {kind: lhs, n: 50}               # policies x futures; left out: the policies alone
    parameters: [grant_rate, chance_*]       # or a mapping to {range, distribution, values, starts}
    replicates: 20
    scale: 0.1
    until: 2030-12-31
    outcomes:
      waiting: {column: status_holders_in_reception, summary: mean, from: 2026-01-01}

Whatever is wrong is told in one line that names the file, the key and what may have been meant. `set` gives a
parameter another value in every run. `keep` names tables (weekly, groups, cohorts, costs) that are stored whole.
`limits` are for one run: `seconds` and `megabytes`.
"""

import hashlib
import importlib
import inspect
import runpy
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from abm.parameters import ParameterError, Parameters, closest, load
from abm.parameters.dates import week_of
from abm.parameters.reading import read_yaml
from abm.policies import choose, lay_over
from experiments import design as designs
from experiments.design import BASELINE, BLOCKS, LUCK, Design, DesignError
from experiments.factors import apply, factors
from experiments.outcomes import TABLES, Outcome, OutcomeError, outcomes, usual
from experiments.run import Settings

KEYS = (
    *("question", "design", "parameters", "policies", "replicates", "seed", "luck", "scale", "until"),
    *("set", "outcomes", "keep", "limits", "model"),
)
#: The kinds of design, and what may be said of each.
DESIGNS = {
    "policies": (),
    "grid": ("levels",),
    "random": ("n", "seed"),
    "lhs": ("n", "seed"),
    "sobol": ("n", "seed", "second_order", "groups"),
    "morris": ("n", "seed", "levels", "groups"),
    "efast": ("n", "seed", "harmonics"),
    "table": ("file",),
}
MODEL = "abm:Model"


class SpecificationError(ValueError):
    """A specification cannot be used; the message is one line."""


@dataclass(frozen=True)
class Limits:
    """What one run may use: seconds of time and megabytes of memory of its process; nothing means no limit."""

    seconds: float | None = None
    megabytes: float | None = None


@dataclass(frozen=True)
class Specification:
    """An experiment before it runs.

    `fixed` holds values of parameters for every run; `model` is "module:class" of the model, `source` the text it
    was read from and `suffix` what the name of that file ends with. Raises `SpecificationError` when the parts do not
    fit together.
    """

    name: str
    design: Design
    outcomes: tuple[Outcome, ...]
    question: str = ""
    replicates: int = 1
    seed: int = 1
    luck: str = "shared"
    scale: float = 1.0
    until: str = "2030-12-31"
    fixed: Mapping[str, Any] = field(default_factory=dict)
    keep: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    model: str = MODEL
    source: str = ""
    suffix: str = ".yaml"

    def __post_init__(self) -> None:
        try:
            Settings(self.until, self.scale, self.seed, self.replicates)
            parameters = apply(load(), self.fixed)
            for one in self.design.factors:
                apply(
                    parameters, {one.name: one.at(np.array(0.5)).item()}, {one.name: one.starts} if one.starts else {}
                )
        except ValueError as error:
            raise SpecificationError(str(error)) from error
        if self.luck not in LUCK:
            raise SpecificationError(f"luck: there is no '{self.luck}'.{closest(self.luck, LUCK)}")
        if self.luck == "block" and self.design.kind not in BLOCKS:
            raise SpecificationError(f"luck: a design of kind {self.design.kind} has no blocks that could share it")
        for name, day in self.starts.items():
            if not day <= date.fromisoformat(self.until):
                raise SpecificationError(f"parameters: {name}.starts: {day} lies after the last day, {self.until}")
        both = set(self.fixed) & set(self.design.names)
        if both:
            raise SpecificationError(f"set: '{min(both)}' is varied by the design as well")
        load_model(self.model)
        check_policies(self)

    @property
    def starts(self) -> dict[str, date]:
        """From which day the value of a factor holds, for those that do not hold in all weeks."""
        return {one.name: one.starts for one in self.design.factors if one.starts is not None}


def read(path: str | Path) -> Specification:
    """Read a specification from a YAML or Python file; raises `SpecificationError`.

    A Python file makes a `Specification` with the name `specification`.
    """
    path = Path(path)
    if not path.is_file():
        near = closest(path.name, [other.name for other in path.parent.glob("*.yaml")]) if path.parent.is_dir() else ""
        raise SpecificationError(f"{path}: there is no such file.{near}")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise SpecificationError(f"{path.name}: cannot be read (it is not text)") from None
    if path.suffix == ".py":
        try:
            made = runpy.run_path(str(path)).get("specification")
        except (Exception, SystemExit) as error:
            raise SpecificationError(f"{path.name}: {type(error).__name__}: {error}") from error
        if not isinstance(made, Specification):
            raise SpecificationError(f"{path.name}: makes no Specification called 'specification'")
        return replace(made, source=text, suffix=path.suffix)
    if path.suffix not in (".yaml", ".yml"):
        raise SpecificationError(f"{path.name}: a specification is a .yaml or a .py file")
    try:
        return replace(from_mapping(read_yaml(path), path.stem, path.parent), source=text, suffix=path.suffix)
    except (ParameterError, SpecificationError) as error:
        message = str(error)
        raise SpecificationError(message if message.startswith(path.name) else f"{path.name}: {message}") from error


def from_mapping(stated: Any, name: str, folder: Path | None = None) -> Specification:
    """Give the specification that a mapping (as read from YAML) describes; files in it lie in `folder`."""
    if not isinstance(stated, Mapping):
        raise SpecificationError(f"a specification has the keys {', '.join(KEYS)}")
    for key in stated:
        if key not in KEYS:
            raise SpecificationError(f"unknown key '{key}'.{closest(key, KEYS)}")
    until = str(stated.get("until", "2030-12-31"))
    parameters = load()
    try:
        policies = policy_sets(stated.get("policies"), folder)
        Settings(until, 1.0)  # the date is needed to read outcomes; the message for a bad one is the model's
        wanted = outcomes(stated["outcomes"], until) if "outcomes" in stated else usual(until)
        design = _design(stated, policies, parameters, folder)
    except (DesignError, OutcomeError, ParameterError) as error:
        raise SpecificationError(str(error)) from error
    except SpecificationError:
        raise
    except ValueError as error:
        raise SpecificationError(str(error)) from error
    return Specification(
        name=name,
        design=design,
        outcomes=wanted,
        question=str(stated.get("question", "")).strip(),
        replicates=_whole(stated.get("replicates", 1), "replicates"),
        seed=_whole(stated.get("seed", 1), "seed"),
        luck=stated.get("luck", "shared"),
        scale=_number(stated.get("scale", 1.0), "scale"),
        until=until,
        fixed=_mapping(stated.get("set", {}), "set"),
        keep=_keep(stated.get("keep", [])),
        limits=_limits(stated.get("limits", {})),
        model=str(stated.get("model", MODEL)),
    )


def policy_sets(stated: Any, folder: Path | None = None) -> dict[str, tuple[str, ...]]:
    """Give the sets of policies by name, from a list of sets ("one + other") or a mapping of names to lists.

    A policy in a file of its own (name ends with .yaml) is found beside the specification.
    """
    if stated is None:
        return {BASELINE: ()}
    if isinstance(stated, Mapping):
        sets = {}
        for name, given in stated.items():
            policies = [given] if isinstance(given, str) else given
            if not isinstance(policies, Sequence) or not all(isinstance(one, str) for one in policies):
                raise SpecificationError(f"policies: {name}: give a list of names of policies")
            sets[str(name)] = tuple(policies)
    elif isinstance(stated, Sequence) and not isinstance(stated, str):
        if not all(isinstance(name, str) for name in stated):
            raise SpecificationError("policies: give names of policies, several joined by ' + '")
        sets = {designs.name_of(designs.members(name)): designs.members(name) for name in stated}
        if len(sets) < len(stated):
            raise SpecificationError("policies: a set stands twice")
    else:
        raise SpecificationError("policies: give a list of sets, or a mapping of names to lists")
    if not sets:
        raise SpecificationError("policies: name at least one set; 'baseline' is the one without policies")
    if sets.get(BASELINE):
        raise SpecificationError(f"policies: '{BASELINE}' is the set without policies; give this one another name")
    return {name: tuple(_beside(one, folder) for one in policies) for name, policies in sets.items()}


def check_policies(specification: Specification) -> None:
    """Refuse policies that the model does not know, that contradict each other or that lie outside the run."""
    sets = {name: policies for name, policies in specification.design.policies.items() if policies}
    if not sets:
        return
    if not takes_policies(load_model(specification.model)):
        raise SpecificationError("policies: this model takes none")
    parameters = apply(load(), specification.fixed)
    for name, policies in sets.items():
        try:
            lay_over(choose(policies, parameters), parameters, week_of(specification.until) + 1)
        except ValueError as error:
            where = "policies" if name == designs.name_of(policies) else f"policies: {name}"
            raise SpecificationError(f"{where}: {error}") from error


def load_model(name: str) -> Any:
    """Give the class of a model by "module:class"; raises `SpecificationError`."""
    module, _, attribute = name.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise SpecificationError(f"model: '{name}' cannot be imported ({error})") from error


def takes_policies(model: Any) -> bool:
    """Say whether a model has the argument `policies`."""
    return "policies" in inspect.signature(model).parameters


def policy_files(specification: Specification) -> dict[str, str]:
    """Give a hash of what each policy in a file of its own says, by how it is named.

    Policies that are shipped belong to the code of the model.
    """
    asked = {one for policies in specification.design.policies.values() for one in policies if _in_a_file(one)}
    return {one: hash_of_policy(one) for one in sorted(asked)}


def hash_of_policy(asked: str) -> str:
    """Give a hash of all that a policy says, those it is made of included."""
    return hashlib.sha256(repr(choose(asked, load())).encode()).hexdigest()


def _design(
    stated: Mapping[str, Any],
    policies: dict[str, tuple[str, ...]],
    parameters: Parameters,
    folder: Path | None,
) -> Design:
    given = stated.get("design", {})
    if isinstance(given, str):
        given = {"kind": given}
    if not isinstance(given, Mapping):
        raise SpecificationError("design: give a mapping such as {kind: lhs, n: 50}")
    varied = stated.get("parameters")
    kind = given.get("kind", "grid" if varied else "policies")
    if not isinstance(kind, str) or kind not in DESIGNS:
        raise SpecificationError(f"design.kind: there is no '{kind}'.{closest(kind, DESIGNS)}")
    options = {key: value for key, value in given.items() if key != "kind"}
    for key in options:
        if key not in DESIGNS[kind]:
            hint = closest(key, DESIGNS[kind]) if DESIGNS[kind] else ""
            raise SpecificationError(f"design: unknown key '{key}' for a design of kind {kind}.{hint}")
    if kind in ("policies", "table"):
        if varied:
            raise SpecificationError(f"parameters: a design of kind {kind} names none")
        if kind == "policies":
            return designs.policies_only(policies)
        if "file" not in options:
            raise SpecificationError("design.file: is missing (a CSV file)")
        return designs.table((folder or Path()) / str(options["file"]), parameters, policies)
    if not varied:
        raise SpecificationError(f"parameters: name those that a design of kind {kind} varies")
    chosen = factors(varied, parameters)
    if kind == "grid":
        levels = _whole(options["levels"], "design.levels") if "levels" in options else None
        return designs.grid(chosen, levels).across(policies)
    if "n" not in options:
        raise SpecificationError("design.n: is missing (how many points, blocks or trajectories)")
    for key, value in options.items():
        if key == "second_order" and not isinstance(value, bool):
            raise SpecificationError("design.second_order: give true or false")
        if key == "groups":
            _mapping(value, "design.groups")
        elif key != "second_order":
            _whole(value, f"design.{key}")
    for key in ("n", "harmonics"):
        if options.get(key, 1) < 1:
            raise SpecificationError(f"design.{key}: give at least 1")
    options.setdefault("seed", _whole(stated.get("seed", 1), "seed"))
    made: Design = getattr(designs, kind)(chosen, **options)
    return made.across(policies)


def _beside(policy: str, folder: Path | None) -> str:
    if not _in_a_file(policy):
        return policy
    path, at, days = policy.partition("@")
    return f"{((folder or Path()) / path).resolve()}{at}{days}"


def _in_a_file(policy: str) -> bool:
    return policy.partition("@")[0].endswith((".yaml", ".yml"))


def _keep(given: Any) -> tuple[str, ...]:
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, Sequence):
        raise SpecificationError("keep: give a list of tables")
    for name in names:
        if name not in TABLES:
            raise SpecificationError(f"keep: there is no table '{name}'.{closest(name, TABLES)}")
    return tuple(dict.fromkeys(names))


def _limits(given: Any) -> Limits:
    names = ("seconds", "megabytes")
    for key in _mapping(given, "limits"):
        if key not in names:
            raise SpecificationError(f"limits: unknown key '{key}'.{closest(key, names)}")
        if not _number(given[key], f"limits.{key}") > 0:
            raise SpecificationError(f"limits.{key}: give a number above 0")
    return Limits(**given)


def _mapping(given: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise SpecificationError(f"{where}: give a mapping of names to values")
    for name in given:
        if not isinstance(name, str):
            raise SpecificationError(f"{where}: '{name}' is not a name")
    return given


def _whole(given: Any, where: str) -> int:
    if type(given) is not int or given < 0:
        raise SpecificationError(f"{where}: '{given}' is not a whole number")
    return given


def _number(given: Any, where: str) -> float:
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        raise SpecificationError(f"{where}: '{given}' is not a number")
    if abs(given) > sys.float_info.max:
        raise SpecificationError(f"{where}: is not a number that can be reckoned with")
    return float(given)
