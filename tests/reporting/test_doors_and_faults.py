"""Decimals, bounds, units and reasons are held alike at every door: each fault is sent through each of them. A sheet's
doors keep what can be read and let nobody hand it over; what passes no review is refused at once. None takes it."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client

from indicators.importing.tables import preview_observations
from lib.refusals import Refused
from reporting.actions import hand_over
from reporting.models import Entry
from reporting.sheets import read_sheet
from reporting.workbooks.upload import confirm_upload, preview_upload
from tests.reporting.books import cell, saved, sheet_book

YEAR, AREA = 2024, "330127"
OWNERS = {"P12": "330127-health", "P02": "330127-housing"}
LONG_ENOUGH = "新建一处，已经验收"


@dataclass(frozen=True)
class Fault:
    """What is sent, and what every door says of it: `code` of the finding where a sheet keeps it, None where nobody
    can read it; `words` stand in what is told."""

    name: str
    indicator: str
    value: object
    code: str | None
    words: str
    explanation: str = LONG_ENOUGH


FAULTS = [
    Fault("half a hospital", "P12", 2.5, "not_whole", "整数"),
    Fault("half a hospital as text", "P12", "2.5", "not_whole", "整数"),
    Fault("above the bound", "P02", 101, "out_of_bounds", "100"),
    Fault("below the bound", "P02", "-1", "out_of_bounds", "0"),
    Fault("another unit", "P02", "95家", None, "单位"),
    Fault("in words", "P02", "九十五", None, "九十五"),
    Fault("too large", "P12", 10**9, None, "10"),
    Fault("too many places", "P02", 95.1234567, None, "小数"),
    Fault("blank without a reason", "P12", None, "blank_without_reason", "为什么没有", ""),
    Fault("blank with a reason that says nothing", "P12", None, "blank_without_reason", "没有说明原因", "核实无误"),
]


def by_number(sheet, by, fault: Fault) -> list[str]:
    return _put(by, {"indicator": fault.indicator, "value": fault.value, "explanation": fault.explanation})


def as_typed(sheet, by, fault: Fault) -> list[str]:
    """What the page and a paste into it send: every value as text."""
    text = "" if fault.value is None else str(fault.value)
    return _put(by, {"indicator": fault.indicator, "value": text, "explanation": fault.explanation})


def _put(by, entry: dict) -> list[str]:
    client = Client()
    client.force_login(by)
    answer = client.put(
        f"/api/v1/submissions/{AREA}/{YEAR}/entries/", {"entries": [entry]}, content_type="application/json"
    )
    if answer.status_code == 200:
        return []
    assert answer.status_code == 400
    return [error["words"] for error in answer.json()["errors"]]


def by_workbook(sheet, by, fault: Fault) -> list[str]:
    book = sheet_book(sheet, by)
    cell(book, fault.indicator, "value").value = fault.value
    cell(book, fault.indicator, "explanation").value = fault.explanation or None
    preview = preview_upload(sheet, by, saved(book))
    if preview.faults:
        return [each.cause for each in preview.faults]
    if preview.typed:
        confirm_upload(sheet, by, saved(book))
    return []


SHEET_DOORS: dict[str, Callable] = {"number": by_number, "typed": as_typed, "workbook": by_workbook}


@pytest.mark.parametrize("door", SHEET_DOORS)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_no_door_of_a_sheet_lets_a_fault_be_handed_over(sheet, actors, fault, door):
    by = actors[OWNERS[fault.indicator]]
    told = SHEET_DOORS[door](sheet, by, fault)
    entry = sheet.entries.get(indicator=fault.indicator)
    if fault.code is None:
        assert any(fault.words in words for words in told), told
        assert (entry.version, entry.value) == (0, None)
        return
    assert told == []
    (line,) = read_sheet(sheet, indicators=[fault.indicator])
    found = {finding.code: finding for finding in line.findings}
    assert found[fault.code].severity == "hard"
    assert fault.words in found[fault.code].words
    _make_the_rest_sound(sheet, by, fault.indicator)
    with pytest.raises(Refused) as refusal:
        hand_over(part=entry.part, by=by)
    assert fault.indicator in str(refusal.value) or fault.words in str(refusal.value)


def _make_the_rest_sound(sheet, by, code: str) -> None:
    others = Entry.objects.filter(submission=sheet, part__organisation=by.organisation).exclude(indicator=code)
    for each in others:
        _put(by, {"indicator": each.indicator_id, "value": None, "explanation": "今年还没有统计出来"})


@pytest.mark.parametrize("fault", [each for each in FAULTS if each.value is not None], ids=lambda fault: fault.name)
def test_the_official_table_refuses_what_a_sheet_would_hold_up(sheet, fault):
    out = io.StringIO()
    csv.writer(out).writerows([["area", "indicator", "year", "value"], [AREA, fault.indicator, YEAR, str(fault.value)]])
    preview = preview_observations(out.getvalue().encode(), "table.csv")
    assert (preview.counts["new"], preview.counts["changed"]) == (0, 0)
    told = [line.words for line in preview.of("refused")]
    assert any(fault.words in words for words in told), told
