"""Reading tables: numbers as people write them, cells as the file keeps them."""

import io
import random
import time
import tracemalloc
import zipfile
from contextlib import suppress
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.styles import numbers

from lib.files.documents import DocumentError, recognise
from lib.tabular.cells import MEGABYTE, Cell, SpreadsheetError, parse_number
from lib.tabular.reading import read_spreadsheet


def sheet_of(*rows, change=None):
    book = Workbook()
    book.active.title = "表"
    for row in rows:
        book.active.append(row)
    if change:
        change(book.active)
    out = io.BytesIO()
    book.save(out)
    return read_spreadsheet(out.getvalue()).sheet("表")


def test_what_is_typed_over_costs_its_own_rows_alone():
    """Two thousand cells over twenty thousand rows held a thread for two seconds at each look at the preview."""
    text = "\n".join(["a,b,c", *["1,2,3"] * 19_000])
    typed = {f"!{'ABC'[n % 3]}{2 + n // 3}": "x" for n in range(1_998)} | {"!19000": ""}
    book = read_spreadsheet(text.encode(), "a.csv", typed)
    begun = time.process_time()
    sheet = book.sheet()
    assert time.process_time() - begun < 0.5
    rows = {row.number: [cell.text for cell in row.cells] for row in sheet.rows}
    assert (rows[2], rows[667], rows[668], 19_000 in rows) == (["x"] * 3, ["x"] * 3, ["1", "2", "3"], False)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("95.5", "95.5"),
        (" 95 ", "95"),
        ("９５．５", "95.5"),
        ("－5", "-5"),
        ("−5", "-5"),
        ("+5", "5"),
        ("1,234,567.8", "1234567.8"),
        ("１，２３４", "1234"),
        ("　96　", "96"),
        (".5", "0.5"),
        ("0.000001", "0.000001"),
        ("1.50000000", "1.5"),
    ],
)
def test_numbers_as_people_write_them(text, number):
    assert parse_number(text) == Decimal(number)


@pytest.mark.parametrize(
    "text", ["", "-", "abc", "1e5", "NaN", "inf", "1,23", "1.2.3", "12 亿元", "95~96", "0x1F", "٣%3"]
)
def test_what_is_no_number(text):
    with pytest.raises(SpreadsheetError, match="不是数字"):
        parse_number(text)


def test_per_cent_is_a_number_only_where_the_unit_is():
    assert parse_number("95.5％", is_percent=True) == Decimal("95.5")
    with pytest.raises(SpreadsheetError, match="带百分号"):
        parse_number("95.5%")


@given(st.decimals(min_value=-999_999_999, max_value=999_999_999, places=6))
def test_every_number_that_the_kernel_takes_is_read_as_it_is(number):
    assert parse_number(f"{number:f}") == number
    assert parse_number(f"{number:,f}") == number


@given(st.decimals(min_value=-99_999, max_value=99_999, places=6))
def test_every_number_of_a_workbook_comes_as_it_was_typed(number):
    assert Decimal(sheet_of([number]).rows[0].cells[0].text) == number


@given(st.integers(0, 100_000))
def test_a_cell_shown_as_per_cent_comes_as_it_is_shown(thousandths):
    def shown(sheet):
        sheet["A1"].number_format = numbers.FORMAT_PERCENTAGE_00

    cell = sheet_of([thousandths / 100_000], change=shown).rows[0].cells[0]
    assert cell.kind == "percent"
    shown_with_two_places = (Decimal(thousandths) / 1000).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert parse_number(cell, is_percent=True) == shown_with_two_places


def test_rows_keep_their_numbers_and_empty_ones_are_left_out():
    sheet = sheet_of(["甲"], [], [None, None, "丙"])
    assert [(row.number, [cell.text for cell in row.cells]) for row in sheet.rows] == [(1, ["甲"]), (3, ["", "", "丙"])]


def test_a_text_that_looks_like_a_number_or_a_formula_stays_a_text():
    def typed(sheet):
        sheet["A1"].value, sheet["A1"].data_type = "=1+1", "s"
        sheet["B1"].value, sheet["B1"].data_type = "007", "s"

    assert sheet_of([], change=typed).rows[0].cells == [Cell("=1+1"), Cell("007")]


# Files made to break the reader ---------------------------------------------------------------------


def packed(content: bytes, packing: int = zipfile.ZIP_DEFLATED, **changes: tuple[bytes, bytes]) -> bytes:
    """The workbook with words of its parts changed: sheet=(old, new) in the part whose name has "sheet"."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", packing) as new:
        for name in old.namelist():
            data = old.read(name)
            for part, (before, after) in changes.items():
                data = data.replace(before, after) if part in name else data
            new.writestr(name, data)
    return out.getvalue()


def odd_book(**more) -> bytes:
    book = Workbook()
    book.active.append([0.5])
    book.active["A1"].number_format = "0%"
    book.active.merge_cells("A2:B3")
    out = io.BytesIO()
    book.save(out)
    return packed(out.getvalue(), **more)


def test_a_merged_range_that_is_none_is_a_broken_file():
    content = odd_book(sheet=(b'ref="A2:B3"', b'ref="A2::B"'))
    with pytest.raises(SpreadsheetError, match="文件已损坏"):
        read_spreadsheet(content).sheet("Sheet")


def test_a_format_whose_number_is_none_is_the_general_one():
    content = odd_book(styles=(b'numFmtId="9"', 'numFmtId="²"'.encode()))
    assert read_spreadsheet(content).sheet("Sheet").rows[0].cells[0] == Cell("0.5", "number")


@pytest.mark.parametrize("part", ["rels", "workbook.xml", "sheet1", "styles"])
@pytest.mark.parametrize("encoding", ["GB18030", "GBK", "UTF-32", "utf-7", "idna", "punycode", "undefined", "no-such"])
def test_an_encoding_in_which_no_workbook_is_written_is_a_broken_file(encoding, part):
    """What is no encoding to Python is a LookupError of its own; what is one, but not of one byte a letter, was not."""
    with zipfile.ZipFile(io.BytesIO(odd_book())) as archive:
        name = next(name for name in archive.namelist() if part in name)
        text = archive.read(name)
    body = text.partition(b"?>")[2] if text.startswith(b"<?xml") else text
    content = odd_book(**{name: (text, f'<?xml version="1.0" encoding="{encoding}"?>'.encode() + body)})
    with pytest.raises(SpreadsheetError, match="文件已损坏"):
        read_spreadsheet(content).sheet("Sheet")


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_packing_that_takes_what_memory_it_likes_is_refused(packing):
    """As a table and as evidence."""
    with pytest.raises(SpreadsheetError, match="文件已损坏"):
        read_spreadsheet(odd_book(packing=packing))
    with pytest.raises(DocumentError, match="文件不完整"):
        recognise(odd_book(packing=packing))


def test_whatever_bytes_are_broken_a_file_is_read_or_refused():
    whole, chance = odd_book(), random.Random(7)
    for _ in range(200):
        content = bytearray(whole)
        for _ in range(4):
            content[chance.randrange(2, len(content))] = chance.randrange(256)
        for read in (lambda data: read_spreadsheet(data).sheet("Sheet"), recognise):
            with suppress(SpreadsheetError, DocumentError, KeyError):
                read(bytes(content))


def made_of(**parts: str) -> bytes:
    """A workbook with the XML of these parts written anew."""
    whole, out = odd_book(), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = parts.get(name.rpartition("/")[2].removesuffix(".xml"))
            new.writestr(name, text or old.read(name))
        new.writestr("xl/sharedStrings.xml", parts.get("sharedStrings", "<sst/>"))
    return out.getvalue()


CELL = '<c t="s"><v>0</v></c>'
STYLED = '<xf numFmtId="200"/>'
RELATED = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
SHEETS = "".join(f'<sheet name="{number}" r:id="rId1"/>' for number in range(25_000))
SMALL_AND_SLOW = {  # some kilobytes, each of which took minutes or gigabytes
    "tags left open behind the last row": {
        "sheet1": f"<x><sheetData><row>{CELL}</row></sheetData>{'<mergeCell ' * 12_000}",
    },
    "a padded text in many cells": {
        "sheet1": f"<x><sheetData><row>{CELL * 190}</row></sheetData></x>",
        "sharedStrings": f"<sst><si><t> {'a' * 2_000_000}</t></si></sst>",
    },
    "a long format of many styles": {
        "styles": f'<x><numFmt numFmtId="200" formatCode="{"[" * 4000}"/><cellXfs>{STYLED * 1000}</cellXfs></x>',
    },
    "a great many sheets": {"workbook": f"<x {RELATED}>{SHEETS}</x>"},
}


@pytest.mark.parametrize("kind", SMALL_AND_SLOW)
def test_a_small_file_takes_little_time_and_memory(kind):
    content = made_of(**SMALL_AND_SLOW[kind])
    assert len(content) < 200_000
    tracemalloc.start()
    started = time.process_time()
    with suppress(SpreadsheetError):
        book = read_spreadsheet(content)
        book.sheet(book.sheet_names[0])
    taken, (_now, most) = time.process_time() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (taken < 5, most < 60 * MEGABYTE) == (True, True), (taken, most)


def test_elements_without_end_are_refused(monkeypatch):
    monkeypatch.setattr("lib.tabular.packages.MAX_ELEMENTS", 1000)
    with pytest.raises(SpreadsheetError, match="空单元格或格式过多"):
        read_spreadsheet(made_of(sheet1=f"<x><sheetData><row>{'<c/>' * 1001}</row></sheetData></x>")).sheet("Sheet")


def test_what_is_empty_costs_no_more_than_the_largest_table():
    """Four million empty cells took twice as long as the most that are taken."""
    content = made_of(sheet1=f"<x><sheetData><row>{'<c/>' * 2_100_000}</row></sheetData></x>")
    with pytest.raises(SpreadsheetError, match="空单元格或格式过多"):
        read_spreadsheet(content).sheet("Sheet")


def test_elements_are_counted_over_all_that_is_read(monkeypatch):
    """Some sheets of some millions each, or one under several names, took as many times as long."""
    monkeypatch.setattr("lib.tabular.packages.MAX_ELEMENTS", 1000)
    book = read_spreadsheet(made_of(sheet1=f"<x><sheetData><row>{'<c/>' * 400}</row></sheetData></x>"))
    book.sheet("Sheet")
    book.sheet("Sheet")
    with pytest.raises(SpreadsheetError, match="空单元格或格式过多"):
        book.sheet("Sheet")


def test_the_list_of_types_of_a_document_is_short():
    content = packed(odd_book(), Content_Types=(b"<Types", b"<!--" + b"a" * 4 * MEGABYTE + b"--><Types"))
    with pytest.raises(DocumentError, match="文件不完整"):
        recognise(content)
