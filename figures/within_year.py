"""What a page shows of a year in progress: its quarters, and where it would end. Nothing of it is official."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd
from django.utils import timezone

from areas.models import Area
from figures.picture import Picture
from indicators.forecasting.cells import next_year_of
from indicators.forecasting.parameters import shipped_parameters
from indicators.forecasting.pools import stored_pools
from indicators.models import IndicatorDefinition
from indicators.years.quarters import POOLED, QuarterFigure, YearEnd, open_year, quarter_figures
from lib.numbers import named_rows


@dataclass(frozen=True)
class OpenYear:
    """The quarters of one county's open year, the earliest first, and where it would end where that can be told. Where
    no quarter is known it is told by past changes."""

    year: int
    figures: list[QuarterFigure]
    end: YearEnd | None

    @property
    def is_demo(self) -> bool:
        return any(figure.is_demo for figure in self.figures)

    @property
    def points(self) -> list[tuple[float, float, str]]:
        """(place on an axis of years, where a year's own mark stands at its end; value; name)."""
        return [(each.year - 1 + each.quarter / 4, float(each.value), each.period) for each in self.figures]

    @property
    def end_point(self) -> tuple[int, float] | None:
        """Where the year would end, for a chart; None where its last quarter says so itself."""
        return None if self.end is None or self.end.is_over else (self.end.year, float(self.end.value))


def open_years(picture: Picture, definition: IndicatorDefinition, areas: Sequence[Area]) -> dict[str, OpenYear]:
    """By county. Empty for a past date, and with values that nobody has approved."""
    if picture.asked.as_of is not None or picture.asked.layer != "official":
        return {}
    found = _by_past_changes(picture, definition, areas)
    if definition.is_quarterly or definition.derived_from:
        found |= _by_quarters(picture, definition, areas)
    return found


def _by_quarters(picture: Picture, definition: IndicatorDefinition, areas: Sequence[Area]) -> dict[str, OpenYear]:
    code, plan = definition.indicator_id, picture.plan
    known = quarter_figures(areas=[area.code for area in areas], indicators=[code], also_derived=True)
    found = {}
    for area in areas:
        own = [each for each in known if each.area == area.code]
        values = {year: row["value"] for year in picture.years if (row := picture.records.get((area.code, code, year)))}
        reported = [year for year, value in values.items() if value is not None]
        latest = max((each.year for each in own), default=0)
        if own and latest > max(reported, default=0) and latest <= plan.final_year:
            end = open_year(definition, values, own, baseline_year=plan.baseline_year)
            found[area.code] = OpenYear(latest, [each for each in own if each.year == latest], end)
    return found


def _by_past_changes(picture: Picture, definition: IndicatorDefinition, areas: Sequence[Area]) -> dict[str, OpenYear]:
    """The year after the last official value, where it has begun. One query."""
    code, final = definition.indicator_id, picture.plan.final_year
    rows = [row for area in areas for year in picture.years if (row := picture.records.get((area.code, code, year)))]
    if not rows:
        return {}
    lower, upper = (
        float("nan") if bound is None else float(bound) for bound in (definition.lower_bound, definition.upper_bound)
    )
    cells = pd.DataFrame(rows)[["area", "indicator", "year", "value", "target"]].astype(
        {"value": float, "target": float}
    )
    cells = cells.assign(direction=definition.direction, lower_bound=lower, upper_bound=upper)
    told = next_year_of(cells, final_year=final, parameters=shipped_parameters(), pools=stored_pools([code]))
    is_demo = {row["area"] for row in rows if row["is_demo"] and row["value"] is not None}
    this_year = timezone.localdate().year
    found = {}
    for row in named_rows(told):
        if row.year <= this_year:
            value = round(Decimal(str(row.value)), definition.decimals)
            end = YearEnd(row.year, None, value, POOLED, None, row.area in is_demo)
            found[row.area] = OpenYear(row.year, [], end)
    return found
