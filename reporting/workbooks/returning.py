"""The uploaded workbook goes back: what was not taken stands in its cells, with the reason beside it."""

import re
from collections.abc import Sequence
from decimal import Decimal

from lib.tabular.cells import Cell, Row
from reporting.workbooks.layout import AT, COLUMNS, HEADER_ROW, PlacedRow, SheetRow, marker_of, write_placed
from reporting.workbooks.lines import SheetReading
from reporting.workbooks.reading import INPUTS, cell_at


def write_back(title: str, reading: SheetReading, rows: Sequence[SheetRow], remarks: dict[str, str]) -> bytes:
    """The uploaded sheet, row by row where it stood, every fault beside the row in 核查意见 (`remarks`: what to say
    there of rows without one). It shows what others saved meanwhile, so sending it again decides for what it says."""
    known, shift = {row.code: row for row in rows}, HEADER_ROW - reading.header_row
    codes = {number: code for code, number in reading.places.items()}
    placed = [
        _placed_again(row, shift, known.get(codes.get(row.number, "")), reading, remarks)
        for row in reading.sheet.rows
        if row.number > reading.header_row
    ]
    number = max((row.number for row in placed), default=HEADER_ROW)
    for row in rows:
        if row.code not in reading.places:
            number += 1
            remark = "上传的表里缺这一行，已补上。" if not row.locked else row.remark
            placed.append(PlacedRow(number, _saved(row) | {"remark": remark}, row))
    marker = marker_of(reading.marker.area, reading.marker.area_name, reading.marker.year, rows)
    return write_placed(title, marker, placed)


def _placed_again(
    row: Row, shift: int, entry: SheetRow | None, reading: SheetReading, remarks: dict[str, str]
) -> PlacedRow:
    faults = [fault for fault in reading.faults if fault.row == row.number]
    words = "；".join(f"{fault.column}：{fault.cause}" if fault.column else fault.cause for fault in faults)
    given = {column.name: _given(cell_at(row, AT[column.name])) for column in COLUMNS}
    if entry is not None:
        saved, stays = _saved(entry), entry.locked or entry.code in reading.kept
        given = saved if stays else saved | {name: given[name] for name in INPUTS}
        words = words or remarks.get(entry.code, "")
    faulty = frozenset(column.name for column in COLUMNS if column.title in {fault.column for fault in faults})
    return PlacedRow(row.number + shift, given | {"remark": words}, entry, faulty)


def _saved(row: SheetRow) -> dict[str, object]:
    return {column.name: column.of(row) for column in COLUMNS}


def _given(cell: Cell):
    """A number as a number, all else as the text that was read."""
    is_plain = cell.kind == "number" and re.fullmatch(r"-?\d+(\.\d+)?", cell.text, re.ASCII)
    return Decimal(cell.text) if is_plain else cell.text
