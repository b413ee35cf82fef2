"""How far a year's reporting has come: each county's units, what each has filled, who is late and who was reminded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Max, Q

from accounts.models import User
from reporting.models import Notice, Part, Submission
from reporting.reminders.dispatch_notices import oversees
from reporting.reminders.due_reminders import due_on
from reporting.steps import next_words


@dataclass(frozen=True)
class ProgressCell:
    """One unit's part in one county: how many of the rows that it types are filled, and of all its rows, those that the
    registers fill by themselves included."""

    part: Part
    filled: int
    total: int
    all_filled: int
    all_rows: int
    is_late: bool
    reminded_at: datetime | None


@dataclass(frozen=True)
class CountyColumn:
    """One county: where its sheet stands, who acts next, when it is due."""

    submission: Submission
    words: str
    filled: int
    total: int
    due: date
    days: int
    may_remind: bool
    late: int


@dataclass(frozen=True)
class ProgressMatrix:
    columns: list[CountyColumn]
    rows: list[tuple[str, list[tuple[CountyColumn, ProgressCell | None]]]]  # (duty, a cell for each column)

    @property
    def late(self) -> int:
        return sum(column.late for column in self.columns)

    @property
    def may_remind(self) -> bool:
        return any(column.may_remind for column in self.columns)


def progress_of(submissions: Sequence[Submission], user: User, today: date) -> ProgressMatrix:
    """The matrix unit × county of one year; `submissions` as the user may see them, round and area read along."""
    parts = Part.objects.filter(submission__in=submissions).select_related("organisation")
    is_filled, is_typed = Q(entries__version__gt=0), Q(entries__is_derived=False)
    counted = parts.annotate(
        filled=Count("entries", filter=is_filled & is_typed),
        total=Count("entries", filter=is_typed),
        all_filled=Count("entries", filter=is_filled),
        all_rows=Count("entries"),
    )
    reminded = _reminded(submissions)
    by_sheet = {submission.pk: submission for submission in submissions}
    cells: dict[str, dict[int, ProgressCell]] = {}
    for part in counted:
        sheet, unit = by_sheet[part.submission_id], part.organisation
        is_late = part.state == Part.State.OPEN and sheet.is_editable
        at = reminded.get((sheet.pk, unit.pk))
        cell = ProgressCell(part, part.filled, part.total, part.all_filled, part.all_rows, is_late, at)
        cells.setdefault(unit.duty or unit.name, {})[sheet.pk] = cell
    columns = [_column(sheet, user, today, cells) for sheet in submissions]
    rows = []
    for duty, by_county in cells.items():
        row = [(column, by_county.get(column.submission.pk)) for column in columns]
        rows.append((duty, row))
    return ProgressMatrix(columns, rows)


def may_remind(user: User, submission: Submission) -> bool:
    """Whether this user may press the late ones of the sheet now."""
    return submission.is_editable and oversees(user, submission.area_id)


def _column(sheet, user, today, cells) -> CountyColumn:
    own = [row[sheet.pk] for row in cells.values() if sheet.pk in row]
    due = due_on(sheet)
    return CountyColumn(
        submission=sheet,
        words=next_words(sheet),
        filled=sum(cell.all_filled for cell in own),
        total=sum(cell.all_rows for cell in own),
        due=due,
        days=(due - today).days,
        may_remind=may_remind(user, sheet),
        late=sum(cell.is_late for cell in own),
    )


def _reminded(submissions) -> dict[tuple[int, int], datetime]:
    """When each unit was last reminded by one click."""
    rows = Notice.objects.filter(submission__in=submissions, kind=Notice.Kind.REMINDER).order_by()
    latest = rows.values("submission", "organisation").annotate(last=Max("at"))
    return {(row["submission"], row["organisation"]): row["last"] for row in latest}
