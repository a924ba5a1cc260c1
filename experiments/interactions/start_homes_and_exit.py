"""Do start homes silt up when residents cannot move on?

No single lever is the exit rate. The nearest is half the longest stay together with twice the chance to apply for a
home of one's own; that chance also holds for people in transition, shared and private homes.

While corporations let homes with priority, start homes did hardly anything in the model: in a run with 10,000 a year
about as many people went to one as without (3,250 and 3,100 at scale 0.02). So a ban on priority is the third lever.
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
