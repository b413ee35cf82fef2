"""Outlines of areas, as they stand in the boundary file."""

import json

from django.conf import settings


def test_an_outline_is_that_of_the_file(clients):
    answer = clients["stats"].get("/api/v1/areas/330127/boundary/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/geo+json")
    told = answer.json()
    features = json.loads(settings.BOUNDARIES_FILE.read_text(encoding="utf-8"))["features"]
    (expected,) = [each["geometry"] for each in features if each["properties"]["code"] == "330127"]
    assert (told["type"], told["id"], told["geometry"]) == ("Feature", "330127", expected)
    assert told["properties"]["name"] == "淳安县"


def test_what_has_no_outline_is_404(clients):
    codes = ("330100", "999999", "330100-other")
    assert [clients["stats"].get(f"/api/v1/areas/{code}/boundary/").status_code for code in codes] == [404] * 3
