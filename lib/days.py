"""Days as the city counts them."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def start_of_day(day: date) -> datetime:
    """The first moment of a day in Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)


def end_of_day(day: date) -> datetime:
    """A date means its end in Asia/Shanghai."""
    return datetime.combine(day, time.max, SHANGHAI)


def share_passed(first: date, last: date, on: date) -> float:
    """序时进度: the part of the span from `first` to `last`, both included, that is over at the end of `on`; 0 before
    it, 1 from its last day on."""
    return min(max((on - first).days + 1, 0) / ((last - first).days + 1), 1.0)


def last_quarter_end(on: date) -> date:
    """The last day of the quarter that was the last to be over at the end of `on`."""
    tomorrow = on + timedelta(days=1)
    return date(tomorrow.year, (tomorrow.month - 1) // 3 * 3 + 1, 1) - timedelta(days=1)
