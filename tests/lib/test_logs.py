"""Lines of the log carry request and user, and no secret."""

import io
import json
import logging

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from county_urbanization.safety import networks
from lib.web.logs import JsonLines, PlainLines, TraceFilter, mask
from lib.web.tracing import RequestMiddleware, caller_address
from tests.pace import least_seconds


@pytest.fixture
def lines():
    """What the site writes meanwhile, each line read as JSON."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    handler.addFilter(TraceFilter())
    root, before = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


def of_requests(lines):
    return [line for line in lines() if line["logger"] == "county_urbanization.requests"]


def test_a_request_writes_one_line_with_its_number_and_user(login, lines):
    client = login("tonglu")
    answer = client.get("/counties/330122/?year=2024", headers={"X-Request-ID": "abc-123-def"})
    (line,) = of_requests(lines)
    milliseconds = line.pop("milliseconds")
    assert line.pop("time")[-6:] == "+08:00"
    assert line == {
        "level": "INFO",
        "logger": "county_urbanization.requests",
        "message": f"GET /counties/330122/ 200 in {milliseconds} ms",
        "request_id": "abc-123-def",
        "user_id": answer.wsgi_request.user.pk,
        "status": 200,
        "address": "127.0.0.1",
    }
    assert answer["X-Request-ID"] == "abc-123-def"


@pytest.mark.parametrize(
    "sent", ["", "short", "x" * 65, "two words here", "line\nbreak-long", "中文字符中文字符", '"><script>xx']
)
def test_a_number_that_is_not_well_formed_is_not_taken_over(sent):
    request = RequestFactory().get("/", headers={"X-Request-ID": sent})
    answer = RequestMiddleware(lambda request: HttpResponse())(request)
    assert (len(answer["X-Request-ID"]), answer["X-Request-ID"] != sent) == (16, True)


def test_an_error_is_logged_under_the_same_number(db, lines, monkeypatch):
    monkeypatch.setattr("operations.health.checks", lambda: 1 / 0)
    answer = Client(raise_request_exception=False).get("/readyz")
    failed = [line for line in lines() if line["logger"] == "django.request"]
    assert [line["request_id"] for line in failed] == [answer["X-Request-ID"]]
    assert ("ZeroDivisionError" in failed[0]["exc_info"], "request" in failed[0]) == (True, False)


def test_no_password_cookie_or_token_reaches_the_log(demo, lines):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.get("/accounts/login/")
    csrf = client.cookies["csrftoken"].value
    typed = {"username": "tonglu", "password": "a-wrong-password", "csrfmiddlewaretoken": csrf}
    client.post("/accounts/login/", typed)
    client.post("/accounts/login/", typed | {"password": "demo"})
    session = client.cookies["sessionid"].value
    client.get("/counties/330122/", headers={"Authorization": "Bearer a-token-of-some-system"})
    client.post("/accounts/login/", typed | {"csrfmiddlewaretoken": "broken"})
    client.get("/imports/uploadtokenuploadtokenuploadtoke/")
    text = json.dumps(lines(), ensure_ascii=False)
    assert len(of_requests(lines)) == 6
    secrets = ("a-wrong-password", csrf, session, "a-token-of-some-system", "uploadtoken")
    assert [secret for secret in secrets if secret in text] == []


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("password=x1y2", "password=***"),
        ('{"password": "x1", "user": "tonglu"}', '{"password": "***", "user": "tonglu"}'),
        ("EMAIL_HOST_PASSWORD=abc SECRET_KEY=def", "EMAIL_HOST_PASSWORD=*** SECRET_KEY=***"),
        ("Authorization: Bearer abc.def-ghi", "Authorization: ***"),
        ("sent Bearer abc.def-ghi to it", "sent Bearer *** to it"),
        ("postgres://site:p4ss@10.0.0.1:5432/x", "postgres://site:***@10.0.0.1:5432/x"),
        ("redis://:p4ss@host/0", "redis://:***@host/0"),
        ("Cookie: sessionid=abc", "Cookie: ***"),
        ("csrfmiddlewaretoken=abc&next=/", "csrfmiddlewaretoken=***&next=/"),
        ("said: password=x1, and: token: y2", "said: password=***, and: token: ***"),
        ("a_password_of_mine=x1 MyToken:y2 x-api-key=z3", "a_password_of_mine=*** MyToken:*** x-api-key=***"),
        ("330127/P02 saved; the tokens are none", "330127/P02 saved; the tokens are none"),
        ("http://127.0.0.1:8000/healthz", "http://127.0.0.1:8000/healthz"),
    ],
)
def test_what_looks_like_a_secret_is_covered(text, masked):
    assert mask(text) == masked


@pytest.mark.parametrize("formatter", [JsonLines(), PlainLines()])
def test_a_line_that_goes_on_too_long_is_cut(formatter):
    record = logging.LogRecord("a", logging.INFO, "f", 1, "x" * 100_000, (), None)
    TraceFilter().filter(record)
    line = formatter.format(record)
    assert (len(line) < 21_000, "… (100" in line) == (True, True)


def test_an_address_of_many_secrets_holds_up_nobody(db, lines):
    """1,441 characters took 17 s in the request's thread, 4,001 until the worker was killed."""
    assert least_seconds(lambda: Client().get("/" + "password" * 500), enough=2) < 2
    assert "password" in of_requests(lines)[0]["message"]


def test_an_address_begins_no_line_of_its_own(db, lines):
    Client().get("/counties/%0a2026-01-01 INFO root [-] forged\u202e")
    (line,) = of_requests(lines)
    assert line["message"].startswith("GET /counties/\\n2026-01-01 INFO root [-] forged\\u202e ")


def test_plain_lines_say_the_same():
    record = logging.LogRecord("a", logging.INFO, "f", 1, "token=abc %s", ("x",), None)
    TraceFilter().filter(record)
    assert PlainLines().format(record).partition(" INFO ")[2] == "a [- -] token=*** x"


@pytest.mark.parametrize(
    ("header", "proxies", "address"),
    [
        ("", 0, "127.0.0.1"),
        ("10.0.0.1", 0, "127.0.0.1"),  # no proxy of ours: what the caller says of himself is not believed
        ("10.0.0.1", 1, "10.0.0.1"),
        ("6.6.6.6, 10.0.0.1", 1, "10.0.0.1"),
        ("6.6.6.6, 10.0.0.1, 10.9.0.2", 2, "10.0.0.1"),  # by way of another proxy of ours
        ("6.6.6.6, 10.0.0.1, 10.0.0.2", 2, "10.0.0.2"),  # who came past it speaks for himself alone
        ("6.6.6.6, 10.9.0.1, 10.9.0.2", 1, "10.9.0.2"),
        ("", 1, "127.0.0.1"),
        ("not an address", 1, "127.0.0.1"),
        ("::ffff:10.0.0.1", 1, "10.0.0.1"),  # one machine, one spelling: limits count by it
        ("2001:DB8:0:0::1", 1, "2001:db8::1"),
        ("fe80::1%eth0", 1, "fe80::1"),
        ("6.6.6.6, 10.0.0.1, ::ffff:10.9.0.2", 2, "10.0.0.1"),
    ],
)
def test_the_caller_is_who_our_own_proxy_saw(settings, header, proxies, address):
    settings.PROXY_ADDRESSES = networks(["127.0.0.1", "10.9.0.0/24"])
    meta = {"REMOTE_ADDR": "127.0.0.1"} | ({"HTTP_X_FORWARDED_FOR": header} if header else {})
    assert caller_address(meta, proxies) == address


@pytest.mark.parametrize(
    ("peer", "is_believed"),
    [
        ("127.0.0.1", True),
        ("::ffff:127.0.0.1", True),
        ("", True),
        ("10.0.0.9", False),
        ("::ffff:10.0.0.9", False),
        ("2001:db8::1", False),
    ],
)
def test_who_comes_past_our_proxies_is_not_believed(settings, peer, is_believed):
    """Neither whom he speaks for nor that he came by HTTPS: his words would undo the limit of wrong passwords."""
    settings.TRUSTED_PROXIES, settings.SECURE_PROXY_SSL_HEADER = 1, ("HTTP_X_FORWARDED_PROTO", "https")
    headers = {"X-Forwarded-For": "10.0.0.1", "X-Forwarded-Proto": "https"}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer)
    RequestMiddleware(lambda request: HttpResponse())(request)
    peer = peer.removeprefix("::ffff:")
    assert (request.META["REMOTE_ADDR"], request.is_secure()) == ("10.0.0.1" if is_believed else peer, is_believed)


@pytest.mark.parametrize("named", ["10.9.0.0/24", "::ffff:10.9.0.0/120", " 10.9.0.2 ", "::ffff:10.9.0.2"])
@pytest.mark.parametrize("peer", ["10.9.0.2", "::ffff:10.9.0.2"])
def test_a_proxy_is_ours_in_either_spelling(settings, named, peer):
    settings.PROXY_ADDRESSES = networks([named])
    assert caller_address({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": "10.0.0.1"}, 1) == "10.0.0.1"
