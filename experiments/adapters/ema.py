"""The model for EMA Workbench (extra `ema`): its uncertainties, levers and outcomes.

    specification = read("specs/futures.yaml")
    model = ema_model(specification)
    with SequentialEvaluator(model) as evaluator:
        experiments, outcomes = evaluator.perform_experiments(scenarios=20, policies=2)

Factors whose parameter is a lever become levers, all others uncertainties; the sets of policies, where there are
several, become a categorical lever `policies`. The distribution of a factor is kept, as scipy's. Each point is run in
all replicates of the specification, and outcomes are means over them.

EMA Workbench 2.5.3 and 3.0.0 store the outcomes of the run before for a run that raises an error of its own kind. So
this adapter never lets it see an error: a failed run has NaN in every outcome, and `failed` counts them.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import stats

from abm.parameters import load
from experiments.factors import Factor
from experiments.run import seed_of
from experiments.specification import Specification
from experiments.worker import Job, Setting, Success, make


def ema_model(specification: Specification, name: str = "werkstand") -> Any:
    """Give a `Model` of EMA Workbench for a specification; its design is left to the workbench."""
    from ema_workbench import CategoricalParameter, Model, ScalarOutcome

    parameters = load()
    uncertainties: list[Any] = []
    levers: list[Any] = []
    for one in specification.design.factors:
        lever = parameters[one.name.split(".")[0]].role == "lever"
        (levers if lever else uncertainties).append(_parameter(one))
    sets = specification.design.policies
    if len(sets) > 1:
        levers.append(CategoricalParameter("policies", list(sets)))
    model = Model(name, function=function(specification))
    model.uncertainties = uncertainties
    model.levers = levers
    model.outcomes = [ScalarOutcome(one.name) for one in specification.outcomes]
    return model


def function(specification: Specification) -> Callable[..., dict[str, float]]:
    """Give what the workbench calls: values of factors in, means of outcomes over replicates out, NaN for a failure."""
    return _Function(specification)


class _Function:
    """A callable that other processes can be sent; `failed` counts runs without a result."""

    def __init__(self, specification: Specification) -> None:
        self.__name__ = specification.name
        self.setting = Setting(
            specification.model,
            specification.until,
            specification.scale,
            specification.outcomes,
            specification.fixed,
            specification.starts,
            (),
            specification.limits.seconds,
            specification.limits.megabytes,
        )
        self.policies = dict(specification.design.policies)
        self.names = {_identifier(one.name): one.name for one in specification.design.factors}
        self.seeds = [seed_of(specification.seed, replicate) for replicate in range(specification.replicates)]
        self.failed = 0

    def __call__(self, **values: Any) -> dict[str, float]:
        policies = self.policies[_value(values.pop("policies", next(iter(self.policies))))]
        changes = {self.names[name]: _value(value) for name, value in values.items()}
        made = [make(self.setting, Job("", seed, policies, changes)) for seed in self.seeds]
        names = [one.name for one in self.setting.outcomes]
        numbers = [one.numbers for one in made if isinstance(one, Success)]
        self.failed += len(made) - len(numbers)
        if len(numbers) < len(made):
            return dict.fromkeys(names, float("nan"))
        return dict(zip(names, np.mean(numbers, axis=0).tolist(), strict=True))


def _parameter(one: Factor) -> Any:
    from ema_workbench import BooleanParameter, CategoricalParameter, IntegerParameter, RealParameter

    name = _identifier(one.name)
    if one.type == "bool" and len(one.values) == 2:
        return BooleanParameter(name)
    if one.values:
        return CategoricalParameter(name, list(one.values))
    if one.type == "int":
        return IntegerParameter(name, int(one.low), int(one.high))
    if one.distribution == "loguniform":
        return RealParameter.from_dist(name, stats.loguniform(one.low, one.high))
    if one.distribution == "triangular":
        width = one.high - one.low
        top = (min(max(float(one.mode or 0.0), one.low), one.high) - one.low) / width
        return RealParameter.from_dist(name, stats.triang(top, one.low, width))
    return RealParameter(name, one.low, one.high)


def _identifier(name: str) -> str:
    """The workbench wants names that are names of Python: name.category becomes name__category."""
    return name.replace(".", "__")


def _value(given: Any) -> Any:
    """Give a plain value: the workbench hands over its own categories, and numpy's numbers."""
    given = getattr(given, "value", given)
    return given.item() if hasattr(given, "item") else given
