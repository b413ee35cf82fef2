"""How old the demonstration is: it speaks as of the day on which it was loaded, and that day passes."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.utils import timezone

from reporting.models import Round

OPENED_BEFORE = timedelta(days=52)  # its round, before the day that it is of
DUE_AFTER = timedelta(days=9)


class DemonstrationAge(NamedTuple):
    """The day that the demonstration is of, and how many days have passed since."""

    day: date
    days: int


def aged_demonstration(today: date) -> DemonstrationAge | None:
    """None where there is none, and while its round still runs: until then it shows what it was made to show. One
    query."""
    opened = Round.objects.filter(is_demo=True).order_by("-year").values_list("opened_at", flat=True).first()
    return None if opened is None else age_of(opened, today)


def age_of(opened: datetime, today: date) -> DemonstrationAge | None:
    """The same where it is known when its latest round was opened."""
    day = timezone.localdate(opened) + OPENED_BEFORE
    days = (today - day).days
    return DemonstrationAge(day, days) if days > DUE_AFTER.days else None
