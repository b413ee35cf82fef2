"""The uploaded workbook goes back: what was not taken stands in its cells, with the reason beside it."""

import re
from collections.abc import Sequence
from decimal import Decimal

from lib.tabular.cells import Cell, Row
from reporting.workbooks.layout import AT, COLUMNS, HEADER_ROW, PlacedRow, SheetRow, marker_of, write_placed
from reporting.workbooks.lines import Fault, SheetReading
from reporting.workbooks.reading import INPUTS, cell_at


def write_back(title: str, reading: SheetReading, rows: Sequence[SheetRow], remarks: dict[str, str]) -> bytes:
    """The uploaded sheet, row by row where it stood, every fault beside the row in 核查意见 (`remarks`: what to say
    there of rows without one). It shows what others saved meanwhile, so sending it again decides for what it says."""
    known = {row.code: row for row in rows}
    entries = {number: known.get(code) for code, number in reading.places.items()}
    placed = []
    for sent in reading.sheet.rows:
        if sent.number > reading.header_row:
            placed.append(_placed_again(sent, entries.get(sent.number), reading, remarks))
    last = max((row.number for row in placed), default=HEADER_ROW)
    missing = [row for row in rows if row.code not in reading.places]
    for number, row in enumerate(missing, last + 1):
        remark = row.remark if row.locked else "上传的表里缺这一行，已补上。"
        placed.append(PlacedRow(number, _saved(row) | {"remark": remark}, row))
    marker = marker_of(reading.marker.area, reading.marker.area_name, reading.marker.year, rows)
    return write_placed(title, marker, placed)


def _placed_again(row: Row, entry: SheetRow | None, reading: SheetReading, remarks: dict[str, str]) -> PlacedRow:
    faults = [fault for fault in reading.faults if fault.row == row.number]
    words = "；".join(_fault_words(fault) for fault in faults)
    shown = {column.name: _given(cell_at(row, AT[column.name])) for column in COLUMNS}
    if entry is not None:
        words = words or remarks.get(entry.code, "")
        typed = {name: shown[name] for name in INPUTS}
        shown = _saved(entry)
        stays = entry.locked or entry.code in reading.kept
        if not stays:
            shown |= typed
    titles = {fault.column for fault in faults}
    faulty = frozenset(column.name for column in COLUMNS if column.title in titles)
    shift = HEADER_ROW - reading.header_row  # the sheet is written with our own head, which may be longer than theirs
    return PlacedRow(row.number + shift, shown | {"remark": words}, entry, faulty)


def _fault_words(fault: Fault) -> str:
    if not fault.column:
        return fault.cause
    return f"{fault.column}：{fault.cause}"


def _saved(row: SheetRow) -> dict[str, object]:
    return {column.name: column.of(row) for column in COLUMNS}


def _given(cell: Cell):
    """A number as a number, all else as the text that was read."""
    is_plain = cell.kind == "number" and re.fullmatch(r"-?\d+(\.\d+)?", cell.text, re.ASCII)
    return Decimal(cell.text) if is_plain else cell.text
