"""Every notice becomes one message, and deliveries to whoever wants it, when it is wanted; what has become void is
taken back, and who was told before is told that too."""

from datetime import datetime, time, timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import Organisation, User
from lib.days import SHANGHAI
from messaging.models import Delivery, Message, Preference
from messaging.outbox import fill_outbox, follow_up, take_notices, withdraw_gone
from messaging.quiet_hours import after_quiet, due_at, next_digest, next_weekly_digest
from messaging.sending import deliver
from reporting.actions import change_state
from reporting.models import Notice

HOUR = timedelta(hours=1)


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture
def waiting(submitted, city, settings):
    """The notice that Chun'an's sheet waits for review, to the one person of the city's office with an address."""
    settings.EMAIL_HOST = "mail.example.org"
    return Notice.objects.get(kind="submitted")


def states():
    return list(Delivery.objects.order_by("id").values_list("receiver", "state"))


def test_a_notice_goes_once_to_those_who_act(waiting, city):
    User.objects.create(username="l", role="leader", organisation=waiting.organisation, email="leader@example.org")
    for _run in range(2):
        fill_outbox()
        deliver("mail")
    (sent,) = mail.outbox
    message = Message.objects.get(notice=waiting)
    assert (sent.to, sent.subject) == (["review@example.org"], "待审核：淳安县2024年报送")
    first, about, where = sent.body.splitlines()
    assert first == "淳安县2024年报送已提交，等待审核。"
    assert about.endswith(f"第{message.pk}号")
    assert about.startswith(waiting.by_name)
    assert where == "/reporting/330127/2024/"
    assert states() == [(f"person/{city.pk}", "sent")]
    waiting.refresh_from_db()
    assert waiting.mailed_at is not None


def test_links_are_whole_where_the_site_knows_its_address(waiting, settings):
    settings.SITE_ADDRESS = "https://monitor.example.org"
    fill_outbox()
    deliver("mail")
    assert mail.outbox[0].body.endswith("\nhttps://monitor.example.org/reporting/330127/2024/")


def test_without_a_mail_server_a_message_stands_in_the_site_alone(submitted, city):
    fill_outbox()
    assert Message.objects.filter(notice__kind="submitted").count() == 1
    assert (Delivery.objects.count(), deliver("mail"), mail.outbox) == (0, 0, [])


def test_neither_the_demonstrations_nor_old_notices_become_messages(waiting):
    assert take_notices(at=waiting.at + timedelta(days=2, seconds=1)) == 0
    waiting.submission.round.is_demo = True
    waiting.submission.round.save()
    assert take_notices(at=timezone.now()) == 0


def test_a_line_break_in_a_name_begins_no_header(waiting):
    of_an_item = {"kind": "press", "submission": None, "item": "task/T-0001", "href": "/plan/tasks/T-0001/"}
    Notice.objects.filter(pk=waiting.pk).update(title="任务\nBcc: all@example.org", **of_an_item)
    fill_outbox()
    assert deliver("mail") == 1
    assert mail.outbox[0].subject.endswith("：任务 Bcc: all@example.org")


@pytest.mark.parametrize(
    ("kinds", "areas", "count"),
    [
        (["submitted"], [], 1),
        (["returned"], [], 0),
        ([], ["330127"], 1),
        ([], ["330122"], 0),
        (["submitted"], ["330122", "330127"], 1),
    ],
)
def test_a_person_gets_the_chosen_kinds_and_counties(waiting, city, kinds, areas, count):
    Preference.objects.create(user=city, kinds=kinds, areas=areas)
    fill_outbox()
    assert Delivery.objects.count() == count


def test_who_wants_no_mail_gets_none(waiting, city):
    Preference.objects.create(user=city, by_mail=False)
    fill_outbox()
    assert Delivery.objects.count() == 0


def test_who_has_left_the_unit_or_lost_the_address_gets_nothing_more(waiting, city):
    fill_outbox()
    User.objects.filter(pk=city.pk).update(organisation=Organisation.objects.get(code="HZ-STATS"))
    assert deliver("mail") == 0
    assert Delivery.objects.get().error == "收件人已不在这个单位"
    Delivery.objects.update(state="waiting", error="")
    User.objects.filter(pk=city.pk).update(organisation=waiting.organisation, email="")
    assert (deliver("mail"), mail.outbox) == (0, [])
    assert Delivery.objects.get().state == "withdrawn"


def test_a_digest_is_one_mail_of_all_that_waited(waiting, city):
    Preference.objects.create(user=city, rhythm="daily")
    again = [Notice(**{f.attname: getattr(waiting, f.attname) for f in Notice._meta.fields[1:]}) for _ in range(2)]
    Notice.objects.bulk_create(again)
    fill_outbox()
    due = Delivery.objects.first().due_at
    assert deliver("mail", at=due - timedelta(seconds=1)) == 0
    assert deliver("mail", at=due) == 3
    (sent,) = mail.outbox
    assert sent.subject.startswith("3条消息（")
    assert sent.body.count("淳安县2024年报送已提交，等待审核。") == 3
    assert deliver("mail", at=due + HOUR) == 0


# What has become void -------------------------------------------------------------------------------------------


def test_what_waits_is_withdrawn_when_its_cause_goes(waiting, city, actors):
    Preference.objects.create(user=city, rhythm="weekly")
    fill_outbox()
    assert withdraw_gone(at=timezone.now()) == 0
    change_state(submission=waiting.submission, action="withdraw", by=actors["330127-DRC"])
    assert withdraw_gone(at=timezone.now()) == 1
    assert states() == [(f"person/{city.pk}", "withdrawn")]
    assert Message.objects.get(notice=waiting).withdrawn_why == "报送表已不在待审核"
    assert follow_up(at=timezone.now()) == 0
    assert deliver("mail", at=timezone.now() + timedelta(days=30)) == 0


def test_who_was_told_already_is_told_that_it_is_void(waiting, actors):
    fill_outbox()
    deliver("mail")
    change_state(submission=waiting.submission, action="withdraw", by=actors["330127-DRC"])
    for _run in range(2):
        fill_outbox()
        deliver("mail")
    first, second = mail.outbox
    number = Message.objects.get(notice=waiting).pk
    assert second.subject == "不再等待审核：淳安县2024年报送"
    assert f"（第{number}号）作废" in second.body
    assert Message.objects.get(follows=number).organisation == waiting.organisation


def test_a_reminder_is_void_once_the_unit_has_handed_over(sheet, fill, actors, settings):
    settings.EMAIL_HOST = "mail.example.org"
    unit = Organisation.objects.get(code="330127-health")
    person = actors["330127-health"]
    User.objects.filter(pk=person.pk).update(email="h@example.org")
    Preference.objects.create(user=person, rhythm="daily")
    Notice.objects.all().delete()
    common = {"submission": sheet, "organisation": unit, "words": "请交", "at": timezone.now(), "by_name": "系统"}
    Notice.objects.create(kind="reminder", **common)
    fill_outbox()
    assert withdraw_gone(at=timezone.now()) == 0
    fill(sheet)
    assert withdraw_gone(at=timezone.now()) == 1
    assert [state for _receiver, state in states()] == ["withdrawn"]


# When -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "daily", "weekly"),
    [
        ("2026-11-25 08:29", "2026-11-25 08:30", "2026-11-30 08:30"),  # a Wednesday
        ("2026-11-25 08:31", "2026-11-26 08:30", "2026-11-30 08:30"),
        ("2026-11-27 09:00", "2026-11-30 08:30", "2026-11-30 08:30"),  # a Friday
        ("2026-11-28 07:00", "2026-11-30 08:30", "2026-11-30 08:30"),
        ("2026-11-30 08:30", "2026-11-30 08:30", "2026-11-30 08:30"),
        ("2026-11-30 08:31", "2026-12-01 08:30", "2026-12-07 08:30"),
    ],
)
def test_digests_come_at_half_past_eight_of_working_days(db, now, daily, weekly):
    assert next_digest(moment(now)) == moment(daily)
    assert next_weekly_digest(moment(now)) == moment(weekly)


def test_a_monday_that_is_a_holiday_gives_way(monkeypatch):
    off = {moment("2026-11-30 00:00").date(), moment("2026-12-01 00:00").date()}
    monkeypatch.setattr("messaging.quiet_hours.is_working_day", lambda day: day not in off and day.weekday() < 5)
    assert next_weekly_digest(moment("2026-11-28 07:00")) == moment("2026-12-02 08:30")
    assert next_digest(moment("2026-11-27 09:00")) == moment("2026-12-02 08:30")


@pytest.mark.parametrize(
    ("now", "quiet", "then"),
    [
        ("2026-11-25 12:30", (12, 14), "2026-11-25 14:00"),
        ("2026-11-25 14:00", (12, 14), "2026-11-25 14:00"),
        ("2026-11-25 11:59", (12, 14), "2026-11-25 11:59"),
        ("2026-11-25 23:00", (22, 7), "2026-11-26 07:00"),
        ("2026-11-26 03:00", (22, 7), "2026-11-26 07:00"),
        ("2026-11-26 07:00", (22, 7), "2026-11-26 07:00"),
        ("2026-11-26 03:00", (7, 7), "2026-11-26 03:00"),
    ],
)
def test_quiet_hours_are_kept(now, quiet, then):
    assert after_quiet(moment(now), time(quiet[0]), time(quiet[1])) == moment(then)


def test_quiet_hours_hold_for_a_digest_too(db):
    preference = Preference(rhythm="daily", quiet_from=time(8), quiet_until=time(9))
    assert due_at(moment("2026-11-25 20:00"), preference) == moment("2026-11-26 09:00")
    assert due_at(moment("2026-11-25 20:00"), None) == moment("2026-11-25 20:00")
