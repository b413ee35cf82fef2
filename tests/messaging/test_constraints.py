"""Every named rule of the outbox that the database holds, each tried by a write that goes round the actions."""

from collections.abc import Callable
from datetime import time

import pytest
from django.utils import timezone

from accounts.models import Organisation, User
from messaging.models import Delivery, Endpoint, Message, Preference, Threshold
from tests.constraints import assert_refused, named_constraints

pytestmark = pytest.mark.usefixtures("plan")


def unit() -> Organisation:
    return Organisation.objects.get(code="HZDRC")


def person() -> User:
    return User.objects.get_or_create(username="x", role="leader")[0]


def a_message(**more) -> Message:
    values = {"cause": "x", "kind": "x", "title": "x", "words": "x", "at": timezone.now(), "organisation": unit()}
    return Message.objects.create(**values | more)


def an_endpoint(**more) -> Endpoint:
    values = {"uid": "x", "organisation": unit(), "name": "x", "url": "https://a.example", "created_at": timezone.now()}
    return Endpoint.objects.create(**values | more)


def a_delivery(**more) -> Delivery:
    now = timezone.now()
    values = {"channel": "mail", "receiver": "person/1", "created_at": now, "due_at": now, "state_at": now}
    return Delivery.objects.create(**values | more)


def twice() -> None:
    message = a_message()
    for _delivery in range(2):
        a_delivery(message=message)


ATTEMPTS: dict[str, Callable[[], object]] = {
    "preference_quiet_hours_have_both_ends": lambda: Preference.objects.create(user=person(), quiet_from=time(1)),
    "message_is_to_a_unit_or_a_person": lambda: a_message(person=person()),
    "message_withdrawn_says_why": lambda: a_message(withdrawn_at=timezone.now()),
    "message_is_read_by_its_person": lambda: a_message(read_at=timezone.now()),
    "endpoint_wants_something": lambda: an_endpoint(wants_changes=False),
    "endpoint_ended_says_why": lambda: an_endpoint(ended_at=timezone.now()),
    "delivery_once_to_each": twice,
    "delivery_carries_a_message_or_changes": lambda: a_delivery(endpoint=an_endpoint(), after=2, upto=2),
    "delivery_dead_says_why": lambda: a_delivery(message=a_message(), state="dead"),
    "threshold_has_its_subject": lambda: Threshold.objects.create(
        user=person(), subject="indicator", indicator="P01", side="below", limit=1, created_at=timezone.now()
    ),
}


def test_each_rule_has_an_attempt():
    assert ATTEMPTS.keys() == named_constraints("messaging").keys()


@pytest.mark.parametrize("name", ATTEMPTS)
def test_the_database_refuses(name):
    assert_refused(named_constraints("messaging")[name], ATTEMPTS[name])
