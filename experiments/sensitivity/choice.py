"""Which inputs an analysis varies: all parameters of some roles, each in the one way that makes sense for it.

A number, a switch or a choice is given other values. A number with dates or categories is multiplied as a whole
(`scale:`), so that what was observed keeps its shape. What cannot be varied so is left out, with the reason. An inert
input is added: whatever the analysis says about it is noise.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from abm.parameters import Parameter, ParameterError, Parameters
from experiments.factors import INERT, SCALE, Factor, factor, parameter_of, shares_of_a_whole

#: Name of the inert input.
DUMMY = f"{INERT}dummy"


@dataclass(frozen=True)
class Choice:
    """Factors that were chosen, and what was left out: name of the parameter -> reason."""

    factors: tuple[Factor, ...]
    left_out: Mapping[str, str]


def choose(
    parameters: Parameters,
    roles: Iterable[str] = ("uncertainty", "lever"),
    *,
    stated: Mapping[str, Mapping[str, Any] | None] | None = None,
    without: Collection[str] = (),
    inert: bool = True,
) -> Choice:
    """Give the factors of all parameters of some roles, and of those `stated` in the words of a specification.

    What is stated of a parameter (under its name or scale:NAME) takes the place of how its role would vary it.
    """
    stated, roles = dict(stated or {}), set(roles)
    for name in without:
        parameters[name]  # raises with advice
    made = {name: factor(name, parameters, details) for name, details in stated.items()}
    named = {parameter_of(name) for name in made}
    left_out = {}
    for name, parameter in parameters.items():
        if parameter.role not in roles or name in named:
            continue
        if name in without:
            left_out[name] = "named in 'without'"
        elif reason := cannot_be_varied(parameter):
            left_out[name] = reason
        elif parameter.by or parameter.dated:
            made[SCALE + name] = factor(SCALE + name, parameters)
        else:
            made[name] = factor(name, parameters, _stated_range(parameter))
    if not made:
        raise ParameterError("no parameter is chosen; name roles (uncertainty, lever) or parameters")
    if inert and DUMMY not in made:
        made[DUMMY] = factor(DUMMY, parameters)
    return Choice(tuple(made.values()), left_out)


def present(factors: Iterable[Factor], parameters: Parameters) -> dict[str, Any]:
    """Give the values at which nothing is changed: those of the records, 1 for a multiplier, any for an inert one."""
    values: dict[str, Any] = {}
    for one in factors:
        if one.name.startswith((SCALE, INERT)):
            values[one.name] = 1.0 if one.name.startswith(SCALE) else 0.5
            continue
        parameter = parameters[parameter_of(one.name)]
        value = parameter.value if parameter.values is None else list(parameter.values.values())[-1]
        for category in one.name.split(".")[1:]:
            value = value[category]
        values[one.name] = value
    return values


def cannot_be_varied(parameter: Parameter) -> str:
    """Say why a parameter cannot be varied as a whole; nothing when it can."""
    if parameter.range is None:
        return f"is {parameter.type} with dates, so there is no number to multiply" if parameter.dated else ""
    if parameter.range[0] == parameter.range[1]:
        return "its range is one value"
    if parameter.by and shares_of_a_whole(parameter):
        return "its categories are shares of one whole, which cannot be multiplied together"
    return ""


def _stated_range(parameter: Parameter) -> Mapping[str, Any] | None:
    """Give the range of a number whose record says not to draw it, as for some levers."""
    if parameter.range is None or parameter.distribution != "fixed":
        return None
    return {"range": list(parameter.range)}
