"""Sensitivity analysis that knows the noise of a stochastic model.

| question | file |
|---|---|
| What is varied? | `choice.py` (which parameters, and how), `experiments/factors.py` (one input) |
| Which points belong together? | `layout.py`, made from a design of `experiments/design.py` |
| How much does an input matter? | `sobol.py` (indices corrected for replicate noise), `bootstrap.py` (their limits) |
| Which inputs matter at all? | `morris.py` (elementary effects above a noise floor) |
| What shape has the effect of one input? | `curves.py` |
| What do runs made for something else say? | `given_data.py` (ranks, HSIC), `salib.py` (SALib's methods) |
| Do failures bias the answer? | `failures.py` |
| All of it in one go? | `recipe.py`, each stage a stored experiment (`stages.py`) |

Statistics work on arrays of results (points, replicates) and know nothing of the model. docs/sensitivity.md has the
estimators, how well their limits cover, and what falls short.
"""
