"""The pages of the documentation that are read from the code, as Markdown by their place in the site."""

import argparse
from collections.abc import Callable

from abm.parameters import load
from analysis import odd
from analysis.markdown import table
from experiments.metrics import all_tables

#: Public names of the Python page: heading -> what stands under it.
PUBLIC = {
    "The model": ("abm.Model", "abm.recorder.Results", "abm.network.Network", "abm.watched.WatchedModel"),
    "Parameters and policies": ("abm.parameters", "abm.policies"),
    "Runs": ("experiments.run.Settings", "experiments.run.run", "experiments.store.Run", "experiments.store.load"),
    "Outcomes and effects": ("experiments.outcomes", "analysis.effects"),
    "Figures and texts": (
        "analysis.figures.draw",
        "analysis.figures.write",
        "analysis.report.write",
        "analysis.claims",
        "analysis.provenance",
        "analysis.odd.markdown",
    ),
}


def pages() -> dict[str, str]:
    """Give the generated pages: path in the site -> Markdown."""
    makers: dict[str, Callable[[], str]] = {
        "reference/commands.md": commands,
        "reference/parameters.md": parameters,
        "reference/policies.md": policies,
        "reference/results.md": results,
        "reference/python.md": python,
        "odd.md": odd.markdown,
    }
    return {path: make() for path, make in makers.items()}


def commands() -> str:
    """Give every command with its arguments, as the parsers know them."""
    from analysis.cli import _parsers

    parser, known = _parsers()
    blocks = [
        f"# Commands\n\n{parser.description}\n\nEvery command answers a mistake in one line and then exits with 2."
    ]
    for name, one in known.items():
        blocks.append(f"## werkstand {name}\n\n{one.description or ''}")
        blocks.append(_arguments(one))
        for action in one._actions:
            if isinstance(action, argparse._SubParsersAction):
                for inner, sub in action.choices.items():
                    blocks.append(f"### werkstand {name} {inner}\n\n{sub.description or ''}")
                    blocks.append(_arguments(sub))
    return "\n\n".join(block for block in blocks if block) + "\n"


def _arguments(parser: argparse.ArgumentParser) -> str:
    rows = []
    for action in parser._actions:
        if isinstance(action, (argparse._HelpAction, argparse._SubParsersAction)) or action.help == argparse.SUPPRESS:
            continue
        shown = ", ".join(action.option_strings) or str(action.metavar or action.dest)
        value = f" {action.metavar}" if action.option_strings and action.metavar else ""
        words = (action.help or "") % {"default": action.default, "prog": parser.prog}
        rows.append((f"`{shown}{value}`", words))
    return table(["argument", "meaning"], rows) if rows else ""


def parameters() -> str:
    """Give every parameter by theme."""
    known = load()
    blocks = [
        f"# Parameters\n\nAll {len(known)} parameters. `werkstand parameters NAME` prints one with its note; "
        "`abm/parameters/README.md` explains an entry. The roles are: a fact stays as it is in sensitivity analysis, "
        "an uncertainty is sampled, a lever can be changed by policy."
    ]
    for theme, members in known.themes.items():
        rows = [odd.parameter_row(known[name])[:6] for name in members]
        blocks.append(f"## {theme.capitalize()}")
        blocks.append(table(["name", "meaning", "value", "range", "role", "source"], rows))
    return "\n\n".join(blocks) + "\n"


def policies() -> str:
    """Give every policy that is shipped."""
    rows = odd.policies()
    head = f"# Policies\n\n{len(rows)} policies and packages are shipped. `werkstand policies NAME` explains one."
    return f"{head}\n\n" + table(["policy", "title", "status", "from", "changes"], rows) + "\n"


def results() -> str:
    """Give every column of every table of a run."""
    blocks = [
        "# Results\n\nThe tables of a run (`Model.results()`, Parquet files of a stored run). Unknown is NaN, never 0."
    ]
    for name, columns in all_tables().items():
        rows = [(f"`{column}`", words.label, words.unit) for column, words in columns.items()]
        blocks.append(f"## {name}\n\n{table(['column', 'meaning', 'unit'], rows)}")
    return "\n\n".join(blocks) + "\n"


def python() -> str:
    """Give the page of the Python interface; mkdocstrings fills it from the docstrings."""
    blocks = ["# Python\n\nThe public names. Anything else may change."]
    for heading, names in PUBLIC.items():
        blocks.append(f"## {heading}")
        blocks += [f"::: {name}" for name in names]
    return "\n\n".join(blocks) + "\n"
