"""A model that 'measures' two patterns and a level of the past as simple functions of parameters, with luck."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from abm.timetable import week_of


class KnownMeasures:
    """P03 rises with housing_effort, P11 with vbi_acceptance; P05 lies outside its band whatever is done."""

    def __init__(self, *, until, scale, seed, parameters, policies=()):
        self.seed, self.parameters, self.n_weeks = seed, parameters, week_of(until) + 1

    def run(self, progress=None):
        return self

    def results(self):
        effort, consent = (self.parameters[name].value for name in ("housing_effort", "vbi_acceptance"))
        luck = np.random.default_rng(self.seed).standard_normal(3)
        weekly = pd.DataFrame(
            {
                "week": np.arange(self.n_weeks),
                "P03": 30_000 - 16_000 * effort + 200 * luck[0],
                "P11": 100 * consent * 0.9 + luck[1],
                "P05": 50_000 + 100 * luck[2],
            }
        )
        return SimpleNamespace(weekly=weekly)
