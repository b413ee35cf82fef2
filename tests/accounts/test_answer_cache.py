"""Answers kept for tokens: what is given is what would be made, headers and all, for this token, now."""

import gzip
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.http import parse_http_date

from access.actions import create_token, revoke_token
from accounts import answer_cache
from accounts.models import AccessToken, Organisation, TokenUsage, User
from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import Observation, Versioned
from journal.actions import stamp
from journal.models import Stamp
from lib.lru_cache import Recent

FIRST = "/api/v1/observations/?page_size=5"
OF_ONE_REQUEST = {"X-Request-ID", "RateLimit", "RateLimit-Policy"}
PATHS = (
    *(f"/api/v1/{name}/?page_size=3" for name in ("areas", "indicators", "targets", "standards", "observations")),
    *(f"/api/v1/{name}/?page_size=3" for name in ("assessments", "commitments", "projects", "submissions", "changes")),
    "/api/v1/funding/flows/?page_size=3",
    "/api/v1/funding/matching/",
    "/api/v1/assessments/330127/P02/2024/",
    "/api/v1/assessments/?ordering=-gap&page_size=4&year=2024",
    "/api/v1/observations/?as_of=2024-12-31&page_size=3",
    "/api/v1/observations/?format=jsonstat&year=2024",
    "/api/v1/projects/PRJ-0001/",
    "/api/sdmx/2.1/dataflow/HZDRC",
    "/api/sdmx/2.1/data/COUNTY_SEAT/A.330127.P02.OBS",
)
MADE_EACH_TIME = ("/api/v1/observations/?year=soon", "/api/v1/nothing/", "/api/schema/")
CSV = "/api/v1/observations/?format=csv&year=2024"  # streams; its 304 alone is kept
WAYS = ({}, {"Accept-Encoding": "gzip"}, {"Accept": "text/csv"}, {"Accept-Language": "en"}, {"X-Page-Language": "en"})


@pytest.fixture
def keeping(monkeypatch):
    """keeping(True), keeping(False): whether answers are kept from now on; those kept before are still there then."""
    memory = {True: Recent(200), False: Recent(0)}

    def keep(is_kept: bool) -> Recent:
        monkeypatch.setattr(answer_cache, "KEPT", memory[is_kept])
        return memory[is_kept]

    cache.clear()
    keep(True)
    return keep


@pytest.fixture
def ask(demo, keeping):
    """ask(path, "HZ-STATS", **headers): as a system of that unit asks, with one and the same token each time."""
    texts: dict[str, str] = {}

    def asked(path, code="HZ-STATS", method="get", **headers):
        if code not in texts:
            unit = Organisation.objects.get(code=code)
            texts[code] = create_token(name=code, organisation=unit, scopes=("read",), by=None)[1]
            Stamp.objects.update(at=timezone.now() - timedelta(minutes=1))  # else Last-Modified goes on in some seconds
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return getattr(Client(raise_request_exception=False), method)(
            path, headers={"Authorization": f"Bearer {texts[code]}"} | names
        )

    return asked


def seen(answer) -> tuple:
    """Status, headers and body, without what is another each time an answer is made: the noise of gzip's header, and
    when a message of SDMX was prepared, and its number."""
    headers = {name: value for name, value in answer.items() if name not in OF_ONE_REQUEST}
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if "gzip" in answer.get("Content-Encoding", ""):
        body = gzip.decompress(body)
        headers.pop("Content-Length", None)
    return answer.status_code, headers, re.sub(rb"<mes:(ID|Prepared)>.*?</mes:\1>", b"", body)


def questions(captured) -> list[str]:
    """What the database was asked beside counting the call."""
    asked = [each["sql"] for each in captured.captured_queries]
    return [sql for sql in asked if "tokenusage" not in sql and "SAVEPOINT" not in sql]


@pytest.mark.parametrize("path", [*PATHS, *MADE_EACH_TIME, CSV])
def test_what_is_given_is_what_would_be_made(ask, keeping, path):
    keeping(False)
    tag = ask(path).get("ETag", '"none"')
    asked = [(m, way) for way in (*WAYS, {"If-None-Match": tag}) for m in ("get", "head", "options")]
    made = [seen(ask(path, method=method, **way)) for method, way in asked]
    keeping(True)
    for _ in range(3):
        for (method, way), answer in zip(asked, made, strict=True):
            assert seen(ask(path, method=method, **way)) == answer, (method, way)
    with CaptureQueriesContext(connection) as captured:
        ask(path)
        ask(path, If_None_Match=tag)
    is_kept = any(path in name for name in keeping(True)._things)
    assert path == CSV or is_kept == (path in PATHS)
    assert path not in PATHS or len(questions(captured)) == 2


def test_the_same_question_is_answered_by_one_statement(ask):
    first = ask(FIRST)
    assert len(first.json()["results"]) == 5
    assert ask(FIRST, If_None_Match=first["ETag"]).status_code == 304
    with CaptureQueriesContext(connection) as captured:
        again = ask(FIRST)
        assert ask(FIRST, If_None_Match=first["ETag"]).status_code == 304
    assert seen(again) == seen(first)
    token_and_version, the_same = questions(captured)
    assert token_and_version == the_same
    assert "journal_stamp" in the_same
    assert "accounts_accesstoken" in the_same


def test_a_change_is_seen_at_once(ask):
    path = "/api/v1/observations/?area=330127&indicator=P02&year=2024"
    before, tag = ask(path).json()["results"][0], ask(path)["ETag"]
    assert ask(path, If_None_Match=tag).status_code == 304
    row = FactRow("330127", "P02", 2024, Decimal("95.1"))
    record_facts(Observation, [row], grounds=Grounds(by=None, via=Versioned.Via.IMPORT, reason="更正"))
    for _ in range(2):
        after = ask(path, If_None_Match=tag)
        assert after.status_code == 200
        row = after.json()["results"][0]
        assert (row["value"], row["version"]) == (95.1, before["version"] + 1)


@pytest.mark.parametrize("first", ["330122-DRC", "330127-DRC", "HZDRC"])
def test_each_reader_has_the_rows_of_its_own_scope(ask, first):
    path, readers = "/api/v1/submissions/", ("330122-DRC", "330127-DRC", "HZDRC", "HZ-STATS")
    ask(path, first)
    found = [{row["area"] for row in ask(path, code).json()["results"]} for code in readers]
    assert found == [{"330122"}, {"330127"}, {"330122", "330127", "330182"}, set()]


def test_links_carry_the_host_that_was_asked(ask, settings):
    settings.ALLOWED_HOSTS = ["testserver", "monitor.gov.example"]
    for _ in range(2):
        for host in settings.ALLOWED_HOSTS:
            assert ask(FIRST, host=host).json()["next"].startswith(f"http://{host}/")
    assert ask(FIRST, host="elsewhere.example").status_code == 400


def test_right_after_a_change_the_second_before_is_named_until_it_is_over(ask, monkeypatch):
    """As in an answer that is made: who asks by date alone then misses nothing of that second."""
    ask(FIRST)
    stamp("indicators")
    ask(FIRST)
    named = parse_http_date(ask(FIRST)["Last-Modified"])
    later = datetime.now(UTC) + timedelta(seconds=6)
    monkeypatch.setattr(
        "lib.listapi.views.datetime", type("Later", (datetime,), {"now": classmethod(lambda _cls, _tz: later)})
    )
    assert parse_http_date(ask(FIRST)["Last-Modified"]) == named + 1


def test_what_changes_by_the_day_is_made_anew_the_next_day(ask, monkeypatch):
    path = "/api/v1/commitments/"
    tags = [ask(path)["ETag"] for _ in range(3)]
    tomorrow = timezone.now() + timedelta(days=1)
    monkeypatch.setattr("django.utils.timezone.now", lambda: tomorrow)
    assert len(set(tags)) == 1
    assert ask(path, If_None_Match=tags[0]).status_code == 200


def test_the_scheme_is_part_of_the_question(ask, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    for _ in range(2):
        for scheme in ("http", "https"):
            assert ask(FIRST, X_Forwarded_Proto=scheme).json()["next"].startswith(f"{scheme}://")


def test_a_database_that_is_down_is_told_by_the_layers_within(ask, monkeypatch):
    ask(FIRST)
    assert ask(FIRST).status_code == 200

    def down(*_args):
        raise OperationalError("down")

    monkeypatch.setattr(answer_cache, "recognise", down)
    monkeypatch.setattr("accounts.middleware.recognise", down)
    refused = ask(FIRST)
    assert (refused.status_code, refused["X-Content-Type-Options"], refused["X-Frame-Options"]) == (
        503,
        "nosniff",
        "DENY",
    )


def test_a_long_answer_is_not_kept(ask, monkeypatch):
    monkeypatch.setattr(answer_cache, "LONGEST", 10)
    ask(FIRST)
    with CaptureQueriesContext(connection) as captured:
        ask(FIRST)
    assert len(questions(captured)) == 2


def test_a_session_s_answers_are_not_kept(clients, keeping):
    for _ in range(2):
        assert clients["stats"].get(FIRST).status_code == 200
    assert not keeping(True)._things


def _revoked(token):
    revoke_token(token=token, by=None, reason="试验")


def _expired(token):
    begun, ended = (timezone.now() - timedelta(seconds=ago) for ago in (2, 1))
    AccessToken.objects.filter(pk=token.pk).update(created_at=begun, expires_at=ended)


def _elsewhere(token):
    AccessToken.objects.filter(pk=token.pk).update(networks="10.1.0.0/16")


def _stopped(token):
    User.objects.filter(pk=token.user_id).update(is_active=False)


def _may_only_write(token):
    AccessToken.objects.filter(pk=token.pk).update(scopes="write:entries")


def _has_spent_its_rate(token):
    AccessToken.objects.filter(pk=token.pk).update(rate=1)


@pytest.mark.parametrize(
    ("happens", "status"),
    [
        (_revoked, 401),
        (_expired, 401),
        (_elsewhere, 401),
        (_stopped, 401),
        (_may_only_write, 403),
        (_has_spent_its_rate, 429),
    ],
)
def test_what_happens_to_a_token_counts_at_once(ask, happens, status):
    first = ask(FIRST)
    for _ in range(2):
        assert ask(FIRST).status_code == 200
        assert ask(FIRST, If_None_Match=first["ETag"]).status_code == 304
    happens(AccessToken.objects.get(name="HZ-STATS"))
    for headers in ({}, {"If_None_Match": first["ETag"]}):
        refused = ask(FIRST, **headers)
        assert refused.status_code == status
        assert refused["Content-Type"] == "application/problem+json"
        assert b"results" not in refused.content


def test_it_is_counted_like_any_other(ask):
    for _ in range(3):
        answer = ask(FIRST)
    token = AccessToken.objects.get(name="HZ-STATS")
    assert answer["RateLimit"].startswith(f'"token";r={token.rate - 3};')
    assert token.last_used_at is not None
    usage = TokenUsage.objects.get(token=token)
    assert (usage.endpoint, usage.status, usage.calls) == ("GET /api/v1/observations/", 200, 3)
