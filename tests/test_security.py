"""What keeps out who should not be in, and what an answer tells a browser. docs/security.md names each of these."""

import logging
import re
import subprocess
import sys
from datetime import timedelta
from secrets import token_urlsafe
from threading import BoundedSemaphore

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from access.actions import create_token
from accounts.models import User
from county_urbanization.gunicorn import tell_of_demo_logins
from county_urbanization.safety import networks, refusals, told_at_start
from identity.models import LoginSession
from journal.models import AuditEntry
from lib.web import body_limit
from tests.servers import ROOT
from tools.services import free_port

LOGIN = "/accounts/login/"
CSP = {
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
}


def enter(client, username="tonglu", password="demo", **more):
    return client.post(LOGIN, {"username": username, "password": password}, **more)


# Every answer -------------------------------------------------------------------------------------

ANSWERS = {
    "a page": ("leader", "/reports/", 200),
    "a page that the browser asks after": ("leader", "/", 200),
    "the login": (None, LOGIN, 200),
    "a redirect": (None, "/", 302),
    "a page that is not there": ("leader", "/nothing/", 404),
    "a page that is refused": ("tonglu", "/imports/", 403),
    "a file": ("leader", "/indicators.csv", 200),
    "the API": ("leader", "/api/v1/nothing/", 404),
    "a page of the API, with a name on it": ("leader", "/api/docs/", 200),
    "the description of the API": ("leader", "/api/schema/", 200),
    "the back office": ("admin", "/admin/", 200),
    "a monitor's": (None, "/healthz", 200),
}


def secured(answer) -> dict:
    names = ("X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy")
    return {name: answer.headers.get(name) for name in names}


EXPECTED = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_every_answer_carries_the_headers(clients, kind):
    username, path, status = ANSWERS[kind]
    answer = clients[username].get(path)
    assert (answer.status_code, secured(answer)) == (status, EXPECTED)
    assert set(answer["Content-Security-Policy"].split("; ")) == CSP
    assert "camera=()" in answer["Permissions-Policy"]
    kept = "no-cache" if kind == "a page that the browser asks after" else "no-store"
    assert {"private", kept} <= set(answer["Cache-Control"].split(", "))


def test_what_nobody_has_approved_is_kept_by_systems_alone(clients):
    """A browser would keep it on the disk of a shared computer."""
    unit = User.objects.get(username="chunan").organisation
    bearer = {"Authorization": f"Bearer {create_token(name='x', organisation=unit, by=None)[1]}"}
    answers = clients["chunan"].get(ENTRIES), Client().get(ENTRIES, headers=bearer)
    kept = [(answer.status_code, answer["Cache-Control"]) for answer in answers]
    assert kept == [(200, "private, no-store"), (200, "private, no-cache")]


def test_an_error_carries_the_headers_and_shows_no_inside(demo, monkeypatch):
    monkeypatch.setattr("operations.health.checks", lambda: {}["a secret key"])
    answer = Client(raise_request_exception=False).get("/readyz")
    assert (answer.status_code, secured(answer)) == (500, EXPECTED)
    text = answer.content.decode()
    assert [word for word in ("secret key", "Traceback", "KeyError", "settings") if word in text] == []


ENTRIES = "/api/v1/submissions/330127/2025/entries/"
JSON = {"content_type": "application/json"}
BODY = '{"entries": [{"indicator": "P02", "value": 1}]}'
LONG = {"CONTENT_LENGTH": str(2**21)}
ERRORS = {  # status: (login, method, address, more) of a page and of the API
    400: [
        ("leader", "post", "/reports/", {"data": {"year": "\0"}}),
        ("leader", "get", "/api/v1/areas/?ordering=x", {}),
    ],
    401: [(None, "get", "/api/v1/areas/", {}), (None, "put", ENTRIES, {"data": "{}", **JSON})],
    403: [("tonglu", "get", "/imports/", {}), ("leader", "put", ENTRIES, {"data": BODY, **JSON})],
    404: [
        ("leader", "get", "/nothing/", {}),
        ("leader", "get", "/static/nothing.css", {}),
        ("leader", "get", "/api/v1/nothing/", {}),
        ("tonglu", "get", "/reporting/330127/2025/", {}),
    ],
    405: [("leader", "get", "/reporting/rounds/", {}), ("leader", "post", "/api/v1/areas/", {})],
    409: [("chunan", "post", "/api/v1/submissions/330127/2025/withdraw/", {"data": "{}", **JSON})],
    413: [(None, "post", LOGIN, LONG), (None, "post", ENTRIES, LONG)],
    415: [("chunan-housing", "put", ENTRIES, {"data": "x", "content_type": "text/plain"})],
}


@pytest.mark.parametrize("status", ERRORS)
def test_no_cache_keeps_an_error(clients, status):
    """A 404 that says nothing may be kept by every cache on the way."""
    for username, method, path, more in ERRORS[status]:
        answer = getattr(clients[username], method)(path, **more)
        assert (path, answer.status_code, answer["Cache-Control"]) == (path, status, "private, no-store")


def test_nor_one_of_the_moment(clients, settings, monkeypatch):
    """Of too many guesses, of too many requests, of a busy server, of a fault, on page and API."""
    clients["leader"].raise_request_exception = False
    unit = User.objects.get(username="chunan").organisation
    _token, text = create_token(name="x", organisation=unit, by=None, rate=1)
    bearer = {"Authorization": f"Bearer {text}"}
    settings.GUARD_ADDRESS_AT = 0
    answers = [enter(Client()), *(Client().get("/api/v1/areas/", headers=bearer) for _ in range(2))]
    monkeypatch.setattr("lib.web.body_limit._long", BoundedSemaphore(1))
    with body_limit._long:
        answers += [clients["leader"].generic("POST", path, **LONG) for path in ("/accounts/password/", ENTRIES)]
    views = {"lib.listapi.views.ListView.get": "/api/v1/areas/", "reports.views.render": "/reports/"}
    for error in (OperationalError("gone"), KeyError("x")):
        for place, path in views.items():
            with monkeypatch.context() as patched:
                patched.setattr(place, raising(error))
                answers.append(clients["leader"].get(path))
    kept = [(answer.status_code, answer["Cache-Control"]) for answer in answers if answer.status_code != 200]
    assert kept == [(status, "private, no-store") for status in (429, 429, 503, 503, 503, 503, 500, 500)]


def raising(error: Exception):
    def raise_(*_given, **_more):
        raise error

    return raise_


def test_static_files_carry_the_headers(db, settings, tmp_path):
    (tmp_path / "a.css").write_text("p {}")
    settings.STATIC_ROOT = tmp_path
    settings.WHITENOISE_AUTOREFRESH = True
    answer = Client().get("/static/a.css")
    assert answer.getvalue() == b"p {}"
    answer.close()
    assert (answer.status_code, secured(answer)) == (200, EXPECTED)
    assert set(answer["Content-Security-Policy"].split("; ")) == CSP


def started(tmp_path, script: str = "", **environment):
    """The settings read by a process of their own, as `s` for the script."""
    given = {"VAR_DIR": str(tmp_path), "PATH": "/usr/bin:/bin", "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3"}
    return subprocess.run(
        [sys.executable, "-c", f"import county_urbanization.settings as s; {script}"],
        cwd=ROOT,
        env=given | environment,
        capture_output=True,
        text=True,
        check=False,
    )


PRINT_SECURE = (
    "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, "
    "s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS, s.SESSION_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE, "
    "s.TRUSTED_PROXIES, s.PASSWORD_HASHERS[0].rpartition('.')[2], s.DEBUG)"
)


def test_https_means_secure_cookies_and_hsts(tmp_path):
    done = started(tmp_path, PRINT_SECURE, HTTPS="true")
    assert done.stdout.split() == [
        "True",
        "True",
        "True",
        "31536000",
        "True",
        "Lax",
        "1",
        "Argon2Hasher",
        "False",
    ]


@pytest.mark.parametrize(
    "more", [{"HTTPS": "true"}, {"DATABASE_URL": "postgres://a:b@127.0.0.1/c", "SECRET_KEY": "x" * 60}]
)
def test_debug_is_refused_where_others_could_see_it(tmp_path, more):
    done = started(tmp_path, DEBUG="true", **more)
    assert done.returncode == 1
    assert "DEBUG shows settings and source" in done.stderr


KEY = {"SECRET_KEY": "x" * 60}
KEY_IN_WORDS = {"secret_key": "x" * 60}


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("weak_secret_key", KEY, "SECRET_KEY is weak. Set at least 50 random characters"),
        ("weak_secret_key", {"SECRET_KEY": f"django-insecure-{'abcdefg' * 9}"}, "SECRET_KEY is weak"),
        ("any_host", {"ALLOWED_HOSTS": "monitor.example,*"}, "ALLOWED_HOSTS=* takes every host name"),
        ("any_proxy", {"PROXY_ADDRESSES": "127.0.0.1,0.0.0.0/0"}, "PROXY_ADDRESSES=0.0.0.0/0 believes everybody"),
    ],
)
def test_what_opens_the_site_is_refused_unless_asked_for_by_name(tmp_path, name, given, words):
    other = "any_host" if name != "any_host" else "weak_secret_key"
    refused = started(tmp_path, **given, ALLOW_UNSAFE=other)
    assert (refused.returncode, words in refused.stderr) == (1, True)
    assert started(tmp_path, **given, ALLOW_UNSAFE=name).returncode == 0


def test_what_is_refused():
    good = {"secret_key": token_urlsafe(50), "hosts": ["localhost"]}
    assert refusals(**good, allowed=["any_host"]) == []
    for bad in ({"secret_key": "short"}, {"secret_key": "abcdef" * 10}, KEY_IN_WORDS, {"hosts": ["*"]}):
        assert len(refusals(**good | bad, allowed=[])) == 1
    for host in (".cn", ".", ".local", ".gov.cn", ".com.cn", ".ZJ.cn", ".co.uk", "*"):
        assert [words.partition(" takes every")[0] for words in refusals(**good | {"hosts": [host]}, allowed=[])] == [
            f"ALLOWED_HOSTS={host}"
        ]
    for host in ("monitor.cn", "gov.cn", ".monitor.gov.cn", ".hangzhou.cn", ".monitor.example", "10.1.2.3", "[::1]"):
        assert refusals(**good | {"hosts": [host]}, allowed=[]) == []
    wide = ("0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "2000::/3", "::ffff:0:0/96", "10.0.0.0/7")
    for network in wide:
        (words,) = refusals(**good, allowed=[], proxies=networks([network]))
        assert "believes everybody about his own address" in words
        assert refusals(**good, allowed=["any_proxy"], proxies=networks([network])) == []
    assert refusals(**good, allowed=[], proxies=networks(["10.0.0.0/8", "fd00::/8", "192.168.1.1", "::1"])) == []
    (unknown,) = refusals(**good, allowed=["everything"])
    assert unknown.startswith("ALLOW_UNSAFE names 'everything', which is not known.")


def test_what_is_allowed_is_told_at_each_start():
    given = {"https": True, "hosts": ["monitor.example"], "proxies": 1, "administrators": "one"}
    plain = {"proxies": 0, "allowed": [], "administrators": "three"}
    assert told_at_start(**given, allowed=[]) == []
    told = told_at_start(**given, allowed=["demo_logins", "weak_secret_key"])
    assert [words.partition(":")[0] for words in told] == ["ALLOW_UNSAFE=weak_secret_key", "ALLOW_UNSAFE=demo_logins"]
    (open_line,) = told_at_start(https=False, hosts=["localhost", "monitor.example"], **plain)
    assert open_line.startswith("HTTPS is not set")
    own_machine = {"https": False, "hosts": ["localhost", "127.0.0.1", "[::1]"]}
    assert told_at_start(**own_machine, **plain | {"administrators": ""}) == []
    (domain,) = told_at_start(https=True, hosts=[".monitor.example"], **plain | {"proxies": 1})
    assert domain.startswith("ALLOWED_HOSTS=.monitor.example takes every name under it")
    (no_proxy,) = told_at_start(https=True, hosts=["monitor.example"], **plain)
    assert no_proxy.startswith("HTTPS is set and TRUSTED_PROXIES is 0")
    (undecided,) = told_at_start(**given | {"administrators": ""}, allowed=[])
    assert undecided.startswith("ADMINISTRATORS is not set: one administrator keeps accounts, rights and log alike")


def test_a_server_tells_it(tmp_path):
    """gunicorn itself, until it listens."""
    given = {"VAR_DIR": str(tmp_path), "PATH": "/usr/bin:/bin", "PORT": str(free_port()), "ALLOW_UNSAFE": "any_host"}
    command = [sys.executable, "-m", "gunicorn", "-c", "county_urbanization/gunicorn.py"]
    server = subprocess.Popen(command, cwd=ROOT, env=given, stderr=subprocess.PIPE, text=True)
    told = ""
    try:
        while "Listening at" not in told and (line := server.stderr.readline()):
            told += line
    finally:
        server.terminate()
        server.communicate(timeout=60)
    assert "WARNING gunicorn.error [- -] ALLOW_UNSAFE=any_host: ALLOWED_HOSTS lets every host name in" in told


@pytest.mark.parametrize(("get_in", "words"), [(True, "are active"), (False, "are in the database; none gets in")])
def test_a_server_tells_of_demonstration_logins_wherever_they_are(demo, settings, caplog, get_in, words):
    """Also on this machine, also on PostgreSQL: at each start, until they are gone."""
    settings.DEMO_LOGINS = get_in
    tell_of_demo_logins(logging.getLogger("gunicorn.error"))
    (line,) = caplog.messages
    assert re.match(rf"\d+ demonstration logins {words}", line)
    caplog.clear()
    User.objects.filter(is_demo=True).update(is_active=False)
    tell_of_demo_logins(logging.getLogger("gunicorn.error"))
    assert caplog.messages == []


def test_fewer_proxies_than_none_are_refused(tmp_path):
    done = started(tmp_path, TRUSTED_PROXIES="-1")
    assert (done.returncode, "TRUSTED_PROXIES: how many proxies" in done.stderr) == (1, True)


def test_demonstration_logins_are_out_with_https(demo, settings):
    client = Client()
    enter(client)
    settings.DEMO_LOGINS = False  # as with HTTPS
    assert client.get("/plan/").status_code == 302
    assert enter(Client()).status_code == 200
    with pytest.raises(CommandError, match="With HTTPS the demonstration logins do not get in"):
        call_command("load_demo")
    User.objects.filter(username="tonglu").update(is_demo=False)
    assert enter(Client()).status_code == 302


@pytest.mark.parametrize(
    ("hosts", "is_in"),
    [("localhost,127.0.0.1,[::1]", True), ("localhost,monitor.example", False), ("10.1.2.3", False), (".a.cn", False)],
)
def test_so_does_a_name_by_which_others_reach_the_site(tmp_path, hosts, is_in):
    """Also without HTTPS, on either database."""
    script = "print(s.DEMO_LOGINS)"
    done = started(tmp_path, script, ALLOWED_HOSTS=hosts)
    assert done.stdout.split() == [str(is_in)]


def test_https_shuts_the_demonstration_out_unless_it_is_allowed(tmp_path):
    script = "print(s.DEMO_LOGINS, s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME)"
    for allowed, expected in {"": "False", "demo_logins": "True"}.items():
        done = started(tmp_path, script, HTTPS="true", ALLOW_UNSAFE=allowed)
        assert done.stdout.split() == [expected, "__Host-sessionid", "__Host-csrftoken"]


def test_a_secret_key_must_come_from_the_environment(tmp_path):
    done = started(tmp_path, DATABASE_URL="postgres://a:b@127.0.0.1/c")
    assert (done.returncode, "Set SECRET_KEY" in done.stderr) == (1, True)


# The way in -----------------------------------------------------------------------------------------


def test_too_many_wrong_passwords_lock_and_time_unlocks(demo, settings):
    client = Client()
    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        assert enter(client, password="wrong").status_code == 200
    answer = enter(client, password="wrong")
    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert "连续输错 5 次。请过 15 分钟再试" in answer.content.decode()
    assert enter(client).status_code == 429  # the right one too
    assert enter(Client(), "leader").status_code == 302  # another name from the same desk
    assert enter(Client(REMOTE_ADDR="10.0.0.7")).status_code == 302  # the same name from its own desk
    settings.AXES_COOLOFF_TIME = timedelta(0)
    assert enter(client).status_code == 302


def test_a_success_forgets_the_failures_before_it(demo):
    client = Client()
    for password in ("wrong", "wrong", "wrong", "wrong", "demo", "wrong", "wrong", "wrong", "wrong"):
        assert enter(client, password=password).status_code in {200, 302}
        client.post("/accounts/logout/")
    assert enter(client).status_code == 302


def test_the_lock_counts_by_the_address_that_our_proxy_saw(demo, settings):
    settings.TRUSTED_PROXIES = 1
    for _ in range(5):
        enter(Client(), password="wrong", headers={"X-Forwarded-For": "9.9.9.9, 10.0.0.1"})
    assert enter(Client(), headers={"X-Forwarded-For": "8.8.8.8, 10.0.0.1"}).status_code == 429
    assert enter(Client(), headers={"X-Forwarded-For": "9.9.9.9, 10.0.0.2"}).status_code == 302


def test_guesses_from_many_addresses_stop_strange_browsers_and_not_the_desk(demo, settings):
    settings.GUARD_NAME_AT, settings.TRUSTED_PROXIES = 8, 1
    desk, beside = Client(), Client()
    assert (enter(desk).status_code, enter(beside, "leader").status_code) == (302, 302)
    for number in range(8):
        assert enter(Client(), password="wrong", headers={"X-Forwarded-For": f"10.0.1.{number}"}).status_code == 200
    beside.post("/accounts/logout/")
    stranger = enter(Client(), headers={"X-Forwarded-For": "10.0.2.1"})
    assert (stranger.status_code, "只能从用它登录过的浏览器登录" in stranger.content.decode()) == (429, True)
    assert enter(beside, headers={"X-Forwarded-For": "10.0.2.2"}).status_code == 429  # known, by another name
    assert enter(Client(), "leader", headers={"X-Forwarded-For": "10.0.2.1"}).status_code == 302
    desk.post("/accounts/logout/")
    assert enter(desk, headers={"X-Forwarded-For": "10.0.2.3"}).status_code == 302
    for number in range(5):
        desk.post("/accounts/logout/")
        status = enter(desk, password="wrong", headers={"X-Forwarded-For": "10.0.2.3"}).status_code
        assert status == (429 if number == 4 else 200)  # the desk guesses no more than others


def spray(settings, *, most: int, address: str = "10.0.1.7") -> None:
    """One wrong password for each of `most` names, from one address."""
    settings.GUARD_ADDRESS_AT, settings.TRUSTED_PROXIES = most, 1
    for number in range(most):
        tried = enter(Client(), f"somebody-{number}", "wrong", headers={"X-Forwarded-For": address})
        assert tried.status_code == 200


def test_one_password_for_many_names_stops_strange_browsers_of_that_address(demo, settings):
    office, elsewhere = {"X-Forwarded-For": "10.0.1.7"}, {"X-Forwarded-For": "10.0.1.8"}
    desk, settings.TRUSTED_PROXIES = Client(), 1
    assert enter(desk, headers=office).status_code == 302
    desk.post("/accounts/logout/", headers=office)
    spray(settings, most=8)
    stranger = enter(Client(), headers=office)
    assert (stranger.status_code, stranger["Retry-After"]) == (429, "900")
    assert "从这个网络地址输错密码太多次" in stranger.content.decode()
    assert enter(desk, "leader", headers=office).status_code == 429  # known, by another name
    assert enter(desk, headers=office).status_code == 302  # a colleague at his own desk works on
    assert enter(Client(), "leader", headers=elsewhere).status_code == 302
    settings.AXES_COOLOFF_TIME = timedelta(0)
    assert enter(Client(), "leader", headers=office).status_code == 302


def test_a_success_between_does_not_set_the_limit_of_the_address_back(demo, settings):
    settings.GUARD_ADDRESS_AT = 6
    for number in range(6):
        assert enter(Client()).status_code == 302
        assert enter(Client(), f"somebody-{number}", "wrong").status_code == 200
    assert enter(Client()).status_code == 429


@pytest.mark.parametrize(("address", "status"), [("::ffff:10.0.1.7", 429), ("10.0.1.7", 429), ("::ffff:10.0.1.8", 302)])
def test_an_address_in_another_spelling_is_no_other_address(demo, settings, address, status):
    """Nor is every IPv4 address one network of IPv6: then one that guesses would shut all others out."""
    spray(settings, most=8, address="::ffff:10.0.1.7")
    assert enter(Client(), headers={"X-Forwarded-For": address}).status_code == status


@pytest.mark.parametrize(("address", "status"), [("2001:db8:0:1:ffff::9", 429), ("2001:db8:0:2::9", 302)])
def test_addresses_of_one_network_count_as_one(demo, settings, address, status):
    """One machine has as many of IPv6 as it likes."""
    settings.GUARD_ADDRESS_AT, settings.TRUSTED_PROXIES = 8, 1
    for number in range(8):
        enter(Client(), f"somebody-{number}", "wrong", headers={"X-Forwarded-For": f"2001:db8:0:1::{number}"})
    assert enter(Client(), headers={"X-Forwarded-For": address}).status_code == status


def test_who_is_in_changes_his_password_whoever_guesses_beside_him(demo, settings):
    client, new = Client(), "一个足够长的新密码 2026"
    enter(client)
    settings.GUARD_ADDRESS_AT = 0
    form = {"old_password": "demo", "new_password1": new, "new_password2": new}
    assert client.post("/accounts/password/", form).status_code == 302


def test_a_name_that_is_not_there_is_guarded_alike(demo, settings):
    settings.GUARD_NAME_AT, settings.TRUSTED_PROXIES = 2, 1
    for number in range(2):
        enter(Client(), "nobody-of-that-name", headers={"X-Forwarded-For": f"10.0.1.{number}"})
    assert enter(Client(), "nobody-of-that-name", headers={"X-Forwarded-For": "10.0.2.1"}).status_code == 429


def test_the_cookie_of_a_desk_is_made_by_the_site_alone(demo, settings):
    settings.GUARD_NAME_AT = 0
    client = Client()
    client.cookies["desk"] = f"{'0' * 32}.tonglu.."
    assert enter(client).status_code == 429
    settings.GUARD_NAME_AT = 50
    cookie = enter(client).cookies["desk"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], "tonglu" in cookie.value) == (
        True,
        "Lax",
        "/accounts/login/",
        False,
    )


def test_a_name_in_other_letters_is_the_same_name_to_every_limit(demo, settings):
    """Some directories take it for the same: each spelling had guesses of its own."""
    settings.GUARD_NAME_AT, settings.TRUSTED_PROXIES = 4, 1
    desk = Client()
    assert enter(desk).status_code == 302
    desk.post("/accounts/logout/")
    for number, name in enumerate(("TONGLU", "Tonglu", "tongLU", "ＴongＬu")):
        assert enter(Client(), name, "wrong", headers={"X-Forwarded-For": f"10.0.1.{number}"}).status_code == 200
    for name in ("tonglu", "TonglU"):
        assert enter(Client(), name, headers={"X-Forwarded-For": "10.0.2.1"}).status_code == 429
    assert enter(desk, "TONGLU", headers={"X-Forwarded-For": "10.0.2.2"}).status_code == 200  # known, and no account
    assert enter(desk, headers={"X-Forwarded-For": "10.0.2.2"}).status_code == 302


def test_an_administrator_sees_the_failures_and_unlocks(clients):
    User.objects.filter(username="tonglu").update(username="TongLu")
    locked = Client()
    for _ in range(5):
        enter(locked, "TongLu", "wrong")
    page = clients["admin"].get("/admin/accounts/user/?q=tonglu").content.decode()
    assert '<td class="field-failures">5</td>' in page
    user = User.objects.get(username="TongLu")
    form = {"action": "unlock", "_selected_action": [user.pk]}
    answer = clients["admin"].post("/admin/accounts/user/", form, follow=True)
    assert "已解除 1 个账号的登录锁定。" in answer.content.decode()
    assert enter(locked, "TongLu").status_code == 302
    row = AuditEntry.objects.get(action="unlock")
    assert (row.key, row.actor.username) == ("TongLu", "admin")


class CountingHasher(MD5PasswordHasher):
    runs = 0

    def encode(self, password, salt):
        type(self).runs += 1
        return super().encode(password, salt)


@pytest.mark.parametrize("username", ["tonglu", "nobody-of-that-name"])
def test_a_name_that_is_not_there_costs_and_says_the_same(demo, settings, username):
    """As many runs of the hasher, and the same words: neither clock nor page tells which names exist."""
    settings.PASSWORD_HASHERS = ["tests.test_security.CountingHasher"]
    CountingHasher.runs = 0
    answer = enter(Client(), username, "wrong")
    assert (answer.status_code, CountingHasher.runs) == (200, 1)
    assert "用户名或密码不对" in answer.content.decode()


def test_a_name_longer_than_any_is_refused_and_nothing_is_written_down(demo):
    answer = enter(Client(), "长" * 151, "wrong")
    assert (answer.status_code, "用户名或密码不对" in answer.content.decode()) == (200, True)
    assert AccessAttempt.objects.count() == 0


def test_a_login_without_the_form_s_token_is_refused(demo):
    answer = enter(Client(enforce_csrf_checks=True))
    assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (403, True)
    assert "登录结束了或换过" in answer.content.decode()  # who has logged in anew in another window reads why


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_a_login_leads_to_no_other_site(demo, target):
    answer = Client().post(LOGIN, {"username": "tonglu", "password": "demo", "next": target})
    assert (answer.status_code, answer["Location"]) == (302, "/")


@pytest.mark.parametrize("target", [LOGIN, f"{LOGIN}?next=/", f"http://testserver{LOGIN}"])
def test_who_is_in_is_not_led_to_the_login_for_ever(clients, target):
    answer = clients["leader"].get(LOGIN, {"next": target})
    assert (answer.status_code, answer["Location"]) == (302, "/")


# Sessions -------------------------------------------------------------------------------------------


def test_the_session_is_a_new_one_after_the_login(demo):
    client = Client()
    client.cookies["sessionid"] = "a" * 32  # planted
    enter(client)
    assert client.cookies["sessionid"].value != "a" * 32


def test_a_session_ends_after_so_long_without_a_request(demo, settings):
    client = Client()
    enter(client)
    LoginSession.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    answer = client.get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/")


def test_a_session_in_use_lasts_on_and_costs_a_write_only_now_and_then(demo, settings):
    client = Client()
    enter(client)
    (before,) = LoginSession.objects.values_list("expire_date", flat=True)
    client.get("/healthz")
    client.get("/plan/")
    assert list(LoginSession.objects.values_list("expire_date", flat=True)) == [before]
    LoginSession.objects.update(expire_date=timezone.now() + timedelta(minutes=10))
    client.get("/plan/")
    (after,) = LoginSession.objects.values_list("expire_date", flat=True)
    assert after - timezone.now() > timedelta(minutes=29)


def test_a_session_ends_some_hours_after_the_login_whatever_happens(demo, settings):
    client = Client()
    enter(client)
    assert client.get("/plan/").status_code == 200
    session = client.session
    session["started_at"] -= settings.SESSION_HOURS * 3600 + 1
    session.save()
    assert client.get("/plan/").status_code == 302
    assert LoginSession.objects.count() == 0


def test_leaving_ends_the_session(demo):
    client = Client()
    enter(client)
    client.post("/accounts/logout/")
    assert LoginSession.objects.count() == 0
    assert client.get("/plan/").status_code == 302


def test_a_new_password_ends_every_other_session(demo):
    here, there = Client(), Client()
    enter(here)
    enter(there)
    new = "一个足够长的新密码 2026"
    form = {"old_password": "demo", "new_password1": new, "new_password2": new}
    key = here.cookies["sessionid"].value
    assert here.post("/accounts/password/", form).status_code == 302
    assert here.cookies["sessionid"].value != key
    assert (here.get("/plan/").status_code, there.get("/plan/").status_code) == (200, 302)


def test_the_old_password_is_not_guessed_at_a_desk_left_open(demo, settings):
    client, new = Client(), "一个足够长的新密码 2026"
    enter(client)
    form = {"new_password1": new, "new_password2": new}
    tried = [client.post("/accounts/password/", form | {"old_password": f"guess {n}"}).status_code for n in range(5)]
    assert tried == [200, 200, 200, 200, 429]
    assert client.post("/accounts/password/", form | {"old_password": "demo"}).status_code == 429
    assert enter(Client()).status_code == 429  # it is the same lock


WEAK = [
    "short",
    "12345678901234",
    "password1234",
    "aaaaaaaaaaaa",
    "abc-abc-abc-abc",
    "tonglu-tonglu",
    "Tonglu@2026!!!!!",
]


@pytest.mark.parametrize("new", WEAK)
def test_a_weak_password_is_refused(demo, new):
    client = Client()
    enter(client)
    form = {"old_password": "demo", "new_password1": new, "new_password2": new}
    assert client.post("/accounts/password/", form).status_code == 200


def test_a_user_switched_off_is_out_at_once(demo):
    client = Client()
    enter(client)
    User.objects.filter(username="tonglu").update(is_active=False)
    assert client.get("/plan/").status_code == 302


def test_cookies_are_not_for_scripts_nor_for_other_sites(demo):
    client = Client()
    enter(client)
    cookie = client.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 1800)


def test_passwords_are_kept_by_argon2(tmp_path):
    script = "from django.conf import settings; settings.configure(PASSWORD_HASHERS=s.PASSWORD_HASHERS); "
    script += "from django.contrib.auth.hashers import make_password; print(make_password('x')[:37])"
    done = started(tmp_path, script)
    assert re.sub(r"\s", "", done.stdout) == "argon2$argon2id$v=19$m=19456,t=2,p=1$"


@pytest.mark.parametrize(
    ("path", "form"),
    [("/reports/", {"year": "²"}), ("/review/steps/approve/", {"submission": "330127/²"})],
)
def test_digits_that_are_no_number_are_no_fault_of_the_site(clients, path, form):
    assert clients["municipal"].post(path, form).status_code in {302, 404}
