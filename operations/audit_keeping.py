"""For how long the audit log stays in the database (AUDIT_KEEP_DAYS)."""

from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

from plan.models import Plan


def last_day_kept() -> date | None:
    """Until when every row stays: so many days beyond the plan's end. None while there is no plan."""
    final = Plan.objects.values_list("final_year", flat=True).first()
    return date(final, 12, 31) + timedelta(days=settings.AUDIT_KEEP_DAYS) if final else None


def moves_before(today: date | None = None) -> datetime | None:
    """Rows before this moment may leave: none until `last_day_kept` is over, and then none younger than as many
    days."""
    today, last = today or timezone.localdate(), last_day_kept()
    if last is None or today <= last:
        return None
    first_kept = today - timedelta(days=settings.AUDIT_KEEP_DAYS)
    return timezone.make_aware(datetime.combine(first_kept, time.min))
