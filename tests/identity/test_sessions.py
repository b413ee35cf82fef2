"""Passwords that were, sessions that are: each rule is a setting, and off where nobody sets it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from identity.actions import record_password
from identity.models import LoginSession, PasswordRecord
from identity.passwords import KEPT
from journal.models import AuditEntry

LOGIN, PASSWORD, SESSIONS = "/accounts/login/", "/accounts/password/", "/accounts/sessions/"
WORDS = [f"一个足够长的新密码 {2000 + number}" for number in range(30)]


@pytest.fixture
def tonglu(demo):
    return User.objects.get(username="tonglu")


def come_in(password="demo", browser="Firefox", **more):
    client = Client(headers={"user-agent": browser}, **more)
    assert client.post(LOGIN, {"username": "tonglu", "password": password}).status_code == 302
    return client


def change(client, old, new):
    return client.post(PASSWORD, {"old_password": old, "new_password1": new, "new_password2": new})


def set_by_admin(clients, user, new):
    page = reverse("admin:auth_user_password_change", args=[user.pk])
    clients["admin"].post(page, {"password1": new, "password2": new, "usable_password": "true"})


# Passwords ----------------------------------------------------------------------------------------


def test_a_former_password_does_not_come_back(tonglu, settings):
    settings.PASSWORD_HISTORY = 2
    client, said = come_in(), "这个密码以前用过"
    for old, new in [("demo", WORDS[0]), (WORDS[0], WORDS[1]), (WORDS[1], WORDS[2])]:
        assert change(client, old, new).status_code == 302
    assert said in change(client, WORDS[2], WORDS[1]).content.decode()
    assert change(client, WORDS[2], WORDS[0]).status_code == 302  # the third before is forgotten
    settings.PASSWORD_HISTORY = 0
    assert change(client, WORDS[0], WORDS[2]).status_code == 302


def test_no_more_is_kept_of_former_passwords_than_can_be_asked_for(tonglu):
    for word in WORDS:
        tonglu.password = word
        record_password(user=tonglu, by=tonglu)
    kept = list(PasswordRecord.objects.filter(user=tonglu).values_list("hash", flat=True))
    assert kept == WORDS[::-1][:KEPT]


def test_who_was_given_a_password_chooses_another_first(clients, tonglu):
    set_by_admin(clients, tonglu, WORDS[0])
    client = come_in(WORDS[0])
    for path in ("/", "/plan/", SESSIONS, "/reporting/"):
        assert client.get(path)["Location"] == PASSWORD
    assert client.get("/api/v1/areas/").status_code == 403
    assert "现在的密码是别人设的" in client.get(PASSWORD).content.decode()
    assert client.post("/accounts/logout/").status_code == 302
    client = come_in(WORDS[0])
    assert change(client, WORDS[0], WORDS[1]).status_code == 302
    assert [client.get(path).status_code for path in ("/", "/api/v1/areas/")] == [200, 200]
    assert come_in(WORDS[1]).get("/plan/").status_code == 200


def test_who_was_given_the_account_chooses_another_first(clients, demo):
    form = {"username": "new", "first_name": "新人", "password1": WORDS[0], "password2": WORDS[0], "role": "leader"}
    form |= {"organisation": "", "usable_password": "true"}
    assert clients["admin"].post("/admin/accounts/user/add/", form).status_code == 302
    client = Client()
    client.post(LOGIN, {"username": "new", "password": WORDS[0]})
    assert client.get("/")["Location"] == PASSWORD


def test_a_password_has_an_age(tonglu, settings):
    assert come_in().get("/plan/").status_code == 200
    settings.PASSWORD_DAYS = 90
    User.objects.update(date_joined=timezone.now() - timedelta(days=90))
    client = come_in()
    assert client.get("/plan/")["Location"] == PASSWORD
    assert "现在的密码已用满 90 天" in client.get(PASSWORD).content.decode()
    change(client, "demo", WORDS[0])
    assert client.get("/plan/").status_code == 200
    PasswordRecord.objects.update(at=timezone.now() - timedelta(days=89))
    assert come_in(WORDS[0]).get("/plan/").status_code == 200
    PasswordRecord.objects.update(at=timezone.now() - timedelta(days=90))
    assert come_in(WORDS[0]).get("/plan/")["Location"] == PASSWORD


# Sessions -----------------------------------------------------------------------------------------


def test_the_oldest_login_ends_where_there_are_too_many(tonglu, settings):
    clients = [come_in() for _ in range(3)]
    assert [client.get("/plan/").status_code for client in clients] == [200, 200, 200]
    for minutes, row in enumerate(LoginSession.objects.of(tonglu)):
        LoginSession.objects.filter(pk=row.pk).update(started_at=timezone.now() - timedelta(minutes=minutes + 1))
    order = {row.session_key: place for place, row in enumerate(LoginSession.objects.of(tonglu))}
    places = [order[client.cookies["sessionid"].value] for client in clients]
    settings.SESSIONS_AT_ONCE = 2
    clients.append(come_in())
    assert "已结束最早的2处登录" in clients[-1].get("/accounts/sessions/").content.decode()
    stay = [client.get("/plan/").status_code == 200 for client in clients]
    assert stay == [place == 0 for place in places] + [True]
    assert AuditEntry.objects.filter(action="end_session", key="tonglu", actor=None).count() == 2


def test_my_logins_are_listed_and_ended(clients, tonglu):
    here, there = come_in(browser="Firefox 一"), come_in(browser="Chromium 二", REMOTE_ADDR="10.1.2.3")
    clients["stats"].get("/plan/")
    page = here.get(SESSIONS).content.decode()
    assert [word in page for word in ("Firefox 一", "Chromium 二", "10.1.2.3", "✓ 本处")] == [True] * 4
    assert page.count("结束这处登录") == 1
    keys = set(LoginSession.objects.values_list("session_key", flat=True))
    assert [key for key in keys if key in page] == []
    assert LoginSession.objects.of(tonglu).count() == 2
    handle = LoginSession.objects.of(tonglu).get(browser="Chromium 二").handle
    end = reverse("session_end", args=[handle])
    assert clients["stats"].post(end).status_code == 404  # another's is not there
    assert here.post(end)["Location"] == SESSIONS
    assert (here.get("/plan/").status_code, there.get("/plan/").status_code) == (200, 302)
    row = AuditEntry.objects.get(action="end_session")
    assert (row.key, row.actor, row.new) == ("tonglu", tonglu, {"address": "10.1.2.3", "browser": "Chromium 二"})


def test_all_others_are_ended_at_once(tonglu):
    here, *others = (come_in() for _ in range(3))
    assert "已结束其他2处登录" in here.post(reverse("session_end", args=["others"]), follow=True).content.decode()
    assert [client.get("/plan/").status_code for client in (here, *others)] == [200, 302, 302]


def test_the_last_login_is_shown(tonglu):
    User.objects.filter(pk=tonglu.pk).update(last_login="2026-03-01T00:05Z")
    assert "上次登录：2026-03-01 08:05" in come_in().get("/plan/").content.decode()


def test_the_first_login_shows_no_last_one(tonglu):
    assert "上次登录" not in come_in().get("/plan/").content.decode()
