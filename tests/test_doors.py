"""Whatever proves who somebody is goes through one form and one count of failures. Every address of the site is looked
at, the back office's too: a second door that takes a password is found here."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from rest_framework.settings import api_settings

from access.office import OfficeSite
from accounts.models import User
from county_urbanization.rooms import ROOMS
from identity.forms import LoginForm, PasswordForm
from identity.views import LoginView, PasswordView
from journal.models import AuditEntry
from tests.servers import ROOT
from tests.test_admin import MODELS, NOT_ADDED, url_of
from tests.test_matrix import PAGES

LOGIN, PASSWORD, OFFICE_LOGIN = "/accounts/login/", "/accounts/password/", "/admin/login/"
NEW = "一个足够长的新密码 2026"


def patterns(resolver=None, prefix=""):
    """(address, view) of every page, the back office's too."""
    for part in (resolver or get_resolver()).url_patterns:
        path = f"{prefix}{part.pattern}"
        if isinstance(part, URLPattern):
            yield path, part.callback
        else:
            yield from patterns(part, path)


def class_behind(view) -> type | None:
    """The class of a view, through what is wrapped around it."""
    while not hasattr(view, "view_class") and hasattr(view, "__wrapped__"):
        view = view.__wrapped__
    return getattr(view, "view_class", None)


def test_no_address_has_a_form_of_its_own_that_proves_who_somebody_is():
    """By the views: every one that is made of Django's for logins and passwords is ours, and there is one of each."""
    doors = (auth_views.LoginView, auth_views.PasswordChangeView, auth_views.PasswordResetView)
    found = {path: class_behind(view) for path, view in patterns()}
    made = {path: kind for path, kind in found.items() if kind and issubclass(kind, doors)}
    assert made == {"accounts/login/": LoginView, "accounts/password/": PasswordView}
    assert (LoginView.authentication_form, PasswordView.form_class) == (LoginForm, PasswordForm)
    assert (admin.site.__class__, {"login", "password_change"} - vars(OfficeSite).keys()) == (OfficeSite, set())


class Passwords(HTMLParser):
    """The names of the fields of a page that take a password."""

    def __init__(self, page: str):
        super().__init__()
        self.names = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "input" and given.get("type") == "password":
            self.names.append(given.get("name"))


def test_no_page_asks_for_a_password_but_these(clients, objects):
    """By the pages, as an administrator gets them and as nobody does."""
    person = User.objects.get(username="tonglu").pk
    pages = [path.format(**objects) for name, (path, _) in PAGES.items() if not path.endswith((".csv", ".xlsx"))]
    pages += [url_of(model, "changelist") for model in MODELS]
    pages += [url_of(model, "add") for model in MODELS if model._meta.label not in NOT_ADDED]
    pages += [url_of(User, "change", person), reverse("admin:auth_user_password_change", args=[person])]
    pages += ["/admin/", OFFICE_LOGIN, "/admin/password_change/", "/admin/password_change/done/", "/api/docs/"]
    found = {}
    for name in ("admin", None):
        for page in pages:
            answer = clients[name].get(page)
            if answer.streaming:
                b"".join(answer)  # read to its end, which closes it
            is_page = not answer.streaming and "text/html" in answer.get("Content-Type", "")
            if is_page and (fields := Passwords(answer.content.decode()).names):
                found[page] = fields
    new = ["password1", "password2"]  # a new one for somebody else: proves nothing, and is audited
    assert found == {
        LOGIN: ["password"],
        PASSWORD: ["old_password", "new_password1", "new_password2"],
        url_of(User, "add"): new,
        reverse("admin:auth_user_password_change", args=[person]): new,
    }


def test_a_password_is_compared_in_one_place():
    """By the code: only the forms ask `authenticate`, nothing compares a password itself, and the API takes none."""
    asks = re.compile(r"\b(authenticate|check_password|login)\(")
    files = [path for room in (*ROOMS, "lib") for path in (Path(ROOT) / room).rglob("*.py")]
    found = {str(path.relative_to(ROOT)) for path in files if asks.search(path.read_text())}
    assert found == {
        "accounts/backends.py",
        "identity/forms.py",
        "identity/entry.py",
        "identity/passwords.py",
        "access/backends.py",
        "identity/proofs.py",
        "accounts/authentication.py",
        "access/office.py",
    } | {
        "seeding/setup/views.py"  # who has just made the first account is logged in with it
    }
    names = [kind.__name__ for kind in api_settings.DEFAULT_AUTHENTICATION_CLASSES]
    assert names == ["TokenAuthentication", "SessionAuthentication"]


@pytest.mark.parametrize("door", [LOGIN, f"{OFFICE_LOGIN}?next=/admin/"])
def test_every_door_counts_alike(demo, door):
    """Five wrong ones by any door, and the one lock is shut for all of them."""
    client = Client()
    for number in range(5):
        given = {"username": "admin", "password": f"guess {number}"}
        answer = client.post(door, given)
        if answer.status_code == 302:  # the back office's sends on to the login
            assert answer["Location"].startswith(LOGIN)
            answer = client.post(answer["Location"], given)
    assert answer.status_code == 429
    assert client.post(LOGIN, {"username": "admin", "password": "demo"}).status_code == 429


@pytest.mark.parametrize("door", [LOGIN, OFFICE_LOGIN, PASSWORD, "/admin/password_change/"])
def test_a_name_longer_than_any_is_written_down_by_no_door(demo, clients, door):
    long = "长" * 300
    given = {"username": long, "password": long, "old_password": long, "new_password1": long, "new_password2": long}
    for client in (Client(), clients["admin"]):
        assert client.post(door, given).status_code in {200, 302}
    assert AccessAttempt.objects.filter(username=long).count() == 0


def test_the_old_password_is_guarded_by_the_back_office_s_address_too(clients):
    """As it was found: twelve wrong old ones, then the right one, and the old as the new one."""
    client, form = clients["admin"], {"new_password1": NEW, "new_password2": NEW}
    before = User.objects.get(username="admin").password
    for number in range(12):
        answer = client.post("/admin/password_change/", form | {"old_password": f"guess {number}"})
        assert (answer.status_code, answer["Location"]) == (302, PASSWORD)
    client.post("/admin/password_change/", form | {"old_password": "demo"})
    assert User.objects.get(username="admin").password == before


def test_the_new_password_is_another(clients):
    user = User.objects.get(username="tonglu")
    user.set_password(NEW)
    user.save()
    client = Client()
    client.force_login(user)
    answer = client.post(PASSWORD, {"old_password": NEW, "new_password1": NEW, "new_password2": NEW})
    assert (answer.status_code, "新密码与原密码相同，请换一个" in answer.content.decode()) == (200, True)
    wrong = client.post(PASSWORD, {"old_password": "wrong", "new_password1": NEW, "new_password2": NEW})
    assert "新密码与原密码相同" not in wrong.content.decode()  # else the new one could be used to guess the old
    other = f"{NEW}！"
    assert (
        client.post(PASSWORD, {"old_password": NEW, "new_password1": other, "new_password2": other}).status_code == 302
    )


def test_who_may_not_come_in_is_told_and_led_round_no_circle(clients):
    answer = clients["leader"].get("/admin/", follow=True)
    assert (answer.status_code, answer.redirect_chain) == (403, [(f"{OFFICE_LOGIN}?next=/admin/", 302)])
    assert "您的角色不能做这件事" in answer.content.decode()
    assert clients["admin"].get(OFFICE_LOGIN)["Location"] == "/admin/"
    answer = clients[None].get("/admin/accounts/user/", follow=True)
    assert answer.redirect_chain[-1] == (f"{LOGIN}?next=/admin/accounts/user/", 302)
    client = Client()
    sent = {"username": "admin", "password": "demo", "next": "/admin/accounts/user/"}
    assert client.post(LOGIN, sent)["Location"] == "/admin/accounts/user/"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "/admin/login/"])
def test_the_back_office_s_door_leads_to_no_other_site(demo, target):
    client = Client()
    first = client.get(OFFICE_LOGIN, {"next": target})
    assert first["Location"].startswith(LOGIN)
    answer = client.post(first["Location"], {"username": "admin", "password": "demo", "next": target})
    assert answer["Location"] in {"/", "/admin/login/"}
    if answer["Location"] == "/admin/login/":
        assert client.get("/admin/login/")["Location"] == "/admin/"


# A new password by an administrator -----------------------------------------------------------------------


@pytest.mark.parametrize("spelling", ["{}", "0{}", "%20{}", "+{}"])
def test_an_administrator_s_own_password_is_not_set_without_the_old_one(clients, spelling):
    """A desk left open: the page that sets somebody's password asks for no old one, however the address names him."""
    admin_ = User.objects.get(username="admin")
    page = f"/admin/accounts/user/{spelling.format(admin_.pk)}/password/"
    sent = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    for answer in (clients["admin"].get(page), clients["admin"].post(page, sent)):
        assert (answer.status_code, answer["Location"]) == (302, PASSWORD)
    admin_.refresh_from_db()
    assert admin_.check_password("demo")


def test_a_password_set_by_an_administrator_ends_the_sessions_and_is_logged(clients):
    user = User.objects.get(username="tonglu")
    page = reverse("admin:auth_user_password_change", args=[user.pk])
    assert clients["tonglu"].get("/plan/").status_code == 200
    clients["admin"].post(page, {"password1": NEW, "password2": NEW, "usable_password": "true"})
    assert (clients["tonglu"].get("/plan/").status_code, clients["admin"].get("/plan/").status_code) == (302, 200)
    client = Client()
    assert client.post(LOGIN, {"username": "tonglu", "password": "demo"}).status_code == 200
    assert client.post(LOGIN, {"username": "tonglu", "password": NEW}).status_code == 302
    row = AuditEntry.objects.get(action="set_password")
    assert (row.key, row.actor.username, row.old, row.new) == ("tonglu", "admin", None, None)


@pytest.mark.parametrize("name", ["municipal", "leader", "tonglu", "stats"])
def test_nobody_else_sets_a_password(clients, name):
    User.objects.filter(username=name).update(is_staff=True)
    user = User.objects.get(username="chunan")
    page = reverse("admin:auth_user_password_change", args=[user.pk])
    answer = clients[name].post(page, {"password1": NEW, "password2": NEW, "usable_password": "true"})
    user.refresh_from_db()
    assert (answer.status_code, user.check_password("demo")) == (403, True)
