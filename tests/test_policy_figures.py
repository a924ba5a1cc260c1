"""The figures of comparisons, cohorts, regions and contacts: drawn from frames whose answers are known."""

import re
from datetime import date

import matplotlib.colors as mcolors
import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from abm import Model, data
from abm.parameters import load as load_parameters
from analysis import effects, figures, frames, networks, theme
from analysis.cli import main
from analysis.figures import (
    cohort_curves,
    cost_waterfall,
    fans,
    motivation_network,
    network_portrait,
    parameter_provenance,
    policy_effects,
    policy_outcomes,
    tile_map,
    who_gains,
)
from experiments import run as running
from experiments.interval import interval, ratio
from experiments.store import load
from tests import made_frames as made

UNTIL = date(2030, 12, 31)
POLICIES = ["start homes", "savings scheme", "priority ban"]
OUTCOMES = {"People in reception": ("persons", "lower"), "Paid work": ("% points", "higher"), "Cost": ("euros", "")}


def made_effects():
    """Give effects of three policies: clear, unclear, of one pair."""
    rows = []
    for outcome, (unit, better) in OUTCOMES.items():
        for policy, effect, low, high in zip(
            POLICIES, (-2e4, 1.5, 3.0), (-3e4, -1.0, np.nan), (-1e4, 4.0, np.nan), strict=True
        ):
            for group in ("everyone", "sex: women", "sex: men"):
                rows.append((outcome, policy, group, effect, low, high, unit, better, 100.0, 5))
    return pd.DataFrame(rows, columns=effects.COLUMNS)


def made_steps():
    rows = [("reception", -30.0, -35.0, -25.0), ("homes", 10.0, 8.0, 12.0), ("net", -20.0, -26.0, -14.0)]
    return pd.DataFrame(rows, columns=["category", "euros", "low", "high"])


def made_days(low=100.0):
    rows = [("regular", 50.0, 40.0, 60.0), ("emergency", 150.0, 90.0, 210.0), ("all", 200.0, low, 300.0)]
    return pd.DataFrame(rows, columns=["kind", "days", "low", "high"])


@pytest.fixture(scope="module")
def model():
    return Model(scale=0.005, until="2023-06-30").run()


@pytest.fixture(scope="module")
def drawn(model):
    smooth = made.smooth_run(5)
    cohorts = smooth.cohorts.assign(
        **dict.fromkeys(("permit", "housed", "started", "finished"), smooth.cohorts["people"] * 0.5)
    )
    weekly = smooth.weekly.assign(
        employed_permit=5e4, motivation_in_reception=0.5 + 0.01 * smooth.weekly["replicate"], complaint_share=0.4
    )
    levels, share = frames.motivation_with_contacts(cohorts, cohorts.assign(motivation=0.5), UNTIL)
    regions = pd.DataFrame(
        {"region": data.regions()["name"], "value": np.linspace(-3, 4, 35), "low": -9.0, "high": 9.0}
    )
    sample = networks.portrait(model)
    return {
        "cohort_curves": cohort_curves.draw(frames.cohort_curves(cohorts, UNTIL), caption="Made."),
        "motivation_network": motivation_network.draw(levels, share, caption="Made."),
        "fans": fans.draw(frames.fans(weekly), runs=5, caption="Made."),
        "policy_effects": policy_effects.draw(made_effects(), caption="Made."),
        "who_gains": who_gains.draw(made_effects(), "start homes", caption="Made."),
        "policy_outcomes": policy_outcomes.draw(made_effects(), caption="Made."),
        "cost_waterfall": cost_waterfall.draw(
            made_steps(), made_days(), "start homes", (-100.0, -150.0, -60.0), period="2026 to 2030"
        ),
        "tile_map": tile_map.draw(regions, title="Change", unit="points", differences=True),
        "network_portrait": network_portrait.draw(*sample[:3], place=sample.place, caption="Made."),
        "parameter_provenance": parameter_provenance.draw(frames.parameters(load_parameters())),
    }


def texts(figure):
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


def words(figure):
    return " | ".join(text.get_text() for text in texts(figure))


def grey(colour):
    red, green, blue = mcolors.to_rgb(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_all_have_the_width_of_a_page_and_a_title(drawn):
    for name, figure in drawn.items():
        assert figure.get_size_inches()[0] * 25.4 == pytest.approx(175), name
        assert max(text.get_fontsize() for text in figure.texts) >= 9, name


def test_no_text_is_smaller_than_five_and_a_half_points(drawn):
    for name, figure in drawn.items():
        assert min(text.get_fontsize() for text in texts(figure)) >= 5.5, name


def test_nothing_runs_out_of_the_figure_or_over_the_caption(drawn):
    for name, figure in drawn.items():
        renderer = figure.canvas.get_renderer()
        captions = [text.get_window_extent(renderer) for text in figure.texts]
        shown = [axis for axis in figure.axes if axis.get_visible() and (axis.axison or axis.texts)]
        for axis in shown:
            box = axis.get_tightbbox(renderer)
            assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= figure.bbox.x1 + 1 and box.y1 <= figure.bbox.y1 + 1, name
            for other in captions:
                across, down = (
                    min(box.x1, other.x1) - max(box.x0, other.x0),
                    min(box.y1, other.y1) - max(box.y0, other.y0),
                )
                assert across <= 2 or down <= 2, name


def test_titles_of_panels_do_not_touch(drawn):
    for name, figure in drawn.items():
        renderer = figure.canvas.get_renderer()
        boxes = [
            axis.title.get_window_extent(renderer) if axis.get_title() else axis._left_title.get_window_extent(renderer)
            for axis in figure.axes
            if axis.get_title(loc="left")
        ]
        for place, one in enumerate(boxes):
            for other in boxes[place + 1 :]:
                assert not one.overlaps(other), name


def test_axes_carry_units(drawn):
    for name in ("cohort_curves", "motivation_network", "fans"):
        for axis in drawn[name].axes:
            assert re.search(r"percent|0-1|\(0 none|thousand|points|mean", axis.get_ylabel()), name
    for name in ("policy_effects", "who_gains", "cost_waterfall"):
        assert all(axis.get_xlabel() for axis in drawn[name].axes if axis.axison), name


def test_an_effect_is_filled_only_when_its_interval_leaves_out_zero(drawn):
    axis = drawn["policy_effects"].axes[0]
    points = [line for line in axis.get_lines() if line.get_marker() not in ("None", None, "")]

    assert [line.get_marker() for line in points] == ["v", "o", "o"]
    assert [mcolors.to_hex(line.get_markerfacecolor()) == "#ffffff" for line in points] == [False, True, True]


def test_the_better_side_is_named_where_there_is_one(drawn):
    labels = [axis.get_xlabel() for axis in drawn["policy_effects"].axes]

    assert labels == ["(← better) persons", "% points (better →)", "euros"]


def test_more_and_less_differ_in_grey_or_in_shape():
    assert abs(grey(theme.MORE) - grey("white")) > 0.5 and abs(grey(theme.LESS) - grey("white")) > 0.5
    assert abs(grey(theme.UNSURE) - grey(theme.MORE)) > 0.2


def test_every_cell_of_the_table_says_its_effect_and_interval(drawn):
    shown = words(drawn["policy_outcomes"])

    assert shown.count("−20.0k") == 3 and shown.count("−30k to −10k") == 3


def test_the_table_does_not_count_millions_in_thousands():
    shown = words(policy_outcomes.draw(made_effects().replace({"unit": {"euros": "million euros"}})))

    assert shown.count("−20.0k") == 2 and "−20,000" in shown


def test_a_waterfall_ends_where_its_steps_lead(drawn):
    bars = drawn["cost_waterfall"].axes[0].patches
    ends = [bar.get_x() + bar.get_width() for bar in bars]

    assert ends[1] == pytest.approx(ends[2]) == pytest.approx(-20.0)
    assert bars[1].get_x() == pytest.approx(-30.0)


def test_a_price_for_a_day_is_given_only_when_days_are_saved_beyond_doubt(drawn):
    unknown = (np.nan, np.nan, np.nan)

    def said(low, price):
        return words(cost_waterfall.draw(made_steps(), made_days(low), "start homes", price, period="2026"))

    assert "each day in reception saved: −100 euros (95 percent interval, Fieller: −150 to −60)" in words(
        drawn["cost_waterfall"]
    )
    assert "each day in reception saved: not determined (it is not clear that days are saved)" in said(-5.0, unknown)
    assert "not determined (one pair of runs has no interval)" in said(np.nan, unknown)


def test_the_interval_of_a_ratio_holds_the_true_one_in_nineteen_of_twenty_samples():
    rng, held = np.random.default_rng(1), 0
    for _ in range(2000):
        luck = rng.standard_normal((2, 6))
        above, below = 30 + 4 * (luck[0] + luck[1]), 10 + 2 * luck[1]
        _, low, high = ratio(above, below)
        held += low <= 3.0 <= high

    assert 0.93 < held / 2000 < 0.965


def test_the_interval_of_a_ratio_is_that_of_the_mean_when_what_it_is_divided_by_is_certain():
    above = [1.0, 4.0, 2.5, 7.0]

    assert ratio(above, [2.0] * 4) == pytest.approx([number / 2 for number in interval(above)])


def test_a_ratio_is_not_determined_when_the_mean_below_may_be_zero():
    below = [-1.0, 4.0, 2.5, 7.0]

    assert interval(below)[1] < 0 and np.isnan(ratio([1.0, 2.0, 3.0, 4.0], below)).all()
    assert np.isnan(ratio([1.0], [2.0])).all() and np.isnan(ratio([1.0, np.nan], [2.0, 2.1])).all()


def test_every_region_has_a_tile_of_its_own():
    tiles = tile_map.layout()

    assert set(tiles) == set(data.regions()["name"])
    assert len(set(tiles.values())) == 35


def test_the_map_keeps_north_above_south_along_the_coast_and_the_border():
    tiles = tile_map.layout()
    coast = [
        "Noord-Holland Noord",
        "Zuid-Kennemerland en IJmond",
        "Holland Rijnland",
        "Haaglanden",
        "Rijnmond",
        "Zeeland",
    ]
    border = ["Groningen", "Drenthe", "Twente", "Achterhoek", "Noord-Limburg", "Midden-Limburg", "Zuid-Limburg"]

    for line in (coast, border):
        rows = [tiles[name][0] for name in line]
        assert rows == sorted(rows) and len(set(rows)) == len(rows)
    assert max(tiles, key=lambda name: tiles[name][0]) == "Zuid-Limburg"


def test_a_region_without_a_tile_is_an_error():
    with pytest.raises(ValueError, match="no tile for the region 'Atlantis'"):
        tile_map.draw(pd.DataFrame({"region": ["Atlantis"], "value": [1.0]}), title="x", unit="y")


def test_a_tile_without_a_value_says_so():
    figure = tile_map.draw(pd.DataFrame({"region": ["Groningen", "Drenthe"], "value": [1.0, 2.0]}), title="x", unit="y")

    assert words(figure).count("unknown") == 33


def test_the_portrait_has_a_panel_for_every_layer_of_the_model(model):
    from abm.network import LAYERS

    assert set(network_portrait.LAYERS) == set(LAYERS) == set(model.network.statistics()["layer"])


def test_people_of_the_portrait_stand_at_one_spot_and_all_ties_have_two_ends(model):
    sample = networks.portrait(model, people=60)

    assert sample.nodes["node"].is_unique and set(sample.nodes["kind"]) <= set(network_portrait.NODES)
    assert sample.nodes[["x", "y"]].stack().between(0, 1).all()
    assert set(sample.ties["source"]) | set(sample.ties["target"]) <= set(sample.nodes["node"])
    assert networks.portrait(model, people=60).nodes.equals(sample.nodes)


# What they are given


def test_the_interval_of_a_mean_is_that_of_student():
    mean, low, high = frames.interval(pd.Series([1.0, 2.0, 3.0, 4.0]))

    assert (mean, low, high) == pytest.approx((2.5, 2.5 - 3.182 * 0.6455, 2.5 + 3.182 * 0.6455), rel=1e-3)
    assert np.isnan(frames.interval(pd.Series([1.0]))[1:]).all()
    assert np.isnan(frames.interval(pd.Series([1.0, np.nan]))).all()


def test_the_part_of_contacts_is_the_difference_within_pairs():
    rows = [
        {"clock": "application", "cohort": 2021, "weeks": weeks, "people": 100, "motivation": 0.6} for weeks in (0, 13)
    ]
    two = pd.concat([made.cohorts(rows, 0), made.cohorts(rows, 1)])
    without = two.assign(motivation=[0.60, 0.58, 0.60, 0.56])
    levels, share = frames.motivation_with_contacts(two, without, UNTIL)

    assert share["value"].tolist() == pytest.approx([0.0, 3.0]) and share["low"].iloc[1] < 3.0 < share["high"].iloc[1]
    assert set(levels["variant"]) == set(motivation_network.VARIANTS)


def test_few_runs_give_lowest_and_highest_not_quantiles():
    weekly = pd.concat([made.smooth_run(1).weekly.assign(replicate=r) for r in range(3)]).assign(
        employed_permit=1.0, motivation_in_reception=0.5, complaint_share=0.4
    )
    weekly["in_reception"] = 10.0 * weekly["replicate"]
    own = frames.fans(weekly).query("panel == 'in_reception'")

    assert (own["low90"] == 0).all() and (own["high90"] == 20).all() and own["low50"].isna().all()


def test_values_by_region_are_ratios_of_means():
    groups = pd.DataFrame(
        {
            "replicate": [0, 0, 0, 0],
            "week": [98, 99, 99, 10],
            "dimension": ["region", "region", "sex", "region"],
            "group": ["Twente", "Twente", "men", "Twente"],
            "employed": [10.0, 30.0, 5.0, 99.0],
            "adults": [100.0, 100.0, 5.0, 100.0],
        }
    )

    assert frames.by_region(groups, "employed", "adults")["value"].tolist() == [20.0]


# From stored runs


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """Give folders of three small runs with the same luck: as it is, contacts without influence, more effort."""
    folder = tmp_path_factory.mktemp("runs")
    changed = {"base": {}, "quiet": {figures.CONTACTS: 0}, "effort": {"housing_effort": 0.95}}
    for name, changes in changed.items():
        running.run(folder / name, running.Settings(until="2022-12-31", scale=0.005, replicates=2, changes=changes))
    return {name: folder / name for name in changed}


def test_effects_of_a_run_against_itself_are_zero(stored):
    base = load(stored["base"])
    found = effects.of_runs(base, {"itself": base})

    known = found.dropna(subset=["effect"])
    assert len(known) > 40 and (known[["effect", "low", "high"]] == 0).all().all()
    assert list(found.columns) == effects.COLUMNS and (found["pairs"] == 2).all()


def test_effects_are_policy_minus_baseline_in_the_unit_shown(stored):
    base, effort = load(stored["base"]), load(stored["effort"])
    found = effects.of_runs(base, {"effort": effort}).set_index(["outcome", "group"])
    late = base.weekly["week"] >= 52
    means = [
        run.weekly[late].groupby("replicate")["status_holders_in_reception"].mean().to_numpy() for run in (base, effort)
    ]
    row = found.loc[("Status holders in reception", "everyone")]

    assert row["effect"] == pytest.approx((means[1] - means[0]).mean(), rel=0.05)
    assert row["baseline"] == pytest.approx(means[0].mean(), rel=0.05) and row["unit"] == "persons"


def test_the_waterfall_adds_up_to_the_change_of_all_cost(stored):
    base, effort = load(stored["base"]), load(stored["effort"])
    steps, days, period, price = effects.cost_steps(base, effort, "effort")
    total = [run.costs["euros"].sum() / 2e6 for run in (base, effort)]

    assert steps.iloc[-1]["category"] == "net" and steps.iloc[-1]["euros"] == pytest.approx(total[1] - total[0])
    assert steps.iloc[:-1]["euros"].sum() == pytest.approx(steps.iloc[-1]["euros"])
    assert days["kind"].tolist() == list(cost_waterfall.KINDS) and period == "2021 to 2022"
    saved = days.set_index("kind").loc["all"]
    if saved["low"] > 0 or saved["high"] < 0:
        assert price[0] == pytest.approx(1000 * steps.iloc[-1]["euros"] / saved["days"])
    else:
        assert np.isnan(price).all()


def test_runs_that_do_not_pair_are_refused(stored, tmp_path):
    running.run(tmp_path / "other", running.Settings(until="2022-12-31", scale=0.005, seed=9, replicates=2))

    with pytest.raises(effects.EffectsError, match="other: does not pair with the baseline: it has seeds"):
        effects.of_runs(load(stored["base"]), {"other": load(tmp_path / "other")})

    running.run(tmp_path / "one", running.Settings(until="2022-12-31", scale=0.005))
    with pytest.raises(effects.EffectsError, match=r"it has 1 replicate, the baseline 2; .* same --replicates"):
        effects.of_runs(load(stored["base"]), {"one": load(tmp_path / "one")})


def test_a_figure_of_effects_says_over_which_years_its_numbers_are_taken(stored):
    runs = [load(stored["base"]), load(stored["effort"])]
    drawn = figures.draw(runs, ["policy_effects", "policy_outcomes", "who_gains"])
    words = {name: " ".join(text.get_text() for text in figure.texts) for name, figure in drawn.items()}

    for name in ("policy_effects", "policy_outcomes"):
        assert "means over the last half, to 31 December 2022" in words[name], name
        assert "departures: sums over 2021 to 2022" in words[name], name
    assert "Means over the last half, to 31 December 2022." in words["who_gains-housing_effort_0_95"]


def test_large_sums_of_an_experiment_are_written_in_million_euros():
    rows = [("Cost", 2e9, 1e9, 3e9, "euros"), ("Fine", 20.0, 10.0, 30.0, "euros"), ("People", 5e6, 4e6, 6e6, "persons")]
    found = pd.DataFrame(
        [(name, "plan", "everyone", *numbers, unit, "", numbers[0], 5) for name, *numbers, unit in rows],
        columns=effects.COLUMNS,
    )
    made = effects.in_millions(found).set_index("outcome")

    assert made.loc["Cost", ["effect", "low", "high", "baseline"]].tolist() == [2000.0, 1000.0, 3000.0, 2000.0]
    assert made["unit"].tolist() == ["million euros", "euros", "persons"]
    assert made.loc["Fine", "effect"] == 20.0 and made.loc["People", "effect"] == 5e6


def test_the_command_draws_all_that_the_runs_allow(stored, tmp_path, capsys):
    folders = [str(folder) for folder in stored.values()]

    assert main(["figures", *folders, "--out", str(tmp_path / "out"), "--format", "pdf"]) == 0
    names = {path.stem for path in (tmp_path / "out").iterdir()}
    assert names == {
        *(name for name, entry in figures.CATALOGUE.items() if entry.needs == "run"),
        "motivation_network",
        "policy_effects",
        "policy_outcomes",
        "who_gains-housing_effort_0_95",
        "cost_waterfall-housing_effort_0_95",
    }


def test_the_network_is_drawn_from_the_run_made_again(stored, tmp_path):
    assert (
        main(["figures", str(stored["base"]), "--only", "network_portrait", "--out", str(tmp_path), "--format", "svg"])
        == 0
    )
    assert (tmp_path / "network_portrait.svg").stat().st_size > 10_000


def test_the_network_of_a_run_of_other_code_is_not_drawn(stored, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(figures, "code", lambda: {"sha256": "other"})

    assert main(["figures", str(stored["base"]), "--only", "network_portrait", "--out", str(tmp_path / "out")]) == 2
    assert "was made by other code" in capsys.readouterr().err and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "polici_effects"], "no figure is called 'polici_effects'. Did you mean 'policy_effects'?"),
        (["--only", "policy_effects"], "policy_effects: needs a run to compare with the baseline"),
        (["--only", "motivation_network"], "no run is the baseline with only motivation_peer_effect at 0"),
    ],
)
def test_what_cannot_be_drawn_is_one_line(arguments, message, stored, capsys):
    assert main(["figures", str(stored["base"]), *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_the_list_names_every_figure(capsys):
    assert main(["figures", "--list"]) == 0
    listed = capsys.readouterr().out

    assert all(name in listed for name in figures.CATALOGUE)
