"""The whole site on every kind of day: each page opens, is the same whatever the zone of the server's own clock, and
says nothing that a number on it denies.

Pages are made on the server, of days in Hangzhou: the zone of the reader's browser has no part in them. The moments lie
half an hour before and after a midnight in Hangzhou. After it, it is still the day before in UTC: on two such days the
pages are made once more with the server's clock in Shanghai, and are the same."""

import os
import re
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import User
from commitments.frames import standings
from commitments.models import Commitment, CommitmentStatement
from funding.models import Flow
from indicators.tasks import note_due_year, sweep_pending
from lib.days import SHANGHAI
from matters.models import Matter
from peers.models import ReferenceSource
from plan.models import Plan, WorkItem
from projects.models import Project
from pulling.models import Source
from reporting.models import Round
from tests.conftest import DEMO_DAY
from tests.pages import PAGES, YEAR

FIRST, LAST = 2022, 2027  # of the plan
DUE = DEMO_DAY + timedelta(days=9)  # of the round of 2025: 31 March


def before_midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 23, 30, tzinfo=SHANGHAI)


def after_midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 0, 30, tzinfo=SHANGHAI)


MOMENTS = (
    before_midnight(date(2022, 12, 31)),
    after_midnight(date(2023, 1, 1)),
    before_midnight(DUE),
    after_midnight(DUE + timedelta(days=1)),
    before_midnight(date(2026, 12, 31)),
    before_midnight(date(2027, 12, 31)),
    after_midnight(date(2028, 6, 1)),
    after_midnight(date(2029, 1, 1)),
)
IN_BOTH_ZONES = {MOMENTS[3], MOMENTS[6]}
OF_THE_WALK = {"/changes/audit/"}  # what the walk itself has done
QUARTERS = f"/reporting/330127/{YEAR}/quarters/"


@pytest.fixture
def clock(monkeypatch):
    """Sets the moment that the site takes for now, and the zone of the machine that it runs on."""
    own_zone = os.environ.get("TZ")

    def turn(moment: datetime, zone: str) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment.astimezone(timezone.get_default_timezone()))
        os.environ["TZ"] = zone
        time.tzset()
        cache.clear()
        note_due_year()
        sweep_pending()

    yield turn
    if own_zone is None:
        os.environ.pop("TZ", None)
    else:
        os.environ["TZ"] = own_zone
    time.tzset()


def addresses() -> list[tuple[str | None, str]]:
    """(login, address) of every page; what speaks of a year, of each year of the plan."""
    things = {
        "task": WorkItem.objects.filter(is_demo=True).first().code,
        "matter": Matter.objects.get(state="reported").code,
        "source": ReferenceSource.objects.first().pk,
        "pull": Source.objects.get().uid,
        "flow": Flow.objects.first().pk,
        "project": Project.objects.filter(is_demo=True).first().code,
        "statement": CommitmentStatement.objects.first().commitment.code,
    }
    found = [(login, path.format(**things)) for rows in PAGES.values() for login, path in rows]
    return found + of_years()


def of_years() -> list[tuple[str | None, str]]:
    """What speaks of a year, of each year of the plan."""
    paths = (
        "/?year={}",
        "/counties/330122/?year={}",
        "/brief/?year={}",
        "/map/?indicator=P02&year={}",
        "/wall/?year={}",
    )
    return [("leader", path.format(year)) for path in paths for year in range(FIRST, LAST + 1)]


def logged_in(paths: list[tuple[str | None, str]]) -> dict[str | None, Client]:
    """A client for each login of the pages, at the moment that it is."""
    clients = {login: Client() for login, _path in paths}
    for login, client in clients.items():
        if login:
            client.force_login(User.objects.get(username=login))
    return clients


def seen(paths: list[tuple[str | None, str]], clients: dict[str | None, Client]) -> dict[str, tuple[int, str, str]]:
    """address → (status, its words, its source)."""
    found = {}
    for login, path in paths:
        answer = clients[login].get(path)
        source = answer.content.decode()
        words = re.sub(r"<(script|style)\b.*?</\1>", " ", source, flags=re.DOTALL)
        found[path] = (answer.status_code, " ".join(unescape(re.sub(r"<[^>]+>", " ", words)).split()), source)
    return found


def denied(path: str, words: str, day: date) -> Iterator[str]:
    """Sentences of a page that the calendar denies."""
    asked = re.search(r"[?&]year=(\d{4})", path)
    year = int(asked[1]) if asked else None
    if year and year < day.year and re.search(r"都还没有到期|没有到期的", words):
        yield f"{year} is over and its targets are told as not due"
    if year and year >= day.year and re.search(r"这一年已经结束|[1-9]\d*项未报", words.split("报送：")[0][:400]):
        yield f"{year} is not over and told as late"
    is_over = day.year > LAST
    if is_over and path in ("/", "/commitments/", "/dispatch/") and "已经结束。" not in words:
        yield "the plan is over and the page does not say so"
    if not is_over and f"方案期（{FIRST}–{LAST}年）已经结束" in words:
        yield "the plan is told as over"
    yield from wrong_days(words, day)


def wrong_days(words: str, day: date) -> Iterator[str]:
    """Days that are left, or over, of a round's due date, counted otherwise than the calendar counts them."""
    opened = Round.objects.first()
    due = opened.due_on if opened else date.max
    for month, number, how, days in re.findall(r"(\d+)月(\d+)日截止\s*[，·]\s*(还有|已逾期)(\d+)天", words):
        left = (due - day).days
        if (int(month), int(number)) != (due.month, due.day) or (left if how == "还有" else -left) != int(days):
            yield f"{month}月{number}日: {how}{days}天, and {left} days are left"


def states_of_promises(day: date) -> Iterator[str]:
    """Promises on the page of promises: in time or late is one alone while its time runs."""
    for row in standings(day, user=User.objects.get(username="leader")):
        for line in row.lines:
            source, status = row.commitment.source_kind, line.progress.status
            own = None if source == Commitment.Source.INDICATOR else line.year  # of which the year is the value's
            first, last = own or row.commitment.from_year or FIRST, own or row.commitment.to_year or LAST
            is_matched = source == Commitment.Source.MATCHING
            if status in ("on_track", "behind") and day.year > last:
                yield f"{row.commitment.code} {line.area} {line.year}: {status} after {last}"
            if status == "broken" and day.year <= last:
                yield f"{row.commitment.code} {line.area} {line.year}: broken before the end of {last}"
            if status == "not_due" and day.year >= first and not is_matched:
                yield f"{row.commitment.code} {line.area} {line.year}: not due in {day.year}"


def told_promises(source: str) -> dict[str, int]:
    """Of the page of promises: state → how many its legend counts."""
    legend = re.search(r'<p class="legend">(.*?)</p>', source, re.DOTALL)[1]
    return {state: int(n) for state, n in re.findall(r'promise (\w+)">[^<]*?(\d+)</span>', legend)}


def uneven_sums(words: str, source: str) -> Iterator[str]:
    """Of the overview: what its heading says is due and met, and what the cards of the counties say."""
    heading = unescape(re.sub(r"<[^>]+>", "", re.search(r"<h1>(.*?)</h1>", source, re.DOTALL)[1]))
    told = re.search(r"(\d+)项到期目标，(\d+)项达标", heading)
    cards = [(int(met), int(due)) for met, due in re.findall(r"<span><b>(\d+)</b> / (\d+) 达标</span>", source)]
    if not cards or "own-year" in source:
        return
    met, due = map(sum, zip(*cards, strict=True))
    if (int(told[1]), int(told[2])) != (due, met) if told else due:
        yield f"the heading says {heading}, the cards {met} of {due}"


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: f"{moment:%Y-%m-%d %H:%M}")
def test_the_whole_site_on_a_day(objects, clock, moment):
    paths, day = addresses(), moment.date()
    clock(moment, "UTC")
    clients = logged_in(paths)
    assert timezone.localdate() == day
    one = seen(paths, clients)
    closed = {path: status for path, (status, *_) in one.items() if status != 200}
    assert closed == ({QUARTERS: 404} if day.year < YEAR else {})  # of a year to come there are no quarters
    if moment in IN_BOTH_ZONES:
        assert moment.astimezone(UTC).date() != day
        clock(moment, "Asia/Shanghai")
        other = seen(paths, clients)
        told = {path: (one[path][1], other[path][1]) for path in one.keys() - OF_THE_WALK}
        assert {path: apart(*both) for path, both in told.items() if both[0] != both[1]} == {}
    look_at(one, day)


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: f"{moment:%Y-%m-%d %H:%M}")
def test_a_site_without_a_demonstration_on_a_day(plan, clock, moment):
    """No round was ever opened: what is due is so by the calendar alone."""
    User.objects.create_user("leader", role=User.Role.LEADER, organisation=Plan.objects.get().owner)
    clock(moment, "UTC")
    more = ("/", "/commitments/", "/dispatch/", "/plan/tasks/", "/reporting/", "/brief/", "/trust/", "/bulletin/")
    paths = [*of_years(), *(("leader", path) for path in more)]
    found = seen(paths, logged_in(paths))
    assert {path: status for path, (status, *_) in found.items() if status != 200} == {}
    look_at(found, moment.date())


@pytest.mark.parametrize("day", sorted({moment.date() for moment in MOMENTS}), ids=str)
def test_a_promise_is_in_time_or_late_while_its_time_runs_alone(demo, day):
    said = CommitmentStatement.objects.first()
    CommitmentStatement.objects.filter(pk=said.pk).update(standing="on_track", stated_on=date(2022, 12, 30))
    assert [*states_of_promises(day)] == []


def test_before_the_first_matter_the_bulletin_is_of_the_month_that_it_is(demo, clock):
    clock(after_midnight(date(2023, 1, 1)), "UTC")
    found = seen([("leader", "/bulletin/")], logged_in([("leader", "/bulletin/")]))
    status, words, _source = found["/bulletin/"]
    assert (status, "2023年1月没有督办事项。" in words) == (200, True)


def look_at(one: dict[str, tuple[int, str, str]], day: date) -> None:
    """Nothing on these pages denies another thing on them, or the calendar."""
    wrong = {path: [*denied(path, words, day)] for path, (_status, words, _source) in one.items()}
    overviews = {path: page for path, page in one.items() if path == "/" or path.startswith("/?year")}
    for path, (_status, words, source) in overviews.items():
        wrong[path] += uneven_sums(words, source)
    wrong["/commitments/"] += states_of_promises(day)
    assert {path: found for path, found in wrong.items() if found} == {}
    states = [row.status for row in standings(day, user=User.objects.get(username="leader"))]
    assert told_promises(one["/commitments/"][2]) == {state: states.count(state) for state in dict.fromkeys(states)}


def apart(one: str, other: str) -> tuple[str, str]:
    """Where two texts part."""
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[max(at - 30, 0) : at + 40], other[max(at - 30, 0) : at + 40]


def test_the_plan_of_these_days_is_the_example_s(demo):
    plan = Plan.objects.get()
    assert (plan.baseline_year, plan.final_year, Round.objects.get().due_on) == (FIRST, LAST, DUE)
