"""A part that the plan's context figures hold is taken from there at every door, and kept with the version."""

from decimal import Decimal

import pytest
from django.test import Client

from indicators.definitions.context_parts import completed, contradicted, in_unit, source_words
from indicators.models import ContextFigure, IndicatorDefinition
from indicators.terms.parts import NO_PARTS, RatioParts
from journal.actions import stamp
from reporting.models import EntryVersion
from reporting.sheets import read_sheet
from reporting.workbooks.layout import AT
from reporting.workbooks.upload import preview_upload
from tests.reporting.books import cell, saved, sheet_book

ENTRIES = "/api/v1/submissions/330127/2024/entries/"
UNIT = "330127-health"  # fills in P03: nursery places per 1,000 residents


@pytest.fixture
def population(sheet):
    """Chun'an's residents of 2024 in 万人, where P03 divides by 千人."""
    figure = ContextFigure.objects.create(
        area_id="330127", name="常住人口", unit="万人", year=2024, value=Decimal("32.8"), cite="official"
    )
    stamp("indicators.contextfigure")  # as every door that writes one says
    return figure


@pytest.fixture
def client(actors):
    found = Client()
    found.force_login(actors[UNIT])
    return found


def put(client, **entry):
    return client.put(ENTRIES, {"entries": [{"indicator": "P03", **entry}]}, content_type="application/json")


def version(sheet) -> EntryVersion:
    return EntryVersion.objects.filter(entry=sheet.entries.get(indicator="P03")).latest("version")


def test_what_is_given_completes_what_is_typed_and_alone_says_nothing():
    places, people = Decimal(1500), Decimal(328)
    given = RatioParts(None, people)
    assert completed(RatioParts(places, None), given) == RatioParts(places, people)
    assert completed(RatioParts(None, people), given) == NO_PARTS
    assert completed(RatioParts(places, None), NO_PARTS) == RatioParts(places, None)
    assert contradicted(RatioParts(places, Decimal(300)), given) == ("denominator", people)
    assert (in_unit(Decimal("32.8"), "万人", "千人"), in_unit(Decimal(1), "亿元", "千人")) == (328, None)
    assert source_words("context.常住人口") == "背景数据“常住人口”"


def test_by_api_the_other_part_is_enough_and_the_version_keeps_both(population, sheet, client):
    (told,) = put(client, numerator=1500).json()["entries"]
    assert (told["numerator"], told["denominator"], told["value"]) == (1500, 328, 4.5732)
    assert (version(sheet).value, version(sheet).parts) == (Decimal("4.5732"), RatioParts(Decimal(1500), Decimal(328)))


def test_another_number_than_the_given_is_refused_with_the_given(population, sheet, client):
    answer = put(client, numerator=1500, denominator=300)
    assert (answer.status_code, "328" in answer.json()["detail"]) == (400, True)
    assert sheet.entries.get(indicator="P03").version == 0


def test_without_the_figure_both_are_typed(sheet, client):
    assert put(client, numerator=1500).status_code == 400
    assert put(client, numerator=1500, denominator=300).json()["entries"][0]["value"] == 5.0


def test_a_result_alone_stays_valid(population, sheet, client):
    (told,) = put(client, value=4.6).json()["entries"]
    assert (told["value"], told["numerator"], told["denominator"]) == (4.6, None, None)


def test_the_page_shows_it_and_what_stands_there_says_nothing(population, sheet, client):
    page = client.get("/reporting/330127/2024/").content.decode()
    assert 'readonly value="328"' in page
    put(client, value=4.6)
    (told,) = put(client, value=4.6, denominator=328).json()["entries"]
    assert (told["numerator"], told["denominator"]) == (None, None)


def test_in_the_workbook_the_other_part_is_enough(population, sheet, actors):
    by = actors[UNIT]
    book = sheet_book(sheet, by)
    assert "取自背景数据：328" in cell(book, "P03", "parts").value
    cell(book, "P03", "numerator").value = 1500
    (typed,) = preview_upload(sheet, by, saved(book)).typed
    assert (typed.value, typed.parts) == (Decimal("4.5732"), RatioParts(Decimal(1500), Decimal(328)))
    cell(book, "P03", "denominator").value = 300
    (fault,) = preview_upload(sheet, by, saved(book)).faults
    assert (fault.column, "328" in fault.cause) == ("分母", True)
    assert AT["denominator"] > AT["numerator"]


def test_a_figure_that_moved_is_told_until_the_row_is_saved_again(population, sheet, client):
    put(client, numerator=1500)
    ContextFigure.objects.filter(pk=population.pk).update(value=Decimal(30))
    stamp("indicators.contextfigure")
    (line,) = read_sheet(sheet, indicators=["P03"])
    assert [(found.severity, "300" in found.words) for found in line.findings] == [("hard", True)]
    put(client, numerator=1500)
    (line,) = read_sheet(sheet, indicators=["P03"])
    assert (line.entry.value, [found for found in line.findings if found.severity == "hard"]) == (Decimal(5), [])


def test_the_definition_says_where_it_is_from(population):
    assert IndicatorDefinition.objects.as_of().get(indicator="P03").denominator_source == "context.常住人口"
