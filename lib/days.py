"""Days as the city counts them."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def end_of_day(day: date) -> datetime:
    """A date means its end in Asia/Shanghai."""
    return datetime.combine(day, time.max, SHANGHAI)
