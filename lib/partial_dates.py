"""Dates as far as they are known: "2024", "2024-05" or "2024-05-17", and "" where nothing is known.

`read_partial` and `read_day` are how every door reads a date that people typed or a cell shows."""

import re
from calendar import monthrange
from datetime import date, datetime

from lib.days import SHANGHAI

PATTERN = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}
CLOCK = r"(?:[T ]+(?P<clock>\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(?P<zone>Z|[+-]\d{2}:?\d{2})?)?"
WEEKDAY = r"(?: ?\(?(?:星期|周)[一二三四五六日天]\)?)?"
WRITTEN = (
    re.compile(rf"(\d{{4}})(?:(-)|(/)|(\.))(\d{{1,2}})(?(2)-)(?(3)/)(?(4)\.)(\d{{1,2}}){WEEKDAY}{CLOCK}", re.ASCII),
    re.compile(rf"(\d{{4}}) ?年 ?(\d{{1,2}}) ?月 ?(\d{{1,2}}) ?日{WEEKDAY}{CLOCK}", re.ASCII),
    re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII),
    re.compile(r"(\d{4})[-/](\d{1,2})", re.ASCII),
    # A month after a point needs two digits: as a number, 2025.10 becomes 2025.1.
    re.compile(r"(\d{4})\.(\d{2})", re.ASCII),
    re.compile(r"(\d{4}) ?年 ?(\d{1,2}) ?月(?:份)?", re.ASCII),
    re.compile(r"(\d{4})(?: ?年)?", re.ASCII),
)
LONGEST = 60  # of a text that can be a date


def read_partial(text: str) -> str:
    """What people write for a date, as far as it goes, in ISO: "2025年6月" → "2025-06", "2025/6/1 8:30" → "2025-06-01".
    ValueError for what is no date, or not surely one."""
    text = text.translate(FULL_WIDTH).strip()
    if not text or len(text) > LONGEST:
        raise ValueError(text)
    for pattern in WRITTEN:
        if found := pattern.fullmatch(text):
            return _iso(found)
    raise ValueError(text)


def read_day(text: str) -> date:
    """The same for a whole date. ValueError also where the day is missing."""
    day = read_partial(text)
    if len(day) < len("2025-06-01"):
        raise ValueError(text)
    return date.fromisoformat(day)


def _iso(found: re.Match) -> str:
    numbers = [int(group) for group in found.groups() if group and group.isdecimal()]
    year, month, day = (*numbers, 1, 1)[:3]
    moment = date(year, month, day)
    named = found.groupdict()
    if named.get("zone"):
        clock = f"{moment}T{named['clock'].zfill(5)}{named['zone']}"
        moment = _in_shanghai(datetime.fromisoformat(clock))
    return moment.isoformat()[: (4, 7, 10)[len(numbers) - 1]]


def _in_shanghai(moment: datetime) -> date:
    """The day there. ValueError where the first or the last day of all would be another here."""
    try:
        return moment.astimezone(SHANGHAI).date()
    except OverflowError as error:
        raise ValueError(str(moment)) from error


def first_day(text: str) -> date | None:
    """The first day that the text may mean; None for the empty text. ValueError for what is no date."""
    if not text:
        return None
    year, month, day = _parts(text)
    return date(year, month or 1, day or 1)


def last_day(text: str) -> date | None:
    """The last day that the text may mean."""
    if not text:
        return None
    year, month, day = _parts(text)
    month = month or 12
    return date(year, month, day or monthrange(year, month)[1])


def _parts(text: str) -> tuple[int, int, int]:
    if not PATTERN.fullmatch(text):
        raise ValueError(text)
    year, month, day = (*map(int, text.split("-")), 0, 0)[:3]
    if "-" in text and not month:
        raise ValueError(text)
    date(year, month or 1, day or 1)
    return year, month, day
