"""What the contract promises of every address: methods, other sites, slashes; and of writes: faults, keys, versions."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from journal.idempotency import KEPT, LEASE
from journal.models import KeyedRequest
from lib.listapi.openapi import described
from lib.web.methods import MethodsMiddleware
from reporting.models import EntryVersion, Transition

SHEET = "/api/v1/submissions/330127/2024/"
ENTRIES = f"{SHEET}entries/"
JSON = {"content_type": "application/json"}
PROBLEM = "application/problem+json"
PATH_VALUES = {
    "area": "330127",
    "indicator": "P02",
    "year": "2024",
    "action": "submit",
    "code": "XM-001",
    "name": "targets",
}


@pytest.fixture
def housing(actors):
    found = Client()
    found.force_login(actors["330127-housing"])
    return found


def put(client, entries, headers=None, **more):
    return client.put(ENTRIES, {"entries": entries, **more}, headers=headers or {}, **JSON)


# Many entries, many faults -------------------------------------------------------------------------

BAD = [
    {"indicator": "P02", "value": "九十五", "version": "x"},
    {"indicator": "P15", "value": 9.1},
    {"indicator": "P99", "value": 1},
    {"value": 1},
    {"indicator": "P01", "value": 1},
]


@pytest.mark.parametrize("dry_run", [False, True])
def test_every_fault_of_a_refused_write_is_named(sheet, housing, dry_run):
    answer = put(housing, BAD, dry_run=dry_run)
    told = answer.json()
    assert (answer.status_code, told["type"]) == (400, "/problems/invalid-request/")
    found = [(each["index"], each["indicator"], each["type"].split("/")[2]) for each in told["errors"]]
    invalid = "invalid-request"
    assert found == [
        (0, "P02", invalid),
        (0, "P02", invalid),
        (2, "P99", invalid),
        (3, None, invalid),
        (4, "P01", "not-allowed"),
    ]
    assert [bool(each["words"]) for each in told["errors"]] == [True] * 5
    assert [each["words"].rstrip("。") in told["detail"] for each in told["errors"]] == [True] * 5
    assert EntryVersion.objects.count() == 0


def test_one_fault_keeps_its_own_kind_and_words(sheet, housing):
    told = put(housing, [{"indicator": "P01", "value": 1}]).json()
    assert (told["type"], len(told["errors"])) == ("/problems/not-allowed/", 1)
    assert told["errors"][0]["words"] == told["detail"]


def test_what_others_typed_is_not_told_to_who_may_not_type_there(sheet, housing):
    told = put(housing, [{"indicator": "P01", "value": 1, "version": 7}]).json()
    assert "conflicts" not in told


def test_two_stale_entries_are_told_with_both_values(sheet, housing):
    put(housing, [{"indicator": "P02", "value": 90}, {"indicator": "P15", "value": 9}])
    rows = [{"indicator": code, "value": 91, "version": 0} for code in ("P02", "P15")]
    told = put(housing, rows).json()
    assert [(both["indicator"], both["theirs"]) for both in told["conflicts"]] == [("P02", 90.0), ("P15", 9.0)]
    assert [each["type"] for each in told["errors"]] == ["/problems/version-conflict/"] * 2


def test_a_sheet_that_is_not_open_is_told_with_the_faults_of_its_rows(submitted, housing):
    told = put(housing, [{"indicator": "P99", "value": 1}]).json()
    assert told["status"] == 409
    assert [each["type"].split("/")[2] for each in told["errors"]] == ["wrong-state", "invalid-request"]


# Numbers and types ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "stored"),
    [("0.00005", "0.00005"), ("5e-05", "0.00005"), ("9.5E1", "95"), ("95.10", "95.1"), ("123456789.123456",) * 2],
)
def test_json_numbers_are_decimals(sheet, housing, sent, stored):
    body = f'{{"entries": [{{"indicator": "P02", "value": {sent}}}]}}'
    assert housing.put(ENTRIES, body, **JSON).status_code == 200
    assert sheet.entries.get(indicator="P02").value == Decimal(stored)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"entries": [{"indicator": "P02", "value": NaN}]}', "NaN"),
        ('{"entries": [{"indicator": "P02", "value": -Infinity}]}', "-Infinity"),
        ('{"entries": [{"indicator": "P02", "value": 1, "value": 2}]}', "“value”写了两次"),
        ('{"entries": [{"indicator": "P02", "value": 1e999999999999999999999}]}', "太长"),
        ('{"entries": [{"indicator": "P02", "value": 1e99999}]}', "太大"),
        ('{"entries": [{"indicator": "P02", "value": 1e-99999}]}', "超过 6 位"),
        ('{"entries": [{"indicator": "P02", "value": 1000000000}]}', "太大"),
        ('{"entries": [{"indicator": "P02", "value": 1, "explanation": ["a"]}]}', "explanation 应为文字"),
        ('{"entries": [{"indicator": "P02", "value": 1, "explanation": 12}]}', "explanation 应为文字"),
        ('{"entries": [{"indicator": "P02", "value": 1, "version": -1}]}', "version 应为整数"),
    ],
)
def test_what_is_no_such_value_is_refused_by_its_cause(sheet, housing, body, words):
    answer = housing.put(ENTRIES, body, **JSON)
    assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM)
    assert words in answer.json()["detail"]
    assert EntryVersion.objects.count() == 0


@pytest.mark.parametrize("body", [{"reason": 12}, {"until": 5}, {"entries": "P02"}, {"exceptions": {"a": 1}}, []])
def test_details_of_a_step_are_of_their_types(sheet, housing, body):
    assert housing.post(f"{SHEET}hand_over/", body, **JSON).status_code == 400
    assert Transition.objects.filter(action="hand_over").count() == 0


def test_a_sheet_that_is_not_ready_is_409(sheet, actors):
    county = Client()
    county.force_login(actors["330127-DRC"])
    answer = county.post(f"{SHEET}submit/", {}, **JSON)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-ready/")


# If-Match ------------------------------------------------------------------------------------------


def test_a_sheet_is_written_over_only_as_it_was_read(sheet, housing):
    read = housing.get(ENTRIES)
    tag, own = read["ETag"], [each for each in read.json()["entries"] if each["is_own"]]
    assert {each["indicator"] for each in own} >= {"P02", "P15"}
    saved = put(housing, [{"indicator": "P02", "value": 90}], {"If-Match": tag})
    assert saved.status_code == 200
    again = put(housing, [{"indicator": "P15", "value": 9}], {"If-Match": tag})
    assert (again.status_code, again.json()["type"]) == (412, "/problems/precondition-failed/")
    assert again.json()["etag"] == saved.json()["etag"] == housing.get(ENTRIES)["ETag"]
    assert sheet.entries.get(indicator="P15").version == 0
    for wanted in (saved.json()["etag"], f"W/{again.json()['etag']}", '"other", *'):
        assert put(housing, [{"indicator": "P15", "value": 9}], {"If-Match": wanted}, dry_run=True).status_code == 200


def test_a_step_makes_another_version_of_the_sheet(submitted, housing, actors):
    before = housing.get(ENTRIES)["ETag"]
    assert housing.get(ENTRIES, headers={"If-None-Match": before}).status_code == 304
    county = Client()
    county.force_login(actors["330127-DRC"])
    assert county.post(f"{SHEET}withdraw/", {}, **JSON).status_code == 200
    assert housing.get(ENTRIES, headers={"If-None-Match": before}).status_code == 200


def test_a_sheet_is_read_within_the_scope(sheet, housing, actors):
    assert housing.get(ENTRIES.replace("330127", "330122")).status_code == 404
    stranger = Client()
    stranger.force_login(actors["stats"])
    assert (stranger.get(ENTRIES).status_code, Client().get(ENTRIES).status_code) == (404, 401)


# Idempotency-Key -----------------------------------------------------------------------------------

KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
ONE = [{"indicator": "P02", "value": 93.4}]


def test_the_same_request_is_carried_out_once_and_answered_alike(sheet, housing):
    first, second = put(housing, ONE, KEY), put(housing, ONE, KEY)
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert (first.has_header("Idempotent-Replayed"), second["Idempotent-Replayed"]) == (False, "true")
    assert first["Content-Type"] == second["Content-Type"]
    assert EntryVersion.objects.count() == 1


def test_a_refusal_is_answered_alike_too(sheet, housing):
    first, second = put(housing, [{"indicator": "P99", "value": 1}], KEY), None
    second = put(housing, [{"indicator": "P99", "value": 1}], KEY)
    assert (first.status_code, second.status_code, first.content) == (400, 400, second.content)
    assert second["Content-Type"] == PROBLEM


@pytest.mark.parametrize("other", [[{"indicator": "P02", "value": 93.5}], [{"indicator": "P02", "value": "93.4"}]])
def test_another_body_with_the_same_key_is_422(sheet, housing, other):
    put(housing, ONE, KEY)
    answer = put(housing, other, KEY)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/idempotency-key-reused/")
    assert housing.post(f"{SHEET}hand_over/", {}, headers=KEY, **JSON).status_code == 422
    assert EntryVersion.objects.count() == 1


def test_another_account_may_use_the_same_key(sheet, housing, actors):
    put(housing, ONE, KEY)
    other = Client()
    other.force_login(actors["330127-health"])
    answer = put(other, [{"indicator": "P03", "value": 4.2}], KEY)
    assert (answer.status_code, answer.has_header("Idempotent-Replayed")) == (200, False)


def test_a_request_under_way_is_409_until_its_lease_is_over(sheet, housing):
    put(housing, ONE, KEY)
    KeyedRequest.objects.update(status=None, headers={}, body="")
    answer = put(housing, ONE, KEY)
    assert (answer.status_code, answer["Retry-After"]) == (409, "1")
    assert answer.json()["type"] == "/problems/request-under-way/"
    KeyedRequest.objects.update(at=timezone.now() - LEASE - timedelta(seconds=1))
    assert put(housing, ONE, KEY).status_code == 200
    assert KeyedRequest.objects.get().status == 200


def test_who_lost_its_claim_saves_nothing(sheet, housing, monkeypatch):
    """Another attempt has taken over while the first was at work."""

    def overtaken(**asked):
        KeyedRequest.objects.update(claim="of another")
        return save(**asked)

    save = __import__("reporting.api", fromlist=["save_entries"]).save_entries
    monkeypatch.setattr("reporting.api.save_entries", overtaken)
    assert put(housing, ONE, KEY).status_code == 409
    assert EntryVersion.objects.count() == 0


def test_a_refusal_without_end_is_not_kept_and_refused_anew(sheet, housing):
    """Ten thousand faults are two megabytes in the database for a day, as often as somebody sends them."""
    many = [{"indicator": f"X{number}", "value": 1} for number in range(2_000)]
    first, second = put(housing, many, KEY), put(housing, many, KEY)
    assert (first.status_code, second.status_code, first.content == second.content) == (400, 400, True)
    assert (second.has_header("Idempotent-Replayed"), KeyedRequest.objects.count()) == (False, 0)
    assert put(housing, many[:2], KEY).status_code == 400
    assert put(housing, many[:2], KEY)["Idempotent-Replayed"] == "true"


def test_after_a_day_a_key_is_new(sheet, housing):
    put(housing, ONE, KEY)
    KeyedRequest.objects.update(at=timezone.now() - KEPT - timedelta(seconds=1))
    assert not put(housing, [{"indicator": "P02", "value": 94}], KEY).has_header("Idempotent-Replayed")


def test_a_failure_claims_nothing(sheet, housing, monkeypatch):
    def broken(**_asked):
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr("reporting.api.save_entries", broken)
        housing.raise_request_exception = False
        assert put(housing, ONE, KEY).status_code == 500
    assert KeyedRequest.objects.count() == 0
    assert put(housing, ONE, KEY).status_code == 200


def test_nobody_claims_nothing(sheet):
    assert put(Client(), ONE, KEY).status_code == 401
    assert KeyedRequest.objects.count() == 0


@pytest.mark.parametrize("key", ["", "键", "a" * 256])
def test_a_key_is_visible_ascii(sheet, housing, key):
    answer = put(housing, ONE, {"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["parameter"]) == (400, "Idempotency-Key")


# Every address -------------------------------------------------------------------------------------


def addresses(patterns=None, before="/"):
    """Every address under /api/, with something in the place of each part."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, here)
        elif isinstance(pattern, URLPattern) and here.startswith("/api/"):
            yield here


def plain(route):
    if "^" in route:  # SDMX's own, by regular expressions
        return "/api/sdmx/2.1/dataflow/"
    for name, value in PATH_VALUES.items():
        for kind in ("str", "int", "slug"):
            route = route.replace(f"<{kind}:{name}>", value)
    return route


ROUTES = sorted({plain(route) for route in addresses()})


@pytest.mark.parametrize("path", ROUTES)
def test_options_tells_the_methods_and_head_is_get_without_a_body(sheet, actors, path):
    asked = Client().options(path)
    allowed = asked["Allow"].split(", ")
    assert (asked.status_code, asked.content, allowed[-1]) == (204, b"", "OPTIONS")
    client = Client()
    client.force_login(actors["municipal"])
    for method in ("get", "head", "post", "put", "patch", "delete"):
        answer = getattr(client, method)(path)
        assert (answer.status_code == 405) == (method.upper() not in allowed), method
        if answer.status_code == 405 and "docs" not in path:
            assert set(answer["Allow"].split(", ")) == set(allowed)
        if answer.status_code == 405 and "docs" not in path and method != "head":
            assert [name in answer.content.decode() for name in allowed] == [True] * len(allowed)
    if "GET" in allowed:
        got, head = client.get(path), client.head(path)
        assert (head.status_code, head.content, head["Content-Type"]) == (got.status_code, b"", got["Content-Type"])


def test_a_table_that_nobody_reads_is_not_made(db):
    ended = []

    def rows():
        try:
            yield b"first"
            raise AssertionError("made for nobody")
        finally:
            ended.append(True)

    made = rows()
    next(made)
    for answer in (StreamingHttpResponse(made), HttpResponse(b"12345", headers={"Content-Length": "5"})):
        MethodsMiddleware(lambda _request, answer=answer: answer)(RequestFactory().head("/api/v1/areas/"))
        assert b"".join(answer) == b""
        answer.close()
    assert (ended, answer["Content-Length"]) == ([True], "5")


def test_the_description_names_the_methods_that_are_there():
    for path, told in described()["paths"].items():
        filled = path
        for name, value in PATH_VALUES.items():
            filled = filled.replace(f"{{{name}}}", value)
        allowed = set(Client().options(filled)["Allow"].split(", ")) - {"HEAD", "OPTIONS"}
        assert {name.upper() for name in told} & {"GET", "POST", "PUT", "PATCH", "DELETE"} == allowed, path


def test_options_of_nothing_is_404():
    assert Client().options("/api/v1/nothing/").status_code in {401, 404}


SITE = "https://maps.example"


def test_a_listed_site_may_read_and_no_other(plan, settings, actors):
    settings.CORS_ORIGINS = [SITE]
    client = Client()
    client.force_login(actors["leader"])
    path = "/api/v1/areas/"
    read = client.get(path, headers={"Origin": SITE})
    assert (read["Access-Control-Allow-Origin"], read.has_header("Access-Control-Allow-Credentials")) == (SITE, False)
    assert "ETag" in read["Access-Control-Expose-Headers"]
    asks = {"Origin": SITE, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    before = Client().options(path, headers=asks)
    assert (before["Access-Control-Allow-Methods"], "Authorization" in before["Access-Control-Allow-Headers"]) == (
        "GET, HEAD",
        True,
    )
    for answer in (
        client.get(path, headers={"Origin": "https://elsewhere.example"}),
        client.get(path),
        Client().options(path, headers=asks | {"Origin": "https://elsewhere.example"}),
        client.post(path, headers={"Origin": SITE}),
    ):
        assert [name for name in answer.headers if name.startswith("Access-Control")] == []
        assert "Origin" in answer["Vary"]


def test_without_the_setting_no_site_reads(plan, actors):
    client = Client()
    client.force_login(actors["leader"])
    answer = client.get("/api/v1/areas/", headers={"Origin": SITE})
    assert [name for name in answer.headers if name.startswith("Access-Control")] == []


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_without_its_slash_a_write_is_sent_on_as_it_is(sheet, housing, method):
    answer = getattr(housing, method)(ENTRIES.rstrip("/") + "?a=1")
    assert (answer.status_code, answer["Location"]) == (308, f"{ENTRIES}?a=1")
    assert housing.get(ENTRIES.rstrip("/")).status_code == 301


def test_an_unknown_format_says_what_to_send(sheet, housing):
    answer = housing.put(ENTRIES, "<a/>", content_type="text/xml")
    assert answer.status_code == 415
    assert [words in answer.json()["detail"] for words in ("text/xml", "application/json")] == [True, True]


@pytest.mark.parametrize("path", ["/api/v1/nothing/", "/api/v1/areas/?colour=red", ENTRIES.replace("7", "9")])
def test_no_error_is_stored_by_a_cache(plan, actors, path):
    client = Client()
    client.force_login(actors["leader"])
    answer = client.get(path)
    assert (answer.status_code >= 400, answer["Cache-Control"]) == (True, "private, no-store")
    assert json.loads(answer.content)["status"] == answer.status_code
