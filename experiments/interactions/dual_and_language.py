"""Does work first fade for lack of Dutch, and does language support prevent that?

The nearest lever on the language that people bring to work is language buddies. The fade shows in the last week beside
the mean over all weeks.
"""

from experiments.interactions.command import main
from experiments.interactions.design import Interaction, Lever

INTERACTION = Interaction(
    title="Dual tracks x language support",
    hypothesis=(
        "Combining lessons and work brings jobs early and costs Dutch, so that the gain fades; language "
        "support keeps it."
    ),
    source=(
        "S2, Inburgering en werk/participatie/opleiding; S4, Prognoses haalbaarheid taalniveau B1; Arendt and "
        "Bolvig 2023, Economics of Education Review"
    ),
    factors=(
        Lever("dual tracks", ("few", "half"), ("dual_tracks",)),
        Lever("language buddies", ("as now", "everywhere"), ("language_buddies",)),
    ),
    outcomes={
        "employed": {"column": "employed_permit", "per": "adults_permit", "summary": "mean"},
        "employed_at_the_end": {"column": "employed_permit", "per": "adults_permit", "summary": "last"},
        "language_in_route": {"column": "language_in_route", "summary": "mean"},
    },
)

if __name__ == "__main__":
    raise SystemExit(main(INTERACTION))
