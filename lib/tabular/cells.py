"""What a table read from a file consists of: sheets of numbered rows of cells, within limits; and the number
that a cell holds. Numbers come as their decimal text with the 15 digits that Excel itself keeps; a cell shown as a
per cent comes as "95.5%". A formula counts as the value stored with it."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from openpyxl.utils import get_column_letter

from lib.numbers import NUMBER_LIMIT
from lib.refusals import Refused

MEGABYTE = 2**20
MAX_BYTES = 10 * MEGABYTE
MAX_UNPACKED = 100 * MEGABYTE
MAX_RATIO = 300
MAX_ROWS = 20_000
MAX_COLUMNS = 200
MAX_TEXT = 4_000
MAX_CELLS = 400_000


class SpreadsheetError(Refused):
    """A file or a number that cannot be taken, in plain words with what to do."""

    kind = "unusable-file"


class Cell(NamedTuple):
    """`kind`: text, number, percent, date, bool, error, or uncalculated (a formula nobody has worked out)."""

    text: str = ""
    kind: str = "text"
    is_formula: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.text and self.kind != "uncalculated"


class Row(NamedTuple):
    """`number` as the spreadsheet program shows it, from 1."""

    number: int
    cells: list[Cell]


class MergedRange(NamedTuple):
    ref: str
    first_row: int
    last_row: int


EMPTY = Cell()


@dataclass
class Sheet:
    name: str
    rows: list[Row]
    merged: list[MergedRange] = field(default_factory=list)


@dataclass
class Spreadsheet:
    """`kind` xlsx or csv. A csv has one sheet, without a name. `notes`: what the reader had to interpret."""

    kind: str
    sheet_names: list[str]
    hidden_names: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    load: Callable[[str], Sheet] | None = None

    def sheet(self, name: str = "", *, may_be_hidden: bool = False) -> Sheet:
        """Read one sheet. SpreadsheetError for one that is hidden or past the limits; KeyError for an unknown one.
        `may_be_hidden`: one that a program of ours hid itself."""
        if name in self.hidden_names and not may_be_hidden:
            raise SpreadsheetError(f"工作表“{name}”是隐藏的，不读取看不见的数据；请取消隐藏，核对后再上传")
        if name not in self.sheet_names:
            raise KeyError(name)
        return self.load(name)


class Collector:
    """Rows as they come, within the limits that every kind of file shares."""

    def __init__(self):
        self.rows: list[Row] = []
        self.cells = 0

    def add(self, number: int, cells: dict[int, Cell]) -> None:
        filled = {at: cell for at, cell in cells.items() if not cell.is_empty}
        if not filled:
            return
        if len(self.rows) >= MAX_ROWS + 10:  # some rows above the header are no data
            raise SpreadsheetError(f"表格超过 {MAX_ROWS:,} 行数据的上限；请分成几个文件导入")
        last = max(filled)
        if last > MAX_COLUMNS:
            place = get_column_letter(last) if last <= 18_278 else last  # as far as letters go
            raise SpreadsheetError(f"第 {number} 行用到第 {place} 列，超过 {MAX_COLUMNS} 列的上限；请删去多余的列")
        self.cells += len(filled)
        if self.cells > MAX_CELLS:
            raise SpreadsheetError(f"表格里有内容的单元格超过 {MAX_CELLS:,} 个；请分成几个文件导入")
        for at, cell in filled.items():
            if len(cell.text) > MAX_TEXT:
                raise SpreadsheetError(f"单元格 {get_column_letter(at)}{number} 的文字超过 {MAX_TEXT:,} 字，请缩短")
        self.rows.append(Row(number, [filled.get(at, EMPTY) for at in range(1, last + 1)]))


def as_text(number: str) -> str:
    """A number of the file as people read it: 15 digits as in Excel, no exponent, no trailing zeros."""
    return f"{Decimal(f'{float(number):.15g}'):f}"


def as_date(serial: str) -> str:
    """A day number of Excel as a date, for words only."""
    try:
        return f"{datetime(1899, 12, 30) + timedelta(days=float(serial)):%Y-%m-%d}"  # noqa: DTZ001
    except (OverflowError, ValueError):
        return serial


# Numbers ---------------------------------------------------------------------------------------

MINUSES = str.maketrans(dict.fromkeys("−–—﹣", "-"))
NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.\d+)?", re.ASCII)
WORDS_OF_KIND = {
    "date": "“{}”是日期，不是数字；请把单元格格式改为“常规”后重填",
    "bool": "“{}”不是数字",
    "error": "单元格是错误值 {}，请更正公式或改填数字",
    "uncalculated": "单元格是没有算出结果的公式；请在 Excel 或 WPS 里打开、重算并保存，或改填数字",
}


def parse_number(cell: Cell | str, *, is_percent: bool = False) -> Decimal:
    """The number of a cell. Full-width digits, thousands separators and spaces are read rightly; "95.5%" is
    95.5 where the unit is per cent (`is_percent`) and refused elsewhere. SpreadsheetError in plain words."""
    cell = Cell(cell) if isinstance(cell, str) else cell
    if cell.kind in WORDS_OF_KIND:
        raise SpreadsheetError(WORDS_OF_KIND[cell.kind].format(cell.text))
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", cell.text)).translate(MINUSES)
    if text.endswith("%"):
        if not is_percent:
            raise SpreadsheetError(f"“{cell.text}”带百分号，但这里的单位不是 %；请填不带百分号的数字")
        text = text[:-1]
    if not NUMBER.fullmatch(text) or not any(letter.isdigit() for letter in text):
        raise SpreadsheetError(f"“{cell.text[:40]}”不是数字；请只填数字，不带单位和文字")
    number = Decimal(text.replace(",", ""))
    if abs(number) >= NUMBER_LIMIT:
        raise SpreadsheetError(f"“{cell.text[:40]}”太大，应小于 10 亿；请检查单位")
    if -number.normalize().as_tuple().exponent > 6:
        raise SpreadsheetError(f"“{cell.text[:40]}”的小数超过 6 位，请四舍五入")
    return number


def cell_name(column: int, row: int) -> str:
    """As the spreadsheet program names it: F5."""
    return f"{get_column_letter(column)}{row}"


def ranges_in(sheet: Sheet, first_row: int, last_row: int) -> Iterator[str]:
    """The merged ranges that touch these rows."""
    return (m.ref for m in sheet.merged if m.last_row >= first_row and m.first_row <= last_row)
