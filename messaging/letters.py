"""The text of a message as it leaves the site: one, or several in one digest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from messaging.models import Delivery, Message


@dataclass(frozen=True)
class Letter:
    """What a channel sends: a line and a text, both plain."""

    title: str
    text: str


def letter_of(deliveries: Sequence[Delivery], *, at: datetime) -> Letter:
    """Of one delivery its message; of several a digest, each message once, in their order."""
    messages = [delivery.message for delivery in deliveries if delivery.message is not None]
    if len(messages) == 1:
        return Letter(one_line(messages[0].title), text_of(messages[0]))
    day = timezone.localtime(at)
    title = f"{len(messages)}条消息（{day.month}月{day.day}日）"
    parts = [f"{place}. {message.title}\n{text_of(message)}" for place, message in enumerate(messages, start=1)]
    return Letter(title, "\n\n".join(parts))


def text_of(message: Message) -> str:
    """What, by whom and when, where to look, and the number to speak of it by."""
    at = timezone.localtime(message.at)
    lines = [message.words, f"{message.by_name} {at:%Y-%m-%d %H:%M} 第{message.pk}号"]
    if message.href:
        lines.append(address_of_page(message.href))
    return "\n".join(lines)


def address_of_page(href: str) -> str:
    """The page's whole address where the site knows its own, else the path."""
    return f"{settings.SITE_ADDRESS}{href}"


def one_line(text: str) -> str:
    """A line break in a name would begin another header."""
    return " ".join(text.split())
