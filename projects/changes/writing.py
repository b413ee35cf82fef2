"""What every write of the register has in common: the lock, who may write, the event and the log."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.utils import timezone

from accounts.models import User
from journal.actions import actor_name, log_audit
from lib.days import SHANGHAI
from lib.refusals import Conflict, NotAllowed
from projects.changes.history import area_codes
from projects.models import Project, ProjectEvent


class LoggedChange(NamedTuple):
    """Both sides of a change as texts, and when it was told."""

    old: Mapping | None
    new: Mapping | None
    at: datetime


def may_write(user: User | None, area: str, organisation: int | None) -> bool:
    """`Project.objects.editable_by` for one project, also before it is stored. None is the system itself."""
    if user is None or user.role in {User.Role.ADMINISTRATOR, User.Role.MUNICIPAL}:
        return True
    if user.own_area_code is None or user.own_area_code != area:
        return False
    return user.role == User.Role.COUNTY or organisation == user.own_unit_id


def locked(project: Project, by: User | None, version: int | None = None) -> Project:
    """The project as it now is, its row locked, where `by` may write it."""
    project = Project.objects.select_for_update().get(pk=project.pk)
    require_writer(project, by)
    if version is not None and version != project.version:
        last = project.events.last()
        who = f"{last.by_name}于{timezone.localtime(last.at):%Y-%m-%d %H:%M}" if last else "别人"
        raise Conflict(f"您打开之后，{who}已修改过这个项目；请对照现在的内容再存。", conflicts=[project.version])
    return project


def require_writer(project: Project, by: User | None) -> None:
    if not may_write(by, project.main_area_id, project.organisation_id):
        raise NotAllowed("只有项目主要所在地区的发改局、本项目的责任单位和市里可以登记和修改。")


def authored(project: Project, by: User | None, at: datetime) -> dict:
    return {"at": at, "by": by, "by_name": actor_name(by), "is_demo": project.is_demo}


def log_change(
    project: Project,
    kind: str,
    action: str,
    old: Mapping | None,
    new: Mapping | None,
    by: User | None,
    at: datetime,
    reason: str = "",
    areas: Iterable[str] = (),
) -> None:
    change = LoggedChange(old, new, at)
    log_changes(project, kind, action, [change], by, first_version=project.version, reason=reason, areas=areas)


def log_changes(
    project: Project,
    kind: str,
    action: str,
    changes: Sequence[LoggedChange],
    by: User | None,
    *,
    first_version: int,
    reason: str = "",
    areas: Iterable[str] = (),
) -> None:
    """Each change as an event of the project's, whose versions count on from the first, and in the log of each county
    that it concerns."""
    ProjectEvent.objects.bulk_create(
        ProjectEvent(
            project=project,
            kind=kind,
            version=version,
            old=change.old,
            new=change.new,
            reason=reason,
            **authored(project, by, change.at),
        )
        for version, change in enumerate(changes, start=first_version)
    )
    concerned = sorted({*areas, *area_codes(project)})
    rows = []
    for change in changes:
        told = {"old": change.old, "new": change.new}
        rows += [{"key": project.code, "area": area, **told} for area in concerned]
    log_audit(action=action, subject="projects.project", rows=rows, by=by, reason=reason)


def day_of(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()
