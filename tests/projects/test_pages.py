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
    assert header[:3] == ["项目编号", "项目名称", "地区及分摊"]
    assert [row[0] for row in rows] == list(Project.objects.filter(state="stalled").values_list("code", flat=True))
    response = page_of(clients["leader"], "/projects.xlsx?state=stalled")
    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).worksheets[0]
    assert [[cell.value for cell in row][10] for row in sheet.iter_rows(min_row=2)] == [float(row[10]) for row in rows]


# Writing --------------------------------------------------------------------------------------------


def form_of(client, path) -> dict:
    form = page_of(client, path).context["form"]
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    for name, group in form.groups.items():
        values |= typed_rows(name, *(row.initial for row in group))
    return {name: "" if value is None else value for name, value in values.items() if value is not False}


def typed_rows(name: str, *rows: dict) -> dict:
    """The fields of a group of rows as a browser sends them."""
    sent = {f"{name}-{at}-{field}": value for at, row in enumerate(rows) for field, value in row.items()}
    return {f"{name}-TOTAL_FORMS": len(rows), f"{name}-INITIAL_FORMS": 0, **sent}


def rows_typed(shares=(), schedule=(), contributions=()) -> dict:
    return {
        **typed_rows("shares", *({"area": area, "percent": percent} for area, percent in shares)),
        **typed_rows("schedule", *({"year": year, "planned": planned} for year, planned in schedule)),
        **typed_rows(
            "contributions",
            *({"indicator": i, "area": a, "year": y, "value": value} for i, a, y, value in contributions),
        ),
    }


def test_a_form_sent_back_as_it_came_changes_nothing(clients):
    values = form_of(clients["tonglu"], "/projects/PRJ-0101/edit/")
    response = clients["tonglu"].post("/projects/PRJ-0101/edit/", values, follow=True)
    assert [str(message) for message in response.context["messages"]] == ["没有改动。"]


def test_a_project_is_entered_and_lands(clients):
    values = {"name": "新项目", "field_id": "industry", "is_industrial": "on"}
    values |= rows_typed(
        [("330122", "60"), ("330127", "40％")],
        [("2026", "1.5"), ("2027年", "２"), ("", "")],
        [("P09", "330122", "2027", "3")],
    )
    values |= {"landed_on": "2026-01-05", "landing_basis": "signed"}
    values |= {"amount-stage": "signed", "amount-amount_yi": "３.5"}
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
    values = {"name": "新项目", "field_id": "industry", "amount-stage": "signed"}
    typed = values | rows_typed([("330122", "60")], [("2026", ""), ("二六", "3")])
    response = clients["tonglu"].post("/projects/new/", typed)
    text = response.content.decode()
    assert response.status_code == 400
    assert row_faults(response, "schedule") == [{"planned": ["该字段是必填项。"]}, {"year": ["“二六”应为四位年份。"]}]
    assert 'value="新项目"' in text
    assert 'value="二六"' in text
    assert "没有保存：请改标红的各项。" in text
    assert '<option value="signed" selected>' in text
    assert ("更正的是" in text, "修改理由" in text) == (False, False)
    assert "合计应为 100%，现在是 60%。" in text


def row_faults(response, group: str) -> list[dict]:
    return [dict(row.errors) for row in response.context["form"].groups[group]]


def test_a_fault_between_rows_stands_at_its_row(clients):
    typed = {"name": "新项目", "field_id": "industry"}
    typed |= rows_typed(
        [("330122", "50"), ("330122", "50")], [("2026", "1"), ("2026", "2")], [("P09", "330127", "2027", "3")]
    )
    response = clients["tonglu"].post("/projects/new/", typed)
    again = {"__all__": ["和上面的一行重复，请并成一行。"]}
    assert row_faults(response, "shares") == [{}, again]
    assert row_faults(response, "schedule") == [{}, again]
    response = clients["tonglu"].post(
        "/projects/new/", typed | typed_rows("shares", {"area": "330122", "percent": 100})
    )
    assert row_faults(response, "contributions") == [{"area": ["项目在这个地区没有份额。"]}]
    assert not Project.objects.filter(name="新项目").exists()


def test_rows_come_and_go_without_script_and_nothing_typed_is_lost(clients):
    typed = {"name": "新项目", "field_id": "industry", "is_industrial": "on", "amount-amount_yi": "3"}
    typed |= rows_typed([("330122", "60")], [("2026", "1.5"), ("2027", "2")])
    response = clients["tonglu"].post("/projects/new/", typed | {"add_row": "shares"})
    form = response.context["form"]
    assert response.status_code == 200
    assert [row.initial for row in form.groups["shares"]] == [{"area": "330122", "percent": "60"}, {}]
    assert (form.initial["name"], form.initial["is_industrial"]) == ("新项目", True)
    assert ('role="alert"' in response.content.decode(), 'value="3"' in response.content.decode()) == (False, True)
    response = clients["tonglu"].post("/projects/new/", typed | {"drop_row": "schedule 0"})
    assert [row.initial for row in response.context["form"].groups["schedule"]] == [{"year": "2027", "planned": "2"}]
    for nonsense in ("schedule 9", "schedule x", "schedule"):
        response = clients["tonglu"].post("/projects/new/", typed | {"drop_row": nonsense})
        assert len(response.context["form"].groups["schedule"].forms) == 2
    assert not Project.objects.filter(name="新项目").exists()


def test_a_date_that_speaks_of_another_state_asks_for_it(clients):
    typed = {"name": "新项目", "field_id": "industry", "starts": "2025-03"} | rows_typed([("330122", "100")])
    response = clients["tonglu"].post("/projects/new/", typed)
    words = "日期表明项目已是“在建”，登记的状态是“前期”。请选择现在的状态。"
    assert response.context["form"].errors == {"state_now": [words]}
    assert ("completed" in str(response.context["form"]["state_now"])) is False
    clients["tonglu"].post("/projects/new/", typed | {"state_now": "started"})
    project = Project.objects.get(name="新项目")
    assert project.state == "started"
    path = f"/projects/{project.code}/edit/"
    values = form_of(clients["tonglu"], path) | {"completed": "2026-02"}
    assert "state_now" in clients["tonglu"].post(path, values).context["form"].errors
    clients["tonglu"].post(path, values | {"state_now": "started"})  # the day was wrong, or is another's
    project.refresh_from_db()
    assert (project.state, project.completed) == ("started", "2026-02")
    values = form_of(clients["tonglu"], path) | {"completed": "2026-01", "state_now": "completed"}
    clients["tonglu"].post(path, values)
    project.refresh_from_db()
    assert (project.state, project.completed) == ("completed", "2026-01")
    typed |= {"starts": "2099"}
    clients["tonglu"].post("/projects/new/", typed | {"name": "以后的项目"})
    assert Project.objects.get(name="以后的项目").state == "planned"


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
