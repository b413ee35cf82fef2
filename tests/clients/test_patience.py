"""The small client where the service is busy, restarts, sends less than it says, or tells of an end."""

import hashlib
import json
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.clients import ROOT
from tests.clients.scripted import Answer, scripted

sys.path.insert(0, str(ROOT / "clients"))

import county_urbanization_client as client

PAGE = json.dumps({"results": [{"area": "330127"}], "next": None}).encode()


@pytest.fixture
def waits(monkeypatch):
    """The seconds that the client waited, without waiting."""
    found = []
    monkeypatch.setattr(client.time, "sleep", found.append)
    return found


def answers_of_changes(*pages):
    return [
        Answer(200, json.dumps({"results": rows, "cursor": rows[-1]["number"] if rows else 0}).encode())
        for rows in pages
    ]


def test_it_waits_as_long_as_it_is_asked_to(waits):
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    busy = [Answer(429, headers={"Retry-After": "7"}), Answer(503, headers={"Retry-After": later}), Answer(502)]
    with scripted([*busy, Answer(200, PAGE)]) as (address, asked):
        assert list(client.Platform(address, "t").rows("areas")) == [{"area": "330127"}]
    assert len(asked) == 4
    assert waits[0] == 7
    assert 25 < waits[1] <= 30
    assert 4 <= waits[2] <= 8  # the third attempt, by itself


def test_it_gives_up_where_waiting_does_not_help_or_takes_too_long(waits):
    for answer, status in ((Answer(400), 400), (Answer(503, headers={"Retry-After": "3600"}), 503)):
        with scripted([answer]) as (address, asked), pytest.raises(client.Problem) as refusal:
            list(client.Platform(address, "t").rows("areas"))
        assert (refusal.value.status, len(asked)) == (status, 1)
    with scripted([Answer(503)] * 9) as (address, asked), pytest.raises(client.Problem):
        list(client.Platform(address, "t").rows("areas"))
    assert len(asked) == client.PATIENCE
    assert len(waits) == client.PATIENCE - 1


def test_a_write_is_sent_again_under_the_same_key(waits):
    under_way = json.dumps({"type": client.UNDER_WAY}).encode()
    busy = [Answer(409, under_way, {"Retry-After": "1"}), Answer(504)]
    with scripted([*busy, Answer(200)]) as (address, asked):
        client.Platform(address, "t").take_step("330127", 2025, "submit")
    assert len({each.key for each in asked}) == 1
    assert [each.method for each in asked] == ["POST"] * 3


def test_the_cursor_moves_when_a_change_was_taken_in(tmp_path):
    file, first, second = tmp_path / "cursor.txt", {"number": 1}, {"number": 2}
    with scripted(answers_of_changes([first, second], [])) as (address, _asked):
        for change in client.Platform(address, "t").follow(file):
            if change["number"] == 2:
                break  # dies over the second
    assert file.read_text() == "1"
    with scripted(answers_of_changes([second], [])) as (address, asked):
        assert list(client.Platform(address, "t").follow(file)) == [second]
    assert "cursor=1" in asked[0].path
    assert file.read_text() == "2"


def test_a_snapshot_that_arrives_damaged_leaves_no_file(tmp_path):
    body = b"series,area\n"
    headers = {"Content-Location": "/api/v1/snapshots/12/?format=csv", "ETag": f'"{hashlib.sha256(body).hexdigest()}"'}
    with scripted([Answer(200, body, headers), Answer(200, b"series,aera\n", headers)]) as (address, asked):
        platform = client.Platform(address, "t")
        assert platform.snapshot(tmp_path / "all.csv", after=3) == 12
        with pytest.raises(client.Damaged, match="SHA-256"):
            platform.snapshot(tmp_path / "again.csv")
    assert asked[0].path == "/api/v1/snapshots/latest/?format=csv&after=3"
    assert [path.name for path in tmp_path.iterdir()] == ["all.csv"]
    with pytest.raises(ValueError, match="parquet"):
        platform.snapshot(tmp_path / "all.xlsx")


def test_an_address_that_ends_is_told():
    headers = {"Deprecation": "@1893456000", "Sunset": "Sun, 30 Jun 2030 16:00:00 GMT"}
    with (
        scripted([Answer(200, PAGE, headers)]) as (address, _asked),
        pytest.warns(DeprecationWarning, match="30 Jun 2030"),
    ):
        list(client.Platform(address, "t").rows("areas"))
