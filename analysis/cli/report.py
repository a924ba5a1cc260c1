"""`werkstand report` and `werkstand odd`: texts for readers, made from runs and from the model."""

import json
from argparse import Namespace
from pathlib import Path

from analysis.cli import BadInputError
from analysis.cli.run import RESULTS
from experiments import store


def report(asked: Namespace) -> None:
    """Write the report of a baseline and the runs that are compared with it."""
    from analysis.claims import ClaimError
    from analysis.effects import EffectsError
    from analysis.figures import FigureError
    from analysis.pages import PageError
    from analysis.provenance import ProvenanceError
    from analysis.report import ReportError, write

    folders = [Path(folder) for folder in asked.results] or [store.newest(RESULTS)]
    out = Path(asked.out) if asked.out else folders[-1].with_name(f"report-{folders[-1].name}")
    try:
        paths = write(folders, out, question=asked.question, claims=asked.claims, validation=not asked.no_validation)
    except (ClaimError, EffectsError, FigureError, PageError, ProvenanceError, ReportError) as error:
        raise BadInputError(f"report: {error}") from error
    except OSError as error:
        raise BadInputError(f"report: {out}: cannot be written ({error.strerror})") from error
    if asked.json:
        print(json.dumps({"files": [str(path) for path in paths]}, indent=1))
        return
    for path in paths:
        print(path)


def odd(asked: Namespace) -> None:
    """Write the description of the model by the ODD+D protocol, in the form that the name of the file asks for."""
    from analysis import pages
    from analysis.odd import OddError, markdown
    from experiments.manifest import version

    if asked.out is not None and Path(asked.out).suffix not in (".md", ".html", ".pdf"):
        raise BadInputError(f"odd: --out {asked.out}: give a name that ends in .md, .html or .pdf")
    try:
        text = markdown()
    except OddError as error:
        raise BadInputError(f"odd: {error}") from error
    if asked.out is None:
        print(text, end="")
        return
    out = Path(asked.out)
    title, generator = "ODD+D of Werkstand", f"Werkstand {version()}"
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.suffix == ".pdf":
            pages.pdf(title, text, out.parent, out, generator=generator)
        else:
            page = text if out.suffix == ".md" else pages.html(title, text, out.parent, generator=generator)
            out.write_text(page, encoding="utf-8")
    except pages.PageError as error:
        raise BadInputError(f"odd: {error}") from error
    except OSError as error:
        raise BadInputError(f"odd: {out}: cannot be written ({error.strerror})") from error
    print(out)
