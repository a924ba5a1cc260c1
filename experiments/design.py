"""Which runs an experiment makes: a table with one row a run, drawn and stored before anything runs.

    chosen = factors(["grant_rate", "housing_effort"], load())
    design = sobol(chosen, 64, seed=1)
    design.points                     # one row a point: point, policies, where it stands in the design, values
    design.runs(replicates=3, root=1) # one row a run, replicate by replicate

A point is a set of policies with a value for each factor. Every point is run once in each replicate. Rows are
ordered replicate by replicate, so that an experiment that is stopped has covered the design evenly; the points of a
Sobol or Morris design stand block by block, so that a prefix is a smaller design of the same kind.

Replicates are seeds derived from one root. By default all points share the seed of their replicate (`luck="shared"`:
the same people under the same luck, so differences between points are paired). With `luck="independent"` every run
has a seed of its own. With `luck="block"` the points of one block of a Sobol design (trajectory of a Morris design)
share theirs and blocks do not: differences inside a block are paired, and blocks stay independent, which the
intervals of the noise-corrected indices need.

Designs
    policies    one point for each set of policies
    grid        all combinations of listed values
    random, lhs independent draws; Latin hypercube (McKay, Beckman & Conover 1979, Technometrics 21(2))
    sobol       the matrices A, AB_i, B of Saltelli et al. 2010, Comput. Phys. Commun. 181(2), from a scrambled Sobol
                sequence with its first point kept and a power of two of blocks (Owen 2020, arXiv:2008.08051)
    morris      trajectories of one-at-a-time steps (Morris 1991, Technometrics 33(2))
    efast       search curves, one a factor (Saltelli, Tarantola & Chan 1999, Technometrics 41(1))
    ofat        one factor at a time over its range, the others as they are
    table       points from a CSV file
Any of them is crossed with the sets of policies ("policies x futures"): each future is run under each set.
"""

import csv
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import qmc

from abm.parameters import ParameterError, Parameters, closest
from abm.parameters.record import checked_cell
from experiments.factors import Factor, known
from experiments.run import seed_of

#: The name of the set without any policy.
BASELINE = "baseline"
#: Columns of the table of runs that are not values of parameters.
INDEX = ("run", "point", "replicate", "seed", "policies")
LUCK = ("shared", "independent", "block")
#: What the points of one block have in common, by kind of design.
BLOCKS = {"sobol": "block", "morris": "trajectory", "efast": "curve"}
#: Names of policies in the name of a set are joined by this.
PLUS = " + "


class DesignError(ValueError):
    """A design cannot be made; the message is one line."""


@dataclass(frozen=True)
class Design:
    """The points of an experiment.

    `points` has the columns `point`, `policies` (the name of a set), those of `structure` (where the point stands
    in the design: block and part, trajectory and step, ...), and one column a factor. `unit` holds the place of
    each point in the unit cube, one column a factor, or nothing where a design was not drawn from it (grid, table).
    `options` are the numbers that the design was drawn with.
    """

    kind: str
    factors: tuple[Factor, ...]
    points: pd.DataFrame
    unit: pd.DataFrame
    structure: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    policies: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: {BASELINE: ()})

    def __len__(self) -> int:
        return len(self.points)

    @property
    def names(self) -> list[str]:
        """The names of the factors."""
        return [one.name for one in self.factors]

    def across(self, policies: Mapping[str, Sequence[str]]) -> "Design":
        """Give the design with every point run under every set of policies; points of one future stand together."""
        sets = {name: tuple(members) for name, members in policies.items()} or {BASELINE: ()}
        if len(sets) == 1:
            (name,) = sets
            return replace(self, points=self.points.assign(policies=name), policies=sets)
        n, k = len(self.points), len(sets)
        rows = np.repeat(np.arange(n), k)
        points = self.points.iloc[rows].reset_index(drop=True)
        points["point"] = np.arange(n * k)
        points["policies"] = list(sets) * n
        structure = self.structure
        if self.factors and "future" not in structure:
            points.insert(2, "future", rows)
            structure = ("future", *structure)
        return replace(
            self, points=points, unit=self.unit.iloc[rows].reset_index(drop=True), structure=structure, policies=sets
        )

    def runs(self, replicates: int = 1, root: int = 1, luck: str = "shared") -> pd.DataFrame:
        """Give one row a run, replicate by replicate: point, replicate, seed, policies and a column a factor.

        Raises `DesignError` when two replicates (or runs, or blocks, that do not share luck) have the same seed.
        """
        if replicates < 1:
            raise DesignError(f"replicates: {replicates} is too few; at least 1")
        if luck not in LUCK:
            raise DesignError(f"luck: there is no '{luck}'.{closest(luck, LUCK)}")
        n = len(self.points)
        points = self.points[["point", "policies", *self.names]]
        frame = pd.concat([points] * replicates, ignore_index=True)
        numbers = np.repeat(np.arange(replicates), n)
        if luck == "shared":
            different = [seed_of(root, replicate) for replicate in range(replicates)]
            seeds = np.repeat(np.array(different, np.uint64), n)
        elif luck == "independent":
            different = [_own_seed(root, point, r) for r in range(replicates) for point in self.points["point"]]
            seeds = np.array(different, np.uint64)
        else:
            blocks, of = np.unique(self._blocks(), return_inverse=True)
            table = [[_own_seed(root, block, r, 1) for block in range(len(blocks))] for r in range(replicates)]
            different = [seed for row in table for seed in row]
            seeds = np.array(table, np.uint64)[:, of].reshape(-1)
        if len(set(different)) < len(different):
            raise DesignError(f"seed: two runs of this design have the same seed under the root {root}; take another")
        frame.insert(1, "replicate", numbers)
        frame.insert(2, "seed", seeds)
        return frame

    def _blocks(self) -> np.ndarray:
        """Give the block of each point."""
        column = BLOCKS.get(self.kind)
        if column is None:
            raise DesignError(f"luck: a design of kind {self.kind} has no blocks that could share it")
        return self.points[column].to_numpy()


def given(factors: Sequence[Factor], unit: np.ndarray) -> Design:
    """Give the points of the unit cube that something else chose, as a calibration does."""
    return _drawn("given", factors, np.asarray(unit, float), {})


def policies_only(policies: Mapping[str, Sequence[str]]) -> Design:
    """Give a design that varies nothing but the policies."""
    points = pd.DataFrame({"point": [0], "policies": [BASELINE]})
    return Design("policies", (), points, pd.DataFrame(index=points.index)).across(policies)


def grid(factors: Sequence[Factor], levels: int | None = None) -> Design:
    """Give all combinations of the values of the factors; numbers without a list take `levels` quantiles.

    With 3 levels these are the middles of three parts of equal chance.
    """
    if levels is not None and levels < 1:
        raise DesignError(f"grid: {levels} levels are too few; at least 1")
    values = []
    for one in factors:
        if one.values:
            values.append(list(one.values))
        elif levels is None:
            raise DesignError(f"{one.name}: a grid needs a list of 'values', or 'levels' in the design")
        else:
            values.append(list(dict.fromkeys(one.at((np.arange(levels) + 0.5) / levels).tolist())))
    rows = list(itertools.product(*values))
    columns = {one.name: [row[i] for row in rows] for i, one in enumerate(factors)}
    points = pd.DataFrame({"point": np.arange(len(rows)), "policies": BASELINE, **columns})
    return Design("grid", tuple(factors), points, pd.DataFrame(index=points.index), options={"levels": levels})


def random(factors: Sequence[Factor], n: int, seed: int = 1) -> Design:
    """Give n independent draws."""
    return _drawn("random", factors, _generator(seed).random((n, len(factors))), {"n": n, "seed": seed})


def lhs(factors: Sequence[Factor], n: int, seed: int = 1) -> Design:
    """Give a Latin hypercube of n points."""
    cube = qmc.LatinHypercube(len(factors), rng=_generator(seed)).random(n)
    return _drawn("lhs", factors, cube, {"n": n, "seed": seed})


def sobol(
    factors: Sequence[Factor],
    n: int,
    seed: int = 1,
    second_order: bool = False,
    groups: Mapping[str, str] | None = None,
) -> Design:
    """Give n blocks (a power of two) of a point of A, one of AB_i for each factor i (and of BA_i), and one of B.

    AB_i is A with the value of factor i taken from B, or those of a group (name of each factor's group). The order
    in a block is that of SALib.
    """
    if n < 1 or n & (n - 1):
        lower = 2 ** max(int(n).bit_length() - 1, 0)
        raise DesignError(f"sobol: {n} blocks are not a power of two; take {lower} or {2 * lower}")
    k = len(factors)
    cube = qmc.Sobol(2 * k, scramble=True, rng=_generator(seed)).random(n)
    a, b = cube[:, :k], cube[:, k:]
    parts, labels = [a], ["A"]
    owners = _owners(factors, groups, "sobol")
    for first, second, label in [(a, b, "AB")] + ([(b, a, "BA")] if second_order else []):
        for name in dict.fromkeys(owners):
            mixed = first.copy()
            members = [i for i, owner in enumerate(owners) if owner == name]
            mixed[:, members] = second[:, members]
            parts.append(mixed)
            labels.append(f"{label}:{name}")
    parts.append(b)
    labels.append("B")
    unit = np.stack(parts, axis=1).reshape(-1, k)
    structure = {"block": np.repeat(np.arange(n), len(parts)), "part": labels * n}
    options = {"n": n, "seed": seed, "second_order": second_order, "groups": list(owners) if groups else []}
    return _drawn("sobol", factors, unit, options, structure)


def morris(
    factors: Sequence[Factor], n: int, seed: int = 1, levels: int = 4, groups: Mapping[str, str] | None = None
) -> Design:
    """Give n trajectories, each of one step along every factor (or group), on a grid of `levels` (even)."""
    from SALib.sample import morris as sampler

    if levels < 2 or levels % 2:
        raise DesignError(f"morris: {levels} levels; an even number is needed")
    owners = _owners(factors, groups, "morris")
    problem = _unit_problem(factors) | ({"groups": owners} if groups else {})
    unit = sampler.sample(problem, n, num_levels=levels, seed=_generator(seed))
    steps = len(set(owners)) + 1
    structure = {"trajectory": np.repeat(np.arange(n), steps), "step": np.tile(np.arange(steps), n)}
    options = {"n": n, "seed": seed, "levels": levels, "groups": list(owners) if groups else []}
    return _drawn("morris", factors, unit, options, structure)


def ofat(factors: Sequence[Factor], n: int, present: Mapping[str, Any]) -> Design:
    """Give one factor at a time at n quantiles from its lowest to its highest value, the others at `present`.

    The first point is the present itself; `varied` names the factor of each other point. Values that a factor takes
    twice (a switch has two) are made once.
    """
    if n < 2:
        raise DesignError(f"ofat: {n} points a curve are too few; at least 2")
    here = {one.name: present[one.name] for one in factors}
    rows, varied = [dict(here)], [""]
    for one in factors:
        for value in dict.fromkeys(one.at(np.linspace(0, 1, n)).tolist()):
            rows.append({**here, one.name: value})
            varied.append(one.name)
    points = pd.DataFrame(rows)
    points.insert(0, "point", np.arange(len(rows)))
    points.insert(1, "policies", BASELINE)
    points.insert(2, "varied", varied)
    return Design("ofat", tuple(factors), points, pd.DataFrame(index=points.index), ("varied",), {"n": n})


def efast(factors: Sequence[Factor], n: int, seed: int = 1, harmonics: int = 4) -> Design:
    """Give a search curve of n points for each factor; n must exceed 4 * harmonics**2."""
    from SALib.sample import fast_sampler

    if n <= 4 * harmonics**2:
        raise DesignError(
            f"efast: {n} points a curve; more than {4 * harmonics**2} are needed with {harmonics} harmonics"
        )
    unit = fast_sampler.sample(_unit_problem(factors), n, M=harmonics, seed=_generator(seed))
    names = [one.name for one in factors]
    structure = {"curve": np.repeat(names, n), "sample": np.tile(np.arange(n), len(names))}
    return _drawn("efast", factors, unit, {"n": n, "seed": seed, "harmonics": harmonics}, structure)


def table(path: str | Path, parameters: Parameters, policies: Mapping[str, Sequence[str]] | None = None) -> Design:
    """Give the points that a CSV file lists: a column a parameter and, if wanted, one called `policies`.

    A cell of that column is the name of a set of `policies`, or names of policies joined by " + ".
    """
    path = Path(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header = [name.strip() for name in next(reader, [])]
            lines = [line for line in reader if any(cell.strip() for cell in line)]
    except FileNotFoundError as error:
        raise DesignError(f"{path}: there is no such file") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DesignError(f"{path}: cannot be read ({error})") from error
    if not header or not lines:
        raise DesignError(f"{path.name}: holds no points; the first line names parameters, the others hold values")
    names = [name for name in header if name != "policies"]
    factors = []
    columns: dict[str, list[Any]] = {}
    for name in names:
        if names.count(name) > 1:
            raise DesignError(f"{path.name}: the column '{name}' stands twice")
        try:
            parameter = known(name, parameters)
        except ParameterError as error:
            raise DesignError(f"{path.name}: {error}") from error
        columns[name] = []
        for number, line in enumerate(lines, start=2):
            if len(line) != len(header):
                raise DesignError(f"{path.name}: line {number} has {len(line)} cells, the header has {len(header)}")
            text = line[header.index(name)].strip()
            columns[name].append(_cell(text, parameter, f"{path.name}: line {number}: {name}"))
        factors.append(Factor(name, parameter.type, values=tuple(dict.fromkeys(columns[name]))))
    sets = {name: tuple(members) for name, members in (policies or {}).items()}
    labels = [BASELINE] * len(lines)
    if "policies" in header:
        labels = [line[header.index("policies")].strip() or BASELINE for line in lines]
    used = {name: sets[name] if name in sets else members(name) for name in dict.fromkeys(labels)}
    points = pd.DataFrame({"point": np.arange(len(lines)), "policies": labels, **columns})
    made = Design("table", tuple(factors), points, pd.DataFrame(index=points.index), options={"file": path.name})
    if "policies" in header:
        return replace(made, policies=used)
    return made.across(sets)


def members(name: str) -> tuple[str, ...]:
    """Give the policies that the name of a set lists.

    >>> members("savings_scheme + start_homes@2027-01-01"), members("baseline")
    (('savings_scheme', 'start_homes@2027-01-01'), ())
    """
    parts = tuple(part.strip() for part in name.split("+") if part.strip())
    return () if parts == (BASELINE,) else parts


def name_of(policies: Sequence[str]) -> str:
    """Give the name of a set of policies.

    >>> name_of(["savings_scheme", "start_homes"]), name_of([])
    ('savings_scheme + start_homes', 'baseline')
    """
    return PLUS.join(policies) or BASELINE


def _drawn(
    kind: str,
    factors: Sequence[Factor],
    unit: np.ndarray,
    options: Mapping[str, Any],
    structure: Mapping[str, Any] | None = None,
) -> Design:
    if not factors:
        raise DesignError(f"{kind}: name at least one parameter to vary")
    structure = structure or {}
    names = [one.name for one in factors]
    values = {one.name: one.at(unit[:, i]) for i, one in enumerate(factors)}
    points = pd.DataFrame({"point": np.arange(len(unit)), "policies": BASELINE, **structure, **values})
    return Design(kind, tuple(factors), points, pd.DataFrame(unit, columns=names), tuple(structure), dict(options))


def _owners(factors: Sequence[Factor], groups: Mapping[str, str] | None, kind: str) -> list[str]:
    """Give the group of each factor, in their order; without groups each is its own."""
    names = [one.name for one in factors]
    if not groups:
        return names
    for name in groups:
        if name not in names:
            raise DesignError(f"{kind}: groups: '{name}' is not varied.{closest(name, names)}")
    if missing := [name for name in names if name not in groups]:
        raise DesignError(f"{kind}: groups: '{missing[0]}' has no group")
    return [groups[name] for name in names]


def _unit_problem(factors: Sequence[Factor]) -> dict[str, Any]:
    names = [one.name for one in factors]
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}


def _generator(seed: int) -> np.random.Generator:
    """Give a generator of its own: SALib takes an integer seed of 0 for none, and a set global state stays as it is."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0xDE5160,)))


def _own_seed(root: int, point: int, replicate: int, *more: int) -> int:
    """Give the seed of one run (or block), below 2**53 as in `seed_of`; more keys, so it is never a shared one."""
    state = np.random.SeedSequence(root, spawn_key=(int(point), int(replicate), *more)).generate_state(1, np.uint64)
    return int(state[0]) >> 11


def _cell(text: str, parameter: Any, where: str) -> Any:
    value: Any = text
    if parameter.type == "bool":
        value = {"true": True, "false": False, "1": True, "0": False}.get(text.lower(), text)
    elif parameter.type in ("int", "float"):
        try:
            value = float(text)
        except ValueError:
            raise DesignError(f"{where}: '{text}' is not a number") from None
    try:
        return checked_cell(value, parameter, where)
    except ParameterError as error:
        raise DesignError(str(error)) from error
