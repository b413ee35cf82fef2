"""Where an open year would end: by quarters, typed or drawn from a register, else by past changes; never official."""

from datetime import date

import numpy as np
import pytest

from figures import charts
from indicators.forecasting.cells import forecast_cells, next_year_of, pools_of
from indicators.forecasting.forecast import Pool, describe, predict, quantile
from indicators.forecasting.parameters import shipped_parameters
from indicators.frames import cells_frame, period
from indicators.models import Assessment, IndicatorDefinition
from indicators.years.open_years import nowcasts
from indicators.years.quarters import quarter_figures


def test_the_middle_is_that_of_the_forecast_and_lies_within_its_range(demo):
    cells = cells_frame(years=period().years)
    parameters = shipped_parameters()
    told = next_year_of(cells, final_year=2027, parameters=parameters)
    assert len(told) > 20
    assert ((told["range_low"] <= told["value"]) & (told["value"] <= told["range_high"])).all()
    said = forecast_cells(cells, final_year=2027, parameters=parameters)
    own = (
        cells[["area", "indicator", "year"]]
        .join(said)
        .merge(told, on=["area", "indicator", "year"], suffixes=("", "_next"))
    )
    assert len(own) == len(told)
    np.testing.assert_allclose(own["range_low"], own["range_low_next"])
    np.testing.assert_allclose(own["range_high"], own["range_high_next"])
    row = told.iloc[0]
    series = cells[(cells["area"] == row["area"]) & (cells["indicator"] == row["indicator"])].sort_values("year")
    known = series["value"].to_numpy()[: row["year"] - 2022][None, :]
    pool = pools_of(cells, final_year=2027)[row["year"] - 1].loc[[row["indicator"]]]
    traits = describe(known, np.array([0]), type_of_pool(pool))
    assert row["value"] == pytest.approx(float(quantile(predict(traits, parameters.laws[1]), 0.5)[0]))


def type_of_pool(table):
    return Pool(*(table[name].to_numpy() for name in Pool._fields))


def test_what_comes_later_moves_no_earlier_year(demo):
    """The middle of the year after next does not know the next."""
    cells = cells_frame(years=period().years)
    before = cells.assign(value=cells["value"].where(cells["year"] <= 2024))
    told = next_year_of(before, final_year=2027, parameters=shipped_parameters())
    assert set(told["year"]) == {2025}
    lone = next_year_of(
        before.assign(value=before["value"].where(before["year"] <= 2023)),
        final_year=2027,
        parameters=shipped_parameters(),
    )
    assert lone.empty  # one change alone: nothing is said


def test_every_series_has_its_open_year_or_none(demo):
    found = {(each.area, each.indicator): each for each in nowcasts()}
    latest = {}
    for row in Assessment.objects.filter(value__isnull=False):
        key = (row.area_id, row.indicator_id)
        latest[key] = max(row.year, latest.get(key, 0))
    for key, each in found.items():
        assert each.end.year == latest[key] + 1
        assert each.end.year <= 2026  # the demonstration's today
    by_past = [each for each in found.values() if each.end.basis == "past_changes"]
    assert by_past
    assert all(each.end.quarter is None and each.range_low <= float(each.end.value) + 1 for each in by_past)
    by_quarter = found["330127", "H02"].end
    assert (by_quarter.basis in {"same_quarter", "evenly"}, by_quarter.source) == (True, "entered")


def test_a_row_that_a_register_fills_is_told_by_the_register(demo):
    """Also where it is not reported by quarter."""
    rows = IndicatorDefinition.objects.as_of().filter(indicator="P09")
    rows.update(derived_from="projects.completed", is_quarterly=False)
    assert quarter_figures(areas=["330127"], indicators=["P09"]) == []
    assert quarter_figures(areas=["330127"], indicators=["P09"], also_derived=True)
    (told,) = nowcasts(areas=["330127"], indicators=["P09"])
    assert told.end.source == "register"


def test_the_list_says_that_nothing_of_it_is_official(demo, clients):
    rows = clients["stats"].get("/api/v1/nowcasts/?page_size=1000").json()["results"]
    assert rows
    assert {row["is_official"] for row in rows} == {False}
    assert all((row["quarter"] is None) == (row["source"] is None) == (row["basis"] == "past_changes") for row in rows)
    row = next(row for row in rows if row["basis"] == "past_changes")
    page = clients["stats"].get(f"/cells/{row['area']}/{row['indicator']}/{row['year']}/").content.decode()
    assert "照历年变化" in page
    assert "不是官方数值，不参加评估" in page
    assert "circle-open" in page  # hollow on the chart
    assert not Assessment.objects.filter(
        area=row["area"], indicator=row["indicator"], year=row["year"], value__isnull=False
    ).exists()


def test_a_past_date_and_unapproved_values_show_none(demo, clients):
    client = clients["municipal"]
    (row, *_more) = client.get("/api/v1/nowcasts/?basis=past_changes").json()["results"]
    path = f"/cells/{row['area']}/{row['indicator']}/{row['year']}/"
    for query in ("?as_of=2025-12-01", "?layer=submitted"):
        assert "照历年变化" not in client.get(path + query).content.decode()


def test_a_year_that_has_not_begun_is_not_told_of(demo):
    """Of a series that is known up to 2025, where 2026 would end is told from the first of January on."""

    def years_told(today: date) -> set[int]:
        return {each.end.year for each in nowcasts(today=today) if each.end.basis == "past_changes"}

    assert 2026 in years_told(date(2026, 1, 1))
    assert 2026 not in years_told(date(2025, 12, 31))


def test_quarters_and_the_year_s_end_are_drawn_hollow():
    points = {"quarters": [(2025.25, 3.0, "一季度")], "year_end": (2026, 4.0)}
    drawn = charts._within_year(points, {"quarters": "季度", "year_end": "年末"})
    assert {trace["name"]: trace["marker"]["symbol"] for trace in drawn} == {
        "季度": "diamond-open",
        "年末": "circle-open",
    }
    assert charts._within_year({}, {}) == []
