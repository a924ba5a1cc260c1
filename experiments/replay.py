"""A stored run as a Python script that makes it again, exactly, without the experiment."""

import math
from typing import Any

from experiments.folder import Experiment


def as_python(experiment: Experiment, run: str) -> str:
    """Give a script that makes this run and, where its numbers are stored, compares them bit for bit."""
    m = experiment.manifest
    row = experiment.design.set_index("run").loc[run]
    job = experiment.job(run)
    module, _, name = str(m["model"]).partition(":")
    values = {**m["set"], **job.values}
    code, commit = m["code"]["sha256"][:10], m["code"].get("commit")
    state = "" if m["code"].get("dirty") is False else " with changes that were not committed"
    where = f" (commit {commit[:10]}{state})" if commit else ""
    lines = [
        f'"""Run {run} of the experiment {experiment.name}: point {row["point"]}, replicate {row["replicate"]}, '
        f"{row['policies']}.",
        "",
        f"Made with werkstand {m['version']}, code {code}{where}.",
        "With that code the numbers are the same to the last bit.",
        '"""',
        "",
    ]
    starts = {factor: day for factor, day in m["starts"].items() if factor in values}
    plain = not starts and not any(":" in factor for factor in values)  # else a run has more than other values
    lines += [] if not starts else ["from datetime import date", ""]
    lines += [f"from abm import {name}, load"] if module == "abm" else ["from abm import load"]
    lines += [] if plain else ["from experiments.factors import apply"]
    lines += ["from experiments.folder import code_of", "from experiments.outcomes import Outcome"]
    lines += [] if module == "abm" else [f"from {module} import {name}"]
    lines += [
        "",
        f'if code_of({m["model"]!r})["sha256"] != {m["code"]["sha256"]!r}:',
        '    print("This is not the code that the run was made with, so its numbers may differ.")',
    ]
    if plain:
        lines.append(f"parameters = load().replace({_literal(values)})" if values else "parameters = load()")
    else:
        days = ", ".join(f"{factor!r}: date.fromisoformat({day!r})" for factor, day in starts.items())
        lines.append(f"parameters = apply(load(), {_literal(values)}{f', {{{days}}}' if days else ''})")
    policies = f", policies={job.policies!r}" if job.policies else ""
    lines += [
        f"model = {name}(until={m['until']!r}, scale={m['scale']!r}, seed={job.seed}, parameters=parameters{policies})",
        "model.run()",
        "results = model.results()",
        "",
        "stored = {",
    ]
    numbers = experiment.read("outcomes").set_index("run")
    known = numbers.loc[run].to_dict() if run in numbers.index else {}
    for outcome in experiment.outcomes:
        lines.append(f"    {outcome!r}: {_literal(known.get(outcome.name))},")
    lines += [
        "}",
        "for outcome, number in stored.items():",
        "    found = outcome.of(results)",
        "    same = number is None or found == number or (found != found and number != number)",
        '    print(f"{outcome.name}: {found!r}" + ("" if same else f", but {number!r} is stored"))',
        "    assert same, outcome.name",
    ]
    return "\n".join(lines) + "\n"


def _literal(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {_literal(part)}" for key, part in value.items()) + "}"
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    return repr(value)
