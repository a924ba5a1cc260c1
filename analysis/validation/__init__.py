"""A run beside each observed pattern: what was observed, what is accepted, what the run gives, pass or fail.

    validate("results/baseline")               # a row for each pattern of abm/data/patterns.csv
    validate("results/baseline", full=True)    # also makes the runs that some patterns need
    measures("results/baseline")               # a row for each number, where a pattern has several

Window, population and acceptance are those of patterns.csv; where an estimator is not literally the one
named there, the note says what it is. Values have the unit of the acceptance band (`analysis/bands.py`),
shares in percent. Intervals are of 95 percent: of the mean across replicates from three on; else over
simulated persons, by drawing households again; none where the number is one count of the whole run. The
estimators stand in one file for each subject; the runs of `--full` in `trials.py` and `paired.py`.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from abm import ParameterError, data
from analysis.bands import BANDS, Band
from analysis.validation import estimate, integration, mind, paired, reception, work
from analysis.validation.estimate import Estimate
from analysis.validation.record import Record, window
from analysis.validation.trials import PAIR_SCALE, SNAPSHOTS, UNTIL, Laboratory

__all__ = ["Measure", "measures", "measures_of", "validate"]

COLUMNS = ["id", "pattern", "target", "acceptance", "use", "value", "low", "high", "verdict", "note"]
NEEDS_FULL = "needs --full"

Estimator = Callable[[Record, date, date], tuple[Estimate, ...]]
PairedEstimator = Callable[[Laboratory, date, date], tuple[Estimate, ...]]


class Measure(NamedTuple):
    """One number beside its band; `part` names it when its pattern has several."""

    id: str
    part: str
    unit: str
    band: str
    value: float
    low: float
    high: float
    verdict: str
    note: str


class OneRun(NamedTuple):
    """An estimator on one run, and how far beyond its window the run has to go (weeks)."""

    estimator: Estimator
    lag_weeks: int = 0


ONE_RUN: dict[str, OneRun] = {
    "P01": OneRun(reception.mean_stay),
    "P02": OneRun(reception.long_stays),
    "P03": OneRun(reception.status_holders),
    "P04": OneRun(reception.status_holders_over_term),
    "P05": OneRun(reception.housed),
    "P06": OneRun(reception.little),
    "P07": OneRun(integration.permit_to_plan),
    "P08": OneRun(integration.late_plans),
    "P09": OneRun(integration.plans_in_reception),
    "P11": OneRun(integration.consent),
    "P12": OneRun(integration.asked),
    "P13": OneRun(integration.consent_by_wait),
    "P14": OneRun(integration.completion),
    "P15": OneRun(integration.gap_to_route),
    "P16": OneRun(integration.routes, 104),
    "P17": OneRun(integration.scaled_down),
    "P19": OneRun(integration.feasible),
    "P20": OneRun(work.employed_at_18_months, 78),
    "P21": OneRun(work.employed_at_36_months, 156),
    "P24": OneRun(work.on_benefit, 260),
    "P25": OneRun(work.employed_in_route),
    "P26": OneRun(work.volunteering_in_route),
    "P31": OneRun(work.work_permits),
    "P33": OneRun(work.moves_and_leaving_benefit, 104),
    "P34": OneRun(mind.onset_by_wait),
    "P35": OneRun(mind.complaints),
    "P36": OneRun(reception.cost_a_day),
    "P37": OneRun(reception.emergency_share),
    "P38": OneRun(reception.relets),
    "P40": OneRun(work.first_jobs_through_contacts),
    "P41": OneRun(reception.open_cases),
    "P42": OneRun(reception.second_half),
    "P43": OneRun(reception.waiting_abroad),
    "P44": OneRun(work.regions),
}

#: A run keeps everyone as they are at its end, so these need one that ends with the window.
ON_A_DAY: dict[str, Estimator] = {"P27": work.completers, "P48": work.women_and_men}

PAIRED: dict[str, PairedEstimator] = {
    "P32": paired.waiting_and_work,
    "P45": paired.work_first,
    "P46": paired.more_class_hours,
    "P47": paired.longer_travel,
    "P49": paired.no_task,
    "P50": paired.overflow,
}


def validate(
    run_folder: str | os.PathLike[str],
    full: bool = False,
    *,
    scale: float = PAIR_SCALE,
    tell: Callable[[str], None] | None = None,
) -> pd.DataFrame:
    """Give one row for each pattern, in the order of patterns.csv.

    `value`, `low` and `high` are those of the first number where a pattern has several; the note has the
    others, and all have to lie in their bands to pass. `verdict` is pass, fail, needs --full (paired runs,
    a longer run, or everyone's state on an earlier day), reported (no band), face validity (the note says
    whether it holds) or not measured (the note says why). With `full` the missing runs are made, at `scale`
    and with the seed of each replicate of the run, over which the estimates are joined; `tell` is called with
    a line before each.
    """
    registered = data.patterns().set_index("id")
    by_pattern: dict[str, list[Measure]] = {}
    for measure in _measures_of_folder(run_folder, full, scale, tell):
        by_pattern.setdefault(measure.id, []).append(measure)
    rows = []
    for name, parts in by_pattern.items():
        pattern = registered.loc[name]
        use = str(pattern["use"])
        rows.append(
            {
                "id": name,
                **{column: pattern[column] for column in ("pattern", "target", "acceptance", "use")},
                "value": parts[0].value,
                "low": parts[0].low,
                "high": parts[0].high,
                "verdict": _joint(parts, use),
                "note": "; ".join(_remarks(parts, use)),
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def measures(
    run_folder: str | os.PathLike[str],
    full: bool = False,
    *,
    scale: float = PAIR_SCALE,
    tell: Callable[[str], None] | None = None,
) -> pd.DataFrame:
    """Give one row for each number, with its own band and verdict; columns as in `Measure`."""
    return pd.DataFrame(_measures_of_folder(run_folder, full, scale, tell))


def _measures_of_folder(
    run_folder: str | os.PathLike[str], full: bool, scale: float, tell: Callable[[str], None] | None
) -> list[Measure]:
    from experiments.store import load

    run = load(Path(run_folder))
    laboratories = (
        Laboratory(run.manifest["changed"], scale=scale, seed=seed, tell=tell) for seed in run.manifest["seeds"]
    )
    return measures_of(records(run), laboratories if full else ())


def records(run: Any) -> list[Record]:
    """Give the record of each replicate of a stored run."""
    scale, until = float(run.manifest["scale"]), date.fromisoformat(run.manifest["until"])
    made = []
    for replicate in sorted(run.weekly["replicate"].unique()):
        weekly, cohorts, costs, persons = (
            frame[frame["replicate"] == replicate].reset_index(drop=True)
            for frame in (run.weekly, run.cohorts, run.costs, run.persons)
        )
        made.append(Record(weekly, cohorts, costs, persons, scale, until))
    return made


def measures_of(own: list[Record], laboratories: Iterable[Laboratory] = ()) -> list[Measure]:
    """Give the measures of records; patterns that need other runs take those of laboratories, one for each seed."""
    windows = {str(row["id"]): window(str(row["window"])) for row in data.patterns().to_dict("records")}
    answers = {name: _of_run(name, *windows[name], own) for name in windows}
    missing = [name for name, answer in answers.items() if answer.estimates is None]
    made: dict[str, list[Answer]] = {name: [] for name in missing}
    for laboratory in laboratories:  # one at a time: each keeps a dozen runs
        for name in missing:
            made[name].append(_of_laboratory(name, *windows[name], laboratory))
    answers |= {name: _over_seeds(each) for name, each in made.items() if each}
    found = []
    for name, (estimates, verdict, remark) in answers.items():
        bands = BANDS[name]
        numbers = estimates or [Estimate(float("nan"))] * len(bands)
        for band, number in zip(bands, numbers, strict=True):
            note = "; ".join(text for text in (number.note, remark if band is bands[0] else "") if text)
            judged = verdict or _verdict(band, number)
            found.append(
                Measure(name, band.part, band.unit, str(band), number.value, number.low, number.high, judged, note)
            )
    return found


class Answer(NamedTuple):
    """The estimates of a pattern; or none, with a verdict; and a remark on the runs."""

    estimates: list[Estimate] | None
    verdict: str
    remark: str


def _of_run(name: str, first: date, last: date, own: list[Record]) -> Answer:
    if name in PAIRED:
        return Answer(None, NEEDS_FULL, "needs paired runs")
    if name in ON_A_DAY:
        if own[0].until == last or abs((own[0].until - last).days) < 7:
            return Answer(_joined(ON_A_DAY[name], own, first, last), "", "")
        needs = f"needs everyone's state on {last:%d-%m-%Y}; the run ends on {own[0].until:%d-%m-%Y}"
        return Answer(None, NEEDS_FULL, needs)
    estimator, lag_weeks = ONE_RUN[name]
    if own[0].covers(last, lag_weeks):
        return Answer(_joined(estimator, own, first, last), "", "")
    beyond = f" and {lag_weeks} weeks beyond" if lag_weeks else ""
    needs = f"needs a run to {last:%d-%m-%Y}{beyond}; this one ends on {own[0].until:%d-%m-%Y}"
    return Answer(None, NEEDS_FULL, needs)


def _of_laboratory(name: str, first: date, last: date, laboratory: Laboratory) -> Answer:
    if name in PAIRED:
        try:
            found = PAIRED[name](laboratory, first, last)
        except ParameterError as error:
            return Answer(None, "not measured", str(error))
        return Answer(list(found), "", f"pair at scale {laboratory.scale:g}")
    own = f"from a run of its own at scale {laboratory.scale:g}"
    if name in ON_A_DAY:
        record = laboratory.baseline.on[last] if last in SNAPSHOTS else laboratory.baseline.record
        return Answer(list(ON_A_DAY[name](record, first, last)), "", own)
    found = ONE_RUN[name].estimator(laboratory.baseline.record, first, last)
    return Answer(list(found), "", own.replace("own at", f"own to {UNTIL:%d-%m-%Y} at"))


def _over_seeds(answers: list[Answer]) -> Answer:
    known = [answer.estimates for answer in answers if answer.estimates is not None]
    if len(answers) == 1 or len(known) < len(answers):
        return next((answer for answer in answers if answer.estimates is None), answers[0])
    joined = [estimate.over_replicates(part) for part in zip(*known, strict=True)]
    return Answer(joined, "", f"{answers[0].remark}, mean of {len(answers)} seeds, remarks of the first")


def _joined(estimator: Estimator, own: list[Record], first: date, last: date) -> list[Estimate]:
    each = [estimator(record, first, last) for record in own]
    return [estimate.over_replicates(part) if len(part) > 1 else part[0] for part in zip(*each, strict=True)]


def _verdict(band: Band, number: Estimate) -> str:
    if np.isnan(number.value):
        return "not measured"
    if band.low is None and band.high is None:
        return "reported"
    return "pass" if band.holds(number.value) else "fail"


def _joint(parts: list[Measure], use: str) -> str:
    judged = [part for part in parts if part.band != str(Band(None, None, ""))]
    verdicts = {part.verdict for part in judged or parts}
    if use == "face validity" and verdicts <= {"pass", "fail"}:
        return use
    return next(worst for worst in (NEEDS_FULL, "fail", "not measured", "pass", "reported") if worst in verdicts)


def _remarks(parts: list[Measure], use: str) -> Iterator[str]:
    verdicts = {part.verdict for part in parts}
    if use == "face validity" and verdicts <= {"pass", "fail"}:
        unsure = any(part.low < 0 < part.high for part in parts)
        held = "holds, but an interval includes zero" if unsure else "holds"
        yield held if verdicts == {"pass"} else "does not hold"
    first = parts[0]
    if first.part and not np.isnan(first.value):
        yield f"value: {first.part} ({first.unit}), {first.verdict}"
    if first.note:
        yield first.note
    for part in parts[1:]:
        if np.isnan(part.value):
            if part.verdict == "not measured":
                yield f"{part.part}: not measured"
            continue
        interval = "" if np.isnan(part.low) else f" [{_short(part.low)}, {_short(part.high)}]"
        judged = "" if part.verdict == "reported" else f", {part.band}: {part.verdict}"
        said = f" ({part.note})" if part.note else ""
        yield f"{part.part} {_short(part.value)}{interval} {part.unit}{judged}{said}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
