"""Writes of how somebody proves who he is: passwords that are set, sessions that end."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from identity.models import LoginSession, PasswordRecord
from identity.passwords import KEPT
from journal.actions import log_audit

USER = User._meta.label_lower


@transaction.atomic
def record_password(*, user: User, by: User | None) -> None:
    """The account has a new password, which is stored already: remember it among those that were. Who chose it for
    somebody else (None: the command line) leaves it to the owner to choose another at the next login."""
    is_temporary = by is None or by.pk != user.pk
    PasswordRecord.objects.create(user=user, hash=user.password, at=timezone.now(), is_temporary=is_temporary)
    kept = PasswordRecord.objects.filter(user=user).values_list("pk", flat=True)[:KEPT]
    PasswordRecord.objects.filter(user=user).exclude(pk__in=list(kept)).delete()


@transaction.atomic
def end_session(*, session: LoginSession, by: User) -> None:
    """End one login of one's own: whoever has that browser has to log in again."""
    session.delete()
    log_audit(action="end_session", subject=USER, rows=[{"key": by.username, "new": _told(session)}], by=by)


@transaction.atomic
def end_other_sessions(*, user: User, kept: str, by: User) -> int:
    """End all logins of the user's but the one of the key `kept`. How many."""
    ended = list(LoginSession.objects.of(user).exclude(session_key=kept))
    LoginSession.objects.filter(pk__in=[session.pk for session in ended]).delete()
    log_audit(
        action="end_session", subject=USER, rows=[{"key": user.username, "new": _told(each)} for each in ended], by=by
    )
    return len(ended)


@transaction.atomic
def end_oldest_sessions(*, user: User, kept: str | None) -> int:
    """Keep SESSIONS_AT_ONCE of the user's logins, the one of the key `kept` among them; the oldest end. How many."""
    if not settings.SESSIONS_AT_ONCE:
        return 0
    User.objects.select_for_update().get(pk=user.pk)  # of two logins at one moment each sees the other
    ended = list(LoginSession.objects.of(user).exclude(session_key=kept)[settings.SESSIONS_AT_ONCE - 1 :])
    LoginSession.objects.filter(pk__in=[session.pk for session in ended]).delete()
    rows = [{"key": user.username, "new": _told(each)} for each in ended]
    if rows:
        log_audit(
            action="end_session",
            subject=USER,
            rows=rows,
            by=None,
            reason=f"同时登录不超过{settings.SESSIONS_AT_ONCE}处",
        )
    return len(ended)


def _told(session: LoginSession) -> dict:
    return {"address": session.address, "browser": session.browser}
