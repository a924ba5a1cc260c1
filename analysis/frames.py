"""From the frames of a run to the small frames that figures draw.

All counting, averaging and comparing with dates happens here; the figures only draw. With more than one
replicate `low` and `high` are the lowest and the highest replicate, with one they are NaN.
"""

import re
from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from abm import data
from abm.parameters import Parameter
from abm.states import Legal
from analysis.bands import BANDS
from analysis.flows import half_years, total
from experiments.interval import interval

#: Panels of the hindcast: weekly column -> series of observations.
OBSERVED_SERIES = {
    "in_reception": "coa_occupancy_total",
    "status_holders_in_reception": "status_holders_in_reception",
    "open_cases": "ind_open_asylum_cases",
    "housed": "taakstelling_realised",
}

#: States of the stacked figure: label -> weekly columns that are added (or, with a minus, subtracted).
WHERE = {
    "in procedure": ("in_reception", "-status_holders_in_reception", "-rejected_in_reception"),
    "refused": ("rejected_in_reception",),
    "permit, waits for a home": ("status_holders_in_reception",),
    "transition or start home": ("in_transition", "in_start_home"),
    "shared home": ("in_shared",),
    "social rented home": ("in_social",),
    "private home": ("in_private",),
}

PLACES = {
    "regular": ("in_regular",),
    "emergency": ("in_emergency",),
    "hotel, host family": ("in_elsewhere",),
}

WAITING = (Legal.REGISTERING, Legal.GENERAL_TRACK, Legal.SHORT_TRACK)
WEEKS_IN_YEAR = 52.18
ADULT_WEEKS = 18 * WEEKS_IN_YEAR
COHORTS = range(2021, 2026)  # years of permit or application with observed inputs
LEAST_PERSONS = 30  # simulated persons below which a mean or share is not drawn


def _band(frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Give mean, lowest and highest over replicates; `frame` has columns by + replicate + value."""
    grouped = frame.groupby(by, sort=False)["value"]
    result = grouped.agg(value="mean", low="min", high="max").reset_index()
    if frame["replicate"].nunique() < 2:
        result[["low", "high"]] = np.nan
    return result


def hindcast(weekly: pd.DataFrame) -> pd.DataFrame:
    """Give panel, date, value, low, high: three stocks by week and the persons housed by half-year.

    A half-year is dated by its middle. Half-years outside the run are left out.
    """
    weekly = weekly.assign(date=pd.to_datetime(weekly["date"]))
    parts = []
    for panel in ("in_reception", "status_holders_in_reception", "open_cases"):
        stock = weekly[["replicate", "date"]].assign(panel=panel, value=weekly[panel])
        parts.append(stock)
    first, last = weekly["date"].min().date(), (weekly["date"].max() + pd.Timedelta(days=7)).date()
    for replicate, run in weekly.groupby("replicate"):
        for start, end in half_years(first, last):
            middle = pd.Timestamp(start) + (pd.Timestamp(end) - pd.Timestamp(start)) / 2
            housed = total(run["date"], run["housed"], start, end)
            row = {"replicate": replicate, "date": middle, "panel": "housed", "value": housed}
            parts.append(pd.DataFrame([row]))
    return _band(pd.concat(parts, ignore_index=True), ["panel", "date"])


def observations(first: date = date(2021, 1, 1), last: date = date(2025, 12, 31)) -> pd.DataFrame:
    """Give the observed points of the hindcast: panel, date, value, kind.

    A month or half-year is dated by its middle. kind is `reported` (as printed), `rounded` (rounded,
    derived, or through a third party) or `other definition`. Quarters of a series by half-year are left
    out.
    """
    series = pd.concat([data.national_series(), data.extra_series()], ignore_index=True)
    series = series[series["start"].notna() & series["value"].notna()]
    parts = []
    for panel, name in OBSERVED_SERIES.items():
        points = series[series["series"] == name]
        points = points[(points["start"] >= pd.Timestamp(first)) & (points["end"] <= pd.Timestamp(last))]
        if panel == "housed":
            points = points[points["period"].str.fullmatch(r"\d{4}-I{1,2}")]
        note = points["note"].fillna("").astype(str)
        kind = np.where(points["status"] == "reported", "reported", "rounded")
        kind = np.where(note.str.startswith("general asylum procedure"), "other definition", kind)
        middle = points["start"] + (points["end"] - points["start"]) / 2
        parts.append(pd.DataFrame({"panel": panel, "date": middle, "value": points["value"], "kind": kind}))
    return pd.concat(parts, ignore_index=True).sort_values(["panel", "date"], ignore_index=True)


def states(weekly: pd.DataFrame, parts: Mapping[str, tuple[str, ...]]) -> pd.DataFrame:
    """Give a frame by date with one column a state (`WHERE` or `PLACES`): persons, mean over replicates."""
    dates = pd.to_datetime(weekly["date"])
    columns = {}
    for label, names in parts.items():
        signed = [-weekly[name[1:]] if name.startswith("-") else weekly[name] for name in names]
        value = sum(signed[1:], start=signed[0])
        columns[label] = value.groupby(dates).mean()
    return pd.DataFrame(columns)


def since_permit(cohorts: pd.DataFrame, last: date, scale: float = 1.0) -> pd.DataFrame:
    """Give panel (employed, language, benefit), cohort, weeks, value, low, high by time since the permit.

    Shares are in percent of the adults of a cohort still in the country. A cohort ends where its last
    permits have not been followed any further, so its composition does not change along the line.
    """
    frame = cohorts[(cohorts["clock"] == "permit") & (cohorts["people"] * scale >= LEAST_PERSONS)]
    followed = (pd.Timestamp(last) - pd.to_datetime(frame["cohort"].astype(str) + "-12-31")).dt.days / 7
    frame = frame[(frame["weeks"] <= followed + 1) & frame["cohort"].isin(COHORTS)]
    values = {
        "employed": 100 * frame["employed"] / frame["people"],
        "language": frame["language"],
        "benefit": 100 * frame["benefit"] / frame["people"],
    }
    keys = frame[["replicate", "cohort", "weeks"]]
    parts = [keys.assign(panel=panel, value=value) for panel, value in values.items()]
    return _band(pd.concat(parts, ignore_index=True), ["panel", "cohort", "weeks"])


def targets() -> pd.DataFrame:
    """Give the acceptance bands by time since the permit: panel, weeks, low, high, observed, pattern.

    `observed` are the percentages the pattern's target prints, one row each; they are of other permit
    cohorts.
    """
    printed = data.patterns().set_index("id")["target"]
    places = [
        ("employed", "P20", 0, 78),
        ("employed", "P21", 0, 156),
        ("benefit", "P24", 0, 104),
        ("benefit", "P24", 1, 260),
    ]
    rows = []
    for panel, pattern, part, weeks in places:
        band = BANDS[pattern][part]
        found = [float(text) for text in re.findall(r"(\d+(?:\.\d+)?)%", printed[pattern])]
        observed = [found[part]] if pattern == "P24" else found
        for value in observed:
            rows.append((panel, weeks, band.low, band.high, value, pattern))
    return pd.DataFrame(rows, columns=["panel", "weeks", "low", "high", "observed", "pattern"])


def motivation_by_cohort(cohorts: pd.DataFrame, last: date, scale: float = 1.0) -> pd.DataFrame:
    """Give cohort, weeks, value, low, high: mean motivation of adults by weeks since they applied."""
    frame = cohorts[(cohorts["clock"] == "application") & (cohorts["people"] * scale >= LEAST_PERSONS)]
    followed = (pd.Timestamp(last) - pd.to_datetime(frame["cohort"].astype(str) + "-12-31")).dt.days / 7
    frame = frame[(frame["weeks"] <= followed + 1) & frame["cohort"].isin(COHORTS)]
    frame = frame[["replicate", "cohort", "weeks"]].assign(value=frame["motivation"])
    return _band(frame, ["cohort", "weeks"])


def motivation_of_waiting(persons: pd.DataFrame, last_week: int, width: int = 13) -> pd.DataFrame:
    """Give weeks (middle of the bin), median, lower and upper quartile, persons.

    Adults who still wait for a decision in the last week of the run, by the weeks since they applied.
    `persons` counts simulated persons; bins of fewer than `LEAST_PERSONS` are left out.
    """
    waiting = persons[persons["legal"].isin([int(state) for state in WAITING])]
    waiting = waiting[last_week - waiting["birth_week"] >= ADULT_WEEKS]
    bins = (last_week - waiting["application_week"]) // width
    grouped = waiting["motivation"].astype(float).groupby(bins)
    result = pd.DataFrame(
        {
            "weeks": grouped.mean().index.to_numpy() * width + width / 2,
            "median": grouped.median().to_numpy(),
            "lower": grouped.quantile(0.25).to_numpy(),
            "upper": grouped.quantile(0.75).to_numpy(),
            "persons": grouped.size().to_numpy(),
        }
    )
    return result[result["persons"] >= LEAST_PERSONS].reset_index(drop=True)


def cohort_curves(cohorts: pd.DataFrame, last: date, scale: float = 1.0) -> pd.DataFrame:
    """Give clock, panel, cohort, weeks, value, low, high for the panels of `figures.cohort_curves`.

    Values are percent of the adults still in the country; a cohort ends where its last are no longer followed.
    """
    from analysis.figures.cohort_curves import PANELS

    frame = cohorts[(cohorts["people"] * scale >= LEAST_PERSONS) & cohorts["cohort"].isin(COHORTS)]
    followed = (pd.Timestamp(last) - pd.to_datetime(frame["cohort"].astype(str) + "-12-31")).dt.days / 7
    frame = frame[frame["weeks"] <= followed + 1]
    parts = []
    for clock, panel in PANELS:
        own = frame[frame["clock"] == clock]
        keys = own[["replicate", "clock", "cohort", "weeks"]]
        parts.append(keys.assign(panel=panel, value=100 * own[panel] / own["people"]))
    return _band(pd.concat(parts, ignore_index=True), ["clock", "panel", "cohort", "weeks"])


def motivation_with_contacts(
    cohorts: pd.DataFrame, without: pd.DataFrame, last: date, scale: float = 1.0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give (levels, share) for `figures.motivation_network` from the cohort tables of two runs with the same luck.

    `without` is of the run in which contacts have no influence. Cohorts of all years are pooled by their people, as far
    as the youngest of them has been followed, so the composition does not change along the line.
    """
    from analysis.figures.motivation_network import VARIANTS

    first, second = VARIANTS
    pooled = {name: _pooled(frame, last, scale) for name, frame in ((first, cohorts), (second, without))}
    levels = [
        {"variant": name, "weeks": weeks, **dict(zip(("value", "low", "high"), interval(values), strict=True))}
        for name, frame in pooled.items()
        for weeks, values in frame.groupby("weeks")["motivation"]
    ]
    pairs = pooled[first].merge(pooled[second], on=["replicate", "weeks"], suffixes=("", "_without"))
    pairs = pairs.assign(points=100 * (pairs["motivation"] - pairs["motivation_without"]))
    share = [
        {"weeks": weeks, **dict(zip(("value", "low", "high"), interval(values), strict=True))}
        for weeks, values in pairs.groupby("weeks")["points"]
    ]
    columns = ["weeks", "value", "low", "high"]
    return pd.DataFrame(levels, columns=["variant", *columns]), pd.DataFrame(share, columns=columns)


def _pooled(cohorts: pd.DataFrame, last: date, scale: float) -> pd.DataFrame:
    """Give replicate, weeks, motivation: the mean over applicants of all years that are followed as long."""
    frame = cohorts[(cohorts["clock"] == "application") & cohorts["cohort"].isin(COHORTS)]
    frame = frame[frame["people"] * scale >= LEAST_PERSONS].dropna(subset=["motivation"])
    if frame.empty:
        return pd.DataFrame({"replicate": [], "weeks": [], "motivation": []})
    youngest = int(frame["cohort"].max())
    followed = (pd.Timestamp(last) - pd.Timestamp(date(youngest, 12, 31))).days / 7
    frame = frame[frame["weeks"] <= followed + 1]
    weighed = frame.assign(total=frame["people"] * frame["motivation"])
    sums = weighed.groupby(["replicate", "weeks"])[["total", "people"]].sum().reset_index()
    return sums.assign(motivation=sums["total"] / sums["people"])[["replicate", "weeks", "motivation"]]


def fans(weekly: pd.DataFrame, few: int = 5) -> pd.DataFrame:
    """Give panel, date, median, low50, high50, low90, high90 over replicates for `figures.fans`.

    With fewer than `few` replicates the outer band is the lowest and the highest, the inner one is empty (NaN).
    """
    from analysis.figures.fans import PANELS

    dates = pd.to_datetime(weekly["date"])
    parts = []
    for panel in PANELS:
        grouped = weekly[panel].astype(float).groupby(dates)
        if weekly["replicate"].nunique() >= few:
            edges = [grouped.quantile(q) for q in (0.5, 0.25, 0.75, 0.05, 0.95)]
        else:
            nothing = grouped.median() * np.nan
            edges = [grouped.median(), nothing, nothing, grouped.min(), grouped.max()]
        names = ("median", "low50", "high50", "low90", "high90")
        parts.append(
            pd.DataFrame(dict(zip(names, edges, strict=True))).rename_axis("date").reset_index().assign(panel=panel)
        )
    return pd.concat(parts, ignore_index=True)


def by_region(
    groups: pd.DataFrame, column: str, per: str | None = None, *, weeks: int = 52, percent: bool = True
) -> pd.DataFrame:
    """Give region, value, low, high over the last weeks of a run: the mean of a column, or of two in ratio.

    A ratio is in percent unless told otherwise. The interval is that of the mean over replicates.
    """
    last = int(groups["week"].max())
    own = groups[(groups["dimension"] == "region") & (groups["week"] > last - weeks)]
    means = own.groupby(["replicate", "group"])[[column] if per is None else [column, per]].mean()
    value = means[column] if per is None else (100.0 if percent else 1.0) * means[column] / means[per]
    rows = [(region, *interval(values)) for region, values in value.groupby("group")]
    return pd.DataFrame(rows, columns=["region", "value", "low", "high"])


def parameters(known: Mapping[str, Parameter]) -> pd.DataFrame:
    """Give name, theme, kind, role, value, low, high of parameters; NaN where there is no single number."""
    rows = []
    for name, p in known.items():
        single = isinstance(p.value, (int, float)) and not isinstance(p.value, bool)
        low, high = p.range if p.range is not None else (np.nan, np.nan)
        rows.append((name, p.theme, p.source.kind, p.role, float(p.value) if single else np.nan, low, high))
    return pd.DataFrame(rows, columns=["name", "theme", "kind", "role", "value", "low", "high"])
