"""The day on which a stage was reached, in an official table: a column 达到日期 beside the stage."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from indicators.models import Fact, Observation
from lib.tabular.cells import SpreadsheetError
from lib.tabular.table_reading import Record, year_of
from lib.value_words import stage_names

NAME = "reached_on"


def require_day(record: Record, definition: Mapping) -> None:
    """SpreadsheetError in words where the column holds no day, or one that the row cannot have."""
    text = record.text(NAME)
    if not text:
        return
    if not stage_names(definition["stages"]):
        raise SpreadsheetError(f"“{definition['name']}”不分阶段，达到日期请留空")
    day = _day(text)
    if day is None:
        raise SpreadsheetError(f"达到日期“{text}”不是日期；请写成 2024-05-20")
    year = year_of(record.text("year"))
    if year is not None and day.year > year:
        raise SpreadsheetError(f"达到日期 {day} 晚于 {year} 年：那一年还没有达到")


def day_reached(record: Record, number: Decimal, old: Fact | None) -> date | None:
    """What the column says; a table that says nothing keeps the day of the stage that stands."""
    if text := record.text(NAME):
        return _day(text)
    if isinstance(old, Observation) and old.value == number:
        return old.reached_on
    return None


def _day(text: str) -> date | None:
    for mark in "/.年月":
        text = text.replace(mark, "-")
    parts = text.replace("日", "").strip("-").split("-")
    if len(parts) != 3 or not all(part.strip().isdecimal() for part in parts):
        return None
    try:
        return date(*(int(part) for part in parts))
    except ValueError:
        return None
