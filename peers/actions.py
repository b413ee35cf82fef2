"""Writes of reference data: a file taken in as a whole, and taken out again as a whole."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from journal.actions import log_audit
from lib.reasons import SHORTEST_BLANK, says_something
from lib.refusals import Conflict, Invalid
from peers.models import ReferenceSeries, ReferenceSource
from peers.reading import ReferenceRow

SUBJECT = "peers.referencesource"
LONGEST_REASON = ReferenceSource._meta.get_field("withdrawn_reason").max_length


@dataclass(frozen=True)
class SourceTerms:
    """What a file is: its title, whose figures they are, under which licence."""

    title: str
    publisher: str
    licence: str
    file_name: str
    sha256: str


@transaction.atomic
def import_reference(
    rows: Sequence[ReferenceRow],
    *,
    terms: SourceTerms,
    via: str,
    by: User | None,
    at: datetime | None = None,
) -> ReferenceSource:
    """Record a file of reference areas. Conflict where a source of that title is in force: it is withdrawn first, so
    that nothing counts twice; Invalid for no rows."""
    if not rows:
        raise Invalid(_("没有保存：文件里没有数值。"))
    if ReferenceSource.objects.in_force().filter(title=terms.title).exists():
        words = _("没有保存：已有名为“{title}”的参照数据；请先撤下它，或换一个名称。")
        raise Conflict(words.format(title=terms.title))
    source = ReferenceSource.objects.create(
        title=terms.title,
        publisher=terms.publisher,
        licence=terms.licence,
        file_name=terms.file_name[:200],
        sha256=terms.sha256,
        areas=len({row.area for row in rows}),
        indicators=len({row.name for row in rows}),
        values_count=len(rows),
        first_year=min(row.year for row in rows),
        last_year=max(row.year for row in rows),
        is_demo=via == ReferenceSource.Via.DEMO,
        recorded_at=at or timezone.now(),
        recorded_by=by,
        recorded_via=via,
    )
    ReferenceSeries.objects.bulk_create(_series(source, rows), batch_size=1000)
    names = ("publisher", "licence", "areas", "indicators", "values_count")
    told = {name: getattr(source, name) for name in names}
    log_audit(action="import_reference", subject=SUBJECT, rows=[{"key": terms.title, "new": told}], by=by)
    return source


def _series(source: ReferenceSource, rows: Iterable[ReferenceRow]) -> list[ReferenceSeries]:
    found: dict[tuple[str, str], ReferenceSeries] = {}
    for row in rows:
        series = found.get(row.key)
        if series is None:
            series = found[row.key] = ReferenceSeries(
                source=source,
                area=row.area,
                name=row.name,
                unit=row.unit,
                indicator_id=row.code or None,
                direction=row.direction,
                values={},
            )
        series.values[str(row.year)] = f"{row.value.normalize():f}"
    return list(found.values())


@transaction.atomic
def withdraw_reference(source: ReferenceSource, *, by: User | None, reason: str) -> None:
    """Take a source out: it counts no more. Invalid without a reason that says something, and a second time."""
    if not says_something(reason, SHORTEST_BLANK):
        raise Invalid(_("没有撤下：请写明理由，不少于4个字。"))
    moved = ReferenceSource.objects.in_force().filter(pk=source.pk)
    values = {"withdrawn_at": timezone.now(), "withdrawn_by": by, "withdrawn_reason": reason.strip()[:LONGEST_REASON]}
    if not moved.update(**values):
        raise Invalid(_("这份参照数据已经撤下。"))
    rows = [{"key": source.title, "old": {"values_count": source.values_count}}]
    log_audit(action="withdraw_reference", subject=SUBJECT, rows=rows, by=by, reason=reason)


@transaction.atomic
def remove_demo_reference() -> int:
    """Delete the demonstration's sources with their series; how many."""
    rows = ReferenceSource.objects.filter(is_demo=True)
    titles = list(rows.values_list("title", flat=True))
    rows.delete()
    if titles:
        log_audit(action="remove_demo_reference", subject=SUBJECT, rows=[{"key": title} for title in titles], by=None)
    return len(titles)
