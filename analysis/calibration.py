"""Calibration to the observed patterns: runs that measure the patterns, and what is asked of them.

    plan = read("experiments/specs/calibration.yaml")
    outcome = run(plan, "results/calibration", make)
    outcome.proposed, outcome.before, outcome.after       # patterns met

The statistics are those of `experiments.calibration`; here are the model that measures itself (`MeasuredModel`, the
estimators of `analysis/validation` on each run), the targets (patterns marked `fit`, with their bands and weights;
never one that is held out) and the simulated past (level of each observed series). Structural alternatives are
calibrated side by side: each lays its own values and ranges over the rest, and they are compared by evidence and by
the targets they meet.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from abm import Model, data, load
from abm.parameters import ParameterError, closest
from abm.parameters.reading import read_yaml
from analysis import frames
from analysis.bands import BANDS, Band
from analysis.validation import ONE_RUN
from analysis.validation.record import Record, window
from experiments import design as designs
from experiments import factors as factoring
from experiments.calibration import Calibration, calibrate, proposal
from experiments.factors import Factor
from experiments.folder import Experiment
from experiments.outcomes import Outcome
from experiments.run import Settings
from experiments.sensitivity.stages import Stage
from experiments.specification import Specification
from experiments.targets import Target, TargetError, allowed, patterns_that_may_be_fitted

KEYS = (
    *("question", "parameters", "targets", "hindcast", "structures", "set", "scale", "until", "seed"),
    *("waves", "points", "replicates"),
)
#: Series of the past whose level is a target: mean of simulated over observed, reported points from 2022 on.
LEVEL = Band(0.92, 1.08, "ratio")
HINDCAST = "hindcast"
SETTLED = pd.Timestamp(2022, 1, 1)
#: The number of a pattern in a run that is too short for it.
UNKNOWN = float("nan")
MODEL = "analysis.calibration:MeasuredModel"


class PlanError(ValueError):
    """A calibration cannot be made as described; the message is one line."""


class MeasuredModel(Model):
    """The model, whose weekly results carry what was measured in the run: one column a target, the same each week."""

    def __init__(self, until: Any, scale: float, seed: int, parameters: Any, **more: Any) -> None:
        super().__init__(until=until, scale=scale, seed=seed, parameters=parameters, **more)
        self._measured_until = date.fromisoformat(str(until))
        self._measured_scale = scale

    def results(self) -> Any:
        """Give the results with the measured columns."""
        own = super().results()
        record = Record(own.weekly, own.cohorts, own.costs, own.persons, self._measured_scale, self._measured_until)
        tables = {name: getattr(own, name) for name in ("groups", "cohorts", "costs", "persons", "network")}
        return SimpleNamespace(weekly=own.weekly.assign(**measure(record)), **tables)


def measure(record: Record) -> dict[str, float]:
    """Give the number of every target in one run; NaN for those the run is too short for."""
    found: dict[str, float] = {}
    registered = data.patterns().set_index("id")
    for name in patterns_that_may_be_fitted():
        if name not in ONE_RUN:
            continue
        first, last = window(str(registered.loc[name, "window"]))
        one = ONE_RUN[name]
        estimates = one.estimator(record, first, last) if record.covers(last, one.lag_weeks) else ()
        for position in range(len(BANDS[name])):
            found[column(name, position)] = estimates[position].value if estimates else UNKNOWN
    return found | levels(record.weekly)


def levels(weekly: pd.DataFrame) -> dict[str, float]:
    """Give simulated over observed, mean over the reported points of each series from 2022 on."""
    simulated = frames.hindcast(weekly.assign(replicate=0))
    observed = frames.observations()
    observed = observed[(observed["kind"] == "reported") & (observed["date"] >= SETTLED)]
    found = {}
    for panel, points in observed.groupby("panel"):
        own = simulated[simulated["panel"] == panel].dropna(subset=["value"]).sort_values("date")
        reach = own["date"].max() + timedelta(days=7) if len(own) else SETTLED
        points = points[points["date"] <= reach]
        there = np.interp(points["date"].astype("int64"), own["date"].astype("int64"), own["value"]) if len(own) else []
        ratios = np.asarray(there) / points["value"].to_numpy(float)
        found[f"{HINDCAST}_{panel!s}"] = float(ratios.mean()) if len(ratios) else UNKNOWN
    return found


def column(pattern: str, position: int) -> str:
    """Give the name of the number of a pattern: its id, and the position of a part after the first.

    >>> column("P16", 0), column("P16", 2)
    ('P16', 'P16_3')
    """
    return pattern if position == 0 else f"{pattern}_{position + 1}"


def targets_of(names: Sequence[str], hindcast: bool, until: date) -> tuple[Target, ...]:
    """Give the targets of patterns (and of the past) that a run until this day can measure."""
    registered = data.patterns().set_index("id")
    weights = patterns_that_may_be_fitted()
    made = []
    for name in names:
        if name not in ONE_RUN:
            raise TargetError(f"{name}: needs paired runs, which a calibration does not make")
        _, last = window(str(registered.loc[name, "window"]))
        if last + timedelta(weeks=ONE_RUN[name].lag_weeks) > until + timedelta(days=7):
            continue
        parts = [(i, band) for i, band in enumerate(BANDS[name]) if band.low is not None or band.high is not None]
        for position, band in parts:
            low = -np.inf if band.low is None else float(band.low)
            high = np.inf if band.high is None else float(band.high)
            label = str(registered.loc[name, "pattern"]) + (f": {band.part}" if band.part else "")
            # a pattern of several numbers counts once
            made.append(Target(column(name, position), low, high, weights[name] / len(parts), band.unit, label))
    if hindcast:
        for panel in frames.OBSERVED_SERIES:
            made.append(
                Target(
                    f"{HINDCAST}_{panel}",
                    float(LEVEL.low or 0),
                    float(LEVEL.high or 0),
                    3.0,
                    "simulated over observed",
                    f"level of {panel.replace('_', ' ')}, 2022 to 2025",
                )
            )
    if not made:
        raise TargetError(f"no target can be measured in a run until {until}")
    return tuple(made)


@dataclass(frozen=True)
class Structure:
    """One structural alternative: values laid over all runs, and factors."""

    name: str
    factors: tuple[Factor, ...]
    fixed: Mapping[str, Any]


@dataclass(frozen=True)
class Plan:
    """What is calibrated to what, and with how many runs."""

    name: str
    structures: tuple[Structure, ...]
    targets: tuple[Target, ...]
    start: Mapping[str, Any] = field(default_factory=dict)
    question: str = ""
    scale: float = 0.1
    until: str = "2030-12-31"
    seed: int = 1
    waves: int = 3
    points: int = 60
    replicates: int = 2

    @property
    def runs(self) -> int:
        """The runs at most, those before and after included."""
        return len(self.structures) * (self.waves * self.points + 1) * self.replicates + self.replicates


@dataclass(frozen=True)
class Calibrated:
    """What came out for one structure: the calibration, and the mean of each target before and after."""

    structure: Structure
    found: Calibration
    before: pd.DataFrame
    after: pd.DataFrame

    def met(self) -> tuple[int, int]:
        """Give the targets met before and after."""
        return int(self.before["met"].sum()), int(self.after["met"].sum())


def read(path: str | Path, **instead: Any) -> Plan:
    """Read a plan from YAML; values given by name take the place of those in the file. One line when it is wrong."""
    path = Path(path)
    if not path.is_file():
        raise PlanError(f"{path}: there is no such file")
    try:
        return from_mapping(read_yaml(path), path.stem, **instead)
    except (ParameterError, TargetError, PlanError) as error:
        raise PlanError(f"{path.name}: {str(error).removeprefix(f'{path.name}: ')}") from error


def from_mapping(stated: Any, name: str, **instead: Any) -> Plan:
    """Give the plan that a mapping describes."""
    if not isinstance(stated, Mapping):
        raise PlanError(f"a calibration has the keys {', '.join(KEYS)}")
    for key in stated:
        if key not in KEYS:
            raise PlanError(f"unknown key '{key}'.{closest(key, KEYS)}")
    given = {**stated, **{key: value for key, value in instead.items() if value is not None}}
    until = str(given.get("until", "2030-12-31"))
    try:
        Settings(until, float(given.get("scale", 0.1)), int(given.get("seed", 1)))
    except ValueError as error:
        raise PlanError(str(error)) from error
    for key in ("waves", "points", "replicates"):
        if not isinstance(number := given.get(key, 1), int) or number < 1:
            raise PlanError(f"{key}: {number} is not a whole number of at least 1")
    parameters = load()
    start = dict(given.get("set") or {})
    parameters.replace(start)
    common = given.get("parameters") or {}
    common = dict.fromkeys(common) if isinstance(common, list) else dict(common)
    alternatives = given.get("structures") or {"one": {}}
    structures = []
    for label, own in alternatives.items():
        own = own or {}
        for key in own:
            if key not in ("set", "parameters"):
                raise PlanError(f"structures: {label}: unknown key '{key}'.{closest(key, ('set', 'parameters'))}")
        fixed = dict(own.get("set") or {})
        varied = {**common, **(own.get("parameters") or {})}
        varied = {key: details for key, details in varied.items() if key not in fixed}
        if not varied:
            raise PlanError(f"structures: {label}: varies no parameter")
        parameters.replace(fixed)
        structures.append(Structure(str(label), factoring.factors(varied, parameters), fixed))
    wanted = given.get("targets", "fit")
    names = [one for one in patterns_that_may_be_fitted() if one in ONE_RUN] if wanted == "fit" else allowed(wanted)
    return Plan(
        name=name,
        structures=tuple(structures),
        targets=targets_of(names, bool(given.get("hindcast", True)), date.fromisoformat(until)),
        start=start,
        question=str(given.get("question", "")).strip(),
        scale=float(given.get("scale", 0.1)),
        until=until,
        seed=int(given.get("seed", 1)),
        waves=int(given.get("waves", 3)),
        points=int(given.get("points", 60)),
        replicates=int(given.get("replicates", 2)),
    )


def run(
    plan: Plan,
    folder: str | Path,
    make: Callable[[Experiment], None],
    tell: Callable[[str], None] = lambda _: None,
) -> list[Calibrated]:
    """Calibrate every structure in its own folder, check the proposal with runs, and write everything.

    A folder that exists is gone on with. `start` values hold in the runs before, and are what a proposal replaces.
    """
    folder = Path(folder)
    found = []
    for structure in plan.structures:
        place = folder / structure.name
        before = _at(plan, structure, None, place / "before", make)
        tell(f"{structure.name}: {int(before['met'].sum())} of {len(plan.targets)} targets met before")

        def evaluate(
            points: np.ndarray, replicates: int, wave: int, structure: Structure = structure, place: Path = place
        ) -> np.ndarray:
            design = designs.given(structure.factors, points)
            stage = _stage(plan, structure, design, replicates, wave + 1, place / f"wave-{wave + 1}", make)
            layout, experiment = stage.run()
            table = experiment.results()
            wide = np.full((len(points), replicates, len(plan.targets)), np.nan)
            for position, target in enumerate(plan.targets):
                own = layout.wide(table, target.name)
                wide[:, : own.shape[1], position] = own
            return wide

        made = calibrate(
            evaluate,
            structure.factors,
            plan.targets,
            waves=plan.waves,
            points=plan.points,
            replicates=plan.replicates,
            seed=plan.seed,
            tell=lambda line, label=structure.name: tell(f"{label}: {line}"),  # type: ignore[misc]
        )
        after = _at(plan, structure, made.best, place / "after", make)
        code = str(_code())
        proposal.write(
            made,
            load().replace({**plan.start, **structure.fixed}),
            place,
            {
                "name": f"{plan.name}, {structure.name}",
                "code": code,
                "scale": plan.scale,
                "until": plan.until,
                "seed": plan.seed,
                "set": {**plan.start, **structure.fixed},
            },
        )
        before.to_csv(place / "before.csv", index=False)
        after.to_csv(place / "after.csv", index=False)
        found.append(Calibrated(structure, made, before, after))
        tell(f"{structure.name}: {int(after['met'].sum())} of {len(plan.targets)} targets met with the proposal")
    return found


def _at(
    plan: Plan, structure: Structure, point: np.ndarray | None, folder: Path, make: Callable[[Experiment], None]
) -> pd.DataFrame:
    """Run one point (or the start values) and give target, low, high, mean and met."""
    if point is None:
        design = designs.policies_only({})
    else:
        design = designs.given(structure.factors, np.atleast_2d(point))
    stage = _stage(plan, structure, design, plan.replicates, 0, folder, make)
    _, experiment = stage.run()
    means = experiment.results()[[target.name for target in plan.targets]].mean()
    rows = [
        {
            "target": target.name,
            "label": target.label,
            "low": target.low,
            "high": target.high,
            "value": float(means[target.name]),
            "met": target.met(float(means[target.name])),
        }
        for target in plan.targets
    ]
    return pd.DataFrame(rows)


def _stage(
    plan: Plan,
    structure: Structure,
    design: designs.Design,
    replicates: int,
    number: int,
    folder: Path,
    make: Callable[[Experiment], None],
) -> Stage:
    varied = {factoring.parameter_of(one.name) for one in design.factors}
    fixed = {**plan.start, **structure.fixed}
    specification = Specification(
        name=f"{plan.name}-{structure.name}-{folder.name}",
        design=design,
        outcomes=tuple(
            Outcome(target.name, "weekly", target.name, label=target.label, unit=target.unit, may_be_unknown=True)
            for target in plan.targets
        ),
        question=plan.question,
        replicates=replicates,
        seed=plan.seed + number,
        luck="shared" if len(design) == 1 else "independent",
        scale=plan.scale,
        until=plan.until,
        fixed={name: value for name, value in fixed.items() if name.split(".")[0] not in varied},
        model=MODEL,
    )
    return Stage(folder, specification, make)


def compared(outcomes: Sequence[Calibrated]) -> pd.DataFrame:
    """Give a row a structure: targets met before and after, set aside, log evidence, how far behind the best."""
    best = max(one.found.posterior.log_evidence for one in outcomes)
    rows = []
    for one in outcomes:
        before, after = one.met()
        rows.append(
            {
                "structure": one.structure.name,
                "met_before": before,
                "met_after": after,
                "targets": len(one.after),
                "set_aside": len(one.found.set_aside),
                "log_evidence": one.found.posterior.log_evidence,
                "behind_best": best - one.found.posterior.log_evidence,
            }
        )
    return pd.DataFrame(rows)


def _code() -> str:
    from experiments.manifest import code

    return str(code()["sha256"])
