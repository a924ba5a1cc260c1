"""Let other tools drive the model: one file a tool, each needing that tool only when it is used.

    dask        runs on many machines (extra `cluster`)
    mesa        Mesa's own `batch_run` and `SolaraViz`
    ema         EMA Workbench: uncertainties, levers and outcomes (extra `ema`)
    salib       a `ProblemSpec` of SALib from the parameter records

Frames for pandas, polars and DuckDB, and xarray, are in `experiments.export`.
"""
