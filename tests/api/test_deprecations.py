"""One declaration, and what follows from it: headers, the mark in the schema, a row of the feed."""

import copy
from datetime import date
from textwrap import dedent

import pytest
from django.core.exceptions import ImproperlyConfigured
from drf_spectacular.generators import SchemaGenerator

from access.actions import create_token
from accounts.models import Organisation, User
from journal.deprecations import record_deprecations
from journal.models import Change
from journal.tasks import tell_deprecations
from lib.listapi.deprecations import declared, mark_deprecated

DECLARED = """
deprecations:
  - id: targets-document
    path: /api/v1/targets/
    column: document
    deprecated_on: 2030-01-15
    sunset_on: 2030-07-15
    words: 改名为 basis。
  - id: standards
    path: /api/v1/standards/
    deprecated_on: 2030-02-01
    sunset_on: 2031-02-01
    instead: /api/v2/standards/
    words: 并入另一张表。
  - id: observations-origin
    path: /api/v1/observations/
    parameter: origin
    deprecated_on: 2030-01-01
    sunset_on: 2030-08-31
    words: 改用 field。
  - id: one-assessment
    path: /api/v1/assessments/{area}/{indicator}/{year}/
    deprecated_on: 2030-08-31
    sunset_on: 2031-02-28
    words: 不再单独给出。
"""


@pytest.fixture
def declare(settings, tmp_path):
    def write(text):
        file = tmp_path / f"deprecations-{len(list(tmp_path.iterdir()))}.yaml"
        file.write_text(dedent(text), encoding="utf-8")
        settings.DEPRECATIONS_FILE = file

    return write


def told(answer):
    return {name: answer.get(name) for name in ("Deprecation", "Sunset", "Link")}


NOTHING = {"Deprecation": None, "Sunset": None, "Link": None}


def test_nothing_is_declared_for_this_release_that_the_api_lacks():
    assert mark_deprecated(copy.deepcopy(SchemaGenerator().get_schema(request=None, public=True)))


def test_answers_say_from_when_and_until_when(demo, clients, declare):
    declare(DECLARED)
    client = clients["stats"]
    assert told(client.get("/api/v1/standards/")) == {
        "Deprecation": "@1896105600",  # 2030-02-01 00:00 in Shanghai
        "Sunset": "Fri, 31 Jan 2031 16:00:00 GMT",
        "Link": '</help/api/>; rel="deprecation"; type="text/html", </api/v2/standards/>; rel="successor-version"',
    }
    assert told(client.get("/api/v1/targets/"))["Sunset"] == "Sun, 14 Jul 2030 16:00:00 GMT"
    assert told(client.get("/api/v1/assessments/330127/P01/2024/"))["Sunset"] == "Thu, 27 Feb 2031 16:00:00 GMT"
    assert told(client.get("/api/v1/areas/")) == NOTHING
    assert told(client.get("/api/v1/nowhere/")) == NOTHING


def test_who_does_not_use_a_parameter_is_not_told_of_it(demo, clients, declare):
    declare(DECLARED)
    assert told(clients["stats"].get("/api/v1/observations/")) == NOTHING
    assert told(clients["stats"].get("/api/v1/observations/", {"origin": "city"}))["Deprecation"] == "@1893427200"


def test_kept_answers_304_and_refusals_carry_it_too(demo, declare, client):
    unit, by = Organisation.objects.get(code="HZ-STATS"), User.objects.get(username="stats")
    _row, text = create_token(name="取数", organisation=unit, scopes=["read"], by=by)
    headers = {"Authorization": f"Bearer {text}"}
    before = client.get("/api/v1/standards/", headers=headers)
    assert told(before) == NOTHING
    declare(DECLARED)
    assert told(client.get("/api/v1/standards/", headers=headers))["Deprecation"] == "@1896105600"
    again = client.get("/api/v1/standards/", headers=headers | {"If-None-Match": before["ETag"]})
    assert (again.status_code, told(again)["Deprecation"]) == (304, "@1896105600")
    assert told(client.get("/api/v1/standards/"))["Deprecation"] == "@1896105600"  # 401


def test_the_schema_marks_what_will_go(demo, declare):
    plain = SchemaGenerator().get_schema(request=None, public=True)
    declare(DECLARED)
    marked = mark_deprecated(copy.deepcopy(plain))
    paths = marked["paths"]
    assert paths["/api/v1/standards/"]["get"]["deprecated"] is True
    assert paths["/api/v1/standards/"]["get"]["description"].startswith(
        "将于2031-02-01停用：并入另一张表。请改用 /api/v2/"
    )
    assert [each["name"] for each in paths["/api/v1/observations/"]["get"]["parameters"] if "deprecated" in each] == [
        "origin"
    ]
    columns = marked["components"]["schemas"]["Target"]["properties"]
    assert [name for name, each in columns.items() if "deprecated" in each] == ["document"]
    assert "deprecated" not in paths["/api/v1/targets/"]["get"]
    declare(DECLARED.replace("column: document", "column: documents"))
    with pytest.raises(ImproperlyConfigured, match="no /api/v1/targets/ documents"):
        mark_deprecated(copy.deepcopy(plain))


def test_the_feed_tells_of_it_once(demo, clients, declare):
    assert record_deprecations() == 0
    declare(DECLARED)
    last = Change.objects.order_by("number").last().number
    tell_deprecations()
    tell_deprecations()
    rows = clients["stats"].get("/api/v1/changes/", {"cursor": last}).json()["results"]
    assert [row["details"]["deprecation"]["id"] for row in rows] == [
        "targets-document",
        "standards",
        "observations-origin",
        "one-assessment",
    ]
    first = rows[0]
    assert (first["kind"], first["series"], first["reason"]) == (
        "redefined",
        None,
        "将于2030-07-15停用：改名为 basis。",
    )
    assert first["details"]["deprecation"] == {
        **{"id": "targets-document", "path": "/api/v1/targets/", "parameter": None, "column": "document"},
        **{"deprecated_at": "2030-01-15T00:00:00+08:00", "sunset_at": "2030-07-15T00:00:00+08:00", "instead": None},
    }
    page = clients["municipal"].get("/changes/", {"kind": "redefined"}).content.decode()
    assert "接口停用预告：将于2030-07-15停用：改名为 basis。" in page
    assert page.count("接口停用预告：") == 4


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("sunset_on: 2030-07-15", "sunset_on: 2030-07-14"), "targets-document: sunset_on has to be 6 months"),
        (("id: standards", "id: targets-document"), "same id"),
        (("words: 改用 field。", "word: x"), "'word' is no member"),
        (("    sunset_on: 2031-02-01\n", ""), "standards: .*sunset_on"),
        (("parameter: origin", "parameter: origin\n    column: value"), "a parameter or a column, not both"),
    ],
)
def test_a_faulty_declaration_is_named(declare, change, words):
    declare(DECLARED.replace(*change))
    with pytest.raises(ImproperlyConfigured, match=words):
        declared()


def test_six_months_end_with_a_short_month(declare):
    declare(DECLARED)
    assert declared()[3].sunset_on == date(2031, 2, 28)  # six months after 31 August
