"""How the inputs of an analysis are called in figures and tables."""

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


def in_words(largest: float, unit: str) -> tuple[float, str]:
    """Give a divisor and the unit with its word, so that an axis need not write long numbers.

    >>> in_words(2.5e9, "euros"), in_words(900, "persons")
    ((1000000000.0, 'billion euros'), (1.0, 'persons'))
    """
    for divisor, word in ((1e9, "billion"), (1e6, "million"), (1e4, "thousand")):
        if largest >= divisor:
            return (1e3 if word == "thousand" else divisor), f"{word} {unit}"
    return 1.0, unit
