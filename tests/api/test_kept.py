"""Answers kept in memory: what is given is what would be made, for this reader, now."""

from decimal import Decimal

import pytest
from django.conf import settings as site
from django.core.cache import caches

from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import Observation, Versioned

FIRST = "/api/v1/observations/?page_size=5"


@pytest.fixture(autouse=True)
def _kept(settings):
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "answers of a test"}
    settings.CACHES = site.CACHES | {"answers": memory}
    caches["answers"].clear()


def test_the_same_question_is_answered_without_reading_a_row(clients, django_assert_num_queries):
    first = clients["stats"].get(FIRST)
    assert len(first.json()["results"]) == 5
    with django_assert_num_queries(3):  # session, user, version
        again = clients["stats"].get(FIRST)
    assert again.content == first.content
    assert again["Content-Type"] == first["Content-Type"]
    assert again["ETag"] == first["ETag"]


def test_a_change_is_seen_at_once(clients):
    path = "/api/v1/observations/?area=330127&indicator=P02&year=2024"
    before = clients["stats"].get(path).json()["results"][0]
    row = FactRow("330127", "P02", 2024, Decimal("95.1"))
    record_facts(Observation, [row], grounds=Grounds(by=None, via=Versioned.Via.IMPORT, reason="更正"))
    after = clients["stats"].get(path).json()["results"][0]
    assert (after["value"], after["version"]) == (95.1, before["version"] + 1)


@pytest.mark.parametrize("first", ["tonglu", "chunan", "municipal"])
def test_each_reader_has_the_rows_of_its_own_scope(clients, first):
    path, readers = "/api/v1/submissions/", ("tonglu", "chunan", "municipal", "stats")
    clients[first].get(path)
    found = {name: {row["area"] for row in clients[name].get(path).json()["results"]} for name in readers}
    assert found == {"tonglu": {"330122"}, "chunan": {"330127"}, "municipal": found["municipal"], "stats": set()}
    assert len(found["municipal"]) == 3


def test_links_carry_the_host_that_was_asked(clients, settings):
    settings.ALLOWED_HOSTS = ["*"]
    for host in ("testserver", "monitor.gov.example"):
        assert clients["stats"].get(FIRST, headers={"host": host}).json()["next"].startswith(f"http://{host}/")


def test_a_long_answer_is_not_kept(clients, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr("lib.api.LONGEST_KEPT", 10)
    clients["stats"].get(FIRST)
    with django_assert_num_queries(4):
        clients["stats"].get(FIRST)
