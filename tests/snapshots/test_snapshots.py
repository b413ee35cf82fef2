"""Snapshots against a replay of the feed: whatever the number, a file holds what the feed says was in force."""

import csv
import gzip
import hashlib
import io
from decimal import Decimal

import pandas as pd
import pytest
from django.test import Client

from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import Observation, Target
from journal.models import Change, FeedCounter
from snapshots import files

KEY = ("series", "area", "indicator", "year")


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path


def taken(client, number, **given):
    answer = client.get(f"/api/v1/snapshots/{number}/", given)
    assert answer.status_code == 200, answer.content
    return answer, b"".join(answer.streaming_content)


def rows(client, number, **given):
    _answer, body = taken(client, number, **given)
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))


def test_a_file_that_others_push_out_at_that_moment_is_made_again(demo, clients, monkeypatch):
    """Many who ask for ever other numbers take the oldest away between its making and its opening."""
    made, times = files.snapshot_file, []

    def pushed_out(*asked):
        found = made(*asked)
        times.append(found)
        if len(times) < 3:
            found.path.unlink()
        return found

    monkeypatch.setattr(files, "snapshot_file", pushed_out)
    assert rows(clients["stats"], "latest") != []
    assert len(times) == 3
    monkeypatch.setattr(files, "snapshot_file", lambda *asked: (found := made(*asked)).path.unlink() or found)
    answer = clients["stats"].get("/api/v1/snapshots/latest/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")


def replayed(upto):
    """The values and versions in force after the changes up to a number, by the feed alone."""
    state = {}
    for change in Change.objects.exclude(series="").filter(number__lte=upto).order_by("number"):
        key = (change.series, change.area_id, change.indicator, str(change.year))
        state[key] = (float(change.value), change.version) if change.value is not None else None
    return {key: value for key, value in state.items() if value is not None}


def held(found):
    return {tuple(row[name] for name in KEY): (float(row["value"]), int(row["version"])) for row in found}


def head():
    return FeedCounter.objects.get().last


def record(model, *cells):
    rows = [FactRow(*key, None if value is None else Decimal(value)) for *key, value in cells]
    record_facts(model, rows, grounds=Grounds(by=None, via="import"))


@pytest.fixture
def moved(demo):
    """The feed's number before anything else, and after each of three steps: changed, withdrawn, come again."""
    numbers = [head()]
    old = Observation.objects.as_of().order_by("area_id", "indicator_id", "year").first()
    key = (old.area_id, old.indicator_id, old.year)
    for cells in ([(*key, "61.5"), ("330127", "P09", 2023, "12.25")], [(*key, None)], [(*key, "62")]):
        record(Observation, *cells)
        numbers.append(head())
    record(Target, ("330127", "P09", 2026, "14"))
    return numbers, key


def test_the_whole_state_at_any_number_is_what_the_feed_says(moved, clients):
    numbers, _key = moved
    for number in (1, numbers[0] // 2, *numbers, head()):
        assert held(rows(clients["stats"], number)) == replayed(number)
    assert len(replayed(numbers[0])) > 100


def test_rows_say_what_is_demonstration_and_come_in_order(demo, clients):
    found = rows(clients["stats"], "latest")
    stored = {
        ("OBS", *row[:3]): row[3]
        for row in Observation.objects.as_of().values_list("area", "indicator", "year", "is_demo")
    }
    told = {
        (row["series"], row["area"], row["indicator"], int(row["year"])): row["is_demo"] == "true"
        for row in found
        if row["series"] == "OBS"
    }
    assert told == stored
    assert [tuple(row[name] for name in KEY) for row in found] == sorted(
        tuple(row[name] for name in KEY) for row in found
    )
    assert {row["is_withdrawn"] for row in found} == {"false"}


def test_what_changed_between_two_numbers_brings_one_to_the_other(moved, clients):
    numbers, key = moved
    for place, start in enumerate(numbers):
        for end in (*numbers[place + 1 :], head()):
            state = replayed(start)
            for row in rows(clients["stats"], end, after=start) if end > start else ():
                cell = tuple(row[name] for name in KEY)
                if row["is_withdrawn"] == "true":
                    assert row["value"] == ""
                    state.pop(cell, None)
                else:
                    state[cell] = (float(row["value"]), int(row["version"]))
            assert state == replayed(end), (start, end)
    withdrawn = [row for row in rows(clients["stats"], numbers[2], after=numbers[1]) if row["is_withdrawn"] == "true"]
    assert [(row["area"], row["indicator"], int(row["year"])) for row in withdrawn] == [key]


def test_the_digest_is_that_of_the_file_and_a_number_stays_as_it_was(moved, clients, settings):
    numbers, _key = moved
    client = clients["stats"]
    answer, body = taken(client, numbers[0], format="csv")
    digest = hashlib.sha256(body).hexdigest()
    assert answer["ETag"] == f'"{digest}"'
    packed = client.get(f"/api/v1/snapshots/{numbers[0]}/", headers={"Accept-Encoding": "gzip"})
    assert (packed["ETag"], packed["Content-Encoding"]) == (f'W/"{digest}"', "gzip")
    assert gzip.decompress(b"".join(packed.streaming_content)) == body
    assert int(answer["Content-Length"]) == len(body)
    same = client.get(f"/api/v1/snapshots/{numbers[0]}/", headers={"If-None-Match": answer["ETag"]})
    assert same.status_code == 304
    for path in (settings.VAR_DIR / "snapshots").iterdir():
        path.unlink()  # and the world has moved on since, by `moved` and this
    record(Observation, ("330127", "P09", 2023, "13"))
    assert taken(client, numbers[0])[1] == body
    listing = client.get("/api/v1/snapshots/").json()
    assert listing["latest"] == head()
    assert [(each["number"], each["format"], each["sha256"]) for each in listing["results"]] == [
        (numbers[0], "csv", digest)
    ]
    assert listing["results"][0]["address"] == f"http://testserver/api/v1/snapshots/{numbers[0]}/?format=csv"


def test_parquet_holds_what_the_csv_holds(moved, clients, tmp_path):
    numbers, _key = moved
    for given in ({}, {"after": numbers[0]}):
        _answer, body = taken(clients["stats"], "latest", format="parquet", **given)
        (tmp_path / "found.parquet").write_bytes(body)
        found = pd.read_parquet(tmp_path / "found.parquet")
        wanted = rows(clients["stats"], "latest", **given)
        assert list(found.columns) == list(wanted[0])
        assert found["area"].tolist() == [row["area"] for row in wanted]
        assert found["is_withdrawn"].tolist() == [row["is_withdrawn"] == "true" for row in wanted]
        for name in ("value", "numerator"):
            assert [None if pd.isna(each) else each for each in found[name]] == [
                float(row[name]) if row[name] else None for row in wanted
            ]
        moments = [each.isoformat().replace("+00:00", "Z") for each in found["recorded_at"]]
        assert moments == [row["recorded_at"] for row in wanted]
        assert str(found["recorded_at"].dtype) in {"datetime64[us, UTC]", "datetime64[ns, UTC]"}


def test_an_empty_snapshot_has_its_columns(demo, clients, tmp_path):
    number = head()
    Change.objects.create(number=number + 1, kind="recomputed", at=Change.objects.get(number=number).at)
    FeedCounter.objects.update(last=number + 1)
    assert rows(clients["stats"], number + 1, after=number) == []
    _answer, body = taken(clients["stats"], number + 1, after=number, format="parquet")
    (tmp_path / "empty.parquet").write_bytes(body)
    found = pd.read_parquet(tmp_path / "empty.parquet")
    assert (len(found), found.columns[0]) == (0, "series")


def test_sdmx_csv_says_the_same_as_the_sdmx_interface(demo, clients):
    _answer, body = taken(clients["stats"], "latest", format="sdmx-csv")
    mine = list(csv.DictReader(io.StringIO(body.decode())))
    headers = {"Accept": "application/vnd.sdmx.data+csv;version=2.0.0"}
    address = "/api/sdmx/3.0/data/dataflow/HZDRC/COUNTY_SEAT/~/A.*.*.OBS"
    theirs = list(csv.DictReader(io.StringIO(clients["stats"].get(address, headers=headers).content.decode())))
    own = {(row["REF_AREA"], row["INDICATOR"], row["TIME_PERIOD"]): row for row in mine if row["SERIES"] == "OBS"}
    assert own.keys() == {(row["REF_AREA"], row["INDICATOR"], row["TIME_PERIOD"]) for row in theirs}
    for row in theirs:
        other = own[row["REF_AREA"], row["INDICATOR"], row["TIME_PERIOD"]]
        for name in ("STRUCTURE", "STRUCTURE_ID", "ACTION", "FREQ", "UNIT_MEASURE", "OBS_STATUS"):
            assert other[name] == row[name], name
        assert float(other["OBS_VALUE"]) == float(row["OBS_VALUE"])


def test_a_withdrawal_is_an_action_in_sdmx(moved, clients):
    numbers, key = moved
    _answer, body = taken(clients["stats"], numbers[2], after=numbers[1], format="sdmx-csv")
    found = list(csv.DictReader(io.StringIO(body.decode())))
    assert [(row["ACTION"], row["REF_AREA"], row["OBS_VALUE"]) for row in found] == [("D", key[0], "")]


def test_a_restored_database_is_not_answered_from_files_of_before(moved, clients):
    numbers, _key = moved
    before = held(rows(clients["stats"], "latest"))
    Change.objects.filter(number__gt=numbers[0]).delete()
    FeedCounter.objects.update(last=numbers[0])
    Observation.objects.filter(area="330127", indicator="P09", year=2023).delete()
    Target.objects.filter(area="330127", indicator="P09", year=2026).delete()
    while head() <= numbers[-1]:
        record(Target, ("330127", "P09", 2026, str(head())))
    assert held(rows(clients["stats"], numbers[-1] + 1)) != before


def test_the_oldest_files_go(demo, clients, settings):
    settings.SNAPSHOTS_KEPT = 2
    for number in (5, 6, 7):
        rows(clients["stats"], number)
    assert [each.number for each in files.kept_files()] == [7, 6]


def test_bad_questions_are_told(demo, clients):
    last = head()
    client = clients["stats"]
    for given, name in (
        ({"after": "0"}, "after"),
        ({"after": "x"}, "after"),
        ({"after": last + 1}, "after"),
        ({"format": "xlsx"}, "format"),
        ({"since": 1}, "since"),
    ):
        answer = client.get("/api/v1/snapshots/latest/", given)
        assert (answer.status_code, answer.json()["parameter"]) == (400, name)
    for number in (last + 1, "newest", "-1", "9" * 30):
        answer = client.get(f"/api/v1/snapshots/{number}/")
        assert answer.status_code == 404
        assert str(last) in answer.json()["detail"]
    assert Client().get("/api/v1/snapshots/").status_code == 401
    assert Client().get("/api/v1/snapshots/latest/").status_code == 401
