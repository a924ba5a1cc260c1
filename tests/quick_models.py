"""Models that take no time, to test what makes thousands of runs: their numbers follow from seed, values and policies.

Each of the others goes wrong in its own way for about one run in ten, decided by the value of `housing_effort`.
"""

import os
import signal
import sys
import time
from types import SimpleNamespace

import numpy as np
import pandas as pd

from abm.parameters import load
from abm.timetable import week_of

POLICIES = ("savings_scheme", "start_homes")


class QuickModel:
    """Gives ten weeks of `in_reception`, `housed`, and costs, at once."""

    def __init__(self, *, until="2030-12-31", scale=1.0, seed=1, parameters=None, policies=()):
        for name in policies:
            if name.split("@")[0] not in POLICIES:
                raise ValueError(f"no policy is called '{name}'. Did you mean '{POLICIES[0]}'?")
        self.seed, self.policies = seed, policies
        self.parameters = parameters or load()
        self.n_weeks = week_of(until) + 1
        self.timetable = SimpleNamespace(used={"housing_effort", "grant_rate"})

    @property
    def effort(self):
        return self.parameters.at("housing_effort", 0)

    def run(self, progress=None):
        for week in range(1, 11):
            self.live(week)
            if progress:
                progress(week, 10)

    def live(self, week):
        """Do nothing."""

    def results(self):
        luck = np.random.default_rng([self.seed, 7]).random(10)
        level = 1000 * self.effort - 50 * len(set(self.policies))
        weeks = np.arange(10)
        date = pd.Timestamp("2021-01-01") + pd.to_timedelta(7 * weeks, "D")
        weekly = pd.DataFrame({"week": weeks, "date": date, "in_reception": level + luck, "housed": 10 * luck})
        costs = pd.DataFrame({"week": weeks, "date": date, "category": "benefits", "euros": luck})
        return SimpleNamespace(weekly=weekly, costs=costs)

    @property
    def unlucky(self):
        """Say whether this is one of the tenth that goes wrong; the same for the same run, on every attempt."""
        return int(self.effort * 1e9) % 10 == 3


class Raising(QuickModel):
    """Raises in the fifth week."""

    def live(self, week):
        if self.unlucky and week == 5:
            raise ZeroDivisionError("nobody left\nsecond line")


class Unknown(QuickModel):
    """Gives NaN."""

    def results(self):
        results = super().results()
        if self.unlucky:
            results.weekly["in_reception"] = np.nan
        return results


class Dying(QuickModel):
    """Is killed."""

    def live(self, week):
        if self.unlucky and week == 5:
            os.kill(os.getpid(), signal.SIGKILL)


class Leaving(QuickModel):
    """Leaves the program."""

    def live(self, week):
        if self.unlucky and week == 5:
            sys.exit(3)


class Hanging(QuickModel):
    """Never ends its fifth week."""

    def live(self, week):
        while self.unlucky and week == 5:
            time.sleep(0.01)


class Slow(QuickModel):
    """Ends every week, but late."""

    def live(self, week):
        if self.unlucky:
            time.sleep(0.3)


class Leaking(QuickModel):
    """Takes more and more memory within its fifth week, up to a gigabyte."""

    def live(self, week):
        if self.unlucky and week == 5:
            kept = []
            for _ in range(100):
                kept.append(np.ones(1_250_000))
                time.sleep(0.03)


class Patient(QuickModel):
    """Takes a tenth of a second."""

    def live(self, week):
        time.sleep(0.01)


class AnyPolicy(QuickModel):
    """Takes policies of any name."""

    def __init__(self, *, policies=(), **settings):
        super().__init__(**settings)
        self.policies = policies
