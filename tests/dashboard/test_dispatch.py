"""The dispatch list: each line has a cause, and goes when the cause does; nobody reads another county's."""

import csv
import io
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from accounts.models import User
from funding.models import Flow, FundingSource
from funding.rollup import rebuild_totals
from plan.models import WorkItem
from plan.work import state_progress
from projects.models import Project

pytestmark = pytest.mark.usefixtures("demo")
CHUNAN = "330127"


def lines(clients, username="leader", query="") -> list:
    response = clients[username].get(f"/dispatch/{query}")
    assert response.status_code == 200
    return [line for _, line, _, _ in response.context["rows"]]


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


def test_queries_are_pinned_and_more_lines_ask_no_more(clients, django_assert_num_queries):
    few = len(lines(clients))
    Project.objects.exclude(state__in=["cancelled", "completed"]).update(state="stalled")
    WorkItem.objects.filter(state="open").update(due_on=date(2020, 1, 1))
    with django_assert_num_queries(33):
        response = clients["leader"].get("/dispatch/")
    assert len(response.context["rows"]) > few
