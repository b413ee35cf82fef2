"""What was read from an uploaded sheet: its rows, and its faults with their places."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from indicators.terms.parts import NO_PARTS, RatioParts
from lib.tabular.cells import (
    Sheet,
    cell_name,
)
from lib.tabular.faulty_rows import SentRows
from lib.tabular.table_reading import Problem
from reporting.workbooks.layout import (
    COLUMNS,
    SHEET,
    TITLES,
    Marker,
    SheetRow,
)


@dataclass(frozen=True)
class Fault:
    """`column` is a title; row 0 stands for the sheet as a whole. `code` where the row is one of the sheet's."""

    cause: str
    row: int = 0
    column: str = ""
    code: str = ""

    @property
    def place(self) -> str:
        """第 5 行“实际值”（H5）"""
        if not self.row:
            return "整张表"
        if not self.column:
            return f"第 {self.row} 行"
        cell = f"（{cell_name(TITLES.index(self.column) + 1, self.row)}）" if self.column in TITLES else ""
        return f"第 {self.row} 行“{self.column}”{cell}"

    def __str__(self):
        return f"{self.place}：{self.cause}"

    @property
    def problem(self) -> Problem:
        """As other tables say it, with the cell before the title."""
        at = cell_name(TITLES.index(self.column) + 1, self.row) if self.row and self.column in TITLES else ""
        return Problem(SHEET, self.row or None, " ".join(filter(None, [at, self.column])), self.cause)


@dataclass(frozen=True)
class TypedContent:
    """What a row says."""

    value: Decimal | None
    explanation: str
    parts: RatioParts = NO_PARTS
    reached_on: date | None = None


@dataclass(frozen=True)
class UploadedLine:
    """One row of the user's own and what would become of it: new, changed or same."""

    row: SheetRow
    number: int
    content: TypedContent
    verdict: str


@dataclass
class SheetReading:
    """`places`: the row number of each code found. `kept`: codes whose saved content stays, whatever the file says."""

    marker: Marker
    sheet: Sheet
    header_row: int = 0
    lines: list[UploadedLine] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)

    @property
    def sent(self) -> SentRows:
        """The rows below the header, and the header, as they came."""
        rows = {row.number: row for row in self.sheet.rows if self.header_row and row.number >= self.header_row}
        typed = frozenset(column.title for column in COLUMNS if column.is_input)
        return SentRows(SHEET, SHEET, list(TITLES), rows, typed)

    @property
    def changes(self) -> list[UploadedLine]:
        return [line for line in self.lines if line.verdict != "same"]
