"""Lists of the API on the demonstration: rows, filters, order, pages, formats, validators, errors."""

import csv
import io

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from access.actions import create_token, revoke_token
from accounts.models import Organisation
from areas.models import Area
from indicators.models import Assessment, Observation, Target
from journal.models import Change

LISTS = ("areas", "indicators", "targets", "standards", "observations", "assessments")
PROBLEM = "application/problem+json"


def get(client, path, **given):
    return client.get(f"/api/v1/{path}/", given)


def rows(client, path, **given):
    response = get(client, path, **given)
    assert response.status_code == 200, response.content.decode()
    return response.json()["results"]


def all_rows(client, path, **given):
    """By following `next`; and each page's `previous` leads back to the page before it."""
    found, address = [], f"/api/v1/{path}/"
    pages = []
    while address:
        body = client.get(address, given if not pages else None).json()
        if pages:
            assert client.get(body["previous"]).json()["results"] == pages[-1]
        pages.append(body["results"])
        found += body["results"]
        address = body["next"]
    return found


@pytest.mark.parametrize("path", LISTS)
def test_a_page_is_three_statements(clients, path, django_assert_num_queries):
    clients["stats"].get("/api/v1/areas/")
    with django_assert_num_queries(4):  # session, user, data version, rows
        get(clients["stats"], path)


def test_observations_are_those_in_force(clients):
    expected = [
        (row.area_id, row.indicator_id, row.year, float(row.value), row.version, row.is_demo)
        for row in Observation.objects.as_of().order_by("area_id", "indicator_id", "year")
    ]
    names = ("area", "indicator", "year", "value", "version", "is_demo")
    found = [tuple(row[name] for name in names) for row in all_rows(clients["stats"], "observations")]
    assert found == expected
    assert {type(row["value"]) for row in rows(clients["stats"], "observations")} == {float}


@pytest.mark.parametrize("page_size", [1, 7, 100, 1000])
@pytest.mark.parametrize(
    "ordering", [None, "-year", "year,-area", "gap", "-gap", "status,-pace", "-assessed_at", "is_slipping,indicator"]
)
def test_pages_follow_each_other_without_gap_or_repetition(clients, page_size, ordering):
    if page_size == 1:
        given = {"area": "330127", "indicator": "P01,P02"}
    else:
        given = {"area": "330122,330127"} if page_size == 7 else {}
    given |= {"ordering": ordering} if ordering else {}
    whole = rows(clients["stats"], "assessments", page_size=1000, **given)
    assert all_rows(clients["stats"], "assessments", page_size=page_size, **given) == whole
    keys = [(row["area"], row["indicator"], row["year"]) for row in whole]
    assert len(set(keys)) == len(keys) > 0


def test_filters(clients):
    client = clients["stats"]
    every = rows(client, "assessments", page_size=1000)
    assert len(every) == Assessment.objects.count()
    for given, keeps in [
        ({"area": "330122,330127"}, lambda row: row["area"] in {"330122", "330127"}),
        ({"indicator": "P01"}, lambda row: row["indicator"] == "P01"),
        ({"year": "2023,2024"}, lambda row: row["year"] in {2023, 2024}),
        ({"year_from": "2024", "year_to": "2025"}, lambda row: 2024 <= row["year"] <= 2025),
        (
            {"status": "near,behind", "year": "2024"},
            lambda row: row["status"] in {"near", "behind"} and row["year"] == 2024,
        ),
        ({"outlook": "on_track"}, lambda row: row["outlook"] == "on_track"),
        ({"area": "999999"}, lambda row: False),
    ]:
        assert rows(client, "assessments", page_size=1000, **given) == [row for row in every if keeps(row)]
        kept = rows(client, "assessments", page_size=1000, as_of="2999-12-31", **given)
        assert [(row["area"], row["indicator"], row["year"]) for row in kept] == [
            (row["area"], row["indicator"], row["year"]) for row in every if keeps(row)
        ]
    catalogue = {row["code"]: row for row in rows(client, "indicators")}
    for name in ("field", "origin"):
        value = catalogue["P01"][name]
        for path in ("assessments", "targets"):
            every = rows(client, path, page_size=1000)
            kept = [row for row in every if catalogue[row["indicator"]][name] == value]
            assert rows(client, path, page_size=1000, **{name: value}) == kept
    assert rows(client, "targets", field="nothing") == []


def test_as_of_gives_the_same_columns_and_what_is_in_force_now(clients):
    now = rows(clients["stats"], "assessments", page_size=1000)
    then = rows(clients["stats"], "assessments", page_size=1000, as_of=f"{timezone.localdate()}")
    assert [row | {"assessed_at": None} for row in now] == then
    for path in ("targets", "standards", "observations", "indicators"):
        assert rows(clients["stats"], path, as_of="2999-12-31") == rows(clients["stats"], path)
        assert rows(clients["stats"], path, as_of="2000-01-01") == []
    assert all(row["value"] is None for row in rows(clients["stats"], "assessments", as_of="2000-01-01"))


@pytest.mark.parametrize("ordering", ["area", "-gap", "gap,-year", "is_slipping"])
def test_pages_of_a_past_date(clients, ordering):
    given = {"as_of": f"{timezone.localdate()}", "ordering": ordering, "area": "330122", "indicator": "P01,P02,P03"}
    whole = rows(clients["stats"], "assessments", page_size=1000, **given)
    now = rows(clients["stats"], "assessments", page_size=1000, **{n: v for n, v in given.items() if n != "as_of"})
    assert [row | {"assessed_at": None} for row in now] == whole
    assert all_rows(clients["stats"], "assessments", page_size=4, **given) == whole


def test_updated_after(clients):
    latest = rows(clients["stats"], "targets", ordering="-recorded_at", page_size=1)[0]["recorded_at"]
    assert rows(clients["stats"], "targets", updated_after=latest) == []
    assert (
        len(rows(clients["stats"], "targets", updated_after="2000-01-01", page_size=1000))
        == Target.objects.as_of().count()
    )


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({"areas": "330122"}, "areas"),
        ({"area": "桐庐"}, "area"),
        ({"area": ""}, "area"),
        ({"area": "330122,"}, "area"),
        ({"area": "３３０１２２"}, "area"),
        ({"year": "24"}, "year"),
        ({"year_from": ["2022", "2023"]}, "year_from"),
        ({"status": "good"}, "status"),
        ({"outlook": "MET"}, "outlook"),
        ({"updated_after": "yesterday"}, "updated_after"),
        ({"as_of": "2024-02-30"}, "as_of"),
        ({"as_of": ""}, "as_of"),
        ({"ordering": "area_id"}, "ordering"),
        ({"page_size": "0"}, "page_size"),
        ({"page_size": "1001"}, "page_size"),
        ({"page_size": "ten"}, "page_size"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "W2ZhbHNlXQ"}, "cursor"),
        ({"format": "xml"}, "format"),
    ],
)
def test_what_is_not_understood_is_named(clients, given, parameter):
    response = get(clients["stats"], "assessments", **given)
    assert (response.status_code, response["Content-Type"]) == (400, PROBLEM)
    assert response.json()["parameter"] == parameter
    assert parameter in response.json()["detail"]


@pytest.mark.parametrize("path", LISTS)
def test_csv_and_xlsx_hold_the_whole_table(clients, path):
    expected = all_rows(clients["stats"], path)
    content = b"".join(get(clients["stats"], path, format="csv", page_size=1))
    assert content.startswith(b"\xef\xbb\xbf")
    table = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert [list(row) for row in table] == [list(row) for row in expected]
    assert [list(map(_as_text, row.values())) for row in expected] == [list(row.values()) for row in table]
    sheet = load_workbook(io.BytesIO(b"".join(get(clients["stats"], path, format="xlsx"))))[path]
    header, *cells = sheet.iter_rows(values_only=True)
    assert list(header) == list(expected[0])
    for name in ("value", "tolerance", "gap", "year"):
        if name in header:
            at = header.index(name)
            assert [row[at] for row in cells] == [row[name] for row in expected]


def _as_text(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value)


def test_formulas_are_neutralised(clients):
    Area.objects.filter(code="330122").update(note="=1+1", name_en='@x, "y"')
    (row,) = csv.DictReader(
        io.StringIO(b"".join(get(clients["stats"], "areas", format="csv", area="330122")).decode("utf-8-sig"))
    )
    assert (row["note"], row["name_en"]) == ("'=1+1", '\'@x, "y"')


def test_the_format_by_accept(clients):
    for accept, kind in [
        ("application/json", "application/json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/html, text/*;q=0.5", "text/csv; charset=utf-8"),
        ("application/vnd.json-stat+json, */*;q=0.1", "application/vnd.json-stat+json"),
    ]:
        response = clients["stats"].get("/api/v1/targets/", headers={"Accept": accept})
        assert (response.status_code, response["Content-Type"]) == (200, kind)
    response = clients["stats"].get("/api/v1/targets/", headers={"Accept": "text/html"})
    assert (response.status_code, response["Content-Type"]) == (406, PROBLEM)


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/api/v1/areas/", "get", 401),
        ("/api/v1/nothing/", "get", 404),
        ("/api/nothing", "get", 404),
        ("/api/v1/areas/", "post", 405),
        ("/api/v1/areas/", "delete", 405),
    ],
)
def test_errors_are_problems_without_a_login_too(db, path, method, status):
    response = getattr(Client(), method)(path)
    assert (response.status_code, response["Content-Type"], response.json()["status"]) == (status, PROBLEM, status)
    assert ("WWW-Authenticate" in response) == (status == 401)


def test_the_csv_of_a_past_date_says_of_the_same_rows_the_same_as_json(clients):
    given = {"as_of": "2025-04-01", "area": "330127"}
    text = get(clients["stats"], "assessments", format="csv", **given).getvalue().decode("utf-8-sig")
    table = list(csv.DictReader(io.StringIO(text)))
    found = rows(clients["stats"], "assessments", page_size=1000, **given)
    assert "nan" not in text
    for name in ("value_version", "target_version", "standard_version", "definition_version"):
        assert [row[name] for row in table] == ["" if row[name] is None else str(row[name]) for row in found]
        assert {type(row[name]) for row in found} <= {int, type(None)}


@pytest.mark.parametrize("form", ["20240318", "2024-W12-1"])
def test_a_date_means_its_end_in_every_form(clients, form):
    days = [rows(clients["stats"], "observations", as_of=day, page_size=1000) for day in ("2024-03-18", form)]
    assert days[0] == days[1]
    assert days[0] != rows(clients["stats"], "observations", as_of="2024-03-18T00:00", page_size=1000)


def test_a_cube_says_which_numbers_are_to_be_doubted(clients):
    Observation.objects.filter(area="330127", indicator="P02", year=2024).update(is_demo=False)
    cube = get(clients["stats"], "observations", format="jsonstat", indicator="P02", year="2024").json()
    areas = cube["dimension"]["area"]["category"]["index"]
    assert (len(cube["value"]), areas.index("330127")) == (3, 1)
    assert {place for place, words in cube["status"].items() if "is_demo" in words} == {"0", "2"}


def test_details_of_the_feed_are_readable_in_a_table(clients):
    change = Change.objects.filter(details__isnull=False).first()
    Change.objects.filter(pk=change.pk).update(details={"原值": "乡镇"})
    text = get(clients["stats"], "changes", format="csv").getvalue().decode("utf-8-sig")
    assert "乡镇" in text
    assert "\\u" not in text


def test_a_token_that_is_made_or_revoked_leaves_every_tag(clients):
    paths = ("areas", "observations", "changes", "submissions")
    before = [get(clients["stats"], path)["ETag"] for path in paths]
    token, _text = create_token(
        name="x", organisation=Organisation.objects.get(code="HZ-STATS"), scopes=("read",), by=None
    )
    revoke_token(token=token, reason="试验", by=None)
    assert [get(clients["stats"], path)["ETag"] for path in paths] == before
