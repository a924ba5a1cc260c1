"""How every figure looks: widths of a report's columns, type, colours that survive grey, and how it is saved.

Colours differ in lightness as well as in hue, and no figure tells two things apart by colour alone: lines
differ in dashes, areas in hatching, observations are markers. Lines and areas carry their names beside
them, so a reader need not match a legend.
"""

import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

import matplotlib as mpl

mpl.use("Agg")  # figures are files; no window system is needed

import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

if TYPE_CHECKING:
    from analysis.provenance import Provenance

MM = 1 / 25.4  # inches
COLUMN = 85 * MM
PAGE = 175 * MM

INK = "#20262e"  # text, axes
FAINT = "#6b7480"  # captions, remarks
SHADE = "#eceff2"  # weeks that are not compared
SIMULATED = "#0b4f7d"
OBSERVED = "#c8500a"
TARGET = "#f2b36b"

#: Ordered lines, dark to light; the dashes tell them apart in grey.
ORDERED = ("#08304f", "#1f6091", "#3f8fbf", "#7fb3d3", "#a9a9a9", "#c8500a")
DASHES: tuple[str | tuple[int, tuple[int, ...]], ...] = (
    "solid",
    (0, (6, 2)),
    (0, (2, 1)),
    (0, (6, 2, 1, 2)),
    (0, (1, 1)),
    (0, (10, 3)),
)

#: For, against, and not told apart from nothing: dark, dark and pale, told apart in grey by shape and filling.
MORE = "#0b4f7d"
LESS = "#a6470a"
UNSURE = "#8b939c"

FIRST_DAY = date(2021, 1, 1)
SETTLED = date(2022, 1, 1)  # the first simulated year is left to settle
LAST_OBSERVED = date(2025, 12, 31)

_SETTINGS: dict[Any, Any] = {
    "figure.dpi": 100,
    "savefig.dpi": 200,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib, so a figure is the same everywhere
    "font.size": 7,
    "axes.titlesize": 7.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 5,
    "axes.labelsize": 7,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.linewidth": 0.6,
    "text.color": INK,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "lines.linewidth": 1.3,
    "hatch.linewidth": 0.5,
    "patch.linewidth": 0.5,
    "grid.linewidth": 0.4,
    "grid.color": "#dfe3e7",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,  # letters stay letters, so text can be searched and edited
    "svg.hashsalt": "werkstand",  # the same figure is the same file
}


Arguments = ParamSpec("Arguments")

_BARE: ContextVar[bool] = ContextVar("bare", default=False)


@contextmanager
def bare() -> Iterator[None]:
    """Draw without title and caption inside this block, for a text that sets its own; `remark` gives the caption."""
    token = _BARE.set(True)
    try:
        yield
    finally:
        _BARE.reset(token)


def agents(scale: float) -> str:
    """Say how many persons an agent stands for.

    >>> agents(1.0), agents(0.02)
    ('one agent a person', 'one agent for 50 persons')
    """
    return "one agent a person" if scale == 1 else f"one agent for {1 / scale:g} persons"


def remark(figure: Figure) -> str:
    """Give the caption of a figure, whether or not it was drawn, as one paragraph."""
    return " ".join(str(figure.get_label()).split())


def styled(draw: Callable[Arguments, Figure]) -> Callable[Arguments, Figure]:
    """Let a function draw in the house style, whatever the settings of matplotlib are."""

    @wraps(draw)
    def in_style(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Figure:
        with sns.axes_style("ticks"), plt.rc_context(_SETTINGS):
            return draw(*args, **kwargs)

    return in_style


def canvas(rows: int, columns: int, width: float, height_mm: float) -> tuple[Figure, np.ndarray]:
    """Give a figure and its axes, shape (rows, columns); call it inside a function that is `styled`."""
    figure, axes = plt.subplots(rows, columns, figsize=(width, height_mm * MM), squeeze=False)
    sns.despine(fig=figure)
    for axis in axes.flat:
        axis.grid(axis="y")
        axis.set_axisbelow(True)
    return figure, axes


def finish(figure: Figure, title: str, caption: str, *, top_mm: float = 7.5) -> Figure:
    """Put the title above and the caption, broken into lines, below the panels, which fill what is left.

    A `bare` figure has neither and is lower by as much.
    """
    width, height = figure.get_size_inches()
    figure.set_label(caption)
    size, line = 5.6, 2.75  # points, mm
    letters = int((width - 5 * MM) * 72 / (0.535 * size))
    lines = [part for paragraph in caption.splitlines() for part in textwrap.wrap(paragraph, letters)]
    bottom = (len(lines) * line + 3) * MM / height
    left = 2 * MM / width
    if _BARE.get():
        figure.set_size_inches(width, height * (1 - bottom) - (top_mm - 1) * MM)
        figure.tight_layout(rect=(0, 0, 1, 1), w_pad=1.6, h_pad=1.4)
        plt.close(figure)
        FigureCanvasAgg(figure)
        return figure
    figure.text(left, 1 - 1.5 * MM / height, title, fontsize=9, fontweight="bold", va="top", ha="left")
    for number_of_line, text in enumerate(reversed(lines)):
        above = (1.3 + number_of_line * line) * MM / height
        figure.text(left, above, text, fontsize=size, va="bottom", ha="left", color=FAINT)
    figure.tight_layout(rect=(0, bottom, 1, 1 - top_mm * MM / height), w_pad=1.6, h_pad=1.4)
    plt.close(figure)  # out of pyplot's list, which takes its canvas
    FigureCanvasAgg(figure)
    return figure


def years(axis: Axes, first: date, last: date, *, short: bool = False) -> None:
    """Put a tick at each 1 January and the year between two ticks (its last two digits when ``short``)."""
    axis.set_xlim(mdates.date2num(first), mdates.date2num(last))
    axis.xaxis.set_major_locator(mdates.YearLocator())
    axis.xaxis.set_major_formatter(NullFormatter())
    axis.xaxis.set_minor_locator(mdates.MonthLocator(bymonth=7))
    axis.xaxis.set_minor_formatter(mdates.DateFormatter("'%y" if short else "%Y"))
    axis.tick_params(axis="x", which="minor", length=0, labelsize=6 if short else 6.2)
    axis.set_xlabel("year")


def thousands(axis: Axes, unit: str) -> None:
    """Show the y axis from zero in thousands of a unit."""
    axis.set_ylim(bottom=0)
    axis.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 1000:g}"))
    axis.set_ylabel(f"thousand {unit}")


def not_compared(axis: Axes, first: date, last: date, *, say: bool = True) -> None:
    """Shade the first simulated year and the projection, and name them at the top of the panel."""
    start, end = mdates.date2num(first), mdates.date2num(last)
    settled, observed = mdates.date2num(SETTLED), mdates.date2num(LAST_OBSERVED)
    if start < settled:
        axis.axvspan(start, min(settled, end), facecolor=SHADE, edgecolor="none", zorder=0)
    if end > observed:
        axis.axvspan(observed, end, facecolor=SHADE, edgecolor="none", zorder=0)
        axis.axvline(observed, color=FAINT, linewidth=0.6, linestyle=(0, (3, 2)), zorder=1)
    if not say:
        return
    blend = axis.get_xaxis_transform()
    if start < settled:
        axis.text(start + 25, 0.985, "settling", transform=blend, fontsize=5.6, color=FAINT, va="top")
    if end > observed + 300:
        axis.text(observed + 30, 0.985, "projection", transform=blend, fontsize=5.6, color=FAINT, va="top")


def spread(positions: Sequence[float], gap: float) -> list[float]:
    """Move labels apart until neighbours are at least ``gap`` from each other, as little as possible.

    >>> spread([0.0, 0.1, 5.0], 1.0)
    [-0.45, 0.55, 5.0]
    """
    order = np.argsort(positions, kind="stable")
    groups: list[list[float]] = []  # wanted positions that have been pushed together
    centres: list[float] = []

    def reach(index: int) -> float:
        return (len(groups[index]) - 1) * gap / 2

    for position in np.asarray(positions, float)[order]:
        groups.append([float(position)])
        centres.append(float(position))
        while len(groups) > 1 and centres[-1] - reach(-1) - (centres[-2] + reach(-2)) < gap:
            merged = groups.pop()
            groups[-1] += merged
            centres.pop()
            centres[-1] = float(np.mean(groups[-1]))
    placed = [
        round(centre + (rank - (len(group) - 1) / 2) * gap, 10)
        for group, centre in zip(groups, centres, strict=True)
        for rank in range(len(group))
    ]
    result = np.empty(len(placed))
    result[order] = placed
    return [float(value) for value in result]


def key(axis: Axes, names: Sequence[str], *, corner: str = "lower right") -> None:
    """Name ordered lines (`ORDERED`, `DASHES`) by a short sample of each in a corner of a panel."""
    left, right = (0.03, 0.13) if "left" in corner else (0.62, 0.72)
    tall = axis.get_window_extent().height / axis.figure.dpi * 25.4  # mm of a panel
    step = max(0.062, 2.35 / tall)
    for rank, name in enumerate(names):
        height = 0.06 + step * (len(names) - 1 - rank) if "lower" in corner else 0.94 - step * rank
        style: dict[str, Any] = {"color": ORDERED[rank], "linestyle": DASHES[rank], "linewidth": 1.2}
        axis.plot([left, right], [height, height], transform=axis.transAxes, zorder=6, **style)
        axis.text(right + 0.02, height, name, transform=axis.transAxes, fontsize=5.8, va="center", zorder=6)


def ink_on(shade: Any) -> str:
    """Give the colour of letters, white or ink, that contrasts more with a ground (relative luminance of WCAG 2).

    >>> ink_on("#0b4f7d"), ink_on("#9dc3dc")
    ('white', '#20262e')
    """
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in mpl.colors.to_rgb(shade)
    )
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "white" if 1.05 / (light + 0.05) > (light + 0.05) / 0.07 else INK


def number(value: float) -> str:
    """Give a number as a reader wants it: three figures at most, thousands apart, a true minus sign.

    >>> number(-0.01234), number(12345.6), number(3.0)
    ('\u22120.0123', '12,346', '3')
    """
    if value != value:
        return "unknown"
    shown = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return ("0" if shown == "-0" else shown).replace("-", "\u2212")


def signed(value: float) -> str:
    """Give a difference with its sign.

    >>> signed(1200.0), signed(-0.5)
    ('+1,200', '\u22120.5')
    """
    text = number(value)
    return f"+{text}" if value > 0 else text


def on_scale(value: float, reach: float, figures: int = 3, *, short: bool = True) -> str:
    """Give a difference rounded as the largest one, `reach`, is at this number of figures; `short` writes 1k for 1,000.

    >>> on_scale(-24176.0, 24176.0), on_scale(0.00002, 0.379), on_scale(-707.0, 24176.0, figures=2)
    ('\u221224.2k', '0', '\u22121k')
    >>> on_scale(-24176.0, 24176.0, short=False)
    '\u221224,200'
    """
    if value != value:
        return "unknown"
    size = np.floor(np.log10(reach)) if reach > 0 else 0.0
    thousands = short and size >= 3
    rounded = round(value, int(np.clip(figures - 1 - size, -12, 6)))
    decimals = int(np.clip(figures - 1 - size + 3 * thousands, 0, 6))
    shown = f"{rounded / (1000 if thousands else 1):+,.{decimals}f}"
    if not any(letter in "123456789" for letter in shown):
        return "0"
    return shown.replace("-", "\u2212") + ("k" if thousands else "")


def rounded(value: float, figures: int = 3) -> str:
    """Give a number for a sentence: so many figures and no more, in full.

    >>> rounded(24176.0), rounded(-0.40432), rounded(1208.0)
    ('24,200', '\u22120.404', '1,210')
    """
    if value != value or value == 0:
        return number(value)
    return number(round(value, int(figures - 1 - np.floor(np.log10(abs(value))))))


def save(
    figure: Figure,
    folder: Path,
    name: str,
    *,
    provenance: "Provenance | None" = None,
    formats: Sequence[str] = ("png", "svg"),
    outlines: bool = False,
) -> list[Path]:
    """Write a figure in each of the formats png (200 dots an inch), svg and pdf; give the paths.

    `provenance` is what it was made of; the files carry it inside. With `outlines` the letters of an SVG are drawn, so
    that it looks the same where the font is missing; otherwise they stay text.
    """
    from analysis.provenance import metadata

    paths = [folder / f"{name}.{kind}" for kind in formats]
    with plt.rc_context(_SETTINGS | ({"svg.fonttype": "path"} if outlines else {})):
        for path in paths:
            figure.savefig(path, dpi=200, metadata=metadata(path.suffix, provenance), facecolor="white")
    return paths
