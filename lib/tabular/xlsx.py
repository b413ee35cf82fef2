"""The sheets of an .xlsx, read as a stream and within bounds; `lib.tabular.reading` is the way in.

What a cell shows, its stored number and its format say together (`lib.tabular.number_formats`)."""

import re
from decimal import Decimal

from openpyxl.utils.cell import column_index_from_string, range_boundaries

from lib.tabular.cells import MEGABYTE, Cell, Collector, MergedRange, Sheet, Spreadsheet, SpreadsheetError, visible
from lib.tabular.escapes import unescaped
from lib.tabular.number_formats import GENERAL, format_code, plain, show
from lib.tabular.packages import BROKEN, Enough, WorkbookPackage
from lib.tabular.serial_dates import serial_of

EMPTY_RUN = 5_000
LAST_COLUMN = 16_384
ISO_DATE = "yyyy-mm-dd"
MAX_SHEETS = 500
MAX_STYLES = 100_000
MAX_STRINGS = 300_000
MAX_STRING_BYTES = 30 * MEGABYTE
WORKS_OUT = ("libreoffice", "wps", "kingsoft")  # programs that save what they have worked out


def open_workbook(content: bytes) -> Spreadsheet:
    """The list of sheets; each is read when asked for. SpreadsheetError says why not."""
    package = WorkbookPackage(content)
    about = _About(package)
    book = Spreadsheet("xlsx", list(about.sheets), hidden_names=about.hidden)
    shared: list = []

    def load(name: str) -> Sheet:
        if not shared:
            strings = _strings(package, package.beside(about.workbook, "sharedstrings", "sharedStrings.xml"))
            shared.extend([strings, _formats(package, package.beside(about.workbook, "styles", "styles.xml"))])
        return _read_sheet(package, about, name, *shared)

    book.load = load
    return book


class _About:
    """What the workbook's own part says: its sheets and their parts, hidden ones, how it counts days, and whether
    a program has worked out its formulas."""

    def __init__(self, package: WorkbookPackage):
        self.workbook = package.workbook()
        self.hidden: list[str] = []
        self.is_1904 = self.is_to_be_calculated = False
        self.found: list[tuple[str, str]] = []
        package.parse(self.workbook, self._start)
        if len(self.found) > MAX_SHEETS:
            raise SpreadsheetError(f"工作簿里有 {len(self.found):,} 张工作表；请把要导入的内容复制到新的工作簿再上传")
        if len({name.lower() for name, _key in self.found}) < len(self.found):
            raise SpreadsheetError(BROKEN)
        self.sheets = self._parts(package)
        related = {kind for kind, _part in package.related(self.workbook).values()}
        self.was_calculated = "calcchain" in related or _program(package).startswith(WORKS_OUT)

    def _start(self, element: str, given: dict) -> None:
        if element == "sheet":
            relation = next((v for k, v in given.items() if k.rpartition(":")[2] == "id"), "")
            name = unescaped(given.get("name", ""))
            self.found.append((name, relation))
            if given.get("state", "visible") != "visible":
                self.hidden.append(name)
        elif element == "workbookPr":
            self.is_1904 = _is_true(given.get("date1904"))
        elif element == "calcPr":
            self.is_to_be_calculated = _is_true(given.get("fullCalcOnLoad"))

    def _parts(self, package: WorkbookPackage) -> dict[str, str]:
        """{sheet: part}, by relationship; where the workbook has none, by their usual names in order."""
        related = package.related(self.workbook)
        sheets = {key: part for key, (kind, part) in related.items() if kind == "worksheet"}
        if related:
            return {name: sheets[key] for name, key in self.found if key in sheets}
        folder = self.workbook.rpartition("/")[0]
        usual = [(name, f"{folder}/worksheets/sheet{at}.xml") for at, (name, _key) in enumerate(self.found, start=1)]
        return {name: part for name, part in usual if package.has(part)}


def _program(package: WorkbookPackage) -> str:
    """Which program saved the file, in small letters; "" where it does not say."""
    pieces: list[str] = []
    inside: list[str] = []
    part = next((part for kind, part in package.related("").values() if kind == "extended-properties"), "")
    if part and package.has(part) and package.size(part) < MEGABYTE:
        package.parse(
            part,
            lambda element, _given: inside.append(element),
            text=lambda text: pieces.append(text) if inside[-1:] == ["Application"] else None,
        )
    return "".join(pieces).strip().lower()


def _strings(package: WorkbookPackage, part: str) -> list[str]:
    """The workbook's shared texts; ruby (phonetic) runs are no part of them."""
    if not part:
        return []
    if package.size(part) > MAX_STRING_BYTES:
        raise SpreadsheetError("工作簿里的文字超过 30 MB；请把要导入的内容复制到新的工作簿再上传")
    reader = _StringsReader()
    package.parse(part, reader.start, reader.end, reader.text)
    return reader.strings


class _StringsReader:
    def __init__(self):
        self.strings: list[str] = []
        self.pieces: list[str] = []
        self.in_text = self.in_ruby = False

    def start(self, name: str, _) -> None:
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
            # Here, once: a copy of it for each cell would be a bomb.
            self.strings.append(visible(unescaped("".join(self.pieces))))
        elif name == "rPh":
            self.in_ruby = False
        elif name == "t":
            self.in_text = False


def _formats(package: WorkbookPackage, part: str) -> list[str]:
    """For each cell style the code of its number format."""
    if not part:
        return []
    own: dict[int, str] = {}
    styles: list[str] = []
    state = {"in_cells": False}

    def start(name: str, given: dict) -> None:
        if name == "numFmt":
            own[_whole(given.get("numFmtId"))] = given.get("formatCode", "")
        elif name == "cellXfs":
            state["in_cells"] = True
        elif name == "xf" and state["in_cells"] and len(styles) < MAX_STYLES:
            styles.append(format_code(_whole(given.get("numFmtId", "0")), own))

    def end(name: str) -> None:
        if name == "cellXfs":
            raise Enough

    package.parse(part, start, end)
    return styles


class _SheetReader:
    """Handlers of one sheet's XML. Reading stops after a long run of rows with nothing in them."""

    def __init__(self, strings: list[str], formats: list[str], *, is_1904: bool):
        self.strings, self.formats, self.is_1904 = strings, formats, is_1904
        self.table = Collector()
        self.row = self.column = self.last_filled = self.values = 0
        self.stopped_at = 0
        self.cells: dict[int, Cell] = {}
        self.cell: dict = {}
        self.pieces: dict[str, list[str]] = {"v": [], "t": []}
        self.is_formula = self.in_ruby = self.is_hidden = False
        self.place = ""  # which of the pieces the text belongs to
        self.hidden_rows: list[int] = []
        self.hidden_columns: list[int] = []
        self.shows_zeros = True

    def start(self, name: str, given: dict) -> None:
        if name == "row":
            self.row = _whole(given.get("r")) or self.row + 1
            self.column, self.cells = 0, {}
            self.is_hidden = _is_true(given.get("hidden")) or given.get("ht") == "0"
        elif name == "c":
            self.column = _column(given.get("r")) or self.column + 1
            self.cell, self.is_formula = given, False
            self.pieces["v"].clear()
            self.pieces["t"].clear()
        elif name == "f":
            self.is_formula = True
        elif name == "rPh":
            self.in_ruby = True
        elif name in ("v", "is"):
            self.values += 1
            self.place = "v" if name == "v" else ""
        elif name == "t":
            self.place = "" if self.in_ruby else "t"
        elif name == "col" and (_is_true(given.get("hidden")) or given.get("width") == "0"):
            first, last = _whole(given.get("min")), _whole(given.get("max"))
            self.hidden_columns += range(first, min(last, LAST_COLUMN) + 1)[:200]
        elif name == "sheetView" and given.get("showZeros") in ("0", "false"):
            self.shows_zeros = False

    def text(self, text: str) -> None:
        if self.place:
            self.pieces[self.place].append(text)

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self.place = ""
        elif name == "rPh":
            self.in_ruby = False
        elif name == "c" and (self.pieces["v"] or self.pieces["t"] or self.is_formula):
            if self.column > LAST_COLUMN:
                raise SpreadsheetError(BROKEN)
            self.cells[self.column] = self._cell()
        elif name == "row":
            self._end_row()
        elif name == "sheetData":
            raise Enough

    def _end_row(self) -> None:
        before = len(self.table.rows)
        self.table.add(self.row, self.cells)
        if len(self.table.rows) > before:
            self.last_filled = self.row
            if self.is_hidden:
                self.hidden_rows.append(self.row)
        elif self.row - self.last_filled > EMPTY_RUN:
            self.stopped_at = self.row
            raise Enough

    def _cell(self) -> Cell:
        kind = self.cell.get("t", "n")
        if kind == "inlineStr":
            return Cell(visible(unescaped("".join(self.pieces["t"]))), "text", self.is_formula)
        text = "".join(self.pieces["v"]).strip()
        if kind == "s":
            at = _whole(text)
            return Cell(self.strings[at] if text.isdigit() and at < len(self.strings) else "", "text", self.is_formula)
        if kind == "str":
            return Cell(visible(unescaped(text)), "text", self.is_formula)
        if not text:
            return Cell("", "uncalculated" if self.is_formula else "text", self.is_formula)
        if kind in ("b", "e"):
            words = {"0": "FALSE", "1": "TRUE"}.get(text, text) if kind == "b" else text
            return Cell(words, {"b": "bool", "e": "error"}[kind], self.is_formula)
        style = _whole(self.cell.get("s"))
        code = self.formats[style] if style < len(self.formats) else GENERAL
        return self._moment(text, code) if kind == "d" else self._number(text, code)

    def _moment(self, text: str, code: str) -> Cell:
        """A date kept in ISO, not as a number of days."""
        serial = serial_of(text)
        if serial is None:
            return Cell(text, "error", self.is_formula)
        shown = show(serial, ISO_DATE if code == GENERAL else code)
        return Cell(shown.text, shown.kind, self.is_formula, shown.stored)

    def _number(self, text: str, code: str) -> Cell:
        try:
            number = Decimal(f"{float(text):.15g}")  # the digits that Excel itself keeps
            if not number and not self.shows_zeros:
                return Cell("", "unseen", self.is_formula, "0")
            if code == GENERAL:
                return Cell(plain(number), "number", self.is_formula)
            shown = show(number, code, is_1904=self.is_1904)
        except (ValueError, ArithmeticError):
            return Cell(text, "error", self.is_formula)
        return Cell(shown.text, shown.kind, self.is_formula, shown.stored)


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 0


def _is_true(text: str | None) -> bool:
    return text in ("1", "true", "on")


def _column(ref: str | None) -> int:
    letters = re.match(r"[A-Za-z]{1,3}", ref or "")
    return column_index_from_string(letters.group().upper()) if letters else 0


def _read_sheet(package: WorkbookPackage, about: _About, name: str, strings: list[str], formats: list[str]) -> Sheet:
    part = about.sheets[name]
    reader = _SheetReader(strings, formats, is_1904=about.is_1904)
    package.parse(part, reader.start, reader.end, reader.text)
    merged, values = _scan(package, part)
    if reader.stopped_at and values > reader.values:
        raise SpreadsheetError(
            f"工作表“{name}”第 {reader.last_filled} 行之后隔了 {EMPTY_RUN:,} 多个空行又有内容；请删去空行"
        )
    rows = reader.table.rows
    _mark_uncalculated(rows, about)
    return Sheet(name, rows, merged, reader.hidden_rows, reader.hidden_columns)


def _mark_uncalculated(rows: list, about: _About) -> None:
    """Libraries write a formula with 0 as its result, since they work out none. A 0 is taken for that where the file
    says that everything is still to be worked out, or where no formula of the sheet has another result and nothing
    tells of a program that works them out."""
    zeros = [(row, at) for row in rows for at, cell in enumerate(row.cells) if _is_formula_of_zero(cell)]
    others = any(cell.is_formula and not _is_formula_of_zero(cell) for row in rows for cell in row.cells)
    if about.is_to_be_calculated or not (others or about.was_calculated):
        for row, at in zeros:
            row.cells[at] = Cell("", "uncalculated", is_formula=True)


def _is_formula_of_zero(cell: Cell) -> bool:
    return cell.is_formula and cell.kind != "text" and (cell.stored or cell.text.rstrip("%")) == "0"


def _scan(package: WorkbookPackage, part: str) -> tuple[list[MergedRange], int]:
    """Merged ranges and the number of values, by plain search: fast also where the parser stopped early, and what
    stands there need not be XML. Every pattern ends at the next "<", or one of many tags left open would be searched
    through to the end for each of them."""
    merged: list[MergedRange] = []
    values, rest = 0, b""
    for chunk in package.chunks(part):
        if not values and not rest and b"\x00" in chunk[:100]:
            raise SpreadsheetError(BROKEN)  # UTF-16, which this search cannot see through and no program writes
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
