"""A line that a person draws is told of when a number passes it, and when it is back: once each."""

from decimal import Decimal

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import User
from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import Observation
from indicators.recomputes.recompute import sweep_pending
from lib.refusals import Invalid, NotAllowed
from messaging.actions import draw_threshold, drop_threshold
from messaging.models import Delivery, Message, Threshold
from messaging.sending import deliver
from messaging.thresholds import readings_of, watch
from projects.models import Project


@pytest.fixture
def leader(demo, settings):
    settings.EMAIL_HOST = "mail.example.org"
    user = User.objects.get(username="leader")
    user.email = "leader@example.org"
    user.save()
    return user


def observe(value):
    grounds = Grounds(by=None, via="import")
    record_facts(Observation, [FactRow("330127", "P02", 2024, Decimal(value))], grounds=grounds)
    sweep_pending()


def line_of(user, **more):
    values = {"subject": "indicator", "area_id": "330127", "indicator": "P02", "side": "below", "limit": Decimal(90)}
    return draw_threshold(values=values | more, by=user)


def told():
    return Message.objects.filter(kind="threshold")


def look():
    return watch(at=timezone.now())


def test_a_line_is_told_of_when_it_is_passed_and_when_the_number_is_back(leader):
    observe("95")
    line = line_of(leader)
    assert (line.is_crossed, look()) == (False, 0)
    observe("89.999999")
    assert [look(), look()] == [1, 0]
    observe("89")
    assert look() == 0
    observe("90")
    assert [look(), look()] == [1, 0]
    observe("80")
    assert look() == 1
    over, back, again = Message.objects.filter(kind="threshold").order_by("id")
    assert (over.follows, back.follows, again.follows) == (None, over, None)
    assert "现为89.999999（第" in over.words
    assert "原为95" in over.words
    version = int(over.words.partition("（第")[2].partition("版")[0])
    assert over.href == f"/cells/330127/P02/2024/#observation-330127-2024-{version}"
    assert "不再低于您设的界限90" in back.words
    deliver("mail")
    assert [sent.to for sent in mail.outbox] == [["leader@example.org"]] * 3


def test_a_line_that_is_passed_already_is_told_by_the_page_alone(leader):
    observe("80")
    assert (line_of(leader).is_crossed, look(), told().count()) == (True, 0, 0)


@pytest.mark.parametrize("side", ["below", "above"])
def test_on_the_line_is_not_beyond_it(leader, side):
    observe("90")
    assert line_of(leader, side=side).is_crossed is False


def test_projects_and_ratios_have_lines_too(leader):
    project = next(
        project
        for project in Project.objects.order_by("code")
        if readings_of([Threshold(pk=1, subject="project", project=project)])
    )
    of_project = line_of(leader, subject="project", area_id=None, indicator="", project=project, limit=Decimal(10**6))
    of_ratio = line_of(leader, subject="matching", indicator="", limit=Decimal(100))
    assert (of_project.is_crossed, of_ratio.is_crossed) == (True, True)
    Threshold.objects.update(limit=0)
    assert look() == 2
    assert set(told().values_list("href", flat=True)) == {
        f"/projects/{project.code}/",
        readings_of([of_ratio])[of_ratio.pk].href,
    }
    assert all("演示数据" in words for words in told().values_list("words", flat=True))


def test_a_line_without_a_number_says_nothing(leader):
    line = line_of(leader, area_id="330127", indicator="P99")
    assert (line.is_crossed, look()) == (None, 0)


def test_a_line_goes_with_what_of_it_waits_and_belongs_to_one_person(leader):
    observe("95")
    line = line_of(leader)
    observe("80")
    look()
    with pytest.raises(NotAllowed):
        drop_threshold(line=line, by=User.objects.get(username="municipal"))
    drop_threshold(line=line, by=leader)
    assert list(Delivery.objects.values_list("state", flat=True)) == ["withdrawn"]


def test_a_person_draws_no_more_than_fifty(leader):
    times = {"created_at": timezone.now(), "limit": 1, "side": "below", "subject": "indicator", "indicator": "P01"}
    Threshold.objects.bulk_create(Threshold(user=leader, area_id="330127", **times) for _n in range(50))
    with pytest.raises(Invalid, match="50"):
        line_of(leader)
