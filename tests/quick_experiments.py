"""Experiments of the models in `quick_models`, and scripts that run them in a process of their own."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from experiments.folder import create, open_folder
from experiments.runner import run
from experiments.specification import from_mapping

ROOT = Path(__file__).parents[1]
#: Late enough for policies to have begun; the quick models make ten weeks of it whatever it says.
UNTIL = "2027-12-31"


def specification(model="QuickModel", n=8, **stated):
    """Give a specification of n points of one parameter; what is named replaces what is usual."""
    usual = {
        "question": "Does it count?",
        "design": {"kind": "lhs", "n": n},
        "parameters": ["housing_effort"],
        "outcomes": {"in_reception": {"summary": "mean"}, "housed": {"summary": "sum"}},
        "until": UNTIL,
        "model": model if ":" in model else f"tests.quick_models:{model}",
    }
    made = {key: value for key, value in (usual | stated).items() if value is not None}
    return from_mapping(made, "quick")


def make(folder, model="QuickModel", n=8, **stated):
    """Write an experiment that has not run."""
    return create(folder / "experiment", specification(model, n, **stated))


def run_in_threads(experiment, workers=1, **settings):
    """Run what is left of an experiment in this process, which is quick to start."""
    with ThreadPoolExecutor(workers) as executor:
        return run(experiment, executor, **settings)


def finished(folder, **stated):
    """Give an experiment that has run."""
    experiment = make(folder, **stated)
    run_in_threads(experiment)
    return open_folder(experiment.folder)


def script(text, *arguments, **settings):
    """Start a Python script in a process of its own and give the process; it can import the tests."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", text, *map(str, arguments)]
    settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | settings
    return subprocess.Popen(command, cwd=ROOT, env=environment, **settings)
