"""How many projects have landed: for the counters, and for the row of the sheet that takes its number from here.

A project that spans counties is counted once, where its largest share lies (`main_area`), so that the counties add up
to the whole. What lies before the plan's first year does not count: the total runs since the year after the base."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Least

from accounts.models import User
from indicators.models import IndicatorDefinition
from lib.database.prepared_statements import again
from lib.partial_dates import first_day as first_day_of
from plan.models import Plan
from projects.amounts import MONEY
from projects.landing.counter import Counter
from projects.models import LandingGoal, ProgressReport, Project
from reporting.entries.saving import fill_derived
from reporting.models import Submission

REGISTER = "projects"  # the value of `derived_from` that names the count of landed projects
COMPLETED = "projects.completed"  # and the one that names the investment completed


def first_day() -> date:
    """From when landed projects count: the first day after the plan's baseline year."""
    return date(Plan.objects.values_list("baseline_year", flat=True).get() + 1, 1, 1)


def landed_by(day: date) -> QuerySet[Project]:
    """Industrial projects of any size that have landed by the end of a day: none says that nothing is known yet, which
    is not the same as none landed."""
    return Project.objects.landed(since=date.min, until=day, least_yi=0)


def goal_counters(user: User, on: date) -> tuple[list[Counter], bool]:
    """Of each of the plan's promises of landed projects how far it is kept at the end of `on`, over all counties; and
    whether demonstration projects are among those counted. One query."""
    goals: list[Any] = again(("landing goals", user.is_authenticated, on), lambda: _counted_goals(user, on))
    counters = [Counter(g.name, g.done or 0, g.number, g.first_on, g.last_on, on, g.comparison) for g in goals]
    return counters, any(goal.demo for goal in goals)


def _counted_goals(user: User, on: date) -> QuerySet[LandingGoal]:
    landed = Project.objects.visible_to(user).industrial(least_yi=0).order_by().values("is_industrial")
    landed = landed.filter(
        total_yi__gte=OuterRef("least_total_yi"),
        landed_on__gte=OuterRef("first_on"),
        landed_on__lte=Least(OuterRef("last_on"), Value(on)),
    )
    counts = {
        "done": Subquery(landed.annotate(n=Count("pk")).values("n")),
        "demo": Subquery(landed.filter(is_demo=True).annotate(n=Count("pk")).values("n")),
    }
    return LandingGoal.objects.annotate(**counts)


@transaction.atomic
def set_landing_goals(goals: Iterable[LandingGoal]) -> None:
    """The plan's promises that are counted from this register, all of them: those that are no more go."""
    goals = list(goals)
    LandingGoal.objects.exclude(pk__in=[goal.pk for goal in goals]).delete()
    for goal in goals:
        goal.save()


def landed_by_county(until: date) -> dict[str, tuple[int, bool]]:
    """{county: (landed since the plan began, is any of them demonstration)}; a county without one is absent."""
    rows = Project.objects.landed(since=first_day(), until=until).order_by().values("main_area")
    rows = rows.annotate(count=Count("pk"), demo=Count("pk", filter=Q(is_demo=True)))
    return {row["main_area"]: (row["count"], row["demo"] > 0) for row in rows}


def awaited(areas: Iterable[str] | None, indicator: str) -> QuerySet[Project]:
    """Projects that are still to land, each of which will add one to an indicator counted from the register, in the
    county that it mainly lies in; without those that state their own contribution to it."""
    rows = Project.objects.awaited().exclude(contributions__indicator=indicator).order_by("code")
    return rows if areas is None else rows.filter(main_area__in=list(areas))


def starting_year(project: Project) -> int | None:
    day = first_day_of(project.starts)
    return day.year if day else None


def fill_sheets(areas: Iterable[str] | None = None, *, at: datetime | None = None) -> int:
    """Put what the register holds into its rows of every sheet that can still change; the rows that took it.
    Called by every action that moves a landing, and by the clock for sheets opened or returned since."""
    sheets = Submission.objects.filter(state__in=Submission.EDITABLE)
    if areas is not None:
        sheets = sheets.filter(area__in=areas)
    if not sheets.exists():  # most of the year
        return 0
    drawn = IndicatorDefinition.objects.as_of().filter(derived_from__in=[REGISTER, COMPLETED])
    by_code = {row.indicator_id: row for row in drawn}
    sheets = sheets.filter(entries__indicator__in=by_code)
    held: dict[tuple[str, int], dict] = {}
    filled = 0
    for sheet in sheets.select_related("round").distinct():
        year = sheet.round.year
        for code, row in by_code.items():
            name = row.derived_from
            if (name, year) not in held:
                held[name, year] = (
                    landed_by_county(date(year, 12, 31)) if name == REGISTER else completed_by_county(year)
                )
            nothing = (0, False) if name == REGISTER else None
            told = held[name, year].get(sheet.area_id, nothing)
            if told is not None:
                value = round(Decimal(told[0]), row.decimals)
                filled += fill_derived(submission=sheet, indicator=code, value=value, is_demo=told[1], at=at)
    return filled


def completed_by_county(year: int) -> dict[str, tuple[Decimal, bool]]:
    """{county: (亿元 completed since the plan began by the year's end, is any of it demonstration)}, each county by its
    share; a county of which no project has reported in the year is absent: its unit types the figure."""
    reports = ProgressReport.objects.invested().filter(year__gte=first_day().year, year__lte=year).order_by()
    reports = reports.exclude(project__state=Project.State.CANCELLED)
    rows = reports.values("project__shares__area").annotate(
        sum=Sum(F("added_yi") * F("project__shares__share"), output_field=MONEY),
        latest=Max("year"),
        demo=Count("pk", filter=Q(project__is_demo=True)),
    )
    return {row["project__shares__area"]: (row["sum"], row["demo"] > 0) for row in rows if row["latest"] == year}
