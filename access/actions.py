"""Writes to rooms that come before the journal's and so could not log: access tokens."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import ROLE_OF_KIND, AccessToken, Organisation, User
from accounts.tokens import digest_of, new_token, parsed_networks
from journal.actions import actor_name, log_audit
from lib.refusals import Invalid, NotAllowed

SUBJECT = AccessToken._meta.label_lower


def default_days() -> int:
    """How long a token lives where nobody says: a year, or less where the installation allows less."""
    return min(365, int(settings.TOKEN_MOST_DAYS))


@transaction.atomic
def create_token(
    *,
    name: str,
    organisation: Organisation,
    by: User | None,
    scopes: Sequence[str] = (AccessToken.Scope.READ,),
    days: int | None = None,
    networks: str = "",
    rate: int | None = None,
) -> tuple[AccessToken, str]:
    """A token of the unit's, good for `days`, and its whole text, which is told here and nowhere again. It acts as a
    new account of the unit's kind: a county's token sees and may do what the county does, as far as its scopes go.
    It reads at once; what it is to write waits for `confirm_token`, unless an administrator makes it.

    Refused where something is missing or out of range, or `by` is not of the unit (None: the command line)."""
    _require_own(organisation, by)
    now, days = timezone.now(), default_days() if days is None else days
    values = _checked(name, scopes, days, networks)
    key, text = new_token()
    user = User(
        username=f"token-{key}",
        first_name=_("接口令牌“{name}”").format(name=values["name"])[:150],
        role=ROLE_OF_KIND[organisation.kind],
        organisation=organisation,
        is_service=True,
    )
    user.set_unusable_password()
    user.save()
    token = AccessToken.objects.create(
        key=key,
        digest=digest_of(text),
        organisation=organisation,
        user=user,
        rate=rate or settings.TOKEN_RATE,
        created_at=now,
        created_by=by,
        created_by_name=actor_name(by),
        expires_at=now + timedelta(days=days),
        **values,
    )
    new = {**values, "rate": token.rate, "expires_at": token.expires_at.isoformat()}
    _log("create_token", token, by, new=new)
    if token.awaits_consent and _may_consent(by):
        _confirm(token, by, now)
    return token, text


@transaction.atomic
def confirm_token(*, token: AccessToken, by: User | None, at: datetime | None = None) -> None:
    """An administrator agrees to what the token may write, or that it goes on when the person who made it has gone. One
    that has ended is not brought back; one that is agreed to already stays as it is."""
    token = _locked(token)
    if not _may_consent(by):
        raise NotAllowed(_("令牌的写入权限由系统管理员同意。"))
    if token.revoked_at is not None or token.ends_at <= timezone.now():
        raise Invalid(_("令牌已作废或已到期，不能再同意；请由单位重新生成。"))
    if token.awaits_consent:
        _confirm(token, by, at or timezone.now())


@transaction.atomic
def revoke_token(*, token: AccessToken, reason: str, by: User | None, at: datetime | None = None) -> None:
    """End the token from this moment on, for a reason. One that is revoked already stays as it is."""
    token = _locked(token)
    _require_own(token.organisation, by)
    if not reason.strip():
        raise Invalid(_("请写明作废的理由。"))
    if token.revoked_at is not None:
        return
    token.revoked_at, token.revoke_reason = at or timezone.now(), reason.strip()
    token.revoked_by, token.revoked_by_name = by, actor_name(by)
    token.save(update_fields=["revoked_at", "revoke_reason", "revoked_by", "revoked_by_name"])
    _log("revoke_token", token, by, new={"revoked_at": token.revoked_at.isoformat()}, reason=token.revoke_reason)


def tokens_made_by(person: User) -> list[AccessToken]:
    """What this person has made and is still in force, wherever the person is now."""
    return list(AccessToken.objects.in_force().filter(created_by=person.pk).select_related("organisation"))


@transaction.atomic
def settle_tokens(*, person: User, kept: Collection[str], by: User, reason: str) -> tuple[int, int]:
    """The person has been switched off, moved or given another role: of the tokens that the person made, those of the
    keys `kept` go on, confirmed anew by the administrator `by`; the others end. (how many ended, how many go on)."""
    if not _may_consent(by):
        raise NotAllowed(_("人员离开后，其生成的令牌由系统管理员处理。"))
    now, tokens = timezone.now(), [_locked(token) for token in tokens_made_by(person)]
    going_on = [token for token in tokens if token.key in kept]
    for token in going_on:
        _confirm(token, by, now, reason)
    for token in tokens:
        if token.key not in kept:
            revoke_token(token=token, reason=reason, by=by, at=now)
    return len(tokens) - len(going_on), len(going_on)


def _locked(token: AccessToken) -> AccessToken:
    return AccessToken.objects.select_for_update(of=["self"]).select_related("organisation").get(pk=token.pk)


def _may_consent(by: User | None) -> bool:
    """An administrator in person, or who works at the host's command line."""
    return by is None or (by.manages_tokens and not by.is_service)


def _confirm(token: AccessToken, by: User | None, at: datetime, reason: str = "") -> None:
    token.confirmed_at, token.confirmed_by, token.confirmed_by_name = at, by, actor_name(by)
    token.save(update_fields=["confirmed_at", "confirmed_by", "confirmed_by_name"])
    _log("confirm_token", token, by, new={"scopes": token.scopes}, reason=reason)


def _require_own(organisation: Organisation, by: User | None) -> None:
    if by is None or _may_consent(by):
        return
    if by.is_service or by.own_unit_id != organisation.pk:
        raise NotAllowed(_("令牌由本单位的人员或系统管理员管理。"))


def _checked(name: str, scopes: Sequence[str], days: int, networks: str) -> dict:
    if not name.strip():
        raise Invalid(_("请给令牌起个名称，写明用在哪里。"))
    if AccessToken.TRY in scopes and len(scopes) > 1:
        raise Invalid(_("试用（try）的令牌只读演示数据，不能同时有别的权限；请另行生成一个。"))
    if not scopes or not set(scopes) <= {*AccessToken.Scope.values, AccessToken.TRY}:
        known = "、".join([*AccessToken.Scope.values, AccessToken.TRY])
        raise Invalid(_("权限应为以下一项或几项：{known}。").format(known=known))
    if not 1 <= days <= settings.TOKEN_MOST_DAYS:
        raise Invalid(_("有效期应为1至{most}天。").format(most=settings.TOKEN_MOST_DAYS))
    try:
        places = [str(network) for network in parsed_networks(networks)]
    except ValueError as error:
        raise Invalid(_("限定地址“{line}”不是地址或网段，例如 10.1.2.0/24。").format(line=error)) from error
    in_order = [scope for scope in (*AccessToken.Scope.values, AccessToken.TRY) if scope in scopes]
    return {"name": name.strip()[:80], "scopes": " ".join(in_order), "networks": "\n".join(places)}


def _log(action: str, token: AccessToken, by: User | None, *, new: dict, reason: str = "") -> None:
    row = {"key": f"{token.organisation.code}/{token.key}", "area": token.organisation.area_id, "new": new}
    log_audit(action=action, subject=SUBJECT, rows=[row], by=by, reason=reason)
