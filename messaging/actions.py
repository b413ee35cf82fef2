"""Writes of messages: what a person wants, lines, looks, dead letters, the trying of a channel."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from journal.actions import actor_name, log_audit
from lib.refusals import Invalid, NotAllowed, WrongState
from messaging import thresholds
from messaging.addressing import a_delivery
from messaging.feed import head
from messaging.models import Channel, Delivery, Endpoint, LastLook, Message, Preference, Threshold
from messaging.rights import may_settle, may_watch, require_own

SUBJECT = "messaging"
MOST_LINES = 50
PAUSE = timedelta(minutes=1)
State = Delivery.State


@transaction.atomic
def save_preference(*, values: Mapping[str, Any], by: User) -> Preference:
    """How `by` wants to be told, from now on; what waits already leaves as it was going to."""
    _require_person(by)
    Preference.objects.get_or_create(user=by)
    preference = Preference.objects.select_for_update().get(user=by)
    before = {name: getattr(preference, name) for name in values}
    for name, value in values.items():
        setattr(preference, name, value)
    preference.save()
    changed = {name: str(value) for name, value in values.items() if value != before[name]}
    _log("save_preference", f"preference/{by.pk}", by, new=changed)
    return preference


@transaction.atomic
def draw_threshold(*, values: Mapping[str, Any], by: User, at: datetime | None = None) -> Threshold:
    """A line of the person's own, held against the present number at once; that it is beyond already is told by the
    page, not by a message."""
    _require_person(by)
    User.objects.select_for_update().get(pk=by.pk)  # of two clicks one waits, and is counted
    if Threshold.objects.filter(user=by).count() >= MOST_LINES:
        raise Invalid(_("一个人最多设{most}条提醒线，请先删去不用的。").format(most=MOST_LINES))
    line = Threshold.objects.create(user=by, created_at=at or timezone.now(), **values)
    reading = thresholds.readings_of([line]).get(line.pk)
    if reading is not None:
        line.value, line.is_crossed = reading.value, thresholds.is_beyond(line, reading.value)
        line.save(update_fields=["value", "is_crossed"])
    _log("draw_threshold", f"threshold/{line.pk}", by, new={"line": str(line)})
    return line


@transaction.atomic
def drop_threshold(*, line: Threshold, by: User) -> None:
    """The line goes, and with it what of it has not left."""
    if line.user_id != by.pk:
        raise NotAllowed(_("提醒线由设立的人自己删去。"))
    causes = Message.objects.filter(cause__startswith=f"threshold/{line.pk}/")
    waiting = Delivery.objects.filter(message__in=causes, state=State.WAITING)
    waiting.update(state=State.WITHDRAWN, error="提醒线已删去", state_at=timezone.now())
    _log("drop_threshold", f"threshold/{line.pk}", by, new={"line": str(line)})
    line.delete()


@transaction.atomic
def mark_seen(*, by: User, number: int, at: datetime | None = None) -> None:
    """The person has seen what is new up to this change; never back, and never beyond the newest."""
    _require_person(by)
    seen, moment = min(number, head()), at or timezone.now()
    look, is_new = LastLook.objects.select_for_update().get_or_create(user=by, defaults={"number": seen, "at": moment})
    if not is_new:
        look.number, look.at = max(look.number, seen), moment
        look.save(update_fields=["number", "at"])


@transaction.atomic
def resend_letter(*, delivery: Delivery, by: User, at: datetime | None = None) -> None:
    """A dead letter waits again, with all its tries."""
    delivery = _dead(delivery, by)
    if delivery.message is not None and delivery.message.withdrawn_at is not None:
        raise WrongState(_("起因已经不在，这条消息已撤回，不能再发。"))
    moment = at or timezone.now()
    Delivery.objects.filter(pk=delivery.pk).update(
        state=State.WAITING, tries=0, error="", due_at=moment, state_at=moment
    )
    _log("resend_letter", f"delivery/{delivery.pk}", by, new={"receiver": delivery.receiver})


@transaction.atomic
def drop_letter(*, delivery: Delivery, by: User, at: datetime | None = None) -> None:
    """A dead letter is put away: it is not sent again."""
    delivery = _dead(delivery, by)
    rows = Delivery.objects.filter(pk=delivery.pk)
    rows.update(state=State.WITHDRAWN, state_at=at or timezone.now())
    _log("drop_letter", f"delivery/{delivery.pk}", by, new={"receiver": delivery.receiver})


@transaction.atomic
def try_channel(
    *,
    channel: str,
    by: User,
    endpoint: Endpoint | None = None,
    robot: str = "",
    unit: Organisation | None = None,
    at: datetime | None = None,
) -> Delivery:
    """A test message, to `by` in person, to a program or to a robot (by its name in the settings); the caller sends it
    once this is committed. One a minute to each receiver."""
    _require_person(by)
    moment = at or timezone.now()
    receiver = endpoint.uid if endpoint else robot or f"person/{by.pk}"
    if endpoint is not None:
        require_own(endpoint.organisation, by)
    if robot and not may_watch(by):
        raise NotAllowed(_("群机器人由系统管理员和市发改委测试。"))
    User.objects.select_for_update().get(pk=by.pk)  # of two clicks one tests
    recent = Delivery.objects.filter(channel=channel, receiver=receiver, created_at__gt=moment - PAUSE)
    if recent.filter(message__kind="test").exists():
        raise WrongState(_("一分钟内已经测试过，请稍后再试。"))
    message = Message.objects.create(
        cause=f"test/{channel}/{receiver}/{moment.isoformat()}",
        organisation=unit if endpoint is None else endpoint.organisation,
        person=by if endpoint is None and unit is None else None,
        kind="test",
        title="测试消息",
        words="这是一条测试消息，收到即说明这个渠道可用。不需要办理。",
        by_name=actor_name(by),
        at=moment,
    )
    person = by if channel in {Channel.MAIL, Channel.WORK_NOTICE} else None
    delivery = a_delivery(message, channel, receiver, at=moment, person=person, endpoint=endpoint)
    delivery.save()
    _log("try_channel", f"{channel}/{receiver}", by, new={"delivery": delivery.pk})
    return delivery


def _dead(delivery: Delivery, by: User) -> Delivery:
    found = Delivery.objects.select_for_update(of=["self"]).select_related("message", "endpoint").get(pk=delivery.pk)
    if not may_settle(by, found):
        raise NotAllowed(_("没有送达的消息由系统管理员、市发改委或订阅单位处理。"))
    if found.state != State.DEAD:
        raise WrongState(_("这条消息现在是“{state}”，不用处理。").format(state=found.get_state_display()))
    return found


def _require_person(by: User) -> None:
    if by.is_service:
        raise NotAllowed(_("消息设置属于人，不属于令牌。"))
    if by.is_officer:
        raise NotAllowed(_("三员管理员不看业务数据，也没有消息设置。"))


def _log(action: str, key: str, by: User, *, new: dict) -> None:
    log_audit(action=action, subject=SUBJECT, rows=[{"key": key, "new": new}], by=by)
