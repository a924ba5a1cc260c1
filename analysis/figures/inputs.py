"""How the inputs and the policies of an analysis are called in figures and tables.

An input is called by the words of its parameter's name, the same in figure, table and file. What it means, its unit
and from what to what it is varied stand beside it: in a figure as `Varied`, in a text as a row of `key`.
"""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from analysis import theme
from experiments.factors import INERT, SCALE, Factor, parameter_of

#: Longest name that fits beside a panel.
LONGEST = 38
#: Short forms of names that Dutch policy writes in capitals.
CAPITALS = {word.lower(): word for word in ("BSN", "COA", "FTE", "IND", "NT2", "PIP", "SPUK", "TWV", "VBI")}


class Varied(NamedTuple):
    """From what to what an input is varied, as it is printed, and the unit of both; all empty for an inert one."""

    low: str
    high: str
    unit: str

    @property
    def words(self) -> str:
        """Both ends and the unit."""
        return f"{self.low} to {self.high} {self.unit}".strip() if self.low else ""


#: Of an input whose range is not given.
UNKNOWN = Varied("", "", "")


def varied(factors: Iterable[Factor]) -> dict[str, Varied]:
    """Give from what to what each input is varied, by its name; the unit is that of the parameter.

    >>> varied([Factor("relet_ceiling", "float", 0.02, 0.12)])["relet_ceiling"].words
    '0.02 to 0.12 share of re-lets'
    >>> varied([Factor("scale:grant_rate", "float", 0.7, 1.3), Factor("twv_on", "bool", values=(False, True))])
    {'scale:grant_rate': Varied(low='0.7', high='1.3', unit='times'), 'twv_on': Varied(low='no', high='yes', unit='')}
    """
    from abm.parameters import load

    parameters, found = load(), {}
    for one in factors:
        if one.name.startswith(INERT):
            found[one.name] = Varied("", "", "")
            continue
        ends = (one.values[0], one.values[-1]) if one.values else (one.low, one.high)
        unit = "times" if one.name.startswith(SCALE) else parameters[parameter_of(one.name)].unit
        found[one.name] = Varied(_said(ends[0]), _said(ends[1]), "" if one.type in ("bool", "choice") else unit)
    return found


def factors_of(manifest: Mapping[str, Any]) -> list[Factor]:
    """Give the inputs of a stored experiment, in the order of its design."""
    return [Factor(**{**one, "values": tuple(one["values"])}) for one in manifest["design"]["factors"]]


def bounded(one: Factor, low: float, high: float) -> str:
    """Say what part of the range of an input is left between two places of the unit cube.

    >>> bounded(Factor("relet_ceiling", "float", 0.02, 0.12), 0.0, 0.5)
    'relet ceiling below 0.07 (share of re-lets)'
    """
    name, unit = label(one.name).removesuffix(" (times)"), varied([one])[one.name].unit
    below, above = one.at(np.array([low, high]))
    inside = (low > 0, high < 1)
    if one.values or not any(inside):
        held = list(dict.fromkeys(_said(value) for value in one.at(np.linspace(low, high, 101)[:-1])))
        return f"{name}: {' or '.join(held)}" if one.values else name
    words = {
        (True, True): f"between {_said(below)} and {_said(above)}",
        (True, False): f"above {_said(below)}",
        (False, True): f"below {_said(above)}",
    }[inside]
    return f"{name} {words} ({unit})"


def key(factors: Iterable[Factor]) -> list[tuple[str, str, str, str]]:
    """Give a row for each input that does something: what it is called, what it means, its range, its source.

    >>> key([Factor("relet_ceiling", "float", 0.02, 0.12)])[0][:2]
    ('relet ceiling', 'Largest share of re-lets that may go to new status holders')
    """
    from abm.parameters import load

    parameters, rows, stated = load(), [], list(factors)
    ends = varied(stated)
    for one in stated:
        if one.name.startswith(INERT):
            continue
        parameter = parameters[parameter_of(one.name)]
        meaning = " ".join(parameter.meaning.split()).rstrip(".")
        since = f", from {one.starts:%Y}" if hasattr(one.starts, "year") else ""
        said = ", ".join(map(_said, one.values)) if len(one.values) > 2 else ends[one.name].words
        rows.append((label(one.name), meaning, said + since, parameter.source.kind))
    return rows


def _said(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    return value.replace("_", " ") if isinstance(value, str) else theme.number(float(value))


def label(name: str) -> str:
    """Give a name to read.

    >>> label("scale:grant_rate"), label("chance_relocation.emergency"), label("inert:dummy"), label("vbi_weeks")
    ('grant rate (times)', 'chance relocation: emergency', 'inert dummy (does nothing)', 'VBI weeks')
    """
    if name.startswith(INERT):
        return f"inert {name.removeprefix(INERT).replace('_', ' ')} (does nothing)"
    words = name.removeprefix(SCALE).replace(".", ": ").replace("_", " ")
    words = " ".join(CAPITALS.get(word, word) for word in words.split())
    words = f"{words} (times)" if name.startswith(SCALE) else words
    return words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"


def policy_titles(sets: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Give a name to read for each set of policies of an experiment: the title where the set is one policy that ships.

    >>> policy_titles({"baseline": [], "work_access_4": ["work_access_4"], "both_of_these": ["a", "b"]})
    {'baseline': 'baseline', 'work_access_4': 'Work allowed after 4 weeks', 'both_of_these': 'both of these'}
    """
    from abm.policies import choose, names

    found, shipped = {}, set(names())
    for name, members in sets.items():
        policy = members[0].partition("@")[0] if len(members) == 1 else ""
        own = policy in shipped and name in (members[0], policy)
        found[name] = choose(policy)[0].title if own else name.replace("_", " ")
    return found


def broken(name: str, letters: int = 30) -> str:
    """Break a name into lines for the side of a panel.

    >>> print(broken("No priority in social housing for being a status holder"))
    No priority in social housing
    for being a status holder
    """
    return "\n".join(textwrap.wrap(name, letters)) or name


def in_words(largest: float, unit: str) -> tuple[float, str]:
    """Give a divisor and the unit with its word, so that an axis need not write long numbers.

    >>> in_words(2.5e9, "euros"), in_words(900, "persons")
    ((1000000000.0, 'billion euros'), (1.0, 'persons'))
    """
    for divisor, word in ((1e9, "billion"), (1e6, "million"), (1e4, "thousand")):
        if largest >= divisor:
            return (1e3 if word == "thousand" else divisor), f"{word} {unit}"
    return 1.0, unit
