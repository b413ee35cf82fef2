"""Official values of an earlier plan's site, brought in as they are: every version with its day and ground."""

from collections.abc import Sequence

from django.db import transaction

from indicators.actions import Grounds, dispatch_recompute, follow_rules
from indicators.models import Observation
from journal.actions import actor_name, add_pending, lock_feed, log_audit, record_changes
from journal.models import Change


@transaction.atomic
def adopt_values(rows: Sequence[Observation], *, grounds: Grounds, source: str) -> None:
    """Store the rows unchanged, closed versions too. The feed tells of those in force, the log of all; targets that
    follow from a base follow it. Each key must be new here. `source`: whose values they were."""
    if not rows:
        return
    lock_feed()
    Observation.objects.bulk_create(rows, batch_size=500)
    standing = [row for row in rows if row.superseded_at is None]
    add_pending({(row.area_id, row.indicator_id) for row in standing})
    dispatch_recompute()
    told = [
        {"key": f"{row.area_id}/{row.indicator_id}/{row.year}", "area": row.area_id, "new": {"value": str(row.value)}}
        for row in standing
    ]
    log_audit(action="adopt", subject=Observation._meta.label_lower, rows=told, by=grounds.by, reason=grounds.reason)
    record_changes([_change(row, grounds, source) for row in standing])
    follow_rules({(row.area_id, row.indicator_id) for row in standing}, grounds)


def _change(row: Observation, grounds: Grounds, source: str) -> Change:
    return Change(
        at=grounds.at,
        kind=Change.Kind.APPROVED,
        series=Change.Series.OBS,
        area_id=row.area_id,
        indicator=row.indicator_id,
        year=row.year,
        version=row.version,
        value=row.value,
        actor_name=actor_name(grounds.by),
        reason=grounds.reason,
        document=source,
    )
