"""A figure says what it was made of, in every format, and `werkstand verify` notices when that is not so."""

import dataclasses
import hashlib
import json
import shutil
from datetime import date

import numpy as np
import pandas as pd
import pytest
from PIL import Image, PngImagePlugin

from analysis import figures, provenance, theme
from analysis.cli import main
from experiments import run as running

FORMATS = ("png", "svg", "pdf")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "small"
    settings = running.Settings(until="2021-12-31", scale=0.005, replicates=2, changes={"grant_rate": 0.5})
    return running.run(folder, settings)


@pytest.fixture(scope="module")
def origin(run):
    return provenance.of_runs("hindcast", run)


@pytest.fixture(scope="module")
def drawn(run, origin, tmp_path_factory):
    """Give a figure of the run in three formats."""
    figure = figures.draw_all(run.weekly, run.cohorts, run.persons, until=date(2021, 12, 31), scale=0.005)["hindcast"]
    folder = tmp_path_factory.mktemp("figures")
    return dict(zip(FORMATS, theme.save(figure, folder, "hindcast", provenance=origin, formats=FORMATS), strict=True))


def changed(origin, **row):
    """Give the record with its first row changed."""
    return dataclasses.replace(origin, rows=(dataclasses.replace(origin.rows[0], **row), *origin.rows[1:]))


def png_with(text, folder):
    info = PngImagePlugin.PngInfo()
    info.add_text("Werkstand", text)
    Image.new("RGB", (4, 4)).save(folder / "made.png", pnginfo=info)
    return folder / "made.png"


@pytest.mark.parametrize("kind", FORMATS)
def test_a_figure_carries_its_record_in_every_format(kind, drawn, origin):
    assert provenance.read(drawn[kind]) == origin


def test_the_record_names_seed_settings_code_and_design(origin, run):
    held = json.loads(origin.text())

    assert [row["seed"] for row in held["rows"]] == run.manifest["seeds"]
    assert held["rows"][0]["changed"] == {"grant_rate": 0.5} and held["rows"][0]["scale"] == 0.005
    assert held["code"] == run.manifest["code"]["sha256"] and held["version"] == run.manifest["version"]
    assert len({row["run"] for row in held["rows"]}) == 2 and len(held["design"]) == 12


def test_the_design_hash_is_of_what_was_asked_not_of_what_came_out(origin):
    assert changed(origin, weekly="0" * 64).design == origin.design
    assert changed(origin, seed=99).design != origin.design


def test_a_digest_does_not_depend_on_the_order_of_rows_and_columns():
    frame = pd.DataFrame({"replicate": 0, "week": [0, 1], "a": [1.0, np.nan], "b": [0.5, 2.0]})
    other = frame[["b", "week", "a", "replicate"]].iloc[::-1]

    assert provenance.digest(frame) == provenance.digest(other)
    assert provenance.digest(frame) != provenance.digest(frame.assign(b=[0.5, np.nextafter(2.0, 3)]))
    assert provenance.digest(frame) != provenance.digest(frame.rename(columns={"a": "c"}))


@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_run_again_is_the_same_bit_for_bit(kind, drawn, capsys):
    assert main(["verify", str(drawn[kind]), "--rows", "1", "--seed", "0"]) == 0
    assert "reproduces bit for bit" in capsys.readouterr().out


def test_a_figure_of_other_numbers_does_not_reproduce(origin, tmp_path, capsys):
    forged = png_with(changed(changed(origin), weekly="0" * 64).text(), tmp_path)
    verdicts = list(provenance.verify(forged, rows=9))

    assert [verdict.reproduces for verdict in verdicts] == [False, True]
    assert main(["verify", str(forged), "--rows", "9"]) == 1
    assert "verify: 1 of 2 runs differ from what the figure shows" in capsys.readouterr().err


def test_other_code_is_named_as_the_reason(origin, tmp_path):
    old = dataclasses.replace(changed(origin, weekly="0" * 64), code="f" * 64)
    verdict = next(iter(provenance.verify(png_with(old.text(), tmp_path), rows=2)))

    assert verdict.words == "differs; the figure was made by other code"


def test_which_rows_are_taken_follows_from_the_seed(origin, tmp_path, monkeypatch):
    monkeypatch.setattr(running, "replicates", lambda settings: iter([_outcome()]))
    figure = png_with(dataclasses.replace(origin, rows=origin.rows * 20).text(), tmp_path)

    def taken(seed):
        return [verdict.row.seed for verdict in provenance.verify(figure, rows=8, seed=seed)]

    assert len(taken(1)) == 8 and taken(1) == taken(1)
    assert any(taken(1) != taken(seed) for seed in range(2, 6))


def _outcome():
    weekly = pd.DataFrame({"week": [0], "a": [1.0]})
    return running.Outcome(0, 1, type("Results", (), {"weekly": weekly}), frozenset(), 1, 0.0)


def test_a_policy_is_run_again_as_it_was_even_without_its_file(tmp_path, capsys):
    """A package with a part of other dates, written by hand and gone by the time of the check."""
    (tmp_path / "mine.yaml").write_text(
        "title: More permits\nwhy: To see\nsource: {document: own, where: here}\nstatus: own\nstarts: 2021-03-01\n"
        "changes:\n- {parameter: grant_rate, set: 0.7}\npolicies:\n- {policy: work_access_0, starts: 2021-06-01}\n"
        "reach: all\ncost: none\n"
    )
    asked = running.Settings(until="2021-12-31", scale=0.005, policies=[str(tmp_path / "mine.yaml")])
    run = running.run(tmp_path / "run", asked)
    origin = provenance.of_runs("x", run)
    (tmp_path / "mine.yaml").unlink()
    figure = png_with(origin.text(), tmp_path)

    assert [verdict.reproduces for verdict in provenance.verify(figure)] == [True]
    assert running.Settings(until="2021-12-31", scale=0.005).replicates == 1
    assert main(["verify", str(figure), "--list"]) == 0 and "mine" in capsys.readouterr().out


def test_a_changed_policy_is_noticed(origin, tmp_path):
    with_policy = dataclasses.replace(origin, policies={"a-123456": {"name": "a"}})

    with pytest.raises(provenance.ProvenanceError, match="its record was changed"):
        provenance.read(png_with(with_policy.text(), tmp_path))


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    """Give a small finished experiment: the baseline and a policy in two futures, two replicates."""
    from experiments import folder, runner, specification

    stated = {
        "policies": ["baseline", "work_access_0@2021-03-01"],
        "design": {"kind": "lhs", "n": 2},
        "parameters": ["grant_rate"],
        "replicates": 2,
        "scale": 0.005,
        "until": "2021-12-31",
        "outcomes": ["in_reception", "employed_in_reception"],
    }
    made = folder.create(tmp_path_factory.mktemp("e") / "small", specification.from_mapping(stated, "small"))
    runner.run(made)
    return made


def test_a_figure_of_an_experiment_is_checked_by_its_outcomes(experiment, tmp_path):
    origin = provenance.of_experiment("regret", experiment)
    verdicts = list(provenance.verify(png_with(origin.text(), tmp_path), rows=3))

    assert len(origin.rows) == 8 and {row.run for row in origin.rows} == set(experiment.design["run"])
    assert [verdict.reproduces for verdict in verdicts] == [True] * 3
    forged = changed(origin, outcomes="0" * 64)
    assert sum(not verdict.reproduces for verdict in provenance.verify(png_with(forged.text(), tmp_path), rows=8)) == 1


@pytest.mark.parametrize("kind", FORMATS)
def test_a_record_of_thousands_of_runs_is_small_and_says_the_same(kind, tmp_path):
    from experiments import design
    from experiments.factors import Factor

    points = design.morris([Factor(f"input_{i}", "float") for i in range(99)], 10).points
    rows = tuple(
        provenance.Row(
            seed=number,
            until="2030-12-31",
            scale=0.1,
            weekly="",
            changed={}
            if number == 0
            else {name: float(value) for name, value in point.items() if "input" in str(name)},
            run=f"{number:012x}",
            outcomes=hashlib.sha256(bytes([number % 256])).hexdigest()[: provenance.DIGITS],
        )
        for number, point in enumerate(points.to_dict("records"))
    )
    origin = provenance.Provenance("screen", "1", "c" * 64, None, None, rows)
    figure = theme.styled(lambda: theme.finish(theme.canvas(1, 1, theme.COLUMN, 40)[0], "title", ""))()
    (path,) = theme.save(figure, tmp_path, "screen", provenance=origin, formats=[kind])

    assert len(rows) == 1000 and provenance.read(path) == origin
    assert len(origin.text()) < 60_000
    held = json.loads(origin.text())
    packed = "A" + held["packed"][1:]
    if kind == "png":
        with pytest.raises(provenance.ProvenanceError, match="its record is damaged"):
            provenance.read(png_with(json.dumps({**held, "packed": packed}), tmp_path))


def test_runs_of_different_code_are_not_put_in_one_figure(run):
    other = dataclasses.replace(run, manifest={**run.manifest, "code": {"sha256": "other"}})

    with pytest.raises(provenance.ProvenanceError, match="made by different code"):
        provenance.of_runs("both", run, other)


def test_list_prints_the_rows_without_running(drawn, capsys, monkeypatch):
    monkeypatch.setattr(running, "replicates", lambda settings: pytest.fail("ran"))

    assert main(["verify", str(drawn["svg"]), "--list"]) == 0
    assert capsys.readouterr().out.count("grant_rate = 0.5") == 2


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder / "none.png", "there is no such file"),
        (lambda folder: _write(folder / "a.txt", "x"), "is not a figure; give a file that ends in .png, .svg, .pdf"),
        (lambda folder: _write(folder / "a.png", "x"), "is not a PNG picture"),
        (lambda folder: _write(folder / "a.svg", "<svg"), "is not an SVG picture"),
        (lambda folder: _write(folder / "a.pdf", "x"), "is not a PDF"),
        (lambda folder: _write(folder / "a.svg", "<svg/>"), "carries no record of the runs behind it"),
        (lambda folder: png_with("{", folder), "its record is damaged"),
        (lambda folder: png_with('{"werkstand": 9}', folder), "its record has form 9"),
    ],
)
def test_what_is_no_figure_of_ours_is_one_line(make, message, tmp_path, capsys):
    assert main(["verify", str(make(tmp_path))]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_a_changed_record_is_noticed(origin, tmp_path, capsys):
    held = json.loads(origin.text())
    held["rows"][0]["scale"] = 0.5

    assert main(["verify", str(png_with(json.dumps(held), tmp_path))]) == 2
    assert "its record was changed" in capsys.readouterr().err


def test_rows_must_be_at_least_one(drawn, capsys):
    assert main(["verify", str(drawn["png"]), "--rows", "0"]) == 2
    assert "rows: 0 is too few" in capsys.readouterr().err


def test_the_same_figure_of_the_same_runs_is_the_same_file(drawn, run, origin, tmp_path):
    figure = figures.draw_all(run.weekly, run.cohorts, run.persons, until=date(2021, 12, 31), scale=0.005)["hindcast"]
    again = theme.save(figure, tmp_path, "hindcast", provenance=origin, formats=FORMATS)

    assert [path.read_bytes() for path in again] == [drawn[kind].read_bytes() for kind in FORMATS]


def test_all_figures_of_a_run_carry_its_record(run, tmp_path):
    shutil.copytree(run.folder, tmp_path / "run")
    for path in figures.write_all(tmp_path / "run"):
        assert [row.seed for row in provenance.read(path).rows] == run.manifest["seeds"]
        assert provenance.read(path).figure == path.stem


def _write(path, text):
    path.write_text(text)
    return path
