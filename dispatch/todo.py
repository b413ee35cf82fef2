"""What waits for one person, drawn from every room: sheets, matters, tasks, questions, promises, what is to be read;
and apart from that what of the plan is to be confirmed.

Nothing is stored, and nothing is decided here: what waits for whom is said by the room that it belongs to."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import AccessToken, User
from areas.models import Area
from commitments.actions import may_state
from commitments.frames import standings
from commitments.models import Commitment
from identity.factor_actions import SETTLERS
from identity.models import FactorReset
from lib.database.prepared_statements import again
from lib.days import start_of_day
from matters.models import MatterStep, Remark
from matters.register import ListedMatter, awaited_steps
from matters.rights import acts_for_owner
from matters.steps import StepRule
from messaging.personal import unread_letters
from pagecache.value_cache import kept
from plan.models import WorkItem
from planning.confirming import may_confirm, open_facts, open_points
from pulling.actions import may_register
from pulling.models import Source
from reporting.reminders.due_reminders import due_on
from reporting.reminders.notices import unread_count
from reporting.reminders.turns import Role, sheet_turn, waiting_sheets
from reporting.sheet_pages.words import days_left

KINDS = {
    "sheet": gettext_lazy("报送"),
    "matter": gettext_lazy("督办"),
    "task": gettext_lazy("任务"),
    "question": gettext_lazy("提问"),
    "promise": gettext_lazy("承诺"),
    "read": gettext_lazy("待读"),
    "pull": gettext_lazy("取数失败"),
    "token": gettext_lazy("令牌"),
    "reset": gettext_lazy("第二因子"),
}
SOON = timedelta(days=30)  # before its due day a task is listed


@dataclass(frozen=True)
class TodoRow:
    """One thing that waits. `place`: area and year in words; `due` the day by which, None where there is none; `left`
    the days until then or since, in the words of its room."""

    kind: str
    what: str
    place: str
    href: str
    button: str
    due: date | None = None
    left: str = ""
    is_demo: bool = False

    @property
    def kind_name(self) -> str:
        return str(KINDS[self.kind])

    def late(self, on: date) -> int:
        """Days since it was due; 0 where it is in time."""
        return max((on - self.due).days, 0) if self.due else 0


def todo_of(user: User, on: date) -> list[TodoRow]:
    """Everything that waits for this user: by the day it is due, so that the latest come first; then the rest."""
    rows: list[TodoRow] = []
    for source in SOURCES:
        rows.extend(source(user, on))
    order = list(KINDS)
    return sorted(rows, key=lambda row: (row.due is None, row.due or on, order.index(row.kind)))


@dataclass(frozen=True)
class Unconfirmed:
    """What of the plan stands open until a document settles it: it may for years, so it is not counted as waiting."""

    what: str
    href: str
    button: str


def to_confirm(user: User) -> Iterator[Unconfirmed]:
    """Points of the plan, and facts; nothing for those who may not confirm them."""
    if not may_confirm(user):
        return
    points, facts = sum(len(kind.points) for kind in open_points()), sum(open_facts().values())
    if points:
        what = _("方案里有{n}项还是本平台的理解，等依据文件确认").format(n=points)
        yield Unconfirmed(what, reverse("confirm_plan"), _("去确认"))
    if facts:
        what = _("指标、目标、标准和官方数值里有{n}项暂定，等正式表").format(n=facts)
        yield Unconfirmed(what, reverse("imports"), _("去导入"))


def _sheets(user: User, on: date) -> Iterator[TodoRow]:
    now = start_of_day(on) if on != timezone.localdate() else timezone.now()
    for sheet in waiting_sheets(user):
        turn = sheet_turn(user, sheet, now)
        due = None if user.role == Role.MUNICIPAL else due_on(sheet)
        place = _place(sheet.area.shown_name, sheet.round.year)
        yield TodoRow("sheet", turn.words, place, turn.href, turn.button, due, _left(due, on), sheet.round.is_demo)


def _matters(user: User, on: date) -> Iterator[TodoRow]:
    for listed, rule in awaited_steps(user, on):
        yield _matter(user, listed, rule)


def _matter(user: User, listed: ListedMatter, rule: StepRule) -> TodoRow:
    """The unit is bound by the day; whoever oversees it is not."""
    matter = listed.matter
    is_own = acts_for_owner(user, matter)
    area = matter.area or matter.owner.area
    return TodoRow(
        "matter",
        f"{matter.code} {matter.title}",
        _place(area.shown_name if area else "", matter.year),
        reverse("matter", args=[matter.code]),
        str(MatterStep.Step(rule.step).label),
        matter.due_on if is_own else None,
        listed.days_words if is_own else "",
        matter.is_demo,
    )


def _tasks(user: User, on: date) -> Iterator[TodoRow]:
    """Open ones of the own unit that are late, or due within SOON."""
    if user.own_unit_id is None:
        return
    for item in again(("open tasks", *user.scope, on), lambda: _open_tasks(user, on)):
        yield TodoRow(
            "task",
            f"{item.code} {item.title}",
            _place(item.area.shown_name if item.area else "", None),
            reverse("task", args=[item.code]),
            _("报进展"),
            item.due_on,
            _left(item.due_on, on),
            item.is_demo,
        )


def _open_tasks(user: User, on: date) -> QuerySet[WorkItem]:
    rows = WorkItem.objects.visible_to(user).filter(state=WorkItem.State.OPEN, responsible=user.own_unit_id)
    return rows.filter(due_on__lte=on + SOON).select_related("area")


def _questions(user: User, on: date) -> Iterator[TodoRow]:
    """Asked of the own unit, not settled, and not answered by it."""
    if user.own_unit_id is None:
        return
    for note in again(("questions", user.pk, *user.scope), lambda: _open_questions(user)):
        what = _("{by}问：{words}").format(by=note.by_name, words=note.words)
        place = _place(note.about_title, None)
        href = reverse("thing", args=[note.about_kind, note.about_key])
        yield TodoRow("question", what, place, href, _("去答复"), is_demo=note.is_demo)


def _open_questions(user: User) -> QuerySet[Remark]:
    rows = Remark.objects.visible_to(user).filter(kind=Remark.Kind.QUESTION, parent=None, resolved_at=None)
    rows = rows.filter(units=user.own_unit_id).exclude(replies__unit=user.own_unit_id)
    return rows.select_related("area").distinct()


def _promises(user: User, on: date) -> Iterator[TodoRow]:
    """Those of the own county that are told by words alone, and of which nobody has said how they stand."""
    own = user.own_area_code
    if own is None or not may_state(user, own):
        return
    place = _place(Area.objects.get(code=own).shown_name, None)
    for area, code, name in kept(lambda: _untold_promises(user, on), "untold promises", on):
        if area == own:
            yield TodoRow("promise", f"{code} {name}", place, reverse("commitment", args=[code]), _("写说明"))


def _untold_promises(user: User, on: date) -> list[tuple[str | None, str, str]]:
    """(county, code, name), the same for every reader: promises and what is said of them are open to all."""
    found = []
    for row in standings(on, user=user, source=Commitment.Source.STATEMENTS):
        for line in row.lines:
            if line.progress.status == "unknown":
                found.append((line.area, row.commitment.code, row.commitment.name))
    return found


def _to_read(user: User, on: date) -> Iterator[TodoRow]:
    notices = unread_count(user)
    if notices:
        yield TodoRow("read", _("{n}条通知还没有读").format(n=notices), "", reverse("notices"), _("去读"))
    messages = unread_letters(user)
    if messages:
        yield TodoRow(
            "read", _("{n}条写给您的消息还没有读").format(n=messages), "", reverse("messages_mine"), _("去读")
        )


def _pulls(user: User, on: date) -> Iterator[TodoRow]:
    """Sources of the own unit that gave nothing when they were asked last."""
    if not may_register(user):
        return
    for source in Source.objects.visible_to(user).filter(ended_at=None, failures__gt=0).order_by("pk"):
        what = _("来源“{name}”连续{n}次没有取到数").format(name=source.name, n=source.failures)
        yield TodoRow("pull", what, "", reverse("pull", args=[source.uid]), _("去查看"))


def _tokens(user: User, on: date) -> Iterator[TodoRow]:
    """Of any unit, whose writing an administrator has to agree to."""
    if not user.manages_tokens or user.is_service:
        return
    for token in AccessToken.objects.awaiting_consent().select_related("organisation").order_by("pk"):
        what = _("{unit}的令牌“{name}”等同意后才能写入").format(unit=token.organisation.shown_name, name=token.name)
        yield TodoRow("token", what, "", reverse("tokens"), _("去同意"))


def _resets(user: User, on: date) -> Iterator[TodoRow]:
    """Asked for by another person, and not for oneself."""
    if user.role not in SETTLERS or user.is_service:
        return
    waiting = FactorReset.objects.filter(settled_at=None).exclude(asked_by=user.pk).exclude(user=user.pk)
    for reset in waiting.select_related("user").order_by("pk"):
        words = _("{person}的第二因子等第二个人同意重置（{by}提出：{reason}）")
        what = words.format(person=reset.user.title, by=reset.asked_by_name, reason=reset.reason)
        yield TodoRow("reset", what, "", reverse("factor_resets"), _("去处理"))


SOURCES: tuple[Callable[[User, date], Iterator[TodoRow]], ...] = (
    _sheets,
    _matters,
    _tasks,
    _questions,
    _promises,
    _to_read,
    _pulls,
    _tokens,
    _resets,
)


def _place(area: str, year: int | None) -> str:
    return " · ".join(str(part) for part in (area, year) if part)


def _left(due: date | None, on: date) -> str:
    return str(days_left((due - on).days)) if due else ""
