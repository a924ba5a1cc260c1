"""The loader of parameters: what it reads, what it refuses and how it says so."""

import pickle
import time
from datetime import date
from textwrap import dedent

import numpy as np
import pytest

from abm.parameters import CATEGORIES, ParameterError, closest, load
from abm.parameters.dates import date_of, week_from, week_of

ENTRY = """
{name}:
  meaning: Something worth knowing.
  unit: share
  value: 0.5
  range: [0, 1]
  distribution: uniform
  role: uncertainty
  source: {{kind: assumption, where: "assumption", note: "for a test"}}
"""

HOMES = ENTRY.format(name="start_homes")
BY_ORIGIN = HOMES.replace(
    "value: 0.5",
    "by: origin\n  value: {syria: 0.1, horn: 0.2, turkiye_iran: 0.3, other_likely: 0.4, unlikely: 0.5}",
)
DATED = HOMES.replace("value: 0.5", "values: {2021-01-01: 0.2, 2021-01-15: 0.4}")
BY_TWO = HOMES.replace(
    "value: 0.5",
    "by: [route, site_type]\n  value:\n"
    + "".join(f"    {route}: {{regular: 0, emergency: 0.5, elsewhere: 1}}\n" for route in ("b1", "education", "z")),
)
CHOICE = HOMES.replace("value: 0.5", "type: choice\n  choices: [first, last]\n  value: last").replace(
    "  range: [0, 1]\n  distribution: uniform\n", ""
)
SWITCH = CHOICE.replace("type: choice\n  choices: [first, last]\n  value: last", "type: bool\n  value: true")
COUNT = HOMES.replace("value: 0.5", "type: int\n  value: 1").replace("unit: share", "unit: weeks")


@pytest.fixture
def read(tmp_path):
    """Read parameters from texts, one file a theme."""

    def read_texts(housing, **themes):
        for theme, text in {"housing": housing, **themes}.items():
            (tmp_path / f"{theme}.yaml").write_text(dedent(text), encoding="utf-8")
        return load(tmp_path)

    return read_texts


def refusal(read, *texts, **themes):
    """Give the message with which a text is refused; it is one line."""
    with pytest.raises(ParameterError) as caught:
        read(*texts, **themes)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_parameter_carries_what_its_entry_says(read):
    parameter = read(HOMES)["start_homes"]

    assert (parameter.value, parameter.unit, parameter.role) == (0.5, "share", "uncertainty")
    assert (parameter.range, parameter.distribution, parameter.theme) == ((0.0, 1.0), "uniform", "housing")
    assert parameter.source == ("assumption", "assumption", "for a test")


def test_parameters_are_grouped_by_the_file_they_stand_in(read):
    parameters = read(HOMES, work=ENTRY.format(name="welcome"))

    assert list(parameters) == ["start_homes", "welcome"]
    assert parameters.themes == {"housing": ("start_homes",), "work": ("welcome",)}


def test_a_dated_value_holds_from_its_date_on_and_the_first_one_before(read):
    parameters = read(DATED.replace("2021-01-01: 0.2", "2021-01-08: 0.2"))

    assert [parameters.at("start_homes", week) for week in (0, 1, 2, 400)] == [0.2, 0.2, 0.4, 0.4]


def test_a_date_in_the_middle_of_a_week_counts_from_the_next_week(read):
    parameters = read(DATED.replace("2021-01-15", "2021-01-11"))

    assert [parameters.at("start_homes", week) for week in (1, 2)] == [0.2, 0.4]


def test_an_interpolated_value_moves_evenly_from_date_to_date(read):
    parameters = read(DATED + "  interpolate: linear\n")

    assert [parameters.at("start_homes", week) for week in (0, 1, 2, 3)] == pytest.approx([0.2, 0.3, 0.4, 0.4])


def test_values_by_category_come_in_the_fixed_order_however_they_are_written(read):
    turned = BY_ORIGIN.replace("{syria: 0.1, horn: 0.2,", "{horn: 0.2, syria: 0.1,")

    assert read(turned).at("start_homes", 0).tolist() == [0.1, 0.2, 0.3, 0.4, 0.5]


def test_values_by_two_categories_have_two_axes(read):
    assert read(BY_TWO).at("start_homes", 0).tolist() == [[0, 0.5, 1]] * 3


def test_values_by_category_can_be_dated_and_interpolated(read):
    ends = [", ".join(f"{origin}: {value}" for origin in CATEGORIES["origin"]) for value in (0, 1)]
    dated = f"values: {{2021-01-01: {{{ends[0]}}}, 2021-01-15: {{{ends[1]}}}}}"
    text = HOMES.replace("value: 0.5", f"by: origin\n  interpolate: linear\n  {dated}")

    assert read(text).at("start_homes", 1).tolist() == [0.5] * 5


@pytest.mark.parametrize(("text", "value"), [(CHOICE, "last"), (SWITCH, True), (COUNT, 1)])
def test_choices_switches_and_counts_keep_their_type(read, text, value):
    found = read(text).at("start_homes", 0)

    assert found == value and type(found) is type(value)


# --- what is refused


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        ("meening:", "meaning:", "housing.yaml: start_homes: unknown key 'meening'. Did you mean 'meaning'?"),
        ("  unit: share\n", "", "housing.yaml: start_homes: 'unit' is missing"),
        ("unit:", "unit: share", "housing.yaml: start_homes.unit: '' is not text"),
        ("value: 1.5", "value: 0.5", "housing.yaml: start_homes: 1.5 lies outside the range 0 to 1"),
        ("value: half", "value: 0.5", "housing.yaml: start_homes: 'half' is not a number"),
        ("value: 5e-1", "value: 0.5", "housing.yaml: start_homes: '5e-1' is not a number (write 0.5)"),
        ("value: .nan", "value: 0.5", "housing.yaml: start_homes: nan is not a number"),
        ("value: true", "value: 0.5", "housing.yaml: start_homes: True is not a number"),
        (
            "range: [1, 0]",
            "range: [0, 1]",
            "housing.yaml: start_homes.range: give the lowest and the highest",
        ),
        ("distribution: unifrom", "distribution: uniform", "no 'unifrom'. Did you mean 'uniform'?"),
        ("distribution: fixed", "distribution: uniform", "an uncertainty is drawn, so it cannot be fixed"),
        ("distribution: loguniform", "distribution: uniform", "loguniform needs a range above 0"),
        ("role: levre", "role: uncertainty", "start_homes.role: there is no 'levre'. Did you mean 'lever'?"),
        (
            "kind: guess",
            "kind: assumption",
            "start_homes.source.kind: there is no 'guess'. Choose from: law,",
        ),
        ("wear:", "where:", "start_homes.source: unknown key 'wear'. Did you mean 'where'?"),
        ("value: 0.5\n  interpolate: linear", "value: 0.5", "only dated 'values' can be interpolated"),
        (
            "value: 0.5\n  by: orgin",
            "value: 0.5",
            "start_homes.by: there is no 'orgin'. Did you mean 'origin'?",
        ),
        ("value: 0.5\n  by: route", "value: 0.5", "give a value for each route: b1, education, z"),
        ("value: 0.5\n  by: [route, route]", "value: 0.5", "give one or two of origin,"),
        ("value: 0.5\n  choices: [a, b]", "value: 0.5", "only a parameter of type choice has choices"),
        (
            "value: 0.5\n  type: flaot",
            "value: 0.5",
            "start_homes.type: there is no 'flaot'. Did you mean 'float'?",
        ),
        ("value: 0.5\n  values: {2021-01-01: 1}", "value: 0.5", "give either 'value' or 'values'"),
        ("values: {2021-13-01: 0.5}", "value: 0.5", "'2021-13-01' is not a date; write it as 2024-07-01"),
        ("values: {2021-1-1: 0.5}", "value: 0.5", None),
        ("values: {soon: 0.5}", "value: 0.5", "start_homes.values: 'soon' is not a date"),
        ("values: {2021-01-01: 7}", "value: 0.5", "start_homes.2021-01-01: 7 lies outside the range 0 to 1"),
        ("Start_Homes:", "start_homes:", "a name is written in lower case with underscores"),
    ],
)
def test_a_mistake_in_an_entry_is_refused_with_its_place_and_a_hint(read, wrong, right, message):
    text = HOMES.replace(right, wrong) if right else HOMES.replace(wrong, "")
    assert text != HOMES

    if message is None:  # read as a date after all
        assert read(text)["start_homes"].values == {date(2021, 1, 1): 0.5}
    else:
        assert message in refusal(read, text)


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        ("suria: 0.1", "syria: 0.1", "start_homes: no origin is called 'suria'. Did you mean 'syria'?"),
        ("", "syria: 0.1, ", "housing.yaml: start_homes: no value for origin 'syria'"),
        ("horn: 2", "horn: 0.2", "housing.yaml: start_homes.horn: 2 lies outside the range 0 to 1"),
    ],
)
def test_a_mistake_in_a_category_is_refused(read, wrong, right, message):
    assert message in refusal(read, BY_ORIGIN.replace(right, wrong))


def test_a_count_must_be_whole_and_a_choice_one_of_its_choices(read):
    assert "1.5 is not a whole number" in refusal(read, COUNT.replace("value: 1", "value: 1.5"))
    assert "'lst'. Did you mean 'last'?" in refusal(read, CHOICE.replace("value: last", "value: lst"))
    assert "'maybe' is not true or false" in refusal(read, SWITCH.replace("value: true", "value: maybe"))


def test_a_key_that_stands_twice_is_refused_with_its_line(read):
    assert refusal(read, HOMES + "  unit: weeks\n") == "housing.yaml: line 10: 'unit' stands twice; keep one of the two"
    assert "'start_homes' stands twice" in refusal(read, HOMES + HOMES)


def test_a_name_that_stands_in_two_files_is_refused(read):
    assert refusal(read, HOMES, work=HOMES) == "work.yaml: start_homes: already stands in housing.yaml"


@pytest.mark.parametrize("text", ["", "- a list", "start_homes: [", "start_homes: 3"])
def test_a_file_that_holds_no_entries_is_refused(read, text):
    assert refusal(read, text).startswith("housing.yaml")


def test_a_folder_without_parameter_files_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="holds no parameter files"):
        load(tmp_path)


# --- other values


def test_a_replaced_value_holds_in_all_weeks_and_leaves_the_original(read):
    parameters = read(DATED)
    changed = parameters.replace({"start_homes": 0.9})

    assert [changed.at("start_homes", week) for week in (0, 100)] == [0.9, 0.9]
    assert [parameters.at("start_homes", week) for week in (0, 100)] == [0.2, 0.4]


def test_one_category_can_be_replaced_and_the_others_stay(read):
    assert read(BY_ORIGIN).replace({"start_homes.horn": 0.9}).at("start_homes", 0).tolist() == [
        0.1,
        0.9,
        0.3,
        0.4,
        0.5,
    ]
    assert read(BY_TWO).replace({"start_homes.z.regular": 1}).at("start_homes", 0)[2].tolist() == [1, 0.5, 1]


def test_a_replaced_category_keeps_the_dates_of_the_others(read):
    first, last = (dict.fromkeys(CATEGORIES["origin"], value) for value in (0.1, 0.2))
    dated = f"by: origin\n  values: {{2021-01-01: {first}, 2021-01-08: {last}}}".replace("'", "")
    parameters = read(HOMES.replace("value: 0.5", dated)).replace({"start_homes.syria": 1})

    assert [parameters.at("start_homes", week)[:2].tolist() for week in (0, 1)] == [[1, 0.1], [1, 0.2]]


def test_the_order_of_replacements_does_not_matter(read):
    whole = dict.fromkeys(CATEGORIES["origin"], 0.0)
    changes = {"start_homes.syria": 1, "start_homes": whole}

    assert read(BY_ORIGIN).replace(changes).at("start_homes", 0).tolist() == [1, 0, 0, 0, 0]


def test_numbers_of_numpy_can_replace_values(read):
    assert read(HOMES).replace({"start_homes": np.float64(0.25)}).at("start_homes", 0) == 0.25
    assert read(COUNT).replace({"start_homes": np.float64(0.0)}).at("start_homes", 0) == 0
    assert read(SWITCH).replace({"start_homes": np.False_}).at("start_homes", 0) is False


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"start_hommes": 0.1}, "no parameter is called 'start_hommes'. Did you mean 'start_homes'?"),
        ({"start_homes.hron": 0.1}, "there is no such category. Did you mean 'start_homes.horn'?"),
        ({"start_homes.horn": 7}, "housing.yaml: start_homes.horn: 7 lies outside the range 0 to 1"),
        ({"start_homes.horn": "much"}, "'much' is not a number"),
        ({"start_homes": 0.1}, "give a value for each origin"),
    ],
)
def test_a_wrong_replacement_is_refused_with_a_hint(read, changes, message):
    parameters = read(BY_ORIGIN)

    with pytest.raises(ParameterError) as caught:
        parameters.replace(changes)
    assert message in str(caught.value)


def test_an_unknown_name_is_an_error_with_advice_but_still_a_mapping_without_it(read):
    parameters = read(HOMES)

    with pytest.raises(ParameterError, match="Did you mean 'start_homes'"):
        parameters["start_home"]
    assert "start_home" not in parameters and parameters.get("start_home") is None


def test_parameters_can_be_sent_to_another_process(read):
    parameters = read(BY_ORIGIN)

    assert dict(pickle.loads(pickle.dumps(parameters))) == dict(parameters)


def test_a_name_that_resembles_nothing_gets_no_hint_among_many():
    assert closest("xyz", [f"name_{number}" for number in range(50)]) == ""


def test_week_zero_starts_on_the_first_of_january_2021():
    assert date_of(0) == date(2021, 1, 1)
    assert [week_of(day) for day in ("2020-12-31", "2021-01-01", date(2021, 1, 8))] == [-1, 0, 1]
    assert all(week_of(date_of(week)) == week_from(date_of(week)) == week for week in range(-5, 600))
    assert week_from("2026-01-01") == week_of("2026-01-01") + 1


# --- the model's own


def test_the_parameters_of_the_model_load_and_stay_in_their_range():
    parameters = load()

    assert {"people", "procedure", "reception", "housing", "integration", "mind"} <= set(parameters.themes)
    assert all(np.isfinite(parameter.over(np.arange(522))).all() for parameter in parameters.values())


def test_an_assumption_of_the_model_says_why():
    bare = [name for name, entry in load().items() if entry.source.kind == "assumption" and not entry.source.note]

    assert bare == []


def test_the_parameters_of_the_model_load_quickly():
    def seconds():
        start = time.perf_counter()
        load()
        return time.perf_counter() - start

    assert min(seconds() for _ in range(3)) < 0.4
