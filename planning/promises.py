"""Pages of the plan's promises: how each stands, by county and year, and what is said of those in words."""

from collections import Counter
from collections.abc import Iterator

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from commitments.actions import may_state, state_commitment
from commitments.frames import PromiseLine, PromiseStanding, standings
from commitments.labels import STATUS_NAMES
from commitments.models import Commitment, CommitmentStatement
from commitments.progress import STATUSES
from figures.asked import Asked
from figures.picture import Picture
from journal.once import carried_out_once
from lib.files.documents import DocumentError, check_size
from lib.files.downloads import to_be_saved
from lib.refusals import Refused
from lib.tabular.exports import table_response
from lib.web.filters import day, refuse_unknown

HEADER = (
    "承诺编号",
    "承诺",
    "单位",
    "地区",
    "年份",
    "承诺值",
    "已完成",
    "按序时应完成",
    "状态",
    "方案原文",
    "口径为推定",
    "含演示数据",
)


def commitments(request):
    """Every promise with its words, what is done and what is due by now."""
    picture, rows = _rows(request)
    counts = Counter(row.status for row in rows)
    context = {
        "picture": picture,
        "rows": rows,
        "counts": [(status, STATUS_NAMES[status], counts[status]) for status in STATUSES if counts[status]],
        "kept": counts["fulfilled"] + counts["on_track"],
        "late": counts["behind"] + counts["broken"],
        "names": {area.code: area.shown_name for area in picture.counties},
        "has_demo": any(row.is_demo for row in rows),
        "exports": "commitments",
    }
    return render(request, "planning/commitments.html", context)


def commitments_file(request, kind):
    picture, rows = _rows(request)
    names = {area.code: area.shown_name for area in picture.counties}
    lines: list[list] = []
    for row in rows:
        lines.extend(_file_lines(row, names, picture.plan.whole))
    return table_response(kind, "commitments", HEADER, lines, notes=[_("数据截至 {day}").format(day=_on(picture))])


@carried_out_once
def commitment(request, code):
    """One promise: the arithmetic, the counties, the statements; by POST another statement."""
    picture, rows = _rows(request)
    found = next((row for row in rows if row.commitment.code == code), None)
    if found is None:
        raise Http404(_("没有编号为 {code} 的承诺。").format(code=code))
    typed = request.POST if request.method == "POST" else {}
    error = _state(request, found.commitment, picture) if typed else None
    if typed and error is None:
        messages.success(request, _("已记录。"))
        return redirect("commitment", code=code)
    context = {
        "picture": picture,
        "row": found,
        "names": {area.code: area.shown_name for area in picture.counties},
        "statements": found.commitment.statements.select_related("area"),
        "files": set(found.commitment.statements.with_files_for(request.user).values_list("pk", flat=True)),
        "standings": CommitmentStatement.Standing.choices,
        "own": [area for area in picture.counties if may_state(request.user, area.code)],
        "typed": typed,
        "error": error,
        "on": _on(picture),
    }
    return render(request, "planning/commitment.html", context, status=400 if error else 200)


def statement_file(request, code, pk):
    """What bears a statement out, for those who may read evidence; always to be saved, never shown as a page."""
    rows = CommitmentStatement.objects.with_files_for(request.user)
    found = get_object_or_404(rows, commitment=code, pk=pk)
    return to_be_saved(found.path, name=found.file_name, content_type=found.content_type)


def _rows(request) -> tuple[Picture, list[PromiseStanding]]:
    refuse_unknown(request.GET, ("as_of", "year"))
    on = day(request.GET, "as_of")
    asked = Asked.from_request(request)
    picture = Picture(asked, request.user)
    return picture, standings(on or timezone.localdate(), as_of=asked.as_of, user=request.user)


def _on(picture: Picture):
    return picture.asked.as_of_on or timezone.localdate()


def _file_lines(row: PromiseStanding, names: dict[str, str], whole: str) -> Iterator[list]:
    promise = row.commitment
    for line in row.lines:
        yield [
            promise.code,
            promise.name,
            promise.unit,
            _place(line, names, whole),
            line.year,
            promise.value,
            line.progress.done,
            line.progress.expected,
            str(STATUS_NAMES[line.progress.status]),
            promise.words,
            "是" if promise.is_our_reading else "否",
            "是" if line.is_demo else "否",
        ]


def _place(line: PromiseLine, names: dict[str, str], whole: str) -> str:
    """The county; for a sum what the plan calls all of them together."""
    return names.get(line.area, line.area) if line.area else f"{whole}合计"


def _state(request, found: Commitment, picture: Picture) -> str | None:
    """Record what was said; else the refusal in words."""
    area = picture.find_county(request.POST.get("area", ""))
    if area is None:
        return _("请选择地区。")
    try:
        state_commitment(
            commitment=found,
            area=area,
            standing=request.POST.get("standing", ""),
            words=request.POST.get("words", ""),
            by=request.user,
            file=_file(request),
        )
    except (Refused, DocumentError) as refusal:
        return str(refusal)
    return None


def _file(request) -> tuple[str, bytes] | None:
    file = request.FILES.get("file")
    if file is None:
        return None
    check_size(file.size)
    return file.name, file.read()
