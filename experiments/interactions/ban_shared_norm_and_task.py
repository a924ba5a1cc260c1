"""What does a ban on priority do with and without shared homes, and with and without the housing task?

All three change on the same day here; the document has the task end a year after the ban.
"""

from experiments.interactions.command import main
from experiments.interactions.design import Interaction, Lever

INTERACTION = Interaction(
    title="Priority ban x shared housing norm x housing task",
    hypothesis=(
        "Without priority, housing hangs on sharing homes and on the task of municipalities: the ban does "
        "most harm without both."
    ),
    source="S1, Implementatiefase (1 juli 2026 t/m 1 juli 2027); S1, Normalisatiefase (vanaf juli 2027)",
    factors=(
        Lever("priority ban", ("no", "yes"), ("priority_ban",)),
        Lever("shared norm", ("no", "yes"), ("shared_housing_norm",)),
        Lever("housing task", ("kept", "abolished"), ("target_abolition",)),
    ),
    outcomes={
        "status_holders_in_reception": {"column": "status_holders_in_reception", "summary": "mean"},
        "housed": {"column": "housed", "summary": "sum"},
    },
)

if __name__ == "__main__":
    raise SystemExit(main(INTERACTION))
