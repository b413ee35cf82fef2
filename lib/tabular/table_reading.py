"""A sheet as a table: which row is the header, which column is which, which rows are data. One rule for every door.

A table says its columns; a file may write them under other names, in another order, with a title above and notes below.
Numbers stand long (one a row, with its year) or wide: a column a year, a column a county."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from lib.tabular.cells import (
    EMPTY,
    POWERS_OF_YUAN,
    UNREADABLE,
    Cell,
    Row,
    Sheet,
    cell_name,
    conversion_words,
    hidden_notes,
    ranges_in,
    rounded_note,
    same_unit,
    words_of_kind,
)
from lib.tabular.parted_lines import PARTED, PartedLines, untitled_cells

HEADER_ROWS, MOST_NAMED = 10, 5
# What stands below a table and is no row of it.
CLOSING = re.compile(
    r"(?:注|备注|说明|附注|数据来源|资料来源|来源|填表人|填报人|填报单位|填报日期|制表|制表人|审核人?|复核人?"
    r"|负责人|单位负责人|联系人|联系电话|日期|单位)\d{0,2}\s*[：:、.．].*|[*※＊].+",
    re.DOTALL,
)
TOTALS = re.compile(
    r"(?:全[市省县区州]|[\d一二三四五六七八九十]{1,3}个?(?:县|市|区|地区|县市|县\(市\)|县市区|县\(市、?区\)))?"
    r"(?:合计|总计|小计|共计|平均|平均值)|全市|total"
)
STATED_UNIT = re.compile(r"单位[ ]?[：:][ ]?([^\s）)，,；;]{1,20})")


@dataclass(frozen=True)
class TableColumn:
    """`choices` is the name of a list of words given when a workbook is written; `format` a number format ("@": what
    is typed stays a text); `longest` in characters, `least` and `most` limit what may be typed, `is_number` and
    `is_whole` what kind of number; `unit` of its numbers."""

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
    most: int | None = None
    is_number: bool = False
    is_whole: bool = False
    unit: str = ""

    def answers_to(self, title: str) -> bool:
        return normal(title) in {normal(word) for word in (self.name, self.title, *self.aliases)}


@dataclass(frozen=True)
class Table:
    """`has_years`: numbers may stand in a column a year, or a county. `marks`: columns that are read where they are
    there, and are in no template: what our own exports say of a row."""

    name: str
    columns: tuple[TableColumn, ...]
    has_years: bool = False
    marks: tuple[TableColumn, ...] = ()

    @property
    def titles(self) -> str:
        return "、".join(column.title for column in self.columns if column.is_required)


YEAR = TableColumn("year", "年份", ("年", "年度", "TIME_PERIOD"))
VALUE = TableColumn("value", "数值", ("目标值", "标准值", "实际值", "目标", "标准", "OBS_VALUE"), is_number=True)


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


class WideNumber(NamedTuple):
    """A number of a wide table: of which area and year its column says it is ("" and None: the row says)."""

    area: str
    year: int | None
    place: Placed


@dataclass
class Record:
    """One row of a table; `numbers` where the table is wide, else empty."""

    sheet: str
    row: Row
    cells: dict[str, Placed]
    numbers: list[WideNumber] = field(default_factory=list)

    def text(self, name: str) -> str:
        return self.cells[name].cell.text if name in self.cells else ""

    def unreadable(self, *numbers: str) -> list[Problem]:
        """Cells whose content nobody sees or nobody has worked out, but for those of `numbers`, which say so when
        they are read."""
        asked = {name: place.cell for name, place in self.cells.items() if name not in numbers}
        return [self.problem(name, words_of_kind(cell)) for name, cell in asked.items() if cell.kind in UNREADABLE]

    def problem(self, name: str, words: str) -> Problem:
        place = self.cells.get(name)
        return Problem(self.sheet, self.row.number, f"{place.at} {place.title}" if place else "", words)


@dataclass
class Content:
    """What a sheet holds: its header as it was written, its records, what is wrong with it as a whole. `unit`: the
    one that stands above the table for all of it. `source`: the sheet's name in the file."""

    table: Table
    source: str = ""
    header_row: int = 0
    header: list[str] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    columns: set[str] = field(default_factory=set)
    unit: str = ""


@dataclass
class _Places:
    """Where each column stands, with its title: by name, and those of wide numbers by area and year."""

    named: dict[str, tuple[int, str]] = field(default_factory=dict)
    wide: dict[tuple[str, int | None], tuple[int, str]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    def place_of(self, name: str) -> int:
        """The number of a column, from 1; 0 where there is none."""
        return self.named[name][0] if name in self.named else 0


def normal(text: str) -> str:
    """A header as it is compared: width, spaces, line breaks and asterisks do not matter."""
    return re.sub(r"[\s*：:]", "", unicodedata.normalize("NFKC", text)).lower()


def year_of(title: str) -> int | None:
    """2024, 2024年, 2024年目标, ２０２４年度 → 2024."""
    found = re.fullmatch(r"((?:19|20)\d\d)(?:年|年度)?(?:目标|标准|目标值|标准值|数值|实际值)?", normal(title))
    return int(found.group(1)) if found else None


def read_table(sheet: Sheet, table: Table, years: range, areas: Mapping[str, str] | None = None) -> Content:
    """The records of a sheet. What concerns the whole sheet stands in `problems`; then there are no records.

    areas: {name or code: code}, of which a column may bear the name."""
    content = Content(table, sheet.name)
    if not sheet.rows:
        words = "工作表是空的；请按模板填写，或删去这个工作表"
        content.problems.append(Problem(table.name, None, "", words))
        return content
    header = next((row for row in sheet.rows[:HEADER_ROWS] if _is_header(row, table)), None)
    if header is None:
        words = f"没有找到表头：前 {HEADER_ROWS} 行里应有一行写着 {table.titles}"
        content.problems.append(Problem(table.name, None, "", words))
        return content
    content.header, content.header_row = [cell.text for cell in header.cells], header.number
    content.unit = _unit_above(sheet, header)
    places = _columns(header, table, years, areas or {}, content)
    _check_merged(sheet, header, content)
    if content.unit:
        _check_unit_above(table, places, content)
    if not content.problems:
        _read_records(sheet, header, table, places, content)
    return content


def _check_merged(sheet: Sheet, header: Row, content: Content) -> None:
    merged = list(ranges_in(sheet, header.number, sheet.rows[-1].number))
    if merged:
        words = f"有合并单元格 {'、'.join(merged[:5])}；请取消合并，每行、每格各填各的"
        content.problems.append(Problem(content.table.name, None, merged[0], words))


def _read_records(sheet: Sheet, header: Row, table: Table, places: _Places, content: Content) -> None:
    parted = PartedLines(sheet, header, value=places.place_of("value"), note=places.place_of("note"))
    untitled: list[str] = []
    for row in sheet.rows:
        if row.number <= header.number:
            continue
        closing = _closing_words(row, places)
        if closing:
            content.notes.append(f"{table.name}：第 {row.number} 行“{closing}”不是数据，没有读取")
            continue
        content.records.append(_record(row, table, places))
        if parted.has(row):
            content.problems.append(Problem(table.name, row.number, "", PARTED))
        if not sheet.widths:
            untitled += untitled_cells(row, header)
    if untitled:
        content.notes.append(f"{table.name}：{_first_of(untitled)} 上面没有列名，没有读取")
    content.notes += [f"{table.name}：{note}" for note in hidden_notes(sheet, header.number + 1)]
    _note_cells(content)
    if not content.records:
        content.problems.append(Problem(table.name, None, "", "表头下面没有数据"))


def _closing_words(row: Row, places: _Places) -> str:
    """The words of a line below the table; "" for a row of it. A note has a line of its own; a total stands where
    areas or codes do."""
    filled = [(at, cell.text) for at, cell in enumerate(row.cells, start=1) if not cell.is_empty]
    at, text = filled[0]
    has_key = _has_key(row, places, after=at)
    if CLOSING.fullmatch(text) and (len(filled) == 1 or not has_key):
        return text[:20]
    return text if TOTALS.fullmatch(normal(text)) and not has_key else ""


def _first_of(cells: list[str]) -> str:
    """As many as a reader takes in, and whether there are more."""
    more = "…" if len(cells) > MOST_NAMED else ""
    return "、".join(cells[:MOST_NAMED]) + more


def _has_key(row: Row, places: _Places, *, after: int) -> bool:
    """Whether the row says which area or indicator it is about, apart from its first words."""
    keys = {places.place_of(name) for name in ("area", "code")} - {0, after}
    return any(at <= len(row.cells) and not row.cells[at - 1].is_empty for at in keys)


# The header -------------------------------------------------------------------------------------


def _is_header(row: Row, table: Table) -> bool:
    titles = [cell.text for cell in row.cells if cell.text]
    known = [column for column in _readable(table) if any(column.answers_to(title) for title in titles)]
    required = [column for column in table.columns if column.is_required]
    return len(known) >= 2 and len(known) * 2 >= len(required)


def _readable(table: Table) -> tuple[TableColumn, ...]:
    own = {column.name for column in table.columns}
    more = [column for column in (YEAR, VALUE) if table.has_years and column.name not in own]
    return (*table.columns, *more, *table.marks)


def _columns(header: Row, table: Table, years: range, areas: Mapping[str, str], content: Content) -> _Places:
    """Where each column stands; missing, doubled, unknown ones go to `content`."""
    places = _Places()
    for at, cell in enumerate(header.cells, start=1):
        if cell.text:
            _place_column(at, cell.text, header, table, areas, places, content)
    content.columns = set(places.named)
    _check_columns(header, table, years, content, places)
    return places


def _place_column(
    at: int, title: str, header: Row, table: Table, areas: Mapping[str, str], places: _Places, content: Content
) -> None:
    column = next((column for column in _readable(table) if column.answers_to(title)), None)
    wide = _wide_key(title, areas) if table.has_years and column is None else None
    if column is None and wide is None:
        places.unknown.append(title)
        return
    found: dict = places.named if column else places.wide
    key = column.name if column else wide
    if key in found:
        first, _title = found[key]
        words = f"“{title}”列出现了两次（{cell_name(first, header.number)}）；请删去一列"
        content.problems.append(Problem(table.name, header.number, cell_name(at, header.number), words))
    else:
        found[key] = (at, title)


def _wide_key(title: str, areas: Mapping[str, str]) -> tuple[str, int | None] | None:
    """Of which area and year a column's numbers are, by its title: 2024年, 桐庐县, 桐庐县2024年."""
    year = year_of(title)
    if year is not None:
        return ("", year)
    named = {normal(name): code for name, code in areas.items()}
    bare = normal(title)
    if bare in named:
        return (named[bare], None)
    both = re.fullmatch(r"(?P<before>(?:19|20)\d\d年?)?(?P<area>\D+?)(?P<after>(?:19|20)\d\d年?)?", bare)
    if both is None or both["area"] not in named:
        return None
    words_of_year = both["before"] or both["after"]
    return (named[both["area"]], year_of(words_of_year)) if words_of_year else None


def _check_columns(header: Row, table: Table, years: range, content: Content, places: _Places) -> None:
    has_area_columns = any(area for area, _year in places.wide)
    required = [column for column in table.columns if column.is_required]
    missing = [column.title for column in required if not _is_told(column.name, places, has_area_columns)]
    if missing:
        hint = f"；不认识的列：{'、'.join(places.unknown)}" if places.unknown else ""
        words = f"缺少列 {'、'.join(missing)}（列名要与模板一致）{hint}"
        content.problems.append(Problem(table.name, header.number, "", words))
    elif places.unknown:
        content.notes.append(f"{table.name}：多出的列没有读取：{'、'.join(places.unknown)}")
    if table.has_years:
        _check_years(header, table, years, content, places)


def _is_told(name: str, places: _Places, has_area_columns: bool) -> bool:
    """Whether a required column stands there, or another that says the same."""
    if name in places.named:
        return True
    if name == "area":
        return "area_name" in places.named or has_area_columns
    return name in {"year", "value"} and bool(places.wide) and name not in places.named


def _check_years(header: Row, table: Table, years: range, content: Content, places: _Places) -> None:
    is_long = {"year", "value"} <= set(places.named)
    if is_long and places.wide:
        words = "既有“年份”“数值”两列，又有按年份或地区的列；请只用一种写法"
        content.problems.append(Problem(table.name, header.number, "", words))
    without_year = any(year is None for _area, year in places.wide)
    if without_year and "year" not in places.named:
        words = "按地区分列的表要有“年份”一列"
        content.problems.append(Problem(table.name, header.number, "", words))
    elif not is_long and not places.wide:
        words = f"没有年份列；应有 {years[0]}年 至 {years[-1]}年 的列，或“年份”和“数值”两列"
        content.problems.append(Problem(table.name, header.number, "", words))


def _unit_above(sheet: Sheet, header: Row) -> str:
    """The unit of money or per cent that a line above the header gives for the whole table; "" where none does."""
    for row in sheet.rows:
        if row.number >= header.number:
            break
        for cell in row.cells:
            found = STATED_UNIT.search(cell.text)
            unit = found.group(1) if found else ""
            if unit in POWERS_OF_YUAN or unit in {"%", "％"}:
                return unit
    return ""


def _check_unit_above(table: Table, places: _Places, content: Content) -> None:
    """Amounts in a fixed unit below words that name another."""
    for column in table.columns:
        is_there = bool(column.unit) and column.name in places.named
        if is_there and not same_unit(content.unit, column.unit):
            hint = conversion_words(content.unit, column.unit)
            words = f"表上方写的是“单位：{content.unit}”，这一列的单位是 {column.unit}；{hint}"
            content.problems.append(Problem(table.name, None, column.title, words))


# Rows -------------------------------------------------------------------------------------------


def _record(row: Row, table: Table, places: _Places) -> Record:
    def placed(at: int, title: str) -> Placed:
        cell = row.cells[at - 1] if at <= len(row.cells) else EMPTY
        return Placed(cell, cell_name(at, row.number), title)

    record = Record(table.name, row, {name: placed(*place) for name, place in places.named.items()})
    record.numbers = [WideNumber(area, year, placed(*place)) for (area, year), place in places.wide.items()]
    return record


def _note_cells(content: Content) -> None:
    """What the reader had to interpret in the cells that it read: numbers shown rounded, formulas."""
    used: list[Placed] = []
    for record in content.records:
        used += record.cells.values()
        used += [number.place for number in record.numbers]
    rounded = rounded_note((place.at, place.cell) for place in used)
    if rounded:
        content.notes.append(f"{content.table.name}：{rounded}")
    formulas = [place.at for place in used if place.cell.is_formula and place.cell.kind != "uncalculated"]
    if formulas:
        words = f"{len(formulas)} 个单元格是公式（{_first_of(formulas)}），按文件里存的结果读取"
        content.notes.append(f"{content.table.name}：{words}")
