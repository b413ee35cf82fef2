"""Access tokens: made once, recognised, refused with the reason, held to scope, address and rate, counted."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.utils import timezone
from redis import Redis

from access.actions import create_token, revoke_token
from accounts import tokens
from accounts.models import AccessToken, Organisation, TokenUsage, User
from accounts.tokens import allows, digest_of, shared_counts, spend
from journal.models import AuditEntry
from lib.refusals import Refused
from tools.services import free_port

PROBLEM = "application/problem+json"
STEP = "/api/v1/submissions/330127/2024/submit/"


def unit(code: str) -> Organisation:
    return Organisation.objects.get(code=code)


@pytest.fixture(autouse=True)
def fresh_counters():
    cache.clear()


@pytest.fixture
def made(plan):
    """made("330127-DRC", "read", "write:transitions", rate=2) → (token, its text)."""

    def make(code="330127-DRC", *scopes, **more):
        return create_token(name="试验", organisation=unit(code), scopes=scopes or ("read",), by=None, **more)

    return make


def call(text: str, method="post", path=STEP, **more):
    return getattr(Client(), method)(path, headers={"Authorization": f"Bearer {text}"}, **more)


def told(response) -> tuple[int, str]:
    assert response["Content-Type"] == PROBLEM
    body = response.json()
    assert body["status"] == response.status_code
    return response.status_code, body["code"]


def test_only_the_digest_is_kept(made):
    token, text = made()
    assert re.fullmatch(rf"cuat_{token.key}_[\w-]{{43}}", text)
    assert token.digest == digest_of(text)
    assert text not in str(list(AccessToken.objects.values())) + str(list(AuditEntry.objects.values()))


def test_its_account_cannot_log_in_even_with_a_password(made):
    token, _text = made()
    token.user.set_password("a password")
    token.user.save()
    client = Client()
    assert client.login(username=token.user.username, password="a password") is False
    client.force_login(token.user)
    assert client.get("/")["Location"] == "/accounts/login/?next=/"


def test_its_account_is_no_staff_whatever_the_row_says(made):
    """The database's constraint forbids such a row; who gets past it by SQL of his own gains nothing by a token."""
    token, text = made()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        else:
            cursor.execute("ALTER TABLE accounts_user DROP CONSTRAINT user_of_a_token_is_no_staff")
        User.objects.filter(pk=token.user_id).update(is_staff=True, is_superuser=True)
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = OFF")
    assert User.objects.get(pk=token.user_id).is_staff
    known, _version = tokens.recognise(text, "127.0.0.1", ())
    assert (known.user.is_staff, known.user.is_superuser) == (False, False)


def test_a_token_opens_no_page(made):
    _token, text = made()
    assert call(text, "get", "/").status_code == 302


def refused_by(made, reason):
    token, text = made("330127-DRC", "read", "write:transitions", networks="10.0.0.0/8" * (reason == "address"))
    rows = AccessToken.objects.filter(pk=token.pk)
    if reason == "expired":
        rows.update(created_at=timezone.now() - timedelta(days=9), expires_at=timezone.now())
    if reason == "revoked":
        revoke_token(token=token, reason="丢失", by=None)
    if reason == "stopped":
        User.objects.filter(pk=token.user_id).update(is_active=False)
    return token, text[:-1] + ("A" if text[-1] != "A" else "B") if reason == "wrong" else text


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("wrong", "token_invalid"),
        ("expired", "token_expired"),
        ("revoked", "token_revoked"),
        ("stopped", "token_stopped"),
        ("address", "token_foreign_address"),
    ],
)
def test_why_a_token_is_refused(made, reason, code):
    token, text = refused_by(made, reason)
    response = call(text)
    assert told(response) == (401, code)
    assert response["WWW-Authenticate"].startswith('Bearer realm="county_urbanization", error="invalid_token"')
    secret = text.rpartition("_")[2]
    assert not any(word in response.content.decode() for word in (token.name, token.key, secret, "330127"))


@pytest.mark.parametrize("text", ["", "x", "cuat_abc", "cuat_aaaaaaaaaaaa_" + "x" * 43, "令牌"])
def test_what_is_no_token_is_said_to_be_unknown(made, text):
    made()
    assert told(call(text.encode().decode("latin-1"))) == (401, "token_invalid")


def test_an_ended_token_is_named_ended_only_to_who_holds_its_secret(made):
    token, text = made()
    revoke_token(token=token, reason="丢失", by=None)
    assert told(call(text[:-5] + "AAAAA")) == (401, "token_invalid")


def test_nobody_is_told_how_to_sign_in(plan):
    response = Client().post(STEP)
    assert (response.status_code, response["Content-Type"]) == (401, PROBLEM)
    assert response["WWW-Authenticate"] == 'Bearer realm="county_urbanization"'


@pytest.mark.parametrize(("method", "scope"), [("post", "write:transitions"), ("get", "read")])
def test_a_missing_scope_is_named(made, method, scope):
    token, text = made("330127-DRC", "write:entries")
    response = call(text, method)
    assert told(response) == (403, "missing_scope")
    assert scope in response.json()["detail"]
    assert response["WWW-Authenticate"].endswith(f'error="insufficient_scope", scope="{scope}"')


@pytest.mark.parametrize(
    ("networks", "address", "is_allowed"),
    [
        ("", "203.0.113.9", True),
        ("10.1.0.0/16", "10.1.255.1", True),
        ("10.1.0.0/16", "10.2.0.1", False),
        ("10.1.2.3", "::ffff:10.1.2.3", True),
        ("2001:db8::/32\n10.0.0.1", "2001:db8:1::5", True),
        ("2001:db8::/32", "2001:db9::1", False),
        ("0.0.0.0/0", "::1", False),
        ("10.0.0.0/8", "", False),
        ("::ffff:10.1.2.0/120", "10.1.2.3", True),
        ("::ffff:10.1.2.3", "::ffff:10.1.2.3", True),
        ("::ffff:10.1.2.0/120", "10.1.3.3", False),
        ("::ffff:0:0/96", "10.1.2.3", True),
        ("::ffff:0:0/96", "2001:db8::1", False),
        ("fe80::/10", "fe80::1%eth0", True),
    ],
)
def test_networks(networks, address, is_allowed):
    assert allows(AccessToken(networks=networks), address) is is_allowed


def test_the_rate_is_told_and_then_held(made):
    _token, text = made("330127-DRC", "read", rate=2)
    answers = [call(text, "get") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [405, 405, 429]
    assert {answer["RateLimit-Policy"] for answer in answers} == {'"token";q=2;w=60'}
    left = [re.fullmatch(r'"token";r=(\d+);t=(\d+)', answer["RateLimit"]).groups() for answer in answers]
    assert [int(count) for count, _seconds in left] == [1, 0, 0]
    assert told(answers[2]) == (429, "too_many_requests")
    assert answers[2]["Retry-After"] == left[2][1]
    assert 1 <= int(left[2][1]) <= 60


@pytest.fixture
def redis_at(settings):
    """redis_at(url): what another process of the site would count in; its client is a new one."""

    def use(url: str) -> Redis:
        settings.REDIS_URL = url
        shared_counts.cache_clear()
        tokens._in_hand.clear()
        return shared_counts()

    yield use
    shared_counts.cache_clear()


@pytest.mark.stack
def test_with_redis_all_processes_share_the_rate(made, valkey_url, redis_at):
    token, text = made("330127-DRC", "read", rate=2)
    found = []
    for _process in range(3):
        counts = redis_at(valkey_url)
        found.append(call(text, "get").status_code)
    assert found == [405, 405, 429]
    ends = [counts.ttl(name) for name in counts.scan_iter(f"token-rate:{token.key}:*")]
    assert [seconds for seconds in ends if not 0 < seconds <= 120] == []
    assert ends


@pytest.mark.stack
def test_numbers_in_hand_are_a_hundredth_of_the_rate_and_none_is_given_twice(made, valkey_url, redis_at, monkeypatch):
    monkeypatch.setattr(tokens, "WINDOW", 10**9)  # no minute ends meanwhile
    token, _text = made("330127-DRC", "read", rate=300)
    given, hands = [], [{}, {}]
    for turn in range(400):  # two processes by turns
        redis_at(valkey_url)
        tokens._in_hand.update(hands[turn % 2])
        given.append(spend(token))
        hands[turn % 2] = dict(tokens._in_hand)
    numbers = [300 - rate.left for rate in given if not rate.is_over]
    assert sorted(numbers) == list(range(1, 301))
    assert numbers[:6] == [1, 4, 2, 5, 3, 6]


def test_a_redis_that_is_down_stops_nobody(made, redis_at):
    _token, text = made("330127-DRC", "read", rate=1)
    redis_at(f"redis://127.0.0.1:{free_port()}/0")
    assert [call(text, "get").status_code for _ in range(2)] == [405, 405]


def test_each_token_has_a_minute_of_its_own(made):
    texts = [made("330127-DRC", "read", rate=1)[1] for _ in range(2)]
    assert [call(text, "get").status_code for text in texts * 2] == [405, 405, 429, 429]


def test_the_tokens_of_one_person_have_a_minute_together(made, settings):
    """Who makes ten tokens does not ask ten times as often; what others made, or the command line, counts apart."""
    settings.PERSON_RATE = 3
    first, second, other = (User.objects.create(username=name, role="administrator") for name in ("a", "b", "c"))
    mine = [create_token(name=f"{n}", organisation=unit("330127-DRC"), by=first, rate=2)[1] for n in range(3)]
    others = [create_token(name="x", organisation=unit("330127-DRC"), by=by, rate=2)[1] for by in (second, None)]
    answers = [call(text, "get") for text in (mine[0], mine[0], mine[0], mine[1], mine[1], mine[2])]
    assert [answer.status_code for answer in answers] == [405, 405, 429, 405, 429, 429]
    told_of = [re.match(r'"(\w+)";r=(\d+)', answer["RateLimit"]).groups() for answer in answers]
    assert told_of == [("token", "1"), ("token", "0"), ("token", "0"), *[("person", "0")] * 3]
    assert [answer.json()["violated-policies"] for answer in answers if answer.status_code == 429] == [
        ["token"],
        ["person"],
        ["person"],
    ]
    assert "同一个人生成的令牌合计每分钟最多请求3次" in answers[-1].json()["detail"]
    assert [call(text, "get").status_code for text in others] == [405, 405]
    hosts = [create_token(name=f"{n}", organisation=unit("HZ-STATS"), by=None, rate=2)[1] for n in range(2)]
    assert [call(text, "get").status_code for text in hosts * 2] == [405] * 4
    wide = create_token(name="wide", organisation=unit("330127-DRC"), by=other, rate=5)[1]
    assert [call(wide, "get").status_code for _ in range(6)] == [405] * 5 + [429]


def test_calls_are_counted_by_day_endpoint_and_outcome(made):
    token, text = made("330127-DRC", "read", rate=3)
    for path in (STEP, STEP, "/api/v1/nothing-here/", STEP):
        call(text, "get", path)
    revoke_token(token=token, reason="丢失", by=None)
    call(text, "get")
    endpoint = "GET /api/v1/submissions/<str:area>/<int:year>/<str:action>/"
    rows = TokenUsage.objects.values_list("token", "on", "endpoint", "status", "calls")
    today = timezone.localdate()
    assert sorted(rows) == sorted(
        [
            (token.pk, today, endpoint, 405, 2),
            (token.pk, today, "–", 404, 1),
            (token.pk, today, endpoint, 429, 1),
            (token.pk, today, endpoint, 401, 1),
        ]
    )


def test_last_use_is_written_at_most_once_a_minute(made):
    token, text = made()
    moments = []
    for ago in (None, timedelta(seconds=30), timedelta(seconds=61)):
        if ago:
            AccessToken.objects.filter(pk=token.pk).update(last_used_at=timezone.now() - ago)
        before = AccessToken.objects.get(pk=token.pk).last_used_at
        call(text, "get")
        moments.append(AccessToken.objects.get(pk=token.pk).last_used_at != before)
    assert moments == [True, False, True]


def test_a_request_costs_one_query_to_recognise(made, django_assert_num_queries, settings):
    token, text = made("330127-DRC", "read")
    AccessToken.objects.update(last_used_at=timezone.now())
    settings.TOKEN_USAGE_SECONDS = 60
    from accounts import usage  # noqa: PLC0415  (its timer is stopped below)

    with django_assert_num_queries(1):
        call(text, "get")
    usage._timer.cancel()
    usage.flush()
    assert TokenUsage.objects.get(token=token).calls == 1


def test_who_reads_with_a_token_is_the_token_whatever_cookie_comes_along(demo):
    """Reading goes past sessions: the cookie of the city's own desk shows a county's token no more than its own."""
    _token, text = create_token(name="试验", organisation=unit("330127-DRC"), by=None)
    desk = Client()
    desk.force_login(User.objects.get(username="municipal"))
    answer = desk.get("/api/v1/submissions/", headers={"Authorization": f"Bearer {text}"})
    assert {row["area"] for row in answer.json()["results"]} == {"330127"}
    assert {row["area"] for row in desk.get("/api/v1/submissions/").json()["results"]} > {"330127"}
    assert answer.cookies == {}
    plain = desk.get("/api/v1/submissions/")
    differing = {name for name in {*answer.headers, *plain.headers} if answer.get(name) != plain.get(name)}
    assert differing == {"RateLimit", "RateLimit-Policy", "X-Request-ID", "ETag", "Content-Length"}


# Made and revoked ---------------------------------------------------------------------------------


def test_making_and_revoking_leave_who_when_and_why(demo):
    stats = User.objects.get(username="stats")
    token, _text = create_token(name="取数", organisation=stats.organisation, by=stats)
    revoke_token(token=token, reason="人员调离", by=stats)
    token.refresh_from_db()
    assert (token.revoked_by, token.revoked_by_name, token.revoke_reason) == (stats, stats.title, "人员调离")
    rows = AuditEntry.objects.filter(subject="accounts.accesstoken").order_by("id")
    assert list(rows.values_list("action", "key", "actor", "area", "reason")) == [
        ("create_token", f"HZ-STATS/{token.key}", stats.pk, "330100", ""),
        ("revoke_token", f"HZ-STATS/{token.key}", stats.pk, "330100", "人员调离"),
    ]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"name": " "}, "名称"),
        ({"scopes": []}, "权限"),
        ({"scopes": ["admin"]}, "权限"),
        ({"days": 0}, "有效期"),
        ({"days": 9999}, "有效期"),
        ({"networks": "10.1.2.0/24\n10.1.2"}, "“10.1.2”"),
    ],
)
def test_what_cannot_be_made(plan, more, words):
    with pytest.raises(match=words):
        create_token(**{"name": "取数", "organisation": unit("HZ-STATS"), "by": None, **more})


@pytest.mark.parametrize("username", ["tonglu", "leader", "chunan-health", "stats"])
def test_another_units_token_is_not_mine_to_make_or_revoke(demo, username):
    user = User.objects.get(username=username)
    with pytest.raises(Refused):
        create_token(name="取数", organisation=unit("330127-DRC"), by=user)
    token, _text = create_token(name="取数", organisation=unit("330127-DRC"), by=None)
    with pytest.raises(Refused):
        revoke_token(token=token, reason="x", by=user)


def test_the_demonstrations_tokens_end_with_it(demo):
    stats = User.objects.get(username="stats")
    token, _text = create_token(name="演示", organisation=stats.organisation, by=stats)
    real, _text = create_token(name="真实", organisation=stats.organisation, by=None)
    call_command("load_demo", "--clear", verbosity=0)
    token.refresh_from_db()
    real.refresh_from_db()
    assert (token.revoke_reason, real.revoked_at) == ("演示账号已清除", None)


def test_the_command_prints_the_token_alone_on_the_last_line(plan, capsys):
    call_command("create_token", "取数", "--organisation", "330127-DRC", "--scope", "read", "write:entries")
    text = capsys.readouterr().out.splitlines()[-1]
    token = AccessToken.objects.get()
    assert (token.digest, token.scope_list) == (digest_of(text), ["read", "write:entries"])
    assert call(text, "get").status_code == 405
    assert AuditEntry.objects.get(action="create_token").channel == "command"


@pytest.mark.parametrize("words", [["--organisation", "NOBODY"], ["--organisation", "HZ-STATS", "--expires", "0"]])
def test_the_command_says_what_is_wrong(plan, words):
    with pytest.raises(CommandError):
        call_command("create_token", "取数", *words)
    assert AccessToken.objects.count() == 0


# The page -----------------------------------------------------------------------------------------

PAGE = "/accounts/tokens/"
SENT = {"name": "统计局平台", "scopes": ["read"], "days": "90", "networks": "10.1.0.0/16"}


def post_new(client, code, **more):
    return client.post(PAGE, {**SENT, "organisation": unit(code).pk, **more})


def test_the_page_shows_the_secret_once(login):
    client = login("stats")
    response = post_new(client, "HZ-STATS")
    body = response.content.decode()
    (text,) = set(re.findall(r"cuat_\w{12}_[\w-]{43}", body))
    assert digest_of(text) == AccessToken.objects.get().digest
    assert f"curl -H &quot;Authorization: Bearer {text}" in body.replace('"', "&quot;")
    assert "no-store" in response["Cache-Control"]
    assert text not in client.get(PAGE).content.decode()


def test_a_page_that_is_sent_again_makes_no_second_token(login):
    client = login("stats")
    post_new(client, "HZ-STATS")
    again = post_new(client, "HZ-STATS").content.decode()
    assert "已有名为“统计局平台”的令牌在用" in again
    assert (AccessToken.objects.count(), "cuat_" in again.partition("<table")[0]) == (1, False)
    revoke_token(token=AccessToken.objects.get(), reason="换新", by=None)
    post_new(client, "HZ-STATS")
    assert AccessToken.objects.count() == 2


@pytest.mark.parametrize(
    ("username", "seen"),
    [
        ("stats", {"统计"}),
        ("tonglu", {"桐庐"}),
        ("chunan", {"淳安"}),
        ("chunan-health", set()),
        ("municipal", {"市发改"}),
        ("admin", {"统计", "桐庐", "淳安", "市发改"}),
    ],
)
def test_everybody_sees_the_own_units_tokens(login, username, seen):
    units = {"统计": "HZ-STATS", "桐庐": "330122-DRC", "淳安": "330127-DRC", "市发改": "HZDRC"}
    for name, code in units.items():
        create_token(name=f"令牌甲{name}", organisation=unit(code), by=None)
    body = login(username).get(PAGE).content.decode()
    assert {name for name in units if f"令牌甲{name}" in body} == seen


def test_the_leader_has_no_such_page(login):
    assert login("leader").get(PAGE).status_code == 404
    assert "/accounts/tokens/" not in login("leader").get("/").content.decode()


def test_another_unit_is_refused_on_the_page(login):
    client = login("tonglu")
    post_new(client, "330127-DRC")
    assert AccessToken.objects.count() == 0
    token, _text = create_token(name="取数", organisation=unit("330127-DRC"), by=None)
    assert client.get(f"{PAGE}{token.key}/").status_code == 404
    assert client.post(f"{PAGE}{token.key}/revoke/", {"reason": "x"}).status_code == 404


def test_a_department_is_offered_reading_alone(login):
    post_new(login("stats"), "HZ-STATS", scopes=["read", "write:entries"])
    assert AccessToken.objects.count() == 0


def test_revoking_on_the_page_needs_a_reason(login):
    client = login("stats")
    post_new(client, "HZ-STATS")
    token = AccessToken.objects.get()
    path = f"{PAGE}{token.key}/revoke/"
    assert "请写明作废的理由" in client.post(path, {"reason": " "}, follow=True).content.decode()
    assert "已作废，从现在起不能再用" in client.post(path, {"reason": "换新"}, follow=True).content.decode()
    assert "换新" in client.get(PAGE).content.decode()


def test_calls_of_thirty_days_are_on_the_page(login):
    client = login("stats")
    token, text = create_token(name="取数", organisation=unit("HZ-STATS"), by=None)
    call(text, "get")
    TokenUsage.objects.create(
        token=token, on=timezone.localdate() - timedelta(days=31), endpoint="x", status=200, calls=7
    )
    assert f'<a class="file" href="{PAGE}{token.key}/">1</a>' in client.get(PAGE).content.decode()
    body = client.get(f"{PAGE}{token.key}/").content.decode()
    assert (body.count('<td class="word">GET /api/v1/submissions/'), "<td>7</td>" in body) == (1, False)
