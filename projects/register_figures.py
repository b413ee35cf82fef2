"""What the register knows of each county and year, for rules between numbers: `settings.REGISTER_FIGURES` names it."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal

from django.db.models import Count, F, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.frames import MONEY
from projects.landing.landed_projects import COMPLETED, REGISTER, first_day
from projects.models import ProgressReport, Project

LANDED = "projects.landed"
DERIVED = {REGISTER: LANDED, COMPLETED: COMPLETED}  # what a row that is drawn from the register takes
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


# Within the year -----------------------------------------------------------------------------------

Quarter = tuple[str, int, int]  # (county, year, quarter)


def quarters(
    names: Collection[str], years: Collection[int] | None = None, areas: Collection[str] | None = None
) -> dict[tuple[str, str, int, int], tuple[Decimal, bool]]:
    """By (name in DERIVED, county, year, quarter): the running total since the plan began, and whether a demonstration
    project is in it. Quarters that are over; of the investment up to the last that any project of the county
    reported."""
    found: dict[tuple[str, str, int, int], tuple[Decimal, bool]] = {}
    for name in names:
        added = _added_by_quarter(areas) if DERIVED[name] == COMPLETED else _landed_by_quarter(areas)
        for key, told in _running_quarters(added, is_open_ended=DERIVED[name] == LANDED).items():
            if years is None or key[1] in years:
                found[name, *key] = told
    return found


def _added_by_quarter(areas: Collection[str] | None) -> dict[Quarter, tuple[Decimal, bool]]:
    reports = ProgressReport.objects.invested().filter(year__gte=first_day().year).order_by()
    reports = reports.exclude(project__state=Project.State.CANCELLED)
    if areas is not None:
        reports = reports.filter(project__shares__area__in=list(areas))
    rows = reports.values_list("project__shares__area", "year", "quarter").annotate(
        sum=Sum(F("added_yi") * F("project__shares__share"), output_field=MONEY),
        demo=Count("pk", filter=Q(project__is_demo=True)),
    )
    return {(area, year, quarter): (round(value, 6), demo > 0) for area, year, quarter, value, demo in rows}


def _landed_by_quarter(areas: Collection[str] | None) -> dict[Quarter, tuple[Decimal, bool]]:
    rows = Project.objects.landed(since=first_day(), until=timezone.localdate()).order_by()
    if areas is not None:
        rows = rows.filter(main_area__in=list(areas))
    found: dict[Quarter, tuple[Decimal, bool]] = {}
    for area, day, is_demo in rows.values_list("main_area", "landed_on", "is_demo"):
        key = (area, day.year, (day.month + 2) // 3)
        number, demo = found.get(key, (Decimal(0), False))
        found[key] = (number + 1, demo or is_demo)
    return found


def _running_quarters(
    added: dict[Quarter, tuple[Decimal, bool]], *, is_open_ended: bool
) -> dict[Quarter, tuple[Decimal, bool]]:
    """Running totals by quarter from each county's first on, to its last or (`is_open_ended`) to the last that is
    over."""
    today, found = timezone.localdate(), {}
    over = today.year * 4 + (today.month - 1) // 3 - 1  # of quarters counted through
    for area in dict.fromkeys(key[0] for key in added):
        own = {year * 4 + quarter - 1: told for (place, year, quarter), told in added.items() if place == area}
        total, is_demo = Decimal(0), False
        for at in range(min(own), (over if is_open_ended else min(max(own), over)) + 1):
            number, demo = own.get(at, (Decimal(0), False))
            total, is_demo = total + number, is_demo or demo
            found[area, at // 4, at % 4 + 1] = (total, is_demo)
    return found
