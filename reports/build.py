"""Making the files of an issued report from its snapshot. What goes wrong is kept in the issue's row, in words."""

import hashlib
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from journal.models import ReportIssue
from lib.files.paths import inside
from lib.files.sealed_files import sealed_bytes
from lib.web.languages import in_source_language
from reports import brief, content, workbook
from reports.fonts import ReportError, note_about, without_shape

log = logging.getLogger(__name__)
State = ReportIssue.State
LOST_AFTER = {State.WAITING: timedelta(minutes=1), State.RUNNING: timedelta(minutes=15)}


def build_report(number: str) -> None:
    """Make every file of an issue. What goes wrong is kept in the row, in words; doing it twice gives the same."""
    issue = ReportIssue.objects.get(number=number)
    if issue.state == State.DONE:
        return
    move(issue, State.RUNNING, 0)
    try:
        _build(issue)
    except Exception as error:
        log.exception("Report %s was not made", number)
        words = str(error) if isinstance(error, ReportError) else f"内部错误（{type(error).__name__}），已记入日志。"
        move(issue, State.FAILED, issue.percent_done, words)
    else:
        move(issue, State.DONE, 100)


def build_lost() -> int:
    """Make what waits too long, because its message was lost or its maker died; the number."""
    now = timezone.now()
    lost: list[str] = []
    for state, age in LOST_AFTER.items():
        lost += ReportIssue.objects.filter(state=state, state_at__lt=now - age).values_list("number", flat=True)
    for number in lost:
        build_report(number)
    return len(lost)


def folder_of(issue: ReportIssue) -> Path:
    return inside(Path(settings.MEDIA_ROOT) / "reports", issue.number)


def file_of(issue: ReportIssue, name: str) -> Path:
    """OutsideFolder where the name, say of a restored snapshot's county, leads elsewhere."""
    return inside(folder_of(issue), name)


def file_names(issue: ReportIssue) -> dict[str, str]:
    """Name of each file → what it is."""
    brief_files = {"brief.pdf": "一屏简报 PDF（A4）", "slides.pdf": "一屏简报 幻灯 PDF（16:9）"}
    if issue.content["rules"] < brief.WITH_YEAR_BEFORE:
        brief_files = {}
    pages = {f"county-{row['code']}.pdf": f"{row['name']}一县一页 PDF" for row in issue.content["counties"]}
    return {
        "report.docx": "年度监测报告 Word",
        "report.pdf": "年度监测报告 PDF",
        "report.xlsx": "数据表 Excel",
        **brief_files,
        **pages,
    }


def digest(frozen: dict) -> str:
    return hashlib.sha256(json.dumps(frozen, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


@in_source_language()
def _build(issue: ReportIssue) -> None:
    folder_of(issue).mkdir(parents=True, exist_ok=True)
    names = file_names(issue)
    for done, (name, made) in enumerate(_files(issue), 1):
        draft = file_of(issue, f"{name}.new")
        draft.write_bytes(sealed_bytes(made))
        draft.replace(file_of(issue, name))
        move(issue, State.RUNNING, 100 * done // len(names))


def _files(issue: ReportIssue) -> Iterator[tuple[str, bytes]]:
    from reports import pdf, word  # noqa: PLC0415  (a third of a second at every start, for reports alone)

    frozen = issue.content
    about: dict[str, Any] = {"at": timezone.localtime(issue.taken_at), "number": issue.number}
    title, blocks = content.title(frozen), content.annual_report(frozen)
    in_word = [*blocks, *note_about(without_shape(content.drawn_texts(frozen)), "图里")]
    yield "report.docx", word.write_word(title, in_word, **about)
    yield "report.pdf", pdf.write_pdf(title, blocks, **about)
    yield "report.xlsx", workbook.write_workbook(frozen, **about)
    if frozen["rules"] >= brief.WITH_YEAR_BEFORE:
        found = brief.brief(frozen)
        yield "brief.pdf", pdf.write_pdf(brief.title(found), brief.blocks(found), **about, compact=True)
        yield "slides.pdf", pdf.write_slides(found, **about)
    for county in frozen["counties"]:
        blocks = content.county_page(frozen, county["code"])
        title = f"{county['name']}{issue.year}年县城城镇化建设监测"
        yield f"county-{county['code']}.pdf", pdf.write_pdf(title, blocks, **about, compact=True)


def move(issue: ReportIssue, state: str, percent: int, failure: str = "") -> None:
    issue.state, issue.state_at = state, timezone.now()
    issue.percent_done, issue.failure = percent, failure
    issue.save(update_fields=["state", "state_at", "percent_done", "failure"])
