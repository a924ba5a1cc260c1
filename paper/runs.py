"""What is run for the paper: the baseline, packages, single policies, and a run without the influence of contacts.

Sensitivity and robustness have experiments of their own (`paper.analyses`), which a plan names.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.figures import CONTACTS
from experiments import store
from experiments.run import Settings, run

BASELINE, WITHOUT_CONTACTS = "baseline", "without_contacts"


@dataclass(frozen=True)
class Plan:
    """How many runs of what size, and which policies are compared with the baseline.

    `recipe` and `futures` name what ships in `experiments/specs`; what stands in the mappings replaces keys of it.
    """

    scale: float
    replicates: int
    packages: tuple[str, ...]
    policies: tuple[str, ...]
    until: str = "2030-12-31"
    reduced: bool = False
    recipe: str = "first"
    futures: str = "decisions"
    recipe_instead: Mapping[str, Any] = field(default_factory=dict)
    futures_instead: Mapping[str, Any] = field(default_factory=dict)

    def settings(self) -> dict[str, Settings]:
        """Give the settings of each run by name, the baseline first."""
        common: dict[str, Any] = {"until": self.until, "scale": self.scale, "replicates": self.replicates}
        named = {BASELINE: Settings(**common), WITHOUT_CONTACTS: Settings(**common, changes={CONTACTS: 0})}
        for name in (*self.packages, *self.policies):
            named[name] = Settings(**common, policies=[name])
        return named


#: Everybody, ten times.
FULL = Plan(
    scale=1.0,
    replicates=10,
    packages=("pakket_2025", "mooiman", "vng_alternatief", "vwn_agenda", "wi2021_paper"),
    policies=(
        "savings_scheme",
        "online_lessons",
        "vbi_from_day_one",
        "start_homes",
        "priority_ban",
        "work_access_4",
        "minimise_moves",
        "faster_decisions",
    ),
)
#: One agent for fifty persons; the numbers mean little, the build is the same.
REDUCED = Plan(
    scale=0.02,
    replicates=3,
    packages=("pakket_2025", "vng_alternatief"),
    policies=("savings_scheme",),
    reduced=True,
    recipe="sketch",
    futures="sketch_decisions",
    recipe_instead={
        "scale": 0.01,
        # two that are strong, so that they show at this scale, and one that is not
        "parameters": {
            "relet_ceiling": None,
            "scale:grant_rate": {"range": [0.7, 1.3]},
            "motivation_decay_idle": None,
        },
        "curves": {"n": 2, "replicates": 2},
        "screen": {"n": 4, "replicates": 2},
        "survivors": 2,
        "sobol": {"n": 16, "replicates": 2},
    },
    futures_instead={"scale": 0.01, "until": "2027-12-31", "policies": ["baseline", "faster_decisions"]},
)


def make(plan: Plan, folder: Path, *, workers: int, tell: Callable[[str], None]) -> dict[str, store.Run]:
    """Make the runs that are missing in a folder and give all by name; the time that is left is forecast."""
    settings = plan.settings()
    missing = [name for name in settings if not (folder / name).exists()]
    begun = time.monotonic()
    for done, name in enumerate(missing):
        spent = time.monotonic() - begun
        left = f", about {spent / done * (len(missing) - done) / 60:.0f} min left" if done else ""
        tell(f"paper: running {name} ({done + 1} of {len(missing)}{left})")
        run(folder / name, settings[name], workers=workers, command=f"python -m paper{' --reduced' * plan.reduced}")
    return {name: store.load(folder / name) for name in settings}
