"""Working days in China: weekdays without the public holidays, and the weekend days that make up for them.

The State Council publishes each year by itself, usually in the November before. A year without a notice is counted by
weekdays alone, and whoever shows a day of such a year says so (`unpublished`)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.utils.translation import gettext as _

from lib.database.prepared_statements import again
from lib.refusals import Invalid
from workdays.models import HolidayYear

ONE = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True)
class PublishedYear:
    """What the notice of a year says: weekdays that are off, weekend days on which people work, and its name."""

    year: int
    source: str
    off: frozenset[date]
    worked: frozenset[date]


@dataclass(frozen=True)
class WorkCalendar:
    """The years that are published."""

    years: Mapping[int, PublishedYear]

    def is_working(self, day: date) -> bool:
        known = self.years.get(day.year)
        if known is not None:
            if day in known.off:
                return False
            if day in known.worked:
                return True
        return day.weekday() < SATURDAY

    def after(self, day: date, working_days: int) -> date:
        """The day on which that many working days after `day` are over; `day` itself does not count."""
        while working_days > 0:
            day += ONE
            working_days -= self.is_working(day)
        return day

    def between(self, first: date, last: date) -> int:
        """Working days after `first` up to and with `last`; negative where `last` comes first. Reckoned by weeks: a day
        eight thousand years from now takes no longer than one of this month."""
        if last < first:
            return -self.between(last, first)
        found = _weekdays(first, last)
        for year in self.years.values():
            if not first.year <= year.year <= last.year:
                continue
            for day in year.off | year.worked:  # on which it is another than its weekday says
                if first < day <= last:
                    found += self.is_working(day) - (day.weekday() < SATURDAY)
        return found

    def unpublished(self, first: date, last: date) -> list[int]:
        """The years of a span, without holidays known: counted by weekdays alone."""
        return [year for year in range(first.year, last.year + 1) if year not in self.years]


def _weekdays(first: date, last: date) -> int:
    """Mondays to Fridays after `first` up to and with `last`, as if there were no holidays."""
    weeks, rest = divmod((last - first).days, 7)
    return 5 * weeks + sum((first.weekday() + n) % 7 < SATURDAY for n in range(1, rest + 1))


def work_calendar() -> WorkCalendar:
    """What the release brings (fixtures/holidays.yaml), and over it what an operator has loaded. One query."""
    years = dict(_shipped())
    for row in again("holidays", HolidayYear.objects.all):
        off = frozenset(map(date.fromisoformat, row.days_off))
        worked = frozenset(map(date.fromisoformat, row.days_worked))
        years[row.year] = PublishedYear(row.year, row.source, off, worked)
    return WorkCalendar(years)


def is_working_day(day: date) -> bool:
    """Whether offices are open on this day. One query; for many days take `work_calendar`."""
    return work_calendar().is_working(day)


def calendar_words(calendar: WorkCalendar, first: date, last: date) -> str:
    """What a reader must know of the count; empty where every year of the span is published."""
    missing = calendar.unpublished(first, last)
    if not missing:
        return ""
    words = _("{years}年的放假安排没有载入，这部分按周一至周五计算。")
    return words.format(years="、".join(map(str, missing)))


_read: dict[Path, tuple[int, dict[int, PublishedYear]]] = {}


def _shipped() -> Mapping[int, PublishedYear]:
    path = settings.HOLIDAYS_FILE
    changed = path.stat().st_mtime_ns
    if path not in _read or _read[path][0] != changed:
        _read[path] = (changed, {row.year: row for row in read_holidays(path)})
    return _read[path][1]


def read_holidays(path: Path) -> list[PublishedYear]:
    """The years of a file. Invalid, naming year and entry, for what is no such file."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Invalid(f"读不出 {path}：{error}") from error
    if not isinstance(content, dict) or not content:
        raise Invalid(f"{path} 应按年份列出，例如 2026: {{source: …, holidays: […], worked: […]}}。")
    return [_published(year, row) for year, row in content.items()]


def _is_complete(row: Any) -> bool:
    if not isinstance(row, dict) or set(row) - {"source", "holidays", "worked"}:
        return False
    return bool(str(row.get("source") or "").strip())


def _published(year: Any, row: Any) -> PublishedYear:
    if not isinstance(year, int) or not 2000 <= year <= 2100:
        raise Invalid(f"“{year}”不是年份。")
    if not _is_complete(row):
        raise Invalid(f"{year}：应有 source（通知的名称和文号）、holidays（放假）、worked（上班的周末），没有别的。")
    off = _days(year, row.get("holidays"))
    worked = _days(year, row.get("worked"))
    if both := sorted(off & worked):
        raise Invalid(f"{year}：{both[0]} 既放假又上班。")
    if weekdays := sorted(day for day in worked if day.weekday() < SATURDAY):
        raise Invalid(f"{year}：{weekdays[0]} 不是周末，不用写在 worked 里。")
    return PublishedYear(year, str(row["source"]).strip()[:200], frozenset(off), frozenset(worked))


def _days(year: int, entries: Any) -> set[date]:
    if not isinstance(entries, list):
        raise Invalid(f"{year}：holidays 和 worked 都应是列表，每项写 MM-DD 或 MM-DD/MM-DD。")
    found: set[date] = set()
    for entry in entries:
        found |= set(_span(year, str(entry)))
    return found


def _span(year: int, entry: str) -> Iterable[date]:
    first, _slash, last = entry.partition("/")
    try:
        begin, end = (date.fromisoformat(f"{year}-{text}") for text in (first, last or first))
    except ValueError as error:
        raise Invalid(f"{year}：“{entry}”不是日期，应写 MM-DD 或 MM-DD/MM-DD。") from error
    if end < begin:
        raise Invalid(f"{year}：“{entry}”的起止颠倒了。")
    return (begin + n * ONE for n in range((end - begin).days + 1))
