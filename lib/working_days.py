"""Working days. Until a calendar of public holidays and make-up days stands here, Monday to Friday."""

from datetime import date

SATURDAY = 5


def is_working_day(day: date) -> bool:
    """Whether offices are open on this day."""
    return day.weekday() < SATURDAY
