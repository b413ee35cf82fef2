"""Workbooks as other programs make them: by openpyxl, by XlsxWriter, and part by part."""

import io
import zipfile
from collections.abc import Callable, Sequence
from xml.sax.saxutils import escape

import xlsxwriter
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
OBSERVED = ("区划代码", "地区", "指标代码", "指标", "单位", "年份", "数值", "说明")


def by_openpyxl(
    rows: Sequence[Sequence], formats: dict[str, str] | None = None, change: Callable | None = None
) -> bytes:
    """A workbook with one sheet of these rows; formats: {cell: number format}."""
    book = Workbook()
    sheet = book.active
    sheet.title = "官方数值"
    for row in rows:
        sheet.append(list(row))
    for place, code in (formats or {}).items():
        sheet[place].number_format = code
    if change:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def by_xlsxwriter(rows: Sequence[Sequence], formats: dict[str, str] | None = None, **options) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, **options})
    sheet = book.add_worksheet("官方数值")
    made = {place: book.add_format({"num_format": code}) for place, code in (formats or {}).items()}
    for number, row in enumerate(rows):
        for at, value in enumerate(row):
            own = made.get(f"{get_column_letter(at + 1)}{number + 1}")
            if value is not None:
                sheet.write(number, at, value, *([own] if own else []))
    book.close()
    return out.getvalue()


def cell_xml(place: str, value, style: int = 0) -> str:
    """One cell of a sheet: a number, or a text in its place."""
    if isinstance(value, (int, float)):
        return f'<c r="{place}" s="{style}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'


def sheet_xml(rows: Sequence[Sequence], extra: str = "", before: str = "", namespace: str = MAIN) -> str:
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = [
            value if isinstance(value, Raw) else cell_xml(f"{get_column_letter(at)}{number}", value)
            for at, value in enumerate(row, start=1)
            if value is not None
        ]
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    return f'<worksheet xmlns="{namespace}">{before}<sheetData>{"".join(lines)}</sheetData>{extra}</worksheet>'


class Raw(str):
    """XML that stands in a row as it is."""


def package(sheet: str, **parts: str | None) -> bytes:
    """A package of the fewest parts; `parts` by keyword replace or add some: name with __ for / and _dot_ for a dot.
    None leaves a part out."""
    whole = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="官方数值" sheetId="1" '
        'r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" '
        f'Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
    }
    whole.update({name.replace("__", "/").replace("_dot_", "."): text for name, text in parts.items()})
    return zipped(whole)


def zipped(parts: dict[str, str | bytes | None]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            if data is not None:
                archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def renamed(content: bytes, names: dict[str, str], replace: dict[str, tuple[bytes, bytes]] | None = None) -> bytes:
    """The package with parts under other names, and words of some of its parts replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            for part, (before, after) in (replace or {}).items():
                data = data.replace(before, after) if part in name else data
            info = zipfile.ZipInfo("x")
            info.filename = names.get(name, name)  # the constructor would turn backslashes round
            new.writestr(info, data)
    return out.getvalue()
