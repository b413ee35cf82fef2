"""What an upload of the official table would do, row by row."""

from dataclasses import dataclass, field

from indicators.actions import FactRow
from indicators.effects import Flip
from indicators.models import Fact
from lib.tabular.cells import Row
from lib.tabular.faulty_rows import SentRows, sent_rows
from lib.tabular.table_reading import Content, Problem

VERDICTS = ("new", "changed", "same", "refused")


@dataclass(frozen=True)
class ImportLine:
    """One number or definition of the file, or why it is refused. `column` names the cell."""

    sheet: str
    row: int | None
    column: str
    verdict: str
    what: str = ""
    old: str = ""
    new: str = ""
    words: str = ""
    area: str = ""
    indicator: str = ""
    year: int | None = None


@dataclass
class OfficialPreview:
    """All that an import would do, and the rows that do it."""

    kind: str
    name: str
    sha256: str
    lines: list[ImportLine] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    flips: list[Flip] = field(default_factory=list)
    new_cells: int = 0
    definitions: list[dict] = field(default_factory=list)
    facts: dict[type[Fact], list[FactRow]] = field(default_factory=dict)
    contents: list[Content] = field(default_factory=list)

    def of(self, verdict: str) -> list[ImportLine]:
        return [line for line in self.lines if line.verdict == verdict]

    @property
    def counts(self) -> dict[str, int]:
        return {verdict: len(self.of(verdict)) for verdict in VERDICTS}

    @property
    def is_applicable(self) -> bool:
        """Nothing is refused, and something would change."""
        counts = self.counts
        return not counts["refused"] and bool(counts["new"] + counts["changed"])

    @property
    def problems(self) -> list[Problem]:
        return [Problem(line.sheet, line.row, line.column, line.words) for line in self.of("refused")]

    @property
    def twins(self) -> list[str]:
        """An official table says what is; nothing of it is a repetition."""
        return []

    @property
    def sheets(self) -> list[SentRows]:
        return [sent_rows(content) for content in self.contents]

    @property
    def effect(self) -> list:
        """All that somebody agrees to who confirms it."""
        return [list(map(vars, self.lines)), list(map(vars, self.flips))]

    def refused_rows(self) -> list[tuple[str, list[str], list[tuple[Row, str]]]]:
        """For `write_refused`: the rows as they came with every cause; what concerns a whole sheet has row 0."""
        found = []
        for content in self.contents:
            causes: dict[int, list[str]] = {}
            for line in self.of("refused"):
                if line.sheet == content.table.name:
                    causes.setdefault(line.row or 0, []).append(": ".join(filter(None, [line.column, line.words])))
            rows = {record.row.number: record.row for record in content.records}
            listed = [(rows.get(number, Row(number, [])), "；".join(words)) for number, words in causes.items()]
            if listed:
                found.append((content.table.name, content.header, listed))
        return found
