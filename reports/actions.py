"""Issuing reports: freeze a year, and have its files made, or made again, after the commit."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from journal.actions import actor_name, log_audit
from journal.models import ReportIssue
from lib.database.queues import wait_in_line
from lib.refusals import NotAllowed, WrongState
from lib.web.languages import in_source_language
from reports import snapshot, tasks
from reports.build import digest, move

MOST_AT_ONCE = 3
UNDER_WAY = (ReportIssue.State.WAITING, ReportIssue.State.RUNNING)
ISSUERS = (User.Role.MUNICIPAL, User.Role.ADMINISTRATOR)


@transaction.atomic
def issue_report(*, year: int, by: User) -> ReportIssue:
    """Freeze the year's official picture under the next number, and have its files made after the commit. `WrongState`
    where as many reports are being made as may be at once."""
    _require_issuer(by)
    wait_in_line("reports")
    _require_few_under_way()
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
    """Make the files again from the same snapshot: after a failure, or where a file is gone. `WrongState` while they
    are being made, or many others are."""
    _require_issuer(by)
    wait_in_line("reports")
    issue = ReportIssue.objects.select_for_update().get(pk=issue.pk)
    if issue.state in UNDER_WAY:
        raise WrongState(_("报告 {number} 正在生成，请稍等。").format(number=issue.number))
    _require_few_under_way()
    move(issue, ReportIssue.State.WAITING, 0)
    log_audit(action="rebuild", subject="journal.reportissue", rows=[{"key": issue.number}], by=by)
    _dispatch(issue)


def _require_issuer(by: User) -> None:
    if by.role not in ISSUERS:
        raise NotAllowed(_("报告由市发改委制作。"))


def _require_few_under_way() -> None:
    """Each takes a worker for seconds and stays for ever: a hundred presses of a button stop the others' work."""
    under_way = ReportIssue.objects.filter(state__in=UNDER_WAY).count()
    if under_way >= MOST_AT_ONCE:
        words = _("已有 {count} 份报告正在生成，请等其中一份完成后再制作。")
        raise WrongState(words.format(count=under_way))


def _next_number(year: int) -> str:
    numbers = ReportIssue.objects.filter(number__startswith=f"{year}-").values_list("number", flat=True)
    return f"{year}-{max((int(number[5:]) for number in numbers), default=0) + 1:03d}"


def _dispatch(issue: ReportIssue) -> None:
    transaction.on_commit(lambda: tasks.build_report.delay(issue.number), robust=True)
