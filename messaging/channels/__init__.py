"""The ways out of the site, a module each, all with the interface of `messaging/channels/base.py`."""

from messaging.channels.base import Sender
from messaging.channels.dingtalk import DingTalkRobot, WorkNotice
from messaging.channels.mail import Mail
from messaging.channels.webhook import Webhook
from messaging.channels.wecom import WeComRobot
from messaging.models import Channel

SENDERS: dict[str, type[Sender]] = {
    Channel.MAIL: Mail,
    Channel.WORK_NOTICE: WorkNotice,
    Channel.DINGTALK: DingTalkRobot,
    Channel.WECOM: WeComRobot,
    Channel.WEBHOOK: Webhook,
}
