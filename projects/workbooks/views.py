"""The register as a workbook down and up: download, upload, preview, confirm, undo (`uploads/doors.py`)."""

from collections.abc import Mapping
from functools import wraps
from typing import ClassVar

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from indicators.importing.workbook import write_refused
from lib.refusals import Invalid
from projects.actions import may_enter
from projects.listing import Register
from projects.models import Project
from projects.workbooks.export import write_projects
from projects.workbooks.undoing import undo_register
from projects.workbooks.upload import VERDICTS, RegisterPreview, confirm_upload, preview_upload
from uploads import pages
from uploads.door_views import views_of
from uploads.doors import Door, SentTable, UndoneLine


class RegisterDoor(Door):
    """Projects, their amounts and their progress."""

    kind = "projects"
    pages: ClassVar[Mapping[str, str]] = {
        "form": "projects_upload",
        "preview": "projects_preview",
        "refused": "projects_refused",
        "undo": "projects_undo",
    }
    form_template, preview_template = "projects/upload.html", "projects/upload_preview.html"

    def preview(self, sent: SentTable) -> RegisterPreview:
        return preview_upload(sent.content, sent.name, self.user, sent.typed)

    def record(self, sent: SentTable) -> tuple[RegisterPreview, dict]:
        return confirm_upload(sent.content, sent.name, self.user, sent.typed)

    def undo(self, recorded: Mapping, *, reason: str) -> list[UndoneLine]:
        return undo_register(recorded, by=self.user, reason=reason)

    def refused_file(self, preview: RegisterPreview) -> tuple[bytes, str]:
        return write_refused(preview.reading.copy_with(preview.problems)), "projects-refused"

    def done_words(self, preview: RegisterPreview, name: str) -> str:
        words = _("已保存“{name}”：新增 {new} 行，修改 {changed} 行。")
        return words.format(name=name, new=preview.counts["new"], changed=preview.counts["changed"])

    def done_url(self) -> str:
        return reverse("projects")

    def context(self, preview: RegisterPreview) -> dict:
        moving = [line for line in preview.lines if line.verdict in {"new", "changed"}]
        return {"moving": moving, "counts": [(VERDICTS[verdict], n) for verdict, n in preview.counts.items() if n]}


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
    return pages.workbook_response(content, "projects-edit")


@writers_only
@require_safe
def template(request):
    """The same without a row."""
    return pages.workbook_response(write_projects(Project.objects.none(), request.user), "projects-template")


door_views = views_of(RegisterDoor, writers_only)
