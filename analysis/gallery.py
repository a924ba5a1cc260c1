"""The pictures of docs/gallery.md, made anew: a baseline, three policies, a run without the influence of contacts,
a sensitivity analysis and a decision in uncertain futures.

    python -m analysis.gallery RUNS [--scale 0.05] [--replicates 5] [--out docs/figures/gallery] [--runs-only]

Runs that stand in the folder RUNS already are used as they are. The pictures of analyses are those that the commands of
the gallery write, which make about 900 small runs; `--runs-only` leaves them out. Pictures are small (fewer dots, 160
colours) and carry their runs like every figure, so `werkstand verify` works on them.
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
COLOURS = 160

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

#: Pictures of analyses, by name, with the folder in RUNS where the command that the gallery names writes them.
ANALYSES = {
    "curves_waiting": "sensitivity-sketch/report",
    "screen_waiting": "sensitivity-sketch/report",
    "sobol_waiting": "sensitivity-sketch/report",
    "convergence_waiting": "sensitivity-sketch/report",
    "over_time_status_holders_in_reception": "sensitivity-sketch/report",
    "regret": "sketch_decisions/decision",
    "box_baseline": "sketch_decisions/decision",
}
#: How `sketch_decisions` is judged.
DECIDE = ("--less-is-better", "--threshold", "12000", "--policy", "baseline", "--method", "cart")


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the runs that are missing and draw the pictures."""
    parser = argparse.ArgumentParser(prog="python -m analysis.gallery", description=__doc__.splitlines()[0])
    parser.add_argument("runs", type=Path, metavar="RUNS", help="folder for the runs")
    parser.add_argument("--scale", type=float, default=0.05)
    parser.add_argument("--replicates", type=int, default=5)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--until", default="2030-12-31")
    parser.add_argument("--runs-only", action="store_true", help="leave out sensitivity and decision")
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
    if not asked.runs_only:
        analyse(asked.runs, asked.workers)
        for name, folder in ANALYSES.items():
            print(shrunk(asked.runs / folder / "figures" / f"{name}.png", asked.out / f"{name}.png"))
    return 0


def analyse(runs: Path, workers: int) -> None:
    """Make or go on with the analyses, as the commands in the gallery do."""
    from analysis.cli import main as werkstand

    many = ["--workers", str(workers)]
    decisions = runs / "sketch_decisions"
    made = (
        ["run", "sketch_decisions", "--out", str(decisions)] if not decisions.exists() else ["resume", str(decisions)]
    )
    for command in (
        ["experiment", *made, *many],
        ["decide", str(decisions), *DECIDE],
        ["sensitivity", "recipe", "sketch", "--out", str(runs / "sensitivity-sketch"), *many],
    ):
        if werkstand(command) != 0:
            raise SystemExit(f"gallery: werkstand {' '.join(command)} failed")


def small(figure, path: Path, made_of: provenance.Provenance) -> Path:
    """Save a figure as a small PNG that carries what it was made of."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DOTS, facecolor="white")
    return _write(Image.open(buffer).convert("RGB"), path, made_of)


def shrunk(figure: Path, path: Path) -> Path:
    """Save a PNG that a command wrote (200 dots an inch) as a small one with the same record."""
    picture = Image.open(figure).convert("RGB")
    size = (round(picture.width * DOTS / 200), round(picture.height * DOTS / 200))
    return _write(picture.resize(size, Image.Resampling.LANCZOS), path, provenance.read(figure))


def _write(picture: Image.Image, path: Path, made_of: provenance.Provenance) -> Path:
    # the widest cover of colours, so that one small mark keeps its own
    picture = picture.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    held = PngImagePlugin.PngInfo()
    held.add_text(provenance.FIELDS[".png"], made_of.text())
    picture.save(path, optimize=True, pnginfo=held)
    return path


if __name__ == "__main__":
    sys.exit(main())
