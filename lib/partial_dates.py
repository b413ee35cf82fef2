"""Dates as far as they are known: "2024", "2024-05" or "2024-05-17", and "" where nothing is known."""

import re
from calendar import monthrange
from datetime import date

PATTERN = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)


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
