"""Small made frames in the form of a run's results: no model, answers known by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from abm.columns import declared
from abm.parameters.dates import date_of, week_from
from abm.people import NEVER, Person

WEEKLY = [
    "in_reception",
    "in_regular",
    "in_emergency",
    "in_elsewhere",
    "status_holders_in_reception",
    "status_holders_over_14_weeks",
    "open_cases",
    "rejected_in_reception",
    "reunifiers_abroad",
    "in_transition",
    "in_start_home",
    "in_shared",
    "in_social",
    "in_private",
    "in_route",
    "employed_in_route",
    "volunteering_in_route",
    "task_arrears",
    "arrived_first",
    "housed",
    "relet_new",
    "relet_moving_on",
    "complaint_share",
]
COHORTS = [
    "people",
    "employed",
    "benefit",
    "housed",
    "permit",
    "started",
    "finished",
    "language",
    "motivation",
    "capacity",
    "volunteering",
]


def weekly(until="2030-12-31", replicate=0, **columns):
    """Give weeks to `until`; what is not named is NaN; a value may be a number or one a week."""
    weeks = np.arange(week_from(until))
    frame = pd.DataFrame({"replicate": replicate, "week": weeks, "date": [date_of(week) for week in weeks]})
    frame["date"] = pd.to_datetime(frame["date"])
    return frame.assign(**{name: columns.pop(name, np.nan) for name in WEEKLY}, **columns)


def persons(n, replicate=0, **columns):
    """Give `n` people with the initial values of the declared columns, but for what is named."""
    frame = {name: np.full(n, column.initial, column.dtype) for name, column in declared(Person).items()}
    frame |= {"key": np.arange(n, dtype="u8"), "household": np.arange(n)}
    frame |= {"household_kind": np.zeros(n, int), "household_size": np.ones(n, int)}
    frame |= {"birth_week": np.full(n, -30 * 52), "left_week": np.full(n, NEVER)}
    for name, value in columns.items():
        assert name in frame, f"no column is called {name}"
        frame[name] = np.broadcast_to(np.asarray(value), n)
    return pd.DataFrame(frame).assign(replicate=replicate)


def cohorts(rows, replicate=0):
    """Give cohort rows: dictionaries with clock, cohort, weeks, people and what is known."""
    frame = pd.DataFrame(rows).assign(replicate=replicate)
    return frame.reindex(columns=["replicate", "clock", "cohort", "weeks", *COHORTS])


def costs(euros, until="2030-12-31", replicate=0):
    """Give the same euros every week for each named category."""
    weeks = np.arange(week_from(until))
    dates = pd.to_datetime([date_of(week) for week in weeks])
    parts = [
        pd.DataFrame({"replicate": replicate, "week": weeks, "date": dates, "category": name, "euros": amount})
        for name, amount in euros.items()
    ]
    return pd.concat(parts, ignore_index=True)


def smooth_run(replicates=1, scale=1.0):
    """Give a plausible run to the end of 2030 with every frame the figures read; only its shape is meant."""
    frames = {"weekly": [], "cohorts": [], "persons": [], "costs": []}
    for replicate in range(replicates):
        luck = np.random.default_rng(replicate)
        t = np.arange(week_from("2030-12-31"))
        wave = 1 + 0.03 * np.sin(t / 8) + 0.02 * luck.standard_normal()
        reception = (27_000 + 45_000 * (1 - np.exp(-t / 150))) * wave
        holders = 0.3 * reception
        stocks = {
            "in_reception": reception,
            "status_holders_in_reception": holders,
            "rejected_in_reception": 0.07 * reception,
            "open_cases": (12_000 + 42_000 * (1 - np.exp(-t / 120))) * wave,
            "in_regular": 0.6 * reception,
            "in_emergency": 0.32 * reception,
            "in_elsewhere": 0.08 * reception,
            "in_transition": 500.0 + 8 * t,
            "in_start_home": 0.0,
            "in_shared": 3000.0 + 10 * t,
            "in_social": 50_000.0 + 380 * t,
            "in_private": 4000.0 + 40 * t,
            "housed": 420.0 + 0.4 * t,
        }
        frames["weekly"].append(weekly(replicate=replicate, **stocks))
        rows = []
        for clock in ("permit", "application"):
            for cohort in range(2021, 2026):
                for weeks in range(0, 521, 13):
                    years = weeks / 52
                    people = 15_000 * scale * 0.99**years
                    row = {
                        "clock": clock,
                        "cohort": cohort,
                        "weeks": weeks,
                        "people": people,
                        "employed": people * (0.55 - 0.01 * (cohort - 2021)) * (1 - np.exp(-years / 4)),
                        "benefit": people * (0.95 * np.exp(-years / 6)),
                        "language": 2.6 * (1 - np.exp(-years / 2.5)) * wave[0],
                        "motivation": 0.67 - 0.06 * min(years, 2) + 0.02 * max(years - 2, 0),
                    }
                    rows.append(row)
        frames["cohorts"].append(cohorts(rows, replicate))
        n = 4000
        waited = luck.integers(0, 110, n)
        people = persons(
            n,
            replicate,
            legal=2,
            application_week=len(t) - 1 - waited,
            motivation=np.clip(0.67 - 0.002 * waited + 0.12 * luck.standard_normal(n), 0, 1),
        )
        frames["persons"].append(people)
        frames["costs"].append(costs({"reception_regular": 1e7}, replicate=replicate))
    made = {name: pd.concat(parts, ignore_index=True) for name, parts in frames.items()}
    manifest = {"scale": scale, "until": "2030-12-31", "seeds": list(range(replicates)), "changed": {}}
    manifest |= {"version": "0.0", "code": {"sha256": "0" * 64, "commit": None, "dirty": None}}
    return SimpleNamespace(**made, manifest=manifest)
