"""ETag, Last-Modified and 304: nothing that a reader could see changes without them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from django.utils.http import http_date

from accounts.models import User
from areas.models import Area
from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import Assessment, Target
from indicators.recomputes.recompute import recompute
from journal.actions import KEPT, forget_stamps, stamp
from journal.models import Stamp
from journal.versions import data_version
from seeding.demonstration.loading import clear_demo

ALL = ("areas", "indicators", "targets", "standards", "observations", "assessments", "submissions")


def etags(client) -> dict[str, str]:
    return {path: client.get(f"/api/v1/{path}/")["ETag"] for path in ALL}


def changed(before: dict, after: dict) -> set[str]:
    return {path for path in ALL if before[path] != after[path]}


@pytest.mark.parametrize("path", ALL)
@pytest.mark.parametrize("kind", ["json", "csv", "xlsx"])
def test_unchanged_is_304_without_the_rows(clients, path, kind, django_assert_num_queries):
    client = clients["municipal"]
    first = client.get(f"/api/v1/{path}/", {"format": kind})
    b"".join(first)
    assert first["Cache-Control"] == "private, no-cache"
    assert {part.strip() for part in first["Vary"].split(",")} >= {"Accept", "Authorization", "Cookie"}
    for headers in (
        {"If-None-Match": first["ETag"]},
        {"If-None-Match": f'"other", W/{first["ETag"]}'},
        {"If-Modified-Since": http_date((timezone.now() + timedelta(minutes=1)).timestamp())},
    ):
        with django_assert_num_queries(3):  # session, user, version
            again = client.get(f"/api/v1/{path}/", {"format": kind}, headers=headers)
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])


def test_another_question_or_reader_has_another_tag(clients):
    found = [
        clients[name].get("/api/v1/submissions/", given)["ETag"]
        for name in ("municipal", "tonglu", "chunan")
        for given in ({}, {"year": "2025"}, {"format": "csv"})
    ]
    assert len(set(found)) == len(found)


def test_each_change_changes_the_tag(clients):
    client = clients["municipal"]
    admin = User.objects.get(username="admin")
    before = etags(client)
    row = Target.objects.as_of().order_by("pk").first()
    key = (row.area_id, row.indicator_id, row.year)
    record_facts(Target, [FactRow(*key, row.value + Decimal(1))], grounds=Grounds(by=admin, via="edit", reason="测试"))
    after = etags(client)
    assert changed(before, after) == set(ALL)
    recompute(areas=[row.area_id])
    assert changed(after, etags(client)) == set(ALL)


def test_a_recompute_is_seen_before_its_run_is_over(clients, monkeypatch):
    """The feed hears of a run at its end; each of its transactions is a change of its own."""
    client, seen = clients["municipal"], []
    monkeypatch.setattr("indicators.recomputes.recompute.AREAS_PER_TRANSACTION", 1)
    Assessment.objects.update(gap=123)
    recompute(progress=lambda done, total: seen.append(client.get("/api/v1/assessments/")["ETag"]))
    assert len(set(seen)) == len(seen) == 3


def test_an_area_renamed_in_the_back_office(clients):
    before = etags(clients["municipal"])
    area = Area.objects.get(code="330122")
    fields = ("name", "name_en", "population_2020", "note", "position")
    data = {name: getattr(area, name) or "" for name in fields} | {"name": "桐庐", "reason": "简称"}
    assert clients["admin"].post("/admin/areas/area/330122/change/", data).status_code == 302
    assert Area.objects.get(code="330122").name == "桐庐"
    assert changed(before, etags(clients["municipal"])) == set(ALL)


def test_the_demonstration_cleared(demo, client):
    client.force_login(User.objects.create_user("real", role=User.Role.LEADER))  # the demonstration's logins go with it
    before = etags(client)
    clear_demo()
    assert changed(before, etags(client)) == set(ALL)


def test_reporting_changes_submissions_alone(clients):
    before = etags(clients["municipal"])
    body = {"entries": [{"indicator": "P02", "value": 93.3}]}
    saved = clients["chunan-housing"].put(
        "/api/v1/submissions/330127/2025/entries/", body, content_type="application/json"
    )
    assert saved.status_code in {200, 409}, saved.content.decode()
    if saved.status_code == 200:
        assert changed(before, etags(clients["municipal"])) == {"submissions"}


def test_commits_in_another_order_than_ids_are_seen(db):
    """Two writers drew ids 1 and 2; the second commits first. The version differs after each."""
    stamp("indicators")
    stamp("indicators")
    late, early = Stamp.objects.order_by("id")
    Stamp.objects.filter(pk=late.pk).delete()
    after_first = data_version()
    late.save(force_insert=True)
    assert data_version() != after_first
    assert data_version()[1] == max(late.at, early.at)


@pytest.mark.parametrize(("codes", "stamped"), [("ABCDE", "ABCDE"), ("ABCDEF", [""]), (["", "A"], [""]), ([""], [""])])
def test_a_write_about_many_indicators_leaves_one_stamp(db, codes, stamped):
    stamp("indicators", codes)
    assert sorted(Stamp.objects.values_list("indicator", flat=True)) == sorted(stamped)


def test_old_stamps_go_and_the_latest_of_each_topic_stays(db):
    for topic in ("indicators", "reporting"):
        for _ in range(3):
            stamp(topic)
    first = Stamp.objects.order_by("id").first()
    Stamp.objects.filter(pk=first.pk).update(at=first.at - KEPT - timedelta(seconds=5))
    assert forget_stamps() == 1
    assert Stamp.objects.count() == 5
    assert forget_stamps() == 0


def test_a_date_alone_misses_nothing_within_its_second(clients):
    """Just after a change the second before is named, so that a change later in the same second is seen."""
    stamp("indicators")
    client = clients["stats"]
    named = client.get("/api/v1/targets/")["Last-Modified"]
    assert client.get("/api/v1/targets/", headers={"If-Modified-Since": named}).status_code == 200
    Stamp.objects.update(at=datetime(2026, 1, 1, 12, tzinfo=UTC))
    named = client.get("/api/v1/targets/")["Last-Modified"]
    assert named == "Thu, 01 Jan 2026 12:00:00 GMT"
    assert client.get("/api/v1/targets/", headers={"If-Modified-Since": named}).status_code == 304


@pytest.mark.parametrize("path", ["projects/PRJ-9999/", "assessments/330127/P99/2024/", "submissions/330127/2031/"])
@pytest.mark.parametrize(
    "header", [{"If-None-Match": "*"}, {"If-Modified-Since": "Thu, 31 Dec 2099 00:00:00 GMT"}], ids=["any tag", "date"]
)
def test_nothing_is_unchanged_that_is_not_there(clients, path, header):
    """RFC 9110, 13.1.2: * is met by a thing that is there, by whatever tag."""
    assert clients["municipal"].get(f"/api/v1/{path}", headers=header).status_code == 404


def test_what_is_there_has_some_tag(clients):
    there = clients["municipal"].get("/api/v1/assessments/330127/P02/2024/", headers={"If-None-Match": "*"})
    assert (there.status_code, there.content) == (304, b"")
