"""The acceptance bands of the patterns as numbers: the `acceptance` column of patterns.csv, copied.

A pattern that is judged on more than one number has one band for each, with the part's name; it passes when
every part lies within its band. Values are in the unit of the band: percent, weeks, persons, a ratio.
`None` means that this side is open. A test holds every number here against the text.
"""

from typing import NamedTuple


class Band(NamedTuple):
    """What a value may be, in `unit`; `part` names the number when a pattern has several."""

    low: float | None
    high: float | None
    unit: str
    part: str = ""

    def holds(self, value: float) -> bool:
        """Say whether a value lies in the band, its ends included; NaN does not."""
        above = self.low is None or value >= self.low
        below = self.high is None or value <= self.high
        return value == value and above and below

    def __str__(self) -> str:
        if self.low is None and self.high is None:
            return "no band"
        if self.low is None:
            return f"below {self.high:g}"
        if self.high is None:
            return f"above {self.low:g}"
        return f"{self.low:,g} to {self.high:,g}"


BANDS: dict[str, tuple[Band, ...]] = {
    "P01": (Band(30, 42, "weeks"),),
    "P02": (Band(65, 90, "%"),),
    "P03": (Band(15_000, 21_000, "persons"),),
    "P04": (Band(10_000, 14_000, "persons"),),
    "P05": (Band(25_000, 31_000, "persons a year"),),
    "P06": (Band(0.9, 1.1, "ratio"),),
    "P07": (Band(44, 62, "weeks", "mean"), Band(90, 170, "weeks", "95th percentile")),
    "P08": (Band(45, 63, "%"),),
    "P09": (Band(1, 8, "%"),),
    "P11": (Band(64, 74, "%"),),
    "P12": (Band(86, 94, "%"),),
    "P13": (Band(-15, -3, "points a year"),),
    "P14": (Band(40, 80, "%"),),
    "P15": (Band(20, 50, "weeks"),),
    "P16": (Band(60, 74, "%", "B1"), Band(8, 16, "%", "education"), Band(18, 33, "%", "Z")),
    "P17": (Band(25, 60, "%"),),
    "P19": (Band(53, 68, "%"),),
    "P20": (Band(9, 17, "%"),),
    "P21": (Band(22, 36, "%"),),
    "P24": (Band(84, 95, "%", "after 2 years"), Band(38, 54, "%", "after 5 years")),
    "P25": (Band(24, 36, "%"),),
    "P26": (Band(19, 31, "%"),),
    "P27": (Band(65, 80, "%", "completers"), Band(30, None, "points", "above P25")),
    "P31": (Band(2, 8, "%"),),
    "P32": (Band(-7, -2, "points", "own wait"), Band(None, None, "points", "everyone held")),
    "P33": (Band(-45, -20, "%", "men, 3 or more moves"), Band(-45, -20, "%", "women, 2 moves")),
    "P34": (Band(1.1, 1.4, "ratio", "13-24 months"), Band(1.25, 1.75, "ratio", "25-71 months")),
    "P35": (Band(34, 46, "%"),),
    "P36": (Band(None, None, "euros a day"),),
    "P37": (Band(28, 44, "%"),),
    "P38": (Band(6, 9, "%", "all"), Band(None, None, "%", "new")),
    "P40": (Band(35, 60, "%"),),
    "P41": (Band(42_000, 57_000, "cases"),),
    "P42": (Band(56, 65, "%"),),
    "P43": (Band(50_000, 80_000, "persons"),),
    "P44": (Band(1.3, 1.8, "ratio"),),
    # the text of the next one is "sign + fade": more work early, less of a lead later, fewer class hours
    "P45": (
        Band(0, None, "points", "work, first year"),
        Band(None, 0, "points", "lead in year 3 less that in year 1"),
        Band(None, 0, "hours", "class hours"),
    ),
    "P46": (Band(5, 12, "% per 100 hours"),),
    "P47": (Band(-90, -30, "hours"),),
    "P48": (Band(8, None, "points", "men minus women"), Band(0, None, "points", "wider with young children")),
    # the texts of the last two are "monotone" and "detectable": signs of differences
    "P49": (
        Band(0, None, "persons", "task off"),
        Band(0, None, "persons", "no priority"),
        Band(None, 0, "persons", "start homes, with the task off"),
    ),
    "P50": (Band(0, None, "moves", "moves of starters"), Band(None, 0, "points", "completion")),
}
