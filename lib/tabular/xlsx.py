"""The inside of an .xlsx, read as a stream and within bounds; `lib.tabular.reading` is the way in.

Python's zipfile never gives out more bytes of a part than the directory declares, so the sizes declared there,
checked before anything is unpacked, bound what is read. The sheets' XML goes through expat with no tree behind
it; a document type declaration, the means of entity attacks, is refused.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from itertools import count
from posixpath import join, normpath
from typing import NoReturn
from xml.parsers import expat

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.cell import column_index_from_string, range_boundaries

from lib.tabular.cells import (
    MAX_RATIO,
    MAX_UNPACKED,
    MEGABYTE,
    Cell,
    Collector,
    MergedRange,
    Sheet,
    Spreadsheet,
    SpreadsheetError,
    as_date,
    as_text,
)

CHUNK = 256 * 1024
EMPTY_RUN = 5_000
LAST_COLUMN = 16_384
MAX_PARTS = 2_000
MAX_SHEETS = 500
MAX_ELEMENTS = 4_000_000  # of one part: what 400,000 filled cells need, several times over
LONGEST_FORMAT = 255  # of a number, as in Excel
MAX_STRINGS = 300_000
MAX_STRING_BYTES = 30 * MEGABYTE
# No spreadsheet program packs otherwise, and unpacking LZMA takes as much memory as the file says.
PACKINGS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
BROKEN = "文件已损坏，打不开；请用 Excel 或 WPS 打开、另存为 .xlsx 后再上传"


class _Enough(Exception):
    """The rest of a part is not wanted."""


def open_workbook(content: bytes) -> Spreadsheet:
    """The list of sheets; each is read when asked for. SpreadsheetError says why not."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, NotImplementedError, struct.error, ValueError) as error:
        raise SpreadsheetError(BROKEN) from error
    _check_sizes(archive)
    workbook = _workbook_part(archive)
    sheets, hidden = _sheets(archive, workbook)
    book = Spreadsheet("xlsx", list(sheets), hidden_names=hidden)
    shared: list = []

    def load(name: str) -> Sheet:
        if not shared:
            folder = workbook.rpartition("/")[0]
            shared.extend([_strings(archive, f"{folder}/sharedStrings.xml"), _kinds(archive, f"{folder}/styles.xml")])
        return _read_sheet(archive, name, sheets[name], *shared)

    book.load = load
    return book


def _check_sizes(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    unpacked, packed = sum(p.file_size for p in parts), sum(p.compress_size for p in parts)
    if len(parts) > MAX_PARTS:
        raise SpreadsheetError(f"文件里有 {len(parts):,} 个部件，不像是正常的工作簿；请另存为新的 .xlsx")
    if any(part.flag_bits & 1 for part in parts):
        raise SpreadsheetError("这个压缩文件设了密码；请取消密码后再上传")
    if any(part.compress_type not in PACKINGS for part in parts):
        raise SpreadsheetError(BROKEN)
    if unpacked > MAX_UNPACKED:
        raise SpreadsheetError(
            f"文件解开后有 {unpacked / MEGABYTE:,.0f} MB，超过 100 MB 的上限；请把要导入的内容复制到新的工作簿再上传"
        )
    if unpacked > 10 * MEGABYTE and unpacked > MAX_RATIO * max(packed, 1):
        raise SpreadsheetError("文件的压缩比异常（可能是“压缩炸弹”），没有打开；请把要导入的内容复制到新的工作簿再上传")


def _workbook_part(archive: zipfile.ZipFile) -> str:
    names = set(archive.namelist())
    if "xl/workbook.xml" in names:
        return "xl/workbook.xml"
    for start, words in (
        ("word/", "这是 Word 文档，不是表格；请上传 .xlsx 或 .csv"),
        ("ppt/", "这是幻灯片，不是表格；请上传 .xlsx 或 .csv"),
        ("xl/workbook.bin", "这是 .xlsb 二进制工作簿，请另存为 .xlsx"),
        ("content.xml", "这是 OpenDocument 表格（.ods），请另存为 .xlsx"),
    ):
        if any(name.startswith(start) for name in names):
            raise SpreadsheetError(words)
    raise SpreadsheetError("这是压缩包，不是工作簿；请先解压，再上传其中的 .xlsx 或 .csv")


def _chunks(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    try:
        with archive.open(part) as stream:
            while chunk := stream.read(CHUNK):
                yield chunk
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, KeyError, ValueError) as error:
        raise SpreadsheetError(BROKEN) from error


def _parse(
    archive: zipfile.ZipFile,
    part: str,
    start: Callable[[str, dict], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Stream a part through expat; element names come without their namespace."""
    parser, elements = expat.ParserCreate(), count(1)

    def begin(name: str, given: dict) -> None:
        if next(elements) > MAX_ELEMENTS:
            raise SpreadsheetError("工作簿里的空单元格或格式过多，读不完；请把要导入的内容复制到新的工作簿再上传")
        start(name.rpartition(":")[2], given)

    parser.buffer_text = True
    parser.StartElementHandler = begin
    if end:
        parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        for chunk in _chunks(archive, part):
            parser.Parse(chunk)
        parser.Parse(b"", True)
    except _Enough:
        pass
    except expat.ExpatError as error:
        raise SpreadsheetError(BROKEN) from error


def _refuse_doctype(*_: object) -> NoReturn:
    raise SpreadsheetError("文件里有不该有的声明（DOCTYPE），没有打开；请把内容复制到新的工作簿再上传")


def _sheets(archive: zipfile.ZipFile, workbook: str) -> tuple[dict[str, str], list[str]]:
    """{sheet name: part} in the workbook's order, and the names of the hidden ones."""
    found: list[tuple[str, str]] = []
    hidden: list[str] = []
    targets: dict[str | None, str] = {}

    def sheet(name: str, given: dict[str, str]) -> None:
        if name == "sheet":
            relation = next((v for k, v in given.items() if k.rpartition(":")[2] == "id"), "")
            found.append((given.get("name", ""), relation))
            if given.get("state", "visible") != "visible":
                hidden.append(given.get("name", ""))

    def relation(name: str, given: dict[str, str]) -> None:
        if name == "Relationship" and given.get("Type", "").endswith("/worksheet"):
            target = given.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else normpath(join(folder, target))
            targets[given.get("Id")] = path

    folder, _, file = workbook.rpartition("/")
    _parse(archive, workbook, sheet)
    if len(found) > MAX_SHEETS:
        raise SpreadsheetError(f"工作簿里有 {len(found):,} 张工作表；请把要导入的内容复制到新的工作簿再上传")
    _parse(archive, f"{folder}/_rels/{file}.rels", relation)
    return {name: targets[key] for name, key in found if key in targets}, hidden


def _strings(archive: zipfile.ZipFile, part: str) -> list[str]:
    """The workbook's shared texts; ruby (phonetic) runs are no part of them."""
    if part not in archive.namelist():
        return []
    if archive.getinfo(part).file_size > MAX_STRING_BYTES:
        raise SpreadsheetError("工作簿里的文字超过 30 MB；请把要导入的内容复制到新的工作簿再上传")
    reader = _StringsReader()
    _parse(archive, part, reader.start, reader.end, reader.text)
    return reader.strings


class _StringsReader:
    def __init__(self) -> None:
        self.strings: list[str] = []
        self.pieces: list[str] = []
        self.in_text = self.in_ruby = False

    def start(self, name: str, _given: dict[str, str]) -> None:
        if name == "si":
            self.pieces.clear()
        elif name == "rPh":
            self.in_ruby = True
        elif name == "t":
            self.in_text = not self.in_ruby

    def text(self, text: str) -> None:
        if self.in_text:
            self.pieces.append(text)

    def end(self, name: str) -> None:
        if name == "si":
            if len(self.strings) >= MAX_STRINGS:
                raise SpreadsheetError(f"工作簿里不同的文字超过 {MAX_STRINGS:,} 条；请分成几个文件导入")
            self.strings.append("".join(self.pieces).strip())  # here, once: a cell for each copy would be a bomb
        elif name == "rPh":
            self.in_ruby = False
        elif name == "t":
            self.in_text = False


def _kinds(archive: zipfile.ZipFile, part: str) -> list[str]:
    """For each cell style: number, percent or date."""
    if part not in archive.namelist():
        return []
    formats: dict[str | None, str] = {}
    kinds: list[str] = []
    state = {"in_cells": False}

    def start(name: str, given: dict[str, str]) -> None:
        if name == "numFmt":
            formats[given.get("numFmtId")] = given.get("formatCode", "")
        elif name == "cellXfs":
            state["in_cells"] = True
        elif name == "xf" and state["in_cells"] and len(kinds) < 100_000:
            number = given.get("numFmtId", "0")
            builtin = BUILTIN_FORMATS.get(_whole(number), "General")
            kinds.append(_kind_of(formats.get(number, builtin)[:LONGEST_FORMAT]))

    def end(name: str) -> None:
        if name == "cellXfs":
            raise _Enough

    _parse(archive, part, start, end)
    return kinds


def _kind_of(code: str) -> str:
    bare = re.sub(r'"[^"]*"|\\.', "", code)
    if "%" in bare:
        return "percent"
    return "date" if is_date_format(code) else "number"


class _SheetReader:
    """Handlers of one sheet's XML. Reading stops after a long run of rows with nothing in them."""

    def __init__(self, strings: list[str], kinds: list[str]):
        self.strings, self.kinds = strings, kinds
        self.table = Collector()
        self.row = self.column = self.last_filled = self.values = 0
        self.stopped_at = 0
        self.cells: dict[int, Cell] = {}
        self.cell: dict = {}
        self.pieces: list[str] = []
        self.is_formula = self.in_value = self.in_ruby = False

    def start(self, name: str, given: dict) -> None:
        if name == "row":
            self.row = _whole(given.get("r")) or self.row + 1
            self.column, self.cells = 0, {}
        elif name == "c":
            self.column = _column(given.get("r")) or self.column + 1
            self.cell, self.is_formula = given, False
            self.pieces.clear()
        elif name == "f":
            self.is_formula = True
        elif name == "rPh":
            self.in_ruby = True
        elif name in ("v", "is"):
            self.values += 1
            self.in_value = name == "v"
        elif name == "t":
            self.in_value = not self.in_ruby

    def text(self, text: str) -> None:
        if self.in_value:
            self.pieces.append(text)

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self.in_value = False
        elif name == "rPh":
            self.in_ruby = False
        elif name == "c" and (self.pieces or self.is_formula):
            if self.column > LAST_COLUMN:
                raise SpreadsheetError(BROKEN)
            self.cells[self.column] = self._cell("".join(self.pieces).strip())
        elif name == "row":
            self._end_row()
        elif name == "sheetData":
            raise _Enough

    def _end_row(self) -> None:
        before = len(self.table.rows)
        self.table.add(self.row, self.cells)
        if len(self.table.rows) > before:
            self.last_filled = self.row
        elif self.row - self.last_filled > EMPTY_RUN:
            self.stopped_at = self.row
            raise _Enough

    def _cell(self, text: str) -> Cell:
        kind = self.cell.get("t", "n")
        if kind == "s":
            at = _whole(text)
            text = self.strings[at] if text.isdigit() and at < len(self.strings) else ""
        if kind in ("s", "str", "inlineStr"):
            return Cell(text, "text", self.is_formula)
        if not text:
            return Cell("", "uncalculated" if self.is_formula else "text", self.is_formula)
        if kind in ("b", "e", "d"):
            words = {"0": "FALSE", "1": "TRUE"}.get(text, text) if kind == "b" else text
            return Cell(words, {"b": "bool", "e": "error", "d": "date"}[kind], self.is_formula)
        return self._number(text)

    def _number(self, text: str) -> Cell:
        style = _whole(self.cell.get("s"))
        kind = self.kinds[style] if style < len(self.kinds) else "number"
        try:
            if kind == "date":
                return Cell(as_date(text), kind, self.is_formula)
            if kind == "percent":
                return Cell(as_text(f"{float(as_text(text)) * 100:.15g}") + "%", kind, self.is_formula)
            return Cell(as_text(text), kind, self.is_formula)
        except (ValueError, ArithmeticError):
            return Cell(text, "error", self.is_formula)


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 0


def _column(ref: str | None) -> int:
    letters = re.match(r"[A-Z]{1,3}", ref or "")
    return column_index_from_string(letters.group()) if letters else 0


def _read_sheet(archive: zipfile.ZipFile, name: str, part: str, strings: list[str], kinds: list[str]) -> Sheet:
    reader = _SheetReader(strings, kinds)
    _parse(archive, part, reader.start, reader.end, reader.text)
    merged, values = _scan(archive, part)
    if reader.stopped_at and values > reader.values:
        raise SpreadsheetError(
            f"工作表“{name}”第 {reader.last_filled} 行之后隔了 {EMPTY_RUN:,} 多个空行又有内容；请删去空行"
        )
    return Sheet(name, reader.table.rows, merged)


def _scan(archive: zipfile.ZipFile, part: str) -> tuple[list[MergedRange], int]:
    """Merged ranges and the number of values, by plain search: fast also where the parser stopped early, and what
    stands there need not be XML. Every pattern ends at the next "<", or one of many tags left open would be searched
    through to the end for each of them."""
    merged: list[MergedRange] = []
    values, rest = 0, b""
    for chunk in _chunks(archive, part):
        block = rest + chunk
        cut = block.rfind(b"<")
        block, rest = (block[:cut], block[cut:]) if cut > 0 else (block, b"")
        values += len(re.findall(rb"<(?:\w+:)?(?:v|is)[\s>]", block))
        _add_ranges(merged, block)
    _add_ranges(merged, rest)
    return merged, values


def _add_ranges(merged: list[MergedRange], block: bytes) -> None:
    for ref in re.findall(rb"""<(?:\w+:)?mergeCell\s[^<>]*?ref=["']([A-Z0-9:]{1,40})["']""", block):
        if len(merged) < 10_000:
            text = ref.decode()
            try:
                _, first, _, last = range_boundaries(text)
            except ValueError as error:
                raise SpreadsheetError(BROKEN) from error
            merged.append(MergedRange(text, first or 1, last or 2**20))
