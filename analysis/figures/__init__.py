"""The figures of a run: one file each, a function from small frames to a `Figure`; `write_all` saves them."""

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from analysis import frames, provenance, theme
from analysis.figures import hindcast, motivation, since_permit, where_people_are

__all__ = ["draw_all", "write_all"]


def write_all(run_folder: str | os.PathLike[str]) -> list[Path]:
    """Draw the figures of a stored run as PNG and SVG into its folder `figures`; give the paths."""
    from experiments.store import load

    run = load(Path(run_folder))
    scale = float(run.manifest["scale"])
    until = date.fromisoformat(run.manifest["until"])
    drawn = draw_all(run.weekly, run.cohorts, run.persons, scale=scale, until=until)
    folder = Path(run_folder) / "figures"
    folder.mkdir(exist_ok=True)
    made_of = provenance.of_runs("", run)
    return [
        path
        for name, figure in drawn.items()
        for path in theme.save(figure, folder, name, provenance=replace(made_of, figure=name))
    ]


def draw_all(
    weekly: pd.DataFrame, cohorts: pd.DataFrame, persons: pd.DataFrame, *, until: date, scale: float = 1.0
) -> dict[str, Figure]:
    """Draw the figures from the frames of a run, each with a column `replicate`; give them by file name."""
    last_week = int(weekly["week"].max())
    replicates = weekly["replicate"].nunique()
    run = _caption(replicates, scale)
    banded = run if replicates == 1 else f"{run[:-1]}; bands and bars from the lowest to the highest run."
    return {
        "hindcast": hindcast.draw(frames.hindcast(weekly), frames.observations(), caption=banded),
        "where_people_are": where_people_are.draw(
            frames.states(weekly, frames.WHERE), frames.states(weekly, frames.PLACES), caption=run
        ),
        "since_permit": since_permit.draw(frames.since_permit(cohorts, until, scale), frames.targets(), caption=banded),
        "motivation": motivation.draw(
            frames.motivation_of_waiting(persons, last_week),
            frames.motivation_by_cohort(cohorts, until, scale),
            until=_day(until),
            caption=banded,
        ),
    }


def _caption(replicates: int, scale: float) -> str:
    people = "one agent a person" if scale == 1 else f"one agent for {1 / scale:g} persons"
    if replicates == 1:
        return f"Simulated: one run, {people}."
    return f"Simulated: mean of {replicates} runs, {people}."


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
