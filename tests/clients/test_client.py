"""The small client against a server that runs: what it gives equals what the service holds."""

import json
import sys
from urllib.request import Request, urlopen

import pandas as pd
import pytest

from tests.clients import ROOT

sys.path.insert(0, str(ROOT / "clients"))

import county_urbanization_client as client

pytestmark = pytest.mark.site


@pytest.fixture(scope="module")
def platform(site, read_token):
    return client.Platform(f"{site}/", read_token)


@pytest.fixture(scope="module")
def writer(site, write_token):
    return client.Platform(site, write_token)


def results(site, token, path):
    with urlopen(Request(f"{site}/api/v1/{path}", headers={"Authorization": f"Bearer {token}"}), timeout=30) as answer:
        return json.load(answer)["results"]


def test_rows_by_page_are_all_rows(platform, site, read_token):
    every = results(site, read_token, "assessments/?page_size=1000")
    assert list(platform.rows("assessments", page_size=7)) == every
    assert list(platform.rows("assessments", area="330127", year=2024)) == [
        row for row in every if (row["area"], row["year"]) == ("330127", 2024)
    ]


def test_a_frame_keeps_codes_as_text_and_blanks_as_blanks(platform, site, read_token):
    frame = platform.frame("assessments", year="2024,2027")
    every = results(site, read_token, "assessments/?page_size=1000&year=2024,2027")
    assert frame["area"].tolist() == [row["area"] for row in every]
    assert [None if pd.isna(value) else value for value in frame["value"]] == [row["value"] for row in every]
    assert frame["is_demo"].tolist() == [row["is_demo"] for row in every]


def test_downloads_are_whole_files(platform, tmp_path):
    csv = platform.download("targets", tmp_path / "targets.csv", indicator="P01")
    rows = pd.read_csv(csv, encoding="utf-8-sig", dtype={"area": str})
    book = pd.read_excel(platform.download("targets", tmp_path / "targets.xlsx", indicator="P01"), dtype={"area": str})
    assert rows[["area", "year", "value"]].values.tolist() == book[["area", "year", "value"]].values.tolist()
    with pytest.raises(ValueError, match="csv or .xlsx"):
        platform.download("targets", tmp_path / "targets.json")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["targets.csv", "targets.xlsx"]


def test_the_feed_is_followed_from_where_one_stopped(platform, feed):
    every = list(platform.changes())
    assert list(platform.rows("changes")) == every  # its `next` is always there
    assert [change["number"] for change in every] == list(range(1, len(every) + 1))
    assert list(platform.changes(every[9]["number"])) == every[10:]
    assert list(platform.changes(page_size=50)) == every
    assert list(platform.changes(every[-1]["number"])) == []


def test_refusals_are_told_in_the_words_of_the_service(platform, site):
    with pytest.raises(client.Problem, match="yaer") as refusal:
        platform.frame("observations", yaer=2024)
    assert (refusal.value.status, refusal.value.members["parameter"]) == (400, "yaer")
    with pytest.raises(client.Problem, match="令牌") as refusal:
        client.Platform(site, "cuat_wrong").frame("areas")
    assert refusal.value.status == 401
    with pytest.raises(client.Problem) as refusal:
        platform.put_entries("330127", 2025, [{"indicator": "P03", "value": 1}])
    assert refusal.value.status == 403


def test_entries_are_tried_written_and_a_stale_version_refused(writer):
    entry = {"indicator": "P03", "value": 4.6, "explanation": "新建托育机构两家，均已备案"}
    tried = writer.put_entries("330127", 2025, [entry], dry_run=True)
    written = writer.put_entries("330127", 2025, [entry])
    assert (tried["changed"], written["changed"]) == (["P03"], ["P03"])
    (told,) = written["entries"]
    assert told["value"] == 4.6
    with pytest.raises(client.Problem) as refusal:
        writer.put_entries("330127", 2025, [entry | {"value": 4.7, "version": told["version"] - 1}])
    assert (refusal.value.status, refusal.value.members["conflicts"][0]["theirs"]) == (409, 4.6)


def test_steps_are_taken_by_who_may(writer):
    with pytest.raises(client.Problem) as refusal:
        writer.take_step("330127", 2025, "approve")
    assert refusal.value.status == 403
