"""Files of a sheet: the workbook down and up, evidence. Each finds the sheet within the user's scope, else 404."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from journal.once import confirmed_once
from lib.files.documents import MAX_BYTES as MAX_EVIDENCE
from lib.files.documents import DocumentError, check_size
from lib.files.downloads import to_be_saved
from lib.files.shelf import Shelf
from lib.refusals import Refused
from lib.tabular.cells import MAX_BYTES, MEGABYTE, SpreadsheetError
from lib.tabular.exports import XLSX
from reporting.evidence import MOST_PER_ENTRY, attach_evidence, withdraw_evidence
from reporting.models import Evidence, Submission
from reporting.sheets import read_sheet
from reporting.upload import confirm_upload, locked_words, preview_upload, write_faults, write_sheet

SHEETS = Shelf("sheets")


@require_safe
def sheet_workbook(request, area, year):
    """The sheet as it is saved, to be filled in by whose rows it has."""
    submission = _submission(request, area, year)
    return _workbook(write_sheet(submission, request.user), f"{area}-{year}")


def _read(request, area, year) -> None:
    submission = _submission(request, area, year)
    name, content = _kept(request, submission, request.POST.get("token", ""))
    preview_upload(submission, request.user, content, name)


@confirmed_once(_read)
def upload(request, area, year):
    """A form; a file, kept and shown as what it would change; and, by its token, saved."""
    submission = _submission(request, area, year)
    if request.method == "POST" and "token" in request.POST:
        return _confirm(request, submission)
    if request.method == "POST":
        return _receive(request, submission)
    token = request.GET.get("token", "")
    return _preview(request, submission, token) if token else _page(request, submission)


@require_safe
def upload_errors(request, area, year):
    """The uploaded sheet, its faults written beside the rows."""
    submission = _submission(request, area, year)
    name, content = _kept(request, submission, request.GET.get("token", ""))
    try:
        preview = preview_upload(submission, request.user, content, name)
    except (SpreadsheetError, Refused) as error:
        raise Http404(str(error)) from error
    if not preview.can_be_written_back:
        raise Http404(_("没有可以写在行旁的错误。"))
    return _workbook(write_faults(submission, preview), f"{area}-{year}-errors")


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


def _workbook(content: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type=XLSX, headers=headers)


# Uploading a sheet ----------------------------------------------------------------------------------


def _page(request, submission, status=200, **context) -> HttpResponse:
    limits = {"megabytes": MAX_BYTES // MEGABYTE}
    context = {"submission": submission, "limits": limits, **context}
    return render(request, "reporting/upload.html", context, status=status)


def _receive(request, submission) -> HttpResponse:
    """Keep the file, but only one that can be read at all and from one who may write."""
    file = request.FILES.get("file")
    if file is None:
        return _page(request, submission, 400, error=_("请选择填好的表格。"))
    if file.size > MAX_BYTES:
        words = _("文件有 {size} MB，超过 10 MB 的上限；请只保留从本页下载的表。").format(
            size=f"{file.size / MEGABYTE:.1f}"
        )
        return _page(request, submission, 400, error=words)
    content = file.read()
    try:
        preview_upload(submission, request.user, content, file.name)
    except SpreadsheetError as error:
        return _page(request, submission, 400, error=f"{error}。")
    except Refused as refusal:
        return _page(request, submission, refusal.status, error=refusal.words)
    token = SHEETS.keep(content, user=request.user.pk, name=file.name, **_key(submission))
    return _to_preview(submission, token)


def _preview(request, submission, token) -> HttpResponse:
    name, content = _kept(request, submission, token)
    try:
        preview = preview_upload(submission, request.user, content, name)
    except (SpreadsheetError, Refused) as error:
        return _page(request, submission, getattr(error, "status", 400), error=str(error))
    return _page(request, submission, preview=preview, counts=preview.counts, token=token, name=name)


def _confirm(request, submission) -> HttpResponse:
    token = request.POST["token"]
    name, content = _kept(request, submission, token)
    try:
        preview = confirm_upload(submission, request.user, content, name)
    except (SpreadsheetError, Refused) as error:
        messages.error(request, str(error))
        return _to_preview(submission, token)
    SHEETS.forget(token)
    words = _("已保存“{name}”：新增 {new} 项，修改 {changed} 项，不变 {same} 项。")
    messages.success(request, words.format(name=name, **preview.counts))
    return redirect("sheet", area=submission.area_id, year=submission.round.year)


def _kept(request, submission, token: str) -> tuple[str, bytes]:
    found = SHEETS.find(token, user=request.user.pk, **_key(submission))
    if found is None:
        raise Http404(_("没有这次上传：可能已经保存，或已过期（保留一天）。请重新上传。"))
    return found[0]["name"], found[1]


def _key(submission) -> dict:
    return {"area": submission.area_id, "year": submission.round.year}


def _to_preview(submission, token: str) -> HttpResponse:
    place = redirect("sheet_upload", area=submission.area_id, year=submission.round.year)
    place["Location"] += f"?token={token}"
    return place


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
