"""The writer of tables as workbooks: rows in, bytes out, nothing kept, so that a table of any length leaves while it
is written.

openpyxl writes a whole file before the first byte can leave, and takes seven times as long (docs/decisions.md). It
writes what people fill in (protected cells, lists to choose from) and the report's charts. Here a row is a line of
text; texts stand in their cells, dates and times are numbers with a format, what is absent is no cell."""

import io
import zipfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from openpyxl.utils import get_column_letter

from lib.days import SHANGHAI
from lib.tabular.cell_text import is_like_formula, plain_value
from lib.tabular.escapes import escaped

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

CHUNK_ROWS = 500
EPOCH = date(1899, 12, 30)
DAY, MOMENT, HEAD, QUOTED, QUOTED_HEAD, ZONED = range(1, 7)  # places in the list of styles
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts count="3"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/>'
    '<numFmt numFmtId="166" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss\\ &quot;+08:00&quot;"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/>'
    '<name val="Calibri"/></font><font><b/><color rgb="FFFFFFFF"/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FF12395B"/></patternFill></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="7"><xf/>'
    '<xf numFmtId="164" applyNumberFormat="1"/><xf numFmtId="165" applyNumberFormat="1"/>'
    '<xf fontId="1" fillId="2" applyFont="1" applyFill="1" applyAlignment="1">'
    '<alignment vertical="center" wrapText="1"/></xf><xf quotePrefix="1"/>'
    '<xf quotePrefix="1" fontId="1" fillId="2" applyFont="1" applyFill="1" applyAlignment="1">'
    '<alignment vertical="center" wrapText="1"/></xf><xf numFmtId="166" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
ESCAPED = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", **{chr(n): "" for n in range(32) if n not in {9, 10, 13}}}
)


@dataclass(frozen=True)
class TableSheet:
    """One sheet of a workbook of tables. `header` None: plain lines, no headings. `widths` of the columns in
    characters: one for each, or a single one for all."""

    name: str
    header: Sequence[str] | None
    rows: Iterable[Sequence]
    widths: Sequence[float] = (16,)


class _Pipe(io.RawIOBase):
    """What the archive is written to: it cannot be sought in, and gives away what it holds."""

    def __init__(self) -> None:
        self.held: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: "ReadableBuffer") -> int:
        piece = bytes(data)
        self.held.append(piece)
        return len(piece)

    def taken(self) -> bytes:
        held, self.held = b"".join(self.held), []
        return held


def workbook_chunks(sheets: Sequence[TableSheet]) -> Generator[bytes]:
    """The file, some hundred rows at a time."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        for name, text in _parts([sheet.name for sheet in sheets]):
            archive.writestr(name, DECLARATION + text)
        for number, sheet in enumerate(sheets, start=1):
            with archive.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True) as part:
                for text in _sheet(sheet):
                    part.write(text.encode())
                    yield pipe.taken()
    yield pipe.taken()


def _parts(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Everything in the archive but the sheets."""
    numbers = range(1, len(names) + 1)
    kinds = [("xl/workbook.xml", "sheet.main"), ("xl/styles.xml", "styles")]
    kinds += [(f"xl/worksheets/sheet{n}.xml", "worksheet") for n in numbers]
    told = "".join(f'<Override PartName="/{part}" ContentType="{KIND}.{kind}+xml"/>' for part, kind in kinds)
    rels = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    yield "[Content_Types].xml", f'<Types xmlns="{PACKAGE}/content-types">{rels}{told}</Types>'
    yield "_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")])
    sheets = [("worksheet", f"worksheets/sheet{n}.xml") for n in numbers]
    yield "xl/_rels/workbook.xml.rels", _relations([*sheets, ("styles", "styles.xml")])
    listed = "".join(
        f'<sheet name="{name[:31].translate(ESCAPED)}" sheetId="{n}" r:id="rId{n}"/>'
        for n, name in zip(numbers, names, strict=True)
    )
    yield "xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>'
    yield "xl/styles.xml", STYLES


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{rows}</Relationships>'


def _sheet(sheet: TableSheet) -> Iterator[str]:
    """The XML of one sheet, CHUNK_ROWS rows at a time: headings frozen and with filters, if it has any."""
    header = sheet.header or ()
    frozen = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' if header else ""
    lines = [
        f'<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">{frozen}</sheetView></sheetViews>',
        f"{_columns(sheet)}<sheetData>",
    ]
    if header:
        lines.append(f"<row>{''.join(_cell(text, HEAD) for text in header)}</row>")
    count = 0
    for row in sheet.rows:
        count += 1
        lines.append(f"<row>{''.join(map(_cell, row))}</row>")
        if count % CHUNK_ROWS == 0:
            yield "".join(lines)
            lines.clear()
    lines.append("</sheetData>")
    if header:
        lines.append(f'<autoFilter ref="A1:{get_column_letter(len(header))}{count + 1}"/>')
    lines.append("</worksheet>")
    yield "".join(lines)


def _columns(sheet: TableSheet) -> str:
    """The widths of the columns; a single one is that of all."""
    count = max(len(sheet.header or ()), 1)
    if len(sheet.widths) > 1:
        spans = [(place, place, width) for place, width in enumerate(sheet.widths, start=1)]
    else:
        spans = [(1, count, width) for width in sheet.widths]
    columns = [f'<col min="{first}" max="{last}" width="{width}" customWidth="1"/>' for first, last, width in spans]
    return f"<cols>{''.join(columns)}</cols>" if columns else ""


def _cell(value: Any, style: int = 0) -> str:
    """One cell; texts keep their spaces, and none is a formula, however it begins, nor becomes one by an edit."""
    is_zoned = isinstance(value, datetime) and value.tzinfo is not None
    value = plain_value(value.astimezone(SHANGHAI) if is_zoned else value)
    if isinstance(value, str):
        if is_like_formula(value):
            style = QUOTED_HEAD if style == HEAD else QUOTED
        styled = f' s="{style}"' if style else ""
        return f'<c t="inlineStr"{styled}><is><t xml:space="preserve">{escaped(value).translate(ESCAPED)}</t></is></c>'
    if isinstance(value, bool):
        return f'<c t="b"><v>{value:d}</v></c>'
    if value is None:
        return "<c/>"
    if isinstance(value, datetime):
        part = (value.hour * 3600 + value.minute * 60 + value.second) / 86_400
        return f'<c s="{ZONED if is_zoned else MOMENT}"><v>{(value.date() - EPOCH).days + part:.10f}</v></c>'
    if isinstance(value, date):
        return f'<c s="{DAY}"><v>{(value - EPOCH).days}</v></c>'
    if isinstance(value, int | float | Decimal):
        return f"<c><v>{value}</v></c>"
    return _cell(str(value))
