"""Days as the city counts them."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def start_of_day(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def end_of_day(day: date) -> datetime:
    """A date means its end in Asia/Shanghai."""
    return datetime.combine(day, time.max, SHANGHAI)


def share_passed(first: date, last: date, on: date) -> float:
    """序时进度: the part of the span from `first` to `last`, both included, that is over at the end of `on`; 0 before
    it, 1 from its last day on."""
    return min(max((on - first).days + 1, 0) / ((last - first).days + 1), 1.0)
