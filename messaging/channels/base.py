"""What every channel is: whether it is on, how many messages go into one sending, and the sending itself.

A sending ends in one of four ways: it returns (taken), or raises `NotSent` (nothing was taken: try later), `Rejected`
(it will never be taken) or `InDoubt` (nobody knows: a person has to look before it is sent again). Their words go into
the log and onto pages: no address with a key, no password, no token stands in them."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from lib.web import outbound
from messaging.models import Delivery

CUT = 120


class Failed(Exception):
    """A sending that was not taken; `words` for people."""

    def __init__(self, words: str, *, wait_seconds: int | None = None):
        super().__init__(words)
        self.words, self.wait_seconds = words, wait_seconds


class NotSent(Failed):
    """Nothing was taken; try later."""


class Down(NotSent):
    """The receiver, or the channel's one server, cannot be reached: nothing else is tried there for now."""


class Rejected(Failed):
    """It will never be taken as it is."""


class InDoubt(Failed):
    """It may have been taken."""


class Sender:
    """One channel, open for one run."""

    at_once = 1  # messages of one receiver in one sending
    in_digest = 50  # the same where the receiver asks for digests
    side_by_side = 1  # receivers that are served at the same time
    has_one_server = True  # one that is down is down for every receiver
    repeats_safely = False  # the receiver knows a second copy by its number

    @classmethod
    def is_on(cls) -> bool:
        """Whether the installation has what the channel needs."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *what: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Nothing is held open."""

    def prepare(self, deliveries: Sequence[Delivery], at: datetime) -> Callable[[], None]:
        """What sends these, all of one receiver, without asking the database."""
        raise NotImplementedError


def talk(url: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Ask a service whose address the operator has set, and read its JSON: `errcode` 0, as DingTalk and WeCom answer.
    Neither the address nor the answer is told on: both can hold keys."""
    content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
    try:
        answer = outbound.ask(outbound.Destination.of(url), body=content, headers={"Content-Type": "application/json"})
    except outbound.AddressRefused as error:
        raise Rejected(str(error)) from None
    except outbound.NotReached as error:
        raise Down(str(error)) from None
    except outbound.NoAnswer as error:
        raise InDoubt(str(error)) from None
    if answer.status >= 500 or answer.status == 429:
        raise Down(f"答复 {answer.status}")
    try:
        told = json.loads(answer.body)
        told["errcode"] = int(told["errcode"])
    except (ValueError, TypeError, KeyError):
        raise Rejected(f"答复 {answer.status}，不是约定的格式") from None
    return told
