"""The pages of the owner's official tables: template down, file up, preview, confirm."""

from dataclasses import asdict, dataclass
from functools import wraps

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.models import User
from areas.models import Area
from figures.picture import Asked, Picture
from indicators.exports import export_observation_template, export_plan
from indicators.import_rows import Line, Preview
from indicators.imports import confirm, preview_observations, preview_plan
from indicators.models import IndicatorDefinition
from indicators.workbook import INDICATORS, PLAN_TABLES, write_refused
from journal.once import confirmed_once
from lib.files.shelf import Shelf
from lib.refusals import StalePreview
from lib.tabular.cells import MAX_BYTES, MAX_ROWS, SpreadsheetError
from lib.tabular.exports import XLSX
from plan.actions import find_or_record_document
from plan.models import PolicyDocument

LISTED = 300
UPLOADS = Shelf("imports")
TEMPLATES = {"plan": (export_plan, "plan-tables"), "observations": (export_observation_template, "observations")}


@dataclass(frozen=True)
class Upload:
    """A file as it came, with what was said of it. `kind`: plan or observations."""

    kind: str
    name: str
    reason: str
    document: str = ""
    sheet: str = ""


class PlanUpload(forms.Form):
    file = forms.FileField(label=gettext_lazy("填好的表格"))
    sheet = forms.ChoiceField(
        label=gettext_lazy("csv 是哪张表"),
        choices=[("", gettext_lazy("（.xlsx 不用选）"))]
        + [(table.name, gettext_lazy(table.name)) for table in PLAN_TABLES],
        required=False,
    )
    document = forms.CharField(label=gettext_lazy("依据文件标题"), max_length=200)
    reason = forms.CharField(label=gettext_lazy("理由"), max_length=500)

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            megabytes = f"{file.size / 2**20:.1f}"
            raise forms.ValidationError(_("文件有 {size} MB，超过 10 MB 的上限。").format(size=megabytes))
        return file


class ObservationUpload(PlanUpload):
    sheet = None  # type: ignore[assignment]  # Django's way to take a field away


FORMS = {"plan": PlanUpload, "observations": ObservationUpload}


def officials_only(view):
    """The city's commission and administrators; official values the administrators alone."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not request.user.imports_official_tables:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


@officials_only
def imports(request):
    """Templates to fetch, and a form for each kind of table that this user may import."""
    kind = request.POST.get("kind", "")
    form = _form(request, kind) if request.method == "POST" else None
    error = ""
    if form is not None and form.is_valid():
        try:
            return redirect("import_preview", token=_keep(request.user, kind, form.cleaned_data))
        except SpreadsheetError as problem:
            error = str(problem)
    kinds = [("plan", _("指标、年度目标、省定标准"))]
    if _may_import(request.user, "observations"):
        kinds.append(("observations", _("官方数值")))
    context = {
        "picture": Picture(Asked(), request.user),
        "forms": [(name, title, form if name == kind else FORMS[name](prefix=None)) for name, title in kinds],
        "kind": kind,
        "error": error,
        "documents": PolicyDocument.objects.values_list("title", flat=True),
        "limits": {"megabytes": MAX_BYTES // 2**20, "rows": MAX_ROWS},
    }
    return render(request, "figures/imports.html", context, status=400 if form is not None else 200)


@officials_only
def _read(request, token) -> None:
    _preview(*_upload(request, token))


@confirmed_once(_read)
@officials_only
def import_preview(request, token):
    """What the uploaded file would do; by POST, do it."""
    upload, content = _upload(request, token)
    if request.method == "POST":
        return _confirm(request, token, upload, content)
    preview = _preview(upload, content)
    context = {
        "picture": Picture(Asked(), request.user),
        "upload": upload,
        "token": token,
        "preview": preview,
        "counts": preview.counts,
        "listed": LISTED,
        "groups": [(title, lines[:LISTED], len(lines)) for title, lines in _groups(preview) if lines],
        "refused": preview.of("refused")[:LISTED],
        "flips": _flips(preview)[:LISTED],
    }
    return render(request, "figures/import_preview.html", context)


@officials_only
@require_safe
def import_refused(request, token):
    """The refused rows as they came, with the causes beside them."""
    upload, content = _upload(request, token)
    rows = _preview(upload, content).refused_rows()
    if not rows:
        raise Http404(_("没有被拒绝的行。"))
    return _workbook(write_refused(rows), "refused-rows")


@officials_only
@require_safe
def import_template(request, kind):
    """The tables in force to be filled in, or the empty sheet for official values."""
    _check_kind(request.user, kind)
    write, name = TEMPLATES[kind]
    return _workbook(write(), name)


def _workbook(content: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return HttpResponse(content, content_type=XLSX, headers=headers)


def _may_import(user: User, kind: str) -> bool:
    return kind == "plan" or user.role == User.Role.ADMINISTRATOR


def _check_kind(user: User, kind: str) -> None:
    if kind not in FORMS:
        raise Http404(_("没有这种表。"))
    if not _may_import(user, kind):
        raise PermissionDenied


def _form(request, kind: str) -> forms.Form:
    _check_kind(request.user, kind)
    return FORMS[kind](request.POST, request.FILES)


def _keep(user: User, kind: str, given: dict) -> str:
    """Store the upload, but only one that can be read at all."""
    content = given["file"].read()
    texts = {name: given.get(name, "") for name in ("reason", "document", "sheet")}
    upload = Upload(kind=kind, name=given["file"].name, **texts)
    _preview(upload, content)
    return UPLOADS.keep(content, user=user.pk, **asdict(upload))


def _upload(request, token: str) -> tuple[Upload, bytes]:
    found = UPLOADS.find(token, user=request.user.pk)
    if found is None:
        raise Http404(_("没有这次上传：可能已经导入，或已过期（保留一天）。请重新上传。"))
    about, content = found
    upload = Upload(**{name: text for name, text in about.items() if name != "user"})
    _check_kind(request.user, upload.kind)
    return upload, content


def _preview(upload: Upload, content: bytes) -> Preview:
    if upload.kind == "observations":
        return preview_observations(content, upload.name)
    return preview_plan(content, upload.name, upload.sheet or None)


def _confirm(request, token: str, upload: Upload, content: bytes) -> HttpResponse:
    title = upload.document.strip()
    try:
        preview = confirm(
            lambda: _preview(upload, content),
            seen=request.POST.get("fingerprint", ""),
            by=request.user,
            reason=upload.reason,
            document=lambda: find_or_record_document(title=title, issuer=_issuer(request.user)),
        )
    except (StalePreview, IntegrityError):
        words = _("没有导入：预览之后数据有了变化，下面是按现在的数据重新做的预览，请再核对一次。")
        messages.error(request, words)
        return redirect("import_preview", token=token)
    UPLOADS.forget(token)
    counts = preview.counts
    words = _("已导入“{name}”：新增 {new} 项，修改 {changed} 项，不变 {same} 项。")
    messages.success(request, words.format(name=upload.name, **counts))
    return redirect("imports")


def _issuer(user: User) -> str:
    return user.organisation.name if user.organisation else ""


def _groups(preview: Preview) -> list[tuple[str, list[Line]]]:
    """Lines that do something, by what they do."""
    changed = preview.of("changed")
    turned = [line for line in changed if line.words and line.old.partition("（")[0] == line.new]
    changed = [line for line in changed if line not in turned]
    return [
        (_("目标、标准和数值调整"), [line for line in changed if line.sheet != INDICATORS.name]),
        (_("口径调整"), [line for line in changed if line.sheet == INDICATORS.name]),
        (_("新增"), preview.of("new")),
        (_("内容不变，转为正式"), turned),
    ]


def _flips(preview: Preview) -> list[tuple]:
    areas = {area.code: area.shown_name for area in Area.objects.all()}
    names = {row.indicator_id: row.shown_name for row in IndicatorDefinition.objects.as_of()}
    return [(flip, areas[flip.area], names.get(flip.indicator, "")) for flip in preview.flips]
