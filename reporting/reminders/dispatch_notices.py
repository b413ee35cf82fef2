"""Pressing a unit for what is not a sheet: a task, a project, a match that is owed. Each once a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from journal.actions import actor_name, log_audit
from lib.days import start_of_day
from lib.refusals import NotAllowed
from reporting.models import Notice, Submission
from reporting.reminders.notices import readers

Kind, Role = Notice.Kind, User.Role


@dataclass(frozen=True)
class Item:
    """What a unit is pressed for. `key` names it for ever; `words` say what is asked; `href` is its page; `area`: the
    county that it is about, None where it is the city's."""

    key: str
    title: str
    words: str
    href: str
    unit: Organisation
    area: str | None
    is_demo: bool = False


def oversees(user: User, area: str | None) -> bool:
    """Whether this user presses the units of a county: the city those of all, a county's office those of its own."""
    own = user.own_area_code
    return user.role == Role.MUNICIPAL or (user.role == Role.COUNTY and own is not None and own == area)


def may_press(user: User, unit: Organisation) -> bool:
    """Nobody presses the own unit."""
    return unit.pk != user.organisation_id and oversees(user, unit.area_id)


@transaction.atomic
def press(*, item: Item, by: User, at: datetime | None = None) -> Notice | None:
    """Tell the unit, and keep that it was told; None where it has been pressed for the same today already."""
    if not may_press(by, item.unit):
        raise NotAllowed(_("只有市发改委和本地区发改局可以催办。"))
    at = at or timezone.now()
    Organisation.objects.select_for_update().get(pk=item.unit.pk)  # of two who press at once, one does
    if Notice.objects.filter(
        item=item.key, organisation=item.unit, at__gte=start_of_day(timezone.localdate(at))
    ).exists():
        return None
    notice = Notice.objects.create(
        kind=Kind.PRESS,
        organisation=item.unit,
        item=item.key,
        title=item.title[:200],
        href=item.href,
        words=f"{by.unit_name}催办：{item.words}",
        is_demo=item.is_demo,
        at=at,
        by=by,
        by_name=actor_name(by),
    )
    row = {"key": f"{item.key} {item.unit.code}", "area": item.area, "new": {"words": notice.words}}
    log_audit(action="press", subject="reporting.notice", rows=[row], by=by)
    return notice


def presses(user: User):
    """Every press that this user may read of, sheets' and others', the newest first."""
    rows = Notice.objects.filter(kind__in=Notice.PRESSING).exclude(item__startswith=Notice.SAID)
    rows = rows.select_related("organisation", "submission__area")
    if user.role == Role.BUREAU:
        return rows.filter(organisation=user.own_unit_id)
    return rows if user.sees_all_counties else rows.filter(organisation__area=user.own_area_code)


def last_presses(sheets: Iterable[Submission], keys: Iterable[str]) -> dict[tuple[int | str, int], Notice]:
    """The latest press for each (sheet or key of an item, unit)."""
    rows = Notice.objects.filter(Q(submission__in=list(sheets)) | Q(item__in=list(keys)), kind__in=Notice.PRESSING)
    return {(row.submission_id or row.item, row.organisation_id): row for row in rows.order_by("at", "id")}


def with_accounts() -> set[int]:
    """The units in which somebody reads notices."""
    return set(readers().exclude(organisation=None).values_list("organisation", flat=True))
