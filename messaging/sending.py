"""The outbox is emptied: what is due is claimed, sent and noted, each channel for itself.

A claim is committed before anything is sent, so that of two processes one sends. What a process had claimed when it
died is nobody's to repeat, for it may have arrived: it goes to the dead letters, where a person decides; only a
webhook, whose receiver knows a second copy by its number, is sent again. A channel or a receiver that is down waits
by itself."""

import logging
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from messaging.channels import SENDERS
from messaging.channels.base import Down, Failed, InDoubt, NotSent, Rejected, Sender
from messaging.channels.webhook import Gone
from messaging.models import Channel, Delivery, Endpoint, Preference
from reporting.reminders.notices import note_mailed

log = logging.getLogger(__name__)
State = Delivery.State
MINUTES = (1, 5, 30, 120, 480)
RETRY_AFTER = tuple(timedelta(minutes=each) for each in MINUTES)  # after the first try, the second, …
MOST_TRIES = len(RETRY_AFTER) + 1
INTERRUPTED = timedelta(minutes=5)  # no sending lasts so long
CUT_OFF = "发送途中程序中断，可能已送达；请核对后再决定是否重发"
BROKEN = "程序出错，见日志"
AT_A_TIME = 200
RUN_SECONDS = 20.0
Group = list[Delivery]
_running: dict[str, threading.Thread] = {}


def deliver_apart() -> None:
    """Every channel that has something due in a thread of its own, so that one that hangs holds up neither another
    nor whoever calls. A channel whose thread is still at work is left to it."""
    for channel in Channel.values:
        thread = _running.get(channel)
        if thread is not None and thread.is_alive():
            continue
        if _has_work(channel, timezone.now()):
            thread = threading.Thread(target=_run, args=(channel,), name=f"messages-{channel}", daemon=True)
            _running[channel] = thread
            thread.start()


def _has_work(channel: str, at: datetime) -> bool:
    interrupted = Delivery.objects.filter(channel=channel, state=State.SENDING, state_at__lt=at - INTERRUPTED)
    return Delivery.objects.due(channel, at).exists() or interrupted.exists()


def _run(channel: str) -> None:
    try:
        deliver(channel)
    except Exception:
        log.exception("The channel %s could not be served", channel)
    finally:
        connection.close()


def deliver(channel: str, *, at: datetime | None = None, seconds: float = RUN_SECONDS) -> int:
    """Send what is due on this channel, for about so many seconds; the number of deliveries that were taken. What
    cannot be sent is tried again after 1, 5, 30, 120 and 480 minutes, then it is a dead letter. A receiver that is
    down, or the one server of a channel, is left alone for the rest of the run."""
    at, kind = at or timezone.now(), SENDERS[channel]
    settle_interrupted(channel, at)
    if not kind.is_on():
        return 0
    until, down, count = time.monotonic() + seconds, set[str](), 0
    with kind() as sender:
        for wave in _waves(channel, sender, at, down):
            is_down = False
            for group, failure in _send_side_by_side(sender, wave, at):
                if failure is None:
                    count += len(group)
                elif isinstance(failure, NotSent):
                    down.add(group[0].receiver)
                is_down |= isinstance(failure, Down)
            if is_down and sender.has_one_server:
                break
            if time.monotonic() > until:
                break
    return count


def send_now(delivery: Delivery, *, at: datetime | None = None) -> Delivery:
    """One delivery at once, for the button that tries a channel; as it stands then."""
    at = at or timezone.now()
    with SENDERS[delivery.channel]() as sender:
        _send_side_by_side(sender, [[delivery]], at)
    return Delivery.objects.get(pk=delivery.pk)


def settle_interrupted(channel: str, at: datetime) -> int:
    """What was being sent when a process died; the number."""
    rows = Delivery.objects.filter(channel=channel, state=State.SENDING, state_at__lt=at - INTERRUPTED)
    if SENDERS[channel].repeats_safely:
        return rows.update(state=State.WAITING, due_at=at, state_at=at)
    return rows.update(state=State.DEAD, error=CUT_OFF, state_at=at)


def _waves(channel: str, sender: Sender, at: datetime, down: set[str]) -> Iterator[list[Group]]:
    """What is due, as many receivers side by side as the channel serves; of one receiver one group after the other."""
    last = (None, 0)
    while True:
        rows = Delivery.objects.due(channel, at).exclude(receiver__in=down)
        rows = rows.select_related("message__notice", "person__message_preference", "person__organisation", "endpoint")
        found = list(rows[:AT_A_TIME])
        if not found or (found[0].pk, len(found)) == last:  # none moved: no second round of the same
            return
        last = (found[0].pk, len(found))
        turns: dict[int, list[Group]] = defaultdict(list)
        seen: Counter[str] = Counter()
        for group in _groups(found, sender):
            turns[seen[group[0].receiver]].append(group)
            seen[group[0].receiver] += 1
        for turn in turns.values():
            for place in range(0, len(turn), sender.side_by_side):
                wave = [group for group in turn[place : place + sender.side_by_side] if group[0].receiver not in down]
                if wave:
                    yield wave


def _groups(rows: Sequence[Delivery], sender: Sender) -> list[Group]:
    """What goes out as one: of a receiver as many as the channel takes together."""
    groups: list[Group] = []
    open_groups: dict[str, Group] = {}
    for row in rows:
        group = open_groups.get(row.receiver)
        most = sender.in_digest if _wants_digest(row) else sender.at_once
        if group is None or len(group) >= most:
            group = open_groups[row.receiver] = []
            groups.append(group)
        group.append(row)
    return groups


def _wants_digest(delivery: Delivery) -> bool:
    preference = getattr(delivery.person, "message_preference", None)  # nobody has none either
    return preference is not None and preference.rhythm != Preference.Rhythm.AT_ONCE


def _send_side_by_side(sender: Sender, wave: Sequence[Group], at: datetime) -> list[tuple[Group, Failed | None]]:
    """Claim, send, note. The database is asked here alone, never in the threads that talk to receivers."""
    claims = [_claim(group, at) for group in wave]
    claimed = [mine for mine in claims if mine]
    attempts = [_prepared(sender, group, at) for group in claimed]
    if len(attempts) > 1:
        with ThreadPoolExecutor(len(attempts)) as pool:
            failures = list(pool.map(_attempt, attempts))
    else:
        failures = [_attempt(each) for each in attempts]
    for group, failure in zip(claimed, failures, strict=True):
        _note(group, failure, at)
    return list(zip(claimed, failures, strict=True))


def _prepared(sender: Sender, group: Group, at: datetime) -> Callable[[], None]:
    try:
        return sender.prepare(group, at)
    except Failed as failure:
        return _raising(failure)
    except Exception:  # one message that cannot be made holds up no other
        log.exception("Deliveries %s could not be made", [each.pk for each in group])
        return _raising(Rejected(BROKEN))


def _raising(failure: Failed) -> Callable[[], None]:
    def attempt() -> None:
        raise failure

    return attempt


def _attempt(send: Callable[[], None]) -> Failed | None:
    try:
        send()
    except Failed as failure:
        return failure
    except Exception:  # nor one that breaks the sender, at a moment that nobody foresaw
        log.exception("A delivery broke its sender")
        return InDoubt(BROKEN)
    return None


def _claim(group: Group, at: datetime) -> Group:
    """Those of the group that are this run's from now on; what nobody is there for any more is withdrawn."""
    mine = []
    for delivery in group:
        waiting = Delivery.objects.filter(pk=delivery.pk, state=State.WAITING)
        reason = _nobody_there(delivery)
        if reason:
            waiting.update(state=State.WITHDRAWN, error=reason, state_at=at)
        elif waiting.update(state=State.SENDING, tries=F("tries") + 1, state_at=at):
            delivery.tries += 1
            mine.append(delivery)
    return mine


def _nobody_there(delivery: Delivery) -> str:
    """Why there is no receiver any more; empty where there is one."""
    if delivery.endpoint is not None:
        return "订阅程序已停用" if delivery.endpoint.ended_at else ""
    person = delivery.person
    if person is None:
        return ""
    if not person.is_active:
        return "收件人已停用"
    message = delivery.message
    if message is not None and message.organisation_id not in {None, person.own_unit_id}:
        return "收件人已不在这个单位"
    return "收件人没有邮箱了" if delivery.channel == Channel.MAIL and not person.email else ""


@transaction.atomic
def _note(group: Group, failure: Failed | None, at: datetime) -> None:
    """What became of it."""
    rows = Delivery.objects.filter(pk__in={each.pk for each in group}, state=State.SENDING)
    if failure is None:
        rows.update(state=State.SENT, error="", state_at=at)
        if group[0].channel == Channel.MAIL:
            notices = [each.message.notice_id for each in group if each.message]
            note_mailed([notice for notice in notices if notice], at=at)
        return
    words = failure.words[:300]
    log.warning("Deliveries %s by %s: %s", [each.pk for each in group], group[0].channel, words)
    for delivery in group:
        own = rows.filter(pk=delivery.pk)
        if isinstance(failure, NotSent) and delivery.tries < MOST_TRIES:
            wait = RETRY_AFTER[delivery.tries - 1]
            if failure.wait_seconds is not None:
                wait = max(wait, timedelta(seconds=failure.wait_seconds))
            own.update(state=State.WAITING, error=words, due_at=at + wait, state_at=at)
        else:
            own.update(state=State.DEAD, error=words, state_at=at)
    if isinstance(failure, Gone):
        Endpoint.objects.filter(pk__in={each.endpoint_id for each in group}, ended_at=None).update(
            ended_at=at, ended_why=words[:200]
        )
