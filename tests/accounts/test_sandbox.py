"""Tokens of the scope `try`: the demonstration, whatever the site holds, and nothing of the one in the other."""

import json
import os
import sqlite3
from contextlib import closing
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection
from django.db.backends.sqlite3._functions import register

from access.actions import create_token, revoke_token
from accounts import sandbox
from accounts.models import AccessToken, Organisation, User
from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import Observation
from journal.models import Change
from lib.refusals import Invalid
from seeding import sandbox as maker

PAGE = "/api/v1/observations/?area=330127&indicator=P03&year=2023"


@pytest.fixture
def apart(demo, settings, tmp_path):
    """The sandbox's file, a copy of the demonstration, while the site itself goes on."""
    settings.VAR_DIR = tmp_path
    file = maker.sandbox_file()
    file.parent.mkdir()
    connection.ensure_connection()
    with closing(sqlite3.connect(file)) as copy:
        register(copy)  # what its constraints ask
        copy.executescript("\n".join(connection.connection.iterdump()))
    return file


@pytest.fixture
def trying(demo):
    return token_of("HZ-STATS", "try")


def token_of(unit, scope):
    by = User.objects.filter(organisation__code=unit, is_service=False).first()
    _token, text = create_token(
        name=f"{unit} {scope}", organisation=Organisation.objects.get(code=unit), scopes=[scope], by=by
    )
    return {"Authorization": f"Bearer {text}"}


def test_it_is_begun_once_however_often_it_is_asked_for(trying, client, settings, tmp_path, monkeypatch):
    """Each time was a process more: who has a token, and asks some hundred times a minute, stopped the machine."""
    settings.VAR_DIR, begun = tmp_path, []
    monkeypatch.setattr(sandbox.subprocess, "Popen", lambda command, **_more: begun.append(command))
    assert [client.get(PAGE, headers=trying).status_code for _ in range(5)] == [503] * 5
    assert len(begun) == 1
    [mark] = tmp_path.rglob("*.begun")
    os.utime(mark, (0, 0))
    client.get(PAGE, headers=trying)
    assert len(begun) == 2


def record(value):
    rows = [FactRow("330127", "P03", 2023, Decimal(value))]
    record_facts(Observation, rows, grounds=Grounds(by=None, via="import"))


def test_it_answers_from_the_demonstration_and_the_site_from_its_own(apart, trying, client):
    before = client.get(PAGE, headers=trying).json()["results"]
    record("99.5")
    reading = token_of("HZ-STATS", "read")
    assert client.get(PAGE, headers=reading).json()["results"][0]["value"] == 99.5
    answer = client.get(PAGE, headers=trying)
    assert (answer.json()["results"], answer["X-Sandbox"]) == (before, "demonstration")
    assert before[0]["value"] != 99.5
    assert before[0]["is_demo"] is True
    assert client.get(PAGE, headers=reading).json()["results"][0]["value"] == 99.5
    assert "X-Sandbox" not in client.get(PAGE, headers=reading)


@pytest.mark.parametrize(
    "path",
    ["assessments/?format=csv", "targets/?format=xlsx", "changes/", "catalog/", "snapshots/latest/?format=parquet"],
)
def test_every_kind_of_answer_comes_from_there(apart, trying, client, path):
    def body():
        return b"".join(client.get(f"/api/v1/{path}", headers=trying))

    before = body()
    record("99.5")
    if "xlsx" not in path and "catalog" not in path:  # a workbook is zipped with the time
        assert body() == before
    assert client.get(f"/api/v1/{path}", headers=trying).status_code == 200


def test_feeds_and_tags_are_apart(apart, trying, client):
    last = client.get("/api/v1/snapshots/", headers=trying).json()["latest"]
    tag = client.get(PAGE, headers=trying)["ETag"]
    record("99.5")
    assert Change.objects.filter(number__gt=last).exists()
    assert client.get("/api/v1/snapshots/", headers=trying).json()["latest"] == last
    assert client.get(PAGE, headers=trying | {"If-None-Match": tag}).status_code == 304
    assert client.get(PAGE, headers=token_of("HZ-STATS", "read") | {"If-None-Match": tag}).status_code == 200


def test_nothing_of_it_is_kept_for_others(apart, trying, client):
    for _time in range(2):
        assert not hasattr(client.get(PAGE, headers=trying), "validators")


def test_snapshots_lie_in_folders_of_their_own(apart, trying, client, settings):
    client.get("/api/v1/snapshots/latest/", headers=trying).close()
    assert list((settings.VAR_DIR / "sandbox" / "snapshots").glob("*.csv"))
    assert not (settings.VAR_DIR / "snapshots").exists()
    reading = token_of("HZ-STATS", "read")
    assert client.get("/api/v1/snapshots/", headers=reading).json()["results"] == []


def test_it_sees_what_its_kind_of_unit_sees(apart, client):
    path = "/api/v1/submissions/"
    found = {
        unit: client.get(path, headers=token_of(unit, "try")).json()["results"] for unit in ("HZ-STATS", "330122-DRC")
    }
    assert found["HZ-STATS"] == []
    assert {row["area"] for row in found["330122-DRC"]} == {"330127"}  # the county of the demonstration that asks


def test_nothing_can_be_written(apart, trying, client):
    body = json.dumps({"entries": [{"indicator": "P03", "value": 1}]})
    path = "/api/v1/submissions/330127/2025/entries/"
    answer = client.put(path, body, content_type="application/json", headers=token_of("330127-health", "try"))
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/missing-scope/")
    with sandbox.opened(apart), pytest.raises(DatabaseError):
        Change.objects.all().delete()
    assert Change.objects.exists()


def test_it_is_a_token_like_any_other(apart, trying, client):
    assert client.get(PAGE, headers=trying)["RateLimit"]
    token = AccessToken.objects.get(scopes="try")
    assert token.last_used_at is not None
    assert not token.awaits_consent
    revoke_token(token=token, reason="试完了", by=User.objects.get(username="stats"))
    assert client.get(PAGE, headers=trying).status_code == 401


def test_where_it_is_not_made_yet_one_is_told_when_to_come_again(demo, trying, client, settings, tmp_path, monkeypatch):
    settings.VAR_DIR = tmp_path
    begun = []
    monkeypatch.setattr(sandbox.subprocess, "Popen", lambda command, **_more: begun.append(command[-1]))
    answer = client.get(PAGE, headers=trying)
    assert (answer.status_code, answer["Retry-After"], begun) == (503, "60", ["make_sandbox"])


def test_it_stands_alone(demo):
    unit = Organisation.objects.get(code="HZ-STATS")
    with pytest.raises(Invalid, match="不能同时"):
        create_token(name="x", organisation=unit, scopes=["read", "try"], by=None)


def test_the_page_makes_one(apart, clients):
    unit = Organisation.objects.get(code="HZ-STATS")
    given = {"name": "试", "organisation": unit.pk, "scopes": ["try"], "days": 30}
    page = clients["stats"].post("/accounts/tokens/", given).content.decode()
    assert "试用：只读演示数据" in page
    assert AccessToken.objects.get(name="试").scopes == "try"


@pytest.mark.stack
def test_the_command_makes_it(settings, tmp_path):
    """By the real commands, in processes of their own."""
    settings.VAR_DIR = tmp_path
    file = maker.make_sandbox()
    assert [path.name for path in file.parent.iterdir() if path.suffix] == [file.name]
    with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as made:
        assert made.execute("SELECT count(*) FROM indicators_assessment").fetchone()[0] > 100
    assert maker.make_sandbox() == file  # a second time: nothing to do
