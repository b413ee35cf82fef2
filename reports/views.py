"""Pages of issued reports."""

import logging

from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from commitments.labels import STATUS_NAMES as PROMISE_NAMES
from figures.asked import Asked
from figures.picture import Picture
from indicators.labels import OUTLOOK_NAMES, STATUS_NAMES
from indicators.models import ReportingYear
from journal.models import ReportIssue
from journal.once import carried_out_once
from lib.files.sealed_files import NotUnsealed, opened
from lib.numbers import plain, whole
from lib.refusals import Refused
from lib.web.languages import in_source_language
from pagecache.value_cache import kept
from reports import actions, brief, build, snapshot
from reports.read_snapshot import Snapshot
from reports.support import moved_backing

log = logging.getLogger(__name__)

WITH_BRIEF = {"state": "done", "content__rules__gte": brief.WITH_YEAR_BEFORE}
WHOLE = {"report.docx": "Word", "report.pdf": "PDF", "report.xlsx": "Excel"}
COLUMNS = {
    "value": gettext_lazy("实际值"),
    "target": gettext_lazy("年度目标"),
    "target_high": gettext_lazy("年度目标上限"),
    "standard": gettext_lazy("省定标准"),
    "standard_high": gettext_lazy("省定标准上限"),
    "status": gettext_lazy("状态"),
    "outlook": gettext_lazy("前景"),
}

BEHIND = {
    "counter": gettext_lazy("已落地（个）"),
    "project": gettext_lazy("项目状态"),
    "commitment": gettext_lazy("承诺状态"),
    "match": gettext_lazy("欠配套（万元）"),
}


@require_safe
def brief_page(request):
    """One screen for who has a minute: the year's official picture in the same words as the issued reports."""
    picture = Picture(Asked.from_request(request), request.user)

    def make() -> brief.Brief:
        """Of what is official alone: the same for every reader."""
        return brief.brief(snapshot.freeze(picture.year, request.user), _shown_names(picture))

    found = kept(make, "brief", picture.year, get_language(), timezone.localdate())
    latest = ReportIssue.objects.visible_to(request.user).filter(**WITH_BRIEF).defer("content").first()
    context = {"picture": picture, "brief": found, "latest": latest}
    return render(request, "reports/brief.html", context)


def _shown_names(picture: Picture) -> dict[str, str]:
    """Code of a county or an indicator → its name in the language of the page."""
    names = {area.code: area.shown_name for area in picture.judged}
    return names | {row.indicator_id: row.shown_name for row in picture.definitions}


@carried_out_once
def reports(request):
    """What has been issued; by POST, for the city, one more."""
    _require_reader(request)
    if request.method == "POST":
        return _issue(request)
    issues = ReportIssue.objects.visible_to(request.user).defer("content")
    context = {
        "picture": Picture(Asked(), request.user),
        "issues": [(issue, _whole_files(issue)) for issue in issues],
        "years": _years(),
        "may_issue": request.user.role in actions.ISSUERS,
    }
    return render(request, "reports/reports.html", context)


def _whole_files(issue: ReportIssue) -> list[tuple[str, str]]:
    """(name, how it is called in a list) of those of the whole report that are there."""
    return [(name, words) for name, words in WHOLE.items() if build.file_of(issue, name).is_file()]


@require_safe
def report(request, number):
    """One issue: how far it is, its files, and on request what has moved since."""
    issue = _found(request, number)
    files = [(name, words, build.file_of(issue, name).is_file()) for name, words in build.file_names(issue).items()]
    context = {
        "picture": Picture(Asked(), request.user),
        "issue": issue,
        "files": files,
        "is_running": issue.state in ("waiting", "running"),
        "may_issue": request.user.role in actions.ISSUERS,
        "moved": _moved(issue, request.user) if request.GET.get("compare") else None,
    }
    return render(request, "reports/report.html", context)


@require_POST
def report_rebuild(request, number):
    issue = _found(request, number)
    if request.user.role not in actions.ISSUERS:
        raise Http404
    try:
        actions.rebuild_report(issue=issue, by=request.user)
    except Refused as refusal:
        messages.error(request, refusal.words)
    else:
        messages.success(request, _("正在用同一份快照重新生成。"))
    return redirect("report", number=number)


@require_safe
def report_file(request, number, name):
    issue = _found(request, number)
    path = build.file_of(issue, name) if name in build.file_names(issue) else None
    if path is None or not path.is_file():
        raise Http404(_("这个文件还没有生成，或已不在存放处；可以重新生成。"))
    try:
        file = opened(path)
    except NotUnsealed as error:
        log.error("%s of report %s cannot be opened: %s", name, number, error)
        raise Http404(_("这个文件打不开，请告诉系统管理员；可以重新生成。")) from error
    return FileResponse(file, as_attachment=True, filename=f"{issue.number}-{name}")


def _require_reader(request) -> None:
    if not request.user.sees_all_counties:
        raise Http404


def _found(request, number) -> ReportIssue:
    return get_object_or_404(ReportIssue.objects.visible_to(request.user), number=number)


def _years() -> list[int]:
    return sorted(set(ReportingYear.objects.values_list("year", flat=True)), reverse=True)


def _issue(request):
    year = whole(request.POST.get("year", ""))
    if request.user.role not in actions.ISSUERS:
        raise Http404
    if year not in _years():
        messages.error(request, _("请选择一个已经开放的年度。"))
        return redirect("reports")
    try:
        issue = actions.issue_report(year=year, by=request.user)
    except Refused as refusal:
        messages.error(request, refusal.words)
        return redirect("reports")
    messages.success(request, _("已冻结数据，编号 {number}。").format(number=issue.number))
    return redirect("report", number=issue.number)


def _moved(issue: ReportIssue, user) -> list[dict]:
    """What differs now, in words."""
    frozen = Snapshot(issue.content)
    with in_source_language():  # as the issue itself was frozen
        now = snapshot.freeze(issue.year, user)
    rows = snapshot.moved(issue.content, now)
    names = Snapshot(now)
    for row in rows:
        known = frozen if row["indicator"] in frozen.indicators else names
        row["names"] = known.names(row)
        row["words"] = [_in_words(known, row, row[side]) for side in ("old", "new")]
        row["label"] = COLUMNS[row["column"]]
    return rows + [_moved_behind(names, *each) for each in moved_backing(issue.content, now)]


def _moved_behind(names: Snapshot, kind: str, what: str, old, new) -> dict:
    """What moved behind the figures, as a row of the same table."""
    area, _slash, year = what.partition("/") if kind == "match" else ("", "", "")
    shown = (names.area_names[area], _("{year}年县级配套").format(year=year)) if area else ("", what)
    words = [str(PROMISE_NAMES.get(side, "–")) if kind == "commitment" else _text(side) for side in (old, new)]
    return {"names": shown, "column": kind, "words": words, "label": BEHIND[kind]}


def _text(value) -> str:
    return value if isinstance(value, str) else plain(value)


def _in_words(known: Snapshot, row: dict, value) -> str:
    if row["column"] in ("status", "outlook"):
        return str({**STATUS_NAMES, **OUTLOOK_NAMES}.get(value, "–"))
    return known.words(row, value)
