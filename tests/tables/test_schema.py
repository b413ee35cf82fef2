"""Every workbook that the site writes, judged by the schemas of the file: the tables of the Open XML SDK, which were
made from those of ECMA-376, and which openxml-audit brings.

Two of its errors are the SDK's own. The order of a font's parts is free in ECMA-376 (CT_Font is a choice), and openpyxl
has an order of its own; and a workbook may do without a theme (ECMA-376-1, 14.2.7)."""

import pytest
from django.test import Client
from openxml_audit import OpenXmlValidator, ValidationSeverity

from tests.tables.books import by_openpyxl, renamed
from tests.test_matrix import FILES
from tests.uploading import previewed
from tests.uploads.test_doors import CASES

BOOKS = sorted(name for name, path in FILES.items() if path.endswith(".xlsx"))
LISTS = ("targets", "standards", "observations", "assessments", "projects", "funding/flows", "changes")


@pytest.fixture(scope="module")
def judge():
    return OpenXmlValidator()


def faults(judge: OpenXmlValidator, content: bytes, path) -> list[tuple[str, str]]:
    """(place, words) of each error that is one by ECMA-376."""
    file = path / "book.xlsx"
    file.write_bytes(content)
    errors = [each for each in judge.validate(str(file)).errors if each.severity is ValidationSeverity.ERROR]
    found = [(each.path or "", each.description) for each in errors]
    return [each for each in found if not is_own_rule(*each)]


def is_own_rule(place: str, words: str) -> bool:
    return ("/fonts" in place and words.startswith("Unexpected element")) or "/relationships/theme' is missing" in words


def content_of(client: Client, path: str) -> bytes:
    answer = client.get(path)
    assert answer.status_code in {200, 404}, path
    content = b"".join(answer) if answer.streaming else answer.content
    return content if answer.status_code == 200 else b""


def test_every_workbook_keeps_to_the_schema_of_the_file(clients, objects, judge, tmp_path):
    paths = [FILES[name].format(**objects) for name in BOOKS]
    paths += [f"/api/v1/{name}/?format=xlsx" for name in LISTS]
    contents = {path: content_of(clients["admin"], path) for path in paths}
    written = {path: content for path, content in contents.items() if content}
    assert len(written) >= 18
    assert {path: faults(judge, content, tmp_path) for path, content in written.items()} == dict.fromkeys(written, [])


def test_rows_that_come_back_keep_to_the_schema_too(clients, judge, tmp_path, settings, demo):
    settings.VAR_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "uploads"
    found = {}
    for name, case in CASES.items():
        client = clients[case.login]
        page = client.get(previewed(client, case.page, case.make(), **case.said))
        found[name] = faults(judge, content_of(client, page.context["refused_url"]), tmp_path)
    assert found == dict.fromkeys(CASES, [])


WRONG = {
    "an element that is none": (b"</sheetData>", b"</sheetData><sheetDatum/>"),
    "elements in another order": (b"<sheetData>", b'<mergeCells count="0"/><sheetData>'),
    "a row that is no number": (b'<row r="1"', b'<row r="one"'),
}


@pytest.mark.parametrize("kind", WRONG)
def test_the_judge_finds_a_fault(judge, kind, tmp_path):
    good = by_openpyxl([["地区", 1], ["淳安县", 2]])
    assert faults(judge, good, tmp_path) == []
    assert faults(judge, renamed(good, {}, {"sheet1.xml": WRONG[kind]}), tmp_path) != []
