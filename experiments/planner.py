"""How many runs, at which scale? A short pilot answers before the long experiment starts.

    pilot = measure(rows)                  # rows of a pilot: scale, point, replicate, seconds, outcome
    proposals(pilot, inputs=12, question="value", hours=4, workers=2)

The pilot runs a few points of the design at two or three scales with replicates. From it come the cost of a run,
a + b * scale seconds; the noise, c / scale + d (independent people make the variance of a sum fall with 1 / scale;
d is what does not average out); and V, the variance due to the inputs. For a Sobol design of N blocks with R
replicates the corrected total index of an input with index S then has, to first order and for normal effects,

    variance = [ 2 D^2 + 4 D t / R + 2 t^2 / (R (R - 1)) ] / (4 V^2 N),     D = 2 S V,  t = 2 * noise * (1 - rho)

rho being the share of the noise that runs of one block have in common (`luck="block"`). Runs: N (k + 2) R. The best
R is small when noise is small beside V, and the best scale is often not the largest one: the proposals are what this
formula says, with the width of a 95 percent interval and the time. They are plans; the analysis measures the width.

For screening: r trajectories of k + 1 points; what counts is the smallest effect above the noise floor, as a share
of the standard deviation due to the inputs.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize

from abm.parameters import closest

#: What is asked: which inputs matter at all, in which order, or how much. The index it is about, and the half-width
#: that answers it (screening: the smallest effect above the floor, in sd due to the inputs).
QUESTIONS = {"screen": (0.0, 0.5), "rank": (0.1, 0.1), "value": (0.2, 0.05)}
#: Sizes of designs that are considered.
TRAJECTORIES = (4, 6, 8, 10, 15, 20, 30, 40, 60)
BLOCKS = tuple(2**power for power in range(5, 17))
REPLICATES = (2, 3, 4, 6, 8, 12, 16)
Z = 1.96
#: The symmetric studentised bootstrap is wider than the normal interval by about this much at N = 64.
STUDENTISED = 1.1


class PlanError(ValueError):
    """A pilot cannot be used, or nothing fits the budget; the message is one line."""


@dataclass(frozen=True)
class Pilot:
    """What a pilot found for one outcome. `shifts`: mean at each scale less that at the largest, in noise sds."""

    outcome: str
    scales: tuple[float, ...]
    seconds: tuple[float, float]
    noise: tuple[float, float]
    variance: float
    shared: float
    shifts: dict[float, float]
    runs: int

    def cost(self, scale: float) -> float:
        """Give the seconds of one run."""
        return self.seconds[0] + self.seconds[1] * scale

    def noise_at(self, scale: float) -> float:
        """Give the variance over replicates of one run."""
        return self.noise[0] / scale + self.noise[1]

    def noise_share(self, scale: float) -> float:
        """Give the share of the variance of a single run that is luck."""
        return self.noise_at(scale) / (self.noise_at(scale) + self.variance)


def measure(rows: pd.DataFrame, outcome: str, luck: str = "own") -> Pilot:
    """Read a pilot: columns scale, point, replicate, seconds and the outcome; failed runs are NaN or absent.

    With luck "common" or "block" runs of one replicate share their luck; then `shared` is the share of the noise
    that cancels in differences between points. Raises `PlanError` when there are not two points with two replicates.
    """
    missing = {"scale", "point", "replicate", "seconds", outcome} - set(rows.columns)
    if missing:
        raise PlanError(f"the pilot has no column '{min(missing)}'{closest(min(missing), map(str, rows.columns))}")
    good = rows[np.isfinite(rows[outcome].astype(float))]
    noise, between, shared, means = {}, {}, {}, {}
    for scale, own in good.groupby("scale"):
        wide = own.pivot(index="point", columns="replicate", values=outcome).dropna()
        if len(wide) < 2 or wide.shape[1] < 2:
            continue
        values = wide.to_numpy(float)
        level = float(str(scale))
        noise[level] = float(values.var(axis=1, ddof=1).mean())
        apart = values - values.mean(axis=1, keepdims=True)
        remaining = float((apart - apart.mean(axis=0)).var(axis=1, ddof=1).mean()) * len(values) / (len(values) - 1)
        shared[level] = 0.0 if noise[level] == 0 else max(0.0, 1 - remaining / noise[level])
        left = remaining if luck != "own" else noise[level]
        between[level] = float(values.mean(axis=1).var(ddof=1)) - left / values.shape[1]
        means[level] = float(values.mean())
    if not noise:
        raise PlanError("the pilot needs at least two points with two replicates each that gave a number")
    scales = tuple(sorted(noise))
    timed = good.groupby("scale")["seconds"].median()
    seconds = _line(np.array(timed.index, float), timed.to_numpy(float), proportional=len(timed) == 1)
    inverse = _line(
        np.array([1 / s for s in scales]), np.array([noise[s] for s in scales]), proportional=len(scales) == 1
    )
    variance = float(np.mean([between[s] for s in scales]))
    if not variance > 0:
        raise PlanError(
            f"{outcome}: in the pilot the inputs make no difference that noise does not; more points or a larger scale"
        )
    top = scales[-1]
    return Pilot(
        outcome,
        scales,
        seconds,
        (inverse[1], inverse[0]),
        variance,
        float(np.mean(list(shared.values()))) if luck != "own" else 0.0,
        {s: (means[s] - means[top]) / np.sqrt(max(noise[top], 1e-300)) for s in scales},
        len(good),
    )


def half_width(pilot: Pilot, scale: float, blocks: int, replicates: int, index: float = 0.0) -> float:
    """Give the expected half-width of the 95 percent interval of a total index of this size."""
    spread = 2 * pilot.noise_at(scale) * (1 - pilot.shared)
    effect = 2 * index * pilot.variance
    variance = 2 * effect**2 + 4 * effect * spread / replicates + 2 * spread**2 / (replicates * (replicates - 1))
    return float(STUDENTISED * Z * np.sqrt(variance / blocks) / (2 * pilot.variance))


def smallest_effect(pilot: Pilot, scale: float, trajectories: int, replicates: int) -> float:
    """Give the effect that Morris screening lifts above its noise floor, as a share of the sd due to the inputs.

    In units of the outcome over the whole range of an input, for a step of two thirds of it.
    """
    noise = np.sqrt(2 * pilot.noise_at(scale) * (1 - pilot.shared) / replicates) / (2 / 3)
    floor = noise * (np.sqrt(2 / np.pi) + 1.645 * np.sqrt((1 - 2 / np.pi) / trajectories))
    return float(floor / np.sqrt(pilot.variance))


def proposals(
    pilot: Pilot,
    inputs: int,
    question: str,
    *,
    hours: float,
    workers: int = 1,
    scales: tuple[float, ...] = (),
) -> pd.DataFrame:
    """Give designs that fit the time: those that answer the question, the shortest first; then the most precise.

    Columns: method, scale, n (blocks or trajectories), replicates, runs, hours, half_width (of a total index; for
    screening the smallest effect above the floor, in sd due to the inputs), enough, noise_share. For each scale and
    number of replicates there is one row: the smallest design that is enough, or else the largest that fits. Only
    scales within the range of the pilot are proposed. Raises `PlanError` when nothing fits.
    """
    if question not in QUESTIONS:
        raise PlanError(f"there is no question '{question}'.{closest(question, QUESTIONS)}")
    screening = question == "screen"
    points = inputs + (1 if screening else 2)
    rows = []
    for scale in scales or pilot.scales:
        if not pilot.scales[0] <= scale <= pilot.scales[-1]:
            raise PlanError(f"scale {scale:g} lies outside the pilot, {pilot.scales[0]:g} to {pilot.scales[-1]:g}")
        for replicates in REPLICATES:
            most = hours * 3600 * workers / pilot.cost(scale) / points / replicates
            sizes = [n for n in (TRAJECTORIES if screening else BLOCKS) if n <= most]
            if not sizes:
                continue
            widths = [_precision(pilot, scale, n, replicates, question) for n in sizes]
            wanted = QUESTIONS[question][1]
            chosen = next((i for i, width in enumerate(widths) if width <= wanted), len(sizes) - 1)
            runs = sizes[chosen] * points * replicates
            rows.append(
                {
                    "method": "morris" if screening else "sobol",
                    "scale": scale,
                    "n": sizes[chosen],
                    "replicates": replicates,
                    "runs": runs,
                    "hours": runs * pilot.cost(scale) / workers / 3600,
                    "half_width": widths[chosen],
                    "enough": widths[chosen] <= wanted,
                    "noise_share": pilot.noise_share(scale),
                }
            )
    if not rows:
        least = min(pilot.cost(scale) for scale in pilot.scales) * 2 * points * (4 if screening else 32)
        raise PlanError(f"nothing fits {hours:g} hours; the smallest design takes {least / workers / 3600:.1f}")
    frame = pd.DataFrame(rows)
    order = np.where(frame["enough"], frame["hours"], 1e9 + frame["half_width"])
    return frame.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)


def _precision(pilot: Pilot, scale: float, n: int, replicates: int, question: str) -> float:
    if question == "screen":
        return smallest_effect(pilot, scale, n, replicates)
    return half_width(pilot, scale, n, replicates, QUESTIONS[question][0])


def _line(x: np.ndarray, y: np.ndarray, *, proportional: bool) -> tuple[float, float]:
    """Give intercept and slope of a line through positive numbers, neither below zero, by relative least squares."""
    scale = 1 / np.maximum(y, 1e-300)
    columns = np.column_stack([np.zeros_like(x) if proportional else np.ones_like(x), x]) * scale[:, None]
    (intercept, slope), _ = optimize.nnls(columns, y * scale)
    return float(intercept), float(slope)
