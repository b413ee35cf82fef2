"""Words to a person: read in the site, and sent by the channels that the person has chosen."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts.models import User
from lib.database.prepared_statements import written
from messaging.addressing import send_out
from messaging.models import Message


@dataclass(frozen=True)
class PersonalWord:
    """What is told. `cause` names what it came of, one name for all who are told; `kind` is one of Message.TO_READ."""

    cause: str
    kind: str
    title: str
    words: str
    href: str
    by_name: str
    area: str | None = None
    is_demo: bool = False


def unread_letters(user: User) -> int:
    """How many messages to this person alone are not read."""
    asked = written(("unread letters", user.pk), lambda: Message.objects.unread_by(user).order_by().values_list("pk"))
    return len(asked.rows())


def tell_persons(persons: Iterable[User], word: PersonalWord, *, at: datetime) -> list[Message]:
    """A message to each, in the caller's transaction. The demonstration's stay in the site."""
    made = [_message(person, word, at) for person in {person.pk: person for person in persons}.values()]
    Message.objects.bulk_create(made)
    if not word.is_demo:
        send_out(made, at=at)
    return made


def _message(person: User, word: PersonalWord, at: datetime) -> Message:
    return Message(
        cause=f"{word.cause}/{person.pk}",
        person=person,
        kind=word.kind,
        title=word.title[:300],
        words=word.words,
        href=word.href,
        by_name=word.by_name[:200],
        area_id=word.area,
        at=at,
        is_demo=word.is_demo,
    )


def mark_messages_read(*, by: User, messages: Iterable[int] | None = None, at: datetime | None = None) -> int:
    """The person has read these (None: all); the number. Another person's stay as they are."""
    rows = Message.objects.unread_by(by)
    if messages is not None:
        rows = rows.filter(pk__in=list(messages))
    return rows.update(read_at=at or timezone.now())
