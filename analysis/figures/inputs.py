"""How the inputs and the policies of an analysis are called in figures and tables."""

import textwrap
from collections.abc import Mapping, Sequence

from experiments.factors import INERT, SCALE

#: Longest name that fits beside a panel.
LONGEST = 38


def label(name: str) -> str:
    """Give a name to read.

    >>> label("scale:grant_rate"), label("chance_relocation.emergency"), label("inert:dummy")
    ('grant rate (times)', 'chance relocation: emergency', 'inert dummy (does nothing)')
    """
    if name.startswith(INERT):
        return f"inert {name.removeprefix(INERT).replace('_', ' ')} (does nothing)"
    words = name.removeprefix(SCALE).replace(".", ": ").replace("_", " ")
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
