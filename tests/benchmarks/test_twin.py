"""The benchmark measures what it says: the twin is the same model, and timing changes nothing."""

import json

import mesa
import numpy as np
import pytest

from abm import Model
from tests.benchmarks import speed
from tests.benchmarks.plain_mesa import PlainModel
from tests.benchmarks.plain_person import Person

#: Relative difference allowed at a scale of 0.03 between means over half a year of 2021 and three seeds.
TOLERANCE = {
    "in_reception": 0.05,
    "status_holders_in_reception": 0.12,
    "open_cases": 0.05,
    "employed": 0.15,
    "in_route": 0.06,
    "motivation_in_reception": 0.02,
    "motivation_housed": 0.02,
    "capacity_in_reception": 0.02,
    "capacity_housed": 0.02,
    "language_in_route": 0.05,
    "complaint_share": 0.1,
    "contacts_mean": 0.1,
}


@pytest.fixture(scope="module")
def both():
    """Run model and twin through 2021 under three seeds and give their weekly metrics."""
    chosen = [{"scale": 0.03, "until": "2021-12-31", "seed": seed} for seed in (1, 2, 3)]
    models = [Model(**one).run().results().weekly for one in chosen]
    return models, [PlainModel(**one).run().weekly() for one in chosen]


@pytest.mark.parametrize("metric", TOLERANCE)
def test_twin_and_model_give_about_the_same(both, metric):
    model, twin = (np.mean([frame[metric].iloc[26:].mean() for frame in frames]) for frames in both)

    assert twin == pytest.approx(model, rel=TOLERANCE[metric])


def test_twin_starts_with_the_same_people():
    chosen = {"scale": 0.01, "until": "2021-01-14"}
    model, twin = Model(**chosen), PlainModel(**chosen)
    model.step()
    twin.step()

    assert twin.person_weeks == len(model.present)
    assert isinstance(twin.agents, mesa.agent.AgentSet)
    some = next(iter(twin.agents_by_type[Person]))
    assert isinstance(some.near, list) and some in some.household.members


def test_everything_that_is_timed_exists():
    timed = [*speed.parts(), *speed.institutions()]
    missing = [(owner.__name__, name) for owner, name, _ in timed if name not in vars(owner)]

    assert missing == []


def test_timing_changes_no_result_and_leaves_no_trace():
    chosen = {"scale": 0.01, "until": "2021-02-28"}
    before = Model(**chosen).run().results().weekly
    step, watch = Model.step, speed.Stopwatch()
    with watch.watching(speed.parts()):
        after = Model(**chosen).run().results().weekly

    assert after.equals(before) and Model.step is step
    assert {kind for kind, _ in watch.seconds} == {"compiled", "institutions", "arrivals", "recorder", "week"}


def test_parts_add_up_to_the_run():
    run = speed.run_model(0.01, "2021-02-28", timed=speed.parts)

    assert sum(run.parts.values()) == pytest.approx(run.seconds, rel=0.05)
    assert run.person_weeks > 0 and run.weeks == 9


def test_institutions_are_timed_with_and_without_the_lines_that_they_serve():
    run = speed.run_model(0.01, "2021-02-28")
    decisions, all_of_it = run.of(speed.INSTITUTIONS), run.of(speed.INSTITUTIONS, speed.LINES)

    assert {kind for kind, _ in run.parts} == {speed.INSTITUTIONS, speed.LINES}
    assert 0 < decisions < all_of_it < run.seconds
    assert run.without(speed.INSTITUTIONS, speed.LINES) * run.person_weeks / 1e9 == pytest.approx(
        run.seconds - all_of_it
    )


def test_a_process_of_its_own_reports_its_memory():
    assert 0.05 < speed.peak_memory(0.01, "2021-01-08") < 3


def test_quick_prints_and_writes_all_rows(monkeypatch, capsys, tmp_path):
    """Starts and memory, which take a process each, are made up; the runs are real."""
    tiny = speed.replace(speed.QUICK, until="2021-01-31", twin_until="2021-01-31", cold=True)
    monkeypatch.setattr(speed, "QUICK", tiny)
    monkeypatch.setattr(speed, "child", lambda *arguments, **environment: 2.0)
    speed.main(["--quick", "--out", str(tmp_path / "speed.json")])
    printed = capsys.readouterr().out
    written = json.loads((tmp_path / "speed.json").read_text())
    rows = {row["name"]: row["median"] for row in written["rows"]}

    for wanted in ("institutions", "peak memory", "compiled processes", "plain Mesa", "ratio", "import", "start"):
        assert any(wanted in name for name in rows), wanted
    assert all(name in printed for name in rows)
    assert np.isfinite(list(rows.values())).all()
    assert all(row["bar"] for row in written["rows"] if "ratio per person-week" in row["name"])
    assert sum(part["share"] for part in written["parts"]) == pytest.approx(1.0)
    assert set(written["compared"]) == set(speed.COMPARED)


def test_unknown_is_shown_as_unknown():
    row = speed.Row("cold start", "s", [])

    assert row.cells()[1] == "not measured"
    assert json.loads(speed.as_json({"rows": [row]}))["rows"][0]["median"] is None
