"""What a model should reproduce: named numbers with a band, a weight and a source.

Only rows of the register of patterns (abm/data/patterns.csv) that may be used to set parameters (`fit`) can become
targets; a row that is held out for testing is refused by name, so no calibration can see it by mistake. How a number
is measured in a run is the caller's business: a target knows its name only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from abm import data
from abm.parameters import closest

#: Weight of a target whose source does not say another.
STRONG = 3.0


class TargetError(ValueError):
    """Something cannot be a target; the message is one line."""


@dataclass(frozen=True)
class Target:
    """One number to be met. `low` and `high` are the band (-inf, inf where open), `weight` 1 (weak) to 3 (strong).

    The band is read as two standard deviations to either side of its middle, for what was observed, how it was
    measured, and what the model leaves out. A band that is open on one side only asks to be on the right side.
    """

    name: str
    low: float
    high: float
    weight: float = STRONG
    unit: str = ""
    label: str = ""

    def __post_init__(self) -> None:
        if not self.low < self.high or (np.isinf(self.low) and np.isinf(self.high)):
            raise TargetError(f"{self.name}: the band {self.low:g} to {self.high:g} asks for nothing")
        if not self.weight > 0:
            raise TargetError(f"{self.name}: the weight {self.weight:g} is not above 0")

    @property
    def two_sided(self) -> bool:
        """Whether the band has both ends."""
        return bool(np.isfinite(self.low) and np.isfinite(self.high))

    @property
    def middle(self) -> float:
        """The middle of the band, or its only end."""
        return (self.low + self.high) / 2 if self.two_sided else (self.low if np.isfinite(self.low) else self.high)

    @property
    def spread(self) -> float:
        """One standard deviation: a quarter of the band; of a one-sided band a twentieth of its end."""
        return (self.high - self.low) / 4 if self.two_sided else max(abs(self.middle) / 20, 1e-6)

    def distance(self, value: np.ndarray) -> np.ndarray:
        """Give how far values lie from what is asked: from the middle, or beyond the end of a one-sided band."""
        value = np.asarray(value, float)
        if self.two_sided:
            return value - self.middle
        return np.minimum(value - self.low, 0.0) if np.isfinite(self.low) else np.maximum(value - self.high, 0.0)

    def met(self, value: float) -> bool:
        """Say whether a value lies in the band; NaN does not."""
        return bool(self.low <= value <= self.high)


def patterns_that_may_be_fitted() -> dict[str, float]:
    """Give the ids of the patterns that may be used to set parameters, with their weights."""
    registered = data.patterns()
    fit = registered[registered["use"].astype(str).str.startswith("fit")]
    return {str(row["id"]): float(row["weight"]) for row in fit.to_dict("records")}


def allowed(names: Iterable[str]) -> list[str]:
    """Give the ids of patterns, or raise `TargetError` for one that is held out or does not exist."""
    fit = patterns_that_may_be_fitted()
    uses = data.patterns().set_index("id")["use"].astype(str)
    chosen = []
    for name in names:
        if name not in uses.index:
            raise TargetError(f"no pattern is called '{name}'.{closest(name, fit)}")
        if name not in fit:
            raise TargetError(
                f"{name}: its use is '{uses[name]}', so it must not set parameters; only 'fit' patterns may"
            )
        chosen.append(name)
    return chosen


def n_met(targets: Sequence[Target], values: Sequence[float]) -> int:
    """Give how many targets are met."""
    return sum(target.met(float(value)) for target, value in zip(targets, values, strict=True))
