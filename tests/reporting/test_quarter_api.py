"""Quarters written by systems: as entries are, all or none, with every fault named, held to what was read."""

import pytest

from indicators.models import QuarterlyFigure

ADDRESS = "/api/v1/quarters/330127/2025/"


@pytest.fixture
def planning(demo, login):
    return login("chunan-planning")


def put(client, *quarters, headers=None, **more):
    body = {"quarters": list(quarters), **more}
    return client.put(ADDRESS, body, content_type="application/json", headers=headers or {})


def quarter(number, value, code="H02", **more):
    return {"indicator": code, "period": f"2025-Q{number}", "value": value, **more}


def typed() -> list[tuple[int, float]]:
    rows = QuarterlyFigure.objects.as_of().filter(is_demo=False, area="330127", year=2025).order_by("quarter")
    return [(row.quarter, float(row.value)) for row in rows]


def test_what_is_put_stands_and_is_read_by_period(planning):
    answer = put(planning, quarter(1, "1,100"), quarter(2, 1200))
    assert answer.status_code == 200, answer.json()
    assert answer.json()["changed"] == [{"indicator": "H02", "period": f"2025-Q{n}"} for n in (1, 2)]
    assert typed() == [(1, 1100), (2, 1200)]
    listed = planning.get("/api/v1/quarters/?area=330127&indicator=H02&period=2025-Q2").json()["results"]
    assert [(row["value"], row["source"], row["is_official"]) for row in listed] == [(1200, "entered", False)]
    told = planning.get(ADDRESS).json()["quarters"]
    assert [row["value"] for row in told if row["indicator"] == "H02"][:2] == [1100, 1200]
    assert put(planning, quarter(2, None)).json()["changed"] == [{"indicator": "H02", "period": "2025-Q2"}]
    assert typed() == [(1, 1100)]


def test_a_dry_run_says_what_would_change_and_stores_nothing(planning):
    answer = put(planning, quarter(1, 1100), dry_run=True)
    assert answer.json()["changed"] == [{"indicator": "H02", "period": "2025-Q1"}]
    assert typed() == []


FAULTS = [
    (quarter(1, 1100, period="2024-Q1"), "invalid-request", "2025-Q1 至 2025-Q4"),
    (quarter(1, 1100, note="?"), "invalid-request", "没有名为“note”的一项"),
    (quarter(1, "若干"), "invalid-request", "若干"),
    (quarter(2, 1100.5), "invalid-request", "不是整数"),
    (quarter(3, -1), "invalid-request", "超出允许范围"),
    (quarter(1, 99, code="P02"), "not-allowed", "不由您的单位"),
    ({"indicator": "H02", "period": "2025-Q1"}, "invalid-request", "缺 value"),
]


def test_every_fault_is_named_and_nothing_is_stored(planning):
    answer = put(planning, quarter(4, 1400), *(sent for sent, _kind, _words in FAULTS))
    assert answer.headers["content-type"].startswith("application/problem+json")
    errors = answer.json()["errors"]
    assert [error["index"] for error in errors] == list(range(1, len(FAULTS) + 1))
    for error, (_sent, kind, words) in zip(errors, FAULTS, strict=True):
        assert error["type"].endswith(f"/{kind}/"), error
        assert words in error["words"]
    assert typed() == []


def test_a_falling_total_is_refused(planning):
    answer = put(planning, quarter(1, 1400), quarter(2, 1200))
    assert (answer.status_code, "累计数不能" in answer.json()["detail"]) == (400, True)
    assert typed() == []


def test_what_another_has_changed_since_is_not_written_over(planning):
    tag = planning.get(ADDRESS).headers["ETag"].removeprefix("W/")
    saved = put(planning, quarter(1, 1100), headers={"If-Match": tag})
    assert saved.status_code == 200
    assert put(planning, quarter(1, 1150), headers={"If-Match": tag}).status_code == 412
    stale = put(planning, quarter(1, 1150, version=0))
    assert (stale.status_code, stale.json()["conflicts"][0]["theirs"]) == (409, 1100)
    assert typed() == [(1, 1100)]
    told = planning.get(ADDRESS).json()["quarters"]
    (version,) = [row["version"] for row in told if (row["indicator"], row["period"]) == ("H02", "2025-Q1")]
    assert (
        put(planning, quarter(1, 1150, version=version), headers={"If-Match": saved.json()["etag"]}).status_code == 200
    )
    assert typed() == [(1, 1150)]


def test_the_same_key_is_carried_out_once(planning):
    headers = {"Idempotency-Key": "q-1"}
    first, again = (put(planning, quarter(1, 1100), headers=headers) for _ in range(2))
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert QuarterlyFigure.objects.filter(is_demo=False, area="330127", year=2025).count() == 1
    assert put(planning, quarter(1, 1200), headers=headers).status_code == 422


@pytest.mark.parametrize(("who", "status"), [("tonglu-planning", 404), ("municipal", 403), ("chunan-housing", 403)])
def test_others_do_not_write(demo, login, who, status):
    assert put(login(who), quarter(1, 1100)).status_code == status
    assert typed() == []
