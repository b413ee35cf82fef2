"""Orderings, filters and dates lead to rows or a refusal and nowhere else; `test_postgresql.py` asks PostgreSQL too."""

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction

from indicators.sdmx.names import FLOW
from tests.api.hostile import PAGES, SDMX_2, SDMX_3, faults, of_lists, of_pages, of_sdmx


def ask(client, address: str) -> tuple[str, int, str]:
    with transaction.atomic():
        answer = client.get(address)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return address, answer.status_code, body.decode(errors="replace")


@pytest.fixture
def admin(clients):
    clients["admin"].raise_request_exception = False
    return clients["admin"]


def test_no_question_of_a_list_reaches_the_database(admin):
    schema = admin.get("/api/schema/?format=json").json()
    addresses = list(of_lists(schema))
    assert len(addresses) > 500
    assert faults(ask(admin, address) for address in addresses) == {}
    assert get_user_model().objects.count() > 10


def test_no_question_of_sdmx_reaches_the_database(admin):
    assert [admin.get(path).status_code for path in (f"{SDMX_2}/data/{FLOW}", f"{SDMX_3}/data/dataflow")] == [200, 200]
    assert faults(ask(admin, address) for address in of_sdmx()) == {}


def test_no_question_of_a_page_reaches_the_database(admin):
    assert {path: admin.get(path).status_code for path in PAGES} == dict.fromkeys(PAGES, 200)
    assert faults(ask(admin, address) for address in of_pages()) == {}


def test_an_order_by_what_is_not_shown_is_refused(admin):
    """Else the order of rows would tell a secret bit by bit."""
    for name in ("password", "user__password", "recorded_by__password", "organisation__tokens__digest"):
        for path in ("observations", "assessments", "projects", "submissions", "funding/flows"):
            answer = admin.get(f"/api/v1/{path}/?ordering={name}")
            assert (answer.status_code, name in answer.json()["detail"]) == (400, True), (path, name)
