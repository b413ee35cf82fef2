"""Nobody's client breaks: today's description against that of the last release, and the comparison against changes of
every kind."""

import copy
import hashlib
import json
from pathlib import Path

import pytest

from lib.listapi.openapi import described
from tests.api.breaking import breaking_changes

# Written anew with each release, from that release: `python manage.py spectacular --format openapi-json --file …`.
RELEASED = Path(__file__).parent / "released.json"
# What the server refused before as well; the description of that release alone said less. Another release's description
# is another file: then nothing is passed over any more.
TOLD_NOW = ("another pattern", "narrower ")
TOLD_SINCE = "ff2d3ae8fd156a82c52e9ed2cf002fb9a1a5a3a17a8b5535410727abffe4d99d"


def schema():
    return json.loads(json.dumps(described()))


def test_nothing_breaks_since_the_last_release():
    text = RELEASED.read_bytes()
    passed_over = TOLD_NOW if hashlib.sha256(text).hexdigest() == TOLD_SINCE else ()
    found = breaking_changes(json.loads(text), schema())
    assert [words for words in found if not any(told in words for told in passed_over)] == []


def test_nothing_differs_from_itself():
    assert breaking_changes(schema(), schema()) == []


TARGETS = ("paths", "/api/v1/targets/", "get")
ENTRY = ("components", "schemas", "TypedEntry")
TARGET = ("components", "schemas", "Target")


def without(*path):
    def change(told):
        *way, last = path
        del at(told, way)[last]

    return change


def with_value(value, *path):
    def change(told):
        *way, last = path
        at(told, way)[last] = value

    return change


def at(told, way):
    for part in way:
        told = told[part]
    return told


BREAKING = {
    "an address": (without("paths", "/api/v1/targets/"), "GET /api/v1/targets/: gone"),
    "a name": (with_value("other", *TARGETS, "operationId"), "operationId targets_list is now other"),
    "a parameter": (without(*TARGETS, "parameters", 0), "parameter area gone"),
    "a format": (without(*TARGETS, "responses", "200", "content", "text/csv"), "text/csv gone"),
    "a column": (without(*TARGET, "properties", "value"), "results[].value: gone"),
    "a column's kind": (
        with_value(["number", "null"], *TARGET, "properties", "value", "type"),
        "results[].value: may be ['null'] now",
    ),
    "what may be sent": (
        with_value(["number", "null"], *ENTRY, "properties", "value", "type"),
        "entries[].value: takes ['string'] no more",
    ),
    "what must be sent": (
        with_value(["indicator", "value", "version"], *ENTRY, "required"),
        "entries[].version: required now",
    ),
    "how much may be sent": (
        with_value(5, *ENTRY, "properties", "explanation", "maxLength"),
        "entries[].explanation: narrower maxLength",
    ),
}


@pytest.mark.parametrize("name", BREAKING)
def test_what_breaks_is_found(name):
    change, words = BREAKING[name]
    new = copy.deepcopy(schema())
    change(new)
    assert [words in found for found in breaking_changes(schema(), new)].count(True) >= 1


def test_additions_break_nobody():
    new = copy.deepcopy(schema())
    new["paths"]["/api/v1/more/"] = {}
    new["components"]["schemas"]["Target"]["properties"]["more"] = {"type": "string"}
    new["components"]["schemas"]["TypedEntry"]["properties"]["more"] = {"type": "string"}
    at(new, TARGETS)["parameters"].append({"in": "query", "name": "more", "schema": {"type": "string"}})
    assert breaking_changes(schema(), new) == []
