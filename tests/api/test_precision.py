"""What the description says of a value is what the server takes, and one number is the same in every format."""

import csv
import io
import os
import re
import subprocess
import sys

import jsonschema
import pytest
from openpyxl import load_workbook

from lib.listapi.openapi import described
from lib.numbers import SETTLED_DECIMALS
from lib.web.text_guard import LONGEST
from reporting.models import Entry, EntryVersion
from reporting.writing_api.bodies import LARGEST_VERSION

RATIOS = ("attainment", "mean_change", "required_change", "pace", "projection")


def parameter(path, name):
    found = described()["paths"][f"/api/v1/{path}/"]["get"]["parameters"]
    return next(each for each in found if each["name"] == name)["schema"]


def fits(schema, value):
    validator = jsonschema.Draft202012Validator
    return validator(schema, format_checker=validator.FORMAT_CHECKER).is_valid(value)


@pytest.mark.parametrize("text", ["", "abc", "!!!!!!!!!!!!", "WzEsIm EiXQ", "a" * 2001, "W2ZhbHNlLCIzMzAxMjIiXQ=="])
def test_a_cursor_that_the_description_rules_out_is_refused(clients, text):
    answer = clients["stats"].get("/api/v1/areas/", {"cursor": text})
    assert (answer.status_code, answer.json()["parameter"]) == (400, "cursor")
    assert not fits(parameter("areas", "cursor"), text)


def test_a_cursor_of_ours_fits_the_description(clients):
    page = clients["stats"].get("/api/v1/areas/", {"page_size": 1}).json()
    text = re.search(r"cursor=([^&]+)", page["next"])[1]
    assert fits(parameter("areas", "cursor"), text)
    assert clients["stats"].get(page["next"]).status_code == 200


def test_the_number_of_a_change_has_an_end(clients):
    most = parameter("changes", "cursor")["maximum"]
    answers = [clients["stats"].get("/api/v1/changes/", {"cursor": number}).json() for number in (most, most + 1)]
    assert ["从备份恢复过" in answer["detail"] for answer in answers] == [True, False]
    assert [answer["parameter"] for answer in answers] == ["cursor", "cursor"]


RFC_3339 = (
    "2025-03-31T23:59:60Z",
    "2025-03-31t08:00:00z",
    "2025-03-31T08:00:00.5+08:00",
    "2025-03-31t23:59:60.25+08:00",
    "0000-01-01T00:00:00Z",
    "0000-02-03",
    "9999-12-31T23:59:59-12:00",
    "2025-03-31",
)


@pytest.mark.parametrize("text", RFC_3339)
def test_every_form_of_a_moment_is_taken(clients, text):
    for name in ("as_of", "updated_after"):
        assert clients["stats"].get("/api/v1/targets/", {name: text}).status_code == 200


@pytest.mark.parametrize("text", ["2025-03-31T08:00:61Z", "2025-02-30", "0000-13-01", "yesterday", ""])
def test_what_is_no_moment_is_not(clients, text):
    assert clients["stats"].get("/api/v1/targets/", {"as_of": text}).status_code == 400


def test_a_computed_number_is_the_same_in_every_format(clients):
    asked = {"area": "330127", "year": "2024"}
    rows = clients["stats"].get("/api/v1/assessments/", asked).json()["results"]
    numbers = [[row[name] for name in RATIOS] for row in rows]
    assert sum(value is not None for row in numbers for value in row) > 20
    assert all(value is None or value == round(value, SETTLED_DECIMALS) for row in numbers for value in row)
    text = b"".join(clients["stats"].get("/api/v1/assessments/", asked | {"format": "csv"}))
    lines = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
    assert [[float(line[name]) if line[name] else None for name in RATIOS] for line in lines] == numbers
    book = load_workbook(io.BytesIO(b"".join(clients["stats"].get("/api/v1/assessments/", asked | {"format": "xlsx"}))))
    head, *cells = book.active.iter_rows(values_only=True)
    assert [[row[head.index(name)] for name in RATIOS] for row in cells] == numbers
    moment = book.active.cell(2, head.index("assessed_at") + 1)
    assert '"+08:00"' in moment.number_format
    as_of = clients["stats"].get("/api/v1/assessments/", asked | {"as_of": "2030-01-01"}).json()["results"]
    assert [[row[name] for name in RATIOS] for row in as_of] == numbers


def test_a_share_has_as_many_places(clients):
    filled = Entry.objects.filter(submission__area="330122", submission__round__year=2025)
    gone, blank = filled[:2]
    EntryVersion.objects.filter(entry=gone).delete()
    gone.delete()  # 19 are left
    assert filled.filter(pk=blank.pk).update(value=None, explanation="") == 1
    (row,) = clients["municipal"].get("/api/v1/submissions/?area=330122&year=2025").json()["results"]
    assert row["completeness"] == round((row["entries"] - 1) / row["entries"], SETTLED_DECIMALS)
    assert row["completeness"] != (row["entries"] - 1) / row["entries"]


def test_a_cube_tells_its_units_and_its_date(clients):
    cube = clients["stats"].get("/api/v1/observations/?format=jsonstat&indicator=P02,P03").json()
    assert cube["dimension"]["indicator"]["category"]["unit"]["P02"] == {"label": "%", "decimals": 1}
    assert cube["role"]["metric"] == ["indicator"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", cube["updated"])
    many = clients["stats"].get("/api/v1/assessments/?format=jsonstat&indicator=P02").json()
    assert many["role"]["metric"] == ["indicator", "measure"]


def test_names_of_a_generated_client():
    told = described()
    assert told["info"]["title"].isascii()
    assert told["servers"] == [{"url": "/", "description": "本站"}]
    operations = [each for path in told["paths"].values() for each in path.values()]
    names = [each["operationId"] for each in operations]
    assert sorted(names) == sorted(set(names))
    assert all(re.fullmatch(r"[a-z][a-z_]*", name) for name in names)
    declared = [tag["name"] for tag in told["tags"]]
    assert sorted({tag for each in operations for tag in each["tags"]}) == sorted(declared)
    for each in operations:
        assert len([status for status in each["responses"] if status.startswith("2")]) == 1


WRITTEN = (
    *(("value", text, True) for text in (999_999_999.999999, -999_999_999, "95.5%", "９６．１", None)),
    *(("value", text, False) for text in (10**9, -(10**9), True, ["5"], {"a": 1}, "1" * 5000)),
    *(("explanation", text, True) for text in ("新建两家", "", None, "两行\n说明")),
    *(("explanation", text, False) for text in (["a"], 12, True, "a\u0000", "x" * (LONGEST + 1))),
    *(("version", text, True) for text in (None,)),
    *(("version", text, False) for text in ("x", -1, 1.5, LARGEST_VERSION + 1)),
)


@pytest.mark.parametrize(("name", "text", "is_sound"), WRITTEN)
def test_what_may_be_written_is_what_the_description_says(clients, name, text, is_sound):
    entry = {"indicator": "P02", "value": 96.1, name: text}
    assert fits(described()["components"]["schemas"]["TypedEntry"], entry) == is_sound
    body = {"dry_run": True, "entries": [entry]}
    path = "/api/v1/submissions/330127/2025/entries/"
    answer = clients["chunan-housing"].put(path, body, content_type="application/json")
    assert answer.status_code == (200 if is_sound else 400), answer.content.decode()


STEPS = ({"reason": 5}, {"reason": ["a"]}, {"reason": "a\u0000"}, {"exceptions": {"x": 5}}, {"exceptions": ["a"]})
STEPS += ({"entries": "P02"}, {"entries": [5]}, {"until": 5}, {"until": "soon"}, {"unknown": 1})


@pytest.mark.parametrize("body", STEPS)
def test_a_step_that_the_description_rules_out_is_refused(clients, body):
    assert not fits(described()["components"]["schemas"]["StepRequest"], body)
    path = "/api/v1/submissions/330127/2025/reopen/"
    answer = clients["municipal"].post(path, {"reason": "核对"} | body, content_type="application/json")
    assert answer.status_code == 400, answer.content.decode()


def test_who_runs_the_site_is_named_in_the_description():
    told = {"API_CONTACT": "杭州市发改委信息处", "API_LICENCE": "政务数据内部使用"}
    script = "from django.conf import settings; print(settings.SPECTACULAR_SETTINGS)"
    given = os.environ | told | {"DJANGO_SETTINGS_MODULE": "county_urbanization.settings"}
    found = subprocess.run([sys.executable, "-c", script], env=given, capture_output=True, text=True, check=True).stdout
    assert "'CONTACT': {'name': '杭州市发改委信息处'}, 'LICENSE': {'name': '政务数据内部使用'}" in found
