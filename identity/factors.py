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
    return SecondFactor.objects.filter(user=user, totp_at__isnull=False).exists() or user.passkeys.exists()


def needs_factor(user: User) -> bool:
    """Whether the account's role has to have one (SECOND_FACTOR_ROLES)."""
    return user.role in settings.SECOND_FACTOR_ROLES or "all" in settings.SECOND_FACTOR_ROLES


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
    here = int((now or timezone.now()).timestamp()) // STEP
    for step in range(here - DRIFT, here + DRIFT + 1):
        if step > last_step and secrets.compare_digest(totp.at(step * STEP).encode(), code.encode()):
            return step
    return None


def new_codes() -> list[str]:
    """Recovery codes, of 50 bits each: XXXXX-XXXXX."""
    texts = ("".join(secrets.choice(LETTERS) for _ in range(10)) for _ in range(CODES))
    return [f"{text[:5]}-{text[5:]}" for text in texts]


def digest_of(user: User, code: str) -> str:
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return salted_hmac(f"identity.recovery.{user.pk}", plain, algorithm="sha256").hexdigest()


def codes_left(user: User) -> int:
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def wait_left(factor: SecondFactor) -> timedelta:
    """How long no code is taken after so many wrong ones in a row: every fifth one waits, twice as long each time, to a
    day. So whoever has the password gets 40 guesses on the first day and 5 on each that follows, of which each hits
    one of 2·DRIFT + 1 codes in a million; a wait that stayed the same would let 480 a day pass for ever. Zero: none."""
    if factor.failed_at is None or not factor.failures or factor.failures % MOST_FAILURES:
        return timedelta(0)
    doublings = min(factor.failures // MOST_FAILURES - 1, 10)
    wait = min(WAIT * 2**doublings, LONGEST_WAIT)
    return max(factor.failed_at + wait - timezone.now(), timedelta(0))
