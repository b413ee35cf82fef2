"""304 for pages: never for another reader, never after anything that the page shows has changed."""

import re
from cProfile import Profile
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from pstats import Stats

import pytest
from django.conf import settings
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.models import User
from areas.models import Area
from funding.actions import FlowRow, record_flows
from indicators.actions import FactRow, Grounds, record_facts
from indicators.definitions.actions import DEFINITION_FIELDS, define_indicators
from indicators.models import IndicatorDefinition, Observation, Versioned
from indicators.recomputes.recompute import recompute, sweep_pending
from journal.models import PendingRecompute
from pagecache.revalidation import data_state
from plan.models import WorkItem
from plan.work import state_progress
from projects.actions import change_state as change_project_state
from projects.models import Project
from reporting.actions import change_state
from reporting.models import Notice, Submission

MOST_STEPS = 3_500  # of a 304; 2,700 when this was written, 18,000 to 22,000 before
PAGES = [
    "/",
    "/?year=2024",
    "/counties/330127/",
    "/indicators/",
    "/indicators/P02/",
    "/cells/330127/P02/2024/",
    "/plan/",
    "/funding/",
    "/projects/",
    "/commitments/",
    "/changes/",
]


def again(client, path, tag):
    return client.get(path, headers={"If-None-Match": tag})


@pytest.fixture
def first(clients):
    """first(username, path) → the tag of a page that is as it was at the second visit."""

    def visit(username="municipal", path="/"):
        clients[username].get(path)  # the form's secret comes with the first page
        tag = clients[username].get(path)["ETag"]
        assert again(clients[username], path, tag).status_code == 304
        return tag

    return visit


@pytest.mark.parametrize("path", PAGES)
def test_unchanged_is_304_in_three_queries(clients, first, path, django_assert_num_queries):
    tag = first("tonglu", path)
    for given in (tag, tag.removeprefix("W/"), f'"other", {tag}'):
        with django_assert_num_queries(3):  # session, user, state of the data
            answer = again(clients["tonglu"], path, given if given.startswith(("W", '"o')) else f"W/{given}")
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)
        assert answer["Cache-Control"] == "private, no-cache"
        assert "Cookie" in answer["Vary"]
    assert again(clients["tonglu"], path, '"other"').status_code == 200


@pytest.mark.parametrize("name", ["leader", "municipal", "chunan", "chunan-health"])
def test_a_304_takes_few_steps(clients, first, name):
    """Calls of functions: what a page depends on is written as SQL once for a reader, not for each request."""
    tag = first(name)
    profile = Profile()
    answer = profile.runcall(again, clients[name], "/", tag)
    assert answer.status_code == 304
    assert Stats(profile).total_calls < MOST_STEPS


def test_what_is_written_for_one_reader_is_not_asked_for_another(clients):
    """Two of one role and of other units: each is told of the own unit's notices alone."""
    for name in ("chunan-health", "tonglu-housing", "chunan-health"):
        reader = User.objects.get(username=name)
        Notice.objects.filter(organisation=reader.organisation).update(read_at=None)
        state = {what: count for what, count, *_rest in data_state(reader, "overview", None)}
        assert (
            state.get("unread", 0) == Notice.objects.filter(organisation=reader.organisation, read_at=None).count() > 0
        )
        Notice.objects.filter(organisation=reader.organisation).update(read_at=timezone.now())
        assert "unread" not in {row[0] for row in data_state(reader, "overview", None) if row[1]}


def test_each_reader_session_address_language_and_day_has_a_tag_of_its_own(clients, login, first, monkeypatch):
    tags = [first(name) for name in ("municipal", "leader", "tonglu", "chunan", "stats")]
    tags += [first("municipal", path) for path in ("/?year=2024", "/?year=2023", "/?as_of=2024-09-11")]
    other_login = login("municipal")
    other_login.get("/")
    tags.append(other_login.get("/")["ETag"])
    clients["municipal"].cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    tags.append(first("municipal"))
    monkeypatch.setattr(timezone, "localdate", lambda *_at: timezone.now().date() + timedelta(days=40))
    tags.append(first("municipal"))
    assert len(set(tags)) == len(tags)


def test_a_page_of_another_reader_is_never_confirmed(clients, first):
    tag = first("municipal")
    assert [again(clients[name], "/", tag).status_code for name in ("leader", "tonglu", None)] == [200, 200, 302]


def observe():
    row = FactRow("330127", "P02", 2024, Decimal("95.1"))
    record_facts(Observation, [row], grounds=Grounds(by=None, via=Versioned.Via.IMPORT, reason="更正"))


def add_flow():
    row = FlowRow(
        area="330127", year=2025, source="F1", state="planned", amount_wan=Decimal(5), happened_on=date(2026, 1, 5)
    )
    record_flows([row], by=User.objects.get(username="municipal"))


def tell():
    sent = Notice.objects.filter(organisation=User.objects.get(username="municipal").organisation).first()
    Notice.objects.filter(pk=sent.pk).update(read_at=None if sent.read_at else timezone.now())


CHANGES = {
    "a value": observe,
    "a recompute that is asked for": lambda: PendingRecompute.objects.create(area_id="330127", indicator="P02"),
    "a recompute": lambda: recompute(full=True),
    "a flow": add_flow,
    "a notice": tell,
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_changes_the_page_changes_its_tag(clients, first, what):
    tag = first()
    CHANGES[what]()
    assert again(clients["municipal"], "/", tag).status_code == 200


CSRF = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')


@pytest.fixture
def anew(clients, first):
    """anew(paths, write): the pages that have another tag after the write; the others are made again here, and are
    what they were, so that a tag that stays hides nothing."""

    def body(path) -> str:
        return CSRF.sub("", clients["leader"].get(path).content.decode())

    def find(paths, write) -> list[str]:
        tags, bodies = {path: first("leader", path) for path in paths}, {path: body(path) for path in paths}
        write()
        changed = [path for path, tag in tags.items() if again(clients["leader"], path, tag).status_code == 200]
        assert [path for path in paths if path not in changed and body(path) != bodies[path]] == []
        return changed

    return find


def test_a_reopening_changes_the_feed_and_what_is_new(anew):
    """The figures stand until the next approval; the overview says in the reader's own lines that it was."""
    city, submission = User.objects.get(username="municipal"), Submission.objects.filter(state="approved").first()
    more = {"reason": "请更正。", "until": timezone.now() + timedelta(days=3), "entries": ["P05"]}
    reopen = partial(change_state, submission=submission, action="reopen", by=city, **more)
    assert anew(PAGES, reopen) == ["/", "/?year=2024", "/changes/"]


def test_a_value_changes_no_page_of_projects_or_money(anew):
    assert set(PAGES) - set(anew(PAGES, observe)) == {"/funding/", "/projects/"}
    assert set(PAGES) - set(anew(PAGES, sweep_pending)) == {"/funding/", "/projects/"}


def test_a_value_changes_no_page_of_another_indicator(anew):
    """Nor does the recompute that it asks for; but a cell, whose rules between numbers may speak of any row."""
    others = ["/cells/330127/P05/2024/causes/", "/indicators/P05/"]
    own = ["/cells/330127/P02/2024/", "/cells/330127/P02/2024/causes/", "/indicators/P02/"]
    for write in (observe, sweep_pending):
        assert anew(others + own, write) == own


def test_what_is_about_no_indicator_alone_changes_the_pages_of_each(clients, first):
    path = "/cells/330127/P05/2024/"
    for write in (lambda: recompute(full=True), add_flow, lambda: define_with_tolerance(Decimal("1.25"))):
        tag = first("leader", path)
        write()
        assert again(clients["leader"], path, tag).status_code == 200


def test_the_end_of_a_recompute_changes_the_tag(clients, first):
    observe()
    tag = first()
    sweep_pending()
    assert again(clients["municipal"], "/", tag).status_code == 200
    assert "正在重算" not in clients["municipal"].get("/").content.decode()


def test_each_way_of_writing_changes_the_tag(clients, first):
    """One stamp or one count more with every commit, whichever room writes."""
    city = User.objects.get(username="municipal")
    tags = [first("leader")]
    for write in (
        lambda: define_with_tolerance(Decimal("1.5")),
        lambda: state_progress(item=WorkItem.objects.filter(state="open").first(), words="已按期推进。", by=city),
        lambda: change_project_state(
            project=Project.objects.get(code="PRJ-0101"), state="stalled", reason="等待批复。", by=city
        ),
        lambda: change_state(submission=Submission.objects.get(state="submitted"), action="approve", by=city),
    ):
        write()
        tags.append(first("leader"))
    assert len(set(tags)) == len(tags)


def define_with_tolerance(tolerance):
    present = IndicatorDefinition.objects.as_of(None).get(indicator="P01")
    row = {name: getattr(present, name) for name in DEFINITION_FIELDS}
    define_indicators(
        [row | {"code": "P01", "position": 0, "tolerance": tolerance}],
        grounds=Grounds(by=None, via=Versioned.Via.IMPORT, reason="核定"),
    )


@pytest.mark.parametrize(
    ("path", "more"),
    [("/admin/areas/area/330127/change/", {"name": "淳安新名"})],
)
def test_the_back_office_changes_the_tag(clients, first, path, more):
    tag = first("leader")
    area = Area.objects.get(pk="330127")
    form = {"name": area.name, "name_en": area.name_en, "note": "", "position": area.position}
    form |= {"population_2020": area.population_2020 or "", "reason": "更名"} | more
    assert clients["admin"].post(path, form).status_code == 302
    answer = again(clients["leader"], "/", tag)
    assert answer.status_code == 200
    assert "淳安新名" in answer.content.decode()


def test_another_role_or_unit_changes_the_tag(clients, first):
    """By SQL nothing is stamped, and without notices no number of theirs is another either."""
    Notice.objects.all().delete()
    unit = User.objects.get(username="tonglu-housing").organisation
    changes = {"leader": {"role": User.Role.DEPARTMENT}, "chunan-housing": {"organisation": unit}}
    for name, change in changes.items():
        tag = first(name, "/compare/")
        User.objects.filter(username=name).update(**change)
        assert again(clients[name], "/compare/", tag).status_code == 200


def test_a_new_secret_of_the_forms_is_a_new_page(clients, first):
    tag = first()
    clients["municipal"].cookies.pop("csrftoken")
    assert again(clients["municipal"], "/", tag).status_code == 200


def test_the_form_of_a_confirmed_page_still_works(login):
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get(username="leader"))
    page = client.get("/")
    token = page.content.decode().partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    assert again(client, "/", client.get("/")["ETag"]).status_code == 304
    answer = client.post("/accounts/logout/", {"csrfmiddlewaretoken": token})
    assert (answer.status_code, answer["Clear-Site-Data"]) == (302, '"cache"')


def test_a_waiting_message_is_shown_once_and_never_kept(clients, first):
    tag = first()
    response = HttpResponse()
    CookieStorage(RequestFactory().get("/"))._store([Message(constants.SUCCESS, "只显示一次")], response)
    clients["municipal"].cookies["messages"] = response.cookies["messages"].value
    shown = again(clients["municipal"], "/", tag)
    assert (shown.status_code, "只显示一次" in shown.content.decode(), "ETag" in shown) == (200, True, False)
    assert shown["Cache-Control"] == "private, no-store"
    assert again(clients["municipal"], "/", tag).status_code == 304


@pytest.mark.parametrize("path", ["/?layer=submitted", "/reporting/", "/reports/", "/accounts/tokens/"])
def test_what_is_not_for_every_login_is_not_kept(clients, path):
    answer = clients["municipal"].get(path)
    assert "no-store" in answer["Cache-Control"]
    assert "ETag" not in answer


def test_what_is_missing_has_no_tag(clients):
    answer = clients["municipal"].get("/?year=soon")
    assert (answer.status_code, "ETag" in answer) == (404, False)


def test_an_unread_notice_shows_with_the_query_that_makes_the_tag(clients):
    unit = User.objects.get(username="tonglu").organisation
    unread = Notice.objects.filter(organisation=unit, read_at=None).count()
    body = clients["tonglu"].get("/").content.decode()
    assert f"{unread}条未读通知" in body
    assert unread > 0
