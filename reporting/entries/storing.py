"""What was typed and settled, written into the entries of a sheet with a version for each."""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import User
from indicators.actions import part_words
from journal.actions import actor_name
from reporting.models import Entry, EntryVersion
from reporting.sheets import SheetContent

STORED = (
    "value",
    "explanation",
    "numerator",
    "denominator",
    "reached_on",
    "version",
    "saved_at",
    "saved_by",
    "official_version",
    "is_demo",
    "is_derived",
)


def store(
    rows: Sequence[tuple[Entry, SheetContent, int | None]], saved_by: User | None, at: datetime, is_demo: bool
) -> list[dict]:
    """Put what was typed into the entries (each with the official version that was seen) and add their versions, by two
    statements however many there are; the rows of the log."""
    told = [_filled(entry, said, official, saved_by, at, is_demo) for entry, said, official in rows]
    entries = [entry for entry, _said, _official in rows]
    # They are there and locked: an insert that meets them is one statement for all, an update would be one for each.
    Entry.objects.bulk_create(entries, update_conflicts=True, unique_fields=["id"], update_fields=STORED)
    name = actor_name(saved_by)
    EntryVersion.objects.bulk_create(
        EntryVersion(
            entry=entry,
            version=entry.version,
            value=entry.value,
            explanation=entry.explanation,
            **vars(entry.parts),
            reached_on=entry.reached_on,
            at=at,
            by=saved_by,
            by_name=name,
            is_demo=is_demo,
        )
        for entry in entries
    )
    return told


def put_content(entry: Entry, said: SheetContent) -> None:
    """What the entry says from then on, in memory alone."""
    entry.value, entry.explanation = said.value, said.explanation
    entry.numerator, entry.denominator, entry.reached_on = said.numerator, said.denominator, said.reached_on


def _filled(
    entry: Entry, said: SheetContent, official: int | None, by: User | None, at: datetime, is_demo: bool
) -> dict:
    """The row of the log of what changes by it in the entry, which has it from then on."""
    old = _logged(entry)
    put_content(entry, said)
    entry.version += 1
    entry.saved_at, entry.saved_by, entry.official_version, entry.is_demo = at, by, official, is_demo
    return {"key": f"{entry.submission_id}/{entry.indicator_id}", "old": old, "new": _logged(entry)}


def _logged(entry: Entry) -> dict:
    """What the entry says, for the log."""
    value = None if entry.value is None else str(entry.value)
    day = {} if entry.reached_on is None else {"reached_on": entry.reached_on.isoformat()}
    return {"value": value, **part_words(entry.parts), **day, "explanation": entry.explanation}
