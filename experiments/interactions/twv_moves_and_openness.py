"""Does work without a work permit (TWV) ask for open employers and fewer moves?

Openness is that of all employers: 0.5 rising slowly, or the 0.6 of agreements with employers.
"""

from experiments.interactions.command import main
from experiments.interactions.design import Interaction, Lever

INTERACTION = Interaction(
    title="Work permit x moves x openness of employers",
    hypothesis="Doing away with the work permit (TWV) brings jobs where employers are open and people stay near them.",
    source=(
        "S4, Toegang tot werk in de asielprocedure; S0, Langdurig verblijf in de opvang; S1, "
        "Voorbereidingsfase (t/m 1 juli 2026)"
    ),
    factors=(
        Lever("work permit", ("needed", "abolished"), ("no_work_permit",)),
        Lever("fewer moves", ("as now", "half"), ("minimise_moves",)),
        Lever("employers", ("as now", "more open"), ("employer_agreements",)),
    ),
    outcomes={
        "employed_in_reception": {"column": "employed_in_reception", "summary": "mean"},
        "hires": {"column": "hires", "summary": "sum"},
    },
)

if __name__ == "__main__":
    raise SystemExit(main(INTERACTION))
