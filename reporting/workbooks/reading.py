"""An uploaded sheet: what it says, what saving it would change, and every fault with row, column and cause.

Each row is compared with what is saved and with what stood there when the workbook was filled, so that only what its
typist changed is taken: a row that others saved meanwhile is theirs, unless the typist changed it too. No database."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from indicators.definitions.context_parts import completed, contradicted
from indicators.terms.parts import RatioParts, agree
from indicators.terms.reached_days import day_refusal, typed_day
from lib.numbers import plain
from lib.tabular.cells import (
    EMPTY,
    UNREADABLE,
    Cell,
    Row,
    Sheet,
    Spreadsheet,
    SpreadsheetError,
    cell_name,
    hidden_notes,
    parse_number,
    rounded_note,
    words_of_kind,
)
from lib.tabular.reading import read_spreadsheet
from lib.tabular.value_cells import parse_value
from reporting.workbooks.layout import (
    ABOUT_SHEET,
    AT,
    COLUMNS,
    DAY_COLUMN,
    MARKER,
    PART_COLUMNS,
    SHEET,
    TITLES,
    Marker,
    SheetRow,
    read_marker,
    tidy,
    trace,
)
from reporting.workbooks.lines import Fault, SheetReading, TypedContent, UploadedLine

HEADER_WITHIN = 10
INPUTS = ("value", *PART_COLUMNS, DAY_COLUMN, "explanation")
LOCKED_TEXTS = ("name", "unit")
NO_VALUE = {"无", "暂无", "没有", "缺", "空", "-", "--", "/", "\\", "—", "——", "–", "－", "N/A", "NA"}
FRESH = "请在填报页重新下载本表，把数填进去再上传"


def read_upload(
    content: bytes,
    name: str,
    *,
    area: str,
    area_name: str,
    year: int,
    rows: Sequence[SheetRow],
    typed: Mapping[str, str] | None = None,
) -> SheetReading:
    """The `Reading` of a file, against the saved `rows`. SpreadsheetError where the file as a whole is no good."""
    book = read_spreadsheet(content, name, typed)
    marker = _marker(book)
    if (marker.area, marker.year) != (area, year):
        raise SpreadsheetError(
            f"这是{marker.area_name}{marker.year}年的报送表，不能传到{area_name}{year}年；请到那一张表的填报页上传"
        )
    if SHEET not in book.sheet_names:
        raise SpreadsheetError(f"找不到工作表“{SHEET}”，可能被改名或删除；请改回原名，或{FRESH}")
    sheet = _with_added_columns(book.sheet(SHEET), marker.lacks)
    reader = _Reader(SheetReading(marker, sheet), {row.code: row for row in rows})
    reader.note_other_sheets(book)
    reader.read()
    return reader.reading


def _marker(book: Spreadsheet) -> Marker:
    if book.kind == "csv":
        raise SpreadsheetError(f"csv 文件不带地区、年份和版本的标记，不能核对；{FRESH}")
    marker = None
    if MARKER in book.sheet_names:
        marker = read_marker(book.sheet(MARKER, may_be_hidden=True))
    if marker is None:
        raise SpreadsheetError(f"文件里没有本平台的标记，可能是另建的表，或把内容复制到了新工作簿；{FRESH}")
    return marker


def _with_added_columns(sheet: Sheet, lacks: Sequence[str]) -> Sheet:
    """A sheet that was downloaded before it had all columns, as one that has: those that it `lacks` are empty."""
    earlier = tuple(column.title for column in COLUMNS if column.name not in lacks)
    for row in sheet.rows:
        is_header = tuple(cell.text for cell in row.cells[: len(earlier)]) == earlier
        for name in lacks:
            at = AT[name] - 1
            if len(row.cells) > at:
                row.cells.insert(at, Cell(TITLES[at]) if is_header else EMPTY)
    return sheet


class _Reader:
    def __init__(self, reading: SheetReading, rows: dict[str, SheetRow]):
        self.reading, self.rows = reading, rows
        self.ignored = 0

    def fault(self, cause: str, row: int = 0, column: str = "", code: str = "") -> None:
        self.reading.faults.append(Fault(cause, row, column, code))

    def note_other_sheets(self, book: Spreadsheet) -> None:
        ours = {SHEET, MARKER, ABOUT_SHEET}
        others = [f"“{name}”" for name in book.sheet_names if name not in ours]
        if others:
            self.reading.notes.append(f"工作表{'、'.join(others)}不是本表的，没有读取。")

    def read(self) -> None:
        header = self._header()
        if header is None or not self._has_our_columns(header):
            return
        self.reading.header_row = header.number
        body = [row for row in self.reading.sheet.rows if row.number > header.number]
        self._refuse_merged(header.number)
        for row in body:
            self._read_row(row)
        self.reading.notes += [f"{note}。" for note in hidden_notes(self.reading.sheet, header.number + 1)]
        self._note_missing()
        if self.ignored:
            self.reading.notes.append(f"不由您填的 {self.ignored} 行没有改动，已略过。")

    # The header --------------------------------------------------------------------------------

    def _header(self) -> Row | None:
        for row in self.reading.sheet.rows[:HEADER_WITHIN]:
            if len({cell.text for cell in row.cells} & set(TITLES)) >= 3:
                return row
        self.fault(f"找不到表头（{'、'.join(TITLES)}）；{FRESH}")
        return None

    def _has_our_columns(self, header: Row) -> bool:
        found = [cell.text for cell in header.cells]
        for title in TITLES:
            if title not in found:
                self.fault(f"缺少这一列，可能被删除或改名；{FRESH}", header.number, title)
        for at, title in enumerate(found):
            place = cell_name(at + 1, header.number)
            if title and title not in TITLES:
                self.fault(f"{place} 是本表没有的列；请删去，或{FRESH}", header.number, title)
            elif title and title in found[:at]:
                self.fault(f"{place} 与前面的列重复；请删去，或{FRESH}", header.number, title)
        if not self.reading.faults and tuple(found) != TITLES:
            self.fault(f"列的次序被改动，应依次为{'、'.join(TITLES)}；{FRESH}", header.number)
        return not self.reading.faults

    def _refuse_merged(self, first: int) -> None:
        for merged in self.reading.sheet.merged:
            if merged.last_row >= first:
                self.fault(f"合并了单元格 {merged.ref}；请取消合并，每格各填各的", merged.first_row)

    # Rows ----------------------------------------------------------------------------------------

    def _read_row(self, row: Row) -> None:
        cells = {column.name: cell_at(row, AT[column.name]) for column in COLUMNS}
        beyond = []
        for at in range(len(COLUMNS) + 1, len(row.cells) + 1):
            if cell_at(row, at).text:
                beyond.append(cell_name(at, row.number))
        if beyond:
            self.reading.notes.append(f"{'、'.join(beyond)} 在表的列之外，没有读取。")
        known = self._known(row.number, cells)
        if known is None:
            return
        self.reading.places[known.code] = row.number
        content = self._content(row.number, cells, known)
        if content is not None:
            self._compare(row.number, content, known)

    def _known(self, number: int, cells: dict[str, Cell]) -> SheetRow | None:
        """The entry that the row is, where its locked cells say so; else a fault."""
        code = _plain(cells["code"].text)
        first = self.reading.places.get(code)
        if not code:
            if any(not cell.is_empty for name, cell in cells.items() if name != "remark"):
                self.fault("没有代码，不知道是哪个指标；代码列不能改，多余的行请清空", number, "代码")
            return None
        if code not in self.rows:
            self.fault(f"本表没有代码为“{code[:20]}”的指标；代码列不能改", number, "代码")
            return None
        if first:
            self.fault(f"代码 {code} 与第 {first} 行重复；每个指标只能有一行，请清空多出的一行", number, "代码")
            return None
        return self._with_locked_texts(number, cells, self.rows[code])

    def _with_locked_texts(self, number: int, cells: dict[str, Cell], row: SheetRow) -> SheetRow | None:
        for name in LOCKED_TEXTS:
            given, ours = cells[name].text, getattr(row, name)
            if _plain(given) != _plain(ours):
                self.reading.places[row.code] = number
                words = f"{row.code} 这一行应为“{ours}”，表中是“{given[:40]}”；锁定的列不能改，请核对数有没有填错行"
                self.fault(words, number, COLUMNS[AT[name] - 1].title, row.code)
                return None
        return row

    def _content(self, number: int, cells: dict[str, Cell], row: SheetRow) -> TypedContent | None:
        """What the row says; None where its number is none, with a fault (or, in a row of others, refused there)."""
        explanation = tidy(cells["explanation"].text)
        parts = self._parts(number, cells, row)
        if parts is None:
            return None
        if cells["explanation"].kind in UNREADABLE and not row.locked:
            self.fault(words_of_kind(cells["explanation"]), number, "说明", row.code)
            return None
        value = None
        if not cells["value"].is_empty:
            value = self._value(number, cells["value"], row, explanation)
            if value is None:
                return None
        try:
            day = self._day(cells[DAY_COLUMN], row, value)
        except SpreadsheetError as error:
            self.fault(_or_locked(row, str(error)), number, "达到日期", row.code)
            return None
        if "numerator" in self.reading.marker.lacks and value is not None and value == row.value:
            parts = row.parts
        return self._divided(number, TypedContent(value, explanation, parts, day), row)

    def _value(self, number: int, cell: Cell, row: SheetRow, explanation: str) -> Decimal | None:
        """The number of a cell that is not empty; None where it is none, with a fault."""
        try:
            value = self._number(number, cell, row, explanation)
        except SpreadsheetError as error:
            hint = "；没有数请留空，在“说明”里写明原因" if _plain(cell.text).upper() in NO_VALUE else ""
            self.fault(_or_locked(row, f"{error}{hint}"), number, "实际值", row.code)
            return None
        if cell.is_formula and not row.locked:
            place = cell_name(AT["value"], number)
            self.reading.notes.append(f"{place} 是公式，按文件里存的结果 {plain(value)} 读取。")
        return value

    def _day(self, cell: Cell, row: SheetRow, value: Decimal | None) -> date | None:
        """The day beside the stage; a sheet of before there was the column keeps that of the same stage."""
        if DAY_COLUMN in self.reading.marker.lacks:
            return row.reached_on if value is not None and value == row.value else None
        if cell.is_empty:
            return None
        day = typed_day(cell.text) if row.stages else date.min
        words = day_refusal(
            day, year=self.reading.marker.year, stages="/".join(row.stages), name=row.name, has_stage=value is not None
        )
        if words:
            raise SpreadsheetError(words)
        return day

    def _parts(self, number: int, cells: dict[str, Cell], row: SheetRow) -> RatioParts | None:
        """What the row says of its parts; None where one is no number, with a fault."""
        found: dict[str, Decimal | None] = {}
        for name in PART_COLUMNS:
            cell, title = cells[name], COLUMNS[AT[name] - 1].title
            if cell.is_empty:
                found[name] = None
                continue
            try:
                if row.terms is None and not row.locked:
                    raise SpreadsheetError("这个指标没有分子、分母，请清空")
                found[name] = parse_number(cell)
            except SpreadsheetError as error:
                self.fault(_or_locked(row, str(error)), number, title, row.code)
                return None
        return RatioParts(**found)

    def _divided(self, number: int, content: TypedContent, row: SheetRow) -> TypedContent | None:
        """The content with the value that follows from its parts: where these were typed anew or no value stands, the
        value follows; where a value was typed beside parts that it is not, a fault."""
        terms, parts = row.terms, content.parts
        if terms is None or row.locked:
            return content
        apart = contradicted(parts, row.given)
        if apart is not None:
            name, held = apart
            title = COLUMNS[AT[name] - 1].title
            self.fault(f"{title}取自背景数据，是 {plain(held)}，请清空这一格", number, title, row.code)
            return None
        parts = completed(parts, row.given)
        if not parts.are_both:
            return content
        computed = terms.value(parts)
        if computed is None:
            self.fault(f"“{terms.denominator}”应大于 0", number, "分母", row.code)
            return None
        typed = content.value
        is_as_before = typed is None or typed == row.value  # the parts may be new, and the value follows them
        if typed is not None and not is_as_before and not agree(typed, computed, terms.decimals):
            said = f"数值 {plain(typed)} 与分子、分母算出的 {plain(computed)} 不一致"
            self.fault(f"{said}；请改正分子、分母，或清空它们、只填数值", number, "实际值", row.code)
            return None
        return replace(content, value=computed, parts=parts)

    def _number(self, number: int, cell: Cell, row: SheetRow, explanation: str) -> Decimal:
        """The number as it is shown; the stored one where that is what was saved or filled in: then a format has
        rounded it, and nobody has typed another."""
        value = parse_value(cell, unit=row.unit, stages=row.stages)
        if row.stages or not cell.stored or cell.kind != "number":
            return value
        stored = Decimal(cell.stored)
        _version, seen = self.reading.marker.seen.get(row.code, (-1, ""))
        if stored == row.value or trace(stored, explanation, row.parts) == seen:
            return stored
        self.reading.notes.append(f"{rounded_note([(cell_name(AT['value'], number), cell)])}。")
        return value

    def _compare(self, number: int, content: TypedContent, row: SheetRow) -> None:
        version, seen = self.reading.marker.seen.get(row.code, (-1, ""))
        is_same = content == TypedContent(row.value, tidy(row.explanation), row.parts, row.reached_on)
        said = trace(content.value, content.explanation, content.parts, content.reached_on)
        is_untouched = said == seen
        if row.locked:
            self._compare_locked(number, content, row, is_same or is_untouched)
        elif is_same or (is_untouched and version == row.version):
            self.reading.lines.append(UploadedLine(row, number, content, "same"))
        elif is_untouched:
            words = f"第 {number} 行（{row.name}）您没有改，而{_who(row)}已存为 {_said(row)}；保留现在的值。"
            self.reading.notes.append(words)
            self.reading.kept.add(row.code)
        elif version != row.version:
            cause = f"您下载之后，{_who(row)}已存为 {_said(row)}；您表中是 {_said(content)}。请商定用哪一个"
            self.fault(cause, number, _differing(content, row), row.code)
        else:
            self.reading.lines.append(UploadedLine(row, number, content, "changed" if row.version else "new"))

    def _compare_locked(self, number: int, content: TypedContent, row: SheetRow, is_left_alone: bool) -> None:
        if is_left_alone:
            self.ignored += 1
            self.reading.kept.add(row.code)
            return
        cause = f"{row.locked}，您不能改（现为 {_said(row)}，表中是 {_said(content)}）；请恢复原来的内容"
        self.fault(cause, number, _differing(content, row), row.code)

    def _note_missing(self) -> None:
        missing = [row for code, row in self.rows.items() if code not in self.reading.places]
        for row in missing:
            if not row.locked:
                words = f"缺少 {row.code}（{row.name}）这一行，可能被删除；不填数也请保留该行"
                self.fault(words, code=row.code)
        others = [row.code for row in missing if row.locked]
        if others:
            self.reading.notes.append(f"表中没有 {'、'.join(others)}，这些不由您填，不受影响。")


def cell_at(row: Row, at: int) -> Cell:
    return row.cells[at - 1] if at <= len(row.cells) else EMPTY


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _or_locked(row: SheetRow, cause: str) -> str:
    return f"{row.locked}，您不能改；请恢复原来的内容" if row.locked else cause


def _who(row: SheetRow) -> str:
    return row.saved_by or "别人"


def _said(content: TypedContent | SheetRow) -> str:
    """Value and explanation in words, whosever they are."""
    value = "空" if content.value is None else plain(content.value)
    if not content.parts.is_empty:
        value = f"{value}（{plain(content.parts.numerator)} ÷ {plain(content.parts.denominator)}）"
    if content.reached_on is not None:
        value = f"{value}（{content.reached_on} 达到）"
    explanation = tidy(content.explanation)
    if not explanation:
        return value
    return f"{value}（说明：{explanation[:40]}{'…' if len(explanation) > 40 else ''}）"


def _differing(content: TypedContent, row: SheetRow) -> str:
    if content.value != row.value:
        return "实际值"
    if content.reached_on != row.reached_on:
        return "达到日期"
    return "分子" if content.parts != row.parts else "说明"


# The uploaded sheet with its faults ---------------------------------------------------------------
