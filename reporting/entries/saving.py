"""Writing entries, by people, by a register, and back to what was approved when a reopening is over. Each write locks
the submission's row first, so that writes on one sheet follow each other; those on others do not wait."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from indicators.definitions.context_parts import completed, contradicted
from indicators.models import Observation
from indicators.terms.parts import NO_PARTS, PartTerms, RatioParts, agree
from indicators.terms.reached_days import day_refusal
from journal.actions import log_audit
from lib.numbers import can_be_kept, plain
from lib.refusals import Conflict, Invalid, NotAllowed, PreconditionFailed, Refused, WrongState
from reporting.background import SheetBackground, background_of
from reporting.entries.faults import EntryFault, refuse_for
from reporting.entries.storing import put_content, store
from reporting.models import Entry, Part, Submission
from reporting.official import facts_of_year, is_conflict
from reporting.sheets import Line, SheetContent, entries_of, read_lines
from reporting.steps import Action, State, move, require_editable, require_own_part


@dataclass(frozen=True)
class Typed:
    """What was typed for one entry. `version` is the one the typist saw; None does not check. An `explanation` of None
    leaves the one that stands. `parts`: what the value is divided from, which then follows from them; None says nothing
    of them, so that the same value keeps its own. `reached_on`: the day of a stage; unless `says_day`, the same stage
    keeps its own. `index` is its place in what was sent, where many were."""

    indicator: str
    value: Decimal | None
    explanation: str | None = ""
    version: int | None = None
    index: int | None = None
    parts: RatioParts | None = None
    reached_on: date | None = None
    says_day: bool = False

    @property
    def content(self) -> SheetContent:
        parts = self.parts or NO_PARTS
        return SheetContent(self.value, self.explanation or "", parts.numerator, parts.denominator, self.reached_on)


@dataclass
class Saved:
    """The sheet's lines of the entries that were sent, after the save (or as they would be, in a dry run), and the tag
    of the sheet as this save left it."""

    lines: list[Line] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    etag: str = ""


def save_entries(
    *,
    submission: Submission,
    typed: Sequence[Typed],
    by: User,
    dry_run: bool = False,
    is_demo: bool = False,
    at: datetime | None = None,
    seen: Collection[str] | None = None,
    faults: Sequence[EntryFault] = (),
) -> Saved:
    """Store what was typed, all or none (`is_demo`: by the demonstration, not by a person).

    A value that parses is always stored, whatever the findings; a stale version refuses with both values
    (`Conflict`); a row of another unit's is refused (`NotAllowed`). `seen` are tags of the sheets that the sender would
    write over (`sheet_tag`): where it is another by now, nothing is stored. `faults` were found before, in what was
    sent: with them nothing is stored either, and the refusal names theirs and ours together.

    The lines are read when the sheet is free again for the next who saves: judging them takes longer than storing."""
    request = _Request(typed, by, seen, faults)
    locked = _save(submission, request, dry_run, is_demo, at or timezone.now())
    entries = {entry.indicator_id: entry for entry in locked.entries}
    etag = sheet_tag(locked.submission, {code: entry.version for code, entry in entries.items()})
    if dry_run:
        for row in locked.typed:
            put_content(entries[row.indicator], row.content)
    lines = read_lines(locked.entries, locked.background, [row.indicator for row in locked.typed])
    return Saved(lines, [row.indicator for row in locked.changed], etag)


@dataclass(frozen=True)
class _Request:
    """What `save_entries` was asked for, by whom, and what is wrong with it so far."""

    typed: Sequence[Typed]
    by: User
    seen: Collection[str] | None
    faults: Sequence[EntryFault]


class _Locked(NamedTuple):
    """The sheet as it was under its lock, saved: its entries, what it is held against, the rows that were sent with
    what stands of them, and those of them that differ from what was stored."""

    submission: Submission
    entries: list[Entry]
    background: SheetBackground
    typed: list[Typed]
    changed: list[Typed]


@transaction.atomic
def _save(submission: Submission, request: _Request, dry_run: bool, is_demo: bool, at: datetime) -> _Locked:
    submission = lock_submission(submission, at)
    all_entries = entries_of(submission)
    entries = {entry.indicator_id: entry for entry in all_entries}
    background = background_of(submission)
    if faults := [*request.faults, *_faults(submission, entries, request, background)]:
        refuse_for(faults)
    typed = [_settled(row, entries[row.indicator], background) for row in request.typed]
    facts = background.facts_of_year
    changed = [row for row in typed if _differs(entries[row.indicator], row, facts.get(row.indicator))]
    if not dry_run and changed:
        officials = {code: fact.version for code, fact in facts.items()}
        to_store = [(entries[row.indicator], row.content, officials.get(row.indicator)) for row in changed]
        rows = [{**row, "area": submission.area_id} for row in store(to_store, request.by, at, is_demo)]
        log_audit(action="save", subject="reporting.entry", rows=rows, by=request.by)
    return _Locked(submission, all_entries, background, typed, changed)


def _terms(code: str, background: SheetBackground) -> PartTerms | None:
    """What the row's value is divided from; None where it is typed as it is."""
    definition = background.definitions.get(code)
    return definition.parts if definition else None


def _completed(row: Typed, given: RatioParts) -> Typed:
    """The row with the part that the plan's context figures hold beside the one that was typed."""
    return row if row.parts is None else replace(row, parts=completed(row.parts, given))


def _settled(row: Typed, entry: Entry, background: SheetBackground) -> Typed:
    """The row with the explanation, the parts and the day that stand where it says nothing of them, and the value that
    follows from both parts."""
    row = _completed(row, background.given.get(row.indicator, NO_PARTS))
    explanation = entry.explanation if row.explanation is None else row.explanation
    is_same_value = row.value is not None and row.value == entry.value
    parts = row.parts
    if parts is None:
        parts = entry.parts if is_same_value else NO_PARTS
    day = row.reached_on
    if not row.says_day:
        day = entry.reached_on if is_same_value else None
    value, terms = row.value, _terms(row.indicator, background)
    if terms and parts.are_both and row.parts is not None:
        value = terms.value(parts)
    return replace(row, explanation=explanation, parts=parts, value=value, reached_on=day)


@transaction.atomic
def fill_derived(
    *, submission: Submission, indicator: str, value: Decimal | None, is_demo: bool, at: datetime | None = None
) -> bool:
    """A register's figure (H01: landed projects) put into its row, which is read-only from then on; True where the
    row took it. Frozen once submitted. The same figure again, over an imported one that is another, confirms it."""
    at = at or timezone.now()
    submission = lock_submission(submission, at)
    entry = submission.entries.filter(indicator=indicator).first()
    if entry is None or not submission.is_editable:
        return False
    official = facts_of_year(submission).get(indicator)
    if entry.is_derived and entry.value == value and not is_conflict(entry, official):
        return False
    entry.is_derived = True
    seen = official.version if official else None
    (row,) = store([(entry, SheetContent(value, "由登记簿自动取数"), seen)], None, at, is_demo)
    log_audit(action="fill", subject="reporting.entry", rows=[{**row, "area": submission.area_id}], by=None)
    return True


def lock_open_row(entry: Entry, by: User, at: datetime | None = None) -> Entry:
    """The entry as it now is, its sheet locked until the transaction ends, where `by` may change it now; else the
    refusal that saving it would give. For what belongs to an entry: its evidence."""
    submission = lock_submission(Submission(pk=entry.submission_id), at)
    require_editable(submission)
    entry = Entry.objects.select_related("part__organisation", "submission__round").get(pk=entry.pk)
    _require_open_row(entry, by)
    return entry


def lapse_reopened(*, at: datetime | None = None) -> int:
    """Lock again every reopened submission whose time is over; the number locked. Also done at each step."""
    at = at or timezone.now()
    over = Submission.objects.filter(state=State.REOPENED, reopened_until__lte=at)
    return sum(_lapse_one(submission, at) for submission in over)


@transaction.atomic
def _lapse_one(submission: Submission, at: datetime) -> bool:
    before = submission.state
    return lock_submission(submission, at).state != before


def lock_submission(submission: Submission, at: datetime | None = None) -> Submission:
    """The submission as it now is, its row locked until the transaction ends; a reopening that is over is ended."""
    # The round is read after the lock is had: closing it holds the lock too.
    found = Submission.objects.select_for_update(of=["self"]).select_related("area").get(pk=submission.pk)
    at = at or timezone.now()
    if found.state == State.REOPENED and found.reopened_until is not None and found.reopened_until <= at:
        _restore_approved(found, at)
        move(found, Action.LAPSE, State.APPROVED, None, at, "重新开放的时间已过，未提交的修改保留在历史中。")
        found.parts.filter(state=Part.State.OPEN).update(state=Part.State.HANDED_OVER, state_at=at)
    return found


def _restore_approved(submission: Submission, at: datetime) -> None:
    """Entries go back to what was approved, the demonstration's as such; what was typed since stays as versions
    before it."""
    for entry in submission.entries.all():
        approved = entry.versions.filter(is_approved=True).last()
        if approved and approved.version != entry.version:
            content = SheetContent(
                approved.value, approved.explanation, **vars(approved.parts), reached_on=approved.reached_on
            )
            store([(entry, content, entry.official_version)], None, at, approved.is_demo)
            entry.versions.filter(version=entry.version).update(is_approved=True)


def sheet_tag(submission: Submission, versions: Mapping[str, int]) -> str:
    """The ETag of a sheet as it is stored: another one after every save and every step."""
    state = (submission.pk, submission.state, submission.state_at, sorted(versions.items()))
    return f'"{blake2b(repr(state).encode(), digest_size=12).hexdigest()}"'


def _faults(
    submission: Submission,
    entries: Mapping[str, Entry],
    request: _Request,
    background: SheetBackground,
) -> Iterator[EntryFault]:
    """Everything that forbids it: of the sheet, then of each row."""
    try:
        require_editable(submission)
    except WrongState as refusal:
        yield EntryFault(refusal)
    tag = sheet_tag(submission, {code: entry.version for code, entry in entries.items()})
    if request.seen is not None and not {tag, "*"} & set(request.seen):
        words = _("您读取之后，这张表已经变了。请重新读取、核对后，带上新的 ETag 再发。")
        yield EntryFault(PreconditionFailed(words, etag=tag))
    for row in request.typed:
        entry = entries.get(row.indicator)
        if entry is None:
            found: Iterable[Refused] = [_unknown(row)]
        else:
            own = background.given.get(row.indicator, NO_PARTS)
            terms = _terms(row.indicator, background)
            parts = [*_given_refusals(row, own), *_part_refusals(_completed(row, own), terms)]
            days = _day_refusals(row, background)
            found = [*parts, *days, *_row_refusals(entry, row, request.by)]
        yield from (EntryFault(each, row.index, row.indicator) for each in found)


def _day_refusals(row: Typed, background: SheetBackground) -> Iterator[Refused]:
    """Why the row cannot have the day that was sent with it."""
    definition = background.definitions.get(row.indicator)
    if definition is None or row.reached_on is None:
        return
    words = day_refusal(
        row.reached_on,
        year=background.year,
        stages=definition.stages,
        name=definition.shown_name,
        has_stage=row.value is not None,
    )
    if words:
        yield Invalid(_("{indicator}：{words}。").format(indicator=row.indicator, words=words), indicator=row.indicator)


def _unknown(row: Typed) -> Refused:
    words = _("{indicator}：本表没有这个指标。")
    return Invalid(words.format(indicator=row.indicator), indicator=row.indicator)


def _given_refusals(row: Typed, given: RatioParts) -> Iterator[Refused]:
    """A part that is taken from the plan's context figures was typed as another number."""
    if (apart := contradicted(row.parts or NO_PARTS, given)) is not None:
        what = {"numerator": _("分子"), "denominator": _("分母")}[apart[0]]
        words = _("{indicator}：{what}取自背景数据，是 {given}，不用填报；若它不对，请市里改背景数据。")
        told = words.format(indicator=row.indicator, what=what, given=plain(apart[1]))
        yield Invalid(told, indicator=row.indicator)


def _part_refusals(row: Typed, terms: PartTerms | None) -> Iterator[Refused]:
    """Why these parts cannot be taken: the row has none, they or their quotient are too large, or the value beside them
    is another."""
    parts, code = row.parts or NO_PARTS, row.indicator
    if parts.is_empty:
        return
    if terms is None:
        yield Invalid(_("{indicator}：这个指标没有分子、分母，请只填数值。").format(indicator=code), indicator=code)
        return
    if not all(part is None or can_be_kept(part) for part in (parts.numerator, parts.denominator)):
        words = _("{indicator}：分子、分母应小于10亿，小数不超过6位。")
        yield Invalid(words.format(indicator=code), indicator=code)
        return
    computed = terms.value(parts)
    if computed is not None and not can_be_kept(computed):
        words = _("{indicator}：分子÷分母的结果太大，请核对分子、分母和单位。")
        yield Invalid(words.format(indicator=code), indicator=code)
    elif computed is not None and row.value is not None and not agree(row.value, computed, terms.decimals):
        words = _("{indicator}：数值 {value} 与分子、分母算出的 {computed} 不一致；请改正，或不发数值。")
        told = words.format(indicator=code, value=plain(row.value), computed=plain(computed))
        yield Invalid(told, indicator=code)


def _row_refusals(entry: Entry, row: Typed, by: User) -> Iterator[Refused]:
    """Why this row cannot be taken. What others have typed is told only to who may type here."""
    if row.value is not None and not can_be_kept(row.value):
        words = _("{indicator}：数值应小于10亿，小数不超过6位。")
        yield Invalid(words.format(indicator=row.indicator), indicator=row.indicator)
    try:
        _require_open_row(entry, by)
    except Refused as refusal:
        yield refusal
        return
    if row.version is not None and row.version != entry.version:
        yield Conflict(_("别人刚刚保存了同一项，请比较两个数后再定。"), conflicts=[_both_values(entry, row)])


def _require_open_row(entry: Entry, by: User) -> None:
    code = entry.indicator_id
    require_own_part(entry.part, by)
    if entry.is_derived:
        raise NotAllowed(_("{code}：由登记簿自动取数，不需填报。").format(code=code), indicator=code)
    if entry.part.state == Part.State.HANDED_OVER:
        raise WrongState(
            _("{organisation}的部分已交出，请先取回再修改。").format(organisation=entry.part.organisation.shown_name),
            indicator=code,
        )


def _both_values(entry, row) -> dict:
    return {
        "indicator": row.indicator,
        "yours": row.value,
        "theirs": entry.value,
        "their_parts": [entry.numerator, entry.denominator],
        "their_day": entry.reached_on.isoformat() if entry.reached_on else None,
        "version": entry.version,
        "by": entry.saved_by.title if entry.saved_by else "",
    }


def _differs(entry: Entry, row: Typed, official: Observation | None) -> bool:
    """Whether saving changes anything. The same number again, over an imported one that is another, confirms it."""
    stands = (entry.value, entry.explanation, entry.parts, entry.reached_on)
    is_same = stands == (row.value, row.explanation, row.parts or NO_PARTS, row.reached_on)
    return not is_same or entry.version == 0 or is_conflict(entry, official)
