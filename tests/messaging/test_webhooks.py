"""What a subscriber's program is sent: signed, in the order of the feed, each once; tried again, sent anew from a
number; never to where it must not go."""

import json
from datetime import timedelta

import jsonschema
import pytest
from django.test import Client
from django.utils import timezone

from clients.county_urbanization_client import Forged, checked_webhook
from journal.actions import record_changes
from journal.models import AuditEntry, Change
from lib.listapi.openapi import described
from lib.refusals import Invalid, WrongState
from lib.web.outbound import Allowed
from messaging.actions import resend_letter, try_channel
from messaging.addressing import send_out
from messaging.feed import queue_changes
from messaging.models import Delivery, Endpoint, Message
from messaging.outbox import fill_outbox
from messaging.sending import deliver, send_now
from messaging.subscribing import end_endpoint, register_endpoint, renew_secret, replay_changes
from tests.messaging.receivers import Behaviour


@pytest.fixture
def subscribed(city, office, program):
    """(the program's row, its secret)"""
    return register_endpoint(name="统计系统", url=f"{program.address}/hook", organisation=office, by=city)


def feed(count):
    """So many changes more."""
    rows = [Change(kind="revised", series="OBS", area_id="330127", indicator="P02", year=2024) for _n in range(count)]
    record_changes(rows)
    return rows[-1].number


def numbers(program):
    """Those that the program has taken, in their order."""
    rows = [row for request in program.taken for row in request.json["data"]["results"]]
    return [row["number"] for row in rows]


def run(at=None):
    queue_changes(at=at or timezone.now())
    return deliver("webhook", at=at)


def test_changes_come_signed_in_order_and_once(subscribed, program, city):
    endpoint, secret = subscribed
    first, last = endpoint.cursor + 1, feed(450)
    assert [run(), run()] == [3, 0]
    assert numbers(program) == list(range(first, last + 1))
    told = [checked_webhook(secret, request.headers, request.body) for request in program.taken]
    assert [each["type"] for each in told] == ["changes.recorded"] * 3
    assert [(each["data"]["after"], each["data"]["cursor"]) for each in told] == [
        (first - 1, first + 199),
        (first + 199, first + 399),
        (first + 399, last),
    ]
    assert len({request.headers["webhook-id"] for request in program.taken}) == 3
    client = Client()
    client.force_login(city)
    pulled = client.get(f"/api/v1/changes/?cursor={first - 1}&page_size=1000").json()["results"]
    assert [row for each in told for row in each["data"]["results"]] == pulled


def test_what_is_altered_old_or_of_another_is_refused(subscribed, program):
    endpoint, secret = subscribed
    feed(1)
    run()
    headers, body = program.taken[0].headers, program.taken[0].body
    assert checked_webhook(secret, headers, body)["data"]["cursor"] == endpoint.cursor + 1
    other = renew_secret(endpoint=endpoint, by=endpoint.created_by)
    faults = [
        (secret, headers, body + b" "),
        (other, headers, body),
        (secret, headers | {"webhook-id": "msg_x"}, body),
        (secret, headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) - 301)}, body),
        (secret, {}, body),
        ("whsec_???", headers, body),
    ]
    for fault in faults:
        with pytest.raises(Forged):
            checked_webhook(*fault)


def test_both_secrets_sign_for_a_day_after_a_renewal(subscribed, program):
    endpoint, old = subscribed
    now = timezone.now()
    new = renew_secret(endpoint=endpoint, by=endpoint.created_by, at=now)
    for hours in (1, 25):
        feed(1)
        run(now + timedelta(hours=hours))
    first, second = program.taken
    assert len({old, new}) == 2
    for secret in (old, new):
        checked_webhook(secret, first.headers, first.body)
    checked_webhook(new, second.headers, second.body)
    with pytest.raises(Forged):
        checked_webhook(old, second.headers, second.body)


def test_a_failure_is_tried_again_with_the_same_number(subscribed, program):
    program.behaviour = Behaviour(statuses=[500, 302], headers={"Location": "/elsewhere"})
    feed(1)
    now = timezone.now()
    assert [run(now), run(now + timedelta(minutes=1)), run(now + timedelta(minutes=7))] == [0, 0, 1]
    assert len({request.headers["webhook-id"] for request in program.seen}) == 1
    assert {request.path for request in program.seen} == {"/hook"}
    assert len(program.taken) == 1


def test_a_receiver_says_when_to_come_again_or_that_it_is_gone(subscribed, program):
    program.behaviour = Behaviour(statuses=[429], headers={"Retry-After": "3600"})
    feed(1)
    now = timezone.now()
    assert [run(now), run(now + timedelta(minutes=50)), run(now + timedelta(minutes=61))] == [0, 0, 1]
    program.behaviour = Behaviour(statuses=[410])
    feed(1)
    run(now + timedelta(hours=2))
    endpoint = Endpoint.objects.get()
    assert endpoint.ended_why.startswith("答复 410")
    assert queue_changes(at=now) == 0


def test_a_cut_off_webhook_is_sent_again_for_its_number_tells_it_apart(subscribed, program):
    feed(1)
    queue_changes(at=timezone.now())
    now = timezone.now()
    Delivery.objects.update(state="sending", state_at=now)
    assert deliver("webhook", at=now + timedelta(minutes=6)) == 1
    assert len(program.taken) == 1


def test_the_feed_is_sent_anew_from_a_number(subscribed, program, city):
    endpoint, _secret = subscribed
    last = feed(5)
    run()
    replay_changes(endpoint=endpoint, after=last - 3, by=city)
    run()
    assert numbers(program)[-3:] == [last - 2, last - 1, last]
    for wrong in (-1, last + 1):
        with pytest.raises(Invalid):
            replay_changes(endpoint=endpoint, after=wrong, by=city)


def test_a_replay_takes_the_place_of_what_had_not_arrived(subscribed, program, city):
    endpoint, _secret = subscribed
    before = endpoint.cursor
    last = feed(2)
    program.behaviour = Behaviour(statuses=[500])
    run()
    replay_changes(endpoint=endpoint, after=before, by=city)
    run(timezone.now() + timedelta(days=1))
    assert numbers(program) == [last - 1, last]
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["sent", "withdrawn"]


def test_a_dead_letter_is_sent_again_by_hand(subscribed, program, city):
    feed(1)
    program.behaviour = Behaviour(statuses=[500] * 6)
    now = timezone.now()
    queue_changes(at=now)
    for hours in range(0, 60, 9):
        deliver("webhook", at=now + timedelta(hours=hours))
    dead = Delivery.objects.get()
    assert (dead.state, dead.error) == ("dead", "答复 500")
    resend_letter(delivery=dead, by=city)
    assert deliver("webhook") == 1
    with pytest.raises(WrongState):
        resend_letter(delivery=dead, by=city)


def test_an_ended_program_gets_nothing(subscribed, program, city):
    endpoint, _secret = subscribed
    feed(1)
    queue_changes(at=timezone.now())
    end_endpoint(endpoint=endpoint, reason="系统下线", by=city)
    feed(1)
    assert (run(), program.seen) == (0, [])
    with pytest.raises(WrongState):
        renew_secret(endpoint=endpoint, by=city)


def test_a_units_notices_come_too_where_they_are_asked_for(submitted, city, office, program):
    _endpoint, secret = register_endpoint(
        name="x", url=program.address, organisation=office, by=city, wants_changes=False, wants_notices=True
    )
    for _run in range(2):
        fill_outbox()
        deliver("webhook")
    (request,) = program.taken
    told = checked_webhook(secret, request.headers, request.body)
    assert (told["type"], told["data"]["title"]) == ("notice.created", "待审核：淳安县2024年报送")


def test_a_test_message_is_signed_like_any_other(subscribed, program, city):
    endpoint, secret = subscribed
    assert send_now(try_channel(channel="webhook", by=city, endpoint=endpoint)).state == "sent"
    assert checked_webhook(secret, program.taken[0].headers, program.taken[0].body)["type"] == "test"


def test_no_secret_is_kept_nor_told(subscribed, program, city, caplog):
    _endpoint, secret = subscribed
    feed(1)
    run()
    kept = json.dumps(list(Endpoint.objects.values()), default=str) + str(list(AuditEntry.objects.values()))
    assert secret.removeprefix("whsec_") not in kept + caplog.text


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/x",
        "https://[::1]/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/",
        "https://[::ffff:127.0.0.1]/",
        "https://0.0.0.0/",
        "https://192.168.1.1/",
        "http://example.org/",
        "ftp://example.org/",
        "https://user:pw@example.org/",
        "https://example.org/#x",
        "file:///etc/passwd",
        "https:///x",
        "https://例子.cn/",
        "https://example.org:99999/",
        "javascript:alert(1)",
        "https://a.org/ b",
    ],
)
def test_no_program_stands_where_the_site_must_not_go(city, office, url):
    with pytest.raises(Invalid, match="接收地址不能用"):
        register_endpoint(name="x", url=url, organisation=office, by=city)


def test_a_name_that_leads_home_is_found_out_when_it_is_asked(city, office, settings, program):
    """`localhost` is a name like any other when it is typed."""
    settings.OUTBOUND_ALLOWED = Allowed.of(["localhost"])
    url = program.address.replace("127.0.0.1", "localhost")
    register_endpoint(name="x", url=url, organisation=office, by=city)
    feed(1)
    run()
    assert (Delivery.objects.get().error, program.seen) == ("主机的地址不在许可发送的范围内", [])


def test_each_kind_is_sent_as_the_api_s_description_says(subscribed, program, city, office):
    """Headers and body, and no member that is not described."""
    Endpoint.objects.update(wants_notices=True)
    at = timezone.now()
    feed(3)
    run()
    words = {"title": "催办", "words": "请办理", "by_name": "甲"}
    send_out([Message.objects.create(cause="x", organisation=office, at=at, kind="press", **words)], at=at)
    deliver("webhook", at=at)
    send_now(try_channel(channel="webhook", by=city, endpoint=subscribed[0]))
    kinds, components = described()["webhooks"], described()["components"]
    for request in program.taken:
        sent = kinds[request.json["type"]]["post"]
        schema = sent["requestBody"]["content"]["application/json"]["schema"]
        jsonschema.Draft202012Validator(schema | {"components": components}).validate(request.json)
        assert request.json["data"].keys() == schema["properties"]["data"]["properties"].keys()
        for header in sent["parameters"]:
            jsonschema.validate(request.headers[header["name"]], header["schema"])
    assert {request.json["type"] for request in program.taken} == kinds.keys()
