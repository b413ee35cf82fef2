"""The calendar of working days brought up to date from a file."""

from pathlib import Path

from django.db import transaction
from django.utils import timezone

from journal.actions import log_audit
from workdays.calendar import PublishedYear, read_holidays
from workdays.models import HolidayYear


@transaction.atomic
def load_holidays(file: Path) -> list[PublishedYear]:
    """Put the years of the file in the place of what was known of them; all or, where a day does not read, none."""
    years = read_holidays(file)
    for row in years:
        values = {
            "source": row.source,
            "days_off": sorted(day.isoformat() for day in row.off),
            "days_worked": sorted(day.isoformat() for day in row.worked),
            "loaded_at": timezone.now(),
        }
        HolidayYear.objects.update_or_create(year=row.year, defaults=values)
    rows = [{"key": str(row.year), "new": {"source": row.source}} for row in years]
    log_audit(action="load_holidays", subject="workdays.holidayyear", rows=rows, by=None)
    return years
