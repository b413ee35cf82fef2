"""Database → frame: fixed columns, the zero of running totals, versions and flags, pictures of past days."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pandas as pd
import pytest
from django.utils import timezone

from areas.models import Area
from indicators import gaps
from indicators.actions import FactRow, Grounds, record_facts
from indicators.cells.inputs import DEFINITION_COLUMNS, FACT_COLUMNS, KEY, definitions_frame, facts_frame
from indicators.forecasting.cells import FORECAST_COLUMNS
from indicators.frames import (
    CELL_DEFINITION,
    INPUT_VERSIONS,
    STORED_COLUMNS,
    Period,
    assessed_frame,
    cells_frame,
    period,
    statuses_at,
    stored_frame,
)
from indicators.models import Assessment, Indicator, IndicatorDefinition, Observation, Standard, Target
from indicators.years.actions import open_reporting_year
from plan.models import Cite, Plan
from tests.indicators.oracle import assess_rows

COUNTIES = ["330122", "330127", "330182"]
WORDS = ("status", "standard_status", "outlook", "is_slipping")
NUMBERS = tuple(name for name in gaps.OUTPUT_COLUMNS if name not in WORDS)
BEFORE_ALL = datetime(2000, 1, 1, tzinfo=UTC)
CELL_COLUMNS = [
    *KEY,
    *CELL_DEFINITION,
    "is_applicable",
    "value",
    "value_version",
    "target",
    "target_version",
    "target_high",
    "standard",
    "standard_version",
    "standard_high",
    "is_demo",
    "is_provisional",
]
EMPTY = {
    "definitions": (lambda: definitions_frame(BEFORE_ALL), definitions_frame, DEFINITION_COLUMNS),
    "facts": (lambda: facts_frame(Target, as_of=BEFORE_ALL), lambda: facts_frame(Target), FACT_COLUMNS),
    "cells": (lambda: cells_frame(as_of=BEFORE_ALL), cells_frame, CELL_COLUMNS),
    "assessed": (
        lambda: assessed_frame(as_of=BEFORE_ALL),
        assessed_frame,
        [*CELL_COLUMNS, *gaps.OUTPUT_COLUMNS, "rule_version", *FORECAST_COLUMNS, "forecast_version"],
    ),
    "stored": (
        lambda: stored_frame(Assessment.objects.none()),
        lambda: stored_frame(Assessment.objects.all()),
        [*KEY, *STORED_COLUMNS, "assessed_at"],
    ),
}


def kinds(frame):
    """How each column behaves: text as str or object is one kind, a moment without rows is an object."""
    plain = {"str": "text", "object": "text"}
    found = {name: plain.get(str(dtype), str(dtype)) for name, dtype in frame.dtypes.items()}
    return {name: kind for name, kind in found.items() if name != "assessed_at"}


def record(model, area, indicator, year, value, **more):
    grounds = {name: more.pop(name) for name in ("via", "at") if name in more}
    row = FactRow(area, indicator, year, Decimal(str(value)), **more)
    record_facts(model, [row], grounds=Grounds(by=None, **{"via": "import"} | grounds))


def cell(frame, area, indicator, year):
    (row,) = frame[(frame["area"] == area) & (frame["indicator"] == indicator) & (frame["year"] == year)].to_dict(
        "records"
    )
    return row


@pytest.mark.parametrize("name", EMPTY)
def test_columns_and_their_kinds_are_the_same_without_rows(demo, name):
    without, with_rows, columns = EMPTY[name]
    empty, full = without(), with_rows()
    assert (len(empty), len(full) > 0) == (0, True)
    assert list(empty.columns) == list(full.columns) == columns
    assert kinds(empty) == kinds(full)


def test_the_grid_is_every_county_indicator_and_year_of_the_plan_once(plan):
    cells = cells_frame()
    codes = list(Indicator.objects.values_list("code", flat=True))
    expected = [(area, code, year) for area in COUNTIES for code in codes for year in range(2022, 2028)]
    assert list(cells[KEY].itertuples(index=False, name=None)) == expected


def test_the_grid_takes_areas_indicators_and_years(plan):
    cells = cells_frame(areas=["330127"], indicators=["P02", "H01"], years=range(2023, 2025))
    expected = [("330127", code, year) for code in ("P02", "H01") for year in (2023, 2024)]
    assert list(cells[KEY].itertuples(index=False, name=None)) == expected


def test_a_running_total_is_0_in_the_baseline_year_and_nothing_else_is(plan):
    cells = cells_frame()
    totals = {"P09", "H01", "H02"}
    assert set(IndicatorDefinition.objects.filter(kind="cumulative").values_list("indicator", flat=True)) == totals
    zero = cells[cells["value"] == 0]
    assert set(zip(zero["area"], zero["indicator"], zero["year"], strict=True)) == {
        (area, code, 2022) for area in COUNTIES for code in totals
    }
    known = cells[cells["value"].notna() & (cells["value"] != 0)]
    assert known[[*KEY, "value"]].values.tolist() == [["330182", "P10", 2022, 1.73]]
    assert zero["value_version"].isna().all()


def test_a_recorded_baseline_of_a_running_total_stands(plan):
    record(Observation, "330122", "P09", 2022, 3.5)
    row = cell(cells_frame(), "330122", "P09", 2022)
    assert (row["value"], row["value_version"]) == (3.5, 1.0)


def test_a_cell_carries_each_input_with_its_version(plan):
    record(Observation, "330122", "P02", 2023, 94.8)
    record(Observation, "330122", "P02", 2023, 94.9)
    record(Target, "330122", "P02", 2023, 95)
    row = cell(cells_frame(), "330122", "P02", 2023)
    assert [row[name] for name in ("value", "target", "direction", "tolerance", "lower_bound", "upper_bound")] == [
        94.9,
        95.0,
        1,
        0.5,
        0.0,
        100.0,
    ]
    assert [row[name] for name in INPUT_VERSIONS if name != "standard_version"] == [2.0, 1.0, 1]
    assert pd.isna(row["standard"])
    assert pd.isna(row["standard_version"])


def test_no_facts_of_another_area_or_year_slip_in(plan):
    record(Observation, "330122", "P02", 2023, 94.8)
    record(Observation, "330100", "P02", 2023, 96)  # the city itself is no county
    record(Observation, "330122", "P02", 2031, 99)  # after the plan
    cells = cells_frame(indicators=["P02"])
    assert cells[cells["value"].notna()][[*KEY, "value"]].values.tolist() == [["330122", "P02", 2023, 94.8]]


ALL = {*range(2022, 2028)}
DOUBTFUL = [
    (Observation, 2022, ALL),
    (Observation, 2023, {*range(2023, 2028)}),
    (Observation, 2027, {2027}),
    (Target, 2023, {2023}),
    (Target, 2027, ALL),
    (Standard, 2023, {2023}),
    (Standard, 2027, {2027}),
]
DOUBTS = {
    "demonstration": ({"via": "demo", "cite": Cite.DEMO}, "is_demo"),
    "public": ({"cite": Cite.PUBLIC}, "is_provisional"),
    "county": ({"cite": Cite.COUNTY}, "is_provisional"),
    "inferred": ({"cite": Cite.INFERRED}, "is_provisional"),
    "year inferred": ({"year_cite": Cite.INFERRED}, "is_provisional"),
}


@pytest.mark.parametrize("doubt", DOUBTS)
@pytest.mark.parametrize(("model", "year", "marked"), DOUBTFUL)
def test_one_doubtful_fact_marks_the_cells_that_are_judged_by_it_and_no_other(plan, model, year, marked, doubt):
    """Beside its own cell: a value those of all later years, forecast from it; the final year's target all."""
    certain = [FactRow("330122", "P02", when, Decimal(95)) for when in ALL]
    for each in (Observation, Target, Standard):
        record_facts(each, certain, grounds=Grounds(by=None, via="import"))
    more, flag = DOUBTS[doubt]
    record(model, "330122", "P02", year, 95, **more)
    cells = cells_frame(indicators=["P02"])
    assert set(cells[cells[flag]][KEY].itertuples(index=False, name=None)) == {("330122", "P02", y) for y in marked}
    other = {"is_demo", "is_provisional"} - {flag}
    assert not cells[list(other)].to_numpy().any()


def test_a_provisional_definition_marks_every_cell_of_its_row(plan):
    cells = cells_frame()
    certain = set(IndicatorDefinition.objects.filter(cite=Cite.PLAN).values_list("indicator", flat=True))
    assert certain == {"P01", "P02", "P03"}  # whose facts in the plan are certain too
    assert cells["is_provisional"].tolist() == [code not in certain for code in cells["indicator"]]


@pytest.mark.parametrize("model", [Target, Standard, Observation])
def test_what_the_frame_calls_provisional_is_what_the_row_says_of_itself(demo, model):
    frame = facts_frame(model)
    said = {(f.area_id, f.indicator_id, f.year): (f.is_provisional, f.is_demo) for f in model.objects.as_of()}
    flags = zip(frame["is_provisional"].tolist(), frame["is_demo"].tolist(), strict=True)
    assert dict(zip(frame[KEY].itertuples(index=False, name=None), flags, strict=True)) == said


# Past days ------------------------------------------------------------------------------------


def test_the_period_is_the_plans_and_the_latest_year_opened_by_then(plan):
    county = Area.objects.get(code="330122")
    first, second = datetime(2024, 1, 15, tzinfo=UTC), datetime(2025, 1, 15, tzinfo=UTC)
    today = timezone.localdate()
    by_calendar = min(2027, today.year - 1 if (today.month, today.day) > (6, 30) else today.year - 2)
    assert period() == Period(2022, 2027, by_calendar)
    open_reporting_year(year=2023, areas=[county], opened_at=first, by=None)
    open_reporting_year(year=2024, areas=[county], opened_at=second, by=None)
    moments = (first - timedelta(microseconds=1), first, second, None)
    assert [period(at).as_of_year for at in moments] == [2022, 2023, 2024, max(2024, by_calendar)]


def test_without_a_plan_there_is_no_period(db):
    with pytest.raises(Plan.DoesNotExist):
        period()


def test_a_past_day_is_judged_on_what_was_in_force_then(plan):
    now = timezone.now()
    early, late = now + timedelta(days=1), now + timedelta(days=2)
    for model, first, second in ((Observation, 94.8, 95.1), (Target, 95, 96), (Standard, 94, 94.5)):
        record(model, "330122", "P02", 2023, first, at=early)
        record(model, "330122", "P02", 2023, second, at=late)
    seen = [cell(assessed_frame(as_of=at), "330122", "P02", 2023) for at in (now, early, late, None)]
    columns = ["value", "target", "standard", "gap", "status", "value_version", "target_version", "standard_version"]
    assert [[row[name] for name in columns if not pd.isna(row[name])] for row in seen] == [
        ["no_target"],
        [94.8, 95.0, 94.0, -0.2, "near", 1.0, 1.0, 1.0],
        [95.1, 96.0, 94.5, -0.9, "behind", 2.0, 2.0, 2.0],
        [95.1, 96.0, 94.5, -0.9, "behind", 2.0, 2.0, 2.0],
    ]


@pytest.mark.parametrize("day", [None, datetime(2023, 8, 1, tzinfo=UTC), datetime(2024, 10, 1, tzinfo=UTC)])
def test_the_demonstration_is_judged_as_the_oracle_judges_it(demo, day):
    """The whole way from the database, against the slow implementation on facts picked row by row."""
    frame, span = assessed_frame(as_of=day), period(day)
    facts = {
        name: {(f.area_id, f.indicator_id, f.year): f.value for f in model.objects.as_of(day)}
        for name, model in (("value", Observation), ("target", Target), ("standard", Standard))
    }
    rows = []
    for definition in IndicatorDefinition.objects.as_of(day):
        for area in COUNTIES:
            for year in span.years:
                key = (area, definition.indicator_id, year)
                row = dict(zip(KEY, key, strict=True)) | {name: found.get(key) for name, found in facts.items()}
                if definition.kind == "cumulative" and year == 2022 and row["value"] is None:
                    row["value"] = Decimal(0)
                columns = ("direction", "tolerance", "lower_bound", "upper_bound")
                rows.append(row | {name: getattr(definition, name) for name in columns})
    expected = assess_rows(rows, baseline_year=2022, final_year=2027, as_of_year=span.as_of_year)
    judged = {tuple(row[name] for name in KEY): row for row in frame.to_dict("records")}
    assert len(judged) == len(rows) == 360
    for row, outputs in zip(rows, expected, strict=True):
        got = judged[tuple(row[name] for name in KEY)]
        assert {name: got[name] for name in WORDS} == {name: outputs[name] for name in WORDS}
        numbers = [float("nan") if outputs[name] is None else float(outputs[name]) for name in NUMBERS]
        assert [got[name] for name in NUMBERS] == pytest.approx(numbers, rel=1e-12, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("day", [datetime(2024, 6, 1, tzinfo=UTC), datetime(2025, 12, 1, tzinfo=UTC)])
def test_the_statuses_alone_are_those_of_the_whole_picture(demo, day):
    IndicatorDefinition.objects.filter(indicator="P02").update(only_areas="330122")  # elsewhere it is not there
    whole = assessed_frame(as_of=day)
    keys = zip(whole["area"], whole["indicator"], whole["year"].tolist(), strict=True)
    told = dict(zip(keys, whole["status"], strict=True))
    areas, indicators = ["330122", "330182"], ["P01", "P02", "H01"]
    found = statuses_at(day, areas=areas, indicators=indicators)
    assert found == {key: status for key, status in told.items() if key[0] in areas and key[1] in indicators}
    assert len(set(found.values())) > 2
    assert "not_applicable" in found.values()
