"""How experiments are run and stored.

`run` makes replicates of the model, one after another or in processes; `store` writes a run to a folder of
Parquet files with a manifest and reads it back; `manifest` says what a run was made of and by; `metrics`
gives every recorded column its label and unit; `summary` counts by year; `progress` tells how far a run is.

Many runs are an experiment: `specification` reads what is asked, `factors` and `design` make the table of runs,
`outcomes` the numbers wanted of each, `runner` makes them with any executor (`processes` is the one used unless
another is given), `worker` is what happens in each, `ledger`, `shards` and `folder` keep what became of them.
`compare` gives paired effects, `pairing` looks for luck that shifts, `adapters` let other tools drive the model.

`sensitivity` asks what moves the results, `noise` how much of them is luck, `planner` how many runs an answer takes;
`calibration` sets parameters to `targets`; `robustness`, `discovery` and `search` help to decide when the future is
unknown.
"""

from typing import Any

__all__ = ["create", "failures", "open_folder", "results_table"]


def __getattr__(name: str) -> Any:
    """Give what reads and writes experiments, imported when first asked for."""
    if name in __all__:
        from experiments import folder

        return getattr(folder, name)
    raise AttributeError(f"module 'experiments' has no attribute '{name}'")
