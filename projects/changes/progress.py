"""Quarterly reports of a project: one as it is told, or several that were told one after the other."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from lib.refusals import Conflict
from projects.changes.checks import check_progress
from projects.changes.history import area_codes, texts
from projects.changes.parts import DatedProgress, Progress
from projects.changes.writing import LoggedChange, authored, day_of, locked, log_changes
from projects.landing.landed_projects import fill_sheets
from projects.models import ProgressReport, Project, ProjectEvent

TOLD_COLUMNS = ("completed_yi", "image", "problem", "next_step")


@transaction.atomic
def report_progress(
    *,
    project: Project,
    progress: Progress,
    by: User | None,
    version: int | None = None,
    at: datetime | None = None,
) -> ProgressReport | None:
    """A quarter's progress; the next version where one is there, None where it says the same. `version`: of the
    quarter as the reporter saw it (0: none), else `Conflict`."""
    at = at or timezone.now()
    project = locked(project, by)
    current = list(project.progress.filter(is_current=True))
    last = _of_quarter(current, progress)
    if version is not None and version != (last.version if last else 0):
        raise Conflict("您打开之后，这个季度的进展已有别人填报；请刷新后核对再存。", conflicts=[str(last)])
    rows = _store_progress(project, [DatedProgress(progress, at)], current, by)
    return rows[0] if rows else None


@transaction.atomic
def report_history(*, project: Project, told: Sequence[DatedProgress], by: User | None) -> int:
    """Several quarters of a project as they were told one after the other, in one act: it leaves what as many calls of
    `report_progress` leave. The number of those that said something new. ValueError where a quarter is told twice: the
    second is a correction, an act of its own."""
    quarters = [(progress.year, progress.quarter) for progress, _at in told]
    if len(set(quarters)) < len(quarters):
        raise ValueError("a quarter is told twice")
    project = locked(project, by)
    return len(_store_progress(project, told, list(project.progress.filter(is_current=True)), by))


def _store_progress(
    project: Project, told: Sequence[DatedProgress], current: list[ProgressReport], by: User | None
) -> list[ProgressReport]:
    """The rows of those that say something new; `current` are the reports in force before them."""
    rows, closed, logged = [], [], []
    for progress, at in told:
        last = _of_quarter(current, progress)
        check_progress(progress, current, day_of(at))
        new = {name: getattr(progress, name) for name in TOLD_COLUMNS}
        old = {name: getattr(last, name) for name in TOLD_COLUMNS} if last else None
        if old == new:
            continue
        row = ProgressReport(
            project=project,
            year=progress.year,
            quarter=progress.quarter,
            version=last.version + 1 if last else 1,
            **new,
            **authored(project, by, at),
        )
        if last:
            closed.append(last.pk)
        current = [*(each for each in current if each is not last), row]
        rows.append(row)
        quarter = {"quarter": f"{progress.year}年第{progress.quarter}季度"}
        logged.append(LoggedChange(texts(old, quarter), texts(new, quarter), at))
    if not rows:
        return []
    project.progress.filter(pk__in=closed).update(is_current=False)
    ProgressReport.objects.bulk_create(rows)
    count_added(project)
    first = project.version + 1
    project.version += len(rows)
    project.save()
    log_changes(project, ProjectEvent.Kind.PROGRESS, "report_progress", logged, by, first_version=first)
    fill_sheets(area_codes(project))
    return rows


def _of_quarter(current: Iterable[ProgressReport], progress: Progress) -> ProgressReport | None:
    wanted = (progress.year, progress.quarter)
    return next((row for row in current if (row.year, row.quarter) == wanted), None)


def count_added(project: Project) -> None:
    """Bring `added_yi` of the project's current reports up to date: what each exceeds the one before it by."""
    before, moved = Decimal(0), []
    for row in project.progress.invested():
        added, before = row.completed_yi - before, row.completed_yi
        if row.added_yi != added:
            row.added_yi = added
            moved.append(row)
    ProgressReport.objects.bulk_update(moved, ["added_yi"])
