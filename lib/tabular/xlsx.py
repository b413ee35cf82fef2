"""The sheets of an .xlsx, read as a stream and within bounds; `lib.tabular.reading` is the way in.

What a cell shows, its stored number and its format say together (`lib.tabular.number_formats`)."""

import re
from decimal import Decimal
from typing import NamedTuple

from openpyxl.utils.cell import column_index_from_string, range_boundaries

from lib.tabular.cells import MEGABYTE, Cell, Collector, MergedRange, Sheet, Spreadsheet, SpreadsheetError, visible
from lib.tabular.escapes import unescaped
from lib.tabular.number_formats import GENERAL, format_code, plain, show
from lib.tabular.packages import BROKEN, Enough, WorkbookPackage
from lib.tabular.rich_text import ELEMENTS, RichText
from lib.tabular.serial_dates import serial_of

EMPTY_RUN = 5_000
LAST_COLUMN = 16_384
ISO_DATE = "yyyy-mm-dd"
MAX_SHEETS = 500
MAX_STYLES = 100_000
MAX_STRINGS = 300_000
MAX_KNOWN = 20_000
MAX_STRING_BYTES = 30 * MEGABYTE
NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
LETTERS = re.compile(r"[A-Za-z]{1,3}")
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
            shared.extend([strings, _styles(package, package.beside(about.workbook, "styles", "styles.xml"))])
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


class _Texts:
    """The workbook's shared texts as they are seen, and which of them are struck through, in whole or in part."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.struck: set[int] = set()

    def cell(self, place: str, is_formula: bool) -> Cell:
        at = _whole(place)
        if not place.isdigit() or at >= len(self.texts):
            return Cell("", "text", is_formula)
        return Cell(self.texts[at], "struck" if at in self.struck else "text", is_formula)


def _strings(package: WorkbookPackage, part: str) -> _Texts:
    if not part:
        return _Texts()
    if package.size(part) > MAX_STRING_BYTES:
        raise SpreadsheetError("工作簿里的文字超过 30 MB；请把要导入的内容复制到新的工作簿再上传")
    reader = _StringsReader()
    package.parse(part, reader.start, reader.end, reader.text)
    return reader.found


class _StringsReader(RichText):
    def __init__(self) -> None:
        super().__init__()
        self.found = _Texts()

    def end(self, name: str) -> None:
        super().end(name)
        if name == "si":
            texts = self.found.texts
            if len(texts) >= MAX_STRINGS:
                raise SpreadsheetError(f"工作簿里不同的文字超过 {MAX_STRINGS:,} 条；请分成几个文件导入")
            # Here, once: a copy of it for each cell would be a bomb.
            text, is_struck = self.take()
            if is_struck:
                self.found.struck.add(len(texts))
            texts.append(visible(unescaped(text)))


class _Style(NamedTuple):
    """Of a cell: the code of its number format, and whether its font strikes through what stands there."""

    code: str = GENERAL
    is_struck: bool = False


class _StylesReader:
    """The styles of cells, in order; what else a styles part holds comes after them."""

    def __init__(self) -> None:
        self.own: dict[int, str] = {}
        self.struck_fonts: list[bool] = []
        self.styles: list[_Style] = []
        self.inside = ""

    def start(self, name: str, given: dict) -> None:
        if name in ("fonts", "cellXfs"):
            self.inside = name
        elif name == "numFmt":
            self.own[_whole(given.get("numFmtId"))] = given.get("formatCode", "")
        elif self.inside == "fonts" and name == "font" and len(self.struck_fonts) < MAX_STYLES:
            self.struck_fonts.append(False)
        elif self.inside == "fonts" and name == "strike" and self.struck_fonts:
            self.struck_fonts[-1] = given.get("val", "1") not in ("0", "false")
        elif name == "xf" and self.inside == "cellXfs" and len(self.styles) < MAX_STYLES:
            font = _whole(given.get("fontId"))
            is_struck = font < len(self.struck_fonts) and self.struck_fonts[font]
            self.styles.append(_Style(format_code(_whole(given.get("numFmtId", "0")), self.own), is_struck))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            raise Enough
        if name == "fonts":
            self.inside = ""


def _styles(package: WorkbookPackage, part: str) -> list[_Style]:
    reader = _StylesReader()
    if part:
        package.parse(part, reader.start, reader.end)
    return reader.styles


class _SheetReader:
    """Handlers of one sheet's XML. Reading stops after a long run of rows with nothing in them."""

    def __init__(self, texts: _Texts, styles: list[_Style], *, is_1904: bool):
        self.texts, self.styles, self.is_1904 = texts, styles, is_1904
        self.table = Collector()
        self.row = self.column = self.last_filled = self.values = 0
        self.stopped_at = 0
        self.cells: dict[int, Cell] = {}
        self.cell: dict = {}
        self.pieces: list[str] = []  # of the value
        self.rich = RichText()  # of a text in its cell
        self.is_formula = self.in_value = self.is_hidden = False
        self.hidden_rows: list[int] = []
        self.hidden_columns: list[int] = []
        self.shows_zeros = True
        self.numbers: dict[tuple[str, str], Cell] = {}

    def start(self, name: str, given: dict) -> None:
        if name == "row":
            self.row = _whole(given.get("r")) or self.row + 1
            self.column, self.cells = 0, {}
            self.is_hidden = _is_true(given.get("hidden")) or given.get("ht") == "0"
        elif name == "c":
            self.column = _column(given.get("r")) or self.column + 1
            self.cell, self.is_formula = given, False
            self.pieces.clear()
            self.rich.take()
        elif name == "f":
            self.is_formula = True
        elif name in ("v", "is"):
            self.values += 1
            self.in_value = name == "v"
        elif name in ELEMENTS:
            self.rich.start(name, given)
        elif name == "col" and (_is_true(given.get("hidden")) or given.get("width") == "0"):
            first, last = _whole(given.get("min")), _whole(given.get("max"))
            self.hidden_columns += range(first, min(last, LAST_COLUMN) + 1)[:200]
        elif name == "sheetView" and given.get("showZeros") in ("0", "false"):
            self.shows_zeros = False

    def text(self, text: str) -> None:
        if self.in_value:
            self.pieces.append(text)
        else:
            self.rich.text(text)

    def end(self, name: str) -> None:
        if name == "v":
            self.in_value = False
        elif name in ELEMENTS:
            self.rich.end(name)
        elif name == "c" and (self.pieces or self.rich.pieces or self.is_formula):
            if self.column > LAST_COLUMN:
                raise SpreadsheetError(BROKEN)
            style = self._style()
            cell = self._cell(style.code)
            self.cells[self.column] = cell._replace(kind="struck") if style.is_struck else cell
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

    def _cell(self, code: str) -> Cell:
        kind = self.cell.get("t", "n")
        if kind == "inlineStr":
            text, is_struck = self.rich.take()
            return Cell(visible(unescaped(text)), "struck" if is_struck else "text", self.is_formula)
        text = "".join(self.pieces).strip()
        if kind == "s":
            return self.texts.cell(text, self.is_formula)
        if kind == "str":
            return Cell(visible(unescaped(text)), "text", self.is_formula)
        if not text:
            return Cell("", "uncalculated" if self.is_formula else "text", self.is_formula)
        if kind in ("b", "e"):
            words = {"0": "FALSE", "1": "TRUE"}.get(text, text) if kind == "b" else text
            return Cell(words, {"b": "bool", "e": "error"}[kind], self.is_formula)
        if kind == "d":
            return self._moment(text, code)
        if self.is_formula:
            return self._number(text, code)
        known = self.numbers.get((text, code))  # tables say the same years, days and codes on every line
        if known is None:
            known = self._number(text, code)
            if len(self.numbers) < MAX_KNOWN:
                self.numbers[text, code] = known
        return known

    def _style(self) -> _Style:
        at = _whole(self.cell.get("s"))
        return self.styles[at] if at < len(self.styles) else _Style()

    def _moment(self, text: str, code: str) -> Cell:
        """A date kept in ISO, not as a number of days."""
        serial = serial_of(text)
        if serial is None:
            return Cell(text, "error", self.is_formula)
        shown = show(serial, ISO_DATE if code == GENERAL else code)
        return Cell(shown.text, shown.kind, self.is_formula, shown.stored)

    def _number(self, text: str, code: str) -> Cell:
        if not NUMBER.fullmatch(text):
            return Cell(text, "error", self.is_formula)
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
    if not text or len(text) > 8:
        return 0
    return int(text) if text.isascii() and text.isdigit() else 0


def _is_true(text: str | None) -> bool:
    return text in ("1", "true", "on")


def _column(ref: str | None) -> int:
    letters = LETTERS.match(ref or "")
    return column_index_from_string(letters.group().upper()) if letters else 0


def _read_sheet(package: WorkbookPackage, about: _About, name: str, texts: _Texts, styles: list[_Style]) -> Sheet:
    part = about.sheets[name]
    reader = _SheetReader(texts, styles, is_1904=about.is_1904)
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
    zeros, has_others = [], False
    for row in rows:
        for at, cell in enumerate(row.cells):
            if _is_formula_of_zero(cell):
                zeros.append((row, at))
            elif cell.is_formula:
                has_others = True
    was_calculated = about.was_calculated or has_others
    if about.is_to_be_calculated or not was_calculated:
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
