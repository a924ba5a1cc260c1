"""A run in one row a year: stocks in the last week of the year, flows and cost summed over the year."""

import pandas as pd

from experiments.store import Run

#: Column of the summary: column of the weekly table. Stocks are those of the last week of the year.
STOCKS = {
    "in_reception": "in_reception",
    "status_holders_in_reception": "status_holders_in_reception",
    "open_cases": "open_cases",
    "employed": "employed_permit",
    "motivation_in_reception": "motivation_in_reception",
}
FLOWS = {"housed": "housed"}


def by_year(run: Run) -> pd.DataFrame:
    """Give a row for each replicate and year, with `weeks` (how many of the year were run) and the metrics.

    A week belongs to the year of its first day. The cost is in euros, receipts deducted. A year with an
    unknown week has an unknown flow and cost.
    """
    keys = ["replicate", "year"]
    weekly = _with_year(run.weekly).sort_values("week")
    grouped = weekly.groupby(keys)
    stocks = grouped[list(STOCKS.values())].nth(-1).set_axis(list(STOCKS), axis=1)
    stocks = pd.concat([weekly.loc[stocks.index, keys], stocks], axis=1).set_index(keys)
    flows = grouped[list(FLOWS.values())].sum(skipna=False).set_axis(list(FLOWS), axis=1)
    cost = _with_year(run.costs).groupby(keys)["euros"].agg(lambda euros: euros.sum(skipna=False))
    frame = stocks.join(flows).join(cost.rename("cost"))
    return frame.assign(weeks=grouped.size()).sort_index().reset_index()


def _with_year(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(year=pd.to_datetime(frame["date"]).dt.year)
