"""A model that computes nothing: frames of the right form at once, to test what stands around the model."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from abm.parameters import load
from abm.policies import choose, lay_over
from abm.timetable import Timetable, date_of, week_of
from experiments.metrics import all_tables

WORDS = {"date", "dimension", "group", "clock", "category", "layer"}


class StubModel:
    """Has the arguments, attributes and results of `abm.Model`; numbers count up from the seed."""

    fail_in_week: int | None = None
    raises: BaseException = RuntimeError("the well is dry")

    def __init__(self, *, until="2030-12-31", scale=1.0, seed=1, parameters=None, policies=()):
        self.seed = seed
        self.parameters = parameters or load()
        self.n_weeks = week_of(until) + 1
        self.policies = choose(policies, self.parameters)
        laid_over = lay_over(self.policies, self.parameters, self.n_weeks)
        self.timetable = Timetable(self.parameters, self.n_weeks, laid_over)
        self.timetable.value("grant_rate", self.n_weeks - 1)

    def run(self, progress=None):
        for week in range(1, self.n_weeks + 1):
            if week == self.fail_in_week:
                raise self.raises
            if progress:
                progress(week, self.n_weeks)

    def results(self):
        return made_results(self.seed, self.n_weeks)


def made_results(seed=1, n_weeks=60):
    """Give frames with every column of every table; numbers are seed + row."""
    frames = {table: made_frame(columns, seed, n_weeks) for table, columns in all_tables().items()}
    return SimpleNamespace(**frames)


def made_frame(columns, seed, n_weeks):
    """Give one row a week; words are letters, `date` is the first day of the week."""
    rows = np.arange(n_weeks)
    made = {
        name: ["a", "b"] * (n_weeks // 2) + ["a"] * (n_weeks % 2) if name in WORDS else float(seed) + rows
        for name in columns
        if name != "replicate"
    }
    if "week" in made:
        made["week"] = rows
    if "date" in made:
        days = pd.to_datetime([date_of(int(week)) for week in rows])
        made["date"] = days.as_unit("ms")  # as Parquet keeps it
    return pd.DataFrame(made)
