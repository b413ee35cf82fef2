"""A table of reference areas: one list of columns for template and import, and what a file holds. No database."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from indicators.importing.workbook import MARKS, write_workbook
from lib.numbers import DECIMALS
from lib.tabular.cells import Cell, Spreadsheet, SpreadsheetError, parse_number, words_of_kind
from lib.tabular.table_reading import (
    VALUE,
    YEAR,
    Content,
    Placed,
    Problem,
    Record,
    Table,
    TableColumn,
    read_table,
    year_of,
)

YEARS = range(1950, 2101)
MOST_ROWS = 60_000  # of a csv; a workbook takes as many as elsewhere
LONG = re.compile(r"[+-]?\d{1,9}\.\d{7,}", re.ASCII)  # of more places than are kept, and no larger than a figure is
DIRECTIONS = {"越高越好": 1, "越低越好": -1, "1": 1, "-1": -1, "": 0}
PER_CENT = {"PT", "PERCENT", "PCT", "％", "百分比", "PC"}  # PT: percentage, as SDMX code lists write it
PLACE = TableColumn("area", "地区", ("REF_AREA", "区划代码", "地区名称"), width=18, longest=80)
NAME = TableColumn("name", "指标", ("indicator", "指标名称", "指标代码"), width=30, longest=120)
UNIT = TableColumn("unit", "单位", ("计量单位", "UNIT_MEASURE"), is_required=False, width=12, longest=40)
SAME_AS = TableColumn(
    "code",
    "对应的方案指标",
    ("plan_indicator", "方案指标代码"),
    is_required=False,
    width=16,
    choices="code",
    help="与方案里哪个指标是同一个；不是就留空",
)
DIRECTION = TableColumn(
    "direction", "方向", is_required=False, width=12, choices="direction", help="越高越好，或越低越好；说不准就留空"
)
PEERS = Table("参照地区", (PLACE, NAME, UNIT, SAME_AS, DIRECTION, YEAR, VALUE), has_years=True, marks=MARKS[:1])
ABOUT = (
    "填表说明",
    "1. 每行一个数：哪个地区、哪个指标、哪一年、多少；也可以每年一列（2015年、2016年……）。",
    "2. 单位照原样写。百分数写 % 或 PT。同一单位的指标，才会拿来互相比较。",
    "3. “对应的方案指标”填方案里的指标代码，表示是同一个指标；不是同一个就留空。",
    "4. 参照地区没有登录账号，也没有目标；它们的数只用来说明以往的变化有多大，不进任何评估和汇总。",
    "5. 没有数的年份不要写行，也不要填 0。演示数据不能导入。",
)


@dataclass(frozen=True)
class ReferenceRow:
    """One number of one reference area."""

    area: str
    name: str
    unit: str
    code: str
    direction: int
    year: int
    value: Decimal

    @property
    def key(self) -> tuple[str, str]:
        return self.area, self.name


@dataclass
class PeerReading:
    """What a file asks for, or why it cannot be taken. `shortened`: numbers of more places than are kept."""

    content: Content
    rows: list[ReferenceRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    shortened: int = 0
    empty: int = 0


def template(codes: list[str]) -> bytes:
    """The empty workbook; `codes` are those of the plan's indicators."""
    directions = [word for word in DIRECTIONS if len(word) > 2]
    return write_workbook([(PEERS, [])], choices={"code": codes, "direction": directions}, about=ABOUT)


def read_peers(book: Spreadsheet, indicators: Mapping[str, tuple[str, int]]) -> PeerReading:
    """The rows of a file. `indicators`: (unit, direction) of the plan's, by code. SpreadsheetError where it has no such
    table."""
    name = PEERS.name if PEERS.name in book.sheet_names else book.sheet_names[0]
    content = read_table(book.sheet(name), PEERS, YEARS)
    reading = PeerReading(content, problems=list(content.problems))
    for record in content.records:
        _read_record(record, indicators, reading)
    _check_twice(reading)
    _check_one_unit(reading)
    if not reading.rows and not reading.problems:
        reading.problems.append(Problem(PEERS.name, None, "", "没有一行有数值"))
    return reading


def _read_record(record: Record, indicators: Mapping[str, tuple[str, int]], reading: PeerReading) -> None:
    before = len(reading.problems)
    reading.problems += record.unreadable("value")
    if record.text("is_demo").strip() in {"是", "true", "TRUE", "1"}:
        reading.problems.append(record.problem("is_demo", "这一行标着演示数据，不能当参照数据导入；请删去这一行"))
    area, name = (_text(record, column, reading) for column in (PLACE, NAME))
    unit, code, direction = _about(record, indicators, reading)
    for place, year in _numbers(record, reading):
        if place.cell.is_empty:
            reading.empty += 1
            continue
        value = _value(record, place, unit, reading)
        if value is not None and len(reading.problems) == before:
            reading.rows.append(ReferenceRow(area, name, unit, code, direction, year, value))


def _text(record: Record, column: TableColumn, reading: PeerReading) -> str:
    text = record.text(column.name).strip()
    if not text:
        reading.problems.append(record.problem(column.name, f"没有填{column.title}"))
    if len(text) > column.longest:
        reading.problems.append(record.problem(column.name, f"{column.title}超过 {column.longest} 字，请缩短"))
    return text


def _about(record: Record, indicators: Mapping[str, tuple[str, int]], reading: PeerReading) -> tuple[str, str, int]:
    """Unit, code of the plan's indicator, direction."""
    unit = record.text("unit").strip()
    unit = "%" if unit.upper() in PER_CENT else unit
    if len(unit) > UNIT.longest:
        reading.problems.append(record.problem("unit", f"单位超过 {UNIT.longest} 字，请缩短"))
    code, said = record.text("code").strip().upper(), record.text("direction").strip()
    if said not in DIRECTIONS:
        reading.problems.append(record.problem("direction", f"“{said[:20]}”不认识；填 越高越好、越低越好，或留空"))
    direction = DIRECTIONS.get(said, 0)
    if not code:
        return unit, "", direction
    if code not in indicators:
        reading.problems.append(record.problem("code", f"方案里没有指标 {code[:20]}；不是同一个指标就留空"))
        return unit, "", direction
    own_unit, own_direction = indicators[code]
    if unit and unit != own_unit:
        words = f"{code} 的单位是 {own_unit}，这里写的是 {unit}；请换算，或不填“{SAME_AS.title}”"
        reading.problems.append(record.problem("unit", words))
    if direction and direction != own_direction:
        reading.problems.append(record.problem("direction", f"与方案里 {code} 的方向相反；请核对"))
    return own_unit, code, own_direction


def _numbers(record: Record, reading: PeerReading) -> Iterator[tuple[Placed, int]]:
    """Each number of the row with its year: one, or a column a year."""
    if record.numbers:
        for number in record.numbers:
            if number.year is not None:
                yield number.place, number.year
        return
    text = record.text("year")
    year = year_of(text)
    if year is None or year not in YEARS:
        reading.problems.append(record.problem("year", f"“{text[:20]}”不是年份；应为四位数字，例如 2024"))
    elif "value" in record.cells:
        yield record.cells["value"], year


def _value(record: Record, place: Placed, unit: str, reading: PeerReading) -> Decimal | None:
    cell = place.cell
    if LONG.fullmatch(cell.text):
        cell = Cell(f"{round(Decimal(cell.text), DECIMALS):f}")
        reading.shortened += 1
    try:
        return parse_number(cell, is_percent=unit == "%")
    except SpreadsheetError as error:
        words = words_of_kind(cell) if not cell.text else str(error)
        reading.problems.append(Problem(record.sheet, record.row.number, f"{place.at} {place.title}", words))
        return None


def _check_twice(reading: PeerReading) -> None:
    seen = set()
    for row in reading.rows:
        key = (*row.key, row.year)
        if key in seen:
            words = f"{row.area} {row.name} {row.year} 年出现了两次；请只留一行"
            reading.problems.append(Problem(PEERS.name, None, "", words))
        seen.add(key)


def _check_one_unit(reading: PeerReading) -> None:
    """A series has one unit, one direction, and stands for one indicator of the plan."""
    said: dict[tuple[str, str], tuple] = {}
    for row in reading.rows:
        about = (row.unit, row.code, row.direction)
        if said.setdefault(row.key, about) != about:
            words = f"{row.area} {row.name}：各行的单位、对应的方案指标或方向不一致；同一数列应相同"
            reading.problems.append(Problem(PEERS.name, None, "", words))
            said[row.key] = about
