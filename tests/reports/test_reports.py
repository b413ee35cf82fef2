"""Issued reports: the same snapshot gives the same files, failures say why, nobody out of scope reads one."""

import io
import re
import zipfile
from datetime import timedelta
from decimal import Decimal

import pytest
from django.http import QueryDict
from django.utils import timezone
from docx import Document
from openpyxl import load_workbook

from accounts.models import User
from commitments.models import Commitment
from figures import summary
from indicators.actions import FactRow, Grounds, record_facts
from indicators.labels import GRADE_NAMES
from indicators.models import Observation, Versioned
from journal.models import AuditEntry, ReportIssue
from lib.numbers import plain
from projects.listing import Register
from projects.models import Project
from reports import actions, build, content, fonts, pdf, pictures, snapshot, word, workbook
from reports.blocks import Heading, Paragraph, PictureBlock, TableBlock
from reports.support import moved_backing

pytestmark = pytest.mark.usefixtures("demo")


@pytest.fixture(autouse=True)
def _own_uploads(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def city() -> User:
    return User.objects.get(username="municipal")


@pytest.fixture
def waiting() -> ReportIssue:
    """Frozen, and not built."""
    return actions.issue_report(year=2024, by=city())


@pytest.fixture
def issue(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        made = actions.issue_report(year=2024, by=city())
    made.refresh_from_db()
    return made


def files(issue) -> dict[str, bytes]:
    return {name: build.file_of(issue, name).read_bytes() for name in build.file_names(issue)}


def test_an_issue_makes_every_file(issue):
    assert (issue.state, issue.percent_done, issue.failure) == ("done", 100, "")
    made = files(issue)
    assert {name: content[:4] for name, content in made.items()} == {
        "report.docx": b"PK\x03\x04",
        "report.pdf": b"%PDF",
        "report.xlsx": b"PK\x03\x04",
        "brief.pdf": b"%PDF",
        "slides.pdf": b"%PDF",
        **{f"county-{code}.pdf": b"%PDF" for code in ("330122", "330127", "330182")},
    }
    assert AuditEntry.objects.filter(subject="journal.reportissue", action="issue", key=issue.number).count() == 1


def test_the_files_lie_sealed_where_a_cipher_is_set(clients, settings, tmp_path, django_capture_on_commit_callbacks):
    key = tmp_path / "key"
    key.write_text("a key of more than thirty-two letters", encoding="utf-8")
    settings.FILE_CIPHER, settings.FILE_KEY_FILE = "sm4", str(key)
    with django_capture_on_commit_callbacks(execute=True):
        issue = actions.issue_report(year=2024, by=city())
    assert {content[:6] for content in files(issue).values()} == {b"CUSF1\n"}
    answers = [clients["leader"].get(f"/reports/{issue.number}/{name}") for name in build.file_names(issue)]
    assert {b"".join(answer.streaming_content)[:4] for answer in answers} == {b"PK\x03\x04", b"%PDF"}
    key.write_text("another key of more than thirty-two letters", encoding="utf-8")
    assert clients["leader"].get(f"/reports/{issue.number}/report.pdf").status_code == 404


def test_numbers_follow_each_other(waiting):
    year = timezone.localdate().year
    assert (waiting.number, actions.issue_report(year=2023, by=city()).number) == (f"{year}-001", f"{year}-002")


def test_numbers_go_on_after_the_last_of_three_digits(waiting):
    """As texts, 2026-1000 comes before 2026-999: the number after it would be given out again and again."""
    year = timezone.localdate().year
    ReportIssue.objects.filter(pk=waiting.pk).update(number=f"{year}-999")
    assert [actions.issue_report(year=2023, by=city()).number for _ in range(2)] == [f"{year}-1000", f"{year}-1001"]


def test_made_again_after_the_figures_moved_it_is_the_same(issue, django_capture_on_commit_callbacks):
    before = files(issue)
    row = FactRow("330127", "P02", 2024, Decimal("95.5"))
    record_facts(Observation, [row], grounds=Grounds(by=None, via=Versioned.Via.IMPORT, reason="更正"))
    for name in before:
        build.file_of(issue, name).unlink()
    with django_capture_on_commit_callbacks(execute=True):
        actions.rebuild_report(issue=issue, by=city())
    assert files(issue) == before


def test_compare_with_today_lists_what_moved_and_nothing_else(waiting, clients, django_capture_on_commit_callbacks):
    path = f"/reports/{waiting.number}/?compare=1"
    assert clients["leader"].get(path).context["moved"] == []
    row = FactRow("330127", "P02", 2024, Decimal("95.5"))
    with django_capture_on_commit_callbacks(execute=True):
        record_facts(Observation, [row], grounds=Grounds(by=None, via=Versioned.Via.IMPORT, reason="更正"))
    moved = clients["leader"].get(path).context["moved"]
    assert [
        (r["area"], r["indicator"], r["column"], r["words"]) for r in moved if r["column"] in ("value", "status")
    ] == [
        ("330127", "P02", "value", ["93.4", "95.5"]),
        ("330127", "P02", "status", ["滞后", "达标"]),
    ]


def test_the_snapshot_says_what_the_pages_say(waiting, clients):
    frozen = waiting.content
    context = clients["municipal"].get("/?year=2024").context
    assert frozen["counts"]["met"] == summary.count(list(context["picture"].cells())).met
    assert [(row["area"], row["indicator"]) for row in frozen["attention"]] == [
        (row.cell.area.code, row.cell.definition.indicator_id) for row in context["attention"]
    ]
    assert len(frozen["cells"]) == 60


def test_the_snapshot_holds_what_the_other_pages_say(waiting, clients):
    """Projects, money and promises: the same numbers as their pages on the same day."""
    frozen = waiting.content
    counters = Register(city(), QueryDict()).counters
    assert [row["done"] for row in frozen["projects"]["counters"]] == [each.done for each in counters]
    stalled = Project.objects.filter(state="stalled").order_by("-total_yi", "code").values_list("code", flat=True)
    assert [row["code"] for row in frozen["projects"]["listed"] if row["is_stalled"]] == list(stalled)
    shown = clients["leader"].get("/api/v1/funding/matching/?year=2024").json()["results"]
    matching = [row for row in frozen["funding"]["matching_wan"] if row["year"] == 2024]
    assert [(row["area"], row["owed"], round(row["ratio"], 9)) for row in matching] == [
        (row["area"], row["owed"], row["ratio"]) for row in shown
    ]
    promises = {row.commitment.code: row.status for row in clients["leader"].get("/commitments/").context["rows"]}
    assert {row["code"]: row["status"] for row in frozen["commitments"]} == promises
    assert list(promises) == [f"C{number:02}" for number in range(1, 16)]


def test_the_report_tells_projects_money_and_promises(waiting):
    blocks = content.annual_report(waiting.content)
    heads = [block.text for block in blocks if isinstance(block, Heading) and block.level == 1]
    assert [text for text in heads if text[0] in "六七八"] == [
        "六、重大项目",
        "七、资金到位和县级配套",
        "八、方案承诺事项",
    ]
    tables = {block.title: block for block in blocks if isinstance(block, TableBlock)}
    match = {row["area"]: row for row in waiting.content["funding"]["matching_wan"] if row["year"] == 2024}
    owed = [plain(row["owed"]) for row in match.values()]
    assert [row[5] for row in tables["2024年县级配套"].rows] == owed
    assert any(amount != "0" for amount in owed)
    readings = {row[0]: row[5] for row in tables["承诺事项进展"].rows}
    ours = {row.code for row in Commitment.objects.all() if row.is_our_reading}
    assert {code for code, words in readings.items() if words == "推定"} == ours
    assert len(readings) == 15
    page = content.county_page(waiting.content, "330127")
    assert any("年县级配套比例" in block.text for block in page if isinstance(block, Paragraph))


def test_a_snapshot_of_the_first_rules_gives_the_report_that_it_gave(waiting):
    old = {key: value for key, value in waiting.content.items() if key not in ("projects", "funding", "commitments")}
    old["rules"] = 1
    heads = [block.text for block in content.annual_report(old) if isinstance(block, Heading)]
    assert [text for text in heads if text[0] in "六七八"] == []
    assert snapshot.moved(old, waiting.content) == []
    assert list(moved_backing(old, waiting.content)) == []
    assert workbook.write_workbook(old, at=waiting.taken_at, number="1")[:2] == b"PK"


def test_compare_with_today_tells_a_project_that_stalls_in_either_language(waiting, clients):
    project = Project.objects.get(code=waiting.content["projects"]["listed"][0]["code"])
    Project.objects.filter(pk=project.pk).update(state="stalled")
    clients["leader"].cookies["django_language"] = "en"
    moved = clients["leader"].get(f"/reports/{waiting.number}/?compare=1").context["moved"]
    assert [(row["names"][1], row["words"][1]) for row in moved] == [(project.name, "停滞")]


@pytest.mark.parametrize("code", ["330122", "330127", "330182"])
def test_a_county_is_told_on_one_page(waiting, code):
    blocks = content.county_page(waiting.content, code)
    made = pdf.write_pdf("x", blocks, at=waiting.taken_at, number="1", compact=True)
    assert len(re.findall(rb"/Type\s*/Page\b", made)) == 1


def test_word_has_headings_every_cell_and_marks(waiting):
    at, frozen = waiting.taken_at, waiting.content
    blocks = content.annual_report(frozen)
    made = word.write_word("x", blocks, at=at, number="1")
    document = Document(io.BytesIO(made))
    headings = [p.text for p in document.paragraphs if p.style.name.startswith("Heading")]
    assert headings == [block.text for block in blocks if isinstance(block, Heading)]
    assert len(document.tables) == sum(isinstance(block, TableBlock) for block in blocks)
    assert len(document.inline_shapes) == sum(isinstance(block, PictureBlock) for block in blocks)
    assert sum(len(t.rows) - 1 for t in document.tables if t.cell(0, 0).text == "指标") == 60
    assert any("演示数据" in p.text for p in document.paragraphs)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert "仿宋_GB2312" in archive.read("word/document.xml").decode()


def test_the_outlook_lists_every_cell_that_is_not_on_track_with_its_grade(waiting):
    frozen = waiting.content
    (table,) = [b for b in content.annual_report(frozen) if isinstance(b, TableBlock) and "进度也不相符" in b.title]
    risky = [cell for cell in frozen["cells"] if cell["outlook"] not in ("achieved", "on_track")]
    assert len(table.rows) == len(risky) > 0
    grades = {str(name) for name in GRADE_NAMES.values()}
    assert all(row[3].split()[0] in grades for row in table.rows)
    before = {**frozen, "rules": 2, "cells": [{**cell, "grade": None} for cell in frozen["cells"]]}
    (plain_table,) = [b for b in content.annual_report(before) if isinstance(b, TableBlock) and "进度也不" in b.title]
    assert len(plain_table.header) == 6  # a report issued before the forecast was made says nothing of it


def test_excel_has_numbers_as_numbers_and_a_native_chart(waiting):
    made = workbook.write_workbook(waiting.content, at=waiting.taken_at, number="1")
    book = load_workbook(io.BytesIO(made))
    sheet = book["全部指标"]
    assert sheet.freeze_panes == "A2"
    assert sheet.max_row == 61
    values = [sheet.cell(line, 7).value for line in range(2, 62)]
    assert {type(value) for value in values if value is not None} <= {int, float}
    assert values.count(None) == 2
    assert len(book["总体情况"]._charts) == 1


def test_a_missing_font_is_an_error_in_words_and_can_be_mended(
    monkeypatch, clients, django_capture_on_commit_callbacks
):
    monkeypatch.setitem(fonts.WHEELS, "no-such-font.otf", ("pylopdf_fonts_zh_cn", ""))
    pictures._set_up.cache_clear()
    with django_capture_on_commit_callbacks(execute=True):
        issue = actions.issue_report(year=2024, by=city())
    issue.refresh_from_db()
    assert issue.state == "failed"
    assert issue.failure == "缺少字体 no-such-font.otf：请重新安装 requirements.txt 里的 pylopdf-fonts-zh-cn。"
    assert issue.failure in clients["municipal"].get(f"/reports/{issue.number}/").content.decode()


def test_what_failed_can_be_made_again(waiting, clients):
    build.move(waiting, "failed", 0, "没有空间")
    assert clients["leader"].post(f"/reports/{waiting.number}/rebuild/").status_code == 404
    assert clients["municipal"].post(f"/reports/{waiting.number}/rebuild/").status_code == 302
    waiting.refresh_from_db()
    assert (waiting.state, waiting.failure) == ("waiting", "")


def county(name: str) -> dict:
    return {"name": name, "counts": {"met": 1, "near": 0, "behind": 0, "unreported": 0}}


def test_a_dollar_in_a_name_is_a_dollar():
    """matplotlib reads what stands between two of them as a formula, and fails on one that it does not know."""
    assert pictures.status_bars([county("比例 $\\frac$ 测试")]) != pictures.status_bars([county("比例 测试")])


def test_what_was_lost_is_made_by_the_clock():
    issue = actions.issue_report(year=2024, by=city())
    assert build.build_lost() == 0
    ReportIssue.objects.update(state_at=timezone.now() - timedelta(minutes=2))
    assert build.build_lost() == 1
    issue.refresh_from_db()
    assert issue.state == "done"


@pytest.mark.parametrize(
    ("name", "status"),
    [("admin", 200), ("municipal", 200), ("leader", 200), ("tonglu", 404), ("chunan-health", 404), ("stats", 404)],
)
def test_who_reads(waiting, clients, name, status):
    path = build.file_of(waiting, "report.pdf")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"%PDF-")
    paths = ("/reports/", f"/reports/{waiting.number}/", f"/reports/{waiting.number}/report.pdf")
    answers = [clients[name].get(path) for path in paths]
    assert [answer.status_code for answer in answers] == [status] * 3
    for answer in answers:
        answer.close()


def test_the_list_leads_to_word_at_once(waiting, clients):
    """From the overview: more, reports, Word. What is not there has no link."""
    address = f'href="/reports/{waiting.number}/report.docx"'
    assert address not in clients["leader"].get("/reports/").content.decode()
    path = build.file_of(waiting, "report.docx")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"PK")
    listed = clients["leader"].get("/reports/").content.decode()
    assert address in listed
    assert "report.pdf" not in listed
    assert 'href="/reports/"' in clients["leader"].get("/").content.decode()


def test_a_few_reports_at_a_time(clients):
    """Ten presses of the button make three reports, and the page says why there are not more."""
    for _ in range(10):
        answer = clients["municipal"].post("/reports/", {"year": "2024"}, follow=True)
    assert ReportIssue.objects.count() == actions.MOST_AT_ONCE
    assert "已有 3 份报告正在生成" in answer.content.decode()
    first = ReportIssue.objects.last()
    answer = clients["municipal"].post(f"/reports/{first.number}/rebuild/", follow=True)
    assert f"报告 {first.number} 正在生成，请稍等。" in answer.content.decode()
    build.build_report(first.number)
    assert clients["municipal"].post("/reports/", {"year": "2024"}).status_code == 302
    assert ReportIssue.objects.count() == actions.MOST_AT_ONCE + 1


@pytest.mark.parametrize(("name", "may"), [("municipal", True), ("admin", True), ("leader", False), ("tonglu", False)])
def test_who_issues(clients, name, may):
    answer = clients[name].post("/reports/", {"year": "2024"})
    assert (answer.status_code, ReportIssue.objects.count()) == ((302, 1) if may else (404, 0))


@pytest.mark.parametrize("year", ["", "abc", "1999", "2027"])
def test_a_year_that_is_not_open_is_refused(clients, year):
    assert clients["municipal"].post("/reports/", {"year": year}).status_code == 302
    assert not ReportIssue.objects.exists()


@pytest.mark.parametrize("name", ["report.docx.new", "..%2F..%2Fdb.sqlite3", "secret_key", "county-330100.pdf"])
def test_no_other_file_is_served(waiting, clients, name):
    assert clients["municipal"].get(f"/reports/{waiting.number}/{name}").status_code == 404


@pytest.mark.parametrize("code", ["../../x", "..\\\\..\\\\x", "a/../../../x"])
def test_a_snapshot_writes_and_shows_nothing_outside_its_folder(waiting, clients, tmp_path, code):
    """Its counties' codes are names of files: those of a restored snapshot are another's words."""
    waiting.content["counties"][0]["code"] = code
    waiting.save()
    before = sorted(tmp_path.rglob("*.pdf*"))
    build.build_report(waiting.number)
    waiting.refresh_from_db()
    made = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert (waiting.state, before) == ("failed", [])
    assert made <= {"report.docx", "report.pdf", "report.xlsx"}
    assert clients["municipal"].get(f"/reports/{waiting.number}/").status_code == 400


@pytest.mark.parametrize("year", [2022, 2025])
def test_a_year_without_judgements_can_be_told(year):
    frozen = snapshot.freeze(year, city())
    assert isinstance(content.annual_report(frozen)[-1], TableBlock)
    assert snapshot.moved(frozen, frozen) == []
