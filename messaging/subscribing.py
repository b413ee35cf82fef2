"""Programs of units that are told by webhook: registered, tried, given another secret, sent the feed again, ended."""

import secrets
from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from journal.actions import actor_name, log_audit
from lib.refusals import Invalid, NotAllowed, WrongState
from lib.web.outbound import AddressRefused, Destination
from messaging.feed import head
from messaging.models import Channel, Delivery, Endpoint
from messaging.rights import require_own
from messaging.signing import secret_of

ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
MOST = 20  # of one unit
SUBJECT = Endpoint._meta.label_lower


@transaction.atomic
def register_endpoint(
    *,
    name: str,
    url: str,
    organisation: Organisation,
    by: User,
    wants_changes: bool = True,
    wants_notices: bool = False,
    at: datetime | None = None,
) -> tuple[Endpoint, str]:
    """A program of the unit's, and the secret of its messages, which is told here and nowhere again. It is sent what
    comes into the feed from now on; what came before it asks for by `replay_changes` or pulls from the feed."""
    require_own(organisation, by)
    if not name.strip():
        raise Invalid(_("请给接收程序起个名称。"))
    if not (wants_changes or wants_notices):
        raise Invalid(_("请至少选一类要发送的内容。"))
    try:
        Destination.of(url.strip(), settings.OUTBOUND_ALLOWED)
    except AddressRefused as error:
        raise Invalid(_("接收地址不能用：{why}。许可范围由系统管理员设置。").format(why=error)) from None
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    if Endpoint.objects.filter(organisation=organisation, ended_at=None).count() >= MOST:
        raise Invalid(_("一个单位最多登记{most}个接收程序。").format(most=MOST))
    endpoint = Endpoint.objects.create(
        uid="".join(secrets.choice(ALPHABET) for _place in range(12)),
        organisation=organisation,
        name=name.strip()[:80],
        url=url.strip(),
        wants_changes=wants_changes,
        wants_notices=wants_notices,
        cursor=head(),
        created_at=at or timezone.now(),
        created_by=by,
        created_by_name=actor_name(by),
    )
    host = Destination.of(endpoint.url).host
    _log("register_endpoint", endpoint, by, new={"name": endpoint.name, "host": host})
    return endpoint, secret_of(endpoint)


@transaction.atomic
def renew_secret(*, endpoint: Endpoint, by: User, at: datetime | None = None) -> str:
    """Another secret; for a day messages are signed by both."""
    endpoint = _going(endpoint, by)
    endpoint.generation += 1
    endpoint.renewed_at = at or timezone.now()
    endpoint.save(update_fields=["generation", "renewed_at"])
    _log("renew_secret", endpoint, by, new={"generation": endpoint.generation})
    return secret_of(endpoint)


@transaction.atomic
def replay_changes(*, endpoint: Endpoint, after: int, by: User, at: datetime | None = None) -> None:
    """Send the feed again from the change after this number. What waited of it, or had not arrived, is replaced."""
    endpoint = _going(endpoint, by)
    newest = head()
    if not endpoint.wants_changes:
        raise Invalid(_("这个程序不接收官方数据的变动。"))
    if not 0 <= after <= newest:
        raise Invalid(_("编号应为0至{newest}，0为从头。").format(newest=newest))
    open_ones = endpoint.deliveries.filter(message=None, upto__gt=after, state__in=["waiting", "dead"])
    open_ones.update(state=Delivery.State.WITHDRAWN, error="已改为从编号重发", state_at=at or timezone.now())
    endpoint.cursor = after
    endpoint.save(update_fields=["cursor"])
    _log("replay_changes", endpoint, by, new={"after": after})


@transaction.atomic
def end_endpoint(*, endpoint: Endpoint, reason: str, by: User, at: datetime | None = None) -> None:
    """Nothing is sent there any more; what waits is withdrawn."""
    endpoint = _going(endpoint, by)
    if not reason.strip():
        raise Invalid(_("请写明停用的理由。"))
    _end(endpoint, reason, by, at or timezone.now())


def _end(endpoint: Endpoint, reason: str, by: User | None, at: datetime) -> None:
    endpoint.ended_at, endpoint.ended_why = at, reason.strip()[:200]
    endpoint.save(update_fields=["ended_at", "ended_why"])
    waiting = endpoint.deliveries.filter(channel=Channel.WEBHOOK, state=Delivery.State.WAITING)
    waiting.update(state=Delivery.State.WITHDRAWN, error="订阅程序已停用", state_at=endpoint.ended_at)
    _log("end_endpoint", endpoint, by, new={"ended_at": endpoint.ended_at.isoformat()}, reason=endpoint.ended_why)


def programs_made_by(person: User) -> list[Endpoint]:
    """What this person has registered and is still sent to, wherever the person is now."""
    return list(Endpoint.objects.filter(created_by=person.pk, ended_at=None).select_related("organisation"))


@transaction.atomic
def settle_programs(*, person: User, kept: Collection[str], by: User | None, reason: str) -> int:
    """The person has been switched off, moved or given another role, and may still read what arrives at the addresses
    that the person named: of these programs those of `kept` go on; the others end, and how many is told. `by`: who
    settles the person's tokens too; None where the directory has moved the person."""
    if by is not None and (by.is_service or not by.manages_tokens):
        raise NotAllowed(_("人员离开后，其登记的接收程序由系统管理员处理。"))
    ended = 0
    for endpoint in programs_made_by(person):
        if endpoint.uid in kept:
            _log("confirm_endpoint", endpoint, by, new={"name": endpoint.name}, reason=reason)
            continue
        _end(endpoint, reason, by, timezone.now())
        ended += 1
    return ended


def _going(endpoint: Endpoint, by: User) -> Endpoint:
    found = Endpoint.objects.select_for_update(of=["self"]).select_related("organisation").get(pk=endpoint.pk)
    require_own(found.organisation, by)
    if found.ended_at is not None:
        raise WrongState(_("这个程序已经停用；要再接收，请重新登记。"))
    return found


def _log(action: str, endpoint: Endpoint, by: User | None, *, new: dict, reason: str = "") -> None:
    row = {
        "key": f"{endpoint.organisation.code}/{endpoint.uid}",
        "area": endpoint.organisation.area_id,
        "new": new,
    }
    log_audit(action=action, subject=SUBJECT, rows=[row], by=by, reason=reason)
