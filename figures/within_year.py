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
        if self.end is None or self.end.is_over:
            return None
        return self.end.year, float(self.end.value)


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
        if not own:
            continue
        values = dict(zip(picture.years, picture.series(area.code, code, "value"), strict=True))
        reported = [year for year, value in values.items() if value is not None]
        latest = max(each.year for each in own)
        is_open = max(reported, default=0) < latest  # a year that has its value is over, whatever its quarters say
        if is_open and latest <= plan.final_year:
            quarters = [each for each in own if each.year == latest]
            end = open_year(definition, values, own, baseline_year=plan.baseline_year)
            found[area.code] = OpenYear(latest, quarters, end)
    return found


def _bound(number: Decimal | None) -> float:
    return float("nan") if number is None else float(number)


def _by_past_changes(picture: Picture, definition: IndicatorDefinition, areas: Sequence[Area]) -> dict[str, OpenYear]:
    """The year after the last official value, where it has begun. One query."""
    code, final = definition.indicator_id, picture.plan.final_year
    rows = []
    for area in areas:
        for year in picture.years:
            row = picture.records.get((area.code, code, year))
            if row:
                rows.append(row)
    if not rows:
        return {}
    cells = pd.DataFrame(rows)[["area", "indicator", "year", "value", "target"]]
    cells = cells.astype({"value": float, "target": float}).assign(
        direction=definition.direction,
        lower_bound=_bound(definition.lower_bound),
        upper_bound=_bound(definition.upper_bound),
    )
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
