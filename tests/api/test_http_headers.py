"""The description names the headers that the API reads and sends: what a client is generated from, and what happens."""

import pytest
from django.core.cache import cache
from django.test import Client

from access.actions import create_token
from accounts.models import Organisation
from lib.listapi.openapi import described

METHODS = ("get", "put", "post")
READ_BY_LISTS = {"If-None-Match", "If-Modified-Since"}
SHEET = "/api/v1/submissions/{area}/{year}/entries/"


def operations() -> list[tuple[str, str, dict]]:
    paths = described()["paths"].items()
    return [(path, name, methods[name]) for path, methods in paths for name in METHODS if name in methods]


def read_by(told: dict) -> set[str]:
    return {each["name"] for each in told["parameters"] if each["in"] == "header"}


def test_every_address_that_can_say_304_reads_what_a_caller_has():
    able = {path: read_by(told) for path, name, told in operations() if "304" in told["responses"]}
    by_tag_alone = {SHEET, "/api/v1/snapshots/{number}/"}
    assert {path for path, names in able.items() if names == {"If-None-Match"}} == by_tag_alone
    assert {path for path, names in able.items() if names == READ_BY_LISTS} == set(able) - by_tag_alone
    for path, name, told in operations():
        sent = told["responses"]
        both = [set(sent.get(status, {}).get("headers", {})) & {"ETag", "Last-Modified"} for status in ("200", "304")]
        assert "304" not in sent or both[0] == both[1] != set(), (path, name)


def test_whoever_is_asked_to_wait_is_told_how_long():
    known = described()["components"]["headers"]
    assert set(known) == {"RetryAfter", "RateLimit", "RateLimitPolicy"}
    for path, name, told in operations():
        waits = {status for status, answer in told["responses"].items() if "Retry-After" in answer.get("headers", {})}
        assert waits == {"429", "503"} | ({"409"} if name != "get" else set()), (path, name)
        rated = {status for status, answer in told["responses"].items() if "RateLimit" in answer.get("headers", {})}
        assert rated == {"200", "304", "429"} & set(told["responses"]), (path, name)


def test_writing_reads_what_it_is_held_to():
    told = {(path, name): read_by(each) for path, name, each in operations() if name != "get"}
    assert set(map(frozenset, told.values())) == {
        frozenset({"Idempotency-Key"}),
        frozenset({"Idempotency-Key", "If-Match"}),
    }


@pytest.fixture
def ask(demo):
    """ask(path, rate=3, …): as a system whose token has that rate."""
    cache.clear()
    unit = Organisation.objects.get(code="330127-DRC")
    made: dict[int, str] = {}

    def asked(path: str, rate: int = 1000, **more: str):
        if rate not in made:
            made[rate] = create_token(name=f"试验{rate}", organisation=unit, scopes=("read",), rate=rate, by=None)[1]
        return Client().get(path, headers={"Authorization": f"Bearer {made[rate]}"} | more)

    return asked


def test_what_is_described_is_sent(ask):
    """Every address with a tag, asked as described: the headers of 200, 304 and 429 are those that were told."""
    values = {"{area}": "330127", "{indicator}": "P03", "{year}": "2025", "{code}": "PRJ-0001", "{number}": "latest"}
    for path, name, told in operations():
        if name != "get" or "304" not in told["responses"]:
            continue
        address = path if "assessments/{" not in path else path.replace("{year}", "2024")
        for part, value in values.items():
            address = address.replace(part, value)
        first = ask(address)
        again = ask(address, **{"If-None-Match": first["ETag"]})
        assert (path, first.status_code, again.status_code) == (path, 200, 304)
        for status, answer in (("200", first), ("304", again)):
            missing = set(told["responses"][status]["headers"]) - set(answer.headers)
            assert (path, status, missing) == (path, status, set())
        if first.streaming:
            first.close()
    while (answer := ask("/api/v1/areas/", rate=3)).status_code == 200:
        continue
    wanted = described()["paths"]["/api/v1/areas/"]["get"]["responses"]["429"]["headers"]
    assert (answer.status_code, set(wanted) - set(answer.headers)) == (429, set())
