"""Writes of the journal. Every other app's actions call these inside their own transaction."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from journal.models import AuditEntry, Change, FeedCounter, PendingRecompute, Stamp
from journal.origin import current_origin

LONGEST_NAME = AuditEntry._meta.get_field("actor_name").max_length
LONGEST_KEY = AuditEntry._meta.get_field("key").max_length


def actor_name(by: User | None) -> str:
    """The name that stays in the log when the account is gone, as much of it as there is room for."""
    return by.title[:LONGEST_NAME] if by else "系统"


@transaction.atomic
def log_audit(*, action: str, subject: str, rows: Iterable[Mapping], by: User | None, reason: str = "") -> None:
    """One audit row for each of `rows`: mappings with `key`, and optionally `area`, `indicator`, `old`, `new`."""
    rows = list(rows)
    stamp(subject, [row.get("indicator", "") for row in rows] or [""])
    entries = [_entry(action=action, subject=subject, row=row, by=by, reason=reason) for row in rows]
    AuditEntry.objects.bulk_create(entries, batch_size=1000)


def log_event(*, action: str, subject: str, key: str, by: User | None, area: str | None = None) -> None:
    """One audit row of what changes no data: a login, a download, a refusal. No page but the log's own shows it, so
    it makes nothing that is kept out of date."""
    _entry(action=action, subject=subject, row={"key": key, "area": area}, by=by, reason="").save()


def _entry(*, action: str, subject: str, row: Mapping, by: User | None, reason: str) -> AuditEntry:
    place = current_origin()
    return AuditEntry(
        actor=by,
        actor_name=actor_name(by),
        channel=place.channel,
        address=place.address,
        action=action,
        subject=subject,
        key=row["key"][:LONGEST_KEY],
        area_id=row.get("area"),
        old=row.get("old"),
        new=row.get("new"),
        reason=reason,
    )


def lock_feed() -> FeedCounter:
    """Take the counter until the caller's transaction ends. Who writes facts takes it before reading what is in force:
    then one writer sees what the one before it did, and none waits for a fact that another holds while that one
    waits for the counter."""
    FeedCounter.objects.get_or_create(pk=1)
    return FeedCounter.objects.select_for_update().get(pk=1)


@transaction.atomic
def record_changes(changes: list[Change]) -> None:
    """Append to the feed, numbered without a gap in the order of commits (the counter's row stays locked
    until the caller's transaction ends: call it late). `number` is set here; `at` defaults to now."""
    if not changes:
        return
    counter = lock_feed()
    now = timezone.now()
    for number, change in enumerate(changes, start=counter.last + 1):
        change.number = number
        change.at = change.at or now
    Change.objects.bulk_create(changes, batch_size=1000)
    counter.last += len(changes)
    counter.save(update_fields=["last"])
    stamp("journal")


def add_pending(keys: Iterable[tuple[str | None, str]]) -> None:
    """Ask for recomputes of (area code or None for all, indicator code or "" for all)."""
    PendingRecompute.objects.bulk_create(
        [PendingRecompute(area_id=area, indicator=indicator) for area, indicator in sorted(set(keys), key=str)],
        batch_size=1000,
    )


KEPT = timedelta(hours=1)
MANY = 6  # a write about so many indicators is taken for one about all: the stamps are counted before every answer


def stamp(topic: str, indicators: Iterable[str] = ("",)) -> None:
    """Say that this transaction changes what readers see of `topic`: a room, or `room.model`; for some `indicators`
    alone where it is about nothing else, and about fewer than MANY. `log_audit` and `record_changes` say so themselves;
    a write that calls neither has to."""
    now, codes = timezone.now(), set(indicators)
    codes = {""} if "" in codes or len(codes) >= MANY else codes
    Stamp.objects.bulk_create([Stamp(topic=topic, indicator=code, at=now) for code in sorted(codes)])


def forget_stamps() -> int:
    """Delete what is an hour older than the latest of its topic and indicator; no transaction under way is as old."""
    count = 0
    kinds = Stamp.objects.values_list("topic", "indicator").annotate(latest=Max("at")).order_by()
    for topic, indicator, latest in kinds:
        count += Stamp.objects.filter(topic=topic, indicator=indicator, at__lt=latest - KEPT).delete()[0]
    return count
