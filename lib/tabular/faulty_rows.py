"""The rows of a sent table that are refused, as a form to mend them in."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from openpyxl.utils import column_index_from_string, get_column_letter

from lib.tabular.cells import EMPTY, Cell, Row
from lib.tabular.table_reading import Content, Problem
from lib.tabular.typed_cells import place_of

MOST_ROWS = 40  # that are shown to be mended at once; the rest comes after them, or goes back as a workbook
MOST_INPUTS = 600  # of a form
LEAST_SIZE, MOST_SIZE = 6, 24
AT = re.compile(r"([A-Z]{1,3})([1-9]\d*)(?: |$)")


@dataclass(frozen=True)
class SentRows:
    """The rows of one sheet as they came. `name` as problems call it, `source` as the file does ("" in a csv).
    `open_titles`: of the columns that are typed; None for all. A cell at fault is typed in any case."""

    name: str
    source: str
    header: list[str]
    rows: Mapping[int, Row]
    open_titles: frozenset[str] | None = None


@dataclass(frozen=True)
class FaultyCell:
    """`place` is the name of its field; `is_input` where it can be typed."""

    place: str
    title: str
    text: str
    is_input: bool
    is_faulty: bool

    @property
    def size(self) -> int:
        """Of its field, in figures: a Chinese character takes the room of two."""
        width = sum(2 if ord(letter) > 0x2E7F else 1 for letter in self.text)
        return min(max(width + 1, LEAST_SIZE), MOST_SIZE)

    @property
    def has_lines(self) -> bool:
        """A field of one line would join them, and make 12 of a 1 above a 2."""
        return "\n" in self.text


@dataclass(frozen=True)
class FaultyRow:
    """`drop` is the field that takes the row out."""

    number: int
    drop: str
    cells: list[FaultyCell]
    causes: list[str]


@dataclass
class FaultyTable:
    """`causes` concern the sheet as a whole; `left_out` rows are not shown."""

    name: str
    header: list[str]
    causes: list[str] = field(default_factory=list)
    rows: list[FaultyRow] = field(default_factory=list)
    left_out: int = 0


def sent_rows(content: Content) -> SentRows:
    """Of a table that was read: its records, and its header, which may be at fault too."""
    rows = {record.row.number: record.row for record in content.records}
    if content.header_row:
        rows[content.header_row] = Row(content.header_row, [Cell(title) for title in content.header])
    return SentRows(content.table.name, content.source, content.header, rows)


def faulty_tables(sheets: Iterable[SentRows], problems: Iterable[Problem]) -> list[FaultyTable]:
    """Every sheet with a problem; of a row at most as many cells open as a form can carry."""
    by_sheet: dict[str, list[Problem]] = {}
    for problem in problems:
        by_sheet.setdefault(problem.sheet, []).append(problem)
    known = {sheet.name: sheet for sheet in sheets}
    left = MOST_INPUTS
    tables = []
    for name, found in by_sheet.items():
        table, used = _table(known.get(name, SentRows(name, "", [], {})), found, left)
        left -= used
        tables.append(table)
    return tables


def _table(sheet: SentRows, problems: list[Problem], left: int) -> tuple[FaultyTable, int]:
    table, used = FaultyTable(sheet.name, sheet.header), 0
    by_row: dict[int, list[Problem]] = {}
    for problem in problems:
        if problem.row in sheet.rows:
            by_row.setdefault(problem.row or 0, []).append(problem)
        else:
            table.causes.append(_told(problem))
    for number, found in sorted(by_row.items()):
        row = _row(sheet, sheet.rows[number], found)
        inputs = sum(cell.is_input for cell in row.cells) + 1
        if len(table.rows) == MOST_ROWS or used + inputs > left:
            table.left_out += 1
            continue
        used += inputs
        table.rows.append(row)
    return table, used


def _row(sheet: SentRows, row: Row, problems: list[Problem]) -> FaultyRow:
    faulty = {found.group(1) for problem in problems if (found := AT.match(problem.column))}
    columns = max([len(sheet.header), len(row.cells), *map(column_index_from_string, faulty)])
    cells = []
    for at in range(1, columns + 1):
        letter, cell = get_column_letter(at), row.cells[at - 1] if at <= len(row.cells) else EMPTY
        title = sheet.header[at - 1] if at <= len(sheet.header) else ""
        is_faulty = letter in faulty
        is_open = bool(title) and (sheet.open_titles is None or title in sheet.open_titles)
        is_input = is_faulty or is_open  # the cause may as well lie in another cell of the row
        cells.append(FaultyCell(place_of(sheet.source, letter, row.number), title, cell.text, is_input, is_faulty))
    drop = place_of(sheet.source, "", row.number)
    return FaultyRow(row.number, drop, cells, [_told(problem) for problem in problems])


def _told(problem: Problem) -> str:
    return "：".join(filter(None, [problem.column, problem.words]))
