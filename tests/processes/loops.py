"""Which compiled functions the week calls from Python, and what each process says it writes; read from the source.

Nothing here is a list kept by hand: a new process is tested as soon as ``abm`` calls it.
"""

import ast
import importlib
import inspect
import pkgutil
from types import ModuleType

import abm


def modules() -> dict[str, ModuleType]:
    """Give every module of the model by its full name."""
    names = [info.name for info in pkgutil.walk_packages(abm.__path__, "abm.")]
    return {name: importlib.import_module(name) for name in names}


MODULES = modules()


def is_compiled(item) -> bool:
    return hasattr(item, "py_func")


def _resolve(module, node):
    """Give (module, attribute) of what a call names, if that is something at the top of a module."""
    if isinstance(node, ast.Name):
        return module, node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        owner = getattr(module, node.value.id, None)
        if isinstance(owner, ModuleType):
            return owner, node.attr
    return None


def _functions(module):
    """Give every function in a module with whether it is compiled."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.FunctionDef):
            decorators = {d.id for d in node.decorator_list if isinstance(d, ast.Name)}
            yield node, bool(decorators & {"kernel", "allocating", "inlined"})


def _calls(compiled: bool):
    """Give (module, attribute) of the compiled functions that are called from compiled code, or from Python."""
    found = set()
    for module in MODULES.values():
        for function, inside in _functions(module):
            if inside != compiled:
                continue
            for node in ast.walk(function):
                named = _resolve(module, node.func) if isinstance(node, ast.Call) else None
                if named and is_compiled(getattr(*named, None)):
                    found.add(named)
    return found


def _short(function) -> str:
    return f"{function.__module__.rsplit('.', 1)[1]}.{function.__name__}"


def loops():
    """Give {"job_search.search": (module, attribute)} for what Python calls and compiled code does not."""
    inner = _calls(compiled=True)
    called = [at for at in sorted(_calls(compiled=False), key=str) if at not in inner]
    # draws are compared in tests/test_draws.py
    return {_short(getattr(*at)): at for at in called if getattr(*at).__module__ != "abm.draws"}


#: What the week calls: name -> (module in which Python finds it, attribute).
LOOPS = loops()

#: Processes that declare what they write: name -> module.
DECLARING = {name.rsplit(".", 1)[1]: module for name, module in MODULES.items() if hasattr(module, "WRITES")}


def assigned(module, argument="c"):
    """Give the columns that the compiled functions of a module, and those they call, assign to ``c.<column>[...]``."""
    columns, seen, todo = set(), set(), [(module, node) for node, inside in _functions(module) if inside]
    while todo:
        where, function = todo.pop()
        if (where.__name__, function.name) in seen:
            continue
        seen.add((where.__name__, function.name))
        for node in ast.walk(function):
            targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
            for target in targets:
                if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Attribute):
                    owner = target.value.value
                    if isinstance(owner, ast.Name) and owner.id == argument:
                        columns.add(target.value.attr)
            named = _resolve(where, node.func) if isinstance(node, ast.Call) else None
            called = getattr(*named, None) if named else None
            if is_compiled(called):
                home = MODULES[called.__module__]
                todo += [(home, f) for f, _ in _functions(home) if f.name == called.__name__]
    return columns
