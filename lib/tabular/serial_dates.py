"""Day numbers of workbooks as dates. Excel counts from 1900 with a 29 February that never was, or from 1904."""

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

EPOCH_1900, EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 (wall-clock time of a cell)
LEAP_DAY = 60  # 29 February 1900
LAST_DAY = 2_958_465  # 31 December 9999
SECONDS = 86_400


def moment_of(serial: Decimal, *, is_1904: bool = False) -> datetime | None:
    """The moment of a day number, to the second; None for one that no program shows as a date."""
    if not 0 <= serial <= LAST_DAY + 1:
        return None
    seconds = int((serial * SECONDS).to_integral_value(ROUND_HALF_UP))
    days, rest = divmod(seconds, SECONDS)
    if is_1904:
        return _moved(EPOCH_1904, days, rest)
    if days == LEAP_DAY:
        return None
    return _moved(EPOCH_1900, days if days > LEAP_DAY else days + 1, rest)


def serial_of(text: str) -> Decimal | None:
    """The day number, from 1900, of a moment in ISO; None for what is no moment. A time zone is that of who wrote it:
    the wall clock counts."""
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None
    since = moment - EPOCH_1900
    if since.days <= LEAP_DAY:
        return None
    return since.days + Decimal(since.seconds) / SECONDS


def _moved(epoch: datetime, days: int, seconds: int) -> datetime | None:
    try:
        return epoch + timedelta(days=days, seconds=seconds)
    except OverflowError:
        return None


def shown_moment(moment: datetime, parts: frozenset[str]) -> str:
    """The parts of a moment that are shown: y, m, d, H, M, S, w (weekday). A date is ISO as far as it has a year."""
    day = _shown_day(moment, parts)
    if not parts & set("HMS"):
        return day
    clock = [f"{number:02}" for part, number in _clock(moment) if part in parts]
    return f"{day} {':'.join(clock)}".strip()


def _clock(moment: datetime) -> list[tuple[str, int]]:
    return [("H", moment.hour), ("M", moment.minute), ("S", moment.second)]


def _shown_day(moment: datetime, parts: frozenset[str]) -> str:
    dates = parts & set("ymd")
    if dates == set("ymd"):
        return moment.date().isoformat()
    if dates == set("ym"):
        return f"{moment:%Y-%m}"
    if dates == {"y"}:
        return f"{moment:%Y}"
    if dates >= {"m", "d"} or dates == {"m"}:
        return f"{moment.month}月" + (f"{moment.day}日" if "d" in dates else "")
    if "w" in parts:
        return "星期" + "一二三四五六日"[moment.weekday()]
    return f"{moment.day}日" if "d" in dates else ""
