"""A press is void once its line has left the list: what has not left the site is withdrawn, who was told already is
told that it is over; what still stands stays."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from dispatch.lines import Dispatch
from dispatch.void_presses import void_presses
from messaging.models import Delivery, Message, Preference
from messaging.outbox import take_notices
from messaging.sending import deliver
from plan.models import WorkItem
from plan.work import state_progress
from reporting.models import Notice
from reporting.reminders.dispatch_notices import Item, press


def pressed(line, by: User) -> Notice:
    item = Item(line.key, line.what, f"任务逾期：{line.what}", line.href, line.unit, line.area)
    return press(item=item, by=by)


@pytest.fixture
def two(demo, settings):
    """Two tasks that are late, each unit with an address; pressed for by the city."""
    settings.EMAIL_HOST = "mail.example.org"
    city = User.objects.get(username="municipal")
    county = User.objects.get(username="chunan")
    late = WorkItem.objects.filter(area="330127", state="open").order_by("code")[:2]
    yesterday = timezone.localdate() - timedelta(days=1)
    WorkItem.objects.filter(pk__in=[item.pk for item in late]).update(due_on=yesterday, responsible=county.organisation)
    lines = Dispatch(city, timezone.localdate()).lines()
    User.objects.filter(pk=county.pk).update(email="a@example.org")
    chosen = [line for line in lines if line.kind == "task" and line.unit == county.organisation][:2]
    assert len(chosen) == 2
    return [pressed(line, city) for line in chosen]


def done(notice: Notice) -> None:
    code = notice.item.partition("/")[2]
    item, county = WorkItem.objects.get(code=code), User.objects.get(username="chunan")
    state_progress(item=item, words="已全部完成并验收。", percent_done=100, new_state="done", by=county)


def state_of(notice: Notice) -> list[str]:
    return list(Delivery.objects.filter(message__notice=notice).values_list("state", flat=True))


def test_what_waits_is_withdrawn_and_what_stands_stays(two):
    Preference.objects.create(user=User.objects.get(username="chunan"), rhythm="daily")
    take_notices(at=timezone.now())
    gone, stays = two
    assert void_presses() == 0
    done(gone)
    assert [void_presses(), void_presses()] == [1, 0]
    assert (state_of(gone), state_of(stays)) == (["withdrawn"], ["waiting"])
    assert Message.objects.get(notice=gone).withdrawn_why == "事项已不在调度清单上"
    assert Message.objects.get(notice=stays).withdrawn_at is None


def test_who_was_told_is_told_that_it_is_over_once(two):
    take_notices(at=timezone.now())
    deliver("mail")
    gone, stays = two
    done(gone)
    assert [void_presses(), void_presses()] == [1, 0]
    over = Message.objects.get(follows__notice=gone)
    assert over.title.startswith("不用再办：")
    assert f"（第{over.follows_id}号）作废" in over.words
    assert [each.state for each in over.deliveries.all()] == ["waiting"]
    assert not Message.objects.filter(follows__notice=stays).exists()


def test_the_units_page_of_notices_says_it(two, clients):
    take_notices(at=timezone.now())
    assert "已不用办" not in clients["chunan"].get("/reporting/notices/").content.decode()
    done(two[0])
    void_presses()
    text = clients["chunan"].get("/reporting/notices/").content.decode()
    assert text.count("已不用办") == 1
    assert "事项已不在调度清单上" in text


def test_without_a_press_the_list_is_not_even_read(demo, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert void_presses() == 0
