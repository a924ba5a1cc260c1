"""A `ProblemSpec` of SALib from the parameter records.

    problem = problem_spec(["grant_rate", "motivation_*"])
    problem.sample_sobol(64).set_results(...).analyze_sobol()

Bounds and distributions are those of the records (or stated, as in a specification). SALib knows numbers only: a
whole number, a switch or a choice stands as a position between 0 and 1, which `values` maps with bins of equal chance.
Rather than analysing with SALib what is stored, let `experiment` do it: SALib 1.6 takes one NaN for all-zero indices.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from abm.parameters import Parameters, load
from experiments.factors import Factor, factors

#: What SALib calls a distribution of the records.
DISTRIBUTIONS = {"uniform": "unif", "loguniform": "logunif", "triangular": "triang"}


def problem_spec(stated: Any, outputs: Sequence[str] = ("outcome",), parameters: Parameters | None = None) -> Any:
    """Give the `ProblemSpec` for parameters named as in a specification; raises `ParameterError`."""
    from SALib import ProblemSpec

    chosen = factors(stated, parameters or load())
    return ProblemSpec(
        {
            "names": [one.name for one in chosen],
            "bounds": [_bounds(one) for one in chosen],
            "dists": [_distribution(one) for one in chosen],
            "outputs": list(outputs),
        }
    )


def values(stated: Any, samples: np.ndarray, parameters: Parameters | None = None) -> list[Mapping[str, Any]]:
    """Give what `Parameters.replace` takes for each row of samples of a `ProblemSpec`."""
    chosen = factors(stated, parameters or load())
    columns = []
    for place, one in enumerate(chosen):
        column = samples[:, place]
        columns.append((column if _is_plain(one) else one.at(column)).tolist())
    return [dict(zip([one.name for one in chosen], row, strict=True)) for row in zip(*columns, strict=True)]


def _is_plain(one: Factor) -> bool:
    return one.is_number and one.type == "float"


def _bounds(one: Factor) -> list[float]:
    if not _is_plain(one):
        return [0.0, 1.0]
    if one.distribution != "triangular":
        return [one.low, one.high]
    width = one.high - one.low  # SALib takes low, high and the place of the top as a share
    return [one.low, one.high, (min(max(float(one.mode or 0.0), one.low), one.high) - one.low) / width]


def _distribution(one: Factor) -> str:
    return DISTRIBUTIONS[one.distribution] if _is_plain(one) else "unif"
