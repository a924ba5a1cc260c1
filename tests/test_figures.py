"""The figures: what is drawn is what was counted, axes carry units, nothing lies over anything else."""

from datetime import date
from itertools import pairwise

import matplotlib.colors as mcolors
import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from abm.parameters.dates import week_of
from analysis import figures, frames, theme
from analysis.figures import where_people_are
from analysis.flows import total
from tests import made_frames as made

UNTIL = date(2030, 12, 31)


@pytest.fixture(scope="module", params=[1, 3], ids=["one run", "three runs"])
def drawn(request):
    run = made.smooth_run(request.param)
    return figures.draw_all(run.weekly, run.cohorts, run.persons, until=UNTIL)


def shown(axis):
    """Give the axes' texts that show something."""
    return [text for text in axis.findobj(Text) if text.get_visible() and text.get_text().strip()]


def test_every_panel_has_a_title_and_two_labelled_axes_with_units(drawn):
    for name, figure in drawn.items():
        assert any(text.get_fontsize() >= 9 for text in figure.texts), name
        for axis in figure.axes:
            assert axis.get_title(loc="left"), name
            assert axis.get_ylabel().startswith(("thousand ", "percent of", "mean level (", "motivation (")), name
        lowest = min(axis.get_position().y0 for axis in figure.axes)
        for axis in figure.axes:  # years stand under each panel; the word once per column
            assert axis.get_xlabel() or axis.get_position().y0 > lowest + 0.1, name


def test_figures_have_the_width_of_a_page(drawn):
    for figure in drawn.values():
        assert figure.get_size_inches()[0] * 25.4 == pytest.approx(175)


def test_nothing_runs_out_of_the_figure_or_into_another_panel(drawn):
    for name, figure in drawn.items():
        renderer = figure.canvas.get_renderer()
        page = figure.bbox
        boxes = [axis.get_tightbbox(renderer) for axis in figure.axes]
        captions = [text.get_window_extent(renderer) for text in figure.texts]
        for box in [*boxes, *captions]:
            inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= page.x1 + 1 and box.y1 <= page.y1 + 1
            assert inside, f"{name}: {box}"
        for index, box in enumerate(boxes):
            for other in [*boxes[index + 1 :], *captions]:
                across = min(box.x1, other.x1) - max(box.x0, other.x0)
                down = min(box.y1, other.y1) - max(box.y0, other.y0)
                assert across <= 2 or down <= 2, name


def test_tick_labels_do_not_touch(drawn):
    for name, figure in drawn.items():
        figure.canvas.draw()
        renderer = figure.canvas.get_renderer()
        for axis in figure.axes:
            labels = [*axis.get_xticklabels(), *axis.get_xticklabels(minor=True)]
            boxes = sorted(
                (label.get_window_extent(renderer) for label in labels if label.get_text() and label.get_visible()),
                key=lambda box: box.x0,
            )
            shown = [box for box in boxes if box.x0 >= axis.bbox.x0 - 12 and box.x1 <= axis.bbox.x1 + 12]
            for left, right in pairwise(shown):
                assert left.x1 <= right.x0 + 1, name


def test_names_of_areas_do_not_overlap(drawn):
    figure = drawn["where_people_are"]
    renderer = figure.canvas.get_renderer()
    for axis in figure.axes:
        names = [text for text in axis.texts if text.get_text() in where_people_are.STYLES]
        boxes = sorted((Text.get_window_extent(text, renderer) for text in names), key=lambda box: box.y0)
        assert len(boxes) >= 3
        assert all(low.y1 <= high.y0 + 1 for low, high in pairwise(boxes))


def test_no_text_is_smaller_than_five_and_a_half_points(drawn):
    for figure in drawn.values():
        assert min(text.get_fontsize() for text in shown(figure)) >= 5.5


def test_neighbouring_areas_differ_in_grey():
    def grey(name):
        red, green, blue = mcolors.to_rgb(where_people_are.STYLES[name][0])
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for stack in (frames.WHERE, frames.PLACES):
        names = list(stack)
        for one, other in pairwise(names):
            assert abs(grey(one) - grey(other)) > 0.15, (one, other)


def test_cohort_lines_have_dashes_of_their_own(drawn):
    axis = drawn["since_permit"].axes[0]
    dashes = [str(line.get_linestyle()) + str(line._dash_pattern) for line in axis.get_lines()]

    assert len(set(dashes)) == len(dashes) == 5


def test_the_band_of_replicates_is_drawn_when_there_are_several():
    one, three = (frames.hindcast(made.smooth_run(n).weekly) for n in (1, 3))

    assert one["low"].isna().all()
    assert (three["low"] <= three["value"] + 1e-6).all() and (three["high"] >= three["value"] - 1e-6).all()


def test_all_figures_are_written_into_the_folder_of_the_run(monkeypatch, tmp_path):
    run = made.smooth_run(1)
    monkeypatch.setattr("experiments.store.load", lambda folder: run)
    paths = figures.write_all(tmp_path)

    assert sorted(path.suffix for path in paths) == [".png"] * 4 + [".svg"] * 4
    assert all(path.parent == tmp_path / "figures" and path.stat().st_size > 5_000 for path in paths)


def test_the_same_figure_is_the_same_file(drawn, tmp_path):
    first = [path.read_bytes() for path in theme.save(drawn["motivation"], tmp_path, "motivation")]
    again = [path.read_bytes() for path in theme.save(drawn["motivation"], tmp_path, "motivation")]

    assert first == again


def test_a_short_run_is_drawn_too():
    run = made.smooth_run(1)
    weekly = run.weekly[run.weekly["week"] < 40]
    drawn = figures.draw_all(weekly, run.cohorts.iloc[:0], run.persons.iloc[:0], until=date(2021, 10, 1))

    assert len(drawn) == 4


# What the figures are given


def test_a_flow_is_added_up_by_days():
    dates = pd.Series(pd.date_range("2021-01-01", periods=60, freq="7D"))
    flow = pd.Series(np.full(60, 7.0))

    assert total(dates, flow, date(2021, 1, 1), date(2021, 6, 30)) == pytest.approx(181)
    assert np.isnan(total(dates, flow, date(2020, 12, 1), date(2021, 6, 30)))
    assert np.isnan(total(dates, flow, date(2021, 1, 1), date(2023, 6, 30)))


def test_the_hindcast_sums_housing_by_half_year():
    weekly = made.weekly("2022-12-31", housed=70.0, in_reception=1.0, status_holders_in_reception=1.0, open_cases=1.0)
    housed = frames.hindcast(weekly).query("panel == 'housed'")

    assert housed["value"].round().tolist() == [1810, 1840, 1810, 1840]
    assert housed["date"].dt.strftime("%Y-%m").tolist() == ["2021-04", "2021-09", "2022-04", "2022-09"]


def test_observations_are_within_the_years_compared_and_name_what_they_are():
    points = frames.observations()

    assert set(points["panel"]) == set(frames.OBSERVED_SERIES)
    assert points["date"].between("2021-01-01", "2025-12-31").all() and points["value"].notna().all()
    reception = points[points["panel"] == "in_reception"].set_index("date")["value"]
    assert reception.loc[pd.Timestamp(2024, 1, 1)] == 64_405
    other = points[points["kind"] == "other definition"]
    assert other["value"].tolist() == [36_870]
    # a quarter of the task is no half-year
    assert 5458 not in points["value"].tolist()


def test_states_add_up_to_the_people_there_are():
    run = made.smooth_run(1)
    where, places = frames.states(run.weekly, frames.WHERE), frames.states(run.weekly, frames.PLACES)
    reception = run.weekly["in_reception"].to_numpy()

    assert where.iloc[:, :3].sum(axis=1).to_numpy() == pytest.approx(reception)
    assert places.sum(axis=1).to_numpy() == pytest.approx(reception)


def test_a_cohort_ends_where_its_last_permits_are_no_longer_followed():
    rows = [
        {
            "clock": "permit",
            "cohort": 2024,
            "weeks": weeks,
            "people": 100,
            "employed": 20,
            "benefit": 50,
            "language": 1.0,
        }
        for weeks in (0, 52, 104)
    ]
    curves = frames.since_permit(made.cohorts(rows), date(2025, 12, 31))

    assert curves.query("panel == 'employed'")["weeks"].tolist() == [0, 52]
    assert curves.query("panel == 'employed'")["value"].tolist() == [20, 20]


def test_targets_are_those_of_the_register():
    goals = frames.targets().set_index(["pattern", "observed"])

    assert goals.loc[("P20", 13.0), "weeks"] == 78
    assert {observed for pattern, observed in goals.index if pattern == "P21"} == {31.0, 27.0, 19.0}
    assert (goals.loc[("P24", 46.0), ["low", "high", "weeks"]] == [38, 54, 260]).all()


def test_motivation_of_those_who_wait_is_of_adults_without_a_decision():
    last = week_of(UNTIL)
    people = made.persons(
        200,
        legal=np.repeat([2, 4, 2, 2], 50),
        application_week=last - np.repeat([5, 5, 5, 30], 50),
        motivation=np.repeat([0.5, 0.9, 0.1, 0.3], 50),
        birth_week=np.repeat([-1500, -1500, last - 400, -1500], 50),
    )
    found = frames.motivation_of_waiting(people, last)

    assert found["weeks"].tolist() == [6.5, 32.5] and found["persons"].tolist() == [50, 50]
    assert found["median"].tolist() == pytest.approx([0.5, 0.3])


def test_labels_are_moved_apart_as_little_as_possible():
    assert theme.spread([1.0, 2.0, 9.0], 0.5) == [1.0, 2.0, 9.0]
    assert theme.spread([2.0, 1.0, 1.0], 2.0) == [
        pytest.approx(10 / 3),
        pytest.approx(-2 / 3),
        pytest.approx(4 / 3),
    ]


def test_a_bare_figure_leaves_its_title_and_caption_to_the_text():
    from analysis.figures import policy_effects

    columns = ["outcome", "policy", "group", "effect", "low", "high", "unit", "better"]
    frame = pd.DataFrame([("Work", "a", "everyone", 1.0, 0.5, 1.5, "points", "higher")], columns=columns)
    full = policy_effects.draw(frame, caption="Made of ten pairs.")
    with theme.bare():
        bare = policy_effects.draw(frame, caption="Made of ten pairs.")
    again = policy_effects.draw(frame, caption="Made of ten pairs.")

    assert len(full.texts) > 2 and not bare.texts and len(again.texts) == len(full.texts)
    assert bare.get_size_inches()[1] < full.get_size_inches()[1] - 0.4
    assert theme.remark(bare) == theme.remark(full) and theme.remark(bare).startswith("Made of ten pairs. Each policy")
