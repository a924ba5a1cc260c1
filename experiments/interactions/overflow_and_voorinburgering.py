"""Does more pre-integration (voorinburgering) fail where reception overflows?

Overflow follows from a lack of regular places, so that is the lever: four in ten fewer of them.
"""

from abm.policies import Change
from experiments.interactions.command import main
from experiments.interactions.design import Interaction, Lever

INTERACTION = Interaction(
    title="Emergency overflow x voorinburgering",
    hypothesis=(
        "Emergency sites offer few courses and move people often: more pre-integration helps less when "
        "reception overflows."
    ),
    source="S0, Knelpunten programma Voorinburgering; S0, Langdurig verblijf in de opvang",
    factors=(
        Lever("voorinburgering", ("as now", "more"), ("vbi_improvement",)),
        Lever("overflow", ("as now", "more"), (Change("regular_places", "scale", 0.6),)),
    ),
    outcomes={
        "pre_completed": {"column": "pre_completed", "summary": "sum"},
        "completion": {"column": "pre_completed", "per": "pre_started", "summary": "sum"},
        "moved": {"column": "moved", "summary": "sum"},
    },
)

if __name__ == "__main__":
    raise SystemExit(main(INTERACTION))
