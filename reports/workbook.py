"""Snapshot → one Excel workbook: numbers as numbers, frozen panes, filters, native charts, set up for printing."""

import io
from collections.abc import Mapping
from datetime import datetime

from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from commitments.labels import STATUS_NAMES as PROMISE_NAMES
from funding.labels import STATUS_NAMES as MATCH_NAMES
from indicators.labels import GRADE_NAMES, OUTLOOK_NAMES, STATUS_NAMES
from lib.tabular.cell_text import put_rows
from reports.archive import same_bytes
from reports.content import WITH_BACKING, WITH_WHOLE
from reports.read_snapshot import Snapshot

HEAD = PatternFill("solid", fgColor="12395B")
CELL_HEADER = (
    "区划代码",
    "地区",
    "指标代码",
    "指标",
    "暂定",
    "单位",
    "实际值",
    "年度目标",
    "年度目标上限",
    "差距",
    "状态",
    "省定标准",
    "省定标准上限",
    "与省标差距",
    "所需年均变化",
    "进度比",
    "预测",
    "前景",
    "可能性",
    "可能性数值（0至1）",
    "80%区间下限",
    "80%区间上限",
    "含演示数据",
)
PROJECT_HEADER = (
    "项目编号",
    "项目",
    "地区",
    "状态",
    "总投资（亿元）",
    "应完成（亿元）",
    "已完成（亿元）",
    "责任单位",
    "含演示数据",
)
MATCH_HEADER = (
    "地区",
    "年份",
    "基数（万元）",
    "已配套（万元）",
    "配套比例",
    "应达",
    "欠（万元）",
    "结论",
    "含演示数据",
)
PROMISE_HEADER = (
    "承诺编号",
    "承诺",
    "单位",
    "承诺值",
    "地区",
    "年份",
    "已完成",
    "按序时应完成",
    "状态",
    "口径",
    "方案原文",
    "含演示数据",
)
WHOLE_HEADER = (
    "指标代码",
    "指标",
    "单位",
    "合计",
    "分子之和",
    "分母之和",
    "汇总了几个地区",
    "共有几个地区",
    "含演示数据",
)
QUALITY_HEADER = ("单位", "按时交出", "交出", "被退回（次）", "有说明的项", "已填的项", "通过后又更正的项")
YES = {True: "是", False: ""}
STATUSES = (("met", "达标"), ("near", "接近"), ("behind", "滞后"), ("unreported", "未报"))


def write_workbook(content: Mapping, *, at: datetime, number: str) -> bytes:
    snapshot = Snapshot(content)
    book = Workbook()
    book.properties.created = book.properties.modified = at.replace(tzinfo=None)
    book.properties.creator = ""
    _summary(book.active, snapshot, number)
    _sheet(book, "全部指标", CELL_HEADER, _cells(snapshot), (7, 10, 9, 34))
    header, lines = _years(snapshot)
    _sheet(book, "逐年数据", header, lines, (10, 9, 34))
    urgent = [*content["attention"], *(snapshot.city or {}).get("attention", [])]
    rows = [(*snapshot.names(r), str(STATUS_NAMES[r["status"]]), r["words"], r["who"]) for r in urgent]
    _sheet(book, "需要关注", ("地区", "指标", "状态", "情况", "责任单位"), rows, (10, 34, 8, 60, 24))
    found = [(*snapshot.names(r), "".join(r["findings"]), r["explanation"]) for r in content["findings"]]
    _sheet(book, "核实事项", ("地区", "指标", "核实", "说明"), found, (10, 34, 50, 50))
    for title, header, rows, widths in _whole(snapshot) if content["rules"] >= WITH_WHOLE else ():
        _sheet(book, title, header, rows, widths)
    for title, header, rows, widths in _backing(snapshot) if content["rules"] >= WITH_BACKING else ():
        _sheet(book, title, header, rows, widths)
    out = io.BytesIO()
    book.save(out)
    return same_bytes(out.getvalue(), modified=at)


def _summary(sheet, s: Snapshot, number: str) -> None:
    sheet.title = "总体情况"
    lines = [
        f"县城城镇化建设{s.year}年度监测报告　编号 {number}",
        f"快照时间 {s.content['taken_at'][:16].replace('T', ' ')}",
    ]
    if s.content["has_demo"]:
        lines.append("含演示数据：“含演示数据”为“是”的行不是真实数据。")
    if s.city:
        counts = s.city["counts"]
        told = f"到期{counts['due']}项，达标{counts['met']}项"
        lines.append(f"{s.city['name']}自身的目标另计：{told}；逐项见“全部指标”。")
    first = put_rows(sheet, ([line] for line in lines)) + 1
    sheet["A1"].font = Font(bold=True, size=14)
    rows = [(county["name"], *(county["counts"][code] for code, _name in STATUSES)) for county in s.counties]
    put_rows(sheet, [("地区", *(name for _code, name in STATUSES)), *rows], first=first)
    _head(sheet, first)
    last = first + len(s.counties)
    chart = BarChart()
    chart.type, chart.grouping, chart.overlap = "bar", "stacked", 100
    chart.title, chart.height, chart.width = "指标状态", 7, 16
    chart.add_data(Reference(sheet, min_col=2, max_col=5, min_row=first, max_row=last), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=first + 1, max_row=last))
    for series, colour in zip(chart.series, ("2F7F6B", "C9902A", "B23B2B", "9AA6B2"), strict=True):
        series.graphicalProperties.solidFill = colour
    sheet.add_chart(chart, f"A{last + 2}")
    sheet.column_dimensions["A"].width = 16
    _print(sheet, landscape=False)


def _all_cells(s: Snapshot) -> dict:
    """The counties', then the city's own."""
    return s.cells | {(cell["area"], code): cell for code, cell in s.city_cells.items()}


def _cells(s: Snapshot):
    for (area, code), cell in _all_cells(s).items():
        row = s.indicators[code]
        yield (
            area,
            s.place_names[area],
            code,
            row["name"],
            "是" if row["is_provisional"] else "",
            row["unit"],
            cell["value"],
            cell["target"],
            cell.get("target_high"),
            cell["gap"],
            str(STATUS_NAMES[cell["status"]]),
            cell["standard"],
            cell.get("standard_high"),
            cell["standard_gap"],
            cell["required_change"],
            cell["pace"],
            cell["projection"],
            str(OUTLOOK_NAMES[cell["outlook"]]),
            str(GRADE_NAMES[cell.get("grade", "unknown")]),
            cell.get("probability"),
            cell.get("range_low"),
            cell.get("range_high"),
            YES[cell["is_demo"]],
        )


def _years(s: Snapshot):
    names = (("value", "实际值"), ("target", "年度目标"), ("standard", "省定标准"))
    rows = []
    for (area, code), cell in _all_cells(s).items():
        about = (s.place_names[area], code, s.indicators[code]["name"])
        rows += [(*about, label, *cell["series"][name]) for name, label in names]
    return ("地区", "指标代码", "指标", "序列", *s.years), rows


def _whole(s: Snapshot) -> list[tuple]:
    """The counties taken together, and how well the year was reported."""
    together = []
    for row in s.content["aggregates"]:
        code = row["indicator"]
        if code in s.indicators:
            numbers = (row["value"], row["numerator"], row["denominator"], row["counted"], row["counties"])
            together.append((code, s.name(code), s.indicators[code]["unit"], *numbers, YES[row["is_demo"]]))
    names = ("duty", "on_time", "parts", "sent_back", "explained", "filled", "corrected")
    quality = [tuple(row[name] for name in names) for row in s.content["quality"]]
    return [
        ("合计", WHOLE_HEADER, together, (9, 34)),
        ("填报质量", QUALITY_HEADER, quality, (20,)),
    ]


def _backing(s: Snapshot):
    """What stands behind the figures: title, header, rows and widths of each sheet."""
    names: tuple[str, ...] = ("code", "name", "place", "state", "total_yi", "planned_yi", "completed_yi", "unit")
    rows = [(*(row[name] for name in names), YES[row["is_demo"]]) for row in s.content["projects"]["listed"]]
    yield "重大和停滞项目", PROJECT_HEADER, rows, (11, 34, 10, 8, 11, 11, 11, 26)
    names = ("year", "base", "matched", "ratio", "floor", "owed")
    rows = []
    for row in s.content["funding"]["matching_wan"]:
        numbers = [row[name] for name in names]
        rows.append((s.area_names[row["area"]], *numbers, str(MATCH_NAMES[row["status"]]), YES[row["is_demo"]]))
    yield "县级配套", MATCH_HEADER, rows, (10, 8, 12, 12, 9, 9, 12, 9)
    rows = []
    for row in s.content["commitments"]:
        rows += [_promise_row(s, row, line) for line in row["lines"]]
    yield "承诺事项", PROMISE_HEADER, rows, (8, 30, 8, 10, 10, 8, 11, 11, 11, 8, 50)


def _promise_row(s: Snapshot, row: Mapping, line: Mapping) -> tuple:
    """In the order of PROMISE_HEADER."""
    about = (row["code"], row["name"], row["unit"], row["promised"])
    where = (s.area_names.get(line["area"], ""), line["year"])
    stand = (line["done"], line["expected"], str(PROMISE_NAMES[line["status"]]))
    reading = "推定" if row["is_our_reading"] else "原文"
    return (*about, *where, *stand, reading, row["words"], YES[line["is_demo"]])


def _sheet(book, title, header, rows, widths) -> None:
    sheet = book.create_sheet(title)
    put_rows(sheet, [header, *([_rounded(value) for value in row] for row in rows)])
    _head(sheet, 1)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    for place in range(1, len(header) + 1):
        width = widths[place - 1] if place <= len(widths) else 11
        sheet.column_dimensions[get_column_letter(place)].width = width
    for line in sheet.iter_rows(min_row=2):
        for cell in line:
            cell.alignment = Alignment(vertical="top", wrap_text=isinstance(cell.value, str))
            if isinstance(cell.value, float):
                cell.number_format = "0.##"
    sheet.print_title_rows = "1:1"
    _print(sheet, landscape=True)


def _rounded(value):
    return round(value, 6) if isinstance(value, float) else value


def _head(sheet, line: int) -> None:
    for cell in sheet[line]:
        if cell.value is not None:
            cell.font, cell.fill = Font(bold=True, color="FFFFFF"), HEAD


def _print(sheet, *, landscape: bool) -> None:
    setup = sheet.page_setup
    setup.paperSize, setup.orientation = 9, "landscape" if landscape else "portrait"
    setup.fitToWidth, setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.center.text = "第 &P 页，共 &N 页"
