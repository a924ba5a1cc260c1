"""Compiled code is kept by module: an edit compiles what depends on it anew, and nothing else."""

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import abm

SOURCE = Path(abm.__file__).parent


def kernels_of(tree):
    """Give a fresh copy of the module ``kernels`` of a tree, which remembers nothing of an earlier one."""
    spec = importlib.util.spec_from_file_location(f"kernels_of_{tree.parent.name}", tree / "kernels.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def folders(tree):
    """Give the folder of compiled code of every module of a tree that is compiled."""
    kernels = kernels_of(tree)
    compiled = re.compile(r"^@(kernel|allocating|inlined)$", re.MULTILINE)
    files = [file for file in sorted(tree.rglob("*.py")) if compiled.search(file.read_text(encoding="utf-8"))]
    return {file.relative_to(tree).as_posix(): kernels._folder_of(file).name for file in files}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """Copy the Python of the model."""
    copy = tmp_path_factory.mktemp("copy") / "abm"
    shutil.copytree(SOURCE, copy, ignore=lambda _, names: [n for n in names if n == "__pycache__" or "." in n[:-3]])
    return copy


@pytest.fixture(scope="module")
def untouched(tree):
    return folders(tree)


@cache
def imported(tree, file):
    """Give the files of the model that a file imports at its top, read from its syntax."""
    found = set()
    for node in ast.parse((tree / file).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "abm":
            place = node.module.split(".")[1:]
            paths = [place, *([*place, name.name] for name in node.names)]
            found |= {"/".join(path) + ".py" for path in paths if (tree / ("/".join(path) + ".py")).is_file()}
    return found


def needed(tree, file):
    """Give a file and all files it needs, directly or not."""
    found, todo = {file}, [file]
    while todo:
        new = imported(tree, todo.pop()) - found
        found |= new
        todo += new
    return found


EDITED = (
    "arithmetic.py",
    "draws.py",
    "kernels.py",
    "metrics.py",
    "model.py",
    "people.py",
    "queues.py",
    "states.py",
    "processes/job_search.py",
    "processes/lessons.py",
    "processes/motivation.py",
    "institutions/volunteers.py",
    "recorder.py",
)


@pytest.mark.parametrize("edited", EDITED)
def test_an_edit_changes_the_folders_of_the_modules_that_need_it_and_of_no_other(tree, untouched, edited):
    text = (tree / edited).read_text(encoding="utf-8")
    (tree / edited).write_text(text + "\n# edited\n", encoding="utf-8")
    try:
        after = folders(tree)
    finally:
        (tree / edited).write_text(text, encoding="utf-8")
    changed = {file for file in untouched if after[file] != untouched[file]}

    assert changed == {file for file in untouched if edited in needed(tree, file)}
    assert changed or edited in ("model.py", "recorder.py")  # which no compiled module needs


def test_edits_reach_some_modules_and_spare_others(tree, untouched):
    """What the test above compares with is not all or nothing."""
    reached = {edited: {file for file in untouched if edited in needed(tree, file)} for edited in EDITED}

    assert reached["kernels.py"] == set(untouched) and len(untouched) > 20
    assert reached["processes/lessons.py"] == {"processes/lessons.py"}
    assert "processes/job_search.py" in reached["processes/motivation.py"]
    assert "processes/job_loss.py" not in reached["processes/motivation.py"]
    assert reached["metrics.py"] == {"metrics.py"}


def test_the_same_source_has_the_same_folders_wherever_it_stands(tree, untouched, tmp_path):
    shutil.copytree(tree, tmp_path / "elsewhere" / "abm")

    assert folders(tmp_path / "elsewhere" / "abm") == untouched


@pytest.mark.parametrize("file", sorted(p.relative_to(SOURCE).as_posix() for p in SOURCE.rglob("*.py")))
def test_modules_are_imported_in_the_way_that_is_followed(file):
    """``from abm.x import y`` at the top is followed; ``import abm.x`` and ``from . import x`` would not be."""
    for node in ast.walk(ast.parse((SOURCE / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert not [name.name for name in node.names if name.name.split(".")[0] == "abm"]
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0


# Compiling, with two modules of three lines ------------------------------------------------------------------

RULE = "from abm.kernels import kernel\n\n\n@kernel\ndef rule(x):\n    return x + {added}\n"
LOOP = (
    "from abm.kernels import kernel\nfrom abm.rule import rule\n\n\n"
    "@kernel\ndef loop(n):\n    total = 0\n    for i in range(n):\n        total += rule(i)\n    return total\n"
)
APART = "from abm.kernels import kernel\n\n\n@kernel\ndef apart(x):\n    return 2 * x\n"


@pytest.fixture
def small(tmp_path):
    """Make a project of a rule, a loop that calls it and a module apart; ``run`` starts it in another process."""
    project = tmp_path / "abm"
    project.mkdir()
    (project / "__init__.py").write_text('"""A small project."""\n')
    shutil.copy(SOURCE / "kernels.py", project / "kernels.py")
    for name, text in (("rule", RULE.format(added=1)), ("loop", LOOP), ("apart", APART)):
        (project / f"{name}.py").write_text(text)

    def run():
        code = "from abm.loop import loop; from abm.apart import apart; print(loop(3), apart(4))"
        environment = {**os.environ, "PYTHONPATH": str(tmp_path), "WERKSTAND_CACHE": str(tmp_path / "cache")}
        environment.pop("NUMBA_DISABLE_JIT", None)
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    return project, run


def test_an_edited_rule_is_never_answered_by_stale_machine_code(small):
    """Numba alone would keep the loop as compiled with the old rule."""
    project, run = small
    assert run() == ["6", "8"]
    (project / "rule.py").write_text(RULE.format(added=10))

    assert run() == ["33", "8"]
    kept = sorted(folder.name.rpartition("-")[0] for folder in (project.parent / "cache").iterdir())
    assert kept == ["apart", "loop", "loop", "rule", "rule"]


def test_a_second_start_compiles_nothing(small):
    project, run = small
    run()
    cache = project.parent / "cache"
    first = {file: file.stat().st_mtime_ns for file in cache.rglob("*.nbc")}
    run()

    assert len(first) >= 2 and {file: file.stat().st_mtime_ns for file in cache.rglob("*.nbc")} == first


# Keeping order in the folder -----------------------------------------------------------------------------------


@pytest.fixture
def kept(tree, tmp_path, monkeypatch):
    """Give the module with an empty folder of compiled code."""
    monkeypatch.setenv("WERKSTAND_CACHE", str(tmp_path / "cache"))
    module = kernels_of(tree)
    module.CACHE_FOLDER.mkdir()
    return module


def test_a_run_marks_that_everything_is_compiled_and_an_edit_takes_the_mark_away(kept, tree):
    assert not kept.compiled_before()
    kept.mark_compiled()
    assert kept.compiled_before()

    text = (tree / "queues.py").read_text(encoding="utf-8")
    (tree / "queues.py").write_text(text + "\n# edited\n", encoding="utf-8")
    try:
        assert not kernels_of(tree).compiled_before()
    finally:
        (tree / "queues.py").write_text(text, encoding="utf-8")


def test_only_the_latest_versions_of_a_module_are_kept(kept):
    for age in range(9):
        for name in ("queues", "processes.lessons"):
            folder = kept.CACHE_FOLDER / f"{name}-{age:016x}"
            folder.mkdir()
            os.utime(folder, (1000 - age, 1000 - age))
    kept.mark_compiled()
    left = sorted(entry.name for entry in kept.CACHE_FOLDER.iterdir() if entry.is_dir())

    assert left == sorted(f"{name}-{age:016x}" for name in ("queues", "processes.lessons") for age in range(6))


def test_what_another_process_has_removed_meanwhile_is_no_trouble(kept):
    (kept.CACHE_FOLDER / "queues-gone").symlink_to(kept.CACHE_FOLDER / "nothing")  # listed, but without a time
    kept.mark_compiled()

    assert kept.compiled_before()


def test_without_a_folder_nothing_is_marked(tree, tmp_path, monkeypatch):
    monkeypatch.setenv("WERKSTAND_CACHE", str(tmp_path / "none"))
    module = kernels_of(tree)
    module.mark_compiled()

    assert not (tmp_path / "none").exists() and not module.compiled_before()


def test_a_number_of_32_bits_is_made_one_of_64_bits_by_name():
    """In compiled code ``float(x)`` leaves it as it is, and sums and products would have other bits than in Python."""
    column = re.compile(r"\bfloat\((c|members|lanes?)[.\[]|\bfloat\(\w+\[[ip]\]|\bfloat\(unit\(")
    wrong = [
        f"{file.relative_to(SOURCE)}:{number}"
        for file in sorted(SOURCE.rglob("*.py"))
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if column.search(line)
    ]

    assert wrong == []


def test_no_sum_depends_on_the_version_of_python():
    """From 3.12 on ``sum`` of Python's own floats is exact to the last bit, before it is not; ``fsum`` always is."""
    wrong = [
        f"{file.relative_to(SOURCE)}:{node.lineno}"
        for file in sorted(SOURCE.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "sum"
    ]

    assert wrong == []
