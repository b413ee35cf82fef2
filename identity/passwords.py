"""What is asked of a password beside its strength: not one of the last ones, not too old, not one that somebody else
chose. Each is a setting; a password of which nothing is recorded is as old as its account."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.utils import timezone

from accounts.models import User
from identity.models import PasswordRecord

KEPT = 24  # records of an account; PASSWORD_HISTORY cannot ask for more


def is_former(user: User, password: str) -> bool:
    """Whether it is the present one or one of the last PASSWORD_HISTORY."""
    hashes = PasswordRecord.objects.filter(user=user).values_list("hash", flat=True)[: settings.PASSWORD_HISTORY]
    return any(check_password(password, each) for each in {user.password, *hashes})


def why_new(user: User) -> str:
    """Why the user has to choose another password now: "temporary", "old", or nothing."""
    if not user.has_usable_password():
        return ""
    record = PasswordRecord.objects.filter(user=user, hash=user.password).first()
    if record is not None and record.is_temporary:
        return "temporary"
    set_at = record.at if record is not None else user.date_joined
    is_old = settings.PASSWORD_DAYS and set_at <= timezone.now() - timedelta(days=settings.PASSWORD_DAYS)
    return "old" if is_old else ""
