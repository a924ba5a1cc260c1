"""Reception, procedure and housing: stays, stocks and flows (P01 to P06, P36 to P38, P41 to P43)."""

from datetime import date

import pandas as pd

from abm import data
from analysis.validation import estimate
from analysis.validation.estimate import ONE_RUN, Estimate
from analysis.validation.record import Record, inside

TERM_WEEKS = 14
DAYS_IN_YEAR = 365.25


def _spells(record: Record, first: date, last: date) -> pd.DataFrame:
    """Give the stays of status holders in reception that ended in a window; `stay` in weeks."""
    people = record.people
    people = people[inside(people["housed_week"], first, last) & people["arrival_week"].notna()]
    stay = people["housed_week"] - people["permit_week"]
    return people.assign(stay=stay)[(stay > 0) & (people["housed_week"] > people["arrival_week"])]


def mean_stay(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P01: mean weeks from permit to leaving reception."""
    spells = _spells(record, first, last)
    return (estimate.mean(spells["stay"], spells["household"], "persons; stays of under a week left out"),)


def long_stays(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P02: share of those stays over 14 weeks."""
    spells = _spells(record, first, last)
    return (estimate.mean(spells["stay"] > TERM_WEEKS, spells["household"]).times(100),)


def status_holders(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P03: mean stock."""
    return (Estimate(record.mean("status_holders_in_reception", first, last), note=ONE_RUN),)


def status_holders_over_term(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P04: mean stock beyond 14 weeks, and beside it the arrears of the housing task."""
    arrears = record.mean("task_arrears", first, last)
    note = f"arrears of the task, another measure: {arrears:,.0f}; {ONE_RUN}"
    return (Estimate(record.mean("status_holders_over_14_weeks", first, last), note=note),)


def housed(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P05: persons housed a year."""
    years = ((last - first).days + 1) / DAYS_IN_YEAR
    return (Estimate(record.total("housed", first, last) / years, note=ONE_RUN),)


def little(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P06: stock over flow times stay."""
    stock = record.mean("status_holders_in_reception", first, last)
    spells = _spells(record, first, last)
    weeks = ((last - first).days + 1) / 7
    flow = record.total("housed", first, last) / weeks
    if not len(spells) or not flow:
        return (estimate.UNKNOWN,)
    stay = float(spells["stay"].mean())
    same = stock / (len(spells) / record.scale / weeks * stay)
    note = f"{same:.2f} with the flow of those stays alone, without families who are housed on arrival; {ONE_RUN}"
    return (Estimate(stock / (flow * stay), note=note),)


def cost_a_day(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P36: cost of reception over days spent in it."""
    costs = record.costs[record.costs["category"].str.startswith("reception_")]
    days = pd.to_datetime(costs["date"])
    euros = float(costs["euros"][days.between(pd.Timestamp(first), pd.Timestamp(last))].sum())
    dates = pd.to_datetime(record.weekly["date"])
    present = record.weekly["in_reception"][dates.between(pd.Timestamp(first), pd.Timestamp(last))].sum()
    note = "mean over everyone in reception: sites do not book by legal state"
    return (Estimate(euros / (7 * float(present)), note=note),)


def emergency_share(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P37: emergency over all in reception on a day."""
    return (Estimate(100 * record.at("in_emergency", first) / record.at("in_reception", first), note=ONE_RUN),)


def relets(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P38: re-let corporation homes to status-holder households."""
    series = data.national_series()
    known = series[(series["series"] == "corporation_dwellings_relet") & (series["start"] == pd.Timestamp(first))]
    homes = float(known["value"].iloc[0])
    new = record.total("relet_new", first, last)
    every = new + record.total("relet_moving_on", first, last)
    note = f"of {homes:,.0f} re-lets observed; {ONE_RUN}"
    return Estimate(100 * every / homes, note=note), Estimate(100 * new / homes, note="target about 4%")


def open_cases(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P41: open cases on a day."""
    return (Estimate(record.at("open_cases", first), note=f"applicants in procedure, both tracks; {ONE_RUN}"),)


def second_half(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P42: share of first applications in July to December."""
    late = sum(
        record.total("arrived_first", date(year, 7, 1), date(year, 12, 31)) for year in range(first.year, last.year + 1)
    )
    return (Estimate(100 * late / record.total("arrived_first", first, last), note=ONE_RUN),)


def waiting_abroad(record: Record, first: date, last: date) -> tuple[Estimate, ...]:
    """P43: reunifiers abroad on a day."""
    return (Estimate(record.at("reunifiers_abroad", first), note=ONE_RUN),)
