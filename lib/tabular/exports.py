"""Tables as files: CSV that Excel opens with Chinese intact, and workbooks with numbers as numbers."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from django.http import HttpResponse, StreamingHttpResponse

from lib.tabular.cell_text import csv_field
from lib.tabular.streaming import TableSheet, workbook_chunks

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLSX_ROWS = 100_000
CHUNK_ROWS = 500
NARROWEST, WIDEST = 8, 60  # characters of a column


def table_response(
    kind: str, name: str, header: Sequence[str], rows: Iterable[Sequence], notes: Sequence[str] = ()
) -> HttpResponse:
    """`kind` csv or xlsx; `notes` (what the table is, as of when) stand on a sheet of their own in the workbook."""
    rows = [tuple(row) for row in rows]
    if kind == "csv":
        response = HttpResponse(_csv(header, rows), content_type="text/csv; charset=utf-8")
    else:
        sheets = _sheets(name, header, rows, notes, _fitting(header, rows))
        response = HttpResponse(b"".join(workbook_chunks(sheets)), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response


def _csv(header: Sequence[str], rows: Iterable[Sequence]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([csv_field(value) for value in row] for row in (header, *rows))
    return text.getvalue().encode("utf-8-sig")


def _sheets(
    name: str, header: Sequence[str], rows: Iterable[Sequence], notes: Sequence[str], widths: Sequence[float]
) -> list[TableSheet]:
    """The table, and a sheet that says what it is."""
    about = [TableSheet("说明", None, ([note] for note in notes), (90,))] if notes else []
    return [TableSheet(name, header, rows, widths), *about]


def _fitting(header: Sequence[str], rows: Sequence[Sequence]) -> list[int]:
    """Of each column the width that its widest text needs, within bounds."""
    widest = [max(map(_width, column)) for column in zip_longest(header, *rows)]
    return [min(max(width + 2, NARROWEST), WIDEST) for width in widest]


def _width(value: object) -> int:
    """Columns of a text, Chinese characters counting two."""
    if value is None:
        return 0
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in str(value))


# Tables too long to be held ---------------------------------------------------------------------


def streamed_response(
    kind: str, name: str, header: Sequence[str], rows: Iterable[Sequence], notes: Sequence[str] = ()
) -> StreamingHttpResponse:
    """`table_response` for a table of any length: csv and workbook leave some hundred rows at a time, as the database
    gives them out. The caller refuses workbooks of more than XLSX_ROWS rows."""
    if kind == "csv":
        chunks, content_type = _csv_chunks(header, rows), "text/csv; charset=utf-8"
    else:
        chunks, content_type = workbook_chunks(_sheets(name, header, rows, notes, (16,))), XLSX
    response = StreamingHttpResponse(chunks, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response


def _csv_chunks(header: Sequence[str], rows: Iterable[Sequence]) -> Iterator[bytes]:
    """The table as UTF-8 with its mark, some hundred rows at a time."""
    text = io.StringIO()
    writer = csv.writer(text)
    text.write("\ufeff")
    writer.writerow(map(csv_field, header))
    for number, row in enumerate(rows, start=1):
        writer.writerow(map(csv_field, row))
        if number % CHUNK_ROWS == 0:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()
