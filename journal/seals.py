"""The audit log's chain: each row's seal holds the digest of the row and of the seal before it, so that a row that is
altered, taken out, put in or moved breaks every seal after it.

Seals are made apart from the writes, by the clock: a chain inside of them would let no two people write at one time.
Until then a row is held by the database alone (`journal.guard`). Who can change the whole database can also make the
whole chain anew: therefore the last seal goes into the process log each time, which the operator keeps elsewhere, and
`verify_audit --head` compares."""

import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from journal.models import AuditCut, AuditEntry, AuditSeal

BATCH = 1000
LOOK_BACK = 10_000  # a transaction that took its ids this long ago and commits only now is still found
LATE = timedelta(hours=1)
FIRST = "0" * 64  # what the first seal takes for the one before it
SEALED = ("pk", "at", "actor_name", "channel", "address", "action", "subject", "key", "area_id", "old", "new", "reason")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Head:
    """The last seal: it stands for the whole log before it."""

    number: int
    digest: str

    def __str__(self) -> str:
        return f"{self.number}:{self.digest}"


def digest_of(entry: AuditEntry, before: str, algorithm: str) -> str:
    """The seal of a row after the seal `before`, 64 hexadecimal digits. `actor` is left out: it is emptied when the
    account goes, while `actor_name` stays. Raises ValueError where Python's OpenSSL lacks the algorithm."""
    return digest_of_row(row_of(entry), before, algorithm)


def row_of(entry: AuditEntry) -> list:
    """What is sealed of a row, in the order of SEALED, as JSON has it."""
    row = [getattr(entry, name) for name in SEALED]
    row[SEALED.index("at")] = entry.at.isoformat(timespec="microseconds")
    return row


def digest_of_row(row: Sequence, before: str, algorithm: str) -> str:
    """The seal of what `row_of` gives, or of what an export has kept of it."""
    text = json.dumps([before, algorithm, *row], ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.new(algorithm, text.encode()).hexdigest()


def cut_head() -> Head:
    """Where the chain in the database begins: after the last export whose rows have left."""
    found = AuditCut.objects.order_by("-number").first()
    return Head(found.number, found.digest) if found else Head(0, FIRST)


def last_head() -> Head:
    found = AuditSeal.objects.order_by("-number").first()
    return Head(found.number, found.digest) if found else cut_head()


def seal_entries() -> int:
    """Seal what the log has gained; the number of rows. Of two processes at it one goes on, the other gives way."""
    count = 0
    while added := _seal_batch():
        count += added
    if count:
        log.info("audit log sealed: %s", last_head())
    return count


def _seal_batch() -> int:
    latest = AuditSeal.objects.order_by("-entry_id").values_list("entry_id", flat=True).first() or 0
    open_entries = AuditEntry.objects.filter(seal=None, pk__gt=latest - LOOK_BACK).order_by("pk")[:BATCH]
    head, seals = last_head(), []
    for entry in open_entries:
        digest = digest_of(entry, head.digest, settings.AUDIT_DIGEST)
        head = Head(head.number + 1, digest)
        seals.append(AuditSeal(number=head.number, entry=entry, digest=digest, algorithm=settings.AUDIT_DIGEST))
    try:
        with transaction.atomic():
            AuditSeal.objects.bulk_create(seals)
    except IntegrityError:
        return 0
    return len(seals)


def find_faults(expected: Head | None = None) -> Iterator[str]:
    """What is wrong with the log, in words, one line for each break; nothing where the chain holds. `expected` is a
    head that was noted elsewhere: the chain has to pass through it. What has left by exports is theirs to tell."""
    start = cut_head()
    before, number = start.digest, start.number
    if expected and expected.number == number and expected.digest != before:
        yield f"Seal {number} is another one than was noted: the log up to it was made anew."
    for seal, entry in seals_with_entries(number):
        number += 1
        if seal.number != number:
            yield f"Seal {number} is missing; the next one is {seal.number}."
            number = seal.number
        if entry is None:
            yield f"The row of seal {number} (id {seal.entry_id}) is missing."
        elif _digest_or_none(entry, before, seal.algorithm) != seal.digest:
            yield f"Row {entry.pk} ({entry.at:%Y-%m-%d %H:%M:%S}, {entry.action}) or its seal {number} was altered."
        before = seal.digest
        if expected and expected.number == number and expected.digest != seal.digest:
            yield f"Seal {number} is another one than was noted: the log up to it was made anew."
    if expected and expected.number > number:
        yield f"The log ends at seal {number}; it reached {expected.number} when that was noted."
    late = AuditEntry.objects.filter(seal=None, at__lt=timezone.now() - LATE).order_by("pk")
    yield from (f"Row {pk} is not sealed, though it is over an hour old." for pk in late.values_list("pk", flat=True))


def seals_with_entries(after: int) -> Iterator[tuple[AuditSeal, AuditEntry | None]]:
    """In their order from the seal after that number on, each with its row, which is None where it has gone."""
    while seals := list(AuditSeal.objects.filter(number__gt=after).order_by("number")[:BATCH]):
        entries = AuditEntry.objects.in_bulk([seal.entry_id for seal in seals])
        yield from ((seal, entries.get(seal.entry_id)) for seal in seals)
        after = seals[-1].number


def _digest_or_none(entry: AuditEntry, before: str, algorithm: str) -> str | None:
    try:
        return digest_of(entry, before, algorithm)
    except (ValueError, TypeError):  # an algorithm that nobody knows: altered too
        return None
