"""A sheet as it would be if something else were typed on it."""

from collections.abc import Collection, Mapping
from decimal import Decimal

from reporting.background import background_of
from reporting.entries.storing import put_content
from reporting.models import Submission
from reporting.sheets import Line, SheetContent, entries_of, read_lines


def lines_with(
    sheet: Submission, typed: Mapping[str, tuple[Decimal | None, str]], indicators: Collection[str] | None = None
) -> list[Line]:
    """The sheet's lines, all or those of `indicators`, with (value, explanation) by indicator in place of what is
    saved."""
    entries = entries_of(sheet)
    for entry in entries:
        if entry.indicator_id in typed:
            put_content(entry, SheetContent(*typed[entry.indicator_id]))
    return read_lines(entries, background_of(sheet), indicators)
