"""A ratio is typed as what it is divided from: the value follows, and all three stay together from the sheet to the
published version and to whoever reads it."""

import io
import json
from decimal import Decimal

import pytest
from django.test import Client
from openpyxl import load_workbook

from indicators.models import Observation
from indicators.recomputes.recompute import sweep_pending
from indicators.terms.parts import RatioParts
from reporting.actions import change_state, hand_over
from reporting.entries.saving import Typed, save_entries
from reporting.models import EntryVersion
from reporting.sheets import read_sheet
from reporting.workbooks.layout import MARKER
from reporting.workbooks.upload import confirm_upload, preview_upload, undo_upload
from tests.reporting.books import cell, saved, sheet_book

ENTRIES = "/api/v1/submissions/330127/2024/entries/"
INSURED = RatioParts(Decimal(318501), Decimal(320000))
RATE = Decimal("99.532")  # 99.5315625, to two places more than the row is shown with


@pytest.fixture
def client_of(actors):
    def client(name):
        found = Client()
        found.force_login(actors[name])
        return found

    return client


def put(client, *entries):
    return client.put(ENTRIES, {"entries": list(entries)}, content_type="application/json")


def entry_of(sheet, code="P11"):
    return sheet.entries.get(indicator=code)


@pytest.fixture
def published(sheet, actors):
    """Chun'an's sheet approved, P11 typed as its parts and all else as results."""
    for part in sheet.parts.select_related("organisation"):
        by = actors[part.organisation.code]
        typed = [
            Typed(code, None, "演练用数，说明从略", parts=INSURED)
            if code == "P11"
            else Typed(code, Decimal(1), "演练用数，说明从略")
            for code in part.entries.values_list("indicator", flat=True)
        ]
        save_entries(submission=sheet, typed=typed, by=by)
        hand_over(part=part, by=by)
    change_state(submission=sheet, action="submit", by=actors["330127-DRC"])
    change_state(submission=sheet, action="approve", by=actors["municipal"])
    sweep_pending()
    return Observation.objects.as_of().get(area="330127", indicator="P11", year=2024)


# Typing --------------------------------------------------------------------------------------------


def test_the_value_follows_from_the_parts_and_all_three_are_kept(sheet, client_of):
    answer = put(client_of("330127-insurance"), {"indicator": "P11", "numerator": "318,501", "denominator": 320000})
    (told,) = answer.json()["entries"]
    assert (told["numerator"], told["denominator"], told["value"]) == (318501.0, 320000.0, 99.532)
    version = EntryVersion.objects.get(entry=entry_of(sheet))
    assert (version.value, version.parts) == (RATE, INSURED)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"indicator": "P11", "numerator": 318501, "denominator": 320000, "value": 95}, "不一致"),
        ({"indicator": "P11", "numerator": 10**10, "denominator": 320000}, "分子、分母应小于10亿|太大"),
        ({"indicator": "P11", "numerator": 900000000, "denominator": "0.000001"}, "结果太大"),
        ({"indicator": "P11", "numerator": 318501}, "缺 value"),
        ({"indicator": "P11", "numerator": "三十万", "denominator": 320000}, "P11"),
    ],
)
def test_parts_that_do_not_fit_are_refused_and_nothing_is_stored(sheet, client_of, sent, words):
    answer = put(client_of("330127-insurance"), sent)
    assert answer.status_code == 400
    assert any(word in answer.json()["detail"] for word in words.split("|"))
    assert entry_of(sheet).version == 0


def test_a_row_that_is_no_ratio_takes_no_parts(sheet, client_of):
    answer = put(client_of("330127-health"), {"indicator": "P12", "numerator": 1, "denominator": 1})
    assert (answer.status_code, "没有分子、分母" in answer.json()["detail"]) == (400, True)


@pytest.mark.parametrize(
    ("parts", "words"), [(RatioParts(Decimal(318501)), "应参保人数"), (RatioParts(Decimal(1), Decimal(0)), "应大于 0")]
)
def test_what_cannot_be_divided_yet_is_kept_and_holds_up_handing_over(sheet, actors, parts, words):
    typed = [Typed("P11", None, "", parts=parts)]
    save_entries(submission=sheet, typed=typed, by=actors["330127-insurance"])
    assert (entry_of(sheet).parts, entry_of(sheet).value) == (parts, None)
    (line,) = read_sheet(sheet, indicators=["P11"])
    assert [(found.severity, found.code) for found in line.findings] == [("hard", "parts_incomplete")]
    assert words in line.findings[0].words


def test_a_result_alone_stays_valid_and_the_same_result_keeps_its_parts(sheet, actors):
    by = actors["330127-insurance"]
    for typed, parts in (
        (Typed("P11", Decimal("99.5"), ""), RatioParts()),
        (Typed("P11", None, "", parts=INSURED), INSURED),
        (Typed("P11", RATE, "只改说明，数没有变"), INSURED),
        (Typed("P11", Decimal("99.4"), ""), RatioParts()),
    ):
        save_entries(submission=sheet, typed=[typed], by=by)
        assert entry_of(sheet).parts == parts


# Publishing and reading ----------------------------------------------------------------------------


def test_the_published_version_keeps_value_and_parts(published):
    assert (published.value, published.parts) == (RATE, INSURED)
    assert Observation.objects.as_of().get(area="330127", indicator="P02", year=2024).parts == RatioParts()


def test_every_reader_gets_the_parts(published, client_of):
    client, row = client_of("municipal"), "area=330127&indicator=P11&year=2024"
    (told,) = client.get(f"/api/v1/observations/?{row}").json()["results"]
    assert (told["value"], told["numerator"], told["denominator"]) == (99.532, 318501.0, 320000.0)
    cube = client.get(f"/api/v1/observations/?{row}&format=jsonstat").json()
    beside = {"numerator": [318501.0], "denominator": [320000.0], "reached_on": [None]}
    assert (cube["value"], cube["extension"]) == ([99.532], beside)
    flat = client.get(
        "/api/sdmx/2.1/data/COUNTY_SEAT/A.330127.P11.OBS?startPeriod=2024",
        headers={"accept": "application/vnd.sdmx.data+csv"},
    ).content.decode()
    head, line = (each.split(",") for each in flat.split())
    assert dict(zip(head, line, strict=True)) | {"NUMERATOR": "318501", "DENOMINATOR": "320000"} == dict(
        zip(head, line, strict=True)
    )
    message = client.get(
        "/api/sdmx/2.1/data/COUNTY_SEAT/A.330127.P11.OBS", headers={"accept": "application/vnd.sdmx.data+json"}
    ).json()
    told = {each["id"]: each["values"] for each in message["data"]["structure"]["attributes"]["observation"]}
    assert [told[name][0]["name"] for name in ("NUMERATOR", "DENOMINATOR")] == ["318501", "320000"]
    page = client.get("/cells/330127/P11/2024/").content.decode()
    assert [number in page for number in ("318,501", "320,000")] == [True, True]


def test_a_workbook_of_a_page_has_the_parts_beside_the_value(published, client_of):
    content = client_of("municipal").get("/indicators/P11.xlsx").content
    rows = [[each.value for each in row] for row in load_workbook(io.BytesIO(content)).worksheets[0].iter_rows()]
    head = next(row for row in rows if "分子" in row)
    (line,) = [row for row in rows if row[0] == "330127" and row[head.index("年份")] == 2024]
    assert [line[head.index(name)] for name in ("实际值", "分子", "分母")] == [99.532, 318501, 320000]


# The county's workbook -----------------------------------------------------------------------------


def upload(sheet, by, **typed):
    book = sheet_book(sheet, by)
    for column, value in typed.items():
        cell(book, "P11", column).value = value
    return saved(book)


def test_parts_typed_into_the_workbook_make_the_value_and_are_undone_with_it(sheet, actors):
    by = actors["330127-insurance"]
    _preview, undo = confirm_upload(sheet, by, upload(sheet, by, numerator=318501, denominator=320000))
    assert (entry_of(sheet).value, entry_of(sheet).parts) == (RATE, INSURED)
    again = preview_upload(sheet, by, saved(sheet_book(sheet, by)))
    assert (again.faults, again.typed) == ([], [])
    changed = upload(sheet, by, numerator=310000)
    assert preview_upload(sheet, by, changed).typed[0].value == Decimal("96.875")
    undo_upload(sheet, by, undo, reason="试传")
    assert (entry_of(sheet).value, entry_of(sheet).parts) == (None, RatioParts())


@pytest.mark.parametrize(
    ("typed", "column", "words"),
    [
        ({"value": 95, "numerator": 318501, "denominator": 320000}, "实际值", "不一致"),
        ({"numerator": 318501, "denominator": 0}, "分母", "应大于 0"),
        ({"numerator": "若干"}, "分子", "若干"),
    ],
)
def test_parts_at_fault_are_named_by_their_cell(sheet, actors, typed, column, words):
    by = actors["330127-insurance"]
    (fault,) = preview_upload(sheet, by, upload(sheet, by, **typed)).faults
    assert (fault.column, fault.code) == (column, "P11")
    assert words in fault.cause


def test_a_workbook_from_before_the_parts_is_still_read(sheet, actors):
    by = actors["330127-insurance"]
    save_entries(submission=sheet, typed=[Typed("P11", None, "", parts=INSURED)], by=by)
    book = sheet_book(sheet, by)
    book["填报表"].delete_cols(9, 4)
    marker = json.loads(book[MARKER]["A1"].value)
    book[MARKER]["A1"].value = json.dumps(marker | {"format": "county-sheet-1"}, ensure_ascii=False)
    assert preview_upload(sheet, by, saved(book)).typed == []
    cell(book, "P11", "value").value = 98.7
    (typed,) = preview_upload(sheet, by, saved(book)).typed
    assert (typed.value, typed.parts) == (Decimal("98.7"), RatioParts())
