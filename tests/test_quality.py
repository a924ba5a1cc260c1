"""The code is formatted, typed, layered one way, and names nothing that exists on one machine only."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run(*command):
    """Run a tool of this environment in the project folder; its output is the message when it fails."""
    program = Path(sys.executable).parent / command[0]
    done = subprocess.run([program, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{' '.join(command)}\n{done.stdout}{done.stderr}", pytrace=False)
    return done.stdout


def project_files():
    """Give the files that are tracked or about to be."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [path for name in sorted(set(done.stdout.splitlines())) if (path := ROOT / name).is_file()]


def test_ruff_finds_nothing():
    run("ruff", "check", ".")


def test_ruff_would_format_nothing():
    run("ruff", "format", "--check", "--diff", ".")


def test_mypy_finds_nothing():
    run("mypy")


def test_nothing_downstream_is_imported_upstream():
    run("lint-imports")


def test_no_file_names_a_registry_or_a_machine():
    # written in pieces, or this file would find itself
    forbidden = {
        "machine path": r"(?<![\w.])/(?:home|root|work|Users)" + "/",
        "registry host": r"\b(?:pypi|pythonhosted|anaconda|npmjs|jsr|crates)" + r"\.(?:org|io|com)\b",
        "index option": r"--(?:extra-)?index" + "-url|--find" + "-links",
        "file address": "file:" + "//",
    }
    found = []
    for path in project_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:  # a picture or a table of numbers
            continue
        for kind, pattern in forbidden.items():
            for match in re.finditer(pattern, text):
                line = text.count("\n", 0, match.start()) + 1
                found.append(f"{path.relative_to(ROOT)}:{line}: {kind} {match[0]}")

    assert not found, "\n".join(found)


def test_the_readme_and_the_clean_clone_test_install_the_same():
    """The script in .ci keeps the environment in a folder of its own; the rest is the same."""
    install = re.compile(r"-c constraints\.txt -e '\.\[dev\]'")
    readme, script = (ROOT / "README.md").read_text(), (ROOT / ".ci" / "run").read_text()

    assert install.search(readme) and install.search(script)
    assert re.search(r"bin/pytest$", readme, re.MULTILINE) and "bin/pytest" in script


def test_every_version_is_pinned_for_every_python():
    pins = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]

    assert all(re.fullmatch(r"[\w.-]+==[\w.]+(; python_version (<|>=) \"3\.\d+\")?", pin) for pin in pins)
