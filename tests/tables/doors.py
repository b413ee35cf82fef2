"""Every door by which a table comes in, as one thing: a book with many cells to be read there, and what the door reads
of each. A cell is (what stands in it, its number format)."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from openpyxl import Workbook, load_workbook

from accounts.models import User
from funding.upload import preview_flows
from indicators.importing.tables import preview_observations, preview_plan
from projects.models import ProjectAmount
from projects.workbooks.upload import preview_upload as preview_projects
from reporting.workbooks.layout import AT, HEADER_ROW, SHEET, SheetRow, marker_of, write_workbook
from reporting.workbooks.reading import read_upload

Cells = Sequence[tuple[object, str]]
AREAS, YEARS = ("330122", "330127", "330182"), range(2022, 2028)
REFUSED = "refused"


@dataclass(frozen=True)
class Door:
    """`most` cells go into one book; `unit` is that of each; `text` writes the same table as a csv's rows."""

    name: str
    unit: str
    most: int
    make: Callable[[Cells], bytes]
    read: Callable[[bytes, str, User], dict[int, Decimal | str]]
    text: Callable[[Sequence[str]], list[list[str]]] | None = None


def book_of(title: str, rows: Sequence[Sequence], formats: dict[tuple[int, int], str], first: Sequence | None = None):
    """A workbook with a sheet of these rows, after those of `first`; formats by (row, column)."""
    book = Workbook()
    sheet = book.active
    if first:
        sheet.title = first[0]
        for row in first[1:]:
            sheet.append(row)
        sheet = book.create_sheet(title)
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for (row, column), code in formats.items():
        sheet.cell(row, column).number_format = code
    return saved(book)


def saved(book) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def keys() -> list[tuple[str, int]]:
    return [(area, year) for area in AREAS for year in YEARS]


def amount_of(shown: str) -> Decimal:
    return Decimal(shown.partition(" ")[0].replace(",", ""))


# Official values: one a row -----------------------------------------------------------------------

OBSERVED = ["区划代码", "指标代码", "年份", "数值"]


def observed_rows(contents: Sequence) -> list[list]:
    found = zip(keys(), contents, strict=False)
    return [OBSERVED, *([area, "P09", year, content] for (area, year), content in found)]


def make_observed(cells: Cells) -> bytes:
    formats = {(at, 4): code for at, (_content, code) in enumerate(cells, start=2)}
    return book_of("官方数值", observed_rows([content for content, _code in cells]), formats)


def read_observed(content: bytes, name: str, user: User) -> dict:
    lines = preview_observations(content, name).lines
    return {line.row - 2: REFUSED if line.verdict == "refused" else amount_of(line.new) for line in lines}


# Targets: a year a column -------------------------------------------------------------------------


def make_targets(cells: Cells) -> bytes:
    width = len(YEARS)
    given = [cells[at : at + width] for at in range(0, len(cells), width)]
    rows = [[area, "P09", *(content for content, _code in row)] for area, row in zip(AREAS, given, strict=False)]
    formats = {(at // width + 2, at % width + 3): code for at, (_content, code) in enumerate(cells)}
    return book_of("年度目标", [["区划代码", "指标代码", *(f"{year}年" for year in YEARS)], *rows], formats)


def read_targets(content: bytes, name: str, user: User) -> dict:
    found = {}
    for line in preview_plan(content, name, "年度目标").lines:
        place = line.column.partition(" ")[0]
        at = (int(place[1:]) - 2) * len(YEARS) + "CDEFGH".index(place[0])
        found[at] = REFUSED if line.verdict == "refused" else amount_of(line.new)
    return found


# A county's sheet: its own workbook, all rows of one unit -------------------------------------------


def sheet_rows(count: int) -> list[SheetRow]:
    return [SheetRow(f"P{at:03}", f"指标{at}", "亿元", "发展和改革局") for at in range(count)]


def make_sheet(cells: Cells) -> bytes:
    rows = sheet_rows(len(cells))
    book = load_workbook(io.BytesIO(write_workbook("表", marker_of("330127", "淳安县", 2025, rows), rows)))
    for at, (content, code) in enumerate(cells):
        cell = book[SHEET].cell(HEADER_ROW + 1 + at, AT["value"])
        cell.value, cell.number_format = content, code
    return saved(book)


def read_sheet(content: bytes, name: str, user: User) -> dict:
    known = sheet_rows(200)
    reading = read_upload(content, name, area="330127", area_name="淳安县", year=2025, rows=known)
    found: dict = {line.number - HEADER_ROW - 1: line.content.value for line in reading.changes}
    return found | {fault.row - HEADER_ROW - 1: REFUSED for fault in reading.faults if fault.row}


# Money --------------------------------------------------------------------------------------------

PAID = ["区划代码", "资金年度", "资金代码", "资金状态", "金额（万元）", "办理日期"]


def paid_rows(contents: Sequence) -> list[list]:
    return [PAID, *(["330127", 2026, "F1", "计划", content, "2026-03-05"] for content in contents)]


def make_flows(cells: Cells) -> bytes:
    formats = {(at, 5): code for at, (_content, code) in enumerate(cells, start=2)}
    return book_of("资金流水", paid_rows([content for content, _code in cells]), formats)


def read_flows(content: bytes, name: str, user: User) -> dict:
    preview = preview_flows(content, name, user)
    taken = zip(preview.reading.lines, preview.rows, strict=True)
    found: dict = {line - 2: row.amount_wan for line, row in taken}
    return found | {problem.row - 2: REFUSED for problem in preview.problems}


# Projects: a second sheet ---------------------------------------------------------------------------

PROJECT = ("项目", ["项目编号", "项目名称", "地区分摊", "领域"], ["新1", "某项目", "淳安县 100", "市政公用"])


def make_projects(cells: Cells) -> bytes:
    header = ["项目编号", "投资阶段", "金额（亿元）", "日期"]
    rows = [["新1", "签约", content, "2025年6月"] for content, _code in cells]
    formats = {(at, 3): code for at, (_content, code) in enumerate(cells, start=2)}
    return book_of("投资额", [header, *rows], formats, first=PROJECT)


def read_projects(content: bytes, name: str, user: User) -> dict:
    preview = preview_projects(content, name, user)
    label = str(ProjectAmount._meta.get_field("amount_yi").verbose_name)
    found: dict = {
        line.row - 2: Decimal(new)
        for line in preview.lines
        for title, _old, new in line.pairs
        if (line.sheet, title) == ("投资额", label)
    }
    return found | {problem.row - 2: REFUSED for problem in preview.problems}


DOORS = (
    Door("official values", "亿元", 18, make_observed, read_observed, observed_rows),
    Door("targets", "亿元", 18, make_targets, read_targets),
    Door("a sheet", "亿元", 200, make_sheet, read_sheet),
    Door("money", "万元", 200, make_flows, read_flows, paid_rows),
    Door("projects", "亿元", 200, make_projects, read_projects),
)
