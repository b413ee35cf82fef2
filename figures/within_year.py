"""What a page shows of a year in progress: its quarters, and where it would end. Nothing of it is official."""

from collections.abc import Sequence
from dataclasses import dataclass

from areas.models import Area
from figures.picture import Picture
from indicators.models import IndicatorDefinition
from indicators.quarters import QuarterFigure, YearEnd, open_year, quarter_figures


@dataclass(frozen=True)
class OpenYear:
    """The quarters of one county's open year, the earliest first, and where it would end where that can be told."""

    figures: list[QuarterFigure]
    end: YearEnd | None

    @property
    def year(self) -> int:
        return self.figures[-1].year

    @property
    def is_demo(self) -> bool:
        return any(figure.is_demo for figure in self.figures)

    @property
    def points(self) -> list[tuple[float, float, str]]:
        """(place on an axis of years, where a year's own mark stands at its end; value; name)."""
        return [(each.year - 1 + each.quarter / 4, float(each.value), each.period) for each in self.figures]


def open_years(picture: Picture, definition: IndicatorDefinition, areas: Sequence[Area]) -> dict[str, OpenYear]:
    """By county. Empty for a past date, and for rows that have no quarters."""
    if not definition.is_quarterly or picture.asked.as_of is not None:
        return {}
    code, plan = definition.indicator_id, picture.plan
    known = quarter_figures(areas=[area.code for area in areas], indicators=[code])
    found = {}
    for area in areas:
        own = [each for each in known if each.area == area.code]
        values = {year: row["value"] for year in picture.years if (row := picture.records.get((area.code, code, year)))}
        reported = [year for year, value in values.items() if value is not None]
        latest = max((each.year for each in own), default=0)
        if own and latest > max(reported, default=0) and latest <= plan.final_year:
            end = open_year(definition, values, own, baseline_year=plan.baseline_year)
            found[area.code] = OpenYear([each for each in own if each.year == latest], end)
    return found
