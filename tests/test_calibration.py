"""Calibration on simulated data: planted parameters are recovered, intervals cover, and held-out patterns stay out."""

import numpy as np
import pytest

from experiments.calibration import CalibrationError, calibrate, emulator, history, posterior
from experiments.factors import Factor
from experiments.targets import Target, TargetError, allowed, n_met, patterns_that_may_be_fitted

FACTORS = [Factor("a", "float", 0, 10), Factor("b", "float", 1, 3), Factor("c", "float", 0, 1)]
NOISE = 0.3
NAMES = ["level", "curve", "product"]


def truth(unit):
    """Three outcomes of three inputs; the third input matters little."""
    a, b, c = unit.T
    return np.stack([4 * a + b, 3 * np.sin(2 * a) + 2 * b**2, 5 * a * b + 0.2 * c], axis=1)


def evaluate(seed):
    rng = np.random.default_rng(seed)

    def run(points, replicates, wave):
        return truth(points)[:, None, :] + NOISE * rng.standard_normal((len(points), replicates, 3))

    return run


def targets_at(planted, spread=0.15, rng=None):
    observed = truth(planted[None])[0] + (0 if rng is None else spread * rng.standard_normal(3))
    return [Target(name, value - 2 * spread, value + 2 * spread) for name, value in zip(NAMES, observed, strict=True)]


def test_planted_parameters_are_recovered():
    planted = np.array([0.3, 0.7, 0.5])
    found = calibrate(evaluate(1), FACTORS, targets_at(planted), waves=3, points=40, replicates=3, particles=600)
    summary = found.summary.set_index("parameter")

    assert summary.loc["a", "median"] == pytest.approx(3.0, abs=0.5)
    assert summary.loc["b", "median"] == pytest.approx(2.4, abs=0.15)
    assert summary.loc["a", "width_left"] < 0.25 < 0.6 < summary.loc["c", "width_left"]
    lefts = [wave.left for wave in found.waves]
    assert lefts[0] < 0.6 and lefts[-1] <= 1.2 * lefts[0]
    assert found.fit_of(found.best)["met"].all() and not found.set_aside


@pytest.mark.slow
def test_intervals_of_planted_parameters_cover():
    rng = np.random.default_rng(7)
    hits = []
    for seed in range(60):
        planted = rng.uniform(0.15, 0.85, 3)
        found = calibrate(
            evaluate(seed),
            FACTORS,
            targets_at(planted, rng=rng),
            waves=2,
            points=40,
            replicates=3,
            particles=400,
            seed=seed,
        )
        low, high = np.quantile(found.posterior.unit, [0.05, 0.95], axis=0)
        hits.append((low <= planted) & (planted <= high))
    share = np.mean(hits, axis=0)
    print("\nshare of 60 simulated data sets whose 90 percent interval covers:", share.round(3))

    assert (share >= 0.8).all() and share.mean() <= 0.99


def test_the_emulator_predicts_the_expected_value_without_the_noise():
    rng = np.random.default_rng(1)
    unit = rng.random((80, 2))
    expected = 3 * unit[:, 0] + np.sin(5 * unit[:, 1])
    made = emulator.fit(unit, expected[:, None] + 0.5 * rng.standard_normal((80, 3)))
    fresh = rng.random((200, 2))
    mean, variance = made.predict(fresh)
    error = mean - (3 * fresh[:, 0] + np.sin(5 * fresh[:, 1]))

    assert np.sqrt((error**2).mean()) < 0.2
    inside = (np.abs(error) < 1.96 * np.sqrt(variance)).mean()
    assert 0.85 < inside <= 1 and np.sqrt(variance).mean() < 0.3  # not the noise of 0.5
    assert made.noise == pytest.approx(0.25, rel=0.25)
    assert made.error < 0.3


def test_an_emulator_is_not_made_from_too_few_points():
    wide = np.full((20, 3), np.nan)
    wide[:6] = 1.0

    assert emulator.fit(np.random.default_rng(1).random((20, 2)), wide) is None


def test_a_target_that_no_point_meets_is_set_aside_and_named():
    planted = np.array([0.3, 0.7, 0.5])
    wanted = [*targets_at(planted)[:2], Target("product", 100, 101)]
    found = calibrate(evaluate(1), FACTORS, wanted, waves=2, points=40, replicates=3, particles=300)

    assert found.set_aside == ("product",)
    assert found.summary.set_index("parameter").loc["a", "median"] == pytest.approx(3, abs=1.0)


def test_failed_runs_are_left_out():
    planted = np.array([0.3, 0.7, 0.5])
    whole = evaluate(1)

    def with_failures(points, replicates, wave):
        made = whole(points, replicates, wave)
        made[::7, 0] = np.nan
        return made

    found = calibrate(with_failures, FACTORS, targets_at(planted), waves=2, points=40, replicates=3, particles=300)
    assert found.summary["median"].notna().all()

    with pytest.raises(CalibrationError, match="level: fewer than 11 points"):
        calibrate(
            lambda points, replicates, wave: np.full((len(points), replicates, 3), np.nan),
            FACTORS,
            targets_at(planted),
            points=40,
        )


def test_the_evidence_prefers_the_structure_that_made_the_data():
    planted = np.array([0.3, 0.7, 0.5])
    wanted = targets_at(planted)
    right = calibrate(evaluate(1), FACTORS, wanted, waves=2, points=40, particles=400)

    def other(points, replicates, wave):  # b has no curve
        made = truth(np.column_stack([points[:, 0], np.zeros(len(points)), points[:, 2]]))
        return made[:, None, :] + NOISE * np.random.default_rng(wave).standard_normal((len(points), replicates, 3))

    wrong = calibrate(other, FACTORS, wanted, waves=2, points=40, particles=400)
    assert right.posterior.log_evidence > wrong.posterior.log_evidence + 2 or wrong.set_aside


def test_implausibility_by_hand():
    class Sure:
        def predict(self, unit):
            return np.full(len(unit), 10.0), np.full(len(unit), 0.75)

    target = Target("x", 2, 4)  # middle 3, spread 0.5
    each = history.each_implausibility(np.zeros((1, 1)), [Sure()], [target])
    assert each.tolist() == [[7.0]]
    one_sided = Target("y", 2, np.inf)
    assert history.each_implausibility(np.zeros((1, 1)), [Sure()], [one_sided]).tolist() == [[0.0]]
    # one target may be missed by one more than the others
    assert history.implausibility(np.zeros((1, 1)), [Sure()] * 2, [target, one_sided]).tolist() == [6.0]


def test_weights_are_powers_of_the_kernel():
    class Sure:
        def predict(self, unit):
            return np.zeros(len(unit)), np.zeros(len(unit))

    strong, weak = Target("s", 1, 5, weight=3), Target("w", 1, 5, weight=1)  # three spreads away
    both = posterior.log_kernel(np.zeros((1, 1)), [Sure(), Sure()], [strong, weak])
    assert both[0] == pytest.approx(-4.5 * (1 + 1 / 3))


def test_patterns_that_are_held_out_cannot_be_targets():
    fit = patterns_that_may_be_fitted()

    assert {"P01", "P20", "P32"} <= set(fit) and not {"P02", "P27", "P06", "P12", "P49"} & set(fit)
    assert fit["P01"] == 3 and fit["P43"] == 1
    assert allowed(["P01", "P20"]) == ["P01", "P20"]
    with pytest.raises(TargetError, match="P27: its use is 'hold'"):
        allowed(["P01", "P27"])
    with pytest.raises(TargetError, match="no pattern is called 'P99'"):
        allowed(["P99"])


def test_targets_that_ask_for_nothing_are_refused():
    with pytest.raises(TargetError, match="asks for nothing"):
        Target("x", -np.inf, np.inf)
    with pytest.raises(TargetError, match="asks for nothing"):
        Target("x", 2, 1)
    assert n_met([Target("x", 1, 2), Target("y", 0, np.inf)], [1.5, float("nan")]) == 1
