"""Tables of money as files, and files of flows taken in: template down, file up, preview, confirm."""

from collections.abc import Iterator, Mapping
from functools import wraps
from typing import ClassVar

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from areas.models import Area
from funding import workbook
from funding.actions import record_flows
from funding.labels import STATUS_NAMES
from funding.ledger import Ledger
from funding.matching import COLUMNS
from funding.models import Flow, FundingSource, State
from funding.upload import FlowsPreview, flow_lines, preview_flows, undo_flows
from funding.views import LIST_FILTERS, listed_flows
from indicators.importing.workbook import write_refused
from lib.tabular.exports import XLSX_ROWS, streamed_response, table_response
from plan.models import Field
from uploads import pages
from uploads.door_views import views_of
from uploads.doors import Door, SentTable, UndoneLine
from uploads.pages import LISTED

PIECE = 2000  # flows read at a time
YES = {True: "是", False: "否"}
MATCHING_TITLES = (
    "区划代码",
    "地区",
    "年份",
    "规则版本",
    "最低配套比例",
    "配套基数（万元）",
    "配套到位（万元）",
    "配套比",
    "欠配套（万元）",
    "状态",
    "较上年",
    "上级资金已支付（万元）",
    "支付快于配套",
    "含演示数据",
)


def sums_file(request, kind):
    """Sums by county, year, source, state and field of what the page's filters choose; every state apart."""
    ledger = Ledger(request.GET, request.user)
    fields = ledger.field_names
    header = ("区划代码", "地区", "年份", "资金代码", "资金来源", "领域", "资金状态", "金额（万元）", "含演示数据")
    cells = ledger.cells.sort_values(["year", "area", "source", "state", "field"])
    rows = (_sum_row(ledger, fields, row) for row in cells.itertuples())
    return table_response(kind, "funding", header, rows, _notes(ledger))


def _sum_row(ledger: Ledger, fields: dict, row) -> tuple:
    names = ledger.area_names[row.area], row.year, row.source, ledger.source_names[row.source], fields[row.field]
    return row.area, *names, str(State(row.state).label), row.amount, YES[bool(row.demo)]


def matching_file(request, kind):
    """Ratio and amount owed of every county and year, whatever the page filters."""
    ledger = Ledger(request.GET, request.user)
    rows = [_matching_row(ledger, row) for row in ledger.matching_rows]
    return table_response(kind, "matching", MATCHING_TITLES, rows, _notes(ledger))


def _matching_row(ledger: Ledger, row: dict) -> list:
    told = {**row, "status": str(STATUS_NAMES[row["status"]]), "is_ahead": YES[row["is_ahead"]]}
    names = [name for name in COLUMNS if name != "area"]
    return [row["area"], ledger.area_names[row["area"]], *(told[name] for name in names), YES[row["is_demo"]]]


def flows_file(request, kind):
    """The listed flows, one by one as the database gives them out; a workbook up to XLSX_ROWS rows."""
    ledger = Ledger(request.GET, request.user, known=LIST_FILTERS)
    rows = listed_flows(ledger, request.GET)
    if kind == "xlsx" and rows.count() > XLSX_ROWS:
        words = _("超过 {limit} 行，不能存成 Excel；请用 CSV，或缩小范围。").format(limit=f"{XLSX_ROWS:,}")
        return HttpResponse(words, status=413, content_type="text/plain; charset=utf-8")
    header = (*workbook.TITLES, "流水号", "更正的流水", "理由", "记录时间", "演示数据")
    return streamed_response(kind, "flows", header, _flow_rows(rows), _notes(ledger))


def _flow_rows(rows) -> Iterator[tuple]:
    columns = (
        "area",
        "area__name",
        "year",
        "source",
        "source__name",
        "state",
        "amount_wan",
        "happened_on",
        "project__code",
        "project__name",
        "field__name",
        "document",
        "kind",
        "pk",
        "corrects",
        "reason",
        "recorded_at",
        "is_demo",
    )
    states = {code: str(name) for code, name in State.choices}
    kinds = {code: str(name) for code, name in Flow.Kind.choices}
    for row in _in_pieces(rows.select_related(None).values_list(*columns), columns):
        one = dict(zip(columns, row, strict=True))
        one |= {"state": str(states[one["state"]]), "kind": str(kinds[one["kind"]]), "is_demo": YES[one["is_demo"]]}
        one["amount_wan"], one["recorded_at"] = float(one["amount_wan"]), timezone.localtime(one["recorded_at"])
        yield tuple(one.values())


def _in_pieces(rows, columns: tuple[str, ...]) -> Iterator[tuple]:
    """The rows by day and number, the latest first, each piece found by where the last one ended: the first leave at
    once, no transaction stays open while someone downloads, and what is recorded meanwhile stays out."""
    day, number = columns.index("happened_on"), columns.index("pk")
    newest = Flow.objects.order_by("-pk").values_list("pk", flat=True).first()
    rows = rows.order_by("-happened_on", "-pk").filter(pk__lte=newest or 0)
    piece = list(rows[:PIECE])
    while piece:
        yield from piece
        last, pk = piece[-1][day], piece[-1][number]
        rest = rows.filter(happened_on__lte=last).exclude(happened_on=last, pk__gte=pk)
        piece = list(rest[:PIECE]) if len(piece) == PIECE else []


def _notes(ledger: Ledger) -> list[str]:
    lines = [
        f"{ledger.plan.document.title}：资金",
        "金额单位为万元。计划、下达、到位、支付是同一笔钱的四个阶段，不能相加；更正是另记的一笔，合计时一并相加。",
        "空格表示没有数据，不是零。",
    ]
    if ledger.asked.as_of_on:
        lines.insert(1, f"数据为截至 {ledger.asked.as_of_on} 的记录，不是当前数据。")
    if ledger.has_demo:
        lines.append("含演示数据：标“是”的行不是真实数据。")
    return lines


# Files taken in ---------------------------------------------------------------------------------


def recorders_only(view):
    """Whoever records some source of money; which rows, the action decides."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not FundingSource.objects.recordable_by(request.user).exists():
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


@recorders_only
@require_safe
def template(request):
    sources = FundingSource.objects.recordable_by(request.user).values_list("code", flat=True)
    fields = Field.objects.values_list("name", flat=True)
    areas = Area.objects.counties()
    if request.user.own_area_code:
        areas = areas.filter(code=request.user.own_area_code)
    choices = {"area": list(areas.values_list("code", flat=True)), "source": list(sources)}
    choices |= {"state": [str(label) for label in State.labels], "field": list(fields)}
    return pages.workbook_response(workbook.template(choices), "flows-template")


class FlowDoor(Door):
    """Flows, each row one to be recorded."""

    kind = "flows"
    pages: ClassVar[Mapping[str, str]] = {
        "form": "flows_upload",
        "preview": "flows_preview",
        "refused": "flows_refused",
        "undo": "flows_undo",
    }
    form_template, preview_template = "funding/upload.html", "funding/upload_preview.html"

    def preview(self, sent: SentTable) -> FlowsPreview:
        return preview_flows(sent.content, sent.name, self.user, sent.typed)

    def record(self, sent: SentTable) -> tuple[FlowsPreview, dict]:
        preview = self.preview(sent)
        made = record_flows(preview.rows, by=self.user) if preview.is_applicable else []
        return preview, {"flows": [flow.pk for flow in made]}

    def undo(self, recorded: Mapping, *, reason: str) -> list[UndoneLine]:
        return undo_flows(recorded.get("flows", []), by=self.user, reason=reason)

    def refused_file(self, preview: FlowsPreview) -> tuple[bytes, str]:
        return write_refused(preview.reading.refused()), "flows-refused"

    def done_words(self, preview: FlowsPreview, name: str) -> str:
        return _("已登记“{name}”：{n} 笔。").format(name=name, n=len(preview.rows))

    def done_url(self) -> str:
        return reverse("flows")

    def context(self, preview: FlowsPreview) -> dict:
        return {"effects": preview.sums, "lines": flow_lines(preview.reading, LISTED)}


door_views = views_of(FlowDoor, recorders_only)
