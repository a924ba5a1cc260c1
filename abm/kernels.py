"""The one way rules and loops are compiled: cached numba code without the interpreter lock.

Numba's own cache does not notice an edit in a file that a kernel calls. The cache folder therefore carries a hash
of every source file of the model, so an edited rule can never be answered by stale machine code. Compiled code
lives in the user's cache folder (``WERKSTAND_CACHE`` or ``NUMBA_CACHE_DIR`` move it), never in the installed package.

No fast-math, no parallel loops, no reassociation: the same inputs give the same bits on every machine, and
``rule.py_func`` gives them without a compiler.
"""

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba import njit


def _source_hash() -> str:
    digest = hashlib.blake2b(digest_size=8)
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _cache_folder() -> Path:
    root = os.environ.get("WERKSTAND_CACHE")
    base = Path(root) if root else Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "werkstand"
    return base / f"kernels-{_source_hash()}"


if not os.environ.get("NUMBA_CACHE_DIR"):
    numba.config.CACHE_DIR = str(_cache_folder())

#: Folder that holds the compiled kernels of exactly this source code.
CACHE_FOLDER = Path(numba.config.CACHE_DIR)


_COMPLETE = CACHE_FOLDER / "complete"
_KEPT_VERSIONS = 3


def compiled_before() -> bool:
    """Say whether all kernels of this source code are on disk (the first run compiles for a minute or two)."""
    return _COMPLETE.exists()


def mark_compiled() -> None:
    """Note that a run has used, and so compiled, every kernel; remove the kernels of older source code."""
    if _COMPLETE.exists() or not CACHE_FOLDER.is_dir():
        return
    _COMPLETE.touch()
    if not CACHE_FOLDER.name.startswith("kernels-"):
        return  # a folder chosen by the user
    versions = sorted(CACHE_FOLDER.parent.glob("kernels-*"), key=lambda folder: folder.stat().st_mtime)
    for old in versions[:-_KEPT_VERSIONS]:
        shutil.rmtree(old, ignore_errors=True)


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a rule or a loop over rows; ``.py_func`` keeps the plain Python form."""
    return njit(cache=True, nogil=True, error_model="numpy")(function)


def inlined(function: Callable[..., Any]) -> Any:
    """Compile a rule that is copied into every kernel that calls it, so that loops around it become vector code."""
    return njit(cache=True, nogil=True, error_model="numpy", inline="always")(function)
