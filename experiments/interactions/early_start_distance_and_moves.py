"""Does an early start pay only when lessons are near and people stay where they are?

No policy shortens the way, so distance is the mean travel time from reception to lessons: 1 hour or 0.4, as from home.
"""

from abm.policies import Change
from experiments.interactions.command import main
from experiments.interactions.design import Interaction, Lever

INTERACTION = Interaction(
    title="Early start x distance x moves",
    hypothesis="Starting the route while in reception pays most when lessons are near and people are not moved.",
    source=(
        "S0, Stagnerende inburgering na veertien weken bij uitblijven ‘vroege start’; S0, Langdurig verblijf "
        "in de opvang"
    ),
    factors=(
        Lever("early start", ("no", "yes"), ("early_start",)),
        Lever("distance", ("1 hour", "0.4 hour"), (Change("travel_hours_reception", "set", 0.4),)),
        Lever("fewer moves", ("as now", "half"), ("minimise_moves",)),
    ),
    outcomes={
        "routes_started": {"column": "routes_started", "summary": "sum"},
        "language_in_route": {"column": "language_in_route", "summary": "mean"},
        "passed": {"column": "passed", "summary": "sum"},
    },
)

if __name__ == "__main__":
    raise SystemExit(main(INTERACTION))
