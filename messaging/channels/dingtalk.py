"""DingTalk: the robot of a group, signed by its secret, and work notices to single persons.

Addresses and answers as open.dingtalk.com publishes them: `robot/send` with `timestamp` and `sign`; `gettoken`, then
`topapi/message/corpconversation/asyncsend_v2`. A government's own DingTalk has another address (DINGTALK_ADDRESS)."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from messaging.channels.base import Down, InDoubt, NotSent, Rejected, Sender, talk
from messaging.channels.robots import robot_of
from messaging.letters import letter_of
from messaging.models import Delivery

LONGEST = 5000  # characters of one text
BUSY = {-1, 88, 90018, 90002, 130101}  # the service's own trouble, and too many messages for now
PAUSE = 60


class DingTalkRobot(Sender):
    at_once = in_digest = 8  # a robot takes 20 messages a minute

    @classmethod
    def is_on(cls) -> bool:
        return bool(settings.DINGTALK_ROBOTS)

    def prepare(self, deliveries: Sequence[Delivery], at: datetime) -> Callable[[], None]:
        token, _separator, secret = robot_of(settings.DINGTALK_ROBOTS, deliveries[0]).partition(":")
        letter = letter_of(deliveries, at=at)
        text = f"{letter.title}\n{letter.text}"[:LONGEST]
        asked = {"access_token": token}
        if secret:
            stamp = int(at.timestamp() * 1000)
            asked |= {"timestamp": str(stamp), "sign": sign(secret, stamp)}
        url = f"{settings.DINGTALK_ADDRESS}/robot/send?{urlencode(asked)}"
        return lambda: expect_taken(talk(url, {"msgtype": "text", "text": {"content": text}}))


class WorkNotice(Sender):
    """To the persons whose DingTalk number is known; the access token is asked for once in a run."""

    @classmethod
    def is_on(cls) -> bool:
        return bool(settings.DINGTALK_APP_KEY)

    def __init__(self) -> None:
        self._granted: str | None = None

    def prepare(self, deliveries: Sequence[Delivery], at: datetime) -> Callable[[], None]:
        person, letter = deliveries[0].person, letter_of(deliveries, at=at)
        body = {
            "agent_id": settings.DINGTALK_AGENT_ID,
            "userid_list": person.message_preference.dingtalk_user if person else "",
            "msg": {"msgtype": "text", "text": {"content": f"{letter.title}\n{letter.text}"[:LONGEST]}},
        }
        return lambda: self._send(body)

    def _send(self, body: dict[str, Any]) -> None:
        asked = urlencode({"access_token": self._access()})
        way = "/topapi/message/corpconversation/asyncsend_v2"
        expect_taken(talk(f"{settings.DINGTALK_ADDRESS}{way}?{asked}", body))

    def _access(self) -> str:
        if self._granted is None:
            asked = urlencode({"appkey": settings.DINGTALK_APP_KEY, "appsecret": settings.DINGTALK_APP_SECRET})
            try:
                told = talk(f"{settings.DINGTALK_ADDRESS}/gettoken?{asked}")
            except InDoubt as error:  # of the question for the token: nothing was sent to anybody
                raise Down(error.words) from None
            expect_taken(told)
            self._granted = str(told.get("access_token", ""))
        return self._granted


def sign(secret: str, stamp: int) -> str:
    """Base64 of HMAC-SHA256 with the secret over "stamp, line break, secret"."""
    signed = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256)
    return base64.b64encode(signed.digest()).decode()


def expect_taken(told: dict[str, Any]) -> None:
    """`errcode` 0; the service's words are not told on."""
    code = told["errcode"]
    if code in BUSY:
        raise NotSent(f"钉钉暂不收：{code}", wait_seconds=PAUSE)
    if code:
        raise Rejected(f"钉钉拒收：{code}")
