"""An experiment in the forms that others read: CSV, Parquet, xarray and netCDF, pandas, polars and DuckDB.

    write(experiment, "results.csv")     # or .parquet or .nc
    dataset(experiment)                  # xarray: outcomes by point and replicate
    polars(experiment)
    duckdb(experiment).sql("SELECT policies, avg(waiting) FROM results GROUP BY policies")

Each holds finished runs only; xarray, whose arrays are complete, has NaN where a run has no result. Nothing that
exists is overwritten.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from abm.parameters import closest
from experiments.factors import parameter_of
from experiments.folder import Experiment
from experiments.store import StoreError, refuse_existing


def write(experiment: Experiment, path: str | Path) -> Path:
    """Write the results to a file of the kind that its name ends with; raises `StoreError`."""
    path = Path(path)
    writers: dict[str, Callable[[Experiment, Path], None]] = {".csv": _csv, ".parquet": _parquet, ".nc": _netcdf}
    if path.suffix not in writers:
        raise StoreError(f"{path}: a file ends with .csv, .parquet or .nc.{closest(path.suffix, writers)}")
    refuse_existing(path)
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        writers[path.suffix](experiment, part)
        part.rename(path)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        part.unlink(missing_ok=True)
    return path


def dataset(experiment: Experiment) -> Any:
    """Give an xarray Dataset: outcomes over point x replicate, factors and policies over point, labels and units.

    A run without a result is NaN, and has no id in `run`. Needs xarray (extra `netcdf`).
    """
    try:
        import xarray
    except ImportError:
        raise StoreError("xarray is not installed; in the clone: pip install -c constraints.txt '.[netcdf]'") from None
    design, results = experiment.design, experiment.results()
    points = pd.Index(sorted(design["point"].unique()), name="point")
    replicates = pd.Index(sorted(design["replicate"].unique()), name="replicate")

    def square(frame: pd.DataFrame, column: str) -> np.ndarray:
        return frame.pivot(index="point", columns="replicate", values=column).reindex(points, columns=replicates).values

    variables: dict[str, Any] = {}
    for outcome in experiment.outcomes:
        words = {"long_name": outcome.label, "units": outcome.unit}
        variables[outcome.name] = (("point", "replicate"), square(results, outcome.name).astype(float), words)
    # seeds lie below 2**53 unless a larger root was given: exact as floats, which the classic netCDF format can hold
    variables["seed"] = (("point", "replicate"), square(design, "seed").astype(float), {"long_name": "Seed"})
    ids = square(results, "run")
    variables["run"] = (("point", "replicate"), np.where(pd.isna(ids), "", ids).astype(str), {"long_name": "Run"})
    first = design.drop_duplicates("point").set_index("point").loc[points]
    parameters = experiment.manifest["parameters"]
    coordinates: dict[str, Any] = {"point": points, "replicate": replicates}
    for name in experiment.factors:
        record = parameters.get(parameter_of(name), {"meaning": "Nothing depends on it", "unit": "none"})
        values = first[name].to_numpy()
        values = values.astype(str) if values.dtype == object or values.dtype.kind not in "fib" else values
        values = values.astype(np.int8) if values.dtype.kind == "b" else values
        coordinates[name] = ("point", values, {"long_name": record["meaning"], "units": record["unit"]})
    coordinates["policies"] = ("point", first["policies"].to_numpy().astype(str), {"long_name": "Set of policies"})
    about = {
        "title": experiment.name,
        "question": experiment.manifest["question"],
        "source": f"werkstand {experiment.manifest['version']}, code {experiment.manifest['code']['sha256']}",
        "scale": experiment.manifest["scale"],
        "until": experiment.manifest["until"],
    }
    return xarray.Dataset(variables, coordinates, about)


def polars(experiment: Experiment) -> Any:
    """Give the results as a polars frame (extra `polars`)."""
    try:
        import polars as pl
    except ImportError:
        raise StoreError("polars is not installed; in the clone: pip install -c constraints.txt '.[polars]'") from None
    import pyarrow as pa

    return pl.from_arrow(pa.Table.from_pandas(experiment.results(), preserve_index=False))


def duckdb(experiment: Experiment) -> Any:
    """Give a DuckDB connection with the tables design, points, results, failures, attempts, sessions, and kept ones.

    `attempts` has a row for every attempt, finished or failed, with its time, memory and worker.
    """
    import duckdb as db

    state = experiment.state()
    finished = [{**entry, "status": "finished"} for entry in state.finished.values()]
    failed = [{**entry, "status": "failed"} for tries in state.attempts.values() for entry in tries]
    attempt_columns = [
        "run",
        "status",
        "attempt",
        "session",
        "seed",
        "seconds",
        "megabytes",
        "where",
        "kind",
        "message",
    ]
    session_columns = ["session", "at", "where", "executor", "workers", "python", "ended", "commit", "dirty", "code"]
    sessions = [
        {
            **entry,
            "code": entry["code"]["sha256"],
            "commit": entry["code"].get("commit"),
            "dirty": entry["code"].get("dirty"),
        }
        for entry in state.sessions
    ]
    tables = {
        "design": experiment.design,
        "points": experiment.points,
        "results": experiment.results(),
        "failures": experiment.failures(),
        "attempts": pd.DataFrame(finished + failed).reindex(columns=attempt_columns),
        "sessions": pd.DataFrame(sessions).reindex(columns=session_columns),
        **{table: experiment.read(table) for table in experiment.manifest["keep"]},
    }
    connection = db.connect()
    for name, frame in tables.items():
        connection.register("_frame", frame)
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM _frame")
        connection.unregister("_frame")
    return connection


def _csv(experiment: Experiment, path: Path) -> None:
    experiment.results().to_csv(path, index=False, na_rep="")


def _parquet(experiment: Experiment, path: Path) -> None:
    experiment.results().to_parquet(path, index=False)


def _netcdf(experiment: Experiment, path: Path) -> None:
    dataset(experiment).to_netcdf(path, engine="scipy")
