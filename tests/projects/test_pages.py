"""The register's pages: what they show to whom, their filters, figures and files, how many queries they cost."""

import csv
import io
import json
import re
from decimal import Decimal

import plotly.graph_objects as go
import pytest
from openpyxl import load_workbook

from projects import charts
from projects.actions import edit_project
from projects.models import Project

READERS = ("admin", "municipal", "leader", "tonglu", "chunan-health", "stats")


def page_of(client, path="/projects/", status=200):
    response = client.get(path)
    assert response.status_code == status
    return response


def figure(response, name) -> go.Figure:
    found = re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', response.content.decode())
    return go.Figure(json.loads(found[1]))


def codes(response) -> list[str]:
    return [project.code for project in response.context["page"]]


# Who sees what ------------------------------------------------------------------------------------


@pytest.mark.parametrize("reader", READERS)
def test_every_login_reads_every_project(clients, reader):
    assert page_of(clients[reader]).context["page"].paginator.count == 128
    assert page_of(clients[reader], "/projects/PRJ-0004/").context["project"].name == "杭淳开高速杭州段"


def test_nobody_reads_without_a_login(clients):
    for path in ("/projects/", "/projects.csv", "/projects/PRJ-0001/", "/projects/new/"):
        assert page_of(clients[None], path, 302)["Location"].startswith("/accounts/login/")


WRITES = ("edit", "progress", "amounts", "state")


@pytest.mark.parametrize("writer", ["tonglu", "tonglu-industry", "municipal", "admin"])
def test_who_may_write_is_offered_it(clients, writer):
    assert "修改</a>" in page_of(clients[writer], "/projects/PRJ-0101/").content.decode()
    for write in WRITES:
        page_of(clients[writer], f"/projects/PRJ-0101/{write}/")


@pytest.mark.parametrize("other", ["chunan", "tonglu-health", "leader", "stats", "jiande-industry"])
def test_who_may_not_write_finds_no_form(clients, other):
    assert "修改</a>" not in page_of(clients[other], "/projects/PRJ-0101/").content.decode()
    for write in WRITES:
        page_of(clients[other], f"/projects/PRJ-0101/{write}/", 404)
        assert clients[other].post(f"/projects/PRJ-0101/{write}/", {"state": "cancelled"}).status_code == 404


# Filters --------------------------------------------------------------------------------------------


def is_awaited(p: Project) -> bool:
    return (
        p.is_industrial and (p.total_yi or 0) >= 1 and p.landed_on is None and p.state not in {"completed", "cancelled"}
    )


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ("area=330127", lambda p: "330127" in {s.area_id for s in p.shares.all()}),
        ("field=service", lambda p: p.field_id == "service"),
        ("state=stalled", lambda p: p.state == "stalled"),
        ("indicator=P02", lambda p: p.contributions.filter(indicator="P02").exists()),
        ("size=10", lambda p: p.total_yi >= 10),
        ("size=1&landed=yes", lambda p: p.total_yi >= 1 and p.landed_on is not None),
        ("area=330127&landed=awaited", lambda p: p.main_area_id == "330127" and is_awaited(p)),
        ("origin=public", lambda p: p.origin == "public"),
        ("q=污水", lambda p: "污水" in p.name),
        ("area=330122,330182&state=stalled", lambda p: p.state == "stalled" and p.main_area_id != "330127"),
    ],
)
def test_a_filter_finds_exactly_what_it_says(clients, query, condition):
    rows = Project.objects.order_by("code").prefetch_related("shares")
    expected = [project.code for project in rows if condition(project)]
    if "area=330122,330182" in query:
        expected = [p.code for p in rows if condition(p) or (p.state == "stalled" and p.shares.filter(area="330122"))]
    response = page_of(clients["leader"], f"/projects/?{query}")
    assert response.context["page"].paginator.count == len(expected)
    assert codes(response) == expected[:50]


@pytest.mark.parametrize("query", ["colour=red", "area=330100", "state=x", "size=5", "sort=x", "until=x", "page=99"])
def test_what_is_not_understood_is_named(clients, query):
    assert query.partition("=")[0] in page_of(clients["leader"], f"/projects/?{query}", 404).content.decode()


def test_the_order_is_the_one_asked_for(clients):
    totals = [p.total_yi for p in page_of(clients["leader"], "/projects/?sort=total").context["page"]]
    assert totals == sorted(totals, reverse=True)


# What it says ---------------------------------------------------------------------------------------


def test_the_counters_follow_the_time_gone_by(clients):
    counters = page_of(clients["leader"], "/projects/?until=2026-03-22").context["asked"].counters
    assert [(c.done, c.promised, round(c.expected, 1), c.is_ahead) for c in counters] == [
        (99, 150, 96.7, True),
        (11, 20, 12.9, False),
    ]
    counters = page_of(clients["leader"], "/projects/?until=2023-12-31").context["asked"].counters
    assert [c.done for c in counters] == [33, 3]


def test_as_of_would_mean_what_was_known_and_is_refused_with_what_to_do(clients):
    answer = clients["leader"].get("/projects/?as_of=2023-12-31")
    assert (answer.status_code, "until=2025-12-31" in answer.content.decode()) == (404, True)


def test_the_counties_add_up_to_the_whole(clients):
    *counties, whole = page_of(clients["leader"]).context["asked"].totals
    assert sum(row["count"] for row in counties) == whole["count"] == 128
    assert sum(row["yi"] for row in counties) == whole["yi"] == sum(p.total_yi for p in Project.objects.all())


def test_a_county_s_register_counts_its_share_of_what_it_shares(clients):
    response = page_of(clients["leader"], "/projects/?area=330127&q=PRJ-0004")
    shares = {row["code"]: row["yi"] for row in response.context["asked"].totals}
    assert shares == {"330122": Decimal("227.15"), "330127": Decimal("227.15"), "330182": None, "": Decimal("454.3")}


def test_demonstration_and_public_projects_say_so(clients):
    text = page_of(clients["leader"], "/projects/PRJ-0101/").content.decode()
    assert "演示数据，不是真实项目" in text
    text = page_of(clients["leader"], "/projects/PRJ-0001/").content.decode()
    assert ("公开信息" in text, "演示" in text) == (True, False)


def test_figures_are_figures(clients):
    for path in ("/projects/", "/projects/?area=330127", "/projects/?q=没有这样的", "/projects/?q=PRJ-0001"):
        response = page_of(clients["leader"], path)
        assert figure(response, "gantt").data[-1].name == "投资阶段、落地"
    assert figure(page_of(clients["leader"]), "investment").data[0].type == "bar"
    assert figure(page_of(clients["leader"], "/projects/PRJ-0101/"), "investment").data[1].name == "计划累计"


def test_a_gantt_of_nothing_is_a_figure():
    names = {"stages": "阶段", "empty": "没有"}
    assert go.Figure(charts.gantt([], names=names, today=__import__("datetime").date(2026, 1, 1))).data[0].x == ()


# Files ----------------------------------------------------------------------------------------------


def test_the_files_hold_the_whole_filtered_register(clients):
    response = page_of(clients["leader"], "/projects.csv?state=stalled")
    header, *rows = csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig")))
    assert header[:3] == ["项目编号", "项目名称", "县（市）及分摊"]
    assert [row[0] for row in rows] == list(Project.objects.filter(state="stalled").values_list("code", flat=True))
    response = page_of(clients["leader"], "/projects.xlsx?state=stalled")
    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).worksheets[0]
    assert [[cell.value for cell in row][10] for row in sheet.iter_rows(min_row=2)] == [float(row[10]) for row in rows]


# Writing --------------------------------------------------------------------------------------------


def form_of(client, path) -> dict:
    form = page_of(client, path).context["form"]
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return {name: "" if value is None else value for name, value in values.items() if value is not False}


def test_a_form_sent_back_as_it_came_changes_nothing(clients):
    values = form_of(clients["tonglu"], "/projects/PRJ-0101/edit/")
    response = clients["tonglu"].post("/projects/PRJ-0101/edit/", values, follow=True)
    assert [str(message) for message in response.context["messages"]] == ["没有改动。"]


def test_a_project_is_entered_and_lands(clients):
    values = {"name": "新项目", "field_id": "industry", "is_industrial": "on", "shares": "桐庐县 60\n330127 40％"}
    values |= {"landed_on": "2026-01-05", "landing_basis": "signed", "schedule": "2026 1.5\n2027 ２"}
    values |= {"contributions": "P09 桐庐县 2027 3", "amount-stage": "signed", "amount-amount_yi": "３.5"}
    response = clients["tonglu"].post("/projects/new/", values)
    project = Project.objects.get(name="新项目")
    assert response["Location"] == f"/projects/{project.code}/"
    assert (project.total_yi, project.main_area_id, project.origin) == (Decimal("3.5"), "330122", "entered")
    assert [(s.area_id, s.share) for s in project.shares.all()] == [
        ("330122", Decimal("0.6")),
        ("330127", Decimal("0.4")),
    ]
    assert [(y.year, y.planned_yi) for y in project.schedule.all()] == [(2026, Decimal("1.5")), (2027, Decimal(2))]


def test_what_is_wrong_is_said_and_what_was_typed_stays(clients):
    values = {
        "name": "新项目",
        "field_id": "industry",
        "shares": "桐庐县 60",
        "schedule": "2026",
        "amount-stage": "signed",
    }
    response = clients["tonglu"].post("/projects/new/", values)
    text = response.content.decode()
    assert response.status_code == 400
    assert "第 1 行应为年份和亿元，用空格隔开。" in text
    assert 'value="新项目"' in text
    assert ("没有保存：请改标红的各项。" in text, "必填" in text) == (True, False)
    assert '<option value="signed" selected>' in text
    assert ("更正的是" in text, "修改理由" in text) == (False, False)
    response = clients["tonglu"].post("/projects/new/", values | {"schedule": ""})
    assert "各县（市）分摊比例之和应为 1" in response.content.decode()


def test_a_bureau_finds_its_own_projects_and_what_it_reported_last(clients):
    page = clients["chunan-housing"].get("/projects/").content.decode()
    own = Project.objects.filter(organisation__code="330127-housing")
    assert own.count() > 0
    assert f'href="?unit=330127-housing">本单位负责的{own.count()}个</a>' in page
    shown = clients["chunan-housing"].get("/projects/?unit=330127-housing")
    assert codes(shown) == list(own.order_by("code").values_list("code", flat=True))
    assert '<input type="hidden" name="unit" value="330127-housing">' in shown.content.decode()
    assert "本单位负责的" not in clients["leader"].get("/projects/").content.decode()
    last = own.get(code="PRJ-0213").progress.filter(is_current=True).latest("year", "quarter")
    words = f"最近报到{last.year}年第{last.quarter}季度：{last.completed_yi.normalize():f} 亿元；总投资 3.1 亿元"
    assert words in clients["chunan-housing"].get("/projects/PRJ-0213/progress/").content.decode()


def test_a_stale_form_is_told(clients):
    values = form_of(clients["tonglu"], "/projects/PRJ-0101/edit/")
    edit_project(project=Project.objects.get(code="PRJ-0101"), values={"note": "别人"}, by=None)
    response = clients["tonglu"].post("/projects/PRJ-0101/edit/", values | {"note": "我的"})
    assert "已修改过这个项目；请对照现在的内容再存。" in response.content.decode()
    assert "我的" in response.content.decode()


def test_progress_amount_and_state_are_written(clients):
    values = {"year": "2026", "quarter": "1", "completed_yi": "1.7", "image": "竣工验收", "version": "0"}
    assert clients["tonglu"].post("/projects/PRJ-0135/progress/", values)["Location"] == "/projects/PRJ-0135/"
    values = {"stage": "estimate", "amount_yi": "2.3", "dated": "2026-01"}
    assert clients["tonglu"].post("/projects/PRJ-0135/amounts/", values)["Location"] == "/projects/PRJ-0135/"
    response = clients["tonglu"].post("/projects/PRJ-0135/state/", {"state": "cancelled"})
    assert "改为“取消”请写明原因。" in response.content.decode()
    values = {"state": "completed", "on": "2026-03"}
    assert clients["tonglu"].post("/projects/PRJ-0135/state/", values)["Location"] == "/projects/PRJ-0135/"
    project = Project.objects.get(code="PRJ-0135")
    assert (project.state, project.completed, project.total_yi) == ("completed", "2026-03", Decimal("2.3"))
    assert project.progress.get(year=2026, quarter=1).image == "竣工验收"


# Cost -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "count"), [("/projects/", 18), ("/projects/?area=330127&indicator=P02", 18), ("/projects/PRJ-0101/", 22)]
)
def test_the_pages_cost_a_fixed_number_of_queries(clients, django_assert_num_queries, path, count):
    client = clients["tonglu"]
    client.get(path)
    with django_assert_num_queries(count):
        page_of(client, path)
