"""The lists for language models: off by default, as the asker may read them, each number with address and mark."""

import json

import pytest

from access.actions import create_token
from accounts.models import Organisation, User
from lib.listapi.catalogue import lists

PATH = "/api/mcp/"


@pytest.fixture
def ask(demo, client, settings):
    """ask(method, params, unit=…) → the answer's body."""
    settings.MCP = True

    def call(method, params=None, *, unit="HZ-STATS", **more):
        by = User.objects.filter(organisation__code=unit, is_service=False).first()
        _token, text = create_token(name="模型", organisation=Organisation.objects.get(code=unit), by=by)
        body = {"jsonrpc": "2.0", "id": 7, "method": method} | ({"params": params} if params is not None else {})
        headers = {"Authorization": f"Bearer {text}", **more}
        return client.post(PATH, json.dumps(body), content_type="application/json", headers=headers)

    return call


def called(ask, name, unit="HZ-STATS", **given):
    return ask("tools/call", {"name": name, "arguments": given}, unit=unit).json()["result"]


def test_it_is_off_unless_asked_for(demo, ask, settings, client):
    settings.MCP = False
    assert ask("ping").status_code == 404
    settings.MCP = True
    assert ask("ping").json() == {"jsonrpc": "2.0", "id": 7, "result": {}}
    assert client.post(PATH, "{}", content_type="application/json").status_code == 401
    assert client.get(PATH).status_code in {401, 405}


def test_the_greeting(ask):
    told = ask("initialize", {"protocolVersion": "2025-03-26", "capabilities": {}}).json()["result"]
    assert (told["protocolVersion"], told["capabilities"]) == ("2025-03-26", {"tools": {}})
    assert ask("initialize", {"protocolVersion": "1999-01-01"}).json()["result"]["protocolVersion"] == "2025-06-18"
    tools = ask("tools/list").json()["result"]["tools"]
    assert [tool["name"] for tool in tools] == ["list_tables", "read_table", "explain_assessment"]
    assert all(tool["annotations"]["readOnlyHint"] for tool in tools)
    assert ask("resources/list").json()["error"]["code"] == -32601


def test_rows_are_those_of_the_list_with_address_and_mark(ask, clients):
    found = called(ask, "read_table", table="observations", filters={"area": "330127", "year": 2023}, limit=200)
    rows = found["structuredContent"]["rows"]
    listed = clients["stats"].get("/api/v1/observations/", {"area": "330127", "year": 2023}).json()["results"]
    assert [{name: row[name] for name in listed[0]} for row in rows] == listed
    assert {row["mark"] for row in rows} == {"演示数据，并非真实"}
    for row in rows[:3]:
        assert clients["stats"].get(row["address"]).json()["results"] == [{name: row[name] for name in listed[0]}]
    assert json.loads(found["content"][0]["text"]) == found["structuredContent"]
    provisional = called(ask, "read_table", table="indicators", limit=200)["structuredContent"]["rows"]
    marks = {(row["is_provisional"], row["mark"]) for row in provisional}
    assert marks == {(True, "暂定，尚非主管部门正式表"), (False, "正式")}


def test_why_a_cell_is_judged_so(ask, clients):
    found = called(ask, "explain_assessment", area="330127", indicator="P01", year=2024)["structuredContent"]
    told = clients["stats"].get("/api/v1/assessments/330127/P01/2024/").json()
    assert found["explanation"] == told["explanation"]
    assert clients["stats"].get(found["page"]).status_code == 200


def test_tables_are_all_lists(ask):
    tables = called(ask, "list_tables")["structuredContent"]["tables"]
    assert {table["name"] for table in tables} == set(lists())


def test_it_sees_what_its_unit_sees(ask):
    assert called(ask, "read_table", table="submissions")["structuredContent"]["rows"] == []
    rows = called(ask, "read_table", "330122-DRC", table="submissions")["structuredContent"]["rows"]
    assert {row["area"] for row in rows} == {"330122"}


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("read_table", {"table": "nothing"}, "没有名为“nothing”的表"),
        ("read_table", {"table": "targets", "filters": {"yaer": 1}}, "yaer"),
        ("read_table", {"table": "targets", "limit": 10**6}, "limit"),
        ("read_table", {"table": "targets", "filters": ["area"]}, "filters"),
        ("explain_assessment", {"area": "330127", "indicator": "P01", "year": 1900}, "没有这个对象"),
        ("explain_assessment", {"area": "330127", "indicator": "P01", "year": "x"}, "year"),
        ("list_tables", {"x": 1}, "x"),
    ],
)
def test_what_is_wrong_is_told_to_the_model(ask, name, given, words):
    found = called(ask, name, **given)
    assert (found["isError"], words in found["content"][0]["text"]) == (True, True), found


def test_other_messages(ask, client, demo):
    assert ask("tools/call", {"name": "write"}).json()["error"]["code"] == -32602
    assert ask("tools/call", []).json()["error"]["code"] == -32602
    assert ask("ping", Origin="https://evil.example").status_code == 403
    assert ask("ping", Origin="http://testserver").status_code == 200


@pytest.mark.parametrize("given", [10**30, None, True, 1.5, [1], {"a": 1}, "x" * 201])
def test_an_id_that_cannot_go_back_is_refused(ask, client, given):
    """One of more than 64 bits was a fault of the site."""
    headers = {"Authorization": ask("ping").wsgi_request.headers["Authorization"]}
    body = {"jsonrpc": "2.0", "id": given, "method": "ping"}
    answer = client.post(PATH, json.dumps(body), content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (200, -32600)


@pytest.mark.parametrize(
    "given",
    [
        {"area": "330127", "indicator": "P02", "year": 10**30},
        {"area": "330127", "indicator": "P02", "year": -1},
        {"area": {"a": [1]}, "indicator": ["x"], "year": 2024},
        {"area": "' OR 1=1 --", "indicator": "%", "year": 2024},
    ],
)
def test_odd_arguments_are_told_to_the_model(ask, given):
    found = called(ask, "explain_assessment", **given)
    assert (found["isError"], "year" in found["content"][0]["text"]) == (True, given["year"] != 2024)
    filters = {"area": given["area"], "year": given["year"]}
    assert called(ask, "read_table", table="observations", filters=filters)["isError"]


def test_what_may_only_write_or_try_reads_nothing(demo, client, settings):
    settings.MCP = True
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    unit = Organisation.objects.get(code="330127-DRC")
    by = User.objects.filter(organisation=unit, is_service=False).first()
    for scope in ("write:entries", "try"):
        _token, text = create_token(name=scope, organisation=unit, by=by, scopes=[scope])
        headers = {"Authorization": f"Bearer {text}"}
        answer = client.post(PATH, body, content_type="application/json", headers=headers)
        assert answer.status_code == 403, answer.content
