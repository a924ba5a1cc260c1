"""A proposed parameter file: what a calibration found, beside what stands now. Nothing in the model is changed.

`proposed.yaml` has the form of the files in abm/parameters, so an entry can be taken over by hand after reading it:
value, the 90 percent interval as the new range, and as the source the experiment that it comes from. Multipliers
(`scale:`) are no parameters; they stand under `multipliers` in `summary.csv` only.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from abm.parameters import Parameters
from experiments.calibration import Calibration
from experiments.factors import INERT, SCALE


def entries(found: Calibration, parameters: Parameters, where: str) -> dict[str, dict[str, Any]]:
    """Give the proposed entries by name; `where` names the experiment, for the source."""
    summary = {row["parameter"]: row for row in found.summary.to_dict("records")}
    best = found.values(found.best[None]).iloc[0]
    made = {}
    for one in found.factors:
        if one.name.startswith((SCALE, INERT)) or "." in one.name:
            continue
        parameter, row = parameters[one.name], summary[one.name]
        note = (
            f"Proposed; now {_plain(parameter.value)}. 90 percent of the posterior from {_plain(row['low'])} to "
            f"{_plain(row['high'])}, median {_plain(row['median'])}; {row['width_left']:.0%} of the prior width left."
        )
        if row["at_edge"]:
            note += f" It presses against the {row['at_edge']} value allowed."
        entry: dict[str, Any] = {"meaning": parameter.meaning, "unit": parameter.unit, "value": _plain(best[one.name])}
        if parameter.type != "float":
            entry["type"] = parameter.type
        if parameter.choices:
            entry["choices"] = list(parameter.choices)
        if parameter.range is not None:
            low, high = float(row["low"]), float(row["high"])
            entry["range"] = [_plain(value) for value in ((low, high) if low < high else parameter.range)]
            entry["distribution"] = parameter.distribution
        entry |= {"role": parameter.role, "source": {"kind": "estimate", "where": where, "note": note}}
        made[one.name] = entry
    return made


def write(found: Calibration, parameters: Parameters, folder: str | Path, about: Mapping[str, Any]) -> list[Path]:
    """Write proposed.yaml, posterior.csv, summary.csv, fit.csv and calibration.json; give their paths."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    where = f"calibration {about.get('name', folder.name)}, code {str(about.get('code', ''))[:10]}"
    head = "# Proposed by werkstand calibrate; nothing was changed. Read calibration.json and fit.csv before use.\n"
    text = yaml.safe_dump(entries(found, parameters, where), sort_keys=False, allow_unicode=True, width=110)
    paths = [folder / name for name in ("proposed.yaml", "posterior.csv", "summary.csv", "fit.csv", "calibration.json")]
    paths[0].write_text(head + text, encoding="utf-8")
    found.values().assign(log_density=found.posterior.log_density).to_csv(paths[1], index=False)
    found.summary.to_csv(paths[2], index=False)
    found.fit_of(found.best).to_csv(paths[3], index=False)
    record = {
        **about,
        "log_evidence": found.posterior.log_evidence,
        "set_aside": list(found.set_aside),
        "waves": [wave._asdict() for wave in found.waves],
        "targets": [[one.name, one.low, one.high, one.weight, one.label] for one in found.targets],
        "prior": {one.name: [one.distribution, one.low, one.high] for one in found.factors},
    }
    paths[4].write_text(json.dumps(record, indent=1, default=str) + "\n", encoding="utf-8")
    return paths


def _plain(value: Any) -> Any:
    """Give a value as YAML holds it, a number to four figures."""
    value = value.item() if isinstance(value, np.generic) else value
    return float(f"{value:.4g}") if isinstance(value, float) else value
