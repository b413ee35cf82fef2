"""What the register knows of each county and year, for rules between numbers: `settings.REGISTER_FIGURES` names it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from decimal import Decimal

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from areas.models import Area
from projects.landed_projects import first_day
from projects.models import ProgressReport, Project

COMPLETED, LANDED = "projects.completed", "projects.landed"
NAMES = {COMPLETED: _("项目库累计完成投资（亿元）"), LANDED: _("项目库累计落地项目数")}


def figures(names: Collection[str], years: Sequence[int]) -> dict[tuple[str, str, int], Decimal]:
    """By (name, county, year), since the plan began: `projects.completed`, the investment completed by the year's end,
    亿元, each county by its share, up to the last year that any of its projects reported, and `projects.landed`, the
    industrial projects landed, up to this year. What the register says nothing of is absent. A query for each name."""
    first = first_day().year
    span = [year for year in sorted(years) if year >= first]
    counties = list(Area.objects.counties().values_list("code", flat=True))
    found: dict[tuple[str, str, int], Decimal] = {}
    if COMPLETED in names and span:
        yearly = _completed(first, span[-1])
        latest = {area: max(year for place, year in yearly if place == area) for area, _year in yearly}
        running = _running(yearly, counties, first, span)
        found |= {(COMPLETED, *key): value for key, value in running.items() if key[1] <= latest[key[0]]}
    if LANDED in names and span:
        running = _running(_landed(first, span[-1]), counties, first, span)
        today = timezone.localdate().year
        found |= {(LANDED, *key): value for key, value in running.items() if key[1] <= today}
    return found


def _completed(first: int, last: int) -> dict[tuple[str, int], Decimal]:
    """(county, year) → 亿元 added in the year."""
    reports = ProgressReport.objects.invested().filter(year__gte=first, year__lte=last).order_by()
    reports = reports.exclude(project__state=Project.State.CANCELLED)
    rows = reports.values_list("project__shares__area", "year", "added_yi", "project__shares__share")
    found: defaultdict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for area, year, added, share in rows:
        found[area, year] += added * share
    return dict(found)


def _landed(first: int, last: int) -> dict[tuple[str, int], Decimal]:
    rows = Project.objects.industrial().filter(landed_on__year__gte=first, landed_on__year__lte=last).order_by()
    counted = rows.values_list("main_area", "landed_on__year").annotate(n=Count("pk"))
    return {(area, year): Decimal(n) for area, year, n in counted}


def _running(
    yearly: dict[tuple[str, int], Decimal], counties: Sequence[str], first: int, years: Sequence[int]
) -> dict[tuple[str, int], Decimal]:
    """Running totals of the counties that have any by then."""
    found = {}
    for area in counties:
        own = {year: value for (place, year), value in yearly.items() if place == area}
        for year in years:
            parts = [value for at, value in own.items() if first <= at <= year]
            if parts:
                found[area, year] = sum(parts, Decimal(0))
    return found
