"""Finished pages: every reader gets from the kept page exactly what would have been made for this reader."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from redis.exceptions import ConnectionError as RedisIsDown

from accounts.models import User
from areas.models import Area
from journal.models import Stamp
from pagecache import page_cache, value_cache
from pagecache.page_cache import SEAM
from pagecache.pages import cached_pages
from reporting.actions import change_state
from reporting.models import Submission
from tests.pagecache.test_revalidation import CHANGES, CSRF, observe

READERS = ("municipal", "leader", "stats", "tonglu", "chunan", "chunan-health", "tonglu-housing", "finance")
ADDRESSES = {
    "overview": "/?year=2024",
    "county": "/counties/330127/?year=2024",
    "compare": "/compare/",
    "map": "/map/?indicator=P02&show=value&projects=1",
    "explore": "/explore/?indicator=P02",
    "map_file": "/charts/map/P02.svg",
    "path_file": "/charts/path/330127/P02.svg",
    "gaps_file": "/charts/gaps/330127.csv",
    "status_file": "/charts/status.csv",
    "explore_chart": "/charts/explore.svg?indicator=P02",
    "compare_chart": "/charts/compare.svg?year=2024",
    "indicators": "/indicators/",
    "indicator": "/indicators/P02/",
    "cell": "/cells/330127/P02/2024/",
    "plan": "/plan/",
    "county_causes": "/counties/330127/causes/?year=2024",
    "cell_causes": "/cells/330127/P02/2024/causes/",
    "funding": "/funding/",
    "flows": "/funding/flows/",
    "projects": "/projects/",
    "project": "/projects/PRJ-0101/",
    "commitments": "/commitments/",
    "commitment": "/commitments/C01/",
    "changes": "/changes/",
    "trust": "/trust/",
    "realism": "/realism/?area=330127",
}


@pytest.fixture(autouse=True)
def _kept(settings):
    settings.FINISHED_PAGE_SECONDS = 600


def text(client, path, **more):
    answer = client.get(path, **more)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert SEAM not in page
    return CSRF.sub("", page)


def test_every_page_has_an_address_here():
    assert set(ADDRESSES) == set(cached_pages())


@pytest.mark.parametrize("page", cached_pages())
def test_a_kept_page_is_what_would_have_been_made(clients, page):
    path, own = ADDRESSES[page], {}
    for name in READERS:
        cache.clear()
        own[name] = text(clients[name], path)
    for first in ("leader", "stats", "chunan"):
        cache.clear()
        text(clients[first], path)
        for name in READERS:
            assert text(clients[name], path) == own[name], f"{name} after {first}"


BEGINNINGS = {"svg": b"<?xml", "png": b"\x89PNG", "csv": "\ufeff".encode(), "xlsx": b"PK\x03\x04"}


@pytest.mark.parametrize("kind", BEGINNINGS)
@pytest.mark.parametrize("chart", ["map/P02", "path/330127/P02", "gaps/330127", "status"])
def test_a_chart_as_a_file_leaves_as_its_own_bytes(clients, chart, kind):
    """Pictures and workbooks were faults of every site that keeps pages: they were taken for text."""
    for _time in range(2):
        answer = clients["stats"].get(f"/charts/{chart}.{kind}")
        content = b"".join(answer)
        assert (answer.status_code, content[:5].startswith(BEGINNINGS[kind][:5])) == (200, True)
        answer.close()


def test_english_is_another_page(clients):
    chinese = text(clients["leader"], "/")
    clients["leader"].cookies["django_language"] = "en"
    english = text(clients["leader"], "/")
    assert 'lang="en"' in english
    assert 'lang="zh-Hans"' in chinese
    assert text(clients["leader"], "/") == english


def test_what_one_reader_made_is_given_to_the_next(clients, monkeypatch, django_assert_num_queries):
    text(clients["leader"], "/")
    text(clients["municipal"], "/")
    monkeypatch.setattr("figures.views.Picture", None)
    page = text(clients["tonglu"], "/")
    assert "tonglu" in page
    with django_assert_num_queries(3):  # session, user, state of the data
        text(clients["tonglu"], "/")


def test_each_reader_has_a_secret_of_its_own(clients):
    clients["leader"].get("/")
    answer = clients["tonglu"].get("/")
    secret = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', answer.content.decode())[1]
    sent = clients["tonglu"].post("/accounts/logout/", {"csrfmiddlewaretoken": secret})
    assert sent.status_code == 302
    assert answer["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("what", [name for name in CHANGES if name != "a notice"])
def test_whatever_changes_makes_the_page_anew(clients, what, monkeypatch):
    text(clients["municipal"], "/")
    CHANGES[what]()
    made = []
    monkeypatch.setattr("pagecache.revalidation.finish", lambda response, name: made.append(name))
    clients["municipal"].get("/")
    assert made


def test_a_notice_shows_on_a_kept_page(clients):
    before = text(clients["municipal"], "/")
    CHANGES["a notice"]()
    assert text(clients["municipal"], "/") != before


def test_what_clerks_type_costs_the_others_nothing(clients, monkeypatch):
    """An unapproved entry is on none of these pages: neither the browser's copy nor the kept page is given up."""
    clients["leader"].get("/")
    tag = clients["leader"].get("/")["ETag"]
    sent = clients["chunan-housing"].put(
        "/api/v1/submissions/330127/2025/entries/",
        {"entries": [{"indicator": "P15", "value": 93.25, "explanation": "测试", "version": None}]},
        content_type="application/json",
    )
    assert sent.status_code == 200, sent.content
    assert clients["leader"].get("/", headers={"If-None-Match": tag}).status_code == 304


def test_errors_and_messages_are_not_kept(clients):
    for _ in range(2):
        answer = clients["leader"].get("/?year=1900")
        assert answer.status_code == 404
        assert SEAM not in answer.content.decode()
    assert clients["leader"].get("/?year=2024").status_code == 200


def test_the_unapproved_layer_is_never_kept(clients, monkeypatch):
    monkeypatch.setattr(page_cache, "keep", lambda *_: pytest.fail("kept"))
    assert clients["municipal"].get("/?layer=submitted").status_code == 200


def test_a_page_with_a_secret_in_its_common_part_is_not_kept(clients, monkeypatch):
    monkeypatch.setattr(page_cache, "SECRET", "class=")
    monkeypatch.setattr(page_cache, "keep", lambda *_: pytest.fail("kept"))
    assert SEAM not in clients["municipal"].get("/").content.decode()


def test_of_many_who_ask_one_makes_the_page(clients, monkeypatch):
    """Whoever comes while it is made waits for it."""
    made, recalled = [], page_cache.recall
    names = iter([None])  # the first look is before, the second after the other has finished

    def recall(name):
        return next(names, recalled(name))

    text(clients["leader"], "/")
    monkeypatch.setattr(page_cache, "recall", recall)
    monkeypatch.setattr("pagecache.revalidation.finish", lambda *_: made.append(_))
    text(clients["municipal"], "/")
    assert not made
    assert not any(lock.locked() for lock in page_cache._making)


def test_who_waits_too_long_makes_the_page(clients, monkeypatch):
    for lock in page_cache._making:
        lock.acquire()
    monkeypatch.setattr(page_cache, "PATIENCE", 0.01)
    try:
        assert "达标" in text(clients["leader"], "/")
    finally:
        for lock in page_cache._making:
            lock.release()


def test_the_turn_follows_the_sheets_on_a_kept_page(clients):
    """Which sheet waits is each reader's own: the kept page has it from now, and a browser's copy is given up."""
    before = text(clients["municipal"], "/")
    tag = clients["municipal"].get("/")["ETag"]
    assert "建德市2025年报送表等待审核" in before
    assert "报送表等待审核" not in text(clients["leader"], "/")
    Submission.objects.filter(state="submitted").update(state="returned")
    again = clients["municipal"].get("/", headers={"If-None-Match": tag})
    assert (again.status_code, "报送表等待审核" in again.content.decode()) == (200, False)


def test_a_page_that_fails_holds_nobody_up(clients):
    clients["leader"].get("/?year=1900")
    assert not any(lock.locked() for lock in page_cache._making)


class Down:
    def get(self, *_):
        raise RedisIsDown("refused")

    def set(self, *_):
        raise RedisIsDown("refused")


def test_without_the_cache_pages_are_made(clients, monkeypatch):
    monkeypatch.setattr(value_cache, "cache", Down())
    assert "达标" in text(clients["leader"], "/")


def test_what_another_release_keeps_is_left_alone(monkeypatch, demo):
    """Its values may be of classes that this one has not: reading one would fail."""
    assert value_cache.kept(lambda: "of the old release", "what") == "of the old release"
    assert value_cache.kept(lambda: "made anew", "what") == "of the old release"
    monkeypatch.setattr(value_cache, "release", lambda: "the next")
    assert value_cache.kept(lambda: "made anew", "what") == "made anew"


def test_a_change_after_the_state_was_read_is_not_hidden(clients, monkeypatch):
    """What is kept under an older state is found by nobody who asks after the change."""
    text(clients["leader"], "/cells/330127/P02/2024/")
    observe()
    assert "95.1" in text(clients["leader"], "/cells/330127/P02/2024/")


def test_a_database_put_back_to_an_earlier_state_finds_no_page_of_later(clients):
    """The next commit has the numbers of one that is gone; its moment is another."""
    before = text(clients["leader"], "/")
    Area.objects.filter(code="330127").update(name="淳安别名")
    assert text(clients["leader"], "/") == before
    last = Stamp.objects.exclude(topic="journal").latest("id")
    Stamp.objects.filter(pk=last.pk).update(at=last.at + timedelta(seconds=1))
    assert "淳安别名" in text(clients["leader"], "/")


def test_the_way_of_a_sheet_costs_nothing_until_it_is_approved(clients):
    """That an approval does is seen in test_revalidation.py."""
    submission = Submission.objects.get(area="330182", round__year=2025)
    clients["leader"].get("/")
    tag = clients["leader"].get("/")["ETag"]
    city, first = User.objects.get(username="municipal"), submission.entries.filter(is_derived=False).first()
    change_state(submission=submission, action="return", by=city, reason="请核对。", entries=[first.indicator_id])
    assert Submission.objects.get(pk=submission.pk).state == "returned"
    assert clients["leader"].get("/", headers={"If-None-Match": tag}).status_code == 304
