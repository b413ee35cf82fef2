"""The forecast as pages read it: from official values, of all counties, up to the year shown."""

import pytest
from indicators.forecast_reading import forecast_of

from indicators.forecast_parameters import GRADES
from indicators.frames import cells_frame
from indicators.labels import GRADE_NAMES

LIKELY = ("很可能", "：可能")


def test_every_grade_has_a_name():
    assert set(GRADE_NAMES) == {*GRADES, "unknown"}


def test_a_county_that_is_not_known_has_no_rows(demo):
    assert len(forecast_of("999999", "P02")) == 0


def test_the_last_official_year_has_a_chance_and_the_years_to_come_a_range(demo):
    rows = forecast_of("330122", "P02")
    assert rows.index.tolist() == [2022, 2023, 2024, 2025, 2026, 2027]
    known = rows.probability.dropna()
    assert known.between(0.005, 0.995).all()
    assert 2022 not in known.index
    assert (rows.range_high >= rows.range_low)[rows.range_low.notna()].all()
    assert rows.forecast_version.unique().tolist() == ["1"]


@pytest.mark.parametrize("area", ["330122", "330127", "330182"])
def test_no_cell_page_calls_likely_what_is_less_likely_than_not(clients, area):
    cells = cells_frame(areas=[area])
    for indicator in sorted(cells["indicator"].unique())[:7]:
        rows = forecast_of(area, indicator)
        page = clients["municipal"].get(f"/cells/{area}/{indicator}/2024/").content.decode()
        said = f"年达到目标的可能性：{GRADE_NAMES[rows.grade[2024]]}</h3>"
        assert said in page
        if not rows.probability[2024] >= 0.5:
            assert not any(f"可能性{word}</h3>" in page or f"可能性：{word}</h3>" in page for word in LIKELY)
        assert "可如期" not in page
        assert "按期可达" not in page
