"""The dispatch list: each line has a cause, and goes when the cause does; nobody reads another county's."""

import csv
import io
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import User
from funding.models import Flow, FundingSource
from funding.stored_sums import rebuild_totals
from journal.models import AuditEntry
from plan.models import WorkItem
from plan.work import state_progress
from projects.models import Project
from reporting.actions import change_state, hand_over
from reporting.models import Notice, Round, Submission
from tests.constraints import assert_refused, named_constraints

pytestmark = pytest.mark.usefixtures("demo")
CHUNAN = "330127"


def lines(clients, username="leader", query="") -> list:
    response = clients[username].get(f"/dispatch/{query}")
    assert response.status_code == 200
    return [row.line for row in response.context["rows"]]


def row_of(clients, line, username="municipal"):
    rows = clients[username].get("/dispatch/").context["rows"]
    return next(row for row in rows if (row.line.key, row.line.unit) == (line.key, line.unit))


def pressed(**more):
    """Presses; what is told of a matter's steps is none."""
    return Notice.objects.filter(**more).exclude(item__startswith=Notice.SAID)


def test_a_county_and_a_bureau_read_their_own_alone(clients):
    everything = [(line.kind, line.what) for line in lines(clients)]
    own = lines(clients, "chunan")
    assert own
    assert {line.area for line in own} == {CHUNAN}
    assert [(line.kind, line.what) for line in own if (line.kind, line.what) not in everything] == []
    unit = User.objects.get(username="chunan-health").organisation_id
    assert {line.unit.pk for line in lines(clients, "chunan-health")} <= {unit}
    assert lines(clients, "chunan", "?kind=match") == [line for line in own if line.kind == "match"]
    assert clients["stats"].get("/dispatch/").status_code == 404
    assert clients["chunan"].get("/dispatch/?area=330122").status_code == 404


def test_a_task_done_leaves_the_list(clients):
    WorkItem.objects.filter(state="open").update(due_on=date(2020, 1, 1))
    before = [line for line in lines(clients) if line.kind == "task"]
    item = WorkItem.objects.get(code=before[0].what.split()[0])
    state_progress(item=item, words="办结", new_state="done", by=User.objects.get(username="municipal"))
    after = [line for line in lines(clients) if line.kind == "task"]
    assert [line.what for line in after] == [line.what for line in before[1:]]


def test_the_match_paid_takes_its_line_and_those_behind_for_it(clients):
    before = lines(clients)
    owed = next(line for line in before if line.kind == "match" and line.area == CHUNAN)
    Flow.objects.create(
        area_id=CHUNAN,
        year=owed.since.year,
        source=FundingSource.objects.get(code="F3"),
        state="arrived",
        amount_wan=Decimal(str(owed.weight)),
        happened_on=date(owed.since.year, 12, 1),
        recorded_at=datetime(owed.since.year, 12, 1, tzinfo=UTC),
    )
    rebuild_totals()
    after = lines(clients)
    gone = Counter((line.kind, line.area, line.since) for line in before)
    gone -= Counter((line.kind, line.area, line.since) for line in after)
    assert gone["match", CHUNAN, owed.since] == 1
    assert {area for _, area, _ in gone} == {CHUNAN}


def test_a_stalled_project_is_listed_until_it_goes_on(clients):
    project = Project.objects.filter(main_area=CHUNAN, state="started").first()
    Project.objects.filter(pk=project.pk).update(state="stalled")
    assert project.name in [line.what for line in lines(clients) if line.kind == "stalled"]
    Project.objects.filter(pk=project.pk).update(state="started")
    assert project.name not in [line.what for line in lines(clients) if line.kind == "stalled"]


def test_the_file_is_the_page(clients):
    text = clients["leader"].get("/dispatch.csv").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert [row[2] for row in rows[1:]] == [line.what for line in lines(clients)]
    assert [row[9] for row in rows[1:] if row[9]] == []


def everything_late(clients) -> dict:
    """One line of each kind whose unit has accounts, by kind."""
    WorkItem.objects.filter(state="open").update(due_on=date(2020, 1, 1))
    Round.objects.update(due_on=date(2020, 1, 1))
    Project.objects.filter(main_area=CHUNAN, state="started").update(state="stalled")
    rows = clients["municipal"].get("/dispatch/").context["rows"]
    return {row.line.kind: row for row in reversed(rows) if row.state == "may"}


def test_every_kind_is_pressed_by_one_click_once_a_day(clients):
    found = everything_late(clients)
    assert set(found) >= {"report", "task", "underfunded", "match", "stalled", "commitment"}
    for row in found.values():
        clients["municipal"].post("/dispatch/press/", {"only": row.key, "line": "match/330127/1999|nobody"})
        now = row_of(clients, row.line)
        assert (now.state, now.last.organisation, now.last.by.username) == ("today", row.line.unit, "municipal")
    assert pressed(kind__in=Notice.PRESSING).count() == len(found)
    for row in found.values():
        answer = clients["municipal"].post("/dispatch/press/", {"line": row.key}, follow=True)
        assert "1件今日已催过" in answer.content.decode()
    assert pressed(kind__in=Notice.PRESSING).count() == len(found)
    assert AuditEntry.objects.filter(action__in=["press", "remind"]).count() == len(found)
    log = clients["leader"].get("/dispatch/").context["log"]
    assert {each.organisation for each in log} == {row.line.unit for row in found.values()}
    text = clients["leader"].get("/dispatch.csv").content.decode("utf-8-sig")
    assert sum(bool(row[9]) for row in csv.reader(io.StringIO(text))) == len(found) + 1  # and the header


def test_a_returned_sheet_is_listed_before_its_due_date_until_it_is_submitted_again(clients):
    sheet = Submission.objects.get(area="330182", round__year=2025)
    Round.objects.update(due_on=date(2099, 1, 1))
    assert lines(clients, query="?kind=report") == []
    city, county = (User.objects.get(username=name) for name in ("municipal", "jiande"))
    change_state(submission=sheet, action="return", by=city, reason="请核对口径", entries=["P02"])
    [line] = lines(clients, query="?kind=report&area=330182")
    assert (line.unit.code, line.figure) == ("330182-housing", "已退回")
    clerk = User.objects.get(username="jiande-housing")
    hand_over(part=sheet.parts.get(organisation=clerk.organisation), by=clerk)
    [line] = lines(clients, query="?kind=report&area=330182")
    assert line.unit == county.organisation
    change_state(submission=Submission.objects.get(pk=sheet.pk), action="submit", by=county)
    assert lines(clients, query="?kind=report&area=330182") == []


def test_the_unit_reads_what_it_is_pressed_for(clients):
    row = everything_late(clients)["task"]
    clients["municipal"].post("/dispatch/press/", {"only": row.key})
    reader = User.objects.filter(organisation=row.line.unit, role__in=Notice.READERS).first()
    page = clients[reader.username].get("/reporting/notices/").content.decode()
    assert f'href="{row.line.href}"' in page
    assert row.line.what in page


def test_the_chosen_or_all_of_a_filter_are_pressed(clients):
    everything_late(clients)
    rows = [row for row in clients["municipal"].get("/dispatch/?kind=task").context["rows"] if row.state == "may"]
    chosen = [rows[0].key, rows[1].key]
    clients["municipal"].post("/dispatch/press/?kind=task", {"line": chosen})
    states = {row.key: row.state for row in clients["municipal"].get("/dispatch/?kind=task").context["rows"]}
    assert [key for key, state in states.items() if state == "today"] == chosen
    clients["municipal"].post("/dispatch/press/?kind=task", {"all": "1"})
    assert set(pressed(kind="press").values_list("item", flat=True)) == {row.line.key for row in rows}


def test_nothing_chosen_and_what_is_gone_are_said_in_words(clients):
    answer = clients["municipal"].post("/dispatch/press/", {}, follow=True)
    assert "请先勾选要催的事项" in answer.content.decode()
    answer = clients["municipal"].post("/dispatch/press/", {"line": "task/T-9999|330127-housing"}, follow=True)
    assert "1件已不在清单上" in answer.content.decode()


def test_a_county_presses_its_own_bureaus_and_a_reader_nobody(clients):
    everything_late(clients)
    own = [row for row in clients["chunan"].get("/dispatch/").context["rows"] if row.state == "may"]
    assert {row.line.unit.area_id for row in own} == {CHUNAN}
    assert User.objects.get(username="chunan").organisation not in {row.line.unit for row in own}
    other = next(row for row in clients["municipal"].get("/dispatch/").context["rows"] if row.line.area == "330182")
    clients["chunan"].post("/dispatch/press/", {"only": other.key})
    clients["leader"].post("/dispatch/press/", {"only": own[0].key})
    clients["chunan-health"].post("/dispatch/press/", {"only": own[0].key})
    assert not pressed(kind="press").exists()
    clients["chunan"].post("/dispatch/press/", {"only": own[-1].key})
    assert [each.item for each in pressed(kind="press")] == [own[-1].line.key]
    assert clients["tonglu"].get("/dispatch/").context["log"].paginator.count == 0


def test_a_unit_without_an_account_cannot_be_pressed(clients):
    row = everything_late(clients)["task"]
    User.objects.filter(organisation=row.line.unit).update(is_active=False)
    assert row_of(clients, row.line).state == "no_account"
    answer = clients["municipal"].post("/dispatch/press/", {"only": row.key}, follow=True)
    assert "没有账号" in answer.content.decode()
    assert not pressed(kind="press").exists()


def test_yesterdays_press_may_be_repeated(clients):
    row = everything_late(clients)["task"]
    clients["municipal"].post("/dispatch/press/", {"only": row.key})
    pressed(kind="press").update(at=timezone.now() - timedelta(days=1))
    assert row_of(clients, row.line).state == "may"
    clients["municipal"].post("/dispatch/press/", {"only": row.key})
    assert pressed(kind="press").count() == 2


def test_what_a_notice_says_is_chinese_whoever_presses(clients):
    row = everything_late(clients)["match"]
    clients["municipal"].cookies["django_language"] = "en"
    clients["municipal"].post("/dispatch/press/", {"only": row.key})
    assert "年县级配套，欠" in pressed(kind="press").get().words


def test_keys_tell_the_lines_apart(clients):
    everything_late(clients)
    rows = clients["municipal"].get("/dispatch/").context["rows"]
    assert len({(row.line.key, row.line.unit) for row in rows}) == len(rows)


def test_queries_are_pinned_and_more_lines_ask_no_more(clients, django_assert_num_queries):
    few = len(lines(clients))
    Project.objects.exclude(state__in=["cancelled", "completed"]).update(state="stalled")
    WorkItem.objects.filter(state="open").update(due_on=date(2020, 1, 1))
    with django_assert_num_queries(35):
        response = clients["leader"].get("/dispatch/")
    assert len(response.context["rows"]) > few


def test_a_notice_is_about_a_sheet_or_an_item():
    unit = User.objects.get(username="chunan").organisation
    constraint = named_constraints("reporting")["notice_is_about_a_sheet_or_an_item"]
    about = {"organisation": unit, "kind": "press", "words": "x", "at": timezone.now()}
    assert_refused(constraint, lambda: Notice.objects.create(**about))
    assert_refused(constraint, lambda: Notice.objects.create(**about | {"kind": "reminder", "item": "x", "href": "/"}))
    assert_refused(constraint, lambda: Notice.objects.create(**about, item="task/T-0001"))
