"""The seven layers of contacts: storage, and export to scipy, networkx and GraphML.

==============  =====================================================  =======================================
layer           tie between a person and                               where it lives
==============  =====================================================  =======================================
co_resident     someone at the same site or shared home                slots, 4 a person
compatriot      someone of the same origin in the region, or a friend  slots, 6 a person
colleague       someone with the same employer                         slots, 2 a person
native          a resident of long standing                            slots, 4 a person
volunteer       a language buddy or guide                              column ``volunteer``
family          the members of the household                           rows of the household
case_manager    the municipality's case managers                       column ``municipality``
==============  =====================================================  =======================================

The stored layers keep a fixed number of slots a person, which is compressed sparse rows whose row pointer is
``row * width``: making a tie is O(1), nothing is ever rebuilt, and reading is three to four times as fast as with
variable rows (measured in a prototype). ``csr(layer)`` gives the ordinary ``scipy.sparse`` array. A tie points from
the person who hears to the one who is heard. Ties are made and lost in ``processes/ties.py``.
"""

from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from abm.kernels import kernel
from abm.processes.ties import COLLEAGUE, COMPATRIOT, CORESIDENT, NATIVE, GroupColumns, Groups, number_groups
from abm.queues import group_members
from abm.states import Legal, Work

SLOTS = {"co_resident": CORESIDENT, "compatriot": COMPATRIOT, "colleague": COLLEAGUE, "native": NATIVE}
#: The first slots of a person hold newcomers, the others residents of long standing.
NEWCOMER_SLOTS = NATIVE[0]
LAYERS = ("co_resident", "compatriot", "native", "colleague", "volunteer", "family", "case_manager")
#: One stored resident of long standing stands for this many inhabitants (assumption; nobody else needs a row).
INHABITANTS_PER_RESIDENT = 200


@kernel
def count_slots(here, slots, layers, origin, employed, counts):
    """Count the ties in the slots of the people who are ``here``, by layer; the last layer holds no persons.

    layers: int64 (layers, 2), from and up to which slot. counts: int64 (layers, 4), adds people with a tie, ties, ties
    with the same origin, ties with someone who has a job.
    """
    for i in range(here.shape[0]):
        if not here[i]:
            continue
        for layer in range(layers.shape[0]):
            persons = layer < layers.shape[0] - 1
            ties = 0
            for s in range(layers[layer, 0], layers[layer, 1]):
                other = slots[i, s]
                if other == 0 or (persons and not here[other]):
                    continue
                ties += 1
                if persons:
                    counts[layer, 2] += int(origin[other] == origin[i])
                    counts[layer, 3] += int(employed[other])
            counts[layer, 0] += int(ties > 0)
            counts[layer, 1] += ties


@kernel
def count_family(here, begin, size, origin, employed, counts):
    """Count the ties between members of a household, from its first row on; ``counts`` as in ``count_slots``."""
    for i in range(1, here.shape[0]):
        if not here[i]:
            continue
        ties = 0
        for j in range(begin[i], begin[i] + size[i]):
            if j != i and here[j]:
                ties += 1
                counts[2] += int(origin[j] == origin[i])
                counts[3] += int(employed[j])
        counts[0] += int(ties > 0)
        counts[1] += ties


class Network:
    """The contacts of a model's people."""

    def __init__(self, model, populations: np.ndarray, share_employed: float) -> None:
        self.model = model
        capacity = model.people.allocated
        self.slots = np.zeros((capacity, NATIVE[1]), np.uint32)
        counts = np.maximum((populations * model.scale / INHABITANTS_PER_RESIDENT).astype(np.int64), 4)
        self.resident_starts = np.concatenate([[0], np.cumsum(counts)])
        n = int(self.resident_starts[-1])
        spread = np.random.Generator(np.random.Philox(key=model.seed_value)).random(n + 1)
        self.resident_employed = spread < share_employed
        self.resident_employed[0] = False
        self.place_of = np.full(capacity, -1, np.int16)

    def fit(self) -> None:
        """Grow the slots with the people table."""
        capacity = self.model.people.allocated
        old = len(self.place_of)
        if capacity > old:
            self.slots = np.concatenate([self.slots, np.zeros((capacity - old, self.slots.shape[1]), np.uint32)])
            self.place_of = np.concatenate([self.place_of, np.full(capacity - old, -1, np.int16)])

    def groups(self, rows: np.ndarray) -> Groups:
        """Sort the people in ``rows`` by place, by region and origin, and by employer."""
        people, model = self.model.people, self.model
        n = len(rows)
        compatriot, employer = np.empty(n, np.int32), np.empty(n, np.int32)
        place = np.empty(n, np.int32)
        c = people.take(GroupColumns)
        number_groups(rows, c, self.place_of, place, compatriot, employer, model.n_sites, model.n_origins)
        out = []
        sizes = (
            model.n_sites + model.n_municipalities,
            model.n_regions * model.n_origins,
            len(model.employers) + 1,
        )
        for group, size in zip((place, compatriot, employer), sizes, strict=True):
            starts, members = np.zeros(size + 1, np.int64), np.zeros(n, np.uint32)
            group_members(rows, group, size, starts, members)
            out.append((starts, members))
        return Groups(*out[0], self.place_of, *out[1], *out[2])

    def csr(self, layer: str) -> csr_array:
        """Give a layer as a boolean sparse array: person rows against persons, residents, volunteers or municipalities.

        It raises ValueError for a layer that does not exist.
        """
        people = self.model.people
        here = (people.legal != Legal.LEFT) & (people.legal != Legal.ABROAD)
        row, column, _ = self._pairs(layer, here)
        width = {
            "native": len(self.resident_employed),
            "volunteer": self.model.volunteers.n,
            "case_manager": self.model.n_municipalities + 1,
        }.get(layer, people.n)
        return csr_array((np.ones(len(row), bool), (row, column)), shape=(people.n, width))

    def _pairs(self, layer: str, here: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool]:
        """Give both ends of the ties of a layer, of people who are ``here``, and whether both ends are persons."""
        people, homes = self.model.people, self.model.households
        rows = np.flatnonzero(here)
        if layer in SLOTS:
            first, last = SLOTS[layer]
            slots = self.slots[rows, first:last]
            at, slot = np.nonzero(slots)
            row, column = rows[at], slots[at, slot]
        elif layer == "volunteer":
            row = rows[people.volunteer[rows] > 0]
            column = people.volunteer[row]
        elif layer == "case_manager":
            row = rows[people.municipality[rows] >= 0]
            column = people.municipality[row] + 1
        elif layer == "family":
            rows = rows[homes.size[people.household[rows]] > 1]
            size = homes.size[people.household[rows]]
            row = np.repeat(rows, size)
            start = np.repeat(homes.first_row[people.household[rows]], size)
            column = start + np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size)
            row, column = row[column != row], column[column != row]
        else:
            raise ValueError(f"There is no layer '{layer}'; there are {', '.join(LAYERS)}.")
        persons = layer not in ("native", "volunteer", "case_manager")
        if persons:
            row, column = row[here[column]], column[here[column]]
        return row, column, persons

    def statistics(self) -> pd.DataFrame:
        """Give for each layer the people with a tie, ties, mean degree, assortativity by origin and employed alters.

        Assortativity is (share of ties within the origin group - share expected) / (1 - share expected).
        """
        people, homes = self.model.people, self.model.households
        here = (people.legal != Legal.LEFT) & (people.legal != Legal.ABROAD)
        here[0] = False
        employed = (people.work == Work.EMPLOYED_BASIC) | (people.work == Work.EMPLOYED_MATCHED)
        n = max(int(here.sum()), 1)
        share = np.bincount(people.origin[here], minlength=1) / n
        expected = float((share**2).sum())
        stored = np.zeros((len(SLOTS), 4), np.int64)
        count_slots(here, self.slots, np.array(list(SLOTS.values())), people.origin, employed, stored)
        counts = {layer: np.zeros(4, np.int64) for layer in LAYERS} | dict(zip(SLOTS, stored, strict=True))
        begin, size = homes.first_row[people.household], homes.size[people.household]
        count_family(here, begin, size, people.origin, employed, counts["family"])
        counts["volunteer"][:2] = np.count_nonzero(here & (people.volunteer > 0))
        counts["case_manager"][:2] = np.count_nonzero(here & (people.municipality >= 0))
        rows = []
        for layer in LAYERS:
            persons = layer not in ("native", "volunteer", "case_manager")
            met, ties, same, at_work = counts[layer].tolist()
            known = persons and ties > 0
            rows.append(
                {
                    "layer": layer,
                    "people": met,
                    "ties": ties,
                    "mean_degree": ties / n,
                    "assortativity": (same / ties - expected) / (1.0 - expected) if known and expected < 1 else np.nan,
                    "employed_alters": at_work / ties if known else np.nan,
                }
            )
        return pd.DataFrame(rows)

    def graph(self, layers: tuple[str, ...] = LAYERS, rows: np.ndarray | None = None) -> nx.MultiDiGraph:
        """Give the contacts as a networkx graph; ``rows`` limits it to some people (and those they know).

        Nodes are named ``person 12``, ``resident 3``, ``volunteer 8``, ``municipality 40``; edges carry ``layer``.
        """
        people = self.model.people
        graph = nx.MultiDiGraph()
        wanted = np.ones(people.n, bool) if rows is None else np.isin(np.arange(people.n), rows)
        kinds = {"native": "resident", "volunteer": "volunteer", "case_manager": "municipality"}
        for layer in layers:
            matrix = self.csr(layer).tocoo()
            kind = kinds.get(layer, "person")
            for i, j in zip(matrix.row, matrix.col, strict=True):
                if wanted[i]:
                    graph.add_edge(f"person {i}", f"{kind} {j}", layer=layer)
        for node in graph.nodes:
            kind, row = node.split(" ")
            graph.nodes[node]["kind"] = kind
            if kind == "person":
                graph.nodes[node]["origin"] = int(people.origin[int(row)])
        return graph

    def write_graphml(self, file: str | Path, layers: tuple[str, ...] = LAYERS) -> None:
        """Write the contacts as GraphML, readable by Gephi and others."""
        nx.write_graphml(self.graph(layers), file)
