"""WeCom: the robot of a group (`cgi-bin/webhook/send`, as developer.work.weixin.qq.com publishes it)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings

from messaging.channels.base import NotSent, Rejected, Sender, talk
from messaging.channels.robots import robot_of
from messaging.letters import letter_of
from messaging.models import Delivery

MOST_BYTES = 2048  # of one text
BUSY = {-1, 45009}
PAUSE = 60


class WeComRobot(Sender):
    at_once = in_digest = 4  # a robot takes 20 messages a minute, and short ones

    @classmethod
    def is_on(cls) -> bool:
        return bool(settings.WECOM_ROBOTS)

    def prepare(self, deliveries: Sequence[Delivery], at: datetime) -> Callable[[], None]:
        key, letter = robot_of(settings.WECOM_ROBOTS, deliveries[0]), letter_of(deliveries, at=at)
        text = f"{letter.title}\n{letter.text}".encode()[:MOST_BYTES].decode(errors="ignore")
        url = f"{settings.WECOM_ADDRESS}/cgi-bin/webhook/send?{urlencode({'key': key})}"
        return lambda: expect_taken(talk(url, {"msgtype": "text", "text": {"content": text}})["errcode"])


def expect_taken(code: int) -> None:
    """`errcode` 0; the service's words are not told on."""
    if code in BUSY:
        raise NotSent(f"企业微信暂不收：{code}", wait_seconds=PAUSE)
    if code:
        raise Rejected(f"企业微信拒收：{code}")
