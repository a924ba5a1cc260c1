"""The seven layers: export, statistics by hand, and what the slots hold after a run."""

from types import SimpleNamespace

import networkx as nx
import numpy as np
import pytest

from abm import Model
from abm.households import Households
from abm.network import LAYERS, NEWCOMER_SLOTS, SLOTS, Network
from abm.people import People
from abm.processes.ties import COLLEAGUE, COMPATRIOT, CORESIDENT, NATIVE
from abm.states import Housing, Legal, Work


@pytest.fixture
def village():
    """Five people: a couple (1, 2), two alone (3, 4), and one who has left (5)."""
    model = SimpleNamespace(scale=1.0, seed_value=1, n_sites=6, n_regions=2, n_origins=5, n_municipalities=2)
    people, homes = People(model, 8), Households(model, 8)
    model.people, model.households = people, homes
    model.employers, model.volunteers = [None] * 4, SimpleNamespace(n=3)
    people.add(5)
    homes.add(4)
    people.household[1:] = [1, 1, 2, 3, 4]
    homes.first_row[1:], homes.size[1:] = [1, 3, 4, 5], [2, 1, 1, 1]
    people.legal[1:] = [Legal.PERMIT] * 4 + [Legal.LEFT]
    people.origin[1:] = [0, 0, 0, 1, 1]
    people.housing[1:] = [Housing.SOCIAL, Housing.SOCIAL, Housing.SHARED, Housing.REGULAR, Housing.NONE]
    people.municipality[1:] = [0, 0, 1, -1, -1]
    people.region[1:] = [0, 0, 1, 1, -1]
    people.site[1:] = [-1, -1, -1, 2, -1]
    people.work[1:] = [Work.EMPLOYED_BASIC, 0, Work.EMPLOYED_MATCHED, 0, Work.EMPLOYED_BASIC]
    people.employer[1:] = [2, 0, 2, 0, 0]
    people.volunteer[1:] = [0, 1, 0, 2, 1]
    model.network = Network(model, np.array([1000.0, 3000.0]), 0.5)
    slots = model.network.slots
    slots[1, COMPATRIOT[0] : COMPATRIOT[0] + 2] = [3, 5]  # 5 has left
    slots[3, COMPATRIOT[0]] = 4
    slots[1, COLLEAGUE[0]] = 3
    slots[4, NATIVE[0] : NATIVE[0] + 2] = [7, 2]
    slots[5, CORESIDENT[0]] = 1  # of one who has left
    return model


def test_the_layers_share_the_slots_of_a_person_and_residents_stand_last(village):
    taken = [slot for layer in SLOTS.values() for slot in range(*layer)]

    assert sorted(taken) == list(range(village.network.slots.shape[1]))
    assert SLOTS["native"] == (NEWCOMER_SLOTS, village.network.slots.shape[1])


def edges(matrix):
    coordinates = matrix.tocoo()
    return sorted(zip(coordinates.row.tolist(), coordinates.col.tolist(), strict=True))


def test_a_layer_is_a_sparse_array_of_ties_between_people_who_are_there(village):
    network = village.network

    assert edges(network.csr("compatriot")) == [(1, 3), (3, 4)]
    assert edges(network.csr("colleague")) == [(1, 3)]
    assert edges(network.csr("co_resident")) == []
    assert edges(network.csr("native")) == [(4, 2), (4, 7)]
    assert edges(network.csr("family")) == [(1, 2), (2, 1)]
    assert edges(network.csr("volunteer")) == [(2, 1), (4, 2)]
    assert edges(network.csr("case_manager")) == [(1, 1), (2, 1), (3, 2)]
    assert network.csr("compatriot").dtype == bool and network.csr("compatriot").shape == (6, 6)


def test_a_layer_that_does_not_exist_is_refused_by_name(village):
    with pytest.raises(ValueError, match="no layer 'freinds'; there are co_resident, compatriot"):
        village.network.csr("freinds")


def test_statistics_worked_out_by_hand(village):
    table = village.network.statistics().set_index("layer")
    compatriot, family = table.loc["compatriot"], table.loc["family"]

    # four people: three of origin 0, one of origin 1; by chance 9/16 + 1/16 of ties stay within
    assert compatriot[["people", "ties", "mean_degree"]].tolist() == [2, 2, 0.5]
    assert compatriot.assortativity == pytest.approx((0.5 - 0.625) / 0.375)  # one of two ties stays within
    assert compatriot.employed_alters == 0.5
    assert family.assortativity == pytest.approx(1.0) and family.employed_alters == 0.5
    assert table.loc["colleague", "employed_alters"] == 1.0


def test_what_nobody_can_know_is_nan(village):
    table = village.network.statistics().set_index("layer")

    assert table.loc["co_resident", ["people", "ties"]].tolist() == [0, 0]
    assert np.isnan(table.loc["co_resident", "assortativity"])
    for layer in ("native", "volunteer", "case_manager"):  # not persons: no origin, no job on record
        assert table.loc[layer, ["assortativity", "employed_alters"]].isna().all()
        assert table.loc[layer, "ties"] > 0


def test_the_graph_names_its_nodes_and_layers(village):
    graph = village.network.graph()

    assert set(graph.nodes) == {
        *(f"person {i}" for i in (1, 2, 3, 4)),
        *("resident 2", "resident 7", "volunteer 1", "volunteer 2", "municipality 1", "municipality 2"),
    }
    assert graph.nodes["person 4"] == {"kind": "person", "origin": 1}
    assert graph.nodes["resident 7"] == {"kind": "resident"}
    ties = sorted((i, j) for i, j, layer in graph.edges(data="layer") if layer == "compatriot")
    assert ties == [("person 1", "person 3"), ("person 3", "person 4")]
    assert graph.number_of_edges() == sum(village.network.csr(layer).nnz for layer in LAYERS)


def test_a_graph_can_be_limited_to_layers_and_people(village):
    graph = village.network.graph(("compatriot", "family"), rows=np.array([1]))

    assert sorted(graph.edges()) == [("person 1", "person 2"), ("person 1", "person 3")]


def test_graphml_comes_back_as_it_was_written(village, tmp_path):
    village.network.write_graphml(tmp_path / "contacts.graphml")
    written, read = village.network.graph(), nx.read_graphml(tmp_path / "contacts.graphml", force_multigraph=True)

    assert dict(read.nodes(data=True)) == dict(written.nodes(data=True))
    assert sorted(read.edges(data="layer")) == sorted(written.edges(data="layer"))


def test_groups_list_people_by_place_by_origin_and_by_employer(village):
    groups = village.network.groups(np.array([1, 2, 3, 4], np.uint32))

    def members(starts, people, group):
        return people[starts[group] : starts[group + 1]].tolist()

    assert village.network.place_of[1:6].tolist() == [-1, -1, 6 + 1, 2, -1]
    assert members(groups.place_starts, groups.place_members, 7) == [3]  # shared homes of municipality 1
    assert members(groups.place_starts, groups.place_members, 2) == [4]
    assert members(groups.compatriot_starts, groups.compatriot_members, 0) == [1, 2]
    assert members(groups.compatriot_starts, groups.compatriot_members, 5) == [3]
    assert members(groups.compatriot_starts, groups.compatriot_members, 6) == [4]
    assert members(groups.employer_starts, groups.employer_members, 2) == [1, 3]


def test_slots_grow_with_the_people_and_keep_their_ties(village):
    village.people.add(40)
    village.network.fit()
    network = village.network

    assert len(network.place_of) == len(network.slots) == village.people.allocated
    assert network.slots[1, COMPATRIOT[0] : COMPATRIOT[0] + 2].tolist() == [3, 5] and not network.slots[8:].any()
    assert (network.place_of[8:] == -1).all()


def test_residents_follow_the_population_of_their_municipality(village):
    assert village.network.resident_starts.tolist() == [0, 5, 20]  # one for each 200 inhabitants
    assert len(village.network.resident_employed) == 21 and not village.network.resident_employed[0]


# After a run -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def model():
    return Model(scale=0.01, until="2022-01-31", seed=2).run()


def slots_of(model, layer):
    """Give the slots of a layer of all people in use."""
    first, last = SLOTS[layer]
    return model.network.slots[: model.people.n, first:last]


@pytest.mark.parametrize("layer", SLOTS)
def test_nobody_is_tied_to_oneself_or_twice_to_another(model, layer):
    slots = slots_of(model, layer)
    ordered = np.sort(slots, axis=1)

    assert slots.any() and not slots[0].any()
    assert not ((np.diff(ordered, axis=1) == 0) & (ordered[:, 1:] > 0)).any()
    assert layer == "native" or not (slots == np.arange(model.people.n)[:, None])[1:].any()


def test_ties_point_to_people_and_residents_that_exist(model):
    adults = model.week - model.people.birth_week >= 18 * 52
    for layer in ("co_resident", "compatriot", "colleague"):
        known = np.unique(slots_of(model, layer))
        known = known[known > 0]

        assert (model.people.legal[known] != Legal.ABROAD).all() and adults[known].all()
    assert slots_of(model, "native").max() < len(model.network.resident_employed)


@pytest.mark.parametrize("layer", LAYERS)
def test_exported_ties_join_people_who_are_there(model, layer):
    matrix = model.network.csr(layer).tocoo()
    here = ~np.isin(model.people.legal, (Legal.LEFT, Legal.ABROAD))

    assert matrix.nnz > 0 and here[matrix.row].all()
    if layer in ("co_resident", "compatriot", "colleague", "family"):
        assert here[matrix.col].all() and (matrix.row != matrix.col).all()


def test_compatriots_are_alike_and_natives_live_nearby(model):
    """Friends made at a former site may be of another origin, so the layer is not wholly alike."""
    table = model.network.statistics().set_index("layer")
    assert table.loc["compatriot", "assortativity"] > 0.5
    assert table.loc["family", "assortativity"] > 0.8

    natives = slots_of(model, "native")
    rows, slots = np.nonzero(natives)
    place = model.people.municipality[rows]
    starts = model.network.resident_starts
    number = natives[rows, slots]
    near = (number > starts[place]) & (number <= starts[place + 1])
    assert near.mean() > 0.9


def test_statistics_of_a_run_are_those_of_the_exported_layers(model):
    table = model.network.statistics().set_index("layer")
    present = np.count_nonzero(~np.isin(model.people.legal[1:], (Legal.LEFT, Legal.ABROAD)))
    for layer in LAYERS:
        matrix = model.network.csr(layer)

        assert table.loc[layer, "ties"] == matrix.nnz
        assert table.loc[layer, "people"] == np.count_nonzero(np.diff(matrix.indptr))
        assert table.loc[layer, "mean_degree"] == pytest.approx(matrix.nnz / present)


def test_what_people_hear_is_read_from_their_ties(model):
    """Contacts are read once in eight weeks, so for who was visited this week they are those of the slots."""
    model_week = model.week - 1
    people = model.people
    rows = model.lists.visited
    known = model.network.slots[rows, :NEWCOMER_SLOTS]
    heard = np.zeros(people.n, bool)
    heard[model.adults] = True
    heard |= (people.left_week == model_week) & (people.legal == Legal.LEFT)
    home = people.household[rows]
    first, size = model.households.first_row[home], model.households.size[home]
    family = [sum(heard[j] for j in range(f, f + s) if j != i) for i, f, s in zip(rows, first, size, strict=True)]
    listed = (heard[known] & (known > 0)).sum(axis=1) + np.array(family)

    assert len(rows) > 20
    assert people.contacts[rows].tolist() == listed.tolist()
    assert people.natives[rows].tolist() == np.count_nonzero(slots_of(model, "native")[rows], axis=1).tolist()
    assert model.heard[0] == pytest.approx(listed.mean())
