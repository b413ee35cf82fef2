"""A reporting year is opened for areas, and marked approved."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from areas.models import Area
from indicators.actions import dispatch_recompute
from indicators.models import (
    ReportingYear,
)
from journal.actions import add_pending, log_audit


@transaction.atomic
def open_reporting_year(
    *,
    year: int,
    areas: Sequence[Area],
    opened_at: datetime,
    due_on: date | None = None,
    by: User | None,
    is_demo: bool = False,
) -> None:
    """From `opened_at` on, a value of `year` that is absent counts as unreported in these areas."""
    for area in areas:
        defaults = {"opened_at": opened_at, "due_on": due_on, "is_demo": is_demo}
        ReportingYear.objects.update_or_create(area=area, year=year, defaults=defaults)
    rows = [{"key": f"{area.code}/{year}", "area": area.code, "new": {"opened_at": str(opened_at)}} for area in areas]
    log_audit(action="open_year", subject="indicators.reportingyear", rows=rows, by=by)
    add_pending({(None, "")})
    dispatch_recompute()


@transaction.atomic
def approve_reporting_year(*, area: Area, year: int, approved_at: datetime | None, by: User | None) -> None:
    """The county's submission of `year` stands approved since then (None: it no longer does). Approved once more after
    a reopening, it keeps its first date: what was shown of a past date stays."""
    found = ReportingYear.objects.filter(area=area, year=year)
    if approved_at is not None:
        found = found.filter(approved_at=None)
    if not found.update(approved_at=approved_at):
        return
    rows = [{"key": f"{area.code}/{year}", "area": area.code, "new": {"approved_at": str(approved_at)}}]
    log_audit(action="approve_year", subject="indicators.reportingyear", rows=rows, by=by)
