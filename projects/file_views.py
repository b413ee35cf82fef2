"""The register as a workbook down and up: download, upload, preview, confirm."""

from functools import wraps

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from indicators.workbook import write_refused
from journal.once import confirmed_once
from lib.files.shelf import Shelf
from lib.refusals import Invalid
from lib.tabular.cells import MAX_BYTES, SpreadsheetError
from lib.tabular.exports import XLSX
from projects.actions import may_enter
from projects.listing import Register
from projects.models import Project
from projects.upload import VERDICTS, Preview, confirm_upload, preview_upload, write_projects

UPLOADS = Shelf("projects")


def writers_only(view):
    """Whoever may enter projects; which rows, the actions decide."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not may_enter(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@writers_only
@require_safe
def workbook(request):
    """The filtered projects that the user may edit, open to be changed."""
    try:
        content = write_projects(Register(request.user, request.GET).rows, request.user)
    except Invalid as refusal:
        return HttpResponse(refusal.words, status=413, content_type="text/plain; charset=utf-8")
    return _file(content, "projects-edit.xlsx")


@writers_only
@require_safe
def template(request):
    """The same without a row."""
    return _file(write_projects(Project.objects.none(), request.user), "projects-template.xlsx")


@writers_only
def upload(request):
    error = ""
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            content = _content(file)
            preview_upload(content, file.name, request.user)
        except SpreadsheetError as problem:
            error = str(problem)
        else:
            token = UPLOADS.keep(content, user=request.user.pk, name=file.name)
            return redirect("projects_preview", token=token)
    return render(request, "projects/upload.html", {"error": error}, status=400 if error else 200)


@writers_only
def _read(request, token) -> None:
    name, content = _kept(request, token)
    preview_upload(content, name, request.user)


@confirmed_once(_read)
@writers_only
def preview(request, token):
    """What the uploaded file would change; by POST, change it."""
    name, content = _kept(request, token)
    is_sure = "no_repetition" in request.POST
    found = preview_upload(content, name, request.user)
    if request.method == "POST" and found.twins and not is_sure:
        messages.error(request, _("没有保存：有的行与已登记的相同。确认不是重复，请勾选后再保存。"))
    elif request.method == "POST":
        found = confirm_upload(content, name, request.user)
    if request.method == "POST" and not found.problems and (is_sure or not found.twins):
        UPLOADS.forget(token)
        counts = found.counts
        words = _("已保存：新增 {new} 行，修改 {changed} 行。")
        messages.success(request, words.format(new=counts["new"], changed=counts["changed"]))
        return redirect("projects")
    moving = [line for line in found.lines if line.verdict in {"new", "changed"}]
    context = {"preview": found, "moving": moving, "name": name, "token": token, "counts": _counts(found)}
    return render(request, "projects/upload.html", context)


@writers_only
@require_safe
def refused(request, token):
    """The file as it came, every cause beside its row."""
    name, content = _kept(request, token)
    found = preview_upload(content, name, request.user)
    return _file(write_refused(found.reading.copy_with(found.problems)), "projects-refused.xlsx")


def _content(file) -> bytes:
    if file is None:
        raise SpreadsheetError(_("请先选择填好的表格。"))
    if file.size > MAX_BYTES:
        raise SpreadsheetError(_("文件超过 10 MB；请分成几个文件。"))
    return file.read()


def _kept(request, token) -> tuple[str, bytes]:
    kept = UPLOADS.find(token, user=request.user.pk)
    if kept is None:
        raise Http404(_("没有这次上传，或已超过 24 小时；请重新上传。"))
    about, content = kept
    return about["name"], content


def _counts(found: Preview) -> list[tuple[str, int]]:
    return [(VERDICTS[verdict], n) for verdict, n in found.counts.items() if n]


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
