"""Do start homes silt up when residents cannot move on?

No single lever is the exit rate. The nearest is half the longest stay together with twice the chance to apply for a
home of one's own; that chance also holds for people in transition, shared and private homes.

How much start homes matter depends on what else there is. In four pairs at scale 0.1 they lowered the mean stock of
permit holders in reception by 560 persons while corporations let homes with priority, and by 2,050 under a ban; 9,600
more people went to one until the end of 2030. So a ban on priority is the third lever.
"""

from abm.policies import Change
from experiments.interactions.command import main
from experiments.interactions.design import Interaction, Lever

INTERACTION = Interaction(
    title="Start homes x exit rate, with and without priority",
    hypothesis=(
        "Start homes silt up when nobody can move on: they take more people from reception when residents leave sooner."
    ),
    source="S2, Doorstroom naar (opstart)woningen; S2, Realistisch én noodzakelijk",
    factors=(
        Lever("start homes", ("no", "10,000 a year"), ("start_homes",)),
        Lever("exit", ("as now", "faster"), ("start_home_limits", Change("chance_moving_on", "scale", 2))),
        Lever("priority ban", ("no", "yes"), ("priority_ban",)),
    ),
    outcomes={
        "status_holders_in_reception": {"column": "status_holders_in_reception", "summary": "mean"},
        "housed_start_home": {"column": "housed_start_home", "summary": "sum"},
        "in_start_home": {"column": "in_start_home", "summary": "last"},
    },
)

if __name__ == "__main__":
    raise SystemExit(main(INTERACTION))
