"""Workbooks of a sheet, changed as people change them."""

import io

from openpyxl import load_workbook

from reporting.workbooks.layout import AT, HEADER_ROW, SHEET
from reporting.workbooks.upload import write_sheet


def sheet_book(submission, user):
    """What the user downloads, open to be changed."""
    return load_workbook(io.BytesIO(write_sheet(submission, user)))


def saved(book) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def row_of(book, code) -> int:
    sheet = book[SHEET]
    return next(n for n in range(HEADER_ROW + 1, sheet.max_row + 1) if sheet.cell(n, 1).value == code)


def cell(book, code, column):
    return book[SHEET].cell(row_of(book, code), AT[column])


def fill(book, **rows) -> None:
    """fill(book, P02=93.4, P15=(None, "尚未统计")): what is typed into own rows."""
    for code, content in rows.items():
        value, explanation = content if isinstance(content, tuple) else (content, None)
        cell(book, code, "value").value = value
        if explanation is not None:
            target = cell(book, code, "explanation")
            target.value = explanation
            target.data_type = "s"
