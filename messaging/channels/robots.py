"""Robots of groups: the settings name one for a unit by the unit's code, and `*` for all that have none of their
own."""

from collections.abc import Mapping

from messaging.channels.base import Rejected
from messaging.models import Delivery

EVERY = "*"


def receiver_of(robots: Mapping[str, str], unit: str) -> str | None:
    """By which name of the setting a unit is reached; None where by none."""
    return unit if unit in robots else EVERY if EVERY in robots else None


def robot_of(robots: Mapping[str, str], delivery: Delivery) -> str:
    """The key of the robot. A delivery that was made for one which the settings name no more is refused."""
    found = robots.get(delivery.receiver)
    if found is None:
        raise Rejected("设置里已没有这个机器人")
    return found
