"""The forecast as it is stored and read: from official values, of all counties, up to the year shown."""

import pytest

from indicators.forecasting.grades import GRADE_CODES, grade_of_one
from indicators.forecasting.parameters import GRADES, grade_of
from indicators.forecasting.pools import stored_pools
from indicators.frames import assessed_frame
from indicators.labels import GRADE_NAMES
from indicators.models import Assessment, ForecastPool
from indicators.recomputes import recompute as recomputing
from indicators.recomputes.recompute import recompute, refresh_pools
from journal.models import PendingRecompute
from tests.indicators.test_recompute import assert_up_to_date, record

KEY = {"area": "330122", "indicator": "P02"}


@pytest.fixture
def moved():
    """Records another value for one county; nothing is recomputed yet."""
    return lambda: record(area="330122", year=2024, value="99.5")


def series(**of):
    return list(Assessment.objects.filter(**of).order_by("year"))


def test_every_grade_has_a_name_and_the_database_grades_as_the_method_does(demo):
    assert set(GRADE_NAMES) == {*GRADES, "unknown"} == set(GRADE_CODES)
    chances = [0.0, 0.14, 0.15, 0.34, 0.35, 0.5, 0.64, 0.65, 0.84, 0.85, 0.99]
    assert [grade_of_one(chance) for chance in chances] == grade_of(chances).tolist()
    assert grade_of_one(None) == "unknown"


def test_the_last_official_year_has_a_chance_and_the_years_to_come_a_range(demo):
    rows = {row.year: row for row in series(**KEY)}
    assert list(rows) == [2022, 2023, 2024, 2025, 2026, 2027]
    assert rows[2022].probability is rows[2023].probability is None  # two changes are known from 2024 on
    latest = rows[2025]
    assert latest.value is not None
    assert 0.01 <= latest.probability <= 0.99
    assert latest.range_low <= latest.range_high
    for year in (2026, 2027):
        assert rows[year].probability is None
        assert rows[year].range_low < rows[year].range_high
    assert rows[2027].range_high - rows[2027].range_low > rows[2026].range_high - rows[2026].range_low
    assert {row.forecast_version for row in rows.values()} == {"1"}


def test_chances_are_whole_per_cents_and_never_certain(demo):
    said = [row.probability for row in Assessment.objects.exclude(probability=None)]
    assert len(said) > 60
    assert all(round(chance, 2) == chance and 0.01 <= chance <= 0.99 for chance in said)


def test_a_value_moves_the_forecasts_of_the_other_counties_by_the_pool_and_leaves_nothing_to_be_done(demo, moved):
    before = {row.pk: row.range_high for row in series(area="330182", indicator="P02")}
    pools = ForecastPool.objects.get(indicator="P02").years
    moved()
    recompute(areas=["330122"], indicators=["P02"])
    assert ForecastPool.objects.get(indicator="P02").years != pools
    assert {row.pk: row.range_high for row in series(area="330182", indicator="P02")} != before
    assert_up_to_date()
    PendingRecompute.objects.all().delete()
    assert recompute().cells_changed == 0


def test_a_run_that_dies_after_the_pool_moved_leaves_the_other_counties_asked_for(demo, moved, monkeypatch):
    moved()
    PendingRecompute.objects.all().delete()

    def dies(*_given):
        raise RuntimeError

    monkeypatch.setattr(recomputing, "_recompute", dies)
    with pytest.raises(RuntimeError):
        recompute(areas=["330122"], indicators=["P02"])
    assert list(PendingRecompute.objects.values_list("area", "indicator")) == [(None, "P02")]
    monkeypatch.undo()
    recomputing.sweep_pending()
    assert_up_to_date()
    assert not PendingRecompute.objects.exists()


def test_pools_that_did_not_move_ask_for_nothing(demo):
    assert refresh_pools(["330122"], None) == (set(), [])
    assert set(stored_pools()) == {2024, 2025}


def test_a_past_day_is_judged_without_what_came_later(demo, moved):
    day = Assessment.objects.filter(**KEY).latest("assessed_at").assessed_at
    before = assessed_frame(areas=["330182"], indicators=["P02"], as_of=day)
    moved()
    recompute()
    assert assessed_frame(areas=["330182"], indicators=["P02"], as_of=day).equals(before)
