"""One stage of an analysis: a stored experiment that is made, gone on with, and read.

    stage = Stage("results/what-matters/2-screen", specification, make)
    layout, experiment = stage.run()

A stage that exists is gone on with, if it is the same: its points have to be those of the specification, so that a
report never mixes two designs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from experiments.design import DesignError
from experiments.folder import MANIFEST, Experiment, create, open_folder
from experiments.sensitivity.layout import Layout, of_experiment
from experiments.specification import Specification

#: Makes the runs of an experiment that are left.
Make = Callable[[Experiment], None]


@dataclass(frozen=True)
class Stage:
    """A folder, what belongs in it, and what makes its runs."""

    folder: Path
    specification: Specification
    make: Make

    def run(self) -> tuple[Layout, Experiment]:
        """Make the runs that are left and give the layout and the experiment.

        Raises `DesignError` when the folder holds another design, `StoreError` as the store does.
        """
        if (self.folder / MANIFEST).exists():
            experiment = open_folder(self.folder)
            self._same(experiment)
        else:
            experiment = create(self.folder, self.specification)
        self.make(experiment)
        return of_experiment(experiment), experiment

    def _same(self, experiment: Experiment) -> None:
        asked, stored = self.specification, experiment.manifest
        points = asked.design.points
        same = len(points) == len(experiment.points) and asked.design.names == experiment.factors
        same = same and all((points[name].to_numpy() == experiment.points[name].to_numpy()).all() for name in points)
        settings = ("scale", "until", "replicates", "seed", "luck")
        differ = [name for name in settings if getattr(asked, name) != stored[name]]
        if [one.name for one in asked.outcomes] != experiment.outcome_names:
            differ.append("outcomes")
        if dict(asked.fixed) != dict(stored["set"]):
            differ.append("set")
        if not same or differ:
            what = "other points" if not same else f"another {differ[0]}"
            raise DesignError(f"{self.folder}: was made with {what}; name another folder, or ask for the same")
