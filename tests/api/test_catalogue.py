"""The catalogue: every list is in it, and what it says of a list is what the list answers."""

import csv
import io

import jsonschema
import pytest

from lib.listapi.catalogue import lists


@pytest.fixture
def stats(clients):
    return clients["stats"]


def test_every_list_is_in_the_catalogue_with_addresses_that_answer(stats):
    answer = stats.get("/api/v1/catalog/")
    assert answer["Content-Type"] == "application/ld+json"
    told = answer.json()
    assert (told["@type"], told["dct:publisher"]["foaf:name"]) == ("dcat:Catalog", "杭州市发展和改革委员会")
    names = {each["dct:identifier"] for each in told["dcat:dataset"]}
    assert names == {which.name for which in lists().values()}
    assert {"areas", "targets", "changes", "funding/matching", "submissions"} <= names
    for dataset in told["dcat:dataset"]:
        for distribution in dataset["dcat:distribution"]:
            address = distribution["dcat:downloadURL"]["@id"].removeprefix("http://testserver")
            found = stats.head(address)
            media = distribution["dcat:mediaType"]["@id"].partition("media-types/")[2]
            assert (found.status_code, found["Content-Type"].partition(";")[0]) == (200, media)
            found.close()
        schema = dataset["dct:conformsTo"]["@id"].removeprefix("http://testserver")
        assert stats.get(schema).json()["$id"].endswith(schema)


@pytest.mark.parametrize("name", lists())
def test_every_row_is_as_its_schema_says(clients, name):
    schema = clients["municipal"].get(f"/api/v1/catalog/{name}/schema/").json()
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    rows = clients["municipal"].get(f"/api/v1/{name.replace('funding-', 'funding/')}/?page_size=200").json()["results"]
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
