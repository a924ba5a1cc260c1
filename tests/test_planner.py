"""The planner: what a pilot says of cost and noise, and whether the expected width is the width that comes out."""

import numpy as np
import pandas as pd
import pytest

from experiments import planner
from experiments.planner import PlanError
from experiments.sensitivity import sobol
from tests.sensitivity.functions import SOBOL_G, sobol_of

#: With this seed the points of a pilot without signal happen to differ less than noise makes them, as half do.
SEED_WITHOUT_SIGNAL = 1


def pilot_rows(scales=(0.02, 0.1), points=40, replicates=6, noise=0.5, variance=4.0, seed=1, common=False):
    """Give a pilot whose noise falls with 1 / scale and whose runs cost 1 + 20 * scale seconds."""
    rng = np.random.default_rng(seed)
    truth = np.sqrt(variance) * rng.standard_normal(points)
    rows = []
    for scale in scales:
        shared = rng.standard_normal(replicates)
        for point in range(points):
            for replicate in range(replicates):
                luck = shared[replicate] if common else rng.standard_normal()
                value = truth[point] + np.sqrt(noise / scale) * luck
                rows.append((scale, point, replicate, 1 + 20 * scale, value))
    return pd.DataFrame(rows, columns=["scale", "point", "replicate", "seconds", "y"])


def test_a_pilot_finds_cost_noise_and_variance():
    found = planner.measure(pilot_rows(points=200), "y")

    assert found.seconds == pytest.approx((1, 20), rel=1e-6)
    assert found.noise_at(0.1) == pytest.approx(5, rel=0.15) and found.noise_at(0.02) == pytest.approx(25, rel=0.15)
    assert found.variance == pytest.approx(4, rel=0.3)
    assert found.shared == 0


def test_luck_that_is_shared_cancels():
    found = planner.measure(pilot_rows(common=True), "y", luck="common")

    assert found.shared == pytest.approx(1, abs=1e-6)
    assert planner.half_width(found, 0.1, 64, 2) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("position", [0, 3, 4])
def test_the_expected_width_is_the_width_that_comes_out(position):
    share, n, replicates = 0.3, 64, 2
    pilot = planner.Pilot(
        "y", (1.0,), (0.0, 1.0), (share / (1 - share) * SOBOL_G.variance, 0.0), SOBOL_G.variance, 0.0, {1.0: 0.0}, 0
    )
    widths = []
    for seed in range(1, 25):
        total = sobol.indices(sobol_of(SOBOL_G, n, replicates, share, seed), draws=300).total
        widths.append((total["high"] - total["low"]).iloc[position] / 2)

    expected = planner.half_width(pilot, 1.0, n, replicates, SOBOL_G.total[position])
    assert np.median(widths) == pytest.approx(expected, rel=0.35)


def test_proposals_fit_the_time_and_put_what_is_enough_and_short_first():
    pilot = planner.measure(pilot_rows(), "y")
    short = planner.proposals(pilot, 10, "value", hours=2, workers=2)

    assert (short["hours"] <= 2).all() and not short["enough"].any() and short["half_width"].is_monotonic_increasing
    assert all(n & (n - 1) == 0 for n in short["n"])
    longer = planner.proposals(pilot, 10, "value", hours=100, workers=2)
    enough = longer[longer["enough"]]
    assert len(enough) and enough["hours"].is_monotonic_increasing and longer["enough"].iloc[0]
    first = longer.iloc[0]
    assert planner.half_width(pilot, first["scale"], first["n"] // 2, first["replicates"], 0.2) > 0.05


def test_little_noise_wants_few_replicates():
    quiet = planner.measure(pilot_rows(noise=1e-4), "y")

    assert planner.proposals(quiet, 10, "rank", hours=400)["replicates"].iloc[0] == 2


def test_screening_needs_fewer_runs_and_has_a_floor():
    pilot = planner.measure(pilot_rows(), "y")
    found = planner.proposals(pilot, 300, "screen", hours=4)

    assert set(found["method"]) == {"morris"} and (found["n"] >= 4).all()
    assert planner.smallest_effect(pilot, 0.1, 20, 8) < planner.smallest_effect(pilot, 0.1, 20, 2)


def test_what_cannot_be_planned_is_told():
    with pytest.raises(PlanError, match="no column 'seconds'"):
        planner.measure(pilot_rows().drop(columns="seconds"), "y")
    with pytest.raises(PlanError, match="two points with two replicates"):
        planner.measure(pilot_rows(replicates=1), "y")
    with pytest.raises(PlanError, match="inputs make no difference"):
        planner.measure(pilot_rows(variance=0.0, seed=SEED_WITHOUT_SIGNAL), "y")
    pilot = planner.measure(pilot_rows(), "y")
    with pytest.raises(PlanError, match="nothing fits"):
        planner.proposals(pilot, 10, "value", hours=0.01)
    with pytest.raises(PlanError, match="Did you mean 'value'"):
        planner.proposals(pilot, 10, "valu", hours=1)
    with pytest.raises(PlanError, match="outside the pilot"):
        planner.proposals(pilot, 10, "value", hours=1, scales=(1.0,))
