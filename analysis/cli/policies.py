"""`werkstand policies` and `werkstand policy`: list and explain policies, write a new one, check one before a run."""

import json
from argparse import Namespace
from collections.abc import Iterable
from datetime import date
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from rich.markup import escape

from abm.parameters import Parameter, Parameters, closest, load
from abm.policies import Policy, Step, choose, names, steps
from abm.timetable import START, date_of, week_of
from analysis.cli import BadInputError
from analysis.cli.tables import console, table

ACTIONS = ("new", "check")
#: Stretches of weeks printed for one number; a value that slides from week to week has many.
SHOWN = 12

TEMPLATE = """\
# A policy: dated changes of parameters. `werkstand policy check {name}.yaml` says what it would change;
# `werkstand run --policy {name}.yaml` runs it. docs/policies.md explains every key.

title: {title}
why: What it is meant to achieve, in one or two sentences.

# Where it was proposed: S0 to S4 with the heading, or any document of yours. `systems` (may be left out) are ids of
# `werkstand systems`.
source: {{document: own, where: "the document and the heading"}}

# existing, proposed, opposed (proposed by some, opposed by others), abolished, or own
status: own

# The first day on which it holds. Without `ends` it holds until the end of the run; `ends` is the first day on which
# it no longer does. On the command line other dates can be given: --policy {name}.yaml@2027-01-01:2030-01-01
starts: 2026-07-01
# ends: 2030-01-01

# What it changes. `werkstand parameters` lists the parameters with their ranges. All `set` come first, then `scale`
# (times), then `add` (plus). One category of a parameter is written name.category.
changes:
  - {{parameter: online_share, set: 0.4}}
  # - {{parameter: ind_capacity_multiplier, scale: 1.2}}
  # - {{parameter: chance_relocation.emergency, add: -0.02}}

# A package is made of other policies, shipped or beside this file, if need be on other dates:
# policies:
#   - evening_lessons
#   - {{policy: start_homes, starts: 2027-01-01, ends: 2031-01-01}}

reach: Whom it reaches.
cost: How its cost counts; for example that it is not counted.
"""


def policies(asked: Namespace) -> None:
    """List the policies that match, or explain one."""
    parameters = load()
    if asked.name and ("/" in asked.name or asked.name.endswith((".yaml", ".yml"))):
        found = list(choose(asked.name, parameters))
    else:
        found = list(choose(matching(asked.name, names()), parameters))
    if asked.json:
        print(json.dumps({policy.name: policy.record() for policy in found}, indent=1, ensure_ascii=False))
    elif len(found) == 1:
        show_one(found[0], parameters)
    else:
        show_tables(found)


def policy(asked: Namespace) -> None:
    """Write a template, or say what a policy would change."""
    if asked.action not in ACTIONS:
        raise BadInputError(f"policy: there is no '{asked.action}'.{closest(asked.action, ACTIONS)}")
    if asked.action == "new":
        write_template(asked.name)
        return
    try:
        n_weeks = week_of(date.fromisoformat(asked.until)) + 1
    except ValueError:
        raise BadInputError(f"policy: --until: '{asked.until}' is not a date; write it as 2030-12-31") from None
    if n_weeks < 1:
        raise BadInputError(f"policy: --until: {asked.until} lies before the first week, which starts on {START}")
    check(asked.name, n_weeks, asked.json)


def matching(pattern: str | None, known: list[str]) -> list[str]:
    """Give the policy with this name, or those with it in the name."""
    if not pattern:
        return known
    if pattern in known:
        return [pattern]
    anywhere = pattern if any(sign in pattern for sign in "*?[") else f"*{pattern}*"
    if found := [name for name in known if fnmatch(name, anywhere)]:
        return found
    raise BadInputError(f"policies: no policy is called '{pattern}'.{closest(pattern, known)}")


def write_template(name: str) -> None:
    """Write a commented policy to NAME.yaml; a file that exists is left alone."""
    path = Path(name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")
    if not path.stem.isidentifier() or path.stem != path.stem.lower():
        raise BadInputError(f"policy: new: '{path.stem}': a name is written in lower case with underscores")
    if path.stem in names():
        raise BadInputError(f"policy: new: '{path.stem}' is the name of a policy that is shipped; choose another")
    title = path.stem.replace("_", " ").capitalize()
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(TEMPLATE.format(name=path.stem, title=title))
    except FileExistsError:
        raise BadInputError(f"policy: new: {path} exists already and is not overwritten") from None
    except OSError as error:
        raise BadInputError(f"policy: new: {path}: cannot be written ({error.strerror})") from None
    print(f"Written: {path}. Change it, then: werkstand policy check {path}")


def check(name: str, n_weeks: int, as_json: bool) -> None:
    """Print what a policy would change, stretch by stretch of weeks."""
    parameters = load()
    chosen = choose(name, parameters)
    found = steps(chosen, parameters, n_weeks)
    if as_json:
        rows = [_row(step, parameters) for step in found]
        print(json.dumps({"policy": chosen[0].record(), "changes": rows}, indent=1, ensure_ascii=False))
        return
    (one,) = chosen
    out = console()
    out.print(f"[bold]{escape(one.name)}[/bold]: {escape(one.title)}")
    drawn = table("Parameter", "From", "Until", "Weeks", "Without", "With", "Unit", right=(3, 4, 5))
    cells = dict.fromkeys(step.cell for step in found)
    for cell in cells:
        stretches = [step for step in found if step.cell == cell]
        unit = parameters[cell.split(".")[0]].unit
        left_out = len(stretches) - SHOWN
        for place, step in enumerate(stretches):
            if left_out > 0 and SHOWN // 2 <= place < SHOWN // 2 + left_out:
                if place == SHOWN // 2:
                    drawn.add_row(cell, "...", "...", f"{left_out} more", "", "", "")
                continue
            row = _row(step, parameters)
            weeks = str(step.last_week - step.first_week + 1)
            drawn.add_row(cell, row["from"], row["until"], weeks, _shown(row["without"]), _shown(row["with"]), unit)
    if found:
        out.print(drawn)
        never = _never_changed(one, cells)
        first, last = date_of(min(step.first_week for step in found)), date_of(n_weeks)
        many = f"{len(cells)} numbers change" if len(cells) > 1 else "1 number changes"
        out.print(f"{many}, from {first} on; the run ends on {last}.")
        if never:
            out.print(f"No change, because the value is there anyway: {', '.join(never)}.")
    else:
        out.print("It would change nothing: every value is there anyway.")


def _never_changed(policy: Policy, cells: Iterable[str]) -> list[str]:
    reached = {cell.split(".")[0] for cell in cells}
    return sorted({c.parameter for leaf in policy.leaves() for c in leaf.changes} - set(cells) - reached)


def _row(step: Step, parameters: Parameters) -> dict[str, Any]:
    parameter = parameters[step.cell.split(".")[0]]
    return {
        "parameter": step.cell,
        "from": date_of(step.first_week).isoformat(),
        "until": date_of(step.last_week + 1).isoformat(),
        "without": _value(step.before, parameter),
        "with": _value(step.after, parameter),
    }


def _value(number: float, parameter: Parameter) -> Any:
    return parameter.choices[int(number)] if parameter.type == "choice" else number


def _shown(value: Any) -> str:
    return str(value) if isinstance(value, (bool, str)) else f"{value:,.6g}"


def show_tables(found: list[Policy]) -> None:
    """Print the packages, then the single policies."""
    out = console()
    packages = [policy for policy in found if policy.parts or not policy.changes]
    single = [policy for policy in found if policy not in packages]
    for title, rows in (("Packages", packages), ("Policies", single)):
        if not rows:
            continue
        drawn = table("Name", "Title", "Status", "Starts", "Changes", "Source", title=title, expand=True)
        for column, ratio in zip(drawn.columns[1:], (6, 2, 2, 6, 4), strict=True):
            column.ratio = ratio
        for policy in rows:
            made_of = [
                *dict.fromkeys(part.name for part in policy.parts),
                *([_changes(policy)] if policy.changes else []),
            ]
            what = ", ".join(made_of)
            source = f"{policy.source.document}: {policy.source.where}"
            starts = str(policy.first_day) if policy.changes or policy.parts else ""
            drawn.add_row(policy.name, *map(escape, (policy.title, policy.status, starts, what, source)))
        out.print(drawn)
    out.print(f"{len(found)} policies; `werkstand policies NAME` explains one")


def _changes(policy: Policy) -> str:
    return ", ".join(f"{change.parameter} {_sign(change)}" for change in policy.changes)


def _sign(change: Any) -> str:
    if isinstance(change.value, dict):
        value = ", ".join(f"{name} {_shown(part)}" for name, part in change.value.items())
    else:
        value = _shown(change.value)
    return {"set": f"= {value}", "scale": f"x {value}", "add": f"+ {value}"}[change.way]


def show_one(policy: Policy, parameters: Parameters) -> None:
    """Print all that is known about one policy."""
    drawn = table("", "", show_header=False)
    ends = f" to {policy.ends}" if policy.ends else ""
    rows = {
        "why": policy.why,
        "status": policy.status,
        "holds": f"from {policy.first_day}{ends}" if policy.changes or policy.parts else "",
        "source": f"{policy.source.document}: {policy.source.where}",
        "systems": ", ".join(policy.source.systems),
        "changes": "\n".join(_in_words(policy, parameters)),
        "policies": "\n".join(_parts(policy)),
        "reach": policy.reach,
        "cost": policy.cost,
        "file": f"abm/policies/{policy.file}" if policy.name in names() else policy.file,
    }
    for name, text in rows.items():
        if text:
            drawn.add_row(name, escape(text))
    console().print(f"[bold]{escape(policy.name)}[/bold]: {escape(policy.title)}", drawn)


def _in_words(policy: Policy, parameters: Parameters) -> Iterable[str]:
    for change in policy.changes:
        parameter = parameters[change.parameter.split(".")[0]]
        last = parameters.at(parameter.name, week_of("2030-12-31")) if not parameter.by else "by category"
        yield f"{change.parameter} {_sign(change)} ({parameter.unit}; {last} without it at the end of 2030)"


def _parts(policy: Policy) -> Iterable[str]:
    for part in policy.parts:
        ends = f" to {part.ends}" if part.ends else ""
        yield f"{part.name} from {part.first_day}{ends}: {part.title}"
