"""Where each county's open year would end: by its quarters, typed or drawn from a register, else by past changes. Never
official: no judgement, no target met, no aggregate rests on it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pandas as pd
from django.utils import timezone

from indicators.forecasting.cells import next_year_of
from indicators.forecasting.parameters import shipped_parameters
from indicators.forecasting.pools import stored_pools
from indicators.frames import cells_frame, period
from indicators.models import IndicatorDefinition
from indicators.years.quarters import POOLED, QuarterFigure, YearEnd, open_year, quarter_figures
from lib.numbers import named_rows


@dataclass(frozen=True)
class Nowcast:
    """`end`, with the 80 % range that past changes give for the same year; None where they give none."""

    area: str
    indicator: str
    end: YearEnd
    range_low: float | None
    range_high: float | None


def nowcasts(
    *, areas: Collection[str] | None = None, indicators: Collection[str] | None = None, today: date | None = None
) -> list[Nowcast]:
    """Of every series whose year after the last official value has begun, by county and indicator; none where neither a
    quarter nor past changes tell."""
    span, today = period(), today or timezone.localdate()
    cells = cells_frame(areas=areas, indicators=indicators, years=span.years)
    if cells.empty:
        return []
    definitions = {row.indicator_id: row for row in IndicatorDefinition.objects.as_of()}
    quarters = _by_series(quarter_figures(areas=areas, indicators=indicators, also_derived=True))
    pooled = next_year_of(
        cells, final_year=span.final_year, parameters=shipped_parameters(), pools=stored_pools(indicators)
    )
    by_past = {(row.area, row.indicator): row for row in named_rows(pooled) if row.year <= today.year}
    found = []
    for key, own in _values(cells, {*by_past, *quarters}).items():
        definition, past = definitions[key[1]], by_past.get(key)
        end = open_year(definition, own.values, quarters.get(key, []), baseline_year=span.baseline_year)
        if end is not None and end.year > span.final_year:
            end = None
        if end is None and past is not None:
            value = round(Decimal(str(past.value)), definition.decimals)
            end = YearEnd(past.year, None, value, POOLED, None, own.is_demo)
        if end is not None:
            has_range = past is not None and past.year == end.year
            limits = (past.range_low, past.range_high) if past is not None and has_range else (None, None)
            found.append(Nowcast(*key, end, *limits))
    return sorted(found, key=lambda each: (each.area, each.indicator))


@dataclass(frozen=True)
class _OfficialValues:
    """The official values of a series by year, and whether any of them is invented."""

    values: dict[int, float]
    is_demo: bool


def _values(cells: pd.DataFrame, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], _OfficialValues]:
    known = cells[cells["value"].notna()]
    found: dict[tuple[str, str], _OfficialValues] = {}
    for key, own in known.groupby(["area", "indicator"], sort=True):
        area, indicator = map(str, key)
        if (area, indicator) in keys:
            values = dict(zip(own["year"].tolist(), own["value"].tolist(), strict=True))
            found[area, indicator] = _OfficialValues(values, bool(own["is_demo"].any()))
    return found


def _by_series(figures: list[QuarterFigure]) -> dict[tuple[str, str], list[QuarterFigure]]:
    found: dict[tuple[str, str], list[QuarterFigure]] = {}
    for each in figures:
        found.setdefault((each.area, each.indicator), []).append(each)
    return found
