"""What somebody typed over the cells of a file that was sent, in place of sending it again.

Each is known by its place, "sheet!B3" (of a csv "!B3"); "sheet!3" takes the whole row out. A text is read by the same
rules as one that stands in the file: what is typed is no more trusted than what was sent."""

import re
from collections.abc import Mapping
from dataclasses import replace

from openpyxl.utils import column_index_from_string

from lib.tabular.cells import EMPTY, MAX_COLUMNS, MAX_TEXT, Cell, Row, Sheet, Spreadsheet, SpreadsheetError, visible
from lib.web.text_guard import UNKEEPABLE

MOST_TYPED = 2_000
MOST_LETTERS = 200_000
PLACE = re.compile(r"(?P<sheet>[^\x00-\x1f]{0,60})!(?P<column>[A-Z]{0,3})(?P<row>[1-9]\d{0,5})")


def place_of(sheet: str, column: str, row: int) -> str:
    """The name of a cell, or, with no column, of a whole row."""
    return f"{sheet}!{column}{row}"


def check_typed(typed: Mapping[str, str]) -> None:
    """SpreadsheetError where somebody types more than is worth typing on a page, or what no cell can hold."""
    if len(typed) > MOST_TYPED or sum(map(len, typed.values())) > MOST_LETTERS:
        raise SpreadsheetError(f"在页面上最多改 {MOST_TYPED:,} 格；请下载这些行，改好再上传")
    for place, text in typed.items():
        if len(text) > MAX_TEXT:
            raise SpreadsheetError(f"{place} 的文字超过 {MAX_TEXT:,} 字，请缩短")
        if not PLACE.fullmatch(place) or UNKEEPABLE.search(text):
            raise SpreadsheetError(f"{place} 的内容存不下来；请重新输入")


def with_typed(book: Spreadsheet, typed: Mapping[str, str]) -> Spreadsheet:
    """The same file as if the cells had been sent so."""
    if not typed:
        return book
    by_sheet: dict[str, dict[int, dict[str, str]]] = {}
    for place, text in typed.items():
        found = PLACE.fullmatch(place)
        if found is not None:
            by_sheet.setdefault(found["sheet"], {}).setdefault(int(found["row"]), {})[found["column"]] = text
    return replace(book, load=lambda name: _overlaid(book.load(name), by_sheet.get(name, {})))


def _overlaid(sheet: Sheet, typed: Mapping[int, Mapping[str, str]]) -> Sheet:
    """`typed`: row → column → text, "" for the whole row; so each row costs its own cells alone."""
    if not typed:
        return sheet
    rows = [_typed_row(row, typed.get(row.number, {})) for row in sheet.rows]
    return replace(sheet, rows=[row for row in rows if any(not cell.is_empty for cell in row.cells)])


def _typed_row(row: Row, typed: Mapping[str, str]) -> Row:
    if not typed:
        return row
    if "" in typed:
        return Row(row.number, [])
    cells = list(row.cells)
    for column, text in typed.items():
        at = column_index_from_string(column)
        if at <= MAX_COLUMNS:
            cells += [EMPTY] * (at - len(cells))
            cells[at - 1] = Cell(visible(text))
    return Row(row.number, cells)
