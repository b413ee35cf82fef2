"""The change feed on its way to programs, as rows, and to people, as a sentence."""

from collections import Counter
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from indicators.facts.version_anchors import KINDS, version_anchor
from journal.models import Change, FeedCounter
from messaging.addressing import send_out
from messaging.models import Channel, Delivery, Endpoint, FeedReader, Message, Preference

ROWS = 200  # changes in one webhook
MOST = 50  # webhooks that one run queues for one program
Kind = Change.Kind
TOLD = (Kind.APPROVED, Kind.REVISED, Kind.REOPENED, Kind.RETARGETED, Kind.REDEFINED, Kind.WITHDRAWN)
SHOWN = 8  # changes of a sentence that are named


def head() -> int:
    """The number of the newest change."""
    return FeedCounter.objects.values_list("last", flat=True).first() or 0


def queue_changes(*, at: datetime) -> int:
    """Webhooks of what each program has not been sent yet, in the order of the feed; the number."""
    newest = head()
    behind = Endpoint.objects.filter(ended_at=None, wants_changes=True, cursor__lt=newest)
    return sum(_queue_for(key, newest, at) for key in behind.values_list("pk", flat=True))


@transaction.atomic
def _queue_for(key: int, newest: int, at: datetime) -> int:
    endpoint = Endpoint.objects.select_for_update().get(pk=key)
    starts = list(range(endpoint.cursor, newest, ROWS))[:MOST]
    times = {"created_at": at, "due_at": at, "state_at": at}
    program = {"channel": Channel.WEBHOOK, "receiver": endpoint.uid, "endpoint": endpoint}
    made = []
    for start in starts:
        made.append(Delivery(**program, after=start, upto=min(start + ROWS, newest), **times))
    Delivery.objects.bulk_create(made)
    if made:
        endpoint.cursor = made[-1].upto or endpoint.cursor
        endpoint.save(update_fields=["cursor"])
    return len(made)


@transaction.atomic
def tell_followers(*, at: datetime) -> int:
    """One message to each person who follows official figures, of all that has come since the last run and is about
    the person's counties and indicators; the number. The first run begins with what comes after it."""
    newest = head()
    reader, is_new = FeedReader.objects.select_for_update().get_or_create(pk=1, defaults={"number": newest})
    if is_new or reader.number >= newest:
        _keep_place(reader, newest)
        return 0
    after = reader.number
    _keep_place(reader, newest)
    people = Preference.objects.filter(follows_feed=True, user__is_active=True)
    made = []
    for preference in people.select_related("user__organisation", "user__message_preference"):
        message = _told(preference, after, newest, at)
        if message is not None:
            made.append(message)
    Message.objects.bulk_create(made)
    send_out(made, at=at)
    return len(made)


def _keep_place(reader: FeedReader, number: int) -> None:
    if reader.number != number:
        reader.number = number
        reader.save(update_fields=["number"])


def _told(preference: Preference, after: int, newest: int, at: datetime) -> Message | None:
    rows = Change.objects.filter(number__gt=after, number__lte=newest, kind__in=TOLD, is_demo=False)
    rows = rows.filter(about(preference)).select_related("area").order_by("number")
    changes = list(rows)
    if not changes:
        return None
    counts = Counter(change.get_kind_display() for change in changes)
    words = "、".join(f"{name}{count}项" for name, count in counts.items())
    named = "\n".join(change_words(change) for change in changes[:SHOWN])
    rest = f"\n另有{len(changes) - SHOWN}项。" if len(changes) > SHOWN else ""
    who = "、".join(dict.fromkeys(change.actor_name for change in changes if change.actor_name))
    return Message(
        cause=f"feed/{newest}/{preference.user_id}",
        person=preference.user,
        kind="changes",
        title=f"官方数据有变动：{words}",
        words=f"{named}{rest}",
        href=_address(changes),
        by_name=(who or "系统")[:200],
        at=at,
    )


def _address(changes: list[Change]) -> str:
    """The version that a single change made, on the page of its number; else the newest of them in the list."""
    one = changes[0]
    if len(changes) == 1 and one.series and one.area_id and one.year:
        page = reverse("cell", args=[one.area_id, one.indicator, one.year])
        return f"{page}#{version_anchor(KINDS[one.series], one.area_id, one.year, one.version or 0)}"
    return f"{reverse('changes')}#change-{changes[-1].number}"


def about(preference: Preference) -> Q:
    """The changes that concern the person's counties and indicators; what names none of them concerns all."""
    found = Q()
    if preference.areas:
        found &= Q(area=None) | Q(area__in=preference.areas)
    if preference.indicators:
        found &= Q(indicator__in=["", *preference.indicators])
    return found


def _figure(value: Decimal | None) -> str:
    return "–" if value is None else f"{value.normalize():f}"


def change_words(change: Change) -> str:
    """ "第12号 数值修订 甲县 P02 2024：95.1 → 96（第2版），理由" """
    place = " ".join(str(part) for part in (change.area, change.indicator, change.year) if part)
    number = ""
    if change.series:
        number = f"：{_figure(change.previous)} → {_figure(change.value)}（第{change.version}版）"
    reason = f"，{change.reason}" if change.reason else ""
    return f"第{change.number}号 {change.get_kind_display()} {place}{number}{reason}"
