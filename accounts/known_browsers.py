"""Guesses from many addresses against one name, and from one address against many names. In are then let only names by
browsers that they have come in by before: so guessing costs too much, and nobody locks a colleague out of his own desk,
neither by the colleague's name nor by the one address that an office has to the outside.

A browser carries in a cookie, for the last names that came in by it, a code that only this site can make. The code
opens nothing: it lets a password be tried, five times in 15 minutes as everywhere."""

import re
import unicodedata
from ipaddress import IPv6Address, ip_network

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import User
from lib.internet_addresses import address_of

COOKIE = "desk"
DAYS = 180
NAMES = 5
LONGEST_NAME = User._meta.get_field("username").max_length


def counted_name(username: str) -> str:
    """The one spelling that failures of a name are counted under: a directory takes ZHANG for zhang, and whoever writes
    each letter large or small in turn has not as many guesses as there are spellings."""
    return unicodedata.normalize("NFKC", username).casefold()[:LONGEST_NAME]


def counted_by(request, credentials: dict | None) -> str | None:
    """For axes: whom this login is counted for."""
    given = credentials.get("username") if credentials else request.POST.get("username")
    return None if given is None else counted_name(given)


def guarded(username: str, address: str) -> str:
    """What so many passwords were tried for that strange browsers have to wait: "name" (from all addresses), "address"
    (for all names), or nothing."""
    tried = AccessAttempt.objects.filter(attempt_time__gt=timezone.now() - settings.AXES_COOLOFF_TIME)
    if _failures(tried.filter(username=counted_name(username))) >= settings.GUARD_NAME_AT:
        return "name"
    if _failures_from(tried, address) >= settings.GUARD_ADDRESS_AT:
        return "address"
    return ""


def _failures(attempts: QuerySet) -> int:
    return attempts.aggregate(n=Sum("failures_since_start"))["n"] or 0


def _failures_from(attempts: QuerySet, address: str) -> int:
    """Of an address; with IPv6 of its network, in which one machine has as many addresses as it likes."""
    place = address_of(address)
    if not isinstance(place, IPv6Address):
        return _failures(attempts.filter(ip_address=str(place) if place else None))
    network = ip_network(f"{place}/64", strict=False)
    found = attempts.filter(ip_address__contains=":").values_list("ip_address", "failures_since_start")
    return sum(failures for other, failures in found if address_of(other) in network)


def is_known(request, username: str) -> bool:
    """Whether the name has come in by this browser before, or is in."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated and counted_name(user.get_username()) == counted_name(username):
        return True
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
    return salted_hmac("accounts.desks", counted_name(username), algorithm="sha256").hexdigest()[:32]
