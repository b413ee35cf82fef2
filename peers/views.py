"""Pages of the reference areas: what counts, a file taken in, a source taken out."""

from functools import wraps

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from indicators.models import IndicatorDefinition
from journal.once import carried_out_once
from lib.refusals import Refused
from lib.tabular.exports import table_response
from peers import reading
from peers.actions import LONGEST_REASON, withdraw_reference
from peers.models import ReferenceSeries, ReferenceSource
from peers.upload import PeerDoor
from uploads import pages
from uploads.door_views import views_of

LISTED = 200


class WithdrawalForm(forms.Form):
    """Why a source is taken out."""

    reason = forms.CharField(
        label=gettext_lazy("撤下的理由"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("例：来源发布了新版本；会写进操作日志。"),
    )


def officials_only(view):
    """The city's commission and administrators."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not request.user.imports_official_tables:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


@require_safe
def peers(request):
    """Every source, those in force first."""
    sources = ReferenceSource.objects.visible_to(request.user).select_related("recorded_by", "withdrawn_by")
    in_force = [row for row in sources if row.withdrawn_at is None]
    context = {
        "in_force": in_force,
        "withdrawn": [row for row in sources if row.withdrawn_at is not None],
        "may_import": request.user.imports_official_tables,
        "has_demo": any(row.is_demo for row in in_force),
    }
    return render(request, "peers/peers.html", context)


@carried_out_once
def source(request, pk):
    """What a source holds; by POST, for the city's own people, take it out."""
    found = ReferenceSource.objects.visible_to(request.user).filter(pk=pk).first()
    if found is None:
        raise Http404(_("没有这份参照数据。"))
    may_withdraw = request.user.imports_official_tables and found.withdrawn_at is None
    form = WithdrawalForm(request.POST or None)
    if request.method == "POST":
        if not request.user.imports_official_tables:
            raise PermissionDenied
        if form.is_valid() and _withdrawn(request, found, form):
            return redirect("peers")
    series = found.series.all()
    context = {
        "source": found,
        "series": [(row, sorted(row.values.items())) for row in series[:LISTED]],
        "total": series.count(),
        "listed": LISTED,
        "form": form,
        "may_withdraw": may_withdraw,
    }
    return render(request, "peers/source.html", context, status=400 if form.errors else 200)


def _withdrawn(request, found: ReferenceSource, form: WithdrawalForm) -> bool:
    try:
        withdraw_reference(found, by=request.user, reason=form.cleaned_data["reason"])
    except Refused as refusal:
        form.add_error("reason", refusal.words)
        return False
    messages.success(request, _("已撤下“{title}”，它不再参与比较；内容保留可查。").format(title=found.title))
    return True


@require_safe
def source_file(request, kind, pk):
    """Every number of a source, one a row."""
    found = ReferenceSource.objects.visible_to(request.user).filter(pk=pk).first()
    if found is None:
        raise Http404(_("没有这份参照数据。"))
    header = [*(column.title for column in reading.PEERS.columns), "演示数据"]
    rows = (line for series in found.series.all() for line in _lines(series, is_demo=found.is_demo))
    notes = [found.title, f"数据来源：{found.publisher}；使用许可：{found.licence}"]
    return table_response(kind, f"reference-{found.pk}", header, rows, notes)


def _lines(series: ReferenceSeries, *, is_demo: bool):
    direction = {1: "越高越好", -1: "越低越好", 0: ""}[series.direction]
    for year, value in sorted(series.values.items()):
        about = (series.area, series.name, series.unit, series.indicator_id or "", direction)
        yield (*about, int(year), float(value), "是" if is_demo else "否")


# Files taken in ---------------------------------------------------------------------------------


@officials_only
@require_safe
def template(request):
    codes = list(IndicatorDefinition.objects.as_of().values_list("indicator_id", flat=True))
    return pages.workbook_response(reading.template(codes), "peers-template")


door_views = views_of(PeerDoor, officials_only)
