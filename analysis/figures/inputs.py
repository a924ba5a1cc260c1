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
