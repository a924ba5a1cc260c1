"""Every number of the paper, by name, as it is printed: from the runs, the parameters, the data and the code.

Effects are named `POLICY/OUTCOME` (as in `vng_alternatief/People in reception`); a sentence with the interval is what
`analysis.report.sentence` says. What is not known is "unknown", never a zero.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from abm import data
from abm.parameters import load
from analysis import anatomy, effects, odd, theme
from analysis.report import sentence
from experiments.manifest import version
from experiments.store import Run
from paper.runs import BASELINE, WITHOUT_CONTACTS, Plan


def facts(plan: Plan, runs: Mapping[str, Run], pairs: pd.DataFrame, validation: pd.DataFrame) -> dict[str, str]:
    """Give every number of the text by name. `pairs`: `effects.PAIRS`, with the names of the runs as policies."""
    found = {**_model(), **_design(plan, runs), **_validation(validation), **_luck(pairs)}
    titles = {
        f"{name}/title": policy["title"] for name, run in runs.items() for policy in run.manifest.get("policies", ())
    }
    return {**found, **titles, **_effects(pairs)}


def _model() -> dict[str, str]:
    parts, parameters = anatomy.read(), load()
    kinds = pd.Series([p.source.kind for p in parameters.values()]).value_counts()
    roles = pd.Series([p.role for p in parameters.values()]).value_counts()
    series = pd.concat([data.national_series(), data.extra_series()])
    counted = {
        "processes": len(parts.processes),
        "institutions": len(parts.institutions),
        "columns of a person": len(parts.tables["Person"].columns),
        "kinds of draw": len(parts.decisions),
        "parameters": len(parameters),
        "uncertain parameters": roles.get("uncertainty", 0),
        "levers": roles.get("lever", 0),
        "themes": len(parameters.themes),
        "municipalities": len(data.municipalities()),
        "regions": len(data.regions()),
        "patterns": len(data.patterns()),
        "systems": len(data.systems()),
        "series": series["series"].nunique(),
        "points": len(series),
        "policies": len(odd.policies()),
        **{f"parameters from {kind}": count for kind, count in kinds.items()},
        "percent assumed": 100 * kinds.get("assumption", 0) / len(parameters),
    }
    return {"version": version(), **{name: theme.rounded(float(number)) for name, number in counted.items()}}


def _design(plan: Plan, runs: Mapping[str, Run]) -> dict[str, str]:
    manifest = runs[BASELINE].manifest
    return {
        "reduced": "yes" if plan.reduced else "no",
        "replicates": str(plan.replicates),
        "runs": str(plan.replicates * len(runs)),
        "settings": str(len(runs)),
        "agents": theme.agents(plan.scale),
        "weeks": str(manifest["n_weeks"]),
        "first year": "2021",
        "last observed year": "2025",
        "last year": plan.until[:4],
        "commit": str(manifest["code"].get("commit") or "unknown")[:10],
        "python": manifest["python"],
        "packages": ", ".join(f"{name} {number}" for name, number in manifest["packages"].items()),
    }


def _validation(found: pd.DataFrame) -> dict[str, str]:
    counts = found["verdict"].value_counts()
    held = found[found["use"] == "hold"]["verdict"].value_counts()
    return {
        "patterns judged": str(int(counts.get("pass", 0) + counts.get("fail", 0))),
        "patterns passed": str(int(counts.get("pass", 0))),
        "patterns failed": str(int(counts.get("fail", 0))),
        "held-out patterns judged": str(int(held.get("pass", 0) + held.get("fail", 0))),
        "held-out patterns passed": str(int(held.get("pass", 0))),
    }


def _luck(pairs: pd.DataFrame) -> dict[str, str]:
    """Give how many unpaired runs one pair replaces: the ratio of variances, its median over policies and outcomes."""
    own = pairs[pairs["group"] == effects.EVERYONE]
    gains = []
    for _, held in own.groupby(["policy", "outcome"]):
        paired = (held["value"] - held["baseline"]).var()
        if paired > 0:
            gains.append((held["value"].var() + held["baseline"].var()) / paired)
    gained = pd.Series(gains, dtype=float)
    return {
        "gain of pairing": theme.rounded(float(gained.median()), 2),
        "gain of pairing, lowest quarter": theme.rounded(float(gained.quantile(0.25)), 2),
        "gain of pairing, highest quarter": theme.rounded(float(gained.quantile(0.75)), 2),
    }


def _effects(pairs: pd.DataFrame) -> dict[str, str]:
    found = effects.summary(pairs[pairs["group"] == effects.EVERYONE])
    rows: list[dict[str, Any]] = found.to_dict("records")  # type: ignore[assignment]
    said = {f"{row['policy']}/{row['outcome']}": sentence(row) for row in rows if row["policy"] != WITHOUT_CONTACTS}
    levels = {f"{BASELINE}/{row['outcome']}": theme.rounded(row["baseline"]) for row in rows}
    return levels | said
