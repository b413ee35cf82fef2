"""A county's sheet of one year as a workbook: one list of columns for template, import and export. No database.

A row is known by its code. A very hidden sheet carries what the file is (county, year) and which state of each entry
it was filled from, so that an upload can tell what its typist changed from what others saved meanwhile.
"""

import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.workbook.protection import WorkbookProtection
from openpyxl.worksheet.datavalidation import DataValidation

from indicators.terms.parts import NO_PARTS, PartTerms, RatioParts
from lib.numbers import NUMBER_LIMIT, digits, plain
from lib.tabular import cell_text
from lib.tabular.cells import Sheet, visible
from lib.value_words import value_words

SHEET, MARKER, ABOUT_SHEET = "填报表", "标记", "填表说明"
FORMAT = "county-sheet-3"
HEADER_ROW = 3
BLANK_REASONS = ("尚未统计", "本年无此项")


@dataclass(frozen=True)
class SheetRow:
    """One entry as it is saved, with what stands beside it. `locked` says why its reader may not change it."""

    code: str
    name: str
    unit: str
    organisation: str
    value: Decimal | None = None
    explanation: str = ""
    version: int = 0
    saved_by: str = ""
    previous: Decimal | float | None = None
    target: float | None = None
    standard: float | None = None
    lower_bound: Decimal | None = None
    upper_bound: Decimal | None = None
    remark: str = ""
    locked: str = ""
    decimals: int | None = None
    terms: PartTerms | None = None
    parts: RatioParts = NO_PARTS
    given: RatioParts = NO_PARTS  # parts that the plan's context figures hold
    stages: tuple[str, ...] = ()
    reached_on: date | None = None
    target_high: float | None = None
    standard_high: float | None = None

    def in_cell(self, value: Decimal | float | None, high: float | None = None) -> Decimal | float | str | None:
        """A number as a number; a stage by its name, a band as both ends."""
        if value is None or not (self.stages or high is not None):
            return value
        return value_words(value, self.decimals or 0, high=high, stages=self.stages)

    @property
    def day_words(self) -> str:
        """The day as a text: as it is, whatever a spreadsheet program would make of a date."""
        return "" if self.reached_on is None else self.reached_on.isoformat()

    @property
    def part_words(self) -> str:
        """What the value is divided from: 参保人数（人）÷ 应参保人数（人）; empty where the row is no ratio."""
        if self.terms is None:
            return ""
        terms, given = self.terms, self.given
        halves = (
            (terms.numerator, terms.numerator_unit, given.numerator),
            (terms.denominator, terms.denominator_unit, given.denominator),
        )
        return " ÷ ".join(_half_words(*half) for half in halves)


def _half_words(name: str, unit: str, given: Decimal | None) -> str:
    """常住人口（万人，取自背景数据：31.2，不用填）"""
    words = [unit] if unit else []
    if given is not None:
        words.append(f"取自背景数据：{plain(given)}，不用填")
    return f"{name}（{'，'.join(words)}）" if words else name


@dataclass(frozen=True)
class SheetColumn:
    name: str
    title: str
    width: int
    of: Callable[[SheetRow], object]
    is_input: bool = False


COLUMNS = (
    SheetColumn("code", "代码", 9, lambda row: row.code),
    SheetColumn("name", "指标", 30, lambda row: row.name),
    SheetColumn("unit", "单位", 10, lambda row: row.unit),
    SheetColumn("organisation", "责任单位", 20, lambda row: row.organisation),
    SheetColumn("previous", "上年值", 11, lambda row: row.in_cell(row.previous)),
    SheetColumn("target", "目标", 11, lambda row: row.in_cell(row.target, row.target_high)),
    SheetColumn("standard", "省定标准", 11, lambda row: row.in_cell(row.standard, row.standard_high)),
    SheetColumn("value", "实际值", 13, lambda row: row.in_cell(row.value), is_input=True),
    SheetColumn("parts", "分子和分母", 28, lambda row: row.part_words),
    SheetColumn("numerator", "分子", 13, lambda row: row.parts.numerator, is_input=True),
    SheetColumn("denominator", "分母", 13, lambda row: row.parts.denominator, is_input=True),
    SheetColumn("reached_on", "达到日期", 13, lambda row: row.day_words, is_input=True),
    SheetColumn("explanation", "说明", 44, lambda row: row.explanation, is_input=True),
    SheetColumn("remark", "核查意见", 60, lambda row: row.remark),
)
TITLES = tuple(column.title for column in COLUMNS)
AT = {column.name: at for at, column in enumerate(COLUMNS, start=1)}
PART_COLUMNS = ("numerator", "denominator")
DAY_COLUMN = "reached_on"
ADDED = {  # by earlier form: the columns that it lacks
    "county-sheet-1": ("parts", *PART_COLUMNS, DAY_COLUMN),
    "county-sheet-2": (DAY_COLUMN,),
}


@dataclass(frozen=True)
class Marker:
    """What a workbook of ours is. `seen` holds of each code the version it was filled from and what stood there."""

    area: str
    area_name: str
    year: int
    version: int
    seen: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    lacks: tuple[str, ...] = ()  # columns that its form did not have


@dataclass(frozen=True)
class PlacedRow:
    """One row to be written: what stands in each column, the entry it belongs to where known, the columns at fault."""

    number: int
    values: Mapping[str, object]
    row: SheetRow | None = None
    faulty: frozenset[str] = frozenset()


def tidy(text: str) -> str:
    """A text as a cell keeps it and gives it back: no control characters, one kind of line end."""
    text = re.sub(r"\r\n?", "\n", text)
    return visible(ILLEGAL_CHARACTERS_RE.sub("", text))


def trace(value: Decimal | None, explanation: str, parts: RatioParts = NO_PARTS, day: date | None = None) -> str:
    """Tells whether a row still says what it said when the workbook was filled. Without parts and day as it always
    was."""
    said = f"{_digits(value)}|{tidy(explanation)}"
    if not parts.is_empty:
        said += f"|{_digits(parts.numerator)}|{_digits(parts.denominator)}"
    if day is not None:
        said += f"|{day.isoformat()}"
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _digits(value: Decimal | None) -> str:
    return "" if value is None else digits(value)


def marker_of(area: str, area_name: str, year: int, rows: Sequence[SheetRow]) -> Marker:
    """Every save counts one, so that the sum of the versions is the sheet's own."""
    seen = {row.code: (row.version, trace(row.value, row.explanation, row.parts, row.reached_on)) for row in rows}
    return Marker(area, area_name, year, sum(row.version for row in rows), seen)


def read_marker(sheet: Sheet) -> Marker | None:
    """None where the sheet is none of ours."""
    try:
        found = json.loads(sheet.rows[0].cells[0].text)
        seen = {row.cells[0].text: (int(row.cells[1].text), row.cells[2].text) for row in sheet.rows[1:]}
        if found["format"] == FORMAT or found["format"] in ADDED:
            area, name = str(found["area"]), str(found["area_name"])[:40]
            lacks = ADDED.get(found["format"], ())
            return Marker(area, name, int(found["year"]), int(found["version"]), seen, lacks)
    except (ValueError, LookupError, TypeError):
        pass
    return None


# Writing ----------------------------------------------------------------------------------------

HEAD = PatternFill("solid", fgColor="12395B")
LOCKED = PatternFill("solid", fgColor="EEF2F6")
INPUT = PatternFill("solid", fgColor="FFFBE6")
FAULTY = PatternFill("solid", fgColor="F9DFDB")
HINT = (
    "只填黄色格；没有数的留空，并在“说明”里写明原因。灰色格锁定，请勿增删行列、改代码或合并单元格。"
    "填好后在填报页上传，先预览、再确认。"
)

ABOUT = (
    "1. 只填“填报表”的黄色格：“实际值”填数字，不带单位；百分数填 95.5 或 95.5% 都可以。点进一格，会显示单位和范围。",
    "   分阶段的指标，“实际值”从下拉列表里选阶段的名称，“达到日期”写哪一天达到的，例如 2024-05-20。",
    "   比率可以填“分子”“分母”，上传后实际值由它们算出；只有结果的，只填“实际值”。改了结果就请清空分子、分母。",
    "2. 没有数的留空，并在“说明”里写明原因，可以从下拉列表里选，也可以自己写。",
    "3. 数值变动大、变差或超过通常范围的，核查时会要求写明原因；现在就写在“说明”里，可以少退回一次。",
    "4. 灰色格是锁定的：代码、指标、单位用来核对，不要改；不要增删行列，不要合并单元格，不要新建工作簿再复制过去。",
    "5. 填好后在填报页“上传填好的表”：先看预览，再确认。有错误的格可以在预览里直接改，也可以下载写明原因的表。",
    "6. 您下载之后别人改过的项，您没有动就保留别人的数；两边都改了，两个数都会列出来，由您定。",
    "7. 确认之后一天之内，可以在上传页整体撤销。",
)


def write_workbook(title: str, marker: Marker, rows: Sequence[SheetRow]) -> bytes:
    """The sheet as it is saved, with the cells open that its reader may fill in."""
    placed = [
        PlacedRow(number, {column.name: column.of(row) for column in COLUMNS}, row)
        for number, row in enumerate(rows, start=HEADER_ROW + 1)
    ]
    return write_placed(title, marker, placed)


def write_placed(title: str, marker: Marker, rows: Iterable[PlacedRow]) -> bytes:
    """Rows at the places where they stand: the saved sheet, or an uploaded one with the faults beside."""
    book = Workbook()
    sheet = book.active
    sheet.title = SHEET
    put(sheet["A1"], title)
    sheet["A1"].font = Font(bold=True, size=14)
    put(sheet["A2"], HINT)
    sheet["A2"].font = Font(color="5B6B7B")
    _write_header(sheet)
    for placed in rows:
        _write_row(sheet, placed)
    sheet.freeze_panes = sheet.cell(HEADER_ROW + 1, AT["unit"])
    _write_about(book)
    _protect(book, sheet)
    _write_marker(book, marker)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write_header(sheet) -> None:
    for at, column in enumerate(COLUMNS, start=1):
        cell = sheet.cell(HEADER_ROW, at)
        put(cell, column.title)
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), HEAD
        cell.alignment = Alignment(vertical="center", wrap_text=True)
        sheet.column_dimensions[get_column_letter(at)].width = column.width


def _write_row(sheet, placed: PlacedRow) -> None:
    is_open = placed.row is not None and not placed.row.locked
    for at, column in enumerate(COLUMNS, start=1):
        cell = sheet.cell(placed.number, at)
        put(cell, placed.values.get(column.name))
        may_type = column.is_input if is_open else placed.row is None  # a row that is none of ours can be cleared
        if placed.row is not None and not _takes(placed.row, column):
            may_type = False
        cell.protection = Protection(locked=not may_type)
        cell.fill = FAULTY if column.name in placed.faulty else INPUT if may_type else LOCKED
        cell.alignment = Alignment(vertical="top", wrap_text=column.width >= 20)
    if placed.row is not None and is_open:
        sheet.add_data_validation(_number_rule(placed.row, sheet.cell(placed.number, AT["value"]).coordinate))
        sheet.add_data_validation(_reason_rule(sheet.cell(placed.number, AT["explanation"]).coordinate))
        if placed.row.stages:
            sheet.add_data_validation(_day_rule(placed.row, sheet.cell(placed.number, AT[DAY_COLUMN]).coordinate))
        if placed.row.terms is not None:
            for name in PART_COLUMNS:
                sheet.add_data_validation(_part_rule(placed.row.terms, name, sheet.cell(placed.number, AT[name])))


def _takes(row: SheetRow, column: SheetColumn) -> bool:
    """Whether the row can have anything in the column: parts are of ratios, days of stages."""
    if column.name in PART_COLUMNS:
        return row.terms is not None
    return column.name != DAY_COLUMN or bool(row.stages)


def put(cell, value) -> None:
    """A number as a number, a text tidied as a text; None leaves the cell empty.

    The format stays General: on any other, "95.5%" typed into Excel becomes 0.955 without a sign of it."""
    cell_text.put(cell, (tidy(value) or None) if isinstance(value, str) else value)


def limits(row: SheetRow) -> str:
    """The row's bounds in words; empty where it has none."""
    low, high = row.lower_bound, row.upper_bound
    if low is not None and high is not None:
        return f"应在 {plain(low)} 与 {plain(high)} 之间"
    if low is not None:
        return f"应不小于 {plain(low)}"
    return "" if high is None else f"应不大于 {plain(high)}"


def _stage_rule(row: SheetRow, place: str) -> DataValidation:
    """One of the row's stages, by its name."""
    rule = DataValidation(type="list", formula1=f'"{",".join(row.stages)}"', allow_blank=True)
    rule.promptTitle, rule.prompt, rule.showInputMessage = row.name[:32], "从下拉列表里选阶段；没有就留空。", True
    rule.errorTitle, rule.error, rule.showErrorMessage = "请核对", "请从下拉列表里选。", True
    rule.add(place)
    return rule


def _day_rule(row: SheetRow, place: str) -> DataValidation:
    """A day; what is typed as a text is looked at when the sheet is uploaded."""
    rule = DataValidation(type="date", operator="greaterThan", formula1="DATE(1949,1,1)", allow_blank=True)
    words = "这个阶段是哪一天达到的，例如 2024-05-20；不知道就留空。"
    rule.promptTitle, rule.prompt, rule.showInputMessage = row.name[:32], words, True
    rule.errorTitle, rule.error, rule.showErrorMessage = "请核对", "请填日期，例如 2024-05-20。", True
    rule.add(place)
    return rule


def _number_rule(row: SheetRow, place: str) -> DataValidation:
    if row.stages:
        return _stage_rule(row, place)
    low = row.lower_bound if row.lower_bound is not None else -NUMBER_LIMIT
    high = row.upper_bound if row.upper_bound is not None else NUMBER_LIMIT
    words = "，".join(filter(None, [f"单位：{row.unit}", limits(row)]))
    kind, what = ("whole", "整数") if row.decimals == 0 else ("decimal", "数字")
    rule = DataValidation(
        type=kind,
        operator="between",
        formula1=f"{low:f}",
        formula2=f"{high:f}",
        allow_blank=True,
    )
    rule.promptTitle, rule.prompt, rule.showInputMessage = (
        row.name[:32],
        f"{words}。没有数请留空，在右边写明原因。",
        True,
    )
    rule.errorTitle, rule.error, rule.showErrorMessage = (
        "请核对",
        f"请填{what}；{words}。",
        True,
    )
    rule.add(place)
    return rule


def _part_rule(terms: PartTerms, name: str, cell) -> DataValidation:
    """A number; something must be left to divide by."""
    is_below = name == "denominator"
    low = "0.000001" if is_below else f"{-NUMBER_LIMIT:f}"
    rule = DataValidation(type="decimal", operator="between", formula1=low, formula2=f"{NUMBER_LIMIT:f}")
    title, unit = getattr(terms, name), getattr(terms, f"{name}_unit")
    rule.promptTitle, rule.prompt, rule.showInputMessage = title[:32], f"{title}，单位：{unit or '—'}。", True
    words = "请填大于 0 的数字，不带单位。" if is_below else "请填数字，不带单位。"
    rule.errorTitle, rule.error, rule.showErrorMessage, rule.allow_blank = "请核对", words, True, True
    rule.add(cell.coordinate)
    return rule


def _reason_rule(place: str) -> DataValidation:
    """Suggests and forces nothing."""
    rule = DataValidation(type="list", formula1=f'"{",".join(BLANK_REASONS)}"', allow_blank=True)
    rule.showInputMessage, rule.showErrorMessage = True, False
    rule.promptTitle, rule.prompt = "说明", "不填数时可以选一项，也可以自己写。"
    rule.add(place)
    return rule


def _write_about(book) -> None:
    sheet = book.create_sheet(ABOUT_SHEET)
    sheet.column_dimensions["A"].width = 110
    for number, line in enumerate((ABOUT_SHEET, *ABOUT), start=1):
        put(sheet.cell(number, 1), line)
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.protection.sheet = True


def _protect(book, sheet) -> None:
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = False  # False: allowed
    book.security = WorkbookProtection(lockStructure=True)


def _write_marker(book, marker: Marker) -> None:
    sheet = book.create_sheet(MARKER)
    sheet.sheet_state = "veryHidden"
    about = {"area": marker.area, "area_name": marker.area_name, "year": marker.year, "version": marker.version}
    put(sheet["A1"], json.dumps({"format": FORMAT, **about}, ensure_ascii=False))
    for number, (code, (version, seen)) in enumerate(marker.seen.items(), start=2):
        for at, value in enumerate((code, version, seen), start=1):
            put(sheet.cell(number, at), value)
