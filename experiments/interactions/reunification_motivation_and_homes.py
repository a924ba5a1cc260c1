"""Do sooner reunions raise motivation, the more so as separation weighs heavier and the home fits?

The wait abroad is no lever of its own: the nearest is half as many arrivals again. How heavily separation weighs is an
assumption; 0.003 a week is three times its usual value.
"""

from abm.policies import Change
from experiments.interactions.command import main
from experiments.interactions.design import Interaction, Lever

INTERACTION = Interaction(
    title="Reunification x motivation x home size",
    hypothesis=(
        "Families that come sooner end the worry of who waits for them; that gain is lost where their home "
        "does not fit."
    ),
    source="S4, Het belang van gezinshereniging; S2, Gezinshereniging en passende woning",
    factors=(
        Lever("reunions", ("as now", "half more"), (Change("reunifier_arrivals_per_week", "scale", 1.5),)),
        Lever("homes that fit", ("as now", "nine in ten"), ("family_fit_home",)),
        Lever("separation", ("light", "heavy"), (Change("motivation_family_apart", "set", 0.003),)),
    ),
    outcomes={
        "motivation_housed": {"column": "motivation_housed", "summary": "mean"},
        "reunifiers_abroad": {"column": "reunifiers_abroad", "summary": "mean"},
        "in_reception": {"column": "in_reception", "summary": "mean"},
    },
)

if __name__ == "__main__":
    raise SystemExit(main(INTERACTION))
