"""The writing API and the pages: the same actions, each refusal with its status and in plain words."""

import re
from decimal import Decimal

import pytest
from django.test import Client

from reporting.actions import change_state
from reporting.models import EntryVersion

ENTRIES = "/api/v1/submissions/330127/2024/entries/"
PROBLEM = "application/problem+json"


@pytest.fixture
def client_of(actors):
    def client(name):
        found = Client()
        found.force_login(actors[name])
        return found

    return client


def put(client, entries, **more):
    return client.put(ENTRIES, {"entries": entries, **more}, content_type="application/json")


def test_put_answers_findings_judgement_and_the_new_version(sheet, client_of):
    entry = {"indicator": "P02", "value": 812, "version": 0}
    response = put(client_of("330127-housing"), [entry])
    assert response.status_code == 200
    (told,) = response.json()["entries"]
    assert (told["value"], told["version"], told["judgement"]["status"]) == (812.0, 1, "no_target")
    assert [finding["code"] for finding in told["findings"]["hard"]] == ["out_of_bounds"]


@pytest.mark.parametrize(
    ("typed", "stored"), [("95.5%", "95.5"), ("９５．５", "95.5"), (95.5, "95.5"), (" 95.5 ", "95.5"), (95, "95")]
)
def test_numbers_as_people_type_them(sheet, client_of, typed, stored):
    assert put(client_of("330127-housing"), [{"indicator": "P02", "value": typed}]).status_code == 200
    assert sheet.entries.get(indicator="P02").value == Decimal(stored)


def test_dry_run_stores_nothing(sheet, client_of):
    response = put(client_of("330127-housing"), [{"indicator": "P02", "value": 93.4}], dry_run=True)
    assert (response.status_code, response.json()["changed"], EntryVersion.objects.count()) == (200, ["P02"], 0)


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([{"indicator": "P02", "value": "九十五"}], "P02"),
        ([{"indicator": "P02", "value": True}], "value 应为数字"),
        ([{"indicator": "P02", "value": 1e10}], "P02"),
        ([{"indicator": "P99", "value": 1}], "P99：本表没有这个指标"),
        ([{"value": 1}], "indicator"),
        ([{"indicator": "P02", "value": 1, "version": "3"}], "version 应为整数"),
        ([], "entries"),
        (["P02"], "indicator"),
    ],
)
def test_what_does_not_parse_refuses_the_whole_request(sheet, client_of, entries, words):
    good = [{"indicator": "P15", "value": 9.1}] if entries else []
    response = put(client_of("330127-housing"), good + entries)
    assert (response.status_code, response["Content-Type"]) == (400, PROBLEM)
    assert words in response.json()["detail"]
    assert EntryVersion.objects.count() == 0


ONE = {"indicator": "P02", "value": 93.4}


@pytest.mark.parametrize(
    ("body", "path", "words"),
    [
        *(({"entries": [ONE], "dry_run": wrong}, "", "dry_run 只能是 true 或 false") for wrong in ("true", 1, None)),
        ({"entries": [ONE], "dryrun": True}, "", "没有名为“dryrun”的一项；可用：dry_run、entries"),
        ({"entries": [ONE]}, "?dry_run=true", "不带参数"),
        ({"entries": [{"indicator": "P02", "explanation": "只补说明"}]}, "", "P02：缺 value"),
        ({"entries": [{**ONE, "explanaton": "x"}]}, "", "P02：没有名为“explanaton”的一项"),
        ({"entries": [ONE, ONE]}, "", "P02：一次只能发一项"),
    ],
)
def test_what_is_not_understood_writes_nothing(sheet, client_of, body, path, words):
    response = client_of("330127-housing").put(ENTRIES + path, body, content_type="application/json")
    assert (response.status_code, response["Content-Type"]) == (400, PROBLEM)
    assert words in response.json()["detail"]
    assert EntryVersion.objects.count() == 0


def test_an_explanation_that_is_not_sent_stays(sheet, client_of):
    client = client_of("330127-housing")
    put(client, [{**ONE, "explanation": "城区管网改造完成"}])
    put(client, [{"indicator": "P02", "value": 93.5}])
    entry = sheet.entries.get(indicator="P02")
    assert (entry.value, entry.explanation) == (Decimal("93.5"), "城区管网改造完成")
    put(client, [{**ONE, "explanation": ""}])
    assert sheet.entries.get(indicator="P02").explanation == ""


def test_no_sheet_is_said_in_plain_words(sheet, client_of):
    response = client_of("330127-housing").put(
        ENTRIES.replace("330127", "330122"), {"entries": [ONE]}, content_type="application/json"
    )
    assert (response.status_code, "没有 330122 2024 年的填报表" in response.json()["detail"]) == (404, True)


def test_broken_json_is_shown_where(sheet, client_of):
    response = client_of("330127-housing").put(ENTRIES, '{"entries": [}', content_type="application/json")
    assert (response.status_code, "第1行第14个字符" in response.json()["detail"]) == (400, True)


def test_a_body_that_is_too_long_is_413(sheet, client_of):
    body = f'{{"entries": [], "dryrun": "{"x" * 3_000_000}"}}'
    response = client_of("330127-housing").put(ENTRIES, body, content_type="application/json")
    assert (response.status_code, response["Content-Type"]) == (413, PROBLEM)


def test_a_step_refuses_what_it_does_not_know(submitted, client_of):
    def step(name, **body):
        path = ENTRIES.replace("entries", name)
        return client_of("municipal").post(path, body, content_type="application/json")

    assert "没有名为“until_”" in step("approve", until_="2027-01-01").json()["detail"]
    assert step("approve").status_code == 200
    assert step("reopen", reason="更正一项", until="2027-01-31").status_code == 200
    submitted.refresh_from_db()
    assert submitted.reopened_until.isoformat() == "2027-01-31T15:59:59.999999+00:00"  # the end of the day in Shanghai
    assert step("reopen", reason="更正一项", until="2027-01-31").status_code == 200  # said twice, done once
    assert step("reopen", reason="更正一项", until="2027-02-28").status_code == 409
    assert step("reopen", reason="更正一项", until="明年").status_code == 400


def test_units_that_are_not_waited_for_are_named_by_code(sheet, client_of):
    def submit(**body):
        path = ENTRIES.replace("entries", "submit")
        return client_of("330127-DRC").post(path, body, content_type="application/json").json()

    late = submit()["late"]
    assert late["330127-housing"] == "淳安县住房城乡建设局"
    told = submit(exceptions={"ZZZ": "不等了，另行补报"})["detail"]
    assert "没有代码为“ZZZ”的单位" in told
    assert all(code in told for code in late)


def test_a_stale_version_is_409_with_both_values(sheet, client_of):
    client = client_of("330127-housing")
    put(client, [{"indicator": "P02", "value": 93.4, "version": 0}])
    response = put(client, [{"indicator": "P02", "value": 95.1, "version": 0}])
    assert (response.status_code, response["Content-Type"]) == (409, PROBLEM)
    (both,) = response.json()["conflicts"]
    assert (both["yours"], both["theirs"], both["version"]) == (95.1, 93.4, 1)


@pytest.mark.parametrize(
    ("who", "status"),
    [("330127-health", 403), ("330127-DRC", 403), ("municipal", 403), ("330122-housing", 404), ("stats", 404)],
)
def test_who_may_not_write_the_row(sheet, client_of, who, status):
    response = put(client_of(who), [{"indicator": "P02", "value": 93.4}])
    assert (response.status_code, response["Content-Type"]) == (status, PROBLEM)
    assert EntryVersion.objects.count() == 0


def test_nobody_is_asked_to_log_in(sheet):
    response = put(Client(), [{"indicator": "P02", "value": 93.4}])
    assert (response.status_code, response["Content-Type"]) == (401, PROBLEM)


def test_steps_by_api(submitted, client_of):
    def post(who, action, **body):
        path = f"/api/v1/submissions/330127/2024/{action}/"
        return client_of(who).post(path, body, content_type="application/json")

    assert post("330127-DRC", "approve").status_code == 403
    out_of_turn = post("municipal", "reopen", reason="r", until="2099-01-01T00:00")
    assert (out_of_turn.status_code, out_of_turn.json()["state"]) == (409, "submitted")
    assert post("municipal", "return", reason="", entries=["P02"]).status_code == 400
    assert post("330122-DRC", "withdraw").status_code == 404
    assert post("municipal", "fly").status_code == 400
    assert post("municipal", "approve").json()["state"] == "approved"
    assert post("municipal", "reopen", reason="更正", until="soon").status_code == 400
    assert post("municipal", "reopen", reason="更正", until="2099-01-01T00:00").json()["state"] == "reopened"


PAGES = ["/reporting/", "/reporting/330127/2024/", "/reporting/330127/2024/thread/P02/", "/review/"]


@pytest.mark.parametrize(
    ("who", "statuses"),
    [
        ("municipal", [200, 200, 200, 200]),
        ("330127-DRC", [200, 200, 200, 404]),
        ("330127-health", [200, 200, 200, 404]),
        ("330122-DRC", [200, 404, 404, 404]),
        ("330122-health", [200, 404, 404, 404]),
        ("stats", [200, 404, 404, 404]),
    ],
)
def test_every_role_by_every_page(submitted, client_of, who, statuses):
    client = client_of(who)
    assert [client.get(path).status_code for path in PAGES] == statuses


def test_the_work_list_empties_when_my_part_is_done(sheet, fill, client_of):
    client = client_of("330127-housing")
    assert "有1张表等您办理" in client.get("/reporting/").content.decode()
    fill(sheet)
    assert "没有等您办理的事" in client.get("/reporting/").content.decode()
    assert "有1张表等您办理" in client_of("330127-DRC").get("/reporting/").content.decode()


def test_another_county_is_not_on_the_list(submitted, client_of):
    body = client_of("330122-DRC").get("/reporting/").content.decode()
    assert ("桐庐县" in body, "淳安县" in body) == (True, False)


def test_the_page_keeps_a_refused_reason_and_says_why(submitted, client_of):
    client = client_of("municipal")
    path = "/reporting/330127/2024/steps/return/"
    body = client.post(path, {"reason": "口径请核对"}, follow=True).content.decode()
    assert "请选出要更正的指标" in body
    assert "口径请核对</textarea>" in body


def test_a_refused_submission_keeps_the_reasons_for_not_waiting(sheet, client_of):
    client = client_of("330127-DRC")
    page = "/reporting/330127/2024/"
    answer = client.post(
        f"{page}steps/submit/", {"exception:330127-housing": "另行补报", "exception:330127-health": ""}, follow=True
    )
    fields = re.findall(r'name="exception:([\w-]+)" maxlength="200" value="([^"]*)"', answer.content.decode())
    assert {words: code for code, words in fields if words} == {"另行补报": "330127-housing"}
    assert len(fields) > 5
    again = client.get("/reporting/330127/2024/").content.decode()
    assert 'value="另行补报"' in again
    assert "本单位的行也还没有交出" in answer.content.decode()
    assert 'value="另行补报"' not in client_of("330127-DRC").get(page).content.decode()


def test_submitted_layer_shows_unapproved_values_to_those_in_scope(submitted, client_of):
    def cells(who):
        body = client_of(who).get("/?year=2024&layer=submitted").content.decode()
        return body.count('class="unreviewed"')

    assert (cells("municipal"), cells("330127-health"), cells("330122-DRC")) == (20, 20, 0)
    assert client_of("stats").get("/?layer=submitted").status_code == 404
    assert "unreviewed" not in client_of("municipal").get("/?year=2024").content.decode()


def test_bulk_approval_is_the_single_one_repeated(submitted, client_of, actors):
    response = client_of("municipal").post("/review/steps/approve/", {"submission": ["330127/2024", "330122/2024"]})
    submitted.refresh_from_db()
    assert (response.status_code, submitted.state) == (302, "approved")
    assert change_state(submission=submitted, action="approve", by=actors["municipal"]).action == "approve"


def test_the_city_opens_a_year_and_only_the_city(plan, client_of):
    sent = {"year": "2025", "due_on": "2026-03-31"}
    assert client_of("330127-DRC").post("/reporting/rounds/", sent).status_code == 404
    body = client_of("municipal").post("/reporting/rounds/", sent, follow=True).content.decode()
    assert ("已开放" in body, body.count("/reporting/330")) == (True, 3)
    again = client_of("municipal").post("/reporting/rounds/", sent, follow=True).content.decode()
    assert "2025年的报送已经开放过" in again
    future = client_of("municipal").post("/reporting/rounds/", {"year": "2031", "due_on": "x"}, follow=True)
    assert "年份不在方案的期限内" in future.content.decode()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("[" * 100_000, "嵌套过深"),
        (r'{"entries": [{"indicator": "P02", "value": 1, "explanation": "\ud800"}]}', "字符（U+D800）"),
        (r'{"entries": [{"indicator": "P02", "value": 1, "explanation": "a\u0000"}]}', "字符（U+0000）"),
        (r'{"entries": [{"indicator": "P02", "value": 1, "explanation": "a", "\ufffe": 1}]}', "字符（U+FFFE）"),
        (f'{{"entries": [{{"indicator": "P02", "value": 1, "explanation": "{"a" * 32_768}"}}]}}', "最多 32,767 字"),
    ],
)
def test_json_that_no_database_keeps_is_refused(sheet, client_of, body, words):
    answer = client_of("330127-housing").put(ENTRIES, body, content_type="application/json")
    assert (answer.status_code, words in answer.content.decode()) == (400, True)


@pytest.mark.parametrize(("words", "is_unexplained"), [("", True), ("核实无误", True), ("新城污水厂投运", False)])
def test_a_doubt_counts_until_it_is_explained(clients, words, is_unexplained):
    path, client = "/api/v1/submissions/330127/2025/entries/", clients["chunan-housing"]
    entry = {"indicator": "P16", "value": 99.5, "explanation": words}
    told = client.put(path, {"entries": [entry]}, content_type="application/json").json()["entries"][0]
    assert (bool(told["findings"]["soft"]), told["findings"]["hard"]) == (True, [])
    assert (told["is_unexplained"], bool(told["obstacles"])) == (is_unexplained, is_unexplained)
    page = client.get("/reporting/330127/2025/").content.decode()
    count = int(re.search(r'id="count-soft">(\d+)<', page)[1])
    assert count == page.count("data-unexplained>")
    marked = re.search(rf'data-indicator="P16" data-version="{told["version"]}"[^>]* data-unexplained>', page)
    assert bool(marked) == is_unexplained


def test_reopening_one_row_opens_its_unit_alone(submitted, client_of):
    city = client_of("municipal")
    steps = "/reporting/330127/2024/steps/"
    city.post(f"{steps}approve/")
    page = city.get("/reporting/330127/2024/").content.decode()
    box = r'<legend>要更正的指标（不选即全部）</legend>\s*<label><input type="checkbox" name="entries"'
    assert re.search(box, page)
    sent = {"reason": "更正一项", "until": "2099-01-01T18:00"}
    city.post(f"{steps}reopen/", {**sent, "entries": ["P02", "P99"]})
    submitted.refresh_from_db()
    assert submitted.state == "approved"
    city.post(f"{steps}reopen/", {**sent, "entries": ["P02"]})
    submitted.refresh_from_db()
    opened = submitted.parts.filter(state="open").values_list("organisation__code", flat=True)
    assert (submitted.state, list(opened)) == ("reopened", ["330127-housing"])
