"""Tasks, what is said of them, meetings: who may do what, and that nothing is lost."""

from datetime import date

import pytest

from accounts.models import Organisation, User
from areas.models import Area
from dashboard.demo import clear_demo
from journal.models import AuditEntry
from plan import work
from plan.errors import NotAllowed, Refused, Stale
from plan.models import Chapter, Meeting, ProgressStatement, WorkItem

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
    with pytest.raises(Stale):
        work.edit_work(item=item, task=a_task(title="乙"), version=1, reason="改名", by=city)
    item.refresh_from_db()
    assert (item.title, item.version) == ("甲", 2)


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
