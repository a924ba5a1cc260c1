"""Policies as dated data: what a proposal changes, from when to when, why, and where it was proposed.

    choose("savings_scheme")                             # one that is shipped, on its own dates
    choose(["start_homes@2027-01-01:2030-01-01", "my/policy.yaml"])
    lay_over(choose("vng_alternatief"), load(), n_weeks=522)

The model never asks whether a policy is on: policies are laid over the parameters before the run, and ending one needs
no undoing. What a file holds stands in `README.md` of this folder.
"""

from abm.policies.choosing import FOLDER, Asked, choose, names, read
from abm.policies.laying import Idle, Step, idle, lay_over, steps
from abm.policies.record import STATUSES, WAYS, Change, Policy, PolicyError, Source

__all__ = [
    "FOLDER",
    "STATUSES",
    "WAYS",
    "Asked",
    "Change",
    "Idle",
    "Policy",
    "PolicyError",
    "Source",
    "Step",
    "choose",
    "idle",
    "lay_over",
    "names",
    "read",
    "steps",
]
