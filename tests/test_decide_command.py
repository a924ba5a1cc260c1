"""`werkstand decide` on a stored experiment of policies x futures made by a known model, and its figures."""

import hashlib
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from analysis import provenance
from analysis.cli import main
from experiments.folder import create, open_folder
from experiments.runner import run
from experiments.specification import from_mapping

STATED = {
    "policies": {"baseline": [], "savings_scheme": ["savings_scheme@2021-07-01"]},
    "design": {"kind": "lhs", "n": 40},
    "parameters": {"housing_effort": {"range": [0.5, 1.2]}, "motivation_recovery": None, "job_finding_base": None},
    "replicates": 4,
    "scale": 0.5,
    "until": "2022-01-31",
    "outcomes": {"stock": {"column": "in_reception", "summary": "last", "label": "people"}},
    "model": "tests.sensitivity.linear_model:PolicyModel",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Give a finished experiment in which the policy lowers the stock by 100 whatever the future."""
    made = create(tmp_path_factory.mktemp("decide") / "made", from_mapping(STATED, "made"))
    with ThreadPoolExecutor(1) as executor:
        run(made, executor)
    return made.folder


def test_the_better_policy_is_first_by_all_that_compares_policies(folder, capsys):
    assert main(["decide", str(folder), "--less-is-better", "--threshold", "1200"]) == 0
    ranking = pd.read_csv(folder / "decision" / "ranking.csv").set_index(["metric", "policy"])

    for metric in ("maximin", "expected", "max regret", "satisficing"):
        row = ranking.loc[(metric, "savings_scheme")]
        assert row["rank"] == 1 and row["rank_high"] == 1, metric
    assert ranking.loc[("max regret", "baseline"), "value"] == pytest.approx(-100, abs=1e-6)
    assert ranking.loc[("expected", "baseline"), "value"] > ranking.loc[("expected", "savings_scheme"), "value"] + 99
    assert (folder / "decision" / "figures" / "regret.png").stat().st_size > 10_000
    assert "40 futures, 4 replicates" in capsys.readouterr().out


def test_the_futures_in_which_it_fails_are_found(folder, capsys):
    command = ["decide", str(folder), "--less-is-better", "--threshold", "1150", "--policy", "savings_scheme"]
    assert main([*command, "--method", "cart"]) == 0
    said = capsys.readouterr().out

    box = pd.read_csv(folder / "decision" / "box_savings_scheme.csv").set_index("input")
    assert box.loc["housing_effort", "low"] > 0.2 and box.loc["housing_effort", "high"] == 1
    assert box.loc["housing_effort", "share"] > 0.8 and "Found in most resamples: housing_effort" in said
    assert (folder / "decision" / "figures" / "box_savings_scheme.png").stat().st_size > 10_000


def with_another_number(folder, copy):
    """Copy an experiment and change one stored outcome, the hash in its ledger with it."""
    shutil.copytree(folder, copy)
    shard = min((copy / "shards").glob("outcomes-*.parquet"))
    table = pd.read_parquet(shard)
    table.loc[0, "stock"] += 1
    before = hashlib.sha256(shard.read_bytes()).hexdigest()
    table.to_parquet(shard, index=False)
    ledger, after = copy / "ledger.jsonl", hashlib.sha256(shard.read_bytes()).hexdigest()
    ledger.write_text(ledger.read_text().replace(before, after))
    told = open_folder(copy).results()["stock"] - open_folder(folder).results()["stock"]
    assert sorted(told) == [0.0] * 319 + [1.0]
    return copy


def test_the_figures_are_verified_and_a_changed_number_is_noticed(folder, tmp_path, capsys):
    asked = ["--less-is-better", "--threshold", "1150", "--policy", "savings_scheme", "--method", "cart"]
    for name, made in (("good", folder), ("forged", with_another_number(folder, tmp_path / "copy"))):
        assert main(["decide", str(made), *asked, "--out", str(tmp_path / name)]) == 0
    pictures = sorted((tmp_path / "good" / "figures").iterdir())

    assert [path.name for path in pictures] == [
        *("box_savings_scheme.png", "box_savings_scheme.svg", "regret.png", "regret.svg")
    ]
    for path in pictures:
        origin = provenance.read(path)
        assert origin.figure == path.stem
        assert {row.run for row in origin.rows} == set(open_folder(folder).design["run"])
        assert main(["verify", str(path), "--rows", "320"]) == 0
        assert "320 of 320 runs were made again; all reproduce" in capsys.readouterr().out
        assert main(["verify", str(tmp_path / "forged" / "figures" / path.name), "--rows", "320"]) == 1
        assert "verify: 1 of 320 runs differ from what the figure shows" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--outcome", "stok"], "no outcome is called 'stok'. Did you mean 'stock'"),
        (["--policy", "savings_scheme"], "--policy needs --threshold"),
        (["--threshold", "1200", "--policy", "saving_scheme"], "Did you mean 'savings_scheme'"),
        (["--quantile", "2"], "does not lie between 0 and 1"),
        (["--threshold", "99999", "--policy", "baseline", "--less-is-better"], "0 of 40 futures fail"),
    ],
)
def test_a_mistake_is_one_line(folder, options, message, capsys):
    assert main(["decide", str(folder), *options]) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1


def test_the_figures_are_legible_and_their_panels_fill_the_page():
    from analysis.figures import curves, morris, regret, sensitivity_over_time, sobol, sobol_convergence

    names = [f"input_{i}" for i in range(7)] + ["inert:dummy"]
    spots = np.linspace(0.6, -0.05, len(names))
    table = pd.concat(
        [
            pd.DataFrame({"input": names, "order": order, "value": spots, "low": spots - 0.1, "high": spots + 0.1})
            for order in ("total", "first")
        ]
    )
    weeks = [table.assign(week=week, noise=0.3) for week in (52, 156, 260)]
    screened = pd.DataFrame(
        {"input": names, "mu_star": spots + 0.1, "mu_star_low": spots, "mu_star_high": spots + 0.2, "floor": 0.2}
    ).assign(above=lambda frame: frame["mu_star"] > frame["floor"])
    curve = pd.DataFrame({"input": np.repeat(names, 3), "position": [0, 0.5, 1] * len(names)})
    curve = curve.assign(change=1.0, low=0.5, high=1.5)
    scores = pd.DataFrame({"metric": "expected", "policy": ["a", "b"], "rank": [1, 2], "rank_low": 1, "rank_high": 2})
    figures = [
        sobol.draw(table, (0.3, 0.2, 0.4), outcome="x"),
        morris.draw(screened, outcome="x", unit="persons"),
        sensitivity_over_time.draw(pd.concat(weeks), outcome="x"),
        sobol_convergence.draw(pd.concat([table.assign(n=n) for n in (16, 32)]), outcome="x"),
        curves.draw(curve, outcome="x", unit="persons"),
        regret.draw(pd.DataFrame(np.ones((2, 9)), index=["a", "b"]), scores, outcome="x", unit="persons"),
    ]
    for figure in figures:
        texts = [text for text in figure.findobj(lambda part: hasattr(part, "get_fontsize")) if text.get_text().strip()]
        assert len(texts) > 5 and min(text.get_fontsize() for text in texts) >= 5.5
        rows = {round(axes.get_position().y0, 2): axes.get_position().height for axes in figure.axes}
        assert sum(rows.values()) > 0.35


def test_the_curves_say_from_what_to_what_an_input_is_varied():
    from analysis.figures import curves
    from analysis.figures.inputs import varied
    from experiments.factors import Factor

    table = pd.DataFrame({"input": "relet_ceiling", "position": [0.0, 1.0], "change": [2.0, 1.0]})
    table = table.assign(low=0.0, high=3.0)
    ranges = varied([Factor("relet_ceiling", "float", 0.02, 0.12)])
    axis = curves.draw(table, outcome="x", unit="persons", ranges=ranges).axes[0]

    assert [tick.get_text() for tick in axis.get_xticklabels()] == ["0.02", "0.12"]
    assert axis.get_xlabel() == "share of re-lets" and axis.get_title(loc="left") == "relet ceiling"


def test_a_restricted_input_is_said_in_its_own_values():
    from analysis.figures.inputs import bounded
    from experiments.factors import Factor

    share, switch = Factor("relet_ceiling", "float", 0.02, 0.12), Factor("twv_on", "bool", values=(False, True))

    assert bounded(share, 0.25, 0.75) == "relet ceiling between 0.045 and 0.095 (share of re-lets)"
    assert bounded(share, 0.5, 1.0) == "relet ceiling above 0.07 (share of re-lets)"
    assert bounded(switch, 0.0, 0.5) == "TWV on: no" and bounded(switch, 0.6, 1.0) == "TWV on: yes"
