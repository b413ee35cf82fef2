"""The register as a workbook: what goes down comes up unchanged; what is changed goes through the actions; one fault
and nothing is stored; each of the bad workbooks is refused with row, column and cause."""

import io
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from openpyxl import Workbook, load_workbook

from accounts.models import Organisation, User
from journal.models import AuditEntry
from lib.tabular.cells import SpreadsheetError
from projects.changes.parts import Amount, Progress
from projects.changes.progress import report_progress
from projects.models import Project, ProjectAmount, ProjectEvent
from projects.workbooks import upload
from projects.workbooks.export import write_projects
from projects.workbooks.upload import confirm_upload, preview_upload
from projects.workbooks.workbook import AMOUNTS, PROGRESS, PROJECTS
from tests.uploading import confirmed

NAME = "项目.xlsx"
HALF = {"330122": Decimal("0.6"), "330127": Decimal("0.4")}


@pytest.fixture(autouse=True)
def apart(settings, tmp_path):
    settings.VAR_DIR = tmp_path


@pytest.fixture
def city(plan):
    return User.objects.create_user("city", role=User.Role.ADMINISTRATOR)


@pytest.fixture
def county(plan):
    unit = Organisation.objects.create(code="330122-X", name="桐庐县发改局", kind="county", area_id="330122")
    return User.objects.create_user("county", role=User.Role.COUNTY, organisation=unit)


@pytest.fixture
def bridge(make):
    """A project with everything under it."""
    project = make(
        name="=桥",
        shares=HALF,
        starts="2023-05",
        schedule={2024: Decimal("1.5"), 2025: Decimal(1200)},
        contributions={("P01", "330122", 2027): Decimal("0.25")},
        amounts=[Amount("signed", Decimal(1200), "2023", "合同")],
        state="started",
    )
    report_progress(project=project, progress=Progress(2024, 1, Decimal("0.5"), "打桩"), by=None)
    return Project.objects.get(pk=project.pk)


def book_of(user, *codes):
    rows = Project.objects.filter(code__in=codes)
    return load_workbook(io.BytesIO(write_projects(rows, user)))


def saved(book) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def at(table, name) -> int:
    """Where a column stands: 说明 is written last."""
    names = [column.name for column in table.columns]
    return sorted(names, key=lambda each: each == "note").index(name) + 1


def put(book, table, row, **cells) -> None:
    for name, value in cells.items():
        book[table.name].cell(row, at(table, name)).value = value


def new(book, row=3, **cells) -> None:
    put(
        book,
        PROJECTS,
        row,
        **{"code": "新1", "name": "新项目", "shares": "桐庐县 100", "field_id": "产业配套", **cells},
    )


def verdicts(preview) -> list[tuple]:
    return [(line.sheet, line.row, line.verdict) for line in preview.lines]


def stored() -> tuple:
    counts = [model.objects.count() for model in (Project, ProjectAmount, ProjectEvent, AuditEntry)]
    return (*counts, tuple(Project.objects.order_by("pk").values_list("pk", "version", "name", "state")))


def test_what_goes_down_comes_up_the_same(bridge, city):
    before = stored()
    preview, _recorded = confirm_upload(write_projects(Project.objects.filter(pk=bridge.pk), city), NAME, city)
    assert verdicts(preview) == [("项目", 2, "same"), ("投资额", 2, "same"), ("季度进展", 2, "same")]
    assert (preview.problems, preview.is_applicable, stored()) == ([], False, before)


def test_changes_are_shown_and_then_made(bridge, city):
    book = book_of(city, bridge.code)
    put(book, PROJECTS, 2, name="大桥", state="停滞", reason="资金未到位", schedule="2024 2；2025 1200")
    put(book, AMOUNTS, 2, amount_yi=1300)
    put(book, AMOUNTS, 3, code=bridge.code, stage="概算", amount_yi=1250, dated="2024-02")
    put(book, PROGRESS, 2, completed_yi=0.75)
    put(book, PROGRESS, 3, code=bridge.code, year=2024, quarter=2, completed_yi=1)
    before = stored()
    preview = preview_upload(saved(book), NAME, city)
    assert preview.problems == []
    assert verdicts(preview) == [
        ("项目", 2, "changed"),
        ("投资额", 2, "changed"),
        ("投资额", 3, "new"),
        ("季度进展", 2, "changed"),
        ("季度进展", 3, "new"),
    ]
    assert preview.lines[0].pairs == [
        ("项目状态", "在建", "停滞"),
        ("项目名称", "=桥", "大桥"),
        ("年度投资计划", "2024年 1.5；2025年 1200", "2024年 2；2025年 1200"),
    ]
    assert stored() == before
    confirm_upload(saved(book), NAME, city)
    bridge.refresh_from_db()
    assert (bridge.name, bridge.state, bridge.total_yi) == ("大桥", "stalled", Decimal(1250))
    assert list(bridge.schedule.values_list("year", "planned_yi")) == [(2024, 2), (2025, 1200)]
    assert list(bridge.amounts.values_list("amount_yi", "corrects__amount_yi")) == [
        (1200, None),
        (1300, 1200),
        (1250, None),
    ]
    assert list(bridge.progress.filter(is_current=True).values_list("quarter", "version", "completed_yi")) == [
        (1, 2, Decimal("0.75")),
        (2, 1, Decimal(1)),
    ]
    assert bridge.events.last().by == city


def test_new_projects_with_their_amounts_and_progress(plan, county):
    book = book_of(county)
    new(book, 2, is_industrial="是", state="在建", starts="2024")
    put(book, AMOUNTS, 2, code="新1", stage="签约", amount_yi="1.2")
    put(book, PROGRESS, 2, code="新1", year=2024, quarter="2", completed_yi="0.1", image="开挖")
    preview, _recorded = confirm_upload(saved(book), NAME, county)
    assert (preview.problems, preview.counts["new"]) == ([], 3)
    project = Project.objects.get(name="新项目")
    assert (project.main_area_id, project.state, project.total_yi) == ("330122", "started", Decimal("1.2"))
    assert project.progress.get().image == "开挖"


def test_only_what_the_user_may_edit_goes_down(bridge, make, county):
    other = make(name="淳安项目", shares={"330127": Decimal(1)})
    sheet = book_of(county, bridge.code, other.code)[PROJECTS.name]
    assert [row[0] for row in sheet.iter_rows(2, values_only=True) if row[0]] == [bridge.code]
    text = "".join(str(value) for row in sheet.iter_rows(values_only=True) for value in row if value)
    assert "淳安项目" not in text


def test_the_workbook_locks_offers_and_limits(bridge, city):
    sheet = book_of(city, bridge.code)[PROJECTS.name]
    assert sheet.protection.sheet
    assert [sheet.cell(2, at(PROJECTS, name)).protection.locked for name in ("code", "version", "name")] == [1, 1, 0]
    rules = {str(rule.sqref).split("2")[0]: rule.type for rule in sheet.data_validations.dataValidation}
    letters = {name: sheet.cell(1, at(PROJECTS, name)).column_letter for name in ("state", "landing_basis", "name")}
    assert {name: rules[letter] for name, letter in letters.items()} == {
        "state": "list",
        "landing_basis": "list",
        "name": "textLength",
    }
    assert sheet.cell(2, at(PROJECTS, "name")).data_type == "s"


# What is refused, where and why -------------------------------------------------------------------


def cell(table, row, **cells):
    return lambda book: put(book, table, row, **cells)


def made(**cells):
    return lambda book: new(book, **cells)


def twice(book):
    new(book, 3)
    new(book, 4)


def without_column(book):
    book[PROJECTS.name].delete_cols(at(PROJECTS, "name"))


def merged(book):
    book[PROJECTS.name].merge_cells("C2:D2")


def amount_of_the_refused(book):
    new(book, shares="桐庐县 50")
    put(book, AMOUNTS, 3, code="新1", stage="签约", amount_yi=1)


BAD = {
    "unknown project": (cell(PROJECTS, 2, code="PRJ-9999"), "项目", 2, "A2 项目编号", "没有编号为“PRJ-9999”的项目"),
    "stale version": (cell(PROJECTS, 2, version=0, name="改"), "项目", 2, "B2 版本", "下载之后已有人修改"),
    "no name": (made(name=None), "项目", 3, "C3 项目名称", "必填"),
    "shares below one": (made(shares="桐庐县 50"), "项目", 3, "", "之和应为 1"),
    "unknown county": (
        made(shares="桐芦县 100"),
        "项目",
        3,
        "D3 地区分摊",
        "可写：桐庐县、淳安县、建德市。",
    ),
    "unknown field": (made(field_id="农业"), "项目", 3, "E3 领域", "没有“农业”；可选"),
    "unknown state": (made(state="在建中"), "项目", 3, "I3 项目状态", "没有“在建中”；可选"),
    "bad date": (made(starts="23年5月"), "项目", 3, "J3 开工", ""),
    "bad day of landing": (made(landed_on="2027-13-40"), "项目", 3, "M3 落地日期", "应写成 2025-06-30 这样"),
    "landing without rule": (made(landed_on="2024-03-01"), "项目", 3, "", "落地日期和落地认定"),
    "stalled without reason": (cell(PROJECTS, 2, state="停滞"), "项目", 2, "", "请写明原因"),
    "unknown indicator": (made(contributions="Z99 桐庐县 2027 1"), "项目", 3, "", "没有代码为 Z99"),
    "the same code twice": (twice, "项目", 4, "A4 项目编号", "与第 3 行重复"),
    "amount in words": (cell(AMOUNTS, 2, amount_yi="五亿"), "投资额", 2, "E2 金额（亿元）", "不是数字"),
    "amount of nothing": (cell(AMOUNTS, 2, amount_yi=0), "投资额", 2, "", "应大于 0"),
    "foreign amount": (cell(AMOUNTS, 2, id=999999), "投资额", 2, "C2 记录号", "没有记录号为“999999”"),
    "amount of a refused one": (amount_of_the_refused, "投资额", 3, "A3 项目编号", "没有通过"),
    "a fifth quarter": (cell(PROGRESS, 2, quarter=5), "季度进展", 2, "E2 季度", "没有“5”；可选"),
    "a quarter to come": (cell(PROGRESS, 2, year=2099), "季度进展", 2, "", "还没有开始"),
    "investment in words": (cell(PROGRESS, 2, completed_yi="一半"), "季度进展", 2, "F2 ", "不是数字"),
    "a column is missing": (without_column, "项目", 1, "", "缺少列 项目名称"),
    "merged cells": (merged, "项目", None, "C2:D2", "有合并单元格"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_workbooks(bridge, city, case):
    change, *place, words = BAD[case]
    book = book_of(city, bridge.code)
    put(book, PROJECTS, 5, code="新9", name="没有错的", shares="桐庐县 100", field_id="产业配套")
    change(book)
    before = stored()
    preview, _recorded = confirm_upload(saved(book), NAME, city)
    found = [(p.sheet, p.row) for p in preview.problems]
    first = next(p for p in preview.problems if [p.sheet, p.row] == place[:2])
    assert first.column.startswith(place[2]), (first, found)
    assert words in first.words
    assert (preview.is_applicable, stored()) == (False, before)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "文件是空的"),
        (b"%PDF-1.7\n%%EOF", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096), "另存为 .xlsx"),
        (saved(Workbook()), "没有名为 项目、投资额、季度进展 的工作表"),
    ],
)
def test_files_that_are_no_register(city, content, words):
    with pytest.raises(SpreadsheetError, match=words):
        preview_upload(content, NAME, city)


def test_another_county_is_not_touched(make, county):
    other = make(name="淳安项目", shares={"330127": Decimal(1)})
    book = book_of(county)
    put(book, PROJECTS, 2, code=other.code, name="改名", shares="淳安县 100", field_id="产业配套")
    new(book, 3, shares="淳安县 100")
    preview, _recorded = confirm_upload(saved(book), NAME, county)
    assert [line.verdict for line in preview.lines] == ["refused", "refused"]
    assert Project.objects.filter(name__in=["改名", "新项目"]).count() == 0


def test_what_is_wrong_is_told_in_the_order_of_the_sheets_and_lines_name_their_project(city):
    book = load_workbook(io.BytesIO(write_projects(Project.objects.none(), city)))
    new(book, 2, schedule="2026年 1.5")
    put(book, AMOUNTS, 2, code="新1", stage="签约", amount_yi=0)
    put(book, AMOUNTS, 3, code="新1", stage="签约", amount_yi=2)
    put(book, PROGRESS, 2, code="新1", year=2099, quarter=1)
    put(book, PROJECTS, 3, code="新2", name="甲", shares="桐芦县 100", field_id="产业配套")
    preview = preview_upload(saved(book), NAME, city)
    assert [(p.sheet, p.row) for p in preview.problems] == [("项目", 3), ("投资额", 2), ("季度进展", 2)]
    lines = {(line.sheet, line.row): line for line in preview.lines}
    assert lines["投资额", 3].title == "新1 新项目"
    pairs = {label: now for label, _before, now in lines["项目", 2].pairs}
    assert (pairs["地区分摊"], pairs["年度投资计划"]) == ("桐庐县 100%", "2026年 1.5")


# Pages --------------------------------------------------------------------------------------------


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def posted(client, content: bytes):
    return client.post("/projects/upload/", {"file": SimpleUploadedFile(NAME, content)})


def test_upload_preview_confirm(bridge, city):
    client = client_of(city)
    book = load_workbook(io.BytesIO(client.get("/projects/workbook.xlsx").content))
    row = next(n for n in range(2, 200) if book[PROJECTS.name].cell(n, 1).value == bridge.code)
    put(book, PROJECTS, row, name="大桥")
    address = posted(client, saved(book))["Location"]
    body = client.get(address).content.decode()
    assert "=桥 → 大桥" in body
    assert Project.objects.get(pk=bridge.pk).name == "=桥"
    assert confirmed(client, address)["Location"] == "/projects/"
    assert Project.objects.get(pk=bridge.pk).name == "大桥"
    assert client.get(address).status_code == 404


def test_refused_rows_come_back_with_their_causes(bridge, city):
    client = client_of(city)
    book = book_of(city, bridge.code)
    put(book, PROJECTS, 2, name="大桥")
    new(book, 3, field_id="农业")
    address = posted(client, saved(book))["Location"]
    confirmed(client, address)
    assert Project.objects.get(pk=bridge.pk).name == "=桥"
    sheet = load_workbook(io.BytesIO(client.get(f"{address}refused.xlsx").content))[PROJECTS.name]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][-1] == "错误"
    assert [(row[0], row[2], row[-1] and row[-1][:5]) for row in rows[1:]] == [
        (bridge.code, "大桥", None),
        ("新1", "新项目", "E3 领域"),
    ]


def test_a_file_changes_so_many_rows_at_most_and_those_that_stay_do_not_count(bridge, city, monkeypatch):
    """Two thousand new rows held SQLite's one writer for minutes, at each look at the preview: nobody could save."""
    monkeypatch.setitem(upload.MOST_TRIED, connection.vendor, 2)
    book = book_of(city, bridge.code)
    for number in (1, 2):
        new(book, 2 + number, code=f"新{number}", name=f"新项目{number}")
    told = [verdict for _sheet, _row, verdict in verdicts(preview_upload(saved(book), NAME, city))]
    assert told == ["same", "new", "new", "same", "same"]
    new(book, 5, code="新3", name="新项目3")
    new(book, 6, code="新4", name="新项目4", field_id="农业")
    preview = preview_upload(saved(book), NAME, city)
    (problem,) = preview.problems
    assert (problem.sheet, problem.row, problem.words.partition("，从")[0]) == (
        PROJECTS.name,
        5,
        "一份文件最多新增、修改 2 行",
    )
    count = Project.objects.count()
    assert (len(preview.lines), confirm_upload(saved(book), NAME, city)[0].is_applicable) == (3, False)
    assert Project.objects.count() == count


def test_who_may_not_enter_gets_nothing(plan):
    client = client_of(User.objects.create_user("leader", role=User.Role.LEADER))
    for address in ("upload/", "upload/template.xlsx", "workbook.xlsx"):
        assert client.get(f"/projects/{address}").status_code == 404


def test_an_upload_without_a_file_or_of_another_is_told(city, county):
    response = client_of(city).post("/projects/upload/")
    assert (response.status_code, "请先选择填好的表格" in response.content.decode()) == (400, True)
    address = posted(client_of(city), write_projects(Project.objects.all(), city))["Location"]
    assert client_of(county).get(address).status_code == 404
