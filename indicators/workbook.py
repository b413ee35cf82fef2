"""The owner's tables as files: one list of columns for template, import and export. No database.

Sheets 指标, 年度目标 and 省定标准; the last two are wide, one column a year, as offices keep them, and are also read
long (年份 and 数值). A csv holds one of them. Official values (`OBSERVATIONS`) are long only.
"""

import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from lib.tabular.cell_text import put, put_rows
from lib.tabular.cells import EMPTY, Cell, Row, Sheet, cell_name, ranges_in

HEADER_ROWS = 10
SPARE_ROWS = 60
INLINE = 255  # the longest list that Excel takes inside a rule
LISTS = "选项"


@dataclass(frozen=True)
class Column:
    """`choices` is the name of a list of words given when a workbook is written; `format` a number format ("@": what
    is typed stays a text); `longest` in characters and `least` limit what may be typed."""

    name: str
    title: str
    aliases: tuple[str, ...] = ()
    is_required: bool = True
    is_locked: bool = False
    width: int = 12
    choices: str = ""
    help: str = ""
    format: str = ""
    longest: int = 0
    least: int | None = None

    def answers_to(self, title: str) -> bool:
        return normal(title) in {normal(word) for word in (self.name, self.title, *self.aliases)}


@dataclass(frozen=True)
class Table:
    name: str
    columns: tuple[Column, ...]
    has_years: bool = False

    @property
    def titles(self) -> str:
        return "、".join(column.title for column in self.columns if column.is_required)


CODE = Column(
    "code", "指标代码", ("代码", "编号", "indicator"), is_locked=True, width=10, help="不可改；新指标另起一行"
)
AREA = Column("area", "区划代码", ("县市代码", "行政区划代码"), is_locked=True, width=10)
AREA_NAME = Column("area_name", "县（市）", ("县市", "县"), is_required=False, is_locked=True)
NAME_BESIDE = Column("name", "指标", ("指标名称",), is_required=False, is_locked=True, width=34)
UNIT_BESIDE = Column("unit", "单位", is_required=False, is_locked=True, width=9)
YEAR = Column("year", "年份", ("年", "年度"))
VALUE = Column("value", "数值", ("目标值", "标准值", "实际值", "目标", "标准"))
NOTE = Column(
    "note", "文件依据、说明", ("文件依据/说明", "依据", "说明", "备注", "文件依据"), is_required=False, width=40
)

INDICATORS = Table(
    "指标",
    (
        CODE,
        Column("name", "指标名称", ("指标", "名称"), width=34),
        Column("name_en", "英文名", ("英文名称",), is_required=False, width=30),
        Column("unit", "单位", ("计量单位",), width=9),
        Column("direction", "方向", choices="direction", help="越高越好，或越低越好"),
        Column("kind", "性质", choices="kind", help="年度水平，或自2023年起的累计"),
        Column("decimals", "小数位", ("小数位数",), is_required=False, width=8),
        Column("tolerance", "容差", width=9, help="低于目标多少以内仍算“接近”，按本指标单位"),
        Column("lower_bound", "下限", is_required=False, width=9, help="数值不可能低于它；没有就留空"),
        Column("upper_bound", "上限", is_required=False, width=9, help="数值不可能高于它；没有就留空"),
        Column("field", "领域", choices="field"),
        Column("chapter", "章节", choices="chapter", width=20),
        Column("origin", "来源", choices="origin", help="省定，或市特色"),
        Column("owner", "责任部门", ("牵头部门",), choices="owner", width=18),
        Column("definition", "计算方法", ("口径", "指标解释"), is_required=False, width=60),
    ),
)
TARGETS = Table("年度目标", (AREA, AREA_NAME, CODE, NAME_BESIDE, UNIT_BESIDE, NOTE), has_years=True)
STANDARDS = Table("省定标准", (AREA, AREA_NAME, CODE, NAME_BESIDE, UNIT_BESIDE, NOTE), has_years=True)
PLAN_TABLES = (INDICATORS, TARGETS, STANDARDS)
OBSERVATIONS = Table("官方数值", (AREA, AREA_NAME, CODE, NAME_BESIDE, YEAR, VALUE, NOTE))


class Placed(NamedTuple):
    """A cell and where it stands, for words about it."""

    cell: Cell
    at: str
    title: str


class Problem(NamedTuple):
    """Why something is refused: `row` None speaks of the whole sheet, `column` is a cell or a title."""

    sheet: str
    row: int | None
    column: str
    words: str


@dataclass
class Record:
    """One row of a table; `numbers` by year where the table has years, else empty."""

    sheet: str
    row: Row
    cells: dict[str, Placed]
    numbers: dict[int, Placed] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return self.cells[name].cell.text if name in self.cells else ""

    def problem(self, name: str, words: str) -> Problem:
        place = self.cells.get(name)
        return Problem(self.sheet, self.row.number, f"{place.at} {place.title}" if place else "", words)


@dataclass
class Content:
    """What a sheet holds: its header as it was written, its records, what is wrong with it as a whole."""

    table: Table
    header: list[str] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    columns: set[str] = field(default_factory=set)


def normal(text: str) -> str:
    """A header as it is compared: width, spaces, line breaks and asterisks do not matter."""
    return re.sub(r"[\s*：:]", "", unicodedata.normalize("NFKC", text)).lower()


def year_of(title: str) -> int | None:
    """2024, 2024年, 2024年目标, ２０２４年度 → 2024."""
    found = re.fullmatch(r"((?:19|20)\d\d)(?:年|年度)?(?:目标|标准|目标值|标准值)?", normal(title))
    return int(found.group(1)) if found else None


def read_table(sheet: Sheet, table: Table, years: range) -> Content:
    """The records of a sheet. What concerns the whole sheet stands in `problems`; then there are no records."""
    content = Content(table)
    where = table.name
    if not sheet.rows:
        content.problems.append(Problem(where, None, "", "工作表是空的；请按模板填写，或删去这个工作表"))
        return content
    header = next((row for row in sheet.rows[:HEADER_ROWS] if _is_header(row, table)), None)
    if header is None:
        words = f"没有找到表头：前 {HEADER_ROWS} 行里应有一行写着 {table.titles}"
        content.problems.append(Problem(where, None, "", words))
        return content
    content.header = [cell.text for cell in header.cells]
    places, year_places = _columns(header, table, years, content)
    last = sheet.rows[-1].number
    merged = list(ranges_in(sheet, header.number, last))
    if merged:
        words = f"有合并单元格 {'、'.join(merged[:5])}；请取消合并，每行、每格各填各的"
        content.problems.append(Problem(where, None, merged[0], words))
    if content.problems:
        return content
    for row in sheet.rows:
        if row.number > header.number:
            content.records.append(_record(row, table, places, year_places))
    _note_formulas(content)
    if not content.records:
        content.problems.append(Problem(where, None, "", "表头下面没有数据"))
    return content


def _is_header(row: Row, table: Table) -> bool:
    titles = [cell.text for cell in row.cells if cell.text]
    known = [column for column in table.columns if any(column.answers_to(title) for title in titles)]
    return len(known) >= 2 and len(known) * 2 >= len([column for column in table.columns if column.is_required])


def _columns(header: Row, table: Table, years: range, content: Content) -> tuple[dict, dict]:
    """Where each column stands; missing, doubled, unknown ones go to `content`."""
    places: dict[str, tuple[int, str]] = {}
    year_places: dict[int, tuple[int, str]] = {}
    unknown = []
    for at, cell in enumerate(header.cells, start=1):
        if not cell.text:
            continue
        column = next((c for c in _readable(table) if c.answers_to(cell.text)), None)
        year = year_of(cell.text) if table.has_years else None
        key: Any
        found: dict[Any, tuple[int, str]]
        key, found = (column.name, places) if column else (year, year_places)
        if key is None:
            unknown.append(cell.text)
        elif key in found:
            words = f"“{cell.text}”列出现了两次（{cell_name(found[key][0], header.number)}）；请删去一列"
            content.problems.append(Problem(table.name, header.number, cell_name(at, header.number), words))
        else:
            found[key] = (at, cell.text)
    content.columns = set(places)
    _check_columns(header, table, years, content, places, year_places, unknown)
    return places, year_places


def _readable(table: Table) -> tuple[Column, ...]:
    return (*table.columns, YEAR, VALUE) if table.has_years else table.columns


def _check_columns(header, table, years, content, places, year_places, unknown) -> None:
    is_long = table.has_years and {"year", "value"} <= set(places)
    missing = [column.title for column in table.columns if column.is_required and column.name not in places]
    if missing:
        hint = f"；不认识的列：{'、'.join(unknown)}" if unknown else ""
        words = f"缺少列 {'、'.join(missing)}（列名要与模板一致）{hint}"
        content.problems.append(Problem(table.name, header.number, "", words))
    elif unknown:
        content.notes.append(f"{table.name}：多出的列没有读取：{'、'.join(unknown)}")
    if table.has_years and not is_long and not year_places:
        words = f"没有年份列；应有 {years[0]}年 至 {years[-1]}年 的列，或“年份”和“数值”两列"
        content.problems.append(Problem(table.name, header.number, "", words))


def _record(row: Row, table: Table, places: Mapping, year_places: Mapping) -> Record:
    def placed(at: int, title: str) -> Placed:
        cell = row.cells[at - 1] if at <= len(row.cells) else EMPTY
        return Placed(cell, cell_name(at, row.number), title)

    record = Record(table.name, row, {name: placed(*place) for name, place in places.items()})
    record.numbers = {year: placed(*place) for year, place in year_places.items()}
    return record


def _note_formulas(content: Content) -> None:
    used = [p for record in content.records for p in (*record.cells.values(), *record.numbers.values())]
    formulas = [place.at for place in used if place.cell.is_formula and place.cell.kind != "uncalculated"]
    if formulas:
        some = "、".join(formulas[:5])
        content.notes.append(
            f"{content.table.name}：{len(formulas)} 个单元格是公式（{some}{'…' if len(formulas) > 5 else ''}），"
            "按文件里存的结果读取"
        )


# Writing ----------------------------------------------------------------------------------------

HEAD = PatternFill("solid", fgColor="12395B")
LOCKED = PatternFill("solid", fgColor="EEF2F6")
PROVISIONAL = PatternFill("solid", fgColor="FFF6DD")
ABOUT = (
    "填表说明",
    "1. 在“指标”“年度目标”“省定标准”里填写或修改，然后在网站“导入”页上传；先看预览，确认之后才生效。",
    "2. 灰底的代码、名称不要改。数字只填数字，不带单位；百分数填 95.5 或 95.5% 都可以。",
    "3. 黄底的是暂定内容，尚未经正式表确认；原样导入即表示确认为正式。演示数据不在表里。",
    "4. 空格表示“本表没有说”：已有的数值保留，不会被清空。",
    "5. “省定标准”里区划代码留空，表示每个县（市）都用这个标准。",
    "6. 不要合并单元格，不要隐藏工作表。可以用 .csv 只导入其中一张表。",
)


def write_workbook(
    tables: Iterable[tuple[Table, Sequence[Mapping]]],
    *,
    years: Sequence[int] = (),
    choices: Mapping[str, Sequence[str]] | None = None,
    about: Sequence[str] = ABOUT,
) -> bytes:
    """A workbook as it is filled in. A row maps names of columns, and years, to values; its key `provisional`
    holds the names and years that are shown as such."""
    book = Workbook()
    book.remove(book.active)
    for table, rows in tables:
        _write_sheet(book.create_sheet(table.name), table, rows, years if table.has_years else (), choices or {})
    if about:
        sheet = book.create_sheet("填表说明")
        sheet.column_dimensions["A"].width = 110
        put_rows(sheet, ([line] for line in about))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write_sheet(sheet, table: Table, rows: Sequence[Mapping], years: Sequence[int], choices: Mapping) -> None:
    before = [column for column in table.columns if column.name != "note"]
    after = [column for column in table.columns if column.name == "note"]
    names: list[Any] = [*(column.name for column in before), *years, *(column.name for column in after)]
    titles = [*(column.title for column in before), *(f"{year}年" for year in years), *(c.title for c in after)]
    columns = {column.name: column for column in table.columns}
    for at, (name, title) in enumerate(zip(names, titles, strict=True), start=1):
        head = sheet.cell(1, at)
        put(head, title)
        head.font, head.fill = Font(bold=True, color="FFFFFF"), HEAD
        head.alignment = Alignment(vertical="center", wrap_text=True)
        column = columns.get(name)
        sheet.column_dimensions[get_column_letter(at)].width = column.width if column else 10
        if column and column.help:
            head.comment = Comment(column.help, "")
        if column and column.choices in choices:
            _add_choices(sheet, get_column_letter(at), choices[column.choices], len(rows))
        elif column:
            _add_limit(sheet, get_column_letter(at), column, len(rows))
    for number, row in enumerate(rows, start=2):
        _write_row(sheet, number, row, names, columns)
    for number in range(len(rows) + 2, len(rows) + 2 + SPARE_ROWS):
        for at, name in enumerate(names, start=1):
            cell = sheet.cell(number, at)
            cell.protection = Protection(locked=False)
            if name in columns and columns[name].format:
                cell.number_format = columns[name].format
    sheet.freeze_panes = sheet.cell(2, 3 if table is INDICATORS else 5)
    sheet.protection.sheet = True
    for freedom in ("formatCells", "formatColumns", "formatRows", "insertRows", "deleteRows", "sort", "autoFilter"):
        setattr(sheet.protection, freedom, False)


def _add_choices(sheet, letter: str, words: Sequence[str], rows: int) -> None:
    listed = f'"{",".join(words)}"'
    if len(listed) > INLINE or any("," in word for word in words):
        listed = _word_list(sheet.parent, words)
    rule = DataValidation(type="list", formula1=listed, allow_blank=True, showErrorMessage=True)
    rule.error = "请从下拉列表里选"
    rule.add(f"{letter}2:{letter}{rows + 1 + SPARE_ROWS}")
    sheet.add_data_validation(rule)


def _word_list(book, words: Sequence[str]) -> str:
    """Words too many for a rule of their own, as a column of a sheet; the reference to it."""
    sheet = book[LISTS] if LISTS in book.sheetnames else book.create_sheet(LISTS)
    column = sheet.max_column + 1 if sheet["A1"].value else 1
    for number, word in enumerate(words, start=1):
        put(sheet.cell(number, column), word)
    letter = get_column_letter(column)
    return f"'{LISTS}'!${letter}$1:${letter}${len(words)}"


def _add_limit(sheet, letter: str, column: Column, rows: int) -> None:
    if column.longest:
        rule = DataValidation(type="textLength", operator="lessThanOrEqual", formula1=str(column.longest))
        rule.error = f"不超过 {column.longest} 个字"
    elif column.least is not None:
        rule = DataValidation(type="decimal", operator="greaterThanOrEqual", formula1=str(column.least))
        rule.error = f"应为不小于 {column.least} 的数字"
    else:
        return
    rule.showErrorMessage, rule.allow_blank = True, True
    rule.add(f"{letter}2:{letter}{rows + 1 + SPARE_ROWS}")
    sheet.add_data_validation(rule)


def _write_row(sheet, number: int, row: Mapping, names: Sequence, columns: Mapping) -> None:
    for at, name in enumerate(names, start=1):
        cell = sheet.cell(number, at)
        put(cell, row.get(name))
        column = columns.get(name)
        if column and column.format:
            cell.number_format = column.format
        is_locked = bool(column and column.is_locked)
        cell.protection = Protection(locked=is_locked)
        if is_locked:
            cell.fill = LOCKED
        elif name in row.get("provisional", ()):
            cell.fill = PROVISIONAL
        if column and column.width >= 30:
            cell.alignment = Alignment(wrap_text=True, vertical="top")


def write_refused(contents: Iterable[tuple[str, Sequence[str], Sequence[tuple[Row, str]]]]) -> bytes:
    """Refused rows as they came, with the cause beside them: (sheet, header, [(row, words)])."""
    book = Workbook()
    book.remove(book.active)
    for name, header, rows in contents:
        sheet = book.create_sheet(name[:31])
        width = max([len(header), *(len(row.cells) for row, _ in rows)])
        titles = [*header, *[""] * (width - len(header)), "原行号", "错误"]
        for at, title in enumerate(titles, start=1):
            put(sheet.cell(1, at), title)
            sheet.cell(1, at).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(width + 2)].width = 80
        for number, (row, words) in enumerate(rows, start=2):
            for at, cell in enumerate(row.cells, start=1):
                put(sheet.cell(number, at), cell.text or None)
            put(sheet.cell(number, width + 1), row.number or None)
            put(sheet.cell(number, width + 2), words)
            sheet.cell(number, width + 2).fill = PROVISIONAL
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
