"""A sample of the network of contacts that can be drawn: the people of one region, all at one spot in every layer."""

from typing import NamedTuple

import networkx as nx
import numpy as np
import pandas as pd

from abm import Model
from abm.states import Legal, Work


class Portrait(NamedTuple):
    """The frames of `figures.network_portrait`, and what the sample is."""

    nodes: pd.DataFrame
    ties: pd.DataFrame
    statistics: pd.DataFrame
    place: str


def portrait(model: Model, people: int = 150, seed: int = 1) -> Portrait:
    """Sample the region whose number of people is nearest to `people`, and lay it out once for all layers.

    The layout pulls people with ties towards each other (force-directed, from a fixed seed); it has no other meaning.
    Statistics are of the whole country, in real persons.
    """
    table = model.people
    here = (table.legal != Legal.LEFT) & (table.legal != Legal.ABROAD) & (table.region >= 0)
    here[0] = False
    counts = np.bincount(table.region[here], minlength=model.n_regions)
    region = int(np.abs(counts - people).argmin())
    rows = np.flatnonzero(here & (table.region == region))
    if not len(rows):
        raise ValueError("nobody lives in any region yet")
    graph = model.network.graph(rows=rows)
    inside = {f"person {row}" for row in rows}
    graph.remove_nodes_from([node for node in graph if node.startswith("person") and node not in inside])
    graph.add_nodes_from(inside)
    spots = nx.spring_layout(nx.Graph(graph), k=1.6 / np.sqrt(len(graph)), iterations=120, seed=seed)
    names = sorted(graph, key=lambda node: (node.split()[0], int(node.split()[1])))
    places = np.array([spots[name] for name in names])
    rank = places.argsort(axis=0).argsort(axis=0) / max(len(names) - 1, 1)
    spread = (places - places.min(axis=0)) / np.ptp(places, axis=0).clip(1e-9)
    x, y = (0.8 * rank + 0.2 * spread).T  # mostly by rank, or a few far away squeeze all others into the middle
    nodes = pd.DataFrame({"node": names, "kind": [_kind(model, name) for name in names], "x": x, "y": y})
    ties = pd.DataFrame(
        sorted({(data["layer"], *sorted((one, other))) for one, other, data in graph.edges(data=True)}),
        columns=["layer", "source", "target"],
    )
    statistics = model.network.statistics()
    statistics["people"] = statistics["people"] / model.scale
    return Portrait(nodes, ties, statistics, f"{len(rows)} people of the region {model.regions['name'][region]}")


def _kind(model: Model, node: str) -> str:
    kind, row = node.split(" ")
    if kind != "person":
        return kind
    person = model.people[int(row)]
    if person.age() < 18:
        return "child"
    employed = person.work in (Work.EMPLOYED_BASIC, Work.EMPLOYED_MATCHED)
    return "person with a job" if employed else "person without a job"
