"""Presses whose cause has gone: what has not left the site is withdrawn, who was told already is told that it is
over."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from dispatch.lines import Dispatch
from lib.web.languages import in_source_language
from messaging.models import Delivery, Message
from messaging.outbox import follow_up_with, withdraw
from pagecache.value_cache import kept
from reporting.models import Notice

WATCHED = timedelta(days=30)  # after which nobody waits for a word on an old press
OVER = "事项已不在调度清单上"
NOTICES = ("reporting.notice", "journal")  # what the list does not depend on
Pressed = tuple[str, int]  # the key of a line, the unit
READER = User(role=User.Role.LEADER)  # nobody's account: reads the whole list


def void_presses(*, at: datetime | None = None) -> int:
    """Hold the presses of late against the list as it is now; how many are void. Presses of sheets are watched by
    `messaging.causes`, which knows sheets."""
    at = at or timezone.now()
    found = list(_watched(at).values_list("pk", "notice__item", "organisation"))
    if not found:
        return 0
    today = timezone.localdate(at)
    standing = kept(lambda: standing_lines(today), "standing-lines", today, unaffected_by=NOTICES)
    gone = [pk for pk, item, unit in found if (item, unit) not in standing]
    return _void(gone, at) if gone else 0


def _watched(at: datetime):
    """Messages of presses that are still believed."""
    rows = Message.objects.filter(
        **{"kind": Notice.Kind.PRESS, "withdrawn_at": None, "follow_up": None, "at__gt": at - WATCHED},
        notice__submission=None,
    )
    return rows.exclude(Q(notice=None) | Q(notice__item__startswith=Notice.SAID))


def standing_lines(today: date) -> set[Pressed]:
    """What may be pressed for today, and whom."""
    lines = Dispatch(READER, today).lines()
    return {(line.key, line.unit.pk) for line in lines if line.unit}


@in_source_language()
@transaction.atomic
def _void(keys: list[int], at: datetime) -> int:
    """The rows are locked: of two processes one tells."""
    rows = Message.objects.select_for_update(of=["self"]).filter(pk__in=keys, withdrawn_at=None, follow_up=None)
    told = []
    found = list(rows.select_related("notice", "organisation").order_by("pk"))
    for message in found:
        withdraw(message, OVER, at=at)
        if message.deliveries.filter(state=Delivery.State.SENT).exists():
            told.append(message)
    follow_up_with([(message, *_over(message)) for message in told], at=at)
    return len(found)


def _over(message: Message) -> tuple[str, str]:
    about = message.notice.title if message.notice else message.title
    return f"不用再办：{about}", f"{about}已不在调度清单上，不用再办。此前的催办（第{message.pk}号）作废。"
