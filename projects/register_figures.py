"""What the register knows of each county and year, for rules between numbers: `settings.REGISTER_FIGURES` names it."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal

from django.db.models import Count, F, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.frames import MONEY
from projects.landed_projects import first_day
from projects.models import ProgressReport, Project

COMPLETED, LANDED = "projects.completed", "projects.landed"
NAMES = {COMPLETED: _("项目库累计完成投资（亿元）"), LANDED: _("项目库累计落地项目数")}


def figures(
    names: Collection[str], years: Sequence[int], areas: Sequence[str] | None = None
) -> dict[tuple[str, str, int], Decimal]:
    """By (name, county, year), since the plan began; of `areas`, or of all counties. `projects.completed`: the
    investment completed by the year's end, 亿元, each county by its share, up to the last year that any of its projects
    reported. `projects.landed`: the industrial projects landed, up to this year. What the register says nothing of is
    absent. A query for each name."""
    first = first_day().year
    span = [year for year in sorted(years) if year >= first]
    found: dict[tuple[str, str, int], Decimal] = {}
    if COMPLETED in names and span:
        yearly = _completed(first, span[-1], areas)
        latest = {area: max(year for place, year in yearly if place == area) for area, _year in yearly}
        running = _running(yearly, first, span)
        found |= {(COMPLETED, *key): value for key, value in running.items() if key[1] <= latest[key[0]]}
    if LANDED in names and span:
        running = _running(_landed(first, span[-1], areas), first, span)
        today = timezone.localdate().year
        found |= {(LANDED, *key): value for key, value in running.items() if key[1] <= today}
    return found


def _completed(first: int, last: int, areas: Sequence[str] | None) -> dict[tuple[str, int], Decimal]:
    """(county, year) → 亿元 added in the year."""
    reports = ProgressReport.objects.invested().filter(year__gte=first, year__lte=last).order_by()
    reports = reports.exclude(project__state=Project.State.CANCELLED)
    if areas is not None:
        reports = reports.filter(project__shares__area__in=areas)
    rows = reports.values_list("project__shares__area", "year")
    rows = rows.annotate(sum=Sum(F("added_yi") * F("project__shares__share"), output_field=MONEY))
    return {(area, year): round(value, 6) for area, year, value in rows}


def _landed(first: int, last: int, areas: Sequence[str] | None) -> dict[tuple[str, int], Decimal]:
    rows = Project.objects.landed(since=date(first, 1, 1), until=date(last, 12, 31)).order_by()
    if areas is not None:
        rows = rows.filter(main_area__in=areas)
    counted = rows.values_list("main_area", "landed_on__year").annotate(n=Count("pk"))
    return {(area, year): Decimal(n) for area, year, n in counted}


def _running(
    yearly: dict[tuple[str, int], Decimal], first: int, years: Sequence[int]
) -> dict[tuple[str, int], Decimal]:
    """Running totals of the counties that have any by then."""
    found = {}
    for area in dict.fromkeys(area for area, _year in yearly):
        own = {year: value for (place, year), value in yearly.items() if place == area}
        for year in years:
            parts = [value for at, value in own.items() if first <= at <= year]
            if parts:
                found[area, year] = sum(parts, Decimal(0))
    return found
