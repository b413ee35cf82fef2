"""Guesses from many addresses against one name. The name is then let in only from browsers that it has come in from
before: so guessing costs too much, and nobody locks a colleague out of his own desk.

A browser carries in a cookie, for the last names that came in by it, a code that only this site can make. The code
opens nothing: it lets a password be tried, five times in 15 minutes as everywhere."""

import re

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Sum
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

COOKIE = "desk"
DAYS = 180
NAMES = 5


def is_guarded(username: str) -> bool:
    """Whether so many passwords were tried for the name, from all addresses, that strange browsers have to wait."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    tried = AccessAttempt.objects.filter(username=username, attempt_time__gt=since)
    return (tried.aggregate(n=Sum("failures_since_start"))["n"] or 0) >= settings.GUARD_NAME_AT


def is_known(request, username: str) -> bool:
    """Whether the name has come in by this browser before."""
    return any(constant_time_compare(code, _code(username)) for code in _codes(request))


def remember(request, response, username: str) -> None:
    codes = [_code(username), *(code for code in _codes(request) if code != _code(username))]
    response.set_cookie(
        COOKIE,
        ".".join(codes[:NAMES]),
        max_age=DAYS * 24 * 3600,
        path=settings.LOGIN_URL,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _codes(request) -> list[str]:
    return re.findall(r"\b[0-9a-f]{32}\b", request.COOKIES.get(COOKIE, ""))[:NAMES]


def _code(username: str) -> str:
    # The salt is what browsers have signatures by: it stays as it was named first.
    return salted_hmac("accounts.desks", username, algorithm="sha256").hexdigest()[:32]
