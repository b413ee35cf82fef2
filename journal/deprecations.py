"""What of the API will be switched off, as rows of the change feed: each declaration once."""

from datetime import datetime, time

from django.db import transaction
from django.utils import timezone

from journal.actions import lock_feed, record_changes
from journal.models import Change
from lib.listapi.deprecations import Deprecation, declared


@transaction.atomic
def record_deprecations() -> int:
    """A row for each declaration that has none yet; how many. Its kind is that of a definition that changes: what
    programs read of an address or a column will be another. `details.deprecation` says of which, and until when."""
    wanted = declared()
    if not wanted:
        return 0
    lock_feed()
    told = Change.objects.filter(kind=Change.Kind.REDEFINED, details__has_key="deprecation")
    known = {row.details["deprecation"]["id"] for row in told if row.details}
    rows = [_row(each) for each in wanted if each.id not in known]
    record_changes(rows)
    return len(rows)


def _row(each: Deprecation) -> Change:
    told = {
        "id": each.id,
        "path": each.path,
        "parameter": each.parameter or None,
        "column": each.column or None,
        "deprecated_at": _beginning(each.deprecated_on),
        "sunset_at": _beginning(each.sunset_on),
        "instead": each.instead or None,
    }
    return Change(kind=Change.Kind.REDEFINED, reason=each.note, details={"deprecation": told})


def _beginning(day) -> str:
    return timezone.make_aware(datetime.combine(day, time.min)).isoformat()
