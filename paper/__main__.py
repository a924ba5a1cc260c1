"""`python -m paper`: build the paper."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from paper.build import BuildError, build
from paper.runs import FULL, REDUCED


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the paper; what goes wrong is told in one line and the exit code is 1."""
    parser = argparse.ArgumentParser(prog="python -m paper", description="Run, count, draw and compile the paper.")
    parser.add_argument("--reduced", action="store_true", help="few runs at a small scale, to see that it builds")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes for replicates (default: 1)")
    parser.add_argument(
        "--results", type=Path, metavar="DIR", help="folder for the runs; those that stand there are not made again"
    )
    parser.add_argument("--out", type=Path, default=Path("paper/generated"), metavar="DIR", help="default: %(default)s")
    asked = parser.parse_args(arguments)
    plan = REDUCED if asked.reduced else FULL
    results = asked.results or Path("results") / ("paper-reduced" if asked.reduced else "paper")
    try:
        made = build(plan, results, asked.out, workers=asked.workers, tell=_tell)
    except BuildError as error:
        print(f"paper: {error}", file=sys.stderr)
        return 1
    print(made)
    return 0


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
