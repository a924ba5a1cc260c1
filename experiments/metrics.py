"""What each recorded column is called in a figure, and its unit; the manifest of a run carries them along.

Counts are of real persons, dwellings and euros whatever the scale of the run. Unknown is NaN.
"""

from typing import NamedTuple


class Metric(NamedTuple):
    """The words for one column."""

    label: str
    unit: str


def _same_unit(unit: str, labels: dict[str, str]) -> dict[str, Metric]:
    return {name: Metric(label, unit) for name, label in labels.items()}


_INDEX = {
    "replicate": Metric("Replicate", "number, from 0"),
    "week": Metric("Week", "weeks since 1 January 2021"),
    "date": Metric("First day of the week", "date"),
}

WEEKLY = {
    **_INDEX,
    **_same_unit(
        "persons",
        {
            "in_reception": "People in reception",
            "in_regular": "In regular reception",
            "in_emergency": "In emergency reception",
            "in_elsewhere": "In reception elsewhere (hotel, host family, municipal lodging)",
            "status_holders_in_reception": "Status holders in reception",
            "status_holders_over_14_weeks": "Status holders in reception more than 14 weeks after the permit",
            "rejected_in_reception": "Rejected applicants in reception",
            "reunifiers_abroad": "Family members waiting abroad for reunification",
            "guests": "Guests of host families, in reception on paper",
            "paid_by_municipality": "Family members in hotels whom their municipality pays for",
            "in_transition": "In a transition location (doorstroomlocatie)",
            "in_start_home": "In a start home",
            "in_shared": "In a shared home",
            "in_social": "In social rent",
            "in_private": "In private housing",
            "early_lessons": "In early lessons during the procedure",
            "pre_integration": "In pre-integration (voorinburgering)",
            "awaiting_intake": "Waiting for the intake of the municipality",
            "plan_made": "Integration plan (PIP) made, waiting for a place",
            "b1_route": "In the B1 route",
            "education_route": "In the education route",
            "z_route": "In the Z route (self-reliance)",
            "a2_route": "In the route scaled down to A2",
            "passed_b1": "Passed at B1",
            "passed_a2": "Passed at A2",
            "finished_z": "Finished the Z route",
            "exempt": "Exempt from civic integration",
            "term_expired": "Term of civic integration expired",
            "employed": "Employed adults",
            "employed_permit": "Employed adults with a permit",
            "employed_in_reception": "Employed adults in reception",
            "searching": "Adults searching for work",
            "in_work_programme": "In a participation job, training job, retraining or return training",
            "study": "Adults in study",
            "benefit_adults": "Adults on benefit",
            "adults_permit": "Adults with a permit",
            "volunteering_in_route": "In an integration route and volunteering",
            "in_route": "In an integration route",
            "employed_in_route": "In an integration route and employed",
        },
    ),
    **_same_unit(
        "cases",
        {
            "open_cases": "Open first asylum cases",
            "open_cases_general": "Open cases in the general procedure",
            "open_cases_short": "Open cases in a short procedure",
        },
    ),
    **_same_unit(
        "places",
        {
            "regular_places": "Places in regular reception",
            "emergency_places": "Places in emergency reception",
            "elsewhere_places": "Places elsewhere",
        },
    ),
    "task_arrears": Metric("Arrears of municipalities on the housing task", "persons"),
    **_same_unit(
        "persons per week",
        {
            "arrived_first": "First applicants arriving",
            "arrived_other": "Other arrivals in reception",
            "arrived_resettled": "Resettled people",
            "arrived_reunifiers": "Family members arriving for reunification",
            "reunifiers_not_coming": "Family members abroad who will not come",
            "granted": "Permits granted",
            "refused": "Applications refused",
            "reopened": "Cases opened again",
            "left_supervised": "Left the country under supervision",
            "left_forced": "Forced departures",
            "left_unsupervised": "Left without supervision",
            "housed": "Status holders housed",
            "housed_joined": "Housed by joining a household",
            "housed_social": "Housed in social rent",
            "housed_shared": "Housed in a shared home",
            "housed_transition": "Housed in a transition location",
            "housed_start_home": "Housed in a start home",
            "housed_private": "Housed privately",
            "moved": "Moves between reception sites",
            "children_moved": "Moves of children between reception sites",
            "placed": "Placed in reception on arrival",
            "crisis": "Placed in crisis lodging for lack of places",
            "asked": "Asked for pre-integration (voorinburgering)",
            "consented": "Consented to pre-integration",
            "pre_started": "Started pre-integration",
            "pre_completed": "Completed pre-integration",
            "plans_made": "Integration plans (PIP) made",
            "routes_started": "Started an integration route",
            "passed": "Passed the exams of the route",
            "scaled_down": "Scaled down from B1 to A2",
            "finished": "Fulfilled the duty of civic integration",
            "naturalised": "Naturalised",
            "new_complaints": "New psychological complaints",
            "programmes_begun": "Began a work programme",
            "hires": "Hires",
            "job_losses": "Job losses",
            "coupled": "Status holders coupled to a municipality",
        },
    ),
    **_same_unit(
        "cases per week",
        {
            "decisions_general": "Decisions in the general procedure",
            "decisions_short": "Decisions in short procedures",
            "overdue_decisions": "Decisions after the legal term",
        },
    ),
    **_same_unit(
        "dwellings per week",
        {
            "relet_new": "Corporation homes re-let to newly housed status holders",
            "relet_moving_on": "Corporation homes re-let to status holders moving on",
            "relets_to_others": "Corporation homes re-let to other home seekers",
            "homes_built": "Start homes delivered",
            "homes_converted": "Start homes made from reception places",
            "start_homes_to_others": "Start homes that no status holder needed, let to others",
        },
    ),
    "exams": Metric("Exams taken", "exams per week"),
    "class_hours": Metric("Class hours attended", "hours per week"),
    "lesson_seats": Metric("Seats in lessons", "seats"),
    "work_permits_asked": Metric("Work permits (TWV) asked", "permits per week"),
    "work_permits": Metric("Work permits (TWV) granted", "permits per week"),
    "no_vacancy": Metric("Found a job but no vacancy was left", "persons per week"),
    "contribution": Metric("Own contribution due for reception", "euros per week"),
    "saved": Metric("Part of the own contribution put into savings", "euros per week"),
    "ties_made": Metric("New ties", "ties per week"),
    **_same_unit(
        "0-1",
        {
            "motivation_in_reception": "Mean motivation in reception",
            "motivation_housed": "Mean motivation of the housed",
            "capacity_in_reception": "Mean capacity to act in reception",
            "capacity_housed": "Mean capacity to act of the housed",
        },
    ),
    "language_in_route": Metric("Mean level of Dutch in an integration route", "CEFR level, 0 none to 4 B2"),
    "complaint_share": Metric("Adult status holders with psychological complaints", "share"),
    "contacts_mean": Metric("Contacts with other newcomers, mean", "persons"),
    "employed_contact_share": Metric("Employed among the contacts, mean", "share"),
    "local_wait_change": Metric("Longer wait of other home seekers for a corporation home", "weeks"),
}

GROUPS = {
    **_INDEX,
    "dimension": Metric("What the group is defined by", "name"),
    "group": Metric("Group", "name"),
    "people": Metric("People", "persons"),
    **_same_unit(
        "adults of 18 to 66",
        {
            "adults": "Adults",
            "permit": "With a permit",
            "employed": "Employed",
            "benefit": "On benefit",
            "in_reception": "In reception",
            "in_route": "In an integration route",
            "volunteering": "Volunteering",
        },
    ),
    **_same_unit("0-1", {"motivation": "Mean motivation", "capacity": "Mean capacity to act"}),
    "language": Metric("Mean level of Dutch", "CEFR level, 0 none to 4 B2"),
    "complaint": Metric("With psychological complaints", "share"),
}

COHORTS = {
    "replicate": _INDEX["replicate"],
    "clock": Metric("Event from which weeks are counted", "name"),
    "cohort": Metric("Year of that event", "year"),
    "weeks": Metric("Weeks since that event", "weeks"),
    "people": Metric("Adults of 18 to 64 still in the country: the denominator", "persons"),
    **_same_unit(
        "persons",
        {
            "employed": "Employed",
            "benefit": "On benefit",
            "housed": "Housed",
            "permit": "With a permit",
            "started": "Started the integration route",
            "finished": "Finished civic integration",
            "volunteering": "Volunteering",
        },
    ),
    "language": Metric("Mean level of Dutch", "CEFR level, 0 none to 4 B2"),
    **_same_unit("0-1", {"motivation": "Mean motivation", "capacity": "Mean capacity to act"}),
}

COSTS = {
    **_INDEX,
    "category": Metric("Category of cost; receipts are negative", "name"),
    "euros": Metric("Cost", "euros per week"),
}

NETWORK = {
    "replicate": _INDEX["replicate"],
    "week": _INDEX["week"],
    "layer": Metric("Layer of the network", "name"),
    "people": Metric("People with a tie in this layer", "persons"),
    "ties": Metric("Ties", "ties"),
    "mean_degree": Metric("Mean number of ties", "ties a person"),
    "assortativity": Metric("Assortativity by origin", "-1 to 1"),
    "employed_alters": Metric("Employed among the ties, mean", "share"),
}

PERSONS = {
    "replicate": _INDEX["replicate"],
    "row": Metric("Row of the person in the run", "number"),
    "household_kind": Metric("Household on arrival, in the order of the category household_type", "code"),
    "household_size": Metric("Size of the household", "persons"),
}


def persons() -> dict[str, Metric]:
    """Give the words for the columns of the person snapshot, from their declarations in `abm.people`."""
    from abm.columns import declared
    from abm.people import Person

    own = {
        name: Metric(column.meaning.rstrip("."), column.unit or _kind(column))
        for name, column in declared(Person).items()
    }
    return own | PERSONS


def all_tables() -> dict[str, dict[str, Metric]]:
    """Give the words for every column of every stored table."""
    return {
        "weekly": WEEKLY,
        "groups": GROUPS,
        "cohorts": COHORTS,
        "costs": COSTS,
        "persons": persons(),
        "network": NETWORK,
        "snapshots": {"week": _INDEX["week"], "date": _INDEX["date"], **persons()},
    }


def _kind(column) -> str:
    if column.codes is not None:
        return ", ".join(f"{code.value} {code.name.lower()}" for code in column.codes)
    return "true or false" if column.dtype.kind == "b" else "number"
