"""The ODD+D says everything that is in the model, and notices when something is there that nobody described."""

import dataclasses
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

from abm.columns import declared
from abm.draws import DECISIONS
from abm.parameters import load
from analysis import anatomy, odd

ABM = Path(anatomy.abm.__path__[0])


@pytest.fixture(scope="module")
def parts():
    return anatomy.read()


@pytest.fixture(scope="module")
def text(parts):
    return odd.markdown(parts)


def files(kind):
    """Give the names of the files of a folder, found without the code under test."""
    return [path.stem for path in sorted((ABM / kind).glob("*.py")) if path.stem != "__init__"]


@pytest.mark.parametrize("kind", ["processes", "institutions"])
def test_every_process_and_institution_has_a_submodel_with_its_equations(kind, text):
    for name in files(kind):
        section = text.split(f"\n### `{name}`\n")

        assert len(section) == 2, name
        module = importlib.import_module(f"abm.{kind}.{name}")
        own = section[1].split("\n### ")[0]
        equations = [line.strip() for line in module.__doc__.splitlines() if line.startswith("    ")]
        assert f"abm/{kind}/{name}.py" in own and "**Why.**" in own
        assert all(line in own for line in equations)


def test_every_table_is_there_with_every_column(parts, text):
    for name, view in parts.tables.items():
        section = text.split(f"**{name}** (`{view.file}`")[1].split("\n\n**")[0]

        assert all(f"| `{column}` |" in section for column in view.columns)


def test_tables_are_found_wherever_they_stand(parts):
    classes = {}
    for found in pkgutil.walk_packages([str(ABM)], "abm."):
        for name, item in vars(importlib.import_module(found.name)).items():
            if isinstance(item, type) and item.__module__ == found.name and declared(item):
                classes[name] = len(declared(item))

    assert {name: len(view.columns) for name, view in parts.tables.items()} == classes


def test_every_parameter_is_there_with_its_value_range_role_and_source(text):
    appendix = text.split("## Appendix: parameters")[1]
    parameters = load()

    for theme, names in parameters.themes.items():
        section = appendix.split(f"\n### {theme.capitalize()}\n")[1].split("\n### ")[0]
        rows = dict(re.findall(r"^\| `(\w+)` \|(.*)$", section, re.MULTILINE))
        assert list(rows) == list(names)
        assert all(parameters[name].role in rows[name] for name in names)
        assert all(parameters[name].source.kind in rows[name] for name in names)


def test_every_parameter_is_read_by_something(parts):
    assert [name for name, places in parts.used_by.items() if not places] == []


def test_every_decision_is_listed_and_most_are_drawn_somewhere(parts, text):
    listed = re.findall(r"^\| `(\w+)` \|", text.split("### Stochasticity")[1].split("### Observation")[0], re.MULTILINE)

    assert listed == list(DECISIONS)
    idle = [name for name, places in parts.decisions.items() if not places and name not in parts.lanes]
    assert len(idle) < len(DECISIONS) / 3


def test_the_week_is_that_of_the_model_and_places_every_part(parts):
    calls = re.search(r"def step\(self\).*?(?=\n    def )", (ABM / "model.py").read_text(), re.DOTALL)
    assert calls is not None
    placed = {name for step in parts.week for name in step.parts}

    assert [step.name for step in parts.week] == re.findall(r"self\.(\w+)\(\)", calls[0])
    assert placed == set(parts.parts)


def test_the_order_within_a_week_follows_the_calls(parts):
    step = {name: place for place, step in enumerate(parts.week) for name in step.parts}
    work = parts.week[step["job_search"]].parts

    assert step["decisions"] < step["placement"] < step["job_search"] < step["mental_health"]
    assert work.index("job_search") < work.index("referral") < work.index("diplomas")


def test_luck_that_is_drawn_in_lanes_is_named_too(parts, text):
    lanes = [lane for block in parts.lanes.values() for lane in block]

    assert {"job", "complaint"} <= set(lanes) and "spare" not in lanes
    assert all(lane in text for lane in lanes)
    assert "complaint" in parts.processes["mental_health"].decisions


def test_both_protocols_are_answered_in_full(text):
    for heading in (
        "Theoretical and empirical background",
        "Individual decision-making",
        "Learning",
        "Individual sensing",
        "Individual prediction",
        "Interaction",
        "Collectives",
        "Heterogeneity",
        "Stochasticity",
        "Observation",
    ):
        assert f"\n### {heading}\n" in text
    numbered = re.findall(r"^## (\d)\. ", text, re.MULTILINE)
    assert numbered == list("1234567")
    trace = text.split("\n## TRACE\n")[1]
    assert re.findall(r"^\*\*(\d)\. ", trace, re.MULTILINE) == list("12345678")
    assert "{{" not in text


@pytest.mark.parametrize("kind", ["processes", "institutions", "tables"])
def test_a_part_that_nobody_described_is_an_error(kind, parts):
    group = getattr(parts, kind)
    known = next(iter(group.values()))
    grown = dataclasses.replace(
        parts, **{kind: {**group, "street_work": dataclasses.replace(known, name="street_work")}}
    )

    with pytest.raises(odd.OddError, match=f"{kind}: nothing is written about 'street_work'"):
        odd.markdown(grown)


def test_a_new_theme_of_parameters_is_an_error_too(parts, monkeypatch):
    entries = dict(load().items())
    entries["brightness"] = dataclasses.replace(entries["grant_rate"], name="brightness", theme="weather")
    monkeypatch.setattr(odd, "load", lambda: type(load())(entries))

    with pytest.raises(odd.OddError, match="themes: nothing is written about 'weather'"):
        odd.markdown(parts)


def test_a_description_of_something_that_left_is_an_error(parts):
    without = {name: part for name, part in parts.processes.items() if name != "ties"}

    with pytest.raises(odd.OddError, match="processes: 'ties' is not in the model"):
        odd.markdown(dataclasses.replace(parts, processes=without))


def test_a_place_that_nothing_fills_is_an_error():
    with pytest.raises(odd.OddError, match=r"odd.md: nothing makes '\{\{wek\}\}'. Did you mean 'week'?"):
        odd.fill("{{wek}}", {"week": str}, "odd.md")


def test_policies_are_listed_with_what_they_change(tmp_path, monkeypatch):
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "savings.yaml").write_text(
        "title: Savings\nstatus: proposed\nstarts: 2026-07-01\nchanges: [{parameter: savings_share, set: 0.5}]\n"
    )
    monkeypatch.setattr(odd.abm, "__path__", [str(tmp_path)])

    assert odd.policies() == [("`savings`", "Savings", "proposed", "2026-07-01", "`savings_share`")]


def test_an_installation_without_the_tests_says_so(parts, tmp_path, monkeypatch):
    monkeypatch.setattr(odd, "TESTS", tmp_path)

    assert "The tests stand in the repository." in odd.markdown(parts)


def test_the_code_is_read_not_imported_names(parts):
    """A parameter is used by the process whose rates name it."""
    assert "processes.motivation" in parts.used_by["motivation_peer_effect"]
    assert "motivation" in parts.processes["motivation"].writes
    assert "referral_chance" in parts.processes["job_search"].parameters + parts.processes["referral"].parameters
