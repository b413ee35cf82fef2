"""A sheet's lines with what stands beside them on the page."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from accounts.models import User
from indicators.models import Assessment
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
        found = {finding.severity for finding in self.line.findings} if self.line.entry.version else set()
        return " hard" if "hard" in found else " soft" if "soft" in found else ""

    @property
    def is_blocked(self) -> bool:
        """No judgement is shown of a value that must be put right."""
        return self.line.entry.value is not None and any(found.severity == "hard" for found in self.line.findings)

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
        return bool(line.findings or line.entry.explanation or line.conflict or is_turning or self.change is not None)


def rows_of(user: User, submission: Submission, lines: Sequence[Line]) -> list[SheetPageRow]:
    """The page's rows, those that `user` may type in first."""
    year, codes = submission.round.year, [line.entry.indicator_id for line in lines]
    stored = Assessment.objects.filter(indicator__in=codes, year__range=(year - 3, year)).select_related("area")
    cells = {(cell.area_id, cell.indicator_id, cell.year): cell for cell in stored}
    others = sorted(
        {
            (cell.area.position, cell.area_id, cell.area.shown_name)
            for cell in stored
            if cell.area_id != submission.area_id
        }
    )
    files, words = _files(submission), _last_words(submission)
    rows = []
    for line in lines:
        code, area = line.entry.indicator_id, submission.area_id
        now = cells.get((area, code, year))
        had = now is not None and now.value is not None
        rows.append(
            SheetPageRow(
                line=line,
                past=[(y, cells.get((area, code, y))) for y in range(year - 3, year)],
                others=[(name, cells.get((other, code, year))) for _position, other, name in others],
                may_edit=not locked_words(submission, line.entry, user),
                words=line.words,
                before=now.status if now is not None and had else "",
                flips=line.entry.value is not None and now is not None and now.status != line.judgement["status"],
                last_words=words.get(code, ""),
                files=files.get(line.entry.pk, []),
            )
        )
    return sorted(rows, key=lambda row: not row.may_edit)


def turns_of(rows: Sequence[SheetPageRow]) -> list[tuple[str, str, int]]:
    """What approval would turn: (status in force, status with the submitted value, how many), most first."""
    turned = Counter((row.before or "unreported", row.line.judgement["status"]) for row in rows if row.flips)
    return [(before, after, number) for (before, after), number in turned.most_common()]


def findings_count(lines: Sequence[Line]) -> Counter:
    counts = Counter(filled=sum(line.entry.version > 0 for line in lines), total=len(lines))
    for line in (line for line in lines if line.entry.version):
        counts["hard"] += any(f.severity == "hard" for f in line.findings)
        counts["soft"] += any(f.severity == "soft" for f in line.findings)
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
