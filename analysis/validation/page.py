"""The tables of docs/validation.md, made from a stored run: `python -m analysis.validation.page RESULTS [--full]`.

What stands between the marks `<!-- made: NAME -->` and `<!-- end -->` is replaced; the text around it is written by
hand and stays. NAME is `counts`, `past` or `patterns`. With --full the runs that paired patterns need are made too.
"""

import argparse
import re
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import frames
from analysis.cli.validate import value_with_interval
from analysis.figures.hindcast import PANELS
from analysis.markdown import table
from analysis.validation import validate
from experiments import store

PAGE = Path(__file__).parents[2] / "docs" / "validation.md"
SETTLED = pd.Timestamp("2022-01-01")
NEAR = pd.Timedelta(days=4)
_MADE = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def past(weekly: pd.DataFrame) -> str:
    """Give a table for each panel of the hindcast: observed, simulated and their difference."""
    own, seen = frames.hindcast(weekly), frames.observations()
    parts = []
    for panel, (title, _) in PANELS.items():
        mine = own[own["panel"] == panel]
        rows = []
        points: list[dict[str, Any]] = seen[seen["panel"] == panel].to_dict("records")  # type: ignore[assignment]
        for point in points:
            distance = (mine["date"] - point["date"]).abs()
            if distance.min() > NEAR:
                continue
            value = float(mine["value"].iloc[int(distance.argmin())])
            kind = point["kind"] + (", settling" if point["date"] < SETTLED else "")
            difference = f"{100 * (value / point['value'] - 1):+.0f} %"
            day = f"{point['date'].day} {point['date']:%b %Y}"
            rows.append((day, f"{point['value']:,.0f}", f"{value:,.0f}", difference, kind))
        headings = ["middle of the half-year" if panel == "housed" else "date", "observed", "simulated"]
        parts.append(f"**{title}**\n\n" + table([*headings, "difference", "kind"], rows, right=(1, 2, 3)))
    return "\n\n".join(parts)


def patterns(verdicts: pd.DataFrame) -> str:
    """Give the table of all patterns with the model's value and the verdict."""
    rows = []
    known: list[dict[str, Any]] = verdicts.to_dict("records")  # type: ignore[assignment]
    for row in known:
        verdict = f"**{row['verdict']}**" if row["verdict"] == "fail" else row["verdict"]
        value = value_with_interval(row["value"], row["low"], row["high"])
        words = ["" if pd.isna(row[name]) else row[name] for name in ("id", "pattern", "target", "acceptance", "use")]
        rows.append((*words, value, verdict, "" if pd.isna(row["note"]) else row["note"]))
    return table(["id", "pattern", "target", "accepted", "use", "model (95 %)", "verdict", "note"], rows)


def counts(verdicts: pd.DataFrame, run: store.Run) -> str:
    """Say which run it is and how many patterns have each verdict."""
    number = verdicts["verdict"].value_counts()
    said = ", ".join(f"{count} {verdict}" for verdict, count in number.items())
    settings = run.manifest
    seeds = [str(seed) for seed in settings["seeds"]]
    runs, with_seeds = ("One run", "seed") if len(seeds) == 1 else (f"Mean of {len(seeds)} runs", "seeds")
    return (
        f"{runs} until {settings['until']} at scale {settings['scale']:g} with {with_seeds} {', '.join(seeds)}. "
        f"Of {len(verdicts)} patterns: {said}."
    )


def main(arguments: list[str] | None = None) -> int:
    """Replace the made parts of the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("results", help="folder of a run at scale 1")
    parser.add_argument("--full", action="store_true", help="also make the runs that paired patterns need")
    asked = parser.parse_args(arguments)
    run = store.load(asked.results)
    verdicts = validate(run.folder, full=asked.full, tell=lambda line: print(line, file=sys.stderr))
    made = {"counts": counts(verdicts, run), "past": past(run.weekly), "patterns": patterns(verdicts)}
    text = PAGE.read_text(encoding="utf-8")
    missing = set(made) - {name for _, name, _ in _MADE.findall(text)}
    if missing:
        raise SystemExit(f"{PAGE}: has no mark for {', '.join(sorted(missing))}")
    PAGE.write_text(_MADE.sub(lambda m: f"{m[1]}\n{made[m[2]]}\n\n{m[3]}", text), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
