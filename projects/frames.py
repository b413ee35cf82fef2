"""Database → rows for charts and totals: the one place where the register's ORM meets numbers in bulk."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from django.db.models import Case, ExpressionWrapper, F, FloatField, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from lib.days import last_quarter_end, share_passed
from lib.partial_dates import first_day, last_day
from projects.amounts import MONEY
from projects.gap_cover import PlannedGain
from projects.landing.landed_projects import awaited, starting_year
from projects.models import Contribution, ProgressReport, Project, ScheduleYear


def investment_rows(rows: QuerySet[Project], areas: Sequence[str]) -> tuple[dict[int, Decimal], dict[int, Decimal]]:
    """({year: planned}, {year: completed in it}) of the projects, in 亿元; of the shares that lie in `areas`, of the
    whole projects where none is named. Two queries, whatever the number of projects."""
    keys = rows.order_by().values("pk")
    planned = ScheduleYear.objects.filter(project__in=keys).order_by()
    reports = ProgressReport.objects.invested().filter(project__in=keys).order_by()
    weight: Value | F = Value(1, output_field=MONEY)
    if areas:
        planned, reports = (each.filter(project__shares__area__in=areas) for each in (planned, reports))
        weight = F("project__shares__share")
    sums = (
        each.values_list("year").annotate(sum=Sum(F(name) * weight, output_field=MONEY))
        for each, name in ((planned, "planned_yi"), (reports, "added_yi"))
    )
    by_plan, by_reports = (dict(each) for each in sums)
    return by_plan, by_reports


def completion_by(rows: QuerySet[Project], on: date) -> dict[int, tuple[float | None, float | None]]:
    """{project: (亿元 that should be completed, 亿元 completed by its latest report)}; None where there is no plan, or
    no report. Progress is reported by quarter, so the plan counts to the end of the last quarter that was over by the
    day: past years whole, and of that quarter's year the share of its days. Two queries."""
    keys, until = rows.order_by().values("pk"), last_quarter_end(on)
    share = share_passed(date(until.year, 1, 1), date(until.year, 12, 31), until)
    part = ExpressionWrapper(F("planned_yi") * Value(share), output_field=FloatField())
    due = Case(When(year=until.year, then=part), default=F("planned_yi"), output_field=FloatField())
    schedule = ScheduleYear.objects.filter(project__in=keys).order_by().values_list("project")
    planned = dict(schedule.annotate(sum=Coalesce(Sum(due, filter=Q(year__lte=until.year)), 0.0)))
    reports = ProgressReport.objects.invested().filter(project__in=keys).order_by()
    done = dict(reports.values_list("project").annotate(sum=Sum("added_yi")))
    return {key: (_rounded(planned.get(key)), _rounded(done.get(key))) for key in {*planned, *done}}


def _rounded(yi: float | Decimal | None) -> float | None:
    return None if yi is None else round(float(yi), 4)


def quarters_unreported(project: Project, on: date) -> int:
    """How many quarters that were over by the day no report of investment speaks of, since the latest that does (0
    where there is none at all). `project` comes `with_last_report`."""
    until = last_quarter_end(on)
    over = 4 * until.year + until.month // 3
    return 0 if project.reported_year is None else max(over - 4 * project.reported_year - project.reported_quarter, 0)


def gantt_rows(projects: Iterable[Project]) -> list[dict]:
    """What `charts.gantt` draws: one row for each project with a start, an end or a landing. `projects` carry their
    state; amounts with a date are the stages."""
    projects = list(projects)
    dated: dict[int, list] = {}
    for project in projects:
        for row in project.amounts.all():
            if row.dated:
                dated.setdefault(project.pk, []).append((str(row.get_stage_display()), first_day(row.dated)))
    rows = []
    for project in projects:
        starts, ends = first_day(project.starts), last_day(project.completed or project.ends)
        marks = sorted(dated.get(project.pk, []), key=lambda mark: mark[1])
        if project.landed_on:
            marks.append((str(_("落地")), project.landed_on))
        if ends and not starts:
            marks.append((str(_("实际完工") if project.completed else _("计划完工")), ends))
        if starts or ends or marks:
            rows.append(
                {
                    "code": project.code,
                    "name": project.name,
                    "state": project.state,
                    "state_name": project.get_state_display(),
                    "starts": starts,
                    "ends": ends,
                    "marks": marks,
                }
            )
    return rows


def planned_gains(
    areas: Iterable[str] | None = None, indicators: Iterable[str] | None = None, *, counted: Sequence[str] = ()
) -> list[PlannedGain]:
    """What projects are expected to add. `counted`: the indicators that the register itself counts, to which each
    project still to land adds one."""
    rows = Contribution.objects.order_by()
    if areas is not None:
        rows = rows.filter(area__in=list(areas))
    if indicators is not None:
        rows = rows.filter(indicator__in=list(indicators))
    live = {Project.State.PLANNED, Project.State.STARTED}
    names = ("project__code", "area_id", "indicator_id", "year", "value", "project__state", "project__is_demo")
    gains = []
    for project, area, indicator, year, value, state, is_demo in rows.values_list(*names):
        gains.append(PlannedGain(project, area, indicator, year, float(value), state in live, is_demo))
    for code in counted:
        for row in awaited(areas, code).only("code", "main_area", "starts", "state", "is_demo"):
            year, is_live = starting_year(row) or 0, row.state in live
            gains.append(PlannedGain(row.code, row.main_area_id, code, year, 1.0, is_live, row.is_demo))
    return gains
