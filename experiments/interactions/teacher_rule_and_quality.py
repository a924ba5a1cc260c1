"""Does a looser rule on certified teachers pay, and does that hang on what the others are worth?

Quality is an assumption, not a lever of policy: an hour with an uncertified teacher is worth 0.6 or as much as any.
"""

from abm.policies import Change
from experiments.interactions.command import main
from experiments.interactions.design import Interaction, Lever

INTERACTION = Interaction(
    title="Teacher rule x quality of uncertified teachers",
    hypothesis=(
        "Fewer certified teachers give more seats and lessons that are worth less: whether that pays hangs on "
        "the quality of the others."
    ),
    source="S3, Vragen en opmerkingen van de leden van de GroenLinks-fractie",
    factors=(
        Lever("looser rule", ("no", "yes"), ("looser_teacher_rule",)),
        Lever(
            "quality",
            ("0.6", "1"),
            (Change("uncertified_quality", "set", 1.0),),
            (Change("uncertified_quality", "set", 0.6),),
        ),
    ),
    outcomes={
        "language_in_route": {"column": "language_in_route", "summary": "mean"},
        "routes_started": {"column": "routes_started", "summary": "sum"},
        "passed": {"column": "passed", "summary": "sum"},
    },
)

if __name__ == "__main__":
    raise SystemExit(main(INTERACTION))
