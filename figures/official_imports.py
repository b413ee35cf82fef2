"""The pages of the owner's official tables: template down, file up, preview, confirm, undo (`uploads/doors.py`)."""

from collections.abc import Mapping
from functools import wraps
from typing import ClassVar

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.models import User
from areas.models import Area
from figures.asked import Asked
from figures.picture import Picture
from indicators.exports import export_observation_template, export_plan
from indicators.importing.preview import ImportLine, OfficialPreview
from indicators.importing.tables import apply, preview_observations, preview_plan
from indicators.importing.undoing import moved, undo_import, versions_in_force
from indicators.importing.words import CONFIRMED_WORDS
from indicators.importing.workbook import INDICATORS, PLAN_TABLES, write_refused
from indicators.models import IndicatorDefinition
from journal.once import carried_out_once, confirmed_once
from lib.reasons import SHORTEST_BLANK, says_something
from plan.actions import find_or_record_document
from plan.models import PolicyDocument
from uploads import pages
from uploads.doors import Door, SentTable, TableForm, UndoneLine
from uploads.models import UploadedTable
from uploads.pages import LISTED

TEMPLATES = {"plan": (export_plan, "plan-tables"), "observations": (export_observation_template, "observations")}


class ObservationUpload(TableForm):
    document = forms.CharField(label=gettext_lazy("依据文件标题"), max_length=200)
    reason = forms.CharField(label=gettext_lazy("理由"), max_length=500)

    def clean_reason(self) -> str:
        """Official figures change by it: it says something, as the words of an entry do."""
        reason = self.cleaned_data["reason"]
        if not says_something(reason, SHORTEST_BLANK):
            raise forms.ValidationError(_("理由太笼统：请写清为什么导入，不少于4个字，“核实无误”不算。"))
        return reason


class PlanUpload(ObservationUpload):
    sheet = forms.ChoiceField(
        label=gettext_lazy("csv 是哪张表"),
        choices=[("", gettext_lazy("（.xlsx 不用选）"))]
        + [(table.name, gettext_lazy(table.name)) for table in PLAN_TABLES],
        required=False,
    )
    field_order = ["file", "sheet", "document", "reason"]


class PlanDoor(Door):
    """Indicators, targets and standards."""

    kind = "imports"
    pages: ClassVar[Mapping[str, str]] = {
        "form": "imports",
        "preview": "import_preview",
        "refused": "import_refused",
        "undo": "import_undo",
    }
    name = "plan"
    title = gettext_lazy("指标、年度目标、省定标准")
    template_words = gettext_lazy("下载模板（已填现行的表）")
    form_template, preview_template = "figures/imports.html", "figures/import_preview.html"
    form_class: type[TableForm] = PlanUpload

    def preview(self, sent: SentTable) -> OfficialPreview:
        return preview_plan(sent.content, sent.name, sent.said.get("sheet") or None, sent.typed)

    def record(self, sent: SentTable) -> tuple[OfficialPreview, dict]:
        """The counties' rows are locked: two imports follow each other."""
        list(Area.objects.judged().order_by("code").select_for_update(no_key=True))
        preview = self.preview(sent)
        if not preview.is_applicable:
            return preview, {}
        before = versions_in_force(preview)
        issuer = self.user.organisation.name if self.user.organisation else ""
        document = find_or_record_document(title=sent.said["document"].strip(), issuer=issuer)
        apply(preview, by=self.user, reason=sent.said["reason"], document=document)
        return preview, moved(before, versions_in_force(preview))

    def undo(self, recorded: Mapping, *, reason: str) -> list[UndoneLine]:
        return undo_import(recorded, by=self.user, reason=reason)

    def refused_file(self, preview: OfficialPreview) -> tuple[bytes, str]:
        return write_refused(preview.refused_rows()), "refused-rows"

    def done_words(self, preview: OfficialPreview, name: str) -> str:
        words = _("已导入“{name}”：新增 {new} 项，修改 {changed} 项，不变 {same} 项。")
        return words.format(name=name, **preview.counts)

    def done_url(self) -> str:
        return reverse("imports")

    def form_context(self, request) -> dict:
        """Both kinds stand on one page."""
        return {
            "picture": Picture(Asked(), request.user),
            "doors": [door(request.user) for door in DOORS.values() if _may_import(request.user, door.name)],
            "documents": PolicyDocument.objects.values_list("title", flat=True),
            "recent": [line for door in DOORS.values() for line in door(request.user).recent()],
        }

    def context(self, preview: OfficialPreview) -> dict:
        return {
            "picture": Picture(Asked(), self.user),
            "counts": preview.counts,
            "groups": [(title, lines[:LISTED], len(lines)) for title, lines in _groups(preview) if lines],
            "flips": _flips(preview)[:LISTED],
        }


class ObservationDoor(PlanDoor):
    """Official values, by administrators alone."""

    kind = "observations"
    name = "observations"
    title = gettext_lazy("官方数值")
    template_words = gettext_lazy("下载空模板")
    form_class = ObservationUpload

    def preview(self, sent: SentTable) -> OfficialPreview:
        return preview_observations(sent.content, sent.name, sent.typed)


DOORS: dict[str, type[PlanDoor]] = {door.name: door for door in (PlanDoor, ObservationDoor)}


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
    kind = request.POST.get("kind", "") if request.method == "POST" else "plan"
    return pages.receive(request, _door(request.user, kind))


@officials_only
def _read(request, token) -> None:
    pages.read_first(_door_of(request.user, token), token)


@confirmed_once(_read)
@officials_only
def import_preview(request, token):
    return pages.preview_page(request, _door_of(request.user, token), token)


@officials_only
@require_safe
def import_refused(request, token):
    return pages.refused_file(request, _door_of(request.user, token), token)


@carried_out_once
@officials_only
def import_undo(request, token):
    kind = UploadedTable.objects.filter(token=token, by=request.user).values_list("kind", flat=True).first()
    door = next((door for door in DOORS.values() if door.kind == kind), PlanDoor)
    return pages.undo_page(request, door(request.user), token)


@officials_only
@require_safe
def import_template(request, kind):
    """The tables in force to be filled in, or the empty sheet for official values."""
    _door(request.user, kind)
    write, name = TEMPLATES[kind]
    return pages.workbook_response(write(), name)


def _may_import(user: User, name: str) -> bool:
    return name == PlanDoor.name or user.role == User.Role.ADMINISTRATOR


def _door(user: User, kind: str) -> PlanDoor:
    if kind not in DOORS:
        raise Http404(_("没有这种表。"))
    if not _may_import(user, kind):
        raise PermissionDenied
    return DOORS[kind](user)


def _door_of(user: User, token: str) -> PlanDoor:
    """The door that the file was sent to: each has a shelf of its own."""
    doors = [door(user) for door in DOORS.values() if _may_import(user, door.name)]
    return next((door for door in doors if door.find(token)), doors[0])


def _groups(preview: OfficialPreview) -> list[tuple[str, list[ImportLine]]]:
    """Lines that do something, by what they do."""
    numbers = []
    definitions = []
    turned = []
    for line in preview.of("changed"):
        if _turns_official(line):
            turned.append(line)
        elif line.sheet == INDICATORS.name:
            definitions.append(line)
        else:
            numbers.append(line)
    return [
        (_("目标、标准和数值调整"), numbers),
        (_("口径调整"), definitions),
        (_("新增"), preview.of("new")),
        (_("内容不变，转为正式"), turned),
    ]


def _turns_official(line: ImportLine) -> bool:
    """Whether nothing but the standing of the row is another: what stood is told with a mark in brackets behind it."""
    stood = line.old.partition("（")[0]
    return line.words.endswith(CONFIRMED_WORDS) and stood == line.new


def _flips(preview: OfficialPreview) -> list[tuple]:
    areas = {area.code: area.shown_name for area in Area.objects.all()}
    names = {row.indicator_id: row.shown_name for row in IndicatorDefinition.objects.as_of()}
    found = []
    for flip in preview.flips:
        found.append((flip, areas[flip.area], names.get(flip.indicator, "")))
    return found
