"""Pages of money by role: what they say, in how many queries, what they refuse; files down and up."""

import csv
import io
import re
from datetime import date
from decimal import Decimal

import openpyxl
import pandas as pd
import plotly.graph_objects as go
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from funding import charts, file_views, views, workbook
from funding.actions import FlowRow, record_flows
from funding.ledger import Ledger
from funding.models import Flow, MatchingRule
from funding.sum_tree import LEVELS
from plan.terms import wan_words
from tests.uploading import confirmed

ROLES = ["admin", "municipal", "leader", "tonglu", "chunan", "jiande", "chunan-health", "stats"]
PAGES = {
    "/funding/": 17,
    "/funding/?year=2025&state=paid&area=330127&source=F1": 16,
    "/funding/flows/": 9,
    "/funding/rule/": 12,
}
REFUSED = ["year=soon", "year=2031", "state=spent", "area=330108", "source=F9", "as_of=yesterday", "colour=red"]


@pytest.mark.parametrize("role", ROLES)
def test_every_login_reads_every_page(clients, role):
    answers = [clients[role].get(page).status_code for page in PAGES]
    assert answers == [200] * len(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_queries_are_counted(clients, page):
    clients["leader"].get(page)
    with CaptureQueriesContext(connection) as queries:
        clients["leader"].get(page)
    assert len(queries) == PAGES[page]


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_a_long_file_is_read_in_pieces_and_whole(clients, monkeypatch, size):
    monkeypatch.setattr(file_views, "PIECE", size)
    content = b"".join(clients["leader"].get("/funding/flows.csv").streaming_content).decode("utf-8-sig")
    numbers = [int(row["流水号"]) for row in csv.DictReader(io.StringIO(content))]
    assert numbers == list(Flow.objects.values_list("pk", flat=True))


@pytest.mark.parametrize("filters", REFUSED)
@pytest.mark.parametrize("page", ["/funding/", "/funding/flows/", "/funding/flows.csv", "/funding/matching.csv"])
def test_what_is_not_understood_is_named(clients, page, filters):
    assert clients["leader"].get(f"{page}?{filters}").status_code == 404


def test_nobody_reads_nothing(clients):
    assert [clients[None].get(page).status_code for page in PAGES] == [302] * len(PAGES)


def test_the_sentence_names_who_owes_how_much(clients):
    text = clients["leader"].get("/funding/?year=2025").content.decode().replace("\u00a0", " ")
    assert "桐庐县配套达到最低比例" in text
    assert "淳安县 1 : 0.89，欠 11,400.00万元" in text
    assert "建德市 1 : 0.85，欠 6,700.00万元" in text
    assert text.count("快于配套到位") == 1


def test_the_years_are_owed_together(clients):
    ledger = Ledger(QueryDict("year=2025"), User.objects.get(username="leader"))
    owed = [row for row in ledger.matching_rows if row["area"] == "330182" and row["owed"]]
    assert len(owed) > 1
    page = clients["leader"].get("/funding/?year=2025").content.decode()
    told = re.search(r"历年欠的合计：(.*?)</p>", page, re.DOTALL)[1]
    assert f'建德市 <b class="demo">{wan_words(sum(row["owed"] for row in owed), 2)}</b>' in told
    assert "桐庐县" not in told


def test_english_counts_money_by_the_million(clients):
    leader = clients["leader"]
    leader.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    text = leader.get("/funding/?year=2025").content.decode()
    assert "114 million yuan owed" in text
    assert "× 10,000" not in text


def test_a_past_date_shows_what_was_recorded_then(clients):
    text = clients["leader"].get("/funding/?year=2025&as_of=2025-05-01").content.decode()
    assert "1,000.00" not in text
    assert "您看到的是截至 <b>2025年5月1日</b> 的记录" in text
    ledger = Ledger(QueryDict("year=2025&as_of=2025-05-01"), User.objects.get(username="leader"))
    assert [row["matched"] for row in ledger.matching_rows if row["year"] == 2025] == [0, 0, 0]


def test_one_county_s_flow_leaves_the_others_where_they_were(demo):
    user = User.objects.get(username="leader")
    before = Ledger(QueryDict("year=2025"), user).matching_rows
    record_flows([FlowRow("330182", 2025, "F3", "arrived", Decimal(100), date(2025, 12, 1))], by=None)
    after = Ledger(QueryDict("year=2025"), user).matching_rows
    changed = [(b["area"], b["year"], b["owed"] - a["owed"]) for b, a in zip(before, after, strict=True) if a != b]
    assert changed == [("330182", 2025, 100.0)]


# Figures ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query", ["year=2025", "year=2027", "year=2024&area=330127", "year=2024&source=F4&state=planned"]
)
def test_every_figure_is_one_that_plotly_takes(demo, query):
    ledger = Ledger(QueryDict(query), User.objects.get(username="leader"))
    for figure in views._figures(ledger).values():
        assert go.Figure(figure).layout.height == figure["layout"]["height"]


def test_links_of_the_sankey_keep_the_sum_at_every_level(demo):
    ledger = Ledger(QueryDict("year=2025"), User.objects.get(username="leader"))
    [sankey] = charts.money_paths(ledger.leaves, ledger.names, empty="")["data"]
    nodes, link = sankey["node"]["customdata"], sankey["link"]
    sums = dict.fromkeys(range(4), 0.0)
    levels = list(ledger.names.values())
    for source, value in zip(link["source"], link["value"], strict=True):
        level = next(n for n, names in enumerate(levels) if nodes[source] in names.values())
        sums[level] += value
    total = ledger.recorded["amount"] / charts.PER_YI
    assert [round(sums[n], 6) for n in range(3)] == [round(total, 6)] * 3


def test_a_long_name_is_cut_beside_its_node_and_whole_in_the_hover():
    name = "杭州市西部地区一二三四五六七八九十综合提升工程"
    leaves = pd.DataFrame([("F1", "330122", "service", "1", 5.0)], columns=[*LEVELS, "amount"])
    names = {"source": {"F1": "Special fund for public services in the west"}, "area": {"330122": "短名"}}
    names |= {"field": {"service": "Public services and more"}, "project": {"1": name}}
    node = charts.money_paths(leaves, names, empty="")["data"][0]["node"]
    assert node["label"] == [
        "Special fund for public…",
        "短名",
        "Public services and more",
        "杭州市西部地区一二三四五…",
    ]
    assert node["customdata"][3] == name


# Files ------------------------------------------------------------------------------------------


def rows_of(response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(response).decode("utf-8-sig"))))


def test_flows_come_as_a_stream_with_every_row(clients):
    answer = clients["leader"].get("/funding/flows.csv?area=330127")
    header, *rows = rows_of(answer.streaming_content)
    assert header[: len(workbook.TITLES)] == workbook.TITLES
    assert len(rows) == Flow.objects.filter(area="330127").count()
    assert {row[0] for row in rows} == {"330127"}


def test_the_workbook_of_flows_holds_numbers_as_numbers(clients):
    answer = clients["leader"].get("/funding/flows.xlsx?year=2025&source=F2&state=paid")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets[0]
    assert [row[6].value for row in sheet.iter_rows(min_row=2)] == [19160, 28740]


@pytest.mark.parametrize("path", ["/funding.csv", "/funding/matching.csv"])
def test_sums_and_matching_come_as_files(clients, path):
    header, *rows = rows_of([clients["leader"].get(f"{path}?year=2025").content])
    assert len(rows) > 10
    assert {len(row) for row in rows} == {len(header)}


# Entry ------------------------------------------------------------------------------------------

TYPED = {
    "area": "330122",
    "year": "2025",
    "source": "F3",
    "state": "arrived",
    "amount_wan": "１,200.5",
    "happened_on": "2025-12-01",
}


def test_a_county_enters_and_corrects(clients):
    client = clients["tonglu"]
    answer = client.post("/funding/flows/new/", TYPED)
    flow = Flow.objects.order_by("id").last()
    assert (answer.url, flow.amount_wan, flow.is_demo) == (f"/funding/flows/{flow.pk}/", Decimal("1200.5"), False)
    client.post(answer.url, {"to_amount_wan": "1000", "reason": "多登了，按回单更正"})
    assert list(flow.corrections.values_list("amount_wan", "reason")) == [(Decimal("-200.5"), "多登了，按回单更正")]
    assert "1,000.00" in client.get(answer.url).content.decode()


@pytest.mark.parametrize(
    ("name", "value"), [("amount_wan", "很多"), ("area", "330127"), ("source", "F1"), ("project", "PRJ-9999")]
)
def test_what_is_refused_stays_typed(clients, name, value):
    answer = clients["tonglu"].post("/funding/flows/new/", {**TYPED, name: value, "document": "某文号"})
    assert answer.status_code == 400
    assert "某文号" in answer.content.decode()


def test_nothing_is_chosen_for_those_who_have_a_choice(clients):
    """A county's clerk has one county; the city and its finance bureau none until they take one."""
    chosen = {}
    for name in ("tonglu", "finance"):
        form = clients[name].get("/funding/flows/new/").context["form"]
        chosen[name] = [form.fields[field].choices[0][0] for field in ("area", "source", "state")]
    assert chosen == {"tonglu": ["330122", "", ""], "finance": ["", "", ""]}
    assert clients["finance"].post("/funding/flows/new/", {**TYPED, "source": "F1", "area": ""}).status_code == 400


@pytest.mark.parametrize("role", ["leader", "stats", "chunan-health"])
def test_readers_do_not_write(clients, role):
    flow = Flow.objects.first()
    paths = ["/funding/flows/new/", f"/funding/flows/{flow.pk}/", "/funding/rule/", "/funding/upload/"]
    assert [clients[role].post(path).status_code for path in paths] == [403] * 4


def test_the_city_changes_the_rule_on_the_page(clients):
    typed = {"effective_from": 2025, "effective_to": "", "base_sources": ["F1"], "base_state": "allocated"}
    typed |= {"match_source": "F3", "match_state": "arrived", "floor_ratio": "0.9", "tolerance": "0"}
    typed |= {"exemptions": ["330127/2025"], "reason": "市政府专题会议纪要"}
    assert clients["municipal"].post("/funding/rule/", typed).status_code == 302
    rule = MatchingRule.objects.as_of().get(effective_from=2025)
    assert (rule.floor_ratio, list(rule.exemptions.values_list("area", "year"))) == (Decimal("0.9"), [("330127", 2025)])
    text = clients["leader"].get("/funding/?year=2025").content.decode()
    assert "豁免" in text
    assert clients["municipal"].post("/funding/rule/", {**typed, "reason": ""}).status_code == 400


# Files up ---------------------------------------------------------------------------------------


def book(*rows) -> SimpleUploadedFile:
    given = openpyxl.load_workbook(io.BytesIO(workbook.template({"state": ["到位"]})))
    for number, row in enumerate(rows, start=2):
        for name, value in row.items():
            given["资金流水"].cell(number, workbook.TITLES.index(name) + 1, value)
    out = io.BytesIO()
    given.save(out)
    return SimpleUploadedFile("流水.xlsx", out.getvalue())


LINE = {
    "区划代码": "330122",
    "资金年度": 2025,
    "资金代码": "F3",
    "资金状态": "到位",
    "金额（万元）": 88.25,
    "办理日期": date(2025, 12, 2),
}


def test_a_workbook_is_previewed_and_then_recorded(clients):
    client, before = clients["tonglu"], Flow.objects.count()
    page = client.post("/funding/upload/", {"file": book(LINE, {**LINE, "领域": "公共服务"})}).url
    text = client.get(page).content.decode()
    assert ("将登记 2 笔" in text, "与第 2 行相同" in text, Flow.objects.count()) == (True, True, before)
    assert confirmed(client, page).url == "/funding/flows/"
    made = Flow.objects.order_by("-id")[:2]
    assert [(flow.amount_wan, flow.field_id) for flow in made] == [
        (Decimal("88.25"), "service"),
        (Decimal("88.25"), None),
    ]
    assert client.get(page).status_code == 404


def test_a_day_that_is_to_come_or_outside_its_year_is_doubted_row_by_row_and_taken(clients):
    ahead, outside = date(timezone.localdate().year + 1, 6, 1), date(2024, 3, 1)
    rows = ({**LINE, "办理日期": day, "金额（万元）": 1} for day in (LINE["办理日期"], ahead, outside))
    page = clients["tonglu"].post("/funding/upload/", {"file": book(*rows)}).url
    asked = [words for words in clients["tonglu"].get(page).context["preview"].doubts if "办理日期" in words]
    later = f"办理日期 {ahead} 还没有到：登记后先列为“未到日”，到那天才计入合计"
    assert asked == [
        f"第 3 行：{later}；办理日期 {ahead} 不在资金年度 2025 年内",
        "第 4 行：办理日期 2024-03-01 不在资金年度 2025 年内",
    ]
    confirmed(clients["tonglu"], page)
    assert set(Flow.objects.order_by("-id").values_list("happened_on", flat=True)[:3]) >= {ahead, outside}


def test_money_for_a_project_of_another_county_is_doubted_and_taken(clients):
    """Shares may be registered incompletely, so it is no fault; whoever records it is asked to look."""
    own, other = ({**LINE, "项目编号": code} for code in ("PRJ-0101", "PRJ-0140"))
    page = clients["tonglu"].post("/funding/upload/", {"file": book(own, other)}).url
    doubt = "第 3 行：项目 PRJ-0140 在 330122 没有份额，请确认地区和项目编号"
    assert [words for words in clients["tonglu"].get(page).context["preview"].doubts if "份额" in words] == [doubt]
    confirmed(clients["tonglu"], page)
    flows = {flow.project.code: flow for flow in Flow.objects.order_by("-id").select_related("project")[:2]}
    words = "在桐庐县没有份额，请核对"
    texts = {code: clients["leader"].get(f"/funding/flows/{flow.pk}/").content.decode() for code, flow in flows.items()}
    assert {code: words in text for code, text in texts.items()} == {"PRJ-0101": False, "PRJ-0140": True}
    clients["tonglu"].post(f"/funding/flows/{flows['PRJ-0140'].pk}/", {"to_amount_wan": "0", "reason": "登错县"})
    assert words not in clients["leader"].get(f"/funding/flows/{flows['PRJ-0140'].pk}/").content.decode()


def test_one_faulty_line_keeps_all_out_and_comes_back_with_its_cause(clients):
    client, before = clients["tonglu"], Flow.objects.count()
    faults = [
        {"金额（万元）": "许多"},
        {"资金状态": "花了"},
        {"办理日期": "去年"},
        {"资金代码": "F1"},
        {"类别": "更正"},
    ]
    page = client.post("/funding/upload/", {"file": book(LINE, *({**LINE, **fault} for fault in faults))}).url
    text = client.get(page).content.decode()
    assert ('有 <span class="behind">5</span> 处错误' in text, "登记后的合计" in text) == (True, False)
    confirmed(client, page)
    assert Flow.objects.count() == before
    copy = openpyxl.load_workbook(io.BytesIO(client.get(f"{page}refused.xlsx").content))
    rows = list(copy.worksheets[0].iter_rows(min_row=2))
    assert [row[-2].value for row in rows] == [2, 3, 4, 5, 6, 7]
    assert [row[-1].value is None for row in rows] == [True, False, False, False, False, False]
    assert rows[1][-1].value == "G3 金额（万元）：“许多”不是数字；请只填数字，不带单位和文字"


def test_the_copy_with_the_causes_mended_records_every_line(clients):
    client, before = clients["tonglu"], Flow.objects.count()
    page = client.post("/funding/upload/", {"file": book(LINE, {**LINE, "金额（万元）": "许多"})}).url
    copy = openpyxl.load_workbook(io.BytesIO(client.get(f"{page}refused.xlsx").content))
    copy.worksheets[0].cell(3, workbook.TITLES.index("金额（万元）") + 1, 12)
    out = io.BytesIO()
    copy.save(out)
    page = client.post("/funding/upload/", {"file": SimpleUploadedFile("改好.xlsx", out.getvalue())}).url
    assert confirmed(client, page).url == "/funding/flows/"
    made = Flow.objects.order_by("id")[before:]
    assert [flow.amount_wan for flow in made] == [Decimal("88.25"), Decimal(12)]


def test_what_is_no_table_is_told(clients):
    answer = clients["tonglu"].post("/funding/upload/", {"file": SimpleUploadedFile("a.pdf", b"%PDF-1.7 ...")})
    assert (answer.status_code, "这是 PDF 文件" in answer.content.decode()) == (400, True)


def test_the_export_can_be_read_back(clients):
    answer = clients["leader"].get("/funding/flows.csv?year=2025&kind=original&source=F3&area=330122")
    exported = b"".join(answer.streaming_content).decode()

    def preview(content: str) -> str:
        file = SimpleUploadedFile("flows.csv", content.encode())
        page = clients["tonglu"].post("/funding/upload/", {"file": file}).url
        return clients["tonglu"].get(page).content.decode()

    assert preview(exported).count("这一行标着演示数据，不是真实的资金，不能登记") == 12
    text = preview(exported.replace(",是\r\n", ",\r\n"))
    assert ("将登记 12 笔" in text, text.count("同一天已登记过同样的一笔")) == (True, 12)


def test_the_effect_of_a_rule_is_shown_before_it_is_saved_and_is_what_saving_does(clients):
    page = clients["municipal"].get("/funding/rule/").context["form"]
    typed = {name: page.get_initial_for_field(field, name) for name, field in page.fields.items()}
    typed = {name: value for name, value in typed.items() if value not in (None, "")}
    typed |= {"floor_ratio": "0.5", "reason": "试算"}
    before = MatchingRule.objects.count()
    answer = clients["municipal"].post("/funding/rule/", typed | {"preview": "1"})
    effect = answer.context["effect"]
    assert (answer.status_code, MatchingRule.objects.count()) == (200, before)
    assert answer.context["form"]["floor_ratio"].value() == "0.5"
    now = {
        (row["area"], row["year"]): row
        for row in Ledger(QueryDict(), User.objects.get(username="municipal")).matching_rows
    }
    assert clients["municipal"].post("/funding/rule/", typed).status_code == 302
    ledger = Ledger(QueryDict(), User.objects.get(username="municipal"))
    after = {(row["area"], row["year"]): row for row in ledger.matching_rows}
    names = ledger.area_names
    turned = [
        (names[key[0]], key[1], now[key]["owed"], row["owed"])
        for key, row in after.items()
        if (now[key]["status"], now[key]["owed"]) != (row["status"], row["owed"])
    ]
    assert turned
    assert [(area, year, owed, left) for area, year, _was, owed, _is, left in effect] == turned
    again = clients["municipal"].post("/funding/rule/", typed | {"preview": "1"})
    assert again.context["effect"] == []


def test_a_rule_that_cannot_be_is_refused_in_the_preview_too(clients):
    page = clients["municipal"].get("/funding/rule/").context["form"]
    typed = {name: page.get_initial_for_field(field, name) for name, field in page.fields.items()}
    typed = {name: value for name, value in typed.items() if value not in (None, "")}
    typed |= {"effective_from": "2027", "effective_to": "2023", "reason": "试算", "preview": "1"}
    answer = clients["municipal"].post("/funding/rule/", typed)
    assert answer.status_code == 400
    assert "终止年不能早于起始年" in answer.content.decode()
    assert clients["leader"].post("/funding/rule/", typed).status_code == 403
