"""The API against its own description: by the validator, by schemathesis, by a generated client."""

from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import transaction
from django.urls import get_resolver
from hypothesis import HealthCheck, Phase, settings

from lib.listapi.openapi import described
from tests.api.described import API, SCHEMA, STEPS, WALKS, is_known, left_out, put_aside, write_known_codes

# A walk that fails is told as it was: looking for a shorter one takes longer than all walks together.
WALKING = settings(
    max_examples=WALKS,
    stateful_step_count=STEPS,
    phases=[Phase.generate],
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


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


def test_the_description_says_where_sdmx_is():
    """Its addresses are described by the standard, so the text names each, and the guide that shows how to ask."""
    words = described()["info"]["description"]
    addresses = ["/api/sdmx/2.1/", "/api/sdmx/3.0/", "(/help/api/)"]
    resources = ["data", "availableconstraint", "availability", "structure", "dataflow", "datastructure", "codelist"]
    assert [part for part in [*addresses, *(f"`{name}`" for name in resources)] if part not in words] == []


def test_every_status_is_enumerated():
    row = described()["components"]["schemas"]["Assessment"]["properties"]
    assert row["status"]["enum"] == ["met", "near", "behind", "unreported", "not_due", "no_target", "not_applicable"]
    assert row["outlook"]["enum"][0] == "achieved"
    assert row["gap"]["type"] == ["number", "null"]


# schemathesis --------------------------------------------------------------------------------------


# A workbook's file is closed with its answer; schemathesis leaves an answer to the garbage collector.
@pytest.mark.filterwarnings("ignore:.*FileIO:pytest.PytestUnraisableExceptionWarning")
@API.parametrize()
@settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_described(case, asker):
    put_aside(case, asker)
    answer = case.call_and_validate(**asker, excluded_checks=left_out(asker))
    if case.method.upper() == "OPTIONS":  # tells of the address alone, whoever asks
        assert (answer.status_code, answer.content) == (204, b"")
        return
    assert answer.status_code != 401 if is_known(asker) else answer.status_code >= 400


@pytest.mark.filterwarnings("ignore:.*FileIO:pytest.PytestUnraisableExceptionWarning")
def test_what_follows_from_an_answer_is_as_described(asker, clients):
    """Along the links of the description: a list, a row of it, what is saved with the tag that was read, again. Each
    walk begins with the demonstration as it was."""

    class Walk(API.as_state_machine()):
        def setup(self):
            self.savepoint = transaction.savepoint()
            cache.clear()

        def teardown(self):
            transaction.savepoint_rollback(self.savepoint)

        def get_call_kwargs(self, case):
            return asker

        def before_call(self, case):
            put_aside(case, asker)
            write_known_codes(case, own)

        def validate_response(self, response, case, **_more):
            walked.append((case.operation.label, response.status_code))
            told = {"headers": asker["headers"], "transport_kwargs": asker, "recorder": self.recorder}
            case.validate_response(response, excluded_checks=left_out(asker), **told)

    entries = clients["tonglu"].get("/api/v1/submissions/330122/2025/entries/").json()["entries"]
    own = [each["indicator"] for each in entries if each["is_own"] and not each["is_derived"]]
    walked = []
    Walk.run(settings=WALKING)
    assert len(walked) >= WALKS  # which of the links a walk takes is chance: one is followed by hand below


def test_a_list_leads_to_what_stands_under_it(clients):
    """Followed by hand: what a link names is where it says."""
    links = described()["paths"]["/api/v1/submissions/"]["get"]["responses"]["200"]["links"]
    (row,) = clients["tonglu"].get("/api/v1/submissions/?year=2025").json()["results"][:1]
    found = links["submissions_entries_retrieve"]["parameters"]
    assert found == {"path.area": "$response.body#/results/0/area", "path.year": "$response.body#/results/0/year"}
    assert clients["tonglu"].get(f"/api/v1/submissions/{row['area']}/{row['year']}/entries/").status_code == 200
    listed = [
        links
        for path in described()["paths"].values()
        for each in path.values()
        for links in each["responses"].values()
    ]
    assert sum("links" in each for each in listed) >= 7
