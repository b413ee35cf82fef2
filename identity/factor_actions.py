"""Writes of second factors: set up, used, taken away; and taken away by two people where one is lost."""

from contextlib import suppress
from enum import Enum

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from fido2.utils import websafe_encode
from fido2.webauthn import AttestedCredentialData

from accounts.models import User
from identity.factors import codes_left, digest_of, fitting_step, has_factor, new_codes, new_secret, wait_left
from identity.models import FactorReset, LoginSession, Passkey, RecoveryCode, SecondFactor
from journal.actions import actor_name, log_audit
from lib.refusals import Invalid, NotAllowed
from lib.sealed_text import NotOpened, seal, unseal

USER = User._meta.label_lower
MOST_COUNTED = 30_000  # a multiple of five that the column takes: whoever gets there goes on waiting
ASKERS = (User.Role.ADMINISTRATOR, User.Role.SECURITY)
SETTLERS = (User.Role.ADMINISTRATOR, User.Role.SECURITY, User.Role.SYSTEM)


class CodeOutcome(Enum):
    """What came of a code."""

    TAKEN = "taken"
    WRONG = "wrong"
    WAITS = "waits"


@transaction.atomic
def begin_totp(*, by: User) -> str:
    """The secret that the own telephone is to learn, the same until it is confirmed. Nothing asks for codes yet."""
    factor = _locked(by)
    if factor.totp_at is not None:
        raise Invalid(_("动态口令已经启用；要换一部手机，请先停用。"))
    with suppress(NotOpened):  # under another SECRET_KEY it was never confirmed, and nobody misses it
        if factor.secret:
            return unseal(factor.secret)
    secret = new_secret()
    factor.secret = seal(secret)
    factor.save(update_fields=["secret"])
    return secret


@transaction.atomic
def confirm_totp(*, code: str, by: User) -> list[str]:
    """The telephone shows codes of the secret: from now on the login asks for them. The recovery codes, told here and
    nowhere again; none where there are some already."""
    factor = _locked(by)
    step = None
    if factor.secret:
        step = fitting_step(factor.secret, _plain(code), factor.last_step)
    if step is None or factor.totp_at is not None:
        raise Invalid(_("动态口令不对。请核对手机的时间是否准确，再输入现在显示的6位数字。"))
    factor.totp_at, factor.last_step = timezone.now(), step
    factor.save(update_fields=["totp_at", "last_step"])
    _log("add_factor", by, by, kind="totp")
    return _first_codes(by)


@transaction.atomic
def remove_totp(*, by: User) -> None:
    """Codes are asked for no more. Where nothing else is left, the recovery codes go too."""
    SecondFactor.objects.filter(user=by).update(secret="", totp_at=None)  # nosec B106  # none
    _log("remove_factor", by, by, kind="totp")
    _forget_codes_without_factor(by)


@transaction.atomic
def add_passkey(*, credential: AttestedCredentialData, name: str, by: User) -> list[str]:
    """A key of the browser's or of a stick. The recovery codes, told here alone; none where there are some already."""
    name = name.strip()[:60]
    if not name:
        raise Invalid(_("请给这把通行密钥起个名称，例如：办公室电脑。"))
    Passkey.objects.create(
        user=by,
        name=name,
        credential_id=websafe_encode(credential.credential_id),
        credential=websafe_encode(bytes(credential)),
        created_at=timezone.now(),
    )
    _log("add_factor", by, by, kind="passkey", name=name)
    return _first_codes(by)


def _first_codes(user: User) -> list[str]:
    """Recovery codes for who has none; who has some keeps them, for they may be on paper already."""
    if codes_left(user):
        return []
    return renew_codes(by=user)


@transaction.atomic
def use_passkey(*, key: Passkey, count: int) -> None:
    """The key has signed: its count, and when."""
    Passkey.objects.filter(pk=key.pk).update(sign_count=count, last_used_at=timezone.now())


@transaction.atomic
def remove_passkey(*, key: Passkey, by: User) -> None:
    """The key opens nothing any more. Where nothing else is left, the recovery codes go too."""
    key.delete()
    _log("remove_factor", by, by, kind="passkey", name=key.name)
    _forget_codes_without_factor(by)


@transaction.atomic
def renew_codes(*, by: User) -> list[str]:
    """New recovery codes, told here and nowhere again; the old ones end."""
    codes = new_codes()
    RecoveryCode.objects.filter(user=by).delete()
    RecoveryCode.objects.bulk_create([RecoveryCode(user=by, digest=digest_of(by, code)) for code in codes])
    _log("renew_codes", by, by)
    return codes


@transaction.atomic
def spend_code(*, user: User, code: str) -> CodeOutcome:
    """A code of the telephone or a recovery code, which counts once; a wrong one is counted, and after every fifth in a
    row all wait (`wait_left`)."""
    factor = _locked(user)
    if wait_left(factor):
        return CodeOutcome.WAITS
    step = None
    if factor.totp_at:
        step = fitting_step(factor.secret, _plain(code), factor.last_step)
    if step is not None:
        factor.last_step = step
    elif not _spend_recovery_code(user, code):
        factor.failures = min(factor.failures + 1, MOST_COUNTED)
        factor.failed_at = timezone.now()
        factor.save(update_fields=["failures", "failed_at"])
        return CodeOutcome.WRONG
    factor.failures = 0
    factor.save(update_fields=["last_step", "failures"])
    return CodeOutcome.TAKEN


def _spend_recovery_code(user: User, code: str) -> bool:
    rows = RecoveryCode.objects.filter(user=user, digest=digest_of(user, code), used_at=None)
    if not rows.update(used_at=timezone.now()):
        return False
    log_audit(action="use_recovery_code", subject=USER, rows=[{"key": user.username}], by=user)
    return True


# Taken away by two people -------------------------------------------------------------------------


@transaction.atomic
def ask_factor_reset(*, user: User, reason: str, by: User) -> FactorReset:
    """One of two: the person has lost the telephone. Nothing changes until another person agrees."""
    if by.role not in ASKERS or by.is_service or by.pk == user.pk:
        raise NotAllowed(_("第二因子的重置由另一位管理员提出。"))
    if not reason.strip():
        raise Invalid(_("请写明重置的理由，例如：手机遗失，本人已当面核实。"))
    if not has_factor(user):
        raise Invalid(_("这个账号没有第二因子，不用重置。"))
    if FactorReset.objects.filter(user=user, settled_at=None).exists():
        raise Invalid(_("这个账号的重置已经提出，正等另一个人同意。"))
    row = FactorReset.objects.create(
        user=user, reason=reason.strip()[:200], asked_at=timezone.now(), asked_by=by, asked_by_name=actor_name(by)
    )
    log_audit(action="ask_factor_reset", subject=USER, rows=[{"key": user.username}], by=by, reason=row.reason)
    return row


@transaction.atomic
def settle_factor_reset(*, reset: FactorReset, agreed: bool, by: User | None) -> None:
    """The other of two agrees, and the person comes in by the password alone and sets up a new one; or does not. None:
    whoever works at the host's command line, where an office has one administrator."""
    reset = FactorReset.objects.select_for_update(of=["self"]).select_related("user").get(pk=reset.pk)
    if by is not None and (by.role not in SETTLERS or by.is_service or by.pk in {reset.user_id, reset.asked_by_id}):
        raise NotAllowed(_("重置要由提出人和本人以外的另一位管理员同意。"))
    if reset.settled_at is not None:
        raise Invalid(_("这次重置已经办结。"))
    reset.settled_at, reset.is_agreed = timezone.now(), agreed
    reset.settled_by, reset.settled_by_name = by, actor_name(by)
    reset.save(update_fields=["settled_at", "is_agreed", "settled_by", "settled_by_name"])
    if agreed:
        SecondFactor.objects.filter(user=reset.user).delete()
        Passkey.objects.filter(user=reset.user).delete()
        RecoveryCode.objects.filter(user=reset.user).delete()
        LoginSession.objects.filter(user=reset.user).delete()
    action = "reset_factor" if agreed else "refuse_factor_reset"
    log_audit(action=action, subject=USER, rows=[{"key": reset.user.username}], by=by, reason=reset.reason)


def _locked(user: User) -> SecondFactor:
    SecondFactor.objects.get_or_create(user=user)
    return SecondFactor.objects.select_for_update().get(user=user)


def _forget_codes_without_factor(user: User) -> None:
    if not has_factor(user):
        RecoveryCode.objects.filter(user=user).delete()


def _plain(code: str) -> str:
    return "".join(code.split())


def _log(action: str, user: User, by: User, **new: str) -> None:
    log_audit(action=action, subject=USER, rows=[{"key": user.username, "new": new or None}], by=by)
