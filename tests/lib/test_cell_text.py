"""No text becomes a formula, in any workbook or csv of ours, neither when it is opened nor by an edit."""

import ast
import csv
import io
from pathlib import Path

import openpyxl
import pytest

from indicators.importing.workbook import STANDARDS, write_refused
from indicators.importing.workbook import write_workbook as write_tables
from lib.tabular.cell_text import csv_field
from lib.tabular.cells import Cell, Row
from lib.tabular.exports import streamed_response, table_response
from lib.tabular.reading import read_spreadsheet
from reporting.workbooks.layout import Marker, SheetRow
from reporting.workbooks.layout import write_workbook as write_sheet
from reports.workbook import _sheet

ROOT = Path(__file__).parents[2]
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # as OWASP names them, in either width
TEXTS = [f"{start}1+1|'x" for start in STARTS] + ['=HYPERLINK("http://x")', "=", "@", "县"]


def tables(kind: str) -> bytes:
    rows = [[text] for text in TEXTS]
    if kind == "a table":
        return table_response("xlsx", "t", [TEXTS[0]], rows, notes=[TEXTS[1]]).content
    if kind == "a long table":
        return b"".join(streamed_response("xlsx", "t", [TEXTS[0]], rows, notes=[TEXTS[1]]))
    if kind == "a sheet to fill in":
        filled = [SheetRow(f"P{n:02}", text, "%", text, explanation=text) for n, text in enumerate(TEXTS)]
        return write_sheet(TEXTS[0], Marker("330127", TEXTS[0], 2025, 0), filled)
    if kind == "official tables":
        return write_tables([(STANDARDS, [{"name": text, "note": text} for text in TEXTS])], about=TEXTS)
    if kind == "refused rows":
        return write_refused([("表", TEXTS[:1], [(Row(n, [Cell(text)]), text) for n, text in enumerate(TEXTS)])])
    book, out = openpyxl.Workbook(), io.BytesIO()
    _sheet(book, "报告", TEXTS[:1], rows, (9,))
    book.save(out)
    return out.getvalue()


KINDS = ("a table", "a long table", "a sheet to fill in", "official tables", "refused rows", "the report's data")


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_keeps_its_characters_its_kind_and_its_mark(kind):
    book = openpyxl.load_workbook(io.BytesIO(tables(kind)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    shown = {cell.value.replace("_x000D_", "").strip() for cell in cells}
    assert {text.strip() for text in TEXTS} <= shown
    assert [cell.value for cell in cells if cell.data_type != "s"] == []
    marked = {cell.value for cell in cells if cell.quotePrefix}
    assert marked == {cell.value for cell in cells if cell.value.startswith(STARTS)}


def test_what_leaves_comes_back_as_it_was():
    """The apostrophe before a text in a workbook came back with it."""
    sheet = read_spreadsheet(tables("a long table")).sheet("t")
    assert [row.cells[0].text for row in sheet.rows][-4:] == TEXTS[-4:]


@pytest.mark.parametrize("text", TEXTS[:-1])
def test_a_csv_has_an_apostrophe_also_in_its_header(text):
    assert csv_field(text) == f"'{text}"
    whole, streamed = table_response("csv", "t", [text], []), streamed_response("csv", "t", [text], [])
    for content in (whole.content, b"".join(streamed)):
        assert next(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))) == [f"'{text}"]


def writers() -> list[Path]:
    """Modules that write workbooks, but for the one that fills their cells."""
    rooms = [path for path in ROOT.glob("*/**/*.py") if path.parts[len(ROOT.parts)] not in {"tests", ".venv", "tools"}]
    return [path for path in rooms if "import Workbook" in path.read_text() and path.name != "cell_text.py"]


def fills_itself(node: ast.AST) -> bool:
    """Whether a line puts a value into a cell by itself."""
    if isinstance(node, ast.Assign):
        return any(isinstance(target, ast.Attribute) and target.attr == "value" for target in node.targets)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    if node.func.attr == "cell":
        return len(node.args) > 2 or any(keyword.arg == "value" for keyword in node.keywords)
    is_sheet = isinstance(node.func.value, ast.Name) and node.func.value.id in {"sheet", "about", "page"}
    return node.func.attr == "append" and is_sheet


def test_no_module_fills_a_cell_but_the_one():
    paths = writers()
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in paths
        for node in ast.walk(ast.parse(path.read_text()))
        if fills_itself(node)
    ]
    assert (found, len(paths)) == ([], 3)
