"""The 35 labour-market regions as tiles of one size, where each region stands about where it lies."""

from functools import cache
from pathlib import Path

import matplotlib.colors as mcolors
import numpy as np
import pandas as pd
import yaml
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from analysis import theme

LEVELS = mcolors.LinearSegmentedColormap.from_list("levels", ["#f2f6f9", "#9dc3dc", "#0b4f7d", "#06283f"])
DIFFERENCES = mcolors.LinearSegmentedColormap.from_list(
    "differences", ["#8a3806", "#f3c091", "#fafafa", "#9dc3dc", "#08406a"]
)

_LINES = {
    "Zuid-Kennemerland en IJmond": "Zuid-Kenne-\nmerland en\nIJmond",
    "Zaanstreek/Waterland": "Zaanstreek/\nWaterland",
    "Veluwe Stedendriehoek": "Veluwe Ste-\ndendriehoek",
    "Zuid-Holland Centraal": "Zuid-Holland\nCentraal",
    "Noord-Holland Noord": "Noord-\nHolland\nNoord",
    "Gooi en Vechtstreek": "Gooi en\nVechtstreek",
    "Noordoost-Brabant": "Noordoost-\nBrabant",
    "Zuidoost-Brabant": "Zuidoost-\nBrabant",
    "Midden-Gelderland": "Midden-\nGelderland",
    "Rijk van Nijmegen": "Rijk van\nNijmegen",
    "Helmond-De Peel": "Helmond-\nDe Peel",
    "Holland Rijnland": "Holland\nRijnland",
    "Groot Amsterdam": "Groot\nAmsterdam",
    "Midden-Brabant": "Midden-\nBrabant",
    "Midden-Limburg": "Midden-\nLimburg",
    "Midden-Holland": "Midden-\nHolland",
    "Midden-Utrecht": "Midden-\nUtrecht",
    "Noord-Limburg": "Noord-\nLimburg",
    "Regio Zwolle": "Regio\nZwolle",
    "West-Brabant": "West-\nBrabant",
    "Zuid-Limburg": "Zuid-\nLimburg",
}


@cache
def layout() -> dict[str, tuple[int, int]]:
    """Give the row and column of the tile of each region, from `labour_market_regions.yaml`."""
    path = Path(__file__).with_name("labour_market_regions.yaml")
    tiles = yaml.safe_load(path.read_text(encoding="utf-8"))["tiles"]
    return {name: (int(row), int(column)) for name, (row, column) in tiles.items()}


#: Said where the tiles have an interval.
INTERVAL = "Below each number: 95 percent interval of the mean over runs. "


@theme.styled
def draw(values: pd.DataFrame, *, title: str, unit: str, differences: bool = False, caption: str = "") -> Figure:
    """Draw a tile for each region, dark where the value is high, with the value written in it.

    values: region, value and, where known, low and high (`frames.by_region`). With `differences` the colours run both
    ways from zero and a tile whose interval holds zero is hatched. A region without a value is white. Raises
    ValueError for a region that is not on the map.
    """
    unknown = set(values["region"]) - set(layout())
    if unknown:
        raise ValueError(f"no tile for the region '{min(unknown)}'")
    figure, axes = theme.canvas(1, 1, theme.PAGE, 172)
    axis = axes[0, 0]
    axis.set_axis_off()
    axis.set_aspect("equal")
    known = values.set_index("region")
    norm = _norm(known["value"], differences)
    rows: dict[str, pd.Series] = {str(region): row for region, row in known.iterrows()}
    for region, (row, column) in layout().items():
        _tile(axis, region, row, column, rows.get(region), norm, differences)
    _scale(axis, norm, unit, differences)
    axis.set_xlim(-0.1, 7.1)
    axis.set_ylim(9.05, -0.05)
    text = (
        (INTERVAL if "low" in known and known["low"].notna().any() else "")
        + "One tile for each region, about where it lies; size says nothing. Regions of the model differ by "
        "population, homes, reception, vacancies and drawn effort. The effort of a real region is not known, so "
        "nothing may be concluded about a single one; what can be read is how large differences become."
    )
    return theme.finish(figure, title, f"{caption}\n{text}" if caption else text)


def _norm(values: pd.Series, differences: bool) -> mcolors.Normalize:
    if differences:
        reach = float(values.abs().max()) or 1.0
        return mcolors.Normalize(-reach, reach)
    low, high = float(values.min()), float(values.max())
    return mcolors.Normalize(low - 0.25 * (high - low), high if high > low else low + 1.0)


def _tile(
    axis: Axes,
    region: str,
    row: int,
    column: int,
    held: pd.Series | None,
    norm: mcolors.Normalize,
    differences: bool,
) -> None:
    known = held is not None and not np.isnan(held["value"])
    shade = (
        (DIFFERENCES if differences else LEVELS)(norm(held["value"])) if known and held is not None else (1, 1, 1, 1)
    )
    box = FancyBboxPatch(
        (column + 0.05, row + 0.05),
        0.9,
        0.9,
        boxstyle="round,pad=0,rounding_size=0.06",
        facecolor=shade,
        edgecolor="#9aa4ae",
        linewidth=0.5,
    )
    if known and held is not None and differences and not (held.get("low", np.nan) > 0 or held.get("high", np.nan) < 0):
        box.set_hatch("////")
        box.set_edgecolor("#c3cad1")
    axis.add_patch(box)
    ink = theme.ink_on(shade)
    number = "unknown" if not known or held is None else (theme.signed if differences else theme.number)(held["value"])
    axis.text(
        column + 0.5,
        row + 0.3,
        _LINES.get(region, region),
        ha="center",
        va="center",
        fontsize=5.6,
        color=ink,
        linespacing=1.0,
    )
    axis.text(column + 0.5, row + 0.64, number, ha="center", va="center", fontsize=7.5, fontweight="bold", color=ink)
    if known and held is not None and not np.isnan(held.get("low", np.nan)):
        form = theme.signed if differences else theme.number
        interval = f"{form(held['low'])} to {form(held['high'])}"
        axis.text(column + 0.5, row + 0.83, interval, ha="center", va="center", fontsize=5.5, color=ink)


def _scale(axis: Axes, norm: mcolors.Normalize, unit: str, differences: bool) -> None:
    """Draw the scale in the sea, upper left."""
    steps = np.linspace(float(norm.vmin or 0), float(norm.vmax or 1), 6)[0 if differences else 1 :]
    axis.text(0.05, 0.28, unit, fontsize=6.5, fontweight="bold", va="center")
    shades = DIFFERENCES if differences else LEVELS
    for place, value in enumerate(steps):
        left = 0.05 + 0.42 * place
        axis.add_patch(
            FancyBboxPatch(
                (left, 0.42),
                0.36,
                0.2,
                boxstyle="square,pad=0",
                facecolor=shades(norm(value)),
                edgecolor="#9aa4ae",
                linewidth=0.4,
            )
        )
        axis.text(left + 0.18, 0.74, (theme.signed if differences else theme.number)(value), ha="center", fontsize=5.6)
