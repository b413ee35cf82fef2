"""Quarterly reports told in one act: they leave what as many single ones leave."""

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import transaction

from journal.models import AuditEntry
from lib.refusals import Invalid, NotAllowed
from projects.changes.parts import DatedProgress, Progress
from projects.changes.progress import report_history, report_progress
from projects.models import ProgressReport, Project, ProjectEvent
from tests.projects.test_actions import user


def told(year, quarter, completed, day, **words) -> DatedProgress:
    value = None if completed is None else Decimal(completed)
    return DatedProgress(Progress(year, quarter, value, **words), datetime(2025, 6, day, 2, tzinfo=UTC))


IN_ORDER = [told(2024, 2, "0.5", 1), told(2024, 3, "0.9", 2, image="已封顶"), told(2025, 1, "1.2", 3)]
OUT_OF_ORDER = [told(2025, 1, "1.2", 1), told(2024, 2, "0.5", 2), told(2024, 4, None, 3, problem="停工")]
CORRECTED = [told(2024, 2, "0.5", 1), told(2024, 2, "0.6", 2)]


def left_by(do) -> dict:
    """What `do` leaves in every table of the register and in the log; then it is undone."""
    savepoint = transaction.savepoint()
    known = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    do()
    tables = {model.__name__: contents(model.objects.all()) for model in (Project, ProgressReport, ProjectEvent)}
    tables["AuditEntry"] = contents(AuditEntry.objects.filter(pk__gt=known))
    transaction.savepoint_rollback(savepoint)
    return tables


def contents(rows) -> Counter:
    """Every row but its number, and the moment where it is the clock's."""
    names = {field.attname for field in rows.model._meta.concrete_fields if not field.primary_key}
    if rows.model is AuditEntry:
        names.remove("at")
    return Counter(repr(row) for row in rows.values_list(*sorted(names)))


@pytest.mark.parametrize(
    ("reports", "before"),
    [(IN_ORDER, 0), (IN_ORDER, 1), (OUT_OF_ORDER, 0), (OUT_OF_ORDER, 1), (CORRECTED, 1)],
)
def test_it_leaves_what_as_many_single_reports_leave(make, reports, before):
    project, by = make(), user("county", "330122-DRC")
    for progress, at in reports[:before]:
        report_progress(project=project, progress=progress, by=by, at=at)

    def singly():
        for progress, at in reports[before:]:
            report_progress(project=project, progress=progress, by=by, at=at)

    def at_once():
        report_history(project=project, told=reports[before:], by=by)

    expected = left_by(singly)
    assert sum(expected["ProgressReport"].values()) > before
    assert left_by(at_once) == expected


def test_a_quarter_is_told_once(make):
    with pytest.raises(ValueError, match="told twice"):
        report_history(project=make(), told=CORRECTED, by=None)


def test_a_quarter_that_cannot_be_leaves_none_of_them(make):
    project = make()
    with pytest.raises(Invalid, match="累计数只增不减"):
        report_history(project=project, told=[told(2024, 2, "0.5", 1), told(2024, 3, "0.4", 2)], by=None)
    assert not project.progress.exists()


def test_who_may_not_write_the_project_tells_no_history_either(make):
    with pytest.raises(NotAllowed):
        report_history(project=make(), told=IN_ORDER, by=user("county", "330127-DRC"))
