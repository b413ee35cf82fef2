"""The day on which a stage was reached: how every door reads it, and which rows may have one."""

from datetime import date

from django.utils.translation import gettext as _

from lib.partial_dates import read_day
from lib.tabular.cells import SpreadsheetError

MOST_SHOWN = 40


def typed_day(text: str) -> date:
    """The day that people typed, or that a cell shows. SpreadsheetError in words for what is no whole date."""
    try:
        return read_day(text)
    except ValueError:
        words = _("达到日期“{text}”不是日期；请写成 2024-05-20")
        raise SpreadsheetError(words.format(text=text.strip()[:MOST_SHOWN])) from None


def day_refusal(day: date | None, *, year: int | None, stages: str, name: str, has_stage: bool = True) -> str:
    """Why a row cannot have this day; empty where it can. `stages`: as the definition names them, empty for none."""
    if day is None:
        return ""
    if not stages:
        return _("“{name}”不分阶段，达到日期请留空").format(name=name)
    if not has_stage:
        return _("没有写阶段，达到日期也请留空")
    if year is not None and day.year > year:
        return _("达到日期 {day} 晚于 {year} 年：那一年还没有达到").format(day=day, year=year)
    return ""
