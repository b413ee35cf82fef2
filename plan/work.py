"""Writes of the plan's work: tasks, what is said of them, meetings with their decisions. Each atomic and audited."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from areas.models import Area
from journal.actions import actor_name, log_audit
from lib.database.queues import wait_in_line
from lib.refusals import Conflict, Invalid, NotAllowed
from plan.kept_files import files_put_away
from plan.models import Chapter, Decision, Meeting, ProgressStatement, StatementFile, WorkItem

State = WorkItem.State
PLANNERS = (User.Role.MUNICIPAL, User.Role.ADMINISTRATOR)


@dataclass(frozen=True)
class Task:
    """What is asked: of whom, by when, for which chapter; `area` None where it is the city's own."""

    title: str
    chapter: Chapter
    responsible: Organisation
    due_on: date
    area: Area | None = None
    decision: Decision | None = None


@transaction.atomic
def assign_work(*, task: Task, by: User | None, is_demo: bool = False) -> WorkItem:
    """A new task, numbered T-001, T-002, …, by the city (`by` None: the demonstration)."""
    _require_planner(by)
    item = WorkItem(code=_next_code(), is_demo=is_demo)
    _fill(item, task)
    item.save(force_insert=True)
    _log("create", item, by, new=_facts(item))
    return item


@transaction.atomic
def edit_work(*, item: WorkItem, task: Task, version: int, reason: str, by: User) -> WorkItem:
    """Change what is asked, with the reason. `Conflict` where somebody saved since `version` was read."""
    _require_planner(by)
    item = _locked(item)
    if item.version != version:
        raise Conflict(_("别人刚刚改过这项任务，请刷新后再改；您填的内容还在。"))
    old = _facts(item)
    _fill(item, task)
    new = _facts(item)
    if new == old:
        return item
    item.version += 1
    item.save()
    _log("edit", item, by, old=old, new=new, reason=_words(reason, _("请写明为什么改。")))
    return item


def state_progress(
    *,
    item: WorkItem,
    words: str,
    by: User,
    percent_done: int | None = None,
    new_state: str = "",
    files: Sequence[tuple[str, bytes]] = (),
    at: datetime | None = None,
) -> ProgressStatement:
    """Say how a task stands: the unit it is asked of, the county's office for its bureaus, or the city. `new_state`
    closes it (the unit: done; the city: done or cancelled) or, by the city alone, opens it again. `files`: name and
    content of what bears it out, written before their rows and removed where these do not come to stand."""
    with files_put_away(StatementFile, files) as kept:
        return _state(item, words, by, percent_done, new_state, kept, at or timezone.now())


@transaction.atomic
def _state(item, words, by, percent_done, new_state, files: list[StatementFile], at: datetime) -> ProgressStatement:
    item = _locked(item)
    _require_speaker(item, by)
    _require_step(item, new_state, by)
    statement = ProgressStatement.objects.create(
        work_item=item,
        at=at,
        by=by,
        by_name=actor_name(by),
        words=_words(words, _("请写明进展。")),
        percent_done=100 if new_state == State.DONE else percent_done,
        new_state=new_state,
    )
    for each in files:
        each.statement = statement
        each.save(force_insert=True)
    if new_state:
        _move(item, new_state, at)
    new = {"words": statement.words, "percent_done": statement.percent_done, "state": item.state}
    if files:
        new["files"] = [each.name for each in files]
    _log("state_progress", item, by, new=new)
    return statement


@transaction.atomic
def record_meeting(
    *, held_on: date, title: str, chair: str, minutes: str, decisions: Sequence[str], by: User | None, is_demo=False
) -> Meeting:
    """A sitting with its decisions in order; tasks that follow from them are assigned one by one."""
    _require_planner(by)
    if Meeting.objects.filter(held_on=held_on, title=title).exists():
        raise Invalid(_("{held_on} 的“{title}”已经登记过。").format(held_on=held_on, title=title))
    meeting = Meeting.objects.create(
        held_on=held_on, title=_words(title, _("请写会议名称。")), chair=chair, minutes=minutes, is_demo=is_demo
    )
    rows = [words.strip() for words in decisions if words.strip()]
    Decision.objects.bulk_create(Decision(meeting=meeting, number=n, words=row) for n, row in enumerate(rows, 1))
    new = {"held_on": str(held_on), "title": title, "decisions": rows}
    log_audit(action="create", subject="plan.meeting", rows=[{"key": str(meeting), "new": new}], by=by)
    return meeting


@transaction.atomic
def remove_demo_work() -> int:
    """Delete the demonstration's tasks and meetings, and what was said of them; the number of tasks."""
    items = WorkItem.objects.filter(is_demo=True)
    files = StatementFile.objects.filter(statement__work_item__in=items)
    for path in [each.path for each in files]:
        transaction.on_commit(partial(path.unlink, missing_ok=True))
    files.delete()
    ProgressStatement.objects.filter(work_item__in=items).delete()
    removed, _ = items.delete()
    kept = Meeting.objects.filter(decisions__work_items__isnull=False)
    meetings = Meeting.objects.filter(is_demo=True).exclude(pk__in=kept)
    Decision.objects.filter(meeting__in=meetings).delete()
    meetings.delete()
    return removed


def may_plan(user: User) -> bool:
    """Whether `user` assigns and changes tasks."""
    return user.role in PLANNERS


def may_speak(item: WorkItem, user: User) -> bool:
    """Whether `user` may say how the task stands."""
    own = user.own_unit_id is not None and user.own_unit_id == item.responsible_id
    office = user.role == User.Role.COUNTY and user.own_area_code is not None and user.own_area_code == item.area_id
    return own or office or may_plan(user)


def _require_planner(by: User | None) -> None:
    if by is not None and not may_plan(by):
        raise NotAllowed(_("任务和会议由市发改委登记。"))


def _require_speaker(item: WorkItem, by: User) -> None:
    if not may_speak(item, by):
        raise NotAllowed(
            _("这项任务由{responsible}填报进展，您的账号不能填。").format(responsible=item.responsible.shown_name)
        )


def _require_step(item: WorkItem, new_state: str, by: User) -> None:
    if not new_state:
        if item.state != State.OPEN:
            raise Invalid(
                _("这项任务{state}，不再填进展；如需继续，请市发改委重新打开。").format(state=item.get_state_display())
            )
    elif new_state not in State.values or new_state == item.state:
        raise Invalid(
            _("这项任务现在是“{state}”，不能改成“{new_state}”。").format(
                state=item.get_state_display(), new_state=new_state
            )
        )
    elif not may_plan(by) and (item.state, new_state) != (State.OPEN, State.DONE):
        raise NotAllowed(_("取消或重新打开任务由市发改委办理。"))


def _move(item: WorkItem, new_state: str, at: datetime) -> None:
    item.state, item.version = new_state, item.version + 1
    item.closed_on = None if new_state == State.OPEN else timezone.localdate(at)
    item.save(update_fields=["state", "closed_on", "version"])


def _fill(item: WorkItem, task: Task) -> None:
    item.title = _words(task.title, _("请写任务内容。"))
    item.chapter, item.area, item.responsible = task.chapter, task.area, task.responsible
    item.due_on, item.decision = task.due_on, task.decision
    if item.area and item.responsible.kind in ("county", "bureau") and item.responsible.area_id != item.area_id:
        raise Invalid(
            _("{responsible}不是{area}的单位，请改责任单位或地区。").format(
                responsible=item.responsible.shown_name, area=item.area.shown_name
            )
        )


def _locked(item: WorkItem) -> WorkItem:
    rows = WorkItem.objects.select_for_update(of=["self"]).select_related("responsible", "area", "chapter")
    return rows.get(pk=item.pk)


def _next_code() -> str:
    wait_in_line("tasks")
    numbers = [int(code[2:]) for code in WorkItem.objects.values_list("code", flat=True)]
    return f"T-{max(numbers, default=0) + 1:04d}"


def _facts(item: WorkItem) -> dict:
    return {
        "title": item.title,
        "chapter": item.chapter_id,
        "area": item.area_id,
        "responsible": item.responsible.code,
        "due_on": str(item.due_on),
        "decision": item.decision_id,
    }


def _words(text: str, ask: str) -> str:
    if not text.strip():
        raise Invalid(ask)
    return text.strip()


def _log(action: str, item: WorkItem, by, *, old=None, new=None, reason="") -> None:
    row = {"key": item.code, "area": item.area_id, "old": old, "new": new}
    log_audit(action=action, subject="plan.workitem", rows=[row], by=by, reason=reason)
