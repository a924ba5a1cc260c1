"""Is a savings scheme idle while access to work is late?

Early access is 4 weeks after application, beside 26 in the baseline.
"""

from experiments.interactions.command import main
from experiments.interactions.design import Interaction, Lever

INTERACTION = Interaction(
    title="Savings scheme x access to work",
    hypothesis="A savings scheme is idle for as long as people may not work: it does more when access is early.",
    source="S2, Investeren in een toekomst in Nederland of bij terugkeer; S4, Toegang tot werk in de asielprocedure",
    factors=(
        Lever("savings scheme", ("no", "yes"), ("savings_scheme",)),
        Lever("access to work", ("26 weeks", "4 weeks"), ("work_access_4",)),
    ),
    outcomes={
        "saved": {"column": "saved", "summary": "sum"},
        "motivation_in_reception": {"column": "motivation_in_reception", "summary": "mean"},
        "employed_in_reception": {"column": "employed_in_reception", "summary": "mean"},
    },
)

if __name__ == "__main__":
    raise SystemExit(main(INTERACTION))
