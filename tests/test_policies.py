"""Policies: what a file says reaches the model in the right weeks, and a mistake costs one clear line."""

from datetime import date

import numpy as np
import pytest

from abm import Model
from abm.parameters import load
from abm.policies import PolicyError, choose, idle, lay_over, names, read, steps
from abm.timetable import Timetable, date_of, week_from

PARAMETERS = load()
WEEKS = 522
JULY = week_from("2026-07-01")
SAVINGS = "changes: [{parameter: savings_share, set: 0.5}]"


@pytest.fixture
def write(tmp_path):
    """Write a policy file with these lines and the keys every policy has; a key given replaces the usual one."""

    def make(*lines, name="mine"):
        usual = {
            "title": "Something",
            "why": "To test it.",
            "source": '{document: S2, where: "a heading"}',
            "status": "own",
            "starts": "2026-07-01",
            "reach": "Everybody.",
            "cost": "None.",
        }
        given = {line.split(":")[0] for line in lines}
        text = [f"{key}: {value}" for key, value in usual.items() if key not in given]
        path = tmp_path / f"{name}.yaml"
        path.write_text("\n".join([*text, *(line for line in lines if not line.endswith(": -"))]) + "\n")
        return path

    return make


@pytest.fixture
def laid(write):
    """Give what one policy makes of the parameters."""
    return lambda *lines: lay_over([read(write(*lines))], PARAMETERS, WEEKS)


@pytest.fixture
def refused(write):
    """Give the line with which a policy file is refused."""

    def refuse(*lines, n_weeks=WEEKS):
        with pytest.raises(PolicyError) as error:
            lay_over([read(write(*lines))], PARAMETERS, n_weeks)
        assert "\n" not in str(error.value) and str(error.value).startswith("mine.yaml: ")
        return str(error.value)

    return refuse


# --- what a policy does


def test_a_value_is_set_from_the_first_week_that_begins_in_the_period(laid):
    column = laid(SAVINGS, "ends: 2028-01-01")["savings_share"]

    assert set(column[:JULY]) == {0.0} and date_of(JULY) == date(2026, 7, 3)
    assert set(column[JULY : week_from("2028-01-01")]) == {0.5}
    assert set(column[week_from("2028-01-01") :]) == {0.0}


def test_set_comes_before_scale_and_scale_before_add(laid):
    changes = ", ".join(f"{{parameter: online_share, {way}}}" for way in ("add: 0.1", "scale: 0.5", "set: 0.4"))

    assert laid(f"changes: [{changes}]")["online_share"][-1] == pytest.approx(0.3)


def test_the_order_in_which_policies_are_named_does_not_matter(write):
    one = read(write("changes: [{parameter: online_share, set: 0.4}]", name="one"))
    two = read(write("changes: [{parameter: online_share, scale: 2}]", name="two"))
    three = read(write("changes: [{parameter: online_share, add: 0.1}]", name="three"))

    forth = lay_over([one, two, three], PARAMETERS, WEEKS)["online_share"]
    back = lay_over([three, two, one], PARAMETERS, WEEKS)["online_share"]
    assert forth[-1] == pytest.approx(0.9) and np.array_equal(forth, back)


def test_one_category_can_be_changed_and_all_can_be_scaled(laid):
    changes = "[{parameter: chance_relocation, scale: 0.5}, {parameter: chance_relocation.emergency, add: 0.01}]"

    assert laid(f"changes: {changes}")["chance_relocation"][-1] == pytest.approx([0.015, 0.05, 0.015])


def test_dated_values_of_the_baseline_stay_where_a_policy_does_not_hold(laid):
    column = laid("starts: 2024-01-01", "changes: [{parameter: grant_rate, scale: 0.9}]")["grant_rate"]
    before = Timetable(PARAMETERS, WEEKS).weekly("grant_rate")
    start = week_from("2024-01-01")

    assert np.array_equal(column[:start], before[:start])
    assert column[start:] == pytest.approx(before[start:] * 0.9)


def test_switches_and_choices_can_be_set(laid):
    columns = laid("changes: [{parameter: twv_on, set: false}, {parameter: decision_order, set: likely_first}]")

    assert columns["twv_on"].dtype == bool and not columns["twv_on"][-1]
    assert columns["decision_order"][-1] == PARAMETERS["decision_order"].choices.index("likely_first")


def test_a_policy_can_be_given_other_dates(write):
    path = write(SAVINGS)
    (later,) = choose(f"{path}@2028-01-01:2029-01-01")
    (shorter,) = choose(f"{path}@:2027-01-01")

    assert (later.starts, later.ends) == (date(2028, 1, 1), date(2029, 1, 1))
    assert (shorter.starts, shorter.ends) == (date(2026, 7, 1), date(2027, 1, 1))


# --- packages


def test_a_package_lays_over_what_its_policies_lay_over(write):
    write(SAVINGS, name="save")
    write("changes: [{parameter: twv_on, set: false}]", name="permit")
    path = write("policies: [save, {policy: permit, starts: 2027-01-01}]", "starts: -", name="both")
    columns = lay_over([read(path)], PARAMETERS, WEEKS)

    assert [leaf.name for leaf in read(path).leaves()] == ["save", "permit"]
    assert columns["savings_share"][JULY] == 0.5
    assert columns["twv_on"].argmin() == week_from("2027-01-01")


def test_the_policies_of_a_package_move_along_when_it_starts_later(write):
    write(SAVINGS, name="save")
    write("starts: 2027-07-01", "changes: [{parameter: twv_on, set: false}]", name="permit")
    path = write("policies: [save, permit]", "starts: -", name="both")
    (moved,) = choose(f"{path}@2027-07-01:2029-01-01")

    assert [leaf.starts for leaf in moved.leaves()] == [date(2027, 7, 1), date(2028, 6, 30)]
    assert {leaf.ends for leaf in moved.leaves()} == {date(2029, 1, 1)}


def test_a_package_that_is_made_of_itself_is_refused(write):
    write("policies: [two]", "starts: -", name="one")
    path = write("policies: [one]", "starts: -", name="two")

    with pytest.raises(PolicyError, match=r"two\.yaml: policies: is made of itself \(two, one, two\)"):
        read(path)


def test_two_policies_that_set_the_same_in_one_week_are_both_named(write):
    one = read(write(SAVINGS, name="one"))
    two = read(write("starts: 2028-01-01", SAVINGS, name="two"))

    with pytest.raises(PolicyError, match="'one' and 'two' both set savings_share in the week of 2028-01-07"):
        lay_over([one, two], PARAMETERS, WEEKS)
    assert lay_over([one.dated(None, date(2028, 1, 1)), two], PARAMETERS, WEEKS)


def test_setting_a_whole_parameter_and_one_category_of_it_is_a_conflict(write):
    whole = "{regular: 0.02, emergency: 0.02, elsewhere: 0.02}"
    one = read(write(f"changes: [{{parameter: chance_relocation, set: {whole}}}]", name="one"))
    two = read(write("changes: [{parameter: chance_relocation.emergency, set: 0.05}]", name="two"))

    with pytest.raises(PolicyError, match=r"both set chance_relocation\.emergency"):
        lay_over([one, two], PARAMETERS, WEEKS)


# --- mistakes


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            ["changes: [{parameter: saving_share, set: 0.5}]"],
            "no parameter is called 'saving_share'. Did you mean 'sav",
        ),
        (["changes: [{parameter: savings_share, set: 1.5}]"], "savings_share: set: 1.5 lies outside the range 0 to 1"),
        (["changes: [{parameter: savings_share, sett: 1}]"], "unknown key 'sett'. Did you mean 'set'?"),
        (["changes: [{parameter: savings_share}]"], "give one of set, scale, add, not none"),
        (["changes: [{parameter: savings_share, set: 0, add: 1}]"], "not set and add"),
        (["changes: [{parameter: twv_on, scale: 2}]"], "twv_on: scale: only numbers can be scaled"),
        (["changes: [{parameter: savings_share, add: lots}]"], "'lots' is not a number"),
        (
            ["changes: [{parameter: decision_order, set: likely}]"],
            "no choice is called 'likely'. Did you mean 'likely_",
        ),
        (
            ["changes: [{parameter: chance_relocation.emergancy, set: 0}]"],
            "Did you mean 'chance_relocation.emergency'?",
        ),
        (["changes: [{parameter: twv_on.emergency, set: 0}]"], "'twv_on' has no categories"),
        (["changes: [{parameter: chance_relocation, set: 0.1}]"], "give a value for each site_type"),
        (["changes: {parameter: savings_share, set: 0.5}"], "changes: give a list"),
        (["changes: [savings_share]"], "changes, number 1: write it as {parameter: NAME, set: VALUE}"),
        ([SAVINGS, "ends: 2026-07-01"], "ends: 2026-07-01 is not after the start on 2026-07-01"),
        ([SAVINGS, "starts: 2026-13-01"], "starts: '2026-13-01' is not a date"),
        ([SAVINGS, "starts: 2041-01-01"], "starts on 2041-01-01, after the last week of the run (2030-12-27)"),
        ([SAVINGS, "starts: 2015-01-01", "ends: 2016-01-01"], "ends on 2016-01-01, before the first week"),
        ([SAVINGS, "status: propossed"], "status: there is no 'propossed'. Did you mean 'proposed'?"),
        ([SAVINGS, "title: ''"], "title: '' is not text"),
        ([SAVINGS, "title: -"], "'title' is missing"),
        ([SAVINGS, "source: S2"], "source: write it as {document: S2"),
        ([SAVINGS, "source: {document: S2}"], "source: 'where' is missing"),
        ([SAVINGS, "source: {document: S2, where: x, systems: [start_hommes]}"], "Did you mean 'start_homes'?"),
        ([SAVINGS, "change: []"], "unknown key 'change'. Did you mean 'changes'?"),
        ([], "give 'changes' (of parameters) or 'policies'"),
        (["policies: [savings_scheem]"], "policies: no policy is called 'savings_scheem'."),
    ],
)
def test_a_mistake_names_the_file_the_key_and_the_nearest_name(refused, lines, said):
    assert said in refused(*lines)


@pytest.mark.parametrize("text", ["- a\n- b\n", "savings\n", "title: [\n", "", "title: a\ntitle: b\n"])
def test_what_is_not_a_mapping_is_refused_in_one_line(tmp_path, text):
    (tmp_path / "mine.yaml").write_text(text)

    with pytest.raises(PolicyError, match=r"^mine\.yaml: [^\n]+$"):
        read(tmp_path / "mine.yaml")


def test_a_file_that_is_not_text_is_refused(tmp_path):
    (tmp_path / "mine.yaml").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(PolicyError, match="cannot be read"):
        read(tmp_path / "mine.yaml")


def test_a_result_outside_the_range_names_file_number_and_week(refused):
    said = refused("changes: [{parameter: online_share, scale: 20}]")

    assert said == "mine.yaml: changes: online_share: 2 in the week of 2026-07-03 lies outside the range 0 to 1"
    assert "is not whole" in refused("changes: [{parameter: vbi_weeks, scale: 0.75}]")


def test_asking_for_what_is_not_there_is_told(tmp_path, write):
    write(SAVINGS)

    with pytest.raises(PolicyError, match=r"there is no such file. Did you mean 'mine\.yaml'\?"):
        choose(str(tmp_path / "min.yaml"))
    with pytest.raises(PolicyError, match="'soon' is not a date; write it as 2026-07-01"):
        choose(f"{tmp_path / 'mine.yaml'}@soon")
    with pytest.raises(PolicyError, match="it would end on 2026-01-01, not after its start on 2026-07-01"):
        choose(f"{tmp_path / 'mine.yaml'}@:2026-01-01")


# --- what was changed, and whether it mattered


def test_steps_give_each_stretch_of_weeks_that_changes(write):
    changed = steps([read(write(SAVINGS, "ends: 2028-01-01"))], PARAMETERS, WEEKS)

    assert [tuple(step) for step in changed] == [("savings_share", JULY, week_from("2028-01-01") - 1, 0.0, 0.5)]


def test_a_policy_is_idle_when_its_values_are_there_anyway(write):
    policy = read(write("changes: [{parameter: savings_share, set: 0}]"))
    timetable = Timetable(PARAMETERS, WEEKS, lay_over([policy], PARAMETERS, WEEKS))
    timetable.value("savings_share", WEEKS - 1)

    assert [(one.policy.name, one.reason) for one in idle([policy], timetable)] == [
        ("mine", "its values are those without it")
    ]


def test_a_policy_is_idle_when_the_model_never_read_what_it_changed(write):
    policy = read(write(SAVINGS))
    timetable = Timetable(PARAMETERS, WEEKS, lay_over([policy], PARAMETERS, WEEKS))
    assert "never read savings_share while it held" in idle([policy], timetable)[0].reason

    timetable.value("savings_share", 3)  # read at the start only
    assert idle([policy], timetable)
    timetable.value("savings_share", JULY)
    assert not idle([policy], timetable)


def test_a_policy_that_only_scales_what_another_sets_is_not_idle(write):
    one = read(write(SAVINGS, name="one"))
    two = read(write("changes: [{parameter: savings_share, scale: 2}]", name="two"))
    timetable = Timetable(PARAMETERS, WEEKS, lay_over([one, two], PARAMETERS, WEEKS))
    timetable.value("savings_share", WEEKS - 1)

    assert not idle([one, two], timetable)
    assert idle([two], Timetable(PARAMETERS, WEEKS, {}))


def test_a_record_holds_what_the_manifest_needs(write):
    record = read(write(SAVINGS)).record()

    assert record["name"] == "mine" and record["starts"] == "2026-07-01" and record["ends"] is None
    assert record["changes"] == [{"parameter": "savings_share", "set": 0.5}]


# --- in the model


def test_a_policy_written_by_hand_changes_a_run_from_its_start_and_not_before(write):
    path = write("starts: 2021-07-01", "changes: [{parameter: grant_rate, set: 0.2}]")
    settings = {"until": "2021-12-31", "scale": 0.01, "seed": 3}
    without = Model(**settings).run().results().weekly
    model = Model(**settings, policies=[str(path)]).run()
    with_it = model.results().weekly
    start = week_from("2021-07-01")

    assert with_it[:start].equals(without[:start])
    assert with_it["granted"][start:].sum() < without["granted"][start:].sum()
    assert not idle(model.policies, model.timetable)


def test_the_model_refuses_a_policy_before_it_builds_anything(write):
    with pytest.raises(PolicyError, match="after the last week"):
        Model(until="2025-12-31", scale=0.01, policies=[str(write(SAVINGS))])


@pytest.mark.parametrize("name", names())
def test_every_shipped_policy_can_be_read_and_laid_over(name):
    (policy,) = choose(name)

    assert lay_over([policy], PARAMETERS, WEEKS) or name == "baseline"


@pytest.mark.parametrize("name", names())
def test_no_shipped_policy_changes_a_parameter_before_it_starts(name):
    (policy,) = choose(name)
    first = week_from(policy.first_day)
    baseline = Timetable(PARAMETERS, WEEKS)

    for parameter, column in lay_over([policy], PARAMETERS, WEEKS).items():
        assert np.array_equal(column[:first], baseline.weekly(parameter)[:first]), parameter


@pytest.fixture(scope="module")
def without():
    """Give a small run without policies up to the end of September 2021."""
    return Model(until="2021-09-30", scale=0.005, seed=5).run().results()


@pytest.mark.parametrize("name", ["pakket_2025", "vng_alternatief", "vwn_agenda"])
def test_a_run_is_the_same_bit_for_bit_before_a_package_starts(without, name):
    assert_same_before(without, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_a_run_is_the_same_bit_for_bit_before_any_policy_starts(without, name):
    assert_same_before(without, name)


def assert_same_before(without, name):
    start = week_from("2021-07-02")
    results = Model(until="2021-09-30", scale=0.005, seed=5, policies=[f"{name}@2021-07-02"]).run().results()

    for table in ("weekly", "groups", "costs", "network"):
        ours, theirs = getattr(results, table), getattr(without, table)
        assert ours[ours["week"] < start].equals(theirs[theirs["week"] < start]), table
