"""A token does not outlive the person who made it without anybody's saying so, writes nothing before an administrator
has agreed, and lives no longer than the installation allows."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from access.actions import confirm_token, create_token, settle_tokens
from accounts.models import AccessToken, Organisation, User
from journal.models import AuditEntry
from lib.refusals import Invalid, NotAllowed
from messaging.models import Endpoint
from messaging.subscribing import register_endpoint
from tests.test_admin import errors_of, form_of, unit, url_of

PAGE = "/accounts/tokens/"
READ = "/api/v1/targets/?page_size=1"
WRITE = "/api/v1/submissions/330127/2025/entries/"
BODY = {"dry_run": True, "entries": [{"indicator": "P02", "value": 93}]}
BOTH = ["read", "write:entries"]


@pytest.fixture(autouse=True)
def fresh_counters():
    cache.clear()


@pytest.fixture
def office(clients):
    return clients["admin"]


def person(name: str) -> User:
    return User.objects.get(username=name)


def made_by(login: str, code: str = "330127-housing", **more) -> tuple[AccessToken, str]:
    given = {"name": f"{login}的系统", "organisation": Organisation.objects.get(code=code), "scopes": BOTH}
    return create_token(**given | more, by=person(login))


def reads(text: str) -> int:
    return Client().get(READ, headers={"Authorization": f"Bearer {text}"}).status_code


def written(text: str):
    return Client().put(WRITE, BODY, content_type="application/json", headers={"Authorization": f"Bearer {text}"})


# Consent ---------------------------------------------------------------------------------------------------


def test_a_token_writes_only_once_an_administrator_has_agreed(clients, office):
    token, text = made_by("chunan-housing")
    answer = written(text)
    assert (reads(text), answer.status_code, answer.json()["code"]) == (200, 403, "missing_scope")
    assert "还没有经系统管理员同意" in answer.json()["detail"]
    confirm = f"{PAGE}{token.key}/confirm/"
    assert "写入待同意" in clients["chunan-housing"].get(PAGE).content.decode()
    assert confirm not in clients["chunan-housing"].get(PAGE).content.decode()
    assert confirm in office.get(PAGE).content.decode()
    told = clients["chunan-housing"].post(confirm, follow=True).content.decode()
    assert ("由系统管理员同意" in told, written(text).status_code) == (True, 403)
    assert clients["tonglu"].post(confirm).status_code == 404
    assert "现在起可以用" in office.post(confirm, follow=True).content.decode()
    assert written(text).status_code == 200
    row = AuditEntry.objects.get(action="confirm_token")
    assert (row.actor.username, row.key, row.new) == ("admin", f"330127-housing/{token.key}", {"scopes": token.scopes})


def test_what_an_administrator_makes_or_who_sits_at_the_host_is_agreed_to(demo):
    by_admin, _text = made_by("admin")
    by_host, _text = create_token(name="x", organisation=by_admin.organisation, scopes=BOTH, by=None)
    assert [(each.confirmed_by_name, each.scope_list) for each in (by_admin, by_host)] == [
        (person("admin").title, BOTH),
        ("系统", BOTH),
    ]


def test_a_token_that_only_reads_waits_for_nobody(demo):
    token, text = made_by("stats", "HZ-STATS", scopes=["read"])
    assert (token.awaits_consent, token.confirmed_at, reads(text)) == (False, None, 200)


def test_a_token_does_not_agree_to_tokens_and_what_has_ended_is_not_brought_back(demo):
    token, _text = made_by("chunan-housing")
    for by in (made_by("admin", "HZDRC")[0].user, person("municipal"), person("leader")):
        with pytest.raises(NotAllowed):
            confirm_token(token=token, by=by)
    AccessToken.objects.filter(pk=token.pk).update(
        created_at=timezone.now() - timedelta(days=9), expires_at=timezone.now()
    )
    with pytest.raises(Invalid, match="已到期"):
        confirm_token(token=token, by=person("admin"))


# The longest life ------------------------------------------------------------------------------------------


def test_no_token_is_made_for_longer_than_allowed(clients, settings):
    settings.TOKEN_MOST_DAYS = 30
    with pytest.raises(Invalid, match="1至30天"):
        made_by("stats", "HZ-STATS", scopes=["read"], days=31)
    token, _text = made_by("stats", "HZ-STATS", scopes=["read"])
    assert token.expires_at - token.created_at == timedelta(days=30)
    form = {"name": "平台", "organisation": unit("HZ-STATS"), "scopes": ["read"], "days": "31"}
    page = clients["stats"].post(PAGE, form).content.decode()
    assert ("30" in page, 'max="30"' in page, 'value="31"' in page, AccessToken.objects.count()) == (
        True,
        True,
        True,
        1,
    )


def test_the_longest_life_holds_for_tokens_made_before_it(demo, settings):
    settings.TOKEN_MOST_DAYS = 3650
    token, text = made_by("stats", "HZ-STATS", scopes=["read"], days=3650)
    AccessToken.objects.filter(pk=token.pk).update(created_at=timezone.now() - timedelta(days=366))
    assert (reads(text), AccessToken.objects.in_force().count()) == (200, 1)
    settings.TOKEN_MOST_DAYS = 365
    assert (reads(text), AccessToken.objects.in_force().count()) == (401, 0)


# Who goes --------------------------------------------------------------------------------------------------


def change_of(office, name: str, **sent):
    """What the administrator's form answers when `sent` is changed in it; None takes a tick away."""
    url = url_of(User, "change", person(name).pk)
    form = form_of(office, url) | sent
    return office.post(url, {key: value for key, value in form.items() if value is not None})


GOING = {
    "switched off": {"is_active": None},
    "moved": {"organisation": "330122-housing"},
    "another role": {"role": "leader"},
}


@pytest.mark.parametrize("way", GOING)
def test_who_goes_leaves_no_token_that_nobody_decided_on(office, way):
    sent = {key: unit(value) if key == "organisation" else value for key, value in GOING[way].items()}
    (kept, keeps), (ended, ends) = made_by("chunan-housing"), made_by("chunan-housing", name="另一个")
    confirm_token(token=ended, by=person("admin"))
    page = office.get(url_of(User, "change", person("chunan-housing").pk)).content.decode()
    assert ("chunan-housing的系统" in page, "另一个" in page) == (True, True)
    assert "2个令牌还在用" in errors_of(change_of(office, "chunan-housing", **sent))
    assert (reads(keeps), written(ends).status_code) == (200, 200)
    chosen = {"kept_tokens": [kept.key], "others_end": "on"}
    answer = change_of(office, "chunan-housing", **sent, **chosen)
    assert answer.status_code == 302
    assert "作废 1 个，由您确认保留 1 个" in office.get("/admin/", follow=True).content.decode()
    assert (reads(keeps), written(keeps).status_code, reads(ends)) == (200, 200, 401)
    kept.refresh_from_db()
    ended.refresh_from_db()
    assert (kept.confirmed_by, kept.revoked_at, ended.revoked_by) == (person("admin"), None, person("admin"))
    assert ended.revoke_reason.startswith("生成人chunan-housing")


def registered(login: str, name: str) -> Endpoint:
    by = person(login)
    made, _secret = register_endpoint(
        name=name, url="https://hooks.example/x", organisation=by.organisation, by=by, wants_notices=True
    )
    return made


@pytest.mark.parametrize("sent", [{"is_active": None}, {"role": "leader"}], ids=str)
def test_what_is_sent_to_addresses_of_who_goes_is_asked_about_too(office, sent):
    """The unit's notices went on to a clerk's own address after the clerk was switched off, and nobody was shown it."""
    keeps, ends = registered("chunan-housing", "住建系统"), registered("chunan-housing", "自己的")
    beside = registered("chunan", "别人的")
    assert "hooks.example/x" in office.get(url_of(User, "change", person("chunan-housing").pk)).content.decode()
    assert "2个接收程序还在接收" in errors_of(change_of(office, "chunan-housing", **sent))
    assert Endpoint.objects.filter(ended_at=None).count() == 3
    chosen = {"kept_programs": [keeps.uid], "others_end": "on"}
    assert change_of(office, "chunan-housing", **sent, **chosen).status_code == 302
    assert "停用 1 个，由您确认保留 1 个" in office.get("/admin/", follow=True).content.decode()
    assert set(Endpoint.objects.filter(ended_at=None)) == {keeps, beside}
    ends.refresh_from_db()
    assert ends.ended_why.startswith("登记人chunan-housing")
    assert change_of(office, "chunan-housing", first_name="王五").status_code == 302
    assert Endpoint.objects.filter(ended_at=None).count() == 2


def test_who_stays_keeps_the_tokens(office):
    _token, text = made_by("chunan-housing")
    assert change_of(office, "chunan-housing", first_name="王五").status_code == 302
    assert (reads(text), person("chunan-housing").first_name) == (200, "王五")


def test_what_others_made_is_not_touched(office):
    _token, text = made_by("chunan", "330127-DRC")
    assert change_of(office, "chunan-housing", is_active=None).status_code == 302
    assert (reads(text), person("chunan-housing").is_active) == (200, False)


def test_only_an_administrator_settles(demo):
    with pytest.raises(NotAllowed):
        settle_tokens(person=person("chunan"), kept=[], by=person("municipal"), reason="调离")


def test_the_account_of_a_token_is_nobody_s_to_edit(office):
    token, text = made_by("chunan-housing")
    url = url_of(User, "change", token.user_id)
    assert office.get(url).status_code == 200
    assert office.post(url, {"username": "x", "role": "administrator", "is_active": "on"}).status_code == 403
    assert office.post(f"{url[:-7]}password/", {"password1": "herring-sky-42"}).status_code == 403
    assert (User.objects.get(pk=token.user_id).role, reads(text)) == ("bureau", 200)


# From the versions before ----------------------------------------------------------------------------------


def test_the_migration_lets_go_on_what_is_still_in_somebody_s_hands(demo):
    """Tokens that write: of a person in place, of an administrator, of the command line; of one switched off, of one
    who has moved, of one who only reads by now."""
    unit_of = {"in place": "chunan", "off": "tonglu", "moved": "chunan-housing", "reads": "jiande", "admin": "admin"}
    for name, login in unit_of.items():
        made_by(login, person(login).organisation.code, name=name)
    create_token(name="host", organisation=person("chunan").organisation, scopes=BOTH, by=None)
    AccessToken.objects.update(confirmed_at=None, confirmed_by=None, confirmed_by_name="")
    User.objects.filter(username="tonglu").update(is_active=False)
    User.objects.filter(username="chunan-housing").update(organisation=unit("330122-housing"))
    User.objects.filter(username="jiande").update(role="leader")
    import_module("accounts.migrations.0004_token_confirmed").keep_what_writes(apps, None)
    going_on = set(AccessToken.objects.exclude(confirmed_at=None).values_list("name", flat=True))
    assert going_on == {"in place", "admin", "host"}
