"""A sheet's lines with what stands beside them on the page."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from accounts.models import User
from areas.models import Area
from indicators.models import Assessment
from reporting.checks.findings import HARD, SOFT
from reporting.models import EntryVersion, Evidence, Submission
from reporting.sheets import Line
from reporting.workbooks.upload import locked_words

Role = User.Role


@dataclass(frozen=True)
class SheetPageRow:
    """A line of the sheet with what stands beside the input."""

    line: Line
    past: list  # (year, the stored cell or None) of the three years before
    others: list  # (area name, the stored cell of this year or None)
    may_edit: bool
    words: str
    before: str  # judgement on the value in force, where there is one
    flips: bool
    last_words: str  # last year's explanation, as it was approved
    files: list[Evidence] = field(default_factory=list)  # those that stand

    @property
    def mood(self) -> str:
        """The row's class while it has a finding."""
        if not self.line.entry.version:  # nobody has typed yet
            return ""
        found = {finding.severity for finding in self.line.findings}
        for severity in (HARD, SOFT):  # the graver one first
            if severity in found:
                return f" {severity}"
        return ""

    @property
    def is_blocked(self) -> bool:
        """No judgement is shown of a value that must be put right."""
        if self.line.entry.value is None:
            return False
        return _has(self.line, HARD)

    @property
    def last_year(self):
        """Last year's stored cell, or None."""
        return self.past[-1][1]

    @property
    def change(self) -> Decimal | None:
        """This value minus the official one that it would replace; None where there is none or it is the same."""
        official, value = self.line.official, self.line.entry.value
        if official is None or value is None or value == official:
            return None
        return value - official

    @property
    def has_notes(self) -> bool:
        """Whether anything was found, said or attached, which stands below the row."""
        line, entry = self.line, self.line.entry
        told = (line.findings, entry.explanation, entry.returned_note, self.last_words, self.files, line.conflict)
        return any(told) or not entry.parts.is_empty or entry.reached_on is not None

    @property
    def is_remarkable(self) -> bool:
        """Whether a reviewer should look: a finding, a word, a blank, a revision, a status that turns."""
        line = self.line
        is_turning = self.flips and bool(self.before)
        is_revised = self.change is not None
        return any((line.findings, line.entry.explanation, line.conflict, is_turning, is_revised))


def _has(line: Line, severity: str) -> bool:
    return any(finding.severity == severity for finding in line.findings)


def rows_of(user: User, submission: Submission, lines: Sequence[Line]) -> list[SheetPageRow]:
    """The page's rows, those that `user` may type in first."""
    beside = _Beside(submission, lines)
    files, words = _files(submission), _last_words(submission)
    rows = []
    for line in lines:
        code = line.entry.indicator_id
        now = beside.cell(code)
        rows.append(
            SheetPageRow(
                line=line,
                past=beside.past(code),
                others=beside.others(code),
                may_edit=not locked_words(submission, line.entry, user),
                words=line.words,
                before=_status_in_force(now),
                flips=_is_turned(line, now),
                last_words=words.get(code, ""),
                files=files.get(line.entry.pk, []),
            )
        )
    return sorted(rows, key=lambda row: not row.may_edit)


class _Beside:
    """The stored cells of the sheet's indicators: its own county's of this year and of three before, other counties' of
    this year. One query for all of them."""

    def __init__(self, submission: Submission, lines: Sequence[Line]):
        self.area = submission.area_id
        self.year = submission.round.year
        codes = [line.entry.indicator_id for line in lines]
        years = (self.year - 3, self.year)
        stored = Assessment.objects.filter(indicator__in=codes, year__range=years).select_related("area")
        self.cells: dict[tuple[str, str, int], Assessment] = {}
        counties: dict[str, Area] = {}
        for cell in stored:
            self.cells[cell.area_id, cell.indicator_id, cell.year] = cell
            counties[cell.area_id] = cell.area
        counties.pop(self.area, None)
        self.counties = sorted(counties.values(), key=lambda area: (area.position, area.pk))

    def cell(self, code: str) -> Assessment | None:
        """What is in force for the year that is reported."""
        return self.cells.get((self.area, code, self.year))

    def past(self, code: str) -> list[tuple[int, Assessment | None]]:
        years = range(self.year - 3, self.year)
        return [(year, self.cells.get((self.area, code, year))) for year in years]

    def others(self, code: str) -> list[tuple[str, Assessment | None]]:
        return [(area.shown_name, self.cells.get((area.pk, code, self.year))) for area in self.counties]


def _status_in_force(now: Assessment | None) -> str:
    """Of a value; a cell without one is judged as well, which says nothing here."""
    if now is None or now.value is None:
        return ""
    return now.status


def _is_turned(line: Line, now: Assessment | None) -> bool:
    """Whether the typed value is judged otherwise than what is in force."""
    if now is None or line.entry.value is None:
        return False
    return now.status != line.judgement["status"]


def turns_of(rows: Sequence[SheetPageRow]) -> list[tuple[str, str, int]]:
    """What approval would turn: (status in force, status with the submitted value, how many), most first."""
    turned = Counter((row.before or "unreported", row.line.judgement["status"]) for row in rows if row.flips)
    return [(before, after, number) for (before, after), number in turned.most_common()]


def findings_count(lines: Sequence[Line]) -> Counter:
    filled = [line for line in lines if line.entry.version]
    counts = Counter(filled=len(filled), total=len(lines))
    for line in filled:
        counts["hard"] += _has(line, HARD)
        counts["soft"] += _has(line, SOFT)
        counts["unexplained"] += line.is_unexplained
        counts["blocked"] += bool(line.obstacles)
    return counts


def _files(submission) -> dict[int, list[Evidence]]:
    found: dict[int, list[Evidence]] = {}
    for each in Evidence.objects.standing().filter(entry__submission=submission):
        found.setdefault(each.entry_id, []).append(each)
    return found


def _last_words(submission) -> dict[str, str]:
    """By indicator: what explained last year's value when it was approved."""
    rows = EntryVersion.objects.filter(
        is_approved=True,
        entry__submission__area=submission.area_id,
        entry__submission__round__year=submission.round.year - 1,
    )
    return dict(rows.order_by("version").values_list("entry__indicator", "explanation"))
