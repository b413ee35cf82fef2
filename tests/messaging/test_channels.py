"""Each channel against a receiver that speaks its protocol: taken, turned away, cut off, slow, dead, busy."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from lib.refusals import WrongState
from lib.web import outbound
from messaging.actions import try_channel
from messaging.models import Delivery, Message, Preference
from messaging.outbox import fill_outbox
from messaging.sending import MOST_TRIES, RETRY_AFTER, deliver, send_now, settle_interrupted
from messaging.subscribing import register_endpoint
from tests.messaging.receivers import Behaviour

MINUTE = timedelta(minutes=1)
SECRETS = ("robot-token", "SECabc", "wecom-key", "app-secret", "at-1")


def messages(unit, count, at):
    """So many of them to the unit, as notices of a busy day."""
    common = {"organisation": unit, "kind": "reminder", "by_name": "系统", "at": at}
    rows = [Message(cause=f"x/{n}", title=f"事项{n}", words=f"请办理第{n}项。", **common) for n in range(count)]
    return Message.objects.bulk_create(rows)


def deliveries(channel, receiver, unit, count=1, **more):
    at = timezone.now()
    times = {"created_at": at, "due_at": at, "state_at": at}
    rows = [
        Delivery(channel=channel, receiver=receiver, message=message, **times, **more)
        for message in messages(unit, count, at)
    ]
    return Delivery.objects.bulk_create(rows)


def the_one():
    return Delivery.objects.get()


# Mail -----------------------------------------------------------------------------------------------------------


def test_mail_arrives_over_one_connection(city, office, smtp):
    deliveries("mail", "person/1", office, 3, person=city)
    assert deliver("mail") == 3
    assert [str(letter["Subject"]) for letter in smtp.taken] == ["事项0", "事项1", "事项2"]
    assert smtp.taken[0].get_content().startswith("请办理第0项。")
    assert smtp.taken[0]["To"] == "review@example.org"


def test_a_server_that_is_down_costs_one_try_of_a_run_and_then_dead_letters(city, office, smtp):
    """Nobody sees the second letter while the first cannot even be handed over."""
    smtp.failing = "greet"
    deliveries("mail", "person/1", office, 2, person=city)
    Delivery.objects.filter(message__cause="x/1").update(receiver="person/2")
    at, tries = timezone.now(), []
    for wait in (timedelta(0), *RETRY_AFTER, timedelta(days=1)):
        at += wait
        deliver("mail", at=at)
        tries.append(list(Delivery.objects.order_by("id").values_list("tries", "state")))
    assert tries[0] == [(1, "waiting"), (0, "waiting")]
    assert {state for _tries, state in tries[-1]} <= {"dead", "waiting"}
    for _run in range(20):
        at += timedelta(hours=9)
        deliver("mail", at=at)
    assert list(Delivery.objects.values_list("tries", "state")) == [(MOST_TRIES, "dead")] * 2
    assert all("邮件服务器连接不上" in each.error for each in Delivery.objects.all())
    assert smtp.taken == []


@pytest.mark.parametrize(("answer", "state"), [("451", "waiting"), ("550", "dead")])
def test_a_refusal_for_now_waits_and_one_for_ever_is_a_dead_letter(city, office, smtp, answer, state):
    smtp.failing = answer
    deliveries("mail", "person/1", office, person=city)
    assert deliver("mail") == 0
    assert (the_one().state, answer in the_one().error, smtp.taken) == (state, True, [])


@pytest.mark.parametrize("address", ["a b@@example.org\n", "a b@@example.org", "a@x.org, b@x.org", "<>"])
def test_an_address_that_breaks_the_sender_holds_up_no_other(city, office, smtp, actors, address):
    """None of them is one that Django would send to; at the last even its own check breaks."""
    odd = actors["leader"]
    odd.email = address
    odd.save()
    deliveries("mail", "person/2", office, person=odd)
    Delivery.objects.create(
        channel="mail",
        receiver="person/1",
        person=city,
        message=Message.objects.get(),
        **dict.fromkeys(("created_at", "due_at", "state_at"), timezone.now()),
    )
    Message.objects.update(organisation=None, person=odd)
    assert deliver("mail") == 1
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["dead", "sent"]


def test_a_person_whose_preferences_have_gone_holds_up_no_other(city, office, dingtalk, actors):
    Preference.objects.create(user=city, by_work_notice=True, dingtalk_user="u1")
    deliveries("work_notice", "person/1", office, 2, person=city)
    Delivery.objects.filter(message__cause="x/0").update(receiver="person/2", person=actors["leader"])
    Message.objects.filter(cause="x/0").update(organisation=None, person=actors["leader"])
    assert deliver("work_notice") == 1
    assert list(Delivery.objects.order_by("id").values_list("state", flat=True)) == ["dead", "sent"]


def test_a_server_that_ends_a_talk_is_spoken_to_anew(city, office, smtp):
    """As those do that take so many letters over one connection."""
    deliveries("mail", "person/1", office, 3, person=city)
    smtp.failing = "421"
    now = timezone.now()
    assert deliver("mail", at=now) == 0
    assert set(Delivery.objects.values_list("state", flat=True)) == {"waiting"}
    smtp.failing = ""
    assert deliver("mail", at=now + 2 * MINUTE) == 3
    assert len(smtp.taken) == 3


def test_cut_off_after_the_letter_nobody_sends_it_a_second_time(city, office, smtp):
    """It may have arrived, and here it has."""
    smtp.failing = "data"
    deliveries("mail", "person/1", office, person=city)
    assert deliver("mail") == 0
    smtp.failing = ""
    for hours in range(1, 60):
        deliver("mail", at=timezone.now() + timedelta(hours=hours))
    assert (the_one().state, len(smtp.taken)) == ("dead", 1)


def test_what_a_dead_process_had_claimed_is_for_a_person_to_decide(city, office, smtp):
    deliveries("mail", "person/1", office, person=city)
    now = timezone.now()
    Delivery.objects.update(state="sending", state_at=now)
    assert (settle_interrupted("mail", now + 4 * MINUTE), deliver("mail", at=now + 4 * MINUTE)) == (0, 0)
    assert deliver("mail", at=now + 6 * MINUTE) == 0
    assert (the_one().state, "中断" in the_one().error, smtp.taken) == ("dead", True, [])


# DingTalk and WeCom ---------------------------------------------------------------------------------------------


def test_a_robot_of_dingtalk_gets_it_signed_and_several_as_one(office, dingtalk):
    deliveries("dingtalk", "HZDRC", office, 10)
    assert deliver("dingtalk") == 10
    texts = [taken["text"]["content"] for taken in dingtalk.taken]
    assert len(texts) == 2
    assert texts[0].startswith("8条消息（")
    assert [n for text in texts for n in range(10) if f"请办理第{n}项。" in text] == list(range(10))


def test_a_busy_robot_is_left_alone_for_a_minute(office, dingtalk):
    dingtalk.busy = 1
    deliveries("dingtalk", "HZDRC", office)
    now = timezone.now()
    assert [deliver("dingtalk", at=now), deliver("dingtalk", at=now + 50 * MINUTE / 60)] == [0, 0]
    assert deliver("dingtalk", at=now + MINUTE) == 1
    assert len(dingtalk.taken) == 1


def test_a_work_notice_reaches_the_person_with_one_token_for_a_run(city, office, dingtalk):
    Preference.objects.create(user=city, by_work_notice=True, dingtalk_user="u1")
    deliveries("work_notice", "person/1", office, 2, person=city)
    assert deliver("work_notice") == 2
    assert [taken["text"]["content"].split("\n")[0] for taken in dingtalk.taken] == ["事项0", "事项1"]
    assert [request.path for request in dingtalk.seen].count("/gettoken") == 1


def test_a_robot_of_wecom_gets_it_within_its_bound(office, wecom):
    deliveries("wecom", "HZDRC", office, 5)
    Message.objects.filter(cause="x/0").update(words="长" * 3000)
    assert deliver("wecom") == 5
    assert [taken["msgtype"] for taken in wecom.taken] == ["text", "text"]


def test_wrong_keys_are_dead_letters_and_stand_neither_in_log_nor_in_table(office, dingtalk, wecom, settings, caplog):
    settings.DINGTALK_ROBOTS = {"HZDRC": "robot-token:SECabcd"}
    settings.WECOM_ROBOTS = {"HZDRC": "wecom-key-2"}
    deliveries("dingtalk", "HZDRC", office)
    row = the_one()
    row.pk, row.channel, row._state.adding = None, "wecom", True
    row.save()
    with caplog.at_level(logging.DEBUG):
        assert [deliver("dingtalk"), deliver("wecom")] == [0, 0]
    found = list(Delivery.objects.order_by("id").values_list("state", "error"))
    assert found == [("dead", "钉钉拒收：310000"), ("dead", "企业微信拒收：93000")]
    told = caplog.text + str(found)
    assert [secret for secret in SECRETS if secret in told] == []


def test_a_dead_dingtalk_is_retried_and_a_silent_one_is_in_doubt(office, dingtalk, monkeypatch):
    """A request that was cut off may have been taken; one that never got there has not."""
    monkeypatch.setattr(outbound, "SECONDS", 0.2)
    dingtalk.behaviour = Behaviour(hangs_up=True)
    deliveries("dingtalk", "HZDRC", office)
    deliver("dingtalk")
    assert (the_one().state, the_one().error) == ("dead", "没有收到完整的答复")
    Delivery.objects.update(state="waiting", tries=0)
    dingtalk.behaviour = Behaviour(statuses=[503])
    deliver("dingtalk")
    assert (the_one().state, the_one().error) == ("waiting", "答复 503")


def test_the_units_robot_is_told_with_its_people(submitted, city, dingtalk, smtp):
    fill_outbox()
    assert [deliver("mail"), deliver("dingtalk")] == [1, 1]
    assert dingtalk.taken[0]["text"]["content"].startswith("待审核：淳安县2024年报送\n")


# One that is down delays no other ---------------------------------------------------------------------------------


def test_a_silent_program_holds_up_neither_another_nor_another_channel(city, office, program, smtp, monkeypatch):
    monkeypatch.setattr(outbound, "SECONDS", 0.3)
    names = [("slow", "http://127.0.0.1:9/x"), ("good", f"{program.address}/good")]
    made = [
        register_endpoint(name=name, url=url, organisation=office, by=city, wants_notices=True)[0]
        for name, url in names
    ]
    rows = messages(office, 4, timezone.now())
    at = timezone.now()
    times = {"created_at": at, "due_at": at, "state_at": at}
    Delivery.objects.bulk_create(
        Delivery(channel="webhook", receiver=each.uid, endpoint=each, message=row, **times)
        for each in made
        for row in rows
    )
    Delivery.objects.bulk_create(
        Delivery(channel="mail", receiver="person/1", person=city, message=row, **times) for row in rows
    )
    assert deliver("webhook", at=at) == 4
    assert len(program.taken) == 4
    tries = Delivery.objects.filter(endpoint=made[0]).order_by("id").values_list("tries", flat=True)
    assert list(tries) == [1, 0, 0, 0]
    assert deliver("mail", at=at) == 4


def test_a_test_message_is_sent_once_a_minute(city, smtp):
    sent = send_now(try_channel(channel="mail", by=city))
    assert (sent.state, [str(letter["Subject"]) for letter in smtp.taken]) == ("sent", ["测试消息"])
    with pytest.raises(WrongState, match="一分钟"):
        try_channel(channel="mail", by=city)
    assert try_channel(channel="mail", by=city, at=timezone.now() + 2 * MINUTE).state == "waiting"
