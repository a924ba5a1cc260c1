"""Do online lessons help who was schooled long and not who was schooled briefly, and does study space change that?

Education is no lever: the effect among people with high education stands beside that among people with low
education, of the same runs. The table of groups holds adults in and out of lessons, so effects are diluted.
"""

from experiments.interactions.command import main
from experiments.interactions.design import Interaction, Lever, Split

INTERACTION = Interaction(
    title="Online lessons x study space x education",
    hypothesis=(
        "Online lessons help on average and widen the gap between low and high education; study space changes "
        "by how much."
    ),
    source="S1, Taal, inburgering en werk; S4, Voorinburgering en taallessen binnen de asielprocedure",
    factors=(
        Lever("online lessons", ("a tenth", "half"), ("online_lessons",)),
        Lever("study space", ("as now", "everywhere"), ("study_space",)),
        Split("education", "education", ("low", "high")),
    ),
    outcomes={
        "language": {"table": "groups", "column": "language", "summary": "last"},
        "employed": {"table": "groups", "column": "employed", "per": "adults", "summary": "last"},
    },
)

if __name__ == "__main__":
    raise SystemExit(main(INTERACTION))
