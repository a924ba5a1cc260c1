"""A model whose results are known: weekly columns that are simple functions of parameters, with luck."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from abm.timetable import date_of, week_of


class LinearModel:
    """`in_reception` rises with housing_effort and falls with motivation_recovery; `open_cases` with twv_on only.

    Luck is a number by seed for each column, the same for all points of a block.
    """

    def __init__(self, *, until, scale, seed, parameters, policies=()):
        self.seed, self.scale, self.parameters, self.n_weeks = seed, scale, parameters, week_of(until) + 1

    def run(self, progress=None):
        return self

    def results(self):
        value = {name: self.parameters[name].value for name in ("housing_effort", "motivation_recovery", "twv_on")}
        luck = np.random.default_rng(self.seed).standard_normal(2) / np.sqrt(self.scale)
        effort = (value["housing_effort"] - 0.5) / 0.7
        recovery = (value["motivation_recovery"] - 0.002) / 0.008
        weeks = np.arange(self.n_weeks)
        weekly = pd.DataFrame(
            {
                "week": weeks,
                "date": [date_of(week) for week in weeks],
                "in_reception": 1000 + weeks * (10 * effort - 4 * recovery + 0.2 * luck[0]),
                "open_cases": 500 + 100 * bool(value["twv_on"]) + 5 * luck[1],
            }
        )
        return SimpleNamespace(weekly=weekly)


class BreakingModel(LinearModel):
    """Breaks where the effort is high: what is left is a biased sample."""

    def results(self):
        if self.parameters["housing_effort"].value > 1.0:
            raise RuntimeError("too much effort")
        return super().results()


class PolicyModel(LinearModel):
    """Any policy lowers the stock by 100, whatever else is so."""

    def __init__(self, *, until, scale, seed, parameters, policies=()):
        super().__init__(until=until, scale=scale, seed=seed, parameters=parameters)
        self.chosen = tuple(policies)

    def results(self):
        made = super().results()
        made.weekly["in_reception"] -= 100 * bool(self.chosen)
        return made
