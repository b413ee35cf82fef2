"""Nothing that is asked is passed over: formats that are not there, parameters that are not known; and no number comes
with more places than are promised."""

import re

import pytest

from lib.numbers import SETTLED_DECIMALS

ONE = "/api/v1/"
PLACES = re.compile(r"\d\.(\d+)")


@pytest.mark.parametrize(
    "path",
    [
        "catalog/",
        "catalog/targets/schema/",
        "catalog/targets/csvw/",
        "areas/330127/boundary/",
        "snapshots/",
        "snapshots/latest/",
    ],
)
def test_a_parameter_that_is_not_known_is_named(clients, path):
    answer = clients["stats"].get(f"{ONE}{path}?foo=1")
    assert (answer.status_code, answer.json()["parameter"]) == (400, "foo")


@pytest.mark.parametrize(
    ("path", "accept", "kind"),
    [
        ("snapshots/latest/", "application/vnd.apache.parquet", "application/vnd.apache.parquet"),
        ("snapshots/latest/", "text/html,*/*;q=0.8", "text/csv"),
        ("snapshots/latest/", "application/xml", None),
        ("snapshots/latest/?format=csv", "application/xml", "text/csv"),
        ("areas/330127/boundary/", "application/json", "application/geo+json"),
        ("areas/330127/boundary/", "*/*", "application/geo+json"),
        ("areas/330127/boundary/", "application/xml", None),
    ],
)
def test_what_a_caller_takes_is_what_it_gets(clients, settings, tmp_path, path, accept, kind):
    settings.MEDIA_ROOT = tmp_path
    answer = clients["stats"].get(ONE + path, headers={"accept": accept})
    if kind is None:
        assert (answer.status_code, answer.json()["type"]) == (406, "/problems/not-acceptable/")
    else:
        assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (200, kind)
    answer.close()


@pytest.mark.parametrize("name", ["aggregates", "nowcasts", "realism", "contradictions", "matching", "commitments"])
def test_a_computed_number_has_no_more_places_than_are_promised(clients, name):
    text = clients["municipal"].get(f"{ONE}{name}/?page_size=1000").content.decode()
    assert max(map(len, PLACES.findall(text)), default=0) <= SETTLED_DECIMALS
    csv = clients["municipal"].get(f"{ONE}{name}/?format=csv")
    assert max(map(len, PLACES.findall(csv.getvalue().decode())), default=0) <= SETTLED_DECIMALS
