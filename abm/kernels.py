"""The one way rules and loops are compiled: cached numba code without the interpreter lock.

Numba's own cache does not notice an edit in a file that a kernel calls. The compiled code of a module therefore lives
in a folder named by a hash of that module and of every module of the project that it imports, directly or not: an
edited rule can never be answered by stale machine code, and an edit elsewhere compiles nothing anew. The folders are
in the user's cache folder (``WERKSTAND_CACHE`` moves it), never in the installed package.

No fast-math, no parallel loops, no reassociation: the same inputs give the same bits on every machine, and
``rule.py_func`` gives them without a compiler.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba import njit

_PROJECT = Path(__file__).parent
_IMPORT = re.compile(r"^from (abm[\w.]*) import (\([^)]*\)|[^\n]*)", re.MULTILINE)


def _cache_folder() -> Path:
    root = os.environ.get("WERKSTAND_CACHE")
    return Path(root) if root else Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "werkstand"


#: Folder that holds the compiled kernels.
CACHE_FOLDER = _cache_folder()
_KEPT_VERSIONS = 6


def _file_of(module: str) -> Path | None:
    path = _PROJECT.joinpath(*module.split(".")[1:])
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


@cache
def _imports(file: Path) -> frozenset[Path]:
    """Give the files of the project that a file imports with ``from abm... import ...`` at its top level."""
    found = set()
    for module, names in _IMPORT.findall(file.read_text(encoding="utf-8")):
        parts = [name.split(" as ")[0].strip(" ()\n") for name in names.split(",")]
        candidates = [_file_of(module)] + [_file_of(f"{module}.{name}") for name in parts if name.isidentifier()]
        found |= {candidate for candidate in candidates if candidate is not None and candidate.name != "__init__.py"}
    return frozenset(found)


@cache
def _version_of(file: Path) -> str:
    """Give a hash of a file and of all files of the project that it needs."""
    needed, todo = {file}, [file]
    while todo:
        new = _imports(todo.pop()) - needed
        needed |= new
        todo.extend(new)
    digest = hashlib.blake2b(digest_size=8)
    for one in sorted(needed):
        digest.update(one.read_bytes())
    return digest.hexdigest()


def _folder_of(file: Path) -> Path:
    name = ".".join(file.relative_to(_PROJECT).with_suffix("").parts) if file.is_relative_to(_PROJECT) else file.stem
    return CACHE_FOLDER / f"{name}-{_version_of(file)}"


def _complete() -> Path:
    """Give the file that says that every kernel of exactly this source code is on disk.

    Numba keeps them apart by place and time of change of a file, so another checkout of the same code compiles anew.
    """
    digest = hashlib.blake2b(digest_size=8)
    for file in sorted(_PROJECT.rglob("*.py")):
        if "abm.kernels" in file.read_text(encoding="utf-8"):
            digest.update(f"{_folder_of(file).name} {file} {file.stat().st_mtime_ns}".encode())
    return CACHE_FOLDER / f"complete-{digest.hexdigest()}"


def compiled_before() -> bool:
    """Say whether all kernels of this source code are on disk (the first run compiles for a minute or two)."""
    return _complete().exists()


def _last_changed(entry: Path) -> float:
    """Give when an entry of the cache was changed; 0 if another process has removed it meanwhile."""
    try:
        return entry.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def mark_compiled() -> None:
    """Note that a run has used, and so compiled, every kernel; remove the kernels of older source code."""
    if not CACHE_FOLDER.is_dir() or (mark := _complete()).exists():
        return
    mark.touch()
    versions: dict[str, list[Path]] = {}
    for entry in CACHE_FOLDER.iterdir():
        versions.setdefault(entry.name.rpartition("-")[0], []).append(entry)
    for entries in versions.values():
        for old in sorted(entries, key=_last_changed)[:-_KEPT_VERSIONS]:
            if old.is_dir():
                shutil.rmtree(old, ignore_errors=True)
            else:
                old.unlink(missing_ok=True)


def _compile(function: Callable[..., Any], **options: Any) -> Any:
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(_folder_of(Path(function.__code__.co_filename)))  # read when the function is decorated
    try:
        return njit(cache=True, nogil=True, error_model="numpy", **options)(function)
    finally:
        numba.config.CACHE_DIR = before


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a rule or a loop over rows; ``.py_func`` keeps the plain Python form.

    It may not make arrays: numba then leaves out the counting of references, which for a rule that is handed a tuple of
    thirty columns costs ten times what the rule itself does. Numba says "NRT required but not enabled" if it does.
    """
    return _compile(function, _nrt=False)


def allocating(function: Callable[..., Any]) -> Any:
    """Compile a loop over rows that makes arrays of its own, such as a waiting line to sort."""
    return _compile(function)


def inlined(function: Callable[..., Any]) -> Any:
    """Compile a rule that is copied into every kernel that calls it, so that loops around it become vector code."""
    return _compile(function, inline="always")
