"""Previews of money and projects show every field that will be written, and ask about what is recorded already."""

from datetime import date
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile

from funding.models import Flow
from projects.models import Project
from tests.tables.books import by_openpyxl
from tests.uploading import confirmed, recorded

FLOW = {
    "区划代码": "330127",
    "地区": "淳安县",
    "资金年度": 2026,
    "资金代码": "F3",
    "资金状态": "计划",
    "金额（万元）": 123.45,
    "办理日期": "2026年3月5日",
    "领域": "市政公用",
    "文号": "淳财〔2026〕7号",
}


def book(title: str, *rows: dict) -> SimpleUploadedFile:
    lines = [list(rows[0]), *[list(row.values()) for row in rows]]
    content = by_openpyxl(lines, change=lambda book: setattr(book.active, "title", title))
    return SimpleUploadedFile("表.xlsx", content)


def test_money_shows_every_field_with_its_day(clients):
    client = clients["chunan"]
    page = client.post("/funding/upload/", {"file": book("资金流水", FLOW)}).url
    (line,) = client.get(page).context["lines"]
    text = client.get(page).content.decode()
    shown = ["淳安县", "2026", "F3 县级配套资金", "计划", "123.45", "2026-03-05", "市政公用", "淳财〔2026〕7号"]
    assert (line.number, line.row.happened_on, [each for each in shown if each not in text]) == (
        2,
        date(2026, 3, 5),
        [],
    )


def test_money_that_is_recorded_already_is_asked_about(clients):
    client, before = clients["chunan"], Flow.objects.count()
    first = client.post("/funding/upload/", {"file": book("资金流水", FLOW)}).url
    confirmed(client, first)
    again = client.post("/funding/upload/", {"file": book("资金流水", FLOW)}).url
    assert client.get(again).context["preview"].twins == ["第 2 行：同一天已登记过同样的一笔，请确认不是重复"]
    assert (confirmed(client, again).url, Flow.objects.count()) == (again, before + 1)
    assert (confirmed(client, again, no_repetition="on").url, Flow.objects.count()) == ("/funding/flows/", before + 2)
    assert [flow.amount_wan for flow in Flow.objects.order_by("-pk")[:2]] == [Decimal("123.45")] * 2


def test_a_project_of_the_same_name_is_asked_about(clients):
    client, before = clients["chunan"], Project.objects.count()
    row = {"项目编号": "新1", "项目名称": "某镇污水管网改造", "地区分摊": "淳安县 100", "领域": "市政公用"}
    recorded(client, "/projects/upload/", book("项目", row))
    code = Project.objects.get(name="某镇污水管网改造").code
    again = client.post("/projects/upload/", {"file": book("项目", row)}).url
    assert client.get(again).context["preview"].twins == [f"项目第 2 行：已有同名的项目 {code}，请确认不是重复"]
    confirmed(client, again)
    assert Project.objects.count() == before + 1
    confirmed(client, again, no_repetition="on")
    assert Project.objects.count() == before + 2
