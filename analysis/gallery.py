"""The pictures of docs/gallery.md, made anew: a baseline, three policies and a run without the influence of contacts.

    python -m analysis.gallery RUNS [--scale 0.05] [--replicates 5] [--out docs/figures/gallery]

Runs that stand in the folder RUNS already are used as they are. Pictures are small (fewer dots, 96 colours) and carry
their runs like every figure, so `werkstand verify` works on them.
"""

import argparse
import io
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image, PngImagePlugin

from analysis import figures, provenance
from analysis.figures import CONTACTS
from experiments import run as running
from experiments import store

DOTS = 150  # an inch
COLOURS = 96

#: Folder of each run, and how it differs from the baseline.
RUNS: dict[str, dict] = {
    "baseline": {},
    "without_contacts": {"changes": {CONTACTS: 0}},
    "vng_alternatief": {"policies": ["vng_alternatief"]},
    "start_homes": {"policies": ["start_homes"]},
    "priority_ban": {"policies": ["priority_ban"]},
}
#: Of a figure for each policy, the gallery shows that of one.
SHOWN = "vng_alternatief"


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the runs that are missing and draw the pictures."""
    parser = argparse.ArgumentParser(prog="python -m analysis.gallery", description=__doc__.splitlines()[0])
    parser.add_argument("runs", type=Path, metavar="RUNS", help="folder for the runs")
    parser.add_argument("--scale", type=float, default=0.05)
    parser.add_argument("--replicates", type=int, default=5)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--until", default="2030-12-31")
    parser.add_argument("--out", type=Path, default=Path("docs/figures/gallery"))
    asked = parser.parse_args(arguments)
    for name, changed in RUNS.items():
        if not (asked.runs / name).exists():
            print(f"running {name}", file=sys.stderr, flush=True)
            settings = running.Settings(asked.until, asked.scale, replicates=asked.replicates, **changed)
            running.run(asked.runs / name, settings, workers=asked.workers)
    runs = [store.load(asked.runs / name) for name in RUNS]
    drawn = figures.draw(runs) | figures.draw(runs, ["network_portrait"])
    asked.out.mkdir(parents=True, exist_ok=True)
    for name, figure in drawn.items():
        title, _, policy = name.partition("-")
        if not policy or policy == SHOWN:
            print(small(figure, asked.out / f"{title}.png", replace(provenance.of_runs(title, *runs), figure=title)))
    return 0


def small(figure, path: Path, made_of: provenance.Provenance) -> Path:
    """Save a figure as a small PNG that carries what it was made of."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DOTS, facecolor="white")
    picture = Image.open(buffer).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    held = PngImagePlugin.PngInfo()
    held.add_text(provenance.FIELDS[".png"], made_of.text())
    picture.save(path, optimize=True, pnginfo=held)
    return path


if __name__ == "__main__":
    sys.exit(main())
