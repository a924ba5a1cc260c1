"""Is social guidance used up in transition locations?

A clock from the permanent home also leaves people in a transition location without guidance, so the sign is open.
"""

from experiments.interactions.command import main
from experiments.interactions.design import Interaction, Lever

INTERACTION = Interaction(
    title="Clock of guidance x transition locations",
    hypothesis=(
        "Guidance that counts from a transition location is used up before people have a home; the more such "
        "places, the more it matters."
    ),
    source="S4, Maatschappelijke begeleiding; S0, Langdurig verblijf in de opvang",
    factors=(
        Lever("clock", ("transition", "own home"), ("guidance_from_own_home",)),
        Lever("transition locations", ("as now", "60% more"), ("transition_locations",)),
    ),
    outcomes={
        "capacity_housed": {"column": "capacity_housed", "summary": "mean"},
        "motivation_housed": {"column": "motivation_housed", "summary": "mean"},
        "employed_permit": {"column": "employed_permit", "summary": "mean", "per": "adults_permit"},
    },
)

if __name__ == "__main__":
    raise SystemExit(main(INTERACTION))
