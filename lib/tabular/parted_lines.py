"""Lines of a text that a comma within a number has parted: 1,234 without quotes is a 1 and a 234."""

import re

from lib.tabular.cells import Row, Sheet, cell_name

PARTED = "这一行的格数比表头多，或数值后面多出三位数字，像是数字里的逗号把它分成了两格；请不写逗号，或给这一格加引号"


def untitled_cells(row: Row, header: Row) -> list[str]:
    """The filled cells of a row above which no title stands."""
    titled = {at for at, cell in enumerate(header.cells, start=1) if cell.text}
    found = []
    for at, cell in enumerate(row.cells, start=1):
        if not cell.is_empty and at not in titled:
            found.append(cell_name(at, row.number))
    return found


class PartedLines:
    """`value` and `note`: the places of these columns, 0 where there are none."""

    def __init__(self, sheet: Sheet, header: Row, *, value: int, note: int):
        self.header, self.widths = header, sheet.widths
        below = [self.widths[row.number] for row in sheet.rows if row.number > header.number] if self.widths else []
        self.usual = max(sheet.widths.get(header.number, 0), min(below, default=0))
        self.value = value if note == value + 1 else 0

    def has(self, row: Row) -> bool:
        """By its cells, which are more than the header's or than those of others; or by a note of three figures."""
        if not self.widths:
            return False
        if self.widths[row.number] > self.usual or untitled_cells(row, self.header):
            return True
        if not self.value:
            return False
        value_and_note = row.cells[self.value - 1 : self.value + 1]
        words = ",".join(cell.text for cell in value_and_note)
        return re.fullmatch(r"\d{1,3},\d{3}", words, re.ASCII) is not None
