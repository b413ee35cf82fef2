"""A message is given its deliveries: to whom it goes, by which channels, and when."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings

from accounts.models import User
from messaging.channels.robots import receiver_of
from messaging.models import Channel, Delivery, Endpoint, Message, Preference
from messaging.quiet_hours import due_at
from reporting.reminders.notices import readers


def send_out(messages: Iterable[Message], *, at: datetime) -> None:
    """Deliveries of these messages, in the caller's transaction: to the people of the unit as each wants it, to the
    unit's robots and programs; of a message to a person to that person alone."""
    messages = list(messages)
    people = _people({message.organisation_id for message in messages if message.organisation_id})
    endpoints = _programs()
    made: list[Delivery] = []
    for message in messages:
        if message.person is not None:
            made += to_person(message, message.person, at=at)
            continue
        for person in people[message.organisation_id]:
            if wants(person, message):
                made += to_person(message, person, at=at)
        made += _to_robots(message, at)
        for endpoint in endpoints[message.organisation_id]:
            made.append(a_delivery(message, Channel.WEBHOOK, endpoint.uid, at=at, endpoint=endpoint))
    Delivery.objects.bulk_create(made, batch_size=1000)


def _people(units: set[int]) -> dict[int | None, list[User]]:
    found: dict[int | None, list[User]] = defaultdict(list)
    rows = readers().filter(organisation__in=units, is_service=False)
    for person in rows.select_related("organisation", "message_preference").order_by("id"):
        if person.own_unit_id is not None:
            found[person.own_unit_id].append(person)
    return found


def _programs() -> dict[int | None, list[Endpoint]]:
    found: dict[int | None, list[Endpoint]] = defaultdict(list)
    for endpoint in Endpoint.objects.filter(ended_at=None, wants_notices=True):
        found[endpoint.organisation_id].append(endpoint)
    return found


def preference_of(person: User) -> Preference | None:
    return getattr(person, "message_preference", None)


def wants(person: User, message: Message) -> bool:
    """By the person's kinds and counties; who has chosen none wants all."""
    preference = preference_of(person)
    if preference is None:
        return True
    if preference.kinds and message.kind not in preference.kinds:
        return False
    return not preference.areas or message.area_id in {None, *preference.areas}


def to_person(message: Message, person: User, *, at: datetime) -> list[Delivery]:
    """By the channels that the person has chosen and can be reached by."""
    preference = preference_of(person)
    when, channels = due_at(at, preference), []
    wants_mail = preference is None or preference.by_mail
    if wants_mail and settings.EMAIL_HOST and person.email:
        channels.append(Channel.MAIL)
    if preference is not None and _takes_work_notices(preference):
        channels.append(Channel.WORK_NOTICE)
    receiver = f"person/{person.pk}"
    return [a_delivery(message, channel, receiver, at=at, due_at=when, person=person) for channel in channels]


def _takes_work_notices(preference: Preference) -> bool:
    return bool(settings.DINGTALK_APP_KEY and preference.by_work_notice and preference.dingtalk_user)


def _to_robots(message: Message, at: datetime) -> list[Delivery]:
    found = []
    for channel, robots in ((Channel.DINGTALK, settings.DINGTALK_ROBOTS), (Channel.WECOM, settings.WECOM_ROBOTS)):
        receiver = receiver_of(robots, message.organisation.code) if message.organisation else None
        if receiver is not None:
            found.append(a_delivery(message, channel, receiver, at=at))
    return found


def a_delivery(message: Message, channel: str, receiver: str, *, at: datetime, **more: Any) -> Delivery:
    """One that waits; at once, unless `due_at` says otherwise."""
    values: dict[str, Any] = {"due_at": at, "created_at": at, "state_at": at} | more
    return Delivery(message=message, channel=channel, receiver=receiver, **values)
