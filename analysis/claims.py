"""Claims: sentences about results, each checked against the runs and marked true, false or undecided.

    claims:
      - says: "The plan lowers the number of people in reception by {effect} ({low} to {high})."
        policy: vng alternatief
        outcome: People in reception
        at_most: -10000
      - says: "The savings scheme raises work in reception by at least {at_least} points in {share} percent of futures."
        policy: savings_scheme
        outcome: work_in_reception
        at_least: 2
        in_share_of_futures: 0.9

A claim is about an effect (policy minus baseline, pairs of runs with the same luck) or, with `about: baseline` or
`about: policy`, about a level. It holds when the number is `at_least` and `at_most` what is stated.

Without `in_share_of_futures` the mean over pairs decides: true when its 95 percent interval lies within the bounds,
false when it lies outside, else undecided. One pair has no interval and decides nothing.

With it, each future is judged by its own mean over pairs, and the interval of the share of futures (Clopper and
Pearson 1934, Biometrika 26(4)) decides. Where futures have two or more pairs, a future whose own interval crosses a
bound counts as met for the upper end and as not met for the lower end, so chance within futures is not mistaken for a
difference between them.

Numbers in a sentence come from the runs through the names in braces: effect, low, high, level, at_least, at_most,
share, pairs, futures. A number typed into a sentence is refused unless it is one of the claim's own bounds.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from scipy import stats

from abm.parameters import closest
from analysis import theme
from analysis.effects import BASELINE, EVERYONE, over_futures
from experiments.interval import interval

KEYS = ("says", "policy", "outcome", "group", "about", "at_least", "at_most", "in_share_of_futures")
ABOUT = ("effect", "baseline", "policy")
NAMES = ("effect", "low", "high", "level", "at_least", "at_most", "share", "pairs", "futures")
LEVEL = 0.95


class ClaimError(ValueError):
    """A claim cannot be read or is about something that was not run; the message is one line."""


@dataclass(frozen=True)
class Claim:
    """One claim, as it is written."""

    says: str
    policy: str
    outcome: str
    group: str = EVERYONE
    about: str = "effect"
    at_least: float = -math.inf
    at_most: float = math.inf
    in_share_of_futures: float | None = None


@dataclass(frozen=True)
class Verdict:
    """What became of a claim: the sentence with its numbers, the verdict, and why."""

    says: str
    verdict: str
    why: str
    claim: Claim


def read(path: str | Path) -> list[Claim]:
    """Read a file of claims; raises `ClaimError`."""
    path = Path(path)
    if not path.is_file():
        raise ClaimError(f"{path}: there is no such file")
    try:
        held = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        raise ClaimError(f"{path.name}: is not YAML{'' if line is None else f' (line {line + 1})'}") from error
    except UnicodeDecodeError:
        raise ClaimError(f"{path.name}: cannot be read (it is not text)") from None
    stated = held.get("claims") if isinstance(held, Mapping) else None
    if not isinstance(stated, list) or not stated:
        raise ClaimError(f"{path.name}: write the claims as a list under the key 'claims'")
    return [_claim(entry, f"{path.name}: claim {number}") for number, entry in enumerate(stated, 1)]


def _claim(entry: Any, where: str) -> Claim:
    if not isinstance(entry, Mapping):
        raise ClaimError(f"{where}: is not a mapping with the keys says, policy, outcome, ...")
    for key in entry:
        if key not in KEYS:
            raise ClaimError(f"{where}: unknown key '{key}'.{closest(key, KEYS)}")
    for key in ("says", "outcome"):
        if not isinstance(entry.get(key), str):
            raise ClaimError(f"{where}: '{key}' is missing")
    about = entry.get("about", "effect")
    if about not in ABOUT:
        raise ClaimError(f"{where}: about: there is no '{about}'.{closest(about, ABOUT)}")
    if about != "baseline" and not isinstance(entry.get("policy"), str):
        raise ClaimError(f"{where}: 'policy' is missing")
    bounds = {key: _number(entry[key], f"{where}: {key}") for key in ("at_least", "at_most") if key in entry}
    if not bounds:
        raise ClaimError(f"{where}: say what has to hold with at_least or at_most")
    if bounds.get("at_least", -math.inf) > bounds.get("at_most", math.inf):
        raise ClaimError(f"{where}: at_least lies above at_most")
    share = entry.get("in_share_of_futures")
    if share is not None and not 0 < _number(share, f"{where}: in_share_of_futures") < 1:
        raise ClaimError(f"{where}: in_share_of_futures: {share} does not lie between 0 and 1")
    claim = Claim(
        entry["says"],
        str(entry.get("policy", BASELINE)),
        entry["outcome"],
        str(entry.get("group", EVERYONE)),
        about,
        in_share_of_futures=None if share is None else float(share),
        **bounds,
    )
    _check_sentence(claim, where)
    return claim


def _check_sentence(claim: Claim, where: str) -> None:
    for name in re.findall(r"\{(.*?)\}", claim.says):
        if name not in NAMES:
            raise ClaimError(f"{where}: says: there is no '{{{name}}}'.{closest(name, NAMES)}")
    share = claim.in_share_of_futures
    own = {abs(claim.at_least), abs(claim.at_most), *([] if share is None else [share, 100 * share])}
    for text in re.findall(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?![\w])", re.sub(r"\{.*?\}", "", claim.says)):
        if not any(math.isclose(float(text.replace(",", "")), number, rel_tol=1e-9) for number in own):
            raise ClaimError(
                f"{where}: says: the number {text} is typed by hand; take it from the runs, for example {{effect}}"
            )


def evaluate(claims: Sequence[Claim], pairs: pd.DataFrame) -> list[Verdict]:
    """Check claims against pairs of runs (`effects.PAIRS`); raises `ClaimError` for what was not run."""
    return [_evaluate(claim, pairs) for claim in claims]


def _evaluate(claim: Claim, pairs: pd.DataFrame) -> Verdict:
    own = pairs
    about = [("outcome", claim.outcome), ("policy", claim.policy), ("group", claim.group)]
    if claim.about == "baseline" and claim.policy == BASELINE:
        about.pop(1)
    for column, name in about:
        known = list(dict.fromkeys(own[column]))
        if name not in known:
            raise ClaimError(f"claim on '{claim.outcome}': no {column} is called '{name}'.{closest(name, known)}")
        own = own[own[column] == name]
    own = own.drop_duplicates(["future", "replicate"]) if claim.about == "baseline" else own
    number = {"effect": own["value"] - own[BASELINE], "baseline": own[BASELINE], "policy": own["value"]}[claim.about]
    judge = _by_share if claim.in_share_of_futures is not None else _by_mean
    verdict, why = judge(claim, number.rename("number"), own["future"])
    return Verdict(_filled(claim, number, own), verdict, why, claim)


def _by_mean(claim: Claim, number: pd.Series, future: pd.Series) -> tuple[str, str]:
    units = over_futures(number, future)
    mean, low, high = interval(units)
    if math.isnan(mean):
        return "undecided", "unknown in at least one run"
    one = "pair" if len(units) == len(number) else "future"
    shown = f"mean {theme.rounded(mean)} over {len(units)} {one}{'s' if len(units) != 1 else ''}"
    if math.isnan(low):
        return "undecided", f"{shown}, which has no interval"
    why = f"{shown}, 95 percent interval {theme.rounded(low)} to {theme.rounded(high)}"
    if low >= claim.at_least and high <= claim.at_most:
        return "true", why
    if high < claim.at_least or low > claim.at_most:
        return "false", why
    return "undecided", why


def _by_share(claim: Claim, number: pd.Series, future: pd.Series) -> tuple[str, str]:
    ends = pd.DataFrame([interval(values) for _, values in number.groupby(future)], columns=["mean", "low", "high"])
    if ends["mean"].isna().any():
        return "undecided", "unknown in at least one run"
    n = len(ends)
    low, high = ends["low"].fillna(ends["mean"]), ends["high"].fillna(ends["mean"])
    surely = int(((low >= claim.at_least) & (high <= claim.at_most)).sum())
    possibly = n - int(((high < claim.at_least) | (low > claim.at_most)).sum())
    met = int(ends["mean"].between(claim.at_least, claim.at_most).sum())
    lowest, highest = share_interval(surely, n)[0], share_interval(possibly, n)[1]
    why = (
        f"met in {met} of {n} futures; share between {theme.rounded(100 * lowest)} and {theme.rounded(100 * highest)} "
        "percent (95 percent interval)"
    )
    wanted = claim.in_share_of_futures or 0.0
    if lowest >= wanted:
        return "true", why
    return ("false" if highest < wanted else "undecided"), why


def share_interval(met: int, n: int) -> tuple[float, float]:
    """Give the exact 95 % interval of a share (Clopper and Pearson).

    >>> tuple(round(end, 3) for end in share_interval(9, 10))
    (0.555, 0.997)
    """
    low = 0.0 if met == 0 else float(stats.beta.ppf((1 - LEVEL) / 2, met, n - met + 1))
    high = 1.0 if met == n else float(stats.beta.ppf((1 + LEVEL) / 2, met + 1, n - met))
    return low, high


def _filled(claim: Claim, number: pd.Series, own: pd.DataFrame) -> str:
    mean, low, high = interval(over_futures(number, own["future"]))
    numbers = {
        "effect": mean,
        "level": mean,
        "low": low,
        "high": high,
        "at_least": claim.at_least,
        "at_most": claim.at_most,
        "share": np.nan if claim.in_share_of_futures is None else 100 * claim.in_share_of_futures,
        "pairs": len(own),
        "futures": own["future"].nunique(),
    }
    return re.sub(r"\{(\w+)\}", lambda match: theme.rounded(float(numbers[match[1]])), claim.says)


def _number(given: Any, where: str) -> float:
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not math.isfinite(given):
        raise ClaimError(f"{where}: '{given}' is not a number")
    return float(given)
