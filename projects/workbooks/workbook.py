"""The register as a workbook: three tables for template, download and upload. No database.

A column bears the name of the form's field that reads it, so that what a form refuses has its place in the file."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from indicators.importing.workbook import write_workbook
from lib.partial_dates import read_partial
from lib.tabular.cells import Row, Spreadsheet, SpreadsheetError
from lib.tabular.table_reading import Content, Problem, Record, Table, TableColumn, read_table

NEW = "新"
CODE_HELP = "不可改；新项目写 新1、新2……，其他两张表用它指明是哪个项目"
CODE = TableColumn("code", "项目编号", ("编号",), is_locked=True, width=12, help=CODE_HELP, format="@")
NAME_BESIDE = TableColumn("project", "项目", is_required=False, is_locked=True, width=30)
VERSION = TableColumn(
    "version", "版本", is_required=False, is_locked=True, width=7, help="不可改；用来发现别人同时改了"
)
REASON = TableColumn("reason", "理由", ("修改理由",), is_required=False, width=24, longest=200, format="@")
DATES = {"starts", "ends", "completed", "landed_on", "dated"}
DATED: dict[str, Any] = {
    "is_required": False,
    "format": "@",
    "longest": 20,
    "help": "2025、2025-06 或 2025-06-30，知道到哪写到哪",
}


def _text(name: str, title: str, longest: int, width: int, help: str = "") -> TableColumn:
    return TableColumn(name, title, is_required=False, width=width, longest=longest, help=help, format="@")


PROJECTS = Table(
    "项目",
    (
        CODE,
        VERSION,
        TableColumn("name", "项目名称", width=34, longest=120, format="@"),
        TableColumn(
            "shares",
            "地区分摊",
            ("县（市）分摊",),
            width=26,
            help="地区名称，空格，百分比；几个地区用分号隔开",
            format="@",
        ),
        TableColumn("field_id", "领域", width=14, choices="field_id"),
        TableColumn("chapter_id", "章节", is_required=False, width=20, choices="chapter_id"),
        TableColumn("organisation_id", "责任单位", is_required=False, width=22, choices="organisation_id"),
        TableColumn("is_industrial", "产业项目", is_required=False, width=9, choices="is_industrial"),
        TableColumn("state", "项目状态", is_required=False, width=10, choices="state", help="停滞、取消要写理由"),
        TableColumn("starts", "开工", width=11, **DATED),
        TableColumn("ends", "计划完工", width=11, **DATED),
        TableColumn("completed", "实际完工", width=11, **DATED),
        TableColumn("landed_on", "落地日期", is_required=False, width=12, help="例：2024-03-15", format="@"),
        TableColumn("landing_basis", "落地认定", is_required=False, width=11, choices="landing_basis"),
        _text("landing_words", "落地认定说明", 200, 24),
        _text("schedule", "年度投资计划", 400, 30, "年份，空格，亿元；几年用分号隔开：2025 1.5；2026 3"),
        _text("contributions", "对指标的预期贡献", 1000, 34, "指标代码，地区，年份，贡献，用空格隔开；几项用分号隔开"),
        _text("source", "出处", 200, 24),
        _text("note", "说明", 2000, 30),
        REASON,
    ),
)
AMOUNTS = Table(
    "投资额",
    (
        CODE,
        NAME_BESIDE,
        TableColumn("id", "记录号", is_required=False, is_locked=True, width=9, help="不可改；新的一笔留空"),
        TableColumn("stage", "投资阶段", width=11, choices="stage"),
        TableColumn("amount_yi", "金额（亿元）", ("金额",), width=13, least=0, unit="亿元"),
        TableColumn("dated", "日期", width=11, **DATED),
        _text("source", "出处", 200, 28),
        REASON,
    ),
)
PROGRESS = Table(
    "季度进展",
    (
        CODE,
        NAME_BESIDE,
        VERSION,
        TableColumn("year", "年份", width=8, least=2000, most=2100, is_whole=True),
        TableColumn("quarter", "季度", width=8, choices="quarter"),
        TableColumn(
            "completed_yi",
            "累计完成投资（亿元）",
            ("累计完成投资",),
            is_required=False,
            width=13,
            least=0,
            unit="亿元",
        ),
        _text("image", "形象进度", 2000, 34),
        _text("problem", "存在问题", 2000, 34),
        _text("next_step", "下一步", 2000, 34),
    ),
)
TABLES = (PROJECTS, AMOUNTS, PROGRESS)
ABOUT = (
    "填表说明",
    "1. 改哪格填哪格，然后在网站“项目—批量登记”上传；先看预览，确认之后才生效。有一处错误就一项也不保存。",
    "2. 灰底的编号、版本、记录号不要改。新项目在“项目”表末尾另起一行，编号写 新1、新2……",
    "3. 新项目的投资额和进展写在另外两张表里，编号同样写 新1、新2……",
    "4. “投资额”里改一笔已有的，登记为更正，原来的留着可查；新的一笔另起一行，记录号留空。",
    "5. “季度进展”的累计完成投资自开工起算，单位亿元；同一季度改了再传，记为新的一版。",
    "6. 删去一行不会删除项目、投资额或进展；表里没有的一律不动。",
    "7. 不要合并单元格，不要隐藏工作表。用 .csv 只能传“项目”一张表。",
)
Rows = Mapping[str, Sequence[Mapping]]


@dataclass
class RegisterReading:
    """What a file holds: the records of each table by its name, and what is wrong before any is looked at."""

    contents: list[Content] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def records(self, table: Table) -> list[Record]:
        own = [content.records for content in self.contents if content.table is table]
        return list(chain.from_iterable(own))

    @property
    def notes(self) -> list[str]:
        return list(chain.from_iterable(content.notes for content in self.contents))

    def copy_with(self, problems: Iterable[Problem]) -> list[tuple[str, list[str], list[tuple[Row, str]]]]:
        """For `write_refused`: every row as it came, the causes beside those that are refused; what concerns a whole
        sheet has a row of its own."""
        causes: dict[tuple, list[str]] = {}
        for problem in problems:
            words = "：".join(filter(None, [problem.column, problem.words]))
            causes.setdefault((problem.sheet, problem.row), []).append(words)
        sheets = []
        for content in self.contents:
            name = content.table.name
            whole = [(Row(0, []), "；".join(words)) for (of, row), words in causes.items() if (of, row) == (name, None)]
            rows = [(r.row, "；".join(causes.get((name, r.row.number), []))) for r in content.records]
            sheets.append((name, content.header, [*whole, *rows]))
        return sheets


def write_register(rows: Rows, choices: Mapping[str, Sequence[str]]) -> bytes:
    """The workbook with `rows` of each table by its name; without any it is the empty template."""
    return write_workbook([(table, rows.get(table.name, ())) for table in TABLES], choices=choices, about=ABOUT)


def read_register(book: Spreadsheet) -> RegisterReading:
    """The records of every sheet that is ours. SpreadsheetError where none is, or none holds a row."""
    if book.kind == "csv":
        found = [(PROJECTS, book.sheet_names[0])]
    else:
        found = [(table, table.name) for table in TABLES if table.name in book.sheet_names]
    if not found:
        names = "、".join(table.name for table in TABLES)
        raise SpreadsheetError(f"没有名为 {names} 的工作表；请下载本平台的表，填好再上传")
    reading = RegisterReading()
    for table, name in found:
        sheet = book.sheet(name)
        if len(sheet.rows) < 2 and (book.kind != "csv" and len(found) > 1):
            continue  # only the header: nothing said
        content = read_table(sheet, table, range(0))
        reading.contents.append(content)
        reading.problems += content.problems
    if not reading.contents:
        raise SpreadsheetError("表里没有数据行；请填好再上传")
    return reading


def said(record: Record, name: str) -> str | None:
    """What a cell says, a date in ISO as far as it goes; None where the file has no such column."""
    if name not in record.cells:
        return None
    text = record.text(name)
    try:
        return read_partial(text) if name in DATES and text else text
    except ValueError:
        return text  # the form says what is wrong with it


def is_new(code: str | None) -> bool:
    """A project that the register has not: nothing, or 新1."""
    return not code or code.startswith(NEW)
