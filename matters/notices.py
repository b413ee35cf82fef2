"""Words about matters and notes: the one place of this room from which anything is sent, to units and to persons."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Organisation, User
from journal.actions import actor_name
from messaging.models import Delivery, Message
from messaging.outbox import withdraw
from messaging.personal import PersonalWord, tell_persons
from reporting.models import Notice


@dataclass(frozen=True)
class Told:
    """What is said. `key` is the matter's code, or names the thing of a note; `cause` is this word's own name; `kind`
    one of Message.TO_READ; `href` leads to the step, or to the word, that it tells of."""

    key: str
    cause: str
    kind: str
    title: str
    words: str
    href: str
    by: User | None
    at: datetime
    area: str | None = None
    is_demo: bool = False


def tell_units(units: Iterable[Organisation], told: Told) -> None:
    """One notice to each unit but the speaker's own, in the caller's transaction."""
    others = {unit.pk: unit for unit in units}
    if told.by is not None and told.by.own_unit_id is not None:
        others.pop(told.by.own_unit_id, None)
    Notice.objects.bulk_create([_notice(unit, told) for unit in others.values()])


def _notice(unit: Organisation, told: Told) -> Notice:
    return Notice(
        kind=Notice.Kind.PRESS,
        organisation=unit,
        item=f"{Notice.SAID}{told.key}"[:80],
        title=told.title[:200],
        href=told.href,
        words=told.words,
        is_demo=told.is_demo,
        at=told.at,
        by=told.by,
        by_name=actor_name(told.by),
    )


def tell_people(persons: Iterable[User], told: Told) -> None:
    """A message to each person but the speaker, in the caller's transaction."""
    word = PersonalWord(
        told.cause, told.kind, told.title, told.words, told.href, actor_name(told.by), told.area, told.is_demo
    )
    speaker = told.by.pk if told.by else None
    others = [person for person in persons if person.is_active and not person.is_service and person.pk != speaker]
    tell_persons(others, word, at=told.at)


def reads_no_notices(person: User | None) -> bool:
    """Whether a word to units does not reach this person: leaders and administrators read none."""
    return person is not None and person.role not in Notice.READERS


def take_back_waiting(key: str, why: str, *, at: datetime) -> None:
    """What was said about it and has not left yet is void from now on."""
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING, message__notice__item=f"{Notice.SAID}{key}")
    for message in Message.objects.filter(pk__in=waiting.values("message")):
        withdraw(message, why, at=at)
