"""The catalogue: every list is in it, and what it says of a list is what the list answers."""

import csv
import hashlib
import io

import jsonschema
import pytest

from county_urbanization.safety import STATEMENTS, wrong_statement
from lib.listapi.catalogue import lists
from operations.resources import NUMBERS


@pytest.fixture
def stats(clients):
    return clients["stats"]


def test_every_list_is_in_the_catalogue_with_addresses_that_answer(stats):
    answer = stats.get("/api/v1/catalog/")
    assert answer["Content-Type"] == "application/ld+json"
    told = answer.json()
    assert (told["@type"], told["dct:publisher"]["foaf:name"]) == ("dcat:Catalog", "杭州市发展和改革委员会")
    names = {each["dct:identifier"] for each in told["dcat:dataset"]}
    assert names == {which.name for which in lists().values()} | {"snapshots", "snapshots/incremental"}
    assert {"areas", "targets", "changes", "funding/matching", "submissions"} <= names
    for dataset in told["dcat:dataset"]:
        for distribution in dataset["dcat:distribution"]:
            address = distribution["dcat:downloadURL"]["@id"].removeprefix("http://testserver")
            found = stats.head(address)
            media = distribution["dcat:mediaType"]["@id"].partition("media-types/")[2]
            assert (found.status_code, found["Content-Type"].partition(";")[0]) == (200, media)
            found.close()
        if dataset["dct:identifier"].startswith("snapshots"):
            continue
        schema = dataset["dct:conformsTo"]["@id"].removeprefix("http://testserver")
        assert stats.get(schema).json()["$id"].endswith(schema)


@pytest.mark.parametrize("name", lists())
def test_every_row_is_as_its_schema_says(clients, name):
    schema = clients["municipal"].get(f"/api/v1/catalog/{name}/schema/").json()
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    rows = clients["municipal"].get(f"/api/v1/{lists()[name].name}/?page_size=200").json()["results"]
    assert bool(rows) == (name != "contradictions")  # of which the demonstration has none
    assert [error.message for row in rows for error in check.iter_errors(row)] == []


def test_csvw_names_the_columns_of_the_csv(stats):
    told = stats.get("/api/v1/catalog/targets/csvw/").json()
    text = b"".join(stats.get(told["url"].removeprefix("http://testserver"))).decode("utf-8-sig")
    head, *rows = csv.reader(io.StringIO(text))
    assert [column["titles"] for column in told["tableSchema"]["columns"]] == head
    keys = [tuple(row[head.index(name)] for name in told["tableSchema"]["primaryKey"]) for row in rows]
    assert len(keys) == len(set(keys)) > 10
    for at, column in enumerate(told["tableSchema"]["columns"]):
        if column["required"]:
            assert all(row[at] for row in rows), column["name"]


def test_a_list_that_is_not_there_is_404(stats):
    assert [stats.get(f"/api/v1/catalog/nothing/{kind}/").status_code for kind in ("schema", "csvw")] == [404, 404]


def test_a_kept_snapshot_is_in_the_catalogue_with_its_size_and_checksum(stats, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    number = stats.get("/api/v1/snapshots/").json()["latest"]
    for asked in ({"format": "csv"}, {"format": "parquet"}, {"after": number - 5}):
        b"".join(stats.get("/api/v1/snapshots/latest/", asked))
    told = {each["dct:identifier"]: each for each in stats.get("/api/v1/catalog/").json()["dcat:dataset"]}
    whole, since = (told[name]["dcat:distribution"] for name in ("snapshots", "snapshots/incremental"))
    assert [each["dct:title"] for each in whole] == ["csv", "parquet", "sdmx-csv", "csv", "parquet"]
    assert [each["dct:title"] for each in since] == ["csv"]
    for each in (*whole[3:], *since):
        body = b"".join(stats.get(each["dcat:downloadURL"]["@id"].removeprefix("http://testserver")))
        assert each["dcat:byteSize"]["@value"] == str(len(body))
        assert each["spdx:checksum"]["spdx:checksumValue"]["@value"] == hashlib.sha256(body).hexdigest()
        assert each["dcat:version"] == str(number)


def test_the_directory_has_a_row_for_each_list_and_invents_nothing(stats):
    found = stats.get("/api/v1/catalog/resources/").json()["results"]
    assert {row["identifier"] for row in found} == {which.name for which in lists().values()} == set(NUMBERS)
    assert {row["provider"] for row in found} == {"杭州市发展和改革委员会"}
    stated = ("code", "provider_code", "sharing_type", "opening_type", "published_on")
    assert {row[name] for row in found for name in stated} == {None}
    (row,) = (row for row in found if row["identifier"] == "targets")
    assert row["fields"].startswith("area（字符型）、indicator（字符型）、year（整型）、value（双精度型）")
    assert stats.get(row["schema"]).status_code == stats.get(row["address"]).status_code == 200


def test_the_directory_says_what_the_office_states(stats, settings):
    settings.RESOURCE_CATALOGUE = {"代码前段": "307017/", "共享类型": "有条件共享", "发布日期": "2026-03-31"}
    text = b"".join(stats.get("/api/v1/catalog/resources/?format=csv")).decode("utf-8-sig")
    (row,) = (row for row in csv.DictReader(io.StringIO(text)) if row["identifier"] == "targets")
    assert (row["code"], row["sharing_type"], row["published_on"]) == ("307017/3", "有条件共享", "2026-03-31")
    assert row["opening_type"] == ""


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ({}, ""),
        ({"共享类型": "无条件共享", "发布日期": "2026-03-31"}, ""),
        ([], "a JSON object"),
        ({"共享": "x"}, "not known"),
        ({"共享类型": "随便"}, "It can be: 无条件共享"),
        ({"提供方代码": 5}, "needs a text"),
        ({"发布日期": "3月"}, "Write a date"),
    ],
)
def test_a_statement_that_no_directory_knows_is_refused(stated, words):
    told = wrong_statement(stated)
    assert words in told
    assert bool(told) == bool(words)


def test_every_statement_of_the_office_shows_in_the_directory(stats, settings):
    settings.RESOURCE_CATALOGUE = dict.fromkeys(STATEMENTS, "说法") | {"发布日期": "2026-03-31"}
    (row,) = stats.get("/api/v1/catalog/resources/?page_size=1").json()["results"]
    assert list(row.values()).count("说法") == 6
    assert (row["code"], row["published_on"]) == (f"说法{NUMBERS[row['identifier']]}", "2026-03-31")
