"""The API against its own description: by the validator, by schemathesis, by a generated client."""

from io import StringIO

import pytest
import schemathesis
from django.core.cache import cache
from django.core.management import call_command
from django.urls import get_resolver
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import ignored_auth

from access.actions import create_token
from accounts.models import AccessToken, Organisation
from county_urbanization.wsgi import application
from lib.listapi.openapi import described

SCHEMA = "/api/schema/"


def test_the_description_is_valid_and_without_a_warning(capsys):
    out = StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=out)
    assert out.getvalue().startswith("openapi: 3.1.0")


def test_every_address_is_described():
    """Whatever stands under /api/v1/ and is no view of the schema itself."""
    routes = set()
    for pattern in get_resolver().url_patterns:
        if str(pattern.pattern) == "api/v1/":
            routes |= {f"/api/v1/{each.pattern}" for each in pattern.url_patterns}
    plain = {route.replace("<str:", "{").replace("<int:", "{").replace(">", "}") for route in routes}
    assert sorted(described()["paths"]) == sorted(plain)


def test_the_description_and_its_page_are_open_and_hold_no_foreign_address(client, db):
    response = client.get(SCHEMA)
    assert (response.status_code, response["Content-Type"]) == (200, "application/json; charset=utf-8")
    assert response.json()["openapi"] == "3.1.0"
    assert client.get(f"{SCHEMA}?format=yaml").content.startswith(b"openapi: 3.1.0")
    page = client.get("/api/docs/").content.decode()
    assert 'data-schema="/api/schema/"' in page
    assert "http://" not in page
    assert "https://" not in page


def test_every_status_is_enumerated():
    row = described()["components"]["schemas"]["Assessment"]["properties"]
    assert row["status"]["enum"] == ["met", "near", "behind", "unreported", "not_due", "no_target", "not_applicable"]
    assert row["outlook"]["enum"][0] == "achieved"
    assert row["gap"]["type"] == ["number", "null"]


# schemathesis --------------------------------------------------------------------------------------

# What no schema can say: known codes, states, cursors, versions, keys used before.
RULES = ["2xx", "400", "401", "403", "404", "409", "412", "413", "422"]
CONFIG = SchemathesisConfig.from_dict(
    {
        "checks": {"positive_data_acceptance": {"expected-statuses": RULES}},
        "phases": {"fuzzing": {"generation": {"max-examples": 6}}, "stateful": {"enabled": False}},
        "seed": 1,
    }
)


API = schemathesis.openapi.from_wsgi(SCHEMA, application, config=CONFIG)


@pytest.fixture(params=["the city's session", "a county's token", "nobody"])
def asker(request, clients):
    """Headers and cookies of who asks. The token has every scope, so that writing is tried to its end."""
    cache.clear()
    plain = {"Accept-Encoding": "identity"}  # schemathesis reads a WSGI application's answer as it comes
    if request.param == "nobody":
        return {"headers": plain}
    if request.param == "a county's token":
        unit = Organisation.objects.get(code="330122-DRC")
        more = {"scopes": AccessToken.Scope.values, "rate": 10**6}
        _token, text = create_token(name="试验", organisation=unit, by=None, **more)
        return {"headers": plain | {"Authorization": f"Bearer {text}"}}
    token = "a" * 32  # the session's writes need it twice
    cookies = {"sessionid": clients["municipal"].cookies["sessionid"].value, "csrftoken": token}
    return {"headers": plain | {"X-CSRFToken": token}, "cookies": cookies}


# A workbook's file is closed with its answer; schemathesis leaves an answer to the garbage collector.
@pytest.mark.filterwarnings("ignore:.*FileIO:pytest.PytestUnraisableExceptionWarning")
@API.parametrize()
@settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_described(case, asker):
    """With a session the case's own made-up credentials are put aside; `ignored_auth`, which would take the session's
    cookie for one of them, is left to the token."""
    left_out = []
    if "cookies" in asker:
        case.cookies, left_out = asker["cookies"], [ignored_auth]
        case.headers.pop("Authorization", None)
    answer = case.call_and_validate(**asker, excluded_checks=left_out)
    if case.method.upper() == "OPTIONS":  # tells of the address alone, whoever asks
        assert (answer.status_code, answer.content) == (204, b"")
        return
    is_known = "Authorization" in asker["headers"] or "cookies" in asker
    assert answer.status_code != 401 if is_known else answer.status_code >= 400
