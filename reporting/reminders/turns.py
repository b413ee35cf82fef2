"""Whose turn it is: the sheet that waits for a reader, in one sentence with one address."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from lib.database.prepared_statements import again
from reporting.models import Part, Submission
from reporting.reminders.due_reminders import due_on

Role, State = User.Role, Submission.State
READERS = (Role.MUNICIPAL, Role.COUNTY, Role.BUREAU)  # for whom something can wait


@dataclass(frozen=True)
class Turn:
    """What waits, where it is done, what its button says."""

    words: str
    href: str
    button: str


def waiting(user: User) -> QuerySet:
    """The sheets that wait for the user's unit: submitted ones for the city, open ones for a county; of a bureau its
    own open parts. Each row has an `id` and a `state_at`."""
    if user.role == Role.MUNICIPAL:
        return Submission.objects.filter(state=State.SUBMITTED)
    if user.role == Role.COUNTY:
        return Submission.objects.filter(_editable(""), area=user.own_area_code)
    return Part.objects.filter(_editable("submission__"), organisation=user.own_unit_id, state=Part.State.OPEN)


def _editable(path: str) -> Q:
    """`Submission.is_editable`, of the sheet at `path`."""
    is_open = Q(**{f"{path}round__closed_at": None, f"{path}state__in": Submission.EDITABLE})
    return is_open | Q(**{f"{path}state": State.REOPENED})


def waiting_sheets(user: User) -> list[Submission]:
    """Every sheet that waits for the user's unit, the one that waits longest first. One query, and none for those for
    whom nothing can wait."""
    if user.role not in READERS:
        return []
    found = again(("waiting sheets", *user.scope), lambda: _longest_first(user))
    return [part.submission for part in found] if user.role == Role.BUREAU else found


def _longest_first(user: User) -> QuerySet:
    rows = waiting(user)
    if user.role == Role.BUREAU:
        return rows.select_related("submission__round", "submission__area").order_by("submission__round__due_on")
    order = "state_at" if user.role == Role.MUNICIPAL else "round__due_on"
    return rows.select_related("round", "area").order_by(order)


def sheet_turn(user: User, sheet: Submission, now: datetime) -> Turn:
    """One waiting sheet in words."""
    words, button = _told(user, sheet, now)
    return Turn(words, reverse("sheet", args=[sheet.area_id, sheet.round.year]), button)


def turn_of(user: User, now: datetime) -> Turn | None:
    """The one that waits longest, or None. One query."""
    found = waiting_sheets(user)
    return sheet_turn(user, found[0], now) if found else None


def _told(user: User, sheet: Submission, now: datetime) -> tuple[str, str]:
    names = {"area": sheet.area.shown_name, "year": sheet.round.year}
    if user.role == Role.MUNICIPAL:
        words = _("{area}{year}年报送表等待审核，已等{days}天。")
        return words.format(days=(now - sheet.state_at).days if sheet.state_at else 0, **names), _("去审核")
    due, today = due_on(sheet), timezone.localdate(now)
    if user.role == Role.COUNTY:
        words, button = _("{area}{year}年报送表等待填报、提交，{left}。"), _("打开报送表")
    else:
        words, button = _("{area}{year}年报送表等本单位填数，{left}。"), _("去填报")
    return words.format(left=_left(due, today), **names), button


def _left(due: date, today: date) -> str:
    days = (due - today).days
    if days < 0:
        return _("已逾期{n}天").format(n=-days)
    return _("{day}截止，还有{n}天").format(day=date_format(due, _("n月j日")), n=days)
