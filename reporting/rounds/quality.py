"""How well a year was reported, by unit: on time, sent back, explained, corrected after approval. Out of the steps and
the versions of entries; a fixed number of queries."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from lib.reasons import says_something
from reporting.models import Entry, EntryVersion, Part, Submission, Transition

SENT_BACK = (Transition.Action.SEND_BACK, Transition.Action.RETURN)


@dataclass
class Quality:
    """Of one duty in the counties that are seen: `parts` handed over at all, `on_time` of them by the due date for the
    first time; `sent_back`, how often by the county or the city; `filled` entries, `explained` of them with words that
    say something; `corrected`, entries approved again with another number."""

    duty: str
    parts: int = 0
    on_time: int = 0
    sent_back: int = 0
    filled: int = 0
    explained: int = 0
    corrected: int = 0


def quality_of(submissions: Sequence[Submission]) -> list[Quality]:
    """One row for each duty, in the order of the units; `submissions` with their round. Four queries."""
    parts = list(Part.objects.filter(submission__in=submissions).select_related("organisation"))
    due = {sheet.pk: sheet.round.due_on for sheet in submissions}
    first, back = _steps(submissions)
    rows: dict[str, Quality] = {}
    by_part: dict[int, Quality] = {}
    for part in parts:
        duty = part.organisation.duty or part.organisation.name
        row = by_part[part.pk] = rows.setdefault(duty, Quality(duty))
        if part.pk in first:
            row.parts += 1
            row.on_time += timezone.localdate(first[part.pk]) <= due[part.submission_id]
        row.sent_back += back[part.pk]
    corrected = _corrected(submissions)
    entries = Entry.objects.filter(submission__in=submissions, version__gt=0)
    columns = ("pk", "part", "indicator", "submission", "explanation")
    for pk, own_part, indicator, sheet, words in entries.values_list(*columns):
        row = by_part[own_part]
        row.filled += 1
        row.explained += says_something(words)
        row.corrected += pk in corrected
        row.sent_back += back[sheet, indicator]
    return list(rows.values())


def _steps(submissions: Iterable[Submission]) -> tuple[dict[int, datetime], Counter]:
    """({part: when it was first handed over}, how often a part, or (sheet, row), was sent back)."""
    first: dict[int, datetime] = {}
    back: Counter = Counter()
    steps = Transition.objects.filter(submission__in=submissions, action__in=[*SENT_BACK, Transition.Action.HAND_OVER])
    for step in steps.order_by("at", "id"):
        if step.action == Transition.Action.HAND_OVER and step.part_id is not None:
            first.setdefault(step.part_id, step.at)
        elif step.part_id is not None:
            back[step.part_id] += 1
        elif step.action == Transition.Action.RETURN:
            back.update((step.submission_id, code) for code in step.named_entries)
    return first, back


def _corrected(submissions: Iterable[Submission]) -> set[int]:
    """Entries of which two approvals have another number."""
    values: defaultdict[int, set] = defaultdict(set)
    rows = EntryVersion.objects.filter(entry__submission__in=submissions, is_approved=True)
    for entry, value in rows.values_list("entry", "value"):
        values[entry].add(value)
    return {entry for entry, known in values.items() if len(known) > 1}
