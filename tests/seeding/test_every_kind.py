"""Plans with every kind of target: loaded, judged, written out again, and each cell reckoned a second time by
`tests/plan_reckoning.py`, which knows nothing of the product."""

from pathlib import Path

import pytest
import yaml

from indicators.models import Assessment, Observation, Target, TargetRule
from indicators.recomputes.recompute import recompute, sweep_pending
from seeding.plan_files.check import check_plan
from seeding.plan_files.export import plan_file_text
from seeding.plan_files.loading import load_plan
from tests.plan_reckoning import reckon
from tests.plans import COUNTY, write_plan
from tests.plans_of_kinds import fourteen_of_kinds, one_county_of_kinds

PLANS = {"one county": one_county_of_kinds, "fourteen": fourteen_of_kinds}


def load(data: dict, folder: Path) -> Path:
    file = write_plan(folder, data)
    assert [str(fault) for fault in check_plan(file)] == []
    load_plan(file)
    sweep_pending()
    return file


@pytest.mark.parametrize("name", PLANS)
def test_every_cell_is_what_a_second_reckoning_of_the_file_gives(db, tmp_path, name):
    """From the text of the file alone: targets, gaps, statuses and outlooks of every area, row and year."""
    file = load(PLANS[name](), tmp_path)
    recompute()
    expected = reckon(yaml.safe_load(file.read_text(encoding="utf-8")), as_of_year=2025)
    names = ("value", "target", "target_high", "gap", "status", "standard_gap", "standard_status", "outlook")
    found = {
        (row.area_id, row.indicator_id, row.year): tuple(getattr(row, name) for name in names)
        for row in Assessment.objects.all()
    }
    assert len(found) == len(expected)
    wrong = {key: (found[key], expected[key]) for key in expected if found[key] != expected[key]}
    assert wrong == {}


@pytest.mark.parametrize("name", PLANS)
def test_the_file_that_is_written_out_loads_to_the_same(db, tmp_path, name):
    load(PLANS[name](), tmp_path)
    text = plan_file_text()
    again = write_plan(tmp_path, yaml.safe_load(text))
    assert check_plan(again) == []
    load_plan(again)
    assert plan_file_text() == text


def test_a_band_a_stage_and_a_row_above_another_become_numbers(db, tmp_path):
    load(one_county_of_kinds(), tmp_path)
    ends = Target.objects.as_of().filter(indicator="T1").values_list("year", "value", "value_high")
    assert [(year, float(low), float(high)) for year, low, high in ends] == [
        (year, 45.0, 50.0) for year in range(2021, 2025)
    ]
    about = Target.objects.as_of().get(indicator="N04", year=2024)
    assert (float(about.value), float(about.value_high)) == (1.0, 1.0)
    named = Observation.objects.as_of().get(indicator="T2", year=2022)
    assert (named.value, str(named.reached_on)) == (1, "2022-03-18")
    above = Target.objects.as_of().filter(indicator="N03").values_list("year", "value")
    assert [(year, float(value)) for year, value in above] == [(2021, 6.500001), (2022, 6.400001), (2023, 5.000001)]
    rule = TargetRule.objects.get(indicator="N03", area=COUNTY)
    assert (rule.other_id, rule.comparison) == ("N02", ">")
