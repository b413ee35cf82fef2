"""The one place where a value goes into a cell of a workbook or a csv, so that no text becomes a formula: neither when
the file is opened, nor when somebody edits the cell and leaves it (F2, Enter), nor when a csv is opened as a table.

In a workbook a text keeps every character: its cell says that it is a text (`t="s"`) and, where it begins as formulas
do, carries Excel's own mark for it (`quotePrefix`), which Excel, WPS and LibreOffice keep through an edit. A csv has no
such mark: there the text gets an apostrophe before it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from openpyxl.cell import Cell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.worksheet.worksheet import Worksheet

from lib.numbers import is_absent
from lib.tabular.escapes import escaped

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # OWASP's list


def is_like_formula(text: str) -> bool:
    """Whether a spreadsheet program could take the text for a formula."""
    return text.startswith(FORMULA_STARTS)


def csv_field(value: Any) -> Any:
    """A value as a csv holds it; what is absent becomes an empty field."""
    value = plain_value(value)
    return f"'{value}" if isinstance(value, str) and is_like_formula(value) else value


def plain_value(value: Any) -> Any:
    """A value as a workbook holds it: moments without their zone, texts without characters that XML cannot name, None
    for what is absent."""
    if isinstance(value, str):
        return ILLEGAL_CHARACTERS_RE.sub("", value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    return None if is_absent(value) else value


def put(cell: Cell, value: object) -> None:
    """Fill a cell of openpyxl; a text stays a text. Its other styles may be set before or after."""
    value = plain_value(value)
    cell.value = escaped(value) if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"
        if is_like_formula(value):
            cell.quotePrefix = True


def put_rows(sheet: Worksheet, rows: Iterable[Iterable], *, first: int = 1) -> int:
    """Fill rows from the first column on, one below the other; the number of the next one."""
    for row in rows:
        for at, value in enumerate(row, start=1):
            put(sheet.cell(first, at), value)
        first += 1
    return first
