"""Who gets what from the API: every endpoint × every role × session and token, taken from the address map.

An endpoint has one row in ENDPOINTS; one that has none fails `test_every_endpoint_has_a_row`. A row says what each
role is answered (`ALL` reads what is open to every login) and, where rows belong to a county, which county's must
not be seen: it is looked for in the whole answer, in every format."""

import re
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import URLResolver, get_resolver
from django.utils import timezone

from access.actions import create_token, revoke_token
from accounts.models import AccessToken, User

PROBLEM = "application/problem+json"
# The demonstration's login for each role; the counties' are of Tonglu, what is asked for is Tonglu's too.
ROLES = {
    "administrator": "admin",
    "municipal": "municipal",
    "leader": "leader",
    "county": "tonglu",
    "bureau": "tonglu-health",
    "department": "stats",
    "other county": "chunan",
    "other bureau": "chunan-health",
}
TOKENS = {  # administrators and leaders have no unit's token; what they read they read by session
    "municipal": "HZDRC",
    "county": "330122-DRC",
    "bureau": "330122-health",
    "department": "HZ-STATS",
    "other county": "330127-DRC",
    "other bureau": "330127-health",
}
OWN, OTHER = ("330122", "桐庐"), ("330127", "淳安")
ALL = dict.fromkeys(ROLES, 200)


@dataclass(frozen=True)
class Endpoint:
    """One row: an address that exists in the demonstration, how it is called, what each role is answered."""

    path: str
    answers: dict[str, int]
    method: str = "get"
    body: dict | None = None
    scope: str = "read"
    formats: tuple[str, ...] = ()
    is_scoped: bool = False  # its rows are a county's own: no other county's may appear


LIST = ("json", "csv", "xlsx")
SHEET = "/api/v1/submissions/330122/2025"
# Tonglu's sheet of 2025 stands approved: what nobody may do now is 409, what a role never may is 403, what it does
# not see is 404.
UNSEEN = {"department": 404, "other county": 404, "other bureau": 404}
NOT_EDITABLE = {**dict.fromkeys(ROLES, 409), **UNSEEN}
ENDPOINTS = {
    "areas/": Endpoint("/api/v1/areas/", ALL, formats=LIST),
    "areas/<str:area>/boundary/": Endpoint("/api/v1/areas/330122/boundary/", ALL),
    "changes/": Endpoint("/api/v1/changes/", ALL, formats=LIST),
    "contradictions/": Endpoint("/api/v1/contradictions/", ALL, formats=LIST),
    "indicators/": Endpoint("/api/v1/indicators/", ALL, formats=LIST),
    "targets/": Endpoint("/api/v1/targets/", ALL, formats=LIST),
    "standards/": Endpoint("/api/v1/standards/", ALL, formats=LIST),
    "observations/": Endpoint("/api/v1/observations/", ALL, formats=LIST),
    "aggregates/": Endpoint("/api/v1/aggregates/", ALL, formats=LIST),
    "quarters/": Endpoint("/api/v1/quarters/", ALL, formats=LIST),
    "nowcasts/": Endpoint("/api/v1/nowcasts/", ALL, formats=LIST),
    "realism/": Endpoint("/api/v1/realism/", ALL, formats=LIST),
    "references/": Endpoint("/api/v1/references/", ALL, formats=LIST),
    "assessments/": Endpoint("/api/v1/assessments/", ALL, formats=LIST),
    "assessments/<str:area>/<str:indicator>/<int:year>/": Endpoint("/api/v1/assessments/330122/P01/2024/", ALL),
    "projects/": Endpoint("/api/v1/projects/", ALL, formats=LIST),
    "projects/<str:code>/": Endpoint("/api/v1/projects/PRJ-0001/", ALL),
    "funding/flows/": Endpoint("/api/v1/funding/flows/", ALL, formats=LIST),
    "funding/matching/": Endpoint("/api/v1/funding/matching/", ALL, formats=LIST),
    "matters/": Endpoint("/api/v1/matters/", ALL, formats=LIST, is_scoped=True),
    "commitments/": Endpoint("/api/v1/commitments/", ALL, formats=LIST),
    "snapshots/": Endpoint("/api/v1/snapshots/", ALL),
    "snapshots/<str:number>/": Endpoint("/api/v1/snapshots/1/", ALL),
    "catalog/": Endpoint("/api/v1/catalog/", ALL),
    "catalog/resources/": Endpoint("/api/v1/catalog/resources/", ALL),
    "catalog/<str:name>/schema/": Endpoint("/api/v1/catalog/funding-flows/schema/", ALL),
    "catalog/<str:name>/csvw/": Endpoint("/api/v1/catalog/targets/csvw/", ALL),
    "quarters/<str:area>/<int:year>/": Endpoint(
        "/api/v1/quarters/330122/2026/",
        {**dict.fromkeys(ROLES, 403), **UNSEEN},
        method="put",
        body={"dry_run": True, "quarters": [{"indicator": "P99", "period": "2026-Q1", "value": 1}]},
        scope="write:entries",
    ),
    "submissions/": Endpoint("/api/v1/submissions/", ALL, formats=LIST, is_scoped=True),
    "submissions/<str:area>/<int:year>/entries/": Endpoint(
        f"{SHEET}/entries/",
        NOT_EDITABLE,
        method="put",
        body={"dry_run": True, "entries": [{"indicator": "P05", "value": 90}]},
        scope="write:entries",
    ),
    "submissions/<str:area>/<int:year>/<str:action>/": Endpoint(
        f"{SHEET}/withdraw/",
        {**dict.fromkeys(ROLES, 403), "county": 409, **UNSEEN},
        method="post",
        body={},
        scope="write:transitions",
    ),
}


def routes(prefix: str = "api/v1/") -> set[str]:
    """Every pattern under the prefix."""

    def walk(patterns, before=""):
        for each in patterns:
            path = before + str(each.pattern)
            if isinstance(each, URLResolver):
                yield from walk(each.url_patterns, path)
            elif path.startswith(prefix):
                yield path.removeprefix(prefix)

    return set(walk(get_resolver().url_patterns))


def test_every_endpoint_has_a_row():
    assert routes() == set(ENDPOINTS)


@pytest.fixture(autouse=True)
def fresh_counters():
    cache.clear()


def ask(client, endpoint: Endpoint, *, headers=None, **given):
    path = endpoint.path + "".join(f"?{name}={value}" for name, value in given.items())
    more = {} if endpoint.method == "get" else {"data": endpoint.body, "content_type": "application/json"}
    return getattr(client, endpoint.method)(path, headers=headers or {}, **more)


def token_of(code: str, *scopes: str) -> str:
    unit = User.objects.filter(organisation__code=code, is_service=False).first().organisation
    return create_token(name="试验", organisation=unit, scopes=scopes, by=None)[1]


def by_token(endpoint: Endpoint, text: str, **given):
    return ask(Client(), endpoint, headers={"Authorization": f"Bearer {text}"}, **given)


def whole(response) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    response.close()
    if content.startswith(b"PK"):
        with ZipFile(BytesIO(content)) as book:
            content = b"".join(map(book.read, book.namelist()))
    return content.decode("utf-8", "replace")


def seen(response) -> tuple[int, bool]:
    """The status, and whether what is an error is a problem."""
    is_problem = response["Content-Type"].startswith(PROBLEM)
    return response.status_code, is_problem == (response.status_code >= 400)


def is_told(word: str, text: str) -> bool:
    """Whether the word stands there; the code of an area by itself, for a fraction of a second, a digest and a cursor
    hold its digits by chance."""
    if not word.isdigit():
        return word in text
    return re.search(rf"(?<![0-9A-Za-z])(?<!:\d\d\.){word}(?![0-9A-Za-z])", text) is not None


def require_unleaking(endpoint: Endpoint, response, role: str) -> None:
    """What is refused as not seen says nothing of the sheet; what is scoped holds no other county's rows."""
    text = whole(response)
    if response.status_code == 404:
        assert not any(word in text for word in ("桐庐", "已通过", "approved", "草稿"))
    if endpoint.is_scoped and role in {"county", "bureau"}:
        assert not any(is_told(word, text) for word in OTHER)
    if endpoint.is_scoped and role in {"other county", "other bureau"}:
        assert not any(is_told(word, text) for word in OWN)


each_endpoint = pytest.mark.parametrize("route", sorted(ENDPOINTS))


@each_endpoint
def test_by_session(clients, route):
    endpoint, found = ENDPOINTS[route], {}
    for role, username in ROLES.items():
        response = ask(clients[username], endpoint)
        found[role] = seen(response)
        require_unleaking(endpoint, response, role)
    assert found == {role: (status, True) for role, status in endpoint.answers.items()}


@each_endpoint
def test_by_token(demo, route):
    endpoint, found = ENDPOINTS[route], {}
    for role, code in TOKENS.items():
        response = by_token(endpoint, token_of(code, endpoint.scope))
        found[role] = seen(response)
        require_unleaking(endpoint, response, role)
    assert found == {role: (endpoint.answers[role], True) for role in TOKENS}


@each_endpoint
def test_nobody(demo, route):
    response = ask(Client(), ENDPOINTS[route])
    assert seen(response) == (401, True)
    assert response["WWW-Authenticate"].startswith("Bearer ")


@each_endpoint
def test_tokens_that_do_not_count(demo, route):
    endpoint = ENDPOINTS[route]
    others = set(AccessToken.Scope.values) - {endpoint.scope}
    wrong = by_token(endpoint, token_of("330122-DRC", *others))
    assert seen(wrong) == (403, True)
    assert endpoint.scope in wrong.json()["detail"]
    ended, revoked = (token_of("330122-DRC", *AccessToken.Scope.values) for _ in range(2))
    rows = AccessToken.objects.order_by("-id")
    long_ago = timezone.now() - timedelta(days=9)
    AccessToken.objects.filter(pk=rows[1].pk).update(created_at=long_ago, expires_at=timezone.now())
    revoke_token(token=rows[0], reason="丢失", by=None)
    answers = {by_token(endpoint, text).json()["code"] for text in (ended, revoked, "cuat_x")}
    assert answers == {"token_expired", "token_revoked", "token_invalid"}


@pytest.mark.parametrize(
    ("route", "kind"), [(route, kind) for route, each in sorted(ENDPOINTS.items()) for kind in each.formats]
)
def test_formats_keep_to_the_scope(demo, route, kind):
    endpoint, found = ENDPOINTS[route], {}
    for role, code in TOKENS.items():
        response = by_token(endpoint, token_of(code, "read"), format=kind)
        found[role] = response.status_code
        require_unleaking(endpoint, response, role)
    assert found == {role: endpoint.answers[role] for role in TOKENS}


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_lists_are_not_written_to(demo, method):
    text = token_of("HZDRC", *AccessToken.Scope.values)
    for endpoint in (each for each in ENDPOINTS.values() if each.method == "get"):
        response = getattr(Client(), method)(endpoint.path, headers={"Authorization": f"Bearer {text}"})
        assert seen(response) == (405, True)


def test_a_session_needs_the_csrf_token_and_a_token_does_not(demo):
    endpoint = ENDPOINTS["submissions/<str:area>/<int:year>/<str:action>/"]
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get(username="tonglu"))
    refused = ask(client, endpoint)
    assert seen(refused) == (403, True)
    assert refused.json()["type"] == "/problems/session-not-verified/"
    text = token_of("330122-DRC", "write:transitions")
    headers = {"Authorization": f"Bearer {text}"}
    assert ask(Client(enforce_csrf_checks=True), endpoint, headers=headers).status_code == 409
    assert ask(client, endpoint, headers=headers).status_code == 409  # the token counts, not the cookie
