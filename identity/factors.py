"""The second factor: codes that a telephone shows (TOTP, RFC 6238), and recovery codes for when it is lost. What is
checked here is written down by `identity.factor_actions`."""

import secrets
from datetime import datetime, timedelta

import pyotp
import segno
from django.conf import settings
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import User
from identity.models import RecoveryCode, SecondFactor
from lib.sealed_text import NotOpened, unseal

STEP = 30  # seconds; what every telephone takes
DRIFT = 1  # steps that a clock may be off, either way
MOST_FAILURES, WAIT, LONGEST_WAIT = 5, timedelta(minutes=15), timedelta(days=1)
CODES = 10
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without those that are read as others


def has_factor(user: User) -> bool:
    """Whether the account asks for more than the password."""
    has_codes = SecondFactor.objects.filter(user=user, totp_at__isnull=False).exists()
    return has_codes or user.passkeys.exists()


def needs_factor(user: User) -> bool:
    """Whether the account's role has to have one (SECOND_FACTOR_ROLES)."""
    asked = settings.SECOND_FACTOR_ROLES
    return "all" in asked or user.role in asked


def new_secret() -> str:
    return pyotp.random_base32()


def picture_of(secret: str, user: User) -> str:
    """The QR code that a telephone reads the secret off, as an address of the data itself: no other host draws it."""
    address = pyotp.TOTP(secret, interval=STEP).provisioning_uri(name=user.username, issuer_name=settings.SITE_NAME)
    return segno.make_qr(address, error="m").svg_data_uri(scale=5, border=4)


def fitting_step(sealed: str, code: str, last_step: int, now: datetime | None = None) -> int | None:
    """The time step that the code is of: within DRIFT of now, and later than the last one used."""
    try:
        totp = pyotp.TOTP(unseal(sealed), interval=STEP)
    except NotOpened:
        return None
    now = now or timezone.now()
    here = int(now.timestamp()) // STEP
    first = max(here - DRIFT, last_step + 1)  # a code that somebody looked at over a shoulder is used up
    for step in range(first, here + DRIFT + 1):
        # In the same time however many letters fit: how long it takes tells nothing of the code.
        if secrets.compare_digest(totp.at(step * STEP).encode(), code.encode()):
            return step
    return None


def new_codes() -> list[str]:
    """Recovery codes, of 50 bits each: XXXXX-XXXXX."""
    return [f"{_five_letters()}-{_five_letters()}" for _ in range(CODES)]


def _five_letters() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(5))


def digest_of(user: User, code: str) -> str:
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return salted_hmac(f"identity.recovery.{user.pk}", plain, algorithm="sha256").hexdigest()


def codes_left(user: User) -> int:
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def wait_left(factor: SecondFactor) -> timedelta:
    """How long no code is taken after so many wrong ones in a row: every fifth one waits, twice as long each time, to a
    day. So whoever has the password gets 40 guesses on the first day and 5 on each that follows, of which each hits
    one of 2·DRIFT + 1 codes in a million; a wait that stayed the same would let 480 a day pass for ever. Zero: none."""
    if factor.failed_at is None or not factor.failures:
        return timedelta(0)
    rounds, since = divmod(factor.failures, MOST_FAILURES)
    if since:  # amid the next five
        return timedelta(0)
    doublings = min(rounds - 1, 10)  # a day is reached long before; far more would overflow
    wait = min(WAIT * 2**doublings, LONGEST_WAIT)
    return max(factor.failed_at + wait - timezone.now(), timedelta(0))
