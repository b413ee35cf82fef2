"""The sheet between database and workbook: what is written out, what an upload would change, and doing exactly that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from indicators.models import IndicatorDefinition, Observation
from indicators.terms.parts import NO_PARTS
from journal.actions import log_audit
from lib.numbers import plain
from lib.refusals import NotAllowed, WrongState
from lib.tabular.faulty_rows import SentRows
from lib.tabular.table_reading import Problem
from lib.value_words import value_words
from reporting.entries.saving import Saved, Typed, lock_submission, save_entries
from reporting.models import Entry, EntryVersion, Part, Submission
from reporting.sheets import Line, read_sheet
from reporting.steps import is_own_part, require_editable
from reporting.workbooks.layout import SheetRow, marker_of, tidy, write_workbook
from reporting.workbooks.lines import Fault, SheetReading, UploadedLine
from reporting.workbooks.reading import read_upload
from reporting.workbooks.returning import write_back
from uploads.doors import UndoneLine

VERDICTS: dict[str, Any] = {"new": gettext_lazy("新增"), "changed": gettext_lazy("修改"), "same": gettext_lazy("不变")}


@dataclass(frozen=True)
class SheetChange:
    """One row of the preview: old and new in words, what it would be judged, what looks wrong."""

    read: UploadedLine
    line: Line | None

    @property
    def verdict(self) -> str:
        return VERDICTS[self.read.verdict]

    @property
    def old(self) -> str:
        return _value(self.read.row.value, self.read.row.stages, self.read.row.reached_on)

    @property
    def new(self) -> str:
        return _value(self.read.content.value, self.read.row.stages, self.read.content.reached_on)

    @property
    def divided(self) -> str:
        """The parts behind the new value, as people write a quotient."""
        parts = self.read.content.parts
        if parts.is_empty:
            return ""
        return f"{plain(parts.numerator)} ÷ {plain(parts.denominator)}"

    @property
    def words(self) -> str:
        return self.line.words if self.line else ""

    @property
    def remark(self) -> str:
        """What stands in 核查意见 of the workbook; of a row that stays, what stood there."""
        return _remark(self.line) if self.line else self.read.row.remark


@dataclass
class SheetPreview:
    """What an upload would do. Nothing of it is stored; where there is a fault nothing will be."""

    reading: SheetReading
    rows: list[SheetRow]
    changes: list[SheetChange] = field(default_factory=list)

    @property
    def faults(self) -> list[Fault]:
        return sorted(self.reading.faults, key=lambda fault: fault.row)

    @property
    def problems(self) -> list[Problem]:
        return [fault.problem for fault in self.faults]

    @property
    def notes(self) -> list[str]:
        return self.reading.notes

    @property
    def twins(self) -> list[str]:
        """A sheet has one row for an indicator; nothing of it is a repetition."""
        return []

    @property
    def sheets(self) -> list[SentRows]:
        return [self.reading.sent]

    @property
    def effect(self) -> list:
        """All that somebody agrees to who confirms it."""
        return [[change.read.row.code, change.old, *self._said(change)] for change in self.changes]

    @staticmethod
    def _said(change: SheetChange) -> list:
        findings = change.line.findings if change.line else []
        content = change.read.content
        return [
            change.read.row.version,
            change.new,
            change.divided,
            content.explanation,
            change.words,
            [f.words for f in findings],
        ]

    @property
    def typed(self) -> list[Typed]:
        return [_typed(read) for read in self.reading.changes]

    @property
    def counts(self) -> dict[str, int]:
        verdicts = [change.read.verdict for change in self.changes]
        return {verdict: verdicts.count(verdict) for verdict in VERDICTS} | {"refused": len(self.faults)}

    @property
    def is_applicable(self) -> bool:
        return not self.faults and bool(self.typed)

    @property
    def can_be_written_back(self) -> bool:
        """Where the columns are ours, faults have a place beside their rows."""
        return bool(self.faults) and self.reading.header_row > 0


def write_sheet(submission: Submission, user: User) -> bytes:
    """The county's sheet as a workbook, with the rows open that this user may fill in."""
    rows = sheet_rows(submission, user)
    marker = marker_of(submission.area_id, submission.area.name, submission.round.year, rows)
    return write_workbook(_title(submission), marker, rows)


def preview_upload(
    submission: Submission, user: User, content: bytes, name: str = "", typed: Mapping[str, str] | None = None
) -> SheetPreview:
    """What the file would change in this sheet. SpreadsheetError where it cannot be read at all; `Refused` where the
    user may not write here now."""
    _require_writer(submission, user)
    rows = sheet_rows(submission, user)
    area, year = submission.area, submission.round.year
    reading = read_upload(content, name, area=area.code, area_name=area.name, year=year, rows=rows, typed=typed)
    preview = SheetPreview(reading, rows)
    saved = _saved_dry(submission, user, preview.typed)
    judged = {line.entry.indicator_id: line for line in saved.lines}
    preview.changes = [SheetChange(read, judged.get(read.row.code)) for read in reading.lines]
    return preview


@transaction.atomic
def confirm_upload(
    submission: Submission, user: User, content: bytes, name: str = "", typed: Mapping[str, str] | None = None
) -> tuple[SheetPreview, dict]:
    """Save what the preview showed, all or nothing; nothing where a row is refused. (The preview as it was now, what
    undoing it needs: the version of each entry since.)"""
    lock_submission(submission)
    preview = preview_upload(submission, user, content, name, typed)
    if preview.faults or not preview.typed:
        return preview, {}
    done = save_entries(submission=submission, typed=preview.typed, by=user)
    versions = Entry.objects.filter(submission=submission, indicator__in=done.changed)
    return preview, {"entries": dict(versions.values_list("indicator", "version"))}


@transaction.atomic
def undo_upload(submission: Submission, user: User, recorded: Mapping[str, Any], *, reason: str) -> list[UndoneLine]:
    """Save again what stood before the upload, as a next version; an entry that somebody has saved since stays, and so
    do all once the part is handed over or the sheet sent in."""
    submission = lock_submission(submission)
    since: Mapping[str, int] = recorded.get("entries", {})
    entries = submission.entries.filter(indicator__in=since).select_related("part__organisation", "saved_by")
    versions = EntryVersion.objects.filter(entry__in=[entry.pk for entry in entries])
    before = {(row.entry_id, row.version): row for row in versions}
    definitions = {line.entry.indicator_id: line.definition for line in read_sheet(submission, indicators=list(since))}
    lines = []
    restored: list[str] = []
    typed: dict[bool, list[Typed]] = {False: [], True: []}  # by whether it was of the demonstration
    for entry in entries:
        code = entry.indicator_id
        old = before.get((entry.pk, since[code] - 1))
        hindrance = locked_words(submission, entry, user) or _changed_words(entry, since[code])
        lines.append(_undone_line(entry, old, definitions.get(code), hindrance))
        if not hindrance:
            restored.append(code)
            was_demo = old is not None and old.is_demo
            typed[was_demo].append(_typed_again(entry, old))
    for is_demo, rows in typed.items():
        if rows:
            save_entries(submission=submission, typed=rows, by=user, is_demo=is_demo)
    if restored:
        row = {"key": str(submission.pk), "area": submission.area_id, "new": {"撤销": restored}}
        log_audit(action="undo_upload", subject="reporting.submission", rows=[row], by=user, reason=reason)
    return lines


def _undone_line(
    entry: Entry, old: EntryVersion | None, definition: IndicatorDefinition | None, hindrance: str
) -> UndoneLine:
    """What undoing tells of one entry: its value now, the one that comes back, why it stays where it does."""
    name = ""
    stages: tuple[str, ...] = ()
    if definition is not None:
        name, stages = definition.name, definition.stage_names
    back = _value(None)
    if old is not None:
        back = _value(old.value, stages, old.reached_on)
    now = _value(entry.value, stages, entry.reached_on)
    return UndoneLine(f"{entry.indicator_id} {name}", now, back, str(hindrance))


def _typed_again(entry: Entry, old: EntryVersion | None) -> Typed:
    """The version before the upload as if somebody typed it now; nothing at all where the upload was the first."""
    code = entry.indicator_id
    if old is None:
        return Typed(code, None, "", entry.version, parts=NO_PARTS, reached_on=None, says_day=True)
    return Typed(
        code, old.value, old.explanation, entry.version, parts=old.parts, reached_on=old.reached_on, says_day=True
    )


def _changed_words(entry: Entry, version: int) -> str:
    if entry.version == version:
        return ""
    who = entry.saved_by.title if entry.saved_by else _("别人")
    return _("{who}之后存过，保留现在的").format(who=who)


def write_faults(submission: Submission, preview: SheetPreview) -> bytes:
    """The uploaded sheet with its faults and findings beside the rows."""
    remarks = {change.read.row.code: change.remark for change in preview.changes}
    return write_back(_title(submission), preview.reading, preview.rows, remarks)


def sheet_rows(submission: Submission, user: User) -> list[SheetRow]:
    """The sheet's rows as they are saved, the user's own first."""
    before = Observation.objects.as_of().filter(area=submission.area_id, year=submission.round.year - 1)
    previous = dict(before.values_list("indicator", "value"))
    rows = [_row(line, previous, locked_words(submission, line.entry, user)) for line in read_sheet(submission)]
    return sorted(rows, key=lambda row: bool(row.locked))


def locked_words(submission: Submission, entry: Entry, user: User) -> str:
    """Why this user may not change the entry now; empty where they may."""
    if not is_own_part(entry.part, user):
        return _("由{organisation}填报").format(organisation=entry.part.organisation.name)
    if submission.is_closed:
        return _("这一年已关闭")
    if not submission.is_editable:
        return _("本表{state}").format(state=submission.get_state_display())
    if entry.is_derived:
        return _("由登记簿自动取数")
    if entry.part.state == Part.State.HANDED_OVER:
        return _("本单位的部分已交出")
    return ""


def _require_writer(submission: Submission, user: User) -> None:
    part = next((part for part in submission.parts.all() if is_own_part(part, user)), None)
    if part is None:
        raise NotAllowed(_("这张表没有由您的单位填报的指标，不能上传。"))
    require_editable(submission)
    if part.state == Part.State.HANDED_OVER:
        raise WrongState(
            _("{organisation}的部分已交出，请先取回再上传。").format(organisation=part.organisation.name),
            state=part.state,
        )


def _saved_dry(submission: Submission, user: User, typed: Sequence[Typed]) -> Saved:
    if not typed:
        return Saved()
    return save_entries(submission=submission, typed=typed, by=user, dry_run=True)


def _typed(read: UploadedLine) -> Typed:
    content = read.content
    return Typed(
        read.row.code,
        content.value,
        content.explanation,
        read.row.version,
        parts=content.parts,
        reached_on=content.reached_on,
        says_day=True,
    )


def _row(line: Line, previous: dict, locked: str) -> SheetRow:
    entry, definition = line.entry, line.definition
    return SheetRow(
        code=entry.indicator_id,
        name=definition.name,
        unit=definition.unit,
        organisation=entry.part.organisation.name,
        value=entry.value,
        explanation=entry.explanation,
        version=entry.version,
        saved_by=entry.saved_by.title if entry.saved_by else "",
        previous=previous.get(entry.indicator_id),
        target=line.judgement["target"],
        standard=line.judgement["standard"],
        target_high=line.judgement["target_high"],
        standard_high=line.judgement["standard_high"],
        stages=definition.stage_names,
        lower_bound=definition.lower_bound,
        upper_bound=definition.upper_bound,
        remark=_remark(line) if entry.version else "",
        locked=locked,
        decimals=definition.decimals,
        terms=definition.parts,
        parts=entry.parts,
        reached_on=entry.reached_on,
        given=line.given,
    )


def _remark(line: Line) -> str:
    """The reviewer's words, then what must be put right, then what only needs a word."""
    names = {"hard": _("必须更正"), "soft": _("核实")}
    told = []
    if line.entry.returned_note:
        told.append(_("退回意见：{words}").format(words=line.entry.returned_note))
    for found in line.findings:
        told.append(f"{names[found.severity]}：{found.words}")
    return tidy("；".join(told))


def _title(submission: Submission) -> str:
    return _("{area}{year}年度报送表").format(area=submission.area.name, year=submission.round.year)


def _value(value, stages: Sequence[str] = (), day: date | None = None) -> str:
    if value is None:
        return _("（空）")
    words = value_words(value, stages=stages)
    if day is None:
        return words
    return _("{stage}（{day} 达到）").format(stage=words, day=day)
