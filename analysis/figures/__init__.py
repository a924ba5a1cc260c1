"""The figures of runs: one file each, a function from small frames to a `Figure`.

    write_all("results/baseline")                                     # the figures every run gets
    write(["results/baseline", "results/policy"], folder)             # these, and the comparisons
    draw(runs, ["policy_effects", "fans"])                            # some, by name, not saved

The first of several runs is the baseline; the others are compared with it. `CATALOGUE` says what each figure shows and
what it needs. All counting stands in `analysis.frames` and `analysis.effects`; the modules here only draw.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.figure import Figure

from analysis import effects, frames, networks, provenance, theme
from analysis.figures import (
    cohort_curves,
    cost_waterfall,
    fans,
    hindcast,
    motivation,
    motivation_network,
    network_portrait,
    parameter_provenance,
    policy_effects,
    policy_outcomes,
    since_permit,
    tile_map,
    where_people_are,
    who_gains,
)
from analysis.figures.inputs import policy_titles
from experiments.folder import MANIFEST, Experiment, open_folder
from experiments.manifest import code
from experiments.store import Run, load

__all__ = [
    "CATALOGUE",
    "Entry",
    "FigureError",
    "Material",
    "draw",
    "draw_all",
    "draw_experiment",
    "save",
    "write",
    "write_all",
]

#: Drawn after every run.
EVERY_RUN = ("hindcast", "where_people_are", "since_permit", "motivation")


class FigureError(ValueError):
    """A figure cannot be drawn from these runs; the message is one line."""


class Material:
    """What figures are drawn from: a baseline run and runs to compare it with, with the frames made once."""

    def __init__(self, runs: Sequence[Run]) -> None:
        if not runs:
            raise FigureError("figures need at least one run")
        self.runs = list(runs)
        self.baseline = self.runs[0]
        self.scale = float(self.baseline.manifest["scale"])
        self.until = date.fromisoformat(self.baseline.manifest["until"])
        self.replicates = int(self.baseline.weekly["replicate"].nunique())

    @cached_property
    def others(self) -> dict[str, Run]:
        """The runs that are compared with the baseline, by what was changed in them."""
        named: dict[str, Run] = {}
        for run in self.runs[1:]:
            name = effects.label(run)
            if name in named or name == effects.BASELINE:
                name = run.folder.name
            named[name] = run
        return named

    @cached_property
    def policies(self) -> dict[str, Run]:
        """The others but for the run without the influence of contacts, which is no policy."""
        return {name: run for name, run in self.others.items() if run is not self.without_contacts}

    @cached_property
    def titles(self) -> dict[str, str]:
        """What the policies are called: the title where one policy is all that differs and no other has that title."""
        found = {}
        for name, run in self.policies.items():
            held = run.manifest.get("policies", ())
            alone = len(held) == 1 and name == str(held[0]["name"]).replace("_", " ")
            found[name] = str(held[0].get("title") or name) if alone else name
        twice = {title for title in found.values() if list(found.values()).count(title) > 1}
        return {name: name if title in twice else title for name, title in found.items()}

    @cached_property
    def without_contacts(self) -> Run | None:
        """The run in which only the influence of contacts on motivation was set to zero."""
        for run in self.runs[1:]:
            same = {key: value for key, value in run.manifest["changed"].items() if key != CONTACTS}
            if run.manifest["changed"].get(CONTACTS) == 0 and same == self.baseline.manifest["changed"]:
                return run
        return None

    @cached_property
    def paired(self) -> pd.DataFrame:
        """A row for each pair of runs, outcome and group."""
        return effects.pairs_of_runs(self.baseline, self.policies)

    @cached_property
    def effects(self) -> pd.DataFrame:
        """The effects of the policies."""
        return effects.summary(self.paired)

    @property
    def caption(self) -> str:
        """What was run, in a sentence."""
        return _caption(self.replicates, self.scale)

    @property
    def banded(self) -> str:
        """The same, with what bands mean."""
        return _banded(self.replicates, self.scale)

    @property
    def pairs(self) -> str:
        """What pairs were run, in a sentence."""
        people = theme.agents(self.scale)
        return f"{self.replicates} pairs of runs, {people}." if self.replicates > 1 else f"One pair of runs, {people}."


CONTACTS = "motivation_peer_effect"


class Entry(NamedTuple):
    """A figure of the catalogue. `needs`: run, policies, contacts (see `Material`) or model (the run is made again)."""

    shows: str
    needs: str
    make: Callable[[Material], Iterable[tuple[str, Figure]]]


def _hindcast(m: Material) -> Figure:
    return hindcast.draw(frames.hindcast(m.baseline.weekly), frames.observations(), caption=m.banded)


def _where(m: Material) -> Figure:
    weekly = m.baseline.weekly
    states, places = frames.states(weekly, frames.WHERE), frames.states(weekly, frames.PLACES)
    return where_people_are.draw(states, places, caption=m.caption)


def _since_permit(m: Material) -> Figure:
    curves = frames.since_permit(m.baseline.cohorts, m.until, m.scale)
    return since_permit.draw(curves, frames.targets(), caption=m.banded)


def _motivation(m: Material) -> Figure:
    last_week = int(m.baseline.weekly["week"].max())
    return motivation.draw(
        frames.motivation_of_waiting(m.baseline.persons, last_week),
        frames.motivation_by_cohort(m.baseline.cohorts, m.until, m.scale),
        until=_day(m.until),
        caption=m.banded,
    )


def _cohorts(m: Material) -> Figure:
    return cohort_curves.draw(frames.cohort_curves(m.baseline.cohorts, m.until, m.scale), caption=m.banded)


def _fans(m: Material) -> Figure:
    return fans.draw(
        frames.fans(m.baseline.weekly), runs=m.replicates, caption=theme.agents(m.scale).capitalize() + "."
    )


def _parameters(m: Material) -> Figure:
    from abm.parameters import load as load_parameters

    return parameter_provenance.draw(frames.parameters(load_parameters()))


def _regions(m: Material) -> Figure:
    values = frames.by_region(m.baseline.groups, "employed", "adults")
    return tile_map.draw(
        values.round(0),
        title="Paid work by labour-market region",
        unit="percent of adults with a job, last year of the run",
        caption=m.caption,
    )


def _contacts(m: Material) -> Figure:
    if m.without_contacts is None:
        raise FigureError(f"no run is the baseline with only {CONTACTS} at 0; make one with: --set {CONTACTS}=0")
    levels, share = frames.motivation_with_contacts(m.baseline.cohorts, m.without_contacts.cohorts, m.until, m.scale)
    return motivation_network.draw(levels, share, caption=m.pairs)


def _titled(found: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    return found.assign(policy=found["policy"].map(lambda name: titles.get(name, name)))


def _effects(m: Material) -> Figure:
    return policy_effects.draw(_titled(m.effects, m.titles), caption=f"{m.pairs} {effects.counted(m.until)}")


def _table(m: Material) -> Figure:
    return policy_outcomes.draw(_titled(m.effects, m.titles), caption=f"{m.pairs} {effects.counted(m.until)}")


def _who(m: Material) -> Iterator[tuple[str, Figure]]:
    caption = f"{m.pairs} {effects.counted(m.until, sums=False)}"
    for policy in m.policies:
        yield policy, who_gains.draw(m.effects, policy, title=m.titles[policy], caption=caption)


def _costs(m: Material) -> Iterator[tuple[str, Figure]]:
    for policy, run in m.policies.items():
        found = effects.cost_steps(m.baseline, run, policy)
        yield (
            policy,
            cost_waterfall.draw(*found[:2], m.titles[policy], found.price, period=found.period, caption=m.pairs),
        )


def _network(m: Material) -> Figure:
    from abm import Model
    from abm.parameters import load as load_parameters

    manifest = m.baseline.manifest
    if manifest["code"]["sha256"] != code()["sha256"]:
        commit = str(manifest["code"].get("commit"))[:10]
        raise FigureError(f"network_portrait: the run was made by other code (commit {commit}); make it again")
    model = Model(
        until=m.until,
        scale=m.scale,
        seed=manifest["seeds"][0],
        parameters=load_parameters().replace(manifest["changed"]),
        policies=provenance.policies_of(manifest.get("policies", ())),
    ).run()
    portrait = networks.portrait(model)
    return network_portrait.draw(*portrait[:3], place=portrait.place, caption=_caption(1, m.scale))


def _one(make: Callable[[Material], Figure]) -> Callable[[Material], Iterable[tuple[str, Figure]]]:
    return lambda material: [("", make(material))]


CATALOGUE = {
    "hindcast": Entry("the past simulated and observed", "run", _one(_hindcast)),
    "where_people_are": Entry("where everyone stands and lives, week by week", "run", _one(_where)),
    "since_permit": Entry("work, Dutch and benefit since the permit", "run", _one(_since_permit)),
    "motivation": Entry("motivation by weeks waited", "run", _one(_motivation)),
    "cohort_curves": Entry("permits, homes, work and integration of the people of a year", "run", _one(_cohorts)),
    "fans": Entry("weekly results with bands over runs", "run", _one(_fans)),
    "tile_map": Entry("paid work in the 35 labour-market regions", "run", _one(_regions)),
    "parameter_provenance": Entry("where the numbers of the model come from", "run", _one(_parameters)),
    "motivation_network": Entry("motivation with and without the influence of contacts", "contacts", _one(_contacts)),
    "policy_effects": Entry("what policies change, with intervals", "policies", _one(_effects)),
    "who_gains": Entry("who gains and who loses by a policy", "policies", _who),
    "cost_waterfall": Entry("cost by category against days in reception saved", "policies", _costs),
    "policy_outcomes": Entry("policies against outcomes in one table", "policies", _one(_table)),
    "network_portrait": Entry("contacts layer by layer; makes the run again", "model", _one(_network)),
}


def draw(runs: Sequence[Run], names: Sequence[str] | None = None) -> dict[str, Figure]:
    """Draw figures by name, or all that these runs allow without making one again; give them by file name.

    A figure of one policy is called after both. Raises `FigureError` for a name that is not in the catalogue or a
    figure that these runs do not allow.
    """
    from abm.parameters import closest

    material = Material(runs)
    for name in names or ():
        if name not in CATALOGUE:
            raise FigureError(f"no figure is called '{name}'.{closest(name, CATALOGUE)}")
        if CATALOGUE[name].needs == "policies" and not material.policies:
            raise FigureError(f"{name}: needs a run to compare with the baseline; name one after it")
    have = {"run": True, "policies": bool(material.policies), "contacts": material.without_contacts is not None}
    chosen = names or [name for name, entry in CATALOGUE.items() if have.get(entry.needs, False)]
    drawn = {}
    for name in chosen:
        for policy, figure in CATALOGUE[name].make(material):
            drawn["-".join(part for part in (name, _file_name(policy)) if part)] = figure
    return drawn


def write(
    folders: Sequence[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    names: Sequence[str] | None = None,
    *,
    formats: Sequence[str] = ("png", "svg"),
) -> list[Path]:
    """Draw the figures of stored runs, or of one experiment, into a folder; give the paths. See `draw`."""
    experiments = [folder for folder in folders if (Path(folder) / MANIFEST).is_file()]
    if experiments:
        if len(folders) > 1:
            raise FigureError(f"{experiments[0]}: is an experiment, which is drawn on its own; name it alone")
        experiment = open_folder(Path(experiments[0]))
        drawn = draw_experiment(experiment, names)
        return save(drawn, Path(out), provenance.of_experiment("", experiment), formats=formats)
    runs = [load(Path(folder)) for folder in folders]
    drawn = draw(runs, names)
    return save(drawn, Path(out), provenance.of_runs("", *runs), formats=formats)


def draw_experiment(experiment: Experiment, names: Sequence[str] | None = None) -> dict[str, Figure]:
    """Draw what the policies of an experiment change, over its futures; give the figures by file name."""
    known = {"policy_effects": policy_effects.draw, "policy_outcomes": policy_outcomes.draw}
    for name in names or ():
        if name not in known:
            raise FigureError(f"{name}: is not drawn of an experiment; {' and '.join(known)} are")
    found = effects.of_experiment(experiment)
    if found.empty:
        raise FigureError(f"{experiment.folder}: has no finished pair of runs to draw")
    found = _titled(effects.in_millions(found), policy_titles(experiment.policies))
    caption = f"{len(experiment.results())} runs of the experiment {experiment.name}, "
    caption += f"{theme.agents(float(experiment.manifest['scale']))}. {effects.taken(experiment)}"
    return {name: known[name](found, caption=caption) for name in names or known}


def save(
    drawn: dict[str, Figure], folder: Path, made_of: provenance.Provenance, *, formats: Sequence[str] = ("png", "svg")
) -> list[Path]:
    """Save figures with what they were made of."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        path
        for name, figure in drawn.items()
        for path in theme.save(figure, folder, name, provenance=replace(made_of, figure=name), formats=formats)
    ]


def write_all(run_folder: str | os.PathLike[str]) -> list[Path]:
    """Draw the figures every run gets as PNG and SVG into its folder `figures`; give the paths."""
    from experiments import store

    run = store.load(Path(run_folder))
    return save(draw([run], EVERY_RUN), Path(run_folder) / "figures", provenance.of_runs("", run))


def draw_all(
    weekly: pd.DataFrame, cohorts: pd.DataFrame, persons: pd.DataFrame, *, until: date, scale: float = 1.0
) -> dict[str, Figure]:
    """Draw the figures every run gets from its frames, each with a column `replicate`; give them by file name."""
    from types import SimpleNamespace

    manifest = {"scale": scale, "until": until.isoformat(), "changed": {}}
    frames_of_run: Any = SimpleNamespace(weekly=weekly, cohorts=cohorts, persons=persons, manifest=manifest)
    return draw([frames_of_run], EVERY_RUN)


def _file_name(policy: str) -> str:
    return "_".join("".join(letter if letter.isalnum() else " " for letter in policy.lower()).split())


def _caption(replicates: int, scale: float) -> str:
    if replicates == 1:
        return f"Simulated: one run, {theme.agents(scale)}."
    return f"Simulated: mean of {replicates} runs, {theme.agents(scale)}."


def _banded(replicates: int, scale: float) -> str:
    run = _caption(replicates, scale)
    return run if replicates == 1 else f"{run[:-1]}; bands and bars from the lowest to the highest run."


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
