"""Evidence: what is taken, what is refused and why, who sees it, and that no file outlives its row."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from openpyxl import Workbook

from journal.models import AuditEntry
from lib.files.documents import DocumentError, clean_name, recognise
from lib.refusals import Invalid, NotAllowed, WrongState
from reporting.actions import hand_over
from reporting.entries import evidence as module
from reporting.entries.evidence import attach_evidence, withdraw_evidence
from reporting.models import Entry, Evidence
from reporting.rounds.actions import remove_demo_round
from tests.packages import OFFICE, package

PLACE = "/reporting/330127/2024/evidence/"
HOUSING = "330127-housing"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0" + bytes(60) + b"\xff\xd9"
WEBP = b"RIFF" + struct.pack("<I", 30) + b"WEBPVP8 " + bytes(22)


def _chunk(kind, data=b""):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PNG = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)) + _chunk(b"IEND")


def archive(*names, types="<Types/>", size=10):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        if types is not None:
            file.writestr("[Content_Types].xml", types)
        for name in names:
            file.writestr(name, bytes(size))
    return out.getvalue()


def a_workbook():
    out = io.BytesIO()
    Workbook().save(out)
    return out.getvalue()


DOCX, PPTX = package("docx"), package("pptx")
MACROS = "文件带有宏或控件；请另存为不带宏的 .docx、.xlsx、.pptx，或 PDF"
PACKED = "这是压缩包；请解压后逐个上传"
CUT = "文件不完整，可能没有传完；请打开核对后重新上传"
PROGRAM = "这是程序文件，不能作为佐证"
BOMB = "文件解开后过大（可能是“压缩炸弹”），没有打开；请另存为 PDF 再上传"
PAGE = "这是网页、SVG 或 XML 文件，不能作为佐证；可以打印成 PDF 再上传（收 PDF、PNG、JPEG、WebP、docx、xlsx、pptx）"
UNKNOWN = "认不出这是什么文件；只收 PDF、PNG、JPEG、WebP、docx、xlsx、pptx，按内容判断，改扩展名没有用"


@pytest.fixture(autouse=True)
def apart(settings, tmp_path):
    settings.VAR_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "uploads"


@pytest.fixture
def entry(sheet):
    return Entry.objects.get(submission=sheet, indicator="P02")


@pytest.fixture
def housing(actors):
    return actors[HOUSING]


@pytest.fixture
def client_of(actors):
    def client(name):
        found = Client()
        found.force_login(actors[name])
        return found

    return client


@pytest.fixture
def attached(entry, housing):
    return attach_evidence(entry=entry, name="监测报告.pdf", content=PDF, by=housing)


def fetched(client, evidence):
    """(status, content), the file closed again."""
    answer = client.get(f"{PLACE}{evidence.pk}/")
    content = b"".join(answer.streaming_content)
    answer.close()
    return answer.status_code, content


def files(settings):
    folder = Path(settings.MEDIA_ROOT) / "evidence"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize(
    ("content", "suffix"),
    [(PDF, ".pdf"), (PNG, ".png"), (JPEG, ".jpg"), (WEBP, ".webp"), (DOCX, ".docx"), (PPTX, ".pptx")],
)
def test_what_is_taken_by_its_content(entry, housing, settings, content, suffix):
    found = attach_evidence(entry=entry, name="无扩展名", content=content, by=housing)
    assert (found.name, found.size, files(settings)) == (f"无扩展名{suffix}", len(content), [found.stored_as])
    assert found.path.read_bytes() == content
    assert found.path.stat().st_mode & 0o777 == 0o600


def test_a_real_workbook_is_taken():
    assert recognise(a_workbook()).suffixes == (".xlsx",)


BAD = {
    "empty": (b"", "文件是空的"),
    "blank": (b" \r\n\x00", "文件是空的"),
    "over 20 MB": (
        PDF + bytes(20 * 2**20),
        "文件有 20.0 MB，超过 20 MB 的上限；请压缩图片或分成几个文件",
    ),
    "a page called pdf": (b"<!DOCTYPE html><script>alert(1)</script>", PAGE),
    "a drawing with script": (b'\xef\xbb\xbf<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>', PAGE),
    "plain text": ("监测值93.4".encode(), UNKNOWN),
    "a program": (b"MZ\x90\x00" + bytes(100), PROGRAM),
    "a program of Linux": (b"\x7fELF" + bytes(100), PROGRAM),
    "a script": (b"#!/bin/sh\nrm -rf /\n", PROGRAM),
    "an old Office file": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "这是旧版 Office 文件（.doc、.xls、.ppt）或设了密码；请去掉密码，另存为新格式或 PDF",
    ),
    "an archive": (archive("a.pdf", types=None), PACKED),
    "a rar": (b"Rar!\x1a\x07\x00", PACKED),
    "macros in a workbook": (
        package("xlsx", {"xl/a.bin": b"x"}, types={"xl/a.bin": "application/vnd.ms-office.vbaProject"}),
        MACROS,
    ),
    "macros under another name": (
        package("docx", main_type="application/vnd.ms-word.document.macroEnabled.main+xml"),
        MACROS,
    ),
    "a control": (
        package("docx", {"word/a.bin": b"x"}, types={"word/a.bin": "application/vnd.ms-office.activeX"}),
        MACROS,
    ),
    "a bomb": (archive("word/document.xml", "word/media/a.png", size=30 * 2**20), BOMB),
    "too many parts": (archive("word/document.xml", *(f"word/{n}" for n in range(5000)), size=0), BOMB),
    "Office's wrapping of something else": (
        package("docx", main_type=f"{OFFICE}wordprocessingml.styles+xml"),
        "这不是 Word、Excel 或 PowerPoint 文件；只收 PDF、PNG、JPEG、WebP、docx、xlsx、pptx",
    ),
    "half a pdf": (PDF[:30], CUT),
    "half a png": (PNG[:-8], CUT),
    "half a jpeg": (JPEG[:-2], CUT),
    "half a webp": (WEBP[:-2], CUT),
    "half a docx": (DOCX[:60], CUT),
    "a gif": (b"GIF89a" + bytes(20), "不收 GIF 图片；请另存为 PNG 或 JPEG"),
    "a pdf behind a script": (b"alert(1);" + PDF, UNKNOWN),
}


@pytest.mark.parametrize(("content", "words"), BAD.values(), ids=BAD)
def test_bad_files_say_why_and_leave_nothing(entry, housing, settings, content, words):
    with pytest.raises(Invalid) as refusal:
        attach_evidence(entry=entry, name="证明.pdf", content=content, by=housing)
    assert refusal.value.words == f"证明.pdf：{words}。"
    assert (files(settings), Evidence.objects.count()) == ([], 0)
    assert not AuditEntry.objects.filter(subject="reporting.evidence").exists()


def test_a_docx_with_a_password_on_its_parts():
    content = bytearray(DOCX)
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        at = content.find(mark)
        content[at + (6 if mark == b"PK\x03\x04" else 8)] |= 1
    with pytest.raises(DocumentError, match="文件设了密码"):
        recognise(bytes(content))


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\a\\报告.PDF", "报告.PDF"),
        ("报告\u202efdp.exe", "报告fdp.exe.pdf"),
        ("a\x00b\r\nc.pdf", "abc.pdf"),
        ("  .pdf ", "pdf.pdf"),
        ("", "附件.pdf"),
        ("...", "附件.pdf"),
        ('a<b>:"|?*.pdf', "a_b______.pdf"),
        ("长" * 300 + ".pdf", "长" * 120 + ".pdf"),
        ("照片.png", "照片.png.pdf"),
    ],
)
def test_names_are_cleaned(given, shown):
    assert clean_name(given, recognise(PDF)) == shown


# What the row holds ----------------------------------------------------------------------------------


def test_attaching_and_withdrawing_is_logged_and_nothing_is_deleted(attached, housing, settings):
    withdrawn = withdraw_evidence(evidence=attached, by=housing)
    again = withdraw_evidence(evidence=attached, by=housing)
    assert (again.withdrawn_at, again.withdrawn_by_name) == (withdrawn.withdrawn_at, housing.title)
    assert files(settings) == [attached.stored_as]
    logged = AuditEntry.objects.filter(subject="reporting.evidence").order_by("id")
    facts = {"name": "监测报告.pdf", "size": len(PDF), "sha256": attached.sha256}
    assert [(row.action, row.area_id, row.old, row.new) for row in logged] == [
        ("attach", "330127", None, facts),
        ("withdraw", "330127", facts, None),
    ]


def test_the_same_file_twice_and_one_too_many(entry, attached, housing, settings):
    with pytest.raises(Invalid, match="同样的文件已经附上（监测报告.pdf）"):
        attach_evidence(entry=entry, name="副本.pdf", content=PDF, by=housing)
    for n in range(9):
        attach_evidence(entry=entry, name=f"{n}.pdf", content=PDF + bytes([65 + n]), by=housing)
    with pytest.raises(Invalid, match="每项最多附 10 个文件"):
        attach_evidence(entry=entry, name="11.pdf", content=PDF + b"11", by=housing)
    assert (len(files(settings)), Evidence.objects.count()) == (10, 10)
    withdraw_evidence(evidence=attached, by=housing)
    attach_evidence(entry=entry, name="又来.pdf", content=PDF, by=housing)


def test_withdrawn_files_count_in_the_end(entry, attached, housing, settings, monkeypatch):
    monkeypatch.setattr(module, "MOST_EVER", 3)
    for n in range(2):
        withdraw_evidence(evidence=attached, by=housing)
        attached = attach_evidence(entry=entry, name=f"{n}.pdf", content=PDF + bytes([65 + n]), by=housing)
    withdraw_evidence(evidence=attached, by=housing)
    with pytest.raises(Invalid, match="先后已附过3个文件"):
        attach_evidence(entry=entry, name="4.pdf", content=PDF + b"4", by=housing)
    assert (len(files(settings)), Evidence.objects.count()) == (3, 3)


def test_the_file_goes_where_the_row_does_not_come_to_stand(entry, housing, settings, monkeypatch):
    """A failing log stands for whatever fails before the commit."""

    def broken(**_):
        assert len(files(settings)) == 1, "written before the row"
        raise RuntimeError

    monkeypatch.setattr(module, "log_audit", broken)
    with pytest.raises(RuntimeError):
        attach_evidence(entry=entry, name="a.pdf", content=PDF, by=housing)
    assert (files(settings), Evidence.objects.count()) == ([], 0)


def test_only_while_the_part_is_open_and_by_its_unit(entry, attached, actors, fill, sheet, housing, settings):
    for stranger in ("330127-health", "330127-DRC", "330182-housing", "municipal", "stats"):
        with pytest.raises(NotAllowed):
            attach_evidence(entry=entry, name="b.pdf", content=PDF + b"b", by=actors[stranger])
        with pytest.raises(NotAllowed):
            withdraw_evidence(evidence=attached, by=actors[stranger])
    fill(sheet)
    with pytest.raises(WrongState, match="已交出"):
        attach_evidence(entry=entry, name="b.pdf", content=PDF + b"b", by=housing)
    with pytest.raises(WrongState, match="已交出"):
        withdraw_evidence(evidence=attached, by=housing)
    with pytest.raises(WrongState, match="已交出"):
        hand_over_again(sheet, entry, housing)
    assert files(settings) == [attached.stored_as]


def hand_over_again(sheet, entry, housing):
    hand_over(part=sheet.parts.get(organisation=housing.organisation), by=housing)
    attach_evidence(entry=entry, name="c.pdf", content=PDF + b"c", by=housing)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("evidence_size_is_bounded", {"size": 0}),
        ("evidence_size_is_bounded", {"size": 20 * 2**20 + 1}),
        ("evidence_withdrawn_says_by_whom", {"withdrawn_at": timezone.now()}),
        ("evidence_has_a_stored_name", {"stored_as": "/etc/hostname"}),
        ("evidence_has_a_stored_name", {"stored_as": "../" + "0" * 45}),
    ],
)
def test_rules_that_the_database_holds(attached, name, change):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Evidence.objects.update(**change)


def test_one_copy_stands_also_for_the_database(attached):
    attached.pk, attached.stored_as, attached._state.adding = None, "0" * 48, True
    with pytest.raises(IntegrityError, match="evidence_stands_once|UNIQUE"), transaction.atomic():
        attached.save()


def test_the_demonstrations_files_go_with_its_round(attached, sheet, settings, django_capture_on_commit_callbacks):
    sheet.round.is_demo = True
    sheet.round.save()
    with django_capture_on_commit_callbacks(execute=True):
        remove_demo_round()
    assert (files(settings), Evidence.objects.count()) == ([], 0)


# Pages -------------------------------------------------------------------------------------------------


def test_up_listed_down_and_withdrawn(sheet, client_of, settings):
    client = client_of(HOUSING)
    data = {"indicator": "P02", "file": [SimpleUploadedFile("../报告.pdf", PDF), SimpleUploadedFile("图.txt", PNG)]}
    page = client.post(PLACE, data, follow=True).content.decode()
    assert "已附上“报告.pdf”。" in page
    assert "已附上“图.txt.png”。" in page
    first, _second = Evidence.objects.all()
    answer = client.get(f"{PLACE}{first.pk}/")
    answer.close()
    assert fetched(client, first) == (200, PDF)
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''%E6%8A%A5%E5%91%8A.pdf"
    assert (answer["X-Content-Type-Options"], answer["Content-Type"]) == ("nosniff", "application/pdf")
    assert str(first.path) not in page
    page = client.post(f"{PLACE}{first.pk}/withdraw/", follow=True).content.decode()
    assert "已撤下“报告.pdf”" in page
    assert "<s>报告.pdf</s>" in page
    assert fetched(client, first) == (200, PDF)


@pytest.mark.parametrize("name", ["330182-DRC", "330182-housing", "stats"])
def test_another_county_and_departments_find_nothing(attached, client_of, name):
    stranger, file = client_of(name), SimpleUploadedFile("a.pdf", PDF)
    assert stranger.get(PLACE).status_code == 404
    assert stranger.get(f"{PLACE}{attached.pk}/").status_code == 404
    assert stranger.post(f"{PLACE}{attached.pk}/withdraw/").status_code == 404
    assert stranger.post(PLACE, {"indicator": "P02", "file": file}).status_code == 404
    assert stranger.get(f"/reporting/330182/2024/evidence/{attached.pk}/").status_code == 404
    assert Evidence.objects.standing().count() == 1


@pytest.mark.parametrize("name", ["municipal", "330127-DRC", "330127-health"])
def test_who_reads_the_sheet_reads_the_files_and_cannot_change_them(attached, client_of, name):
    reader = client_of(name)
    assert "监测报告.pdf" in reader.get(PLACE).content.decode()
    assert fetched(reader, attached) == (200, PDF)
    page = reader.post(f"{PLACE}{attached.pk}/withdraw/", follow=True).content.decode()
    assert "这一项由淳安县住房城乡建设局填报，您的账号不能修改。" in page
    page = reader.post(PLACE, {"indicator": "P02", "file": SimpleUploadedFile("b.pdf", PDF)}, follow=True)
    assert "您的账号不能修改" in page.content.decode()
    assert Evidence.objects.standing().count() == 1


def test_nobody_is_asked_to_log_in_and_a_lost_file_is_not_found(attached, client_of):
    assert Client().get(f"{PLACE}{attached.pk}/").status_code == 302
    attached.path.unlink()
    assert client_of(HOUSING).get(f"{PLACE}{attached.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"indicator": "P02"}, "请选择文件。"),
        ({"indicator": "P02", "file": SimpleUploadedFile("a.pdf", b"x")}, "a.pdf：认不出这是什么文件"),
        ({"indicator": "P02", "file": SimpleUploadedFile("a.pdf", bytes(21 * 2**20))}, "a.pdf：文件有 21.0 MB"),
    ],
)
def test_the_page_says_why(sheet, client_of, data, words):
    assert words in client_of(HOUSING).post(PLACE, data, follow=True).content.decode()
    assert Evidence.objects.count() == 0


def test_a_row_that_the_sheet_does_not_have(sheet, client_of):
    data = {"indicator": "P99", "file": SimpleUploadedFile("a.pdf", PDF)}
    assert client_of(HOUSING).post(PLACE, data).status_code == 404


def test_queries_do_not_grow_with_the_files(entry, attached, housing, client_of, django_assert_max_num_queries):
    for n in range(5):
        attach_evidence(entry=entry, name=f"{n}.pdf", content=PDF + bytes([65 + n]), by=housing)
    client = client_of(HOUSING)
    client.get(PLACE)  # reads what the sheet is held against, once
    with django_assert_max_num_queries(10):
        client.get(PLACE)
