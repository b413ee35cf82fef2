"""The register between database and workbook: what is written out, what an upload would change, and doing just that.

An upload is tried out by the actions themselves, inside a transaction: a preview takes all of it back, a confirmation
keeps it if nothing was refused. So preview, confirmation and form can never judge differently."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from areas.models import Area
from lib.refusals import Invalid, Refused
from lib.tabular.cells import UNREADABLE, words_of_kind
from lib.tabular.faulty_rows import SentRows, sent_rows
from lib.tabular.reading import read_spreadsheet
from lib.tabular.table_reading import Problem, Record, Table
from projects.actions import change_state, create_project, edit_project, record_amount
from projects.changes.event_words import event_lines
from projects.changes.parts import Parts
from projects.changes.progress import report_progress
from projects.editing.forms import AmountForm, ProgressForm, ProjectForm
from projects.models import Project, ProjectAmount, ProjectEvent
from projects.workbooks.export import RegisterWords, loaded, number_text, register_rows
from projects.workbooks.workbook import (
    AMOUNTS,
    PROGRESS,
    PROJECTS,
    TABLES,
    RegisterReading,
    is_new,
    read_register,
    said,
)

# Rows that differ from the register, in one file: each is carried out in the one transaction in which all are tried. On
# SQLite nobody else writes meanwhile, on PostgreSQL nobody gets the number of a new project.
MOST_TRIED = {"sqlite": 300, "postgresql": 3_000}
VERDICTS = {"new": _("新增"), "changed": _("修改"), "same": _("不变"), "refused": _("拒绝")}
PARTS = ("shares", "schedule", "contributions")
AMOUNT_FIELDS = ("stage", "amount_yi", "dated", "source")
PROGRESS_FIELDS = ("completed_yi", "image", "problem", "next_step")
UNSAID = {"version", "reason", "code", "state"}  # columns that are no part of the project's form


@dataclass(frozen=True)
class RegisterLine:
    """One row of the preview: which, what becomes of it, (label, old, new) of what differs."""

    sheet: str
    row: int
    title: str
    verdict: str
    pairs: Sequence[tuple[str, str, str]] = ()


@dataclass
class RegisterPreview:
    """`twins`: rows that say again what the register has already; they are taken only when somebody has said that they
    are no repetition."""

    reading: RegisterReading
    lines: list[RegisterLine] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    twins: list[str] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        verdicts = [line.verdict for line in self.lines]
        return {verdict: verdicts.count(verdict) for verdict in VERDICTS}

    @property
    def notes(self) -> list[str]:
        return self.reading.notes

    @property
    def sheets(self) -> list[SentRows]:
        return [sent_rows(content) for content in self.reading.contents]

    @property
    def effect(self) -> list:
        """All that somebody agrees to who confirms it."""
        return list(map(vars, self.lines))

    @property
    def is_applicable(self) -> bool:
        return not self.problems and any(line.verdict in {"new", "changed"} for line in self.lines)


# Files taken in -----------------------------------------------------------------------------------


def preview_upload(content: bytes, name: str, user: User, typed: Mapping[str, str] | None = None) -> RegisterPreview:
    """What the file would change. Nothing of it is stored. SpreadsheetError where it cannot be read at all."""
    reading = read_register(read_spreadsheet(content, name, typed))  # before anybody else has to wait
    with transaction.atomic():
        preview = RegisterRows(reading, user).tried()
        transaction.set_rollback(True)
    return preview


def confirm_upload(
    content: bytes, name: str, user: User, typed: Mapping[str, str] | None = None
) -> tuple[RegisterPreview, dict]:
    """Store what the preview showed, all or nothing: with a problem in it nothing is stored. (The preview as it was
    now, what undoing it needs)."""
    reading = read_register(read_spreadsheet(content, name, typed))
    with transaction.atomic():
        rows = RegisterRows(reading, user)
        preview = rows.tried()
        if preview.problems:
            transaction.set_rollback(True)
    return preview, rows.recorded()


class RegisterRows:
    """A reading, row by row through the actions. `steps` remembers what each did and what stood there before."""

    def __init__(self, reading: RegisterReading, user: User):
        self.user, self.words = user, RegisterWords(user)
        self.steps: list[dict] = []
        self.preview = RegisterPreview(reading, problems=list(reading.problems))
        self.counties = list(Area.objects.visible_to(user).counties())
        self.projects: dict[str, Project] = {}
        self.refused_new: set[str | None] = set()
        self.rows_left = MOST_TRIED[connection.vendor]
        self._indexes: dict[tuple, dict[tuple, dict]] = {}

    def tried(self) -> RegisterPreview:
        reading = self.preview.reading
        if reading.problems:
            return self.preview
        codes: set[str | None] = set()
        for table in TABLES:
            codes.update(said(record, "code") for record in reading.records(table))
        known = Project.objects.editable_by(self.user).filter(code__in=codes).select_for_update(of=("self",))
        self.projects = {project.code: project for project in loaded(known)}
        self.now = register_rows(self.projects.values())
        for table, take in ((PROJECTS, self.take_project), (AMOUNTS, self._amount), (PROGRESS, self._progress)):
            self._take(reading.records(table), take)
        sheets = [table.name for table in TABLES]
        self.preview.problems.sort(key=lambda problem: (sheets.index(problem.sheet), problem.row or 0))
        return self.preview

    def recorded(self) -> dict:
        """What was done, step by step, and the version that each project has since."""
        keys = {step["project"] for step in self.steps}
        versions = Project.objects.filter(pk__in=keys).values_list("code", "version")
        return {"steps": self.steps, "versions": dict(versions)}

    def _take(self, records: Sequence[Record], take: Callable) -> None:
        """Each row in a savepoint of its own, so that all that is wrong is told at once."""
        seen: dict[tuple, int] = {}
        for record in records if self.rows_left >= 0 else ():
            try:
                with transaction.atomic():
                    self._require_once(record, seen)
                    verdict, pairs = take(record)
            except RowRefused as refusal:
                self.preview.problems += [record.problem(name, words) for name, words in refusal.causes]
                verdict, pairs = "refused", ()
            except Refused as refusal:
                self.preview.problems.append(record.problem("", refusal.words))
                verdict, pairs = "refused", ()
            if verdict == "refused" and record.sheet == PROJECTS.name:
                self.refused_new.add(said(record, "code"))
            self.rows_left -= verdict != "same"
            if self.rows_left < 0:
                self._stop(record)
                return
            line = RegisterLine(record.sheet, record.row.number, self._title(record), verdict, pairs)
            self.preview.lines.append(line)

    def _stop(self, record: Record) -> None:
        """The file is refused for its length; what was wrong with the rows before is told too."""
        words = _("一份文件最多新增、修改 {most:,} 行，从这一行起没有再看。请分成几个文件；不改的行可以留着。")
        self.preview.problems.append(record.problem("", words.format(most=MOST_TRIED[connection.vendor])))

    def _require_once(self, record: Record, seen: dict) -> None:
        key = _key(record)
        if key and key in seen:
            words = _("与第 {row} 行重复；请只留一行。").format(row=seen[key])
            raise RowRefused([("code", words)])
        seen[key] = record.row.number

    # Projects ---------------------------------------------------------------------------------------

    def take_project(self, record: Record) -> tuple:
        code = said(record, "code")
        if is_new(code):
            return self._created(record, code)
        project = self._known(code)
        now = self._row(PROJECTS, code=code)
        differing = {column.name for column in PROJECTS.columns if _differs(record, now, column.name)}
        changed = differing - {"version", "reason", "code"}
        if not changed:
            return "same", ()
        self._require_version(record, project.version)
        form = self._form(record, ProjectForm.of(project), changed)
        last = project.events.order_by("-pk").values_list("pk", flat=True).first() or 0
        values = {name: value for name, value in form.values.items() if name in changed}
        parts = Parts(**{name: form.cleaned_data[name] for name in PARTS if name in changed})
        reason = said(record, "reason") or ""
        done = edit_project(project=project, values=values, parts=parts, reason=reason, by=self.user)
        if "state" in changed:
            done |= change_state(project=project, state=self._word(record, "state"), reason=reason, by=self.user)
        if not done:
            return "same", ()
        was = {name: _shown(now[name]) for name in changed if now and name in now}
        self._did("edit", project, was=was)
        return "changed", _all_pairs(project.events.filter(pk__gt=last))

    def _created(self, record: Record, code: str | None) -> tuple:
        form = self._form(record, {}, {column.name for column in PROJECTS.columns})
        name = form.cleaned_data["name"]
        same = Project.objects.filter(name=name).values_list("code", flat=True).first()
        if same:
            self._twin(record, _("已有同名的项目 {code}").format(code=same))
        state = self._word(record, "state") or Project.State.PLANNED
        project = create_project(values=form.values, parts=form.parts, state=state, by=self.user)
        if code:
            self.projects[code] = project
        self._did("create", project)
        return "new", _all_pairs(project.events.all())

    def _form(self, record: Record, initial: Mapping, changed: set[str]) -> ProjectForm:
        """The project's form with the row's cells over what stands there."""
        data = {**initial, "is_industrial": "on" if initial.get("is_industrial") else ""}
        data |= self._data(record, changed - UNSAID)
        for name in PARTS:
            data[name] = str(data.get(name, "")).replace("；", "\n").replace(";", "\n")
        return _valid(ProjectForm(data, user=self.user, counties=self.counties))

    # What stands under them -------------------------------------------------------------------------

    def _amount(self, record: Record) -> tuple:
        project = self._known(said(record, "code"))
        corrects = self._corrected(record, project)
        if corrects:
            standing = self._row(AMOUNTS, id=corrects.pk)
            if not any(_differs(record, standing, name) for name in AMOUNT_FIELDS):
                return "same", ()
        form = _valid(AmountForm(self._data(record, AMOUNT_FIELDS), standing=[]))
        reason = said(record, "reason") or ""
        amount = form.amount
        key = {"stage": amount.stage, "amount_yi": amount.amount_yi, "dated": amount.dated}
        if not corrects and project.amounts.filter(**key).exists():
            self._twin(record, _("这个项目已有同一阶段、同一日期、同样金额的一笔"))
        row = record_amount(project=project, amount=form.amount, corrects=corrects, reason=reason, by=self.user)
        was = {name: _shown(getattr(corrects, name)) for name in AMOUNT_FIELDS} if corrects else None
        self._did("amount", project, row=row.pk, was=was)
        return "changed" if corrects else "new", self._last_pairs(row.project)

    def _corrected(self, record: Record, project: Project) -> ProjectAmount | None:
        number = said(record, "id")
        if not number:
            return None
        rows = {str(row.pk): row for row in project.amounts.all()}
        if number not in rows:
            raise RowRefused([("id", _("这个项目没有记录号为“{n}”的投资额；新的一笔请留空。").format(n=number[:20]))])
        return rows[number]

    def _progress(self, record: Record) -> tuple:
        project = self._known(said(record, "code"))
        form = _valid(ProgressForm(self._data(record, ("year", "quarter", *PROGRESS_FIELDS))))
        progress = form.progress
        now = self._row(PROGRESS, code=project.code, year=progress.year, quarter=progress.quarter)
        was = dict.fromkeys(PROGRESS_FIELDS, "")
        if now:
            if not any(_differs(record, now, name) for name in PROGRESS_FIELDS):
                return "same", ()
            self._require_version(record, now["version"])
            was = {name: _shown(now[name]) for name in PROGRESS_FIELDS}
        row = report_progress(project=project, progress=progress, by=self.user)
        if row is None:
            return "same", ()
        self._did("progress", project, year=row.year, quarter=row.quarter, was=was)
        return "new" if row.version == 1 else "changed", self._last_pairs(project)

    def _did(self, step: str, project: Project, **more: Any) -> None:
        self.steps.append({"step": step, "project": project.pk, "code": project.code, "name": project.name, **more})

    def _twin(self, record: Record, words: str) -> None:
        line = _("{sheet}第 {row} 行：{words}，请确认不是重复")
        self.preview.twins.append(line.format(sheet=record.sheet, row=record.row.number, words=words))

    # Cells ------------------------------------------------------------------------------------------

    def _known(self, code: str | None) -> Project:
        if code in self.projects:
            return self.projects[code]
        if code in self.refused_new:
            raise RowRefused([("code", _("“项目”表里的 {code} 没有通过；先改那一行。").format(code=code))])
        words = _("没有编号为“{code}”的项目，或它不由您的单位填报；新项目写 新1。")
        raise RowRefused([("code", words.format(code=(code or "")[:20]))])

    def _row(self, table: Table, **key) -> dict | None:
        """The row as it stands; found by an index, for every row of a long file asks."""
        index = self._indexes.get((table.name, *key))
        if index is None:
            index = self._indexes[table.name, *key] = {}
            for row in self.now[table.name]:
                index.setdefault(tuple(row[name] for name in key), row)
        return index.get(tuple(key.values()))

    def _data(self, record: Record, names: Iterable[str]) -> dict[str, str]:
        """The cells as a form takes them; every word that is not known is told."""
        data, causes = {}, []
        for name in names:
            place = record.cells.get(name)
            if place is not None and place.cell.kind in UNREADABLE:
                causes.append((name, words_of_kind(place.cell)))
                continue
            text = said(record, name)
            if text is None:
                continue
            try:
                data[name] = self.words.value(name, text)
            except Invalid as error:
                causes.append((name, error.words))
        if causes:
            raise RowRefused(causes)
        return data

    def _word(self, record: Record, name: str) -> str:
        return self._data(record, [name]).get(name, "")

    def _require_version(self, record: Record, version: int) -> None:
        if said(record, "version") not in (None, str(version)):
            words = _("下载之后已有人修改（现在是版本 {n}）；请重新下载，在新表里改。")
            raise RowRefused([("version", words.format(n=version))])

    def _title(self, record: Record) -> str:
        code = said(record, "code")
        known = self.projects[code].name if code in self.projects else None
        return " ".join(filter(None, [code, said(record, "name") or said(record, "project") or known]))

    def _last_pairs(self, project: Project) -> list[tuple]:
        return _all_pairs(project.events.order_by("-pk")[:1])


class RowRefused(Refused):
    """A row that cannot be taken: (column, words) of every cause."""

    def __init__(self, causes: Sequence[tuple[str, str]]):
        super().__init__("；".join(str(words) for _column, words in causes))
        self.causes = causes


def _all_pairs(events: Iterable[ProjectEvent]) -> list[tuple]:
    """What differs since these events, the newest first."""
    found: list[tuple] = []
    for line in event_lines(events):
        found += line.pairs
    return found


def _valid(form: forms.Form):
    if not form.is_valid():
        causes: list[tuple[str, str]] = []
        for name, errors in form.errors.items():
            causes += [(name, words) for words in _words(form, name, errors)]
        raise RowRefused(causes)
    return form


def _words(form: forms.Form, name: str, errors: Iterable) -> list[str]:
    """What a form says of a field, without the field's name: beside it stands the column's."""
    label = f"{form.fields[name].label}：" if name in form.fields else ""
    return [str(error).removeprefix(label) for error in errors]


def _differs(record: Record, now: Mapping | None, name: str) -> bool:
    """Whether a cell says something else than what stands there; a column that the file has not says nothing."""
    text = said(record, name)
    return text is not None and text != _shown((now or {}).get(name))


def _shown(value) -> str:
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else number_text(value)


def _key(record: Record) -> tuple:
    """What may stand in a sheet once; () for what may repeat."""
    code = said(record, "code")
    if record.sheet == PROJECTS.name:
        return (code,) if code else ()
    if record.sheet == AMOUNTS.name:
        return (said(record, "id"),) if said(record, "id") else ()
    return (code, said(record, "year"), said(record, "quarter"))
