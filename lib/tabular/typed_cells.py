"""What somebody typed over the cells of a file that was sent, in place of sending it again.

Each is known by its place, "sheet!B3" (of a csv "!B3"); "sheet!3" takes the whole row out. A text is read by the same
rules as one that stands in the file: what is typed is no more trusted than what was sent."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from openpyxl.utils import column_index_from_string

from lib.tabular.cells import EMPTY, MAX_COLUMNS, MAX_TEXT, Cell, Row, Sheet, Spreadsheet, visible
from lib.web.text_guard import UNKEEPABLE

MOST_TYPED = 2_000
PLACE = re.compile(r"(?P<sheet>[^\x00-\x1f]{0,60})!(?P<column>[A-Z]{0,3})(?P<row>[1-9]\d{0,5})")


def place_of(sheet: str, column: str, row: int) -> str:
    """The name of a cell, or, with no column, of a whole row."""
    return f"{sheet}!{column}{row}"


def typed_over(given: Mapping[str, Any]) -> dict[str, str]:
    """The places and texts of a form that can be kept; whatever else it holds is none of them."""
    found: dict[str, str] = {}
    for place, text in given.items():
        is_place = isinstance(text, str) and PLACE.fullmatch(place) is not None
        if is_place and len(text) <= MAX_TEXT and not UNKEEPABLE.search(text) and len(found) < MOST_TYPED:
            found[place] = text
    return found


def with_typed(book: Spreadsheet, typed: Mapping[str, str]) -> Spreadsheet:
    """The same file as if the cells had been sent so."""
    if not typed:
        return book
    by_sheet: dict[str, dict[tuple[str, int], str]] = {}
    for place, text in typed.items():
        found = PLACE.fullmatch(place)
        if found is not None:
            by_sheet.setdefault(found["sheet"], {})[found["column"], int(found["row"])] = text
    return replace(book, load=lambda name: _overlaid(book.load(name), by_sheet.get(name, {})))


def _overlaid(sheet: Sheet, typed: Mapping[tuple[str, int], str]) -> Sheet:
    if not typed:
        return sheet
    rows = [_typed_row(row, typed) for row in sheet.rows]
    return replace(sheet, rows=[row for row in rows if any(not cell.is_empty for cell in row.cells)])


def _typed_row(row: Row, typed: Mapping[tuple[str, int], str]) -> Row:
    if ("", row.number) in typed:
        return Row(row.number, [])
    cells = list(row.cells)
    for (column, number), text in typed.items():
        at = column_index_from_string(column) if column and number == row.number else 0
        if 0 < at <= MAX_COLUMNS:
            cells += [EMPTY] * (at - len(cells))
            cells[at - 1] = Cell(visible(text))
    return Row(row.number, cells)
