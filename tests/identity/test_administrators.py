"""三权分立: the administrator divided into three. None sees data, none does what another of them does, none can be two;
and where one administrator is kept, that is a setting which the site shows."""

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client

from access.actions import create_token
from accounts.models import Organisation, User
from journal.models import AuditEntry
from tests.test_admin import MODELS, url_of
from tests.test_matrix import PAGES, POST_ONLY, status_of
from tests.test_permissions import ACTS, QUESTIONS, is_let, world  # noqa: F401  # a fixture

LOGIN = "/accounts/login/"
OFFICERS = ("system", "security", "auditor")
OWN = {  # of everybody: the own login, help, probes
    "login",
    "password",
    "sessions",
    "factors",
    "guide",
    "problems",
    "problem",
    "set_language",
    "second_factor",
    "healthz",
    "readyz",
    "metrics",
}
RESETS = {"factor_resets"}
OPENS = {  # what a GET finds there, beside what is for POST alone
    "system": OWN | RESETS,
    "security": OWN | RESETS | {"tokens"},
    "auditor": OWN | {"audit_log"},
}
KEPT_POSTS = {"logout", "session_end", "prove", "factor_totp", "factor_totp_end", "factor_codes"}
KEPT_POSTS |= {"passkey_new", "passkey_end"}
POSTS = {
    "system": KEPT_POSTS | {"factor_reset_settle"},
    "security": KEPT_POSTS | {"factor_reset_settle", "token_revoke", "token_confirm"},
    "auditor": KEPT_POSTS,
}
OFFICE = {
    "system": {"accounts.User", "accounts.Organisation", "areas.Area"},
    "security": {"accounts.User", "identity.PostRule", "identity.ExternalIdentity"},
    "auditor": set(),
}


@pytest.fixture
def officers(demo, settings):
    """officers["system"]: a client of that administrator."""
    settings.ADMINISTRATORS = "three"
    found = {}
    for duty in OFFICERS:
        user = User.objects.create(username=duty, role=duty, is_staff=duty != "auditor")
        found[duty] = Client()
        found[duty].force_login(user)
    return found


# Role × page --------------------------------------------------------------------------------------


@pytest.mark.parametrize("duty", OFFICERS)
def test_which_pages_each_of_the_three_opens(officers, objects, duty):
    """Of every address of the site: 403 for all that is not of the duty; the front page leads to where it begins."""
    found = {name: status_of(officers[duty], path.format(**objects)) for name, (path, _) in PAGES.items()}
    open_ = {name for name, status in found.items() if status not in {403, 405}}
    redirected = {"overview"}
    not_there = {"oidc", "oidc_back", "cas"}  # switched off here
    not_there |= {"token_usage"} if duty == "security" else set()  # that token is none
    assert open_ == OPENS[duty] | redirected | not_there
    assert {name for name, status in found.items() if status == 405} == POSTS[duty]
    assert {name for name, (_, expected) in PAGES.items() if expected == POST_ONLY} >= POSTS[duty]


@pytest.mark.parametrize("duty", OFFICERS)
def test_where_each_begins_and_which_tables_of_the_back_office_each_opens(officers, duty):
    start = {"system": "/admin/", "security": "/admin/", "auditor": "/changes/audit/"}[duty]
    assert officers[duty].get("/")["Location"] == start
    assert officers[duty].get(start).status_code == 200
    opened = {m._meta.label for m in MODELS if officers[duty].get(url_of(m, "changelist")).status_code == 200}
    assert opened == OFFICE[duty]


@pytest.mark.parametrize("duty", OFFICERS)
def test_the_api_is_closed_to_the_three(officers, duty):
    for path in ("/api/v1/areas/", "/api/v1/observations/", "/api/v1/submissions/"):
        assert officers[duty].get(path).status_code == 403


def test_no_page_of_theirs_links_to_what_is_closed(officers):
    for duty, page in {"system": "/accounts/factors/", "auditor": "/changes/audit/"}.items():
        text = officers[duty].get(page).content.decode()
        assert [link for link in ('href="/indicators/"', 'href="/plan/"', 'href="/reporting/"') if link in text] == []


# Role × act ---------------------------------------------------------------------------------------

LET = {
    "access.actions.create_token": {"security"},
    "access.actions.confirm_token": {"security"},
    "access.actions.revoke_token": {"security"},
    "access.actions.settle_tokens": {"security"},
    "messaging.subscribing.settle_programs": {"security"},
    "identity.factor_actions.ask_factor_reset": {"security"},
    "identity.factor_actions.settle_factor_reset": {"security", "system"},
}


def test_what_each_of_the_three_does_and_is_asked(world):  # noqa: F811
    users = {duty: User.objects.create(username=duty, role=duty) for duty in OFFICERS}
    let = {
        name: {duty for duty, user in users.items() for act, _ in acts if is_let(act, world, user)}
        for name, acts in ACTS.items()
    }
    assert {name: found for name, found in let.items() if found} == LET
    yes = {
        name: {duty for duty, user in users.items() for ask, _ in rows if ask(world, user)}
        for name, rows in QUESTIONS.items()
    }
    assert {name: found for name, found in yes.items() if found} == {
        "access.actions._may_consent": {"security"},
        "access.views.may_manage": {"security"},
        "history.audit.may_read": {"auditor"},
    }


def test_the_auditor_reads_all_of_the_log_and_the_other_two_nothing(officers):
    create_token(name="x", organisation=Organisation.objects.get(code="330127-DRC"), by=None)
    rows = {duty: AuditEntry.objects.visible_to(User.objects.get(username=duty)).count() for duty in OFFICERS}
    assert rows == {"system": 0, "security": 0, "auditor": AuditEntry.objects.count()}


# Accounts: one makes them, another grants ---------------------------------------------------------


def test_the_one_makes_an_account_and_the_other_lets_it_in(officers):
    unit, new = Organisation.objects.get(code="330127-DRC"), "一个足够长的新密码 2026"
    form = {"username": "new", "first_name": "新人", "password1": new, "password2": new, "organisation": unit.pk}
    form |= {"usable_password": "true", "role": "municipal", "is_staff": "on"}
    assert officers["security"].get("/admin/accounts/user/add/").status_code == 403
    assert officers["system"].post("/admin/accounts/user/add/", form).status_code == 302
    user = User.objects.get(username="new")
    assert (user.role, user.is_active, user.is_staff) == ("county", False, False)
    assert Client().post(LOGIN, {"username": "new", "password": new}).status_code == 200
    page = f"/admin/accounts/user/{user.pk}/change/"
    officers["system"].post(page, {"username": "new", "first_name": "改名", "role": "municipal", "is_active": "on"})
    user.refresh_from_db()
    assert (user.first_name, user.role, user.is_active) == ("改名", "county", False)
    grant = {"username": "other", "role": "county", "organisation": unit.pk, "is_active": "on"}
    assert officers["security"].post(page, grant).status_code == 302
    user.refresh_from_db()
    assert (user.username, user.is_active) == ("new", True)
    assert Client().post(LOGIN, {"username": "new", "password": new}).status_code == 302


def test_none_of_the_three_makes_or_becomes_another(officers):
    unit = Organisation.objects.get(code="HZDRC")
    stats = User.objects.get(username="stats")
    for role in OFFICERS:
        form = {"username": "stats", "role": role, "organisation": unit.pk, "is_active": "on"}
        officers["security"].post(f"/admin/accounts/user/{stats.pk}/change/", form)
    stats.refresh_from_db()
    assert stats.role == "department"
    for duty in OFFICERS:
        other = User.objects.get(username=duty)
        for by in ("system", "security"):
            page = f"/admin/accounts/user/{other.pk}/"
            assert officers[by].post(f"{page}change/", {"username": duty, "role": "leader"}).status_code == 403
            answer = officers[by].post(f"{page}password/", {"password1": "x", "password2": "x"})
            assert answer.status_code in ({302, 403} if by == duty else {403})
    assert officers["security"].get(f"/admin/accounts/user/{stats.pk}/password/").status_code == 403
    assert set(User.objects.filter(username__in=OFFICERS).values_list("role", flat=True)) == set(OFFICERS)


def test_the_database_holds_that_an_officer_is_nothing_else(demo):
    unit = Organisation.objects.get(code="HZDRC")
    for wrong in ({"is_superuser": True}, {"organisation": unit}, {"is_service": True}):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.create(username="x", role="security", **wrong)


# One or three -------------------------------------------------------------------------------------


def test_where_there_are_three_the_one_does_not_get_in_and_the_other_way_round(officers, clients, settings):
    assert clients["admin"].get("/plan/").status_code == 302
    assert clients["municipal"].get("/plan/").status_code == 200
    assert officers["auditor"].get("/changes/audit/").status_code == 200
    settings.ADMINISTRATORS = "one"
    assert officers["auditor"].get("/changes/audit/").status_code == 302
    assert clients["admin"].get("/plan/").status_code in {200, 302}
    assert Client().post(LOGIN, {"username": "admin", "password": "demo"}).status_code == 302


def test_the_site_shows_that_one_administrator_does_everything(clients, officers, settings):
    settings.ADMINISTRATORS = "one"
    client = Client()
    client.post(LOGIN, {"username": "admin", "password": "demo"})
    assert "由一名系统管理员总管" in client.get("/admin/").content.decode()
    settings.ADMINISTRATORS = "three"
    client = Client()
    client.force_login(User.objects.get(username="system"))
    assert "本站三员分立" in client.get("/admin/").content.decode()


def test_the_three_are_appointed_at_the_host(demo, settings, capsys):
    settings.ADMINISTRATORS = "three"
    with pytest.raises(CommandError, match="cannot be two"):
        call_command("appoint", "--system", "wang", "--security", "wang")
    with pytest.raises(CommandError, match="is a login already"):
        call_command("appoint", "--system", "tonglu")
    with pytest.raises(CommandError, match="Name one"):
        call_command("appoint")
    call_command("appoint", "--system", "wang", "--security", "li", "--auditor", "zhao")
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [(duty, name) for duty, name, _ in lines] == [("system", "wang"), ("security", "li"), ("auditor", "zhao")]
    client = Client()
    client.post(LOGIN, {"username": "zhao", "password": lines[2][2]})
    assert client.get("/changes/audit/")["Location"] == "/accounts/password/"  # which is changed first
    call_command("appoint", "--auditor", "qian")
    assert list(User.objects.filter(role="auditor", is_active=True).values_list("username", flat=True)) == ["qian"]
    assert AuditEntry.objects.filter(action="appoint").count() == 5


def test_the_roles_are_offered_nowhere(clients):
    form = clients["admin"].get("/admin/accounts/user/add/").context["adminform"].form
    assert [role for role, _ in form.fields["role"].choices if role in OFFICERS] == []
