"""A workbook written while it leaves, read back by others than who wrote it."""

import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
from hypothesis import given
from hypothesis import strategies as st

from county_urbanization.rooms import LINE
from lib.tabular.exports import streamed_response, table_response
from lib.tabular.reading import read_spreadsheet
from lib.tabular.streaming import CHUNK_ROWS, TableSheet, workbook_chunks

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=12)
values = st.none() | texts | st.booleans() | st.integers(-(10**9), 10**9) | st.dates(date(2000, 1, 1))
values |= st.decimals(-(10**9), 10**9, places=4, allow_nan=False)


def opened(content: bytes):
    return openpyxl.load_workbook(io.BytesIO(content))


def as_read(value):
    """openpyxl gives days as moments and decimals as floats."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001  (a workbook knows no zones)
    return value


@given(st.lists(st.lists(values, min_size=3, max_size=3), max_size=6))
def test_what_is_written_is_what_another_library_reads(rows):
    sheet = opened(b"".join(workbook_chunks([TableSheet("表", ("甲", "乙<&>", "丙"), rows)])))["表"]
    found = [list(row) for row in sheet.iter_rows(min_row=2, max_col=3, values_only=True)]
    wanted = [[as_read(value) for value in row] for row in rows]
    assert [cell.value for cell in sheet[1]] == ["甲", "乙<&>", "丙"]
    assert [row for row in found if any(cell is not None for cell in row)] == [
        row for row in wanted if any(cell is not None for cell in row)
    ]


def test_the_first_rows_leave_before_the_last_are_asked_for():
    asked = []

    def rows():
        for number in range(5 * CHUNK_ROWS):
            asked.append(number)
            yield (number, "文字" * 20)

    chunks = workbook_chunks([TableSheet("t", ("a", "b"), rows(), (12, 30))])
    first = next(chunk for chunk in chunks if chunk)
    assert (first[:2], len(asked)) == (b"PK", CHUNK_ROWS)
    content = first + b"".join(chunks)
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    assert len(list(opened(content)["t"].iter_rows())) == 5 * CHUNK_ROWS + 1


def test_a_streamed_table_has_its_notes_its_kinds_and_no_formula():
    rows = [("=1+1", None, float("nan"), date(2026, 3, 22), datetime(2026, 3, 22, 8, 30, tzinfo=UTC), True, "a\x0bb")]
    names = ("文", "空", "无", "日", "时", "是", "控")
    response = streamed_response("xlsx", "flows", names, rows, ["说明一"])
    assert response["Content-Disposition"] == 'attachment; filename="flows.xlsx"'
    content = b"".join(response)
    book = opened(content)
    assert book.sheetnames == ["flows", "说明"]
    cells = book["flows"][2]
    assert [cell.data_type for cell in cells] == ["s", "n", "n", "d", "d", "b", "s"]
    assert (cells[0].value, cells[3].number_format, cells[6].value) == ("=1+1", "yyyy\\-mm\\-dd", "ab")
    shown = cells[4].value, cells[4].number_format  # a moment with a zone: told in the city's, and which that is
    assert shown == (datetime(2026, 3, 22, 16, 30), 'yyyy\\-mm\\-dd\\ hh:mm:ss\\ "+08:00"')  # noqa: DTZ001
    assert (book["flows"].freeze_panes, book["说明"]["A1"].value) == ("A2", "说明一")
    assert read_spreadsheet(content).sheet_names[0] == "flows"


def test_the_same_rows_as_csv():
    content = b"".join(streamed_response("csv", "t", ("甲", "乙"), [("=1", None), (Decimal("1.5"), 2)]))
    assert content.decode("utf-8-sig") == "甲,乙\r\n'=1,\r\n1.5,2\r\n"


def test_a_table_has_filters_headings_that_stay_and_columns_as_wide_as_their_texts():
    """Also of the table that is made at once: one writer, and what people see of it as before."""
    rows = [("淳安县", 94.8), ("临安", None)]
    sheet = opened(table_response("xlsx", "t", ("县（市）", "值"), rows, ["说明"]).content)["t"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:B3")
    assert [sheet.column_dimensions[letter].width for letter in "AB"] == [10, 8]
    head = sheet["A1"]
    assert (head.font.bold, head.fill.fgColor.rgb, head.alignment.wrap_text) == (True, "FF12395B", True)


def test_tables_have_one_writer():
    """openpyxl writes what people fill in and the report's charts, and no plain table."""
    root = Path(__file__).parents[2]
    rooms = [path for room in LINE for path in (root / room).rglob("*.py")]
    found = {str(path.relative_to(root)) for path in rooms if "import Workbook\n" in path.read_text(encoding="utf-8")}
    assert found == {"indicators/importing/workbook.py", "reporting/workbooks/layout.py", "reports/workbook.py"}
