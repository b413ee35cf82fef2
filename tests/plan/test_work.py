"""Tasks, what is said of them, meetings: who may do what, and that nothing is lost."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Organisation, User
from areas.models import Area
from journal.models import AuditEntry
from lib.refusals import Conflict, NotAllowed, Refused
from plan import work
from plan.models import Chapter, Meeting, ProgressStatement, StatementFile, WorkItem
from seeding.demonstration.loading import clear_demo

pytestmark = pytest.mark.usefixtures("demo")


def user(name: str) -> User:
    return User.objects.get(username=name)


def a_task(**changes) -> work.Task:
    values = {
        "title": "新建水厂",
        "chapter": Chapter.objects.get(number=3),
        "area": Area.objects.get(code="330127"),
        "responsible": Organisation.objects.get(code="330127-housing"),
        "due_on": date(2026, 6, 30),
    }
    return work.Task(**{**values, **changes})


@pytest.fixture
def item():
    return work.assign_work(task=a_task(), by=user("municipal"))


def test_a_task_gets_the_next_number_and_an_audit_row(item):
    last = WorkItem.objects.exclude(pk=item.pk).order_by("-code").first()
    assert int(item.code[2:]) == int(last.code[2:]) + 1
    entry = AuditEntry.objects.get(subject="plan.workitem", key=item.code)
    assert (entry.action, entry.area_id, entry.new["responsible"]) == ("create", "330127", "330127-housing")


@pytest.mark.parametrize("name", ["leader", "chunan", "chunan-housing", "stats"])
def test_only_the_city_assigns(name):
    with pytest.raises(NotAllowed):
        work.assign_work(task=a_task(), by=user(name))


def test_a_unit_of_another_county_is_refused():
    with pytest.raises(Refused, match="不是淳安县的单位"):
        work.assign_work(task=a_task(responsible=Organisation.objects.get(code="330122-housing")), by=user("municipal"))


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("chunan-housing", True),
        ("chunan", True),
        ("municipal", True),
        ("admin", True),
        ("chunan-health", False),
        ("tonglu", False),
        ("tonglu-housing", False),
        ("leader", False),
        ("stats", False),
    ],
)
def test_who_says_how_it_stands(item, clients, name, may):
    answer = clients[name].post(f"/plan/tasks/{item.code}/", {"words": "完成一半", "percent_done": "50"})
    assert answer.status_code == (302 if may else 400)
    assert item.statements.count() == (1 if may else 0)


def test_the_unit_closes_and_only_the_city_opens_again(item):
    work.state_progress(item=item, words="完工", new_state="done", by=user("chunan-housing"))
    item.refresh_from_db()
    assert (item.state, item.statements.get().percent_done, item.closed_on is None) == ("done", 100, False)
    with pytest.raises(NotAllowed):
        work.state_progress(item=item, words="又动工", new_state="open", by=user("chunan-housing"))
    with pytest.raises(Refused, match="不再填进展"):
        work.state_progress(item=item, words="补充", by=user("chunan-housing"))
    work.state_progress(item=item, words="验收未过", new_state="open", by=user("municipal"))
    item.refresh_from_db()
    assert (item.state, item.closed_on) == ("open", None)


def test_the_unit_does_not_cancel(item):
    with pytest.raises(NotAllowed):
        work.state_progress(item=item, words="不做了", new_state="cancelled", by=user("chunan-housing"))


def test_two_who_edit_do_not_overwrite_each_other(item):
    city = user("municipal")
    work.edit_work(item=item, task=a_task(title="甲"), version=1, reason="改名", by=city)
    with pytest.raises(Conflict):
        work.edit_work(item=item, task=a_task(title="乙"), version=1, reason="改名", by=city)
    item.refresh_from_db()
    assert (item.title, item.version) == ("甲", 2)


def test_codes_go_on_after_the_last_of_four_digits(item):
    WorkItem.objects.filter(pk=item.pk).update(code="T-9999")
    assert [work.assign_work(task=a_task(), by=user("municipal")).code for _ in range(2)] == ["T-10000", "T-10001"]


def test_an_edit_wants_a_reason_and_keeps_the_typing(item, clients):
    form = {
        "title": "改了的名字",
        "chapter": 3,
        "area": "330127",
        "responsible": item.responsible_id,
        "due_on": "2026-07-01",
        "decision": "",
        "reason": "",
        "version": 1,
    }
    answer = clients["municipal"].post(f"/plan/tasks/{item.code}/edit/", form)
    assert answer.status_code == 400
    text = answer.content.decode()
    assert "请写明为什么改" in text
    assert "改了的名字" in text
    assert clients["municipal"].post(f"/plan/tasks/{item.code}/edit/", {**form, "reason": "延期"}).status_code == 302
    entry = AuditEntry.objects.filter(subject="plan.workitem", key=item.code).first()
    assert (entry.action, entry.reason, entry.old["due_on"]) == ("edit", "延期", "2026-06-30")


def test_a_meeting_with_its_decisions(clients):
    form = {"held_on": "2026-03-01", "title": "例会", "chair": "", "minutes": "", "decisions": "甲事\n\n乙事\n"}
    assert clients["municipal"].post("/plan/meetings/", form).status_code == 302
    meeting = Meeting.objects.get(title="例会")
    assert [(row.number, row.words) for row in meeting.decisions.all()] == [(1, "甲事"), (2, "乙事")]
    again = clients["municipal"].post("/plan/meetings/", form)
    assert again.status_code == 400
    assert "已经登记过" in again.content.decode()
    assert clients["tonglu"].post("/plan/meetings/", {**form, "title": "私会"}).status_code == 400
    assert not Meeting.objects.filter(title="私会").exists()


@pytest.mark.parametrize("path", ["/plan/tasks/new/", "/plan/tasks/T-0001/edit/"])
def test_the_forms_are_the_citys(clients, path):
    codes = {name: clients[name].get(path).status_code for name in ("municipal", "admin", "leader", "tonglu", "stats")}
    assert codes == {"municipal": 200, "admin": 200, "leader": 404, "tonglu": 404, "stats": 404}


def test_filters(clients):
    def found(query):
        return [item.code for item in clients["stats"].get(f"/plan/tasks/?{query}").context["page"]]

    everything = set(WorkItem.objects.values_list("code", flat=True))
    assert set(found("")) == everything
    parts = [set(found(f"area={code}")) for code in ("330122", "330127", "330182", "city")]
    assert set.union(*parts) == everything
    assert sum(map(len, parts)) == len(everything)
    assert set(found("state=overdue")) <= set(found("state=open"))
    assert set(found("unit=330127-housing")) == set(
        WorkItem.objects.filter(responsible__code="330127-housing").values_list("code", flat=True)
    )
    assert clients["stats"].get("/plan/tasks/?colour=red").status_code == 404


def test_the_file_has_every_row_of_the_page(clients):
    rows = clients["leader"].get("/plan/tasks.csv").getvalue().decode("utf-8-sig").splitlines()
    assert len(rows) == WorkItem.objects.count() + 1
    assert clients["leader"].get("/plan/tasks.xlsx").status_code == 200


def test_query_counts(clients, django_assert_max_num_queries):
    for path in ("/plan/tasks/", "/plan/meetings/"):
        clients["municipal"].get(path)
        with django_assert_max_num_queries(16):
            clients["municipal"].get(path)


def test_clearing_removes_the_demonstrations_own_alone(item):
    work.state_progress(item=item, words="完成一半", by=user("municipal"))
    clear_demo()
    assert list(WorkItem.objects.values_list("code", flat=True)) == [item.code]
    assert ProgressStatement.objects.count() == 1
    assert not Meeting.objects.exists()


# Evidence ---------------------------------------------------------------------------------------------

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def shelf(settings, tmp_path):
    """Where files are kept: the names in it."""
    settings.MEDIA_ROOT = tmp_path
    return lambda: [path for path in tmp_path.rglob("*") if path.is_file()]


def test_files_are_handed_in_with_a_statement_and_read_by_their_own(item, shelf, clients):
    sent = {"words": "完工", "files": [SimpleUploadedFile("验收.exe", PDF), SimpleUploadedFile("照片.pdf", PDF + b" ")]}
    assert clients["chunan-housing"].post(f"/plan/tasks/{item.code}/", sent).status_code == 302
    first, second = StatementFile.objects.filter(statement__work_item=item)
    assert (first.name, second.name, first.content_type) == ("验收.exe.pdf", "照片.pdf", "application/pdf")
    assert {path.read_bytes() for path in shelf()} == {PDF, PDF + b" "}
    assert AuditEntry.objects.get(key=item.code, action="state_progress").new["files"] == [first.name, second.name]
    path = f"/plan/tasks/{item.code}/files/{first.pk}/"
    answer = clients["chunan"].get(path)
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Disposition"].startswith("attachment;")
    assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "private, no-store")
    assert path in clients["leader"].get(f"/plan/tasks/{item.code}/").content.decode()
    for stranger in ("tonglu", "stats"):
        assert clients[stranger].get(path).status_code == 404
        assert path not in clients[stranger].get(f"/plan/tasks/{item.code}/").content.decode()


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([("a.pdf", b"MZ" + bytes(90))], "这是程序文件，不能作为佐证"),
        ([("a.pdf", PDF[:20])], "文件不完整"),
        ([("a.pdf", PDF), ("b.pdf", PDF)], "有两个文件内容相同"),
        ([(f"{n}.pdf", PDF + bytes([n])) for n in range(32, 43)], "一次最多附 10 个文件"),
    ],
)
def test_what_is_no_evidence_is_refused_and_nothing_is_left(item, shelf, clients, files, words):
    sent = {"words": "完工了", "files": [SimpleUploadedFile(*each) for each in files]}
    answer = clients["chunan-housing"].post(f"/plan/tasks/{item.code}/", sent)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert words in page
    assert "完工了" in page
    assert (item.statements.count(), shelf()) == (0, [])


def test_no_file_outlives_a_statement_that_is_refused(item, shelf):
    with pytest.raises(NotAllowed):
        work.state_progress(item=item, words="完工", by=user("tonglu"), files=[("a.pdf", PDF)])
    assert shelf() == []


def test_too_large_a_file_is_refused_before_it_is_read(item, shelf, clients, monkeypatch):
    monkeypatch.setattr("lib.files.documents.MAX_BYTES", 10)
    sent = {"words": "完工", "files": SimpleUploadedFile("a.pdf", PDF)}
    answer = clients["chunan-housing"].post(f"/plan/tasks/{item.code}/", sent)
    assert "超过 20 MB 的上限" in answer.content.decode()
    assert shelf() == []


def test_the_demonstrations_files_go_with_it(shelf, django_capture_on_commit_callbacks):
    item = WorkItem.objects.filter(is_demo=True, state="open", area="330127").first()
    work.state_progress(item=item, words="完工", by=user("municipal"), files=[("a.pdf", PDF)])
    assert len(shelf()) == 1
    with django_capture_on_commit_callbacks(execute=True):
        clear_demo()
    assert (StatementFile.objects.count(), shelf()) == (0, [])
