"""Files of a sheet: the workbook down and up, evidence. Each finds the sheet within the user's scope, else 404."""

from collections.abc import Mapping
from typing import ClassVar

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from journal.once import carried_out_once, confirmed_once
from lib.files.documents import MAX_BYTES as MAX_EVIDENCE
from lib.files.documents import DocumentError, check_size
from lib.files.downloads import to_be_saved
from lib.refusals import Refused
from lib.tabular.cells import MEGABYTE
from reporting.entries.evidence import MOST_PER_ENTRY, attach_evidence, withdraw_evidence
from reporting.models import Evidence, Submission
from reporting.sheets import read_sheet
from reporting.workbooks.upload import (
    SheetPreview,
    confirm_upload,
    locked_words,
    preview_upload,
    undo_upload,
    write_faults,
    write_sheet,
)
from uploads import pages
from uploads.doors import Door, SentTable, UndoneLine


@require_safe
def sheet_workbook(request, area, year):
    """The sheet as it is saved, to be filled in by whose rows it has."""
    submission = _submission(request, area, year)
    return pages.workbook_response(write_sheet(submission, request.user), f"{area}-{year}")


class SheetDoor(Door):
    """A county's sheet of one year."""

    kind = "sheets"
    pages: ClassVar[Mapping[str, str]] = {
        "form": "sheet_upload",
        "preview": "sheet_upload_preview",
        "refused": "sheet_upload_errors",
        "undo": "sheet_upload_undo",
    }
    form_template, preview_template = "reporting/upload.html", "reporting/upload_preview.html"
    accept = ".xlsx"
    may_drop_rows = False  # each indicator has its row

    def __init__(self, user: User, submission: Submission):
        super().__init__(user, {"area": submission.area_id, "year": submission.round.year})
        self.submission = submission

    def preview(self, sent: SentTable) -> SheetPreview:
        return preview_upload(self.submission, self.user, sent.content, sent.name, sent.typed)

    def record(self, sent: SentTable) -> tuple[SheetPreview, dict]:
        return confirm_upload(self.submission, self.user, sent.content, sent.name, sent.typed)

    def undo(self, recorded: Mapping, *, reason: str) -> list[UndoneLine]:
        return undo_upload(self.submission, self.user, recorded, reason=reason)

    def refused_file(self, preview: SheetPreview) -> tuple[bytes, str]:
        if not preview.can_be_written_back:
            raise Http404(_("没有可以写在行旁的错误。"))
        return write_faults(self.submission, preview), "{area}-{year}-errors".format(**self.place)

    def done_words(self, preview: SheetPreview, name: str) -> str:
        words = _("已保存“{name}”：新增 {new} 项，修改 {changed} 项，不变 {same} 项。")
        return words.format(name=name, **preview.counts)

    def done_url(self) -> str:
        return reverse("sheet", kwargs=self.place)

    def form_context(self, request) -> dict:
        return {"submission": self.submission}

    def context(self, preview: SheetPreview) -> dict:
        return {"submission": self.submission, "counts": preview.counts}


def upload(request, area, year):
    return pages.receive(request, _door(request, area, year))


def _read(request, area, year, token) -> None:
    pages.read_first(_door(request, area, year), token)


@confirmed_once(_read)
def upload_preview(request, area, year, token):
    return pages.preview_page(request, _door(request, area, year), token)


@require_safe
def upload_errors(request, area, year, token):
    """The uploaded sheet, its faults written beside the rows."""
    return pages.refused_file(request, _door(request, area, year), token)


@carried_out_once
def upload_undo(request, area, year, token):
    return pages.undo_page(request, _door(request, area, year), token)


def _door(request, area, year) -> SheetDoor:
    return SheetDoor(request.user, _submission(request, area, year))


def evidence(request, area, year):
    """Every row with its files; by POST, another file for one of them."""
    submission = _submission(request, area, year)
    if request.method == "POST":
        return _attach(request, submission)
    files = {}
    for each in Evidence.objects.visible_to(request.user).filter(entry__submission=submission):
        files.setdefault(each.entry_id, []).append(each)
    lines = read_sheet(submission)
    rows = [(line, files.get(line.entry.pk, []), _may_attach(request, submission, line)) for line in lines]
    rows.sort(key=lambda row: not row[2])
    limits = {"megabytes": MAX_EVIDENCE // MEGABYTE, "files": MOST_PER_ENTRY}
    return render(request, "reporting/evidence.html", {"submission": submission, "rows": rows, "limits": limits})


@require_safe
def evidence_file(request, area, year, pk):
    """The file itself, always to be saved, never shown as a page of this site."""
    found = _evidence(request, area, year, pk)
    return to_be_saved(found.path, name=found.name, content_type=found.content_type)


@require_POST
def evidence_withdraw(request, area, year, pk):
    found = _evidence(request, area, year, pk)
    try:
        withdraw_evidence(evidence=found, by=request.user)
    except Refused as refusal:
        messages.error(request, refusal.words)
    else:
        messages.success(request, _("已撤下“{name}”，历史中仍可查看。").format(name=found.name))
    return _back(request, found.entry)


def _submission(request, area, year) -> Submission:
    rows = Submission.objects.visible_to(request.user).select_related("round", "area")
    return get_object_or_404(rows, area=area, round__year=year)


def _evidence(request, area, year, pk) -> Evidence:
    rows = Evidence.objects.visible_to(request.user).select_related("entry__submission__round")
    return get_object_or_404(rows, pk=pk, entry__submission__area=area, entry__submission__round__year=year)


def _may_attach(request, submission, line) -> bool:
    return not locked_words(submission, line.entry, request.user)


# Attaching evidence ---------------------------------------------------------------------------------


def _attach(request, submission) -> HttpResponse:
    rows = submission.entries.select_related("submission__round")
    entry = get_object_or_404(rows, indicator=request.POST.get("indicator", ""))
    for file in request.FILES.getlist("file") or [None]:
        try:
            words = _stored(request, entry, file)
        except (Refused, DocumentError) as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, words)
    return _back(request, entry)


def _back(request, entry) -> HttpResponse:
    """To the row that the file belongs to, on the page that it was sent from."""
    page = "sheet" if request.POST.get("back") == "sheet" else "evidence"
    place = redirect(page, area=entry.submission.area_id, year=entry.submission.round.year)
    place["Location"] += f"#{entry.indicator_id}"
    return place


def _stored(request, entry, file) -> str:
    if file is None:
        raise DocumentError(_("请选择文件。"))
    try:
        check_size(file.size)
    except DocumentError as error:
        raise DocumentError(f"{file.name}：{error}。") from error
    found = attach_evidence(entry=entry, name=file.name, content=file.read(), by=request.user)
    return _("已附上“{name}”。").format(name=found.name)
