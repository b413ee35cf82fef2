"""What-if: one indicator under other targets, standards, values, tolerance or pace, by the same kernel. Nothing is
stored; the whole question stands in the page's address. Applying it is the ordinary import."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

import pandas as pd
from django.http import Http404, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

from figures import charts
from figures.asked import Asked
from figures.cells import band_of
from figures.picture import Picture
from indicators.cells.inputs import DEFINITION_COLUMNS, FACT_COLUMNS, SERIES, Overlay, definitions_frame
from indicators.forecasting.grades import grade_of_one
from indicators.frames import BENCHMARKS, assessed_frame
from indicators.models import IndicatorDefinition
from lib.numbers import can_be_kept, records
from lib.tabular.exports import table_response
from lib.web.filters import one

SCENARIOS = ("a", "b")
SERIES_FIELDS = tuple(SERIES)
FORM_ORDER = ("target", "value", "standard")


@dataclass
class Scenario:
    """`facts`: series → {year: number} in place of what is in force; `tolerance` of the row; `yearly`: the change a
    year by which the years after the last value go on."""

    facts: dict[str, dict[int, Decimal]] = field(default_factory=lambda: {name: {} for name in SERIES_FIELDS})
    tolerance: Decimal | None = None
    yearly: Decimal | None = None

    @property
    def is_empty(self) -> bool:
        return self.tolerance is None and self.yearly is None and not any(self.facts.values())


def whatif(request):
    """The present and two scenarios side by side, for one county and one indicator."""
    picture = Picture(Asked(), request.user)
    area, definition = _place(picture, request.GET)
    scenarios: dict[str, Scenario] = {}
    errors: list[str] = []
    columns = {"now": judge(picture, area.code, definition, Scenario())}
    for name in SCENARIOS:
        scenario, wrong = read_scenario(request.GET, name, picture.years)
        scenarios[name] = scenario
        errors += wrong
        columns[name] = judge(picture, area.code, definition, scenario)
    context = {
        "picture": picture,
        "area": area,
        "definition": definition,
        "names": {"now": _("现状"), "a": _("情景甲"), "b": _("情景乙")},
        "rows": [_row(year, columns) for year in picture.years],
        "fields": [_fields(request.GET, name, picture.years) for name in SCENARIOS],
        "errors": errors,
        "figures": [_figure(definition, rows) for rows in columns.values()],
        "is_asked": any(not row.is_empty for row in scenarios.values()),
        "targets": {name: bool(row.facts["target"]) for name, row in scenarios.items()},
        "may_import": request.user.imports_official_tables,
    }
    return render(request, "figures/whatif.html", context, status=400 if errors else 200)


def whatif_targets(request, name):
    """A scenario's targets as a table for the ordinary import."""
    picture = Picture(Asked(), request.user)
    if name not in SCENARIOS:
        raise Http404
    area, definition = _place(picture, request.GET)
    scenario, errors = read_scenario(request.GET, name, picture.years)
    if errors or not scenario.facts["target"]:
        raise Http404(_("这个情景没有改目标。"))
    targets: dict[int, float | Decimal] = {}
    high: dict[int, float | None] = {}
    for year, in_force in _rows_in_force(picture, area.code, definition.indicator_id):
        targets[year] = in_force["target"]
        high[year] = in_force["target_high"]
    tried = scenario.facts["target"]
    targets |= tried
    high |= _upper_ends(picture, area.code, definition, "target", tried)
    years = picture.years[1:]  # the baseline year has no target
    header = ["指标代码", "区划代码", *years]
    numbers = [_in_cell(definition, targets.get(year), high.get(year)) for year in years]
    row = [definition.indicator_id, area.code, *numbers]
    return table_response("csv", f"targets-{area.code}-{definition.indicator_id}", header, [row])


def read_scenario(given: QueryDict, name: str, years: range) -> tuple[Scenario, list[str]]:
    """What the address asks under `name`: a_target_2027, a_value_2026, a_standard_2027, a_tolerance, a_yearly; and
    what of it is not a number, in words."""
    scenario = Scenario()
    errors: list[str] = []
    for series in SERIES_FIELDS:
        for year in years:
            number = _number(given.get(f"{name}_{series}_{year}"), f"{year}", errors)
            if number is not None:
                scenario.facts[series][year] = number
    scenario.tolerance = _number(given.get(f"{name}_tolerance"), _("容差"), errors)
    scenario.yearly = _number(given.get(f"{name}_yearly"), _("年均变化"), errors)
    if scenario.tolerance is not None and scenario.tolerance < 0:
        errors.append(_("容差不能是负数。"))
        scenario.tolerance = None
    return scenario, errors


def _number(text: str | None, label: str, errors: list[str]) -> Decimal | None:
    text = (text or "").strip()
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        errors.append(_("{label}：“{text}”不是数，请改正。").format(label=label, text=text[:20]))
        return None
    if not can_be_kept(number):
        errors.append(_("{label}：数应小于10亿，小数不超过6位。").format(label=label))
        return None
    return number


def judge(picture: Picture, area: str, definition: IndicatorDefinition, scenario: Scenario) -> dict[int, dict]:
    """The kernel's rows by year with the scenario laid over what is in force; an empty one is the present."""
    code = definition.indicator_id
    facts = {}
    for name, numbers in scenario.facts.items():
        if numbers:
            upper_ends = _upper_ends(picture, area, definition, name, numbers)
            facts[name] = _frame(area, code, numbers, upper_ends)
    if scenario.yearly is not None:
        going_on = _going_on(picture, area, definition, scenario)
        facts["value"] = _frame(area, code, {**going_on, **scenario.facts["value"]})
    overlay = Overlay(definitions=_definitions(code, scenario.tolerance), facts=facts)
    frame = assessed_frame(areas=[area], indicators=[code], overlay=overlay)
    return {row["year"]: row for row in records(frame)}


def _going_on(picture: Picture, area: str, definition, scenario: Scenario) -> dict[int, Decimal]:
    """The years after the last known value, each `yearly` further, kept within the indicator's bounds."""
    values = zip(picture.years, picture.series(area, definition.indicator_id, "value"), strict=True)
    known = {}
    for year, value in values:
        if value is not None:
            known[year] = Decimal(str(value))
    known |= scenario.facts["value"]
    if not known:
        return {}
    last, low, high = max(known), definition.lower_bound, definition.upper_bound
    yearly = scenario.yearly or Decimal(0)
    found = {}
    for year in range(last + 1, picture.plan.final_year + 1):
        value = known[last] + yearly * (year - last)
        if low is not None:
            value = max(value, low)
        if high is not None:
            value = min(value, high)
        found[year] = value
    return found


def _frame(
    area: str, code: str, numbers: Mapping[int, Decimal], upper_ends: Mapping[int, float] | None = None
) -> pd.DataFrame:
    high, nothing = upper_ends or {}, float("nan")
    rows = []
    for year, number in numbers.items():
        rows.append((area, code, year, float(number), high.get(year, nothing), 0, False, True))
    return pd.DataFrame(rows, columns=FACT_COLUMNS)


def _upper_ends(picture: Picture, area: str, definition, series: str, numbers: Mapping[int, Decimal]) -> dict:
    """Of a band whose lower end is tried, the upper one in force, or the lower where that would stand above it."""
    if not definition.is_band or series not in BENCHMARKS:
        return {}
    found = {}
    for year, number in numbers.items():
        lower = float(number)
        row = picture.records.get((area, definition.indicator_id, year), {})
        upper = row.get(f"{series}_high") or lower
        found[year] = max(lower, upper)
    return found


def _definitions(code: str, tolerance: Decimal | None) -> pd.DataFrame | None:
    if tolerance is None:
        return None
    return definitions_frame(indicators=[code]).assign(tolerance=float(tolerance))[DEFINITION_COLUMNS]


def _place(picture: Picture, given: QueryDict):
    areas = {area.code: area for area in picture.judged}
    definitions = {row.indicator_id: row for row in picture.definitions}
    if not areas or not definitions:
        raise Http404(_("还没有载入方案。"))
    area_names = {code: area.name for code, area in areas.items()}
    row_names = {code: row.name for code, row in definitions.items()}
    area = one(given, "area", area_names) or next(iter(areas))
    code = one(given, "indicator", row_names) or next(iter(definitions))
    return areas[area], definitions[code]


def _row(year: int, columns: Mapping[str, dict]) -> dict:
    """One year: the judged rows, and whether a scenario's judgement differs from the present one."""
    now = columns["now"][year]
    cells = []
    for rows in columns.values():
        row = rows[year]
        grade = grade_of_one(row["probability"])
        flips = _judgement(row) != _judgement(now)
        moved = {name: row[name] != now[name] for name in SERIES_FIELDS}
        cells.append({"row": row, "grade": grade, "flips": flips, "moved": moved})
    return {"year": year, "cells": cells}


def _judgement(row: Mapping) -> tuple[str, ...]:
    """All that is said of a year, in words."""
    return row["status"], row["standard_status"], row["outlook"], grade_of_one(row["probability"])


def _fields(given: QueryDict, name: str, years: range) -> dict:
    """What was typed, kept for the form."""
    rows = []
    for year in years[1:]:
        keys = [f"{name}_{series}_{year}" for series in FORM_ORDER]
        rows.append((year, [(key, given.get(key, "")) for key in keys]))
    return {
        "name": name,
        "years": rows,
        "tolerance": given.get(f"{name}_tolerance", ""),
        "yearly": given.get(f"{name}_yearly", ""),
    }


def _figure(definition, rows: Mapping[int, dict]) -> dict:
    drawn = (*SERIES_FIELDS, "target_high", "standard_high")
    series = {name: [row[name] for row in rows.values()] for name in drawn}
    names = {"value": _("实际值"), "target": _("年度目标"), "standard": _("省定标准"), "empty": _("还没有数据")}
    series["years"] = list(rows)
    names["band"] = _("80%区间")
    series["band"] = band_of(list(rows.values()))
    return charts.indicator_path(
        series, names=names, y_range=None, decimals=definition.decimals, stages=definition.shown_stages
    )


def _rows_in_force(picture: Picture, area: str, code: str) -> list[tuple[int, dict]]:
    """The years that have a target."""
    found = []
    for year in picture.years:
        row = picture.records.get((area, code, year))
        if row and row["target"] is not None:
            found.append((year, row))
    return found


def _in_cell(definition: IndicatorDefinition, value, high):
    """As the import reads it again: a band as both ends, a stage by its name."""
    has_words = definition.is_band or definition.stages
    if value is None or not has_words:
        return value
    return definition.typed_words(value, high)
