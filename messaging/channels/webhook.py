"""Signed webhooks to programs of units (Standard Webhooks). The number stays the same at every attempt, so that a
receiver knows what it has: what was cut off is sent again."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime

import orjson
from django.conf import settings
from django.utils import timezone

from accounts.models import User
from journal.change_list import changes_between
from lib.listapi.views import ORJSON
from lib.web import outbound
from lib.web.standard_webhooks import headers
from messaging.channels.base import Down, NotSent, Rejected, Sender
from messaging.letters import address_of_page
from messaging.models import Delivery, Endpoint, Message
from messaging.signing import keys_in_force

GONE = 410
LONGEST_WAIT = 24 * 3600


class Gone(Rejected):
    """The receiver wants no more."""


class Webhook(Sender):
    in_digest = 1
    side_by_side = 8
    has_one_server = False
    repeats_safely = True

    @classmethod
    def is_on(cls) -> bool:
        return True

    def prepare(self, deliveries: Sequence[Delivery], at: datetime) -> Callable[[], None]:
        delivery = deliveries[0]
        endpoint: Endpoint = delivery.endpoint  # type: ignore[assignment]  # held by how deliveries are made
        body, keys, identity = body_of(delivery), keys_in_force(endpoint, at), f"msg_{endpoint.uid}_{delivery.pk}"
        return lambda: post(endpoint.url, body, headers(keys, identity, int(time.time()), body))


def post(url: str, body: bytes, sent: dict[str, str]) -> None:
    """A 2xx is taken. 410 is the end; any other answer is tried again, a redirect too, which is not followed."""
    try:
        target = outbound.Destination.of(url, settings.OUTBOUND_ALLOWED)
        answer = outbound.ask(target, body=body, headers=sent)
    except outbound.AddressRefused as error:
        raise Rejected(str(error)) from None
    except (outbound.NotReached, outbound.NoAnswer) as error:
        raise Down(str(error)) from None
    if answer.status == GONE:
        raise Gone(f"答复 {GONE}：对方不再接收")
    if not 200 <= answer.status < 300:
        raise NotSent(f"答复 {answer.status}", wait_seconds=_asked_wait(answer.headers.get("retry-after", "")))


def _asked_wait(text: str) -> int | None:
    return min(int(text), LONGEST_WAIT) if text.isascii() and text.isdigit() and len(text) < 10 else None


def body_of(delivery: Delivery) -> bytes:
    """`type`, `timestamp`, `data`: rows of the feed as `/api/v1/changes/` gives them, or a notice."""
    kind, data = ("changes.recorded", _changes(delivery)) if delivery.message is None else _notice(delivery.message)
    at = timezone.localtime(delivery.created_at).isoformat(timespec="seconds")
    return orjson.dumps({"type": kind, "timestamp": at, "data": data}, option=ORJSON)


def _changes(delivery: Delivery) -> dict:
    after, upto = delivery.after or 0, delivery.upto or 0
    reader = User(role=User.Role.DEPARTMENT)  # the feed is open to every login
    return {"after": after, "cursor": upto, "results": changes_between(after, upto, reader)}


def _notice(message: Message) -> tuple[str, dict]:
    data = {
        "number": message.pk,
        "kind": message.kind,
        "title": message.title,
        "words": message.words,
        "page": address_of_page(message.href) if message.href else None,
        "by": message.by_name,
        "area": message.area_id,
        "follows": message.follows_id,
    }
    return ("test" if message.kind == "test" else "notice.created"), data
