"""The same model with every person who is present as a registered Mesa agent: for teaching and for Mesa's own tools.

    from mesa import DataCollector
    from abm.watched import WatchedModel

    model = WatchedModel(scale=0.01, until="2022-12-31")
    collector = DataCollector(agenttype_reporters={Person: {"motivation": "motivation"}})
    model.step()
    collector.collect(model)

``model.agents`` then holds the people beside the institutions, ``model.agents_by_type[Person]`` is a stock
``AgentSet``, and ``SolaraViz`` or a ``DataCollector`` works as for any Mesa model. The agents are the views of
``model.people``: they read and write the same columns, so the trajectory is that of ``Model``, bit for bit. Registering
people costs about two microseconds each; use small scales, and ``Model`` for everything else.
"""

from typing import Any

import numpy as np

from abm.model import Model
from abm.people import Person
from abm.states import Legal


class WatchedModel(Model):
    """A ``Model`` that registers the persons who are present after each week; arguments as there."""

    def __init__(self, **arguments: Any) -> None:
        self._watched: dict[int, Person] = {}
        super().__init__(**arguments)
        self._watch()

    def step(self) -> None:
        """Simulate one week, then register who arrived and deregister who left."""
        super().step()
        self._watch()

    def _watch(self) -> None:
        legal = self.people.legal
        present = set(np.flatnonzero((legal != Legal.LEFT) & (legal != Legal.ABROAD)).tolist()) - {0}
        for row in self._watched.keys() - present:
            self.deregister_agent(self._watched.pop(row))
        for row in sorted(present - self._watched.keys()):
            view = self._watched[row] = self.people[row]
            self.register_agent(view)
