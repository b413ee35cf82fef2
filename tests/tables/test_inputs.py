"""Small files as offices sent them, each at its door: what it says, or the cell that is refused and why."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from accounts.models import User
from funding.upload import preview_flows
from indicators.importing.tables import preview_observations, preview_plan
from projects.workbooks.upload import preview_upload as preview_projects
from reporting.models import Submission
from reporting.workbooks.upload import preview_upload as preview_sheet

INPUTS = Path(__file__).parent / "inputs"


@pytest.fixture
def chunan(demo):
    return User.objects.get(username="chunan")


@pytest.fixture
def city(demo):
    return User.objects.get(username="municipal")


def read(name: str) -> bytes:
    return (INPUTS / name).read_bytes()


def sheet_of(name: str, user: User) -> tuple[list[str], list[tuple]]:
    """The faults of a county's sheet, and what would be saved: (code, value, explanation)."""
    submission = Submission.objects.get(area="330127", round__year=2025)
    preview = preview_sheet(submission, user, read(name), name)
    return [str(fault) for fault in preview.faults], [
        (typed.indicator, typed.value, typed.explanation) for typed in preview.typed
    ]


def official(name: str, preview=preview_observations) -> list[tuple[str, str, str]]:
    """What an official table says: (cell, number, why it is refused)."""
    return [(line.column, line.new, line.words) for line in preview(read(name), name).lines]


def flows(name: str, user: User):
    preview = preview_flows(read(name), name, user)
    return [(row.amount_wan, row.happened_on) for row in preview.rows], [
        (problem.column, problem.words) for problem in preview.problems
    ]


# Sheets of a county -------------------------------------------------------------------------------


def test_a_cell_that_shows_a_day_is_no_number(chunan):
    faults, typed = sheet_of("01-sheet-date-format-58.xlsx", chunan)
    words = "“3月5日”是日期，不是数字；请把单元格格式改为“常规”后重填"
    assert (faults, typed) == ([f"第 4 行“实际值”（H4）：{words}"], [])


@pytest.mark.parametrize("name", ["04-sheet-SharedStrings.xlsx", "05-sheet-workbook2.xlsx"])
def test_parts_are_found_by_relationship_whatever_their_names(chunan, name):
    assert sheet_of(name, chunan) == ([], [("P09", Decimal("108.5"), "第一行说明文字")])


def test_a_character_of_no_width_is_no_part_of_a_number(chunan):
    assert sheet_of("06-sheet-zero-width.xlsx", chunan) == ([], [("P09", Decimal("108.5"), "")])


def test_escaped_characters_come_as_they_are_seen(chunan):
    faults, typed = sheet_of("10-sheet-x005F.xlsx", chunan)
    assert (faults, typed) == ([], [("P09", Decimal("108.5"), "第一行\n第二行结_x000D_尾中")])


# Money --------------------------------------------------------------------------------------------


def test_a_workbook_that_counts_from_1904_has_its_own_days(city):
    assert flows("02-flows-1904.xlsx", city) == ([(Decimal("123.45"), date(2026, 3, 5))], [])


def test_a_formula_that_nobody_worked_out_is_refused(city):
    words = "单元格是没有算出结果的公式；请在 Excel 或 WPS 里打开、重算并保存，或改填数字"
    assert flows("07-flows-formula-cached-0.xlsx", city) == ([], [("G2 金额（万元）", words)])


def test_a_title_above_a_table_with_semicolons(city):
    amounts = [(Decimal("123.45"), date(2026, 3, 5)), (Decimal(50), date(2026, 3, 5))]
    assert flows("in-flow-csv-title-semi.csv", city) == (amounts, [])


def test_a_moment_is_its_day(city):
    assert flows("in-flow-iso-moment.xlsx", city) == ([(Decimal("123.45"), date(2026, 3, 5))], [])


# Projects -----------------------------------------------------------------------------------------


def test_a_cell_that_shows_a_month_is_a_month(chunan):
    preview = preview_projects(read("09-projects-month-cell.xlsx"), "a.xlsx", chunan)
    assert preview.problems == []
    assert [pair for line in preview.lines for pair in line.pairs if pair[0] == "开工"] == [("开工", "–", "2025-06")]


def test_chinese_dates_are_dates(chunan):
    preview = preview_projects(read("in-proj-cn.xlsx"), "a.xlsx", chunan)
    pairs = {label: new for line in preview.lines for label, _old, new in line.pairs}
    assert (preview.problems, pairs["开工"], pairs["落地日期"]) == ([], "2025-06", "2026-03-05")


# Official tables ----------------------------------------------------------------------------------


def test_a_footnote_is_no_digit(demo):
    words = "“{}”不是数字；请只填数字，不带单位和文字"
    assert official("03-observations-footnote-circled.xlsx") == [
        ("F2 数值", "", words.format("94.1①")),
        ("F3 数值", "", words.format("94.1*")),
    ]


def test_hidden_rows_are_told(demo):
    preview = preview_observations(read("08-observations-hidden-row.xlsx"), "a.xlsx")
    assert [(line.column, line.new) for line in preview.lines] == [("F2", "94.1 %"), ("F3", "1.1 %")]
    assert preview.notes == ["官方数值：第 3 行是隐藏的（或被筛选掉了），也一并读取，请核对"]


def test_a_format_that_shows_another_number_is_refused(demo):
    words = "单元格显示为“74.9万元”，里面存的是 748800，两个数不一致；请把格式改为“常规”，填要报的数"
    assert official("in-imp-fmt-scale.xlsx") == [("F2 数值", "", words)]


def test_a_text_in_its_cell_beside_a_value_counts_once(demo):
    assert official("in-imp-inline-v.xlsx") == [("F2", "1 家", "")]


def test_a_unit_that_is_not_ours_is_refused_with_the_number_in_ours(demo):
    words = "单位写的是“万元”，P09 的单位是 亿元；请换算后填写（1080000 万元 = 108 亿元）"
    assert official("in-imp-targets-unit.xlsx", preview_plan) == [("E2 单位", "", words)]


def test_two_lines_in_a_cell_are_not_one_number(demo):
    assert official("in-imp-twolines.xlsx") == [("F2 数值", "", "“1\n2”不是数字；请只填数字，不带单位和文字")]


def test_a_per_cent_is_what_is_shown(demo):
    assert official("percent-standard-for-comparison.xlsx") == [("F2", "94.1 %", "")]
