"""Mesa's own `batch_run` and `SolaraViz` can drive the model.

    from mesa.batchrunner import batch_run
    batch_run(BatchModel, {"scale": 0.02, "until": "2021-12-31", "seed": [1, 2], "housing_effort": [0.7, 0.9]},
              max_steps=weeks("2021-12-31") - 1)

    solara run page.py    # page.py: from experiments.adapters.mesa import page; Page = page()

`BatchModel` takes parameters by name, has a stock `DataCollector` with the weekly numbers, and stops by itself. Give
each replicate a seed of its own: `batch_run` of Mesa 3.3 with one seed and several iterations makes the same run
several times, runs one step more than `max_steps`, and loses everything to one exception. `experiments.runner` does
none of these.
"""

from collections.abc import Sequence
from typing import Any

import mesa

from abm import Model, load
from abm.parameters.dates import week_of

#: Weekly numbers that are collected and drawn unless others are named.
USUAL = ("in_reception", "status_holders_in_reception", "open_cases", "employed_permit", "motivation_in_reception")


class BatchModel(Model):
    """The model in the form in which Mesa's tools expect one.

    Every parameter can be given by name (name.category as name__category); `collect` names weekly numbers.
    """

    def __init__(
        self,
        *,
        until: str = "2030-12-31",
        scale: float = 0.02,
        seed: int = 1,
        rng: int | None = None,
        policies: str | Sequence[str] = (),
        collect: Sequence[str] = USUAL,
        **values: Any,
    ) -> None:
        parameters = load().replace({name.replace("__", "."): value for name, value in values.items()})
        asked = [policies] if isinstance(policies, str) else list(policies)
        chosen = tuple(one.strip() for several in asked for one in several.split("+") if one.strip())
        chosen = tuple(one for one in chosen if one != "baseline")
        super().__init__(
            until=until, scale=scale, seed=seed if rng is None else rng, parameters=parameters, policies=chosen
        )
        self.datacollector = mesa.DataCollector(model_reporters={name: _latest(name) for name in collect})

    def step(self) -> None:
        """Simulate one week and collect; after the last week `running` is false."""
        super().step()
        self.datacollector.collect(self)
        if self.steps_done == self.n_weeks:
            self.running = False


def weeks(until: str) -> int:
    """Give the number of weeks of a run.

    >>> weeks("2021-01-14")
    2
    """
    return week_of(until) + 1


def page(until: str = "2023-12-31", collect: Sequence[str] = USUAL) -> Any:
    """Give a page of `SolaraViz` with sliders for some parameters and a line for each number (needs mesa[viz])."""
    from mesa.visualization import SolaraViz, make_plot_component

    model = BatchModel(until=until, scale=0.01, collect=collect)
    return SolaraViz(
        model,
        components=[make_plot_component(name) for name in collect],
        model_params=controls(until),
        name="Werkstand",
    )


def controls(until: str, names: Sequence[str] = ("housing_effort", "motivation_decay_idle")) -> dict[str, Any]:
    """Give the sliders of a page: the bounds, steps and starting values of parameters, from their records."""
    parameters = load()
    sliders = {}
    for name in names:
        low, high = parameters[name].range or (0.0, 1.0)
        sliders[name] = {
            "type": "SliderFloat",
            "value": float(parameters.at(name, 0)),
            "label": parameters[name].meaning,
            "min": low,
            "max": high,
            "step": (high - low) / 100,
        }
    seed = {"type": "InputText", "value": 1, "label": "Seed of luck"}
    return {"until": until, "scale": 0.01, "seed": seed, **sliders}


def _latest(name: str) -> Any:
    def reporter(model: Model) -> float:
        return float(model.recorder.weekly[name][model.steps_done - 1])

    return reporter
