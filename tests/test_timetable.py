"""The timetable: the parameters of a week, and that asking for them costs nothing."""

import pickle
import time
from datetime import date
from typing import NamedTuple

import numpy as np
import pytest

from abm.parameters import Parameter, ParameterError, Parameters, Source
from abm.timetable import START, Timetable, date_of, week_of

MARCH = date(2021, 3, 5)  # a Friday: the first day of week 9


def parameter(name, value, **others):
    """Make a parameter; a dictionary of dates gives a dated one."""
    dated = isinstance(value, dict) and isinstance(next(iter(value)), date)
    fields = {
        "meaning": "Something.",
        "unit": "share",
        "value": None if dated else value,
        "values": value if dated else None,
        "interpolate": "step",
        "by": (),
        "type": "float",
        "choices": (),
        "range": None,
        "distribution": "fixed",
        "role": "lever",
        "source": Source("assumption", "assumption"),
        "theme": "test",
    }
    return Parameter(name=name, **{**fields, **others})


PARAMETERS = Parameters(
    {
        entry.name: entry
        for entry in (
            parameter("still", 0.5),
            parameter("stepping", {START: 1.0, MARCH: 2.0}),
            parameter("sliding", {START: 0.0, date_of(10): 10.0}, interpolate="linear"),
            parameter("count", 3, type="int"),
            parameter("switch", {START: False, MARCH: True}, type="bool"),
            parameter("order", "last", type="choice", choices=("first", "last")),
            parameter("by_route", {"b1": 1.0, "education": 2.0, "z": 3.0}, by=("route",)),
            parameter(
                "by_route_dated",
                {
                    START: {"b1": 1.0, "education": 2.0, "z": 3.0},
                    MARCH: {"b1": 1.0, "education": 5.0, "z": 3.0},
                },
                by=("route",),
            ),
        )
    }
)


class Rates(NamedTuple):
    """Every kind of parameter a process can ask for."""

    still: float
    stepping: float
    count: int
    switch: bool
    order: int
    by_route: np.ndarray
    by_route_dated: np.ndarray


class Sliding(NamedTuple):
    """A parameter that differs every week."""

    sliding: float
    still: float


@pytest.fixture
def timetable():
    return Timetable(PARAMETERS, n_weeks=522)


def test_a_value_is_that_of_its_week(timetable):
    assert [timetable.value("stepping", week) for week in (0, 8, 9, 521)] == [1, 1, 2, 2]
    assert [timetable.value("sliding", week) for week in (0, 5, 10, 521)] == [0, 5, 10, 10]
    assert timetable.value("order", 0) == 1
    assert timetable.value("by_route", 7).tolist() == [1, 2, 3]


def test_values_are_plain_python_numbers_or_arrays_of_floats(timetable):
    types = [type(timetable.value(name, 0)) for name in ("still", "count", "switch", "order")]

    assert types == [float, int, bool, int]
    assert timetable.value("by_route", 0).dtype == np.float64


def test_rates_fill_the_fields_of_a_class_by_name(timetable):
    before, after = timetable.rates(Rates, 8), timetable.rates(Rates, 9)

    assert before[:5] == (0.5, 1.0, 3, False, 1) and after[:5] == (0.5, 2.0, 3, True, 1)
    assert [type(value) for value in before[:5]] == [float, float, int, bool, int]
    assert before.by_route_dated.tolist() == [1, 2, 3] and after.by_route_dated.tolist() == [1, 5, 3]
    assert all(array.dtype == np.float64 and array.flags.c_contiguous for array in after[5:])


def test_rates_are_the_same_object_until_something_in_them_changes(timetable):
    assert timetable.rates(Rates, 0) is timetable.rates(Rates, 8)
    assert timetable.rates(Rates, 8) is not timetable.rates(Rates, 9)
    assert timetable.rates(Rates, 9) is timetable.rates(Rates, 521)


def test_rates_with_an_interpolated_value_follow_it_every_week(timetable):
    assert [timetable.rates(Sliding, week).sliding for week in (0, 1, 2)] == [0, 1, 2]
    assert timetable.rates(Sliding, 10) is timetable.rates(Sliding, 300)


def test_rates_and_values_agree_in_every_week(timetable):
    for week in range(timetable.n_weeks):
        rates = timetable.rates(Rates, week)
        assert all(np.array_equal(timetable.value(name, week), getattr(rates, name)) for name in Rates._fields)


def test_looking_up_rates_takes_less_than_five_microseconds(timetable):
    def seconds_a_call():
        start = time.perf_counter()
        for week in range(500):
            timetable.rates(Rates, week)
            timetable.rates(Sliding, week)
        return (time.perf_counter() - start) / 1000

    assert min(seconds_a_call() for _ in range(5)) < 5e-6


def test_a_field_without_a_parameter_names_the_class_and_the_nearest_name(timetable):
    class Wrong(NamedTuple):
        steping: float

    with pytest.raises(ParameterError, match=r"Wrong: no parameter is called 'steping'. Did you mean 'stepping'\?"):
        timetable.rates(Wrong, 0)


def test_a_field_that_cannot_hold_its_parameter_is_refused(timetable):
    class Truncated(NamedTuple):
        still: int

    class Flat(NamedTuple):
        by_route: float

    with pytest.raises(ParameterError, match="'still' is of type float; annotate it float"):
        timetable.rates(Truncated, 0)
    with pytest.raises(ParameterError, match=r"'by_route' has categories; annotate it np\.ndarray"):
        timetable.rates(Flat, 0)


@pytest.mark.parametrize("week", [-1, 522])
def test_a_week_outside_the_horizon_is_refused(timetable, week):
    timetable.rates(Rates, 0)

    with pytest.raises(IndexError, match="weeks 0 to 521"):
        timetable.rates(Rates, week)
    with pytest.raises(IndexError, match="weeks 0 to 521"):
        timetable.value("still", week)


def test_a_timetable_knows_what_was_asked_of_it(timetable):
    assert timetable.used == set()
    timetable.value("still", 3)
    timetable.rates(Sliding, 0)

    assert timetable.used == {"still", "sliding"}


def test_changes_list_each_dated_value_once(timetable):
    changes = timetable.changes()
    rows = [tuple(row) for row in changes[changes["parameter"].isin(["stepping", "switch"])].to_numpy()]

    assert rows == [(0, "stepping", 1.0), (9, "stepping", 2.0), (0, "switch", False), (9, "switch", True)]
    assert "still" not in set(changes["parameter"])


def test_changes_list_an_interpolated_value_at_its_dates(timetable):
    changes = timetable.changes().query("parameter == 'sliding'")

    assert changes[["week", "value"]].to_numpy().tolist() == [[0, 0], [10, 10], [521, 10]]


def test_changes_write_categories_out(timetable):
    changes = timetable.changes().query("parameter == 'by_route_dated.education'")

    assert changes[["week", "value"]].to_numpy().tolist() == [[0, 2], [9, 5]]


def test_changes_outside_the_horizon_are_not_listed():
    changes = Timetable(PARAMETERS, n_weeks=5).changes()

    assert set(changes["week"]) <= {0, 4}


def test_a_policy_is_laid_over_the_weeks_it_holds(timetable):
    still = timetable.weekly("still")
    still[100:] = 0.9
    changed = Timetable(PARAMETERS, n_weeks=522, laid_over={"still": still})

    assert [changed.value("still", week) for week in (99, 100)] == [0.5, 0.9]
    assert changed.rates(Sliding, 100).still == 0.9
    assert changed.changes().query("parameter == 'still'")["week"].tolist() == [0, 100]
    assert timetable.value("still", 100) == 0.5


def test_something_laid_over_must_have_the_right_shape():
    with pytest.raises(ParameterError, match=r"by_route: laid over with shape \(522,\), not \(522, 3\)"):
        Timetable(PARAMETERS, n_weeks=522, laid_over={"by_route": np.zeros(522)})


def test_weekly_values_are_a_copy_of_the_whole_horizon(timetable):
    weekly = timetable.weekly("by_route")
    weekly[:] = 0

    assert weekly.shape == (522, 3)
    assert timetable.value("by_route", 0).tolist() == [1, 2, 3]


def test_a_timetable_can_be_sent_to_another_process(timetable):
    timetable.rates(Rates, 0)

    assert pickle.loads(pickle.dumps(timetable)).rates(Rates, 9).stepping == 2.0


def test_weeks_and_dates_are_those_of_the_calendar():
    assert (date_of(9), week_of(MARCH)) == (MARCH, 9)
