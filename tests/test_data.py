"""The observed data: complete, consistent with each other, and each number with its source."""

import pandas as pd
import pytest

from abm import data


def test_there_are_342_municipalities_with_the_published_totals():
    frame = data.municipalities()

    assert len(frame) == 342 and frame["code"].is_unique and not frame.isna().any(axis=None)
    assert frame["population_2024"].sum() == 17_942_942
    assert frame["reception_indicative_allocation"].sum() == 88_000
    assert frame["reception_capacity_regular"].sum() == 47_293
    assert frame["reception_capacity_emergency"].sum() == 26_943
    places = frame["reception_capacity_regular"] + frame["reception_capacity_emergency"]
    assert (places == 0).sum() == 153


def test_each_municipality_points_to_its_labour_market_region():
    frame, regions = data.municipalities(), data.regions()

    assert len(regions) == 35 and regions["code"].is_monotonic_increasing and regions["code"].is_unique
    assert set(frame["region"]) == set(range(35))
    assert (regions["code"].to_numpy()[frame["region"]] == frame["labour_market_region_code"]).all()


def test_municipalities_add_up_to_their_provinces():
    counted = (
        data.municipalities()
        .groupby("province")
        .agg(municipalities=("code", "size"), population_2024=("population_2024", "sum"))
    )
    provinces = data.provinces().set_index("province")

    assert len(provinces) == 12
    pd.testing.assert_frame_equal(counted, provinces[list(counted)].loc[counted.index], check_names=False)


@pytest.mark.parametrize("read", [data.national_series, data.extra_series])
def test_every_point_of_a_series_has_a_source_a_unit_and_a_known_status(read):
    frame = read()
    found = frame[frame["status"] != "not_found"]
    empty = found[found["value"].isna()]

    assert set(frame["status"]) <= {"reported", "reported_rounded", "secondary", "derived", "not_found"}
    assert not found[["series", "period", "unit", "source"]].isna().any(axis=None)
    assert len(empty) <= 2 and not empty["note"].isna().any()  # the note says why there is no number
    assert not frame.duplicated(["series", "period"]).any()


@pytest.mark.parametrize("read", [data.national_series, data.extra_series])
def test_periods_become_dates_or_are_left_open_on_purpose(read):
    frame = read()
    dated, open_ = frame[frame["start"].notna()], frame[frame["start"].isna()]

    assert (dated["start"] <= dated["end"]).all() and open_["end"].isna().all()
    assert open_["period"].str.contains("early|cohort|round|report").all()


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2024-02-05", "2024-02-05", "2024-02-05"),
        ("2025Q1-Q3", "2025-01-01", "2025-09-30"),
        ("2023-H1", "2023-01-01", "2023-06-30"),
        ("2021H1", "2021-01-01", "2021-06-30"),
        ("2025-II", "2025-07-01", "2025-12-31"),
        ("2014-2016", "2014-01-01", "2016-12-31"),
        ("2025 to 22 Sep", "2025-01-01", "2025-09-22"),
        ("2020-04 to 2020-12", "2020-04-01", "2020-12-31"),
        ("2021-08-24 to 2022-01-20", "2021-08-24", "2022-01-20"),
        ("2025-01-01 (decided 2023-11)", "2025-01-01", "2025-01-01"),
        ("2025 per month", "2025-01-01", "2025-12-31"),
    ],
)
def test_a_period_covers_its_first_to_its_last_day(period, start, end):
    assert [day.isoformat() for day in data.period_dates(period)] == [start, end]


def test_asylum_applications_are_known_for_every_quarter_from_2021():
    frame = data.national_series().query("series == 'asylum_first_applications' and period.str.contains('Q')")
    quarters = set(frame["period"])

    assert {f"{year}Q{quarter}" for year in range(2021, 2025) for quarter in (1, 2, 3, 4)} <= quarters


def test_the_registers_name_each_row_once():
    patterns, systems = data.patterns(), data.systems()

    assert patterns["id"].is_unique and systems["id"].is_unique
    assert not patterns[["pattern", "acceptance", "source"]].isna().any(axis=None)
    assert not systems[["english", "mechanism", "source_documents"]].isna().any(axis=None)
