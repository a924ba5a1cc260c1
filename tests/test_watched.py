"""People registered as Mesa agents, and people kept on a day: neither changes the run."""

import mesa
import numpy as np
import pandas as pd
import pytest

from abm import Model
from abm.people import Person
from abm.states import Legal
from abm.watched import WatchedModel

SHORT = {"scale": 0.005, "until": "2021-04-30", "seed": 3}


@pytest.fixture(scope="module")
def watched():
    return WatchedModel(**SHORT).run()


@pytest.fixture(scope="module")
def plain():
    return Model(**SHORT, snapshots=["2021-02-28"]).run()


def test_registering_people_changes_nothing(watched, plain):
    pd.testing.assert_frame_equal(watched.results().weekly, plain.results().weekly)


def test_registered_people_are_those_who_are_present(watched):
    here = np.flatnonzero((watched.people.legal != Legal.LEFT) & (watched.people.legal != Legal.ABROAD))
    rows = sorted(person.row for person in watched.agents_by_type[Person])

    assert rows == here[here > 0].tolist() and len(rows) > 100


def test_a_data_collector_reads_people_as_agents():
    model = WatchedModel(scale=0.002, until="2021-03-31")
    collector = mesa.DataCollector(agenttype_reporters={Person: {"motivation": "motivation"}})
    model.step()
    collector.collect(model)
    frame = collector.get_agenttype_vars_dataframe(Person)

    assert len(frame) == len(model.agents_by_type[Person])
    assert frame["motivation"].between(0, 1).all()


def test_writing_to_a_registered_person_writes_the_column(watched):
    person = next(iter(watched.agents_by_type[Person]))
    person.motivation = 0.25

    assert watched.people.motivation[person.row] == np.float32(0.25)


def test_a_snapshot_holds_everybody_as_they_were_on_the_day(plain):
    kept = plain.results().snapshots
    again = Model(scale=0.005, until="2021-02-28", seed=3).run().results()

    assert set(kept["date"]) == {again.weekly["date"].iloc[-1]}
    pd.testing.assert_frame_equal(kept.drop(columns=["week", "date"]), again.persons)


@pytest.mark.parametrize("day", ["2021-13-01", "2031-01-01", "2020-12-01"])
def test_a_snapshot_outside_the_run_is_refused(day):
    with pytest.raises(ValueError, match="snapshots"):
        Model(**SHORT, snapshots=[day])
