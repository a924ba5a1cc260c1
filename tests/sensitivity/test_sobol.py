"""The corrected Sobol indices: known functions are recovered, and noise is not taken for an effect."""

import numpy as np
import pytest

from experiments import noise
from experiments.sensitivity import failures, sobol
from tests.sensitivity.functions import ISHIGAMI, ISHIGAMI_13, SOBOL_G, laid_out, noisy, sobol_of


@pytest.mark.parametrize("known", [ISHIGAMI, SOBOL_G], ids=["ishigami", "sobol-g"])
def test_known_indices_are_recovered_without_noise(known):
    design = laid_out("sobol", known.k, 2048)
    found = sobol.indices(design.blocks(known.function(design.unit)[:, None]), deterministic=True)

    assert found.total["value"].to_numpy() == pytest.approx(known.total, abs=0.02)
    assert found.first["value"].to_numpy() == pytest.approx(known.first, abs=0.02)
    assert found.variance[0] == pytest.approx(known.variance, rel=0.03)
    assert found.noise[0] == 0


def test_the_interaction_of_two_inputs_is_recovered():
    design = laid_out("sobol", 4, 2048, second_order=True)
    found = sobol.indices(design.blocks(ISHIGAMI.function(design.unit)[:, None]), deterministic=True).table
    second = found[found["order"] == "second"].set_index(["input", "partner"])["value"]

    assert second[("x1", "x3")] == pytest.approx(ISHIGAMI_13, abs=0.03)
    assert second.drop(("x1", "x3")).abs().max() < 0.03


def test_a_group_gets_the_index_of_its_members_together():
    design = laid_out("sobol", 4, 1024, groups={"x1": "one", "x2": "two", "x3": "one", "x4": "rest"})
    found = sobol.indices(design.blocks(ISHIGAMI.function(design.unit)[:, None]), deterministic=True)

    assert list(found.total.index) == ["one", "two", "rest"]
    assert found.first.loc["one", "value"] == pytest.approx(1 - ISHIGAMI.first[1], abs=0.03)


@pytest.mark.parametrize("luck", ["own", "block"])
def test_noise_is_not_an_effect(luck):
    blocks = sobol_of(ISHIGAMI, 1024, 2, 0.4, 3, luck=luck)
    right, wrong = (sobol.indices(blocks, corrected=corrected, draws=200) for corrected in (True, False))

    assert right.total.loc["x4", "low"] <= 0 <= right.total.loc["x4", "high"]
    assert right.total["value"].to_numpy() == pytest.approx(ISHIGAMI.total, abs=0.08)
    assert right.noise[1] < 0.4 < right.noise[2]
    if luck == "own":  # half the noise of one run is left in the mean of two
        assert wrong.total.loc["x4", "low"] > 0
        assert wrong.total.loc["x4", "value"] == pytest.approx(0.25, abs=0.05)


def test_luck_shared_inside_blocks_narrows_the_limits():
    own, shared = (
        sobol.indices(sobol_of(ISHIGAMI, 256, 2, 0.4, 5, luck=luck), draws=300).total for luck in ("own", "block")
    )

    width = [(found["high"] - found["low"])["x4"] for found in (own, shared)]
    assert width[1] < 0.6 * width[0]


def test_an_inert_input_under_shared_luck_is_exactly_zero():
    design = laid_out("sobol", 4, 64)
    luck = np.random.default_rng(1).standard_normal((64, 3))[design.block]
    wide = ISHIGAMI.function(design.unit)[:, None] * (1 + 0.5 * luck)  # luck and inputs interact
    found = sobol.indices(design.blocks(wide, "block"))

    assert found.total.loc["x4", ["value", "low", "high"]].tolist() == [0, 0, 0]
    assert found.outranks.loc["x2", "x4"] == 1


def test_a_trajectory_counts_interactions_with_luck():
    """y = x1 z + x2 with luck z = +-1: the expected result does not depend on x1, a single run does."""
    design = laid_out("sobol", 3, 1024)
    luck = np.random.default_rng(1).choice([-1.0, 1.0], (1024, 2))[design.block]
    wide = (design.unit[:, [0]] - 0.5) * luck + design.unit[:, [1]]
    blocks = design.blocks(wide, "block")
    expected, single = (sobol.indices(blocks, estimand=estimand, draws=200) for estimand in ("mean", "trajectory"))

    assert expected.total["value"].to_numpy() == pytest.approx([0, 1, 0], abs=0.08)
    assert single.total["value"].to_numpy() == pytest.approx([0.5, 0.5, 0], abs=0.04)
    assert single.estimand == "trajectory"
    with pytest.raises(ValueError, match="share their luck"):
        sobol.indices(design.blocks(wide, "own"), estimand="trajectory")


def test_the_variance_over_replicates_has_indices_of_its_own():
    """The mean depends on x1 only, the spread on x2 only; each is found in its place."""
    design = laid_out("sobol", 3, 512)
    draws = np.random.default_rng(2).standard_normal((len(design.unit), 8))
    wide = design.unit[:, [0]] + np.exp(3 * design.unit[:, [1]] - 3) * draws
    folded = noise.fold(wide, "log_variance")
    found = sobol.indices(design.blocks(folded), estimand="distribution", draws=200).total["value"]

    assert found.to_numpy() == pytest.approx([0, 1, 0], abs=0.12)


def test_one_replicate_is_refused_unless_the_model_has_no_luck():
    blocks = sobol_of(ISHIGAMI, 64, 1, 0.2, 1)

    with pytest.raises(ValueError, match="one replicate"):
        sobol.indices(blocks)
    assert not sobol.indices(blocks, deterministic=True).corrected


def test_a_failed_run_takes_its_block_replicate_along_and_is_told_of():
    design = laid_out("sobol", 4, 128)
    wide = noisy(design, ISHIGAMI, 3, 0.3, np.random.default_rng(4))
    whole = sobol.indices(design.blocks(wide))
    wide[7, 0] = np.nan  # block 1, replicate 0
    wide[12:14, 1:] = np.inf  # block 2, two of three replicates
    found = sobol.indices(design.blocks(np.where(np.isfinite(wide), wide, np.nan)))

    assert (found.blocks, found.blocks_left_out) == (127, 1)
    assert "3 of 384 block replicates" in found.remarks[0] and "1 whole blocks" in found.remarks[0]
    assert found.table["value"].notna().all()
    assert found.total["value"].to_numpy() == pytest.approx(whole.total["value"].to_numpy(), abs=0.05)


def test_when_noise_hides_everything_it_says_so():
    design = laid_out("sobol", 3, 64)
    wide = np.random.default_rng(1).standard_normal((len(design.unit), 2))
    found = sobol.indices(design.blocks(wide))

    assert any("noise hides" in remark for remark in found.remarks)
    assert found.noise[0] > 0.7


def test_limits_narrow_over_nested_prefixes():
    blocks = sobol_of(ISHIGAMI, 256, 2, 0.2, 1)
    found = sobol.convergence(blocks, draws=200)
    width = (found["high"] - found["low"]).groupby(found["n"]).mean()

    assert width.index.tolist() == [16, 32, 64, 128, 256]
    assert width.iloc[-1] < 0.5 * width.iloc[0]
    last = found[found["n"] == 256].drop(columns="n").reset_index(drop=True)
    assert last.equals(sobol.indices(blocks, draws=200).table)


def test_indices_over_time_say_nothing_where_nothing_varies():
    design = laid_out("sobol", 2, 64)
    weeks = [np.zeros((len(design.unit), 2)), design.unit[:, [0, 0]] + [0, 1e-3]]
    found = sobol.over_time([0, 1], [design.blocks(week) for week in weeks], draws=100)

    assert found[found["week"] == 0]["value"].isna().all()
    late = found[(found["week"] == 1) & (found["order"] == "total")].set_index("input")["value"]
    assert late["x1"] == pytest.approx(1, abs=0.02) and late["x2"] == pytest.approx(0, abs=1e-6)


def test_failures_that_come_with_an_input_are_told_of():
    design = laid_out("sobol", 3, 64)
    wide = np.ones((len(design.unit), 2))
    wide[design.unit[:, 1] > 0.9] = np.nan
    told = failures.warnings(design, wide)

    assert "runs failed" in told[0]
    assert [line for line in told if "high values of x2" in line]
    assert not [line for line in told if "x1" in line or "x3" in line]
    assert failures.warnings(design, np.ones((len(design.unit), 2))) == []


def test_blocks_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="do not fit"):
        sobol.Blocks(("a", "b"), np.ones((8, 2)), np.ones((8, 2)), np.ones((1, 8, 2)))
