"""Measure how fast and how large the model is, in one run, and print one table.

    python -m tests.benchmarks.speed                    some ten minutes: the figures to quote
    python -m tests.benchmarks.speed --quick            a minute: shows that the machinery works, not how fast
    python -m tests.benchmarks.speed --out speed.json   also write everything measured as JSON

Runs are timed in processor seconds (``time.process_time``: other programs that take turns on the processor do not
count, though they do slow memory down), starts in seconds on the clock. Every variant is run once a round and the
median over rounds is given with the smallest and largest value; quote ratios rather than seconds. A person-week is one
person, of any age, who is present at the end of one week.

Institutions are timed within each run, in two ways: their own decisions (IND, COA, municipalities, corporations and
others, in Python), and these together with the lines that they serve (tracks, places, intakes, homes, seats). In
one more run of each variant, time is split where Python calls into a part: compiled processes, institutions, arrivals,
recorder, and the rest of the week; a call inside another is counted once, with the inner part. Looking at the clock at
each of a hundred calls a week makes that run a tenth longer, so no time is quoted from it but that of its parts.
Nothing is asserted: the column ``bar`` says what was aimed at.
"""

import argparse
import gc
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from types import FunctionType

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # run as a plain script
    sys.path.insert(0, str(ROOT))

import mesa  # noqa: E402
import numba  # noqa: E402
import numpy as np  # noqa: E402
from llvmlite.binding import get_host_cpu_name  # noqa: E402

import abm.model  # noqa: E402
from abm import Model, Parameters, load  # noqa: E402
from abm.institutions.coa import COA  # noqa: E402
from abm.institutions.ind import IND  # noqa: E402
from abm.institutions.municipality import Municipalities  # noqa: E402
from abm.network import Network  # noqa: E402
from abm.processes import arrivals, coupling, home_allocation, intake, lessons, placement, reunification, triage  # noqa: E402
from abm.recorder import Recorder  # noqa: E402
from tests.benchmarks import plain_mesa  # noqa: E402
from tests.benchmarks.plain_mesa import PlainIND, PlainModel  # noqa: E402

INSTITUTIONS, ARRIVALS, COMPILED, RECORDER, WEEK = "institutions", "arrivals", "compiled", "recorder", "week"
LINES = "lines that institutions serve"
#: Metrics of which model and twin are compared, as means over the last 13 weeks.
COMPARED = (
    "in_reception",
    "status_holders_in_reception",
    "employed",
    "in_route",
    "motivation_in_reception",
    "motivation_housed",
    "language_in_route",
    "contacts_mean",
)


@dataclass(frozen=True)
class Settings:
    """What is measured."""

    until: str = "2030-12-31"
    scales: tuple[float, ...] = (0.02, 0.1, 0.5, 1.0)
    rounds: int = 5
    twin_scale: float = 0.1
    twin_until: str = "2021-12-31"
    twin_rounds: int = 5
    starts: int = 5
    cold: bool = True
    million: bool = False


QUICK = Settings("2021-02-28", (0.01, 0.02), 1, 0.01, "2021-02-28", 1, 1, cold=False)


@dataclass
class Row:
    """One line of the table: the median of some measurements."""

    name: str
    unit: str
    measured: list[float]
    bar: str = ""

    @property
    def value(self):
        """Median, NaN if nothing was measured."""
        return statistics.median(self.measured) if self.measured else float("nan")

    def cells(self):
        """Give the texts of the line."""
        if not self.measured:
            return self.name, "not measured", self.unit, "", self.bar
        low, high = min(self.measured), max(self.measured)
        spread = f"{number(low)} - {number(high)}" if len(self.measured) > 1 else ""
        return self.name, number(self.value), self.unit, spread, self.bar


@dataclass
class Run:
    """What one run took: processor seconds, also by (kind, part)."""

    seconds: float
    clock: float
    person_weeks: int
    weeks: int
    parts: dict[tuple[str, str], float]
    means: dict[str, float] = field(default_factory=dict)

    def of(self, *kinds):
        """Give the processor seconds of some kinds of parts."""
        return sum(seconds for (kind, _), seconds in self.parts.items() if kind in kinds)

    @property
    def nanoseconds(self):
        """Processor nanoseconds per person-week."""
        return self.seconds / self.person_weeks * 1e9

    def without(self, *kinds):
        """Give the processor nanoseconds per person-week without some kinds of parts."""
        return (self.seconds - self.of(*kinds)) / self.person_weeks * 1e9


def number(value):
    """Write a number with three significant digits, or all digits before the point.

    >>> number(0.01234), number(1234567.0), number(float("nan"))
    ('0.0123', '1,234,567', '-')
    """
    if value != value:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


# Timing the parts of a run --------------------------------------------------------------------------------------------


class Stopwatch:
    """Splits the processor time of a run over the parts that Python calls; inner calls are taken from outer ones.

    >>> watch = Stopwatch()
    >>> inner = watch.timed(("kind", "inner"), lambda: sum(range(100)))
    >>> outer = watch.timed(("kind", "outer"), lambda: inner() + 1)
    >>> outer(), sorted(part for _, part in watch.seconds)
    (4951, ['inner', 'outer'])
    """

    def __init__(self):
        self.seconds = Counter()
        self._running = []
        self._since = 0.0

    def timed(self, part, function):
        """Give the function with its calls timed."""

        def call(*arguments, **named):
            now = time.process_time()
            if self._running:
                self.seconds[self._running[-1]] += now - self._since
            self._running.append(part)
            self._since = now
            try:
                return function(*arguments, **named)
            finally:
                now = time.process_time()
                self.seconds[part] += now - self._since
                self._running.pop()
                self._since = now

        return call

    @contextmanager
    def watching(self, timed):
        """Time some parts of model and twin for a while; kernels must be compiled before (``warm_up``)."""
        places = [(owner, name, part) for owner, name, part in timed if name in vars(owner)]
        originals = [(owner, name, vars(owner)[name]) for owner, name, _ in places]
        try:
            for owner, name, part in places:
                setattr(owner, name, self.timed(part, vars(owner)[name]))
            yield
        finally:
            for owner, name, original in originals:
                setattr(owner, name, original)


def institutions():
    """Give (owner, name, (kind, part)) of what institutions do: their decisions, and the lines that they serve."""
    return [
        (Model, "_institutions_decide", (INSTITUTIONS, "every four weeks")),
        (PlainModel, "institutions_decide", (INSTITUTIONS, "every four weeks")),
        (IND, "decide", (INSTITUTIONS, "ind")),
        (PlainIND, "decide", (INSTITUTIONS, "ind")),
        (COA, "plan", (INSTITUTIONS, "coa")),
        (COA, "after_placement", (INSTITUTIONS, "coa")),
        (Municipalities, "start_half_year", (INSTITUTIONS, "half-year task")),
        (abm.model, "release", (INSTITUTIONS, "corporations")),
        (plain_mesa, "release", (INSTITUTIONS, "corporations")),
        (triage, "assign", (LINES, "tracks of cases")),
        (placement, "occupancy", (LINES, "places in reception")),
        (placement, "place", (LINES, "places in reception")),
        (coupling, "uncouple", (LINES, "coupling to municipalities")),
        (coupling, "couple", (LINES, "coupling to municipalities")),
        (intake, "hold", (LINES, "intakes")),
        (home_allocation, "allocate", (LINES, "homes")),
        (lessons, "waiting_for_childcare", (LINES, "childcare")),
        (lessons, "take_seats", (LINES, "seats in lessons")),
        (abm.model, "match", (LINES, "volunteers")),
    ]


def parts():
    """Give (owner, name, (kind, part)) of everything that is timed apart."""
    found = [one for one in institutions() if one[2][0] == INSTITUTIONS]
    for module_name, module in list(sys.modules.items()):
        if not module_name.startswith("abm."):
            continue
        for name, item in vars(module).items():
            rule = getattr(item, "py_func", None)  # a compiled function, wherever Python may call it from
            if rule is not None and rule.__module__.startswith("abm."):
                process = rule.__module__.rpartition(".")[2]
                found.append(
                    (module, name, (COMPILED, {"metrics": "recorder", "turns": "lists"}.get(process, process)))
                )
    for owner, name, kind, part in (
        (arrivals, "prepare", ARRIVALS, "arrivals"),
        (arrivals, "arrive", ARRIVALS, "arrivals"),
        (reunification, "arrive", ARRIVALS, "reunification"),
        (reunification, "begin_waiting", ARRIVALS, "reunification"),
        (Recorder, "record", RECORDER, "recorder"),
        (Network, "statistics", RECORDER, "network statistics"),
        (Network, "groups", WEEK, "groups of the network"),
        (PlainModel, "step", WEEK, "people, object by object"),
    ):
        found.append((owner, name, (kind, part)))
    taken = {name for owner, name, _ in found if owner is Model}
    for name, item in vars(Model).items():  # the steps of the week: what they do beside the parts above
        step = name == "step" or (
            name.startswith("_") and not name.startswith(("__", "_make_", "_value", "_rates", "_take"))
        )
        if step and name not in taken and isinstance(item, FunctionType):
            found.append((Model, name, (WEEK, name.strip("_"))))
    return found


@cache
def warm_up(kind, scale):
    """Compile or load every kernel for a scale: arrays of some scales differ in what numba calls their type."""
    model = kind(scale=scale, until="2021-03-31")
    for _ in range(2 * abm.model.DECIDE_EVERY + 1):
        model.step()


def run_model(scale, until, parameters=None, timed=institutions):
    """Run the model; give its times. ``timed``: gives the parts that are timed apart."""
    warm_up(Model, scale)
    return _run(Model(scale=scale, until=until, parameters=parameters), _present, timed())


def _present(model):
    return int(model.recorder.tally.people.sum())  # counted at the end of the week


def run_twin(scale, until):
    """Run the plain-Mesa twin; give its times."""
    warm_up(PlainModel, scale)
    twin = PlainModel(scale=scale, until=until)
    run = _run(twin, lambda _: 0, institutions())
    return replace(run, person_weeks=twin.person_weeks)


def _run(model, present, timed):
    gc.collect()
    watch, person_weeks = Stopwatch(), 0
    with watch.watching(timed):
        clock, seconds = time.perf_counter(), time.process_time()
        while model.steps_done < model.n_weeks:
            model.step()
            person_weeks += present(model)
        seconds, clock = time.process_time() - seconds, time.perf_counter() - clock
    weekly = model.weekly() if isinstance(model, PlainModel) else model.results().weekly
    means = {name: float(weekly[name].tail(13).mean()) for name in COMPARED}
    for one in (model, getattr(model, "world", None)):
        getattr(mesa.Agent, "_ids", {}).pop(one, None)  # Mesa 3.3 keeps every model alive otherwise
    return Run(seconds, clock, person_weeks, model.n_weeks, dict(watch.seconds), means)


def many_people():
    """Give the parameters with three times the arrivals, beyond the range of the parameter: about a million people."""
    parameters = load()
    more = replace(parameters["inflow_multiplier"], value=3.0, range=(0.5, 3.0))
    return Parameters({**parameters, "inflow_multiplier": more})


# Starts and memory, in processes of their own -------------------------------------------------------------------------

IMPORT = "import time; begin = time.perf_counter(); from abm import Model; print(time.perf_counter() - begin)"
FIRST_WEEKS = """
import sys, time
from abm import Model
model = Model(scale=float(sys.argv[1]), until=sys.argv[2])
for _ in range(int(sys.argv[3])):
    model.step()
print(time.time())
"""
MEMORY = """
import sys
from pathlib import Path
from abm import Model
results = Model(scale=float(sys.argv[1]), until=sys.argv[2]).run().results()
status = Path("/proc/self/status")
if status.exists():  # on Linux ru_maxrss also counts the process that started this one
    print(int(status.read_text().partition("VmHWM:")[2].split()[0]) * 1024 / 1e9)
else:
    import resource
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e9)
"""


def child(code, *arguments, **environment):
    """Run code in a new Python; give the number it prints last."""
    without = {"PYTHONDONTWRITEBYTECODE", "NUMBA_CACHE_DIR" if environment else ""}
    settings = {name: value for name, value in os.environ.items() if name not in without}
    settings |= {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, env=settings | environment, stdout=subprocess.PIPE, check=True, text=True)
    return float(done.stdout.split()[-1])


def import_seconds():
    """Give the seconds to import the model."""
    return child(IMPORT)


def start_seconds(scale, until, weeks=1, **environment):
    """Give the seconds from starting Python to the end of the first weeks."""
    begin = time.time()
    return child(FIRST_WEEKS, scale, until, weeks, **environment) - begin


def cold_start_seconds():
    """Give the seconds of a first start that compiles everything, into a fresh folder."""
    with tempfile.TemporaryDirectory() as folder:
        return start_seconds(0.01, "2021-03-31", 2 * abm.model.DECIDE_EVERY + 1, WERKSTAND_CACHE=folder)


def peak_memory(scale, until):
    """Give the peak memory of a run with its results in gigabytes, in a process of its own; NaN where unknown."""
    if sys.platform == "win32":
        return float("nan")
    return child(MEMORY, scale, until)


# The whole measurement ------------------------------------------------------------------------------------------------


def measure(settings, say=lambda text: None):
    """Measure everything; give a dictionary with settings, environment, rows, parts and comparison."""
    say("warming up")
    for scale in {*settings.scales, settings.twin_scale}:
        warm_up(Model, scale)
    warm_up(PlainModel, settings.twin_scale)
    runs = {scale: [] for scale in settings.scales}
    split = {scale: run_model(scale, settings.until, timed=parts) for scale in settings.scales}
    twins, models = [], []
    for turn in range(max(settings.rounds, settings.twin_rounds)):
        say(f"round {turn + 1}")
        if turn < settings.rounds:
            for scale in settings.scales:
                runs[scale].append(run_model(scale, settings.until))
        if turn < settings.twin_rounds:
            models.append(run_model(settings.twin_scale, settings.twin_until))
            twins.append(run_twin(settings.twin_scale, settings.twin_until))
    million = []
    if settings.million:
        say("three times the arrivals")
        million = [run_model(max(settings.scales), settings.until, many_people())]
    say("memory and starts")
    memory = {scale: peak_memory(scale, settings.until) for scale in settings.scales[-1:] + settings.scales[1:2]}
    imports = [import_seconds() for _ in range(settings.starts)]
    warm = [start_seconds(settings.scales[0], settings.until) for _ in range(settings.starts)]
    warm_full = [start_seconds(settings.scales[-1], settings.until) for _ in range(settings.starts)]
    say("cold start" if settings.cold else "no cold start")
    cold = [cold_start_seconds()] if settings.cold else []

    rows = []
    for scale in (settings.scales[-1], *settings.scales[1:-1][:1]):
        national = scale == settings.scales[-1]
        rows += run_rows(f"scale {scale:g} to {settings.until}", runs[scale], split[scale], national)
        bar = "< 1.5" if national else ""
        rows.append(Row(f"scale {scale:g} to {settings.until}: peak memory with results", "GB", [memory[scale]], bar))
    rows += linear_rows(settings, runs, split, million)
    rows += twin_rows(settings, models, twins, runs[settings.scales[-1]], split[settings.scales[-1]])
    rows += [
        Row("import of the model", "s", imports),
        Row(f"start to end of first week, kernels cached, scale {settings.scales[0]:g}", "s", warm, "< 3"),
        Row(f"start to end of first week, kernels cached, scale {settings.scales[-1]:g}", "s", warm_full, "< 3"),
        Row("first start, compiling everything (nine weeks, scale 0.01)", "s", cold, "< 120"),
    ]
    return {
        "settings": asdict(settings),
        "environment": environment(),
        "rows": rows,
        "parts": shares(split[settings.scales[-1]]),
        "compared": {name: {"model": models[0].means[name], "twin": twins[0].means[name]} for name in COMPARED},
    }


def run_rows(name, runs, split, national):
    """Give the lines of one variant of the model."""
    most = f"<= {60e-9 * runs[0].person_weeks + 2:.3g}" if national else ""
    return [
        Row(f"{name}: run (bar: 60 ns a person-week and 2 s)", "s", [run.seconds for run in runs], most),
        Row(f"{name}: run, on the clock", "s", [run.clock for run in runs]),
        Row(f"{name}: person-weeks", "million", [run.person_weeks / 1e6 for run in runs]),
        Row(f"{name}: per person-week", "ns", [run.nanoseconds for run in runs]),
        Row(f"{name}: decisions of institutions", "s", [run.of(INSTITUTIONS) for run in runs]),
        Row(f"{name}: per person-week without these", "ns", [run.without(INSTITUTIONS) for run in runs]),
        Row(
            f"{name}: institutions, decisions and the lines they serve",
            "s",
            [run.of(INSTITUTIONS, LINES) for run in runs],
            "<= 2" if national else "",
        ),
        Row(
            f"{name}: per person-week without institutions",
            "ns",
            [run.without(INSTITUTIONS, LINES) for run in runs],
            "<= 60, aim 30" if national else "",
        ),
        Row(f"{name}: compiled processes, lines included", "s", [split.of(COMPILED)]),
    ]


def linear_rows(settings, runs, split, million):
    """Give the lines on cost by number of people."""
    variants = [(f"scale {scale:g}", runs[scale], [split[scale]]) for scale in settings.scales]
    if million:
        variants.append((f"scale {settings.scales[-1]:g}, three times the arrivals", million, []))
    rows = []
    for name, those, apart in variants:
        people = those[0].person_weeks / those[0].weeks
        label = f"{name} ({number(people)} people on average)"
        rows.append(Row(f"{label}: all", "ns/person-week", [run.nanoseconds for run in those]))
        per_week = [run.of(COMPILED) / run.person_weeks * 1e9 for run in apart]
        rows += [Row(f"{label}: compiled processes", "ns/person-week", per_week)] if apart else []
    first, last = runs[settings.scales[0]], runs[settings.scales[-1]]
    marginal = [
        (b.seconds - a.seconds) / (b.person_weeks - a.person_weeks) * 1e9 for a, b in zip(first, last, strict=True)
    ]
    label = f"one person-week more, from scale {settings.scales[0]:g} to {settings.scales[-1]:g}"
    return [*rows, Row(label, "ns", marginal)]


def twin_rows(settings, models, twins, national, split):
    """Give the lines that compare with the plain-Mesa twin."""
    name = f"scale {settings.twin_scale:g} to {settings.twin_until}"
    both = list(zip(models, twins, strict=True))
    per_twin = statistics.median(twin.nanoseconds for twin in twins)
    per_twin_people = statistics.median(twin.without(INSTITUTIONS) for twin in twins)
    return [
        Row(f"plain Mesa, {name}: run", "s", [twin.seconds for twin in twins]),
        Row(f"plain Mesa, {name}: per person-week", "ns", [twin.nanoseconds for twin in twins]),
        Row(
            f"plain Mesa, {name}: per person-week without decisions of institutions",
            "ns",
            [twin.without(INSTITUTIONS) for twin in twins],
        ),
        Row(f"model, {name}: run", "s", [model.seconds for model in models]),
        Row(f"model, {name}: per person-week", "ns", [model.nanoseconds for model in models]),
        Row(
            f"ratio, {name}, whole run",
            "x",
            [(twin.nanoseconds / model.nanoseconds) for model, twin in both],
        ),
        Row(
            f"ratio, {name}, without decisions of institutions (the same Python in both)",
            "x",
            [twin.without(INSTITUTIONS) / model.without(INSTITUTIONS) for model, twin in both],
        ),
        Row(
            f"ratio per person-week: plain Mesa ({name}) to the run at scale {settings.scales[-1]:g}, whole runs",
            "x",
            [per_twin / run.nanoseconds for run in national],
            ">= 150",
        ),
        Row(
            "the same without decisions of institutions",
            "x",
            [per_twin_people / run.without(INSTITUTIONS) for run in national],
        ),
        Row(
            "the same against compiled processes alone",
            "x",
            [per_twin_people * split.person_weeks / split.of(COMPILED) / 1e9],
        ),
    ]


def shares(run):
    """Give the parts of a run: kind, part, processor seconds and share, largest first."""
    total = sum(run.parts.values())
    rows = [
        {"kind": kind, "part": part, "seconds": value, "share": value / total}
        for (kind, part), value in run.parts.items()
    ]
    return sorted(rows, key=lambda row: -row["seconds"])


def environment():
    """Say on what was measured."""
    try:
        load_average = list(os.getloadavg())
    except OSError:
        load_average = []
    return {
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
        "mesa": mesa.__version__,
        "system": f"{platform.system()} {platform.machine()}",
        "processor": get_host_cpu_name(),
        "cores": os.cpu_count(),
        "load_average_at_end": load_average,
    }


# Writing it down ------------------------------------------------------------------------------------------------------


def aligned(lines):
    """Give lines of cells as text; the second column is aligned to the right."""
    widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
    text = []
    for line in lines:
        cells = [
            cell.rjust(width) if k == 1 else cell.ljust(width)
            for k, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        text.append("  ".join(cells).rstrip())
    return text


def table(measured):
    """Give the table as text."""
    where = measured["environment"]
    lines = [
        ", ".join(f"{name} {where[name]}" for name in ("python", "numpy", "numba", "mesa", "processor", "cores")),
        "",
        *aligned([("what", "median", "unit", "range", "bar"), *(row.cells() for row in measured["rows"])]),
        "",
        "Where the time of the largest run goes",
    ]
    shown = [("part", "share", "kind", "seconds")]
    for row in measured["parts"]:
        if row["share"] >= 0.005:
            shown.append((row["part"], f"{row['share']:.1%}", row["kind"], number(row["seconds"])))
    rest = sum(row["share"] for row in measured["parts"] if row["share"] < 0.005)
    shown.append(("parts below 0.5%", f"{rest:.1%}", "", ""))
    lines += [*aligned(shown), "", "Model and twin, means of the last 13 weeks of the first round (real persons)"]
    compared = [("metric", "model", "twin", "twin / model")]
    for name, both in measured["compared"].items():
        ratio = both["twin"] / both["model"] if both["model"] else float("nan")
        compared.append((name, number(both["model"]), number(both["twin"]), f"{ratio:.2f}"))
    return "\n".join([*lines, *aligned(compared)])


def as_json(measured):
    """Give the measurement as JSON text; unknown is null."""

    def plain(item):
        if isinstance(item, dict):
            return {name: plain(value) for name, value in item.items()}
        if isinstance(item, list | tuple):
            return [plain(value) for value in item]
        return None if isinstance(item, float) and item != item else item

    rows = [{**asdict(row), "median": row.value} for row in measured["rows"]]
    return json.dumps(plain({**measured, "rows": rows}), indent=1) + "\n"


def main(arguments=None):
    """Measure, print the table and perhaps write JSON."""
    parser = argparse.ArgumentParser(prog="speed", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="tiny runs, one round, no cold start")
    parser.add_argument("--rounds", type=int, help="rounds of every variant")
    parser.add_argument("--twin-scale", type=float, help="scale of the plain-Mesa twin")
    parser.add_argument("--twin-rounds", type=int, help="rounds of the twin")
    parser.add_argument("--million", action="store_true", help="also run with three times the arrivals, once")
    parser.add_argument("--out", type=Path, help="file to write all measurements to, as JSON")
    chosen = parser.parse_args(arguments)
    settings = QUICK if chosen.quick else Settings()
    if chosen.rounds:
        settings = replace(settings, rounds=chosen.rounds, twin_rounds=chosen.rounds, starts=chosen.rounds)
    if chosen.twin_rounds:
        settings = replace(settings, twin_rounds=chosen.twin_rounds)
    if chosen.twin_scale:
        settings = replace(settings, twin_scale=chosen.twin_scale)
    settings = replace(settings, million=chosen.million)
    measured = measure(settings, say=lambda text: print(text, file=sys.stderr, flush=True))
    print(table(measured))
    if chosen.out:
        chosen.out.write_text(as_json(measured), encoding="utf-8")


if __name__ == "__main__":
    main()
