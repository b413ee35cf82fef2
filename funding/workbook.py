"""Flows as a table: one list of columns for template, import and export. No database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from funding.actions import FlowRow
from indicators.importing.workbook import AREA_NAME, write_workbook
from lib.partial_dates import read_day
from lib.tabular.cells import Row, Spreadsheet, SpreadsheetError, parse_number
from lib.tabular.table_reading import Content, Problem, Record, Table, TableColumn, normal, read_table, year_of

COLUMNS = (
    TableColumn("area", "区划代码", ("县市代码",), width=10, choices="area", help="六位数字，从下拉列表里选"),
    AREA_NAME,
    TableColumn(
        "year",
        "资金年度",
        ("年份", "年度"),
        width=10,
        least=2000,
        most=2100,
        is_whole=True,
        help="这笔钱属于哪一年的预算或计划",
    ),
    TableColumn("source", "资金代码", ("来源代码",), width=10, choices="source", help="从下拉列表里选"),
    TableColumn("source_name", "资金来源", is_required=False, width=28),
    TableColumn(
        "state", "资金状态", ("状态",), width=10, choices="state", help="计划、下达、到位、支付，每个阶段各登一行"
    ),
    TableColumn("amount_wan", "金额（万元）", ("金额",), width=16, least=0, unit="万元"),
    TableColumn("happened_on", "办理日期", ("日期",), width=12, help="例：2024-03-15"),
    TableColumn("project", "项目编号", is_required=False, width=12, help="没有对应项目的留空"),
    TableColumn("project_name", "项目名称", is_required=False, width=28),
    TableColumn("field", "领域", is_required=False, width=14, choices="field", help="有项目的不用填"),
    TableColumn("document", "文号", ("依据文件",), is_required=False, width=28, longest=200),
    TableColumn("kind", "类别", is_required=False, width=8),
)
DEMO = TableColumn("is_demo", "演示数据", is_required=False)
FLOWS = Table("资金流水", COLUMNS, marks=(DEMO,))
TITLES = [column.title for column in COLUMNS]
ABOUT = (
    "填表说明",
    "1. 每行一笔；同一笔钱到了新的阶段（下达、到位、支付），再登一行。四个阶段各自统计，不相加。",
    "2. 金额单位是万元，只填数字；不能为负。要改已登记的，请在网站上“更正”，不要在这里填负数。",
    "3. 在网站“资金—批量导入”上传；先看预览，确认之后才登记。有一处错误就一笔也不登记。",
    "4. 不要合并单元格，不要隐藏工作表。也可以用 .csv。",
)


@dataclass
class FlowsReading:
    """What a file asks for: `rows` with the number of the line that each stands on, or why it cannot be taken."""

    content: Content
    rows: list[FlowRow] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def refused(self) -> list[tuple[str, list[str], list[tuple[Row, str]]]]:
        """For `write_refused`: every row as it came, the causes beside those that are refused, so that the mended copy
        is the whole file again; what concerns the sheet has a row of its own."""
        causes: dict[int, list[str]] = {}
        for problem in self.problems:
            causes.setdefault(problem.row or 0, []).append("：".join(filter(None, [problem.column, problem.words])))
        whole = [(Row(0, []), "；".join(causes[0]))] if 0 in causes else []
        rows = [(r.row, "；".join(causes.get(r.row.number, []))) for r in self.content.records]
        listed = [*whole, *rows]
        return [(FLOWS.name, self.content.header, listed)]


def template(choices: Mapping[str, Sequence[str]]) -> bytes:
    """The empty workbook. choices: the words of `source`, `state`, `field`."""
    return write_workbook([(FLOWS, [])], choices=choices, about=ABOUT)


@dataclass(frozen=True)
class FlowWords:
    """What a file may call things: {label or code: code} of states, fields and counties, {code: name} of sources."""

    states: Mapping[str, str]
    fields: Mapping[str, str]
    areas: Mapping[str, str]
    sources: Mapping[str, str]


def read_flows(book: Spreadsheet, words: FlowWords) -> FlowsReading:
    """The rows of a file. SpreadsheetError where no sheet is ours."""
    name = FLOWS.name if FLOWS.name in book.sheet_names else book.sheet_names[0]
    content = read_table(book.sheet(name), FLOWS, range(0))
    reading = FlowsReading(content, problems=list(content.problems))
    for record in content.records:
        row = _row(record, words, reading.problems)
        if row is not None:
            reading.rows.append(row)
            reading.lines.append(record.row.number)
    return reading


def _row(record: Record, words: FlowWords, problems: list[Problem]) -> FlowRow | None:
    """The row, or None with every cause added to `problems`."""
    before = len(problems)
    problems += record.unreadable("amount_wan")

    def read(name: str, parse):
        try:
            return parse(record)
        except SpreadsheetError as error:
            problems.append(record.problem(name, str(error)))
            return None

    values = {
        "area": read("area" if record.text("area") else "area_name", lambda r: _area(r, words.areas)),
        "source": read("source_name" if record.text("source_name") else "source", lambda r: _source(r, words.sources)),
        "year": read("year", _year),
        "state": read("state", lambda r: _named(r.text("state"), words.states, "资金状态")),
        "amount_wan": read("amount_wan", _amount),
        "happened_on": read("happened_on", _day),
        "field": read("field", lambda r: _named(r.text("field"), words.fields, "领域") if r.text("field") else ""),
    }
    read("kind", _refuse_corrections)
    read("is_demo", _refuse_demonstration)
    if len(problems) > before:
        return None
    texts: dict[str, Any] = {"project": record.text("project").upper(), "document": record.text("document")}
    return FlowRow(**values, **texts)


def _area(record: Record, areas: Mapping[str, str]) -> str:
    """The county's code, by its code or its name alone; where both are given they must agree."""
    code, name = record.text("area"), record.text("area_name")
    if not code and name and name not in areas:
        raise SpreadsheetError(f"没有名为“{name}”的地区；请填区划代码")
    if code and name and areas.get(name, code) != code:
        raise SpreadsheetError(f"代码 {code} 与“{name}”不是同一个地区；请核对")
    if code and name and name not in areas and code in areas.values():
        raise SpreadsheetError(f"没有名为“{name}”的地区，而代码是 {code}；请核对")
    return code or areas.get(name, "")


def _source(record: Record, sources: Mapping[str, str]) -> str:
    """The code of the money's source; a name beside it must be its own."""
    code, name = record.text("source").upper(), record.text("source_name")
    if name and code in sources and normal(name) != normal(sources[code]):
        raise SpreadsheetError(f"{code} 是“{sources[code]}”，表中写的是“{name}”；请核对")
    return code


def _year(record: Record) -> int:
    year = year_of(record.text("year"))
    if year is None:
        raise SpreadsheetError(f"“{record.text('year')}”不是年份；应为四位数字，例如 2024")
    return year


def _amount(record: Record) -> Decimal:
    cell = record.cells["amount_wan"].cell
    if cell.is_empty:
        raise SpreadsheetError("没有填金额；没有发生的请删去这一行")
    return parse_number(cell, unit="万元")


def _day(record: Record) -> date:
    text = record.text("happened_on")
    try:
        return read_day(text)
    except ValueError as error:
        raise SpreadsheetError(f"“{text}”不是日期；例：2024-03-15") from error


def _named(text: str, known: Mapping[str, str], what: str) -> str:
    if text.strip() not in known:
        some = "、".join(word for word in known if not word.isascii())
        raise SpreadsheetError(f"{what}“{text}”不认识；可选：{some}")
    return known[text.strip()]


def _refuse_demonstration(record: Record) -> None:
    if normal(record.text("is_demo")) in {"是", "true", "1", "yes"}:
        raise SpreadsheetError("这一行标着演示数据，不是真实的资金，不能登记；请删去这一行")


def _refuse_corrections(record: Record) -> None:
    if record.text("kind").strip() in {"更正", "correction"}:
        raise SpreadsheetError("更正不能导入；请在网站上打开那一笔，用“更正”")
