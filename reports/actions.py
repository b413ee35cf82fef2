"""Issuing reports: freeze a year, and have its files made, or made again, after the commit."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from journal.actions import actor_name, log_audit
from journal.models import ReportIssue
from lib.web.languages import in_source_language
from reports import snapshot, tasks
from reports.build import digest, move

ISSUERS = (User.Role.MUNICIPAL, User.Role.ADMINISTRATOR)


@transaction.atomic
def issue_report(*, year: int, by: User) -> ReportIssue:
    """Freeze the year's official picture under the next number, and have its files made after the commit."""
    with in_source_language():
        frozen = snapshot.freeze(year, by)
    now = timezone.now()
    issue = ReportIssue.objects.create(
        number=_next_number(timezone.localtime(now).year),
        year=year,
        taken_at=now,
        by=by,
        by_name=actor_name(by),
        content=frozen,
        sha256=digest(frozen),
        state_at=now,
        is_demo=frozen["has_demo"],
    )
    new = {"year": year, "sha256": issue.sha256}
    log_audit(action="issue", subject="journal.reportissue", rows=[{"key": issue.number, "new": new}], by=by)
    _dispatch(issue)
    return issue


@transaction.atomic
def rebuild_report(*, issue: ReportIssue, by: User) -> None:
    """Make the files again from the same snapshot: after a failure, or where a file is gone."""
    move(issue, ReportIssue.State.WAITING, 0)
    log_audit(action="rebuild", subject="journal.reportissue", rows=[{"key": issue.number}], by=by)
    _dispatch(issue)


def _next_number(year: int) -> str:
    last = ReportIssue.objects.select_for_update().filter(number__startswith=f"{year}-").order_by("-number").first()
    return f"{year}-{int(last.number[5:]) + 1 if last else 1:03d}"


def _dispatch(issue: ReportIssue) -> None:
    transaction.on_commit(lambda: tasks.build_report.delay(issue.number), robust=True)
