"""A thousand messages, and the process that sends them is killed in the middle, by mail and to a program: each has
arrived once, or stands in the dead letters."""

import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from tests.messaging.receivers import HttpServer, SmtpServer, listening
from tests.servers import ROOT

pytestmark = pytest.mark.site
COUNT = 1000
PREPARE = """
import sys, django; django.setup()
from django.utils import timezone
from accounts.models import Organisation, User
from messaging.models import Delivery, Message
from messaging.subscribing import register_endpoint
count, url = int(sys.argv[1]), sys.argv[2]
city, at = Organisation.objects.get(code="HZDRC"), timezone.now()
person = User.objects.get(username="municipal")
User.objects.filter(pk=person.pk).update(email="a@example.org")
program, _secret = register_endpoint(name="x", url=url, organisation=city, by=person, wants_notices=True)
rows = [Message(cause=f"x/{n}", title=f"N{n}", words="x", organisation=city, kind="x", at=at) for n in range(count)]
rows = Message.objects.bulk_create(rows)
common = {"created_at": at, "due_at": at, "state_at": at}
mail = {"channel": "mail", "receiver": f"person/{person.pk}", "person": person}
hook = {"channel": "webhook", "receiver": program.uid, "endpoint": program}
Delivery.objects.bulk_create(Delivery(message=row, **common, **way) for way in (mail, hook) for row in rows)
"""
DELIVER = """
import sys, django; django.setup()
from datetime import timedelta
from django.utils import timezone
from messaging.models import Delivery
from messaging.sending import deliver
minutes, *channels = sys.argv[1:]
at = timezone.now() + timedelta(minutes=int(minutes))
for channel in channels:
    while deliver(channel, at=at, seconds=600): pass
for row in Delivery.objects.values_list("channel", "state", "message__title"):
    print(*row)
"""


@pytest.fixture
def office(environment):
    """The environment of a site that mails to our server, and both receivers."""
    with listening(SmtpServer()) as smtp, listening(HttpServer()) as program:
        host, port = smtp.server_address
        wiring = {"EMAIL_HOST": host, "EMAIL_PORT": str(port), "DEFAULT_FROM_EMAIL": "site@example.org"}
        wiring |= {"OUTBOUND_HOSTS": "127.0.0.1", "DJANGO_SETTINGS_MODULE": "county_urbanization.settings"}
        environment = environment | wiring
        run(environment, PREPARE, str(COUNT), program.address)
        yield environment, smtp, program


def run(environment, code, *words):
    command = [sys.executable, "-c", code, *words]
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout


def killed_after(environment, channel, taken, count):
    """A process that sends, killed the moment that the receiver has so many."""
    command = [sys.executable, "-c", DELIVER, "0", channel]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    while len(taken) < count:
        assert process.poll() is None
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_each_arrives_once_or_stands_in_the_dead_letters(office):
    environment, smtp, program = office
    killed_after(environment, "mail", smtp.taken, 300)
    killed_after(environment, "webhook", program.taken, 300)
    rows = [line.split() for line in run(environment, DELIVER, "6", "mail", "webhook").splitlines()]
    dead = {title for channel, state, title in rows if (channel, state) == ("mail", "dead")}
    assert Counter(state for _channel, state, _title in rows if state != "dead") == {"sent": 2 * COUNT - len(dead)}
    arrived = Counter(str(letter["Subject"]) for letter in smtp.taken)
    assert set(arrived.values()) == {1}
    assert {f"N{n}" for n in range(COUNT)} - set(arrived) <= dead
    assert len(dead) <= 1
    numbers = {request.headers["webhook-id"]: request.json["data"]["title"] for request in program.taken}
    assert Counter(numbers.values()) == {f"N{n}": 1 for n in range(COUNT)}  # a second copy has the same number
    assert len(program.taken) <= COUNT + 1
