"""Two processes send at once on PostgreSQL, by every channel, a thousand messages on each, and one is killed in the
middle: each message has arrived once by its channel, or stands in the dead letters; nothing waits."""

import json
import re
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from tests.messaging.receivers import DingTalk, HttpServer, SmtpServer, WeCom, listening
from tests.offices import Office, own_database
from tests.servers import ROOT

pytestmark = pytest.mark.stack
COUNT = 1000
CHANNELS = ("mail", "work_notice", "dingtalk", "wecom", "webhook")
IN_HAND = {"mail": 1, "work_notice": 1, "dingtalk": 8, "wecom": 8}  # of one process, by channel: a person decides
TITLE = re.compile(r"件(\d+)号")
PREPARE = """
import sys, django; django.setup()
from django.utils import timezone
from accounts.models import Organisation, User
from messaging.models import Delivery, Message, Preference
from messaging.subscribing import register_endpoint
count, url = int(sys.argv[1]), sys.argv[2]
city, at = Organisation.objects.get(code="HZDRC"), timezone.now()
person = User.objects.get(username="municipal")
User.objects.filter(pk=person.pk).update(email="a@example.org")
Preference.objects.create(user=person, by_work_notice=True, dingtalk_user="u1")
program, _secret = register_endpoint(name="x", url=url, organisation=city, by=person, wants_notices=True)
rows = [Message(cause=f"x/{n}", title=f"件{n}号", words="x", organisation=city, kind="x", at=at) for n in range(count)]
rows = Message.objects.bulk_create(rows)
common = {"created_at": at, "due_at": at, "state_at": at}
own = {"receiver": f"person/{person.pk}", "person": person}
ways = (
    {"channel": "mail", **own}, {"channel": "work_notice", **own},
    {"channel": "dingtalk", "receiver": "HZDRC"}, {"channel": "wecom", "receiver": "HZDRC"},
    {"channel": "webhook", "receiver": program.uid, "endpoint": program},
)
Delivery.objects.bulk_create(Delivery(message=row, **common, **way) for way in ways for row in rows)
"""
DELIVER = """
import sys, django; django.setup()
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from django.db import connection
from django.utils import timezone
from messaging.sending import deliver
at = timezone.now() + timedelta(minutes=int(sys.argv[1]))
def serve(channel):
    while deliver(channel, at=at, seconds=600): pass
    connection.close()
with ThreadPoolExecutor(5) as pool:
    list(pool.map(serve, sys.argv[2:]))
"""


@pytest.fixture
def office(postgresql_url, demo_database, tmp_path):
    """An installation on a PostgreSQL of its own that speaks to our receivers, and these by channel."""
    with (
        listening(SmtpServer()) as smtp,
        listening(HttpServer()) as program,
        listening(DingTalk()) as dingtalk,
        listening(WeCom()) as wecom,
        own_database(postgresql_url, template=demo_database) as url,
    ):
        host, port = smtp.server_address
        wiring = {"EMAIL_HOST": host, "EMAIL_PORT": str(port), "DEFAULT_FROM_EMAIL": "site@example.org"}
        wiring |= {"OUTBOUND_HOSTS": "127.0.0.1", "DINGTALK_ADDRESS": dingtalk.address, "WECOM_ADDRESS": wecom.address}
        wiring |= {"DINGTALK_ROBOTS": "HZDRC=robot-token:SECabc", "WECOM_ROBOTS": "HZDRC=wecom-key"}
        wiring |= {"DINGTALK_APP_KEY": "key", "DINGTALK_APP_SECRET": "app-secret", "DINGTALK_AGENT_ID": "7"}
        found = Office.on(url, tmp_path)
        found.environment |= wiring
        found.run("-c", PREPARE, str(COUNT), program.address)
        yield found, {"mail": smtp, "dingtalk": dingtalk, "wecom": wecom, "webhook": program}


def deliverer(office: Office, *words: str) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", DELIVER, *words], cwd=ROOT, env=office.environment)


def arrived(receivers) -> dict[str, Counter]:
    """How often each message arrived, by channel; of webhooks copies of one number are one."""
    asked = receivers["dingtalk"].seen
    numbers = {each.headers["webhook-id"]: each.json["data"]["title"] for each in receivers["webhook"].taken}
    return {
        "mail": Counter(TITLE.search(str(letter["Subject"])).group(1) for letter in receivers["mail"].taken),
        "work_notice": _named(each.json for each in asked if each.path.endswith("/asyncsend_v2")),
        "dingtalk": _named(each.json for each in asked if each.path.endswith("/robot/send")),
        "wecom": _named(receivers["wecom"].taken),
        "webhook": Counter(TITLE.search(title).group(1) for title in numbers.values()),
    }


def _titles(text: dict) -> set[str]:
    return set(TITLE.findall(json.dumps(text, ensure_ascii=False)))


def _named(texts) -> Counter:
    return Counter(title for text in texts for title in _titles(text))


def test_two_at_once_and_one_killed(office):
    installation, receivers = office
    first, second = (deliverer(installation, "0", *CHANNELS) for _process in range(2))
    deadline = time.monotonic() + 120
    while len(receivers["mail"].taken) < 200 or len(receivers["webhook"].taken) < 100:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert second.wait(240) == 0
    rest = deliverer(installation, "6", *CHANNELS)  # the clock comes round: what the dead one had in hand is settled
    assert rest.wait(120) == 0
    rows = installation.rows(
        "SELECT d.channel, d.state, m.title FROM messaging_delivery d JOIN messaging_message m ON m.id = d.message_id"
        " WHERE m.cause LIKE 'x/%%'"
    )
    assert {state for _channel, state, _title in rows} <= {"sent", "dead"}
    came = arrived(receivers)
    for channel in CHANNELS:
        dead = {TITLE.search(title).group(1) for way, state, title in rows if (way, state) == (channel, "dead")}
        assert set(came[channel].values()) == {1}, channel
        assert {str(n) for n in range(COUNT)} - set(came[channel]) <= dead
        assert len(dead) <= IN_HAND.get(channel, 0)
