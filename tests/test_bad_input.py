"""Odd and hostile input: one clear line that names the file and the key, exit code 2, and nothing written."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from abm.parameters import ParameterError, load
from abm.policies import PolicyError, read
from analysis.calibration import PlanError
from analysis.calibration import from_mapping as plan_of
from analysis.claims import ClaimError
from analysis.claims import read as read_claims
from analysis.cli import main
from experiments import store
from experiments.folder import create, open_folder
from experiments.run import MOST, Settings
from experiments.specification import SpecificationError, from_mapping
from experiments.specification import read as read_specification
from tests.stub_model import made_results
from tests.test_kernels import kernels_of, tree  # noqa: F401

ROOT = Path(__file__).parents[1]
POLICY = """\
title: T
why: w
source: {document: own, where: x}
status: own
starts: 2026-07-01
changes:
  - {parameter: online_share, set: 0.4}
reach: r
cost: c
"""
NOT_TEXT = bytes(range(256))
HUGE = "1" + "0" * 400


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"title: a\0b\n", "mine.yaml: cannot be read (it is not text)"),
        (NOT_TEXT, "mine.yaml: cannot be read (it is not text)"),
        (b"? [a, b]\n: c\n", "mine.yaml: line 1: a key is a word, not a list or a mapping"),
        (POLICY.replace("0.4", HUGE).encode(), "mine.yaml: changes: online_share: set: "),
        (POLICY.replace("set: 0.4", f"scale: {HUGE}").encode(), "mine.yaml: changes: online_share: scale: "),
    ],
)
def test_a_policy_that_cannot_be_read_is_told_in_one_line(tmp_path, content, message):
    (tmp_path / "mine.yaml").write_bytes(content)
    with pytest.raises(PolicyError) as told:
        read(tmp_path / "mine.yaml")

    assert message in str(told.value) and "\n" not in str(told.value)


def test_a_folder_is_no_policy_and_is_not_proposed_instead_of_itself(tmp_path):
    (tmp_path / "mine.yaml").mkdir()
    with pytest.raises(PolicyError, match=r"mine\.yaml: is a folder, not a file"):
        read(tmp_path / "mine.yaml")


def test_a_number_beyond_all_bounds_is_refused():
    with pytest.raises(ParameterError, match=r"housing_effort: 1000.* is not a number"):
        load().replace({"housing_effort": 10**400})


def test_brackets_in_the_name_of_a_policy_are_shown(tmp_path, capsys):
    (tmp_path / "mine [x].yaml").write_text(POLICY)

    assert main(["policy", "check", str(tmp_path / "mine [x].yaml")]) == 0
    assert "mine [x]: T" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"until": "9999-12-31"}, "until: 9999-12-31 lies after 2250-12-27"),
        ({"replicates": MOST + 1}, "replicates: 100001 is too many; at most 100000"),
    ],
)
def test_what_no_machine_can_run_is_refused_before_it_begins(settings, message):
    with pytest.raises(ValueError, match=message):
        Settings(**settings)


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"limits": {"seconds": float("nan")}}, "limits.seconds: give a number above 0"),
        ({"scale": 10**400}, "scale: "),
        ({"set": {1: 2}}, "set: '1' is not a name"),
        ({"outcomes": [["a"]]}, r"outcomes: \['a'\] is not a name"),
        ({"design": {"kind": "grid", "levels": 0}, "parameters": ["housing_effort"]}, "grid: 0 levels are too few"),
        (
            {"design": {"kind": "efast", "n": 65, "harmonics": 0}, "parameters": ["housing_effort"]},
            "design.harmonics: give at least 1",
        ),
        (
            {
                "design": {"kind": "lhs", "n": 2},
                "parameters": {"housing_effort": {"starts": "2040-01-01"}},
            },
            "parameters: housing_effort.starts: 2040-01-01 lies after the last day, 2030-12-31",
        ),
    ],
)
def test_a_specification_says_what_is_wrong_with_it(stated, message):
    with pytest.raises(SpecificationError, match=message):
        from_mapping(stated, "mine")


@pytest.mark.parametrize(("name", "content"), [("a.yaml", NOT_TEXT), ("a.py", NOT_TEXT), ("b.py", b"exit(3)\n")])
def test_a_file_that_is_no_specification_is_refused(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SpecificationError, match=name):
        read_specification(tmp_path / name)


def test_claims_that_are_not_text_are_refused(tmp_path):
    (tmp_path / "claims.yaml").write_bytes(NOT_TEXT)
    with pytest.raises(ClaimError, match=r"claims\.yaml: cannot be read \(it is not text\)"):
        read_claims(tmp_path / "claims.yaml")


def test_the_name_of_a_description_is_checked_before_it_is_made(monkeypatch, capsys):
    monkeypatch.setattr("analysis.odd.markdown", lambda: pytest.fail("was made"))

    assert main(["odd", "--out", "model.docx"]) == 2
    assert "give a name that ends in .md, .html or .pdf" in capsys.readouterr().err


@pytest.mark.parametrize("key", ["waves", "points", "replicates"])
def test_a_calibration_makes_at_least_one_of_each(key):
    with pytest.raises(PlanError, match=f"{key}: 0 is not a whole number of at least 1"):
        plan_of({"parameters": ["housing_effort"]}, "mine", **{key: 0})


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("sensitivity recipe --n 0", "sensitivity: --n: 0 is too few; at least 1"),
        ("sensitivity recipe --replicates 0", "sensitivity: --replicates: 0 is too few; at least 1"),
        ("sensitivity recipe --survivors 0", "sensitivity: --survivors: 0 is too few; at least 1"),
        ("sensitivity plan policies --hours nan", "sensitivity: --hours: nan is not a time"),
        ("sensitivity plan policies --question valeu", "there is no 'valeu'. Did you mean 'value'?"),
    ],
)
def test_numbers_that_cannot_be_are_not_taken_for_the_usual_ones(tmp_path, monkeypatch, capsys, words, message):
    monkeypatch.chdir(tmp_path)

    assert main([*words.split(), "--dry-run"]) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_run_of_which_the_manifest_lacks_a_key_is_told(tmp_path, capsys):
    with store.Writer(tmp_path / "run") as writer:
        writer.add(0, made_results())
        writer.finish({"until": "2021-12-31"})

    assert main(["validate", str(tmp_path / "run")]) == 2
    assert "manifest.json: has no '" in capsys.readouterr().err


def test_an_experiment_of_which_the_manifest_lacks_a_key_is_told(tmp_path, capsys):
    create(tmp_path / "made", from_mapping({"scale": 0.01, "until": "2021-12-31"}, "made"))
    path = tmp_path / "made" / "experiment.json"
    held = json.loads(path.read_text())
    del held["limits"]
    path.write_text(json.dumps(held))

    with pytest.raises(store.StoreError, match=r"experiment\.json: has no 'limits'"):
        open_folder(tmp_path / "made").manifest["limits"]
    assert open_folder(tmp_path / "made").manifest["luck"] == "shared"


def test_output_that_nobody_listens_to_is_no_failure():
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m analysis.cli policies >&-"], cwd=ROOT, capture_output=True, text=True
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_another_checkout_of_the_same_code_is_compiled_anew_and_says_so(tree, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setenv("WERKSTAND_CACHE", str(tmp_path / "kept"))
    (tmp_path / "kept").mkdir()
    kernels_of(tree).mark_compiled()
    assert kernels_of(tree).compiled_before()

    stat = (tree / "queues.py").stat()
    os.utime(tree / "queues.py", ns=(stat.st_atime_ns, stat.st_mtime_ns + 10**9))
    assert not kernels_of(tree).compiled_before()  # numba looks at the time of change

    os.utime(tree / "queues.py", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    other = tmp_path / "other" / tree.name
    shutil.copytree(tree, other)
    assert not kernels_of(other).compiled_before()  # and at the place
