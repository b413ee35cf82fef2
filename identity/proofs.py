"""Who is in proves once more who he is, right before a step that matters: by the code of his telephone, by a recovery
code, or by the password where there is no second factor."""

from dataclasses import dataclass
from math import ceil

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, authenticate
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from identity.entry import PROVED_AT, person
from identity.factor_actions import CodeOutcome, spend_code, use_passkey
from identity.factors import has_factor, wait_left
from identity.models import SecondFactor
from identity.passkeys import signed

CODE, PASSWORD, PASSKEY = "proof_code", "proof_password", "proof_passkey"  # nosec B105  # names of fields
FIELDS = (CODE, PASSWORD, PASSKEY)
FACTOR_MINUTES = 10  # for what changes the second factor itself, whatever the setting

OF_FACTORS = {"factors", "factor_totp", "factor_codes", "factor_totp_end", "passkey_new", "passkey_end"}
DANGEROUS = {
    "review_step",
    "submission_step",
    "import_preview",
    "import_undo",
    "tokens",
    "token_confirm",
    "token_revoke",
    "setup_step",
    "factor_resets",
    "factor_reset_settle",
}
APPROVING = {"sheet_step"}  # of whose steps only the approval is asked about
OFFICE_APPS = ("accounts_user", "accounts_organisation", "auth_user", "identity_")


def minutes_of(request: HttpRequest) -> int:
    """How old a proof may be for this request; 0: it needs none."""
    match = request.resolver_match
    if match is None:
        return 0
    name = match.url_name or ""
    if name in OF_FACTORS:
        return FACTOR_MINUTES
    is_approval = name in APPROVING and match.kwargs.get("action") in {"approve", "reopen"}
    is_office = match.app_name == "admin" and name.startswith(OFFICE_APPS)
    if name in DANGEROUS or is_approval or is_office:
        return settings.ASK_AGAIN_MINUTES
    return 0


def is_fresh(request: HttpRequest, minutes: int) -> bool:
    proved_at = request.session.get(PROVED_AT, 0)
    return int(timezone.now().timestamp()) - proved_at <= minutes * 60


def can_type_password(request: HttpRequest) -> bool:
    """Whether there is a password to ask for: one kept here, or one that the directory was asked about."""
    by_directory = request.session.get(BACKEND_SESSION_KEY, "").endswith("DirectoryBackend")
    return bool(person(request).has_usable_password() or by_directory)


@dataclass(frozen=True)
class Proof:
    """What came of it: taken, or why not, in words."""

    is_taken: bool
    words: str = ""


def take_proof(request: HttpRequest) -> Proof:
    """What the form has brought; nothing brought is not taken and needs no words."""
    if has_factor(person(request)):
        return _by_code(request)
    given = request.POST.get(PASSWORD, "")
    if not given:
        return Proof(False)
    if authenticate(request, username=request.user.get_username(), password=given) != request.user:
        return Proof(False, _("密码不对。"))
    return _taken(request)


def _by_code(request: HttpRequest) -> Proof:
    user = person(request)
    if request.POST.get(PASSKEY):
        if by_passkey(request, user, PASSKEY):
            return _taken(request)
        return Proof(False, not_signed())
    given = request.POST.get(CODE, "").strip()
    if not given:
        return Proof(False)
    outcome = spend_code(user=user, code=given[:40])
    if outcome is CodeOutcome.TAKEN:
        return _taken(request)
    return Proof(False, words_of(outcome, user))


def by_passkey(request: HttpRequest, user: User, field: str) -> bool:
    """Whether a passkey of the user's has signed what this browser was given."""
    found = signed(request, user, request.POST.get(field, ""))
    if found is None:
        return False
    key, count = found
    use_passkey(key=key, count=count)
    return True


def not_signed() -> str:
    return _("通行密钥没有通过，请再试一次，或用动态口令。")


def words_of(outcome: CodeOutcome, user: User) -> str:
    if outcome is CodeOutcome.WAITS:
        factor = SecondFactor.objects.filter(user=user).first()
        minutes = ceil(wait_left(factor).total_seconds() / 60) if factor else 1
        return _("动态口令输错太多次，请过{minutes}分钟再试。").format(minutes=minutes)
    return _("动态口令不对，或已经用过。请等手机显示下一个，再输入。")


def _taken(request: HttpRequest) -> Proof:
    request.session[PROVED_AT] = int(timezone.now().timestamp())
    return Proof(True)
