"""One protocol at every door: cells are mended in place, nothing is recorded that was not seen, twice or half, and the
whole is undone within the day by who did it, but for what somebody has changed since."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from accounts.models import User
from funding.actions import correct_flow
from funding.models import Flow
from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import Observation, Target, Versioned
from journal.models import AuditEntry
from plan.models import Cite
from projects.actions import edit_project
from projects.models import Project
from reporting.entries.saving import Typed, save_entries
from reporting.models import Entry, EntryVersion, Submission
from tests.reporting.books import cell, saved, sheet_book
from tests.tables.books import by_openpyxl
from tests.uploading import confirmed, previewed, recorded
from uploads.models import UploadedTable

SHEET = "/reporting/330127/2025/upload/"
FLOWS = [
    ["区划代码", "资金年度", "资金代码", "资金状态", "金额（万元）", "办理日期"],
    ["330127", 2026, "F3", "计划", "许多", "2026-03-05"],
    ["330127", 2026, "F3", "计划", 20, date(2026, 3, 6)],
]
OBSERVED = [["区划代码", "指标代码", "年份", "数值"], ["330127", "P09", 2024, "许多"], ["330122", "P09", 2024, 0.125]]
TARGETS = [["区划代码", "指标代码", "2027年"], ["330127", "P09", "许多"], ["330122", "P09", 61]]
PROJECTS = [["项目编号", "项目名称", "地区分摊", "领域"], ["新1", "某镇管网", "淳安县 许多", "市政公用"]]


@pytest.fixture(autouse=True)
def apart(settings, tmp_path, demo):
    settings.VAR_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "uploads"


def named(title: str) -> Callable:
    return lambda book: setattr(book.active, "title", title)


def sheet_file(value="许多") -> bytes:
    user = User.objects.get(username="chunan-health")
    book = sheet_book(Submission.objects.get(area="330127", round__year=2025), user)
    cell(book, "P03", "value").value = value
    return saved(book)


def sheet_row() -> int:
    book = load_workbook(io.BytesIO(sheet_file()))
    return next(row[0].row for row in book["填报表"].iter_rows() if row[0].value == "P03")


@dataclass(frozen=True)
class Case:
    """A file with one cell at fault, who sends it where, and how many rows its recording makes."""

    page: str
    login: str
    make: Callable[[], bytes]
    place: Callable[[], str]
    right: str
    model: type
    rows: int
    said: dict = field(default_factory=dict)


SAID = {"document": "杭发改〔2026〕1号", "reason": "正式印发"}
CASES = {
    "money": Case(
        "/funding/upload/",
        "chunan",
        lambda: by_openpyxl(FLOWS, change=named("资金流水")),
        lambda: "资金流水!E2",
        "12.5",
        Flow,
        2,
    ),
    "official values": Case(
        "/imports/",
        "admin",
        lambda: by_openpyxl(OBSERVED),
        lambda: "官方数值!D2",
        "12.5",
        Observation,
        2,
        {"kind": "observations", **SAID},
    ),
    "targets": Case(
        "/imports/",
        "municipal",
        lambda: by_openpyxl(TARGETS, change=named("年度目标")),
        lambda: "年度目标!C2",
        "62.5",
        Target,
        2,
        {"kind": "plan", **SAID},
    ),
    "projects": Case(
        "/projects/upload/",
        "chunan",
        lambda: by_openpyxl(PROJECTS, change=named("项目")),
        lambda: "项目!C2",
        "淳安县 100",
        Project,
        1,
    ),
    "a sheet": Case(SHEET, "chunan-health", sheet_file, lambda: f"填报表!H{sheet_row()}", "4.15", EntryVersion, 1),
}
every_door = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def faulty(page) -> list[tuple[str, str]]:
    """(place, text) of every cell that the preview marks."""
    rows = [row for table in page.context["faulty"] for row in table.rows]
    return [(found.place, found.text) for row in rows for found in row.cells if found.is_faulty]


def mended(case: Case, client) -> str:
    """The preview of a file whose cell was put right on the page."""
    page = previewed(client, case.page, case.make(), **case.said)
    assert client.post(page, {"check": "typed", case.place(): case.right}).url == page
    return page


# Mending ------------------------------------------------------------------------------------------------


@every_door
def test_a_cell_is_mended_in_place_and_recorded(clients, case):
    client, before = clients[case.login], case.model.objects.count()
    page = previewed(client, case.page, case.make(), **case.said)
    first = client.get(page)
    assert [text for place, text in faulty(first) if place == case.place()][0].endswith("许多")
    assert f'name="{case.place()}"' in first.content.decode()
    client.post(page, {"check": "typed", case.place(): case.right})
    second = client.get(page)
    assert (faulty(second), second.context["preview"].problems) == ([], [])
    assert case.model.objects.count() == before
    assert confirmed(client, page).status_code == 302
    assert case.model.objects.count() == before + case.rows
    (kept,) = UploadedTable.objects.all()
    assert (kept.by.username, kept.undone_at) == (case.login, None)
    told = AuditEntry.objects.get(action="type_over").new["预览时改写"]
    assert told == {case.place(): case.right}


def test_what_is_typed_wrong_stands_to_be_typed_again(clients):
    case, client = CASES["money"], clients["chunan"]
    page = previewed(client, case.page, case.make())
    for wrong in ("十二", "12 34"):
        client.post(page, {"check": "typed", case.place(): wrong})
        assert faulty(client.get(page)) == [(case.place(), wrong)]
    client.post(page, {"check": "reset"})
    assert faulty(client.get(page)) == [(case.place(), "许多")]


def test_a_row_can_be_left_out(clients):
    client, before = clients["chunan"], Flow.objects.count()
    page = previewed(client, CASES["money"].page, CASES["money"].make())
    client.post(page, {"check": "typed", "dropped": "资金流水!2"})
    confirmed(client, page)
    assert [flow.amount_wan for flow in Flow.objects.order_by("pk")[before:]] == [Decimal(20)]


def test_a_row_of_a_sheet_cannot(clients):
    client = clients["chunan-health"]
    page = previewed(client, SHEET, sheet_file())
    client.post(page, {"check": "typed", "dropped": f"填报表!{sheet_row()}"})
    assert len(faulty(client.get(page))) == 1


def test_only_cells_that_are_offered_can_be_typed_over(clients):
    """The right row of the file, the marker of a sheet, a cell of nowhere."""
    client = clients["chunan"]
    page = previewed(client, CASES["money"].page, CASES["money"].make())
    others = {"资金流水!E3": "99", "标记!A1": "{}", "资金流水!ZZ9": "1", "x": "y"}
    client.post(page, {"check": "typed", **others})
    assert client.get(page).context["sent"].typed == {}


def test_lines_of_a_cell_stay_apart_on_the_page(clients):
    rows = [OBSERVED[0], ["330127", "P09", 2024, "1\n2"]]
    page = previewed(clients["admin"], "/imports/", by_openpyxl(rows), kind="observations", **SAID)
    text = clients["admin"].get(page).content.decode()
    assert '<textarea name="官方数值!D2"' in text
    clients["admin"].post(page, {"check": "typed", "官方数值!D2": "1\r\n2"})
    assert faulty(clients["admin"].get(page)) == [("官方数值!D2", "1\n2")]


def test_the_cells_of_others_are_not_to_be_typed_over(clients):
    case = CASES["money"]
    page = previewed(clients["chunan"], case.page, case.make())
    assert clients["tonglu"].post(page, {"check": "typed", case.place(): "1"}).status_code == 404
    assert faulty(clients["chunan"].get(page)) == [(case.place(), "许多")]


@every_door
def test_the_faulty_rows_come_back_as_they_stand_on_the_page(clients, case):
    client = clients[case.login]
    page = previewed(client, case.page, case.make(), **case.said)
    client.post(page, {"check": "typed", case.place(): "仍不对"})
    book = load_workbook(io.BytesIO(client.get(client.get(page).context["refused_url"]).content))
    assert "仍不对" in {each.value for sheet in book for row in sheet.iter_rows() for each in row}


# Confirming ---------------------------------------------------------------------------------------------


@every_door
def test_nothing_is_recorded_that_was_not_seen(clients, case):
    client, before = clients[case.login], case.model.objects.count()
    page = mended(case, client)
    for seen in ({}, {"fingerprint": "x" * 64}):
        assert client.post(page, seen).url == page
    assert (case.model.objects.count(), UploadedTable.objects.count()) == (before, 0)


@every_door
def test_a_preview_that_was_seen_before_the_mending_is_no_longer_true(clients, case):
    client, before = clients[case.login], case.model.objects.count()
    page = mended(case, client)
    seen = client.get(page).context["fingerprint"]
    from_elsewhere = UploadedTable(token=page.rstrip("/").rpartition("/")[2], kind="x", name="x", sha256="x")
    from_elsewhere.save()  # another window has the token
    assert client.post(page, {"fingerprint": seen}).status_code == 302
    assert case.model.objects.count() == before
    from_elsewhere.delete()
    assert client.post(page, {"fingerprint": seen}).status_code == 302
    assert case.model.objects.count() == before + case.rows
    assert client.post(page, {"fingerprint": seen}).status_code == 404


def test_money_that_somebody_else_records_meanwhile_asks_for_another_look(clients):
    case, client = CASES["money"], clients["chunan"]
    page = mended(case, client)
    seen = client.get(page).context["fingerprint"]
    other = [FLOWS[0], ["330127", 2026, "F3", "计划", 7, "2026-04-05"]]
    recorded(clients["municipal"], case.page, by_openpyxl(other, change=named("资金流水")))
    before = Flow.objects.count()
    assert (client.post(page, {"fingerprint": seen}).url, Flow.objects.count()) == (page, before)
    confirmed(client, page)
    assert Flow.objects.count() == before + 2


def test_a_project_that_somebody_else_changes_meanwhile_asks_for_another_look(clients):
    client, project = clients["municipal"], Project.objects.filter(main_area="330127").first()
    book = load_workbook(io.BytesIO(client.get(f"/projects/workbook.xlsx?q={project.name}").content))
    sheet = book["项目"]
    row = next(n for n in range(2, 200) if sheet.cell(n, 1).value == project.code)
    sheet.cell(row, 3).value = "改了的名称"
    page = previewed(client, "/projects/upload/", saved(book))
    seen = client.get(page).context["fingerprint"]
    edit_project(project=project, values={"name": "别人改的"}, by=User.objects.get(username="chunan"))
    client.post(page, {"fingerprint": seen})
    project.refresh_from_db()
    assert project.name == "别人改的"
    assert [problem.words[:10] for problem in client.get(page).context["preview"].problems] == ["下载之后已有人修改（"]


# Undoing ------------------------------------------------------------------------------------------------


def undo_page(case: Case, client) -> str:
    page = mended(case, client)
    assert confirmed(client, page).status_code == 302
    return f"{page}undo/"


def undone(client, page: str, reason: str = "传错了"):
    return client.post(page, {"reason": reason}, follow=True)


@every_door
def test_an_upload_is_undone_as_one_act_with_a_reason_and_once(clients, case):
    client = clients[case.login]
    place = undo_page(case, client)
    form = client.get(place.removesuffix("/undo/").rpartition("/")[0] + "/")
    assert place in form.content.decode()
    assert len(client.get(place).context["taken_back"]) == case.rows
    before = case.model.objects.count()
    undone(client, place, " ")
    assert case.model.objects.count() == before
    answer = undone(client, place)
    assert "已撤销" in answer.content.decode()
    kept = UploadedTable.objects.get()
    assert (kept.reason, [line["hindrance"] for line in kept.told]) == ("传错了", [""] * case.rows)
    assert case.model.objects.count() >= before, "nothing is deleted"
    undone(client, place)
    assert AuditEntry.objects.filter(action="undo_upload", subject="uploads.uploadedtable").count() == 1


def test_values_go_back_to_what_stood_before_with_its_provenance(clients):
    case, client = CASES["official values"], clients["admin"]
    keys = {"indicator": "P09", "year": 2024}
    before = {fact.area_id: fact for fact in Observation.objects.as_of().filter(**keys)}
    place = undo_page(case, client)
    assert Observation.objects.as_of().get(area="330127", **keys).value == Decimal("12.5")
    undone(client, place)
    after = {fact.area_id: fact for fact in Observation.objects.as_of().filter(**keys)}
    names = ("value", "cite", "note", "is_demo", "recorded_via")
    told = {area: [getattr(fact, name) for name in names] for area, fact in after.items()}
    assert told == {area: [getattr(fact, name) for name in names] for area, fact in before.items()}
    versions = {area: fact.version for area, fact in before.items()}
    assert {area: fact.version - versions[area] for area, fact in after.items() if area != "330182"} == {
        "330122": 2,
        "330127": 2,
    }
    assert after["330127"].reason.endswith("：传错了")


def test_a_value_that_there_was_not_is_withdrawn(clients):
    rows = [OBSERVED[0], ["330127", "P09", 2026, 12.5]]
    page = previewed(clients["admin"], "/imports/", by_openpyxl(rows), kind="observations", **SAID)
    confirmed(clients["admin"], page)
    assert Observation.objects.as_of().filter(indicator="P09", year=2026).count() == 1
    undone(clients["admin"], f"{page}undo/")
    assert Observation.objects.as_of().filter(indicator="P09", year=2026).count() == 0
    assert Observation.objects.filter(indicator="P09", year=2026).count() == 1


def test_a_value_that_somebody_has_changed_since_stays_and_is_named(clients):
    client = clients["admin"]
    place = undo_page(CASES["official values"], client)
    by = User.objects.get(username="municipal")
    grounds = Grounds(by=by, via=Versioned.Via.EDIT, reason="更正")
    record_facts(Observation, [FactRow("330127", "P09", 2024, Decimal(13))], grounds=grounds)
    page = client.get(place)
    assert [line.hindrance for line in page.context["hindered"]] == [f"{by.title}之后改过，保留现在的"]
    assert len(page.context["taken_back"]) == 1
    undone(client, place)
    assert Observation.objects.as_of().get(area="330127", indicator="P09", year=2024).value == 13


def test_money_is_brought_to_nothing_by_corrections(clients):
    client = clients["chunan"]
    place = undo_page(CASES["money"], client)
    first, second = Flow.objects.filter(year=2026, source="F3", happened_on__month=3).order_by("pk")
    correct_flow(first, to_amount_wan=Decimal(9), reason="笔误", by=User.objects.get(username="municipal"))
    assert "更正过" in client.get(place).context["hindered"][0].hindrance
    undone(client, place)
    assert [row.amount_wan for row in Flow.objects.filter(corrects=first)] == [Decimal("-3.5")]
    assert [row.amount_wan for row in Flow.objects.filter(corrects=second)] == [Decimal(-20)]


def test_a_project_that_was_entered_becomes_cancelled_and_one_that_was_changed_is_as_before(clients):
    client = clients["chunan"]
    undone(client, undo_page(CASES["projects"], client))
    assert Project.objects.get(name="某镇管网").state == "cancelled"
    project = Project.objects.filter(main_area="330127", state="started", amounts__isnull=False).first()
    was = (project.name, project.state, project.note, list(project.shares.values_list("area", "share")))
    book = load_workbook(io.BytesIO(client.get(f"/projects/workbook.xlsx?q={project.name}").content))
    sheet = book["项目"]
    row = next(n for n in range(2, 200) if sheet.cell(n, 1).value == project.code)
    titles = {each.value: each.column for each in sheet[1]}
    changes = {"项目名称": "改了的名称", "项目状态": "停滞", "理由": "资金未到"}
    changes |= {"地区分摊": "淳安县 60；桐庐县 40"}
    for title, text in changes.items():
        sheet.cell(row, titles[title]).value = text
    page = previewed(client, "/projects/upload/", saved(book))
    confirmed(client, page)
    project.refresh_from_db()
    assert (project.name, project.state) == ("改了的名称", "stalled")
    undone(client, f"{page}undo/")
    project.refresh_from_db()
    assert (project.name, project.state, project.note, list(project.shares.values_list("area", "share"))) == was
    assert Project.objects.count() == Project.objects.filter(version__gte=1).count()


def test_an_entry_goes_back_and_one_that_was_saved_since_stays(clients):
    client, user = clients["chunan-health"], User.objects.get(username="chunan-health")
    entry = Entry.objects.get(submission__area="330127", submission__round__year=2025, indicator="P03")
    was = (entry.value, entry.explanation, entry.is_demo)
    undone(client, undo_page(CASES["a sheet"], client))
    entry.refresh_from_db()
    assert ((entry.value, entry.explanation, entry.is_demo), entry.versions.count()) == (was, entry.version)
    place = undo_page(CASES["a sheet"], client)
    save_entries(submission=entry.submission, typed=[Typed("P03", Decimal("4.2"), "核实过")], by=user)
    page = client.get(place)
    assert (page.context["taken_back"], len(page.context["hindered"])) == ([], 1)
    undone(client, place)
    entry.refresh_from_db()
    assert entry.value == Decimal("4.2")


@every_door
def test_another_does_not_undo_it_nor_anybody_after_a_day(clients, case):
    client = clients[case.login]
    place = undo_page(case, client)
    other = clients["admin" if case.login == "municipal" else "municipal"]
    assert other.get(place).status_code == other.post(place, {"reason": "x"}).status_code == 404
    UploadedTable.objects.update(at=timezone.now() - timedelta(hours=25))
    before = case.model.objects.count()
    assert client.get(place).context["taken_back"] == []
    undone(client, place)
    assert (case.model.objects.count(), UploadedTable.objects.get().undone_at) == (before, None)


def test_a_look_at_undoing_changes_nothing(clients):
    client = clients["admin"]
    place = undo_page(CASES["official values"], client)
    before = Observation.objects.count(), AuditEntry.objects.count()
    client.get(place)
    assert (Observation.objects.count(), AuditEntry.objects.count()) == before


def test_a_demonstration_that_comes_back_is_one_again(clients):
    fact = Observation.objects.as_of().filter(is_demo=True, indicator="P09", year=2024).first()
    assert fact is not None
    rows = [OBSERVED[0], [fact.area_id, "P09", 2024, 12.5]]
    page = previewed(clients["admin"], "/imports/", by_openpyxl(rows), kind="observations", **SAID)
    confirmed(clients["admin"], page)
    undone(clients["admin"], f"{page}undo/")
    back = Observation.objects.as_of().get(area=fact.area_id, indicator="P09", year=2024)
    assert (back.is_demo, back.cite, back.value) == (True, Cite.DEMO, fact.value)


def test_more_than_is_worth_typing_is_refused_and_what_was_typed_before_stays(clients):
    client, case = clients["chunan"], CASES["money"]
    page = previewed(client, case.page, case.make())
    client.post(page, {"check": "typed", case.place(): "12x"})
    answer = client.post(page, {"check": "typed", case.place(): "1" * 4_001}, follow=True)
    assert "超过 4,000 字" in answer.content.decode()
    assert faulty(answer) == [(case.place(), "12x")]
