"""What a table read from a file consists of: sheets of numbered rows of cells, within limits.

A cell comes as the spreadsheet program shows it: a number as its digits with what the format puts beside it ("95.5%",
"74.9亿元"), a date in ISO as far as it is shown. A formula counts as the value stored with it."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _
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
MAX_CELLS = 260_000  # 20,000 rows of the widest table that may be so long


class SpreadsheetError(Refused):
    """A file or a number that cannot be taken, in plain words with what to do."""

    kind = "unusable-file"


class Cell(NamedTuple):
    """`kind`: text, number, percent, date, time, bool, error, uncalculated (a formula nobody has worked out), unseen (a
    format that shows nothing), disguised (a format that shows another number than the one stored) or struck (crossed
    out). `stored`: the number that is stored where another one is shown: rounded, or in thousands."""

    text: str = ""
    kind: str = "text"
    is_formula: bool = False
    stored: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.text and self.kind not in {"uncalculated", "unseen"}


class Row(NamedTuple):
    """`number` as the spreadsheet program shows it, from 1."""

    number: int
    cells: list[Cell]


class MergedRange(NamedTuple):
    """Cells shown as one: `ref` as the program names them, rows from 1."""

    ref: str
    first_row: int
    last_row: int


EMPTY = Cell()


@dataclass
class Sheet:
    """Rows with something in them, in order, and the merged ranges. `widths`: of a text, how many cells each line of it
    has, empty ones too."""

    name: str
    rows: list[Row]
    merged: list[MergedRange] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    widths: dict[int, int] = field(default_factory=dict)


def _unknown(name: str) -> Sheet:
    """Of a file without sheets."""
    raise KeyError(name)


@dataclass
class Spreadsheet:
    """`kind` xlsx or csv. A csv has one sheet, without a name. `notes`: what the reader had to interpret."""

    kind: str
    sheet_names: list[str]
    hidden_names: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    load: Callable[[str], Sheet] = _unknown

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

    def __init__(self, most_rows: int = MAX_ROWS) -> None:
        self.most_rows = most_rows
        self.rows: list[Row] = []
        self.cells = 0

    def add(self, number: int, cells: dict[int, Cell]) -> None:
        filled = {at: cell for at, cell in cells.items() if not cell.is_empty}
        if not filled:
            return
        if len(self.rows) >= self.most_rows + 10:  # some rows above the header are no data
            raise SpreadsheetError(f"表格超过 {self.most_rows:,} 行数据的上限；请分成几个文件导入")
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


# Numbers ---------------------------------------------------------------------------------------

FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}
ZERO_WIDTH = [0x00AD, 0x180E, *range(0x200B, 0x2010), *range(0x2060, 0x2065), 0xFEFF]
INVISIBLE = dict.fromkeys(ZERO_WIDTH)
AROUND = "".join(chr(n) for n in range(0x3001) if chr(n).isspace()) + "".join(map(chr, ZERO_WIDTH))
MINUSES = str.maketrans(dict.fromkeys("−–—﹣", "-"))
# Between thousands stands a comma or a space that does not break; a plain one stands as often between two numbers.
GROUPED = r"\d{1,3}(?:,\d{3})+|\d{1,3}(?:[\u00a0\u2007\u2009\u202f]\d{3})+"
WRITTEN = re.compile(
    r"(?P<currency>[¥$€£]|RMB|CNY)?[ \u00a0]?"
    rf"(?P<number>[+-]?[ ]?(?:{GROUPED}|\d+)?(?:\.\d+)?)"
    r"[ \u00a0]?(?P<unit>[^\d.,\s+-].{0,19})?",
    re.ASCII,
)
LONGEST_NUMBER = 100  # of characters
POWERS_OF_YUAN = {"元": 0, "千元": 3, "万": 4, "万元": 4, "百万元": 6, "千万元": 7, "亿": 8, "亿元": 8}
NAMES_OF_YUAN = frozenset({"¥", "rmb", "cny", "人民币元", "人民币"})
OTHER_UNITS = re.compile(
    r"[%‰].*|.*/.+|[个家亩倍件项人户吨][^\d]{0,4}|公顷|平方公里|平方米|公里|[千万]人|美元|欧元|[$€£]"
)
WORDS_OF_KIND = {
    "date": "“{}”是日期，不是数字；请把单元格格式改为“常规”后重填",
    "time": "“{}”是时间，不是数字；请把单元格格式改为“常规”后重填",
    "bool": "“{}”不是数字",
    "error": "单元格是错误值 {}，请更正公式或改填数字",
    "struck": "“{}”划了删除线；要报的请去掉删除线，不报的请清空",
    "uncalculated": "单元格是没有算出结果的公式；请在 Excel 或 WPS 里打开、重算并保存，或改填数字",
    "unseen": "单元格的格式使内容显示为空，里面存的是 {stored}；请把格式改为“常规”，核对后再上传",
    "disguised": "单元格显示为“{}”，里面存的是 {stored}，两个数不一致；请把格式改为“常规”，填要报的数",
}


# Of a cell that is no number: what nobody sees, nobody has worked out, or somebody has crossed out.
UNREADABLE = frozenset({"error", "uncalculated", "unseen", "disguised", "struck"})


def visible(text: str) -> str:
    """A text without the blanks and the characters of no width around it."""
    return text.strip(AROUND)


def folded(text: str) -> str:
    """A number's text with full-width forms as plain ones. Only these: ① and ² are no digits."""
    return text.translate(INVISIBLE).translate(FULL_WIDTH).translate(MINUSES).strip()


def parse_number(cell: Cell | str, *, unit: str = "", is_percent: bool = False) -> Decimal:
    """The number of a cell, in `unit`: one rule for files, pages and the API.

    Full-width digits and thousands separators are read rightly. A unit beside the number must be the one asked for:
    "95.5%" is 95.5 where the unit is per cent (`is_percent` says the same) and refused elsewhere. SpreadsheetError in
    plain words."""
    cell = Cell(cell) if isinstance(cell, str) else cell
    if cell.kind in WORDS_OF_KIND:
        raise SpreadsheetError(words_of_kind(cell))
    shown = visible(cell.text)[:40]
    digits, given = _taken_apart(cell.text)
    is_unit = _is_unit(given) or _same_unit(given, unit)
    if not is_unit or not any(map(str.isdigit, digits)):
        raise SpreadsheetError(_("“{shown}”不是数字；请只填数字，不带单位和文字").format(shown=shown))
    number = Decimal(digits)
    _require_unit(shown, number, given, "%" if is_percent else unit)
    if abs(number) >= NUMBER_LIMIT:
        raise SpreadsheetError(_("“{shown}”太大，应小于 10 亿；请检查单位").format(shown=shown))
    exponent = number.normalize().as_tuple().exponent
    if isinstance(exponent, int) and exponent < -6:
        raise SpreadsheetError(_("“{shown}”的小数超过 6 位，请四舍五入").format(shown=shown))
    return number


def _taken_apart(text: str) -> tuple[str, str]:
    """(the digits with their sign and point, the unit beside them); both empty where the text is no number."""
    found = WRITTEN.fullmatch(folded(text)) if len(text) <= LONGEST_NUMBER else None
    if found is None:
        return "", ""
    digits = re.sub(r"[^\d.+-]", "", found["number"], flags=re.ASCII)
    return digits, found["unit"] or found["currency"] or ""


def words_of_kind(cell: Cell) -> str:
    """Why a cell that is no number, or cannot be read, is refused."""
    return WORDS_OF_KIND[cell.kind].format(cell.text, stored=cell.stored)


def _require_unit(shown: str, number: Decimal, given: str, unit: str) -> None:
    if not given or _same_unit(given, unit):
        return
    if given == "%":
        words = _("“{shown}”带百分号，但这里的单位不是 %；请填不带百分号的数字")
        raise SpreadsheetError(words.format(shown=shown))
    if not unit:
        raise SpreadsheetError(_("“{shown}”不是数字；请只填数字，不带单位和文字").format(shown=shown))
    words = _("“{shown}”的单位是 {given}，这里的单位是 {unit}；{advice}")
    advice = conversion_words(given, unit, number)
    raise SpreadsheetError(words.format(shown=shown, given=given, unit=unit, advice=advice))


def conversion_words(given: str, unit: str, number: Decimal | None = None) -> str:
    """What to do about a unit that is not the one asked for; the number in the right one, where it is exact."""
    converted = None if number is None else converted_money(number, given, unit)
    if number is None or converted is None:
        return _("请换算后填写")
    same = f"{number.normalize() + 0:f} {given} = {converted:f} {unit}"
    return _("请换算后填写（{same}）").format(same=same)


def converted_money(number: Decimal, given: str, unit: str) -> Decimal | None:
    """An amount in another unit of money, where 6 decimals hold it exactly; else None."""
    theirs = POWERS_OF_YUAN.get(_unit_key(given))
    ours = POWERS_OF_YUAN.get(_unit_key(unit))
    if theirs is None or ours is None:
        return None
    converted = number.scaleb(theirs - ours).normalize() + 0
    return converted if converted == round(converted, 6) else None


def same_unit(given: str, unit: str) -> bool:
    """Whether two names of a unit are the same; width and spaces do not matter."""
    return _unit_key(given) == _unit_key(unit)


def _same_unit(given: str, unit: str) -> bool:
    return not given or same_unit(given, unit)


def _unit_key(unit: str) -> str:
    key = re.sub(r"\s", "", folded(unit)).lower().strip("()")
    return "元" if key in NAMES_OF_YUAN else key


def _is_unit(given: str) -> bool:
    """Whether what stands beside a number is the name of a unit at all."""
    return not given or _unit_key(given) in POWERS_OF_YUAN or OTHER_UNITS.fullmatch(given) is not None


def cell_name(column: int, row: int) -> str:
    """As the spreadsheet program names it: F5."""
    return f"{get_column_letter(column)}{row}"


def ranges_in(sheet: Sheet, first_row: int, last_row: int) -> Iterator[str]:
    """The merged ranges that touch these rows."""
    return (m.ref for m in sheet.merged if m.last_row >= first_row and m.first_row <= last_row)


def hidden_notes(sheet: Sheet, first_row: int) -> list[str]:
    """What is read from `first_row` on, though a person does not see it: rows and columns that are hidden."""
    filled = {row.number for row in sheet.rows if row.number >= first_row}
    rows = [str(number) for number in sheet.hidden_rows if number in filled]
    columns = [get_column_letter(number) for number in sheet.hidden_columns]
    notes = []
    if rows:
        notes.append(f"第 {_some(rows)} 行是隐藏的（或被筛选掉了），也一并读取，请核对")
    if columns:
        notes.append(f"第 {_some(columns)} 列是隐藏的，也一并读取，请核对")
    return notes


def rounded_note(cells: Iterable[tuple[str, Cell]]) -> str:
    """That numbers are taken as they are shown, where others are stored; "" where none are. cells: (place, cell)."""
    rounded = []
    for place, cell in cells:
        if cell.stored and cell.kind in {"number", "percent"}:
            rounded.append(f"{place} 显示 {cell.text}（存的是 {cell.stored}）")
    return f"{_some(rounded)}：按显示的数读取" if rounded else ""


def _some(words: list[str], most: int = 5) -> str:
    """As many as a note can hold."""
    told = "、".join(words[:most])
    return f"{told}等 {len(words)} 处" if len(words) > most else told
