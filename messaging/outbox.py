"""What has happened becomes messages, and messages deliveries: every notice, the changes of the feed, thresholds that
are passed. What a message was about can go before it has left: then it is withdrawn; or after: then it is followed up.

The cause of a message is its name, and the database lets a name exist once: however often this runs, and in however
many processes, nothing is written twice."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from messaging import feed, thresholds
from messaging.addressing import send_out
from messaging.causes import gone_why
from messaging.models import Delivery, Message
from reporting.models import Notice, Submission
from reporting.reminders.notices import sheet_words

log = logging.getLogger(__name__)
FRESH = timedelta(days=2)
AT_A_TIME = 500
State = Delivery.State


def fill_outbox(*, at: datetime | None = None) -> None:
    """Everything below, each in a transaction of its own; one that fails is told and holds up no other."""
    at = at or timezone.now()
    steps: tuple[Callable[..., int], ...] = (
        withdraw_gone,
        follow_up,
        take_notices,
        feed.queue_changes,
        feed.tell_followers,
        thresholds.watch,
    )
    for step in steps:
        try:
            step(at=at)
        except IntegrityError:
            log.info("%s: another process was faster", step.__name__)
        except Exception:
            log.exception("%s failed", step.__name__)


@transaction.atomic
def take_notices(*, at: datetime) -> int:
    """A message of every notice that has none, and its deliveries; the number of messages. The demonstration's stay in
    the site, and so does what is older than FRESH: a channel that is set up today does not send last month's."""
    rows = Notice.objects.filter(
        Q(submission=None) | Q(submission__round__is_demo=False),
        **{"message": None, "is_demo": False, "at__gt": at - FRESH, "at__lte": at},
    )
    rows = rows.select_related("submission__round", "submission__area", "organisation").order_by("id")
    messages = [message_of(notice) for notice in rows[:AT_A_TIME]]
    Message.objects.bulk_create(messages)
    send_out(messages, at=at)
    return len(messages)


def message_of(notice: Notice) -> Message:
    """What the notice says, for who reads it elsewhere."""
    sheet = notice.submission
    return Message(
        cause=f"notice/{notice.pk}",
        notice=notice,
        organisation=notice.organisation,
        kind=notice.kind,
        title=f"{notice.kind_words}：{notice.title if sheet is None else sheet_words(sheet)}"[:300],
        words=notice.words,
        href=notice.href if sheet is None else reverse("sheet", args=[sheet.area_id, sheet.round.year]),
        by_name=notice.by_name,
        area_id=notice.organisation.area_id if sheet is None else sheet.area_id,
        at=notice.at,
    )


@transaction.atomic
def withdraw_gone(*, at: datetime) -> int:
    """What waits, for a digest, the end of quiet hours or a channel that is down, and is about what is no longer so."""
    waiting = Delivery.objects.filter(state=State.WAITING, message__notice__isnull=False)
    rows = Message.objects.filter(pk__in=waiting.values("message"))
    count = 0
    for message in rows.select_related("notice__submission__round", "notice__submission__area", "notice__organisation"):
        why = gone_why(message.notice) if message.notice else ""
        if why:
            withdraw(message, why, at=at)
            count += 1
    return count


def withdraw(message: Message, why: str, *, at: datetime) -> None:
    """Take back what has not left. Where some have it already and others not, the message itself stands."""
    message.deliveries.filter(state=State.WAITING).update(state=State.WITHDRAWN, error=why, state_at=at)
    if not message.deliveries.filter(state__in=[State.SENT, State.SENDING]).exists():
        Message.objects.filter(pk=message.pk, withdrawn_at=None).update(withdrawn_at=at, withdrawn_why=why[:200])


@transaction.atomic
def follow_up(*, at: datetime) -> int:
    """Who was told that a sheet waits for review, and by whom it was then taken back, is told that too."""
    rows = Message.objects.filter(
        **{"kind": Notice.Kind.SUBMITTED, "follow_up": None, "at__gt": at - timedelta(days=14)},
        notice__submission__state=Submission.State.DRAFT,
        deliveries__state=State.SENT,
    )
    rows = rows.distinct().select_related("notice__submission__round", "notice__submission__area", "organisation")
    return follow_up_with([(message, *_taken_back(message)) for message in rows], at=at)


def _taken_back(message: Message) -> tuple[str, str]:
    sheet = message.notice.submission if message.notice else None
    about = sheet_words(sheet) if sheet else message.title
    return f"不再等待审核：{about}", f"{about}已由报送单位撤回，不再等待审核。此前的通知（第{message.pk}号）作废。"


def follow_up_with(over: Sequence[tuple[Message, str, str]], *, at: datetime) -> int:
    """(message, title, words): whom a message reached is told what became of its cause; the number. In the caller's
    transaction."""
    made = [_follow_up(message, title, words, at) for message, title, words in over]
    Message.objects.bulk_create(made)
    send_out(made, at=at)
    return len(made)


def _follow_up(message: Message, title: str, words: str, at: datetime) -> Message:
    return Message(
        cause=f"{message.cause}/over",
        follows=message,
        organisation=message.organisation,
        kind=message.kind,
        title=title[:300],
        words=words,
        href=message.href,
        by_name="系统",
        area_id=message.area_id,
        at=at,
    )
