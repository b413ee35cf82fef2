"""The day on which a stage was reached, in an official table: a column 达到日期 beside the stage."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from indicators.models import Fact, Observation
from indicators.terms.reached_days import day_refusal, typed_day
from lib.tabular.cells import SpreadsheetError
from lib.tabular.table_reading import Record, year_of

NAME = "reached_on"


def require_day(record: Record, definition: Mapping) -> None:
    """SpreadsheetError in words where the column holds no day, or one that the row cannot have."""
    text = record.text(NAME)
    if not text:
        return
    day = typed_day(text) if definition["stages"] else date.min
    year = year_of(record.text("year"))
    if words := day_refusal(day, year=year, stages=definition["stages"], name=definition["name"]):
        raise SpreadsheetError(words)


def day_reached(record: Record, number: Decimal, old: Fact | None) -> date | None:
    """What the column says; a table that says nothing keeps the day of the stage that stands."""
    if text := record.text(NAME):
        return typed_day(text)
    if isinstance(old, Observation) and old.value == number:
        return old.reached_on
    return None
