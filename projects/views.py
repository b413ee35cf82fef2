"""Pages of the register: fetch in scope → arrange → render."""

from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from indicators.models import IndicatorDefinition
from lib.tabular.exports import XLSX_ROWS, streamed_response
from lib.web import filters
from projects import charts, investment
from projects.actions import may_enter
from projects.amounts import counting_amount
from projects.changes.doubts import doubts
from projects.changes.event_words import event_lines
from projects.choosing import fitting, words_of
from projects.frames import gantt_rows, investment_rows
from projects.landing.words import heading
from projects.listing import HEADER, LANDINGS, SIZES, Register, table_rows
from projects.models import Project


@require_safe
def register(request):
    """The register: counters against the promise, totals, the asked projects, their stages and investment."""
    asked = Register(request.user, request.GET)
    page = filters.page_of(asked.rows.values_list("pk", flat=True), request.GET)
    page.object_list = asked.listed.filter(
        pk__in=list(page.object_list)
    )  # of no row but the page's what stands under it
    stages = gantt_rows(page)
    years = investment.by_year(*investment_rows(asked.rows, asked.areas))
    context = {
        "asked": asked,
        "heading": heading(asked.counters),
        "page": page,
        "years": years,
        "gantt": charts.gantt(stages, names=charts_names(), today=timezone.localdate()),
        "investment": charts.investment(years, names=charts_names()),
        "states": Project.State.choices,
        "origins": Project.Origin.choices,
        "sizes": SIZES.items(),
        "landings": LANDINGS.items(),
        "may_enter": may_enter(request.user),
    }
    return render(request, "projects/register.html", context)


@require_safe
def register_file(request, kind):
    """The whole filtered register, streamed."""
    asked = Register(request.user, request.GET)
    if kind == "xlsx" and asked.rows.count() > XLSX_ROWS:
        raise Http404(_("超过 {n} 行，请下载 CSV。").format(n=XLSX_ROWS))
    notes = [_("项目库，截至 {day}。金额单位：亿元。").format(day=asked.until), _("演示数据不是真实情况。")]
    return streamed_response(kind, "projects", HEADER, table_rows(asked.in_pieces()), notes=notes)


@require_safe
def project(request, code):
    """One project with everything that is known of it, and everything that ever was."""
    found = get_project(request, code)
    amounts = list(found.amounts.all())
    counting = counting_amount(amounts)
    progress = list(found.progress.all())
    current = [row for row in progress if row.is_current]
    years = investment.by_year(*investment_rows(Project.objects.filter(pk=found.pk), []))
    contributions = list(found.contributions.select_related("area"))
    names = indicator_names(request.user)
    for row in contributions:
        row.definition = names.get(row.indicator_id)
    context = {
        "project": found,
        "doubts": doubts(found, timezone.localdate()),
        "shares": [
            (row, row.share * 100, row.share * found.total_yi if found.total_yi else None) for row in found.shares.all()
        ],
        "amounts": amounts,
        "counting": counting,
        "corrected": {row.corrects_id for row in amounts},
        "progress": sorted(current, key=lambda row: (-row.year, -row.quarter)),
        "earlier": [row for row in progress if not row.is_current],
        "contributions": contributions,
        "years": years,
        "investment": charts.investment(years, names=charts_names()),
        "events": event_lines(found.events.all()),
        "may_edit": Project.objects.editable_by(request.user).filter(pk=found.pk).exists(),
    }
    return render(request, "projects/project.html", context)


@require_safe
def project_choices(request):
    """What fits `q`, for a field in which a project is chosen."""
    filters.refuse_unknown(request.GET, ("q",))
    found = fitting(Project.objects.visible_to(request.user), request.GET.get("q", ""))
    return JsonResponse({"choices": [words_of(project) for project in found]})


def get_project(request, code: str) -> Project:
    rows = Project.objects.visible_to(request.user).select_related("field", "chapter", "main_area", "organisation")
    return get_object_or_404(rows.prefetch_related("shares__area"), code=code)


def indicator_names(user) -> dict[str, IndicatorDefinition]:
    return {row.indicator_id: row for row in IndicatorDefinition.objects.visible_to(user).as_of()}


def charts_names() -> dict[str, str]:
    return {
        "planned": _("计划累计"),
        "completed": _("累计完成"),
        "unit": _("亿元"),
        "stages": _("投资阶段、落地"),
        "empty": _("没有可画的数据"),
    }
