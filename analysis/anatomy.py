"""What the model is made of, read from its modules: nothing here is a list of names that somebody has to keep.

    anatomy = read()
    anatomy.processes["job_search"].parameters
    anatomy.week                                # the steps of the week and what each of them calls

Processes and institutions are the modules of `abm.processes` and `abm.institutions`; their title and equations are
their docstrings; what they read and write are the fields of their named tuples (`Columns`, `Rates`) and `WRITES`.
The order of the week follows the calls of `Model.step`, through methods and functions, in the order in which they
stand. Tables are the classes of agents with declared columns, decisions the list of `abm.draws`.
"""

import ast
import importlib
import inspect
import pkgutil
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import mesa

import abm
from abm import draws
from abm.columns import Column, ColumnAgent, Together, declared
from abm.draws import DECISIONS
from abm.parameters import Parameters, load

KINDS = ("processes", "institutions")


@dataclass(frozen=True)
class Part:
    """A process or an institution: one module."""

    name: str
    kind: str
    file: str
    title: str
    text: str
    columns: tuple[str, ...]
    writes: tuple[str, ...]
    parameters: tuple[str, ...]
    decisions: tuple[str, ...]
    called_by: tuple[str, ...]
    agents: tuple["AgentClass", ...]


@dataclass(frozen=True)
class AgentClass:
    """A class of registered Mesa agents, or of such agents together: what it says of itself, keeps and does."""

    name: str
    text: str
    memory: tuple[str, ...]
    actions: dict[str, str]


@dataclass(frozen=True)
class View:
    """A table of columns with views: the kind of agent, what it says of itself, and its columns."""

    name: str
    file: str
    text: str
    columns: dict[str, Column]


@dataclass(frozen=True)
class Step:
    """One call of `Model.step`: its name, its first line of text, and the parts it reaches, in order."""

    name: str
    text: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Anatomy:
    """All there is to the model, by name and in order."""

    processes: dict[str, Part]
    institutions: dict[str, Part]
    tables: dict[str, View]
    week: tuple[Step, ...]
    decisions: dict[str, tuple[str, ...]]
    lanes: dict[str, tuple[str, ...]]
    used_by: dict[str, tuple[str, ...]]

    @property
    def parts(self) -> dict[str, Part]:
        """Processes and institutions."""
        return self.processes | self.institutions


@cache
def read() -> Anatomy:
    """Read the anatomy of the installed model."""
    parameters = load()
    modules = {module.__name__: module for module in _modules()}
    texts = {name: _tree(module) for name, module in modules.items()}
    parts = {
        kind: {
            name: _part(modules[f"abm.{kind}.{name}"], kind, name, parameters, texts)
            for name in _names_in(f"abm.{kind}")
        }
        for kind in KINDS
    }
    return Anatomy(
        processes=parts["processes"],
        institutions=parts["institutions"],
        tables={view.name: view for view in _views(modules)},
        week=tuple(_with_callees(list(_week()), parts["processes"])),
        decisions={name: tuple(_drawn_in(name, texts)) for name in DECISIONS},
        lanes=dict(_lanes()),
        used_by=_readers(parameters, modules, texts),
    )


def first_sentence(text: str) -> str:
    """Give the first sentence of a text in one line.

    >>> first_sentence("Money: benefits and debts.\\n\\nMore.")
    'Money: benefits and debts.'
    """
    paragraph = " ".join(inspect.cleandoc(text).split("\n\n")[0].split())
    return re.split(r"(?<=[.?!])\s+(?=[A-Z])", paragraph)[0]


def _modules() -> Iterator[ModuleType]:
    yield abm
    for found in sorted(pkgutil.walk_packages(abm.__path__, "abm."), key=lambda found: found.name):
        yield importlib.import_module(found.name)


def _names_in(package: str) -> list[str]:
    return sorted(found.name for found in pkgutil.iter_modules(importlib.import_module(package).__path__))


def _tree(module: ModuleType) -> ast.Module:
    return ast.parse(inspect.getsource(module))


def _file(module: ModuleType) -> str:
    return Path(str(module.__file__)).relative_to(Path(abm.__path__[0]).parent).as_posix()


# Parts ----------------------------------------------------------------------------------------------------------


def _part(module: ModuleType, kind: str, name: str, parameters: Parameters, texts: dict[str, ast.Module]) -> Part:
    text = inspect.cleandoc(module.__doc__ or "")
    fields = [field for cls in _named_tuples(module) for field in cls._fields]
    known = {column for view in _view_classes() for column in declared(view)}
    named = _strings(texts[module.__name__])
    return Part(
        name=name,
        kind=kind,
        file=_file(module),
        title=first_sentence(text),
        text=text,
        columns=_unique(field for field in fields if field in known),
        writes=_unique(getattr(module, "WRITES", ())),
        parameters=_unique(field for field in [*fields, *named] if field in parameters),
        decisions=_unique([*_decided(texts[module.__name__]), *_lanes_of(module)]),
        called_by=tuple(other for other in _importers(module.__name__, texts) if other != module.__name__),
        agents=tuple(_agents(module)),
    )


def _named_tuples(module: ModuleType) -> list[Any]:
    return [
        item
        for item in vars(module).values()
        if inspect.isclass(item) and hasattr(item, "_fields") and item.__module__ == module.__name__
    ]


def _agents(module: ModuleType) -> Iterator[AgentClass]:
    for item in vars(module).values():
        own = inspect.isclass(item) and item.__module__ == module.__name__
        if own and issubclass(item, mesa.Agent | Together) and not issubclass(item, ColumnAgent):
            yield AgentClass(item.__name__, _doc(item), tuple(_memory(item)), dict(_actions(item)))


def _memory(cls: type) -> Iterator[str]:
    """Give the names of what an agent keeps: its columns, and the attributes that its first method sets."""
    yield from declared(cls)
    first = vars(cls).get("__init__")
    if first is None:
        return
    for node in ast.walk(_function_tree(first)):
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        for target in targets:
            if isinstance(target, ast.Attribute) and not target.attr.startswith("_"):
                yield target.attr


def _actions(cls: type) -> Iterator[tuple[str, str]]:
    for name, item in vars(cls).items():
        if isinstance(item, FunctionType) and not name.startswith("_"):
            yield name, first_sentence(item.__doc__ or "")


def _doc(item: Any) -> str:
    return inspect.cleandoc(item.__doc__ or "")


def _importers(wanted: str, texts: dict[str, ast.Module]) -> Iterator[str]:
    package, _, name = wanted.rpartition(".")
    for module, tree in texts.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (
                node.module == wanted or (node.module == package and any(alias.name == name for alias in node.names))
            ):
                yield module
                break


def _views(modules: dict[str, ModuleType]) -> Iterator[View]:
    for cls in _view_classes():
        yield View(cls.__name__, _file(modules[cls.__module__]), _doc(cls), declared(cls))


@cache
def _view_classes() -> tuple[type, ...]:
    """Give every class of views of the model, the largest table first."""
    found: set[type] = set()
    todo: list[type] = [mesa.Agent]
    for _ in _modules():  # imports them all
        pass
    while todo:
        under: list[type] = todo.pop().__subclasses__()
        for cls in under:
            if cls.__module__.split(".")[0] == "abm" and vars(cls).keys() & declared(cls).keys():
                found.add(cls)
            todo.append(cls)
    return tuple(sorted(found, key=lambda cls: (-len(declared(cls)), cls.__name__)))


# Who uses what --------------------------------------------------------------------------------------------------


def _readers(
    parameters: Parameters, modules: dict[str, ModuleType], texts: dict[str, ast.Module]
) -> dict[str, tuple[str, ...]]:
    """Give for each parameter the modules that name it, as a field of a named tuple or as a text."""
    readers: dict[str, list[str]] = {name: [] for name in parameters}
    for module_name, module in modules.items():
        named = {field for cls in _named_tuples(module) for field in cls._fields} | set(_strings(texts[module_name]))
        for parameter in parameters:
            if parameter in named:
                readers[parameter].append(module_name.removeprefix("abm."))
    return {name: tuple(modules) for name, modules in readers.items()}


def _strings(tree: ast.AST) -> list[str]:
    return [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def _decided(tree: ast.AST) -> Iterator[str]:
    """Give the names of decisions that a module draws luck for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in ("decision", "uniforms", "normals"):
                yield from (word for word in _strings(node) if word in DECISIONS)


def _lanes() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give the lanes of each decision that is drawn for a list of rows at once (`*_BLOCKS` of `abm.draws`)."""
    for name, blocks in vars(draws).items():
        if name.endswith("_BLOCKS"):
            lanes = getattr(draws, f"{name.removesuffix('_BLOCKS')}_LANES", getattr(draws, "LANES", ()))
            for place, block in enumerate(blocks):
                yield block, tuple(lane for lane in lanes[4 * place : 4 * place + 4] if lane != "spare")


def _lanes_of(module: ModuleType) -> list[str]:
    return [name.removeprefix("LANE_").lower() for name in vars(module) if name.startswith("LANE_")]


def _drawn_in(decision: str, texts: dict[str, ast.Module]) -> list[str]:
    return [name.removeprefix("abm.") for name, tree in texts.items() if decision in set(_decided(tree))]


def _unique(names: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


# The week -------------------------------------------------------------------------------------------------------


def _week() -> Iterator[Step]:
    """Give the steps of the week in order: the methods that `Model.step` calls."""
    model = abm.Model
    agents = _agents_of(model)
    for node in _in_order(_function_tree(model.step)):
        name = _method(node, model)
        if name is not None:
            method = vars(model)[name]
            reached: dict[str, None] = {}
            _follow(method, model, agents, reached, {method})
            yield Step(name, first_sentence(method.__doc__ or ""), tuple(reached))


def _follow(function: Any, model: type, agents: dict[str, type], reached: dict[str, None], seen: set[Any]) -> None:
    """Note the parts that a function calls, directly or through functions of the model that are not parts."""
    scope = getattr(function, "__globals__", {})
    for node in _in_order(_function_tree(function)):
        found: Any = None
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
            if name := _method(node, model):
                found = vars(model)[name]
            elif node.attr in agents:
                found = agents[node.attr]
        elif isinstance(node, ast.Attribute) and _agent(node.value, agents):
            found = vars(_agent(node.value, agents)).get(node.attr)
            if isinstance(found, FunctionType) and found not in seen:
                seen.add(found)
                _follow(found, model, agents, reached, seen)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found = getattr(scope.get(node.value.id), node.attr, None)
        elif isinstance(node, ast.Name):
            found = scope.get(node.id)
        found = getattr(found, "py_func", found)
        module = found.__name__ if isinstance(found, ModuleType) else getattr(found, "__module__", None) or ""
        if not module.startswith("abm.") or (isinstance(found, type) and hasattr(found, "_fields")):
            continue
        kind, _, name = module.removeprefix("abm.").partition(".")
        if kind in KINDS and name:
            reached[name] = None
        elif isinstance(found, FunctionType) and found not in seen:
            seen.add(found)
            _follow(found, model, agents, reached, seen)


def _with_callees(week: list[Step], processes: dict[str, Part]) -> Iterator[Step]:
    """Add the processes that only other processes call, right after the first that does."""
    placed = {name for step in week for name in step.parts}
    for step in week:
        parts: list[str] = []
        for name in step.parts:
            parts.append(name)
            for other, part in processes.items():
                if other not in placed and f"abm.processes.{name}" in part.called_by:
                    parts.append(other)
                    placed.add(other)
        yield Step(step.name, step.text, tuple(parts))


def _agent(node: ast.AST, agents: dict[str, type]) -> Any:
    """Give the class of agent that `self.name` holds, if it holds one."""
    named = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
    return agents.get(node.attr) if named and isinstance(node, ast.Attribute) else None


def _agents_of(model: type) -> dict[str, type]:
    """Give the attributes of the model that hold an agent of an institution, or such agents together."""
    found = {}
    for method in vars(model).values():
        if not isinstance(method, FunctionType):
            continue
        for node in ast.walk(_function_tree(method)):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
                names = [part.id for part in ast.walk(node.value) if isinstance(part, ast.Name)]
                classes = [method.__globals__.get(name) for name in names]
                for cls in classes:
                    if isinstance(cls, type) and issubclass(cls, mesa.Agent | Together):
                        found[node.targets[0].attr] = cls
    return found


def _method(node: ast.AST, model: type) -> str | None:
    """Give the name of the method of the model that an expression names, if it does."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
        if isinstance(vars(model).get(node.attr), FunctionType):
            return node.attr
    return None


def _function_tree(function: Any) -> ast.AST:
    return ast.parse(textwrap.dedent(inspect.getsource(function)))


def _in_order(tree: ast.AST) -> list[Any]:
    nodes = [node for node in ast.walk(tree) if isinstance(node, (ast.Attribute, ast.Name))]
    return sorted(nodes, key=lambda node: (node.lineno, node.col_offset))
