"""Files that people hold from before the column of areas was called 地区: each door still takes the old head."""

import pytest

from accounts.models import User
from funding.upload import preview_flows
from indicators.importing.tables import preview_observations, preview_plan
from projects.workbooks.upload import preview_upload as preview_projects
from tests.tables.books import by_openpyxl

OLD = ("县（市）", "县(市)", "县市", "县")


def observed(head: str) -> list:
    rows = [[head, "指标代码", "年份", "数值"], ["淳安县", "P02", 2024, 94.1]]
    preview = preview_observations(by_openpyxl(rows), "a.xlsx")
    return [(line.area, line.new) for line in preview.lines]


def planned(head: str, table: str) -> list:
    def named(book):
        book.active.title = table

    rows = [[head, "指标代码", "2026年"], ["淳安县", "P02", 97.5]]
    preview = preview_plan(by_openpyxl(rows, change=named), "a.xlsx")
    return [(line.area, line.new) for line in preview.lines]


def paid(head: str) -> list:
    header = [head, "资金年度", "资金代码", "资金状态", "金额（万元）", "办理日期"]
    row = ["淳安县", 2026, "F3", "计划", 12.5, "2026-03-05"]
    preview = preview_flows(by_openpyxl([header, row]), "a.xlsx", User.objects.get(username="municipal"))
    return [(row.area, row.amount_wan) for row in preview.rows]


def shared(head: str) -> list:
    def named(book):
        book.active.title = "项目"

    rows = [["项目编号", "项目名称", f"{head}分摊", "领域"], ["新1", "某项目", "淳安县 100", "市政公用"]]
    preview = preview_projects(by_openpyxl(rows, change=named), "a.xlsx", User.objects.get(username="municipal"))
    return [(name, new) for line in preview.lines for name, _old, new in line.pairs if name == "地区分摊"]


DOORS = {
    "official values": observed,
    "targets": lambda head: planned(head, "年度目标"),
    "standards": lambda head: planned(head, "省定标准"),
    "money": paid,
}


@pytest.mark.parametrize("door", DOORS)
def test_a_table_is_taken_by_its_old_head(demo, door):
    """The area is said by that column alone."""
    now = DOORS[door]("地区")
    assert [row[0] for row in now] == ["330127"]
    assert {head: DOORS[door](head) for head in OLD} == dict.fromkeys(OLD, now)


def test_projects_are_taken_by_their_old_head(demo):
    assert shared("地区") == [("地区分摊", "淳安县 100%")]
    assert shared("县（市）") == shared("地区")
