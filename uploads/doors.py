"""One protocol for every table that people send: official tables, official values, money, projects, a county's sheet.

A file is read within bounds and put aside under a token that its sender alone can use. What it would do is shown; cells
at fault are typed over in place and the whole is checked again. Who confirms says which preview was seen: the file is
recorded in one transaction that claims the token, and taken back where it would do something else by now. Within a day
the one who confirmed can undo the whole as one act; what somebody has changed since stays, and is named.

A room describes its table as a `Door` and serves the pages of `uploads/pages.py`."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Protocol

from django import forms
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from journal.actions import log_audit
from lib.files.shelf import Shelf
from lib.refusals import Invalid, NotAllowed, Refused, StalePreview
from lib.tabular.cells import MAX_BYTES, MEGABYTE
from lib.tabular.faulty_rows import SentRows
from lib.tabular.table_reading import Problem
from uploads.models import CAN_BE_UNDONE, UploadedTable

LONGEST_REASON = UploadedTable._meta.get_field("reason").max_length


@dataclass(frozen=True)
class SentTable:
    """A file as it came: `said` beside it in the form, `typed` over its cells since."""

    name: str
    content: bytes
    said: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


class TablePreview(Protocol):
    """What a door shows before it records: `effect`, as JSON can hold it, is all that somebody agrees to."""

    @property
    def problems(self) -> Sequence[Problem]: ...
    @property
    def notes(self) -> Sequence[str]: ...
    @property
    def twins(self) -> Sequence[str]: ...
    @property
    def sheets(self) -> Sequence[SentRows]: ...
    @property
    def is_applicable(self) -> bool: ...
    @property
    def effect(self) -> Any: ...


@dataclass(frozen=True)
class UndoneLine:
    """One thing that an upload has recorded: as it stands and as it will stand; `hindrance` says why it stays."""

    what: str
    now: str
    back: str
    hindrance: str = ""


class TableForm(forms.Form):
    """The file; a door adds what it wants to be told beside it."""

    file = forms.FileField(
        label=gettext_lazy("填好的表格"), error_messages={"required": gettext_lazy("请先选择填好的表格。")}
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            words = _("文件有 {size} MB，超过 10 MB 的上限；请分成几个文件。")
            raise forms.ValidationError(words.format(size=f"{file.size / MEGABYTE:.1f}"))
        return file


class Door:
    """One kind of table, for one user and place. `kind` names its shelf and its records; `pages` are the names of its
    addresses: the form, its preview, the faulty rows as a file, undoing."""

    kind: ClassVar[str]
    pages: ClassVar[Mapping[str, str]]
    form_template: ClassVar[str]
    preview_template: ClassVar[str]
    form_class: type[TableForm] = TableForm
    accept: ClassVar[str] = ".xlsx,.csv"
    may_drop_rows: ClassVar[bool] = True

    def __init__(self, user: User, place: Mapping[str, Any] | None = None):
        self.user, self.place = user, dict(place or {})

    # What a room says --------------------------------------------------------------------------------

    def preview(self, sent: SentTable) -> Any:
        """What the file would do; nothing is stored. SpreadsheetError where it cannot be read at all."""
        raise NotImplementedError

    def record(self, sent: SentTable) -> tuple[Any, dict]:
        """Do it, inside the caller's transaction: (the preview as it was now, what `undo` needs). Where the preview has
        problems nothing is recorded."""
        raise NotImplementedError

    def undo(self, recorded: Mapping, *, reason: str) -> list[UndoneLine]:
        """Take it back by new versions, inside the caller's transaction; what cannot be taken back has a hindrance."""
        raise NotImplementedError

    def refused_file(self, preview: Any) -> tuple[bytes, str]:
        """The faulty rows as a workbook with the causes beside them, and its name."""
        raise NotImplementedError

    def done_words(self, preview: Any, name: str) -> str:
        raise NotImplementedError

    def done_url(self) -> str:
        raise NotImplementedError

    def context(self, preview: Any) -> dict:
        """What the door's own part of the preview page shows."""
        return {}

    def form_context(self, request: HttpRequest) -> dict:
        return {}

    # The same for all --------------------------------------------------------------------------------

    @property
    def shelf(self) -> Shelf:
        return Shelf(self.kind)

    @property
    def place_key(self) -> str:
        return "/".join(str(value) for value in self.place.values())

    def url(self, page: str, token: str | None = None) -> str:
        return reverse(self.pages[page], kwargs={**self.place, **({"token": token} if token else {})})

    def keep(self, sent: SentTable) -> str:
        """Put the file aside, under a token; those that are there a day go."""
        return self.shelf.keep(sent.content, user=self.user.pk, place=self.place_key, name=sent.name, said=sent.said)

    def find(self, token: str) -> SentTable | None:
        """The file of this user, for this place; None where there is none."""
        found = self.shelf.find(token, user=self.user.pk, place=self.place_key)
        if found is None:
            return None
        about, content = found
        return SentTable(about["name"], content, about["said"], about.get("typed", {}))

    def type_over(self, token: str, typed: Mapping[str, str]) -> None:
        self.shelf.note(token, user=self.user.pk, typed=dict(typed))

    def recent(self) -> list[tuple[UploadedTable, str]]:
        """What this user has recorded here within the day, each with the address that undoes it."""
        since = timezone.now() - CAN_BE_UNDONE
        found = UploadedTable.objects.filter(by=self.user, kind=self.kind, place=self.place_key, at__gt=since)
        return [(upload, self.url("undo", upload.token)) for upload in found]


def fingerprint(sent: SentTable, preview: TablePreview) -> str:
    """The same as long as the file, what was typed over it and its effect are the same."""
    told = [sent.sha256, dict(sent.said), dict(sent.typed), list(preview.twins), preview.effect]
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


class AlreadyRecorded(Refused):
    """The token is claimed: the file was recorded before, or is being recorded."""

    kind = "stale-preview"


@transaction.atomic
def confirm(door: Door, token: str, sent: SentTable, *, seen: str, is_no_repetition: bool) -> Any:
    """Record what was `seen`, all or nothing, once; the preview. StalePreview where it would do something else by now,
    AlreadyRecorded, and what the room itself refuses; then nothing is recorded and the token is not claimed."""
    try:
        with transaction.atomic():  # waits here for whoever confirms the same file and is not done
            claim = UploadedTable.objects.create(
                token=token,
                kind=door.kind,
                place=door.place_key,
                name=sent.name[:200],
                sha256=sent.sha256,
                by=door.user,
            )
    except IntegrityError as error:
        raise AlreadyRecorded(_("这份文件已经确认过，没有再办一次。")) from error
    preview, recorded = door.record(sent)
    if preview.problems or fingerprint(sent, preview) != seen:
        raise StalePreview(_("没有保存：预览之后数据有了变化，下面是按现在的数据重新做的预览，请再核对一次。"))
    if preview.twins and not is_no_repetition:
        raise Invalid(_("没有保存：有的行与已登记的相同。确认不是重复，请勾选后再保存。"))
    claim.recorded, claim.words = recorded, door.done_words(preview, sent.name)[:300]
    claim.save(update_fields=["recorded", "words"])
    if sent.typed:
        rows = [{"key": sent.sha256[:12], "new": {"文件": sent.name, "预览时改写": dict(sent.typed)}}]
        log_audit(action="type_over", subject=UploadedTable._meta.label_lower, rows=rows, by=door.user)
    return preview


def would_undo(door: Door, upload: UploadedTable) -> list[UndoneLine]:
    """What undoing would do now: it is tried, and taken back."""
    with transaction.atomic():
        lines = door.undo(upload.recorded, reason=_("撤销上传"))
        transaction.set_rollback(True)
    return lines


@transaction.atomic
def undo(door: Door, token: str, *, reason: str) -> list[UndoneLine]:
    """Undo an upload as one act: all that nobody has changed since. Invalid without a reason, twice, after a day, and
    where nothing can be undone any more."""
    upload = UploadedTable.objects.select_for_update().get(token=token, by=door.user, kind=door.kind)
    if not reason.strip():
        raise Invalid(_("请写明撤销的理由。"))
    if upload.undone_at is not None:
        raise Invalid(_("这次上传已经撤销过。"))
    if not upload.can_be_undone:
        raise Invalid(_("超过一天，不能再整体撤销；请逐项更正。"))
    lines = door.undo(upload.recorded, reason=_("撤销上传“{name}”：{reason}").format(name=upload.name, reason=reason))
    if not _undoable(lines):
        raise Invalid(_("没有撤销：上传的内容之后都有人改过，或不能撤销，请逐项更正。"))
    upload.undone_at, upload.reason = timezone.now(), reason.strip()[:LONGEST_REASON]
    upload.told = [asdict(line) for line in lines]
    upload.save(update_fields=["undone_at", "reason", "told"])
    told = {"文件": upload.name, "撤销": len(_undoable(lines)), "未撤销": len(lines) - len(_undoable(lines))}
    rows = [{"key": upload.sha256[:12], "new": told}]
    log_audit(action="undo_upload", subject=UploadedTable._meta.label_lower, rows=rows, by=door.user, reason=reason)
    return lines


def _undoable(lines: Iterable[UndoneLine]) -> list[UndoneLine]:
    return [line for line in lines if not line.hindrance]


def require_undoable(door: Door, token: str) -> UploadedTable:
    """The upload of this user, as `undo` would take it; NotAllowed where it is another's or there is none."""
    found = UploadedTable.objects.filter(token=token, by=door.user, kind=door.kind, place=door.place_key).first()
    if found is None:
        raise NotAllowed(_("没有这次上传，或不是您确认的。"))
    return found
