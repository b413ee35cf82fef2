"""Words to units, written in the transaction of the step that they tell of: who must act next, and why. What is
written here shows in the site; the room `messaging` takes it further, by mail and otherwise."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Count
from django.utils import timezone

from accounts.models import Organisation, User
from indicators.models import IndicatorDefinition
from journal.actions import actor_name
from lib.database.prepared_statements import written
from reporting.models import Notice, Part, Submission, Transition

Kind, Action = Notice.Kind, Transition.Action
ASKING = (Kind.DUE_SOON, Kind.OVERDUE, Kind.REMINDER)


def unread_for(user: User):
    """The unread notices of the user's own unit, the newest first."""
    return Notice.objects.visible_to(user).filter(read_at=None).select_related("submission__round", "submission__area")


def unread_count(user: User) -> int:
    """How many they are."""
    if user.role not in Notice.READERS:
        return 0
    return len(written(("unread notices", *user.scope), lambda: unread_for(user).order_by().values_list("pk")).rows())


def readers():
    """People who act on notices; leaders and administrators of the city's office are spared."""
    return User.objects.filter(is_active=True, role__in=Notice.READERS)


def mark_read(*, user: User, notices: Iterable[int] | None = None, at: datetime | None = None) -> int:
    """The unit has read these notices (None: all); the number. Another unit's stay as they are."""
    rows = Notice.objects.visible_to(user).filter(read_at=None)
    if notices is not None:
        rows = rows.filter(pk__in=list(notices))
    return rows.update(read_at=at or timezone.now())


def note_mailed(notices: Iterable[int], *, at: datetime) -> None:
    """These have reached somebody by mail; the first time counts."""
    Notice.objects.filter(pk__in=list(notices), mailed_at=None).update(mailed_at=at)


def reminder_log(*submissions: Submission):
    """Who was reminded of these when and by whom, the newest first; for those who see the submissions."""
    return Notice.objects.filter(submission__in=submissions, kind__in=ASKING).select_related("organisation")


def write_notices(
    submission: Submission, kind: str, words: Mapping[Organisation, str], *, by: User | None, at: datetime
) -> list[Notice]:
    """One notice to each unit, in the caller's transaction."""
    common = {"submission": submission, "kind": kind, "at": at, "by": by, "by_name": actor_name(by)}
    return Notice.objects.bulk_create([Notice(organisation=unit, words=text, **common) for unit, text in words.items()])


def tell_opened(submission: Submission, *, by: User | None, at: datetime) -> None:
    """The county, and each unit that has rows: until when, how many."""
    head = f"{sheet_words(submission)}已开放填报，{day_words(submission.round.due_on)}截止"
    words = dict.fromkeys(counties_of(submission), f"{head}，请组织各单位填报。")
    for part in submission.parts.select_related("organisation").annotate(rows=Count("entries")):
        own = f"本单位填报{part.rows}项。"
        words[part.organisation] = words.get(part.organisation, f"{head}。") + own
    write_notices(submission, Kind.OPENED, words, by=by, at=at)


def tell_sent_back(part: Part, submission: Submission, step: Transition) -> None:
    words = f"{sheet_words(submission)}中本单位的部分被县级退回：{step.reason}"
    write_notices(submission, Kind.SENT_BACK, {part.organisation: words}, by=step.by, at=step.at)


def tell_step(submission: Submission, step: Transition) -> None:
    """Whoever a step of the submission concerns; a withdrawal concerns nobody else."""
    writers: dict[str, Callable[[Submission, Transition], Any]] = {
        Action.SUBMIT: _tell_submitted,
        Action.RETURN: _tell_returned,
        Action.APPROVE: _tell_approved,
        Action.REOPEN: _tell_reopened,
        Action.LAPSE: _tell_lapsed,
        Action.CLOSE: _tell_closed,
        Action.RESUME: _tell_resumed,
    }
    write = writers.get(step.action)
    if write is not None:
        kind, words = write(submission, step)
        write_notices(submission, kind, words, by=step.by, at=step.at)


def _tell_submitted(submission, step):
    city = Organisation.objects.filter(kind=Organisation.Kind.MUNICIPAL)
    return Kind.SUBMITTED, dict.fromkeys(city, f"{sheet_words(submission)}已提交，等待审核。")


def _tell_returned(submission, step):
    """The county reads every named row, a bureau its own."""
    names = dict(IndicatorDefinition.objects.as_of().values_list("indicator", "name"))
    rows = submission.entries.filter(indicator__in=step.named_entries).select_related("part__organisation")
    by_unit = {unit: list(step.named_entries) for unit in counties_of(submission)}
    for entry in rows.order_by("indicator__position"):
        unit = entry.part.organisation
        if unit.kind != Organisation.Kind.COUNTY:
            by_unit.setdefault(unit, []).append(entry.indicator_id)
    head = f"{sheet_words(submission)}被市发改委退回，请更正"
    words = {
        unit: f"{head}{'、'.join(f'{names.get(code, code)}（{code}）' for code in codes)}：{step.reason}"
        for unit, codes in by_unit.items()
    }
    return Kind.RETURNED, words


def _tell_approved(submission, step):
    words = f"{sheet_words(submission)}已通过审核，所报数值已成为官方数值。"
    return Kind.APPROVED, dict.fromkeys(_all_units(submission), words)


def _tell_reopened(submission, step):
    """The county, and the units whose part is open again."""
    until = timezone.localtime(submission.reopened_until)
    words = f"{sheet_words(submission)}已重新开放，至{day_words(until.date())}{until:%H:%M}止：{step.reason}"
    return Kind.REOPENED, dict.fromkeys([*counties_of(submission), *units_open_in(submission)], words)


def _tell_lapsed(submission, step):
    words = f"{sheet_words(submission)}重新开放的时间已过，恢复为已通过的内容；未提交的修改保留在历史中。"
    return Kind.REOPENED, dict.fromkeys([*counties_of(submission), *units_open_in(submission)], words)


def _tell_closed(submission, step):
    """Every unit of the county: what becomes of what it typed."""
    ends = {
        Submission.State.APPROVED: "已通过的数值不变。",
        Submission.State.SUBMITTED: "已提交的内容仍会审核。",
        Submission.State.REOPENED: "重新开放的时间不受影响。",
    }
    rest = ends.get(submission.state, "没有提交的内容保留在系统中，不再填报。")
    words = f"{submission.round.year}年报送已关闭。{sheet_words(submission)}{rest}{step.reason}"
    return Kind.CLOSED, dict.fromkeys(_all_units(submission), words)


def _tell_resumed(submission, step):
    words = f"{submission.round.year}年报送已重新打开：{step.reason}"
    return Kind.REOPENED, dict.fromkeys(_all_units(submission), words)


def counties_of(submission: Submission) -> list[Organisation]:
    """The county's own office, which submits."""
    return list(Organisation.objects.filter(kind=Organisation.Kind.COUNTY, area=submission.area_id))


def units_open_in(submission: Submission) -> list[Organisation]:
    """The units whose part is not handed over."""
    parts = submission.parts.filter(state=Part.State.OPEN).select_related("organisation")
    return [part.organisation for part in parts]


def _all_units(submission) -> list[Organisation]:
    return [*counties_of(submission), *(part.organisation for part in submission.parts.select_related("organisation"))]


def sheet_words(submission: Submission) -> str:
    return f"{submission.area.name}{submission.round.year}年报送"


def day_words(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
