"""The linter passes a model whose luck is keyed, and names the decision where another's shifts."""

from types import SimpleNamespace

import numpy as np
import pytest

from experiments.pairing import check, drawn

MANY = 400


class Toy:
    """People who, week by week, find work and fall ill; `luck` says whose draw is whose."""

    n_weeks = 5

    def __init__(self, luck, policies=(), parameters=None):
        keys = np.concatenate([[0], np.random.default_rng(0).permutation(MANY) + 1]).astype("u8")
        columns = {"key": keys, "work": np.zeros(MANY + 1), "ill": np.zeros(MANY + 1)}
        self.people = SimpleNamespace(n=MANY + 1, columns=columns)
        self.luck, self.week = luck, 1
        self.stream = np.random.default_rng(1)
        self.policies = [name for name in policies if not name.startswith("baseline")]

    def step(self):
        self._search()
        self._fall_ill()
        self.week += 1

    def _search(self):
        self.draw("work", "keyed")

    def _fall_ill(self):
        self.draw("ill", self.luck)

    def draw(self, name, luck):
        people = self.people
        columns, n = people.columns, people.n
        if luck == "keyed":
            draws = [np.random.default_rng([7, self.week, len(name), int(key)]).random() for key in columns["key"]]
        elif luck == "by row":
            draws = [np.random.default_rng([7, self.week, len(name), row]).random() for row in range(n)]
        elif luck == "global":
            draws = np.random.random(n)  # noqa: NPY002
        elif luck == "policy draws too":
            extra = len(self.policies)
            draws = self.stream.random(extra + n)[extra:]
        else:
            draws = self.stream.random(n)
        columns[name] = np.where(np.array(draws) < 0.3, self.week, columns[name])


def add(model):
    """Put somebody in the first row, so that all others move."""
    people = model.people
    for name, values in people.columns.items():
        people.columns[name] = np.insert(values, 1, 2**40 if name == "key" else -1)
    people.n += 1


def change(model):
    """Let one person be ill from the start."""
    model.people.columns["ill"][1] = 99
    return [int(model.people.columns["key"][1])]


def decisions(model, part, columns):
    return {"_search": ["finding"], "_fall_ill": ["illness"], "start": []}[part]


def report(luck):
    made = check(lambda **settings: Toy(luck, **settings), add=add, change=change, decisions=decisions)
    return {one.name: one for one in made.checks}


def test_keyed_luck_passes():
    found = report("keyed")

    assert all(one.passed and one.difference is None for one in found.values())


@pytest.mark.parametrize(
    ("luck", "failed"),
    [
        ("global", {"twice", "null", "not yet", "one more", "one other"}),
        ("by row", {"one more"}),
        ("stream", {"one more"}),
        ("policy draws too", {"not yet", "one more"}),
    ],
)
def test_luck_that_shifts_is_found_and_its_first_decision_named(luck, failed):
    found = report(luck)

    assert {name for name, one in found.items() if not one.passed} == failed
    for name in failed - {"one other"}:
        difference = found[name].difference
        assert (difference.week, difference.part, difference.decisions) == (0, "_fall_ill", ("illness",))
        assert difference.columns == ("people.ill",) and difference.share > 0.02


def test_the_report_says_what_was_found():
    made = check(lambda **settings: Toy("by row", **settings), add=add, change=change, decisions=decisions)

    assert not made.passed
    assert "FAILED  one more" in made.text()
    assert "week 0, _fall_ill: people.ill, written after the draw of illness" in made.text()


def test_a_process_of_the_model_is_told_from_others_in_its_part_of_the_week():
    from abm import Model

    model = Model.__new__(Model)

    assert {"guest", "relocation"} <= set(drawn(model, "_place", ["households.site"]))
    assert set(drawn(model, "placement.place", [])) == {"relocation", "site", "coupling_region"}


def test_decisions_are_read_from_the_processes_of_a_part_of_the_week():
    from abm import Model

    model = Model.__new__(Model)

    assert drawn(model, "_couple", ["households.municipality"])[:2] == ("coupling", "coupling_region")
    assert "treatment" in drawn(model, "_change_minds", ["people.complaint"])
    assert "complaint" in drawn(model, "_change_minds", ["people.complaint"])
    assert "seat" not in drawn(model, "_couple", ["households.municipality"])


@pytest.mark.slow
def test_the_luck_of_the_model_is_keyed():
    found = check(scale=0.01, until="2022-06-30")

    assert found.passed, found.text()
    assert [one.difference for one in found.checks[:4]] == [None] * 4


@pytest.mark.slow
def test_a_decision_of_the_model_that_is_keyed_by_row_is_named(monkeypatch):
    """As if whoever wrote the placement had numbered households by their row."""
    from abm.processes import placement

    rows = {}
    place = placement.place

    def by_row(cases, homes, *others):
        rows[id(homes)] = homes.key.copy()
        homes.key[:] = np.arange(len(homes.key))
        try:
            return place(cases, homes, *others)
        finally:
            homes.key[:] = rows.pop(id(homes))

    monkeypatch.setattr(placement, "place", by_row)
    found = {one.name: one for one in check(scale=0.01, until="2021-03-31").checks}

    assert not found["one more"].passed and found["twice"].passed
    difference = found["one more"].difference
    assert (difference.part, difference.process) == ("_place", "placement.place")
    assert set(difference.decisions) == {"relocation", "site", "coupling_region"}
