"""The back office by each role that may, and may not, enter it: every address that it has, found in the URL map,
read and written to."""

import re

import pytest
from django.urls import URLPattern, get_resolver

from accounts.models import User
from areas.models import Area
from journal.models import AuditEntry
from reporting.models import CheckLimit
from tests.test_admin import MODELS, NOT_ADDED

# login: whether the account has the mark "may enter the back office"
OUTSIDE = {
    "municipal": False,
    "leader": True,
    "tonglu": True,
    "chunan-housing": True,
    "stats": True,
    None: False,
}
OF_ALL = {"admin/login/", "admin/logout/"}  # sends on to the login, or out


def patterns(resolver=None, prefix=""):
    for part in (resolver or get_resolver()).url_patterns:
        path = f"{prefix}{part.pattern}"
        if isinstance(part, URLPattern):
            yield path
        elif path.startswith("admin/") or not prefix:
            yield from patterns(part, path)


def row_of(pattern: str):
    """What stands for the row in an address: the first one of the model that the address names."""
    for model in MODELS:
        if pattern.startswith(f"admin/{model._meta.app_label}/{model._meta.model_name}/"):
            return model._default_manager.order_by("pk").values_list("pk", flat=True).first()
    return None


@pytest.fixture
def addresses(demo) -> dict[str, str]:
    """pattern: an address of it."""
    CheckLimit.objects.create(indicator_id="P02", max_yearly_change=5)  # the only list that starts empty
    found = {}
    for pattern in patterns():
        if pattern.startswith("admin/") and "(?P" not in pattern:
            more = {"app_label": "plan", "content_type_id": 1, "object_id": row_of(pattern) or 1, "id": row_of(pattern)}
            found[pattern] = "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda match, m=more: str(m[match[1]]), pattern)
    return found


@pytest.mark.parametrize("who", OUTSIDE)
def test_who_does_not_belong_there_opens_and_writes_nothing(clients, addresses, who):
    """With the mark alone the front door opens, and nothing behind it."""
    User.objects.filter(username=who).update(is_staff=OUTSIDE[who])
    written = AuditEntry.objects.writes().count()
    front = {"admin/", "admin/jsi18n/", "admin/password_change/", "admin/password_change/done/"}
    for pattern, address in addresses.items():
        if pattern in OF_ALL:
            continue
        for method in ("get", "post"):
            answer = getattr(clients[who], method)(address, {"name": "x", "role": "administrator", "post": "yes"})
            is_front = OUTSIDE[who] and pattern in front
            refused = {403, 404, 405} if OUTSIDE[who] else {302}
            assert answer.status_code in ({200, 302, 405} if is_front else refused | {302}), (method, address)
            if answer.status_code == 302 and not is_front:  # to the way in, the front door or the row's own address
                goes_to = answer["Location"]
                is_harmless = goes_to.startswith(
                    ("/admin/login/", "/accounts/login/", address, "/admin/journal/auditentry/?q=")  # in its own scope
                )
                assert is_harmless or goes_to == "/admin/", address
    assert AuditEntry.objects.writes().count() == written


def test_the_city_s_staff_opens_reference_data_and_neither_accounts_nor_new_units(clients, addresses):
    User.objects.filter(username="municipal").update(is_staff=True)
    opened = {login: set() for login in ("admin", "municipal")}
    for login, found in opened.items():
        for pattern, address in addresses.items():
            if pattern not in OF_ALL and clients[login].get(address, follow=True).status_code == 200:
                found.add(pattern)
    of_administrators = ("admin/accounts/user/", "admin/identity/")
    own = {pattern for pattern in addresses if pattern.startswith(of_administrators)}
    # Of these there is no row, and the history of none leads everybody to the front page.
    own -= {f"admin/identity/{name}/<path:object_id>/history/" for name in ("externalidentity", "postrule")}
    assert opened["admin"] - opened["municipal"] == (own & opened["admin"]) | {"admin/accounts/organisation/add/"}
    assert opened["municipal"] <= opened["admin"]
    assert {f"admin/{model._meta.app_label}/{model._meta.model_name}/" for model in MODELS} <= opened["admin"]


QUESTIONS = {  # of lists of the office: figures and days that no database compares
    "kind__range": ("bureau", "bureau,county,x"),
    "at__year": ("9" * 40, "0", "10000", "-1"),
    "at__gte": ("9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "now()"),
    "id__exact": ("9" * 40, "²"),
    "area__code__exact": ("'; --", "\u202e"),
    "actor__password__startswith": ("argon2",),
    "o": ("-99", "1.x", "9" * 40),
    "p": ("9" * 40, "²"),
    "q": ("'; --", "%s", "\\"),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_question_of_the_office_is_a_fault_of_the_site(clients, name):
    """`?at__year=` and a long figure were a 500, on either engine; so was a range of one."""
    clients["admin"].raise_request_exception = False
    page = "/admin/accounts/organisation/" if name.startswith("kind") else "/admin/journal/auditentry/"
    for word in QUESTIONS[name]:
        answer = clients["admin"].get(page, {name: word}, follow=True)
        assert answer.status_code in {200, 400}, word


def test_nothing_is_deleted_or_added_by_any_role_that_should_not(clients, addresses):
    User.objects.filter(username="municipal").update(is_staff=True)
    closed = {f"admin/{m._meta.app_label}/{m._meta.model_name}/add/" for m in MODELS if m._meta.label in NOT_ADDED}
    closed |= {pattern for pattern in addresses if pattern.endswith("/delete/")}
    for login in ("admin", "municipal"):
        for pattern in closed:
            for method in ("get", "post"):
                answer = getattr(clients[login], method)(addresses[pattern], {"post": "yes"})
                assert answer.status_code == 403, (login, method, pattern)


def test_the_office_looks_up_nothing_for_others(clients, demo):
    """Its autocomplete and its link to a row's page answer administrators' questions alone."""
    User.objects.filter(username="tonglu").update(is_staff=True)
    asked = {"app_label": "accounts", "model_name": "user", "field_name": "organisation", "term": ""}
    assert clients["tonglu"].get("/admin/autocomplete/", asked).status_code == 403
    assert clients["tonglu"].get(f"/admin/r/1/{Area.objects.first().pk}/").status_code in {403, 404}
