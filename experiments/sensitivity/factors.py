"""What is varied: parameters of the model (and inert ones) as factors on the unit interval.

Every design is made on the unit cube and mapped by quantile, so a whole number, a yes or no and a choice get bins
of equal chance, and a distribution that is not uniform needs no special treatment anywhere.

A single number is given the value itself. A parameter with dates or categories is multiplied by one common number
(`scale`), so its shape over time and groups stays; products outside its range are held at the range. Shares that
have to add up to one cannot be scaled together and are left out, with the reason. An inert factor changes nothing:
whatever the analysis says about it is noise.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from abm.parameters import Parameter, ParameterError, Parameters, closest
from abm.parameters.record import checked_cell

#: Multiplier of a parameter with dates or categories where nothing else is said.
SCALED = (0.8, 1.25)
#: Name of the inert factor.
DUMMY = "inert_dummy"
DISTRIBUTIONS = ("uniform", "loguniform", "triangular")


@dataclass(frozen=True)
class Factor:
    """One factor. `how` is value, scale or inert; `kind` is float, int, bool or choice."""

    name: str
    how: str = "value"
    kind: str = "float"
    low: float = 0.0
    high: float = 1.0
    distribution: str = "uniform"
    mode: float | None = None
    choices: tuple[str, ...] = ()
    role: str = "uncertainty"
    meaning: str = ""
    unit: str = ""
    group: str = ""

    def __post_init__(self) -> None:
        if self.kind in ("float", "int") and not self.low < self.high:
            raise ValueError(f"{self.name}: the lowest value {self.low:g} is not below the highest {self.high:g}")
        if self.distribution not in DISTRIBUTIONS:
            hint = closest(self.distribution, DISTRIBUTIONS)
            raise ValueError(f"{self.name}: there is no distribution '{self.distribution}'.{hint}")
        if self.distribution == "loguniform" and not self.low > 0:
            raise ValueError(f"{self.name}: loguniform needs a lowest value above 0")

    def values(self, unit: np.ndarray) -> np.ndarray:
        """Give the values at positions in [0, 1]; whole numbers, yes or no and choices in bins of equal chance.

        >>> Factor("n", kind="int", low=2, high=5).values(np.array([0.0, 0.3, 0.6, 1.0])).tolist()
        [2, 3, 4, 5]
        """
        unit = np.asarray(unit, float)
        if self.kind == "bool":
            return unit >= 0.5
        if self.kind == "choice":
            return np.array(self.choices, object)[_bin(unit, len(self.choices))]
        if self.kind == "int":
            if self.distribution == "uniform":
                return int(self.low) + _bin(unit, round(self.high - self.low) + 1)
            return np.rint(self._quantile(unit)).astype(int)
        return self._quantile(unit)

    def _quantile(self, unit: np.ndarray) -> np.ndarray:
        width = self.high - self.low
        if self.distribution == "loguniform":
            return np.clip(self.low * (self.high / self.low) ** unit, self.low, self.high)
        if self.distribution == "triangular":
            mode = self.low + width / 2 if self.mode is None else self.mode
            share = (mode - self.low) / width
            rising = self.low + np.sqrt(unit * share) * width
            falling = self.high - np.sqrt((1 - unit) * (1 - share)) * width
            return np.where(unit < share, rising, falling)
        return self.low + unit * width


def _bin(unit: np.ndarray, n: int) -> np.ndarray:
    return np.minimum((unit * n).astype(int), n - 1)


def values(factors: Sequence[Factor], unit: np.ndarray) -> pd.DataFrame:
    """Give the values of all factors at points of the unit cube, shape (points, factors): a column for each."""
    unit = np.asarray(unit, float)
    if unit.ndim != 2 or unit.shape[1] != len(factors):
        raise ValueError(f"points of shape {unit.shape} do not fit {len(factors)} factors")
    if np.isnan(unit).any() or unit.min(initial=0.0) < 0 or unit.max(initial=0.0) > 1:
        raise ValueError("points lie outside the unit cube")
    return pd.DataFrame({factor.name: factor.values(unit[:, i]) for i, factor in enumerate(factors)})


def dummy() -> Factor:
    """Give a factor that nothing depends on."""
    return Factor(DUMMY, how="inert", meaning="Nothing depends on it: what it seems to do is noise.", group=DUMMY)


def of_parameter(parameter: Parameter, given: Mapping[str, Any] | None = None) -> Factor:
    """Give the factor of a parameter; `given` overrides low, high, distribution, mode, or `scale: [low, high]`.

    Raises `ParameterError` when it cannot be varied as a whole, saying why.
    """
    given = dict(given or {})
    for key in given:
        if key not in ("low", "high", "distribution", "mode", "scale"):
            hint = closest(key, ("low", "high", "distribution", "mode", "scale"))
            raise ParameterError(f"{parameter.name}: unknown key '{key}'.{hint}")
    about: dict[str, Any] = {
        "role": parameter.role,
        "meaning": parameter.meaning,
        "unit": parameter.unit,
        "group": parameter.theme,
    }
    if parameter.type in ("bool", "choice"):
        if parameter.dated:
            raise ParameterError(f"{parameter.name}: is {parameter.type} with dates, so there is no number to scale")
        return Factor(parameter.name, kind=parameter.type, choices=parameter.choices, **about)
    if parameter.by and adds_up_to_one(parameter):
        raise ParameterError(
            f"{parameter.name}: its categories are shares of one whole, which cannot be scaled together"
        )
    assert parameter.range is not None, "numbers have a range"
    if "scale" in given or parameter.by or parameter.dated:
        low, high = given.get("scale", SCALED)
        if not 0 < low < high:
            raise ParameterError(f"{parameter.name}: scale [{low:g}, {high:g}] is not two rising numbers above 0")
        return Factor(parameter.name, how="scale", low=low, high=high, distribution="loguniform", **about)
    low, high = float(given.get("low", parameter.range[0])), float(given.get("high", parameter.range[1]))
    for end in (low, high):
        checked_cell(int(end) if parameter.type == "int" and end == int(end) else end, parameter, parameter.name)
    distribution = given.get("distribution", parameter.distribution)
    mode = given.get("mode", parameter.value if distribution == "triangular" else None)
    if distribution == "fixed":
        distribution = "uniform"
    return Factor(
        parameter.name, kind=parameter.type, low=low, high=high, distribution=distribution, mode=mode, **about
    )


def adds_up_to_one(parameter: Parameter) -> bool:
    """Say whether the categories of a parameter add up to one at its first date."""
    if len(parameter.by) != 1:
        return False
    first = parameter.over(np.zeros(1, np.int64))[0]
    return bool(abs(first.sum() - 1) < 1e-6)


@dataclass(frozen=True)
class Choice:
    """Factors that were chosen, and what was left out: name -> reason."""

    factors: tuple[Factor, ...]
    left_out: Mapping[str, str]


def choose(
    parameters: Parameters,
    *,
    roles: Iterable[str] = (),
    names: Mapping[str, Mapping[str, Any] | None] | None = None,
    without: Iterable[str] = (),
    inert: bool = True,
) -> Choice:
    """Give the factors of all parameters of some roles and of those named (with overrides), and the inert one.

    A parameter that is named but cannot be varied raises `ParameterError`; one that comes with its role is left
    out and told of.
    """
    names, roles, without = dict(names or {}), set(roles), set(without)
    for name in [*names, *without]:
        parameters[name]  # raises with advice
    made, left_out = [], {}
    for name, parameter in parameters.items():
        if name in without:
            left_out[name] = "named in 'without'"
        elif name in names:
            made.append(of_parameter(parameter, names[name]))
        elif parameter.role in roles:
            if parameter.range is not None and parameter.range[0] == parameter.range[1]:
                left_out[name] = "its range is one value"
                continue
            try:
                made.append(of_parameter(parameter))
            except ParameterError as error:
                left_out[name] = str(error).removeprefix(f"{name}: ")
    if not made:
        raise ParameterError("no parameter is chosen; name roles (uncertainty, lever) or parameters")
    return Choice(tuple([*made, dummy()] if inert else made), left_out)


def applied(parameters: Parameters, factors: Sequence[Factor], point: Mapping[str, Any]) -> Parameters:
    """Give the parameters with the values of one point laid over them."""
    changes = {
        factor.name: _native(point[factor.name]) for factor in factors if factor.how == "value" and factor.name in point
    }
    changed = parameters.replace(changes)
    scaled = {
        factor.name: scaled_by(changed[factor.name], float(point[factor.name]))
        for factor in factors
        if factor.how == "scale" and factor.name in point
    }
    return Parameters({**changed, **scaled}) if scaled else changed


def scaled_by(parameter: Parameter, number: float) -> Parameter:
    """Give a parameter with every number multiplied, held at its range."""
    assert parameter.range is not None, "numbers have a range"
    low, high = parameter.range

    def scaled(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: scaled(part) for key, part in value.items()}
        product = min(max(value * number, low), high)
        return round(product) if parameter.type == "int" else product

    if parameter.values is None:
        return replace(parameter, value=scaled(parameter.value))
    return replace(parameter, values={day: scaled(value) for day, value in parameter.values.items()})


def _native(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
