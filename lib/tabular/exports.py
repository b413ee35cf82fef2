"""Tables as files: CSV that Excel opens with Chinese intact, and workbooks with numbers as numbers."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from django.http import HttpResponse, StreamingHttpResponse
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from lib.tabular.cell_text import csv_field, put_rows
from lib.tabular.streaming import workbook_chunks

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLSX_ROWS = 100_000
CHUNK_ROWS = 500


def table_response(
    kind: str, name: str, header: Sequence[str], rows: Iterable[Sequence], notes: Sequence[str] = ()
) -> HttpResponse:
    """`kind` csv or xlsx; `notes` (what the table is, as of when) stand on a sheet of their own in the workbook."""
    content, content_type = (
        (_csv(header, rows), "text/csv; charset=utf-8")
        if kind == "csv"
        else (
            _xlsx(name, header, rows, notes),
            XLSX,
        )
    )
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response


def _csv(header: Sequence[str], rows: Iterable[Sequence]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([csv_field(value) for value in row] for row in (header, *rows))
    return text.getvalue().encode("utf-8-sig")


def _xlsx(name: str, header: Sequence[str], rows: Iterable[Sequence], notes: Sequence[str]) -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.title = name[:31]
    put_rows(sheet, (header, *rows))
    for cell in sheet[1]:
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor="12395B")
        cell.alignment = Alignment(vertical="center", wrap_text=True)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    for position, column in enumerate(sheet.columns, start=1):
        widest = max(_width(cell.value) for cell in column)
        sheet.column_dimensions[get_column_letter(position)].width = min(max(widest + 2, 8), 60)
    if notes:
        about = book.create_sheet("说明")
        about.column_dimensions["A"].width = 90
        put_rows(about, ([note] for note in notes))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _width(value: object) -> int:
    """Columns of a text, Chinese characters counting two."""
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in str(value)) if value is not None else 0


# Tables too long to be held ---------------------------------------------------------------------


def streamed_response(
    kind: str, name: str, header: Sequence[str], rows: Iterable[Sequence], notes: Sequence[str] = ()
) -> StreamingHttpResponse:
    """`table_response` for a table of any length: csv and workbook leave some hundred rows at a time, as the database
    gives them out. The caller refuses workbooks of more than XLSX_ROWS rows."""
    if kind == "csv":
        chunks, content_type = _csv_chunks(header, rows), "text/csv; charset=utf-8"
    else:
        about = [("说明", None, ([note] for note in notes), 90)] if notes else []
        chunks, content_type = workbook_chunks([(name, header, rows, 16), *about]), XLSX
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
