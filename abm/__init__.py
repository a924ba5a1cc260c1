"""Werkstand: an agent-based laboratory for Dutch asylum, housing and integration policy.

People apply for asylum and wait for a decision in reception; permit holders wait for a home, are coupled to one of
342 municipalities, learn Dutch and look for work. Waiting wears motivation and the capacity to act down; contacts
carry motivation, information, language practice and job referrals. Institutions with limited capacity (the IND, COA,
municipalities, housing corporations, language schools, employers, volunteers) decide how long people wait.

    from abm import Model
    results = Model(scale=0.1, until="2025-12-31").run().results()
    results.weekly
"""

from typing import TYPE_CHECKING, Any

from abm.parameters import ParameterError, Parameters, load

if TYPE_CHECKING:
    from abm.model import Model
    from abm.recorder import Results

__all__ = ["Model", "ParameterError", "Parameters", "Results", "load"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import the model when it is first asked for: printing parameters should not wait for the compiler."""
    if name == "Model":
        from abm.model import Model

        return Model
    if name == "Results":
        from abm.recorder import Results

        return Results
    raise AttributeError(f"module 'abm' has no attribute '{name}'")
