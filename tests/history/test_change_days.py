"""The list of changes by days and by number, and the news that lead to exactly the changes that they count."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.utils import timezone

from accounts.models import User
from history import feed
from journal.models import Change
from lib.days import end_of_day, start_of_day
from messaging.feed import TOLD
from messaging.models import LastLook
from messaging.news import FIRST_DAYS, news_of

pytestmark = pytest.mark.usefixtures("demo")


def found(client, query):
    answer = client.get(f"/changes/?{query}")
    assert answer.status_code == 200
    return answer


def count(client, query):
    return found(client, query).context["page"].paginator.count


@pytest.fixture
def days():
    """The days on which the demonstration's changes were made, the first first."""
    moments = Change.objects.order_by("at").values_list("at", flat=True)
    return sorted({timezone.localtime(at).date() for at in moments})


def test_days_are_whole_days_of_the_city(clients, days):
    """A change in the last second of a day belongs to it; the next second to the next."""
    first, *_others, last = days
    change = Change.objects.order_by("number").first()
    for moment, number in ((end_of_day(first), 1), (start_of_day(first + timedelta(days=1)), 0)):
        Change.objects.exclude(pk=change.pk).update(at=start_of_day(last))
        Change.objects.filter(pk=change.pk).update(at=moment)
        assert count(clients["stats"], f"from={first}&to={first}") == number
    assert count(clients["stats"], f"from={last}") == Change.objects.filter(at__gte=start_of_day(last)).count()


def test_one_end_alone_and_the_form_keeps_both(clients, days):
    first, last = days[0], days[-1]
    assert count(clients["stats"], f"to={last}") == Change.objects.count()
    assert count(clients["stats"], f"to={first - timedelta(days=1)}") == 0
    html = found(clients["stats"], f"from={first}&to={last}&kind=approved").content.decode()
    assert re.search(rf'name="from" value="{first}"', html)
    assert re.search(rf'name="to" value="{last}"', html)
    assert "符合筛选条件" in html


def test_a_past_day_and_the_last_day_asked_for_hold_together(clients):
    early = date(2023, 7, 3)
    assert count(clients["stats"], f"as_of={early}&to=2030-01-01") == count(clients["stats"], f"as_of={early}")
    assert count(clients["stats"], f"to={early}&as_of=2026-01-01") == count(clients["stats"], f"to={early}")


def test_the_file_has_the_same_days(clients, days):
    query = f"from={days[-1]}&kind=told"
    body = b"".join(clients["stats"].get(f"/changes.csv?{query}")).decode("utf-8-sig")
    numbers = re.findall(r"^(\d+),", body, re.MULTILINE)
    assert len(numbers) == count(clients["stats"], query)


def told_by_news(user):
    """How many changes the line of the news counts, and where it leads."""
    lines = news_of(user, timezone.now()).lines
    (line,) = [line for line in lines if line.words.startswith("官方数据：")]
    return sum(map(int, re.findall(r"(\d+)项", line.words))), line.href


def test_the_news_lead_to_what_they_count_since_a_look(clients):
    user = User.objects.get(username="stats")
    look = Change.objects.order_by("number")[40]
    LastLook.objects.create(user=user, number=look.number, at=look.at)
    number, href = told_by_news(user)
    answer = clients["stats"].get(href)
    assert answer.context["page"].paginator.count == number > 0
    assert f"编号{look.number}之后" in unescape(answer.content.decode())
    assert f'type="hidden" name="after" value="{look.number}"' in answer.content.decode()


def test_the_news_lead_to_what_they_count_in_the_first_days(clients):
    since = start_of_day(timezone.localdate() - timedelta(days=FIRST_DAYS))
    Change.objects.update(at=since - timedelta(seconds=1))
    ids = list(Change.objects.order_by("-number").values_list("pk", flat=True)[:30])
    Change.objects.filter(pk__in=ids).update(at=since)
    number, href = told_by_news(User.objects.get(username="stats"))
    assert clients["stats"].get(href).context["page"].paginator.count == number > 0


def test_told_is_every_kind_but_recomputes():
    assert set(TOLD) == set(Change.Kind) - {Change.Kind.RECOMPUTED}
    assert dict(feed.kind_choices())[feed.ALL_TOLD] == "不含重新计算"
