"""What the site said about reaching targets, and what came of it: its own record, and the back-test of the method."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.shortcuts import render
from django.utils import timezone

from areas.models import Area
from figures.asked import Asked
from figures.picture import Picture
from indicators.forecasting.grades import GRADE_CODES
from indicators.forecasting.parameters import GRADES
from indicators.forecasting.record import Claims, claims_of, shipped_record, summed
from indicators.frames import assessed_frame
from indicators.models import IndicatorDefinition
from lib.days import end_of_day
from lib.numbers import records


@dataclass(frozen=True)
class Origin:
    """A day on which a year's official values stood complete, and what was said then."""

    year: int
    day: date
    claims: Claims

    @property
    def grades(self) -> list[tuple[str, int]]:
        """Grade and number of its claims, the likeliest first."""
        counts = self.claims.chances["grade"].value_counts()
        return [(code, int(counts[code])) for code in GRADE_CODES if code in counts]

    @property
    def own(self) -> dict:
        return summed([self.claims])


@dataclass(frozen=True)
class Miss:
    """A range that a later value lay outside of."""

    area: Area
    definition: IndicatorDefinition
    said_on: date
    row: dict


def trust(request):
    """The record of the counties of the page, and the back-test on real series."""
    picture = Picture(replace(Asked.from_request(request), layer="official"), request.user, is_bounded=True)
    origins = list(_origins(picture))
    back_test = shipped_record()
    context = {
        "picture": picture,
        "origins": origins,
        "record": summed([origin.claims for origin in origins]),
        "misses": [miss for origin in origins for miss in _misses(picture, origin)],
        "has_demo": any(origin.claims.is_demo for origin in origins),
        "back_test": back_test,
        "horizons": [back_test["horizons"][key] for key in sorted(back_test["horizons"], reverse=True)],
        "grades": [(code, 100 * least, back_test["grades"].get(code)) for code, least in GRADES.items()],
    }
    return render(request, "figures/trust.html", context)


def _origins(picture: Picture):
    """One for each year between the baseline and the final year that a county's submission stood approved of, at the
    end of the day on which the last of them was."""
    approved: dict[int, datetime] = {}
    for (_area, year), row in picture.reporting.items():
        if row.approved_at and picture.plan.baseline_year < year < picture.plan.final_year:
            approved[year] = max(row.approved_at, approved.get(year, row.approved_at))
    codes = [area.code for area in picture.counties]
    for year, moment in sorted(approved.items()):
        day = timezone.localdate(moment)
        then = assessed_frame(areas=codes, as_of=end_of_day(day))
        claims = claims_of(then, picture.frame, year=year, final_year=picture.plan.final_year)
        if len(claims.chances) or len(claims.ranges):
            yield Origin(year, day, claims)


def _misses(picture: Picture, origin: Origin):
    areas = {area.code: area for area in picture.counties}
    definitions = {row.indicator_id: row for row in picture.definitions}
    for row in records(origin.claims.ranges):
        known = row["value"] is not None and row["indicator"] in definitions
        if known and not row["range_low"] <= row["value"] <= row["range_high"]:
            yield Miss(areas[row["area"]], definitions[row["indicator"]], origin.day, row)
